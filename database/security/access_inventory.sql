-- Access to the tables and functions of the domain inventory: see access_begin.sql.

INSERT INTO table_access (table_name, reading, inserting, updating, deleting, retention_class, personal, secret) VALUES
  ('units', 'everyone', NULL, NULL, NULL, 'REFERENCE', '{}', '{}'),
  ('categories', 'permission:catalogue:read', 'catalogue:create', 'catalogue:update', NULL, 'REFERENCE', '{}', '{}'),
  ('subcategories', 'permission:catalogue:read', 'catalogue:create', 'catalogue:update', NULL, 'REFERENCE', '{}', '{}'),
  ('assemblies', 'permission:catalogue:read', 'catalogue:create', 'catalogue:update', NULL, 'REFERENCE', '{}', '{}'),
  ('parts', 'permission:catalogue:read', 'catalogue:create', 'catalogue:update', NULL, 'REFERENCE', '{sourcing_note:FREE_TEXT}', '{}'),
  ('item_codes', 'permission:catalogue:read', 'catalogue:create', NULL, 'catalogue:update', 'REFERENCE', '{}', '{}'),
  ('assembly_listings', 'permission:catalogue:read', 'catalogue:create', 'catalogue:update', 'catalogue:update', 'REFERENCE', '{}', '{}'),
  ('assembly_revisions', 'permission:catalogue:read', NULL, NULL, NULL, 'REFERENCE', '{created_by:LOGIN,released_by:LOGIN}', '{}'),
  ('assembly_components', 'permission:catalogue:read', 'catalogue:revise', 'catalogue:revise', 'catalogue:revise', 'REFERENCE', '{}', '{}'),
  ('structure_version', 'permission:catalogue:read', NULL, NULL, NULL, 'SYSTEM', '{}', '{}'),
  ('product_variants', 'permission:configuration:read', 'catalogue:create', 'catalogue:update', 'catalogue:update', 'REFERENCE', '{}', '{}'),
  ('import_sessions', 'permission:catalogue:import', NULL, NULL, NULL, 'SYSTEM', '{created_by:LOGIN}', '{}'),
  ('import_findings', 'permission:catalogue:import', NULL, NULL, NULL, 'SYSTEM', '{}', '{}'),
  ('import_rows', 'permission:catalogue:import', NULL, NULL, NULL, 'SYSTEM', '{}', '{}'),
  ('import_contents', 'permission:catalogue:import', NULL, NULL, NULL, 'SYSTEM', '{}', '{}');

-- Costs and prices are for those with price:read: item_prices(), roll_up_assembly().
UPDATE table_access SET hidden = '{standard_cost,list_price}' WHERE table_name IN ('assemblies', 'parts');
UPDATE table_access SET also = 'NOT changes ?| ''{standard_cost,list_price}'' OR (SELECT has_permission(''price:read''))' WHERE table_name = 'import_rows';
-- The own code of an item goes with the item; parts of the 700 series come from configurations.
UPDATE table_access SET writing = 'code_kind <> ''PRIMARY''' WHERE table_name = 'item_codes';
UPDATE table_access SET writing = 'NOT is_custom' WHERE table_name = 'parts';

INSERT INTO function_access (function_name, access) VALUES
  ('search_catalogue', 'filtered'), ('roll_up_assembly', 'filtered'), ('item_prices', 'filtered'), ('inventory_hierarchy', 'filtered'),
  ('resolve_item', 'read'), ('require_item', 'read'), ('require_assembly', 'read'), ('near_code', 'read'), ('assembly_code_of', 'read'),
  ('effective_revision_id', 'read'), ('where_used', 'read'), ('assembly_structure', 'read'), ('catalogue_branches', 'read'), ('catalogue_place', 'read'), ('require_limit', 'helper'), ('refuse_long_structure', 'read'),
  ('explode_structure', 'read'), ('replacement_of', 'read'), ('roll_up_structure', 'read'),
  ('clean_code', 'helper'), ('bare_code', 'helper'), ('search_document', 'helper'), ('search_words', 'helper'), ('bare_text', 'helper'), ('word_patterns', 'helper'), ('found_by_words', 'filtered'),
  ('new_assembly_revision', 'write'), ('release_assembly_revision', 'write'), ('withdraw_assembly_revision', 'write'), ('revision_components', 'filtered'), ('set_revision_components', 'write'), ('import_catalogue', 'write'), ('withdraw_import', 'write'), ('import_content_place', 'filtered'), ('update_part_sourcing', 'write');

INSERT INTO table_access (table_name, reading, inserting, updating, deleting, retention_class, personal, secret) VALUES
  ('stock_locations', 'permission:stock:read', 'stock:create', 'stock:create', NULL, 'REFERENCE', '{}', '{}'),
  ('stock_lots', 'permission:stock:read', NULL, NULL, NULL, 'DEVICE_RECORD', '{}', '{}'),
  ('stock_levels', 'permission:stock:read', NULL, NULL, NULL, 'REFERENCE', '{}', '{}'),
  ('stock_balances', 'permission:stock:read', NULL, NULL, NULL, 'REFERENCE', '{}', '{}');

INSERT INTO function_access (function_name, access) VALUES
  ('receive_stock', 'write'), ('transfer_stock', 'write'), ('count_stock', 'write'), ('scrap_stock', 'write'), ('set_lot_blocked', 'write');
