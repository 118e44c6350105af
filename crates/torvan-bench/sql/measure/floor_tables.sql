-- Copies of generated rows, outside the product's schema: what the floor inserts again.
CREATE SCHEMA bench;
CREATE TABLE bench.boms (LIKE public.boms, PRIMARY KEY (bom_id));
CREATE TABLE bench.lines (LIKE public.bom_line_items, PRIMARY KEY (bom_id, line_number));
