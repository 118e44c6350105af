-- Accounts: making, changing, disabling, locking; verification of identity; accounts that nobody uses.

CREATE OR REPLACE FUNCTION require_account(p_login text) RETURNS users
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  found users;
BEGIN
  SELECT * INTO found FROM users u WHERE u.login = lower(btrim(p_login)) FOR NO KEY UPDATE;
  IF found.user_id IS NULL THEN
    RAISE EXCEPTION 'There is no account with the login "%".', shown(p_login) USING ERRCODE = 'TV004', COLUMN = 'login', HINT = 'SELECT login, display_name, account_state FROM users lists them.';
  END IF;
  RETURN found;
END;
$$;
COMMENT ON FUNCTION require_account(text) IS 'Locks an account by its login, or an error.';

CREATE OR REPLACE FUNCTION create_user(
  p_login text, p_display_name text, p_initials text DEFAULT NULL, p_language text DEFAULT 'EN', p_kind text DEFAULT 'STAFF',
  p_customer_code text DEFAULT NULL, p_expires_at timestamptz DEFAULT NULL
) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  customer bigint;
  made bigint;
BEGIN
  PERFORM require_permission('user:create'), require_step_up();
  IF p_customer_code IS NOT NULL THEN
    SELECT c.customer_id INTO customer FROM customers c WHERE c.customer_code = upper(btrim(p_customer_code));
    IF customer IS NULL THEN
      RAISE EXCEPTION 'There is no customer "%".', shown(p_customer_code) USING ERRCODE = 'TV004', COLUMN = 'customer_code', HINT = 'SELECT customer_code, name FROM customers lists them.';
    END IF;
  END IF;
  PERFORM require_short('login', p_login, 100), require_short('display name', p_display_name, 200), require_short('initials', btrim(p_initials), 6);
  IF lower(btrim(coalesce(p_login, ''))) !~ '^[a-z0-9][a-z0-9._@-]*$' THEN
    RAISE EXCEPTION 'The login "%" has signs that no login has.', shown(p_login) USING ERRCODE = 'TV022', COLUMN = 'login', HINT = 'A login has letters, digits and . _ @ - and begins with a letter or digit.';
  ELSIF upper(p_kind) = 'PORTAL' AND customer IS NULL THEN
    RAISE EXCEPTION 'The portal account "%" needs the customer.', shown(p_login) USING ERRCODE = 'TV022', COLUMN = 'customer_code', HINT = 'Give the code of the customer whose orders they see.';
  ELSIF upper(p_kind) <> 'PORTAL' AND customer IS NOT NULL THEN
    RAISE EXCEPTION 'Only a portal account belongs to a customer; "%" is none.', shown(p_login) USING ERRCODE = 'TV022', COLUMN = 'customer_code', HINT = 'Leave the customer out, or make the kind PORTAL.';
  ELSIF btrim(coalesce(p_display_name, '')) = '' THEN
    RAISE EXCEPTION 'The display name is empty.' USING ERRCODE = 'TV022', COLUMN = 'display_name', HINT = 'Give the name that signatures and lists show.';
  END IF;
  INSERT INTO users (login, display_name, initials, language, kind, customer_id, expires_at)
  VALUES (lower(btrim(p_login)), btrim(p_display_name), nullif(btrim(p_initials), ''), upper(p_language), upper(p_kind), customer, p_expires_at)
  RETURNING user_id INTO made;
  PERFORM note_security_event('ACCOUNT_CREATED', made, jsonb_build_object('kind', upper(p_kind)));
  RETURN made;
EXCEPTION WHEN unique_violation THEN
  RAISE EXCEPTION 'There is an account with the login "%" already.', shown(lower(btrim(p_login))) USING ERRCODE = 'TV009', COLUMN = 'login', HINT = 'Choose another login.';
WHEN check_violation OR not_null_violation THEN
  RAISE EXCEPTION 'The account "%" is not right.', shown(p_login)
    USING ERRCODE = 'TV022', COLUMN = 'login', HINT = 'The language is EN, FR or ES; the kind STAFF, PORTAL (with a customer) or SERVICE.';
END;
$$;
COMMENT ON FUNCTION create_user(text, text, text, text, text, text, timestamptz) IS
  'Makes an account without roles and without a password: grant_role gives rights, issue_setup_code lets the person set an own password. A PORTAL account belongs to a customer.';

CREATE OR REPLACE FUNCTION update_user(p_login text, p_changes jsonb) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  person users;
  unknown text;
BEGIN
  PERFORM require_permission('user:update'), require_step_up();
  person := require_account(p_login);
  IF jsonb_typeof(p_changes) IS DISTINCT FROM 'object' THEN
    RAISE EXCEPTION 'The changes must be a JSON object.' USING ERRCODE = 'TV022', COLUMN = 'changes', HINT = 'For example {"display_name": "Ada Moore"}.';
  END IF;
  SELECT string_agg(k, ', ' ORDER BY k) INTO unknown FROM jsonb_object_keys(p_changes) k WHERE k NOT IN ('display_name', 'initials', 'language', 'expires_at');
  IF unknown IS NOT NULL THEN
    RAISE EXCEPTION 'These fields of an account cannot be changed here: %.', unknown USING ERRCODE = 'TV022', COLUMN = unknown, HINT = 'Change display_name, initials, language or expires_at.';
  END IF;
  person := jsonb_populate_record(person, p_changes);
  UPDATE users SET display_name = btrim(person.display_name), initials = nullif(btrim(person.initials), ''), language = upper(person.language), expires_at = person.expires_at
   WHERE user_id = person.user_id;
  PERFORM note_security_event('ACCOUNT_CHANGED', person.user_id, jsonb_build_object('fields', (SELECT jsonb_agg(k ORDER BY k) FROM jsonb_object_keys(p_changes) k)));
EXCEPTION WHEN check_violation OR not_null_violation OR invalid_datetime_format OR datetime_field_overflow THEN
  RAISE EXCEPTION 'A value among % is not right.', shown(p_changes) USING ERRCODE = 'TV022', COLUMN = 'changes', HINT = 'A name is needed; language EN, FR or ES; expires_at as YYYY-MM-DD or null.';
END;
$$;
COMMENT ON FUNCTION update_user(text, jsonb) IS 'Changes display_name, initials, language or expires_at of an account. Another name has to be verified anew before its person signs.';

CREATE OR REPLACE FUNCTION set_account_state(p_login text, p_state text, p_from text[], p_event text, p_reason text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  account users;
BEGIN
  PERFORM require_permission('user:update'), require_step_up(), require_reason(p_reason);
  account := require_account(p_login);
  IF account.account_state <> ALL (p_from) THEN
    RAISE EXCEPTION 'Account % is %.', account.login, lower(account.account_state) USING ERRCODE = 'TV009', HINT = format('This is for accounts that are %s.', lower(array_to_string(p_from, ' or ')));
  END IF;
  IF p_state <> 'ACTIVE' AND account.user_id = current_user_id() THEN
    RAISE EXCEPTION 'Nobody shuts their own account.' USING ERRCODE = 'TV011', HINT = 'Ask another Administrator.';
  ELSIF p_state <> 'ACTIVE' THEN
    PERFORM require_other_administrator(account.user_id);
  END IF;
  UPDATE users SET account_state = p_state, state_reason = CASE WHEN p_state <> 'ACTIVE' THEN btrim(p_reason) END, state_changed_at = clock_timestamp() WHERE user_id = account.user_id;
  PERFORM note_security_event(p_event, account.user_id, jsonb_build_object('reason', btrim(p_reason)));
  PERFORM emit_event('user.' || lower(CASE p_state WHEN 'ACTIVE' THEN 'enabled' ELSE p_state END), 'users', account.user_id, jsonb_build_object('login', account.login));
END;
$$;
COMMENT ON FUNCTION set_account_state(text, text, text[], text, text) IS 'The one place that moves an account between its states.';

CREATE OR REPLACE FUNCTION disable_user(p_login text, p_reason text) RETURNS void
LANGUAGE sql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT set_account_state(p_login, 'DISABLED', '{ACTIVE,LOCKED}', 'ACCOUNT_DISABLED', p_reason) $$;
COMMENT ON FUNCTION disable_user(text, text) IS 'Disables an account (its person left, for example): no permission, sessions end, setup codes are worth nothing.';

CREATE OR REPLACE FUNCTION enable_user(p_login text, p_reason text) RETURNS void
LANGUAGE sql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT set_account_state(p_login, 'ACTIVE', '{DISABLED}', 'ACCOUNT_ENABLED', p_reason) $$;
COMMENT ON FUNCTION enable_user(text, text) IS 'Enables a disabled account.';

CREATE OR REPLACE FUNCTION lock_user(p_login text, p_reason text) RETURNS void
LANGUAGE sql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT set_account_state(p_login, 'LOCKED', '{ACTIVE}', 'ACCOUNT_LOCKED', p_reason) $$;
COMMENT ON FUNCTION lock_user(text, text) IS 'Locks an account after an incident. Wrong guesses at sign-in do not lock it: they only make guesses slow.';

CREATE OR REPLACE FUNCTION unlock_user(p_login text, p_reason text) RETURNS void
LANGUAGE sql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT set_account_state(p_login, 'ACTIVE', '{LOCKED}', 'ACCOUNT_UNLOCKED', p_reason) $$;
COMMENT ON FUNCTION unlock_user(text, text) IS 'Unlocks a locked account.';

CREATE OR REPLACE FUNCTION working_administrators() RETURNS SETOF bigint
LANGUAGE sql STABLE ROWS 3
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT u.user_id
    FROM users u JOIN user_roles g USING (user_id) JOIN roles r USING (role_id)
   WHERE r.role_code = 'ADMINISTRATOR' AND g.delegated_by IS NULL AND g.valid_from <= identity_now() AND (g.valid_to IS NULL OR g.valid_to > identity_now())
     AND u.account_state = 'ACTIVE' AND u.password_changed_at IS NOT NULL AND (u.expires_at IS NULL OR u.expires_at > identity_now())
$$;
COMMENT ON FUNCTION working_administrators() IS 'Administrators who can sign in.';

CREATE OR REPLACE FUNCTION require_other_administrator(p_user_id bigint) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  working bigint[];
BEGIN
  -- One after the other, so that two Administrators cannot take each other away at the same moment.
  PERFORM FROM roles WHERE role_code = 'ADMINISTRATOR' FOR NO KEY UPDATE;
  working := array(SELECT a FROM working_administrators() a);
  IF working = ARRAY[p_user_id] THEN
    RAISE EXCEPTION 'This is the last Administrator who can sign in.' USING ERRCODE = 'TV009', HINT = 'Give another person the role first.';
  END IF;
END;
$$;
COMMENT ON FUNCTION require_other_administrator(bigint) IS 'Raises TV009 for the last Administrator who can sign in.';

CREATE OR REPLACE FUNCTION verify_identity(p_login text, p_note text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  verifier bigint := require_person('user:verify_identity');
  account users;
BEGIN
  PERFORM require_step_up(), require_reason(p_note);
  account := require_account(p_login);
  IF account.kind <> 'STAFF' THEN
    RAISE EXCEPTION 'Account % is not one of a person of the plant.', account.login USING ERRCODE = 'TV009', HINT = 'Only they sign.';
  END IF;
  PERFORM require_other_person(verifier, ARRAY[account.user_id], 'verify this identity');
  UPDATE users SET identity_verified_by = verifier, identity_verified_on = site_today() WHERE user_id = account.user_id;
  PERFORM note_security_event('IDENTITY_VERIFIED', account.user_id, jsonb_build_object('note', btrim(p_note)));
END;
$$;
COMMENT ON FUNCTION verify_identity(text, text) IS 'A second person states that they verified who the person of an account is, and how; before that nobody signs (21 CFR 11.100).';

CREATE OR REPLACE FUNCTION is_dormant(p_user users) RETURNS boolean
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT greatest(p_user.last_sign_in_at, p_user.password_changed_at, p_user.state_changed_at, l.linked_at) < identity_now() - make_interval(days => security_number('dormant_days'))
     AND (p_user.password_changed_at IS NOT NULL OR l.linked_at IS NOT NULL)
    FROM (SELECT max(i.linked_at) AS linked_at FROM user_identities i WHERE i.user_id = p_user.user_id) l
$$;
COMMENT ON FUNCTION is_dormant(users) IS 'True for an account that can sign in and was not used for longer than security_settings.dormant_days. One without a password and without a link to a provider cannot be used by anybody and does not grow dormant.';

CREATE OR REPLACE FUNCTION disable_dormant_accounts() RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  account users;
  disabled integer := 0;
BEGIN
  FOR account IN SELECT * FROM users u WHERE u.account_state = 'ACTIVE' AND is_dormant(u) ORDER BY u.user_id FOR NO KEY UPDATE LOOP
    UPDATE users SET account_state = 'DISABLED', state_reason = 'not used for ' || security_number('dormant_days') || ' days', state_changed_at = clock_timestamp() WHERE user_id = account.user_id;
    PERFORM note_security_event('ACCOUNT_DORMANT', account.user_id);
    disabled := disabled + 1;
  END LOOP;
  RETURN disabled;
END;
$$;
COMMENT ON FUNCTION disable_dormant_accounts() IS 'Disables the accounts that nobody used for security_settings.dormant_days; to be run every day, by nobody in particular. Sign-in refuses them even before.';

CREATE OR REPLACE FUNCTION person_name(p_user_id bigint) RETURNS text
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  RETURN (SELECT u.display_name FROM users u WHERE u.user_id = p_user_id AND (p_user_id = current_user_id() OR has_permission('user:read_name')));
END;
$$;
COMMENT ON FUNCTION person_name(bigint) IS 'Printed name of an account, for readers who may see a record but not the account.';
