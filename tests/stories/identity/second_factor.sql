-- The second factor (assurance.md S11): cannot be skipped, no code works twice, recovery codes work once, few wrong codes.
CREATE FUNCTION pg_temp.h(p_text text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT encode(sha256(convert_to(p_text, 'UTF8')), 'hex') $$;
CREATE FUNCTION pg_temp.step() RETURNS bigint LANGUAGE sql AS $$ SELECT floor(extract(epoch FROM identity_now()) / 30)::bigint $$;
CREATE FUNCTION pg_temp.codes(p_word text) RETURNS text[] LANGUAGE sql AS $$ SELECT array_agg(pg_temp.h(p_word || n) ORDER BY n) FROM generate_series(1, 10) n $$;
INSERT INTO user_credentials (user_id, password_hash) SELECT user_id, '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaA' FROM users WHERE is_sample;
UPDATE users SET password_changed_at = now() WHERE is_sample;

-- Without one, a sign-in leads only to setting it up.
SELECT open_session('sample.sales', pg_temp.h('s1')) \g /dev/null
SELECT testing.same((SELECT restricted_to || ' ' || is_stepped_up FROM touch_session(pg_temp.h('s1'))), 'ENROL false', 'first sign-in');
SELECT testing.ok((SELECT last_sign_in_at IS NULL FROM users WHERE login = 'sample.sales'), 'not yet signed in');
SELECT testing.refused($$SELECT step_up_session(pg_temp.h('s1'), pg_temp.h('s1x'))$$, 'TV011', 'not complete');
SELECT testing.refused($$SELECT grant_signing_proof(pg_temp.h('s1'), 'PASSWORD')$$, 'TV010', 'Nobody signs');
SELECT testing.ok(NOT confirm_totp(pg_temp.h('s1'), pg_temp.h('s2'), pg_temp.step(), pg_temp.codes('r')), 'nothing to confirm');
SELECT testing.refused($$SELECT enrol_totp(pg_temp.h('s1'), '\x00', 'key-1')$$, 'TV022', 'sealed secret');
SELECT enrol_totp(pg_temp.h('s1'), decode(repeat('ab', 48), 'hex'), 'key-1') \g /dev/null
SELECT testing.ok(NOT use_totp(pg_temp.h('s1'), pg_temp.step(), pg_temp.h('s2')), 'one being set up is worth nothing');
SELECT testing.ok(NOT confirm_totp(pg_temp.h('s1'), pg_temp.h('s2'), pg_temp.step() - 5, pg_temp.codes('r')), 'a code of another time');
SELECT testing.refused($$SELECT confirm_totp(pg_temp.h('s1'), pg_temp.h('s2'), pg_temp.step(), '{}')$$, 'TV022', 'Ten different');
SELECT testing.refused($$SELECT confirm_totp(pg_temp.h('s1'), pg_temp.h('s2'), pg_temp.step(), array_fill(pg_temp.h('x'), '{10}'))$$, 'TV022', 'Ten different');
SELECT testing.ok(confirm_totp(pg_temp.h('s1'), pg_temp.h('s2'), pg_temp.step(), pg_temp.codes('r')), 'confirmed');
SELECT testing.same((SELECT count(*) FROM touch_session(pg_temp.h('s1'))), 0::bigint, 'the token before the second factor');
SELECT testing.ok((SELECT restricted_to IS NULL AND mfa_state = 'PASSED' FROM touch_session(pg_temp.h('s2'))), 'complete under a new token');
SELECT testing.ok((SELECT last_sign_in_at IS NOT NULL AND mfa_enrolled_at IS NOT NULL FROM users WHERE login = 'sample.sales'), 'signed in');

-- The next sign-in waits for the code; each code once.
SELECT open_session('sample.sales', pg_temp.h('s3')) \g /dev/null
SELECT testing.same((SELECT restricted_to FROM touch_session(pg_temp.h('s3'))), 'MFA', 'waits for the code');
SELECT testing.refused($$SELECT enrol_totp(pg_temp.h('s3'), decode(repeat('cd', 48), 'hex'), 'key-1')$$, 'TV011', 'in use comes first');
SELECT testing.refused($$SELECT set_password(pg_temp.h('s3'), pg_temp.h('s3x'), '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaA')$$, 'TV011', 'in use comes first');
SELECT testing.refused($$SELECT replace_recovery_codes(pg_temp.h('s3'), pg_temp.codes('q'))$$, 'TV011', 'fresh proof');
SELECT testing.ok(NOT use_totp(pg_temp.h('s3'), pg_temp.step(), pg_temp.h('s4')), 'the code that confirmed it is used up');
SELECT set_config('torvan.clock_offset', '31 seconds', false) \g /dev/null
SELECT testing.ok(NOT use_totp(pg_temp.h('s3'), pg_temp.step() + 2, pg_temp.h('s4')), 'a code of the future');
SELECT testing.ok(use_totp(pg_temp.h('s3'), pg_temp.step(), pg_temp.h('s4')), 'the next code');
SELECT testing.ok(NOT use_totp(pg_temp.h('s4'), pg_temp.step()), 'the same code again');
SELECT testing.ok(NOT use_totp(pg_temp.h('s4'), pg_temp.step() - 1), 'and an earlier one');
SELECT testing.same((SELECT count(*) FROM touch_session(pg_temp.h('s3'))), 0::bigint, 'the token before the second factor');
SELECT testing.ok((SELECT encode(sealed_secret, 'hex') LIKE 'abab%' AND key_id = 'key-1' FROM totp_secret(pg_temp.h('s4'))), 'the server gets the sealed secret');

-- Recovery codes: of this person, once.
SELECT open_session('sample.sales', pg_temp.h('s5')) \g /dev/null
SELECT open_session('sample.service', pg_temp.h('c1')) \g /dev/null
SELECT testing.ok(NOT use_recovery_code(pg_temp.h('c1'), pg_temp.h('r1'), pg_temp.h('c2')), 'a code of another person');
SELECT testing.ok(NOT use_recovery_code(pg_temp.h('s5'), pg_temp.h('r11'), pg_temp.h('s6')), 'no such code');
SELECT testing.ok(use_recovery_code(pg_temp.h('s5'), pg_temp.h('r1'), pg_temp.h('s6')), 'once');
SELECT open_session('sample.sales', pg_temp.h('s7')) \g /dev/null
SELECT testing.ok(NOT use_recovery_code(pg_temp.h('s7'), pg_temp.h('r1'), pg_temp.h('s8')), 'not twice');
SELECT replace_recovery_codes(pg_temp.h('s6'), pg_temp.codes('n'));
SELECT testing.ok(NOT use_recovery_code(pg_temp.h('s7'), pg_temp.h('r2'), pg_temp.h('s8')), 'former codes are worth nothing');
SELECT testing.ok(use_recovery_code(pg_temp.h('s7'), pg_temp.h('n2'), pg_temp.h('s8')), 'new ones work');

-- Another authenticator: only with the one in use and a fresh proof; other sessions end.
SELECT set_config('torvan.clock_offset', '12 minutes', false) \g /dev/null
SELECT testing.refused($$SELECT enrol_totp(pg_temp.h('s8'), decode(repeat('cd', 48), 'hex'), 'key-1')$$, 'TV011', 'fresh proof');
SELECT step_up_session(pg_temp.h('s8'), pg_temp.h('s9'));
SELECT enrol_totp(pg_temp.h('s9'), decode(repeat('cd', 48), 'hex'), 'key-1') \g /dev/null
SELECT testing.ok((SELECT encode(sealed_secret, 'hex') LIKE 'abab%' FROM totp_secret(pg_temp.h('s9'))), 'the former one stays in use until then');
SELECT testing.ok(confirm_totp(pg_temp.h('s9'), NULL, pg_temp.step(), pg_temp.codes('m')), 'replaced');
SELECT testing.same((SELECT count(*) FROM touch_session(pg_temp.h('s6'))) + 10 * (SELECT count(*) FROM touch_session(pg_temp.h('s9'))), 10::bigint, 'only the own session is left');

-- Wrong codes: five at once, then waits, 20 a day; a right one ends the waits.
SELECT testing.same((SELECT count(*) FROM generate_series(1, 100) n, LATERAL (SELECT g FROM may_attempt_mfa(CASE WHEN n > 0 THEN pg_temp.h('s9') END) g) gate WHERE (g).is_allowed), 5::bigint, 'of 100 at once');
SELECT record_mfa_failure(pg_temp.h('s9'));
SELECT testing.ok(use_recovery_code(pg_temp.h('s9'), pg_temp.h('m1')), 'a right one');
SELECT testing.ok((may_attempt_mfa(pg_temp.h('s9'))).is_allowed, 'no wait after it');

-- A lost one is taken away by another person, never by oneself.
SELECT testing.act('sample.admin');
SELECT testing.refused($$SELECT reset_mfa('sample.admin', 'lost it')$$, 'TV025', 'own second factor');
SELECT reset_mfa('sample.sales', 'lost telephone');
SELECT testing.same((SELECT count(*) FROM touch_session(pg_temp.h('s9'))), 0::bigint, 'sessions end');
SELECT open_session('sample.sales', pg_temp.h('s12')) \g /dev/null
SELECT testing.same((SELECT restricted_to FROM touch_session(pg_temp.h('s12'))), 'ENROL', 'a new one has to be set up');
SELECT testing.same((SELECT string_agg(DISTINCT event_type, ',' ORDER BY event_type) FROM security_events WHERE event_type LIKE 'MFA%' OR event_type LIKE 'RECOVERY%'),
  'MFA_ENROLLED,MFA_FAILED,MFA_PASSED,MFA_RESET,RECOVERY_CODES_REPLACED,RECOVERY_CODE_USED', 'events');
SELECT testing.ok(NOT EXISTS (SELECT FROM audit_log WHERE coalesce(new_values::text, '') LIKE '%abababababab%' OR table_name IN ('mfa_totp', 'recovery_codes')), 'no secret in the audit trail');
