-- Tokens of programs: making, revoking, using them. The server makes a token of 256 random bits, shows it once and passes on
-- only its SHA-256.

CREATE OR REPLACE FUNCTION require_scopes(p_scopes text[]) RETURNS text[]
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  wanted text[] := array(SELECT DISTINCT btrim(s) COLLATE "C" FROM unnest(p_scopes) s ORDER BY 1);
  unknown text;
BEGIN
  IF cardinality(wanted) = 0 THEN
    RAISE EXCEPTION 'The token has no scopes.' USING ERRCODE = 'TV022', HINT = 'Name each permission that it needs, for example order:read.';
  END IF;
  SELECT string_agg(coalesce(left(s, 100), '(null)'), ', ' ORDER BY s) INTO unknown FROM unnest(wanted) s WHERE NOT EXISTS (SELECT FROM permissions p WHERE p.permission_code = s);
  IF unknown IS NOT NULL THEN
    RAISE EXCEPTION 'There is no permission "%" for a scope.', unknown USING ERRCODE = 'TV022', HINT = 'SELECT permission_code, description FROM permissions lists them.';
  END IF;
  RETURN wanted;
END;
$$;
COMMENT ON FUNCTION require_scopes(text[]) IS 'Scopes of a token in order, each once; raises TV022 where one is no permission or none is named.';

CREATE OR REPLACE FUNCTION require_token_end(p_expires_at timestamptz) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  days integer := security_number('api_token_days');
BEGIN
  IF (p_expires_at > identity_now() AND p_expires_at <= identity_now() + make_interval(days => days)) IS NOT TRUE THEN
    RAISE EXCEPTION 'The token would end at %.', CASE WHEN isfinite(p_expires_at) THEN to_char(p_expires_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI "UTC"') ELSE coalesce(p_expires_at::text, 'no time') END USING ERRCODE = 'TV022', COLUMN = 'expires_at', HINT = format('Give an instant within the next %s days; make another token before it is over.', days);
  END IF;
END;
$$;
COMMENT ON FUNCTION require_token_end(timestamptz) IS 'Raises TV022 unless the instant lies ahead, within security_settings.api_token_days.';

CREATE OR REPLACE FUNCTION create_api_token(p_login text, p_name text, p_token_hash text, p_scopes text[], p_expires_at timestamptz) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  account users;
  scopes text[];
  made bigint;
BEGIN
  PERFORM require_permission('api_token:create'), require_step_up(), require_hash(p_token_hash, 'token'), require_short('name', btrim(p_name), 100), require_token_end(p_expires_at);
  IF btrim(coalesce(p_name, '')) = '' THEN
    RAISE EXCEPTION 'The name is empty.' USING ERRCODE = 'TV022', COLUMN = 'name', HINT = 'Say which program uses the token.';
  END IF;
  scopes := require_scopes(p_scopes);
  account := require_account(p_login);
  IF account.kind = 'PORTAL' THEN
    RAISE EXCEPTION 'Account % is one of a customer.', account.login USING ERRCODE = 'TV009', HINT = 'Tokens are for programs of the plant: SERVICE accounts, and people of the plant.';
  ELSIF account.account_state <> 'ACTIVE' OR account.expires_at <= identity_now() THEN
    RAISE EXCEPTION 'Account % is not active.', account.login USING ERRCODE = 'TV009', HINT = 'Enable it first.';
  ELSIF account.kind = 'STAFF' AND account.user_id IS DISTINCT FROM current_user_id() THEN
    RAISE EXCEPTION 'A token that acts as % is made by themself.', account.login USING ERRCODE = 'TV025', HINT = 'Nobody acts as another person. For a program make a SERVICE account.';
  END IF;
  INSERT INTO api_tokens (user_id, name, token_hash, scopes, made_by, expires_at) VALUES (account.user_id, btrim(p_name), p_token_hash, scopes, current_user_id(), p_expires_at)
  RETURNING api_token_id INTO made;
  PERFORM note_security_event('API_TOKEN_CREATED', account.user_id, jsonb_build_object('api_token', made, 'name', btrim(p_name), 'scopes', to_jsonb(scopes), 'expires_at', p_expires_at));
  PERFORM emit_event('api_token.created', 'api_tokens', made, jsonb_build_object('login', account.login, 'name', btrim(p_name), 'expires_at', p_expires_at));
  RETURN made;
EXCEPTION WHEN unique_violation THEN
  RAISE EXCEPTION 'The token is a known one.' USING ERRCODE = 'TV022', HINT = 'Make a new one of 256 random bits.';
END;
$$;
COMMENT ON FUNCTION create_api_token(text, text, text, text[], timestamptz) IS
  'Makes a token for a program, which acts as a SERVICE account or as the person who makes it, narrowed to the permissions named, until an instant. Returns its key. To rotate: make another, change the program, revoke_api_token.';

CREATE OR REPLACE FUNCTION revoke_api_token(p_api_token_id bigint, p_reason text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  token api_tokens;
BEGIN
  SELECT * INTO token FROM api_tokens t WHERE t.api_token_id = p_api_token_id FOR UPDATE;
  IF token.user_id IS DISTINCT FROM current_user_id() OR token.user_id IS NULL OR is_narrowed() THEN
    PERFORM require_permission('api_token:revoke');
  END IF;
  PERFORM require_reason(p_reason);
  IF token.api_token_id IS NULL THEN
    RAISE EXCEPTION 'There is no token %.', p_api_token_id USING ERRCODE = 'TV004', COLUMN = 'api_token_id', HINT = 'SELECT api_token_id, name, expires_at, revoked_at FROM api_tokens lists them.';
  ELSIF token.revoked_at IS NOT NULL THEN
    RAISE EXCEPTION 'Token % was revoked before.', p_api_token_id USING ERRCODE = 'TV009', HINT = 'There is nothing to do.';
  END IF;
  UPDATE api_tokens SET revoked_at = clock_timestamp(), revoked_by = current_user_id(), revoke_reason = btrim(p_reason) WHERE api_token_id = token.api_token_id;
  PERFORM note_security_event('API_TOKEN_REVOKED', token.user_id, jsonb_build_object('api_token', token.api_token_id, 'name', token.name, 'reason', btrim(p_reason)));
  PERFORM emit_event('api_token.revoked', 'api_tokens', token.api_token_id, jsonb_build_object('name', token.name));
END;
$$;
COMMENT ON FUNCTION revoke_api_token(bigint, text) IS 'Ends a token before its day, with a reason: one that acts as oneself, or with api_token:revoke any. It asks for no fresh proof: a lost token is ended at once.';

CREATE OR REPLACE FUNCTION revoke_tokens_of(p_user_id bigint, p_reason text) RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  ended integer;
BEGIN
  UPDATE api_tokens SET revoked_at = clock_timestamp(), revoked_by = current_user_id(), revoke_reason = p_reason WHERE user_id = p_user_id AND revoked_at IS NULL;
  GET DIAGNOSTICS ended = ROW_COUNT;
  IF ended > 0 THEN
    PERFORM note_security_event('API_TOKEN_REVOKED', p_user_id, jsonb_build_object('count', ended, 'reason', p_reason));
  END IF;
  RETURN ended;
END;
$$;
COMMENT ON FUNCTION revoke_tokens_of(bigint, text) IS 'Ends all tokens of an account; returns how many.';

CREATE OR REPLACE FUNCTION note_refused_token(p_token api_tokens, p_cause text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  moment timestamptz := identity_now();
BEGIN
  -- A program left running asks for ever: one event an hour says as much as thousands.
  UPDATE api_tokens SET refused_at = moment WHERE api_token_id = p_token.api_token_id AND (refused_at IS NULL OR refused_at <= moment - interval '1 hour');
  IF FOUND THEN
    PERFORM note_security_event('API_TOKEN_REFUSED', p_token.user_id, jsonb_build_object('api_token', p_token.api_token_id, 'name', p_token.name, 'cause', p_cause));
  END IF;
END;
$$;
COMMENT ON FUNCTION note_refused_token(api_tokens, text) IS 'Notes the use of a token that is over, once per token and hour.';

CREATE OR REPLACE FUNCTION touch_api_token(p_token_hash text) RETURNS SETOF request_state
LANGUAGE plpgsql VOLATILE ROWS 1
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  t api_tokens;
  u users;
  moment timestamptz := identity_now();
  over text;
BEGIN
  SELECT * INTO t FROM api_tokens x WHERE x.token_hash = p_token_hash;
  IF t.api_token_id IS NULL THEN
    RETURN;
  END IF;
  SELECT * INTO u FROM users x WHERE x.user_id = t.user_id;
  over := CASE WHEN t.revoked_at IS NOT NULL THEN 'REVOKED'
               WHEN moment >= t.expires_at THEN 'EXPIRED'
               WHEN u.account_state <> 'ACTIVE' OR u.expires_at <= moment OR u.must_change_password OR is_dormant(u) THEN 'ACCOUNT' END;
  IF over IS NOT NULL THEN
    PERFORM note_refused_token(t, over);
    RETURN;
  END IF;
  -- Many requests of a program at once: nobody waits for another's work only to write down the same minute.
  IF (t.last_used_at > moment - interval '1 minute') IS NOT TRUE THEN
    UPDATE api_tokens SET last_used_at = moment
     WHERE api_token_id = (SELECT x.api_token_id FROM api_tokens x WHERE x.api_token_id = t.api_token_id AND (x.last_used_at > moment - interval '1 minute') IS NOT TRUE FOR NO KEY UPDATE SKIP LOCKED);
  END IF;
  RETURN NEXT ROW(NULL, u.user_id, u.login, u.display_name, u.language, u.kind, u.customer_id, 'TOKEN', NULL, false, 'NOT_REQUIRED', t.expires_at, t.expires_at, t.api_token_id, false)::request_state;
END;
$$;
COMMENT ON FUNCTION touch_api_token(text) IS 'As which account a token acts, or no row when it is over (unknown, expired, revoked, account not active), which is noted. Part of enter_request.';
