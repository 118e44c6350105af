-- What a technician sees first, how far a build is, and the key figures.
CREATE FUNCTION pg_temp.task(p_label text) RETURNS bigint LANGUAGE sql AS $$
  SELECT production_task_id FROM production_tasks t JOIN builds b USING (build_id) WHERE b.build_number = 'SAMPLE-001' AND sequence_label = p_label $$;
CREATE FUNCTION pg_temp.queue() RETURNS text LANGUAGE sql AS $$
  SELECT coalesce(string_agg(concat(q.build_number, ' ', q.sequence_label, CASE WHEN q.is_running THEN ' running' WHEN q.is_ready THEN ' ready' ELSE ' waits for ' || q.waits_for END, CASE WHEN NOT q.is_own THEN ' (pool)' END), '; ' ORDER BY n), '')
    FROM task_queue() WITH ORDINALITY AS q (production_task_id, build_id, build_number, order_number, sequence_label, title, state, is_running, is_own, is_ready, waits_for, planned_minutes, planned_start, planned_end, want_date, instruction_code, tool_kinds, row_version, n) $$;
DO $$ DECLARE b builds; BEGIN
  SELECT * INTO b FROM builds WHERE build_number = 'SAMPLE-001';
  PERFORM open_order(b.order_id); UPDATE builds SET sub_state = 'IN_ASSEMBLY' WHERE build_id = b.build_id; PERFORM close_order();
END $$;
SELECT testing.act('sample.technician');
SELECT testing.same(pg_temp.queue(), 'SAMPLE-001 10 ready (pool); SAMPLE-002 10 ready (pool)', 'only what can be begun is offered');
SELECT take_task(pg_temp.task('10'));
SELECT take_task(pg_temp.task('20'));
SELECT testing.same(pg_temp.queue(), 'SAMPLE-001 10 ready; SAMPLE-002 10 ready (pool); SAMPLE-001 20 waits for 10', 'own before pool, ready before waiting');
SELECT start_task(pg_temp.task('10'));
SELECT testing.same(pg_temp.queue(), 'SAMPLE-001 10 running; SAMPLE-002 10 ready (pool); SAMPLE-001 20 waits for 10', 'the running one first');
SELECT testing.same((SELECT instruction_code || ' ' || tool_kinds::text FROM task_queue() WHERE sequence_label = '20'), 'WI-20 {CALIPERS,TAPE}', 'instruction and tools');
SELECT complete_task(pg_temp.task('10'), 20);
SELECT start_task(pg_temp.task('20'));
SELECT block_task(pg_temp.task('20'), 'no drawing', 'OTHER');
SELECT testing.same(pg_temp.queue(), 'SAMPLE-002 10 ready (pool); SAMPLE-001 20 waits for blocked: no drawing', 'a block is named');
SELECT testing.refused('SELECT * FROM task_queue(''sample.production'')', '42501', 'production_task:assign');
SELECT testing.act('sample.production');
SELECT testing.same((SELECT count(*) FROM task_queue('sample.technician')), 2::bigint, 'the Production Manager sees the queue of others');
SELECT testing.refused('SELECT * FROM task_queue(''nobody.here'')', 'TV004', 'no user "nobody.here"');
SELECT testing.act('sample.service');
SELECT testing.refused('SELECT * FROM task_queue()', '42501', 'production_task:read');

SELECT testing.act('sample.production');
SELECT testing.same((SELECT row(p.tasks, p.completed, p.pending, p.blocked, p.planned_minutes, p.done_minutes, p.actual_minutes, p.percent, p.blocks, p.missing_serials, p.open_outsourced)::text
    FROM builds b, build_progress(b.build_id) p WHERE b.build_number = 'SAMPLE-001'), '(25,1,23,1,1055,15,20,1.4,"{""20: no drawing""}",4,3)', 'how far the build is');
SELECT testing.same((SELECT row(tasks_completed, planned_minutes, actual_minutes, actual_percent_of_planned, tasks_blocked_now, tasks_running_now)::text FROM v_production_kpis ORDER BY week_start DESC LIMIT 1), '(1,15,20,133.3,1,0)', 'figures of this week');
SELECT testing.same((SELECT count(*) FROM v_production_kpis), 12::bigint, 'twelve weeks');
SELECT testing.same((SELECT count(*) FROM v_capacity_load), 48::bigint, 'four resources, twelve weeks');
