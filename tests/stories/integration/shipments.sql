-- What leaves the plant: shipments with their builds, as a whole unless the plant allows otherwise; the order's own columns follow.
SELECT testing.act('sample.production');
SELECT order_id, array_agg(build_id ORDER BY build_id) AS builds, min(build_id) AS one, max(build_id) AS two FROM builds GROUP BY order_id \gset
SELECT testing.refused(format('SELECT create_shipment(%s, ARRAY[%s::bigint])', :order_id, :one), 'TV009', 'as a whole');
SELECT testing.refused(format('SELECT create_shipment(%s, %L)', :order_id, '{999999}'), 'TV009', 'cannot be put');
SELECT testing.refused(format('SELECT create_shipment(%s, NULL, NULL, NULL, %L)', :order_id, '[{"weight_kg": 0}]'), 'TV022', 'package');
SELECT testing.refused(format('SELECT create_shipment(%s, NULL, NULL, NULL, %L)', :order_id, '[{"weight_kg": 10, "length_mm": 5}]'), 'TV022', 'package');
SELECT testing.refused(format('SELECT create_shipment(%s, NULL, NULL, NULL, %L)', :order_id, '{"weight_kg": 10}'), 'TV022', 'list');
SELECT create_shipment(:order_id, NULL, 'Northern Freight', 'lift gate', '[{"weight_kg": 180.5, "length_mm": 2400, "width_mm": 900, "height_mm": 1300, "content": "SAMPLE-001"}, {"weight_kg": 90}]') AS shipment \gset
SELECT testing.same((SELECT (shipment_number ~ '^SHP-[0-9]{6}$') || ' ' || state || ' ' || array_to_string(build_numbers, '+') || ' ' || packages || ' ' || weight_kg FROM v_order_shipments), 'true PLANNED SAMPLE-001+SAMPLE-002 2 270.500', 'planned');
SELECT testing.refused(format('SELECT create_shipment(%s)', :order_id), 'TV009', 'cannot be put');
SELECT testing.refused(format('SELECT dispatch_shipment(%s, %L, %L)', :shipment, 'NF', 'T-1'), 'TV009', 'Not yet in SHIPPING');
SELECT mark_shipment_ready(:shipment);
SELECT testing.refused(format('SELECT record_shipment(%s, %L, %L, current_date)', :order_id, 'NF', 'T-1'), 'TV009', 'not SHIPPING');
SELECT testing.refused(format('DELETE FROM shipments WHERE shipment_id = %s', :shipment), 'TV003', 'kept');
SELECT testing.refused(format('UPDATE shipments SET state = %L WHERE shipment_id = %s', 'DELIVERED', :shipment), 'TV003', 'does not go');
SELECT testing.act('sample.sales');
SELECT testing.refused(format('SELECT create_shipment(%s)', :order_id), '42501', 'shipment:create');
SELECT testing.refused(format('SELECT dispatch_shipment(%s, %L, %L)', :shipment, 'NF', 'T-1'), '42501', 'shipment:dispatch');

-- The builds arrive in SHIPPING (by the owner of the database here: the way there has stories of its own).
SELECT testing.nobody();
CREATE FUNCTION pg_temp.to_shipping(p_order bigint, p_builds bigint[], p_order_too boolean) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  PERFORM open_order(p_order);
  UPDATE builds SET phase = 'SHIPPING', sub_state = NULL, row_version = row_version + 1 WHERE build_id = ANY (p_builds);
  IF p_order_too THEN
    UPDATE orders SET phase = 'SHIPPING' WHERE order_id = p_order;
  END IF;
  PERFORM close_order();
END;
$$;
SELECT pg_temp.to_shipping(:order_id, ARRAY[:one]::bigint[], false);
SELECT testing.act('sample.production');
SELECT testing.refused(format('SELECT dispatch_shipment(%s, %L, %L)', :shipment, 'NF', 'T-1'), 'TV009', 'SAMPLE-002');

-- Partial shipments, where the plant allows them.
SELECT cancel_shipment(:shipment, 'the first sink goes ahead');
SELECT testing.refused(format('SELECT mark_shipment_ready(%s)', :shipment), 'TV009', 'cancelled');
SELECT testing.nobody();
UPDATE site_settings SET value = 'true' WHERE setting_code = 'partial_shipment';
SELECT testing.act('sample.production');
SELECT create_shipment(:order_id, ARRAY[:one]::bigint[], 'Northern Freight') AS first \gset
SELECT dispatch_shipment(:first, NULL, 'T-1', current_date - 2);
SELECT testing.same((SELECT tracking_number || ' ' || (dispatched_on = current_date - 2) FROM orders WHERE order_id = :order_id), 'T-1 true', 'the order''s columns');
SELECT testing.refused(format('SELECT cancel_order(%s, %L)', :order_id, 'too late'), 'TV009', 'dispatched');
SELECT update_shipment_tracking(:first);
SELECT testing.act('sample.service');
SELECT testing.refused(format('SELECT record_shipment_delivery(%s, current_date - 3)', :first), 'TV022', 'dispatch date or later');
SELECT record_shipment_delivery(:first, current_date - 1);
SELECT testing.same((SELECT delivered_on FROM orders WHERE order_id = :order_id), NULL::date, 'one sink is still missing');
-- With the switch off again the rest is still the whole rest.
SELECT testing.nobody();
UPDATE site_settings SET value = 'false' WHERE setting_code = 'partial_shipment';
SELECT pg_temp.to_shipping(:order_id, ARRAY[:two]::bigint[], true);
SELECT testing.act('sample.production');
SELECT create_shipment(:order_id) AS second \gset
SELECT testing.refused(format('SELECT dispatch_shipment(%s, %L)', :second, 'NF'), 'TV022', 'all needed');
SELECT dispatch_shipment(:second, 'Northern Freight', 'T-2', current_date);
SELECT testing.same((SELECT string_agg(state, ', ' ORDER BY shipment_id) FROM v_order_shipments), 'CANCELLED, DELIVERED, DISPATCHED', 'shipments');
SELECT record_shipment_delivery(:second, current_date);
SELECT testing.same((SELECT tracking_number || ' ' || (dispatched_on = current_date) || ' ' || (delivered_on = current_date) FROM orders WHERE order_id = :order_id), 'T-2 true true', 'delivered with the last sink');

-- It comes back before the order is closed: it may be shipped anew.
SELECT testing.refused(format('SELECT return_shipment(%s, %L)', :second, ''), 'TV022', 'reason');
SELECT return_shipment(:second, 'refused at the dock');
SELECT testing.same((SELECT (o.delivered_on IS NULL) || ' ' || o.tracking_number FROM orders o WHERE order_id = :order_id), 'true T-1', 'the order is open again');
SELECT testing.refused(format('UPDATE shipments SET carrier = %L WHERE shipment_id = %s', 'X', :second), 'TV003', 'does not go');
SELECT record_shipment(:order_id, 'Southern Freight', 'T-3', current_date);
SELECT record_shipment(:order_id, 'Southern Freight', 'T-33', current_date);
SELECT testing.same((SELECT string_agg(tracking_number || ' ' || state, ', ' ORDER BY shipment_id) FROM shipments WHERE tracking_number IS NOT NULL), 'T-1 DELIVERED, T-2 RETURNED, T-33 DISPATCHED', 'the old words work, a second call corrects');
SELECT record_delivery(:order_id, current_date);
SELECT testing.same((SELECT (delivered_on = current_date) || ' ' || tracking_number FROM orders WHERE order_id = :order_id), 'true T-33', 'delivered');
SELECT testing.same((SELECT string_agg(reason, ', ' ORDER BY row_version) FROM order_status_history WHERE order_id = :order_id AND reason LIKE '%shipment%' OR reason LIKE '%delivery%'),
  'shipment recorded, delivery recorded, shipment recorded, delivery recorded, shipment returned: refused at the dock, shipment recorded, shipment recorded, delivery recorded', 'each is a version of the order');
SELECT testing.same((SELECT string_agg(event_type, ', ' ORDER BY outbox_event_id) FROM outbox_events WHERE subject_type = 'shipments' AND event_type NOT IN ('shipment.planned', 'shipment.ready')),
  'shipment.dispatched, shipment.delivered, shipment.dispatched, shipment.delivered, shipment.returned, shipment.dispatched, shipment.corrected, shipment.delivered', 'events');
SELECT testing.same((SELECT delivered_on = current_date - 1 FROM shipments WHERE tracking_number = 'T-1'), true, 'what arrived earlier keeps its day');
SELECT testing.refused(format('SELECT record_delivery(%s, current_date)', :order_id), 'TV009', '2 delivered shipments');
SELECT transition_order(:order_id, 'DELIVERED');

-- A cancelled order or sink takes its planned shipment along.
SELECT testing.act('sample.sales');
SELECT create_order('STELMO', 'PO-SHIP', 'sample.sales', current_date + 30, 'EN', '{SHIP-1,SHIP-2}') AS other \gset
SELECT testing.act('sample.production');
SELECT testing.refused(format('SELECT create_shipment(%s)', :other), 'TV009', 'in phase DRAFT');
SELECT testing.nobody();
SELECT pg_temp.to_shipping(:other, array(SELECT build_id FROM builds WHERE order_id = :other), true);
SELECT testing.act('sample.production');
SELECT create_shipment(:other) AS planned \gset
SELECT cancel_build((SELECT max(build_id) FROM builds WHERE order_id = :other), 'not wanted any more');
SELECT testing.same((SELECT state || ' ' || array_to_string(build_numbers, '+') FROM v_order_shipments WHERE shipment_id = :planned), 'PLANNED SHIP-1', 'one sink less');
SELECT cancel_order(:other, 'not wanted any more');
SELECT testing.same((SELECT state FROM shipments WHERE shipment_id = :planned), 'CANCELLED', 'nothing left to ship');
