-- Guesses at sign-in (assurance.md S9): at most 100 looked at per account in 24 hours, growing waits, no lock-out of known devices,
-- the same for logins that do not exist, over by itself.
CREATE FUNCTION pg_temp.guess(p_seconds numeric, p_login text, p_address inet, p_known boolean) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  gate attempt_gate;
BEGIN
  PERFORM set_config('torvan.clock_offset', make_interval(secs => p_seconds::double precision)::text, false);
  gate := may_attempt_sign_in(p_login, p_address, p_known);
  IF gate.is_allowed THEN
    PERFORM record_sign_in_attempt(p_login, p_address, p_known, false);
  END IF;
  RETURN gate.is_allowed;
END;
$$;

-- The first three at once, then 1, 2, 4… seconds.
SELECT testing.same((SELECT string_agg(CASE WHEN pg_temp.guess(at, 'sample.sales', '192.0.2.1', false) THEN 'yes' ELSE 'no' END, ' ' ORDER BY n)
  FROM (VALUES (1, 0), (2, 0.1), (3, 0.2), (4, 0.3), (5, 0.4), (6, 1.4), (7, 3.3), (8, 3.5)) t (n, at)), 'yes yes yes yes no yes no yes', 'waits grow');
SELECT set_config('torvan.clock_offset', '3.5 seconds', false) \g /dev/null
SELECT testing.same((may_attempt_sign_in('sample.sales', '192.0.2.1', false)).retry_after_seconds, 4, 'seconds to wait after six');
-- A right one ends the wait, and is not counted.
SELECT set_config('torvan.clock_offset', '10 seconds', false) \g /dev/null
SELECT testing.ok((may_attempt_sign_in('sample.sales', '192.0.2.1', false)).is_allowed, 'after the wait');
SELECT record_sign_in_attempt('sample.sales', '192.0.2.1', false, true);
SELECT testing.ok((may_attempt_sign_in('sample.sales', '192.0.2.1', false)).is_allowed, 'no wait after a right one');
SELECT testing.same((SELECT cardinality(failed_at) FROM login_attempts WHERE attempt_key = attempt_key('LOGIN', 'sample.sales')), 7, 'wrong ones of the day, and the open one');

-- Two at once behind one address: the transaction that began first may come second to the counter.
SELECT testing.ok(pg_temp.guess(100.2, 'sample.service', '192.0.2.30', false), 'the one that began later');
SELECT testing.ok(pg_temp.guess(100.1, 'someone.else', '192.0.2.30', false), 'the one that began a moment earlier');

-- Many at the same instant count one by one.
SELECT testing.same((SELECT count(*) FROM generate_series(1, 500) n WHERE pg_temp.guess(0, 'sample.quality', '192.0.2.9', false)), 4::bigint, 'of 500 at once');

-- 10,000 in a day from one address, and from 500: never more than 100 per account, known devices included.
SELECT testing.same((SELECT count(*) FROM generate_series(1, 10000) n WHERE pg_temp.guess(n * 8.64, 'sample.production', '192.0.2.2', false)), 80::bigint, 'looked at, from one address');
SELECT testing.same((SELECT count(*) FROM generate_series(1, 10000) n WHERE pg_temp.guess(n * 8.64, 'sample.technician', '198.51.100.0'::inet + n % 500, false)), 80::bigint, 'looked at, from 500 addresses');
SELECT testing.same((SELECT count(*) FROM generate_series(1, 2000) n WHERE pg_temp.guess(n * 43.2, 'sample.technician', '203.0.113.7', true)), 20::bigint, 'looked at, from known devices');
SELECT testing.same((SELECT count(*) FROM generate_series(1, 10000) n WHERE pg_temp.guess(n * 8.64, 'nobody.here', '192.0.2.3', false)), 80::bigint, 'looked at, for a login that does not exist');
-- In any 24 hours, not only in the first.
SELECT testing.ok((SELECT max(c) <= 80 FROM (
  SELECT count(*) OVER (ORDER BY at RANGE BETWEEN CURRENT ROW AND 86399.9 FOLLOWING) AS c
    FROM (SELECT n * 60.0 AS at FROM generate_series(1, 4320) n WHERE pg_temp.guess(n * 60.0, 'sample.admin', NULL, false)) g) w), 'three days of one guess a minute');

-- Strangers used up their guesses: the person on a known device signs in, and a day later anybody may try again.
SELECT set_config('torvan.clock_offset', '23 hours', false) \g /dev/null
SELECT testing.ok(NOT (may_attempt_sign_in('sample.production', '192.0.2.200', false)).is_allowed, 'a stranger');
SELECT testing.ok((may_attempt_sign_in('sample.production', '192.0.2.2', true)).is_allowed, 'a known device, even behind the same address');
SELECT set_config('torvan.clock_offset', '49 hours', false) \g /dev/null
SELECT testing.ok((may_attempt_sign_in('sample.production', '192.0.2.200', false)).is_allowed, 'a day after the last guess');

-- One address that tries many accounts; a customer of IPv6 has a whole /64.
SELECT testing.same((SELECT count(*) FROM generate_series(1, 1000) n WHERE pg_temp.guess(200000 + n * 80, 'user' || n, '2001:db8::1'::inet + n, false)), 200::bigint, 'looked at, from one network');
SELECT testing.ok((may_attempt_sign_in('user1', '2001:db8:0:1::1', false)).is_allowed, 'another network');

SELECT testing.ok((SELECT count(*) FROM security_events WHERE event_type = 'ACCOUNT_THROTTLED' AND subject_id = (SELECT user_id FROM users WHERE login = 'sample.production')) = 1, 'one event when they were used up');
SELECT testing.ok(EXISTS (SELECT FROM security_events WHERE event_type = 'ADDRESS_THROTTLED'), 'and one for the address');
SELECT testing.ok(EXISTS (SELECT FROM outbox_events WHERE event_type = 'user.throttled'), 'people are told');
SELECT testing.ok(EXISTS (SELECT FROM security_events WHERE event_type = 'SIGN_IN_FAILED' AND subject_id IS NULL AND details @> '{"login_exists": false}'), 'what was typed for an unknown login is not kept');
SELECT testing.ok(NOT EXISTS (SELECT FROM security_events WHERE details::text LIKE '%nobody.here%'), 'nowhere');
SELECT record_sign_in_attempt('sample.sales', NULL, true, false, 'SIGNING');
SELECT testing.ok(EXISTS (SELECT FROM security_events WHERE event_type = 'PROOF_FAILED' AND details @> '{"purpose": "SIGNING"}'), 'a wrong password at signing');
SELECT testing.same((SELECT account_state FROM users WHERE login = 'sample.production'), 'ACTIVE', 'guessing locks nobody');

SELECT testing.same((SELECT count(*) FROM sign_in_account('nobody.here')), 1::bigint, 'an unknown login is answered like a known one');
SELECT testing.ok((SELECT user_id IS NULL AND password_hash IS NULL AND NOT can_sign_in AND NOT has_second_factor FROM sign_in_account('nobody.here')), 'with nothing');
SELECT set_config('torvan.clock_offset', '30 days', false) \g /dev/null
SELECT testing.same((SELECT count(*) FROM login_attempts WHERE attempt_key IN (SELECT attempt_key('LOGIN', 'user' || n) FROM generate_series(1, 1000) n)), 200::bigint, 'past the limit of an address nothing more is stored');
SELECT testing.ok(purge_login_attempts() > 200, 'old counters go');
SELECT testing.ok(NOT EXISTS (SELECT FROM login_attempts), 'all of them');
