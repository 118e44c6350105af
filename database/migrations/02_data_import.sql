-- Sample data: turns the temporary tables which seed/sample_catalogue_*.sql filled into rows of the catalogue.
--
-- Requires: schemas/01_inventory_management.sql, seed/reference_units.sql, seed/sample_catalogue_*.sql, all before it in one transaction.
-- Every row is marked is_sample: `torvan sample remove` deletes it, a real import takes it over by its code.

CREATE TEMP TABLE sample_components ON COMMIT DROP AS
SELECT l.assembly_code, e.entry, e.position::integer AS position,
  m.parts[1]::numeric AS quantity, m.parts[2] AS component_code, coalesce(m.parts[3], '0')::numeric AS scrap_percent, m.parts[4] AS note
FROM sample_component_lists l
CROSS JOIN LATERAL regexp_split_to_table(btrim(l.components, E' \n'), '\s*,\s*') WITH ORDINALITY e (entry, position)
LEFT JOIN LATERAL regexp_match(e.entry, '^([0-9.]+) (\S+)(?: \+([0-9.]+)%)?(?: \[(.+)\])?$') m (parts) ON true;

-- A join would drop a misspelt code without a word, so each code that names nothing is refused first.
DO $$
DECLARE
  v_problems text;
BEGIN
  WITH items (code) AS (
    SELECT assembly_code FROM sample_assemblies UNION ALL SELECT part_number FROM sample_parts
  ), problems (problem) AS (
    SELECT format('%s lists "%s"', assembly_code, entry) FROM sample_components
    WHERE component_code IS NULL OR component_code NOT IN (SELECT code FROM items)
    UNION ALL SELECT format('the component list of %s', assembly_code) FROM sample_component_lists
    WHERE assembly_code NOT IN (SELECT assembly_code FROM sample_assemblies)
    UNION ALL SELECT format('the subcategory %s of %s', subcategory_code, assembly_code) FROM sample_assemblies
    WHERE subcategory_code NOT IN (SELECT subcategory_code FROM sample_subcategories)
    UNION ALL SELECT format('the code %s for %s', item_code, names_code) FROM sample_item_codes
    WHERE names_code NOT IN (SELECT code FROM items)
    UNION ALL SELECT format('the listing of %s in %s', assembly_code, subcategory_code) FROM sample_listings
    WHERE assembly_code NOT IN (SELECT assembly_code FROM sample_assemblies)
       OR subcategory_code NOT IN (SELECT subcategory_code FROM sample_subcategories)
    UNION ALL SELECT format('the orderable part %s', part_number) FROM sample_orderable_parts
    WHERE part_number NOT IN (SELECT part_number FROM sample_parts)
  )
  SELECT string_agg(problem, '; ' ORDER BY problem) INTO v_problems FROM problems;
  IF v_problems IS NOT NULL THEN
    RAISE EXCEPTION 'sample catalogue: nothing is known under these codes: %', v_problems
      USING HINT = 'Correct database/seed/sample_catalogue_*.sql.';
  END IF;
END
$$;

INSERT INTO categories (category_code, name, description, position, is_sample)
SELECT category_code, name, description, position, true FROM sample_categories ORDER BY position;

INSERT INTO subcategories (category_id, subcategory_code, name, description, position, is_sample)
SELECT c.category_id, s.subcategory_code, s.name, s.description, s.position, true
FROM sample_subcategories s JOIN categories c ON c.category_code = split_part(s.subcategory_code, '.', 1)
ORDER BY s.position;

INSERT INTO parts (part_number, name, description, part_type, unit_code, manufacturer, manufacturer_part_number,
  standard_cost, list_price, weight_kg, lead_time_days, is_orderable, is_sample)
SELECT p.part_number, p.name, o.description, p.part_type, p.unit_code, p.manufacturer, p.manufacturer_part_number,
  p.standard_cost, o.list_price, p.weight_kg, p.lead_time_days, o.part_number IS NOT NULL, true
FROM sample_parts p LEFT JOIN sample_orderable_parts o USING (part_number)
ORDER BY p.position;

-- Assembling costs 52.00 an hour; what an assembly is made of is rolled up from its components.
INSERT INTO assemblies (assembly_code, name, description, subcategory_id, assembly_type, is_kit, is_orderable, unit_code, manufacturer,
  standard_cost, list_price, weight_kg, lead_time_days, labour_hours, is_sample)
SELECT a.assembly_code, a.name, a.description, s.subcategory_id, a.assembly_type, a.assembly_type = 'KIT', a.is_orderable, 'each', coalesce(a.manufacturer, 'Torvan'),
  coalesce(a.bought_cost, a.labour_hours * 52.00), a.list_price, coalesce(a.weight_kg, 0), a.lead_time_days, a.labour_hours, true
FROM sample_assemblies a JOIN subcategories s USING (subcategory_code)
ORDER BY a.position;

INSERT INTO item_codes (item_code, code_kind, assembly_id, part_id, source, is_sample)
SELECT c.item_code, c.code_kind, a.assembly_id, p.part_id, c.source, true
FROM sample_item_codes c LEFT JOIN assemblies a ON a.assembly_code = c.names_code LEFT JOIN parts p ON p.part_number = c.names_code;

INSERT INTO assembly_listings (subcategory_id, assembly_id, position)
SELECT s.subcategory_id, a.assembly_id, l.position
FROM sample_listings l JOIN subcategories s USING (subcategory_code) JOIN assemblies a USING (assembly_code);

-- Components go into a draft, as everywhere else: a released revision is no longer written to.
INSERT INTO assembly_revisions (assembly_id, revision, state, note, is_sample)
SELECT a.assembly_id, 1, 'DRAFT', 'First issue.', true
FROM sample_component_lists l JOIN assemblies a USING (assembly_code)
ORDER BY l.position;

INSERT INTO assembly_components (assembly_revision_id, child_assembly_id, child_part_id, quantity, unit_code, scrap_percent, position, note)
SELECT r.assembly_revision_id, child.assembly_id, p.part_id, c.quantity, coalesce(child.unit_code, p.unit_code), c.scrap_percent, c.position, c.note
FROM sample_components c
JOIN assemblies parent USING (assembly_code)
JOIN assembly_revisions r ON r.assembly_id = parent.assembly_id AND r.revision = 1
LEFT JOIN assemblies child ON child.assembly_code = c.component_code
LEFT JOIN parts p ON p.part_number = c.component_code
ORDER BY r.assembly_revision_id, c.position;

UPDATE assembly_revisions
SET state = 'RELEASED', effective_from = '2025-01-01T00:00Z', released_by = 'sample catalogue', released_at = '2025-01-01T00:00Z'
WHERE is_sample AND state = 'DRAFT';

INSERT INTO product_variants (variant_code, family_code, name, description, parameters, is_sample)
SELECT variant_code, 'MDRD', name, description, parameters, true FROM sample_variants ORDER BY position;
