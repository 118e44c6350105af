-- The second factor: authenticators and recovery codes. The server checks codes, since only it can open the secret;
-- that each works once, and who may set up or take away what, is decided here.

CREATE OR REPLACE FUNCTION enrol_totp(p_token_hash text, p_sealed_secret bytea, p_key_id text) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  state session_state := require_session(p_token_hash);
  made bigint;
BEGIN
  PERFORM require_no_skipped_factor(state);
  DELETE FROM mfa_totp WHERE user_id = state.user_id AND NOT is_confirmed;
  INSERT INTO mfa_totp (user_id, sealed_secret, key_id) VALUES (state.user_id, p_sealed_secret, p_key_id) RETURNING mfa_totp_id INTO made;
  RETURN made;
EXCEPTION WHEN check_violation OR not_null_violation THEN
  RAISE EXCEPTION 'The sealed secret is not right.' USING ERRCODE = 'TV022', HINT = 'Pass the encrypted bytes and the name of their key.';
END;
$$;
COMMENT ON FUNCTION enrol_totp(text, bytea, text) IS 'For the server: begins to set up an authenticator for the session''s own person; it counts once confirm_totp has its first code. With one in use, the session must have passed it and be stepped up.';

CREATE OR REPLACE FUNCTION require_no_skipped_factor(p_state session_state) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  enrolled boolean := EXISTS (SELECT FROM mfa_totp m WHERE m.user_id = p_state.user_id AND m.is_confirmed);
BEGIN
  IF enrolled AND p_state.mfa_state <> 'PASSED' THEN
    RAISE EXCEPTION 'The code of the authenticator in use comes first.' USING ERRCODE = 'TV011', HINT = 'Give it, or a recovery code.';
  END IF;
  -- A sign-in that leads only to the next step has just been proved; an open session has to be proved again.
  IF p_state.restricted_to IS NULL AND NOT p_state.is_stepped_up THEN
    RAISE EXCEPTION 'This step asks for a fresh proof of who you are.' USING ERRCODE = 'TV011', HINT = 'Give your credentials again.';
  END IF;
END;
$$;
COMMENT ON FUNCTION require_no_skipped_factor(session_state) IS 'Raises TV011 where credentials would be changed past the second factor or in a session left open.';

CREATE OR REPLACE FUNCTION totp_secret(p_token_hash text, p_is_confirmed boolean DEFAULT true) RETURNS TABLE (sealed_secret bytea, key_id text, last_used_step bigint)
LANGUAGE plpgsql VOLATILE ROWS 1
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  state session_state := require_session(p_token_hash);
BEGIN
  RETURN QUERY SELECT m.sealed_secret, m.key_id, m.last_used_step FROM mfa_totp m WHERE m.user_id = state.user_id AND m.is_confirmed = p_is_confirmed;
END;
$$;
COMMENT ON FUNCTION totp_secret(text, boolean) IS 'For the server: the sealed secret of the session''s person, of the authenticator in use or of the one being set up.';

CREATE OR REPLACE FUNCTION is_present_step(p_step bigint) RETURNS boolean
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT coalesce(abs(p_step - floor(extract(epoch FROM identity_now()) / 30)) <= 1, false) $$;
COMMENT ON FUNCTION is_present_step(bigint) IS 'True for the time step of now and its two neighbours, by the clock of the database.';

CREATE OR REPLACE FUNCTION confirm_totp(p_token_hash text, p_new_token_hash text, p_step bigint, p_recovery_code_hashes text[]) RETURNS boolean
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  state session_state := require_session(p_token_hash);
BEGIN
  PERFORM require_no_skipped_factor(state);
  IF NOT is_present_step(p_step) OR NOT EXISTS (SELECT FROM mfa_totp m WHERE m.user_id = state.user_id AND NOT m.is_confirmed) THEN
    RETURN false;
  END IF;
  DELETE FROM mfa_totp WHERE user_id = state.user_id AND is_confirmed;
  UPDATE mfa_totp SET is_confirmed = true, last_used_step = p_step WHERE user_id = state.user_id;
  UPDATE users SET mfa_enrolled_at = clock_timestamp() WHERE user_id = state.user_id;
  PERFORM write_recovery_codes(state.user_id, p_recovery_code_hashes);
  PERFORM note_security_event('MFA_ENROLLED', state.user_id);
  PERFORM end_sessions(state.user_id, 'REVOKED', state.user_session_id);
  PERFORM pass_second_factor(state, p_new_token_hash, 'enrolled');
  RETURN true;
END;
$$;
COMMENT ON FUNCTION confirm_totp(text, text, bigint, text[]) IS
  'For the server, after the first code of a new authenticator was right at that time step: it is now in use, the former one and the person''s other sessions are gone, and these are the ten recovery codes. False if there is none to confirm or the step is not of now.';

CREATE OR REPLACE FUNCTION pass_second_factor(p_state session_state, p_new_token_hash text, p_how text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF p_state.mfa_state = 'PASSED' THEN
    -- The caller hands the new token out whatever the session was before.
    IF p_new_token_hash IS NOT NULL THEN
      PERFORM rotate_session(p_state.user_session_id, p_new_token_hash);
    END IF;
    RETURN;
  END IF;
  PERFORM rotate_session(p_state.user_session_id, p_new_token_hash);
  UPDATE user_sessions SET mfa_state = 'PASSED' WHERE user_session_id = p_state.user_session_id;
  PERFORM note_security_event('MFA_PASSED', p_state.user_id, jsonb_build_object('session', p_state.user_session_id, 'how', p_how));
  IF p_state.session_kind <> 'SETUP' THEN
    PERFORM note_sign_in(p_state.user_session_id);
  END IF;
END;
$$;
COMMENT ON FUNCTION pass_second_factor(session_state, text, text) IS 'The session passed the second factor: it gets a new token, and the sign-in is complete. One that had passed it before keeps its token where none is given.';

CREATE OR REPLACE FUNCTION may_attempt_mfa(p_token_hash text) RETURNS attempt_gate
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  state session_state := require_session(p_token_hash);
BEGIN
  RETURN reserve_attempt(ARRAY[attempt_key('MFA', state.user_id::text)]);
END;
$$;
COMMENT ON FUNCTION may_attempt_mfa(text) IS 'For the server, before it looks at a code: whether this one may be looked at; committed before it looks. A right code is taken out again by use_totp or use_recovery_code, a wrong one reported by record_mfa_failure.';

CREATE OR REPLACE FUNCTION record_mfa_failure(p_token_hash text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  state session_state := require_session(p_token_hash);
BEGIN
  PERFORM note_security_event('MFA_FAILED', state.user_id, jsonb_build_object('session', state.user_session_id));
  PERFORM note_full_bucket(ARRAY[attempt_key('MFA', state.user_id::text)], state.user_id, NULL);
END;
$$;
COMMENT ON FUNCTION record_mfa_failure(text) IS 'For the server: a code was wrong.';

CREATE OR REPLACE FUNCTION use_totp(p_token_hash text, p_step bigint, p_new_token_hash text DEFAULT NULL) RETURNS boolean
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  state session_state := require_session(p_token_hash);
BEGIN
  -- One statement: of two at once with the same code, one finds the step used.
  UPDATE mfa_totp SET last_used_step = p_step WHERE user_id = state.user_id AND is_confirmed AND last_used_step < p_step AND is_present_step(p_step);
  IF NOT FOUND THEN
    PERFORM note_security_event('MFA_FAILED', state.user_id, jsonb_build_object('session', state.user_session_id, 'reason', 'code of a used or other time'));
    RETURN false;
  END IF;
  PERFORM settle_attempt(ARRAY[attempt_key('MFA', state.user_id::text)]);
  PERFORM pass_second_factor(state, p_new_token_hash, 'authenticator');
  RETURN true;
END;
$$;
COMMENT ON FUNCTION use_totp(text, bigint, text) IS 'For the server, after a code was right at that time step: uses it up. False if that step or a later one was used already, or is not of now. In a session that waits for it, it completes the sign-in under a new token.';

CREATE OR REPLACE FUNCTION use_recovery_code(p_token_hash text, p_code_hash text, p_new_token_hash text DEFAULT NULL) RETURNS boolean
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  state session_state := require_session(p_token_hash);
BEGIN
  UPDATE recovery_codes SET used_at = clock_timestamp() WHERE user_id = state.user_id AND code_hash = p_code_hash AND used_at IS NULL;
  IF NOT FOUND THEN
    PERFORM note_security_event('MFA_FAILED', state.user_id, jsonb_build_object('session', state.user_session_id, 'reason', 'no such recovery code'));
    RETURN false;
  END IF;
  PERFORM settle_attempt(ARRAY[attempt_key('MFA', state.user_id::text)]);
  PERFORM note_security_event('RECOVERY_CODE_USED', state.user_id, jsonb_build_object('left', (SELECT count(*) FROM recovery_codes c WHERE c.user_id = state.user_id AND c.used_at IS NULL)));
  PERFORM emit_event('user.recovery_code_used', 'users', state.user_id, '{}');
  PERFORM pass_second_factor(state, p_new_token_hash, 'recovery code');
  RETURN true;
END;
$$;
COMMENT ON FUNCTION use_recovery_code(text, text, text) IS 'For the server: uses up a recovery code; false if it is none or was used. In a session that waits for the second factor it completes the sign-in under a new token.';

CREATE OR REPLACE FUNCTION write_recovery_codes(p_user_id bigint, p_code_hashes text[]) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF (SELECT count(DISTINCT h) FROM unnest(p_code_hashes) h WHERE h ~ '^[0-9a-f]{64}$') <> 10 OR cardinality(p_code_hashes) <> 10 THEN
    RAISE EXCEPTION 'Ten different recovery codes are needed.' USING ERRCODE = 'TV022', HINT = 'Pass the SHA-256 of each.';
  END IF;
  DELETE FROM recovery_codes WHERE user_id = p_user_id;
  INSERT INTO recovery_codes (user_id, code_hash) SELECT p_user_id, h FROM unnest(p_code_hashes) h;
END;
$$;
COMMENT ON FUNCTION write_recovery_codes(bigint, text[]) IS 'Ten new recovery codes in the place of the former ones.';

CREATE OR REPLACE FUNCTION replace_recovery_codes(p_token_hash text, p_code_hashes text[]) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  state session_state := require_session(p_token_hash);
BEGIN
  IF state.mfa_state <> 'PASSED' OR NOT state.is_stepped_up THEN
    RAISE EXCEPTION 'This step asks for a fresh proof of who you are.' USING ERRCODE = 'TV011', HINT = 'Give your credentials again.';
  END IF;
  PERFORM write_recovery_codes(state.user_id, p_code_hashes);
  PERFORM note_security_event('RECOVERY_CODES_REPLACED', state.user_id);
END;
$$;
COMMENT ON FUNCTION replace_recovery_codes(text, text[]) IS 'For the server: ten new recovery codes for the session''s person; the former ones are worth nothing.';

CREATE OR REPLACE FUNCTION clear_second_factor(p_user_id bigint, p_reason text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  DELETE FROM mfa_totp WHERE user_id = p_user_id;
  DELETE FROM recovery_codes WHERE user_id = p_user_id;
  UPDATE users SET mfa_enrolled_at = NULL WHERE user_id = p_user_id;
  PERFORM end_sessions(p_user_id, 'REVOKED');
  PERFORM note_security_event('MFA_RESET', p_user_id, jsonb_build_object('reason', p_reason));
  PERFORM emit_event('user.mfa_reset', 'users', p_user_id, '{}');
END;
$$;
COMMENT ON FUNCTION clear_second_factor(bigint, text) IS 'Takes the second factor of an account away; it has to be set up anew at the next sign-in.';

CREATE OR REPLACE FUNCTION reset_mfa(p_login text, p_reason text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  account users;
BEGIN
  PERFORM require_permission('user:update'), require_step_up(), require_reason(p_reason);
  account := require_account(p_login);
  PERFORM require_other_person(current_user_id(), ARRAY[account.user_id], 'take their own second factor away');
  PERFORM clear_second_factor(account.user_id, btrim(p_reason)), revoke_tokens_of(account.user_id, btrim(p_reason));
END;
$$;
COMMENT ON FUNCTION reset_mfa(text, text) IS 'Takes the lost second factor of another person away, with a reason; their password alone then leads only to a new one.';
