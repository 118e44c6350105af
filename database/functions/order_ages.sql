-- Orders: how long they have been where they are, in working time, against the target of the workflow.

CREATE OR REPLACE FUNCTION working_seconds_until(p_at timestamptz, p_zone text, p_hours jsonb) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  at timestamp;
  -- Days since a Monday; whole weeks are counted at once.
  day integer;
  weeks integer;
  weekday integer;
  days integer[];
  opens time;
  length numeric;
BEGIN
  IF NOT isfinite(p_at) THEN
    RAISE EXCEPTION 'There is no working time until %.', shown(p_at) USING ERRCODE = 'TV022', COLUMN = 'at', HINT = 'Give an instant.';
  END IF;
  at := p_at AT TIME ZONE p_zone;
  day := at::date - date '2001-01-01';
  weeks := floor(day / 7.0);
  weekday := day - 7 * weeks + 1;
  days := array(SELECT d::integer FROM jsonb_array_elements_text(p_hours -> 'days') d);
  opens := (p_hours ->> 'from')::time;
  length := extract(epoch FROM (p_hours ->> 'to')::time - opens);
  RETURN length * (weeks * cardinality(days) + (SELECT count(*) FROM unnest(days) d WHERE d < weekday))
    + CASE WHEN weekday = ANY (days) THEN least(greatest(extract(epoch FROM at::time - opens), 0), length) ELSE 0 END;
EXCEPTION WHEN data_exception THEN
  RAISE EXCEPTION 'Working hours % in the time zone "%" are none.', shown(p_hours), shown(p_zone)
    USING ERRCODE = 'TV022', HINT = 'Give a name of pg_timezone_names, and hours such as {"days": [1, 2, 3, 4, 5], "from": "08:00", "to": "17:00"}.';
END;
$$;
COMMENT ON FUNCTION working_seconds_until(timestamptz, text, jsonb) IS 'Working seconds from a fixed Monday to an instant: the difference of two is the working time between them. Hours as in the setting working_hours.';

CREATE OR REPLACE FUNCTION working_hours_between(p_from timestamptz, p_to timestamptz) RETURNS numeric
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  zone text := coalesce(site_setting('time_zone') #>> '{}', 'UTC');
  hours jsonb := coalesce(site_setting('working_hours'), '{"days": [1, 2, 3, 4, 5], "from": "08:00", "to": "17:00"}');
BEGIN
  IF NOT isfinite(p_from) OR NOT isfinite(p_to) THEN
    RAISE EXCEPTION 'There is no number of hours from % to %.', shown(p_from), shown(p_to) USING ERRCODE = 'TV022', HINT = 'Give two instants.';
  END IF;
  RETURN round((working_seconds_until(p_to, zone, hours) - working_seconds_until(p_from, zone, hours)) / 3600, 2);
END;
$$;
COMMENT ON FUNCTION working_hours_between(timestamptz, timestamptz) IS 'Working hours of the plant between two instants, by the setting working_hours (Monday to Friday 8 to 17 unless changed); holidays are not known to it.';

CREATE OR REPLACE FUNCTION order_age(p_order_id bigint)
RETURNS TABLE (order_number text, phase text, state text, phase_entered_at timestamptz, hours_in_phase numeric, working_hours_in_phase numeric, working_hours_on_hold numeric,
               target_hours numeric, is_over_target boolean, want_date date, days_left integer, is_overdue boolean)
LANGUAGE plpgsql STABLE ROWS 1
SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  PERFORM require_order(p_order_id);
  RETURN QUERY
    SELECT a.order_number, a.phase, a.state, a.phase_entered_at, a.hours_in_phase, a.working_hours_in_phase, a.working_hours_on_hold, a.target_hours, a.is_over_target,
           a.want_date, a.days_left, a.is_overdue
      FROM v_order_ages a WHERE a.order_id = p_order_id;
END;
$$;
COMMENT ON FUNCTION order_age(bigint) IS 'How long an open order has been in its phase, against its target; no row for a delivered or cancelled one.';
