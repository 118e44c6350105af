-- Reading documents and files of orders, and finding documents by their words.

CREATE OR REPLACE FUNCTION document_query(p_words text) RETURNS tsquery
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  -- Whatever language a document is in: each word as typed or by one of its stems. The last one is also the beginning of a word, while
  -- it is typed; not one that is excluded, stands in a phrase, or is so short that it begins almost anything.
  SELECT CASE WHEN w.words ~ '(^|\s)[[:alnum:]][^\s"]*[[:alnum:]][^\s"]*[[:alnum:]]$' AND regexp_count(w.words, '"') % 2 = 0 AND w.typed::text LIKE '%''' THEN (w.typed::text || ':*')::tsquery
              ELSE w.typed END
      || websearch_to_tsquery('english', w.words) || websearch_to_tsquery('french', w.words) || websearch_to_tsquery('spanish', w.words)
    FROM (SELECT u.words, websearch_to_tsquery('simple', u.words) AS typed FROM (SELECT btrim(unaccent(coalesce(p_words, ''))) AS words) u) w
$$;
COMMENT ON FUNCTION document_query(text) IS 'What to look for, as people type it: words, the last of them by its beginning too, "a phrase", or, -without.';

CREATE OR REPLACE FUNCTION search_documents(p_words text, p_limit integer DEFAULT 50)
RETURNS TABLE (document_id bigint, document_number text, title text, document_kind text, language text, document_version_id bigint, version integer, state text, file_name text, excerpt text)
LANGUAGE plpgsql STABLE ROWS 50
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  query tsquery := document_query(p_words);
  person bigint := current_user_id();
  customer bigint := acting_customer_id();
  readable text[] := readable_access_levels();
  sees_drafts boolean := customer IS NULL AND has_permission('document:update');
  sees_drawings boolean := has_permission('order_attachment:read_drawing');
BEGIN
  RETURN QUERY
    WITH hits AS (
      SELECT d.document_id, d.document_number, d.title, d.document_kind, d.language, v.document_version_id, v.version, v.state, v.file_name, t.body,
             row_number() OVER (PARTITION BY d.document_id ORDER BY v.state = 'EFFECTIVE' DESC, v.version DESC) AS place, ts_rank_cd(t.search, query) AS rank
        FROM (SELECT x.document_version_id, x.search, x.body FROM document_texts x WHERE x.search @@ query LIMIT 5000) t
        JOIN document_versions v ON v.document_version_id = t.document_version_id
        JOIN documents d ON d.document_id = v.document_id
       WHERE d.state = 'ACTIVE' AND (v.state = 'EFFECTIVE' OR (v.state IN ('DRAFT', 'IN_REVIEW', 'APPROVED') AND (sees_drafts OR v.created_by = person)))
         AND ((d.access_level = ANY (readable) AND (d.document_kind <> 'DRAWING' OR sees_drawings))
              OR (d.access_level = 'CUSTOMER' AND d.customer_id = customer AND v.state = 'EFFECTIVE'))),
    best AS (SELECT * FROM hits h WHERE h.place = 1 ORDER BY h.rank DESC, h.document_number LIMIT least(greatest(p_limit, 1), 500))
    SELECT b.document_id, b.document_number, b.title, b.document_kind, b.language, b.document_version_id, b.version, b.state, b.file_name,
           -- What marks a hit stands in no text.
           ts_headline('simple', translate(left(coalesce(b.body, b.title), 20000), U&'\E000\E001', ''), query, U&'StartSel=\E000, StopSel=\E001, MaxWords=20, MinWords=8')
      FROM best b ORDER BY b.rank DESC, b.document_number;
END;
$$;
COMMENT ON FUNCTION search_documents(text, integer) IS
  'Documents that the acting person may read, by words of number, title and text in English, French or Spanish, with or without accents; the best first. In the excerpt each hit stands between U+E000 and U+E001, which are in no text. The predicate of who may read what is inside.';

CREATE OR REPLACE FUNCTION content_of_version(p_document_version_id bigint) RETURNS bigint
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  wanted document_versions;
BEGIN
  SELECT * INTO wanted FROM document_versions v WHERE v.document_version_id = p_document_version_id;
  IF wanted.document_version_id IS NULL OR NOT may_read_version(wanted.document_id, wanted.state, wanted.created_by) THEN
    RAISE EXCEPTION 'There is no version % of a document.', shown(p_document_version_id) USING ERRCODE = 'TV004', COLUMN = 'document_version_id', HINT = 'SELECT * FROM document_versions lists those that you may read.';
  END IF;
  RETURN wanted.document_content_id;
END;
$$;
COMMENT ON FUNCTION content_of_version(bigint) IS 'Key of the content of a version that the acting person may read; else TV004.';

CREATE OR REPLACE FUNCTION content_of_attachment(p_order_attachment_id bigint) RETURNS bigint
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  wanted order_attachments;
BEGIN
  PERFORM require_permission('order_attachment:read');
  SELECT * INTO wanted FROM order_attachments a WHERE a.order_attachment_id = p_order_attachment_id;
  IF wanted.attachment_kind IN ('SINK_DRAWING', 'CUSTOM_PART_DRAWING') THEN
    PERFORM require_permission('order_attachment:read_drawing');
  END IF;
  PERFORM require_order(wanted.order_id);
  IF wanted.content_id IS NULL THEN
    RAISE EXCEPTION 'There is no file % whose content is kept here.', shown(p_order_attachment_id) USING ERRCODE = 'TV004', COLUMN = 'order_attachment_id', HINT = 'SELECT * FROM order_attachments WHERE content_id IS NOT NULL lists them.';
  END IF;
  RETURN wanted.content_id;
END;
$$;
COMMENT ON FUNCTION content_of_attachment(bigint) IS 'Key of the content of a file of an order that the acting person may see; else TV004 or 42501.';

CREATE OR REPLACE FUNCTION content_in_pieces(p_document_content_id bigint) RETURNS TABLE (chunk_number integer, content bytea)
LANGUAGE plpgsql STABLE ROWS 25
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  place text := (SELECT c.storage FROM document_contents c WHERE c.document_content_id = p_document_content_id);
BEGIN
  IF place <> 'DATABASE' THEN
    RAISE EXCEPTION 'The content is not kept in the database (%).', place USING ERRCODE = 'TV009', HINT = 'Fetch it from the server, or bring it back with torvan documents move --to in-database.';
  END IF;
  RETURN QUERY SELECT k.chunk_number, k.content FROM document_chunks k WHERE k.document_content_id = p_document_content_id ORDER BY k.chunk_number;
END;
$$;
COMMENT ON FUNCTION content_in_pieces(bigint) IS 'Pieces of a content in their order; TV009 where the database does not hold its bytes.';

CREATE OR REPLACE FUNCTION read_document_content(p_document_version_id bigint) RETURNS TABLE (chunk_number integer, content bytea)
LANGUAGE sql STABLE ROWS 25
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT p.chunk_number, p.content FROM content_in_pieces(content_of_version(p_document_version_id)) p ORDER BY p.chunk_number $$;
COMMENT ON FUNCTION read_document_content(bigint) IS 'The content of a version in pieces, in their order, for who may read it.';

CREATE OR REPLACE FUNCTION read_attachment_content(p_order_attachment_id bigint) RETURNS TABLE (chunk_number integer, content bytea)
LANGUAGE sql STABLE ROWS 25
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT p.chunk_number, p.content FROM content_in_pieces(content_of_attachment(p_order_attachment_id)) p ORDER BY p.chunk_number $$;
COMMENT ON FUNCTION read_attachment_content(bigint) IS 'The content of a file of an order in pieces, in their order, for who may see it.';

CREATE OR REPLACE FUNCTION verify_document_contents(p_after bigint DEFAULT 0, p_limit integer DEFAULT 100)
RETURNS TABLE (document_content_id bigint, is_right boolean)
LANGUAGE plpgsql STABLE ROWS 100
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  PERFORM require_worker('document:approve'), require_limit(p_limit);
  RETURN QUERY
    SELECT c.document_content_id, c.sha256 IS NOT DISTINCT FROM content_hash(c.document_content_id)
      FROM document_contents c WHERE c.stored_at IS NOT NULL AND c.storage = 'DATABASE' AND c.document_content_id > p_after ORDER BY c.document_content_id LIMIT p_limit;
END;
$$;
COMMENT ON FUNCTION verify_document_contents(bigint, integer) IS 'Computes the hashes of contents in the database again, from a key on, and says which are still right; torvan documents check reads those elsewhere.';

CREATE OR REPLACE FUNCTION add_attachment_content(
  p_order_id bigint, p_kind text, p_file_name text, p_media_type text, p_content bytea, p_build_id bigint DEFAULT NULL, p_note text DEFAULT NULL
) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  PERFORM require_permission('order_attachment:create');
  RETURN attach_content(p_order_id, p_kind, p_file_name, store_content(p_media_type, p_content), p_build_id, p_note);
END;
$$;
COMMENT ON FUNCTION add_attachment_content(bigint, text, text, text, bytea, bigint, text) IS 'Adds a file with its content to an order or build; size and SHA-256 are computed. Otherwise like add_attachment.';

CREATE OR REPLACE FUNCTION attach_content(p_order_id bigint, p_kind text, p_file_name text, p_document_content_id bigint, p_build_id bigint DEFAULT NULL, p_note text DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  content document_contents;
BEGIN
  PERFORM lock_order(p_order_id, NULL);
  content := require_stored_content(p_document_content_id);
  IF NOT coalesce(is_safe_file_name(btrim(p_file_name)), false) THEN
    RAISE EXCEPTION 'The file name "%" is not right.', shown(p_file_name) USING ERRCODE = 'TV022', COLUMN = 'file_name', HINT = 'A name without a path and without special characters, at most 255 bytes.';
  END IF;
  RETURN insert_attachment(p_order_id, p_kind, p_file_name, content.media_type, content.byte_size, content.sha256, p_build_id, p_note, content.document_content_id);
END;
$$;
COMMENT ON FUNCTION attach_content(bigint, text, text, bigint, bigint, text) IS 'Adds a file whose content was stored with begin_document_content and the like.';
