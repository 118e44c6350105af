-- Documents: their contents, versions and words.

CREATE FUNCTION is_safe_file_name(p_name text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
  -- No path, no control or direction characters, nothing that a file system takes for something else.
  SELECT octet_length(p_name) BETWEEN 1 AND 255
     AND p_name !~ '[/\\:*?"<>|[:cntrl:]]'
     AND p_name !~ '[\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]'
     AND p_name !~ '^[.\s]' AND p_name !~ '[.\s]$'
     AND upper(split_part(p_name, '.', 1)) !~ '^(CON|PRN|AUX|NUL|(COM|LPT)[0-9])$'
$$;
COMMENT ON FUNCTION is_safe_file_name(text) IS 'True for a plain file name: no path, no control or direction characters, no device name, at most 255 bytes.';

CREATE FUNCTION document_words(p_number text, p_title text, p_body text, p_language text) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, public, pg_temp
AS $$
  -- Each word as it stands and by its stem, both without accents. The text is cut so that it always fits into one document.
  SELECT search_document(p_number, w.title, w.body) || setweight(to_tsvector(w.config, w.title), 'B') || setweight(to_tsvector(w.config, w.body), 'C')
    FROM (SELECT public.unaccent('public.unaccent'::regdictionary, coalesce(p_title, '')) AS title,
                 public.unaccent('public.unaccent'::regdictionary, left(coalesce(p_body, ''), 100000)) AS body,
                 CASE p_language WHEN 'FR' THEN 'pg_catalog.french' WHEN 'ES' THEN 'pg_catalog.spanish' ELSE 'pg_catalog.english' END::regconfig AS config) w
$$;
COMMENT ON FUNCTION document_words(text, text, text, text) IS 'Words of a document for full-text search, in falling weight: number, title, text (its first 100,000 characters).';

CREATE TABLE document_contents (
  document_content_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  media_type text COLLATE "C" NOT NULL CHECK (media_type ~ '^[a-z0-9.+-]+/[a-z0-9.+-]+$'),
  byte_size bigint NOT NULL CHECK (byte_size BETWEEN 1 AND 26214400),
  sha256 text COLLATE "C" NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  bytes_received bigint NOT NULL DEFAULT 0 CHECK (bytes_received BETWEEN 0 AND byte_size),
  last_chunk_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  stored_at timestamptz,
  created_by bigint REFERENCES users ON DELETE RESTRICT,
  created_at timestamptz NOT NULL DEFAULT now(),
  storage text COLLATE "C" NOT NULL DEFAULT 'DATABASE' CHECK (storage IN ('DATABASE', 'LOCAL', 'S3')),
  object_key text COLLATE "C" CHECK (object_key ~ '^[0-9a-f]{2}/[0-9a-f]{64}-[0-9a-f]{32}$' AND starts_with(object_key, left(sha256, 2) || '/' || sha256 || '-')),
  CHECK (stored_at IS NULL OR bytes_received = byte_size),
  CHECK ((storage = 'DATABASE') = (object_key IS NULL)),
  CHECK (storage = 'DATABASE' OR stored_at IS NOT NULL)
);
CREATE UNIQUE INDEX document_contents_object_key_idx ON document_contents (object_key) WHERE object_key IS NOT NULL;
CREATE INDEX document_contents_unfinished_idx ON document_contents (last_chunk_at) WHERE stored_at IS NULL;
CREATE INDEX document_contents_stored_at_idx ON document_contents (stored_at) WHERE stored_at IS NOT NULL;
CREATE INDEX document_contents_created_by_idx ON document_contents (created_by) WHERE created_by IS NOT NULL;
COMMENT ON TABLE document_contents IS 'Contents of files: in the database (one backup, one transaction), or an object in a folder or S3 bucket of which this row is the truth. Only what is stored completely can be referred to or read.';
COMMENT ON COLUMN document_contents.document_content_id IS 'Key.';
COMMENT ON COLUMN document_contents.media_type IS 'Media type, checked against the first bytes.';
COMMENT ON COLUMN document_contents.byte_size IS 'Size in bytes as announced, at most 25 MiB.';
COMMENT ON COLUMN document_contents.sha256 IS 'SHA-256 of the whole content as announced, hexadecimal.';
COMMENT ON COLUMN document_contents.bytes_received IS 'Bytes that have arrived so far.';
COMMENT ON COLUMN document_contents.last_chunk_at IS 'When the last piece arrived.';
COMMENT ON COLUMN document_contents.stored_at IS 'When size and hash were found right; null before: nothing of it can be reached.';
COMMENT ON COLUMN document_contents.created_by IS 'Who sent it; null for the system.';
COMMENT ON COLUMN document_contents.created_at IS 'When it was begun.';
COMMENT ON COLUMN document_contents.storage IS 'Where its bytes lie: DATABASE (document_chunks), LOCAL (a folder of the server) or S3 (a bucket).';
COMMENT ON COLUMN document_contents.object_key IS 'Key of its object in the folder or bucket: two digits of its SHA-256, the SHA-256, and 32 random digits, so that no two contents share an object; null in the database.';

CREATE TABLE document_object_removals (
  document_object_removal_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  storage text COLLATE "C" NOT NULL CHECK (storage IN ('LOCAL', 'S3')),
  object_key text COLLATE "C" NOT NULL UNIQUE,
  queued_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
COMMENT ON TABLE document_object_removals IS 'Objects to be removed from a folder or bucket: their contents were deleted or moved (written in the same transaction), or they are announced and not yet stored. Emptied by the server; a row goes when its object is gone.';
COMMENT ON COLUMN document_object_removals.document_object_removal_id IS 'Key.';
COMMENT ON COLUMN document_object_removals.storage IS 'Where the object lies: LOCAL or S3.';
COMMENT ON COLUMN document_object_removals.object_key IS 'Key of the object.';
COMMENT ON COLUMN document_object_removals.queued_at IS 'When its content was deleted or moved, or the object announced; it is removed ten minutes later, so that who reads or writes it can finish.';

CREATE TABLE document_chunks (
  document_content_id bigint NOT NULL REFERENCES document_contents ON DELETE CASCADE,
  chunk_number integer NOT NULL CHECK (chunk_number >= 1),
  content bytea NOT NULL CHECK (octet_length(content) BETWEEN 1 AND 1048576),
  PRIMARY KEY (document_content_id, chunk_number)
);
-- Most files are compressed already.
ALTER TABLE document_chunks ALTER COLUMN content SET STORAGE EXTERNAL;
COMMENT ON TABLE document_chunks IS 'Pieces of contents, at most 1 MiB each.';
COMMENT ON COLUMN document_chunks.document_content_id IS 'The content.';
COMMENT ON COLUMN document_chunks.chunk_number IS 'Number of the piece, from 1.';
COMMENT ON COLUMN document_chunks.content IS 'Its bytes.';

CREATE TABLE document_versions (
  document_version_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  document_id bigint NOT NULL REFERENCES documents ON DELETE RESTRICT,
  version integer NOT NULL CHECK (version >= 1),
  state text NOT NULL DEFAULT 'DRAFT' CHECK (state IN ('DRAFT', 'IN_REVIEW', 'APPROVED', 'EFFECTIVE', 'SUPERSEDED', 'REJECTED')),
  file_name text NOT NULL CHECK (is_safe_file_name(file_name)),
  media_type text COLLATE "C" NOT NULL CHECK (media_type ~ '^[a-z0-9.+-]+/[a-z0-9.+-]+$'),
  byte_size bigint NOT NULL CHECK (byte_size > 0),
  sha256 text COLLATE "C" NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
  document_content_id bigint NOT NULL REFERENCES document_contents ON DELETE RESTRICT,
  change_note text,
  created_by bigint NOT NULL REFERENCES users ON DELETE RESTRICT,
  created_at timestamptz NOT NULL DEFAULT now(),
  submitted_by bigint REFERENCES users ON DELETE RESTRICT,
  submitted_at timestamptz,
  decided_by bigint REFERENCES users ON DELETE RESTRICT,
  decided_at timestamptz,
  decision_note text,
  effective_from timestamptz,
  effective_to timestamptz,
  UNIQUE (document_id, version),
  CHECK ((state IN ('APPROVED', 'EFFECTIVE', 'SUPERSEDED')) = (effective_from IS NOT NULL)),
  CHECK ((state IN ('APPROVED', 'EFFECTIVE', 'SUPERSEDED', 'REJECTED')) = (decided_at IS NOT NULL)),
  CHECK ((decided_at IS NULL) = (decided_by IS NULL)),
  CHECK (effective_to > effective_from),
  CHECK (state <> 'SUPERSEDED' OR effective_to IS NOT NULL),
  CONSTRAINT document_versions_one_effective
    EXCLUDE USING gist (document_id WITH =, tstzrange(effective_from, effective_to) WITH &&)
    WHERE (state IN ('APPROVED', 'EFFECTIVE', 'SUPERSEDED'))
);
CREATE UNIQUE INDEX document_versions_open_idx ON document_versions (document_id) WHERE state IN ('DRAFT', 'IN_REVIEW');
CREATE INDEX document_versions_coming_idx ON document_versions (effective_from) WHERE state = 'APPROVED';
CREATE INDEX document_versions_document_content_id_idx ON document_versions (document_content_id);
CREATE INDEX document_versions_created_by_idx ON document_versions (created_by);
CREATE INDEX document_versions_submitted_by_idx ON document_versions (submitted_by) WHERE submitted_by IS NOT NULL;
CREATE INDEX document_versions_decided_by_idx ON document_versions (decided_by) WHERE decided_by IS NOT NULL;
COMMENT ON TABLE document_versions IS 'Versions of documents. At any instant at most one is effective; what is approved never changes.';
COMMENT ON COLUMN document_versions.document_version_id IS 'Key.';
COMMENT ON COLUMN document_versions.document_id IS 'The document.';
COMMENT ON COLUMN document_versions.version IS 'Number, from 1.';
COMMENT ON COLUMN document_versions.state IS 'DRAFT, IN_REVIEW, APPROVED (its time is still to come), EFFECTIVE, SUPERSEDED or REJECTED.';
COMMENT ON COLUMN document_versions.file_name IS 'Name of the file, without a path.';
COMMENT ON COLUMN document_versions.media_type IS 'Media type.';
COMMENT ON COLUMN document_versions.byte_size IS 'Size in bytes.';
COMMENT ON COLUMN document_versions.sha256 IS 'SHA-256 of the content, hexadecimal.';
COMMENT ON COLUMN document_versions.document_content_id IS 'Its content.';
COMMENT ON COLUMN document_versions.change_note IS 'What changed against the version before.';
COMMENT ON COLUMN document_versions.created_by IS 'The author, who may not approve it.';
COMMENT ON COLUMN document_versions.created_at IS 'When it was made.';
COMMENT ON COLUMN document_versions.submitted_by IS 'Who submitted it for review.';
COMMENT ON COLUMN document_versions.submitted_at IS 'When it was submitted.';
COMMENT ON COLUMN document_versions.decided_by IS 'Who approved or rejected it.';
COMMENT ON COLUMN document_versions.decided_at IS 'When that was.';
COMMENT ON COLUMN document_versions.decision_note IS 'Why it was rejected, or what was checked.';
COMMENT ON COLUMN document_versions.effective_from IS 'First instant at which it holds.';
COMMENT ON COLUMN document_versions.effective_to IS 'First instant at which it no longer holds; null for open.';

CREATE TABLE document_texts (
  document_version_id bigint PRIMARY KEY REFERENCES document_versions ON DELETE CASCADE,
  document_number text COLLATE "C" NOT NULL,
  title text NOT NULL,
  language text NOT NULL,
  body text,
  search tsvector GENERATED ALWAYS AS (public.document_words(document_number, title, body, language)) STORED
);
CREATE INDEX document_texts_search_idx ON document_texts USING gin (search);
COMMENT ON TABLE document_texts IS 'What the versions of documents say, for the search: taken from their contents, can be made again.';
COMMENT ON COLUMN document_texts.document_version_id IS 'The version.';
COMMENT ON COLUMN document_texts.document_number IS 'Number of the document.';
COMMENT ON COLUMN document_texts.title IS 'Title of the document.';
COMMENT ON COLUMN document_texts.language IS 'Language of the document, by which words find their stems.';
COMMENT ON COLUMN document_texts.body IS 'Text taken from the file; null where it has none.';
COMMENT ON COLUMN document_texts.search IS 'Words of it all.';

CREATE TABLE import_contents (
  import_session_id bigint NOT NULL REFERENCES import_sessions ON DELETE CASCADE,
  document_content_id bigint NOT NULL REFERENCES document_contents ON DELETE RESTRICT,
  PRIMARY KEY (import_session_id, document_content_id)
);
CREATE INDEX import_contents_document_content_id_idx ON import_contents (document_content_id);
COMMENT ON TABLE import_contents IS 'Stored files of imports that can be gone on with; a file goes when its import is taken in or given up.';
COMMENT ON COLUMN import_contents.import_session_id IS 'The import.';
COMMENT ON COLUMN import_contents.document_content_id IS 'The content of one of its files.';

ALTER TABLE order_attachments ADD COLUMN content_id bigint REFERENCES document_contents ON DELETE RESTRICT;
CREATE INDEX order_attachments_content_id_idx ON order_attachments (content_id) WHERE content_id IS NOT NULL;
COMMENT ON COLUMN order_attachments.content_id IS 'Its content; null for a file that is kept elsewhere.';
