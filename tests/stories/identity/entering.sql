-- How a request enters: one call says who it is and whether they may, and sets what the transaction works under.
CREATE FUNCTION pg_temp.h(p_text text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT encode(sha256(convert_to(p_text, 'UTF8')), 'hex') $$;
GRANT EXECUTE ON FUNCTION pg_temp.h(text) TO torvan_app;
CREATE FUNCTION pg_temp.context() RETURNS text LANGUAGE sql STABLE AS $$
  SELECT concat_ws('|', nullif(current_setting('torvan.user_id', true), ''), nullif(current_setting('torvan.session_id', true), ''), nullif(current_setting('torvan.request_id', true), ''),
                   nullif(current_setting('torvan.signing_proof', true), ''), nullif(current_setting('torvan.scopes', true), '')) $$;
GRANT EXECUTE ON FUNCTION pg_temp.context() TO torvan_app;
INSERT INTO user_credentials (user_id, password_hash) SELECT user_id, '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaA' FROM users WHERE is_sample;
UPDATE users SET password_changed_at = now() WHERE is_sample;
SELECT set_security_setting('mfa_required', 'false', 'story without second factors');
SELECT create_user('customer.person', 'Cora Customer', NULL, 'EN', 'PORTAL', 'STELMO') AS cora \gset
INSERT INTO user_credentials (user_id, password_hash) VALUES (:cora, '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaA');
UPDATE users SET password_changed_at = now() WHERE user_id = :cora;
SELECT user_id AS sam FROM users WHERE login = 'sample.sales' \gset
SELECT testing.know_people();
SET SESSION AUTHORIZATION torvan_app;
SELECT open_session('sample.sales', pg_temp.h('s1')) AS s1 \gset
SELECT open_session('customer.person', pg_temp.h('c1')) AS c1 \gset

-- A session: who, whether they may, and the settings of this transaction only.
BEGIN;
SELECT testing.same((SELECT concat_ws(' ', user_session_id = :s1, login, session_kind, coalesce(restricted_to, 'free'), is_stepped_up, mfa_state, coalesce(api_token_id::text, 'no token'), is_allowed, idle_ends_at > now(), expires_at > now())
  FROM enter_request(pg_temp.h('s1'), 'SESSION', 'r-1', 'order:create', 'proof')), 't sample.sales WEB free t NOT_REQUIRED no token t t t', 'a session');
SELECT testing.same(pg_temp.context(), concat_ws('|', :sam, :s1, 'r-1', 'proof'), 'what the transaction works under');
SELECT testing.ok(has_permission('customer:read') AND (SELECT count(*) > 0 FROM customers), 'all that the person may');
COMMIT;
SELECT testing.same(pg_temp.context(), '', 'nothing is left of it');
SELECT testing.same((SELECT is_allowed FROM enter_request(pg_temp.h('s1'), 'SESSION', 'r-2', 'user:create')), false, 'who may not');
SELECT testing.same((SELECT is_allowed FROM enter_request(pg_temp.h('s1'), 'SESSION', 'r-3')), true, 'when no permission is asked for');
SELECT testing.refused($$SELECT enter_request(pg_temp.h('s1'), 'COOKIE', 'r-4')$$, 'TV022', 'COOKIE');
SELECT testing.refused($$SELECT enter_request(pg_temp.h('s1'), NULL, 'r-4')$$, 'TV022', 'kind of sign-in');

-- What a former user of the connection left behind speaks for nobody.
SELECT set_config('torvan.user_id', :'sam', false), set_config('torvan.scopes', 'order:read', false), set_config('torvan.signing_proof', 'old', false), set_config('torvan.reason', 'old', false) \g /dev/null
BEGIN;
SELECT testing.same((SELECT count(*) FROM enter_request(pg_temp.h('unknown'), 'SESSION', 'r-5')), 0::bigint, 'nobody is signed in');
SELECT testing.same(pg_temp.context() || current_setting('torvan.reason'), 'r-5', 'nobody acts');
SELECT testing.ok(NOT has_permission('order:read'), 'and may nothing');
ROLLBACK;
BEGIN;
SELECT testing.same((SELECT login FROM enter_request(pg_temp.h('c1'), 'SESSION', NULL)), 'customer.person', 'another person');
SELECT testing.same(pg_temp.context(), concat_ws('|', :cora, :c1), 'acts alone');
ROLLBACK;
SELECT testing.nobody();
SELECT set_config('torvan.scopes', '', false), set_config('torvan.signing_proof', '', false) \g /dev/null

-- People of a customer have no permissions, but read their orders.
BEGIN;
SELECT testing.same((SELECT concat_ws(' ', kind, customer_id IS NOT NULL, is_allowed) FROM enter_request(pg_temp.h('c1'), 'SESSION', 'r-6', 'order:read')), 'PORTAL t t', 'orders');
SELECT testing.ok((SELECT count(*) > 0 FROM orders) AND NOT has_permission('order:read'), 'their orders');
COMMIT;
SELECT testing.same((SELECT is_allowed FROM enter_request(pg_temp.h('c1'), 'SESSION', 'r-7', 'bom:read')), false, 'nothing else');

-- A sign-in that is not complete leads only on.
SET SESSION AUTHORIZATION torvan_user;
SELECT testing.nobody();
UPDATE users SET must_change_password = true WHERE login = 'sample.sales';
SET SESSION AUTHORIZATION torvan_app;
BEGIN;
SELECT testing.same((SELECT restricted_to || ' ' || is_allowed FROM enter_request(pg_temp.h('s1'), 'SESSION', 'r-8', 'order:read', 'proof')), 'PASSWORD false', 'a password is to be set first');
SELECT testing.same(pg_temp.context(), 'r-8', 'nobody acts');
COMMIT;

-- Limits hold as in touch_session.
SET SESSION AUTHORIZATION torvan_user;
SELECT testing.nobody();
UPDATE users SET must_change_password = false WHERE login = 'sample.sales';
SELECT set_config('torvan.clock_offset', '31 minutes', false) \g /dev/null
SELECT testing.same((SELECT count(*) FROM enter_request(pg_temp.h('s1'), 'SESSION', 'r-9')), 0::bigint, 'rested too long');
SELECT testing.same((SELECT end_reason FROM user_sessions WHERE user_session_id = :s1), 'IDLE', 'why');
SELECT set_config('torvan.clock_offset', '', false) \g /dev/null

-- Refusals (assurance.md A10): who, what and why; twenty in an hour are an alert, raised once.
SET SESSION AUTHORIZATION torvan_app;
SELECT testing.refused($$SELECT note_refused_request('POST /api/v1/boms', 'bom:approve')$$, 'TV010', 'Nobody was refused');
SELECT open_session('sample.service', pg_temp.h('x1')) AS x1 \gset
DO $$
BEGIN
  FOR n IN 1..19 LOOP
    PERFORM FROM enter_request(pg_temp.h('x1'), 'SESSION', 'x-' || n, 'bom:approve');
    PERFORM note_refused_request('POST /api/v1/boms/' || n || '/approve', 'bom:approve');
  END LOOP;
END;
$$;
SET SESSION AUTHORIZATION torvan_user;
SELECT user_id AS sid FROM users WHERE login = 'sample.service' \gset
SELECT testing.same((SELECT count(*) FROM system_alerts WHERE alert_code LIKE 'security.refusals.%'), 0::bigint, 'nineteen');
SELECT testing.same((SELECT concat_ws(' ', actor, subject_id = :sid, user_session_id = :x1, door, request_id, details ->> 'route', details ->> 'permission') FROM security_events WHERE event_type = 'PERMISSION_REFUSED' ORDER BY security_event_id DESC LIMIT 1),
  'sample.service t t SERVER x-19 POST /api/v1/boms/19/approve bom:approve', 'the event');
SET SESSION AUTHORIZATION torvan_app;
BEGIN;
SELECT is_allowed FROM enter_request(pg_temp.h('x1'), 'SESSION', 'x-20', 'bom:approve') \g /dev/null
SELECT note_refused_request(repeat('r', 1000), 'bom:approve'), note_refused_request('GET /api/v1/prices', 'price:read');
COMMIT;
SET SESSION AUTHORIZATION torvan_user;
SELECT testing.same((SELECT string_agg(concat_ws(' ', alert_code = 'security.refusals.' || :sid, severity, state, times_raised, details ->> 'refusals_per_hour'), ',') FROM system_alerts WHERE alert_code LIKE 'security.refusals.%'), 't WARNING OPEN 1 20', 'one alert');
SELECT testing.same((SELECT count(*) FROM outbox_events WHERE event_type = 'system.alert_raised' AND payload ->> 'alert_code' LIKE 'security.refusals.%'), 1::bigint, 'told once');
SELECT testing.ok((SELECT sum(refusals) = 21 FROM v_failed_authorisations WHERE actor = 'sample.service'), 'in the view of refusals');
SELECT testing.same((SELECT max(length(details ->> 'route')) FROM security_events WHERE event_type = 'PERMISSION_REFUSED'), 200, 'a long route is cut');
