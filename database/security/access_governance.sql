-- Access to the tables and functions of the domain governance: see access_begin.sql.

INSERT INTO table_access (table_name, reading, inserting, updating, deleting, retention_class, personal, secret) VALUES
  ('audit_log', 'permission:audit:read', NULL, NULL, NULL, 'SIGNATURE', '{old_values:FREE_TEXT,new_values:FREE_TEXT,actor:LOGIN,reason:FREE_TEXT}', '{}'),
  ('deployment_log', 'public', NULL, NULL, NULL, 'SYSTEM', '{}', '{}'),
  ('schema_migrations', 'public', NULL, NULL, NULL, 'SYSTEM', '{}', '{}'),
  ('deployed_files', 'public', NULL, NULL, NULL, 'SYSTEM', '{}', '{}'),
  ('schema_fingerprints', 'public', NULL, NULL, NULL, 'SYSTEM', '{}', '{}');

INSERT INTO function_access (function_name, access) VALUES
  ('get_system_health_status', 'filtered'), ('schema_objects', 'helper');
