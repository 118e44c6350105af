-- Sample catalogue, part 5: control boxes, cables, touchscreen, lights and power.

INSERT INTO sample_parts (part_type, manufacturer, part_number, name, unit_code, standard_cost, weight_kg, lead_time_days)
SELECT 'COMPONENT', 'Hexholm Electronics', v.* FROM (VALUES
  ('Q13404-02', 'Enclosure for up to two basins', 'each', 142.00, 3.60, 21),
  ('Q13404-01', 'Enclosure for three basins', 'each', 168.00, 4.40, 21),
  ('HDR-150-24', 'Power supply 24 V, 150 W, DIN rail', 'each', 64.00, 0.34, 21),
  ('T2-CTRL-BOX-BRKT', 'Hook bracket of the enclosure', 'each', 12.80, 0.58, 10),
  ('T2-EDRAIN-BOARD-R3', 'Drain control board', 'each', 96.00, 0.11, 35),
  ('T2-ESINK-BOARD-R3', 'Automation control board', 'each', 138.00, 0.14, 35),
  ('T-ESOM-F4-01', 'Processor board', 'each', 52.00, 0.03, 35),
  ('1201578', 'Universal DIN rail adapter', 'each', 3.10, 0.02, 10),
  ('E7512-L-BLUE', 'Wire ferrule 0.75 mm2, blue', 'each', 0.06, 0.0003, 5),
  ('M8-DUST-CAP-M', 'Dust cap for M8 sockets', 'each', 0.85, 0.002, 10),
  ('4995', 'Dust covers for network sockets, pack of ten', 'pack', 4.90, 0.02, 10),
  ('T2-BSN-OHL-BTN', 'Push button for the overhead light', 'each', 38.00, 0.09, 21),
  ('T2-RJ45-SPLITTER', 'Network splitter, straight through', 'each', 8.20, 0.03, 14),
  ('MD-D237-1', 'Network breakout board, four ways', 'each', 21.00, 0.05, 14),
  ('320X12539X', 'Gender changer, 15 pins', 'each', 9.60, 0.04, 14),
  ('ELC-BUTTON-DRAIN', 'Push button for the drain', 'each', 38.00, 0.09, 21),
  ('ELC-BUTTON-LIGHT', 'Push button for the basin light', 'each', 38.00, 0.09, 21),
  ('ELC-BUTTON-ORING', 'O-ring 22 mm for push buttons', 'each', 0.40, 0.001, 7),
  ('ELC-BUTTON-COVER', 'Splash cover for push buttons', 'each', 3.30, 0.02, 14),
  ('ELC-STOP-BUTTON', 'Emergency stop, two contacts', 'each', 47.00, 0.16, 21),
  ('ELC-STOP-CONTACT', 'Contact block of the emergency stop', 'each', 11.20, 0.03, 21),
  ('ELC-SPLICE-2', 'Lever splice, two ways', 'each', 0.62, 0.003, 5),
  ('ELC-SPLICE-3', 'Lever splice, three ways', 'each', 0.78, 0.004, 5),
  ('ELC-SPLICE-12', 'Splice block, twelve ways', 'each', 6.40, 0.04, 10),
  ('ELC-RESISTOR-2K2', 'Resistor 2.2 kOhm', 'each', 0.05, 0.0002, 7),
  ('ELC-FERRULE-150', 'Wire ferrule 1.5 mm2, black', 'each', 0.07, 0.0004, 5),
  ('ELC-RING-M6', 'Ring terminal M6', 'each', 0.24, 0.002, 5),
  ('ELC-GLAND-M12', 'Cable gland M12', 'each', 2.10, 0.01, 7),
  ('ELC-GLAND-M20', 'Cable gland M20', 'each', 2.90, 0.02, 7),
  ('ELC-TERMINAL-EARTH', 'Earth terminal, DIN rail', 'each', 4.70, 0.02, 10),
  ('ELC-END-CLAMP', 'End clamp, DIN rail', 'each', 1.10, 0.01, 10),
  ('ELC-FUSE-5A', 'Fuse 5 A, slow', 'each', 0.75, 0.002, 7),
  ('ELC-FUSE-HOLDER', 'Fuse holder, panel', 'each', 3.80, 0.02, 7),
  ('ELC-BREAKER-15A', 'Circuit breaker 15 A, resettable', 'each', 9.80, 0.06, 14),
  ('ELC-SOCKET-9', 'Socket strip, nine outlets', 'each', 71.00, 1.35, 21),
  ('ELC-SWITCH-COVER', 'Cover for the switch of the socket strip', 'each', 2.40, 0.02, 14),
  ('ELC-FILTER-EMI', 'Mains filter 10 A', 'each', 24.00, 0.18, 21),
  ('ELC-SURGE', 'Surge protector, plug-in', 'each', 31.00, 0.12, 21)
) v (part_number, name, unit_code, standard_cost, weight_kg, lead_time_days);

INSERT INTO sample_parts (part_type, manufacturer, part_number, name, unit_code, standard_cost, weight_kg, lead_time_days, manufacturer_part_number)
SELECT 'COMPONENT', 'Wickerby Cable', v.* FROM (VALUES
  ('PW-105R3-06', 'Mains cable, right angle, 6 ft', 'each', 9.40, 0.24, 10, 'WC-M6R'),
  ('CBL-MAINS-03', 'Mains cable, straight, 3 ft', 'each', 6.90, 0.14, 10, 'WC-M3S'),
  ('CBL-MAINS-LIFT', 'Mains cable of the lift controller', 'each', 11.30, 0.22, 14, 'WC-ML'),
  ('T2-M8-3P-MP-STR-0.61M', 'M8 cable, three pins, male to wire, 0.61 m', 'each', 7.20, 0.03, 14, 'WC-M8M-061'),
  ('CBL-M8-FW-030', 'M8 cable, female to wire, 0.3 m', 'each', 5.80, 0.02, 14, 'WC-M8F-030'),
  ('CBL-M8-FW-150', 'M8 cable, female to wire, 1.5 m', 'each', 8.10, 0.05, 14, 'WC-M8F-150'),
  ('CBL-M8-MF-300', 'M8 cable, male to female, 3 m', 'each', 11.90, 0.10, 14, 'WC-M8X-300'),
  ('CBL-M8-TERMINAL', 'M8 connector, female, screw terminals', 'each', 7.60, 0.02, 14, 'WC-M8T'),
  ('CBL-M8-CAP-F', 'Dust cap for M8 plugs', 'each', 0.85, 0.002, 10, 'WC-M8C'),
  ('CBL-M12-PLUG', 'M12 plug, screw terminals', 'each', 8.80, 0.03, 14, 'WC-M12P'),
  ('CBL-M12-SOCKET', 'M12 panel socket', 'each', 9.40, 0.03, 14, 'WC-M12S'),
  ('CBL-NET-10', 'Network cable 10 ft, black', 'each', 3.90, 0.11, 7, 'WC-N10'),
  ('CBL-NET-25', 'Network cable 25 ft, black', 'each', 7.20, 0.26, 7, 'WC-N25'),
  ('N204-S01-BL-UD', 'Network cable 1 ft, angled', 'each', 4.60, 0.02, 10, 'WC-N1A'),
  ('2926438', 'D-sub cable, 15 pins, open end, 0.5 m', 'each', 26.00, 0.09, 21, 'WC-D15-05'),
  ('2302081', 'D-sub cable, 15 pins, shielded, 2 m', 'each', 34.00, 0.21, 21, 'WC-D15-20'),
  ('CBL-RIBBON-16', 'Ribbon cable 16 ways, 160 mm', 'each', 4.20, 0.02, 21, 'WC-R16'),
  ('CBL-RIBBON-06', 'Ribbon cable 6 ways, 120 mm', 'each', 2.60, 0.01, 21, 'WC-R06'),
  ('CBL-EARTH-040', 'Earth strap 400 mm', 'each', 3.70, 0.05, 10, 'WC-E40'),
  ('CBL-EARTH-100', 'Earth strap 1 m', 'each', 5.10, 0.11, 10, 'WC-E100')
) v (part_number, name, unit_code, standard_cost, weight_kg, lead_time_days, manufacturer_part_number);

INSERT INTO sample_parts (part_type, manufacturer, part_number, name, unit_code, standard_cost, weight_kg, lead_time_days)
SELECT 'MATERIAL', 'Wickerby Cable', v.* FROM (VALUES
  ('CBL-WIRE-075-BLUE', 'Stranded wire 0.75 mm2, blue', 'foot', 0.14, 0.003, 7),
  ('CBL-WIRE-075-RED', 'Stranded wire 0.75 mm2, red', 'foot', 0.14, 0.003, 7),
  ('CBL-WIRE-150-GREEN', 'Earth wire 1.5 mm2, green and yellow', 'foot', 0.24, 0.006, 7),
  ('CBL-PAIR-SHIELDED', 'Shielded pair 0.25 mm2', 'foot', 0.46, 0.008, 10)
) v (part_number, name, unit_code, standard_cost, weight_kg, lead_time_days);

INSERT INTO sample_parts (part_type, manufacturer, part_number, name, unit_code, standard_cost, weight_kg, lead_time_days, manufacturer_part_number)
SELECT 'COMPONENT', 'Pellworm Displays', v.* FROM (VALUES
  ('TSC-PANEL-07', 'Touch panel 7 in, bonded glass', 'each', 168.00, 0.46, 42, 'PD-7T'),
  ('TSC-MODULE', 'Computer module', 'each', 61.00, 0.03, 42, 'PD-CM'),
  ('TSC-CARRIER', 'Carrier board of the module', 'each', 74.00, 0.09, 42, 'PD-CB'),
  ('TSC-GESTURE', 'Gesture sensor', 'each', 17.00, 0.01, 28, 'PD-GS'),
  ('TSC-GESTURE-PLUG', 'Plug housing of the gesture sensor', 'each', 0.90, 0.002, 28, 'PD-GS-P'),
  ('TSC-GESTURE-PIN', 'Crimp pin of the gesture sensor', 'each', 0.08, 0.0002, 28, 'PD-GS-C'),
  ('TSC-SPEAKER', 'Speaker 40 mm, waterproof', 'each', 6.80, 0.03, 28, 'PD-SP'),
  ('TSC-MEMBRANE', 'Vent membrane', 'each', 3.20, 0.001, 28, 'PD-VM'),
  ('TSC-SEAL', 'Seal of the shell, cast', 'each', 5.60, 0.03, 28, 'PD-SL'),
  ('TSC-HEATSINK', 'Heat sink 30 mm', 'each', 2.10, 0.02, 28, 'PD-HS'),
  ('TSC-STORAGE-32', 'Storage card 32 GB, industrial', 'each', 27.00, 0.001, 28, 'PD-SD32'),
  ('TSC-WIPE-GUARD', 'Wipe-clean guard film 7 in', 'each', 5.20, 0.01, 28, 'PD-WG'),
  ('TSC-BATTERY-RTC', 'Clock battery', 'each', 2.80, 0.004, 14, 'PD-BT')
) v (part_number, name, unit_code, standard_cost, weight_kg, lead_time_days, manufacturer_part_number);

INSERT INTO sample_parts (part_type, manufacturer, part_number, name, unit_code, standard_cost, weight_kg, lead_time_days, manufacturer_part_number)
SELECT 'COMPONENT', 'Larkspur Lighting', v.* FROM (VALUES
  ('LGT-STRIP-6000K', 'LED strip 24 V, 6000 K, sealed', 'foot', 5.60, 0.02, 21, 'LL-S60'),
  ('LGT-STRIP-CLIP', 'Clip for LED channel', 'each', 0.55, 0.003, 21, 'LL-CL'),
  ('LGT-STRIP-END', 'End cap for LED channel', 'each', 0.70, 0.002, 21, 'LL-EC'),
  ('LGT-DRIVER-40', 'LED driver 24 V, 40 W', 'each', 29.00, 0.21, 21, 'LL-D40'),
  ('LGT-BASIN-27', 'Basin light 27 W, sealed', 'each', 124.00, 0.62, 28, 'LL-B27'),
  ('LGT-BASIN-GASKET', 'Gasket of the basin light', 'each', 2.60, 0.01, 28, 'LL-B27-G'),
  ('LGT-BASIN-CLAMP', 'Clamp of the basin light', 'each', 4.30, 0.06, 28, 'LL-B27-K'),
  ('LGT-TASK-NECK', 'Gooseneck LED light 27 in', 'each', 142.00, 0.98, 28, 'LL-G27'),
  ('LGT-MAGNIFIER-ARM', 'Magnifying light 5 in on spring arm', 'each', 176.00, 3.10, 28, 'LL-M5'),
  ('LGT-BOARD-BRACKET', 'Board bracket for lights', 'each', 14.80, 0.36, 14, 'LL-BB'),
  ('LGT-DIMMER', 'Dimmer, rotary, sealed', 'each', 19.00, 0.05, 21, 'LL-DM'),
  ('LGT-PIVOT', 'Pivot with friction washer', 'each', 5.90, 0.08, 14, 'LL-PV')
) v (part_number, name, unit_code, standard_cost, weight_kg, lead_time_days, manufacturer_part_number);
