-- A system that does not answer is left alone but for one attempt at a time, and costs no message; a receiver that is gone is switched off.
SELECT testing.act('sample.admin');
SELECT allow_host('https://erp.example', 'the books'), allow_host('https://hooks.example', 'webhooks');
SELECT save_external_system('ERP', 'ERP', 'Books', 'https://erp.example/api', 'OUT', '{}', '{demo.happened}') AS erp \gset
SELECT activate_external_system('ERP', true, 'go live');
SELECT create_webhook_endpoint('HOOK', 'Hook of STELMO', 'https://hooks.example/a', '{order.*,demo.*}', 'STELMO') AS hook \gset
SELECT testing.refused($$SELECT create_webhook_endpoint('HOOK', 'Again', 'https://hooks.example/b', '{*}')$$, 'TV009', 'already');
SELECT testing.refused($$SELECT create_webhook_endpoint('HOOK2', 'Again', 'https://hooks.example/b', '{*}', 'NOBODY')$$, 'TV004', 'no customer');

SELECT testing.refused($$SELECT activate_external_system('HOOK', true, 'go live')$$, 'TV009', 'no secret');

-- Secrets: two at a time while they change.
SELECT testing.refused(format('SELECT rotate_webhook_secret(%s, %L)', :hook, convert_to('whsec_plJ3nmyCDGBKInavdOK15jslplJ3nmyC', 'UTF8')), 'TV022', 'not encrypted');
SELECT rotate_webhook_secret(:hook, '\x01'::bytea || decode(repeat('a1', 66), 'hex'));
SELECT testing.same((SELECT count(*) FROM webhook_secrets(:hook)), 1::bigint, 'one secret');
SELECT rotate_webhook_secret(:hook, '\x01'::bytea || decode(repeat('b2', 66), 'hex'));
SELECT testing.same((SELECT string_agg(is_current || ' ' || encode(substr(secret, 2, 1), 'hex'), ', ' ORDER BY is_current DESC) FROM webhook_secrets(:hook)), 'true b2, false a1', 'two during a rotation');
UPDATE webhook_endpoints SET previous_valid_until = now();
SELECT testing.same((SELECT count(*) FROM webhook_secrets(:hook)), 1::bigint, 'the old one ends by itself');
SELECT testing.same(webhook_signature('msg_loFOjxBNrRLzqYUf', 1731705121, '{"event_type":"ping","data":{"success":true}}', decode('plJ3nmyCDGBKInavdOK15jsl', 'base64')),
  'v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0=', 'the example of Standard Webhooks');
SELECT activate_external_system('HOOK', true, 'go live');

SELECT testing.nobody();
SELECT process_outbox(100000);
DELETE FROM outbox_deliveries;
-- A receiver of one customer hears of nobody else.
INSERT INTO customers (customer_code, name) VALUES ('OTHER', 'Other Hospital');
SELECT testing.act('sample.sales');
SELECT create_order('OTHER', 'PO-1', 'sample.sales', current_date + 30), create_order('STELMO', 'PO-2', 'sample.sales', current_date + 30);
SELECT testing.nobody();
SELECT emit_event('demo.happened', 'customers', n, '{}') FROM generate_series(1, 8) n;
SELECT process_outbox();
SELECT testing.same((SELECT string_agg(e.event_type || ' ' || o.po_number, ', ') FROM outbox_deliveries d JOIN outbox_events e USING (outbox_event_id) JOIN orders o ON o.order_id = e.subject_id
   WHERE e.subject_type = 'orders'), 'order.created PO-2', 'orders of its own customer only');
SELECT testing.same((SELECT count(*) FROM outbox_deliveries d JOIN external_systems s USING (external_system_id) WHERE s.system_code = 'HOOK'), 1::bigint, 'and nothing that belongs to no order');

-- Five failures in a row open the circuit.
CREATE TEMP TABLE claimed AS SELECT c.outbox_delivery_id, c.attempt, row_number() OVER () AS n FROM claim_deliveries('ERP') c;
SELECT testing.same((SELECT count(*) FROM claimed), 8::bigint, 'all records are different, none waits for another');
SELECT record_delivery_result(outbox_delivery_id, attempt, 503) FROM claimed WHERE n <= 4;
SELECT testing.same((SELECT circuit_state FROM external_system_health WHERE external_system_id = :erp), 'CLOSED', 'after four');
SELECT record_delivery_result(outbox_delivery_id, attempt, NULL, 'timeout') FROM claimed WHERE n = 5;
SELECT testing.same((SELECT circuit_state || ' ' || consecutive_failures FROM external_system_health WHERE external_system_id = :erp), 'OPEN 5', 'after five');
SELECT testing.same((SELECT severity || ' ' || state FROM system_alerts WHERE alert_code = 'external_system.ERP'), 'WARNING OPEN', 'an alert');
UPDATE outbox_deliveries SET next_attempt_at = now() WHERE external_system_id = :erp AND state = 'FAILED';
SELECT testing.same((SELECT count(*) FROM claim_deliveries('ERP')), 0::bigint, 'nothing is sent while it is open');

-- One attempt at a time, which costs no message; then longer waits, at most a quarter of an hour.
UPDATE outbox_deliveries SET next_attempt_at = now() + interval '3 hours' WHERE external_system_id = :erp;
UPDATE external_system_health SET retry_at = now() WHERE external_system_id = :erp;
SELECT outbox_delivery_id AS probe, attempt FROM claim_deliveries('ERP') \gset
SELECT testing.same((SELECT circuit_state FROM external_system_health WHERE external_system_id = :erp), 'HALF_OPEN', 'an attempt is under way');
SELECT testing.same((SELECT count(*) FROM claim_deliveries('ERP')), 0::bigint, 'one at a time');
SELECT testing.same((SELECT attempt_limit - attempts FROM outbox_deliveries WHERE outbox_delivery_id = :probe), 13, 'it used none of the fourteen but its first');
SELECT testing.same(record_delivery_result(:probe, :attempt, 500), 'FAILED', 'still down');
SELECT testing.same((SELECT circuit_state FROM external_system_health WHERE external_system_id = :erp), 'OPEN', 'open again');
SELECT note_exchange(:erp, 'a late one');
SELECT testing.same((SELECT consecutive_failures FROM external_system_health WHERE external_system_id = :erp), 6, 'what fails while it is open says nothing new');
UPDATE external_system_health SET consecutive_failures = 400, circuit_state = 'HALF_OPEN' WHERE external_system_id = :erp;
SELECT note_exchange(:erp, 'down');
SELECT testing.ok((SELECT retry_at BETWEEN now() + interval '14 min' AND now() + interval '16 min' FROM external_system_health WHERE external_system_id = :erp), 'never much longer than a quarter of an hour');
SELECT testing.same((SELECT count(*) FROM system_alerts WHERE alert_code = 'external_system.ERP'), 1::bigint, 'one alert for all of it');

-- Back again: what waited for hours goes now.
UPDATE outbox_deliveries SET next_attempt_at = now() + interval '3 hours' WHERE external_system_id = :erp;
UPDATE external_system_health SET retry_at = now() WHERE external_system_id = :erp;
SELECT outbox_delivery_id AS probe, attempt FROM claim_deliveries('ERP') \gset
SELECT testing.same(record_delivery_result(:probe, :attempt, 200), 'DONE', 'it works');
SELECT testing.same((SELECT circuit_state || ' ' || consecutive_failures FROM external_system_health WHERE external_system_id = :erp), 'CLOSED 0', 'closed');
SELECT testing.same((SELECT state FROM system_alerts WHERE alert_code = 'external_system.ERP'), 'RESOLVED', 'the alert is over');
SELECT testing.same((SELECT count(*) FROM claim_deliveries('ERP')), 7::bigint, 'all that waited goes');

-- 410: gone for good.
SELECT emit_event('order.changed', 'orders', order_id, '{}') FROM orders WHERE po_number = 'PO-2';
SELECT process_outbox();
SELECT outbox_delivery_id AS gone, attempt FROM claim_deliveries('HOOK') \gset
SELECT testing.same(record_delivery_result(:gone, :attempt, 410), 'DEAD', 'gone');
SELECT testing.same((SELECT is_active || ' ' || w.disabled_reason FROM external_systems s JOIN webhook_endpoints w USING (external_system_id) WHERE s.system_code = 'HOOK'), 'false it answered 410 (gone)', 'switched off');
SELECT testing.same((SELECT string_agg(DISTINCT d.state, ',') FROM outbox_deliveries d JOIN external_systems s USING (external_system_id) WHERE s.system_code = 'HOOK'), 'DEAD', 'what waited is given up');
SELECT testing.same((SELECT count(*) FROM webhook_secrets(:hook)), 0::bigint, 'nothing to sign with');
SELECT emit_event('order.changed', 'orders', order_id, '{}') FROM orders WHERE po_number = 'PO-2';
SELECT process_outbox();
SELECT testing.same((SELECT count(*) FROM outbox_deliveries d JOIN external_systems s USING (external_system_id) WHERE s.system_code = 'HOOK' AND d.state = 'PENDING'), 0::bigint, 'it is told nothing more');
SELECT testing.act('sample.admin');
SELECT testing.refused(format('SELECT replay_delivery(%s, %L)', :gone, 'try again'), 'TV009', 'cannot be sent');
SELECT activate_external_system('HOOK', true, 'it moved back');
SELECT replay_delivery(:gone, 'try again');
SELECT testing.ok((SELECT disabled_at IS NULL FROM webhook_endpoints), 'in use again');
