-- Access to the tables and functions of the domain governance: see access_begin.sql.

-- Monitoring. get_system_health_status asks for no permission: it tells states, no data.
INSERT INTO table_access (table_name, reading, inserting, updating, deleting, retention_class, personal, secret) VALUES
  ('performance_thresholds', 'permission:system:read', NULL, 'system:maintain', NULL, 'REFERENCE', '{}', '{}'),
  ('performance_samples', 'permission:system:read', NULL, NULL, NULL, 'SYSTEM', '{}', '{}'),
  ('performance_benchmark_runs', 'permission:system:read', NULL, NULL, NULL, 'SYSTEM', '{}', '{}'),
  ('performance_test_runs', 'permission:system:read', NULL, NULL, NULL, 'SYSTEM', '{}', '{}'),
  ('view_refreshes', 'permission:system:read', NULL, NULL, NULL, 'SYSTEM', '{}', '{}');
INSERT INTO function_access (function_name, access) VALUES
  ('get_system_health_status', 'write'),
  ('refresh_all_materialized_views', 'write'),
  ('check_performance_thresholds', 'write');
