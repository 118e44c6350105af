-- Production (checklists.md section 7, workflow.md section 8): skills, tools, working times, resources, work instructions, task
-- templates with their order of work, serial numbers. Minutes, capacities and shifts are starting values of the planning: the
-- Production Manager replaces them.

INSERT INTO site_settings (setting_code, value, description) VALUES
  ('one_running_task', 'true', 'True: a person works on one task at a time; starting another is refused.');

INSERT INTO skills (skill_code, name, description) VALUES
  ('MECHANICAL', 'Mechanical assembly', 'Unpacks and measures, fits legs, feet, boards, drawers and accessories.'),
  ('PLUMBING', 'Plumbing', 'Fits basins, fill lines, traps, faucets and sprayers.'),
  ('ELECTRICAL', 'Electrical assembly', 'Fits lights, touchscreens, control boxes; wires and labels cables.'),
  ('TESTING', 'End-of-line test', 'Calibrates and tests a finished sink.'),
  ('PACKING', 'Packing', 'Packs a sink with its loose items.');

INSERT INTO tool_kinds (tool_kind_code, name, needs_calibration) VALUES
  ('TAPE', 'Tape measure', false), ('CALIPERS', 'Calipers', true), ('SOCKET_WRENCH', 'Socket wrench, 8 to 19 mm', false), ('TORQUE_WRENCH', 'Torque wrench, 20 to 200 Nm', true),
  ('LEVEL', 'Level, 4 ft', false), ('DRILL', 'Drill with bits 1 to 10 mm', false), ('SCREWDRIVER', 'Screwdriver', false), ('WIRE_STRIPPER', 'Wire stripper', false),
  ('SEALANT_GUN', 'Sealant gun', false), ('PIPE_WRENCH', 'Pipe wrench', false), ('ADJUSTABLE_WRENCH', 'Adjustable wrench', false), ('THREAD_TAPE', 'Thread tape', false),
  ('MULTIMETER', 'Multimeter', true), ('LABELS', 'Cable labels', false), ('SCANNER', 'Scanner', false), ('CLEANING_SET', 'Cleaning set', false),
  ('THERMOMETER', 'Dual-probe thermometer', true), ('INSULATED_CUP', 'Insulated cup', false), ('PACKING_MATERIAL', 'Packing material', false);

INSERT INTO resource_calendars (calendar_code, name) VALUES ('STANDARD', 'One shift, Monday to Friday');
INSERT INTO calendar_shifts (resource_calendar_id, weekday, starts_at, ends_at)
SELECT c.resource_calendar_id, d.weekday, s.starts_at, s.ends_at
  FROM resource_calendars c CROSS JOIN generate_series(1, 5) AS d (weekday) CROSS JOIN (VALUES (time '08:00', time '12:00'), (time '12:30', time '16:30')) AS s (starts_at, ends_at)
 WHERE c.calendar_code = 'STANDARD' ORDER BY d.weekday, s.starts_at;

INSERT INTO production_resources (resource_code, name, resource_class, resource_group, capacity, resource_calendar_id)
SELECT r.code, r.name, r.class, r.grp, r.capacity, c.resource_calendar_id
  FROM resource_calendars c CROSS JOIN (VALUES
  ('ASSEMBLY-BENCHES', 'Assembly benches', 'WORK_CENTRE', 'ASSEMBLY', 4),
  ('TEST-BAY', 'Test bay with water and drain', 'EQUIPMENT', 'TESTING', 1),
  ('PACKING-AREA', 'Packing area', 'WORK_CENTRE', 'PACKING', 2),
  ('ASSEMBLERS', 'Assembly technicians', 'PERSON_POOL', 'ASSEMBLERS', 4)) AS r (code, name, class, grp, capacity)
 WHERE c.calendar_code = 'STANDARD';
INSERT INTO production_resource_skills (production_resource_id, skill_id)
SELECT r.production_resource_id, s.skill_id FROM production_resources r CROSS JOIN skills s WHERE r.resource_code = 'ASSEMBLERS';

INSERT INTO work_instructions (instruction_code, version, title, body, state, released_at) VALUES
  ('WI-10', 1, 'Unpack and check', 'Unpack the structure and all kits. Compare every item and quantity with the BOM of the build. Report what is missing or damaged before anything is fitted: block the task with kind PARTS.', 'RELEASED', '2025-01-01T00:00:00Z'),
  ('WI-20', 1, 'Verify the body', 'Measure overall length and width and each basin opening; compare with the approved drawing. Check pegboard, faucet and mounting holes. Write down what differs; a difference is a finding.', 'RELEASED', '2025-01-01T00:00:00Z'),
  ('WI-30', 1, 'Legs and feet', 'Fit the leg kit of the BOM, then the casters or feet. Tighten with the torque wrench to the values of the drawing. The sink stands level in both directions.', 'RELEASED', '2025-01-01T00:00:00Z'),
  ('WI-50', 1, 'Pegboard and overhead light', 'Fit the board kit. Mount the bracket of the overhead light with plastic washers, then the light and its lasered button. The light swivels and stays where it is put.', 'RELEASED', '2025-01-01T00:00:00Z'),
  ('WI-70', 1, 'Basin', 'Set the bowl, seal it, fit the drain assembly of the basin kit. No sharp edges; excess sealant is removed.', 'RELEASED', '2025-01-01T00:00:00Z'),
  ('WI-71', 1, 'E-Drain set-up', 'Bottom-fill line in this order: mixing valve DER-1899-14-CC, adapter 1/2 NPT male to 3/4 BSPP, check valve, 1/2 PEX adapter, 1/2 PEX pipe, bottom-fill hole. Mark the pipes hot and cold. Fit the overflow sensor and the drain button.', 'RELEASED', '2025-01-01T00:00:00Z'),
  ('WI-72', 1, 'E-Sink set-up', 'Fit the mixing-valve plate, the emergency-stop button, the touchscreen and the overflow sensor. Connect the touchscreen to the control box. On E-Sink basins without DI: dosing port and cable gland of the temperature probe in the backsplash.', 'RELEASED', '2025-01-01T00:00:00Z'),
  ('WI-73', 1, 'P-trap unit', 'Fit the P-trap disinfection unit of the basin. All threads are taped and tight.', 'RELEASED', '2025-01-01T00:00:00Z'),
  ('WI-74', 1, 'Basin light', 'Fit the basin light. On an E-Drain basin its button sits in the backsplash; on an E-Sink basin the touchscreen switches it.', 'RELEASED', '2025-01-01T00:00:00Z'),
  ('WI-80', 1, 'Faucets and sprayers', 'Fit each faucet and sprayer at the place of the drawing. Turret air gun: BL-4350-01 and BL-5500-07. Turret water gun: BL-4500-02 and BL-4249. Rosette types: the rosette holder.', 'RELEASED', '2025-01-01T00:00:00Z'),
  ('WI-90', 1, 'Control box and wiring', 'Mount the control box of the BOM and the power bar. Wire, and label each cable D# or S#; with an overhead light also L4 and S4. With height-adjustable legs: lifter controller under the sink, its button DPF1K or DPF1C.', 'RELEASED', '2025-01-01T00:00:00Z'),
  ('WI-100', 1, 'Drawers and accessories', 'Fit each drawer, shelf and mounted accessory as drawn.', 'RELEASED', '2025-01-01T00:00:00Z'),
  ('WI-110', 1, 'Serial numbers', 'Scan or write the serial numbers that required_serials lists: touchscreen with software version, valve plate, dosing pump and control box with their codes QE and QFU. A batch number where the unit has no serial number.', 'RELEASED', '2025-01-01T00:00:00Z'),
  ('WI-120', 1, 'Clean and label', 'Remove all shavings and waste, clean the sink. Put the logo on the left side and apply the labels.', 'RELEASED', '2025-01-01T00:00:00Z'),
  ('WI-140', 1, 'Close the checklist', 'Go through sections 2 and 3 of the production checklist at the sink; close and sign them.', 'RELEASED', '2025-01-01T00:00:00Z'),
  ('WI-150', 1, 'Calibrations and end-of-line test', 'Calibrate temperature (dual-probe thermometer, insulated cup; cold point, then hot) and flow (stop at the 40 l mark, enter 40). Then run all applicable tests of the end-of-line sheet. A failed test is a finding: back to assembly, then repeat it and those that depend on it.', 'RELEASED', '2025-01-01T00:00:00Z'),
  ('WI-160', 1, 'Packing', 'Pack the sink with its loose items by section 4 of the production checklist: count each, tick each. Manuals in the language of the order.', 'RELEASED', '2025-01-01T00:00:00Z');

INSERT INTO task_templates (family_code, template_code, sequence, title, for_each, condition, quantity, one_task_per_piece, numbered_by, element_list, reads, bom_groups, bom_scope, redo_on_any_change,
       planned_minutes, start_gate, resource_class, resource_group, skill_id, skill_level, instruction_code, source)
SELECT 'MDRD', t.code, t.sequence, t.title, t.for_each::jsonpath, t.condition::jsonpath, t.quantity::jsonpath, t.per_piece, t.numbered_by, t.list, t.reads::text[], t.bom_groups::text[], t.bom_scope, t.redo,
       t.minutes, t.gate, CASE t.place WHEN 'TESTING' THEN 'EQUIPMENT' ELSE 'WORK_CENTRE' END, t.place, s.skill_id, t.level, t.instruction, 'checklists.md section 7, ' || t.sequence
  FROM (VALUES
  ('UNPACK', 10, 'Unpack, check against BOM', NULL, 'true', '1', true, 'NONE', NULL, '{}', '{*}', 'ANY', true, 15, 'RECEIVING', 'ASSEMBLY', 'MECHANICAL', 1, 'WI-10'),
  ('BODY_SIZE', 20, 'Verify body size', NULL, 'true', '1', true, 'NONE', NULL, '{p.width_in,p.length_in,p.workflow_direction}', '{body}', 'ANY', false, 15, 'ASSEMBLY', 'ASSEMBLY', 'MECHANICAL', 2, 'WI-20'),
  ('LEGS', 30, 'Fit legs', NULL, 'true', '1', true, 'NONE', NULL, '{}', '{legs}', 'ANY', false, 45, 'ASSEMBLY', 'ASSEMBLY', 'MECHANICAL', 2, 'WI-30'),
  ('FEET', 40, 'Fit casters or feet', NULL, 'true', '1', true, 'NONE', NULL, '{}', '{feet}', 'ANY', false, 30, 'ASSEMBLY', 'ASSEMBLY', 'MECHANICAL', 2, 'WI-30'),
  ('PEGBOARD', 50, 'Fit pegboard', NULL, '$.pegboard == true', '1', true, 'NONE', NULL, '{p.pegboard_custom_width_in,p.pegboard_custom_length_in}', '{pegboard,pegboard_color}', 'ANY', false, 60, 'ASSEMBLY', 'ASSEMBLY', 'MECHANICAL', 2, 'WI-50'),
  ('OVERHEAD_LIGHT', 60, 'Fit overhead light and button', NULL, '$.pegboard == true', '1', true, 'NONE', NULL, '{}', '{overhead_light}', 'ANY', false, 45, 'ASSEMBLY', 'ASSEMBLY', 'ELECTRICAL', 2, 'WI-50'),
  ('BASIN', 70, 'Install basin {number}', '$.basins[*]', 'true', '1', true, 'PLACE', 'basins', '{e.size}', '{basin_bowl,basin_kit}', 'OWN_ELEMENT', false, 90, 'ASSEMBLY', 'ASSEMBLY', 'PLUMBING', 2, 'WI-70'),
  ('E_DRAIN', 71, 'E-Drain set-up of basin {number}: bottom fill, overflow sensor, pipe marks, drain button', '$.basins[*]', '$e.type == "E_DRAIN"', '1', true, 'PLACE', 'basins', '{}', '{basin_kit}', 'OWN_ELEMENT', false, 60, 'ASSEMBLY', 'ASSEMBLY', 'PLUMBING', 2, 'WI-71'),
  ('E_SINK', 72, 'E-Sink set-up of basin {number}: valve plate, emergency stop, touchscreen, dosing port', '$.basins[*]', '$e.type == "E_SINK"', '1', true, 'PLACE', 'basins', '{}', '{basin_kit}', 'OWN_ELEMENT', false, 75, 'ASSEMBLY', 'ASSEMBLY', 'ELECTRICAL', 2, 'WI-72'),
  ('E_SINK_DI', 72, 'E-Sink DI set-up of basin {number}: valve plate, emergency stop, touchscreen', '$.basins[*]', '$e.type == "E_SINK_DI"', '1', true, 'PLACE', 'basins', '{}', '{basin_kit}', 'OWN_ELEMENT', false, 75, 'ASSEMBLY', 'ASSEMBLY', 'ELECTRICAL', 2, 'WI-72'),
  ('P_TRAP', 73, 'P-trap unit of basin {number}', '$.basins[*]', '$e.p_trap == true', '1', true, 'PLACE', 'basins', '{}', '{p_trap}', 'OWN_ELEMENT', false, 30, 'ASSEMBLY', 'ASSEMBLY', 'PLUMBING', 2, 'WI-73'),
  ('BASIN_LIGHT', 74, 'Light of basin {number}', '$.basins[*]', '$e.basin_light == true', '1', true, 'PLACE', 'basins', '{}', '{basin_light}', 'OWN_ELEMENT', false, 20, 'ASSEMBLY', 'ASSEMBLY', 'ELECTRICAL', 2, 'WI-74'),
  ('FAUCET', 80, 'Fit faucet {number}: {e.type}, {e.placement}', '$.faucets[*]', '$e.type != "DI_GOOSENECK"', '$e.quantity', true, 'RUNNING', 'faucets', '{e.type,e.placement}', '{faucet}', 'OWN_ELEMENT', false, 45, 'ASSEMBLY', 'ASSEMBLY', 'PLUMBING', 2, 'WI-80'),
  ('GOOSENECK', 80, 'Fit faucet {number}: {e.type}, {e.placement}', '$.faucets[*]', '$e.type == "DI_GOOSENECK"', '$e.quantity', true, 'RUNNING', 'faucets', '{e.type,e.placement}', '{faucet}', 'WHOLE_SINK', false, 45, 'ASSEMBLY', 'ASSEMBLY', 'PLUMBING', 2, 'WI-80'),
  ('GOOSENECK_ADDED', 80, 'Fit faucet {number}: DI gooseneck of a DI basin', NULL, '$v.gooseneck_quantity > $v.gooseneck_chosen', '$v.gooseneck_quantity - $v.gooseneck_chosen', true, 'RUNNING', 'faucets', '{}', '{faucet}', 'WHOLE_SINK', false, 45, 'ASSEMBLY', 'ASSEMBLY', 'PLUMBING', 2, 'WI-80'),
  ('SPRAYER', 85, 'Fit sprayer {number}: {e.type}, {e.location}', '$.sprayers[*]', 'true', '$e.quantity', true, 'RUNNING', 'sprayers', '{e.type,e.location}', '{sprayer}', 'OWN_ELEMENT', false, 30, 'ASSEMBLY', 'ASSEMBLY', 'PLUMBING', 2, 'WI-80'),
  ('CONTROL_BOX', 90, 'Mount control box and power bar, wire, label cables', NULL, 'true', '1', true, 'NONE', NULL, '{p.pegboard,v.basin_count}', '{control_box}', 'ANY', false, 90, 'ASSEMBLY', 'ASSEMBLY', 'ELECTRICAL', 2, 'WI-90'),
  ('LIFTER', 95, 'Lifter controller and button (time in 90)', NULL, '$.leg_adjustment == "HEIGHT_ADJUSTABLE"', '1', true, 'NONE', NULL, '{}', '{legs}', 'ANY', false, 0, 'ASSEMBLY', 'ASSEMBLY', 'ELECTRICAL', 2, 'WI-90'),
  ('DRAWER', 100, 'Fit {pieces} x {e.code}', '$.drawers[*]', 'true', '$e.quantity', false, 'RUNNING', 'accessories', '{e.code,e.quantity}', '{drawer}', 'OWN_ELEMENT', false, 20, 'ASSEMBLY', 'ASSEMBLY', 'MECHANICAL', 2, 'WI-100'),
  ('ACCESSORY', 100, 'Fit {pieces} x {e.code}', '$.accessories[*]', '!($e.code like_regex "^(T2-OA-SC-|T-OA-B[0-9]|T2-OA-SINK-STRAINER)")', '$e.quantity', false, 'RUNNING', 'accessories', '{e.code,e.quantity}', '{accessory}', 'OWN_ELEMENT', false, 20, 'ASSEMBLY', 'ASSEMBLY', 'MECHANICAL', 2, 'WI-100'),
  ('SERIALS', 110, 'Capture serial numbers', NULL, 'true', '1', true, 'NONE', NULL, '{}', '{}', 'ANY', true, 10, 'ASSEMBLY', 'ASSEMBLY', 'MECHANICAL', 1, 'WI-110'),
  ('CLEAN', 120, 'Clean, remove shavings', NULL, 'true', '1', true, 'NONE', NULL, '{}', '{}', 'ANY', true, 30, 'ASSEMBLY', 'ASSEMBLY', 'MECHANICAL', 1, 'WI-120'),
  ('LABELS', 130, 'Logo, labels', NULL, 'true', '1', true, 'NONE', NULL, '{}', '{}', 'ANY', false, 10, 'ASSEMBLY', 'ASSEMBLY', 'MECHANICAL', 1, 'WI-120'),
  ('CHECKLIST', 140, 'Close and sign sections 2 and 3 of the production checklist', NULL, 'true', '1', true, 'NONE', NULL, '{}', '{}', 'ANY', true, 15, 'ASSEMBLY', 'ASSEMBLY', 'MECHANICAL', 2, 'WI-140'),
  ('END_OF_LINE', 150, 'Calibrations and end-of-line test', NULL, 'true', '1', true, 'NONE', NULL, '{}', '{}', 'ANY', true, 90, 'END_OF_LINE', 'TESTING', 'TESTING', 2, 'WI-150'),
  ('PACK', 160, 'Pack', NULL, 'true', '1', true, 'NONE', NULL, '{}', '{manual,accessory,drawer}', 'ANY', true, 45, 'PACKING', 'PACKING', 'PACKING', 2, 'WI-160')
  ) AS t (code, sequence, title, for_each, condition, quantity, per_piece, numbered_by, list, reads, bom_groups, bom_scope, redo, minutes, gate, place, skill, level, instruction)
  JOIN skills s ON s.skill_code = t.skill
 ORDER BY t.sequence, t.code;

-- What comes after what. Task 140 also waits for light, lifter and serial numbers: sections 2 and 3 ask for them.
INSERT INTO task_template_dependencies (task_template_id, predecessor_id, same_element)
SELECT t.task_template_id, p.task_template_id, d.same_element
  FROM (VALUES ('BODY_SIZE', 'UNPACK', false), ('LEGS', 'BODY_SIZE', false), ('FEET', 'LEGS', false), ('PEGBOARD', 'FEET', false), ('OVERHEAD_LIGHT', 'PEGBOARD', false), ('BASIN', 'FEET', false),
               ('E_DRAIN', 'BASIN', true), ('E_SINK', 'BASIN', true), ('E_SINK_DI', 'BASIN', true), ('P_TRAP', 'BASIN', true), ('BASIN_LIGHT', 'BASIN', true),
               ('FAUCET', 'BASIN', false), ('GOOSENECK', 'BASIN', false), ('GOOSENECK_ADDED', 'BASIN', false),
               ('SPRAYER', 'FAUCET', false), ('SPRAYER', 'GOOSENECK', false), ('SPRAYER', 'GOOSENECK_ADDED', false),
               ('CONTROL_BOX', 'BASIN', false), ('CONTROL_BOX', 'E_DRAIN', false), ('CONTROL_BOX', 'E_SINK', false), ('CONTROL_BOX', 'E_SINK_DI', false), ('CONTROL_BOX', 'P_TRAP', false), ('CONTROL_BOX', 'BASIN_LIGHT', false),
               ('LIFTER', 'CONTROL_BOX', false), ('DRAWER', 'CONTROL_BOX', false), ('ACCESSORY', 'CONTROL_BOX', false), ('SERIALS', 'CONTROL_BOX', false),
               ('CLEAN', 'DRAWER', false), ('CLEAN', 'ACCESSORY', false), ('CLEAN', 'FAUCET', false), ('CLEAN', 'GOOSENECK', false), ('CLEAN', 'GOOSENECK_ADDED', false), ('CLEAN', 'SPRAYER', false),
               ('LABELS', 'CLEAN', false), ('CHECKLIST', 'LABELS', false), ('CHECKLIST', 'OVERHEAD_LIGHT', false), ('CHECKLIST', 'LIFTER', false), ('CHECKLIST', 'SERIALS', false),
               ('END_OF_LINE', 'CHECKLIST', false), ('PACK', 'END_OF_LINE', false)) AS d (code, predecessor, same_element)
  JOIN task_templates t ON t.family_code = 'MDRD' AND t.template_code = d.code
  JOIN task_templates p ON p.family_code = 'MDRD' AND p.template_code = d.predecessor;

INSERT INTO task_template_tools (task_template_id, tool_kind_code)
SELECT t.task_template_id, k.kind
  FROM (VALUES ('BODY_SIZE', '{TAPE,CALIPERS}'), ('LEGS', '{SOCKET_WRENCH,TORQUE_WRENCH,LEVEL}'), ('FEET', '{SOCKET_WRENCH,LEVEL}'), ('PEGBOARD', '{DRILL,SCREWDRIVER,LEVEL,TAPE}'),
               ('OVERHEAD_LIGHT', '{DRILL,SCREWDRIVER,WIRE_STRIPPER}'), ('BASIN', '{SOCKET_WRENCH,LEVEL,SEALANT_GUN}'), ('E_DRAIN', '{PIPE_WRENCH,THREAD_TAPE,MULTIMETER}'),
               ('E_SINK', '{DRILL,SCREWDRIVER,WIRE_STRIPPER,MULTIMETER}'), ('E_SINK_DI', '{DRILL,SCREWDRIVER,WIRE_STRIPPER,MULTIMETER}'), ('P_TRAP', '{PIPE_WRENCH,THREAD_TAPE}'),
               ('BASIN_LIGHT', '{SCREWDRIVER,WIRE_STRIPPER}'), ('FAUCET', '{PIPE_WRENCH,ADJUSTABLE_WRENCH,THREAD_TAPE}'), ('GOOSENECK', '{PIPE_WRENCH,ADJUSTABLE_WRENCH,THREAD_TAPE}'),
               ('GOOSENECK_ADDED', '{PIPE_WRENCH,ADJUSTABLE_WRENCH,THREAD_TAPE}'), ('SPRAYER', '{DRILL,SCREWDRIVER,PIPE_WRENCH}'), ('CONTROL_BOX', '{SCREWDRIVER,WIRE_STRIPPER,MULTIMETER,LABELS}'),
               ('LIFTER', '{SCREWDRIVER}'), ('DRAWER', '{SCREWDRIVER,DRILL}'), ('ACCESSORY', '{SCREWDRIVER,DRILL}'), ('SERIALS', '{SCANNER}'), ('CLEAN', '{CLEANING_SET}'), ('LABELS', '{SCREWDRIVER}'),
               ('END_OF_LINE', '{THERMOMETER,INSULATED_CUP,LEVEL}'), ('PACK', '{PACKING_MATERIAL}')) AS n (code, kinds)
  JOIN task_templates t ON t.family_code = 'MDRD' AND t.template_code = n.code
  CROSS JOIN LATERAL unnest(n.kinds::text[]) AS k (kind);

INSERT INTO serial_kinds (serial_kind_code, name, needs_software_version, needs_plant_codes) VALUES
  ('TOUCHSCREEN', 'Touchscreen', true, false),
  ('VALVE_PLATE', 'Valve plate', false, false),
  ('DOSING_PUMP', 'Dosing pump', false, true),
  ('CONTROL_BOX', 'Control box', false, true);
INSERT INTO serial_requirements (family_code, serial_kind_code, position, for_each, condition, item_code, component_group, source)
SELECT 'MDRD', r.kind, r.position, r.for_each::jsonpath, r.condition::jsonpath, r.item_code, r.component_group, r.source
  FROM (VALUES
  ('TOUCHSCREEN', 10, '$.basins[*]', '$e.type == "E_SINK" || $e.type == "E_SINK_DI"', 'T2-TS7', NULL, 'checklists.md T0.1, T0.2'),
  ('VALVE_PLATE', 20, '$.basins[*]', '$e.type == "E_SINK"', 'T2-VALVE-PLATE-AUK', NULL, 'checklists.md T0.3'),
  ('VALVE_PLATE', 21, '$.basins[*]', '$e.type == "E_SINK_DI"', 'T2-VALVE-PLATE-DI', NULL, 'checklists.md T0.3'),
  ('DOSING_PUMP', 30, '$.basins[*]', '$e.type == "E_SINK"', 'T2-DOSING-PUMP', NULL, 'checklists.md T0.5'),
  ('CONTROL_BOX', 40, NULL, 'true', NULL, 'control_box', 'checklists.md T0.4')) AS r (kind, position, for_each, condition, item_code, component_group, source);
