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
  ('audited_tables', 'read'),
  ('changed_after_approval', 'write'),
  ('sign_audit_review', 'write');

INSERT INTO function_access (function_name, access) VALUES
  ('get_system_health_status', 'filtered'), ('system_diagnostics', 'filtered'), ('schema_objects', 'helper');
-- Privacy, retention, data quality. Personal data is read by functions only, which write down who read it.
INSERT INTO table_access (table_name, reading, inserting, updating, deleting, retention_class, personal, secret) VALUES
  ('retention_classes', 'everyone', NULL, NULL, NULL, 'REFERENCE', '{}', '{}'),
  ('column_classifications', 'everyone', NULL, NULL, NULL, 'SYSTEM', '{}', '{}'),
  ('subjects', 'none', NULL, NULL, NULL, 'CONTACT', '{restriction_reason:FREE_TEXT}', '{}'),
  ('pii_contacts', 'none', NULL, NULL, NULL, 'CONTACT', '{name_ciphertext:NAME,email_ciphertext:EMAIL,phone_ciphertext:PHONE,job_title_ciphertext:NAME,email_index:EMAIL,phone_index:PHONE}', '{}'),
  ('pii_users', 'none', NULL, NULL, NULL, 'STAFF', '{email_ciphertext:EMAIL,phone_ciphertext:PHONE,email_index:EMAIL,phone_index:PHONE}', '{}'),
  ('pii_addresses', 'none', NULL, NULL, NULL, 'CONTACT', '{recipient_ciphertext:NAME,address_ciphertext:ADDRESS}', '{}'),
  ('pii_access_log', 'permission:privacy:read', NULL, NULL, NULL, 'SECURITY', '{actor:LOGIN,reason:FREE_TEXT}', '{}'),
  ('pii_findings', 'permission:privacy:read', NULL, NULL, NULL, 'TRANSIENT', '{note:FREE_TEXT}', '{}'),
  ('privacy_requests', 'permission:privacy:read', NULL, NULL, NULL, 'SERVICE_RECORD', '{note:FREE_TEXT,identity_method:FREE_TEXT}', '{}'),
  ('erasure_ledger', 'none', NULL, NULL, NULL, 'SYSTEM', '{}', '{}'),
  ('legal_holds', 'permission:retention:read', NULL, NULL, NULL, 'SIGNATURE', '{reason:FREE_TEXT,release_reason:FREE_TEXT}', '{}'),
  ('data_retention_policies', 'permission:retention:read', NULL, NULL, NULL, 'REFERENCE', '{}', '{}'),
  ('retention_runs', 'permission:retention:read', NULL, NULL, NULL, 'SIGNATURE', '{actor:LOGIN,message:FREE_TEXT}', '{}'),
  ('archives', 'permission:retention:read', NULL, NULL, NULL, 'SIGNATURE', '{}', '{}'),
  ('archive_contents', 'none', NULL, NULL, NULL, 'DEVICE_RECORD', '{}', '{content}'),
  ('data_quality_rules', 'permission:data_quality:read', NULL, NULL, NULL, 'REFERENCE', '{}', '{}'),
  ('data_quality_runs', 'permission:data_quality:read', NULL, NULL, NULL, 'TRANSIENT', '{actor:LOGIN}', '{}');

INSERT INTO function_access (function_name, access) VALUES
  ('add_contact', 'write'),
  ('update_contact', 'write'),
  ('add_address', 'write'),
  ('set_user_contact', 'write'),
  ('find_contact_by_email', 'write'),
  ('find_contact_by_phone', 'write'),
  ('contact_of', 'write'),
  ('contacts_of_customer', 'write'),
  ('addresses_of', 'write'), ('addresses_of_customer', 'write'),
  ('user_contact_of', 'write'),
  ('end_contact_purpose', 'write'),
  ('who_saw_subject', 'write'),
  ('detect_pii', 'write'),
  ('decide_pii_finding', 'write'),
  ('mask_pii', 'helper'),
  ('find_pii', 'helper'),
  ('pii_candidates', 'helper'),
  ('is_proved_pii', 'helper'),
  ('is_luhn', 'helper'),
  ('open_privacy_request', 'write'),
  ('check_identity', 'write'),
  ('refuse_privacy_request', 'write'),
  ('rectify_subject', 'write'),
  ('restrict_subject', 'write'),
  ('lift_restriction', 'write'),
  ('export_subject', 'write'),
  ('preview_erasure', 'write'),
  ('export_erasure_ledger', 'write'),
  ('is_erased_login', 'write'),
  ('erase_subject', 'write'),
  ('place_hold', 'write'),
  ('release_hold', 'write'),
  ('require_no_hold', 'write'),
  ('execute_retention_policy', 'write'),
  ('approve_retention_run', 'write'),
  ('read_archive', 'write'),
  ('restore_archive', 'write'),
  ('run_data_quality_rules', 'write');
-- Monitoring. get_system_health_status asks for no permission: it tells states, no data.
INSERT INTO table_access (table_name, reading, inserting, updating, deleting, retention_class, personal, secret) VALUES
  ('performance_thresholds', 'permission:system:read', NULL, 'system:maintain', NULL, 'REFERENCE', '{}', '{}'),
  ('performance_samples', 'permission:system:read', NULL, NULL, NULL, 'SYSTEM', '{}', '{}'),
  ('performance_benchmark_runs', 'permission:system:read', NULL, NULL, NULL, 'SYSTEM', '{}', '{}'),
  ('performance_test_runs', 'permission:system:read', NULL, NULL, NULL, 'SYSTEM', '{}', '{}'),
  ('view_refreshes', 'permission:system:read', NULL, NULL, NULL, 'SYSTEM', '{}', '{}');
INSERT INTO function_access (function_name, access) VALUES
  ('refresh_all_materialized_views', 'door'),
  ('check_performance_thresholds', 'door');
