-- Much test data lifts foreign keys and indexes; all are back afterwards, in an installation without sample data too.
SELECT string_agg(indexdef, E'\n' ORDER BY indexname) AS before FROM pg_indexes WHERE schemaname = 'public' \gset
SELECT testing.ok((generate_performance_test_data(50000, 50, 5, 0) -> 'indexes_rebuilt')::integer > 20, 'indexes were made anew');
SELECT testing.same((SELECT string_agg(indexdef, E'\n' ORDER BY indexname) FROM pg_indexes WHERE schemaname = 'public'), :'before', 'the same indexes');
SELECT testing.same((SELECT count(*) FROM v_schema_drift), 0::bigint, 'the schema is as deployed');
SELECT testing.same((SELECT count(*) FROM orders), 50000::bigint, 'orders');
SELECT testing.refused('DELETE FROM customers', '23503|23001');
SELECT testing.same((SELECT count(*) FROM (
  (SELECT day, phase, state, orders, builds FROM v_order_summary_live WHERE orders > 0)
  EXCEPT (SELECT created_on, phase, state, count(*), sum(build_count) FROM order_summaries GROUP BY 1, 2, 3)) d), 0::bigint, 'counters');

-- A search reads each order of its window once, however rare the planner thinks several words together are.
DO $$
DECLARE
  project text;
  before bigint;
BEGIN
  FOR project IN SELECT DISTINCT o.project_name FROM orders o WHERE o.project_name IS NOT NULL LOOP
    before := pg_stat_get_xact_numscans('orders_created_at_idx'::regclass);
    PERFORM testing.ok((SELECT count(*) = 50 FROM search_orders(project)), 'a page of ' || project);
    PERFORM testing.ok(pg_stat_get_xact_numscans('orders_created_at_idx'::regclass) - before <= 2, project || ': the window was read again and again');
  END LOOP;
END
$$;
