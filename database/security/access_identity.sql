-- Access to the tables and functions of the domain identity: see access_begin.sql.

INSERT INTO table_access (table_name, reading, inserting, updating, deleting, retention_class, personal, secret) VALUES
  ('users', 'own:user_id:user:read', NULL, NULL, NULL, 'STAFF', '{login:LOGIN,display_name:NAME,initials:NAME,state_reason:FREE_TEXT}', '{}'),
  ('login_registry', 'none', NULL, NULL, NULL, 'SYSTEM', '{}', '{login_hash}'),
  ('roles', 'everyone', NULL, NULL, NULL, 'REFERENCE', '{}', '{}'),
  ('permissions', 'everyone', NULL, NULL, NULL, 'REFERENCE', '{}', '{}'),
  ('role_permissions', 'everyone', NULL, NULL, NULL, 'REFERENCE', '{}', '{}'),
  ('user_roles', 'own:user_id,delegated_by:user:read', NULL, NULL, NULL, 'STAFF', '{grant_reason:FREE_TEXT,end_reason:FREE_TEXT}', '{}'),
  ('user_credentials', 'none', NULL, NULL, NULL, 'STAFF', '{}', '{password_hash}'),
  ('password_history', 'none', NULL, NULL, NULL, 'STAFF', '{}', '{password_hash}'),
  ('setup_codes', 'none', NULL, NULL, NULL, 'TRANSIENT', '{}', '{code_hash}'),
  ('user_sessions', 'own:user_id:session:read', NULL, NULL, NULL, 'SECURITY', '{client_address:IP,device_label:FREE_TEXT}', '{token_hash,device_hash}'),
  ('identity_providers', 'permission:security_setting:read', NULL, NULL, NULL, 'REFERENCE', '{}', '{sealed_secret}'),
  ('user_identities', 'own:user_id:user:read', NULL, NULL, NULL, 'STAFF', '{subject:LOGIN}', '{}'),
  ('used_sign_in_states', 'none', NULL, NULL, NULL, 'TRANSIENT', '{}', '{}'),
  ('api_tokens', 'own:user_id:api_token:read', NULL, NULL, NULL, 'SECURITY', '{name:FREE_TEXT,revoke_reason:FREE_TEXT}', '{token_hash}'),
  ('mfa_totp', 'none', NULL, NULL, NULL, 'STAFF', '{}', '{sealed_secret}'),
  ('recovery_codes', 'none', NULL, NULL, NULL, 'STAFF', '{}', '{code_hash}'),
  ('login_attempts', 'none', NULL, NULL, NULL, 'TRANSIENT', '{}', '{}'),
  ('security_settings', 'permission:security_setting:read', NULL, NULL, NULL, 'REFERENCE', '{}', '{}'),
  ('security_event_types', 'everyone', NULL, NULL, NULL, 'REFERENCE', '{}', '{}'),
  ('security_events', 'permission:audit:read', NULL, NULL, NULL, 'SECURITY', '{actor:LOGIN,client_address:IP,details:FREE_TEXT}', '{}'),
  ('signing_proofs', 'none', NULL, NULL, NULL, 'TRANSIENT', '{}', '{proof_hash}'),
  ('signatures', 'own:signer_id:signature:read', NULL, NULL, NULL, 'SIGNATURE', '{printed_name:NAME,acting_for_name:NAME,reason:FREE_TEXT}', '{}');

-- Own views, and those that somebody shares with a role of the acting person.
INSERT INTO table_access (table_name, reading, also, retention_class, personal) VALUES
  ('saved_views', 'custom', 'removed_at IS NULL AND (owner_id = (SELECT current_user_id()) OR shared_with && (SELECT own_role_codes())::text[])', 'STAFF', '{name:FREE_TEXT,query:FREE_TEXT}');

-- door: the server calls it before it knows the person, or for whoever holds the token that goes with it.
-- sign, start_session, end_sessions, make_setup_code and the like are in no list: they are parts of the acts below.
INSERT INTO function_access (function_name, access) VALUES
  ('create_user', 'write'), ('update_user', 'write'), ('disable_user', 'write'), ('enable_user', 'write'), ('lock_user', 'write'), ('unlock_user', 'write'),
  ('verify_identity', 'write'), ('require_password_change', 'write'), ('issue_setup_code', 'write'), ('reset_mfa', 'write'),
  ('grant_role', 'write'), ('revoke_role', 'write'), ('delegate_role', 'write'), ('end_delegation', 'write'), ('grant_permission', 'write'), ('revoke_permission', 'write'),
  ('create_api_token', 'write'), ('revoke_api_token', 'write'), ('note_refused_request', 'write'), ('enter_request', 'door'),
  ('set_security_setting', 'write'), ('revoke_session', 'write'), ('revoke_all_sessions', 'write'),
  ('may_attempt_sign_in', 'door'), ('record_sign_in_attempt', 'door'), ('sign_in_account', 'door'), ('is_known_device', 'door'), ('open_session', 'door'), ('touch_session', 'door'), ('session_end', 'door'),
  ('step_up_session', 'door'), ('end_session', 'door'), ('redeem_setup_code', 'door'), ('former_password_hashes', 'door'), ('set_password', 'door'), ('finish_setup', 'door'),
  ('enrol_totp', 'door'), ('totp_secret', 'door'), ('confirm_totp', 'door'), ('may_attempt_mfa', 'door'), ('record_mfa_failure', 'door'), ('use_totp', 'door'),
  ('use_recovery_code', 'door'), ('replace_recovery_codes', 'door'), ('grant_signing_proof', 'door'), ('record_security_event', 'door'),
  ('disable_dormant_accounts', 'door'), ('purge_login_attempts', 'door'), ('purge_saved_views', 'door'), ('purge_sessions', 'door'),
  ('verify_signature', 'filtered'), ('awaits_verification', 'filtered'), ('open_setup_code', 'filtered'), ('last_change_of', 'filtered'), ('order_signatures', 'filtered'), ('record_signatures', 'filtered'), ('my_delegations', 'filtered'), ('person_name', 'filtered'),
  ('save_identity_provider', 'write'), ('set_provider_secret', 'write'), ('enable_identity_provider', 'write'), ('disable_identity_provider', 'write'), ('link_identity', 'write'), ('unlink_identity', 'write'),
  ('provider_address', 'door'), ('sign_in_providers', 'door'), ('provider_to_ask', 'door'), ('may_attempt_provider', 'door'), ('record_provider_failure', 'door'), ('open_session_by_identity', 'door'),
  ('step_up_session_by_identity', 'door'), ('link_own_identity', 'door'), ('require_own_link', 'door'),
  ('save_view', 'write'), ('update_view', 'write'), ('remove_view', 'write'), ('restore_view', 'write'), ('own_role_codes', 'filtered'),
  ('identity_now', 'helper'), ('security_number', 'helper'), ('security_switch', 'helper'), ('current_session_id', 'helper'), ('is_delegation_in_force', 'helper'), ('is_dormant', 'helper'),
  ('current_user_id', 'helper'), ('current_actor', 'helper'), ('is_database_owner', 'helper'), ('has_permission', 'helper'), ('permissions_held', 'helper'), ('require_permission', 'helper'), ('require_person', 'helper'),
  ('is_signed_in', 'helper'), ('portal_customer_id', 'helper'), ('may_read', 'helper'), ('sees_all_orders', 'helper'), ('visible_orders', 'helper'), ('visible_builds', 'helper'), ('sees_shop', 'helper'), ('sees_few_builds', 'helper'), ('own_builds', 'helper'), ('own_orders', 'helper'),
  ('own_boms', 'helper'), ('own_customers', 'helper'), ('visible_boms', 'helper'), ('visible_customers', 'helper'), ('sees_order', 'helper'), ('sees_build', 'helper'), ('person_names', 'filtered'),
  ('is_auditor', 'helper'), ('is_reader', 'helper'), ('is_narrowed', 'helper');
