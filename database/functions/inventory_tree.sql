-- Catalogue: what an assembly is made of, branch by branch, as somebody reads it who opens one line after the other.

CREATE OR REPLACE FUNCTION catalogue_place(p_code text, p_path text, p_as_of timestamptz, OUT assembly_id bigint, OUT quantity numeric, OUT depth integer)
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  step text;
  line assembly_components;
BEGIN
  assembly_id := require_assembly(p_code);
  quantity := 1;
  depth := 0;
  FOREACH step IN ARRAY string_to_array(coalesce(p_path, ''), '.') LOOP
    line := NULL;
    IF step ~ '^[0-9]{1,18}$' THEN
      SELECT * INTO line FROM assembly_components c WHERE c.assembly_component_id = step::bigint AND c.assembly_revision_id = effective_revision_id(assembly_id, p_as_of);
    END IF;
    IF line.child_assembly_id IS NULL THEN
      RAISE EXCEPTION 'Assembly % has no assembly at %.', shown(p_code), shown(p_path) USING ERRCODE = 'TV022', COLUMN = 'under', HINT = 'Give keys of components from the assembly down; the structure may have changed meanwhile.';
    END IF;
    assembly_id := line.child_assembly_id;
    quantity := quantity * line.quantity;
    depth := depth + 1;
  END LOOP;
END;
$$;
COMMENT ON FUNCTION catalogue_place(text, text, timestamptz) IS 'The assembly at a path of components below another one, how many of it there are on this way, and the depth of its own components; nothing is the assembly itself.';

CREATE OR REPLACE FUNCTION catalogue_branches(p_code text, p_open text[] DEFAULT '{}', p_under text DEFAULT NULL, p_after integer DEFAULT NULL, p_limit integer DEFAULT 100, p_as_of timestamptz DEFAULT now())
RETURNS TABLE (path text, depth integer, line_number bigint, item_code text, item_name text, is_assembly boolean, quantity_above numeric, quantity_per numeric, quantity numeric,
  unit_code text, component_count bigint, is_open boolean, revision integer, lifecycle text, is_optional boolean, scrap_percent numeric, note text, more_count bigint)
LANGUAGE plpgsql STABLE ROWS 100
SET search_path = pg_catalog, public, pg_temp
SET jit = off
AS $$
DECLARE
  begun record;
BEGIN
  PERFORM require_limit(p_limit);
  SELECT * INTO begun FROM catalogue_place(p_code, p_under, p_as_of);
  RETURN QUERY
  WITH RECURSIVE tree AS (
    SELECT ARRAY[c.place] AS steps, concat_ws('.', nullif(p_under, ''), c.assembly_component_id) AS path, begun.depth AS depth, begun.quantity AS above, c.place, c.siblings, c.assembly_component_id,
           c.child_assembly_id, begun.quantity * c.quantity AS quantity, concat_ws('.', nullif(p_under, ''), c.assembly_component_id) = ANY (p_open) AS is_open
      FROM (SELECT e.*, row_number() OVER (ORDER BY e.position, e.assembly_component_id) AS place, count(*) OVER () AS siblings
              FROM assembly_components e WHERE e.assembly_revision_id = effective_revision_id(begun.assembly_id, p_as_of)) c
     WHERE c.place > coalesce(p_after, 0) AND c.place <= coalesce(p_after, 0) + p_limit
    UNION ALL
    SELECT t.steps || c.place, t.path || '.' || c.assembly_component_id, t.depth + 1, t.quantity, c.place, c.siblings, c.assembly_component_id,
           c.child_assembly_id, t.quantity * c.quantity, t.path || '.' || c.assembly_component_id = ANY (p_open)
      FROM tree t
      CROSS JOIN LATERAL (SELECT e.*, row_number() OVER (ORDER BY e.position, e.assembly_component_id) AS place, count(*) OVER () AS siblings
                            FROM assembly_components e WHERE e.assembly_revision_id = effective_revision_id(t.child_assembly_id, p_as_of)) c
     WHERE t.is_open AND t.child_assembly_id IS NOT NULL AND c.place <= p_limit
  ), shown AS (
    SELECT t.* FROM tree t LIMIT 2000
  )
  SELECT s.path, s.depth, s.place, coalesce(a.assembly_code, p.part_number)::text, coalesce(a.name, p.name), a.assembly_id IS NOT NULL, trim_scale(s.above), trim_scale(c.quantity), trim_scale(s.quantity),
         c.unit_code::text, coalesce(n.components, 0), coalesce(s.is_open AND n.components > 0, false), r.revision, coalesce(a.lifecycle, p.lifecycle), c.is_optional, trim_scale(c.scrap_percent), c.note,
         CASE WHEN s.place = coalesce(CASE WHEN s.depth = begun.depth THEN p_after END, 0) + p_limit THEN s.siblings - s.place ELSE 0 END
    FROM shown s
    JOIN assembly_components c USING (assembly_component_id)
    LEFT JOIN assemblies a ON a.assembly_id = c.child_assembly_id
    LEFT JOIN parts p ON p.part_id = c.child_part_id
    LEFT JOIN assembly_revisions r ON r.assembly_revision_id = effective_revision_id(a.assembly_id, p_as_of)
    LEFT JOIN LATERAL (SELECT count(*) AS components FROM assembly_components k WHERE k.assembly_revision_id = r.assembly_revision_id) n ON true
   ORDER BY s.steps;
END;
$$;
COMMENT ON FUNCTION catalogue_branches(text, text[], text, integer, integer, timestamptz) IS
  'What an assembly is made of at an instant as a tree of which only p_open is open: paths of assembly_component_id from the assembly down. With p_under only what is below one path, with p_after '
  'from a place on. Each line has its arithmetic (quantity_above × quantity_per = quantity in one of the whole), how many components are below it, and, where a branch is longer than p_limit, how many follow.';
