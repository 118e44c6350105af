-- Catalogue: sourcing data of a part, which those who buy keep up without changing what the part is.

CREATE OR REPLACE FUNCTION sourcing_values(p_changes jsonb) RETURNS jsonb
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  wrong text;
BEGIN
  IF jsonb_typeof(p_changes) IS DISTINCT FROM 'object' OR p_changes = '{}' THEN
    RAISE EXCEPTION 'The changes must be a JSON object with at least one key.' USING ERRCODE = 'TV022', HINT = 'For example {"lead_time_days": 21, "sourcing_note": "second source agreed"}.';
  END IF;
  SELECT string_agg(k, ', ' ORDER BY k) INTO wrong FROM jsonb_object_keys(p_changes) k WHERE k NOT IN ('manufacturer', 'manufacturer_part_number', 'lead_time_days', 'sourcing_note');
  IF wrong IS NOT NULL THEN
    RAISE EXCEPTION 'These are no sourcing data of a part: %.', shown(wrong) USING ERRCODE = 'TV022', HINT = 'Change manufacturer, manufacturer_part_number, lead_time_days or sourcing_note; the rest of the catalogue is the Administrator''s.';
  END IF;
  IF p_changes ->> 'lead_time_days' IS NOT NULL AND (jsonb_typeof(p_changes -> 'lead_time_days') <> 'number' OR p_changes ->> 'lead_time_days' !~ '^[0-9]{1,4}$') THEN
    RAISE EXCEPTION 'lead_time_days is %.', shown(p_changes ->> 'lead_time_days') USING ERRCODE = 'TV022', HINT = 'Give whole calendar days from 0 to 9999, or null for unknown.';
  END IF;
  SELECT string_agg(v.key, ', ' ORDER BY v.key) INTO wrong FROM jsonb_each(p_changes) v WHERE v.key <> 'lead_time_days' AND (jsonb_typeof(v.value) NOT IN ('string', 'null') OR length(v.value #>> '{}') > 2000);
  IF wrong IS NOT NULL THEN
    RAISE EXCEPTION '% must be text of at most 2000 characters.', wrong USING ERRCODE = 'TV022', HINT = 'Give a text, or null to empty the field.';
  END IF;
  RETURN (SELECT jsonb_object_agg(v.key, CASE jsonb_typeof(v.value) WHEN 'string' THEN to_jsonb(nullif(btrim(v.value #>> '{}'), '')) ELSE v.value END) FROM jsonb_each(p_changes) v);
END;
$$;
COMMENT ON FUNCTION sourcing_values(jsonb) IS 'Changes of the sourcing data of a part, checked and tidied; TV022 names the field.';

CREATE OR REPLACE FUNCTION update_part_sourcing(p_part_number text, p_changes jsonb, p_expected_updated_at timestamptz DEFAULT NULL) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  part parts;
  wanted parts;
BEGIN
  PERFORM require_person('catalogue:update_sourcing');
  SELECT p.* INTO part FROM require_item(p_part_number) i JOIN parts p ON p.part_id = i.part_id FOR NO KEY UPDATE OF p;
  IF part.part_id IS NULL THEN
    RAISE EXCEPTION '% is an assembly.', shown(p_part_number) USING ERRCODE = 'TV022', HINT = 'Only parts are bought; name one of its components.';
  END IF;
  IF part.updated_at <> p_expected_updated_at THEN
    RAISE EXCEPTION 'Part % was changed meanwhile.', part.part_number USING ERRCODE = 'TV012', HINT = 'Look at it again, then decide.';
  END IF;
  wanted := jsonb_populate_record(part, sourcing_values(p_changes));
  UPDATE parts SET manufacturer = wanted.manufacturer, manufacturer_part_number = wanted.manufacturer_part_number, lead_time_days = wanted.lead_time_days, sourcing_note = wanted.sourcing_note
   WHERE part_id = part.part_id;
END;
$$;
COMMENT ON FUNCTION update_part_sourcing(text, jsonb, timestamptz) IS
  'Changes the sourcing data of a part: {"manufacturer", "manufacturer_part_number", "lead_time_days", "sourcing_note"}, null empties a field. With the updated_at that the caller saw, a change in between is TV012.';
