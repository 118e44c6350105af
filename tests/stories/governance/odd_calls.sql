-- Slips at psql are told by their field, and nothing is half done.
\ir ../_shop.sql
RESET SESSION AUTHORIZATION;
SET SESSION AUTHORIZATION torvan_user;
SELECT testing.nobody();
SELECT testing.refused('SELECT seal_audit(-1)', 'TV022', 'The limit is -1');
SELECT testing.refused('SELECT record_anchor(999999, ''\x00'', ''log book'')', 'TV004', 'There is no seal 999999');
SELECT testing.refused('SELECT replay_erasures(''{"a": 1}'')', 'TV022', 'not a ledger');
SELECT testing.refused('SELECT replay_erasures(''[{"scope": "SUBJECT", "hash": "zz", "erased_at": "2026-01-01T00:00:00Z"}]'')', 'TV022', 'not a ledger');
SELECT testing.refused('SELECT * FROM generate_key_file(''{}'')', 'TV022', 'Keys are for DATA, INDEX or AUDIT');
SELECT testing.refused('SELECT * FROM generate_key_file(NULL)', 'TV022', 'Keys are for DATA, INDEX or AUDIT');
SELECT testing.refused('SELECT * FROM audit_trail_of(''order'', ''1'')', 'TV004', 'no table "order"');
SELECT testing.refused('SELECT * FROM audit_trail_of(''orders'', NULL)', 'TV022', 'key of the record');
SELECT testing.act('sample.admin');
SELECT testing.refused('SELECT replay_erasures(''[]'')', '42501', 'repeated as nobody');
SELECT testing.refused('SELECT set_security_setting(''password_length'', NULL, ''no value'')', 'TV022', 'value of password_length is missing');
SELECT testing.refused('SELECT create_user(''Jane Doe!'', ''Jane'')', 'TV022', 'The login "Jane Doe!"');
SELECT testing.refused('SELECT create_user(''jane'', '' '')', 'TV022', 'display name is empty');
SELECT testing.refused('SELECT create_user(''jane'', ''Jane'', ''TOOLONG'')', 'TV022', 'initials has 7 characters');
SELECT testing.refused('SELECT disable_user(''sample.admin'', ''leaving'')', 'TV011', 'their own account');
SELECT testing.same((SELECT account_state FROM users WHERE login = 'sample.admin'), 'ACTIVE', 'who is still there');
