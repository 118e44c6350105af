-- Who may do what, beside the owner: row policies, grants and the rights with which functions run, from the lists of
-- access_<domain>.sql. Denied unless listed; roles that do not exist (roles.sql was not run) are passed over.
--
-- Row security is enabled, never forced: the owner deploys and backs up and sees everything (pg_dump needs that).

ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

-- The lists name what exists ------------------------------------------------------------------------------------------------------

DO $lists$
DECLARE
  wrong text;
BEGIN
  SELECT string_agg(finding, '; ' ORDER BY finding) INTO wrong FROM (
    SELECT format('table or view %s does not exist', t.table_name) AS finding
      FROM table_access t WHERE to_regclass('public.' || quote_ident(t.table_name)) IS NULL
    UNION ALL
    SELECT format('column %s.%s does not exist', t.table_name, split_part(c.name, ':', 1))
      FROM table_access t CROSS JOIN LATERAL unnest(t.personal || t.secret || t.hidden) AS c (name)
     WHERE NOT EXISTS (SELECT FROM pg_attribute a
                        WHERE a.attrelid = to_regclass('public.' || quote_ident(t.table_name)) AND a.attname = split_part(c.name, ':', 1) AND NOT a.attisdropped)
    UNION ALL
    SELECT format('%s is read by %s and has no such column', t.table_name, r.key)
      FROM table_access t
      CROSS JOIN LATERAL unnest(CASE split_part(t.reading, ':', 1) WHEN 'own' THEN string_to_array(split_part(t.reading, ':', 2), ',') ELSE ARRAY[split_part(t.reading, ':', 1) || '_id'] END) AS r (key)
     WHERE split_part(t.reading, ':', 1) IN ('own', 'order', 'build', 'bom')
       AND NOT EXISTS (SELECT FROM pg_attribute a
                        WHERE a.attrelid = to_regclass('public.' || quote_ident(t.table_name)) AND a.attname = r.key AND NOT a.attisdropped)
    UNION ALL
    SELECT format('function %s does not exist', f.function_name)
      FROM function_access f WHERE NOT EXISTS (SELECT FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace AND p.proname = f.function_name)
  ) AS findings;
  IF wrong IS NOT NULL THEN
    RAISE EXCEPTION 'security/access_*.sql: %', wrong;
  END IF;
END
$lists$;

-- The lists stay readable, for tests, for the classification of data, and for whoever asks what the rules are.
DO $decisions$
BEGIN
  EXECUTE format($function$
    CREATE OR REPLACE FUNCTION table_decisions()
    RETURNS TABLE (table_name text, reading text, inserting text, updating text, deleting text, retention_class text, personal text[], secret text[], hidden text[])
    LANGUAGE sql IMMUTABLE ROWS 100
    SET search_path = pg_catalog, pg_temp
    AS $body$
      VALUES %s
    $body$ $function$,
    (SELECT string_agg(format('(%L::text, %L::text, %L::text, %L::text, %L::text, %L::text, %L::text[], %L::text[], %L::text[])',
                              t.table_name, t.reading, t.inserting, t.updating, t.deleting, t.retention_class, t.personal, t.secret, t.hidden), E',\n             '
                       ORDER BY t.table_name COLLATE "C")
       FROM table_access t));
  EXECUTE format($function$
    CREATE OR REPLACE FUNCTION function_decisions() RETURNS TABLE (function_name text, access text)
    LANGUAGE sql IMMUTABLE ROWS 200
    SET search_path = pg_catalog, pg_temp
    AS $body$
      VALUES %s
    $body$ $function$,
    (SELECT string_agg(format('(%L::text, %L::text)', f.function_name, f.access), E',\n             ' ORDER BY f.function_name COLLATE "C") FROM function_access f));
END
$decisions$;
COMMENT ON FUNCTION table_decisions() IS 'Who reads and writes each table through the server, how long its rows are kept, which columns are personal, secret or given out by functions only. From security/access_*.sql.';
COMMENT ON FUNCTION function_decisions() IS 'Functions that the server''s role may call, and with which rights they run. From security/access_*.sql.';

-- Rows -----------------------------------------------------------------------------------------------------------------------------

DO $policies$
DECLARE
  subject record;
  policy text;
  statement text;
BEGIN
  FOR subject IN
    SELECT quote_ident(c.relname) AS name, t.table_name IS NOT NULL AS is_listed, t.reading, t.retention_class,
           pg_temp.reading_rule(t.table_name, t.reading, t.also) AS readable,
           concat_ws(' AND ', '(' || pg_temp.reading_rule(t.table_name, t.reading, t.also) || ')', '(' || t.writing || ')') AS writable,
           t.inserting, t.updating, t.deleting
      FROM pg_class c LEFT JOIN table_access t ON t.table_name = c.relname
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
     ORDER BY c.relname
  LOOP
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', subject.name);
    FOREACH policy IN ARRAY ARRAY['app_read', 'app_insert', 'app_update', 'app_delete', 'readonly_read', 'auditor_read'] LOOP
      EXECUTE format('DROP POLICY IF EXISTS %I ON %s', policy, subject.name);
    END LOOP;
    CONTINUE WHEN NOT subject.is_listed;

    IF subject.reading <> 'none' THEN
      EXECUTE format('CREATE POLICY app_read ON %s FOR SELECT TO PUBLIC USING (%s)', subject.name, subject.readable);
    END IF;
    FOR statement IN
      SELECT format('CREATE POLICY app_%s ON %s FOR %s TO PUBLIC %s ((SELECT has_permission(%L)) AND %s)',
                    lower(d.command), subject.name, d.command, d.clause, d.permission, subject.writable)
        FROM (VALUES ('INSERT', 'WITH CHECK', subject.inserting), ('UPDATE', 'USING', subject.updating), ('DELETE', 'USING', subject.deleting)) AS d (command, clause, permission)
       WHERE d.permission IS NOT NULL
    LOOP
      EXECUTE statement;
    END LOOP;

    IF subject.reading <> 'none' AND subject.retention_class NOT IN ('TRANSIENT', 'SECURITY') AND EXISTS (SELECT FROM pg_roles WHERE rolname = 'torvan_readonly') THEN
      EXECUTE format('CREATE POLICY readonly_read ON %s FOR SELECT TO torvan_readonly USING (true)', subject.name);
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'torvan_auditor') THEN
      EXECUTE format('CREATE POLICY auditor_read ON %s FOR SELECT TO torvan_auditor USING (true)', subject.name);
    END IF;
  END LOOP;
END
$policies$;

-- Functions ------------------------------------------------------------------------------------------------------------------------

DO $functions$
DECLARE
  -- What an auditor's work needs beside reading; each asks for audit:read, audit:export or user:read_name, which auditors have.
  auditing CONSTANT name[] := '{verify_audit,verify_audit_archive,audit_trail_of,changed_after_approval,export_audit,verify_signature,person_name,person_names}';
  routine record;
  grantee text;
BEGIN
  FOR routine IN
    SELECT p.oid::regprocedure AS name, p.proname, p.prorettype = 'trigger'::regtype AS is_trigger, f.access
      FROM pg_proc p LEFT JOIN function_access f ON f.function_name = p.proname
     WHERE p.pronamespace = 'public'::regnamespace
       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
     ORDER BY p.oid::regprocedure::text
  LOOP
    EXECUTE format('REVOKE ALL ON ROUTINE %s FROM PUBLIC', routine.name);
    FOR grantee IN SELECT rolname FROM pg_roles WHERE rolname IN ('torvan_app', 'torvan_readonly', 'torvan_auditor') ORDER BY rolname LOOP
      EXECUTE format('REVOKE ALL ON ROUTINE %s FROM %I', routine.name, grantee);
      IF routine.access IN ('read', 'helper') OR grantee = 'torvan_app' AND routine.access IS NOT NULL
         OR grantee = 'torvan_auditor' AND routine.proname = ANY (auditing) THEN
        EXECUTE format('GRANT EXECUTE ON ROUTINE %s TO %I', routine.name, grantee);
      END IF;
    END LOOP;
    -- Triggers judge a change by all rows and write the audit trail, whoever makes the change.
    IF routine.is_trigger OR routine.access IN ('write', 'filtered', 'door') THEN
      EXECUTE format('ALTER ROUTINE %s SECURITY DEFINER', routine.name);
    END IF;
  END LOOP;
END
$functions$;

-- Tables, views, sequences ---------------------------------------------------------------------------------------------------------

DO $grants$
DECLARE
  subject record;
  grantee text;
  granted text;
BEGIN
  FOR subject IN
    SELECT format('%I', c.relname) AS name, c.relkind, c.oid, t.reading, t.inserting, t.updating, t.deleting, t.retention_class,
           coalesce(t.secret, '{}') AS secret, coalesce(t.hidden, '{}') AS hidden,
           ARRAY(SELECT split_part(p, ':', 1) FROM unnest(t.personal) AS p) AS personal,
           -- Views run with the reader's rights; one that shows the server itself (pg_...) has no rows of the product to protect it.
           c.relkind = 'v' AND coalesce(t.reading <> 'none', pg_get_viewdef(c.oid) !~ '\mpg_' AND EXISTS (
             SELECT FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid
              WHERE d.classid = 'pg_rewrite'::regclass AND r.ev_class = c.oid AND (d.refclassid = 'pg_class'::regclass AND d.refobjid <> c.oid
                 -- Some views are nothing but a function, which reads with the reader's rights.
                 OR d.refclassid = 'pg_proc'::regclass AND EXISTS (SELECT FROM pg_proc p JOIN function_access f ON f.function_name = p.proname AND f.access = 'read' WHERE p.oid = d.refobjid))))
             AND coalesce(c.reloptions::text[] @> ARRAY['security_invoker=true'], false) AS is_open_view
      FROM pg_class c LEFT JOIN table_access t ON t.table_name = c.relname
     WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
     ORDER BY c.relname
  LOOP
    FOR grantee IN SELECT rolname FROM pg_roles WHERE rolname IN ('torvan_app', 'torvan_readonly', 'torvan_auditor') ORDER BY rolname LOOP
      EXECUTE format('REVOKE ALL ON %s %s FROM %I', CASE subject.relkind WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, subject.name, grantee);
      IF subject.is_open_view THEN
        EXECUTE format('GRANT SELECT ON %s TO %I', subject.name, grantee);
      END IF;
      CONTINUE WHEN subject.relkind NOT IN ('r', 'p') OR subject.reading IS NULL;

      granted := CASE grantee
        WHEN 'torvan_app' THEN CASE WHEN subject.reading <> 'none' THEN pg_temp.granted_columns(subject.oid, subject.secret || subject.hidden) END
        WHEN 'torvan_readonly' THEN CASE WHEN subject.reading <> 'none' AND subject.retention_class NOT IN ('TRANSIENT', 'SECURITY')
                                         THEN pg_temp.granted_columns(subject.oid, subject.secret || subject.personal) END
        ELSE pg_temp.granted_columns(subject.oid, subject.secret) END;
      IF granted IS NOT NULL THEN
        EXECUTE format('GRANT SELECT%s ON %s TO %I', granted, subject.name, grantee);
      END IF;
      CONTINUE WHEN grantee <> 'torvan_app';
      IF subject.inserting IS NOT NULL THEN
        EXECUTE format('GRANT INSERT (%s) ON %s TO %I', pg_temp.writable_columns(subject.oid, subject.secret), subject.name, grantee);
      END IF;
      IF subject.updating IS NOT NULL THEN
        EXECUTE format('GRANT UPDATE (%s) ON %s TO %I', pg_temp.writable_columns(subject.oid, subject.secret), subject.name, grantee);
      END IF;
      IF subject.deleting IS NOT NULL THEN
        EXECUTE format('GRANT DELETE ON %s TO %I', subject.name, grantee);
      END IF;
    END LOOP;
  END LOOP;
  FOR grantee IN SELECT rolname FROM pg_roles WHERE rolname IN ('torvan_app', 'torvan_readonly', 'torvan_auditor') ORDER BY rolname LOOP
    EXECUTE format('GRANT USAGE ON SCHEMA public TO %I', grantee);
  END LOOP;
END
$grants$;

-- A view that asks for what a reader may not see would only answer with a refusal: then it is not given to them at all.
DO $views$
DECLARE
  subject record;
  grantee text;
BEGIN
  FOR subject IN SELECT c.oid, format('%I', c.relname) AS name FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'v' ORDER BY c.oid LOOP
    FOR grantee IN SELECT rolname FROM pg_roles WHERE rolname IN ('torvan_readonly', 'torvan_auditor') AND has_table_privilege(oid, subject.oid, 'SELECT') ORDER BY rolname LOOP
      IF EXISTS (SELECT FROM pg_rewrite r JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
                  WHERE r.ev_class = subject.oid AND d.refclassid = 'pg_class'::regclass AND d.refobjid <> subject.oid AND d.refobjsubid > 0
                    AND NOT has_column_privilege(grantee, d.refobjid, d.refobjsubid::smallint, 'SELECT'))
         OR EXISTS (SELECT FROM pg_rewrite r JOIN pg_depend d ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
                     WHERE r.ev_class = subject.oid AND d.refclassid = 'pg_proc'::regclass AND NOT has_function_privilege(grantee, d.refobjid, 'EXECUTE')) THEN
        EXECUTE format('REVOKE SELECT ON %s FROM %I', subject.name, grantee);
      END IF;
    END LOOP;
  END LOOP;
END
$views$;
