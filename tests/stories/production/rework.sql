-- Rework: one task per finding; nothing counts as finished before it is, and it may be worked on outside assembly.
CREATE FUNCTION pg_temp.step(p_build text, p_sub_state text, p_phase text DEFAULT 'PRODUCTION') RETURNS void LANGUAGE plpgsql AS $$
DECLARE b builds; BEGIN
  SELECT * INTO b FROM builds WHERE build_number = p_build;
  PERFORM open_order(b.order_id); UPDATE builds SET phase = p_phase, sub_state = p_sub_state WHERE build_id = b.build_id; PERFORM close_order();
END $$;
SELECT build_id AS build FROM builds WHERE build_number = 'SAMPLE-002' \gset
SELECT pg_temp.step('SAMPLE-002', 'IN_ASSEMBLY');
SELECT testing.act('sample.production');
SELECT cancel_task(production_task_id, 'story') FROM production_tasks WHERE build_id = :build AND start_gate IN ('RECEIVING', 'ASSEMBLY') ORDER BY sequence;
SELECT testing.ok((SELECT ok FROM build_guard_tasks_finished(:build)), 'before the test only assembly counts, cancelled with a reason is finished');
SELECT testing.act('sample.sales');
SELECT testing.refused('SELECT create_rework_task(' || :build || ', 1, ''Polish the edge'')', '42501', 'nonconformity:create');
SELECT testing.act('sample.quality');
SELECT testing.refused('SELECT create_rework_task(' || :build || ', 1, '' '')', 'TV022', 'needs a title');
SELECT report_nonconformity(:build, 'SURFACE_DEFECT', 'sharp edge') AS finding \gset
SELECT create_rework_task(:build, :finding, 'Polish the edge', 20) AS task \gset
SELECT testing.same((SELECT sequence_label || ' ' || title || ' ' || nonconformity_id FROM production_tasks WHERE production_task_id = :task), 'R1 Polish the edge ' || :finding, 'the rework task');
SELECT testing.same((SELECT message FROM build_guard_tasks_finished(:build)), 'build SAMPLE-002: 1 task is open', 'rework holds the build');
SELECT pg_temp.step('SAMPLE-002', 'REWORK', 'QUALITY_CONTROL');
SELECT testing.act('sample.technician');
SELECT take_task(:task);
SELECT start_task(:task);
SELECT complete_task(:task, 25);
SELECT testing.same((SELECT count(*) FROM outbox_events WHERE event_type = 'rework.finished' AND subject_id = :task), 1::bigint, 'quality control hears that rework is finished');
SELECT testing.same((SELECT message FROM build_guard_tasks_finished(:build)), 'build SAMPLE-002: 1 task is open', 'after production the test counts too, packing does not');

-- A build that is given up.
SELECT pg_temp.step('SAMPLE-001', 'IN_ASSEMBLY');
SELECT build_id AS other FROM builds WHERE build_number = 'SAMPLE-001' \gset
SELECT testing.refused('SELECT cancel_build_tasks(' || :other || ', ''gone'')', '42501', 'production_task:cancel');
SELECT testing.act('sample.production');
SELECT testing.refused('SELECT cancel_build_tasks(' || :other || ', '''')', 'TV022', 'reason');
SELECT testing.same(cancel_build_tasks(:other, 'customer withdrew the sink'), 25, 'all open tasks');
SELECT testing.same((SELECT count(*) FROM production_tasks WHERE build_id = :other AND state = 'CANCELLED' AND state_reason = 'customer withdrew the sink'), 25::bigint, 'with the reason');
SELECT testing.same(flag_outsourced_lines(:other, 'customer withdrew the sink'), 3, 'and what was to go out');
SELECT testing.same((SELECT string_agg(DISTINCT state, ' ') FROM outsourced_lines WHERE build_id = :other), 'CANCELLED', 'nothing of it was ordered');
