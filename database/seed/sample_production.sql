-- Sample data of production: an external shop, calibrated tools, the skills of the sample technician, and what is out for the sample sinks.

INSERT INTO suppliers (supplier_code, name, lead_days, notes, is_sample) VALUES
  ('NORTHWELD', 'Northern Weld Shop (sample)', 15, 'Welds bodies, fits legs and feet.', true),
  ('BAYMACHINE', 'Bay Machine Works (sample)', 20, NULL, true);

INSERT INTO tools (tool_code, tool_kind_code, name, manufacturer_serial, calibrated_on, calibration_due, certificate, is_sample) VALUES
  ('TW-01', 'TORQUE_WRENCH', 'Torque wrench 20 to 200 Nm', 'S-TW-4471', current_date - 65, current_date + 300, 'CAL-S-1001', true),
  ('CP-01', 'CALIPERS', 'Digital calipers 300 mm', 'S-CP-0912', current_date - 65, current_date + 300, 'CAL-S-1002', true),
  ('MM-01', 'MULTIMETER', 'Multimeter', 'S-MM-7730', current_date - 65, current_date + 300, 'CAL-S-1003', true),
  ('TH-01', 'THERMOMETER', 'Dual-probe thermometer', 'S-TH-5210', current_date - 65, current_date + 300, 'CAL-S-1004', true);

INSERT INTO user_skills (user_id, skill_id, level, valid_from, evidence, is_sample)
SELECT u.user_id, s.skill_id, 2, '2025-01-01', 'Training record (sample)', true FROM users u CROSS JOIN skills s WHERE u.login = 'sample.technician';

DO $$
DECLARE
  sink bigint;
  line record;
BEGIN
  PERFORM begin_as('sample.production', 'sample data');
  FOR sink IN SELECT b.build_id FROM builds b WHERE b.build_number IN ('SAMPLE-001', 'SAMPLE-002') ORDER BY b.build_id LOOP
    FOR line IN SELECT l.line_number FROM builds b JOIN bom_line_items l ON l.bom_id = b.bom_id WHERE b.build_id = sink AND l.depth = 0 AND l.component_group IN ('body', 'legs', 'feet') ORDER BY l.line_number LOOP
      PERFORM mark_outsourced(sink, line.line_number, 'NORTHWELD', site_today() + 15);
    END LOOP;
  END LOOP;
  PERFORM set_config('torvan.user_id', '', true), set_config('torvan.reason', '', true);
END;
$$;
