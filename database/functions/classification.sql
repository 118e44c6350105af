-- Classification: what kind of data each column holds, for what, how long.
--
-- The access lists (security/access_*.sql) say it once per table; a deployment turns them into one row per column.

CREATE OR REPLACE FUNCTION classification_problems() RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  RETURN (
    SELECT string_agg(p.problem, '; ' ORDER BY p.problem)
      FROM (SELECT format('there is no table %s', a.table_name) AS problem FROM table_access a WHERE to_regclass('public.' || quote_ident(a.table_name)) IS NULL
            UNION ALL
            SELECT format('%s has the unknown retention class %s', a.table_name, a.retention_class) FROM table_access a
             WHERE NOT EXISTS (SELECT FROM retention_classes c WHERE c.retention_class = a.retention_class)
            UNION ALL
            SELECT format('%s names "%s", which is no column:KIND of it', a.table_name, m.entry)
              FROM table_access a CROSS JOIN LATERAL (
                SELECT entry, split_part(entry, ':', 1) AS column_name, split_part(entry, ':', 2) IN ('NAME', 'EMAIL', 'PHONE', 'ADDRESS', 'IP', 'FREE_TEXT', 'LOGIN', 'PHOTO', 'PSEUDONYM') AS known
                  FROM unnest(a.personal) AS entry
                UNION ALL SELECT entry, entry, true FROM unnest(a.secret) AS entry) m
             WHERE to_regclass('public.' || quote_ident(a.table_name)) IS NOT NULL
               AND (NOT m.known OR NOT EXISTS (SELECT FROM pg_attribute c WHERE c.attrelid = to_regclass('public.' || quote_ident(a.table_name)) AND c.attname = m.column_name AND c.attnum > 0 AND NOT c.attisdropped))) p);
END;
$$;
COMMENT ON FUNCTION classification_problems() IS 'What is wrong in the access lists of the running deployment: tables, columns, kinds and classes that do not exist.';

CREATE OR REPLACE FUNCTION classify_columns() RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  problems text;
  changed integer;
BEGIN
  IF to_regclass('pg_temp.table_access') IS NULL THEN
    RAISE EXCEPTION 'The access lists are only there during a deployment.' USING ERRCODE = 'TV009', HINT = 'Deploy again with -v replace=1.';
  END IF;
  problems := classification_problems();
  IF problems IS NOT NULL THEN
    RAISE EXCEPTION 'The access lists are not right: %.', problems USING ERRCODE = 'TV022', HINT = 'Correct the row of the table in database/security/access_*.sql.';
  END IF;

  WITH wanted AS (
    SELECT a.table_name, c.attname::text AS column_name, a.retention_class,
           CASE WHEN c.attname = ANY (a.secret) THEN 'SECRET'
                WHEN d.kind IS NOT NULL THEN 'PERSONAL'
                WHEN c.attidentity <> '' OR c.attgenerated <> '' OR c.attname IN ('created_at', 'updated_at', 'is_sample', 'row_version', 'low_level_code') OR a.retention_class = 'SYSTEM' THEN 'TECHNICAL'
                ELSE 'BUSINESS' END AS data_class,
           CASE WHEN c.attname <> ALL (a.secret) THEN d.kind END AS personal_kind
      FROM table_access a
      JOIN pg_class t ON t.oid = to_regclass('public.' || quote_ident(a.table_name)) AND t.relkind IN ('r', 'p')
      JOIN pg_attribute c ON c.attrelid = t.oid AND c.attnum > 0 AND NOT c.attisdropped
      -- The number of a person is personal data too, wherever it stands.
      CROSS JOIN LATERAL (
        SELECT coalesce((SELECT split_part(e, ':', 2) FROM unnest(a.personal) e WHERE split_part(e, ':', 1) = c.attname LIMIT 1),
                        CASE WHEN c.attname IN ('subject_id', 'actor_id')
                               OR EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = t.oid AND k.contype = 'f' AND k.confrelid IN ('users'::regclass, 'subjects'::regclass) AND k.conkey = ARRAY[c.attnum])
                               OR (a.table_name = 'users' AND c.attname = 'user_id') THEN 'PSEUDONYM' END) AS kind) d
  ), gone AS (
    DELETE FROM column_classifications k WHERE NOT EXISTS (SELECT FROM wanted w WHERE w.table_name = k.table_name AND w.column_name = k.column_name) RETURNING 1
  ), written AS (
    INSERT INTO column_classifications AS k (table_name, column_name, data_class, personal_kind, purpose, legal_basis, retention_class, keep_for)
    SELECT w.table_name, w.column_name, w.data_class, w.personal_kind, r.purpose, r.legal_basis, w.retention_class, r.keep_for
      FROM wanted w JOIN retention_classes r USING (retention_class)
    ON CONFLICT (table_name, column_name) DO UPDATE
       SET data_class = excluded.data_class, personal_kind = excluded.personal_kind, purpose = excluded.purpose, legal_basis = excluded.legal_basis,
           retention_class = excluded.retention_class, keep_for = excluded.keep_for
     WHERE (k.data_class, k.personal_kind, k.purpose, k.legal_basis, k.retention_class, k.keep_for)
           IS DISTINCT FROM (excluded.data_class, excluded.personal_kind, excluded.purpose, excluded.legal_basis, excluded.retention_class, excluded.keep_for)
    RETURNING 1
  )
  SELECT (SELECT count(*) FROM gone) + (SELECT count(*) FROM written) INTO changed;
  RETURN changed;
END;
$$;
COMMENT ON FUNCTION classify_columns() IS 'Brings column_classifications up to the access lists of the running deployment; returns how many columns changed. Nothing is written where nothing changed.';

CREATE OR REPLACE FUNCTION class_of_table(p_table text) RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT k.retention_class FROM column_classifications k WHERE k.table_name = p_table LIMIT 1 $$;
COMMENT ON FUNCTION class_of_table(text) IS 'Retention class of a table; null if it is not classified.';

CREATE OR REPLACE FUNCTION table_key(p_table text) RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT a.attname::text FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
   WHERE i.indrelid = to_regclass('public.' || quote_ident(p_table)) AND i.indisprimary AND i.indnatts = 1
$$;
COMMENT ON FUNCTION table_key(text) IS 'The column which is the primary key of a table; null for a key of several columns.';

CREATE OR REPLACE FUNCTION table_key_expression(p_table text, p_alias text) RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT string_agg(format('%I.%I::text', p_alias, a.attname), ' || ''/'' || ' ORDER BY k.n)
    FROM pg_index i CROSS JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k (attnum, n)
    JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
   WHERE i.indrelid = to_regclass('public.' || quote_ident(p_table)) AND i.indisprimary
$$;
COMMENT ON FUNCTION table_key_expression(text, text) IS 'SQL expression of the primary key of a table as text, several columns joined by a slash, as in the audit trail.';
