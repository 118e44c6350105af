-- Who does not see all orders finds, counts and pages only those that they may see.
SELECT generate_performance_test_data(3000, 20, 5, 200);
SELECT array_agg(order_id) AS visible FROM (SELECT order_id FROM orders WHERE order_number LIKE 'PERF-%' ORDER BY md5(order_id::text) LIMIT 40) o \gset
CREATE OR REPLACE FUNCTION sees_all_orders() RETURNS boolean LANGUAGE sql STABLE AS $$ SELECT current_setting('story.sees_all')::boolean $$;
CREATE OR REPLACE FUNCTION visible_orders() RETURNS SETOF bigint LANGUAGE sql STABLE AS $$ SELECT unnest(current_setting('story.visible')::bigint[]) $$;
SELECT set_config('story.visible', :'visible', false), set_config('story.sees_all', 'false', false);
SELECT testing.act('sample.technician');
SELECT testing.same(array(SELECT s.order_id FROM search_orders(NULL, '{}', 'created', NULL, 500) s ORDER BY 1), array(SELECT unnest(:'visible'::bigint[]) ORDER BY 1), 'the list');
SELECT testing.same(array(SELECT s.order_id FROM search_orders('saint', '{}', 'want_date', NULL, 500) s ORDER BY 1), array(SELECT unnest(:'visible'::bigint[]) ORDER BY 1), 'a word that all have');
SELECT testing.same((SELECT count(*) FROM search_orders('PERF-0000', '{}', 'created', NULL, 500)), 40::bigint, 'a beginning that all have');
SELECT testing.same((SELECT count(*) FROM search_orders('SAMPLE-001')), 0::bigint, 'a build of an order that is not theirs');
SELECT testing.same((SELECT count(*) FROM search_orders(o.order_number)), 1::bigint, 'one of theirs') FROM orders o WHERE o.order_id = (:'visible'::bigint[])[1];
SELECT testing.same((order_facets() ->> 'total')::bigint, 40::bigint, 'counts of all');
SELECT testing.same((order_facets('saint') ->> 'total')::bigint, 40::bigint, 'counts of a word');
SELECT testing.ok((SELECT bool_and(b.order_id = ANY (:'visible'::bigint[])) IS NOT FALSE FROM order_board(200) b), 'the board');
SELECT set_config('story.visible', '{}', false);
SELECT testing.same((SELECT count(*) FROM search_orders()), 0::bigint, 'nothing is theirs');
SELECT testing.same((order_facets() ->> 'total')::bigint, 0::bigint, 'nothing to count');
SELECT set_config('story.sees_all', 'true', false);
SELECT testing.same((SELECT count(*) FROM search_orders('saint', '{}', 'created', NULL, 500)), 500::bigint, 'who sees all, sees all');
