-- Sample catalogue, part 1: the tables that carry it, and the places where its assemblies are listed.
--
-- The files sample_catalogue_*.sql fill temporary tables, in the order of their names and in the transaction that ends with
-- migrations/02_data_import.sql, which turns them into real rows. Makers, names, prices and weights are invented.

CREATE TEMP TABLE sample_categories (
  position integer GENERATED ALWAYS AS IDENTITY,
  category_code text, name text, description text
) ON COMMIT DROP;

CREATE TEMP TABLE sample_subcategories (
  position integer GENERATED ALWAYS AS IDENTITY,
  subcategory_code text, name text, description text
) ON COMMIT DROP;

CREATE TEMP TABLE sample_parts (
  position integer GENERATED ALWAYS AS IDENTITY,
  part_type text, manufacturer text,
  part_number text, name text, unit_code text, standard_cost numeric, weight_kg numeric, lead_time_days integer,
  manufacturer_part_number text
) ON COMMIT DROP;

-- A part may be ordered by itself only if it is named here, with its price and a description.
CREATE TEMP TABLE sample_orderable_parts (
  part_number text, list_price numeric, description text
) ON COMMIT DROP;

-- bought_cost and weight_kg are given for bought items only; the others are worth and weigh what they are made of.
CREATE TEMP TABLE sample_assemblies (
  position integer GENERATED ALWAYS AS IDENTITY,
  assembly_code text, subcategory_code text, assembly_type text, is_orderable boolean,
  labour_hours numeric, lead_time_days integer, list_price numeric, name text, description text,
  bought_cost numeric, weight_kg numeric, manufacturer text
) ON COMMIT DROP;

-- components is a list such as '2 CODE, 2.75 CODE +5%, 1 CODE [note]': quantity in the unit of the component, scrap in per cent.
CREATE TEMP TABLE sample_component_lists (
  position integer GENERATED ALWAYS AS IDENTITY,
  assembly_code text, components text
) ON COMMIT DROP;

CREATE TEMP TABLE sample_item_codes (
  item_code text, code_kind text, names_code text, source text
) ON COMMIT DROP;

CREATE TEMP TABLE sample_listings (
  position integer GENERATED ALWAYS AS IDENTITY,
  subcategory_code text, assembly_code text
) ON COMMIT DROP;

CREATE TEMP TABLE sample_variants (
  position integer GENERATED ALWAYS AS IDENTITY,
  variant_code text, name text, description text, parameters jsonb
) ON COMMIT DROP;

INSERT INTO sample_categories (category_code, name, description) VALUES
  ('718', 'Control box', 'Electrical boxes under the sink, one for each mix of basins.'),
  ('719', 'Service parts', 'What the service desk ships to keep an installed sink running.'),
  ('720', 'Accessories', 'What a customer may add to a sink, and the papers that travel with it.'),
  ('721', 'Sink body', 'Bodies, frames, legs and feet.'),
  ('722', 'Basin', 'Kits that turn a bowl into a working basin.'),
  ('723', 'Pegboard', 'Boards behind the sink and the light above them.');

INSERT INTO sample_subcategories (subcategory_code, name, description) VALUES
  ('718.001', 'One basin', 'Boxes for sinks with one basin.'),
  ('718.002', 'Two basins', 'Boxes for sinks with two basins.'),
  ('718.003', 'Three basins', 'Boxes for sinks with three basins.'),

  ('719.001', 'Shelf and basket spares', 'Shelves and baskets that hang in the board.'),
  ('719.002', 'Touchscreens', 'Operator panels of automated basins.'),
  ('719.003', 'Drain valves', 'Motor valves and what joins them to the bowl.'),
  ('719.004', 'Fill plates', 'Complete mixing and filling plates.'),
  ('719.005', 'Flow manifolds', 'The wetted heart of a fill plate.'),
  ('719.006', 'Solenoids', 'Single solenoids with their leads.'),
  ('719.007', 'Wall faucets', 'Faucets for mains water.'),
  ('719.008', 'Treated water faucets', 'Faucets for treated water.'),
  ('719.009', 'Water guns', 'Guns for rinsing.'),
  ('719.010', 'Air guns', 'Guns for drying.'),
  ('719.011', 'Power bars', 'Sockets on the body.'),
  ('719.012', 'Overflow sensors', 'Sensors that watch the level.'),
  ('719.013', 'Strainers', 'Strainers and baskets in the drain.'),
  ('719.014', 'Lifting columns', 'Columns, in complete sets.'),
  ('719.015', 'Lift controls', 'Controllers, buttons and leads of the columns.'),
  ('719.016', 'Control boxes', 'Complete boxes for exchange.'),
  ('719.017', 'Light bars', 'LED bars of boards and shelves.'),
  ('719.018', 'Basin lights', 'Lights inside the bowl.'),
  ('719.019', 'Overhead lights', 'Lights above the board.'),
  ('719.020', 'Dosing pumps', 'Pumps and tube sets for detergent.'),
  ('719.021', 'Dosing shelves', 'Shelves that carry pump and bottles.'),
  ('719.022', 'Frames', 'Frames for the exchange of a damaged one.'),
  ('719.023', 'Welded parts', 'Legs and foot plates before they are fitted.'),
  ('719.024', 'Drawers', 'Drawers and pull-out shelves.'),
  ('719.025', 'Covers', 'Covers that turn a bowl into a work top.'),
  ('719.026', 'Manuals', 'Printed papers in each language.'),
  ('719.027', 'Upgrade kits', 'Kits that add a function to an installed sink.'),

  ('720.701', 'Manuals', 'Manual kits, one language each.'),
  ('720.702', 'Baskets, bins and shelves', 'Storage on the board and below the bowl.'),
  ('720.703', 'Holders and covers', 'Brush holders and staging covers.'),
  ('720.704', 'Work lights', 'Task and magnifying lights.'),
  ('720.705', 'Screens and keyboards', 'Arms that carry the customer''s own devices.'),
  ('720.706', 'Faucets, guns and basin extras', 'Whatever touches the water.'),
  ('720.707', 'Drawers', 'Drawers and pull-out shelves.'),

  ('721.709', 'Bodies', 'Bodies by length.'),
  ('721.710', 'Frames and body parts', 'What bodies are welded and bolted together from.'),
  ('721.711', 'Legs', 'Leg kits, height adjustable and fixed.'),

  ('722.713', 'Basin kits', 'One kit for each basin.'),
  ('722.714', 'Basin sub-assemblies', 'What basin kits are put together from.'),

  ('723.715', 'Plain board kits', 'Boards in standard sizes, bare steel.'),
  ('723.716', 'Coloured and made-to-measure board kits', 'Boards with Colorsafe+ and boards of any size, with the overhead light.'),
  ('723.717', 'Light bars', 'What the lights are put together from.');
