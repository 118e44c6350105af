-- Production: the tasks of a build, made from its approved configuration, its BOM and the templates.
--
-- A task is the same work as before when template, place, the values it reads and the items of its BOM lines are the same
-- (content_key). So a second generation changes nothing, and after a change of the configuration only what is affected is new.

CREATE OR REPLACE FUNCTION wording_of(p_values jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF jsonb_typeof(p_values) <> 'object' THEN
    RAISE EXCEPTION 'The values are not an object but %.', jsonb_typeof(p_values) USING ERRCODE = 'TV022', COLUMN = 'values', HINT = 'Give names with their values, for example {"placement": "BETWEEN_1_2"}.';
  END IF;
  RETURN (
    SELECT coalesce(jsonb_object_agg(v.key, CASE
             WHEN v.value = 'null' THEN '"not stated"'
             WHEN v.value #>> '{}' ~ '^[A-Z][A-Z0-9_]*$' THEN to_jsonb(lower(replace(v.value #>> '{}', '_', ' ')))
             ELSE v.value END), '{}')
      FROM jsonb_each(p_values) v);
END;
$$;
COMMENT ON FUNCTION wording_of(jsonb) IS 'Values of a configuration as a title shows them: BETWEEN_1_2 becomes between 1 2.';

CREATE OR REPLACE FUNCTION wanted_tasks(p_build_id bigint) RETURNS SETOF wanted_task
LANGUAGE plpgsql STABLE ROWS 30
SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_generic_plan
SET jit = off
AS $$
DECLARE
  chosen configurations;
  sheet boms;
  derived jsonb;
  sink_vars jsonb;
BEGIN
  SELECT c.* INTO chosen FROM builds b JOIN configurations c ON c.configuration_id = b.configuration_id WHERE b.build_id = p_build_id;
  SELECT m.* INTO sheet FROM builds b JOIN boms m ON m.bom_id = b.bom_id WHERE b.build_id = p_build_id;
  derived := derive_values(chosen.rule_set_id, chosen.parameters);
  sink_vars := jsonb_build_object('v', derived);
  RETURN QUERY
    WITH fired AS MATERIALIZED (
      SELECT t.*, x.place, rule_values(t.reads, chosen.parameters, x.element, derived) AS seen,
             json_number(jsonb_path_query_first(chosen.parameters, t.quantity, x.vars, true))::integer AS pieces
        FROM (SELECT * FROM task_templates t WHERE t.family_code = chosen.family_code AND t.is_active OFFSET 0) t
        CROSS JOIN LATERAL (
          SELECT NULL::integer AS place, NULL::jsonb AS element, sink_vars AS vars WHERE t.for_each IS NULL
          UNION ALL
          SELECT (q.n - 1)::integer, q.e, sink_vars || jsonb_build_object('e', q.e, 'i', q.n - 1)
            FROM jsonb_path_query(chosen.parameters, t.for_each, '{}', true) WITH ORDINALITY AS q (e, n) WHERE t.for_each IS NOT NULL
        ) x
       WHERE jsonb_path_match(chosen.parameters, t.condition, x.vars, true)
    ), chosen_lines AS MATERIALIZED (
      SELECT l.specification_code, l.component_group, (p.value ->> 'place')::integer AS place
        FROM bom_line_items l LEFT JOIN LATERAL jsonb_array_elements(l.provenance) p ON true
       WHERE l.bom_id = sheet.bom_id AND l.depth = 0
    ), keyed AS (
      SELECT f.*, g.piece,
             encode(sha256(convert_to(concat_ws(E'\t', f.template_code, CASE f.numbered_by WHEN 'PLACE' THEN f.place END, f.seen::text,
               CASE WHEN f.redo_on_any_change THEN sheet.content_hash END, i.codes), 'UTF8')), 'hex') AS key
        FROM fired f
        CROSS JOIN LATERAL generate_series(1, CASE WHEN f.one_task_per_piece THEN f.pieces ELSE least(f.pieces, 1) END) g (piece)
        CROSS JOIN LATERAL (
          SELECT string_agg(DISTINCT l.specification_code, ',' ORDER BY l.specification_code) AS codes FROM chosen_lines l
           WHERE l.component_group = ANY (f.bom_groups)
             AND CASE f.bom_scope WHEN 'OWN_ELEMENT' THEN l.place = f.place WHEN 'WHOLE_SINK' THEN l.place IS NULL ELSE true END) i
    ), numbered AS (
      SELECT k.*, (row_number() OVER (PARTITION BY k.task_template_id, k.key ORDER BY k.place, k.piece))::integer AS nth,
             CASE k.numbered_by WHEN 'PLACE' THEN k.place + 1
                                WHEN 'RUNNING' THEN (row_number() OVER (PARTITION BY k.sequence ORDER BY k.place NULLS LAST, k.template_code, k.piece))::integer END AS number
        FROM keyed k
    )
    SELECT n.task_template_id, n.key, n.nth, n.sequence, concat_ws('.', n.sequence, n.number),
           fill_template(n.title, wording_of(n.seen) || jsonb_strip_nulls(jsonb_build_object('number', n.number, 'pieces', n.pieces))),
           n.element_list, n.place, n.number, n.planned_minutes * CASE WHEN n.one_task_per_piece THEN 1 ELSE n.pieces END
      FROM numbered n
     ORDER BY n.sequence, n.number, n.template_code;
END;
$$;
COMMENT ON FUNCTION wanted_tasks(bigint) IS 'The tasks that the templates ask for, for the present configuration and BOM of a build; changes nothing.';

CREATE OR REPLACE FUNCTION require_build(p_build_id bigint) RETURNS builds
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  found builds;
BEGIN
  SELECT * INTO found FROM builds WHERE build_id = p_build_id;
  IF found.build_id IS NULL THEN
    RAISE EXCEPTION 'There is no build %.', shown(p_build_id) USING ERRCODE = 'TV004', COLUMN = 'build_id', HINT = 'SELECT build_id, build_number FROM builds lists them.';
  END IF;
  RETURN found;
END;
$$;
COMMENT ON FUNCTION require_build(bigint) IS 'A build by its key, or an error.';

CREATE OR REPLACE FUNCTION lock_build(p_build_id bigint) RETURNS builds
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  found builds := require_build(p_build_id);
BEGIN
  PERFORM require_visible_build(p_build_id), lock_order(found.order_id, NULL);
  SELECT * INTO found FROM builds WHERE build_id = p_build_id FOR NO KEY UPDATE;
  RETURN found;
END;
$$;
COMMENT ON FUNCTION lock_build(bigint) IS 'Locks the order of a build, then the build, which the acting person must see.';

CREATE OR REPLACE FUNCTION require_live_build(p_build builds) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF p_build.state = 'CANCELLED' THEN
    RAISE EXCEPTION 'Build % is cancelled.', p_build.build_number USING ERRCODE = 'TV009', HINT = 'A cancelled build stays cancelled.';
  END IF;
  PERFORM require_active(require_order(p_build.order_id));
END;
$$;
COMMENT ON FUNCTION require_live_build(builds) IS 'Raises TV009 for a cancelled build or one whose order is on hold or cancelled.';

CREATE OR REPLACE FUNCTION generate_production_tasks(p_build_id bigint) RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  build builds := lock_build(p_build_id);
  sheet boms;
  wanted wanted_task[];
  made integer;
BEGIN
  PERFORM require_permission('production_task:create'), require_live_build(build);
  SELECT * INTO sheet FROM boms m WHERE m.bom_id = build.bom_id AND m.configuration_id = build.configuration_id AND m.state IN ('APPROVED', 'RELEASED');
  IF sheet.bom_id IS NULL OR build.phase NOT IN ('PRODUCTION', 'QUALITY_CONTROL', 'PACKAGING') THEN
    RAISE EXCEPTION 'Build % has no approved configuration and BOM to make tasks from, or is not in production (it is in %).', build.build_number, build.phase
      USING ERRCODE = 'TV009', HINT = 'Tasks are generated when the order is approved: transition_order(order_id, ''PRODUCTION'').';
  END IF;
  wanted := array(SELECT w FROM wanted_tasks(p_build_id) w);
  PERFORM FROM production_tasks t WHERE t.build_id = p_build_id AND t.is_current ORDER BY t.production_task_id FOR NO KEY UPDATE;
  PERFORM retire_tasks(build, wanted), confirm_tasks(build, wanted);
  made := insert_tasks(build, wanted);
  PERFORM link_tasks(p_build_id);
  IF made > 0 THEN
    PERFORM emit_event('build.tasks_generated', 'builds', p_build_id, jsonb_build_object('build_number', build.build_number, 'tasks', made));
  END IF;
  RETURN made;
END;
$$;
COMMENT ON FUNCTION generate_production_tasks(bigint) IS
  'Makes the tasks of a build from its approved configuration and BOM and returns how many are new. Again for the same configuration: none. After a change: unaffected tasks stay as they are, '
  'open ones that no longer apply are cancelled with the reason, completed ones stay in the record but no longer count.';

CREATE OR REPLACE FUNCTION retire_tasks(p_build builds, p_wanted wanted_task[]) RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  why text := format('no longer asked for by configuration version %s', (SELECT c.version FROM configurations c WHERE c.configuration_id = p_build.configuration_id));
  gone bigint[] := array(
    SELECT t.production_task_id FROM production_tasks t
     WHERE t.build_id = p_build.build_id AND t.is_current AND t.task_template_id IS NOT NULL
       AND NOT EXISTS (SELECT FROM unnest(p_wanted) w WHERE (w.task_template_id, w.content_key, w.occurrence) = (t.task_template_id, t.content_key, t.occurrence))
     ORDER BY t.production_task_id);
BEGIN
  INSERT INTO production_task_times (build_id, production_task_id, action, user_id, reason)
  SELECT t.build_id, t.production_task_id, 'CANCEL', current_user_id(), why FROM production_tasks t
   WHERE t.production_task_id = ANY (gone) AND t.state IN ('PENDING', 'IN_PROGRESS', 'BLOCKED') ORDER BY t.production_task_id;
  UPDATE production_tasks t
     SET is_current = false, worker_id = NULL, block_kind = NULL, planned_start = NULL, planned_end = NULL, wait_cause = NULL, wait_detail = NULL,
         state = CASE t.state WHEN 'COMPLETED' THEN t.state ELSE 'CANCELLED' END,
         state_reason = CASE t.state WHEN 'CANCELLED' THEN t.state_reason ELSE why END
   WHERE t.production_task_id = ANY (gone);
  RETURN cardinality(gone);
END;
$$;
COMMENT ON FUNCTION retire_tasks(builds, wanted_task[]) IS 'Takes tasks out of force that the configuration no longer asks for; open ones are cancelled.';

CREATE OR REPLACE FUNCTION confirm_tasks(p_build builds, p_wanted wanted_task[]) RETURNS void
LANGUAGE sql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
  UPDATE production_tasks t
     SET configuration_id = p_build.configuration_id, bom_id = p_build.bom_id, sequence_label = w.sequence_label, title = w.title, element_place = w.element_place, element_number = w.element_number
    FROM unnest(p_wanted) w
   WHERE t.build_id = p_build.build_id AND t.is_current AND (t.task_template_id, t.content_key, t.occurrence) = (w.task_template_id, w.content_key, w.occurrence)
     AND (t.configuration_id, t.bom_id, t.sequence_label, t.title, t.element_place, t.element_number) IS DISTINCT FROM
         (p_build.configuration_id, p_build.bom_id, w.sequence_label, w.title, w.element_place, w.element_number)
$$;
COMMENT ON FUNCTION confirm_tasks(builds, wanted_task[]) IS 'Notes the new configuration on tasks that it leaves as they are.';

CREATE OR REPLACE FUNCTION insert_tasks(p_build builds, p_wanted wanted_task[]) RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  made integer;
BEGIN
  INSERT INTO production_tasks (build_id, task_template_id, configuration_id, bom_id, content_key, occurrence, sequence, sequence_label, title, element_list, element_place, element_number,
         start_gate, resource_class, resource_group, skill_id, skill_level, work_instruction_id, planned_minutes, created_by)
  SELECT p_build.build_id, w.task_template_id, p_build.configuration_id, p_build.bom_id, w.content_key, w.occurrence, w.sequence, w.sequence_label, w.title, w.element_list, w.element_place, w.element_number,
         t.start_gate, t.resource_class, t.resource_group, t.skill_id, t.skill_level, i.work_instruction_id, w.planned_minutes, current_user_id()
    FROM unnest(p_wanted) WITH ORDINALITY AS w
    JOIN task_templates t USING (task_template_id)
    LEFT JOIN work_instructions i ON i.instruction_code = t.instruction_code AND i.state = 'RELEASED'
   WHERE NOT EXISTS (SELECT FROM production_tasks h WHERE h.build_id = p_build.build_id AND h.is_current
                        AND (h.task_template_id, h.content_key, h.occurrence) = (w.task_template_id, w.content_key, w.occurrence))
   ORDER BY w.ordinality;
  GET DIAGNOSTICS made = ROW_COUNT;
  RETURN made;
END;
$$;
COMMENT ON FUNCTION insert_tasks(builds, wanted_task[]) IS 'Writes the tasks that a build does not have yet.';

CREATE OR REPLACE FUNCTION link_tasks(p_build_id bigint) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  tasks bigint[];
  predecessors bigint[];
BEGIN
  WITH RECURSIVE present AS MATERIALIZED (
    SELECT DISTINCT t.task_template_id FROM production_tasks t WHERE t.build_id = p_build_id AND t.is_current AND t.task_template_id IS NOT NULL
  ), chain AS (
    SELECT d.task_template_id, d.predecessor_id, d.same_element FROM task_template_dependencies d JOIN present p USING (task_template_id)
    UNION
    -- A predecessor without tasks in this build hands over to its own predecessors.
    SELECT c.task_template_id, d.predecessor_id, c.same_element AND d.same_element
      FROM chain c JOIN task_template_dependencies d ON d.task_template_id = c.predecessor_id
     WHERE c.predecessor_id NOT IN (SELECT p.task_template_id FROM present p)
  )
  SELECT array_agg(e.task), array_agg(e.predecessor) INTO tasks, predecessors
    FROM (SELECT DISTINCT later.production_task_id AS task, earlier.production_task_id AS predecessor
            FROM chain c
            JOIN production_tasks later ON later.build_id = p_build_id AND later.is_current AND later.task_template_id = c.task_template_id
            JOIN production_tasks earlier ON earlier.build_id = p_build_id AND earlier.is_current AND earlier.task_template_id = c.predecessor_id
           WHERE NOT c.same_element OR (earlier.element_list, earlier.element_number) IS NOT DISTINCT FROM (later.element_list, later.element_number)) e;
  DELETE FROM production_task_dependencies d
   WHERE d.build_id = p_build_id AND NOT EXISTS (SELECT FROM unnest(tasks, predecessors) AS w (task, predecessor) WHERE (w.task, w.predecessor) = (d.production_task_id, d.predecessor_id));
  INSERT INTO production_task_dependencies (build_id, production_task_id, predecessor_id)
  SELECT p_build_id, w.task, w.predecessor FROM unnest(tasks, predecessors) AS w (task, predecessor) ORDER BY w.task, w.predecessor
  ON CONFLICT DO NOTHING;
END;
$$;
COMMENT ON FUNCTION link_tasks(bigint) IS 'Sets which task of a build comes after which, as the templates say.';

CREATE OR REPLACE FUNCTION action_generate_tasks(p_order_id bigint) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  build bigint;
BEGIN
  FOR build IN SELECT b.build_id FROM builds b WHERE b.order_id = p_order_id AND b.state = 'ACTIVE' ORDER BY b.build_id LOOP
    PERFORM generate_production_tasks(build);
  END LOOP;
END;
$$;
COMMENT ON FUNCTION action_generate_tasks(bigint) IS 'Generates the tasks of every active build of an order when it is approved.';

CREATE OR REPLACE FUNCTION set_template_minutes(p_template_code text, p_minutes integer, p_family_code text DEFAULT 'MDRD') RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  changed task_templates;
  followed integer;
BEGIN
  PERFORM require_permission('production_task:update');
  IF p_minutes IS NULL OR p_minutes NOT BETWEEN 0 AND 14400 THEN
    RAISE EXCEPTION 'The minutes are %.', shown(p_minutes) USING ERRCODE = 'TV022', COLUMN = 'minutes', HINT = 'Give 0 to 14400 minutes.';
  END IF;
  SELECT * INTO changed FROM task_templates t WHERE t.family_code = p_family_code AND t.template_code = upper(btrim(p_template_code)) FOR NO KEY UPDATE;
  IF changed.task_template_id IS NULL THEN
    RAISE EXCEPTION 'There is no task template "%" of family %.', shown(p_template_code), shown(p_family_code) USING ERRCODE = 'TV004', HINT = 'SELECT template_code, title, planned_minutes FROM task_templates lists them.';
  END IF;
  UPDATE task_templates SET planned_minutes = p_minutes WHERE task_template_id = changed.task_template_id;
  PERFORM FROM production_tasks t WHERE t.task_template_id = changed.task_template_id AND t.is_current AND t.state = 'PENDING' AND t.started_at IS NULL ORDER BY t.production_task_id FOR NO KEY UPDATE;
  UPDATE production_tasks t SET planned_minutes = p_minutes
   WHERE t.task_template_id = changed.task_template_id AND t.is_current AND t.state = 'PENDING' AND t.started_at IS NULL
     AND changed.one_task_per_piece AND t.planned_minutes = changed.planned_minutes;
  GET DIAGNOSTICS followed = ROW_COUNT;
  RETURN followed;
END;
$$;
COMMENT ON FUNCTION set_template_minutes(text, integer, text) IS 'Changes the planned minutes of a template; tasks not yet begun that had its value follow. Returns how many.';
