-- Taking a catalogue in. Whoever reads the files hands over one JSON document of rows; what the rows mean, which of them are
-- wrong and how they change the catalogue is decided here, so that every way in judges alike.
--
-- The document holds arrays of objects; every row has source (file) and location (line or JSON pointer), all values are text:
--   categories     code, name, description, position
--   subcategories  category, code, name, description, position
--   assemblies     code, name, description, category, subcategory, type, is_orderable, is_kit, status, unit, manufacturer,
--                  manufacturer_part_number, standard_cost, list_price, weight_kg, lead_time_days, labour_hours,
--                  attributes (object), states_components ("true": its components in this document are all it has)
--   parts          the same without category, subcategory, is_kit, labour_hours and states_components
--   components     parent, child, quantity, unit, scrap_percent, position, is_optional, substitute_group, note
--   proposals      as components: content proposed as a draft beside the one in force
--   doubts         code, part, why: cells of a proposal that engineering must settle
--   listings       subcategory, code, position: further places where an assembly is listed
--   codes          code, item, kind (SHORT or ALIAS), origin, subcategory: further names of an item
--   findings       what the reader had to say already
--
-- Order: stage the rows in temporary tables, judge them, merge them inside one subtransaction. An error anywhere undoes the
-- merge and leaves only the session with its findings; a preview undoes it too.

CREATE OR REPLACE FUNCTION number_or_null(p_text text) RETURNS numeric
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN CASE WHEN length(p_text) <= 40 AND p_text ~ '^\s*[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)\s*$' THEN p_text::numeric END;
END
$$;
COMMENT ON FUNCTION number_or_null(text) IS 'The number that a text holds, or null when it holds none. No exponents: a spreadsheet''s 6.65E+11 has lost digits.';

CREATE OR REPLACE FUNCTION boolean_or_null(p_text text) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN CASE WHEN lower(btrim(p_text)) IN ('true', 'yes', 'y', '1') THEN true
              WHEN lower(btrim(p_text)) IN ('false', 'no', 'n', '0') THEN false END;
END
$$;
COMMENT ON FUNCTION boolean_or_null(text) IS 'Yes or no as files write it, or null.';

-- Staging ----------------------------------------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION stage_catalogue(p_document jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
SET client_min_messages = warning
AS $$
BEGIN
  DROP TABLE IF EXISTS pg_temp.staged_finding, pg_temp.staged_place, pg_temp.staged_item, pg_temp.staged_component,
    pg_temp.staged_listing, pg_temp.staged_code, pg_temp.staged_doubt;

  CREATE TEMP TABLE staged_finding ON COMMIT DROP AS
    SELECT row_number() OVER () AS n, f.*
      FROM jsonb_to_recordset(p_document -> 'findings')
        AS f (severity text, source text, location text, field text, found text, expected text, message text);

  CREATE TEMP TABLE staged_place ON COMMIT DROP AS
    SELECT row_number() OVER () AS n, p.*, clean_code(p.given) AS code, clean_code(p.category) AS category_code, NULL::text AS outcome
      FROM (SELECT 'categories' AS kind, c.source, c.location, c.code AS given, NULL::text AS category, c.name, c.description, c.position
              FROM jsonb_to_recordset(p_document -> 'categories')
                AS c (source text, location text, code text, name text, description text, position text)
            UNION ALL
            SELECT 'subcategories', s.source, s.location, s.code, s.category, s.name, s.description, s.position
              FROM jsonb_to_recordset(p_document -> 'subcategories')
                AS s (source text, location text, category text, code text, name text, description text, position text)) p;

  CREATE TEMP TABLE staged_item ON COMMIT DROP AS
    SELECT row_number() OVER () AS n, i.kind, i.source, i.location, i.code AS given, clean_code(i.code) AS clean, bare_code(i.code) AS code,
           nullif(btrim(i.name), '') AS name, nullif(btrim(i.description), '') AS description,
           clean_code(nullif(i.category, '')) AS category, clean_code(nullif(i.subcategory, '')) AS subcategory,
           upper(nullif(btrim(i.type), '')) AS type, nullif(i.is_orderable, '') AS is_orderable, nullif(i.is_kit, '') AS is_kit,
           upper(nullif(btrim(i.status), '')) AS status, lower(nullif(btrim(i.unit), '')) AS unit,
           nullif(btrim(i.manufacturer), '') AS manufacturer, nullif(btrim(i.manufacturer_part_number), '') AS manufacturer_part_number,
           nullif(i.standard_cost, '') AS standard_cost, nullif(i.list_price, '') AS list_price, nullif(i.weight_kg, '') AS weight_kg,
           nullif(i.lead_time_days, '') AS lead_time_days, nullif(i.labour_hours, '') AS labour_hours,
           nullif(i.attributes, '{}') AS attributes, coalesce(i.states_components, 'false') = 'true' AS states_components,
           NULL::text AS outcome
      FROM (SELECT 'assemblies' AS kind, a.*
              FROM jsonb_to_recordset(p_document -> 'assemblies') AS a (
                source text, location text, code text, name text, description text, category text, subcategory text, type text,
                is_orderable text, is_kit text, status text, unit text, manufacturer text, manufacturer_part_number text,
                standard_cost text, list_price text, weight_kg text, lead_time_days text, labour_hours text, attributes jsonb,
                states_components text)
            UNION ALL
            SELECT 'parts', p.*
              FROM jsonb_to_recordset(p_document -> 'parts') AS p (
                source text, location text, code text, name text, description text, category text, subcategory text, type text,
                is_orderable text, is_kit text, status text, unit text, manufacturer text, manufacturer_part_number text,
                standard_cost text, list_price text, weight_kg text, lead_time_days text, labour_hours text, attributes jsonb,
                states_components text)) i;

  CREATE TEMP TABLE staged_component ON COMMIT DROP AS
    SELECT row_number() OVER () AS n, c.kind, c.source, c.location, c.parent AS parent_given, c.child AS child_given,
           bare_code(c.parent) AS parent, bare_code(c.child) AS child, c.quantity, number_or_null(c.quantity) AS quantity_number, lower(nullif(btrim(c.unit), '')) AS unit,
           nullif(c.scrap_percent, '') AS scrap_percent, nullif(c.position, '') AS position, nullif(c.is_optional, '') AS is_optional,
           nullif(btrim(c.substitute_group), '') AS substitute_group, nullif(btrim(c.note), '') AS note,
           NULL::text AS outcome
      FROM (SELECT 'components' AS kind, c.* FROM jsonb_to_recordset(p_document -> 'components') AS c (
                source text, location text, parent text, child text, quantity text, unit text, scrap_percent text, position text,
                is_optional text, substitute_group text, note text)
            UNION ALL
            SELECT 'proposals', p.* FROM jsonb_to_recordset(p_document -> 'proposals') AS p (
                source text, location text, parent text, child text, quantity text, unit text, scrap_percent text, position text,
                is_optional text, substitute_group text, note text)) c;

  CREATE TEMP TABLE staged_listing ON COMMIT DROP AS
    SELECT row_number() OVER () AS n, l.source, l.location, l.code AS given, bare_code(l.code) AS code,
           clean_code(l.subcategory) AS subcategory, l.position, NULL::text AS outcome
      FROM jsonb_to_recordset(p_document -> 'listings')
        AS l (source text, location text, subcategory text, code text, position text);

  CREATE TEMP TABLE staged_code ON COMMIT DROP AS
    SELECT row_number() OVER () AS n, c.source, c.location, c.code AS given, clean_code(c.code) AS code,
           c.item AS item_given, bare_code(c.item) AS item, coalesce(upper(nullif(btrim(c.kind), '')), 'ALIAS') AS kind,
           nullif(btrim(c.origin), '') AS origin, clean_code(nullif(c.subcategory, '')) AS subcategory,
           NULL::text AS target, NULL::text AS outcome
      FROM jsonb_to_recordset(p_document -> 'codes')
        AS c (source text, location text, code text, item text, kind text, origin text, subcategory text);

  CREATE TEMP TABLE staged_doubt ON COMMIT DROP AS
    SELECT d.source, d.location, bare_code(d.code) AS code, bare_code(d.part) AS part, d.why
      FROM jsonb_to_recordset(p_document -> 'doubts') AS d (source text, location text, code text, part text, why text);

  CREATE INDEX ON staged_item (code);
  CREATE INDEX ON staged_component (parent);
  CREATE INDEX ON staged_code (code);
  ANALYZE staged_place; ANALYZE staged_item; ANALYZE staged_component; ANALYZE staged_listing; ANALYZE staged_code;
END;
$$;
COMMENT ON FUNCTION stage_catalogue(jsonb) IS 'Spreads an import document over temporary tables that end with the transaction.';

-- Judging ----------------------------------------------------------------------------------------------------------------

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

CREATE OR REPLACE FUNCTION judge_values() RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  INSERT INTO staged_finding (severity, source, location, field, found, expected, message)
  SELECT 'ERROR', r.source, r.location, v.field, v.found, v.expected, format('%s of %s is not %s.', v.field, r.code, v.expected)
    FROM staged_place r
   CROSS JOIN LATERAL (VALUES
     ('name', r.name, 'a name', nullif(btrim(r.name), '') IS NOT NULL),
     ('position', r.position, 'a whole number', nullif(r.position, '') IS NULL OR number_or_null(r.position) = trunc(number_or_null(r.position)))
   ) AS v (field, found, expected, is_good)
   WHERE NOT coalesce(v.is_good, false);

  INSERT INTO staged_finding (severity, source, location, field, found, expected, message)
  SELECT 'ERROR', r.source, r.location, v.field, v.found, v.expected, format('%s of %s is not %s.', v.field, r.code, v.expected)
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
  SELECT 'ERROR', r.source, r.location, v.field, v.found, v.expected, format('%s of %s in %s is not %s.', v.field, r.child, r.parent, v.expected)
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
  SELECT 'ERROR', r.source, r.location, 'kind', r.kind, 'SHORT or ALIAS', format('kind of %s is not SHORT or ALIAS.', r.code)
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

-- Merging ----------------------------------------------------------------------------------------------------------------
-- A row of the sample catalogue is overwritten as a whole: what the files do not say about it was invented. A row of an
-- earlier import keeps what the files do not say.

CREATE OR REPLACE FUNCTION merge_places() RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  UPDATE staged_place s SET outcome = CASE WHEN c.category_id IS NULL THEN 'new'
      WHEN (c.name, c.is_sample) IS DISTINCT FROM (btrim(s.name), false) OR c.position <> coalesce(nullif(s.position, '')::integer, c.position)
        OR c.description IS DISTINCT FROM coalesce(nullif(btrim(s.description), ''), CASE WHEN NOT c.is_sample THEN c.description END) THEN 'changed'
      ELSE 'unchanged' END
    FROM staged_place x LEFT JOIN categories c ON c.category_code = x.code
   WHERE x.kind = 'categories' AND x.n = s.n;
  UPDATE categories c
     SET name = btrim(s.name), position = coalesce(nullif(s.position, '')::integer, c.position), is_sample = false,
         description = coalesce(nullif(btrim(s.description), ''), CASE WHEN NOT c.is_sample THEN c.description END)
    FROM staged_place s WHERE s.kind = 'categories' AND s.outcome = 'changed' AND c.category_code = s.code;
  INSERT INTO categories (category_code, name, description, position)
  SELECT code, btrim(name), nullif(btrim(description), ''), coalesce(nullif(position, '')::integer, n::integer)
    FROM staged_place WHERE kind = 'categories' AND outcome = 'new' ORDER BY n;

  UPDATE staged_place s SET outcome = CASE WHEN b.subcategory_id IS NULL THEN 'new'
      WHEN (b.name, b.is_sample, b.category_id) IS DISTINCT FROM (btrim(s.name), false, c.category_id) OR b.position <> coalesce(nullif(s.position, '')::integer, b.position)
        OR b.description IS DISTINCT FROM coalesce(nullif(btrim(s.description), ''), CASE WHEN NOT b.is_sample THEN b.description END) THEN 'changed'
      ELSE 'unchanged' END
    FROM staged_place x JOIN categories c ON c.category_code = x.category_code LEFT JOIN subcategories b ON b.subcategory_code = x.code
   WHERE x.kind = 'subcategories' AND x.n = s.n;
  UPDATE subcategories b
     SET category_id = c.category_id, name = btrim(s.name), position = coalesce(nullif(s.position, '')::integer, b.position), is_sample = false,
         description = coalesce(nullif(btrim(s.description), ''), CASE WHEN NOT b.is_sample THEN b.description END)
    FROM staged_place s JOIN categories c ON c.category_code = s.category_code
   WHERE s.kind = 'subcategories' AND s.outcome = 'changed' AND b.subcategory_code = s.code;
  INSERT INTO subcategories (category_id, subcategory_code, name, description, position)
  SELECT c.category_id, s.code, btrim(s.name), nullif(btrim(s.description), ''), coalesce(nullif(s.position, '')::integer, s.n::integer)
    FROM staged_place s JOIN categories c ON c.category_code = s.category_code
   WHERE s.kind = 'subcategories' AND s.outcome = 'new' ORDER BY s.n;
END;
$$;
COMMENT ON FUNCTION merge_places() IS 'Writes categories and subcategories.';

CREATE OR REPLACE FUNCTION clear_the_way() RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  DELETE FROM item_codes ic USING staged_item i
   WHERE ic.is_sample AND ic.code_kind <> 'PRIMARY' AND ic.item_code = i.code;

  -- Sample rows that are the other kind of item stay for the sample's own lines, under another code.
  INSERT INTO staged_finding (severity, source, location, field, found, message)
  SELECT 'NOTE', i.source, i.location, 'code', i.given, format('The sample catalogue has %s as %s; that row is now %s (SAMPLE).', i.code,
         CASE i.kind WHEN 'parts' THEN 'an assembly' ELSE 'a part' END, i.code)
    FROM staged_item i
   WHERE i.outcome IS NULL
     AND CASE i.kind WHEN 'parts' THEN EXISTS (SELECT FROM assemblies a WHERE a.assembly_code = i.code AND a.is_sample)
              ELSE EXISTS (SELECT FROM parts p WHERE p.part_number = i.code AND p.is_sample) END;
  UPDATE parts p SET part_number = p.part_number || ' (SAMPLE)', lifecycle = 'OBSOLETE'
    FROM staged_item i WHERE i.kind = 'assemblies' AND p.part_number = i.code AND p.is_sample;
  UPDATE assemblies a SET assembly_code = a.assembly_code || ' (SAMPLE)', lifecycle = 'OBSOLETE', is_orderable = false
    FROM staged_item i WHERE i.kind = 'parts' AND i.outcome IS NULL AND a.assembly_code = i.code AND a.is_sample;

  -- A part imported before its assembly was known becomes the assembly; judge_identities has refused those in use.
  UPDATE staged_item i
     SET manufacturer = coalesce(i.manufacturer, p.manufacturer), manufacturer_part_number = coalesce(i.manufacturer_part_number, p.manufacturer_part_number)
    FROM parts p WHERE i.kind = 'assemblies' AND p.part_number = i.code;
  DELETE FROM parts p USING staged_item i WHERE i.kind = 'assemblies' AND p.part_number = i.code;
END;
$$;
COMMENT ON FUNCTION clear_the_way() IS 'Frees the codes of imported items from sample rows and from parts that become assemblies.';

CREATE OR REPLACE FUNCTION merge_assemblies() RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  CREATE TEMP TABLE wanted_assembly ON COMMIT DROP AS
    SELECT i.n, a.assembly_id, i.code, i.name, coalesce(i.description, old.description) AS description,
           coalesce(s.subcategory_id, a.subcategory_id) AS subcategory_id, coalesce(i.type, old.assembly_type, 'COMPLEX') AS assembly_type,
           coalesce(boolean_or_null(i.is_kit), old.is_kit, false) AS is_kit,
           coalesce(boolean_or_null(i.is_orderable), old.is_orderable, true) AS is_orderable,
           coalesce(i.status, old.lifecycle, 'ACTIVE') AS lifecycle, coalesce(i.unit, old.unit_code, 'each') AS unit_code,
           coalesce(i.manufacturer, old.manufacturer) AS manufacturer,
           coalesce(i.manufacturer_part_number, old.manufacturer_part_number) AS manufacturer_part_number,
           coalesce(i.standard_cost::numeric(14, 4), old.standard_cost) AS standard_cost, coalesce(i.list_price::numeric(14, 2), old.list_price) AS list_price,
           coalesce(i.weight_kg::numeric(12, 4), old.weight_kg) AS weight_kg, coalesce(i.lead_time_days::numeric::integer, old.lead_time_days) AS lead_time_days,
           coalesce(i.labour_hours::numeric(10, 2), old.labour_hours) AS labour_hours, coalesce(i.attributes, old.attributes, '{}') AS attributes
      FROM staged_item i
      LEFT JOIN assemblies a ON a.assembly_code = i.code
      LEFT JOIN assemblies old ON old.assembly_id = a.assembly_id AND NOT old.is_sample
      LEFT JOIN subcategories s ON s.subcategory_code = i.subcategory
     WHERE i.kind = 'assemblies';
  ANALYZE wanted_assembly;

  UPDATE staged_item i SET outcome = CASE WHEN w.assembly_id IS NULL THEN 'new'
      WHEN (w.name, w.description, w.subcategory_id, w.assembly_type, w.is_kit, w.is_orderable, w.lifecycle, w.unit_code, w.manufacturer,
            w.manufacturer_part_number, w.standard_cost, w.list_price, w.weight_kg, w.lead_time_days, w.labour_hours, w.attributes, false)
        IS DISTINCT FROM
           (a.name, a.description, a.subcategory_id, a.assembly_type, a.is_kit, a.is_orderable, a.lifecycle, a.unit_code, a.manufacturer,
            a.manufacturer_part_number, a.standard_cost, a.list_price, a.weight_kg, a.lead_time_days, a.labour_hours, a.attributes, a.is_sample) THEN 'changed'
      ELSE 'unchanged' END
    FROM wanted_assembly w LEFT JOIN assemblies a ON a.assembly_id = w.assembly_id
   WHERE i.n = w.n;

  UPDATE assemblies a
     SET name = w.name, description = w.description, subcategory_id = w.subcategory_id, assembly_type = w.assembly_type, is_kit = w.is_kit,
         is_orderable = w.is_orderable, lifecycle = w.lifecycle, unit_code = w.unit_code, manufacturer = w.manufacturer,
         manufacturer_part_number = w.manufacturer_part_number, standard_cost = w.standard_cost, list_price = w.list_price,
         weight_kg = w.weight_kg, lead_time_days = w.lead_time_days, labour_hours = w.labour_hours, attributes = w.attributes, is_sample = false
    FROM wanted_assembly w JOIN staged_item i USING (n)
   WHERE i.outcome = 'changed' AND a.assembly_id = w.assembly_id;
  INSERT INTO assemblies (assembly_code, name, description, subcategory_id, assembly_type, is_kit, is_orderable, lifecycle, unit_code, manufacturer,
                          manufacturer_part_number, standard_cost, list_price, weight_kg, lead_time_days, labour_hours, attributes)
  SELECT w.code, w.name, w.description, w.subcategory_id, w.assembly_type, w.is_kit, w.is_orderable, w.lifecycle, w.unit_code, w.manufacturer,
         w.manufacturer_part_number, w.standard_cost, w.list_price, w.weight_kg, w.lead_time_days, w.labour_hours, w.attributes
    FROM wanted_assembly w WHERE w.assembly_id IS NULL ORDER BY w.n;
  DROP TABLE wanted_assembly;

  -- Parts that fold into an assembly which is stored but not in these files.
  UPDATE assemblies a
     SET manufacturer = coalesce(p.manufacturer, a.manufacturer), manufacturer_part_number = coalesce(p.manufacturer_part_number, a.manufacturer_part_number)
    FROM staged_item p
   WHERE p.kind = 'parts' AND p.outcome = 'folded' AND a.assembly_code = p.code
     AND NOT EXISTS (SELECT FROM staged_item i WHERE i.kind = 'assemblies' AND i.code = p.code)
     AND (a.manufacturer, a.manufacturer_part_number) IS DISTINCT FROM (coalesce(p.manufacturer, a.manufacturer), coalesce(p.manufacturer_part_number, a.manufacturer_part_number));
END;
$$;
COMMENT ON FUNCTION merge_assemblies() IS 'Writes assemblies without their content.';

CREATE OR REPLACE FUNCTION merge_parts() RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  CREATE TEMP TABLE wanted_part ON COMMIT DROP AS
    SELECT i.n, p.part_id, i.code, i.name, coalesce(i.description, old.description) AS description,
           coalesce(i.type, old.part_type, 'COMPONENT') AS part_type, coalesce(boolean_or_null(i.is_orderable), old.is_orderable, false) AS is_orderable,
           coalesce(i.status, old.lifecycle, 'ACTIVE') AS lifecycle, coalesce(i.unit, old.unit_code, 'each') AS unit_code,
           coalesce(i.manufacturer, old.manufacturer) AS manufacturer,
           coalesce(i.manufacturer_part_number, old.manufacturer_part_number) AS manufacturer_part_number,
           coalesce(i.standard_cost::numeric(14, 4), old.standard_cost) AS standard_cost, coalesce(i.list_price::numeric(14, 2), old.list_price) AS list_price,
           coalesce(i.weight_kg::numeric(12, 4), old.weight_kg) AS weight_kg, coalesce(i.lead_time_days::numeric::integer, old.lead_time_days) AS lead_time_days,
           coalesce(i.attributes, old.attributes, '{}') AS attributes
      FROM staged_item i
      LEFT JOIN parts p ON p.part_number = i.code
      LEFT JOIN parts old ON old.part_id = p.part_id AND NOT old.is_sample
     WHERE i.kind = 'parts' AND i.outcome IS NULL;
  ANALYZE wanted_part;

  UPDATE staged_item i SET outcome = CASE WHEN w.part_id IS NULL THEN 'new'
      WHEN (w.name, w.description, w.part_type, w.is_orderable, w.lifecycle, w.unit_code, w.manufacturer, w.manufacturer_part_number,
            w.standard_cost, w.list_price, w.weight_kg, w.lead_time_days, w.attributes, false)
        IS DISTINCT FROM
           (p.name, p.description, p.part_type, p.is_orderable, p.lifecycle, p.unit_code, p.manufacturer, p.manufacturer_part_number,
            p.standard_cost, p.list_price, p.weight_kg, p.lead_time_days, p.attributes, p.is_sample) THEN 'changed'
      ELSE 'unchanged' END
    FROM wanted_part w LEFT JOIN parts p ON p.part_id = w.part_id
   WHERE i.n = w.n;

  UPDATE parts p
     SET name = w.name, description = w.description, part_type = w.part_type, is_orderable = w.is_orderable, lifecycle = w.lifecycle,
         unit_code = w.unit_code, manufacturer = w.manufacturer, manufacturer_part_number = w.manufacturer_part_number,
         standard_cost = w.standard_cost, list_price = w.list_price, weight_kg = w.weight_kg, lead_time_days = w.lead_time_days,
         attributes = w.attributes, is_sample = false
    FROM wanted_part w JOIN staged_item i USING (n)
   WHERE i.outcome = 'changed' AND p.part_id = w.part_id;
  INSERT INTO parts (part_number, name, description, part_type, is_orderable, lifecycle, unit_code, manufacturer, manufacturer_part_number,
                     standard_cost, list_price, weight_kg, lead_time_days, attributes)
  SELECT w.code, w.name, w.description, w.part_type, w.is_orderable, w.lifecycle, w.unit_code, w.manufacturer, w.manufacturer_part_number,
         w.standard_cost, w.list_price, w.weight_kg, w.lead_time_days, w.attributes
    FROM wanted_part w WHERE w.part_id IS NULL ORDER BY w.n;
  DROP TABLE wanted_part;
END;
$$;
COMMENT ON FUNCTION merge_parts() IS 'Writes parts that are not folded into assemblies.';

CREATE OR REPLACE FUNCTION merge_names() RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  UPDATE item_codes ic SET is_sample = false
    FROM staged_item i WHERE ic.item_code = i.code AND ic.code_kind = 'PRIMARY' AND ic.is_sample;

  -- A code that was written with the prefix stays findable with it.
  INSERT INTO item_codes (item_code, code_kind, assembly_id, part_id, source)
  SELECT DISTINCT ON (i.clean) i.clean, 'ALIAS', own.assembly_id, own.part_id, 'prefix'
    FROM staged_item i JOIN item_codes own ON own.item_code = i.code AND own.code_kind = 'PRIMARY'
   WHERE i.clean <> i.code
  ON CONFLICT (item_code) DO UPDATE
    SET assembly_id = EXCLUDED.assembly_id, part_id = EXCLUDED.part_id, source = EXCLUDED.source, is_sample = false
  WHERE item_codes.is_sample;

  UPDATE staged_code c SET outcome = CASE WHEN stored.item_code IS NULL THEN 'new'
      WHEN (stored.assembly_id, stored.part_id) IS DISTINCT FROM (own.assembly_id, own.part_id) OR stored.is_sample
        OR stored.code_kind <> 'PRIMARY' AND (stored.code_kind, stored.source) IS DISTINCT FROM (c.kind, coalesce(c.origin, stored.source)) THEN 'changed'
      ELSE 'unchanged' END
    FROM staged_code x
    JOIN item_codes own ON own.item_code = x.target AND own.code_kind = 'PRIMARY'
    LEFT JOIN item_codes stored ON stored.item_code = x.code
   WHERE x.n = c.n AND x.outcome IS NULL;
  UPDATE item_codes stored
     SET assembly_id = own.assembly_id, part_id = own.part_id, code_kind = c.kind, source = coalesce(c.origin, stored.source), is_sample = false
    FROM staged_code c JOIN item_codes own ON own.item_code = c.target AND own.code_kind = 'PRIMARY'
   WHERE c.outcome = 'changed' AND stored.item_code = c.code;
  INSERT INTO item_codes (item_code, code_kind, assembly_id, part_id, source)
  SELECT c.code, c.kind, own.assembly_id, own.part_id, c.origin
    FROM staged_code c JOIN item_codes own ON own.item_code = c.target AND own.code_kind = 'PRIMARY'
   WHERE c.outcome = 'new';

  UPDATE staged_listing l SET outcome = CASE WHEN a.subcategory_id = s.subcategory_id THEN 'folded' WHEN stored.assembly_id IS NULL THEN 'new' ELSE 'unchanged' END
    FROM staged_listing x
    JOIN subcategories s ON s.subcategory_code = x.subcategory
    JOIN item_codes ic ON ic.item_code = x.code
    JOIN assemblies a ON a.assembly_id = ic.assembly_id
    LEFT JOIN assembly_listings stored ON stored.subcategory_id = s.subcategory_id AND stored.assembly_id = a.assembly_id
   WHERE x.n = l.n AND x.outcome IS NULL;
  INSERT INTO assembly_listings (subcategory_id, assembly_id, position)
  SELECT s.subcategory_id, ic.assembly_id, coalesce(number_or_null(l.position), 0)::integer
    FROM staged_listing l JOIN subcategories s ON s.subcategory_code = l.subcategory JOIN item_codes ic ON ic.item_code = l.code
   WHERE l.outcome = 'new'
  ON CONFLICT DO NOTHING;

  -- A place that real assemblies stand in is no longer a sample.
  UPDATE subcategories s SET is_sample = false
   WHERE s.is_sample AND EXISTS (SELECT FROM assemblies a WHERE a.subcategory_id = s.subcategory_id AND NOT a.is_sample);
  UPDATE categories c SET is_sample = false
   WHERE c.is_sample AND EXISTS (SELECT FROM subcategories s WHERE s.category_id = c.category_id AND NOT s.is_sample);
END;
$$;
COMMENT ON FUNCTION merge_names() IS 'Writes aliases, short codes and listings.';

CREATE OR REPLACE FUNCTION content_signature(p_assembly_revision_id bigint) RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT coalesce(string_agg(concat_ws('|', c.child_assembly_id, 'p' || c.child_part_id, trim_scale(c.quantity), c.unit_code, trim_scale(c.scrap_percent),
                                       c.position, c.is_optional, 'g' || c.substitute_group, 'n' || c.note), E'\n'
                             ORDER BY c.position, c.child_assembly_id, c.child_part_id), '')
    FROM assembly_components c WHERE c.assembly_revision_id = p_assembly_revision_id
$$;
COMMENT ON FUNCTION content_signature(bigint) IS 'The content of a revision as comparable text.';

CREATE OR REPLACE FUNCTION want_contents(p_kind text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
SET client_min_messages = warning
AS $$
BEGIN
  DROP TABLE IF EXISTS pg_temp.wanted_content, pg_temp.wanted_line;
  CREATE TEMP TABLE wanted_line ON COMMIT DROP AS
    SELECT c.n, parent.assembly_id AS parent_id, child.assembly_id AS child_assembly_id, child.part_id AS child_part_id,
           c.quantity_number::numeric(18, 4) AS quantity, coalesce(c.unit, a.unit_code, p.unit_code) AS unit_code,
           coalesce(c.scrap_percent::numeric(6, 3), 0) AS scrap_percent,
           coalesce(c.position::numeric::integer, row_number() OVER (PARTITION BY parent.assembly_id ORDER BY c.n)::integer) AS position,
           coalesce(boolean_or_null(c.is_optional), false) AS is_optional, c.substitute_group, c.note
      FROM staged_component c
      JOIN item_codes parent ON parent.item_code = c.parent
      JOIN item_codes child ON child.item_code = c.child
      LEFT JOIN assemblies a ON a.assembly_id = child.assembly_id
      LEFT JOIN parts p ON p.part_id = child.part_id
     WHERE c.kind = p_kind AND c.outcome IS NULL;
  CREATE TEMP TABLE wanted_content ON COMMIT DROP AS
    SELECT w.assembly_id, coalesce(l.signature, '') AS signature, effective_revision_id(w.assembly_id) AS in_force_id, NULL::text AS verdict, NULL::bigint AS revision_id
      FROM (SELECT own.assembly_id FROM staged_item i JOIN item_codes own ON own.item_code = i.code
             WHERE i.states_components AND i.kind = 'assemblies' AND p_kind = 'components'
            UNION
            SELECT parent.assembly_id FROM staged_component c JOIN item_codes parent ON parent.item_code = c.parent WHERE c.kind = p_kind) w
      LEFT JOIN (SELECT parent_id, string_agg(concat_ws('|', child_assembly_id, 'p' || child_part_id, trim_scale(quantity), unit_code, trim_scale(scrap_percent),
                                                        position, is_optional, 'g' || substitute_group, 'n' || note), E'\n'
                                              ORDER BY position, child_assembly_id, child_part_id) AS signature
                   FROM wanted_line GROUP BY parent_id) l ON l.parent_id = w.assembly_id;
  CREATE INDEX ON wanted_content (assembly_id);
  ANALYZE wanted_line; ANALYZE wanted_content;
END;
$$;
COMMENT ON FUNCTION want_contents(text) IS 'Resolves the staged lines of one kind and compares them with what is stored.';

CREATE OR REPLACE FUNCTION write_contents(p_state text, p_note text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  -- Everything is inserted as drafts and released in one statement: the guards see whole revisions and run once.
  WITH made AS (
    INSERT INTO assembly_revisions (assembly_id, revision, note, is_proposal, created_by)
    SELECT w.assembly_id, coalesce((SELECT max(r.revision) FROM assembly_revisions r WHERE r.assembly_id = w.assembly_id), 0) + 1,
           p_note || coalesce(' Doubtful: ' || (
             SELECT string_agg(d.part || ' (' || d.why || ')', '; ' ORDER BY d.part)
               FROM staged_doubt d JOIN item_codes ic ON ic.item_code = d.code
              WHERE ic.assembly_id = w.assembly_id AND p_state = 'DRAFT') || '.', ''),
           p_state = 'DRAFT', current_actor()
      FROM wanted_content w WHERE w.verdict = 'write'
     ORDER BY w.assembly_id
    RETURNING assembly_id, assembly_revision_id)
  UPDATE wanted_content w SET revision_id = made.assembly_revision_id FROM made WHERE made.assembly_id = w.assembly_id;

  INSERT INTO assembly_components (assembly_revision_id, child_assembly_id, child_part_id, quantity, unit_code, scrap_percent, position, is_optional, substitute_group, note)
  SELECT w.revision_id, l.child_assembly_id, l.child_part_id, l.quantity, l.unit_code, l.scrap_percent, l.position, l.is_optional, l.substitute_group, l.note
    FROM wanted_line l JOIN wanted_content w ON w.assembly_id = l.parent_id
   WHERE w.verdict = 'write' ORDER BY l.n;

  IF p_state = 'RELEASED' THEN
    UPDATE assembly_revisions r SET state = 'SUPERSEDED', effective_to = now()
      FROM wanted_content w WHERE w.verdict = 'write' AND r.assembly_revision_id = w.in_force_id;
    UPDATE assembly_revisions r SET state = 'RELEASED', effective_from = now(), released_by = current_actor(), released_at = now()
      FROM wanted_content w WHERE w.verdict = 'write' AND r.assembly_revision_id = w.revision_id;
  END IF;
END;
$$;
COMMENT ON FUNCTION write_contents(text, text) IS 'Makes a revision for each content judged new: released at once, or left as a proposed draft.';

CREATE OR REPLACE FUNCTION merge_contents() RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  PERFORM want_contents('components');
  -- Files that still say what a later revision has replaced bring nothing new; releasing them again would undo engineering.
  UPDATE wanted_content w SET verdict = CASE
    WHEN w.in_force_id IS NULL AND w.signature = '' THEN 'same'
    WHEN w.in_force_id IS NOT NULL AND content_signature(w.in_force_id) = w.signature THEN 'same'
    WHEN w.in_force_id IS NOT NULL AND EXISTS (
      SELECT FROM assembly_revisions r
       WHERE r.assembly_id = w.assembly_id AND r.state = 'SUPERSEDED' AND NOT r.is_sample AND content_signature(r.assembly_revision_id) = w.signature) THEN 'replaced'
    ELSE 'write' END;

  INSERT INTO staged_finding (severity, source, location, field, found, expected, message)
  SELECT 'WARNING', x.source, x.location, 'components', NULL, NULL,
         format('The content of %s is that of an earlier revision; revision %s stays in force. To go back on purpose: SELECT new_assembly_revision(%L).', x.code, r.revision, x.code)
    FROM wanted_content w
    JOIN assembly_revisions r ON r.assembly_revision_id = w.in_force_id
    JOIN LATERAL (
      SELECT i.source, i.location, i.code FROM staged_item i WHERE i.kind = 'assemblies' AND i.code = assembly_code_of(w.assembly_id)
      UNION ALL
      SELECT c.source, c.location, c.parent FROM staged_component c WHERE c.kind = 'components' AND c.parent = assembly_code_of(w.assembly_id)
      LIMIT 1) x ON true
   WHERE w.verdict = 'replaced';

  UPDATE staged_component c SET outcome = CASE
      WHEN w.verdict <> 'write' THEN 'unchanged'
      WHEN stored.assembly_component_id IS NULL THEN 'new'
      WHEN (stored.quantity, stored.unit_code, stored.scrap_percent, stored.position, stored.is_optional, stored.substitute_group, stored.note)
        IS NOT DISTINCT FROM (l.quantity, l.unit_code, l.scrap_percent, l.position, l.is_optional, l.substitute_group, l.note) THEN 'unchanged'
      ELSE 'changed' END
    FROM wanted_line l
    JOIN wanted_content w ON w.assembly_id = l.parent_id
    LEFT JOIN assembly_components stored ON stored.assembly_revision_id = w.in_force_id
     AND (stored.child_assembly_id = l.child_assembly_id OR stored.child_part_id = l.child_part_id)
   WHERE l.n = c.n;
  PERFORM write_contents('RELEASED', 'Imported.');
  UPDATE assembly_revisions r SET is_sample = false
    FROM wanted_content w WHERE w.verdict = 'same' AND r.assembly_revision_id = w.in_force_id AND r.is_sample;

  PERFORM want_contents('proposals');
  UPDATE wanted_content w SET verdict = CASE WHEN EXISTS (
      SELECT FROM assembly_revisions r
       WHERE r.assembly_id = w.assembly_id AND r.is_proposal AND content_signature(r.assembly_revision_id) = w.signature) THEN 'same' ELSE 'write' END;
  UPDATE staged_component c SET outcome = CASE w.verdict WHEN 'write' THEN 'new' ELSE 'unchanged' END
    FROM wanted_line l JOIN wanted_content w ON w.assembly_id = l.parent_id
   WHERE l.n = c.n;
  INSERT INTO staged_finding (severity, source, location, field, message)
  SELECT 'NOTE', c.source, c.location, 'components', format('The proposed content of %s is the same as that in force.', c.parent)
    FROM (SELECT DISTINCT ON (parent) * FROM staged_component WHERE kind = 'proposals' ORDER BY parent, n) c
    JOIN item_codes ic ON ic.item_code = c.parent
    JOIN wanted_content w ON w.assembly_id = ic.assembly_id
   WHERE content_signature(effective_revision_id(w.assembly_id)) = w.signature;
  PERFORM write_contents('DRAFT', 'Proposed by an imported file.');
  DROP TABLE wanted_content, wanted_line;
END;
$$;
COMMENT ON FUNCTION merge_contents() IS 'Writes what assemblies are made of: a new released revision where the content differs, drafts for proposals.';

-- The whole --------------------------------------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION import_summary(p_is_refused boolean) RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  RETURN (
    SELECT coalesce(jsonb_object_agg(k.kind, jsonb_build_object(
             'read', k.read, 'new', k.new, 'changed', k.changed, 'unchanged', k.unchanged, 'folded', k.folded, 'refused', k.refused)), '{}')
      FROM (SELECT o.kind, count(*) AS read,
                   count(*) FILTER (WHERE o.outcome = 'new') AS new, count(*) FILTER (WHERE o.outcome = 'changed') AS changed,
                   count(*) FILTER (WHERE o.outcome = 'unchanged') AS unchanged, count(*) FILTER (WHERE o.outcome = 'folded') AS folded,
                   count(*) FILTER (WHERE o.outcome = 'refused') AS refused
              FROM (SELECT r.kind, CASE WHEN p_is_refused THEN 'refused' ELSE r.outcome END AS outcome
                      FROM (SELECT kind, outcome FROM staged_place
                            UNION ALL SELECT kind, outcome FROM staged_item
                            UNION ALL SELECT kind, outcome FROM staged_component
                            UNION ALL SELECT 'listings', outcome FROM staged_listing
                            UNION ALL SELECT 'codes', outcome FROM staged_code) r) o
             GROUP BY o.kind) k);
END;
$$;
COMMENT ON FUNCTION import_summary(boolean) IS 'Counts of the staged rows by kind and outcome; a refused import stores none of them.';

CREATE OR REPLACE FUNCTION report_merge_error(p_sqlstate text, p_message text, p_hint text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  INSERT INTO staged_finding (severity, source, location, field, found, expected, message)
  SELECT 'ERROR', coalesce(c.source, 'database'), coalesce(c.location, '-'), CASE WHEN c.n IS NOT NULL THEN 'child' END, c.child_given,
         CASE WHEN p_sqlstate = 'TV001' THEN 'a structure without cycles' END, concat_ws(' ', p_message, p_hint)
    FROM (VALUES (1)) AS always (one)
    LEFT JOIN LATERAL (
      SELECT * FROM staged_component s
       WHERE p_sqlstate = 'TV001' AND position(s.parent || ' → ' || s.child IN p_message) > 0
       ORDER BY s.n LIMIT 1) c ON true;
END;
$$;
COMMENT ON FUNCTION report_merge_error(text, text, text) IS 'Turns a rule that the database kept during the merge into a finding, for a cycle at the row that closes it.';

CREATE OR REPLACE FUNCTION import_catalogue(p_document jsonb, p_sources jsonb DEFAULT '[]', p_commit boolean DEFAULT false) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
SET jit = off
AS $$
DECLARE
  session_id bigint;
  began timestamptz := clock_timestamp();
  has_errors boolean;
  is_undone boolean := false;
  summary jsonb;
  findings jsonb;
  error_state text;
  error_message text;
  error_hint text;
BEGIN
  PERFORM require_permission('catalogue:import');
  PERFORM stage_catalogue(p_document);
  PERFORM judge_codes();
  PERFORM judge_values();
  PERFORM judge_places();
  PERFORM judge_identities();
  PERFORM judge_references();
  has_errors := EXISTS (SELECT FROM staged_finding f WHERE f.severity = 'ERROR');

  IF NOT has_errors THEN
    BEGIN
      PERFORM lock_structure();
      PERFORM merge_places();
      PERFORM clear_the_way();
      PERFORM merge_assemblies();
      PERFORM merge_parts();
      PERFORM merge_names();
      PERFORM merge_contents();
      summary := import_summary(false);
      findings := (SELECT jsonb_agg(to_jsonb(f) ORDER BY f.n NULLS LAST) FROM staged_finding f);
      -- Not TV000: PL/pgSQL takes a code that ends in 000 for its whole class.
      IF NOT p_commit THEN
        RAISE EXCEPTION 'preview' USING ERRCODE = 'TV099';
      END IF;
    EXCEPTION
      WHEN SQLSTATE 'TV099' THEN
        is_undone := true;
      WHEN SQLSTATE 'TV001' OR SQLSTATE 'TV002' OR SQLSTATE 'TV003' OR SQLSTATE 'TV009' OR SQLSTATE 'TV022'
           OR integrity_constraint_violation OR data_exception THEN
        GET STACKED DIAGNOSTICS error_state = RETURNED_SQLSTATE, error_message = MESSAGE_TEXT, error_hint = PG_EXCEPTION_HINT;
        PERFORM report_merge_error(error_state, error_message, error_hint);
        has_errors := true;
    END;
  END IF;
  IF has_errors THEN
    summary := import_summary(true);
    findings := (SELECT jsonb_agg(to_jsonb(f) ORDER BY f.n NULLS LAST) FROM staged_finding f);
  END IF;

  INSERT INTO import_sessions (import_kind, state, sources, summary, created_by, created_at, finished_at)
  VALUES ('CATALOGUE', CASE WHEN has_errors THEN 'REFUSED' WHEN is_undone THEN 'PREVIEWED' ELSE 'COMMITTED' END,
          coalesce(p_sources, '[]'), summary, current_actor(), began, clock_timestamp())
  RETURNING import_session_id INTO session_id;
  INSERT INTO import_findings (import_session_id, severity, source, location, field, found, expected, message)
  SELECT session_id, f.severity, coalesce(f.source, 'document'), coalesce(f.location, '-'), f.field, f.found, f.expected, f.message
    FROM jsonb_to_recordset(findings) AS f (severity text, source text, location text, field text, found text, expected text, message text);
  RETURN session_id;
END;
$$;
COMMENT ON FUNCTION import_catalogue(jsonb, jsonb, boolean) IS
  'Imports a catalogue document: judges it, and merges it when p_commit is true and there is no error. Returns the key of its row in '
  'import_sessions, whose state is COMMITTED, PREVIEWED or REFUSED; import_findings has what there is to say.';
