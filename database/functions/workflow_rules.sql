-- Changes of the workflow: proposed by one person, tried, and put in force by the signature of another.
--
-- The sequence never changes: from where to where a step leads, what runs after it, and who may take it (that is decided by the
-- permissions of roles, for everything that a permission allows at once). What the product asks for is never taken off; the tables say
-- so themselves, this file says it in words.

CREATE OR REPLACE FUNCTION workflow_rule(p_order_workflow_rule_id bigint, p_build_workflow_rule_id bigint) RETURNS v_workflow_rules
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  found v_workflow_rules;
BEGIN
  IF num_nonnulls(p_order_workflow_rule_id, p_build_workflow_rule_id) <> 1 THEN
    RAISE EXCEPTION 'One step of the workflow has to be named.' USING ERRCODE = 'TV022', COLUMN = 'order_workflow_rule_id', HINT = 'Give order_workflow_rule_id or build_workflow_rule_id, one of them.';
  END IF;
  SELECT * INTO found FROM v_workflow_rules r WHERE r.order_workflow_rule_id = p_order_workflow_rule_id OR r.build_workflow_rule_id = p_build_workflow_rule_id;
  IF found.rule_kind IS NULL THEN
    RAISE EXCEPTION 'There is no such step of the workflow: %.', coalesce(p_order_workflow_rule_id, p_build_workflow_rule_id)
      USING ERRCODE = 'TV004', COLUMN = CASE WHEN p_build_workflow_rule_id IS NULL THEN 'order_workflow_rule_id' ELSE 'build_workflow_rule_id' END, HINT = 'SELECT * FROM v_workflow_rules lists them.';
  END IF;
  RETURN found;
END;
$$;
COMMENT ON FUNCTION workflow_rule(bigint, bigint) IS 'A step of an order or of a build by its key, whichever is given; raises TV004 if there is none.';

CREATE OR REPLACE FUNCTION lock_workflow_rule(p_order_workflow_rule_id bigint, p_build_workflow_rule_id bigint, p_expected_version integer) RETURNS v_workflow_rules
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  found v_workflow_rules := workflow_rule(p_order_workflow_rule_id, p_build_workflow_rule_id);
BEGIN
  PERFORM FROM order_workflow_rules r WHERE r.order_workflow_rule_id = p_order_workflow_rule_id FOR NO KEY UPDATE;
  PERFORM FROM build_workflow_rules r WHERE r.build_workflow_rule_id = p_build_workflow_rule_id FOR NO KEY UPDATE;
  found := workflow_rule(p_order_workflow_rule_id, p_build_workflow_rule_id);
  IF p_expected_version <> found.row_version THEN
    RAISE EXCEPTION 'The step "%" was changed meanwhile: it is at version %, you saw %.', found.title, found.row_version, p_expected_version
      USING ERRCODE = 'TV012', HINT = 'Look at the step as it is now, then propose the change anew.';
  END IF;
  RETURN found;
END;
$$;
COMMENT ON FUNCTION lock_workflow_rule(bigint, bigint, integer) IS 'Locks a step of the workflow; raises TV012 if it is no longer at the version that was seen.';

CREATE OR REPLACE FUNCTION workflow_rule_values(p_rule v_workflow_rules) RETURNS jsonb
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT jsonb_build_object('title', p_rule.title, 'guards', p_rule.guards, 'requires_reason', p_rule.requires_reason, 'separate_from', p_rule.separate_from,
           'signature_meaning', p_rule.signature_meaning, 'is_active', p_rule.is_active)
      || CASE WHEN p_rule.action = 'ADVANCE' THEN jsonb_build_object('target_hours', p_rule.target_hours) ELSE '{}' END
$$;
COMMENT ON FUNCTION workflow_rule_values(v_workflow_rules) IS 'What may be changed of a step, as it is: the planned hours only where a phase is left for the next.';

CREATE OR REPLACE FUNCTION is_workflow_way_back(p_rule v_workflow_rules) RETURNS boolean
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT p_rule.action = 'RETURN' OR coalesce(p_rule.from_sub_state ~ '(REJECTED|REWORK)$', false)
      OR EXISTS (SELECT FROM unnest(p_rule.product_guards) g WHERE g ~ '_(rejected|failed)$')
$$;
COMMENT ON FUNCTION is_workflow_way_back(v_workflow_rules) IS
  'True for a step that is the only way of what failed: back to an earlier phase, from a check that was rejected or a test that failed, into and out of rework. A guard that shows success would bar it for ever.';

CREATE OR REPLACE FUNCTION workflow_guard_barred(p_guard workflow_guards, p_rule v_workflow_rules) RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  reached CONSTANT integer := phase_position(p_rule.from_phase) - phase_position(p_guard.earliest_phase);
BEGIN
  IF p_rule.rule_kind = 'BUILD' AND to_regprocedure(format('public.%I(bigint)', 'build_guard_' || p_guard.guard_code)) IS NULL THEN
    RETURN 'LOOKS_AT_ORDER';
  ELSIF NOT p_guard.is_addable THEN
    RETURN 'NOT_FOR_ALL';
  ELSIF is_workflow_way_back(p_rule) THEN
    RETURN 'WAY_BACK';
  ELSIF reached < 0 THEN
    RETURN 'TOO_EARLY';
  ELSIF reached = 0 AND p_rule.rule_kind = 'BUILD'
    AND (SELECT s.position FROM build_sub_states s WHERE (s.phase, s.sub_state) = (p_rule.from_phase, p_rule.from_sub_state))
        < (SELECT s.position FROM build_sub_states s WHERE (s.phase, s.sub_state) = (p_guard.earliest_phase, p_guard.earliest_sub_state)) THEN
    RETURN 'TOO_EARLY';
  END IF;
  RETURN NULL;
END;
$$;
COMMENT ON FUNCTION workflow_guard_barred(workflow_guards, v_workflow_rules) IS
  'Why a guard may not be added to a step: LOOKS_AT_ORDER (the step is one of a build), NOT_FOR_ALL (only some can show it), WAY_BACK (the step is the way of what failed), TOO_EARLY (nothing could pass yet); null if it may.';

CREATE OR REPLACE FUNCTION workflow_guard_choices(p_order_workflow_rule_id bigint DEFAULT NULL, p_build_workflow_rule_id bigint DEFAULT NULL)
RETURNS TABLE (guard_code text, title text, description text, is_asked boolean, is_required boolean, barred_by text, earliest_phase text, earliest_sub_state text)
LANGUAGE plpgsql STABLE ROWS 40
SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  rule v_workflow_rules;
BEGIN
  PERFORM require_permission('workflow_rule:read');
  rule := workflow_rule(p_order_workflow_rule_id, p_build_workflow_rule_id);
  RETURN QUERY
    SELECT g.guard_code, g.title, g.description, g.guard_code = ANY (rule.guards), g.guard_code = ANY (rule.product_guards),
           CASE WHEN g.guard_code <> ALL (rule.guards) THEN workflow_guard_barred(g, rule) END, g.earliest_phase, g.earliest_sub_state
      FROM workflow_guards g LEFT JOIN build_sub_states s ON s.phase = g.earliest_phase AND s.sub_state = g.earliest_sub_state
     ORDER BY array_position(rule.guards, g.guard_code), phase_position(g.earliest_phase), s.position NULLS FIRST, g.guard_code;
END;
$$;
COMMENT ON FUNCTION workflow_guard_choices(bigint, bigint) IS
  'Every guard beside a step: whether the step asks for it, whether the product does (then it stays), and why it may not be added: LOOKS_AT_ORDER, NOT_FOR_ALL, WAY_BACK or TOO_EARLY. Those that are asked for come first.';

CREATE OR REPLACE FUNCTION require_workflow_fields(p_rule v_workflow_rules, p_changes jsonb) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  known CONSTANT jsonb := workflow_rule_values(p_rule);
  unknown text;
BEGIN
  IF jsonb_typeof(p_changes) IS DISTINCT FROM 'object' THEN
    RAISE EXCEPTION 'The changes must be a JSON object.' USING ERRCODE = 'TV022', COLUMN = 'changes', HINT = 'For example {"target_hours": 12}.';
  END IF;
  SELECT min(k) INTO unknown FROM jsonb_object_keys(p_changes) k WHERE NOT known ? k;
  IF unknown = 'target_hours' THEN
    RAISE EXCEPTION 'Planned hours belong to steps that lead an order to the next phase.' USING ERRCODE = 'TV022', COLUMN = unknown, HINT = 'Leave target_hours out.';
  ELSIF unknown = 'permission' THEN
    RAISE EXCEPTION 'The permission of a step is not changed here.' USING ERRCODE = 'TV022', COLUMN = unknown, HINT = 'Who may take the step is decided by the permissions of roles.';
  ELSIF unknown IS NOT NULL THEN
    RAISE EXCEPTION 'A step of the workflow has no % that could be changed.', shown(unknown)
      USING ERRCODE = 'TV022', COLUMN = 'changes', HINT = format('Change %s. From where to where a step leads is fixed.', (SELECT string_agg(k, ', ' ORDER BY k) FROM jsonb_object_keys(known) k));
  END IF;
  SELECT min(c.key) INTO unknown FROM jsonb_each(p_changes) c
   WHERE jsonb_typeof(c.value) <> ALL (CASE WHEN c.key IN ('requires_reason', 'is_active') THEN '{boolean}' WHEN c.key = 'guards' THEN '{array}' WHEN c.key = 'target_hours' THEN '{number,"null"}'
                                            WHEN c.key = 'title' THEN '{string}' ELSE '{string,"null"}' END::text[]);
  IF unknown IS NOT NULL THEN
    RAISE EXCEPTION '% cannot be %.', unknown, left((p_changes -> unknown)::text, 100)
      USING ERRCODE = 'TV022', COLUMN = unknown, HINT = 'guards is a list of codes, requires_reason and is_active are true or false, target_hours is a number, the others are texts.';
  END IF;
END;
$$;
COMMENT ON FUNCTION require_workflow_fields(v_workflow_rules, jsonb) IS 'Raises TV022 for a field that a step does not have or that never changes, and for a value of another kind.';

CREATE OR REPLACE FUNCTION require_workflow_guards(p_rule v_workflow_rules, p_guards text[]) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  wrong text;
  chosen workflow_guards;
BEGIN
  SELECT string_agg(g.code, ', ' ORDER BY g.n) INTO wrong FROM unnest(p_rule.product_guards) WITH ORDINALITY AS g (code, n) WHERE g.code <> ALL (p_guards);
  IF wrong IS NOT NULL THEN
    RAISE EXCEPTION 'The product asks for % at the step "%": they stay.', wrong, p_rule.title USING ERRCODE = 'TV022', COLUMN = 'guards', HINT = 'Guards that the plant added can be taken off; those of the product cannot.';
  END IF;
  IF (SELECT count(g) <> count(DISTINCT g) FROM unnest(p_guards) g) THEN
    RAISE EXCEPTION 'A guard is named twice.' USING ERRCODE = 'TV022', COLUMN = 'guards', HINT = 'Name each guard once.';
  END IF;
  FOREACH wrong IN ARRAY p_guards LOOP
    CONTINUE WHEN wrong = ANY (p_rule.guards);
    SELECT * INTO chosen FROM workflow_guards g WHERE g.guard_code = wrong;
    IF chosen.guard_code IS NULL THEN
      RAISE EXCEPTION 'There is no guard "%".', shown(wrong) USING ERRCODE = 'TV022', COLUMN = 'guards', HINT = 'SELECT guard_code, title FROM workflow_guards lists them.';
    END IF;
    CASE workflow_guard_barred(chosen, p_rule)
      WHEN 'LOOKS_AT_ORDER' THEN
        RAISE EXCEPTION 'The guard % looks at the order; "%" is a step of a build.', wrong, p_rule.title USING ERRCODE = 'TV022', COLUMN = 'guards', HINT = 'Add it to a step of the order, or choose a guard that looks at the build.';
      WHEN 'NOT_FOR_ALL' THEN
        RAISE EXCEPTION 'The guard % is for what only some can show: it stays with its own steps.', wrong USING ERRCODE = 'TV022', COLUMN = 'guards', HINT = 'Choose a guard that every order or build can come to meet.';
      WHEN 'WAY_BACK' THEN
        RAISE EXCEPTION 'The step "%" is the way of what failed: no guard is added that could bar it.', p_rule.title
          USING ERRCODE = 'TV022', COLUMN = 'guards', HINT = 'Ask for a reason, a signature or a separation, or add the guard to the step behind it.';
      WHEN 'TOO_EARLY' THEN
        RAISE EXCEPTION 'The guard % can hold from % on: nothing could take the step "%" any more.', wrong, concat_ws('/', chosen.earliest_phase, chosen.earliest_sub_state), p_rule.title
          USING ERRCODE = 'TV022', COLUMN = 'guards', HINT = 'Add it to a step that leaves that place or a later one.';
      ELSE
        NULL;
    END CASE;
  END LOOP;
END;
$$;
COMMENT ON FUNCTION require_workflow_guards(v_workflow_rules, text[]) IS 'Raises TV022 where guards of the product are missing, or one was added that there is not, or that the step can never meet.';

CREATE OR REPLACE FUNCTION require_workflow_signature(p_rule v_workflow_rules, p_wanted v_workflow_rules) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  offered CONSTANT text := 'authored, reviewed, approved, inspected, released, confirmed';
BEGIN
  IF p_wanted.signature_meaning IS NOT DISTINCT FROM p_rule.signature_meaning THEN
    RETURN;
  ELSIF p_rule.product_signature_meaning IS NOT NULL THEN
    RAISE EXCEPTION 'The product asks for a signature at the step "%", with the meaning "%": it stays.', p_rule.title, p_rule.product_signature_meaning
      USING ERRCODE = 'TV022', COLUMN = 'signature_meaning', HINT = 'Leave signature_meaning as it is.';
  ELSIF p_wanted.signature_meaning <> ALL (string_to_array(offered, ', ')) THEN
    RAISE EXCEPTION 'The signature of a step cannot mean "%".', shown(p_wanted.signature_meaning) USING ERRCODE = 'TV022', COLUMN = 'signature_meaning', HINT = format('Choose %s, or none.', offered);
  END IF;
END;
$$;
COMMENT ON FUNCTION require_workflow_signature(v_workflow_rules, v_workflow_rules) IS 'Raises TV022 where the signature that the product asks for would be taken off or mean something else, or a new one means nothing that a step can mean.';

CREATE OR REPLACE FUNCTION require_workflow_separation(p_rule v_workflow_rules, p_wanted v_workflow_rules) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  offered CONSTANT text[] := CASE WHEN p_rule.rule_kind = 'BUILD' THEN '{BUILDER}'
                                  WHEN phase_position(p_rule.from_phase) >= phase_position('PRODUCTION') THEN '{CREATOR,SUBMITTER,BUILDER}'
                                  WHEN p_rule.from_phase = 'APPROVAL' THEN '{CREATOR,SUBMITTER}' ELSE '{CREATOR}' END::text[];
BEGIN
  IF p_wanted.separate_from IS NOT DISTINCT FROM p_rule.separate_from THEN
    RETURN;
  ELSIF p_rule.product_separate_from IS NOT NULL THEN
    RAISE EXCEPTION 'The product keeps the step "%" apart from the % of the work: that stays.', p_rule.title, lower(p_rule.product_separate_from)
      USING ERRCODE = 'TV022', COLUMN = 'separate_from', HINT = 'Leave separate_from as it is.';
  ELSIF p_wanted.separate_from <> ALL (offered) THEN
    RAISE EXCEPTION 'The step "%" cannot be kept apart from "%".', p_rule.title, shown(p_wanted.separate_from)
      USING ERRCODE = 'TV022', COLUMN = 'separate_from', HINT = format('Choose %s, or none.', array_to_string(offered, ' or '));
  END IF;
END;
$$;
COMMENT ON FUNCTION require_workflow_separation(v_workflow_rules, v_workflow_rules) IS
  'Raises TV022 where the separation that the product asks for would change, or names somebody whom there is not yet where the step is taken: nobody has submitted before APPROVAL, nobody built before PRODUCTION.';

CREATE OR REPLACE FUNCTION require_workflow_rest(p_rule v_workflow_rules, p_wanted v_workflow_rules) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF length(btrim(p_wanted.title)) < 3 OR p_wanted.title ~ '[[:cntrl:]]' THEN
    RAISE EXCEPTION 'The title of a step is "%".', shown(p_wanted.title) USING ERRCODE = 'TV022', COLUMN = 'title', HINT = 'Say in one line what is done, in at least three characters.';
  END IF;
  PERFORM require_short('title', p_wanted.title, 100);
  IF p_rule.product_requires_reason AND NOT p_wanted.requires_reason THEN
    RAISE EXCEPTION 'The product asks for a reason at the step "%": that stays.', p_rule.title USING ERRCODE = 'TV022', COLUMN = 'requires_reason', HINT = 'Leave requires_reason as it is.';
  END IF;
  IF p_wanted.target_hours <= 0 OR p_wanted.target_hours > 10000 OR p_wanted.target_hours = 'NaN' THEN
    RAISE EXCEPTION 'The planned time is % hours.', p_wanted.target_hours USING ERRCODE = 'TV022', COLUMN = 'target_hours', HINT = 'Give working hours above 0, up to 10000, or null where none are planned.';
  END IF;
  IF NOT p_wanted.is_active AND NOT p_rule.is_optional THEN
    RAISE EXCEPTION 'The step "%" cannot be taken away: what stands before it would have no way on.', p_rule.title
      USING ERRCODE = 'TV022', COLUMN = 'is_active', HINT = format('These can: %s.', (SELECT string_agg(format('"%s"', r.title), ', ' ORDER BY r.title) FROM v_workflow_rules r WHERE r.is_optional));
  END IF;
END;
$$;
COMMENT ON FUNCTION require_workflow_rest(v_workflow_rules, v_workflow_rules) IS 'Raises TV022 for a title that says nothing, a reason of the product that is no longer asked for, planned hours that are none, and a step that cannot be taken away.';

CREATE OR REPLACE FUNCTION wanted_workflow_rule(p_rule v_workflow_rules, p_changes jsonb) RETURNS v_workflow_rules
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  wanted v_workflow_rules;
BEGIN
  PERFORM require_workflow_fields(p_rule, p_changes);
  wanted := jsonb_populate_record(p_rule, p_changes);
  wanted.title := btrim(wanted.title);
  wanted.signature_meaning := nullif(lower(btrim(wanted.signature_meaning)), '');
  wanted.separate_from := nullif(upper(btrim(wanted.separate_from)), '');
  wanted.guards := array(SELECT lower(btrim(g.code)) FROM unnest(wanted.guards) WITH ORDINALITY AS g (code, n) ORDER BY coalesce(array_position(p_rule.product_guards, lower(btrim(g.code))), 1000), g.n);
  wanted.target_hours := round(wanted.target_hours, 2);
  PERFORM require_workflow_guards(p_rule, wanted.guards), require_workflow_signature(p_rule, wanted), require_workflow_separation(p_rule, wanted), require_workflow_rest(p_rule, wanted);
  RETURN wanted;
EXCEPTION WHEN data_exception THEN
  RAISE EXCEPTION 'A value among % cannot be read.', left(p_changes::text, 200) USING ERRCODE = 'TV022', COLUMN = 'changes', HINT = 'guards is a list of codes, target_hours a number.';
END;
$$;
COMMENT ON FUNCTION wanted_workflow_rule(v_workflow_rules, jsonb) IS 'A step as it would be with changes; raises TV022 for what is not possible.';

CREATE OR REPLACE FUNCTION propose_workflow_rule_change(p_changes jsonb, p_reason text, p_order_workflow_rule_id bigint DEFAULT NULL, p_build_workflow_rule_id bigint DEFAULT NULL, p_expected_version integer DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  person bigint := require_person('workflow_rule:update');
  rule v_workflow_rules := lock_workflow_rule(p_order_workflow_rule_id, p_build_workflow_rule_id, p_expected_version);
  former jsonb := workflow_rule_values(rule);
  changed jsonb;
  made bigint;
BEGIN
  PERFORM require_reason(p_reason), require_short('reason', p_reason, 2000);
  IF rule.open_change_id IS NOT NULL THEN
    RAISE EXCEPTION 'A change of the step "%" waits for its decision.', rule.title USING ERRCODE = 'TV009', HINT = 'Release, reject or withdraw it first (release_workflow_rule_change, reject_workflow_rule_change, withdraw_workflow_rule_change).';
  END IF;
  SELECT jsonb_object_agg(w.key, w.value) INTO changed FROM jsonb_each(workflow_rule_values(wanted_workflow_rule(rule, p_changes))) w WHERE w.value IS DISTINCT FROM former -> w.key;
  IF changed IS NULL THEN
    RAISE EXCEPTION 'Nothing is different at the step "%".', rule.title USING ERRCODE = 'TV022', COLUMN = 'changes', HINT = 'Give what changes, for example {"target_hours": 12}.';
  END IF;
  INSERT INTO workflow_rule_changes (order_workflow_rule_id, build_workflow_rule_id, from_version, former_values, new_values, reason, proposed_by)
  VALUES (p_order_workflow_rule_id, p_build_workflow_rule_id, rule.row_version, (SELECT jsonb_object_agg(k, former -> k) FROM jsonb_object_keys(changed) k), changed, btrim(p_reason), person)
  RETURNING workflow_rule_change_id INTO made;
  PERFORM emit_event('workflow.change_proposed', 'workflow_rule_changes', made, jsonb_build_object('title', rule.title, 'new_values', changed, 'reason', btrim(p_reason)));
  RETURN made;
END;
$$;
COMMENT ON FUNCTION propose_workflow_rule_change(jsonb, text, bigint, bigint, integer) IS
  'Proposes a change of a step of orders (p_order_workflow_rule_id) or of builds (p_build_workflow_rule_id): {"guards": [...], "title": "…", "requires_reason": true, "separate_from": "CREATOR", "signature_meaning": "reviewed", "target_hours": 12, "is_active": false}. '
  'What the product asks for stays; sequence and permission are not changed. Nothing is in force until release_workflow_rule_change. Returns the key of the change.';

CREATE OR REPLACE FUNCTION lock_workflow_rule_change(p_workflow_rule_change_id bigint) RETURNS workflow_rule_changes
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  change workflow_rule_changes;
BEGIN
  SELECT * INTO change FROM workflow_rule_changes c WHERE c.workflow_rule_change_id = p_workflow_rule_change_id;
  IF change.workflow_rule_change_id IS NULL THEN
    RAISE EXCEPTION 'There is no change % of the workflow.', shown(p_workflow_rule_change_id) USING ERRCODE = 'TV004', COLUMN = 'workflow_rule_change_id', HINT = 'SELECT * FROM workflow_rule_changes lists them.';
  END IF;
  -- The step first, as propose_workflow_rule_change locks it.
  PERFORM lock_workflow_rule(change.order_workflow_rule_id, change.build_workflow_rule_id, NULL);
  SELECT * INTO change FROM workflow_rule_changes c WHERE c.workflow_rule_change_id = p_workflow_rule_change_id FOR UPDATE;
  IF change.state <> 'PROPOSED' THEN
    RAISE EXCEPTION 'Change % of the workflow is % already.', p_workflow_rule_change_id, lower(change.state) USING ERRCODE = 'TV009', HINT = 'A further change is proposed anew.';
  END IF;
  RETURN change;
END;
$$;
COMMENT ON FUNCTION lock_workflow_rule_change(bigint) IS 'Locks a change that waits, its step first; raises TV009 for one that is decided.';

CREATE OR REPLACE FUNCTION decide_workflow_rule_change(p_change workflow_rule_changes, p_state text, p_person bigint, p_note text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  PERFORM require_short('note', p_note, 2000);
  UPDATE workflow_rule_changes SET state = p_state, decided_by = p_person, decided_at = clock_timestamp(), decision_note = nullif(btrim(p_note), '')
   WHERE workflow_rule_change_id = p_change.workflow_rule_change_id;
  PERFORM emit_event(CASE p_state WHEN 'RELEASED' THEN 'workflow.changed' ELSE 'workflow.change_' || lower(p_state) END, 'workflow_rule_changes', p_change.workflow_rule_change_id,
    jsonb_strip_nulls(jsonb_build_object('order_workflow_rule_id', p_change.order_workflow_rule_id, 'build_workflow_rule_id', p_change.build_workflow_rule_id,
      'new_values', p_change.new_values, 'reason', p_change.reason, 'note', nullif(btrim(p_note), ''))));
END;
$$;
COMMENT ON FUNCTION decide_workflow_rule_change(workflow_rule_changes, text, bigint, text) IS 'Writes what became of a change, and tells it.';

CREATE OR REPLACE FUNCTION apply_workflow_rule_change(p_change workflow_rule_changes) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  rule v_workflow_rules := workflow_rule(p_change.order_workflow_rule_id, p_change.build_workflow_rule_id);
  wanted v_workflow_rules;
BEGIN
  IF rule.row_version <> p_change.from_version THEN
    RAISE EXCEPTION 'The step "%" was changed since this change was proposed: it is at version %, the change was made from %.', rule.title, rule.row_version, p_change.from_version
      USING ERRCODE = 'TV012', HINT = 'Reject this change and propose it anew from the step as it is now.';
  END IF;
  -- The product may ask for more since it was proposed.
  wanted := wanted_workflow_rule(rule, p_change.new_values);
  PERFORM set_config('torvan.workflow_rule_change', p_change.workflow_rule_change_id::text, true);
  UPDATE order_workflow_rules SET title = wanted.title, guards = wanted.guards, requires_reason = wanted.requires_reason, separate_from = wanted.separate_from, signature_meaning = wanted.signature_meaning,
         target_hours = wanted.target_hours, is_active = wanted.is_active, row_version = row_version + 1
   WHERE order_workflow_rule_id = p_change.order_workflow_rule_id;
  UPDATE build_workflow_rules SET title = wanted.title, guards = wanted.guards, requires_reason = wanted.requires_reason, separate_from = wanted.separate_from, signature_meaning = wanted.signature_meaning,
         is_active = wanted.is_active, row_version = row_version + 1
   WHERE build_workflow_rule_id = p_change.build_workflow_rule_id;
  PERFORM set_config('torvan.workflow_rule_change', '', true);
END;
$$;
COMMENT ON FUNCTION apply_workflow_rule_change(workflow_rule_changes) IS 'Writes a change into its step, which from the next step of an order or build on is as it says; raises TV012 if the step is another than the change was made from.';

CREATE OR REPLACE FUNCTION release_workflow_rule_change(p_workflow_rule_change_id bigint, p_note text DEFAULT NULL, p_content_hash text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  person bigint := require_person('workflow_rule:release');
  change workflow_rule_changes := lock_workflow_rule_change(p_workflow_rule_change_id);
BEGIN
  PERFORM require_other_person(person, ARRAY[change.proposed_by], 'release this change');
  PERFORM require_seen_content('workflow_rule_changes', p_workflow_rule_change_id, p_content_hash);
  PERFORM apply_workflow_rule_change(change);
  PERFORM decide_workflow_rule_change(change, 'RELEASED', person, p_note);
  PERFORM sign('workflow_rule_changes', p_workflow_rule_change_id, 'released', p_note);
END;
$$;
COMMENT ON FUNCTION release_workflow_rule_change(bigint, text, text) IS
  'Puts a proposed change of the workflow in force at once, signed by someone other than its author. p_content_hash is what the signer saw (content_to_sign): where the change is another, or its step was changed since, nothing is released (TV012).';

CREATE OR REPLACE FUNCTION reject_workflow_rule_change(p_workflow_rule_change_id bigint, p_reason text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  person bigint := require_person('workflow_rule:release');
  change workflow_rule_changes := lock_workflow_rule_change(p_workflow_rule_change_id);
BEGIN
  PERFORM require_other_person(person, ARRAY[change.proposed_by], 'reject this change');
  PERFORM require_reason(p_reason);
  PERFORM decide_workflow_rule_change(change, 'REJECTED', person, p_reason);
END;
$$;
COMMENT ON FUNCTION reject_workflow_rule_change(bigint, text) IS 'Rejects a proposed change of the workflow with a reason, by someone other than its author.';

CREATE OR REPLACE FUNCTION withdraw_workflow_rule_change(p_workflow_rule_change_id bigint, p_reason text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  person bigint := require_person('workflow_rule:update');
  change workflow_rule_changes := lock_workflow_rule_change(p_workflow_rule_change_id);
BEGIN
  IF change.proposed_by <> person THEN
    RAISE EXCEPTION 'Change % was proposed by somebody else.', p_workflow_rule_change_id USING ERRCODE = 'TV025', HINT = 'Its author withdraws it; others reject it (reject_workflow_rule_change).';
  END IF;
  PERFORM require_reason(p_reason);
  PERFORM decide_workflow_rule_change(change, 'WITHDRAWN', person, p_reason);
END;
$$;
COMMENT ON FUNCTION withdraw_workflow_rule_change(bigint, text) IS 'Takes back a proposed change of the workflow with a reason, by its author.';

CREATE OR REPLACE FUNCTION workflow_trial_subject(p_number text, OUT order_id bigint, OUT build_id bigint)
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  wanted CONSTANT text := upper(btrim(p_number));
BEGIN
  SELECT o.order_id INTO order_id FROM orders o WHERE o.order_number = wanted AND sees_order(o.order_id);
  IF order_id IS NULL THEN
    SELECT b.order_id, b.build_id INTO order_id, build_id FROM builds b WHERE b.build_number = wanted AND sees_build(b.build_id);
  END IF;
  IF order_id IS NULL THEN
    RAISE EXCEPTION 'There is no order or build "%".', shown(p_number) USING ERRCODE = 'TV004', COLUMN = 'number', HINT = 'Give the number of an order, such as TRV-2026-000123, or a build number.';
  END IF;
END;
$$;
COMMENT ON FUNCTION workflow_trial_subject(text) IS 'The order, or the build with its order, that has a number and is in sight; raises TV004 if there is none.';

CREATE OR REPLACE FUNCTION simulate_workflow_rules(p_number text, p_workflow_rule_change_id bigint DEFAULT NULL)
RETURNS TABLE (order_id bigint, rule_key text, rule_kind text, order_workflow_rule_id bigint, build_workflow_rule_id bigint, from_phase text, from_sub_state text, to_phase text, to_sub_state text, action text, title text, product_title text, permission text,
               is_active boolean, is_next boolean, is_changed boolean, is_held boolean, guards jsonb)
LANGUAGE plpgsql STABLE ROWS 30
SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  subject record;
  change workflow_rule_changes;
  holder orders;
  build builds;
BEGIN
  PERFORM require_permission('workflow_rule:read');
  subject := workflow_trial_subject(p_number);
  holder := require_order(subject.order_id);
  build := CASE WHEN subject.build_id IS NOT NULL THEN require_build(subject.build_id) END;
  SELECT * INTO change FROM workflow_rule_changes c WHERE c.workflow_rule_change_id = p_workflow_rule_change_id;
  IF change.workflow_rule_change_id IS NULL AND p_workflow_rule_change_id IS NOT NULL THEN
    RAISE EXCEPTION 'There is no change % of the workflow.', p_workflow_rule_change_id USING ERRCODE = 'TV004', COLUMN = 'workflow_rule_change_id', HINT = 'SELECT * FROM workflow_rule_changes lists them.';
  END IF;
  RETURN QUERY
    WITH present AS MATERIALIZED (
           SELECT r.*, coalesce(r.order_workflow_rule_id = change.order_workflow_rule_id OR r.build_workflow_rule_id = change.build_workflow_rule_id, false) AS is_changed
             FROM v_workflow_rules r
            WHERE CASE WHEN subject.build_id IS NULL THEN r.rule_kind = 'ORDER' ELSE phase_position(r.from_phase) >= phase_position('PRODUCTION') END),
         asked AS MATERIALIZED (
           SELECT p.order_workflow_rule_id, p.build_workflow_rule_id, g.code, g.n, p.is_changed AND g.code <> ALL (p.guards) AS is_new, p.is_changed AND g.code <> ALL (w.guards) AS is_gone
             FROM present p
             CROSS JOIN LATERAL (SELECT CASE WHEN p.is_changed AND change.new_values ? 'guards' THEN array(SELECT jsonb_array_elements_text(change.new_values -> 'guards')) ELSE p.guards END AS guards) w
             CROSS JOIN LATERAL unnest(w.guards || array(SELECT o FROM unnest(p.guards) o WHERE o <> ALL (w.guards))) WITH ORDINALITY AS g (code, n)),
         behind AS MATERIALIZED (
           SELECT o.order_workflow_rule_id, builds_behind(o, subject.order_id) AS message
             FROM order_workflow_rules o WHERE subject.build_id IS NULL AND o.from_phase = holder.phase),
         -- Each guard runs once, however many steps ask for it.
         answers AS MATERIALIZED (
           SELECT d.code, o.ok, o.message, o.link
             FROM (SELECT DISTINCT a.code FROM asked a) d
             CROSS JOIN LATERAL (SELECT (x.g).* FROM (SELECT CASE WHEN subject.build_id IS NULL THEN run_guard(d.code, subject.order_id) ELSE run_build_guard(d.code, subject.build_id) END AS g OFFSET 0) x) o)
    SELECT subject.order_id, p.rule_key, p.rule_kind, p.order_workflow_rule_id, p.build_workflow_rule_id, p.from_phase, p.from_sub_state, p.to_phase, p.to_sub_state, p.action,
           CASE WHEN p.is_changed THEN coalesce(change.new_values ->> 'title', p.title) ELSE p.title END, p.product_title, p.permission,
           CASE WHEN p.is_changed THEN coalesce((change.new_values ->> 'is_active')::boolean, p.is_active) ELSE p.is_active END,
           CASE WHEN subject.build_id IS NULL THEN p.from_phase = holder.phase
                ELSE p.from_phase = build.phase AND CASE p.rule_kind WHEN 'BUILD' THEN p.from_sub_state = build.sub_state
                       ELSE (SELECT o.exit_sub_states = '{}' OR build.sub_state = ANY (o.exit_sub_states) FROM order_workflow_rules o WHERE o.order_workflow_rule_id = p.order_workflow_rule_id) END
           END AND holder.state = 'ACTIVE',
           p.is_changed,
           EXISTS (SELECT FROM asked a JOIN answers r ON r.code = a.code
                    WHERE (a.order_workflow_rule_id = p.order_workflow_rule_id OR a.build_workflow_rule_id = p.build_workflow_rule_id) AND NOT a.is_gone AND NOT r.ok) OR h.message IS NOT NULL,
           CASE WHEN h.message IS NULL THEN '[]' ELSE jsonb_build_array(jsonb_build_object('guard', 'builds_ready', 'title', 'every build is where it may leave the phase', 'ok', false, 'message', h.message, 'link', 'builds')) END
           || (SELECT coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('guard', a.code, 'title', g.title, 'ok', r.ok, 'message', r.message, 'link', r.link,
                     'change', CASE WHEN a.is_new THEN 'ADDED' WHEN a.is_gone THEN 'REMOVED' END)) ORDER BY a.n), '[]')
              FROM asked a JOIN answers r ON r.code = a.code LEFT JOIN workflow_guards g ON g.guard_code = a.code
             WHERE a.order_workflow_rule_id = p.order_workflow_rule_id OR a.build_workflow_rule_id = p.build_workflow_rule_id)
      FROM present p
      LEFT JOIN build_sub_states s ON s.phase = p.from_phase AND s.sub_state = p.from_sub_state
      LEFT JOIN behind h ON h.order_workflow_rule_id = p.order_workflow_rule_id
     ORDER BY phase_position(p.from_phase), s.position NULLS LAST, phase_position(p.to_phase), p.order_workflow_rule_id, p.build_workflow_rule_id;
END;
$$;
COMMENT ON FUNCTION simulate_workflow_rules(text, bigint) IS
  'Tries the workflow with an order or a build (p_number), with a change where one is named: each step, whether it is the next one, whether the change is about it, and each of its guards: whether it holds now, what it says and where to mend it, and whether the change adds it or takes it off. Stores nothing.';

CREATE OR REPLACE FUNCTION workflow_rule_reach(p_order_workflow_rule_id bigint DEFAULT NULL, p_build_workflow_rule_id bigint DEFAULT NULL)
RETURNS TABLE (waiting bigint, is_at_least boolean, looked_at integer, newly_held integer)
LANGUAGE plpgsql STABLE ROWS 1
SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  counted CONSTANT integer := 10000;
  sampled CONSTANT integer := 25;
  rule v_workflow_rules;
  added text[];
BEGIN
  PERFORM require_permission('workflow_rule:read');
  rule := workflow_rule(p_order_workflow_rule_id, p_build_workflow_rule_id);
  IF NOT sees_all_orders() THEN
    RETURN;
  END IF;
  added := array(SELECT g FROM workflow_rule_changes c, jsonb_array_elements_text(c.new_values -> 'guards') g WHERE c.workflow_rule_change_id = rule.open_change_id AND g <> ALL (rule.guards));
  is_at_least := false;
  IF rule.rule_kind = 'ORDER' THEN
    -- From the counters, exact at any size.
    SELECT coalesce(sum(n.orders), 0) INTO waiting FROM order_counts(jsonb_build_object('phase', jsonb_build_array(rule.from_phase), 'state', '["ACTIVE", "ON_HOLD"]'::jsonb)) n;
    SELECT count(*), count(*) FILTER (WHERE h.is_held) INTO looked_at, newly_held
      FROM (SELECT o.order_id FROM orders o WHERE o.phase = rule.from_phase AND o.phase <> 'DELIVERED' AND o.state <> 'CANCELLED' ORDER BY coalesce(o.want_date, 'infinity'), o.order_id LIMIT CASE WHEN added <> '{}' THEN sampled ELSE 0 END) w
      CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM unnest(added) g (code) CROSS JOIN LATERAL run_guard(g.code, w.order_id) r WHERE NOT r.ok) AS is_held) h;
  ELSE
    SELECT count(*) INTO waiting FROM (SELECT FROM builds b WHERE b.phase = rule.from_phase AND b.sub_state = rule.from_sub_state AND b.state = 'ACTIVE' LIMIT counted + 1) b;
    is_at_least := waiting > counted;
    waiting := least(waiting, counted);
    SELECT count(*), count(*) FILTER (WHERE h.is_held) INTO looked_at, newly_held
      FROM (SELECT b.build_id FROM builds b WHERE b.phase = rule.from_phase AND b.sub_state = rule.from_sub_state AND b.state = 'ACTIVE' LIMIT CASE WHEN added <> '{}' THEN sampled ELSE 0 END) w
      CROSS JOIN LATERAL (SELECT EXISTS (SELECT FROM unnest(added) g (code) CROSS JOIN LATERAL run_build_guard(g.code, w.build_id) r WHERE NOT r.ok) AS is_held) h;
  END IF;
  RETURN NEXT;
END;
$$;
COMMENT ON FUNCTION workflow_rule_reach(bigint, bigint) IS
  'How many open orders or builds stand before a step (of builds at most 10000 are counted: then is_at_least), and of a few of them (of orders those wanted first) how many the guards of its waiting change would hold that are not asked for now. No row for those who do not see all orders.';

CREATE OR REPLACE FUNCTION canonical_workflow_rule_changes(p_workflow_rule_change_id bigint) RETURNS jsonb
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT s.content || jsonb_build_object('content_hash', encode(sha256(convert_to(s.content::text, 'UTF8')), 'hex'))
    FROM (SELECT jsonb_build_object('workflow_rule_change_id', c.workflow_rule_change_id, 'order_workflow_rule_id', c.order_workflow_rule_id, 'build_workflow_rule_id', c.build_workflow_rule_id,
                   'from_version', c.from_version, 'former_values', c.former_values, 'new_values', c.new_values, 'reason', c.reason, 'proposed_by', c.proposed_by) AS content
            FROM workflow_rule_changes c WHERE c.workflow_rule_change_id = p_workflow_rule_change_id) s
$$;
COMMENT ON FUNCTION canonical_workflow_rule_changes(bigint) IS 'What is signed of a change of the workflow: the step, its values before and after, why and by whom. What becomes of it comes later and changes nothing.';
