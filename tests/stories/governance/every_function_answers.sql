-- Every function that the server may call answers odd calls in words: with nothing, with empty texts and lists, with absurd numbers and
-- times. Refused is refused with an error of the product or for want of a permission, never with a bare error of the database.
CREATE FUNCTION pg_temp.odd(p_type regtype, p_way text) RETURNS text
LANGUAGE sql STABLE
AS $$
  SELECT CASE WHEN p_way = 'nothing' OR value IS NULL THEN 'NULL' ELSE quote_literal(value) END || '::' || format_type(p_type, NULL)
    FROM (SELECT CASE
      WHEN p_type = 'text'::regtype THEN CASE p_way WHEN 'empty' THEN '' ELSE repeat('x', 9000) END
      WHEN p_type = 'bigint'::regtype THEN CASE p_way WHEN 'empty' THEN '1' ELSE '9223372036854775807' END
      WHEN p_type = 'integer'::regtype THEN CASE p_way WHEN 'empty' THEN '-1' ELSE '2147483647' END
      WHEN p_type = 'numeric'::regtype THEN CASE p_way WHEN 'empty' THEN 'NaN' ELSE '1e40' END
      WHEN p_type = 'boolean'::regtype THEN 'true'
      WHEN p_type = 'jsonb'::regtype THEN CASE p_way WHEN 'empty' THEN '{}' ELSE '[null, {"a": 1e300}]' END
      WHEN p_type IN ('date'::regtype, 'timestamptz'::regtype) THEN CASE p_way WHEN 'empty' THEN '-infinity' ELSE 'infinity' END
      WHEN p_type = 'interval'::regtype THEN CASE p_way WHEN 'empty' THEN '-1 day' ELSE '100000000 years' END
      WHEN p_type = 'bytea'::regtype THEN ''
      WHEN p_type = 'text[]'::regtype THEN '{"",x}'
      WHEN p_type IN ('bigint[]'::regtype, 'integer[]'::regtype) THEN '{2147483647,-1}'
      WHEN EXISTS (SELECT FROM pg_type t WHERE t.oid = p_type AND t.typcategory = 'A') THEN '{}' END AS value) v
$$;
CREATE FUNCTION pg_temp.answer(p_call text) RETURNS text
LANGUAGE plpgsql
AS $$
DECLARE
  hint text;
BEGIN
  EXECUTE p_call;
  SET CONSTRAINTS ALL IMMEDIATE;
  RAISE EXCEPTION USING ERRCODE = 'ZZ999';
EXCEPTION
  WHEN SQLSTATE 'ZZ999' THEN
    RETURN NULL;
  WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS hint = PG_EXCEPTION_HINT;
    RETURN CASE
      WHEN SQLSTATE NOT LIKE 'TV%' AND (SQLSTATE <> '42501' OR SQLERRM LIKE 'permission denied%') THEN format('%s %s', SQLSTATE, SQLERRM)
      WHEN hint = '' THEN 'no hint: ' || SQLERRM
      WHEN position('<NULL>' IN SQLERRM || hint) > 0 OR (position('""' IN SQLERRM) > 0 AND position('{""' IN SQLERRM) = 0) THEN 'shows nothing: ' || SQLERRM END;
END;
$$;
CREATE TEMP TABLE ways AS SELECT way FROM unnest(ARRAY['nothing', 'empty', 'absurd']) AS way;
CREATE TEMP TABLE routines AS
  SELECT p.oid, p.proname, p.proargtypes::regtype[] AS types FROM pg_proc p
   WHERE p.pronamespace = 'public'::regnamespace AND p.prokind = 'f' AND has_function_privilege('torvan_app', p.oid, 'EXECUTE') AND p.prorettype <> 'trigger'::regtype
     AND NOT EXISTS (SELECT FROM unnest(p.proargtypes) AS a (type) JOIN pg_type t ON t.oid = a.type WHERE t.typtype = 'p')
     AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e');
SELECT testing.ok(count(*) > 250, 'the functions of the server') FROM routines;
GRANT SELECT ON ways, routines TO torvan_app;

CREATE FUNCTION pg_temp.findings() RETURNS text
LANGUAGE sql VOLATILE
AS $$
  SELECT string_agg(DISTINCT format('%s (%s): %s', r.proname, w.way, left(a.answer, 200)), E'\n')
    FROM routines r CROSS JOIN ways w
    CROSS JOIN LATERAL (SELECT format('SELECT FROM public.%I(%s)', r.proname, (SELECT string_agg(pg_temp.odd(t.type, w.way), ', ' ORDER BY t.n) FROM unnest(r.types) WITH ORDINALITY AS t (type, n))) AS call OFFSET 0) c
    CROSS JOIN LATERAL (SELECT pg_temp.answer(c.call) AS answer OFFSET 0) a
   WHERE a.answer IS NOT NULL
$$;
SELECT testing.same(pg_temp.answer('SELECT 1 / 0'), '22012 division by zero', 'a bare error is found');
SELECT testing.same(pg_temp.answer('SELECT require_visible_build(NULL)'), NULL::text, 'an error of the product is right');
GRANT EXECUTE ON FUNCTION pg_temp.odd(regtype, text), pg_temp.answer(text), pg_temp.findings() TO torvan_app;
SET SESSION AUTHORIZATION torvan_app;
SELECT testing.act('sample.admin');
SELECT testing.same(pg_temp.findings(), NULL::text, 'answers to an Administrator');
SELECT testing.act('sample.production');
SELECT testing.same(pg_temp.findings(), NULL::text, 'answers to a Production Manager');
SELECT testing.act('sample.technician');
SELECT testing.same(pg_temp.findings(), NULL::text, 'answers to a technician');
