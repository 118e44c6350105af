-- Signatures through the server (assurance.md B2, B3): a fresh proof per act, all parts first, bound to person and session; and
-- administrative steps that ask for a fresh proof (A11).
CREATE FUNCTION pg_temp.h(p_text text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT encode(sha256(convert_to(p_text, 'UTF8')), 'hex') $$;
SELECT testing.act('sample.sales');
SELECT create_order('STELMO', 'PO-SERVER', 'sample.sales', current_date + 30, 'EN', '{SRV-1,SRV-2,SRV-3,SRV-4}') AS order_id \gset
SELECT transition_order(:order_id, 'CONFIGURATION') \g /dev/null
SELECT save_configuration('{"model": "T2-B1", "width_in": 30, "length_in": 60, "leg_model": "DL27", "leg_adjustment": "HEIGHT_ADJUSTABLE",
  "feet": "LEVELING_CASTERS", "workflow_direction": "LEFT_TO_RIGHT", "basins": [{"type": "E_DRAIN", "size": "24X20X8"}]}', build_id) FROM builds WHERE order_id = :order_id ORDER BY build_id \g /dev/null
SELECT generate_order_boms(:order_id) \g /dev/null
SELECT submit_bom(bom_id) FROM builds WHERE order_id = :order_id ORDER BY build_id \g /dev/null
SELECT bom_id AS bom1 FROM builds WHERE build_number = 'SRV-1' \gset
SELECT bom_id AS bom2 FROM builds WHERE build_number = 'SRV-2' \gset
SELECT bom_id AS bom3 FROM builds WHERE build_number = 'SRV-3' \gset
SELECT testing.nobody();

-- What the grants do for the server's role, so that this story runs as it.
DO $$
DECLARE
  f regprocedure;
BEGIN
  FOR f IN SELECT p.oid FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace AND p.proname IN
    ('approve_bom', 'open_session', 'touch_session', 'step_up_session', 'end_session', 'grant_signing_proof', 'use_totp', 'grant_role', 'create_user', 'set_security_setting', 'begin_as', 'sign',
     'record_security_event', 'identity_now', 'has_permission', 'current_user_id') LOOP
    EXECUTE format('ALTER FUNCTION %s SECURITY DEFINER', f);
    EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO torvan_app', f);
  END LOOP;
END;
$$;
GRANT EXECUTE ON FUNCTION pg_temp.h(text) TO torvan_app;
INSERT INTO user_credentials (user_id, password_hash) SELECT user_id, '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaA' FROM users WHERE is_sample;
UPDATE users SET password_changed_at = now() WHERE is_sample;
SELECT set_security_setting('mfa_required', 'false', 'first without second factors');
SELECT open_session('sample.production', pg_temp.h('p1')) AS p1 \gset
SELECT open_session('sample.production', pg_temp.h('p2')) AS p2 \gset
SELECT open_session('sample.quality', pg_temp.h('q1')) AS q1 \gset
SELECT open_session('sample.admin', pg_temp.h('a1')) AS a1 \gset
SELECT testing.know_people();

SET SESSION AUTHORIZATION torvan_app;
SELECT testing.act('sample.production');
SELECT set_config('torvan.session_id', :'p1', false) \g /dev/null
-- The session alone is no proof, nor is what only psql may use.
SELECT testing.refused('SELECT approve_bom(' || :bom1 || ')', 'TV011', 'fresh proof');
SELECT set_config('torvan.door', 'DATABASE', false) \g /dev/null
SELECT testing.refused('SELECT approve_bom(' || :bom1 || ')', 'TV011', 'fresh proof');
SELECT testing.refused($$SELECT begin_as('sample.production')$$, '42501', 'Only the owner');
SELECT set_config('torvan.door', '', false) \g /dev/null
SELECT set_config('torvan.signing_proof', repeat('0', 64), false) \g /dev/null
SELECT testing.refused('SELECT approve_bom(' || :bom1 || ')', 'TV011', 'fresh proof');
SELECT testing.refused($$SELECT grant_signing_proof(pg_temp.h('p1'), 'DATABASE')$$, 'TV022', 'DATABASE');
SELECT testing.refused($$SELECT grant_signing_proof(pg_temp.h('p1'), 'AUTHENTICATOR')$$, 'TV022', 'AUTHENTICATOR');
SELECT testing.refused($$SELECT grant_signing_proof(pg_temp.h('unknown'), 'PASSWORD')$$, 'TV010', 'over');

-- One proof, one act.
SELECT grant_signing_proof(pg_temp.h('p1'), 'PASSWORD') AS proof \gset
SELECT set_config('torvan.signing_proof', :'proof', false) \g /dev/null
SELECT set_config('torvan.session_id', :'p2', false) \g /dev/null
SELECT testing.refused('SELECT approve_bom(' || :bom1 || ')', 'TV011', 'fresh proof') AS another_session \g /dev/null
SELECT set_config('torvan.session_id', :'p1', false) \g /dev/null
SELECT testing.act('sample.admin');
SELECT testing.refused('SELECT approve_bom(' || :bom1 || ')', 'TV011', 'fresh proof') AS another_person \g /dev/null
SELECT testing.act('sample.production');
BEGIN;
SELECT approve_bom(:bom1);
SELECT approve_bom(:bom2);
COMMIT;
SELECT testing.refused('SELECT approve_bom(' || :bom3 || ')', 'TV011', 'fresh proof') AS used_already \g /dev/null

-- An act that failed used nothing up.
SELECT grant_signing_proof(pg_temp.h('p1'), 'PASSWORD') AS proof \gset
SELECT set_config('torvan.signing_proof', :'proof', false) \g /dev/null
BEGIN;
SELECT approve_bom(:bom3);
ROLLBACK;
SELECT approve_bom(:bom3);
SET SESSION AUTHORIZATION torvan_user;
SELECT testing.same((SELECT string_agg(method || ' ' || (user_session_id = :p1), ',' ORDER BY signature_id) FROM signatures WHERE record_id IN (:bom1, :bom2, :bom3) AND record_type = 'boms'),
  'PASSWORD true,PASSWORD true,PASSWORD true', 'method and session of the signatures');
SELECT testing.ok((SELECT wording NOT LIKE '%at the database%' FROM v_signatures WHERE record_id = :bom3 AND record_type = 'boms'), 'not flagged');
SELECT testing.ok(NOT EXISTS (SELECT FROM audit_log WHERE new_values::text LIKE '%' || :'proof' || '%') AND NOT EXISTS (SELECT FROM signing_proofs WHERE proof_hash = :'proof'), 'the proof is stored nowhere');

-- A proof waits ten minutes, and ends with its session. (The owner of the database moves the clock.)
SELECT testing.nobody();
SELECT grant_signing_proof(pg_temp.h('p1'), 'PASSWORD') AS proof \gset
SELECT set_config('torvan.signing_proof', :'proof', false), set_config('torvan.session_id', :'p1', false), set_config('torvan.user_id', user_id::text, false) FROM users WHERE login = 'sample.production' \g /dev/null
SELECT set_config('torvan.clock_offset', '10 minutes 1 second', false) \g /dev/null
SELECT testing.refused($$SELECT sign('orders', 1, 'approved')$$, 'TV011', 'fresh proof');
SELECT set_config('torvan.clock_offset', '9 minutes', false) \g /dev/null
BEGIN;
SELECT sign('orders', 1, 'approved') \g /dev/null
ROLLBACK;
SELECT end_session(pg_temp.h('p1'));
SELECT testing.refused($$SELECT sign('orders', 1, 'approved')$$, 'TV011', 'fresh proof');
SELECT set_config('torvan.clock_offset', '', false) \g /dev/null

-- With a second factor: all parts first, then one part for 15 minutes.
SELECT testing.nobody();
UPDATE users SET mfa_enrolled_at = now() WHERE login = 'sample.quality';
INSERT INTO mfa_totp (user_id, sealed_secret, key_id, is_confirmed, last_used_step) SELECT user_id, decode(repeat('ab', 48), 'hex'), 'key-1', true, 0 FROM users WHERE login = 'sample.quality';
SELECT open_session('sample.quality', pg_temp.h('q2')) \g /dev/null
SELECT testing.refused($$SELECT grant_signing_proof(pg_temp.h('q2'), 'PASSWORD')$$, 'TV010', 'Nobody signs');
SELECT use_totp(pg_temp.h('q2'), floor(extract(epoch FROM now()) / 30)::bigint, pg_temp.h('q3')) \g /dev/null
SELECT testing.refused($$SELECT grant_signing_proof(pg_temp.h('q3'), 'PASSWORD')$$, 'TV011', 'all parts');
SELECT testing.refused($$SELECT grant_signing_proof(pg_temp.h('q3'), 'AUTHENTICATOR')$$, 'TV011', 'all parts');
SELECT testing.ok(grant_signing_proof(pg_temp.h('q3'), 'PASSWORD_MFA') ~ '^[0-9a-f]{64}$', 'all parts');
SELECT testing.ok(grant_signing_proof(pg_temp.h('q3'), 'PASSWORD') <> grant_signing_proof(pg_temp.h('q3'), 'AUTHENTICATOR'), 'then one');
SELECT set_config('torvan.clock_offset', '14 minutes', false) \g /dev/null
SELECT testing.ok(grant_signing_proof(pg_temp.h('q3'), 'AUTHENTICATOR') IS NOT NULL, 'for a quarter of an hour');
SELECT set_config('torvan.clock_offset', '15 minutes 30 seconds', false) \g /dev/null
SELECT testing.refused($$SELECT grant_signing_proof(pg_temp.h('q3'), 'AUTHENTICATOR')$$, 'TV011', 'all parts');
SELECT set_config('torvan.clock_offset', '', false) \g /dev/null

-- Identity verified by a second person, here without a way around.
UPDATE users SET identity_verified_by = NULL, identity_verified_on = NULL WHERE login = 'sample.production';
SELECT grant_signing_proof(pg_temp.h('p2'), 'PASSWORD') AS proof \gset
SET SESSION AUTHORIZATION torvan_app;
SELECT testing.act('sample.production');
SELECT set_config('torvan.signing_proof', :'proof', false), set_config('torvan.session_id', :'p2', false) \g /dev/null
SELECT testing.refused($$SELECT sign('orders', 1, 'approved')$$, 'TV009', 'not verified');

-- Administrative steps: within ten minutes of a fresh proof, in the person's own session.
SELECT testing.act('sample.admin');
SELECT set_config('torvan.session_id', '', false) \g /dev/null
SELECT testing.refused($$SELECT grant_role('sample.service', 'SALES_MANAGER', NULL, NULL, 'cover')$$, 'TV011', 'fresh proof');
SELECT set_config('torvan.session_id', :'q1', false) \g /dev/null
SELECT testing.refused($$SELECT grant_role('sample.service', 'SALES_MANAGER', NULL, NULL, 'cover')$$, 'TV011', 'fresh proof');
SELECT set_config('torvan.session_id', :'a1', false) \g /dev/null
SELECT grant_role('sample.service', 'SALES_MANAGER', NULL, NULL, 'cover') \g /dev/null
SET SESSION AUTHORIZATION torvan_user;
UPDATE user_sessions SET stepped_up_at = stepped_up_at - interval '10 minutes' WHERE user_session_id = :a1;
SET SESSION AUTHORIZATION torvan_app;
SELECT testing.refused($$SELECT create_user('x.y', 'X Y')$$, 'TV011', 'fresh proof');
SELECT testing.refused($$SELECT set_security_setting('database_door', 'false', 'because')$$, 'TV011', 'fresh proof');
SELECT step_up_session(pg_temp.h('a1'), pg_temp.h('a2'));
SELECT create_user('x.y', 'X Y') \g /dev/null

-- Only the owner of the database moves the clock, and the server without a person may do nothing.
SELECT set_config('torvan.clock_offset', '5 hours', false) \g /dev/null
SELECT testing.same(identity_now(), now(), 'the server cannot move the clock');
SELECT testing.nobody();
SELECT testing.ok(NOT has_permission('order:read'), 'nobody has no permission');
SELECT record_security_event('PERMISSION_REFUSED', '{"permission": "bom:approve"}', 'sample.sales', '192.0.2.7');
SELECT testing.refused($$SELECT record_security_event('ROLE_GRANTED', '{}')$$, 'TV022', 'not one that the server reports');
SET SESSION AUTHORIZATION torvan_user;
SELECT testing.same((SELECT door || ' ' || database_role || ' ' || host(client_address) FROM security_events WHERE event_type = 'PERMISSION_REFUSED'), 'SERVER torvan_app 192.0.2.7', 'what the server reports');
