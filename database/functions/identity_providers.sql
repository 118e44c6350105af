-- Providers of identities: looked after by Administrators; where the server may connect to for them; who is linked to whom.

CREATE OR REPLACE FUNCTION require_provider(p_provider_code text) RETURNS identity_providers
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  found identity_providers;
BEGIN
  SELECT * INTO found FROM identity_providers p WHERE p.provider_code = upper(btrim(p_provider_code)) FOR NO KEY UPDATE;
  IF found.identity_provider_id IS NULL THEN
    RAISE EXCEPTION 'There is no identity provider "%".', shown(p_provider_code) USING ERRCODE = 'TV004', HINT = 'An Administrator finds them in the list of identity providers.';
  END IF;
  RETURN found;
END;
$$;
COMMENT ON FUNCTION require_provider(text) IS 'Locks a provider by its code, or an error.';

CREATE OR REPLACE FUNCTION provider_address(p_url text) RETURNS TABLE (is_allowed boolean, may_be_private boolean)
LANGUAGE sql STABLE ROWS 1
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT l.here OR (p_url LIKE 'https://%' AND is_allowed_url(p_url)),
         l.here OR coalesce((SELECT h.may_be_private FROM allowed_hosts h WHERE h.is_active AND h.target = url_target(p_url)), false)
    FROM (SELECT coalesce(p_url ~ '^http://127\.0\.0\.1:[1-9][0-9]{0,4}(/|$)', false) AND security_switch('loopback_providers') AS here) l
$$;
COMMENT ON FUNCTION provider_address(text) IS
  'For the server, before each connection to a provider: whether it may connect to this address (https to an allowed host; http to this machine only where security_settings.loopback_providers says so), and whether the host may have a private address.';

CREATE OR REPLACE FUNCTION require_provider_address(p_url text) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF NOT (SELECT a.is_allowed FROM provider_address(p_url) a) THEN
    RAISE EXCEPTION 'The issuer "%" is not on an allowed host.', shown(p_url)
      USING ERRCODE = 'TV022', HINT = 'Write it as the provider does, with https, and allow its host first (allow_host); also the hosts of the addresses that it names, if they are others.';
  END IF;
END;
$$;
COMMENT ON FUNCTION require_provider_address(text) IS 'Raises TV022 for an issuer to which the server would not connect.';

CREATE OR REPLACE FUNCTION save_identity_provider(
  p_provider_code text, p_name text, p_issuer_url text, p_client_id text, p_reason text, p_mfa_acr text[] DEFAULT '{}', p_mfa_amr text[] DEFAULT '{}',
  p_email_domains text[] DEFAULT '{}', p_required_claim text DEFAULT NULL, p_required_value text DEFAULT NULL, p_is_for_administrators boolean DEFAULT false
) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  present identity_providers;
  saved bigint;
BEGIN
  PERFORM require_permission('security_setting:update'), require_step_up(), require_reason(p_reason), require_provider_address(p_issuer_url);
  PERFORM require_short('name', p_name, 100), set_config('torvan.reason', p_reason, true);
  SELECT * INTO present FROM identity_providers p WHERE p.provider_code = upper(btrim(p_provider_code)) FOR NO KEY UPDATE;
  -- The same subject at another issuer is another person.
  IF present.issuer_url <> p_issuer_url AND EXISTS (SELECT FROM user_identities i WHERE i.identity_provider_id = present.identity_provider_id) THEN
    RAISE EXCEPTION 'Accounts are linked to provider % under its present issuer.', present.provider_code USING ERRCODE = 'TV009', HINT = 'Make a provider with another code, or unlink them first.';
  END IF;
  INSERT INTO identity_providers (provider_code, name, issuer_url, client_id, mfa_acr, mfa_amr, email_domains, required_claim, required_value, is_for_administrators)
  VALUES (upper(btrim(p_provider_code)), btrim(p_name), p_issuer_url, btrim(p_client_id), coalesce(p_mfa_acr, '{}'), coalesce(p_mfa_amr, '{}'),
          array(SELECT lower(btrim(d)) FROM unnest(p_email_domains) d), p_required_claim, p_required_value, coalesce(p_is_for_administrators, false))
  ON CONFLICT (provider_code) DO UPDATE
    SET name = excluded.name, issuer_url = excluded.issuer_url, client_id = excluded.client_id, mfa_acr = excluded.mfa_acr, mfa_amr = excluded.mfa_amr, email_domains = excluded.email_domains,
        required_claim = excluded.required_claim, required_value = excluded.required_value, is_for_administrators = excluded.is_for_administrators
  RETURNING identity_provider_id INTO saved;
  PERFORM note_security_event('PROVIDER_CHANGED', NULL, jsonb_build_object('provider', upper(btrim(p_provider_code)), 'act', CASE WHEN present.provider_code IS NULL THEN 'created' ELSE 'changed' END, 'reason', btrim(p_reason)));
  RETURN saved;
EXCEPTION WHEN check_violation OR not_null_violation THEN
  RAISE EXCEPTION 'The identity provider "%" is not right.', shown(p_provider_code)
    USING ERRCODE = 'TV022', HINT = 'A code of at most 40 letters, digits, _ and -; a name; a client id; domains such as plant.example; required_claim and required_value together or neither.';
END;
$$;
COMMENT ON FUNCTION save_identity_provider(text, text, text, text, text, text[], text[], text[], text, text, boolean) IS
  'Makes or changes an OpenID Connect provider and returns its key. A new one is switched off: store its secret, then enable_identity_provider. Lists and claims that are not given are empty.';

CREATE OR REPLACE FUNCTION set_provider_secret(p_provider_code text, p_sealed_secret bytea, p_key_id text, p_reason text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  provider identity_providers;
BEGIN
  PERFORM require_permission('security_setting:update'), require_step_up(), require_reason(p_reason), set_config('torvan.reason', p_reason, true);
  provider := require_provider(p_provider_code);
  UPDATE identity_providers SET sealed_secret = p_sealed_secret, key_id = p_key_id WHERE identity_provider_id = provider.identity_provider_id;
  PERFORM note_security_event('PROVIDER_CHANGED', NULL, jsonb_build_object('provider', provider.provider_code, 'act', 'secret', 'reason', btrim(p_reason)));
EXCEPTION WHEN check_violation THEN
  RAISE EXCEPTION 'The sealed secret is not right.' USING ERRCODE = 'TV022', HINT = 'Pass the bytes that the server sealed and the name of their key, or null for both.';
END;
$$;
COMMENT ON FUNCTION set_provider_secret(text, bytea, text, text) IS 'Stores the client''s secret of a provider, sealed by the server; null takes it away. It is never shown.';

CREATE OR REPLACE FUNCTION enable_identity_provider(p_provider_code text, p_reason text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  provider identity_providers;
BEGIN
  PERFORM require_permission('security_setting:update'), require_step_up(), require_reason(p_reason), set_config('torvan.reason', p_reason, true);
  provider := require_provider(p_provider_code);
  IF provider.is_enabled THEN
    RAISE EXCEPTION 'Provider % is enabled already.', provider.provider_code USING ERRCODE = 'TV009', HINT = 'There is nothing to do.';
  END IF;
  PERFORM require_provider_address(provider.issuer_url);
  UPDATE identity_providers SET is_enabled = true WHERE identity_provider_id = provider.identity_provider_id;
  PERFORM note_security_event('PROVIDER_CHANGED', NULL, jsonb_build_object('provider', provider.provider_code, 'act', 'enabled', 'reason', btrim(p_reason)));
END;
$$;
COMMENT ON FUNCTION enable_identity_provider(text, text) IS 'Lets people who are linked sign in through a provider.';

CREATE OR REPLACE FUNCTION disable_identity_provider(p_provider_code text, p_reason text) RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  provider identity_providers;
  ended integer;
BEGIN
  PERFORM require_permission('security_setting:update'), require_step_up(), require_reason(p_reason), set_config('torvan.reason', p_reason, true);
  provider := require_provider(p_provider_code);
  IF NOT provider.is_enabled THEN
    RAISE EXCEPTION 'Provider % is not enabled.', provider.provider_code USING ERRCODE = 'TV009', HINT = 'There is nothing to do.';
  END IF;
  UPDATE identity_providers SET is_enabled = false WHERE identity_provider_id = provider.identity_provider_id;
  PERFORM note_security_event('PROVIDER_CHANGED', NULL, jsonb_build_object('provider', provider.provider_code, 'act', 'disabled', 'reason', btrim(p_reason)));
  ended := end_provider_sessions(provider.identity_provider_id, NULL);
  RETURN ended;
END;
$$;
COMMENT ON FUNCTION disable_identity_provider(text, text) IS 'Nobody signs in through a provider any more, and sessions that began through it end; returns how many. Links stay for the day on which it is enabled again.';

CREATE OR REPLACE FUNCTION end_provider_sessions(p_identity_provider_id bigint, p_user_id bigint) RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  person bigint;
  ended integer;
  total integer := 0;
BEGIN
  FOR person IN SELECT DISTINCT s.user_id FROM user_sessions s
                 WHERE s.identity_provider_id = p_identity_provider_id AND s.ended_at IS NULL AND (p_user_id IS NULL OR s.user_id = p_user_id) ORDER BY s.user_id LOOP
    UPDATE user_sessions s SET ended_at = identity_now(), end_reason = 'REVOKED'
     WHERE s.identity_provider_id = p_identity_provider_id AND s.user_id = person AND s.ended_at IS NULL;
    GET DIAGNOSTICS ended = ROW_COUNT;
    PERFORM note_security_event('SESSIONS_ENDED', person, jsonb_build_object('count', ended, 'reason', 'REVOKED'));
    total := total + ended;
  END LOOP;
  RETURN total;
END;
$$;
COMMENT ON FUNCTION end_provider_sessions(bigint, bigint) IS 'Ends the sessions that began through a provider, of one account or of all; returns how many.';

CREATE OR REPLACE FUNCTION write_identity(p_account users, p_provider identity_providers, p_subject text, p_how text, p_reason text) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  made bigint;
BEGIN
  IF p_account.kind = 'SERVICE' THEN
    RAISE EXCEPTION 'Account % is one of a program.', p_account.login USING ERRCODE = 'TV009', HINT = 'Programs use API tokens.';
  END IF;
  INSERT INTO user_identities (user_id, identity_provider_id, subject, linked_by)
  VALUES (p_account.user_id, p_provider.identity_provider_id, p_subject, CASE p_how WHEN 'own' THEN p_account.user_id ELSE current_user_id() END)
  RETURNING user_identity_id INTO made;
  PERFORM note_security_event('IDENTITY_LINKED', p_account.user_id, jsonb_strip_nulls(jsonb_build_object('provider', p_provider.provider_code, 'how', p_how, 'reason', btrim(p_reason))));
  PERFORM emit_event('user.identity_linked', 'users', p_account.user_id, jsonb_build_object('login', p_account.login, 'provider', p_provider.provider_code));
  RETURN made;
EXCEPTION
  WHEN unique_violation THEN
    RAISE EXCEPTION 'This account or this subject of provider % is linked already.', p_provider.provider_code USING ERRCODE = 'TV009', HINT = 'Unlink the present one first.';
  WHEN check_violation OR not_null_violation THEN
    RAISE EXCEPTION 'The subject is not right.' USING ERRCODE = 'TV022', HINT = 'Give the claim sub of the person at that provider, at most 255 characters; not the e-mail address.';
END;
$$;
COMMENT ON FUNCTION write_identity(users, identity_providers, text, text, text) IS 'The one place that links an account to a subject. p_how: own, or administrator.';

CREATE OR REPLACE FUNCTION link_identity(p_login text, p_provider_code text, p_subject text, p_reason text) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  account users;
BEGIN
  PERFORM require_permission('user:update'), require_step_up(), require_reason(p_reason), set_config('torvan.reason', p_reason, true);
  account := require_account(p_login);
  PERFORM require_other_person(current_user_id(), ARRAY[account.user_id], 'link their own account in this way');
  RETURN write_identity(account, require_provider(p_provider_code), p_subject, 'administrator', p_reason);
END;
$$;
COMMENT ON FUNCTION link_identity(text, text, text, text) IS 'Links the account of another person to their subject (claim sub) at a provider, with a reason; returns the key of the link. Who is linked may sign in through that provider.';

CREATE OR REPLACE FUNCTION unlink_identity(p_user_identity_id bigint, p_reason text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  present user_identities;
BEGIN
  PERFORM require_step_up(), require_reason(p_reason), set_config('torvan.reason', p_reason, true);
  SELECT * INTO present FROM user_identities i WHERE i.user_identity_id = p_user_identity_id FOR UPDATE;
  IF present.user_id IS DISTINCT FROM current_user_id() OR present.user_id IS NULL THEN
    PERFORM require_permission('user:update');
  END IF;
  IF present.user_identity_id IS NULL THEN
    RAISE EXCEPTION 'There is no link % to a provider.', shown(p_user_identity_id) USING ERRCODE = 'TV004', HINT = 'SELECT * FROM user_identities lists them.';
  END IF;
  DELETE FROM user_identities i WHERE i.user_identity_id = present.user_identity_id;
  PERFORM note_security_event('IDENTITY_UNLINKED', present.user_id, jsonb_build_object('provider', (SELECT p.provider_code FROM identity_providers p WHERE p.identity_provider_id = present.identity_provider_id), 'reason', btrim(p_reason)));
  PERFORM end_provider_sessions(present.identity_provider_id, present.user_id);
END;
$$;
COMMENT ON FUNCTION unlink_identity(bigint, text) IS 'Takes the link of an account to a provider away: an own one, or with user:update one of another person. Sessions that began through it end.';
