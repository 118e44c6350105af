-- Calendars: shifts, holidays, overtime, and the two days of the year that have not 24 hours.
SELECT resource_calendar_id AS cal FROM resource_calendars WHERE calendar_code = 'STANDARD' \gset
SELECT testing.same(hours_in(calendar_hours(:cal, '2027-03-01T00:00:00-05:00', '2027-03-08T00:00:00-05:00')), 40.0000, 'a week');
SELECT testing.same(hours_in(calendar_hours(:cal, '2027-03-01T10:00:00-05:00', '2027-03-01T13:00:00-05:00')), 2.5000, 'cut at both ends, without the break');
SELECT testing.same(calendar_hours(:cal, '2027-03-01T10:00:00-05:00', '2027-03-01T10:00:00-05:00'), '{}'::tstzmultirange, 'no time at all');
INSERT INTO calendar_exceptions (resource_calendar_id, on_date, exception_kind, note) VALUES (:cal, '2027-03-03', 'HOLIDAY', 'a holiday');
INSERT INTO calendar_exceptions (resource_calendar_id, on_date, exception_kind, starts_at, ends_at, note) VALUES (:cal, '2027-03-03', 'OVERTIME', '08:00', '10:00', 'a short day'), (:cal, '2027-03-06', 'OVERTIME', '22:00', '24:00', 'Saturday night');
SELECT testing.same(hours_in(calendar_hours(:cal, '2027-03-01T00:00:00-05:00', '2027-03-08T00:00:00-05:00')), 36.0000, '40 less 8, plus 2, plus 2');
SELECT testing.refused('INSERT INTO calendar_exceptions (resource_calendar_id, on_date, exception_kind, note) VALUES (' || :cal || ', ''2027-03-03'', ''HOLIDAY'', ''again'')', '23505', '');
SELECT testing.refused('INSERT INTO calendar_exceptions (resource_calendar_id, on_date, exception_kind, note) VALUES (' || :cal || ', ''2027-03-04'', ''OVERTIME'', ''when?'')', '23514', '');
SELECT testing.refused('INSERT INTO calendar_shifts (resource_calendar_id, weekday, starts_at, ends_at) VALUES (' || :cal || ', 6, ''10:00'', ''09:00'')', '23514', '');
-- A night shift over the changes of the clocks in Toronto: 2027-03-14 has 23 hours, 2027-11-07 has 25. Overlapping shifts count once.
INSERT INTO resource_calendars (calendar_code, name) VALUES ('ALWAYS', 'Day and night') RETURNING resource_calendar_id AS always \gset
INSERT INTO calendar_shifts (resource_calendar_id, weekday, starts_at, ends_at) SELECT :always, d, t.* FROM generate_series(1, 7) d, (VALUES (time '00:00', time '24:00'), (time '06:00', time '14:00')) t;
SELECT testing.same(hours_in(calendar_hours(:always, '2027-03-14T00:00:00-05:00', '2027-03-15T00:00:00-04:00')), 23.0000, 'the short day');
SELECT testing.same(hours_in(calendar_hours(:always, '2027-11-07T00:00:00-04:00', '2027-11-08T00:00:00-05:00')), 25.0000, 'the long day');
