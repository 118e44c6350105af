-- Roles beside the owner. For a superuser (or a role with CREATEROLE), once per server, before or after the deployment:
--
--   psql -U postgres -d torvan_workflow -f roles.sql
--
-- Then deploy again as torvan_user, so that the grants are applied. Safe to repeat. Sets no password: where the server asks
-- for one, give it with \password torvan_app.
DO $roles$
DECLARE
  wanted record;
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'torvan_user') THEN
    RAISE EXCEPTION 'role torvan_user does not exist; mend: CREATE USER torvan_user WITH PASSWORD ''...'';';
  END IF;

  FOR wanted IN
    SELECT * FROM (VALUES
      ('torvan_app', 'LOGIN', 'Torvan: server and worker; row security binds it'),
      ('torvan_readonly', 'NOLOGIN', 'Torvan: reads everything but personal data and secrets; grant it to persons'),
      ('torvan_auditor', 'NOLOGIN', 'Torvan: reads everything but secrets, the audit trail included; grant it to persons')
    ) AS roles (name, login, purpose)
  LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted.name) THEN
      EXECUTE format('CREATE ROLE %I %s NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS', wanted.name, wanted.login);
      EXECUTE format('COMMENT ON ROLE %I IS %L', wanted.name, wanted.purpose);
    ELSIF EXISTS (SELECT FROM pg_roles WHERE rolname = wanted.name AND (rolsuper OR rolbypassrls))
          OR pg_has_role(wanted.name, 'torvan_user', 'MEMBER') THEN
      RAISE WARNING 'row security does not bind %: it is a superuser, has BYPASSRLS or is a member of the owner; mend: ALTER ROLE % NOSUPERUSER NOBYPASSRLS; REVOKE torvan_user FROM %;',
        wanted.name, wanted.name, wanted.name;
    END IF;
  END LOOP;

  -- Health and slow-query views read statistics of other sessions.
  BEGIN
    IF NOT pg_has_role('torvan_user', 'pg_monitor', 'MEMBER') THEN
      GRANT pg_monitor TO torvan_user;
    END IF;
  EXCEPTION WHEN insufficient_privilege THEN
    RAISE WARNING 'pg_monitor could not be granted; mend, as a superuser: GRANT pg_monitor TO torvan_user;';
  END;

  -- Bound parameters hold keys and personal data: they never belong into the server's log.
  FOR wanted IN SELECT unnest(ARRAY['torvan_user', 'torvan_app']) AS name LOOP
    BEGIN
      EXECUTE format('ALTER ROLE %I SET log_parameter_max_length = 0', wanted.name);
      EXECUTE format('ALTER ROLE %I SET log_parameter_max_length_on_error = 0', wanted.name);
    EXCEPTION WHEN insufficient_privilege THEN
      RAISE WARNING 'the log may show parameters of %; mend, as a superuser: ALTER ROLE % SET log_parameter_max_length = 0;',
        wanted.name, wanted.name;
    END;
  END LOOP;
END
$roles$;
