-- Reports: figures over a range of days, in steps of a day, a week or a month. Each asks for report:read and counts all orders.

CREATE OR REPLACE FUNCTION report_steps(p_from date, p_to date, p_step text) RETURNS TABLE (step date, first_day date, last_day date)
LANGUAGE plpgsql STABLE ROWS 12
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  name text := lower(btrim(coalesce(p_step, 'WEEK')));
  until date := coalesce(p_to, site_today());
  since date := coalesce(p_from, date_trunc('week', until)::date - 77);
  most integer := CASE name WHEN 'day' THEN 190 WHEN 'week' THEN 1100 ELSE 3700 END;
BEGIN
  IF name NOT IN ('day', 'week', 'month') THEN
    RAISE EXCEPTION 'Figures are not counted by "%".', shown(left(p_step, 100)) USING ERRCODE = 'TV022', COLUMN = 'step', HINT = 'Give DAY, WEEK or MONTH.';
  END IF;
  IF NOT isfinite(since) OR NOT isfinite(until) OR since > until THEN
    RAISE EXCEPTION 'The range ends on %, before its first day %.', shown(until), shown(since) USING ERRCODE = 'TV022', COLUMN = 'to', HINT = 'Give a last day that is the first one or later.';
  END IF;
  IF until - since > most THEN
    RAISE EXCEPTION 'From % to % there are too many steps of a %.', since, until, name USING ERRCODE = 'TV022', COLUMN = 'from', HINT = 'Give a later first day, or longer steps: days over half a year, weeks over three years, months over ten.';
  END IF;
  RETURN QUERY
    SELECT s::date, greatest(s::date, since), least((s + ('1 ' || name)::interval)::date - 1, until)
      FROM generate_series(date_trunc(name, since::timestamp), until::timestamp, ('1 ' || name)::interval) s;
END;
$$;
COMMENT ON FUNCTION report_steps(date, date, text) IS 'The steps of a range of days: first day of the step as the calendar has it, and the days of it that lie in the range. Without a range the last twelve weeks.';

CREATE OR REPLACE FUNCTION report_customer(p_customer_code text) RETURNS bigint
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  found bigint;
BEGIN
  PERFORM require_permission('report:read');
  IF nullif(btrim(p_customer_code), '') IS NULL THEN
    RETURN NULL;
  END IF;
  SELECT c.customer_id INTO found FROM customers c WHERE c.customer_code = upper(btrim(p_customer_code));
  IF found IS NULL THEN
    RAISE EXCEPTION 'There is no customer "%".', shown(left(p_customer_code, 100)) USING ERRCODE = 'TV004', COLUMN = 'customer_code', HINT = 'Give the code of a customer, or none for all.';
  END IF;
  RETURN found;
END;
$$;
COMMENT ON FUNCTION report_customer(text) IS 'The customer that a report is narrowed to, null for all. Raises 42501 without report:read.';

CREATE OR REPLACE FUNCTION report_throughput(p_from date DEFAULT NULL, p_to date DEFAULT NULL, p_step text DEFAULT 'WEEK')
RETURNS TABLE (step date, orders_entered bigint, builds_finished bigint, orders_delivered bigint)
LANGUAGE plpgsql STABLE ROWS 12
SET search_path = pg_catalog, public, pg_temp
SET jit = off
AS $$
#variable_conflict use_column
DECLARE
  zone text := site_time_zone();
BEGIN
  PERFORM require_permission('report:read');
  RETURN QUERY
    SELECT s.step,
           (SELECT coalesce(sum(c.orders), 0)::bigint
              FROM (SELECT r.orders FROM order_summary_rollup r WHERE r.day BETWEEN s.first_day AND s.last_day
                    UNION ALL
                    SELECT d.orders FROM order_summary_deltas d WHERE d.created_on BETWEEN s.first_day AND s.last_day) c),
           (SELECT count(DISTINCT h.build_id) FROM build_status_history h
             WHERE h.from_phase = 'PRODUCTION' AND h.to_phase = 'QUALITY_CONTROL'
               AND h.created_at >= s.first_day::timestamp AT TIME ZONE zone AND h.created_at < (s.last_day + 1)::timestamp AT TIME ZONE zone),
           (SELECT coalesce(sum(d.delivered), 0)::bigint FROM deliveries_by_day(s.first_day, s.last_day) d)
      FROM report_steps(p_from, p_to, p_step) s ORDER BY s.step;
END;
$$;
COMMENT ON FUNCTION report_throughput(date, date, text) IS 'Per step of a range: orders entered (cancelled ones too), builds that left production, orders delivered. Steps are DAY, WEEK or MONTH; without a range the last twelve weeks.';

-- The counters are for all customers; those of one are few enough to be read.
CREATE OR REPLACE FUNCTION deliveries_of(p_customer_id bigint, p_from date, p_to date) RETURNS TABLE (delivered bigint, on_time bigint, late bigint, days_late bigint, lead_days bigint)
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF p_customer_id IS NULL THEN
    RETURN QUERY SELECT d.delivered, d.on_time, d.late, d.days_late, d.lead_days FROM deliveries_by_day(p_from, p_to) d;
  ELSE
    RETURN QUERY
      SELECT 1::bigint, (s.delivered_on <= s.want_date)::integer::bigint, (s.delivered_on > s.want_date)::integer::bigint, greatest(s.delivered_on - s.want_date, 0)::bigint, (s.delivered_on - s.created_on)::bigint
        FROM orders o JOIN order_summaries s ON s.order_id = o.order_id
       WHERE o.customer_id = p_customer_id AND o.delivered_on BETWEEN p_from AND p_to;
  END IF;
END;
$$;
COMMENT ON FUNCTION deliveries_of(bigint, date, date) IS 'Deliveries of a range, of one customer or of all: rows that count together.';

CREATE OR REPLACE FUNCTION report_on_time_delivery(p_from date DEFAULT NULL, p_to date DEFAULT NULL, p_step text DEFAULT 'WEEK', p_customer_code text DEFAULT NULL)
RETURNS TABLE (step date, delivered bigint, on_time bigint, late bigint, on_time_percent numeric, average_days_late numeric, average_lead_days numeric)
LANGUAGE plpgsql STABLE ROWS 12
SET search_path = pg_catalog, public, pg_temp
SET jit = off
AS $$
#variable_conflict use_column
DECLARE
  customer bigint := report_customer(p_customer_code);
BEGIN
  RETURN QUERY
    SELECT s.step, coalesce(d.delivered, 0), coalesce(d.on_time, 0), coalesce(d.late, 0), round(100.0 * d.on_time / nullif(d.on_time + d.late, 0), 1),
           round(d.days_late::numeric / nullif(d.late, 0), 1), round(d.lead_days::numeric / nullif(d.delivered, 0), 1)
      FROM report_steps(p_from, p_to, p_step) s
      CROSS JOIN LATERAL (
        SELECT sum(x.delivered)::bigint AS delivered, sum(x.on_time)::bigint AS on_time, sum(x.late)::bigint AS late, sum(x.days_late)::bigint AS days_late, sum(x.lead_days)::bigint AS lead_days
          FROM deliveries_of(customer, s.first_day, s.last_day) x) d
     ORDER BY s.step;
END;
$$;
COMMENT ON FUNCTION report_on_time_delivery(date, date, text, text) IS
  'Per step of a range, by the day of delivery: orders delivered, on time and late (of those with a want date), percent on time, average days late of the late ones, average days from order to delivery; of one customer or of all.';

CREATE OR REPLACE FUNCTION report_time_in_phase(p_from date DEFAULT NULL, p_to date DEFAULT NULL, p_customer_code text DEFAULT NULL)
RETURNS TABLE (phase text, orders bigint, average_days numeric, median_days numeric, slowest_tenth_days numeric, average_days_on_hold numeric)
LANGUAGE plpgsql STABLE ROWS 7
SET search_path = pg_catalog, public, pg_temp
SET jit = off
SET plan_cache_mode = force_custom_plan
-- A few thousand rows: helpers take longer to come than to read them.
SET max_parallel_workers_per_gather = 0
AS $$
#variable_conflict use_column
DECLARE
  customer bigint := report_customer(p_customer_code);
  since date := (SELECT min(s.first_day) FROM report_steps(p_from, p_to, 'MONTH') s);
  until date := (SELECT max(s.last_day) FROM report_steps(p_from, p_to, 'MONTH') s);
  -- A thousand orders say as much as a million, to within a few percent: of more, every so many-th is taken. From sixteen thousand on, by
  -- the index of every sixteenth (orders_delivered_sample_idx).
  delivered bigint := (SELECT coalesce(sum(d.delivered), 0) FROM deliveries_of(customer, since, until) d);
  every bigint := CASE WHEN delivered > 16000 THEN 16 * ceil(delivered / 16000.0) ELSE greatest(ceil(delivered / 1000.0), 1) END;
BEGIN
  RETURN QUERY
    WITH times AS (
      SELECT m.phase, (m.hours_in_phase / 24)::double precision AS days, (m.hours_on_hold / 24)::double precision AS days_on_hold
        FROM orders o JOIN order_metrics m ON m.order_id = o.order_id
       WHERE o.delivered_on IS NOT NULL AND o.delivered_on BETWEEN since AND until AND (customer IS NULL OR o.customer_id = customer)
         AND abs(hashint8(o.order_id)::bigint) % every = 0 AND (every < 16 OR abs(hashint8(o.order_id)::bigint) % 16 = 0) AND m.phase <> 'DELIVERED'),
    phases AS (
      SELECT t.phase, count(*) AS orders, avg(t.days) AS average, percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY t.days) AS slow, avg(t.days_on_hold) AS on_hold FROM times t GROUP BY t.phase)
    SELECT p.phase, p.orders, round(p.average::numeric, 1), round(p.slow[1]::numeric, 1), round(p.slow[2]::numeric, 1), round(p.on_hold::numeric, 1)
      FROM phases p ORDER BY phase_position(p.phase);
END;
$$;
COMMENT ON FUNCTION report_time_in_phase(date, date, text) IS
  'How long the orders that were delivered in a range were in each phase, in calendar days: average, median, what nine of ten did not exceed, and how much of it on hold; of one customer or of all. Of more than a thousand orders every second, third … is looked at; orders says how many were.';

CREATE OR REPLACE FUNCTION report_first_pass_yield(p_from date DEFAULT NULL, p_to date DEFAULT NULL, p_step text DEFAULT 'WEEK', p_gate_code text DEFAULT NULL)
RETURNS TABLE (step date, first_inspections bigint, passed_first_time bigint, first_pass_percent numeric, rejections bigint, reinspections bigint)
LANGUAGE plpgsql STABLE ROWS 12
SET search_path = pg_catalog, public, pg_temp
SET jit = off
AS $$
#variable_conflict use_column
DECLARE
  gate text := nullif(upper(btrim(p_gate_code)), '');
  zone text := site_time_zone();
BEGIN
  PERFORM require_permission('report:read');
  IF gate IS NOT NULL AND NOT EXISTS (SELECT FROM qc_gates g WHERE g.gate_code = gate) THEN
    RAISE EXCEPTION 'There is no gate "%".', shown(left(p_gate_code, 100)) USING ERRCODE = 'TV004', COLUMN = 'gate_code', HINT = 'SELECT gate_code, title FROM qc_gates lists them; none for all.';
  END IF;
  RETURN QUERY
    SELECT s.step, d.firsts, d.passed, round(100.0 * d.passed / nullif(d.firsts, 0), 1), d.rejections, d.others
      FROM report_steps(p_from, p_to, p_step) s
      CROSS JOIN LATERAL (
        SELECT count(*) FILTER (WHERE q.is_first) AS firsts, count(*) FILTER (WHERE q.is_first AND q.has_passed) AS passed,
               count(*) FILTER (WHERE NOT q.has_passed) AS rejections, count(*) FILTER (WHERE NOT q.is_first) AS others
          FROM decided_inspections(s.first_day::timestamp AT TIME ZONE zone, (s.last_day + 1)::timestamp AT TIME ZONE zone) q
         WHERE gate IS NULL OR q.gate_code = gate) d
     ORDER BY s.step;
END;
$$;
COMMENT ON FUNCTION report_first_pass_yield(date, date, text, text) IS
  'Per step of a range: builds inspected for the first time at a gate (or at all), how many passed at once and in percent, rejections, and inspections after the first.';

CREATE OR REPLACE FUNCTION report_backlog_age(p_phase text DEFAULT NULL)
RETURNS TABLE (age_group text, from_days integer, orders bigint, builds bigint, on_hold bigint)
LANGUAGE plpgsql STABLE ROWS 6
SET search_path = pg_catalog, public, pg_temp
SET jit = off
AS $$
#variable_conflict use_column
DECLARE
  today date := site_today();
  only_phase text := nullif(upper(btrim(p_phase)), '');
BEGIN
  PERFORM require_permission('report:read');
  IF only_phase IS NOT NULL AND only_phase NOT IN ('DRAFT', 'CONFIGURATION', 'APPROVAL', 'PRODUCTION', 'QUALITY_CONTROL', 'PACKAGING', 'SHIPPING') THEN
    RAISE EXCEPTION 'No order is open in a phase "%".', shown(left(p_phase, 100)) USING ERRCODE = 'TV022', COLUMN = 'phase', HINT = 'Give DRAFT, CONFIGURATION, APPROVAL, PRODUCTION, QUALITY_CONTROL, PACKAGING or SHIPPING; none for all.';
  END IF;
  RETURN QUERY
    WITH counted AS MATERIALIZED (
      SELECT c.day, sum(c.orders) AS orders, sum(c.builds) AS builds, sum(c.orders) FILTER (WHERE c.state = 'ON_HOLD') AS on_hold
        FROM (SELECT r.day, r.phase, r.state, r.orders, r.builds FROM order_summary_rollup r
              UNION ALL
              SELECT d.created_on, d.phase, d.state, d.orders, d.builds FROM order_summary_deltas d) c
       WHERE c.phase <> 'DELIVERED' AND c.state <> 'CANCELLED' AND (only_phase IS NULL OR c.phase = only_phase)
       GROUP BY c.day)
    SELECT g.name, g.lowest, coalesce(sum(c.orders), 0)::bigint, coalesce(sum(c.builds), 0)::bigint, coalesce(sum(c.on_hold), 0)::bigint
      FROM (VALUES ('0-7', 0, 7), ('8-14', 8, 14), ('15-30', 15, 30), ('31-60', 31, 60), ('61-90', 61, 90), ('91+', 91, 1000000)) AS g (name, lowest, highest)
      -- A day that is still to come elsewhere on earth is of today.
      LEFT JOIN counted c ON greatest(today - c.day, 0) BETWEEN g.lowest AND g.highest
     GROUP BY g.name, g.lowest ORDER BY g.lowest;
END;
$$;
COMMENT ON FUNCTION report_backlog_age(text) IS 'Open orders as of now by their age in days since they were made: orders, builds, and how many of the orders are on hold; of one phase or of all.';
