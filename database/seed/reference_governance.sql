-- Retention policies of each class, and the encrypted columns of people and archives.
--
-- Periods are those of the classes; a site with longer ones (lifetime of its devices, tax law of its country) changes keep_for.

INSERT INTO encrypted_columns (table_name, column_name, scheme, subject_column, index_column, index_purpose) VALUES
  ('pii_contacts', 'name_ciphertext', 'SUBJECT', 'subject_id', NULL, NULL),
  ('pii_contacts', 'email_ciphertext', 'SUBJECT', 'subject_id', 'email_index', 'pii_contacts.email'),
  ('pii_contacts', 'phone_ciphertext', 'SUBJECT', 'subject_id', 'phone_index', 'pii_contacts.phone'),
  ('pii_contacts', 'job_title_ciphertext', 'SUBJECT', 'subject_id', NULL, NULL),
  ('pii_users', 'email_ciphertext', 'SUBJECT', 'subject_id', 'email_index', 'pii_users.email'),
  ('pii_users', 'phone_ciphertext', 'SUBJECT', 'subject_id', 'phone_index', 'pii_users.phone'),
  ('pii_addresses', 'recipient_ciphertext', 'SUBJECT', 'subject_id', NULL, NULL),
  ('pii_addresses', 'address_ciphertext', 'SUBJECT', 'subject_id', NULL, NULL),
  ('external_systems', 'credentials', 'DATA', NULL, NULL, NULL),
  ('webhook_endpoints', 'secret', 'DATA', NULL, NULL, NULL),
  ('archive_contents', 'content', 'DATA', NULL, NULL, NULL);

INSERT INTO data_retention_policies (policy_code, title, retention_class, table_name, action, keep_for, start_event, start_expression, due_condition, batch_size, anonymised_columns, requires_signature, legal_basis)
SELECT p.policy_code, p.title, p.retention_class, p.table_name, p.action, p.keep_for::interval, p.start_event, p.start_expression, p.due_condition, p.batch_size, CASE p.action WHEN 'ANONYMISE' THEN '{client_address}'::text[] ELSE '{}' END, c.is_regulated, c.legal_basis
  FROM (VALUES
    ('DEVICE_RECORDS', 'Orders with their builds, BOMs, tasks, inspections and files, into an encrypted archive', 'DEVICE_RECORD', 'orders', 'ARCHIVE', '15 years', 'delivery or cancellation',
     'CASE WHEN t.phase = ''DELIVERED'' THEN coalesce(t.delivered_on::timestamp AT TIME ZONE ''UTC'', t.phase_entered_at) WHEN t.state = ''CANCELLED'' THEN t.state_changed_at END', 'NOT t.is_sample', 50),
    ('DEVICE_RECORD_ARCHIVES', 'Archives of device records, after a further period', 'DEVICE_RECORD', 'archives', 'DELETE', '15 years', 'making of the archive', 't.created_at', 't.state = ''STORED'' AND (t.keep_until IS NULL OR t.keep_until < now())', 50),
    ('AUDIT_TRAIL', 'Months of the audit trail in which no living regulated record is described', 'SIGNATURE', 'audit_log', 'DROP_PARTITION', '20 years', 'end of the month', NULL, 'true', 12),
    ('SIGNATURES', 'Signatures whose record has gone', 'SIGNATURE', 'signatures', 'DELETE', '15 years', 'signing', 't.signed_at',
     'NOT record_exists(t.record_type, t.record_id::text) AND NOT EXISTS (SELECT FROM legal_holds h WHERE t.signature_id IN (h.placed_signature_id, h.release_signature_id)) AND NOT EXISTS (SELECT FROM retention_runs r WHERE r.signature_id = t.signature_id) AND NOT EXISTS (SELECT FROM privacy_requests q WHERE q.signature_id = t.signature_id)', 5000),
    ('SERVICE_RECORDS', 'Service-part orders and complaints', 'SERVICE_RECORD', 'service_orders', 'DELETE', '15 years', 'making of the service order', 't.created_at', 'true', 500),
    ('PRIVACY_REQUESTS', 'Closed privacy requests', 'SERVICE_RECORD', 'privacy_requests', 'DELETE', '15 years', 'closing', 't.closed_at', 'true', 1000),
    ('CUSTOMERS', 'Inactive customers without orders and contacts', 'COMMERCIAL', 'customers', 'DELETE', '10 years', 'last change', 't.updated_at',
     'NOT t.is_active AND NOT EXISTS (SELECT FROM orders o WHERE o.customer_id = t.customer_id) AND NOT EXISTS (SELECT FROM pii_contacts p JOIN subjects s USING (subject_id) WHERE p.customer_id = t.customer_id AND s.erased_at IS NULL)', 1000),
    ('CONTACTS', 'Contacts whose purpose ended: erased, key destroyed', 'CONTACT', 'subjects', 'ERASE', '24 months', 'end of the purpose, or consent withdrawn', 't.purpose_ended_on::timestamp AT TIME ZONE ''UTC''',
     't.subject_kind = ''CONTACT'' AND t.erased_at IS NULL', 20),
    ('STAFF_ACCOUNTS', 'People who left: erased but for the name on their signatures', 'STAFF', 'subjects', 'ERASE', '90 days', 'last change of the deactivated account',
     '(SELECT u.updated_at FROM pii_users p JOIN users u USING (user_id) WHERE p.subject_id = t.subject_id AND NOT u.is_active)', 't.subject_kind IN (''STAFF'', ''PORTAL'') AND t.erased_at IS NULL', 20),
    ('READS_OF_PERSONAL_DATA', 'Log of who read whose data', 'SECURITY', 'pii_access_log', 'DELETE', '13 months', 'the read', 't.created_at', 'true', 20000),
    ('SECURITY_EVENTS', 'Sign-ins, failures, changes of rights', 'SECURITY', 'security_events', 'DELETE', '13 months', 'the event', 't.occurred_at', 'true', 20000),
    ('NETWORK_ADDRESSES', 'Network addresses in security events', 'SECURITY', 'security_events', 'ANONYMISE', '90 days', 'the event', 't.occurred_at', 'true', 20000),
    ('SESSIONS', 'Ended sessions', 'SECURITY', 'user_sessions', 'DELETE', '90 days', 'end of the session', 'coalesce(t.ended_at, t.expires_at)', 'true', 20000),
    ('API_TOKENS', 'Tokens of programs that are over', 'SECURITY', 'api_tokens', 'DELETE', '13 months', 'end of the token', 'least(t.revoked_at, t.expires_at)', 'true', 20000),
    ('ORDER_ATTACHMENTS', 'Files which never became part of a device record', 'ATTACHMENT', 'order_attachments', 'DELETE', '15 years', 'adding of the file', 't.created_at',
     't.approved_at IS NULL AND NOT t.is_sample AND EXISTS (SELECT FROM orders o WHERE o.order_id = t.order_id AND o.state = ''CANCELLED'')', 500),
    ('OUTBOX_EVENTS', 'Events that other systems have taken', 'TRANSIENT', 'outbox_events', 'DELETE', '30 days', 'taking over', 't.processed_at', 'true', 20000),
    ('NOTIFICATIONS', 'Notifications', 'TRANSIENT', 'notifications', 'DELETE', '90 days', 'making of the notification', 't.created_at', 'true', 20000),
    ('SYNC_LOG', 'History of exchanges with other systems', 'TRANSIENT', 'sync_log', 'DELETE', '13 months', 'end of the exchange', 't.finished_at', 'true', 20000),
    ('CONFIGURATION_DRAFTS', 'Configurations that nobody saved', 'TRANSIENT', 'configuration_drafts', 'DELETE', '90 days', 'last change', 't.updated_at', 'true', 20000),
    ('QUALITY_RUNS', 'History of data quality rules', 'TRANSIENT', 'data_quality_runs', 'DELETE', '13 months', 'the run', 't.created_at', 'true', 20000),
    ('PII_FINDINGS', 'Findings that are gone or dismissed', 'TRANSIENT', 'pii_findings', 'DELETE', '30 days', 'decision, or finding', 'coalesce(t.decided_at, t.found_at)', 't.state IN (''GONE'', ''DISMISSED'')', 20000),
    ('BACKUPS', 'Backups run out with the tool that makes them: 30 days', 'BACKUP', NULL, 'EXTERNAL', '30 days', 'making of the backup', NULL, 'true', 1)
  ) AS p (policy_code, title, retention_class, table_name, action, keep_for, start_event, start_expression, due_condition, batch_size)
  JOIN retention_classes c USING (retention_class)
 ORDER BY c.class_number, p.policy_code;
