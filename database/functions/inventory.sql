-- Inventory: codes and what they name, revisions and their release.
--
-- SQLSTATEs used here are listed at the top of core_functions.sql.

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
  RAISE EXCEPTION 'The code "%" already names %.', shown(p_code), owner.item
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
  WITH wanted AS (SELECT ltrim(translate(bare_code(p_code), ' -./_"', ''), '0') AS squeezed WHERE length(p_code) <= 200)
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
    RAISE EXCEPTION 'The catalogue has no item with the code "%".', shown(left(p_code, 200))
      USING ERRCODE = 'TV004', COLUMN = 'code',
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
    RAISE EXCEPTION 'There is no assembly revision with the key %.', shown(p_assembly_revision_id)
      USING ERRCODE = 'TV004', COLUMN = 'assembly_revision_id', HINT = 'SELECT assembly_revision_id, revision, state FROM assembly_revisions lists them.';
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
  p_assembly_revision_id bigint, p_effective_from timestamptz DEFAULT now(), p_note text DEFAULT NULL, p_content_hash text DEFAULT NULL
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
  PERFORM require_seen_content('assembly_revisions', p_assembly_revision_id, p_content_hash);
  IF p_effective_from IS NULL THEN
    RAISE EXCEPTION 'A release needs the instant from which it is in force.'
      USING ERRCODE = 'TV022', COLUMN = 'effective_from', HINT = 'Leave effective_from out to release from now on.';
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
  -- What is delivered with the product is released by nobody.
  IF current_user_id() IS NOT NULL THEN
    PERFORM sign('assembly_revisions', p_assembly_revision_id, 'released', p_note);
  END IF;
  RETURN draft.revision;
END;
$$;
COMMENT ON FUNCTION release_assembly_revision(bigint, timestamptz, text, text) IS
  'Releases a draft from an instant on, signed by whoever releases it, closes the revision in force until then, and returns the revision''s number. p_content_hash is what the signer saw (content_to_sign): where the draft is another now, nothing is released (TV012).';

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
