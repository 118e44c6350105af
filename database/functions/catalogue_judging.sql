-- Taking a catalogue in: which rows are wrong, and why (see catalogue_import.sql).

CREATE OR REPLACE FUNCTION judge_codes() RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  CREATE TEMP TABLE staged_name ON COMMIT DROP AS
    SELECT 'places' AS grp, n, kind, source, location, 'code' AS field, given, code FROM staged_place
    UNION ALL SELECT 'items', n, kind, source, location, 'code', given, clean FROM staged_item
    UNION ALL SELECT 'components', n, kind, source, location, 'parent', parent_given, clean_code(parent_given) FROM staged_component
    UNION ALL SELECT 'components', n, kind, source, location, 'child', child_given, clean_code(child_given) FROM staged_component
    UNION ALL SELECT 'listings', n, 'listings', source, location, 'code', given, clean_code(given) FROM staged_listing
    UNION ALL SELECT 'codes', n, 'codes', source, location, 'code', given, code FROM staged_code
    UNION ALL SELECT 'codes', n, 'codes', source, location, 'item', item_given, clean_code(item_given) FROM staged_code;

  INSERT INTO staged_finding (severity, source, location, field, found, expected, message)
  SELECT 'ERROR', source, location, field, given, 'a code of 1 to 120 characters',
         CASE WHEN coalesce(code, '') = '' THEN 'The code is missing.' ELSE 'The code is too long.' END
    FROM staged_name WHERE coalesce(code, '') = '' OR length(code) > 120;
  INSERT INTO staged_finding (severity, source, location, field, found, expected, message)
  SELECT 'NOTE', source, location, field, given, code, 'Blanks around the code were cut off or its letters made capitals.'
    FROM staged_name WHERE given <> code AND code <> '';
  INSERT INTO staged_finding (severity, source, location, field, found, expected, message)
  SELECT 'WARNING', source, location, field, given, 'the code as it was before a spreadsheet turned it into a number',
         'The code looks like a number damaged by a spreadsheet; it is stored as it stands.'
    FROM staged_name WHERE grp = 'items' AND code ~ '^[0-9]+(\.[0-9]+)?E\+[0-9]+$';
  DROP TABLE staged_name;

  INSERT INTO staged_finding (severity, source, location, field, found, expected, message)
  SELECT 'ERROR', d.source, d.location, d.field, d.code, 'each code once',
         format('%s stands twice: in %s at %s and in %s at %s.', d.code, d.first_source, d.first_location, d.source, d.location)
    FROM (SELECT source, location, code, 'code' AS field, row_number() OVER w AS occurrence,
                 first_value(source) OVER w AS first_source, first_value(location) OVER w AS first_location
            FROM staged_place WHERE code <> '' WINDOW w AS (PARTITION BY kind, code ORDER BY n)
          UNION ALL
          SELECT source, location, code, 'code', row_number() OVER w, first_value(source) OVER w, first_value(location) OVER w
            FROM staged_item WHERE code <> '' WINDOW w AS (PARTITION BY kind, code ORDER BY n)
          UNION ALL
          SELECT source, location, code, 'code', row_number() OVER w, first_value(source) OVER w, first_value(location) OVER w
            FROM staged_code WHERE code <> '' WINDOW w AS (PARTITION BY code ORDER BY n)
          UNION ALL
          SELECT source, location, format('%s in %s', child, parent), 'child', row_number() OVER w, first_value(source) OVER w, first_value(location) OVER w
            FROM staged_component WHERE child <> '' WINDOW w AS (PARTITION BY kind, parent, child ORDER BY n)) d
   WHERE d.occurrence > 1;
END;
$$;
COMMENT ON FUNCTION judge_codes() IS 'Findings on the codes themselves: missing, changed in cleaning, damaged, given twice.';

CREATE OR REPLACE FUNCTION wrong_value(p_field text, p_of text, p_found text, p_expected text) RETURNS text
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT CASE WHEN coalesce(btrim(p_found), '') = '' THEN format('The %s of %s is missing: give %s.', replace(p_field, '_', ' '), p_of, p_expected)
              ELSE format('The %s of %s is "%s": give %s.', replace(p_field, '_', ' '), p_of, p_found, p_expected) END
$$;
COMMENT ON FUNCTION wrong_value(text, text, text, text) IS 'What is wrong with a value of an import, and what is right.';

CREATE OR REPLACE FUNCTION judge_values() RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  INSERT INTO staged_finding (severity, source, location, field, found, expected, message)
  SELECT 'ERROR', r.source, r.location, v.field, v.found, v.expected, wrong_value(v.field, r.code, v.found, v.expected)
    FROM staged_place r
   CROSS JOIN LATERAL (VALUES
     ('name', r.name, 'a name', nullif(btrim(r.name), '') IS NOT NULL),
     ('position', r.position, 'a whole number', nullif(r.position, '') IS NULL OR number_or_null(r.position) = trunc(number_or_null(r.position)))
   ) AS v (field, found, expected, is_good)
   WHERE NOT coalesce(v.is_good, false);

  INSERT INTO staged_finding (severity, source, location, field, found, expected, message)
  SELECT 'ERROR', r.source, r.location, v.field, v.found, v.expected, wrong_value(v.field, r.code, v.found, v.expected)
    FROM staged_item r
   CROSS JOIN LATERAL (VALUES
     ('name', r.name, 'a name', r.name IS NOT NULL),
     ('type', r.type, CASE r.kind WHEN 'parts' THEN 'COMPONENT, MATERIAL, CONSUMABLE or DOCUMENT' ELSE 'SIMPLE, COMPLEX, KIT or SERVICE_PART' END,
      r.type IS NULL OR r.type = ANY (CASE r.kind WHEN 'parts' THEN ARRAY['COMPONENT', 'MATERIAL', 'CONSUMABLE', 'DOCUMENT']
                                                  ELSE ARRAY['SIMPLE', 'COMPLEX', 'KIT', 'SERVICE_PART'] END)),
     ('status', r.status, 'ACTIVE or OBSOLETE', r.status IS NULL OR r.status IN ('ACTIVE', 'OBSOLETE')),
     ('unit', r.unit, 'a unit of the units table', r.unit IS NULL OR EXISTS (SELECT FROM units u WHERE u.unit_code = r.unit)),
     ('is_orderable', r.is_orderable, 'true or false', r.is_orderable IS NULL OR boolean_or_null(r.is_orderable) IS NOT NULL),
     ('is_kit', r.is_kit, 'true or false', r.is_kit IS NULL OR boolean_or_null(r.is_kit) IS NOT NULL),
     ('standard_cost', r.standard_cost, 'a number from 0 with at most 4 decimals',
      r.standard_cost IS NULL OR number_or_null(r.standard_cost) BETWEEN 0 AND 9999999999 AND scale(trim_scale(number_or_null(r.standard_cost))) <= 4),
     ('list_price', r.list_price, 'a number from 0 with at most 2 decimals',
      r.list_price IS NULL OR number_or_null(r.list_price) BETWEEN 0 AND 999999999999 AND scale(trim_scale(number_or_null(r.list_price))) <= 2),
     ('weight_kg', r.weight_kg, 'a number from 0 with at most 4 decimals',
      r.weight_kg IS NULL OR number_or_null(r.weight_kg) BETWEEN 0 AND 99999999 AND scale(trim_scale(number_or_null(r.weight_kg))) <= 4),
     ('lead_time_days', r.lead_time_days, 'a whole number from 0',
      r.lead_time_days IS NULL OR number_or_null(r.lead_time_days) BETWEEN 0 AND 100000 AND number_or_null(r.lead_time_days) = trunc(number_or_null(r.lead_time_days))),
     ('labour_hours', r.labour_hours, 'a number from 0 with at most 2 decimals',
      r.labour_hours IS NULL OR number_or_null(r.labour_hours) BETWEEN 0 AND 99999999 AND scale(trim_scale(number_or_null(r.labour_hours))) <= 2)
   ) AS v (field, found, expected, is_good)
   WHERE NOT coalesce(v.is_good, false);

  INSERT INTO staged_finding (severity, source, location, field, found, expected, message)
  SELECT 'ERROR', r.source, r.location, v.field, v.found, v.expected, wrong_value(v.field, format('%s in %s', r.child, r.parent), v.found, v.expected)
    FROM staged_component r
   CROSS JOIN LATERAL (VALUES
     ('quantity', r.quantity, 'a number greater than 0 with at most 4 decimals',
      r.quantity_number > 0 AND r.quantity_number < 1e14 AND scale(trim_scale(r.quantity_number)) <= 4),
     ('unit', r.unit, 'a unit of the units table', r.unit IS NULL OR EXISTS (SELECT FROM units u WHERE u.unit_code = r.unit)),
     ('scrap_percent', r.scrap_percent, 'a number from 0 to below 1000 with at most 3 decimals',
      r.scrap_percent IS NULL OR number_or_null(r.scrap_percent) >= 0 AND number_or_null(r.scrap_percent) < 1000 AND scale(trim_scale(number_or_null(r.scrap_percent))) <= 3),
     ('position', r.position, 'a whole number',
      r.position IS NULL OR abs(number_or_null(r.position)) <= 2147483647 AND number_or_null(r.position) = trunc(number_or_null(r.position))),
     ('is_optional', r.is_optional, 'true or false', r.is_optional IS NULL OR boolean_or_null(r.is_optional) IS NOT NULL)
   ) AS v (field, found, expected, is_good)
   WHERE NOT coalesce(v.is_good, false);

  INSERT INTO staged_finding (severity, source, location, field, found, expected, message)
  SELECT 'ERROR', r.source, r.location, 'kind', r.kind, 'SHORT or ALIAS', wrong_value('kind', r.code, r.kind, 'SHORT or ALIAS')
    FROM staged_code r WHERE r.kind NOT IN ('SHORT', 'ALIAS');
END;
$$;
COMMENT ON FUNCTION judge_values() IS 'Findings on single values: what stands there and what was expected.';

CREATE OR REPLACE FUNCTION judge_places() RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  INSERT INTO staged_finding (severity, source, location, field, found, expected, message)
  SELECT 'ERROR', s.source, s.location, 'category', s.category, 'the code of a category', format('Subcategory %s names the category %s, which is not there.', s.code, s.category_code)
    FROM staged_place s
   WHERE s.kind = 'subcategories'
     AND NOT EXISTS (SELECT FROM staged_place c WHERE c.kind = 'categories' AND c.code = s.category_code)
     AND NOT EXISTS (SELECT FROM categories c WHERE c.category_code = s.category_code);

  CREATE TEMP TABLE known_place ON COMMIT DROP AS
    SELECT code, category_code FROM staged_place WHERE kind = 'subcategories'
    UNION ALL
    SELECT s.subcategory_code, c.category_code FROM subcategories s JOIN categories c USING (category_id)
     WHERE s.subcategory_code NOT IN (SELECT code FROM staged_place WHERE kind = 'subcategories' AND code IS NOT NULL);

  IF EXISTS (SELECT FROM staged_item WHERE kind = 'assemblies') AND NOT EXISTS (SELECT FROM known_place) THEN
    INSERT INTO staged_finding (severity, source, location, field, expected, message)
    SELECT 'ERROR', source, location, 'subcategory', 'categories and subcategories',
           'Assemblies need their place in the catalogue, but neither these files nor the database have categories: import categories.json or categories.csv and subcategories.csv together with this file.'
      FROM staged_item WHERE kind = 'assemblies' ORDER BY n LIMIT 1;
    DROP TABLE known_place;
    RETURN;
  END IF;

  INSERT INTO staged_finding (severity, source, location, field, found, expected, message)
  SELECT 'ERROR', i.source, i.location, 'subcategory', i.subcategory, 'the code of a subcategory',
         CASE WHEN i.subcategory IS NULL THEN format('Assembly %s has no subcategory.', i.code)
              ELSE format('Assembly %s is in subcategory %s, which is not there.', i.code, i.subcategory) END
    FROM staged_item i
   WHERE i.kind = 'assemblies' AND i.code <> ''
     AND CASE WHEN i.subcategory IS NULL THEN NOT EXISTS (SELECT FROM assemblies a WHERE a.assembly_code = i.code AND NOT a.is_sample)
              ELSE NOT EXISTS (SELECT FROM known_place k WHERE k.code = i.subcategory) END;
  INSERT INTO staged_finding (severity, source, location, field, found, expected, message)
  SELECT 'ERROR', i.source, i.location, 'category', i.category, k.category_code,
         format('Assembly %s names category %s, but its subcategory %s belongs to %s.', i.code, i.category, i.subcategory, k.category_code)
    FROM staged_item i JOIN known_place k ON k.code = i.subcategory
   WHERE i.kind = 'assemblies' AND i.category <> k.category_code;
  INSERT INTO staged_finding (severity, source, location, field, found, expected, message)
  SELECT 'ERROR', l.source, l.location, 'subcategory', l.subcategory, 'the code of a subcategory', format('%s is listed in subcategory %s, which is not there.', l.code, l.subcategory)
    FROM staged_listing l WHERE NOT EXISTS (SELECT FROM known_place k WHERE k.code = l.subcategory);
  INSERT INTO staged_finding (severity, source, location, field, found, expected, message)
  SELECT 'WARNING', c.source, c.location, 'subcategory', c.subcategory, 'the code of a subcategory', format('The row of %s names subcategory %s, which is not there.', c.code, c.subcategory)
    FROM staged_code c WHERE c.subcategory IS NOT NULL AND NOT EXISTS (SELECT FROM known_place k WHERE k.code = c.subcategory);
  DROP TABLE known_place;
END;
$$;
COMMENT ON FUNCTION judge_places() IS 'Findings on where things stand in the catalogue.';

CREATE OR REPLACE FUNCTION judge_identities() RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  -- A part and an assembly of the same bare code are one thing on the shelf; the assembly's content applies.
  UPDATE staged_item p SET outcome = 'folded'
    FROM (SELECT code FROM staged_item WHERE kind = 'assemblies'
          UNION
          SELECT assembly_code FROM assemblies WHERE NOT is_sample) a
   WHERE p.kind = 'parts' AND a.code = p.code;
  INSERT INTO staged_finding (severity, source, location, field, found, expected, message)
  SELECT 'NOTE', p.source, p.location, 'code', p.given, NULL,
         format('The part %s and the assembly %s are one item: stored as the assembly, with the maker''s data of the part%s.', p.code, p.code,
                CASE WHEN p.name <> coalesce(a.name, stored.name) THEN format(' and the assembly''s name "%s" (the part says "%s")', coalesce(a.name, stored.name), p.name) ELSE '' END)
    FROM staged_item p
    LEFT JOIN staged_item a ON a.kind = 'assemblies' AND a.code = p.code
    LEFT JOIN assemblies stored ON stored.assembly_code = p.code
   WHERE p.outcome = 'folded';
  UPDATE staged_item a
     SET manufacturer = coalesce(a.manufacturer, p.manufacturer),
         manufacturer_part_number = coalesce(a.manufacturer_part_number, p.manufacturer_part_number),
         standard_cost = coalesce(a.standard_cost, p.standard_cost), list_price = coalesce(a.list_price, p.list_price),
         weight_kg = coalesce(a.weight_kg, p.weight_kg), lead_time_days = coalesce(a.lead_time_days, p.lead_time_days),
         unit = coalesce(a.unit, p.unit), description = coalesce(a.description, p.description)
    FROM staged_item p
   WHERE a.kind = 'assemblies' AND p.kind = 'parts' AND p.code = a.code AND p.outcome = 'folded';

  INSERT INTO staged_finding (severity, source, location, field, found, expected, message)
  SELECT 'ERROR', i.source, i.location, 'code', i.given, 'a part that no revision uses',
         format('%s is stored as a part and used in %s; it cannot become an assembly.', i.code,
                (SELECT string_agg(DISTINCT assembly_code_of(r.assembly_id), ', ') FROM assembly_components c JOIN assembly_revisions r USING (assembly_revision_id) WHERE c.child_part_id = p.part_id))
    FROM staged_item i JOIN parts p ON p.part_number = i.code
   WHERE i.kind = 'assemblies' AND NOT p.is_sample
     AND EXISTS (SELECT FROM assembly_components c WHERE c.child_part_id = p.part_id);
  INSERT INTO staged_finding (severity, source, location, field, found, expected, message)
  SELECT 'ERROR', i.source, i.location, 'code', i.given, 'a code that names nothing else',
         format('%s is stored as another name of %s.', i.code, coalesce(a.assembly_code, p.part_number))
    FROM staged_item i JOIN item_codes ic ON ic.item_code = i.code AND ic.code_kind <> 'PRIMARY' AND NOT ic.is_sample
    LEFT JOIN assemblies a ON a.assembly_id = ic.assembly_id LEFT JOIN parts p ON p.part_id = ic.part_id;

  INSERT INTO staged_finding (severity, source, location, field, found, expected, message)
  SELECT 'WARNING', i.source, i.location, 'components', '0', 'at least one component', format('The kit %s has no content.', i.code)
    FROM staged_item i
   WHERE i.kind = 'assemblies' AND i.states_components AND boolean_or_null(i.is_kit)
     AND NOT EXISTS (SELECT FROM staged_component c WHERE c.kind = 'components' AND c.parent = i.code);
END;
$$;
COMMENT ON FUNCTION judge_identities() IS 'Findings on what is the same item, and on codes that name something else already.';

CREATE OR REPLACE FUNCTION judge_references() RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  CREATE TEMP TABLE known_item ON COMMIT DROP AS
    SELECT DISTINCT ON (k.code) k.code, k.target, k.is_assembly, k.is_sample
      FROM (SELECT code, code AS target, bool_or(kind = 'assemblies') AS is_assembly, false AS is_sample, 1 AS preference FROM staged_item WHERE code <> '' GROUP BY code
            UNION ALL
            SELECT ic.item_code, coalesce(a.assembly_code, p.part_number), ic.assembly_id IS NOT NULL, coalesce(a.is_sample, p.is_sample), 2
              FROM item_codes ic LEFT JOIN assemblies a ON a.assembly_id = ic.assembly_id LEFT JOIN parts p ON p.part_id = ic.part_id) k
     ORDER BY k.code, k.preference;
  CREATE INDEX ON known_item (code);
  ANALYZE known_item;

  -- A short code may itself be the identity of an item: then the long code beside it is another name of that item.
  UPDATE staged_code c SET target = k.target FROM known_item k WHERE k.code = c.item;
  UPDATE staged_code c SET target = k.target, code = c.item, kind = 'ALIAS'
    FROM known_item k WHERE c.target IS NULL AND c.kind = 'SHORT' AND k.code = c.code AND k.target = k.code;
  INSERT INTO known_item (code, target, is_assembly, is_sample)
  SELECT c.code, c.target, k.is_assembly, k.is_sample FROM staged_code c JOIN known_item k ON k.code = c.target
   WHERE NOT EXISTS (SELECT FROM known_item other WHERE other.code = c.code);

  INSERT INTO staged_finding (severity, source, location, field, found, expected, message)
  SELECT 'ERROR', c.source, c.location, 'code', c.given, 'a code that names nothing else', format('%s already names %s; it cannot be another name of %s.', c.code, k.target, c.target)
    FROM staged_code c JOIN known_item k ON k.code = c.code
   WHERE k.target <> c.target
     AND NOT EXISTS (SELECT FROM item_codes ic WHERE ic.item_code = c.code AND ic.is_sample AND NOT EXISTS (SELECT FROM staged_item i WHERE i.code = c.code));

  CREATE TEMP TABLE dangling ON COMMIT DROP AS
    SELECT 'components' AS grp, c.n, 'ERROR' AS severity, c.source, c.location, 'child' AS field, c.child AS code,
           format('The component %s of %s is not in the catalogue.', c.child, c.parent) AS message
      FROM staged_component c WHERE c.child <> '' AND NOT EXISTS (SELECT FROM known_item k WHERE k.code = c.child)
    UNION ALL
    SELECT 'components', c.n, 'ERROR', c.source, c.location, 'parent', c.parent, format('%s has components, but no assembly has that code.', c.parent)
      FROM staged_component c WHERE c.parent <> '' AND NOT EXISTS (SELECT FROM known_item k WHERE k.code = c.parent AND k.is_assembly)
    UNION ALL
    SELECT 'listings', l.n, 'WARNING', l.source, l.location, 'code', l.code, format('Subcategory %s lists %s, which is no assembly of the catalogue; the listing is left out.', l.subcategory, l.code)
      FROM staged_listing l WHERE l.code <> '' AND NOT EXISTS (SELECT FROM known_item k WHERE k.code = l.code AND k.is_assembly)
    UNION ALL
    SELECT 'codes', c.n, 'WARNING', c.source, c.location, 'item', c.item, format('The code %s is for %s, which is not in the catalogue; it is left out.', c.code, c.item)
      FROM staged_code c WHERE c.item <> '' AND c.target IS NULL;
  -- Looking for a likely slip reads every code, so only the first few get a proposal.
  INSERT INTO staged_finding (severity, source, location, field, found, expected, message)
  SELECT d.severity, d.source, d.location, d.field, d.code, coalesce('perhaps ' || near.code, 'a code of the catalogue'), d.message
    FROM (SELECT *, dense_rank() OVER (ORDER BY code) AS ordinal FROM dangling) d
    LEFT JOIN LATERAL (
      SELECT k.code FROM known_item k
       WHERE d.ordinal <= 20
         AND (ltrim(translate(k.code, ' -./_"', ''), '0') = ltrim(translate(d.code, ' -./_"', ''), '0') OR similarity(k.code, d.code) >= 0.5)
       ORDER BY ltrim(translate(k.code, ' -./_"', ''), '0') = ltrim(translate(d.code, ' -./_"', ''), '0') DESC, similarity(k.code, d.code) DESC, k.code
       LIMIT 1) near ON true
   ORDER BY d.grp, d.n;
  UPDATE staged_component c SET outcome = 'refused' FROM dangling d WHERE d.grp = 'components' AND d.n = c.n;
  UPDATE staged_listing l SET outcome = 'refused' FROM dangling d WHERE d.grp = 'listings' AND d.n = l.n;
  UPDATE staged_code c SET outcome = 'refused' FROM dangling d WHERE d.grp = 'codes' AND d.n = c.n;
  DROP TABLE dangling;

  UPDATE staged_component c SET outcome = 'refused' FROM known_item p, known_item k WHERE p.code = c.parent AND k.code = c.child AND p.target = k.target;
  INSERT INTO staged_finding (severity, source, location, field, found, expected, message)
  SELECT 'WARNING', c.source, c.location, 'child', c.child_given, 'another item', format('%s lists itself as a component; that line is left out.', c.parent)
    FROM staged_component c JOIN known_item p ON p.code = c.parent JOIN known_item k ON k.code = c.child WHERE p.target = k.target;
  INSERT INTO staged_finding (severity, source, location, field, found, expected, message)
  SELECT 'WARNING', c.source, c.location, 'child', c.child_given, 'an item of these files', format('The component %s of %s is known only from the sample catalogue.', c.child, c.parent)
    FROM staged_component c JOIN known_item k ON k.code = c.child WHERE k.is_sample AND c.outcome IS NULL;
  INSERT INTO staged_finding (severity, source, location, field, found, message)
  SELECT 'WARNING', d.source, d.location, 'child', d.part, format('Doubtful in the proposed content of %s: %s (%s). Engineering must settle it before the draft is released.', d.code, d.part, d.why)
    FROM staged_doubt d;
  DROP TABLE known_item;
END;
$$;
COMMENT ON FUNCTION judge_references() IS 'Findings on rows that point to other rows: unknown, pointing to themselves, known only as samples.';
-- A row of the sample catalogue is overwritten as a whole: what the files do not say about it was invented. A row of an
-- earlier import keeps what the files do not say.
