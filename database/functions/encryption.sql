-- Encryption of single values, with keys that the database never keeps.
--
-- Keys live in a key file outside the database, one line each: number, purpose (DATA, INDEX or AUDIT), 32 random bytes in base64,
-- with single spaces between. At psql, without any key in a statement, in the server's log or in pg_stat_statements:
--
--   a new file         \copy (SELECT line FROM generate_key_file()) TO 'torvan.keys'        then: chmod 600, and a copy in a safe
--   keys for a session CREATE TEMP TABLE key_file (line text);
--                      \copy key_file FROM 'torvan.keys'
--                      SELECT register_encryption_keys();                                     once, after each new file
--                      SELECT use_encryption_keys(false);                                     false: until the session ends; true: until COMMIT
--
-- The server gives each key as a bound parameter instead, in each transaction: SELECT use_encryption_key($1, $2). The DBA sets
-- log_parameter_max_length = 0 and log_parameter_max_length_on_error = 0, so that bound parameters are not logged either.
--
-- An encrypted value, byte by byte:
--   1       format, 0x01
--   2-3     number of the key, big-endian
--   4-19    initialisation vector, random for each value
--   20-     AES-256-CBC with PKCS#7 padding of the UTF-8 text, under HMAC-SHA256(key, 'torvan encryption')
--   last 32 HMAC-SHA256 under HMAC-SHA256(key, 'torvan authentication') of: length of the context in bytes as 4 bytes big-endian,
--           the context in UTF-8, all the bytes above
-- Format 0x02 is the same without a number: the value is under the key of a person (encryption_subjects.sql).
-- The context says where the value belongs (table|column|primary key), so that no value can be moved to another place.
--
-- SQLSTATEs: TV030 the key is not there, TV031 the value was changed or belongs elsewhere, TV032 no such key.

CREATE OR REPLACE FUNCTION generate_key_file(p_purposes text[] DEFAULT ARRAY['DATA', 'INDEX', 'AUDIT']) RETURNS TABLE (line text)
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF (cardinality(p_purposes) > 0 AND p_purposes <@ ARRAY['DATA', 'INDEX', 'AUDIT']) IS NOT TRUE THEN
    RAISE EXCEPTION 'Keys are for DATA, INDEX or AUDIT, not for "%".', array_to_string(p_purposes, ', ')
      USING ERRCODE = 'TV022', COLUMN = 'purposes', HINT = 'generate_key_file() makes one of each; generate_key_file(''{DATA}'') one more data key.';
  END IF;
  RETURN QUERY
    SELECT format('%s %s %s', coalesce((SELECT max(k.encryption_key_id) FROM encryption_keys k), 0) + w.n, w.purpose, encode(gen_random_bytes(32), 'base64'))
      FROM unnest(p_purposes) WITH ORDINALITY AS w (purpose, n);
END;
$$;
COMMENT ON FUNCTION generate_key_file(text[]) IS 'Lines of a key file with new random keys, for \copy (SELECT line FROM generate_key_file()) TO file. They pass over the connection and are kept nowhere here.';

CREATE OR REPLACE FUNCTION key_check_value(p_key bytea) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE STRICT
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  RETURN hmac('torvan check'::bytea, p_key, 'sha256');
END;
$$;
COMMENT ON FUNCTION key_check_value(bytea) IS 'Tells the right key from a wrong one: HMAC-SHA256 of the constant "torvan check" under the key.';

CREATE OR REPLACE FUNCTION read_key_file() RETURNS TABLE (key_id smallint, purpose text, key bytea)
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  lines text[];
  form constant text := '^([0-9]{1,5}) (DATA|INDEX|AUDIT) ([A-Za-z0-9+/]{43}=)$';
  wrong bigint;
BEGIN
  IF to_regclass('pg_temp.key_file') IS NULL THEN
    RAISE EXCEPTION 'There is no temporary table key_file.'
      USING ERRCODE = 'TV030', HINT = 'CREATE TEMP TABLE key_file (line text); then \copy key_file FROM ''torvan.keys''';
  END IF;
  EXECUTE 'SELECT array_agg(btrim(f.line)) FROM pg_temp.key_file f WHERE btrim(f.line) <> '''' AND f.line NOT LIKE ''#%''' INTO lines;
  SELECT count(*) INTO wrong FROM unnest(lines) AS l (line) WHERE l.line !~ form OR split_part(l.line, ' ', 1)::integer NOT BETWEEN 1 AND 32767;
  IF wrong > 0 OR lines IS NULL THEN
    -- The lines are secret: they are counted, not shown.
    RAISE EXCEPTION '% line(s) of the key file cannot be read.', coalesce(wrong, 0)
      USING ERRCODE = 'TV022', HINT = 'Each line is: number, DATA or INDEX or AUDIT, 44 characters of base64, with single spaces between. generate_key_file() writes such lines.';
  END IF;
  RETURN QUERY SELECT m[1]::smallint, m[2], decode(m[3], 'base64') FROM unnest(lines) AS l (line), regexp_match(l.line, form) AS m ORDER BY m[1]::smallint;
END;
$$;
COMMENT ON FUNCTION read_key_file() IS 'The keys in the temporary table key_file. Never shows a line in an error.';

CREATE OR REPLACE FUNCTION register_encryption_keys() RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  fresh record;
  registered integer := 0;
BEGIN
  IF NOT is_database_owner() THEN
    RAISE EXCEPTION 'Only the owner of the database may register keys.' USING ERRCODE = '42501', HINT = 'Connect as torvan_user.';
  END IF;
  LOCK TABLE encryption_keys IN SHARE ROW EXCLUSIVE MODE;
  FOR fresh IN SELECT f.* FROM read_key_file() f WHERE NOT EXISTS (SELECT FROM encryption_keys k WHERE k.encryption_key_id = f.key_id) ORDER BY f.key_id LOOP
    UPDATE encryption_keys k SET state = 'DECRYPT_ONLY', replaced_at = clock_timestamp() WHERE k.purpose = fresh.purpose AND k.state = 'ACTIVE';
    INSERT INTO encryption_keys (encryption_key_id, purpose, check_value) VALUES (fresh.key_id, fresh.purpose, key_check_value(fresh.key));
    registered := registered + 1;
  END LOOP;
  RETURN registered;
END;
$$;
COMMENT ON FUNCTION register_encryption_keys() IS 'Registers the new keys of the temporary table key_file; each becomes the active one of its purpose, the former one still reads. Returns how many.';

CREATE OR REPLACE FUNCTION use_encryption_key(p_key_id smallint, p_key bytea, p_local boolean DEFAULT true) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  known encryption_keys;
  material text;
BEGIN
  SELECT * INTO known FROM encryption_keys k WHERE k.encryption_key_id = p_key_id;
  IF known.encryption_key_id IS NULL THEN
    RAISE EXCEPTION 'No key % is registered.', shown(p_key_id) USING ERRCODE = 'TV032', HINT = 'SELECT register_encryption_keys() registers the keys of a new key file.';
  ELSIF key_check_value(p_key) IS DISTINCT FROM known.check_value THEN
    RAISE EXCEPTION 'This is not key %: its check value differs.', shown(p_key_id)
      USING ERRCODE = 'TV030', HINT = 'Use the key file with which the key was registered; its backup is in the safe.';
  END IF;
  material := encode(int2send(p_key_id) || hmac('torvan encryption'::bytea, p_key, 'sha256') || hmac('torvan authentication'::bytea, p_key, 'sha256'), 'hex');
  PERFORM set_config('torvan.key_' || p_key_id, material, p_local);
  IF known.state = 'ACTIVE' THEN
    PERFORM set_config('torvan.key_' || lower(known.purpose), material, p_local);
  END IF;
END;
$$;
COMMENT ON FUNCTION use_encryption_key(smallint, bytea, boolean) IS 'Makes a key usable until the end of the transaction (p_local false: of the session), after proving that it is the registered one. The server calls it with bound parameters.';

CREATE OR REPLACE FUNCTION use_encryption_keys(p_local boolean DEFAULT true) RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  given record;
  used integer := 0;
BEGIN
  FOR given IN SELECT f.key_id, f.key FROM read_key_file() f LOOP
    PERFORM use_encryption_key(given.key_id, given.key, p_local);
    used := used + 1;
  END LOOP;
  EXECUTE 'DROP TABLE pg_temp.key_file';
  RETURN used;
END;
$$;
COMMENT ON FUNCTION use_encryption_keys(boolean) IS 'Makes the keys of the temporary table key_file usable until the end of the transaction (p_local false: of the session) and drops that table. Returns how many.';

CREATE OR REPLACE FUNCTION forget_encryption_keys() RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  PERFORM set_config(name, '', false) FROM unnest(ARRAY['torvan.key_data', 'torvan.key_index', 'torvan.key_audit']) AS name;
  PERFORM set_config('torvan.key_' || k.encryption_key_id, '', false) FROM encryption_keys k;
END;
$$;
COMMENT ON FUNCTION forget_encryption_keys() IS 'Makes the keys in use unusable until the connection gives them again.';

CREATE OR REPLACE FUNCTION key_material(p_name text) RETURNS bytea
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  material text := nullif(current_setting('torvan.key_' || p_name, true), '');
BEGIN
  IF material IS NOT NULL THEN
    RETURN decode(material, 'hex');
  ELSIF p_name ~ '^[0-9]+$' AND NOT EXISTS (SELECT FROM encryption_keys k WHERE k.encryption_key_id = p_name::integer AND k.state <> 'RETIRED') THEN
    RAISE EXCEPTION 'There is no key % to read this value with.', shown(p_name)
      USING ERRCODE = 'TV032', HINT = 'The value is damaged, or its key was retired or belongs to another database: restore the key file and the table encryption_keys of that database.';
  END IF;
  RAISE EXCEPTION 'The % is not in this transaction.', CASE WHEN p_name ~ '^[0-9]+$' THEN 'key ' || p_name ELSE p_name || ' key' END
    USING ERRCODE = 'TV030', HINT = 'At psql: CREATE TEMP TABLE key_file (line text); \copy key_file FROM ''torvan.keys''; SELECT use_encryption_keys(false). The server gives it in each transaction.';
END;
$$;
COMMENT ON FUNCTION key_material(text) IS 'Number, encryption key and authentication key (2 + 32 + 32 bytes) of a key by its number, or of the active one of a purpose (data, index, audit); says what is missing.';

CREATE OR REPLACE FUNCTION encryption_context(p_table text, p_column text, p_key text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN p_table || '|' || p_column || '|' || p_key;
END;
$$;
COMMENT ON FUNCTION encryption_context(text, text, text) IS 'The context of a value: table|column|primary key.';

CREATE OR REPLACE FUNCTION encrypt_value(p_plain text, p_context text) RETURNS bytea
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  material bytea;
  context bytea := convert_to(p_context, 'UTF8');
  vector bytea := gen_random_bytes(16);
  body bytea;
BEGIN
  IF p_plain IS NULL THEN
    RETURN NULL;
  ELSIF p_context IS NULL THEN
    RAISE EXCEPTION 'A value is encrypted for one place, and none was named.' USING ERRCODE = 'TV022', COLUMN = 'context', HINT = 'Give encryption_context(table, column, primary key).';
  END IF;
  material := decode(nullif(current_setting('torvan.key_data', true), ''), 'hex');
  IF material IS NULL THEN
    material := key_material('data');
  END IF;
  body := '\x01'::bytea || substr(material, 1, 2) || vector || encrypt_iv(convert_to(p_plain, 'UTF8'), substr(material, 3, 32), vector, 'aes-cbc');
  RETURN body || hmac(int4send(length(context)) || context || body, substr(material, 35, 32), 'sha256');
END;
$$;
COMMENT ON FUNCTION encrypt_value(text, text) IS 'Encrypts a text for one place (context table|column|primary key) under the active data key; null stays null.';

CREATE OR REPLACE FUNCTION unreadable_value(p_context text) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  RAISE EXCEPTION 'An encrypted value was changed, or it does not belong to %.', coalesce(p_context, 'a place without a name')
    USING ERRCODE = 'TV031', HINT = 'Compare with a backup. verify_audit() tells whether the audit trail was touched as well.';
END;
$$;
COMMENT ON FUNCTION unreadable_value(text) IS 'Raises TV031.';

CREATE OR REPLACE FUNCTION decrypt_value(p_cipher bytea, p_context text) RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  material bytea;
  context bytea := convert_to(p_context, 'UTF8');
  body bytea;
  key_name text;
BEGIN
  IF p_cipher IS NULL THEN
    RETURN NULL;
  ELSIF context IS NULL OR length(p_cipher) < 67 OR get_byte(p_cipher, 0) <> 1 THEN
    PERFORM unreadable_value(p_context);
  END IF;
  key_name := (get_byte(p_cipher, 1) << 8 | get_byte(p_cipher, 2))::text;
  material := decode(nullif(current_setting('torvan.key_' || key_name, true), ''), 'hex');
  IF material IS NULL THEN
    material := key_material(key_name);
  END IF;
  body := substr(p_cipher, 1, length(p_cipher) - 32);
  -- Hashes of both codes are compared: how long that takes says nothing about the codes.
  IF sha256(hmac(int4send(length(context)) || context || body, substr(material, 35, 32), 'sha256')) <> sha256(substr(p_cipher, length(p_cipher) - 31)) THEN
    PERFORM unreadable_value(p_context);
  END IF;
  RETURN convert_from(decrypt_iv(substr(body, 20), substr(material, 3, 32), substr(body, 4, 16), 'aes-cbc'), 'UTF8');
END;
$$;
COMMENT ON FUNCTION decrypt_value(bytea, text) IS 'Reads a value encrypted by encrypt_value for the same context; TV031 where a byte was changed or the place is another one, TV030 where the key was not given, TV032 where it is unknown.';

CREATE OR REPLACE FUNCTION blind_index_with(p_material bytea, p_value text, p_purpose text) RETURNS bytea
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  RETURN substr(p_material, 1, 2) || hmac(convert_to(p_purpose || '|' || lower(normalize(btrim(p_value, E' \t\r\n'), NFKC)), 'UTF8'), substr(p_material, 35, 32), 'sha256');
END;
$$;
COMMENT ON FUNCTION blind_index_with(bytea, text, text) IS 'Blind index of a value under one key: 2 bytes number of the key, 32 bytes HMAC-SHA256 of purpose|value.';

CREATE OR REPLACE FUNCTION blind_index(p_value text, p_purpose text) RETURNS bytea
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  material bytea;
BEGIN
  IF p_value IS NULL THEN
    RETURN NULL;
  ELSIF p_purpose IS NULL OR position('|' IN p_purpose) > 0 THEN
    RAISE EXCEPTION 'A blind index needs a purpose without a bar.' USING ERRCODE = 'TV022', COLUMN = 'purpose', HINT = 'For example customer_contact.email: values of different purposes cannot be compared.';
  END IF;
  material := decode(nullif(current_setting('torvan.key_index', true), ''), 'hex');
  IF material IS NULL THEN
    material := key_material('index');
  END IF;
  RETURN blind_index_with(material, p_value, p_purpose);
END;
$$;
COMMENT ON FUNCTION blind_index(text, text) IS 'What an encrypted value is found by: equal for equal values (lower case, without spaces around) of one purpose, under the active index key; null stays null.';

CREATE OR REPLACE FUNCTION blind_indexes(p_value text, p_purpose text) RETURNS bytea[]
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  RETURN array(
    SELECT blind_index_with(key_material(k.encryption_key_id::text), p_value, p_purpose)
      FROM encryption_keys k WHERE k.purpose = 'INDEX' AND k.state <> 'RETIRED' AND p_value IS NOT NULL ORDER BY k.encryption_key_id);
END;
$$;
COMMENT ON FUNCTION blind_indexes(text, text) IS 'The blind indexes of a value under every index key in use, for a search while a rotation runs: WHERE index = ANY (blind_indexes(…)).';
