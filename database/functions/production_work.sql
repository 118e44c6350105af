-- Production: work on a task: start, tools, pause, complete, block, reopen, cancel. Lock order: see production_tasks.sql.

CREATE OR REPLACE FUNCTION require_free_hands(p_person bigint) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  other production_tasks;
BEGIN
  -- Locked, so that one person cannot begin two tasks at the same moment.
  PERFORM FROM users u WHERE u.user_id = p_person FOR NO KEY UPDATE;
  IF site_setting('one_running_task') = 'false' THEN
    RETURN;
  END IF;
  SELECT * INTO other FROM production_tasks t WHERE t.worker_id = p_person LIMIT 1;
  IF other.production_task_id IS NOT NULL THEN
    RAISE EXCEPTION '% is working on task % already.', current_actor(), task_name(other) USING ERRCODE = 'TV009', HINT = 'Pause or complete it first. The setting one_running_task lifts this rule.';
  END IF;
END;
$$;
COMMENT ON FUNCTION require_free_hands(bigint) IS 'Raises TV009 if the person is working on a task, unless the setting one_running_task is false.';

CREATE OR REPLACE FUNCTION start_task(p_task_id bigint, p_tools text[] DEFAULT '{}', p_expected_version integer DEFAULT NULL) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  task production_tasks := lock_task(p_task_id, p_expected_version);
  person bigint := require_own_task(task, 'production_task:start');
  waits text[] := open_predecessors(p_task_id);
BEGIN
  PERFORM require_task_gate(task), require_open_task(task);
  IF task.worker_id IS NOT NULL THEN
    RAISE EXCEPTION 'Task % is running already.', task_name(task) USING ERRCODE = 'TV009', HINT = 'pause_task, block_task or complete_task end it.';
  END IF;
  IF task.state = 'PENDING' AND cardinality(waits) > 0 THEN
    RAISE EXCEPTION 'Task % waits for %.', task_name(task), array_to_string(waits, ', ') USING ERRCODE = 'TV009', HINT = 'These must be completed, or cancelled with a reason.';
  END IF;
  PERFORM require_qualified(task, person), require_free_hands(person), use_tools(task, p_tools);
  UPDATE production_tasks t SET state = 'IN_PROGRESS', worker_id = person, started_at = coalesce(t.started_at, clock_timestamp()), block_kind = NULL, state_reason = NULL,
         work_instruction_id = CASE WHEN t.started_at IS NULL THEN instruction_in_force(t.work_instruction_id) ELSE t.work_instruction_id END
   WHERE t.production_task_id = p_task_id;
  PERFORM note_task_time(task, 'START');
END;
$$;
COMMENT ON FUNCTION start_task(bigint, text[], integer) IS
  'Begins or goes on with an own task: predecessors finished, order active, build at the right step, skill valid, one running task per person, tools in calibration. '
  'p_tools: numbers of the calibrated tools used; where the plant has just one that fits, it is recorded by itself.';

CREATE OR REPLACE FUNCTION use_tools(p_task production_tasks, p_tools text[]) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  named text;
  tool tools;
  needed record;
BEGIN
  FOREACH named IN ARRAY coalesce(p_tools, '{}') LOOP
    SELECT * INTO tool FROM tools t WHERE t.tool_code = upper(btrim(named)) AND t.is_active FOR KEY SHARE;
    IF tool.tool_id IS NULL THEN
      RAISE EXCEPTION 'There is no tool "%" in use.', named USING ERRCODE = 'TV004', HINT = 'SELECT tool_code, name FROM tools WHERE is_active lists them.';
    END IF;
    IF tool.calibration_due < site_today() OR (tool.calibration_due IS NULL AND (SELECT k.needs_calibration FROM tool_kinds k WHERE k.tool_kind_code = tool.tool_kind_code)) THEN
      RAISE EXCEPTION 'Tool % must not be used: %.', tool.tool_code, coalesce('its calibration ended on ' || tool.calibration_due, 'it has no calibration')
        USING ERRCODE = 'TV009', HINT = 'Take another tool, or have it calibrated and record the new date.';
    END IF;
    PERFORM note_tool(p_task, tool);
  END LOOP;
  FOR needed IN
    SELECT k.tool_kind_code, k.name, array_agg(t.tool_code ORDER BY t.tool_code) FILTER (WHERE t.calibration_due >= site_today()) AS fit
      FROM task_template_tools n JOIN tool_kinds k ON k.tool_kind_code = n.tool_kind_code LEFT JOIN tools t ON t.tool_kind_code = k.tool_kind_code AND t.is_active
     WHERE n.task_template_id = p_task.task_template_id AND k.needs_calibration
       AND NOT EXISTS (SELECT FROM production_task_tools u JOIN tools ut ON ut.tool_id = u.tool_id
                        WHERE u.production_task_id = p_task.production_task_id AND ut.tool_kind_code = k.tool_kind_code AND ut.is_active AND ut.calibration_due >= site_today())
     GROUP BY k.tool_kind_code, k.name ORDER BY k.tool_kind_code
  LOOP
    IF needed.fit IS NULL THEN
      RAISE EXCEPTION 'Task % needs a % in calibration, and there is none.', task_name(p_task), lower(needed.name)
        USING ERRCODE = 'TV009', HINT = format('Record one in tools (kind %s) with its calibration_due, or block the task for the tool.', needed.tool_kind_code);
    END IF;
    IF cardinality(needed.fit) > 1 THEN
      RAISE EXCEPTION 'Task % needs a %: say which one is used.', task_name(p_task), lower(needed.name)
        USING ERRCODE = 'TV022', COLUMN = 'tools', HINT = format('start_task(task, ''{%s}''). In calibration: %s.', needed.fit[1], array_to_string(needed.fit, ', '));
    END IF;
    SELECT * INTO tool FROM tools t WHERE t.tool_code = needed.fit[1];
    PERFORM note_tool(p_task, tool);
  END LOOP;
END;
$$;
COMMENT ON FUNCTION use_tools(production_tasks, text[]) IS 'Records the calibrated tools of a task; refuses those out of calibration, and a task whose kind of tool is missing.';

CREATE OR REPLACE FUNCTION note_tool(p_task production_tasks, p_tool tools) RETURNS void
LANGUAGE sql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
  INSERT INTO production_task_tools (build_id, production_task_id, tool_id, calibration_due, user_id)
  SELECT p_task.build_id, p_task.production_task_id, p_tool.tool_id, p_tool.calibration_due, current_user_id()
   WHERE NOT EXISTS (SELECT FROM production_task_tools u
                      WHERE u.production_task_id = p_task.production_task_id AND u.tool_id = p_tool.tool_id AND u.calibration_due IS NOT DISTINCT FROM p_tool.calibration_due)
$$;
COMMENT ON FUNCTION note_tool(production_tasks, tools) IS 'Writes the use of a tool once per task and calibration.';

CREATE OR REPLACE FUNCTION pause_task(p_task_id bigint, p_reason text DEFAULT NULL, p_expected_version integer DEFAULT NULL) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  task production_tasks := lock_task(p_task_id, p_expected_version);
BEGIN
  PERFORM require_own_task(task, 'production_task:start', 'production_task:update');
  IF task.worker_id IS NULL THEN
    RAISE EXCEPTION 'Task % is not running.', task_name(task) USING ERRCODE = 'TV009', HINT = 'There is nothing to pause.';
  END IF;
  UPDATE production_tasks SET worker_id = NULL WHERE production_task_id = p_task_id;
  PERFORM note_task_time(task, 'PAUSE', p_reason);
END;
$$;
COMMENT ON FUNCTION pause_task(bigint, text, integer) IS 'Stops the clock of a running task; start_task goes on.';

CREATE OR REPLACE FUNCTION complete_task(p_task_id bigint, p_actual_minutes integer DEFAULT NULL, p_expected_version integer DEFAULT NULL) RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  task production_tasks := lock_task(p_task_id, p_expected_version);
  person bigint := require_own_task(task, 'production_task:start');
  minutes integer := coalesce(p_actual_minutes, captured_minutes(p_task_id));
BEGIN
  PERFORM require_task_gate(task), require_task_edge(task, 'COMPLETED');
  IF minutes NOT BETWEEN 0 AND 14400 THEN
    RAISE EXCEPTION 'The actual minutes are %.', minutes USING ERRCODE = 'TV022', HINT = 'Give 0 to 14400 minutes, or none for the captured time.';
  END IF;
  UPDATE production_tasks SET state = 'COMPLETED', worker_id = NULL, actual_minutes = minutes, completed_at = clock_timestamp(), completed_by = person, state_reason = NULL, wait_cause = NULL, wait_detail = NULL
   WHERE production_task_id = p_task_id;
  PERFORM note_task_time(task, 'COMPLETE'), emit_task_event('task.completed', task, jsonb_build_object('actual_minutes', minutes));
  IF task.start_gate = 'REWORK' AND NOT EXISTS (SELECT FROM production_tasks t WHERE t.build_id = task.build_id AND t.is_current AND t.start_gate = 'REWORK' AND t.state NOT IN ('COMPLETED', 'CANCELLED')) THEN
    PERFORM emit_task_event('rework.finished', task);
  END IF;
  RETURN minutes;
END;
$$;
COMMENT ON FUNCTION complete_task(bigint, integer, integer) IS 'Completes an own task that is in progress. The actual minutes are those given, else the captured time; returns them.';

CREATE OR REPLACE FUNCTION block_task(p_task_id bigint, p_reason text, p_kind text DEFAULT 'OTHER', p_expected_version integer DEFAULT NULL) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  task production_tasks := lock_task(p_task_id, p_expected_version);
  kind text := upper(btrim(coalesce(p_kind, '')));
BEGIN
  PERFORM require_own_task(task, 'production_task:block', 'production_task:update'), require_reason(p_reason), require_live_build(require_build(task.build_id)), require_task_edge(task, 'BLOCKED');
  IF kind NOT IN ('PARTS', 'TOOL', 'OTHER') THEN
    RAISE EXCEPTION 'The kind of block is "%".', shown(p_kind) USING ERRCODE = 'TV022', COLUMN = 'kind', HINT = 'Choose PARTS, TOOL or OTHER.';
  END IF;
  UPDATE production_tasks SET state = 'BLOCKED', worker_id = NULL, block_kind = kind, state_reason = btrim(p_reason) WHERE production_task_id = p_task_id;
  PERFORM note_task_time(task, 'BLOCK', p_reason), emit_task_event('task.blocked', task, jsonb_build_object('kind', kind, 'reason', p_reason));
  IF kind = 'PARTS' THEN
    PERFORM emit_task_event('stock.shortage', task, jsonb_build_object('reason', p_reason));
  END IF;
END;
$$;
COMMENT ON FUNCTION block_task(bigint, text, text, integer) IS 'Blocks a task with a reason; the kind is PARTS (reported as a shortage), TOOL or OTHER.';

CREATE OR REPLACE FUNCTION unblock_task(p_task_id bigint, p_reason text DEFAULT NULL, p_expected_version integer DEFAULT NULL) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  task production_tasks := lock_task(p_task_id, p_expected_version);
BEGIN
  PERFORM require_own_task(task, 'production_task:block', 'production_task:update'), require_live_build(require_build(task.build_id));
  IF task.state <> 'BLOCKED' THEN
    RAISE EXCEPTION 'Task % is not blocked.', task_name(task) USING ERRCODE = 'TV009', HINT = 'There is nothing to unblock.';
  END IF;
  UPDATE production_tasks SET state = CASE WHEN started_at IS NULL THEN 'PENDING' ELSE 'IN_PROGRESS' END, block_kind = NULL, state_reason = NULL WHERE production_task_id = p_task_id;
  PERFORM note_task_time(task, 'UNBLOCK', p_reason);
END;
$$;
COMMENT ON FUNCTION unblock_task(bigint, text, integer) IS 'Ends a block: the task is PENDING again, or IN_PROGRESS (paused) if it had been begun.';

CREATE OR REPLACE FUNCTION reopen_task(p_task_id bigint, p_reason text, p_expected_version integer DEFAULT NULL) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  task production_tasks := lock_task(p_task_id, p_expected_version);
BEGIN
  PERFORM require_own_task(task, 'production_task:update_own', 'production_task:update'), require_reason(p_reason), require_task_gate(task);
  IF task.state <> 'COMPLETED' THEN
    RAISE EXCEPTION 'Task % is not completed.', task_name(task) USING ERRCODE = 'TV009', HINT = 'Only a completed task is reopened; a cancelled one is restored.';
  END IF;
  UPDATE production_tasks SET state = 'IN_PROGRESS', state_reason = btrim(p_reason), actual_minutes = NULL, completed_at = NULL, completed_by = NULL WHERE production_task_id = p_task_id;
  PERFORM note_task_time(task, 'REOPEN', p_reason);
END;
$$;
COMMENT ON FUNCTION reopen_task(bigint, text, integer) IS 'Takes a completed task up again, with a reason; it is IN_PROGRESS and paused.';

CREATE OR REPLACE FUNCTION cancel_task(p_task_id bigint, p_reason text, p_expected_version integer DEFAULT NULL) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  task production_tasks := lock_task(p_task_id, p_expected_version);
BEGIN
  PERFORM require_person('production_task:cancel'), require_reason(p_reason), require_live_build(require_build(task.build_id)), require_task_edge(task, 'CANCELLED');
  UPDATE production_tasks SET state = 'CANCELLED', worker_id = NULL, block_kind = NULL, state_reason = btrim(p_reason), planned_start = NULL, planned_end = NULL, wait_cause = NULL, wait_detail = NULL
   WHERE production_task_id = p_task_id;
  PERFORM note_task_time(task, 'CANCEL', p_reason), emit_task_event('task.cancelled', task, jsonb_build_object('reason', p_reason));
END;
$$;
COMMENT ON FUNCTION cancel_task(bigint, text, integer) IS 'Cancels an open task with a reason; it no longer holds others up.';

CREATE OR REPLACE FUNCTION restore_task(p_task_id bigint, p_reason text, p_expected_version integer DEFAULT NULL) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  task production_tasks := lock_task(p_task_id, p_expected_version);
BEGIN
  PERFORM require_person('production_task:cancel'), require_reason(p_reason), require_live_build(require_build(task.build_id));
  IF task.state <> 'CANCELLED' THEN
    RAISE EXCEPTION 'Task % is not cancelled.', task_name(task) USING ERRCODE = 'TV009', HINT = 'Only a cancelled task is restored; a completed one is reopened.';
  END IF;
  PERFORM require_task_edge(task, 'PENDING');
  UPDATE production_tasks SET state = 'PENDING', state_reason = btrim(p_reason) WHERE production_task_id = p_task_id;
  PERFORM note_task_time(task, 'RESTORE', p_reason);
END;
$$;
COMMENT ON FUNCTION restore_task(bigint, text, integer) IS 'Makes a cancelled task pending again, with a reason.';
