-- Sessions (assurance.md S10): only hashes of tokens, idle and absolute end, at most five, ended when rights shrink.
CREATE FUNCTION pg_temp.h(p_text text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT encode(sha256(convert_to(p_text, 'UTF8')), 'hex') $$;
INSERT INTO user_credentials (user_id, password_hash) SELECT user_id, '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaA' FROM users WHERE is_sample;
UPDATE users SET password_changed_at = now() WHERE is_sample;
SELECT set_security_setting('mfa_required', 'false', 'story without second factors');

SELECT testing.refused($$SELECT open_session('sample.sales', 'the token itself')$$, 'TV022', 'SHA-256');
SELECT testing.refused($$SELECT open_session('nobody.here', repeat('a', 64))$$, 'TV010', 'cannot sign in');
SELECT testing.refused($$SELECT open_session('admin', repeat('a', 64))$$, 'TV010', 'cannot sign in');
SELECT testing.refused($$SELECT open_session('sample.sales', repeat('a', 64), NULL, NULL, NULL, 'SETUP')$$, 'TV022', 'kind of session');
SELECT open_session('sample.sales', pg_temp.h('s1'), pg_temp.h('laptop'), 'Firefox', '192.0.2.1') AS s1 \gset
SELECT testing.same((SELECT login || ' ' || coalesce(restricted_to, 'free') || ' ' || is_stepped_up FROM touch_session(pg_temp.h('s1'))), 'sample.sales free true', 'a session');
SELECT testing.same((SELECT count(*) FROM touch_session(pg_temp.h('s2'))), 0::bigint, 'an unknown token');
SELECT testing.ok((SELECT last_sign_in_at IS NOT NULL FROM users WHERE login = 'sample.sales'), 'last sign-in');
SELECT testing.ok(is_known_device('sample.sales', pg_temp.h('laptop')) AND NOT is_known_device('sample.sales', pg_temp.h('other')) AND NOT is_known_device('sample.service', pg_temp.h('laptop')), 'known devices');

-- Idle: 30 minutes, 15 for Administrator and QC Inspector; each use begins it anew.
SELECT open_session('sample.admin', pg_temp.h('a1')) \g /dev/null
SELECT open_session('sample.quality', pg_temp.h('q1')) \g /dev/null
SELECT set_config('torvan.clock_offset', '14 minutes 50 seconds', false) \g /dev/null
SELECT testing.same((SELECT count(*) FROM touch_session(pg_temp.h('a1'))), 1::bigint, 'Administrator within 15 minutes');
SELECT set_config('torvan.clock_offset', '15 minutes 5 seconds', false) \g /dev/null
SELECT testing.same((SELECT count(*) FROM touch_session(pg_temp.h('q1'))), 0::bigint, 'QC Inspector after 15 minutes');
SELECT testing.same((SELECT end_reason FROM user_sessions WHERE token_hash = pg_temp.h('q1')), 'IDLE', 'why');
SELECT testing.same(session_end(pg_temp.h('q1')), 'IDLE', 'whoever holds the token is told');
SELECT testing.same(session_end(pg_temp.h('nobody knows')), NULL, 'a token that nobody knows tells nothing');
SELECT testing.same((SELECT count(*) FROM touch_session(pg_temp.h('a1'))), 1::bigint, 'Administrator who was seen since');
SELECT testing.ok((SELECT NOT is_stepped_up FROM touch_session(pg_temp.h('a1'))), 'the fresh proof is ten minutes old');
SELECT set_config('torvan.clock_offset', '29 minutes 50 seconds', false) \g /dev/null
SELECT testing.same((SELECT count(*) FROM touch_session(pg_temp.h('s1'))), 1::bigint, 'Sales Manager within 30 minutes');
SELECT set_config('torvan.clock_offset', '59 minutes 55 seconds', false) \g /dev/null
SELECT testing.same((SELECT count(*) FROM touch_session(pg_temp.h('s1'))), 0::bigint, 'and 30 minutes after the last use');
SELECT set_config('torvan.clock_offset', '1 minute', false) \g /dev/null
SELECT testing.same((SELECT count(*) FROM touch_session(pg_temp.h('s1'))), 0::bigint, 'over stays over when the clock goes back');

-- Absolute: 12 hours, however busy.
SELECT set_config('torvan.clock_offset', '', false) \g /dev/null
SELECT open_session('sample.service', pg_temp.h('c1')) \g /dev/null
DO $$
BEGIN
  FOR step IN 1..43 LOOP
    PERFORM set_config('torvan.clock_offset', make_interval(mins => 16 * step)::text, false);
    PERFORM testing.same((SELECT count(*) FROM touch_session(pg_temp.h('c1'))), 1::bigint, 'busy after quarters of an hour: ' || step);
  END LOOP;
END;
$$;
SELECT set_config('torvan.clock_offset', '11 hours 45 minutes', false) \g /dev/null
SELECT testing.same((SELECT count(*) FROM touch_session(pg_temp.h('c1'))), 1::bigint, 'a quarter before twelve hours');
SELECT set_config('torvan.clock_offset', '12 hours', false) \g /dev/null
SELECT testing.same((SELECT count(*) FROM touch_session(pg_temp.h('c1'))), 0::bigint, 'after twelve hours');
SELECT testing.same((SELECT end_reason FROM user_sessions WHERE token_hash = pg_temp.h('c1')), 'EXPIRED', 'why');
SELECT set_config('torvan.clock_offset', '', false) \g /dev/null

-- At most five: the one that rested longest ends.
SELECT count(open_session('sample.technician', pg_temp.h('t' || n))) FROM generate_series(1, 5) n \g /dev/null
UPDATE user_sessions SET last_seen_at = last_seen_at - make_interval(mins => 10 - substr(n.name, 2)::integer) FROM (SELECT 't' || g AS name FROM generate_series(1, 5) g) n WHERE token_hash = pg_temp.h(n.name) AND n.name <> 't1';
SELECT open_session('sample.technician', pg_temp.h('t6')) \g /dev/null
SELECT testing.same((SELECT string_agg(n, ',' ORDER BY n) FROM unnest('{t1,t2,t3,t4,t5,t6}'::text[]) n, touch_session(pg_temp.h(n))), 't1,t3,t4,t5,t6', 'sessions left');
SELECT testing.same((SELECT end_reason FROM user_sessions WHERE token_hash = pg_temp.h('t2')), 'TOO_MANY', 'why');

-- Signing out, ending one of one's own, ending those of others.
SELECT end_session(pg_temp.h('t6'));
SELECT testing.same((SELECT end_reason FROM user_sessions WHERE token_hash = pg_temp.h('t6')), 'SIGNED_OUT', 'signed out');
SELECT user_session_id AS t1 FROM user_sessions WHERE token_hash = pg_temp.h('t1') \gset
SELECT testing.act('sample.sales');
SELECT testing.refused('SELECT revoke_session(' || :t1 || ', ''not mine'')', '42501', 'session:revoke');
SELECT testing.refused('SELECT revoke_all_sessions(''sample.technician'', ''not mine'')', '42501', 'session:revoke');
SELECT testing.act('sample.technician');
SELECT revoke_session(:t1, NULL);
SELECT testing.refused('SELECT revoke_session(' || :t1 || ', NULL)', 'TV004', 'no open session');
SELECT testing.act('sample.admin');
SELECT testing.same(revoke_all_sessions('sample.technician', 'tablet lost'), 3, 'sessions ended by an Administrator');

-- Rights that shrink, an account that stops, another password: all end at once.
SELECT testing.nobody();
SELECT open_session('sample.sales', pg_temp.h('s3')) \g /dev/null
SELECT testing.act('sample.admin');
SELECT grant_role('sample.sales', 'CUSTOMER_SERVICE', NULL, NULL, 'helps out') \g /dev/null
SELECT testing.same((SELECT count(*) FROM touch_session(pg_temp.h('s3'))), 1::bigint, 'more rights end nothing');
SELECT revoke_role('sample.sales', 'CUSTOMER_SERVICE', 'helped out') \g /dev/null
SELECT testing.same((SELECT end_reason FROM user_sessions WHERE token_hash = pg_temp.h('s3')), 'RIGHTS_REDUCED', 'a role less');
SELECT open_session('sample.sales', pg_temp.h('s4')) \g /dev/null
SELECT revoke_permission('SALES_MANAGER', 'bom:export', 'not needed');
SELECT testing.same((SELECT end_reason FROM user_sessions WHERE token_hash = pg_temp.h('s4')), 'RIGHTS_REDUCED', 'a permission of the role less');
SELECT open_session('sample.sales', pg_temp.h('s5')) \g /dev/null
SELECT lock_user('sample.sales', 'incident');
SELECT testing.same((SELECT end_reason FROM user_sessions WHERE token_hash = pg_temp.h('s5')), 'ACCOUNT', 'locked');
SELECT testing.refused($$SELECT open_session('sample.sales', repeat('b', 64))$$, 'TV010', 'cannot sign in');
SELECT unlock_user('sample.sales', 'over');
SELECT open_session('sample.sales', pg_temp.h('s6')) \g /dev/null
SELECT open_session('sample.sales', pg_temp.h('s7')) \g /dev/null
SELECT set_password(pg_temp.h('s6'), pg_temp.h('s8'), '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$b3RoZXI');
SELECT testing.same((SELECT end_reason FROM user_sessions WHERE token_hash = pg_temp.h('s7')), 'PASSWORD_CHANGED', 'another password');
SELECT testing.same((SELECT count(*) FROM touch_session(pg_temp.h('s6'))) + 10 * (SELECT count(*) FROM touch_session(pg_temp.h('s8'))), 10::bigint, 'the session in which it was set goes on under a new token');
SELECT testing.same((SELECT string_agg(x, ',' ORDER BY x) FROM former_password_hashes(pg_temp.h('s8')) x), '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaA,$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$b3RoZXI', 'what a new password is compared with');
SELECT testing.refused($$SELECT set_password(pg_temp.h('s8'), pg_temp.h('s9'), 'my password')$$, 'TV022', 'argon2id');
SELECT set_password(pg_temp.h('s8'), pg_temp.h('s80'), '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$dGhpcmQ');
SELECT testing.same((SELECT count(*) FROM password_history h JOIN users u USING (user_id) WHERE u.login = 'sample.sales'), 2::bigint, 'history');

-- An own password needs a fresh proof; a proof gives the session a new token.
SELECT set_config('torvan.clock_offset', '11 minutes', false) \g /dev/null
SELECT testing.refused($$SELECT set_password(pg_temp.h('s80'), pg_temp.h('x'), '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaA')$$, 'TV011', 'fresh proof');
SELECT testing.refused($$SELECT step_up_session(pg_temp.h('s80'), pg_temp.h('s80x'))$$ || ', rotate_session(1, pg_temp.h(''s80x''))', 'TV022', 'known one');
SELECT step_up_session(pg_temp.h('s80'), pg_temp.h('s81'));
SELECT testing.same((SELECT count(*) FROM touch_session(pg_temp.h('s80'))), 0::bigint, 'the former token');
SELECT testing.ok((SELECT is_stepped_up FROM touch_session(pg_temp.h('s81'))), 'the new one, freshly proved');
SELECT set_config('torvan.clock_offset', '', false) \g /dev/null
SELECT require_password_change('sample.sales', 'leak at a supplier');
SELECT open_session('sample.sales', pg_temp.h('s10')) \g /dev/null
SELECT testing.same((SELECT restricted_to FROM touch_session(pg_temp.h('s10'))), 'PASSWORD', 'only a new password is open');
SELECT set_password(pg_temp.h('s10'), pg_temp.h('s11'), '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaA');
SELECT testing.ok((SELECT restricted_to IS NULL FROM touch_session(pg_temp.h('s11'))), 'then all is');
SELECT testing.ok(NOT EXISTS (SELECT FROM audit_log WHERE coalesce(new_values::text, '') || coalesce(old_values::text, '') LIKE '%argon2id%'), 'no hash of a password in the audit trail');
