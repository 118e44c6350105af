-- Production: tasks, who may do them, and how they get to people.
--
-- Lock order: the order of the build, the build, the task, then (where somebody begins to work) the person, whose one running
-- task is looked for. Who may: technicians work on their own tasks; the Production Manager assigns, cancels and changes all.

CREATE OR REPLACE FUNCTION lock_task(p_task_id bigint, p_expected_version integer DEFAULT NULL) RETURNS production_tasks
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  found production_tasks;
BEGIN
  SELECT * INTO found FROM production_tasks t WHERE t.production_task_id = p_task_id;
  IF found.production_task_id IS NULL THEN
    RAISE EXCEPTION 'There is no production task %.', shown(p_task_id) USING ERRCODE = 'TV004', COLUMN = 'task_id', HINT = 'SELECT * FROM task_queue() lists yours.';
  END IF;
  PERFORM lock_build(found.build_id);
  SELECT * INTO found FROM production_tasks t WHERE t.production_task_id = p_task_id FOR NO KEY UPDATE;
  IF p_expected_version <> found.row_version THEN
    RAISE EXCEPTION 'Task % was changed meanwhile: it is at version %, you saw %.', found.sequence_label, found.row_version, shown(p_expected_version)
      USING ERRCODE = 'TV012', HINT = format('It is now %s. Look at it again, then decide.', found.state);
  END IF;
  RETURN found;
END;
$$;
COMMENT ON FUNCTION lock_task(bigint, integer) IS 'Locks the order and build of a task, then the task; raises TV012 if it is no longer at the version the caller saw.';

CREATE OR REPLACE FUNCTION task_name(p_task production_tasks) RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT format('%s of build %s', p_task.sequence_label, (SELECT b.build_number FROM builds b WHERE b.build_id = p_task.build_id)) $$;
COMMENT ON FUNCTION task_name(production_tasks) IS 'A task in words: 70.2 of build X.';

CREATE OR REPLACE FUNCTION task_states_after(p_state text) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT CASE p_state
    WHEN 'PENDING' THEN '{IN_PROGRESS,BLOCKED,CANCELLED}'
    WHEN 'IN_PROGRESS' THEN '{COMPLETED,BLOCKED,CANCELLED}'
    WHEN 'BLOCKED' THEN '{PENDING,IN_PROGRESS,CANCELLED}'
    WHEN 'COMPLETED' THEN '{IN_PROGRESS}'
    WHEN 'CANCELLED' THEN '{PENDING}'
    ELSE '{}' END::text[]
$$;
COMMENT ON FUNCTION task_states_after(text) IS 'States a task may go to from a state (workflow.md section 4).';

CREATE OR REPLACE FUNCTION require_task_edge(p_task production_tasks, p_to_state text) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF NOT p_task.is_current THEN
    RAISE EXCEPTION 'Task % is no longer in force: %.', task_name(p_task), p_task.state_reason USING ERRCODE = 'TV009', HINT = 'Work on the tasks of the present configuration.';
  END IF;
  IF NOT p_to_state = ANY (task_states_after(p_task.state)) THEN
    RAISE EXCEPTION 'Task % cannot go from % to %.', task_name(p_task), p_task.state, shown(p_to_state)
      USING ERRCODE = 'TV009', HINT = format('Possible from %s: %s.', p_task.state, array_to_string(task_states_after(p_task.state), ', '));
  END IF;
END;
$$;
COMMENT ON FUNCTION require_task_edge(production_tasks, text) IS 'Raises TV009 unless a task in force may go to that state.';

CREATE OR REPLACE FUNCTION task_gate_open(p_gate text, p_phase text, p_sub_state text, p_taking boolean DEFAULT false) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN CASE p_gate
    WHEN 'RECEIVING' THEN p_phase = 'PRODUCTION'
    WHEN 'ASSEMBLY' THEN p_phase = 'PRODUCTION' AND coalesce(p_sub_state = 'IN_ASSEMBLY' OR (p_taking AND p_sub_state = 'READY'), false)
    WHEN 'END_OF_LINE' THEN p_phase = 'PRODUCTION' AND coalesce(p_sub_state IN ('EOL_READY', 'EOL_RUNNING', 'EOL_PASSED') OR (p_taking AND p_sub_state IN ('READY', 'IN_ASSEMBLY')), false)
    WHEN 'PACKING' THEN p_phase = 'PACKAGING'
    WHEN 'REWORK' THEN p_phase IN ('PRODUCTION', 'QUALITY_CONTROL', 'PACKAGING')
    ELSE false END;
END;
$$;
COMMENT ON FUNCTION task_gate_open(text, text, text, boolean) IS 'Whether a build in this phase and step lets a task be worked on (or, when taking, be taken from the pool).';

CREATE OR REPLACE FUNCTION require_task_gate(p_task production_tasks, p_taking boolean DEFAULT false) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  build builds := require_build(p_task.build_id);
BEGIN
  PERFORM require_live_build(build);
  IF NOT p_task.is_current THEN
    RAISE EXCEPTION 'Task % is no longer in force: %.', task_name(p_task), p_task.state_reason USING ERRCODE = 'TV009', HINT = 'Work on the tasks of the present configuration.';
  END IF;
  IF NOT task_gate_open(p_task.start_gate, build.phase, build.sub_state, p_taking) THEN
    RAISE EXCEPTION 'Task % cannot be worked on while the build is in %.', task_name(p_task), concat_ws(' ', build.phase, build.sub_state)
      USING ERRCODE = 'TV009', HINT = CASE p_task.start_gate
        WHEN 'RECEIVING' THEN 'It belongs to phase PRODUCTION.' WHEN 'ASSEMBLY' THEN 'It begins when the build is IN_ASSEMBLY; from READY on it can be taken.'
        WHEN 'END_OF_LINE' THEN 'It begins when the build is EOL_READY.' WHEN 'PACKING' THEN 'It begins in phase PACKAGING.' ELSE 'Rework is done from PRODUCTION to PACKAGING.' END;
  END IF;
END;
$$;
COMMENT ON FUNCTION require_task_gate(production_tasks, boolean) IS 'Raises TV009 unless order, build and its step let the task be worked on.';

CREATE OR REPLACE FUNCTION require_own_task(p_task production_tasks, p_own_permission text, p_permission text DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  person bigint;
BEGIN
  IF p_permission IS NOT NULL AND current_user_id() IS NOT NULL AND has_permission(p_permission) THEN
    RETURN current_user_id();
  END IF;
  person := require_person(p_own_permission);
  IF p_task.assignee_id IS DISTINCT FROM person THEN
    RAISE EXCEPTION 'Task % is not assigned to %.', task_name(p_task), current_actor()
      USING ERRCODE = '42501', HINT = CASE WHEN p_task.assignee_id IS NULL THEN 'Take it first: take_task(task).' ELSE 'Technicians work on their own tasks; the Production Manager can assign it anew.' END;
  END IF;
  RETURN person;
END;
$$;
COMMENT ON FUNCTION require_own_task(production_tasks, text, text) IS 'The acting person, who must have the wider permission, or the own one and be the assignee.';

CREATE OR REPLACE FUNCTION missing_qualification(p_user_id bigint, p_skill_id bigint, p_level integer) RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  RETURN (
    SELECT CASE
      WHEN u.user_id IS NULL OR NOT u.is_active THEN 'is not an active user'
      WHEN NOT CASE WHEN p_user_id = current_user_id() THEN has_permission('production_task:start') ELSE EXISTS (
        SELECT FROM user_roles ur JOIN role_permissions rp ON rp.role_id = ur.role_id
         WHERE ur.user_id = u.user_id AND ur.valid_from <= now() AND (ur.valid_to IS NULL OR ur.valid_to > now()) AND rp.permission_code = 'production_task:start') END
        THEN 'may not work on tasks (production_task:start)'
      WHEN p_skill_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM user_skills s WHERE s.user_id = u.user_id AND s.skill_id = p_skill_id AND s.level >= p_level AND daterange(s.valid_from, s.valid_to, '[]') @> site_today())
        THEN format('has no valid skill %s at level %s', (SELECT k.skill_code FROM skills k WHERE k.skill_id = p_skill_id), p_level) END
      FROM (SELECT p_user_id AS wanted) w LEFT JOIN users u ON u.user_id = w.wanted);
END;
$$;
COMMENT ON FUNCTION missing_qualification(bigint, bigint, integer) IS 'What a person lacks for a task with this skill, in words; null when nothing.';

CREATE OR REPLACE FUNCTION require_qualified(p_task production_tasks, p_user_id bigint) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  lack text := missing_qualification(p_user_id, p_task.skill_id, p_task.skill_level);
BEGIN
  IF lack IS NOT NULL THEN
    RAISE EXCEPTION '% % and cannot do task %.', coalesce((SELECT u.display_name FROM users u WHERE u.user_id = p_user_id), 'This person'), lack, task_name(p_task)
      USING ERRCODE = 'TV009', HINT = 'Record the skill in user_skills with its evidence, or choose somebody else.';
  END IF;
END;
$$;
COMMENT ON FUNCTION require_qualified(production_tasks, bigint) IS 'Raises TV009 unless the person is active, may work on tasks and has the skill the task asks for.';

CREATE OR REPLACE FUNCTION note_task_time(p_task production_tasks, p_action text, p_reason text DEFAULT NULL) RETURNS void
LANGUAGE sql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
  INSERT INTO production_task_times (build_id, production_task_id, action, user_id, reason)
  VALUES (p_task.build_id, p_task.production_task_id, p_action, current_user_id(), nullif(btrim(p_reason), ''))
$$;
COMMENT ON FUNCTION note_task_time(production_tasks, text, text) IS 'Writes a row of production_task_times.';

CREATE OR REPLACE FUNCTION emit_task_event(p_type text, p_task production_tasks, p_more jsonb DEFAULT '{}') RETURNS void
LANGUAGE sql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT emit_event(p_type, 'production_tasks', p_task.production_task_id, jsonb_strip_nulls(jsonb_build_object(
    'order_id', b.order_id, 'build_id', b.build_id, 'build_number', b.build_number, 'task', p_task.sequence_label, 'title', p_task.title, 'assignee_id', p_task.assignee_id) || p_more))
    FROM builds b WHERE b.build_id = p_task.build_id
$$;
COMMENT ON FUNCTION emit_task_event(text, production_tasks, jsonb) IS 'Writes an event about a task to the outbox.';

CREATE OR REPLACE FUNCTION captured_minutes(p_task_id bigint) RETURNS integer
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  RETURN (
    SELECT coalesce(ceil(sum(extract(epoch FROM i.ended - i.recorded_at)) / 60), 0)::integer
      FROM (SELECT t.action, t.recorded_at, coalesce(lead(t.recorded_at) OVER (ORDER BY t.production_task_time_id), clock_timestamp()) AS ended
              FROM production_task_times t WHERE t.production_task_id = p_task_id) i
     WHERE i.action = 'START');
END;
$$;
COMMENT ON FUNCTION captured_minutes(bigint) IS 'Minutes of work captured for a task so far, rounded up.';

CREATE OR REPLACE FUNCTION open_predecessors(p_task_id bigint) RETURNS text[]
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  RETURN array(SELECT w.sequence_label FROM v_open_predecessors w WHERE w.production_task_id = p_task_id ORDER BY w.sequence, w.predecessor_id);
END;
$$;
COMMENT ON FUNCTION open_predecessors(bigint) IS 'Labels of the tasks that must be finished before this one starts.';

CREATE OR REPLACE FUNCTION assign_task(p_task_id bigint, p_login text, p_expected_version integer DEFAULT NULL) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  task production_tasks := lock_task(p_task_id, p_expected_version);
  giver bigint := require_person('production_task:assign');
  taker bigint;
BEGIN
  PERFORM require_live_build(require_build(task.build_id)), require_open_task(task);
  IF task.worker_id IS NOT NULL THEN
    RAISE EXCEPTION 'Task % is being worked on.', task_name(task) USING ERRCODE = 'TV009', HINT = 'Pause it first.';
  END IF;
  IF p_login IS NOT NULL THEN
    SELECT u.user_id INTO taker FROM users u WHERE u.login = lower(btrim(p_login));
    IF taker IS NULL THEN
      RAISE EXCEPTION 'There is no user "%".', shown(p_login) USING ERRCODE = 'TV004', COLUMN = 'login', HINT = 'SELECT login FROM users WHERE is_active lists them.';
    END IF;
    PERFORM require_qualified(task, taker);
  END IF;
  UPDATE production_tasks SET assignee_id = taker, assigned_by = CASE WHEN taker IS NOT NULL THEN giver END, assigned_at = CASE WHEN taker IS NOT NULL THEN clock_timestamp() END
   WHERE production_task_id = p_task_id RETURNING * INTO task;
  IF taker IS NOT NULL THEN
    PERFORM emit_task_event('task.assigned', task);
  END IF;
END;
$$;
COMMENT ON FUNCTION assign_task(bigint, text, integer) IS 'Gives a task to a qualified person; a null login puts it back into the pool.';

CREATE OR REPLACE FUNCTION require_open_task(p_task production_tasks) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF p_task.state IN ('COMPLETED', 'CANCELLED') OR NOT p_task.is_current THEN
    RAISE EXCEPTION 'Task % is %.', task_name(p_task), lower(p_task.state)
      USING ERRCODE = 'TV009', HINT = CASE p_task.state WHEN 'COMPLETED' THEN 'reopen_task takes it up again, with a reason.' ELSE 'restore_task takes it up again, with a reason.' END;
  END IF;
END;
$$;
COMMENT ON FUNCTION require_open_task(production_tasks) IS 'Raises TV009 for a task that is completed or cancelled.';

CREATE OR REPLACE FUNCTION take_task(p_task_id bigint, p_expected_version integer DEFAULT NULL) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  task production_tasks := lock_task(p_task_id, p_expected_version);
  person bigint := require_person('production_task:self_assign');
BEGIN
  PERFORM require_task_gate(task, true), require_open_task(task);
  IF task.assignee_id IS NOT NULL THEN
    RAISE EXCEPTION 'Task % is taken by %.', task_name(task), (SELECT u.display_name FROM users u WHERE u.user_id = task.assignee_id)
      USING ERRCODE = 'TV009', HINT = 'Take another one, or ask the Production Manager to assign it anew.';
  END IF;
  PERFORM require_qualified(task, person);
  UPDATE production_tasks SET assignee_id = person, assigned_by = person, assigned_at = clock_timestamp() WHERE production_task_id = p_task_id RETURNING * INTO task;
  PERFORM emit_task_event('task.assigned', task);
END;
$$;
COMMENT ON FUNCTION take_task(bigint, integer) IS 'Takes a task from the pool: of a build that is READY or further, not assigned, and for which the acting technician is qualified.';

CREATE OR REPLACE FUNCTION give_build(p_build_id bigint, p_taker bigint, p_giver bigint, p_taking boolean) RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  task production_tasks;
  build builds := require_build(p_build_id);
  given integer := 0;
BEGIN
  PERFORM require_live_build(build);
  FOR task IN
    SELECT * FROM production_tasks t
     WHERE t.build_id = p_build_id AND t.is_current AND t.assignee_id IS NULL AND t.state IN ('PENDING', 'BLOCKED') AND t.start_gate <> 'PACKING'
     ORDER BY t.production_task_id FOR NO KEY UPDATE
  LOOP
    CONTINUE WHEN missing_qualification(p_taker, task.skill_id, task.skill_level) IS NOT NULL
               OR (p_taking AND NOT task_gate_open(task.start_gate, build.phase, build.sub_state, true));
    UPDATE production_tasks SET assignee_id = p_taker, assigned_by = p_giver, assigned_at = clock_timestamp() WHERE production_task_id = task.production_task_id;
    given := given + 1;
  END LOOP;
  IF given = 0 THEN
    RAISE EXCEPTION 'Build % has no free task for which % is qualified.', build.build_number, (SELECT u.display_name FROM users u WHERE u.user_id = p_taker)
      USING ERRCODE = 'TV009', HINT = 'SELECT * FROM task_queue(''login'') shows what a person can do.';
  END IF;
  PERFORM emit_event('build.assigned', 'builds', p_build_id, jsonb_build_object('order_id', build.order_id, 'build_number', build.build_number, 'assignee_id', p_taker, 'tasks', given));
  RETURN given;
END;
$$;
COMMENT ON FUNCTION give_build(bigint, bigint, bigint, boolean) IS 'Assigns the free tasks of a build (but packing) for which a person is qualified; returns how many.';

CREATE OR REPLACE FUNCTION assign_build(p_build_id bigint, p_login text) RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  giver bigint := require_person('production_task:assign');
  taker bigint := (SELECT u.user_id FROM users u WHERE u.login = lower(btrim(p_login)));
BEGIN
  PERFORM lock_build(p_build_id);
  IF taker IS NULL THEN
    RAISE EXCEPTION 'There is no user "%".', shown(p_login) USING ERRCODE = 'TV004', COLUMN = 'login', HINT = 'SELECT login FROM users WHERE is_active lists them.';
  END IF;
  RETURN give_build(p_build_id, taker, giver, false);
END;
$$;
COMMENT ON FUNCTION assign_build(bigint, text) IS 'Gives all free tasks of a build (but packing) to a person, as far as they are qualified; returns how many.';

CREATE OR REPLACE FUNCTION take_build(p_build_id bigint) RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  person bigint := require_person('production_task:self_assign');
BEGIN
  PERFORM lock_build(p_build_id);
  RETURN give_build(p_build_id, person, person, true);
END;
$$;
COMMENT ON FUNCTION take_build(bigint) IS 'Takes all free tasks of a build from the pool for which the acting technician is qualified; returns how many.';
