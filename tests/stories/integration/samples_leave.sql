-- Sample orders take their messages, shipments, notifications and documents along.
SELECT testing.nobody();
SELECT min(order_id) AS order_id FROM orders \gset
SELECT deliver_notifications(10000), raise_due_notifications((SELECT min(want_date) FROM orders));
SELECT testing.act('sample.service');
SELECT send_portal_message(:order_id, 'In two weeks.');
SELECT testing.act('sample.production');
SELECT add_attachment_content(:order_id, 'PHOTO', 'a.jpg', 'image/jpeg', '\xffd8ff');
SELECT create_shipment(:order_id, NULL, 'NF', NULL, '[{"weight_kg": 3}]');
SELECT store_document('Papers', 'OTHER', 'a.txt', 'text/plain', 'x', 'PUBLIC_TO_STAFF', 'EN', jsonb_build_object('order_id', :order_id));
SELECT testing.nobody();
SELECT remove_sample_data();
SELECT testing.same((SELECT count(*) FROM orders) + (SELECT count(*) FROM portal_messages) + (SELECT count(*) FROM shipments) + (SELECT count(*) FROM documents) + (SELECT count(*) FROM notifications WHERE order_id IS NOT NULL) + (SELECT count(*) FROM order_due_notices), 0::bigint, 'nothing is left');
