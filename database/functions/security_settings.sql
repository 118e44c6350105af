-- Security settings, the clock by which rights and sessions end, and the record of security events.

CREATE OR REPLACE FUNCTION identity_now() RETURNS timestamptz
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  moved text := current_setting('torvan.clock_offset', true);
BEGIN
  -- Asked first, because this runs in every check of a right.
  IF coalesce(moved, '') = '' OR NOT is_database_owner() THEN
    RETURN now();
  END IF;
  RETURN now() + moved::interval;
END;
$$;
COMMENT ON FUNCTION identity_now() IS
  'The instant at which rights, sessions, codes and limits are judged: the beginning of the transaction. The database''s owner may move it for a test: set_config(''torvan.clock_offset'', ''31 minutes'', true). Recorded times never move.';

CREATE OR REPLACE FUNCTION security_number(p_setting_code text) RETURNS integer
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  found integer;
BEGIN
  SELECT s.number_value INTO found FROM security_settings s WHERE s.setting_code = p_setting_code;
  IF found IS NULL THEN
    RAISE EXCEPTION 'There is no number % among the security settings.', shown(p_setting_code) USING ERRCODE = 'TV004', COLUMN = 'setting_code', HINT = 'SELECT setting_code, number_value, switch_value FROM security_settings lists them.';
  END IF;
  RETURN found;
END;
$$;
COMMENT ON FUNCTION security_number(text) IS 'A number of the security settings.';

CREATE OR REPLACE FUNCTION security_switch(p_setting_code text) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  found boolean;
BEGIN
  SELECT s.switch_value INTO found FROM security_settings s WHERE s.setting_code = p_setting_code;
  IF found IS NULL THEN
    RAISE EXCEPTION 'There is no switch % among the security settings.', shown(p_setting_code) USING ERRCODE = 'TV004', COLUMN = 'setting_code', HINT = 'SELECT setting_code, number_value, switch_value FROM security_settings lists them.';
  END IF;
  RETURN found;
END;
$$;
COMMENT ON FUNCTION security_switch(text) IS 'A switch of the security settings.';

CREATE OR REPLACE FUNCTION set_security_setting(p_setting_code text, p_value text, p_reason text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  setting security_settings;
BEGIN
  PERFORM require_permission('security_setting:update'), require_step_up(), require_reason(p_reason);
  SELECT * INTO setting FROM security_settings s WHERE s.setting_code = p_setting_code FOR UPDATE;
  IF setting.setting_code IS NULL THEN
    RAISE EXCEPTION 'There is no security setting "%".', shown(p_setting_code) USING ERRCODE = 'TV004', COLUMN = 'setting_code', HINT = 'SELECT setting_code, description FROM security_settings lists them.';
  END IF;
  IF p_value IS NULL THEN
    RAISE EXCEPTION 'The value of % is missing.', shown(p_setting_code)
      USING ERRCODE = 'TV022', COLUMN = 'value', HINT = CASE WHEN setting.switch_value IS NULL THEN format('Give a whole number from %s to %s (%s).', setting.minimum, setting.maximum, setting.unit) ELSE 'Give true or false.' END;
  END IF;
  PERFORM set_config('torvan.reason', p_reason, true);
  UPDATE security_settings s
     SET number_value = CASE WHEN setting.number_value IS NOT NULL THEN p_value::integer END,
         switch_value = CASE WHEN setting.switch_value IS NOT NULL THEN p_value::boolean END
   WHERE s.setting_code = p_setting_code;
EXCEPTION WHEN invalid_text_representation OR numeric_value_out_of_range OR check_violation THEN
  RAISE EXCEPTION 'The value of % is "%".', shown(p_setting_code), shown(p_value)
    USING ERRCODE = 'TV022', HINT = CASE WHEN setting.switch_value IS NULL THEN format('Give a whole number from %s to %s (%s).', setting.minimum, setting.maximum, setting.unit) ELSE 'Give true or false.' END;
END;
$$;
COMMENT ON FUNCTION set_security_setting(text, text, text) IS 'Changes a security setting inside its range, with a reason: set_security_setting(''idle_minutes'', ''20'', ''reason'').';

CREATE OR REPLACE FUNCTION current_session_id() RETURNS bigint
LANGUAGE plpgsql STABLE PARALLEL SAFE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  RETURN nullif(current_setting('torvan.session_id', true), '')::bigint;
END;
$$;
COMMENT ON FUNCTION current_session_id() IS 'The session of the server in which this transaction works; null at psql.';

CREATE OR REPLACE FUNCTION is_database_door() RETURNS boolean
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  RETURN coalesce(current_setting('torvan.door', true), '') = 'DATABASE' AND is_database_owner();
END;
$$;
COMMENT ON FUNCTION is_database_door() IS 'True if the database''s owner acts for a user (begin_as).';

CREATE OR REPLACE FUNCTION note_security_event(p_type text, p_subject_id bigint DEFAULT NULL, p_details jsonb DEFAULT '{}', p_client_address inet DEFAULT NULL) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  INSERT INTO security_events (event_type, actor_id, actor, subject_id, user_session_id, door, client_address, request_id, details)
  VALUES (p_type, current_user_id(), current_actor(), p_subject_id, current_session_id(), CASE WHEN is_database_owner() THEN 'DATABASE' ELSE 'SERVER' END, p_client_address,
          nullif(current_setting('torvan.request_id', true), ''),
          jsonb_strip_nulls(jsonb_build_object('api_token', nullif(current_setting('torvan.api_token_id', true), '')::bigint) || coalesce(p_details, '{}')
                            || jsonb_build_object('reason', coalesce(p_details ->> 'reason', nullif(current_setting('torvan.reason', true), '')))));
END;
$$;
COMMENT ON FUNCTION note_security_event(text, bigint, jsonb, inet) IS 'Writes a security event, in the transaction of what happened; names the program''s token that was used, if one was.';

CREATE OR REPLACE FUNCTION note_database_door(p_user_id bigint, p_reason text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  this_use text;
BEGIN
  -- A standby or a transaction that only reads has nothing to answer for, and cannot write it down.
  IF current_setting('transaction_read_only')::boolean THEN
    RETURN;
  END IF;
  this_use := format('%s/%s', pg_current_xact_id(), p_user_id);
  IF coalesce(current_setting('torvan.door_noted', true), '') <> this_use THEN
    PERFORM note_security_event('DATABASE_DOOR_USED', p_user_id, jsonb_build_object('reason', nullif(btrim(p_reason), '')));
    PERFORM set_config('torvan.door_noted', this_use, true);
  END IF;
END;
$$;
COMMENT ON FUNCTION note_database_door(bigint, text) IS 'Notes once per transaction and person that the database''s owner acts for somebody.';

CREATE OR REPLACE FUNCTION record_security_event(p_type text, p_details jsonb DEFAULT '{}', p_subject_login text DEFAULT NULL, p_client_address inet DEFAULT NULL) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM security_event_types t WHERE t.event_type = p_type AND t.source = 'SERVER') THEN
    RAISE EXCEPTION 'Security event "%" is not one that the server reports.', shown(p_type)
      USING ERRCODE = 'TV022', COLUMN = 'type', HINT = format('It reports %s.', (SELECT string_agg(t.event_type, ', ' ORDER BY t.event_type) FROM security_event_types t WHERE t.source = 'SERVER'));
  END IF;
  PERFORM note_security_event(p_type, (SELECT u.user_id FROM users u WHERE u.login = lower(btrim(p_subject_login))), p_details, p_client_address);
END;
$$;
COMMENT ON FUNCTION record_security_event(text, jsonb, text, inet) IS
  'For the server: writes an event that only it sees, in a transaction of its own, for example PERMISSION_REFUSED after the refusal undid its own. Details never hold a password, token or code.';
