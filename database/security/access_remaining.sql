-- Tables that the list of their domain does not name yet: classified here, closed to the server's role. A row of the domain goes first.

INSERT INTO table_access (table_name, reading, retention_class, personal) VALUES
  ('units', 'everyone', 'REFERENCE', '{}'), ('categories', 'everyone', 'REFERENCE', '{}'), ('subcategories', 'everyone', 'REFERENCE', '{}'),
  ('assemblies', 'everyone', 'REFERENCE', '{}'), ('parts', 'everyone', 'REFERENCE', '{}'), ('item_codes', 'everyone', 'REFERENCE', '{}'),
  ('assembly_listings', 'everyone', 'REFERENCE', '{}'), ('assembly_revisions', 'everyone', 'REFERENCE', '{created_by:LOGIN,released_by:LOGIN}'),
  ('assembly_components', 'everyone', 'REFERENCE', '{}'), ('structure_version', 'none', 'SYSTEM', '{}'), ('product_variants', 'everyone', 'REFERENCE', '{}'),
  ('import_sessions', 'none', 'TRANSIENT', '{created_by:LOGIN}'), ('import_findings', 'none', 'TRANSIENT', '{}'),
  ('translations', 'everyone', 'REFERENCE', '{}'), ('product_families', 'everyone', 'REFERENCE', '{}'), ('rule_sets', 'none', 'REFERENCE', '{}'),
  ('configuration_parameters', 'everyone', 'REFERENCE', '{}'), ('configuration_lookups', 'everyone', 'REFERENCE', '{}'), ('configuration_rules', 'none', 'REFERENCE', '{}'),
  ('configurations', 'none', 'DEVICE_RECORD', '{note:FREE_TEXT}'), ('boms', 'none', 'DEVICE_RECORD', '{decision_note:FREE_TEXT}'),
  ('bom_line_items', 'none', 'DEVICE_RECORD', '{note:FREE_TEXT}'), ('custom_parts_registry', 'none', 'DEVICE_RECORD', '{}'),
  ('site_settings', 'everyone', 'REFERENCE', '{}'), ('customers', 'none', 'COMMERCIAL', '{notes:FREE_TEXT}'),
  ('orders', 'none', 'DEVICE_RECORD', '{sales_person:NAME,notes:FREE_TEXT,state_reason:FREE_TEXT}'),
  ('order_items', 'none', 'DEVICE_RECORD', '{description:FREE_TEXT}'), ('builds', 'none', 'DEVICE_RECORD', '{}'),
  ('build_status_history', 'none', 'DEVICE_RECORD', '{reason:FREE_TEXT,changed_by:PSEUDONYM}'), ('order_status_history', 'none', 'DEVICE_RECORD', '{reason:FREE_TEXT,changed_by_name:NAME}'),
  ('workflow_guards', 'everyone', 'REFERENCE', '{}'), ('order_workflow_rules', 'everyone', 'REFERENCE', '{}'),
  ('order_attachments', 'none', 'ATTACHMENT', '{file_name:FREE_TEXT,note:FREE_TEXT}'), ('order_notes', 'none', 'COMMERCIAL', '{body:FREE_TEXT}'), ('order_metrics', 'none', 'DEVICE_RECORD', '{}'),
  ('users', 'none', 'STAFF', '{login:LOGIN,display_name:NAME,initials:NAME}'), ('roles', 'everyone', 'REFERENCE', '{}'), ('permissions', 'everyone', 'REFERENCE', '{}'),
  ('role_permissions', 'everyone', 'REFERENCE', '{}'), ('user_roles', 'none', 'STAFF', '{}'), ('signatures', 'none', 'SIGNATURE', '{printed_name:NAME,reason:FREE_TEXT}'),
  ('outbox_events', 'none', 'TRANSIENT', '{payload:FREE_TEXT}'), ('audit_log', 'none', 'SIGNATURE', '{old_values:FREE_TEXT,new_values:FREE_TEXT,actor:LOGIN,reason:FREE_TEXT}'),
  ('deployment_log', 'none', 'SYSTEM', '{}'), ('schema_migrations', 'none', 'SYSTEM', '{}'), ('deployed_files', 'none', 'SYSTEM', '{}'), ('schema_fingerprints', 'none', 'SYSTEM', '{}')
ON CONFLICT (table_name) DO NOTHING;
