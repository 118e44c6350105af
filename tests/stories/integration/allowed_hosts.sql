-- Nothing is called that an Administrator has not allowed; addresses are written in one way only; secrets are never in clear.
SELECT testing.same((SELECT array_agg(url ORDER BY url) FROM unnest(ARRAY[
    'http://erp.example', 'HTTPS://erp.example', 'https://user@erp.example', 'https://user:pw@erp.example/', 'https://2130706433', 'https://0x7f000001', 'https://0177.0.0.1', 'https://127.1', 'https://127.0.0.1.',
    'https://[::1]', 'https://[::ffff:127.0.0.1]', 'https://erp.example.', 'https://erp..example', 'https://-erp.example', 'https://erp_x.example', 'https://erp.example:0', 'https://erp.example:99999',
    'https://erp.example\@evil.example', 'https://erp.example#@evil.example', 'https://erp.example /x', 'https://erp.example/' || chr(10), 'https://' || repeat('a', 300) || '.example', 'ftp://erp.example',
    'gopher://erp.example', 'file://host/x', 'file:///', 'file:///var/../etc', 'file:///var//log//x', 'file:///var/.hidden', 'file:///var/x/', 'file:relative', 'javascript:alert(1)', 'https://', '', 'https://1.2.3.256', 'https://0x7f.1'
  ]) url WHERE url_target(url) IS NOT NULL), NULL, 'doubtful addresses have no target');
SELECT testing.same(url_target('https://erp.example'), 'erp.example:443', 'the usual port');
SELECT testing.same(url_target('https://erp.example:8443/api/v1?x=%20y'), 'erp.example:8443', 'a port of its own');
SELECT testing.same(url_target('https://192.0.2.7/'), '192.0.2.7:443', 'an address in four parts');
SELECT testing.same(url_target('file:///srv/exchange/erp'), '/srv/exchange/erp', 'a folder');

SELECT testing.act('sample.admin');
SELECT testing.refused($$SELECT save_external_system('ERP', 'ERP', 'Books', 'https://erp.example/api')$$, 'TV009', 'not allowed');
SELECT testing.refused($$SELECT allow_host('https://user@erp.example', 'the books')$$, 'TV022', 'cannot be allowed');
SELECT testing.refused($$SELECT allow_host('https://erp.example', '')$$, 'TV022', 'reason');
SELECT allow_host('https://erp.example', 'the books') AS host_id \gset
SELECT testing.same((SELECT count(*) FROM signatures WHERE record_type = 'allowed_hosts' AND record_id = :host_id), 1::bigint, 'allowing is signed');
SELECT testing.refused($$SELECT allow_host('https://erp.example/elsewhere', 'again')$$, 'TV009', 'allowed already');
SELECT testing.ok(save_external_system('ERP', 'ERP', 'Books', 'https://erp.example/api') > 0, 'a system on an allowed host');
SELECT testing.refused($$SELECT save_external_system('ERP', 'ERP', 'Books', 'https://erp.example:8443/api')$$, 'TV009', 'not allowed');
SELECT testing.refused($$SELECT save_external_system('ERP2', 'ERP', 'Books', 'https://evil-erp.example/api')$$, 'TV009', 'not allowed');
SELECT testing.refused($$SELECT save_external_system('ERP2', 'ERP', 'Books', 'https://erp.example.evil.example/')$$, 'TV009', 'not allowed');
SELECT testing.refused($$UPDATE external_systems SET base_url = 'https://169.254.169.254/latest'$$, 'TV009', 'not allowed');
SELECT testing.refused($$SELECT save_external_system('ERP', 'BOOKS', 'Books', 'https://erp.example/api')$$, 'TV022', 'not right');
SELECT testing.refused($$SELECT save_external_system('ERP', 'ERP', 'Books', 'https://erp.example/api', 'BOTH', '{"http": [{"Api_Key": "k"}]}')$$, 'TV022', 'not right');
SELECT testing.refused($$SELECT save_external_system('ERP', 'ERP', 'Books', 'https://erp.example/api', 'BOTH', '{}', '{"order.%"}')$$, 'TV022', 'event');
SELECT testing.same((SELECT base_url FROM external_systems WHERE system_code = 'ERP'), 'https://erp.example/api', 'refused changes leave nothing');

-- A folder allows what is below it, and nothing beside it.
SELECT allow_host('file:///srv/exchange', 'files of the books') AS folder_id \gset
SELECT testing.ok(save_external_system('FILES', 'GENERIC', 'Files', 'file:///srv/exchange/erp') > 0, 'below the folder');
SELECT testing.refused($$SELECT save_external_system('FILES', 'GENERIC', 'Files', 'file:///srv/exchange2')$$, 'TV009', 'not allowed');

-- Secrets.
SELECT testing.refused($$SELECT set_system_credentials('ERP', convert_to('user:a very secret password of forty letters', 'UTF8'))$$, 'TV022', 'not encrypted');
SELECT testing.refused($$SELECT set_system_credentials('ERP', '\x0102')$$, 'TV022', 'not encrypted');
SELECT testing.refused($$UPDATE external_systems SET credentials = convert_to('user:a very secret password of forty letters', 'UTF8') WHERE system_code = 'ERP'$$, '23514');
SELECT set_system_credentials('ERP', '\x01'::bytea || gen_random_bytes(66));
SELECT testing.ok((SELECT credentials IS NOT NULL FROM external_systems WHERE system_code = 'ERP'), 'a ciphertext is kept');
SELECT testing.refused($$SELECT * FROM system_connection('ERP')$$, 'TV009', 'no connection');
SELECT activate_external_system('ERP', true, 'go live');
SELECT testing.same((SELECT (c.base_url, c.may_be_private)::text FROM system_connection('ERP') c), '(https://erp.example/api,f)', 'what the worker connects with');

-- Withdrawing a host switches off who used it; what was allowed stays on record.
SELECT testing.same(withdraw_host(:host_id, 'moved'), 1, 'systems switched off');
SELECT testing.ok((SELECT NOT is_active FROM external_systems WHERE system_code = 'ERP'), 'switched off');
SELECT testing.refused($$SELECT activate_external_system('ERP', true, 'go live again')$$, 'TV009', 'not allowed');
SELECT testing.refused(format('DELETE FROM allowed_hosts WHERE allowed_host_id = %s', :host_id), 'TV003', 'on record');
SELECT testing.refused(format('UPDATE allowed_hosts SET target = %L WHERE allowed_host_id = %s', 'evil.example:443', :folder_id), 'TV003', 'on record');
SELECT testing.refused($$SELECT withdraw_host(999999, 'no such')$$, 'TV004', 'no allowed host');

-- Only Administrators.
SELECT testing.act('sample.production');
SELECT testing.refused($$SELECT allow_host('https://other.example', 'because')$$, '42501', 'external_system:update');
SELECT testing.refused($$SELECT save_external_system('X', 'ERP', 'X', 'https://erp.example')$$, '42501', 'external_system:update');
SELECT testing.refused($$SELECT set_system_credentials('ERP', NULL)$$, '42501', 'external_system:update');
SELECT testing.refused($$SELECT * FROM system_connection('FILES')$$, '42501', 'external_system:update');
SELECT testing.refused($$SELECT process_outbox()$$, '42501', 'external_system:retry');

-- A new connection takes no other's place; what changes of one is named, and the rest stays.
SELECT testing.act('sample.admin');
SELECT allow_host('https://erp.example', 'the books again') \g /dev/null
SELECT testing.refused($$SELECT create_external_system('ERP', 'ERP', 'Books', 'https://erp.example/api')$$, 'TV009', 'already');
SELECT testing.refused($$SELECT create_external_system('erp 2', 'ERP', 'Books', 'https://erp.example/api')$$, 'TV022', 'not right');
SELECT testing.ok(create_external_system('erp-2', 'erp', 'More books', 'https://erp.example/api', 'OUT', '{"order.*"}', '{"plant": 7}') > 0, 'made');
SELECT testing.same((SELECT concat_ws(' ', system_code, system_kind, direction, event_types, settings, is_active) FROM external_systems WHERE system_code = 'ERP-2'), 'ERP-2 ERP OUT {order.*} {"plant": 7} f', 'as it was said, and switched off');
SELECT update_external_system('ERP-2', '{"name": "Books of the plant", "max_attempts": 5, "keeps_order": false}');
SELECT testing.same((SELECT concat_ws(' ', name, direction, event_types, settings, keeps_order, max_attempts) FROM external_systems WHERE system_code = 'ERP-2'), 'Books of the plant OUT {order.*} {"plant": 7} f 5', 'changed, and the rest as it was');
SELECT testing.refused($$SELECT update_external_system('ERP-2', '{"system_kind": "EMAIL"}')$$, 'TV022', 'not possible');
SELECT testing.refused($$SELECT update_external_system('ERP-2', '{"max_attempts": 0}')$$, 'TV022', 'cannot be changed');
SELECT testing.refused($$SELECT update_external_system('ERP-2', '{"name": null}')$$, 'TV022', 'cannot be changed');
SELECT testing.refused($$SELECT update_external_system('ERP-2', '{"max_attempts": "many"}')$$, 'TV022', 'cannot be changed so: max_attempts.');
SELECT testing.refused($$SELECT update_external_system('ERP-2', '{"settings": {"api_key": "geheim"}}')$$, 'TV022', 'cannot be changed so: settings.');
SELECT testing.refused($$SELECT update_external_system('ERP-2', '{"geheim": 1}')$$, 'TV022', 'not possible: geheim.');
SELECT allow_host('https://books.example', 'moved') \g /dev/null
UPDATE external_systems SET is_active = true WHERE system_code = 'ERP-2';
SELECT update_external_system('ERP-2', '{"base_url": "https://erp.example/api/v2"}');
SELECT testing.ok((SELECT is_active FROM external_systems WHERE system_code = 'ERP-2'), 'the same host');
SELECT update_external_system('ERP-2', '{"base_url": "https://books.example/api"}');
SELECT testing.ok((SELECT NOT is_active FROM external_systems WHERE system_code = 'ERP-2'), 'credentials go to no other host by themselves');
SELECT testing.refused($$SELECT update_external_system('ERP-2', '{"event_types": ["order"]}')$$, 'TV022', 'event');
SELECT testing.refused($$SELECT update_external_system('ERP-2', '{"base_url": "https://evil.example/"}')$$, 'TV009', 'not allowed');
SELECT testing.refused($$SELECT update_external_system('NONE', '{}')$$, 'TV004', 'no external system');
SELECT testing.act('sample.production');
SELECT testing.refused($$SELECT create_external_system('ERP-3', 'ERP', 'Books', 'https://erp.example/api')$$, '42501', 'permission');
SELECT testing.refused($$SELECT update_external_system('ERP-2', '{"name": "mine"}')$$, '42501', 'permission');
