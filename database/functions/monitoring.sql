-- Monitoring: is the system well? Each check is one function health_check_<name>() that returns a health_finding; those that exist are run.
--
-- A check that fails itself is reported as unknown and never stops the others. What a role may not see, or is not there, is skipped.

CREATE OR REPLACE FUNCTION finding(p_status text, p_reason text, p_mend text DEFAULT NULL) RETURNS health_finding
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT ROW(coalesce(p_status, 'ok'), p_reason, CASE WHEN coalesce(p_status, 'ok') IN ('warning', 'critical') THEN p_mend END)::health_finding $$;
COMMENT ON FUNCTION finding(text, text, text) IS 'Result of a health check; how to mend it only where something is wrong.';

CREATE OR REPLACE FUNCTION get_system_health_status() RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  checks jsonb := '{}';
  checker text;
  found health_finding;
BEGIN
  FOR checker IN
    SELECT p.proname FROM pg_proc p
     WHERE p.pronamespace = 'public'::regnamespace AND p.pronargs = 0 AND p.prorettype = 'public.health_finding'::regtype AND p.proname LIKE 'health\_check\_%' ORDER BY p.proname
  LOOP
    BEGIN
      EXECUTE format('SELECT (f).* FROM (SELECT public.%I() AS f OFFSET 0) s', checker) INTO found;
    EXCEPTION WHEN OTHERS THEN
      found := ROW('unknown', format('this check failed: %s (%s)', SQLERRM, SQLSTATE), format('run it alone: SELECT %I();', checker));
    END;
    checks := checks || jsonb_build_object(substr(checker, length('health_check_') + 1),
      jsonb_strip_nulls(jsonb_build_object('status', coalesce(found.status, 'unknown'), 'reason', coalesce(found.reason, 'the check said nothing'), 'mend', found.mend)));
  END LOOP;
  BEGIN
    checks := checks || (SELECT jsonb_object_agg(h.name, jsonb_strip_nulls(jsonb_build_object('status', h.status, 'reason', split_part(h.reason, E'\n', 1), 'mend', CASE WHEN h.status IN ('warning', 'critical') THEN coalesce(nullif(split_part(h.reason, E'\n', 2), ''), 'Look at the audit trail.') END))) FROM audit_health() h);
  EXCEPTION WHEN OTHERS THEN
    checks := checks || jsonb_build_object('audit', jsonb_build_object('status', 'unknown', 'reason', format('this check failed: %s (%s)', SQLERRM, SQLSTATE), 'mend', 'run it alone: SELECT * FROM audit_health();'));
  END;
  RETURN jsonb_build_object(
    'status', CASE WHEN checks @? '$.* ? (@.status == "critical")' THEN 'critical'
                   WHEN checks @? '$.* ? (@.status == "warning" || @.status == "unknown")' THEN 'warning' ELSE 'ok' END,
    'checked_at', to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    'checks', checks);
END;
$$;
COMMENT ON FUNCTION get_system_health_status() IS
  'State of the system as JSON: overall (ok, warning, critical), and for each check its state (also unknown: the check failed; skipped: not there, or not visible to this role), the reason and how to mend it. Never raises.';

-- The server ---------------------------------------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION health_check_server() RETURNS health_finding
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  program text;
  changed timestamptz;
BEGIN
  IF current_setting('server_version_num')::integer < 150000 THEN
    RETURN finding('critical', 'PostgreSQL ' || current_setting('server_version') || ' is too old', 'Upgrade to PostgreSQL 15 or later.');
  END IF;
  -- A package upgrade under a running server breaks functions at their first call: libraries are new, the server is old.
  BEGIN
    SELECT c.setting || '/postgres' INTO program FROM pg_config() c WHERE c.name = 'BINDIR';
    SELECT s.change INTO changed FROM pg_stat_file(program, true) s;
  EXCEPTION WHEN insufficient_privilege THEN
    RETURN finding('ok', format('PostgreSQL %s, started %s; whether its program was replaced since is not visible to this role', current_setting('server_version'), date_trunc('second', pg_postmaster_start_time())));
  END;
  IF changed > pg_postmaster_start_time() THEN
    RETURN finding('critical', format('PostgreSQL %s runs, but its program was replaced at %s', current_setting('server_version'), date_trunc('second', changed)), 'Restart the server.');
  END IF;
  RETURN finding('ok', format('PostgreSQL %s, started %s', current_setting('server_version'), date_trunc('second', pg_postmaster_start_time())));
END;
$$;
COMMENT ON FUNCTION health_check_server() IS 'Version, and whether the program on disk is newer than the running server.';

CREATE OR REPLACE FUNCTION health_check_durability() RETURNS health_finding
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT finding(CASE WHEN current_setting('fsync') = 'on' AND current_setting('full_page_writes') = 'on' THEN 'ok' ELSE 'critical' END,
    format('fsync %s, full_page_writes %s, synchronous_commit %s', current_setting('fsync'), current_setting('full_page_writes'), current_setting('synchronous_commit')),
    'ALTER SYSTEM SET fsync = on; ALTER SYSTEM SET full_page_writes = on; and reload: else a crash loses data.')
$$;
COMMENT ON FUNCTION health_check_durability() IS 'Committed data survives a crash.';

CREATE OR REPLACE FUNCTION health_check_checksums() RETURNS health_finding
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT finding(CASE current_setting('data_checksums') WHEN 'on' THEN 'ok' ELSE 'warning' END, 'data checksums ' || current_setting('data_checksums'), 'Stop the server, run pg_checksums --enable.') $$;
COMMENT ON FUNCTION health_check_checksums() IS 'A damaged page is noticed.';

CREATE OR REPLACE FUNCTION health_check_collation() RETURNS health_finding
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT finding(CASE WHEN d.datcollversion IS DISTINCT FROM pg_database_collation_actual_version(d.oid) THEN 'critical' ELSE 'ok' END,
    CASE WHEN d.datcollversion IS DISTINCT FROM pg_database_collation_actual_version(d.oid)
         THEN format('indexes on text were made with collation version %s, the system has %s', d.datcollversion, pg_database_collation_actual_version(d.oid))
         ELSE 'collation version as at creation' END,
    format('REINDEX DATABASE %I; then ALTER DATABASE %I REFRESH COLLATION VERSION;', d.datname, d.datname))
    FROM pg_database d WHERE d.datname = current_database()
$$;
COMMENT ON FUNCTION health_check_collation() IS 'The system''s collation did not change under the indexes.';

CREATE OR REPLACE FUNCTION health_check_connections() RETURNS health_finding
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT finding(by_limit(count(*), 0.7 * current_setting('max_connections')::integer, 0.9 * current_setting('max_connections')::integer),
    format('%s of %s in use', count(*), current_setting('max_connections')), 'Look at pg_stat_activity for idle ones; a smaller pool in the server, or more max_connections.')
    FROM pg_stat_activity WHERE backend_type = 'client backend'
$$;
COMMENT ON FUNCTION health_check_connections() IS 'Connections in use.';

CREATE OR REPLACE FUNCTION health_check_long_transactions() RETURNS health_finding
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT finding(by_limit(extract(epoch FROM max(now() - a.xact_start)), 3600, 21600), CASE count(*) WHEN 0 THEN 'none' ELSE format('oldest %s, process %s', date_trunc('second', max(now() - a.xact_start)), (array_agg(a.pid ORDER BY a.xact_start))[1]) END,
    format('SELECT pg_terminate_backend(%s); if it is forgotten: it keeps VACUUM and the sealing of the audit trail back.', (array_agg(a.pid ORDER BY a.xact_start))[1]))
    FROM pg_stat_activity a WHERE a.xact_start IS NOT NULL AND a.datname = current_database() AND a.pid <> pg_backend_pid() AND a.backend_type = 'client backend'
$$;
COMMENT ON FUNCTION health_check_long_transactions() IS 'Age of the oldest transaction.';

CREATE OR REPLACE FUNCTION health_check_locks() RETURNS health_finding
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT finding(by_limit(extract(epoch FROM max(now() - l.waitstart)), 30, 300), CASE count(*) WHEN 0 THEN 'nobody waits' ELSE format('%s waiting, the longest for %s', count(*), date_trunc('second', max(now() - l.waitstart))) END,
    'SELECT * FROM v_blocking_locks; shows who holds them up.')
    FROM pg_locks l WHERE NOT l.granted AND (l.database IS NULL OR l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database()))
$$;
COMMENT ON FUNCTION health_check_locks() IS 'How long anybody waits for a lock.';

CREATE OR REPLACE FUNCTION health_check_transaction_ids() RETURNS health_finding
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT finding(by_limit(greatest(age(d.datfrozenxid), mxid_age(d.datminmxid)), 500000000, 1200000000),
    format('oldest transaction id %s, oldest multixact %s behind', to_char(age(d.datfrozenxid), 'FM999,999,999,999'), to_char(mxid_age(d.datminmxid), 'FM999,999,999,999')),
    'VACUUM (FREEZE); as the owner, and find what keeps autovacuum from it: long transactions, replication slots.')
    FROM pg_database d WHERE d.datname = current_database()
$$;
COMMENT ON FUNCTION health_check_transaction_ids() IS 'Transaction ids do not run out: at 2,000 million the server stops writing.';

CREATE OR REPLACE FUNCTION health_check_autovacuum() RETURNS health_finding
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT CASE WHEN current_setting('autovacuum') <> 'on' OR current_setting('track_counts') <> 'on'
    THEN finding('critical', format('autovacuum %s, track_counts %s', current_setting('autovacuum'), current_setting('track_counts')), 'ALTER SYSTEM SET autovacuum = on; ALTER SYSTEM SET track_counts = on; and reload.')
    ELSE (SELECT finding(CASE WHEN count(*) > 0 THEN 'warning' ELSE 'ok' END, coalesce('many dead rows: ' || string_agg(format('%s (%s %%)', t.table_name, t.dead_percent), ', ' ORDER BY t.dead_rows DESC), 'no table has many dead rows'),
             'VACUUM ' || string_agg(t.table_name, ', ' ORDER BY t.dead_rows DESC) || ';')
            FROM v_dead_rows t WHERE t.dead_rows > 50000 AND t.dead_percent > 25) END
$$;
COMMENT ON FUNCTION health_check_autovacuum() IS 'Autovacuum is on and keeps up.';

CREATE OR REPLACE FUNCTION health_check_replication() RETURNS health_finding
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT finding(CASE WHEN bool_or(s.wal_status IN ('lost', 'unreserved')) THEN 'critical' WHEN bool_or(NOT s.active) OR max(s.kept) > 10737418240 THEN 'warning' ELSE 'ok' END,
    coalesce(string_agg(format('slot %s %s, keeps %s', s.slot_name, CASE WHEN s.active THEN 'active' ELSE 'inactive' END, pg_size_pretty(s.kept)), '; ' ORDER BY s.kept DESC NULLS LAST), 'no replication slots'),
    'Bring the standby back, or SELECT pg_drop_replication_slot(name): an inactive slot fills the disk with WAL.')
    FROM (SELECT r.slot_name, r.active, r.wal_status, pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END, r.restart_lsn) AS kept
            FROM pg_replication_slots r WHERE NOT r.temporary) s
$$;
COMMENT ON FUNCTION health_check_replication() IS 'Replication slots are used and do not pile up WAL.';

CREATE OR REPLACE FUNCTION health_check_wal() RETURNS health_finding
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  held numeric;
  archiver record;
BEGIN
  SELECT * INTO archiver FROM pg_stat_archiver;
  IF archiver.last_failed_time > coalesce(archiver.last_archived_time, '-infinity') THEN
    RETURN finding('critical', format('archiving fails since %s, %s times', archiver.last_failed_time, archiver.failed_count), 'See the server log; backups cannot be brought up to date and the disk fills.');
  END IF;
  IF NOT has_function_privilege('pg_ls_waldir()', 'EXECUTE') THEN
    RETURN finding('skipped', 'size of the WAL is not visible to this role (roles.sql grants pg_monitor)');
  END IF;
  SELECT sum(w.size) INTO held FROM pg_ls_waldir() w;
  RETURN finding(by_limit(held, 3 * pg_size_bytes(current_setting('max_wal_size')), 10 * pg_size_bytes(current_setting('max_wal_size'))), format('%s of WAL', pg_size_pretty(held)),
    'Look for inactive replication slots, a failing archive_command, or checkpoints that do not end.');
END;
$$;
COMMENT ON FUNCTION health_check_wal() IS 'Size of the write-ahead log, and whether archiving works.';

CREATE OR REPLACE FUNCTION health_check_size() RETURNS health_finding
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT finding('ok', format('database %s; free space of the disk is not visible from SQL', pg_size_pretty(pg_database_size(current_database())))) $$;
COMMENT ON FUNCTION health_check_size() IS 'Size of the database.';

-- The database -------------------------------------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION health_check_sequences() RETURNS health_finding
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT finding(by_limit(max(100.0 * s.last_value / s.max_value), 70, 90), CASE count(*) WHEN 0 THEN 'none used' ELSE format('the fullest is %s at %s %%', (array_agg(s.sequencename ORDER BY s.last_value::numeric / s.max_value DESC))[1], round(max(100.0 * s.last_value / s.max_value), 4)) END,
    'Widen it: ALTER SEQUENCE … AS bigint, and its column.')
    FROM pg_sequences s WHERE s.schemaname = 'public' AND s.last_value IS NOT NULL AND NOT s.cycle
$$;
COMMENT ON FUNCTION health_check_sequences() IS 'No sequence runs out of numbers.';

CREATE OR REPLACE FUNCTION health_check_indexes() RETURNS health_finding
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT finding(CASE WHEN count(*) > 0 THEN 'warning' ELSE 'ok' END, coalesce('invalid: ' || string_agg(i.indexrelid::regclass::text, ', '), 'all valid'), string_agg(format('REINDEX INDEX CONCURRENTLY %s;', i.indexrelid::regclass), ' '))
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE c.relnamespace = 'public'::regnamespace AND NOT (i.indisvalid AND i.indisready)
$$;
COMMENT ON FUNCTION health_check_indexes() IS 'Every index is valid.';

CREATE OR REPLACE FUNCTION health_check_triggers() RETURNS health_finding
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT finding(CASE WHEN count(*) > 0 THEN 'critical' ELSE 'ok' END, coalesce('switched off: ' || string_agg(format('%s.%s', t.tgrelid::regclass, t.tgname), ', '), 'all on'),
    string_agg(format('ALTER TABLE %s ENABLE TRIGGER %I;', t.tgrelid::regclass, t.tgname), ' '))
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE c.relnamespace = 'public'::regnamespace AND NOT t.tgisinternal AND t.tgenabled NOT IN ('O', 'A')
$$;
COMMENT ON FUNCTION health_check_triggers() IS 'No trigger is switched off: rules and audit trail stand on them.';

CREATE OR REPLACE FUNCTION health_check_deployment() RETURNS health_finding
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT finding(CASE l.status WHEN 'succeeded' THEN 'ok' WHEN 'started' THEN 'warning' ELSE 'critical' END,
    format('version %s %s at %s', l.version, l.status, to_char(coalesce(l.finished_at, l.created_at) AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS "UTC"')), coalesce(l.message, 'Deploy again.'))
    FROM (SELECT * FROM deployment_log ORDER BY created_at DESC, deployment_id DESC LIMIT 1) l
$$;
COMMENT ON FUNCTION health_check_deployment() IS 'The last deployment succeeded.';

CREATE OR REPLACE FUNCTION health_check_database_roles() RETURNS health_finding
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT finding(CASE WHEN count(*) = 3 THEN 'ok' ELSE 'warning' END,
    CASE WHEN count(*) = 3 THEN 'separate roles for owner, server, readers' ELSE 'single role: row security does not bind the owner' END,
    'A DBA runs roles.sql to add torvan_app, torvan_readonly, torvan_auditor; then deploy again.')
    FROM pg_roles WHERE rolname IN ('torvan_app', 'torvan_readonly', 'torvan_auditor')
$$;
COMMENT ON FUNCTION health_check_database_roles() IS 'Owner, server and readers have roles of their own.';

CREATE OR REPLACE FUNCTION health_check_statement_statistics() RETURNS health_finding
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_stat_statements') THEN
    RETURN finding('skipped', 'pg_stat_statements is not installed: v_slow_queries stays empty. A superuser adds it to shared_preload_libraries, restarts, and runs CREATE EXTENSION pg_stat_statements;');
  END IF;
  PERFORM FROM statement_statistics() LIMIT 1;
  RETURN finding('ok', 'pg_stat_statements works');
EXCEPTION WHEN OTHERS THEN
  RETURN finding('warning', 'pg_stat_statements is installed but does not work: ' || SQLERRM, 'A superuser adds pg_stat_statements to shared_preload_libraries and restarts the server.');
END;
$$;
COMMENT ON FUNCTION health_check_statement_statistics() IS 'Slow queries can be seen.';

-- The application ----------------------------------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION health_check_rules() RETURNS health_finding
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT finding(CASE WHEN count(*) > 0 THEN 'ok' ELSE 'critical' END, CASE count(*) WHEN 1 THEN '1 rule set is released' ELSE count(*) || ' rule sets are released' END, 'Release a rule set: nothing can be configured without one.')
    FROM rule_sets WHERE state = 'RELEASED'
$$;
COMMENT ON FUNCTION health_check_rules() IS 'A rule set is released.';

CREATE OR REPLACE FUNCTION health_check_outbox() RETURNS health_finding
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT finding(by_limit(extract(epoch FROM now() - min(w.created_at)), 86400, 604800), CASE WHEN count(*) = 0 THEN 'no event waits' WHEN count(*) = 1 THEN '1 event waits' WHEN count(*) >= 100000 THEN '100,000 events or more wait' ELSE count(*) || ' events wait' END,
    'Is the worker running? `torvan worker` passes them on.')
    FROM (SELECT e.created_at FROM outbox_events e WHERE e.processed_at IS NULL ORDER BY e.outbox_event_id LIMIT 100000) w
$$;
COMMENT ON FUNCTION health_check_outbox() IS 'Events for other systems do not pile up.';

CREATE OR REPLACE FUNCTION health_check_materialized_views() RETURNS health_finding
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  empty text := (SELECT string_agg(c.relname, ', ' ORDER BY c.relname) FROM pg_class c WHERE c.relkind = 'm' AND c.relnamespace = 'public'::regnamespace AND NOT c.relispopulated);
  age numeric := metric_summary_age_s();
  unfolded bigint := (SELECT count(*) FROM (SELECT FROM order_summary_deltas LIMIT 200000) d);
BEGIN
  IF empty IS NOT NULL THEN
    RETURN finding('critical', 'never filled: ' || empty, 'SELECT refresh_all_materialized_views();');
  END IF;
  IF age > 93600 OR unfolded >= 200000 THEN
    RETURN finding('warning', format('mv_order_summary is %s old; %s changes not folded', make_interval(secs => age), unfolded), 'SELECT refresh_all_materialized_views(); at least daily.');
  END IF;
  RETURN finding('ok', format('mv_order_summary is %s old; %s changes not folded', make_interval(secs => age), unfolded));
END;
$$;
COMMENT ON FUNCTION health_check_materialized_views() IS 'Materialized views are filled and fresh, changes of the counters are folded.';

CREATE OR REPLACE FUNCTION health_check_performance() RETURNS health_finding
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  WITH last AS (SELECT DISTINCT ON (s.metric_code) s.metric_code, s.value, s.verdict, s.taken_at, t.unit FROM performance_samples s JOIN performance_thresholds t USING (metric_code) WHERE t.is_active ORDER BY s.metric_code, s.taken_at DESC)
  SELECT CASE WHEN max(l.taken_at) IS NULL THEN finding('skipped', 'not measured yet', 'SELECT check_performance_thresholds(); daily.')
              WHEN max(l.taken_at) < now() - interval '26 hours' THEN finding('warning', format('last measured at %s', date_trunc('second', max(l.taken_at))), 'SELECT check_performance_thresholds(); daily.')
              ELSE finding(CASE WHEN bool_or(l.verdict = 'critical') THEN 'critical' WHEN bool_or(l.verdict = 'warning') THEN 'warning' ELSE 'ok' END,
                     coalesce(string_agg(format('%s %s %s', l.metric_code, trim_scale(l.value), l.unit), '; ' ORDER BY l.metric_code) FILTER (WHERE l.verdict <> 'ok'), 'every metric within its threshold'),
                     'SELECT * FROM v_performance_metrics; and performance_thresholds for the limits.') END
    FROM last l
$$;
COMMENT ON FUNCTION health_check_performance() IS 'The last check of the thresholds found nothing.';

CREATE OR REPLACE FUNCTION health_check_alerts() RETURNS health_finding
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  found health_finding;
BEGIN
  IF to_regclass('public.system_alerts') IS NULL THEN
    RETURN finding('skipped', 'this installation keeps no alerts');
  END IF;
  EXECUTE $q$
    SELECT (f).* FROM (
      SELECT public.finding(CASE WHEN bool_or(a.severity = 'CRITICAL') THEN 'critical' WHEN bool_or(a.severity = 'WARNING') THEN 'warning' ELSE 'ok' END,
               coalesce(string_agg(format('%s (%s)', a.alert_code, lower(a.severity)), ', ' ORDER BY a.alert_code), 'no open alert'), 'Mend the cause, then SELECT resolve_alert(code);') AS f
        FROM public.system_alerts a WHERE a.state = 'OPEN' OFFSET 0) s $q$ INTO found;
  RETURN found;
END;
$$;
COMMENT ON FUNCTION health_check_alerts() IS 'Open alerts.';

CREATE OR REPLACE FUNCTION system_diagnostics(p_limit integer DEFAULT 10) RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  most integer := least(greatest(coalesce(p_limit, 10), 1), 100);
BEGIN
  PERFORM require_permission('system:read');
  RETURN jsonb_build_object(
    'metrics', (SELECT coalesce(jsonb_agg(to_jsonb(m) ORDER BY m.metric_code), '[]') FROM v_performance_metrics m),
    'slow_queries', (SELECT coalesce(jsonb_agg(to_jsonb(q) || jsonb_build_object('query', left(q.query, 400))), '[]') FROM (SELECT s.* FROM v_slow_queries s LIMIT most) q),
    'table_sizes', (SELECT coalesce(jsonb_agg(to_jsonb(t)), '[]') FROM (SELECT s.* FROM v_table_sizes s ORDER BY s.size_bytes DESC LIMIT most) t),
    'dead_rows', (SELECT coalesce(jsonb_agg(to_jsonb(d)), '[]') FROM (SELECT s.* FROM v_dead_rows s WHERE s.dead_rows > 0 ORDER BY s.dead_rows DESC LIMIT most) d),
    -- Chosen first, described then: the definition of every index would take longer than all the rest.
    'unused_indexes', (SELECT coalesce(jsonb_agg(to_jsonb(u) || jsonb_build_object('definition', pg_get_indexdef(format('public.%I', u.index_name)::regclass)) ORDER BY u.size_bytes DESC), '[]')
                         FROM (SELECT s.table_name, s.index_name, s.size_bytes, s.serves_foreign_key, s.counted_since
                                 FROM v_unused_indexes s WHERE NOT s.serves_foreign_key ORDER BY s.size_bytes DESC LIMIT most) u),
    'blocking_locks', (SELECT coalesce(jsonb_agg(jsonb_build_object('table_name', l.table_name, 'wanted_lock', l.wanted_lock, 'waits_seconds', round(extract(epoch FROM l.waits_for)::numeric, 1), 'blocking_pid', l.blocking_pid)), '[]')
                         FROM (SELECT s.* FROM v_blocking_locks s LIMIT most) l));
END;
$$;
COMMENT ON FUNCTION system_diagnostics(integer) IS 'What the views of performance say, for those with system:read: metrics with their verdicts, the slowest statements, the largest tables, dead rows, indexes that nothing uses and no foreign key needs, and who waits for a lock.';
