-- Performance tests: test data, benchmarks, load, report. Deployed with everything else; may be run again by psql at any time.
--
--   SELECT generate_performance_test_data(1000, 100, 50, 500);
--   SELECT run_performance_benchmarks();
--   SELECT simulate_concurrent_load(25, 100);
--   SELECT generate_performance_report();
--   SELECT remove_performance_test_data();

CREATE OR REPLACE FUNCTION generate_performance_test_data(p_orders integer, p_customers integer, p_users integer, p_parts integer) RETURNS jsonb
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
SET client_min_messages = warning
AS $$
DECLARE
  began timestamptz := clock_timestamp();
  run bigint;
  first bigint;
  made jsonb;
  before jsonb;
  lifted integer;
  seen record;
BEGIN
  PERFORM require_database_owner('make test data');
  IF p_orders NOT BETWEEN 1 AND 10000000 OR p_customers NOT BETWEEN 1 AND 1000000 OR p_users NOT BETWEEN 2 AND 10000 OR p_parts NOT BETWEEN 0 AND 1000000
     OR num_nulls(p_orders, p_customers, p_users, p_parts) > 0 THEN
    RAISE EXCEPTION 'Test data for % orders, % customers, % users and % parts cannot be made.', p_orders, p_customers, p_users, p_parts
      USING ERRCODE = 'TV022', HINT = 'Orders 1 to 10,000,000, customers 1 to 1,000,000, users 2 to 10,000 (seller and approver differ), parts 0 to 1,000,000.';
  END IF;
  -- One run at a time; and the fold of the counters waits.
  PERFORM pg_advisory_xact_lock(hashtext('torvan'), hashtext('performance_test_data')), pg_advisory_xact_lock(hashtext('torvan'), hashtext('fold_order_summaries'));
  PERFORM switch_performance_triggers(false);
  lifted := lift_performance_indexes(p_orders);
  first := nextval('performance_test_number_sequence');
  PERFORM setval('performance_test_number_sequence', first + p_orders - 1);
  before := performance_row_counts();
  INSERT INTO performance_test_runs (first_number, last_number, counts, generated_by) VALUES (first, first + p_orders - 1, '{}', session_user) RETURNING performance_test_run_id INTO run;

  PERFORM make_performance_people(run, p_customers, p_users, p_parts);
  PERFORM plan_performance_orders(run, first, p_orders, p_customers, p_users);
  PERFORM write_performance_orders(run);
  PERFORM write_performance_builds(run);
  PERFORM write_performance_summaries(run);
  PERFORM restore_performance_indexes(), switch_performance_triggers(true);

  SELECT jsonb_object_agg(a.key, a.value::bigint - (before ->> a.key)::bigint) INTO made FROM jsonb_each_text(performance_row_counts()) a;
  UPDATE performance_test_runs SET counts = made WHERE performance_test_run_id = run;
  FOR seen IN SELECT p.table_name, (made ->> p.table_name)::bigint AS row_count FROM performance_tables() p WHERE p.table_name NOT IN (SELECT u.table_name FROM unaudited_tables() u) LOOP
    INSERT INTO audit_log (table_name, operation, record_key, new_values, actor_id, actor, reason)
    VALUES (seen.table_name, 'DIGEST', 'performance_test_run ' || run, jsonb_build_object('rows', seen.row_count, 'first_number', first, 'last_number', first + p_orders - 1), NULL, current_actor(), 'generate_performance_test_data');
  END LOOP;
  FOR seen IN SELECT p.table_name FROM performance_tables() p LOOP
    EXECUTE format('ANALYZE %I', seen.table_name);
  END LOOP;
  ANALYZE order_summary_rollup;
  RETURN jsonb_build_object('run', run, 'orders', format('PERF-%s to PERF-%s', lpad(first::text, 8, '0'), lpad((first + p_orders - 1)::text, 8, '0')), 'rows', made,
    'seconds', round(extract(epoch FROM clock_timestamp() - began), 1), 'indexes_rebuilt', lifted, 'remove_with', 'SELECT remove_performance_test_data();');
END;
$$;
COMMENT ON FUNCTION generate_performance_test_data(integer, integer, integer, integer) IS
  'Makes test data in number ranges of its own (orders PERF-…, customers PERF-…, logins perf.…, parts PERF-…): orders over three years in all phases with history, builds and summaries, lines of a BOM for 1 % of the builds. '
  'Called again it adds more. For the owner only, all or nothing. Other writers of these tables wait until it ends; from 50,000 orders on readers too, since indexes are made anew. Audited as one digest per table.';

CREATE OR REPLACE FUNCTION performance_row_counts() RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  counts jsonb := '{}';
  seen record;
  n bigint;
BEGIN
  FOR seen IN SELECT p.table_name FROM performance_tables() p LOOP
    EXECUTE format('SELECT count(*) FROM %I', seen.table_name) INTO n;
    counts := counts || jsonb_build_object(seen.table_name, n);
  END LOOP;
  RETURN counts;
END;
$$;
COMMENT ON FUNCTION performance_row_counts() IS 'Number of rows of each table that may hold test data.';

CREATE OR REPLACE FUNCTION remove_performance_test_data() RETURNS jsonb
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
SET client_min_messages = warning
AS $$
DECLARE
  before jsonb;
  removed jsonb;
  touched text;
  seen record;
BEGIN
  PERFORM require_database_owner('remove test data');
  PERFORM pg_advisory_xact_lock(hashtext('torvan'), hashtext('performance_test_data')), pg_advisory_xact_lock(hashtext('torvan'), hashtext('fold_order_summaries'));
  PERFORM switch_performance_triggers(false);
  PERFORM list_performance_rows();
  touched := touched_performance_rows();
  IF touched IS NOT NULL THEN
    RAISE EXCEPTION 'Test data was changed or used since it was made: %.', touched
      USING ERRCODE = 'TV009', HINT = 'Take real work off it first (other customers, other parts); rows that a person changed are evidence and stay, and with them all of the test data. The audit trail names them.';
  END IF;
  before := performance_row_counts();
  BEGIN
    PERFORM delete_performance_rows();
  EXCEPTION WHEN foreign_key_violation OR restrict_violation THEN
    RAISE EXCEPTION 'Something real stands on test data: %', SQLERRM USING ERRCODE = 'TV009', HINT = 'Take it off the test data first.';
  END;
  PERFORM switch_performance_triggers(true);
  SELECT jsonb_object_agg(b.key, b.value::bigint - (performance_row_counts_after.counts ->> b.key)::bigint) INTO removed
    FROM jsonb_each_text(before) b CROSS JOIN (SELECT performance_row_counts() AS counts OFFSET 0) performance_row_counts_after;
  FOR seen IN SELECT p.table_name, (removed ->> p.table_name)::bigint AS row_count FROM performance_tables() p
               WHERE (removed ->> p.table_name)::bigint > 0 AND p.table_name NOT IN (SELECT u.table_name FROM unaudited_tables() u) LOOP
    INSERT INTO audit_log (table_name, operation, record_key, old_values, actor, reason)
    VALUES (seen.table_name, 'DIGEST', 'performance_test_data', jsonb_build_object('rows', seen.row_count), current_actor(), 'remove_performance_test_data');
  END LOOP;
  RETURN jsonb_build_object('removed', removed, 'then', 'VACUUM ANALYZE; gives the space back to the tables.');
END;
$$;
COMMENT ON FUNCTION remove_performance_test_data() IS
  'Removes all test data. Refused, with nothing removed, where a person changed a row of it or something real stands on it. For the owner only; other writers of these tables wait until it ends.';

CREATE OR REPLACE FUNCTION run_performance_benchmarks(p_times integer DEFAULT 20) RETURNS jsonb
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  target record;
  entry jsonb;
  results jsonb := '[]';
  run jsonb;
BEGIN
  PERFORM require_database_owner('run benchmarks');
  IF p_times NOT BETWEEN 1 AND 10000 OR p_times IS NULL THEN
    RAISE EXCEPTION 'Each target cannot be measured % times.', p_times USING ERRCODE = 'TV022', HINT = 'Give 1 to 10,000.';
  END IF;
  FOR target IN SELECT * FROM benchmark_targets() t ORDER BY t.place LOOP
    entry := measure_target(target.target, target.statement, target.samples, target.writes, p_times);
    results := results || (jsonb_build_object('target', target.target, 'title', target.title) || entry || jsonb_build_object('contract_ms', target.contract_ms, 'bar_ms', target.bar_ms,
      'verdict', CASE WHEN entry -> 'p95_ms' IS NULL THEN 'not measured' WHEN (entry ->> 'p95_ms')::numeric > coalesce(target.contract_ms, target.bar_ms) THEN 'missed'
                      WHEN (entry ->> 'p95_ms')::numeric > target.bar_ms THEN 'contract met, own bar missed' ELSE 'met' END));
  END LOOP;
  run := jsonb_build_object('run_at', to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'), 'times', p_times, 'environment', benchmark_environment(), 'results', results);
  INSERT INTO performance_benchmark_runs (environment, results, run_by) VALUES (run -> 'environment', results, session_user);
  RETURN run;
END;
$$;
COMMENT ON FUNCTION run_performance_benchmarks(integer) IS
  'Measures each target of the contract and our own bars inside the server, one after the other on this connection: n, p50, p95, max in milliseconds, verdict. Writes are rolled back. '
  'Passwords are hashed by the server program, so sign-in is measured as the check of a session; torvan bench measures sign-in, HTTP and many users at once. The result is kept in performance_benchmark_runs.';

CREATE OR REPLACE FUNCTION simulate_concurrent_load(p_users integer, p_operations integer) RETURNS jsonb
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  server text := site_setting('load_test_server') #>> '{}';
  began timestamptz := clock_timestamp();
  runs jsonb := '[]';
  reason text;
  elapsed numeric;
BEGIN
  PERFORM require_database_owner('simulate load');
  IF p_users NOT BETWEEN 1 AND 500 OR p_operations NOT BETWEEN 1 AND 100000 OR num_nulls(p_users, p_operations) > 0 THEN
    RAISE EXCEPTION 'Load of % users with % operations each cannot be simulated.', p_users, p_operations USING ERRCODE = 'TV022', HINT = 'Users 1 to 500, operations 1 to 100,000.';
  END IF;
  reason := CASE WHEN NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'dblink') THEN 'the extension dblink is not installed (a superuser may)'
                 WHEN server IS NULL THEN 'the setting load_test_server names no foreign server for dblink'
                 WHEN NOT EXISTS (SELECT FROM pg_foreign_server s WHERE s.srvname = server) THEN format('there is no foreign server "%s"', server) END;
  IF reason IS NULL THEN
    BEGIN
      runs := run_load_by_dblink(server, p_users, p_operations);
    EXCEPTION WHEN OTHERS THEN
      reason := 'dblink failed: ' || SQLERRM;
      began := clock_timestamp();
    END;
  END IF;
  IF reason IS NOT NULL THEN
    FOR n IN 1 .. p_users LOOP
      runs := runs || performance_load_mix(p_operations, n);
    END LOOP;
  END IF;
  elapsed := extract(epoch FROM clock_timestamp() - began);
  RETURN jsonb_strip_nulls(jsonb_build_object(
    'concurrent', reason IS NULL, 'mode', CASE WHEN reason IS NULL THEN 'dblink' ELSE 'sequential' END, 'reason', reason,
    'users', p_users, 'operations_per_user', p_operations, 'seconds', round(elapsed, 2), 'operations_per_s', round(p_users * p_operations / greatest(elapsed, 0.001), 1)))
    || load_statistics(runs)
    || jsonb_build_object('real_driver', 'torvan bench db: connections of their own, requests at their intended instants, latency measured from those');
END;
$$;
COMMENT ON FUNCTION simulate_concurrent_load(integer, integer) IS
  'Runs the mix of daily work (80 % reads, 20 % writes, these rolled back) of so many users, so many operations each. One SQL call is one connection: really at once only through dblink, with a foreign server named in the '
  'site setting load_test_server; else one after the other, which the result says ("concurrent": false) with the reason.';

CREATE OR REPLACE FUNCTION generate_performance_report() RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  run performance_benchmark_runs;
  report text[] := '{}';
BEGIN
  PERFORM require_database_owner('make a performance report');
  SELECT * INTO run FROM performance_benchmark_runs r ORDER BY r.run_at DESC LIMIT 1;
  report := report || format('PERFORMANCE REPORT  %s  database %s', to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS "UTC"'), current_database()) || ''::text;
  report := report || 'ENVIRONMENT'::text || report_table('{setting,value}', (SELECT array_agg(ARRAY[e.key, e.value] ORDER BY e.key) FROM jsonb_each_text(benchmark_environment()) e), '{}');
  report := report || ''::text || CASE WHEN run.performance_benchmark_run_id IS NULL THEN 'TARGETS  not measured yet: SELECT run_performance_benchmarks();'
                                 ELSE format('TARGETS  measured at %s, milliseconds, one connection', to_char(run.run_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS "UTC"')) END;
  report := report || coalesce(report_table('{target,n,p50,p95,max,contract,bar,verdict}', (
    SELECT array_agg(ARRAY[r.entry ->> 'title', coalesce(r.entry ->> 'n', '-'), coalesce(r.entry ->> 'p50_ms', '-'), coalesce(r.entry ->> 'p95_ms', '-'), coalesce(r.entry ->> 'max_ms', '-'),
                           coalesce(r.entry ->> 'contract_ms', '-'), coalesce(r.entry ->> 'bar_ms', '-'), concat_ws(': ', r.entry ->> 'verdict', r.entry ->> 'reason')] ORDER BY r.n)
      FROM jsonb_array_elements(run.results) WITH ORDINALITY AS r (entry, n)), '{2,3,4,5,6,7}'), '{}');
  report := report || ''::text || 'METRICS'::text || report_table('{metric,value,unit,warning,critical,verdict}', (
    SELECT array_agg(ARRAY[m.description, coalesce(m.value::text, '-'), m.unit, m.warning::text, m.critical::text, m.verdict] ORDER BY m.metric_code) FROM v_performance_metrics m), '{2,4,5}');
  report := report || ''::text || 'LARGEST TABLES'::text || report_table('{table,size,rows (estimate)}', (
    SELECT array_agg(ARRAY[t.table_name, t.size, to_char(t.row_estimate, 'FM999,999,999,999')] ORDER BY t.size_bytes DESC) FROM (SELECT * FROM v_table_sizes s ORDER BY s.size_bytes DESC LIMIT 10) t), '{2,3}');
  report := report || ''::text || 'SLOWEST STATEMENTS'::text || coalesce(report_table('{mean ms,calls,statement}', (
    SELECT array_agg(ARRAY[q.mean_ms::text, q.calls::text, left(regexp_replace(q.query, '\s+', ' ', 'g'), 100)] ORDER BY q.mean_ms DESC) FROM (SELECT * FROM v_slow_queries s LIMIT 10) q), '{1,2}'),
    ARRAY[coalesce((health_check_statement_statistics()).reason, '')]);
  RETURN array_to_string(report, E'\n');
END;
$$;
COMMENT ON FUNCTION generate_performance_report() IS
  'A report to read: environment, targets with the latest measured values and verdicts, metrics with their thresholds, largest tables, slowest statements. psql: \pset format unaligned, or psql -At.';
