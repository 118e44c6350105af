-- Thresholds: the targets of the contract, and limits beyond which a plant of 50 people would notice.

INSERT INTO performance_thresholds (metric_code, description, unit, warning, critical, is_lower_bound, contract_target, is_active) VALUES
  ('bom_generation_ms', 'Generating a BOM, p95 of the latest benchmark', 'ms', 1000, 5000, false, 'BOM Generation: <5 seconds for complex configurations', true),
  ('order_search_ms', 'Searching orders, p95 of the slowest kind in the latest benchmark', 'ms', 500, 2000, false, 'Order Searches: <2 seconds for filtered results', true),
  ('session_check_ms', 'Checking a session, p95 of the latest benchmark', 'ms', 20, 200, false, 'User Authentication: <200ms', true),
  ('queries_over_100ms_percent', 'Calls of statements that take more than 100 ms on average', 'percent', 2, 5, false, 'Database Queries: 95% under 100ms response time', true),
  ('connections_percent', 'Connections in use', 'percent', 70, 90, false, 'Concurrent Users: Support for 50 simultaneous users', true),
  ('cache_hit_percent', 'Blocks found in memory', 'percent', 95, 80, true, NULL, true),
  ('oldest_transaction_s', 'Age of the oldest transaction', 's', 900, 3600, false, NULL, true),
  ('lock_wait_s', 'Longest wait for a lock', 's', 30, 300, false, NULL, true),
  ('dead_rows_percent', 'Dead rows in the worst large table', 'percent', 30, 60, false, NULL, true),
  ('outbox_wait_s', 'Age of the oldest event in the outbox', 's', 3600, 86400, false, NULL, true),
  ('unfolded_deltas', 'Changes of the order counters not folded', 'count', 200000, 2000000, false, NULL, true),
  ('summary_age_s', 'Age of mv_order_summary', 's', 93600, 259200, false, NULL, true),
  ('transaction_id_age', 'Transactions since the oldest frozen one', 'count', 500000000, 1200000000, false, NULL, true),
  ('database_size_bytes', 'Size of the database; set the limits to your disk', 'bytes', 100000000000, 500000000000, false, NULL, false);
