-- Integrity of quality records at every door: templates change only as drafts, inspections only through their functions and never
-- once signed, histories are append-only.

CREATE OR REPLACE FUNCTION is_open_quality(p_build_id bigint) RETURNS boolean
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT coalesce(current_setting('torvan.quality_step', true), '') = p_build_id::text $$;
COMMENT ON FUNCTION is_open_quality(bigint) IS 'True between open_quality and close_quality.';

CREATE OR REPLACE FUNCTION is_sample_going(p_build_id bigint) RETURNS boolean
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT removing_samples() AND EXISTS (SELECT FROM builds b JOIN orders o USING (order_id) WHERE b.build_id = p_build_id AND o.is_sample) $$;
COMMENT ON FUNCTION is_sample_going(bigint) IS 'True while the sample data is taken away, for a build of a sample order.';

CREATE OR REPLACE FUNCTION refuse_direct_quality_write(p_build_id bigint, p_what text) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF NOT is_open_quality(p_build_id) THEN
    RAISE EXCEPTION '% are not written directly.', p_what USING ERRCODE = 'TV009', HINT = 'Use start_inspection, record_inspection_result, complete_inspection, reject_inspection, report_nonconformity and their like.';
  END IF;
END;
$$;
COMMENT ON FUNCTION refuse_direct_quality_write(bigint, text) IS 'Raises TV009 outside the functions of quality control.';

CREATE OR REPLACE FUNCTION tg_qc_processes__versions() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  decisions CONSTANT text[] := '{state,effective_from,effective_to,released_by,note}';
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.state = 'DRAFT' THEN
      RETURN NEW;
    END IF;
    RAISE EXCEPTION 'A checklist begins as a draft.' USING ERRCODE = 'TV009', HINT = 'Use revise_process, then publish_process.';
  END IF;
  IF OLD.state = 'DRAFT' AND TG_OP = 'DELETE' THEN
    RETURN OLD;
  END IF;
  IF TG_OP = 'UPDATE' AND OLD.state = 'DRAFT' AND NEW.state = 'RELEASED' THEN
    PERFORM refuse_process_mistakes(OLD.qc_process_id);
  END IF;
  IF TG_OP = 'UPDATE' AND (OLD.process_code, OLD.version, OLD.created_by) IS NOT DISTINCT FROM (NEW.process_code, NEW.version, NEW.created_by)
     AND ((OLD.state = 'DRAFT' AND NEW.state IN ('DRAFT', 'RELEASED') AND NEW.released_by IS NOT DISTINCT FROM CASE NEW.state WHEN 'RELEASED' THEN current_user_id() END)
          OR (OLD.state = 'RELEASED' AND NEW.state = 'SUPERSEDED' AND to_jsonb(NEW) - decisions = to_jsonb(OLD) - decisions AND (NEW.note, NEW.effective_from) = (OLD.note, OLD.effective_from))) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'Checklist % version % is % and cannot be changed.', OLD.process_code, OLD.version, lower(OLD.state)
    USING ERRCODE = 'TV003', HINT = format('SELECT revise_process(%L, ''what changes''); then change and publish the copy.', OLD.process_code);
END;
$$;
COMMENT ON FUNCTION tg_qc_processes__versions() IS 'A published checklist is never changed or deleted, only superseded.';

CREATE OR REPLACE FUNCTION tg_qc_process_items__draft_only() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  touched bigint;
  vars CONSTANT jsonb := '{"b": {}}';
BEGIN
  FOREACH touched IN ARRAY array_remove(ARRAY[CASE WHEN TG_OP <> 'INSERT' THEN OLD.qc_process_id END, CASE WHEN TG_OP <> 'DELETE' THEN NEW.qc_process_id END], NULL) LOOP
    -- Deleting a draft takes its items along, when it is gone itself.
    IF EXISTS (SELECT FROM qc_processes p WHERE p.qc_process_id = touched AND p.state <> 'DRAFT') THEN
      PERFORM lock_draft_process(touched);
    END IF;
  END LOOP;
  IF TG_OP = 'DELETE' THEN
    RETURN OLD;
  END IF;
  -- A dry run finds unknown variables, and what is no predicate: it would never hold.
  PERFORM jsonb_path_match('{}', p.e, vars, false) FROM unnest(ARRAY[NEW.applies_when, NEW.na_by_hand_when]) AS p (e) WHERE p.e IS NOT NULL;
  PERFORM jsonb_path_match('{}', NEW.expands_over, '{}', false) WHERE NEW.expands_over IS NOT NULL;
  PERFORM jsonb_path_query_first('{}', p.e, vars, true) FROM unnest(ARRAY[NEW.quantity_each, NEW.tolerance_low, NEW.tolerance_high]) AS p (e) WHERE p.e IS NOT NULL;
  RETURN NEW;
EXCEPTION WHEN undefined_object OR singleton_sql_json_item_required THEN
  RAISE EXCEPTION 'Item %: %.', NEW.item_code, SQLERRM USING ERRCODE = 'TV022', HINT = 'Conditions are predicates over the parameters ($) and the basin ($b), for example $b.type == "E_SINK".';
END;
$$;
COMMENT ON FUNCTION tg_qc_process_items__draft_only() IS 'Items change only in a draft; their expressions are dry-run when they are stored.';

CREATE OR REPLACE FUNCTION tg_qc_process_item_choices__draft_only() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  touched bigint;
BEGIN
  FOR touched IN
    SELECT p.qc_process_id FROM qc_process_items i JOIN qc_processes p USING (qc_process_id)
     WHERE i.qc_process_item_id IN (CASE WHEN TG_OP <> 'INSERT' THEN OLD.qc_process_item_id END, CASE WHEN TG_OP <> 'DELETE' THEN NEW.qc_process_item_id END) AND p.state <> 'DRAFT'
  LOOP
    PERFORM lock_draft_process(touched);
  END LOOP;
  IF TG_OP = 'DELETE' THEN
    RETURN OLD;
  END IF;
  PERFORM jsonb_path_match('{}', p.e, '{"b": {}}', false) FROM unnest(ARRAY[NEW.offered_when, NEW.right_when, NEW.required_when]) AS p (e) WHERE p.e IS NOT NULL;
  RETURN NEW;
EXCEPTION WHEN undefined_object OR singleton_sql_json_item_required THEN
  RAISE EXCEPTION 'Choice %: %.', NEW.choice_code, SQLERRM USING ERRCODE = 'TV022', HINT = 'Conditions are predicates over the parameters ($) and the basin ($b), for example $b.type == "E_SINK".';
END;
$$;
COMMENT ON FUNCTION tg_qc_process_item_choices__draft_only() IS 'Choices change only in a draft; their conditions are dry-run when they are stored.';

CREATE OR REPLACE FUNCTION tg_translations__published_checklists() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF EXISTS (SELECT FROM qc_processes p WHERE p.process_code = split_part(OLD.translation_key, '/', 1) AND p.version::text = split_part(OLD.translation_key, '/', 2) AND p.state <> 'DRAFT') THEN
    RAISE EXCEPTION 'The text of a published checklist is fixed (%).', OLD.translation_key USING ERRCODE = 'TV003', HINT = 'Revise the checklist and publish the new version.';
  END IF;
  RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END;
$$;
COMMENT ON FUNCTION tg_translations__published_checklists() IS 'Texts of a published checklist do not change in any language.';

CREATE OR REPLACE FUNCTION tg_qc_inspections__guarded() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  fixed CONSTANT text[] := '{qc_inspection_id,build_id,gate_code,qc_process_id,process_version,attempt,previous_inspection_id,configuration_id,bom_id,started_at,start_reason}';
  steps CONSTANT text[] := '{state,approved_by,approved_at,reopened_by,reopened_at,reopen_reason,void_reason,completed_at,first_pass,updated_at}';
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF is_sample_going(OLD.build_id) THEN
      RETURN OLD;
    END IF;
    RAISE EXCEPTION 'Inspection % is kept.', OLD.qc_inspection_id USING ERRCODE = 'TV003', HINT = 'Void it with void_inspection and a reason.';
  END IF;
  IF TG_OP = 'INSERT' THEN
    PERFORM refuse_direct_quality_write(NEW.build_id, 'Inspections');
    IF NEW.state <> 'DRAFT' OR NEW.inspector_id IS DISTINCT FROM current_user_id() THEN
      RAISE EXCEPTION 'An inspection begins as a draft of the person who acts.' USING ERRCODE = 'TV009', HINT = 'Use start_inspection.';
    END IF;
    RETURN NEW;
  END IF;
  IF is_sample_going(OLD.build_id) THEN
    RETURN NEW;
  END IF;
  IF (SELECT bool_or(to_jsonb(OLD) -> c IS DISTINCT FROM to_jsonb(NEW) -> c) FROM unnest(fixed) c) THEN
    RAISE EXCEPTION 'What inspection % is does not change.', OLD.qc_inspection_id USING ERRCODE = 'TV003', HINT = 'Begin a new attempt with start_inspection.';
  END IF;
  IF OLD.state NOT IN ('DRAFT', 'IN_PROGRESS') AND (
       NOT is_open_quality(OLD.build_id) OR to_jsonb(NEW) - steps <> to_jsonb(OLD) - steps
       OR (OLD.state, NEW.state) NOT IN (('COMPLETED', 'APPROVED'), ('COMPLETED', 'IN_PROGRESS'), ('PASSED', 'IN_PROGRESS'), ('COMPLETED', 'VOID'), ('PASSED', 'VOID'))) THEN
    RAISE EXCEPTION 'Inspection % is % and immutable.', OLD.qc_inspection_id, lower(OLD.state)
      USING ERRCODE = 'TV003', HINT = 'Begin a new attempt, or have it reopened with a reason (reopen_inspection).';
  END IF;
  PERFORM refuse_direct_quality_write(OLD.build_id, 'Inspections');
  IF NEW.state = 'APPROVED' AND NEW.approved_by IS DISTINCT FROM current_user_id() THEN
    RAISE EXCEPTION 'Inspection % is approved only in the name of the person who acts.', OLD.qc_inspection_id USING ERRCODE = 'TV010', HINT = 'Use approve_checklist after begin_as.';
  END IF;
  RETURN NEW;
END;
$$;
COMMENT ON FUNCTION tg_qc_inspections__guarded() IS 'Inspections are written by their functions, and once signed change only by approval, reopening or voiding.';

CREATE OR REPLACE FUNCTION tg_qc_inspection_items__guarded() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  answers CONSTANT text[] := '{na_reason,result,answer_boolean,answer_number,reference_number,answer_text,answer_choices,answer_date,note,answered_by,answered_at,answered_by_system,carried_from_id,waived_at}';
  holder qc_inspections;
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF is_sample_going(OLD.build_id) THEN
      RETURN OLD;
    END IF;
    RAISE EXCEPTION 'Item % of inspection % is kept.', OLD.item_code, OLD.qc_inspection_id USING ERRCODE = 'TV003', HINT = 'An item that does not apply is stored as not applicable.';
  END IF;
  IF TG_OP = 'UPDATE' AND is_sample_going(OLD.build_id) THEN
    RETURN NEW;
  END IF;
  SELECT * INTO holder FROM qc_inspections q WHERE q.qc_inspection_id = NEW.qc_inspection_id;
  IF holder.state NOT IN ('DRAFT', 'IN_PROGRESS') THEN
    RAISE EXCEPTION 'Inspection % is % and immutable.', holder.qc_inspection_id, lower(holder.state) USING ERRCODE = 'TV003', HINT = 'Begin a new attempt, or have it reopened with a reason (reopen_inspection).';
  END IF;
  PERFORM refuse_direct_quality_write(holder.build_id, 'Items of inspections');
  IF NEW.build_id <> holder.build_id OR (TG_OP = 'UPDATE' AND to_jsonb(NEW) - answers <> to_jsonb(OLD) - answers) THEN
    RAISE EXCEPTION 'What item % asks for does not change.', NEW.item_code USING ERRCODE = 'TV003', HINT = 'It was copied from the template for this configuration.';
  END IF;
  RETURN NEW;
END;
$$;
COMMENT ON FUNCTION tg_qc_inspection_items__guarded() IS 'Items are written by the functions of an open inspection; what they ask for never changes.';

CREATE OR REPLACE FUNCTION tg_qc_inspection_items__keep_answers() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  INSERT INTO qc_inspection_item_history (qc_inspection_item_id, build_id, result, na_reason, answer_boolean, answer_number, reference_number, answer_text, answer_choices, answer_date, note, answered_by, answered_at, replaced_by)
  SELECT o.qc_inspection_item_id, o.build_id, o.result, o.na_reason, o.answer_boolean, o.answer_number, o.reference_number, o.answer_text, o.answer_choices, o.answer_date, o.note, o.answered_by, o.answered_at, current_user_id()
    FROM old_rows o JOIN new_rows n USING (qc_inspection_item_id)
   WHERE o.answered_at IS NOT NULL
     AND (o.result, o.na_reason, o.answer_boolean, o.answer_number, o.reference_number, o.answer_text, o.answer_choices, o.answer_date, o.note, o.answered_by)
         IS DISTINCT FROM (n.result, n.na_reason, n.answer_boolean, n.answer_number, n.reference_number, n.answer_text, n.answer_choices, n.answer_date, n.note, n.answered_by);
  RETURN NULL;
END;
$$;
COMMENT ON FUNCTION tg_qc_inspection_items__keep_answers() IS 'Keeps each answer that is replaced by another.';

CREATE OR REPLACE FUNCTION tg_quality_records__append_only() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    PERFORM refuse_direct_quality_write(NEW.build_id, 'Histories, photos and waivers');
    RETURN NEW;
  END IF;
  IF TG_OP = 'DELETE' AND is_sample_going(OLD.build_id) THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION '% is append-only.', TG_TABLE_NAME USING ERRCODE = 'TV003', HINT = 'A correction is a new row.';
END;
$$;
COMMENT ON FUNCTION tg_quality_records__append_only() IS 'History, photos and waivers are added by the functions of quality control and never changed.';

CREATE OR REPLACE FUNCTION tg_nonconformities__guarded() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  steps CONSTANT text[] := '{state,needs_rework,disposition,disposition_note,disposed_by,disposed_at,rework_note,reworked_by,reworked_at,verified_by,verified_at,verified_in_id,close_note,closed_by,closed_at,updated_at}';
  signers CONSTANT text[] := '{disposed_by,reworked_by,verified_by,closed_by}';
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF is_sample_going(OLD.build_id) THEN
      RETURN OLD;
    END IF;
    RAISE EXCEPTION 'Nonconformity % is kept.', OLD.nonconformity_number USING ERRCODE = 'TV003', HINT = 'Close it when it is verified.';
  END IF;
  IF TG_OP = 'INSERT' THEN
    PERFORM refuse_direct_quality_write(NEW.build_id, 'Nonconformities');
    IF NEW.state <> 'OPEN' OR NEW.reported_by IS DISTINCT FROM current_user_id() THEN
      RAISE EXCEPTION 'A nonconformity begins open, reported by the person who acts.' USING ERRCODE = 'TV009', HINT = 'Use report_nonconformity.';
    END IF;
    RETURN NEW;
  END IF;
  IF to_jsonb(NEW) - steps <> to_jsonb(OLD) - steps OR OLD.state = 'CLOSED' THEN
    RAISE EXCEPTION 'Nonconformity % %.', OLD.nonconformity_number, CASE OLD.state WHEN 'CLOSED' THEN 'is closed and immutable' ELSE 'keeps what was reported' END
      USING ERRCODE = 'TV003', HINT = 'Report another one.';
  END IF;
  PERFORM refuse_direct_quality_write(OLD.build_id, 'Nonconformities');
  IF OLD.state <> NEW.state AND (OLD.state, NEW.state) NOT IN (('OPEN', 'IN_REWORK'), ('OPEN', 'REWORKED'), ('OPEN', 'VERIFIED'), ('IN_REWORK', 'REWORKED'), ('REWORKED', 'VERIFIED'), ('VERIFIED', 'CLOSED')) THEN
    RAISE EXCEPTION 'Nonconformity % is % and cannot become %.', OLD.nonconformity_number, lower(OLD.state), lower(NEW.state) USING ERRCODE = 'TV009', HINT = 'OPEN → IN_REWORK → REWORKED → VERIFIED → CLOSED.';
  END IF;
  IF EXISTS (SELECT FROM unnest(signers) c WHERE to_jsonb(OLD) -> c IS DISTINCT FROM to_jsonb(NEW) -> c AND to_jsonb(NEW) -> c IS DISTINCT FROM to_jsonb(current_user_id())) THEN
    RAISE EXCEPTION 'Nonconformity % goes on only in the name of the person who acts.', OLD.nonconformity_number USING ERRCODE = 'TV010', HINT = 'Use the functions for nonconformities after begin_as.';
  END IF;
  RETURN NEW;
END;
$$;
COMMENT ON FUNCTION tg_nonconformities__guarded() IS 'The states of a nonconformity and their order; what was reported never changes, and a closed one not at all.';

CREATE OR REPLACE FUNCTION tg_builds__void_inspections() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  PERFORM void_open_inspections(NEW.build_id, 'the build was cancelled');
  RETURN NULL;
END;
$$;
COMMENT ON FUNCTION tg_builds__void_inspections() IS 'A cancelled build has no open inspections.';

CREATE TRIGGER _050_versions BEFORE INSERT OR UPDATE OR DELETE ON qc_processes FOR EACH ROW EXECUTE FUNCTION tg_qc_processes__versions();
CREATE TRIGGER _050_draft_only BEFORE INSERT OR UPDATE OR DELETE ON qc_process_items FOR EACH ROW EXECUTE FUNCTION tg_qc_process_items__draft_only();
CREATE TRIGGER _050_draft_only BEFORE INSERT OR UPDATE OR DELETE ON qc_process_item_choices FOR EACH ROW EXECUTE FUNCTION tg_qc_process_item_choices__draft_only();
CREATE TRIGGER _050_published_checklists BEFORE UPDATE OR DELETE ON translations FOR EACH ROW WHEN (OLD.entity = 'checklist_item') EXECUTE FUNCTION tg_translations__published_checklists();
CREATE TRIGGER _050_guarded BEFORE INSERT OR UPDATE OR DELETE ON qc_inspections FOR EACH ROW EXECUTE FUNCTION tg_qc_inspections__guarded();
CREATE TRIGGER _050_guarded BEFORE INSERT OR UPDATE OR DELETE ON qc_inspection_items FOR EACH ROW EXECUTE FUNCTION tg_qc_inspection_items__guarded();
CREATE TRIGGER _700_keep_answers AFTER UPDATE ON qc_inspection_items REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION tg_qc_inspection_items__keep_answers();
CREATE TRIGGER _050_append_only BEFORE INSERT OR UPDATE OR DELETE ON qc_inspection_item_history FOR EACH ROW EXECUTE FUNCTION tg_quality_records__append_only();
CREATE TRIGGER _050_append_only BEFORE INSERT OR UPDATE OR DELETE ON qc_inspection_photos FOR EACH ROW EXECUTE FUNCTION tg_quality_records__append_only();
CREATE TRIGGER _050_append_only BEFORE INSERT OR UPDATE OR DELETE ON qc_waivers FOR EACH ROW EXECUTE FUNCTION tg_quality_records__append_only();
CREATE TRIGGER _050_guarded BEFORE INSERT OR UPDATE OR DELETE ON nonconformities FOR EACH ROW EXECUTE FUNCTION tg_nonconformities__guarded();
CREATE TRIGGER _700_void_inspections AFTER UPDATE OF state ON builds FOR EACH ROW WHEN (NEW.state = 'CANCELLED' AND OLD.state <> 'CANCELLED') EXECUTE FUNCTION tg_builds__void_inspections();
CREATE TRIGGER _900_updated_at BEFORE UPDATE ON qc_inspections FOR EACH ROW EXECUTE FUNCTION tg_rows__updated_at();
CREATE TRIGGER _900_updated_at BEFORE UPDATE ON nonconformities FOR EACH ROW EXECUTE FUNCTION tg_rows__updated_at();
