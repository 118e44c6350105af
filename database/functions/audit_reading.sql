-- Reading the audit trail: who changed what, field by field, and the signed review of it.

CREATE OR REPLACE FUNCTION regulated_tables() RETURNS TABLE (table_name text, approved_column text, free_columns text[])
LANGUAGE sql IMMUTABLE ROWS 10
SET search_path = pg_catalog, pg_temp
AS $$
  VALUES ('orders', 'approved_at', '{phase,phase_entered_at,state,row_version,submitted_by,submitted_at,approved_by,approved_at,carrier,tracking_number,dispatched_on,delivered_on,quantity,state_reason,state_changed_at,hold_kind,held_by,accessories_reviewed_by,accessories_reviewed_at,is_sample,updated_at}'::text[]),
         ('order_attachments', 'approved_at', '{approved_by,approved_at,is_sample}'::text[])
$$;
COMMENT ON FUNCTION regulated_tables() IS 'Tables whose approved rows change only with a reason: the column that says since when a row is approved, and the columns which the workflow moves by itself.';

CREATE OR REPLACE FUNCTION tg_regulated__reason() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  free constant text[] := string_to_array(TG_ARGV[0], ',');
BEGIN
  IF nullif(btrim(current_setting('torvan.reason', true)), '') IS NOT NULL OR removing_samples() OR (TG_OP = 'UPDATE' AND to_jsonb(NEW) - free = to_jsonb(OLD) - free) THEN
    RETURN coalesce(NEW, OLD);
  END IF;
  RAISE EXCEPTION 'A change of approved data needs a reason (% of %).', CASE TG_OP WHEN 'DELETE' THEN 'deletion' ELSE 'change' END, TG_TABLE_NAME
    USING ERRCODE = 'TV022', HINT = 'At psql: SELECT begin_as(''login'', ''reason''); or set_config(''torvan.reason'', …, true). On a page: the field "reason".';
END;
$$;
COMMENT ON FUNCTION tg_regulated__reason() IS 'Demands a reason for a change or deletion of an approved row. Argument: columns which the workflow moves by itself.';

CREATE OR REPLACE FUNCTION demand_reasons() RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  r record;
  installed integer := 0;
BEGIN
  FOR r IN SELECT * FROM regulated_tables() LOOP
    EXECUTE format('CREATE OR REPLACE TRIGGER _070_reason BEFORE UPDATE OR DELETE ON public.%I FOR EACH ROW WHEN (OLD.%I IS NOT NULL) EXECUTE FUNCTION public.tg_regulated__reason(%L)',
      r.table_name, r.approved_column, array_to_string(r.free_columns, ','));
    installed := installed + 1;
  END LOOP;
  RETURN installed;
END;
$$;
COMMENT ON FUNCTION demand_reasons() IS 'Puts the trigger that demands a reason on every regulated table.';

CREATE OR REPLACE VIEW v_audit_trail WITH (security_invoker = true) AS
SELECT a.audit_log_id, a.created_at, a.actor, u.display_name AS person,
       (SELECT string_agg(DISTINCT r.role_code, ', ' ORDER BY r.role_code) FROM user_roles g JOIN roles r USING (role_id)
         WHERE g.user_id = a.actor_id AND g.valid_from <= a.created_at AND (g.valid_to IS NULL OR g.valid_to > a.created_at)) AS roles,
       a.table_name, a.record_key, a.operation, f.field, plain_text(a.old_values -> f.field) AS old_value, plain_text(a.new_values -> f.field) AS new_value,
       a.reason, a.session_id, a.request_id, a.door, a.application_name, a.database_role, a.transaction_id
  FROM audit_log a
  LEFT JOIN users u ON u.user_id = a.actor_id
  CROSS JOIN LATERAL jsonb_object_keys(coalesce(a.old_values, '{}') || coalesce(a.new_values, '{}')) AS f (field);
COMMENT ON VIEW v_audit_trail IS 'The audit trail as people read it: one line for each field that changed. Ask for a record, a time, a person, or a field of them.';
COMMENT ON COLUMN v_audit_trail.audit_log_id IS 'Key of the row of audit_log.';
COMMENT ON COLUMN v_audit_trail.created_at IS 'When.';
COMMENT ON COLUMN v_audit_trail.actor IS 'Login of the person, or the database role where none was set.';
COMMENT ON COLUMN v_audit_trail.person IS 'Name of the person today.';
COMMENT ON COLUMN v_audit_trail.roles IS 'Roles the person had at that time.';
COMMENT ON COLUMN v_audit_trail.table_name IS 'Table of the record.';
COMMENT ON COLUMN v_audit_trail.record_key IS 'Key of the record.';
COMMENT ON COLUMN v_audit_trail.operation IS 'INSERT, UPDATE, DELETE, DIGEST or EXPORT.';
COMMENT ON COLUMN v_audit_trail.field IS 'The column.';
COMMENT ON COLUMN v_audit_trail.old_value IS 'Its value before.';
COMMENT ON COLUMN v_audit_trail.new_value IS 'Its value after.';
COMMENT ON COLUMN v_audit_trail.reason IS 'Reason given by the person.';
COMMENT ON COLUMN v_audit_trail.session_id IS 'Session at the server.';
COMMENT ON COLUMN v_audit_trail.request_id IS 'Request of the server.';
COMMENT ON COLUMN v_audit_trail.door IS 'DATABASE where the owner acted for the person.';
COMMENT ON COLUMN v_audit_trail.application_name IS 'Program of the connection.';
COMMENT ON COLUMN v_audit_trail.database_role IS 'Database role of the connection.';
COMMENT ON COLUMN v_audit_trail.transaction_id IS 'Transaction: what was changed together.';

CREATE OR REPLACE FUNCTION audit_trail_of(p_table text, p_key text) RETURNS SETOF v_audit_trail
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  PERFORM require_permission('audit:read');
  IF to_regclass('public.' || quote_ident(p_table)) IS NULL AND NOT EXISTS (SELECT FROM v_audit_trail t WHERE t.table_name = p_table) THEN
    RAISE EXCEPTION 'There is no table "%".', shown(p_table) USING ERRCODE = 'TV004', COLUMN = 'table', HINT = 'For example audit_trail_of(''orders'', ''1'').';
  ELSIF p_key IS NULL THEN
    RAISE EXCEPTION 'The key of the record is missing.' USING ERRCODE = 'TV022', COLUMN = 'key', HINT = 'For example audit_trail_of(''orders'', ''1'').';
  END IF;
  RETURN QUERY SELECT t.* FROM v_audit_trail t WHERE t.table_name = p_table AND t.record_key = p_key ORDER BY t.audit_log_id, t.field;
END;
$$;
COMMENT ON FUNCTION audit_trail_of(text, text) IS 'Everything that happened to a record, field by field, oldest first.';

CREATE OR REPLACE FUNCTION last_change_of(p_table text, p_key text) RETURNS TABLE (changed_at timestamptz, who text)
LANGUAGE plpgsql STABLE ROWS 1
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  -- Who may change a row of these sees it too.
  needed constant text := (
    SELECT w.permission
      FROM (VALUES ('users', 'user:update'), ('user_skills', 'work_instruction:update'), ('documents', 'document:update'), ('notification_rules', 'notification_rule:update'), ('external_systems', 'external_system:update'),
                   ('parts', 'catalogue:update'), ('assemblies', 'catalogue:update'), ('stock_locations', 'stock:create'), ('customers', 'customer:update'), ('suppliers', 'supplier:update'),
                   ('outsourced_lines', 'outsourced_line:update')) AS w (table_name, permission)
     WHERE w.table_name = p_table);
BEGIN
  IF needed IS NULL OR NOT is_signed_in() OR NOT has_permission(needed) THEN
    RETURN;
  END IF;
  RETURN QUERY
    SELECT a.created_at, CASE WHEN a.actor_id = current_user_id() OR has_permission('user:read_name') THEN coalesce(u.display_name, a.actor) END
      FROM audit_log a LEFT JOIN users u ON u.user_id = a.actor_id
     WHERE a.table_name = p_table AND a.record_key = p_key AND a.operation = 'UPDATE'
     ORDER BY a.audit_log_id DESC LIMIT 1;
END;
$$;
COMMENT ON FUNCTION last_change_of(text, text) IS 'Who last changed a record, and when, for whoever may change it too: of a table that is changed in forms, and with the permission for that. Nothing for anybody else. What was changed the record itself tells.';

CREATE OR REPLACE FUNCTION changed_after_approval(p_from timestamptz DEFAULT '-infinity', p_to timestamptz DEFAULT 'infinity')
RETURNS TABLE (audit_log_id bigint, created_at timestamptz, actor text, table_name text, record_key text, operation text, fields text, reason text, approved_at timestamptz)
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  PERFORM require_permission('audit:read');
  -- Approved means signed, or dated in the column that says so; what the approval itself wrote does not count.
  RETURN QUERY
    WITH approvals AS (
      SELECT s.record_type AS kind, s.record_id::text AS key, min(s.signed_at) AS since, array_agg(l.transaction_id) AS acts
        FROM signatures s JOIN audit_log l ON l.table_name = 'signatures' AND l.record_key = s.signature_id::text AND l.operation = 'INSERT'
       WHERE s.meaning IN ('approved', 'inspected', 'released', 'confirmed') GROUP BY s.record_type, s.record_id
      UNION ALL
      SELECT l.table_name, l.record_key, (l.new_values ->> r.approved_column)::timestamptz, ARRAY[l.transaction_id]
        FROM regulated_tables() r JOIN audit_log l ON l.table_name = r.table_name AND l.operation = 'UPDATE' AND l.new_values ->> r.approved_column IS NOT NULL
    ), changes AS (
      SELECT DISTINCT ON (a.audit_log_id) a.*, p.since,
             (SELECT string_agg(k, ', ' ORDER BY k) FROM jsonb_object_keys(coalesce(a.new_values, a.old_values)) AS k
               WHERE a.operation = 'DELETE' OR NOT EXISTS (SELECT FROM regulated_tables() r WHERE r.table_name = a.table_name AND k = ANY (r.free_columns))) AS touched
        FROM audit_log a JOIN approvals p ON p.kind = a.table_name AND p.key = a.record_key AND a.created_at > p.since AND NOT a.transaction_id = ANY (p.acts)
       WHERE a.operation IN ('UPDATE', 'DELETE') AND a.created_at >= p_from AND a.created_at < p_to
       ORDER BY a.audit_log_id, p.since
    )
    SELECT c.audit_log_id, c.created_at, c.actor, c.table_name, c.record_key, c.operation, c.touched, c.reason, c.since
      FROM changes c WHERE c.touched IS NOT NULL ORDER BY c.audit_log_id;
END;
$$;
COMMENT ON FUNCTION changed_after_approval(timestamptz, timestamptz) IS 'Changes and deletions of records after they were approved or signed, with the reason; what the workflow moves by itself is left out.';

CREATE OR REPLACE FUNCTION sign_audit_review(p_from timestamptz, p_to timestamptz, p_note text) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  person bigint := require_person('audit:review');
  state audit_seal_state;
  made bigint;
BEGIN
  IF btrim(coalesce(p_note, '')) = '' THEN
    RAISE EXCEPTION 'The note of the review is empty.' USING ERRCODE = 'TV022', COLUMN = 'note', HINT = 'Write what you found, or that you found nothing.';
  ELSIF p_to <= p_from IS NOT FALSE OR p_to > clock_timestamp() THEN
    RAISE EXCEPTION 'From % to % is not a period that is over.', shown(p_from), shown(p_to) USING ERRCODE = 'TV022', HINT = 'sign_audit_review(''2026-01-01Z'', ''2026-02-01Z'', ''what you found'').';
  END IF;
  SELECT * INTO state FROM audit_seal_state;
  INSERT INTO audit_reviews (from_time, to_time, row_count, last_seal_id, seal_hash, note, reviewed_by)
  VALUES (p_from, p_to, (SELECT count(*) FROM audit_log a WHERE a.created_at >= p_from AND a.created_at < p_to), state.last_seal_id, state.last_hash, btrim(p_note), person)
  RETURNING audit_review_id INTO made;
  PERFORM sign('audit_reviews', made, 'reviewed', btrim(p_note));
  RETURN made;
END;
$$;
COMMENT ON FUNCTION sign_audit_review(timestamptz, timestamptz, text) IS 'The acting person signs the review of a period of the audit trail.';
