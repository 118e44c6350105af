-- Production: serial numbers of the units built in (workflow.md section 8).
--
-- A row is never changed but for its removal: another unit or a corrected number is a new row that names the one it replaces.

CREATE OR REPLACE FUNCTION required_serials(p_build_id bigint)
RETURNS TABLE (serial_kind_code text, name text, basin_number integer, item_code text, needs_software_version boolean, needs_plant_codes boolean, build_serial_id bigint, is_captured boolean)
LANGUAGE plpgsql STABLE ROWS 8
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  build builds := require_build(p_build_id);
  chosen configurations;
  sink_vars jsonb;
BEGIN
  PERFORM require_permission('build:read'), require_visible_build(p_build_id);
  SELECT * INTO chosen FROM configurations c WHERE c.configuration_id = build.configuration_id;
  IF chosen.configuration_id IS NULL THEN
    RETURN;
  END IF;
  sink_vars := jsonb_build_object('v', derive_values(chosen.rule_set_id, chosen.parameters));
  RETURN QUERY
    SELECT k.serial_kind_code, k.name, x.number,
           coalesce(r.item_code, (SELECT l.item_code FROM bom_line_items l WHERE l.bom_id = build.bom_id AND l.depth = 0 AND l.component_group = r.component_group ORDER BY l.line_number LIMIT 1)),
           k.needs_software_version, k.needs_plant_codes, s.build_serial_id, s.build_serial_id IS NOT NULL
      FROM (SELECT * FROM serial_requirements q WHERE q.family_code = chosen.family_code OFFSET 0) r
      JOIN serial_kinds k ON k.serial_kind_code = r.serial_kind_code
      CROSS JOIN LATERAL (
        SELECT NULL::integer AS number, sink_vars AS vars WHERE r.for_each IS NULL
        UNION ALL
        SELECT q.n::integer, sink_vars || jsonb_build_object('e', q.e, 'i', q.n - 1)
          FROM jsonb_path_query(chosen.parameters, r.for_each, '{}', true) WITH ORDINALITY AS q (e, n) WHERE r.for_each IS NOT NULL
      ) x
      LEFT JOIN build_serials s ON s.build_id = p_build_id AND s.serial_kind_code = k.serial_kind_code AND s.basin_number IS NOT DISTINCT FROM x.number AND s.removed_at IS NULL
     WHERE jsonb_path_match(chosen.parameters, r.condition, x.vars, true)
     ORDER BY x.number NULLS LAST, r.position;
END;
$$;
COMMENT ON FUNCTION required_serials(bigint) IS 'The serial numbers a build must have by its configuration, and which of them are captured.';

CREATE OR REPLACE FUNCTION works_on_build(p_build_id bigint) RETURNS boolean
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT EXISTS (SELECT FROM production_tasks t WHERE t.build_id = p_build_id AND t.is_current AND t.assignee_id = current_user_id()) $$;
COMMENT ON FUNCTION works_on_build(bigint) IS 'True if the acting user has a task of the build.';

CREATE OR REPLACE FUNCTION require_serial_person(p_build_id bigint) RETURNS bigint
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  person bigint := require_person('serial_number:create');
BEGIN
  IF has_permission('serial_number:update') OR works_on_build(p_build_id) THEN
    RETURN person;
  END IF;
  RAISE EXCEPTION '% has no task of build %.', current_actor(), (SELECT b.build_number FROM builds b WHERE b.build_id = p_build_id)
    USING ERRCODE = '42501', HINT = 'Technicians capture serial numbers of builds they work on: take a task of it first.';
END;
$$;
COMMENT ON FUNCTION require_serial_person(bigint) IS 'The acting person, who may capture serial numbers of this build: quality control, or a technician with a task of it.';

CREATE OR REPLACE FUNCTION insert_serial(p_row build_serials) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  need record;
  missing text;
  made bigint;
BEGIN
  SELECT * INTO need FROM required_serials(p_row.build_id) r WHERE r.serial_kind_code = p_row.serial_kind_code AND r.basin_number IS NOT DISTINCT FROM p_row.basin_number;
  IF need.serial_kind_code IS NULL THEN
    RAISE EXCEPTION 'Build % has no % to capture%.', (SELECT b.build_number FROM builds b WHERE b.build_id = p_row.build_id), p_row.serial_kind_code, coalesce(' at basin ' || p_row.basin_number, '')
      USING ERRCODE = 'TV022', COLUMN = 'kind', HINT = 'SELECT * FROM required_serials(build_id) lists what this sink has.';
  END IF;
  missing := concat_ws(', ', CASE WHEN p_row.serial_number IS NULL AND p_row.batch_number IS NULL THEN 'serial number (or batch number where the unit has none)' END,
    CASE WHEN need.needs_software_version AND p_row.software_version IS NULL THEN 'software version' END,
    CASE WHEN need.needs_plant_codes AND p_row.qe_code IS NULL THEN 'QE code' END, CASE WHEN need.needs_plant_codes AND p_row.qfu_code IS NULL THEN 'QFU code' END);
  IF missing <> '' THEN
    RAISE EXCEPTION '% needs: %.', need.name, missing USING ERRCODE = 'TV022', HINT = 'All of it stands on the label or start page of the unit.';
  END IF;
  INSERT INTO build_serials (build_id, serial_kind_code, basin_number, item_code, serial_number, batch_number, software_version, qe_code, qfu_code, capture_method, captured_by, replaces_id)
  VALUES (p_row.build_id, p_row.serial_kind_code, p_row.basin_number, need.item_code, p_row.serial_number, p_row.batch_number, p_row.software_version, p_row.qe_code, p_row.qfu_code,
          coalesce(p_row.capture_method, 'HAND'), current_user_id(), p_row.replaces_id)
  RETURNING build_serial_id INTO made;
  RETURN made;
EXCEPTION WHEN unique_violation THEN
  RAISE EXCEPTION 'The % % cannot be captured: %.', lower(need.name), coalesce(p_row.serial_number, p_row.batch_number), coalesce(
    (SELECT 'it is built into ' || b.build_number FROM build_serials s JOIN builds b ON b.build_id = s.build_id
      WHERE s.serial_kind_code = p_row.serial_kind_code AND s.serial_number = p_row.serial_number AND s.removed_at IS NULL), 'this place has one already')
    USING ERRCODE = 'TV009', HINT = 'Read the label again; replace_serial puts another unit in its place, correct_serial mends a slip.';
END;
$$;
COMMENT ON FUNCTION insert_serial(build_serials) IS 'Checks and writes a serial number: asked for by the configuration, complete, unique per kind.';

CREATE OR REPLACE FUNCTION serial_text(p_text text) RETURNS text
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp
AS $$ SELECT nullif(upper(btrim(p_text)), '') $$;
COMMENT ON FUNCTION serial_text(text) IS 'A serial or batch number as it is stored: trimmed, upper case, null for nothing.';

CREATE OR REPLACE FUNCTION capture_serial(
  p_build_id bigint, p_kind text, p_serial_number text, p_basin_number integer DEFAULT NULL, p_batch_number text DEFAULT NULL, p_software_version text DEFAULT NULL,
  p_qe_code text DEFAULT NULL, p_qfu_code text DEFAULT NULL, p_capture_method text DEFAULT 'HAND'
) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  build builds := lock_build(p_build_id);
  wanted build_serials;
  made bigint;
BEGIN
  PERFORM require_serial_person(p_build_id), require_live_build(build);
  IF build.phase NOT IN ('PRODUCTION', 'QUALITY_CONTROL') THEN
    RAISE EXCEPTION 'Build % is in phase %.', build.build_number, build.phase USING ERRCODE = 'TV009', HINT = 'Serial numbers are captured in PRODUCTION and QUALITY_CONTROL; later ones are corrected with correct_serial.';
  END IF;
  IF upper(coalesce(p_capture_method, '')) NOT IN ('SCAN', 'HAND') THEN
    RAISE EXCEPTION 'The capture method is "%".', shown(p_capture_method) USING ERRCODE = 'TV022', COLUMN = 'capture_method', HINT = 'Choose SCAN or HAND.';
  END IF;
  wanted.build_id := p_build_id;
  wanted.serial_kind_code := upper(btrim(p_kind));
  wanted.basin_number := p_basin_number;
  wanted.serial_number := serial_text(p_serial_number);
  wanted.batch_number := serial_text(p_batch_number);
  wanted.software_version := nullif(btrim(p_software_version), '');
  wanted.qe_code := nullif(btrim(p_qe_code), '');
  wanted.qfu_code := nullif(btrim(p_qfu_code), '');
  wanted.capture_method := upper(p_capture_method);
  made := insert_serial(wanted);
  IF NOT EXISTS (SELECT FROM required_serials(p_build_id) r WHERE NOT r.is_captured) THEN
    PERFORM emit_event('build.serials_captured', 'builds', p_build_id, jsonb_build_object('order_id', build.order_id, 'build_number', build.build_number));
  END IF;
  RETURN made;
END;
$$;
COMMENT ON FUNCTION capture_serial(bigint, text, text, integer, text, text, text, text, text) IS
  'Captures the serial number of a unit, by hand or scanner: TOUCHSCREEN and VALVE_PLATE per E-Sink basin, DOSING_PUMP per E_SINK basin, CONTROL_BOX once. A batch number where the unit has no serial number.';

CREATE OR REPLACE FUNCTION remove_serial(p_build_serial_id bigint, p_kind text, p_reason text) RETURNS build_serials
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  old build_serials;
BEGIN
  SELECT * INTO old FROM build_serials s WHERE s.build_serial_id = p_build_serial_id FOR NO KEY UPDATE;
  IF old.removed_at IS NOT NULL THEN
    RAISE EXCEPTION 'Serial number % is not in force: %.', coalesce(old.serial_number, old.batch_number), lower(old.removal_kind)
      USING ERRCODE = 'TV009', HINT = 'Work on the row that replaced it.';
  END IF;
  UPDATE build_serials SET removed_at = clock_timestamp(), removed_by = current_user_id(), removal_kind = p_kind, removal_reason = btrim(p_reason) WHERE build_serial_id = p_build_serial_id;
  old.replaces_id := p_build_serial_id;
  RETURN old;
END;
$$;
COMMENT ON FUNCTION remove_serial(bigint, text, text) IS 'Notes that a serial number no longer holds; returns the row as the start of the one that takes its place.';

CREATE OR REPLACE FUNCTION serial_build(p_build_serial_id bigint) RETURNS bigint
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  build bigint := (SELECT s.build_id FROM build_serials s WHERE s.build_serial_id = p_build_serial_id);
BEGIN
  IF build IS NULL THEN
    RAISE EXCEPTION 'There is no serial number with the key %.', shown(p_build_serial_id) USING ERRCODE = 'TV004', COLUMN = 'build_serial_id', HINT = 'SELECT * FROM build_serials WHERE build_id = … lists them.';
  END IF;
  RETURN build;
END;
$$;
COMMENT ON FUNCTION serial_build(bigint) IS 'The build of a serial number, or an error.';

CREATE OR REPLACE FUNCTION replace_serial(
  p_build_serial_id bigint, p_serial_number text, p_reason text, p_batch_number text DEFAULT NULL, p_software_version text DEFAULT NULL, p_qe_code text DEFAULT NULL, p_qfu_code text DEFAULT NULL
) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  build builds := lock_build(serial_build(p_build_serial_id));
  unit build_serials;
BEGIN
  PERFORM require_serial_person(build.build_id), require_live_build(build), require_reason(p_reason);
  IF build.phase NOT IN ('PRODUCTION', 'QUALITY_CONTROL', 'PACKAGING') THEN
    RAISE EXCEPTION 'Build % is in phase %.', build.build_number, build.phase USING ERRCODE = 'TV009', HINT = 'Units are replaced from PRODUCTION to PACKAGING.';
  END IF;
  unit := remove_serial(p_build_serial_id, 'REPLACED', p_reason);
  unit.serial_number := serial_text(p_serial_number);
  unit.batch_number := serial_text(p_batch_number);
  unit.software_version := nullif(btrim(p_software_version), '');
  unit.qe_code := nullif(btrim(p_qe_code), '');
  unit.qfu_code := nullif(btrim(p_qfu_code), '');
  RETURN insert_serial(unit);
END;
$$;
COMMENT ON FUNCTION replace_serial(bigint, text, text, text, text, text, text) IS 'Another unit takes the place of one: the old row stays with its date and reason. Returns the key of the new row.';

CREATE OR REPLACE FUNCTION correct_serial(p_build_serial_id bigint, p_changes jsonb, p_reason text) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  build builds := lock_build(serial_build(p_build_serial_id));
  unit build_serials;
  unknown text;
BEGIN
  PERFORM require_person('serial_number:update'), require_reason(p_reason);
  SELECT string_agg(k, ', ' ORDER BY k) INTO unknown FROM jsonb_object_keys(CASE jsonb_typeof(p_changes) WHEN 'object' THEN p_changes ELSE '{"?": 1}' END) k
   WHERE k NOT IN ('serial_number', 'batch_number', 'software_version', 'qe_code', 'qfu_code');
  IF unknown IS NOT NULL THEN
    RAISE EXCEPTION 'These fields of a serial number cannot be corrected: %.', unknown
      USING ERRCODE = 'TV022', HINT = 'Give a JSON object with serial_number, batch_number, software_version, qe_code or qfu_code.';
  END IF;
  IF build.state = 'CANCELLED' THEN
    RAISE EXCEPTION 'Build % is cancelled.', build.build_number USING ERRCODE = 'TV009', HINT = 'Its record stays as it is.';
  END IF;
  unit := jsonb_populate_record(remove_serial(p_build_serial_id, 'CORRECTED', p_reason), p_changes);
  unit.serial_number := serial_text(unit.serial_number);
  unit.batch_number := serial_text(unit.batch_number);
  RETURN insert_serial(unit);
END;
$$;
COMMENT ON FUNCTION correct_serial(bigint, jsonb, text) IS 'Mends a slip: {"serial_number": "…"}. The wrong row stays, marked CORRECTED with the reason; returns the key of the right one.';
