-- Sample people, a customer, and one real order with two different sinks: configured, with approved BOMs, in production.
-- Every step is taken by the person whose job it is, through the same functions as in daily work. Nobody here can sign in.

INSERT INTO users (login, display_name, initials, is_sample) VALUES
  ('sample.admin', 'Ada Admin (sample)', 'AA', true),
  ('sample.sales', 'Sam Sales (sample)', 'SS', true),
  ('sample.production', 'Pat Production (sample)', 'PP', true),
  ('sample.quality', 'Quinn Quality (sample)', 'QQ', true),
  ('sample.technician', 'Terry Technician (sample)', 'TT', true),
  ('sample.service', 'Casey Service (sample)', 'CS', true);
INSERT INTO user_roles (user_id, role_id, valid_from, is_sample)
SELECT u.user_id, r.role_id, '2025-01-01T00:00:00Z', true
  FROM (VALUES ('sample.admin', 'ADMINISTRATOR'), ('sample.sales', 'SALES_MANAGER'), ('sample.production', 'PRODUCTION_MANAGER'),
               ('sample.quality', 'QC_INSPECTOR'), ('sample.technician', 'ASSEMBLY_TECHNICIAN'), ('sample.service', 'CUSTOMER_SERVICE')) AS s (login, role_code)
  JOIN users u USING (login) JOIN roles r USING (role_code);
UPDATE users u SET identity_verified_by = v.user_id, identity_verified_on = '2025-01-01'
  FROM users v WHERE u.is_sample AND v.login = CASE u.login WHEN 'sample.admin' THEN 'sample.production' ELSE 'sample.admin' END;

DO $$
DECLARE
  the_order bigint;
  first_build bigint;
  second_build bigint;
  attachment bigint;
  bom record;
BEGIN
  PERFORM begin_as('sample.sales', 'sample data');
  PERFORM create_customer('STELMO', 'St. Elmo General Hospital (sample)', 'EN');
  the_order := create_order('STELMO', 'PO-48817', 'sample.sales', current_date + 60, 'EN', '{SAMPLE-001,SAMPLE-002}', 'Sterile processing renewal', 'Two sinks for the decontamination room.');
  SELECT min(build_id), max(build_id) INTO first_build, second_build FROM builds WHERE order_id = the_order;
  PERFORM add_attachment(the_order, 'PO_DOCUMENT', 'PO-48817.pdf', 'application/pdf');
  PERFORM transition_order(the_order, 'CONFIGURATION');

  PERFORM save_configuration('{
    "language": "EN", "model": "T2-B2", "width_in": 30, "length_in": 84, "leg_model": "DL27", "leg_adjustment": "HEIGHT_ADJUSTABLE",
    "feet": "LEVELING_CASTERS", "workflow_direction": "LEFT_TO_RIGHT",
    "pegboard": true, "pegboard_type": "PERFORATED", "pegboard_color": "BLUE", "pegboard_size_mode": "SAME_AS_SINK",
    "basins": [{"type": "E_SINK", "size": "24X20X8", "basin_light": true}, {"type": "E_DRAIN", "size": "30X20X8", "p_trap": true}],
    "faucets": [{"type": "WRIST_BLADE", "placement": "BETWEEN_1_2"}, {"type": "PRE_RINSE", "placement": "BASIN_1"}],
    "sprayers": [{"type": "WATER_TURRET", "location": "LEFT_SIDE"}, {"type": "AIR_ROSETTE", "location": "RIGHT_SIDE"}],
    "accessories": [{"code": "T-OA-BINRAIL-24-KIT", "quantity": 2}]}', first_build);
  PERFORM save_configuration('{
    "language": "EN", "model": "T2-B1", "width_in": 30, "length_in": 60, "leg_model": "DL14", "leg_adjustment": "FIXED_HEIGHT",
    "feet": "SEISMIC_FEET", "workflow_direction": "RIGHT_TO_LEFT",
    "basins": [{"type": "E_SINK_DI", "size": "CUSTOM", "custom_width_in": 26, "custom_length_in": 22, "custom_depth_in": 8}]}', second_build);
  PERFORM generate_order_boms(the_order);
  PERFORM review_accessories(the_order);
  PERFORM transition_order(the_order, 'APPROVAL');

  PERFORM begin_as('sample.production', 'sample data');
  PERFORM attach_custom_part_drawing(r.custom_number, 'DRAWING-' || r.custom_number)
     FROM (SELECT DISTINCT c.custom_number FROM custom_parts_registry c JOIN bom_line_items l USING (part_id) JOIN builds b USING (bom_id) WHERE b.order_id = the_order) r;
  FOR bom IN SELECT b.bom_id, b.build_id, b.build_number FROM builds b WHERE b.order_id = the_order ORDER BY b.build_id LOOP
    PERFORM approve_bom(bom.bom_id, 'Checked against drawing and PO.');
    attachment := add_attachment(the_order, 'SINK_DRAWING', bom.build_number || '.pdf', 'application/pdf', NULL, NULL, bom.build_id);
    PERFORM approve_attachment(attachment);
    PERFORM propose_outsourced_lines(bom.build_id);
  END LOOP;
  PERFORM transition_order(the_order, 'PRODUCTION');
  PERFORM set_config('torvan.user_id', '', true), set_config('torvan.reason', '', true);

  UPDATE customers SET is_sample = true WHERE customer_code = 'STELMO';
  UPDATE orders SET is_sample = true WHERE order_id = the_order;
  UPDATE builds SET is_sample = true WHERE order_id = the_order;
  UPDATE order_attachments SET is_sample = true WHERE order_id = the_order;
  UPDATE boms SET is_sample = true WHERE build_id IN (first_build, second_build);
END;
$$;
