-- Structure: explosion of assemblies into the graph of their components.
--
-- The graph holds each distinct (parent, component) edge once, with the quantity per parent and the total over all paths.
-- Assemblies are visited in the order of their low-level codes, so that an assembly's total is complete before its own
-- components are multiplied: the work grows with the edges, never with the number of paths.

CREATE OR REPLACE FUNCTION explode_structure(
  p_assembly_ids bigint[],
  p_quantities numeric[],
  p_as_of timestamptz DEFAULT now(),
  p_replaced_parents bigint[] DEFAULT '{}',
  p_replaced_codes text[] DEFAULT '{}'
) RETURNS TABLE (
  parent_assembly_id bigint, child_assembly_id bigint, child_part_id bigint, depth integer,
  quantity_per numeric, quantity_total numeric, unit_code text, scrap_percent numeric,
  component_position integer, note text, replaced_by integer
)
LANGUAGE plpgsql STABLE ROWS 150
SET search_path = pg_catalog, public, pg_temp
-- Honest row counts are not available inside the loop; nested loops over the component index win at every size measured.
SET plan_cache_mode = force_generic_plan
SET enable_hashjoin = off
SET enable_mergejoin = off
SET jit = off
AS $$
DECLARE
  has_replacements boolean := cardinality(p_replaced_parents) > 0;
  edges structure_edge[];
  graph structure_edge[] := '{}';
  pending structure_node[];
  visiting integer;
  lost boolean;
BEGIN
  SELECT array_agg(ROW(a.assembly_id, a.low_level_code, given.quantity, 1)::structure_node), min(a.low_level_code)
    INTO pending, visiting
    FROM unnest(p_assembly_ids, p_quantities) AS given (assembly_id, quantity)
    JOIN assemblies a ON a.assembly_id = given.assembly_id;

  WHILE pending IS NOT NULL LOOP
    SELECT array_agg(ROW(
             parent.assembly_id, c.child_assembly_id, c.child_part_id, parent.depth,
             c.quantity, (parent.quantity * c.quantity)::numeric(18, 4), c.unit_code, c.scrap_percent, c.position, c.note,
             CASE WHEN has_replacements THEN replacement_of(parent.assembly_id, c.child_assembly_id, c.child_part_id, p_replaced_parents, p_replaced_codes) END,
             child.low_level_code)::structure_edge
             ORDER BY parent.assembly_id, c.position, c.assembly_component_id)
      INTO edges
      FROM (SELECT n.assembly_id, sum(n.quantity)::numeric(18, 4) AS quantity, max(n.depth) AS depth
              FROM unnest(pending) n WHERE n.low_level_code = visiting GROUP BY n.assembly_id) parent
      JOIN assembly_revisions r
        ON r.assembly_id = parent.assembly_id AND r.state IN ('RELEASED', 'SUPERSEDED')
       AND r.effective_from <= p_as_of AND (r.effective_to IS NULL OR r.effective_to > p_as_of)
      JOIN assembly_components c ON c.assembly_revision_id = r.assembly_revision_id
      LEFT JOIN assemblies child ON child.assembly_id = c.child_assembly_id;
    graph := graph || coalesce(edges, '{}');

    SELECT array_agg(ROW(n.assembly_id, n.low_level_code, n.quantity, n.depth)::structure_node), min(n.low_level_code), bool_or(n.low_level_code <= visiting)
      INTO pending, visiting, lost
      FROM (SELECT p.assembly_id, p.low_level_code, p.quantity, p.depth FROM unnest(pending) p WHERE p.low_level_code > visiting
            UNION ALL
            SELECT e.child_assembly_id, e.low_level_code, e.quantity_total, e.depth + 1
              FROM unnest(edges) e WHERE e.child_assembly_id IS NOT NULL AND e.replaced_by IS NULL) n;
    IF lost THEN
      RAISE EXCEPTION 'The levels of the product structure are out of order.' USING ERRCODE = 'TV001', HINT = 'SELECT recompute_low_level_codes();';
    END IF;
  END LOOP;

  IF EXISTS (SELECT FROM unnest(graph) e WHERE e.quantity_total = 0) THEN
    RAISE EXCEPTION 'The total quantity of a component is too small to be counted (less than 0.0001).'
      USING ERRCODE = 'TV022', HINT = 'Count the component in a smaller unit, for example millimetres in place of metres.';
  END IF;
  RETURN QUERY
    SELECT e.parent_assembly_id, e.child_assembly_id, e.child_part_id, e.depth, e.quantity_per, e.quantity_total,
           e.unit_code, e.scrap_percent, e.component_position, e.note, e.replaced_by
      FROM unnest(graph) e;
EXCEPTION WHEN numeric_value_out_of_range THEN
  RAISE EXCEPTION 'The total quantity of a component is too large to be stored (14 digits before the point).'
    USING ERRCODE = 'TV022', HINT = 'Check the quantities along the structure: a unit may be wrong, for example millimetres counted as pieces.';
END;
$$;
COMMENT ON FUNCTION explode_structure(bigint[], numeric[], timestamptz, bigint[], text[]) IS
  'The graph below the given assemblies at an instant: each distinct edge once, quantities per parent and in total over all paths. '
  'An edge from one of p_replaced_parents to the item named by the p_replaced_codes at the same place is returned with replaced_by set and not followed (product.md R33, R34).';

CREATE OR REPLACE FUNCTION replacement_of(
  p_parent_id bigint, p_child_assembly_id bigint, p_child_part_id bigint, p_replaced_parents bigint[], p_replaced_codes text[]
) RETURNS integer
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  RETURN (
    SELECT w.ordinal::integer
      FROM unnest(p_replaced_parents, p_replaced_codes) WITH ORDINALITY AS w (parent_id, code, ordinal)
      JOIN item_codes ic ON ic.item_code = w.code
     WHERE w.parent_id = p_parent_id AND (ic.assembly_id = p_child_assembly_id OR ic.part_id = p_child_part_id)
     ORDER BY w.ordinal LIMIT 1);
END;
$$;
COMMENT ON FUNCTION replacement_of(bigint, bigint, bigint, bigint[], text[]) IS 'Place in the list of replacements of the one that acts on a component inside a parent; null if none does.';

CREATE OR REPLACE FUNCTION roll_up_structure(p_assembly_ids bigint[], p_quantities numeric[], p_as_of timestamptz DEFAULT now())
RETURNS TABLE (assembly_id bigint, part_id bigint, quantity numeric)
LANGUAGE plpgsql STABLE ROWS 100
SET search_path = pg_catalog, public, pg_temp
SET jit = off
AS $$
DECLARE
  ids bigint[];
  quantities numeric[];
  levels integer[];
  here record;
  below record;
  visited bigint[] := '{}';
  totals numeric[] := '{}';
  visiting integer;
BEGIN
  SELECT array_agg(a.assembly_id), array_agg(given.quantity), array_agg(a.low_level_code) INTO ids, quantities, levels
    FROM unnest(p_assembly_ids, p_quantities) AS given (assembly_id, quantity)
    JOIN assemblies a ON a.assembly_id = given.assembly_id;

  -- First the assemblies alone, each once, in the order of their low-level codes; most components are parts and can wait.
  WHILE ids IS NOT NULL LOOP
    SELECT min(l) INTO visiting FROM unnest(levels) AS l;
    SELECT array_agg(n.id) AS ids, array_agg(n.quantity) AS quantities INTO here
      FROM (SELECT w.id, sum(w.quantity) AS quantity
              FROM unnest(ids, quantities, levels) AS w (id, quantity, level) WHERE w.level = visiting GROUP BY w.id) n;
    visited := visited || here.ids;
    totals := totals || here.quantities;

    SELECT array_agg(e.id) AS ids, array_agg(e.quantity) AS quantities, array_agg(a.low_level_code) AS levels INTO below
      FROM (SELECT c.child_assembly_id AS id, sum(n.quantity * c.quantity) AS quantity
              FROM unnest(here.ids, here.quantities) AS n (id, quantity)
              JOIN assembly_revisions r
                ON r.assembly_id = n.id AND r.state IN ('RELEASED', 'SUPERSEDED')
               AND r.effective_from <= p_as_of AND (r.effective_to IS NULL OR r.effective_to > p_as_of)
              JOIN assembly_components c ON c.assembly_revision_id = r.assembly_revision_id AND c.child_assembly_id IS NOT NULL
             GROUP BY c.child_assembly_id) e
      JOIN assemblies a ON a.assembly_id = e.id;
    SELECT array_agg(w.id) || below.ids, array_agg(w.quantity) || below.quantities, array_agg(w.level) || below.levels
      INTO ids, quantities, levels
      FROM unnest(ids, quantities, levels) AS w (id, quantity, level) WHERE w.level > visiting;
  END LOOP;

  -- Then everything that ends here, at once. EXECUTE plans it for the number of assemblies there really are: a few are looked
  -- up one by one, thousands are hashed.
  RETURN QUERY EXECUTE $leaves$
    SELECT CASE WHEN c.assembly_component_id IS NULL THEN n.id END, c.child_part_id, sum(n.quantity * coalesce(c.quantity, 1))::numeric(18, 4)
      FROM unnest($1, $2) AS n (id, quantity)
      LEFT JOIN assembly_revisions r
        ON r.assembly_id = n.id AND r.state IN ('RELEASED', 'SUPERSEDED')
       AND r.effective_from <= $3 AND (r.effective_to IS NULL OR r.effective_to > $3)
      LEFT JOIN assembly_components c ON c.assembly_revision_id = r.assembly_revision_id
     WHERE c.child_assembly_id IS NULL
     GROUP BY 1, 2$leaves$ USING visited, totals, p_as_of;
EXCEPTION WHEN numeric_value_out_of_range THEN
  RAISE EXCEPTION 'The total quantity of a component is too large to be stored (14 digits before the point).'
    USING ERRCODE = 'TV022', HINT = 'Check the quantities along the structure: a unit may be wrong, for example millimetres counted as pieces.';
END;
$$;
COMMENT ON FUNCTION roll_up_structure(bigint[], numeric[], timestamptz) IS
  'What the given assemblies are made of in the end, at an instant: each item without components once (assembly_id or part_id), with its total over all paths.';
