-- Keeping the audit trail: what the server or the DBA does with seals, each day and each month.

CREATE OR REPLACE FUNCTION record_seal_signature(p_seal_id bigint, p_signature bytea, p_key_name text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF octet_length(p_signature) IS DISTINCT FROM 64 THEN
    RAISE EXCEPTION 'An Ed25519 signature has 64 bytes.' USING ERRCODE = 'TV022', COLUMN = 'signature', HINT = 'Sign the bytes "torvan audit seal " and the 32 bytes of seal_hash.';
  END IF;
  INSERT INTO audit_seal_signatures (audit_seal_id, method, key_name, signature) VALUES (p_seal_id, 'ED25519', btrim(p_key_name), p_signature) ON CONFLICT DO NOTHING;
EXCEPTION WHEN foreign_key_violation THEN
  RAISE EXCEPTION 'There is no seal %.', shown(p_seal_id) USING ERRCODE = 'TV004', COLUMN = 'seal_id', HINT = 'SELECT max(audit_seal_id) FROM audit_seals.';
END;
$$;
COMMENT ON FUNCTION record_seal_signature(bigint, bytea, text) IS 'Keeps the server''s signature of a seal. Asks for no permission: a signature proves itself against the public key, which is outside.';

CREATE OR REPLACE FUNCTION record_anchor(p_seal_id bigint, p_seal_hash bytea, p_place text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM audit_seals s WHERE s.audit_seal_id = p_seal_id) THEN
    RAISE EXCEPTION 'There is no seal %.', shown(p_seal_id) USING ERRCODE = 'TV004', COLUMN = 'seal_id', HINT = 'SELECT max(audit_seal_id) FROM audit_seals.';
  ELSIF NOT EXISTS (SELECT FROM audit_seals s WHERE s.audit_seal_id = p_seal_id AND s.seal_hash = p_seal_hash) THEN
    RAISE EXCEPTION 'Seal % does not have this hash.', shown(p_seal_id) USING ERRCODE = 'TV009', HINT = 'If this hash was written down outside before, run verify_audit with it: the chain may have been written anew.';
  END IF;
  INSERT INTO audit_anchors (audit_seal_id, seal_hash, place) VALUES (p_seal_id, p_seal_hash, btrim(p_place));
END;
$$;
COMMENT ON FUNCTION record_anchor(bigint, bytea, text) IS 'Notes that the hash of a seal was written down outside the database, and where. Asks for no permission: it proves nothing by itself.';

CREATE OR REPLACE FUNCTION export_audit(p_from_seal bigint, p_to_seal bigint) RETURNS SETOF text
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
SET "TimeZone" = 'UTC'
SET "DateStyle" = 'ISO'
SET bytea_output = 'hex'
SET enable_seqscan = off
AS $$
DECLARE
  seal audit_seals;
  key constant text := format('seals %s to %s', p_from_seal, p_to_seal);
BEGIN
  PERFORM require_permission('audit:export');
  IF NOT EXISTS (SELECT FROM audit_seals s WHERE s.audit_seal_id BETWEEN p_from_seal AND p_to_seal) THEN
    RAISE EXCEPTION 'There are no seals % to %.', shown(p_from_seal), shown(p_to_seal) USING ERRCODE = 'TV004', HINT = 'SELECT min(audit_seal_id), max(audit_seal_id) FROM audit_seals says which there are; seal_audit makes the next.';
  END IF;
  INSERT INTO audit_log (table_name, operation, record_key, new_values, actor) VALUES ('audit_log', 'EXPORT', key, jsonb_build_object('first_seal', p_from_seal, 'last_seal', p_to_seal), current_actor());
  FOR seal IN SELECT * FROM audit_seals s WHERE s.audit_seal_id BETWEEN p_from_seal AND p_to_seal ORDER BY s.audit_seal_id LOOP
    RETURN NEXT json_build_object('seal', json_build_object('audit_seal_id', seal.audit_seal_id, 'first_position', seal.first_position, 'row_count', seal.row_count, 'month', seal.month,
      'row_ids', seal.row_ids::text, 'leaves_sha256', encode(sha256(seal.leaves), 'hex'), 'first_created_at', seal.first_created_at, 'last_created_at', seal.last_created_at, 'merkle_root', encode(seal.merkle_root, 'hex'),
      'previous_hash', encode(seal.previous_hash, 'hex'), 'sealed_at', seal.sealed_at, 'seal_hash', encode(seal.seal_hash, 'hex'),
      'signatures', (SELECT coalesce(json_agg(json_build_object('method', g.method, 'key_name', g.key_name, 'signature', encode(g.signature, 'hex')) ORDER BY g.method, g.key_name), '[]')
                       FROM audit_seal_signatures g WHERE g.audit_seal_id = seal.audit_seal_id)));
    RETURN QUERY
      SELECT json_build_object('row', json_build_object('audit_log_id', a.audit_log_id, 'created_at', a.created_at, 'transaction_id', a.transaction_id::text, 'table_name', a.table_name, 'operation', a.operation,
               'record_key', a.record_key, 'old_values', a.old_values::text, 'new_values', a.new_values::text, 'actor_id', a.actor_id, 'actor', a.actor, 'database_role', a.database_role, 'session_id', a.session_id,
               'request_id', a.request_id, 'door', a.door, 'application_name', a.application_name, 'reason', a.reason))::text
        FROM unnest(seal.row_ids) AS r JOIN audit_log a ON a.audit_log_id >= lower(r) AND a.audit_log_id < upper(r) ORDER BY a.audit_log_id;
  END LOOP;
END;
$$;
COMMENT ON FUNCTION export_audit(bigint, bigint) IS 'Seals with their signatures and rows, one JSON object a line, for the verifier outside: \copy (SELECT * FROM export_audit(1, 100)) TO file. JSON columns are texts, byte for byte as they are hashed. The trail keeps that it was exported.';

CREATE OR REPLACE FUNCTION run_audit_verification() RETURNS jsonb
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  began constant timestamptz := clock_timestamp();
  anchor audit_anchors;
  result jsonb;
  made bigint;
BEGIN
  -- Nobody: the daily job.
  IF current_user_id() IS NOT NULL THEN
    PERFORM require_permission('audit:read');
  END IF;
  PERFORM seal_audit();
  SELECT * INTO anchor FROM audit_anchors n ORDER BY n.audit_anchor_id DESC LIMIT 1;
  result := audit_verdict(NULL, NULL, anchor.audit_seal_id, anchor.seal_hash);
  INSERT INTO audit_verifications (started_at, first_seal_id, last_seal_id, row_count, is_sound, result, verified_by)
  VALUES (began, (result ->> 'first_seal')::bigint, (result ->> 'last_seal')::bigint, (result ->> 'rows')::bigint, (result ->> 'sound')::boolean, result, current_actor())
  RETURNING audit_verification_id INTO made;
  IF NOT (result ->> 'sound')::boolean THEN
    PERFORM emit_event('audit.tampering_found', 'audit_verifications', made, result - 'findings' || jsonb_build_object('finding', result -> 'findings' -> 0));
  END IF;
  RETURN result;
END;
$$;
COMMENT ON FUNCTION run_audit_verification() IS 'The daily verification: seals what waits, verifies everything, keeps the result, and raises the event audit.tampering_found where something is wrong.';

CREATE OR REPLACE FUNCTION audit_month_partition(p_month date) RETURNS text
LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT 'audit_log_' || to_char(p_month, 'YYYY_MM') $$;
COMMENT ON FUNCTION audit_month_partition(date) IS 'Name of the partition of a month.';

CREATE OR REPLACE FUNCTION audit_certificate(p_month date) RETURNS jsonb
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT jsonb_build_object('month', p_month, 'first_seal', min(s.audit_seal_id), 'last_seal', max(s.audit_seal_id), 'seals', count(*), 'rows', coalesce(sum(s.row_count), 0),
                            'merkle_root', encode(merkle_root(string_agg(s.merkle_root, ''::bytea ORDER BY s.audit_seal_id)), 'hex'))
    FROM audit_seals s WHERE s.month = p_month
$$;
COMMENT ON FUNCTION audit_certificate(date) IS 'What remains provable of a month once its rows are gone: its seals, how many rows, and the root over their roots.';

CREATE OR REPLACE FUNCTION detach_audit_month(p_month date, p_reason text) RETURNS jsonb
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  month constant date := date_trunc('month', p_month)::date;
  part constant text := audit_month_partition(p_month);
  certificate jsonb;
  rows_there bigint;
  finding jsonb;
BEGIN
  IF NOT is_database_owner() THEN
    RAISE EXCEPTION 'Only the owner of the database takes months out of the audit trail.' USING ERRCODE = '42501', HINT = 'Connect as torvan_user.';
  ELSIF month >= date_trunc('month', now() AT TIME ZONE 'UTC') THEN
    RAISE EXCEPTION 'The month % is not over.', to_char(month, 'YYYY-MM') USING ERRCODE = 'TV009', HINT = 'Only past months are taken out, whole.';
  ELSIF NOT EXISTS (SELECT FROM pg_inherits i WHERE i.inhparent = 'public.audit_log'::regclass AND i.inhrelid = to_regclass('public.' || part)) THEN
    RAISE EXCEPTION 'There is no month % in the audit trail.', to_char(month, 'YYYY-MM') USING ERRCODE = 'TV004', HINT = 'SELECT month, row_count FROM audit_retired_months lists those that were taken out.';
  ELSIF btrim(coalesce(p_reason, '')) = '' THEN
    RAISE EXCEPTION 'Taking out a month needs a reason.' USING ERRCODE = 'TV022', COLUMN = 'reason', HINT = 'Name the retention rule and the decision.';
  END IF;
  LOCK TABLE audit_log IN ACCESS EXCLUSIVE MODE;
  certificate := audit_certificate(month);
  EXECUTE format('SELECT count(*) FROM public.%I', part) INTO rows_there;
  IF rows_there <> (certificate ->> 'rows')::bigint OR rows_there = 0 THEN
    RAISE EXCEPTION 'The month % has % rows, and % of them are sealed.', to_char(month, 'YYYY-MM'), rows_there, certificate ->> 'rows' USING ERRCODE = 'TV009', HINT = 'SELECT seal_audit(); then SELECT verify_audit();';
  END IF;
  SELECT f INTO finding FROM audit_seal_findings((certificate ->> 'first_seal')::bigint, (certificate ->> 'last_seal')::bigint) AS f WHERE f ->> 'kind' <> 'dated strangely' LIMIT 1;
  IF finding IS NOT NULL THEN
    RAISE EXCEPTION 'The month % does not verify: %', to_char(month, 'YYYY-MM'), finding USING ERRCODE = 'TV009', HINT = 'Clear this up first: what is wrong now can no longer be proven afterwards. SELECT verify_audit() names everything.';
  END IF;
  EXECUTE 'CREATE SCHEMA IF NOT EXISTS archive';
  EXECUTE format('ALTER TABLE public.audit_log DETACH PARTITION public.%I', part);
  EXECUTE format('DROP TRIGGER IF EXISTS _800_audit_no_truncate ON public.%I', part);
  EXECUTE format('ALTER TABLE public.%I SET SCHEMA archive', part);
  INSERT INTO audit_retired_months (month, first_seal_id, last_seal_id, seal_count, row_count, merkle_root, archive_table, reason)
  VALUES (month, (certificate ->> 'first_seal')::bigint, (certificate ->> 'last_seal')::bigint, (certificate ->> 'seals')::bigint, rows_there, decode(certificate ->> 'merkle_root', 'hex'), part, btrim(p_reason));
  RETURN certificate || jsonb_build_object('archive_table', 'archive.' || part);
END;
$$;
COMMENT ON FUNCTION detach_audit_month(date, text) IS 'Takes a past month out of the audit trail, after verifying it: the rows go to a table in the schema archive, the seals and a certificate stay. Returns the certificate.';

CREATE OR REPLACE FUNCTION verify_audit_archive(p_month date) RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  retired audit_retired_months;
  bad bigint[];
BEGIN
  PERFORM require_permission('audit:read');
  SELECT * INTO retired FROM audit_retired_months m WHERE m.month = p_month - (extract(day FROM p_month)::integer - 1);
  IF retired.month IS NULL OR retired.destroyed_at IS NOT NULL THEN
    RAISE EXCEPTION 'There is no archive of the month %.', shown(left(p_month::text, 7)) USING ERRCODE = 'TV004', COLUMN = 'month', HINT = 'SELECT month, archive_table, destroyed_at FROM audit_retired_months lists them.';
  END IF;
  EXECUTE format($query$
    SELECT array_agg(s.audit_seal_id ORDER BY s.audit_seal_id)
      FROM audit_seals s LEFT JOIN (
        SELECT h.audit_seal_id, merkle_root(string_agg(sha256('\x00'::bytea || h.what || h.circumstances), ''::bytea ORDER BY h.audit_log_id)) AS merkle_root
          FROM (SELECT k.audit_seal_id, a.audit_log_id, sha256(record_send(ROW(a.table_name, a.operation, a.record_key, a.old_values, a.new_values))) AS what,
                       record_send(ROW(a.audit_log_id, a.created_at, a.transaction_id, a.actor_id, a.actor, a.database_role, a.session_id, a.request_id, a.door, a.application_name, a.reason)) AS circumstances
                  FROM audit_seals k CROSS JOIN unnest(k.row_ids) AS r JOIN archive.%I a ON a.audit_log_id >= lower(r) AND a.audit_log_id < upper(r)
                 WHERE k.month = $1) h GROUP BY h.audit_seal_id) found USING (audit_seal_id)
     WHERE s.month = $1 AND (found.merkle_root IS DISTINCT FROM s.merkle_root OR audit_seal_hash(s) <> s.seal_hash)$query$, retired.archive_table) INTO bad USING retired.month;
  RETURN jsonb_build_object('sound', bad IS NULL AND audit_certificate(retired.month) ->> 'merkle_root' = encode(retired.merkle_root, 'hex'),
                            'rows', retired.row_count, 'seals', retired.seal_count, 'bad_seals', coalesce(to_jsonb(bad), '[]'));
END;
$$;
COMMENT ON FUNCTION verify_audit_archive(date) IS 'Verifies the archived rows of a month that was taken out against its seals and its certificate.';

CREATE OR REPLACE FUNCTION destroy_audit_archive(p_month date) RETURNS jsonb
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  retired audit_retired_months;
BEGIN
  IF NOT is_database_owner() THEN
    RAISE EXCEPTION 'Only the owner of the database destroys archives.' USING ERRCODE = '42501', HINT = 'Connect as torvan_user.';
  END IF;
  SELECT * INTO retired FROM audit_retired_months m WHERE m.month = p_month - (extract(day FROM p_month)::integer - 1) FOR UPDATE;
  IF retired.month IS NULL OR retired.destroyed_at IS NOT NULL THEN
    RAISE EXCEPTION 'There is no archive of the month %.', shown(left(p_month::text, 7)) USING ERRCODE = 'TV004', COLUMN = 'month', HINT = 'SELECT month, archive_table, destroyed_at FROM audit_retired_months lists them.';
  END IF;
  EXECUTE format('DROP TABLE archive.%I', retired.archive_table);
  UPDATE audit_retired_months m SET destroyed_at = clock_timestamp() WHERE m.month = retired.month;
  RETURN audit_certificate(retired.month);
END;
$$;
COMMENT ON FUNCTION destroy_audit_archive(date) IS 'Destroys the archived rows of a month; its seals and its certificate stay. Whether it may is decided by the retention policies.';
