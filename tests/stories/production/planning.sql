-- Finite loading on an example computed by hand, and what stands behind each wait.
--
-- One bench, one person, two sinks: 1055 and 605 minutes, all in one line (task 95 takes no time). From Monday 2427-03-01 08:00 in Toronto,
-- 480 working minutes a day. Nothing is outsourced any more, so that nothing but capacity binds.
CREATE FUNCTION pg_temp.plan(p_build text, p_label text) RETURNS text LANGUAGE sql AS $$
  SELECT concat_ws(' ', to_char(planned_start AT TIME ZONE 'America/Toronto', 'DD HH24:MI'), to_char(planned_end AT TIME ZONE 'America/Toronto', 'DD HH24:MI'), wait_cause, wait_detail)
    FROM production_tasks t JOIN builds b USING (build_id) WHERE b.build_number = p_build AND t.sequence_label = p_label AND t.is_current $$;
SELECT testing.act('sample.production');
SELECT cancel_outsourced_line(outsourced_line_id, 'story') FROM outsourced_lines ORDER BY outsourced_line_id;
UPDATE production_resources SET capacity = 1 WHERE resource_code IN ('ASSEMBLY-BENCHES', 'ASSEMBLERS');
SELECT testing.act('sample.technician');
SELECT testing.refused('SELECT schedule_builds()', '42501', 'production_task:assign');
SELECT testing.act('sample.production');
SELECT testing.refused('SELECT schedule_builds(now(), 0)', 'TV022', '1 to 1000 days');
SELECT testing.refused('SELECT schedule_builds(now() - interval ''2 days'')', 'TV022', 'in the past');
BEGIN;
SELECT testing.act('sample.production');
SELECT testing.same(greatest((schedule_builds(site_today()::timestamp AT TIME ZONE site_time_zone()) ->> 'from')::timestamptz, now()), now(), 'earlier today is from now on');
SELECT testing.ok((SELECT min(planned_start) >= now() FROM production_tasks WHERE is_current), 'nothing is planned to have begun');
ROLLBACK;
SELECT testing.same((schedule_builds('2427-03-01T08:00:00-05:00') ->> 'tasks')::integer, 39, 'both sinks');
SELECT testing.same(pg_temp.plan('SAMPLE-001', '10'), '01 08:00 01 08:15', 'the first task begins at once');
SELECT testing.same(pg_temp.plan('SAMPLE-001', '40'), '01 09:15 01 09:45 PREDECESSOR 30 of SAMPLE-001', '15, 30 and 75 minutes after the start');
SELECT testing.same(pg_temp.plan('SAMPLE-001', '70.1'), '01 11:30 01 13:30 RESOURCE ASSEMBLY-BENCHES', 'after board and light, over the break; the one bench was taken');
-- 105 + 105 = 210 minutes before basin 1, 390 after basin 2 (15:00), then 60 (16:00) of which the day has 90.
SELECT testing.same(pg_temp.plan('SAMPLE-001', '71.2'), '01 15:00 01 16:00 PREDECESSOR 70.2 of SAMPLE-001', 'the predecessor ends when the person is free');
SELECT testing.same(pg_temp.plan('SAMPLE-001', '72.1'), '01 16:00 02 08:45 RESOURCE ASSEMBLY-BENCHES', 'over the night: 30 minutes on Monday, 45 on Tuesday');
-- 1055 minutes: two days and 95 minutes.
SELECT testing.same((SELECT to_char(max(planned_end) AT TIME ZONE 'America/Toronto', 'DD HH24:MI') FROM production_tasks t JOIN builds b USING (build_id) WHERE b.build_number = 'SAMPLE-001'), '03 09:35', 'end of the first sink');
SELECT testing.same(pg_temp.plan('SAMPLE-002', '10'), '03 09:35 03 09:50 PEOPLE ASSEMBLERS', 'the second sink begins when the first ends');
-- 1660 minutes: three days and 220 minutes.
SELECT testing.same((SELECT to_char(max(planned_end) AT TIME ZONE 'America/Toronto', 'DD HH24:MI') FROM production_tasks), '04 11:40', 'end of both');
SELECT testing.same((schedule_builds('2427-03-01T08:00:00-05:00') ->> 'changed')::integer, 0, 'equal data, equal plan');
SELECT testing.same((SELECT row(planned_hours, available_hours)::text FROM capacity_load('2427-03-01', '2427-03-07') WHERE resource_code = 'ASSEMBLERS'), '(27.67,40.00)', 'load of the week: 1660 minutes of 40 hours');

-- A slow person: at 80 percent a quarter longer, on the five-minute grid.
UPDATE production_resources SET efficiency = 0.80 WHERE resource_code = 'ASSEMBLERS';
SELECT schedule_builds('2427-03-01T08:00:00-05:00');
SELECT testing.same(pg_temp.plan('SAMPLE-001', '10'), '01 08:00 01 08:20', '15 / 0.80 = 18.75, hence four slots');
UPDATE production_resources SET efficiency = 1 WHERE resource_code = 'ASSEMBLERS';

-- Holiday, overtime, start outside the hours.
INSERT INTO calendar_exceptions (resource_calendar_id, on_date, exception_kind, starts_at, ends_at, note)
SELECT resource_calendar_id, e.* FROM resource_calendars CROSS JOIN (VALUES
  (date '2427-03-02', 'HOLIDAY', NULL::time, NULL::time, 'a holiday'),
  (date '2427-03-01', 'OVERTIME', time '17:00', time '18:00', 'one hour more')) AS e (on_date, kind, starts_at, ends_at, note);
SELECT schedule_builds('2427-03-01T06:00:00-05:00');
SELECT testing.same(pg_temp.plan('SAMPLE-001', '10'), '01 08:00 01 08:15 CALENDAR outside working hours', 'nobody is there at six');
SELECT testing.same(pg_temp.plan('SAMPLE-001', '72.1'), '01 16:00 01 17:45 RESOURCE ASSEMBLY-BENCHES', '30 minutes before, 45 after the pause, in overtime');
-- Monday has 540 minutes, Tuesday none: 1055 = 540 + 480 + 35, so it ends on Thursday at 08:35.
SELECT testing.same((SELECT to_char(max(planned_end) AT TIME ZONE 'America/Toronto', 'DD HH24:MI') FROM production_tasks t JOIN builds b USING (build_id) WHERE b.build_number = 'SAMPLE-001'), '04 08:35', 'the holiday costs a day, the overtime gives an hour');
SELECT testing.same((SELECT available_hours FROM capacity_load('2427-03-01', '2427-03-07') WHERE resource_code = 'ASSEMBLERS'), 33.00, '40 hours, less 8, plus 1');

-- Two people and two benches, no holiday: both sinks side by side, the test bay takes them one after the other.
DELETE FROM calendar_exceptions;
UPDATE production_resources SET capacity = 2 WHERE resource_code IN ('ASSEMBLY-BENCHES', 'ASSEMBLERS');
SELECT schedule_builds('2427-03-01T08:00:00-05:00');
SELECT testing.same(pg_temp.plan('SAMPLE-002', '10'), '01 08:00 01 08:15', 'the second sink fills the second bench');
SELECT testing.same(pg_temp.plan('SAMPLE-002', '40'), '01 09:15 01 09:45 PREDECESSOR 30 of SAMPLE-002', 'side by side');
SELECT testing.same((SELECT count(*) FROM production_tasks a JOIN production_tasks b ON a.production_task_id < b.production_task_id AND tstzrange(a.planned_start, a.planned_end) && tstzrange(b.planned_start, b.planned_end)
   JOIN production_tasks c ON b.production_task_id < c.production_task_id AND tstzrange(a.planned_start, a.planned_end) * tstzrange(b.planned_start, b.planned_end) && tstzrange(c.planned_start, c.planned_end)), 0::bigint, 'never three at a time');
SELECT testing.same((SELECT count(*) FROM production_task_dependencies d JOIN production_tasks t USING (production_task_id) JOIN production_tasks p ON p.production_task_id = d.predecessor_id WHERE t.planned_start < p.planned_end), 0::bigint, 'nothing before its predecessors');

-- What is out: work begins on the day after its arrival.
SELECT mark_outsourced((SELECT build_id FROM builds WHERE build_number = 'SAMPLE-002'), 2, 'NORTHWELD', '2427-03-05');
SELECT schedule_builds('2427-03-01T08:00:00-05:00');
SELECT testing.same(pg_temp.plan('SAMPLE-002', '10'), '08 08:00 08 08:15 EXTERNAL arrival on 2427-03-05', 'expected on Friday, begun on Monday');

-- Blocked, running, on hold, nobody who can.
SELECT block_task((SELECT production_task_id FROM production_tasks t JOIN builds b USING (build_id) WHERE b.build_number = 'SAMPLE-001' AND sequence_label = '20'), 'gauge broken', 'TOOL');
SELECT testing.act('sample.technician');
SELECT take_task(production_task_id), start_task(production_task_id) FROM production_tasks t JOIN builds b USING (build_id) WHERE b.build_number = 'SAMPLE-001' AND sequence_label = '10';
SELECT testing.act('sample.production');
DELETE FROM production_resource_skills WHERE skill_id = (SELECT skill_id FROM skills WHERE skill_code = 'TESTING');
SELECT testing.same((schedule_builds('2427-03-01T08:00:00-05:00') ->> 'unplanned')::integer, 4, 'test and packing of both');
SELECT testing.same(pg_temp.plan('SAMPLE-001', '10'), '01 08:00 01 08:15 RUNNING', 'a running task goes first');
SELECT testing.same(pg_temp.plan('SAMPLE-001', '20'), '01 08:15 01 08:30 BLOCKED gauge broken', 'a blocked task keeps its place and says why');
SELECT testing.same(pg_temp.plan('SAMPLE-001', '150'), 'NO_PEOPLE no active resource does such tasks', 'nobody tests');
SELECT testing.same(pg_temp.plan('SAMPLE-001', '160'), 'PREDECESSOR 150 of SAMPLE-001 (not planned)', 'so nobody packs');
SELECT hold_order((SELECT order_id FROM builds WHERE build_number = 'SAMPLE-001'), 'GENERAL', 'story');
SELECT testing.same((schedule_builds('2427-03-01T08:00:00-05:00') ->> 'tasks')::integer, 0, 'an order on hold is not planned');
SELECT testing.same((SELECT count(*) FROM production_tasks WHERE planned_start IS NOT NULL), 0::bigint, 'and loses its place');
