-- Benchmarks: what is measured, measuring, the mix of daily work, and tables of a report (testing/performance_tests.sql).

CREATE OR REPLACE FUNCTION benchmark_environment() RETURNS jsonb
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT jsonb_object_agg(s.name, current_setting(s.name)) || jsonb_build_object(
           'orders', (SELECT count(*) FROM order_summaries), 'builds', (SELECT greatest(c.reltuples, 0)::bigint FROM pg_class c WHERE c.oid = 'public.builds'::regclass),
           'bom_lines', (SELECT greatest(c.reltuples, 0)::bigint FROM pg_class c WHERE c.oid = 'public.bom_line_items'::regclass),
           'database_size', pg_size_pretty(pg_database_size(current_database())), 'cache_hit_percent', coalesce(metric_cache_hit_percent()::text, 'not measured'),
           'other_connections', (SELECT count(*) FROM pg_stat_activity a WHERE a.state = 'active' AND a.backend_type = 'client backend' AND a.pid <> pg_backend_pid()))
    FROM unnest(ARRAY['server_version', 'shared_buffers', 'work_mem', 'effective_cache_size', 'fsync', 'synchronous_commit', 'jit', 'max_connections']) AS s (name)
$$;
COMMENT ON FUNCTION benchmark_environment() IS 'Server, settings and amount of data, as they stand beside measured values.';

CREATE OR REPLACE FUNCTION benchmark_targets()
RETURNS TABLE (place integer, target text, title text, statement text, samples text, writes boolean, contract_ms numeric, bar_ms numeric)
LANGUAGE sql IMMUTABLE ROWS 30
SET search_path = pg_catalog, public, pg_temp
AS $$
  -- Every statement takes one text, $1, out of the samples; orders are picked by key, spread over all of them.
  WITH picked (query) AS (VALUES ('FROM (SELECT o.* FROM (SELECT min(order_id) AS lo, max(order_id) AS hi FROM orders) r CROSS JOIN generate_series(0, 19) i CROSS JOIN LATERAL '
    || '(SELECT x.* FROM orders x WHERE x.order_id >= r.lo + (r.hi - r.lo) * i / 20 ORDER BY x.order_id LIMIT 1) o) o'))
  SELECT row_number() OVER ()::integer, t.target, t.title, t.statement, replace(t.samples, 'PICKED', p.query), t.writes, t.contract_ms, t.bar_ms
    FROM picked p CROSS JOIN (VALUES
    ('bom_generation', 'Generate and store a BOM', 'SELECT generate_bom(save_configuration($1::jsonb))',
     'SELECT v.parameters::text FROM product_variants v WHERE v.is_active AND released_rule_set(v.family_code) IS NOT NULL AND v.parameters::text !~* ''custom''', true, 5000::numeric, 45::numeric),
    ('order_search_number', 'Search: order number', 'SELECT count(*) FROM search_orders($1)', 'SELECT o.order_number PICKED', false, 2000, 50),
    ('order_search_number_prefix', 'Search: beginning of a number', 'SELECT count(*) FROM search_orders($1)', 'SELECT left(o.order_number, -2) PICKED', false, 2000, 50),
    ('order_search_po', 'Search: beginning of a PO number', 'SELECT count(*) FROM search_orders($1)', 'SELECT left(o.po_number, greatest(length(o.po_number) - 2, 3)) PICKED WHERE o.po_number IS NOT NULL', false, 2000, 50),
    ('order_search_build', 'Search: build number', 'SELECT count(*) FROM search_orders($1)', 'SELECT (SELECT min(b.build_number) FROM builds b WHERE b.order_id = o.order_id) PICKED', false, 2000, 50),
    ('order_search_part', 'Search: part number', 'SELECT count(*) FROM search_orders($1)', 'SELECT l.item_code FROM (SELECT min(bom_id) AS lo, max(bom_id) AS hi FROM boms) r CROSS JOIN generate_series(0, 19) i CROSS JOIN LATERAL (SELECT x.item_code FROM bom_line_items x WHERE x.bom_id >= r.lo + (r.hi - r.lo) * i / 20 ORDER BY x.bom_id, x.line_number LIMIT 1) l', false, 2000, 50),
    ('order_search_word', 'Search: a word', 'SELECT count(*) FROM search_orders($1)', 'SELECT split_part(o.project_name, '' '', 1) PICKED WHERE o.project_name IS NOT NULL', false, 2000, 50),
    ('order_search_words', 'Search: several words', 'SELECT count(*) FROM search_orders($1)', 'SELECT split_part(c.name, '' '', 2) || '' '' || split_part(o.project_name, '' '', 1) || '' '' || split_part(c.name, '' '', -2) PICKED JOIN customers c USING (customer_id) WHERE o.project_name IS NOT NULL', false, 2000, 50),
    ('order_search_typo', 'Search: misspelt word', 'SELECT count(*) FROM search_orders($1)', 'SELECT overlay(w PLACING ''x'' FROM 4 FOR 1) FROM (SELECT split_part(o.project_name, '' '', 1) AS w PICKED) s WHERE length(w) > 6', false, 2000, 50),
    ('order_search_phase', 'Search: one phase', 'SELECT count(*) FROM search_orders(NULL, jsonb_build_object(''phase'', $1))', 'SELECT unnest(ARRAY[''DRAFT'', ''PRODUCTION'', ''SHIPPING'', ''DELIVERED''])', false, 2000, 50),
    ('order_search_customer', 'Search: one customer', 'SELECT count(*) FROM search_orders(NULL, jsonb_build_object(''customer_id'', $1))', 'SELECT o.customer_id::text PICKED', false, 2000, 50),
    ('order_search_overdue', 'Search: overdue by want date', 'SELECT count(*) FROM search_orders(NULL, jsonb_build_object(''overdue'', $1::boolean), ''want_date'')', 'SELECT ''true''', false, 2000, 50),
    ('order_search_words_filtered', 'Search: word with filters', 'SELECT count(*) FROM search_orders($1, ''{"state": "ACTIVE", "phase": ["PRODUCTION", "QUALITY_CONTROL"]}'')', 'SELECT split_part(o.project_name, '' '', 1) PICKED WHERE o.project_name IS NOT NULL', false, 2000, 50),
    ('order_facets', 'Counts beside a search', 'SELECT order_facets($1)', 'SELECT split_part(c.name, '' '', 2) || '' '' || split_part(o.project_name, '' '', 1) PICKED JOIN customers c USING (customer_id) WHERE o.project_name IS NOT NULL', false, 2000, 100),
    ('order_list', 'List of orders, newest first', 'SELECT count(*) FROM search_orders(NULLIF($1, ''''))', 'SELECT ''''', false, 100, 40),
    ('order_board', 'Board of open orders', 'SELECT count(*) FROM order_board($1::integer)', 'SELECT ''20''', false, 100, 40),
    ('order_detail', 'One order with builds and history', 'SELECT (SELECT count(*) FROM builds b WHERE b.order_id = o.order_id) + (SELECT count(*) FROM order_status_history h WHERE h.order_id = o.order_id) FROM orders o JOIN customers c USING (customer_id) WHERE o.order_id = $1::bigint', 'SELECT o.order_id::text PICKED', false, 100, 40),
    ('order_next_actions', 'What an order may do next', 'SELECT count(*) FROM order_next_actions($1::bigint)', 'SELECT o.order_id::text PICKED', false, 100, 40),
    ('dashboard', 'Dashboard, exact', 'SELECT order_dashboard() -> $1', 'SELECT ''phases''', false, 100, 40),
    ('hold_and_resume', 'Two steps of an order, with history, audit, events', 'SELECT (hold_order($1::bigint, ''GENERAL'', ''benchmark'')).row_version, (resume_order($1::bigint, ''benchmark'')).row_version', 'STEPS', true, 100, 40),
    ('session_check', 'Sign-in: check of a session', 'SELECT count(*) FROM touch_session($1)', 'SESSIONS', true, 200, 5)
    ) AS t (target, title, statement, samples, writes, contract_ms, bar_ms)
$$;
COMMENT ON FUNCTION benchmark_targets() IS 'What run_performance_benchmarks measures: a statement with one value, where the values come from, the contract''s target and our own in milliseconds (p95).';

CREATE OR REPLACE FUNCTION benchmark_samples(p_target text, p_samples text, OUT sample_values text[], OUT person bigint, OUT reason text)
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  CASE p_samples
    WHEN 'STEPS' THEN
      person := (SELECT min(ur.user_id) FROM user_roles ur JOIN users u USING (user_id)
                  WHERE u.is_active AND ur.valid_from <= now() AND (ur.valid_to IS NULL OR ur.valid_to > now())
                    AND 2 = (SELECT count(*) FROM role_permissions rp WHERE rp.role_id = ur.role_id AND rp.permission_code IN ('order:hold', 'order:resume')));
      sample_values := array(SELECT o.order_id::text FROM orders o WHERE o.state = 'ACTIVE' AND o.phase IN ('CONFIGURATION', 'APPROVAL', 'PRODUCTION') ORDER BY o.order_number COLLATE "C" LIKE 'PERF-%' DESC, o.created_at DESC LIMIT 20);
      reason := CASE WHEN person IS NULL THEN 'nobody may hold and resume orders' WHEN cardinality(sample_values) = 0 THEN 'no order is in CONFIGURATION to PRODUCTION' END;
    WHEN 'SESSIONS' THEN
      IF to_regprocedure('public.touch_session(text)') IS NULL THEN
        reason := 'there are no sessions in this installation; hashing of passwords is measured by torvan bench';
      ELSE
        EXECUTE 'SELECT array(SELECT s.token_hash::text FROM public.user_sessions s WHERE s.ended_at IS NULL LIMIT 20)' INTO sample_values;
        reason := CASE WHEN cardinality(sample_values) = 0 THEN 'nobody is signed in; hashing of passwords is measured by torvan bench' END;
      END IF;
    ELSE
      EXECUTE format('SELECT array(SELECT s.v FROM (%s) AS s (v) WHERE s.v IS NOT NULL LIMIT 20)', p_samples) INTO sample_values;
      reason := CASE WHEN cardinality(sample_values) = 0 THEN 'there is no data for it' END;
  END CASE;
END;
$$;
COMMENT ON FUNCTION benchmark_samples(text, text) IS 'Values to measure a target with, for whom it is done, or the reason why it cannot be measured here.';

CREATE OR REPLACE FUNCTION measure_target(p_target text, p_statement text, p_samples text, p_writes boolean, p_times integer) RETURNS jsonb
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  sample record;
  took numeric[] := '{}';
  began timestamptz;
BEGIN
  SELECT * INTO sample FROM benchmark_samples(p_target, p_samples);
  IF sample.reason IS NOT NULL THEN
    RETURN jsonb_build_object('reason', sample.reason);
  END IF;
  -- The first call plans and warms up; it is not counted.
  FOR i IN 0 .. p_times LOOP
    BEGIN
      IF sample.person IS NOT NULL THEN
        PERFORM set_config('torvan.user_id', sample.person::text, true);
      END IF;
      began := clock_timestamp();
      EXECUTE p_statement USING sample.sample_values[1 + i % cardinality(sample.sample_values)];
      IF i > 0 THEN
        took := took || round(extract(epoch FROM clock_timestamp() - began) * 1000, 3);
      END IF;
      IF p_writes THEN
        RAISE EXCEPTION USING ERRCODE = 'TV099', MESSAGE = 'measured, rolled back', HINT = 'Nothing to mend.';
      END IF;
    EXCEPTION WHEN SQLSTATE 'TV099' THEN
      NULL;
    END;
  END LOOP;
  RETURN (SELECT jsonb_build_object('n', count(*), 'p50_ms', percentile_disc(0.5) WITHIN GROUP (ORDER BY t), 'p95_ms', percentile_disc(0.95) WITHIN GROUP (ORDER BY t), 'max_ms', max(t)) FROM unnest(took) t);
EXCEPTION WHEN OTHERS THEN
  RETURN jsonb_build_object('reason', format('it failed: %s', SQLERRM));
END;
$$;
COMMENT ON FUNCTION measure_target(text, text, text, boolean, integer) IS 'Runs a statement so many times and returns n, p50, p95 and max in milliseconds, or the reason why not. What it writes is rolled back each time.';

CREATE OR REPLACE FUNCTION performance_load_mix(p_operations integer, p_seed integer) RETURNS jsonb
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  steps record;
  numbers text[] := (SELECT b.sample_values FROM benchmark_targets() t CROSS JOIN LATERAL benchmark_samples(t.target, t.samples) b WHERE t.target = 'order_search_number');
  words text[] := (SELECT b.sample_values FROM benchmark_targets() t CROSS JOIN LATERAL benchmark_samples(t.target, t.samples) b WHERE t.target = 'order_search_words');
  orders bigint[] := (SELECT b.sample_values::bigint[] FROM benchmark_targets() t CROSS JOIN LATERAL benchmark_samples(t.target, t.samples) b WHERE t.target = 'order_detail');
  runs jsonb[] := '{}';
  draw integer;
  operation text;
  began timestamptz;
  failure text;
BEGIN
  PERFORM require_database_owner('simulate load');
  SELECT * INTO steps FROM benchmark_samples('hold_and_resume', 'STEPS');
  FOR i IN 1 .. p_operations LOOP
    -- Drawn without random(), so that two runs do the same.
    draw := abs(hashint8extended(p_seed * 1000003::bigint + i, 42) % 100);
    operation := CASE WHEN draw < 20 THEN 'list' WHEN draw < 35 THEN 'search by number' WHEN draw < 50 THEN 'search by words' WHEN draw < 60 THEN 'board' WHEN draw < 80 THEN 'detail'
                      WHEN steps.reason IS NULL THEN 'hold and resume' ELSE 'next actions' END;
    failure := NULL;
    began := clock_timestamp();
    BEGIN
      CASE operation
        WHEN 'list' THEN PERFORM FROM search_orders();
        WHEN 'search by number' THEN PERFORM FROM search_orders(numbers[1 + draw % cardinality(numbers)]);
        WHEN 'search by words' THEN PERFORM FROM search_orders(words[1 + draw % cardinality(words)]);
        WHEN 'board' THEN PERFORM FROM order_board();
        WHEN 'detail' THEN PERFORM FROM orders o JOIN order_status_history h USING (order_id) LEFT JOIN builds b USING (order_id) WHERE o.order_id = orders[1 + draw % cardinality(orders)];
        WHEN 'next actions' THEN PERFORM FROM order_next_actions(orders[1 + draw % cardinality(orders)]);
        ELSE
          PERFORM set_config('torvan.user_id', steps.person::text, true);
          -- Orders of its own for each simulated user as far as there are enough.
          PERFORM hold_order(steps.sample_values[1 + p_seed % cardinality(steps.sample_values)]::bigint, 'GENERAL', 'load'), resume_order(steps.sample_values[1 + p_seed % cardinality(steps.sample_values)]::bigint, 'load');
          RAISE EXCEPTION USING ERRCODE = 'TV099', MESSAGE = 'measured, rolled back', HINT = 'Nothing to mend.';
      END CASE;
    EXCEPTION
      WHEN SQLSTATE 'TV099' THEN NULL;
      WHEN OTHERS THEN failure := SQLSTATE;
    END;
    runs := runs || jsonb_build_array(operation, round(extract(epoch FROM clock_timestamp() - began) * 1000, 3), failure);
  END LOOP;
  RETURN to_jsonb(runs);
END;
$$;
COMMENT ON FUNCTION performance_load_mix(integer, integer) IS 'Daily work of one user: lists, searches, board, details (80 %) and steps of an order (20 %, rolled back). Returns operation, milliseconds and error of each.';

CREATE OR REPLACE FUNCTION load_statistics(p_runs jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  WITH run AS (SELECT r ->> 0 AS operation, (r ->> 1)::numeric AS ms, r ->> 2 AS failure FROM jsonb_array_elements(p_runs) r)
  SELECT jsonb_build_object(
    'p50_ms', percentile_disc(0.5) WITHIN GROUP (ORDER BY run.ms), 'p95_ms', percentile_disc(0.95) WITHIN GROUP (ORDER BY run.ms), 'max_ms', max(run.ms),
    'errors', count(run.failure), 'error_codes', coalesce((SELECT jsonb_object_agg(f.failure, f.n) FROM (SELECT failure, count(*) AS n FROM run WHERE failure IS NOT NULL GROUP BY failure) f), '{}'),
    'by_operation', (SELECT jsonb_object_agg(o.operation, jsonb_build_object('n', o.n, 'p50_ms', o.p50, 'p95_ms', o.p95))
                       FROM (SELECT operation, count(*) AS n, percentile_disc(0.5) WITHIN GROUP (ORDER BY ms) AS p50, percentile_disc(0.95) WITHIN GROUP (ORDER BY ms) AS p95 FROM run GROUP BY operation) o))
    FROM run
$$;
COMMENT ON FUNCTION load_statistics(jsonb) IS 'p50, p95, max and errors of what performance_load_mix measured, in all and by operation.';

CREATE OR REPLACE FUNCTION run_load_by_dblink(p_server text, p_users integer, p_operations integer) RETURNS jsonb
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  place text := (SELECT n.nspname FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'dblink');
  opened text[] := '{}';
  connection text;
  answer jsonb;
  runs jsonb := '[]';
BEGIN
  FOR n IN 1 .. p_users LOOP
    EXECUTE format('SELECT %I.dblink_connect($1, $2)', place) USING 'torvan_load_' || n, p_server;
    opened := opened || ('torvan_load_' || n);
  END LOOP;
  FOR n IN 1 .. p_users LOOP
    EXECUTE format('SELECT %I.dblink_send_query($1, $2)', place) USING opened[n], format('SELECT public.performance_load_mix(%s, %s)', p_operations, n);
  END LOOP;
  FOREACH connection IN ARRAY opened LOOP
    EXECUTE format('SELECT r FROM %I.dblink_get_result($1) AS t (r jsonb)', place) INTO answer USING connection;
    runs := runs || coalesce(answer, '[]');
    EXECUTE format('SELECT %I.dblink_disconnect($1)', place) USING connection;
  END LOOP;
  RETURN runs;
EXCEPTION WHEN OTHERS THEN
  -- Connections outlive the error.
  FOREACH connection IN ARRAY opened LOOP
    BEGIN
      EXECUTE format('SELECT %I.dblink_disconnect($1)', place) USING connection;
    EXCEPTION WHEN OTHERS THEN
      NULL;
    END;
  END LOOP;
  RAISE;
END;
$$;
COMMENT ON FUNCTION run_load_by_dblink(text, integer, integer) IS 'Runs performance_load_mix on so many connections of a foreign server at once.';

CREATE OR REPLACE FUNCTION report_table(p_heads text[], p_rows text[], p_right integer[]) RETURNS text[]
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  WITH cell AS (
    SELECT 0 AS line, h.n, h.body FROM unnest(p_heads) WITH ORDINALITY AS h (body, n)
    UNION ALL
    SELECT 1 + (c.n - 1) / cardinality(p_heads), 1 + (c.n - 1) % cardinality(p_heads), c.body FROM unnest(p_rows) WITH ORDINALITY AS c (body, n)
  ), width AS (SELECT c.n, max(length(c.body)) AS wide FROM cell c GROUP BY c.n)
  SELECT array_agg(l.body ORDER BY l.line)
    FROM (SELECT c.line, rtrim('  ' || string_agg(CASE WHEN c.n = ANY (p_right) THEN lpad(c.body, w.wide) ELSE rpad(c.body, w.wide) END, '  ' ORDER BY c.n)) AS body
            FROM cell c JOIN width w USING (n) GROUP BY c.line) l
   WHERE p_rows IS NOT NULL
$$;
COMMENT ON FUNCTION report_table(text[], text[], integer[]) IS 'Lines of a table for people: heads, rows, and which columns stand on the right. Null without rows.';
