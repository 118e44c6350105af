-- Inventory: levels and cycles of the product structure.

CREATE OR REPLACE FUNCTION cycle_in(p_parents bigint[], p_children bigint[]) RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  walk bigint[] := ARRAY[p_parents[1]];
  above bigint;
BEGIN
  -- Every parent left over is also a child, so the walk upwards ends only by meeting itself.
  LOOP
    SELECT min(e.parent_id) INTO above
      FROM unnest(p_parents, p_children) AS e (parent_id, child_id) WHERE e.child_id = walk[1];
    EXIT WHEN above = ANY (walk);
    walk := above || walk;
  END LOOP;
  walk := above || walk[1:array_position(walk, above)];
  RETURN (SELECT string_agg(a.assembly_code, ' → ' ORDER BY w.place)
            FROM unnest(walk) WITH ORDINALITY AS w (assembly_id, place) JOIN assemblies a USING (assembly_id));
END;
$$;
COMMENT ON FUNCTION cycle_in(bigint[], bigint[]) IS 'One cycle of a set of edges in which every parent is also a child, as text A → B → A.';

CREATE OR REPLACE FUNCTION levels_of(p_assembly_ids bigint[], p_levels integer[], p_parents bigint[], p_children bigint[])
RETURNS TABLE (assembly_id bigint, level integer)
LANGUAGE plpgsql STABLE ROWS 1000
SET search_path = pg_catalog, public, pg_temp
-- The arrays may hold a hundred thousand edges; a plan made for ten would be quadratic.
SET plan_cache_mode = force_custom_plan
SET enable_nestloop = off
SET jit = off
AS $$
DECLARE
  ids bigint[] := p_assembly_ids;
  levels integer[] := p_levels;
  parents bigint[] := p_parents;
  children bigint[] := p_children;
  settled bigint[];
BEGIN
  WHILE parents IS NOT NULL LOOP
    SELECT array_agg(top.id) INTO settled
      FROM (SELECT unnest(parents) AS id EXCEPT SELECT unnest(children)) top;
    IF settled IS NULL THEN
      RAISE EXCEPTION 'An assembly would contain itself: %.', cycle_in(parents, children)
        USING ERRCODE = 'TV001', HINT = 'Remove one of these components; drafts count too until they are withdrawn.';
    END IF;

    SELECT array_agg(n.id), array_agg(greatest(n.level, pushed.level))
      INTO ids, levels
      FROM unnest(ids, levels) AS n (id, level)
      LEFT JOIN (
        SELECT e.child_id, max(p.level) + 1 AS level
          FROM unnest(parents, children) AS e (parent_id, child_id)
          JOIN unnest(settled) AS s (id) ON s.id = e.parent_id
          JOIN unnest(ids, levels) AS p (id, level) ON p.id = e.parent_id
         GROUP BY e.child_id
      ) pushed ON pushed.child_id = n.id;

    SELECT array_agg(e.parent_id), array_agg(e.child_id)
      INTO parents, children
      FROM unnest(parents, children) AS e (parent_id, child_id)
      LEFT JOIN unnest(settled) AS s (id) ON s.id = e.parent_id
     WHERE s.id IS NULL;
  END LOOP;
  RETURN QUERY SELECT * FROM unnest(ids, levels);
END;
$$;
COMMENT ON FUNCTION levels_of(bigint[], integer[], bigint[], bigint[]) IS
  'Raises the given levels until every child lies below its parents, peeling the graph from the top; raises TV001 naming a cycle.';

CREATE OR REPLACE FUNCTION settle_low_level_codes(p_parents bigint[], p_children bigint[]) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
SET jit = off
AS $$
DECLARE
  ids bigint[];
  levels integer[];
  parents bigint[];
  children bigint[];
BEGIN
  -- A cycle has at least one edge that does not go down, and the trigger passes all of those:
  -- the whole cycle lies below their children.
  WITH RECURSIVE below (assembly_id) AS (
    SELECT unnest(p_children)
    UNION
    SELECT c.child_assembly_id
      FROM below b
      JOIN assembly_revisions r ON r.assembly_id = b.assembly_id AND r.state <> 'WITHDRAWN'
      JOIN assembly_components c ON c.assembly_revision_id = r.assembly_revision_id
     WHERE c.child_assembly_id IS NOT NULL
  )
  SELECT array_agg(b.assembly_id) INTO ids FROM below b;

  SELECT array_agg(a.assembly_id), array_agg(greatest(a.low_level_code, pushed.level))
    INTO ids, levels
    FROM unnest(ids) AS b (assembly_id)
    JOIN assemblies a ON a.assembly_id = b.assembly_id
    LEFT JOIN (
      SELECT e.child_id, max(parent.low_level_code) + 1 AS level
        FROM unnest(p_parents, p_children) AS e (parent_id, child_id)
        JOIN assemblies parent ON parent.assembly_id = e.parent_id
       GROUP BY e.child_id
    ) pushed ON pushed.child_id = a.assembly_id;

  SELECT array_agg(e.parent_id), array_agg(e.child_id) INTO parents, children
    FROM (SELECT DISTINCT r.assembly_id AS parent_id, c.child_assembly_id AS child_id
            FROM unnest(ids) AS b (assembly_id)
            JOIN assembly_revisions r ON r.assembly_id = b.assembly_id AND r.state <> 'WITHDRAWN'
            JOIN assembly_components c ON c.assembly_revision_id = r.assembly_revision_id
           WHERE c.child_assembly_id IS NOT NULL) e;

  UPDATE assemblies a SET low_level_code = l.level
    FROM levels_of(ids, levels, parents, children) l
   WHERE a.assembly_id = l.assembly_id AND a.low_level_code <> l.level;
END;
$$;
COMMENT ON FUNCTION settle_low_level_codes(bigint[], bigint[]) IS
  'Makes low-level codes true again after these edges were added; raises TV001 if one of them closes a cycle.';

CREATE OR REPLACE FUNCTION recompute_low_level_codes() RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
SET jit = off
AS $$
DECLARE
  ids bigint[];
  parents bigint[];
  children bigint[];
  changed bigint;
BEGIN
  PERFORM lock_structure();
  SELECT array_agg(a.assembly_id) INTO ids FROM assemblies a;
  SELECT array_agg(e.parent_id), array_agg(e.child_id) INTO parents, children
    FROM (SELECT DISTINCT r.assembly_id AS parent_id, c.child_assembly_id AS child_id
            FROM assembly_revisions r JOIN assembly_components c USING (assembly_revision_id)
           WHERE r.state <> 'WITHDRAWN' AND c.child_assembly_id IS NOT NULL) e;
  UPDATE assemblies a SET low_level_code = l.level
    FROM levels_of(ids, array_fill(0, ARRAY[coalesce(cardinality(ids), 0)]), parents, children) l
   WHERE a.assembly_id = l.assembly_id AND a.low_level_code <> l.level;
  GET DIAGNOSTICS changed = ROW_COUNT;
  RETURN changed;
END;
$$;
COMMENT ON FUNCTION recompute_low_level_codes() IS
  'Computes all low-level codes from nothing and returns how many changed. The trigger only ever raises them; this also lowers.';
