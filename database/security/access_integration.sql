-- Access to the tables and functions of the domain integration: see access_begin.sql.

INSERT INTO table_access (table_name, reading, inserting, updating, deleting, retention_class, personal, secret) VALUES
  ('outbox_events', 'permission:external_system:read', NULL, NULL, NULL, 'SYSTEM', '{payload:FREE_TEXT}', '{}');
