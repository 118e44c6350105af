-- Inspections: answers of the items, and what does not apply.
--
-- Lock order: the order of the build, the build, then the inspection.

CREATE OR REPLACE FUNCTION require_inspection(p_inspection_id bigint) RETURNS qc_inspections
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  found qc_inspections;
BEGIN
  SELECT * INTO found FROM qc_inspections q WHERE q.qc_inspection_id = p_inspection_id;
  IF found.qc_inspection_id IS NULL THEN
    RAISE EXCEPTION 'There is no inspection %.', shown(p_inspection_id) USING ERRCODE = 'TV004', COLUMN = 'inspection_id', HINT = 'SELECT qc_inspection_id, build_id, gate_code, state FROM qc_inspections lists them.';
  END IF;
  RETURN found;
END;
$$;
COMMENT ON FUNCTION require_inspection(bigint) IS 'An inspection by its key, or an error.';

CREATE OR REPLACE FUNCTION lock_inspection(p_inspection_id bigint) RETURNS qc_inspections
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  found qc_inspections := require_inspection(p_inspection_id);
BEGIN
  PERFORM lock_checked_build(found.build_id);
  SELECT * INTO found FROM qc_inspections q WHERE q.qc_inspection_id = p_inspection_id FOR NO KEY UPDATE;
  RETURN found;
END;
$$;
COMMENT ON FUNCTION lock_inspection(bigint) IS 'Locks an inspection after its order and build, both of which must be active.';

CREATE OR REPLACE FUNCTION own_open_inspection(p_inspection_id bigint, p_act text) RETURNS qc_inspections
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  found qc_inspections := lock_inspection(p_inspection_id);
  gate qc_gates;
  build builds;
  person bigint;
  needed text;
BEGIN
  SELECT * INTO gate FROM qc_gates g WHERE g.gate_code = found.gate_code;
  SELECT * INTO build FROM builds b WHERE b.build_id = found.build_id;
  needed := CASE p_act WHEN 'SIGN' THEN gate.sign_permission WHEN 'REJECT' THEN gate.reject_permission ELSE gate.record_permission END;
  IF needed IS NULL THEN
    RAISE EXCEPTION '% is not rejected.', gate.title USING ERRCODE = 'TV009', HINT = 'Correct what fails, or report a nonconformity.';
  END IF;
  person := require_inspector(gate, needed, build);
  IF found.state NOT IN ('DRAFT', 'IN_PROGRESS') THEN
    RAISE EXCEPTION 'Inspection % is % and takes no more answers.', shown(p_inspection_id), lower(found.state)
      USING ERRCODE = 'TV003', HINT = 'A signed record stays as it is: begin a new attempt, or have it reopened with a reason.';
  END IF;
  IF found.inspector_id <> person THEN
    RAISE EXCEPTION 'Inspection % is the work of %.', shown(p_inspection_id), (SELECT u.display_name FROM users u WHERE u.user_id = found.inspector_id)
      USING ERRCODE = '42501', HINT = 'Take it over first: SELECT take_over_inspection(…, ''reason'').';
  END IF;
  PERFORM require_gate_open(gate, build);
  RETURN found;
END;
$$;
COMMENT ON FUNCTION own_open_inspection(bigint, text) IS 'Locks an inspection that the acting person may go on with (p_act RECORD, SIGN or REJECT): open, their own, at its place in the workflow.';

CREATE OR REPLACE FUNCTION take_over_inspection(p_inspection_id bigint, p_reason text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  found qc_inspections := lock_inspection(p_inspection_id);
  gate qc_gates;
  build builds;
  person bigint;
BEGIN
  SELECT * INTO gate FROM qc_gates g WHERE g.gate_code = found.gate_code;
  SELECT * INTO build FROM builds b WHERE b.build_id = found.build_id;
  person := require_inspector(gate, gate.record_permission, build);
  PERFORM require_reason(p_reason);
  IF found.state NOT IN ('DRAFT', 'IN_PROGRESS') OR found.inspector_id = person THEN
    RAISE EXCEPTION 'Inspection % cannot be taken over: it is % work of %.', shown(p_inspection_id), lower(found.state), (SELECT u.display_name FROM users u WHERE u.user_id = found.inspector_id)
      USING ERRCODE = 'TV009', HINT = 'Only an open inspection of somebody else is taken over.';
  END IF;
  PERFORM open_quality(found.build_id);
  UPDATE qc_inspections SET inspector_id = person WHERE qc_inspection_id = p_inspection_id;
  PERFORM close_quality();
  PERFORM emit_event('inspection.taken_over', 'qc_inspections', p_inspection_id, jsonb_build_object('build_id', found.build_id, 'gate', found.gate_code, 'from', found.inspector_id, 'reason', p_reason));
END;
$$;
COMMENT ON FUNCTION take_over_inspection(bigint, text) IS 'The acting person goes on with an open inspection of somebody else; answers given so far keep their author.';

CREATE OR REPLACE FUNCTION require_item(p_inspection_id bigint, p_item_code text, p_basin integer) RETURNS qc_inspection_items
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  found qc_inspection_items;
BEGIN
  SELECT * INTO found FROM qc_inspection_items i
   WHERE i.qc_inspection_id = p_inspection_id AND i.item_code = upper(btrim(p_item_code)) AND i.basin_number IS NOT DISTINCT FROM p_basin;
  IF found.qc_inspection_item_id IS NULL THEN
    RAISE EXCEPTION 'Inspection % has no item %.', shown(p_inspection_id), coalesce(item_name(p_item_code, p_basin), '(none named)')
      USING ERRCODE = 'TV004', HINT = coalesce('It is asked for ' || (
        SELECT string_agg(coalesce('basin ' || i.basin_number, 'the sink as a whole'), ', ' ORDER BY i.basin_number) FROM qc_inspection_items i
         WHERE i.qc_inspection_id = p_inspection_id AND i.item_code = upper(btrim(p_item_code))) || '.', 'Look at qc_inspection_items for the ids of its items.');
  END IF;
  IF NOT found.is_applicable THEN
    RAISE EXCEPTION '% does not apply to this sink.', item_name(found.item_code, p_basin) USING ERRCODE = 'TV009', HINT = 'The configuration takes it away; there is nothing to answer.';
  END IF;
  RETURN found;
END;
$$;
COMMENT ON FUNCTION require_item(bigint, text, integer) IS 'An item of an inspection that applies to its sink, or an error.';

CREATE OR REPLACE FUNCTION refuse_out_of_turn(p_item qc_inspection_items, p_rule qc_process_items) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  missing text;
BEGIN
  SELECT string_agg(item_name(i.item_code, i.basin_number), ', ' ORDER BY i.position) INTO missing
    FROM qc_inspection_items i
   WHERE i.qc_inspection_id = p_item.qc_inspection_id AND i.item_code = ANY (p_rule.depends_on)
     AND (i.basin_number = p_item.basin_number OR i.basin_number IS NULL OR p_item.basin_number IS NULL) AND i.result NOT IN ('PASS', 'NA') AND i.waived_at IS NULL;
  IF missing IS NOT NULL THEN
    RAISE EXCEPTION '% comes after %.', item_name(p_item.item_code, p_item.basin_number), missing USING ERRCODE = 'TV009', HINT = 'Record those first; they have to be right.';
  END IF;
END;
$$;
COMMENT ON FUNCTION refuse_out_of_turn(qc_inspection_items, qc_process_items) IS 'Raises TV009 if an item is answered before those it depends on are right.';

CREATE OR REPLACE FUNCTION refuse_without_photo(p_item qc_inspection_items, p_rule qc_process_items, p_result text, p_photos text[]) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF EXISTS (SELECT FROM unnest(p_photos) AS x (hash) WHERE x.hash IS NULL OR x.hash !~ '^[0-9a-f]{64}$') THEN
    PERFORM refuse_answer(p_item, 'a photo is not named by its hash', 'Give the SHA-256 of each photo, 64 hexadecimal digits in lower case.');
  END IF;
  IF (p_rule.answer_type = 'PHOTO' OR p_rule.photo_rule = 'ALWAYS' OR (p_rule.photo_rule = 'ON_FAIL' AND p_result = 'FAIL'))
     AND coalesce(cardinality(p_photos), 0) = 0 AND NOT EXISTS (SELECT FROM qc_inspection_photos x WHERE x.qc_inspection_item_id = p_item.qc_inspection_item_id) THEN
    PERFORM refuse_answer(p_item, 'a photo is missing', 'Take one and give the SHA-256 of its content.');
  END IF;
END;
$$;
COMMENT ON FUNCTION refuse_without_photo(qc_inspection_items, qc_process_items, text, text[]) IS 'Raises TV022 if a photo is asked for and none is there, or one is not named by its hash.';

CREATE OR REPLACE FUNCTION reopen_dependents(p_item qc_inspection_items) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  WITH RECURSIVE dependents (id, code, basin) AS (
    SELECT p_item.qc_inspection_item_id, p_item.item_code, p_item.basin_number
    UNION
    SELECT i.qc_inspection_item_id, i.item_code, i.basin_number
      FROM dependents d
      JOIN qc_inspection_items i ON i.qc_inspection_id = p_item.qc_inspection_id AND (i.basin_number = d.basin OR i.basin_number IS NULL OR d.basin IS NULL)
      JOIN qc_process_items p ON p.qc_process_item_id = i.qc_process_item_id AND d.code = ANY (p.depends_on))
  UPDATE qc_inspection_items i
     SET result = 'OPEN', answer_boolean = NULL, answer_number = NULL, reference_number = NULL, answer_text = NULL, answer_choices = NULL, answer_date = NULL,
         note = NULL, na_reason = NULL, answered_by = NULL, answered_at = NULL, answered_by_system = false, carried_from_id = NULL, waived_at = NULL
    FROM dependents d
   WHERE i.qc_inspection_item_id = d.id AND d.id <> p_item.qc_inspection_item_id AND i.result IN ('PASS', 'FAIL');
END;
$$;
COMMENT ON FUNCTION reopen_dependents(qc_inspection_items) IS 'Opens the answered items that depend on one which is answered again: they are repeated after it.';

CREATE OR REPLACE FUNCTION answer_item(p_inspection qc_inspections, p_item_code text, p_basin integer, p_answer jsonb, p_note text, p_photos text[]) RETURNS text
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  item qc_inspection_items := require_item(p_inspection.qc_inspection_id, p_item_code, p_basin);
  rule qc_process_items;
  judged qc_answer;
BEGIN
  SELECT * INTO rule FROM qc_process_items p WHERE p.qc_process_item_id = item.qc_process_item_id;
  IF rule.verified_by <> '{}' THEN
    PERFORM refuse_answer(item, 'the system verifies it', 'Nobody answers it by hand.');
  END IF;
  PERFORM refuse_out_of_turn(item, rule);
  IF length(p_note) > 2000 THEN
    PERFORM refuse_answer(item, 'the note is too long', 'Give at most 2000 characters.');
  END IF;
  judged := judge_answer(item, rule, p_answer, p_note);
  IF rule.prefill = 'FIRST_PASS' AND judged.answer_choices = '{YES}' AND was_rejected(p_inspection.build_id, p_inspection.gate_code) THEN
    PERFORM refuse_answer(item, 'the build was rejected before', 'After a rejection it is no longer a first pass.');
  END IF;
  IF captured_value(item.build_id, item.basin_number, rule.serial_source) <> judged.answer_text THEN
    PERFORM refuse_answer(item, format('it is captured as %s', captured_value(item.build_id, item.basin_number, rule.serial_source)), 'Correct the captured serial number; the sheet follows it.');
  END IF;
  PERFORM refuse_without_photo(item, rule, judged.result, p_photos);
  UPDATE qc_inspection_items i
     SET result = judged.result, answer_boolean = judged.answer_boolean, answer_number = judged.answer_number, reference_number = judged.reference_number, answer_text = judged.answer_text,
         answer_choices = judged.answer_choices, answer_date = judged.answer_date, note = nullif(btrim(p_note), ''), na_reason = NULL,
         answered_by = current_user_id(), answered_at = clock_timestamp(), answered_by_system = false, carried_from_id = NULL, waived_at = NULL
   WHERE i.qc_inspection_item_id = item.qc_inspection_item_id;
  INSERT INTO qc_inspection_photos (build_id, qc_inspection_item_id, sha256, added_by)
  SELECT DISTINCT p_inspection.build_id, item.qc_inspection_item_id, x.hash, current_user_id() FROM unnest(p_photos) AS x (hash)
  ON CONFLICT DO NOTHING;
  IF item.result <> 'OPEN' THEN
    PERFORM reopen_dependents(item);
  END IF;
  RETURN judged.result;
END;
$$;
COMMENT ON FUNCTION answer_item(qc_inspections, text, integer, jsonb, text, text[]) IS 'Judges and stores one answer of a locked inspection; an answer given again keeps the earlier one in the history.';

CREATE OR REPLACE FUNCTION mark_item(p_inspection qc_inspections, p_item_code text, p_basin integer, p_reason text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  item qc_inspection_items := require_item(p_inspection.qc_inspection_id, p_item_code, p_basin);
BEGIN
  IF NOT item.may_be_na_by_hand THEN
    RAISE EXCEPTION '% applies to this sink and has to be answered.', item_name(item.item_code, p_basin)
      USING ERRCODE = 'TV009', HINT = 'Only items for which the sheet allows it are marked not applicable by hand.';
  END IF;
  PERFORM require_reason(p_reason);
  UPDATE qc_inspection_items i
     SET result = 'NA', na_reason = btrim(p_reason), answer_boolean = NULL, answer_number = NULL, reference_number = NULL, answer_text = NULL, answer_choices = NULL, answer_date = NULL,
         answered_by = current_user_id(), answered_at = clock_timestamp(), answered_by_system = false, carried_from_id = NULL, waived_at = NULL
   WHERE i.qc_inspection_item_id = item.qc_inspection_item_id;
END;
$$;
COMMENT ON FUNCTION mark_item(qc_inspections, text, integer, text) IS 'Marks one item of a locked inspection not applicable, with a reason.';

CREATE OR REPLACE FUNCTION note_progress(p_inspection qc_inspections) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF p_inspection.state = 'DRAFT' THEN
    UPDATE qc_inspections SET state = 'IN_PROGRESS' WHERE qc_inspection_id = p_inspection.qc_inspection_id;
  END IF;
END;
$$;
COMMENT ON FUNCTION note_progress(qc_inspections) IS 'The first answer takes an inspection from DRAFT to IN_PROGRESS.';

CREATE OR REPLACE FUNCTION record_inspection_result(
  p_inspection_id bigint, p_item_code text, p_basin integer DEFAULT NULL, p_answer jsonb DEFAULT NULL, p_note text DEFAULT NULL, p_photos text[] DEFAULT '{}'
) RETURNS text
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  inspection qc_inspections := own_open_inspection(p_inspection_id, 'RECORD');
  result text;
BEGIN
  PERFORM open_quality(inspection.build_id), note_progress(inspection);
  result := answer_item(inspection, p_item_code, p_basin, p_answer, p_note, p_photos);
  PERFORM close_quality();
  RETURN result;
END;
$$;
COMMENT ON FUNCTION record_inspection_result(bigint, text, integer, jsonb, text, text[]) IS
  'Records the answer of one item and returns PASS or FAIL. p_basin: number of the basin, null for the sink. p_answer by type: true/false, "CHOICE" or ["A", "B"], 38.5 or {"value", "reference", "unit"}, '
  '"text", "2027-01-31". p_photos: SHA-256 of each photo.';

CREATE OR REPLACE FUNCTION mark_not_applicable(p_inspection_id bigint, p_item_code text, p_basin integer, p_reason text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  inspection qc_inspections := own_open_inspection(p_inspection_id, 'RECORD');
BEGIN
  PERFORM open_quality(inspection.build_id), note_progress(inspection), mark_item(inspection, p_item_code, p_basin, p_reason);
  PERFORM close_quality();
END;
$$;
COMMENT ON FUNCTION mark_not_applicable(bigint, text, integer, text) IS 'Marks an item not applicable by hand, with a reason, where the sheet allows it.';

CREATE OR REPLACE FUNCTION record_inspection_results(p_inspection_id bigint, p_results jsonb) RETURNS jsonb
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  inspection qc_inspections := own_open_inspection(p_inspection_id, 'RECORD');
  entry record;
  outcome jsonb := '{"PASS": 0, "FAIL": 0, "NA": 0}';
  result text;
BEGIN
  IF jsonb_typeof(p_results) IS DISTINCT FROM 'array' OR jsonb_array_length(p_results) > 1000
     OR EXISTS (SELECT FROM jsonb_array_elements(p_results) x WHERE jsonb_typeof(x) <> 'object' OR NOT x ? 'item' OR coalesce(x ->> 'basin', '1') !~ '^[1-9][0-9]?$') THEN
    RAISE EXCEPTION 'The results must be a list of objects, each with its item.' USING ERRCODE = 'TV022', HINT = 'For example [{"item": "P1.04", "answer": true}, {"item": "P1.09", "basin": 1, "answer": "CENTRE"}].';
  END IF;
  PERFORM open_quality(inspection.build_id), note_progress(inspection);
  FOR entry IN
    SELECT x.value AS body, (x.value ->> 'basin')::integer AS basin,
           array(SELECT jsonb_array_elements_text(CASE jsonb_typeof(x.value -> 'photos') WHEN 'array' THEN x.value -> 'photos' ELSE '[]' END)) AS photos
      FROM jsonb_array_elements(p_results) WITH ORDINALITY AS x (value, n) ORDER BY x.n
  LOOP
    IF entry.body ? 'not_applicable' THEN
      PERFORM mark_item(inspection, entry.body ->> 'item', entry.basin, entry.body ->> 'not_applicable');
      result := 'NA';
    ELSE
      result := answer_item(inspection, entry.body ->> 'item', entry.basin, entry.body -> 'answer', entry.body ->> 'note', entry.photos);
    END IF;
    outcome := jsonb_set(outcome, ARRAY[result], to_jsonb((outcome ->> result)::integer + 1));
  END LOOP;
  PERFORM close_quality();
  RETURN outcome;
END;
$$;
COMMENT ON FUNCTION record_inspection_results(bigint, jsonb) IS
  'Records many answers at once, all or none: [{"item", "basin", "answer", "note", "photos"}] or {"item", "basin", "not_applicable": "reason"}. Returns how many passed, failed and do not apply.';
