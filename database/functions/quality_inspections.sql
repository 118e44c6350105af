-- Inspections: who may inspect what and when; beginning one, with what is carried over from an earlier attempt.
--
-- Lock order: the order of the build, the build, then the inspection.

CREATE OR REPLACE FUNCTION open_quality(p_build_id bigint) RETURNS void
LANGUAGE sql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT set_config('torvan.quality_step', p_build_id::text, true) $$;
COMMENT ON FUNCTION open_quality(bigint) IS 'Lets the functions of quality control write the records of a build, which nobody writes directly, until close_quality. No proof against the owner of the database; the audit trail shows what the owner does.';

CREATE OR REPLACE FUNCTION close_quality() RETURNS void
LANGUAGE sql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT set_config('torvan.quality_step', '', true) $$;
COMMENT ON FUNCTION close_quality() IS 'Ends what open_quality began.';

CREATE OR REPLACE FUNCTION lock_checked_build(p_build_id bigint) RETURNS builds
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  found builds;
BEGIN
  SELECT * INTO found FROM builds b WHERE b.build_id = p_build_id;
  PERFORM require_visible_build(p_build_id);
  PERFORM require_active(lock_order(found.order_id, NULL));
  SELECT * INTO found FROM builds b WHERE b.build_id = p_build_id FOR NO KEY UPDATE;
  IF found.state <> 'ACTIVE' THEN
    RAISE EXCEPTION 'Build % is cancelled.', found.build_number USING ERRCODE = 'TV009', HINT = 'A cancelled build stays cancelled.';
  END IF;
  RETURN found;
END;
$$;
COMMENT ON FUNCTION lock_checked_build(bigint) IS 'Locks a build, its order first; both must be active: on hold nothing is recorded.';

CREATE OR REPLACE FUNCTION has_worked_on_build(p_user_id bigint, p_build_id bigint) RETURNS boolean
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT EXISTS (
      SELECT FROM qc_inspection_items i JOIN qc_inspections q USING (qc_inspection_id)
       WHERE i.build_id = p_build_id AND i.answered_by = p_user_id AND q.gate_code IN ('PRODUCTION', 'END_OF_LINE'))
    OR EXISTS (
      SELECT FROM qc_inspection_item_history h JOIN qc_inspection_items i USING (qc_inspection_item_id) JOIN qc_inspections q USING (qc_inspection_id)
       WHERE h.build_id = p_build_id AND h.answered_by = p_user_id AND q.gate_code IN ('PRODUCTION', 'END_OF_LINE'))
    OR EXISTS (SELECT FROM nonconformities n WHERE n.build_id = p_build_id AND n.reworked_by = p_user_id)
    OR EXISTS (SELECT FROM production_task_times t WHERE t.build_id = p_build_id AND t.user_id = p_user_id AND t.action IN ('START', 'COMPLETE'))
$$;
COMMENT ON FUNCTION has_worked_on_build(bigint, bigint) IS 'True if the person is a builder of the sink: worked on its tasks, answered its production checklist or end-of-line test, or reworked it. A builder does not inspect it.';

CREATE OR REPLACE FUNCTION is_own_work(p_person bigint, p_build_id bigint) RETURNS boolean
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$ BEGIN RETURN has_worked_on_build(p_person, p_build_id) OR has_worked_on_build(acting_for(), p_build_id); END; $$;
COMMENT ON FUNCTION is_own_work(bigint, bigint) IS 'True if the person is a builder of the sink, or acts in the delegated role of one: the work of who lent the role is not inspected in it. Asked after require_person.';

CREATE OR REPLACE FUNCTION has_packed_build(p_user_id bigint, p_build_id bigint) RETURNS boolean
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT EXISTS (
    SELECT FROM qc_inspection_items i JOIN qc_inspections q USING (qc_inspection_id)
     WHERE i.build_id = p_build_id AND i.answered_by = p_user_id AND q.gate_code = 'PACKING')
$$;
COMMENT ON FUNCTION has_packed_build(bigint, bigint) IS 'True if the person packed the sink, and therefore does not confirm its packing.';

CREATE OR REPLACE FUNCTION require_inspector(p_gate qc_gates, p_permission text, p_build builds) RETURNS bigint
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  person bigint := require_person(p_permission);
BEGIN
  IF ('BUILDER' = ANY (p_gate.apart_from) AND is_own_work(person, p_build.build_id))
     OR ('PACKER' = ANY (p_gate.apart_from) AND (has_packed_build(person, p_build.build_id) OR has_packed_build(acting_for(), p_build.build_id))) THEN
    RAISE EXCEPTION '% worked on build % and does not do its %.', current_actor(), p_build.build_number, lower(p_gate.title)
      USING ERRCODE = 'TV025', HINT = 'A second person with the permission has to do it (separation of duties).';
  END IF;
  RETURN person;
END;
$$;
COMMENT ON FUNCTION require_inspector(qc_gates, text, builds) IS 'The acting person, who must have the permission and, where the gate asks for it, must not have built or packed the sink.';

CREATE OR REPLACE FUNCTION require_gate_open(p_gate qc_gates, p_build builds) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF p_build.phase <> p_gate.phase THEN
    RAISE EXCEPTION '% of build % is done in phase %; the build is in %.', p_gate.title, p_build.build_number, p_gate.phase, p_build.phase
      USING ERRCODE = 'TV009', HINT = 'Move the build there first, or choose another checklist.';
  END IF;
  IF p_build.sub_state IS NOT NULL AND p_gate.sub_states <> '{}' AND p_build.sub_state <> ALL (p_gate.sub_states) THEN
    RAISE EXCEPTION '% of build % is done in step %; the build is in %.', p_gate.title, p_build.build_number, array_to_string(p_gate.sub_states, ' or '), p_build.sub_state
      USING ERRCODE = 'TV009', HINT = 'Move the build there first, or choose another checklist.';
  END IF;
END;
$$;
COMMENT ON FUNCTION require_gate_open(qc_gates, builds) IS 'Raises TV009 unless the build stands where this gate is passed.';

CREATE OR REPLACE FUNCTION latest_inspection(p_build_id bigint, p_gate text) RETURNS qc_inspections
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT q FROM qc_inspections q WHERE q.build_id = p_build_id AND q.gate_code = p_gate AND q.state <> 'VOID' ORDER BY q.attempt DESC LIMIT 1 $$;
COMMENT ON FUNCTION latest_inspection(bigint, text) IS 'The last attempt of a build at a gate that is not void.';

CREATE OR REPLACE FUNCTION entered_phase_at(p_build_id bigint, p_phase text) RETURNS timestamptz
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT max(h.created_at) FROM build_status_history h
   WHERE h.build_id = p_build_id AND h.to_phase = p_phase AND h.from_phase IS DISTINCT FROM h.to_phase
$$;
COMMENT ON FUNCTION entered_phase_at(bigint, text) IS 'When a build last entered a phase from another one.';

CREATE OR REPLACE FUNCTION is_of_this_visit(p_inspection qc_inspections) RETURNS boolean
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT NOT g.is_per_visit OR p_inspection.started_at >= coalesce(entered_phase_at(p_inspection.build_id, g.phase), '-infinity')
    FROM qc_gates g WHERE g.gate_code = p_inspection.gate_code
$$;
COMMENT ON FUNCTION is_of_this_visit(qc_inspections) IS 'True unless the build has left the phase of the inspection since, and its gate counts only the present visit.';

CREATE OR REPLACE FUNCTION refuse_second_start(p_last qc_inspections, p_build builds, p_reason text) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  waiting text;
BEGIN
  IF p_last.state IN ('DRAFT', 'IN_PROGRESS') THEN
    RAISE EXCEPTION 'The % checklist of build % is open already (inspection %).', p_last.gate_code, p_build.build_number, p_last.qc_inspection_id
      USING ERRCODE = 'TV009', HINT = 'Go on with it; somebody else takes it over with take_over_inspection.';
  END IF;
  SELECT string_agg(n.nonconformity_number, ', ' ORDER BY n.nonconformity_id) INTO waiting
    FROM nonconformities n WHERE n.qc_inspection_id = p_last.qc_inspection_id AND n.needs_rework AND n.state IN ('OPEN', 'IN_REWORK');
  IF p_last.state = 'REJECTED' AND waiting IS NOT NULL THEN
    RAISE EXCEPTION 'Build % is inspected again once its rework is recorded: %.', p_build.build_number, waiting
      USING ERRCODE = 'TV009', HINT = 'Record it with record_rework.';
  END IF;
  IF p_last.state IN ('COMPLETED', 'APPROVED', 'PASSED') AND p_last.configuration_id = p_build.configuration_id AND is_of_this_visit(p_last)
     AND length(btrim(coalesce(p_reason, ''))) < 3 THEN
    RAISE EXCEPTION 'The % checklist of build % is done (inspection %).', p_last.gate_code, p_build.build_number, p_last.qc_inspection_id
      USING ERRCODE = 'TV009', HINT = 'To do all of it again, give the reason: start_inspection(build, checklist, ''why'').';
  END IF;
END;
$$;
COMMENT ON FUNCTION refuse_second_start(qc_inspections, builds, text) IS 'Raises TV009 if a new attempt has no ground: one is open, rework is not recorded, or it passed and no reason is given.';

CREATE OR REPLACE FUNCTION start_inspection(p_build_id bigint, p_process_code text, p_reason text DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  build builds := lock_checked_build(p_build_id);
  sink configurations;
  template qc_processes;
  gate qc_gates;
  last qc_inspections;
  person bigint;
  made qc_inspections;
BEGIN
  SELECT * INTO sink FROM configurations c WHERE c.configuration_id = build.configuration_id;
  IF sink.configuration_id IS NULL THEN
    RAISE EXCEPTION 'Build % is not configured.', build.build_number USING ERRCODE = 'TV009', HINT = 'A checklist is made from the configuration: save one first.';
  END IF;
  template := released_process(p_process_code, sink.family_code);
  SELECT * INTO gate FROM qc_gates g WHERE g.gate_code = template.gate_code;
  person := require_inspector(gate, gate.start_permission, build);
  PERFORM require_gate_open(gate, build);
  last := latest_inspection(p_build_id, gate.gate_code);
  PERFORM refuse_second_start(last, build, p_reason);
  PERFORM open_quality(p_build_id);
  INSERT INTO qc_inspections (build_id, gate_code, qc_process_id, process_version, attempt, previous_inspection_id, configuration_id, bom_id, inspector_id, start_reason)
  SELECT p_build_id, gate.gate_code, template.qc_process_id, template.version, coalesce(max(q.attempt), 0) + 1, last.qc_inspection_id, sink.configuration_id, build.bom_id, person, nullif(btrim(p_reason), '')
    FROM qc_inspections q WHERE q.build_id = p_build_id AND q.gate_code = gate.gate_code
  RETURNING * INTO made;
  INSERT INTO qc_inspection_items (qc_inspection_id, build_id, qc_process_item_id, item_code, basin_number, position, item_text, is_applicable, may_be_na_by_hand, na_reason, is_mandatory,
         unit_code, expected_quantity, tolerance_low, tolerance_high, max_difference, choices, right_choices, required_choices, note_choices, result)
  SELECT made.qc_inspection_id, p_build_id, r.qc_process_item_id, r.item_code, r.basin_number, r.item_position, r.item_text, r.is_applicable, r.may_be_na_by_hand,
         CASE WHEN NOT r.is_applicable THEN 'by configuration' END, r.is_mandatory, r.unit_code, r.expected_quantity, r.tolerance_low, r.tolerance_high, r.max_difference,
         r.choices, r.right_choices, r.required_choices, r.note_choices, CASE WHEN r.is_applicable THEN 'OPEN' ELSE 'NA' END
    FROM checklist_rows(template.qc_process_id, sink.parameters, build.bom_id) r;
  -- What was passed in an earlier visit, or is repeated on purpose, is looked at anew.
  IF last.qc_inspection_id IS NOT NULL AND is_of_this_visit(last) AND made.start_reason IS NULL THEN
    PERFORM carry_answers_over(last.qc_inspection_id, made.qc_inspection_id);
  END IF;
  PERFORM prefill_inspection(made, build, person), show_captured_serials(made.qc_inspection_id), verify_by_system(made.qc_inspection_id);
  PERFORM close_quality();
  PERFORM emit_event('inspection.started', 'qc_inspections', made.qc_inspection_id, jsonb_build_object(
    'build_id', p_build_id, 'build_number', build.build_number, 'gate', gate.gate_code, 'attempt', made.attempt));
  RETURN made.qc_inspection_id;
END;
$$;
COMMENT ON FUNCTION start_inspection(bigint, text, text) IS
  'Begins the checklist of a gate (its code, or the template''s) for a build and returns its key: all items of the template, made for the configuration. '
  'After a rejection or a changed configuration unaffected answers are carried over. A reason is needed to do a passed one again.';

CREATE OR REPLACE FUNCTION items_to_repeat(p_inspection_id bigint) RETURNS TABLE (item_code text, basin_number integer)
LANGUAGE sql STABLE ROWS 20
SET search_path = pg_catalog, public, pg_temp
AS $$
  WITH RECURSIVE named (item_code, basin_number) AS (
    SELECT i.item_code, i.basin_number FROM qc_inspection_items i
     WHERE i.qc_inspection_id = p_inspection_id
       AND ((i.result = 'FAIL' AND i.waived_at IS NULL) OR i.result = 'OPEN'
            OR EXISTS (SELECT FROM nonconformities n WHERE n.qc_inspection_id = p_inspection_id AND (n.qc_inspection_item_id = i.qc_inspection_item_id OR i.item_code = ANY (n.affected_items))
                          AND i.waived_at IS NULL))
    UNION
    SELECT d.item_code, d.basin_number
      FROM named f
      JOIN qc_inspection_items d ON d.qc_inspection_id = p_inspection_id AND (d.basin_number = f.basin_number OR d.basin_number IS NULL OR f.basin_number IS NULL)
      JOIN qc_process_items p ON p.qc_process_item_id = d.qc_process_item_id AND f.item_code = ANY (p.depends_on)
  )
  SELECT DISTINCT n.item_code, n.basin_number FROM named n
$$;
COMMENT ON FUNCTION items_to_repeat(bigint) IS 'Items of an inspection that the next attempt repeats: failed or open ones, those a finding names as affected, and those that depend on them.';

CREATE OR REPLACE FUNCTION carry_answers_over(p_from bigint, p_to bigint) RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  carried integer;
BEGIN
  UPDATE qc_inspection_items n
     SET result = o.result, na_reason = o.na_reason, answer_boolean = o.answer_boolean, answer_number = o.answer_number, reference_number = o.reference_number, answer_text = o.answer_text,
         answer_choices = o.answer_choices, answer_date = o.answer_date, note = o.note, answered_by = o.answered_by, answered_at = o.answered_at, carried_from_id = o.qc_inspection_item_id, waived_at = o.waived_at
    FROM qc_inspection_items o JOIN qc_process_items p ON p.qc_process_item_id = o.qc_process_item_id
   WHERE n.qc_inspection_id = p_to AND o.qc_inspection_id = p_from AND n.item_code = o.item_code AND n.basin_number IS NOT DISTINCT FROM o.basin_number
     AND n.is_applicable AND o.is_applicable AND p.answer_type <> 'SIGNATURE' AND p.prefill IS NULL AND p.verified_by = '{}'
     AND (n.item_text, n.unit_code, n.expected_quantity, n.tolerance_low, n.tolerance_high, n.max_difference, n.choices, n.right_choices, n.required_choices)
         IS NOT DISTINCT FROM (o.item_text, o.unit_code, o.expected_quantity, o.tolerance_low, o.tolerance_high, o.max_difference, o.choices, o.right_choices, o.required_choices)
     AND (o.result = 'PASS' OR o.waived_at IS NOT NULL OR (o.result = 'NA' AND n.may_be_na_by_hand))
     AND (o.answer_date IS NULL OR date_is_right(p.date_rule, o.answer_date))
     AND (o.item_code, coalesce(o.basin_number, 0)) NOT IN (SELECT r.item_code, coalesce(r.basin_number, 0) FROM items_to_repeat(p_from) r);
  GET DIAGNOSTICS carried = ROW_COUNT;
  RETURN carried;
END;
$$;
COMMENT ON FUNCTION carry_answers_over(bigint, bigint) IS 'Copies right answers from an earlier attempt to a new one where item and configuration ask for the same and nothing affected them; returns how many.';

CREATE OR REPLACE FUNCTION prefill_inspection(p_inspection qc_inspections, p_build builds, p_person bigint) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  WITH known AS (
    SELECT i.qc_inspection_item_id, p.prefill,
           CASE p.prefill WHEN 'PO_NUMBER' THEN o.po_number WHEN 'BUILD_NUMBER' THEN p_build.build_number WHEN 'PROJECT' THEN o.project_name
                          WHEN 'MODEL' THEN c.parameters ->> 'model' WHEN 'PERSON' THEN u.display_name END AS word,
           CASE p.prefill WHEN 'QUANTITY' THEN i.expected_quantity END AS number,
           CASE p.prefill WHEN 'TODAY' THEN site_today() END AS day,
           CASE WHEN p.prefill = 'FIRST_PASS' AND was_rejected(p_build.build_id, p_inspection.gate_code) THEN ARRAY['NO'] END AS choice
      FROM qc_inspection_items i JOIN qc_process_items p USING (qc_process_item_id)
      JOIN orders o ON o.order_id = p_build.order_id
      JOIN configurations c ON c.configuration_id = p_inspection.configuration_id
      JOIN users u ON u.user_id = p_person
     WHERE i.qc_inspection_id = p_inspection.qc_inspection_id AND i.is_applicable AND p.prefill IS NOT NULL)
  UPDATE qc_inspection_items i
     SET result = 'PASS', answer_text = k.word, answer_number = k.number, answer_date = k.day, answer_choices = k.choice,
         answered_by = p_person, answered_at = clock_timestamp(), answered_by_system = true
    FROM known k
   WHERE i.qc_inspection_item_id = k.qc_inspection_item_id AND num_nonnulls(k.word, k.number, k.day, k.choice) > 0;
END;
$$;
COMMENT ON FUNCTION prefill_inspection(qc_inspections, builds, bigint) IS 'Fills in what the system knows: numbers of order and build, model, tester, date; first pass "no" after any rejection.';

CREATE OR REPLACE FUNCTION captured_value(p_build_id bigint, p_basin integer, p_source text) RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  found text;
BEGIN
  IF p_source IS NOT NULL AND to_regclass('public.build_serials') IS NOT NULL THEN
    EXECUTE format('SELECT %s FROM public.build_serials s WHERE s.build_id = $1 AND s.serial_kind_code = $2 AND s.basin_number IS NOT DISTINCT FROM $3 AND s.removed_at IS NULL',
      CASE split_part(p_source, '.', 2) WHEN 'serial_number' THEN 'coalesce(s.serial_number, s.batch_number)' ELSE format('s.%I', split_part(p_source, '.', 2)) END)
      INTO found USING p_build_id, split_part(p_source, '.', 1), p_basin;
  END IF;
  RETURN found;
END;
$$;
COMMENT ON FUNCTION captured_value(bigint, integer, text) IS 'What was captured of a unit of a build: serial (or batch) number, software version or plant code; null if nothing was.';

CREATE OR REPLACE FUNCTION show_captured_serials(p_inspection_id bigint) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  UPDATE qc_inspection_items i
     SET result = 'PASS', answer_text = c.value, answered_by = current_user_id(), answered_at = clock_timestamp(), answered_by_system = true, carried_from_id = NULL
    FROM qc_inspection_items o JOIN qc_process_items p USING (qc_process_item_id) CROSS JOIN LATERAL captured_value(o.build_id, o.basin_number, p.serial_source) AS c (value)
   WHERE o.qc_inspection_id = p_inspection_id AND i.qc_inspection_item_id = o.qc_inspection_item_id AND o.is_applicable AND p.serial_source IS NOT NULL
     AND c.value IS NOT NULL AND c.value IS DISTINCT FROM o.answer_text;
END;
$$;
COMMENT ON FUNCTION show_captured_serials(bigint) IS 'Fills in the serial numbers that were captured, as they are now.';

CREATE OR REPLACE FUNCTION was_rejected(p_build_id bigint, p_gate text) RETURNS boolean
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT EXISTS (SELECT FROM qc_inspections q WHERE q.build_id = p_build_id AND q.gate_code = p_gate AND q.state = 'REJECTED') $$;
COMMENT ON FUNCTION was_rejected(bigint, text) IS 'True if a build was ever rejected at a gate.';

CREATE OR REPLACE FUNCTION run_build_check(p_check text, p_build_id bigint) RETURNS guard_result
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  outcome guard_result;
BEGIN
  IF to_regprocedure(format('public.%I(bigint)', 'build_guard_' || p_check)) IS NULL THEN
    RETURN guard_outcome(true, NULL, NULL);
  END IF;
  EXECUTE format('SELECT (g).* FROM (SELECT public.%I($1) AS g OFFSET 0) s', 'build_guard_' || p_check) INTO outcome USING p_build_id;
  RETURN outcome;
END;
$$;
COMMENT ON FUNCTION run_build_check(text, bigint) IS 'Runs build_guard_<p_check> for a build; a check whose function does not exist holds.';

CREATE OR REPLACE FUNCTION verify_by_system(p_inspection_id bigint) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  WITH checked AS (
    SELECT i.qc_inspection_item_id, bool_and(o.ok) AS ok, string_agg(o.message, '; ') AS message
      FROM qc_inspection_items i JOIN qc_process_items p USING (qc_process_item_id)
      CROSS JOIN LATERAL unnest(p.verified_by) AS v (code)
      CROSS JOIN LATERAL run_build_check(v.code, i.build_id) o
     WHERE i.qc_inspection_id = p_inspection_id AND i.is_applicable
     GROUP BY i.qc_inspection_item_id)
  UPDATE qc_inspection_items i
     SET result = CASE WHEN c.ok THEN 'PASS' ELSE 'FAIL' END, answer_boolean = c.ok, note = c.message,
         answered_by = current_user_id(), answered_at = clock_timestamp(), answered_by_system = true
    FROM checked c
   WHERE i.qc_inspection_item_id = c.qc_inspection_item_id AND (i.answer_boolean IS DISTINCT FROM c.ok OR i.note IS DISTINCT FROM c.message);
END;
$$;
COMMENT ON FUNCTION verify_by_system(bigint) IS 'Answers the items of an inspection which the system verifies itself.';
