-- Accounts: making them, their kinds and states; a login never names a second account; another name is verified anew.
SELECT testing.act('sample.admin');
SELECT create_user('Nina.New', 'Nina New', 'NN') AS nina \gset
SELECT testing.same((SELECT login || ' ' || kind || ' ' || account_state FROM users WHERE user_id = :nina), 'nina.new STAFF ACTIVE', 'a new account');
SELECT testing.same((SELECT count(*) FROM user_roles WHERE user_id = :nina), 0::bigint, 'rights of a new account');
SELECT testing.ok(NOT EXISTS (SELECT FROM user_credentials WHERE user_id = :nina), 'a new account has no password');
SELECT testing.refused($$SELECT create_user('nina.new', 'Another Nina')$$, 'TV009', 'already');
SELECT testing.refused($$SELECT create_user('bad login', 'X')$$, 'TV022', 'bad login');
SELECT testing.refused($$SELECT create_user('portal.one', 'P', NULL, 'EN', 'PORTAL')$$, 'TV022', 'portal.one');
SELECT testing.refused($$SELECT create_user('portal.one', 'P', NULL, 'EN', 'PORTAL', 'NOBODY')$$, 'TV004', 'NOBODY');
SELECT testing.refused($$SELECT create_user('staff.one', 'S', NULL, 'EN', 'STAFF', 'STELMO')$$, 'TV022', 'belongs to a customer');

-- A setup code that is open is told with its end, never itself; who may not change accounts is told nothing, nor is it told once it is used.
SELECT issue_setup_code('nina.new', 'first day') AS code \gset
SELECT testing.same((SELECT purpose || ' ' || (expires_at > now()) FROM open_setup_code('Nina.New')), 'INVITATION true', 'an open code');
SELECT testing.ok(NOT EXISTS (SELECT FROM open_setup_code('nina.new') c WHERE c::text LIKE '%' || :'code' || '%'), 'the code itself is not told');
SELECT testing.act('sample.sales');
SELECT testing.ok(NOT EXISTS (SELECT FROM open_setup_code('nina.new')), 'told to those alone who change accounts');
SELECT testing.act('sample.admin');
SELECT redeem_setup_code(:'code', repeat('c', 64)) \g /dev/null
SELECT testing.ok(NOT EXISTS (SELECT FROM open_setup_code('nina.new')), 'a used code is not open');

-- Who changed a record last.
SELECT update_user('nina.new', '{"initials": "NNN"}');
SELECT testing.same((SELECT who FROM last_change_of('users', :'nina')), (SELECT display_name FROM users WHERE login = 'sample.admin'), 'who changed it');
SELECT testing.ok(NOT EXISTS (SELECT FROM last_change_of('boms', '1')), 'only of what is changed in forms');
SELECT testing.act('sample.technician');
SELECT testing.ok(NOT EXISTS (SELECT FROM last_change_of('users', :'nina')), 'not for whoever may not change it');
SELECT testing.nobody();
SELECT testing.ok(NOT EXISTS (SELECT FROM last_change_of('users', :'nina')), 'not for nobody');

-- The registry outlives renaming and erasing.
SELECT testing.nobody();
UPDATE users SET login = 'nina.married' WHERE user_id = :nina;
SELECT testing.refused($$INSERT INTO users (login, display_name) VALUES ('nina.new', 'Second')$$, 'TV009', 'used before');
UPDATE users SET login = 'nina.new' WHERE user_id = :nina;
DELETE FROM users WHERE user_id = :nina;
SELECT testing.refused($$INSERT INTO users (login, display_name) VALUES ('nina.new', 'Second')$$, 'TV009', 'used before');
SELECT testing.refused($$INSERT INTO users (login, display_name) VALUES ('nina.married', 'Second')$$, 'TV009', 'used before');
SELECT testing.refused('DELETE FROM login_registry', 'TV003', 'append-only');
SELECT testing.refused('UPDATE login_registry SET user_id = 1', 'TV003', 'append-only');
SELECT testing.ok(NOT EXISTS (SELECT FROM login_registry WHERE login_hash LIKE '%nina%'), 'the registry holds no name');
INSERT INTO users (login, display_name) VALUES ('after.nina', 'After') RETURNING user_id > :nina AS is_later \gset
SELECT testing.ok(:'is_later', 'keys are never used again');

-- Only who may.
SELECT testing.act('sample.production');
SELECT testing.refused($$SELECT create_user('x.y', 'X')$$, '42501', 'user:create');
SELECT testing.refused($$SELECT disable_user('sample.sales', 'because')$$, '42501', 'user:update');
SELECT testing.refused($$SELECT update_user('sample.sales', '{"display_name": "Z"}')$$, '42501', 'user:update');
SELECT testing.refused($$SELECT verify_identity('sample.sales', 'passport')$$, '42501', 'user:verify_identity');
SELECT testing.refused($$SELECT issue_setup_code('sample.sales', 'because')$$, '42501', 'user:update');
SELECT testing.refused($$SELECT reset_mfa('sample.sales', 'because')$$, '42501', 'user:update');
SELECT testing.refused($$SELECT disable_user('nobody.here', 'because')$$, '42501', 'user:update');

-- States: none but ACTIVE has a right, and each is one step away.
SELECT testing.act('sample.sales');
SELECT testing.ok(has_permission('order:create'), 'active');
SELECT testing.act('sample.admin');
SELECT testing.refused($$SELECT disable_user('sample.sales', '')$$, 'TV022', 'reason');
SELECT testing.refused($$SELECT enable_user('sample.sales', 'because')$$, 'TV009', 'is active');
SELECT lock_user('sample.sales', 'laptop stolen');
SELECT testing.refused($$SELECT begin_as('sample.sales')$$, 'TV004', 'no active user');
SELECT set_config('torvan.user_id', user_id::text, false) FROM users WHERE login = 'sample.sales' \g /dev/null
SELECT testing.ok(NOT has_permission('order:create'), 'locked');
SELECT testing.act('sample.admin');
SELECT testing.refused($$SELECT lock_user('sample.sales', 'again')$$, 'TV009', 'is locked');
SELECT unlock_user('sample.sales', 'laptop found');
SELECT disable_user('sample.sales', 'left the plant');
SELECT testing.same((SELECT account_state || ': ' || state_reason FROM users WHERE login = 'sample.sales'), 'DISABLED: left the plant', 'why it is disabled');
SELECT testing.refused($$SELECT issue_setup_code('sample.sales', 'because')$$, 'TV009', 'is disabled');
SELECT enable_user('sample.sales', 'came back');
SELECT update_user('sample.sales', '{"expires_at": "2020-01-01"}');
SELECT testing.refused($$SELECT begin_as('sample.sales')$$, 'TV004', 'no active user');
SELECT set_config('torvan.user_id', user_id::text, false) FROM users WHERE login = 'sample.sales' \g /dev/null
SELECT testing.ok(NOT has_permission('order:create'), 'expired');
SELECT testing.act('sample.admin');
SELECT update_user('sample.sales', '{"expires_at": null}');
SELECT testing.same((SELECT string_agg(event_type, ',' ORDER BY security_event_id) FROM security_events e JOIN users u ON u.user_id = e.subject_id
                      WHERE u.login = 'sample.sales' AND event_type LIKE 'ACCOUNT%'),
  'ACCOUNT_LOCKED,ACCOUNT_UNLOCKED,ACCOUNT_DISABLED,ACCOUNT_ENABLED,ACCOUNT_CHANGED,ACCOUNT_CHANGED', 'events of the account');

-- Identity: by a second person, for the name that was verified.
SELECT testing.refused($$SELECT verify_identity('sample.admin', 'passport')$$, 'TV025', 'verify this identity');
SELECT testing.refused($$SELECT verify_identity('sample.sales', '')$$, 'TV022', 'reason');
SELECT update_user('sample.sales', '{"display_name": "Sam Married"}');
SELECT testing.ok((SELECT identity_verified_by IS NULL AND identity_verified_on IS NULL FROM users WHERE login = 'sample.sales'), 'another name is not verified');
SELECT verify_identity('sample.sales', 'passport seen');
SELECT testing.same((SELECT person_name(identity_verified_by) || ' ' || (identity_verified_on = site_today()) FROM users WHERE login = 'sample.sales'), 'Ada Admin (sample) true', 'verified by');
SELECT testing.refused($$UPDATE users SET identity_verified_by = user_id WHERE login = 'sample.sales'$$, '23514');
SELECT testing.refused($$SELECT update_user('sample.sales', '{"login": "x"}')$$, 'TV022', 'login');
SELECT testing.refused($$SELECT update_user('sample.sales', '{"language": "DE"}')$$, 'TV022', 'not right');

-- People of customers and programs: outside the roles of the plant.
SELECT create_user('portal.stelmo', 'Pia Portal', NULL, 'EN', 'PORTAL', 'STELMO') AS pia \gset
SELECT create_user('program.erp', 'ERP', NULL, 'EN', 'SERVICE') AS erp \gset
SELECT testing.refused($$SELECT grant_role('portal.stelmo', 'CUSTOMER_SERVICE', NULL, NULL, 'help')$$, 'TV022', 'PORTAL');
SELECT testing.refused($$SELECT grant_role('program.erp', 'ADMINISTRATOR', NULL, NULL, 'help')$$, 'TV022', 'SERVICE');
SELECT testing.refused($$SELECT verify_identity('program.erp', 'seen')$$, 'TV009', 'not one of a person');
SELECT testing.refused('UPDATE users SET kind = ''STAFF'', customer_id = NULL WHERE login = ''portal.stelmo''', 'TV003', 'never change');
SELECT testing.nobody();
INSERT INTO roles (role_code, name, description, is_for_programs) VALUES ('ERP_EXCHANGE', 'ERP exchange', 'Reads orders.', true);
SELECT grant_permission('ERP_EXCHANGE', 'order:read', 'exchange'), grant_permission('ERP_EXCHANGE', 'order:create', 'exchange');
SELECT grant_role('program.erp', 'ERP_EXCHANGE', NULL, NULL, 'exchange') \g /dev/null
SELECT testing.refused($$SELECT grant_role('sample.sales', 'ERP_EXCHANGE', NULL, NULL, 'help')$$, 'TV022', 'STAFF');
SELECT testing.refused($$SELECT grant_permission('ERP_EXCHANGE', 'inspection:release', 'never')$$, 'TV025', 'kept from');
SELECT testing.act('program.erp');
SELECT testing.ok(has_permission('order:read') AND NOT has_permission('bom:approve'), 'a program has what its role says');
SELECT testing.refused($$SELECT require_person('order:create')$$, 'TV010', 'is a program');
SELECT testing.refused($$SELECT sign('orders', 1, 'approved')$$, 'TV010', 'needs a person');
SELECT testing.act('portal.stelmo');
SELECT testing.same((SELECT count(*) FROM permissions WHERE has_permission(permission_code)), 0::bigint, 'permissions of a person of a customer');
SELECT testing.refused($$SELECT sign('orders', 1, 'approved')$$, 'TV010', 'needs a person');
-- Not even with a role put there past the rules.
SET SESSION AUTHORIZATION postgres;
SET session_replication_role = replica;
INSERT INTO user_roles (user_id, role_id) SELECT :pia, role_id FROM roles WHERE role_code = 'ADMINISTRATOR';
SET session_replication_role = origin;
SET SESSION AUTHORIZATION torvan_user;
SELECT testing.same((SELECT count(*) FROM permissions WHERE has_permission(permission_code)), 0::bigint, 'permissions of a person of a customer with a role');
