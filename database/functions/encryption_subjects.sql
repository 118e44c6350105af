-- One data key per person: destroying it makes everything under it unreadable, in every copy.
--
-- The keys stand in subject_keys, wrapped by the active data key. They are kept out of the ordinary dump and have one of their own
-- with a short life (at most 35 days), else a shredded key comes back with the next restore:
--   pg_dump -U torvan_user -d torvan_workflow --exclude-table-data=subject_keys -f torvan_backup.sql
--   pg_dump -U torvan_user -d torvan_workflow --data-only --table=subject_keys -f torvan_subject_keys.sql
-- What was deleted leaves the files of the server with the next VACUUM of the table, and its write-ahead log with its archive.
--
-- A value under a person's key, byte by byte: 0x02; 16 bytes initialisation vector; AES-256-CBC under bytes 1-32 of the key; 32 bytes
-- HMAC-SHA256 under bytes 33-64 over what format 0x01 covers, the context being subject:NUMBER|context.
-- The wrapped key is a value of format 0x01 that holds the 64 bytes, of the context subject_keys|wrapped_key|NUMBER.

CREATE OR REPLACE FUNCTION wrap_subject_key(p_subject_id bigint, p_key bytea) RETURNS bytea
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  RETURN encrypt_value(encode(p_key, 'hex'), encryption_context('subject_keys', 'wrapped_key', p_subject_id::text));
END;
$$;
COMMENT ON FUNCTION wrap_subject_key(bigint, bytea) IS 'A person''s key under the active data key.';

CREATE OR REPLACE FUNCTION subject_key(p_subject_id bigint) RETURNS bytea
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  kept subject_keys;
BEGIN
  SELECT * INTO kept FROM subject_keys k WHERE k.subject_id = p_subject_id;
  IF kept.subject_id IS NULL THEN
    RAISE EXCEPTION 'There is no key of the person %.', shown(p_subject_id)
      USING ERRCODE = 'TV032', HINT = 'After a restore, restore subject_keys from its own dump too; then repeat the erasures that came after it.';
  ELSIF kept.shredded_at IS NOT NULL THEN
    RETURN NULL;
  END IF;
  RETURN decode(decrypt_value(kept.wrapped_key, encryption_context('subject_keys', 'wrapped_key', p_subject_id::text)), 'hex');
END;
$$;
COMMENT ON FUNCTION subject_key(bigint) IS 'The 64 bytes of a person''s key; null once it was shredded. Only for functions here.';

CREATE OR REPLACE FUNCTION encrypt_for_subject(p_subject_id bigint, p_plain text, p_context text) RETURNS bytea
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  kept subject_keys;
  key bytea;
  context bytea := convert_to('subject:' || p_subject_id || '|' || p_context, 'UTF8');
  vector bytea := gen_random_bytes(16);
  body bytea;
BEGIN
  IF p_plain IS NULL THEN
    RETURN NULL;
  ELSIF context IS NULL THEN
    RAISE EXCEPTION 'A value is encrypted for one person and one place, and one of them was not named.'
      USING ERRCODE = 'TV022', HINT = 'Give the key of the person and encryption_context(table, column, primary key).';
  END IF;
  -- Until the transaction ends nobody shreds the key under the value that is being written.
  SELECT * INTO kept FROM subject_keys k WHERE k.subject_id = p_subject_id FOR SHARE;
  IF NOT FOUND THEN
    INSERT INTO subject_keys (subject_id, wrapped_key) VALUES (p_subject_id, wrap_subject_key(p_subject_id, gen_random_bytes(64))) ON CONFLICT (subject_id) DO NOTHING;
    SELECT * INTO kept FROM subject_keys k WHERE k.subject_id = p_subject_id FOR SHARE;
  END IF;
  key := decode(decrypt_value(kept.wrapped_key, encryption_context('subject_keys', 'wrapped_key', p_subject_id::text)), 'hex');
  IF key IS NULL THEN
    RAISE EXCEPTION 'The key of the person % was shredded.', shown(p_subject_id) USING ERRCODE = 'TV009', HINT = 'An erased person is not written to again; make a new one.';
  END IF;
  body := '\x02'::bytea || vector || encrypt_iv(convert_to(p_plain, 'UTF8'), substr(key, 1, 32), vector, 'aes-cbc');
  RETURN body || hmac(int4send(length(context)) || context || body, substr(key, 33, 32), 'sha256');
END;
$$;
COMMENT ON FUNCTION encrypt_for_subject(bigint, text, text) IS 'Encrypts a text for one place under the key of a person, which is made at first use; null stays null. TV009 once the key was shredded.';

CREATE OR REPLACE FUNCTION decrypt_for_subject(p_subject_id bigint, p_cipher bytea, p_context text) RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  key bytea;
  context bytea := convert_to('subject:' || p_subject_id || '|' || p_context, 'UTF8');
  body bytea;
BEGIN
  IF p_cipher IS NULL THEN
    RETURN NULL;
  ELSIF context IS NULL OR length(p_cipher) < 65 OR get_byte(p_cipher, 0) <> 2 THEN
    PERFORM unreadable_value(p_context);
  END IF;
  key := subject_key(p_subject_id);
  IF key IS NULL THEN
    RETURN NULL;
  END IF;
  body := substr(p_cipher, 1, length(p_cipher) - 32);
  IF sha256(hmac(int4send(length(context)) || context || body, substr(key, 33, 32), 'sha256')) <> sha256(substr(p_cipher, length(p_cipher) - 31)) THEN
    PERFORM unreadable_value(p_context);
  END IF;
  RETURN convert_from(decrypt_iv(substr(body, 18), substr(key, 1, 32), substr(body, 2, 16), 'aes-cbc'), 'UTF8');
END;
$$;
COMMENT ON FUNCTION decrypt_for_subject(bigint, bytea, text) IS 'Reads a value of encrypt_for_subject; null once the person''s key was shredded, TV031 where it was changed or belongs elsewhere, TV032 where the key is missing.';

CREATE OR REPLACE FUNCTION shred_subject_key(p_subject_id bigint) RETURNS boolean
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  -- A person without a key gets a shredded one, so that none is made later.
  INSERT INTO subject_keys (subject_id, shredded_at) VALUES (p_subject_id, clock_timestamp())
  ON CONFLICT (subject_id) DO UPDATE SET wrapped_key = NULL, shredded_at = clock_timestamp() WHERE subject_keys.shredded_at IS NULL;
  RETURN FOUND;
END;
$$;
COMMENT ON FUNCTION shred_subject_key(bigint) IS 'Destroys the key of a person: everything under it reads as null from now on. True if this call did it. Asks for no permission; the functions of an erasure do.';

CREATE OR REPLACE FUNCTION tg_subject_keys__shredded_stays() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF OLD.shredded_at IS NOT NULL THEN
    RAISE EXCEPTION 'The key of the person % was shredded; that is not taken back.', OLD.subject_id USING ERRCODE = 'TV003', HINT = 'Make a new person.';
  END IF;
  RETURN coalesce(NEW, OLD);
END;
$$;
COMMENT ON FUNCTION tg_subject_keys__shredded_stays() IS 'A shredded key never comes back.';
