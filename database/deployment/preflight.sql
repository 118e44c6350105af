-- Looks before the deployment touches anything. Raises once, with every finding and the line that mends it.
-- Reads only; safe to run at any time, on any server version.
DO $preflight$
DECLARE
  findings text[] := '{}';
  may_create_in_schema boolean := has_schema_privilege(current_user, 'public', 'CREATE');
  may_create_in_database boolean := has_database_privilege(current_user, current_database(), 'CREATE');
  required_extensions constant text[] := ARRAY['pgcrypto', 'pg_trgm', 'btree_gist', 'btree_gin', 'citext', 'unaccent'];
  unavailable text[];
  untrusted text[];
  foreign_tables text;
  owner_name text;
BEGIN
  IF current_setting('server_version_num')::integer < 150000 THEN
    RAISE EXCEPTION 'deployment refused: PostgreSQL % is too old; mend: install PostgreSQL 15 or later and deploy there',
      current_setting('server_version');
  END IF;

  IF pg_is_in_recovery() THEN
    RAISE EXCEPTION 'deployment refused: this server is a read-only standby; mend: deploy on its primary';
  END IF;

  IF coalesce(current_setting('torvan.sample_data', true), '') NOT IN ('', '0', '1') THEN
    findings := findings || format('sample_data is %L; mend: give -v sample_data=0 or -v sample_data=1',
      current_setting('torvan.sample_data', true));
  END IF;

  -- Owning the database mends both; whoever lacks a privilege is told that one line, once.
  IF NOT may_create_in_schema OR NOT may_create_in_database THEN
    findings := findings || format(
      'user %s may not create in %s; mend, as a superuser: ALTER DATABASE %I OWNER TO %I;',
      current_user,
      CASE WHEN may_create_in_database THEN 'schema public'
           WHEN may_create_in_schema THEN 'database ' || current_database()
           ELSE 'schema public and database ' || current_database() END,
      current_database(), current_user);
  END IF;

  IF NOT has_database_privilege(current_user, current_database(), 'TEMPORARY') THEN
    findings := findings || format('user %s may not create temporary tables; mend, as a superuser: GRANT TEMPORARY ON DATABASE %I TO %I;',
      current_user, current_database(), current_user);
  END IF;

  IF current_setting('server_encoding') <> 'UTF8' THEN
    findings := findings || format('the database is encoded in %s; mend: CREATE DATABASE %I ENCODING ''UTF8'' TEMPLATE template0; (a new one)',
      current_setting('server_encoding'), current_database() || '_utf8');
  END IF;

  SELECT array_agg(required.name ORDER BY required.name) INTO unavailable
    FROM unnest(required_extensions) AS required (name)
   WHERE NOT EXISTS (SELECT FROM pg_available_extensions available WHERE available.name = required.name)
     AND NOT EXISTS (SELECT FROM pg_extension WHERE extname = required.name);
  IF unavailable IS NOT NULL THEN
    findings := findings || format('extensions not available on this server: %s; mend: apt-get install postgresql-contrib (the package with the server''s own modules)',
      array_to_string(unavailable, ', '));
  END IF;

  SELECT array_agg(format('CREATE EXTENSION %I;', required.name) ORDER BY required.name) INTO untrusted
    FROM unnest(required_extensions) AS required (name)
   WHERE required.name <> ALL (coalesce(unavailable, '{}'))
     AND NOT EXISTS (SELECT FROM pg_extension WHERE extname = required.name)
     AND NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
     AND NOT EXISTS (SELECT FROM pg_available_extension_versions offered
                      WHERE offered.name = required.name AND offered.trusted);
  IF untrusted IS NOT NULL THEN
    findings := findings || format('extensions only a superuser may create here; mend, as a superuser in this database: %s',
      array_to_string(untrusted, ' '));
  END IF;

  IF to_regclass('public.deployment_log') IS NULL THEN
    SELECT string_agg(relname, ', ' ORDER BY relname) INTO foreign_tables
      FROM (SELECT relname FROM pg_class c
             WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')
               AND NOT EXISTS (SELECT FROM pg_depend
                                WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype = 'e')
             ORDER BY relname LIMIT 5) AS first_five;
    IF foreign_tables IS NOT NULL THEN
      findings := findings || format('schema public already holds tables which no deployment made (%s); mend: deploy into an empty database, e.g. CREATE DATABASE %I OWNER %I;',
        foreign_tables, current_database() || '_new', current_user);
    END IF;
  ELSE
    SELECT rolname INTO owner_name FROM pg_class JOIN pg_roles ON pg_roles.oid = relowner
     WHERE pg_class.oid = 'public.deployment_log'::regclass;
    IF NOT pg_has_role(current_user, owner_name, 'USAGE') THEN
      findings := findings || format('the database was deployed by %s, you are %s; mend: deploy as %s (psql -U %s)',
        owner_name, current_user, owner_name, owner_name);
    END IF;
  END IF;

  IF cardinality(findings) > 0 THEN
    RAISE EXCEPTION 'deployment refused: %', array_to_string(findings, E'\n  and: ');
  END IF;
END
$preflight$;
