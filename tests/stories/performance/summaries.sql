-- Counters stay exact through changes by every door, before and after a fold; the materialized view follows at its refresh.
CREATE FUNCTION pg_temp.day_differences() RETURNS bigint LANGUAGE sql AS $$
  WITH counted AS (
    SELECT c.day, c.phase, c.state, sum(c.orders)::bigint AS orders, sum(c.builds)::bigint AS builds, sum(c.entered)::bigint AS entered_seconds, sum(c.wanted)::bigint AS wanted_orders, sum(c.wanted_builds)::bigint AS wanted_builds
      FROM (SELECT o.*, (SELECT count(*) FROM builds b WHERE b.order_id = o.order_id AND b.state = 'ACTIVE') AS n FROM orders o) o
      CROSS JOIN LATERAL (VALUES (site_date(o.created_at), o.phase, o.state, 1, o.n, extract(epoch FROM o.phase_entered_at)::bigint, 0, 0), (o.want_date, o.phase, o.state, 0, 0, 0, 1, o.n)) AS c (day, phase, state, orders, builds, entered, wanted, wanted_builds)
     WHERE c.day IS NOT NULL GROUP BY c.day, c.phase, c.state)
  SELECT (SELECT count(*) FROM (TABLE counted EXCEPT TABLE v_order_summary_live) d) + (SELECT count(*) FROM (TABLE v_order_summary_live EXCEPT TABLE counted) d)
$$;
CREATE FUNCTION pg_temp.total_differences() RETURNS bigint LANGUAGE sql AS $$
  WITH truth AS (
    SELECT o.phase, o.state, count(*) AS orders, sum((SELECT count(*) FROM builds b WHERE b.order_id = o.order_id AND b.state = 'ACTIVE'))::bigint AS builds,
           sum(extract(epoch FROM o.phase_entered_at)::bigint)::bigint AS entered_seconds, count(*) FILTER (WHERE o.want_date < site_today()) AS past_want_date
      FROM orders o GROUP BY o.phase, o.state),
  counted AS (SELECT c.* FROM order_counts('{}') c WHERE (c.orders, c.builds, c.past_want_date) <> (0, 0, 0))
  SELECT (SELECT count(*) FROM (TABLE truth EXCEPT TABLE counted) d) + (SELECT count(*) FROM (TABLE counted EXCEPT TABLE truth) d)
$$;
CREATE FUNCTION pg_temp.delivery_differences() RETURNS bigint LANGUAGE sql AS $$
  WITH truth AS (
    SELECT o.delivered_on AS day, count(*) AS delivered, count(*) FILTER (WHERE o.delivered_on <= o.want_date) AS on_time, count(*) FILTER (WHERE o.delivered_on > o.want_date) AS late,
           coalesce(sum(o.delivered_on - o.want_date) FILTER (WHERE o.delivered_on > o.want_date), 0)::bigint AS days_late, sum(o.delivered_on - site_date(o.created_at))::bigint AS lead_days
      FROM orders o WHERE o.delivered_on IS NOT NULL GROUP BY o.delivered_on),
  counted AS (
    SELECT d.day, sum(d.delivered)::bigint, sum(d.on_time)::bigint, sum(d.late)::bigint, sum(d.days_late)::bigint, sum(d.lead_days)::bigint
      FROM deliveries_by_day('-infinity', 'infinity') d GROUP BY d.day HAVING sum(d.delivered) <> 0)
  SELECT (SELECT count(*) FROM (TABLE truth EXCEPT TABLE counted) d) + (SELECT count(*) FROM (TABLE counted EXCEPT TABLE truth) d)
$$;
CREATE FUNCTION pg_temp.differences() RETURNS bigint LANGUAGE sql AS $$ SELECT pg_temp.day_differences() + pg_temp.total_differences() + pg_temp.delivery_differences() $$;
SELECT testing.same(pg_temp.differences(), 0::bigint, 'at the beginning');

DO $$
DECLARE
  one bigint;
  made integer := 0;
BEGIN
  PERFORM setseed(0.7);
  FOR i IN 1 .. 300 LOOP
    one := (SELECT order_id FROM orders ORDER BY random() LIMIT 1);
    BEGIN
      CASE floor(random() * 12)::integer
        WHEN 0, 1 THEN
          PERFORM begin_as('sample.sales', 'story');
          made := made + 1;
          PERFORM create_order('STELMO', 'PO-SUM-' || made, 'sample.sales', CASE WHEN random() < 0.8 THEN current_date + 1 + floor(random() * 9)::integer END, 'EN', (ARRAY['{}', format('{SUM-%s-A}', made), format('{SUM-%s-A,SUM-%s-B}', made, made)])[1 + floor(random() * 3)::integer]::text[]);
        WHEN 2, 3 THEN PERFORM begin_as('sample.sales', 'story'), transition_order(one, 'CONFIGURATION');
        WHEN 4 THEN PERFORM begin_as('sample.production', 'story'), hold_order(one, 'PARTS', 'story');
        WHEN 5 THEN PERFORM begin_as('sample.production', 'story'), resume_order(one, 'story');
        WHEN 6 THEN PERFORM begin_as('sample.sales', 'story'), add_build(one, 'SUM-ADD-' || i);
        WHEN 7 THEN PERFORM begin_as('sample.sales', 'story'), cancel_build((SELECT min(build_id) FROM builds WHERE order_id = one AND state = 'ACTIVE'), 'story');
        WHEN 8 THEN PERFORM begin_as('sample.sales', 'story'), update_order(one, jsonb_build_object('want_date', CASE WHEN random() < 0.8 THEN (current_date + 20)::text END));
        WHEN 9, 10 THEN
          -- Delivered, or taken back.
          PERFORM set_config('torvan.workflow_step', one::text, true);
          UPDATE orders SET delivered_on = CASE WHEN random() < 0.7 THEN current_date + 1 + floor(random() * 20)::integer END WHERE order_id = one;
        ELSE
          IF random() < 0.5 THEN
            PERFORM begin_as('sample.sales', 'story'), cancel_order(one, 'story');
          ELSE
            -- Past the functions: many rows in one statement.
            UPDATE orders SET notes = 'story ' || i, want_date = want_date + 1 WHERE order_id % 3 = i % 3 AND state = 'ACTIVE';
          END IF;
      END CASE;
    EXCEPTION WHEN SQLSTATE 'TV009' OR SQLSTATE 'TV004' OR SQLSTATE 'TV024' OR SQLSTATE '42501' THEN
      NULL;
    END;
    PERFORM set_config('torvan.user_id', '', true);
    IF i % 50 = 0 THEN
      IF pg_temp.differences() <> 0 THEN
        RAISE EXCEPTION 'counters differ after % changes', i;
      END IF;
      IF i % 100 = 50 THEN
        PERFORM fold_order_summaries();
      END IF;
    END IF;
  END LOOP;
END $$;
SELECT testing.ok((SELECT count(DISTINCT (phase, state)) >= 4 FROM orders), 'the changes did something');
SELECT testing.same(pg_temp.differences(), 0::bigint, 'after 300 random changes');
SELECT testing.ok(fold_order_summaries() > 0, 'something to fold');
SELECT testing.same(fold_order_summaries(), 0::bigint, 'only once');
SELECT testing.same(pg_temp.differences(), 0::bigint, 'after the fold');
SELECT testing.ok((SELECT count(DISTINCT delivered_on) >= 5 FROM orders), 'some were delivered');

-- Days that began since the last fold are counted as past, and those that did not are not.
BEGIN;
SELECT set_config('torvan.reason', 'story', true);
UPDATE orders SET want_date = site_today() - 3 + (order_id % 6)::integer WHERE state <> 'CANCELLED';
SELECT testing.ok(fold_order_summaries() > 0, 'new days to fold');
SELECT testing.ok((SELECT sum(c.past_want_date) > 0 FROM order_counts('{}') c), 'some are late');
UPDATE order_summary_totals t SET past_before = site_today() - 2,
       past_orders = (SELECT count(*) FROM orders o WHERE o.phase = t.phase AND o.state = t.state AND o.want_date < site_today() - 2);
SELECT testing.same(pg_temp.total_differences(), 0::bigint, 'two days later');
UPDATE order_summary_totals t SET past_before = site_today() + 2,
       past_orders = (SELECT count(*) FROM orders o WHERE o.phase = t.phase AND o.state = t.state AND o.want_date < site_today() + 2);
SELECT testing.same(pg_temp.total_differences(), 0::bigint, 'a plant that moved west');
SELECT testing.same(fold_order_summaries(), 0::bigint, 'nothing to fold');
SELECT testing.same((SELECT bool_and(t.past_before = site_today()) FROM order_summary_totals t), true, 'a new day is summed up all the same');
SELECT testing.same(pg_temp.total_differences(), 0::bigint, 'summed up');
ROLLBACK;

-- A change that is rolled back leaves no trace; deleted orders (the sample) leave the counters.
BEGIN;
SELECT set_config('torvan.reason', 'story', true);
UPDATE orders SET want_date = want_date + 100;
ROLLBACK;
SELECT testing.same(pg_temp.differences(), 0::bigint, 'after a rollback');
BEGIN;
SELECT remove_sample_data();
SELECT testing.same(pg_temp.differences(), 0::bigint, 'without the sample data');
ROLLBACK;

-- The materialized view is of its refresh, the live view of now; a rebuild from scratch changes nothing.
SELECT refresh_all_materialized_views();
SELECT testing.same((SELECT count(*) FROM (SELECT day, phase, state, orders, builds, wanted_orders, wanted_builds FROM mv_order_summary EXCEPT SELECT day, phase, state, orders, builds, wanted_orders, wanted_builds FROM v_order_summary_live) d), 0::bigint, 'refreshed');
SELECT testing.same((SELECT sum(on_hold_orders) FROM mv_order_summary), (SELECT count(*) FROM orders WHERE state = 'ON_HOLD')::numeric, 'on hold');
SELECT testing.same((SELECT sum(due_in_7_days) FROM mv_order_summary), (SELECT count(*) FROM orders WHERE want_date BETWEEN site_today() AND site_today() + 6 AND state <> 'CANCELLED' AND phase <> 'DELIVERED')::numeric, 'due in a week');
SELECT testing.act('sample.sales');
SELECT create_order('STELMO', 'PO-LATER', 'sample.sales', current_date + 30);
SELECT testing.same((SELECT sum(orders) FROM v_order_summary_live) - (SELECT sum(orders) FROM mv_order_summary), 1::numeric, 'the live view is ahead');
SELECT testing.nobody();
SELECT testing.same(rebuild_order_summaries(), (SELECT count(*) FROM orders), 'rebuilt');
SELECT testing.same(pg_temp.differences(), 0::bigint, 'after the rebuild');
SELECT testing.same((SELECT count(*) FROM order_summary_deltas), 0::bigint, 'all folded');
SELECT testing.same((SELECT (p ->> 'on_hold')::bigint FROM jsonb_array_elements(order_dashboard() -> 'phases') p WHERE p ->> 'phase' = 'PRODUCTION'), (SELECT count(*) FROM orders WHERE phase = 'PRODUCTION' AND state = 'ON_HOLD'), 'dashboard');

-- Who may.
SELECT testing.act('sample.technician');
SELECT testing.refused('SELECT order_dashboard()', '42501', 'report:read');
SELECT testing.refused('SELECT refresh_all_materialized_views()', '42501', 'system:maintain');
SELECT testing.refused('SELECT rebuild_order_summaries()', '42501', 'system:maintain');
SELECT testing.act('sample.admin');
SELECT testing.ok((SELECT count(*) = 3 FROM refresh_all_materialized_views()), 'an Administrator refreshes');
