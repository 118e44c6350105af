-- Integrity of orders at every door: phase and state move only through the workflow, history is append-only.

CREATE OR REPLACE FUNCTION is_open_order(p_order_id bigint) RETURNS boolean
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT coalesce(current_setting('torvan.workflow_step', true), '') = p_order_id::text $$;
COMMENT ON FUNCTION is_open_order(bigint) IS 'True between open_order and close_order.';

CREATE OR REPLACE FUNCTION tg_orders__workflow_only() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  guarded CONSTANT text[] := '{phase,phase_entered_at,state,row_version,submitted_by,submitted_at,approved_by,approved_at,carrier,tracking_number,dispatched_on,delivered_on}';
BEGIN
  IF NOT is_open_order(OLD.order_id) AND (
       EXISTS (SELECT FROM unnest(guarded) c WHERE to_jsonb(OLD) -> c IS DISTINCT FROM to_jsonb(NEW) -> c)
       OR (NEW.accessories_reviewed_at IS NOT NULL AND NEW.accessories_reviewed_at IS DISTINCT FROM OLD.accessories_reviewed_at)) THEN
    RAISE EXCEPTION 'Phase, state, signatures and shipment of order % are not written directly.', OLD.order_number
      USING ERRCODE = 'TV009', HINT = 'Use transition_order, hold_order, resume_order, cancel_order, review_accessories, record_shipment, record_delivery.';
  END IF;
  IF OLD.order_number <> NEW.order_number OR OLD.created_by IS DISTINCT FROM NEW.created_by OR OLD.created_at <> NEW.created_at THEN
    RAISE EXCEPTION 'Number and author of order % never change.', OLD.order_number USING ERRCODE = 'TV003', HINT = 'Make another order.';
  END IF;
  -- A sample is born as one: its creation time is that of this very transaction.
  IF NEW.is_sample AND NOT OLD.is_sample AND OLD.created_at <> now() THEN
    RAISE EXCEPTION 'Order % is real and does not become a sample.', OLD.order_number USING ERRCODE = 'TV003', HINT = 'Cancel it instead.';
  END IF;
  NEW.updated_at := now();
  RETURN NEW;
END;
$$;
COMMENT ON FUNCTION tg_orders__workflow_only() IS 'Refuses to write phase, state or version of an order outside the workflow''s functions.';

CREATE OR REPLACE FUNCTION tg_orders__begin_as_draft() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF (NEW.phase, NEW.state, NEW.row_version) <> ('DRAFT', 'ACTIVE', 1) THEN
    RAISE EXCEPTION 'A new order begins in DRAFT.' USING ERRCODE = 'TV009', HINT = 'Use create_order, then transition_order.';
  END IF;
  RETURN NEW;
END;
$$;
COMMENT ON FUNCTION tg_orders__begin_as_draft() IS 'No order is born in a later phase.';

CREATE OR REPLACE FUNCTION tg_builds__fixed() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF OLD.order_id <> NEW.order_id OR (OLD.build_number <> NEW.build_number AND OLD.phase NOT IN ('DRAFT', 'CONFIGURATION')) THEN
    RAISE EXCEPTION 'Order and build number of build % are fixed.', OLD.build_number USING ERRCODE = 'TV003', HINT = 'A build stays in its order; its number is fixed once the order is submitted.';
  END IF;
  IF (OLD.phase, OLD.sub_state, OLD.sub_state_entered_at, OLD.state, OLD.row_version)
       IS DISTINCT FROM (NEW.phase, NEW.sub_state, NEW.sub_state_entered_at, NEW.state, NEW.row_version) AND NOT is_open_order(OLD.order_id) THEN
    RAISE EXCEPTION 'Phase and step of build % are not written directly.', OLD.build_number USING ERRCODE = 'TV009', HINT = 'Use transition_build, transition_order, cancel_build or cancel_order.';
  END IF;
  IF (NEW.configuration_id IS DISTINCT FROM OLD.configuration_id OR NEW.bom_id IS DISTINCT FROM OLD.bom_id)
     AND (EXISTS (SELECT FROM configurations c WHERE c.configuration_id = NEW.configuration_id AND c.build_id IS DISTINCT FROM NEW.build_id)
          OR EXISTS (SELECT FROM boms m WHERE m.bom_id = NEW.bom_id AND (m.build_id, m.configuration_id) IS DISTINCT FROM (NEW.build_id, NEW.configuration_id))) THEN
    RAISE EXCEPTION 'Configuration and BOM of build % must be its own, and the BOM made from that configuration.', OLD.build_number
      USING ERRCODE = 'TV009', HINT = 'Use save_configuration and generate_bom.';
  END IF;
  NEW.updated_at := now();
  RETURN NEW;
END;
$$;
COMMENT ON FUNCTION tg_builds__fixed() IS 'Phase and state only through the workflow; configuration and BOM are the build''s own; the build number is fixed after submission.';

CREATE OR REPLACE FUNCTION tg_builds__begin_with_order() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF (NEW.state, NEW.row_version) = ('ACTIVE', 1) AND EXISTS (
       SELECT FROM orders o WHERE o.order_id = NEW.order_id AND o.phase = NEW.phase AND o.state = 'ACTIVE' AND o.phase IN ('DRAFT', 'CONFIGURATION')) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'Build % cannot be added to its order as it is.', NEW.build_number USING ERRCODE = 'TV009', HINT = 'Use add_build, before the order is submitted.';
END;
$$;
COMMENT ON FUNCTION tg_builds__begin_with_order() IS 'A build begins in the phase of its order, which is not yet submitted.';

CREATE OR REPLACE FUNCTION tg_order_attachments__kept() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  free CONSTANT text[] := '{approved_by,approved_at,note,is_sample}';
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF (OLD.is_sample AND removing_samples()) OR (OLD.approved_at IS NULL AND has_permission('order_attachment:delete')) THEN
      RETURN OLD;
    END IF;
    RAISE EXCEPTION 'File % is kept.', OLD.file_name USING ERRCODE = 'TV003', HINT = 'An approved file stays; add a new version. Others are deleted by an Administrator.';
  END IF;
  IF OLD.is_sample AND removing_samples() THEN
    RETURN NEW;
  END IF;
  IF to_jsonb(NEW) - free <> to_jsonb(OLD) - free THEN
    RAISE EXCEPTION 'What file % is does not change.', OLD.file_name USING ERRCODE = 'TV003', HINT = 'Add a new version with add_attachment.';
  END IF;
  IF (OLD.approved_by, OLD.approved_at) IS DISTINCT FROM (NEW.approved_by, NEW.approved_at)
     AND (OLD.approved_at IS NOT NULL OR NEW.approved_by IS DISTINCT FROM current_user_id() OR NOT has_permission('order_attachment:approve')) THEN
    RAISE EXCEPTION 'The approval of file % is not written directly.', OLD.file_name USING ERRCODE = 'TV009', HINT = 'Use approve_attachment.';
  END IF;
  RETURN NEW;
END;
$$;
COMMENT ON FUNCTION tg_order_attachments__kept() IS 'Files change by new versions; an approval is given once, by the person who acts.';

CREATE OR REPLACE FUNCTION is_history_of_sample(p_table text, p_row jsonb) RETURNS boolean
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT CASE p_table
    WHEN 'order_status_history' THEN EXISTS (SELECT FROM orders o WHERE o.order_id = (p_row ->> 'order_id')::bigint AND o.is_sample)
    ELSE EXISTS (SELECT FROM builds b JOIN orders o USING (order_id) WHERE b.build_id = (p_row ->> 'build_id')::bigint AND o.is_sample) END
$$;
COMMENT ON FUNCTION is_history_of_sample(text, jsonb) IS 'True for a history row of a sample order.';

CREATE OR REPLACE FUNCTION tg_history__append_only() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF TG_OP = 'DELETE' AND removing_samples() AND is_history_of_sample(TG_TABLE_NAME, to_jsonb(OLD)) THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION '% is append-only.', TG_TABLE_NAME USING ERRCODE = 'TV003', HINT = 'A correction is a new row.';
END;
$$;
COMMENT ON FUNCTION tg_history__append_only() IS 'Refuses to change or delete history.';

CREATE OR REPLACE FUNCTION tg_site_settings__checked() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  wanted text;
BEGIN
  IF NEW.setting_code <> OLD.setting_code THEN
    RAISE EXCEPTION 'The code of setting % is fixed.', OLD.setting_code USING ERRCODE = 'TV003', HINT = 'Change its value.';
  END IF;
  IF NEW.value = OLD.value THEN
    RETURN NEW;
  END IF;
  wanted := CASE
    WHEN NEW.setting_code = 'time_zone' AND NOT (jsonb_typeof(NEW.value) = 'string' AND EXISTS (SELECT FROM pg_timezone_names z WHERE z.name = NEW.value #>> '{}')) THEN 'a name of pg_timezone_names, for example "America/Toronto"'
    WHEN NEW.setting_code = 'working_hours' AND NOT is_working_hours(NEW.value) THEN '{"days": [1, 2, 3, 4, 5], "from": "08:00", "to": "17:00"}: days from 1 (Monday) to 7, from before to'
    WHEN NEW.setting_code = 'languages' AND NOT (jsonb_typeof(NEW.value) = 'array' AND NEW.value <> '[]') THEN 'at least one language, for example ["EN", "FR"]'
    WHEN NEW.setting_code = 'currency' AND NOT coalesce(NEW.value #>> '{}' ~ '^[A-Z]{3}$', false) THEN 'three letters, such as "CAD"'
    WHEN NEW.setting_code = 'paper' AND NEW.value NOT IN ('"Letter"', '"A4"') THEN '"Letter" or "A4"'
    WHEN NEW.setting_code = 'legal_name' AND coalesce(btrim(NEW.value #>> '{}'), '') = '' THEN 'the name that stands on papers'
    WHEN jsonb_typeof(OLD.value) <> jsonb_typeof(NEW.value) THEN format('a JSON %s as now: %s', jsonb_typeof(OLD.value), OLD.value)
  END;
  IF wanted IS NOT NULL THEN
    RAISE EXCEPTION 'Setting % cannot be %.', OLD.setting_code, left(NEW.value::text, 100) USING ERRCODE = 'TV022', COLUMN = OLD.setting_code, HINT = 'Give ' || wanted || '.';
  END IF;
  RETURN NEW;
END;
$$;
COMMENT ON FUNCTION tg_site_settings__checked() IS 'A setting of the plant is read everywhere: what cannot be read is not stored.';

CREATE OR REPLACE FUNCTION is_working_hours(p_hours jsonb) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  clock CONSTANT text := '^([01][0-9]|2[0-3]):[0-5][0-9]$';
BEGIN
  RETURN coalesce(jsonb_typeof(p_hours -> 'days') = 'array' AND p_hours -> 'days' <@ '[1, 2, 3, 4, 5, 6, 7]' AND p_hours -> 'days' <> '[]'
    AND p_hours ->> 'from' ~ clock AND p_hours ->> 'to' ~ clock AND p_hours ->> 'from' < p_hours ->> 'to', false);
END;
$$;
COMMENT ON FUNCTION is_working_hours(jsonb) IS 'True for hours as the setting working_hours has them.';

CREATE OR REPLACE FUNCTION tg_workflow_rules__released() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  free CONSTANT text[] := '{title,guards,requires_reason,separate_from,signature_meaning,target_hours,is_active,row_version}';
BEGIN
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'The step "%" of the workflow stays.', OLD.title USING ERRCODE = 'TV003', HINT = 'An optional one is taken away by a change: propose_workflow_rule_change.';
  END IF;
  IF to_jsonb(NEW) - free <> to_jsonb(OLD) - free THEN
    RAISE EXCEPTION 'From where to where the step "%" leads, who may take it and what the product asks for never change.', OLD.title USING ERRCODE = 'TV003', HINT = 'Add guards, a reason, a signature or a separation: propose_workflow_rule_change.';
  END IF;
  IF coalesce(current_setting('torvan.workflow_rule_change', true), '') = '' THEN
    RAISE EXCEPTION 'The step "%" of the workflow is not written directly.', OLD.title USING ERRCODE = 'TV009', HINT = 'Use propose_workflow_rule_change; another person releases it with release_workflow_rule_change.';
  END IF;
  RETURN NEW;
END;
$$;
COMMENT ON FUNCTION tg_workflow_rules__released() IS 'Steps of the workflow change only by a change that is released, and never in their sequence. No proof against the owner of the database; the audit trail shows what the owner does.';

CREATE OR REPLACE FUNCTION tg_workflow_rule_changes__decided_once() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  free CONSTANT text[] := '{state,decided_by,decided_at,decision_note}';
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.state = 'PROPOSED' AND NEW.state <> 'PROPOSED' AND to_jsonb(NEW) - free = to_jsonb(OLD) - free THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'Change % of the workflow stays as it was proposed and decided.', OLD.workflow_rule_change_id USING ERRCODE = 'TV003', HINT = 'Withdraw or reject it while it waits, and propose another one.';
END;
$$;
COMMENT ON FUNCTION tg_workflow_rule_changes__decided_once() IS 'A proposed change of the workflow does not change, and is decided once.';

CREATE TRIGGER _050_released BEFORE UPDATE OR DELETE ON order_workflow_rules FOR EACH ROW EXECUTE FUNCTION tg_workflow_rules__released();
CREATE TRIGGER _050_released BEFORE UPDATE OR DELETE ON build_workflow_rules FOR EACH ROW EXECUTE FUNCTION tg_workflow_rules__released();
CREATE TRIGGER _050_decided_once BEFORE UPDATE OR DELETE ON workflow_rule_changes FOR EACH ROW EXECUTE FUNCTION tg_workflow_rule_changes__decided_once();
CREATE TRIGGER _050_checked BEFORE UPDATE ON site_settings FOR EACH ROW EXECUTE FUNCTION tg_site_settings__checked();
CREATE TRIGGER _050_begin_as_draft BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION tg_orders__begin_as_draft();
CREATE TRIGGER _050_workflow_only BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION tg_orders__workflow_only();
CREATE TRIGGER _050_begin_with_order BEFORE INSERT ON builds FOR EACH ROW EXECUTE FUNCTION tg_builds__begin_with_order();
CREATE TRIGGER _050_kept BEFORE UPDATE OR DELETE ON order_attachments FOR EACH ROW EXECUTE FUNCTION tg_order_attachments__kept();
CREATE TRIGGER _050_fixed BEFORE UPDATE ON builds FOR EACH ROW EXECUTE FUNCTION tg_builds__fixed();
CREATE TRIGGER _050_append_only BEFORE UPDATE OR DELETE ON order_status_history FOR EACH ROW EXECUTE FUNCTION tg_history__append_only();
CREATE TRIGGER _050_append_only BEFORE UPDATE OR DELETE ON build_status_history FOR EACH ROW EXECUTE FUNCTION tg_history__append_only();
CREATE TRIGGER _900_updated_at BEFORE UPDATE ON customers FOR EACH ROW EXECUTE FUNCTION tg_rows__updated_at();
CREATE TRIGGER _900_updated_at BEFORE UPDATE ON order_notes FOR EACH ROW EXECUTE FUNCTION tg_rows__updated_at();
CREATE TRIGGER _900_updated_at BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION tg_rows__updated_at();
CREATE TRIGGER _900_updated_at BEFORE UPDATE ON site_settings FOR EACH ROW EXECUTE FUNCTION tg_rows__updated_at();
