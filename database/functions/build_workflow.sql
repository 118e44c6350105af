-- Builds: from PRODUCTION on each sink goes its own way; the phase of its order is that of the least advanced one.
--
-- Steps inside a phase are rows of build_workflow_rules, steps from phase to phase are rows of order_workflow_rules.
-- Lock order: see orders.sql.

CREATE OR REPLACE FUNCTION run_build_guard(p_guard text, p_build_id bigint) RETURNS guard_result
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  result guard_result;
BEGIN
  IF to_regprocedure(format('public.%I(bigint)', 'build_guard_' || p_guard)) IS NULL THEN
    IF to_regprocedure(format('public.%I(bigint)', 'guard_' || p_guard)) IS NULL THEN
      RETURN missing_guard(p_guard);
    END IF;
    RETURN run_guard(p_guard, (SELECT b.order_id FROM builds b WHERE b.build_id = p_build_id));
  END IF;
  EXECUTE format('SELECT (g).* FROM (SELECT public.%I($1) AS g OFFSET 0) s', 'build_guard_' || p_guard) INTO result USING p_build_id;
  RETURN result;
END;
$$;
COMMENT ON FUNCTION run_build_guard(text, bigint) IS 'Runs a guard for one build: build_guard_<p_guard>, or the guard of its order where it looks at the order.';

CREATE OR REPLACE FUNCTION run_builds_guard(p_guard text, p_order_id bigint) RETURNS guard_result
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT guard_outcome(count(*) = 0, string_agg(CASE WHEN starts_with(g.message, 'build ' || b.build_number) THEN g.message ELSE format('build %s: %s', b.build_number, g.message) END, '; ' ORDER BY b.build_id), min(g.link))
    FROM orders o JOIN builds b ON b.order_id = o.order_id AND b.state = 'ACTIVE' AND b.phase = o.phase
    CROSS JOIN LATERAL run_build_guard(p_guard, b.build_id) g
   WHERE o.order_id = p_order_id AND NOT g.ok
$$;
COMMENT ON FUNCTION run_builds_guard(text, bigint) IS 'Runs a guard of builds for those builds of an order which are in its phase; names the ones that fail.';

CREATE OR REPLACE FUNCTION lock_active_build(p_build_id bigint, p_expected_version integer DEFAULT NULL) RETURNS builds
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  found builds := lock_build(p_build_id);
BEGIN
  PERFORM require_live_build(found);
  IF p_expected_version IS NOT NULL AND p_expected_version <> found.row_version THEN
    RAISE EXCEPTION 'Build % was changed meanwhile: it is at version %, you saw %.', found.build_number, found.row_version, shown(p_expected_version)
      USING ERRCODE = 'TV012', HINT = format('It is now in %s. Look at it again, then decide.', concat_ws(', ', found.phase, found.sub_state));
  END IF;
  RETURN found;
END;
$$;
COMMENT ON FUNCTION lock_active_build(bigint, integer) IS 'Locks a build, its order first; refuses one that is cancelled, on hold with its order, or no longer at the version the caller saw.';

CREATE OR REPLACE FUNCTION build_next_actions(p_build_id bigint)
RETURNS TABLE (to_phase text, to_sub_state text, title text, permission text, is_allowed boolean, is_ready boolean, blockers jsonb)
LANGUAGE plpgsql STABLE ROWS 4
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  build builds;
  holder orders;
BEGIN
  PERFORM require_visible_build(p_build_id);
  build := require_build(p_build_id);
  holder := require_order(build.order_id);
  RETURN QUERY
    SELECT s.to_phase, s.to_sub_state, s.title, s.permission, has_permission(s.permission), (holder.state, build.state) = ('ACTIVE', 'ACTIVE') AND cardinality(b.list) = 0,
           CASE WHEN (holder.state, build.state) <> ('ACTIVE', 'ACTIVE')
                THEN jsonb_build_array(jsonb_build_object('guard', 'order_active', 'message', 'the order or the build is not active', 'link', 'order')) ELSE '[]' END || to_jsonb(b.list)
      FROM build_steps(build) s
      CROSS JOIN LATERAL (
        SELECT coalesce(array_agg(jsonb_strip_nulls(jsonb_build_object('guard', g.code, 'message', o.message, 'link', o.link)) ORDER BY g.n), '{}') AS list
          FROM unnest(s.guards) WITH ORDINALITY AS g (code, n)
          CROSS JOIN LATERAL run_build_guard(g.code, p_build_id) o
         WHERE NOT o.ok) b
     ORDER BY s.place;
END;
$$;
COMMENT ON FUNCTION build_next_actions(bigint) IS 'The steps a build may take from where it is, whether the acting user may take them, and what still blocks each, in words.';

CREATE OR REPLACE FUNCTION build_steps(p_build builds)
RETURNS TABLE (to_phase text, to_sub_state text, title text, permission text, guards text[], requires_reason boolean, separate_from text, signature_meaning text, event_type text, place bigint)
LANGUAGE sql STABLE ROWS 4
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT r.phase, r.to_sub_state, r.title, r.permission, r.guards, r.requires_reason, r.separate_from, r.signature_meaning, r.event_type, r.build_workflow_rule_id
    FROM build_workflow_rules r
   WHERE r.phase = p_build.phase AND r.from_sub_state = p_build.sub_state AND r.is_active
  UNION ALL
  SELECT r.to_phase, r.entry_sub_state, r.title, r.permission, r.guards, r.requires_reason, r.separate_from, r.signature_meaning, r.build_event_type, 1000 + r.order_workflow_rule_id
    FROM order_workflow_rules r
   WHERE r.from_phase = p_build.phase AND phase_position(p_build.phase) >= phase_position('PRODUCTION') AND r.is_active
     AND (r.exit_sub_states = '{}' OR p_build.sub_state = ANY (r.exit_sub_states))
$$;
COMMENT ON FUNCTION build_steps(builds) IS 'The rules that apply to a build where it is: steps inside its phase, then to other phases.';

CREATE OR REPLACE FUNCTION transition_build(p_build_id bigint, p_to text, p_reason text DEFAULT NULL, p_expected_version integer DEFAULT NULL) RETURNS builds
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  build builds := lock_active_build(p_build_id, p_expected_version);
  rule record;
  failed text[];
BEGIN
  SELECT s.* INTO rule FROM build_steps(build) s
   WHERE upper(btrim(p_to)) IN (s.to_phase || '/' || s.to_sub_state, CASE WHEN s.to_phase = build.phase THEN s.to_sub_state ELSE s.to_phase END)
   ORDER BY s.place LIMIT 1;
  IF rule.permission IS NULL THEN
    RAISE EXCEPTION 'Build % cannot go from % to %.', build.build_number, concat_ws('/', build.phase, build.sub_state), shown(p_to)
      USING ERRCODE = 'TV009', HINT = coalesce(
        'Possible from here: ' || (SELECT string_agg(CASE WHEN s.to_phase = build.phase THEN s.to_sub_state ELSE s.to_phase END, ', ' ORDER BY s.place) FROM build_steps(build) s) || '.',
        CASE WHEN build.sub_state IS NULL AND build.phase <> 'DELIVERED' THEN 'Until PRODUCTION builds move with their order: transition_order.' ELSE 'This is the last step.' END);
  END IF;
  PERFORM require_step(require_person(rule.permission), rule.requires_reason, rule.separate_from, p_reason, build.order_id, ARRAY[p_build_id]);
  SELECT array_agg(format('%s: %s', g.code, o.message) ORDER BY g.n) INTO failed
    FROM unnest(rule.guards) WITH ORDINALITY AS g (code, n) CROSS JOIN LATERAL run_build_guard(g.code, p_build_id) o WHERE NOT o.ok;
  IF failed IS NOT NULL THEN
    RAISE EXCEPTION 'Build % cannot go to %: %.', build.build_number, concat_ws('/', rule.to_phase, rule.to_sub_state), array_to_string(failed, '; ')
      USING ERRCODE = 'TV024', HINT = 'build_next_actions(build_id) lists each open point with where to mend it.';
  END IF;
  IF rule.signature_meaning IS NOT NULL THEN
    PERFORM sign('builds', p_build_id, rule.signature_meaning, p_reason);
  END IF;
  build := apply_build_step(build, rule.to_phase, rule.to_sub_state, p_reason, rule.event_type);
  PERFORM derive_order_phase(build.order_id, p_reason);
  RETURN build;
END;
$$;
COMMENT ON FUNCTION transition_build(bigint, text, text, integer) IS
  'Moves one build a step along the workflow: p_to is a step of its phase (IN_ASSEMBLY), a phase (QUALITY_CONTROL) or both (QUALITY_CONTROL/READY). '
  'Rule, permission, separation of duties and every guard must allow it; history, signature, outbox and the phase of the order follow in the same transaction.';

CREATE OR REPLACE FUNCTION require_step(p_person bigint, p_requires_reason boolean, p_separate_from text, p_reason text, p_order_id bigint, p_build_ids bigint[]) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  holder orders := require_order(p_order_id);
BEGIN
  IF p_requires_reason THEN
    PERFORM require_reason(p_reason);
  END IF;
  PERFORM require_other_person(p_person, array_remove(ARRAY[CASE p_separate_from WHEN 'SUBMITTER' THEN holder.submitted_by WHEN 'CREATOR' THEN holder.created_by END], NULL), 'take this step');
  -- Two questions, since one for both would be planned anew at every step.
  IF p_separate_from = 'BUILDER' THEN
    IF EXISTS (SELECT FROM unnest(p_build_ids) b (build_id) WHERE is_own_work(p_person, b.build_id)) THEN
      PERFORM require_other_person(p_person, ARRAY[p_person], 'take this step');
    END IF;
  END IF;
END;
$$;
COMMENT ON FUNCTION require_step(bigint, boolean, text, text, bigint, bigint[]) IS 'What a step asks of the person: a reason where the rule wants one, and that it is not their own work.';

CREATE OR REPLACE FUNCTION apply_build_step(p_build builds, p_phase text, p_sub_state text, p_reason text, p_event_type text) RETURNS builds
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  changed builds;
BEGIN
  PERFORM open_order(p_build.order_id);
  UPDATE builds SET phase = p_phase, sub_state = p_sub_state, sub_state_entered_at = clock_timestamp(), row_version = row_version + 1
   WHERE build_id = p_build.build_id RETURNING * INTO changed;
  PERFORM close_order();
  INSERT INTO build_status_history (build_id, from_phase, to_phase, from_sub_state, to_sub_state, reason, changed_by, row_version)
  VALUES (p_build.build_id, p_build.phase, p_phase, p_build.sub_state, p_sub_state, nullif(btrim(p_reason), ''), current_user_id(), changed.row_version);
  PERFORM pause_build_tasks(changed, p_reason);
  -- What leaves the plant takes no more material: others get what it was promised and did not need.
  IF p_phase = 'SHIPPING' THEN
    PERFORM end_reservations(ARRAY[p_build.build_id]);
  END IF;
  IF p_event_type IS NOT NULL THEN
    PERFORM emit_event(p_event_type, 'builds', p_build.build_id, jsonb_strip_nulls(jsonb_build_object(
      'build_number', p_build.build_number, 'order_id', p_build.order_id, 'from_phase', p_build.phase, 'to_phase', p_phase,
      'from_sub_state', p_build.sub_state, 'to_sub_state', p_sub_state, 'reason', p_reason, 'row_version', changed.row_version)));
  END IF;
  RETURN changed;
END;
$$;
COMMENT ON FUNCTION apply_build_step(builds, text, text, text, text) IS 'The one place that writes phase and step of a build: row, history and outbox together.';

CREATE OR REPLACE FUNCTION derive_order_phase(p_order_id bigint, p_reason text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  holder orders := require_order(p_order_id);
  least text := (SELECT b.phase FROM builds b WHERE b.order_id = p_order_id AND b.state = 'ACTIVE' ORDER BY phase_position(b.phase) LIMIT 1);
  rule order_workflow_rules;
BEGIN
  -- One phase at a time, so that history shows every step of the workflow also when the last slow build is cancelled.
  WHILE least <> holder.phase LOOP
    SELECT * INTO rule FROM order_workflow_rules r
     WHERE r.from_phase = holder.phase AND r.is_active
       AND r.to_phase = CASE WHEN phase_position(least) > phase_position(holder.phase) THEN phase_at(phase_position(holder.phase) + 1) ELSE least END;
    holder := apply_order_step(holder, CASE WHEN phase_position(least) > phase_position(holder.phase) THEN 'ADVANCE' ELSE 'RETURN' END,
      coalesce(rule.to_phase, least), holder.state, p_reason);
  END LOOP;
END;
$$;
COMMENT ON FUNCTION derive_order_phase(bigint, text) IS 'Brings the phase of an order to that of its least advanced active build (workflow.md section 2).';

CREATE OR REPLACE FUNCTION phase_at(p_position integer) RETURNS text
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT p FROM unnest(ARRAY['DRAFT', 'CONFIGURATION', 'APPROVAL', 'PRODUCTION', 'QUALITY_CONTROL', 'PACKAGING', 'SHIPPING', 'DELIVERED']) p WHERE phase_position(p) = p_position $$;
COMMENT ON FUNCTION phase_at(integer) IS 'Phase at a place in the life of an order, 1 to 8.';

CREATE OR REPLACE FUNCTION move_builds(p_order_id bigint, p_from_phase text, p_to_phase text, p_sub_state text, p_reason text, p_event_type text DEFAULT NULL) RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  build builds;
  moved integer := 0;
BEGIN
  IF p_to_phase = 'SHIPPING' THEN
    PERFORM lock_balances(material_keys(array(SELECT b.build_id FROM builds b WHERE b.order_id = p_order_id AND b.state = 'ACTIVE' AND b.phase = p_from_phase)));
  END IF;
  FOR build IN SELECT * FROM builds b WHERE b.order_id = p_order_id AND b.state = 'ACTIVE' AND b.phase = p_from_phase ORDER BY b.build_id FOR NO KEY UPDATE LOOP
    PERFORM apply_build_step(build, p_to_phase, p_sub_state, p_reason, p_event_type);
    moved := moved + 1;
  END LOOP;
  RETURN moved;
END;
$$;
COMMENT ON FUNCTION move_builds(bigint, text, text, text, text, text) IS 'Moves all active builds of an order that are in one phase to another.';

CREATE OR REPLACE FUNCTION request_hold(p_build_id bigint, p_reason text) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  build builds := lock_active_build(p_build_id);
  note bigint;
BEGIN
  PERFORM require_person('order:request_hold'), require_reason(p_reason);
  note := write_order_note(build.order_id, 'Hold requested: ' || btrim(p_reason), p_build_id, true);
  PERFORM emit_event('order.hold_requested', 'builds', p_build_id, jsonb_build_object('build_number', build.build_number, 'order_id', build.order_id, 'reason', btrim(p_reason)));
  RETURN note;
END;
$$;
COMMENT ON FUNCTION request_hold(bigint, text) IS 'An Assembly Technician asks for a hold (parts issue): an urgent note, and word to those who may set it.';

CREATE OR REPLACE FUNCTION canonical_builds(p_build_id bigint) RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  RETURN (
    SELECT jsonb_build_object('build_number', b.build_number, 'order_number', o.order_number, 'configuration', c.parameters_hash, 'bom', m.content_hash)
      FROM builds b JOIN orders o USING (order_id) LEFT JOIN configurations c ON c.configuration_id = b.configuration_id LEFT JOIN boms m ON m.bom_id = b.bom_id
     WHERE b.build_id = p_build_id);
END;
$$;
COMMENT ON FUNCTION canonical_builds(bigint) IS 'What a signature on a build binds: its number, order, configuration and BOM.';
