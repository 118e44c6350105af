-- The statements of the contract for performance, maintenance and diagnosis run literally, by the owner of a fresh database.
SELECT generate_performance_test_data(1000, 100, 50, 500);
SELECT run_performance_benchmarks();
SELECT simulate_concurrent_load(25, 100) AS load \gset
SELECT generate_performance_report() AS report \gset
SELECT get_system_health_status();
ANALYZE;
SELECT refresh_all_materialized_views();
SELECT check_performance_thresholds();
SELECT * FROM v_slow_queries LIMIT 10;
SELECT * FROM v_table_sizes ORDER BY size_bytes DESC LIMIT 10;
SELECT * FROM v_index_usage WHERE idx_tup_read > 1000 ORDER BY idx_tup_read DESC;

SELECT testing.same((SELECT count(*) FROM orders WHERE order_number LIKE 'PERF-%'), 1000::bigint, 'orders made');
SELECT testing.same((SELECT count(*) FROM customers WHERE customer_code LIKE 'PERF-%'), 100::bigint, 'customers made');
SELECT testing.same((SELECT count(*) FROM users WHERE login LIKE 'perf.%'), 50::bigint, 'users made');
SELECT testing.same((SELECT count(*) FROM parts WHERE part_number LIKE 'PERF-%'), 500::bigint, 'parts made');
SELECT testing.same(:'load'::jsonb -> 'concurrent', 'false', 'one connection is never called concurrent');
SELECT testing.same(:'load'::jsonb ->> 'mode', 'sequential', 'mode');
SELECT testing.ok(:'load'::jsonb ->> 'reason' LIKE '%dblink%', 'the reason is named');
SELECT testing.same((:'load'::jsonb -> 'errors')::integer, 0, 'errors under load');
SELECT testing.same((SELECT sum((o.value ->> 'n')::integer) FROM jsonb_each(:'load'::jsonb -> 'by_operation') o), 2500::bigint, 'operations done');
SELECT testing.ok(:'report' LIKE '%' || heading || '%', 'the report has ' || heading) FROM unnest('{ENVIRONMENT,TARGETS,METRICS,"LARGEST TABLES","SLOWEST STATEMENTS"}'::text[]) heading;

-- Every target was measured, but for sign-in where there are no sessions yet; nothing that was measured for it stays.
SELECT testing.same((SELECT string_agg(r ->> 'target' || ': ' || (r ->> 'reason'), '; ') FROM performance_benchmark_runs, jsonb_array_elements(results) r
                      WHERE r ->> 'verdict' = 'not measured' AND r ->> 'target' <> 'session_check'), NULL, 'targets not measured');
SELECT testing.same((SELECT count(*) FROM performance_benchmark_runs), 1::bigint, 'benchmark kept');
SELECT testing.same((SELECT count(*) FROM order_status_history WHERE reason IN ('benchmark', 'load')), 0::bigint, 'steps taken for the measurement');
SELECT testing.same((SELECT count(*) FROM configurations WHERE build_id IS NULL), 0::bigint, 'configurations made for the measurement');
SELECT testing.ok((SELECT count(*) >= 2 AND bool_and(mode = 'concurrently') FROM view_refreshes), 'both views were refreshed without blocking readers');
SELECT testing.same((SELECT count(*) FROM v_slow_queries), 0::bigint, 'without pg_stat_statements the view is empty');
SELECT testing.same(get_system_health_status() #>> '{checks,statement_statistics,status}', 'skipped', 'and health says why');
SELECT testing.same((SELECT count(*) FROM v_schema_drift), 0::bigint, 'the schema is as deployed');
