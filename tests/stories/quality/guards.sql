-- Each guard holds exactly when it should, through the life of a build.
\ir _checklists.sql
CREATE FUNCTION pg_temp.holding(p_build bigint) RETURNS text
LANGUAGE sql AS $$
  SELECT string_agg(g.code, ' ' ORDER BY g.code) FROM unnest(ARRAY['end_of_line_failed', 'end_of_line_passed', 'final_inspection_passed', 'final_inspection_rejected', 'nonconformities_closed', 'packing_complete',
    'packing_confirmed', 'pre_production_passed', 'pre_production_rejected', 'production_checklist_signed', 'rework_recorded']) AS g (code) CROSS JOIN LATERAL run_build_check(g.code, p_build) o
   WHERE o.ok AND g.code IN (SELECT guard_code FROM workflow_guards)
$$;
SELECT testing.make_build('GUARD-1', testing.sink('T2-B1', '[{"type": "E_SINK", "size": "24X20X8"}]')) AS build \gset
SELECT testing.same(pg_temp.holding(:build), 'nonconformities_closed', 'a new build');
SELECT testing.same((SELECT array_agg(g.code || ': ' || (run_build_check(g.code, :build)).message ORDER BY g.code) FROM (VALUES ('pre_production_passed'), ('packing_complete'), ('rework_recorded'), ('final_inspection_passed')) AS g (code)),
  '{"final_inspection_passed: the final inspection is not begun","packing_complete: the packing is not begun","pre_production_passed: the pre-production check is not begun","rework_recorded: nothing was rejected"}'::text[], 'said in words'),
  testing.same((build_guard_packing_complete(:build)).link, 'packing', 'where to mend it');

SELECT testing.act('sample.quality');
SELECT start_inspection(:build, 'PRE_PRODUCTION') AS pre \gset
SELECT testing.same(pg_temp.holding(:build), 'nonconformities_closed', 'begun is not passed');
SELECT (reject_inspection(:pre, 'DIMENSIONAL', NULL, '[{"description": "too short"}]'))[1] AS finding \gset
SELECT testing.same(pg_temp.holding(:build), 'pre_production_rejected', 'rejected');
SELECT testing.act('sample.technician');
SELECT record_rework(:finding, 'welded');
SELECT testing.same(pg_temp.holding(:build), 'pre_production_rejected rework_recorded', 'reworked');
SELECT testing.do_all(:build, 'PRE_PRODUCTION', 'sample.quality');
SELECT testing.same(pg_temp.holding(:build), 'nonconformities_closed pre_production_passed rework_recorded', 'inspected again');
SELECT testing.place(:build, 'PRODUCTION', 'IN_ASSEMBLY'), testing.do_all(:build, 'PRODUCTION', 'sample.technician');
SELECT testing.same(pg_temp.holding(:build), 'nonconformities_closed pre_production_passed production_checklist_signed rework_recorded', 'built');
SELECT testing.capture_serials(:build, 'sample.quality');
SELECT testing.place(:build, 'PRODUCTION', 'EOL_READY'), testing.act('sample.technician');
SELECT start_inspection(:build, 'END_OF_LINE') AS eol \gset
SELECT record_inspection_results(:eol, testing.right_answers(:eol, '{K5A}'));
SELECT testing.refused(format('SELECT complete_inspection(%s)', :eol), 'TV009', 'K5A (basin 1)');
SELECT record_inspection_result(:eol, 'K5A', 1, 'false', 'pump silent');
SELECT (reject_inspection(:eol, 'ELECTRICAL'))[1] AS pump \gset
SELECT testing.same(pg_temp.holding(:build), 'end_of_line_failed pre_production_passed production_checklist_signed', 'the test failed');
SELECT record_rework(:pump, 'plug pushed in');
SELECT testing.do_all(:build, 'END_OF_LINE', 'sample.technician'), testing.act('sample.quality');
SELECT verify_nonconformity(:pump);
SELECT testing.same(pg_temp.holding(:build), 'end_of_line_passed nonconformities_closed pre_production_passed production_checklist_signed rework_recorded', 'tested');

-- The thermometer's calibration had to be valid when the test was signed.
BEGIN;
ALTER TABLE qc_inspection_items DISABLE TRIGGER USER;
UPDATE qc_inspection_items i SET answer_date = '2020-01-31' FROM qc_inspections q WHERE q.qc_inspection_id = i.qc_inspection_id AND q.build_id = :build AND i.item_code = 'T0.H5';
SELECT testing.same((build_guard_end_of_line_passed(:build)).message, 'the end-of-line test was made with an instrument whose calibration ended on 2020-01-31', 'an expired calibration');
ROLLBACK;

SELECT testing.place(:build, 'QUALITY_CONTROL', 'READY'), testing.act('sample.quality');
SELECT start_inspection(:build, 'FINAL') AS final \gset
SELECT testing.same((SELECT array_agg((item_code, result, answered_by_system)::text ORDER BY item_code) FROM qc_inspection_items WHERE qc_inspection_id = :final AND item_code IN ('Q1.03', 'Q1.05', 'Q0.3')), '{"(Q0.3,PASS,t)","(Q1.03,PASS,t)","(Q1.05,PASS,t)"}'::text[], 'what the system verifies and knows'),
       testing.refused(format('SELECT record_inspection_result(%s, ''Q1.05'', NULL, ''true'')', :final), 'TV022', 'the system verifies it');
SELECT record_inspection_results(:final, testing.right_answers(:final, '{Q0.6,Q1.06}'));
SELECT testing.refused(format('SELECT complete_inspection(%s)', :final), 'TV009', 'Q0.6, Q1.06'), testing.refused(format('SELECT record_inspection_result(%s, ''Q1.06'', NULL, ''true'')', :final), 'TV022', 'a photo is missing');
SELECT record_inspection_result(:final, 'Q0.6', NULL, '"NO"'), record_inspection_result(:final, 'Q1.06', NULL, 'true', NULL, ARRAY[repeat('1', 64)]);
SELECT testing.refused(format('SELECT complete_inspection(%s)', :final), 'TV009', 'has failed items: Q0.6');
SELECT (reject_inspection(:final, 'ELECTRICAL'))[1] AS hipot \gset
SELECT testing.same(pg_temp.holding(:build), 'end_of_line_passed final_inspection_rejected pre_production_passed production_checklist_signed', 'rejected at the end');
SELECT testing.act('sample.technician');
SELECT record_rework(:hipot, 'insulated and tested');
SELECT testing.act('sample.quality');
SELECT start_inspection(:build, 'FINAL') AS final \gset
SELECT testing.same((SELECT answer_choices FROM qc_inspection_items WHERE qc_inspection_id = :final AND item_code = 'Q0.5'), '{NO}'::text[], 'no first pass any more'), testing.refused(format('SELECT record_inspection_result(%s, ''Q0.5'', NULL, ''"YES"'')', :final), 'TV022', 'was rejected before');
SELECT record_inspection_results(:final, testing.right_answers(:final)), complete_inspection(:final);
SELECT testing.same(pg_temp.holding(:build), 'end_of_line_passed final_inspection_passed nonconformities_closed pre_production_passed production_checklist_signed rework_recorded', 'inspected');

SELECT testing.place(:build, 'PACKAGING', 'IN_PACKING'), testing.do_all(:build, 'PACKING', 'sample.technician');
SELECT testing.ok((build_guard_packing_complete(:build)).ok, 'packed'), testing.ok(NOT (build_guard_packing_confirmed(:build)).ok, 'not confirmed');
SELECT testing.do_all(:build, 'PACKING_CONFIRMATION', 'sample.quality');
SELECT testing.same(pg_temp.holding(:build), 'end_of_line_passed final_inspection_passed nonconformities_closed packing_complete packing_confirmed pre_production_passed production_checklist_signed rework_recorded', 'everything');

-- Damage found while packing: the build goes back, and is inspected and packed anew.
SELECT testing.place(:build, 'QUALITY_CONTROL', 'READY');
SELECT testing.same((build_guard_final_inspection_passed(:build)).message, 'the final inspection was done before the build came back (begin it again)', 'the old inspection does not count');
SELECT testing.do_all(:build, 'FINAL', 'sample.quality') AS final \gset
SELECT testing.same((SELECT (q.attempt, count(i.carried_from_id))::text FROM qc_inspections q JOIN qc_inspection_items i USING (qc_inspection_id) WHERE q.qc_inspection_id = :final GROUP BY q.attempt), '(3,0)', 'nothing is carried over'),
       testing.ok((build_guard_final_inspection_passed(:build)).ok, 'inspected again');
SELECT testing.place(:build, 'PACKAGING', 'IN_PACKING');
SELECT testing.ok(NOT (build_guard_packing_complete(:build)).ok, 'to be packed again'), testing.ok(NOT (build_guard_packing_confirmed(:build)).ok, 'and confirmed again');

-- An inspector who worked on the build afterwards spoils the inspection.
INSERT INTO user_roles (user_id, role_id) SELECT u.user_id, r.role_id FROM users u, roles r WHERE u.login = 'sample.quality' AND r.role_code = 'ASSEMBLY_TECHNICIAN';
SELECT testing.act('sample.quality');
SELECT record_rework(report_nonconformity(:build, 'SURFACE_DEFECT', 'a dent'), 'beaten out');
SELECT testing.same((build_guard_final_inspection_passed(:build)).message, 'the final inspection was done by somebody who worked on the build', 'the builder inspected');
