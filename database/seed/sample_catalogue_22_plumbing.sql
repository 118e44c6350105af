-- Sample catalogue, part 4: water, air and detergent: fittings, tubing, valves, sensors in the water, faucets and guns.

INSERT INTO sample_parts (part_type, manufacturer, part_number, name, unit_code, standard_cost, weight_kg, lead_time_days)
SELECT 'COMPONENT', 'Osprey Hollow Plumbing', v.* FROM (VALUES
  ('FIT-NIPPLE-050', 'Nipple 1/2 NPT, stainless', 'each', 3.40, 0.06, 7),
  ('FIT-NIPPLE-075', 'Nipple 3/4 NPT, stainless', 'each', 4.60, 0.10, 7),
  ('FIT-ELBOW-050', 'Elbow 1/2 NPT, stainless', 'each', 5.20, 0.11, 7),
  ('FIT-ELBOW-075', 'Elbow 3/4 NPT, stainless', 'each', 6.90, 0.17, 7),
  ('FIT-TEE-050', 'Tee 1/2 NPT, stainless', 'each', 7.10, 0.15, 7),
  ('FIT-TEE-075', 'Tee 3/4 NPT, stainless', 'each', 9.30, 0.23, 7),
  ('FIT-UNION-050', 'Union 1/2 NPT, stainless', 'each', 11.60, 0.19, 7),
  ('FIT-UNION-075', 'Union 3/4 NPT, stainless', 'each', 14.20, 0.27, 7),
  ('FIT-BUSH-075-050', 'Reducing bush 3/4 to 1/2 NPT', 'each', 3.80, 0.05, 7),
  ('FIT-CROSS-075', 'Cross 3/4 NPT, stainless', 'each', 13.40, 0.31, 10),
  ('FIT-PLUG-050', 'Plug 1/2 NPT, stainless', 'each', 2.60, 0.05, 7),
  ('FIT-ADAPT-050N-075B', 'Adapter 1/2 NPT male to 3/4 BSPP', 'each', 8.70, 0.09, 14),
  ('FIT-ADAPT-075B-050P', 'Adapter 3/4 BSPP to 1/2 PEX', 'each', 6.30, 0.07, 14),
  ('FIT-SWIVEL-075B', 'Straight screw connection 3/4 BSPP with O-ring', 'each', 9.10, 0.10, 14),
  ('FIT-PEX-ELBOW', 'PEX elbow 1/2', 'each', 2.90, 0.03, 7),
  ('FIT-PEX-TEE', 'PEX tee 1/2', 'each', 3.70, 0.04, 7),
  ('FIT-PEX-RING', 'PEX expansion ring 1/2', 'each', 0.45, 0.004, 7),
  ('FIT-PEX-RING-RED', 'PEX expansion ring 1/2, red', 'each', 0.45, 0.004, 7),
  ('FIT-PEX-RING-BLUE', 'PEX expansion ring 1/2, blue', 'each', 0.45, 0.004, 7),
  ('FIT-PEX-FLANGE', 'Flange for PEX through the bowl', 'each', 7.80, 0.06, 10),
  ('FIT-PEX-CLIP', 'PEX pipe clip', 'each', 0.38, 0.005, 7),
  ('FIT-STOP-050', 'Angle stop valve 1/2', 'each', 14.80, 0.22, 7),
  ('FIT-BALL-050', 'Ball valve 1/2, lever', 'each', 17.40, 0.31, 7),
  ('FIT-PUSH-06', 'Push-in fitting 6 mm, straight', 'each', 2.30, 0.01, 7),
  ('FIT-PUSH-06-ELBOW', 'Push-in fitting 6 mm, elbow', 'each', 2.80, 0.01, 7),
  ('FIT-PUSH-10', 'Push-in fitting 10 mm, straight', 'each', 3.10, 0.02, 7),
  ('FIT-BULKHEAD-06', 'Bulkhead fitting 6 mm', 'each', 4.40, 0.03, 7),
  ('FIT-BARB-10', 'Hose barb 10 mm to 1/4 NPT', 'each', 3.20, 0.03, 7),
  ('FIT-COUPLING-150', 'Rubber coupling 1.5 in', 'each', 6.40, 0.16, 7),
  ('FIT-TAILPIECE-150', 'Tailpiece 1.5 in, brass', 'each', 9.20, 0.24, 7),
  ('FIT-FLANGE-WALL', 'Wall flange 1/2', 'each', 3.90, 0.08, 7),
  ('FIT-LOCKNUT-050', 'Lock nut 1/2 with washer', 'each', 1.90, 0.04, 7),
  ('B-0230-K', 'Inlet kit: nipple, lock nut, washer, short elbow', 'each', 18.60, 0.38, 14),
  ('PFX146332', 'Flexible connector 3/8 to 1/2, braided', 'each', 7.90, 0.14, 7)
) v (part_number, name, unit_code, standard_cost, weight_kg, lead_time_days);

INSERT INTO sample_parts (part_type, manufacturer, part_number, name, unit_code, standard_cost, weight_kg, lead_time_days)
SELECT 'MATERIAL', 'Grebe & Daughters Hose', v.* FROM (VALUES
  ('TUB-PEX-WHITE', 'PEX tubing 1/2, white', 'foot', 0.88, 0.024, 7),
  ('TUB-PEX-RED', 'PEX tubing 1/2, red', 'foot', 0.88, 0.024, 7),
  ('TUB-PEX-BLUE', 'PEX tubing 1/2, blue', 'foot', 0.88, 0.024, 7),
  ('TUB-PVDF-10', 'PVDF tubing 10 mm for treated water', 'foot', 2.65, 0.028, 14),
  ('TUB-PU-06', 'Polyurethane tubing 6 mm, clear', 'foot', 0.42, 0.007, 7),
  ('TUB-PERI-06', 'Peristaltic tubing 6 mm', 'foot', 3.80, 0.012, 14),
  ('TUB-DRAIN-150', 'Drain hose 1.5 in, flexible', 'foot', 4.40, 0.19, 7),
  ('TUB-AIR-08', 'Air hose 8 mm, coiled', 'foot', 1.10, 0.018, 7),
  ('TUB-SILICONE-04', 'Silicone tubing 4 mm', 'foot', 0.75, 0.006, 7)
) v (part_number, name, unit_code, standard_cost, weight_kg, lead_time_days);

INSERT INTO sample_parts (part_type, manufacturer, part_number, name, unit_code, standard_cost, weight_kg, lead_time_days)
SELECT 'COMPONENT', 'Grebe & Daughters Hose', v.* FROM (VALUES
  ('HSE-CLAMP-150', 'Hose clamp 1.5 to 2 in', 'each', 1.45, 0.03, 5),
  ('HSE-CLAMP-010', 'Hose clamp 8 to 12 mm', 'each', 0.55, 0.008, 5),
  ('HSE-SUPPORT-150', 'Hose support 1.5 in', 'each', 2.10, 0.05, 5),
  ('HSE-WATER-COIL', 'Coiled hose for water guns', 'each', 36.00, 0.62, 14),
  ('HSE-AIR-COIL', 'Coiled hose for air guns', 'each', 28.00, 0.44, 14)
) v (part_number, name, unit_code, standard_cost, weight_kg, lead_time_days);

INSERT INTO sample_parts (part_type, manufacturer, part_number, name, unit_code, standard_cost, weight_kg, lead_time_days, manufacturer_part_number)
SELECT 'COMPONENT', 'Pondera Valve Works', v.* FROM (VALUES
  ('VLV-DRAIN-MOTOR', 'Motor drain valve 1.5 in, 12 V', 'each', 148.00, 1.35, 28, 'PV-DM15'),
  ('VLV-SOLENOID-075', 'Solenoid 3/4, normally closed, 24 V', 'each', 63.00, 0.48, 28, 'PV-S34'),
  ('VLV-SOLENOID-COIL', 'Coil for the 3/4 solenoid', 'each', 21.00, 0.18, 28, 'PV-S34-C'),
  ('VLV-SOLENOID-SEAL', 'Seal kit for the 3/4 solenoid', 'set', 8.40, 0.02, 28, 'PV-S34-K'),
  ('VLV-CHECK-075', 'Check valve 3/4', 'each', 16.80, 0.15, 21, 'PV-CK34'),
  ('VLV-MIX-THERMO', 'Thermostatic mixing cartridge', 'each', 92.00, 0.41, 35, 'PV-TM1'),
  ('VLV-MIX-BODY', 'Body of the mixing valve', 'each', 58.00, 0.95, 35, 'PV-TB1'),
  ('DER-1899-14-CC', 'Single-lever mixing valve with hoses', 'each', 84.00, 0.92, 28, 'PV-SL14'),
  ('VLV-RELIEF-075', 'Pressure relief valve 3/4', 'each', 27.00, 0.26, 21, 'PV-RV34'),
  ('VLV-FILTER-075', 'Y filter 3/4, 250 micron', 'each', 19.50, 0.34, 21, 'PV-YF34'),
  ('VLV-FILTER-SCREEN', 'Screen for the Y filter', 'each', 4.20, 0.02, 21, 'PV-YF34-S'),
  ('VLV-REG-AIR', 'Air regulator with gauge', 'each', 41.00, 0.38, 21, 'PV-AR1'),
  ('VLV-CHECK-06', 'Check valve 6 mm, push-in', 'each', 6.90, 0.02, 21, 'PV-CK06')
) v (part_number, name, unit_code, standard_cost, weight_kg, lead_time_days, manufacturer_part_number);

INSERT INTO sample_parts (part_type, manufacturer, part_number, name, unit_code, standard_cost, weight_kg, lead_time_days, manufacturer_part_number)
SELECT 'COMPONENT', 'Kestrelcroft Sensors', v.* FROM (VALUES
  ('SNS-FLOW-075', 'Flow meter 3/4, 2 to 40 l/min', 'each', 57.00, 0.22, 28, 'KS-F34'),
  ('SNS-TEMP-INLINE', 'Temperature sensor, in line, G1/4', 'each', 24.00, 0.05, 21, 'KS-T14'),
  ('SNS-TEMP-HOUSING', 'Housing of the in-line sensor, 3/4', 'each', 18.00, 0.14, 21, 'KS-TH34'),
  ('SNS-TEMP-BASIN', 'Temperature probe in the bowl, 1.5 m', 'each', 31.00, 0.08, 21, 'KS-TB15'),
  ('SNS-TEMP-DISPLAY', 'Temperature display, clip-on', 'each', 22.00, 0.09, 21, 'KS-TD'),
  ('SNS-LEVEL-OPTIC', 'Optical level sensor', 'each', 29.50, 0.03, 28, 'KS-LO'),
  ('SNS-LEVEL-HOUSING', 'Housing of the level sensor', 'each', 4.80, 0.02, 28, 'KS-LH'),
  ('SNS-LEVEL-NUT', 'Nut of the level sensor', 'each', 0.95, 0.005, 28, 'KS-LN'),
  ('SNS-LEVEL-SEAL', 'Seal of the level sensor', 'each', 0.60, 0.002, 28, 'KS-LS'),
  ('SNS-LEAK-ROPE', 'Leak rope, 1 m', 'each', 26.00, 0.06, 28, 'KS-LR1'),
  ('SNS-EMPTY-FLOAT', 'Float switch for detergent bottles', 'each', 12.80, 0.04, 21, 'KS-FS')
) v (part_number, name, unit_code, standard_cost, weight_kg, lead_time_days, manufacturer_part_number);

INSERT INTO sample_parts (part_type, manufacturer, part_number, name, unit_code, standard_cost, weight_kg, lead_time_days)
SELECT 'COMPONENT', 'Osprey Hollow Plumbing', v.* FROM (VALUES
  ('DRN-BASKET', 'Drain body with basket, 3.5 in', 'each', 34.00, 0.86, 14),
  ('DRN-GASKET', 'Drain gasket, 3.5 in', 'each', 1.90, 0.02, 7),
  ('DRN-NUT', 'Drain lock nut, 3.5 in', 'each', 2.70, 0.09, 7),
  ('DRN-OVERFLOW-PLATE', 'Face plate of the overflow sensor', 'each', 3.60, 0.04, 14),
  ('DRN-PLUG', 'Drain test plug', 'each', 5.60, 0.11, 7),
  ('STR-CUP', 'Strainer cup, perforated', 'each', 9.80, 0.14, 14),
  ('STR-KNOB', 'Knob of the strainer', 'each', 1.35, 0.02, 14),
  ('T2-OA-MS-1026', 'Disinfecting drain trap', 'each', 412.00, 3.9, 42),
  ('FCT-WB-BODY', 'Wrist-blade faucet, 8 in wall mount', 'each', 186.00, 2.60, 21),
  ('FCT-WB-BLADE', 'Wrist blade 4 in', 'each', 12.40, 0.11, 21),
  ('FCT-SPOUT-10', 'Swing spout 10 in', 'each', 31.00, 0.52, 21),
  ('FCT-AERATOR', 'Aerator, laminar', 'each', 6.20, 0.02, 21),
  ('FCT-PR-BODY', 'Pre-rinse base, 8 in wall mount', 'each', 172.00, 2.40, 21),
  ('FCT-PR-RISER', 'Pre-rinse riser with spring', 'each', 96.00, 1.70, 21),
  ('FCT-PR-SPRAY', 'Pre-rinse spray valve', 'each', 58.00, 0.48, 21),
  ('FCT-PR-BRACKET', 'Wall bracket of the riser', 'each', 14.50, 0.26, 21),
  ('FCT-DI-BODY', 'Gooseneck faucet for treated water, lined', 'each', 214.00, 1.20, 35),
  ('FCT-DI-HANDLE', 'Self-closing handle for treated water', 'each', 26.00, 0.09, 35),
  ('FCT-DI-SHANK', 'Shank for treated water', 'each', 18.00, 0.10, 35),
  ('GUN-WATER', 'Cleaning gun for water', 'each', 118.00, 0.46, 21),
  ('GUN-AIR', 'Blow gun for air', 'each', 74.00, 0.32, 21),
  ('GUN-TIP-SET', 'Set of eight gun tips', 'set', 63.00, 0.24, 21),
  ('GUN-HOSE-TAIL', 'Hose tail with swivel', 'each', 8.60, 0.07, 21),
  ('GUN-ROSETTE', 'Rosette with hose outlet', 'each', 42.00, 0.55, 21),
  ('BL-4500-02', 'Water turret, lined', 'each', 88.00, 1.05, 28),
  ('BL-4249', 'Panel flange for the water turret', 'each', 31.00, 0.36, 28),
  ('BL-4350-01', 'Air turret', 'each', 71.00, 0.88, 28),
  ('BL-5500-07', 'Panel supply nipple with lock nut', 'each', 19.50, 0.24, 28)
) v (part_number, name, unit_code, standard_cost, weight_kg, lead_time_days);

INSERT INTO sample_parts (part_type, manufacturer, part_number, name, unit_code, standard_cost, weight_kg, lead_time_days, manufacturer_part_number)
SELECT 'COMPONENT', 'Thistledown Dosing', v.* FROM (VALUES
  ('DOS-PUMP-HEAD', 'Peristaltic pump head', 'each', 83.00, 0.42, 28, 'TD-PH'),
  ('DOS-PUMP-MOTOR', 'Geared motor of the pump, 24 V', 'each', 66.00, 0.58, 28, 'TD-PM'),
  ('DOS-PUMP-CASE', 'Case of the pump', 'each', 24.00, 0.35, 28, 'TD-PC'),
  ('DOS-PUMP-BOARD', 'Driver board of the pump', 'each', 47.00, 0.06, 28, 'TD-PB'),
  ('DOS-ROLLER', 'Roller set', 'set', 11.60, 0.04, 28, 'TD-RS'),
  ('DOS-NOZZLE', 'Dosing nozzle through the backsplash', 'each', 13.20, 0.05, 28, 'TD-NZ'),
  ('DOS-COUPLER', 'Quick coupler 6 mm, self-closing', 'each', 9.70, 0.03, 28, 'TD-QC6'),
  ('DOS-LANCE', 'Suction lance for 5 l bottles', 'each', 18.90, 0.12, 28, 'TD-SL5'),
  ('DOS-BOTTLE-TRAY', 'Bottle tray', 'each', 16.40, 0.55, 28, 'TD-BT')
) v (part_number, name, unit_code, standard_cost, weight_kg, lead_time_days, manufacturer_part_number);
