-- Tokens of programs (assurance.md A13): own, scoped, expiring, revocable credentials that never sign and open nothing that asks for a fresh proof.
CREATE FUNCTION pg_temp.h(p_text text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT encode(sha256(convert_to(p_text, 'UTF8')), 'hex') $$;
GRANT EXECUTE ON FUNCTION pg_temp.h(text) TO torvan_app;
SELECT testing.nobody();
INSERT INTO roles (role_code, name, description, is_for_programs) VALUES ('ERP_EXCHANGE', 'ERP exchange', 'Reads orders.', true);
INSERT INTO role_permissions SELECT role_id, p FROM roles, unnest('{order:read,order:read_all,customer:read,api_token:revoke}'::text[]) p WHERE role_code = 'ERP_EXCHANGE';
SELECT create_user('erp', 'ERP', NULL, 'EN', 'SERVICE') AS erp \gset
SELECT create_user('customer.person', 'Cora Customer', NULL, 'EN', 'PORTAL', 'STELMO') \g /dev/null
SELECT testing.act('sample.admin');
SELECT grant_role('erp', 'ERP_EXCHANGE', NULL, NULL, 'nightly exchange') \g /dev/null

-- Making: what is refused.
SELECT testing.refused($$SELECT create_api_token('erp', 'ERP', 'the token itself', '{order:read}', now() + interval '30 days')$$, 'TV022', 'SHA-256');
SELECT testing.refused($$SELECT create_api_token('erp', ' ', repeat('a', 64), '{order:read}', now() + interval '30 days')$$, 'TV022', 'name is empty');
SELECT testing.refused($$SELECT create_api_token('erp', repeat('n', 101), repeat('a', 64), '{order:read}', now() + interval '30 days')$$, 'TV022', '101 characters');
SELECT testing.refused($$SELECT create_api_token('erp', 'ERP', repeat('a', 64), '{}', now() + interval '30 days')$$, 'TV022', 'no scopes');
SELECT testing.refused($$SELECT create_api_token('erp', 'ERP', repeat('a', 64), NULL, now() + interval '30 days')$$, 'TV022', 'no scopes');
SELECT testing.refused($$SELECT create_api_token('erp', 'ERP', repeat('a', 64), '{order:read,order:eat}', now() + interval '30 days')$$, 'TV022', 'order:eat');
SELECT testing.refused($$SELECT create_api_token('erp', 'ERP', repeat('a', 64), '{order:read,NULL}', now() + interval '30 days')$$, 'TV022', '(null)');
SELECT testing.refused($$SELECT create_api_token('erp', 'ERP', repeat('a', 64), '{order:read}', NULL)$$, 'TV022', 'no time');
SELECT testing.refused($$SELECT create_api_token('erp', 'ERP', repeat('a', 64), '{order:read}', now())$$, 'TV022', 'would end');
SELECT testing.refused($$SELECT create_api_token('erp', 'ERP', repeat('a', 64), '{order:read}', now() + interval '366 days')$$, 'TV022', 'would end');
SELECT testing.refused($$SELECT create_api_token('erp', 'ERP', repeat('a', 64), '{order:read}', 'infinity')$$, 'TV022', 'would end');
SELECT testing.refused($$SELECT create_api_token('nobody.here', 'ERP', repeat('a', 64), '{order:read}', now() + interval '30 days')$$, 'TV004', 'nobody.here');
SELECT testing.refused($$SELECT create_api_token('customer.person', 'Portal', repeat('a', 64), '{order:read}', now() + interval '30 days')$$, 'TV009', 'customer');
SELECT testing.refused($$SELECT create_api_token('sample.sales', 'As Sam', repeat('a', 64), '{order:read}', now() + interval '30 days')$$, 'TV025', 'made by themself');
SELECT testing.refused($$SELECT create_api_token('admin', 'Waits', repeat('a', 64), '{order:read}', now() + interval '30 days')$$, 'TV009', 'not active');
SELECT testing.act('sample.sales');
SELECT testing.refused($$SELECT create_api_token('sample.sales', 'My sheet', repeat('a', 64), '{order:read}', now() + interval '30 days')$$, '42501', 'api_token:create');
SELECT testing.act('sample.admin');
SELECT create_api_token('erp', ' ERP at night ', pg_temp.h('e1'), '{order:read_all,order:read,order:read,bom:read}', now() + interval '365 days') AS e1 \gset
SELECT create_api_token('sample.admin', 'My script', pg_temp.h('a1'), '{user:read,user:create,session:read,role:assign,inspection:reopen}', now() + interval '1 day') AS a1 \gset
SELECT testing.refused($$SELECT create_api_token('erp', 'Again', pg_temp.h('e1'), '{order:read}', now() + interval '30 days')$$, 'TV022', 'known one');
SELECT testing.same((SELECT concat_ws(' ', name, scopes, made_by = (SELECT user_id FROM users WHERE login = 'sample.admin'), last_used_at) FROM api_tokens WHERE api_token_id = :e1), 'ERP at night {bom:read,order:read,order:read_all} t', 'as made');
SELECT testing.same((SELECT details -> 'scopes' FROM security_events WHERE event_type = 'API_TOKEN_CREATED' AND subject_id = :erp), '["bom:read", "order:read", "order:read_all"]'::jsonb, 'the event');
SELECT testing.ok(NOT EXISTS (SELECT FROM audit_log WHERE new_values::text LIKE '%' || pg_temp.h('e1') || '%') AND NOT EXISTS (SELECT FROM security_events WHERE details::text LIKE '%' || pg_temp.h('e1') || '%'), 'its hash stands in no trail');

-- What it may do never changes.
SELECT testing.refused('UPDATE api_tokens SET scopes = ''{order:read,user:create}''', 'TV003', 'not changed');
SELECT testing.refused('UPDATE api_tokens SET expires_at = expires_at + interval ''1 year''', 'TV003', 'not changed');
SELECT testing.refused('DELETE FROM api_tokens', 'TV003', 'not deleted');

-- Using: what its account may and its scopes name.
SELECT testing.nobody();
SELECT testing.know_people();
SET SESSION AUTHORIZATION torvan_app;
SELECT testing.refused($$SELECT touch_api_token(repeat('a', 64))$$, '42501', 'permission denied');
SELECT testing.same((SELECT count(*) FROM enter_request(repeat('a', 64), 'TOKEN', 'r-0')), 0::bigint, 'an unknown token');
SELECT testing.same((SELECT count(*) FROM enter_request(pg_temp.h('e1'), 'SESSION', 'r-0')), 0::bigint, 'a token is no session');
BEGIN;
SELECT testing.same((SELECT concat_ws(' ', login, kind, session_kind, coalesce(restricted_to, 'free'), is_stepped_up, mfa_state, coalesce(user_session_id::text, 'none'), api_token_id = :e1, is_allowed, expires_at > now() + interval '364 days')
  FROM enter_request(pg_temp.h('e1'), 'TOKEN', 'r-1', 'order:read')), 'erp SERVICE TOKEN free f NOT_REQUIRED none t t t', 'a token');
SELECT testing.same(current_user_id(), :erp::bigint, 'acts as its account');
SELECT testing.ok(has_permission('order:read') AND has_permission('order:read_all'), 'account and scopes');
SELECT testing.ok(NOT has_permission('customer:read'), 'the account may, the scopes do not say so');
SELECT testing.ok(NOT has_permission('bom:read'), 'the scopes say so, the account may not');
SELECT testing.ok((SELECT count(*) > 0 FROM orders) AND (SELECT count(*) = 0 FROM customers) AND (SELECT count(*) = 0 FROM boms), 'rows in sight');
SELECT testing.refused($$SELECT require_permission('customer:read')$$, '42501', 'customer:read');
SELECT testing.refused($$SELECT require_person('order:read')$$, 'TV010', 'is a program');
SELECT testing.refused('SELECT revoke_api_token(' || :e1 || ', ''by itself'')', '42501', 'api_token:revoke');
COMMIT;
BEGIN;
SELECT testing.same((SELECT is_allowed FROM enter_request(pg_temp.h('e1'), 'TOKEN', 'r-2', 'customer:read')), false, 'not in its scopes');
COMMIT;
SELECT testing.ok(current_user_id() IS NULL AND NOT is_narrowed(), 'over with the transaction');

-- It never signs and opens nothing that asks for a fresh proof, even for an Administrator's own account.
BEGIN;
SELECT testing.same((SELECT concat_ws(' ', login, is_allowed, is_stepped_up) FROM enter_request(pg_temp.h('a1'), 'TOKEN', 'r-3', 'user:create', 'no proof')), 'sample.admin t f', 'the token of an Administrator');
SELECT testing.same(current_setting('torvan.signing_proof'), '', 'a proof is not taken along');
SELECT testing.refused($$SELECT create_user('new.person', 'New Person')$$, 'TV011', 'token does not open');
SELECT testing.refused($$SELECT grant_role('sample.sales', 'ADMINISTRATOR', NULL, NULL, 'more')$$, 'TV011', 'token does not open');
SELECT testing.refused($$SELECT grant_signing_proof(pg_temp.h('a1'), 'PASSWORD')$$, 'TV010', 'session is over');
SELECT testing.refused($$SELECT create_api_token('sample.admin', 'More', repeat('b', 64), '{user:create}', now() + interval '1 day')$$, '42501', 'api_token:create');
SELECT testing.refused($$SELECT revoke_all_sessions('sample.admin', 'mine')$$, '42501', 'session:revoke');
COMMIT;
SET SESSION AUTHORIZATION torvan_user;
BEGIN;
SELECT count(*) FROM enter_request(pg_temp.h('a1'), 'TOKEN', 'r-4') \g /dev/null
SELECT testing.refused($$SELECT sign('orders', 1, 'approved')$$, 'TV010', 'never signs');
SELECT testing.refused($$SELECT create_user('new.person', 'New Person')$$, 'TV011', 'token does not open');
COMMIT;

-- Last use, exact to a minute.
SELECT last_used_at AS used FROM api_tokens WHERE api_token_id = :e1 \gset
SELECT testing.ok(:'used'::timestamptz > now() - interval '1 minute', 'last use');
SELECT set_config('torvan.clock_offset', '50 seconds', false) \g /dev/null
SELECT testing.same((SELECT count(*) FROM enter_request(pg_temp.h('e1'), 'TOKEN', 'r-5')), 1::bigint, 'within the minute');
SELECT testing.same((SELECT last_used_at FROM api_tokens WHERE api_token_id = :e1), :'used'::timestamptz, 'not written');
SELECT set_config('torvan.clock_offset', '2 minutes', false) \g /dev/null
SELECT testing.same((SELECT count(*) FROM enter_request(pg_temp.h('e1'), 'TOKEN', 'r-6')), 1::bigint, 'later');
SELECT testing.ok((SELECT last_used_at > :'used'::timestamptz + interval '1 minute' FROM api_tokens WHERE api_token_id = :e1), 'written');

-- After its end it is refused, and that is noted once an hour.
SELECT set_config('torvan.clock_offset', '1 day 1 second', false) \g /dev/null
SELECT testing.same((SELECT count(*) FROM enter_request(pg_temp.h('a1'), 'TOKEN', 'r-7-' || n) WHERE n > 0), 0::bigint, 'expired') FROM generate_series(1, 3) n \g /dev/null
SELECT set_config('torvan.clock_offset', '1 day 59 minutes', false) \g /dev/null
SELECT testing.same((SELECT count(*) FROM enter_request(pg_temp.h('a1'), 'TOKEN', 'r-8')), 0::bigint, 'expired');
SELECT testing.same((SELECT string_agg(concat_ws(' ', details ->> 'cause', details ->> 'api_token' = :'a1', request_id, actor_id), ',') FROM security_events WHERE event_type = 'API_TOKEN_REFUSED'), 'EXPIRED t r-7-1', 'noted once');
SELECT set_config('torvan.clock_offset', '1 day 61 minutes', false) \g /dev/null
SELECT testing.same((SELECT count(*) FROM enter_request(pg_temp.h('a1'), 'TOKEN', 'r-9')), 0::bigint, 'expired');
SELECT testing.same((SELECT count(*) FROM security_events WHERE event_type = 'API_TOKEN_REFUSED'), 2::bigint, 'and again after an hour');
DELETE FROM api_tokens WHERE api_token_id = :a1;
SELECT set_config('torvan.clock_offset', '', false) \g /dev/null

-- Revoking.
SELECT testing.act('sample.sales');
SELECT testing.refused('SELECT revoke_api_token(' || :e1 || ', ''not mine'')', '42501', 'api_token:revoke');
SELECT testing.act('sample.admin');
SELECT testing.refused('SELECT revoke_api_token(' || :e1 || ', '''')', 'TV022', 'reason');
SELECT testing.refused('SELECT revoke_api_token(0, ''lost'')', 'TV004', 'no token');
SELECT revoke_api_token(:e1, 'laptop lost');
SELECT testing.refused('SELECT revoke_api_token(' || :e1 || ', ''again'')', 'TV009', 'before');
SELECT testing.refused('UPDATE api_tokens SET revoked_at = NULL, revoked_by = NULL, revoke_reason = NULL', 'TV003', 'not changed');
SELECT testing.same((SELECT count(*) FROM enter_request(pg_temp.h('e1'), 'TOKEN', 'r-10')), 0::bigint, 'revoked');
SELECT testing.same((SELECT string_agg(event_type || ' ' || coalesce(details ->> 'reason', details ->> 'cause'), ',' ORDER BY security_event_id) FROM security_events WHERE subject_id = :erp AND details ->> 'api_token' = :'e1' AND event_type <> 'API_TOKEN_CREATED'),
  'API_TOKEN_REVOKED laptop lost,API_TOKEN_REFUSED REVOKED', 'the events');

-- An account that stops being active loses its tokens for good.
SELECT testing.act('sample.admin');
SELECT create_api_token('erp', 'ERP at night', pg_temp.h('e2'), '{order:read}', now() + interval '30 days') AS e2 \gset
SELECT testing.same((SELECT concat_ws(' ', api_tokens, permissions, mfa_state) FROM v_access_review WHERE login = 'erp'), '1 4 NOT_REQUIRED', 'the review of access');
SELECT disable_user('erp', 'exchange stopped');
SELECT testing.same((SELECT concat_ws(' ', api_tokens, permissions) FROM v_access_review WHERE login = 'erp'), '0 0', 'the review of access');
SELECT enable_user('erp', 'exchange goes on');
SELECT testing.same((SELECT count(*) FROM enter_request(pg_temp.h('e2'), 'TOKEN', 'r-11')), 0::bigint, 'a token of before');

-- Who sees tokens: their own account and those who look after tokens; nobody sees a hash.
SELECT testing.act('sample.admin');
SELECT create_api_token('sample.admin', 'Mine', pg_temp.h('a2'), '{order:read}', now() + interval '1 day') \g /dev/null
SET SESSION AUTHORIZATION torvan_app;
SELECT testing.act('sample.admin');
SELECT testing.same((SELECT count(*) FROM (SELECT api_token_id, name, scopes FROM api_tokens) t), 3::bigint, 'an Administrator sees all');
SELECT testing.refused('SELECT token_hash FROM api_tokens', '42501', 'permission denied');
SELECT testing.act('sample.sales');
SELECT testing.same((SELECT count(*) FROM (SELECT api_token_id FROM api_tokens) t), 0::bigint, 'others see none');
SELECT testing.act('erp');
SELECT testing.same((SELECT count(*) FROM (SELECT api_token_id FROM api_tokens) t), 2::bigint, 'a program its own');
