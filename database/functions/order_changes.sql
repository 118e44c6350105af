-- Changes after approval: another configuration and BOM for a build that is being made, proposed with their difference by one
-- person and decided by another (workflow.md section 4, "Change after approval").

CREATE OR REPLACE FUNCTION propose_order_change(p_build_id bigint, p_parameters jsonb, p_reason text) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  build builds := lock_active_build(p_build_id);
  person bigint := require_person('configuration:change_approved');
  present configurations;
  wanted configurations;
  bom bigint;
  made bigint;
BEGIN
  PERFORM require_reason(p_reason), require_plain_parameters(p_parameters);
  IF build.phase NOT IN ('PRODUCTION', 'QUALITY_CONTROL', 'PACKAGING') THEN
    RAISE EXCEPTION 'Build % is in phase %.', build.build_number, build.phase
      USING ERRCODE = 'TV009', HINT = 'Before approval save a configuration; after packing a change is an order of its own.';
  END IF;
  IF EXISTS (SELECT FROM order_changes c WHERE c.build_id = p_build_id AND c.state = 'PROPOSED') THEN
    RAISE EXCEPTION 'A change of build % waits for its decision.', build.build_number USING ERRCODE = 'TV009', HINT = 'Decide it with decide_order_change first.';
  END IF;
  present := require_configuration(build.configuration_id);
  wanted := insert_configuration(present.parameters || p_parameters || build_language(p_build_id), p_build_id, NULL, present.configuration_id, btrim(p_reason));
  IF wanted.parameters_hash = present.parameters_hash THEN
    RAISE EXCEPTION 'Nothing is different for build %.', build.build_number USING ERRCODE = 'TV022', HINT = 'Give the parameters that change, for example {"length_in": 72}.';
  END IF;
  bom := store_bom(wanted);
  UPDATE boms SET state = 'SUBMITTED', submitted_by = person, submitted_at = clock_timestamp() WHERE bom_id = bom;
  INSERT INTO order_changes (build_id, reason, from_configuration_id, from_bom_id, to_configuration_id, to_bom_id, difference, proposed_by)
  VALUES (p_build_id, btrim(p_reason), build.configuration_id, build.bom_id, wanted.configuration_id, bom,
          (SELECT coalesce(jsonb_agg(to_jsonb(d)), '[]') FROM compare_boms(build.bom_id, bom) d WHERE d.parent_code IS NULL), person)
  RETURNING order_change_id INTO made;
  PERFORM emit_event('order.change_proposed', 'order_changes', made, jsonb_build_object('build_number', build.build_number, 'order_id', build.order_id, 'reason', btrim(p_reason)));
  RETURN made;
END;
$$;
COMMENT ON FUNCTION propose_order_change(bigint, jsonb, text) IS
  'Proposes other parameters for a build that is approved: saves them as its next configuration, generates the BOM as its next revision and lists the difference. Nothing changes for the build until decide_order_change.';

CREATE OR REPLACE FUNCTION decide_order_change(p_order_change_id bigint, p_adopt boolean, p_note text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  person bigint := require_person('bom:approve');
  change order_changes;
  build builds;
BEGIN
  IF p_adopt IS NULL THEN
    RAISE EXCEPTION 'Adopted or rejected is not said.' USING ERRCODE = 'TV022', COLUMN = 'adopt', HINT = 'Give p_adopt: true to adopt the change, false to reject it.';
  END IF;
  SELECT * INTO change FROM order_changes WHERE order_change_id = p_order_change_id;
  IF change.order_change_id IS NULL OR NOT sees_build(change.build_id) THEN
    RAISE EXCEPTION 'There is no change %.', shown(p_order_change_id) USING ERRCODE = 'TV004', COLUMN = 'order_change_id', HINT = 'SELECT * FROM order_changes WHERE state = ''PROPOSED'' lists those that wait.';
  END IF;
  -- What no longer fits is rejected, also when the build is cancelled or has left.
  build := CASE WHEN p_adopt THEN lock_active_build(change.build_id) ELSE lock_build(change.build_id) END;
  SELECT * INTO change FROM order_changes WHERE order_change_id = p_order_change_id FOR UPDATE;
  IF change.state <> 'PROPOSED' THEN
    RAISE EXCEPTION 'Change % is % already.', shown(p_order_change_id), lower(change.state) USING ERRCODE = 'TV009', HINT = 'A further change is proposed anew.';
  END IF;
  PERFORM require_other_person(person, ARRAY[change.proposed_by], 'decide this change');
  IF NOT p_adopt THEN
    PERFORM require_reason(p_note);
  END IF;
  UPDATE boms SET state = CASE WHEN p_adopt THEN 'APPROVED' ELSE 'REJECTED' END, decided_by = person, decided_at = clock_timestamp(), decision_note = nullif(btrim(p_note), '')
   WHERE bom_id = change.to_bom_id AND state = 'SUBMITTED';
  UPDATE order_changes SET state = CASE WHEN p_adopt THEN 'ADOPTED' ELSE 'REJECTED' END, decided_by = person, decided_at = clock_timestamp(), decision_note = nullif(btrim(p_note), '')
   WHERE order_change_id = p_order_change_id;
  PERFORM sign('boms', change.to_bom_id, CASE WHEN p_adopt THEN 'approved' ELSE 'rejected' END, p_note);
  IF p_adopt THEN
    PERFORM adopt_order_change(change, build, person);
  END IF;
  PERFORM emit_event(CASE WHEN p_adopt THEN 'bom.changed' ELSE 'order.change_rejected' END, 'order_changes', p_order_change_id, jsonb_build_object(
    'build_number', build.build_number, 'build_id', build.build_id, 'order_id', build.order_id, 'reason', change.reason));
END;
$$;
COMMENT ON FUNCTION decide_order_change(bigint, boolean, text) IS
  'Adopts or rejects a proposed change, by someone other than its author, with a signature. Adopted, the build takes the configuration and BOM; tasks and reservations follow, running tasks are paused, and no build goes on from PRE_QC_READY before a sink drawing is approved for the new configuration (before or after the adoption).';

CREATE OR REPLACE FUNCTION adopt_order_change(p_change order_changes, p_build builds, p_person bigint) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  failed text;
BEGIN
  IF (p_build.configuration_id, p_build.bom_id) IS DISTINCT FROM (p_change.from_configuration_id, p_change.from_bom_id) THEN
    RAISE EXCEPTION 'Build % is no longer what the change was made from.', p_build.build_number USING ERRCODE = 'TV009', HINT = 'Reject this change and propose it anew.';
  END IF;
  IF p_build.phase NOT IN ('PRODUCTION', 'QUALITY_CONTROL', 'PACKAGING') THEN
    RAISE EXCEPTION 'Build % is in phase %.', p_build.build_number, p_build.phase USING ERRCODE = 'TV009', HINT = 'It is packed as it was approved: reject the change; what is wanted else is an order of its own.';
  END IF;
  UPDATE builds SET configuration_id = p_change.to_configuration_id, bom_id = p_change.to_bom_id WHERE build_id = p_build.build_id;
  -- What an order has to show before production holds for its changes too.
  SELECT string_agg(format('%s: %s', g.code, o.message), '; ') INTO failed
    FROM (VALUES ('boms_resolved'), ('custom_parts_drawn')) AS g (code) CROSS JOIN LATERAL run_guard(g.code, p_build.order_id) o WHERE NOT o.ok;
  IF failed IS NOT NULL THEN
    RAISE EXCEPTION 'The change of build % cannot be adopted: %.', p_build.build_number, failed
      USING ERRCODE = 'TV024', HINT = 'Give each new custom part its drawing (attach_custom_part_drawing); correct codes that name nothing.';
  END IF;
  UPDATE boms SET state = 'RELEASED', released_by = p_person, released_at = clock_timestamp() WHERE bom_id = p_change.to_bom_id;
  UPDATE boms SET state = 'SUPERSEDED' WHERE build_id = p_build.build_id AND bom_id <> p_change.to_bom_id AND state IN ('APPROVED', 'RELEASED');
  PERFORM generate_production_tasks(p_build.build_id), void_open_inspections(p_build.build_id, 'the configuration was changed');
  PERFORM reserve_stock(p_build.build_id), return_to_check(p_build.build_id, p_change.reason);
END;
$$;
COMMENT ON FUNCTION adopt_order_change(order_changes, builds, bigint) IS 'Puts an adopted change into force: BOM, tasks, open checklists and reservations of the build, and the step from which it goes on.';

CREATE OR REPLACE FUNCTION return_to_check(p_build_id bigint, p_reason text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  build builds := require_build(p_build_id);
  place integer := (SELECT s.position FROM build_sub_states s WHERE (s.phase, s.sub_state) = ('PRODUCTION', 'PRE_QC_READY'));
BEGIN
  IF (SELECT s.position FROM build_sub_states s WHERE (s.phase, s.sub_state) = (build.phase, build.sub_state)) <= place OR build.sub_state IN ('PRE_QC_REJECTED', 'PRE_QC_REWORK') THEN
    RETURN;
  END IF;
  build := apply_build_step(build, 'PRODUCTION', 'PRE_QC_READY', 'changed after approval: ' || p_reason, 'build.ready_for_pre_qc');
  PERFORM pause_build_tasks(build, 'changed after approval: ' || p_reason, true);
  PERFORM derive_order_phase(build.order_id, 'changed after approval: ' || p_reason);
END;
$$;
COMMENT ON FUNCTION return_to_check(bigint, text) IS
  'After a change: every check counts for one configuration only, and the first is done at PRE_QC_READY. A build that is further goes back there, its running tasks paused, and passes each gate again; answers that the change does not touch are carried over.';
