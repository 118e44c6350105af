-- Contents of files: sent in pieces, reachable only when size and hash are right.

CREATE OR REPLACE FUNCTION storable_media_types() RETURNS TABLE (media_type text, beginnings text[])
LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 20
SET search_path = pg_catalog, pg_temp
AS $$
  -- Beginnings in hexadecimal; without one, the content must be text. What a browser would run (HTML, SVG, scripts) is not stored.
  VALUES ('application/pdf', ARRAY['255044462d']), ('image/png', ARRAY['89504e470d0a1a0a']), ('image/jpeg', ARRAY['ffd8ff']), ('image/gif', ARRAY['474946383761', '474946383961']),
         ('image/webp', ARRAY['52494646']), ('image/vnd.dwg', ARRAY['41433130']), ('application/zip', ARRAY['504b0304']),
         ('application/vnd.openxmlformats-officedocument.wordprocessingml.document', ARRAY['504b0304']),
         ('application/vnd.openxmlformats-officedocument.spreadsheetml.sheet', ARRAY['504b0304']),
         ('application/vnd.oasis.opendocument.text', ARRAY['504b0304']), ('application/vnd.oasis.opendocument.spreadsheet', ARRAY['504b0304']),
         ('model/step', ARRAY['49534f2d31303330332d']), ('text/plain', NULL), ('text/csv', NULL), ('text/markdown', NULL), ('application/json', NULL), ('application/xml', NULL),
         ('application/octet-stream', ARRAY[''])
$$;
COMMENT ON FUNCTION storable_media_types() IS 'Media types that are stored, and the bytes each begins with.';

CREATE OR REPLACE FUNCTION require_media_type(p_media_type text, p_head bytea) RETURNS void
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  known record;
BEGIN
  SELECT * INTO known FROM storable_media_types() t WHERE t.media_type = lower(btrim(p_media_type));
  IF known.media_type IS NULL THEN
    RAISE EXCEPTION 'Files of the type "%" are not stored.', shown(p_media_type)
      USING ERRCODE = 'TV022', HINT = 'Types: ' || (SELECT string_agg(t.media_type, ', ') FROM storable_media_types() t) || '.';
  END IF;
  IF (known.beginnings IS NULL AND position('\x00'::bytea IN p_head) > 0)
     OR (known.beginnings IS NOT NULL AND NOT EXISTS (SELECT FROM unnest(known.beginnings) b WHERE starts_with(encode(p_head, 'hex'), b))) THEN
    RAISE EXCEPTION 'The content is not %.', known.media_type USING ERRCODE = 'TV022', HINT = 'Name the type that the file really has.';
  END IF;
END;
$$;
COMMENT ON FUNCTION require_media_type(text, bytea) IS 'Raises TV022 for a type that is not stored, or a content that does not begin like its type. Pass an empty head to ask about the type alone.';

CREATE OR REPLACE FUNCTION begin_document_content(p_byte_size bigint, p_sha256 text, p_media_type text) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  made bigint;
BEGIN
  PERFORM require_content_permission(), require_content_size(p_byte_size), require_content_hash(p_sha256);
  IF NOT EXISTS (SELECT FROM storable_media_types() t WHERE t.media_type = lower(btrim(p_media_type))) THEN
    PERFORM require_media_type(p_media_type, '');
  END IF;
  IF (SELECT count(*) FROM document_contents c WHERE c.stored_at IS NULL AND c.created_by = current_user_id() AND c.last_chunk_at > clock_timestamp() - interval '10 minutes') >= 20 THEN
    RAISE EXCEPTION 'Twenty uploads of yours are under way.' USING ERRCODE = 'TV009', HINT = 'Finish them first; what is left is swept after ten minutes.';
  END IF;
  INSERT INTO document_contents (media_type, byte_size, sha256, created_by) VALUES (lower(btrim(p_media_type)), p_byte_size, lower(p_sha256), current_user_id())
  RETURNING document_content_id INTO made;
  RETURN made;
END;
$$;
COMMENT ON FUNCTION begin_document_content(bigint, text, text) IS 'Announces a content by size, SHA-256 and media type, and returns its key for append_document_chunk and finish_document_content.';

CREATE OR REPLACE FUNCTION require_content_size(p_byte_size bigint) RETURNS void
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF p_byte_size IS NULL OR p_byte_size NOT BETWEEN 1 AND 26214400 THEN
    RAISE EXCEPTION 'The size is % bytes.', coalesce(p_byte_size::text, 'not given:') USING ERRCODE = 'TV022', HINT = 'From 1 byte to 25 MiB (26214400 bytes) are stored.';
  END IF;
END;
$$;
COMMENT ON FUNCTION require_content_size(bigint) IS 'Raises TV022 for a size that is not stored.';

CREATE OR REPLACE FUNCTION require_content_hash(p_sha256 text) RETURNS void
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF coalesce(lower(p_sha256), '') !~ '^[0-9a-f]{64}$' THEN
    RAISE EXCEPTION 'The SHA-256 "%" is not right.', shown(p_sha256) USING ERRCODE = 'TV022', HINT = 'Give 64 hexadecimal digits.';
  END IF;
END;
$$;
COMMENT ON FUNCTION require_content_hash(text) IS 'Raises TV022 for what is no SHA-256.';

CREATE OR REPLACE FUNCTION require_content_permission() RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF NOT has_permission('order_attachment:create') THEN
    PERFORM require_permission('document:create');
  END IF;
END;
$$;
COMMENT ON FUNCTION require_content_permission() IS 'Raises 42501 unless the acting person may add documents or files of orders.';

CREATE OR REPLACE FUNCTION lock_content(p_document_content_id bigint) RETURNS document_contents
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  found document_contents;
BEGIN
  SELECT * INTO found FROM document_contents c WHERE c.document_content_id = p_document_content_id FOR NO KEY UPDATE;
  -- Of another's upload nobody learns that it exists.
  IF found.document_content_id IS NULL OR found.created_by IS DISTINCT FROM current_user_id() THEN
    RAISE EXCEPTION 'There is no upload % of yours.', shown(p_document_content_id) USING ERRCODE = 'TV004', HINT = 'Begin one with begin_document_content; what stays unfinished for ten minutes is swept.';
  END IF;
  RETURN found;
END;
$$;
COMMENT ON FUNCTION lock_content(bigint) IS 'Locks a content of the acting person.';

CREATE OR REPLACE FUNCTION append_document_chunk(p_document_content_id bigint, p_chunk_number integer, p_content bytea) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  content document_contents := lock_content(p_document_content_id);
  had bytea := (SELECT k.content FROM document_chunks k WHERE k.document_content_id = p_document_content_id AND k.chunk_number = p_chunk_number);
BEGIN
  IF had = p_content THEN
    RETURN content.bytes_received;
  END IF;
  IF content.stored_at IS NOT NULL OR had IS NOT NULL THEN
    RAISE EXCEPTION 'Piece % of content % is there already.', shown(p_chunk_number), shown(p_document_content_id) USING ERRCODE = 'TV009', HINT = 'Begin another content.';
  END IF;
  IF p_content IS NULL OR octet_length(p_content) NOT BETWEEN 1 AND 1048576 OR p_chunk_number IS NULL OR p_chunk_number < 1 THEN
    RAISE EXCEPTION 'Piece % has % bytes.', shown(p_chunk_number), coalesce(octet_length(p_content), 0) USING ERRCODE = 'TV022', HINT = 'Pieces are numbered from 1 and have 1 to 1048576 bytes.';
  END IF;
  IF content.bytes_received + octet_length(p_content) > content.byte_size THEN
    RAISE EXCEPTION 'Content % is longer than the % bytes announced.', shown(p_document_content_id), content.byte_size USING ERRCODE = 'TV022', HINT = 'Begin another content with its real size.';
  END IF;
  INSERT INTO document_chunks (document_content_id, chunk_number, content) VALUES (p_document_content_id, p_chunk_number, p_content);
  UPDATE document_contents SET bytes_received = bytes_received + octet_length(p_content), last_chunk_at = clock_timestamp()
   WHERE document_content_id = p_document_content_id RETURNING bytes_received INTO content.bytes_received;
  RETURN content.bytes_received;
END;
$$;
COMMENT ON FUNCTION append_document_chunk(bigint, integer, bytea) IS 'Adds a piece of at most 1 MiB, in any order; the same piece again changes nothing. Returns the bytes received so far.';

CREATE OR REPLACE FUNCTION content_hash(p_document_content_id bigint) RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT encode(sha256(string_agg(k.content, ''::bytea ORDER BY k.chunk_number)), 'hex') FROM document_chunks k WHERE k.document_content_id = p_document_content_id $$;
COMMENT ON FUNCTION content_hash(bigint) IS 'SHA-256 of what is really stored of a content; null for nothing.';

CREATE OR REPLACE FUNCTION finish_document_content(p_document_content_id bigint) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  content document_contents := lock_content(p_document_content_id);
  pieces record;
BEGIN
  IF content.stored_at IS NOT NULL THEN
    RETURN p_document_content_id;
  END IF;
  SELECT count(*) AS number, max(k.chunk_number) AS last, coalesce(sum(octet_length(k.content)), 0) AS bytes INTO pieces FROM document_chunks k WHERE k.document_content_id = p_document_content_id;
  IF pieces.bytes <> content.byte_size OR pieces.number <> pieces.last THEN
    RAISE EXCEPTION 'Content % has % of % bytes, in % piece(s).', shown(p_document_content_id), pieces.bytes, content.byte_size, pieces.number USING ERRCODE = 'TV022', HINT = 'Send the missing pieces, then finish again.';
  END IF;
  IF content_hash(p_document_content_id) <> content.sha256 THEN
    RAISE EXCEPTION 'Content % is not what was announced: its SHA-256 is %.', shown(p_document_content_id), content_hash(p_document_content_id)
      USING ERRCODE = 'TV022', HINT = 'It was damaged on its way: begin another content and send it again.';
  END IF;
  PERFORM require_media_type(content.media_type, (SELECT substr(k.content, 1, CASE WHEN content.media_type ~ '^text/|json$|xml$' THEN 1048576 ELSE 32 END)
                                                    FROM document_chunks k WHERE k.document_content_id = p_document_content_id AND k.chunk_number = 1));
  UPDATE document_contents SET stored_at = clock_timestamp() WHERE document_content_id = p_document_content_id;
  RETURN p_document_content_id;
END;
$$;
COMMENT ON FUNCTION finish_document_content(bigint) IS 'Checks size, SHA-256 and type of a content and makes it reachable; until then, and if anything is wrong, nothing of it is. Returns its key.';

CREATE OR REPLACE FUNCTION store_content(p_media_type text, p_content bytea) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  made bigint := begin_document_content(octet_length(p_content), encode(sha256(p_content), 'hex'), p_media_type);
BEGIN
  PERFORM append_document_chunk(made, n + 1, substr(p_content, n * 1048576 + 1, 1048576)) FROM generate_series(0, (octet_length(p_content) - 1) / 1048576) n;
  RETURN finish_document_content(made);
END;
$$;
COMMENT ON FUNCTION store_content(text, bytea) IS 'Stores a content given as a whole and returns its key.';

CREATE OR REPLACE FUNCTION require_stored_content(p_document_content_id bigint) RETURNS document_contents
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  found document_contents := lock_content(p_document_content_id);
BEGIN
  IF found.stored_at IS NULL THEN
    RAISE EXCEPTION 'Content % is not stored completely.', shown(p_document_content_id) USING ERRCODE = 'TV009', HINT = 'Send the missing pieces, then finish_document_content.';
  END IF;
  RETURN found;
END;
$$;
COMMENT ON FUNCTION require_stored_content(bigint) IS 'A complete content of the acting person, locked, to be referred to. Nobody can make a record of what another person uploaded.';

CREATE OR REPLACE FUNCTION nothing_refers_to_content() RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT string_agg(format('NOT EXISTS (SELECT FROM %s r WHERE r.%I = d.document_content_id)', k.conrelid::regclass, a.attname), ' AND ')
    FROM pg_constraint k JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
   WHERE k.contype = 'f' AND k.confrelid = 'public.document_contents'::regclass AND k.conrelid <> 'public.document_chunks'::regclass
$$;
COMMENT ON FUNCTION nothing_refers_to_content() IS 'Condition: no row of any table refers to the content d. Any table may refer to a content by a foreign key.';

CREATE OR REPLACE FUNCTION drop_unused_contents(p_document_content_ids bigint[]) RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  dropped integer;
BEGIN
  PERFORM FROM document_contents c WHERE c.document_content_id = ANY (p_document_content_ids) ORDER BY c.document_content_id FOR UPDATE;
  -- They are locked, so that nobody can begin to refer to them; who did so just before is seen now.
  EXECUTE format('DELETE FROM document_contents d WHERE d.document_content_id = ANY ($1) AND %s', nothing_refers_to_content()) USING p_document_content_ids;
  GET DIAGNOSTICS dropped = ROW_COUNT;
  RETURN dropped;
END;
$$;
COMMENT ON FUNCTION drop_unused_contents(bigint[]) IS 'Deletes those of the contents to which nothing refers any more; returns how many.';

CREATE OR REPLACE FUNCTION sweep_document_contents(p_within interval DEFAULT interval '2 days') RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  candidates bigint[];
BEGIN
  PERFORM require_worker('document:approve');
  IF p_within IS NULL OR p_within NOT BETWEEN interval '0' AND interval '1000 years' THEN
    RAISE EXCEPTION 'Contents of the last % cannot be swept.', coalesce(p_within::text, 'no time') USING ERRCODE = 'TV022', HINT = 'Give up to 1000 years, for example interval ''2 days''.';
  END IF;
  EXECUTE format(
    'SELECT array_agg(c.document_content_id) FROM (
       SELECT d.document_content_id FROM document_contents d
        WHERE ((d.stored_at IS NULL AND d.last_chunk_at < clock_timestamp() - interval ''10 minutes'')
               OR d.stored_at BETWEEN clock_timestamp() - $1 AND clock_timestamp() - interval ''1 hour'') AND %s
        ORDER BY d.document_content_id LIMIT 10000 FOR UPDATE SKIP LOCKED) c', nothing_refers_to_content()) INTO candidates USING p_within;
  RETURN drop_unused_contents(candidates);
END;
$$;
COMMENT ON FUNCTION sweep_document_contents(interval) IS 'Deletes contents that stayed unfinished for ten minutes, and those stored within two days (or p_within) to which nothing refers after an hour; returns how many.';
