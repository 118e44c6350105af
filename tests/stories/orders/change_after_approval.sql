-- A change after approval: proposed with its difference, decided and signed by a second person; tasks, checklists and material follow.
\ir ../_shop_floor.sql
SELECT build_id AS a, configuration_id AS before, bom_id AS bom_before FROM builds WHERE build_number = 'SAMPLE-001' \gset
SELECT testing.act('sample.sales');
SELECT testing.refused(format('SELECT propose_order_change(%s, ''{"length_in": 90}'', ''longer wall'')', :a), '42501', 'configuration:change_approved');
SELECT testing.refused(format('SELECT save_configuration(''{"length_in": 90}'', %s)', :a), 'TV009', 'cannot be configured');
SELECT testing.nobody();
SELECT testing.bring_build(:a, 'PRODUCTION/IN_ASSEMBLY');
SELECT testing.do_tasks(:a, '{ASSEMBLY}') AS done \gset

SELECT testing.act('sample.production');
SELECT testing.refused(format('SELECT propose_order_change(%s, ''{"feet": "SEISMIC_FEET"}'', '''')', :a), 'TV022', 'reason');
SELECT testing.refused(format('SELECT propose_order_change(%s, ''{"width_in": 30}'', ''nothing new'')', :a), 'TV022', 'Nothing is different');
SELECT testing.refused(format('SELECT propose_order_change(%s, ''{"length_in": 121}'', ''too long'')', :a), 'TV023', '');
SELECT propose_order_change(:a, '{"feet": "SEISMIC_FEET"}', 'earthquake zone') AS change \gset
SELECT testing.ok((SELECT difference::text LIKE '%T2-SEISMIC-FEET%' FROM order_changes WHERE order_change_id = :change), 'the difference names the new feet');
SELECT testing.same((SELECT configuration_id FROM builds WHERE build_id = :a), :before::bigint, 'nothing changes before the decision');
SELECT testing.refused(format('SELECT propose_order_change(%s, ''{"length_in": 90}'', ''another'')', :a), 'TV009', 'waits for its decision');
SELECT testing.refused(format('SELECT decide_order_change(%s, true)', :change), 'TV025', 'their own');

SELECT testing.act('sample.admin');
SELECT testing.refused(format('SELECT decide_order_change(%s, false)', :change), 'TV022', 'reason');
SELECT decide_order_change(:change, true, 'agreed with the customer');
SELECT testing.refused(format('SELECT decide_order_change(%s, true)', :change), 'TV009', 'adopted already');
SELECT testing.ok((SELECT b.configuration_id <> :before AND c.parameters ->> 'feet' = 'SEISMIC_FEET' FROM builds b JOIN configurations c USING (configuration_id) WHERE b.build_id = :a), 'the build has the new configuration');
SELECT testing.same((SELECT string_agg(state, ' ' ORDER BY revision) FROM boms WHERE build_id = :a), 'SUPERSEDED RELEASED', 'the old BOM stays readable, the new one is released');
SELECT testing.ok(EXISTS (SELECT FROM signatures s JOIN builds b ON b.bom_id = s.record_id WHERE s.record_type = 'boms' AND b.build_id = :a AND s.meaning = 'approved'), 'the new BOM is signed');
SELECT testing.ok(EXISTS (SELECT FROM outbox_events WHERE event_type = 'bom.changed' AND subject_id = :change), 'it is told');
SELECT testing.ok((SELECT count(*) > 0 FROM production_tasks WHERE build_id = :a AND state = 'COMPLETED'), 'work that the change does not touch stays done');
SELECT testing.ok(NOT (build_guard_pre_production_passed(:a)).ok, 'a checklist of the earlier configuration no longer counts');
SELECT testing.same((SELECT count(*) FROM stock_reservations r WHERE r.build_id = :a AND r.state = 'OPEN'), (SELECT count(*) FROM build_needs((SELECT bom_id FROM builds WHERE build_id = :a))), 'reservations follow the new BOM');

-- A rejected change leaves the build as it was.
SELECT testing.act('sample.production');
SELECT propose_order_change(:a, '{"length_in": 90}', 'second thoughts') AS again \gset
SELECT testing.act('sample.admin');
SELECT decide_order_change(:again, false, 'too late');
SELECT testing.same((SELECT state FROM order_changes WHERE order_change_id = :again), 'REJECTED', 'the rejected change');
SELECT testing.same((SELECT string_agg(state, ' ' ORDER BY revision) FROM boms WHERE build_id = :a), 'SUPERSEDED RELEASED REJECTED', 'its BOM');
SELECT testing.same((SELECT c.parameters ->> 'feet' FROM builds b JOIN configurations c USING (configuration_id) WHERE b.build_id = :a), 'SEISMIC_FEET', 'the build');
