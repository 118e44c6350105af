-- Encrypted values: read back only with the right key, at their own place and unchanged; keys are nowhere in the database.

-- Before any key was registered or given, every function says what is missing.
SELECT testing.refused('SELECT encrypt_value(''x'', ''t|c|1'')', 'TV030', 'data key is not in this transaction');
SELECT testing.refused('SELECT blind_index(''x'', ''p'')', 'TV030', 'index key');
SELECT testing.refused('SELECT use_encryption_keys()', 'TV030', 'no temporary table key_file');
SELECT testing.refused('SELECT * FROM generate_key_file(''{DATA,PAPER}'')', 'TV022', 'PAPER');

-- A key file as the DBA keeps it; here in a table, because a story has no files.
CREATE TEMP TABLE safe AS SELECT line FROM generate_key_file();
SELECT testing.same((SELECT count(*) FROM safe WHERE line ~ '^[123] (DATA|INDEX|AUDIT) [A-Za-z0-9+/]{43}=$'), 3::bigint, 'lines of a key file');
CREATE TEMP TABLE key_file (line text);
INSERT INTO key_file VALUES ('1 DATA not-a-key');
SELECT testing.refused('SELECT register_encryption_keys()', 'TV022', '1 line(s)');
SELECT testing.ok(position('not-a-key' IN testing.refused('SELECT use_encryption_keys()', 'TV022')) = 0, 'an error does not show a line of the key file');
TRUNCATE key_file;
INSERT INTO key_file SELECT line FROM safe UNION ALL SELECT '# a comment' UNION ALL SELECT '';
SELECT testing.refused('SELECT use_encryption_keys()', 'TV032', 'No key 1 is registered');
SELECT testing.same(register_encryption_keys(), 3, 'keys registered');
SELECT testing.same(register_encryption_keys(), 0, 'registered a second time');
SELECT testing.same((SELECT string_agg(purpose || ' ' || state, ', ' ORDER BY encryption_key_id) FROM encryption_keys), 'DATA ACTIVE, INDEX ACTIVE, AUDIT ACTIVE', 'registered keys');
SELECT testing.same(use_encryption_keys(false), 3, 'keys in use');
SELECT testing.ok(to_regclass('pg_temp.key_file') IS NULL, 'the key file is not left in the session');

-- Round trips.
SELECT testing.same(decrypt_value(encrypt_value(plain, 't|c|1'), 't|c|1'), plain, 'round trip of ' || quote_literal(plain))
  FROM (VALUES (''), ('a'), ('fifteen letters'), ('sixteen letters.'), ('Żółć, Ωμέγα, 漢字, 🙂'), (repeat('long ', 10000)), (E'tab\tnewline\n')) AS t (plain);
SELECT testing.ok(encrypt_value(NULL, 't|c|1') IS NULL AND decrypt_value(NULL, 't|c|1') IS NULL AND blind_index(NULL, 'p') IS NULL, 'null stays null');
SELECT testing.refused('SELECT encrypt_value(''x'', NULL)', 'TV022', 'none was named');
SELECT testing.ok(encrypt_value('same', 't|c|1') <> encrypt_value('same', 't|c|1'), 'the same value never looks the same');
SELECT testing.same(length(encrypt_value('anna@example.com', 't|c|1')), 1 + 2 + 16 + 32 + 32, 'bytes of a value of 16 letters');

-- Another place, other bytes.
SELECT encrypt_value('anna@example.com', encryption_context('customers', 'email', '17')) AS sealed \gset
SELECT testing.refused(format('SELECT decrypt_value(%L, %L)', :'sealed', context), 'TV031', 'does not belong to ' || context)
  FROM (VALUES ('customers|email|18'), ('customers|phone|17'), ('users|email|17'), ('customers|email|1'), ('')) AS wrong (context);
SELECT testing.refused(format('SELECT decrypt_value(%L, NULL)', :'sealed'), 'TV031', 'a place without a name');
-- Every bit of every byte: one byte of the format, two of the key's number (there unknown keys), the rest to the last.
SELECT count(testing.refused(format('SELECT decrypt_value(%L, ''customers|email|17'')', set_bit(:'sealed'::bytea, n, 1 - get_bit(:'sealed'::bytea, n))),
                             CASE WHEN n BETWEEN 8 AND 23 THEN 'TV032' ELSE 'TV031' END)) AS bits_refused
  FROM generate_series(0, 8 * 83 - 1) AS n WHERE n NOT IN (16, 17);
-- Bits 16 and 17 turn key 1 into keys 0 and 3, the second of which is there and is another key.
SELECT testing.refused(format('SELECT decrypt_value(%L, ''customers|email|17'')', set_byte(:'sealed'::bytea, 2, 0)), 'TV032', 'no key 0');
SELECT testing.refused(format('SELECT decrypt_value(%L, ''customers|email|17'')', set_byte(:'sealed'::bytea, 2, 3)), 'TV031');
-- Cut and lengthened.
SELECT count(testing.refused(format('SELECT decrypt_value(%L, ''customers|email|17'')', substr(:'sealed'::bytea, 1, n)), 'TV031')) FROM generate_series(0, 82) AS n;
SELECT testing.refused(format('SELECT decrypt_value(%L, ''customers|email|17'')', :'sealed'::bytea || '\x00'), 'TV031');
SELECT testing.same(decrypt_value(:'sealed'::bytea, 'customers|email|17'), 'anna@example.com', 'untouched');

-- Blind index: equal for what people take for equal, of one purpose.
SELECT testing.same(blind_index('  Anna@Example.COM ', 'email'), blind_index('anna@example.com', 'email'), 'case and spaces do not count');
SELECT testing.same(blind_index(U&'Zoe\0301', 'name'), blind_index(U&'ZO\00C9', 'name'), 'nor does the way of writing an accent');
SELECT testing.ok(blind_index('anna@example.com', 'email') <> blind_index('anna@example.com', 'name'), 'purposes differ');
SELECT testing.ok(blind_index('anna@example.com', 'email') <> blind_index('anna@example.con', 'email'), 'values differ');
SELECT testing.refused('SELECT blind_index(''x'', ''a|b'')', 'TV022', 'without a bar');

-- A wrong key is found before it is used; a key of one transaction is gone in the next.
SELECT testing.refused(format('SELECT use_encryption_key(1::smallint, %L)', gen_random_bytes(32)), 'TV030', 'check value differs');
SELECT forget_encryption_keys();
SELECT testing.refused(format('SELECT decrypt_value(%L, ''customers|email|17'')', :'sealed'), 'TV030', 'key 1 is not in this transaction');
SELECT testing.refused('SELECT encrypt_value(''x'', ''t|c|1'')', 'TV030', 'data key');
BEGIN;
SELECT use_encryption_key(1::smallint, decode(split_part(line, ' ', 3), 'base64')) FROM safe WHERE line LIKE '1 %';
SELECT testing.same(decrypt_value(:'sealed'::bytea, 'customers|email|17'), 'anna@example.com', 'in the transaction with the key');
COMMIT;
SELECT testing.refused(format('SELECT decrypt_value(%L, ''customers|email|17'')', :'sealed'), 'TV030', 'key 1');

-- No key, in no form, is in any table, the trail or the statistics of statements.
CREATE TEMP TABLE secrets AS
  SELECT form FROM safe, LATERAL (SELECT decode(split_part(line, ' ', 3), 'base64') AS key) k,
         LATERAL (VALUES (split_part(line, ' ', 3)), (encode(key, 'hex')), (encode(hmac('torvan encryption'::bytea, key, 'sha256'), 'hex')), (encode(hmac('torvan authentication'::bytea, key, 'sha256'), 'hex'))) f (form);
SELECT testing.same((SELECT count(*) FROM secrets), 12::bigint, 'forms of three keys');
SELECT testing.same((SELECT count(*) FROM audit_log a, secrets s WHERE position(s.form IN a::text) > 0), 0::bigint, 'keys in the trail');
SELECT testing.same((SELECT count(*) FROM encryption_keys k, secrets s WHERE position(s.form IN k::text) > 0), 0::bigint, 'keys in the registry');
SELECT to_regclass('pg_stat_statements') IS NOT NULL AS has_statistics \gset
\if :has_statistics
SELECT testing.same((SELECT count(*) FROM pg_stat_statements p, secrets s WHERE position(s.form IN p.query) > 0), 0::bigint, 'keys in the statistics of statements');
\endif
