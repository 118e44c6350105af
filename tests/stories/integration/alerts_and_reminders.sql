-- Alerts are told once while they last; reminders of want dates come once each, by the plant's date.
SELECT testing.nobody();
UPDATE outbox_events SET notified_at = now();
SELECT raise_alert('performance.order_search', 'WARNING', 'Order search is slow', '{"p95_ms": 700}') AS alert_id \gset
SELECT testing.same(raise_alert('performance.order_search', 'INFO', 'Order search is slow', '{"p95_ms": 900}'), :alert_id::bigint, 'the same alert');
SELECT testing.same((SELECT severity || ' ' || times_raised || ' ' || (details ->> 'p95_ms') FROM system_alerts), 'WARNING 2 900', 'kept at its worst');
SELECT testing.same((SELECT count(*) FROM outbox_events WHERE event_type = 'system.alert_raised'), 1::bigint, 'told once');
SELECT raise_alert('performance.order_search', 'CRITICAL', 'Order search is very slow');
SELECT testing.same((SELECT count(*) FROM outbox_events WHERE event_type = 'system.alert_raised'), 2::bigint, 'told again when it grows worse');
SELECT deliver_notifications();
SELECT testing.same((SELECT string_agg(DISTINCT u.login, ',') FROM notifications n JOIN users u USING (user_id)), 'sample.admin', 'Administrators');
SELECT testing.same((SELECT string_agg(n.priority || ' ' || n.title, ', ' ORDER BY notification_id) FROM notifications n WHERE channel = 'IN_APP'), 'HIGH WARNING: Order search is slow, URGENT CRITICAL: Order search is very slow', 'what they read');
SELECT testing.ok(resolve_alert('performance.order_search'), 'it is over');
SELECT testing.ok(NOT resolve_alert('performance.order_search'), 'there is nothing left to close');
SELECT testing.ok(raise_alert('performance.order_search', 'WARNING', 'Order search is slow') <> :alert_id, 'the next time is another alert');
SELECT testing.refused($$SELECT raise_alert('x', 'LOUD', 'x')$$, 'TV022', 'severity');
SELECT testing.refused($$SELECT raise_alert('Bad Code', 'INFO', 'x')$$, 'TV022', 'not right');
SELECT testing.act('sample.production');
SELECT testing.refused($$SELECT raise_alert('x', 'INFO', 'x')$$, '42501', 'system_alert:raise');

-- Want dates.
SELECT testing.nobody();
SELECT set_config('torvan.reason', 'story', false);
UPDATE orders SET want_date = '2031-05-10' WHERE po_number = 'PO-48817';
SELECT testing.same(raise_due_notifications('2031-05-06'), 0, 'four days before');
SELECT testing.same(raise_due_notifications('2031-05-07'), 1, 'three days before');
SELECT testing.same(raise_due_notifications('2031-05-07'), 0, 'once');
SELECT testing.same(raise_due_notifications('2031-05-08'), 0, 'two days before');
SELECT testing.same(raise_due_notifications('2031-05-09'), 1, 'one day before');
SELECT testing.same(raise_due_notifications('2031-05-10'), 0, 'on the day');
SELECT testing.same(raise_due_notifications('2031-05-11'), 1, 'overdue');
SELECT testing.same(raise_due_notifications('2031-05-11'), 0, 'once a day');
SELECT testing.same(raise_due_notifications('2031-05-12'), 1, 'daily');
SELECT testing.same((SELECT string_agg(event_type || ' ' || coalesce(nullif(payload ->> 'days_left', '0'), '-' || (payload ->> 'days_late')), ', ' ORDER BY outbox_event_id) FROM outbox_events WHERE event_type IN ('order.due_soon', 'order.overdue')),
  'order.due_soon 3, order.due_soon 1, order.overdue -1, order.overdue -2', 'what was said');
SELECT deliver_notifications();
SELECT testing.same((SELECT n.priority || ' ' || n.title || '. ' || n.body FROM notifications n JOIN users u USING (user_id) WHERE n.event_type = 'order.overdue' AND u.login = 'sample.sales' AND n.channel = 'IN_APP' ORDER BY notification_id DESC LIMIT 1),
  (SELECT 'URGENT Order ' || order_number || ' is 2 day(s) late. St. Elmo General Hospital (sample) wanted it on 2031-05-10.' FROM orders WHERE po_number = 'PO-48817'), 'overdue is urgent');
-- A missed day is made up for; a date that moves is reminded of anew; cancelled orders are silent.
UPDATE orders SET want_date = '2031-06-10' WHERE po_number = 'PO-48817';
SELECT testing.same(raise_due_notifications('2031-06-08'), 1, 'two days before, the third was missed');
UPDATE orders SET want_date = '2031-07-10' WHERE po_number = 'PO-48817';
SELECT testing.same(raise_due_notifications('2031-07-07'), 1, 'the new date');
SELECT testing.act('sample.production');
SELECT testing.same((SELECT state FROM cancel_order((SELECT order_id FROM orders WHERE po_number = 'PO-48817'), 'no longer wanted')), 'CANCELLED', 'cancelled');
SELECT testing.same(raise_due_notifications('2031-07-11'), 0, 'silent');
SELECT testing.act('sample.technician');
SELECT testing.refused('SELECT raise_due_notifications()', '42501', 'notification:broadcast');

-- All of it in one call, for sites without a worker.
SELECT testing.nobody();
SELECT testing.same((SELECT string_agg(k, ' ' ORDER BY k) FROM jsonb_object_keys(run_background_work()) k), 'contents_swept document_versions events expired_lots notifications reminders views_gone', 'one turn');
