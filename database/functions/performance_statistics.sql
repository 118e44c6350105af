-- What the server counted: statements, and metrics that thresholds are compared with.

CREATE OR REPLACE FUNCTION by_limit(p_value numeric, p_warning numeric, p_critical numeric) RETURNS text
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT CASE WHEN p_value >= p_critical THEN 'critical' WHEN p_value >= p_warning THEN 'warning' ELSE 'ok' END $$;
COMMENT ON FUNCTION by_limit(numeric, numeric, numeric) IS 'ok, warning or critical by two limits.';

CREATE OR REPLACE FUNCTION statement_statistics() RETURNS TABLE (query text, calls bigint, total_ms numeric, mean_ms numeric, max_ms numeric, row_count bigint, hit_percent numeric)
LANGUAGE plpgsql STABLE ROWS 1000 COST 10000
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  place text := (SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'pg_stat_statements');
BEGIN
  IF place IS NULL THEN
    RETURN;
  END IF;
  RETURN QUERY EXECUTE format($q$
    SELECT s.query, s.calls, s.total_exec_time::numeric(18, 3), s.mean_exec_time::numeric(18, 3), s.max_exec_time::numeric(18, 3), s.rows,
           round(100.0 * s.shared_blks_hit / nullif(s.shared_blks_hit + s.shared_blks_read, 0), 1)
      FROM %I.pg_stat_statements s JOIN pg_catalog.pg_database d ON d.oid = s.dbid WHERE d.datname = current_database() $q$, place);
END;
$$;
COMMENT ON FUNCTION statement_statistics() IS 'Statements of this database by pg_stat_statements; none where it is not installed. Raises where it is installed but not loaded.';

CREATE OR REPLACE FUNCTION slow_statements() RETURNS TABLE (query text, calls bigint, total_ms numeric, mean_ms numeric, max_ms numeric, row_count bigint, hit_percent numeric)
LANGUAGE plpgsql STABLE ROWS 100 COST 10000
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  RETURN QUERY SELECT s.query, s.calls, s.total_ms, s.mean_ms, s.max_ms, s.row_count, s.hit_percent FROM statement_statistics() s ORDER BY s.mean_ms DESC, s.query LIMIT 100;
EXCEPTION WHEN OTHERS THEN
  -- Installed, but not loaded by the server: health_check_statement_statistics says so.
  RETURN;
END;
$$;
COMMENT ON FUNCTION slow_statements() IS 'The hundred slowest statements on average; none where the server does not count them, and get_system_health_status() says why.';

CREATE OR REPLACE FUNCTION latest_benchmark(p_target text) RETURNS numeric
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT (t.entry ->> 'p95_ms')::numeric
    FROM performance_benchmark_runs r CROSS JOIN LATERAL jsonb_array_elements(r.results) AS t (entry)
   WHERE t.entry ->> 'target' = p_target AND t.entry ->> 'p95_ms' IS NOT NULL AND r.run_at > now() - interval '7 days'
   ORDER BY r.run_at DESC LIMIT 1
$$;
COMMENT ON FUNCTION latest_benchmark(text) IS 'p95 in milliseconds of a target in the newest benchmark of the last seven days; null without one.';

-- Each metric is one function metric_<code>(); null: cannot be measured here.

CREATE OR REPLACE FUNCTION metric_bom_generation_ms() RETURNS numeric
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT latest_benchmark('bom_generation') $$;
COMMENT ON FUNCTION metric_bom_generation_ms() IS 'p95 of generating a BOM in the latest benchmark, ms.';

CREATE OR REPLACE FUNCTION metric_order_search_ms() RETURNS numeric
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT max((t.entry ->> 'p95_ms')::numeric)
    FROM (SELECT r.results FROM performance_benchmark_runs r WHERE r.run_at > now() - interval '7 days' ORDER BY r.run_at DESC LIMIT 1) r
    CROSS JOIN LATERAL jsonb_array_elements(r.results) AS t (entry) WHERE t.entry ->> 'target' LIKE 'order\_search%'
$$;
COMMENT ON FUNCTION metric_order_search_ms() IS 'p95 of the slowest kind of order search in the latest benchmark, ms.';

CREATE OR REPLACE FUNCTION metric_session_check_ms() RETURNS numeric
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT latest_benchmark('session_check') $$;
COMMENT ON FUNCTION metric_session_check_ms() IS 'p95 of checking a session in the latest benchmark, ms; hashing of passwords happens in the server.';

CREATE OR REPLACE FUNCTION metric_queries_over_100ms_percent() RETURNS numeric
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  RETURN (SELECT round(100.0 * sum(s.calls) FILTER (WHERE s.mean_ms > 100) / nullif(sum(s.calls), 0), 3) FROM statement_statistics() s);
EXCEPTION WHEN OTHERS THEN
  RETURN NULL;
END;
$$;
COMMENT ON FUNCTION metric_queries_over_100ms_percent() IS 'Share of calls whose statement takes more than 100 ms on average, percent; null without pg_stat_statements.';

CREATE OR REPLACE FUNCTION metric_connections_percent() RETURNS numeric
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT round(100.0 * count(*) / current_setting('max_connections')::integer, 1) FROM pg_stat_activity WHERE backend_type = 'client backend' $$;
COMMENT ON FUNCTION metric_connections_percent() IS 'Connections in use, percent of max_connections.';

CREATE OR REPLACE FUNCTION metric_cache_hit_percent() RETURNS numeric
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT round(100.0 * d.blks_hit / nullif(d.blks_hit + d.blks_read, 0), 2) FROM pg_stat_database d WHERE d.datname = current_database() AND d.blks_hit + d.blks_read > 100000 $$;
COMMENT ON FUNCTION metric_cache_hit_percent() IS 'Blocks found in shared_buffers since the statistics began, percent; null before 100,000 blocks.';

CREATE OR REPLACE FUNCTION metric_oldest_transaction_s() RETURNS numeric
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT coalesce(round(extract(epoch FROM max(clock_timestamp() - a.xact_start)), 1), 0) FROM pg_stat_activity a WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() AND a.backend_type = 'client backend' $$;
COMMENT ON FUNCTION metric_oldest_transaction_s() IS 'Age of the oldest transaction of another connection, seconds.';

CREATE OR REPLACE FUNCTION metric_lock_wait_s() RETURNS numeric
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT coalesce(round(extract(epoch FROM max(clock_timestamp() - l.waitstart)), 1), 0) FROM pg_locks l WHERE NOT l.granted $$;
COMMENT ON FUNCTION metric_lock_wait_s() IS 'Longest wait for a lock at this moment, seconds.';

CREATE OR REPLACE FUNCTION metric_dead_rows_percent() RETURNS numeric
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT coalesce(round(max(100.0 * t.n_dead_tup / (t.n_live_tup + t.n_dead_tup)), 1), 0) FROM pg_stat_user_tables t WHERE t.schemaname = 'public' AND t.n_live_tup + t.n_dead_tup > 50000 $$;
COMMENT ON FUNCTION metric_dead_rows_percent() IS 'Dead rows in the worst table with more than 50,000 rows, percent.';

CREATE OR REPLACE FUNCTION metric_outbox_wait_s() RETURNS numeric
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT coalesce((SELECT round(extract(epoch FROM clock_timestamp() - e.created_at), 1) FROM outbox_events e WHERE e.processed_at IS NULL ORDER BY e.outbox_event_id LIMIT 1), 0) $$;
COMMENT ON FUNCTION metric_outbox_wait_s() IS 'Age of the oldest event that waits in the outbox, seconds.';

CREATE OR REPLACE FUNCTION metric_unfolded_deltas() RETURNS numeric
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT count(*) FROM order_summary_deltas $$;
COMMENT ON FUNCTION metric_unfolded_deltas() IS 'Changes of the counters that are not folded yet.';

CREATE OR REPLACE FUNCTION metric_summary_age_s() RETURNS numeric
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT round(extract(epoch FROM clock_timestamp() - greatest((SELECT v.refreshed_at FROM view_refreshes v WHERE v.view_name = 'mv_order_summary'),
                                                               (SELECT max(l.finished_at) FROM deployment_log l WHERE l.status = 'succeeded'))))
$$;
COMMENT ON FUNCTION metric_summary_age_s() IS 'Seconds since mv_order_summary was refreshed, or filled by a deployment.';

CREATE OR REPLACE FUNCTION metric_transaction_id_age() RETURNS numeric
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT age(d.datfrozenxid) FROM pg_database d WHERE d.datname = current_database() $$;
COMMENT ON FUNCTION metric_transaction_id_age() IS 'Transactions since the oldest frozen one.';

CREATE OR REPLACE FUNCTION metric_database_size_bytes() RETURNS numeric
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT pg_database_size(current_database()) $$;
COMMENT ON FUNCTION metric_database_size_bytes() IS 'Size of the database, bytes.';

CREATE OR REPLACE FUNCTION performance_metrics()
RETURNS TABLE (metric_code text, value numeric, unit text, verdict text, warning numeric, critical numeric, contract_target text, description text)
LANGUAGE plpgsql STABLE ROWS 20
SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  threshold performance_thresholds;
  measured numeric;
BEGIN
  FOR threshold IN SELECT * FROM performance_thresholds t WHERE t.is_active ORDER BY t.metric_code LOOP
    measured := NULL;
    BEGIN
      IF to_regprocedure(format('public.%I()', 'metric_' || threshold.metric_code)) IS NOT NULL THEN
        EXECUTE format('SELECT public.%I()', 'metric_' || threshold.metric_code) INTO measured;
      END IF;
    EXCEPTION WHEN OTHERS THEN
      RAISE WARNING 'The metric % cannot be measured: % (%)', threshold.metric_code, SQLERRM, SQLSTATE;
      measured := NULL;
    END;
    RETURN QUERY SELECT threshold.metric_code, trim_scale(measured), threshold.unit,
      CASE WHEN measured IS NULL THEN 'not measured'
           WHEN threshold.is_lower_bound THEN CASE WHEN measured < threshold.critical THEN 'critical' WHEN measured < threshold.warning THEN 'warning' ELSE 'ok' END
           ELSE by_limit(measured, threshold.warning, threshold.critical) END,
      threshold.warning, threshold.critical, threshold.contract_target, threshold.description;
  END LOOP;
END;
$$;
COMMENT ON FUNCTION performance_metrics() IS 'Every active metric as measured now, with its thresholds; "not measured" where that is not possible here.';

CREATE OR REPLACE FUNCTION check_performance_thresholds() RETURNS jsonb
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  breaches jsonb;
  breach jsonb;
BEGIN
  PERFORM require_maintainer();
  WITH measured AS (
    SELECT * FROM performance_metrics() m WHERE m.verdict <> 'not measured'
  ), kept AS (
    INSERT INTO performance_samples (metric_code, value, verdict) SELECT m.metric_code, m.value, m.verdict FROM measured m
  )
  SELECT coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object(
           'metric', m.metric_code, 'value', m.value, 'unit', m.unit, 'verdict', m.verdict, 'warning', m.warning, 'critical', m.critical,
           'contract_target', m.contract_target, 'description', m.description)) ORDER BY m.verdict, m.metric_code), '[]')
    INTO breaches FROM measured m WHERE m.verdict <> 'ok';
  DELETE FROM performance_samples s WHERE s.taken_at < now() - interval '90 days';
  IF to_regprocedure('public.raise_alert(text,text,text,jsonb)') IS NOT NULL THEN
    FOR breach IN SELECT b FROM jsonb_array_elements(breaches) b LOOP
      EXECUTE 'SELECT public.raise_alert($1, $2, $3, $4)' USING 'performance.' || (breach ->> 'metric'), upper(breach ->> 'verdict'),
        format('%s: %s %s', breach ->> 'description', breach ->> 'value', breach ->> 'unit'), breach;
    END LOOP;
  END IF;
  RETURN breaches;
END;
$$;
COMMENT ON FUNCTION check_performance_thresholds() IS
  'Measures every metric, keeps the values (90 days), raises an alert for each breach, and returns the breaches as a JSON list: [] when everything is within its thresholds. v_performance_metrics shows all values.';
