-- People: contacts of customers, addresses, how to reach users. Everything that names a person is encrypted under that person's key.
--
-- The functions need the key file of the installation; without it they say so and how to give it (encryption.sql). At psql a name given
-- as a literal stands in the log of a server with log_statement = all: use bound parameters (\bind) there.
-- Each read is written down: who saw whom.

CREATE OR REPLACE FUNCTION note_pii_access(p_subject_id bigint, p_action text, p_fields text[]) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  INSERT INTO pii_access_log (subject_id, action, fields, reason, actor_id, actor, request_id)
  VALUES (p_subject_id, p_action, p_fields, nullif(current_setting('torvan.reason', true), ''), current_user_id(), current_actor(), nullif(current_setting('torvan.request_id', true), ''));
END;
$$;
COMMENT ON FUNCTION note_pii_access(bigint, text, text[]) IS 'Writes down that the acting person saw data of a person.';

CREATE OR REPLACE FUNCTION canonical_phone(p_phone text) RETURNS text
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  phone text := regexp_replace(regexp_replace(btrim(p_phone), '^00', '+'), '[ .()/-]', '', 'g');
BEGIN
  IF phone = '' OR phone IS NULL THEN
    RETURN NULL;
  ELSIF phone !~ '^\+?[0-9]{7,15}$' THEN
    RAISE EXCEPTION 'The phone number is not right.' USING ERRCODE = 'TV022', COLUMN = 'phone', HINT = 'Give 7 to 15 digits, with + and the country in front where it is known.';
  END IF;
  RETURN phone;
END;
$$;
COMMENT ON FUNCTION canonical_phone(text) IS 'A phone number as it is kept: plus sign and digits. The error does not repeat what was given.';

CREATE OR REPLACE FUNCTION canonical_email(p_email text) RETURNS text
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF btrim(coalesce(p_email, '')) = '' THEN
    RETURN NULL;
  ELSIF btrim(p_email) !~ '^[^@[:space:]]+@[^@[:space:]]+\.[^@[:space:].]{2,}$' THEN
    RAISE EXCEPTION 'The e-mail address is not right.' USING ERRCODE = 'TV022', COLUMN = 'email', HINT = 'It looks like name@example.org.';
  END IF;
  RETURN btrim(p_email);
END;
$$;
COMMENT ON FUNCTION canonical_email(text) IS 'An e-mail address without spaces around. The error does not repeat what was given.';

CREATE OR REPLACE FUNCTION lock_subject(p_subject_id bigint) RETURNS subjects
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  person subjects;
BEGIN
  SELECT * INTO person FROM subjects s WHERE s.subject_id = p_subject_id FOR UPDATE;
  IF person.subject_id IS NULL THEN
    RAISE EXCEPTION 'There is no person %.', shown(p_subject_id) USING ERRCODE = 'TV004', COLUMN = 'subject_id', HINT = 'SELECT subject_id, customer_id, role_at_customer FROM pii_contacts lists contacts, find_contact_by_email finds one.';
  ELSIF person.erased_at IS NOT NULL THEN
    RAISE EXCEPTION 'The person % was erased.', shown(p_subject_id) USING ERRCODE = 'TV009', HINT = 'An erased person does not come back; make a new contact if there is one.';
  END IF;
  RETURN person;
END;
$$;
COMMENT ON FUNCTION lock_subject(bigint) IS 'Locks a person who is there and not erased.';

CREATE OR REPLACE FUNCTION write_contact(p_subject_id bigint, p_field text, p_value text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  value text := CASE p_field WHEN 'email' THEN canonical_email(p_value) WHEN 'phone' THEN canonical_phone(p_value) ELSE nullif(btrim(p_value), '') END;
BEGIN
  EXECUTE format('UPDATE pii_contacts SET %I = $1%s WHERE subject_id = $3', p_field || '_ciphertext', CASE WHEN p_field IN ('email', 'phone') THEN format(', %I = $2', p_field || '_index') ELSE '' END)
    USING encrypt_for_subject(p_subject_id, value, encryption_context('pii_contacts', p_field || '_ciphertext', p_subject_id::text)),
          CASE WHEN p_field IN ('email', 'phone') THEN blind_index(value, 'pii_contacts.' || p_field) END, p_subject_id;
END;
$$;
COMMENT ON FUNCTION write_contact(bigint, text, text) IS 'Writes name, email, phone or job_title of a contact, encrypted, with its blind index.';

CREATE OR REPLACE FUNCTION require_contact_role(p_role text) RETURNS text
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF upper(btrim(coalesce(p_role, ''))) NOT IN ('PURCHASING', 'PROJECT', 'CLINICAL', 'TECHNICAL', 'RECEIVING', 'BILLING', 'OTHER') THEN
    RAISE EXCEPTION 'The role at the customer is "%".', shown(p_role) USING ERRCODE = 'TV022', COLUMN = 'role', HINT = 'Choose PURCHASING, PROJECT, CLINICAL, TECHNICAL, RECEIVING, BILLING or OTHER.';
  END IF;
  RETURN upper(btrim(p_role));
END;
$$;
COMMENT ON FUNCTION require_contact_role(text) IS 'The role in upper case, or TV022.';

CREATE OR REPLACE FUNCTION add_contact(p_customer_code text, p_role text, p_name text, p_email text DEFAULT NULL, p_phone text DEFAULT NULL, p_job_title text DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  buyer bigint := (SELECT c.customer_id FROM customers c WHERE c.customer_code = upper(btrim(p_customer_code)));
  email text := canonical_email(p_email);
  phone text := canonical_phone(p_phone);
  made bigint;
BEGIN
  PERFORM require_permission('customer:update_contact');
  IF buyer IS NULL THEN
    RAISE EXCEPTION 'There is no customer "%".', shown(p_customer_code) USING ERRCODE = 'TV004', COLUMN = 'customer_code', HINT = 'Make the customer first, or correct the code.';
  ELSIF btrim(coalesce(p_name, '')) = '' THEN
    RAISE EXCEPTION 'The contact needs a name.' USING ERRCODE = 'TV022', COLUMN = 'name', HINT = 'Give the name by which the person is addressed.';
  END IF;
  INSERT INTO subjects (subject_kind, created_by) VALUES ('CONTACT', current_user_id()) RETURNING subject_id INTO made;
  INSERT INTO pii_contacts (subject_id, customer_id, role_at_customer, name_ciphertext, email_ciphertext, phone_ciphertext, job_title_ciphertext, email_index, phone_index, created_by)
  VALUES (made, buyer, require_contact_role(p_role),
          encrypt_for_subject(made, btrim(p_name), encryption_context('pii_contacts', 'name_ciphertext', made::text)),
          encrypt_for_subject(made, email, encryption_context('pii_contacts', 'email_ciphertext', made::text)),
          encrypt_for_subject(made, phone, encryption_context('pii_contacts', 'phone_ciphertext', made::text)),
          encrypt_for_subject(made, nullif(btrim(p_job_title), ''), encryption_context('pii_contacts', 'job_title_ciphertext', made::text)),
          blind_index(email, 'pii_contacts.email'), blind_index(phone, 'pii_contacts.phone'), current_user_id());
  RETURN made;
END;
$$;
COMMENT ON FUNCTION add_contact(text, text, text, text, text, text) IS 'Adds a contact person of a customer, encrypted under a new key of their own; returns the number of the person.';

CREATE OR REPLACE FUNCTION update_contact(p_subject_id bigint, p_changes jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  person subjects;
BEGIN
  PERFORM require_permission('customer:update_contact');
  person := lock_subject(p_subject_id);
  IF person.is_restricted AND NOT has_permission('privacy:handle') THEN
    RAISE EXCEPTION 'The data of the person % is restricted.', shown(p_subject_id) USING ERRCODE = 'TV009', HINT = 'Ask who handles privacy requests; lift_restriction ends it.';
  ELSIF NOT EXISTS (SELECT FROM pii_contacts c WHERE c.subject_id = p_subject_id) THEN
    RAISE EXCEPTION 'The person % is not a contact of a customer.', shown(p_subject_id) USING ERRCODE = 'TV004', COLUMN = 'subject_id', HINT = 'For a user: set_user_contact.';
  ELSIF jsonb_typeof(p_changes) IS DISTINCT FROM 'object' OR p_changes - ARRAY['name', 'email', 'phone', 'job_title', 'role'] <> '{}' THEN
    RAISE EXCEPTION 'The changes of a contact are an object with name, email, phone, job_title or role.' USING ERRCODE = 'TV022', COLUMN = 'changes', HINT = 'For example {"phone": "+1 416 555 0100"}.';
  ELSIF p_changes ? 'name' AND btrim(coalesce(p_changes ->> 'name', '')) = '' THEN
    RAISE EXCEPTION 'The contact needs a name.' USING ERRCODE = 'TV022', COLUMN = 'changes', HINT = 'To be rid of the person, use a privacy request.';
  END IF;
  IF p_changes ? 'role' THEN
    UPDATE pii_contacts SET role_at_customer = require_contact_role(p_changes ->> 'role') WHERE subject_id = p_subject_id;
  END IF;
  PERFORM write_contact(p_subject_id, f.key, f.value) FROM jsonb_each_text(p_changes - 'role') f ORDER BY f.key;
END;
$$;
COMMENT ON FUNCTION update_contact(bigint, jsonb) IS 'Changes a contact: {"name", "email", "phone", "job_title", "role"}. Old values are overwritten; the trail holds only their ciphertext.';

CREATE OR REPLACE FUNCTION is_visible_person(p_person subjects) RETURNS boolean
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT p_person.erased_at IS NULL AND (NOT p_person.is_restricted OR has_permission('privacy:handle')) $$;
COMMENT ON FUNCTION is_visible_person(subjects) IS 'False for an erased person and, in normal use, for a restricted one.';

CREATE OR REPLACE FUNCTION show_contacts(p_subject_ids bigint[], p_action text)
RETURNS TABLE (subject_id bigint, customer_code text, role_at_customer text, name text, email text, phone text, job_title text, is_restricted boolean, is_erased boolean, purpose_ended_on date)
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
#variable_conflict use_column
DECLARE
  shown CONSTANT text[] := '{name,email,phone,job_title}';
BEGIN
  PERFORM require_permission('customer:read');
  PERFORM note_pii_access(s.subject_id, p_action, shown) FROM subjects s WHERE s.subject_id = ANY (p_subject_ids) AND is_visible_person(s) ORDER BY s.subject_id;
  RETURN QUERY
    SELECT s.subject_id, b.customer_code::text, c.role_at_customer, v.name, v.email, v.phone, v.job_title, s.is_restricted, s.erased_at IS NOT NULL, s.purpose_ended_on
      FROM subjects s JOIN pii_contacts c USING (subject_id) JOIN customers b USING (customer_id)
      LEFT JOIN LATERAL (
        SELECT decrypt_for_subject(s.subject_id, c.name_ciphertext, encryption_context('pii_contacts', 'name_ciphertext', s.subject_id::text)) AS name,
               decrypt_for_subject(s.subject_id, c.email_ciphertext, encryption_context('pii_contacts', 'email_ciphertext', s.subject_id::text)) AS email,
               decrypt_for_subject(s.subject_id, c.phone_ciphertext, encryption_context('pii_contacts', 'phone_ciphertext', s.subject_id::text)) AS phone,
               decrypt_for_subject(s.subject_id, c.job_title_ciphertext, encryption_context('pii_contacts', 'job_title_ciphertext', s.subject_id::text)) AS job_title
         WHERE is_visible_person(s)) v ON true
     WHERE s.subject_id = ANY (p_subject_ids) ORDER BY c.role_at_customer, s.subject_id;
END;
$$;
COMMENT ON FUNCTION show_contacts(bigint[], text) IS 'Contacts in clear, null where they are hidden (restricted, erased), and writes down that they were seen.';

CREATE OR REPLACE FUNCTION contact_of(p_subject_id bigint)
RETURNS TABLE (subject_id bigint, customer_code text, role_at_customer text, name text, email text, phone text, job_title text, is_restricted boolean, is_erased boolean, purpose_ended_on date)
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$ BEGIN RETURN QUERY SELECT * FROM show_contacts(ARRAY[p_subject_id], 'VIEW'); END; $$;
COMMENT ON FUNCTION contact_of(bigint) IS 'A contact in clear; needs the keys and customer:read. The read is written down.';

CREATE OR REPLACE FUNCTION contacts_of_customer(p_customer_code text)
RETURNS TABLE (subject_id bigint, customer_code text, role_at_customer text, name text, email text, phone text, job_title text, is_restricted boolean, is_erased boolean, purpose_ended_on date)
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  RETURN QUERY SELECT * FROM show_contacts(array(SELECT c.subject_id FROM pii_contacts c JOIN customers b USING (customer_id) WHERE b.customer_code = upper(btrim(p_customer_code))), 'VIEW');
END;
$$;
COMMENT ON FUNCTION contacts_of_customer(text) IS 'All contacts of a customer in clear; each read is written down.';

CREATE OR REPLACE FUNCTION find_contact_by_email(p_email text)
RETURNS TABLE (subject_id bigint, customer_code text, role_at_customer text, name text, email text, phone text, job_title text, is_restricted boolean, is_erased boolean, purpose_ended_on date)
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  PERFORM require_permission('customer:read'), blind_index('', 'pii_contacts.email');
  RETURN QUERY SELECT * FROM show_contacts(array(SELECT c.subject_id FROM pii_contacts c WHERE c.email_index = ANY (blind_indexes(canonical_email(p_email), 'pii_contacts.email'))), 'SEARCH');
END;
$$;
COMMENT ON FUNCTION find_contact_by_email(text) IS 'Contacts with this e-mail address (case does not count), found by its keyed hash.';

CREATE OR REPLACE FUNCTION find_contact_by_phone(p_phone text)
RETURNS TABLE (subject_id bigint, customer_code text, role_at_customer text, name text, email text, phone text, job_title text, is_restricted boolean, is_erased boolean, purpose_ended_on date)
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  PERFORM require_permission('customer:read'), blind_index('', 'pii_contacts.phone');
  RETURN QUERY SELECT * FROM show_contacts(array(SELECT c.subject_id FROM pii_contacts c WHERE c.phone_index = ANY (blind_indexes(canonical_phone(p_phone), 'pii_contacts.phone'))), 'SEARCH');
END;
$$;
COMMENT ON FUNCTION find_contact_by_phone(text) IS 'Contacts with this phone number, however it is written.';

CREATE OR REPLACE FUNCTION end_contact_purpose(p_subject_id bigint, p_ended_on date DEFAULT NULL) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  PERFORM require_permission('customer:update_contact'), lock_subject(p_subject_id);
  UPDATE subjects SET purpose_ended_on = coalesce(p_ended_on, site_today()) WHERE subject_id = p_subject_id;
END;
$$;
COMMENT ON FUNCTION end_contact_purpose(bigint, date) IS 'Notes that a person is no longer needed as a contact, or withdrew consent: from here the period of retention runs.';
