-- Sample catalogue, part 12: presets for new configurations.

INSERT INTO sample_variants (variant_code, name, description, parameters) VALUES
  ('V-B1-BASIC', 'One drain basin, fixed legs', 'The smallest sink: one bowl with electric drain, no board.', '{
    "model": "T2-B1", "width_in": 30, "length_in": 48, "leg_model": "DL14", "leg_adjustment": "FIXED_HEIGHT", "feet": "LEVELING_CASTERS",
    "workflow_direction": "LEFT_TO_RIGHT", "pegboard": false,
    "basins": [{"type": "E_DRAIN", "size": "20X20X8", "p_trap": false, "basin_light": false}],
    "faucets": [], "sprayers": [], "drawers": [], "accessories": []}'),
  ('V-B1-ESINK', 'One automated basin with a board', 'For small departments: automated basin, perforated board, basin light.', '{
    "model": "T2-B1", "width_in": 48, "length_in": 60, "leg_model": "DL27", "leg_adjustment": "HEIGHT_ADJUSTABLE", "feet": "LEVELING_CASTERS",
    "workflow_direction": "LEFT_TO_RIGHT", "pegboard": true, "pegboard_type": "PERFORATED", "pegboard_size_mode": "SAME_AS_SINK",
    "basins": [{"type": "E_SINK", "size": "24X20X8", "p_trap": false, "basin_light": true}],
    "faucets": [{"type": "WRIST_BLADE", "quantity": 1, "placement": "BASIN_1"}],
    "sprayers": [{"type": "WATER_TURRET", "location": "RIGHT_SIDE", "quantity": 1}], "drawers": [],
    "accessories": [{"code": "T-OA-BINRAIL-24-KIT", "quantity": 1}, {"code": "T-OA-B110505", "quantity": 3}]}'),
  ('V-B1-MADE-TO-MEASURE', 'One basin, bowl and board made to measure', 'Shows made-to-measure parts: a bowl and a green board of their own size.', '{
    "model": "T2-B1", "width_in": 30, "length_in": 54, "leg_model": "DL27", "leg_adjustment": "HEIGHT_ADJUSTABLE", "feet": "SEISMIC_FEET",
    "workflow_direction": "LEFT_TO_RIGHT", "pegboard": true, "pegboard_type": "SOLID", "pegboard_color": "GREEN", "pegboard_size_mode": "CUSTOM",
    "pegboard_custom_width_in": 30, "pegboard_custom_length_in": 50,
    "basins": [{"type": "E_DRAIN", "size": "CUSTOM", "custom_width_in": 26, "custom_length_in": 18, "custom_depth_in": 8, "p_trap": false, "basin_light": false}],
    "faucets": [], "sprayers": [], "drawers": [], "accessories": [{"code": "T-OA-SSSHELF-1812-BOLT-ON-KIT", "quantity": 1}]}'),
  ('V-B2-STANDARD', 'Two drain basins with a board', 'The usual sink of a reprocessing room.', '{
    "model": "T2-B2", "width_in": 48, "length_in": 72, "leg_model": "DL27", "leg_adjustment": "HEIGHT_ADJUSTABLE", "feet": "LEVELING_CASTERS",
    "workflow_direction": "LEFT_TO_RIGHT", "pegboard": true, "pegboard_type": "PERFORATED", "pegboard_size_mode": "SAME_AS_SINK",
    "basins": [{"type": "E_DRAIN", "size": "24X20X8", "p_trap": false, "basin_light": true}, {"type": "E_DRAIN", "size": "24X20X8", "p_trap": false, "basin_light": false}],
    "faucets": [{"type": "PRE_RINSE", "quantity": 1, "placement": "BETWEEN_1_2"}],
    "sprayers": [{"type": "WATER_ROSETTE", "location": "LEFT_SIDE", "quantity": 1}, {"type": "AIR_ROSETTE", "location": "RIGHT_SIDE", "quantity": 1}],
    "drawers": [{"code": "T2-OA-2D-152012-STACKED-KIT", "quantity": 1}], "accessories": [{"code": "T-OA-SSSHELF-1812", "quantity": 2}]}'),
  ('V-B2-MIXED', 'One drain and one automated basin, blue board', 'Manual soak on the left, automated wash on the right.', '{
    "model": "T2-B2", "width_in": 48, "length_in": 84, "leg_model": "DL14", "leg_adjustment": "HEIGHT_ADJUSTABLE", "feet": "LEVELING_CASTERS",
    "workflow_direction": "LEFT_TO_RIGHT", "pegboard": true, "pegboard_type": "PERFORATED", "pegboard_color": "BLUE", "pegboard_size_mode": "SAME_AS_SINK",
    "basins": [{"type": "E_DRAIN", "size": "24X20X8", "p_trap": false, "basin_light": false}, {"type": "E_SINK", "size": "30X20X8", "p_trap": false, "basin_light": true}],
    "faucets": [{"type": "WRIST_BLADE", "quantity": 1, "placement": "BETWEEN_1_2"}],
    "sprayers": [{"type": "AIR_TURRET", "location": "RIGHT_SIDE", "quantity": 1}], "drawers": [],
    "accessories": [{"code": "T2-OA-SC-2420-SS", "quantity": 1}, {"code": "T-OA-TASKLIGHT-PB", "quantity": 1}]}'),
  ('V-B2-TREATED-WATER', 'Two automated basins, treated water rinse', 'Wash with dosing, then rinse with treated water; disinfecting traps.', '{
    "model": "T2-B2", "width_in": 30, "length_in": 73, "leg_model": "LC1", "leg_adjustment": "HEIGHT_ADJUSTABLE", "feet": "SEISMIC_FEET",
    "workflow_direction": "RIGHT_TO_LEFT", "pegboard": true, "pegboard_type": "SOLID", "pegboard_size_mode": "SAME_AS_SINK",
    "basins": [{"type": "E_SINK", "size": "24X20X8", "p_trap": true, "basin_light": true}, {"type": "E_SINK_DI", "size": "24X20X8", "p_trap": true, "basin_light": true}],
    "faucets": [{"type": "WRIST_BLADE", "quantity": 1, "placement": "BASIN_1"}, {"type": "DI_GOOSENECK", "quantity": 1, "placement": "BASIN_2"}],
    "sprayers": [], "drawers": [], "accessories": [{"code": "T-OA-SSSHELF-3612-BOLT-ON-KIT", "quantity": 1}]}'),
  ('V-B3-FULL', 'Three basins, everything', 'Every kind of basin, faucet and storage on the longest body.', '{
    "model": "T2-B3", "width_in": 48, "length_in": 120, "leg_model": "LC1", "leg_adjustment": "HEIGHT_ADJUSTABLE", "feet": "LEVELING_CASTERS",
    "workflow_direction": "LEFT_TO_RIGHT", "pegboard": true, "pegboard_type": "PERFORATED", "pegboard_color": "WHITE", "pegboard_size_mode": "SAME_AS_SINK",
    "basins": [{"type": "E_DRAIN", "size": "30X20X8", "p_trap": true, "basin_light": true}, {"type": "E_SINK", "size": "30X20X8", "p_trap": true, "basin_light": true}, {"type": "E_SINK_DI", "size": "24X20X8", "p_trap": false, "basin_light": true}],
    "faucets": [{"type": "PRE_RINSE", "quantity": 1, "placement": "BETWEEN_1_2"}, {"type": "WRIST_BLADE", "quantity": 1, "placement": "BETWEEN_2_3"}, {"type": "DI_GOOSENECK", "quantity": 1, "placement": "BASIN_3"}],
    "sprayers": [{"type": "WATER_TURRET", "location": "LEFT_SIDE", "quantity": 1}, {"type": "AIR_TURRET", "location": "RIGHT_SIDE", "quantity": 1}],
    "drawers": [{"code": "T2-OA-PO-SHLF-1212", "quantity": 2}],
    "accessories": [{"code": "T2-OA-CUST-SHELF-HA-LRG", "quantity": 1}, {"code": "T-OA-PFW1236FM-KIT", "quantity": 1}, {"code": "T-OA-MLIGHT-PB-KIT", "quantity": 1}, {"code": "T-OA-MMA-PB", "quantity": 2}]}'),
  ('V-B3-DRAIN', 'Three drain basins, no board', 'A long wash line without a board, from right to left.', '{
    "model": "T2-B3", "width_in": 30, "length_in": 96, "leg_model": "DL27", "leg_adjustment": "FIXED_HEIGHT", "feet": "SEISMIC_FEET",
    "workflow_direction": "RIGHT_TO_LEFT", "pegboard": false,
    "basins": [{"type": "E_DRAIN", "size": "24X20X8", "p_trap": false, "basin_light": false}, {"type": "E_DRAIN", "size": "24X20X8", "p_trap": false, "basin_light": false}, {"type": "E_DRAIN", "size": "24X20X8", "p_trap": false, "basin_light": false}],
    "faucets": [{"type": "WRIST_BLADE", "quantity": 1, "placement": "BETWEEN_1_2"}, {"type": "WRIST_BLADE", "quantity": 1, "placement": "BETWEEN_2_3"}],
    "sprayers": [], "drawers": [], "accessories": [{"code": "T-OA-RAIL-SHELF-ADDER-LRG", "quantity": 1}]}');
