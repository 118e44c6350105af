-- Guards of the steps of a build that look at production (workflow.md section 4): outsourcing, people, tasks, serial numbers.

CREATE OR REPLACE FUNCTION build_guard_outsourcing_stated(p_build_id bigint) RETURNS guard_result
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT guard_outcome(
           EXISTS (SELECT FROM outsourced_lines o WHERE o.build_id = b.build_id AND o.bom_id = b.bom_id AND o.state <> 'CANCELLED')
           OR EXISTS (SELECT FROM outsourcing_statements s WHERE s.build_id = b.build_id AND s.bom_id = b.bom_id AND s.withdrawn_at IS NULL),
           format('build %s: no line is marked for an external shop, and "none" is not stated', b.build_number), 'outsourcing')
    FROM builds b WHERE b.build_id = p_build_id
$$;
COMMENT ON FUNCTION build_guard_outsourcing_stated(bigint) IS 'Lines of the present BOM are marked as outsourced, or it is stated that there are none.';

CREATE OR REPLACE FUNCTION build_guard_outsourcing_ordered(p_build_id bigint) RETURNS guard_result
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  build builds := require_build(p_build_id);
  problems text;
BEGIN
  SELECT string_agg(p.problem, '; ' ORDER BY p.line_number) INTO problems
    FROM (
      SELECT o.line_number, CASE WHEN o.expected_on IS NOT NULL THEN format('%s has no supplier', o.item_code)
                                  WHEN o.supplier_id IS NOT NULL THEN format('%s has no expected date', o.item_code)
                                  ELSE format('%s has no supplier and no expected date', o.item_code) END AS problem
        FROM outsourced_lines o
       WHERE o.build_id = p_build_id AND o.state NOT IN ('RECEIVED', 'CANCELLED') AND (o.supplier_id IS NULL OR o.expected_on IS NULL)
      UNION ALL
      SELECT 0, 'no line goes out: it is ready for the check as it is'
       WHERE NOT EXISTS (SELECT FROM outsourced_lines o WHERE o.build_id = p_build_id AND o.state <> 'CANCELLED')
      UNION ALL
      SELECT l.line_number, format('%s (%s) is not in the sent set', l.item_code, l.component_group)
        FROM bom_line_items l
       WHERE l.bom_id = build.bom_id AND l.depth = 0 AND l.component_group IN ('legs', 'feet')
         AND NOT EXISTS (SELECT FROM outsourced_lines o WHERE o.bom_id = l.bom_id AND o.line_number = l.line_number AND o.state <> 'CANCELLED')
         AND NOT EXISTS (SELECT FROM outsourcing_statements s WHERE s.build_id = p_build_id AND s.bom_id = build.bom_id AND s.withdrawn_at IS NULL)) p;
  RETURN guard_outcome(problems IS NULL, format('build %s: %s', build.build_number, problems), 'outsourcing');
END;
$$;
COMMENT ON FUNCTION build_guard_outsourcing_ordered(bigint) IS 'Something goes out, and every open outsourced line has a supplier and an expected date; legs and feet kits are among the lines unless it is stated that nothing goes out.';

CREATE OR REPLACE FUNCTION build_guard_outsourcing_received(p_build_id bigint) RETURNS guard_result
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT guard_outcome(count(o.*) = 0, format('build %s: not yet back from the external shop: %s', b.build_number, string_agg(o.item_code, ', ' ORDER BY o.line_number)), 'outsourcing')
    FROM builds b LEFT JOIN outsourced_lines o ON o.build_id = b.build_id AND o.state NOT IN ('RECEIVED', 'CANCELLED')
   WHERE b.build_id = p_build_id
   GROUP BY b.build_id
$$;
COMMENT ON FUNCTION build_guard_outsourcing_received(bigint) IS 'Every outsourced line is received or cancelled.';

CREATE OR REPLACE FUNCTION build_guard_technician_assigned(p_build_id bigint) RETURNS guard_result
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  build builds := require_build(p_build_id);
  first_task production_tasks;
  lack text;
BEGIN
  SELECT * INTO first_task FROM production_tasks t
   WHERE t.build_id = p_build_id AND t.is_current AND t.start_gate IN ('RECEIVING', 'ASSEMBLY') AND t.state NOT IN ('COMPLETED', 'CANCELLED')
   ORDER BY t.sequence, t.production_task_id LIMIT 1;
  IF first_task.production_task_id IS NULL THEN
    RETURN guard_outcome(EXISTS (SELECT FROM production_tasks t WHERE t.build_id = p_build_id AND t.is_current), format('build %s has no tasks', build.build_number), 'tasks');
  END IF;
  IF first_task.assignee_id IS NULL THEN
    RETURN guard_outcome(false, format('build %s: the first task (%s %s) is assigned to nobody', build.build_number, first_task.sequence_label, first_task.title), 'tasks');
  END IF;
  lack := missing_qualification(first_task.assignee_id, first_task.skill_id, first_task.skill_level);
  RETURN guard_outcome(lack IS NULL, format('build %s: the first task (%s %s) is assigned to %s, who %s', build.build_number, first_task.sequence_label, first_task.title,
    (SELECT u.display_name FROM users u WHERE u.user_id = first_task.assignee_id), lack), 'tasks');
END;
$$;
COMMENT ON FUNCTION build_guard_technician_assigned(bigint) IS 'The first open task of the build is assigned to an active person who is qualified for it.';

CREATE OR REPLACE FUNCTION build_guard_tasks_finished(p_build_id bigint) RETURNS guard_result
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  build builds := require_build(p_build_id);
  left_open bigint;
BEGIN
  IF NOT EXISTS (SELECT FROM production_tasks t WHERE t.build_id = p_build_id AND t.is_current AND t.task_template_id IS NOT NULL) THEN
    RETURN guard_outcome(false, format('build %s has no tasks', build.build_number), 'tasks');
  END IF;
  -- The end-of-line test is itself a task: it counts from the test on, packing never.
  SELECT count(*) INTO left_open
    FROM production_tasks t
   WHERE t.build_id = p_build_id AND t.is_current AND t.state NOT IN ('COMPLETED', 'CANCELLED') AND t.start_gate <> 'PACKING'
     AND (t.start_gate <> 'END_OF_LINE' OR build.phase <> 'PRODUCTION' OR coalesce(build.sub_state IN ('EOL_READY', 'EOL_RUNNING', 'EOL_PASSED'), false));
  RETURN guard_outcome(left_open = 0,
    CASE left_open WHEN 1 THEN format('build %s: 1 task is open', build.build_number) ELSE format('build %s: %s tasks are open', build.build_number, left_open) END, 'tasks');
END;
$$;
COMMENT ON FUNCTION build_guard_tasks_finished(bigint) IS 'Every task of the build but packing (and, before the end-of-line test, the test) is completed, or cancelled with a reason; rework included.';

CREATE OR REPLACE FUNCTION build_guard_serials_captured(p_build_id bigint) RETURNS guard_result
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  build builds := require_build(p_build_id);
  missing text;
BEGIN
  SELECT string_agg(lower(r.name) || coalesce(' of basin ' || r.basin_number, ''), ', ') INTO missing FROM required_serials(p_build_id) r WHERE NOT r.is_captured;
  IF build.configuration_id IS NULL THEN
    RETURN guard_outcome(false, format('build %s: there is no configuration', build.build_number), 'serials');
  END IF;
  RETURN guard_outcome(missing IS NULL, format('build %s: serial numbers missing: %s', build.build_number, missing), 'serials');
END;
$$;
COMMENT ON FUNCTION build_guard_serials_captured(bigint) IS 'Every serial number that the configuration asks for is captured.';
