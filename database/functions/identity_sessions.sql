-- Sessions of the server: opening, using, ending them; proving again who one is.
--
-- The server makes tokens of 256 random bits and passes on only their SHA-256. It calls the functions that take a token hash
-- before it knows the person, or for a person whose token it was given: knowing the token is the right to use its session.

CREATE OR REPLACE FUNCTION require_hash(p_hash text, p_what text) RETURNS void
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF (p_hash ~ '^[0-9a-f]{64}$') IS NOT TRUE THEN
    RAISE EXCEPTION 'The % is no SHA-256 in lower-case hexadecimal digits.', p_what USING ERRCODE = 'TV022', HINT = 'Never pass the secret itself.';
  END IF;
END;
$$;
COMMENT ON FUNCTION require_hash(text, text) IS 'Raises TV022 unless the value is the hexadecimal SHA-256 of something.';

CREATE OR REPLACE FUNCTION session_idle_limit(p_user_id bigint) RETURNS interval
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  moment timestamptz := identity_now();
BEGIN
  RETURN make_interval(mins => CASE WHEN EXISTS (
    SELECT FROM user_roles g JOIN roles r USING (role_id)
     WHERE g.user_id = p_user_id AND r.has_short_idle AND g.valid_from <= moment AND (g.valid_to IS NULL OR g.valid_to > moment))
    THEN security_number('idle_minutes_short') ELSE security_number('idle_minutes') END);
END;
$$;
COMMENT ON FUNCTION session_idle_limit(bigint) IS 'How long a session of this person may rest; shorter for Administrators and QC Inspectors.';

CREATE OR REPLACE FUNCTION end_sessions(p_user_id bigint, p_reason text, p_except bigint DEFAULT NULL) RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  ended integer;
BEGIN
  UPDATE user_sessions SET ended_at = identity_now(), end_reason = p_reason
   WHERE user_id = p_user_id AND ended_at IS NULL AND user_session_id IS DISTINCT FROM p_except;
  GET DIAGNOSTICS ended = ROW_COUNT;
  IF ended > 0 THEN
    PERFORM note_security_event('SESSIONS_ENDED', p_user_id, jsonb_build_object('count', ended, 'reason', p_reason));
  END IF;
  RETURN ended;
END;
$$;
COMMENT ON FUNCTION end_sessions(bigint, text, bigint) IS 'Ends the sessions of an account, all or all but one; returns how many.';

CREATE OR REPLACE FUNCTION open_session(
  p_login text, p_token_hash text, p_device_hash text DEFAULT NULL, p_device_label text DEFAULT NULL, p_client_address inet DEFAULT NULL, p_kind text DEFAULT 'WEB'
) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  account users;
BEGIN
  PERFORM require_hash(p_token_hash, 'token');
  SELECT * INTO account FROM users u WHERE u.login = lower(btrim(p_login)) FOR NO KEY UPDATE;
  -- One answer for every reason, so that nobody learns which accounts exist.
  IF account.user_id IS NULL OR account.account_state <> 'ACTIVE' OR account.expires_at <= identity_now() OR is_dormant(account)
     OR NOT EXISTS (SELECT FROM user_credentials c WHERE c.user_id = account.user_id) THEN
    RAISE EXCEPTION 'This account cannot sign in.' USING ERRCODE = 'TV010', HINT = 'An Administrator sees why in the access review.';
  END IF;
  IF upper(p_kind) NOT IN ('WEB', 'API') THEN
    RAISE EXCEPTION 'The kind of session is "%".', shown(p_kind) USING ERRCODE = 'TV022', COLUMN = 'kind', HINT = 'Choose WEB or API; SETUP is opened by a setup code.';
  END IF;
  RETURN start_session(account, p_token_hash, upper(p_kind), p_device_hash, p_device_label, p_client_address);
END;
$$;
COMMENT ON FUNCTION open_session(text, text, text, text, inet, text) IS
  'For the server, after the password was right: opens a session and returns its key. With a second factor it leads only to that (confirm: use_totp, use_recovery_code). The sixth session of a person ends the one that rested longest.';

CREATE OR REPLACE FUNCTION start_session(
  p_account users, p_token_hash text, p_kind text, p_device_hash text, p_device_label text, p_client_address inet, p_identity_provider_id bigint DEFAULT NULL, p_factor_passed boolean DEFAULT false
) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  moment timestamptz := identity_now();
  surplus bigint[];
  second_factor text := CASE WHEN p_factor_passed THEN 'PASSED'
                             WHEN p_account.mfa_enrolled_at IS NOT NULL THEN 'PENDING'
                             WHEN p_account.kind = 'STAFF' AND security_switch('mfa_required') THEN 'ENROL' ELSE 'NOT_REQUIRED' END;
  made bigint;
BEGIN
  -- Who knows only the password ends nobody's work: unfinished sign-ins are kept apart, two at a time.
  surplus := array(SELECT s.user_session_id FROM user_sessions s
                    WHERE s.user_id = p_account.user_id AND s.ended_at IS NULL AND s.session_kind <> 'SETUP' AND s.mfa_state IN ('PENDING', 'ENROL')
                    ORDER BY s.last_seen_at DESC, s.user_session_id DESC OFFSET 1);
  UPDATE user_sessions SET ended_at = moment, end_reason = 'TOO_MANY' WHERE user_session_id = ANY (surplus);
  INSERT INTO user_sessions (user_id, token_hash, session_kind, mfa_state, opened_at, last_seen_at, expires_at, device_hash, device_label, client_address, identity_provider_id)
  VALUES (p_account.user_id, p_token_hash, p_kind, second_factor, moment, moment,
          moment + CASE p_kind WHEN 'SETUP' THEN make_interval(mins => security_number('setup_minutes')) ELSE make_interval(hours => security_number('session_hours')) END,
          p_device_hash, p_device_label, p_client_address, p_identity_provider_id)
  RETURNING user_session_id INTO made;
  IF cardinality(surplus) > 0 THEN
    PERFORM note_security_event('SESSIONS_ENDED', p_account.user_id, jsonb_build_object('count', cardinality(surplus), 'reason', 'TOO_MANY'));
  END IF;
  IF p_kind <> 'SETUP' AND second_factor IN ('NOT_REQUIRED', 'PASSED') THEN
    PERFORM note_sign_in(made);
  END IF;
  RETURN made;
END;
$$;
COMMENT ON FUNCTION start_session(users, text, text, text, text, inet, bigint, boolean) IS 'Writes a session of a locked account and keeps the number of its sessions. p_identity_provider_id: the provider through which it begins; p_factor_passed: that provider asked for a second factor.';

CREATE OR REPLACE FUNCTION note_sign_in(p_user_session_id bigint) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  used user_sessions;
  surplus bigint[];
BEGIN
  UPDATE user_sessions SET stepped_up_at = identity_now() WHERE user_session_id = p_user_session_id RETURNING * INTO used;
  surplus := array(SELECT s.user_session_id FROM user_sessions s
                    WHERE s.user_id = used.user_id AND s.ended_at IS NULL AND s.user_session_id <> used.user_session_id AND s.session_kind <> 'SETUP' AND s.mfa_state NOT IN ('PENDING', 'ENROL')
                    ORDER BY s.last_seen_at DESC, s.user_session_id DESC OFFSET security_number('sessions_per_user') - 1);
  IF cardinality(surplus) > 0 THEN
    UPDATE user_sessions SET ended_at = identity_now(), end_reason = 'TOO_MANY' WHERE user_session_id = ANY (surplus);
    PERFORM note_security_event('SESSIONS_ENDED', used.user_id, jsonb_build_object('count', cardinality(surplus), 'reason', 'TOO_MANY'));
  END IF;
  UPDATE users SET last_sign_in_at = identity_now() WHERE user_id = used.user_id;
  PERFORM note_security_event('SIGNED_IN', used.user_id, jsonb_build_object('session', used.user_session_id, 'kind', used.session_kind, 'mfa', used.mfa_state)
            || coalesce((SELECT jsonb_build_object('method', 'OIDC', 'provider', p.provider_code) FROM identity_providers p WHERE p.identity_provider_id = used.identity_provider_id), '{}'), used.client_address);
END;
$$;
COMMENT ON FUNCTION note_sign_in(bigint) IS 'A sign-in is complete: who signs in has just proved who they are.';

CREATE OR REPLACE FUNCTION touch_session(p_token_hash text) RETURNS SETOF session_state
LANGUAGE plpgsql VOLATILE ROWS 1
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  s user_sessions;
  u users;
  moment timestamptz := identity_now();
  idle interval;
  over text;
BEGIN
  SELECT * INTO s FROM user_sessions x WHERE x.token_hash = p_token_hash AND x.ended_at IS NULL;
  IF s.user_session_id IS NULL THEN
    RETURN;
  END IF;
  SELECT * INTO u FROM users x WHERE x.user_id = s.user_id;
  idle := session_idle_limit(s.user_id);
  over := CASE WHEN moment >= s.expires_at THEN 'EXPIRED'
               WHEN moment >= s.last_seen_at + idle THEN 'IDLE'
               WHEN (u.account_state <> 'ACTIVE' AND s.session_kind <> 'SETUP') OR u.expires_at <= moment THEN 'ACCOUNT' END;
  IF over IS NOT NULL THEN
    UPDATE user_sessions SET ended_at = moment, end_reason = over WHERE user_session_id = s.user_session_id AND ended_at IS NULL;
    RETURN;
  END IF;
  -- Not at every request: a write costs more than all the rest, and limits need no more than five seconds.
  IF moment > s.last_seen_at + interval '5 seconds' THEN
    -- Another request of the session that is at work writes the same: nobody waits until it is done.
    UPDATE user_sessions SET last_seen_at = greatest(last_seen_at, moment)
     WHERE user_session_id = (SELECT x.user_session_id FROM user_sessions x WHERE x.user_session_id = s.user_session_id AND x.ended_at IS NULL FOR NO KEY UPDATE SKIP LOCKED);
    IF NOT FOUND AND NOT EXISTS (SELECT FROM user_sessions x WHERE x.user_session_id = s.user_session_id AND x.ended_at IS NULL) THEN
      RETURN;
    END IF;
  END IF;
  RETURN NEXT ROW(s.user_session_id, u.user_id, u.login, u.display_name, u.language, u.kind, u.customer_id, s.session_kind,
    CASE WHEN s.session_kind = 'SETUP' THEN 'SETUP' WHEN s.mfa_state = 'PENDING' THEN 'MFA' WHEN s.mfa_state = 'ENROL' THEN 'ENROL' WHEN u.must_change_password THEN 'PASSWORD' END,
    coalesce(s.stepped_up_at > moment - make_interval(mins => security_number('step_up_minutes')), false), s.mfa_state, greatest(s.last_seen_at, moment) + idle, s.expires_at)::session_state;
END;
$$;
COMMENT ON FUNCTION touch_session(text) IS
  'For the server, at every request: whose session this is, or no row when it is over (idle, expired, ended, account not active). The server then sets torvan.user_id and torvan.session_id for its transaction, and only if restricted_to is null.';

CREATE OR REPLACE FUNCTION session_end(p_token_hash text) RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT s.end_reason FROM user_sessions s WHERE s.token_hash = p_token_hash AND s.ended_at IS NOT NULL $$;
COMMENT ON FUNCTION session_end(text) IS 'For the server: why the session of a token is over (as in user_sessions.end_reason), for whoever still holds the token; null if it is not over or nobody knows it.';

CREATE OR REPLACE FUNCTION require_session(p_token_hash text) RETURNS session_state
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  state session_state;
BEGIN
  SELECT * INTO state FROM touch_session(p_token_hash);
  IF state.user_session_id IS NULL THEN
    RAISE EXCEPTION 'The session is over.' USING ERRCODE = 'TV010', HINT = 'Sign in again.';
  END IF;
  PERFORM FROM user_sessions s WHERE s.user_session_id = state.user_session_id AND s.ended_at IS NULL FOR UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'The session is over.' USING ERRCODE = 'TV010', HINT = 'Sign in again.';
  END IF;
  RETURN state;
END;
$$;
COMMENT ON FUNCTION require_session(text) IS 'A live session by its token, locked, or TV010.';

CREATE OR REPLACE FUNCTION rotate_session(p_user_session_id bigint, p_new_token_hash text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  PERFORM require_hash(p_new_token_hash, 'new token');
  UPDATE user_sessions SET token_hash = p_new_token_hash WHERE user_session_id = p_user_session_id;
EXCEPTION WHEN unique_violation THEN
  RAISE EXCEPTION 'The new token is a known one.' USING ERRCODE = 'TV022', HINT = 'Make a new one of 256 random bits.';
END;
$$;
COMMENT ON FUNCTION rotate_session(bigint, text) IS 'Gives a session another token, so that the former one is worth nothing.';

CREATE OR REPLACE FUNCTION step_up_session(p_token_hash text, p_new_token_hash text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  state session_state := require_session(p_token_hash);
BEGIN
  IF state.restricted_to IS NOT NULL THEN
    RAISE EXCEPTION 'The sign-in is not complete.' USING ERRCODE = 'TV011', HINT = format('First: %s.', lower(state.restricted_to));
  END IF;
  PERFORM rotate_session(state.user_session_id, p_new_token_hash);
  UPDATE user_sessions SET stepped_up_at = identity_now() WHERE user_session_id = state.user_session_id;
  PERFORM note_security_event('STEPPED_UP', state.user_id, jsonb_build_object('session', state.user_session_id));
END;
$$;
COMMENT ON FUNCTION step_up_session(text, text) IS 'For the server, after the person gave their credentials again: acts that ask for a fresh proof are open for security_settings.step_up_minutes. The session gets a new token.';

CREATE OR REPLACE FUNCTION require_step_up() RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF is_narrowed() THEN
    RAISE EXCEPTION 'A program''s token does not open this step.' USING ERRCODE = 'TV011', HINT = 'A person takes it, after a fresh proof of who they are.';
  END IF;
  -- At psql the database login is the proof.
  IF is_database_owner() OR EXISTS (
       SELECT FROM user_sessions s
        WHERE s.user_session_id = current_session_id() AND s.user_id = current_user_id() AND s.ended_at IS NULL
          AND s.mfa_state NOT IN ('PENDING', 'ENROL') AND s.stepped_up_at > identity_now() - make_interval(mins => security_number('step_up_minutes'))) THEN
    RETURN;
  END IF;
  RAISE EXCEPTION 'This step asks for a fresh proof of who you are.' USING ERRCODE = 'TV011', HINT = format('Give your credentials again; then it is open for %s minutes.', security_number('step_up_minutes'));
END;
$$;
COMMENT ON FUNCTION require_step_up() IS 'Raises TV011 unless the acting person proved who they are within the last minutes (assurance.md A11).';

CREATE OR REPLACE FUNCTION end_session(p_token_hash text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  ended user_sessions;
BEGIN
  UPDATE user_sessions SET ended_at = identity_now(), end_reason = 'SIGNED_OUT' WHERE token_hash = p_token_hash AND ended_at IS NULL RETURNING * INTO ended;
  IF ended.user_session_id IS NOT NULL THEN
    PERFORM note_security_event('SIGNED_OUT', ended.user_id, jsonb_build_object('session', ended.user_session_id));
  END IF;
END;
$$;
COMMENT ON FUNCTION end_session(text) IS 'For the server: signs out.';

CREATE OR REPLACE FUNCTION revoke_session(p_user_session_id bigint, p_reason text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  owner_id bigint := (SELECT s.user_id FROM user_sessions s WHERE s.user_session_id = p_user_session_id);
BEGIN
  IF owner_id IS DISTINCT FROM current_user_id() OR owner_id IS NULL OR is_narrowed() THEN
    PERFORM require_permission('session:revoke'), require_reason(p_reason);
  END IF;
  UPDATE user_sessions SET ended_at = identity_now(), end_reason = 'REVOKED' WHERE user_session_id = p_user_session_id AND ended_at IS NULL;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'There is no open session %.', shown(p_user_session_id) USING ERRCODE = 'TV004', COLUMN = 'user_session_id', HINT = 'SELECT * FROM v_open_sessions lists them.';
  END IF;
  PERFORM note_security_event('SESSION_REVOKED', owner_id, jsonb_build_object('session', p_user_session_id, 'reason', nullif(btrim(p_reason), '')));
END;
$$;
COMMENT ON FUNCTION revoke_session(bigint, text) IS 'Ends one session: an own one, or with session:revoke and a reason one of another person.';

CREATE OR REPLACE FUNCTION revoke_all_sessions(p_login text, p_reason text) RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  person bigint := (SELECT u.user_id FROM users u WHERE u.login = lower(btrim(p_login)));
BEGIN
  IF person IS DISTINCT FROM current_user_id() OR person IS NULL OR is_narrowed() THEN
    PERFORM require_permission('session:revoke'), require_reason(p_reason);
  END IF;
  IF person IS NULL THEN
    RAISE EXCEPTION 'There is no account with the login "%".', shown(p_login) USING ERRCODE = 'TV004', COLUMN = 'login', HINT = 'SELECT login FROM users lists them.';
  END IF;
  RETURN end_sessions(person, 'REVOKED');
END;
$$;
COMMENT ON FUNCTION revoke_all_sessions(text, text) IS 'Ends all sessions of a person: own ones, or with session:revoke and a reason those of another; returns how many.';

CREATE OR REPLACE FUNCTION is_known_device(p_login text, p_device_hash text) RETURNS boolean
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT EXISTS (SELECT FROM user_sessions s JOIN users u USING (user_id)
                  WHERE u.login = lower(btrim(p_login)) AND s.device_hash = p_device_hash AND s.session_kind = 'WEB' AND s.stepped_up_at > identity_now() - interval '90 days')
$$;
COMMENT ON FUNCTION is_known_device(text, text) IS 'For the server: whether this person completed a sign-in on this device within 90 days; strangers cannot slow down such a device.';

CREATE OR REPLACE FUNCTION purge_sessions() RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  gone integer;
BEGIN
  DELETE FROM user_sessions s WHERE s.expires_at < identity_now() - interval '90 days';
  GET DIAGNOSTICS gone = ROW_COUNT;
  DELETE FROM used_sign_in_states s WHERE s.used_at < identity_now() - interval '1 hour';
  DELETE FROM signing_proofs p WHERE p.expires_at < identity_now() - interval '1 day';
  DELETE FROM setup_codes c WHERE c.expires_at < identity_now() - interval '90 days';
  RETURN gone;
END;
$$;
COMMENT ON FUNCTION purge_sessions() IS 'Deletes sessions and setup codes that ended more than 90 days ago, and proofs of yesterday; returns how many sessions. Signatures keep the number of their session.';
