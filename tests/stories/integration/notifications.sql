-- An event tells each person once, in their language and as they prefer, whoever runs it and how often; digests gather what can wait.
SELECT testing.nobody();
UPDATE outbox_events SET notified_at = now();
DELETE FROM notifications;
UPDATE users SET language = 'FR' WHERE login = 'sample.production';

-- A submission: the Production Managers; the creator, who acted, is not told of their own step.
SELECT testing.act('sample.sales');
SELECT create_order('STELMO', 'PO-TELL', 'sample.sales', current_date + 30, 'EN', '{TELL-1}') AS order_id \gset
SELECT order_number FROM orders WHERE order_id = :order_id \gset
SELECT testing.nobody();
SELECT emit_event('order.advance', 'orders', :order_id, '{"to_phase": "APPROVAL", "from_phase": "CONFIGURATION"}'::jsonb);
UPDATE outbox_events SET payload = payload || '{"actor": "sample.sales"}' WHERE event_type = 'order.advance' AND notified_at IS NULL;
SELECT testing.same(deliver_notifications(), 1, 'one person, in the application');
SELECT testing.same((SELECT string_agg(u.login || '|' || n.channel || '|' || n.title || '|' || n.body || '|' || n.state, ', ') FROM notifications n JOIN users u USING (user_id)),
  'sample.production|IN_APP|Commande ' || :'order_number' || ' à approuver|St. Elmo General Hospital (sample) : soumise par Sam Sales (sample).|SENT', 'in French');
SELECT testing.same(deliver_notifications(), 0, 'a second time there is nothing to do');
UPDATE outbox_events SET notified_at = NULL WHERE event_type = 'order.advance' AND subject_id = :order_id;
SELECT testing.same(deliver_notifications(), 0, 'an event twice makes no second notification');

-- Approved by Production: Sales as a role and the creator are one person, told once; the approver is not told.
SELECT emit_event('order.advance', 'orders', :order_id, '{"to_phase": "PRODUCTION"}');
UPDATE outbox_events SET payload = payload || '{"actor": "sample.production"}' WHERE notified_at IS NULL;
SELECT testing.same(deliver_notifications(), 1, 'once');
SELECT testing.same((SELECT u.login || ' ' || n.title FROM notifications n JOIN users u USING (user_id) ORDER BY notification_id DESC LIMIT 1), 'sample.sales Order ' || :'order_number' || ' was approved', 'the rule of the table comes first');

-- E-mail only where a person wants it; urgent things never wait for a digest.
SELECT testing.act('sample.production');
SELECT set_notification_preference('*', 'EMAIL', true, 'DAILY');
SELECT set_notification_preference('task.blocked', 'EMAIL', true, 'IMMEDIATE');
SELECT set_notification_preference('task.assigned', 'IN_APP', false);
SELECT testing.refused($$SELECT set_notification_preference('no.such', 'EMAIL', true)$$, 'TV004', 'Nobody is told');
SELECT testing.refused($$SELECT set_notification_preference('*', 'PIGEON', true)$$, 'TV022', 'channel');
SELECT testing.refused($$SELECT set_notification_preference('*', 'EMAIL', true, 'YEARLY')$$, 'TV022', 'frequency');
SELECT testing.nobody();
DELETE FROM notifications;
SELECT emit_event('build.ready_for_pre_qc', 'builds', build_id, '{}') FROM builds WHERE build_number = 'TELL-1';
SELECT emit_event('order.hold', 'orders', :order_id, '{"reason": "parts"}');
SELECT emit_event('task.blocked', 'builds', build_id, '{"reason": "no drill"}') FROM builds WHERE build_number = 'TELL-1';
SELECT emit_event('task.assigned', 'builds', build_id, jsonb_build_object('title', 'Legs', 'assignee_id', (SELECT user_id FROM users WHERE login = 'sample.technician'))) FROM builds WHERE build_number = 'TELL-1';
SELECT emit_event('stock.shortage', 'orders', :order_id, '{}');
SELECT deliver_notifications();
SELECT testing.same((SELECT string_agg(n.event_type || ' ' || n.channel || ' ' || n.frequency || ' ' || n.priority || ' ' || n.state, ', ' ORDER BY n.event_type, n.channel)
    FROM notifications n JOIN users u USING (user_id) WHERE u.login = 'sample.production'),
  'build.ready_for_pre_qc EMAIL DAILY NORMAL PENDING, build.ready_for_pre_qc IN_APP IMMEDIATE NORMAL SENT, order.hold EMAIL DAILY HIGH PENDING, order.hold IN_APP IMMEDIATE HIGH SENT, '
  'stock.shortage EMAIL IMMEDIATE URGENT PENDING, stock.shortage IN_APP IMMEDIATE URGENT SENT, task.blocked EMAIL IMMEDIATE HIGH PENDING, task.blocked IN_APP IMMEDIATE HIGH SENT', 'as preferred');
SELECT testing.same((SELECT string_agg(n.event_type || ' ' || n.channel, ', ' ORDER BY n.event_type) FROM notifications n JOIN users u USING (user_id) WHERE u.login = 'sample.technician'), 'task.assigned IN_APP', 'the assignee');
SELECT testing.same((SELECT n.title || '. ' || n.body FROM notifications n JOIN users u USING (user_id) WHERE u.login = 'sample.technician'), 'A task of build TELL-1 was assigned. Order ' || :'order_number' || ': Legs.', 'its text');
SELECT testing.same((SELECT count(*) FROM notifications WHERE title LIKE '%{%' OR body LIKE '%{%'), 0::bigint, 'no gap in any text');

-- The queue of e-mails: single ones now, the digest in the plant's morning.
SELECT testing.same((SELECT string_agg(c.title, ', ') FROM claim_notifications() c), (SELECT string_agg(n.title, ', ' ORDER BY n.priority = 'URGENT' DESC) FROM notifications n WHERE n.channel = 'EMAIL' AND n.frequency = 'IMMEDIATE'), 'the urgent one first');
SELECT testing.same((SELECT count(*) FROM claim_notifications()), 0::bigint, 'leased');
SELECT record_notification_result(array(SELECT notification_id FROM notifications WHERE event_type = 'stock.shortage' AND channel = 'EMAIL'));
SELECT record_notification_result(array(SELECT notification_id FROM notifications WHERE event_type = 'task.blocked' AND channel = 'EMAIL'), 'mailbox full');
SELECT testing.same((SELECT string_agg(event_type || ' ' || state || ' ' || attempts, ', ' ORDER BY event_type) FROM notifications WHERE channel = 'EMAIL' AND attempts > 0), 'stock.shortage SENT 1, task.blocked FAILED 1', 'results');
UPDATE notifications SET attempts = 8 WHERE state = 'FAILED';
SELECT record_notification_result(array(SELECT notification_id FROM notifications WHERE state = 'FAILED'), 'mailbox full');
SELECT testing.same((SELECT count(*) FROM notifications WHERE state = 'DEAD'), 1::bigint, 'given up after eight');
SELECT testing.same((SELECT string_agg(DISTINCT to_char(due_at AT TIME ZONE 'America/Toronto', 'HH24:MI'), ',') FROM notifications WHERE frequency = 'DAILY'), '07:00', 'in the morning of the plant');
UPDATE notifications SET due_at = now() WHERE frequency = 'DAILY';
SELECT testing.same((SELECT string_agg(cardinality(notification_ids) || ' ' || title || ' ' || priority, ', ') FROM claim_notifications()), '2 2 messages HIGH', 'one digest of two');

SELECT testing.same((SELECT string_agg(to_char(digest_time(f, at::timestamptz) AT TIME ZONE 'America/Toronto', 'Dy YYYY-MM-DD HH24:MI'), ', ') FROM (VALUES
    ('HOURLY', '2026-06-10 12:34-04'), ('DAILY', '2026-06-10 06:59-04'), ('DAILY', '2026-06-10 07:00-04'), ('DAILY', '2026-10-31 12:00-04'), ('WEEKLY', '2026-06-10 12:00-04'), ('WEEKLY', '2026-06-15 06:00-04'), ('WEEKLY', '2026-06-15 07:00-04')) AS t (f, at)),
  'Wed 2026-06-10 13:00, Wed 2026-06-10 07:00, Thu 2026-06-11 07:00, Sun 2026-11-01 07:00, Mon 2026-06-15 07:00, Mon 2026-06-15 07:00, Mon 2026-06-22 07:00', 'times of digests');

-- Reading: one's own only.
SELECT testing.act('sample.technician');
SELECT notification_id AS mine FROM my_notifications() \gset
SELECT mark_notification_read(:mine), mark_notification_read(:mine);
SELECT testing.same((SELECT count(*) FROM my_notifications()), 0::bigint, 'nothing unread');
SELECT testing.same((SELECT count(*) FROM my_notifications(false)), 1::bigint, 'but still there');
SELECT testing.act('sample.production');
SELECT testing.refused(format('SELECT mark_notification_read(%s)', :mine), 'TV004', 'of yours');
SELECT testing.same(mark_all_notifications_read(), 4, 'all of them');
SELECT testing.nobody();
SELECT testing.refused('SELECT * FROM my_notifications()', 'TV010', 'person');

-- To all, and what cannot be silenced.
SELECT testing.act('sample.sales');
SELECT testing.refused($$SELECT broadcast_notification('Hall', 'Closed at noon.')$$, '42501', 'notification:broadcast');
SELECT testing.act('sample.production');
SELECT testing.same(broadcast_notification('Hall', 'Closed at noon.'), 6, 'everybody');
SELECT testing.same(broadcast_notification('Hall', 'Closed at noon.', '{QC_INSPECTOR,ASSEMBLY_TECHNICIAN}', 'HIGH'), 2, 'two roles');
SELECT testing.refused($$SELECT broadcast_notification('Hall', 'x', '{COOK}')$$, 'TV022', 'roles');
SELECT testing.act('sample.technician');
SELECT set_notification_preference('*', 'IN_APP', false);
SELECT testing.nobody();
SELECT emit_event('user.role_granted', 'users', user_id, '{"role": "QC_INSPECTOR"}') FROM users WHERE login = 'sample.technician';
SELECT deliver_notifications();
SELECT testing.same((SELECT string_agg(u.login || ' ' || n.channel || ' ' || n.title, ', ' ORDER BY u.login, n.channel) FROM notifications n JOIN users u USING (user_id) WHERE n.event_type = 'user.role_granted'),
  'sample.admin IN_APP The roles of Terry Technician (sample) were changed, sample.technician EMAIL The roles of Terry Technician (sample) were changed, sample.technician IN_APP The roles of Terry Technician (sample) were changed', 'the person is always told');

-- A rolled-back step tells nobody; inactive people are told nothing; an event that cannot be told holds up no other.
BEGIN;
SELECT emit_event('order.hold', 'orders', :order_id, '{"reason": "x"}');
ROLLBACK;
SELECT testing.same(deliver_notifications(), 0, 'nothing happened');
INSERT INTO notification_rules (event_type, recipient, message_key) VALUES ('demo.broken', 'AUTHOR', 'digest');
SELECT emit_event('demo.broken', 'users', user_id, '{"build_id": 99999999999999999999}') FROM users WHERE login = 'sample.admin';
SELECT emit_event('task.blocked', 'builds', build_id, '{"reason": "no drill"}') FROM builds WHERE build_number = 'TELL-1';
SELECT testing.same(deliver_notifications() > 0, true, 'the next one is told');
SELECT testing.same((SELECT details ->> 'event_type' FROM system_alerts WHERE alert_code = 'notifications.event'), 'demo.broken', 'and the broken one is known');
