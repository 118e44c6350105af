-- The search box of lists: rows whose code or name holds every word that was typed, wherever it stands.

CREATE OR REPLACE FUNCTION word_patterns(p_words text) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT coalesce(array_agg('%' || regexp_replace(w.word, '([\\%_])', '\\\1', 'g') || '%' ORDER BY length(w.word) DESC, w.word), '{}')
    FROM (SELECT DISTINCT s.word FROM regexp_split_to_table(bare_text(left(coalesce(p_words, ''), 200)), '\s+') AS s (word) WHERE s.word <> '' LIMIT 12) w
$$;
COMMENT ON FUNCTION word_patterns(text) IS 'Patterns for LIKE ALL, one for each word that was typed, the longest first; signs that LIKE knows stand for themselves.';

-- Row security keeps LIKE away from the indexes of a table. Where a table is large, keys are found here as its owner; those that the
-- person may not see are left out then, and the list that asks still reads only rows that the person may see.
CREATE OR REPLACE FUNCTION found_by_words(p_table text, p_words text) RETURNS SETOF bigint
LANGUAGE plpgsql STABLE ROWS 200 COST 10000
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  patterns constant text[] := word_patterns(p_words);
  -- An index finds one pattern; the others are compared with what it found.
  longest constant text := patterns[1];
  most constant integer := 5000;
  -- Trigrams need three letters; shorter words are looked for in codes alone, which have no accents, and begin a build number.
  is_short constant boolean := longest !~ '[[:alnum:]]{3}';
  keys bigint[] := '{}';
BEGIN
  IF longest IS NULL THEN
    RETURN;
  ELSIF p_table = 'parts' AND has_permission('catalogue:read') THEN
    IF is_short THEN
      keys := ARRAY(SELECT p.part_id FROM parts p WHERE lower(p.part_number) LIKE ALL (patterns) LIMIT most + 1);
    ELSE
      keys := ARRAY(SELECT p.part_id FROM parts p
        WHERE bare_text(p.part_number COLLATE "default" || ' ' || p.name) LIKE longest
          AND (cardinality(patterns) = 1 OR bare_text(p.part_number COLLATE "default" || ' ' || p.name) LIKE ALL (patterns)) LIMIT most + 1);
    END IF;
  ELSIF p_table = 'assemblies' AND has_permission('catalogue:read') THEN
    IF is_short THEN
      keys := ARRAY(SELECT a.assembly_id FROM assemblies a WHERE lower(a.assembly_code) LIKE ALL (patterns) LIMIT most + 1);
    ELSE
      keys := ARRAY(SELECT a.assembly_id FROM assemblies a
        WHERE bare_text(a.assembly_code COLLATE "default" || ' ' || a.name) LIKE longest
          AND (cardinality(patterns) = 1 OR bare_text(a.assembly_code COLLATE "default" || ' ' || a.name) LIKE ALL (patterns)) LIMIT most + 1);
    END IF;
  ELSIF p_table = 'customers' AND (has_permission('customer:read') OR has_permission('customer:read_name')) THEN
    IF is_short THEN
      keys := ARRAY(SELECT c.customer_id FROM customers c WHERE lower(c.customer_code) LIKE ALL (patterns) LIMIT most + 1);
    ELSE
      keys := ARRAY(SELECT c.customer_id FROM customers c
        WHERE bare_text(c.customer_code COLLATE "default" || ' ' || c.name) LIKE longest
          AND (cardinality(patterns) = 1 OR bare_text(c.customer_code COLLATE "default" || ' ' || c.name) LIKE ALL (patterns)) LIMIT most + 1);
    END IF;
  ELSIF p_table = 'builds' AND may_read('build:read') THEN
    IF is_short THEN
      keys := ARRAY(SELECT b.build_id FROM builds b WHERE b.build_number LIKE upper(substr(longest, 2)) AND lower(b.build_number) LIKE ALL (patterns) LIMIT most + 1);
    ELSE
      keys := ARRAY(SELECT b.build_id FROM builds b WHERE b.build_number LIKE upper(longest) AND lower(b.build_number) LIKE ALL (patterns) LIMIT most + 1);
    END IF;
  END IF;
  IF cardinality(keys) > most THEN
    RETURN NEXT NULL::bigint;
  ELSIF p_table = 'builds' AND NOT sees_all_orders() THEN
    RETURN QUERY SELECT k FROM unnest(keys) k
      WHERE (SELECT sees_shop()) AND EXISTS (SELECT FROM shop_builds s WHERE s.build_id = k AND s.has_free_work OFFSET 0) OR k IN (SELECT own_builds());
  ELSIF p_table = 'customers' AND NOT has_permission('customer:read') THEN
    RETURN QUERY SELECT k FROM unnest(keys) k
      WHERE (SELECT sees_all_orders()) OR (SELECT sees_shop()) AND EXISTS (SELECT FROM shop_builds s WHERE s.customer_id = k AND s.has_free_work OFFSET 0) OR k IN (SELECT own_customers());
  ELSE
    RETURN QUERY SELECT k FROM unnest(keys) k;
  END IF;
END;
$$;
COMMENT ON FUNCTION found_by_words(text, text) IS
  'Keys of the parts, assemblies, customers or builds that the person may read and whose code or name holds every word. Where no word has three letters or digits in a row, only codes are looked in, and a build number must begin with the longest. '
  'A single null where more than 5,000 rows hold the words: then each row of the list is to be looked at. Nothing for another table.';
