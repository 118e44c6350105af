-- Exactly once: a request that carries a key has its effect once, however often it is sent (assurance.md R6).
--
-- The server calls begin_idempotent before the act and finish_idempotent after it, in one transaction: answer and effect are
-- committed together, and an act that failed leaves its key free.

CREATE OR REPLACE FUNCTION require_idempotency_key(p_route text, p_key text, p_request_hash bytea) RETURNS bigint
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF current_user_id() IS NULL THEN
    RAISE EXCEPTION 'Nobody acts.' USING ERRCODE = 'TV010', HINT = 'Sign in first: keys belong to an account.';
  ELSIF (p_key COLLATE "C" ~ '^[ -~]{1,255}$') IS NOT TRUE THEN
    RAISE EXCEPTION 'The idempotency key is not right.' USING ERRCODE = 'TV022', COLUMN = 'key', HINT = 'Give 1 to 255 printable characters of ASCII, best a random UUID, a new one for each act.';
  ELSIF coalesce(p_route, '') = '' OR length(p_route) > 200 OR (octet_length(p_request_hash) = 32) IS NOT TRUE THEN
    RAISE EXCEPTION 'Route or hash of the request is not right.' USING ERRCODE = 'TV022', HINT = 'Give the route (at most 200 characters) and the 32 bytes of the SHA-256 of the request.';
  END IF;
  RETURN current_user_id();
END;
$$;
COMMENT ON FUNCTION require_idempotency_key(text, text, bytea) IS 'The acting user, if route, key and hash of the request are right.';

CREATE OR REPLACE FUNCTION idempotent_answer(p_user_id bigint, p_route text, p_key text, p_request_hash bytea)
RETURNS TABLE (outcome text, status integer, content_type text, body bytea, headers jsonb)
LANGUAGE plpgsql VOLATILE ROWS 1
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  kept idempotency_keys;
BEGIN
  SELECT * INTO kept FROM idempotency_keys k WHERE k.user_id = p_user_id AND k.route = p_route AND k.key = p_key;
  -- What was answered to somebody with more rights is not for who has lost some since: a role that ended, a permission taken from one.
  IF kept.request_hash = p_request_hash
     AND NOT EXISTS (SELECT FROM user_roles g WHERE g.user_id = p_user_id AND g.valid_to >= kept.made_at AND g.valid_to <= identity_now())
     AND NOT EXISTS (SELECT FROM security_events e WHERE e.event_type = 'PERMISSION_CHANGED' AND e.occurred_at >= kept.made_at) THEN
    RETURN QUERY VALUES ('REPLAY', kept.status, kept.content_type, kept.body, kept.headers);
  ELSIF kept.user_id IS NOT NULL THEN
    RETURN QUERY VALUES ('MISMATCH', NULL::integer, NULL::text, NULL::bytea, NULL::jsonb);
  END IF;
END;
$$;
COMMENT ON FUNCTION idempotent_answer(bigint, text, text, bytea) IS 'The answer that is kept for a key (REPLAY), MISMATCH if it answered another request or the account has lost rights since, or no row.';

CREATE OR REPLACE FUNCTION begin_idempotent(p_route text, p_key text, p_request_hash bytea)
RETURNS TABLE (outcome text, status integer, content_type text, body bytea, headers jsonb)
LANGUAGE plpgsql VOLATILE ROWS 1
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  person bigint := require_idempotency_key(p_route, p_key, p_request_hash);
BEGIN
  -- Looked up without the lock first: answers that are there are given to any number of callers at once.
  RETURN QUERY SELECT * FROM idempotent_answer(person, p_route, p_key, p_request_hash);
  IF FOUND THEN
    RETURN;
  END IF;
  IF NOT pg_try_advisory_xact_lock(hashtextextended(jsonb_build_array('idempotency', person, p_route, p_key)::text, 0)) THEN
    RETURN QUERY VALUES ('IN_FLIGHT', NULL::integer, NULL::text, NULL::bytea, NULL::jsonb);
    RETURN;
  END IF;
  -- Who had the lock may have committed in between.
  RETURN QUERY SELECT * FROM idempotent_answer(person, p_route, p_key, p_request_hash);
  IF NOT FOUND THEN
    RETURN QUERY VALUES ('NEW', NULL::integer, NULL::text, NULL::bytea, NULL::jsonb);
  END IF;
END;
$$;
COMMENT ON FUNCTION begin_idempotent(text, text, bytea) IS
  'For the server, before an act that must happen once: NEW (go on in this transaction, then finish_idempotent), REPLAY (this is the answer that was given), IN_FLIGHT (another transaction has the key now; it never waits) or MISMATCH (the key answered another request, or the account has lost rights since).';

CREATE OR REPLACE FUNCTION finish_idempotent(p_route text, p_key text, p_request_hash bytea, p_status integer, p_content_type text, p_body bytea, p_headers jsonb DEFAULT '{}') RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  person bigint := require_idempotency_key(p_route, p_key, p_request_hash);
BEGIN
  INSERT INTO idempotency_keys (user_id, route, key, request_hash, status, content_type, body, headers)
  VALUES (person, p_route, p_key, p_request_hash, p_status, p_content_type, p_body, coalesce(p_headers, '{}'));
EXCEPTION
  WHEN unique_violation THEN
    RAISE EXCEPTION 'The idempotency key was used in the meantime.' USING ERRCODE = 'TV009', HINT = 'Undo this transaction and begin anew: begin_idempotent returns the answer.';
  WHEN check_violation OR not_null_violation THEN
    RAISE EXCEPTION 'The answer to keep is not right.' USING ERRCODE = 'TV022', HINT = 'Give an HTTP status from 100 to 599, and headers as a JSON object.';
END;
$$;
COMMENT ON FUNCTION finish_idempotent(text, text, bytea, integer, text, bytea, jsonb) IS 'For the server, after the act and in its transaction: keeps the answer, which every repetition of the request gets.';

CREATE OR REPLACE FUNCTION purge_idempotency_keys() RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  gone integer;
BEGIN
  DELETE FROM idempotency_keys k WHERE k.made_at < identity_now() - make_interval(days => security_number('idempotency_days'));
  GET DIAGNOSTICS gone = ROW_COUNT;
  RETURN gone;
END;
$$;
COMMENT ON FUNCTION purge_idempotency_keys() IS 'Deletes answers older than security_settings.idempotency_days; to be run every day. Returns how many.';
