-- A content goes with the last record that refers to it, and not before: deleted by a person, destroyed by retention.
SELECT testing.act('sample.quality');
SELECT min(order_id) AS order_id FROM orders \gset
SELECT store_content('text/plain', 'one'::bytea) AS shared, store_content('text/plain', 'two'::bytea) AS single \gset
SELECT attach_content(:order_id, 'OTHER', 'one.txt', :shared) AS first_file, attach_content(:order_id, 'PHOTO', 'copy.txt', :shared) AS second_file, attach_content(:order_id, 'OTHER', 'two.txt', :single) AS third_file \gset
CREATE FUNCTION pg_temp.there(p_content bigint) RETURNS text LANGUAGE sql AS $$
  SELECT (SELECT count(*) FROM document_contents c WHERE c.document_content_id = p_content) || ' ' || (SELECT count(*) FROM document_chunks k WHERE k.document_content_id = p_content) $$;

-- By a person.
SELECT testing.act('sample.admin');
DELETE FROM order_attachments WHERE order_attachment_id = :first_file;
SELECT testing.same(pg_temp.there(:shared), '1 1', 'another file has the same content');
DELETE FROM order_attachments WHERE order_attachment_id = :second_file;
SELECT testing.same(pg_temp.there(:shared), '0 0', 'the last one takes it along');
SELECT testing.same(pg_temp.there(:single), '1 1', 'that of another file stays');

-- By retention: files of a cancelled order after fifteen years.
SELECT policy_id AS files FROM data_retention_policies WHERE policy_code = 'ORDER_ATTACHMENTS' \gset
SELECT testing.nobody();
ALTER TABLE order_attachments DISABLE TRIGGER USER;
UPDATE order_attachments SET created_at = now() - interval '16 years', is_sample = false WHERE order_attachment_id = :third_file;
ALTER TABLE order_attachments ENABLE TRIGGER USER;
ALTER TABLE orders DISABLE TRIGGER USER;
UPDATE orders SET state = 'CANCELLED', state_reason = 'story' WHERE order_id = :order_id;
ALTER TABLE orders ENABLE TRIGGER USER;
SELECT testing.act('sample.admin');
SELECT testing.same(execute_retention_policy(:files, true) ->> 'due', '1', 'one file is due');
SELECT testing.same(pg_temp.there(:single), '1 1', 'a dry run takes nothing');
SELECT a ->> 'run' AS run FROM execute_retention_policy(:files, false) a \gset
SELECT testing.act('sample.quality');
SELECT approve_retention_run(:run, 'fifteen years are over');
SELECT testing.act('sample.admin');
SELECT testing.same(execute_retention_policy(:files, false) ->> 'status', 'done', 'destroyed');
SELECT testing.same((SELECT count(*) FROM order_attachments WHERE order_attachment_id = :third_file), 0::bigint, 'the file is gone');
SELECT testing.same(pg_temp.there(:single), '0 0', 'and its bytes with it');
