-- Inspections: complete, reject, approve, reopen, void; waiving a minor finding.

CREATE OR REPLACE FUNCTION sign_items(p_inspection_id bigint, p_passed boolean) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  UPDATE qc_inspection_items i
     SET result = CASE WHEN p_passed THEN 'PASS' ELSE 'FAIL' END, answer_text = coalesce(u.initials, u.display_name), answer_date = site_today(),
         note = CASE WHEN p_passed THEN 'passed' ELSE 'rejected' END, answered_by = u.user_id, answered_at = clock_timestamp(), answered_by_system = true
    FROM qc_process_items p, users u
   WHERE i.qc_inspection_id = p_inspection_id AND p.qc_process_item_id = i.qc_process_item_id AND p.answer_type = 'SIGNATURE' AND i.is_applicable AND u.user_id = current_user_id();
END;
$$;
COMMENT ON FUNCTION sign_items(bigint, boolean) IS 'Sets initials and date on the items that are given by signing.';

CREATE OR REPLACE FUNCTION recheck_dates(p_inspection_id bigint) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  UPDATE qc_inspection_items i SET result = 'FAIL'
    FROM qc_process_items p
   WHERE i.qc_inspection_id = p_inspection_id AND p.qc_process_item_id = i.qc_process_item_id AND i.result = 'PASS' AND i.answer_date IS NOT NULL AND NOT date_is_right(p.date_rule, i.answer_date);
END;
$$;
COMMENT ON FUNCTION recheck_dates(bigint) IS 'Judges dates again on the day of signing: a calibration may have expired since it was written down.';

CREATE OR REPLACE FUNCTION refuse_open_points(p_inspection_id bigint) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  missing text;
  failed text;
BEGIN
  SELECT string_agg(item_name(i.item_code, i.basin_number), ', ' ORDER BY i.position) FILTER (WHERE i.result = 'OPEN' AND i.is_mandatory),
         string_agg(item_name(i.item_code, i.basin_number), ', ' ORDER BY i.position) FILTER (WHERE i.result = 'FAIL' AND i.waived_at IS NULL)
    INTO missing, failed
    FROM qc_inspection_items i WHERE i.qc_inspection_id = p_inspection_id;
  IF missing IS NOT NULL THEN
    RAISE EXCEPTION 'Inspection % is not complete: %.', shown(p_inspection_id), missing USING ERRCODE = 'TV009', HINT = 'Answer each, or mark it not applicable where the sheet allows that.';
  END IF;
  IF failed IS NOT NULL THEN
    RAISE EXCEPTION 'Inspection % has failed items: %.', shown(p_inspection_id), failed
      USING ERRCODE = 'TV009', HINT = 'Reject it, correct what was wrong and answer again, or have a minor finding waived by quality and production together.';
  END IF;
END;
$$;
COMMENT ON FUNCTION refuse_open_points(bigint) IS 'Raises TV009 naming mandatory items without an answer, and failed ones that are not waived.';

CREATE OR REPLACE FUNCTION is_first_pass(p_inspection qc_inspections) RETURNS boolean
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT NOT was_rejected(p_inspection.build_id, p_inspection.gate_code) AND NOT EXISTS (
    SELECT FROM qc_inspection_items i JOIN qc_process_items p USING (qc_process_item_id)
     WHERE i.qc_inspection_id = p_inspection.qc_inspection_id AND p.prefill = 'FIRST_PASS' AND i.answer_choices = '{NO}')
$$;
COMMENT ON FUNCTION is_first_pass(qc_inspections) IS 'True if a build passes a gate without any rejection before, and the inspector did not say otherwise.';

CREATE OR REPLACE FUNCTION verify_findings(p_inspection qc_inspections) RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  verified integer;
BEGIN
  UPDATE nonconformities n
     SET state = 'VERIFIED', verified_by = current_user_id(), verified_at = clock_timestamp(), verified_in_id = p_inspection.qc_inspection_id
    FROM qc_inspections q
   WHERE n.build_id = p_inspection.build_id AND q.qc_inspection_id = n.qc_inspection_id AND q.gate_code = p_inspection.gate_code
     AND (n.state = 'REWORKED' OR (n.state = 'OPEN' AND NOT n.needs_rework)) AND n.reworked_by IS DISTINCT FROM current_user_id() AND has_permission('nonconformity:close');
  GET DIAGNOSTICS verified = ROW_COUNT;
  RETURN verified;
END;
$$;
COMMENT ON FUNCTION verify_findings(qc_inspections) IS 'What an inspection by quality control passed is thereby verified: the findings of earlier attempts at the same gate.';

CREATE OR REPLACE FUNCTION complete_inspection(p_inspection_id bigint, p_note text DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  inspection qc_inspections := own_open_inspection(p_inspection_id, 'SIGN');
  gate qc_gates;
  signature bigint;
BEGIN
  SELECT * INTO gate FROM qc_gates g WHERE g.gate_code = inspection.gate_code;
  PERFORM open_quality(inspection.build_id);
  PERFORM show_captured_serials(p_inspection_id), verify_by_system(p_inspection_id), recheck_dates(p_inspection_id), sign_items(p_inspection_id, true);
  PERFORM refuse_open_points(p_inspection_id);
  UPDATE qc_inspections q
     SET state = gate.passed_state, completed_at = clock_timestamp(), first_pass = is_first_pass(inspection), decision_note = nullif(btrim(p_note), '')
   WHERE q.qc_inspection_id = p_inspection_id
  RETURNING * INTO inspection;
  PERFORM verify_findings(inspection);
  PERFORM close_quality();
  signature := sign('qc_inspections', p_inspection_id, gate.signature_meaning, p_note);
  PERFORM emit_event(CASE gate.passed_state WHEN 'PASSED' THEN 'inspection.passed' ELSE 'inspection.completed' END, 'qc_inspections', p_inspection_id, jsonb_build_object(
    'build_id', inspection.build_id, 'gate', inspection.gate_code, 'attempt', inspection.attempt, 'first_pass', inspection.first_pass));
  RETURN signature;
END;
$$;
COMMENT ON FUNCTION complete_inspection(bigint, text) IS
  'Completes and signs an inspection: every mandatory item answered, nothing failed that is not waived. Verifies what earlier attempts found. Returns the key of the signature.';

CREATE OR REPLACE FUNCTION require_category(p_category text) RETURNS nonconformity_categories
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  found nonconformity_categories;
BEGIN
  SELECT * INTO found FROM nonconformity_categories c WHERE c.category_code = upper(btrim(p_category)) AND c.is_active;
  IF found.category_code IS NULL THEN
    RAISE EXCEPTION 'There is no reason "%".', shown(p_category)
      USING ERRCODE = 'TV022', COLUMN = 'category', HINT = 'Choose one of ' || (SELECT string_agg(c.category_code, ', ' ORDER BY c.position) FROM nonconformity_categories c WHERE c.is_active) || '.';
  END IF;
  RETURN found;
END;
$$;
COMMENT ON FUNCTION require_category(text) IS 'A reason of a finding by its code, or an error.';

CREATE OR REPLACE FUNCTION severity_of(p_category nonconformity_categories, p_severity text) RETURNS text
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  wanted text := coalesce(upper(nullif(btrim(p_severity), '')), p_category.default_severity);
BEGIN
  IF wanted NOT IN ('MINOR', 'MAJOR', 'CRITICAL') THEN
    RAISE EXCEPTION 'The severity is "%".', shown(p_severity) USING ERRCODE = 'TV022', COLUMN = 'severity', HINT = 'Choose MINOR, MAJOR or CRITICAL, or leave it out for that of the reason.';
  END IF;
  RETURN wanted;
END;
$$;
COMMENT ON FUNCTION severity_of(nonconformity_categories, text) IS 'The severity given, or that of the reason.';

CREATE OR REPLACE FUNCTION findings_of(p_inspection_id bigint, p_findings jsonb) RETURNS TABLE (body jsonb)
LANGUAGE plpgsql STABLE ROWS 5
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF jsonb_typeof(coalesce(p_findings, '[]')) <> 'array' OR jsonb_array_length(coalesce(p_findings, '[]')) > 200
     OR EXISTS (SELECT FROM jsonb_array_elements(coalesce(p_findings, '[]')) x WHERE jsonb_typeof(x) <> 'object' OR length(btrim(coalesce(x ->> 'description', ''))) < 3
                   OR coalesce(x ->> 'basin', '1') !~ '^[1-9][0-9]?$') THEN
    RAISE EXCEPTION 'The findings must be a list of objects, each with a description.'
      USING ERRCODE = 'TV022', HINT = 'For example [{"item": "P1.04", "description": "faucet hole 20 mm off", "severity": "MAJOR", "affects": ["P1.01"], "photos": []}].';
  END IF;
  RETURN QUERY
    SELECT x FROM jsonb_array_elements(coalesce(p_findings, '[]')) x
    UNION ALL
    SELECT jsonb_strip_nulls(jsonb_build_object('item', i.item_code, 'basin', i.basin_number, 'category', p.category_code, 'description', concat_ws(': ', i.item_text, i.note)))
      FROM qc_inspection_items i JOIN qc_process_items p USING (qc_process_item_id)
     WHERE i.qc_inspection_id = p_inspection_id AND i.result = 'FAIL' AND i.waived_at IS NULL AND p.answer_type <> 'SIGNATURE'
       AND NOT EXISTS (SELECT FROM jsonb_array_elements(coalesce(p_findings, '[]')) x WHERE upper(btrim(x ->> 'item')) = i.item_code AND (x ->> 'basin')::integer IS NOT DISTINCT FROM i.basin_number)
       AND NOT EXISTS (SELECT FROM nonconformities n WHERE n.qc_inspection_item_id = i.qc_inspection_item_id);
END;
$$;
COMMENT ON FUNCTION findings_of(bigint, jsonb) IS 'The findings of a rejection: those given, and one for each failed item that none of them names and nobody reported yet.';

CREATE OR REPLACE FUNCTION reject_inspection(p_inspection_id bigint, p_category text, p_severity text DEFAULT NULL, p_findings jsonb DEFAULT '[]') RETURNS bigint[]
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  inspection qc_inspections := own_open_inspection(p_inspection_id, 'REJECT');
  category nonconformity_categories := require_category(p_category);
  severity text := severity_of(category, p_severity);
  finding jsonb;
  opened bigint[];
  words text;
BEGIN
  PERFORM open_quality(inspection.build_id);
  opened := array(SELECT n.nonconformity_id FROM nonconformities n WHERE n.qc_inspection_id = p_inspection_id AND n.state IN ('OPEN', 'IN_REWORK') ORDER BY n.nonconformity_id);
  FOR finding IN SELECT f.body FROM findings_of(p_inspection_id, p_findings) f LOOP
    -- A finding of another kind has its own severity; one that names no reason has that of the rejection.
    opened := opened || insert_nonconformity(inspection.build_id, inspection.qc_inspection_id, finding,
      coalesce(finding ->> 'category', category.category_code), CASE WHEN coalesce(finding ->> 'category', category.category_code) = category.category_code THEN severity END);
  END LOOP;
  IF cardinality(opened) = 0 THEN
    RAISE EXCEPTION 'A rejection needs a finding.' USING ERRCODE = 'TV022', HINT = 'Record what fails, or describe it: [{"description": "…"}].';
  END IF;
  PERFORM sign_items(p_inspection_id, false);
  SELECT string_agg(n.description, '; ' ORDER BY n.nonconformity_id) INTO words FROM nonconformities n WHERE n.nonconformity_id = ANY (opened);
  UPDATE qc_inspections q
     SET state = 'REJECTED', completed_at = clock_timestamp(), first_pass = false, reject_category = category.category_code, reject_severity = severity, decision_note = left(words, 2000)
   WHERE q.qc_inspection_id = p_inspection_id;
  PERFORM close_quality();
  PERFORM order_rework(n.nonconformity_id) FROM nonconformities n WHERE n.nonconformity_id = ANY (opened) AND n.needs_rework AND n.state = 'OPEN' ORDER BY n.nonconformity_id;
  PERFORM sign('qc_inspections', p_inspection_id, 'rejected', left(words, 500));
  PERFORM emit_event('inspection.failed', 'qc_inspections', p_inspection_id, jsonb_build_object('build_id', inspection.build_id, 'gate', inspection.gate_code, 'attempt', inspection.attempt,
    'category', category.category_code, 'severity', severity, 'nonconformities', to_jsonb(opened), 'rework', EXISTS (SELECT FROM nonconformities n WHERE n.nonconformity_id = ANY (opened) AND n.needs_rework)));
  RETURN opened;
END;
$$;
COMMENT ON FUNCTION reject_inspection(bigint, text, text, jsonb) IS
  'Ends an inspection with a rejection and signs it: a nonconformity for each finding and each failed item, a rework task where the reason asks for one, no first pass. '
  'p_findings: [{"item", "basin", "category", "severity", "description", "affects": [items to inspect again], "photos"}]. Returns the keys of the nonconformities.';

CREATE OR REPLACE FUNCTION checklist_authors(p_inspection qc_inspections) RETURNS bigint[]
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  RETURN array_remove(array(
    SELECT i.answered_by FROM qc_inspection_items i WHERE i.qc_inspection_id = p_inspection.qc_inspection_id
     UNION SELECT h.answered_by FROM qc_inspection_item_history h JOIN qc_inspection_items i USING (qc_inspection_item_id) WHERE i.qc_inspection_id = p_inspection.qc_inspection_id
     UNION SELECT p_inspection.inspector_id), NULL);
END
$$;
COMMENT ON FUNCTION checklist_authors(qc_inspections) IS 'Who may not approve a checklist: its inspector, and who answered any of it, also before.';

CREATE OR REPLACE FUNCTION approve_checklist(p_inspection_id bigint, p_note text DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  inspection qc_inspections := lock_inspection(p_inspection_id);
  needed text := (SELECT g.approve_permission FROM qc_gates g WHERE g.gate_code = inspection.gate_code);
  person bigint;
  signature bigint;
BEGIN
  IF needed IS NULL THEN
    RAISE EXCEPTION 'A checklist of this kind is not approved (inspection %).', shown(p_inspection_id) USING ERRCODE = 'TV009', HINT = 'Only the production checklist is approved by quality control.';
  END IF;
  person := require_person(needed);
  PERFORM require_other_person(person, checklist_authors(inspection), 'approve this checklist');
  IF inspection.state <> 'COMPLETED' THEN
    RAISE EXCEPTION 'Checklist % is % and cannot be approved.', shown(p_inspection_id), lower(inspection.state) USING ERRCODE = 'TV009', HINT = 'Only a completed checklist is approved.';
  END IF;
  PERFORM open_quality(inspection.build_id);
  UPDATE qc_inspections SET state = 'APPROVED', approved_by = person, approved_at = clock_timestamp() WHERE qc_inspection_id = p_inspection_id;
  PERFORM close_quality();
  signature := sign('qc_inspections', p_inspection_id, 'approved', p_note);
  PERFORM emit_event('checklist.approved', 'qc_inspections', p_inspection_id, jsonb_build_object('build_id', inspection.build_id, 'gate', inspection.gate_code));
  RETURN signature;
END;
$$;
COMMENT ON FUNCTION approve_checklist(bigint, text) IS 'Quality control approves a completed production checklist, never one of its authors. It is final. Returns the key of the signature.';

CREATE OR REPLACE FUNCTION reopen_inspection(p_inspection_id bigint, p_reason text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  inspection qc_inspections := lock_inspection(p_inspection_id);
  gate qc_gates;
  person bigint;
BEGIN
  SELECT * INTO gate FROM qc_gates g WHERE g.gate_code = inspection.gate_code;
  -- Until it is approved, its author and its approver may send a checklist back.
  person := require_person(CASE
    WHEN gate.approve_permission IS NOT NULL AND inspection.inspector_id = current_user_id() THEN gate.record_permission
    WHEN gate.approve_permission IS NOT NULL AND has_permission(gate.approve_permission) THEN gate.approve_permission
    ELSE 'inspection:reopen' END);
  PERFORM require_reason(p_reason);
  IF inspection.state NOT IN ('COMPLETED', 'PASSED') OR (latest_inspection(inspection.build_id, inspection.gate_code)).qc_inspection_id <> p_inspection_id THEN
    RAISE EXCEPTION 'Inspection % is % and cannot be reopened.', shown(p_inspection_id), lower(inspection.state)
      USING ERRCODE = 'TV009', HINT = 'Only the last attempt is reopened, while it is completed or passed. After a rejection begin a new one; an approved checklist is final.';
  END IF;
  PERFORM require_gate_open(gate, b) FROM builds b WHERE b.build_id = inspection.build_id;
  PERFORM open_quality(inspection.build_id);
  UPDATE qc_inspections SET state = 'IN_PROGRESS', completed_at = NULL, first_pass = NULL, reopened_by = person, reopened_at = clock_timestamp(), reopen_reason = btrim(p_reason)
   WHERE qc_inspection_id = p_inspection_id;
  PERFORM close_quality();
  PERFORM emit_event('inspection.reopened', 'qc_inspections', p_inspection_id, jsonb_build_object('build_id', inspection.build_id, 'gate', inspection.gate_code, 'reason', p_reason));
END;
$$;
COMMENT ON FUNCTION reopen_inspection(bigint, text) IS
  'Reopens a signed inspection with a reason, while the build is still at its gate: Administrator; a completed production checklist also its author or quality control. Earlier answers stay in the history, the signature of then no longer fits.';

CREATE OR REPLACE FUNCTION void_inspection(p_inspection_id bigint, p_reason text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  inspection qc_inspections := lock_inspection(p_inspection_id);
  signed_too text := (SELECT g.void_permission FROM qc_gates g WHERE g.gate_code = inspection.gate_code);
BEGIN
  PERFORM require_person(coalesce(signed_too, 'inspection:reopen')), require_reason(p_reason);
  IF inspection.state = 'VOID' OR (inspection.state NOT IN ('DRAFT', 'IN_PROGRESS') AND (signed_too IS NULL OR inspection.state = 'REJECTED')) THEN
    RAISE EXCEPTION 'Inspection % is % and cannot be voided.', shown(p_inspection_id), lower(inspection.state)
      USING ERRCODE = 'TV009', HINT = 'Open inspections are voided, and test records that passed. A rejection stands.';
  END IF;
  -- Further on nobody asks for the test again.
  IF inspection.state NOT IN ('DRAFT', 'IN_PROGRESS') THEN
    PERFORM require_gate_open(g, b) FROM qc_gates g, builds b WHERE g.gate_code = inspection.gate_code AND b.build_id = inspection.build_id;
  END IF;
  PERFORM open_quality(inspection.build_id);
  UPDATE qc_inspections SET state = 'VOID', void_reason = btrim(p_reason) WHERE qc_inspection_id = p_inspection_id;
  PERFORM close_quality();
  PERFORM emit_event('inspection.voided', 'qc_inspections', p_inspection_id, jsonb_build_object('build_id', inspection.build_id, 'gate', inspection.gate_code, 'reason', p_reason));
END;
$$;
COMMENT ON FUNCTION void_inspection(bigint, text) IS 'Voids an open inspection, or a test record, with a reason (Administrator). The record stays, and counts for nothing.';

CREATE OR REPLACE FUNCTION void_open_inspections(p_build_id bigint, p_reason text) RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  voided integer;
BEGIN
  PERFORM open_quality(p_build_id);
  UPDATE qc_inspections SET state = 'VOID', void_reason = p_reason WHERE build_id = p_build_id AND state IN ('DRAFT', 'IN_PROGRESS');
  GET DIAGNOSTICS voided = ROW_COUNT;
  PERFORM close_quality();
  RETURN voided;
END;
$$;
COMMENT ON FUNCTION void_open_inspections(bigint, text) IS 'Voids what is open when a build is cancelled or changed; returns how many.';

CREATE OR REPLACE FUNCTION waive_item(p_inspection_id bigint, p_item_code text, p_basin integer, p_reason text) RETURNS boolean
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  inspection qc_inspections := lock_inspection(p_inspection_id);
  item qc_inspection_items := require_item(p_inspection_id, p_item_code, p_basin);
  person bigint := require_person('inspection:waive');
  taken qc_waivers[];
  finding nonconformities;
  wanted text;
  made bigint;
BEGIN
  PERFORM require_reason(p_reason);
  PERFORM require_inspector(g, 'inspection:waive', b) FROM qc_gates g, builds b WHERE g.gate_code = inspection.gate_code AND b.build_id = inspection.build_id;
  IF inspection.state NOT IN ('DRAFT', 'IN_PROGRESS') OR item.result <> 'FAIL' OR item.waived_at IS NOT NULL THEN
    RAISE EXCEPTION '% is not an open failure.', item_name(item.item_code, p_basin) USING ERRCODE = 'TV009', HINT = 'What failed in an inspection that is still open can be waived, once.';
  END IF;
  IF NOT (SELECT p.may_be_waived FROM qc_process_items p WHERE p.qc_process_item_id = item.qc_process_item_id) THEN
    RAISE EXCEPTION '% is never waived.', item_name(item.item_code, p_basin) USING ERRCODE = 'TV009', HINT = 'Put it right and answer again, or reject the inspection.';
  END IF;
  SELECT array_agg(w) INTO taken FROM qc_waivers w WHERE w.qc_inspection_item_id = item.qc_inspection_item_id;
  PERFORM require_other_person(person, array(SELECT (w).user_id FROM unnest(taken) w), 'waive this finding a second time');
  SELECT s.side INTO wanted FROM (VALUES ('QUALITY', 'inspection:waive_for_quality'), ('PRODUCTION', 'inspection:waive_for_production')) AS s (side, permission)
   WHERE has_permission(s.permission) AND NOT EXISTS (SELECT FROM unnest(taken) w WHERE (w).side = s.side) ORDER BY s.side DESC LIMIT 1;
  IF wanted IS NULL THEN
    RAISE EXCEPTION '% has consented already for the part of %.', (SELECT u.display_name FROM users u WHERE u.user_id = (taken[1]).user_id), lower((taken[1]).side)
      USING ERRCODE = 'TV025', HINT = 'One person from quality control and one from production management waive together.';
  END IF;
  PERFORM open_quality(inspection.build_id);
  finding := waivable_finding(inspection, item);
  INSERT INTO qc_waivers (qc_inspection_item_id, build_id, nonconformity_id, side, user_id, reason)
  VALUES (item.qc_inspection_item_id, inspection.build_id, finding.nonconformity_id, wanted, person, btrim(p_reason)) RETURNING qc_waiver_id INTO made;
  IF taken IS NOT NULL THEN
    UPDATE qc_inspection_items SET waived_at = clock_timestamp() WHERE qc_inspection_item_id = item.qc_inspection_item_id;
    UPDATE nonconformities SET needs_rework = false, disposition = 'USE_AS_IS', disposition_note = btrim(p_reason), disposed_by = person, disposed_at = clock_timestamp() WHERE nonconformity_id = finding.nonconformity_id;
    PERFORM emit_event('inspection.waived', 'qc_inspections', p_inspection_id, jsonb_build_object('build_id', inspection.build_id, 'item', item.item_code, 'basin', item.basin_number, 'nonconformity_id', finding.nonconformity_id));
  END IF;
  PERFORM close_quality();
  PERFORM sign('qc_waivers', made, 'waived', p_reason);
  RETURN taken IS NOT NULL;
END;
$$;
COMMENT ON FUNCTION waive_item(bigint, text, integer, text) IS
  'One of two consents to a minor failure: quality and production, two people, sign each. Returns true once both have and the item no longer stands in the way.';

CREATE OR REPLACE FUNCTION waivable_finding(p_inspection qc_inspections, p_item qc_inspection_items) RETURNS nonconformities
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  finding nonconformities;
  usual nonconformity_categories;
  made bigint;
BEGIN
  SELECT * INTO finding FROM nonconformities n WHERE n.qc_inspection_item_id = p_item.qc_inspection_item_id AND n.state = 'OPEN' ORDER BY n.nonconformity_id DESC LIMIT 1 FOR NO KEY UPDATE;
  IF finding.nonconformity_id IS NULL THEN
    SELECT c.* INTO usual FROM qc_process_items p JOIN nonconformity_categories c USING (category_code) WHERE p.qc_process_item_id = p_item.qc_process_item_id;
    IF usual.default_severity = 'MINOR' THEN
      made := insert_nonconformity(p_inspection.build_id, p_inspection.qc_inspection_id,
        jsonb_strip_nulls(jsonb_build_object('item', p_item.item_code, 'basin', p_item.basin_number, 'description', concat_ws(': ', p_item.item_text, p_item.note))), usual.category_code, NULL);
      SELECT * INTO finding FROM nonconformities n WHERE n.nonconformity_id = made;
    END IF;
  END IF;
  IF finding.severity = 'MINOR' THEN
    RETURN finding;
  END IF;
  RAISE EXCEPTION '% is not reported as a minor finding.', item_name(p_item.item_code, p_item.basin_number)
    USING ERRCODE = 'TV009', HINT = 'Only a minor finding is waived: report it with report_nonconformity and severity MINOR, or have it reworked.';
END;
$$;
COMMENT ON FUNCTION waivable_finding(qc_inspections, qc_inspection_items) IS 'The minor finding of a failed item, reported now if its usual reason is a minor one; raises TV009 otherwise.';
