-- Signatures: bound to a record's content, given by the acting person, in the transaction of the act which they authorise.

CREATE OR REPLACE FUNCTION sign(p_record_type text, p_record_id bigint, p_meaning text, p_reason text DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  person users;
  content jsonb;
  key_column text := (SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0] WHERE i.indrelid = to_regclass('public.' || p_record_type) AND i.indisprimary);
  made bigint;
BEGIN
  SELECT * INTO person FROM users u WHERE u.user_id = current_user_id();
  IF person.user_id IS NULL THEN
    RAISE EXCEPTION 'A signature needs a person.' USING ERRCODE = 'TV010', HINT = 'At psql: BEGIN; SELECT begin_as(''login'', ''reason''); then the step; COMMIT.';
  END IF;
  IF key_column IS NOT NULL THEN
    EXECUTE format('SELECT to_jsonb(t) FROM public.%I t WHERE t.%I = $1', p_record_type, key_column) INTO content USING p_record_id;
  END IF;
  IF content IS NULL THEN
    RAISE EXCEPTION 'There is no record % of % to sign.', p_record_id, p_record_type USING ERRCODE = 'TV004', HINT = 'Name a table of this database and a key in it.';
  END IF;
  INSERT INTO signatures (record_type, record_id, meaning, reason, signer_id, printed_name, method, content_hash)
  VALUES (p_record_type, p_record_id, p_meaning, nullif(btrim(p_reason), ''), person.user_id, person.display_name, 'DATABASE', encode(sha256(convert_to(content::text, 'UTF8')), 'hex'))
  RETURNING signature_id INTO made;
  RETURN made;
END;
$$;
COMMENT ON FUNCTION sign(text, bigint, text, text) IS 'Signs a record: the acting person, a meaning from the fixed list, bound to the record''s content by its hash. Returns the key of the signature.';
