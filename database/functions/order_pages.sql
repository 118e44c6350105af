-- What pages show beside the rows of others: the frame around every page, and of a list of orders who has each and what blocks it.

CREATE OR REPLACE FUNCTION own_frame(p_permissions text[])
RETURNS TABLE (roles jsonb, permissions text[], unread_notifications integer, open_orders bigint, late_orders bigint, held_orders bigint, waiting_orders bigint, waiting_phases text[])
LANGUAGE plpgsql STABLE ROWS 1
SET search_path = pg_catalog, public, pg_temp
SET jit = off
AS $$
#variable_conflict use_column
DECLARE
  person bigint := current_user_id();
  moment timestamptz := identity_now();
BEGIN
  roles := (
    SELECT coalesce(jsonb_agg(DISTINCT jsonb_build_object('role_id', r.role_id, 'role_code', r.role_code, 'name', r.name)), '[]')
      FROM user_roles g JOIN roles r ON r.role_id = g.role_id
     WHERE g.user_id = person AND g.valid_from <= moment AND (g.valid_to IS NULL OR g.valid_to > moment));
  permissions := array(SELECT p FROM unnest(p_permissions) p WHERE has_permission(p));
  unread_notifications := (SELECT count(*) FROM (SELECT FROM notifications n WHERE n.user_id = person AND n.channel = 'IN_APP' AND n.read_at IS NULL LIMIT 100) u);
  waiting_phases := array(SELECT w.from_phase FROM order_workflow_rules w WHERE w.is_active AND w.action = 'ADVANCE' AND has_permission(w.permission) ORDER BY phase_position(w.from_phase));
  IF has_permission('order:read') AND sees_all_orders() THEN
    SELECT coalesce(sum(c.orders), 0), coalesce(sum(c.past_want_date), 0), coalesce(sum(c.orders) FILTER (WHERE c.state = 'ON_HOLD'), 0),
           coalesce(sum(c.orders) FILTER (WHERE c.state = 'ACTIVE' AND c.phase = ANY (waiting_phases)), 0)
      INTO open_orders, late_orders, held_orders, waiting_orders
      FROM order_counts('{"phase": ["DRAFT", "CONFIGURATION", "APPROVAL", "PRODUCTION", "QUALITY_CONTROL", "PACKAGING", "SHIPPING"], "state": ["ACTIVE", "ON_HOLD"]}') c;
  END IF;
  RETURN NEXT;
END;
$$;
COMMENT ON FUNCTION own_frame(text[]) IS
  'What the frame of every page shows of the acting person: roles, which of the permissions they have, unread notifications (at most 100), the phases whose next step is theirs, '
  'and for those who see all orders how many are open, late, on hold and waiting in those phases.';

CREATE OR REPLACE FUNCTION order_owner(p_order orders) RETURNS bigint
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT coalesce(
    (SELECT t.assignee_id FROM builds b JOIN production_tasks t ON t.build_id = b.build_id
      WHERE b.order_id = p_order.order_id AND b.state = 'ACTIVE' AND t.is_current AND t.assignee_id IS NOT NULL AND t.state IN ('PENDING', 'IN_PROGRESS', 'BLOCKED')
      ORDER BY t.state <> 'IN_PROGRESS', b.build_id, t.sequence LIMIT 1),
    p_order.approved_by, p_order.sales_person_id, p_order.created_by)
$$;
COMMENT ON FUNCTION order_owner(orders) IS 'Who has an order: whoever works on it, else who approved it, else who sells it.';

CREATE OR REPLACE FUNCTION first_open_guard(p_order orders, OUT guard text, OUT message text)
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  step text;
  result guard_result;
BEGIN
  FOREACH step IN ARRAY coalesce((SELECT w.guards FROM order_workflow_rules w WHERE w.from_phase = p_order.phase AND w.action = 'ADVANCE' AND w.is_active), '{}') LOOP
    result := run_guard(step, p_order.order_id);
    IF NOT result.ok THEN
      guard := step;
      message := result.message;
      RETURN;
    END IF;
  END LOOP;
END;
$$;
COMMENT ON FUNCTION first_open_guard(orders) IS 'The first guard that keeps an order from its next phase, and what it says; null if none does.';

CREATE OR REPLACE FUNCTION shop_trouble(p_order orders, OUT guard text, OUT message text)
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT x.guard, x.message
    FROM (SELECT 1 AS place, 'rework' AS guard, b.build_number AS message, b.build_id AS key
            FROM builds b WHERE b.order_id = p_order.order_id AND b.state = 'ACTIVE' AND b.sub_state IN ('PRE_QC_REJECTED', 'PRE_QC_REWORK', 'REJECTED', 'REWORK')
          UNION ALL
          SELECT 2, 'nonconformities_closed', n.nonconformity_number, n.nonconformity_id
            FROM builds b JOIN nonconformities n ON n.build_id = b.build_id
           WHERE b.order_id = p_order.order_id AND b.state = 'ACTIVE' AND n.state NOT IN ('VERIFIED', 'CLOSED') AND n.severity IN ('MAJOR', 'CRITICAL')
          UNION ALL
          SELECT 3, CASE t.block_kind WHEN 'PARTS' THEN 'task_lacks_parts' ELSE 'task_blocked' END, t.title, t.production_task_id
            FROM builds b JOIN production_tasks t ON t.build_id = b.build_id
           WHERE b.order_id = p_order.order_id AND b.state = 'ACTIVE' AND t.is_current AND t.state = 'BLOCKED'
          UNION ALL
          SELECT 4, 'outsourced_late', l.item_code, l.outsourced_line_id
            FROM builds b JOIN outsourced_lines l ON l.build_id = b.build_id
           WHERE b.order_id = p_order.order_id AND b.state = 'ACTIVE' AND l.state IN ('ORDERED', 'IN_TRANSIT', 'DELAYED') AND (l.state = 'DELAYED' OR l.expected_on < site_today())) x
   ORDER BY x.place, x.key LIMIT 1
$$;
COMMENT ON FUNCTION shop_trouble(orders) IS 'What holds an order up that is being made: rework, an open nonconformity, a blocked task, a late outsourced line; null if nothing does.';

CREATE OR REPLACE FUNCTION order_row_facts(p_order_ids bigint[]) RETURNS TABLE (order_id bigint, owner_id bigint, owner_initials text, blocker text, blocked_by text)
LANGUAGE plpgsql STABLE ROWS 50
SET search_path = pg_catalog, public, pg_temp
SET jit = off
AS $$
#variable_conflict use_column
DECLARE
  scope bigint[] := order_search_scope();
BEGIN
  IF cardinality(p_order_ids) > 200 THEN
    RAISE EXCEPTION 'Facts of % orders are asked for at once.', cardinality(p_order_ids) USING ERRCODE = 'TV022', COLUMN = 'order_ids', HINT = 'Ask for at most 200.';
  END IF;
  RETURN QUERY
    SELECT o.order_id, u.user_id, u.initials, t.guard, t.message
      FROM orders o
      LEFT JOIN LATERAL order_owner(o) AS w (id) ON true
      LEFT JOIN users u ON u.user_id = w.id
      LEFT JOIN LATERAL (
        SELECT 'on_hold' AS guard, o.hold_kind AS message WHERE o.state = 'ON_HOLD'
        UNION ALL
        SELECT g.guard, g.message FROM first_open_guard(o) g WHERE o.state = 'ACTIVE' AND o.phase IN ('DRAFT', 'CONFIGURATION', 'APPROVAL', 'SHIPPING')
        UNION ALL
        SELECT s.guard, s.message FROM shop_trouble(o) s WHERE o.state = 'ACTIVE' AND o.phase IN ('PRODUCTION', 'QUALITY_CONTROL', 'PACKAGING')) t ON t.guard IS NOT NULL
     WHERE o.order_id = ANY (p_order_ids) AND (scope IS NULL OR o.order_id = ANY (scope));
END;
$$;
COMMENT ON FUNCTION order_row_facts(bigint[]) IS 'Of orders in sight, at most 200: who has each (order_owner), and the first thing that blocks it: on_hold with its kind, a guard with its message, or what holds it up in the shop.';
