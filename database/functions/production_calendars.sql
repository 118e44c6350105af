-- Production: working times of calendars, in the time zone of the plant.

CREATE OR REPLACE FUNCTION calendar_hours(p_resource_calendar_id bigint, p_from timestamptz, p_to timestamptz) RETURNS tstzmultirange
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  zone text := site_time_zone();
  open_hours tstzmultirange;
BEGIN
  IF p_to <= p_from THEN
    RETURN '{}';
  END IF;
  IF NOT isfinite(p_from) OR NOT isfinite(p_to) OR p_to - p_from > interval '4100 days' THEN
    RAISE EXCEPTION 'The time from % to % is too long to look at.', shown(p_from), shown(p_to) USING ERRCODE = 'TV022', HINT = 'Give at most ten years.';
  END IF;
  WITH days AS (
    SELECT g::date AS on_date FROM generate_series((p_from AT TIME ZONE zone)::date - 1, (p_to AT TIME ZONE zone)::date, interval '1 day') g
  ), spans AS (
    SELECT d.on_date, s.starts_at, s.ends_at
      FROM days d JOIN calendar_shifts s ON s.resource_calendar_id = p_resource_calendar_id AND s.weekday = extract(isodow FROM d.on_date)
     WHERE NOT EXISTS (SELECT FROM calendar_exceptions e WHERE e.resource_calendar_id = p_resource_calendar_id AND e.on_date = d.on_date AND e.exception_kind = 'HOLIDAY')
    UNION ALL
    SELECT e.on_date, e.starts_at, e.ends_at
      FROM days d JOIN calendar_exceptions e ON e.resource_calendar_id = p_resource_calendar_id AND e.on_date = d.on_date AND e.exception_kind = 'OVERTIME'
  )
  SELECT range_agg(tstzrange((s.on_date + s.starts_at) AT TIME ZONE zone, (s.on_date + s.ends_at) AT TIME ZONE zone)) INTO open_hours FROM spans s;
  RETURN coalesce(open_hours, '{}') * tstzmultirange(tstzrange(p_from, p_to));
END;
$$;
COMMENT ON FUNCTION calendar_hours(bigint, timestamptz, timestamptz) IS 'Working time of a calendar between two instants: shifts of the week, without holidays, with overtime.';

CREATE OR REPLACE FUNCTION hours_in(p_time tstzmultirange) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN (SELECT coalesce(round(sum(extract(epoch FROM upper(r) - lower(r))) / 3600, 4), 0) FROM unnest(p_time) r);
END;
$$;
COMMENT ON FUNCTION hours_in(tstzmultirange) IS 'Length of a set of times, in hours.';
