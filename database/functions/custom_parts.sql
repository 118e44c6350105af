-- Custom parts of the 700 series (product.md section 5).

CREATE OR REPLACE FUNCTION allocate_custom_part(p_kind text, p_specification text, p_dimensions jsonb) RETURNS custom_parts_registry
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  custom custom_parts_registry;
  number text;
  made_part bigint;
BEGIN
  SELECT * INTO custom FROM custom_parts_registry WHERE custom_kind = p_kind AND specification_code = p_specification AND state <> 'RETIRED';
  IF FOUND THEN
    RETURN custom;
  END IF;
  -- Sessions that need new parts wait for each other here: one lock for all, since several taken in turn could deadlock.
  PERFORM pg_advisory_xact_lock(hashtextextended('torvan custom parts', 0));
  SELECT * INTO custom FROM custom_parts_registry WHERE custom_kind = p_kind AND specification_code = p_specification AND state <> 'RETIRED';
  IF FOUND THEN
    RETURN custom;
  END IF;
  number := next_custom_number();
  INSERT INTO parts (part_number, name, part_type, is_custom, specification_code, description)
  VALUES (number, custom_part_name(p_kind, p_dimensions), 'CUSTOM', true, p_specification, 'Made to order from its drawing.')
  RETURNING part_id INTO made_part;
  -- Under REPEATABLE READ the part may have been made by a session that this snapshot does not see: then the conflict makes
  -- this statement fail as a serialization failure, which callers repeat, and not as a duplicate key.
  INSERT INTO custom_parts_registry (custom_number, part_id, custom_kind, specification_code, dimensions, created_by)
  VALUES (number, made_part, p_kind, p_specification, p_dimensions, current_user_id())
  ON CONFLICT (custom_kind, specification_code) WHERE state <> 'RETIRED' DO NOTHING
  RETURNING * INTO custom;
  RETURN custom;
END;
$$;
COMMENT ON FUNCTION allocate_custom_part(text, text, jsonb) IS
  'The custom part of a kind and specification: the one in use, or a new one with the next number of the 700 series (product.md section 5). Safe under concurrency; numbers are never used again, a retired part neither.';

CREATE OR REPLACE FUNCTION number_custom_parts(p_result configuration_result) RETURNS configuration_result
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  numbered configuration_result := p_result;
  line bom_top_line;
  swap bom_replacement;
  i integer;
BEGIN
  FOR i IN 1 .. coalesce(cardinality(p_result.top_lines), 0) LOOP
    line := p_result.top_lines[i];
    CONTINUE WHEN line.custom_kind IS NULL;
    line.item_code := (allocate_custom_part(line.custom_kind, line.specification_code, line.dimensions)).custom_number;
    numbered.top_lines[i] := line;
  END LOOP;
  FOR i IN 1 .. coalesce(cardinality(p_result.replacements), 0) LOOP
    swap := p_result.replacements[i];
    CONTINUE WHEN swap.custom_kind IS NULL;
    swap.item_code := (allocate_custom_part(swap.custom_kind, swap.specification_code, swap.dimensions)).custom_number;
    numbered.replacements[i] := swap;
  END LOOP;
  RETURN numbered;
END;
$$;
COMMENT ON FUNCTION number_custom_parts(configuration_result) IS 'Gives every custom part of a configuration its number.';

CREATE OR REPLACE FUNCTION next_custom_number() RETURNS text
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  number text;
BEGIN
  LOOP
    SELECT '720.215.' || lpad(n::text, greatest(3, length(n::text)), '0') INTO number FROM nextval('custom_part_number_sequence') AS n;
    -- An imported catalogue may hold numbers given before.
    EXIT WHEN NOT EXISTS (SELECT FROM item_codes WHERE item_code = number);
  END LOOP;
  RETURN number;
END;
$$;
COMMENT ON FUNCTION next_custom_number() IS 'The next free number of the 700 series: 720.215.001 and on, four digits after 999.';

CREATE OR REPLACE FUNCTION require_custom_part(p_custom_number text) RETURNS custom_parts_registry
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  custom custom_parts_registry;
BEGIN
  SELECT * INTO custom FROM custom_parts_registry WHERE custom_number = btrim(p_custom_number) FOR NO KEY UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'There is no custom part %.', shown(p_custom_number) USING ERRCODE = 'TV004', HINT = 'SELECT custom_number, specification_code, state FROM custom_parts_registry lists them.';
  END IF;
  IF custom.state = 'RETIRED' THEN
    RAISE EXCEPTION 'Custom part % is retired.', custom.custom_number
      USING ERRCODE = 'TV009', HINT = 'It stays as it is. Generate the BOM that needs its dimensions again: they get a new number.';
  END IF;
  RETURN custom;
END;
$$;
COMMENT ON FUNCTION require_custom_part(text) IS 'Locks a custom part that is in use by its number; TV004 if there is none, TV009 if it is retired.';

CREATE OR REPLACE FUNCTION attach_custom_part_drawing(p_custom_number text, p_reference text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  PERFORM require_person('custom_part:update');
  IF btrim(coalesce(p_reference, '')) = '' THEN
    RAISE EXCEPTION 'A drawing reference is needed for %.', shown(p_custom_number) USING ERRCODE = 'TV022', COLUMN = 'reference', HINT = 'Give the number or file of the drawing.';
  END IF;
  UPDATE custom_parts_registry SET state = 'DRAWN', drawing_reference = btrim(p_reference)
   WHERE custom_number = (require_custom_part(p_custom_number)).custom_number;
END;
$$;
COMMENT ON FUNCTION attach_custom_part_drawing(text, text) IS 'Records the drawing of a custom part, which production waits for.';

CREATE OR REPLACE FUNCTION builds_needing_custom_part(p_part_id bigint) RETURNS text[]
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT coalesce(array_agg(DISTINCT b.build_number ORDER BY b.build_number), '{}')
    FROM bom_line_items l
    JOIN boms m ON m.bom_id = l.bom_id
    JOIN builds b ON b.build_id = m.build_id
   WHERE l.part_id = p_part_id AND b.state = 'ACTIVE' AND b.phase NOT IN ('DRAFT', 'CONFIGURATION', 'DELIVERED')
     AND (b.bom_id = m.bom_id OR EXISTS (SELECT FROM order_changes c WHERE c.build_id = b.build_id AND c.to_bom_id = m.bom_id AND c.state = 'PROPOSED'))
$$;
COMMENT ON FUNCTION builds_needing_custom_part(bigint) IS 'Numbers of the builds that are submitted but not delivered and whose BOM, the present or a proposed one, has a custom part.';

CREATE OR REPLACE FUNCTION retire_custom_part(p_custom_number text, p_reason text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  custom custom_parts_registry;
  needed text[];
BEGIN
  PERFORM require_person('custom_part:retire'), require_reason(p_reason);
  custom := require_custom_part(p_custom_number);
  needed := builds_needing_custom_part(custom.part_id);
  IF needed <> '{}' THEN
    RAISE EXCEPTION 'Custom part % is needed for %.', custom.custom_number, builds_text(needed)
      USING ERRCODE = 'TV009', HINT = 'Deliver or cancel them, return their orders to configuration, or change their configuration first.';
  END IF;
  UPDATE custom_parts_registry SET state = 'RETIRED', retirement_reason = btrim(p_reason) WHERE custom_part_id = custom.custom_part_id;
  UPDATE parts SET lifecycle = 'OBSOLETE' WHERE part_id = custom.part_id;
  PERFORM emit_event('custom_part.retired', 'custom_parts_registry', custom.custom_part_id,
    jsonb_build_object('custom_number', custom.custom_number, 'specification_code', custom.specification_code, 'reason', btrim(p_reason)));
END;
$$;
COMMENT ON FUNCTION retire_custom_part(text, text) IS
  'Retires a custom part for ever, with a reason: the same dimensions ordered again get a new number. Refused while a submitted build needs it; a BOM of a build still in configuration has to be generated again.';

CREATE OR REPLACE FUNCTION retired_custom_parts(p_bom_id bigint) RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT string_agg(DISTINCT r.custom_number, ', ' ORDER BY r.custom_number)
    FROM bom_line_items l JOIN custom_parts_registry r ON r.part_id = l.part_id WHERE l.bom_id = p_bom_id AND r.state = 'RETIRED'
$$;
COMMENT ON FUNCTION retired_custom_parts(bigint) IS 'The custom parts of a BOM that were retired after it was generated; null if there are none.';
