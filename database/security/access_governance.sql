-- Access to the tables and functions of the domain governance: see access_begin.sql.

INSERT INTO table_access (table_name, reading, inserting, updating, deleting, retention_class, personal, secret) VALUES
  ('audit_log', 'permission:audit:read', NULL, NULL, NULL, 'SIGNATURE', '{old_values:FREE_TEXT,new_values:FREE_TEXT,actor:LOGIN,reason:FREE_TEXT}', '{}'),
  ('deployment_log', 'public', NULL, NULL, NULL, 'SYSTEM', '{}', '{}'),
  ('schema_migrations', 'public', NULL, NULL, NULL, 'SYSTEM', '{}', '{}'),
  ('deployed_files', 'public', NULL, NULL, NULL, 'SYSTEM', '{}', '{}'),
  ('schema_fingerprints', 'public', NULL, NULL, NULL, 'SYSTEM', '{}', '{}'),
  ('audit_seals', 'permission:audit:read', NULL, NULL, NULL, 'SIGNATURE', '{}', '{}'),
  ('audit_seal_state', 'permission:audit:read', NULL, NULL, NULL, 'SYSTEM', '{}', '{}'),
  ('audit_seal_signatures', 'permission:audit:read', NULL, NULL, NULL, 'SIGNATURE', '{}', '{}'),
  ('audit_anchors', 'permission:audit:read', NULL, NULL, NULL, 'SIGNATURE', '{}', '{}'),
  ('audit_retired_months', 'permission:audit:read', NULL, NULL, NULL, 'SIGNATURE', '{reason:FREE_TEXT}', '{}'),
  ('audit_verifications', 'permission:audit:read', NULL, NULL, NULL, 'SIGNATURE', '{verified_by:LOGIN}', '{}'),
  ('audit_reviews', 'permission:audit:read', NULL, NULL, NULL, 'SIGNATURE', '{note:FREE_TEXT}', '{}'),
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

-- Sealing, signing and anchoring take nothing away and give nothing out: the server's worker does them for nobody.
INSERT INTO function_access (function_name, access) VALUES
  ('seal_audit', 'door'),
  ('record_seal_signature', 'door'),
  ('record_anchor', 'door'),
  ('export_audit', 'write'),
  ('verify_audit', 'write'),
  ('run_audit_verification', 'write'),
  ('verify_audit_archive', 'write'),
  ('audit_trail_of', 'write'),
  ('changed_after_approval', 'write'),
  ('sign_audit_review', 'write');

INSERT INTO function_access (function_name, access) VALUES
  ('get_system_health_status', 'filtered'), ('schema_objects', 'helper');
