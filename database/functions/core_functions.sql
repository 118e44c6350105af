-- Core: who acts, what they may do, how a message reads, order numbers.
--
-- SQLSTATEs of the product (class TV), stable for callers:
--   TV001 cycle in the product structure      TV002 code already names another item
--   TV003 released structure is immutable     TV004 not found
--   TV009 conflict with the present state     TV010 no acting person, or no session
--   TV011 identity must be proved again
--   TV012 stale version                       TV022 value refused
--   TV023 configuration is not valid          TV024 guard of a workflow step failed
--   TV025 separation of duties                TV030 encryption key not given
--   TV031 encrypted value changed or moved    TV032 no such encryption key
--   42501 permission missing

-- The audit trail asks these at every change. They are in PL/pgSQL because that keeps its plans over transactions; SQL functions
-- with a search_path of their own are planned anew in each one.
CREATE OR REPLACE FUNCTION current_user_id() RETURNS bigint
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  RETURN nullif(current_setting('torvan.user_id', true), '')::bigint;
END;
$$;
COMMENT ON FUNCTION current_user_id() IS 'The user on whose behalf this transaction works; null when none was set.';

CREATE OR REPLACE FUNCTION current_actor() RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  person bigint := current_user_id();
  known text;
BEGIN
  IF person IS NOT NULL THEN
    SELECT u.login INTO known FROM users u WHERE u.user_id = person;
  END IF;
  RETURN coalesce(known, 'database:' || session_user);
END;
$$;
COMMENT ON FUNCTION current_actor() IS 'Login of the acting user, or database:ROLE for work done without one.';

CREATE OR REPLACE FUNCTION is_database_owner() RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  -- The connection's role: inside a function that runs as the owner, the server's role is still not the owner.
  RETURN (SELECT pg_has_role(session_user, d.datdba, 'MEMBER') FROM pg_database d WHERE d.datname = current_database());
END;
$$;
COMMENT ON FUNCTION is_database_owner() IS 'True if the connection''s role is the database''s owner or a member of it.';

CREATE OR REPLACE FUNCTION begin_as(p_login text, p_reason text DEFAULT NULL) RETURNS text
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  person users;
BEGIN
  IF NOT is_database_owner() THEN
    RAISE EXCEPTION 'Only the owner of the database may act for a user.'
      USING ERRCODE = '42501', HINT = 'Connect as torvan_user.';
  END IF;
  IF NOT security_switch('database_door') THEN
    RAISE EXCEPTION 'Acting for a user at psql is switched off.'
      USING ERRCODE = '42501', HINT = 'Work through the server, or switch it on: SELECT set_security_setting(''database_door'', ''true'', ''reason'').';
  END IF;
  SELECT * INTO person FROM users u WHERE u.login = lower(btrim(p_login));
  IF person.user_id IS NULL OR NOT person.is_active OR person.expires_at <= identity_now() THEN
    RAISE EXCEPTION 'There is no active user with the login "%".', shown(p_login)
      USING ERRCODE = 'TV004', COLUMN = 'login', HINT = 'SELECT login, display_name FROM users WHERE is_active lists them.';
  END IF;
  -- A statement that is its own transaction begins with it.
  IF transaction_timestamp() = statement_timestamp() THEN
    RAISE WARNING 'Unless this is inside BEGIN and COMMIT, % acts no longer after this statement.', person.login
      USING HINT = 'BEGIN; SELECT begin_as(…); what is to be done; COMMIT;';
  END IF;
  PERFORM set_config('torvan.user_id', person.user_id::text, true), set_config('torvan.reason', btrim(coalesce(p_reason, '')), true),
          set_config('torvan.door', 'DATABASE', true), set_config('torvan.session_id', '', true), set_config('torvan.authority', '', true);
  PERFORM note_database_door(person.user_id, nullif(btrim(p_reason), ''));
  RETURN person.display_name;
END;
$$;
COMMENT ON FUNCTION begin_as(text, text) IS
  'Sets the acting user until the end of the transaction, for the database''s owner at psql: BEGIN; SELECT begin_as(''login'', ''reason''); …; COMMIT; '
  'Noted as a security event, and can be switched off (security_settings.database_door).';

CREATE OR REPLACE FUNCTION shown(p_value anyelement) RETURNS text
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$ BEGIN RETURN CASE WHEN p_value IS NULL THEN '(none)' WHEN btrim(p_value::text) = '' THEN '(empty)' ELSE p_value::text END; END; $$;
COMMENT ON FUNCTION shown(anyelement) IS 'A value as messages show it: (none) when it was not given, (empty) when there is nothing in it.';

CREATE OR REPLACE FUNCTION is_auditor() RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN EXISTS (SELECT FROM pg_roles r WHERE r.rolname = 'torvan_auditor' AND pg_has_role(session_user, r.oid, 'MEMBER'));
END;
$$;
COMMENT ON FUNCTION is_auditor() IS 'True for a connection of torvan_auditor or of a person to whom that role was granted.';

CREATE OR REPLACE FUNCTION allowed_words(p_table text, p_column text) RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT string_agg(m.m[1], ', ' ORDER BY m.n)
    FROM pg_constraint k
    JOIN pg_attribute a ON a.attrelid = k.conrelid AND k.conkey = ARRAY[a.attnum]
    CROSS JOIN LATERAL regexp_matches(pg_get_constraintdef(k.oid), '''([A-Z][A-Z0-9_]*)''::text', 'g') WITH ORDINALITY AS m (m, n)
   WHERE k.conrelid = to_regclass('public.' || quote_ident(p_table)) AND k.contype = 'c' AND a.attname = p_column
$$;
COMMENT ON FUNCTION allowed_words(text, text) IS 'The words that the check of a column allows, for messages: one source, the table itself.';

CREATE OR REPLACE FUNCTION is_reader() RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN EXISTS (SELECT FROM pg_roles r WHERE r.rolname IN ('torvan_readonly', 'torvan_auditor') AND pg_has_role(session_user, r.oid, 'MEMBER'));
END;
$$;
COMMENT ON FUNCTION is_reader() IS 'True for a connection of torvan_readonly or torvan_auditor, or of a person to whom one of them was granted: their work is to read, though nobody of the plant acts.';

CREATE OR REPLACE FUNCTION is_narrowed() RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN coalesce(current_setting('torvan.scopes', true), '') <> '';
END;
$$;
COMMENT ON FUNCTION is_narrowed() IS 'True in a request of a program''s token: it signs nothing, opens nothing that asks for a fresh proof of identity, and may do only what its scopes name.';

-- Row policies ask this in every query, on behalf of roles which may not read the tables behind it.
CREATE OR REPLACE FUNCTION has_permission(p_permission text) RETURNS boolean
LANGUAGE plpgsql STABLE PARALLEL SAFE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  person bigint := current_user_id();
BEGIN
  -- What a program's token does not name is not permitted, whoever acts.
  IF current_setting('torvan.scopes', true) <> '' AND (p_permission = ANY (string_to_array(current_setting('torvan.scopes', true), ','))) IS NOT TRUE THEN
    RETURN false;
  END IF;
  IF person IS NULL THEN
    RETURN is_database_owner() OR p_permission IN ('audit:read', 'audit:export', 'signature:read', 'user:read_name') AND is_auditor();
  END IF;
  RETURN EXISTS (SELECT FROM v_roles_in_force r JOIN role_permissions rp ON rp.role_id = r.role_id AND rp.permission_code = p_permission WHERE r.user_id = person);
END;
$$;
COMMENT ON FUNCTION has_permission(text) IS
  'True if the acting user has the permission now, by an own role or by one delegated by a person who still has it; never for people of customers. In a request of a program''s token (torvan.scopes) only what the token names. Without an acting user, true only for the database''s owner and, to read the trail, signatures and names, for auditors.';

CREATE OR REPLACE FUNCTION permissions_held(p_permissions text[]) RETURNS text[]
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  person bigint := current_user_id();
BEGIN
  IF person IS NULL OR is_narrowed() THEN
    RETURN array(SELECT p FROM unnest(p_permissions) p WHERE has_permission(p));
  END IF;
  RETURN array(SELECT p FROM unnest(p_permissions) p
                WHERE p IN (SELECT rp.permission_code FROM v_roles_in_force r JOIN role_permissions rp ON rp.role_id = r.role_id WHERE r.user_id = person));
END;
$$;
COMMENT ON FUNCTION permissions_held(text[]) IS 'Those of the permissions for which has_permission is true, found at once.';

CREATE OR REPLACE FUNCTION require_permission(p_permission text) RETURNS void
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF has_permission(p_permission) THEN
    RETURN;
  END IF;
  RAISE EXCEPTION '% has no permission %.', current_actor(), shown(p_permission)
    USING ERRCODE = '42501',
          HINT = CASE WHEN is_narrowed() THEN format('The token has the scopes %s.', current_setting('torvan.scopes')) ELSE format('Roles with it: %s.', coalesce((
            SELECT string_agg(r.name, ', ' ORDER BY r.role_id)
              FROM role_permissions rp JOIN roles r USING (role_id) WHERE rp.permission_code = p_permission), 'none')) END;
END;
$$;
COMMENT ON FUNCTION require_permission(text) IS 'Raises 42501 unless has_permission.';

CREATE OR REPLACE FUNCTION require_person(p_permission text) RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF current_user_id() IS NULL THEN
    RAISE EXCEPTION 'This step needs a person who takes it (%).', shown(p_permission)
      USING ERRCODE = 'TV010', HINT = 'At psql: BEGIN; SELECT begin_as(''login'', ''reason''); then the step; COMMIT. On the command line: --as LOGIN.';
  END IF;
  PERFORM require_permission(p_permission);
  IF NOT EXISTS (SELECT FROM users u WHERE u.user_id = current_user_id() AND u.kind = 'STAFF') THEN
    RAISE EXCEPTION '% is a program; this step needs a person who answers for it (%).', current_actor(), shown(p_permission)
      USING ERRCODE = 'TV010', HINT = 'A person of the plant takes it.';
  END IF;
  -- sign() asks by which right the act is done, and whether that was delegated.
  PERFORM set_config('torvan.authority', p_permission, true);
  RETURN current_user_id();
END;
$$;
COMMENT ON FUNCTION require_person(text) IS 'The acting user, who must be a person and have the permission.';

CREATE OR REPLACE FUNCTION require_limit(p_limit bigint) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF p_limit < 1 THEN
    RAISE EXCEPTION 'The limit is %.', shown(p_limit) USING ERRCODE = 'TV022', COLUMN = 'limit', HINT = 'Give how many at most: 1 or more.';
  END IF;
END;
$$;
COMMENT ON FUNCTION require_limit(bigint) IS 'Raises TV022 for a limit below 1.';

CREATE OR REPLACE FUNCTION require_short(p_field text, p_value text, p_most integer) RETURNS void
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF length(p_value) > p_most THEN
    RAISE EXCEPTION 'The % has % characters.', p_field, length(p_value) USING ERRCODE = 'TV022', COLUMN = replace(lower(p_field), ' ', '_'), HINT = format('Give at most %s.', p_most);
  END IF;
END;
$$;
COMMENT ON FUNCTION require_short(text, text, integer) IS 'Raises TV022, naming the field, for a value that is longer than it may be: an index holds no page of text.';

CREATE OR REPLACE FUNCTION site_setting(p_code text) RETURNS jsonb
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT s.value FROM site_settings s WHERE s.setting_code = p_code $$;
COMMENT ON FUNCTION site_setting(text) IS 'Value of a setting of the plant, or null.';

CREATE OR REPLACE FUNCTION fill_template(p_template text, p_values jsonb) RETURNS text
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  filled text := '';
  rest text := p_template;
  piece text[];
  found jsonb;
BEGIN
  -- From left to right, so that a value which itself looks like {name} is never filled in.
  WHILE position('{' IN rest) > 0 LOOP
    piece := regexp_match(rest, '^(.*?)\{([a-z0-9_.]+)\}(.*)$');
    EXIT WHEN piece IS NULL;
    found := coalesce(p_values -> piece[2], p_values #> string_to_array(piece[2], '.'));
    filled := concat(filled, piece[1], coalesce(plain_text(found), '{' || piece[2] || '}'));
    rest := piece[3];
  END LOOP;
  RETURN filled || rest;
END;
$$;
COMMENT ON FUNCTION fill_template(text, jsonb) IS 'Fills {name} and {a.b} from a JSON object (key a.b, or b inside a); what is not there stays as it is, so that a gap shows.';

CREATE OR REPLACE FUNCTION plain_text(p_value jsonb) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
SET search_path = pg_catalog, pg_temp
AS $$
BEGIN
  RETURN CASE jsonb_typeof(p_value)
    WHEN 'number' THEN trim_scale((p_value #>> '{}')::numeric)::text
    WHEN 'array' THEN (SELECT string_agg(e #>> '{}', ', ' ORDER BY n) FROM jsonb_array_elements(p_value) WITH ORDINALITY AS a (e, n))
    ELSE p_value #>> '{}'
  END;
END;
$$;
COMMENT ON FUNCTION plain_text(jsonb) IS 'A JSON value as people write it: numbers without trailing zeros, lists with commas.';

CREATE OR REPLACE FUNCTION choose_plurals(p_template text, p_values jsonb, p_language text) RETURNS text
LANGUAGE plpgsql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  chosen text := '';
  rest text := p_template;
  piece text[];
  counted jsonb;
BEGIN
  WHILE position('|' IN rest) > 0 LOOP
    piece := regexp_match(rest, '^(.*?)\{([a-z0-9_.]+)\|([^{}|]*)\|([^{}|]*)\}(.*)$');
    EXIT WHEN piece IS NULL;
    counted := coalesce(p_values -> piece[2], p_values #> string_to_array(piece[2], '.'));
    -- French says nought and one alike.
    chosen := concat(chosen, piece[1], CASE WHEN counted = '1' OR (p_language = 'FR' AND counted = '0') THEN piece[3] ELSE piece[4] END);
    rest := piece[5];
  END LOOP;
  RETURN chosen || rest;
END;
$$;
COMMENT ON FUNCTION choose_plurals(text, jsonb, text) IS 'Puts the word for one or for several in the place of {name|one|several}, by the number under that name.';

CREATE OR REPLACE FUNCTION message_text(p_key text, p_values jsonb, p_language text DEFAULT 'EN') RETURNS text
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT fill_template(choose_plurals(coalesce(
    (SELECT t.body FROM translations t WHERE t.entity = 'message' AND t.translation_key = p_key AND t.language = p_language),
    (SELECT t.body FROM translations t WHERE t.entity = 'message' AND t.translation_key = p_key AND t.language = 'EN'),
    p_key), p_values, p_language), p_values)
$$;
COMMENT ON FUNCTION message_text(text, jsonb, text) IS 'A message in a language (English where it is missing), with its values filled in.';

CREATE OR REPLACE FUNCTION generate_order_number() RETURNS text
LANGUAGE sql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT format('TRV-%s-%s',
    to_char(now() AT TIME ZONE coalesce(site_setting('time_zone') #>> '{}', 'UTC'), 'YYYY'),
    lpad(n::text, greatest(6, length(n::text)), '0'))
    FROM nextval('order_number_sequence') AS n
$$;
COMMENT ON FUNCTION generate_order_number() IS 'The next order number, TRV-YEAR-nnnnnn; the year is that of the plant''s time zone. A number not used leaves a gap.';

CREATE OR REPLACE FUNCTION emit_event(p_type text, p_subject_type text, p_subject_id bigint, p_payload jsonb) RETURNS void
LANGUAGE sql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
  INSERT INTO outbox_events (event_type, subject_type, subject_id, payload)
  VALUES (p_type, p_subject_type, p_subject_id, p_payload || jsonb_build_object('actor', current_actor()))
$$;
COMMENT ON FUNCTION emit_event(text, text, bigint, jsonb) IS 'Writes an event to the outbox, in the transaction of the change.';
