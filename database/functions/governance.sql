-- Governance: the audit trail of every business table.
--
-- Three statement-level triggers per table (one per event, since transition tables allow no other way) write one audit row
-- per changed record. Lines of a BOM, which can be generated again, get one digest row per statement instead.

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

-- These triggers run at every change. Who acts is asked inside their queries, because each call of a function with settings of its own
-- costs as much as a query.
CREATE OR REPLACE FUNCTION tg_audit__insert() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  keys text[] := string_to_array(TG_ARGV[0], ',');
  ignored text[] := string_to_array(TG_ARGV[1], ',');
BEGIN
  INSERT INTO audit_log (table_name, operation, record_key, new_values, actor)
  SELECT TG_TABLE_NAME, 'INSERT', CASE WHEN keys[2] IS NULL THEN n.image ->> keys[1] ELSE record_key(n.image, keys) END, jsonb_strip_nulls(n.image - ignored),
         coalesce((SELECT u.login FROM users u WHERE u.user_id = nullif(current_setting('torvan.user_id', true), '')::bigint), 'database:' || session_user)
    FROM (SELECT to_jsonb(new_rows) AS image FROM new_rows OFFSET 0) n;
  RETURN NULL;
END;
$$;
COMMENT ON FUNCTION tg_audit__insert() IS 'Audits new rows with their image. Arguments: key columns, columns left out.';

CREATE OR REPLACE FUNCTION tg_audit__delete() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  keys text[] := string_to_array(TG_ARGV[0], ',');
  ignored text[] := string_to_array(TG_ARGV[1], ',');
BEGIN
  INSERT INTO audit_log (table_name, operation, record_key, old_values, actor)
  SELECT TG_TABLE_NAME, 'DELETE', CASE WHEN keys[2] IS NULL THEN o.image ->> keys[1] ELSE record_key(o.image, keys) END, jsonb_strip_nulls(o.image - ignored),
         coalesce((SELECT u.login FROM users u WHERE u.user_id = nullif(current_setting('torvan.user_id', true), '')::bigint), 'database:' || session_user)
    FROM (SELECT to_jsonb(old_rows) AS image FROM old_rows OFFSET 0) o;
  RETURN NULL;
END;
$$;
COMMENT ON FUNCTION tg_audit__delete() IS 'Audits deleted rows with their image. Arguments as of tg_audit__insert.';

CREATE OR REPLACE FUNCTION audit_comparison(p_table oid, p_column text) RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT CASE WHEN EXISTS (SELECT FROM pg_operator o WHERE o.oprname = '=' AND o.oprleft = a.atttypid AND o.oprright = a.atttypid) OR t.typelem <> 0 OR t.typtype = 'd' OR t.typname = 'varchar'
              THEN format('o.%1$I IS DISTINCT FROM n.%1$I', p_column) ELSE format('o.%1$I::text IS DISTINCT FROM n.%1$I::text', p_column) END
    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid WHERE a.attrelid = p_table AND a.attname = p_column
$$;
COMMENT ON FUNCTION audit_comparison(oid, text) IS 'SQL condition: a column differs between the rows o and n; some types (jsonpath) can only be compared as text.';

CREATE OR REPLACE FUNCTION audit_changed_columns_query(p_table oid, p_keys text[], p_ignored text[]) RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT format('SELECT array_remove(ARRAY[%s]::text[], NULL), count(*) FROM old_rows o JOIN new_rows n USING (%s)',
           string_agg(format('CASE WHEN bool_or(%s) THEN %L END', audit_comparison(p_table, a.attname), a.attname), ', ' ORDER BY a.attnum),
           (SELECT string_agg(quote_ident(k), ', ' ORDER BY n) FROM unnest(p_keys) WITH ORDINALITY AS u (k, n)))
    FROM pg_attribute a WHERE a.attrelid = p_table AND a.attnum > 0 AND NOT a.attisdropped AND a.attname <> ALL (p_keys) AND a.attname <> ALL (p_ignored)
$$;
COMMENT ON FUNCTION audit_changed_columns_query(oid, text[], text[]) IS 'Query for a trigger of UPDATE: which columns changed in any row, and how many rows kept their key.';

CREATE OR REPLACE FUNCTION audit_changes_statement(p_table oid, p_keys text[], p_columns text[]) RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT format('INSERT INTO public.audit_log (table_name, operation, record_key, old_values, new_values, actor) SELECT $1, ''UPDATE'', concat_ws(''/'', %s), %s, %s, $2 FROM old_rows o JOIN new_rows n USING (%s) WHERE %s',
           (SELECT string_agg(format('to_jsonb(n.%I) #>> ''{}''', k), ', ' ORDER BY i) FROM unnest(p_keys) WITH ORDINALITY AS u (k, i)),
           string_agg(format('CASE WHEN %s THEN jsonb_build_object(%L, o.%I) ELSE ''{}'' END', audit_comparison(p_table, c), c, c), ' || '),
           string_agg(format('CASE WHEN %s THEN jsonb_build_object(%L, n.%I) ELSE ''{}'' END', audit_comparison(p_table, c), c, c), ' || '),
           (SELECT string_agg(quote_ident(k), ', ' ORDER BY i) FROM unnest(p_keys) WITH ORDINALITY AS u (k, i)),
           string_agg(audit_comparison(p_table, c), ' OR '))
    FROM unnest(p_columns) AS x (c)
$$;
COMMENT ON FUNCTION audit_changes_statement(oid, text[], text[]) IS 'Statement for a trigger of UPDATE that audits changes of these columns in many rows, without a JSON image of each row.';

CREATE OR REPLACE FUNCTION tg_audit__update() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  who text;
  keys text[] := string_to_array(TG_ARGV[0], ',');
  ignored text[] := string_to_array(TG_ARGV[1], ',');
  before jsonb;
  after jsonb;
  was jsonb;
  became jsonb;
  changed integer;
  columns_changed text[];
  same_key bigint;
BEGIN
  -- Nearly every statement changes one row; what many rows need takes four times as long for one. The rows are named by their tables:
  -- a column may have any shorter name.
  SELECT to_jsonb(old_rows), to_jsonb(new_rows), (SELECT count(*) FROM (SELECT FROM old_rows LIMIT 100) AS few),
         coalesce((SELECT u.login FROM users u WHERE u.user_id = nullif(current_setting('torvan.user_id', true), '')::bigint), 'database:' || session_user)
    INTO before, after, changed, who FROM old_rows, new_rows LIMIT 1;
  IF changed = 1 THEN
    SELECT jsonb_object_agg(b.key, before -> b.key), jsonb_object_agg(b.key, b.value) INTO was, became
      FROM jsonb_each(after - ignored) b WHERE before -> b.key <> b.value;
    IF became IS NOT NULL THEN
      INSERT INTO audit_log (table_name, operation, record_key, old_values, new_values, actor)
      VALUES (TG_TABLE_NAME, 'UPDATE', CASE WHEN keys[2] IS NULL THEN after ->> keys[1] ELSE record_key(after, keys) END, was, became, who);
    END IF;
  -- Values move to another key and stay what they are. Only the owner of the database rotates; nobody else can take this way.
  ELSIF current_setting('torvan.rotating', true) = TG_TABLE_NAME AND is_database_owner() THEN
    INSERT INTO audit_log (table_name, operation, record_key, new_values, actor)
    SELECT TG_TABLE_NAME, 'DIGEST', 'rotation', jsonb_build_object('rows', count(*), 'first', min(n.key), 'last', max(n.key)), who
      FROM (SELECT (row_to_json(new_rows) ->> keys[1])::bigint AS key FROM new_rows) n HAVING count(*) > 0;
    RETURN NULL;
  END IF;
  IF changed = 100 THEN
    EXECUTE audit_changed_columns_query(TG_RELID, keys, ignored) INTO columns_changed, same_key;
    IF same_key = (SELECT count(*) FROM new_rows) THEN
      IF columns_changed <> '{}' THEN
        EXECUTE audit_changes_statement(TG_RELID, keys, columns_changed) USING TG_TABLE_NAME, who;
      END IF;
      RETURN NULL;
    END IF;
  END IF;
  IF changed > 1 THEN
    -- A row whose key changed is one that went and one that came.
    INSERT INTO audit_log (table_name, operation, record_key, old_values, new_values, actor)
    SELECT TG_TABLE_NAME, CASE WHEN n.key IS NULL THEN 'DELETE' WHEN o.key IS NULL THEN 'INSERT' ELSE 'UPDATE' END, key,
           CASE WHEN n.key IS NULL THEN jsonb_strip_nulls(o.image) ELSE d.was END, CASE WHEN o.key IS NULL THEN jsonb_strip_nulls(n.image) ELSE d.became END, who
      FROM (SELECT CASE WHEN keys[2] IS NULL THEN x.image ->> keys[1] ELSE record_key(x.image, keys) END AS key, x.image - ignored AS image FROM (SELECT to_jsonb(old_rows) AS image FROM old_rows OFFSET 0) x) o
      FULL JOIN (SELECT CASE WHEN keys[2] IS NULL THEN x.image ->> keys[1] ELSE record_key(x.image, keys) END AS key, x.image - ignored AS image FROM (SELECT to_jsonb(new_rows) AS image FROM new_rows OFFSET 0) x) n USING (key)
      LEFT JOIN LATERAL (
        SELECT jsonb_object_agg(b.key, o.image -> b.key) AS was, jsonb_object_agg(b.key, b.value) AS became
          FROM jsonb_each(n.image) b WHERE o.image -> b.key <> b.value) d ON true
     WHERE d.became IS NOT NULL OR n.key IS NULL OR o.key IS NULL;
  END IF;
  RETURN NULL;
END;
$$;
COMMENT ON FUNCTION tg_audit__update() IS 'Audits changed rows: old and new value of the changed columns. Arguments as of tg_audit__insert.';

CREATE OR REPLACE FUNCTION tg_audit__digest() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  INSERT INTO audit_log (table_name, operation, record_key, new_values, actor)
  SELECT TG_TABLE_NAME, 'DIGEST', l.bom_id::text,
         jsonb_build_object('lines', count(*), 'sha256', encode(sha256(convert_to(string_agg(concat_ws(E'\t', l.line_number, l.parent_assembly_id, l.item_code, l.quantity_per, l.quantity_total, l.note), E'\n' ORDER BY l.line_number), 'UTF8')), 'hex')),
         coalesce((SELECT u.login FROM users u WHERE u.user_id = nullif(current_setting('torvan.user_id', true), '')::bigint), 'database:' || session_user)
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
         ('audit_seals', 'prove the audit trail'),
         ('audit_seal_state', 'moves with every seal'),
         ('audit_seal_signatures', 'prove the audit trail'),
         ('audit_anchors', 'prove the audit trail'),
         ('audit_verifications', 'is a log itself, append-only'),
         ('outbox_events', 'events repeat changes that are audited'),
         ('outbox_deliveries', 'sync_log has a row for each attempt'),
         ('sync_log', 'is a log itself, its rows do not change'),
         ('inbound_messages', 'sync_log has a row for each attempt; what a message changes is audited'),
         ('external_system_health', 'computed from sync_log'),
         ('document_chunks', 'bound by the SHA-256 in document_contents'),
         ('document_texts', 'taken from contents, for the search'),
         ('document_object_removals', 'a queue; what happens to the contents is audited'),
         ('notifications', 'made from events of changes that are audited'),
         ('order_due_notices', 'reminders given'),
         ('order_metrics', 'computed from order_status_history'),
         ('order_summaries', 'computed from orders, builds and customers'),
         ('order_summary_deltas', 'computed from order_summaries'),
         ('order_summary_rollup', 'computed from order_summaries'),
         ('order_summary_totals', 'computed from order_summary_rollup'),
         ('order_delivery_rollup', 'computed from order_summaries'),
         ('order_words', 'computed from order_summaries'),
         ('shop_builds', 'computed from builds and production_tasks'),
         ('performance_samples', 'measurements'),
         ('view_refreshes', 'measurements'),
         ('structure_version', 'a counter'),
         ('security_events', 'append-only itself'),
         ('user_credentials', 'hashes of passwords have no place in the trail; their changes are security events'),
         ('password_history', 'hashes of passwords have no place in the trail'),
         ('used_sign_in_states', 'live for an hour; what was done with them is a security event'),
         ('user_sessions', 'written at every request; beginning and end are security events'),
         ('api_tokens', 'written at use; nothing else of a token changes but its end, and its making and revoking are security events'),
         ('configuration_drafts', 'what somebody has not saved yet; what they save is audited'),
         ('idempotency_keys', 'answers to requests, kept for days; what the requests change is audited'),
         ('mfa_totp', 'secrets have no place in the trail; their changes are security events'),
         ('recovery_codes', 'their changes are security events'),
         ('signing_proofs', 'live for minutes; the signature is what stays'),
         ('login_attempts', 'counters of guesses; wrong ones are security events'),
         ('import_findings', 'report of an import; the changes themselves are audited'),
         ('import_rows', 'report of an import; the changes themselves are audited'),
         ('import_contents', 'files of an import until it ends; the import is audited'),
         ('pii_access_log', 'is a log itself, of reads'),
         ('data_quality_runs', 'is a log itself, of checks'),
         ('pii_findings', 'masked and found again by each scan'),
         ('column_classifications', 'written by the deployment'),
         ('deployment_log', 'written by the deployment'),
         ('schema_migrations', 'written by the deployment'),
         ('schema_fingerprints', 'written by the deployment')
$$;
COMMENT ON FUNCTION unaudited_tables() IS 'Tables without audit triggers, each with the reason.';

CREATE OR REPLACE FUNCTION audited_tables() RETURNS SETOF text
LANGUAGE sql STABLE ROWS 120
SET search_path = pg_catalog, pg_temp
AS $$
  -- What is read out of the trail stands in it too.
  SELECT c.relname::text FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE t.tgname = '_800_audit_update' AND c.relnamespace = 'public'::regnamespace
  UNION ALL SELECT 'audit_log' ORDER BY 1
$$;
COMMENT ON FUNCTION audited_tables() IS 'Tables whose changes are in the trail, and the trail itself, whose exports are.';

CREATE OR REPLACE FUNCTION unaudited_columns() RETURNS TABLE (table_name text, column_name text, reason text)
LANGUAGE sql IMMUTABLE ROWS 20
SET search_path = pg_catalog, pg_temp
AS $$
  VALUES ('identity_providers', 'sealed_secret', 'secrets have no place in the trail; their changes are security events'),
         ('external_systems', 'credentials', 'secrets have no place in the trail, not even as ciphertext; credentials_given_at tells of their changes'),
         ('webhook_endpoints', 'secret', 'secrets have no place in the trail, not even as ciphertext; rotated_at tells of their changes'),
         ('webhook_endpoints', 'previous_secret', 'secrets have no place in the trail, not even as ciphertext; rotated_at tells of their changes'),
         ('subject_keys', 'wrapped_key', 'a shredded key must not live on in the trail'),
         ('pii_contacts', 'email_index', 'by it an erased person could be recognised'),
         ('pii_contacts', 'phone_index', 'by it an erased person could be recognised'),
         ('pii_users', 'email_index', 'by it an erased person could be recognised'),
         ('pii_users', 'phone_index', 'by it an erased person could be recognised'),
         ('archive_contents', 'content', 'large; archives holds its hash'),
         ('data_quality_rules', 'last_run_at', 'data_quality_runs has a row for each run, who ran it and what it found'),
         ('data_quality_rules', 'last_status', 'data_quality_runs has a row for each run, who ran it and what it found'),
         ('data_quality_rules', 'last_violations', 'data_quality_runs has a row for each run, who ran it and what it found')
$$;
COMMENT ON FUNCTION unaudited_columns() IS 'Columns whose values the trail leaves out, each with the reason. That the row was made, changed or deleted is still audited.';

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
                      WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND (a.attgenerated <> '' OR a.attname IN ('updated_at', 'low_level_code')
                             OR (c.relname, a.attname) IN (SELECT u.table_name, u.column_name FROM unaudited_columns() u))), '') AS ignored
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

CREATE OR REPLACE FUNCTION make_audit_partition(p_month timestamptz) RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  part constant text := 'audit_log_' || to_char(p_month AT TIME ZONE 'UTC', 'YYYY_MM');
BEGIN
  IF to_regclass('public.' || part) IS NOT NULL THEN
    RETURN 0;
  END IF;
  EXECUTE format('CREATE TABLE public.%I PARTITION OF public.audit_log FOR VALUES FROM (%L) TO (%L)', part, p_month, ((p_month AT TIME ZONE 'UTC') + interval '1 month') AT TIME ZONE 'UTC');
  PERFORM forbid_truncate(to_regclass('public.' || part));
  RETURN 1;
END;
$$;
COMMENT ON FUNCTION make_audit_partition(timestamptz) IS 'Makes the partition of audit_log for the month that begins then, if it is missing.';

CREATE OR REPLACE FUNCTION empty_audit_default() RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  made integer;
BEGIN
  ALTER TABLE public.audit_log DETACH PARTITION public.audit_log_default;
  CREATE TEMPORARY TABLE audit_rows_to_move ON COMMIT DROP AS SELECT * FROM public.audit_log_default;
  DROP TRIGGER _800_audit_no_truncate ON public.audit_log_default;
  TRUNCATE public.audit_log_default;
  SELECT coalesce(sum(make_audit_partition(m.month)), 0) INTO made FROM (SELECT DISTINCT date_trunc('month', r.created_at, 'UTC') AS month FROM pg_temp.audit_rows_to_move r) m;
  ALTER TABLE public.audit_log ATTACH PARTITION public.audit_log_default DEFAULT;
  PERFORM forbid_truncate('public.audit_log_default'::regclass);
  INSERT INTO audit_log OVERRIDING SYSTEM VALUE SELECT * FROM pg_temp.audit_rows_to_move;
  DROP TABLE pg_temp.audit_rows_to_move;
  RETURN made;
END;
$$;
COMMENT ON FUNCTION empty_audit_default() IS 'Moves the rows of the default partition, as they are, to partitions of their months, which it makes. Blocks all writers for that time.';

CREATE OR REPLACE FUNCTION ensure_audit_partitions(p_months_ahead integer DEFAULT 3) RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  this_month constant timestamptz := date_trunc('month', now(), 'UTC');
  made integer := 0;
BEGIN
  IF EXISTS (SELECT FROM audit_log_default) THEN
    made := empty_audit_default();
  END IF;
  RETURN made + (SELECT sum(make_audit_partition(m.month)) FROM generate_series(this_month AT TIME ZONE 'UTC', (this_month AT TIME ZONE 'UTC') + make_interval(months => p_months_ahead), interval '1 month') AS s (at),
                        LATERAL (SELECT s.at AT TIME ZONE 'UTC') AS m (month));
END;
$$;
COMMENT ON FUNCTION ensure_audit_partitions(integer) IS 'Makes the partitions of audit_log for this month and the months ahead, where they are missing, and empties the default partition; returns how many it made.';

CREATE OR REPLACE FUNCTION tg_audit_log__append_only() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  RAISE EXCEPTION 'The audit trail is append-only.' USING ERRCODE = 'TV003', HINT = 'Retention works on whole months.';
END;
$$;
COMMENT ON FUNCTION tg_audit_log__append_only() IS 'Refuses to change or delete audit rows.';
