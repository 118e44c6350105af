-- Inventory: finding items, where they are used, what they are made of, what they cost.

CREATE OR REPLACE FUNCTION search_words(p_query text) RETURNS tsquery
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT string_agg(quote_literal(w) || ':*', ' & ')::tsquery
    FROM unnest(tsvector_to_array(to_tsvector('simple'::regconfig, p_query))) AS w
$$;
COMMENT ON FUNCTION search_words(text) IS 'A full-text query for items that hold every word, each as a beginning; null when there is no word.';

CREATE OR REPLACE FUNCTION search_catalogue(
  p_query text, p_max_results integer DEFAULT 20, p_kinds text[] DEFAULT NULL, p_include_obsolete boolean DEFAULT false
) RETURNS TABLE (kind text, code text, name text, matched_by text, rank real, category text, subcategory text, lifecycle text)
LANGUAGE plpgsql STABLE ROWS 20 COST 1000
SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  wanted text := bare_code(p_query);
  -- The longest word says most; the others only rank.
  longest text := (SELECT w FROM regexp_split_to_table(lower(p_query), '\s+') AS w ORDER BY length(w) DESC, w LIMIT 1);
  words tsquery := search_words(p_query);
BEGIN
  IF p_kinds && ARRAY(SELECT k FROM unnest(p_kinds) k WHERE k NOT IN ('ASSEMBLY', 'PART')) THEN
    RAISE EXCEPTION 'p_kinds holds %; kinds are ASSEMBLY and PART.', shown(p_kinds)
      USING ERRCODE = 'TV022', COLUMN = 'kinds', HINT = 'Leave it out to search both.';
  END IF;
  IF coalesce(wanted, '') = '' OR p_max_results < 1 OR NOT has_permission('catalogue:read') THEN
    RETURN;
  END IF;

  -- Codes by range (an index scan also under row security, where LIKE is not), words by the inverted index. A very common
  -- word is cut off before ranking, else ranking would read every item that has it.
  RETURN QUERY
  WITH by_code AS (
    (SELECT ic.assembly_id, ic.part_id,
            CASE WHEN ic.item_code = wanted THEN CASE ic.code_kind WHEN 'PRIMARY' THEN 'CODE' ELSE ic.code_kind END ELSE 'CODE_PREFIX' END AS matched_by,
            CASE WHEN ic.item_code = wanted THEN 3 ELSE 2 END::real AS rank
       FROM item_codes ic
      WHERE ic.item_code >= wanted AND ic.item_code < wanted || U&'\+10FFFF'
      ORDER BY ic.item_code
      LIMIT 500)
    UNION ALL
    SELECT ic.assembly_id, ic.part_id, ic.code_kind, 3
      FROM item_codes ic WHERE ic.item_code = clean_code(p_query) AND ic.item_code <> wanted
  ), by_word AS (
    (SELECT a.assembly_id, NULL::bigint AS part_id, 'WORDS', ts_rank(a.search, words) FROM assemblies a WHERE a.search @@ words LIMIT 2000)
    UNION ALL
    (SELECT NULL, p.part_id, 'WORDS', ts_rank(p.search, words) FROM parts p WHERE p.search @@ words LIMIT 2000)
  ), best AS (
    SELECT DISTINCT ON (f.assembly_id, f.part_id) f.*
      FROM (SELECT * FROM by_code UNION ALL SELECT * FROM by_word) f
     ORDER BY f.assembly_id, f.part_id, f.rank DESC
  )
  SELECT CASE WHEN a.assembly_id IS NULL THEN 'PART' ELSE 'ASSEMBLY' END, coalesce(a.assembly_code, p.part_number) AS code,
         coalesce(a.name, p.name), b.matched_by, b.rank, c.category_code, s.subcategory_code, coalesce(a.lifecycle, p.lifecycle)
    FROM best b
    LEFT JOIN assemblies a ON a.assembly_id = b.assembly_id
    LEFT JOIN subcategories s ON s.subcategory_id = a.subcategory_id
    LEFT JOIN categories c ON c.category_id = s.category_id
    LEFT JOIN parts p ON p.part_id = b.part_id
   WHERE (p_include_obsolete OR coalesce(a.lifecycle, p.lifecycle) = 'ACTIVE')
     AND (p_kinds IS NULL OR CASE WHEN a.assembly_id IS NULL THEN 'PART' ELSE 'ASSEMBLY' END = ANY (p_kinds))
   ORDER BY b.rank DESC, code
   LIMIT p_max_results;
  IF FOUND OR length(wanted) < 3 THEN
    RETURN;
  END IF;

  -- One wrong letter in a short word leaves about half of its trigrams. A SET clause on the function would need a superuser
  -- while the extension's library is not loaded.
  PERFORM set_config('pg_trgm.word_similarity_threshold', '0.45', true), set_config('pg_trgm.similarity_threshold', '0.3', true);
  RETURN QUERY
  WITH similar_items AS (
    (SELECT 'ASSEMBLY' AS kind, a.assembly_code AS code, a.name, a.subcategory_id, a.lifecycle,
            greatest(word_similarity(lower(p_query), lower(a.name)), similarity(a.assembly_code, wanted)) AS rank
       FROM assemblies a WHERE longest <% lower(a.name) OR a.assembly_code % wanted
      LIMIT 2000)
    UNION ALL
    (SELECT 'PART', p.part_number, p.name, NULL, p.lifecycle,
            greatest(word_similarity(lower(p_query), lower(p.name)), similarity(p.part_number, wanted))
       FROM parts p WHERE longest <% lower(p.name) OR p.part_number % wanted
      LIMIT 2000)
  )
  SELECT i.kind, i.code, i.name, 'SIMILAR', i.rank, c.category_code, s.subcategory_code, i.lifecycle
    FROM similar_items i
    LEFT JOIN subcategories s ON s.subcategory_id = i.subcategory_id
    LEFT JOIN categories c ON c.category_id = s.category_id
   WHERE (p_include_obsolete OR i.lifecycle = 'ACTIVE') AND (p_kinds IS NULL OR i.kind = ANY (p_kinds))
   ORDER BY i.rank DESC, i.code
   LIMIT p_max_results;
END;
$$;
COMMENT ON FUNCTION search_catalogue(text, integer, text[], boolean) IS
  'Items by code or its beginning (own, alias, short), by words, and only when those find nothing by likeness (slips of the keyboard).';

CREATE OR REPLACE FUNCTION where_used(p_code text, p_as_of timestamptz DEFAULT now(), p_max_levels integer DEFAULT 1)
RETURNS TABLE (level integer, parent_code text, parent_name text, revision integer, quantity_per numeric, unit_code text,
               quantity_total numeric, is_top_level boolean, lifecycle text)
LANGUAGE plpgsql STABLE ROWS 50 COST 1000
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  item record;
  frontier bigint[];
  seen bigint[] := '{}';
  distances integer[] := '{}';
  distance integer := 0;
  edge_parents bigint[] := '{}';
  edge_children bigint[] := '{}';
  edge_quantities numeric[] := '{}';
  found_parents bigint[];
  found_children bigint[];
  found_quantities numeric[];
  done bigint[] := '{}';
  totals numeric[] := '{}';
  visiting integer;
BEGIN
  SELECT * INTO item FROM require_item(p_code);

  -- Upwards, each user once. The item itself stands as 0, whether it is a part or an assembly.
  frontier := ARRAY[0::bigint];
  WHILE frontier IS NOT NULL LOOP
    distance := distance + 1;
    SELECT array_agg(r.assembly_id), array_agg(f.assembly_id), array_agg(c.quantity)
      INTO found_parents, found_children, found_quantities
      FROM unnest(frontier) AS f (assembly_id)
      JOIN LATERAL (
        SELECT * FROM assembly_components a
         WHERE a.child_assembly_id = CASE WHEN f.assembly_id = 0 THEN item.assembly_id ELSE f.assembly_id END
        UNION ALL
        SELECT * FROM assembly_components p WHERE p.child_part_id = item.part_id AND f.assembly_id = 0
      ) c ON true
      JOIN assembly_revisions r ON r.assembly_revision_id = c.assembly_revision_id
       AND r.state IN ('RELEASED', 'SUPERSEDED') AND r.effective_from <= p_as_of AND (r.effective_to IS NULL OR r.effective_to > p_as_of);
    SELECT array_agg(DISTINCT p) INTO frontier FROM unnest(found_parents) AS p WHERE p <> ALL (seen);
    seen := seen || frontier;
    distances := distances || array_fill(distance, ARRAY[coalesce(cardinality(frontier), 0)]);
    edge_parents := edge_parents || found_parents;
    edge_children := edge_children || found_children;
    edge_quantities := edge_quantities || found_quantities;
  END LOOP;

  -- Totals from the lowest users up: what a user holds is complete before its own users are counted.
  done := ARRAY[0::bigint];
  totals := ARRAY[1::numeric];
  FOR visiting IN
    SELECT DISTINCT a.low_level_code FROM unnest(seen) AS s (assembly_id) JOIN assemblies a USING (assembly_id) ORDER BY 1 DESC
  LOOP
    SELECT done || array_agg(n.parent_id), totals || array_agg(n.total)
      INTO done, totals
      FROM (SELECT e.parent_id, sum(e.quantity * t.total) AS total
              FROM unnest(edge_parents, edge_children, edge_quantities) AS e (parent_id, child_id, quantity)
              JOIN assemblies a ON a.assembly_id = e.parent_id AND a.low_level_code = visiting
              JOIN unnest(done, totals) AS t (assembly_id, total) ON t.assembly_id = e.child_id
             GROUP BY e.parent_id) n;
  END LOOP;

  RETURN QUERY
  SELECT s.distance, a.assembly_code, a.name, r.revision, direct.quantity, direct.unit_code, t.total,
         NOT EXISTS (
           SELECT FROM assembly_components c JOIN assembly_revisions u USING (assembly_revision_id)
            WHERE c.child_assembly_id = a.assembly_id AND u.state IN ('RELEASED', 'SUPERSEDED')
              AND u.effective_from <= p_as_of AND (u.effective_to IS NULL OR u.effective_to > p_as_of)),
         a.lifecycle
    FROM unnest(seen, distances) AS s (assembly_id, distance)
    JOIN assemblies a ON a.assembly_id = s.assembly_id
    JOIN assembly_revisions r ON r.assembly_revision_id = effective_revision_id(a.assembly_id, p_as_of)
    JOIN unnest(done, totals) AS t (assembly_id, total) ON t.assembly_id = s.assembly_id
    LEFT JOIN assembly_components direct ON direct.assembly_revision_id = r.assembly_revision_id
     AND (direct.child_assembly_id = item.assembly_id OR direct.child_part_id = item.part_id)
   WHERE p_max_levels IS NULL OR s.distance <= p_max_levels
   ORDER BY s.distance, a.assembly_code;
END;
$$;
COMMENT ON FUNCTION where_used(text, timestamptz, integer) IS
  'The assemblies that an item goes into at an instant: nearest first, with the quantity in the line (null when used only through '
  'others), the total over all paths in one of them, and whether it goes into nothing further. p_max_levels null: all levels.';

CREATE OR REPLACE FUNCTION refuse_long_structure(p_assembly_id bigint, p_as_of timestamptz, p_max_levels integer, p_max_lines integer) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  ids bigint[] := ARRAY[p_assembly_id];
  counts numeric[] := ARRAY[1];
  lines numeric := 0;
  added numeric;
  levels integer := 0;
BEGIN
  -- Paths are counted level by level over distinct assemblies, never walked one by one.
  WHILE ids IS NOT NULL AND levels < coalesce(p_max_levels, 2147483647) LOOP
    SELECT sum(n.lines), array_agg(n.child_id) FILTER (WHERE n.child_id IS NOT NULL), array_agg(n.lines) FILTER (WHERE n.child_id IS NOT NULL)
      INTO added, ids, counts
      FROM (SELECT c.child_assembly_id AS child_id, sum(i.n) AS lines
              FROM unnest(ids, counts) AS i (assembly_id, n)
              JOIN assembly_components c ON c.assembly_revision_id = effective_revision_id(i.assembly_id, p_as_of)
             GROUP BY c.child_assembly_id) n;
    lines := lines + coalesce(added, 0);
    levels := levels + 1;
  END LOOP;
  IF lines > p_max_lines THEN
    RAISE EXCEPTION 'The indented structure of % has % lines; at most % are listed.', assembly_code_of(p_assembly_id), lines, shown(p_max_lines)
      USING ERRCODE = 'TV022', HINT = 'Ask for fewer levels, or for each edge once: SELECT * FROM explode_structure(…).';
  END IF;
END;
$$;
COMMENT ON FUNCTION refuse_long_structure(bigint, timestamptz, integer, integer) IS 'Raises TV022 if the indented structure would have more lines than that.';

CREATE OR REPLACE FUNCTION assembly_structure(p_code text, p_as_of timestamptz DEFAULT now(), p_max_levels integer DEFAULT NULL)
RETURNS TABLE (level integer, kind text, code text, name text, quantity_per numeric, quantity_total numeric, unit_code text,
               revision integer, is_leaf boolean, is_optional boolean, scrap_percent numeric, note text, path text)
LANGUAGE plpgsql STABLE ROWS 100 COST 1000
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  top bigint := require_assembly(p_code);
BEGIN
  PERFORM refuse_long_structure(top, p_as_of, p_max_levels, 250000);
  RETURN QUERY
  WITH RECURSIVE tree AS (
    SELECT 1 AS level, c.*, c.quantity::numeric AS total, ARRAY[c.position::bigint, c.assembly_component_id] AS place,
           a.assembly_code::text AS above
      FROM assemblies a
      JOIN assembly_components c ON c.assembly_revision_id = effective_revision_id(a.assembly_id, p_as_of)
     WHERE a.assembly_id = top
    UNION ALL
    SELECT t.level + 1, c.*, t.total * c.quantity, t.place || c.position::bigint || c.assembly_component_id,
           t.above || ' > ' || a.assembly_code
      FROM tree t
      JOIN assemblies a ON a.assembly_id = t.child_assembly_id
      JOIN assembly_components c ON c.assembly_revision_id = effective_revision_id(t.child_assembly_id, p_as_of)
     WHERE p_max_levels IS NULL OR t.level < p_max_levels
  )
  SELECT t.level, CASE WHEN a.assembly_id IS NULL THEN 'PART' ELSE 'ASSEMBLY' END, coalesce(a.assembly_code, p.part_number),
         coalesce(a.name, p.name), t.quantity, t.total, t.unit_code, r.revision,
         NOT EXISTS (SELECT FROM assembly_components c WHERE c.assembly_revision_id = r.assembly_revision_id),
         t.is_optional, t.scrap_percent, t.note, t.above
    FROM tree t
    LEFT JOIN assemblies a ON a.assembly_id = t.child_assembly_id
    LEFT JOIN assembly_revisions r ON r.assembly_revision_id = effective_revision_id(a.assembly_id, p_as_of)
    LEFT JOIN parts p ON p.part_id = t.child_part_id
   ORDER BY t.place;
END;
$$;
COMMENT ON FUNCTION assembly_structure(text, timestamptz, integer) IS
  'What an assembly is made of at an instant, indented: one line per use, in order, with the quantity per parent and in one of the whole.';

CREATE OR REPLACE FUNCTION roll_up_assembly(p_code text, p_as_of timestamptz DEFAULT now())
RETURNS TABLE (assembly_code text, name text, revision integer, material_cost numeric, labour_hours numeric, weight_kg numeric,
               lead_time_days integer, line_count bigint, depth integer, leaves_without_cost bigint, leaves_without_weight bigint)
LANGUAGE plpgsql STABLE ROWS 1 COST 1000
SET search_path = pg_catalog, public, pg_temp
SET jit = off
AS $$
DECLARE
  top assemblies;
  ids bigint[];
  plain numeric[] := ARRAY[1];
  loaded numeric[] := ARRAY[1];
  leads integer[] := ARRAY[0];
  depths integer[] := ARRAY[0];
  next_ids bigint[];
  next_plain numeric[];
  next_loaded numeric[];
  next_leads integer[];
  next_depths integer[];
  part_ids bigint[];
  part_plain numeric[];
  part_loaded numeric[];
  part_leads integer[];
  here record;
  visiting integer;
BEGIN
  PERFORM require_permission('catalogue:read');
  SELECT * INTO top FROM assemblies a WHERE a.assembly_id = require_assembly(p_code);
  ids := ARRAY[top.assembly_id];
  material_cost := 0; labour_hours := 0; weight_kg := 0; lead_time_days := 0; line_count := 0; depth := 0;
  leaves_without_cost := 0; leaves_without_weight := 0;

  -- Downwards by low-level code, as explode_structure does; beside the plain quantity goes one that includes the loss of every
  -- level above, and the days already spent above.
  WHILE ids IS NOT NULL LOOP
    SELECT min(a.low_level_code) INTO visiting FROM unnest(ids) AS i (assembly_id) JOIN assemblies a USING (assembly_id);

    WITH node AS MATERIALIZED (
      SELECT a.assembly_id, a.standard_cost, a.labour_hours, a.weight_kg, n.plain, n.loaded, n.depth,
             n.lead + coalesce(a.lead_time_days, 0) AS lead, r.assembly_revision_id AS revision_id
        FROM (SELECT i.assembly_id, sum(i.plain) AS plain, sum(i.loaded) AS loaded, max(i.lead) AS lead, max(i.depth) AS depth
                FROM unnest(ids, plain, loaded, leads, depths) AS i (assembly_id, plain, loaded, lead, depth)
               GROUP BY i.assembly_id) n
        JOIN assemblies a ON a.assembly_id = n.assembly_id AND a.low_level_code = visiting
        LEFT JOIN assembly_revisions r ON r.assembly_id = a.assembly_id AND r.state IN ('RELEASED', 'SUPERSEDED')
         AND r.effective_from <= p_as_of AND (r.effective_to IS NULL OR r.effective_to > p_as_of)
    ), edge AS MATERIALIZED (
      SELECT n.assembly_id, c.child_assembly_id, c.child_part_id, n.plain * c.quantity AS plain,
             n.loaded * c.quantity * (1 + c.scrap_percent / 100) AS loaded, n.lead, n.depth + 1 AS depth
        FROM node n JOIN assembly_components c ON c.assembly_revision_id = n.revision_id
    )
    SELECT own.*, below.* INTO here
      FROM (SELECT sum(n.loaded * n.standard_cost) AS cost, sum(n.loaded * n.labour_hours) AS hours, sum(n.plain * n.weight_kg) AS weight,
                   max(n.lead) AS lead,
                   count(*) FILTER (WHERE n.standard_cost IS NULL AND n.assembly_id NOT IN (SELECT e.assembly_id FROM edge e)) AS costless,
                   count(*) FILTER (WHERE n.weight_kg IS NULL AND n.assembly_id NOT IN (SELECT e.assembly_id FROM edge e)) AS weightless
              FROM node n) own,
           (SELECT count(*) AS lines, max(e.depth) AS depth,
                   array_agg(e.child_assembly_id) FILTER (WHERE e.child_assembly_id IS NOT NULL) AS ids,
                   array_agg(e.plain) FILTER (WHERE e.child_assembly_id IS NOT NULL) AS plain,
                   array_agg(e.loaded) FILTER (WHERE e.child_assembly_id IS NOT NULL) AS loaded,
                   array_agg(e.lead) FILTER (WHERE e.child_assembly_id IS NOT NULL) AS leads,
                   array_agg(e.depth) FILTER (WHERE e.child_assembly_id IS NOT NULL) AS depths,
                   array_agg(e.child_part_id) FILTER (WHERE e.child_part_id IS NOT NULL) AS part_ids,
                   array_agg(e.plain) FILTER (WHERE e.child_part_id IS NOT NULL) AS part_plain,
                   array_agg(e.loaded) FILTER (WHERE e.child_part_id IS NOT NULL) AS part_loaded,
                   array_agg(e.lead) FILTER (WHERE e.child_part_id IS NOT NULL) AS part_leads
              FROM edge e) below;

    material_cost := material_cost + coalesce(here.cost, 0);
    labour_hours := labour_hours + coalesce(here.hours, 0);
    weight_kg := weight_kg + coalesce(here.weight, 0);
    lead_time_days := greatest(lead_time_days, here.lead);
    line_count := line_count + here.lines;
    depth := greatest(depth, here.depth);
    leaves_without_cost := leaves_without_cost + here.costless;
    leaves_without_weight := leaves_without_weight + here.weightless;
    part_ids := part_ids || here.part_ids;
    part_plain := part_plain || here.part_plain;
    part_loaded := part_loaded || here.part_loaded;
    part_leads := part_leads || here.part_leads;

    SELECT array_agg(i.assembly_id), array_agg(i.plain), array_agg(i.loaded), array_agg(i.lead), array_agg(i.depth)
      INTO next_ids, next_plain, next_loaded, next_leads, next_depths
      FROM unnest(ids, plain, loaded, leads, depths) AS i (assembly_id, plain, loaded, lead, depth)
      JOIN assemblies a ON a.assembly_id = i.assembly_id AND a.low_level_code > visiting;
    ids := next_ids || here.ids;
    plain := next_plain || here.plain;
    loaded := next_loaded || here.loaded;
    leads := next_leads || here.leads;
    depths := next_depths || here.depths;
  END LOOP;

  SELECT coalesce(sum(n.loaded * p.standard_cost), 0) AS cost, coalesce(sum(n.plain * p.weight_kg), 0) AS weight,
         max(n.lead + coalesce(p.lead_time_days, 0)) AS lead,
         count(*) FILTER (WHERE p.standard_cost IS NULL) AS costless, count(*) FILTER (WHERE p.weight_kg IS NULL) AS weightless
    INTO here
    FROM (SELECT i.part_id, sum(i.plain) AS plain, sum(i.loaded) AS loaded, max(i.lead) AS lead
            FROM unnest(part_ids, part_plain, part_loaded, part_leads) AS i (part_id, plain, loaded, lead)
           GROUP BY i.part_id) n
    JOIN parts p ON p.part_id = n.part_id;

  assembly_code := top.assembly_code;
  name := top.name;
  revision := (SELECT r.revision FROM assembly_revisions r WHERE r.assembly_revision_id = effective_revision_id(top.assembly_id, p_as_of));
  material_cost := CASE WHEN has_permission('price:read') THEN round(material_cost + here.cost, 4) END;
  labour_hours := round(labour_hours, 4);
  weight_kg := round(weight_kg + here.weight, 4);
  lead_time_days := greatest(lead_time_days, here.lead);
  leaves_without_cost := leaves_without_cost + here.costless;
  leaves_without_weight := leaves_without_weight + here.weightless;
  RETURN NEXT;
END;
$$;
COMMENT ON FUNCTION roll_up_assembly(text, timestamptz) IS
  'Cost (with expected loss; only for those who may see it), hours, weight, lead time along the longest path, distinct lines and depth of one assembly at an instant; '
  'items that have no cost or weight and no components are counted, since the sums lack them.';
