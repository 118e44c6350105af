-- Keys of people, shredding, and moving everything to new keys while it stays readable.
CREATE TEMP TABLE safe AS SELECT line FROM generate_key_file();
CREATE TEMP TABLE key_file AS SELECT line FROM safe;
SELECT register_encryption_keys();
SELECT use_encryption_keys(false);

-- A table as the domains have them, with a value under the data key, one under a person's key and a blind index.
CREATE TABLE story_contacts (
  story_contact_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  subject_id bigint NOT NULL,
  phone bytea,
  email bytea,
  email_index bytea
);
SELECT install_audit();
INSERT INTO encrypted_columns (table_name, column_name, scheme, subject_column, index_column, index_purpose) VALUES
  ('story_contacts', 'phone', 'DATA', NULL, NULL, NULL),
  ('story_contacts', 'email', 'SUBJECT', 'subject_id', 'email_index', 'story.email');
INSERT INTO story_contacts (subject_id) SELECT n FROM generate_series(1, 25) AS n;
UPDATE story_contacts SET
  phone = encrypt_value('+1 514 555 ' || story_contact_id, encryption_context('story_contacts', 'phone', story_contact_id::text)),
  email = encrypt_for_subject(subject_id, 'p' || subject_id || '@example.com', encryption_context('story_contacts', 'email', story_contact_id::text)),
  email_index = blind_index('p' || subject_id || '@example.com', 'story.email');
CREATE TEMP VIEW readable AS
  SELECT story_contact_id, decrypt_value(phone, 'story_contacts|phone|' || story_contact_id) AS phone, decrypt_for_subject(subject_id, email, 'story_contacts|email|' || story_contact_id) AS email FROM story_contacts;
CREATE TEMP TABLE before AS SELECT * FROM readable;
SELECT testing.same((SELECT count(*) FROM before WHERE email = 'p' || story_contact_id || '@example.com' AND phone = '+1 514 555 ' || story_contact_id), 25::bigint, 'all is readable');

-- A person's value belongs to that person and place.
SELECT testing.refused('SELECT decrypt_for_subject(2, email, ''story_contacts|email|1'') FROM story_contacts WHERE story_contact_id = 1', 'TV031');
SELECT testing.refused('SELECT decrypt_for_subject(1, email, ''story_contacts|email|2'') FROM story_contacts WHERE story_contact_id = 1', 'TV031');
SELECT testing.refused('SELECT decrypt_for_subject(99, email, ''story_contacts|email|1'') FROM story_contacts WHERE story_contact_id = 1', 'TV032', 'no key of the person 99');
SELECT email AS sealed FROM story_contacts WHERE story_contact_id = 1 \gset
SELECT count(testing.refused(format('SELECT decrypt_for_subject(1, %L, ''story_contacts|email|1'')', set_byte(:'sealed'::bytea, n, get_byte(:'sealed'::bytea, n) # 1)), 'TV031')) FROM generate_series(0, length(:'sealed'::bytea) - 1) AS n;
-- Its key is wrapped for it alone, and the trail does not keep it.
BEGIN;
UPDATE subject_keys k SET wrapped_key = (SELECT o.wrapped_key FROM subject_keys o WHERE o.subject_id = 2) WHERE k.subject_id = 1;
SELECT testing.refused('SELECT decrypt_for_subject(1, email, ''story_contacts|email|1'') FROM story_contacts WHERE story_contact_id = 1', 'TV031');
ROLLBACK;
SELECT testing.same((SELECT count(*) FROM audit_log WHERE table_name = 'subject_keys' AND operation = 'INSERT' AND NOT new_values ? 'wrapped_key'), 25::bigint, 'keys of people in the trail, without the keys');

-- New data and index keys: both old and new values read, in the middle of the rotation too.
CREATE TEMP TABLE key_file AS SELECT line FROM generate_key_file('{DATA,INDEX}');
INSERT INTO safe SELECT line FROM key_file;
SELECT testing.same(register_encryption_keys(), 2, 'new keys');
SELECT use_encryption_keys(false);
SELECT testing.same((SELECT string_agg(encryption_key_id || ' ' || purpose || ' ' || state, ', ' ORDER BY encryption_key_id) FROM encryption_keys),
  '1 DATA DECRYPT_ONLY, 2 INDEX DECRYPT_ONLY, 3 AUDIT ACTIVE, 4 DATA ACTIVE, 5 INDEX ACTIVE', 'after the new keys');
SELECT testing.refused('SELECT retire_encryption_key(1)', 'TV009', 'still stand under key 1');
SELECT testing.refused('SELECT retire_encryption_key(4)', 'TV009', 'is ACTIVE');
SELECT testing.same(rotate_encryption(10) - 'columns', '{"moved": 10, "finished": false}'::jsonb, 'the first batch');
SELECT testing.same((SELECT count(DISTINCT substr(email_index, 1, 2)) FROM story_contacts), 2::bigint, 'index keys in the middle');
SELECT testing.ok(NOT EXISTS (SELECT * FROM readable EXCEPT SELECT * FROM before), 'all is readable in the middle');
SELECT testing.same((SELECT count(*) FROM generate_series(1, 25) AS n JOIN story_contacts ON email_index = ANY (blind_indexes('P' || n || '@example.com', 'story.email')) AND subject_id = n), 25::bigint, 'all are found in the middle');
-- A row written behind the rotation by a transaction that still has the old key.
SELECT rotate_encryption(1000, 'story_contacts', 'phone');
BEGIN;
SELECT set_config('torvan.key_data', current_setting('torvan.key_1'), true);
UPDATE story_contacts SET phone = encrypt_value('+1 514 555 3', 'story_contacts|phone|3') WHERE story_contact_id = 3;
COMMIT;
SELECT testing.same((rotate_encryption(1000) ->> 'finished')::boolean, true, 'everything has moved');
SELECT testing.same(rotate_encryption(1000) ->> 'moved', '0', 'nothing is left to move');
SELECT testing.same((SELECT count(*) FROM story_contacts WHERE substr(phone, 2, 2) <> '\x0004' OR substr(email_index, 1, 2) <> '\x0005'), 0::bigint, 'values under old keys');
SELECT testing.same((SELECT count(*) FROM subject_keys WHERE substr(wrapped_key, 2, 2) <> '\x0004'), 0::bigint, 'keys of people under the old key');
SELECT testing.ok(NOT EXISTS (SELECT * FROM readable EXCEPT SELECT * FROM before) AND (SELECT count(*) FROM readable) = 25, 'all is as it was');
SELECT retire_encryption_key(1), retire_encryption_key(2);
SELECT forget_encryption_keys();
CREATE TEMP TABLE key_file AS SELECT line FROM safe WHERE line !~ '^[12] ';
SELECT use_encryption_keys(false);
SELECT testing.ok(NOT EXISTS (SELECT * FROM readable EXCEPT SELECT * FROM before), 'all is readable without the old keys');
SELECT testing.ok((SELECT count(*) FROM audit_log WHERE table_name = 'story_contacts' AND operation = 'DIGEST' AND record_key = 'rotation') >= 2, 'the trail has digests of the rotation');
-- Only the owner takes the short way through the trail: anybody else leaves full rows.
SET SESSION AUTHORIZATION postgres;
GRANT UPDATE (phone), SELECT ON story_contacts TO torvan_app;
GRANT INSERT ON audit_log TO torvan_app;
GRANT EXECUTE ON FUNCTION current_user_id(), current_actor(), is_database_owner(), record_key(jsonb, text[]) TO torvan_app;
GRANT SELECT ON users TO torvan_app;
SET SESSION AUTHORIZATION torvan_app;
SELECT set_config('torvan.rotating', 'story_contacts', false);
UPDATE story_contacts SET phone = '\x00' WHERE story_contact_id = 9;
SELECT set_config('torvan.rotating', '', false);
SET SESSION AUTHORIZATION torvan_user;
SELECT testing.same((SELECT operation FROM audit_log WHERE table_name = 'story_contacts' ORDER BY audit_log_id DESC LIMIT 1), 'UPDATE', 'a change by another than the owner that pretends to be a rotation');

-- Shredding.
SELECT testing.same(shred_subject_key(5), true, 'shredded');
SELECT testing.same(shred_subject_key(5), false, 'shredded a second time');
SELECT testing.ok((SELECT email IS NULL FROM readable WHERE story_contact_id = 5), 'reads as nothing');
SELECT testing.same((SELECT count(*) FROM readable WHERE email IS NOT NULL AND story_contact_id <> 9), 23::bigint, 'others read on');
SELECT testing.refused('SELECT encrypt_for_subject(5, ''x'', ''t|c|1'')', 'TV009', 'was shredded');
SELECT testing.same(shred_subject_key(1000), true, 'a person who never had a key');
SELECT testing.refused('SELECT encrypt_for_subject(1000, ''x'', ''t|c|1'')', 'TV009', 'was shredded');
SELECT testing.refused('UPDATE subject_keys SET wrapped_key = (SELECT wrapped_key FROM subject_keys WHERE subject_id = 6), shredded_at = NULL WHERE subject_id = 5', 'TV003', 'not taken back');
SELECT testing.refused('DELETE FROM subject_keys WHERE subject_id = 5', 'TV003', 'not taken back');
SELECT testing.ok((SELECT count(*) FROM audit_log WHERE table_name = 'subject_keys' AND record_key = '5' AND new_values ? 'shredded_at') = 1, 'the trail says when');
