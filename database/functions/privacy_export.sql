-- Export of everything that is known about a person, without what it says about others.

CREATE OR REPLACE FUNCTION other_people_patterns(p_subject_id bigint) RETURNS text[]
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  RETURN array(
    SELECT DISTINCT p.pattern FROM (
      SELECT name_pattern(decrypt_for_subject(c.subject_id, c.name_ciphertext, encryption_context('pii_contacts', 'name_ciphertext', c.subject_id::text))) AS pattern
        FROM pii_contacts c JOIN subjects s USING (subject_id)
       WHERE c.customer_id IN (SELECT o.customer_id FROM pii_contacts o WHERE o.subject_id = p_subject_id) AND c.subject_id <> p_subject_id AND s.erased_at IS NULL
      UNION ALL
      SELECT name_pattern(w.word) FROM users u CROSS JOIN LATERAL (VALUES (u.display_name), (u.login)) AS w (word)
       WHERE NOT EXISTS (SELECT FROM pii_users p WHERE p.user_id = u.user_id AND p.subject_id = p_subject_id)) p
     WHERE p.pattern IS NOT NULL);
END;
$$;
COMMENT ON FUNCTION other_people_patterns(bigint) IS 'What colleagues of a contact and the people of the plant are recognised by; needs the keys.';

CREATE OR REPLACE FUNCTION redact_others(p_text text, p_own text[], p_others text[]) RETURNS text
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  own text := (SELECT '(?:' || string_agg(p, '|') || ')' FROM unnest(p_own) p);
  others text := (SELECT '(?:' || string_agg(p, '|') || ')' FROM unnest(p_others) p);
  hit record;
  redacted text := p_text;
BEGIN
  FOR hit IN SELECT f.words, f.pii_kind FROM find_pii(p_text) f ORDER BY length(f.words) DESC LOOP
    IF own IS NULL OR hit.words !~* own THEN
      redacted := replace(redacted, hit.words, '[' || lower(replace(hit.pii_kind, '_', ' ')) || ' of another person]');
    END IF;
  END LOOP;
  RETURN CASE WHEN others IS NULL THEN redacted ELSE regexp_replace(redacted, others, '[another person]', 'gi') END;
END;
$$;
COMMENT ON FUNCTION redact_others(text, text[], text[]) IS 'A text in which other people cannot be recognised.';

CREATE OR REPLACE FUNCTION references_to_user(p_user_id bigint) RETURNS jsonb
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  link record;
  counted bigint;
  listed jsonb := '[]';
BEGIN
  FOR link IN SELECT c.relname::text AS tab, a.attname::text AS col FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = k.conkey[1]
               WHERE k.contype = 'f' AND k.confrelid = 'users'::regclass AND k.conparentid = 0 ORDER BY 1, 2 LOOP
    EXECUTE format('SELECT count(*) FROM public.%I t WHERE t.%I = $1', link.tab, link.col) INTO counted USING p_user_id;
    IF counted > 0 THEN
      listed := listed || jsonb_build_object('table', link.tab, 'column', link.col, 'rows', counted);
    END IF;
  END LOOP;
  RETURN listed;
END;
$$;
COMMENT ON FUNCTION references_to_user(bigint) IS 'How many records of which table name a user.';

CREATE OR REPLACE FUNCTION export_subject(p_privacy_request_id bigint) RETURNS jsonb
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  handler bigint := require_person('customer:export');
  request privacy_requests := lock_privacy_request(p_privacy_request_id, 'EXPORT', 'VERIFIED');
  person subjects := lock_subject(request.subject_id);
  own text[] := person_patterns(request.subject_id);
  others text[] := other_people_patterns(request.subject_id);
  the_user bigint := (SELECT u.user_id FROM pii_users u WHERE u.subject_id = request.subject_id);
  contact jsonb := (SELECT to_jsonb(x) - 'subject_id' FROM show_contacts(ARRAY[request.subject_id], 'EXPORT') x);
  addresses jsonb := (SELECT coalesce(jsonb_agg(to_jsonb(x)), '[]') FROM addresses_of(request.subject_id) x);
  package jsonb;
BEGIN
  IF the_user IS NOT NULL THEN
    PERFORM note_pii_access(request.subject_id, 'EXPORT', '{email,phone,login,name}');
  END IF;
  package := jsonb_build_object(
    'format', 'torvan subject export 1', 'made_at', now(), 'request', p_privacy_request_id, 'law', request.law, 'received_on', request.received_on,
    'person', jsonb_build_object('number', person.subject_id, 'kind', person.subject_kind, 'is_restricted', person.is_restricted, 'known_since', person.created_at),
    'contact', contact, 'addresses', addresses,
    'user', (SELECT jsonb_strip_nulls(jsonb_build_object('login', u.login, 'name', u.display_name, 'initials', u.initials, 'language', u.language, 'is_active', u.is_active, 'since', u.created_at,
                    'roles', (SELECT jsonb_agg(jsonb_build_object('role', r.role_code, 'from', ur.valid_from, 'to', ur.valid_to)) FROM user_roles ur JOIN roles r USING (role_id) WHERE ur.user_id = u.user_id),
                    'signatures', (SELECT jsonb_agg(jsonb_build_object('record', s.record_type, 'key', s.record_id, 'meaning', s.meaning, 'at', s.signed_at)) FROM signatures s WHERE s.signer_id = u.user_id),
                    'named_in', references_to_user(u.user_id)))
               || (SELECT jsonb_build_object('email', c.email, 'phone', c.phone) FROM (SELECT
                     decrypt_for_subject(p.subject_id, p.email_ciphertext, encryption_context('pii_users', 'email_ciphertext', p.subject_id::text)) AS email,
                     decrypt_for_subject(p.subject_id, p.phone_ciphertext, encryption_context('pii_users', 'phone_ciphertext', p.subject_id::text)) AS phone FROM pii_users p WHERE p.subject_id = request.subject_id) c)
               FROM users u WHERE u.user_id = the_user),
    'texts', (SELECT coalesce(jsonb_agg(jsonb_build_object('table', t.table_name, 'column', t.column_name, 'key', t.record_key, 'text', redact_others(t.body, own, others)) ORDER BY t.table_name, t.column_name, t.record_key), '[]')
                FROM trace_texts(own) t WHERE t.table_name <> 'users'),
    'trail', (SELECT coalesce(jsonb_agg(jsonb_build_object('table', f.table_name, 'column', f.column_name, 'rows', f.row_count)), '[]') FROM find_traces(own) f WHERE f.table_name = 'audit_log'),
    'requests', (SELECT jsonb_agg(jsonb_build_object('kind', r.request_kind, 'state', r.state, 'received_on', r.received_on, 'closed_at', r.closed_at) ORDER BY r.privacy_request_id) FROM privacy_requests r WHERE r.subject_id = request.subject_id),
    'reads', (SELECT coalesce(jsonb_agg(jsonb_build_object('at', l.created_at, 'action', l.action, 'fields', l.fields) ORDER BY l.pii_access_id), '[]') FROM pii_access_log l WHERE l.subject_id = request.subject_id),
    'processing', (SELECT jsonb_agg(jsonb_build_object('category', v.category, 'purpose', v.purpose, 'legal_basis', v.legal_basis, 'kept', v.kept)) FROM v_processing_register v),
    'rights', 'You may ask for correction, erasure or restriction, object, and complain to the data protection authority. Your data is not sold.');
  PERFORM close_privacy_request(p_privacy_request_id, 'DONE', jsonb_build_object('sha256', encode(sha256(convert_to(package::text, 'UTF8')), 'hex'), 'texts', jsonb_array_length(package -> 'texts')));
  RETURN package;
END;
$$;
COMMENT ON FUNCTION export_subject(bigint) IS 'Everything about a person as JSON, other people redacted; the request is closed with the hash of the package, the reads are written down.';
