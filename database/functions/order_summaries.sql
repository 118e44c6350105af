-- Summaries of orders: the words by which they are found, and counters that are always exact.
--
-- orders, builds, customers -> order_summaries (triggers) -> order_summary_deltas (triggers) -> order_summary_rollup and order_delivery_rollup
-- (fold) -> order_summary_totals (fold).
-- Lock order: orders before order_summaries; of several summaries the smaller order_id first.

CREATE OR REPLACE FUNCTION plain_words(p_text text) RETURNS text[]
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT coalesce(array_agg(DISTINCT left(w, 64)), '{}') FROM regexp_split_to_table(lower(unaccent(p_text)), '[^[:alnum:]]+') AS w WHERE w <> ''
$$;
COMMENT ON FUNCTION plain_words(text) IS 'Words and numbers of a text, each once, in lower case and without accents.';

CREATE OR REPLACE FUNCTION order_document(
  p_order_number text, p_po_number text, p_project_name text, p_sales_person text, p_notes text, p_customer_code text, p_customer_name text
) RETURNS tsvector
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, public, pg_temp
AS $$
  -- Of numbers only the digits: "TRV" and the year stand in every order and would find them all.
  SELECT array_to_tsvector(array(
    SELECT word FROM unnest(
        plain_words(concat_ws(' ', p_project_name, p_sales_person, left(p_notes, 4000), p_customer_code, p_customer_name))
        || array(SELECT m[1] FROM regexp_matches(coalesce(p_po_number, ''), '[0-9]{2,64}', 'g') AS m)
        || ARRAY[substring(p_order_number FROM '[0-9]+$'), ltrim(substring(p_order_number FROM '[0-9]+$'), '0')]) AS word
     WHERE word <> ''))
$$;
COMMENT ON FUNCTION order_document(text, text, text, text, text, text, text) IS
  'Words by which an order is found: project, sales person, notes, customer, the digits of its PO number, and its running number with and without leading zeros.';

CREATE OR REPLACE FUNCTION site_date(p_at timestamptz) RETURNS date
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  RETURN (p_at AT TIME ZONE coalesce(site_setting('time_zone') #>> '{}', 'UTC'))::date;
END;
$$;
COMMENT ON FUNCTION site_date(timestamptz) IS 'The day at the plant of an instant.';

CREATE OR REPLACE FUNCTION write_order_documents(p_order_ids bigint[]) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  PERFORM FROM order_summaries s WHERE s.order_id = ANY (p_order_ids) ORDER BY s.order_id FOR NO KEY UPDATE;
  UPDATE order_summaries s
     SET document = order_document(o.order_number, o.po_number, o.project_name, o.sales_person, o.notes, c.customer_code, c.name)
    FROM orders o JOIN customers c USING (customer_id)
   WHERE o.order_id = ANY (p_order_ids) AND s.order_id = o.order_id;
  INSERT INTO order_summary_deltas (order_id, created_on, want_date, phase, state, orders, builds, entered_seconds, delivered_on, has_new_words)
  SELECT s.order_id, s.created_on, s.want_date, s.phase, s.state, 0, 0, 0, s.delivered_on, true FROM order_summaries s WHERE s.order_id = ANY (p_order_ids);
END;
$$;
COMMENT ON FUNCTION write_order_documents(bigint[]) IS 'Writes the words of these orders anew, after their texts or the name of their customer changed.';

CREATE OR REPLACE FUNCTION fold_order_summaries() RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  folded bigint;
BEGIN
  -- One at a time; the second finds nothing left to do.
  PERFORM pg_advisory_xact_lock(hashtext('torvan'), hashtext('fold_order_summaries'));
  WITH taken AS (
    DELETE FROM order_summary_deltas RETURNING *
  ), learnt AS (
    INSERT INTO order_words (word)
    SELECT DISTINCT w COLLATE "C"
      FROM taken t JOIN order_summaries s ON s.order_id = t.order_id CROSS JOIN LATERAL unnest(tsvector_to_array(s.document)) AS w
     WHERE t.has_new_words AND w ~ '^[[:alpha:]]{4,}$'
    ON CONFLICT (word) DO NOTHING
  ), summed AS (
    SELECT c.day, c.phase, c.state, sum(c.orders) AS orders, sum(c.builds) AS builds, sum(c.entered_seconds) AS entered_seconds,
           sum(c.wanted_orders) AS wanted_orders, sum(c.wanted_builds) AS wanted_builds
      FROM (SELECT t.created_on AS day, t.phase, t.state, t.orders, t.builds, t.entered_seconds, 0 AS wanted_orders, 0 AS wanted_builds FROM taken t
            UNION ALL
            SELECT t.want_date, t.phase, t.state, 0, 0, 0, t.orders, t.builds FROM taken t WHERE t.want_date IS NOT NULL) c
     GROUP BY c.day, c.phase, c.state
  ), added AS (
    INSERT INTO order_summary_rollup AS r (day, phase, state, orders, builds, entered_seconds, wanted_orders, wanted_builds)
    SELECT s.day, s.phase, s.state, s.orders, s.builds, s.entered_seconds, s.wanted_orders, s.wanted_builds FROM summed s
    ON CONFLICT (day, phase, state) DO UPDATE
       SET orders = r.orders + excluded.orders, builds = r.builds + excluded.builds, entered_seconds = r.entered_seconds + excluded.entered_seconds,
           wanted_orders = r.wanted_orders + excluded.wanted_orders, wanted_builds = r.wanted_builds + excluded.wanted_builds
  ), delivered AS (
    INSERT INTO order_delivery_rollup AS r (day, delivered, on_time, late, days_late, lead_days)
    SELECT t.delivered_on, sum(t.orders), sum(t.on_time), sum(t.late), sum(t.days_late), sum(t.lead_days) FROM taken t WHERE t.delivered_on IS NOT NULL GROUP BY t.delivered_on
    ON CONFLICT (day) DO UPDATE
       SET delivered = r.delivered + excluded.delivered, on_time = r.on_time + excluded.on_time, late = r.late + excluded.late,
           days_late = r.days_late + excluded.days_late, lead_days = r.lead_days + excluded.lead_days
  )
  SELECT count(*) INTO folded FROM taken;
  DELETE FROM order_summary_rollup r WHERE (r.orders, r.builds, r.wanted_orders, r.wanted_builds) = (0, 0, 0, 0);
  PERFORM total_order_summaries(folded > 0);
  RETURN folded;
END;
$$;
COMMENT ON FUNCTION fold_order_summaries() IS 'Adds the deltas to the counters and new words to the vocabulary; returns how many deltas. Run before each refresh, every minute or so in between.';

CREATE OR REPLACE FUNCTION total_order_summaries(p_are_new boolean) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  today date := site_today();
BEGIN
  IF NOT p_are_new AND NOT EXISTS (SELECT FROM order_summary_totals t WHERE t.past_before <> today) THEN
    RETURN;
  END IF;
  DELETE FROM order_summary_totals;
  INSERT INTO order_summary_totals (phase, state, orders, builds, entered_seconds, past_orders, past_before)
  SELECT r.phase, r.state, sum(r.orders), sum(r.builds), sum(r.entered_seconds), coalesce(sum(r.wanted_orders) FILTER (WHERE r.day < today), 0), today
    FROM order_summary_rollup r GROUP BY r.phase, r.state;
END;
$$;
COMMENT ON FUNCTION total_order_summaries(boolean) IS 'Sums the counters up over all days, where they are new or a day has begun since.';

CREATE OR REPLACE FUNCTION deliveries_by_day(p_from date, p_to date) RETURNS TABLE (day date, delivered bigint, on_time bigint, late bigint, days_late bigint, lead_days bigint)
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT r.day, r.delivered, r.on_time, r.late, r.days_late, r.lead_days FROM order_delivery_rollup r WHERE r.day BETWEEN p_from AND p_to
  UNION ALL
  SELECT d.delivered_on, d.orders, d.on_time, d.late, d.days_late, d.lead_days FROM order_summary_deltas d WHERE d.delivered_on BETWEEN p_from AND p_to
$$;
COMMENT ON FUNCTION deliveries_by_day(date, date) IS 'Deliveries of a range as of now, from the counters; a day may have several rows, which count together.';

CREATE OR REPLACE FUNCTION rebuild_order_summaries() RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  made bigint;
BEGIN
  PERFORM require_permission('system:maintain');
  PERFORM pg_advisory_xact_lock(hashtext('torvan'), hashtext('fold_order_summaries'));
  LOCK TABLE orders, builds, customers, order_summaries, order_summary_deltas IN SHARE ROW EXCLUSIVE MODE;
  DELETE FROM order_summaries;
  DELETE FROM order_summary_deltas;
  DELETE FROM order_summary_rollup;
  DELETE FROM order_delivery_rollup;
  DELETE FROM order_words;
  INSERT INTO order_summaries (order_id, created_on, want_date, phase, state, phase_entered_at, build_count, delivered_on, document)
  SELECT o.order_id, site_date(o.created_at), o.want_date, o.phase, o.state, o.phase_entered_at,
         (SELECT count(*) FROM builds b WHERE b.order_id = o.order_id AND b.state = 'ACTIVE'), o.delivered_on,
         order_document(o.order_number, o.po_number, o.project_name, o.sales_person, o.notes, c.customer_code, c.name)
    FROM orders o JOIN customers c USING (customer_id);
  GET DIAGNOSTICS made = ROW_COUNT;
  PERFORM fold_order_summaries();
  RETURN made;
END;
$$;
COMMENT ON FUNCTION rebuild_order_summaries() IS 'Makes all summaries, counters and words anew from orders, builds and customers; for repair, and to forget words that no order has any more.';

CREATE OR REPLACE FUNCTION require_maintainer() RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  -- The server's worker acts for nobody; keeping things fresh is nobody's decision.
  IF current_user_id() IS NOT NULL THEN
    PERFORM require_permission('system:maintain');
  END IF;
END;
$$;
COMMENT ON FUNCTION require_maintainer() IS 'Lets the worker through, which acts for nobody, and of people those with system:maintain.';

CREATE OR REPLACE FUNCTION refresh_all_materialized_views()
RETURNS TABLE (view_name text, mode text, row_count bigint, duration_ms numeric)
LANGUAGE plpgsql VOLATILE ROWS 5
SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_variable
DECLARE
  seen record;
  began timestamptz;
BEGIN
  PERFORM require_maintainer();
  began := clock_timestamp();
  view_name := 'order_summary_deltas';
  mode := 'folded';
  row_count := fold_order_summaries();
  duration_ms := round(extract(epoch FROM clock_timestamp() - began) * 1000, 1);
  RETURN NEXT;
  FOR seen IN
    SELECT c.oid::regclass AS name,
           c.relispopulated AND EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL) AS is_concurrent
      FROM pg_class c WHERE c.relkind = 'm' AND c.relnamespace = 'public'::regnamespace ORDER BY c.relname
  LOOP
    began := clock_timestamp();
    EXECUTE format('REFRESH MATERIALIZED VIEW %s %s', CASE WHEN seen.is_concurrent THEN 'CONCURRENTLY' ELSE '' END, seen.name);
    EXECUTE format('SELECT count(*) FROM %s', seen.name) INTO row_count;
    view_name := seen.name::text;
    mode := CASE WHEN seen.is_concurrent THEN 'concurrently' ELSE 'with readers waiting' END;
    duration_ms := round(extract(epoch FROM clock_timestamp() - began) * 1000, 1);
    INSERT INTO view_refreshes AS v (view_name, refreshed_at, mode, row_count, duration_ms) VALUES (seen.name::text, clock_timestamp(), mode, row_count, duration_ms)
    ON CONFLICT ON CONSTRAINT view_refreshes_pkey DO UPDATE SET refreshed_at = excluded.refreshed_at, mode = excluded.mode, row_count = excluded.row_count, duration_ms = excluded.duration_ms;
    RETURN NEXT;
  END LOOP;
END;
$$;
COMMENT ON FUNCTION refresh_all_materialized_views() IS
  'Folds the deltas of the orders, then refreshes every materialized view, without blocking readers once it was filled. Says per view how, how many rows and how long.';

CREATE OR REPLACE FUNCTION order_dashboard() RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  PERFORM require_permission('report:read');
  RETURN (
    SELECT jsonb_build_object(
             'as_of', to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
             'phases', coalesce(jsonb_agg(jsonb_build_object(
                 'phase', p.phase, 'orders', p.orders, 'builds', p.builds, 'active', p.active, 'on_hold', p.on_hold, 'cancelled', p.cancelled, 'overdue', p.overdue,
                 'average_days_in_phase', p.days_in_phase) ORDER BY phase_position(p.phase)), '[]'))
      FROM (SELECT c.phase, sum(c.orders) AS orders, sum(c.builds) AS builds,
                   coalesce(sum(c.orders) FILTER (WHERE c.state = 'ACTIVE'), 0) AS active,
                   coalesce(sum(c.orders) FILTER (WHERE c.state = 'ON_HOLD'), 0) AS on_hold,
                   coalesce(sum(c.orders) FILTER (WHERE c.state = 'CANCELLED'), 0) AS cancelled,
                   coalesce(sum(c.past_want_date) FILTER (WHERE c.phase <> 'DELIVERED' AND c.state <> 'CANCELLED'), 0) AS overdue,
                   round((extract(epoch FROM now()) - sum(c.entered_seconds) FILTER (WHERE c.state <> 'CANCELLED') / nullif(sum(c.orders) FILTER (WHERE c.state <> 'CANCELLED'), 0)) / 86400, 1) AS days_in_phase
              FROM order_counts('{}') c GROUP BY c.phase HAVING sum(c.orders) > 0) p);
END;
$$;
COMMENT ON FUNCTION order_dashboard() IS 'Counters of the orders by phase as of now, exact: orders, builds, active, on hold, cancelled, overdue, average days in the phase.';
