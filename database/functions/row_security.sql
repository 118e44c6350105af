-- Row security: which orders and builds the acting person may see. Row policies (security/grants.sql) and functions that write
-- ask these.
--
-- They read tables which the asking role may not read, hence SECURITY DEFINER; they answer only about the acting person. A
-- policy calls them inside a scalar sub-select or as IN (SELECT …), so that each runs once per query and never once per row. What is
-- everybody's in the shop a policy looks up by key (shop_builds): thousands of builds may be in sight.
--
-- A list for somebody without order:read_all says so itself: … WHERE order_id IN (SELECT visible_orders()). The policy alone is right
-- but walks the index of the list until enough rows are theirs; with the condition the few orders in sight are looked up by key.

-- Accounts are read as JSON, so that kinds of accounts and their end count wherever a release has them.
CREATE OR REPLACE FUNCTION acting_account() RETURNS jsonb
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  RETURN (SELECT to_jsonb(u) FROM users u WHERE u.user_id = current_user_id() AND u.is_active AND coalesce((to_jsonb(u) ->> 'expires_at')::timestamptz > now(), true));
END
$$;
COMMENT ON FUNCTION acting_account() IS 'The account of the acting person while it is active; null without one.';

CREATE OR REPLACE FUNCTION is_signed_in() RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $$ BEGIN RETURN acting_account() IS NOT NULL; END $$;
COMMENT ON FUNCTION is_signed_in() IS 'True if somebody acts whose account is active: enough to read what is no secret to anyone inside.';

CREATE OR REPLACE FUNCTION portal_customer_id() RETURNS bigint
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  account jsonb := acting_account();
BEGIN
  RETURN CASE WHEN account ->> 'kind' = 'PORTAL' THEN coalesce((account ->> 'customer_id')::bigint, 0) END;
END
$$;
COMMENT ON FUNCTION portal_customer_id() IS 'The customer for whom a portal user acts (0, which is no customer, for one without); null for everybody else.';

CREATE OR REPLACE FUNCTION may_read(p_permission text) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  RETURN has_permission(p_permission)
      OR p_permission IN ('order:read', 'build:read', 'shipment:read') AND portal_customer_id() IS NOT NULL AND NOT is_narrowed();
END
$$;
COMMENT ON FUNCTION may_read(text) IS
  'True if the acting person has the permission, or is a portal user and it is one of the few that reading the orders of one''s own customer takes. People of customers have no permissions else.';

CREATE OR REPLACE FUNCTION sees_all_orders() RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $$ BEGIN RETURN has_permission('order:read_all') AND portal_customer_id() IS NULL; END $$;
COMMENT ON FUNCTION sees_all_orders() IS 'True if the acting person sees the orders of everybody, not only those of the shop or of one customer.';

-- Open work in the shop without a person on it is everybody's (shop_builds); work that has its person is theirs.
CREATE OR REPLACE FUNCTION own_builds_in(p_order_id bigint DEFAULT NULL) RETURNS TABLE (build_id bigint, order_id bigint)
LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 100
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  person bigint := current_user_id();
  customer bigint := portal_customer_id();
BEGIN
  IF NOT may_read('build:read') THEN
    RETURN;
  END IF;
  IF customer IS NOT NULL AND p_order_id IS NULL THEN
    RETURN QUERY SELECT b.build_id, b.order_id FROM orders o JOIN builds b ON b.order_id = o.order_id WHERE o.customer_id = customer;
    RETURN;
  ELSIF customer IS NOT NULL THEN
    RETURN QUERY SELECT b.build_id, b.order_id FROM orders o JOIN builds b ON b.order_id = o.order_id WHERE o.order_id = p_order_id AND o.customer_id = customer;
    RETURN;
  END IF;
  RETURN QUERY
    SELECT b.build_id, b.order_id FROM builds b
     WHERE b.build_id IN (SELECT t.build_id FROM production_tasks t WHERE t.assignee_id = person AND t.state <> 'CANCELLED') AND (p_order_id IS NULL OR b.order_id = p_order_id);
END
$$;
COMMENT ON FUNCTION own_builds_in(bigint) IS
  'Builds (of one order, if one is named) that somebody who does not see all orders sees because they are theirs: a technician those with a task of theirs, a portal user those of their customer.';

CREATE OR REPLACE FUNCTION own_builds() RETURNS SETOF bigint
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER ROWS 100
SET search_path = pg_catalog, public, pg_temp
AS $$ BEGIN RETURN QUERY SELECT w.build_id FROM own_builds_in() w; END $$;
COMMENT ON FUNCTION own_builds() IS 'Keys of own_builds_in().';

CREATE OR REPLACE FUNCTION own_orders() RETURNS SETOF bigint
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER ROWS 100
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  customer bigint := portal_customer_id();
BEGIN
  IF customer IS NULL THEN
    RETURN QUERY SELECT w.order_id FROM own_builds_in() w;
  ELSE
    RETURN QUERY SELECT o.order_id FROM orders o WHERE o.customer_id = customer;
  END IF;
END
$$;
COMMENT ON FUNCTION own_orders() IS 'Orders of own_builds_in(); for a portal user all of their customer, also those without a build yet.';

CREATE OR REPLACE FUNCTION own_boms() RETURNS SETOF bigint
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER ROWS 100
SET search_path = pg_catalog, public, pg_temp
AS $$ BEGIN RETURN QUERY SELECT m.bom_id FROM own_builds() v JOIN boms m ON m.build_id = v; END $$;
COMMENT ON FUNCTION own_boms() IS 'BOMs of own_builds().';

CREATE OR REPLACE FUNCTION own_customers() RETURNS SETOF bigint
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER ROWS 100
SET search_path = pg_catalog, public, pg_temp
AS $$ BEGIN RETURN QUERY SELECT DISTINCT o.customer_id FROM own_orders() v JOIN orders o ON o.order_id = v; END $$;
COMMENT ON FUNCTION own_customers() IS 'Customers of own_orders().';

CREATE OR REPLACE FUNCTION sees_shop() RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $$ BEGIN RETURN may_read('build:read') AND portal_customer_id() IS NULL; END $$;
COMMENT ON FUNCTION sees_shop() IS 'True if the acting person may see builds of the shop that are nobody''s.';

CREATE OR REPLACE FUNCTION builds_in_sight(p_order_id bigint DEFAULT NULL) RETURNS TABLE (build_id bigint, order_id bigint)
LANGUAGE plpgsql STABLE PARALLEL SAFE ROWS 500
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF NOT sees_shop() THEN
    RETURN QUERY SELECT w.build_id, w.order_id FROM own_builds_in(p_order_id) w;
    RETURN;
  END IF;
  -- Two statements, so that one order is found by its key, whatever plan is kept.
  IF p_order_id IS NULL THEN
    RETURN QUERY SELECT s.build_id, s.order_id FROM shop_builds s WHERE s.has_free_work;
  ELSE
    RETURN QUERY SELECT s.build_id, s.order_id FROM shop_builds s WHERE s.has_free_work AND s.order_id = p_order_id;
  END IF;
  RETURN QUERY
    SELECT w.build_id, w.order_id FROM own_builds_in(p_order_id) w WHERE NOT EXISTS (SELECT FROM shop_builds s WHERE s.build_id = w.build_id AND s.has_free_work);
END
$$;
COMMENT ON FUNCTION builds_in_sight(bigint) IS
  'Builds (of one order, if one is named), each once, that somebody who does not see all orders may see: those of own_builds_in(), and for a technician '
  'those in the shop with work that nobody has taken.';

CREATE OR REPLACE FUNCTION visible_builds() RETURNS SETOF bigint
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER ROWS 500
SET search_path = pg_catalog, public, pg_temp
AS $$ BEGIN RETURN QUERY SELECT s.build_id FROM builds_in_sight() s; END $$;
COMMENT ON FUNCTION visible_builds() IS 'Keys of the builds in sight of somebody who does not see all orders.';

CREATE OR REPLACE FUNCTION visible_orders() RETURNS SETOF bigint
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER ROWS 500
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF sees_shop() THEN
    RETURN QUERY SELECT s.order_id FROM builds_in_sight() s;
  ELSE
    RETURN QUERY SELECT w FROM own_orders() w;
  END IF;
END
$$;
COMMENT ON FUNCTION visible_orders() IS 'Orders in sight of somebody who does not see all: those of the builds in sight, a portal user those of their customer.';

CREATE OR REPLACE FUNCTION visible_customers() RETURNS SETOF bigint
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER ROWS 100
SET search_path = pg_catalog, public, pg_temp
AS $$ BEGIN RETURN QUERY SELECT DISTINCT o.customer_id FROM visible_orders() v JOIN orders o ON o.order_id = v; END $$;
COMMENT ON FUNCTION visible_customers() IS 'Customers of the visible orders.';

CREATE OR REPLACE FUNCTION visible_boms() RETURNS SETOF bigint
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER ROWS 500
SET search_path = pg_catalog, public, pg_temp
AS $$ BEGIN RETURN QUERY SELECT m.bom_id FROM visible_builds() v JOIN boms m ON m.build_id = v; END $$;
COMMENT ON FUNCTION visible_boms() IS 'BOMs of the visible builds.';

CREATE OR REPLACE FUNCTION sees_few_builds() RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  RETURN current_user_id() IS NOT NULL AND NOT sees_all_orders()
     AND (NOT sees_shop() OR (SELECT count(*) FROM (SELECT FROM shop_builds s WHERE s.has_free_work LIMIT 1001) f) <= 1000);
END
$$;
COMMENT ON FUNCTION sees_few_builds() IS 'True for somebody who does not see all orders and has at most about a thousand builds in sight: a list of theirs is found from these, not by walking past those of others.';

CREATE OR REPLACE FUNCTION sees_order(p_order_id bigint) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF NOT may_read('order:read') THEN
    RETURN false;
  END IF;
  RETURN sees_all_orders()
      OR EXISTS (SELECT FROM builds_in_sight(p_order_id))
      OR EXISTS (SELECT FROM orders o WHERE o.order_id = p_order_id AND o.customer_id = portal_customer_id());
END
$$;
COMMENT ON FUNCTION sees_order(bigint) IS 'True if the acting person may see the order: the rule of the row policies, for functions that write.';

CREATE OR REPLACE FUNCTION sees_build(p_build_id bigint) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF sees_all_orders() THEN
    RETURN true;
  END IF;
  RETURN EXISTS (SELECT FROM builds b CROSS JOIN LATERAL builds_in_sight(b.order_id) s WHERE b.build_id = p_build_id AND s.build_id = p_build_id);
END
$$;
COMMENT ON FUNCTION sees_build(bigint) IS 'True if the acting person may see the build. What belongs to no build (null) is seen only by those who see all orders.';

CREATE OR REPLACE FUNCTION require_visible_order(p_order_id bigint) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF NOT sees_order(p_order_id) OR NOT EXISTS (SELECT FROM orders o WHERE o.order_id = p_order_id) THEN
    RAISE EXCEPTION 'There is no order %.', shown(p_order_id) USING ERRCODE = 'TV004', COLUMN = 'order_id', HINT = 'SELECT order_id, order_number, phase FROM orders lists them.';
  END IF;
END
$$;
COMMENT ON FUNCTION require_visible_order(bigint) IS 'Raises TV004, as for an order that does not exist, unless the acting person may see it.';

CREATE OR REPLACE FUNCTION require_visible_build(p_build_id bigint) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF NOT sees_build(p_build_id) OR NOT EXISTS (SELECT FROM builds b WHERE b.build_id = p_build_id) THEN
    RAISE EXCEPTION 'There is no build %.', shown(p_build_id) USING ERRCODE = 'TV004', COLUMN = 'build_id', HINT = 'SELECT build_id, build_number FROM builds lists them.';
  END IF;
END
$$;
COMMENT ON FUNCTION require_visible_build(bigint) IS 'Raises TV004, as for a build that does not exist, unless the acting person may see it.';
