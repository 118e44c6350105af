-- Retention: running the policies.

CREATE OR REPLACE FUNCTION note_retention_run(p_policy data_retention_policies, p_status text, p_cutoff timestamptz, p_due bigint, p_held bigint, p_message text DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  made bigint;
BEGIN
  INSERT INTO retention_runs (policy_id, status, cutoff, due_count, held_count, message, requested_by, actor, finished_at)
  VALUES (p_policy.policy_id, p_status, p_cutoff, p_due, p_held, p_message, current_user_id(), current_actor(), CASE WHEN p_status NOT IN ('awaiting_signature', 'approved') THEN clock_timestamp() END)
  RETURNING retention_run_id INTO made;
  RETURN made;
END;
$$;
COMMENT ON FUNCTION note_retention_run(data_retention_policies, text, timestamptz, bigint, bigint, text) IS 'Writes a run that took nothing out.';

CREATE OR REPLACE FUNCTION retention_answer(p_policy data_retention_policies, p_status text, p_facts jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  RETURN jsonb_build_object('policy', p_policy.policy_code, 'status', p_status, 'due', 0, 'held', 0, 'done', 0) || jsonb_strip_nulls(p_facts);
END;
$$;
COMMENT ON FUNCTION retention_answer(data_retention_policies, text, jsonb) IS 'What execute_retention_policy returns.';

CREATE OR REPLACE FUNCTION retention_batch(p_policy data_retention_policies, p_cutoff timestamptz, OUT due text[], OUT held text[], OUT doable text[])
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  holds boolean := EXISTS (SELECT FROM holds_in_force());
BEGIN
  IF p_policy.action = 'DROP_PARTITION' THEN
    SELECT array_agg(d.partition_name ORDER BY d.upper_bound), array_agg(d.partition_name ORDER BY d.upper_bound) FILTER (WHERE holds OR regulated_records_in(d.partition_name) > 0)
      INTO due, held FROM due_partitions(p_policy.table_name, p_cutoff) d;
  ELSE
    due := due_keys(p_policy, p_cutoff, 1000000)::text[];
    held := CASE WHEN holds THEN array(SELECT h.key::text FROM held_keys(p_policy.table_name, due::bigint[]) h) END;
  END IF;
  due := coalesce(due, '{}');
  held := coalesce(held, '{}');
  doable := array(SELECT d.key FROM unnest(due) WITH ORDINALITY AS d (key, n) WHERE d.key <> ALL (held) ORDER BY d.n LIMIT p_policy.batch_size);
END;
$$;
COMMENT ON FUNCTION retention_batch(data_retention_policies, timestamptz) IS 'What is due (at most a million rows are looked at), what of it is held, and the next batch. A month of the trail is held while any hold is in force or a record it describes lives.';

CREATE OR REPLACE FUNCTION carry_out_batch(p_policy data_retention_policies, p_cutoff timestamptz, p_approval retention_runs) RETURNS jsonb
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  batch record;
  run_id bigint;
  proof jsonb;
  part text;
  remaining bigint;
  patience text := current_setting('lock_timeout');
BEGIN
  PERFORM share_hold_lock(), set_config('lock_timeout', '5s', true);
  batch := retention_batch(p_policy, p_cutoff);
  INSERT INTO retention_runs (policy_id, status, cutoff, due_count, held_count, done_count, requested_by, actor, approved_by, approved_at, signature_id)
  VALUES (p_policy.policy_id, 'running', p_cutoff, cardinality(batch.due), cardinality(batch.held), cardinality(batch.doable), current_user_id(), current_actor(),
          p_approval.approved_by, p_approval.approved_at, p_approval.signature_id)
  RETURNING retention_run_id INTO run_id;
  IF p_policy.action = 'DROP_PARTITION' THEN
    proof := '{"partitions": {}}';
    FOREACH part IN ARRAY batch.doable LOOP
      proof := jsonb_set(proof, '{partitions}', (proof -> 'partitions') || drop_partition(p_policy, run_id, part));
    END LOOP;
  ELSE
    proof := CASE p_policy.action WHEN 'ANONYMISE' THEN anonymise_rows(p_policy, run_id, batch.doable::bigint[])
                                        WHEN 'ERASE' THEN erase_rows(p_policy, run_id, batch.doable::bigint[])
                                        ELSE destroy_rows(p_policy, run_id, batch.doable::bigint[]) END;
  END IF;
  PERFORM set_config('lock_timeout', patience, true);
  remaining := cardinality(batch.due) - cardinality(batch.held) - cardinality(batch.doable);
  proof := proof || jsonb_strip_nulls(jsonb_build_object('policy', p_policy.policy_code, 'action', p_policy.action, 'legal_basis', p_policy.legal_basis, 'cutoff', p_cutoff,
                                                                     'approved_by', p_approval.approved_by, 'signature_id', p_approval.signature_id));
  UPDATE retention_runs SET status = 'done', certificate = proof, certificate_hash = encode(sha256(convert_to(proof::text, 'UTF8')), 'hex'), finished_at = clock_timestamp()
   WHERE retention_run_id = run_id;
  IF remaining = 0 AND p_approval.retention_run_id IS NOT NULL THEN
    UPDATE retention_runs SET status = 'done', message = 'approval used up', finished_at = clock_timestamp() WHERE retention_run_id = p_approval.retention_run_id;
  END IF;
  PERFORM emit_event('retention.done', 'retention_runs', run_id, jsonb_build_object('policy', p_policy.policy_code, 'rows', cardinality(batch.doable)));
  RETURN jsonb_build_object('run', run_id, 'due', cardinality(batch.due), 'held', cardinality(batch.held), 'done', cardinality(batch.doable), 'remaining', remaining,
                            'archive', proof -> 'archive_id', 'certificate_hash', encode(sha256(convert_to(proof::text, 'UTF8')), 'hex'));
END;
$$;
COMMENT ON FUNCTION carry_out_batch(data_retention_policies, timestamptz, retention_runs) IS 'Takes out the next batch and writes its certificate.';

CREATE OR REPLACE FUNCTION run_retention_policy(p_policy data_retention_policies, p_dry_run boolean) RETURNS jsonb
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  problem text := retention_problem(p_policy);
  approval retention_runs;
  cutoff timestamptz := now() - p_policy.keep_for;
  batch record;
  facts jsonb;
BEGIN
  IF p_policy.action = 'EXTERNAL' OR to_regclass('public.' || quote_ident(p_policy.table_name)) IS NULL THEN
    RETURN retention_answer(p_policy, 'nothing_due', jsonb_build_object('note', CASE p_policy.action WHEN 'EXTERNAL' THEN p_policy.title ELSE format('there is no table %s', p_policy.table_name) END));
  END IF;
  batch := retention_batch(p_policy, cutoff);
  facts := jsonb_build_object('due', cardinality(batch.due), 'held', cardinality(batch.held), 'cutoff', cutoff, 'batch', cardinality(batch.doable));
  IF cardinality(batch.due) = 0 THEN
    RETURN retention_answer(p_policy, 'nothing_due', facts);
  ELSIF p_dry_run THEN
    RETURN retention_answer(p_policy, 'dry_run', facts || jsonb_build_object('run', note_retention_run(p_policy, 'dry_run', cutoff, cardinality(batch.due), cardinality(batch.held)), 'problem', problem));
  ELSIF problem IS NOT NULL THEN
    RETURN retention_answer(p_policy, 'refused', facts || jsonb_build_object('reason', problem, 'run', note_retention_run(p_policy, 'refused', cutoff, cardinality(batch.due), cardinality(batch.held), problem)));
  ELSIF cardinality(batch.doable) = 0 THEN
    RETURN retention_answer(p_policy, 'held', facts || jsonb_build_object('run', note_retention_run(p_policy, 'held', cutoff, cardinality(batch.due), cardinality(batch.held))));
  ELSIF p_policy.requires_signature THEN
    SELECT * INTO approval FROM retention_runs r WHERE r.policy_id = p_policy.policy_id AND r.status IN ('awaiting_signature', 'approved') FOR UPDATE;
    IF approval.status IS DISTINCT FROM 'approved' THEN
      RETURN retention_answer(p_policy, 'awaiting_signature', facts || jsonb_build_object(
        'run', coalesce(approval.retention_run_id, note_retention_run(p_policy, 'awaiting_signature', cutoff, cardinality(batch.due), cardinality(batch.held)))));
    END IF;
    -- What was approved is what was due then.
    cutoff := approval.cutoff;
  END IF;
  RETURN retention_answer(p_policy, 'done', jsonb_build_object('cutoff', cutoff) || carry_out_batch(p_policy, cutoff, approval));
END;
$$;
COMMENT ON FUNCTION run_retention_policy(data_retention_policies, boolean) IS 'One run of a policy, which may raise.';

CREATE OR REPLACE FUNCTION execute_retention_policy(p_policy_id bigint, p_dry_run boolean DEFAULT NULL) RETURNS jsonb
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  policy data_retention_policies;
  answer jsonb;
  said text;
  hint text;
BEGIN
  SELECT * INTO policy FROM data_retention_policies p WHERE p.policy_id = p_policy_id;
  IF policy.policy_id IS NULL OR NOT has_permission('retention:execute') THEN
    RETURN retention_answer(policy, 'refused', jsonb_build_object('reason',
      CASE WHEN policy.policy_id IS NULL THEN format('there is no policy %s', coalesce(p_policy_id::text, 'null')) ELSE format('%s has no permission retention:execute', current_actor()) END));
  ELSIF NOT policy.is_active AND p_dry_run IS NOT TRUE THEN
    RETURN retention_answer(policy, 'refused', jsonb_build_object('reason', 'the policy is not active'));
  ELSIF NOT pg_try_advisory_xact_lock(hashtext('torvan.retention'), p_policy_id::integer) THEN
    RETURN retention_answer(policy, 'busy', jsonb_build_object('reason', 'another run of this policy is under way'));
  END IF;
  BEGIN
    answer := run_retention_policy(policy, coalesce(p_dry_run, false));
  EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS said = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT;
    answer := retention_answer(policy, 'failed', jsonb_build_object('sqlstate', SQLSTATE, 'reason', said, 'hint', nullif(hint, ''),
      'run', note_retention_run(policy, 'failed', now() - policy.keep_for, 0, 0, concat_ws(' ', SQLSTATE, said, hint))));
  END;
  UPDATE data_retention_policies SET last_run_at = clock_timestamp(), last_status = answer ->> 'status' WHERE policy_id = p_policy_id;
  RETURN answer;
END;
$$;
COMMENT ON FUNCTION execute_retention_policy(bigint, boolean) IS
  'Runs one batch of a policy and never raises: {"policy", "status", "due", "held", "done", "remaining", …}. status: done, dry_run (p_dry_run true: counts only), awaiting_signature (approve_retention_run), held, nothing_due, busy, refused or failed with reason.';

CREATE OR REPLACE FUNCTION approve_retention_run(p_retention_run_id bigint, p_reason text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  person bigint := require_person('retention:approve');
  run retention_runs;
BEGIN
  PERFORM require_reason(p_reason);
  SELECT * INTO run FROM retention_runs r WHERE r.retention_run_id = p_retention_run_id FOR UPDATE;
  IF run.retention_run_id IS NULL THEN
    RAISE EXCEPTION 'There is no run %.', shown(p_retention_run_id) USING ERRCODE = 'TV004', COLUMN = 'retention_run_id', HINT = 'SELECT * FROM retention_runs WHERE status = ''awaiting_signature'' lists them.';
  ELSIF run.status <> 'awaiting_signature' THEN
    RAISE EXCEPTION 'Run % does not wait for a signature, it is %.', shown(p_retention_run_id), run.status USING ERRCODE = 'TV009', HINT = 'execute_retention_policy asks for one when something is due.';
  END IF;
  PERFORM require_other_person(person, ARRAY[run.requested_by], 'approve this destruction');
  UPDATE retention_runs SET status = 'approved', approved_by = person, approved_at = clock_timestamp() WHERE retention_run_id = p_retention_run_id;
  UPDATE retention_runs SET signature_id = sign('retention_runs', p_retention_run_id, 'destroyed', p_reason) WHERE retention_run_id = p_retention_run_id;
  PERFORM emit_event('retention.approved', 'retention_runs', p_retention_run_id, '{}');
END;
$$;
COMMENT ON FUNCTION approve_retention_run(bigint, text) IS 'Signs the destruction of what was due when the run was asked for; not by who asked. The next execute_retention_policy carries it out.';

CREATE OR REPLACE FUNCTION canonical_retention_runs(p_retention_run_id bigint) RETURNS jsonb
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT jsonb_build_object('retention_run_id', r.retention_run_id, 'policy_id', r.policy_id, 'cutoff', r.cutoff AT TIME ZONE 'UTC', 'due_count', r.due_count, 'held_count', r.held_count)
    FROM retention_runs r WHERE r.retention_run_id = p_retention_run_id
$$;
COMMENT ON FUNCTION canonical_retention_runs(bigint) IS 'What is signed of a destruction: which policy, up to when, how much.';

CREATE OR REPLACE FUNCTION tg_retention_runs__kept() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.status IN ('running', 'awaiting_signature', 'approved') AND (OLD.policy_id, OLD.cutoff) = (NEW.policy_id, NEW.cutoff)
     AND (OLD.status = 'awaiting_signature' OR (OLD.approved_by, OLD.approved_at) IS NOT DISTINCT FROM (NEW.approved_by, NEW.approved_at)) THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'Run % and its certificate are kept as they are.', OLD.retention_run_id USING ERRCODE = 'TV003', HINT = 'A new run writes a new row.';
END;
$$;
COMMENT ON FUNCTION tg_retention_runs__kept() IS 'A run that ended does not change.';
