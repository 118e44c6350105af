-- Controlled documents: who may read them, their versions from draft to effective, and finding them by their words.

CREATE OR REPLACE FUNCTION acting_customer_id() RETURNS bigint
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  -- A person of a customer is bound to it by their row.
  RETURN (SELECT (to_jsonb(u) ->> 'customer_id')::bigint FROM users u WHERE u.user_id = current_user_id() AND u.is_active);
END;
$$;
COMMENT ON FUNCTION acting_customer_id() IS 'The customer for whom the acting person works; null for people of the plant.';

CREATE OR REPLACE FUNCTION readable_access_levels() RETURNS text[]
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF acting_customer_id() IS NOT NULL OR NOT has_permission('document:read') THEN
    RETURN '{}';
  END IF;
  RETURN array(SELECT l.level FROM (VALUES ('PUBLIC_TO_STAFF', 'document:read'), ('CUSTOMER', 'document:read'), ('PRODUCTION', 'document:read_production'), ('QUALITY', 'document:read_quality'),
                                           ('COMMERCIAL', 'document:read_commercial'), ('CONFIDENTIAL', 'document:read_confidential')) AS l (level, permission)
                WHERE has_permission(l.permission));
END;
$$;
COMMENT ON FUNCTION readable_access_levels() IS 'Access levels of documents that the acting person may read; none for people of customers, who read what is for their customer.';

CREATE OR REPLACE FUNCTION may_read_document(p_access_level text, p_kind text, p_customer_id bigint) RETURNS boolean
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  RETURN (p_access_level = ANY (readable_access_levels()) AND (p_kind <> 'DRAWING' OR has_permission('order_attachment:read_drawing')))
      OR (p_access_level = 'CUSTOMER' AND coalesce(p_customer_id = acting_customer_id(), false));
END;
$$;
COMMENT ON FUNCTION may_read_document(text, text, bigint) IS
  'True if the acting person may read a document of this access level, kind and customer: staff by their permissions, people of a customer what is for that customer.';

CREATE OR REPLACE FUNCTION may_read_version(p_document_id bigint, p_state text, p_created_by bigint) RETURNS boolean
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  document documents;
BEGIN
  SELECT * INTO document FROM documents d WHERE d.document_id = p_document_id;
  RETURN coalesce(may_read_document(document.access_level, document.document_kind, document.customer_id), false)
     AND CASE
           WHEN p_state = 'EFFECTIVE' AND document.state = 'ACTIVE' THEN true
           WHEN acting_customer_id() IS NOT NULL THEN false
           WHEN p_state IN ('EFFECTIVE', 'SUPERSEDED', 'APPROVED') THEN true
           ELSE coalesce(p_created_by = current_user_id(), false) OR has_permission('document:update') END;
END;
$$;
COMMENT ON FUNCTION may_read_version(bigint, text, bigint) IS 'True if the acting person may read a version: drafts only their author and who changes documents; customers only what is effective.';

CREATE OR REPLACE FUNCTION require_document(p_document_id bigint) RETURNS documents
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  found documents;
BEGIN
  SELECT * INTO found FROM documents d WHERE d.document_id = p_document_id;
  IF found.document_id IS NULL OR NOT may_read_document(found.access_level, found.document_kind, found.customer_id) THEN
    RAISE EXCEPTION 'There is no document %.', shown(p_document_id) USING ERRCODE = 'TV004', COLUMN = 'document_id', HINT = 'search_documents finds those that you may read.';
  END IF;
  RETURN found;
END;
$$;
COMMENT ON FUNCTION require_document(bigint) IS 'A document that the acting person may read, or an error.';

CREATE OR REPLACE FUNCTION create_document(
  p_title text, p_kind text, p_access_level text DEFAULT 'PUBLIC_TO_STAFF', p_language text DEFAULT 'EN', p_owner_domain text DEFAULT 'QUALITY',
  p_number text DEFAULT NULL, p_links jsonb DEFAULT '{}'
) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  person bigint := require_person('document:create');
  number text := coalesce(nullif(upper(btrim(p_number)), ''), 'DOC-' || lpad(nextval('document_number_sequence')::text, 6, '0'));
  link documents;
  made bigint;
BEGIN
  PERFORM require_short('title', p_title, 300), require_short('number', p_number, 60);
  IF jsonb_typeof(p_links) <> 'object' THEN
    RAISE EXCEPTION 'The links of a document must be a JSON object.' USING ERRCODE = 'TV022', COLUMN = 'links', HINT = 'For example {"order_id": 1}; {} for none.';
  END IF;
  link := jsonb_populate_record(NULL::documents, p_links);
  IF EXISTS (SELECT FROM jsonb_object_keys(p_links) k WHERE k NOT IN ('customer_id', 'order_id', 'build_id', 'assembly_id', 'part_id')) THEN
    RAISE EXCEPTION 'A document is linked to something unknown: %.', shown(p_links) USING ERRCODE = 'TV022', COLUMN = 'links', HINT = 'Links are customer_id, order_id, build_id, assembly_id, part_id.';
  END IF;
  link.order_id := coalesce(link.order_id, (SELECT b.order_id FROM builds b WHERE b.build_id = link.build_id));
  PERFORM require_build_of_order(link.order_id, link.build_id);
  IF link.customer_id <> (SELECT o.customer_id FROM orders o WHERE o.order_id = link.order_id) THEN
    RAISE EXCEPTION 'The order is of another customer.' USING ERRCODE = 'TV022', HINT = 'Leave the customer out: it follows from the order.';
  END IF;
  IF btrim(coalesce(p_title, '')) = '' THEN
    RAISE EXCEPTION 'The title of the document is empty.' USING ERRCODE = 'TV022', COLUMN = 'title', HINT = 'Give the title under which people look for it.';
  END IF;
  INSERT INTO documents (document_number, title, document_kind, language, owner_domain, access_level, customer_id, order_id, build_id, assembly_id, part_id, created_by)
  VALUES (number, btrim(p_title), upper(p_kind), upper(p_language), upper(p_owner_domain), upper(p_access_level),
          coalesce(link.customer_id, (SELECT o.customer_id FROM orders o WHERE o.order_id = link.order_id)), link.order_id, link.build_id, link.assembly_id, link.part_id, person)
  RETURNING document_id INTO made;
  PERFORM require_document(made);
  RETURN made;
EXCEPTION
  WHEN unique_violation THEN
    RAISE EXCEPTION 'There is a document % already.', number USING ERRCODE = 'TV009', HINT = 'Add a version to it, or choose another number.';
  WHEN foreign_key_violation THEN
    RAISE EXCEPTION 'The document is linked to a record that does not exist: %.', shown(p_links) USING ERRCODE = 'TV004', COLUMN = 'links', HINT = 'Correct the links.';
  WHEN invalid_text_representation OR numeric_value_out_of_range THEN
    RAISE EXCEPTION 'The links of a document are keys: %.', shown(left(p_links::text, 200)) USING ERRCODE = 'TV022', COLUMN = 'links', HINT = 'For example {"order_id": 1}.';
  WHEN check_violation OR not_null_violation THEN
    RAISE EXCEPTION 'Document "%" is not right: kind "%", access "%", language "%", owner "%".', shown(p_title), shown(p_kind), shown(p_access_level), shown(p_language), shown(p_owner_domain)
      USING ERRCODE = 'TV022', HINT = format('Kind: %s. Access: %s (CUSTOMER needs the customer or an order). Language: %s. Owner: %s. A number is letters, digits and . _ / -; a title is not empty.',
        allowed_words('documents', 'document_kind'), allowed_words('documents', 'access_level'), allowed_words('documents', 'language'), allowed_words('documents', 'owner_domain'));
END;
$$;
COMMENT ON FUNCTION create_document(text, text, text, text, text, text, jsonb) IS
  'Makes a document without a version yet and returns its key. p_links: customer_id, order_id, build_id, assembly_id, part_id.';

CREATE OR REPLACE FUNCTION update_document(p_document_id bigint, p_changes jsonb, p_reason text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  document documents := require_document(p_document_id);
  wanted documents;
BEGIN
  PERFORM require_person('document:update'), require_reason(p_reason);
  SELECT * INTO document FROM documents d WHERE d.document_id = p_document_id FOR NO KEY UPDATE;
  IF jsonb_typeof(p_changes) IS DISTINCT FROM 'object' OR EXISTS (SELECT FROM jsonb_object_keys(p_changes) k WHERE k NOT IN ('title', 'language', 'owner_domain', 'access_level')) THEN
    RAISE EXCEPTION 'These changes of a document are not possible: %.', shown(p_changes) USING ERRCODE = 'TV022', COLUMN = 'changes', HINT = 'Change title, language, owner_domain or access_level; what it says changes by another version.';
  END IF;
  wanted := jsonb_populate_record(document, p_changes);
  UPDATE documents SET title = btrim(wanted.title), language = upper(wanted.language), owner_domain = upper(wanted.owner_domain), access_level = upper(wanted.access_level) WHERE document_id = p_document_id;
  -- Nobody gives away or takes what they could then not see themselves.
  PERFORM require_document(p_document_id);
  PERFORM emit_event('document.changed', 'documents', p_document_id, jsonb_build_object('document_number', document.document_number, 'title', wanted.title, 'changes', p_changes, 'reason', p_reason));
EXCEPTION WHEN check_violation OR not_null_violation THEN
  RAISE EXCEPTION 'Document % cannot be changed to %.', document.document_number, shown(p_changes)
    USING ERRCODE = 'TV022', COLUMN = 'changes', HINT = format('Access: %s (CUSTOMER needs the customer). Language: %s. Owner: %s. A title is not empty.',
      allowed_words('documents', 'access_level'), allowed_words('documents', 'language'), allowed_words('documents', 'owner_domain'));
END;
$$;
COMMENT ON FUNCTION update_document(bigint, jsonb, text) IS 'Changes title, language, owner or access level of a document, with a reason: {"access_level": "QUALITY"}.';

CREATE OR REPLACE FUNCTION add_document_version(p_document_id bigint, p_document_content_id bigint, p_file_name text, p_change_note text DEFAULT NULL, p_text text DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  person bigint := require_person('document:create');
  document documents := require_document(p_document_id);
  content document_contents;
  made bigint;
BEGIN
  -- One version after the other: who comes second sees the first one's number.
  PERFORM FROM documents d WHERE d.document_id = p_document_id FOR NO KEY UPDATE;
  content := require_stored_content(p_document_content_id);
  IF document.state = 'WITHDRAWN' OR EXISTS (SELECT FROM document_versions v WHERE v.document_id = p_document_id AND v.state IN ('DRAFT', 'IN_REVIEW', 'APPROVED')) THEN
    RAISE EXCEPTION 'Document % takes no new version now.', document.document_number USING ERRCODE = 'TV009', HINT = 'It is withdrawn, or its last version is still open: finish that one first (run_background_work makes effective what is due).';
  END IF;
  IF NOT coalesce(is_safe_file_name(btrim(p_file_name)), false) THEN
    RAISE EXCEPTION 'The file name "%" is not right.', shown(p_file_name) USING ERRCODE = 'TV022', COLUMN = 'file_name', HINT = 'A name without a path and without special characters, at most 255 bytes.';
  END IF;
  INSERT INTO document_versions (document_id, version, file_name, media_type, byte_size, sha256, document_content_id, change_note, created_by)
  SELECT p_document_id, coalesce(max(v.version), 0) + 1, btrim(p_file_name), content.media_type, content.byte_size, content.sha256, content.document_content_id, nullif(btrim(p_change_note), ''), person
    FROM document_versions v WHERE v.document_id = p_document_id
  RETURNING document_version_id INTO made;
  INSERT INTO document_texts (document_version_id, document_number, title, language, body) VALUES (made, document.document_number, document.title, document.language, left(coalesce(p_text, text_of_stored(content)), 1000000));
  RETURN made;
END;
$$;
COMMENT ON FUNCTION add_document_version(bigint, bigint, text, text, text) IS 'Adds a version in DRAFT with a stored content of one''s own, and the text taken from it for the search; of text files that the database keeps it takes the text itself. Returns its key.';

CREATE OR REPLACE FUNCTION text_of_content(p_media_type text, p_content bytea) RETURNS text
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  RETURN CASE WHEN lower(btrim(p_media_type)) ~ '^text/|json$|xml$' THEN convert_from(p_content, 'UTF8') END;
EXCEPTION WHEN data_exception THEN
  -- Text in another encoding is stored all the same; it is found by its title only.
  RETURN NULL;
END;
$$;
COMMENT ON FUNCTION text_of_content(text, bytea) IS 'The text of a text file, for the search; null for other files. Text of PDF and the like is taken by the server.';

CREATE OR REPLACE FUNCTION text_of_stored(p_content document_contents) RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT text_of_content(p_content.media_type, string_agg(k.content, '' ORDER BY k.chunk_number))
    FROM document_chunks k WHERE k.document_content_id = p_content.document_content_id AND lower(p_content.media_type) ~ '^text/|json$|xml$'
$$;
COMMENT ON FUNCTION text_of_stored(document_contents) IS 'The text of a text file whose bytes the database keeps, for the search; null for others.';

CREATE OR REPLACE FUNCTION store_document(
  p_title text, p_kind text, p_file_name text, p_media_type text, p_content bytea, p_access_level text DEFAULT 'PUBLIC_TO_STAFF', p_language text DEFAULT 'EN',
  p_links jsonb DEFAULT '{}', p_number text DEFAULT NULL, p_text text DEFAULT NULL, p_owner_domain text DEFAULT 'QUALITY'
) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  document bigint := (SELECT d.document_id FROM documents d WHERE d.document_number = upper(btrim(p_number)));
BEGIN
  RETURN add_document_version(
    coalesce(document, create_document(p_title, p_kind, p_access_level, p_language, p_owner_domain, p_number, p_links)),
    store_content(p_media_type, p_content), p_file_name, NULL,
    coalesce(p_text, text_of_content(p_media_type, p_content)));
END;
$$;
COMMENT ON FUNCTION store_document(text, text, text, text, bytea, text, text, jsonb, text, text, text) IS
  'Stores a file as a document in one call, or as the next version of the document with that number. Returns the key of the version, a draft. At psql: pg_read_binary_file, or a variable with hexadecimal digits.';

CREATE OR REPLACE FUNCTION lock_document_version(p_document_version_id bigint, p_state text) RETURNS document_versions
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  found document_versions;
BEGIN
  SELECT * INTO found FROM document_versions v WHERE v.document_version_id = p_document_version_id;
  IF found.document_version_id IS NULL OR NOT may_read_version(found.document_id, found.state, found.created_by) THEN
    RAISE EXCEPTION 'There is no version % of a document.', shown(p_document_version_id) USING ERRCODE = 'TV004', COLUMN = 'document_version_id', HINT = 'SELECT * FROM document_versions lists those that you may read.';
  END IF;
  PERFORM FROM documents d WHERE d.document_id = found.document_id FOR NO KEY UPDATE;
  SELECT * INTO found FROM document_versions v WHERE v.document_version_id = p_document_version_id FOR NO KEY UPDATE;
  IF found.state <> p_state THEN
    RAISE EXCEPTION 'This version is %, not %.', found.state, shown(p_state) USING ERRCODE = 'TV009', HINT = 'DRAFT is submitted, IN_REVIEW is approved or rejected; what is decided stays.';
  END IF;
  RETURN found;
END;
$$;
COMMENT ON FUNCTION lock_document_version(bigint, text) IS 'Locks a document and one of its versions, which must be in that state.';

CREATE OR REPLACE FUNCTION submit_document_version(p_document_version_id bigint) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  person bigint := require_person('document:create');
  draft document_versions := lock_document_version(p_document_version_id, 'DRAFT');
BEGIN
  IF draft.created_by <> person THEN
    PERFORM require_permission('document:update');
  END IF;
  UPDATE document_versions SET state = 'IN_REVIEW', submitted_by = person, submitted_at = clock_timestamp() WHERE document_version_id = p_document_version_id;
  PERFORM emit_event('document.submitted', 'document_versions', p_document_version_id, jsonb_build_object('document_id', draft.document_id, 'version', draft.version)
    || (SELECT jsonb_build_object('document_number', d.document_number, 'title', d.title) FROM documents d WHERE d.document_id = draft.document_id));
END;
$$;
COMMENT ON FUNCTION submit_document_version(bigint) IS 'Submits a draft for review.';

CREATE OR REPLACE FUNCTION approve_document_version(p_document_version_id bigint, p_effective_from timestamptz DEFAULT NULL, p_note text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  person bigint := require_person('document:approve');
  reviewed document_versions := lock_document_version(p_document_version_id, 'IN_REVIEW');
  now_at timestamptz := clock_timestamp();
  begins timestamptz := greatest(p_effective_from, now_at);
BEGIN
  PERFORM require_other_person(person, ARRAY[reviewed.created_by, reviewed.submitted_by], 'approve this document');
  IF p_effective_from < now() OR NOT isfinite(begins) THEN
    RAISE EXCEPTION 'A document cannot become effective in the past (%).', shown(p_effective_from) USING ERRCODE = 'TV022', COLUMN = 'effective_from', HINT = 'Leave the time out for now, or give one to come.';
  END IF;
  -- The version before holds until this one does; one instant never has two.
  UPDATE document_versions SET effective_to = begins, state = CASE WHEN begins = now_at THEN 'SUPERSEDED' ELSE state END WHERE document_id = reviewed.document_id AND state = 'EFFECTIVE';
  UPDATE document_versions SET state = CASE WHEN begins = now_at THEN 'EFFECTIVE' ELSE 'APPROVED' END, decided_by = person, decided_at = now_at, decision_note = nullif(btrim(p_note), ''), effective_from = begins
   WHERE document_version_id = p_document_version_id;
  PERFORM sign('document_versions', p_document_version_id, 'approved', p_note);
  PERFORM emit_event('document.approved', 'document_versions', p_document_version_id, jsonb_build_object('document_id', reviewed.document_id, 'version', reviewed.version, 'effective_from', begins)
    || (SELECT jsonb_build_object('document_number', d.document_number, 'title', d.title) FROM documents d WHERE d.document_id = reviewed.document_id));
END;
$$;
COMMENT ON FUNCTION approve_document_version(bigint, timestamptz, text) IS
  'Approves and signs a version, by someone other than its author and submitter; it is effective at once, or from a time to come, and from then on never changes.';

CREATE OR REPLACE FUNCTION reject_document_version(p_document_version_id bigint, p_reason text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  person bigint := require_person('document:approve');
  reviewed document_versions := lock_document_version(p_document_version_id, 'IN_REVIEW');
BEGIN
  PERFORM require_reason(p_reason), require_other_person(person, ARRAY[reviewed.created_by, reviewed.submitted_by], 'reject this document');
  UPDATE document_versions SET state = 'REJECTED', decided_by = person, decided_at = clock_timestamp(), decision_note = btrim(p_reason) WHERE document_version_id = p_document_version_id;
  PERFORM emit_event('document.rejected', 'document_versions', p_document_version_id, jsonb_build_object('document_id', reviewed.document_id, 'version', reviewed.version, 'reason', p_reason)
    || (SELECT jsonb_build_object('document_number', d.document_number, 'title', d.title) FROM documents d WHERE d.document_id = reviewed.document_id));
END;
$$;
COMMENT ON FUNCTION reject_document_version(bigint, text) IS 'Rejects a submitted version with a reason; the author adds another.';

CREATE OR REPLACE FUNCTION apply_document_dates() RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  coming record;
  applied integer := 0;
BEGIN
  PERFORM require_worker('document:approve');
  FOR coming IN SELECT v.document_id, v.document_version_id FROM document_versions v WHERE v.state = 'APPROVED' AND v.effective_from <= clock_timestamp() ORDER BY v.document_id LOOP
    PERFORM FROM documents d WHERE d.document_id = coming.document_id FOR NO KEY UPDATE;
    UPDATE document_versions SET state = 'SUPERSEDED' WHERE document_id = coming.document_id AND state = 'EFFECTIVE' AND effective_to <= clock_timestamp();
    UPDATE document_versions SET state = 'EFFECTIVE' WHERE document_version_id = coming.document_version_id AND state = 'APPROVED';
    applied := applied + 1;
  END LOOP;
  RETURN applied;
END;
$$;
COMMENT ON FUNCTION apply_document_dates() IS 'Makes versions effective whose time has come. effective_version says the truth for any instant, before this ran as well.';

CREATE OR REPLACE FUNCTION effective_version(p_document_id bigint, p_at timestamptz DEFAULT now()) RETURNS bigint
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT v.document_version_id FROM document_versions v
   WHERE v.document_id = p_document_id AND v.state IN ('APPROVED', 'EFFECTIVE', 'SUPERSEDED') AND tstzrange(v.effective_from, v.effective_to) @> p_at
$$;
COMMENT ON FUNCTION effective_version(bigint, timestamptz) IS 'The version that was, is or will be effective at an instant, or null.';

CREATE OR REPLACE FUNCTION withdraw_document(p_document_id bigint, p_reason text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  document documents := require_document(p_document_id);
  now_at timestamptz := clock_timestamp();
BEGIN
  PERFORM require_person('document:approve'), require_reason(p_reason);
  SELECT * INTO document FROM documents d WHERE d.document_id = p_document_id FOR NO KEY UPDATE;
  IF document.state = 'WITHDRAWN' THEN
    RAISE EXCEPTION 'Document % is withdrawn already.', document.document_number USING ERRCODE = 'TV009', HINT = 'There is nothing to do.';
  END IF;
  IF EXISTS (SELECT FROM document_versions v WHERE v.document_id = p_document_id AND v.state IN ('IN_REVIEW', 'APPROVED')) THEN
    RAISE EXCEPTION 'Document % has a version to come.', document.document_number USING ERRCODE = 'TV009', HINT = 'Reject the version in review, or wait until the approved one is effective.';
  END IF;
  UPDATE document_versions SET state = 'SUPERSEDED', effective_to = greatest(now_at, effective_from + interval '1 microsecond') WHERE document_id = p_document_id AND state = 'EFFECTIVE';
  UPDATE documents SET state = 'WITHDRAWN' WHERE document_id = p_document_id;
  PERFORM sign('documents', p_document_id, 'approved', p_reason);
  PERFORM emit_event('document.withdrawn', 'documents', p_document_id, jsonb_build_object('document_number', document.document_number, 'title', document.title, 'reason', p_reason));
END;
$$;
COMMENT ON FUNCTION withdraw_document(bigint, text) IS 'Takes a document out of use, signed and with a reason; its versions stay readable for staff.';
