-- Erasure and export of a person.
--
-- Order of an erasure: holds are asked, free texts scrubbed while the words are still known, what is encrypted is emptied, the key is
-- destroyed, the ledger written. What the law wants kept is listed with its basis and its end, and told to the person.

CREATE OR REPLACE FUNCTION require_erasable(p_subject_id bigint, p_also_active boolean DEFAULT false) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  PERFORM require_no_hold('subjects', ARRAY[p_subject_id]), require_no_hold('pii_contacts', ARRAY[p_subject_id]),
          require_no_hold('pii_addresses', array(SELECT a.pii_address_id FROM pii_addresses a WHERE a.subject_id = p_subject_id));
  IF NOT p_also_active AND EXISTS (SELECT FROM pii_users p JOIN users u USING (user_id) WHERE p.subject_id = p_subject_id AND u.is_active) THEN
    RAISE EXCEPTION 'The person % is an active user.', shown(p_subject_id) USING ERRCODE = 'TV009', HINT = 'Deactivate the account first.';
  END IF;
END;
$$;
COMMENT ON FUNCTION require_erasable(bigint, boolean) IS 'Raises TV009 if a legal hold is in force over the person, or the person still works here.';

CREATE OR REPLACE FUNCTION forget_user(p_subject_id bigint) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  person users;
  holder text;
BEGIN
  SELECT u.* INTO person FROM pii_users p JOIN users u USING (user_id) WHERE p.subject_id = p_subject_id FOR UPDATE OF u;
  IF person.user_id IS NULL THEN
    RETURN;
  END IF;
  INSERT INTO erasure_ledger (scope, subject_hash) VALUES ('LOGIN', blind_index(person.login, 'erasure.login')) ON CONFLICT DO NOTHING;
  -- The printed name of who signed stays: a signature without a name is none.
  UPDATE users SET login = 'erased-' || p_subject_id, initials = NULL,
         display_name = CASE WHEN EXISTS (SELECT FROM signatures s WHERE s.signer_id = person.user_id) THEN display_name ELSE 'Former user' END
   WHERE user_id = person.user_id;
  UPDATE pii_users SET email_ciphertext = NULL, phone_ciphertext = NULL, email_index = NULL, phone_index = NULL WHERE subject_id = p_subject_id;
  -- Means of signing in: tables of the account with a secret in them.
  FOR holder IN SELECT DISTINCT k.table_name FROM column_classifications k JOIN pg_attribute a ON a.attrelid = to_regclass('public.' || quote_ident(k.table_name)) AND a.attname = 'user_id' AND NOT a.attisdropped
                 WHERE k.retention_class = 'STAFF' AND k.data_class = 'SECRET' ORDER BY 1 LOOP
    EXECUTE format('DELETE FROM public.%I t WHERE t.user_id = $1', holder) USING person.user_id;
  END LOOP;
END;
$$;
COMMENT ON FUNCTION forget_user(bigint) IS 'Takes login, initials and, unless the person signed, the name off a user; the login lives on as a keyed hash only.';

CREATE OR REPLACE FUNCTION is_erased_login(p_login text) RETURNS boolean
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  RETURN EXISTS (SELECT FROM erasure_ledger l WHERE l.scope = 'LOGIN' AND l.subject_hash = ANY (blind_indexes(p_login, 'erasure.login')));
END;
$$;
COMMENT ON FUNCTION is_erased_login(text) IS 'True if the login belonged to an erased user and is never given again; needs the index key.';

CREATE OR REPLACE FUNCTION erasure_places(p_subject_id bigint, p_patterns text[])
RETURNS TABLE (retention_class text, table_name text, column_name text, row_count bigint, what_happens text, legal_basis text, kept text, remains_until date)
LANGUAGE plpgsql STABLE ROWS 30
SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  RETURN QUERY
    SELECT x.class::text, x.table_name, x.column_name, x.row_count, x.what_happens, c.legal_basis, c.keep_rule, CASE WHEN x.what_happens LIKE 'remains%' THEN (now() + c.keep_for)::date END
      FROM (SELECT 'CONTACT' AS class, 'pii_contacts' AS table_name, NULL AS column_name, count(*) AS row_count, 'emptied, key destroyed' AS what_happens FROM pii_contacts p WHERE p.subject_id = p_subject_id
            UNION ALL SELECT 'CONTACT', 'pii_addresses', NULL, count(*), 'emptied, key destroyed' FROM pii_addresses p WHERE p.subject_id = p_subject_id
            UNION ALL SELECT 'STAFF', 'pii_users, users', NULL, count(*), 'emptied, key destroyed; the name of who signed remains' FROM pii_users p WHERE p.subject_id = p_subject_id
            UNION ALL SELECT 'SECURITY', 'pii_access_log', NULL, count(*), 'remains, as a number without a name' FROM pii_access_log p WHERE p.subject_id = p_subject_id
            UNION ALL SELECT 'SIGNATURE', 'signatures', NULL, count(*), 'remains, the printed name of who signed' FROM signatures s JOIN pii_users p ON p.user_id = s.signer_id WHERE p.subject_id = p_subject_id
            UNION ALL SELECT f.retention_class, f.table_name, f.column_name, f.row_count,
                             CASE WHEN f.erasure_treatment IN ('ERASE', 'PSEUDONYMISE') THEN 'remains where the row is signed or append-only; role and organisation instead elsewhere' ELSE 'remains' END
              FROM find_traces(p_patterns) f) x
      LEFT JOIN retention_classes c ON c.retention_class = x.class
     WHERE x.row_count > 0 ORDER BY c.class_number, x.table_name, x.column_name;
END;
$$;
COMMENT ON FUNCTION erasure_places(bigint, text[]) IS 'Where a person is, what an erasure does there, and the legal basis and end of what remains: the one wording for the preview and for the outcome.';

CREATE OR REPLACE FUNCTION remaining_traces(p_subject_id bigint, p_patterns text[]) RETURNS jsonb
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT coalesce(jsonb_agg(jsonb_strip_nulls(jsonb_build_object('table', p.table_name, 'column', p.column_name, 'rows', p.row_count, 'retention_class', p.retention_class, 'what_happens', p.what_happens,
                                                                 'legal_basis', p.legal_basis, 'kept', p.kept, 'remains_until', p.remains_until)) ORDER BY p.table_name, p.column_name), '[]')
    FROM erasure_places(p_subject_id, p_patterns) p WHERE p.what_happens LIKE 'remains%'
$$;
COMMENT ON FUNCTION remaining_traces(bigint, text[]) IS 'What is left of a person: place, rows, legal basis, end.';

CREATE OR REPLACE FUNCTION erase_person(p_subject_id bigint, p_also_active boolean DEFAULT false) RETURNS jsonb
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  person subjects := lock_subject(p_subject_id);
  patterns text[];
  replacement text;
  scrubbed jsonb;
  addresses integer;
BEGIN
  PERFORM require_erasable(p_subject_id, p_also_active);
  -- Changes of regulated records ask for a reason.
  IF nullif(current_setting('torvan.reason', true), '') IS NULL THEN
    PERFORM set_config('torvan.reason', 'erasure of a person', true);
  END IF;
  patterns := person_patterns(p_subject_id);
  replacement := coalesce((SELECT format('[%s contact of %s]', lower(c.role_at_customer), b.customer_code) FROM pii_contacts c JOIN customers b USING (customer_id) WHERE c.subject_id = p_subject_id), '[former user]');
  PERFORM forget_user(p_subject_id);
  scrubbed := scrub_traces(patterns, replacement);
  UPDATE pii_contacts SET name_ciphertext = NULL, email_ciphertext = NULL, phone_ciphertext = NULL, job_title_ciphertext = NULL, email_index = NULL, phone_index = NULL WHERE subject_id = p_subject_id;
  UPDATE pii_addresses SET recipient_ciphertext = NULL, address_ciphertext = NULL WHERE subject_id = p_subject_id;
  GET DIAGNOSTICS addresses = ROW_COUNT;
  PERFORM shred_subject_key(p_subject_id);
  UPDATE subjects SET erased_at = clock_timestamp() WHERE subject_id = p_subject_id;
  INSERT INTO erasure_ledger (scope, subject_hash) VALUES ('SUBJECT', blind_index(p_subject_id::text, 'erasure.subject')) ON CONFLICT DO NOTHING;
  PERFORM note_pii_access(p_subject_id, 'ERASE', '{}'), emit_event('privacy.erased', 'subjects', p_subject_id, '{}');
  RETURN jsonb_build_object('key_shredded', true, 'addresses', addresses, 'scrubbed', scrubbed, 'remains', remaining_traces(p_subject_id, patterns));
END;
$$;
COMMENT ON FUNCTION erase_person(bigint, boolean) IS 'Erases a person: texts scrubbed, encrypted data emptied, key destroyed, ledger written. Returns what was done and what remains. Asks for no permission.';

CREATE OR REPLACE FUNCTION erase_subject(p_privacy_request_id bigint) RETURNS jsonb
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  person bigint := require_person('privacy:approve');
  request privacy_requests := lock_privacy_request(p_privacy_request_id, 'ERASE', 'VERIFIED');
  outcome jsonb;
BEGIN
  PERFORM require_other_person(person, ARRAY[request.opened_by, request.identity_checked_by], 'sign this erasure');
  UPDATE privacy_requests SET signature_id = sign('privacy_requests', p_privacy_request_id, 'destroyed', 'erasure of a person') WHERE privacy_request_id = p_privacy_request_id;
  outcome := erase_person(request.subject_id);
  PERFORM close_privacy_request(p_privacy_request_id, 'DONE', outcome);
  RETURN outcome;
END;
$$;
COMMENT ON FUNCTION erase_subject(bigint) IS 'Carries out an erasure: signed by a second person, who neither took the request in nor checked the identity. Returns what went and what remains with its basis and end.';

CREATE OR REPLACE FUNCTION preview_erasure(p_subject_id bigint)
RETURNS TABLE (retention_class text, place text, row_count bigint, what_happens text, legal_basis text, remains_until date)
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  PERFORM require_permission('privacy:handle'), lock_subject(p_subject_id), note_pii_access(p_subject_id, 'PREVIEW', '{}');
  RETURN QUERY
    SELECT p.retention_class, concat_ws('.', p.table_name, p.column_name), p.row_count, p.what_happens, p.legal_basis, p.remains_until
      FROM erasure_places(p_subject_id, person_patterns(p_subject_id)) p;
END;
$$;
COMMENT ON FUNCTION preview_erasure(bigint) IS 'What an erasure would do, place by place: rows, what happens to them, legal basis and end of what remains. Changes nothing but the log of reads.';

CREATE OR REPLACE FUNCTION replay_erasures(p_ledger jsonb DEFAULT NULL) RETURNS jsonb
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  again bigint;
  repeated integer := 0;
  added integer;
BEGIN
  IF NOT is_database_owner() THEN
    RAISE EXCEPTION 'Only the owner of the database repeats erasures.' USING ERRCODE = '42501', HINT = 'Connect as torvan_user, before the restored database is opened.';
  ELSIF current_user_id() IS NOT NULL THEN
    RAISE EXCEPTION 'Erasures are repeated as nobody.' USING ERRCODE = '42501', HINT = 'Without begin_as: each was decided by a person when it was done first.';
  ELSIF jsonb_typeof(coalesce(p_ledger, '[]')) <> 'array' OR EXISTS (
    SELECT FROM jsonb_array_elements(CASE jsonb_typeof(p_ledger) WHEN 'array' THEN p_ledger ELSE '[]' END) e
     WHERE (e ->> 'scope' IS NOT NULL AND e ->> 'hash' ~ '^([0-9a-f]{2})+$' AND e ->> 'erased_at' ~ '^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d') IS NOT TRUE) THEN
    RAISE EXCEPTION 'This is not a ledger of erasures.' USING ERRCODE = 'TV022', HINT = 'Give what export_erasure_ledger() gave: a list of {"scope": …, "hash": …, "erased_at": …}.';
  END IF;
  INSERT INTO erasure_ledger (scope, subject_hash, erased_at)
  SELECT e ->> 'scope', decode(e ->> 'hash', 'hex'), (e ->> 'erased_at')::timestamptz FROM jsonb_array_elements(coalesce(p_ledger, '[]')) e
  ON CONFLICT DO NOTHING;
  GET DIAGNOSTICS added = ROW_COUNT;
  FOR again IN SELECT s.subject_id FROM subjects s JOIN erasure_ledger l ON l.scope = 'SUBJECT' AND l.subject_hash = ANY (blind_indexes(s.subject_id::text, 'erasure.subject'))
                WHERE s.erased_at IS NULL ORDER BY s.subject_id LOOP
    -- The backup may be from a day on which they still worked here.
    PERFORM erase_person(again, true);
    repeated := repeated + 1;
  END LOOP;
  RETURN jsonb_build_object('ledger_rows_added', added, 'erased_again', repeated);
END;
$$;
COMMENT ON FUNCTION replay_erasures(jsonb) IS 'After a restore: takes in the copy of the ledger that was kept outside (export_erasure_ledger) and erases again everyone whom the restore brought back. Needs the index key and the keys of people.';

CREATE OR REPLACE FUNCTION export_erasure_ledger() RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  PERFORM require_permission('privacy:handle');
  RETURN (SELECT coalesce(jsonb_agg(jsonb_build_object('scope', l.scope, 'hash', encode(l.subject_hash, 'hex'), 'erased_at', l.erased_at) ORDER BY l.erasure_ledger_id), '[]') FROM erasure_ledger l);
END;
$$;
COMMENT ON FUNCTION export_erasure_ledger() IS 'The ledger of erasures to be kept outside the database: keyed hashes only.';

CREATE OR REPLACE FUNCTION tg_rows__append_only() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  RAISE EXCEPTION '% is append-only.', TG_TABLE_NAME USING ERRCODE = 'TV003', HINT = 'What is written there stays until its retention policy takes it out.';
END;
$$;
COMMENT ON FUNCTION tg_rows__append_only() IS 'Refuses to change or delete rows.';

CREATE OR REPLACE FUNCTION tg_encryption_keys__ledger_needs_it() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF EXISTS (SELECT FROM erasure_ledger l WHERE substr(l.subject_hash, 1, 2) = int2send(OLD.encryption_key_id)) THEN
    RAISE EXCEPTION 'Key % is needed by the ledger of erasures.', OLD.encryption_key_id
      USING ERRCODE = 'TV009', HINT = 'Its hashes cannot be made anew, because whom they stand for is erased: keep the key DECRYPT_ONLY.';
  END IF;
  RETURN NEW;
END;
$$;
COMMENT ON FUNCTION tg_encryption_keys__ledger_needs_it() IS 'An index key on which hashes of erased people stand is not retired.';
