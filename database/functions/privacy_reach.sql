-- People: addresses, how to reach users, who saw whom.

CREATE OR REPLACE FUNCTION add_address(p_subject_id bigint, p_country_code text, p_recipient text, p_address text, p_kind text DEFAULT 'SHIP_TO') RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  made bigint;
  organisation bigint := (SELECT c.customer_id FROM pii_contacts c WHERE c.subject_id = p_subject_id);
BEGIN
  PERFORM require_permission('customer:update_contact'), lock_subject(p_subject_id);
  IF organisation IS NULL THEN
    RAISE EXCEPTION 'The person % is not a contact of a customer.', shown(p_subject_id) USING ERRCODE = 'TV022', COLUMN = 'subject_id', HINT = 'Add the contact who receives first: add_contact.';
  ELSIF upper(btrim(coalesce(p_country_code, ''))) !~ '^[A-Z]{2}$' THEN
    RAISE EXCEPTION 'The country of an address has two letters.' USING ERRCODE = 'TV022', COLUMN = 'country_code', HINT = 'For example CA.';
  ELSIF btrim(coalesce(p_address, '')) = '' OR upper(btrim(coalesce(p_kind, ''))) NOT IN ('SHIP_TO', 'BILL_TO', 'SITE') THEN
    RAISE EXCEPTION 'An address needs its lines and a kind.' USING ERRCODE = 'TV022', HINT = 'Kinds: SHIP_TO, BILL_TO, SITE.';
  END IF;
  INSERT INTO pii_addresses (subject_id, customer_id, address_kind, country_code, created_by)
  VALUES (p_subject_id, organisation, upper(btrim(p_kind)), upper(btrim(p_country_code)), current_user_id()) RETURNING pii_address_id INTO made;
  UPDATE pii_addresses SET
    recipient_ciphertext = encrypt_for_subject(p_subject_id, nullif(btrim(p_recipient), ''), encryption_context('pii_addresses', 'recipient_ciphertext', made::text)),
    address_ciphertext = encrypt_for_subject(p_subject_id, btrim(p_address), encryption_context('pii_addresses', 'address_ciphertext', made::text))
   WHERE pii_address_id = made;
  RETURN made;
END;
$$;
COMMENT ON FUNCTION add_address(bigint, text, text, text, text) IS 'Adds an address at which a contact receives goods or papers, encrypted under that contact''s key.';

CREATE OR REPLACE FUNCTION show_addresses(p_subject_ids bigint[])
RETURNS TABLE (subject_id bigint, pii_address_id bigint, address_kind text, country_code text, recipient text, address text)
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  PERFORM require_permission('customer:read');
  PERFORM note_pii_access(s.subject_id, 'VIEW', '{address}') FROM subjects s WHERE s.subject_id = ANY (p_subject_ids) AND is_visible_person(s) ORDER BY s.subject_id;
  RETURN QUERY
    SELECT s.subject_id, a.pii_address_id, a.address_kind, a.country_code::text, v.recipient, v.address
      FROM pii_addresses a JOIN subjects s USING (subject_id)
      LEFT JOIN LATERAL (
        SELECT decrypt_for_subject(s.subject_id, a.recipient_ciphertext, encryption_context('pii_addresses', 'recipient_ciphertext', a.pii_address_id::text)) AS recipient,
               decrypt_for_subject(s.subject_id, a.address_ciphertext, encryption_context('pii_addresses', 'address_ciphertext', a.pii_address_id::text)) AS address
         WHERE is_visible_person(s)) v ON true
     WHERE a.subject_id = ANY (p_subject_ids) ORDER BY a.pii_address_id;
END;
$$;
COMMENT ON FUNCTION show_addresses(bigint[]) IS 'Addresses of contacts in clear, null where they are hidden, and writes down that they were seen.';

CREATE OR REPLACE FUNCTION addresses_of(p_subject_id bigint) RETURNS TABLE (pii_address_id bigint, address_kind text, country_code text, recipient text, address text)
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$ BEGIN RETURN QUERY SELECT a.pii_address_id, a.address_kind, a.country_code, a.recipient, a.address FROM show_addresses(ARRAY[p_subject_id]) a; END; $$;
COMMENT ON FUNCTION addresses_of(bigint) IS 'Addresses of a contact in clear, null where hidden; the read is written down.';

CREATE OR REPLACE FUNCTION addresses_of_customer(p_customer_code text)
RETURNS TABLE (subject_id bigint, pii_address_id bigint, address_kind text, country_code text, recipient text, address text)
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  RETURN QUERY SELECT * FROM show_addresses(array(SELECT DISTINCT a.subject_id FROM pii_addresses a JOIN customers b USING (customer_id) WHERE b.customer_code = upper(btrim(p_customer_code))));
END;
$$;
COMMENT ON FUNCTION addresses_of_customer(text) IS 'Addresses of all contacts of a customer in clear; each read is written down.';

CREATE OR REPLACE FUNCTION set_user_contact(p_user_id bigint, p_email text, p_phone text DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  person bigint;
  email text := canonical_email(p_email);
  phone text := canonical_phone(p_phone);
BEGIN
  IF current_user_id() IS DISTINCT FROM p_user_id THEN
    PERFORM require_permission('user:update');
  END IF;
  PERFORM FROM users u WHERE u.user_id = p_user_id FOR UPDATE;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'There is no user %.', shown(p_user_id) USING ERRCODE = 'TV004', COLUMN = 'user_id', HINT = 'SELECT user_id, login FROM users lists them.';
  END IF;
  SELECT u.subject_id INTO person FROM pii_users u WHERE u.user_id = p_user_id;
  IF person IS NULL THEN
    -- Accounts of customers' people are of the kind PORTAL.
    INSERT INTO subjects (subject_kind, created_by, is_sample)
    SELECT CASE to_jsonb(u) ->> 'kind' WHEN 'PORTAL' THEN 'PORTAL' ELSE 'STAFF' END, current_user_id(), u.is_sample FROM users u WHERE u.user_id = p_user_id RETURNING subject_id INTO person;
    INSERT INTO pii_users (subject_id, user_id) VALUES (person, p_user_id);
  END IF;
  PERFORM lock_subject(person);
  UPDATE pii_users SET
    email_ciphertext = encrypt_for_subject(person, email, encryption_context('pii_users', 'email_ciphertext', person::text)), email_index = blind_index(email, 'pii_users.email'),
    phone_ciphertext = encrypt_for_subject(person, phone, encryption_context('pii_users', 'phone_ciphertext', person::text)), phone_index = blind_index(phone, 'pii_users.phone')
   WHERE subject_id = person;
  RETURN person;
END;
$$;
COMMENT ON FUNCTION set_user_contact(bigint, text, text) IS 'Keeps how to reach a user, encrypted; a user sets their own, others need user:update. Returns the number of the person.';

CREATE OR REPLACE FUNCTION user_contact_of(p_user_id bigint) RETURNS TABLE (subject_id bigint, email text, phone text)
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  IF current_user_id() IS DISTINCT FROM p_user_id THEN
    PERFORM require_permission('user:read');
  END IF;
  PERFORM note_pii_access(u.subject_id, 'VIEW', '{email,phone}') FROM pii_users u JOIN subjects s USING (subject_id) WHERE u.user_id = p_user_id AND is_visible_person(s);
  RETURN QUERY
    SELECT u.subject_id, decrypt_for_subject(u.subject_id, u.email_ciphertext, encryption_context('pii_users', 'email_ciphertext', u.subject_id::text)),
           decrypt_for_subject(u.subject_id, u.phone_ciphertext, encryption_context('pii_users', 'phone_ciphertext', u.subject_id::text))
      FROM pii_users u JOIN subjects s USING (subject_id) WHERE u.user_id = p_user_id AND is_visible_person(s);
END;
$$;
COMMENT ON FUNCTION user_contact_of(bigint) IS 'How to reach a user, in clear: the user, or who has user:read. The read is written down.';

CREATE OR REPLACE FUNCTION who_saw_subject(p_subject_id bigint, p_from timestamptz DEFAULT '-infinity', p_to timestamptz DEFAULT 'infinity')
RETURNS TABLE (seen_at timestamptz, actor text, action text, fields text[], reason text, request_id text)
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
BEGIN
  PERFORM require_permission('privacy:read');
  IF p_subject_id IS NOT NULL AND NOT EXISTS (SELECT FROM subjects s WHERE s.subject_id = p_subject_id) THEN
    RAISE EXCEPTION 'There is no person %.', shown(p_subject_id) USING ERRCODE = 'TV004', COLUMN = 'subject_id', HINT = 'SELECT subject_id, customer_id, role_at_customer FROM pii_contacts lists contacts; none stands for all people.';
  ELSIF p_from IS NULL OR p_to IS NULL THEN
    RAISE EXCEPTION 'The period has no %.', CASE WHEN p_from IS NULL THEN 'begin' ELSE 'end' END USING ERRCODE = 'TV022', COLUMN = 'from', HINT = 'Give two instants, or leave both out for all times.';
  END IF;
  RETURN QUERY
    SELECT l.created_at, l.actor, l.action, l.fields, l.reason, l.request_id FROM pii_access_log l
     WHERE (p_subject_id IS NULL OR l.subject_id = p_subject_id) AND l.created_at >= p_from AND l.created_at < p_to
    UNION ALL
    SELECT a.created_at, a.actor, 'CHANGE', array(SELECT jsonb_object_keys(coalesce(a.new_values, a.old_values)) ORDER BY 1), a.reason, a.request_id FROM audit_log a
     WHERE a.table_name IN ('pii_contacts', 'pii_users') AND (p_subject_id IS NULL OR a.record_key = p_subject_id::text) AND a.created_at >= p_from AND a.created_at < p_to
    ORDER BY 1;
END;
$$;
COMMENT ON FUNCTION who_saw_subject(bigint, timestamptz, timestamptz) IS 'Who read or changed a person''s data in a period, for a notice after a breach; null for all people.';
