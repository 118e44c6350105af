-- Delegation (assurance.md A7): start, end, reason, grantor; ends by itself and with the role; no signing unless granted; never passed on.
SELECT testing.act('sample.production');
SELECT testing.refused($$SELECT delegate_role('PRODUCTION_MANAGER', 'sample.service', NULL, NULL, 'holiday')$$, 'TV022', 'no end');
SELECT testing.refused($$SELECT delegate_role('PRODUCTION_MANAGER', 'sample.service', NULL, now() - interval '1 hour', 'holiday')$$, 'TV022', 'no end');
SELECT testing.refused($$SELECT delegate_role('PRODUCTION_MANAGER', 'sample.service', NULL, now() + interval '91 days', 'holiday')$$, 'TV022', 'within 90 days');
SELECT testing.refused($$SELECT delegate_role('PRODUCTION_MANAGER', 'sample.service', NULL, now() + interval '5 days', '')$$, 'TV022', 'reason');
SELECT testing.refused($$SELECT delegate_role('PRODUCTION_MANAGER', 'sample.production', NULL, now() + interval '5 days', 'holiday')$$, 'TV022', 'oneself');
SELECT testing.refused($$SELECT delegate_role('ADMINISTRATOR', 'sample.service', NULL, now() + interval '5 days', 'holiday')$$, '42501', 'no role ADMINISTRATOR');
SELECT testing.refused($$SELECT delegate_role('PRODUCTION_MANAGER', 'nobody.here', NULL, now() + interval '5 days', 'holiday')$$, 'TV004', 'nobody.here');
SELECT delegate_role('PRODUCTION_MANAGER', 'sample.service', now() + interval '1 day', now() + interval '5 days', 'holiday') AS lent \gset
SELECT testing.refused($$SELECT delegate_role('PRODUCTION_MANAGER', 'sample.service', now() + interval '2 days', now() + interval '3 days', 'holiday')$$, 'TV009', 'already');

-- By the clock: not before, during, not after.
SELECT testing.act('sample.service');
SELECT testing.ok(NOT has_permission('order:approve'), 'before its beginning');
SELECT set_config('torvan.clock_offset', '2 days', false) \g /dev/null
SELECT testing.ok(has_permission('order:approve') AND has_permission('service_order:receive'), 'while it lasts');
SELECT testing.same((SELECT state FROM v_delegations WHERE user_role_id = :lent), 'IN_FORCE', 'state while it lasts');
-- Never passed on, and never from the delegated role's own right to delegate.
SELECT testing.refused($$SELECT delegate_role('PRODUCTION_MANAGER', 'sample.technician', NULL, identity_now() + interval '1 day', 'pass it on')$$, '42501', 'no role PRODUCTION_MANAGER of their own');
SELECT testing.refused($$SELECT delegate_role('CUSTOMER_SERVICE', 'sample.technician', NULL, identity_now() + interval '1 day', 'my own')$$, 'TV022', 'not one that its people delegate');
SELECT testing.refused($$INSERT INTO user_roles (user_id, role_id, valid_from, valid_to, delegated_by, may_sign, grant_reason)
  SELECT t.user_id, r.role_id, now(), now() + interval '1 day', s.user_id, false, 'by hand' FROM users t, users s, roles r WHERE t.login = 'sample.technician' AND s.login = 'sample.service' AND r.role_code = 'PRODUCTION_MANAGER'$$,
  '42501', 'of their own');
SELECT set_config('torvan.clock_offset', '5 days 1 second', false) \g /dev/null
SELECT testing.ok(NOT has_permission('order:approve'), 'over by itself');
SELECT testing.same((SELECT state FROM v_delegations WHERE user_role_id = :lent), 'OVER', 'state when it is over');
SELECT set_config('torvan.clock_offset', '2 days', false) \g /dev/null

-- Suspended with its grantor, and ended with the role.
SELECT testing.nobody();
SELECT disable_user('sample.production', 'on leave');
SELECT testing.act('sample.service');
SELECT testing.ok(NOT has_permission('order:approve'), 'the grantor is not active');
SELECT testing.same((SELECT state FROM v_delegations WHERE user_role_id = :lent), 'SUSPENDED', 'state while the grantor is away');
SELECT testing.nobody();
SELECT enable_user('sample.production', 'back');
SELECT testing.act('sample.service');
SELECT testing.ok(has_permission('order:approve'), 'the grantor is back');
SELECT testing.act('sample.admin');
SELECT revoke_role('sample.production', 'PRODUCTION_MANAGER', 'other job') \g /dev/null
SELECT testing.act('sample.service');
SELECT testing.ok(NOT has_permission('order:approve'), 'the grantor lost the role');
SELECT testing.same((SELECT end_reason FROM user_roles WHERE user_role_id = :lent), 'the role itself ended', 'why it ended');
SELECT testing.act('sample.admin');
SELECT grant_role('sample.production', 'PRODUCTION_MANAGER', NULL, identity_now() + interval '3 days', 'other job again') \g /dev/null
SELECT testing.act('sample.service');
SELECT testing.ok(NOT has_permission('order:approve'), 'a new grant does not bring the delegation back');
SELECT testing.act('sample.production');
SELECT testing.refused($$SELECT delegate_role('PRODUCTION_MANAGER', 'sample.service', NULL, identity_now() + interval '4 days', 'holiday')$$, 'TV022', 'outlast the role');

-- Who may end it: grantor, delegate, Administrator; for others it does not exist.
SELECT delegate_role('PRODUCTION_MANAGER', 'sample.service', NULL, identity_now() + interval '2 days', 'holiday') AS second \gset
SELECT testing.same((SELECT grantor || ' to ' || delegate FROM my_delegations() WHERE user_role_id = :second), 'Pat Production (sample) to Casey Service (sample)', 'seen by the grantor');
SELECT testing.act('sample.sales');
SELECT testing.same((SELECT count(*) FROM my_delegations()), 0::bigint, 'not by others');
SELECT testing.refused('SELECT end_delegation(' || :second || ', ''not mine'')', 'TV004', 'of yours');
SELECT testing.act('sample.service');
SELECT end_delegation(:second, 'too much for me');
SELECT testing.ok(NOT has_permission('order:approve'), 'ended by the delegate');
SELECT testing.refused('SELECT end_delegation(' || :second || ', ''again'')', 'TV009', 'over already');
SELECT set_config('torvan.clock_offset', '', false) \g /dev/null
SELECT testing.act('sample.technician');
SELECT testing.refused($$SELECT delegate_role('ASSEMBLY_TECHNICIAN', 'sample.service', NULL, now() + interval '1 day', 'holiday')$$, '42501', 'role:delegate');
SELECT testing.same((SELECT count(*) FROM security_events WHERE event_type = 'ROLE_DELEGATED'), 2::bigint, 'delegations are security events');
SELECT testing.same((SELECT count(*) FROM security_events WHERE event_type = 'DELEGATION_ENDED'), 2::bigint, 'and their ends');
-- A delegation of a delegated role, put there past the rules, gives nothing.
SELECT testing.act('sample.production');
SELECT delegate_role('PRODUCTION_MANAGER', 'sample.quality', NULL, now() + interval '1 day', 'holiday') \g /dev/null
SET SESSION AUTHORIZATION postgres;
SET session_replication_role = replica;
INSERT INTO user_roles (user_id, role_id, valid_to, delegated_by, grant_reason)
SELECT t.user_id, r.role_id, now() + interval '1 day', s.user_id, 'by hand' FROM users t, users s, roles r WHERE t.login = 'sample.technician' AND s.login = 'sample.quality' AND r.role_code = 'PRODUCTION_MANAGER';
SET session_replication_role = origin;
SET SESSION AUTHORIZATION torvan_user;
SELECT testing.act('sample.quality');
SELECT testing.ok(has_permission('order:approve'), 'the delegate');
SELECT testing.act('sample.technician');
SELECT testing.ok(NOT has_permission('order:approve'), 'the delegate of the delegate');

-- Through the server a loan is in the list of whoever lent it and of whoever has it, and of nobody else.
SET SESSION AUTHORIZATION torvan_app;
SELECT testing.act('sample.production');
SELECT testing.ok((SELECT count(*) > 0 FROM v_delegations WHERE grantor_id = current_user_id()), 'who lent it');
SELECT testing.act('sample.service');
SELECT testing.ok((SELECT bool_and(delegate_id = current_user_id()) FROM v_delegations), 'who has it');
SELECT testing.act('sample.sales');
SELECT testing.same((SELECT count(*) FROM v_delegations), 0::bigint, 'not others');
