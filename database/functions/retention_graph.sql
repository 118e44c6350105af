-- Retention: a record with everything that stands on it, taken out as one.
--
-- Rows under foreign keys (RESTRICT and CASCADE alike) are found from the catalogue and go in one statement, so that rows that point
-- at each other go together. Functions and triggers that keep records from being deleted are no obstacle to a signed destruction,
-- and have no back door for it: they are taken off the tables inside its transaction, under locks, and put back before it ends.
-- The guard of legal holds is never taken off, nor what has objects outside the database removed with their contents.

CREATE OR REPLACE FUNCTION retention_graph(p_table text, p_keys bigint[]) RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  collected jsonb := '{}';
  frontier jsonb;
  next_rows jsonb;
  found jsonb;
  link record;
BEGIN
  EXECUTE format('SELECT jsonb_build_object(%L, jsonb_agg(t.ctid::text)) FROM public.%I t WHERE t.%I = ANY ($1)', p_table, p_table, table_key(p_table)) INTO frontier USING p_keys;
  WHILE jsonb_path_exists(frontier, '$.*[*]') LOOP
    SELECT collected || jsonb_object_agg(f.key, coalesce(collected -> f.key, '[]') || f.value) INTO collected FROM jsonb_each(frontier) f;
    next_rows := '{}';
    FOR link IN
      SELECT c.relname::text AS child, p.relname::text AS parent,
             (SELECT string_agg(format('c.%I = p.%I', a.attname, b.attname), ' AND ')
                FROM unnest(k.conkey, k.confkey) AS x (child_column, parent_column)
                JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = x.child_column
                JOIN pg_attribute b ON b.attrelid = k.confrelid AND b.attnum = x.parent_column) AS joined
        FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_class p ON p.oid = k.confrelid
       WHERE k.contype = 'f' AND k.confdeltype IN ('a', 'r', 'c') AND c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND frontier ? p.relname::text
       ORDER BY k.oid
    LOOP
      EXECUTE format('SELECT jsonb_agg(DISTINCT c.ctid::text) FROM public.%I c JOIN public.%I p ON %s WHERE p.ctid = ANY ($1) AND c.ctid <> ALL ($2)', link.child, link.parent, link.joined)
         INTO found USING as_row_places(frontier -> link.parent), as_row_places(coalesce(collected -> link.child, '[]') || coalesce(next_rows -> link.child, '[]'));
      IF found IS NOT NULL THEN
        next_rows := next_rows || jsonb_build_object(link.child, coalesce(next_rows -> link.child, '[]') || found);
      END IF;
    END LOOP;
    frontier := next_rows;
  END LOOP;
  RETURN collected;
END;
$$;
COMMENT ON FUNCTION retention_graph(text, bigint[]) IS 'Places of the rows and of all rows that stand on them, per table: {"orders": ["(0,1)"], …}. Valid while the tables are locked.';

CREATE OR REPLACE FUNCTION as_row_places(p_places jsonb) RETURNS tid[]
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN array(SELECT x::tid FROM jsonb_array_elements_text(p_places) x);
END;
$$;
COMMENT ON FUNCTION as_row_places(jsonb) IS 'Places of rows as the server takes them.';

CREATE OR REPLACE FUNCTION tables_below(p_table text) RETURNS text[]
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  WITH RECURSIVE below (oid) AS (
    SELECT to_regclass('public.' || quote_ident(p_table))::oid
    UNION
    SELECT k.conrelid FROM below b JOIN pg_constraint k ON k.confrelid = b.oid AND k.contype = 'f' AND k.confdeltype IN ('a', 'r', 'c')
  )
  SELECT array_agg(c.relname::text ORDER BY c.relname) FROM below b JOIN pg_class c ON c.oid = b.oid WHERE c.relkind = 'r'
$$;
COMMENT ON FUNCTION tables_below(text) IS 'The table and every table whose rows may stand on its rows.';

CREATE OR REPLACE FUNCTION lift_guards(p_tables text[], p_event text) RETURNS text[]
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  event_bit CONSTANT integer := CASE p_event WHEN 'INSERT' THEN 4 WHEN 'DELETE' THEN 8 WHEN 'UPDATE' THEN 16 END;
  guard record;
  lifted text[] := '{}';
BEGIN
  FOR guard IN
    SELECT c.relname::text AS table_name, t.tgname::text AS trigger_name
      FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
     WHERE c.relnamespace = 'public'::regnamespace AND c.relname = ANY (p_tables) AND NOT t.tgisinternal AND t.tgenabled = 'O' AND t.tgtype & event_bit <> 0 AND t.tgname NOT IN ('_700_no_hold', '_710_object_goes', '_711_object_goes')
     ORDER BY c.relname, t.tgname
  LOOP
    EXECUTE format('ALTER TABLE public.%I DISABLE TRIGGER %I', guard.table_name, guard.trigger_name);
    lifted := lifted || format('ALTER TABLE public.%I ENABLE TRIGGER %I', guard.table_name, guard.trigger_name);
  END LOOP;
  RETURN lifted;
END;
$$;
COMMENT ON FUNCTION lift_guards(text[], text) IS 'Takes the triggers on INSERT, DELETE or UPDATE off the tables, which locks these; returns the statements that put them back. For signed destruction and restoring only.';

CREATE OR REPLACE FUNCTION contents_under(p_graph jsonb) RETURNS bigint[]
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  link record;
  keys bigint[];
  found bigint[] := '{}';
BEGIN
  FOR link IN
    SELECT c.relname::text AS table_name, a.attname::text AS column_name
      FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
     WHERE k.contype = 'f' AND k.confrelid = 'public.document_contents'::regclass AND k.conrelid <> 'public.document_chunks'::regclass AND p_graph ? c.relname::text
  LOOP
    EXECUTE format('SELECT array_agg(t.%1$I) FROM public.%2$I t WHERE t.ctid = ANY ($1) AND t.%1$I IS NOT NULL', link.column_name, link.table_name) INTO keys USING as_row_places(p_graph -> link.table_name);
    found := found || coalesce(keys, '{}');
  END LOOP;
  RETURN found;
END;
$$;
COMMENT ON FUNCTION contents_under(jsonb) IS 'Keys of the contents to which rows of a graph (retention_graph) refer.';

CREATE OR REPLACE FUNCTION restore_guards(p_statements text[]) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  statement text;
BEGIN
  FOREACH statement IN ARRAY p_statements LOOP
    EXECUTE statement;
  END LOOP;
END;
$$;
COMMENT ON FUNCTION restore_guards(text[]) IS 'Puts back what lift_guards took off.';

CREATE OR REPLACE FUNCTION stored_columns(p_table text) RETURNS text[]
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT array_agg(a.attname::text ORDER BY a.attnum) FROM pg_attribute a
   WHERE a.attrelid = to_regclass('public.' || quote_ident(p_table)) AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
$$;
COMMENT ON FUNCTION stored_columns(text) IS 'Columns of a table that are written, not generated.';

CREATE OR REPLACE FUNCTION graph_lines(p_graph jsonb) RETURNS TABLE (table_name text, row_count bigint, lines text)
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  part record;
BEGIN
  FOR part IN SELECT g.key, g.value FROM jsonb_each(p_graph) g ORDER BY g.key LOOP
    RETURN QUERY EXECUTE format(
      'SELECT %L, count(*), string_agg(jsonb_build_object(''table'', %L::text, ''row'', (SELECT jsonb_object_agg(e.key, e.value) FROM jsonb_each(to_jsonb(t)) e WHERE e.key = ANY ($2)))::text, E''\n'' ORDER BY %s) '
      'FROM public.%I t WHERE t.ctid = ANY ($1)', part.key, part.key, table_key_expression(part.key, 't'), part.key)
    USING as_row_places(part.value), stored_columns(part.key);
  END LOOP;
END;
$$;
COMMENT ON FUNCTION graph_lines(jsonb) IS 'The rows of a graph as lines of JSON, per table in the order of their keys.';

CREATE OR REPLACE FUNCTION delete_graph(p_graph jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  statement text := (
    SELECT 'WITH ' || string_agg(format('d%s AS (DELETE FROM public.%I WHERE ctid = ANY (as_row_places($1 -> %L)) RETURNING 1)', g.n, g.key, g.key), ', ' ORDER BY g.n) || ' SELECT 1'
      FROM (SELECT e.key, row_number() OVER (ORDER BY e.key) AS n FROM jsonb_each(p_graph) e) g);
BEGIN
  EXECUTE statement USING p_graph;
END;
$$;
COMMENT ON FUNCTION delete_graph(jsonb) IS 'Deletes the rows of a graph in one statement.';

CREATE OR REPLACE FUNCTION note_in_trail(p_table text, p_key text, p_values jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  INSERT INTO audit_log (table_name, operation, record_key, new_values, actor) VALUES (p_table, 'DIGEST', p_key, p_values, current_actor());
END;
$$;
COMMENT ON FUNCTION note_in_trail(text, text, jsonb) IS 'Writes one row of the audit trail for many rows that went or came as one: count and hash instead of their images.';
