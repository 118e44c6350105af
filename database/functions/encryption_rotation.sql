-- Moving encrypted values to a new key, in batches, while everything goes on: the old key reads until the last value has moved.
--
-- 1. \copy (SELECT line FROM generate_key_file('{DATA}')) TO 'new.keys', append it to torvan.keys, load the file, register_encryption_keys().
-- 2. SELECT rotate_encryption(); until it says "finished": true. It may be interrupted at any time and goes on where it was.
-- 3. SELECT retire_encryption_key(number of the old key).

CREATE OR REPLACE FUNCTION move_value(p_cipher bytea, p_context text) RETURNS bytea
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  former bytea;
  target bytea := decode(current_setting('torvan.key_data'), 'hex');
  context bytea := convert_to(p_context, 'UTF8');
  vector bytea := gen_random_bytes(16);
  body bytea := substr(p_cipher, 1, length(p_cipher) - 32);
BEGIN
  IF p_cipher IS NULL THEN
    RETURN NULL;
  ELSIF length(p_cipher) < 67 OR get_byte(p_cipher, 0) <> 1 THEN
    PERFORM unreadable_value(p_context);
  END IF;
  context := int4send(length(context)) || context;
  former := decode(current_setting('torvan.key_' || (get_byte(p_cipher, 1) << 8 | get_byte(p_cipher, 2)), true), 'hex');
  IF coalesce(length(former), 0) = 0 THEN
    former := key_material((get_byte(p_cipher, 1) << 8 | get_byte(p_cipher, 2))::text);
  END IF;
  IF hmac(context || body, substr(former, 35, 32), 'sha256') <> substr(p_cipher, length(p_cipher) - 31) THEN
    PERFORM unreadable_value(p_context);
  END IF;
  body := '\x01'::bytea || substr(target, 1, 2) || vector || encrypt_iv(decrypt_iv(substr(body, 20), substr(former, 3, 32), substr(body, 4, 16), 'aes-cbc'), substr(target, 3, 32), vector, 'aes-cbc');
  RETURN body || hmac(context || body, substr(target, 35, 32), 'sha256');
END;
$$;
COMMENT ON FUNCTION move_value(bytea, text) IS 'decrypt_value and encrypt_value in one, in half the time: the value under the active data key.';

CREATE OR REPLACE FUNCTION stale_values(p_column encrypted_columns, p_data_key smallint, p_index_key smallint) RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  RETURN concat_ws(' OR ',
    CASE WHEN p_column.scheme = 'DATA' THEN format('(t.%I IS NOT NULL AND substr(t.%1$I, 2, 2) <> int2send(%s::smallint))', p_column.column_name, p_data_key) END,
    CASE WHEN p_column.index_column IS NOT NULL THEN format('(t.%I IS NOT NULL AND substr(t.%1$I, 1, 2) <> int2send(%s::smallint))', p_column.index_column, p_index_key) END);
END;
$$;
COMMENT ON FUNCTION stale_values(encrypted_columns, smallint, smallint) IS 'SQL condition on rows t of an encrypted column: under another than the active keys.';

CREATE OR REPLACE FUNCTION rotation_assignments(p_column encrypted_columns, p_key_column text) RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  context text := format('%L || t.%I', p_column.table_name || '|' || p_column.column_name || '|', p_key_column);
  plain text := CASE p_column.scheme
    WHEN 'DATA' THEN format('decrypt_value(t.%I, %s)', p_column.column_name, context)
    ELSE format('decrypt_for_subject(t.%I, t.%I, %s)', p_column.subject_column, p_column.column_name, context) END;
BEGIN
  RETURN concat_ws(', ',
    CASE WHEN p_column.scheme = 'DATA' THEN format('%I = move_value(t.%1$I, %s)', p_column.column_name, context) END,
    CASE WHEN p_column.index_column IS NOT NULL THEN format('%I = CASE WHEN t.%1$I IS NOT NULL THEN blind_index(%s, %L) END', p_column.index_column, plain, p_column.index_purpose) END);
END;
$$;
COMMENT ON FUNCTION rotation_assignments(encrypted_columns, text) IS 'SQL assignments that put a value and its blind index of a row t under the active keys.';

CREATE OR REPLACE FUNCTION rotate_encrypted_column(p_column encrypted_columns, p_batch integer) RETURNS jsonb
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  data_key smallint := (SELECT k.encryption_key_id FROM encryption_keys k WHERE k.purpose = 'DATA' AND k.state = 'ACTIVE');
  index_key smallint := (SELECT k.encryption_key_id FROM encryption_keys k WHERE k.purpose = 'INDEX' AND k.state = 'ACTIVE');
  key_column text := (SELECT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0] WHERE i.indrelid = to_regclass('public.' || quote_ident(p_column.table_name)) AND i.indisprimary);
  stale text := stale_values(p_column, data_key, index_key);
  moved bigint;
  reached_now bigint;
  left_over boolean;
BEGIN
  IF stale = '' THEN
    RETURN NULL;
  END IF;
  EXECUTE format('SELECT max(b.key) FROM (SELECT t.%1$I AS key FROM public.%2$I t WHERE t.%1$I > $1 AND (%3$s) ORDER BY t.%1$I LIMIT $2) b', key_column, p_column.table_name, stale)
    INTO reached_now USING coalesce(p_column.reached, -9223372036854775808), p_batch;
  -- A row that changes meanwhile is looked at again by the UPDATE itself.
  EXECUTE format('UPDATE public.%2$I t SET %4$s WHERE t.%1$I > $1 AND t.%1$I <= $2 AND (%3$s)', key_column, p_column.table_name, stale, rotation_assignments(p_column, key_column))
    USING coalesce(p_column.reached, -9223372036854775808), reached_now;
  GET DIAGNOSTICS moved = ROW_COUNT;
  IF moved < p_batch THEN
    -- Rows that were written behind the rotation, by transactions that still had the old key.
    EXECUTE format('SELECT EXISTS (SELECT FROM public.%I t WHERE %s)', p_column.table_name, stale) INTO left_over;
    reached_now := NULL;
  END IF;
  UPDATE encrypted_columns e
     SET reached = reached_now,
         data_key_id = CASE WHEN left_over IS FALSE AND e.scheme = 'DATA' THEN data_key ELSE e.data_key_id END,
         index_key_id = CASE WHEN left_over IS FALSE AND e.index_column IS NOT NULL THEN index_key ELSE e.index_key_id END
   WHERE e.table_name = p_column.table_name AND e.column_name = p_column.column_name;
  RETURN jsonb_build_object('column', p_column.table_name || '.' || p_column.column_name, 'moved', moved, 'finished', left_over IS FALSE);
END;
$$;
COMMENT ON FUNCTION rotate_encrypted_column(encrypted_columns, integer) IS 'Moves one batch of one column to the active keys.';

CREATE OR REPLACE FUNCTION rotate_encryption(p_batch integer DEFAULT 20000, p_table text DEFAULT NULL, p_column text DEFAULT NULL) RETURNS jsonb
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  place encrypted_columns;
  room integer := p_batch;
  step jsonb;
  steps jsonb := '[]';
BEGIN
  IF NOT is_database_owner() THEN
    RAISE EXCEPTION 'Only the owner of the database rotates keys.' USING ERRCODE = '42501', HINT = 'Connect as torvan_user.';
  END IF;
  PERFORM key_material('data'), key_material('index');
  PERFORM pg_advisory_xact_lock(hashtext('torvan'), hashtext('rotate_encryption'));
  FOR place IN
    SELECT e.* FROM encrypted_columns e
     WHERE (p_table IS NULL OR e.table_name = p_table) AND (p_column IS NULL OR e.column_name = p_column) ORDER BY e.table_name, e.column_name
  LOOP
    EXIT WHEN room <= 0;
    PERFORM set_config('torvan.rotating', place.table_name, true);
    step := rotate_encrypted_column(place, room);
    PERFORM set_config('torvan.rotating', '', true);
    CONTINUE WHEN step IS NULL;
    room := room - (step ->> 'moved')::integer;
    steps := steps || step;
  END LOOP;
  RETURN jsonb_build_object('moved', p_batch - room, 'finished', room > 0 AND NOT steps @? '$[*] ? (@.finished == false)', 'columns', steps);
END;
$$;
COMMENT ON FUNCTION rotate_encryption(integer, text, text) IS 'Moves up to p_batch values to the active keys, in all encrypted columns or some; call it again until "finished" is true. The trail keeps one digest per batch.';

CREATE OR REPLACE FUNCTION retire_encryption_key(p_key_id integer) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  old_key encryption_keys;
  place record;
  used boolean;
BEGIN
  IF NOT is_database_owner() THEN
    RAISE EXCEPTION 'Only the owner of the database retires keys.' USING ERRCODE = '42501', HINT = 'Connect as torvan_user.';
  END IF;
  SELECT * INTO old_key FROM encryption_keys k WHERE k.encryption_key_id = p_key_id FOR UPDATE;
  IF old_key.encryption_key_id IS NULL THEN
    RAISE EXCEPTION 'No key % is registered.', shown(p_key_id) USING ERRCODE = 'TV032', HINT = 'SELECT encryption_key_id, purpose, state FROM encryption_keys lists them.';
  ELSIF old_key.state <> 'DECRYPT_ONLY' THEN
    RAISE EXCEPTION 'Key % is %.', shown(p_key_id), old_key.state USING ERRCODE = 'TV009', HINT = 'A key is retired after a newer one took its place and rotate_encryption() has finished.';
  END IF;
  FOR place IN
    SELECT e.table_name, e.column_name AS stored, 2 AS first_byte FROM encrypted_columns e WHERE old_key.purpose = 'DATA' AND e.scheme = 'DATA'
    UNION ALL
    SELECT e.table_name, e.index_column, 1 FROM encrypted_columns e WHERE old_key.purpose = 'INDEX' AND e.index_column IS NOT NULL
  LOOP
    EXECUTE format('SELECT EXISTS (SELECT FROM public.%I t WHERE substr(t.%I, %s, 2) = int2send($1))', place.table_name, place.stored, place.first_byte) INTO used USING old_key.encryption_key_id;
    IF used THEN
      RAISE EXCEPTION 'Values in %.% still stand under key %.', place.table_name, place.stored, shown(p_key_id) USING ERRCODE = 'TV009', HINT = 'SELECT rotate_encryption(); until it says "finished": true.';
    END IF;
  END LOOP;
  UPDATE encryption_keys k SET state = 'RETIRED', retired_at = clock_timestamp() WHERE k.encryption_key_id = p_key_id;
END;
$$;
COMMENT ON FUNCTION retire_encryption_key(integer) IS 'Retires a key under which no value stands any more; refused while one does. Keep it with the backups that still need it.';
