-- Finding personal data where none is expected: e-mail addresses, phone numbers, cards, national numbers, network addresses.
--
-- Numbers with a check digit are proved by it. What is proved or marked clearly has a high confidence; look-alikes of part numbers,
-- order numbers and dates are left out.

CREATE OR REPLACE FUNCTION is_luhn(p_digits text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT p_digits ~ '^[0-9]+$' AND coalesce(sum(CASE WHEN n % 2 = 0 THEN CASE WHEN d > 4 THEN 2 * d - 9 ELSE 2 * d END ELSE d END) % 10 = 0, false)
    FROM (SELECT x.d::integer AS d, x.n FROM string_to_table(reverse(regexp_replace(p_digits, '[^0-9]', '', 'g')), NULL) WITH ORDINALITY AS x (d, n)) y
$$;
COMMENT ON FUNCTION is_luhn(text) IS 'True if the last of the digits is their check digit (cards, Canadian social insurance numbers).';

CREATE OR REPLACE FUNCTION pii_candidates() RETURNS TABLE (turn integer, pii_kind text, pattern text, confidence numeric)
LANGUAGE sql IMMUTABLE ROWS 15
SET search_path = pg_catalog, pg_temp
AS $$
  VALUES
    (1, 'EMAIL', '[[:alnum:]._%+''-]+@[[:alnum:]-]+(?:\.[[:alnum:]-]+)*\.[[:alpha:]]{2,}', 0.99),
    (2, 'EMAIL', '[[:alnum:]._%+-]+ ?(?:\(at\)|\[at\]|\{at\}) ?[[:alnum:]-]+(?: ?(?:\(dot\)|\[dot\]|\.) ?[[:alnum:]-]+)*(?: ?(?:\(dot\)|\[dot\]|\.) ?)[[:alpha:]]{2,}', 0.85),
    (3, 'CARD', '(?<![[:alnum:].])[2-6](?:[ -]?[0-9]){12,18}(?![[:alnum:]])', 0.95),
    (4, 'NATIONAL_ID', '(?<![[:alnum:].-])[12] ?[0-9]{2} ?(?:0[1-9]|1[0-2]) ?(?:[0-9]{2}|2[AB]) ?[0-9]{3} ?[0-9]{3} ?[0-9]{2}(?![[:alnum:]])', 0.95),
    (5, 'NATIONAL_ID', '(?<![[:alnum:].-])(?!000|666|9)[0-9]{3}-(?!00)[0-9]{2}-(?!0000)[0-9]{4}(?![[:alnum:]-])', 0.85),
    (6, 'NATIONAL_ID', '(?<![[:alnum:].-])[1-79][0-9]{2}[ -][0-9]{3}[ -][0-9]{3}(?![[:alnum:]-]| [0-9])', 0.85),
    (7, 'NATIONAL_ID', '(?<![[:alnum:].-])[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z] ?[0-9]{2} ?[0-9]{2} ?[0-9]{2} ?[A-D](?![[:alnum:]])', 0.80),
    (8, 'NATIONAL_ID', '(?<![[:alnum:].-])[0-9XYZ][0-9]{7}-?[A-HJ-NP-TV-Z](?![[:alnum:]])', 0.90),
    (9, 'IP', '(?<![[:alnum:].-])(?:(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])\.){3}(?:25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(?![[:alnum:]-]|\.[0-9])', 0.75),
    (10, 'IP', '(?<![[:alnum:]:])(?:[[:xdigit:]]{1,4}:){7}[[:xdigit:]]{1,4}(?![[:alnum:]:])', 0.95),
    (11, 'IP', '(?<![[:alnum:]:])[[:xdigit:]]{1,4}(?::[[:xdigit:]]{1,4})*::(?:[[:xdigit:]]{1,4}(?::[[:xdigit:]]{1,4})*)?(?![[:alnum:]:])', 0.90),
    (12, 'PHONE', '(?<![[:alnum:]])(?:\+|00)[1-9][0-9]{0,2}(?:[ .()/-]{0,3}[0-9]){6,12}(?![0-9])', 0.95),
    (13, 'PHONE', '(?<![[:alnum:].-])(?:1[ .-])?(?:\([2-9][0-9]{2}\) ?|(?!720\.215\.)[2-9][0-9]{2}[ .-])[2-9][0-9]{2}[ .-][0-9]{4}(?![[:alnum:]-]|\.[0-9])', 0.90),
    (14, 'PHONE', '(?<![[:alnum:].-])0[1-9](?:[ .-]?[0-9]{2}){4}(?![[:alnum:]-]|\.[0-9])', 0.80),
    (15, 'PHONE', '(?<![[:alnum:].-])[6-9][0-9]{2} [0-9]{2,3} [0-9]{2,3}(?: [0-9]{2})?(?![[:alnum:]-]| [0-9])', 0.60),
    (16, 'PHONE', '(?<=(?:phone|tel|telephone|téléphone|tél|teléfono|mobile|móvil|portable|cell|fax|ext|call|ring)[^[:alnum:]+]{1,4})[0-9](?:[ .()/-]{0,2}[0-9]){6,14}(?![[:alnum:]])', 0.80)
$$;
COMMENT ON FUNCTION pii_candidates() IS 'Patterns of personal data in the order in which they are tried, each with its confidence.';

CREATE OR REPLACE FUNCTION is_proved_pii(p_turn integer, p_found text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  digits text := regexp_replace(p_found, '[^0-9]', '', 'g');
  plain text := upper(regexp_replace(p_found, '[^[:alnum:]]', '', 'g'));
BEGIN
  IF p_turn = 3 THEN
    RETURN length(digits) BETWEEN 13 AND 19 AND is_luhn(digits);
  ELSIF p_turn = 4 THEN
    -- French number: the last two digits are 97 minus the rest of the others by 97; Corsica counts as 19 and 18.
    plain := replace(replace(plain, '2A', '19'), '2B', '18');
    RETURN plain ~ '^[0-9]{15}$' AND 97 - left(plain, 13)::bigint % 97 = right(plain, 2)::bigint;
  ELSIF p_turn = 6 THEN
    RETURN is_luhn(digits);
  ELSIF p_turn = 8 THEN
    -- Spanish number: the letter stands for the rest by 23.
    RETURN substr('TRWAGMYFPDXBNJZSQVHLCKE', 1 + (translate(left(plain, 8), 'XYZ', '012')::integer % 23), 1) = right(plain, 1);
  END IF;
  RETURN true;
END;
$$;
COMMENT ON FUNCTION is_proved_pii(integer, text) IS 'Checks the check digit of numbers that have one; true for the others.';

CREATE OR REPLACE FUNCTION find_pii(p_text text) RETURNS TABLE (pii_kind text, words text, confidence numeric)
LANGUAGE plpgsql IMMUTABLE ROWS 2
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  candidate record;
  hit text;
  rest text := p_text;
BEGIN
  -- Nearly every text leaves here: shapes only, without what makes a search slow (looking around).
  IF p_text IS NULL OR p_text !~* concat('@|[({]at[)}]|\[at\]|::|(?:[[:xdigit:]]{1,4}:){7}|[0-9](?:[ -]?[0-9]){12}|[0-9]{3}-[0-9]{2}-[0-9]{4}|[0-9]{3}[ -][0-9]{3}[ -][0-9]{3}|',
       '(?:[0-9]{1,3}\.){3}[0-9]|(?:\+|00)[1-9](?:[ .()/-]{0,3}[0-9]){6}|[0-9]{3}[ .)-]{1,2}[0-9]{3}[ .-][0-9]{4}|',
       '0[1-9](?:[ .-]?[0-9]{2}){4}|[6-9][0-9]{2} [0-9]{2,3} [0-9]{2,3}|(?:phone|tel|tél|mobile|móvil|portable|cell|fax|ext|call|ring)[^0-9]{1,10}[0-9]')
     AND p_text !~ '[A-Z]{2} ?[0-9]{2} ?[0-9]{2} ?[0-9]{2} ?[A-D]|[0-9XYZ][0-9]{7}-?[A-Z]' THEN
    RETURN;
  END IF;
  FOR candidate IN SELECT c.* FROM pii_candidates() c ORDER BY c.turn LOOP
    FOR hit IN SELECT DISTINCT m[1] FROM regexp_matches(rest, '(' || candidate.pattern || ')', CASE WHEN candidate.turn IN (7, 8) THEN 'g' ELSE 'gi' END) m LOOP
      CONTINUE WHEN NOT is_proved_pii(candidate.turn, hit);
      pii_kind := candidate.pii_kind;
      words := hit;
      confidence := candidate.confidence;
      -- What was found once is not found again as something else.
      rest := replace(rest, hit, ' · ');
      RETURN NEXT;
    END LOOP;
  END LOOP;
END;
$$;
COMMENT ON FUNCTION find_pii(text) IS 'Personal data in a text: kind, the very words, how sure.';

CREATE OR REPLACE FUNCTION mask_sample(p_kind text, p_found text) RETURNS text
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$
  SELECT CASE WHEN p_kind = 'EMAIL' AND position('@' IN p_found) > 1 THEN left(p_found, 1) || '***@' || left(split_part(p_found, '@', 2), 1) || '***.' || regexp_replace(p_found, '^.*\.', '')
              ELSE '***' || right(p_found, 2) END
$$;
COMMENT ON FUNCTION mask_sample(text, text) IS 'What is shown of a finding: enough to recognise it by who knows it, not to use it.';

CREATE OR REPLACE FUNCTION mask_pii(p_text text) RETURNS text
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  hit record;
  masked text := p_text;
BEGIN
  FOR hit IN SELECT f.pii_kind, f.words FROM find_pii(p_text) f ORDER BY length(f.words) DESC LOOP
    masked := replace(masked, hit.words, '[' || lower(replace(hit.pii_kind, '_', ' ')) || ']');
  END LOOP;
  RETURN masked;
END;
$$;
COMMENT ON FUNCTION mask_pii(text) IS 'The text with every finding replaced by its kind, for example [email].';

CREATE OR REPLACE FUNCTION scanned_columns(p_table text) RETURNS TABLE (table_name text, column_name text)
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  -- Natural codes, secrets and columns that are known to hold personal data are left out, the trail unless it is named.
  SELECT k.table_name::text, k.column_name::text
    FROM column_classifications k
    JOIN pg_attribute a ON a.attrelid = to_regclass('public.' || quote_ident(k.table_name)) AND a.attname = k.column_name
   WHERE (k.table_name = p_table OR (p_table IS NULL AND k.table_name NOT IN ('audit_log', 'pii_findings')))
     AND a.atttypid IN ('text'::regtype, 'varchar'::regtype, 'citext'::regtype, 'jsonb'::regtype, 'text[]'::regtype) AND a.attcollation <> 'pg_catalog."C"'::regcollation
     AND k.data_class <> 'SECRET' AND coalesce(k.personal_kind, 'FREE_TEXT') = 'FREE_TEXT' AND a.attgenerated = ''
   ORDER BY 1, 2
$$;
COMMENT ON FUNCTION scanned_columns(text) IS 'Columns in which personal data is looked for.';

CREATE OR REPLACE FUNCTION detect_pii(p_table text DEFAULT NULL)
RETURNS TABLE (table_name text, column_name text, record_key text, pii_kind text, masked_sample text, confidence numeric)
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  scanned record;
  seen bigint[];
BEGIN
  PERFORM require_permission('privacy:detect');
  IF p_table IS NOT NULL AND class_of_table(p_table) IS NULL THEN
    RAISE EXCEPTION 'There is no table "%".', shown(p_table) USING ERRCODE = 'TV004', COLUMN = 'table', HINT = 'Name a table of this database, or none for all.';
  END IF;
  FOR scanned IN SELECT c.table_name, c.column_name FROM scanned_columns(p_table) c LOOP
    EXECUTE format($query$
      WITH hits AS (
        SELECT DISTINCT ON (x.key, f.pii_kind, mask_sample(f.pii_kind, f.words)) x.key, f.pii_kind, mask_sample(f.pii_kind, f.words) AS masked, f.confidence
          FROM (SELECT %1$s AS key, t.%2$I::text AS value FROM public.%3$I t WHERE t.%2$I IS NOT NULL) x CROSS JOIN LATERAL find_pii(x.value) f
         -- The number of a person is random and can look like that of a card.
         WHERE CASE WHEN f.words ~ '^[0-9]{13,18}$' THEN NOT EXISTS (SELECT FROM subjects s WHERE s.subject_id = f.words::bigint) ELSE true END
         ORDER BY x.key, f.pii_kind, mask_sample(f.pii_kind, f.words), f.confidence DESC
      ), kept AS (
        INSERT INTO pii_findings AS p (table_name, column_name, record_key, pii_kind, masked_sample, confidence)
        SELECT %4$L, %5$L, h.key, h.pii_kind, h.masked, h.confidence FROM hits h
        ON CONFLICT (table_name, column_name, record_key, pii_kind, masked_sample)
        DO UPDATE SET confidence = excluded.confidence, state = CASE p.state WHEN 'GONE' THEN 'OPEN' ELSE p.state END
        RETURNING p.pii_finding_id
      ) SELECT array_agg(k.pii_finding_id) FROM kept k $query$,
      table_key_expression(scanned.table_name, 't'), scanned.column_name, scanned.table_name, scanned.table_name, scanned.column_name) INTO seen;
    UPDATE pii_findings p SET state = 'GONE' WHERE p.table_name = scanned.table_name AND p.column_name = scanned.column_name AND p.state = 'OPEN' AND p.pii_finding_id <> ALL (coalesce(seen, '{}'));
  END LOOP;
  RETURN QUERY SELECT p.table_name, p.column_name, p.record_key, p.pii_kind, p.masked_sample, p.confidence::numeric FROM pii_findings p
                WHERE p.state = 'OPEN' AND (p_table IS NULL OR p.table_name = p_table) ORDER BY p.confidence DESC, p.table_name, p.column_name, p.record_key;
END;
$$;
COMMENT ON FUNCTION detect_pii(text) IS 'Looks for personal data in the free text, notes and file names of a table, or of all; keeps what it finds in pii_findings, masked, and returns what is open.';

CREATE OR REPLACE FUNCTION decide_pii_finding(p_pii_finding_id bigint, p_state text, p_note text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  person bigint := require_person('privacy:handle');
BEGIN
  PERFORM require_reason(p_note);
  IF upper(btrim(coalesce(p_state, ''))) NOT IN ('ACCEPTED', 'DISMISSED') THEN
    RAISE EXCEPTION 'A finding is not "%".', shown(p_state) USING ERRCODE = 'TV022', COLUMN = 'state', HINT = 'ACCEPTED: it belongs there. DISMISSED: it is no personal data. To be rid of it, mend the text and scan again.';
  END IF;
  UPDATE pii_findings SET state = upper(btrim(p_state)), note = btrim(p_note), decided_by = person, decided_at = clock_timestamp() WHERE pii_finding_id = p_pii_finding_id;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'There is no finding %.', shown(p_pii_finding_id) USING ERRCODE = 'TV004', COLUMN = 'pii_finding_id', HINT = 'SELECT * FROM pii_findings WHERE state = ''OPEN'' lists them.';
  END IF;
END;
$$;
COMMENT ON FUNCTION decide_pii_finding(bigint, text, text) IS 'Accepts or dismisses a finding, with a reason.';
