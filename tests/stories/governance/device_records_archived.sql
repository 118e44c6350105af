-- Device records at the end of their period: nothing goes unsigned; a second person signs; the whole record goes into an encrypted
-- archive in one step, can be read, and put back byte for byte.
CREATE TEMP TABLE safe AS SELECT line FROM generate_key_file();
CREATE TEMP TABLE key_file AS SELECT line FROM safe;
SELECT register_encryption_keys();

-- An order delivered sixteen years ago, one fourteen years ago.
SELECT testing.act('sample.sales');
SELECT order_id AS old_order FROM orders \gset
SELECT add_order_note(:old_order, 'Old, but part of the record: Größe 84"') AS note_id \gset
SELECT create_order('STELMO', 'PO-YOUNG', 'sample.sales', current_date + 30, 'EN', '{YOUNG-1}') AS young_order \gset
SELECT testing.nobody();
ALTER TABLE orders DISABLE TRIGGER USER;
UPDATE orders SET is_sample = false, phase = 'DELIVERED', dispatched_on = current_date - 5846, delivered_on = current_date - 5845 WHERE order_id = :old_order;
UPDATE orders SET phase = 'DELIVERED', dispatched_on = current_date - 5110, delivered_on = current_date - 5110 WHERE order_id = :young_order;
ALTER TABLE orders ENABLE TRIGGER USER;
SELECT policy_id AS policy FROM data_retention_policies WHERE policy_code = 'DEVICE_RECORDS' \gset

SELECT min(s.signature_id) AS signature FROM signatures s JOIN boms m ON s.record_type = 'boms' AND s.record_id = m.bom_id JOIN builds b USING (build_id) WHERE b.order_id = :old_order \gset
SELECT testing.same((SELECT status FROM verify_signature(:signature)), 'VALID', 'a signature on a BOM of the old order');

CREATE TEMP TABLE before_run AS
SELECT 'orders' AS name, md5(string_agg(to_jsonb(t)::text, '' ORDER BY order_id)) AS content FROM orders t
UNION ALL SELECT 'builds', md5(string_agg(to_jsonb(t)::text, '' ORDER BY build_id)) FROM builds t
UNION ALL SELECT 'boms', md5(string_agg(to_jsonb(t)::text, '' ORDER BY bom_id)) FROM boms t
UNION ALL SELECT 'bom_line_items', md5(string_agg(to_jsonb(t)::text, '' ORDER BY bom_id, line_number)) FROM bom_line_items t
UNION ALL SELECT 'configurations', md5(string_agg(to_jsonb(t)::text, '' ORDER BY configuration_id)) FROM configurations t
UNION ALL SELECT 'order_notes', md5(string_agg(to_jsonb(t)::text, '' ORDER BY order_note_id)) FROM order_notes t
UNION ALL SELECT 'order_attachments', md5(string_agg(to_jsonb(t)::text, '' ORDER BY order_attachment_id)) FROM order_attachments t
UNION ALL SELECT 'order_status_history', md5(string_agg(to_jsonb(t)::text, '' ORDER BY order_status_history_id)) FROM order_status_history t
UNION ALL SELECT 'build_status_history', md5(string_agg(to_jsonb(t)::text, '' ORDER BY build_status_history_id)) FROM build_status_history t
UNION ALL SELECT 'order_metrics', md5(string_agg(to_jsonb(t)::text, '' ORDER BY order_id, phase)) FROM order_metrics t
UNION ALL SELECT 'order_items', md5(string_agg(to_jsonb(t)::text, '' ORDER BY order_item_id)) FROM order_items t;

-- Not without a signature, however often it is run; a dry run says what is due.
SELECT testing.act('sample.admin');
SELECT testing.same(concat_ws(' ', a ->> 'status', a ->> 'due'), 'dry_run 1', 'dry run') FROM execute_retention_policy(:policy, true) a;
SELECT a ->> 'status' AS status, a ->> 'run' AS run FROM execute_retention_policy(:policy) a \gset
SELECT testing.same(:'status'::text, 'awaiting_signature', 'unsigned');
SELECT testing.same(execute_retention_policy(:policy, false) ->> 'run', :'run'::text, 'the same run waits, however often it is asked');
SELECT testing.same((SELECT count(*) FROM orders), 2::bigint, 'both orders are there');

-- Who signs: not who asked, not without the permission, not at all without being somebody.
SELECT testing.refused(format('SELECT approve_retention_run(%s, ''period over'')', :run), 'TV025', 'approve this destruction');
SELECT testing.act('sample.production');
SELECT testing.refused(format('SELECT approve_retention_run(%s, ''period over'')', :run), '42501', 'retention:approve');
SELECT testing.act('sample.quality');
SELECT testing.refused(format('SELECT approve_retention_run(%s, '''')', :run), 'TV022', 'reason');
SELECT testing.refused('SELECT approve_retention_run(4711, ''period over'')', 'TV004', '4711');
SELECT approve_retention_run(:run, 'period over, no case open');
SELECT testing.refused(format('SELECT approve_retention_run(%s, ''twice'')', :run), 'TV009', 'does not wait');
SELECT testing.same((SELECT meaning || ' ' || printed_name FROM signatures s JOIN retention_runs r USING (signature_id) WHERE r.retention_run_id = :run), 'destroyed Quinn Quality (sample)', 'signed');
SELECT testing.same(execute_retention_policy(:policy) ->> 'status', 'refused', 'who signs does not run it');

-- Signed, but the archive cannot be encrypted without the key: an answer, and nothing went.
SELECT testing.act('sample.admin');
SELECT testing.same(concat_ws(' ', a ->> 'status', a ->> 'sqlstate'), 'failed TV030', 'without the key') FROM execute_retention_policy(:policy) a;
SELECT testing.same((SELECT count(*) FROM orders), 2::bigint, 'both orders are still there');
SELECT use_encryption_keys(false) \g /dev/null

-- A hold placed after the signature still wins.
SELECT testing.act('sample.quality');
SELECT place_hold('BUILD', (SELECT min(build_number) FROM builds WHERE order_id = :old_order), 'case 21') AS hold_id \gset
SELECT testing.act('sample.admin');
SELECT testing.same(concat_ws(' ', a ->> 'status', a ->> 'reason' LIKE '%case 21%'), 'failed t', 'a build of it is held') FROM execute_retention_policy(:policy) a;
SELECT testing.same((SELECT count(*) FROM orders), 2::bigint, 'both orders are still there');
SELECT release_hold(:hold_id, 'case 21 is over');

-- Now it goes, with everything that stands on it, and nothing else.
SELECT a ->> 'status' AS status, a ->> 'archive' AS archive, a ->> 'remaining' AS remaining FROM execute_retention_policy(:policy) a \gset
SELECT testing.same(:'status' || ' ' || :'remaining', 'done 0', 'carried out');
SELECT testing.same((SELECT string_agg(order_id::text, ' ') FROM orders), :'young_order', 'the younger order is left');
SELECT testing.same((SELECT string_agg(build_number, ' ') FROM builds), 'YOUNG-1', 'with its build');
SELECT testing.same((SELECT count(*) FROM boms) + (SELECT count(*) FROM bom_line_items) + (SELECT count(*) FROM order_notes), 0::bigint, 'no part of the old record is left');
SELECT testing.same(execute_retention_policy(:policy) ->> 'status', 'nothing_due', 'the approval is used up');
SELECT testing.same((SELECT string_agg(DISTINCT r.certificate ->> 'signature_id', ' ') FROM retention_runs r WHERE r.policy_id = :policy AND r.certificate IS NOT NULL), (SELECT signature_id::text FROM retention_runs WHERE retention_run_id = :run), 'the certificate names the signature');
SELECT testing.same((SELECT count(*) FROM audit_log a WHERE a.operation = 'DELETE' AND a.table_name IN ('orders', 'boms', 'order_notes')), 0::bigint, 'no images of what went');
SELECT testing.same((SELECT count(*) FROM audit_log a WHERE a.operation = 'DIGEST' AND a.record_key LIKE 'retention_runs/%' AND a.table_name IN ('orders', 'boms', 'order_notes')), 3::bigint, 'one digest per table');
SELECT testing.same((SELECT count(*) FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE c.relnamespace = 'public'::regnamespace AND t.tgenabled <> 'O'), 0::bigint, 'every trigger is on again');

-- What was signed is in the archive, and the signature says in which.
SELECT testing.ok((SELECT v.status = 'ARCHIVED' AND strpos(v.message, a.archive_code) > 0 FROM verify_signature(:signature) v, archives a WHERE a.archive_id = :archive), 'the archive is named');

-- The archive: encrypted, counted, readable by who may, untouchable.
SELECT testing.ok((SELECT bool_and(position('Größe' IN encode(content, 'escape')) = 0 AND position('SAMPLE-001' IN encode(content, 'escape')) = 0) FROM archive_contents), 'encrypted');
SELECT testing.ok((SELECT row_count = (SELECT count(*) FROM read_archive(:archive)) AND (manifest #>> '{tables,orders,rows}')::integer = 1 FROM archives WHERE archive_id = :archive), 'manifest');
SELECT testing.same((SELECT row_data ->> 'body' FROM read_archive(:archive) WHERE table_name = 'order_notes'), 'Old, but part of the record: Größe 84"', 'a row of it');
SELECT testing.same((SELECT string_agg(x.name || coalesce(' ' || (m.value ->> 'rows'), ''), ', ' ORDER BY x.name) FROM archives a, jsonb_each(a.manifest -> 'tables') AS m JOIN (VALUES ('builds'), ('orders'), ('order_notes')) AS x (name) ON x.name = m.key WHERE a.archive_id = :archive),
  'builds 2, order_notes 1, orders 1', 'counts');
SELECT testing.refused('UPDATE archive_contents SET content = content', 'TV003');
SELECT testing.refused('DELETE FROM archive_contents', 'TV003');
SELECT testing.refused('SELECT * FROM read_archive(4711)', 'TV004', '4711');
SELECT testing.act('sample.technician');
SELECT testing.refused(format('SELECT * FROM read_archive(%s)', :archive), '42501', 'retention:read');
SELECT testing.refused(format('SELECT restore_archive(%s)', :archive), '42501', 'retention:execute');

-- Put back: every table as it was, to the byte.
SELECT testing.act('sample.admin');
SELECT testing.same((restore_archive(:archive) #>> '{restored,builds}')::integer, 2, 'put back');
SELECT testing.same((SELECT string_agg(b.name, ', ') FROM before_run b JOIN (
  SELECT 'orders' AS name, md5(string_agg(to_jsonb(t)::text, '' ORDER BY order_id)) AS content FROM orders t
  UNION ALL SELECT 'builds', md5(string_agg(to_jsonb(t)::text, '' ORDER BY build_id)) FROM builds t
  UNION ALL SELECT 'boms', md5(string_agg(to_jsonb(t)::text, '' ORDER BY bom_id)) FROM boms t
  UNION ALL SELECT 'bom_line_items', md5(string_agg(to_jsonb(t)::text, '' ORDER BY bom_id, line_number)) FROM bom_line_items t
  UNION ALL SELECT 'configurations', md5(string_agg(to_jsonb(t)::text, '' ORDER BY configuration_id)) FROM configurations t
  UNION ALL SELECT 'order_notes', md5(string_agg(to_jsonb(t)::text, '' ORDER BY order_note_id)) FROM order_notes t
  UNION ALL SELECT 'order_attachments', md5(string_agg(to_jsonb(t)::text, '' ORDER BY order_attachment_id)) FROM order_attachments t
  UNION ALL SELECT 'order_status_history', md5(string_agg(to_jsonb(t)::text, '' ORDER BY order_status_history_id)) FROM order_status_history t
  UNION ALL SELECT 'build_status_history', md5(string_agg(to_jsonb(t)::text, '' ORDER BY build_status_history_id)) FROM build_status_history t
  UNION ALL SELECT 'order_metrics', md5(string_agg(to_jsonb(t)::text, '' ORDER BY order_id, phase)) FROM order_metrics t
  UNION ALL SELECT 'order_items', md5(string_agg(to_jsonb(t)::text, '' ORDER BY order_item_id)) FROM order_items t) n ON n.name = b.name AND n.content IS DISTINCT FROM b.content), NULL::text, 'tables that differ');
SELECT testing.refused(format('SELECT restore_archive(%s)', :archive), 'TV009', 'restored already');
SELECT testing.nobody();
SELECT testing.same((SELECT status FROM verify_signature(:signature)), 'VALID', 'verified again');
SELECT testing.act('sample.admin');
SELECT testing.refused(format('DELETE FROM order_status_history WHERE order_id = %s', :old_order), 'TV003', 'append-only');
SELECT testing.same(execute_retention_policy(:policy) ->> 'status', 'awaiting_signature', 'due again, and again not without a signature');

-- A changed archive is not believed.
SELECT testing.nobody();
ALTER TABLE archives DISABLE TRIGGER USER;
UPDATE archives SET content_hash = repeat('0', 64);
ALTER TABLE archives ENABLE TRIGGER USER;
SELECT testing.refused(format('SELECT * FROM read_archive(%s)', :archive), 'TV031', 'its hash differs');
