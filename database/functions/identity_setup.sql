-- Passwords and the first Administrator. There is no default password: a one-time code lets a person set an own one.

CREATE OR REPLACE FUNCTION random_code() RETURNS text
LANGUAGE sql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
  -- 32 signs that are not mistaken for each other, 5 bits each.
  SELECT string_agg(substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', 1 + (get_byte(r.bytes, n) & 31), 1) || CASE WHEN n % 5 = 4 AND n < 29 THEN '-' ELSE '' END, '' ORDER BY n)
    FROM (SELECT gen_random_bytes(30) AS bytes) r, generate_series(0, 29) n
$$;
COMMENT ON FUNCTION random_code() IS 'A random code of 150 bits in six groups of five signs.';

CREATE OR REPLACE FUNCTION code_hash(p_code text) RETURNS text
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT encode(sha256(convert_to(upper(regexp_replace(coalesce(p_code, ''), '[-[:space:]]', '', 'g')), 'UTF8')), 'hex') $$;
COMMENT ON FUNCTION code_hash(text) IS 'SHA-256 of a code, typed with or without dashes, in capitals or not.';

CREATE OR REPLACE FUNCTION make_setup_code(p_user_id bigint, p_purpose text, p_life interval) RETURNS text
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  code text := random_code();
BEGIN
  UPDATE setup_codes SET revoked_at = clock_timestamp() WHERE user_id = p_user_id AND used_at IS NULL AND revoked_at IS NULL;
  INSERT INTO setup_codes (user_id, purpose, code_hash, made_by, expires_at) VALUES (p_user_id, p_purpose, code_hash(code), current_user_id(), identity_now() + p_life);
  PERFORM note_security_event('SETUP_CODE_ISSUED', p_user_id, jsonb_build_object('purpose', p_purpose, 'expires_at', identity_now() + p_life));
  RETURN code;
END;
$$;
COMMENT ON FUNCTION make_setup_code(bigint, text, interval) IS 'Makes a code for an account and returns it, the only time that it is seen; former ones are worth nothing from now on.';

CREATE OR REPLACE FUNCTION bootstrap_administrator(p_login text DEFAULT 'admin', p_recover boolean DEFAULT false, p_minutes integer DEFAULT 30) RETURNS text
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  account users;
BEGIN
  IF NOT is_database_owner() THEN
    RAISE EXCEPTION 'Only the owner of the database may set up an Administrator.' USING ERRCODE = '42501', HINT = 'Connect as torvan_user.';
  END IF;
  account := require_account(p_login);
  IF p_minutes NOT BETWEEN 1 AND 1440 THEN
    RAISE EXCEPTION 'The code would live % minutes.', shown(p_minutes) USING ERRCODE = 'TV022', COLUMN = 'minutes', HINT = 'Give 1 to 1440.';
  END IF;
  PERFORM FROM roles WHERE role_code = 'ADMINISTRATOR' FOR NO KEY UPDATE;
  IF NOT EXISTS (SELECT FROM user_roles g JOIN roles r USING (role_id) WHERE g.user_id = account.user_id AND r.role_code = 'ADMINISTRATOR' AND g.delegated_by IS NULL
                    AND g.valid_from <= identity_now() AND (g.valid_to IS NULL OR g.valid_to > identity_now())) THEN
    RAISE EXCEPTION 'Account % is not one of an Administrator.', account.login USING ERRCODE = 'TV009', HINT = 'Give it the role first: grant_role.';
  END IF;
  IF EXISTS (SELECT FROM working_administrators()) AND NOT p_recover THEN
    RAISE EXCEPTION 'There is an Administrator who can sign in.' USING ERRCODE = 'TV009', HINT = 'They help you. If nobody can: bootstrap_administrator(''login'', true); all Administrators are told.';
  END IF;
  IF p_recover THEN
    PERFORM note_security_event('ADMINISTRATOR_RECOVERED', account.user_id), emit_event('user.recovery_begun', 'users', account.user_id, jsonb_build_object('login', account.login));
    PERFORM clear_second_factor(account.user_id, 'recovery by the owner of the database');
  END IF;
  RETURN make_setup_code(account.user_id, 'BOOTSTRAP', make_interval(mins => p_minutes));
END;
$$;
COMMENT ON FUNCTION bootstrap_administrator(text, boolean, integer) IS
  'For the owner of the database: returns a one-time code with which the first Administrator sets an own password. Refused once one can sign in, unless p_recover, which tells all of them.';

CREATE OR REPLACE FUNCTION issue_setup_code(p_login text, p_reason text) RETURNS text
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  account users;
BEGIN
  PERFORM require_permission('user:update'), require_step_up(), require_reason(p_reason);
  account := require_account(p_login);
  IF account.account_state <> 'ACTIVE' THEN
    RAISE EXCEPTION 'Account % is %.', account.login, lower(account.account_state) USING ERRCODE = 'TV009', HINT = 'Enable or unlock it first; the first Administrator is set up with bootstrap_administrator.';
  END IF;
  PERFORM require_other_person(current_user_id(), ARRAY[account.user_id], 'issue themselves a setup code');
  RETURN make_setup_code(account.user_id, CASE WHEN account.password_changed_at IS NULL THEN 'INVITATION' ELSE 'RESET' END,
    CASE WHEN account.password_changed_at IS NULL THEN make_interval(hours => security_number('invitation_hours')) ELSE make_interval(mins => security_number('reset_minutes')) END);
END;
$$;
COMMENT ON FUNCTION issue_setup_code(text, text) IS 'Returns a one-time code with which another person sets a password of their own: a new account, or a forgotten password. A second factor in use is still asked for.';

CREATE OR REPLACE FUNCTION open_setup_code(p_login text) RETURNS TABLE (purpose text, made_by text, made_at timestamptz, expires_at timestamptz)
LANGUAGE plpgsql STABLE ROWS 1
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  RETURN QUERY
    SELECT c.purpose, m.display_name, c.made_at, c.expires_at
      FROM users u JOIN setup_codes c USING (user_id) LEFT JOIN users m ON m.user_id = c.made_by
     WHERE u.login = lower(btrim(p_login)) AND has_permission('user:update')
       AND c.used_at IS NULL AND c.revoked_at IS NULL AND c.expires_at > identity_now()
     ORDER BY c.setup_code_id DESC LIMIT 1;
END;
$$;
COMMENT ON FUNCTION open_setup_code(text) IS 'For who changes accounts: the setup code of an account that can still be used, by whom and until when; never the code itself.';

CREATE OR REPLACE FUNCTION redeem_setup_code(p_code text, p_token_hash text, p_device_hash text DEFAULT NULL, p_device_label text DEFAULT NULL, p_client_address inet DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  used setup_codes;
  account users;
BEGIN
  PERFORM require_hash(p_token_hash, 'token');
  UPDATE setup_codes SET used_at = clock_timestamp()
   WHERE code_hash = code_hash(p_code) AND used_at IS NULL AND revoked_at IS NULL AND expires_at > identity_now() RETURNING * INTO used;
  IF used.setup_code_id IS NULL THEN
    -- Once an hour and address: who tries a thousand is one event, not a thousand rows.
    IF NOT EXISTS (SELECT FROM security_events e WHERE e.event_type = 'SETUP_CODE_REFUSED' AND e.client_address IS NOT DISTINCT FROM p_client_address AND e.occurred_at > now() - interval '1 hour') THEN
      PERFORM note_security_event('SETUP_CODE_REFUSED', NULL, '{}', p_client_address);
    END IF;
    RETURN NULL;
  END IF;
  SELECT * INTO account FROM users u WHERE u.user_id = used.user_id FOR NO KEY UPDATE;
  PERFORM end_sessions(account.user_id, 'REVOKED');
  PERFORM note_security_event('SETUP_CODE_USED', account.user_id, jsonb_build_object('purpose', used.purpose), p_client_address);
  RETURN start_session(account, p_token_hash, 'SETUP', p_device_hash, p_device_label, p_client_address);
END;
$$;
COMMENT ON FUNCTION redeem_setup_code(text, text, text, text, inet) IS
  'For the server: uses up a code and opens a session of kind SETUP, good only for an own password and second factor; returns its key, or null for a code that is wrong, used or too old.';

CREATE OR REPLACE FUNCTION former_password_hashes(p_token_hash text) RETURNS SETOF text
LANGUAGE plpgsql VOLATILE ROWS 6
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  state session_state := require_session(p_token_hash);
BEGIN
  -- Whether a password is a former one is an answer too: only for who may set a new one now.
  PERFORM require_no_skipped_factor(state);
  RETURN QUERY
    SELECT c.password_hash FROM user_credentials c WHERE c.user_id = state.user_id
    UNION ALL
    (SELECT h.password_hash FROM password_history h WHERE h.user_id = state.user_id ORDER BY h.password_history_id DESC LIMIT security_number('password_history'));
END;
$$;
COMMENT ON FUNCTION former_password_hashes(text) IS 'For the server: the present and former hashes of the session''s person, with which it compares a new password.';

CREATE OR REPLACE FUNCTION set_password(p_token_hash text, p_new_token_hash text, p_password_hash text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  state session_state := require_session(p_token_hash);
BEGIN
  PERFORM require_no_skipped_factor(state);
  INSERT INTO password_history (user_id, password_hash) SELECT c.user_id, c.password_hash FROM user_credentials c WHERE c.user_id = state.user_id;
  DELETE FROM password_history h
   WHERE h.user_id = state.user_id AND h.password_history_id NOT IN (
     SELECT k.password_history_id FROM password_history k WHERE k.user_id = state.user_id ORDER BY k.password_history_id DESC LIMIT security_number('password_history'));
  INSERT INTO user_credentials (user_id, password_hash) VALUES (state.user_id, p_password_hash) ON CONFLICT (user_id) DO UPDATE SET password_hash = excluded.password_hash;
  UPDATE users SET password_changed_at = identity_now(), must_change_password = false WHERE user_id = state.user_id;
  PERFORM end_sessions(state.user_id, 'PASSWORD_CHANGED', state.user_session_id), rotate_session(state.user_session_id, p_new_token_hash);
  PERFORM note_security_event('PASSWORD_CHANGED', state.user_id);
EXCEPTION WHEN check_violation OR not_null_violation THEN
  RAISE EXCEPTION 'The password hash is no argon2id hash.' USING ERRCODE = 'TV022', HINT = 'The server makes it, in PHC form; never pass a password.';
END;
$$;
COMMENT ON FUNCTION set_password(text, text, text) IS 'For the server: a new password hash for the session''s own person. Their other sessions end, this one gets a new token. Nobody sets a password for another.';

CREATE OR REPLACE FUNCTION finish_setup(p_token_hash text, p_display_name text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  state session_state := require_session(p_token_hash);
  account users;
  used setup_codes;
BEGIN
  SELECT * INTO account FROM users u WHERE u.user_id = state.user_id FOR NO KEY UPDATE;
  SELECT * INTO used FROM setup_codes c WHERE c.user_id = account.user_id AND c.used_at IS NOT NULL ORDER BY c.setup_code_id DESC LIMIT 1;
  IF state.session_kind <> 'SETUP' OR (account.password_changed_at >= (SELECT s.opened_at FROM user_sessions s WHERE s.user_session_id = state.user_session_id)) IS NOT TRUE
     OR state.mfa_state NOT IN ('PASSED', 'NOT_REQUIRED') THEN
    RAISE EXCEPTION 'The setup is not complete.' USING ERRCODE = 'TV009', HINT = 'Set a password, then set up the second factor.';
  END IF;
  UPDATE users
     SET account_state = CASE WHEN used.purpose = 'BOOTSTRAP' THEN 'ACTIVE' ELSE account_state END,
         state_reason = CASE WHEN used.purpose = 'BOOTSTRAP' THEN NULL ELSE state_reason END,
         state_changed_at = CASE WHEN used.purpose = 'BOOTSTRAP' THEN identity_now() ELSE state_changed_at END,
         -- Only the first Administrator, who has nobody to do it; other names are given by an Administrator.
         display_name = CASE WHEN used.purpose = 'BOOTSTRAP' AND last_sign_in_at IS NULL THEN coalesce(nullif(btrim(p_display_name), ''), display_name) ELSE display_name END
   WHERE user_id = account.user_id;
  UPDATE user_sessions SET ended_at = identity_now(), end_reason = 'SETUP_DONE' WHERE user_session_id = state.user_session_id;
  PERFORM note_security_event('SETUP_FINISHED', account.user_id, jsonb_build_object('purpose', used.purpose));
END;
$$;
COMMENT ON FUNCTION finish_setup(text, text) IS 'For the server: closes a SETUP session when password and second factor are set; the first Administrator''s account becomes active and takes that person''s name. The person then signs in.';

CREATE OR REPLACE FUNCTION require_password_change(p_login text, p_reason text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  account users;
BEGIN
  PERFORM require_permission('user:update'), require_step_up(), require_reason(p_reason);
  account := require_account(p_login);
  UPDATE users SET must_change_password = true WHERE user_id = account.user_id;
  PERFORM end_sessions(account.user_id, 'REVOKED'), revoke_tokens_of(account.user_id, btrim(p_reason));
  PERFORM note_security_event('ACCOUNT_CHANGED', account.user_id, jsonb_build_object('fields', jsonb_build_array('must_change_password'), 'reason', btrim(p_reason)));
END;
$$;
COMMENT ON FUNCTION require_password_change(text, text) IS 'The next sign-in of an account leads only to a new password, for example after a leak.';
