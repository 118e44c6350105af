-- How a request of the server enters the database, and what is noted when it may not go on.

CREATE OR REPLACE FUNCTION enter_request(p_token_hash text, p_kind text, p_request_id text, p_permission text DEFAULT NULL, p_signing_proof text DEFAULT NULL) RETURNS SETOF request_state
LANGUAGE plpgsql VOLATILE ROWS 1
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  state request_state;
  narrowed_to text := '';
BEGIN
  -- Nothing that was set before speaks for this request, whatever becomes of it.
  PERFORM set_config('torvan.request_id', coalesce(left(p_request_id, 200), ''), true), set_config('torvan.user_id', '', true), set_config('torvan.session_id', '', true),
          set_config('torvan.signing_proof', '', true), set_config('torvan.scopes', '', true), set_config('torvan.api_token_id', '', true),
          set_config('torvan.authority', '', true), set_config('torvan.door', '', true), set_config('torvan.reason', '', true);
  IF p_kind = 'SESSION' THEN
    SELECT s.*, NULL, false INTO state FROM touch_session(p_token_hash) s;
  ELSIF p_kind = 'TOKEN' THEN
    SELECT s.* INTO state FROM touch_api_token(p_token_hash) s;
    SELECT array_to_string(t.scopes, ',') INTO narrowed_to FROM api_tokens t WHERE t.api_token_id = state.api_token_id;
  ELSE
    RAISE EXCEPTION 'The kind of sign-in is "%".', shown(p_kind) USING ERRCODE = 'TV022', COLUMN = 'kind', HINT = 'SESSION or TOKEN.';
  END IF;
  IF state.user_id IS NULL THEN
    RETURN;
  END IF;
  state.is_allowed := p_permission IS NULL;
  IF state.restricted_to IS NULL THEN
    PERFORM set_config('torvan.user_id', state.user_id::text, true), set_config('torvan.session_id', coalesce(state.user_session_id::text, ''), true),
            set_config('torvan.signing_proof', CASE p_kind WHEN 'SESSION' THEN coalesce(p_signing_proof, '') ELSE '' END, true),
            set_config('torvan.scopes', narrowed_to, true), set_config('torvan.api_token_id', coalesce(state.api_token_id::text, ''), true);
    state.is_allowed := p_permission IS NULL OR may_read(p_permission);
  END IF;
  RETURN NEXT state;
END;
$$;
COMMENT ON FUNCTION enter_request(text, text, text, text, text) IS
  'For the server, first in the transaction of every request: whose session (p_kind SESSION) or token (TOKEN) this is and whether p_permission is there (is_allowed; true if none is named). Sets torvan.user_id, session_id, '
  'request_id, signing_proof and scopes for this transaction, unless the sign-in is not complete (restricted_to). No row: nobody is signed in. What it notes of uses and refusals stays only if the transaction is committed.';

CREATE OR REPLACE FUNCTION note_refused_request(p_route text, p_permission text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  person bigint := current_user_id();
  most integer := security_number('refusals_per_hour');
  code text := 'security.refusals.' || person;
  refusals integer;
BEGIN
  IF person IS NULL THEN
    RAISE EXCEPTION 'Nobody was refused.' USING ERRCODE = 'TV010', HINT = 'Enter the request first: enter_request.';
  END IF;
  PERFORM note_security_event('PERMISSION_REFUSED', person, jsonb_build_object('route', left(p_route, 200), 'permission', left(p_permission, 100)));
  SELECT count(*) INTO refusals FROM (
    SELECT FROM security_events e WHERE e.event_type = 'PERMISSION_REFUSED' AND e.actor_id = person AND e.occurred_at > now() - interval '1 hour' LIMIT most) e;
  -- Once an hour while it goes on, not at every refusal.
  IF refusals >= most AND NOT EXISTS (SELECT FROM system_alerts a WHERE a.alert_code = code AND a.state = 'OPEN' AND a.last_raised_at > now() - interval '1 hour') THEN
    PERFORM put_alert(code, 'WARNING', format('An account was refused %s times within an hour', most), jsonb_build_object('user_id', person, 'refusals_per_hour', most));
  END IF;
END;
$$;
COMMENT ON FUNCTION note_refused_request(text, text) IS
  'For the server, in a transaction of its own after a request was refused for want of a permission: a security event of the acting user, and an alert when they reach security_settings.refusals_per_hour.';
