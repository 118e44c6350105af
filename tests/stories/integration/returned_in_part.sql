-- A shipment comes back when one of its sinks is DELIVERED already and the other is not: the finished one keeps its record, the other leaves again, and the order ends.
\ir ../_shop_floor.sql
SELECT build_id AS a, order_id FROM builds WHERE build_number = 'SAMPLE-001' \gset
SELECT build_id AS b FROM builds WHERE build_number = 'SAMPLE-002' \gset
SELECT testing.bring_build(:a, 'SHIPPING'), testing.bring_build(:b, 'SHIPPING') \g /dev/null
SELECT testing.act('sample.production');
SELECT record_shipment(:order_id, 'Northern Freight', 'NF-1', current_date);
SELECT record_delivery(:order_id, current_date);
SELECT testing.same((transition_build(:a, 'DELIVERED')).phase || ' ' || (SELECT phase FROM orders WHERE order_id = :order_id), 'DELIVERED SHIPPING', 'one sink is finished, the order not yet');
SELECT shipment_id AS first FROM shipments WHERE order_id = :order_id \gset
SELECT return_shipment(:first, 'the second crate was damaged');
SELECT testing.same((SELECT string_agg(b.build_number || ' ' || s.is_void, ', ' ORDER BY b.build_id) FROM shipment_builds s JOIN builds b USING (build_id) WHERE s.shipment_id = :first), 'SAMPLE-001 false, SAMPLE-002 true', 'only the open sink leaves the shipment');
SELECT testing.same((SELECT payload -> 'ship_again' FROM outbox_events WHERE event_type = 'shipment.returned'), '["SAMPLE-002"]'::jsonb, 'who is told knows which');
SELECT testing.same((SELECT num_nonnulls(carrier, tracking_number, dispatched_on, delivered_on) FROM orders WHERE order_id = :order_id), 0, 'the order waits for its shipment again');
SELECT testing.refused(format('SELECT transition_build(%s, ''DELIVERED'')', :b), 'TV024', 'not all recorded');
SELECT testing.refused(format('SELECT create_shipment(%s, ARRAY[%s, %s]::bigint[])', :order_id, :a, :b), 'TV009', 'cannot be put into a shipment');
SELECT testing.refused(format('SELECT cancel_build(%s, ''came back'')', :a), 'TV009', '');
-- The plant ships orders as a whole: the whole is what is not delivered yet.
SELECT create_shipment(:order_id) AS second \gset
SELECT testing.same((SELECT array_to_string(build_numbers, '+') FROM v_order_shipments WHERE shipment_id = :second), 'SAMPLE-002', 'the next shipment holds the rest');
SELECT dispatch_shipment(:second, 'Northern Freight', 'NF-2', current_date);
SELECT record_shipment_delivery(:second, current_date);
SELECT testing.same((SELECT tracking_number || ' ' || (delivered_on = current_date) FROM orders WHERE order_id = :order_id), 'NF-2 true', 'arrived');
-- What was finished came back too: that is no longer a matter of shipping, and changes nothing for the order.
SELECT testing.same((transition_order(:order_id, 'DELIVERED')).phase, 'DELIVERED', 'the order is closed');
SELECT return_shipment(:second, 'the customer moved');
SELECT testing.same((SELECT phase || ' ' || tracking_number || ' ' || (delivered_on = current_date) FROM orders WHERE order_id = :order_id), 'DELIVERED NF-2 true', 'its record stays');
SELECT testing.same((SELECT string_agg(state, ' ' ORDER BY shipment_id) FROM shipments WHERE order_id = :order_id), 'RETURNED RETURNED', 'what happened is on record');
