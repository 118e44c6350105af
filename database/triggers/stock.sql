-- Integrity of stock and service-part orders at every door.

CREATE OR REPLACE FUNCTION tg_stock_moves__append_only() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF TG_OP = 'DELETE' AND OLD.is_sample AND removing_samples() THEN
    RETURN OLD;
  END IF;
  IF TG_OP = 'UPDATE' AND removing_samples() AND EXISTS (SELECT FROM builds b WHERE b.build_id = OLD.build_id AND b.is_sample) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'Movements of stock are not changed or deleted.' USING ERRCODE = 'TV003', HINT = 'Correct by another movement, for example count_stock.';
END;
$$;
COMMENT ON FUNCTION tg_stock_moves__append_only() IS 'Refuses to change or delete movements.';

CREATE OR REPLACE FUNCTION tg_service_orders__steps_only() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  free CONSTANT text[] := '{note,updated_at,is_sample}';
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF OLD.is_sample AND removing_samples() THEN
      RETURN OLD;
    END IF;
  ELSIF to_jsonb(NEW) - free = to_jsonb(OLD) - free OR removing_samples() AND to_jsonb(NEW) - free - 'build_id' = to_jsonb(OLD) - free - 'build_id'
        OR coalesce(current_setting('torvan.service_step', true), '') = OLD.service_order_id::text THEN
    NEW.updated_at := now();
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'Service-part order % is not written directly.', OLD.service_order_number
    USING ERRCODE = 'TV009', HINT = 'Use submit_service_order, decide_service_order, ship_service_order, receive_service_order or cancel_service_order.';
END;
$$;
COMMENT ON FUNCTION tg_service_orders__steps_only() IS 'State and decisions of service-part orders only through their functions; none is deleted.';

CREATE OR REPLACE FUNCTION tg_service_order_items__draft_only() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  cart service_orders;
BEGIN
  SELECT * INTO cart FROM service_orders o WHERE o.service_order_id = CASE WHEN TG_OP = 'INSERT' THEN NEW.service_order_id ELSE OLD.service_order_id END;
  IF cart.service_order_id IS NULL OR cart.state = 'DRAFT' OR removing_samples()
     OR (TG_OP = 'UPDATE' AND cart.state = 'PENDING_APPROVAL' AND to_jsonb(NEW) - 'quantity_approved' = to_jsonb(OLD) - 'quantity_approved') THEN
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
  END IF;
  RAISE EXCEPTION 'The items of service-part order % are fixed: it is %.', cart.service_order_number, lower(replace(cart.state, '_', ' '))
    USING ERRCODE = 'TV003', HINT = 'Make another order.';
END;
$$;
COMMENT ON FUNCTION tg_service_order_items__draft_only() IS 'Items change in the cart; later only what was approved, at the decision.';

CREATE OR REPLACE FUNCTION tg_stock_locations__kind() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF NEW.location_code <> OLD.location_code THEN
    RAISE EXCEPTION 'The code of location % is fixed.', OLD.location_code USING ERRCODE = 'TV003', HINT = 'Make another location and move its stock with transfer_stock.';
  END IF;
  -- What is available to builds was counted by the kind of the place.
  IF (NEW.location_kind <> OLD.location_kind OR OLD.is_active AND NOT NEW.is_active)
     AND EXISTS (SELECT FROM stock_levels l WHERE l.stock_location_id = OLD.stock_location_id AND l.quantity > 0) THEN
    RAISE EXCEPTION 'Stock lies at %.', OLD.location_code USING ERRCODE = 'TV009', HINT = 'Move it away with transfer_stock first: SELECT * FROM v_stock_levels shows it.';
  END IF;
  RETURN NEW;
END;
$$;
COMMENT ON FUNCTION tg_stock_locations__kind() IS 'Kind and use of a location change only while nothing lies there.';

CREATE TRIGGER _050_kind BEFORE UPDATE OF location_code, location_kind, is_active ON stock_locations FOR EACH ROW EXECUTE FUNCTION tg_stock_locations__kind();
CREATE TRIGGER _050_append_only BEFORE UPDATE OR DELETE ON stock_moves FOR EACH ROW EXECUTE FUNCTION tg_stock_moves__append_only();
CREATE TRIGGER _900_updated_at BEFORE UPDATE ON stock_locations FOR EACH ROW EXECUTE FUNCTION tg_rows__updated_at();
CREATE TRIGGER _050_steps_only BEFORE UPDATE OR DELETE ON service_orders FOR EACH ROW EXECUTE FUNCTION tg_service_orders__steps_only();
CREATE TRIGGER _050_draft_only BEFORE INSERT OR UPDATE OR DELETE ON service_order_items FOR EACH ROW EXECUTE FUNCTION tg_service_order_items__draft_only();
