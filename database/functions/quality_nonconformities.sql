-- Nonconformities: report, decide, record the rework, verify, close.
--
-- Lock order: the order of the build, the build, then the nonconformity.

CREATE OR REPLACE FUNCTION generate_nonconformity_number() RETURNS text
LANGUAGE sql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT format('NCR-%s-%s', to_char(site_today(), 'YYYY'), lpad(n::text, greatest(6, length(n::text)), '0')) FROM nextval('nonconformity_number_sequence') AS n
$$;
COMMENT ON FUNCTION generate_nonconformity_number() IS 'The next number of a nonconformity, NCR-YEAR-nnnnnn.';

CREATE OR REPLACE FUNCTION insert_nonconformity(p_build_id bigint, p_inspection_id bigint, p_finding jsonb, p_category text, p_severity text) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  category nonconformity_categories := require_category(p_category);
  item qc_inspection_items;
  made bigint;
BEGIN
  IF p_finding ? 'item' THEN
    item := require_item(p_inspection_id, p_finding ->> 'item', (p_finding ->> 'basin')::integer);
  END IF;
  INSERT INTO nonconformities (nonconformity_number, build_id, qc_inspection_id, qc_inspection_item_id, category_code, severity, description, affected_items, needs_rework, reported_by)
  VALUES (generate_nonconformity_number(), p_build_id, p_inspection_id, item.qc_inspection_item_id, category.category_code, severity_of(category, coalesce(p_finding ->> 'severity', p_severity)),
          left(btrim(p_finding ->> 'description'), 2000), array(SELECT upper(x) FROM jsonb_array_elements_text(CASE jsonb_typeof(p_finding -> 'affects') WHEN 'array' THEN p_finding -> 'affects' ELSE '[]' END) x),
          category.needs_rework OR coalesce(p_finding -> 'rework' = 'true', false), current_user_id())
  RETURNING nonconformity_id INTO made;
  INSERT INTO qc_inspection_photos (build_id, nonconformity_id, sha256, added_by)
  SELECT DISTINCT p_build_id, made, x, current_user_id() FROM jsonb_array_elements_text(CASE jsonb_typeof(p_finding -> 'photos') WHEN 'array' THEN p_finding -> 'photos' ELSE '[]' END) x;
  PERFORM emit_event('nonconformity.reported', 'nonconformities', made, jsonb_build_object('build_id', p_build_id, 'inspection_id', p_inspection_id, 'category', category.category_code, 'description', p_finding ->> 'description'));
  RETURN made;
EXCEPTION WHEN check_violation THEN
  RAISE EXCEPTION 'A photo or the description of a finding is not right.' USING ERRCODE = 'TV022', HINT = 'Describe it in at least three characters; name photos by their SHA-256, 64 hexadecimal digits in lower case.';
END;
$$;
COMMENT ON FUNCTION insert_nonconformity(bigint, bigint, jsonb, text, text) IS 'Writes a finding {"item", "basin", "severity", "description", "affects", "rework", "photos"} with its number.';

CREATE OR REPLACE FUNCTION report_nonconformity(
  p_build_id bigint, p_category text, p_description text, p_severity text DEFAULT NULL, p_photos text[] DEFAULT '{}',
  p_inspection_id bigint DEFAULT NULL, p_item_code text DEFAULT NULL, p_basin integer DEFAULT NULL
) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  build builds := lock_checked_build(p_build_id);
  made bigint;
BEGIN
  PERFORM require_person('nonconformity:create');
  IF length(btrim(coalesce(p_description, ''))) < 3 THEN
    RAISE EXCEPTION 'The description is missing.' USING ERRCODE = 'TV022', COLUMN = 'description', HINT = 'Say what is wrong, in at least three characters.';
  END IF;
  IF array_position(p_photos, NULL) IS NOT NULL THEN
    RAISE EXCEPTION 'A photo is missing.' USING ERRCODE = 'TV022', COLUMN = 'photos', HINT = 'Give the SHA-256 of each photo, or none.';
  END IF;
  IF p_inspection_id IS NOT NULL AND (require_inspection(p_inspection_id)).build_id <> build.build_id THEN
    RAISE EXCEPTION 'Inspection % is of another build.', shown(p_inspection_id) USING ERRCODE = 'TV022', COLUMN = 'inspection_id', HINT = 'Name an inspection of this build, or none.';
  END IF;
  IF p_item_code IS NOT NULL AND p_inspection_id IS NULL THEN
    RAISE EXCEPTION 'Item % of which inspection?', shown(p_item_code) USING ERRCODE = 'TV022', COLUMN = 'inspection_id', HINT = 'Give p_inspection_id with it.';
  END IF;
  PERFORM open_quality(p_build_id);
  made := insert_nonconformity(p_build_id, p_inspection_id, jsonb_strip_nulls(jsonb_build_object('item', p_item_code, 'basin', p_basin, 'description', p_description, 'photos', to_jsonb(p_photos))), p_category, p_severity);
  PERFORM close_quality();
  RETURN made;
END;
$$;
COMMENT ON FUNCTION report_nonconformity(bigint, text, text, text, text[], bigint, text, integer) IS 'Reports a finding on a build, at any time, and returns its key. Severity: that of the reason unless given.';

CREATE OR REPLACE FUNCTION lock_nonconformity(p_nonconformity_id bigint, p_states text[]) RETURNS nonconformities
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  found nonconformities;
BEGIN
  SELECT * INTO found FROM nonconformities n WHERE n.nonconformity_id = p_nonconformity_id;
  IF found.nonconformity_id IS NULL THEN
    RAISE EXCEPTION 'There is no nonconformity %.', shown(p_nonconformity_id) USING ERRCODE = 'TV004', COLUMN = 'nonconformity_id', HINT = 'SELECT nonconformity_id, nonconformity_number, state FROM nonconformities lists them.';
  END IF;
  PERFORM lock_checked_build(found.build_id);
  SELECT * INTO found FROM nonconformities n WHERE n.nonconformity_id = p_nonconformity_id FOR NO KEY UPDATE;
  IF found.state <> ALL (p_states) THEN
    RAISE EXCEPTION 'Nonconformity % is %.', found.nonconformity_number, lower(replace(found.state, '_', ' '))
      USING ERRCODE = 'TV009', HINT = format('This step is for %s.', lower(replace(array_to_string(p_states, ' or '), '_', ' ')));
  END IF;
  RETURN found;
END;
$$;
COMMENT ON FUNCTION lock_nonconformity(bigint, text[]) IS 'Locks a nonconformity after its order and build; raises TV009 unless it is in one of the states.';

CREATE OR REPLACE FUNCTION order_rework(p_nonconformity_id bigint) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  finding nonconformities;
  minutes integer;
BEGIN
  SELECT * INTO finding FROM nonconformities n WHERE n.nonconformity_id = p_nonconformity_id;
  SELECT c.rework_minutes INTO minutes FROM nonconformity_categories c WHERE c.category_code = finding.category_code;
  PERFORM open_quality(finding.build_id);
  UPDATE nonconformities n
     SET state = 'IN_REWORK', disposition = coalesce(n.disposition, 'REWORK'), disposed_by = coalesce(n.disposed_by, current_user_id()), disposed_at = coalesce(n.disposed_at, clock_timestamp())
   WHERE n.nonconformity_id = p_nonconformity_id;
  PERFORM close_quality();
  PERFORM create_rework_task(finding.build_id, p_nonconformity_id, format('Rework %s: %s', finding.nonconformity_number, left(finding.description, 120)), minutes);
END;
$$;
COMMENT ON FUNCTION order_rework(bigint) IS 'Puts a finding into rework and makes the task for it, which blocks the return to inspection.';

CREATE OR REPLACE FUNCTION dispose_nonconformity(p_nonconformity_id bigint, p_disposition text, p_reason text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  finding nonconformities := lock_nonconformity(p_nonconformity_id, '{OPEN}');
  person bigint := require_person('nonconformity:dispose');
  decision text := upper(btrim(coalesce(p_disposition, '')));
BEGIN
  PERFORM require_reason(p_reason);
  IF decision NOT IN ('REWORK', 'USE_AS_IS', 'SCRAP', 'RETURN_TO_SUPPLIER') THEN
    RAISE EXCEPTION 'The disposition is "%".', shown(p_disposition) USING ERRCODE = 'TV022', COLUMN = 'disposition', HINT = 'Choose REWORK, USE_AS_IS, SCRAP or RETURN_TO_SUPPLIER.';
  END IF;
  IF decision = 'USE_AS_IS' AND finding.severity <> 'MINOR' THEN
    RAISE EXCEPTION 'Nonconformity % is % and cannot be used as it is.', finding.nonconformity_number, lower(finding.severity) USING ERRCODE = 'TV009', HINT = 'Only a minor finding is accepted; have this one reworked.';
  END IF;
  IF decision = 'USE_AS_IS' AND is_own_work(person, finding.build_id) THEN
    RAISE EXCEPTION '% worked on this build and does not accept its findings.', current_actor() USING ERRCODE = 'TV025', HINT = 'A second person with the permission has to do it (separation of duties).';
  END IF;
  PERFORM open_quality(finding.build_id);
  UPDATE nonconformities SET disposition = decision, disposition_note = btrim(p_reason), disposed_by = person, disposed_at = clock_timestamp(), needs_rework = decision <> 'USE_AS_IS'
   WHERE nonconformity_id = p_nonconformity_id;
  PERFORM close_quality();
  IF decision <> 'USE_AS_IS' THEN
    PERFORM order_rework(p_nonconformity_id);
  END IF;
  PERFORM emit_event('nonconformity.disposed', 'nonconformities', p_nonconformity_id, jsonb_build_object('build_id', finding.build_id, 'disposition', decision, 'reason', p_reason));
END;
$$;
COMMENT ON FUNCTION dispose_nonconformity(bigint, text, text) IS
  'Decides on an open finding: REWORK, SCRAP or RETURN_TO_SUPPLIER make a rework task; USE_AS_IS accepts a minor one, which quality control still has to verify.';

CREATE OR REPLACE FUNCTION record_rework(p_nonconformity_id bigint, p_what_was_done text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  finding nonconformities := lock_nonconformity(p_nonconformity_id, '{OPEN,IN_REWORK}');
  person bigint := require_person('nonconformity:rework');
BEGIN
  PERFORM require_reason(p_what_was_done);
  PERFORM open_quality(finding.build_id);
  UPDATE nonconformities SET state = 'REWORKED', rework_note = btrim(p_what_was_done), reworked_by = person, reworked_at = clock_timestamp() WHERE nonconformity_id = p_nonconformity_id;
  PERFORM close_quality();
  PERFORM emit_event('nonconformity.reworked', 'nonconformities', p_nonconformity_id, jsonb_build_object('build_id', finding.build_id));
  IF NOT EXISTS (SELECT FROM nonconformities n WHERE n.build_id = finding.build_id AND n.needs_rework AND n.state IN ('OPEN', 'IN_REWORK')) THEN
    PERFORM emit_event('build.rework_finished', 'builds', finding.build_id, jsonb_build_object('build_id', finding.build_id));
  END IF;
END;
$$;
COMMENT ON FUNCTION record_rework(bigint, text) IS 'Records what was done about a finding. Who did it does not verify it.';

CREATE OR REPLACE FUNCTION require_verifier(p_finding nonconformities) RETURNS bigint
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  person bigint := require_person('nonconformity:close');
BEGIN
  IF is_own_work(person, p_finding.build_id) THEN
    RAISE EXCEPTION '% worked on this build and does not clear its findings.', current_actor() USING ERRCODE = 'TV025', HINT = 'Another QC Inspector has to do it (separation of duties).';
  END IF;
  RETURN person;
END;
$$;
COMMENT ON FUNCTION require_verifier(nonconformities) IS 'The acting QC Inspector, who must not have worked on the build.';

CREATE OR REPLACE FUNCTION verify_nonconformity(p_nonconformity_id bigint) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  finding nonconformities := lock_nonconformity(p_nonconformity_id, '{OPEN,REWORKED}');
  person bigint := require_verifier(finding);
BEGIN
  IF finding.state = 'OPEN' AND (finding.needs_rework OR finding.disposition IS NULL) THEN
    RAISE EXCEPTION 'Nonconformity % has nothing to verify yet.', finding.nonconformity_number USING ERRCODE = 'TV009', HINT = 'Decide on it with dispose_nonconformity, or record its rework first.';
  END IF;
  IF finding.disposition = 'USE_AS_IS' THEN
    PERFORM require_other_person(person, ARRAY[finding.disposed_by], 'verify what they accepted');
  END IF;
  PERFORM open_quality(finding.build_id);
  UPDATE nonconformities SET state = 'VERIFIED', verified_by = person, verified_at = clock_timestamp() WHERE nonconformity_id = p_nonconformity_id;
  PERFORM close_quality();
  PERFORM emit_event('nonconformity.verified', 'nonconformities', p_nonconformity_id, jsonb_build_object('build_id', finding.build_id));
END;
$$;
COMMENT ON FUNCTION verify_nonconformity(bigint) IS 'Quality control verifies a reworked finding, or one that another person accepted as it is.';

CREATE OR REPLACE FUNCTION close_nonconformity(p_nonconformity_id bigint, p_note text) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  finding nonconformities := lock_nonconformity(p_nonconformity_id, '{VERIFIED}');
  person bigint := require_verifier(finding);
BEGIN
  PERFORM require_reason(p_note);
  PERFORM open_quality(finding.build_id);
  UPDATE nonconformities SET state = 'CLOSED', closed_by = person, closed_at = clock_timestamp(), close_note = btrim(p_note) WHERE nonconformity_id = p_nonconformity_id;
  PERFORM close_quality();
  PERFORM emit_event('nonconformity.closed', 'nonconformities', p_nonconformity_id, jsonb_build_object('build_id', finding.build_id));
  RETURN sign('nonconformities', p_nonconformity_id, 'reviewed', p_note);
END;
$$;
COMMENT ON FUNCTION close_nonconformity(bigint, text) IS 'Quality control closes a verified finding and signs for it. Returns the key of the signature.';
