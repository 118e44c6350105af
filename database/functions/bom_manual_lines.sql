-- BOM: top lines that a person adds by hand. Each change makes the next revision, generated as every other, so that totals,
-- hash and explosion have one source, nobody's work is overwritten, and the author of a change may not approve it.

CREATE OR REPLACE FUNCTION manual_bom_lines(p_bom_id bigint) RETURNS bom_top_line[]
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT coalesce(array_agg(ROW(1000000, l.component_group,
           CASE WHEN c.state = 'RETIRED' THEN c.custom_number || ' (RETIRED)' ELSE coalesce(a.assembly_code, p.part_number, l.item_code) END,
           l.specification_code, l.quantity_per, NULL, NULL, l.note, l.provenance)::bom_top_line ORDER BY l.line_number), '{}')
    FROM bom_line_items l
    LEFT JOIN assemblies a ON a.assembly_id = l.assembly_id
    LEFT JOIN parts p ON p.part_id = l.part_id
    LEFT JOIN custom_parts_registry c ON c.part_id = l.part_id
   WHERE l.bom_id = p_bom_id AND l.is_manual
$$;
COMMENT ON FUNCTION manual_bom_lines(bigint) IS
  'The lines of a BOM that were added by hand, as top lines for its next revision. A custom part that was retired meanwhile becomes an unresolved line: it blocks the submission until somebody takes it out.';

CREATE OR REPLACE FUNCTION manual_bom_authors(p_bom_id bigint) RETURNS bigint[]
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$ BEGIN RETURN (SELECT coalesce(array_agg(DISTINCT (l.provenance #>> '{0,by}')::bigint), '{}') FROM bom_line_items l WHERE l.bom_id = p_bom_id AND l.is_manual); END $$;
COMMENT ON FUNCTION manual_bom_authors(bigint) IS 'Who added or last changed lines of a BOM by hand, in this revision or an earlier one; they may not approve it.';

CREATE OR REPLACE FUNCTION manual_provenance(p_reason text, p_group text) RETURNS jsonb
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT jsonb_build_array(jsonb_build_object('rule', 'by hand:', 'title', btrim(p_reason), 'manual', true, 'by', current_user_id(), 'at', now(), 'group', p_group, 'values', '{}'::jsonb))
$$;
COMMENT ON FUNCTION manual_provenance(text, text) IS 'Why a manual line is in a BOM: the reason, who gave it, when.';

CREATE OR REPLACE FUNCTION begin_manual_change(p_bom_id bigint, p_reason text) RETURNS boms
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  bom boms;
  present bigint;
BEGIN
  PERFORM require_person('bom:update');
  bom := require_bom(p_bom_id);
  PERFORM require_reason(p_reason);
  IF bom.build_id IS NULL THEN
    PERFORM FROM configurations WHERE configuration_id = bom.configuration_id FOR UPDATE;
    present := (latest_bom(bom.configuration_id, NULL)).bom_id;
  ELSE
    PERFORM require_configurable_build(bom.build_id), require_present_configuration(require_configuration(bom.configuration_id));
    present := (latest_bom(bom.configuration_id, bom.build_id)).bom_id;
  END IF;
  SELECT * INTO bom FROM boms WHERE bom_id = p_bom_id FOR NO KEY UPDATE;
  IF bom.state IN ('APPROVED', 'RELEASED') THEN
    RAISE EXCEPTION 'BOM % is % and does not change.', p_bom_id, lower(bom.state)
      USING ERRCODE = 'TV003', HINT = 'Make a new revision with generate_bom and change that; manual lines come along.';
  END IF;
  IF present <> p_bom_id THEN
    RAISE EXCEPTION 'BOM % is not the last revision any more.', p_bom_id USING ERRCODE = 'TV012', HINT = format('Look at BOM %s, then decide.', present);
  END IF;
  RETURN bom;
END;
$$;
COMMENT ON FUNCTION begin_manual_change(bigint, text) IS
  'Locks the build of a BOM whose lines a person wants to change by hand, and refuses it unless the order may still be configured and the BOM is the last revision and not approved.';

CREATE OR REPLACE FUNCTION finish_manual_change(p_bom boms, p_lines bom_top_line[], p_event jsonb) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  made bigint := store_bom(require_configuration(p_bom.configuration_id), p_lines);
BEGIN
  UPDATE builds SET bom_id = made WHERE build_id = p_bom.build_id;
  PERFORM emit_event('bom.changed_by_hand', 'boms', made, jsonb_build_object('build_id', p_bom.build_id, 'from_bom_id', p_bom.bom_id) || p_event);
  RETURN made;
END;
$$;
COMMENT ON FUNCTION finish_manual_change(boms, bom_top_line[], jsonb) IS 'Stores the next revision of a BOM with these manual lines and gives it to the build.';

CREATE OR REPLACE FUNCTION require_usable_item(p_item_code text) RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  code text := (require_item(p_item_code)).item_code;
  item record;
BEGIN
  SELECT coalesce(a.lifecycle, p.lifecycle) AS lifecycle, coalesce(sa.assembly_code, sp.part_number) AS successor, c.state AS custom_state INTO item
    FROM item_codes ic
    LEFT JOIN assemblies a ON a.assembly_id = ic.assembly_id LEFT JOIN assemblies sa ON sa.assembly_id = a.superseded_by_id
    LEFT JOIN parts p ON p.part_id = ic.part_id LEFT JOIN parts sp ON sp.part_id = p.superseded_by_id
    LEFT JOIN custom_parts_registry c ON c.part_id = ic.part_id
   WHERE ic.item_code = code;
  IF item.custom_state = 'RETIRED' OR item.lifecycle = 'OBSOLETE' THEN
    RAISE EXCEPTION 'Item % is % and is not used again.', code, CASE item.custom_state WHEN 'RETIRED' THEN 'retired' ELSE 'obsolete' END
      USING ERRCODE = 'TV022', HINT = coalesce(format('Its successor is %s.', item.successor), 'Choose another item.');
  END IF;
  RETURN code;
END;
$$;
COMMENT ON FUNCTION require_usable_item(text) IS 'The own code of an assembly, part or custom part that may be used; TV004 if there is none, TV022 if it is obsolete or retired.';

CREATE OR REPLACE FUNCTION require_component_group(p_bom boms, p_group text) RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  known text[] := array(SELECT DISTINCT r.component_group FROM configuration_rules r WHERE r.rule_set_id = p_bom.rule_set_id AND r.component_group IS NOT NULL ORDER BY 1);
  wanted text := nullif(lower(btrim(p_group)), '');
BEGIN
  IF wanted <> ALL (known) THEN
    RAISE EXCEPTION 'The rules have no group %.', shown(p_group) USING ERRCODE = 'TV022', HINT = format('Groups: %s; or none.', array_to_string(known, ', '));
  END IF;
  RETURN wanted;
END;
$$;
COMMENT ON FUNCTION require_component_group(boms, text) IS 'A group of top lines that the rules of a BOM know, or null for none.';

CREATE OR REPLACE FUNCTION manual_line(p_bom boms, p_line_number integer) RETURNS bom_line_items
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  line bom_line_items;
BEGIN
  SELECT * INTO line FROM bom_line_items WHERE bom_id = p_bom.bom_id AND line_number = p_line_number;
  IF line.bom_id IS NULL THEN
    RAISE EXCEPTION 'BOM % has no line %.', p_bom.bom_id, shown(p_line_number) USING ERRCODE = 'TV004', HINT = format('Its lines run from 1 to %s.', p_bom.line_count);
  END IF;
  IF NOT line.is_manual THEN
    RAISE EXCEPTION 'Line % (%) of BOM % comes from the rules.', p_line_number, line.item_code, p_bom.bom_id
      USING ERRCODE = 'TV009', HINT = 'Change the configuration or the rules; explain_bom_line says why it is here. By hand only manual lines change.';
  END IF;
  RETURN line;
END;
$$;
COMMENT ON FUNCTION manual_line(boms, integer) IS 'A line of a BOM that was added by hand; an error for one that the rules made.';

CREATE OR REPLACE FUNCTION manual_place(p_line bom_line_items) RETURNS integer
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT count(*)::integer FROM bom_line_items l WHERE l.bom_id = p_line.bom_id AND l.is_manual AND l.line_number <= p_line.line_number
$$;
COMMENT ON FUNCTION manual_place(bom_line_items) IS 'Place of a manual line among those of its BOM, from 1.';

CREATE OR REPLACE FUNCTION add_bom_line(p_bom_id bigint, p_item_code text, p_quantity numeric, p_reason text, p_component_group text DEFAULT NULL, p_note text DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  bom boms := begin_manual_change(p_bom_id, p_reason);
  code text := require_usable_item(p_item_code);
  grouped text := require_component_group(bom, p_component_group);
BEGIN
  PERFORM require_quantity(p_quantity);
  IF EXISTS (SELECT FROM bom_line_items l WHERE l.bom_id = p_bom_id AND l.is_manual AND canonical_item_code(l.item_code) = code) THEN
    RAISE EXCEPTION 'BOM % has a manual line with % already.', p_bom_id, code USING ERRCODE = 'TV009', HINT = 'Change its quantity with update_bom_line.';
  END IF;
  RETURN finish_manual_change(bom,
    manual_bom_lines(p_bom_id) || ROW(1000000, grouped, code, code, p_quantity, NULL, NULL, nullif(btrim(p_note), ''), manual_provenance(p_reason, grouped))::bom_top_line,
    jsonb_build_object('change', 'added', 'item_code', code, 'quantity', p_quantity, 'reason', btrim(p_reason)));
END;
$$;
COMMENT ON FUNCTION add_bom_line(bigint, text, numeric, text, text, text) IS
  'Adds an item of the catalogue by hand to the last revision of a BOM that is not approved, with a reason, and returns the key of the next revision. An assembly brings its components. p_component_group puts it into the tasks of that group.';

CREATE OR REPLACE FUNCTION update_bom_line(p_bom_id bigint, p_line_number integer, p_quantity numeric, p_reason text) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  bom boms := begin_manual_change(p_bom_id, p_reason);
  line bom_line_items := manual_line(bom, p_line_number);
  place integer := manual_place(line);
  kept bom_top_line[];
BEGIN
  PERFORM require_quantity(p_quantity);
  IF line.quantity_per = p_quantity THEN
    RAISE EXCEPTION 'Line % has the quantity % already.', p_line_number, trim_scale(p_quantity) USING ERRCODE = 'TV022', HINT = 'Give another quantity.';
  END IF;
  SELECT array_agg(ROW(m.priority, m.component_group, m.item_code, m.specification_code, CASE WHEN m.mine THEN p_quantity ELSE m.quantity END, NULL, NULL, m.note,
           CASE WHEN m.mine THEN manual_provenance(p_reason, m.component_group) ELSE m.provenance END)::bom_top_line ORDER BY m.n) INTO kept
    FROM (SELECT x.*, x.ordinality = place AS mine, x.ordinality AS n FROM unnest(manual_bom_lines(p_bom_id)) WITH ORDINALITY x) m;
  RETURN finish_manual_change(bom, kept, jsonb_build_object('change', 'changed', 'item_code', line.item_code, 'quantity', p_quantity, 'reason', btrim(p_reason)));
END;
$$;
COMMENT ON FUNCTION update_bom_line(bigint, integer, numeric, text) IS
  'Changes the quantity of a line that was added by hand, with a reason, and returns the key of the next revision.';

CREATE OR REPLACE FUNCTION remove_bom_line(p_bom_id bigint, p_line_number integer, p_reason text) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  bom boms := begin_manual_change(p_bom_id, p_reason);
  line bom_line_items := manual_line(bom, p_line_number);
  place integer := manual_place(line);
  lines bom_top_line[] := manual_bom_lines(p_bom_id);
BEGIN
  RETURN finish_manual_change(bom, lines[: place - 1] || lines[place + 1 :], jsonb_build_object('change', 'removed', 'item_code', line.item_code, 'reason', btrim(p_reason)));
END;
$$;
COMMENT ON FUNCTION remove_bom_line(bigint, integer, text) IS 'Takes a line that was added by hand out of a BOM, with a reason, and returns the key of the next revision.';
