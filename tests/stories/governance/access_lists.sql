-- Every table and function has its decision, and the catalogue says the same as the lists. A new table or function without one fails here.

SELECT testing.same((SELECT string_agg(c.relname, ' ' ORDER BY c.relname) FROM pg_class c
                      WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
                        AND (NOT c.relrowsecurity OR c.relforcerowsecurity OR c.relname NOT IN (SELECT d.table_name FROM table_decisions() d))),
  NULL::text, 'tables without a row in security/access_*.sql, without row security, or with it forced');
SELECT testing.same((SELECT string_agg(d.table_name, ' ') FROM table_decisions() d
                      WHERE d.reading <> 'none' AND NOT EXISTS (SELECT FROM pg_policies p WHERE p.tablename = d.table_name AND p.policyname = 'app_read')
                        AND EXISTS (SELECT FROM pg_class c WHERE c.relname = d.table_name AND c.relkind IN ('r', 'p'))),
  NULL::text, 'listed tables without their policy');
SELECT testing.same((SELECT string_agg(DISTINCT p.code, ' ')
                       FROM table_decisions() d
                       CROSS JOIN LATERAL (VALUES (substring(d.reading FROM '([a-z_]+:[a-z_]+)$')), (d.inserting), (d.updating), (d.deleting)) AS p (code)
                      WHERE p.code IS NOT NULL AND p.code NOT IN (SELECT permission_code FROM permissions)),
  NULL::text, 'permissions that the lists name and nobody defined');
SELECT testing.same((SELECT string_agg(DISTINCT m[1], ' ') FROM pg_policies p, regexp_matches(concat(p.qual, p.with_check), 'has_permission\(''([a-z_:]+)''', 'g') m
                      WHERE m[1] NOT IN (SELECT permission_code FROM permissions)), NULL::text, 'permissions in policies that nobody defined');

-- Functions: what is listed can be called by the server's role, with the rights it was listed with; nothing else can.
CREATE TEMP VIEW own_functions AS
  SELECT p.oid, p.proname, p.oid::regprocedure::text AS name, p.prosecdef, p.proconfig, p.prorettype = 'trigger'::regtype AS is_trigger, f.access
    FROM pg_proc p LEFT JOIN function_decisions() f ON f.function_name = p.proname
   WHERE p.pronamespace = 'public'::regnamespace
     AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e');
SELECT testing.same((SELECT string_agg(f.function_name, ' ') FROM function_decisions() f WHERE f.function_name NOT IN (SELECT proname FROM own_functions)),
  NULL::text, 'listed functions that do not exist');
SELECT testing.same((SELECT string_agg(name, ' ') FROM own_functions WHERE has_function_privilege('torvan_app', oid, 'EXECUTE') <> (access IS NOT NULL)),
  NULL::text, 'functions whose grant is not as listed');
SELECT testing.same((SELECT string_agg(name, ' ') FROM own_functions WHERE is_trigger AND access IS NOT NULL), NULL::text, 'trigger functions in the lists');
SELECT testing.same((SELECT string_agg(name, ' ') FROM own_functions WHERE NOT prosecdef AND (is_trigger OR access IN ('write', 'filtered', 'door'))),
  NULL::text, 'functions that should run as the owner and do not');
SELECT testing.same((SELECT string_agg(name, ' ') FROM own_functions
                      WHERE prosecdef AND NOT EXISTS (SELECT FROM unnest(proconfig) s WHERE s ~ '^search_path=pg_catalog, (public, )?pg_temp$')),
  NULL::text, 'functions that run as the owner without a pinned search_path');
-- What runs as the owner is in a list or nobody but triggers and the owner calls it.
SELECT testing.same((SELECT string_agg(name, ' ') FROM own_functions WHERE prosecdef AND access = 'read'), NULL::text, 'functions listed as read that run as the owner');
SELECT testing.same((SELECT string_agg(name, ' ') FROM own_functions
                      WHERE proname IN ('begin_as', 'open_order', 'close_order', 'apply_order_step', 'insert_build', 'drop_builds', 'note_order_change', 'emit_event', 'sign',
                                        'remove_sample_data', 'install_audit', 'allocate_custom_part', 'take_configuration', 'action_note_approval', 'generate_order_number')
                        AND has_function_privilege('torvan_app', oid, 'EXECUTE')), NULL::text, 'internals that the server''s role can call');
SELECT testing.same((SELECT string_agg(name, ' ') FROM own_functions, (VALUES ('torvan_readonly'), ('torvan_auditor')) AS r (reader)
                      WHERE has_function_privilege(r.reader, oid, 'EXECUTE') AND access NOT IN ('read', 'helper')
                        AND (reader, proname) NOT IN (SELECT 'torvan_auditor', unnest('{verify_audit,verify_audit_archive,audit_trail_of,changed_after_approval,export_audit,verify_signature,person_name,person_names}'::text[]))), NULL::text, 'functions of the server that readers can call');
-- Dynamic SQL in what runs as the owner quotes its names.
SELECT testing.same((SELECT string_agg(name, ' ') FROM own_functions JOIN pg_proc p USING (oid)
                      WHERE own_functions.prosecdef AND p.prosrc ~* 'EXECUTE\s+(''[^'']*''\s*)?[a-z_'']+\s*\|\|'), NULL::text, 'dynamic SQL put together with ||');

-- Policies: each call of one of our functions stands in a sub-select, else it would run once per row.
CREATE FUNCTION pg_temp.calls_outside_sub_selects(p_expression text) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT
AS $$
DECLARE
  bare text := p_expression;
  before text;
BEGIN
  -- A sub-select that holds only one call of ours is taken out; what is left of our functions stands outside.
  LOOP
    before := bare;
    bare := regexp_replace(bare, '\( SELECT [a-z_]+\((''[^'']*''::text)?\) AS [a-z_]+\)', '(once)', 'g');
    EXIT WHEN bare = before;
  END LOOP;
  RETURN (SELECT string_agg(DISTINCT m[1], ' ') FROM regexp_matches(bare, '([a-z_]+)\(', 'g') m
           WHERE EXISTS (SELECT FROM pg_proc p WHERE p.proname = m[1] AND p.pronamespace = 'public'::regnamespace));
END
$$;
SELECT testing.same(pg_temp.calls_outside_sub_selects('(has_permission(''a:b''::text) OR ( SELECT is_signed_in() AS is_signed_in))'), 'has_permission', 'the check finds a bare call');
SELECT testing.same((SELECT string_agg(format('%s.%s: %s', p.tablename, p.policyname, pg_temp.calls_outside_sub_selects(e.expression)), ', ')
                       FROM pg_policies p CROSS JOIN LATERAL (VALUES (p.qual), (p.with_check)) AS e (expression)
                      WHERE p.schemaname = 'public' AND pg_temp.calls_outside_sub_selects(e.expression) IS NOT NULL), NULL::text, 'calls that would run once per row');
SELECT testing.same((SELECT string_agg(DISTINCT p.permissive || p.policyname, ' ') FROM pg_policies p
                      WHERE p.schemaname = 'public' AND (p.permissive <> 'PERMISSIVE'
                         OR p.policyname NOT IN ('app_read', 'app_insert', 'app_update', 'app_delete', 'readonly_read', 'auditor_read')
                         OR p.policyname LIKE 'app%' AND p.roles <> '{public}' OR p.policyname LIKE 'app%' AND coalesce(p.qual, p.with_check) = 'true'
                            AND p.tablename NOT IN (SELECT d.table_name FROM table_decisions() d WHERE d.reading = 'public'))),
  NULL::text, 'policies of another kind');
-- Helpers of policies are stable: once per query is right.
SELECT testing.same((SELECT string_agg(DISTINCT p.proname, ' ') FROM pg_policies q, regexp_matches(concat(q.qual, q.with_check), 'SELECT ([a-z_]+)\(', 'g') m
                       JOIN pg_proc p ON p.proname = m[1] AND p.pronamespace = 'public'::regnamespace
                      WHERE p.provolatile <> 's' OR NOT has_function_privilege('torvan_app', p.oid, 'EXECUTE')), NULL::text, 'helpers of policies that are not stable or not granted');

-- Views run with the reader's rights; nothing of the server's role lies on a materialized view or a partition.
SELECT testing.same((SELECT string_agg(c.relname, ' ') FROM pg_class c, (VALUES ('torvan_app'), ('torvan_readonly'), ('torvan_auditor')) AS r (reader)
                      WHERE c.relnamespace = 'public'::regnamespace AND (c.relkind = 'm' OR c.relispartition OR c.relkind = 'v' AND c.reloptions::text NOT LIKE '%security_invoker=true%')
                        AND CASE WHEN c.relkind IN ('m', 'r', 'v', 'p') THEN has_any_column_privilege(r.reader, c.oid, 'SELECT, INSERT, UPDATE') END), NULL::text, 'readable past row security');
-- Secrets and columns given out by functions are not readable; what the database writes itself is not writable.
SELECT testing.same((SELECT string_agg(d.table_name || '.' || c.name, ' ') FROM table_decisions() d CROSS JOIN LATERAL unnest(d.secret || d.hidden) AS c (name)
                      WHERE has_column_privilege('torvan_app', 'public.' || d.table_name, c.name, 'SELECT')), NULL::text, 'secret or hidden columns that the server''s role reads');
SELECT testing.same((SELECT string_agg(c.oid::regclass || '.' || a.attname, ' ') FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                      WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND a.attname IN ('is_sample', 'created_at', 'created_by', 'updated_at', 'row_version', 'phase', 'state')
                        AND c.relname NOT LIKE 'configuration_%' AND has_column_privilege('torvan_app', c.oid, a.attnum, 'INSERT, UPDATE')), NULL::text, 'columns that only the database writes');
-- The roles themselves: none of them owns anything or passes row security by.
SELECT testing.same((SELECT string_agg(r.rolname, ' ') FROM pg_roles r
                      WHERE r.rolname IN ('torvan_app', 'torvan_readonly', 'torvan_auditor')
                        AND (r.rolsuper OR r.rolbypassrls OR r.rolcreaterole OR r.rolcreatedb OR pg_has_role(r.oid, 'torvan_user', 'MEMBER')
                             OR EXISTS (SELECT FROM pg_class c WHERE c.relowner = r.oid) OR EXISTS (SELECT FROM pg_proc p WHERE p.proowner = r.oid))), NULL::text, 'roles with too much');
SELECT testing.same((SELECT count(*) FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND row_security_active(c.oid)), 0::bigint, 'tables whose rows are hidden from their owner');
SELECT testing.same((SELECT count(*) FROM v_schema_drift), 0::bigint, 'drift after the deployment');
