-- Access to the tables and functions of the domain orders: see access_begin.sql.

INSERT INTO table_access (table_name, reading, inserting, updating, deleting, retention_class, personal, secret) VALUES
  ('orders', 'order:order:read', NULL, NULL, NULL, 'DEVICE_RECORD', '{sales_person:NAME,notes:FREE_TEXT,state_reason:FREE_TEXT}', '{}'),
  ('order_items', 'order:order:read', NULL, NULL, NULL, 'DEVICE_RECORD', '{}', '{}'),
  ('builds', 'build:build:read', NULL, NULL, NULL, 'DEVICE_RECORD', '{}', '{}'),
  ('build_status_history', 'build:order:read_history', NULL, NULL, NULL, 'DEVICE_RECORD', '{reason:FREE_TEXT}', '{}'),
  ('order_status_history', 'order:order:read_history', NULL, NULL, NULL, 'DEVICE_RECORD', '{changed_by_name:NAME,reason:FREE_TEXT}', '{}'),
  ('order_attachments', 'order:order_attachment:read', NULL, NULL, NULL, 'ATTACHMENT', '{file_name:FREE_TEXT,note:FREE_TEXT}', '{}'),
  ('order_notes', 'order:order_note:read', NULL, NULL, NULL, 'DEVICE_RECORD', '{body:FREE_TEXT}', '{}'),
  ('order_metrics', 'order:report:read', NULL, NULL, NULL, 'SYSTEM', '{}', '{}'),
  ('order_workflow_rules', 'everyone', NULL, NULL, NULL, 'REFERENCE', '{}', '{}'),
  ('workflow_guards', 'everyone', NULL, NULL, NULL, 'REFERENCE', '{}', '{}'),
  ('site_settings', 'everyone', NULL, 'setting:update', NULL, 'REFERENCE', '{}', '{}');

-- QC Inspectors and technicians see names, technicians those of the orders they see, people of customers their own; notes come from customer_notes().
INSERT INTO table_access (table_name, reading, updating, retention_class, personal, hidden, also) VALUES
  ('customers', 'custom', 'customer:update', 'COMMERCIAL', '{notes:FREE_TEXT}', '{notes}',
   '(SELECT has_permission(''customer:read'')) OR (SELECT has_permission(''customer:read_name'')) AND ' || pg_temp.in_sight('customers', 'customer_id', 'shop_builds s', 'visible_customers', 'own_customers') || ' OR customer_id = (SELECT portal_customer_id())');
-- Customer Service sees no drawings.
UPDATE table_access SET also = 'attachment_kind NOT IN (''SINK_DRAWING'', ''CUSTOM_PART_DRAWING'') OR (SELECT has_permission(''order_attachment:read_drawing''))'
 WHERE table_name = 'order_attachments';

INSERT INTO function_access (function_name, access) VALUES
  ('create_customer', 'write'), ('create_order', 'write'), ('order_form_faults', 'filtered'), ('update_order', 'write'), ('add_build', 'write'), ('rename_build', 'write'), ('build_to_rename', 'filtered'), ('cancel_build', 'write'),
  ('transition_order', 'write'), ('hold_order', 'write'), ('resume_order', 'write'), ('cancel_order', 'write'),
  ('record_shipment', 'write'), ('record_delivery', 'write'), ('review_accessories', 'write'),
  ('add_order_note', 'write'), ('update_order_note', 'write'), ('mark_order_note', 'write'), ('delete_order_note', 'write'), ('add_attachment', 'write'), ('approve_attachment', 'write'),
  ('order_next_actions', 'filtered'), ('order_later_actions', 'filtered'), ('customer_notes', 'filtered'),
  ('site_setting', 'read'), ('site_today', 'read'), ('time_zones', 'read'), ('plant_time', 'read'), ('plant_instant', 'read'), ('phase_position', 'helper'), ('guard_outcome', 'helper'), ('builds_text', 'helper'), ('shown', 'helper');

-- Steps of builds, changes after approval, material of builds, service-part orders.
INSERT INTO table_access (table_name, reading, inserting, updating, deleting, retention_class, personal, secret) VALUES
  ('build_sub_states', 'everyone', NULL, NULL, NULL, 'REFERENCE', '{}', '{}'),
  ('build_workflow_rules', 'everyone', NULL, NULL, NULL, 'REFERENCE', '{}', '{}'),
  ('workflow_rule_changes', 'permission:workflow_rule:read', NULL, NULL, NULL, 'REFERENCE', '{reason:FREE_TEXT,decision_note:FREE_TEXT}', '{}'),
  ('order_changes', 'build:bom:read', NULL, NULL, NULL, 'DEVICE_RECORD', '{reason:FREE_TEXT,decision_note:FREE_TEXT}', '{}'),
  ('stock_reservations', 'build:stock:read', NULL, NULL, NULL, 'DEVICE_RECORD', '{}', '{}'),
  ('stock_moves', 'permission:stock:read', NULL, NULL, NULL, 'DEVICE_RECORD', '{reason:FREE_TEXT}', '{}'),
  ('service_orders', 'permission:service_order:read', NULL, NULL, NULL, 'SERVICE_RECORD', '{note:FREE_TEXT,decision_note:FREE_TEXT}', '{}'),
  ('service_order_items', 'permission:service_order:read', NULL, NULL, NULL, 'SERVICE_RECORD', '{note:FREE_TEXT}', '{}');

INSERT INTO function_access (function_name, access) VALUES
  ('assign_order', 'write'),
  ('propose_workflow_rule_change', 'write'), ('release_workflow_rule_change', 'write'), ('reject_workflow_rule_change', 'write'), ('withdraw_workflow_rule_change', 'write'),
  ('simulate_workflow_rules', 'filtered'), ('workflow_rule_reach', 'filtered'), ('workflow_guard_choices', 'filtered'),
  ('transition_build', 'write'), ('build_next_actions', 'filtered'), ('request_hold', 'write'), ('propose_order_change', 'write'), ('decide_order_change', 'write'),
  ('reserve_stock', 'write'), ('release_reservations', 'write'), ('issue_stock', 'write'), ('receive_outsourced_stock', 'write'), ('issue_pick_list', 'write'), ('return_stock', 'write'),
  ('pick_list', 'filtered'), ('takes_material', 'filtered'), ('shortages', 'filtered'), ('block_expired_lots', 'door'),
  ('create_service_order', 'write'), ('set_service_order_item', 'write'), ('submit_service_order', 'write'), ('decide_service_order', 'write'),
  ('ship_service_order', 'write'), ('receive_service_order', 'write'), ('cancel_service_order', 'write');
-- Search and counters. search_orders, order_facets and order_board read only, but must run with their owner's rights: text operators use no
-- index under row security. They ask for order:read and for the visible orders themselves (order_sight).
INSERT INTO table_access (table_name, reading, inserting, updating, deleting, retention_class, personal, secret) VALUES
  ('order_summaries', 'order:order:read', NULL, NULL, NULL, 'COMMERCIAL', '{document:FREE_TEXT}', '{}'),
  ('order_summary_deltas', 'order:report:read', NULL, NULL, NULL, 'TRANSIENT', '{}', '{}'),
  ('order_summary_rollup', 'permission:report:read', NULL, NULL, NULL, 'SYSTEM', '{}', '{}'),
  ('order_summary_totals', 'permission:report:read', NULL, NULL, NULL, 'SYSTEM', '{}', '{}'),
  ('order_delivery_rollup', 'permission:report:read', NULL, NULL, NULL, 'SYSTEM', '{}', '{}'),
  ('order_words', 'none', NULL, NULL, NULL, 'TRANSIENT', '{word:FREE_TEXT}', '{}');
INSERT INTO function_access (function_name, access) VALUES
  ('search_orders', 'filtered'),
  ('open_orders_by_phase', 'filtered'), ('order_calendar', 'filtered'),
  ('order_facets', 'filtered'),
  ('order_board', 'filtered'),
  ('order_dashboard', 'filtered'),
  ('own_frame', 'filtered'),
  ('order_row_facts', 'filtered'),
  ('report_throughput', 'filtered'), ('report_on_time_delivery', 'filtered'), ('report_time_in_phase', 'filtered'), ('report_first_pass_yield', 'filtered'), ('report_backlog_age', 'filtered'),
  ('update_site_settings', 'write'), ('dashboard_figures', 'filtered'), ('late_orders', 'filtered'), ('approvals_waiting', 'filtered'), ('approvals_by_kind', 'filtered'), ('days_in_production', 'filtered'), ('inspections_waiting', 'filtered'),
  ('fold_order_summaries', 'door'),
  ('order_age', 'filtered'),
  ('working_hours_between', 'helper'),
  ('working_seconds_until', 'helper'),
  ('site_date', 'helper');
