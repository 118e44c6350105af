-- Who may do what, beside the owner. Denied unless granted here; roles that do not exist (roles.sql was not run) are passed over.

ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

DO $grants$
DECLARE
  routine regprocedure;
  reader text;
BEGIN
  FOR routine IN
    SELECT p.oid FROM pg_proc p
     WHERE p.pronamespace = 'public'::regnamespace
       AND NOT EXISTS (SELECT FROM pg_depend d
                        WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
  LOOP
    EXECUTE format('REVOKE ALL ON ROUTINE %s FROM PUBLIC', routine);
  END LOOP;

  FOREACH reader IN ARRAY ARRAY['torvan_app', 'torvan_readonly', 'torvan_auditor'] LOOP
    CONTINUE WHEN NOT EXISTS (SELECT FROM pg_roles WHERE rolname = reader);
    EXECUTE format('GRANT USAGE ON SCHEMA public TO %I', reader);
    EXECUTE format('GRANT SELECT ON deployment_log, schema_migrations, deployed_files TO %I', reader);
  END LOOP;
END
$grants$;
