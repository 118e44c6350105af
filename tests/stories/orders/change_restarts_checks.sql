-- An adopted change sends the sink back to its first check, so that no checklist of another configuration lets it pass; what has left is not changed any more.
\ir ../_shop_floor.sql
SELECT build_id AS a, order_id FROM builds WHERE build_number = 'SAMPLE-001' \gset
SELECT build_id AS b FROM builds WHERE build_number = 'SAMPLE-002' \gset
SELECT testing.bring_build(:a, 'PACKAGING');
SELECT testing.bring_build(:b, 'PACKAGING');
SELECT testing.same((SELECT phase FROM orders WHERE order_id = :order_id), 'PACKAGING', 'both sinks are packed now');

SELECT testing.act('sample.production');
SELECT propose_order_change(:a, '{"feet": "SEISMIC_FEET"}', 'earthquake zone') AS change \gset
SELECT propose_order_change(:b, (SELECT jsonb_build_object('feet', CASE parameters ->> 'feet' WHEN 'SEISMIC_FEET' THEN 'LEVELING_CASTERS' ELSE 'SEISMIC_FEET' END) FROM configurations JOIN builds USING (configuration_id) WHERE builds.build_id = :b), 'the other one too') AS late \gset
SELECT testing.act('sample.admin');
SELECT testing.refused(format('SELECT decide_order_change(%s, NULL, ''either'')', :change), 'TV022', 'Adopted or rejected');
SELECT decide_order_change(:change, true, 'agreed');
SELECT testing.same((SELECT phase || '/' || sub_state FROM builds WHERE build_id = :a), 'PRODUCTION/PRE_QC_READY', 'the changed sink is checked from the beginning');
SELECT testing.same((SELECT phase FROM orders WHERE order_id = :order_id), 'PRODUCTION', 'its order goes back with it');
SELECT testing.ok(EXISTS (SELECT FROM build_status_history WHERE build_id = :a AND from_phase = 'PACKAGING' AND to_phase = 'PRODUCTION' AND reason LIKE 'changed after approval%'), 'history says why');
-- The way on exists, through every gate again.
SELECT testing.bring_build(:a, 'SHIPPING');
SELECT testing.ok((SELECT count(DISTINCT gate_code) = 6 FROM qc_inspections q JOIN builds k USING (build_id, configuration_id) WHERE q.build_id = :a AND q.state IN ('PASSED', 'COMPLETED', 'APPROVED')), 'six gates passed for the new configuration');

-- A change that waited until the sink was packed is not adopted, but can be rejected; so can that of a cancelled sink.
SELECT testing.bring_build(:b, 'SHIPPING');
SELECT testing.act('sample.admin');
SELECT testing.refused(format('SELECT decide_order_change(%s, true)', :late), 'TV009', 'SHIPPING');
SELECT decide_order_change(:late, false, 'it is packed');
SELECT testing.same((SELECT state FROM order_changes WHERE order_change_id = :late), 'REJECTED', 'it no longer waits');
