-- The server's role without a person: no row of any table or view, no change of any, whatever is in them.
\ir ../_shop.sql
SELECT testing.order_in('STELMO', 'SWEEP', 'PRODUCTION');

-- What there is, known to the story but not to the server's role.
RESET SESSION AUTHORIZATION;
SELECT testing.fill_empty_tables();
CREATE TABLE testing.relations AS
SELECT c.oid, c.relname::text AS name, c.relkind::text AS kind, c.relispartition AS is_partition, coalesce(d.reading, '') AS reading, false AS has_rows
  FROM pg_class c LEFT JOIN table_decisions() d ON d.table_name = c.relname
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm')
   AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.deptype = 'e');
DO $$
DECLARE
  r testing.relations;
  found boolean;
BEGIN
  FOR r IN SELECT * FROM testing.relations LOOP
    EXECUTE format('SELECT EXISTS (SELECT FROM public.%I)', r.name) INTO found;
    UPDATE testing.relations SET has_rows = found WHERE oid = r.oid;
  END LOOP;
END
$$;
GRANT SELECT ON testing.relations TO PUBLIC;
SELECT testing.same((SELECT string_agg(name, ' ') FROM testing.relations WHERE NOT has_rows AND kind IN ('r', 'p') AND NOT is_partition), NULL::text, 'tables in which the sweep has nothing to find');

SET SESSION AUTHORIZATION torvan_app;
CREATE FUNCTION pg_temp.rows_of(p_relation text) RETURNS bigint
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
  found bigint;
BEGIN
  EXECUTE format('SELECT count(*) FROM public.%I', p_relation) INTO found;
  RETURN found;
END
$$;

-- Tried as nobody, as a person who does not exist, and as text that is no key.
CREATE FUNCTION pg_temp.sweep(p_user_id text) RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
  r testing.relations;
  found bigint;
BEGIN
  PERFORM set_config('torvan.user_id', p_user_id, false);
  FOR r IN SELECT * FROM testing.relations ORDER BY name LOOP
    BEGIN
      found := pg_temp.rows_of(r.name);
    EXCEPTION WHEN insufficient_privilege THEN
      CONTINUE;
    END;
    IF r.kind = 'm' OR r.is_partition THEN
      RAISE EXCEPTION '% has no row security and is readable', r.name;
    END IF;
    IF found > 0 AND r.reading <> 'public' THEN
      RAISE EXCEPTION 'user_id "%" reads % rows of %', p_user_id, found, r.name;
    END IF;
    IF NOT has_any_column_privilege(r.oid, 'SELECT') THEN
      RAISE EXCEPTION '% is readable without a grant', r.name;
    END IF;
  END LOOP;
END
$$;
SELECT pg_temp.sweep(''), pg_temp.sweep('0'), pg_temp.sweep('9223372036854775807');
SELECT testing.refused('SELECT pg_temp.sweep(''x'')', '22P02');
SELECT testing.nobody();
SELECT testing.same((SELECT count(*) FROM pg_stats WHERE schemaname = 'public' AND tablename IN (SELECT name FROM testing.relations WHERE reading <> 'public')), 0::bigint, 'values in the planner''s statistics');

-- No table can be changed: neither as nobody nor, for those with row policies only, past them.
CREATE FUNCTION pg_temp.change(p_statement text) RETURNS text
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
  changed bigint;
BEGIN
  EXECUTE p_statement;
  GET DIAGNOSTICS changed = ROW_COUNT;
  RETURN CASE WHEN changed = 0 THEN 'nothing' ELSE 'changed' END;
EXCEPTION WHEN OTHERS THEN
  RETURN SQLSTATE;
END
$$;
CREATE FUNCTION pg_temp.change_sweep() RETURNS void
LANGUAGE plpgsql VOLATILE
AS $$
DECLARE
  attempt record;
BEGIN
  FOR attempt IN
    SELECT r.name, s.kind, pg_temp.change(s.statement) AS outcome
      FROM testing.relations r
      CROSS JOIN LATERAL (
        SELECT quote_ident(a.attname) AS name FROM pg_attribute a WHERE a.attrelid = r.oid AND a.attnum > 0 AND NOT a.attisdropped
         ORDER BY has_column_privilege(r.oid, a.attnum, 'UPDATE') DESC, a.attnum LIMIT 1) c
      CROSS JOIN LATERAL (VALUES
        ('INSERT', format('INSERT INTO public.%I DEFAULT VALUES', r.name)),
        ('UPDATE', format('UPDATE public.%I SET %s = DEFAULT', r.name, c.name)),
        ('DELETE', format('DELETE FROM public.%I', r.name)),
        ('TRUNCATE', format('TRUNCATE public.%I CASCADE', r.name))) AS s (kind, statement)
     ORDER BY 1, 2
  LOOP
    -- A trigger may refuse before row security does. A view that is no table is refused as such.
    IF NOT (attempt.outcome = '42501' OR attempt.outcome LIKE 'TV%' AND attempt.kind = 'INSERT'
            OR attempt.outcome = 'nothing' AND attempt.kind IN ('UPDATE', 'DELETE')
            OR attempt.outcome IN ('0A000', '55000', '42809', '428C9') AND EXISTS (SELECT FROM testing.relations r WHERE r.name = attempt.name AND r.kind IN ('v', 'm'))) THEN
      RAISE EXCEPTION '% of % ended with %', attempt.kind, attempt.name, attempt.outcome;
    END IF;
  END LOOP;
END
$$;
SELECT pg_temp.change_sweep();

-- The same for a person without any role.
SET SESSION AUTHORIZATION torvan_user;
SELECT testing.person('no.role', 'NO_SUCH_ROLE');
SET SESSION AUTHORIZATION torvan_app;
SELECT testing.act('no.role');
SELECT pg_temp.change_sweep();
SELECT testing.same((SELECT string_agg(r.name, ' ' ORDER BY r.name) FROM testing.relations r
                      WHERE has_any_column_privilege(r.oid, 'SELECT') AND NOT r.is_partition AND r.kind <> 'v' AND pg_temp.rows_of(r.name) > 0
                        AND r.reading NOT IN ('public', 'everyone') AND r.reading NOT LIKE 'own:%'), NULL::text, 'tables that a person without a role reads');

-- Not one sequence and no internal function.
SET SESSION AUTHORIZATION torvan_user;
SELECT testing.same((SELECT string_agg(c.relname, ' ') FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace
                       AND CASE c.relkind WHEN 'S' THEN has_sequence_privilege('torvan_app', c.oid, 'USAGE, SELECT, UPDATE') END), NULL::text, 'sequences');
SELECT testing.same(has_schema_privilege('torvan_app', 'public', 'CREATE'), false, 'the server''s role makes no objects');
