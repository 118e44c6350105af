-- The rules of the MDRD family (product.md): parameters, look-up tables, rules. Rule codes R01-R79 are those of product.md
-- section 4; N normalises, D derives, V checks parameters against each other, C checks accessories (section 3.4).

INSERT INTO product_families (family_code, name, description) VALUES
  ('MDRD', 'MDRD reprocessing sink', 'Sinks with one to three basins, models T2-B1, T2-B2 and T2-B3.'),
  ('ENDOSCOPE', 'Endoscope sink', 'Not released for configuration: no rules.'),
  ('INSTROSINK', 'InstroSink', 'Not released for configuration: body kit 709.81 and its light shelf are known, no rules.');

INSERT INTO rule_sets (family_code, version, note) VALUES ('MDRD', 1, 'Rules of product.md.');

INSERT INTO configuration_parameters (rule_set_id, list_code, parameter_code, value_type, unit_code, minimum, maximum, choices, default_value, suggested_value,
       is_required, visible_when, item_category_code, group_code, position, label, help)
SELECT s.rule_set_id, d.list_code, d.code, d.value_type, d.unit_code, d.minimum::numeric, d.maximum::numeric, string_to_array(d.choices, ' '), d.default_value::jsonb, d.suggested_value::jsonb,
       d.is_required, d.visible_when::jsonpath, CASE WHEN d.list_code = 'accessories' AND d.code = 'code' THEN '720' END, d.group_code, d.position, d.label, d.help
  FROM rule_sets s CROSS JOIN (VALUES
  ('', 'family', 'CHOICE', NULL, NULL, NULL, 'MDRD ENDOSCOPE INSTROSINK', '"MDRD"', NULL, false, NULL, 'order', 10, 'Family', 'Product family.'),
  ('', 'language', 'CHOICE', NULL, NULL, NULL, 'EN FR ES', '"EN"', NULL, false, NULL, 'order', 20, 'Language', 'Language of the documents; selects the manual kit.'),
  ('', 'model', 'CHOICE', NULL, NULL, NULL, 'T2-B1 T2-B2 T2-B3', NULL, '"T2-B1"', true, NULL, 'sink', 30, 'Model', 'Fixes the number of basins.'),
  ('', 'width_in', 'DECIMAL', 'inch', '24', '48', NULL, NULL, '48', false, NULL, 'sink', 40, 'Width (in)', 'Front to back; no effect on the BOM.'),
  ('', 'length_in', 'DECIMAL', 'inch', '48', '120', NULL, NULL, '60', true, NULL, 'sink', 50, 'Length (in)', 'Left to right; selects body and pegboard. A fraction counts as the next whole inch.'),
  ('', 'leg_model', 'CHOICE', NULL, NULL, NULL, 'DL27 DL14 LC1', NULL, '"DL27"', true, NULL, 'legs', 60, 'Leg model', 'Lifting column or leg.'),
  ('', 'leg_adjustment', 'CHOICE', NULL, NULL, NULL, 'HEIGHT_ADJUSTABLE FIXED_HEIGHT', NULL, '"HEIGHT_ADJUSTABLE"', true, NULL, 'legs', 70, 'Leg adjustment', 'LC1 exists only height adjustable.'),
  ('', 'feet', 'CHOICE', NULL, NULL, NULL, 'LEVELING_CASTERS SEISMIC_FEET', NULL, '"LEVELING_CASTERS"', true, NULL, 'legs', 80, 'Feet', 'One set per sink.'),
  ('', 'workflow_direction', 'CHOICE', NULL, NULL, NULL, 'LEFT_TO_RIGHT RIGHT_TO_LEFT', NULL, '"LEFT_TO_RIGHT"', true, NULL, 'sink', 90, 'Workflow direction', 'For drawings and the pre-production check; no effect on the BOM.'),
  ('', 'pegboard', 'BOOLEAN', NULL, NULL, NULL, NULL, 'false', NULL, false, NULL, 'pegboard', 100, 'Pegboard', 'Adds the overhead light and a pegboard kit.'),
  ('', 'pegboard_type', 'CHOICE', NULL, NULL, NULL, 'PERFORATED SOLID', NULL, NULL, true, '$.pegboard == true', 'pegboard', 110, 'Pegboard type', 'Required with a pegboard.'),
  ('', 'pegboard_color', 'CHOICE', NULL, NULL, NULL, 'NONE GREEN BLACK YELLOW GREY RED BLUE ORANGE WHITE', NULL, NULL, false, '$.pegboard == true', 'pegboard', 120, 'Pegboard colour', 'Colorsafe+ colour, independent of the type.'),
  ('', 'pegboard_size_mode', 'CHOICE', NULL, NULL, NULL, 'SAME_AS_SINK CUSTOM', NULL, '"SAME_AS_SINK"', true, '$.pegboard == true', 'pegboard', 130, 'Pegboard size', 'Same as the sink, or custom.'),
  ('', 'pegboard_custom_width_in', 'DECIMAL', 'inch', '12', '60', NULL, NULL, NULL, true, '$.pegboard == true && $.pegboard_size_mode == "CUSTOM"', 'pegboard', 140, 'Custom pegboard width (in)', 'Height of the panel as hung.'),
  ('', 'pegboard_custom_length_in', 'DECIMAL', 'inch', '12', '130', NULL, NULL, NULL, true, '$.pegboard == true && $.pegboard_size_mode == "CUSTOM"', 'pegboard', 150, 'Custom pegboard length (in)', 'Left to right.'),
  ('', 'basins', 'LIST', NULL, '1', '3', NULL, NULL, NULL, true, NULL, 'basins', 160, 'Basins', 'One element per basin, left to right as drawn.'),
  ('', 'faucets', 'LIST', NULL, '0', '6', NULL, '[]', NULL, false, NULL, 'faucets', 170, 'Faucets', 'At most two, three with three basins.'),
  ('', 'sprayers', 'LIST', NULL, '0', '2', NULL, '[]', NULL, false, NULL, 'sprayers', 180, 'Sprayers', 'At most two.'),
  ('', 'drawers', 'LIST', NULL, '0', '20', NULL, '[]', NULL, false, NULL, 'accessories', 190, 'Drawers', 'Drawer housings and pull-out shelves.'),
  ('', 'accessories', 'LIST', NULL, '0', '200', NULL, '[]', NULL, false, NULL, 'accessories', 200, 'Accessories', 'Any orderable item of category 720.'),
  ('basins', 'type', 'CHOICE', NULL, NULL, NULL, 'E_DRAIN E_SINK E_SINK_DI', NULL, NULL, true, NULL, 'basins', 210, 'Basin type', NULL),
  ('basins', 'size', 'CHOICE', NULL, NULL, NULL, '20X20X8 24X20X8 24X20X10 30X20X8 30X20X10 CUSTOM', NULL, NULL, true, NULL, 'basins', 220, 'Basin size', 'Width x length x depth in inches.'),
  ('basins', 'custom_width_in', 'DECIMAL', 'inch', '1', '50', NULL, NULL, NULL, true, '$e.size == "CUSTOM"', 'basins', 230, 'Custom basin width (in)', NULL),
  ('basins', 'custom_length_in', 'DECIMAL', 'inch', '1', '50', NULL, NULL, NULL, true, '$e.size == "CUSTOM"', 'basins', 240, 'Custom basin length (in)', NULL),
  ('basins', 'custom_depth_in', 'DECIMAL', 'inch', '1', '20', NULL, NULL, NULL, true, '$e.size == "CUSTOM"', 'basins', 250, 'Custom basin depth (in)', NULL),
  ('basins', 'p_trap', 'BOOLEAN', NULL, NULL, NULL, NULL, 'false', NULL, false, NULL, 'basins', 260, 'P-trap', 'Disinfection drain unit.'),
  ('basins', 'basin_light', 'BOOLEAN', NULL, NULL, NULL, NULL, 'false', NULL, false, NULL, 'basins', 270, 'Basin light', 'The kit depends on the basin type.'),
  ('faucets', 'type', 'CHOICE', NULL, NULL, NULL, 'WRIST_BLADE PRE_RINSE DI_GOOSENECK', NULL, NULL, true, NULL, 'faucets', 280, 'Faucet type', NULL),
  ('faucets', 'quantity', 'INTEGER', NULL, '1', '3', NULL, '1', NULL, false, NULL, 'faucets', 290, 'Faucet quantity', NULL),
  ('faucets', 'placement', 'CHOICE', NULL, NULL, NULL, 'BASIN_1 BASIN_2 BASIN_3 BETWEEN_1_2 BETWEEN_2_3', NULL, NULL, false, NULL, 'faucets', 300, 'Faucet place', 'One faucet per place.'),
  ('sprayers', 'type', 'CHOICE', NULL, NULL, NULL, 'WATER_TURRET WATER_ROSETTE AIR_TURRET AIR_ROSETTE', NULL, NULL, true, NULL, 'sprayers', 310, 'Sprayer type', NULL),
  ('sprayers', 'location', 'CHOICE', NULL, NULL, NULL, 'LEFT_SIDE RIGHT_SIDE', NULL, NULL, false, NULL, 'sprayers', 320, 'Sprayer location', NULL),
  ('sprayers', 'quantity', 'INTEGER', NULL, '1', '2', NULL, '1', NULL, false, NULL, 'sprayers', 330, 'Sprayer quantity', NULL),
  ('drawers', 'code', 'ITEM', NULL, NULL, NULL, 'T2-OA-2D-152012-STACKED-KIT T2-OA-PO-SHLF-1212', NULL, NULL, true, NULL, 'accessories', 340, 'Drawer code', NULL),
  ('drawers', 'quantity', 'INTEGER', NULL, '1', '99', NULL, '1', NULL, false, NULL, 'accessories', 350, 'Drawer quantity', NULL),
  ('accessories', 'code', 'ITEM', NULL, NULL, NULL, NULL, NULL, NULL, true, NULL, 'accessories', 360, 'Accessory code', NULL),
  ('accessories', 'quantity', 'INTEGER', NULL, '1', '999', NULL, '1', NULL, false, NULL, 'accessories', 370, 'Accessory quantity', NULL)
  ) AS d (list_code, code, value_type, unit_code, minimum, maximum, choices, default_value, suggested_value, is_required, visible_when, group_code, position, label, help)
 WHERE s.family_code = 'MDRD' AND s.version = 1;

INSERT INTO translations (entity, translation_key, language, body) VALUES
  ('parameter', 'family', 'FR', 'Famille'),
  ('parameter', 'language', 'FR', 'Langue'),
  ('parameter', 'model', 'FR', 'Modèle'),
  ('parameter', 'width_in', 'FR', 'Largeur (po)'),
  ('parameter', 'length_in', 'FR', 'Longueur (po)'),
  ('parameter', 'leg_model', 'FR', 'Modèle de pied'),
  ('parameter', 'leg_adjustment', 'FR', 'Réglage des pieds'),
  ('parameter', 'feet', 'FR', 'Roulettes ou pieds'),
  ('parameter', 'workflow_direction', 'FR', 'Sens de travail'),
  ('parameter', 'pegboard', 'FR', 'Panneau'),
  ('parameter', 'pegboard_type', 'FR', 'Type de panneau'),
  ('parameter', 'pegboard_color', 'FR', 'Couleur du panneau'),
  ('parameter', 'pegboard_size_mode', 'FR', 'Taille du panneau'),
  ('parameter', 'pegboard_custom_width_in', 'FR', 'Largeur du panneau sur mesure (po)'),
  ('parameter', 'pegboard_custom_length_in', 'FR', 'Longueur du panneau sur mesure (po)'),
  ('parameter', 'basins', 'FR', 'Bassins'),
  ('parameter', 'faucets', 'FR', 'Robinets'),
  ('parameter', 'sprayers', 'FR', 'Douchettes'),
  ('parameter', 'drawers', 'FR', 'Tiroirs'),
  ('parameter', 'accessories', 'FR', 'Accessoires'),
  ('parameter', 'basins.type', 'FR', 'Type de bassin'),
  ('parameter', 'basins.size', 'FR', 'Taille du bassin'),
  ('parameter', 'basins.custom_width_in', 'FR', 'Largeur du bassin sur mesure (po)'),
  ('parameter', 'basins.custom_length_in', 'FR', 'Longueur du bassin sur mesure (po)'),
  ('parameter', 'basins.custom_depth_in', 'FR', 'Profondeur du bassin sur mesure (po)'),
  ('parameter', 'basins.p_trap', 'FR', 'Siphon'),
  ('parameter', 'basins.basin_light', 'FR', 'Éclairage du bassin'),
  ('parameter', 'faucets.type', 'FR', 'Type de robinet'),
  ('parameter', 'faucets.quantity', 'FR', 'Nombre de robinets'),
  ('parameter', 'faucets.placement', 'FR', 'Emplacement du robinet'),
  ('parameter', 'sprayers.type', 'FR', 'Type de douchette'),
  ('parameter', 'sprayers.location', 'FR', 'Côté de la douchette'),
  ('parameter', 'sprayers.quantity', 'FR', 'Nombre de douchettes'),
  ('parameter', 'drawers.code', 'FR', 'Code du tiroir'),
  ('parameter', 'drawers.quantity', 'FR', 'Nombre de tiroirs'),
  ('parameter', 'accessories.code', 'FR', 'Code de l''accessoire'),
  ('parameter', 'accessories.quantity', 'FR', 'Nombre d''accessoires');

-- Pegboard sizes by length: 84-95 and 96-107 (product.md 4.4, the rule sheet's reading of 95 in). Stock panels are 36 in high.
INSERT INTO configuration_lookups (rule_set_id, lookup_code, key_text, key_from, key_to, value)
SELECT s.rule_set_id, l.* FROM rule_sets s CROSS JOIN (VALUES
  ('PEGBOARD_SIZE', NULL::text, 34::numeric, 47::numeric, '3436'),
  ('PEGBOARD_SIZE', NULL::text, 48::numeric, 59::numeric, '4836'),
  ('PEGBOARD_SIZE', NULL::text, 60::numeric, 71::numeric, '6036'),
  ('PEGBOARD_SIZE', NULL::text, 72::numeric, 83::numeric, '7236'),
  ('PEGBOARD_SIZE', NULL::text, 84::numeric, 95::numeric, '8436'),
  ('PEGBOARD_SIZE', NULL::text, 96::numeric, 107::numeric, '9636'),
  ('PEGBOARD_SIZE', NULL::text, 108::numeric, 119::numeric, '10836'),
  ('PEGBOARD_SIZE', NULL::text, 120::numeric, 130::numeric, '12036'),
  ('PEGBOARD_STOCK', '34', NULL::numeric, NULL::numeric, '3436'),
  ('PEGBOARD_STOCK', '48', NULL::numeric, NULL::numeric, '4836'),
  ('PEGBOARD_STOCK', '60', NULL::numeric, NULL::numeric, '6036'),
  ('PEGBOARD_STOCK', '72', NULL::numeric, NULL::numeric, '7236'),
  ('PEGBOARD_STOCK', '84', NULL::numeric, NULL::numeric, '8436'),
  ('PEGBOARD_STOCK', '96', NULL::numeric, NULL::numeric, '9636'),
  ('PEGBOARD_STOCK', '108', NULL::numeric, NULL::numeric, '10836'),
  ('PEGBOARD_STOCK', '120', NULL::numeric, NULL::numeric, '12036'),
  ('PEGBOARD_STYLE', 'PERFORATED', NULL::numeric, NULL::numeric, 'PERF'),
  ('PEGBOARD_STYLE', 'SOLID', NULL::numeric, NULL::numeric, 'SOLID')
  ) AS l (lookup_code, key_text, key_from, key_to, value)
 WHERE s.family_code = 'MDRD' AND s.version = 1;

-- Normalisation: one spelling for one thing, so that equal sinks have equal hashes.
INSERT INTO configuration_rules (rule_set_id, rule_code, rule_type, priority, title, for_each, condition, assign, source)
SELECT s.rule_set_id, r.rule_code, r.rule_type, r.priority, r.title, r.for_each::jsonpath, r.condition::jsonpath, r.assign::jsonb, r.source FROM rule_sets s CROSS JOIN (VALUES
  ('N01', 'NORMALISATION', 1, 'Language SP is ES', NULL, '$.language == "SP"', '{"language": "ES"}', 'product.md 2'),
  ('N02', 'NORMALISATION', 2, 'No colour', NULL, '$.pegboard_color == "NONE"', '{"pegboard_color": null}', 'product.md 3'),
  ('N10', 'NORMALISATION', 10, 'Custom size equal to 20X20X8', '$.basins[*]', '$e.size == "CUSTOM" && $e.custom_width_in == 20 && $e.custom_length_in == 20 && $e.custom_depth_in == 8', '{"size": "20X20X8", "custom_width_in": null, "custom_length_in": null, "custom_depth_in": null}', 'product.md 3.1, 5'),
  ('N11', 'NORMALISATION', 11, 'Custom size equal to 24X20X8', '$.basins[*]', '$e.size == "CUSTOM" && $e.custom_width_in == 24 && $e.custom_length_in == 20 && $e.custom_depth_in == 8', '{"size": "24X20X8", "custom_width_in": null, "custom_length_in": null, "custom_depth_in": null}', 'product.md 3.1, 5'),
  ('N12', 'NORMALISATION', 12, 'Custom size equal to 24X20X10', '$.basins[*]', '$e.size == "CUSTOM" && $e.custom_width_in == 24 && $e.custom_length_in == 20 && $e.custom_depth_in == 10', '{"size": "24X20X10", "custom_width_in": null, "custom_length_in": null, "custom_depth_in": null}', 'product.md 3.1, 5'),
  ('N13', 'NORMALISATION', 13, 'Custom size equal to 30X20X8', '$.basins[*]', '$e.size == "CUSTOM" && $e.custom_width_in == 30 && $e.custom_length_in == 20 && $e.custom_depth_in == 8', '{"size": "30X20X8", "custom_width_in": null, "custom_length_in": null, "custom_depth_in": null}', 'product.md 3.1, 5'),
  ('N14', 'NORMALISATION', 14, 'Custom size equal to 30X20X10', '$.basins[*]', '$e.size == "CUSTOM" && $e.custom_width_in == 30 && $e.custom_length_in == 20 && $e.custom_depth_in == 10', '{"size": "30X20X10", "custom_width_in": null, "custom_length_in": null, "custom_depth_in": null}', 'product.md 3.1, 5')
  ) AS r (rule_code, rule_type, priority, title, for_each, condition, assign, source)
 WHERE s.family_code = 'MDRD' AND s.version = 1;

-- Derived values: what jsonpath alone cannot count, sum or look up.
INSERT INTO configuration_rules (rule_set_id, rule_code, rule_type, priority, stage, title, derived_name, condition, expressions, aggregate, lookup_code, source)
SELECT s.rule_set_id, r.rule_code, r.rule_type, r.priority, r.stage, r.title, r.derived_name, r.condition::jsonpath, r.expressions::jsonpath[], r.aggregate, r.lookup_code, r.source FROM rule_sets s CROSS JOIN (VALUES
  ('D01', 'DERIVATION', 1, 1, 'Basins', 'basin_count', 'true', ARRAY['$.basins[*]'], 'count', NULL, 'product.md 3'),
  ('D02', 'DERIVATION', 2, 1, 'E-Drain basins', 'drain_count', 'true', ARRAY['$.basins[*] ? (@.type == "E_DRAIN")'], 'count', NULL, 'product.md 4.6'),
  ('D03', 'DERIVATION', 3, 1, 'E-Sink basins, DI included', 'sink_count', 'true', ARRAY['$.basins[*] ? (@.type == "E_SINK" || @.type == "E_SINK_DI")'], 'count', NULL, 'product.md 4.6'),
  ('D04', 'DERIVATION', 4, 1, 'DI basins', 'di_count', 'true', ARRAY['$.basins[*] ? (@.type == "E_SINK_DI")'], 'count', NULL, 'product.md 3.2'),
  ('D05', 'DERIVATION', 5, 1, 'Length rounded up to whole inches', 'body_length', 'true', ARRAY['$.length_in.ceiling()'], 'first', NULL, 'product.md 3'),
  ('D06', 'DERIVATION', 6, 1, 'Goosenecks chosen', 'gooseneck_chosen', 'true', ARRAY['$.faucets[*] ? (@.type == "DI_GOOSENECK").quantity'], 'sum', NULL, 'product.md 3.2'),
  ('D07', 'DERIVATION', 7, 1, 'Other faucets chosen', 'other_faucets', 'true', ARRAY['$.faucets[*] ? (@.type != "DI_GOOSENECK").quantity'], 'sum', NULL, 'product.md 3.2'),
  ('D08', 'DERIVATION', 8, 1, 'Sprayers', 'sprayer_total', 'true', ARRAY['$.sprayers[*].quantity'], 'sum', NULL, 'product.md 3.3'),
  ('D09', 'DERIVATION', 9, 1, 'Stock basins 20 in wide', 'basins_20_wide', 'true', ARRAY['$.basins[*] ? (@.size starts with "20X")'], 'count', NULL, 'product.md 3.1'),
  ('D10', 'DERIVATION', 10, 1, 'Stock basins 24 in wide', 'basins_24_wide', 'true', ARRAY['$.basins[*] ? (@.size starts with "24X")'], 'count', NULL, 'product.md 3.1'),
  ('D11', 'DERIVATION', 11, 1, 'Stock basins 30 in wide', 'basins_30_wide', 'true', ARRAY['$.basins[*] ? (@.size starts with "30X")'], 'count', NULL, 'product.md 3.1'),
  ('D12', 'DERIVATION', 12, 1, 'Faucet places used more than once', 'repeated_placements', 'true', ARRAY['$.faucets[*].placement'], 'repeated', NULL, 'product.md 3.2'),
  ('D13', 'DERIVATION', 13, 1, 'Height-adjustable bottom shelves', 'shelf_count', 'true', ARRAY['$.accessories[*] ? (@.code starts with "T2-OA-CUST-SHELF-HA-")'], 'count', NULL, 'product.md 3.4'),
  ('D14', 'DERIVATION', 14, 1, 'Pegboard style in kit codes', 'pegboard_style', '$.pegboard == true', ARRAY['$.pegboard_type'], 'first', 'PEGBOARD_STYLE', 'product.md 4.4'),
  ('D20', 'DERIVATION', 15, 2, 'Width of all basins together', 'basin_width_total', 'true', ARRAY['$.basins[*].custom_width_in', '$v.basins_20_wide * 20', '$v.basins_24_wide * 24', '$v.basins_30_wide * 30'], 'sum', NULL, 'product.md 3.1'),
  ('D21', 'DERIVATION', 16, 2, 'Faucets allowed with one or two basins', 'faucet_limit', '$v.basin_count <= 2', ARRAY['2'], 'first', NULL, 'product.md 3.2'),
  ('D22', 'DERIVATION', 17, 2, 'Faucets allowed with three basins', 'faucet_limit', '$v.basin_count >= 3', ARRAY['3'], 'first', NULL, 'product.md 3.2'),
  ('D23', 'DERIVATION', 18, 2, 'Goosenecks: as chosen, at least one per DI basin', 'gooseneck_quantity', 'true', ARRAY['$v.gooseneck_chosen', '$v.di_count'], 'max', NULL, 'product.md R72'),
  ('D24', 'DERIVATION', 19, 2, 'Places between basins, at least one', 'between_places', 'true', ARRAY['$v.basin_count - 1', '1'], 'max', NULL, 'product.md 3.2'),
  ('D25', 'DERIVATION', 20, 2, 'Pegboard size of the sink', 'pegboard_size', '$.pegboard == true && $.pegboard_size_mode == "SAME_AS_SINK"', ARRAY['$v.body_length'], 'first', 'PEGBOARD_SIZE', 'product.md 4.4'),
  ('D26', 'DERIVATION', 21, 2, 'Custom pegboard size equal to a stock panel', 'pegboard_size', '$.pegboard == true && $.pegboard_size_mode == "CUSTOM" && $.pegboard_custom_width_in == 36', ARRAY['$.pegboard_custom_length_in'], 'first', 'PEGBOARD_STOCK', 'product.md 5'),
  ('D30', 'DERIVATION', 22, 3, 'All faucets', 'faucet_total', 'true', ARRAY['$v.gooseneck_quantity', '$v.other_faucets'], 'sum', NULL, 'product.md 3.2')
  ) AS r (rule_code, rule_type, priority, stage, title, derived_name, condition, expressions, aggregate, lookup_code, source)
 WHERE s.family_code = 'MDRD' AND s.version = 1;

-- Selection of components, one row per rule of product.md section 4.
INSERT INTO configuration_rules (rule_set_id, rule_code, rule_type, priority, title, for_each, condition, quantity, component_code, component_group, line_note, custom_kind, expressions, source)
SELECT s.rule_set_id, r.rule_code, r.rule_type, r.priority, r.title, r.for_each::jsonpath, r.condition::jsonpath, r.quantity::jsonpath, r.component_code, r.component_group, r.line_note, r.custom_kind, r.expressions::jsonpath[], r.source FROM rule_sets s CROSS JOIN (VALUES
  ('R01', 'COMPONENT_SELECTION', 10, 'Manual in English', NULL, '$.language == "EN"', '1', 'T2-STD-MANUAL-EN-KIT', 'manual', NULL, NULL, NULL, 'product.md R01'),
  ('R02', 'COMPONENT_SELECTION', 20, 'Manual in French', NULL, '$.language == "FR"', '1', 'T2-STD-MANUAL-FR-KIT', 'manual', NULL, NULL, NULL, 'product.md R02'),
  ('R03', 'COMPONENT_SELECTION', 30, 'Manual in Spanish', NULL, '$.language == "ES"', '1', 'T2-STD-MANUAL-SP-KIT', 'manual', NULL, NULL, NULL, 'product.md R03'),
  ('R10', 'COMPONENT_SELECTION', 100, 'Body for 48 to 60 in', NULL, '$v.body_length >= 48 && $v.body_length <= 60', '1', 'T2-BODY-48-60-HA', 'body', NULL, NULL, NULL, 'product.md R10'),
  ('R11', 'COMPONENT_SELECTION', 110, 'Body for 61 to 72 in', NULL, '$v.body_length >= 61 && $v.body_length <= 72', '1', 'T2-BODY-61-72-HA', 'body', NULL, NULL, NULL, 'product.md R11'),
  ('R12', 'COMPONENT_SELECTION', 120, 'Body for 73 to 120 in', NULL, '$v.body_length >= 73 && $v.body_length <= 120', '1', 'T2-BODY-73-120-HA', 'body', NULL, NULL, NULL, 'product.md R12'),
  ('R20', 'COMPONENT_SELECTION', 200, 'DL27 legs, height adjustable', NULL, '$.leg_model == "DL27" && $.leg_adjustment == "HEIGHT_ADJUSTABLE"', '1', 'T2-DL27-KIT', 'legs', NULL, NULL, NULL, 'product.md R20'),
  ('R21', 'COMPONENT_SELECTION', 210, 'DL14 legs, height adjustable', NULL, '$.leg_model == "DL14" && $.leg_adjustment == "HEIGHT_ADJUSTABLE"', '1', 'T2-DL14-KIT', 'legs', NULL, NULL, NULL, 'product.md R21'),
  ('R22', 'COMPONENT_SELECTION', 220, 'LC1 legs, height adjustable', NULL, '$.leg_model == "LC1" && $.leg_adjustment == "HEIGHT_ADJUSTABLE"', '1', 'T2-LC1-KIT', 'legs', NULL, NULL, NULL, 'product.md R22'),
  ('R23', 'COMPONENT_SELECTION', 230, 'DL27 legs, fixed height', NULL, '$.leg_model == "DL27" && $.leg_adjustment == "FIXED_HEIGHT"', '1', 'T2-DL27-FH-KIT', 'legs', NULL, NULL, NULL, 'product.md R23'),
  ('R24', 'COMPONENT_SELECTION', 240, 'DL14 legs, fixed height', NULL, '$.leg_model == "DL14" && $.leg_adjustment == "FIXED_HEIGHT"', '1', 'T2-DL14-FH-KIT', 'legs', NULL, NULL, NULL, 'product.md R24'),
  ('R25', 'COMPONENT_SELECTION', 250, 'Levelling casters', NULL, '$.feet == "LEVELING_CASTERS"', '1', 'T2-LEVELING-CASTOR-475', 'feet', NULL, NULL, NULL, 'product.md R25'),
  ('R26', 'COMPONENT_SELECTION', 260, 'Seismic feet', NULL, '$.feet == "SEISMIC_FEET"', '1', 'T2-SEISMIC-FEET', 'feet', NULL, NULL, NULL, 'product.md R26'),
  ('R30', 'COMPONENT_SELECTION', 300, 'Overhead light with a pegboard', NULL, '$.pegboard == true', '1', 'T2-OHL-MDRD-KIT', 'overhead_light', NULL, NULL, NULL, 'product.md R30'),
  ('R31', 'COMPONENT_SELECTION', 310, 'Pegboard of a stock size, no colour', NULL, '$.pegboard == true && exists($v.pegboard_size) && !exists($.pegboard_color)', '1', 'T2-ADW-PB-{v.pegboard_size}-{v.pegboard_style}-KIT', 'pegboard', NULL, NULL, NULL, 'product.md R31'),
  ('R32', 'COMPONENT_SELECTION', 320, 'Pegboard of a stock size, coloured', NULL, '$.pegboard == true && exists($v.pegboard_size) && exists($.pegboard_color)', '1', 'T2-ADW-PB-{v.pegboard_size}-{p.pegboard_color}-{v.pegboard_style}-KIT', 'pegboard', NULL, NULL, NULL, 'product.md R32'),
  ('R33', 'COMPONENT_SELECTION', 330, 'Perforated pegboard of custom size', NULL, '$.pegboard == true && $.pegboard_size_mode == "CUSTOM" && !exists($v.pegboard_size) && $.pegboard_type == "PERFORATED"', '1', 'T2-ADW-PB-PERF-KIT', 'pegboard', NULL, NULL, NULL, 'product.md R33'),
  ('R34', 'COMPONENT_SELECTION', 340, 'Solid pegboard of custom size', NULL, '$.pegboard == true && $.pegboard_size_mode == "CUSTOM" && !exists($v.pegboard_size) && $.pegboard_type == "SOLID"', '1', 'T2-ADW-PB-SOLID-KIT', 'pegboard', NULL, NULL, NULL, 'product.md R34'),
  ('R36', 'COMPONENT_SELECTION', 360, 'Colour of a pegboard of custom size', NULL, '$.pegboard == true && $.pegboard_size_mode == "CUSTOM" && !exists($v.pegboard_size) && exists($.pegboard_color)', '1', '708.77', 'pegboard_color', '{p.pegboard_color}', NULL, NULL, 'product.md R36'),
  ('R40', 'COMPONENT_SELECTION', 400, 'Basin kit for E-Drain', '$.basins[*]', '$e.type == "E_DRAIN"', '1', 'T2-BSN-EDR-KIT', 'basin_kit', NULL, NULL, NULL, 'product.md R40'),
  ('R41', 'COMPONENT_SELECTION', 410, 'Basin kit for E-Sink DI', '$.basins[*]', '$e.type == "E_SINK_DI"', '1', 'T2-BSN-ESK-DI-KIT', 'basin_kit', NULL, NULL, NULL, 'product.md R41'),
  ('R42', 'COMPONENT_SELECTION', 420, 'Basin kit for E-Sink', '$.basins[*]', '$e.type == "E_SINK"', '1', 'T2-BSN-ESK-KIT', 'basin_kit', NULL, NULL, NULL, 'product.md R42'),
  ('R43', 'COMPONENT_SELECTION', 430, 'Basin bowl 20X20X8', '$.basins[*]', '$e.size == "20X20X8"', '1', 'T2-ADW-BASIN20X20X8', 'basin_bowl', NULL, NULL, NULL, 'product.md R43'),
  ('R44', 'COMPONENT_SELECTION', 440, 'Basin bowl 24X20X8', '$.basins[*]', '$e.size == "24X20X8"', '1', 'T2-ADW-BASIN24X20X8', 'basin_bowl', NULL, NULL, NULL, 'product.md R44'),
  ('R45', 'COMPONENT_SELECTION', 450, 'Basin bowl 24X20X10', '$.basins[*]', '$e.size == "24X20X10"', '1', 'T2-ADW-BASIN24X20X10', 'basin_bowl', NULL, NULL, NULL, 'product.md R45'),
  ('R46', 'COMPONENT_SELECTION', 460, 'Basin bowl 30X20X8', '$.basins[*]', '$e.size == "30X20X8"', '1', 'T2-ADW-BASIN30X20X8', 'basin_bowl', NULL, NULL, NULL, 'product.md R46'),
  ('R47', 'COMPONENT_SELECTION', 470, 'Basin bowl 30X20X10', '$.basins[*]', '$e.size == "30X20X10"', '1', 'T2-ADW-BASIN30X20X10', 'basin_bowl', NULL, NULL, NULL, 'product.md R47'),
  ('R48', 'COMPONENT_SELECTION', 480, 'Custom basin bowl', '$.basins[*]', '$e.size == "CUSTOM"', '1', 'T2-ADW-BASIN{e.custom_width_in}X{e.custom_length_in}X{e.custom_depth_in}', 'basin_bowl', NULL, 'BASIN', ARRAY['$e.custom_width_in', '$e.custom_length_in', '$e.custom_depth_in'], 'product.md R48'),
  ('R49', 'COMPONENT_SELECTION', 490, 'P-trap', '$.basins[*]', '$e.p_trap == true', '1', 'T2-OA-MS-1026', 'p_trap', NULL, NULL, NULL, 'product.md R49'),
  ('R50', 'COMPONENT_SELECTION', 500, 'Basin light, E-Drain', '$.basins[*]', '$e.basin_light == true && $e.type == "E_DRAIN"', '1', 'T2-OA-BASIN-LIGHT-EDR-KIT', 'basin_light', NULL, NULL, NULL, 'product.md R50'),
  ('R51', 'COMPONENT_SELECTION', 510, 'Basin light, E-Sink', '$.basins[*]', '$e.basin_light == true && ($e.type == "E_SINK" || $e.type == "E_SINK_DI")', '1', 'T2-OA-BASIN-LIGHT-ESK-KIT', 'basin_light', NULL, NULL, NULL, 'product.md R51'),
  ('R60', 'COMPONENT_SELECTION', 600, 'Control box for 1 E-Drain and 0 E-Sink', NULL, '$v.drain_count == 1 && $v.sink_count == 0 && $v.basin_count == 1', '1', 'T2-CTRL-EDR1', 'control_box', NULL, NULL, NULL, 'product.md R60'),
  ('R61', 'COMPONENT_SELECTION', 610, 'Control box for 0 E-Drain and 1 E-Sink', NULL, '$v.drain_count == 0 && $v.sink_count == 1 && $v.basin_count == 1', '1', 'T2-CTRL-ESK1', 'control_box', NULL, NULL, NULL, 'product.md R61'),
  ('R62', 'COMPONENT_SELECTION', 620, 'Control box for 1 E-Drain and 1 E-Sink', NULL, '$v.drain_count == 1 && $v.sink_count == 1 && $v.basin_count == 2', '1', 'T2-CTRL-EDR1-ESK1', 'control_box', NULL, NULL, NULL, 'product.md R62'),
  ('R63', 'COMPONENT_SELECTION', 630, 'Control box for 2 E-Drain and 0 E-Sink', NULL, '$v.drain_count == 2 && $v.sink_count == 0 && $v.basin_count == 2', '1', 'T2-CTRL-EDR2', 'control_box', NULL, NULL, NULL, 'product.md R63'),
  ('R64', 'COMPONENT_SELECTION', 640, 'Control box for 0 E-Drain and 2 E-Sink', NULL, '$v.drain_count == 0 && $v.sink_count == 2 && $v.basin_count == 2', '1', 'T2-CTRL-ESK2', 'control_box', NULL, NULL, NULL, 'product.md R64'),
  ('R65', 'COMPONENT_SELECTION', 650, 'Control box for 3 E-Drain and 0 E-Sink', NULL, '$v.drain_count == 3 && $v.sink_count == 0 && $v.basin_count == 3', '1', 'T2-CTRL-EDR3', 'control_box', NULL, NULL, NULL, 'product.md R65'),
  ('R66', 'COMPONENT_SELECTION', 660, 'Control box for 0 E-Drain and 3 E-Sink', NULL, '$v.drain_count == 0 && $v.sink_count == 3 && $v.basin_count == 3', '1', 'T2-CTRL-ESK3', 'control_box', NULL, NULL, NULL, 'product.md R66'),
  ('R67', 'COMPONENT_SELECTION', 670, 'Control box for 1 E-Drain and 2 E-Sink', NULL, '$v.drain_count == 1 && $v.sink_count == 2 && $v.basin_count == 3', '1', 'T2-CTRL-EDR1-ESK2', 'control_box', NULL, NULL, NULL, 'product.md R67'),
  ('R68', 'COMPONENT_SELECTION', 680, 'Control box for 2 E-Drain and 1 E-Sink', NULL, '$v.drain_count == 2 && $v.sink_count == 1 && $v.basin_count == 3', '1', 'T2-CTRL-EDR2-ESK1', 'control_box', NULL, NULL, NULL, 'product.md R68'),
  ('R70', 'COMPONENT_SELECTION', 700, 'Wrist blade faucet', '$.faucets[*]', '$e.type == "WRIST_BLADE"', '$e.quantity', 'T2-OA-STD-FAUCET-WB-KIT', 'faucet', NULL, NULL, NULL, 'product.md R70'),
  ('R71', 'COMPONENT_SELECTION', 710, 'Pre-rinse faucet', '$.faucets[*]', '$e.type == "PRE_RINSE"', '$e.quantity', 'T2-OA-PRE-RINSE-FAUCET-KIT', 'faucet', NULL, NULL, NULL, 'product.md R71'),
  ('R72', 'COMPONENT_SELECTION', 720, 'Gooseneck faucet: as chosen, at least one per DI basin', NULL, '$v.gooseneck_quantity > 0', '$v.gooseneck_quantity', 'T2-OA-DI-GOOSENECK-FAUCET-KIT', 'faucet', NULL, NULL, NULL, 'product.md R72'),
  ('R73', 'COMPONENT_SELECTION', 730, 'Water turret sprayer', '$.sprayers[*]', '$e.type == "WATER_TURRET"', '$e.quantity', 'T2-OA-WATERGUN-TURRET-KIT', 'sprayer', NULL, NULL, NULL, 'product.md R73'),
  ('R74', 'COMPONENT_SELECTION', 740, 'Water rosette sprayer', '$.sprayers[*]', '$e.type == "WATER_ROSETTE"', '$e.quantity', 'T2-OA-WATERGUN-ROSETTE-KIT', 'sprayer', NULL, NULL, NULL, 'product.md R74'),
  ('R75', 'COMPONENT_SELECTION', 750, 'Air turret sprayer', '$.sprayers[*]', '$e.type == "AIR_TURRET"', '$e.quantity', 'T2-OA-AIRGUN-TURRET-KIT', 'sprayer', NULL, NULL, NULL, 'product.md R75'),
  ('R76', 'COMPONENT_SELECTION', 760, 'Air rosette sprayer', '$.sprayers[*]', '$e.type == "AIR_ROSETTE"', '$e.quantity', 'T2-OA-AIRGUN-ROSETTE-KIT', 'sprayer', NULL, NULL, NULL, 'product.md R76'),
  ('R77', 'COMPONENT_SELECTION', 770, 'Two-drawer housing', '$.drawers[*]', '$e.code == "T2-OA-2D-152012-STACKED-KIT"', '$e.quantity', 'T2-OA-2D-152012-STACKED-KIT', 'drawer', NULL, NULL, NULL, 'product.md R77'),
  ('R78', 'COMPONENT_SELECTION', 780, 'Pull-out shelf', '$.drawers[*]', '$e.code == "T2-OA-PO-SHLF-1212"', '$e.quantity', 'T2-OA-PO-SHLF-1212', 'drawer', NULL, NULL, NULL, 'product.md R78'),
  ('R79', 'COMPONENT_SELECTION', 790, 'Accessory', '$.accessories[*]', 'exists($e.code)', '$e.quantity', '{e.code}', 'accessory', NULL, NULL, NULL, 'product.md R79')
  ) AS r (rule_code, rule_type, priority, title, for_each, condition, quantity, component_code, component_group, line_note, custom_kind, expressions, source)
 WHERE s.family_code = 'MDRD' AND s.version = 1;

-- The generic kits hold a 120 x 36 panel; a custom panel takes its place when the kit is exploded.
INSERT INTO configuration_rules (rule_set_id, rule_code, rule_type, priority, title, condition, component_code, custom_kind, expressions, inside_code, replaced_code, source)
SELECT s.rule_set_id, r.rule_code, r.rule_type, r.priority, r.title, r.condition::jsonpath, r.component_code, r.custom_kind, r.expressions::jsonpath[], r.inside_code, r.replaced_code, r.source FROM rule_sets s CROSS JOIN (VALUES
  ('R35', 'REPLACEMENT', 350, 'Custom panel in place of the stock panel of the perforated kit', '$.pegboard == true && $.pegboard_size_mode == "CUSTOM" && !exists($v.pegboard_size) && $.pegboard_type == "PERFORATED"', 'T2-ADW-PB-{p.pegboard_custom_width_in}X{p.pegboard_custom_length_in}', 'PEGBOARD', ARRAY['$.pegboard_custom_width_in', '$.pegboard_custom_length_in'], 'T2-ADW-PB-PERF-KIT', 'T2-ADW-PB-12036', 'product.md R33-R35'),
  ('R35.SOLID', 'REPLACEMENT', 351, 'Custom panel in place of the stock panel of the solid kit', '$.pegboard == true && $.pegboard_size_mode == "CUSTOM" && !exists($v.pegboard_size) && $.pegboard_type == "SOLID"', 'T2-ADW-PB-{p.pegboard_custom_width_in}X{p.pegboard_custom_length_in}', 'PEGBOARD', ARRAY['$.pegboard_custom_width_in', '$.pegboard_custom_length_in'], 'T2-ADW-PB-SOLID-KIT', 'T2-ADW-PB-12036', 'product.md R33-R35')
  ) AS r (rule_code, rule_type, priority, title, condition, component_code, custom_kind, expressions, inside_code, replaced_code, source)
 WHERE s.family_code = 'MDRD' AND s.version = 1;

-- Coverage: a gap in the rules is an error, never a shorter BOM.
INSERT INTO configuration_rules (rule_set_id, rule_code, rule_type, priority, title, condition, quantity, component_group, severity, message_key, message_path, source)
SELECT s.rule_set_id, r.rule_code, r.rule_type, r.priority, r.title, r.condition::jsonpath, r.quantity::jsonpath, r.component_group, r.severity, r.message_key, r.message_path, r.source FROM rule_sets s CROSS JOIN (VALUES
  ('R04.MANUAL', 'VALIDATION', 900, 'Exactly one manual kit', 'true', '1', 'manual', 'ERROR', 'rule.uncovered_manual', '/language', 'product.md R04'),
  ('R04.BODY', 'VALIDATION', 901, 'Exactly one body', 'true', '1', 'body', 'ERROR', 'rule.uncovered_body', '/length_in', 'product.md R04'),
  ('R04.LEGS', 'VALIDATION', 902, 'Exactly one leg kit', 'true', '1', 'legs', 'ERROR', 'rule.uncovered_legs', '/leg_model', 'product.md R04'),
  ('R04.FEET', 'VALIDATION', 903, 'Exactly one feet item', 'true', '1', 'feet', 'ERROR', 'rule.uncovered_feet', '/feet', 'product.md R04'),
  ('R04.BASINKIT', 'VALIDATION', 904, 'One basin kit per basin', 'true', '$v.basin_count', 'basin_kit', 'ERROR', 'rule.uncovered_basins', '/basins', 'product.md R04'),
  ('R04.BASINBOWL', 'VALIDATION', 905, 'One bowl per basin', 'true', '$v.basin_count', 'basin_bowl', 'ERROR', 'rule.uncovered_basins', '/basins', 'product.md R04'),
  ('R04.CONTROLBOX', 'VALIDATION', 906, 'Exactly one control box', 'true', '1', 'control_box', 'ERROR', 'rule.uncovered_control_box', '/basins', 'product.md R04'),
  ('R04.PEGBOARD', 'VALIDATION', 907, 'Exactly one pegboard kit with a pegboard', '$.pegboard == true', '1', 'pegboard', 'ERROR', 'rule.uncovered_pegboard', '/pegboard_size_mode', 'product.md R04')
  ) AS r (rule_code, rule_type, priority, title, condition, quantity, component_group, severity, message_key, message_path, source)
 WHERE s.family_code = 'MDRD' AND s.version = 1;

-- Checks between parameters (V) and of accessories (C). The condition describes the mistake.
INSERT INTO configuration_rules (rule_set_id, rule_code, rule_type, priority, title, for_each, condition, severity, message_key, message_path, source)
SELECT s.rule_set_id, r.rule_code, r.rule_type, r.priority, r.title, r.for_each::jsonpath, r.condition::jsonpath, r.severity, r.message_key, r.message_path, r.source FROM rule_sets s CROSS JOIN (VALUES
  ('V01', 'VALIDATION', 500, 'Model and number of basins', NULL, '($.model == "T2-B1" && $v.basin_count != 1) || ($.model == "T2-B2" && $v.basin_count != 2) || ($.model == "T2-B3" && $v.basin_count != 3)', 'ERROR', 'model.basins', '/basins', 'product.md 3'),
  ('V02', 'VALIDATION', 501, 'LC1 legs are height adjustable', NULL, '$.leg_model == "LC1" && $.leg_adjustment == "FIXED_HEIGHT"', 'ERROR', 'legs.lc1_fixed', '/leg_adjustment', 'product.md 3'),
  ('V03', 'VALIDATION', 502, 'Number of faucets', NULL, '$v.faucet_total > $v.faucet_limit', 'ERROR', 'faucets.too_many', '/faucets', 'product.md 3.2'),
  ('V04', 'VALIDATION', 503, 'Faucet place exists', '$.faucets[*]', '(($e.placement == "BASIN_2" || $e.placement == "BETWEEN_1_2") && $v.basin_count < 2) || (($e.placement == "BASIN_3" || $e.placement == "BETWEEN_2_3") && $v.basin_count < 3)', 'ERROR', 'faucets.no_such_place', '/faucets/{i}/placement', 'product.md 3.2'),
  ('V05', 'VALIDATION', 504, 'One faucet per place', '$.faucets[*]', '$v.repeated_placements[*] == $e.placement || (exists($e.placement) && $e.quantity > 1)', 'ERROR', 'faucets.place_taken', '/faucets/{i}/placement', 'product.md 3.2'),
  ('V06', 'VALIDATION', 505, 'Number of sprayers', NULL, '$v.sprayer_total > 2', 'ERROR', 'sprayers.too_many', '/sprayers', 'product.md 3.3'),
  ('V07', 'VALIDATION', 506, 'Faucet without a place', '$.faucets[*]', '!exists($e.placement)', 'WARNING', 'faucets.place_missing', '/faucets/{i}/placement', 'product.md 3.2'),
  ('V08', 'VALIDATION', 507, 'Faucet at the centre of an E-Drain basin', '$.faucets[*]', '($e.placement == "BASIN_1" && $.basins[0].type == "E_DRAIN") || ($e.placement == "BASIN_2" && $.basins[1].type == "E_DRAIN") || ($e.placement == "BASIN_3" && $.basins[2].type == "E_DRAIN")', 'WARNING', 'faucets.drain_centre', '/faucets/{i}/placement', 'product.md 3.2'),
  ('V09', 'VALIDATION', 508, 'Faucets on an E-Drain sink', NULL, '$v.drain_count == $v.basin_count && $v.faucet_total > $v.between_places', 'WARNING', 'faucets.drain_only', '/faucets', 'product.md 3.2'),
  ('V10', 'VALIDATION', 509, 'Basins wider than the sink', NULL, '$v.basin_width_total > $.length_in', 'WARNING', 'basins.wider_than_sink', '/basins', 'product.md 3.1'),
  ('V11', 'VALIDATION', 510, 'Basin deeper than the lifter frame', '$.basins[*]', '$e.size == "24X20X10" || $e.size == "30X20X10" || ($e.size == "CUSTOM" && $e.custom_depth_in > 8)', 'WARNING', 'basins.deep', '/basins/{i}/size', 'product.md 3.1'),
  ('V12', 'VALIDATION', 511, 'Width not given', NULL, '!exists($.width_in)', 'WARNING', 'width.missing', '/width_in', 'product.md 3'),
  ('C01', 'COMPATIBILITY', 512, 'InstroSink light shelf', '$.accessories[*]', '$e.code == "T2-OHL-INSTRO-KIT"', 'ERROR', 'accessory.instrosink_only', '/accessories/{i}/code', 'product.md 3.4'),
  ('C02', 'COMPATIBILITY', 513, 'Bolt-on shelf without a solid board', '$.accessories[*]', '$e.code like_regex "-BOLT-ON-KIT$" && !($.pegboard == true && $.pegboard_type == "SOLID")', 'WARNING', 'accessory.solid_board', '/accessories/{i}/code', 'product.md 3.4'),
  ('C03', 'COMPATIBILITY', 514, 'Slot shelf or basket without a perforated board', '$.accessories[*]', '$e.code like_regex "^T-OA-(PFW1236FM-KIT|PFW1218FM-KIT|PFW1818FM-KIT|SSSHELF-1812|SSSHELF-3612|SSSHELF-LGHT-1812-KIT|SSSHELF-LGHT-3612-KIT)$" && !($.pegboard == true && $.pegboard_type == "PERFORATED")', 'WARNING', 'accessory.perforated_board', '/accessories/{i}/code', 'product.md 3.4'),
  ('C04', 'COMPATIBILITY', 515, 'Pegboard item without a pegboard', '$.accessories[*]', '$e.code like_regex "-PB(-|$)|^T2-OA-LT-SSSHELF-" && !($.pegboard == true)', 'WARNING', 'accessory.needs_pegboard', '/accessories/{i}/code', 'product.md 3.4'),
  ('C05', 'COMPATIBILITY', 516, 'Small shelf on a long sink', '$.accessories[*]', '$e.code like_regex "^(T2-OA-CUST-SHELF-HA|T-OA-RAIL-SHELF-ADDER)-SML$" && $.length_in >= 84', 'WARNING', 'accessory.long_sink', '/accessories/{i}/code', 'product.md 3.4'),
  ('C06', 'COMPATIBILITY', 517, 'Large shelf on a short sink', '$.accessories[*]', '$e.code like_regex "^(T2-OA-CUST-SHELF-HA|T-OA-RAIL-SHELF-ADDER)-LRG$" && $.length_in < 84', 'WARNING', 'accessory.short_sink', '/accessories/{i}/code', 'product.md 3.4'),
  ('C07', 'COMPATIBILITY', 518, 'Pull-out shelf without a bottom shelf', '$.drawers[*]', '$e.code == "T2-OA-PO-SHLF-1212" && $v.shelf_count == 0', 'WARNING', 'accessory.needs_shelf', '/drawers/{i}/code', 'product.md 3.4'),
  ('C08', 'COMPATIBILITY', 519, 'Pull-out shelf (as accessory) without a bottom shelf', '$.accessories[*]', '$e.code == "T2-OA-PO-SHLF-1212" && $v.shelf_count == 0', 'WARNING', 'accessory.needs_shelf', '/accessories/{i}/code', 'product.md 3.4'),
  ('C09', 'COMPATIBILITY', 520, 'Staging cover without its basin', '$.accessories[*]', '($e.code == "T2-OA-SC-2020-SS" && !exists($.basins[*] ? (@.size starts with "20X20"))) || ($e.code == "T2-OA-SC-2420-SS" && !exists($.basins[*] ? (@.size starts with "24X20"))) || ($e.code == "T2-OA-SC-3020-SS" && !exists($.basins[*] ? (@.size starts with "30X20")))', 'WARNING', 'accessory.needs_basin', '/accessories/{i}/code', 'product.md 3.4'),
  ('C10', 'COMPATIBILITY', 521, 'Dosing shelf beside an E-Sink kit', '$.accessories[*]', '$e.code == "T2-OA-DOSINGESK-BTMSHELF" && $v.sink_count > $v.di_count', 'WARNING', 'accessory.already_inside', '/accessories/{i}/code', 'product.md 3.4')
  ) AS r (rule_code, rule_type, priority, title, for_each, condition, severity, message_key, message_path, source)
 WHERE s.family_code = 'MDRD' AND s.version = 1;

DO $$ BEGIN PERFORM release_rule_set(s.rule_set_id, 'Rules of product.md.') FROM rule_sets s WHERE s.family_code = 'MDRD' AND s.version = 1; END $$;
