-- Access to the tables and functions of the domain bom: see access_begin.sql.

INSERT INTO table_access (table_name, reading, inserting, updating, deleting, retention_class, personal, secret) VALUES
  ('translations', 'everyone', 'setting:update', 'setting:update', 'setting:update', 'REFERENCE', '{}', '{}'),
  ('product_families', 'everyone', 'configuration_rule:create', 'configuration_rule:update', NULL, 'REFERENCE', '{}', '{}'),
  ('rule_sets', 'permission:configuration:read', NULL, NULL, 'configuration_rule:update', 'REFERENCE', '{created_by:LOGIN,released_by:LOGIN}', '{}'),
  ('configuration_parameters', 'permission:configuration:read', 'configuration_rule:update', 'configuration_rule:update', 'configuration_rule:update', 'REFERENCE', '{}', '{}'),
  ('configuration_lookups', 'permission:configuration_rule:read', 'configuration_rule:update', 'configuration_rule:update', 'configuration_rule:update', 'REFERENCE', '{}', '{}'),
  ('configuration_rules', 'permission:configuration_rule:read', 'configuration_rule:update', 'configuration_rule:update', 'configuration_rule:update', 'REFERENCE', '{}', '{}'),
  ('configurations', 'build:configuration:read', NULL, NULL, NULL, 'DEVICE_RECORD', '{note:FREE_TEXT}', '{}'),
  ('configuration_drafts', 'none', NULL, NULL, NULL, 'TRANSIENT', '{}', '{}'),
  ('boms', 'build:bom:read', NULL, NULL, NULL, 'DEVICE_RECORD', '{decision_note:FREE_TEXT}', '{}'),
  ('bom_line_items', 'bom:bom:read', NULL, NULL, NULL, 'DEVICE_RECORD', '{}', '{}'),
  ('custom_parts_registry', 'permission:custom_part:read', NULL, NULL, NULL, 'DEVICE_RECORD', '{retirement_reason:FREE_TEXT}', '{}');

-- Costs and prices are for those with price:read: bom_prices(), bom_line_costs().
UPDATE table_access SET hidden = '{total_cost,total_price}' WHERE table_name = 'boms';
UPDATE table_access SET hidden = '{unit_cost}' WHERE table_name = 'bom_line_items';

INSERT INTO function_access (function_name, access) VALUES
  ('preview_sink', 'filtered'), ('validate_sink', 'filtered'), ('explain_sink', 'filtered'), ('preview_bom', 'filtered'), ('validate_configuration', 'filtered'), ('check_rule_set', 'filtered'),
  ('indented_bom', 'filtered'), ('bom_leaf_totals', 'filtered'), ('bom_cost_parts', 'filtered'), ('explain_bom_line', 'filtered'), ('compare_boms', 'filtered'), ('export_bom', 'filtered'), ('simulate_rules', 'filtered'),
  ('rules_of_set', 'filtered'), ('rule_set_differs', 'filtered'), ('try_rules', 'filtered'),
  ('configure_sink', 'filtered'), ('item_objections', 'filtered'), ('sink_to_configure', 'filtered'), ('save_build_configuration', 'write'), ('keep_configuration_draft', 'write'), ('drop_configuration_draft', 'write'),
  ('bom_prices', 'filtered'), ('bom_line_costs', 'filtered'), ('bom_branches', 'filtered'), ('bom_sheet', 'filtered'), ('bom_line_sheet', 'filtered'),
  ('released_rule_set', 'read'), ('released_families', 'read'), ('message_text', 'read'),
  ('fill_template', 'helper'), ('choose_plurals', 'helper'), ('plain_text', 'helper'), ('because_text', 'helper'), ('json_pointer_step', 'helper'),
  ('add_bom_line', 'write'), ('update_bom_line', 'write'), ('remove_bom_line', 'write'),
  ('save_configuration', 'write'), ('copy_configuration', 'write'), ('generate_bom', 'write'), ('generate_order_boms', 'write'),
  ('submit_bom', 'write'), ('approve_bom', 'write'), ('reject_bom', 'write'), ('release_bom', 'write'),
  ('attach_custom_part_drawing', 'write'), ('retire_custom_part', 'write'), ('release_rule_set', 'write'), ('content_to_sign', 'filtered'), ('copy_rule_set', 'write'), ('create_rule_set', 'write');
