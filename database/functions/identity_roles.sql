-- Roles of people: granting, ending, delegating (assurance.md A7); permissions of roles.

CREATE OR REPLACE FUNCTION require_role(p_role_code text) RETURNS roles
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  found roles;
BEGIN
  SELECT * INTO found FROM roles r WHERE r.role_code = upper(btrim(p_role_code));
  IF found.role_id IS NULL THEN
    RAISE EXCEPTION 'There is no role "%".', shown(p_role_code) USING ERRCODE = 'TV004', COLUMN = 'role_code', HINT = format('Roles: %s.', (SELECT string_agg(r.role_code, ', ' ORDER BY r.role_id) FROM roles r));
  END IF;
  RETURN found;
END;
$$;
COMMENT ON FUNCTION require_role(text) IS 'A role by its code, or an error.';

CREATE OR REPLACE FUNCTION own_grant(p_user_id bigint, p_role_id bigint, p_at timestamptz) RETURNS user_roles
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
  SELECT g FROM user_roles g JOIN users u USING (user_id)
   WHERE g.user_id = p_user_id AND g.role_id = p_role_id AND g.delegated_by IS NULL AND g.valid_from <= p_at AND (g.valid_to IS NULL OR g.valid_to > p_at)
     AND u.account_state = 'ACTIVE' AND (u.expires_at IS NULL OR u.expires_at > p_at)
$$;
COMMENT ON FUNCTION own_grant(bigint, bigint, timestamptz) IS 'The grant by which an active person has a role of their own at an instant, or null.';

CREATE OR REPLACE FUNCTION grant_role(p_login text, p_role_code text, p_from timestamptz DEFAULT NULL, p_to timestamptz DEFAULT NULL, p_reason text DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  account users;
  role roles := require_role(p_role_code);
  made bigint;
BEGIN
  PERFORM require_permission('role:assign'), require_step_up(), require_reason(p_reason);
  account := require_account(p_login);
  PERFORM require_other_person(current_user_id(), ARRAY[account.user_id], 'give themselves a role');
  INSERT INTO user_roles (user_id, role_id, valid_from, valid_to, granted_by, grant_reason)
  VALUES (account.user_id, role.role_id, coalesce(p_from, identity_now()), p_to, current_user_id(), btrim(p_reason))
  RETURNING user_role_id INTO made;
  PERFORM note_security_event('ROLE_GRANTED', account.user_id, jsonb_build_object('role', role.role_code, 'from', p_from, 'to', p_to, 'reason', btrim(p_reason)));
  PERFORM emit_event('user.role_granted', 'users', account.user_id, jsonb_build_object('login', account.login, 'role', role.role_code));
  RETURN made;
EXCEPTION
  WHEN exclusion_violation THEN
    RAISE EXCEPTION '% has the role % in that time already.', shown(p_login), shown(upper(btrim(p_role_code))) USING ERRCODE = 'TV009', HINT = 'End the present grant first (revoke_role), or choose another time.';
  WHEN check_violation THEN
    RAISE EXCEPTION 'The grant would end before it begins.' USING ERRCODE = 'TV022', HINT = 'Give an end after the beginning, or none.';
END;
$$;
COMMENT ON FUNCTION grant_role(text, text, timestamptz, timestamptz, text) IS 'Gives a person a role, from now or another instant, until an instant or for good. Nobody gives themselves a role.';

CREATE OR REPLACE FUNCTION end_grant(p_grant user_roles, p_event text, p_reason text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  UPDATE user_roles SET valid_to = greatest(valid_from, identity_now()), ended_by = current_user_id(), end_reason = btrim(p_reason) WHERE user_role_id = p_grant.user_role_id;
  PERFORM note_security_event(p_event, p_grant.user_id, jsonb_strip_nulls(jsonb_build_object('role', (SELECT r.role_code FROM roles r WHERE r.role_id = p_grant.role_id),
    'delegated_by', p_grant.delegated_by, 'reason', btrim(p_reason))));
  PERFORM emit_event('user.role_ended', 'users', p_grant.user_id, jsonb_build_object('role', (SELECT r.role_code FROM roles r WHERE r.role_id = p_grant.role_id)));
END;
$$;
COMMENT ON FUNCTION end_grant(user_roles, text, text) IS 'Ends a grant now. Trigger rules end what stands on it: delegations of the role, and sessions.';

CREATE OR REPLACE FUNCTION revoke_role(p_login text, p_role_code text, p_reason text) RETURNS integer
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  account users;
  role roles := require_role(p_role_code);
  present user_roles;
  ended integer := 0;
BEGIN
  PERFORM require_permission('role:assign'), require_step_up(), require_reason(p_reason);
  account := require_account(p_login);
  IF role.role_code = 'ADMINISTRATOR' THEN
    PERFORM require_other_administrator(account.user_id);
  END IF;
  FOR present IN SELECT * FROM user_roles g WHERE g.user_id = account.user_id AND g.role_id = role.role_id AND g.delegated_by IS NULL
                    AND (g.valid_to IS NULL OR g.valid_to > greatest(g.valid_from, identity_now())) ORDER BY g.user_role_id FOR UPDATE LOOP
    PERFORM end_grant(present, 'ROLE_REVOKED', p_reason);
    ended := ended + 1;
  END LOOP;
  IF ended = 0 THEN
    RAISE EXCEPTION '% has no role % of their own.', account.login, role.role_code USING ERRCODE = 'TV004', HINT = 'SELECT * FROM v_access_review lists roles; a delegation ends with end_delegation.';
  END IF;
  RETURN ended;
END;
$$;
COMMENT ON FUNCTION revoke_role(text, text, text) IS 'Takes a role from a person, also where it was to begin later. Delegations of it end with it, and the person''s sessions.';

CREATE OR REPLACE FUNCTION delegate_role(p_role_code text, p_to_login text, p_from timestamptz, p_to timestamptz, p_reason text, p_may_sign boolean DEFAULT false) RETURNS bigint
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  grantor bigint := require_person('role:delegate');
  role roles := require_role(p_role_code);
  delegate users;
  begins timestamptz := greatest(coalesce(p_from, identity_now()), identity_now());
  made bigint;
BEGIN
  PERFORM require_step_up(), require_reason(p_reason);
  delegate := require_account(p_to_login);
  IF NOT isfinite(begins) THEN
    RAISE EXCEPTION 'The delegation cannot begin at %.', begins USING ERRCODE = 'TV022', HINT = 'Give the instant from which it holds, or none: it then begins now.';
  ELSIF p_to IS NULL OR p_to <= begins OR p_to > begins + make_interval(days => security_number('delegation_days')) THEN
    RAISE EXCEPTION 'The delegation has no end within % days of its beginning.', security_number('delegation_days') USING ERRCODE = 'TV022', COLUMN = 'to', HINT = 'Give an end after the beginning; delegate again when it is over.';
  END IF;
  IF NOT EXISTS (SELECT FROM role_permissions rp WHERE rp.role_id = role.role_id AND rp.permission_code = 'role:delegate') THEN
    RAISE EXCEPTION 'The role % is not one that its people delegate.', role.name USING ERRCODE = 'TV022', HINT = 'An Administrator gives the role instead.';
  END IF;
  INSERT INTO user_roles (user_id, role_id, valid_from, valid_to, granted_by, delegated_by, may_sign, grant_reason)
  VALUES (delegate.user_id, role.role_id, begins, p_to, grantor, grantor, coalesce(p_may_sign, false), btrim(p_reason))
  RETURNING user_role_id INTO made;
  PERFORM note_security_event('ROLE_DELEGATED', delegate.user_id, jsonb_build_object('role', role.role_code, 'from', begins, 'to', p_to, 'may_sign', coalesce(p_may_sign, false), 'reason', btrim(p_reason)));
  PERFORM emit_event('user.role_delegated', 'users', delegate.user_id, jsonb_build_object('login', delegate.login, 'role', role.role_code, 'to', p_to));
  RETURN made;
EXCEPTION
  WHEN exclusion_violation THEN
    RAISE EXCEPTION 'You delegated % to % in that time already.', shown(upper(btrim(p_role_code))), shown(p_to_login) USING ERRCODE = 'TV009', HINT = 'End that delegation first (end_delegation).';
  WHEN check_violation THEN
    RAISE EXCEPTION 'A role is not delegated to oneself.' USING ERRCODE = 'TV022', HINT = 'Name another person.';
END;
$$;
COMMENT ON FUNCTION delegate_role(text, text, timestamptz, timestamptz, text, boolean) IS
  'Lends an own role to another person for a time, with a reason; signing in it only when p_may_sign says so. It ends by itself, with the own role, or with end_delegation, and is never passed on.';

CREATE OR REPLACE FUNCTION end_delegation(p_user_role_id bigint, p_reason text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  present user_roles;
BEGIN
  PERFORM require_reason(p_reason);
  SELECT * INTO present FROM user_roles g WHERE g.user_role_id = p_user_role_id AND g.delegated_by IS NOT NULL FOR UPDATE;
  -- Grantor and delegate may end it; for others it does not exist unless they assign roles.
  IF present.user_role_id IS NULL OR NOT (current_user_id() IN (present.delegated_by, present.user_id) AND NOT is_narrowed() OR has_permission('role:assign')) THEN
    RAISE EXCEPTION 'There is no delegation % of yours.', shown(p_user_role_id) USING ERRCODE = 'TV004', COLUMN = 'user_role_id', HINT = 'SELECT * FROM my_delegations() lists them.';
  END IF;
  IF present.valid_to <= identity_now() THEN
    RAISE EXCEPTION 'Delegation % is over already.', shown(p_user_role_id) USING ERRCODE = 'TV009', HINT = 'There is nothing to end.';
  END IF;
  PERFORM end_grant(present, 'DELEGATION_ENDED', p_reason);
END;
$$;
COMMENT ON FUNCTION end_delegation(bigint, text) IS 'Ends a delegation before its date: by who gave it, by who has it, or by an Administrator.';

CREATE OR REPLACE FUNCTION grant_in_use(p_permission text) RETURNS user_roles
LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  moment timestamptz := identity_now();
  chosen user_roles;
BEGIN
  SELECT g.* INTO chosen
    FROM user_roles g
   WHERE g.user_id = current_user_id() AND g.valid_from <= moment AND (g.valid_to IS NULL OR g.valid_to > moment)
     AND (p_permission IS NULL OR EXISTS (SELECT FROM role_permissions rp WHERE rp.role_id = g.role_id AND rp.permission_code = p_permission))
     AND (g.delegated_by IS NULL OR (own_grant(g.delegated_by, g.role_id, moment)).user_role_id IS NOT NULL)
   ORDER BY g.delegated_by IS NULL DESC, g.may_sign DESC, g.user_role_id LIMIT 1;
  RETURN chosen;
END;
$$;
COMMENT ON FUNCTION grant_in_use(text) IS 'The grant by which the acting user has a permission (any, if none is named): an own role before a delegated one; null if there is none.';

CREATE OR REPLACE FUNCTION is_delegation_in_force(p_user_role_id bigint) RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp
AS $$
BEGIN
  RETURN EXISTS (SELECT FROM user_roles g
                  WHERE g.user_role_id = p_user_role_id AND g.valid_from <= identity_now() AND g.valid_to > identity_now()
                    AND (own_grant(g.delegated_by, g.role_id, identity_now())).user_role_id IS NOT NULL);
END;
$$;
COMMENT ON FUNCTION is_delegation_in_force(bigint) IS 'True for a delegation that holds now, whose grantor still has the role and is active.';

CREATE OR REPLACE FUNCTION acting_for() RETURNS bigint
LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT (grant_in_use(nullif(current_setting('torvan.authority', true), ''))).delegated_by $$;
COMMENT ON FUNCTION acting_for() IS 'The person in whose delegated role the present act is done, or null.';

CREATE OR REPLACE FUNCTION grant_permission(p_role_code text, p_permission text, p_reason text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  role roles := require_role(p_role_code);
BEGIN
  PERFORM require_permission('role:update'), require_step_up(), require_reason(p_reason), set_config('torvan.reason', p_reason, true);
  IF NOT EXISTS (SELECT FROM permissions p WHERE p.permission_code = p_permission) THEN
    RAISE EXCEPTION 'There is no permission "%".', shown(left(p_permission, 100)) USING ERRCODE = 'TV004', COLUMN = 'permission', HINT = 'SELECT permission_code, description FROM permissions lists them.';
  END IF;
  INSERT INTO role_permissions (role_id, permission_code) VALUES (role.role_id, p_permission);
EXCEPTION
  WHEN unique_violation THEN
    RAISE EXCEPTION 'The role % has % already.', role.role_code, shown(p_permission) USING ERRCODE = 'TV009', HINT = 'There is nothing to do.';
END;
$$;
COMMENT ON FUNCTION grant_permission(text, text, text) IS 'Adds a permission to a role, with a reason. What is kept from the Administrator cannot be added to that role.';

CREATE OR REPLACE FUNCTION revoke_permission(p_role_code text, p_permission text, p_reason text) RETURNS void
LANGUAGE plpgsql VOLATILE
SET search_path = pg_catalog, public, pg_temp
AS $$
DECLARE
  role roles := require_role(p_role_code);
BEGIN
  PERFORM require_permission('role:update'), require_step_up(), require_reason(p_reason), set_config('torvan.reason', p_reason, true);
  DELETE FROM role_permissions rp WHERE rp.role_id = role.role_id AND rp.permission_code = p_permission;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'The role % does not have %.', role.role_code, shown(p_permission) USING ERRCODE = 'TV004', COLUMN = 'permission', HINT = 'SELECT * FROM v_permission_matrix shows who has what.';
  END IF;
END;
$$;
COMMENT ON FUNCTION revoke_permission(text, text, text) IS 'Takes a permission from a role, with a reason; sessions of its people end.';
