-- Review of access (assurance.md A12): who has what, when last used; accounts that nobody uses are refused and then disabled.
CREATE FUNCTION pg_temp.h(p_text text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT encode(sha256(convert_to(p_text, 'UTF8')), 'hex') $$;
SELECT testing.ok(NOT EXISTS (SELECT FROM v_access_review WHERE can_sign_in), 'with the sample data too, nobody can sign in');
INSERT INTO user_credentials (user_id, password_hash) SELECT user_id, '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaA' FROM users WHERE login IN ('sample.sales', 'sample.quality');
UPDATE users SET password_changed_at = now() WHERE login IN ('sample.sales', 'sample.quality');
SELECT testing.same((SELECT string_agg(DISTINCT kind || ' ' || mfa_state, ',') FROM v_access_review), 'STAFF MISSING', 'people of the plant without a second factor');
SELECT set_security_setting('mfa_required', 'false', 'story without second factors');
SELECT testing.act('sample.production');
SELECT delegate_role('PRODUCTION_MANAGER', 'sample.service', NULL, now() + interval '3 days', 'holiday', true) \g /dev/null
SELECT testing.same((SELECT concat_ws(' | ', roles::text, delegations[1] LIKE 'PRODUCTION_MANAGER for Pat Production (sample) until % UTC, may sign', identity_verified_by, can_sign_in) FROM v_access_review WHERE login = 'sample.service'),
  '{CUSTOMER_SERVICE} | t | Ada Admin (sample) | f', 'a person with a delegation');
SELECT testing.same((SELECT count(*) FROM v_access_review), (SELECT count(*) FROM users), 'every account');
-- How many permissions: own roles and delegated ones, each counted once; none where the account is not active.
CREATE TEMP TABLE met (login text, permissions bigint);
DO $$
DECLARE
  person record;
BEGIN
  FOR person IN SELECT login FROM users WHERE is_active LOOP
    PERFORM begin_as(person.login);
    INSERT INTO met SELECT person.login, count(*) FROM permissions p WHERE has_permission(p.permission_code);
  END LOOP;
END;
$$;
SELECT testing.same((SELECT string_agg(format('%s %s', v.login, v.permissions), ', ' ORDER BY v.login) FROM v_access_review v LEFT JOIN met m USING (login) WHERE v.permissions <> coalesce(m.permissions, 0)), NULL, 'permissions as people meet them');
SELECT testing.ok((SELECT permissions = 0 FROM v_access_review WHERE login = 'admin') AND (SELECT count(*) = 6 FROM met WHERE permissions > 20), 'an account that is not active has none');
SELECT testing.same((SELECT string_agg(DISTINCT mfa_state, ',') FROM v_access_review), 'NOT_REQUIRED', 'second factors are not required now');

-- 90 days without use.
SELECT testing.nobody();
SELECT set_config('torvan.clock_offset', '60 days', false) \g /dev/null
SELECT open_session('sample.sales', pg_temp.h('s1')) \g /dev/null
SELECT set_config('torvan.clock_offset', '89 days', false) \g /dev/null
SELECT testing.same(disable_dormant_accounts(), 0, 'before 90 days');
SELECT set_config('torvan.clock_offset', '91 days', false) \g /dev/null
SELECT testing.same((SELECT string_agg(login, ',' ORDER BY login) FROM v_access_review WHERE is_dormant), 'sample.quality', 'not used for 90 days; those without a password cannot be used');
SELECT testing.refused($$SELECT open_session('sample.quality', pg_temp.h('q1'))$$, 'TV010', 'cannot sign in');
SELECT testing.ok(NOT (SELECT can_sign_in FROM sign_in_account('sample.quality')) AND (SELECT can_sign_in FROM sign_in_account('sample.sales')), 'refused even before they are disabled');
SELECT testing.same(disable_dormant_accounts(), 1, 'disabled');
SELECT testing.same((SELECT account_state || ': ' || state_reason FROM users WHERE login = 'sample.quality'), 'DISABLED: not used for 90 days', 'why');
SELECT testing.same((SELECT count(*) FROM security_events WHERE event_type = 'ACCOUNT_DORMANT'), 1::bigint, 'an event');
SELECT enable_user('sample.quality', 'back from leave');

-- Ended sessions are kept 90 days.
SELECT testing.same(purge_sessions(), 0, 'sessions of less than 90 days');
SELECT set_config('torvan.clock_offset', '151 days', false) \g /dev/null
SELECT testing.same(purge_sessions(), 1, 'older ones go');
