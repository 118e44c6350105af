-- Customers and the plant write to each other about an order; nobody of another customer sees or writes anything.
SELECT testing.nobody();
INSERT INTO customers (customer_code, name) VALUES ('OTHER', 'Other Hospital');
ALTER TABLE users ADD COLUMN IF NOT EXISTS customer_id bigint;
DO $$ BEGIN
  IF EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'users'::regclass AND attname = 'kind') THEN
    INSERT INTO users (login, display_name, kind, customer_id) SELECT 'portal.' || lower(c.customer_code), 'Portal', 'PORTAL', c.customer_id FROM customers c;
  ELSE
    INSERT INTO users (login, display_name, customer_id) SELECT 'portal.' || lower(c.customer_code), 'Portal', c.customer_id FROM customers c;
  END IF;
END $$;
SELECT min(order_id) AS order_id FROM orders \gset
UPDATE outbox_events SET notified_at = now();

SELECT testing.act('portal.stelmo');
SELECT send_portal_message(:order_id, 'When will the sinks arrive?') AS question \gset
SELECT testing.same((SELECT side || ' ' || (author_id = current_user_id()) FROM portal_messages), 'CUSTOMER true', 'the customer''s side');
SELECT testing.refused(format('SELECT send_portal_message(%s, %L)', :order_id, ' '), 'TV022', '0 characters');
SELECT testing.refused(format('SELECT send_portal_message(%s, repeat(%L, 10001))', :order_id, 'x'), 'TV022', '10001');
SELECT testing.same(mark_portal_messages_read(:order_id), 0, 'one''s own side has nothing to read');
SELECT testing.ok(may_see_portal_message((SELECT customer_id FROM orders WHERE order_id = :order_id)), 'sees its own');
SELECT testing.act('portal.other');
SELECT testing.refused(format('SELECT send_portal_message(%s, %L)', :order_id, 'Hello'), 'TV004', 'no order');
SELECT testing.refused(format('SELECT mark_portal_messages_read(%s)', :order_id), 'TV004', 'no order');
SELECT testing.ok(NOT may_see_portal_message((SELECT customer_id FROM orders WHERE order_id = :order_id)), 'sees nothing of others');
SELECT testing.act('sample.technician');
SELECT testing.refused(format('SELECT send_portal_message(%s, %L)', :order_id, 'Hello'), '42501', 'portal_message:create');
SELECT testing.ok(NOT may_see_portal_message((SELECT customer_id FROM orders WHERE order_id = :order_id)), 'not for the shop');

-- The plant is told, without the text, reads and answers.
SELECT testing.nobody();
SELECT deliver_notifications();
SELECT testing.same((SELECT string_agg(u.login, ' ' ORDER BY u.login) FROM notifications n JOIN users u USING (user_id) WHERE n.event_type = 'portal.message_received' AND n.channel = 'IN_APP'), 'sample.sales sample.service', 'who is told');
SELECT testing.same((SELECT count(*) FROM notifications WHERE body LIKE '%arrive%') + (SELECT count(*) FROM outbox_events WHERE payload::text LIKE '%arrive%'), 0::bigint, 'the text goes nowhere else');
SELECT testing.act('sample.service');
SELECT testing.ok(may_see_portal_message((SELECT customer_id FROM orders WHERE order_id = :order_id)), 'Customer Service sees it');
SELECT testing.same(mark_portal_messages_read(:order_id), 1, 'read');
SELECT testing.same(mark_portal_messages_read(:order_id), 0, 'once');
SELECT send_portal_message(:order_id, 'In two weeks.');
SELECT testing.same((SELECT string_agg(side || ' ' || (read_at IS NOT NULL), ', ' ORDER BY portal_message_id) FROM portal_messages), 'CUSTOMER true, STAFF false', 'both sides');
SELECT testing.nobody();
SELECT testing.refused(format('UPDATE portal_messages SET body = %L', 'x'), 'TV003', 'stays');
SELECT testing.refused(format('UPDATE portal_messages SET read_at = now() WHERE portal_message_id = %s', :question), 'TV003', 'stays');
SELECT testing.refused('DELETE FROM portal_messages', 'TV003', 'stays');
SELECT testing.refused(format('SELECT send_portal_message(%s, %L)', :order_id, 'x'), 'TV010', 'person');
