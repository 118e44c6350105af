-- What get_system_health_status says about the audit trail.

CREATE OR REPLACE FUNCTION oldest_unsealed() RETURNS timestamptz
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  state audit_seal_state;
  done int8multirange;
BEGIN
  SELECT * INTO state FROM audit_seal_state;
  done := coalesce((SELECT range_agg(s.row_ids) FROM audit_seals s WHERE s.audit_seal_id > state.open_from_seal), '{}');
  RETURN (SELECT a.created_at FROM audit_log a WHERE a.audit_log_id > state.sealed_up_to AND NOT done @> a.audit_log_id ORDER BY a.audit_log_id LIMIT 1);
END;
$$;
COMMENT ON FUNCTION oldest_unsealed() IS 'Time of the oldest row of the audit trail that waits for its seal; null when none waits.';

CREATE OR REPLACE FUNCTION audit_gaps() RETURNS SETOF text
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT c.relname::text
    FROM pg_class c
   WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
     AND c.relname NOT IN (SELECT u.table_name FROM unaudited_tables() u)
     AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
     AND (SELECT count(*) FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname IN ('_800_audit_insert', '_800_audit_update', '_800_audit_delete', '_800_audit_no_truncate') AND t.tgenabled IN ('O', 'A')) < 4
   ORDER BY c.relname
$$;
COMMENT ON FUNCTION audit_gaps() IS 'Tables whose changes are not audited though they should be: a trigger is missing or switched off.';

CREATE OR REPLACE FUNCTION audit_health() RETURNS TABLE (name text, status text, reason text)
LANGUAGE plpgsql STABLE ROWS 6
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  state audit_seal_state;
  waiting interval := now() - oldest_unsealed();
  gaps text := (SELECT string_agg(g, ', ') FROM audit_gaps() AS g);
  blocker interval := (SELECT max(now() - t.began) FROM (SELECT a.xact_start FROM pg_stat_activity a WHERE a.backend_xid IS NOT NULL UNION ALL SELECT p.prepared FROM pg_prepared_xacts p) AS t (began));
  latest audit_verifications;
  signed_to bigint := (SELECT max(g.audit_seal_id) FROM audit_seal_signatures g);
  anchored timestamptz := (SELECT max(n.anchored_at) FROM audit_anchors n);
BEGIN
  SELECT * INTO state FROM audit_seal_state;
  SELECT * INTO latest FROM audit_verifications v ORDER BY v.finished_at DESC LIMIT 1;
  RETURN QUERY VALUES
    ('audit', CASE WHEN gaps IS NOT NULL THEN 'critical' WHEN EXISTS (SELECT FROM audit_log_default) OR to_regclass('public.audit_log_' || to_char((now() + interval '1 month') AT TIME ZONE 'UTC', 'YYYY_MM')) IS NULL THEN 'warning' ELSE 'ok' END,
     CASE WHEN gaps IS NOT NULL THEN 'changes are not audited of: ' || gaps
          WHEN EXISTS (SELECT FROM audit_log_default) THEN E'rows lie in no month''s partition\nSELECT ensure_audit_partitions();'
          WHEN to_regclass('public.audit_log_' || to_char((now() + interval '1 month') AT TIME ZONE 'UTC', 'YYYY_MM')) IS NULL THEN E'there is no partition for the next month\nSELECT ensure_audit_partitions();'
          ELSE 'every table is audited, every row is in its month''s partition' END),
    ('audit_seals', CASE WHEN waiting > interval '1 hour' THEN 'warning' ELSE 'ok' END,
     CASE WHEN waiting > interval '1 minute' THEN format(E'rows wait for their seal for %s; the oldest open transaction with changes is %s old%s', date_trunc('second', waiting), coalesce(date_trunc('second', blocker)::text, '0'), CASE WHEN waiting > interval '1 hour' THEN E'\nSELECT seal_audit();' ELSE '' END)
          ELSE format('sealed up to seal %s, %s rows', state.last_seal_id, state.last_position) END),
    ('audit_signatures', CASE WHEN state.last_seal_id > 0 AND signed_to IS NULL THEN 'warning' WHEN signed_to < state.last_seal_id - 1000 THEN 'warning' ELSE 'ok' END,
     CASE WHEN state.last_seal_id = 0 THEN 'nothing is sealed yet'
          WHEN signed_to IS NULL THEN E'seals are unsigned: whoever owns the database could write the trail anew\nRun the server, or seal with an AUDIT key.'
          ELSE format('signed up to seal %s of %s', signed_to, state.last_seal_id) END),
    ('audit_anchor', CASE WHEN state.last_seal_id = 0 OR anchored > now() - interval '1 day' THEN 'ok' ELSE 'warning' END,
     coalesce('last written down outside at ' || to_char(anchored AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS "UTC"'), E'no seal was written down outside the database\nKeep seal_hash of SELECT seal_audit(); elsewhere, then record_anchor().')),
    ('audit_horizon', CASE WHEN blocker > interval '10 minutes' THEN 'warning' ELSE 'ok' END,
     CASE WHEN blocker IS NULL THEN 'no open transaction holds the seals back' ELSE format('the oldest open transaction with changes is %s old', date_trunc('second', blocker)) END),
    ('audit_verification', CASE WHEN NOT latest.is_sound THEN 'critical' WHEN latest.finished_at > now() - interval '25 hours' THEN 'ok' WHEN state.last_seal_id = 0 THEN 'skipped' ELSE 'warning' END,
     CASE WHEN latest.audit_verification_id IS NULL AND state.last_seal_id = 0 THEN 'nothing is sealed yet' WHEN latest.audit_verification_id IS NULL THEN E'never verified\nSELECT run_audit_verification(); each day'
          WHEN latest.is_sound THEN format('sound, %s rows, at %s', latest.row_count, to_char(latest.finished_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS "UTC"'))
          ELSE format('%s, the first: %s', CASE jsonb_array_length(latest.result -> 'findings') WHEN 1 THEN '1 finding' ELSE jsonb_array_length(latest.result -> 'findings') || ' findings' END, latest.result -> 'findings' -> 0) END);
END;
$$;
COMMENT ON FUNCTION audit_health() IS 'Checks of the audit trail for get_system_health_status; a second line of the reason says how to mend it.';
