-- Access to the tables and functions of the domain integration: see access_begin.sql.

INSERT INTO table_access (table_name, reading, inserting, updating, deleting, retention_class, personal, secret) VALUES
  ('outbox_events', 'permission:external_system:read', NULL, NULL, NULL, 'SYSTEM', '{payload:FREE_TEXT}', '{}'),
  ('outbox_deliveries', 'permission:external_system:read', NULL, NULL, NULL, 'TRANSIENT', '{}', '{}'),
  ('allowed_hosts', 'permission:external_system:read', NULL, NULL, NULL, 'SIGNATURE', '{}', '{}'),
  ('external_systems', 'permission:external_system:read', NULL, NULL, NULL, 'REFERENCE', '{}', '{credentials}'),
  ('external_system_health', 'permission:external_system:read', NULL, NULL, NULL, 'SYSTEM', '{}', '{}'),
  ('external_system_objects', 'permission:external_system:read', NULL, NULL, NULL, 'REFERENCE', '{}', '{}'),
  ('external_ids', 'permission:external_system:read', NULL, NULL, NULL, 'COMMERCIAL', '{}', '{}'),
  ('webhook_endpoints', 'permission:external_system:read', NULL, NULL, NULL, 'REFERENCE', '{}', '{secret,previous_secret}'),
  ('inbound_messages', 'permission:external_system:update', NULL, NULL, NULL, 'TRANSIENT', '{payload:FREE_TEXT}', '{}'),
  ('sync_log', 'permission:external_system:read', NULL, NULL, NULL, 'SYSTEM', '{error:FREE_TEXT}', '{}'),
  ('document_contents', 'none', NULL, NULL, NULL, 'ATTACHMENT', '{}', '{}'),
  ('document_chunks', 'none', NULL, NULL, NULL, 'ATTACHMENT', '{content:FREE_TEXT}', '{}'),
  ('document_object_removals', 'none', NULL, NULL, NULL, 'TRANSIENT', '{}', '{}'),
  ('document_texts', 'none', NULL, NULL, NULL, 'ATTACHMENT', '{body:FREE_TEXT}', '{}'),
  ('notification_rules', 'permission:notification:read_own', 'notification_rule:update', 'notification_rule:update', 'notification_rule:update', 'REFERENCE', '{}', '{}'),
  ('notification_preferences', 'own:user_id:user:read', NULL, NULL, NULL, 'STAFF', '{}', '{}'),
  ('notifications', 'own:user_id:audit:read', NULL, NULL, NULL, 'TRANSIENT', '{title:FREE_TEXT,body:FREE_TEXT}', '{}'),
  ('idempotency_keys', 'none', NULL, NULL, NULL, 'TRANSIENT', '{body:FREE_TEXT}', '{}'),
  ('order_due_notices', 'permission:external_system:read', NULL, NULL, NULL, 'TRANSIENT', '{}', '{}'),
  ('system_alerts', 'permission:system_alert:read', NULL, NULL, NULL, 'SYSTEM', '{}', '{}'),
  ('shipments', 'order:shipment:read', NULL, NULL, NULL, 'DEVICE_RECORD', '{}', '{}'),
  ('shipment_packages', 'order:shipment:read', NULL, NULL, NULL, 'DEVICE_RECORD', '{}', '{}'),
  ('shipment_builds', 'build:shipment:read', NULL, NULL, NULL, 'DEVICE_RECORD', '{}', '{}');

-- Versions of a visible document; people of a customer see what is for them.
INSERT INTO table_access (table_name, reading, also, retention_class, personal) VALUES
  ('documents', 'custom',
   'access_level = ANY ((SELECT readable_access_levels())::text[]) AND (document_kind <> ''DRAWING'' OR (SELECT has_permission(''order_attachment:read_drawing''))) OR access_level = ''CUSTOMER'' AND customer_id = (SELECT acting_customer_id())',
   'DEVICE_RECORD', '{}'),
  ('document_versions', 'custom',
   'document_id IN (SELECT d.document_id FROM documents d) AND (state = ''EFFECTIVE'' OR (SELECT acting_customer_id()) IS NULL '
   'AND (state IN (''SUPERSEDED'', ''APPROVED'') OR created_by = (SELECT current_user_id()) OR (SELECT has_permission(''document:update''))))',
   'DEVICE_RECORD', '{}'),
  ('portal_messages', 'custom',
   'customer_id = (SELECT acting_customer_id()) OR (SELECT acting_customer_id()) IS NULL AND (SELECT has_permission(''portal_message:read''))',
   'COMMERCIAL', '{body:FREE_TEXT}');

INSERT INTO function_access (function_name, access) VALUES
  ('allow_host', 'write'), ('withdraw_host', 'write'), ('require_content_permission', 'read'), ('save_external_system', 'write'), ('create_external_system', 'write'), ('update_external_system', 'write'), ('set_system_credentials', 'write'), ('activate_external_system', 'write'),
  ('create_webhook_endpoint', 'write'), ('rotate_webhook_secret', 'write'), ('renew_webhook_secret', 'write'), ('give_system_credentials', 'write'), ('withdraw_system_credentials', 'write'), ('replay_delivery', 'write'), ('unlink_external_id', 'write'),
  -- The worker's, which acts for nobody.
  ('process_outbox', 'door'), ('streamed_events', 'door'), ('claim_deliveries', 'door'), ('record_delivery_result', 'door'), ('begin_sync', 'door'), ('finish_sync', 'door'), ('link_external_id', 'door'),
  ('receive_message', 'door'), ('claim_inbound_messages', 'door'), ('finish_inbound_message', 'door'), ('webhook_secrets', 'door'), ('system_connection', 'door'),
  ('deliver_notifications', 'door'), ('claim_notifications', 'door'), ('record_notification_result', 'door'), ('raise_due_notifications', 'door'), ('raise_alert', 'door'), ('resolve_alert', 'door'),
  ('apply_document_dates', 'door'), ('sweep_document_contents', 'door'), ('verify_document_contents', 'door'), ('waiting_object_removals', 'door'), ('finish_object_removals', 'door'), ('stored_objects', 'door'), ('run_background_work', 'door'), ('update_shipment_tracking', 'door'),
  -- Who may hear of what: row security says, for whoever asks.
  ('visible_subjects', 'read'), ('readable_key', 'read'),
  -- Requests that may come twice.
  ('begin_idempotent', 'write'), ('finish_idempotent', 'write'), ('purge_idempotency_keys', 'door'),
  -- Documents.
  ('begin_document_content', 'write'), ('append_document_chunk', 'write'), ('finish_document_content', 'write'), ('store_content', 'write'), ('announce_content_object', 'write'), ('store_content_object', 'write'),
  ('create_document', 'write'), ('update_document', 'write'), ('add_document_version', 'write'), ('store_document', 'write'), ('submit_document_version', 'write'), ('approve_document_version', 'write'),
  ('reject_document_version', 'write'), ('withdraw_document', 'write'), ('search_documents', 'filtered'), ('read_document_content', 'filtered'), ('read_attachment_content', 'filtered'),
  ('version_content_place', 'filtered'), ('attachment_content_place', 'filtered'),
  ('add_attachment_content', 'write'), ('attach_content', 'write'), ('effective_version', 'read'),
  ('acting_customer_id', 'filtered'), ('readable_access_levels', 'filtered'), ('may_read_document', 'filtered'), ('may_see_portal_message', 'filtered'),
  ('storable_media_types', 'helper'), ('is_safe_file_name', 'helper'), ('url_target', 'helper'), ('looks_encrypted', 'helper'),
  -- Notifications.
  ('mark_notification_read', 'write'), ('mark_all_notifications_read', 'write'), ('my_notifications', 'filtered'), ('set_notification_preference', 'write'), ('event_types', 'read'), ('broadcast_notification', 'write'),
  -- Shipments and messages.
  ('create_shipment', 'write'), ('set_shipment_packages', 'write'), ('mark_shipment_ready', 'write'), ('dispatch_shipment', 'write'), ('record_shipment', 'write'),
  ('record_shipment_delivery', 'write'), ('record_delivery', 'write'), ('return_shipment', 'write'), ('cancel_shipment', 'write'), ('partial_shipment_allowed', 'helper'),
  ('send_portal_message', 'write'), ('mark_portal_messages_read', 'write')
ON CONFLICT (function_name) DO NOTHING;
