-- Orders are found by every kind of word and filter; pages cover the list once and in order; counts are capped and say so.
SELECT generate_performance_test_data(6000, 60, 8, 300);
SELECT testing.act('sample.sales');
SELECT create_order('STELMO', 'ZX-77001', 'sample.sales', current_date + 10, 'EN', '{QUARTZ-1,QUARTZ-2}', 'Kryptonite vault renewal', 'Délivrer au Québec') AS first \gset
SELECT create_order('STELMO', 'ZX-77002', 'Wilhelmina Quist', NULL, 'EN', '{QUARTZ-3}', 'Kryptonite annex', NULL) AS second \gset
SELECT fold_order_summaries();
SELECT order_number AS first_number FROM orders WHERE order_id = :first \gset

CREATE TEMP TABLE expected (words text, matched_by text, found bigint[]);
INSERT INTO expected VALUES
  (:'first_number', 'CODE', ARRAY[:first]),
  (lower(:'first_number'), 'CODE', ARRAY[:first]),
  ('ZX-77001', 'CODE', ARRAY[:first]),
  ('zx-7700', 'CODE', ARRAY[:first, :second]),
  ('quartz', 'CODE', ARRAY[:first, :second]),
  ('QUARTZ-3', 'CODE', ARRAY[:second]),
  ('77002', 'WORDS', ARRAY[:second]),
  ('kryptonite', 'WORDS', ARRAY[:first, :second]),
  ('  Kryptonite   VAULT ', 'WORDS', ARRAY[:first]),
  ('vault elmo', 'WORDS', ARRAY[:first]),
  ('wilhelmina', 'WORDS', ARRAY[:second]),
  ('quist krypt', 'WORD_PREFIX', ARRAY[:second]),
  ('délivrer', 'WORDS', ARRAY[:first]),
  ('delivrer QUEBEC kryptonite', 'WORDS', ARRAY[:first]),
  ('krypt', 'WORD_PREFIX', ARRAY[:first, :second]),
  ('kryptonote', 'SIMILAR', ARRAY[:first, :second]),
  ('kryptnite valt', 'SIMILAR', ARRAY[:first]),
  ('kryptonite wilhelmina vault', NULL, '{}'),
  ('qqqzzzqqq', NULL, '{}'),
  ('''; DROP TABLE orders; --', NULL, '{}'),
  ('%', NULL, '{}'),
  ('!&|()', NULL, '{}');
SELECT testing.same(array(SELECT s.order_id FROM search_orders(e.words) s ORDER BY s.order_id), e.found, 'found by ' || e.words),
       testing.same((SELECT min(s.matched_by) FROM search_orders(e.words) s), e.matched_by, 'kind of ' || e.words)
  FROM expected e;
SELECT testing.same((SELECT array_agg(DISTINCT s.order_number) FROM search_orders('SAMPLE-00') s), (SELECT array_agg(o.order_number) FROM orders o JOIN customers USING (customer_id) WHERE is_active AND customer_code = 'STELMO' AND o.is_sample), 'the sample order by its builds');

-- By a part that a BOM contains: in the search box and as a filter.
SELECT l.item_code AS part FROM bom_line_items l JOIN builds b USING (bom_id) WHERE b.build_number = 'SAMPLE-001' AND l.part_id IS NOT NULL ORDER BY l.line_number LIMIT 1 \gset
SELECT testing.same(array(SELECT s.order_id FROM search_orders(:'part') s), array(SELECT DISTINCT b.order_id FROM bom_line_items l JOIN builds b USING (bom_id) WHERE l.item_code LIKE :'part' || '%'), 'by part number');
SELECT testing.same(array(SELECT s.order_id FROM search_orders(NULL, jsonb_build_object('part', :'part')) s), array(SELECT DISTINCT b.order_id FROM bom_line_items l JOIN builds b USING (bom_id) WHERE l.item_code LIKE :'part' || '%'), 'by part as a filter');
SELECT testing.refused('SELECT * FROM search_orders(NULL, ''{"part": "P"}'')', 'TV022', 'More than 100 items');
SELECT testing.same((SELECT count(*) FROM search_orders(NULL, '{"part": "NO-SUCH-PART"}')), 0::bigint, 'a part that nobody knows');

-- What changes is found by its new words at once, also by the new name of the customer.
UPDATE orders SET project_name = 'Obsidian hall' WHERE order_id = :second;
UPDATE customers SET name = 'Saint Zenobia Infirmary' WHERE customer_code = 'STELMO';
SELECT testing.same(array(SELECT s.order_id FROM search_orders('obsidian zenobia') s), ARRAY[:second::bigint], 'new words');
SELECT testing.same((SELECT count(*) FROM search_orders('kryptonite annex')), 0::bigint, 'old words');
SELECT testing.same((SELECT count(*) FROM search_orders('obsidien')), 0::bigint, 'near words wait for the next fold');
SELECT fold_order_summaries();
SELECT testing.same((SELECT count(*) FROM search_orders('obsidien')), 1::bigint, 'and are known after it');

-- Filters, each against the plain condition.
CREATE TEMP TABLE filters (filter jsonb, condition text);
INSERT INTO filters VALUES
  ('{}', 'true'),
  ('{"phase": "production"}', 'o.phase = ''PRODUCTION'''),
  ('{"phase": ["DRAFT", "SHIPPING"], "state": "ACTIVE"}', 'o.phase IN (''DRAFT'', ''SHIPPING'') AND o.state = ''ACTIVE'''),
  ('{"state": "CANCELLED"}', 'o.state = ''CANCELLED'''),
  ('{"on_hold": true}', 'o.state = ''ON_HOLD'''),
  ('{"order_id": [2, 3, 5, 8, 999999999]}', 'o.order_id IN (2, 3, 5, 8)'),
  ('{"order_id": 3}', 'o.order_id = 3'),
  ('{"hold_kind": "GENERAL"}', 'o.hold_kind = ''GENERAL'''),
  ('{"on_hold": false, "phase": "PRODUCTION"}', 'o.state <> ''ON_HOLD'' AND o.phase = ''PRODUCTION'''),
  ('{"phase": "PRODUCTION", "state": "ACTIVE"}', 'o.phase = ''PRODUCTION'' AND o.state = ''ACTIVE'''),
  ('{"phase": ["DELIVERED", "DRAFT"], "state": ["ACTIVE", "ON_HOLD"]}', 'o.phase IN (''DELIVERED'', ''DRAFT'') AND o.state IN (''ACTIVE'', ''ON_HOLD'')'),
  ('{"hold_kind": ["GENERAL", "PARTS"], "phase": "APPROVAL"}', 'o.hold_kind IN (''GENERAL'', ''PARTS'') AND o.phase = ''APPROVAL'''),
  ('{"sales_person": "50 %s off %"}', 'false'),
  ('{"customer": "stelmo"}', 'c.customer_code = ''STELMO'''),
  ('{"customer": "nobody"}', 'false'),
  ('{"sales_person": "Wilhelmina Quist"}', 'o.sales_person = ''Wilhelmina Quist'''),
  ('{"overdue": true}', 'o.want_date < site_today() AND o.state <> ''CANCELLED'' AND o.phase <> ''DELIVERED'''),
  ('{"overdue": false, "phase": "PRODUCTION"}', 'o.phase = ''PRODUCTION'' AND (o.want_date >= site_today() OR o.want_date IS NULL OR o.state = ''CANCELLED'')'),
  ('{"want_from": "2025-01-01", "want_to": "2025-03-31"}', 'o.want_date BETWEEN ''2025-01-01'' AND ''2025-03-31'''),
  ('{"want_from": "2026-01-01", "phase": "DELIVERED", "sales_person": null}', 'o.want_date >= ''2026-01-01'' AND o.phase = ''DELIVERED'''),
  ('{"created_from": "2025-06-01", "created_to": "2025-06-30"}', 'site_date(o.created_at) BETWEEN ''2025-06-01'' AND ''2025-06-30''');

CREATE FUNCTION pg_temp.all_pages(p_words text, p_filter jsonb, p_sort text, p_size integer) RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
  got bigint[] := '{}';
  page bigint[];
  place jsonb;
BEGIN
  LOOP
    SELECT array_agg(s.order_id ORDER BY s.n), (array_agg(s.after ORDER BY s.n DESC))[1] INTO page, place
      FROM search_orders(p_words, p_filter, p_sort, place, p_size) WITH ORDINALITY AS s (order_id, order_number, customer_code, customer_name, po_number, project_name, sales_person, phase, state,
             hold_kind, want_date, is_overdue, build_count, row_version, created_at, matched_by, after, n);
    EXIT WHEN page IS NULL;
    got := got || page;
  END LOOP;
  RETURN got;
END $$;
CREATE FUNCTION pg_temp.plain(p_condition text, p_order text) RETURNS bigint[] LANGUAGE plpgsql AS $$
DECLARE
  got bigint[];
BEGIN
  EXECUTE format('SELECT coalesce(array_agg(o.order_id ORDER BY %s), ''{}'') FROM orders o JOIN customers c USING (customer_id) JOIN order_summaries s USING (order_id) WHERE %s', p_order, p_condition) INTO got;
  RETURN got;
END $$;
SELECT testing.same(pg_temp.all_pages(NULL, f.filter, 'created', 500), pg_temp.plain(f.condition, 'o.created_at DESC, o.order_id DESC'), 'filter ' || f.filter::text) FROM filters f;
SELECT testing.same(pg_temp.all_pages(NULL, f.filter, 'want_date_desc', 500), pg_temp.plain(f.condition, 'o.want_date DESC NULLS FIRST, o.order_id DESC'), 'by want date ' || f.filter::text) FROM filters f;
SELECT testing.same(pg_temp.all_pages(NULL, f.filter, 'order_number_desc', 500), pg_temp.plain(f.condition, 'o.order_number DESC, o.order_id DESC'), 'by number ' || f.filter::text) FROM filters f;
SELECT testing.same(pg_temp.all_pages('saint', f.filter, 'want_date', 500), pg_temp.plain(f.condition || ' AND s.document @@ ''saint''', 'o.want_date NULLS LAST, o.order_id'), 'a frequent word with ' || f.filter::text) FROM filters f;
SELECT testing.same(pg_temp.all_pages('mary renewal', f.filter, 'order_number', 7), pg_temp.plain(f.condition || ' AND s.document @@ ''mary & renewal''', 'o.order_number, o.order_id'), 'two words with ' || f.filter::text) FROM filters f;
SELECT testing.same(pg_temp.all_pages('PERF-0000', '{}', p.sort, 499), pg_temp.plain('o.order_number LIKE ''PERF-0000%''', p.plain), 'pages of a long list by ' || p.sort)
  FROM (VALUES ('created', 'o.created_at DESC, o.order_id DESC'), ('created_asc', 'o.created_at, o.order_id'), ('want_date', 'o.want_date, o.order_id'),
               ('want_date_desc', 'o.want_date DESC, o.order_id DESC'), ('order_number', 'o.order_number'), ('order_number_desc', 'o.order_number DESC')) AS p (sort, plain);

-- Counts.
SELECT testing.same(order_facets('kryptonite') ->> 'total_text', '1', 'one hit');
SELECT testing.same(order_facets('saint') ->> 'total_text', '5,000+', 'many hits are capped');
SELECT testing.same((order_facets('saint') ->> 'is_capped')::boolean, true, 'and say so');
SELECT testing.same((SELECT sum((p ->> 'count')::integer) FROM jsonb_array_elements(order_facets('mary renewal') -> 'phases') p), (order_facets('mary renewal') ->> 'total')::bigint, 'phases add up');
SELECT testing.same((order_facets('PERF-00001') ->> 'total')::bigint, 1000::bigint, 'found by number and by build, counted once');
SELECT testing.same((order_facets() ->> 'total')::bigint, (SELECT count(*) FROM orders), 'without words exact');
SELECT testing.same((order_facets(NULL, '{"phase": "DELIVERED"}') ->> 'total')::bigint, (SELECT count(*) FROM orders WHERE phase = 'DELIVERED'), 'and with a phase');
SELECT testing.same((SELECT (p ->> 'count')::bigint FROM jsonb_array_elements(order_facets() -> 'states') p WHERE p ->> 'value' = 'ON_HOLD'), (SELECT count(*) FROM orders WHERE state = 'ON_HOLD'), 'on hold');
SELECT testing.same((order_facets() ->> 'overdue')::bigint, (SELECT count(*) FROM orders WHERE want_date < site_today() AND state <> 'CANCELLED' AND phase <> 'DELIVERED'), 'overdue');

-- The board shows the most urgent of each phase.
SELECT testing.same(array(SELECT b.order_id FROM order_board(5) b WHERE b.phase = 'PRODUCTION' ORDER BY b.place),
  array(SELECT o.order_id FROM orders o WHERE o.phase = 'PRODUCTION' AND o.state <> 'CANCELLED' ORDER BY o.want_date NULLS LAST, o.order_id LIMIT 5), 'board of PRODUCTION');
SELECT testing.same((SELECT count(*) FROM order_board(5) WHERE phase = 'DELIVERED'), 0::bigint, 'delivered orders are not on it');

-- What cannot be read is refused with a word on how to write it.
SELECT testing.refused('SELECT * FROM search_orders(NULL, ''{"colour": "red"}'')', 'TV022', 'colour');
SELECT testing.refused('SELECT * FROM search_orders(NULL, ''{"phase": "LOST"}'')', 'TV022', 'LOST');
SELECT testing.refused('SELECT * FROM search_orders(NULL, ''{"want_from": "soon"}'')', 'TV022', 'want_from');
SELECT testing.refused('SELECT * FROM search_orders(NULL, ''{"overdue": "perhaps"}'')', 'TV022', 'overdue');
SELECT testing.refused('SELECT * FROM search_orders(NULL, ''[]'')', 'TV022', 'JSON object');
SELECT testing.refused('SELECT * FROM search_orders(NULL, ''{}'', ''price'')', 'TV022', 'price');
SELECT testing.refused('SELECT * FROM search_orders(NULL, ''{}'', ''want_date'', ''{"sort": "created DESC", "key": "x", "order_id": 1}'')', 'TV022', 'another list');
SELECT testing.refused('SELECT * FROM search_orders(NULL, ''{}'', ''created'', ''{"sort": "created DESC", "key": "x", "order_id": 1}'')', 'TV022', 'cannot be read');

-- Every role may search; a person without a role may not.
SELECT testing.act(p.login), testing.ok((SELECT count(*) > 0 FROM search_orders()), p.login || ' searches')
  FROM unnest('{sample.admin,sample.production,sample.quality,sample.service}'::text[]) AS p (login);
SELECT testing.nobody();
INSERT INTO users (login, display_name) VALUES ('story.stranger', 'Story Stranger');
SELECT testing.act('story.stranger');
SELECT testing.refused('SELECT * FROM search_orders()', '42501', 'order:read');
SELECT testing.refused('SELECT order_facets()', '42501', 'order:read');
SELECT testing.refused('SELECT * FROM order_board()', '42501', 'order:read');
