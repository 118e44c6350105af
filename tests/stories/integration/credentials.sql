-- Credentials of other systems are kept encrypted, in one form for all kinds of proof, and nothing that is refused shows them.
CREATE TEMP TABLE key_file AS SELECT line FROM generate_key_file();
SELECT register_encryption_keys();
SELECT use_encryption_keys(false);
SELECT testing.act('sample.admin');
SELECT allow_host('https://erp.example', 'the books'), allow_host('https://hooks.example', 'webhooks');
SELECT save_external_system('BOOKS', 'ERP', 'Books', 'https://erp.example/api') AS erp \gset
SELECT testing.same(has_credentials, false, 'none yet') FROM external_systems WHERE system_code = 'BOOKS';
SELECT give_system_credentials('books', 'basic', 'open sesame', 'torvan');
SELECT testing.same(decrypt_value(credentials, 'external_systems|credentials|' || :erp)::jsonb, '{"scheme": "BASIC", "account": "torvan", "secret": "open sesame"}', 'what a connection reads')
  FROM external_systems WHERE system_code = 'BOOKS';
SELECT testing.same(has_credentials::text || credential_scheme, 'trueBASIC', 'how, but not what') FROM external_systems WHERE system_code = 'BOOKS';
SELECT testing.ok(NOT EXISTS (SELECT FROM audit_log a WHERE a.table_name = 'external_systems' AND a::text LIKE '%sesame%'), 'no trail has it'),
       testing.ok(EXISTS (SELECT FROM audit_log a WHERE a.table_name = 'external_systems' AND a.new_values ? 'credentials_given_at' AND NOT a.new_values ? 'credentials'), 'but that there are new ones');
SELECT give_system_credentials('BOOKS', 'BEARER', 't0ken');
SELECT testing.same(decrypt_value(credentials, 'external_systems|credentials|' || :erp)::jsonb, '{"scheme": "BEARER", "account": null, "secret": "t0ken"}', 'in place of those before') FROM external_systems WHERE system_code = 'BOOKS';

SELECT testing.ok(testing.refused(format('SELECT give_system_credentials(%L, %L, %L, %L)', 'BOOKS', c.scheme, c.secret, c.account), 'TV022', c.says) NOT LIKE '%hidden%', 'what is refused is not shown')
  FROM (VALUES ('OTHER', 'hidden', NULL, 'no scheme'), (NULL, 'hidden', NULL, 'no scheme'), ('BASIC', 'hidden', NULL, 'do not go'), ('BASIC', 'hidden', ' ', 'do not go'),
               ('BEARER', 'hidden', 'somebody', 'do not go'), ('BASIC', 'hidden', 'a:b', 'cannot be sent'), ('HEADER', 'hidden', 'X Key', 'cannot be sent'), ('HEADER', 'hidden', E'X\nKey', 'do not go'),
               ('KEYS', '', 'AKIA', 'secret is missing'), ('KEYS', NULL, 'AKIA', 'secret is missing'), ('CLIENT', E'hidden\nline', 'me', 'cannot be sent'), ('CLIENT', repeat('hidden', 700), 'me', 'longer than')) AS c (scheme, secret, account, says);
SELECT testing.same(credential_scheme, 'BEARER', 'what was refused changed nothing') FROM external_systems WHERE system_code = 'BOOKS';
SELECT testing.refused($$SELECT give_system_credentials('NOWHERE', 'BEARER', 'x')$$, 'TV004', 'no external system');

SELECT withdraw_system_credentials('BOOKS', 'the contract ended');
SELECT testing.ok(credentials IS NULL AND credential_scheme IS NULL AND NOT has_credentials, 'they are gone') FROM external_systems WHERE system_code = 'BOOKS';
SELECT testing.refused($$SELECT withdraw_system_credentials('BOOKS', 'again')$$, 'TV009', 'no credentials');

-- A receiver of webhooks has a secret instead; for a while the one before is good as well.
SELECT save_external_system('HOOK', 'WEBHOOK', 'Hook', 'https://hooks.example/a', 'OUT', '{}', '{order.*}');
SELECT testing.refused($$SELECT give_system_credentials('HOOK', 'BEARER', 'x')$$, 'TV009', 'receiver of webhooks');
SELECT testing.refused($$SELECT renew_webhook_secret('BOOKS')$$, 'TV009', 'no receiver');
SELECT testing.refused($$SELECT renew_webhook_secret('HOOK', 721)$$, 'TV022', '721 hours');
SELECT renew_webhook_secret('HOOK') AS first \gset
SELECT testing.ok(:'first' ~ '^whsec_[A-Za-z0-9+/]{43}=$', '32 bytes in Base64');
SELECT renew_webhook_secret('HOOK', 2) AS second \gset
SELECT testing.ok(:'first' <> :'second', 'another one');
SELECT testing.same(decrypt_value(w.secret, 'webhook_endpoints|secret|' || w.webhook_endpoint_id), :'second', 'the new one signs'),
       testing.same(decrypt_value(w.previous_secret, 'webhook_endpoints|secret|' || w.webhook_endpoint_id), :'first', 'and the old one, for two hours'),
       testing.ok(w.previous_valid_until BETWEEN clock_timestamp() + interval '1 hour 59 minutes' AND clock_timestamp() + interval '2 hours', 'so long')
  FROM webhook_endpoints w JOIN external_systems USING (external_system_id) WHERE system_code = 'HOOK';
SELECT renew_webhook_secret('HOOK', 0) AS third \gset
SELECT testing.ok(previous_secret IS NULL, 'at once, where the old one has leaked') FROM webhook_endpoints JOIN external_systems USING (external_system_id) WHERE system_code = 'HOOK';
SELECT activate_external_system('HOOK', true, 'go live');

SELECT testing.act('sample.sales');
SELECT testing.refused($$SELECT give_system_credentials('BOOKS', 'BEARER', 'x')$$, '42501');
SELECT testing.refused($$SELECT renew_webhook_secret('HOOK')$$, '42501');
