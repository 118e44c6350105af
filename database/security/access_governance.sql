-- Access to the tables and functions of the domain governance: see access_begin.sql.

INSERT INTO table_access (table_name, reading, inserting, updating, deleting, retention_class, personal, secret) VALUES
  ('encryption_keys', 'none', NULL, NULL, NULL, 'SYSTEM', '{}', '{check_value}'),
  ('encrypted_columns', 'none', NULL, NULL, NULL, 'SYSTEM', '{}', '{}'),
  ('subject_keys', 'none', NULL, NULL, NULL, 'SYSTEM', '{}', '{wrapped_key}');

-- What reads or makes a key asks for no permission: without the key file it does nothing, and the values stand behind row policies.
INSERT INTO function_access (function_name, access) VALUES
  ('use_encryption_key', 'write'),
  ('encryption_context', 'helper'),
  ('encrypt_value', 'write'),
  ('decrypt_value', 'write'),
  ('blind_index', 'write'),
  ('blind_indexes', 'write'),
  ('encrypt_for_subject', 'write'),
  ('decrypt_for_subject', 'write');
