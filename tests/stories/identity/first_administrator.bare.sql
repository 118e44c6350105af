-- A fresh installation: nobody can sign in; the owner makes a one-time code; its person sets an own password and second factor.
CREATE FUNCTION pg_temp.h(p_text text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT encode(sha256(convert_to(p_text, 'UTF8')), 'hex') $$;
CREATE FUNCTION pg_temp.step() RETURNS bigint LANGUAGE sql AS $$ SELECT floor(extract(epoch FROM identity_now()) / 30)::bigint $$;
CREATE FUNCTION pg_temp.codes() RETURNS text[] LANGUAGE sql AS $$ SELECT array_agg(pg_temp.h('r' || n)) FROM generate_series(1, 10) n $$;
SELECT testing.same((SELECT string_agg(login || ' ' || account_state, ',') FROM users), 'admin DISABLED', 'accounts after a deployment');
SELECT testing.ok(NOT EXISTS (SELECT FROM v_access_review WHERE can_sign_in) AND NOT EXISTS (SELECT FROM user_credentials) AND NOT EXISTS (SELECT FROM setup_codes), 'nobody can sign in');
SELECT testing.refused($$SELECT open_session('admin', repeat('a', 64))$$, 'TV010', 'cannot sign in');
SELECT testing.refused($$SELECT begin_as('admin')$$, 'TV004', 'no active user');

SELECT testing.refused($$SELECT bootstrap_administrator('nobody.here')$$, 'TV004', 'nobody.here');
SELECT testing.refused($$SELECT bootstrap_administrator('admin', false, 2000)$$, 'TV022', '2000');
SELECT bootstrap_administrator() AS lost \gset
SELECT bootstrap_administrator() AS code \gset
SELECT testing.ok(:'code' ~ '^([0-9A-HJKMNP-TV-Z]{5}-){5}[0-9A-HJKMNP-TV-Z]{5}$' AND :'code' <> :'lost', 'thirty random signs, other ones each time');
SELECT testing.ok((SELECT expires_at - made_at BETWEEN interval '29 minutes' AND interval '30 minutes' FROM setup_codes WHERE revoked_at IS NULL), 'good for 30 minutes');
SELECT testing.ok(NOT EXISTS (SELECT FROM setup_codes WHERE code_hash LIKE '%' || :'code' || '%') AND NOT EXISTS (SELECT FROM audit_log WHERE new_values::text LIKE '%' || :'code' || '%')
  AND NOT EXISTS (SELECT FROM security_events WHERE details::text LIKE '%' || :'code' || '%'), 'stored nowhere');

SELECT testing.ok(redeem_setup_code('00000-00000', pg_temp.h('x')) IS NULL, 'a wrong code');
SELECT testing.ok(redeem_setup_code(:'lost', pg_temp.h('x')) IS NULL, 'the code before');
SELECT set_config('torvan.clock_offset', '31 minutes', false) \g /dev/null
SELECT testing.ok(redeem_setup_code(:'code', pg_temp.h('x')) IS NULL, 'after 30 minutes');
SELECT set_config('torvan.clock_offset', '', false) \g /dev/null
SELECT redeem_setup_code(lower(replace(:'code', '-', ' ')), pg_temp.h('setup')) IS NOT NULL AS is_open \gset
SELECT testing.ok(:'is_open', 'typed in another way');
SELECT testing.ok(redeem_setup_code(:'code', pg_temp.h('x')) IS NULL, 'once');
SELECT testing.same((SELECT count(*) FROM security_events WHERE event_type = 'SETUP_CODE_REFUSED'), 1::bigint, 'refusals from one address are one event an hour');

SELECT testing.same((SELECT restricted_to FROM touch_session(pg_temp.h('setup'))), 'SETUP', 'only the setup is open');
SELECT testing.refused($$SELECT finish_setup(pg_temp.h('setup'))$$, 'TV009', 'not complete');
SELECT testing.refused($$SELECT grant_signing_proof(pg_temp.h('setup'), 'PASSWORD')$$, 'TV010', 'Nobody signs');
SELECT set_password(pg_temp.h('setup'), pg_temp.h('setup2'), '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaA');
SELECT testing.refused($$SELECT finish_setup(pg_temp.h('setup2'))$$, 'TV009', 'not complete');
SELECT testing.ok(NOT (SELECT can_sign_in FROM v_access_review WHERE login = 'admin'), 'not half way');
SELECT enrol_totp(pg_temp.h('setup2'), decode(repeat('ab', 48), 'hex'), 'key-1') \g /dev/null
SELECT testing.ok(confirm_totp(pg_temp.h('setup2'), pg_temp.h('setup3'), pg_temp.step(), pg_temp.codes()), 'second factor');
SELECT finish_setup(pg_temp.h('setup3'), 'Alex Example');
SELECT testing.same((SELECT login || ' ' || account_state || ' ' || display_name FROM users), 'admin ACTIVE Alex Example', 'set up');
SELECT testing.same((SELECT count(*) FROM touch_session(pg_temp.h('setup3'))), 0::bigint, 'the setup is over');
SELECT open_session('admin', pg_temp.h('first')) \g /dev/null
SELECT testing.same((SELECT restricted_to FROM touch_session(pg_temp.h('first'))), 'MFA', 'and signs in like anybody');

-- From now on the owner makes no more way in, but for a recovery that everybody sees.
SELECT testing.refused($$SELECT bootstrap_administrator()$$, 'TV009', 'who can sign in');
SELECT bootstrap_administrator('admin', true) AS code \gset
SELECT testing.same((SELECT count(*) FROM security_events WHERE event_type = 'ADMINISTRATOR_RECOVERED'), 1::bigint, 'an alarm');
SELECT testing.same((SELECT count(*) FROM outbox_events WHERE event_type = 'user.recovery_begun'), 1::bigint, 'all are told');
SELECT testing.same((SELECT count(*) FROM touch_session(pg_temp.h('first'))), 0::bigint, 'sessions are over');
SELECT redeem_setup_code(:'code', pg_temp.h('again')) IS NOT NULL AS is_open \gset
SELECT testing.ok(:'is_open', 'recovered');
SELECT testing.refused($$SELECT finish_setup(pg_temp.h('again'))$$, 'TV009', 'not complete');

-- Other people: an invitation, and a forgotten password behind which the second factor still stands.
SELECT testing.nobody();
SELECT create_user('nina.new', 'Nina New') AS nina \gset
SELECT testing.refused($$SELECT bootstrap_administrator('nina.new')$$, 'TV009', 'not one of an Administrator');
SELECT grant_role('nina.new', 'SALES_MANAGER', NULL, NULL, 'hired') \g /dev/null
SELECT testing.act('admin');
SELECT testing.refused($$SELECT issue_setup_code('admin', 'for me')$$, 'TV025', 'issue themselves');
SELECT issue_setup_code('nina.new', 'first day') AS code \gset
SELECT testing.nobody();
SELECT testing.same((SELECT purpose FROM setup_codes WHERE user_id = :nina), 'INVITATION', 'purpose');
SELECT redeem_setup_code(:'code', pg_temp.h('n1')) \g /dev/null
SELECT set_password(pg_temp.h('n1'), pg_temp.h('n2'), '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaA');
SELECT enrol_totp(pg_temp.h('n2'), decode(repeat('ab', 48), 'hex'), 'key-1') \g /dev/null
SELECT confirm_totp(pg_temp.h('n2'), pg_temp.h('n3'), pg_temp.step(), pg_temp.codes()) \g /dev/null
SELECT finish_setup(pg_temp.h('n3'));
SELECT testing.act('admin');
SELECT issue_setup_code('nina.new', 'forgot it') AS code \gset
SELECT testing.nobody();
SELECT redeem_setup_code(:'code', pg_temp.h('n4')) \g /dev/null
SELECT testing.refused($$SELECT set_password(pg_temp.h('n4'), pg_temp.h('n5'), '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$bmV3')$$, 'TV011', 'in use comes first');
SELECT set_config('torvan.clock_offset', '31 seconds', false) \g /dev/null
SELECT testing.ok(use_totp(pg_temp.h('n4'), pg_temp.step(), pg_temp.h('n5')), 'the code');
SELECT testing.refused($$SELECT finish_setup(pg_temp.h('n5'))$$, 'TV009', 'not complete');
SELECT set_password(pg_temp.h('n5'), pg_temp.h('n6'), '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$bmV3');
SELECT finish_setup(pg_temp.h('n6'), 'Somebody Else');
SELECT testing.same((SELECT display_name FROM users WHERE user_id = :nina), 'Nina New', 'nobody gives themselves another name');
SELECT set_config('torvan.clock_offset', '2 minutes', false) \g /dev/null
SELECT open_session('nina.new', pg_temp.h('n7')) \g /dev/null
SELECT use_totp(pg_temp.h('n7'), pg_temp.step(), pg_temp.h('n8')) \g /dev/null
SELECT testing.act('admin');
SELECT issue_setup_code('nina.new', 'forgot it again') AS code \gset
SELECT lock_user('nina.new', 'odd calls');
SELECT testing.nobody();
SELECT testing.ok(redeem_setup_code(:'code', pg_temp.h('n9')) IS NULL, 'a code dies with a change of the account');

SET SESSION AUTHORIZATION torvan_app;
SELECT testing.refused($$SELECT bootstrap_administrator('admin', true)$$, '42501');
