-- Contents whose bytes lie outside the database, in a folder or an S3 bucket. The row is the truth: it is written after the object and
-- goes before it, so that at worst an object is left to which no row belongs.

CREATE OR REPLACE FUNCTION announce_content_object(p_media_type text, p_byte_size bigint, p_head bytea, p_sha256 text, p_storage text, p_object_key text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  PERFORM require_content_permission(), require_content_size(p_byte_size), require_content_hash(p_sha256), require_media_type(p_media_type, p_head),
          announce_object(p_storage, p_object_key, p_sha256);
END;
$$;
COMMENT ON FUNCTION announce_content_object(text, bigint, bytea, text, text, text) IS
  'Raises 42501 or TV022 unless the acting person may store such a content, and announces the object that will be written for it: store_content_object must follow within nine minutes, else the object is removed. The head: 32 bytes, of text the first MiB.';

CREATE OR REPLACE FUNCTION announce_object(p_storage text, p_object_key text, p_sha256 text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  PERFORM require_object_place(p_storage, p_object_key, p_sha256);
  INSERT INTO document_object_removals (storage, object_key) VALUES (p_storage, p_object_key);
END;
$$;
COMMENT ON FUNCTION announce_object(text, text, text) IS 'Queues an object for removal before it is written: whoever writes it and then breaks off leaves nothing. claim_object takes it out of the queue.';

CREATE OR REPLACE FUNCTION claim_object(p_storage text, p_object_key text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  -- Objects are removed after ten minutes: what may still be claimed is not removed, and the other way round.
  DELETE FROM document_object_removals r WHERE r.storage = p_storage AND r.object_key = p_object_key AND r.queued_at > clock_timestamp() - interval '9 minutes';
  IF NOT FOUND THEN
    RAISE EXCEPTION 'The object "%" was not announced, or not stored in time.', shown(p_object_key) USING ERRCODE = 'TV009', HINT = 'Send the file again.';
  END IF;
END;
$$;
COMMENT ON FUNCTION claim_object(text, text) IS 'Takes an object that was announced and written out of the queue of removals, in the transaction that makes a content of it; TV009 when it is not there any more.';

CREATE OR REPLACE FUNCTION store_content_object(p_media_type text, p_byte_size bigint, p_head bytea, p_sha256 text, p_storage text, p_object_key text) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  made bigint;
BEGIN
  PERFORM require_content_permission(), require_content_size(p_byte_size), require_content_hash(p_sha256), require_media_type(p_media_type, p_head),
          require_object_place(p_storage, p_object_key, p_sha256), claim_object(p_storage, p_object_key);
  INSERT INTO document_contents (media_type, byte_size, sha256, bytes_received, stored_at, created_by, storage, object_key)
  VALUES (lower(btrim(p_media_type)), p_byte_size, lower(p_sha256), p_byte_size, clock_timestamp(), current_user_id(), p_storage, p_object_key)
  RETURNING document_content_id INTO made;
  RETURN made;
END;
$$;
COMMENT ON FUNCTION store_content_object(text, bigint, bytea, text, text, text) IS
  'Makes a content of an object that was announced (announce_content_object) and then written to LOCAL or S3, under a key that begins with its SHA-256; returns its key.';

CREATE OR REPLACE FUNCTION require_object_place(p_storage text, p_object_key text, p_sha256 text) RETURNS void
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF p_storage IS NULL OR p_storage NOT IN ('LOCAL', 'S3') THEN
    RAISE EXCEPTION 'There is no storage "%".', shown(p_storage) USING ERRCODE = 'TV022', HINT = 'Objects lie in LOCAL or S3.';
  END IF;
  IF coalesce(p_object_key, '') !~ '^[0-9a-f]{2}/[0-9a-f]{64}-[0-9a-f]{32}$' OR NOT starts_with(p_object_key, left(lower(p_sha256), 2) || '/' || lower(p_sha256) || '-') THEN
    RAISE EXCEPTION 'The object key "%" is not that of the content.', shown(p_object_key) USING ERRCODE = 'TV022', HINT = 'Two digits of the SHA-256, a slash, the SHA-256, a dash, 32 hexadecimal digits.';
  END IF;
END;
$$;
COMMENT ON FUNCTION require_object_place(text, text, text) IS 'Raises TV022 for an object key that is not made from the hash of the content: no other name ever reaches a folder or bucket.';

CREATE OR REPLACE FUNCTION place_of_content(p_document_content_id bigint)
RETURNS TABLE (document_content_id bigint, storage text, object_key text, byte_size bigint, sha256 text, pieces bytea[])
LANGUAGE sql STABLE ROWS 1
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT c.document_content_id, c.storage, c.object_key, c.byte_size, c.sha256,
         CASE c.storage WHEN 'DATABASE' THEN (SELECT array_agg(k.content ORDER BY k.chunk_number) FROM document_chunks k WHERE k.document_content_id = c.document_content_id) END
    FROM document_contents c WHERE c.document_content_id = p_document_content_id
$$;
COMMENT ON FUNCTION place_of_content(bigint) IS 'Where a content lies and what it must be, with its pieces where the database holds them: in one statement, so that one that moves is never missed.';

CREATE OR REPLACE FUNCTION version_content_place(p_document_version_id bigint)
RETURNS TABLE (document_content_id bigint, storage text, object_key text, byte_size bigint, sha256 text, pieces bytea[])
LANGUAGE sql STABLE ROWS 1
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT * FROM place_of_content(content_of_version(p_document_version_id)) $$;
COMMENT ON FUNCTION version_content_place(bigint) IS 'Where the content of a version lies (place_of_content), for who may read it.';

CREATE OR REPLACE FUNCTION attachment_content_place(p_order_attachment_id bigint)
RETURNS TABLE (document_content_id bigint, storage text, object_key text, byte_size bigint, sha256 text, pieces bytea[])
LANGUAGE sql STABLE ROWS 1
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT * FROM place_of_content(content_of_attachment(p_order_attachment_id)) $$;
COMMENT ON FUNCTION attachment_content_place(bigint) IS 'Where the content of a file of an order lies (place_of_content), for who may see it.';

CREATE OR REPLACE FUNCTION stored_objects(p_storage text, p_limit integer DEFAULT 5) RETURNS TABLE (object_key text)
LANGUAGE plpgsql STABLE ROWS 5
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  PERFORM require_worker('document:approve'), require_limit(p_limit);
  RETURN QUERY SELECT c.object_key FROM document_contents c WHERE c.storage = p_storage AND c.object_key IS NOT NULL LIMIT p_limit;
END;
$$;
COMMENT ON FUNCTION stored_objects(text, integer) IS 'Some objects that must be in LOCAL or S3: a server that finds none of them looks at the wrong place.';

CREATE OR REPLACE FUNCTION move_content(p_document_content_id bigint, p_was_key text, p_storage text, p_object_key text DEFAULT NULL, p_content bytea DEFAULT NULL) RETURNS boolean
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  content document_contents;
BEGIN
  PERFORM require_permission('document:approve');
  SELECT * INTO content FROM document_contents c WHERE c.document_content_id = p_document_content_id FOR UPDATE;
  IF content.stored_at IS NULL OR content.object_key IS DISTINCT FROM p_was_key OR content.storage = p_storage THEN
    RETURN false;
  END IF;
  IF p_storage = 'DATABASE' THEN
    INSERT INTO document_chunks (document_content_id, chunk_number, content)
    SELECT p_document_content_id, n + 1, substr(p_content, n * 1048576 + 1, 1048576) FROM generate_series(0, (octet_length(p_content) - 1) / 1048576) n;
    UPDATE document_contents SET storage = 'DATABASE', object_key = NULL WHERE document_content_id = p_document_content_id;
  ELSE
    PERFORM require_object_place(p_storage, p_object_key, content.sha256), claim_object(p_storage, p_object_key);
    UPDATE document_contents SET storage = p_storage, object_key = p_object_key WHERE document_content_id = p_document_content_id;
    DELETE FROM document_chunks k WHERE k.document_content_id = p_document_content_id;
  END IF;
  RETURN true;
END;
$$;
COMMENT ON FUNCTION move_content(bigint, text, text, text, bytea) IS
  'Says that a content lies elsewhere now: its object was announced and written before, or its bytes come back into the database. False when it was deleted or moved since it was looked at (p_was_key). Its former object is queued for removal. For the owner of the database.';

CREATE OR REPLACE FUNCTION waiting_object_removals(p_storage text, p_after bigint DEFAULT 0, p_waited interval DEFAULT interval '10 minutes', p_limit integer DEFAULT 100)
RETURNS TABLE (document_object_removal_id bigint, object_key text)
LANGUAGE plpgsql STABLE ROWS 100
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  PERFORM require_worker('document:approve'), require_limit(p_limit);
  RETURN QUERY
    SELECT r.document_object_removal_id, r.object_key FROM document_object_removals r
     WHERE r.storage = p_storage AND r.document_object_removal_id > p_after AND r.queued_at <= clock_timestamp() - p_waited
     ORDER BY r.document_object_removal_id LIMIT p_limit;
END;
$$;
COMMENT ON FUNCTION waiting_object_removals(text, bigint, interval, integer) IS
  'Objects in LOCAL or S3 that are to be removed, from a key on; only those that have waited so long that nobody writes or reads them any more.';

CREATE OR REPLACE FUNCTION finish_object_removals(p_document_object_removal_ids bigint[]) RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  finished integer;
BEGIN
  PERFORM require_worker('document:approve');
  DELETE FROM document_object_removals r WHERE r.document_object_removal_id = ANY (p_document_object_removal_ids);
  GET DIAGNOSTICS finished = ROW_COUNT;
  RETURN finished;
END;
$$;
COMMENT ON FUNCTION finish_object_removals(bigint[]) IS 'Says that the objects are gone; said twice it changes nothing. Returns how many were waiting.';
