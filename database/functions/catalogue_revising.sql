-- What a revision of an assembly is made of, beside the revision in force, and a draft's content as a whole.

CREATE OR REPLACE FUNCTION revision_components(p_assembly_revision_id bigint)
RETURNS TABLE (line integer, kind text, code text, name text, quantity numeric, unit_code text, is_optional boolean, note text, was numeric, change text)
LANGUAGE plpgsql STABLE ROWS 30
SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  chosen assembly_revisions;
  former bigint;
BEGIN
  PERFORM require_permission('catalogue:read');
  SELECT * INTO chosen FROM assembly_revisions r WHERE r.assembly_revision_id = p_assembly_revision_id;
  IF chosen.assembly_revision_id IS NULL THEN
    RAISE EXCEPTION 'There is no assembly revision with the key %.', shown(p_assembly_revision_id)
      USING ERRCODE = 'TV004', COLUMN = 'assembly_revision_id', HINT = 'SELECT assembly_revision_id, revision, state FROM assembly_revisions lists them.';
  END IF;
  SELECT r.assembly_revision_id INTO former FROM assembly_revisions r
   WHERE r.assembly_id = chosen.assembly_id AND r.state IN ('RELEASED', 'SUPERSEDED') AND (chosen.state = 'DRAFT' OR r.revision < chosen.revision)
   ORDER BY r.revision DESC LIMIT 1;
  RETURN QUERY
  WITH lines AS (
    SELECT c.*, coalesce(a.assembly_code, p.part_number) AS item_code, coalesce(a.name, p.name) AS item_name, CASE WHEN c.child_part_id IS NULL THEN 'ASSEMBLY' ELSE 'PART' END AS item_kind
      FROM assembly_components c
      LEFT JOIN assemblies a ON a.assembly_id = c.child_assembly_id
      LEFT JOIN parts p ON p.part_id = c.child_part_id
     WHERE c.assembly_revision_id IN (p_assembly_revision_id, former)
  )
  SELECT (row_number() OVER (ORDER BY n.assembly_component_id IS NULL, coalesce(n.position, o.position), coalesce(n.assembly_component_id, o.assembly_component_id)))::integer,
         coalesce(n.item_kind, o.item_kind), coalesce(n.item_code, o.item_code), coalesce(n.item_name, o.item_name), trim_scale(n.quantity), coalesce(n.unit_code, o.unit_code),
         coalesce(n.is_optional, o.is_optional), coalesce(n.note, CASE WHEN n.item_code IS NULL THEN o.note END), trim_scale(o.quantity),
         CASE WHEN former IS NULL THEN NULL WHEN o.item_code IS NULL THEN 'ADDED' WHEN n.item_code IS NULL THEN 'REMOVED'
              WHEN (n.quantity, n.unit_code, n.is_optional, n.note) IS DISTINCT FROM (o.quantity, o.unit_code, o.is_optional, o.note) THEN 'CHANGED' END
    FROM (SELECT * FROM lines l WHERE l.assembly_revision_id = p_assembly_revision_id) n
    FULL JOIN (SELECT * FROM lines l WHERE l.assembly_revision_id = former) o ON o.item_code = n.item_code
   ORDER BY 1;
END;
$$;
COMMENT ON FUNCTION revision_components(bigint) IS
  'What a revision is made of, beside the one before it (of a draft: the last one that was released): was is the number there, change ADDED, CHANGED or REMOVED.';

CREATE OR REPLACE FUNCTION set_revision_components(p_assembly_revision_id bigint, p_components jsonb, p_seen jsonb DEFAULT NULL) RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  draft assembly_revisions;
  present jsonb;
  former assembly_components[];
  wrong record;
  stored integer;
BEGIN
  PERFORM require_permission('catalogue:revise'), lock_structure();
  draft := require_draft_revision(p_assembly_revision_id);
  SELECT coalesce(jsonb_agg(jsonb_build_array(c.code, c.quantity) ORDER BY c.line), '[]') INTO present FROM revision_components(p_assembly_revision_id) c WHERE c.quantity IS NOT NULL;
  IF p_seen IS NOT NULL AND p_seen <> present THEN
    RAISE EXCEPTION 'Revision % of % was changed meanwhile.', draft.revision, assembly_code_of(draft.assembly_id)
      USING ERRCODE = 'TV012', HINT = 'Read it again, then save your change on top of it.';
  END IF;
  SELECT f.n, f.code, f.fault INTO wrong
    FROM (SELECT e.n, e.value ->> 'code' AS code,
                 CASE WHEN e.value ->> 'code' IS NULL THEN 'the code is missing' WHEN r.item_code IS NULL THEN 'no item has this code'
                      WHEN coalesce(number_or_null(e.value ->> 'quantity'), 0) <= 0 THEN 'the number is not above nought'
                      WHEN count(*) OVER (PARTITION BY coalesce(r.assembly_id, -r.part_id)) > 1 THEN 'the item stands twice'
                      WHEN e.value ->> 'unit_code' IS NOT NULL AND NOT EXISTS (SELECT FROM units u WHERE u.unit_code = e.value ->> 'unit_code') THEN 'there is no such unit' END AS fault
            FROM jsonb_array_elements(p_components) WITH ORDINALITY AS e (value, n)
            LEFT JOIN item_codes r ON r.item_code = clean_code(e.value ->> 'code')) f
   WHERE f.fault IS NOT NULL
   ORDER BY f.n LIMIT 1;
  IF FOUND THEN
    RAISE EXCEPTION 'Line %: %: %.', wrong.n, coalesce(wrong.code, '–'), wrong.fault
      USING ERRCODE = 'TV022', COLUMN = 'components',
            HINT = coalesce('Did you mean ' || near_code(CASE WHEN wrong.fault LIKE 'no item%' THEN wrong.code END) || '?', 'Each line needs the code of an item of the catalogue, once, and a number above nought.');
  END IF;
  SELECT array_agg(c) INTO former FROM assembly_components c WHERE c.assembly_revision_id = p_assembly_revision_id;
  DELETE FROM assembly_components c WHERE c.assembly_revision_id = p_assembly_revision_id;
  INSERT INTO assembly_components (assembly_revision_id, child_assembly_id, child_part_id, quantity, unit_code, scrap_percent, substitute_group, is_optional, note, position)
  SELECT p_assembly_revision_id, i.assembly_id, i.part_id, (e.value ->> 'quantity')::numeric, coalesce(e.value ->> 'unit_code', f.unit_code, a.unit_code, p.unit_code),
         coalesce(f.scrap_percent, 0), f.substitute_group,
         coalesce(boolean_or_null(e.value ->> 'is_optional'), f.is_optional, false), CASE WHEN e.value ? 'note' THEN nullif(btrim(e.value ->> 'note'), '') ELSE f.note END, e.n * 10
    FROM jsonb_array_elements(p_components) WITH ORDINALITY AS e (value, n)
    JOIN item_codes i ON i.item_code = clean_code(e.value ->> 'code')
    LEFT JOIN assemblies a ON a.assembly_id = i.assembly_id
    LEFT JOIN parts p ON p.part_id = i.part_id
    LEFT JOIN unnest(former) f ON f.child_assembly_id = i.assembly_id OR f.child_part_id = i.part_id;
  GET DIAGNOSTICS stored = ROW_COUNT;
  RETURN stored;
END;
$$;
COMMENT ON FUNCTION set_revision_components(bigint, jsonb, jsonb) IS
  'Stores all lines of a draft revision at once: [{code, quantity, unit_code, is_optional, note}], in their order; what a line leaves out stays as it was, and a new line is counted in the unit of its item. p_seen are the lines that the caller saw, [[code, quantity]]: where they are others now, nothing is stored (TV012).';
