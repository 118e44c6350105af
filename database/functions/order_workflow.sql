-- Orders: what they may do next, doing it, and the ways out of it (hold, cancel).
--
-- Lock order: see orders.sql.

CREATE OR REPLACE FUNCTION missing_guard(p_guard text) RETURNS guard_result
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT ROW(false, format('the guard "%s" has no function: deploy again', p_guard), 'workflow')::guard_result $$;
COMMENT ON FUNCTION missing_guard(text) IS 'What a guard says whose function is gone: nothing passes.';

CREATE OR REPLACE FUNCTION run_guard(p_guard text, p_order_id bigint) RETURNS guard_result
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  result guard_result;
BEGIN
  IF to_regprocedure(format('public.%I(bigint)', 'guard_' || p_guard)) IS NULL THEN
    IF to_regprocedure(format('public.%I(bigint)', 'build_guard_' || p_guard)) IS NULL THEN
      RETURN missing_guard(p_guard);
    END IF;
    RETURN run_builds_guard(p_guard, p_order_id);
  END IF;
  EXECUTE format('SELECT (g).* FROM (SELECT public.%I($1) AS g OFFSET 0) s', 'guard_' || p_guard) INTO result USING p_order_id;
  RETURN result;
END;
$$;
COMMENT ON FUNCTION run_guard(text, bigint) IS 'Runs a guard for an order: guard_<p_guard> where it looks at the order, else build_guard_<p_guard> for its builds.';

CREATE OR REPLACE FUNCTION order_actions(p_order orders, p_from_phase text)
RETURNS TABLE (action text, to_phase text, title text, permission text, is_allowed boolean, is_ready boolean, blockers jsonb, is_reworded boolean)
LANGUAGE plpgsql STABLE ROWS 3
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  RETURN QUERY
    SELECT r.action, r.to_phase, r.title, r.permission, has_permission(r.permission), p_order.state = 'ACTIVE' AND cardinality(b.list) = 0 AND s.message IS NULL,
           CASE WHEN p_order.state <> 'ACTIVE' THEN jsonb_build_array(jsonb_build_object('guard', 'order_active', 'message', 'the order is ' || lower(replace(p_order.state, '_', ' ')), 'link', 'order')) ELSE '[]' END
           || CASE WHEN s.message IS NOT NULL THEN jsonb_build_array(jsonb_build_object('guard', 'builds_ready', 'message', s.message, 'link', 'builds')) ELSE '[]' END
           || to_jsonb(b.list), r.title <> r.product_title
      FROM order_workflow_rules r
      CROSS JOIN LATERAL (
        SELECT coalesce(array_agg(jsonb_strip_nulls(jsonb_build_object('guard', g.code, 'message', o.message, 'link', o.link)) ORDER BY g.n), '{}') AS list
          FROM unnest(r.guards) WITH ORDINALITY AS g (code, n)
          CROSS JOIN LATERAL run_guard(g.code, p_order.order_id) o
         WHERE NOT o.ok) b
      CROSS JOIN LATERAL builds_behind(r, p_order.order_id) AS s (message)
     WHERE r.from_phase = p_from_phase AND r.is_active
     ORDER BY r.action, phase_position(r.to_phase) DESC;
END;
$$;
COMMENT ON FUNCTION order_actions(orders, text) IS 'The steps that lead on from a phase, and what would hold an order back from each as it is now.';

CREATE OR REPLACE FUNCTION order_later_actions(p_order_id bigint)
RETURNS TABLE (from_phase text, action text, to_phase text, title text, permission text, is_allowed boolean, blockers jsonb, is_reworded boolean)
LANGUAGE plpgsql STABLE ROWS 1
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  current orders := require_order(p_order_id);
BEGIN
  RETURN QUERY
    SELECT n.to_phase, a.action, a.to_phase, a.title, a.permission, a.is_allowed, a.blockers, a.is_reworded
      FROM (SELECT r.to_phase FROM order_workflow_rules r WHERE r.from_phase = current.phase AND r.action = 'ADVANCE' AND r.is_active) n
      CROSS JOIN LATERAL order_actions(current, n.to_phase) a
     WHERE a.action = 'ADVANCE'
     ORDER BY phase_position(a.to_phase);
END;
$$;
COMMENT ON FUNCTION order_later_actions(bigint) IS 'The steps forward that come after the next one, and what would still hold the order back from each, in words: what can be made ready before its turn.';

CREATE OR REPLACE FUNCTION order_next_actions(p_order_id bigint)
RETURNS TABLE (action text, to_phase text, title text, permission text, is_allowed boolean, is_ready boolean, blockers jsonb, is_reworded boolean)
LANGUAGE plpgsql STABLE ROWS 3
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  current orders := require_order(p_order_id);
BEGIN
  RETURN QUERY SELECT a.* FROM order_actions(current, current.phase) a;
END;
$$;
COMMENT ON FUNCTION order_next_actions(bigint) IS 'The steps an order may take from where it is, whether the acting user may take them, and what still blocks each, in words. is_reworded: the plant gave the step its title.';

CREATE OR REPLACE FUNCTION builds_behind(p_rule order_workflow_rules, p_order_id bigint) RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT string_agg(format('%s is %s, not %s', b.build_number, coalesce(b.sub_state, 'not begun'), array_to_string(p_rule.exit_sub_states, ' or ')), '; ' ORDER BY b.build_id)
    FROM builds b
   WHERE b.order_id = p_order_id AND b.state = 'ACTIVE' AND b.phase = p_rule.from_phase
     AND p_rule.exit_sub_states <> '{}' AND (b.sub_state = ANY (p_rule.exit_sub_states)) IS NOT TRUE
$$;
COMMENT ON FUNCTION builds_behind(order_workflow_rules, bigint) IS 'Builds of an order that are in its phase but not yet in a step from which they may leave it, in words; null if there is none.';

CREATE OR REPLACE FUNCTION transition_order(p_order_id bigint, p_to_phase text, p_reason text DEFAULT NULL, p_expected_version integer DEFAULT NULL) RETURNS orders
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  current orders := lock_order(p_order_id, p_expected_version);
  rule order_workflow_rules;
  failed text[];
  step text;
BEGIN
  PERFORM require_active(current);
  SELECT * INTO rule FROM order_workflow_rules r WHERE r.from_phase = current.phase AND r.to_phase = upper(btrim(p_to_phase)) AND r.is_active;
  IF rule.order_workflow_rule_id IS NULL THEN
    RAISE EXCEPTION 'Order % cannot go from % to %.', current.order_number, current.phase, shown(p_to_phase)
      USING ERRCODE = 'TV009', HINT = coalesce('Possible from here: ' || (SELECT string_agg(r.to_phase, ', ' ORDER BY phase_position(r.to_phase)) FROM order_workflow_rules r WHERE r.from_phase = current.phase AND r.is_active) || '. No phase can be skipped.', 'This is the last phase.');
  END IF;
  PERFORM require_step(require_person(rule.permission), rule.requires_reason, rule.separate_from, p_reason, p_order_id,
    array(SELECT b.build_id FROM builds b WHERE b.order_id = p_order_id AND b.state = 'ACTIVE' AND b.phase = current.phase));
  failed := open_points(rule, p_order_id);
  IF failed <> '{}' THEN
    RAISE EXCEPTION 'Order % cannot go to %: %.', current.order_number, rule.to_phase, array_to_string(failed, '; ')
      USING ERRCODE = 'TV024', HINT = 'order_next_actions(order_id) lists each open point with where to mend it.';
  END IF;
  IF rule.signature_meaning IS NOT NULL THEN
    PERFORM sign('orders', p_order_id, rule.signature_meaning, p_reason);
  END IF;
  PERFORM move_builds(p_order_id, rule.from_phase, rule.to_phase, rule.entry_sub_state, p_reason, rule.build_event_type);
  current := apply_order_step(current, rule.action, rule.to_phase, 'ACTIVE', p_reason);
  FOREACH step IN ARRAY rule.automatic_actions LOOP
    EXECUTE format('SELECT public.%I($1)', 'action_' || step) USING p_order_id;
  END LOOP;
  -- Builds of one order may be further than the phase it has just left.
  PERFORM derive_order_phase(p_order_id, p_reason);
  RETURN require_order(p_order_id);
END;
$$;
COMMENT ON FUNCTION transition_order(bigint, text, text, integer) IS
  'Moves an order with all its builds one step along the workflow (or back), if rule, permission, separation of duties and every guard allow it; writes history, metrics and outbox in the same transaction. '
  'From PRODUCTION on it means all builds of the order that are in its phase: those which cannot go are named. p_expected_version: the row_version the caller saw.';

CREATE OR REPLACE FUNCTION open_points(p_rule order_workflow_rules, p_order_id bigint) RETURNS text[]
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT array_remove(builds_behind(p_rule, p_order_id) || array(
    SELECT format('%s: %s', g.code, o.message)
      FROM unnest(p_rule.guards) WITH ORDINALITY AS g (code, n) CROSS JOIN LATERAL run_guard(g.code, p_order_id) o
     WHERE NOT o.ok ORDER BY g.n), NULL)
$$;
COMMENT ON FUNCTION open_points(order_workflow_rules, bigint) IS 'Everything that holds an order back from a step, in words; empty if nothing does.';

CREATE OR REPLACE FUNCTION require_active(p_order orders) RETURNS void
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF p_order.state <> 'ACTIVE' THEN
    RAISE EXCEPTION 'Order % is %.', p_order.order_number, lower(replace(p_order.state, '_', ' '))
      USING ERRCODE = 'TV009', HINT = CASE p_order.state WHEN 'ON_HOLD' THEN 'Resume it first: ' || coalesce(p_order.state_reason, '') ELSE 'A cancelled order stays cancelled.' END;
  END IF;
END;
$$;
COMMENT ON FUNCTION require_active(orders) IS 'Raises TV009 for an order on hold or cancelled.';

CREATE OR REPLACE FUNCTION apply_order_step(p_order orders, p_action text, p_phase text, p_state text, p_reason text) RETURNS orders
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  now_at timestamptz := clock_timestamp();
  changed orders;
BEGIN
  PERFORM open_order(p_order.order_id);
  UPDATE orders SET phase = p_phase, state = p_state, row_version = row_version + 1,
         phase_entered_at = CASE WHEN p_phase = phase THEN phase_entered_at ELSE now_at END,
         state_changed_at = CASE WHEN p_state = state THEN state_changed_at ELSE now_at END,
         state_reason = CASE WHEN p_state = 'ACTIVE' THEN NULL WHEN p_state = state THEN state_reason ELSE p_reason END,
         hold_kind = CASE WHEN p_state = 'ON_HOLD' THEN hold_kind END,
         held_by = CASE WHEN p_state = 'ON_HOLD' THEN held_by END
   WHERE order_id = p_order.order_id
  RETURNING * INTO changed;
  INSERT INTO order_status_history (order_id, action, from_phase, to_phase, from_state, to_state, reason, changed_by, changed_by_name, row_version, time_in_phase)
  VALUES (p_order.order_id, p_action, p_order.phase, p_phase, p_order.state, p_state, nullif(btrim(p_reason), ''), current_user_id(), current_actor(), changed.row_version,
          CASE WHEN p_phase <> p_order.phase THEN now_at - p_order.phase_entered_at END);
  PERFORM note_order_metrics(p_order, p_phase, p_state, now_at);
  PERFORM close_order();
  PERFORM emit_event('order.' || lower(p_action), 'orders', p_order.order_id, jsonb_strip_nulls(jsonb_build_object(
    'order_number', p_order.order_number, 'from_phase', p_order.phase, 'to_phase', p_phase, 'from_state', p_order.state, 'to_state', p_state,
    'reason', p_reason, 'row_version', changed.row_version)));
  RETURN changed;
END;
$$;
COMMENT ON FUNCTION apply_order_step(orders, text, text, text, text) IS 'The one place that writes phase and state of an order: row, history, metrics and outbox together.';

CREATE OR REPLACE FUNCTION note_order_metrics(p_before orders, p_phase text, p_state text, p_at timestamptz) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  UPDATE order_metrics m
     SET hours_on_hold = m.hours_on_hold + CASE WHEN m.hold_started_at IS NOT NULL AND p_state <> 'ON_HOLD' THEN extract(epoch FROM p_at - m.hold_started_at) / 3600 ELSE 0 END,
         hold_started_at = CASE WHEN p_state = 'ON_HOLD' THEN coalesce(m.hold_started_at, p_at) END,
         hours_in_phase = m.hours_in_phase + CASE WHEN p_phase <> p_before.phase OR p_state = 'CANCELLED' THEN extract(epoch FROM p_at - m.entered_at) / 3600 ELSE 0 END,
         left_at = CASE WHEN p_phase <> p_before.phase OR p_state = 'CANCELLED' THEN p_at END
   WHERE m.order_id = p_before.order_id AND m.phase = p_before.phase;
  IF p_phase <> p_before.phase THEN
    INSERT INTO order_metrics (order_id, phase, entered_at) VALUES (p_before.order_id, p_phase, p_at)
    ON CONFLICT (order_id, phase) DO UPDATE SET visits = order_metrics.visits + 1, entered_at = p_at, left_at = NULL;
  END IF;
END;
$$;
COMMENT ON FUNCTION note_order_metrics(orders, text, text, timestamptz) IS 'Keeps order_metrics: the time in each phase, and how much of it on hold.';

CREATE OR REPLACE FUNCTION hold_order(p_order_id bigint, p_kind text, p_reason text, p_expected_version integer DEFAULT NULL) RETURNS orders
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  current orders := lock_order(p_order_id, p_expected_version);
  person bigint := require_person('order:hold');
BEGIN
  PERFORM require_active(current);
  PERFORM require_reason(p_reason);
  IF current.phase IN ('DRAFT', 'DELIVERED') THEN
    RAISE EXCEPTION 'An order in phase % is not put on hold.', current.phase USING ERRCODE = 'TV009', HINT = 'Hold is for CONFIGURATION to SHIPPING.';
  END IF;
  IF upper(coalesce(p_kind, '')) NOT IN ('GENERAL', 'QUALITY', 'PARTS') THEN
    RAISE EXCEPTION 'The kind of hold is "%".', shown(p_kind) USING ERRCODE = 'TV022', COLUMN = 'kind', HINT = 'Choose GENERAL, QUALITY or PARTS.';
  END IF;
  UPDATE orders SET hold_kind = upper(p_kind), held_by = person WHERE order_id = p_order_id;
  PERFORM pause_order_tasks(p_order_id, 'order on hold: ' || btrim(p_reason));
  RETURN apply_order_step(current, 'HOLD', current.phase, 'ON_HOLD', p_reason);
END;
$$;
COMMENT ON FUNCTION hold_order(bigint, text, text, integer) IS 'Puts an order on hold (GENERAL, QUALITY or PARTS) with a reason; it keeps its phase and goes no further until it is resumed.';

CREATE OR REPLACE FUNCTION resume_order(p_order_id bigint, p_reason text, p_expected_version integer DEFAULT NULL) RETURNS orders
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  current orders := lock_order(p_order_id, p_expected_version);
BEGIN
  IF current.state <> 'ON_HOLD' THEN
    RAISE EXCEPTION 'Order % is not on hold.', current.order_number USING ERRCODE = 'TV009', HINT = 'There is nothing to resume.';
  END IF;
  PERFORM require_reason(p_reason);
  PERFORM require_person(CASE WHEN current.hold_kind = 'QUALITY' AND current.held_by = current_user_id() THEN 'order:resume_quality' ELSE 'order:resume' END);
  RETURN apply_order_step(current, 'RESUME', current.phase, 'ACTIVE', p_reason);
END;
$$;
COMMENT ON FUNCTION resume_order(bigint, text, integer) IS 'Ends a hold with a reason; a QC Inspector only the quality hold that they set.';

CREATE OR REPLACE FUNCTION require_may_cancel(p_order orders) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF p_order.phase = 'DRAFT' AND has_permission('order:cancel_any_draft') THEN
    PERFORM require_person('order:cancel_any_draft');
    RETURN;
  END IF;
  PERFORM require_person(CASE WHEN p_order.phase IN ('DRAFT', 'CONFIGURATION') THEN 'order:cancel_draft' ELSE 'order:cancel' END);
  IF p_order.phase = 'DRAFT' AND NOT coalesce(ARRAY[p_order.created_by, p_order.sales_person_id] && ARRAY[current_user_id(), acting_for()], false) THEN
    RAISE EXCEPTION 'Order % is a draft of %.', p_order.order_number, coalesce(p_order.sales_person, 'somebody else')
      USING ERRCODE = '42501', HINT = 'Who made it, its sales person or an Administrator cancels a draft.';
  END IF;
END;
$$;
COMMENT ON FUNCTION require_may_cancel(orders) IS
  'Who may cancel an order or a build of it: a draft its maker, its sales person or the Administrator; in configuration Sales; from approval on the Production Coordinator or the Administrator.';

CREATE OR REPLACE FUNCTION cancel_order(p_order_id bigint, p_reason text, p_expected_version integer DEFAULT NULL) RETURNS orders
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  current orders := lock_order(p_order_id, p_expected_version);
BEGIN
  IF current.state = 'CANCELLED' THEN
    RAISE EXCEPTION 'Order % is cancelled already.', current.order_number USING ERRCODE = 'TV009', HINT = 'Its history says by whom and why.';
  END IF;
  IF current.phase = 'DELIVERED' OR current.dispatched_on IS NOT NULL THEN
    RAISE EXCEPTION 'Order % is dispatched and cannot be cancelled.', current.order_number USING ERRCODE = 'TV009', HINT = 'Use a return.';
  END IF;
  PERFORM require_may_cancel(current);
  PERFORM require_reason(p_reason);
  PERFORM drop_builds(array(SELECT b.build_id FROM builds b WHERE b.order_id = p_order_id AND b.state = 'ACTIVE' ORDER BY b.build_id), p_reason);
  RETURN apply_order_step(current, 'CANCEL', current.phase, 'CANCELLED', p_reason);
END;
$$;
COMMENT ON FUNCTION cancel_order(bigint, text, integer) IS 'Cancels an order that is not dispatched; numbers and history stay, build numbers are never used again. Who may depends on the phase (require_may_cancel).';

CREATE OR REPLACE FUNCTION drop_builds(p_build_ids bigint[], p_reason text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  build builds;
BEGIN
  FOR build IN SELECT * FROM builds b WHERE b.build_id = ANY (p_build_ids) ORDER BY b.build_id FOR NO KEY UPDATE LOOP
    PERFORM open_order(build.order_id);
    UPDATE builds SET state = 'CANCELLED', row_version = row_version + 1 WHERE build_id = build.build_id;
    PERFORM close_order();
    UPDATE boms SET state = 'SUPERSEDED' WHERE build_id = build.build_id AND state IN ('DRAFT', 'SUBMITTED', 'REJECTED');
    IF build.sub_state IS NOT NULL THEN
      PERFORM cancel_build_tasks(build.build_id, p_reason), void_open_inspections(build.build_id, p_reason), flag_outsourced_lines(build.build_id, p_reason);
    END IF;
    INSERT INTO build_status_history (build_id, from_phase, to_phase, from_sub_state, to_sub_state, reason, changed_by, row_version)
    VALUES (build.build_id, build.phase, build.phase, build.sub_state, build.sub_state, 'cancelled: ' || p_reason, current_user_id(), build.row_version + 1);
  END LOOP;
  PERFORM end_reservations(p_build_ids);
END;
$$;
COMMENT ON FUNCTION drop_builds(bigint[], text) IS 'Cancels builds with their open BOMs, tasks, inspections and outsourced lines, gives their material back, and writes their history.';

CREATE OR REPLACE FUNCTION cancel_build(p_build_id bigint, p_reason text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  build builds;
  holder orders;
BEGIN
  SELECT * INTO build FROM builds WHERE build_id = p_build_id;
  IF build.build_id IS NULL OR NOT sees_build(p_build_id) THEN
    RAISE EXCEPTION 'There is no build %.', shown(p_build_id) USING ERRCODE = 'TV004', COLUMN = 'build_id', HINT = 'SELECT build_id, build_number FROM builds lists them.';
  END IF;
  holder := lock_order(build.order_id, NULL);
  PERFORM require_may_cancel(holder);
  PERFORM require_reason(p_reason);
  PERFORM require_active(holder);
  SELECT * INTO build FROM builds WHERE build_id = p_build_id;
  -- Where sinks leave one by one, those still here can be cancelled.
  IF build.phase = 'DELIVERED' OR EXISTS (SELECT FROM shipment_builds s JOIN shipments h USING (shipment_id)
                                           WHERE s.build_id = p_build_id AND NOT s.is_void AND h.state IN ('DISPATCHED', 'IN_TRANSIT', 'DELIVERED')) THEN
    RAISE EXCEPTION 'Build % is dispatched and cannot be cancelled.', build.build_number USING ERRCODE = 'TV009', HINT = 'Use a return.';
  END IF;
  IF build.state = 'CANCELLED' THEN
    RAISE EXCEPTION 'Build % is cancelled already.', build.build_number USING ERRCODE = 'TV009', HINT = 'There is nothing to do.';
  END IF;
  IF NOT EXISTS (SELECT FROM builds b WHERE b.order_id = build.order_id AND b.state = 'ACTIVE' AND b.build_id <> p_build_id) THEN
    RAISE EXCEPTION 'Build % is the last one of order %.', build.build_number, holder.order_number USING ERRCODE = 'TV009', HINT = 'Cancel the order.';
  END IF;
  PERFORM drop_builds(ARRAY[p_build_id], p_reason);
  UPDATE orders SET quantity = greatest(quantity - 1, 1) WHERE order_id = build.order_id;
  PERFORM note_order_change(holder, 'build cancelled: ' || build.build_number);
  PERFORM derive_order_phase(build.order_id, 'build cancelled: ' || build.build_number);
END;
$$;
COMMENT ON FUNCTION cancel_build(bigint, text) IS 'Takes one sink out of an order; its build number is never used again.';
