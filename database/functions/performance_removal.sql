-- Test data: finding whether anybody used it, and taking it away (remove_performance_test_data, testing/performance_tests.sql).

CREATE OR REPLACE FUNCTION list_performance_rows() RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
SET client_min_messages = warning
AS $$
BEGIN
  DROP TABLE IF EXISTS pg_temp.performance_keys;
  CREATE TEMPORARY TABLE performance_keys ON COMMIT DROP AS
    WITH o AS (SELECT o.order_id FROM orders o WHERE o.order_number >= 'PERF-' COLLATE "C" AND o.order_number < 'PERF.' COLLATE "C"),
         b AS (SELECT b.build_id FROM builds b JOIN o USING (order_id))
    SELECT 'orders' AS table_name, o.order_id AS key FROM o
    UNION ALL SELECT 'builds', b.build_id FROM b
    UNION ALL SELECT 'order_items', i.order_item_id FROM order_items i JOIN o USING (order_id)
    UNION ALL SELECT 'configurations', c.configuration_id FROM configurations c JOIN b USING (build_id)
    UNION ALL SELECT 'boms', m.bom_id FROM boms m JOIN b USING (build_id)
    UNION ALL SELECT 'customers', c.customer_id FROM customers c WHERE c.customer_code >= 'PERF-' COLLATE "C" AND c.customer_code < 'PERF.' COLLATE "C"
    UNION ALL SELECT 'parts', p.part_id FROM parts p WHERE p.part_number >= 'PERF-' COLLATE "C" AND p.part_number < 'PERF.' COLLATE "C"
    UNION ALL SELECT 'users', u.user_id FROM users u WHERE u.login >= 'perf.' COLLATE "C" AND u.login < 'perf/' COLLATE "C";
  CREATE INDEX ON pg_temp.performance_keys (table_name, key);
  ANALYZE pg_temp.performance_keys;
END;
$$;
COMMENT ON FUNCTION list_performance_rows() IS 'Lists the keys of all test data in a temporary table.';

CREATE OR REPLACE FUNCTION touched_performance_rows() RETURNS text
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  made timestamptz := (SELECT min(r.generated_at) FROM performance_test_runs r);
  by_people text;
BEGIN
  -- Test data was written past the audit triggers: any row about it in the trail is a change by somebody. What people hang on orders and
  -- builds (notes, files, tasks) stands in the trail with the key of its order or build.
  SELECT string_agg(format('%s %s (%s by %s)', t.table_name, t.record_key, lower(t.operation), t.actor), ', ' ORDER BY t.audit_log_id) INTO by_people
    FROM (SELECT a.table_name, a.record_key, a.operation, a.actor, a.audit_log_id
            FROM audit_log a
           WHERE a.created_at >= made AND a.operation <> 'DIGEST'
             AND (EXISTS (SELECT FROM performance_keys k WHERE k.table_name = a.table_name AND a.record_key ~ '^[0-9]+$' AND k.key = CASE WHEN a.record_key ~ '^[0-9]{1,18}$' THEN a.record_key::bigint END)
                  OR EXISTS (SELECT FROM performance_keys k WHERE k.table_name = 'orders' AND k.key = (coalesce(a.new_values, a.old_values) ->> 'order_id')::bigint AND a.table_name <> 'orders')
                  OR EXISTS (SELECT FROM performance_keys k WHERE k.table_name = 'builds' AND k.key = (coalesce(a.new_values, a.old_values) ->> 'build_id')::bigint AND a.table_name <> 'builds'))
           ORDER BY a.audit_log_id LIMIT 5) t;
  RETURN by_people;
END;
$$;
COMMENT ON FUNCTION touched_performance_rows() IS 'The first five changes of test data by people, in words; null when nobody touched it.';

CREATE OR REPLACE FUNCTION delete_performance_rows() RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
SET work_mem = '256MB'
AS $$
BEGIN
  UPDATE builds b SET configuration_id = NULL, bom_id = NULL FROM performance_keys k WHERE k.table_name = 'builds' AND b.build_id = k.key AND b.bom_id IS NOT NULL;
  DELETE FROM bom_line_items t USING performance_keys k WHERE k.table_name = 'boms' AND t.bom_id = k.key;
  DELETE FROM boms t USING performance_keys k WHERE k.table_name = 'boms' AND t.bom_id = k.key;
  DELETE FROM configurations t USING performance_keys k WHERE k.table_name = 'configurations' AND t.configuration_id = k.key;
  DELETE FROM build_status_history t USING performance_keys k WHERE k.table_name = 'builds' AND t.build_id = k.key;
  DELETE FROM shop_builds t USING performance_keys k WHERE k.table_name = 'builds' AND t.build_id = k.key;
  DELETE FROM builds t USING performance_keys k WHERE k.table_name = 'builds' AND t.build_id = k.key;
  DELETE FROM order_items t USING performance_keys k WHERE k.table_name = 'order_items' AND t.order_item_id = k.key;
  DELETE FROM order_metrics t USING performance_keys k WHERE k.table_name = 'orders' AND t.order_id = k.key;
  DELETE FROM order_status_history t USING performance_keys k WHERE k.table_name = 'orders' AND t.order_id = k.key;
  -- The counters learn of it as one row for all orders of the same days, phase and state.
  INSERT INTO order_summary_deltas (order_id, created_on, want_date, phase, state, orders, builds, entered_seconds, delivered_on)
  SELECT 0, s.created_on, s.want_date, s.phase, s.state, -count(*), -sum(s.build_count), -sum(extract(epoch FROM s.phase_entered_at)::bigint), s.delivered_on
    FROM order_summaries s JOIN performance_keys k ON k.table_name = 'orders' AND k.key = s.order_id
   GROUP BY s.created_on, s.want_date, s.phase, s.state, s.delivered_on;
  DELETE FROM order_summaries t USING performance_keys k WHERE k.table_name = 'orders' AND t.order_id = k.key;
  DELETE FROM orders t USING performance_keys k WHERE k.table_name = 'orders' AND t.order_id = k.key;
  DELETE FROM customers t USING performance_keys k WHERE k.table_name = 'customers' AND t.customer_id = k.key;
  DELETE FROM item_codes t USING performance_keys k WHERE k.table_name = 'parts' AND t.part_id = k.key;
  DELETE FROM parts t USING performance_keys k WHERE k.table_name = 'parts' AND t.part_id = k.key;
  DELETE FROM users t USING performance_keys k WHERE k.table_name = 'users' AND t.user_id = k.key;
  DELETE FROM performance_test_runs;
  PERFORM fold_order_summaries();
END;
$$;
COMMENT ON FUNCTION delete_performance_rows() IS 'Deletes the listed test data, from the leaves to the root; foreign keys stop it where something real stands on a row.';
