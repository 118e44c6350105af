-- Integrity of accounts, roles, sessions, signatures and security events at every door.

CREATE OR REPLACE FUNCTION tg_users__register_login() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  hash text := encode(sha256(convert_to(NEW.login, 'UTF8')), 'hex');
BEGIN
  INSERT INTO login_registry (login_hash, user_id) VALUES (hash, NEW.user_id) ON CONFLICT DO NOTHING;
  IF NOT EXISTS (SELECT FROM login_registry r WHERE r.login_hash = hash AND r.user_id = NEW.user_id) THEN
    RAISE EXCEPTION 'The login "%" was used before.', NEW.login USING ERRCODE = 'TV009', HINT = 'Choose another: a login never names a second account, even after the first is gone.';
  END IF;
  RETURN NEW;
END;
$$;
COMMENT ON FUNCTION tg_users__register_login() IS 'Notes every login for ever and refuses one that named another account.';

CREATE OR REPLACE FUNCTION tg_users__keep_sound() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF (OLD.kind, OLD.customer_id) IS DISTINCT FROM (NEW.kind, NEW.customer_id) THEN
    RAISE EXCEPTION 'Kind and customer of account % never change.', OLD.login USING ERRCODE = 'TV003', HINT = 'Make another account.';
  END IF;
  -- Whoever verified the identity verified that name.
  IF OLD.display_name <> NEW.display_name AND OLD.identity_verified_by IS NOT DISTINCT FROM NEW.identity_verified_by THEN
    NEW.identity_verified_by := NULL;
    NEW.identity_verified_on := NULL;
  END IF;
  RETURN NEW;
END;
$$;
COMMENT ON FUNCTION tg_users__keep_sound() IS 'Kind and customer of an account are fixed; another name is not verified yet.';

CREATE OR REPLACE FUNCTION tg_users__end_sessions() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  PERFORM end_sessions(NEW.user_id, 'ACCOUNT');
  UPDATE setup_codes SET revoked_at = clock_timestamp() WHERE user_id = NEW.user_id AND used_at IS NULL AND revoked_at IS NULL;
  PERFORM revoke_tokens_of(NEW.user_id, 'the account stopped being active');
  RETURN NULL;
END;
$$;
COMMENT ON FUNCTION tg_users__end_sessions() IS 'An account that stops being active loses its sessions, setup codes and tokens at once.';

CREATE OR REPLACE FUNCTION tg_api_tokens__only_ended() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF removing_samples() OR (TG_OP = 'DELETE' AND least(OLD.revoked_at, OLD.expires_at) <= identity_now()) THEN
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
  END IF;
  RAISE EXCEPTION 'A token of a program is not changed, and not deleted before its end.' USING ERRCODE = 'TV003', HINT = 'Revoke it (revoke_api_token) and make another.';
END;
$$;
COMMENT ON FUNCTION tg_api_tokens__only_ended() IS 'What a token may do and how long never changes: it ends.';

CREATE OR REPLACE FUNCTION tg_user_roles__lawful() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  account users;
  role roles;
  own user_roles;
BEGIN
  SELECT * INTO account FROM users u WHERE u.user_id = NEW.user_id;
  SELECT * INTO role FROM roles r WHERE r.role_id = NEW.role_id;
  IF account.kind = 'PORTAL' OR (account.kind = 'SERVICE') <> role.is_for_programs THEN
    RAISE EXCEPTION 'A % account cannot have the role %.', account.kind, role.role_code
      USING ERRCODE = 'TV022', HINT = 'Roles of the plant are for its people, roles for programs for SERVICE accounts; people of customers have none.';
  END IF;
  IF NEW.delegated_by IS NULL THEN
    RETURN NEW;
  END IF;
  SELECT * INTO own FROM user_roles g
   WHERE g.user_id = NEW.delegated_by AND g.role_id = NEW.role_id AND g.delegated_by IS NULL AND g.valid_from <= NEW.valid_from AND (g.valid_to IS NULL OR g.valid_to > NEW.valid_from)
     FOR SHARE;
  IF own.user_role_id IS NULL THEN
    RAISE EXCEPTION '% has no role % of their own to delegate.', (SELECT u.login FROM users u WHERE u.user_id = NEW.delegated_by), role.role_code
      USING ERRCODE = '42501', HINT = 'Only an own role is delegated, and a delegation is never passed on.';
  END IF;
  IF NEW.valid_to > own.valid_to THEN
    RAISE EXCEPTION 'The delegation would outlast the role, which ends at %.', own.valid_to USING ERRCODE = 'TV022', HINT = 'End it then or before.';
  END IF;
  IF account.account_state <> 'ACTIVE' THEN
    RAISE EXCEPTION 'Account % is %.', account.login, lower(account.account_state) USING ERRCODE = 'TV009', HINT = 'Delegate to somebody who is there.';
  END IF;
  RETURN NEW;
END;
$$;
COMMENT ON FUNCTION tg_user_roles__lawful() IS 'Who may have which role, and that a delegation stands on an own role that lasts as long.';

CREATE OR REPLACE FUNCTION tg_user_roles__only_ended() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  free CONSTANT text[] := '{valid_to,ended_by,end_reason,is_sample}';
BEGIN
  IF removing_samples() AND EXISTS (SELECT FROM users u WHERE u.user_id = OLD.user_id AND u.is_sample) THEN
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
  END IF;
  IF TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'A grant of a role is not deleted.' USING ERRCODE = 'TV003', HINT = 'End it: revoke_role or end_delegation.';
  END IF;
  IF to_jsonb(OLD) - free <> to_jsonb(NEW) - free OR OLD.valid_to < NEW.valid_to OR (NEW.valid_to IS NULL AND OLD.valid_to IS NOT NULL) THEN
    RAISE EXCEPTION 'A grant of a role only ends earlier.' USING ERRCODE = 'TV003', HINT = 'Grant the role anew for another time.';
  END IF;
  RETURN NEW;
END;
$$;
COMMENT ON FUNCTION tg_user_roles__only_ended() IS 'A grant is never deleted, changed or prolonged: it ends.';

CREATE OR REPLACE FUNCTION tg_user_roles__follow() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  standing user_roles;
BEGIN
  IF OLD.valid_to IS NOT DISTINCT FROM NEW.valid_to THEN
    RETURN NULL;
  END IF;
  PERFORM end_sessions(NEW.user_id, 'RIGHTS_REDUCED');
  IF NEW.delegated_by IS NULL AND NEW.valid_to IS NOT NULL THEN
    FOR standing IN SELECT * FROM user_roles g WHERE g.delegated_by = NEW.user_id AND g.role_id = NEW.role_id AND g.valid_to > NEW.valid_to ORDER BY g.user_role_id FOR UPDATE LOOP
      UPDATE user_roles SET valid_to = greatest(valid_from, NEW.valid_to), ended_by = NEW.ended_by, end_reason = 'the role itself ended' WHERE user_role_id = standing.user_role_id;
      PERFORM note_security_event('DELEGATION_ENDED', standing.user_id, jsonb_build_object('delegated_by', NEW.user_id, 'reason', 'the role itself ended'));
    END LOOP;
  END IF;
  RETURN NULL;
END;
$$;
COMMENT ON FUNCTION tg_user_roles__follow() IS 'When a grant ends, sessions of its person end, and the delegations of it with theirs.';

CREATE OR REPLACE FUNCTION tg_role_permissions__lawful() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF EXISTS (SELECT FROM roles r JOIN permissions p ON p.permission_code = NEW.permission_code
              WHERE r.role_id = NEW.role_id AND (r.role_code = 'ADMINISTRATOR' OR r.is_for_programs) AND p.is_kept_from_administrator) THEN
    RAISE EXCEPTION 'The permission % is kept from Administrators and programs.', NEW.permission_code
      USING ERRCODE = 'TV025', HINT = 'Who administers the system does not sign or release what others made; give it to a role of the plant.';
  END IF;
  RETURN NEW;
END;
$$;
COMMENT ON FUNCTION tg_role_permissions__lawful() IS 'Separation of duties between administering and signing (assurance.md A5, A13).';

CREATE OR REPLACE FUNCTION tg_role_permissions__noted() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  PERFORM note_security_event('PERMISSION_CHANGED', NULL, jsonb_build_object('operation', TG_OP, 'role', t.role_code, 'permissions', t.permissions))
     FROM (SELECT r.role_code, jsonb_agg(c.permission_code ORDER BY c.permission_code) AS permissions FROM touched c JOIN roles r USING (role_id) GROUP BY r.role_code) t;
  IF TG_OP <> 'INSERT' THEN
    PERFORM end_sessions(g.user_id, 'RIGHTS_REDUCED') FROM (SELECT DISTINCT g.user_id FROM touched c JOIN user_roles g USING (role_id) ORDER BY g.user_id) g;
  END IF;
  RETURN NULL;
END;
$$;
COMMENT ON FUNCTION tg_role_permissions__noted() IS 'Every change of permissions is a security event; where rights shrink, sessions end.';

CREATE OR REPLACE FUNCTION tg_security_settings__noted() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF TG_OP = 'DELETE' OR (OLD.setting_code, OLD.minimum, OLD.maximum) IS DISTINCT FROM (NEW.setting_code, NEW.minimum, NEW.maximum)
     OR (OLD.number_value IS NULL) <> (NEW.number_value IS NULL) THEN
    RAISE EXCEPTION 'Name, kind and range of security setting % are fixed.', OLD.setting_code USING ERRCODE = 'TV003', HINT = 'Change its value: set_security_setting.';
  END IF;
  PERFORM note_security_event('SETTING_CHANGED', NULL, jsonb_build_object('setting', NEW.setting_code,
    'old', coalesce(to_jsonb(OLD.number_value), to_jsonb(OLD.switch_value)), 'new', coalesce(to_jsonb(NEW.number_value), to_jsonb(NEW.switch_value))));
  RETURN NEW;
END;
$$;
COMMENT ON FUNCTION tg_security_settings__noted() IS 'A security setting changes only its value, and each change is a security event.';

CREATE OR REPLACE FUNCTION tg_registry__append_only() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  RAISE EXCEPTION '% is append-only.', TG_TABLE_NAME USING ERRCODE = 'TV003', HINT = 'What was once written there stays.';
END;
$$;
COMMENT ON FUNCTION tg_registry__append_only() IS 'Refuses to change or delete.';

CREATE OR REPLACE FUNCTION tg_security_events__append_only() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF TG_OP = 'DELETE' AND OLD.occurred_at < now() - make_interval(months => security_number('security_event_months')) AND is_database_owner() THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'Security events are append-only.' USING ERRCODE = 'TV003', HINT = 'Retention takes away what is older than security_settings.security_event_months.';
END;
$$;
COMMENT ON FUNCTION tg_security_events__append_only() IS 'Refuses to change security events, and to delete any that are younger than their retention.';

CREATE OR REPLACE FUNCTION tg_signatures__genuine() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF NEW.row_hash IS DISTINCT FROM signature_row_hash(NEW) THEN
    RAISE EXCEPTION 'A signature is not written or copied directly.' USING ERRCODE = 'TV009', HINT = 'It is given by sign(), inside the act which it authorises.';
  END IF;
  RETURN NEW;
END;
$$;
COMMENT ON FUNCTION tg_signatures__genuine() IS 'Refuses a row that does not agree with itself, for example the copy of another signature.';

CREATE OR REPLACE FUNCTION tg_signatures__append_only() RETURNS trigger
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  IF TG_OP = 'DELETE' AND removing_samples() AND is_sample_record(OLD.record_type, OLD.record_id) THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'A signature is never changed or removed.' USING ERRCODE = 'TV003', HINT = 'A later change of the record shows it as superseded (verify_signature).';
END;
$$;
COMMENT ON FUNCTION tg_signatures__append_only() IS 'Refuses to change or delete signatures.';

CREATE TRIGGER _050_register_login AFTER INSERT OR UPDATE OF login ON users FOR EACH ROW EXECUTE FUNCTION tg_users__register_login();
CREATE TRIGGER _050_keep_sound BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION tg_users__keep_sound();
CREATE TRIGGER _060_end_sessions AFTER UPDATE OF account_state ON users FOR EACH ROW WHEN (NEW.account_state <> 'ACTIVE') EXECUTE FUNCTION tg_users__end_sessions();
CREATE TRIGGER _050_fixed BEFORE UPDATE OF api_token_id, user_id, name, token_hash, scopes, made_by, made_at, expires_at OR DELETE ON api_tokens FOR EACH ROW EXECUTE FUNCTION tg_api_tokens__only_ended();
CREATE TRIGGER _060_stays_revoked BEFORE UPDATE OF revoked_at, revoked_by, revoke_reason ON api_tokens FOR EACH ROW WHEN (OLD.revoked_at IS NOT NULL) EXECUTE FUNCTION tg_api_tokens__only_ended();
CREATE TRIGGER _050_append_only BEFORE UPDATE OR DELETE ON login_registry FOR EACH ROW EXECUTE FUNCTION tg_registry__append_only();
CREATE TRIGGER _050_lawful BEFORE INSERT ON user_roles FOR EACH ROW EXECUTE FUNCTION tg_user_roles__lawful();
CREATE TRIGGER _050_only_ended BEFORE UPDATE OR DELETE ON user_roles FOR EACH ROW EXECUTE FUNCTION tg_user_roles__only_ended();
CREATE TRIGGER _060_follow AFTER UPDATE ON user_roles FOR EACH ROW EXECUTE FUNCTION tg_user_roles__follow();
CREATE TRIGGER _050_lawful BEFORE INSERT OR UPDATE ON role_permissions FOR EACH ROW EXECUTE FUNCTION tg_role_permissions__lawful();
CREATE TRIGGER _060_noted_insert AFTER INSERT ON role_permissions REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION tg_role_permissions__noted();
CREATE TRIGGER _060_noted_update AFTER UPDATE ON role_permissions REFERENCING OLD TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION tg_role_permissions__noted();
CREATE TRIGGER _060_noted_delete AFTER DELETE ON role_permissions REFERENCING OLD TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION tg_role_permissions__noted();
CREATE TRIGGER _050_noted BEFORE UPDATE OR DELETE ON security_settings FOR EACH ROW EXECUTE FUNCTION tg_security_settings__noted();
CREATE TRIGGER _900_updated_at BEFORE UPDATE ON security_settings FOR EACH ROW EXECUTE FUNCTION tg_rows__updated_at();
CREATE TRIGGER _900_updated_at BEFORE UPDATE ON identity_providers FOR EACH ROW EXECUTE FUNCTION tg_rows__updated_at();
CREATE TRIGGER _050_append_only BEFORE UPDATE OR DELETE ON security_events FOR EACH ROW EXECUTE FUNCTION tg_security_events__append_only();
CREATE TRIGGER _050_genuine BEFORE INSERT ON signatures FOR EACH ROW EXECUTE FUNCTION tg_signatures__genuine();
CREATE TRIGGER _050_append_only BEFORE UPDATE OR DELETE ON signatures FOR EACH ROW EXECUTE FUNCTION tg_signatures__append_only();
CREATE TRIGGER _900_updated_at BEFORE UPDATE ON saved_views FOR EACH ROW EXECUTE FUNCTION tg_rows__updated_at();
