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
