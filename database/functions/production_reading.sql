-- Production: what people look at.

CREATE OR REPLACE FUNCTION task_bom_lines(p_task_id bigint) RETURNS TABLE (line_number integer, item_code text, item_name text, component_group text, quantity numeric, unit_code text, note text)
LANGUAGE sql STABLE ROWS 5
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT l.line_number, l.item_code, l.item_name, l.component_group, l.quantity_total, l.unit_code, l.note
    FROM production_tasks t JOIN task_templates m ON m.task_template_id = t.task_template_id
    JOIN bom_line_items l ON l.bom_id = t.bom_id AND l.depth = 0
   WHERE t.production_task_id = p_task_id
     AND ('*' = ANY (m.bom_groups) OR (l.component_group = ANY (m.bom_groups) AND CASE m.bom_scope
       WHEN 'ANY' THEN true
       WHEN 'OWN_ELEMENT' THEN EXISTS (SELECT FROM jsonb_array_elements(l.provenance) p WHERE (p.value ->> 'place')::integer = t.element_place)
       ELSE EXISTS (SELECT FROM jsonb_array_elements(l.provenance) p WHERE (p.value ->> 'place') IS NULL) END))
   ORDER BY l.line_number
$$;
COMMENT ON FUNCTION task_bom_lines(bigint) IS 'The BOM lines that belong to a task.';

CREATE OR REPLACE FUNCTION task_queue(p_login text DEFAULT NULL)
RETURNS TABLE (production_task_id bigint, build_id bigint, build_number text, order_number text, sequence_label text, title text, state text,
  is_running boolean, is_own boolean, is_ready boolean,
  waits_for text, planned_minutes integer, planned_start timestamptz, planned_end timestamptz, want_date date, instruction_code text, tool_kinds text[], row_version integer)
LANGUAGE plpgsql STABLE ROWS 50
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  person bigint := CASE WHEN p_login IS NULL THEN current_user_id() ELSE (SELECT u.user_id FROM users u WHERE u.login = lower(btrim(p_login))) END;
BEGIN
  PERFORM require_permission('production_task:read');
  IF person IS NULL THEN
    RAISE EXCEPTION 'There is no user "%".', shown(p_login) USING ERRCODE = 'TV004', COLUMN = 'login', HINT = 'Name a login, or act as a person.';
  END IF;
  IF person IS DISTINCT FROM current_user_id() THEN
    PERFORM require_permission('production_task:assign');
  END IF;
  RETURN QUERY
    WITH candidates AS MATERIALIZED (
      SELECT t.*, b.build_number, b.phase, b.sub_state, o.order_number, o.want_date, o.state AS order_state, o.state_reason AS order_reason
        FROM production_tasks t JOIN builds b ON b.build_id = t.build_id JOIN orders o ON o.order_id = b.order_id
       WHERE t.is_current AND t.state IN ('PENDING', 'IN_PROGRESS', 'BLOCKED') AND b.state = 'ACTIVE' AND o.state <> 'CANCELLED'
         AND (t.assignee_id = person
              OR (t.assignee_id IS NULL AND t.state <> 'BLOCKED' AND o.state = 'ACTIVE' AND task_gate_open(t.start_gate, b.phase, b.sub_state, true)
                  -- Not by a function: it would ask anew for each task which builds the reader may see.
                  AND NOT EXISTS (SELECT FROM v_open_predecessors w WHERE w.production_task_id = t.production_task_id)))
    ), fits AS MATERIALIZED (
      SELECT s.skill_id, s.skill_level FROM (SELECT DISTINCT c.skill_id, c.skill_level FROM candidates c OFFSET 0) s WHERE missing_qualification(person, s.skill_id, s.skill_level) IS NULL
    ), seen AS MATERIALIZED (
      SELECT c.*, coalesce(c.worker_id = person, false) AS running,
             CASE WHEN c.order_state <> 'ACTIVE' THEN 'order on hold: ' || c.order_reason
                  WHEN c.state = 'BLOCKED' THEN 'blocked: ' || c.state_reason
                  WHEN NOT task_gate_open(c.start_gate, c.phase, c.sub_state, c.assignee_id IS NULL) THEN 'build in ' || concat_ws(' ', c.phase, c.sub_state)
                  WHEN c.state = 'PENDING' AND c.assignee_id IS NOT NULL THEN (SELECT string_agg(w.sequence_label, ', ' ORDER BY w.sequence, w.predecessor_id) FROM v_open_predecessors w WHERE w.production_task_id = c.production_task_id) END AS waits
        FROM candidates c
       WHERE c.assignee_id IS NOT NULL OR EXISTS (SELECT FROM fits f WHERE f.skill_id IS NOT DISTINCT FROM c.skill_id AND f.skill_level = c.skill_level)
    )
    SELECT q.production_task_id, q.build_id, q.build_number, q.order_number, q.sequence_label, q.title, q.state, q.running, q.assignee_id IS NOT NULL, q.waits IS NULL, q.waits,
           q.planned_minutes, q.planned_start, q.planned_end, q.want_date,
           (SELECT i.instruction_code FROM work_instructions i WHERE i.work_instruction_id = q.work_instruction_id),
           array(SELECT n.tool_kind_code FROM task_template_tools n WHERE n.task_template_id = q.task_template_id ORDER BY n.tool_kind_code), q.row_version
      FROM seen q
     ORDER BY q.running DESC, (q.waits IS NULL) DESC, q.assignee_id IS NOT NULL DESC, q.planned_start NULLS LAST, q.want_date NULLS LAST, q.build_id, q.sequence, q.production_task_id;
END;
$$;
COMMENT ON FUNCTION task_queue(text) IS 'What a technician can do: the running task, then ready ones (own, then those of the pool for which the person is qualified and whose predecessors are finished), then own ones that wait, each with what it waits for.';

CREATE OR REPLACE FUNCTION build_progress(p_build_id bigint)
RETURNS TABLE (tasks bigint, completed bigint, in_progress bigint, pending bigint, blocked bigint, cancelled bigint, planned_minutes bigint, done_minutes bigint, actual_minutes bigint, percent numeric,
  planned_end timestamptz, people text[], blocks text[], missing_serials bigint, open_outsourced bigint)
LANGUAGE sql STABLE ROWS 1
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT s.tasks, s.completed, s.in_progress, s.pending, s.blocked, s.cancelled, s.planned_minutes, s.done_minutes, s.actual_minutes,
         CASE WHEN s.planned_minutes > 0 THEN round(100.0 * s.done_minutes / s.planned_minutes, 1) ELSE 0 END, s.planned_end, s.people, s.blocks,
         (SELECT count(*) FROM required_serials(p_build_id) r WHERE NOT r.is_captured),
         (SELECT count(*) FROM outsourced_lines o WHERE o.build_id = p_build_id AND o.state NOT IN ('RECEIVED', 'CANCELLED'))
    FROM (
      SELECT count(*) AS tasks, count(*) FILTER (WHERE t.state = 'COMPLETED') AS completed, count(*) FILTER (WHERE t.state = 'IN_PROGRESS') AS in_progress, count(*) FILTER (WHERE t.state = 'PENDING') AS pending,
             count(*) FILTER (WHERE t.state = 'BLOCKED') AS blocked, count(*) FILTER (WHERE t.state = 'CANCELLED') AS cancelled,
             coalesce(sum(t.planned_minutes) FILTER (WHERE t.state <> 'CANCELLED'), 0) AS planned_minutes, coalesce(sum(t.planned_minutes) FILTER (WHERE t.state = 'COMPLETED'), 0) AS done_minutes,
             coalesce(sum(t.actual_minutes), 0) AS actual_minutes, max(t.planned_end) FILTER (WHERE t.state NOT IN ('COMPLETED', 'CANCELLED')) AS planned_end,
             coalesce(array_agg(DISTINCT u.display_name) FILTER (WHERE u.user_id IS NOT NULL), '{}') AS people,
             coalesce(array_agg(format('%s: %s', t.sequence_label, t.state_reason) ORDER BY t.sequence, t.production_task_id) FILTER (WHERE t.state = 'BLOCKED'), '{}') AS blocks
        FROM production_tasks t LEFT JOIN users u ON u.user_id = t.assignee_id
       WHERE t.build_id = p_build_id AND t.is_current) s
$$;
COMMENT ON FUNCTION build_progress(bigint) IS 'How far a build is: tasks by state, planned, done and actual minutes, percent of planned minutes done, planned end, people, blocks, what is missing.';

CREATE OR REPLACE FUNCTION own_figures(p_from date DEFAULT site_today() - 30, p_to date DEFAULT site_today()) RETURNS TABLE (figure text, amount bigint)
LANGUAGE plpgsql STABLE ROWS 5
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  person bigint := current_user_id();
  begins CONSTANT timestamptz := greatest(p_from, date '0001-01-01')::timestamp AT TIME ZONE site_time_zone();
  ends CONSTANT timestamptz := (least(p_to, date '9999-12-30') + 1)::timestamp AT TIME ZONE site_time_zone();
BEGIN
  IF NOT has_permission('report:read') THEN
    PERFORM require_permission('report:read_own');
  END IF;
  RETURN QUERY
    SELECT f.figure, f.amount
      FROM (SELECT 1 AS place, 'tasks_completed' AS figure, count(*) AS amount FROM production_task_times t WHERE t.user_id = person AND t.action = 'COMPLETE' AND t.recorded_at >= begins AND t.recorded_at < ends
            UNION ALL SELECT 2, 'tasks_blocked', count(*) FROM production_task_times t WHERE t.user_id = person AND t.action = 'BLOCK' AND t.recorded_at >= begins AND t.recorded_at < ends
            UNION ALL SELECT 3, 'findings_reported', count(*) FROM nonconformities n WHERE n.reported_by = person AND n.reported_at >= begins AND n.reported_at < ends
            UNION ALL SELECT 4, 'service_orders_made', count(*) FROM service_orders s WHERE s.created_by = person AND s.created_at >= begins AND s.created_at < ends
            UNION ALL SELECT 5, 'notes_written', count(*) FROM order_notes n WHERE n.created_by = person AND n.created_at >= begins AND n.created_at < ends) f
     ORDER BY f.place;
END;
$$;
COMMENT ON FUNCTION own_figures(date, date) IS 'What the acting person did between two days, both included: tasks completed and blocked, findings reported, service-part orders made, notes written.';
