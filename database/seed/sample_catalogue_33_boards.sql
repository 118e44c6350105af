-- Sample catalogue, part 10: the board kits. Eight sizes, two types, eight colours or none: 144 kits from two short lists,
-- and two generic kits whose board is replaced by the made-to-measure one when a BOM is generated.

CREATE TEMP TABLE sample_board_sizes (
  size_code text, length_in integer, covers text, fixings integer, list_price numeric
) ON COMMIT DROP;
INSERT INTO sample_board_sizes VALUES
  ('3436',   34, '34 to 47 in',    6, 390.00),
  ('4836',   48, '48 to 59 in',    8, 460.00),
  ('6036',   60, '60 to 71 in',   10, 530.00),
  ('7236',   72, '72 to 83 in',   12, 610.00),
  ('8436',   84, '84 to 95 in',   14, 680.00),
  ('9636',   96, '96 to 107 in',  16, 760.00),
  ('10836', 108, '108 to 119 in', 18, 840.00),
  ('12036', 120, '120 to 130 in', 20, 920.00);

CREATE TEMP TABLE sample_board_colours (
  position integer, colour_code text, colour text
) ON COMMIT DROP;
INSERT INTO sample_board_colours VALUES
  (0, NULL, NULL), (1, 'GREEN', 'green'), (2, 'BLACK', 'black'), (3, 'YELLOW', 'yellow'), (4, 'GREY', 'grey'),
  (5, 'RED', 'red'), (6, 'BLUE', 'blue'), (7, 'ORANGE', 'orange'), (8, 'WHITE', 'white');

CREATE TEMP TABLE sample_board_types (
  type_code text, type_name text, extras text
) ON COMMIT DROP;
INSERT INTO sample_board_types VALUES
  ('PERF', 'Perforated', '2 PBD-SLOT-BRACKET, 2 PBD-GROMMET-OPEN'),
  ('SOLID', 'Solid', '2 PBD-GROMMET-BLIND, 4 MAT-FOAM-TAPE-12 +4%');

CREATE TEMP TABLE sample_board_kits ON COMMIT DROP AS
SELECT concat_ws('-', 'T2-ADW-PB', s.size_code, c.colour_code, t.type_code, 'KIT') AS assembly_code,
  s.size_code, s.length_in, s.covers, s.fixings, s.list_price, c.position AS colour_position, c.colour_code, c.colour, t.type_code, t.type_name, t.extras
FROM sample_board_sizes s CROSS JOIN sample_board_colours c CROSS JOIN sample_board_types t;

INSERT INTO sample_assemblies (assembly_code, subcategory_code, assembly_type, is_orderable, labour_hours, lead_time_days, list_price, name, description)
SELECT assembly_code, CASE WHEN colour_code IS NULL THEN '723.715' ELSE '723.716' END, 'KIT', true,
  round(0.3 + length_in / 200.0, 2), 3, list_price + CASE WHEN colour_code IS NULL THEN 0 ELSE 190 END,
  format('%s board kit %s x 36 in', type_name, length_in) || coalesce(', ' || colour, ''),
  format('For sinks of %s.', covers)
FROM sample_board_kits
ORDER BY length_in, colour_position, type_code;

INSERT INTO sample_component_lists (assembly_code, components)
SELECT assembly_code, concat_ws(', ',
  format('1 T2-ADW-PB-%s', size_code), extras,
  format('%s PBD-MOUNT-RAIL +4%%', round(length_in * 2 / 12.0, 2)),
  format('%s FST-STANDOFF-M6X25, %s FST-HEX-M6X20, %s FST-WASHER-M6, %s PBD-WALL-SPACER', fixings, fixings, fixings * 2, fixings / 2),
  '4 PBD-CORNER-CAP', '1 708.77 [' || colour_code || ']', '1 DOC-INSTR-BOARD, 1 PKG-CARTON-FLAT')
FROM sample_board_kits
ORDER BY length_in, colour_position, type_code;

INSERT INTO sample_assemblies (assembly_code, subcategory_code, assembly_type, is_orderable, labour_hours, lead_time_days, list_price, name, description) VALUES
  ('T2-ADW-PB-PERF-KIT', '723.716', 'KIT', true, 1.2, 4, 1180.00, 'Perforated board kit, made to measure', 'Its 120 x 36 in board stands for the one made to measure.'),
  ('T2-ADW-PB-SOLID-KIT', '723.716', 'KIT', true, 1.2, 4, 1120.00, 'Solid board kit, made to measure', 'Its 120 x 36 in board stands for the one made to measure.');

INSERT INTO sample_component_lists (assembly_code, components) VALUES
  ('T2-ADW-PB-PERF-KIT', '1 T2-ADW-PB-12036, 2 PBD-SLOT-BRACKET, 2 PBD-GROMMET-OPEN, 20 PBD-MOUNT-RAIL +4%, 20 FST-STANDOFF-M6X25, 20 FST-HEX-M6X20, 40 FST-WASHER-M6, 10 PBD-WALL-SPACER, 4 PBD-CORNER-CAP, 1 DOC-INSTR-BOARD, 1 PKG-CARTON-FLAT'),
  ('T2-ADW-PB-SOLID-KIT', '1 T2-ADW-PB-12036, 2 PBD-GROMMET-BLIND, 4 MAT-FOAM-TAPE-12 +4%, 20 PBD-MOUNT-RAIL +4%, 20 FST-STANDOFF-M6X25, 20 FST-HEX-M6X20, 40 FST-WASHER-M6, 10 PBD-WALL-SPACER, 4 PBD-CORNER-CAP, 1 DOC-INSTR-BOARD, 1 PKG-CARTON-FLAT');
