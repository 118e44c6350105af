-- Guesses at sign-in, counted before they are looked at (assurance.md S9).
--
-- A guess is counted as wrong when it is let through, and taken out again when it was right: nobody gains by many guesses at
-- once or by a broken connection. Logins that do not exist go the same way. Nothing here has to be unlocked by hand.

CREATE OR REPLACE FUNCTION attempt_key(p_bucket text, p_subject text) RETURNS text
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT p_bucket || ':' || encode(sha256(convert_to(lower(btrim(p_subject)), 'UTF8')), 'hex') $$;
COMMENT ON FUNCTION attempt_key(text, text) IS 'Key under which guesses are counted; what was typed as a login is never stored, it could be a password.';

CREATE OR REPLACE FUNCTION sign_in_keys(p_login text, p_client_address inet, p_device_known boolean) RETURNS text[]
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT array_remove(ARRAY[
    -- A known device does not wait for strangers behind the same address. An IPv6 customer has a whole /64.
    CASE WHEN p_device_known IS NOT TRUE THEN attempt_key('ADDRESS', host(CASE family(p_client_address) WHEN 6 THEN network(set_masklen(p_client_address, 64))::inet ELSE p_client_address END)) END,
    attempt_key(CASE WHEN p_device_known THEN 'DEVICE' ELSE 'LOGIN' END, coalesce(p_login, ''))], NULL)
$$;
COMMENT ON FUNCTION sign_in_keys(text, inet, boolean) IS 'What a guess at sign-in is counted under: the address and the login, or for a known device the devices of that login.';

CREATE OR REPLACE FUNCTION attempts_per_day(p_bucket text) RETURNS integer
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT CASE p_bucket
    WHEN 'LOGIN' THEN security_number('guesses_per_day') - security_number('guesses_from_known_devices')
    WHEN 'DEVICE' THEN security_number('guesses_from_known_devices')
    WHEN 'MFA' THEN security_number('codes_per_day')
    ELSE security_number('guesses_per_address') END
$$;
COMMENT ON FUNCTION attempts_per_day(text) IS 'Guesses let through in 24 hours; strangers and known devices together make guesses_per_day.';

CREATE OR REPLACE FUNCTION attempt_delay(p_bucket text, p_wrong integer) RETURNS interval
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  -- A code is one of a million: the wait comes with the last free one, so that no more are looked at (assurance.md S11).
  SELECT CASE WHEN p_wrong <= f.free THEN interval '0'
              ELSE make_interval(secs => least(f.longest, 2 ^ least(p_wrong - f.free - 1, 20))) END
    FROM (SELECT CASE p_bucket WHEN 'ADDRESS' THEN 10 * security_number('guesses_without_delay') WHEN 'MFA' THEN security_number('codes_without_delay') - 1 ELSE security_number('guesses_without_delay') END AS free,
                 CASE p_bucket WHEN 'ADDRESS' THEN 60 ELSE security_number('longest_delay_seconds') END AS longest) f
$$;
COMMENT ON FUNCTION attempt_delay(text, integer) IS 'Waiting time after so many wrong guesses in a row: none for the first ones, then 1, 2, 4… seconds up to a limit.';

CREATE OR REPLACE FUNCTION reserve_attempt(p_keys text[]) RETURNS attempt_gate
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  moment timestamptz := identity_now();
  key text;
  wait interval;
BEGIN
  -- The address first: past its limit, what is typed there leaves no row of its own.
  FOREACH key IN ARRAY p_keys LOOP
    INSERT INTO login_attempts (attempt_key) VALUES (key) ON CONFLICT DO NOTHING;
    PERFORM FROM login_attempts a WHERE a.attempt_key = key FOR UPDATE;
    SELECT greatest(a.blocked_until, (
             -- The guess that must grow older than a day before there is room for another.
             SELECT f + interval '24 hours' FROM unnest(a.failed_at) f WHERE f > moment - interval '24 hours'
              ORDER BY f DESC OFFSET attempts_per_day(split_part(key, ':', 1)) - 1 LIMIT 1)) - moment
      INTO wait FROM login_attempts a WHERE a.attempt_key = key;
    IF wait > interval '0' THEN
      RETURN ROW(false, ceil(extract(epoch FROM wait))::integer)::attempt_gate;
    END IF;
  END LOOP;
  UPDATE login_attempts a
     SET failed_at = kept.list || moment,
         -- Without a delay there is no block: a guess whose transaction began a moment earlier may come in a moment later.
         blocked_until = moment + nullif(attempt_delay(split_part(a.attempt_key, ':', 1),
           (1 + (SELECT count(*) FROM unnest(kept.list) f WHERE a.last_success_at IS NULL OR f > a.last_success_at))::integer), interval '0')
    FROM (SELECT x.attempt_key, array(SELECT f FROM unnest(x.failed_at) f WHERE f > moment - interval '24 hours' ORDER BY f) AS list
            FROM login_attempts x WHERE x.attempt_key = ANY (p_keys)) kept
   WHERE a.attempt_key = kept.attempt_key;
  RETURN ROW(true, 0)::attempt_gate;
END;
$$;
COMMENT ON FUNCTION reserve_attempt(text[]) IS 'Counts a guess under all keys (in one order everywhere: address, then login), if every one has room for it; else says how many seconds to wait.';

CREATE OR REPLACE FUNCTION settle_attempt(p_keys text[]) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  PERFORM FROM login_attempts a WHERE a.attempt_key = ANY (p_keys) ORDER BY a.attempt_key FOR UPDATE;
  -- At an address the other guesses stay in force: who guesses there may have an account of their own.
  UPDATE login_attempts a
     SET failed_at = trim_array(a.failed_at, least(1, cardinality(a.failed_at))), blocked_until = NULL,
         last_success_at = CASE WHEN a.attempt_key LIKE 'ADDRESS:%' THEN a.last_success_at ELSE identity_now() END
   WHERE a.attempt_key = ANY (p_keys);
END;
$$;
COMMENT ON FUNCTION settle_attempt(text[]) IS 'Takes a right guess out of the count and ends the waiting time.';

CREATE OR REPLACE FUNCTION may_attempt_sign_in(p_login text, p_client_address inet, p_device_known boolean DEFAULT false) RETURNS attempt_gate
LANGUAGE sql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT reserve_attempt(sign_in_keys(p_login, p_client_address, p_device_known)) $$;
COMMENT ON FUNCTION may_attempt_sign_in(text, inet, boolean) IS
  'For the server, before it looks at a password, at sign-in and at signing: whether this guess may be looked at. It commits this before it hashes, and then calls record_sign_in_attempt with the same arguments.';

CREATE OR REPLACE FUNCTION record_sign_in_attempt(p_login text, p_client_address inet, p_device_known boolean, p_is_right boolean, p_purpose text DEFAULT 'SIGN_IN') RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  person bigint := (SELECT u.user_id FROM users u WHERE u.login = lower(btrim(p_login)));
  keys text[] := sign_in_keys(p_login, p_client_address, p_device_known);
BEGIN
  IF p_is_right THEN
    PERFORM settle_attempt(keys);
    RETURN;
  END IF;
  PERFORM note_security_event(CASE p_purpose WHEN 'SIGN_IN' THEN 'SIGN_IN_FAILED' ELSE 'PROOF_FAILED' END, person,
            jsonb_build_object('purpose', p_purpose, 'known_device', coalesce(p_device_known, false), 'login_exists', person IS NOT NULL), p_client_address);
  PERFORM note_full_bucket(keys, person, p_client_address);
END;
$$;
COMMENT ON FUNCTION record_sign_in_attempt(text, inet, boolean, boolean, text) IS
  'For the server: how the guess that may_attempt_sign_in let through came out. p_purpose: SIGN_IN, STEP_UP or SIGNING; a wrong one is a security event.';

CREATE OR REPLACE FUNCTION note_full_bucket(p_keys text[], p_user_id bigint, p_client_address inet) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  bucket text;
BEGIN
  FOR bucket IN SELECT split_part(a.attempt_key, ':', 1) FROM login_attempts a
                 WHERE a.attempt_key = ANY (p_keys) AND cardinality(a.failed_at) = attempts_per_day(split_part(a.attempt_key, ':', 1)) ORDER BY a.attempt_key LOOP
    PERFORM note_security_event(CASE bucket WHEN 'ADDRESS' THEN 'ADDRESS_THROTTLED' ELSE 'ACCOUNT_THROTTLED' END, CASE WHEN bucket <> 'ADDRESS' THEN p_user_id END,
              jsonb_build_object('bucket', bucket), p_client_address);
    IF bucket <> 'ADDRESS' AND p_user_id IS NOT NULL THEN
      PERFORM emit_event('user.throttled', 'users', p_user_id, jsonb_build_object('bucket', bucket));
    END IF;
  END LOOP;
END;
$$;
COMMENT ON FUNCTION note_full_bucket(text[], bigint, inet) IS 'Notes the guess with which the number of a day is used up.';

CREATE OR REPLACE FUNCTION sign_in_account(p_login text)
RETURNS TABLE (user_id bigint, password_hash text, can_sign_in boolean, has_second_factor boolean)
LANGUAGE plpgsql STABLE ROWS 1
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  -- Always one row, and the same work, whatever the login.
  RETURN QUERY
    SELECT u.user_id, c.password_hash, coalesce(u.account_state = 'ACTIVE' AND (u.expires_at IS NULL OR u.expires_at > identity_now()) AND NOT is_dormant(u) AND c.user_id IS NOT NULL, false),
           u.mfa_enrolled_at IS NOT NULL
      FROM (VALUES (lower(btrim(p_login)))) typed (login)
      LEFT JOIN users u ON u.login = typed.login
      LEFT JOIN user_credentials c ON c.user_id = u.user_id;
END;
$$;
COMMENT ON FUNCTION sign_in_account(text) IS 'For the server: the hash it compares with, and whether the account may sign in. For an unknown login one row of nulls: the server then hashes against a dummy, so that both take equally long.';

CREATE OR REPLACE FUNCTION purge_login_attempts() RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  gone integer;
BEGIN
  DELETE FROM login_attempts a
   WHERE coalesce(a.failed_at[cardinality(a.failed_at)], '-infinity') < identity_now() - interval '24 hours' AND coalesce(a.blocked_until, '-infinity') < identity_now();
  GET DIAGNOSTICS gone = ROW_COUNT;
  RETURN gone;
END;
$$;
COMMENT ON FUNCTION purge_login_attempts() IS 'Deletes counters without a guess in the last 24 hours; returns how many.';
