-- torvan.scopes narrows every right in its transaction, whoever acts, and never gives one.
SELECT testing.act('sample.production');
SELECT testing.ok(has_permission('order:read') AND has_permission('bom:approve') AND NOT is_narrowed(), 'without it');
SELECT set_config('torvan.scopes', 'order:read,user:create', false) \g /dev/null
SELECT testing.ok(is_narrowed() AND has_permission('order:read'), 'named, and theirs');
SELECT testing.ok(NOT has_permission('bom:approve'), 'theirs, not named');
SELECT testing.ok(NOT has_permission('user:create'), 'named, not theirs');
SELECT testing.ok(NOT has_permission('order:rea') AND NOT has_permission('order:read,user:create') AND NOT has_permission(NULL), 'whole names only');
SELECT testing.refused($$SELECT require_permission('bom:approve')$$, '42501', 'bom:approve');
SELECT testing.refused($$SELECT require_person('bom:approve')$$, '42501', 'bom:approve');
SELECT testing.same((SELECT string_agg(permission_code, ',') FROM permissions WHERE has_permission(permission_code)), 'order:read', 'all that is left');
SELECT set_config('torvan.scopes', ',', false) \g /dev/null
SELECT testing.same((SELECT count(*) FROM permissions WHERE has_permission(permission_code)), 0::bigint, 'a list of nothing is nothing');

-- The owner of the database, and people of customers, are narrowed alike.
SELECT testing.nobody();
SELECT testing.ok(NOT has_permission('order:read'), 'the owner acting for nobody');
SELECT set_config('torvan.scopes', '', false) \g /dev/null
SELECT testing.ok(has_permission('order:read'), 'and without it');
SELECT create_user('customer.person', 'Cora Customer', NULL, 'EN', 'PORTAL', 'STELMO') \g /dev/null
SELECT testing.know_people();
SET SESSION AUTHORIZATION torvan_app;
SELECT testing.act('customer.person');
SELECT testing.ok(may_read('order:read') AND (SELECT count(*) > 0 FROM orders), 'a person of a customer');
SELECT set_config('torvan.scopes', 'order:read', false) \g /dev/null
SELECT testing.ok(NOT may_read('order:read') AND (SELECT count(*) = 0 FROM orders), 'who has no tokens');

-- Rows: a person who may see all orders sees only what is named.
SELECT testing.act('sample.sales');
SELECT testing.ok((SELECT count(*) = 0 FROM customers), 'customers are not named');
SELECT testing.ok(may_read('order:read') AND NOT sees_all_orders(), 'orders are, all orders are not');
SELECT set_config('torvan.scopes', 'order:read,order:read_all', false) \g /dev/null
SELECT testing.ok((SELECT count(*) > 0 FROM orders), 'now they are');

-- What needs no permission for one's own is not open either.
SET SESSION AUTHORIZATION torvan_user;
SELECT set_config('torvan.scopes', '', false) \g /dev/null
SELECT testing.act('sample.production');
SELECT delegate_role('PRODUCTION_MANAGER', 'sample.service', NULL, now() + interval '3 days', 'holiday') AS lent \gset
SELECT set_config('torvan.scopes', 'order:read', false) \g /dev/null
SELECT testing.refused('SELECT end_delegation(' || :lent || ', ''back'')', 'TV004', 'no delegation');
SELECT testing.refused('SELECT revoke_all_sessions(''sample.production'', ''mine'')', '42501', 'session:revoke');
SELECT testing.refused('SELECT require_step_up()', 'TV011', 'token does not open');
SELECT testing.refused('SELECT sign(''orders'', 1, ''approved'')', 'TV010', 'never signs');
SELECT set_config('torvan.scopes', '', false) \g /dev/null
SELECT end_delegation(:lent, 'back');
