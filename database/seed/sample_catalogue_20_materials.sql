-- Sample catalogue, part 2: what is cut, poured, printed or thrown away. Costs and weights are per unit.

INSERT INTO sample_parts (part_type, manufacturer, part_number, name, unit_code, standard_cost, weight_kg, lead_time_days)
SELECT 'MATERIAL', 'Brindlemoor Steel', v.* FROM (VALUES
  ('MAT-TUBE-SQ25', 'Square tube 25 x 1.5 mm, stainless 304', 'foot', 4.10, 0.34, 10),
  ('MAT-TUBE-SQ40', 'Square tube 40 x 2 mm, stainless 304', 'foot', 7.85, 0.72, 10),
  ('MAT-TUBE-SQ50', 'Square tube 50 x 3 mm, stainless 304', 'foot', 11.40, 1.35, 10),
  ('MAT-TUBE-RECT-50X25', 'Rectangular tube 50 x 25 x 2 mm, stainless 304', 'foot', 8.20, 0.68, 10),
  ('MAT-TUBE-RND-25', 'Round tube 25 x 1.5 mm, stainless 304, polished', 'foot', 5.30, 0.27, 12),
  ('MAT-TUBE-RND-38', 'Round tube 38 x 2 mm, stainless 304, polished', 'foot', 7.10, 0.54, 12),
  ('MAT-ANGLE-40', 'Angle 40 x 40 x 4 mm, stainless 304', 'foot', 6.60, 0.73, 10),
  ('MAT-CHANNEL-60', 'U channel 60 x 30 x 3 mm, stainless 304', 'foot', 8.90, 0.81, 14),
  ('MAT-FLAT-25X5', 'Flat bar 25 x 5 mm, stainless 304', 'foot', 2.80, 0.30, 7),
  ('MAT-FLAT-50X6', 'Flat bar 50 x 6 mm, stainless 304', 'foot', 5.90, 0.72, 7),
  ('MAT-FLAT-100X10', 'Flat bar 100 x 10 mm, stainless 304', 'foot', 17.60, 2.42, 14),
  ('MAT-SHEET-12', 'Sheet 1.2 mm, stainless 304, brushed', 'kilogram', 6.10, 1, 7),
  ('MAT-SHEET-15', 'Sheet 1.5 mm, stainless 304, brushed', 'kilogram', 5.90, 1, 7),
  ('MAT-SHEET-20', 'Sheet 2 mm, stainless 304, brushed', 'kilogram', 5.80, 1, 7),
  ('MAT-SHEET-30', 'Sheet 3 mm, stainless 304', 'kilogram', 5.70, 1, 10),
  ('MAT-PLATE-06', 'Plate 6 mm, stainless 304', 'kilogram', 5.60, 1, 10),
  ('MAT-PLATE-08', 'Plate 8 mm, stainless 304', 'kilogram', 5.60, 1, 10),
  ('MAT-PLATE-12', 'Plate 12 mm, stainless 304', 'kilogram', 5.75, 1, 14),
  ('MAT-ROD-08', 'Round rod 8 mm, stainless 304', 'foot', 1.60, 0.12, 7),
  ('MAT-ROD-12', 'Round rod 12 mm, stainless 304', 'foot', 2.90, 0.27, 7),
  ('MAT-MESH-304', 'Perforated sheet, 6 mm holes, stainless 304', 'kilogram', 8.40, 1, 14),
  ('MAT-ALU-SHEET-15', 'Aluminium sheet 1.5 mm, anodised', 'kilogram', 9.80, 1, 10),
  ('MAT-ALU-LED-CHANNEL', 'Aluminium channel for LED strip, 20 mm', 'foot', 3.40, 0.09, 14),
  ('MAT-DIN-RAIL-35', 'DIN rail 35 x 7.5 mm, slotted', 'foot', 1.35, 0.10, 5)
) v (part_number, name, unit_code, standard_cost, weight_kg, lead_time_days);

INSERT INTO sample_parts (part_type, manufacturer, part_number, name, unit_code, standard_cost, weight_kg, lead_time_days)
SELECT 'MATERIAL', 'Tallowmere Plastics', v.* FROM (VALUES
  ('MAT-UHMW-06', 'UHMW polyethylene sheet 6 mm, white', 'kilogram', 11.20, 1, 14),
  ('MAT-HDPE-10', 'HDPE sheet 10 mm, grey', 'kilogram', 7.60, 1, 14),
  ('MAT-ACRYLIC-COVER', 'Acrylic diffuser for LED channel, frosted', 'foot', 1.95, 0.03, 14),
  ('MAT-EPDM-STRIP-20', 'EPDM strip 20 x 3 mm, self-adhesive', 'foot', 0.62, 0.022, 5),
  ('MAT-EPDM-SHEET-03', 'EPDM sheet 3 mm', 'kilogram', 9.10, 1, 10),
  ('MAT-EDGE-TRIM', 'Edge trim for 1.5 mm sheet, black', 'foot', 0.85, 0.03, 5),
  ('MAT-SOUND-PAD', 'Sound-deadening mat 3 mm, self-adhesive', 'kilogram', 8.70, 1, 10),
  ('MAT-FOAM-TAPE-12', 'Foam tape 12 x 3 mm', 'foot', 0.28, 0.004, 5),
  ('MAT-SPIRAL-WRAP-12', 'Spiral cable wrap 12 mm, black', 'foot', 0.41, 0.010, 5),
  ('MAT-CABLE-DUCT-25', 'Slotted cable duct 25 x 25 mm', 'foot', 1.75, 0.07, 5)
) v (part_number, name, unit_code, standard_cost, weight_kg, lead_time_days);

INSERT INTO sample_parts (part_type, manufacturer, part_number, name, unit_code, standard_cost, weight_kg, lead_time_days)
SELECT 'CONSUMABLE', 'Alder & Finch Supply', v.* FROM (VALUES
  ('CON-WELD-WIRE-308', 'Welding wire 308L, 0.9 mm', 'kilogram', 24.00, 1, 5),
  ('CON-ARGON', 'Shielding gas, argon', 'litre', 0.021, 0, 3),
  ('CON-PICKLING-PASTE', 'Pickling paste for weld seams', 'gram', 0.032, 0, 5),
  ('CON-PASSIVATION', 'Passivation bath, citric', 'litre', 6.40, 0, 5),
  ('CON-DEGREASER', 'Degreaser, water based', 'litre', 4.90, 0, 5),
  ('CON-FLAP-DISC-120', 'Flap disc, grit 120', 'each', 3.80, 0, 5),
  ('CON-FLAP-DISC-240', 'Flap disc, grit 240', 'each', 4.10, 0, 5),
  ('CON-FINISH-PAD', 'Finishing pad, fine', 'each', 1.15, 0, 5),
  ('CON-SILICONE-CLEAR', 'Sanitary silicone, clear', 'millilitre', 0.031, 0.001, 5),
  ('CON-EPOXY-2K', 'Two-part epoxy', 'gram', 0.085, 0.001, 7),
  ('CON-THREAD-TAPE', 'PTFE thread tape 12 mm', 'foot', 0.03, 0.001, 3),
  ('CON-THREAD-PASTE', 'Thread sealing paste, potable water', 'millilitre', 0.11, 0.001, 5),
  ('CON-THREAD-LOCK', 'Thread locker, medium', 'millilitre', 0.74, 0.001, 5),
  ('CON-ANTI-SEIZE', 'Anti-seize paste for stainless threads', 'gram', 0.09, 0.001, 5),
  ('CON-GREASE-FOOD', 'Food-grade silicone grease', 'gram', 0.12, 0.001, 5),
  ('CON-SOLDER-SAC', 'Solder wire, lead free', 'gram', 0.14, 0.001, 5),
  ('CON-IPA', 'Isopropyl alcohol', 'millilitre', 0.011, 0, 3),
  ('CON-THERMAL-PASTE', 'Thermal paste', 'gram', 0.65, 0.001, 5),
  ('CON-TEST-DYE', 'Leak test dye, blue', 'millilitre', 0.06, 0, 5),
  ('CON-HEATSHRINK-06', 'Heat-shrink sleeve 6 mm, lined', 'inch', 0.07, 0.0004, 3),
  ('CON-HEATSHRINK-12', 'Heat-shrink sleeve 12 mm, lined', 'inch', 0.11, 0.0009, 3),
  ('CON-CABLE-TIE-150', 'Cable tie 150 mm, black', 'each', 0.05, 0.001, 3),
  ('CON-CABLE-TIE-300', 'Cable tie 300 mm, black', 'each', 0.11, 0.002, 3),
  ('CON-WIPE-LINT-FREE', 'Lint-free wipe', 'each', 0.09, 0, 3)
) v (part_number, name, unit_code, standard_cost, weight_kg, lead_time_days);

INSERT INTO sample_parts (part_type, manufacturer, part_number, name, unit_code, standard_cost, weight_kg, lead_time_days)
SELECT 'CONSUMABLE', 'Cobbleton Packaging', v.* FROM (VALUES
  ('PKG-SKID-72', 'Skid for bodies up to 72 in', 'each', 62.00, 24.0, 7),
  ('PKG-SKID-120', 'Skid for bodies up to 120 in', 'each', 88.00, 36.0, 7),
  ('PKG-CARTON-S', 'Carton 250 x 200 x 150 mm', 'each', 0.85, 0.18, 3),
  ('PKG-CARTON-M', 'Carton 450 x 350 x 300 mm', 'each', 1.90, 0.52, 3),
  ('PKG-CARTON-L', 'Carton 750 x 500 x 400 mm', 'each', 4.20, 1.25, 3),
  ('PKG-CARTON-FLAT', 'Flat carton for boards and covers', 'each', 6.80, 1.60, 5),
  ('PKG-FOAM-CORNER', 'Foam corner', 'each', 0.55, 0.03, 3),
  ('PKG-EDGE-BOARD', 'Cardboard edge protector', 'foot', 0.32, 0.06, 3),
  ('PKG-BUBBLE-WRAP', 'Bubble wrap, 600 mm wide', 'foot', 0.22, 0.02, 3),
  ('PKG-STRETCH-FILM', 'Stretch film, 500 mm wide', 'foot', 0.04, 0.003, 3),
  ('PKG-STRAP-PET', 'PET strap 16 mm', 'foot', 0.09, 0.005, 3),
  ('PKG-BAG-ZIP-S', 'Zip bag 100 x 150 mm', 'each', 0.04, 0.002, 3),
  ('PKG-BAG-ZIP-L', 'Zip bag 250 x 350 mm', 'each', 0.12, 0.008, 3),
  ('PKG-BAG-ANTISTATIC', 'Antistatic bag 200 x 250 mm', 'each', 0.35, 0.006, 5),
  ('PKG-DESICCANT', 'Desiccant sachet 10 g', 'each', 0.14, 0.010, 5),
  ('PKG-FILM-PROTECT', 'Protective film for brushed steel', 'foot', 0.38, 0.015, 5)
) v (part_number, name, unit_code, standard_cost, weight_kg, lead_time_days);

INSERT INTO sample_parts (part_type, manufacturer, part_number, name, unit_code, standard_cost, weight_kg, lead_time_days)
SELECT 'DOCUMENT', 'Torvan', v.* FROM (VALUES
  ('DOC-USER-EN', 'Install and operation manual, English', 'each', 6.20, 0.31, 5),
  ('DOC-USER-FR', 'Install and operation manual, French', 'each', 6.20, 0.33, 5),
  ('DOC-USER-ES', 'Install and operation manual, Spanish', 'each', 6.20, 0.33, 5),
  ('DOC-SITEPREP-EN', 'Site preparation manual, English', 'each', 3.10, 0.14, 5),
  ('DOC-SITEPREP-FR', 'Site preparation manual, French', 'each', 3.10, 0.15, 5),
  ('DOC-SITEPREP-ES', 'Site preparation manual, Spanish', 'each', 3.10, 0.15, 5),
  ('DOC-QUICKCARD-EN', 'Quick reference card, English', 'each', 1.40, 0.04, 5),
  ('DOC-QUICKCARD-FR', 'Quick reference card, French', 'each', 1.40, 0.04, 5),
  ('DOC-QUICKCARD-ES', 'Quick reference card, Spanish', 'each', 1.40, 0.04, 5),
  ('DOC-WARRANTY-EN', 'Warranty card, English', 'each', 0.35, 0.01, 5),
  ('DOC-WARRANTY-FR', 'Warranty card, French', 'each', 0.35, 0.01, 5),
  ('DOC-WARRANTY-ES', 'Warranty card, Spanish', 'each', 0.35, 0.01, 5),
  ('DOC-BINDER', 'Binder with pocket, wipe-clean', 'each', 4.60, 0.42, 7),
  ('DOC-INSTR-BODY', 'Sheet: unpacking and levelling the body', 'each', 0.25, 0.01, 3),
  ('DOC-INSTR-LIFT', 'Sheet: first run of the lifting columns', 'each', 0.25, 0.01, 3),
  ('DOC-INSTR-FAUCET', 'Sheet: mounting a faucet', 'each', 0.25, 0.01, 3),
  ('DOC-INSTR-GUN', 'Sheet: mounting a gun', 'each', 0.25, 0.01, 3),
  ('DOC-INSTR-BOARD', 'Sheet: hanging the board', 'each', 0.25, 0.01, 3),
  ('DOC-INSTR-DOSING', 'Sheet: priming the dosing pump', 'each', 0.25, 0.01, 3),
  ('DOC-INSTR-UPGRADE', 'Sheet: upgrading an installed sink', 'each', 0.40, 0.02, 3),
  ('DOC-CARE-STEEL', 'Sheet: care of stainless steel', 'each', 0.25, 0.01, 3)
) v (part_number, name, unit_code, standard_cost, weight_kg, lead_time_days);

INSERT INTO sample_parts (part_type, manufacturer, part_number, name, unit_code, standard_cost, weight_kg, lead_time_days)
SELECT 'COMPONENT', 'Mossgate Labels', v.* FROM (VALUES
  ('LBL-LOGO-PLATE', 'Logo plate, etched steel', 'each', 5.40, 0.03, 14),
  ('LBL-BUILD', 'Build label, blank, with laminate', 'each', 0.32, 0.001, 7),
  ('LBL-ELECTRICAL', 'Electrical rating label', 'each', 0.30, 0.001, 7),
  ('LBL-EARTH', 'Earth symbol label', 'each', 0.08, 0.0005, 7),
  ('LBL-PINCH', 'Pinch point warning label', 'each', 0.26, 0.001, 7),
  ('LBL-LOAD', 'Maximum load label', 'each', 0.26, 0.001, 7),
  ('LBL-HOT', 'Pipe marker, hot', 'each', 0.12, 0.0005, 7),
  ('LBL-COLD', 'Pipe marker, cold', 'each', 0.12, 0.0005, 7),
  ('LBL-TREATED', 'Pipe marker, treated water', 'each', 0.12, 0.0005, 7),
  ('LBL-AIR', 'Pipe marker, compressed air', 'each', 0.12, 0.0005, 7),
  ('LBL-FLOW', 'Flow arrow', 'each', 0.06, 0.0005, 7),
  ('LBL-STOP', 'Emergency stop ring label', 'each', 0.48, 0.001, 7),
  ('LBL-DETERGENT', 'Detergent line marker', 'each', 0.12, 0.0005, 7),
  ('LBL-CABLE-D', 'Cable marker set D, drain basins', 'set', 1.10, 0.004, 7),
  ('LBL-CABLE-S', 'Cable marker set S, automated basins', 'set', 1.10, 0.004, 7),
  ('LBL-CABLE-L', 'Cable marker set L, lights', 'set', 0.80, 0.003, 7)
) v (part_number, name, unit_code, standard_cost, weight_kg, lead_time_days);
