-- Security settings keep their range and leave a trace; security events are append-only and kept; refusals raise an alarm.
SELECT testing.act('sample.admin');
SELECT set_security_setting('idle_minutes', '20', 'stricter');
SELECT testing.same(security_number('idle_minutes'), 20, 'changed');
SELECT testing.refused($$SELECT set_security_setting('idle_minutes', '31', 'more comfortable')$$, 'TV022', '31');
SELECT testing.refused($$SELECT set_security_setting('idle_minutes', 'long', 'more comfortable')$$, 'TV022', 'long');
SELECT testing.refused($$SELECT set_security_setting('password_length', '14', 'shorter')$$, 'TV022', '14');
SELECT testing.refused($$SELECT set_security_setting('guesses_per_day', '101', 'more')$$, 'TV022', '101');
SELECT testing.refused($$SELECT set_security_setting('mfa_required', 'perhaps', 'unsure')$$, 'TV022', 'perhaps');
SELECT testing.refused($$SELECT set_security_setting('mfa_required', NULL, 'unsure')$$, 'TV022', 'mfa_required');
SELECT testing.refused($$SELECT set_security_setting('no_such', '1', 'because')$$, 'TV004', 'no_such');
SELECT testing.refused($$SELECT set_security_setting('idle_minutes', '10', '')$$, 'TV022', 'reason');
SELECT testing.refused('UPDATE security_settings SET maximum = 1000 WHERE setting_code = ''idle_minutes''', 'TV003', 'fixed');
SELECT testing.refused('DELETE FROM security_settings WHERE setting_code = ''idle_minutes''', 'TV003', 'fixed');
SELECT testing.refused('SELECT security_number(''mfa_required'')', 'TV004', 'mfa_required');
SELECT testing.refused('SELECT security_switch(''idle_minutes'')', 'TV004', 'idle_minutes');
SELECT testing.same((SELECT concat_ws(' ', actor, details ->> 'setting', details ->> 'old', details ->> 'new', details ->> 'reason') FROM security_events WHERE event_type = 'SETTING_CHANGED'),
  'sample.admin idle_minutes 30 20 stricter', 'the event');
SELECT testing.same((SELECT new_values ->> 'number_value' FROM audit_log WHERE table_name = 'security_settings' AND operation = 'UPDATE'), '20', 'and the audit trail');
SELECT testing.act('sample.production');
SELECT testing.refused($$SELECT set_security_setting('idle_minutes', '10', 'because')$$, '42501', 'security_setting:update');

-- What the design promises, as delivered.
SELECT testing.nobody();
SELECT testing.same((SELECT string_agg(setting_code || '=' || coalesce(number_value::text, switch_value::text), ' ' ORDER BY setting_code) FROM security_settings WHERE setting_code IN
  ('password_length', 'password_length_with_mfa', 'idle_minutes_short', 'session_hours', 'sessions_per_user', 'guesses_per_day', 'mfa_required', 'identity_verification', 'dormant_days', 'step_up_minutes', 'signing_series_minutes')),
  'dormant_days=90 guesses_per_day=100 identity_verification=true idle_minutes_short=15 mfa_required=true password_length=15 password_length_with_mfa=12 session_hours=12 sessions_per_user=5 signing_series_minutes=15 step_up_minutes=10',
  'settings of a new installation');

-- Events are kept: never changed, deleted only when older than 13 months.
SELECT testing.refused('UPDATE security_events SET actor = ''nobody''', 'TV003', 'append-only');
SELECT testing.refused('TRUNCATE security_events', 'TV003', 'not truncated');
INSERT INTO security_events (event_type, actor, door, occurred_at) VALUES ('SIGNED_OUT', 'long.gone', 'SERVER', now() - interval '13 months 1 day'), ('SIGNED_OUT', 'still.here', 'SERVER', now() - interval '12 months 28 days');
DELETE FROM security_events WHERE actor = 'long.gone';
SELECT testing.refused('DELETE FROM security_events WHERE actor = ''still.here''', 'TV003', 'append-only');
SELECT testing.refused($$INSERT INTO security_events (event_type, actor, door) VALUES ('UNHEARD_OF', 'x', 'SERVER')$$, '23503');

-- Refusals: reported afterwards, since the refusal undid its own transaction; twenty in an hour are an alarm.
SELECT testing.act('sample.service');
SELECT record_security_event('PERMISSION_REFUSED', jsonb_build_object('permission', 'bom:read', 'path', '/boms/' || n)) FROM generate_series(1, 19) n \g /dev/null
SELECT testing.same((SELECT bool_or(is_alarm) FROM v_failed_authorisations WHERE actor = 'sample.service'), false, 'nineteen');
SELECT record_security_event('PERMISSION_REFUSED', '{"permission": "price:read"}') \g /dev/null
SELECT testing.ok((SELECT sum(refusals) = 20 AND (bool_or(is_alarm) OR count(*) > 1) FROM v_failed_authorisations WHERE actor = 'sample.service'), 'twenty');
SELECT testing.refused($$SELECT record_security_event('SIGNED_IN', '{}')$$, 'TV022', 'not one that the server reports');

-- Every event which a function writes is in the catalogue, and every one of the catalogue is written somewhere.
SELECT testing.same((SELECT string_agg(t.event_type, ',') FROM security_event_types t WHERE t.source = 'DATABASE'
  AND NOT EXISTS (SELECT FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace AND strpos(p.prosrc, '''' || t.event_type || '''') > 0)), NULL, 'events that nothing writes');
SELECT testing.same((SELECT string_agg(DISTINCT m[1], ',') FROM pg_proc p, regexp_matches(p.prosrc, 'note_security_event\(''([A-Z_]+)''', 'g') m WHERE p.pronamespace = 'public'::regnamespace
  AND m[1] NOT IN (SELECT event_type FROM security_event_types)), NULL, 'events outside the catalogue');
