-- The stream of events: what happened, in the order in which it can be seen, for people and programs who watch.
--
-- process_outbox gives each event its place. The server reads places and kinds of events once for all who watch, without what
-- the events say, and asks for each of them, as that person, which records are theirs to see.

CREATE OR REPLACE FUNCTION streamed_events(p_after bigint DEFAULT NULL, p_limit integer DEFAULT 1000)
RETURNS TABLE (stream_position bigint, event_type text, subject_type text, subject_id bigint, happened_at timestamptz)
LANGUAGE plpgsql STABLE ROWS 100
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  PERFORM require_worker('external_system:read'), require_limit(p_limit);
  IF p_after IS NULL THEN
    RETURN QUERY
      SELECT * FROM (
        SELECT e.stream_position, e.event_type, e.subject_type, e.subject_id, e.created_at FROM outbox_events e
         WHERE e.stream_position IS NOT NULL ORDER BY e.stream_position DESC LIMIT p_limit) latest
       ORDER BY latest.stream_position;
    RETURN;
  END IF;
  RETURN QUERY
    SELECT e.stream_position, e.event_type, e.subject_type, e.subject_id, e.created_at FROM outbox_events e
     WHERE e.stream_position > p_after ORDER BY e.stream_position LIMIT p_limit;
END;
$$;
COMMENT ON FUNCTION streamed_events(bigint, integer) IS
  'Events behind a place in the stream, or the latest ones if none is named, in the order of their places. Without payloads: whoever hears of a record reads it by their own rights.';

CREATE OR REPLACE FUNCTION readable_key(p_table text) RETURNS name
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT a.attname
    FROM pg_class c
    JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary AND i.indnkeyatts = 1
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0] AND a.atttypid = 'bigint'::regtype
   WHERE c.relnamespace = 'public'::regnamespace AND c.relname = p_table AND has_column_privilege(c.oid, a.attnum, 'SELECT')
$$;
COMMENT ON FUNCTION readable_key(text) IS 'The single key of a table, if the asking role may read it.';

CREATE OR REPLACE FUNCTION visible_subjects(p_subject_types text[], p_subject_ids bigint[]) RETURNS TABLE (subject_type text, subject_id bigint)
LANGUAGE plpgsql STABLE ROWS 100
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  asked record;
BEGIN
  FOR asked IN
    SELECT s.kind, k.key_column, array_agg(DISTINCT s.id) AS ids
      FROM unnest(p_subject_types, p_subject_ids) AS s (kind, id)
      CROSS JOIN LATERAL readable_key(s.kind) AS k (key_column)
     WHERE k.key_column IS NOT NULL
     GROUP BY s.kind, k.key_column ORDER BY s.kind
  LOOP
    RETURN QUERY EXECUTE format('SELECT %L::text, r.%I FROM public.%I r WHERE r.%I = ANY ($1)', asked.kind, asked.key_column, asked.kind, asked.key_column) USING asked.ids;
  END LOOP;
END;
$$;
COMMENT ON FUNCTION visible_subjects(text[], bigint[]) IS
  'Which of these records (names of tables and keys, in pairs) the acting person may see: runs as whoever asks, so that row security decides. Records that are gone are not among them.';
