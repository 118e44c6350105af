-- Roles: several at once, from when until when, never twice at the same time, never deleted; who may give and take them.
SELECT testing.act('sample.admin');
SELECT grant_role('sample.service', 'SALES_MANAGER', NULL, now() + interval '10 days', 'holiday cover') AS grant_id \gset
SELECT testing.act('sample.service');
SELECT testing.ok(has_permission('order:create') AND has_permission('service_order:receive'), 'both roles count');
SELECT set_config('torvan.clock_offset', '10 days 1 second', false) \g /dev/null
SELECT testing.ok(NOT has_permission('order:create') AND has_permission('service_order:receive'), 'the second role is over by itself');
SELECT set_config('torvan.clock_offset', '-1 minute', false) \g /dev/null
SELECT testing.ok(NOT has_permission('order:create'), 'not before it begins');
SELECT set_config('torvan.clock_offset', '', false) \g /dev/null

SELECT testing.act('sample.admin');
SELECT testing.refused($$SELECT grant_role('sample.service', 'SALES_MANAGER', now() + interval '5 days', NULL, 'again')$$, 'TV009', 'in that time already');
SELECT grant_role('sample.service', 'SALES_MANAGER', now() + interval '20 days', now() + interval '30 days', 'later again') AS later_id \gset
SELECT testing.refused($$SELECT grant_role('sample.service', 'QC_INSPECTOR', now(), now() - interval '1 day', 'backwards')$$, 'TV022', 'end before it begins');
SELECT testing.refused($$SELECT grant_role('sample.service', 'KING', NULL, NULL, 'why not')$$, 'TV004', 'KING');
SELECT testing.refused($$SELECT grant_role('sample.service', 'QC_INSPECTOR')$$, 'TV022', 'reason');
SELECT testing.refused($$SELECT grant_role('sample.admin', 'QC_INSPECTOR', NULL, NULL, 'I want to inspect')$$, 'TV025', 'give themselves a role');

SELECT testing.refused('DELETE FROM user_roles WHERE user_role_id = ' || :grant_id, 'TV003', 'not deleted');
SELECT testing.refused('UPDATE user_roles SET valid_to = valid_to + interval ''1 day'' WHERE user_role_id = ' || :grant_id, 'TV003', 'only ends earlier');
SELECT testing.refused('UPDATE user_roles SET valid_to = NULL WHERE user_role_id = ' || :grant_id, 'TV003', 'only ends earlier');
SELECT testing.refused('UPDATE user_roles SET role_id = 1 WHERE user_role_id = ' || :grant_id, 'TV003', 'only ends earlier');
SELECT testing.refused('UPDATE user_roles SET user_id = 1 WHERE user_role_id = ' || :grant_id, 'TV003', 'only ends earlier');

SELECT testing.same(revoke_role('sample.service', 'SALES_MANAGER', 'cover not needed'), 2, 'grants ended, the one to come included');
SELECT testing.act('sample.service');
SELECT testing.ok(NOT has_permission('order:create'), 'ended now');
SELECT set_config('torvan.clock_offset', '25 days', false) \g /dev/null
SELECT testing.ok(NOT has_permission('order:create'), 'and never begins');
SELECT set_config('torvan.clock_offset', '', false) \g /dev/null
SELECT testing.act('sample.admin');
SELECT testing.refused($$SELECT revoke_role('sample.service', 'SALES_MANAGER', 'again')$$, 'TV004', 'no role SALES_MANAGER');
SELECT testing.same((SELECT ended_by = current_user_id() AND end_reason = 'cover not needed' FROM user_roles WHERE user_role_id = :grant_id), true, 'who ended it and why');
SELECT testing.same((SELECT string_agg(event_type, ',' ORDER BY security_event_id) FROM security_events WHERE event_type LIKE 'ROLE%'), 'ROLE_GRANTED,ROLE_GRANTED,ROLE_REVOKED,ROLE_REVOKED', 'events');
SELECT testing.same((SELECT count(*) FROM outbox_events WHERE event_type IN ('user.role_granted', 'user.role_ended')), 4::bigint, 'people are told');

SELECT testing.act('sample.production');
SELECT testing.refused($$SELECT grant_role('sample.service', 'QC_INSPECTOR', NULL, NULL, 'please')$$, '42501', 'role:assign');
SELECT testing.refused($$SELECT revoke_role('sample.service', 'CUSTOMER_SERVICE', 'please')$$, '42501', 'role:assign');
SELECT testing.refused($$SELECT grant_permission('PRODUCTION_MANAGER', 'user:create', 'please')$$, '42501', 'role:update');

-- The last Administrator who can sign in stays.
SELECT testing.nobody();
INSERT INTO user_credentials (user_id, password_hash) SELECT user_id, '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaA' FROM users WHERE login = 'sample.admin';
UPDATE users SET password_changed_at = now() WHERE login = 'sample.admin';
SELECT testing.refused($$SELECT revoke_role('sample.admin', 'ADMINISTRATOR', 'all of them')$$, 'TV009', 'last Administrator');
SELECT testing.refused($$SELECT disable_user('sample.admin', 'all of them')$$, 'TV009', 'last Administrator');
SELECT testing.refused($$SELECT lock_user('sample.admin', 'all of them')$$, 'TV009', 'last Administrator');
SELECT grant_role('sample.sales', 'ADMINISTRATOR', NULL, NULL, 'second one') \g /dev/null
SELECT testing.refused($$SELECT disable_user('sample.admin', 'the second one has no password')$$, 'TV009', 'last Administrator');
INSERT INTO user_credentials (user_id, password_hash) SELECT user_id, '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaA' FROM users WHERE login = 'sample.sales';
UPDATE users SET password_changed_at = now() WHERE login = 'sample.sales';
SELECT disable_user('sample.admin', 'now there is another');

-- Permissions of roles: each change is a security event and works at once.
SELECT testing.act('sample.sales');
SELECT grant_permission('CUSTOMER_SERVICE', 'bom:export', 'monthly report');
SELECT testing.refused($$SELECT grant_permission('CUSTOMER_SERVICE', 'bom:export', 'monthly report')$$, 'TV009', 'already');
SELECT testing.refused($$SELECT grant_permission('CUSTOMER_SERVICE', 'report:invent', 'monthly report')$$, 'TV004', 'report:invent');
SELECT testing.act('sample.service');
SELECT testing.ok(has_permission('bom:export'), 'given');
SELECT testing.act('sample.sales');
SELECT revoke_permission('CUSTOMER_SERVICE', 'bom:export', 'no more');
SELECT testing.refused($$SELECT revoke_permission('CUSTOMER_SERVICE', 'bom:export', 'no more')$$, 'TV004', 'does not have');
SELECT testing.same((SELECT string_agg(concat_ws(' ', details ->> 'operation', details ->> 'role', details -> 'permissions' ->> 0, details ->> 'reason'), '; ' ORDER BY security_event_id)
                       FROM security_events WHERE event_type = 'PERMISSION_CHANGED' AND actor = 'sample.sales'),
  'INSERT CUSTOMER_SERVICE bom:export monthly report; DELETE CUSTOMER_SERVICE bom:export no more', 'events of permissions');
