-- Retention: what is kept no longer than its period.
--
-- One call is one batch in one transaction: killed half-way it changed nothing, called again it goes on where it stopped.
-- Rows of regulated classes wait until a second person signed; the approval holds for the rows due when it was asked for.

CREATE OR REPLACE FUNCTION retention_problem(p_policy data_retention_policies) RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT string_agg(format('%s keeps for %s, less than the %s of class %s', p_policy.policy_code, p_policy.keep_for, c.keep_for, c.retention_class), '; ' ORDER BY c.retention_class)
    FROM retention_classes c
   WHERE c.is_regulated AND p_policy.keep_for < c.keep_for AND c.retention_class IN (p_policy.retention_class, class_of_table(p_policy.table_name))
$$;
COMMENT ON FUNCTION retention_problem(data_retention_policies) IS 'Why a policy may not run: its period is shorter than that of the regulated records it is about; null if it may.';

CREATE OR REPLACE FUNCTION tg_data_retention_policies__long_enough() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  class retention_classes;
BEGIN
  SELECT * INTO class FROM retention_classes c WHERE c.retention_class = NEW.retention_class;
  IF class.is_regulated AND NEW.keep_for < class.keep_for THEN
    RAISE EXCEPTION 'Policy % would keep for %; class % asks for at least %.', NEW.policy_code, NEW.keep_for, class.retention_class, class.keep_for
      USING ERRCODE = 'TV022', HINT = 'Give a longer period: regulated records, and the trail about them, are kept at least that long.';
  ELSIF class.is_regulated AND NOT NEW.requires_signature AND NEW.action <> 'EXTERNAL' THEN
    RAISE EXCEPTION 'Policy % destroys regulated records; that is signed.', NEW.policy_code USING ERRCODE = 'TV022', HINT = 'Set requires_signature to true.';
  END IF;
  NEW.updated_at := now();
  RETURN NEW;
END;
$$;
COMMENT ON FUNCTION tg_data_retention_policies__long_enough() IS 'No policy is shorter than the class of its records, none destroys regulated ones without a signature.';

CREATE OR REPLACE FUNCTION record_exists(p_table text, p_key text) RETURNS boolean
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  there boolean := false;
BEGIN
  IF table_key_expression(p_table, 't') IS NOT NULL THEN
    -- Compared as a number, so that the index serves it.
    EXECUTE format('SELECT EXISTS (SELECT FROM public.%I t WHERE %s)', p_table, coalesce('t.' || quote_ident(bigint_key(p_table)) || ' = $1::bigint', table_key_expression(p_table, 't') || ' = $1'))
       INTO there USING p_key;
  END IF;
  RETURN there;
END;
$$;
COMMENT ON FUNCTION record_exists(text, text) IS 'True if the table has a row with this key (several columns joined by a slash).';

CREATE OR REPLACE FUNCTION due_keys(p_policy data_retention_policies, p_cutoff timestamptz, p_limit bigint) RETURNS bigint[]
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  keys bigint[];
BEGIN
  EXECUTE format('SELECT coalesce(array_agg(d.key ORDER BY d.key), ''{}'') FROM (SELECT t.%1$I AS key FROM public.%2$I t WHERE (%3$s) AND (%4$s) < $1 AND (%5$s) ORDER BY 1 LIMIT $2) d',
                 table_key(p_policy.table_name), p_policy.table_name, p_policy.due_condition, p_policy.start_expression,
                 coalesce((SELECT string_agg(format('t.%1$I IS NOT NULL AND t.%1$I::text <> ''(removed)''', c), ' OR ') FROM unnest(p_policy.anonymised_columns) c), 'true'))
    INTO keys USING p_cutoff, p_limit;
  RETURN keys;
END;
$$;
COMMENT ON FUNCTION due_keys(data_retention_policies, timestamptz, bigint) IS 'Keys of the rows whose period began before the cutoff, the first so many.';

CREATE OR REPLACE FUNCTION destroy_rows(p_policy data_retention_policies, p_run_id bigint, p_keys bigint[]) RETURNS jsonb
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  guards text[] := lift_guards(tables_below(p_policy.table_name), 'DELETE');
  graph jsonb := retention_graph(p_policy.table_name, p_keys);
  longer text := (SELECT string_agg(DISTINCT g.key, ', ') FROM jsonb_object_keys(graph) g (key) JOIN retention_classes c ON c.retention_class = class_of_table(g.key)
                   WHERE c.is_regulated AND c.keep_for > p_policy.keep_for);
  contents bigint[] := contents_under(graph);
  tables jsonb;
  lines text;
  archive bigint;
BEGIN
  IF longer IS NOT NULL THEN
    RAISE EXCEPTION 'Rows of % stand on these rows and are kept longer.', longer USING ERRCODE = 'TV009', HINT = 'Give the policy a longer period, or a condition that leaves such rows out.';
  END IF;
  SELECT jsonb_object_agg(l.table_name, jsonb_build_object('rows', l.row_count, 'sha256', encode(sha256(convert_to(l.lines, 'UTF8')), 'hex'), 'columns', stored_columns(l.table_name))),
         string_agg(l.lines, E'\n' ORDER BY l.table_name)
    INTO tables, lines FROM graph_lines(graph) l;
  IF p_policy.action = 'ARCHIVE' THEN
    archive := store_archive(p_policy, p_run_id, lines, jsonb_build_object('format', 'torvan archive 1', 'tables', tables, 'top_table', p_policy.table_name, 'top_keys', p_keys));
  END IF;
  PERFORM delete_graph(graph);
  PERFORM restore_guards(guards);
  -- What was destroyed must not live on as bytes; an archive that is restored needs them again.
  IF archive IS NULL THEN
    PERFORM drop_unused_contents(contents);
  END IF;
  SELECT jsonb_object_agg(t.key, t.value - 'columns') INTO tables FROM jsonb_each(tables) t;
  PERFORM note_in_trail(t.key, 'retention_runs/' || p_run_id, jsonb_build_object(CASE p_policy.action WHEN 'ARCHIVE' THEN 'archived' ELSE 'destroyed' END, t.value)) FROM jsonb_each(tables) t;
  RETURN jsonb_strip_nulls(jsonb_build_object('tables', tables, 'archive_id', archive));
END;
$$;
COMMENT ON FUNCTION destroy_rows(data_retention_policies, bigint, bigint[]) IS 'Takes out rows with everything that stands on them, into an archive where the policy says so; returns counts and hashes per table.';

CREATE OR REPLACE FUNCTION anonymise_rows(p_policy data_retention_policies, p_run_id bigint, p_keys bigint[]) RETURNS jsonb
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  guards text[] := lift_guards(ARRAY[p_policy.table_name], 'UPDATE');
  settings text := (SELECT string_agg(format('%I = %s', a.attname, CASE WHEN a.attnotnull THEN '''(removed)''' ELSE 'NULL' END), ', ')
                      FROM pg_attribute a WHERE a.attrelid = to_regclass('public.' || quote_ident(p_policy.table_name)) AND a.attname = ANY (p_policy.anonymised_columns));
  counted bigint;
  done jsonb;
BEGIN
  EXECUTE format('UPDATE public.%I t SET %s WHERE t.%I = ANY ($1)', p_policy.table_name, settings, table_key(p_policy.table_name)) USING p_keys;
  GET DIAGNOSTICS counted = ROW_COUNT;
  PERFORM restore_guards(guards);
  done := jsonb_build_object('rows', counted, 'columns', p_policy.anonymised_columns, 'sha256', encode(sha256(convert_to(array_to_string(p_keys, ','), 'UTF8')), 'hex'));
  PERFORM note_in_trail(p_policy.table_name, 'retention_runs/' || p_run_id, jsonb_build_object('anonymised', done));
  RETURN jsonb_build_object('tables', jsonb_build_object(p_policy.table_name, done));
END;
$$;
COMMENT ON FUNCTION anonymise_rows(data_retention_policies, bigint, bigint[]) IS 'Empties the columns of a policy; the trail gets count and hash of the keys, not the values.';

CREATE OR REPLACE FUNCTION erase_rows(p_policy data_retention_policies, p_run_id bigint, p_keys bigint[]) RETURNS jsonb
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  PERFORM erase_person(s.subject_id) FROM subjects s WHERE s.subject_id = ANY (p_keys) ORDER BY s.subject_id;
  RETURN jsonb_build_object('tables', jsonb_build_object('subjects', jsonb_build_object('rows', cardinality(p_keys))));
END;
$$;
COMMENT ON FUNCTION erase_rows(data_retention_policies, bigint, bigint[]) IS 'Erases people whose period is over.';

CREATE OR REPLACE FUNCTION due_partitions(p_table text, p_cutoff timestamptz) RETURNS TABLE (partition_name text, upper_bound timestamptz)
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT x.name, x.upper FROM (
    SELECT c.relname::text AS name, ((regexp_match(pg_get_expr(c.relpartbound, c.oid), 'TO \(''([^'']+)''\)'))[1])::timestamptz AS upper
      FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = to_regclass('public.' || quote_ident(p_table))) x
   WHERE x.upper <= p_cutoff
   ORDER BY x.upper
$$;
COMMENT ON FUNCTION due_partitions(text, timestamptz) IS 'Partitions that end before the cutoff, oldest first.';

CREATE OR REPLACE FUNCTION regulated_records_in(p_partition text) RETURNS bigint
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  described text;
  living bigint := 0;
  counted bigint;
BEGIN
  FOR described IN EXECUTE format('SELECT DISTINCT a.table_name FROM public.%I a JOIN retention_classes c ON c.retention_class = class_of_table(a.table_name) AND c.is_regulated', p_partition) LOOP
    CONTINUE WHEN table_key(described) IS NULL;
    EXECUTE format('SELECT count(DISTINCT a.record_key) FROM public.%I a JOIN public.%I t ON t.%I::text = a.record_key WHERE a.table_name = $1', p_partition, described, table_key(described))
       INTO counted USING described;
    living := living + counted;
  END LOOP;
  RETURN living;
END;
$$;
COMMENT ON FUNCTION regulated_records_in(text) IS 'How many regulated records a month of the trail describes that are still there: as long as one is, the month stays.';

CREATE OR REPLACE FUNCTION drop_partition(p_policy data_retention_policies, p_run_id bigint, p_partition text) RETURNS jsonb
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  month CONSTANT date := to_date(right(p_partition, 7), 'YYYY_MM');
  facts jsonb;
BEGIN
  -- Taken out by the trail's own functions: verified first, with the seals and a certificate left behind.
  PERFORM seal_audit();
  facts := detach_audit_month(month, format('retention policy %s, run %s', p_policy.policy_code, p_run_id));
  PERFORM destroy_audit_archive(month);
  PERFORM note_in_trail(p_policy.table_name, 'retention_runs/' || p_run_id, jsonb_build_object('destroyed', facts || jsonb_build_object('partition', p_partition)));
  RETURN jsonb_build_object(p_partition, facts);
END;
$$;
COMMENT ON FUNCTION drop_partition(data_retention_policies, bigint, text) IS 'Destroys one month of the audit trail; its seals remain, and the certificate with its count and Merkle root.';
