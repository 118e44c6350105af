-- A place and people with different hours: work goes on only while both are there. By hand, as in planning.sql.
CREATE FUNCTION pg_temp.plan(p_build text, p_label text) RETURNS text LANGUAGE sql AS $$
  SELECT concat_ws(' ', to_char(planned_start AT TIME ZONE 'America/Toronto', 'DD HH24:MI'), to_char(planned_end AT TIME ZONE 'America/Toronto', 'DD HH24:MI'), wait_cause)
    FROM production_tasks t JOIN builds b USING (build_id) WHERE b.build_number = p_build AND t.sequence_label = p_label AND t.is_current $$;
SELECT testing.act('sample.production');
SELECT cancel_outsourced_line(outsourced_line_id, 'story') FROM outsourced_lines ORDER BY outsourced_line_id;
INSERT INTO resource_calendars (calendar_code, name) VALUES ('SHORT', 'Ten to three') RETURNING resource_calendar_id AS short \gset
INSERT INTO calendar_shifts (resource_calendar_id, weekday, starts_at, ends_at) SELECT :short, d, '10:00', '15:00' FROM generate_series(1, 5) d;
UPDATE production_resources SET capacity = 1, resource_calendar_id = CASE resource_code WHEN 'ASSEMBLERS' THEN :short ELSE resource_calendar_id END WHERE resource_code IN ('ASSEMBLY-BENCHES', 'ASSEMBLERS');
-- An odd begin: slots are cut at full five minutes.
SELECT schedule_builds('2427-03-01T10:02:30-05:00');
SELECT testing.same(pg_temp.plan('SAMPLE-001', '10'), '01 10:05 01 10:20 CALENDAR', 'at the next full five minutes');
SELECT schedule_builds('2427-03-01T08:00:00-05:00');
SELECT testing.same(pg_temp.plan('SAMPLE-001', '10'), '01 10:00 01 10:15 CALENDAR', 'when people come');
-- 15, 15, 45 and 30 minutes until 11:45; 15 more before the benches close, 45 after.
SELECT testing.same(pg_temp.plan('SAMPLE-001', '50'), '01 11:45 01 13:15 PREDECESSOR', 'over the break of the benches');
-- 270 minutes a day for both. 1055 = 3 x 270 + 245: 10:00 to 12:00 and 12:30 to 14:35.
SELECT testing.same((SELECT to_char(max(planned_end) AT TIME ZONE 'America/Toronto', 'DD HH24:MI') FROM production_tasks t JOIN builds b USING (build_id) WHERE b.build_number = 'SAMPLE-001'), '04 14:35', 'end of the first sink');
SELECT testing.same((SELECT row(planned_hours, available_hours, load_percent)::text FROM capacity_load('2427-03-01', '2427-03-07') WHERE resource_code = 'ASSEMBLERS'), '(22.50,25.00,90.0)', 'all hours that both have, of those the people have');
