-- Orders: how a search finds its rows (the searches themselves: order_search.sql). Numbers by range, words by the inverted index, slips of the keyboard by the vocabulary.
--
-- A search first asks how many it would find, up to 2,001 ("probe"). Few are fetched and sorted. Many are read in the order wanted until
-- a page is full; should the first 10,000 rows not fill it, all are fetched and sorted after all. Left to itself the planner walks a
-- million rows by date for words that only old orders have.
-- Text operators are not leakproof and cannot use an index under row security: these functions run with their owner's rights and ask
-- for permission and visible orders themselves. Every value enters the statements quoted; names in them come from lists in here.

CREATE OR REPLACE FUNCTION order_sight(OUT keys bigint[], OUT looks_up boolean)
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  PERFORM require_permission('order:read');
  looks_up := false;
  IF sees_all_orders() THEN
    RETURN;
  END IF;
  looks_up := sees_shop() AND NOT sees_few_builds();
  keys := CASE WHEN looks_up THEN array(SELECT w FROM own_orders() w) ELSE array(SELECT v FROM visible_orders() v) END;
END;
$$;
COMMENT ON FUNCTION order_sight() IS
  'Orders that the acting person may see: keys, null for all. Where thousands are in the shop, keys are only those that are one''s own, and looks_up says that the others stand in shop_builds. Raises 42501 without order:read.';

CREATE OR REPLACE FUNCTION sight_condition(p_keys bigint[], p_looks_up boolean) RETURNS text
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT CASE WHEN p_keys IS NULL THEN 'true'
              ELSE format('(o.order_id = ANY (%L::bigint[])%s)', p_keys, CASE WHEN p_looks_up THEN ' OR EXISTS (SELECT FROM public.shop_builds v WHERE v.order_id = o.order_id AND v.has_free_work OFFSET 0)' ELSE '' END) END
$$;
COMMENT ON FUNCTION sight_condition(bigint[], boolean) IS 'Condition: the order o is in sight, as order_sight() has it. OFFSET keeps the look-up from being made a set of all that is in the shop.';

CREATE OR REPLACE FUNCTION code_range(p_column text, p_code text) RETURNS text
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT format('%1$s >= %2$L COLLATE "C" AND %1$s < %3$L COLLATE "C"', p_column, p_code, p_code || U&'\+10FFFF') $$;
COMMENT ON FUNCTION code_range(text, text) IS 'Condition: the column begins with the code. By range, since LIKE is not leakproof and uses no index of another collation.';

CREATE OR REPLACE FUNCTION require_choices(p_field text, p_value jsonb, p_allowed text[]) RETURNS text[]
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  given text[] := CASE jsonb_typeof(p_value) WHEN 'array' THEN array(SELECT upper(v) FROM jsonb_array_elements_text(p_value) v) ELSE ARRAY[upper(p_value #>> '{}')] END;
BEGIN
  IF cardinality(given) = 0 OR given <@ p_allowed IS NOT TRUE THEN
    RAISE EXCEPTION 'The filter "%" is %.', p_field, shown(p_value) USING ERRCODE = 'TV022', HINT = 'Choose from ' || array_to_string(p_allowed, ', ') || '.';
  END IF;
  RETURN given;
END;
$$;
COMMENT ON FUNCTION require_choices(text, jsonb, text[]) IS 'A word or list of words of a filter, each one of those allowed.';

CREATE OR REPLACE FUNCTION part_condition(p_code text) RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  parts bigint[];
  assemblies bigint[];
  found bigint;
BEGIN
  SELECT count(*), array_agg(i.part_id) FILTER (WHERE i.part_id IS NOT NULL), array_agg(i.assembly_id) FILTER (WHERE i.assembly_id IS NOT NULL)
    INTO found, parts, assemblies
    FROM (SELECT ic.part_id, ic.assembly_id FROM item_codes ic
           WHERE ic.item_code >= upper(btrim(p_code)) AND ic.item_code < upper(btrim(p_code)) || U&'\+10FFFF' LIMIT 101) i;
  IF found = 0 OR found > 100 THEN
    RETURN NULL;
  END IF;
  RETURN concat_ws(' OR ', CASE WHEN parts IS NOT NULL THEN format('l.part_id = ANY (%L::bigint[])', parts) END,
                           CASE WHEN assemblies IS NOT NULL THEN format('l.assembly_id = ANY (%L::bigint[])', assemblies) END);
END;
$$;
COMMENT ON FUNCTION part_condition(text) IS 'Condition on lines of a BOM: the item''s code, or its beginning, is this one. Null if no item or more than 100 items have it.';

CREATE OR REPLACE FUNCTION order_filter(p_filters jsonb) RETURNS text[]
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  allowed CONSTANT text[] := '{order_id,phase,state,hold_kind,customer,customer_id,sales_person,want_from,want_to,created_from,created_to,overdue,on_hold,part}';
  phases CONSTANT text[] := '{DRAFT,CONFIGURATION,APPROVAL,PRODUCTION,QUALITY_CONTROL,PACKAGING,SHIPPING,DELIVERED}';
  is_open CONSTANT text[] := ARRAY['o.state <> ''CANCELLED''', 'o.phase <> ''DELIVERED'''];
  conditions text[] := '{}';
  field text;
  value jsonb;
  words text[];
  lines text;
BEGIN
  IF jsonb_typeof(coalesce(p_filters, '{}')) <> 'object' THEN
    RAISE EXCEPTION 'The filters are not a JSON object.' USING ERRCODE = 'TV022', COLUMN = 'filters', HINT = 'For example {"phase": "PRODUCTION", "overdue": true}.';
  END IF;
  FOR field, value IN SELECT f.key, f.value FROM jsonb_each(coalesce(p_filters, '{}')) f WHERE f.value <> 'null' ORDER BY f.key LOOP
    CASE field
      WHEN 'phase', 'state', 'hold_kind' THEN
        words := require_choices(field, value, CASE field WHEN 'phase' THEN phases WHEN 'state' THEN '{ACTIVE,ON_HOLD,CANCELLED}' ELSE '{GENERAL,QUALITY,PARTS}' END::text[]);
        -- One word as a plain comparison: an index on (phase, created_at) then also gives the order.
        conditions := conditions || CASE cardinality(words) WHEN 1 THEN format('o.%I = %L', field, words[1]) ELSE format('o.%I = ANY (%L::text[])', field, words) END;
        -- Only orders on hold have a kind of hold, and few are: by their index.
        conditions := conditions || CASE field WHEN 'hold_kind' THEN ARRAY['o.state = ''ON_HOLD'''] END;
      WHEN 'customer' THEN
        conditions := conditions || format('o.customer_id = %s', coalesce((SELECT c.customer_id FROM customers c WHERE c.customer_code = upper(btrim(value #>> '{}'))), -1));
      WHEN 'order_id' THEN
        conditions := conditions || format('o.order_id = ANY (%L::bigint[])',
          array(SELECT k::bigint FROM jsonb_array_elements_text(CASE jsonb_typeof(value) WHEN 'array' THEN value ELSE jsonb_build_array(value) END) k));
      WHEN 'customer_id' THEN conditions := conditions || format('o.customer_id = %s', (value #>> '{}')::bigint);
      WHEN 'sales_person' THEN conditions := conditions || format('o.sales_person = %L', value #>> '{}');
      WHEN 'want_from' THEN conditions := conditions || format('coalesce(o.want_date, ''infinity'') >= %L::date', (value #>> '{}')::date) || 'o.want_date IS NOT NULL'::text;
      WHEN 'want_to' THEN conditions := conditions || format('coalesce(o.want_date, ''infinity'') <= %L::date', (value #>> '{}')::date) || 'o.want_date IS NOT NULL'::text;
      WHEN 'created_from' THEN conditions := conditions || format('o.created_at >= %L::timestamptz', site_midnight((value #>> '{}')::date));
      WHEN 'created_to' THEN conditions := conditions || format('o.created_at < %L::timestamptz', site_midnight((value #>> '{}')::date + 1));
      WHEN 'overdue' THEN
        conditions := conditions || CASE WHEN (value #>> '{}')::boolean THEN is_open || format('coalesce(o.want_date, ''infinity'') < %L::date', site_today())
          ELSE ARRAY[format('NOT (%s AND coalesce(o.want_date, ''infinity'') < %L::date)', array_to_string(is_open, ' AND '), site_today())] END;
      WHEN 'on_hold' THEN conditions := conditions || CASE WHEN (value #>> '{}')::boolean THEN 'o.state = ''ON_HOLD''' ELSE 'o.state <> ''ON_HOLD''' END;
      WHEN 'part' THEN
        lines := part_condition(value #>> '{}');
        conditions := conditions || CASE WHEN lines IS NULL THEN refuse_part(value #>> '{}')
          ELSE format('EXISTS (SELECT FROM builds b JOIN bom_line_items l ON l.bom_id = b.bom_id WHERE b.order_id = o.order_id AND b.state = ''ACTIVE'' AND (%s))', lines) END;
      ELSE
        RAISE EXCEPTION 'There is no filter "%".', field USING ERRCODE = 'TV022', HINT = 'Filters are ' || array_to_string(allowed, ', ') || '.';
    END CASE;
  END LOOP;
  RETURN conditions;
EXCEPTION WHEN invalid_datetime_format OR datetime_field_overflow OR invalid_text_representation OR numeric_value_out_of_range THEN
  RAISE EXCEPTION 'The filter "%" is %, which cannot be read.', field, value USING ERRCODE = 'TV022', HINT = 'A key is a whole number, a date is written "YYYY-MM-DD", a yes or no as true or false.';
END;
$$;
COMMENT ON FUNCTION order_filter(jsonb) IS
  'Conditions on orders o for a set of filters: order_id (a key or a list), phase, state, hold_kind (a word or a list), customer (code), customer_id, sales_person (as printed), want_from, want_to, created_from, created_to, '
  'overdue, on_hold (true or false), part (code or its beginning).';

CREATE OR REPLACE FUNCTION refuse_part(p_code text) RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM item_codes ic WHERE ic.item_code >= upper(btrim(p_code)) AND ic.item_code < upper(btrim(p_code)) || U&'\+10FFFF') THEN
    RETURN 'false';
  END IF;
  RAISE EXCEPTION 'More than 100 items begin with "%".', shown(p_code) USING ERRCODE = 'TV022', COLUMN = 'code', HINT = 'Give more of the part number.';
END;
$$;
COMMENT ON FUNCTION refuse_part(text) IS 'What a part that part_condition does not take means: "false" if no item begins so, an error if too many do.';

CREATE OR REPLACE FUNCTION site_midnight(p_day date) RETURNS timestamptz
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT p_day::timestamp AT TIME ZONE coalesce(site_setting('time_zone') #>> '{}', 'UTC') $$;
COMMENT ON FUNCTION site_midnight(date) IS 'First instant of a day at the plant.';

-- Sequential scans are off: a probe for a word that is rarer than the planner thinks would read a million rows.
CREATE OR REPLACE FUNCTION probe_orders(p_statement text) RETURNS bigint[]
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
SET enable_seqscan = off
SET jit = off
AS $$
DECLARE
  found bigint[];
BEGIN
  EXECUTE format('SELECT array(%s LIMIT 2001)', p_statement) INTO found;
  RETURN found;
END;
$$;
COMMENT ON FUNCTION probe_orders(text) IS 'Runs a statement of this file that finds keys of orders, up to 2,001 of them.';

-- Volatile only because EXPLAIN is refused in a function that is not.
CREATE OR REPLACE FUNCTION estimated_rows(p_statement text) RETURNS numeric
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  plan json;
BEGIN
  EXECUTE 'EXPLAIN (FORMAT JSON) ' || p_statement INTO plan;
  RETURN (plan -> 0 -> 'Plan' ->> 'Plan Rows')::numeric;
END;
$$;
COMMENT ON FUNCTION estimated_rows(text) IS 'How many rows the planner expects of a statement of this file; for words it knows how frequent they are.';

CREATE OR REPLACE FUNCTION words_query(p_words text[], p_mode text) RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  asked text;
  near text[];
  query text[] := '{}';
BEGIN
  IF p_mode = 'SIMILAR' THEN
    -- A SET clause on the function would need a superuser while the extension's library is not loaded.
    PERFORM set_config('pg_trgm.similarity_threshold', '0.3', true);
  END IF;
  FOREACH asked IN ARRAY p_words LOOP
    IF p_mode = 'SIMILAR' AND asked ~ '^[[:alpha:]]{4,}$' AND NOT EXISTS (SELECT FROM order_words v WHERE v.word = asked) THEN
      near := array(SELECT v.word FROM order_words v WHERE v.word % asked ORDER BY similarity(v.word, asked) DESC, v.word LIMIT 3);
      IF cardinality(near) = 0 THEN
        RETURN NULL;
      END IF;
      query := query || format('(%s)', (SELECT string_agg(quote_literal(n), ' | ') FROM unnest(near) n));
    ELSIF p_mode = 'WORD_PREFIX' AND length(asked) >= (CASE WHEN asked ~ '^[0-9]' THEN 5 ELSE 2 END) THEN
      query := query || (quote_literal(asked) || ':*');
    ELSE
      query := query || quote_literal(asked);
    END IF;
  END LOOP;
  RETURN array_to_string(query, ' & ');
END;
$$;
COMMENT ON FUNCTION words_query(text[], text) IS
  'Full-text query for all words: as they are (WORDS), as beginnings (WORD_PREFIX; numbers from five digits on), or the nearest words that occur at all (SIMILAR). Null if a word has none.';

CREATE OR REPLACE FUNCTION match_orders(
  p_words text, p_trusts_estimate boolean, OUT matched_by text, OUT condition text, OUT sources text, OUT few bigint[], OUT is_costly boolean, OUT is_estimated boolean
)
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  code text := upper(btrim(p_words));
  words text[] := plain_words(p_words);
  lines text;
  query text;
  kind record;
  conditions text[] := '{}';
  statements text[] := '{}';
  found bigint[] := '{}';
  probed bigint[];
  many boolean := false;
BEGIN
  matched_by := 'ALL';
  condition := 'true';
  is_costly := false;
  is_estimated := false;
  IF coalesce(code, '') = '' THEN
    RETURN;
  END IF;
  IF code !~ '\s' AND length(code) >= 2 THEN
    lines := CASE WHEN length(code) >= 3 THEN part_condition(code) END;
    FOR kind IN
      SELECT k.condition, format('SELECT o.order_id FROM orders o WHERE %s', k.condition) AS statement, false AS is_costly
        FROM (VALUES (code_range('o.order_number', code)), (code_range('upper(btrim(o.po_number)) COLLATE "C"', code))) AS k (condition)
      UNION ALL
      SELECT format('EXISTS (SELECT FROM builds b WHERE b.order_id = o.order_id AND %s)', code_range('b.build_number', code)),
             format('SELECT b.order_id FROM builds b WHERE %s', code_range('b.build_number', code)), true
      UNION ALL
      SELECT format('EXISTS (SELECT FROM builds b JOIN bom_line_items l ON l.bom_id = b.bom_id WHERE b.order_id = o.order_id AND b.state = ''ACTIVE'' AND (%s))', lines),
             format('SELECT b.order_id FROM bom_line_items l JOIN builds b ON b.bom_id = l.bom_id WHERE b.state = ''ACTIVE'' AND (%s)', lines), true WHERE lines IS NOT NULL
    LOOP
      probed := probe_orders(kind.statement);
      CONTINUE WHEN cardinality(probed) = 0;
      matched_by := 'CODE';
      conditions := conditions || kind.condition;
      statements := statements || kind.statement;
      found := found || probed;
      many := many OR cardinality(probed) > 2000;
      is_costly := is_costly OR kind.is_costly;
    END LOOP;
  END IF;
  -- Whole words first; beginnings and near words only when nothing at all was found yet.
  FOR kind IN SELECT w.mode FROM unnest(ARRAY['WORDS', 'WORD_PREFIX', 'SIMILAR']) WITH ORDINALITY AS w (mode, n) WHERE cardinality(words) > 0 ORDER BY w.n LOOP
    query := words_query(words, kind.mode);
    CONTINUE WHEN query IS NULL;
    -- Counting thousands of hits costs more than filling a page from them; where the planner expects that many, it is believed.
    is_estimated := p_trusts_estimate AND cardinality(found) = 0 AND estimated_rows(format('SELECT FROM order_summaries s WHERE s.document @@ %L::tsquery', query)) > 5000;
    probed := CASE WHEN is_estimated THEN '{}' ELSE probe_orders(format('SELECT s.order_id FROM order_summaries s WHERE s.document @@ %L::tsquery', query)) END;
    IF is_estimated OR cardinality(probed) > 0 THEN
      matched_by := CASE matched_by WHEN 'CODE' THEN 'CODE_AND_WORDS' ELSE kind.mode END;
      conditions := conditions || format('s.document @@ %L::tsquery', query);
      statements := statements || format('SELECT s.order_id FROM order_summaries s WHERE s.document @@ %L::tsquery', query);
      found := found || probed;
      many := many OR is_estimated OR cardinality(probed) > 2000;
    END IF;
    EXIT WHEN is_estimated OR cardinality(found) > 0;
  END LOOP;
  matched_by := CASE WHEN cardinality(found) = 0 AND NOT is_estimated THEN 'NOTHING' ELSE matched_by END;
  condition := coalesce('(' || nullif(array_to_string(conditions, ' OR '), '') || ')', 'false');
  sources := nullif(array_to_string(statements, ' UNION '), '');
  few := CASE WHEN NOT many THEN array(SELECT DISTINCT f FROM unnest(found) f) END;
END;
$$;
COMMENT ON FUNCTION match_orders(text, boolean) IS
  'How words typed into the search box find orders: matched_by (ALL, CODE, CODE_AND_WORDS, WORDS, WORD_PREFIX, SIMILAR or NOTHING: the first kind that finds any), the condition on an order o with its summary s, '
  'the same as statements that find keys, the keys themselves if they are at most some thousands, whether the condition is costly per order, and whether the planner''s estimate was trusted instead of a probe.';

-- Joins must keep the order in which the rows are read; the first of them are wanted, not all of them sorted.
CREATE OR REPLACE FUNCTION walk_orders(p_statement text) RETURNS bigint[]
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
SET enable_hashjoin = off
SET enable_mergejoin = off
SET enable_sort = off
SET max_parallel_workers_per_gather = 0
SET jit = off
AS $$
DECLARE
  found bigint[];
BEGIN
  EXECUTE format('SELECT array(%s)', p_statement) INTO found;
  RETURN found;
END;
$$;
COMMENT ON FUNCTION walk_orders(text) IS 'Runs a statement of this file that reads orders in the order wanted until a page is full.';

CREATE OR REPLACE FUNCTION order_page(
  p_condition text, p_sources text, p_few bigint[], p_is_costly boolean, p_filters text[], p_key text, p_direction text, p_keyset text, p_limit integer
) RETURNS bigint[]
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
SET jit = off
AS $$
DECLARE
  sorting text := format('ORDER BY o.sort_key %s, o.order_id %s LIMIT %s', p_direction, p_direction, p_limit);
  filter text := coalesce(nullif(array_to_string(p_filters, ' AND '), ''), 'true');
  -- Looked up order by order (OFFSET 0 keeps it so): the planner takes several words together for rare, and would go through the window
  -- once for each hit.
  summaries text := CASE WHEN p_condition LIKE '%s.document%'
    THEN 'CROSS JOIN LATERAL (SELECT x.document FROM order_summaries x WHERE x.order_id = o.order_id OFFSET 0) s' ELSE '' END;
  -- Conditions on orders alone need no other table.
  is_plain boolean := summaries = '' AND p_condition !~ 'EXISTS';
  is_open boolean := EXISTS (SELECT FROM unnest(p_filters) f WHERE f LIKE 'o.phase %' AND (f LIKE '%<>%' OR f NOT LIKE '%DELIVERED%'))
                 AND EXISTS (SELECT FROM unnest(p_filters) f WHERE f = 'o.state <> ''CANCELLED''' OR f LIKE 'o.state %' AND f NOT LIKE '%<>%' AND f NOT LIKE '%CANCELLED%');
  -- What an index gives together with the order stays inside the window: a range of the sort key; open orders; else one equality that an
  -- index has in front of the key.
  given text := concat_ws(' AND ', p_keyset,
    (SELECT string_agg(f, ' AND ') FROM unnest(p_filters) f WHERE f LIKE p_key || ' %' OR is_open AND f ~ '^o\.(phase|state) '),
    (SELECT f FROM unnest(p_filters) f
      WHERE NOT is_open AND (f LIKE 'o.phase = %' AND p_key <> 'o.order_number' OR p_key = 'o.created_at' AND f ~ '^o\.(customer_id|sales_person) = |^o\.state = ''(ON_HOLD|CANCELLED)''')
      ORDER BY position(split_part(f, ' ', 1) IN 'o.customer_id o.sales_person o.state o.phase') LIMIT 1));
  -- Several phases of open orders are read beside each other, each in order: all open ones in the order of their age begin with those in the shop.
  phases text := CASE WHEN is_open AND p_key <> 'o.order_number' THEN (SELECT f FROM unnest(p_filters) f WHERE f LIKE 'o.phase = ANY %' LIMIT 1) END;
  rows_in_order text := CASE WHEN phases IS NULL THEN format('SELECT o.*, %s AS sort_key FROM orders o WHERE %s', p_key, given)
    ELSE (SELECT string_agg(format('(SELECT o.*, %1$s AS sort_key FROM orders o WHERE o.phase = %2$L AND %3$s ORDER BY %1$s %4$s, o.order_id %4$s)', p_key, w, replace(given, phases, 'true'), p_direction), ' UNION ALL ')
            FROM unnest(substring(phases FROM '\{.*\}')::text[]) w) END;
  walk text := format('SELECT o.order_id FROM (SELECT o.* FROM (%s) o ORDER BY o.sort_key %s, o.order_id %s LIMIT ', rows_in_order, p_direction, p_direction);
  filtered text := format(') o %s WHERE %s AND %s %s', summaries, p_condition, filter, sorting);
  all_of_them text;
  page bigint[];
BEGIN
  IF p_few IS NOT NULL THEN
    EXECUTE format('SELECT array(SELECT o.order_id FROM (SELECT o.order_id, %s AS sort_key FROM orders o WHERE o.order_id = ANY ($1) AND %s AND %s) o %s)', p_key, filter, p_keyset, sorting) INTO page USING p_few;
    RETURN page;
  END IF;
  page := walk_orders(walk || CASE WHEN p_is_costly THEN 1000 ELSE 10000 END || filtered);
  IF cardinality(page) < p_limit THEN
    all_of_them := format('SELECT o.order_id FROM (SELECT o.order_id, %s AS sort_key FROM orders o %s WHERE %s AND %s AND %s OFFSET 0) o %s',
      p_key, CASE WHEN is_plain THEN '' ELSE format('JOIN (%s) m ON m.order_id = o.order_id', p_sources) END, CASE WHEN is_plain THEN p_condition ELSE 'true' END, filter, p_keyset, sorting);
    IF is_plain AND estimated_rows(format('SELECT FROM orders o WHERE %s AND %s', p_condition, filter)) > 100000 THEN
      page := walk_orders(walk || 'ALL' || filtered);
    ELSIF is_plain THEN
      EXECUTE format('SELECT array(%s)', all_of_them) INTO page;
    ELSE
      page := walk_orders(all_of_them);
    END IF;
  END IF;
  RETURN page;
END;
$$;
COMMENT ON FUNCTION order_page(text, text, bigint[], boolean, text[], text, text, text, integer) IS
  'Keys of one page of orders: few are sorted; many are walked through in order; and if the first 10,000 (1,000 for a costly condition) do not fill the page, all are fetched and sorted, or walked through to the end if they are very many.';
