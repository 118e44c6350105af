-- Orders: review, notes and files. Shipments are in integration_shipments.sql.

CREATE OR REPLACE FUNCTION review_accessories(p_order_id bigint) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  current orders := lock_order(p_order_id, NULL);
  person bigint := require_person('order:update');
BEGIN
  PERFORM require_active(current);
  PERFORM open_order(p_order_id);
  UPDATE orders SET accessories_reviewed_by = person, accessories_reviewed_at = clock_timestamp() WHERE order_id = p_order_id;
  PERFORM close_order();
END;
$$;
COMMENT ON FUNCTION review_accessories(bigint) IS 'Notes that the acting user reviewed the accessories of the order with the customer''s wishes.';

CREATE OR REPLACE FUNCTION require_note_body(p_body text) RETURNS text
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF btrim(coalesce(p_body, '')) = '' THEN
    RAISE EXCEPTION 'The note is empty.' USING ERRCODE = 'TV022', COLUMN = 'body', HINT = 'Write something.';
  END IF;
  RETURN p_body;
END;
$$;
COMMENT ON FUNCTION require_note_body(text) IS 'The text of a note; raises TV022 if there is none.';

CREATE OR REPLACE FUNCTION write_order_note(p_order_id bigint, p_body text, p_build_id bigint, p_is_urgent boolean) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  made bigint;
BEGIN
  PERFORM require_order(p_order_id), require_permission('order_note:create'), require_build_of_order(p_order_id, p_build_id);
  INSERT INTO order_notes (order_id, build_id, body, is_urgent, created_by) VALUES (p_order_id, p_build_id, require_note_body(p_body), coalesce(p_is_urgent, false), current_user_id())
  RETURNING order_note_id INTO made;
  RETURN made;
END;
$$;
COMMENT ON FUNCTION write_order_note(bigint, text, bigint, boolean) IS 'Writes a note; the caller decides whether it may be urgent.';

CREATE OR REPLACE FUNCTION add_order_note(p_order_id bigint, p_body text, p_build_id bigint DEFAULT NULL, p_is_urgent boolean DEFAULT false) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF p_is_urgent THEN
    PERFORM require_permission('order_note:pin');
  END IF;
  RETURN write_order_note(p_order_id, p_body, p_build_id, coalesce(p_is_urgent, false));
END;
$$;
COMMENT ON FUNCTION add_order_note(bigint, text, bigint, boolean) IS 'Adds a note to an order or to one of its builds. Urgent ones are for those who may pin notes.';

CREATE OR REPLACE FUNCTION lock_order_note(p_order_note_id bigint) RETURNS order_notes
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  note order_notes;
BEGIN
  SELECT * INTO note FROM order_notes n WHERE n.order_note_id = p_order_note_id FOR UPDATE;
  IF note.order_note_id IS NULL OR NOT sees_order(note.order_id) THEN
    RAISE EXCEPTION 'There is no note %.', shown(p_order_note_id) USING ERRCODE = 'TV004', HINT = 'SELECT order_note_id, body FROM order_notes lists them.';
  END IF;
  RETURN note;
END;
$$;
COMMENT ON FUNCTION lock_order_note(bigint) IS 'A note of an order in sight, locked; raises TV004 if there is none.';

CREATE OR REPLACE FUNCTION update_order_note(p_order_note_id bigint, p_body text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  note order_notes;
BEGIN
  PERFORM require_permission('order_note:create');
  note := lock_order_note(p_order_note_id);
  IF note.created_by IS DISTINCT FROM current_user_id() THEN
    RAISE EXCEPTION 'Note % was written by another person.', note.order_note_id USING ERRCODE = '42501', HINT = 'Only its author changes a note: add one of your own.';
  END IF;
  UPDATE order_notes SET body = require_note_body(p_body) WHERE order_note_id = note.order_note_id;
END;
$$;
COMMENT ON FUNCTION update_order_note(bigint, text) IS 'Changes the text of an own note; the former one stays in the audit trail.';

CREATE OR REPLACE FUNCTION mark_order_note(p_order_note_id bigint, p_is_pinned boolean DEFAULT NULL, p_is_urgent boolean DEFAULT NULL) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  note order_notes;
BEGIN
  PERFORM require_permission('order_note:pin');
  note := lock_order_note(p_order_note_id);
  UPDATE order_notes SET is_pinned = coalesce(p_is_pinned, is_pinned), is_urgent = coalesce(p_is_urgent, is_urgent) WHERE order_note_id = note.order_note_id;
END;
$$;
COMMENT ON FUNCTION mark_order_note(bigint, boolean, boolean) IS 'Pins a note or marks it urgent, or takes that back; null leaves a mark as it is.';

CREATE OR REPLACE FUNCTION delete_order_note(p_order_note_id bigint, p_reason text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  note order_notes;
BEGIN
  PERFORM require_person('order_note:delete'), require_reason(p_reason), set_config('torvan.reason', btrim(p_reason), true);
  note := lock_order_note(p_order_note_id);
  DELETE FROM order_notes WHERE order_note_id = note.order_note_id;
END;
$$;
COMMENT ON FUNCTION delete_order_note(bigint, text) IS 'Takes a note away, with a reason; what it said stays in the audit trail.';

CREATE OR REPLACE FUNCTION require_build_of_order(p_order_id bigint, p_build_id bigint) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF p_build_id IS NOT NULL AND NOT EXISTS (SELECT FROM builds b WHERE b.build_id = p_build_id AND b.order_id = p_order_id AND sees_build(b.build_id)) THEN
    RAISE EXCEPTION 'Build % does not belong to order %.', shown(p_build_id), shown(p_order_id) USING ERRCODE = 'TV022', HINT = 'Name a build of this order, or none.';
  END IF;
END;
$$;
COMMENT ON FUNCTION require_build_of_order(bigint, bigint) IS 'Raises TV022 if a build is named that is not one of the order''s.';

CREATE OR REPLACE FUNCTION add_attachment(
  p_order_id bigint, p_kind text, p_file_name text, p_media_type text DEFAULT 'application/octet-stream', p_byte_size bigint DEFAULT NULL,
  p_sha256 text DEFAULT NULL, p_build_id bigint DEFAULT NULL, p_note text DEFAULT NULL
) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  RETURN insert_attachment(p_order_id, p_kind, p_file_name, p_media_type, p_byte_size, p_sha256, p_build_id, p_note, NULL);
END;
$$;
COMMENT ON FUNCTION add_attachment(bigint, text, text, text, bigint, text, bigint, text) IS 'Records a file of an order or build that is kept elsewhere; the same name and kind again is its next version, which must be approved anew.';

CREATE OR REPLACE FUNCTION insert_attachment(
  p_order_id bigint, p_kind text, p_file_name text, p_media_type text, p_byte_size bigint, p_sha256 text, p_build_id bigint, p_note text, p_content_id bigint
) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  earlier order_attachments;
  made bigint;
BEGIN
  PERFORM lock_order(p_order_id, NULL), require_permission('order_attachment:create'), require_build_of_order(p_order_id, p_build_id), require_short('file name', p_file_name, 255);
  SELECT * INTO earlier FROM order_attachments a
   WHERE a.order_id = p_order_id AND a.build_id IS NOT DISTINCT FROM p_build_id AND a.attachment_kind = upper(p_kind) AND a.file_name = btrim(p_file_name)
   ORDER BY a.version DESC LIMIT 1;
  IF earlier.order_attachment_id IS NOT NULL THEN
    PERFORM require_permission('order_attachment:replace');
  END IF;
  INSERT INTO order_attachments (order_id, build_id, attachment_kind, file_name, media_type, byte_size, sha256, version, replaces_id, note, content_id, created_by)
  VALUES (p_order_id, p_build_id, upper(p_kind), btrim(p_file_name), lower(p_media_type), p_byte_size, lower(p_sha256), coalesce(earlier.version, 0) + 1, earlier.order_attachment_id, p_note, p_content_id, current_user_id())
  RETURNING order_attachment_id INTO made;
  RETURN made;
EXCEPTION WHEN check_violation OR not_null_violation THEN
  RAISE EXCEPTION 'The attachment is not right: kind "%", file "%".', shown(p_kind), shown(p_file_name)
    USING ERRCODE = 'TV022', HINT = 'Kinds: PO_DOCUMENT, ORDER_CONFIRMATION, SINK_DRAWING, CUSTOM_PART_DRAWING, PHOTO, OTHER. A file name without a path; a SHA-256 of 64 hexadecimal digits.';
END;
$$;
COMMENT ON FUNCTION insert_attachment(bigint, text, text, text, bigint, text, bigint, text, bigint) IS 'Writes a file of an order or build, with or without a content kept here, as the next version of one with its name and kind.';

CREATE OR REPLACE FUNCTION approve_attachment(p_order_attachment_id bigint) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  person bigint := require_person('order_attachment:approve');
BEGIN
  UPDATE order_attachments a SET approved_by = person, approved_at = clock_timestamp()
   WHERE a.order_attachment_id = p_order_attachment_id AND a.approved_at IS NULL AND sees_order(a.order_id);
  IF NOT FOUND THEN
    RAISE EXCEPTION 'There is no attachment % that waits for approval.', shown(p_order_attachment_id) USING ERRCODE = 'TV004', COLUMN = 'order_attachment_id', HINT = 'SELECT * FROM order_attachments WHERE approved_at IS NULL lists them.';
  END IF;
  PERFORM sign('order_attachments', p_order_attachment_id, 'approved');
END;
$$;
COMMENT ON FUNCTION approve_attachment(bigint) IS 'Approves and signs a drawing or document of an order.';
