-- The plans of the main queries through the server's role: what the policies ask is asked once per query (InitPlan, hashed SubPlan), never
-- once per row, but for the look-up by key in shop_builds; and the indexes that serve the lists still do.
\ir ../_shop.sql
SELECT testing.order_in('STELMO', 'PLAN-1', 'PRODUCTION');
-- Enough rows that the planner takes indexes. Past the triggers: nobody reads these orders.
RESET SESSION AUTHORIZATION;
SET session_replication_role = replica;
INSERT INTO orders (order_number, customer_id, phase, created_at)
SELECT 'PLAN-' || n, (SELECT min(customer_id) FROM customers), (ARRAY['DRAFT', 'CONFIGURATION', 'APPROVAL', 'PRODUCTION', 'DELIVERED', 'DELIVERED', 'DELIVERED'])[1 + n % 7], now() - make_interval(mins => n)
  FROM generate_series(1, 20000) n;
INSERT INTO order_items (order_id, position) SELECT order_id, 1 FROM orders WHERE order_number LIKE 'PLAN-%';
INSERT INTO builds (order_id, build_number, phase) SELECT order_id, 'B' || order_number, phase FROM orders WHERE order_number LIKE 'PLAN-%';
RESET session_replication_role;
VACUUM ANALYZE orders, order_items, builds, order_notes, order_status_history, boms, bom_line_items, parts, assemblies, item_codes;

SET SESSION AUTHORIZATION torvan_app;
CREATE FUNCTION pg_temp.plan_of(p_query text) RETURNS text
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
  line text;
  lines text := '';
BEGIN
  FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) ' || p_query LOOP
    lines := lines || line || E'\n';
  END LOOP;
  RETURN lines;
END
$$;
-- A call of ours in a Filter, Index Cond or Output of a scan would run per row; in the Output of a Result or ProjectSet below an InitPlan or SubPlan it runs once.
CREATE FUNCTION pg_temp.per_row_calls(p_plan text) RETURNS text
LANGUAGE sql IMMUTABLE
AS $$
  SELECT string_agg(line, ' | ') FROM regexp_split_to_table(p_plan, E'\n') line
   WHERE line ~ '(Filter|Cond|Join Filter|One-Time Filter): ' AND line ~ '(has_permission|may_read|is_signed_in|sees_[a-z]+|visible_[a-z]+|own_[a-z]+|current_user_id|portal_customer_id)\('
$$;
-- Sub-plans that run per row and do more than look a build up in the shop.
CREATE FUNCTION pg_temp.per_row_plans(p_plan text) RETURNS text
LANGUAGE sql IMMUTABLE
AS $$
  SELECT string_agg(m[2] || m[3], ' | ')
    FROM regexp_matches(E'\n' || p_plan, '\n( *)SubPlan (\w+)\n((?:\1 +[^\n]*\n)*)', 'g') m
   WHERE p_plan !~ ('hashed SubPlan ' || m[2] || '\M') AND m[3] !~ 'shop_builds'
$$;
CREATE FUNCTION pg_temp.check_plan(p_query text, p_wanted text) RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
  plan text := pg_temp.plan_of(p_query);
BEGIN
  PERFORM testing.same(pg_temp.per_row_calls(plan), NULL::text, 'calls per row in ' || p_query);
  PERFORM testing.ok(plan ~ 'InitPlan', 'InitPlans in ' || p_query);
  PERFORM testing.same(pg_temp.per_row_plans(plan), NULL::text, 'sub-plans per row in ' || p_query);
  IF plan !~ p_wanted THEN
    RAISE EXCEPTION 'the plan of % has no %: %', p_query, p_wanted, plan;
  END IF;
END
$$;

CREATE TEMP TABLE queries (query text, wanted text);
INSERT INTO queries VALUES
  ('SELECT phase, count(*) FROM orders WHERE state <> ''CANCELLED'' GROUP BY phase', 'orders_phase|Seq Scan'),
  ('SELECT order_id, order_number, phase FROM orders ORDER BY created_at DESC, order_id DESC LIMIT 50', 'Index Scan using orders_created_at_idx'),
  ('SELECT order_id FROM orders WHERE phase = ''APPROVAL'' AND state <> ''CANCELLED'' ORDER BY coalesce(want_date, ''infinity''), order_id LIMIT 50', 'orders_board_idx|orders_phase|orders_open_want_date_idx'),
  ('SELECT * FROM orders WHERE order_id = 77', 'Index (Only )?Scan using orders_pkey'),
  ('SELECT * FROM orders WHERE order_number = ''PLAN-77''', 'Index Scan using orders_order_number_key'),
  ('SELECT * FROM order_items WHERE order_id = 77', 'Index Scan using order_items_order_id_position_key'),
  ('SELECT * FROM builds WHERE order_id = 77', 'builds_order_id_idx|builds_in_shop_idx'),
  ('SELECT * FROM builds WHERE build_number = ''BPLAN-77''', 'Index Scan using builds_build_number_key'),
  ('SELECT o.order_number, i.quantity FROM orders o JOIN order_items i USING (order_id) JOIN builds b ON b.order_item_id = i.order_item_id WHERE o.order_id = 77', 'orders_pkey'),
  ('SELECT line_number, item_code FROM bom_line_items WHERE bom_id = 1 ORDER BY line_number', 'bom_line_items_pkey|Seq Scan'),
  ('SELECT order_note_id, body FROM order_notes WHERE order_id = 1 ORDER BY created_at DESC', 'order_notes'),
  ('SELECT part_id, name FROM parts WHERE part_number = ''X''', 'Index Scan using parts_part_number_key');
SELECT testing.act('sample.admin');
SELECT pg_temp.check_plan(query, wanted) FROM queries;
SELECT testing.act('sample.technician');
SELECT pg_temp.check_plan(query, wanted) FROM queries;
-- A list that names the orders in sight begins with them, however many others there are.
SET enable_hashjoin = off;
SET enable_mergejoin = off;
SELECT testing.ok(pg_temp.plan_of('SELECT order_id, phase FROM orders WHERE order_id IN (SELECT visible_orders()) ORDER BY created_at DESC, order_id DESC LIMIT 50') ~ 'Nested Loop(.|\n)*ProjectSet(.|\n)*orders_pkey', 'orders in sight are looked up by key');
RESET enable_hashjoin;
RESET enable_mergejoin;

-- Every table's policies: no call per row in the plan of reading all of it.
DO $$
DECLARE
  t record;
  plan text;
BEGIN
  FOR t IN SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
            AND has_any_column_privilege(c.oid, 'SELECT') LOOP
    plan := pg_temp.plan_of(format('SELECT count(*) FROM public.%I', t.relname));
    PERFORM testing.same(pg_temp.per_row_calls(plan), NULL::text, 'calls per row in ' || t.relname);
    -- Without a filter there is no policy but true: access_lists.sql says where that may be.
    PERFORM testing.ok(plan ~ 'InitPlan' OR plan !~ 'Filter', 'InitPlans, in ' || t.relname);
    PERFORM testing.same(pg_temp.per_row_plans(plan), NULL::text, 'sub-plans per row in ' || t.relname);
  END LOOP;
END
$$;
-- The check itself finds a policy that is not wrapped.
SET SESSION AUTHORIZATION torvan_user;
ALTER POLICY app_read ON units USING (is_signed_in());
SET SESSION AUTHORIZATION torvan_app;
SELECT testing.ok(pg_temp.per_row_calls(pg_temp.plan_of('SELECT count(*) FROM units')) IS NOT NULL, 'a bare call is found');
