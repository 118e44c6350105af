-- Inventory: codes and what they name, revisions and their release, the structure's levels, search, where-used, roll-up.
--
-- SQLSTATEs used here are listed at the top of core_functions.sql.

-- Codes ------------------------------------------------------------------------------------------------------------------

-- PL/pgSQL although one expression: with a pinned search_path an SQL function is not inlined and costs ten times as much, and an
-- import calls these for every row.
CREATE OR REPLACE FUNCTION clean_code(p_code text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, public, pg_temp
AS $$ BEGIN RETURN upper(btrim(p_code, E' \t\r\n\u00a0') COLLATE "C"); END $$;
COMMENT ON FUNCTION clean_code(text) IS 'A code as it is stored: without blanks around it, upper case.';

CREATE OR REPLACE FUNCTION bare_code(p_code text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  cleaned text := clean_code(p_code);
BEGIN
  RETURN CASE WHEN cleaned LIKE 'ASSY-_%' THEN substr(cleaned, 6) ELSE cleaned END;
END
$$;
COMMENT ON FUNCTION bare_code(text) IS 'A cleaned code without the prefix ASSY-, which paperwork never shows.';

CREATE OR REPLACE FUNCTION assembly_code_of(p_assembly_id bigint) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT a.assembly_code FROM assemblies a WHERE a.assembly_id = p_assembly_id $$;
COMMENT ON FUNCTION assembly_code_of(bigint) IS 'Code of an assembly.';

CREATE OR REPLACE FUNCTION refuse_taken_code(p_code text) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
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
SET search_path = pg_catalog, public, pg_temp
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
SET search_path = pg_catalog, public, pg_temp
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
SET search_path = pg_catalog, public, pg_temp
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
SET search_path = pg_catalog, public, pg_temp
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
SET search_path = pg_catalog, public, pg_temp
AS $$
  UPDATE structure_version SET version = version + 1, changed_at = now() WHERE structure_version_id = 1 RETURNING version
$$;
COMMENT ON FUNCTION lock_structure() IS 'Makes this transaction the only writer of the structure until it ends, and counts the change.';

CREATE OR REPLACE FUNCTION effective_revision_id(p_assembly_id bigint, p_as_of timestamptz DEFAULT now()) RETURNS bigint
LANGUAGE sql STABLE PARALLEL SAFE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT r.assembly_revision_id
    FROM assembly_revisions r
   WHERE r.assembly_id = p_assembly_id AND r.state IN ('RELEASED', 'SUPERSEDED')
     AND r.effective_from <= p_as_of AND (r.effective_to IS NULL OR r.effective_to > p_as_of)
$$;
COMMENT ON FUNCTION effective_revision_id(bigint, timestamptz) IS 'The revision in force at an instant, or null.';

CREATE OR REPLACE FUNCTION refuse_kept_revision(p_assembly_revision_id bigint) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
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
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  parent bigint := require_assembly(p_code);
  source bigint := effective_revision_id(parent);
  draft bigint;
BEGIN
  PERFORM require_permission('catalogue:revise');
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
SET search_path = pg_catalog, public, pg_temp
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
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  draft assembly_revisions;
  former assembly_revisions;
BEGIN
  PERFORM require_permission('catalogue:revise');
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
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  draft assembly_revisions;
BEGIN
  PERFORM require_permission('catalogue:revise');
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

-- Search -----------------------------------------------------------------------------------------------------------------

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
    RAISE EXCEPTION 'p_kinds holds %; kinds are ASSEMBLY and PART.', p_kinds
      USING ERRCODE = 'TV022', HINT = 'Leave it out to search both.';
  END IF;
  IF coalesce(wanted, '') = '' OR p_max_results < 1 THEN
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

-- Uses and contents ------------------------------------------------------------------------------------------------------

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
    RAISE EXCEPTION 'The indented structure of % has % lines; at most % are listed.', assembly_code_of(p_assembly_id), lines, p_max_lines
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
  material_cost := round(material_cost + here.cost, 4);
  labour_hours := round(labour_hours, 4);
  weight_kg := round(weight_kg + here.weight, 4);
  lead_time_days := greatest(lead_time_days, here.lead);
  leaves_without_cost := leaves_without_cost + here.costless;
  leaves_without_weight := leaves_without_weight + here.weightless;
  RETURN NEXT;
END;
$$;
COMMENT ON FUNCTION roll_up_assembly(text, timestamptz) IS
  'Cost (with expected loss), hours, weight, lead time along the longest path, distinct lines and depth of one assembly at an instant; '
  'items that have no cost or weight and no components are counted, since the sums lack them.';
