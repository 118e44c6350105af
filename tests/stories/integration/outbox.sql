-- Events reach each system that wants them once, in order, at least until they arrive; an event of work that was rolled back never was.
SELECT testing.act('sample.admin');
SELECT allow_host('https://erp.example', 'the books'), allow_host('https://hooks.example', 'webhooks');
SELECT save_external_system('ERP', 'ERP', 'Books', 'https://erp.example/api', 'BOTH', '{}', '{order.advance,order.created}') AS erp \gset
SELECT save_external_system('ALL', 'GENERIC', 'Everything', 'https://erp.example/all', 'OUT', '{}', '{*}') AS everything \gset
SELECT save_external_system('DEAF', 'GENERIC', 'In only', 'https://erp.example/in', 'IN', '{}', '{*}') AS deaf \gset
SELECT activate_external_system(code, true, 'go live') FROM unnest(ARRAY['ERP', 'ALL', 'DEAF']) code;
SELECT testing.nobody();
SELECT testing.ok(process_outbox(100000) > 0, 'what happened so far is passed on');
SELECT testing.same(process_outbox(), 0, 'a second time there is nothing to do');
SELECT testing.same((SELECT count(*) FROM outbox_events WHERE processed_at IS NULL), 0::bigint, 'nothing waits');
DELETE FROM outbox_deliveries;

-- What rings a bell in the house is no business of other systems: the event it tells of goes to them by itself.
INSERT INTO outbox_events (event_type, subject_type, subject_id, payload) VALUES ('notification.made', 'notifications', 1, '{}');
SELECT testing.same(process_outbox(), 1, 'looked at');
SELECT testing.same((SELECT count(*) FROM outbox_deliveries), 0::bigint, 'and passed on to nobody');

-- What is rolled back never was.
BEGIN;
SELECT testing.act('sample.sales');
SELECT create_order('STELMO', 'PO-GONE', 'sample.sales', current_date + 30);
ROLLBACK;
SELECT testing.same((SELECT count(*) FROM outbox_events WHERE processed_at IS NULL), 0::bigint, 'no event of a rolled-back order');

SELECT testing.act('sample.sales');
SELECT create_order('STELMO', 'PO-OUT', 'sample.sales', current_date + 30, 'EN', '{OUT-1}') AS order_id \gset
SELECT transition_order(:order_id, 'CONFIGURATION');
SELECT testing.nobody();

-- One runner at a time: while another has the lock, this one does nothing; twice after it makes nothing twice.
SELECT testing.same(process_outbox(1), 1, 'as many as asked for');
SELECT testing.same(process_outbox(), 1, 'the rest');
UPDATE outbox_events SET processed_at = NULL WHERE subject_id = :order_id AND subject_type = 'orders';
SELECT process_outbox();
SELECT testing.same((SELECT string_agg(s.system_code || ' ' || e.event_type, ', ' ORDER BY s.system_code, e.outbox_event_id) FROM outbox_deliveries d JOIN outbox_events e USING (outbox_event_id) JOIN external_systems s USING (external_system_id)),
  'ALL order.created, ALL order.advance, ERP order.created, ERP order.advance', 'each event once for each system that wants it');

-- Claims: the second event of the order waits for the first; nobody else gets what is claimed.
SELECT outbox_delivery_id AS first_id, attempt, message_id FROM claim_deliveries('ERP') \gset
SELECT testing.same((SELECT e.event_type FROM outbox_deliveries d JOIN outbox_events e USING (outbox_event_id) WHERE d.outbox_delivery_id = :first_id), 'order.created', 'the earlier one first');
SELECT testing.same((SELECT count(*) FROM claim_deliveries('ERP')), 0::bigint, 'its successor waits, itself is leased');
SELECT testing.same(record_delivery_result(:first_id, :attempt, 201, NULL, 'SO-1', '{"request_bytes": 10, "correlation_id": "c-1"}'), 'DONE', 'it arrived');
SELECT testing.same(record_delivery_result(:first_id, :attempt, 500), 'DONE', 'said twice, it counts once');
SELECT testing.same((SELECT string_agg(state || ' ' || attempt || ' ' || response_code || ' ' || correlation_id, ',') FROM sync_log WHERE outbox_delivery_id = :first_id), 'DONE 1 201 c-1', 'one row per attempt');
SELECT testing.same((SELECT external_id FROM external_ids WHERE table_name = 'orders' AND internal_id = :order_id), 'SO-1', 'the other side''s identity');
SELECT testing.refused(format('UPDATE sync_log SET error = %L WHERE outbox_delivery_id = %s', 'x', :first_id), 'TV003', 'finished');

-- Failure: the same message again, later and later.
SELECT outbox_delivery_id AS second_id, attempt, message_id, external_id FROM claim_deliveries('ERP') \gset
SELECT testing.same(:'external_id'::text, 'SO-1', 'the worker hears of the other side''s identity');
SELECT testing.refused(format('SELECT record_delivery_result(%s, 7, 200)', :second_id), 'TV022', 'attempt');
SELECT testing.same(record_delivery_result(:second_id, 1, 302), 'FAILED', 'a redirect is a failure');
SELECT testing.ok((SELECT next_attempt_at BETWEEN now() + interval '3 s' AND now() + interval '7 s' FROM outbox_deliveries WHERE outbox_delivery_id = :second_id), 'after about five seconds');
SELECT testing.same((SELECT count(*) FROM claim_deliveries('ERP')), 0::bigint, 'not before');
SELECT testing.ok(bool_and(retry_delay(n, 0) > retry_delay(n - 1, 0) AND retry_delay(n, 0) > retry_delay(n - 1, 1)), 'each wait is longer than the last, whatever chance says') FROM generate_series(2, 7) n;
SELECT testing.same((SELECT string_agg(round(extract(epoch FROM retry_delay(n, 0.5)))::text, ' ' ORDER BY n) FROM generate_series(1, 12) n), '5 20 80 320 1280 5120 20480 43200 43200 43200 43200 43200', 'waits in seconds');
SELECT testing.ok(count(DISTINCT retry_delay(5)) > 1, 'chance spreads them') FROM generate_series(1, 20);
UPDATE outbox_deliveries SET next_attempt_at = now() WHERE outbox_delivery_id = :second_id;
SELECT testing.same((SELECT message_id::text || ' ' || attempt FROM claim_deliveries('ERP')), :'message_id' || ' 2', 'the same message, the second attempt');
SELECT testing.same(record_delivery_result(:second_id, 2, NULL, 'connection refused', NULL, '{"retry_after": 600}'), 'FAILED', 'no answer');
SELECT testing.ok((SELECT next_attempt_at > now() + interval '9 min' FROM outbox_deliveries WHERE outbox_delivery_id = :second_id), 'the receiver may ask for more time');

-- A worker that died: its lease ends, the next one takes over; its late bad news is not heard, its late good news is.
UPDATE outbox_deliveries SET next_attempt_at = now() WHERE outbox_delivery_id = :second_id;
SELECT count(*) FROM claim_deliveries('ERP');
UPDATE outbox_deliveries SET next_attempt_at = now() WHERE outbox_delivery_id = :second_id;
SELECT testing.same((SELECT attempt FROM claim_deliveries('ERP')), 4, 'taken over');
SELECT testing.same(record_delivery_result(:second_id, 3, 503), 'FAILED', 'late bad news');
SELECT testing.same((SELECT attempts || ' ' || (next_attempt_at > now() + interval '1 min') FROM outbox_deliveries WHERE outbox_delivery_id = :second_id), '4 true', 'the lease of the other stands');
SELECT testing.same(record_delivery_result(:second_id, 3, 200), 'FAILED', 'the attempt was recorded already');
SELECT testing.same(record_delivery_result(:second_id, 4, 200), 'DONE', 'good news');

-- Given up after the last attempt, told to the Administrators once, and sent again by one of them.
SELECT outbox_delivery_id AS other_id, attempt FROM claim_deliveries('ALL') \gset
UPDATE outbox_deliveries SET attempts = attempt_limit WHERE outbox_delivery_id = :other_id;
SELECT testing.same(record_delivery_result(:other_id, (SELECT attempts FROM outbox_deliveries WHERE outbox_delivery_id = :other_id), 422, 'refused'), 'DEAD', 'given up');
SELECT testing.same((SELECT consecutive_failures FROM external_system_health WHERE external_system_id = :everything), 0, 'a refused message says nothing against the system');
SELECT testing.same((SELECT state FROM system_alerts WHERE alert_code = 'delivery_given_up.ALL'), 'OPEN', 'an alert');
SELECT testing.refused(format('SELECT replay_delivery(%s, %L)', :other_id, 'mended'), 'TV010', 'person');
SELECT testing.act('sample.production');
SELECT testing.refused(format('SELECT replay_delivery(%s, %L)', :other_id, 'mended'), '42501', 'external_system:retry');
SELECT testing.act('sample.admin');
SELECT testing.refused(format('SELECT replay_delivery(%s, %L)', :other_id, ''), 'TV022', 'reason');
SELECT replay_delivery(:other_id, 'mended on the other side');
SELECT testing.nobody();
SELECT testing.same((SELECT state FROM outbox_deliveries WHERE outbox_delivery_id = :other_id), 'PENDING', 'on its way again');
SELECT testing.same((SELECT state FROM system_alerts WHERE alert_code = 'delivery_given_up.ALL'), 'RESOLVED', 'the alert is over');
SELECT testing.same((SELECT outbox_delivery_id FROM claim_deliveries('ALL')), :other_id::bigint, 'and claimed first');
SELECT testing.same(record_delivery_result(:other_id, (SELECT attempts FROM outbox_deliveries WHERE outbox_delivery_id = :other_id)), 'DONE', 'neither status nor error: a file was written');

SELECT testing.refused($$SELECT * FROM claim_deliveries('ERP', 20, interval '1 day')$$, 'TV022', 'lease');
SELECT testing.refused($$SELECT * FROM claim_deliveries('NONE')$$, 'TV004', 'no external system');
