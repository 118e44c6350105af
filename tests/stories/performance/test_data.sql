-- Test data is consistent in itself, can grow, leaves real data alone when it goes, and stays when a person used it.
SELECT count(*) AS audit_before FROM audit_log \gset
SELECT md5(string_agg(o::text, '' ORDER BY order_id)) AS real_orders FROM orders o \gset
SELECT generate_performance_test_data(700, 20, 5, 60);
SELECT generate_performance_test_data(300, 20, 5, 60);
SELECT testing.same((SELECT count(*) FROM orders WHERE order_number LIKE 'PERF-%'), 1000::bigint, 'a second run adds');
SELECT testing.same((SELECT max(order_number) FROM orders WHERE order_number LIKE 'PERF-%'), 'PERF-00001000', 'numbers go on');
SELECT testing.same((SELECT count(DISTINCT phase) FROM orders WHERE order_number LIKE 'PERF-%'), 8::bigint, 'every phase');
SELECT testing.same((SELECT count(DISTINCT state) FROM orders WHERE order_number LIKE 'PERF-%'), 3::bigint, 'every state');

SELECT testing.same((SELECT count(*) FROM orders o WHERE o.row_version <> (SELECT count(*) FROM order_status_history h WHERE h.order_id = o.order_id)), 0::bigint, 'version = number of history rows');
SELECT testing.same((SELECT count(*) FROM builds b WHERE b.row_version <> (SELECT count(*) FROM build_status_history h WHERE h.build_id = b.build_id)), 0::bigint, 'the same for builds');
SELECT testing.same((SELECT count(*) FROM orders o WHERE o.state <> 'CANCELLED' AND o.quantity <> (SELECT count(*) FROM builds b WHERE b.order_id = o.order_id AND b.state = 'ACTIVE')), 0::bigint, 'quantity = builds');
SELECT testing.same((SELECT count(*) FROM builds b JOIN orders o USING (order_id) WHERE b.phase <> o.phase), 0::bigint, 'builds are in the phase of their order');
SELECT testing.same((SELECT count(*) FROM order_metrics m JOIN orders o USING (order_id) WHERE (m.left_at IS NULL) <> (o.phase = m.phase AND o.state <> 'CANCELLED')), 0::bigint, 'metrics are open for the present phase only');
SELECT testing.same((SELECT count(*) FROM order_status_history h WHERE h.created_at > now() OR h.time_in_phase < interval '0'), 0::bigint, 'no history in the future');
SELECT testing.same((SELECT count(*) FROM orders o WHERE o.approved_by = o.submitted_by), 0::bigint, 'submitter and approver differ');
SELECT testing.ok((SELECT count(*) BETWEEN 10 AND 40 FROM boms m JOIN builds b USING (build_id) WHERE b.build_number LIKE 'PERF-%'), 'one build in a hundred has a BOM');
SELECT testing.same((SELECT count(*) FROM boms m WHERE m.line_count <> (SELECT count(*) FROM bom_line_items l WHERE l.bom_id = m.bom_id)), 0::bigint, 'line_count is true');
SELECT testing.same((SELECT count(*) FROM orders o JOIN customers c USING (customer_id) JOIN order_summaries s USING (order_id)
                      WHERE s.document <> order_document(o.order_number, o.po_number, o.project_name, o.sales_person, o.notes, c.customer_code, c.name)), 0::bigint, 'words as if written by the triggers');
SELECT testing.same((SELECT count(*) FROM (SELECT * FROM audit_log ORDER BY audit_log_id OFFSET :audit_before) a WHERE a.operation <> 'DIGEST' AND a.table_name <> 'performance_test_runs'), 0::bigint, 'audited as digests only');
SELECT testing.same((SELECT sum((new_values ->> 'rows')::integer) FROM audit_log WHERE table_name = 'orders' AND operation = 'DIGEST'), 1000::bigint, 'and they count the rows');
SELECT testing.same(get_system_health_status() #>> '{checks,triggers,status}', 'ok', 'all triggers are on again');
SELECT testing.refused('UPDATE orders SET phase = ''APPROVAL'' WHERE order_number = ''PERF-00000001''', 'TV009');

-- Who may: the owner, for nobody.
SELECT testing.refused('SELECT generate_performance_test_data(10, 1, 1, 0)', 'TV022', '1 users');
SELECT testing.refused('SELECT generate_performance_test_data(NULL, 1, 2, 0)', 'TV022');
SELECT testing.act('sample.admin');
SELECT testing.refused('SELECT generate_performance_test_data(10, 1, 2, 0)', '42501', 'owner');
SELECT testing.refused('SELECT remove_performance_test_data()', '42501', 'owner');
SELECT testing.refused('SELECT run_performance_benchmarks()', '42501', 'owner');
SELECT testing.refused('SELECT simulate_concurrent_load(1, 1)', '42501', 'owner');

-- A person puts one order on hold: all of it stays, and the refusal names the order.
SELECT testing.nobody();
BEGIN;
SELECT testing.act('sample.production');
SELECT hold_order((SELECT min(order_id) FROM orders WHERE order_number LIKE 'PERF-%' AND state = 'ACTIVE' AND phase = 'PRODUCTION'), 'GENERAL', 'story');
SELECT testing.nobody();
SELECT testing.refused('SELECT remove_performance_test_data()', 'TV009', 'sample.production');
SELECT testing.same((SELECT count(*) FROM orders WHERE order_number LIKE 'PERF-%'), 1000::bigint, 'nothing is gone');
ROLLBACK;
-- So does a note, and a real order of a customer of the test data.
BEGIN;
SELECT testing.nobody();
INSERT INTO order_notes (order_id, body) SELECT min(order_id), 'story' FROM orders WHERE order_number LIKE 'PERF-%';
SELECT testing.refused('SELECT remove_performance_test_data()', 'TV009', 'order_notes');
ROLLBACK;
BEGIN;
SELECT testing.act('sample.sales');
SELECT create_order((SELECT min(customer_code) FROM customers WHERE customer_code LIKE 'PERF-%'), 'PO-REAL', 'sample.sales', current_date + 20, 'EN', '{REAL-1}');
SELECT testing.nobody();
SELECT testing.refused('SELECT remove_performance_test_data()', 'TV009', 'real');
SELECT testing.same(get_system_health_status() #>> '{checks,triggers,status}', 'ok', 'triggers are on after a refusal');
ROLLBACK;

SELECT testing.nobody();
SELECT remove_performance_test_data() -> 'removed' AS removed \gset
SELECT testing.same((:'removed'::jsonb -> 'orders')::integer, 1000, 'orders removed');
SELECT testing.same((SELECT md5(string_agg(o::text, '' ORDER BY order_id)) FROM orders o), :'real_orders', 'real orders as before');
SELECT testing.same((SELECT count(*) FROM performance_test_runs), 0::bigint, 'no run is left');
SELECT testing.same((SELECT count(*) FROM users WHERE login LIKE 'perf.%') + (SELECT count(*) FROM parts WHERE part_number LIKE 'PERF-%') + (SELECT count(*) FROM item_codes WHERE item_code LIKE 'PERF-%'), 0::bigint, 'people and parts are gone');
SELECT testing.same((SELECT sum(orders) FROM v_order_summary_live), (SELECT count(*) FROM orders)::numeric, 'the counters know');
SELECT testing.same((SELECT count(*) FROM v_schema_drift), 0::bigint, 'the schema is as deployed');
