-- What pages show beside the rows of others: the frame around every page, and of a list of orders who has each and what blocks it.

CREATE OR REPLACE FUNCTION own_frame(p_permissions text[])
RETURNS TABLE (roles jsonb, permissions text[], unread_notifications integer, open_orders bigint, late_orders bigint, held_orders bigint, waiting_orders bigint, waiting_phases text[], today date, time_zone text, awaits_verification boolean)
LANGUAGE plpgsql STABLE ROWS 1
SET search_path = pg_catalog, public, pg_temp
SET jit = off
AS $$
#variable_conflict use_column
DECLARE
  person bigint := current_user_id();
  moment timestamptz := identity_now();
  held text[];
BEGIN
  roles := (
    SELECT coalesce(jsonb_agg(DISTINCT jsonb_build_object('role_id', r.role_id, 'role_code', r.role_code, 'name', r.name)), '[]')
      FROM user_roles g JOIN roles r ON r.role_id = g.role_id
     WHERE g.user_id = person AND g.valid_from <= moment AND (g.valid_to IS NULL OR g.valid_to > moment));
  today := site_today();
  time_zone := site_time_zone();
  awaits_verification := awaits_verification();
  -- All that is asked for here is found at once.
  held := permissions_held(p_permissions || array(SELECT w.permission FROM order_workflow_rules w) || 'order:read'::text);
  permissions := array(SELECT p FROM unnest(p_permissions) p WHERE p = ANY (held));
  unread_notifications := (SELECT count(*) FROM (SELECT FROM notifications n WHERE n.user_id = person AND n.channel = 'IN_APP' AND n.read_at IS NULL LIMIT 100) u);
  waiting_phases := array(SELECT w.from_phase FROM order_workflow_rules w WHERE w.is_active AND w.action = 'ADVANCE' AND w.permission = ANY (held) ORDER BY phase_position(w.from_phase));
  IF 'order:read' = ANY (held) AND sees_all_orders() THEN
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
  'for those who see all orders how many are open, late, on hold and waiting in those phases, the day and the time zone at the plant, and whether the person waits for being verified before they sign.';

CREATE OR REPLACE FUNCTION first_open_guard(p_order_id bigint, p_phase text, OUT guard text, OUT message text)
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  step text;
  result guard_result;
BEGIN
  IF p_order_id IS NULL THEN
    RETURN;
  END IF;
  FOREACH step IN ARRAY coalesce((SELECT w.guards FROM order_workflow_rules w WHERE w.from_phase = p_phase AND w.action = 'ADVANCE' AND w.is_active), '{}') LOOP
    result := run_guard(step, p_order_id);
    IF NOT result.ok THEN
      guard := step;
      message := result.message;
      RETURN;
    END IF;
  END LOOP;
END;
$$;
COMMENT ON FUNCTION first_open_guard(bigint, text) IS 'The first guard that keeps an order in a phase from the next one, and what it says; null if none does, or for no order.';

CREATE OR REPLACE FUNCTION order_row_facts(p_order_ids bigint[], p_with_guards boolean DEFAULT true) RETURNS TABLE (order_id bigint, owner_id bigint, owner_initials text, blocker text, blocked_by text)
LANGUAGE plpgsql STABLE ROWS 50
SET search_path = pg_catalog, public, pg_temp
SET jit = off
AS $$
#variable_conflict use_column
DECLARE
  sight record := order_sight();
  today date := site_today();
BEGIN
  IF cardinality(p_order_ids) > 200 THEN
    RAISE EXCEPTION 'Facts of % orders are asked for at once.', cardinality(p_order_ids) USING ERRCODE = 'TV022', COLUMN = 'order_ids', HINT = 'Ask for at most 200.';
  END IF;
  RETURN QUERY
    WITH chosen AS MATERIALIZED (SELECT o.* FROM orders o WHERE o.order_id = ANY (p_order_ids) AND (sight.keys IS NULL OR o.order_id = ANY (sight.keys) OR sight.looks_up AND EXISTS (SELECT FROM shop_builds v WHERE v.order_id = o.order_id AND v.has_free_work OFFSET 0))),
         made AS MATERIALIZED (
           SELECT b.order_id, b.build_id, b.build_number, b.sub_state
             FROM chosen c JOIN builds b ON b.order_id = c.order_id
            WHERE b.state = 'ACTIVE' AND c.state = 'ACTIVE' AND c.phase IN ('PRODUCTION', 'QUALITY_CONTROL', 'PACKAGING')),
         tasks AS MATERIALIZED (
           SELECT m.order_id, m.build_id, t.production_task_id, t.sequence, t.title, t.state, t.block_kind, t.assignee_id
             FROM made m JOIN production_tasks t ON t.build_id = m.build_id
            WHERE t.is_current AND t.state IN ('PENDING', 'IN_PROGRESS', 'BLOCKED')),
         assigned AS (
           SELECT DISTINCT ON (t.order_id) t.order_id, t.assignee_id
             FROM tasks t WHERE t.assignee_id IS NOT NULL
            ORDER BY t.order_id, t.state <> 'IN_PROGRESS', t.build_id, t.sequence),
         trouble AS (
           SELECT DISTINCT ON (x.order_id) x.order_id, x.guard, x.message
             FROM (SELECT m.order_id, 1 AS place, 'rework' AS guard, m.build_number AS message, m.build_id AS key
                     FROM made m WHERE m.sub_state IN ('PRE_QC_REJECTED', 'PRE_QC_REWORK', 'REJECTED', 'REWORK')
                   UNION ALL
                   SELECT m.order_id, 2, 'nonconformities_closed', n.nonconformity_number, n.nonconformity_id
                     FROM made m JOIN nonconformities n ON n.build_id = m.build_id
                    WHERE n.state NOT IN ('VERIFIED', 'CLOSED') AND n.severity IN ('MAJOR', 'CRITICAL')
                   UNION ALL
                   SELECT t.order_id, 3, CASE t.block_kind WHEN 'PARTS' THEN 'task_lacks_parts' ELSE 'task_blocked' END, t.title, t.production_task_id
                     FROM tasks t WHERE t.state = 'BLOCKED'
                   UNION ALL
                   SELECT m.order_id, 4, 'outsourced_late', l.item_code, l.outsourced_line_id
                     FROM made m JOIN outsourced_lines l ON l.build_id = m.build_id
                    WHERE l.state IN ('ORDERED', 'IN_TRANSIT', 'DELAYED') AND (l.state = 'DELAYED' OR l.expected_on < today)) x
            ORDER BY x.order_id, x.place, x.key)
    SELECT c.order_id, u.user_id, u.initials,
           CASE WHEN c.state = 'ON_HOLD' THEN 'on_hold' ELSE coalesce(t.guard, g.guard) END,
           CASE WHEN c.state = 'ON_HOLD' THEN c.hold_kind ELSE coalesce(t.message, g.message) END
      FROM chosen c
      LEFT JOIN assigned a ON a.order_id = c.order_id
      LEFT JOIN users u ON u.user_id = coalesce(a.assignee_id, c.approved_by, c.sales_person_id, c.created_by)
      LEFT JOIN trouble t ON t.order_id = c.order_id
      LEFT JOIN LATERAL first_open_guard(CASE WHEN p_with_guards AND c.state = 'ACTIVE' AND c.phase IN ('DRAFT', 'CONFIGURATION', 'APPROVAL', 'SHIPPING') THEN c.order_id END, c.phase) g ON true;
END;
$$;
COMMENT ON FUNCTION order_row_facts(bigint[], boolean) IS
  'Of orders in sight, at most 200: who has each (whoever works on it, else who approved it, else who sells it), and the first thing that blocks it: on_hold with its kind, '
  'a guard with its message, or what holds it up in the shop (rework, an open nonconformity, a blocked task, a late outsourced line). Guards cost the most: p_with_guards false leaves them out.';
