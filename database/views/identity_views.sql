-- Accounts, roles, delegations, sessions, rights and signatures for people who look after them.

CREATE VIEW v_signatures WITH (security_invoker = true) AS
SELECT s.signature_id, s.record_type, s.record_id, s.meaning, s.printed_name, s.signer_role, s.acting_for_name AS acting_for, s.signed_at AT TIME ZONE 'UTC' AS signed_at_utc, s.reason, s.method,
       s.method = 'DATABASE' AS is_signed_at_database, s.signer_id,
       concat(initcap(s.meaning), ' by ', s.printed_name, CASE WHEN s.acting_for_name IS NOT NULL THEN ' acting for ' || s.acting_for_name END,
              ' as ', coalesce((SELECT r.name FROM roles r WHERE r.role_code = s.signer_role), s.signer_role),
              ' on ', to_char(s.signed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS'), ' UTC',
              CASE WHEN s.method = 'DATABASE' THEN ', signed at the database' END, CASE WHEN s.reason IS NOT NULL THEN '. Reason: ' || s.reason END) AS wording
  FROM signatures s;
COMMENT ON VIEW v_signatures IS 'Signatures as they are shown and printed: name, role, time in UTC, meaning, reason, method, for whom. verify_signature(signature_id) says whether one still holds.';
COMMENT ON COLUMN v_signatures.wording IS 'The signature in one line, as on papers.';

CREATE VIEW v_user_skills WITH (security_invoker = true) AS
SELECT k.user_skill_id, k.user_id, s.skill_code, s.name AS skill, k.level, k.valid_from, k.valid_to, k.evidence, k.granted_by
  FROM user_skills k LEFT JOIN skills s USING (skill_id);
COMMENT ON VIEW v_user_skills IS 'Who has which skill, by its name, at which level, from when to when; the name for those who may see skills.';

CREATE VIEW v_role_grants WITH (security_invoker = true) AS
SELECT g.user_role_id, g.user_id, g.role_id, r.role_code, r.name AS role_name, g.valid_from, g.valid_to, g.granted_by, g.delegated_by, g.may_sign, g.grant_reason, g.ended_by, g.end_reason, g.is_sample
  FROM user_roles g JOIN roles r USING (role_id);
COMMENT ON VIEW v_role_grants IS 'Who has or had which role, by its name, from when to when, given or lent by whom.';

CREATE VIEW v_roles_in_force WITH (security_invoker = true) AS
SELECT u.user_id, g.role_id
  FROM users u
  JOIN user_roles g ON g.user_id = u.user_id AND g.valid_from <= identity_now() AND (g.valid_to IS NULL OR g.valid_to > identity_now())
 WHERE u.account_state = 'ACTIVE' AND u.kind <> 'PORTAL' AND (u.expires_at IS NULL OR u.expires_at > identity_now())
   AND (g.delegated_by IS NULL OR EXISTS (
         SELECT FROM user_roles own JOIN users grantor ON grantor.user_id = own.user_id
          WHERE own.user_id = g.delegated_by AND own.role_id = g.role_id AND own.delegated_by IS NULL
            AND own.valid_from <= identity_now() AND (own.valid_to IS NULL OR own.valid_to > identity_now())
            AND grantor.account_state = 'ACTIVE' AND (grantor.expires_at IS NULL OR grantor.expires_at > identity_now())));
COMMENT ON VIEW v_roles_in_force IS 'Roles that give rights now (has_permission): own ones of active accounts, and those delegated by somebody who still has them; none of people of customers.';

CREATE VIEW v_delegations WITH (security_invoker = true) AS
SELECT g.user_role_id, r.role_code, g.delegated_by AS grantor_id, person_name(g.delegated_by) AS grantor, g.user_id AS delegate_id, person_name(g.user_id) AS delegate,
       g.valid_from, g.valid_to, g.may_sign, g.grant_reason, g.end_reason,
       CASE WHEN g.valid_to <= identity_now() THEN 'OVER' WHEN g.valid_from > identity_now() THEN 'TO_COME'
            WHEN is_delegation_in_force(g.user_role_id) THEN 'IN_FORCE' ELSE 'SUSPENDED' END AS state
  FROM user_roles g JOIN roles r USING (role_id) WHERE g.delegated_by IS NOT NULL;
COMMENT ON VIEW v_delegations IS 'Delegated roles. SUSPENDED: who delegated it has the role no longer, or is not active.';

CREATE OR REPLACE FUNCTION my_delegations() RETURNS SETOF v_delegations
LANGUAGE sql STABLE ROWS 5
SET search_path = pg_catalog, public, pg_temp
AS $$ SELECT d FROM v_delegations d WHERE current_user_id() IN (d.grantor_id, d.delegate_id) $$;
COMMENT ON FUNCTION my_delegations() IS 'Roles which the acting user lent to others or has from others.';

CREATE VIEW v_open_sessions WITH (security_invoker = true) AS
SELECT s.user_session_id, s.user_id, person_name(s.user_id) AS person, s.session_kind, s.mfa_state, s.opened_at, s.last_seen_at, s.expires_at, s.device_label, s.client_address
  FROM user_sessions s WHERE s.ended_at IS NULL AND s.expires_at > identity_now();
COMMENT ON VIEW v_open_sessions IS 'Sessions that are not over, each with its device.';

CREATE VIEW v_access_review WITH (security_invoker = true) AS
SELECT u.user_id, u.login, u.display_name, u.kind, u.account_state, u.state_reason, u.expires_at,
       coalesce(g.roles, '{}') AS roles, coalesce(g.delegations, '{}') AS delegations,
       u.is_active AND (u.password_changed_at IS NOT NULL OR i.providers IS NOT NULL) AND (u.expires_at IS NULL OR u.expires_at > identity_now()) AND NOT is_dormant(u) AS can_sign_in,
       is_dormant(u) AS is_dormant, u.last_sign_in_at, u.password_changed_at, u.mfa_enrolled_at, u.must_change_password,
       person_name(u.identity_verified_by) AS identity_verified_by, u.identity_verified_on, u.created_at,
       CASE WHEN u.is_active AND (u.expires_at IS NULL OR u.expires_at > identity_now())
            THEN (SELECT count(DISTINCT rp.permission_code) FROM role_permissions rp WHERE rp.role_id = ANY (g.role_ids)) ELSE 0 END AS permissions,
       CASE WHEN u.mfa_enrolled_at IS NOT NULL THEN 'ENROLLED' WHEN u.kind = 'STAFF' AND security_switch('mfa_required') THEN 'MISSING' ELSE 'NOT_REQUIRED' END AS mfa_state,
       (SELECT count(*) FROM api_tokens t WHERE t.user_id = u.user_id AND t.revoked_at IS NULL AND t.expires_at > identity_now()) AS api_tokens,
       coalesce(i.providers, '{}') AS providers
  FROM users u
  LEFT JOIN LATERAL (
    SELECT array_agg(p.provider_code ORDER BY p.provider_code) AS providers
      FROM user_identities x JOIN identity_providers p USING (identity_provider_id) WHERE x.user_id = u.user_id AND p.is_enabled) i ON true
  LEFT JOIN LATERAL (
    SELECT array_agg(r.role_code ORDER BY r.role_id) FILTER (WHERE x.delegated_by IS NULL) AS roles,
           array_agg(format('%s for %s until %s%s', r.role_code, person_name(x.delegated_by), to_char(x.valid_to AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI "UTC"'), CASE WHEN x.may_sign THEN ', may sign' END)
                     ORDER BY x.user_role_id) FILTER (WHERE x.delegated_by IS NOT NULL) AS delegations,
           array_agg(x.role_id) FILTER (WHERE x.delegated_by IS NULL OR is_delegation_in_force(x.user_role_id)) AS role_ids
      FROM user_roles x JOIN roles r USING (role_id)
     WHERE x.user_id = u.user_id AND x.valid_from <= identity_now() AND (x.valid_to IS NULL OR x.valid_to > identity_now())) g ON true;
COMMENT ON VIEW v_access_review IS 'Review of access: every account with its present roles and delegations, whether it can sign in, last use, second factor, whether its identity is verified, how many permissions it has now and how many tokens of programs act as it.';
COMMENT ON COLUMN v_access_review.mfa_state IS 'ENROLLED, MISSING (a second factor has to be set up at the next sign-in) or NOT_REQUIRED.';
COMMENT ON COLUMN v_access_review.api_tokens IS 'Tokens that are not over.';
COMMENT ON COLUMN v_access_review.providers IS 'Enabled identity providers to which the account is linked; the person may sign in through them.';

CREATE VIEW v_permission_matrix WITH (security_invoker = true) AS
SELECT p.permission_code, p.description,
       coalesce(bool_or(r.role_code = 'ADMINISTRATOR'), false) AS administrator, coalesce(bool_or(r.role_code = 'SALES_MANAGER'), false) AS sales_manager,
       coalesce(bool_or(r.role_code = 'PRODUCTION_MANAGER'), false) AS production_manager, coalesce(bool_or(r.role_code = 'QC_INSPECTOR'), false) AS qc_inspector,
       coalesce(bool_or(r.role_code = 'ASSEMBLY_TECHNICIAN'), false) AS assembly_technician, coalesce(bool_or(r.role_code = 'CUSTOMER_SERVICE'), false) AS customer_service,
       coalesce(array_agg(r.role_code ORDER BY r.role_code) FILTER (WHERE r.role_code NOT IN ('ADMINISTRATOR', 'SALES_MANAGER', 'PRODUCTION_MANAGER', 'QC_INSPECTOR', 'ASSEMBLY_TECHNICIAN', 'CUSTOMER_SERVICE')), '{}') AS other_roles,
       p.is_kept_from_administrator
  FROM permissions p LEFT JOIN role_permissions rp USING (permission_code) LEFT JOIN roles r USING (role_id)
 GROUP BY p.permission_code;
COMMENT ON VIEW v_permission_matrix IS 'Which role may do what, one row per permission.';

CREATE VIEW v_failed_authorisations WITH (security_invoker = true) AS
SELECT e.actor_id, e.actor, date_trunc('hour', e.occurred_at) AS hour, count(*) AS refusals, count(DISTINCT e.details ->> 'permission') AS permissions,
       count(*) >= security_number('refusals_per_hour') AS is_alarm
  FROM security_events e WHERE e.event_type = 'PERMISSION_REFUSED'
 GROUP BY e.actor_id, e.actor, date_trunc('hour', e.occurred_at);
COMMENT ON VIEW v_failed_authorisations IS 'Refused steps per person and hour; is_alarm from security_settings.refusals_per_hour on.';
