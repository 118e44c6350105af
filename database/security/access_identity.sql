-- Access to the tables and functions of the domain identity: see access_begin.sql.

INSERT INTO table_access (table_name, reading, inserting, updating, deleting, retention_class, personal, secret) VALUES
  ('users', 'own:user_id:user:read', NULL, NULL, NULL, 'STAFF', '{login:LOGIN,display_name:NAME,initials:NAME}', '{}'),
  ('roles', 'everyone', NULL, NULL, NULL, 'REFERENCE', '{}', '{}'),
  ('permissions', 'everyone', NULL, NULL, NULL, 'REFERENCE', '{}', '{}'),
  ('role_permissions', 'everyone', NULL, NULL, NULL, 'REFERENCE', '{}', '{}'),
  ('user_roles', 'own:user_id:user:read', NULL, NULL, NULL, 'STAFF', '{}', '{}'),
  ('signatures', 'own:signer_id:signature:read', NULL, NULL, NULL, 'SIGNATURE', '{printed_name:NAME,reason:FREE_TEXT}', '{}');

INSERT INTO function_access (function_name, access) VALUES
  ('current_user_id', 'helper'), ('current_actor', 'helper'), ('is_database_owner', 'helper'), ('is_signed_in', 'helper'),
  ('has_permission', 'helper'), ('require_permission', 'helper'), ('require_person', 'helper'),
  ('portal_customer_id', 'helper'), ('may_read', 'helper'), ('sees_all_orders', 'helper'), ('visible_orders', 'helper'), ('visible_builds', 'helper'),
  ('visible_boms', 'helper'), ('visible_customers', 'helper'), ('sees_order', 'helper'), ('sees_build', 'helper'),
  ('person_names', 'filtered');
