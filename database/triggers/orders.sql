-- Integrity of orders at every door: phase and state move only through the workflow, history is append-only.

CREATE OR REPLACE FUNCTION tg_orders__workflow_only() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public
AS $$
BEGIN
  IF (OLD.phase, OLD.state, OLD.row_version) IS DISTINCT FROM (NEW.phase, NEW.state, NEW.row_version)
     AND coalesce(current_setting('torvan.workflow_step', true), '') <> OLD.order_id::text THEN
    RAISE EXCEPTION 'Phase, state and version of order % are not written directly.', OLD.order_number
      USING ERRCODE = 'TV009', HINT = 'Use transition_order, hold_order, resume_order or cancel_order.';
  END IF;
  IF OLD.order_number <> NEW.order_number OR OLD.created_by IS DISTINCT FROM NEW.created_by THEN
    RAISE EXCEPTION 'Number and author of order % never change.', OLD.order_number USING ERRCODE = 'TV003', HINT = 'Make another order.';
  END IF;
  NEW.updated_at := now();
  RETURN NEW;
END;
$$;
COMMENT ON FUNCTION tg_orders__workflow_only() IS 'Refuses to write phase, state or version of an order outside the workflow''s functions.';

CREATE OR REPLACE FUNCTION tg_orders__begin_as_draft() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public
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
SET search_path = pg_catalog, public
AS $$
BEGIN
  IF OLD.build_number <> NEW.build_number AND OLD.phase NOT IN ('DRAFT', 'CONFIGURATION') THEN
    RAISE EXCEPTION 'Build number % is fixed.', OLD.build_number USING ERRCODE = 'TV003', HINT = 'It is fixed once the order is submitted.';
  END IF;
  IF OLD.phase <> NEW.phase AND coalesce(current_setting('torvan.workflow_step', true), '') <> OLD.order_id::text THEN
    RAISE EXCEPTION 'The phase of build % is not written directly.', OLD.build_number USING ERRCODE = 'TV009', HINT = 'Use transition_order.';
  END IF;
  NEW.updated_at := now();
  RETURN NEW;
END;
$$;
COMMENT ON FUNCTION tg_builds__fixed() IS 'Phase only through the workflow; the build number is fixed after submission.';

CREATE OR REPLACE FUNCTION tg_history__append_only() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public
AS $$
BEGIN
  IF TG_OP = 'DELETE' AND removing_samples() THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION '% is append-only.', TG_TABLE_NAME USING ERRCODE = 'TV003', HINT = 'A correction is a new row.';
END;
$$;
COMMENT ON FUNCTION tg_history__append_only() IS 'Refuses to change or delete history.';

CREATE OR REPLACE FUNCTION tg_touch__updated_at() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public
AS $$
BEGIN
  NEW.updated_at := now();
  RETURN NEW;
END;
$$;
COMMENT ON FUNCTION tg_touch__updated_at() IS 'Keeps updated_at.';

CREATE TRIGGER _050_begin_as_draft BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION tg_orders__begin_as_draft();
CREATE TRIGGER _050_workflow_only BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION tg_orders__workflow_only();
CREATE TRIGGER _050_fixed BEFORE UPDATE ON builds FOR EACH ROW EXECUTE FUNCTION tg_builds__fixed();
CREATE TRIGGER _050_append_only BEFORE UPDATE OR DELETE ON order_status_history FOR EACH ROW EXECUTE FUNCTION tg_history__append_only();
CREATE TRIGGER _050_append_only BEFORE UPDATE OR DELETE ON build_status_history FOR EACH ROW EXECUTE FUNCTION tg_history__append_only();
CREATE TRIGGER _900_updated_at BEFORE UPDATE ON customers FOR EACH ROW EXECUTE FUNCTION tg_touch__updated_at();
CREATE TRIGGER _900_updated_at BEFORE UPDATE ON order_notes FOR EACH ROW EXECUTE FUNCTION tg_touch__updated_at();
CREATE TRIGGER _900_updated_at BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION tg_touch__updated_at();
CREATE TRIGGER _900_updated_at BEFORE UPDATE ON site_settings FOR EACH ROW EXECUTE FUNCTION tg_touch__updated_at();
