-- A sink that goes back while somebody works on it: the clock stops, the time worked is kept, and the history of the task says why.
\ir ../_shop_floor.sql
SELECT build_id AS a FROM builds WHERE build_number = 'SAMPLE-001' \gset
SELECT testing.bring_build(:a, 'PRODUCTION/IN_ASSEMBLY');
CREATE FUNCTION pg_temp.begin_a_task(p_build bigint, p_gate text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  task production_tasks;
BEGIN
  PERFORM begin_as('sample.technician', 'test');
  SELECT t.* INTO task FROM production_tasks t
   WHERE t.build_id = p_build AND t.is_current AND t.state = 'PENDING' AND t.start_gate = p_gate AND open_predecessors(t.production_task_id) = '{}' ORDER BY t.sequence, t.production_task_id LIMIT 1;
  IF task.assignee_id IS NULL THEN
    PERFORM take_task(task.production_task_id);
  END IF;
  PERFORM start_task(task.production_task_id, array(SELECT min(o.tool_code) FROM task_template_tools w JOIN tools o USING (tool_kind_code) WHERE w.task_template_id = task.task_template_id AND o.is_active GROUP BY w.tool_kind_code));
  RETURN task.production_task_id;
END;
$$;
SELECT pg_temp.begin_a_task(:a, 'ASSEMBLY') AS running \gset
SELECT testing.act('sample.production');
SELECT propose_order_change(:a, '{"feet": "SEISMIC_FEET"}', 'earthquake zone') AS change \gset
SELECT testing.same((SELECT worker_id IS NOT NULL FROM production_tasks WHERE production_task_id = :running), true, 'a proposal stops nobody');
SELECT testing.act('sample.admin');
SELECT decide_order_change(:change, true, 'agreed');
SELECT testing.same((SELECT phase || '/' || sub_state FROM builds WHERE build_id = :a), 'PRODUCTION/PRE_QC_READY', 'the sink is back at its first check');
SELECT testing.same((SELECT count(*) FROM production_tasks WHERE build_id = :a AND worker_id IS NOT NULL), 0::bigint, 'nobody works on it any more');
SELECT testing.same((SELECT string_agg(concat_ws(' ', action, (SELECT login FROM users u WHERE u.user_id = t.user_id), reason), ' | ' ORDER BY production_task_time_id) FROM production_task_times t WHERE production_task_id = :running),
  'START sample.technician | PAUSE sample.admin the sink went to PRODUCTION/PRE_QC_READY: changed after approval: earthquake zone', 'the history of the task');
SELECT testing.ok((SELECT captured_minutes(:running) >= 1), 'the time worked is kept');
SELECT testing.same((SELECT captured_minutes(:running)), (SELECT ceil(extract(epoch FROM max(recorded_at) - min(recorded_at)) / 60)::integer FROM production_task_times WHERE production_task_id = :running), 'and no longer grows');
SELECT testing.act('sample.technician');
SELECT testing.refused(format('SELECT start_task(%s)', :running), 'TV009', 'cannot be worked on while the build is in PRODUCTION PRE_QC_READY');

-- It goes on where it stopped.
SELECT testing.bring_build(:a, 'PRODUCTION/IN_ASSEMBLY');
SELECT testing.act('sample.technician');
SELECT start_task(:running, array(SELECT min(o.tool_code) FROM task_template_tools w JOIN tools o USING (tool_kind_code) JOIN production_tasks t USING (task_template_id) WHERE t.production_task_id = :running AND o.is_active GROUP BY w.tool_kind_code));
SELECT complete_task(:running, 10) \g /dev/null

-- So it is with every step back: a packing task stops when something is found missing.
SELECT testing.bring_build(:a, 'PACKAGING');
SELECT pg_temp.begin_a_task(:a, 'PACKING') AS packing \gset
SELECT testing.step(:a, 'sample.quality', 'QUALITY_CONTROL');
SELECT testing.same((SELECT action || ' ' || reason FROM production_task_times WHERE production_task_id = :packing ORDER BY production_task_time_id DESC LIMIT 1), 'PAUSE the sink went to QUALITY_CONTROL/READY: test', 'the packing task');
