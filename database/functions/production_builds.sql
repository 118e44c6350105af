-- Production: what happens to the tasks of a whole build: rework, cancellation, hold.

CREATE OR REPLACE FUNCTION create_rework_task(p_build_id bigint, p_nonconformity_id bigint, p_title text, p_minutes integer DEFAULT 30) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  build builds := lock_build(p_build_id);
  number integer;
  task production_tasks;
BEGIN
  IF NOT has_permission('production_task:create') THEN
    PERFORM require_permission('nonconformity:create');
  END IF;
  IF build.state = 'CANCELLED' OR build.phase NOT IN ('PRODUCTION', 'QUALITY_CONTROL', 'PACKAGING') THEN
    RAISE EXCEPTION 'Build % takes no rework: it is %.', build.build_number, lower(CASE build.state WHEN 'CANCELLED' THEN build.state ELSE 'in phase ' || build.phase END)
      USING ERRCODE = 'TV009', HINT = 'Rework is done from PRODUCTION to PACKAGING.';
  END IF;
  IF btrim(coalesce(p_title, '')) = '' OR p_minutes IS NULL OR p_minutes NOT BETWEEN 0 AND 14400 THEN
    RAISE EXCEPTION 'Rework needs a title and 0 to 14400 planned minutes.' USING ERRCODE = 'TV022', HINT = 'Say in the title what is to be mended.';
  END IF;
  SELECT count(*) + 1 INTO number FROM production_tasks t WHERE t.build_id = p_build_id AND t.start_gate = 'REWORK';
  INSERT INTO production_tasks (build_id, sequence, sequence_label, title, start_gate, resource_class, resource_group, planned_minutes, nonconformity_id, created_by)
  VALUES (p_build_id, 900 + number, 'R' || number, btrim(p_title), 'REWORK', 'WORK_CENTRE', 'ASSEMBLY', p_minutes, p_nonconformity_id, current_user_id())
  RETURNING * INTO task;
  PERFORM emit_task_event('rework.created', task, jsonb_build_object('nonconformity_id', p_nonconformity_id));
  RETURN task.production_task_id;
END;
$$;
COMMENT ON FUNCTION create_rework_task(bigint, bigint, text, integer) IS 'Makes a rework task for a nonconformity and returns its key; it must be finished before the build goes on.';

CREATE OR REPLACE FUNCTION cancel_build_tasks(p_build_id bigint, p_reason text) RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  open_tasks bigint[];
BEGIN
  PERFORM lock_build(p_build_id), require_reason(p_reason);
  IF NOT has_permission('order:cancel') AND NOT has_permission('order:cancel_draft') THEN
    PERFORM require_permission('production_task:cancel');
  END IF;
  open_tasks := array(SELECT t.production_task_id FROM production_tasks t
                       WHERE t.build_id = p_build_id AND t.state IN ('PENDING', 'IN_PROGRESS', 'BLOCKED') ORDER BY t.production_task_id FOR NO KEY UPDATE);
  UPDATE production_tasks SET state = 'CANCELLED', worker_id = NULL, block_kind = NULL, state_reason = btrim(p_reason), planned_start = NULL, planned_end = NULL, wait_cause = NULL, wait_detail = NULL
   WHERE production_task_id = ANY (open_tasks);
  INSERT INTO production_task_times (build_id, production_task_id, action, user_id, reason)
  SELECT p_build_id, o.task, 'CANCEL', current_user_id(), btrim(p_reason) FROM unnest(open_tasks) AS o (task) ORDER BY o.task;
  RETURN cardinality(open_tasks);
END;
$$;
COMMENT ON FUNCTION cancel_build_tasks(bigint, text) IS 'Cancels the open tasks of a build with the reason of its cancellation; returns how many.';

CREATE OR REPLACE FUNCTION pause_order_tasks(p_order_id bigint, p_reason text) RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  RETURN pause_tasks(array(
    SELECT t.production_task_id FROM production_tasks t JOIN builds b ON b.build_id = t.build_id
     WHERE b.order_id = p_order_id AND t.worker_id IS NOT NULL ORDER BY t.production_task_id FOR NO KEY UPDATE OF t), p_reason);
END;
$$;
COMMENT ON FUNCTION pause_order_tasks(bigint, text) IS 'Stops the clocks of all running tasks of an order that goes on hold; returns how many.';

CREATE OR REPLACE FUNCTION pause_build_tasks(p_build builds, p_reason text, p_all boolean DEFAULT false) RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  RETURN pause_tasks(array(
    SELECT t.production_task_id FROM production_tasks t
     WHERE t.build_id = p_build.build_id AND t.worker_id IS NOT NULL AND (p_all OR NOT task_gate_open(t.start_gate, p_build.phase, p_build.sub_state))
     ORDER BY t.production_task_id FOR NO KEY UPDATE), concat_ws(': ', format('the sink went to %s', concat_ws('/', p_build.phase, p_build.sub_state)), nullif(btrim(p_reason), '')));
END;
$$;
COMMENT ON FUNCTION pause_build_tasks(builds, text, boolean) IS 'Stops the clocks of the running tasks of a build that cannot be worked on where it is now (of all with p_all) and says so in their times; returns how many.';

CREATE OR REPLACE FUNCTION pause_tasks(p_task_ids bigint[], p_reason text) RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  UPDATE production_tasks SET worker_id = NULL WHERE production_task_id = ANY (p_task_ids);
  INSERT INTO production_task_times (build_id, production_task_id, action, user_id, reason)
  SELECT t.build_id, t.production_task_id, 'PAUSE', current_user_id(), p_reason FROM production_tasks t WHERE t.production_task_id = ANY (p_task_ids) ORDER BY t.production_task_id;
  RETURN cardinality(p_task_ids);
END;
$$;
COMMENT ON FUNCTION pause_tasks(bigint[], text) IS 'Stops the clocks of running tasks that are locked already and says why in their times; returns how many.';
