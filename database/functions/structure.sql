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
SET search_path = pg_catalog, public
-- Honest row counts are not available inside the loop; nested loops over the component index win at every size measured.
SET enable_hashjoin = off
SET enable_mergejoin = off
SET jit = off
AS $$
DECLARE
  edges structure_edge[];
  pending structure_node[];
  rest structure_node[];
  visiting integer;
BEGIN
  SELECT array_agg(ROW(a.assembly_id, a.low_level_code, given.quantity, 1)::structure_node)
    INTO pending
    FROM unnest(p_assembly_ids, p_quantities) AS given (assembly_id, quantity)
    JOIN assemblies a ON a.assembly_id = given.assembly_id;

  WHILE pending IS NOT NULL LOOP
    SELECT min(low_level_code) INTO visiting FROM unnest(pending);

    SELECT array_agg(ROW(
             parent.assembly_id, c.child_assembly_id, c.child_part_id, parent.depth,
             c.quantity, (parent.quantity * c.quantity)::numeric(18, 4), c.unit_code, c.scrap_percent, c.position, c.note,
             replacement.ordinal, child.low_level_code)::structure_edge
             ORDER BY parent.assembly_id, c.position, c.assembly_component_id)
      INTO edges
      FROM (SELECT n.assembly_id, sum(n.quantity)::numeric(18, 4) AS quantity, max(n.depth) AS depth
              FROM unnest(pending) n WHERE n.low_level_code = visiting GROUP BY n.assembly_id) parent
      JOIN assembly_revisions r
        ON r.assembly_id = parent.assembly_id AND r.state IN ('RELEASED', 'SUPERSEDED')
       AND r.effective_from <= p_as_of AND (r.effective_to IS NULL OR r.effective_to > p_as_of)
      JOIN assembly_components c ON c.assembly_revision_id = r.assembly_revision_id
      LEFT JOIN assemblies child ON child.assembly_id = c.child_assembly_id
      LEFT JOIN LATERAL (
        SELECT w.ordinal::integer
          FROM unnest(p_replaced_parents, p_replaced_codes) WITH ORDINALITY AS w (parent_id, code, ordinal)
          JOIN item_codes ic ON ic.item_code = w.code
         WHERE w.parent_id = parent.assembly_id
           AND (ic.assembly_id = c.child_assembly_id OR ic.part_id = c.child_part_id)
         LIMIT 1
      ) replacement ON cardinality(p_replaced_parents) > 0;

    SELECT array_agg(n) INTO rest FROM unnest(pending) n WHERE n.low_level_code > visiting;

    RETURN QUERY
      SELECT e.parent_assembly_id, e.child_assembly_id, e.child_part_id, e.depth, e.quantity_per, e.quantity_total,
             e.unit_code, e.scrap_percent, e.component_position, e.note, e.replaced_by
        FROM unnest(edges) e;

    SELECT rest || array_agg(ROW(e.child_assembly_id, e.low_level_code, e.quantity_total, e.depth + 1)::structure_node)
      INTO pending
      FROM unnest(edges) e
     WHERE e.child_assembly_id IS NOT NULL AND e.replaced_by IS NULL;
  END LOOP;
EXCEPTION WHEN numeric_value_out_of_range THEN
  RAISE EXCEPTION 'The total quantity of a component is too large to be stored (14 digits before the point).'
    USING ERRCODE = 'TV022', HINT = 'Check the quantities along the structure: a unit may be wrong, for example millimetres counted as pieces.';
END;
$$;
COMMENT ON FUNCTION explode_structure(bigint[], numeric[], timestamptz, bigint[], text[]) IS
  'The graph below the given assemblies at an instant: each distinct edge once, quantities per parent and in total over all paths. '
  'An edge from one of p_replaced_parents to the item named by the p_replaced_codes at the same place is returned with replaced_by set and not followed (product.md R33, R34).';
