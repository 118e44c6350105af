-- Inventory: codes and what they name, revisions and their release, the structure's levels, search, where-used, roll-up.
--
-- SQLSTATEs used here are listed at the top of core_functions.sql.

-- Codes ------------------------------------------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION clean_code(p_code text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, public
AS $$ SELECT upper(btrim(p_code, E' \t\r\n\u00a0') COLLATE "C") $$;
COMMENT ON FUNCTION clean_code(text) IS 'A code as it is stored: without blanks around it, upper case.';

CREATE OR REPLACE FUNCTION bare_code(p_code text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, public
AS $$ SELECT CASE WHEN c LIKE 'ASSY-_%' THEN substr(c, 6) ELSE c END FROM clean_code(p_code) AS c $$;
COMMENT ON FUNCTION bare_code(text) IS 'A cleaned code without the prefix ASSY-, which paperwork never shows.';

CREATE OR REPLACE FUNCTION assembly_code_of(p_assembly_id bigint) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, public
AS $$ SELECT a.assembly_code FROM assemblies a WHERE a.assembly_id = p_assembly_id $$;
COMMENT ON FUNCTION assembly_code_of(bigint) IS 'Code of an assembly.';

CREATE OR REPLACE FUNCTION refuse_taken_code(p_code text) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public
AS $$
DECLARE
  owner record;
BEGIN
  SELECT ic.code_kind, coalesce('assembly ' || a.assembly_code, 'part ' || p.part_number) AS item
    INTO owner
    FROM item_codes ic LEFT JOIN assemblies a USING (assembly_id) LEFT JOIN parts p USING (part_id)
   WHERE ic.item_code = p_code;
  IF owner.item IS NULL THEN
    RETURN;
  END IF;
  RAISE EXCEPTION 'The code "%" already names %.', p_code, owner.item
    USING ERRCODE = 'TV002',
          HINT = CASE owner.code_kind WHEN 'PRIMARY' THEN 'One code names one item: choose another code, or change that item.'
                 ELSE 'It is an alias: delete its row from item_codes first, or choose another code.' END;
END;
$$;
COMMENT ON FUNCTION refuse_taken_code(text) IS 'Raises TV002 if the code names an item already.';

CREATE OR REPLACE FUNCTION resolve_item(p_code text)
RETURNS TABLE (item_kind text, assembly_id bigint, part_id bigint, item_code text, name text, lifecycle text, matched_as text)
LANGUAGE sql STABLE PARALLEL SAFE ROWS 1
SET search_path = pg_catalog, public
AS $$
  SELECT CASE WHEN ic.assembly_id IS NOT NULL THEN 'ASSEMBLY' ELSE 'PART' END,
         ic.assembly_id, ic.part_id, coalesce(a.assembly_code, p.part_number), coalesce(a.name, p.name),
         coalesce(a.lifecycle, p.lifecycle), ic.code_kind
    FROM item_codes ic
    LEFT JOIN assemblies a ON a.assembly_id = ic.assembly_id
    LEFT JOIN parts p ON p.part_id = ic.part_id
   WHERE ic.item_code IN (clean_code(p_code), bare_code(p_code))
   ORDER BY ic.item_code = clean_code(p_code) DESC
   LIMIT 1
$$;
COMMENT ON FUNCTION resolve_item(text) IS
  'The item that a code names: its own code, an alias or a short code, in any case, with blanks around it, with or without ASSY-.';

CREATE OR REPLACE FUNCTION near_code(p_code text) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, public
AS $$
  WITH wanted AS (SELECT ltrim(translate(bare_code(p_code), ' -./_"', ''), '0') AS squeezed)
  SELECT found.item_code
    FROM wanted, LATERAL (
      SELECT ic.item_code, 2::real AS rank FROM item_codes ic
       WHERE squeezed <> '' AND ltrim(translate(ic.item_code, ' -./_"', ''), '0') = squeezed
      UNION ALL
      SELECT ic.item_code, similarity(ic.item_code, bare_code(p_code)) FROM item_codes ic
       WHERE similarity(ic.item_code, bare_code(p_code)) >= 0.5
    ) found
   ORDER BY found.rank DESC, found.item_code
   LIMIT 1
$$;
COMMENT ON FUNCTION near_code(text) IS 'A stored code that looks like the given one (leading zeros, separators, a slip), or null. Reads all codes: for error messages only.';

CREATE OR REPLACE FUNCTION require_item(p_code text)
RETURNS TABLE (item_kind text, assembly_id bigint, part_id bigint, item_code text, name text, lifecycle text, matched_as text)
LANGUAGE plpgsql STABLE ROWS 1
SET search_path = pg_catalog, public
AS $$
BEGIN
  RETURN QUERY SELECT * FROM resolve_item(p_code);
  IF NOT FOUND THEN
    RAISE EXCEPTION 'The catalogue has no item with the code "%".', p_code
      USING ERRCODE = 'TV004',
            HINT = coalesce('Did you mean ' || near_code(p_code) || '?', 'SELECT * FROM search_catalogue(''words'') finds items.');
  END IF;
END;
$$;
COMMENT ON FUNCTION require_item(text) IS 'As resolve_item, but raises TV004 with the nearest code when there is none.';

CREATE OR REPLACE FUNCTION require_assembly(p_code text) RETURNS bigint
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public
AS $$
DECLARE
  item record;
BEGIN
  SELECT * INTO item FROM require_item(p_code);
  IF item.assembly_id IS NULL THEN
    RAISE EXCEPTION '"%" is a part; an assembly is needed.', item.item_code
      USING ERRCODE = 'TV022', HINT = 'Parts have no components. SELECT * FROM where_used(code) tells where a part goes.';
  END IF;
  RETURN item.assembly_id;
END;
$$;
COMMENT ON FUNCTION require_assembly(text) IS 'Key of the assembly that a code names; raises TV004 or TV022.';

-- Revisions --------------------------------------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION lock_structure() RETURNS bigint
LANGUAGE sql VOLATILE
SET search_path = pg_catalog, public
AS $$
  UPDATE structure_version SET version = version + 1, changed_at = now() WHERE structure_version_id = 1 RETURNING version
$$;
COMMENT ON FUNCTION lock_structure() IS 'Makes this transaction the only writer of the structure until it ends, and counts the change.';

CREATE OR REPLACE FUNCTION effective_revision_id(p_assembly_id bigint, p_as_of timestamptz DEFAULT now()) RETURNS bigint
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, public
AS $$
  SELECT r.assembly_revision_id
    FROM assembly_revisions r
   WHERE r.assembly_id = p_assembly_id AND r.state IN ('RELEASED', 'SUPERSEDED')
     AND r.effective_from <= p_as_of AND (r.effective_to IS NULL OR r.effective_to > p_as_of)
$$;
COMMENT ON FUNCTION effective_revision_id(bigint, timestamptz) IS 'The revision in force at an instant, or null.';

CREATE OR REPLACE FUNCTION refuse_kept_revision(p_assembly_revision_id bigint) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public
AS $$
DECLARE
  kept record;
BEGIN
  SELECT r.revision, r.state, a.assembly_code INTO kept
    FROM assembly_revisions r JOIN assemblies a USING (assembly_id)
   WHERE r.assembly_revision_id = p_assembly_revision_id AND r.state <> 'DRAFT';
  IF FOUND THEN
    RAISE EXCEPTION 'Revision % of % is %: its components cannot be changed.', kept.revision, kept.assembly_code, kept.state
      USING ERRCODE = 'TV003',
            HINT = format('SELECT new_assembly_revision(%L) makes a draft to change.', kept.assembly_code);
  END IF;
END;
$$;
COMMENT ON FUNCTION refuse_kept_revision(bigint) IS 'Raises TV003 unless the revision is a draft (or gone).';

CREATE OR REPLACE FUNCTION new_assembly_revision(p_code text, p_note text DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public
AS $$
DECLARE
  parent bigint := require_assembly(p_code);
  source bigint := effective_revision_id(parent);
  draft bigint;
BEGIN
  PERFORM lock_structure();
  INSERT INTO assembly_revisions (assembly_id, revision, note, created_by)
  SELECT parent, coalesce(max(r.revision), 0) + 1, p_note, current_actor()
    FROM assembly_revisions r WHERE r.assembly_id = parent
  RETURNING assembly_revision_id INTO draft;
  INSERT INTO assembly_components (assembly_revision_id, child_assembly_id, child_part_id, quantity, unit_code,
                                   scrap_percent, position, is_optional, substitute_group, note)
  SELECT draft, c.child_assembly_id, c.child_part_id, c.quantity, c.unit_code,
         c.scrap_percent, c.position, c.is_optional, c.substitute_group, c.note
    FROM assembly_components c WHERE c.assembly_revision_id = source
   ORDER BY c.position, c.assembly_component_id;
  RETURN draft;
END;
$$;
COMMENT ON FUNCTION new_assembly_revision(text, text) IS
  'Makes a draft revision with the components of the revision in force (none if there is no such) and returns its key.';

CREATE OR REPLACE FUNCTION require_draft_revision(p_assembly_revision_id bigint) RETURNS assembly_revisions
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public
AS $$
DECLARE
  draft assembly_revisions;
BEGIN
  SELECT * INTO draft FROM assembly_revisions WHERE assembly_revision_id = p_assembly_revision_id FOR UPDATE;
  IF draft.assembly_revision_id IS NULL THEN
    RAISE EXCEPTION 'There is no assembly revision with the key %.', p_assembly_revision_id
      USING ERRCODE = 'TV004', HINT = 'SELECT assembly_revision_id, revision, state FROM assembly_revisions lists them.';
  END IF;
  IF draft.state <> 'DRAFT' THEN
    RAISE EXCEPTION 'Revision % of % is %, not a draft.', draft.revision, assembly_code_of(draft.assembly_id), draft.state
      USING ERRCODE = 'TV009', HINT = format('SELECT new_assembly_revision(%L) makes a draft.', assembly_code_of(draft.assembly_id));
  END IF;
  RETURN draft;
END;
$$;
COMMENT ON FUNCTION require_draft_revision(bigint) IS 'The locked draft with this key; raises TV004 or TV009.';

CREATE OR REPLACE FUNCTION release_assembly_revision(
  p_assembly_revision_id bigint, p_effective_from timestamptz DEFAULT now(), p_note text DEFAULT NULL
) RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public
AS $$
DECLARE
  draft assembly_revisions;
  former assembly_revisions;
BEGIN
  PERFORM lock_structure();
  draft := require_draft_revision(p_assembly_revision_id);
  IF p_effective_from IS NULL THEN
    RAISE EXCEPTION 'A release needs the instant from which it is in force.'
      USING ERRCODE = 'TV022', HINT = 'Leave effective_from out to release from now on.';
  END IF;
  SELECT * INTO former FROM assembly_revisions r
   WHERE r.assembly_id = draft.assembly_id AND r.state = 'RELEASED' AND r.effective_to IS NULL;
  IF former.effective_from >= p_effective_from THEN
    RAISE EXCEPTION 'Revision % of % is in force from %; the next one must begin later.',
      former.revision, assembly_code_of(draft.assembly_id), former.effective_from
      USING ERRCODE = 'TV009', HINT = 'Release in another transaction, or give a later effective_from.';
  END IF;
  UPDATE assembly_revisions SET state = 'SUPERSEDED', effective_to = p_effective_from
   WHERE assembly_revision_id = former.assembly_revision_id;
  UPDATE assembly_revisions
     SET state = 'RELEASED', effective_from = p_effective_from, released_by = current_actor(), released_at = now(),
         note = coalesce(p_note, note)
   WHERE assembly_revision_id = p_assembly_revision_id;
  RETURN draft.revision;
END;
$$;
COMMENT ON FUNCTION release_assembly_revision(bigint, timestamptz, text) IS
  'Releases a draft from an instant on, closes the revision in force until then, and returns the revision''s number.';

CREATE OR REPLACE FUNCTION withdraw_assembly_revision(p_assembly_revision_id bigint, p_note text DEFAULT NULL) RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public
AS $$
DECLARE
  draft assembly_revisions;
BEGIN
  PERFORM lock_structure();
  draft := require_draft_revision(p_assembly_revision_id);
  UPDATE assembly_revisions SET state = 'WITHDRAWN', note = coalesce(p_note, note)
   WHERE assembly_revision_id = p_assembly_revision_id;
  RETURN draft.revision;
END;
$$;
COMMENT ON FUNCTION withdraw_assembly_revision(bigint, text) IS 'Gives a draft up and returns its number; its number is not used again.';

-- Levels and cycles ------------------------------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION cycle_in(p_parents bigint[], p_children bigint[]) RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public
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
SET search_path = pg_catalog, public
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
SET search_path = pg_catalog, public
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
SET search_path = pg_catalog, public
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
