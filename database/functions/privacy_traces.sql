-- Traces of a person: where, outside the tables of people, somebody wrote their name, address or number.

CREATE OR REPLACE FUNCTION literal_pattern(p_words text) RETURNS text
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT '(?<![[:alnum:]])' || regexp_replace(regexp_replace(btrim(p_words), '([^[:alnum:][:space:]])', '\\\1', 'g'), '[[:space:]]+', '[[:space:]]+', 'g') || '(?![[:alnum:]])'
$$;
COMMENT ON FUNCTION literal_pattern(text) IS 'Pattern for these very words, however they are spaced.';

CREATE OR REPLACE FUNCTION name_pattern(p_name text) RETURNS text
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  -- One word alone (Rose, admin) would be found in texts that mean something else.
  SELECT literal_pattern(p_name) WHERE length(btrim(p_name)) >= 5 AND btrim(p_name) ~ '[[:space:].@_0-9-]'
$$;
COMMENT ON FUNCTION name_pattern(text) IS 'Pattern for a name of at least two parts; null for one that is also a word.';

CREATE OR REPLACE FUNCTION phone_pattern(p_phone text) RETURNS text
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
  -- The national part, however it is written.
  SELECT '(?:(?:\+|00)[0-9]{1,3}[ ./-]{0,2}|(?<![0-9])[01][ ./-]?)?\(?0?' || array_to_string(string_to_array(right(regexp_replace(p_phone, '[^0-9]', '', 'g'), 10), NULL), '[ .()/-]{0,3}') || '(?![0-9])'
$$;
COMMENT ON FUNCTION phone_pattern(text) IS 'Pattern for a phone number in any way of writing.';

CREATE OR REPLACE FUNCTION person_patterns(p_subject_id bigint) RETURNS text[]
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  RETURN array(
    SELECT DISTINCT p.pattern FROM (
      SELECT name_pattern(decrypt_for_subject(c.subject_id, c.name_ciphertext, encryption_context('pii_contacts', 'name_ciphertext', c.subject_id::text))) AS pattern FROM pii_contacts c WHERE c.subject_id = p_subject_id
      UNION ALL SELECT literal_pattern(decrypt_for_subject(c.subject_id, c.email_ciphertext, encryption_context('pii_contacts', 'email_ciphertext', c.subject_id::text))) FROM pii_contacts c WHERE c.subject_id = p_subject_id
      UNION ALL SELECT phone_pattern(decrypt_for_subject(c.subject_id, c.phone_ciphertext, encryption_context('pii_contacts', 'phone_ciphertext', c.subject_id::text))) FROM pii_contacts c WHERE c.subject_id = p_subject_id
      UNION ALL SELECT name_pattern(decrypt_for_subject(a.subject_id, a.recipient_ciphertext, encryption_context('pii_addresses', 'recipient_ciphertext', a.pii_address_id::text))) FROM pii_addresses a WHERE a.subject_id = p_subject_id
      UNION ALL SELECT literal_pattern(decrypt_for_subject(u.subject_id, u.email_ciphertext, encryption_context('pii_users', 'email_ciphertext', u.subject_id::text))) FROM pii_users u WHERE u.subject_id = p_subject_id
      UNION ALL SELECT phone_pattern(decrypt_for_subject(u.subject_id, u.phone_ciphertext, encryption_context('pii_users', 'phone_ciphertext', u.subject_id::text))) FROM pii_users u WHERE u.subject_id = p_subject_id
      UNION ALL SELECT name_pattern(w.word) FROM pii_users p JOIN users u USING (user_id) CROSS JOIN LATERAL (VALUES (u.display_name), (u.login)) AS w (word) WHERE p.subject_id = p_subject_id) p
     WHERE p.pattern IS NOT NULL);
END;
$$;
COMMENT ON FUNCTION person_patterns(bigint) IS 'What a person is recognised by in a text; needs the keys.';

CREATE OR REPLACE FUNCTION coarse_pattern(p_patterns text[]) RETURNS text
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT '(?:' || string_agg(regexp_replace(p, '\(\?<?!\[(?:\[:alnum:\]|0-9)\]\)', '', 'g'), '|') || ')' FROM unnest(p_patterns) p
$$;
COMMENT ON FUNCTION coarse_pattern(text[]) IS 'One pattern for all of them without looking around, many times faster: what it does not match, none of them matches.';

CREATE OR REPLACE FUNCTION find_traces(p_patterns text[])
RETURNS TABLE (table_name text, column_name text, retention_class text, erasure_treatment text, row_count bigint)
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  scanned record;
  counted bigint;
  pattern text := (SELECT '(?:' || string_agg(p, '|') || ')' FROM unnest(p_patterns) p);
  coarse text := coarse_pattern(p_patterns);
BEGIN
  IF pattern IS NULL THEN
    RETURN;
  END IF;
  -- Every text there is, natural codes included; only generated columns repeat what stands beside them.
  FOR scanned IN
    SELECT t.relname::text AS tab, a.attname::text AS col, r.retention_class AS class,
           -- What is kept without personal data has no reason to keep any that somebody wrote there.
           CASE WHEN r.erasure_treatment = 'NOT_PERSONAL' AND k.personal_kind IS NOT NULL THEN 'ERASE' ELSE r.erasure_treatment END AS treatment,
           a.atttypid = 'text'::regtype AND EXISTS (SELECT FROM pg_stats s WHERE s.schemaname = 'public' AND s.tablename = t.relname AND s.attname = a.attname AND s.n_distinct BETWEEN 0 AND 1000) AS has_few
      FROM pg_class t JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
      LEFT JOIN column_classifications k ON k.table_name = t.relname AND k.column_name = a.attname
      LEFT JOIN retention_classes r ON r.retention_class = k.retention_class
     WHERE t.relnamespace = 'public'::regnamespace AND t.relkind IN ('r', 'p') AND NOT t.relispartition
       AND a.atttypid IN ('text'::regtype, 'varchar'::regtype, 'citext'::regtype, 'json'::regtype, 'jsonb'::regtype, 'text[]'::regtype, 'xml'::regtype)
     ORDER BY 1, 2
  LOOP
    -- Of a column with few values it is faster to count them and to look at each once: states and phases of millions of rows.
    EXECUTE format(CASE WHEN scanned.has_few THEN 'SELECT coalesce(sum(v.n), 0)::bigint FROM (SELECT t.%2$I AS body, count(*) AS n FROM public.%1$I t GROUP BY t.%2$I OFFSET 0) v WHERE v.body ~* $1'
                        ELSE 'SELECT count(*) FROM public.%1$I t WHERE CASE WHEN t.%2$I::text ~* $2 THEN t.%2$I::text ~* $1 END' END, scanned.tab, scanned.col)
      INTO counted USING pattern, coarse;
    IF counted > 0 THEN
      table_name := scanned.tab;
      column_name := scanned.col;
      retention_class := scanned.class;
      erasure_treatment := scanned.treatment;
      row_count := counted;
      RETURN NEXT;
    END IF;
  END LOOP;
END;
$$;
COMMENT ON FUNCTION find_traces(text[]) IS 'In which columns of any table, the trail included, how many rows match one of the patterns.';

CREATE OR REPLACE FUNCTION trace_texts(p_patterns text[]) RETURNS TABLE (table_name text, column_name text, record_key text, body text)
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  hit record;
  pattern text := (SELECT '(?:' || string_agg(p, '|') || ')' FROM unnest(p_patterns) p);
BEGIN
  -- The trail repeats what the tables hold and held; it is listed, not copied out.
  FOR hit IN SELECT f.table_name, f.column_name FROM find_traces(p_patterns) f WHERE f.table_name <> 'audit_log' LOOP
    RETURN QUERY EXECUTE format('SELECT %L, %L, %s, t.%I::text FROM public.%I t WHERE t.%I::text ~* $1', hit.table_name, hit.column_name, table_key_expression(hit.table_name, 't'), hit.column_name, hit.table_name, hit.column_name)
      USING pattern;
  END LOOP;
END;
$$;
COMMENT ON FUNCTION trace_texts(text[]) IS 'The texts that match one of the patterns, with their places.';

CREATE OR REPLACE FUNCTION bigint_key(p_table text) RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT table_key(p_table) WHERE EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = to_regclass('public.' || quote_ident(p_table)) AND a.attname = table_key(p_table) AND a.atttypid = 'bigint'::regtype)
$$;
COMMENT ON FUNCTION bigint_key(text) IS 'The column which is the key of a table, if it is a number; such records can be signed.';

CREATE OR REPLACE FUNCTION scrub_traces(p_patterns text[], p_replacement text) RETURNS jsonb
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  hit record;
  pattern text := (SELECT '(?:' || string_agg(p, '|') || ')' FROM unnest(p_patterns) p);
  scrubbed jsonb := '{}';
  counted bigint;
BEGIN
  FOR hit IN SELECT f.*, format_type(a.atttypid, NULL) AS type_name FROM find_traces(p_patterns) f
               JOIN pg_attribute a ON a.attrelid = to_regclass('public.' || quote_ident(f.table_name)) AND a.attname = f.column_name
              -- forget_user decides what of a user stays.
              WHERE f.erasure_treatment IN ('ERASE', 'PSEUDONYMISE') AND f.table_name <> 'users' ORDER BY f.table_name, f.column_name LOOP
    BEGIN
      -- A signature is bound to the very content: a signed row stays as it was signed.
      EXECUTE format('UPDATE public.%1$I t SET %2$I = regexp_replace(t.%2$I::text, $1, $2, ''gi'')::%3$s WHERE t.%2$I::text ~* $1%4$s', hit.table_name, hit.column_name, hit.type_name,
                     coalesce(format(' AND NOT EXISTS (SELECT FROM signatures s WHERE s.record_type = %L AND s.record_id = t.', hit.table_name) || quote_ident(bigint_key(hit.table_name)) || ')', '')) USING pattern, p_replacement;
      GET DIAGNOSTICS counted = ROW_COUNT;
      scrubbed := scrubbed || jsonb_build_object(hit.table_name || '.' || hit.column_name, counted);
    EXCEPTION WHEN OTHERS THEN
      -- What may not be written any more (signed, append-only, checked) stays; the caller lists what is left.
      CONTINUE;
    END;
  END LOOP;
  RETURN scrubbed;
END;
$$;
COMMENT ON FUNCTION scrub_traces(text[], text) IS 'Replaces traces of a person where the class of the data and its guards allow it; returns how many rows of which column.';
