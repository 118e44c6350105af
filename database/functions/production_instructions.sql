-- Production: work instructions, versioned and immutable once released.

CREATE OR REPLACE FUNCTION draft_work_instruction(p_code text, p_title text, p_body text, p_document_reference text DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  made bigint;
BEGIN
  PERFORM require_permission('work_instruction:update'), require_short('code', p_code, 60), require_short('title', p_title, 300);
  IF upper(btrim(coalesce(p_code, ''))) !~ '^[A-Z][A-Z0-9._-]*$' OR btrim(coalesce(p_title, '')) = '' OR btrim(coalesce(p_body, '')) = '' THEN
    RAISE EXCEPTION 'A work instruction needs a code, a title and a text.' USING ERRCODE = 'TV022', HINT = 'The code begins with a letter: letters, digits and . _ -, for example WI-70.';
  END IF;
  IF EXISTS (SELECT FROM work_instructions i WHERE i.instruction_code = upper(btrim(p_code)) AND i.state = 'DRAFT') THEN
    RAISE EXCEPTION 'Instruction % has a draft already.', shown(upper(btrim(p_code))) USING ERRCODE = 'TV009', HINT = 'Change that draft, or release it first.';
  END IF;
  INSERT INTO work_instructions (instruction_code, version, title, body, document_reference, created_by)
  SELECT upper(btrim(p_code)), coalesce(max(i.version), 0) + 1, btrim(p_title), p_body, p_document_reference, current_user_id() FROM work_instructions i WHERE i.instruction_code = upper(btrim(p_code))
  RETURNING work_instruction_id INTO made;
  RETURN made;
EXCEPTION WHEN unique_violation THEN
  RAISE EXCEPTION 'Instruction % got a new version at the same moment.', shown(upper(btrim(p_code))) USING ERRCODE = 'TV009', HINT = 'Look at it, then decide.';
END;
$$;
COMMENT ON FUNCTION draft_work_instruction(text, text, text, text) IS 'Makes the first or next version of a work instruction as a draft and returns its key.';

CREATE OR REPLACE FUNCTION release_work_instruction(p_work_instruction_id bigint, p_reason text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  person bigint := require_person('work_instruction:update');
  draft work_instructions;
BEGIN
  SELECT * INTO draft FROM work_instructions i WHERE i.work_instruction_id = p_work_instruction_id FOR NO KEY UPDATE;
  IF draft.work_instruction_id IS NULL THEN
    RAISE EXCEPTION 'There is no work instruction %.', shown(p_work_instruction_id) USING ERRCODE = 'TV004', COLUMN = 'work_instruction_id', HINT = 'SELECT work_instruction_id, instruction_code, version, state FROM work_instructions lists them.';
  END IF;
  IF draft.state <> 'DRAFT' THEN
    RAISE EXCEPTION 'Instruction % version % is % already.', draft.instruction_code, draft.version, lower(draft.state) USING ERRCODE = 'TV009', HINT = 'draft_work_instruction makes the next version.';
  END IF;
  PERFORM require_other_person(person, array_remove(ARRAY[draft.created_by], NULL), 'release this instruction');
  UPDATE work_instructions SET state = 'SUPERSEDED' WHERE instruction_code = draft.instruction_code AND state = 'RELEASED';
  UPDATE work_instructions SET state = 'RELEASED', released_by = person, released_at = clock_timestamp() WHERE work_instruction_id = p_work_instruction_id;
  PERFORM sign('work_instructions', p_work_instruction_id, 'approved', p_reason),
          emit_event('work_instruction.released', 'work_instructions', p_work_instruction_id, jsonb_build_object('code', draft.instruction_code, 'version', draft.version));
END;
$$;
COMMENT ON FUNCTION release_work_instruction(bigint, text) IS 'Releases a draft, signed by somebody other than its author; the version before it is superseded. Tasks not yet begun use the new one.';

CREATE OR REPLACE FUNCTION instruction_in_force(p_work_instruction_id bigint) RETURNS bigint
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT coalesce((SELECT n.work_instruction_id FROM work_instructions n WHERE n.instruction_code = i.instruction_code AND n.state = 'RELEASED'), i.work_instruction_id)
    FROM work_instructions i WHERE i.work_instruction_id = p_work_instruction_id
$$;
COMMENT ON FUNCTION instruction_in_force(bigint) IS 'The released version of the same instruction; the given one if there is none.';
