-- Sign-in through a provider of identities: who is linked, what the provider has to say, and what such a session may not do.
-- Looked after by Administrators alone, with a reason; the issuer's host must be allowed.
SELECT testing.act('sample.sales');
SELECT testing.refused($$SELECT save_identity_provider('ENTRA', 'Entra ID', 'https://login.example/tenant/v2.0', 'torvan', 'trial')$$, '42501', 'security_setting:update');
SELECT testing.act('sample.admin');
SELECT testing.refused($$SELECT save_identity_provider('ENTRA', 'Entra ID', 'https://login.example/tenant/v2.0', 'torvan', '')$$, 'TV022', 'reason');
SELECT testing.refused($$SELECT save_identity_provider('ENTRA', 'Entra ID', 'https://login.example/tenant/v2.0', 'torvan', 'trial')$$, 'TV022', 'not on an allowed host');
SELECT testing.refused($$SELECT save_identity_provider('LOCAL', 'Local', 'http://127.0.0.1:9000/realm', 'torvan', 'trial')$$, 'TV022', 'not on an allowed host');
SELECT allow_host('https://login.example', 'the provider of the plant');
SELECT save_identity_provider('entra', 'Entra ID', 'https://login.example/tenant/v2.0', 'torvan', 'trial', '{}', '{mfa}');
SELECT testing.refused($$SELECT save_identity_provider('ENTRA', 'Entra ID', 'https://login.example/tenant/v2.0', 'torvan', 'trial', p_required_claim => 'groups')$$, 'TV022', 'not right');
SELECT testing.refused($$SELECT set_provider_secret('ENTRA', '\x00', 'key', 'trial')$$, 'TV022', 'sealed secret');
SELECT set_provider_secret('ENTRA', decode(repeat('5ec2e7', 20), 'hex'), 'key', 'trial');
SELECT testing.same((SELECT count(*) FROM sign_in_providers()), 0::bigint, 'providers shown before one is enabled');
SELECT enable_identity_provider('ENTRA', 'trial');
SELECT testing.refused($$SELECT enable_identity_provider('ENTRA', 'trial')$$, 'TV009', 'already');
SELECT testing.same((SELECT concat_ws(' ', provider_code, name) FROM sign_in_providers()), 'ENTRA Entra ID', 'providers shown');

-- The secret is in no trail.
SELECT testing.ok(NOT EXISTS (SELECT FROM audit_log a WHERE a.table_name = 'identity_providers' AND a::text LIKE '%5ec2e7%'), 'no secret in the audit trail');
SELECT testing.ok(NOT EXISTS (SELECT FROM security_events e WHERE e.details::text LIKE '%5ec2e7%'), 'no secret among the security events');

-- Where the server may connect to.
SELECT testing.same((SELECT a::text FROM provider_address('https://login.example/keys?x=1') a), '(t,f)', 'an allowed host');
SELECT testing.same((SELECT a::text FROM provider_address('https://login.example.evil.example/keys') a), '(f,f)', 'another host');
SELECT testing.same((SELECT a::text FROM provider_address('http://127.0.0.1:9000/keys') a), '(f,f)', 'this machine, which is not allowed');
UPDATE security_settings SET switch_value = true WHERE setting_code = 'loopback_providers';
SELECT testing.same((SELECT a::text FROM provider_address('http://127.0.0.1:9000/keys') a), '(t,t)', 'this machine');
SELECT testing.same((SELECT a::text FROM provider_address('http://127.0.0.1:9000@evil.example/keys') a), '(f,f)', 'what only looks like this machine');
SELECT testing.same((SELECT a::text FROM provider_address('http://10.0.0.1:9000/keys') a), '(f,f)', 'another machine without TLS');

-- Linking: by an Administrator for another person, once.
SELECT testing.refused($$SELECT link_identity('sample.admin', 'ENTRA', 'subject of the admin', 'trial')$$, 'TV025', 'link their own account');
SELECT link_identity('sample.sales', 'ENTRA', 'subject of sales', 'works in sales');
SELECT testing.refused($$SELECT link_identity('sample.quality', 'ENTRA', 'subject of sales', 'trial')$$, 'TV009', 'linked already');
SELECT testing.refused($$SELECT link_identity('sample.sales', 'ENTRA', 'another subject', 'trial')$$, 'TV009', 'linked already');
SELECT testing.refused($$SELECT link_identity('sample.quality', 'ENTRA', '', 'trial')$$, 'TV022', 'subject');
SELECT testing.refused($$SELECT link_identity('sample.quality', 'GOOGLE', 'x', 'trial')$$, 'TV004', 'no identity provider');
SELECT testing.refused($$SELECT save_identity_provider('ENTRA', 'Entra ID', 'https://login.example/other/v2.0', 'torvan', 'trial')$$, 'TV009', 'present issuer');
SELECT testing.act('sample.sales');
SELECT testing.refused($$SELECT link_identity('sample.quality', 'ENTRA', 'x', 'trial')$$, '42501', 'user:update');
SELECT testing.nobody();

CREATE FUNCTION pg_temp.opened(p_claims jsonb, p_token text DEFAULT 'a') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  opened bigint := open_session_by_identity('ENTRA', p_claims, repeat(p_token, 64), NULL, 'browser', '10.0.0.1');
BEGIN
  RETURN coalesce(opened::text, (SELECT e.details ->> 'reason' FROM security_events e WHERE e.event_type = 'SIGN_IN_FAILED' ORDER BY e.security_event_id DESC LIMIT 1));
END;
$$;

-- An e-mail address links nobody; without a second factor of ours or theirs nobody gets in.
SELECT testing.same(pg_temp.opened('{"sub": "unknown", "email": "sample.sales@plant.example", "amr": ["mfa"]}'), 'subject is linked to no account', 'an unknown subject');
SELECT testing.same(pg_temp.opened('{"sub": "subject of sales", "amr": ["pwd"]}'), 'second factor is missing', 'no second factor');
SELECT testing.same(pg_temp.opened('{"sub": "subject of sales", "amr": "mfa"}'), 'second factor is missing', 'amr that is no list');
SELECT testing.same(pg_temp.opened('{"sub": "subject of sales", "acr": "mfa"}'), 'second factor is missing', 'acr that is not configured');
SELECT testing.ok(pg_temp.opened('{"sub": "subject of sales", "amr": ["pwd", "mfa"]}') ~ '^[0-9]+$', 'a second factor at the provider');
SELECT testing.same((SELECT concat_ws(' ', s.session_kind, s.mfa_state, t.restricted_to, t.is_stepped_up) FROM user_sessions s, touch_session(repeat('a', 64)) t WHERE s.user_session_id = t.user_session_id), 'WEB PASSED t', 'the session');
SELECT testing.same((SELECT concat_ws(' ', e.details ->> 'method', e.details ->> 'provider', e.details ->> 'mfa') FROM security_events e WHERE e.event_type = 'SIGNED_IN'), 'OIDC ENTRA PASSED', 'the security event');

-- Such a session changes no credentials: they sign.
SELECT testing.refused($$SELECT enrol_totp(repeat('a', 64), decode(repeat('00', 40), 'hex'), 'key')$$, 'TV011', 'own password');
SELECT testing.refused($$SELECT set_password(repeat('a', 64), repeat('b', 64), '$argon2id$x')$$, 'TV011', 'own password');
SELECT testing.refused($$SELECT former_password_hashes(repeat('a', 64))$$, 'TV011', 'own password');
SELECT testing.refused($$SELECT replace_recovery_codes(repeat('a', 64), '{}')$$, 'TV011', 'own password');
SELECT testing.refused($$SELECT link_own_identity(repeat('a', 64), 'ENTRA', '{"sub": "x"}')$$, 'TV011', 'own password');

-- A fresh proof at the provider: at most a minute old, by the same person, with a second factor.
CREATE FUNCTION pg_temp.proof(p_subject text, p_age integer, p_amr text) RETURNS jsonb LANGUAGE sql AS $$
  SELECT jsonb_build_object('sub', p_subject, 'amr', jsonb_build_array(p_amr), 'auth_time', floor(extract(epoch FROM identity_now())) - p_age) $$;
UPDATE user_sessions SET stepped_up_at = now() - interval '1 hour';
SELECT testing.ok(NOT step_up_session_by_identity(repeat('a', 64), repeat('b', 64), 'ENTRA', pg_temp.proof('subject of sales', 90, 'mfa')), 'too old');
SELECT testing.ok(NOT step_up_session_by_identity(repeat('a', 64), repeat('b', 64), 'ENTRA', pg_temp.proof('subject of sales', 0, 'mfa') - 'auth_time'), 'no time');
SELECT testing.ok(NOT step_up_session_by_identity(repeat('a', 64), repeat('b', 64), 'ENTRA', pg_temp.proof('subject of sales', 0, 'pwd')), 'no second factor');
SELECT testing.ok(NOT step_up_session_by_identity(repeat('a', 64), repeat('b', 64), 'ENTRA', pg_temp.proof('somebody else', 0, 'mfa')), 'somebody else');
SELECT testing.ok(step_up_session_by_identity(repeat('a', 64), repeat('b', 64), 'ENTRA', pg_temp.proof('subject of sales', 5, 'mfa')), 'a fresh proof');
SELECT testing.same((SELECT count(*) FROM touch_session(repeat('a', 64))), 0::bigint, 'the former token');
SELECT testing.ok((SELECT t.is_stepped_up FROM touch_session(repeat('b', 64)) t), 'the new token');
SELECT testing.same((SELECT count(*) FROM security_events WHERE event_type = 'PROOF_FAILED'), 4::bigint, 'refused proofs');

-- What the claims must say, and accounts that may not sign in.
UPDATE identity_providers SET email_domains = '{plant.example}';
SELECT testing.same(pg_temp.opened('{"sub": "subject of sales", "amr": ["mfa"]}', 'c'), 'e-mail domain is not allowed', 'no address');
SELECT testing.same(pg_temp.opened('{"sub": "subject of sales", "amr": ["mfa"], "email": "a@plant.example@evil.example"}', 'c'), 'e-mail domain is not allowed', 'another domain');
SELECT testing.same(pg_temp.opened('{"sub": "subject of sales", "amr": ["mfa"], "email": "a@plant.example", "email_verified": false}', 'c'), 'e-mail domain is not allowed', 'an address that is not verified');
SELECT testing.ok(pg_temp.opened('{"sub": "subject of sales", "amr": ["mfa"], "email": "a@Plant.Example"}', 'c') ~ '^[0-9]+$', 'the right domain');
UPDATE identity_providers SET email_domains = '{}', required_claim = 'groups', required_value = 'torvan';
SELECT testing.same(pg_temp.opened('{"sub": "subject of sales", "amr": ["mfa"], "groups": ["others"]}', 'd'), 'required claim is missing', 'another group');
SELECT testing.same(pg_temp.opened('{"sub": "subject of sales", "amr": ["mfa"], "groups": {"torvan": 1}}', 'd'), 'required claim is missing', 'a claim of another form');
SELECT testing.ok(pg_temp.opened('{"sub": "subject of sales", "amr": ["mfa"], "groups": ["others", "torvan"]}', 'd') ~ '^[0-9]+$', 'the right group');
UPDATE identity_providers SET required_claim = NULL, required_value = NULL;
UPDATE users SET must_change_password = true WHERE login = 'sample.sales';
SELECT testing.same(pg_temp.opened('{"sub": "subject of sales", "amr": ["mfa"]}', 'e'), 'password has to be changed first', 'a password that has to be changed');
UPDATE users SET must_change_password = false, account_state = 'LOCKED', state_reason = 'trial' WHERE login = 'sample.sales';
SELECT testing.same(pg_temp.opened('{"sub": "subject of sales", "amr": ["mfa"]}', 'e'), 'account may not sign in', 'a locked account');
UPDATE users SET account_state = 'ACTIVE', state_reason = NULL, expires_at = now() WHERE login = 'sample.sales';
SELECT testing.same(pg_temp.opened('{"sub": "subject of sales", "amr": ["mfa"]}', 'e'), 'account may not sign in', 'an account that is over');
UPDATE users SET expires_at = NULL WHERE login = 'sample.sales';

-- Administrators only where the provider is for them; a role that begins later counts.
INSERT INTO user_roles (user_id, role_id, valid_from) SELECT u.user_id, r.role_id, now() + interval '1 day' FROM users u, roles r WHERE u.login = 'sample.sales' AND r.role_code = 'ADMINISTRATOR';
SELECT testing.same(pg_temp.opened('{"sub": "subject of sales", "amr": ["mfa"]}', 'e'), 'provider is not for Administrators', 'an Administrator');
UPDATE identity_providers SET is_for_administrators = true;
SELECT testing.ok(pg_temp.opened('{"sub": "subject of sales", "amr": ["mfa"]}', 'e') ~ '^[0-9]+$', 'an Administrator who may');

-- A state works once; attempts are counted under the address.
SELECT testing.same(may_attempt_provider('ENTRA', repeat('1', 64), '10.0.0.2')::text, '(t,0)', 'a new state');
SELECT testing.same(may_attempt_provider('ENTRA', repeat('1', 64), '10.0.0.2')::text, '(f,0)', 'the same state again');
UPDATE security_settings SET number_value = 50 WHERE setting_code = 'guesses_per_address';
UPDATE login_attempts SET failed_at = array(SELECT now() FROM generate_series(1, 50)), blocked_until = NULL;
SELECT testing.ok((SELECT NOT is_allowed AND retry_after_seconds > 0 FROM may_attempt_provider('ENTRA', repeat('2', 64), '10.0.0.2')), 'too many from one address');

-- Unlinked or disabled: sessions that began through the provider end, and others do not.
SELECT testing.act('sample.quality');
SELECT testing.refused($$SELECT unlink_identity((SELECT min(user_identity_id) FROM user_identities), 'trial')$$, '42501', 'user:update');
SELECT testing.act('sample.admin');
SELECT testing.ok((SELECT disable_identity_provider('ENTRA', 'trial') = 1), 'sessions end with the provider');
SELECT testing.same((SELECT count(*) FROM user_sessions WHERE ended_at IS NULL), 0::bigint, 'open sessions');
SELECT testing.refused($$SELECT disable_identity_provider('ENTRA', 'trial')$$, 'TV009', 'not enabled');
SELECT testing.same(pg_temp.opened('{"sub": "subject of sales", "amr": ["mfa"]}', 'f'), 'provider is not enabled', 'a disabled provider');
SELECT testing.same((SELECT count(*) FROM provider_to_ask('ENTRA')), 0::bigint, 'settings of a disabled provider');
SELECT unlink_identity((SELECT min(user_identity_id) FROM user_identities), 'left');
SELECT testing.refused($$SELECT unlink_identity(1000000, 'trial')$$, 'TV004', 'no link');
SELECT testing.same((SELECT string_agg(DISTINCT e.event_type, ' ' ORDER BY e.event_type) FROM security_events e WHERE e.event_type IN ('IDENTITY_LINKED', 'IDENTITY_UNLINKED', 'PROVIDER_CHANGED')),
  'IDENTITY_LINKED IDENTITY_UNLINKED PROVIDER_CHANGED', 'security events');
