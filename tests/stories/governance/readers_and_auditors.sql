-- Readers of the database itself: torvan_readonly sees no personal data and no secrets, torvan_auditor all but secrets, neither changes
-- anything; the owner, who backs up, sees every row.
\ir ../_shop.sql
SELECT testing.order_in('STELMO', 'READ-1', 'PRODUCTION');

RESET SESSION AUTHORIZATION;
CREATE TABLE testing.tables AS
  SELECT c.oid, d.*, ARRAY(SELECT split_part(p, ':', 1) FROM unnest(d.personal) p) AS personal_columns, 0::bigint AS row_count
    FROM table_decisions() d JOIN pg_class c ON c.oid = to_regclass('public.' || quote_ident(d.table_name)) AND c.relkind IN ('r', 'p');
CREATE FUNCTION testing.count_of(p_table text) RETURNS bigint
LANGUAGE plpgsql STABLE
AS $$
DECLARE
  found bigint;
BEGIN
  EXECUTE format('SELECT count(*) FROM public.%I', p_table) INTO found;
  RETURN found;
EXCEPTION WHEN insufficient_privilege THEN
  RETURN -1;
END
$$;
GRANT SELECT ON testing.tables TO PUBLIC;
UPDATE testing.tables SET row_count = testing.count_of(table_name);
SELECT testing.ok((SELECT count(*) > 30 FROM testing.tables WHERE row_count > 0), 'there is something to read');

-- The owner reads the same rows as the superuser, also with row_security off, as pg_dump does.
SET SESSION AUTHORIZATION torvan_user;
SET row_security = off;
SELECT testing.same((SELECT string_agg(table_name, ' ') FROM testing.tables WHERE testing.count_of(table_name) <> row_count), NULL::text, 'tables of which the owner does not see every row');
RESET row_security;

-- A reader.
SET SESSION AUTHORIZATION torvan_readonly;
SELECT testing.same((SELECT string_agg(table_name, ' ' ORDER BY table_name) FROM testing.tables
                      WHERE testing.count_of(table_name) <> CASE WHEN reading = 'none' OR retention_class IN ('TRANSIENT', 'SECURITY') THEN -1 ELSE row_count END), NULL::text, 'tables a reader sees otherwise than meant');
SELECT testing.same((SELECT string_agg(t.table_name || '.' || c.name, ' ') FROM testing.tables t CROSS JOIN LATERAL unnest(t.personal_columns || t.secret) AS c (name)
                      WHERE has_column_privilege(t.oid, c.name, 'SELECT')), NULL::text, 'personal or secret columns that a reader sees');
SELECT testing.refused('SELECT display_name FROM users', '42501', 'permission denied for table users');
SELECT testing.refused('SELECT * FROM orders', '42501');
SELECT testing.refused('SELECT new_values FROM audit_log', '42501');
SELECT testing.ok((SELECT count(order_number) > 1 AND count(want_date) > 1 FROM orders), 'orders without the names in them');
SELECT testing.ok((SELECT count(*) = 219 FROM v_assemblies), 'views too');
SELECT testing.refused('SELECT * FROM mv_inventory_hierarchy', '42501');
-- Nor by naming somebody: the functions of the server are not theirs.
SELECT set_config('torvan.user_id', (SELECT key::text FROM testing.people WHERE login = 'sample.admin'), false);
SELECT testing.refused('SELECT display_name FROM users', '42501');
SELECT testing.refused('SELECT * FROM person_names()', '42501', 'permission denied for function');
SELECT testing.refused('SELECT create_customer(''READER'', ''Reader Hospital'')', '42501', 'permission denied for function');
SELECT testing.refused('SELECT begin_as(''sample.admin'')', '42501');
SELECT testing.nobody();

-- An auditor.
SET SESSION AUTHORIZATION torvan_auditor;
SELECT testing.same((SELECT string_agg(table_name, ' ' ORDER BY table_name) FROM testing.tables WHERE testing.count_of(table_name) <> row_count), NULL::text, 'tables of which an auditor does not see every row');
SELECT testing.same((SELECT string_agg(t.table_name || '.' || c.name, ' ') FROM testing.tables t CROSS JOIN LATERAL unnest(t.secret) AS c (name)
                      WHERE has_column_privilege(t.oid, c.name, 'SELECT')), NULL::text, 'secret columns that an auditor sees');
SELECT testing.ok((SELECT count(*) > 100 AND count(new_values) > 50 FROM audit_log), 'the trail with its values');
SELECT testing.ok((SELECT count(display_name) >= 6 FROM users), 'and names, which signatures need');
SELECT testing.same((SELECT count(*) FROM signatures) >= 0, true, 'signatures');
SELECT testing.refused('UPDATE audit_log SET reason = ''x''', '42501');
SELECT testing.ok((SELECT count(*) >= 6 FROM person_names()), 'names by the function that pages use');
SELECT testing.same(verify_audit() ->> 'sound', 'true', 'a trail nobody touched is sound, an auditor finds');
SELECT testing.refused('SELECT create_customer(''AUDITOR'', ''Auditor Hospital'')', '42501', 'permission denied for function');
SELECT testing.refused('SELECT seal_audit()', '42501', 'permission denied for function');

SELECT testing.ok((SELECT count(*) > 0 AND bool_and(v.status = 'VALID') FROM signatures g CROSS JOIN LATERAL verify_signature(g.signature_id) v), 'each signature, verified');
SELECT testing.refused('SELECT * FROM audit_trail_of(''order'', ''1'')', 'TV004', 'no table "order"');

-- A view that is granted can be read.
RESET SESSION AUTHORIZATION;
CREATE TABLE testing.views AS
  SELECT r.reader, c.relname AS name FROM pg_class c, (VALUES ('torvan_readonly'), ('torvan_auditor')) AS r (reader)
   WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'v' AND has_table_privilege(r.reader, c.oid, 'SELECT')
     AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e');
GRANT SELECT ON testing.views TO PUBLIC;
SELECT testing.ok((SELECT count(*) > 10 FROM testing.views WHERE reader = 'torvan_readonly'), 'readers have views');
SET SESSION AUTHORIZATION torvan_readonly;
SELECT testing.same((SELECT string_agg(name, ' ') FROM testing.views WHERE reader = 'torvan_readonly' AND testing.count_of(name) < 0), NULL::text, 'views a reader was given and cannot read');
SET SESSION AUTHORIZATION torvan_auditor;
SELECT testing.same((SELECT string_agg(name, ' ') FROM testing.views WHERE reader = 'torvan_auditor' AND testing.count_of(name) < 0), NULL::text, 'views an auditor was given and cannot read');

-- Neither writes.
RESET SESSION AUTHORIZATION;
SELECT testing.same((SELECT string_agg(r.reader || ' ' || c.relname, ', ') FROM pg_class c, (VALUES ('torvan_readonly'), ('torvan_auditor')) AS r (reader)
                      WHERE c.relnamespace = 'public'::regnamespace
                        AND CASE WHEN c.relkind IN ('r', 'p', 'v') THEN has_table_privilege(r.reader, c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE, TRIGGER, REFERENCES') OR has_any_column_privilege(r.reader, c.oid, 'INSERT, UPDATE, REFERENCES')
                                 WHEN c.relkind = 'S' THEN has_sequence_privilege(r.reader, c.oid, 'USAGE, UPDATE') END), NULL::text, 'what readers may write');
