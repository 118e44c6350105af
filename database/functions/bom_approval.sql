-- BOM: submission, approval by a second person, release (workflow.md section 4, BOM states).

CREATE OR REPLACE FUNCTION lock_bom(p_bom_id bigint, p_expected_state text) RETURNS boms
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  bom boms;
BEGIN
  PERFORM require_bom(p_bom_id);
  PERFORM lock_order(b.order_id, NULL) FROM boms m JOIN builds b USING (build_id) WHERE m.bom_id = p_bom_id;
  SELECT * INTO bom FROM boms WHERE bom_id = p_bom_id FOR NO KEY UPDATE;
  IF bom.state <> p_expected_state THEN
    RAISE EXCEPTION 'BOM % is %, not %.', shown(p_bom_id), lower(bom.state), shown(lower(p_expected_state))
      USING ERRCODE = 'TV009', HINT = 'The order is DRAFT → SUBMITTED → APPROVED → RELEASED; a rejected BOM needs a new revision.';
  END IF;
  PERFORM require_present_bom(bom);
  RETURN bom;
END;
$$;
COMMENT ON FUNCTION lock_bom(bigint, text) IS 'Locks a BOM (its order first) that must be in the given state, the present one of its build, and of an active order.';

CREATE OR REPLACE FUNCTION require_present_bom(p_bom boms) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  build builds;
BEGIN
  IF p_bom.build_id IS NULL THEN
    RETURN;
  END IF;
  SELECT * INTO build FROM builds WHERE build_id = p_bom.build_id;
  IF build.bom_id IS DISTINCT FROM p_bom.bom_id OR build.configuration_id IS DISTINCT FROM p_bom.configuration_id THEN
    RAISE EXCEPTION 'BOM % is not the present one of build %.', p_bom.bom_id, build.build_number
      USING ERRCODE = 'TV009', HINT = 'Generate the BOM of the present configuration.';
  END IF;
  PERFORM require_active(o) FROM orders o WHERE o.order_id = build.order_id;
END;
$$;
COMMENT ON FUNCTION require_present_bom(boms) IS 'Raises TV009 for a BOM which its build no longer has, or of an order that is on hold or cancelled.';

CREATE OR REPLACE FUNCTION submit_bom(p_bom_id bigint) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  person bigint := require_person('bom:submit');
  bom boms := lock_bom(p_bom_id, 'DRAFT');
BEGIN
  IF bom.unresolved_count > 0 THEN
    RAISE EXCEPTION 'BOM % has % line(s) whose code names nothing in the catalogue: %.', shown(p_bom_id), bom.unresolved_count,
      (SELECT string_agg(l.item_code, ', ' ORDER BY l.line_number) FROM bom_line_items l WHERE l.bom_id = p_bom_id AND l.is_unresolved)
      USING ERRCODE = 'TV009', HINT = 'Import the missing items or correct the rule, then generate the BOM again; remove_bom_line takes out a line that was added by hand.';
  END IF;
  IF retired_custom_parts(p_bom_id) IS NOT NULL THEN
    RAISE EXCEPTION 'BOM % has custom parts that are retired: %.', shown(p_bom_id), retired_custom_parts(p_bom_id)
      USING ERRCODE = 'TV009', HINT = 'Generate the BOM again: the dimensions get a new number.';
  END IF;
  UPDATE boms SET state = 'SUBMITTED', submitted_by = person, submitted_at = clock_timestamp() WHERE bom_id = p_bom_id;
  PERFORM emit_event('bom.submitted', 'boms', p_bom_id, jsonb_build_object('build_id', bom.build_id, 'revision', bom.revision));
END;
$$;
COMMENT ON FUNCTION submit_bom(bigint) IS 'Submits a draft BOM for approval; unresolved codes block it.';

CREATE OR REPLACE FUNCTION require_other_person(p_person bigint, p_forbidden bigint[], p_act text) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  -- Who acts in a delegated role may not do what the person who lent it may not do either.
  IF p_person = ANY (p_forbidden) OR acting_for() = ANY (p_forbidden) THEN
    RAISE EXCEPTION '% may not %: the work is % own.', current_actor(), p_act, 'their'
      USING ERRCODE = 'TV025', HINT = 'A second person with the permission has to do it (separation of duties).';
  END IF;
END;
$$;
COMMENT ON FUNCTION require_other_person(bigint, bigint[], text) IS 'Separation of duties: raises TV025 if the person, or the one in whose delegated role they act, is one of those who may not take the step.';

CREATE OR REPLACE FUNCTION bom_approval_barred(p_bom boms) RETURNS bigint[]
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$ BEGIN RETURN array_remove(ARRAY[p_bom.created_by, p_bom.submitted_by] || manual_bom_authors(p_bom.bom_id), NULL); END $$;
COMMENT ON FUNCTION bom_approval_barred(boms) IS 'Who may not approve a BOM: its author, who submitted it, and those who added lines by hand.';

CREATE OR REPLACE FUNCTION bom_rejection_barred(p_bom boms) RETURNS bigint[]
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT array_remove(ARRAY[p_bom.created_by, p_bom.submitted_by], NULL)
$$;
COMMENT ON FUNCTION bom_rejection_barred(boms) IS 'Who may not reject a BOM: its author and who submitted it.';

CREATE OR REPLACE FUNCTION approve_bom(p_bom_id bigint, p_note text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  person bigint := require_person('bom:approve');
  bom boms := lock_bom(p_bom_id, 'SUBMITTED');
BEGIN
  PERFORM require_other_person(person, bom_approval_barred(bom), 'approve this BOM');
  UPDATE boms SET state = 'APPROVED', decided_by = person, decided_at = clock_timestamp(), decision_note = p_note WHERE bom_id = p_bom_id;
  -- Two statements, so that each finds its rows by an index.
  IF bom.build_id IS NULL THEN
    UPDATE boms SET state = 'SUPERSEDED' WHERE configuration_id = bom.configuration_id AND bom_id <> p_bom_id AND state IN ('APPROVED', 'RELEASED');
  ELSE
    UPDATE boms SET state = 'SUPERSEDED' WHERE build_id = bom.build_id AND bom_id <> p_bom_id AND state IN ('APPROVED', 'RELEASED');
  END IF;
  PERFORM sign('boms', p_bom_id, 'approved', p_note);
  PERFORM emit_event('bom.approved', 'boms', p_bom_id, jsonb_build_object('build_id', bom.build_id, 'revision', bom.revision, 'content_hash', bom.content_hash));
END;
$$;
COMMENT ON FUNCTION approve_bom(bigint, text) IS 'Approves and signs a submitted BOM, by someone other than its author, its submitter and those who added lines by hand; from then on it is immutable and earlier approved revisions are superseded.';

CREATE OR REPLACE FUNCTION reject_bom(p_bom_id bigint, p_reason text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  person bigint := require_person('bom:reject');
  bom boms := lock_bom(p_bom_id, 'SUBMITTED');
BEGIN
  PERFORM require_reason(p_reason);
  PERFORM require_other_person(person, bom_rejection_barred(bom), 'reject this BOM');
  UPDATE boms SET state = 'REJECTED', decided_by = person, decided_at = clock_timestamp(), decision_note = p_reason WHERE bom_id = p_bom_id;
  PERFORM sign('boms', p_bom_id, 'rejected', p_reason);
  PERFORM emit_event('bom.rejected', 'boms', p_bom_id, jsonb_build_object('build_id', bom.build_id, 'revision', bom.revision, 'reason', p_reason));
END;
$$;
COMMENT ON FUNCTION reject_bom(bigint, text) IS 'Rejects a submitted BOM with a reason, signed.';

CREATE OR REPLACE FUNCTION release_bom(p_bom_id bigint) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  person bigint := require_person('bom:release');
  bom boms := lock_bom(p_bom_id, 'APPROVED');
BEGIN
  UPDATE boms SET state = 'RELEASED', released_by = person, released_at = clock_timestamp() WHERE bom_id = p_bom_id;
  PERFORM emit_event('bom.released', 'boms', p_bom_id, jsonb_build_object('build_id', bom.build_id, 'revision', bom.revision));
END;
$$;
COMMENT ON FUNCTION release_bom(bigint) IS 'Releases an approved BOM to production.';
