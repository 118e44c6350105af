-- As the server's role, under row security: each person sees the documents, messages and notifications that are theirs; the worker, which
-- acts for nobody, does its work and reads no table.
SELECT to_regprocedure('sees_order(bigint)') IS NOT NULL AS has_row_security \gset
\if :has_row_security
ALTER TABLE users ADD COLUMN IF NOT EXISTS customer_id bigint, ADD COLUMN IF NOT EXISTS kind text DEFAULT 'STAFF';
INSERT INTO customers (customer_code, name) VALUES ('OTHER', 'Other Hospital');
INSERT INTO users (login, display_name, kind, customer_id) SELECT 'portal.' || lower(c.customer_code), 'Portal', 'PORTAL', c.customer_id FROM customers c;
SELECT testing.know_people();
SELECT testing.act('sample.admin');
SELECT store_document('Paper ' || level, CASE level WHEN 'PRODUCTION' THEN 'DRAWING' ELSE 'OTHER' END, level || '.txt', 'text/plain', convert_to('needle in ' || level, 'UTF8'), level, 'EN',
  CASE level WHEN 'CUSTOMER' THEN jsonb_build_object('customer_id', (SELECT customer_id FROM customers WHERE customer_code = 'STELMO')) ELSE '{}' END, 'LEVEL-' || level)
  FROM unnest(ARRAY['PUBLIC_TO_STAFF', 'PRODUCTION', 'QUALITY', 'COMMERCIAL', 'CUSTOMER']) level;
SELECT submit_document_version(document_version_id) FROM document_versions;
SELECT testing.act('sample.production');
SELECT approve_document_version(document_version_id) FROM document_versions ORDER BY document_version_id;
SELECT testing.act('sample.service');
SELECT min(order_id) AS order_id FROM orders \gset
SELECT send_portal_message(:order_id, 'In two weeks.');

SET SESSION AUTHORIZATION torvan_app;
CREATE FUNCTION pg_temp.seen(p_login text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  PERFORM testing.act(p_login);
  RETURN (SELECT concat_ws('; ', (SELECT coalesce(string_agg(d.access_level, ' ' ORDER BY d.access_level COLLATE "C"), '-') FROM documents d), (SELECT count(*) FROM document_versions),
    (SELECT count(*) FROM search_documents('needle')), (SELECT count(*) FROM portal_messages)));
END;
$$;
SELECT testing.same(pg_temp.seen(login), expected, login || ': documents; versions; found; messages')
  FROM (VALUES ('sample.admin', 'COMMERCIAL CUSTOMER PRODUCTION PUBLIC_TO_STAFF QUALITY; 5; 5; 1'), ('sample.sales', 'COMMERCIAL CUSTOMER PUBLIC_TO_STAFF; 3; 3; 1'),
               ('sample.production', 'COMMERCIAL CUSTOMER PRODUCTION PUBLIC_TO_STAFF QUALITY; 5; 5; 1'), ('sample.quality', 'CUSTOMER PRODUCTION PUBLIC_TO_STAFF QUALITY; 4; 4; 0'),
               ('sample.technician', 'CUSTOMER PRODUCTION PUBLIC_TO_STAFF; 3; 3; 0'), ('sample.service', 'COMMERCIAL CUSTOMER PUBLIC_TO_STAFF; 3; 3; 1'),
               ('portal.stelmo', 'CUSTOMER; 1; 1; 1'), ('portal.other', '-; 0; 0; 0')) AS t (login, expected);
SELECT testing.refused('SELECT send_portal_message(' || :order_id || ', ''Hello'')', 'TV004', 'no order');

-- The worker.
SELECT testing.nobody();
SELECT testing.ok(process_outbox(10000) > 0 AND deliver_notifications(10000) > 0, 'it passes on what happened');
SELECT testing.same((SELECT count(*) FROM documents) + (SELECT count(*) FROM notifications) + (SELECT count(*) FROM portal_messages) + (SELECT count(*) FROM outbox_deliveries), 0::bigint, 'and reads no table');
SELECT testing.refused(statement, '42501') FROM unnest(ARRAY['SELECT credentials FROM external_systems', 'SELECT secret FROM webhook_endpoints', 'SELECT content FROM document_chunks', 'SELECT body FROM document_texts',
  'SELECT note_exchange(1, NULL)', 'SELECT settle_delivery(NULL, NULL)', 'SELECT write_dispatch(NULL, NULL, NULL, NULL, NULL)', 'SELECT record_image(''users'', 1)',
  'INSERT INTO allowed_hosts (target, reason, allowed_by) VALUES (''x:1'', ''x'', 1)', 'UPDATE external_systems SET base_url = ''https://x''', 'DELETE FROM portal_messages', 'UPDATE documents SET access_level = ''QUALITY''']) statement;

-- Notifications are their person's.
SELECT testing.act('sample.sales');
SELECT testing.same((SELECT count(*) FROM notifications WHERE user_id <> current_user_id()), 0::bigint, 'none of others');
SELECT testing.ok((SELECT count(*) FROM my_notifications()) > 0, 'one''s own');
SELECT testing.act('portal.stelmo');
SELECT testing.same((SELECT count(*) FROM notifications) + (SELECT count(*) FROM notification_rules), 0::bigint, 'nothing for a customer');
SELECT testing.act('sample.technician');
SELECT testing.refused(statement, '42501') FROM unnest(ARRAY['SELECT * FROM claim_notifications()', 'SELECT process_outbox()', 'SELECT * FROM claim_deliveries(''ERP'')', 'SELECT run_background_work()']) statement;
\endif
