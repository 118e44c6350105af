-- Taking a catalogue in: how the rows change the catalogue (see catalogue_import.sql).

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
