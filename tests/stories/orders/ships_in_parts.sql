-- Where sinks of an order leave one by one: the one still here can be cancelled, the one that left cannot; the order ends with what arrived.
\ir ../_shop_floor.sql
SELECT build_id AS a, order_id FROM builds WHERE build_number = 'SAMPLE-001' \gset
SELECT build_id AS b FROM builds WHERE build_number = 'SAMPLE-002' \gset
SELECT testing.nobody();
UPDATE site_settings SET value = 'true' WHERE setting_code = 'partial_shipment';
SELECT testing.bring_build(:a, 'SHIPPING');
SELECT testing.same((SELECT phase FROM orders WHERE order_id = :order_id), 'PRODUCTION', 'the order is where its slower sink is');
SELECT testing.act('sample.production');
SELECT create_shipment(:order_id, ARRAY[:a::bigint], 'Northern Freight') AS parcel \gset
SELECT dispatch_shipment(:parcel, p_tracking_number => 'NF-1');
SELECT testing.refused(format('SELECT cancel_build(%s, ''too late'')', :a), 'TV009', 'dispatched');
SELECT testing.refused(format('SELECT cancel_order(%s, ''too late'')', :order_id), 'TV009', 'dispatched');
SELECT record_shipment_delivery(:parcel, current_date);
SELECT testing.ok((SELECT delivered_on IS NULL FROM orders WHERE order_id = :order_id), 'one of two has arrived');
SELECT testing.refused(format('SELECT transition_build(%s, ''DELIVERED'')', :a), 'TV024', 'not all recorded');
SELECT cancel_build(:b, 'customer wants one sink');
SELECT testing.same((SELECT phase FROM orders WHERE order_id = :order_id), 'SHIPPING', 'the order follows the sink that is left');
SELECT record_delivery(:order_id, current_date);
SELECT testing.same((transition_order(:order_id, 'DELIVERED')).phase, 'DELIVERED', 'and ends with it');
SELECT testing.same((SELECT string_agg(to_phase, ' ' ORDER BY row_version) FROM order_status_history WHERE order_id = :order_id AND action = 'ADVANCE' AND phase_position(to_phase) > 4),
  'QUALITY_CONTROL PACKAGING SHIPPING DELIVERED', 'history shows every phase');
