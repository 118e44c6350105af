-- Contents outside the database: the row is the truth, objects are announced before and queued for removal after.
SELECT testing.act('sample.quality');
SELECT min(order_id) AS order_id FROM orders \gset
SELECT encode(sha256('one'), 'hex') AS hash \gset
SELECT left(:'hash', 2) || '/' || :'hash' || '-' || repeat('a', 32) AS key \gset
CREATE FUNCTION pg_temp.store(p_storage text, p_key text) RETURNS bigint LANGUAGE sql AS $$
  SELECT store_content_object('text/plain', 3, 'one', encode(sha256('one'), 'hex'), p_storage, p_key) $$;
CREATE FUNCTION pg_temp.announce(p_storage text, p_key text, p_type text DEFAULT 'text/plain', p_head bytea DEFAULT 'one', p_size bigint DEFAULT 3) RETURNS void LANGUAGE sql AS $$
  SELECT announce_content_object(p_type, p_size, p_head, encode(sha256('one'), 'hex'), p_storage, p_key) $$;

-- What is refused before anything is written.
SELECT testing.refused(format('SELECT pg_temp.announce(%L, %L)', s, k), 'TV022', w)
  FROM (VALUES ('DATABASE', :'key', 'no storage'), (NULL, :'key', 'no storage'), ('S3', '../../etc/passwd', 'object key'), ('S3', replace(:'key', 'a', 'A'), 'object key'),
               ('LOCAL', 'ab/' || repeat('ab', 32) || '-' || repeat('a', 32), 'object key'), ('S3', NULL, 'object key')) v (s, k, w);
SELECT testing.refused(format('SELECT pg_temp.announce(%L, %L, %L)', 'S3', :'key', 'text/html'), 'TV022', 'not stored');
SELECT testing.refused(format('SELECT pg_temp.announce(%L, %L, %L)', 'S3', :'key', 'application/pdf'), 'TV022', 'not application/pdf');
SELECT testing.refused(format('SELECT pg_temp.announce(%L, %L, %L, %L, 26214401)', 'S3', :'key', 'text/plain', 'one'), 'TV022', 'size');
SELECT testing.act('sample.service');
SELECT testing.refused(format('SELECT pg_temp.announce(%L, %L)', 'S3', :'key'), '42501', 'document:create');
SELECT testing.act('sample.quality');
SELECT testing.refused(format('SELECT pg_temp.store(%L, %L)', 'S3', :'key'), 'TV009', 'not announced');

-- Announced, written, stored.
SELECT pg_temp.announce('S3', :'key');
SELECT testing.same((SELECT storage || ' ' || object_key FROM document_object_removals), 'S3 ' || :'key', 'to be removed unless it is stored');
SELECT testing.refused(format('SELECT pg_temp.store(%L, %L)', 'LOCAL', :'key'), 'TV009', 'not announced');
SELECT pg_temp.store('S3', :'key') AS content_id \gset
SELECT testing.same((SELECT count(*) FROM document_object_removals), 0::bigint, 'it stays');
SELECT testing.refused(format('SELECT pg_temp.store(%L, %L)', 'S3', :'key'), 'TV009', 'not announced');
SELECT attach_content(:order_id, 'SINK_DRAWING', 'one.txt', :content_id) AS file_id \gset
SELECT testing.same((SELECT byte_size || ' ' || sha256 FROM order_attachments WHERE order_attachment_id = :file_id), '3 ' || :'hash', 'size and hash');
SELECT testing.same((SELECT storage || ' ' || object_key FROM attachment_content_place(:file_id)), 'S3 ' || :'key', 'where it lies');
SELECT testing.refused(format('SELECT * FROM read_attachment_content(%s)', :file_id), 'TV009', 'not kept in the database');
SELECT testing.act('sample.service');
SELECT testing.refused(format('SELECT * FROM attachment_content_place(%s)', :file_id), '42501', 'read_drawing');
SELECT testing.refused('SELECT * FROM attachment_content_place(0)', 'TV004', 'no order');
SELECT testing.refused('SELECT * FROM version_content_place(0)', 'TV004', 'no version');

-- A stored content never changes but for its place, and comes back only as what it was.
SELECT testing.nobody();
SELECT testing.refused(format('UPDATE document_contents SET sha256 = repeat(%L, 64) WHERE document_content_id = %s', '0', :content_id), 'TV003', 'does not change');
SELECT testing.refused(format('UPDATE document_contents SET storage = %L, object_key = NULL WHERE document_content_id = %s', 'DATABASE', :content_id), 'TV003', 'not its bytes');
SELECT testing.refused(format('SELECT move_content(%s, %L, %L, NULL, %L)', :content_id, :'key', 'DATABASE', 'two'), 'TV003', 'not its bytes');
SELECT testing.same(move_content(:content_id, 'another', 'DATABASE', NULL, 'one'), false, 'it was moved in the meantime');
SELECT testing.same(move_content(:content_id, :'key', 'DATABASE', NULL, 'one'), true, 'back in the database');
SELECT testing.same((SELECT object_key FROM document_object_removals), :'key', 'its object goes');
SELECT testing.same((SELECT storage || ' ' || pieces::text FROM place_of_content(:content_id)), 'DATABASE ' || ARRAY['one'::bytea]::text, 'its bytes are here');
SELECT replace(:'key', 'aaaa', 'bbbb') AS other \gset
SELECT testing.refused(format('SELECT move_content(%s, NULL, %L, %L)', :content_id, 'LOCAL', :'other'), 'TV009', 'not announced');
SELECT announce_object('LOCAL', :'other', :'hash');
SELECT testing.same(move_content(:content_id, NULL, 'LOCAL', :'other'), true, 'into a folder');
SELECT testing.same((SELECT count(*) FROM document_chunks WHERE document_content_id = :content_id), 0::bigint, 'its pieces are gone');

-- The queue: after a wait, and only what nobody claims any more.
SELECT testing.same((SELECT count(*) FROM waiting_object_removals('S3')), 0::bigint, 'too young');
SELECT testing.same((SELECT object_key FROM waiting_object_removals('S3', 0, interval '0')), :'key', 'without a wait');
SELECT testing.same(finish_object_removals(array_agg(document_object_removal_id)), 1, 'gone') FROM document_object_removals;
SELECT announce_object('S3', :'key', :'hash');
UPDATE document_object_removals SET queued_at = queued_at - interval '9 minutes';
SELECT testing.refused(format('SELECT pg_temp.store(%L, %L)', 'S3', :'key'), 'TV009', 'not stored in time');
SELECT testing.act('sample.sales');
SELECT testing.refused($$SELECT * FROM waiting_object_removals('S3')$$, '42501', 'document:approve');
SELECT testing.refused($$SELECT finish_object_removals('{1}')$$, '42501', 'document:approve');
SELECT testing.refused($$SELECT * FROM stored_objects('S3')$$, '42501', 'document:approve');

-- Signed destruction takes the triggers off, but not those that remove objects.
SELECT testing.nobody();
DELETE FROM document_object_removals;
SELECT policy_id AS files FROM data_retention_policies WHERE policy_code = 'ORDER_ATTACHMENTS' \gset
ALTER TABLE order_attachments DISABLE TRIGGER USER;
UPDATE order_attachments SET created_at = now() - interval '16 years', is_sample = false WHERE order_attachment_id = :file_id;
ALTER TABLE order_attachments ENABLE TRIGGER USER;
ALTER TABLE orders DISABLE TRIGGER USER;
UPDATE orders SET state = 'CANCELLED', state_reason = 'story' WHERE order_id = :order_id;
ALTER TABLE orders ENABLE TRIGGER USER;
SELECT testing.act('sample.admin');
SELECT a ->> 'run' AS run FROM execute_retention_policy(:files, false) a \gset
SELECT testing.act('sample.quality');
SELECT approve_retention_run(:run, 'fifteen years are over');
SELECT testing.act('sample.admin');
SELECT testing.same(execute_retention_policy(:files, false) ->> 'status', 'done', 'destroyed');
SELECT testing.same((SELECT count(*) FROM document_contents WHERE document_content_id = :content_id), 0::bigint, 'the content is gone');
SELECT testing.same((SELECT storage || ' ' || object_key FROM document_object_removals), 'LOCAL ' || :'other', 'and its object follows');
