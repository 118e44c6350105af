-- Signatures: bound to a record's content, given by the acting person, in the transaction of the act which they authorise.
--
-- Through the server a signature needs a fresh proof of identity, good for one act. At psql the database login is the proof;
-- such signatures say so wherever they are shown, and can be switched off (security_settings.database_signing).

CREATE OR REPLACE FUNCTION grant_signing_proof(p_token_hash text, p_method text) RETURNS text
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  state session_state := require_session(p_token_hash);
  wanted text := upper(btrim(p_method));
  complete text := CASE state.mfa_state WHEN 'PASSED' THEN 'PASSWORD_MFA' ELSE 'PASSWORD' END;
  proved_at timestamptz := (SELECT s.signing_proved_at FROM user_sessions s WHERE s.user_session_id = state.user_session_id);
  proof text := encode(gen_random_bytes(32), 'hex');
BEGIN
  IF state.restricted_to IS NOT NULL OR state.kind <> 'STAFF' OR state.session_kind <> 'WEB' THEN
    RAISE EXCEPTION 'Nobody signs with this kind of sign-in.' USING ERRCODE = 'TV010', HINT = 'A person of the plant signs, after a complete sign-in.';
  END IF;
  IF (wanted IN ('PASSWORD', 'PASSWORD_MFA', 'AUTHENTICATOR')) IS NOT TRUE OR (wanted <> 'PASSWORD' AND state.mfa_state <> 'PASSED') THEN
    RAISE EXCEPTION 'The method of proof is "%".', shown(p_method) USING ERRCODE = 'TV022', COLUMN = 'method', HINT = 'PASSWORD, or with a second factor in use PASSWORD_MFA or AUTHENTICATOR.';
  END IF;
  -- The first signing of a series asks for all parts; the series ends after some minutes, and with the session (21 CFR 11.200).
  IF wanted NOT IN (complete, 'PASSWORD_MFA') AND (proved_at > identity_now() - make_interval(mins => security_number('signing_series_minutes'))) IS NOT TRUE THEN
    RAISE EXCEPTION 'The first signature of a series asks for all parts of your credentials.' USING ERRCODE = 'TV011', HINT = 'Give password and code.';
  END IF;
  IF wanted IN (complete, 'PASSWORD_MFA') THEN
    UPDATE user_sessions SET signing_proved_at = identity_now() WHERE user_session_id = state.user_session_id;
  END IF;
  INSERT INTO signing_proofs (user_session_id, user_id, proof_hash, method, expires_at)
  VALUES (state.user_session_id, state.user_id, encode(sha256(convert_to(proof, 'UTF8')), 'hex'), wanted, identity_now() + make_interval(mins => security_number('signing_proof_minutes')));
  RETURN proof;
END;
$$;
COMMENT ON FUNCTION grant_signing_proof(text, text) IS
  'For the server, after it checked the person''s credentials again: returns a proof for one act. The server sets torvan.signing_proof to it in the transaction of that act.';

CREATE OR REPLACE FUNCTION signing_method(p_person users) RETURNS text
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  proved text;
BEGIN
  IF is_database_door() THEN
    IF NOT security_switch('database_signing') THEN
      RAISE EXCEPTION 'Signing at psql is switched off.' USING ERRCODE = '42501', HINT = 'Sign through the server; security_settings.database_signing says so.';
    END IF;
    RETURN 'DATABASE';
  END IF;
  -- One statement, so that of two acts at once only one finds the proof unused. All signatures of one act share it.
  UPDATE signing_proofs p SET used_in = pg_current_xact_id()
    FROM user_sessions s
   WHERE p.proof_hash = encode(sha256(convert_to(nullif(current_setting('torvan.signing_proof', true), ''), 'UTF8')), 'hex')
     AND p.user_id = p_person.user_id AND p.user_session_id = current_session_id() AND p.expires_at > identity_now()
     AND (p.used_in IS NULL OR p.used_in = pg_current_xact_id())
     AND s.user_session_id = p.user_session_id AND s.ended_at IS NULL AND s.expires_at > identity_now()
  RETURNING p.method INTO proved;
  IF proved IS NULL THEN
    RAISE EXCEPTION 'This signature needs a fresh proof of who you are.' USING ERRCODE = 'TV011', HINT = 'Give your credentials again. At psql: BEGIN; SELECT begin_as(''login'', ''reason''); then the step; COMMIT.';
  END IF;
  RETURN proved;
END;
$$;
COMMENT ON FUNCTION signing_method(users) IS 'How the signer proved who they are: uses up the proof of this act, or DATABASE at psql.';

CREATE OR REPLACE FUNCTION lacks_verification(p_person users) RETURNS boolean
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT p_person.identity_verified_by IS NULL AND security_switch(CASE WHEN is_database_door() THEN 'identity_verification_at_database' ELSE 'identity_verification' END)
$$;
COMMENT ON FUNCTION lacks_verification(users) IS 'True where nobody verified who a person is, though the site asks for it before they sign.';

CREATE OR REPLACE FUNCTION awaits_verification() RETURNS boolean
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT coalesce((SELECT u.kind = 'STAFF' AND lacks_verification(u) FROM users u WHERE u.user_id = current_user_id()), false)
$$;
COMMENT ON FUNCTION awaits_verification() IS 'True for an acting person of the plant who cannot sign yet, because nobody verified who they are.';

CREATE OR REPLACE FUNCTION require_signer() RETURNS users
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  person users;
BEGIN
  IF is_narrowed() THEN
    RAISE EXCEPTION 'A program''s token never signs.' USING ERRCODE = 'TV010', HINT = 'A person of the plant signs, after a complete sign-in.';
  END IF;
  SELECT * INTO person FROM users u WHERE u.user_id = current_user_id();
  IF person.user_id IS NULL OR person.kind <> 'STAFF' OR NOT person.is_active OR person.expires_at <= identity_now() THEN
    RAISE EXCEPTION 'A signature needs a person.' USING ERRCODE = 'TV010', HINT = 'At psql: BEGIN; SELECT begin_as(''login'', ''reason''); then the step; COMMIT.';
  END IF;
  IF lacks_verification(person) THEN
    RAISE EXCEPTION 'The identity of % is not verified, so they cannot sign.', person.login USING ERRCODE = 'TV009', HINT = 'A second person verifies it: verify_identity(''login'', ''how'').';
  END IF;
  RETURN person;
END;
$$;
COMMENT ON FUNCTION require_signer() IS 'The acting person, who must be one of the plant whose identity a second person verified.';

CREATE OR REPLACE FUNCTION signing_grant() RETURNS user_roles
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  used user_roles := grant_in_use(nullif(current_setting('torvan.authority', true), ''));
BEGIN
  IF used.user_role_id IS NULL THEN
    RAISE EXCEPTION '% has no role in which to sign.', current_actor() USING ERRCODE = '42501', HINT = 'An Administrator gives one: grant_role.';
  END IF;
  IF NOT used.may_sign THEN
    RAISE EXCEPTION '% may act in the delegated role, but not sign.', current_actor() USING ERRCODE = '42501', HINT = 'Who delegated it has to sign, or to delegate anew with the right to sign.';
  END IF;
  RETURN used;
END;
$$;
COMMENT ON FUNCTION signing_grant() IS 'The grant by which the acting person has the right to the present act, and so signs: an own role, or one that was lent; raises 42501 if signing was not lent with it, or there is no role at all.';

CREATE OR REPLACE FUNCTION signature_row_hash(p_signature signatures) RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT encode(sha256(convert_to(jsonb_build_array(p_signature.signature_id, p_signature.record_type, p_signature.record_id, p_signature.meaning, p_signature.reason,
    p_signature.signer_id, p_signature.printed_name, p_signature.signer_role, p_signature.acting_for_id, p_signature.acting_for_name, p_signature.method, p_signature.user_session_id,
    p_signature.content_keys, p_signature.content_hash, extract(epoch FROM p_signature.signed_at))::text, 'UTF8')), 'hex')
$$;
COMMENT ON FUNCTION signature_row_hash(signatures) IS 'SHA-256 over everything that a signature says.';

CREATE OR REPLACE FUNCTION sign(p_record_type text, p_record_id bigint, p_meaning text, p_reason text DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  person users := require_signer();
  used user_roles := signing_grant();
  grantor users;
  content jsonb := canonical_record(p_record_type, p_record_id);
  s signatures;
BEGIN
  IF content IS NULL THEN
    RAISE EXCEPTION 'There is no record % of % to sign.', shown(p_record_id), shown(p_record_type) USING ERRCODE = 'TV004', HINT = 'Name a table of this database and a key in it.';
  END IF;
  IF p_meaning IN ('rejected', 'waived', 'destroyed') THEN
    PERFORM require_reason(p_reason);
  END IF;
  s.record_type := p_record_type;
  s.record_id := p_record_id;
  s.meaning := p_meaning;
  s.reason := nullif(btrim(p_reason), '');
  s.signer_id := person.user_id;
  s.printed_name := person.display_name;
  SELECT r.role_code INTO s.signer_role FROM roles r WHERE r.role_id = used.role_id;
  SELECT * INTO grantor FROM users u WHERE u.user_id = used.delegated_by;
  s.acting_for_id := grantor.user_id;
  s.acting_for_name := grantor.display_name;
  s.method := signing_method(person);
  s.user_session_id := CASE WHEN s.method <> 'DATABASE' THEN current_session_id() END;
  s.content_keys := array(SELECT k FROM jsonb_object_keys(content) k ORDER BY k COLLATE "C");
  s.content_hash := canonical_hash(content, s.content_keys);
  s.signed_at := clock_timestamp();
  s.signature_id := nextval('public.signatures_signature_id_seq');
  s.row_hash := signature_row_hash(s);
  INSERT INTO signatures OVERRIDING SYSTEM VALUE SELECT s.*;
  PERFORM emit_event('signature.given', 'signatures', s.signature_id,
    jsonb_build_object('record_type', s.record_type, 'record_id', s.record_id, 'meaning', s.meaning, 'signer_id', s.signer_id, 'method', s.method));
  RETURN s.signature_id;
EXCEPTION WHEN check_violation THEN
  RAISE EXCEPTION 'A signature cannot mean "%".', shown(p_meaning) USING ERRCODE = 'TV022', COLUMN = 'meaning', HINT = 'Meanings: authored, reviewed, approved, inspected, released, rejected, waived, confirmed, destroyed.';
END;
$$;
COMMENT ON FUNCTION sign(text, bigint, text, text) IS
  'Signs a record inside the act which the signature authorises: the acting person (and for whom they act), a meaning from the fixed list, bound to the record''s content by its hash. Returns the key of the signature.';

CREATE OR REPLACE FUNCTION verify_signature(p_signature_id bigint) RETURNS TABLE (status text, message text)
LANGUAGE plpgsql STABLE ROWS 1
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  s signatures;
  content jsonb;
  archive archives;
BEGIN
  SELECT * INTO s FROM signatures x WHERE x.signature_id = p_signature_id;
  IF s.signature_id IS NULL OR NOT (s.signer_id IS NOT DISTINCT FROM current_user_id() OR has_permission('signature:read')) THEN
    RETURN QUERY VALUES ('NOT_FOUND', format('There is no signature %s.', p_signature_id));
    RETURN;
  END IF;
  IF s.row_hash IS DISTINCT FROM signature_row_hash(s) THEN
    RETURN QUERY VALUES ('FORGED', 'The signature does not agree with itself: it was changed or copied in the database.');
    RETURN;
  END IF;
  content := canonical_record(s.record_type, s.record_id);
  IF content IS NULL THEN
    SELECT * INTO archive FROM archives a WHERE a.manifest -> 'signatures' @> to_jsonb(p_signature_id) AND a.state = 'STORED' ORDER BY a.archive_id DESC LIMIT 1;
  END IF;
  IF archive.archive_id IS NOT NULL THEN
    RETURN QUERY VALUES ('ARCHIVED', format('The record %s of %s is in archive %s; restore_archive(%s) puts it back, then it can be verified.', s.record_id, s.record_type, archive.archive_code, archive.archive_id));
    RETURN;
  END IF;
  RETURN QUERY
    SELECT v.status, v.message
      FROM (SELECT CASE WHEN content IS NULL THEN 'RECORD_MISSING' WHEN canonical_hash(content, s.content_keys) = s.content_hash THEN 'VALID' ELSE 'SUPERSEDED' END) c (status)
      JOIN (VALUES ('VALID', 'The record is as it was signed.'), ('SUPERSEDED', 'The record was changed after this signature, which stands for the former content only.'),
                   ('RECORD_MISSING', format('There is no record %s of %s any more.', s.record_id, s.record_type))) v (status, message) USING (status);
END;
$$;
COMMENT ON FUNCTION verify_signature(bigint) IS 'Whether a signature holds: VALID, SUPERSEDED (the record changed since), ARCHIVED (retention took it into the archive that the message names), RECORD_MISSING, FORGED (the row does not agree with itself) or NOT_FOUND, with words for people. Own signatures, or with signature:read any.';

CREATE OR REPLACE FUNCTION signature_stamps(p_record_type text, p_record_id bigint) RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT string_agg(format('%s: %s%s, %s, %s%s%s', s.meaning, s.printed_name, ' for ' || s.acting_for_name,
           coalesce((SELECT o.name FROM roles o WHERE o.role_code = s.signer_role), s.signer_role), to_char(s.signed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS "UTC"'),
           ' (' || s.reason || ')',
           CASE WHEN s.row_hash IS DISTINCT FROM signature_row_hash(s) THEN ' - FORGED'
                WHEN canonical_hash(r.content, s.content_keys) IS DISTINCT FROM s.content_hash THEN ' - SUPERSEDED: the record was changed after it' END), '; ' ORDER BY s.signature_id)
    FROM signatures s, (SELECT canonical_record(p_record_type, p_record_id) AS content) r
   WHERE s.record_type = p_record_type AND s.record_id = p_record_id
$$;
COMMENT ON FUNCTION signature_stamps(text, bigint) IS
  'The signatures on a record as every rendering of it prints them: meaning, printed name, for whom, role, instant in UTC, reason, and whether the record was changed since. Null if there are none. The caller has checked that the acting person may see the record.';

CREATE OR REPLACE FUNCTION order_signatures(p_order_id bigint)
RETURNS TABLE (signature_id bigint, record_type text, record_id bigint, build_number text, meaning text, printed_name text, signer_role text, acting_for text, signed_at timestamptz, reason text, method text, content_hash text, status text)
LANGUAGE plpgsql STABLE ROWS 20
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  PERFORM require_visible_order(p_order_id);
  RETURN QUERY
    WITH its_builds AS (SELECT b.build_id, b.build_number FROM builds b WHERE b.order_id = p_order_id),
         signed (record_type, record_id, build_number) AS (
           SELECT 'orders', p_order_id, NULL
           UNION ALL SELECT 'builds', b.build_id, b.build_number FROM its_builds b
           UNION ALL SELECT 'boms', m.bom_id, b.build_number FROM its_builds b JOIN boms m USING (build_id)
           UNION ALL SELECT 'qc_inspections', i.qc_inspection_id, b.build_number FROM its_builds b JOIN qc_inspections i USING (build_id)
           UNION ALL SELECT 'qc_waivers', w.qc_waiver_id, b.build_number FROM its_builds b JOIN qc_waivers w USING (build_id)
           UNION ALL SELECT 'nonconformities', n.nonconformity_id, b.build_number FROM its_builds b JOIN nonconformities n USING (build_id)
           UNION ALL SELECT 'order_attachments', a.order_attachment_id, b.build_number FROM order_attachments a LEFT JOIN its_builds b USING (build_id) WHERE a.order_id = p_order_id)
    SELECT s.signature_id, s.record_type, s.record_id, d.build_number, s.meaning, s.printed_name, s.signer_role, s.acting_for_name, s.signed_at, s.reason, s.method, s.content_hash,
           (SELECT v.status FROM verify_signature(s.signature_id) v)
      FROM signed d JOIN signatures s ON s.record_type = d.record_type AND s.record_id = d.record_id
     WHERE s.signer_id IS NOT DISTINCT FROM current_user_id() OR has_permission('signature:read')
     ORDER BY s.signature_id;
END;
$$;
COMMENT ON FUNCTION order_signatures(bigint) IS
  'Every signature on an order, its builds, BOMs, inspections, waivers, nonconformities and files: who, in which role and meaning, when, how they proved who they are, over which content, and whether it holds (status, as in verify_signature). Own signatures, or with signature:read all.';

CREATE OR REPLACE FUNCTION record_signatures(p_record_type text, p_record_id bigint)
RETURNS TABLE (signature_id bigint, record_type text, record_id bigint, edition integer, meaning text, printed_name text, signer_role text, acting_for text, signed_at timestamptz, reason text, status text)
LANGUAGE plpgsql STABLE ROWS 5
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  RETURN QUERY
    -- What is signed in editions shows the signatures on those that are in force, or will be.
    WITH signed (record_type, record_id, edition) AS (
           SELECT p_record_type, p_record_id, NULL::integer
           UNION ALL SELECT 'assembly_revisions', r.assembly_revision_id, r.revision
                       FROM assembly_revisions r
                      WHERE p_record_type = 'assemblies' AND r.assembly_id = p_record_id AND r.state IN ('RELEASED', 'SUPERSEDED') AND (r.effective_to IS NULL OR r.effective_to > now())
           UNION ALL SELECT 'document_versions', v.document_version_id, v.version
                       FROM document_versions v WHERE p_record_type = 'documents' AND v.document_id = p_record_id AND v.state IN ('APPROVED', 'EFFECTIVE'))
    SELECT s.signature_id, s.record_type, s.record_id, d.edition, s.meaning, s.printed_name, s.signer_role, s.acting_for_name, s.signed_at, s.reason,
           (SELECT v.status FROM verify_signature(s.signature_id) v)
      FROM signed d JOIN signatures s ON s.record_type = d.record_type AND s.record_id = d.record_id
     WHERE s.signer_id IS NOT DISTINCT FROM current_user_id() OR has_permission('signature:read')
     ORDER BY s.signature_id;
END;
$$;
COMMENT ON FUNCTION record_signatures(text, bigint) IS
  'The signatures on a record, named by its table and key, as every rendering of it shows them, and whether each holds (status, as in verify_signature). An assembly shows those on its revisions, a document those on its versions that are in force or approved (edition: their number). Own signatures, or with signature:read all.';
