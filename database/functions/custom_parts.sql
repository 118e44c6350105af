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
  SELECT * INTO custom FROM custom_parts_registry WHERE custom_kind = p_kind AND specification_code = p_specification;
  IF FOUND THEN
    RETURN custom;
  END IF;
  -- Sessions that need new parts wait for each other here: one lock for all, since several taken in turn could deadlock.
  PERFORM pg_advisory_xact_lock(hashtextextended('torvan custom parts', 0));
  SELECT * INTO custom FROM custom_parts_registry WHERE custom_kind = p_kind AND specification_code = p_specification;
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
  ON CONFLICT (custom_kind, specification_code) DO NOTHING
  RETURNING * INTO custom;
  RETURN custom;
END;
$$;
COMMENT ON FUNCTION allocate_custom_part(text, text, jsonb) IS
  'The custom part of a kind and specification: the one there is, or a new one with the next number of the 700 series (product.md section 5). Safe under concurrency; numbers are never used again.';

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
