-- Integrity of integration at every door: where may be connected to, what is approved or stored, what was sent and said.

CREATE OR REPLACE FUNCTION tg_external_systems__allowed() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND (NEW.system_code, NEW.system_kind) IS DISTINCT FROM (OLD.system_code, OLD.system_kind) THEN
    RAISE EXCEPTION 'Code and kind of system % are fixed.', OLD.system_code USING ERRCODE = 'TV003', HINT = 'Make another system.';
  END IF;
  -- A system that is switched off may stay where its host was withdrawn.
  IF (TG_OP = 'INSERT' OR NEW.is_active OR NEW.base_url <> OLD.base_url) AND NOT is_allowed_url(NEW.base_url) THEN
    RAISE EXCEPTION 'Connections to % are not allowed.', shown(NEW.base_url) USING ERRCODE = 'TV009', HINT = 'An Administrator allows the host first: allow_host(address, reason).';
  END IF;
  NEW.updated_at := now();
  RETURN NEW;
END;
$$;
COMMENT ON FUNCTION tg_external_systems__allowed() IS 'A system''s address must be in allowed_hosts; its code and kind never change.';

CREATE OR REPLACE FUNCTION tg_allowed_hosts__fixed() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF TG_OP = 'DELETE' OR NOT OLD.is_active OR to_jsonb(NEW) - '{is_active,withdrawn_by,withdrawn_at,withdrawn_reason}'::text[] <> to_jsonb(OLD) - '{is_active,withdrawn_by,withdrawn_at,withdrawn_reason}'::text[] THEN
    RAISE EXCEPTION 'What was allowed for % stays on record.', OLD.target USING ERRCODE = 'TV003', HINT = 'Use withdraw_host, then allow_host.';
  END IF;
  RETURN NEW;
END;
$$;
COMMENT ON FUNCTION tg_allowed_hosts__fixed() IS 'An allowed host is signed: it can only be withdrawn.';

CREATE OR REPLACE FUNCTION tg_sync_log__fixed() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF OLD.state <> 'RUNNING' AND to_jsonb(NEW) - '{outbox_delivery_id,inbound_message_id}'::text[] <> to_jsonb(OLD) - '{outbox_delivery_id,inbound_message_id}'::text[] THEN
    RAISE EXCEPTION 'Row % of sync_log is finished.', OLD.sync_log_id USING ERRCODE = 'TV003', HINT = 'Another attempt is another row.';
  END IF;
  RETURN NEW;
END;
$$;
COMMENT ON FUNCTION tg_sync_log__fixed() IS 'What happened in an exchange does not change afterwards.';

CREATE OR REPLACE FUNCTION tg_document_contents__fixed() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF (NEW.media_type, NEW.byte_size, NEW.sha256, NEW.created_by, NEW.created_at) IS DISTINCT FROM (OLD.media_type, OLD.byte_size, OLD.sha256, OLD.created_by, OLD.created_at)
     OR (OLD.stored_at IS NOT NULL AND (NEW.bytes_received, NEW.last_chunk_at, NEW.stored_at) IS DISTINCT FROM (OLD.bytes_received, OLD.last_chunk_at, OLD.stored_at)) THEN
    RAISE EXCEPTION 'Content % does not change.', OLD.document_content_id USING ERRCODE = 'TV003', HINT = 'Store another content.';
  END IF;
  IF NEW.storage = 'DATABASE' AND OLD.storage <> 'DATABASE' AND content_hash(OLD.document_content_id) IS DISTINCT FROM OLD.sha256 THEN
    RAISE EXCEPTION 'The pieces of content % are not its bytes.', OLD.document_content_id USING ERRCODE = 'TV003', HINT = 'Use move_content, with the whole content.';
  END IF;
  RETURN NEW;
END;
$$;
COMMENT ON FUNCTION tg_document_contents__fixed() IS 'A stored content never changes, only where it lies; of an unfinished one only how much has arrived.';

CREATE OR REPLACE FUNCTION tg_document_contents__object_goes() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  INSERT INTO document_object_removals (storage, object_key) VALUES (OLD.storage, OLD.object_key);
  RETURN NULL;
END;
$$;
COMMENT ON FUNCTION tg_document_contents__object_goes() IS 'The object of a content that is deleted or moved is to be removed, whoever deletes it and why; stays on through signed destructions.';

CREATE OR REPLACE FUNCTION tg_document_contents__unused() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  PERFORM drop_unused_contents(array(SELECT DISTINCT (to_jsonb(o) ->> TG_ARGV[0])::bigint FROM old_rows o WHERE to_jsonb(o) ->> TG_ARGV[0] IS NOT NULL));
  RETURN NULL;
END;
$$;
COMMENT ON FUNCTION tg_document_contents__unused() IS 'A content goes with the last row that refers to it. Argument: the column that refers to it.';

CREATE OR REPLACE FUNCTION tg_document_chunks__fixed() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  owner_id bigint := CASE TG_OP WHEN 'INSERT' THEN NEW.document_content_id ELSE OLD.document_content_id END;
BEGIN
  -- A chunk goes when its content goes, of which then no row is left, and comes and goes when its content moves.
  IF TG_OP = 'UPDATE' OR EXISTS (SELECT FROM document_contents c WHERE c.document_content_id = owner_id AND c.storage = 'DATABASE' AND (c.stored_at IS NOT NULL OR TG_OP = 'DELETE')) THEN
    RAISE EXCEPTION 'The pieces of content % do not change.', owner_id USING ERRCODE = 'TV003', HINT = 'Store another content.';
  END IF;
  RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END;
$$;
COMMENT ON FUNCTION tg_document_chunks__fixed() IS 'Pieces of a content are added before it is stored, and never changed or taken out.';

CREATE OR REPLACE FUNCTION tg_document_contents__complete() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  wanted bigint := (to_jsonb(NEW) ->> TG_ARGV[0])::bigint;
BEGIN
  IF wanted IS NOT NULL AND NOT EXISTS (SELECT FROM document_contents c WHERE c.document_content_id = wanted AND c.stored_at IS NOT NULL) THEN
    RAISE EXCEPTION 'Content % is not stored completely.', wanted USING ERRCODE = 'TV009', HINT = 'Send the missing pieces, then finish_document_content.';
  END IF;
  RETURN NEW;
END;
$$;
COMMENT ON FUNCTION tg_document_contents__complete() IS 'Nothing refers to a content that is not stored completely. Argument: the column that refers to it; for every table that has one.';

CREATE OR REPLACE FUNCTION tg_document_versions__fixed() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  steps CONSTANT text[] := '{state,submitted_by,submitted_at,decided_by,decided_at,decision_note,effective_from,effective_to}';
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF removing_samples() AND EXISTS (SELECT FROM documents d WHERE d.document_id = OLD.document_id AND d.is_sample) THEN
      RETURN OLD;
    END IF;
    RAISE EXCEPTION 'Versions of documents are kept.' USING ERRCODE = 'TV003', HINT = 'Withdraw the document.';
  END IF;
  IF to_jsonb(NEW) - steps <> to_jsonb(OLD) - steps THEN
    RAISE EXCEPTION 'What a version of a document is does not change.' USING ERRCODE = 'TV003', HINT = 'Add another version.';
  END IF;
  IF (OLD.state, NEW.state) NOT IN (('DRAFT', 'IN_REVIEW'), ('IN_REVIEW', 'APPROVED'), ('IN_REVIEW', 'EFFECTIVE'), ('IN_REVIEW', 'REJECTED'), ('APPROVED', 'EFFECTIVE'), ('EFFECTIVE', 'SUPERSEDED'), ('EFFECTIVE', 'EFFECTIVE'))
     OR (OLD.decided_at IS NOT NULL AND to_jsonb(NEW) - '{state,effective_to}'::text[] <> to_jsonb(OLD) - '{state,effective_to}'::text[]) THEN
    RAISE EXCEPTION 'A version of a document does not go from % to %, and what is decided stays.', OLD.state, NEW.state
      USING ERRCODE = 'TV003', HINT = 'Use submit_document_version, approve_document_version, reject_document_version; then add another version.';
  END IF;
  IF OLD.state = 'IN_REVIEW' AND NEW.state IN ('APPROVED', 'EFFECTIVE') AND (NEW.decided_by IN (NEW.created_by, NEW.submitted_by) OR NEW.decided_by IS DISTINCT FROM current_user_id()) THEN
    RAISE EXCEPTION 'The author does not approve a document.' USING ERRCODE = 'TV025', HINT = 'A second person with the permission uses approve_document_version.';
  END IF;
  RETURN NEW;
END;
$$;
COMMENT ON FUNCTION tg_document_versions__fixed() IS 'A version goes from draft over review to effective, approved by someone other than its author; what it is never changes.';

CREATE OR REPLACE FUNCTION tg_document_versions__begin_as_draft() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF NEW.state <> 'DRAFT' OR EXISTS (SELECT FROM document_contents c WHERE c.document_content_id = NEW.document_content_id AND (c.sha256, c.byte_size, c.media_type) IS DISTINCT FROM (NEW.sha256, NEW.byte_size, NEW.media_type)) THEN
    RAISE EXCEPTION 'A version of a document begins as a draft of its content.' USING ERRCODE = 'TV009', HINT = 'Use add_document_version.';
  END IF;
  RETURN NEW;
END;
$$;
COMMENT ON FUNCTION tg_document_versions__begin_as_draft() IS 'A version is born as a draft, with the hash, size and type of its content.';

CREATE OR REPLACE FUNCTION tg_documents__fixed() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF (NEW.document_number, NEW.document_kind, NEW.created_by, NEW.created_at) IS DISTINCT FROM (OLD.document_number, OLD.document_kind, OLD.created_by, OLD.created_at) OR (OLD.state = 'WITHDRAWN' AND NEW.state <> OLD.state) THEN
    RAISE EXCEPTION 'Number, kind and author of document % stay, and what is withdrawn as well.', OLD.document_number USING ERRCODE = 'TV003', HINT = 'Make another document.';
  END IF;
  NEW.updated_at := now();
  RETURN NEW;
END;
$$;
COMMENT ON FUNCTION tg_documents__fixed() IS 'Number, kind and author of a document never change.';

CREATE OR REPLACE FUNCTION tg_documents__words() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  UPDATE document_texts t SET title = NEW.title, language = NEW.language FROM document_versions v WHERE v.document_id = NEW.document_id AND t.document_version_id = v.document_version_id;
  RETURN NULL;
END;
$$;
COMMENT ON FUNCTION tg_documents__words() IS 'A document that is renamed is found by its new title.';

CREATE OR REPLACE FUNCTION tg_portal_messages__fixed() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF removing_samples() AND EXISTS (SELECT FROM orders o WHERE o.order_id = OLD.order_id AND o.is_sample) THEN
      RETURN OLD;
    END IF;
  ELSIF OLD.read_at IS NULL AND to_jsonb(NEW) - '{read_at,read_by}'::text[] = to_jsonb(OLD) - '{read_at,read_by}'::text[] THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'What was written to or by a customer stays.' USING ERRCODE = 'TV003', HINT = 'Write another message.';
END;
$$;
COMMENT ON FUNCTION tg_portal_messages__fixed() IS 'Messages are kept as they were written; the first reading is noted once.';

CREATE OR REPLACE FUNCTION tg_shipments__kept() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF removing_samples() AND EXISTS (SELECT FROM orders o WHERE o.order_id = OLD.order_id AND o.is_sample) THEN
      RETURN OLD;
    END IF;
    RAISE EXCEPTION 'Shipment % is kept.', OLD.shipment_number USING ERRCODE = 'TV003', HINT = 'Use cancel_shipment before dispatch, return_shipment after it.';
  END IF;
  IF (NEW.shipment_number, NEW.order_id) <> (OLD.shipment_number, OLD.order_id) OR OLD.state IN ('RETURNED', 'CANCELLED')
     OR (OLD.state, NEW.state) NOT IN (
          ('PLANNED', 'PLANNED'), ('PLANNED', 'READY'), ('PLANNED', 'DISPATCHED'), ('PLANNED', 'CANCELLED'), ('READY', 'READY'), ('READY', 'DISPATCHED'), ('READY', 'CANCELLED'),
          ('DISPATCHED', 'DISPATCHED'), ('DISPATCHED', 'IN_TRANSIT'), ('DISPATCHED', 'DELIVERED'), ('DISPATCHED', 'RETURNED'),
          ('IN_TRANSIT', 'IN_TRANSIT'), ('IN_TRANSIT', 'DELIVERED'), ('IN_TRANSIT', 'RETURNED'), ('DELIVERED', 'DELIVERED'), ('DELIVERED', 'RETURNED')) THEN
    RAISE EXCEPTION 'Shipment % does not go from % to %.', OLD.shipment_number, OLD.state, NEW.state USING ERRCODE = 'TV003', HINT = 'Use mark_shipment_ready, dispatch_shipment, record_shipment_delivery, return_shipment, cancel_shipment.';
  END IF;
  NEW.updated_at := now();
  RETURN NEW;
END;
$$;
COMMENT ON FUNCTION tg_shipments__kept() IS 'Shipments are not deleted and go only forward; number and order never change.';

CREATE OR REPLACE FUNCTION tg_builds__leave_shipment() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  -- The order is locked by who cancels the build.
  UPDATE shipment_builds b SET is_void = true FROM shipments s WHERE s.shipment_id = b.shipment_id AND b.build_id = NEW.build_id AND s.state IN ('PLANNED', 'READY') AND NOT b.is_void;
  UPDATE shipments s SET state = 'CANCELLED', ended_reason = 'no build is left in it'
   WHERE s.order_id = NEW.order_id AND s.state IN ('PLANNED', 'READY') AND NOT EXISTS (SELECT FROM shipment_builds b WHERE b.shipment_id = s.shipment_id AND NOT b.is_void);
  RETURN NULL;
END;
$$;
COMMENT ON FUNCTION tg_builds__leave_shipment() IS 'A cancelled build leaves its planned shipment; a shipment without builds is cancelled.';

CREATE TRIGGER _050_allowed BEFORE INSERT OR UPDATE ON external_systems FOR EACH ROW EXECUTE FUNCTION tg_external_systems__allowed();
CREATE TRIGGER _050_fixed BEFORE UPDATE OR DELETE ON allowed_hosts FOR EACH ROW EXECUTE FUNCTION tg_allowed_hosts__fixed();
CREATE TRIGGER _050_fixed BEFORE UPDATE ON sync_log FOR EACH ROW EXECUTE FUNCTION tg_sync_log__fixed();
CREATE TRIGGER _050_fixed BEFORE UPDATE ON document_contents FOR EACH ROW EXECUTE FUNCTION tg_document_contents__fixed();
CREATE TRIGGER _710_object_goes AFTER UPDATE OF object_key ON document_contents FOR EACH ROW WHEN (OLD.object_key IS DISTINCT FROM NEW.object_key AND OLD.object_key IS NOT NULL) EXECUTE FUNCTION tg_document_contents__object_goes();
CREATE TRIGGER _711_object_goes AFTER DELETE ON document_contents FOR EACH ROW WHEN (OLD.object_key IS NOT NULL) EXECUTE FUNCTION tg_document_contents__object_goes();
CREATE TRIGGER _800_unused AFTER DELETE ON document_versions REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION tg_document_contents__unused('document_content_id');
CREATE TRIGGER _800_unused AFTER DELETE ON order_attachments REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION tg_document_contents__unused('content_id');
CREATE TRIGGER _800_unused AFTER DELETE ON import_contents REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION tg_document_contents__unused('document_content_id');
CREATE TRIGGER _050_fixed BEFORE INSERT OR UPDATE OR DELETE ON document_chunks FOR EACH ROW EXECUTE FUNCTION tg_document_chunks__fixed();
CREATE TRIGGER _040_complete BEFORE INSERT ON document_versions FOR EACH ROW EXECUTE FUNCTION tg_document_contents__complete('document_content_id');
CREATE TRIGGER _040_complete BEFORE INSERT ON order_attachments FOR EACH ROW EXECUTE FUNCTION tg_document_contents__complete('content_id');
CREATE TRIGGER _040_complete BEFORE INSERT ON import_contents FOR EACH ROW EXECUTE FUNCTION tg_document_contents__complete('document_content_id');
CREATE TRIGGER _050_begin_as_draft BEFORE INSERT ON document_versions FOR EACH ROW EXECUTE FUNCTION tg_document_versions__begin_as_draft();
CREATE TRIGGER _050_fixed BEFORE UPDATE OR DELETE ON document_versions FOR EACH ROW EXECUTE FUNCTION tg_document_versions__fixed();
CREATE TRIGGER _050_fixed BEFORE UPDATE ON documents FOR EACH ROW EXECUTE FUNCTION tg_documents__fixed();
CREATE TRIGGER _060_words AFTER UPDATE OF title, language ON documents FOR EACH ROW EXECUTE FUNCTION tg_documents__words();
CREATE TRIGGER _050_fixed BEFORE UPDATE OR DELETE ON portal_messages FOR EACH ROW EXECUTE FUNCTION tg_portal_messages__fixed();
CREATE TRIGGER _050_kept BEFORE UPDATE OR DELETE ON shipments FOR EACH ROW EXECUTE FUNCTION tg_shipments__kept();
CREATE TRIGGER _060_leave_shipment AFTER UPDATE OF state ON builds FOR EACH ROW WHEN (OLD.state = 'ACTIVE' AND NEW.state = 'CANCELLED') EXECUTE FUNCTION tg_builds__leave_shipment();
CREATE TRIGGER _900_updated_at BEFORE UPDATE ON notification_preferences FOR EACH ROW EXECUTE FUNCTION tg_rows__updated_at();
