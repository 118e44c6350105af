-- Overload: work due in a week beyond what the weeks up to it can do, and a holiday entered after the planning.
SELECT testing.act('sample.production');
SELECT cancel_outsourced_line(outsourced_line_id, 'story') FROM outsourced_lines ORDER BY outsourced_line_id;
UPDATE production_resources SET capacity = 1 WHERE resource_code IN ('ASSEMBLY-BENCHES', 'ASSEMBLERS');
SELECT update_order(order_id, '{"want_date": "2427-03-05"}') FROM builds WHERE build_number = 'SAMPLE-001';
SELECT testing.same((SELECT count(*) FROM overload_list('2427-03-01', '2427-03-14')), 0::bigint, '1660 minutes are due in a week of 2400');
SELECT schedule_builds('2427-03-01T08:00:00-05:00');
SELECT testing.same((SELECT count(*) FROM late_builds()), 0::bigint, 'nothing is late');
-- Three holidays leave 960 minutes: 700 minutes too little, and more is planned than can be done.
INSERT INTO calendar_exceptions (resource_calendar_id, on_date, exception_kind, note) SELECT resource_calendar_id, d::date, 'HOLIDAY', 'flood' FROM resource_calendars, generate_series(date '2427-03-02', date '2427-03-04', '1 day') d;
SELECT testing.same((SELECT row(available_hours, due_hours, overload_hours, is_overloaded)::text FROM capacity_load('2427-03-01', '2427-03-14') WHERE resource_code = 'ASSEMBLERS' AND week_start = '2427-03-01'), '(16.00,27.67,11.67,t)', 'the week of the flood');
SELECT testing.same((SELECT overload_hours FROM capacity_load('2427-03-01', '2427-03-14') WHERE resource_code = 'ASSEMBLERS' AND week_start = '2427-03-08'), 0.00, 'the week after has room for it');
SELECT testing.same((SELECT string_agg(resource_code, ' ' ORDER BY resource_code) FROM overload_list('2427-03-01', '2427-03-14')), 'ASSEMBLERS ASSEMBLY-BENCHES', 'who is overloaded');
-- Planned anew: Monday 480, Friday 480, the rest on the Monday after: late.
SELECT testing.same(schedule_builds('2427-03-01T08:00:00-05:00') -> 'late_builds', '["SAMPLE-001", "SAMPLE-002"]'::jsonb, 'both will be late');
SELECT testing.same((SELECT string_agg(build_number || ' ' || days_late, ', ' ORDER BY build_number) FROM late_builds()), 'SAMPLE-001 3, SAMPLE-002 4', 'by so many days');
