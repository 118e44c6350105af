-- The states of a task (workflow.md section 4): of the twenty possible moves exactly the eleven listed are allowed, at every door.
CREATE TEMP TABLE allowed (from_state text, to_state text);
INSERT INTO allowed VALUES ('PENDING', 'IN_PROGRESS'), ('PENDING', 'BLOCKED'), ('PENDING', 'CANCELLED'), ('IN_PROGRESS', 'COMPLETED'), ('IN_PROGRESS', 'BLOCKED'), ('IN_PROGRESS', 'CANCELLED'),
  ('BLOCKED', 'PENDING'), ('BLOCKED', 'IN_PROGRESS'), ('BLOCKED', 'CANCELLED'), ('COMPLETED', 'IN_PROGRESS'), ('CANCELLED', 'PENDING');

CREATE FUNCTION pg_temp.move(p_task bigint, p_state text) RETURNS void LANGUAGE sql AS $$
  UPDATE production_tasks SET state = p_state, worker_id = NULL, state_reason = CASE WHEN p_state IN ('BLOCKED', 'CANCELLED') THEN 'story' END, block_kind = CASE WHEN p_state = 'BLOCKED' THEN 'OTHER' END,
         completed_at = CASE WHEN p_state = 'COMPLETED' THEN now() END, actual_minutes = CASE WHEN p_state = 'COMPLETED' THEN 1 END
   WHERE production_task_id = p_task $$;

DO $story$
DECLARE
  task bigint := (SELECT production_task_id FROM production_tasks t JOIN builds b USING (build_id) WHERE b.build_number = 'SAMPLE-001' AND sequence_label = '10');
  origin text;
  target text;
  way text[];
  stop text;
BEGIN
  FOREACH origin IN ARRAY '{PENDING,IN_PROGRESS,BLOCKED,COMPLETED,CANCELLED}'::text[] LOOP
    FOREACH target IN ARRAY '{PENDING,IN_PROGRESS,BLOCKED,COMPLETED,CANCELLED}'::text[] LOOP
      CONTINUE WHEN origin = target;
      -- Back to PENDING by allowed moves, then to where the try begins.
      way := CASE (SELECT state FROM production_tasks WHERE production_task_id = task)
        WHEN 'PENDING' THEN '{}' WHEN 'CANCELLED' THEN '{PENDING}' WHEN 'BLOCKED' THEN '{PENDING}' WHEN 'IN_PROGRESS' THEN '{CANCELLED,PENDING}' ELSE '{IN_PROGRESS,CANCELLED,PENDING}' END::text[]
        || CASE origin WHEN 'PENDING' THEN '{}'::text[] WHEN 'COMPLETED' THEN '{IN_PROGRESS,COMPLETED}'::text[] ELSE ARRAY[origin] END;
      FOREACH stop IN ARRAY way LOOP
        PERFORM pg_temp.move(task, stop);
      END LOOP;
      IF EXISTS (SELECT FROM allowed a WHERE (a.from_state, a.to_state) = (origin, target)) THEN
        PERFORM pg_temp.move(task, target);
        PERFORM testing.same((SELECT state FROM production_tasks WHERE production_task_id = task), target, 'after ' || origin);
      ELSE
        PERFORM testing.refused(format('SELECT pg_temp.move(%s, %L)', task, target), 'TV009', format('cannot go from %s to %s', origin, target));
      END IF;
    END LOOP;
  END LOOP;
END
$story$;

-- Other rules that hold at every door.
SELECT production_task_id AS task, build_id AS build FROM production_tasks t JOIN builds b USING (build_id) WHERE b.build_number = 'SAMPLE-001' AND sequence_label = '20' \gset
SELECT testing.refused('SELECT pg_temp.move(' || :task || ', ''CANCELLED''); UPDATE production_tasks SET state_reason = NULL WHERE production_task_id = ' || :task, '23514', '');
SELECT testing.refused('UPDATE production_tasks SET build_id = build_id + 1 WHERE production_task_id = ' || :task, 'TV003', 'does not change');
SELECT testing.refused('UPDATE production_tasks SET start_gate = ''RECEIVING'' WHERE production_task_id = ' || :task, 'TV003', 'does not change');
SELECT testing.refused('DELETE FROM production_tasks WHERE production_task_id = ' || :task, 'TV003', 'are kept');
SELECT testing.refused('INSERT INTO production_tasks (build_id, sequence, sequence_label, title, start_gate, planned_minutes, state, state_reason) VALUES (' || :build || ', 999, ''X'', ''X'', ''REWORK'', 1, ''CANCELLED'', ''x'')', 'TV009', 'begins as PENDING');
SELECT testing.same(open_predecessors(:task), '{}'::text[], 'a cancelled predecessor holds nothing up');
SELECT pg_temp.move((SELECT production_task_id FROM production_tasks WHERE build_id = :build AND sequence_label = '10'), 'PENDING');
SELECT testing.refused('SELECT pg_temp.move(' || :task || ', ''IN_PROGRESS'')', 'TV009', 'waits for 10');
SELECT testing.same((SELECT row_version FROM production_tasks WHERE production_task_id = :task), 1, 'what was refused is no version');
UPDATE production_tasks SET planned_start = now(), planned_end = now() WHERE production_task_id = :task;
SELECT testing.same((SELECT row_version FROM production_tasks WHERE production_task_id = :task), 1, 'a plan is no version');
SELECT pg_temp.move(:task, 'CANCELLED');
SELECT testing.same((SELECT row_version FROM production_tasks WHERE production_task_id = :task), 2, 'a change of state is one');
