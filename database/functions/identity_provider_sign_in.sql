-- Sign-in, fresh proof and linking through a provider.
--
-- The server checks what the provider signed: issuer, audience, nonce, times. What the claims mean here (who that is, whether a
-- second factor was given, whether this provider is good for that person) is decided below, from the claims that it checked.

CREATE OR REPLACE FUNCTION sign_in_providers() RETURNS TABLE (provider_code text, name text)
LANGUAGE sql STABLE ROWS 3
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT p.provider_code, p.name FROM identity_providers p WHERE p.is_enabled ORDER BY p.name, p.provider_code $$;
COMMENT ON FUNCTION sign_in_providers() IS 'For the server: the providers through which people may sign in, for everybody to see.';

CREATE OR REPLACE FUNCTION provider_to_ask(p_provider_code text) RETURNS SETOF provider_settings
LANGUAGE sql STABLE ROWS 1
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT ROW(p.identity_provider_id, p.provider_code, p.issuer_url, p.client_id, p.sealed_secret, p.key_id, p.email_domains <> '{}')::provider_settings
    FROM identity_providers p WHERE p.provider_code = upper(btrim(p_provider_code)) AND p.is_enabled
$$;
COMMENT ON FUNCTION provider_to_ask(text) IS 'For the server: an enabled provider; no row for one that is not there or not enabled.';

CREATE OR REPLACE FUNCTION may_attempt_provider(p_provider_code text, p_state_hash text, p_client_address inet) RETURNS attempt_gate
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  gate attempt_gate := reserve_attempt(provider_attempt_keys(p_client_address));
BEGIN
  PERFORM require_hash(p_state_hash, 'state');
  IF NOT gate.is_allowed THEN
    RETURN gate;
  END IF;
  INSERT INTO used_sign_in_states (state_hash, used_at) VALUES (p_state_hash, identity_now()) ON CONFLICT DO NOTHING;
  IF NOT FOUND THEN
    PERFORM record_provider_failure(p_provider_code, 'state used before', p_client_address);
    RETURN ROW(false, 0)::attempt_gate;
  END IF;
  RETURN gate;
END;
$$;
COMMENT ON FUNCTION may_attempt_provider(text, text, inet) IS
  'For the server, when somebody comes back from a provider: uses the state up and counts the attempt under the network address. Not allowed with 0 seconds: the state was used before.';

CREATE OR REPLACE FUNCTION provider_attempt_keys(p_client_address inet) RETURNS text[]
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT (sign_in_keys('', p_client_address, false))[1:1] $$;
COMMENT ON FUNCTION provider_attempt_keys(inet) IS 'What an answer of a provider is counted under: the address alone, since nobody has typed a login.';

CREATE OR REPLACE FUNCTION record_provider_failure(p_provider_code text, p_reason text, p_client_address inet, p_user_id bigint DEFAULT NULL) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  PERFORM note_security_event('SIGN_IN_FAILED', p_user_id, jsonb_build_object('method', 'OIDC', 'provider', upper(left(p_provider_code, 40)), 'reason', left(p_reason, 200)), p_client_address);
  PERFORM note_full_bucket(provider_attempt_keys(p_client_address), NULL, p_client_address);
END;
$$;
COMMENT ON FUNCTION record_provider_failure(text, text, inet, bigint) IS 'For the server: what a provider answered was refused, and why; a security event.';

CREATE OR REPLACE FUNCTION says_second_factor(p_provider identity_providers, p_claims jsonb) RETURNS boolean
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT coalesce((p_claims ->> 'acr') = ANY (p_provider.mfa_acr), false)
      OR coalesce(jsonb_typeof(p_claims -> 'amr') = 'array' AND (p_claims -> 'amr') ?| p_provider.mfa_amr, false)
$$;
COMMENT ON FUNCTION says_second_factor(identity_providers, jsonb) IS 'True if acr or amr say, in the words configured for this provider, that a second factor was given.';

CREATE OR REPLACE FUNCTION identity_refusal(p_provider identity_providers, p_account users, p_claims jsonb) RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  RETURN CASE
    WHEN p_account.user_id IS NULL THEN 'subject is linked to no account'
    WHEN NOT p_provider.is_enabled THEN 'provider is not enabled'
    WHEN p_account.account_state <> 'ACTIVE' OR p_account.expires_at <= identity_now() OR is_dormant(p_account) OR p_account.kind = 'SERVICE' THEN 'account may not sign in'
    WHEN p_provider.email_domains <> '{}' AND ((p_claims ->> 'email_verified') = 'false' OR lower(substring(p_claims ->> 'email' FROM '@([^@]+)$')) = ANY (p_provider.email_domains) IS NOT TRUE)
      THEN 'e-mail domain is not allowed'
    WHEN p_provider.required_claim IS NOT NULL AND (jsonb_typeof(p_claims -> p_provider.required_claim) IN ('string', 'array') AND (p_claims -> p_provider.required_claim) ? p_provider.required_value) IS NOT TRUE
      THEN 'required claim is missing'
    WHEN NOT p_provider.is_for_administrators AND EXISTS (
      SELECT FROM user_roles g JOIN roles r USING (role_id)
       WHERE g.user_id = p_account.user_id AND r.role_code = 'ADMINISTRATOR' AND (g.valid_to IS NULL OR g.valid_to > identity_now())) THEN 'provider is not for Administrators' END;
END;
$$;
COMMENT ON FUNCTION identity_refusal(identity_providers, users, jsonb) IS 'Why this person may not use this provider with these claims; null if they may. An Administrator is also one whose role begins later.';

CREATE OR REPLACE FUNCTION open_session_by_identity(
  p_provider_code text, p_claims jsonb, p_token_hash text, p_device_hash text DEFAULT NULL, p_device_label text DEFAULT NULL, p_client_address inet DEFAULT NULL
) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  provider identity_providers;
  account users;
  refusal text;
BEGIN
  PERFORM require_hash(p_token_hash, 'token');
  SELECT * INTO provider FROM identity_providers p WHERE p.provider_code = upper(btrim(p_provider_code)) FOR KEY SHARE;
  SELECT u.* INTO account FROM users u JOIN user_identities i USING (user_id)
   WHERE i.identity_provider_id = provider.identity_provider_id AND i.subject = p_claims ->> 'sub' FOR NO KEY UPDATE OF u;
  refusal := coalesce(identity_refusal(provider, account, p_claims), CASE
    WHEN account.must_change_password THEN 'password has to be changed first'
    -- In such a session nobody could set one up: see require_own_credentials.
    WHEN account.mfa_enrolled_at IS NULL AND account.kind = 'STAFF' AND security_switch('mfa_required') AND NOT says_second_factor(provider, p_claims) THEN 'second factor is missing' END);
  IF refusal IS NOT NULL OR provider.identity_provider_id IS NULL THEN
    PERFORM record_provider_failure(p_provider_code, coalesce(refusal, 'no such provider'), p_client_address, account.user_id);
    RETURN NULL;
  END IF;
  PERFORM settle_attempt(provider_attempt_keys(p_client_address));
  RETURN start_session(account, p_token_hash, 'WEB', p_device_hash, p_device_label, p_client_address, provider.identity_provider_id, says_second_factor(provider, p_claims));
END;
$$;
COMMENT ON FUNCTION open_session_by_identity(text, jsonb, text, text, text, inet) IS
  'For the server, after it checked the ID token of a provider (p_claims: its claims): opens a session of the account linked to that subject and returns its key, or null where nobody may sign in with it, for whatever reason; that is a security event. Where the provider did not say that a second factor was given, the person''s own one is asked for.';

CREATE OR REPLACE FUNCTION require_own_credentials(p_user_session_id bigint) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  -- They sign (21 CFR 11.200): whoever runs the provider could otherwise set them for somebody and sign in that name.
  IF EXISTS (SELECT FROM user_sessions s WHERE s.user_session_id = p_user_session_id AND s.identity_provider_id IS NOT NULL) THEN
    RAISE EXCEPTION 'This asks for a sign-in with the own password.' USING ERRCODE = 'TV011', HINT = 'Sign in with login and password, or with a setup code of an Administrator; a sign-in through a provider is not enough for it.';
  END IF;
END;
$$;
COMMENT ON FUNCTION require_own_credentials(bigint) IS 'Raises TV011 in a session that began through a provider: passwords, authenticators, recovery codes and links are not changed there.';

CREATE OR REPLACE FUNCTION step_up_session_by_identity(p_token_hash text, p_new_token_hash text, p_provider_code text, p_claims jsonb) RETURNS boolean
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  state session_state := require_session(p_token_hash);
  provider identity_providers;
  account users;
  signed_in_at numeric := CASE jsonb_typeof(p_claims -> 'auth_time') WHEN 'number' THEN (p_claims ->> 'auth_time')::numeric END;
  refusal text;
BEGIN
  SELECT * INTO provider FROM identity_providers p WHERE p.provider_code = upper(btrim(p_provider_code)) FOR KEY SHARE;
  SELECT u.* INTO account FROM users u JOIN user_identities i USING (user_id)
   WHERE i.identity_provider_id = provider.identity_provider_id AND i.subject = p_claims ->> 'sub' AND u.user_id = state.user_id FOR NO KEY UPDATE OF u;
  refusal := coalesce(identity_refusal(provider, account, p_claims), CASE
    WHEN (abs(extract(epoch FROM identity_now()) - signed_in_at) <= 60) IS NOT TRUE THEN 'not signed in afresh at the provider'
    WHEN state.mfa_state = 'PASSED' AND NOT says_second_factor(provider, p_claims) THEN 'second factor is missing' END);
  IF refusal IS NOT NULL THEN
    PERFORM note_security_event('PROOF_FAILED', state.user_id, jsonb_build_object('method', 'OIDC', 'provider', upper(left(p_provider_code, 40)), 'purpose', 'STEP_UP', 'reason', refusal));
    RETURN false;
  END IF;
  PERFORM step_up_session(p_token_hash, p_new_token_hash);
  RETURN true;
END;
$$;
COMMENT ON FUNCTION step_up_session_by_identity(text, text, text, jsonb) IS
  'For the server: as step_up_session, after the person signed in anew at a provider to which they are linked, at most 60 seconds ago (claim auth_time), with a second factor where the session has one. False, and a security event, if not.';

CREATE OR REPLACE FUNCTION link_own_identity(p_token_hash text, p_provider_code text, p_claims jsonb) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  state session_state := require_own_link(p_token_hash);
  provider identity_providers := require_provider(p_provider_code);
  account users;
  refusal text;
BEGIN
  SELECT * INTO account FROM users u WHERE u.user_id = state.user_id FOR NO KEY UPDATE;
  refusal := identity_refusal(provider, account, p_claims);
  IF refusal IS NOT NULL THEN
    RAISE EXCEPTION 'This account cannot be linked to provider %: %.', provider.provider_code, refusal USING ERRCODE = 'TV009', HINT = 'Ask an Administrator.';
  END IF;
  RETURN write_identity(account, provider, p_claims ->> 'sub', 'own', NULL);
END;
$$;
COMMENT ON FUNCTION link_own_identity(text, text, jsonb) IS 'For the server, after it checked the ID token of a provider: links the session''s own account to that subject. The session began with the own password and was proved afresh.';

CREATE OR REPLACE FUNCTION require_own_link(p_token_hash text) RETURNS session_state
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  state session_state := require_session(p_token_hash);
BEGIN
  IF state.restricted_to IS NOT NULL OR NOT state.is_stepped_up THEN
    RAISE EXCEPTION 'This step asks for a fresh proof of who you are.' USING ERRCODE = 'TV011', HINT = 'Give your credentials again.';
  END IF;
  PERFORM require_own_credentials(state.user_session_id);
  RETURN state;
END;
$$;
COMMENT ON FUNCTION require_own_link(text) IS 'For the server, before it sends somebody to a provider to link their account: a live session, complete, proved afresh and begun with the own password, or TV011.';
