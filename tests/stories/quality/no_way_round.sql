-- No way round quality control: not by a delegated role, not with a finding reported late, not by voiding a test that was counted on.
\ir ../_shop_floor.sql
SELECT build_id AS a, order_id FROM builds WHERE build_number = 'SAMPLE-001' \gset
SELECT build_id AS b FROM builds WHERE build_number = 'SAMPLE-002' \gset
SELECT testing.bring_build(:a, 'QUALITY_CONTROL');

-- A test that let the sink into quality control is not voided behind it: nobody would ask for it again.
SELECT testing.act('sample.admin');
SELECT qc_inspection_id AS test FROM qc_inspections WHERE build_id = :a AND gate_code = 'END_OF_LINE' \gset
SELECT testing.refused(format('SELECT void_inspection(%s, ''wrong record'')', :test), 'TV009', 'QUALITY_CONTROL');

-- The inspector who reworked the sink does not have it inspected in their own role by a colleague.
SELECT testing.nobody();
INSERT INTO users (login, display_name) VALUES ('stand.in', 'Stand-in') RETURNING user_id AS stand_in \gset
INSERT INTO production_task_times (build_id, production_task_id, action, user_id)
SELECT :a, (SELECT min(production_task_id) FROM production_tasks WHERE build_id = :a), 'COMPLETE', user_id FROM users WHERE login = 'sample.quality';
SELECT testing.act('sample.quality');
SELECT testing.refused(format('SELECT start_inspection(%s, ''FINAL'')', :a), 'TV025', 'worked on');
SELECT delegate_role('QC_INSPECTOR', 'stand.in', now(), now() + interval '3 days', 'holiday', true) AS lent \gset
SELECT testing.nobody();
SELECT testing.know_people();
SELECT testing.act('stand.in');
SELECT testing.refused(format('SELECT start_inspection(%s, ''FINAL'')', :a), 'TV025', 'worked on');
SELECT testing.refused(format('SELECT transition_build(%s, ''IN_INSPECTION'')', :a), 'TV025', 'their own');

-- A major finding reported when the sink is packed already holds it back, until it is verified.
SELECT testing.bring_build(:b, 'PACKAGING/PACKED');
SELECT testing.act('sample.production');
SELECT report_nonconformity(:b, 'ELECTRICAL', 'cable pinched', 'MAJOR') AS finding \gset
SELECT testing.do_gate(:b, 'PACKING_CONFIRMATION', 'sample.quality') AS confirmed \gset
SELECT testing.act('sample.quality');
SELECT testing.refused(format('SELECT transition_build(%s, ''SHIPPING'')', :b), 'TV024', 'open findings');
SELECT testing.act('sample.technician');
SELECT record_rework(:finding, 'cable replaced');
SELECT testing.act('sample.quality');
SELECT verify_nonconformity(:finding);
SELECT testing.same((transition_build(:b, 'SHIPPING')).phase, 'SHIPPING', 'verified, it goes on');
-- The same for one found while it waits for the carrier.
SELECT testing.act('sample.production');
SELECT cancel_build(:a, 'customer wants one sink');
SELECT report_nonconformity(:b, 'OTHER', 'crate fell over', 'CRITICAL') AS late \gset
SELECT testing.refused(format('SELECT record_shipment(%s, ''Northern Freight'', ''NF-1'', current_date)', :order_id), 'TV009', 'Open findings');
SELECT testing.act('sample.technician');
SELECT record_rework(:late, 'nothing is damaged');
SELECT testing.act('sample.quality');
SELECT verify_nonconformity(:late);
SELECT testing.act('sample.production');
SELECT record_shipment(:order_id, 'Northern Freight', 'NF-1', current_date);
SELECT testing.same((SELECT dispatched_on FROM orders WHERE order_id = :order_id), current_date, 'verified, it leaves');
SELECT testing.refused(format('SELECT report_nonconformity(%s, ''OTHER'', ''photo missing'', ''MINOR'', ARRAY[NULL]::text[])', :b), 'TV022', 'photo');
