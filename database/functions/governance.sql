-- Governance: the audit trail of every business table.
--
-- Three statement-level triggers per table (one per event, since transition tables allow no other way) write one audit row
-- per changed record. Lines of a BOM, which can be generated again, get one digest row per statement instead.

CREATE OR REPLACE FUNCTION audit_context(OUT actor_id bigint, OUT actor text, OUT request_id text, OUT reason text)
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  actor_id := current_user_id();
  actor := current_actor();
  request_id := nullif(current_setting('torvan.request_id', true), '');
  reason := nullif(current_setting('torvan.reason', true), '');
END;
$$;
COMMENT ON FUNCTION audit_context() IS 'Who acts, in which request and why, for the audit trail.';

CREATE OR REPLACE FUNCTION record_key(p_row jsonb, p_columns text[]) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  IF cardinality(p_columns) = 1 THEN
    RETURN p_row ->> p_columns[1];
  END IF;
  RETURN (SELECT string_agg(p_row ->> c, '/' ORDER BY n) FROM unnest(p_columns) WITH ORDINALITY AS k (c, n));
END;
$$;
COMMENT ON FUNCTION record_key(jsonb, text[]) IS 'Primary key of a row as text, several columns joined by a slash.';

CREATE OR REPLACE FUNCTION tg_audit__insert() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  c record := audit_context();
BEGIN
  INSERT INTO audit_log (table_name, operation, record_key, new_values, actor_id, actor, request_id, reason)
  SELECT TG_TABLE_NAME, 'INSERT', record_key(n.image, string_to_array(TG_ARGV[0], ',')), jsonb_strip_nulls(n.image - string_to_array(TG_ARGV[1], ',')), c.actor_id, c.actor, c.request_id, c.reason
    FROM (SELECT to_jsonb(x) AS image FROM new_rows x) n;
  RETURN NULL;
END;
$$;
COMMENT ON FUNCTION tg_audit__insert() IS 'Audits new rows with their image. Arguments: key columns, columns left out.';

CREATE OR REPLACE FUNCTION tg_audit__delete() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  c record := audit_context();
BEGIN
  INSERT INTO audit_log (table_name, operation, record_key, old_values, actor_id, actor, request_id, reason)
  SELECT TG_TABLE_NAME, 'DELETE', record_key(o.image, string_to_array(TG_ARGV[0], ',')), jsonb_strip_nulls(o.image - string_to_array(TG_ARGV[1], ',')), c.actor_id, c.actor, c.request_id, c.reason
    FROM (SELECT to_jsonb(x) AS image FROM old_rows x) o;
  RETURN NULL;
END;
$$;
COMMENT ON FUNCTION tg_audit__delete() IS 'Audits deleted rows with their image.';

CREATE OR REPLACE FUNCTION tg_audit__update() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  c record := audit_context();
  keys text[] := string_to_array(TG_ARGV[0], ',');
  ignored text[] := string_to_array(TG_ARGV[1], ',');
BEGIN
  INSERT INTO audit_log (table_name, operation, record_key, old_values, new_values, actor_id, actor, request_id, reason)
  SELECT TG_TABLE_NAME, 'UPDATE', n.key, d.old_values, d.new_values, c.actor_id, c.actor, c.request_id, c.reason
    FROM (SELECT record_key(to_jsonb(x), keys) AS key, to_jsonb(x) - ignored AS image FROM old_rows x) o
    JOIN (SELECT record_key(to_jsonb(x), keys) AS key, to_jsonb(x) - ignored AS image FROM new_rows x) n USING (key)
    CROSS JOIN LATERAL (
      SELECT jsonb_object_agg(a.key, a.value) AS old_values, jsonb_object_agg(a.key, b.value) AS new_values
        FROM jsonb_each(o.image) a JOIN jsonb_each(n.image) b USING (key) WHERE a.value IS DISTINCT FROM b.value) d
   WHERE o.image <> n.image;
  RETURN NULL;
END;
$$;
COMMENT ON FUNCTION tg_audit__update() IS 'Audits changed rows: old and new value of the changed columns.';

CREATE OR REPLACE FUNCTION tg_audit__digest() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  c record := audit_context();
BEGIN
  INSERT INTO audit_log (table_name, operation, record_key, new_values, actor_id, actor, request_id, reason)
  SELECT TG_TABLE_NAME, 'DIGEST', l.bom_id::text,
         jsonb_build_object('lines', count(*), 'sha256', encode(sha256(convert_to(string_agg(concat_ws(E'\t', l.line_number, l.parent_assembly_id, l.item_code, l.quantity_per, l.quantity_total, l.note), E'\n' ORDER BY l.line_number), 'UTF8')), 'hex')),
         c.actor_id, c.actor, c.request_id, c.reason
    FROM new_rows l GROUP BY l.bom_id;
  RETURN NULL;
END;
$$;
COMMENT ON FUNCTION tg_audit__digest() IS 'Audits generated BOM lines by count and SHA-256: they can be generated again from configuration and rules.';

CREATE OR REPLACE FUNCTION tg_audit__no_truncate() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  RAISE EXCEPTION '% is not truncated: that would leave no trace.', TG_TABLE_NAME USING ERRCODE = 'TV003', HINT = 'Delete single rows; each leaves its image in the audit trail.';
END;
$$;
COMMENT ON FUNCTION tg_audit__no_truncate() IS 'Refuses TRUNCATE on audited tables.';

CREATE OR REPLACE FUNCTION unaudited_tables() RETURNS TABLE (table_name text, reason text)
LANGUAGE sql IMMUTABLE ROWS 20
SET search_path = pg_catalog, pg_temp
AS $$
  VALUES ('audit_log', 'is the audit trail'),
         ('outbox_events', 'events repeat changes that are audited'),
         ('order_metrics', 'computed from order_status_history'),
         ('order_summaries', 'computed from orders, builds and customers'),
         ('order_summary_deltas', 'computed from order_summaries'),
         ('order_summary_rollup', 'computed from order_summaries'),
         ('order_words', 'computed from order_summaries'),
         ('performance_samples', 'measurements'),
         ('view_refreshes', 'measurements'),
         ('structure_version', 'a counter'),
         ('import_findings', 'report of an import; the changes themselves are audited'),
         ('deployment_log', 'written by the deployment'),
         ('schema_migrations', 'written by the deployment'),
         ('schema_fingerprints', 'written by the deployment')
$$;
COMMENT ON FUNCTION unaudited_tables() IS 'Tables without audit triggers, each with the reason.';

CREATE OR REPLACE FUNCTION forbid_truncate(p_table oid) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  EXECUTE format('CREATE OR REPLACE TRIGGER _800_audit_no_truncate BEFORE TRUNCATE ON %s FOR EACH STATEMENT EXECUTE FUNCTION public.tg_audit__no_truncate()', p_table::regclass);
END;
$$;
COMMENT ON FUNCTION forbid_truncate(oid) IS 'Puts the trigger that refuses TRUNCATE on a table.';

CREATE OR REPLACE FUNCTION install_audit() RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  t record;
  installed integer := 0;
BEGIN
  FOR t IN
    SELECT c.relname,
           (SELECT string_agg(a.attname, ',' ORDER BY k.n) FROM unnest(i.indkey) WITH ORDINALITY AS k (attnum, n) JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum) AS keys,
           coalesce((SELECT string_agg(a.attname, ',') FROM pg_attribute a
                      WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND (a.attgenerated <> '' OR a.attname IN ('updated_at', 'low_level_code'))), '') AS ignored
      FROM pg_class c JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND NOT c.relispartition
       AND c.relname NOT IN (SELECT u.table_name FROM unaudited_tables() u)
     ORDER BY c.relname
  LOOP
    EXECUTE format('CREATE OR REPLACE TRIGGER _800_audit_insert AFTER INSERT ON public.%I REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.%I(%L, %L)',
      t.relname, CASE t.relname WHEN 'bom_line_items' THEN 'tg_audit__digest' ELSE 'tg_audit__insert' END, t.keys, t.ignored);
    EXECUTE format('CREATE OR REPLACE TRIGGER _800_audit_update AFTER UPDATE ON public.%I REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION public.tg_audit__update(%L, %L)', t.relname, t.keys, t.ignored);
    EXECUTE format('CREATE OR REPLACE TRIGGER _800_audit_delete AFTER DELETE ON public.%I REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION public.tg_audit__delete(%L, %L)', t.relname, t.keys, t.ignored);
    installed := installed + 1;
  END LOOP;
  PERFORM forbid_truncate(c.oid) FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') ORDER BY c.relname;
  RETURN installed;
END;
$$;
COMMENT ON FUNCTION install_audit() IS 'Puts the audit triggers on every table but the unaudited ones, and forbids TRUNCATE on all; run by each deployment, so that no new table is forgotten.';

CREATE OR REPLACE FUNCTION ensure_audit_partitions(p_months_ahead integer DEFAULT 3) RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  month_start timestamptz;
  made integer := 0;
BEGIN
  FOR month_start IN SELECT generate_series(date_trunc('month', now(), 'UTC'), date_trunc('month', now(), 'UTC') + make_interval(months => p_months_ahead), interval '1 month') LOOP
    CONTINUE WHEN to_regclass(format('public.audit_log_%s', to_char(month_start AT TIME ZONE 'UTC', 'YYYY_MM'))) IS NOT NULL;
    EXECUTE format('CREATE TABLE public.%I PARTITION OF public.audit_log FOR VALUES FROM (%L) TO (%L)', 'audit_log_' || to_char(month_start AT TIME ZONE 'UTC', 'YYYY_MM'),
      month_start, ((month_start AT TIME ZONE 'UTC') + interval '1 month') AT TIME ZONE 'UTC');
    PERFORM forbid_truncate(to_regclass(format('public.audit_log_%s', to_char(month_start AT TIME ZONE 'UTC', 'YYYY_MM'))));
    made := made + 1;
  END LOOP;
  RETURN made;
END;
$$;
COMMENT ON FUNCTION ensure_audit_partitions(integer) IS 'Makes the partitions of audit_log for this month and the months ahead, where they are missing; returns how many.';

CREATE OR REPLACE FUNCTION tg_audit_log__append_only() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  RAISE EXCEPTION 'The audit trail is append-only.' USING ERRCODE = 'TV003', HINT = 'Retention works on whole months.';
END;
$$;
COMMENT ON FUNCTION tg_audit_log__append_only() IS 'Refuses to change or delete audit rows.';
