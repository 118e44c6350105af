-- What people on the shop floor read through the server: serial numbers still to capture, progress, a checklist before it begins; the same for everybody who may.
SELECT build_id AS a, bom_id FROM builds WHERE build_number = 'SAMPLE-001' \gset
SELECT testing.act('sample.admin');
SELECT count(*) AS all_of_them FROM required_serials(:a) \gset
SELECT testing.ok(:all_of_them > 0, 'the sink has serial numbers');
SELECT testing.nobody();
SET SESSION AUTHORIZATION torvan_app;
SELECT testing.act('sample.technician');
SELECT testing.same((SELECT count(*) FROM required_serials(:a)), :all_of_them::bigint, 'a technician sees every one');
SELECT testing.ok(NOT (build_guard_serials_captured(:a)).ok, 'and that they are missing');
SELECT testing.same((SELECT count(*) FROM build_progress(:a)), 1::bigint, 'progress of the sink');
SELECT testing.ok((SELECT count(*) > 0 FROM preview_checklist('PRE_PRODUCTION', (SELECT parameters FROM configurations JOIN builds USING (configuration_id) WHERE builds.build_id = :a))), 'the checklist to come');
SELECT testing.act('sample.quality');
SELECT testing.same((SELECT count(*) FROM required_serials(:a)), :all_of_them::bigint, 'an inspector too');
SELECT testing.act('sample.sales');
SELECT testing.ok((SELECT count(*) > 0 FROM build_next_actions(:a)), 'sales sees what the sink waits for');
SELECT testing.nobody();
SELECT testing.refused(format('SELECT * FROM required_serials(%s)', :a), '42501', 'build:read');
