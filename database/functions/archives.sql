-- Archives: rows taken out of their tables as lines of JSON, encrypted, with a manifest; readable and restorable.

CREATE OR REPLACE FUNCTION store_archive(p_policy data_retention_policies, p_run_id bigint, p_lines text, p_manifest jsonb) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  part_size CONSTANT integer := 1000000;
  made bigint;
  content_id bigint;
BEGIN
  INSERT INTO archives (archive_code, policy_id, retention_class, manifest, row_count, content_hash, keep_until)
  VALUES (format('%s-%s', p_policy.policy_code, p_run_id), p_policy.policy_id, p_policy.retention_class, p_manifest, (SELECT sum((t.value ->> 'rows')::bigint) FROM jsonb_each(p_manifest -> 'tables') t),
          encode(sha256(convert_to(p_lines, 'UTF8')), 'hex'), now() + p_policy.keep_for)
  RETURNING archive_id INTO made;
  FOR part IN 1 .. (length(p_lines) + part_size - 1) / part_size LOOP
    content_id := nextval(pg_get_serial_sequence('archive_contents', 'archive_content_id'));
    INSERT INTO archive_contents (archive_content_id, archive_id, piece, content) OVERRIDING SYSTEM VALUE
    VALUES (content_id, made, part, encrypt_value(substr(p_lines, (part - 1) * part_size + 1, part_size), encryption_context('archive_contents', 'content', content_id::text)));
  END LOOP;
  RETURN made;
END;
$$;
COMMENT ON FUNCTION store_archive(data_retention_policies, bigint, text, jsonb) IS 'Writes an archive from lines of JSON and their manifest; needs the data key.';

CREATE OR REPLACE FUNCTION archive_lines(p_archive_id bigint) RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  archive archives;
  lines text;
BEGIN
  SELECT * INTO archive FROM archives a WHERE a.archive_id = p_archive_id;
  IF archive.archive_id IS NULL THEN
    RAISE EXCEPTION 'There is no archive %.', shown(p_archive_id) USING ERRCODE = 'TV004', COLUMN = 'archive_id', HINT = 'SELECT archive_id, archive_code, row_count FROM archives lists them.';
  END IF;
  SELECT string_agg(decrypt_value(c.content, encryption_context('archive_contents', 'content', c.archive_content_id::text)), '' ORDER BY c.piece) INTO lines
    FROM archive_contents c WHERE c.archive_id = p_archive_id;
  IF encode(sha256(convert_to(coalesce(lines, ''), 'UTF8')), 'hex') <> archive.content_hash THEN
    RAISE EXCEPTION 'Archive % is not what was written: its hash differs.', archive.archive_code USING ERRCODE = 'TV031', HINT = 'Restore archive_contents from a backup.';
  END IF;
  RETURN lines;
END;
$$;
COMMENT ON FUNCTION archive_lines(bigint) IS 'The lines of an archive, proved by its hash; needs the data key.';

CREATE OR REPLACE FUNCTION read_archive(p_archive_id bigint) RETURNS TABLE (table_name text, row_data jsonb)
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  PERFORM require_permission('retention:read');
  RETURN QUERY SELECT l.line ->> 'table', l.line -> 'row' FROM (SELECT x::jsonb AS line FROM string_to_table(archive_lines(p_archive_id), E'\n') x) l;
END;
$$;
COMMENT ON FUNCTION read_archive(bigint) IS 'Rows of an archive for reading: table and row.';

CREATE OR REPLACE FUNCTION insert_statement(p_rows jsonb) RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT 'WITH ' || string_agg(format('i%s AS (INSERT INTO public.%I (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM jsonb_populate_recordset(NULL::public.%I, $1 -> %L) RETURNING 1)',
                                      g.n, g.key, c.names, c.names, g.key, g.key), ', ' ORDER BY g.n) || ' SELECT 1'
    FROM (SELECT e.key, row_number() OVER (ORDER BY e.key) AS n FROM jsonb_each(p_rows) e) g
    CROSS JOIN LATERAL (SELECT string_agg(quote_ident(x), ', ') AS names FROM unnest(stored_columns(g.key)) x) c
$$;
COMMENT ON FUNCTION insert_statement(jsonb) IS 'One statement that writes rows of several tables, so that rows which point at each other come together.';

CREATE OR REPLACE FUNCTION restore_archive(p_archive_id bigint) RETURNS jsonb
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  person bigint := require_person('retention:execute');
  archive archives;
  rows jsonb;
  guards text[];
  counts jsonb;
BEGIN
  SELECT * INTO archive FROM archives a WHERE a.archive_id = p_archive_id FOR UPDATE;
  SELECT jsonb_object_agg(t.name, t.rows) INTO rows
    FROM (SELECT l.line ->> 'table' AS name, jsonb_agg(l.line -> 'row') AS rows FROM (SELECT x::jsonb AS line FROM string_to_table(archive_lines(p_archive_id), E'\n') x) l GROUP BY 1) t;
  IF archive.state = 'RESTORED' THEN
    RAISE EXCEPTION 'Archive % is restored already.', archive.archive_code USING ERRCODE = 'TV009', HINT = 'Its rows are in their tables; the next run of its policy archives them again.';
  END IF;
  guards := lift_guards(array(SELECT jsonb_object_keys(rows)), 'INSERT');
  EXECUTE insert_statement(rows) USING rows;
  PERFORM restore_guards(guards);
  SELECT jsonb_object_agg(r.key, jsonb_array_length(r.value)) INTO counts FROM jsonb_each(rows) r;
  PERFORM note_in_trail(r.key, 'archives/' || p_archive_id, jsonb_build_object('restored', r.value)) FROM jsonb_each(counts) r;
  UPDATE archives SET state = 'RESTORED', restored_at = clock_timestamp(), restored_by = person WHERE archive_id = p_archive_id;
  PERFORM emit_event('archive.restored', 'archives', p_archive_id, counts);
  RETURN jsonb_build_object('archive', archive.archive_code, 'restored', counts);
EXCEPTION WHEN unique_violation OR foreign_key_violation THEN
  RAISE EXCEPTION 'Archive % does not fit into the tables as they are: %.', archive.archive_code, SQLERRM
    USING ERRCODE = 'TV009', HINT = 'Something with the same key is there, or something the rows stand on is not. SELECT * FROM read_archive(…) shows what is inside.';
END;
$$;
COMMENT ON FUNCTION restore_archive(bigint) IS 'Puts the rows of an archive back into their tables as they were; returns how many of each.';
