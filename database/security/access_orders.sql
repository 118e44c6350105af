-- Access to the tables and functions of the domain orders: see access_begin.sql.

-- Search and counters. search_orders, order_facets and order_board read only, but must run with their owner's rights: text operators use no
-- index under row security. They ask for order:read and for the visible orders themselves (order_search_scope).
INSERT INTO table_access (table_name, reading, inserting, updating, deleting, retention_class, personal, secret) VALUES
  ('order_summaries', 'order:order:read', NULL, NULL, NULL, 'COMMERCIAL', '{document:FREE_TEXT}', '{}'),
  ('order_summary_deltas', 'permission:report:read', NULL, NULL, NULL, 'TRANSIENT', '{}', '{}'),
  ('order_summary_rollup', 'permission:report:read', NULL, NULL, NULL, 'SYSTEM', '{}', '{}'),
  ('order_words', 'none', NULL, NULL, NULL, 'TRANSIENT', '{word:FREE_TEXT}', '{}');
INSERT INTO function_access (function_name, access) VALUES
  ('search_orders', 'write'),
  ('order_facets', 'write'),
  ('order_board', 'write'),
  ('order_dashboard', 'write'),
  ('fold_order_summaries', 'write'),
  ('order_age', 'read'),
  ('hold_hours', 'helper'),
  ('working_hours_between', 'helper'),
  ('working_seconds_until', 'helper'),
  ('site_date', 'helper');
