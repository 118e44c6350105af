-- Data quality: the contract's query shows outcomes; each rule that is broken names the records; a bad rule is an outcome, not an error.
SELECT testing.ok((SELECT count(*) >= 25 FROM data_quality_rules WHERE is_active = true), 'at least 25 rules');
SELECT testing.same((SELECT count(*) FROM data_quality_rules WHERE is_active = true AND (last_run_at IS NULL OR last_status NOT IN ('passed', 'violated', 'not_applicable'))), 0::bigint, 'each was run by the deployment');
SELECT testing.same((SELECT string_agg(rule_code || ' ' || status, ', ') FROM run_data_quality_rules() WHERE status = 'failed'), NULL::text, 'queries that fail');
SELECT testing.same((SELECT string_agg(rule_code, ', ') FROM run_data_quality_rules() WHERE status = 'violated' AND severity = 'ERROR'), NULL::text, 'errors in the sample data');
SELECT testing.same((SELECT count(*) FROM audit_log WHERE table_name = 'data_quality_rules' AND operation = 'UPDATE'), 0::bigint, 'a check changes no rule; its runs are its history');
SELECT testing.same((SELECT count(*) FROM data_quality_runs WHERE data_quality_rule_id = 1), 3::bigint, 'history of a rule');

-- Who may run and see.
SELECT testing.act('sample.sales');
SELECT testing.refused('SELECT * FROM run_data_quality_rules()', '42501', 'data_quality:run');
SELECT testing.act('sample.production');
SELECT testing.same((SELECT status FROM run_data_quality_rules('order_overdue')), 'passed', 'a rule by its code, in any case');
SELECT testing.refused('SELECT * FROM run_data_quality_rules(''NO_SUCH'')', 'TV004', 'NO_SUCH');
SELECT testing.same((SELECT actor FROM data_quality_runs ORDER BY data_quality_run_id DESC LIMIT 1), 'sample.production', 'who ran it');
SELECT testing.nobody();

-- Broken on purpose, one rule each; the owner can, the workflow cannot.
INSERT INTO customers (customer_code, name) VALUES ('HUGO', 'Hôpital St. Elmo General'), ('HUGO2', 'The Saint Elmo General Hospital, Inc.');
UPDATE parts SET standard_cost = NULL WHERE part_id = (SELECT min(c.child_part_id) FROM assembly_components c JOIN parts p ON p.part_id = c.child_part_id WHERE p.part_type NOT IN ('DOCUMENT', 'CUSTOM'));
SELECT count(*) > 0 AS has_states FROM pg_attribute WHERE attrelid = 'users'::regclass AND attname = 'account_state' \gset
\if :has_states
UPDATE users SET account_state = 'DISABLED' WHERE login = 'sample.sales';
\else
UPDATE users SET is_active = false WHERE login = 'sample.sales';
\endif
UPDATE order_metrics SET left_at = now() WHERE left_at IS NULL;
ALTER TABLE orders DISABLE TRIGGER USER;
UPDATE orders SET want_date = site_today() - 1, row_version = row_version + 1;
ALTER TABLE orders ENABLE TRIGGER USER;
INSERT INTO outbox_events (event_type, subject_type, subject_id, payload, created_at) VALUES ('order.forgotten', 'orders', 1, '{}', now() - interval '3 days');
SELECT testing.same((SELECT string_agg(rule_code, ' ' ORDER BY rule_code) FROM run_data_quality_rules() WHERE status = 'violated' AND rule_code IN
  ('CUSTOMER_TWICE', 'ITEM_WITHOUT_COST', 'ORDER_HISTORY_GAP', 'ORDER_METRICS', 'ORDER_OVERDUE', 'OUTBOX_WAITS', 'ROLE_OF_INACTIVE_USER', 'SALES_PERSON_GONE')),
  'CUSTOMER_TWICE ITEM_WITHOUT_COST ORDER_HISTORY_GAP ORDER_METRICS ORDER_OVERDUE OUTBOX_WAITS ROLE_OF_INACTIVE_USER SALES_PERSON_GONE', 'broken rules');
SELECT testing.same((SELECT sample_keys[1] FROM run_data_quality_rules('CUSTOMER_TWICE')), 'HUGO = HUGO2', 'the same organisation under two codes, accents and legal forms aside');
SELECT testing.same((SELECT sample_keys FROM run_data_quality_rules('ORDER_OVERDUE')), (SELECT array_agg(order_number::text) FROM orders), 'keys of the orders');

-- Rules about tables that are not installed, broken queries, queries that would write.
INSERT INTO data_quality_rules (domain, rule_code, severity, required_tables, description, mend, check_query) VALUES
  ('STOCK', 'STORY_ABSENT', 'NOTE', '{no_such_table}', 'x', 'x', 'SELECT 1 FROM no_such_table'),
  ('STOCK', 'STORY_BROKEN', 'NOTE', '{orders}', 'x', 'x', 'SELECT no_such_column FROM orders'),
  ('STOCK', 'STORY_WRITES', 'NOTE', '{orders}', 'x', 'x', 'WITH d AS (DELETE FROM order_notes RETURNING order_note_id) SELECT order_note_id FROM d'),
  ('STOCK', 'STORY_MANY', 'NOTE', '{orders}', 'x', 'x', 'SELECT n FROM generate_series(1, 1000) AS n');
SELECT testing.same((SELECT string_agg(rule_code || ' ' || status || coalesce(' ' || violations || ' ' || cardinality(sample_keys), ''), ', ' ORDER BY rule_code) FROM run_data_quality_rules() WHERE rule_code LIKE 'STORY%'),
  'STORY_ABSENT not_applicable, STORY_BROKEN failed, STORY_MANY violated 1000 20, STORY_WRITES failed', 'outcomes');
SELECT testing.refused('INSERT INTO data_quality_rules (domain, rule_code, severity, required_tables, description, mend, check_query) VALUES (''STOCK'', ''STORY_TWO'', ''NOTE'', ''{}'', ''x'', ''x'', ''SELECT 1; DROP TABLE orders'')', '23514');

-- Nobody but the owner writes a query, also where a grant was given by mistake.
SET SESSION AUTHORIZATION postgres;
GRANT INSERT, SELECT, UPDATE ON data_quality_rules TO torvan_app;
CREATE POLICY story ON data_quality_rules USING (true);
GRANT EXECUTE ON FUNCTION is_database_owner(), tg_stored_sql__owner_only() TO torvan_app;
SET SESSION AUTHORIZATION torvan_app;
SELECT testing.refused('UPDATE data_quality_rules SET check_query = ''SELECT 1'' WHERE rule_code = ''ORDER_OVERDUE''', '42501', 'only the owner');
