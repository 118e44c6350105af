-- What comes in is taken once, however often it is sent; records on both sides are known as one, and never as two.
SELECT testing.act('sample.admin');
SELECT allow_host('https://erp.example', 'the books');
SELECT save_external_system('ERP', 'ERP', 'Books', 'https://erp.example/api', 'BOTH');
SELECT save_external_system('OUT', 'ERP', 'Out only', 'https://erp.example/out', 'OUT');
SELECT testing.nobody();
SELECT testing.refused($$SELECT * FROM receive_message('ERP', 'm-1', now(), 'parties', '{}')$$, 'TV009', 'Nothing is taken');
SELECT testing.act('sample.admin');
SELECT activate_external_system(c, true, 'go live') FROM unnest(ARRAY['ERP', 'OUT']) c;
SELECT testing.nobody();

SELECT testing.same((SELECT is_new || ' ' || state FROM receive_message('ERP', 'm-1', now(), 'parties', '{"name": "A"}')), 'true RECEIVED', 'new');
SELECT testing.same((SELECT is_new || ' ' || state FROM receive_message('ERP', 'm-1', now(), 'parties', '{"name": "A"}')), 'false RECEIVED', 'the same again');
SELECT testing.same((SELECT count(*) || ' ' || sum(times_received) FROM inbound_messages), '1 2', 'kept once');
SELECT testing.refused($$SELECT * FROM receive_message('ERP', 'm-1', now(), 'parties', '{"name": "B"}')$$, 'TV009', 'another body');
SELECT testing.refused($$SELECT * FROM receive_message('ERP', 'm-2', now() - interval '5 minutes 2 seconds', 'parties', '{}')$$, 'TV022', 'five minutes');
SELECT testing.refused($$SELECT * FROM receive_message('ERP', 'm-2', now() + interval '5 minutes 2 seconds', 'parties', '{}')$$, 'TV022', 'five minutes');
SELECT testing.refused($$SELECT * FROM receive_message('ERP', '', now(), 'parties', '{}')$$, 'TV022', 'identity');
SELECT testing.refused($$SELECT * FROM receive_message('OUT', 'm-1', now(), 'parties', '{}')$$, 'TV009', 'Nothing is taken');
SELECT testing.same((SELECT is_new FROM receive_message('ERP', 'm-3', now() - interval '4 minutes', 'parties', 'a;b;c')), true, 'no JSON, in time');
SELECT testing.same((SELECT payload FROM inbound_messages WHERE message_id = 'm-3'), '"a;b;c"'::jsonb, 'kept as a text');
SELECT testing.same((SELECT body_sha256 FROM inbound_messages WHERE message_id = 'm-1'), encode(sha256('{"name": "A"}'), 'hex'), 'its hash');

-- Handling: leased, tried again, done once.
SELECT testing.same((SELECT count(*) FROM claim_inbound_messages('ERP')), 2::bigint, 'both wait');
SELECT testing.same((SELECT count(*) FROM claim_inbound_messages('ERP')), 0::bigint, 'leased');
SELECT inbound_message_id AS first FROM inbound_messages WHERE message_id = 'm-1' \gset
SELECT testing.same(finish_inbound_message(:first, 0, 'the party is not known'), 'FAILED', 'failed');
SELECT testing.same((SELECT count(*) FROM claim_inbound_messages('ERP')), 0::bigint, 'it waits before the next attempt');
UPDATE inbound_messages SET next_attempt_at = now();
SELECT testing.same((SELECT count(*) FROM claim_inbound_messages('ERP')), 2::bigint, 'again, and what a dead worker left');
SELECT testing.same(finish_inbound_message(:first, 1), 'DONE', 'done');
SELECT testing.refused(format('SELECT finish_inbound_message(%s)', :first), 'TV009', 'another worker');
SELECT testing.same((SELECT is_new || ' ' || state FROM receive_message('ERP', 'm-1', now(), 'parties', '{"name": "A"}')), 'false DONE', 'the sender hears that it is done');
SELECT testing.same((SELECT string_agg(state || ' ' || attempt, ', ' ORDER BY attempt) FROM sync_log WHERE inbound_message_id = :first), 'FAILED 1, DONE 2', 'one row per attempt');
UPDATE inbound_messages SET attempts = 10 WHERE message_id = 'm-3';
SELECT testing.same((SELECT finish_inbound_message(inbound_message_id, 0, 'never') FROM inbound_messages WHERE message_id = 'm-3'), 'DEAD', 'given up');
SELECT testing.same((SELECT count(*) FROM system_alerts WHERE alert_code = 'message_given_up.ERP'), 1::bigint, 'an alert');
SELECT testing.refused($$SELECT finish_inbound_message(999999)$$, 'TV004', 'not being handled');

-- Runs of a connector.
SELECT testing.refused($$SELECT begin_sync('ERP', 'drawings', 'IN')$$, 'TV022', 'does not exchange');
SELECT testing.refused($$SELECT begin_sync('ERP', 'confirmed_orders', 'IN')$$, 'TV022', 'does not exchange');
SELECT begin_sync('ERP', 'stock_levels', 'IN', 'run-1') AS run \gset
SELECT finish_sync(:run, 12);
SELECT testing.same((SELECT state || ' ' || records FROM sync_log WHERE sync_log_id = :run), 'DONE 12', 'a run');
SELECT testing.refused(format('SELECT finish_sync(%s, 1)', :run), 'TV004', 'no run');
SELECT begin_sync('ERP', 'stock_levels', 'OUT') AS run \gset
SELECT finish_sync(:run, 0, 'the file is locked');
SELECT testing.same((SELECT consecutive_failures FROM external_system_health JOIN external_systems USING (external_system_id) WHERE system_code = 'ERP'), 1, 'counts for its health');

-- Who is who.
SELECT link_external_id('ERP', 'customers', (SELECT customer_id FROM customers WHERE customer_code = 'STELMO'), 'P-7');
SELECT link_external_id('ERP', 'customers', (SELECT customer_id FROM customers WHERE customer_code = 'STELMO'), 'P-7');
SELECT testing.same((SELECT count(*) FROM external_ids), 1::bigint, 'said twice, kept once');
SELECT testing.refused($$SELECT link_external_id('ERP', 'customers', (SELECT customer_id FROM customers WHERE customer_code = 'STELMO'), 'P-8')$$, 'TV009', 'known as');
INSERT INTO customers (customer_code, name) VALUES ('OTHER', 'Other Hospital');
SELECT testing.refused($$SELECT link_external_id('ERP', 'customers', (SELECT customer_id FROM customers WHERE customer_code = 'OTHER'), 'P-7')$$, 'TV009', 'known as');
SELECT testing.refused($$SELECT link_external_id('ERP', 'customers', 999999, 'P-9')$$, 'TV004', 'no record');
SELECT testing.refused($$SELECT link_external_id('ERP', 'no_such_table', 1, 'P-9')$$, 'TV004', 'no record');
SELECT testing.act('sample.admin');
SELECT unlink_external_id('ERP', 'customers', (SELECT customer_id FROM customers WHERE customer_code = 'STELMO'), 'wrong party');
SELECT link_external_id('ERP', 'customers', (SELECT customer_id FROM customers WHERE customer_code = 'OTHER'), 'P-7');
SELECT testing.act('sample.quality');
SELECT testing.refused($$SELECT * FROM receive_message('ERP', 'm-9', now(), 'parties', '{}')$$, '42501', 'external_system:read');
SELECT testing.act('sample.production');
SELECT testing.refused($$SELECT * FROM receive_message('ERP', 'm-9', now(), 'parties', '{}')$$, '42501', 'external_system:retry');
SELECT testing.refused($$SELECT link_external_id('ERP', 'customers', 1, 'P-9')$$, '42501', 'external_system:update');

-- Every row of what is exchanged, by kind of system.
SELECT testing.same((SELECT string_agg(k.system_kind || ' ' || k.n, ', ' ORDER BY k.system_kind) FROM (SELECT system_kind, count(*) AS n FROM external_system_objects GROUP BY system_kind) k),
  'DOCUMENTS 5, EMAIL 3, ERP 7, GENERIC 1, PORTAL 3, SHIPPING 3, WEBHOOK 3', 'objects');
SELECT testing.same((SELECT string_agg(object_code || ' ' || direction || ' ' || master, ', ' ORDER BY external_system_object_id) FROM external_system_objects WHERE system_kind = 'ERP'),
  'parties BOTH EXTERNAL, products IN EXTERNAL, costs IN EXTERNAL, stock_levels BOTH EXTERNAL, confirmed_orders OUT TORVAN, shipped_builds OUT TORVAN, invoice_status IN EXTERNAL', 'the books');
