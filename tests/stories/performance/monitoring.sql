-- Health reports what is wrong and how to mend it, and never fails itself; thresholds find breaches.
SELECT testing.ok(get_system_health_status() ->> 'status' IN ('ok', 'warning', 'critical'), 'an overall state');
SELECT testing.ok(c.value ->> 'status' IN ('ok', 'warning', 'critical', 'skipped') AND length(c.value ->> 'reason') > 3, format('check %s: %s', c.key, c.value)),
       testing.same(c.value ? 'mend', c.value ->> 'status' IN ('warning', 'critical'), 'how to mend ' || c.key)
  FROM jsonb_each(get_system_health_status() -> 'checks') c;
SELECT testing.ok(get_system_health_status() -> 'checks' ?& '{server,durability,checksums,connections,long_transactions,deployment,database_roles,rules,audit,outbox,locks,collation,
  transaction_ids,autovacuum,replication,wal,sequences,indexes,triggers,statement_statistics,materialized_views,performance,alerts,size}'::text[], 'every check is there');

-- A check that breaks is unknown; the others go on.
BEGIN;
CREATE FUNCTION health_check_broken() RETURNS health_finding LANGUAGE plpgsql AS $$ BEGIN RETURN finding(('{}'::jsonb ->> 'x')::integer::text, (1 / 0)::text); END $$;
CREATE FUNCTION health_check_silent() RETURNS health_finding LANGUAGE sql AS $$ SELECT NULL::health_finding $$;
SELECT testing.same(get_system_health_status() #>> '{checks,broken,status}', 'unknown', 'a broken check');
SELECT testing.ok(get_system_health_status() #>> '{checks,broken,reason}' LIKE '%division by zero%', 'says why');
SELECT testing.same(get_system_health_status() #>> '{checks,silent,status}', 'unknown', 'a check that says nothing');
SELECT testing.same(get_system_health_status() #>> '{checks,deployment,status}', 'ok', 'another check');
SELECT testing.ok(get_system_health_status() ->> 'status' <> 'ok', 'unknown is not well');
ROLLBACK;

-- What is broken is seen, with the line that mends it.
ALTER TABLE orders DISABLE TRIGGER _050_workflow_only;
SELECT testing.same(get_system_health_status() #>> '{checks,triggers,status}', 'critical', 'a trigger is off');
SELECT get_system_health_status() #>> '{checks,triggers,mend}' AS mend \gset
:mend
SELECT testing.same(get_system_health_status() #>> '{checks,triggers,status}', 'ok', 'mended');

CREATE MATERIALIZED VIEW story_view AS SELECT 1 AS one WITH NO DATA;
SELECT testing.same(get_system_health_status() #>> '{checks,materialized_views,status}', 'critical', 'a view was never filled');
SELECT get_system_health_status() #>> '{checks,materialized_views,mend}' AS mend \gset
:mend
SELECT testing.same(get_system_health_status() #>> '{checks,materialized_views,status}', 'ok', 'mended');
SELECT testing.same((SELECT mode FROM view_refreshes WHERE view_name = 'story_view'), 'with readers waiting', 'without a unique index');
DROP MATERIALIZED VIEW story_view;
UPDATE view_refreshes SET refreshed_at = now() - interval '3 days';
UPDATE deployment_log SET finished_at = now() - interval '3 days';
SELECT testing.same(get_system_health_status() #>> '{checks,materialized_views,status}', 'warning', 'a view is old');
SELECT refresh_all_materialized_views();
SELECT testing.same(get_system_health_status() #>> '{checks,materialized_views,status}', 'ok', 'fresh again');

BEGIN;
UPDATE outbox_events SET created_at = now() - interval '2 days';
SELECT testing.same(get_system_health_status() #>> '{checks,outbox,status}', 'warning', 'events wait for two days');
ROLLBACK;

-- Thresholds.
SELECT testing.same((SELECT array_agg(DISTINCT contract_target IS NOT NULL) FROM performance_thresholds WHERE metric_code IN ('bom_generation_ms', 'order_search_ms', 'session_check_ms', 'queries_over_100ms_percent', 'connections_percent')), ARRAY[true], 'the five targets of the contract');
SELECT testing.same((SELECT critical FROM performance_thresholds WHERE metric_code = 'bom_generation_ms'), 5000::numeric, 'BOM: 5 seconds');
SELECT testing.same((SELECT critical FROM performance_thresholds WHERE metric_code = 'order_search_ms'), 2000::numeric, 'search: 2 seconds');
SELECT testing.same((SELECT critical FROM performance_thresholds WHERE metric_code = 'session_check_ms'), 200::numeric, 'sign-in: 200 ms');
SELECT testing.same((SELECT critical FROM performance_thresholds WHERE metric_code = 'queries_over_100ms_percent'), 5::numeric, '95 % of queries under 100 ms');
UPDATE performance_thresholds SET warning = 0.0001, critical = 1000000000000 WHERE metric_code = 'unfolded_deltas';
UPDATE performance_thresholds SET warning = 1, critical = 2, is_active = true WHERE metric_code = 'database_size_bytes';
SELECT testing.act('sample.sales');
SELECT create_order('STELMO', 'PO-DELTA', 'sample.sales', current_date + 30);
SELECT testing.nobody();
SELECT check_performance_thresholds() AS breaches \gset
SELECT testing.same((SELECT b ->> 'verdict' FROM jsonb_array_elements(:'breaches') b WHERE b ->> 'metric' = 'unfolded_deltas'), 'warning', 'a lowered warning');
SELECT testing.same((SELECT b ->> 'verdict' FROM jsonb_array_elements(:'breaches') b WHERE b ->> 'metric' = 'database_size_bytes'), 'critical', 'a lowered limit');
SELECT testing.ok((SELECT (b ->> 'value')::numeric = 1 OR (b ->> 'value')::numeric > 1 FROM jsonb_array_elements(:'breaches') b WHERE b ->> 'metric' = 'unfolded_deltas'), 'with its value');
SELECT testing.same((SELECT verdict FROM performance_samples WHERE metric_code = 'database_size_bytes'), 'critical', 'kept as history');
SELECT testing.same(get_system_health_status() #>> '{checks,performance,status}', 'critical', 'and health knows');
SELECT to_regclass('public.system_alerts') IS NOT NULL AS has_alerts \gset
\if :has_alerts
SELECT testing.same((SELECT count(*) FROM system_alerts WHERE state = 'OPEN' AND alert_code = 'performance.database_size_bytes'), 1::bigint, 'an alert is open');
\endif
SELECT testing.refused('UPDATE performance_thresholds SET critical = 0 WHERE metric_code = ''lock_wait_s''', '23514');
SELECT testing.act('sample.sales');
SELECT testing.refused('SELECT check_performance_thresholds()', '42501', 'system:maintain');
SELECT testing.nobody();

-- Views.
SELECT testing.ok((SELECT size_bytes >= table_bytes + index_bytes AND table_bytes > 0 FROM v_table_sizes WHERE table_name = 'audit_log'), 'a partitioned table counts its partitions');
SELECT testing.same((SELECT count(*) FROM v_blocking_locks), 0::bigint, 'nobody waits');
SELECT testing.ok((SELECT count(*) > 50 FROM v_index_usage) AND (SELECT count(*) > 20 FROM v_dead_rows) AND (SELECT count(*) >= 0 FROM v_unused_indexes), 'views answer');

-- With pg_stat_statements (installed by a superuser) slow statements show; loaded or not, nothing fails.
RESET SESSION AUTHORIZATION;
SELECT EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pg_stat_statements') AS available, current_setting('shared_preload_libraries') LIKE '%pg_stat_statements%' AS loaded \gset
\if :available
CREATE EXTENSION pg_stat_statements;
SET SESSION AUTHORIZATION torvan_user;
SELECT testing.same(get_system_health_status() #>> '{checks,statement_statistics,status}', CASE WHEN :'loaded'::boolean THEN 'ok' ELSE 'warning' END, 'pg_stat_statements');
SELECT testing.same((SELECT count(*) > 0 FROM v_slow_queries), :'loaded'::boolean, 'slow statements');
SELECT testing.ok((SELECT mean_ms >= lag FROM (SELECT mean_ms, lead(mean_ms) OVER () AS lag FROM v_slow_queries LIMIT 2) s LIMIT 1) IS NOT FALSE, 'the slowest first');
\endif
