-- Orders: search, counts beside it, board. How rows are found: order_matching.sql.

CREATE OR REPLACE FUNCTION search_orders(
  p_words text DEFAULT NULL, p_filters jsonb DEFAULT '{}', p_sort text DEFAULT 'created', p_after jsonb DEFAULT NULL, p_limit integer DEFAULT 50
) RETURNS TABLE (order_id bigint, order_number text, customer_code text, customer_name text, po_number text, project_name text, sales_person text, phase text, state text,
                 hold_kind text, want_date date, is_overdue boolean, build_count integer, row_version integer, created_at timestamptz, matched_by text, after jsonb)
LANGUAGE plpgsql STABLE ROWS 50 COST 10000
SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  sight record := order_sight();
  sort_name text := regexp_replace(coalesce(p_sort, 'created'), '_(asc|desc)$', '');
  direction text;
  key text;
  keyset text := 'true';
  match record;
  few bigint[];
  page bigint[];
  filters text[];
  trusts boolean;
  today date := site_today();
BEGIN
  key := CASE sort_name WHEN 'created' THEN 'o.created_at' WHEN 'want_date' THEN 'coalesce(o.want_date, ''infinity'')' WHEN 'order_number' THEN 'o.order_number' END;
  IF key IS NULL THEN
    RAISE EXCEPTION 'Orders are not sorted by "%".', shown(p_sort) USING ERRCODE = 'TV022', COLUMN = 'sort', HINT = 'Sort by created, want_date or order_number, with _asc or _desc behind it.';
  END IF;
  direction := CASE WHEN p_sort LIKE '%\_asc' THEN 'ASC' WHEN p_sort LIKE '%\_desc' OR sort_name = 'created' THEN 'DESC' ELSE 'ASC' END;
  IF p_after IS NOT NULL THEN
    IF p_after ->> 'sort' IS DISTINCT FROM sort_name || ' ' || direction OR p_after ->> 'key' IS NULL THEN
      RAISE EXCEPTION 'The place to go on from belongs to another list.' USING ERRCODE = 'TV022', COLUMN = 'after', HINT = 'Pass the column "after" of the last row, with the same sort.';
    END IF;
    keyset := format('(%s, o.order_id) %s (%L::%s, %L::bigint)', key, CASE direction WHEN 'ASC' THEN '>' ELSE '<' END, p_after ->> 'key',
      CASE sort_name WHEN 'created' THEN 'timestamptz' WHEN 'want_date' THEN 'date' ELSE 'text COLLATE "C"' END, p_after ->> 'order_id');
  END IF;
  filters := order_filter(p_filters);
  FOREACH trusts IN ARRAY ARRAY[true, false] LOOP
    SELECT * INTO match FROM match_orders(p_words, trusts);
    few := CASE WHEN sight.keys IS NULL OR match.few IS NULL OR sight.looks_up THEN match.few ELSE array(SELECT unnest(sight.keys) INTERSECT SELECT unnest(match.few)) END;
    -- Of many that are not in sight, the first thousand hold too few that are.
    page := order_page(match.condition, match.sources, few, NOT sight.looks_up AND (match.is_costly OR coalesce(p_filters, '{}') ? 'part'),
      filters || CASE WHEN few IS NULL OR sight.looks_up THEN array_remove(ARRAY[sight_condition(sight.keys, sight.looks_up)], 'true') ELSE '{}' END,
      key, direction, keyset, least(greatest(coalesce(p_limit, 50), 1), 500));
    -- Nothing where the planner expected much: then it is counted after all.
    EXIT WHEN cardinality(page) > 0 OR NOT match.is_estimated;
  END LOOP;
  RETURN QUERY
    SELECT o.order_id, o.order_number, c.customer_code, c.name, o.po_number, o.project_name, o.sales_person, o.phase, o.state, o.hold_kind, o.want_date,
           coalesce(o.want_date < today AND o.state <> 'CANCELLED' AND o.phase <> 'DELIVERED', false), s.build_count, o.row_version, o.created_at, match.matched_by,
           jsonb_build_object('sort', sort_name || ' ' || direction, 'order_id', o.order_id, 'key',
             CASE sort_name WHEN 'created' THEN to_jsonb(o.created_at) WHEN 'want_date' THEN to_jsonb(coalesce(o.want_date, 'infinity')) ELSE to_jsonb(o.order_number) END)
      FROM unnest(page) WITH ORDINALITY AS p (id, place)
      JOIN orders o ON o.order_id = p.id
      JOIN order_summaries s ON s.order_id = p.id
      JOIN customers c ON c.customer_id = o.customer_id
     ORDER BY p.place;
EXCEPTION WHEN invalid_datetime_format OR datetime_field_overflow OR invalid_text_representation OR numeric_value_out_of_range THEN
  RAISE EXCEPTION 'The place to go on from cannot be read: %.', shown(left(p_after::text, 200)) USING ERRCODE = 'TV022', COLUMN = 'after', HINT = 'Pass the column "after" of the last row.';
END;
$$;
COMMENT ON FUNCTION search_orders(text, jsonb, text, jsonb, integer) IS
  'Orders by what was typed (order number, PO, build or part number or its beginning; words of project, sales person, notes, customer; near words if nothing else) and filters (order_filter), sorted by '
  'created (newest first), want_date or order_number, _asc or _desc; the next page begins after the column "after" of the last row. At most 500 rows.';

CREATE OR REPLACE FUNCTION top_counts(p_values text[]) RETURNS jsonb
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT coalesce(jsonb_agg(jsonb_build_object('value', t.value, 'count', t.n) ORDER BY t.n DESC, t.value), '[]')
    FROM (SELECT v AS value, count(*) AS n FROM unnest(p_values) v WHERE v IS NOT NULL GROUP BY v ORDER BY count(*) DESC, v LIMIT 10) t
$$;
COMMENT ON FUNCTION top_counts(text[]) IS 'The ten most frequent values with their counts.';

CREATE OR REPLACE FUNCTION order_facets(p_words text DEFAULT NULL, p_filters jsonb DEFAULT '{}') RETURNS jsonb
LANGUAGE plpgsql STABLE COST 10000
SET search_path = pg_catalog, public, pg_temp
SET jit = off
AS $$
DECLARE
  sight record := order_sight();
  match record;
  filter text := coalesce(nullif(array_to_string(order_filter(p_filters), ' AND '), ''), 'true');
  facets jsonb;
  trusts boolean;
  exact jsonb;
BEGIN
  FOREACH trusts IN ARRAY ARRAY[true, false] LOOP
    SELECT * INTO match FROM match_orders(p_words, trusts);
    EXECUTE format(
      'SELECT jsonb_build_object(
         ''total'', least(count(*), 5000), ''is_capped'', count(*) > 5000,
         ''total_text'', CASE WHEN count(*) > 5000 THEN ''5,000+'' ELSE ltrim(to_char(count(*), ''9,999'')) END,
         ''phases'', public.top_counts(array_agg(h.phase)), ''states'', public.top_counts(array_agg(h.state)),
         ''overdue'', count(*) FILTER (WHERE h.want_date < %L AND h.state <> ''CANCELLED'' AND h.phase <> ''DELIVERED''),
         ''customers'', public.top_counts(array_agg(c.customer_code)), ''sales_persons'', public.top_counts(array_agg(h.sales_person)))
         FROM (SELECT o.phase, o.state, o.want_date, o.customer_id, o.sales_person FROM orders o %s WHERE %s AND %s AND %s LIMIT 5001) h JOIN customers c ON c.customer_id = h.customer_id',
      site_today(), CASE WHEN match.few IS NULL AND match.sources IS NOT NULL THEN format('JOIN (%s) m ON m.order_id = o.order_id', match.sources) ELSE '' END,
      CASE WHEN match.few IS NULL THEN 'true' ELSE 'o.order_id = ANY ($1)' END, filter,
      -- Counted from what is in sight, not looked for among all.
      CASE WHEN sight.keys IS NULL THEN 'true' WHEN sight.looks_up THEN 'o.order_id IN (SELECT v.order_id FROM public.shop_builds v WHERE v.has_free_work UNION ALL SELECT unnest($2))' ELSE 'o.order_id = ANY ($2)' END)
      INTO facets USING match.few, sight.keys;
    EXIT WHEN (facets ->> 'total')::integer > 0 OR NOT match.is_estimated;
  END LOOP;
  facets := facets || jsonb_build_object('matched_by', match.matched_by);
  -- Without words, phases and states are counted in the summary: exact, however many.
  IF (facets -> 'is_capped')::boolean AND sight.keys IS NULL AND match.matched_by = 'ALL' AND coalesce(p_filters, '{}') - '{phase,state}'::text[] = '{}' THEN
    WITH counted AS MATERIALIZED (SELECT c.phase, c.state, c.orders, CASE WHEN c.phase = 'DELIVERED' OR c.state = 'CANCELLED' THEN 0 ELSE c.past_want_date END AS overdue FROM order_counts(p_filters) c)
    SELECT jsonb_build_object('total', sum(c.orders), 'is_capped', false, 'total_text', ltrim(to_char(sum(c.orders), '999,999,999,999')), 'overdue', sum(c.overdue),
             'phases', (SELECT jsonb_agg(jsonb_build_object('value', x.phase, 'count', x.n) ORDER BY x.n DESC, x.phase) FROM (SELECT i.phase, sum(i.orders) AS n FROM counted i GROUP BY i.phase) x),
             'states', (SELECT jsonb_agg(jsonb_build_object('value', x.state, 'count', x.n) ORDER BY x.n DESC, x.state) FROM (SELECT i.state, sum(i.orders) AS n FROM counted i GROUP BY i.state) x))
      INTO exact FROM counted c;
    facets := facets || exact;
  END IF;
  RETURN facets;
END;
$$;
COMMENT ON FUNCTION order_facets(text, jsonb) IS
  'How many orders a search finds, and how they divide by phase, state, customer and sales person (the ten most frequent). Beyond 5,000 hits the total reads "5,000+" and the counts are those of 5,000 of them; '
  'without words, phases and states are exact at any size.';

CREATE OR REPLACE FUNCTION order_counts(p_filters jsonb) RETURNS TABLE (phase text, state text, orders bigint, builds bigint, entered_seconds bigint, past_want_date bigint)
LANGUAGE plpgsql STABLE ROWS 24
SET search_path = pg_catalog, public, pg_temp
SET jit = off
AS $$
#variable_conflict use_column
DECLARE
  today date := site_today();
  phases text[] := CASE WHEN p_filters ? 'phase' THEN require_choices('phase', p_filters -> 'phase', '{DRAFT,CONFIGURATION,APPROVAL,PRODUCTION,QUALITY_CONTROL,PACKAGING,SHIPPING,DELIVERED}') END;
  states text[] := CASE WHEN p_filters ? 'state' THEN require_choices('state', p_filters -> 'state', '{ACTIVE,ON_HOLD,CANCELLED}') END;
BEGIN
  RETURN QUERY
    SELECT c.phase, c.state, sum(c.orders)::bigint, sum(c.builds)::bigint, sum(c.entered_seconds)::bigint, sum(c.overdue)::bigint
      FROM (SELECT t.phase, t.state, t.orders, t.builds, t.entered_seconds, t.past_orders AS overdue FROM order_summary_totals t
            UNION ALL
            -- Days that began since the last fold; a plant that moved west has a day less.
            SELECT r.phase, r.state, 0, 0, 0, CASE WHEN t.past_before < today THEN r.wanted_orders ELSE -r.wanted_orders END
              FROM order_summary_totals t JOIN order_summary_rollup r ON r.phase = t.phase AND r.state = t.state AND r.day >= least(t.past_before, today) AND r.day < greatest(t.past_before, today)
             WHERE t.past_before <> today
            UNION ALL
            SELECT d.phase, d.state, d.orders, d.builds, d.entered_seconds, CASE WHEN d.want_date < today THEN d.orders ELSE 0 END FROM order_summary_deltas d) c
     WHERE (phases IS NULL OR c.phase = ANY (phases)) AND (states IS NULL OR c.state = ANY (states))
     GROUP BY c.phase, c.state;
END;
$$;
COMMENT ON FUNCTION order_counts(jsonb) IS 'Exact numbers of orders and builds by phase and state as of now, from the counters: past_want_date counts those wanted before today. Filters: phase and state only.';

CREATE OR REPLACE FUNCTION open_orders_by_phase() RETURNS TABLE (phase text, orders bigint, is_capped boolean)
LANGUAGE plpgsql STABLE ROWS 7
SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  sight record := order_sight();
  most CONSTANT integer := 1000;
BEGIN
  IF sight.keys IS NULL THEN
    RETURN QUERY SELECT c.phase, sum(c.orders)::bigint, false FROM order_counts('{"state": ["ACTIVE", "ON_HOLD"]}') c WHERE c.phase <> 'DELIVERED' GROUP BY c.phase;
    RETURN;
  END IF;
  RETURN QUERY
    SELECT p, least(n.orders, most), n.orders > most
      FROM unnest('{DRAFT,CONFIGURATION,APPROVAL,PRODUCTION,QUALITY_CONTROL,PACKAGING,SHIPPING}'::text[]) p
      CROSS JOIN LATERAL (
        SELECT count(*) AS orders
          FROM (SELECT FROM orders o
                 WHERE sight.looks_up AND is_in_shop(p, 'ACTIVE') AND o.phase = p AND o.state <> 'CANCELLED' AND o.phase <> 'DELIVERED'
                   AND (EXISTS (SELECT FROM shop_builds v WHERE v.order_id = o.order_id AND v.has_free_work OFFSET 0) OR o.order_id = ANY (sight.keys))
                UNION ALL
                SELECT FROM orders o
                 WHERE NOT (sight.looks_up AND is_in_shop(p, 'ACTIVE')) AND o.order_id = ANY (sight.keys) AND o.phase = p AND o.state <> 'CANCELLED' AND o.phase <> 'DELIVERED'
                LIMIT most + 1) f) n
     WHERE n.orders > 0;
END;
$$;
COMMENT ON FUNCTION open_orders_by_phase() IS
  'How many open orders each phase has, of those in sight; a phase without one has no row. Exact for whoever sees all orders, else up to a thousand, with is_capped where there are more.';

CREATE OR REPLACE FUNCTION wanted_on(p_day date, p_keys bigint[], p_looks_up boolean, OUT orders bigint, OUT is_capped boolean)
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  most CONSTANT integer := 100;
BEGIN
  is_capped := false;
  IF p_keys IS NULL THEN
    orders := (
      SELECT coalesce(sum(c.orders), 0)
        FROM (SELECT r.wanted_orders AS orders FROM order_summary_rollup r WHERE r.day = p_day AND r.phase <> 'DELIVERED' AND r.state <> 'CANCELLED'
              UNION ALL
              SELECT d.orders FROM order_summary_deltas d WHERE d.want_date = p_day AND d.phase <> 'DELIVERED' AND d.state <> 'CANCELLED') c);
    RETURN;
  END IF;
  orders := (
    SELECT count(*)
      FROM (SELECT FROM orders o
             WHERE coalesce(o.want_date, 'infinity') = p_day AND o.state <> 'CANCELLED' AND o.phase <> 'DELIVERED'
               AND (o.order_id = ANY (p_keys) OR p_looks_up AND EXISTS (SELECT FROM shop_builds v WHERE v.order_id = o.order_id AND v.has_free_work OFFSET 0))
             LIMIT most + 1) f);
  is_capped := orders > most;
  orders := least(orders, most);
END;
$$;
COMMENT ON FUNCTION wanted_on(date, bigint[], boolean) IS 'How many open orders in sight (order_sight) are wanted on a day: exact for whoever sees all, else up to a hundred.';

CREATE OR REPLACE FUNCTION order_calendar(p_from date, p_to date, p_per_day integer DEFAULT 4)
RETURNS TABLE (day date, orders bigint, is_capped boolean, order_id bigint, order_number text, customer_name text, phase text, state text, is_overdue boolean)
LANGUAGE plpgsql STABLE ROWS 120
SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  sight record := order_sight();
  today date := site_today();
BEGIN
  IF NOT coalesce(isfinite(p_from) AND isfinite(p_to) AND p_to >= p_from, false) OR p_to - p_from > 61 THEN
    RAISE EXCEPTION 'A calendar from % to % cannot be shown.', shown(p_from), shown(p_to) USING ERRCODE = 'TV022', COLUMN = 'to', HINT = 'Give the first and the last day, at most 62 days.';
  END IF;
  RETURN QUERY
    SELECT d.day, n.orders, n.is_capped, o.order_id, o.order_number, c.name, o.phase, o.state, d.day < today
      FROM (SELECT p_from + n AS day FROM generate_series(0, p_to - p_from) n) d
      CROSS JOIN LATERAL (
        SELECT x.* FROM orders x
         WHERE coalesce(x.want_date, 'infinity') = d.day AND x.state <> 'CANCELLED' AND x.phase <> 'DELIVERED'
           AND (sight.keys IS NULL OR x.order_id = ANY (sight.keys) OR sight.looks_up AND EXISTS (SELECT FROM shop_builds v WHERE v.order_id = x.order_id AND v.has_free_work OFFSET 0))
         ORDER BY x.order_id LIMIT least(greatest(coalesce(p_per_day, 4), 1), 50)) o
      JOIN customers c ON c.customer_id = o.customer_id
      CROSS JOIN LATERAL wanted_on(d.day, sight.keys, sight.looks_up) n
     ORDER BY d.day, o.order_id;
END;
$$;
COMMENT ON FUNCTION order_calendar(date, date, integer) IS
  'Open orders in sight by the day on which they are wanted: the first of each day, with how many there are (up to a hundred, with is_capped, for somebody who does not see all). Days without one have no row.';

CREATE OR REPLACE FUNCTION order_board(p_per_phase integer DEFAULT 20)
RETURNS TABLE (phase text, place integer, order_id bigint, order_number text, customer_name text, project_name text, state text, want_date date, is_overdue boolean,
               build_count integer, phase_entered_at timestamptz, row_version integer)
LANGUAGE plpgsql STABLE ROWS 140
SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  sight record := order_sight();
  today date := site_today();
  per_phase integer := least(greatest(coalesce(p_per_phase, 20), 1), 200);
BEGIN
  RETURN QUERY
    SELECT p.phase, (row_number() OVER (PARTITION BY p.phase ORDER BY coalesce(o.want_date, 'infinity'), o.order_id))::integer, o.order_id, o.order_number, c.name, o.project_name, o.state, o.want_date,
           coalesce(o.want_date < today, false), s.build_count, o.phase_entered_at, o.row_version
      FROM unnest('{DRAFT,CONFIGURATION,APPROVAL,PRODUCTION,QUALITY_CONTROL,PACKAGING,SHIPPING}'::text[]) WITH ORDINALITY AS p (phase, n)
      -- Whoever sees what is in the shop sees it in three phases; elsewhere only what is their own, which is not looked for among all.
      CROSS JOIN LATERAL (SELECT sight.keys IS NULL OR sight.looks_up AND is_in_shop(p.phase, 'ACTIVE') AS by_date) w
      CROSS JOIN LATERAL (
        SELECT y.* FROM (
          (SELECT x.* FROM orders x
            WHERE w.by_date AND x.phase = p.phase AND x.state <> 'CANCELLED' AND x.phase <> 'DELIVERED'
              AND (sight.keys IS NULL OR x.order_id = ANY (sight.keys) OR EXISTS (SELECT FROM shop_builds v WHERE v.order_id = x.order_id AND v.has_free_work OFFSET 0))
            ORDER BY coalesce(x.want_date, 'infinity'), x.order_id LIMIT per_phase)
          UNION ALL
          (SELECT x.* FROM orders x
            WHERE NOT w.by_date AND x.order_id = ANY (sight.keys) AND x.phase = p.phase AND x.state <> 'CANCELLED' AND x.phase <> 'DELIVERED'
            ORDER BY coalesce(x.want_date, 'infinity'), x.order_id LIMIT per_phase)) y) o
      JOIN order_summaries s ON s.order_id = o.order_id
      JOIN customers c ON c.customer_id = o.customer_id
     ORDER BY p.n, coalesce(o.want_date, 'infinity'), o.order_id;
END;
$$;
COMMENT ON FUNCTION order_board(integer) IS 'The open orders of each phase, those wanted first on top, so many per phase (at most 200).';
