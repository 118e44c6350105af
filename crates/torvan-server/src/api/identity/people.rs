//! Endpoints of the domain identity: accounts, roles, delegations, permissions, sessions of all, signatures, security.

use crate::api::endpoint::Access::{Permission, SignedIn};
use crate::api::endpoint::Method::{Get, Patch, Post, Put};
use crate::api::endpoint::{Access, Endpoint, answer, call, create, list, list_view, read};

const USERS: Access = Permission("user:read");
const CHANGE_USERS: Access = Permission("user:update");
const ASSIGN: Access = Permission("role:assign");
const CHANGE_ROLES: Access = Permission("role:update");
const SETTINGS: Access = Permission("security_setting:read");
const AUDIT: Access = Permission("audit:read");

pub(in crate::api) const ENDPOINTS: &[Endpoint] = &[
    // Accounts; everybody sees the own one.
    list(
        "/users",
        "users",
        SignedIn,
        &[
            "user_id",
            "login",
            "kind",
            "account_state",
            "is_active",
            "customer_id",
            "identity_verified_by",
            "display_name",
            "mfa_enrolled_at",
            "last_sign_in_at",
        ],
        &["login", "display_name", "last_sign_in_at", "kind", "account_state", "mfa_enrolled_at"],
    ),
    create(
        "/users",
        "create_user",
        Permission("user:create"),
        "user_id",
        "/users?filter%5Buser_id%5D={user_id}",
    ),
    read("/users/{login}", "users", SignedIn),
    call(Patch, "/users/{login}", "update_user", CHANGE_USERS),
    call(Post, "/users/{login}/disable", "disable_user", CHANGE_USERS),
    call(Post, "/users/{login}/enable", "enable_user", CHANGE_USERS),
    call(Post, "/users/{login}/lock", "lock_user", CHANGE_USERS),
    call(Post, "/users/{login}/unlock", "unlock_user", CHANGE_USERS),
    call(Post, "/users/{login}/verify-identity", "verify_identity", Permission("user:verify_identity")),
    call(Post, "/users/{login}/require-password-change", "require_password_change", CHANGE_USERS),
    // Not POST: the answers to POST are kept for a while, and this one is a secret.
    answer(Put, "/users/{login}/setup-code", "issue_setup_code", CHANGE_USERS, "setup_code"),
    call(Post, "/users/{login}/reset-mfa", "reset_mfa", CHANGE_USERS),
    answer(Post, "/users/{login}/revoke-sessions", "revoke_all_sessions", SignedIn, "ended"),
    call(Get, "/people", "person_names", Permission("user:read_name")),
    list_view(
        "/access-review",
        "v_access_review",
        USERS,
        &["user_id", "login", "kind", "account_state", "can_sign_in", "is_dormant"],
        &["login", "last_sign_in_at"],
        &["user_id"],
    ),
    // Roles and who has them.
    list(
        "/roles",
        "roles",
        SignedIn,
        &["role_code", "is_for_programs", "parent_role_id", "name", "description", "has_short_idle"],
        &["role_code", "name", "description", "has_short_idle", "is_for_programs"],
    ),
    read("/roles/{role_code}", "roles", SignedIn),
    call(Post, "/roles/{role_code}/grant-permission", "grant_permission", CHANGE_ROLES),
    call(Post, "/roles/{role_code}/revoke-permission", "revoke_permission", CHANGE_ROLES),
    create("/users/{login}/roles", "grant_role", ASSIGN, "user_role_id", "/role-grants/{user_role_id}"),
    answer(Post, "/users/{login}/roles/{role_code}/revoke", "revoke_role", ASSIGN, "ended"),
    list_view(
        "/role-grants",
        "v_role_grants",
        SignedIn,
        &["user_id", "role_id", "role_code", "delegated_by", "valid_to", "ended_by", "granted_by"],
        &["-user_role_id"],
        &["user_role_id"],
    ),
    read("/role-grants/{user_role_id}", "user_roles", SignedIn),
    // Roles lent for a period.
    list_view(
        "/delegations",
        "v_delegations",
        SignedIn,
        &[
            "role_code",
            "grantor_id",
            "delegate_id",
            "state",
            "grantor",
            "delegate",
            "valid_from",
            "valid_to",
            "may_sign",
            "grant_reason",
        ],
        &[
            "-user_role_id",
            "valid_from",
            "valid_to",
            "role_code",
            "grantor",
            "delegate",
            "state",
            "may_sign",
            "grant_reason",
        ],
        &["user_role_id"],
    ),
    create(
        "/delegations",
        "delegate_role",
        Permission("role:delegate"),
        "user_role_id",
        "/delegations/{user_role_id}",
    ),
    call(Get, "/delegations/mine", "my_delegations", SignedIn),
    read("/delegations/{user_role_id}", "v_delegations", SignedIn),
    call(Post, "/delegations/{user_role_id}/end", "end_delegation", SignedIn),
    // Permissions.
    list(
        "/permissions",
        "permissions",
        SignedIn,
        &["is_kept_from_administrator", "permission_code"],
        &["permission_code"],
    ),
    list(
        "/role-permissions",
        "role_permissions",
        SignedIn,
        &["role_id", "permission_code"],
        &["role_id", "permission_code"],
    ),
    list_view(
        "/permission-matrix",
        "v_permission_matrix",
        SignedIn,
        &["permission_code", "is_kept_from_administrator"],
        &["permission_code"],
        &["permission_code"],
    ),
    // Sessions; everybody sees the own ones.
    list_view(
        "/sessions",
        "v_open_sessions",
        SignedIn,
        &["user_id", "session_kind", "mfa_state"],
        &["-user_session_id", "last_seen_at"],
        &["user_session_id"],
    ),
    list(
        "/session-history",
        "user_sessions",
        SignedIn,
        &["user_id", "session_kind", "ended_at", "end_reason"],
        &["-user_session_id"],
    ),
    call(Post, "/sessions/{user_session_id}/revoke", "revoke_session", SignedIn),
    // Signatures.
    list_view(
        "/signatures",
        "v_signatures",
        SignedIn,
        &["record_type", "record_id", "signer_id", "meaning"],
        &["-signature_id"],
        &["signature_id"],
    ),
    read("/signatures/{signature_id}", "v_signatures", SignedIn),
    call(Get, "/signatures/{signature_id}/verify", "verify_signature", SignedIn),
    // Security.
    list(
        "/security-events",
        "security_events",
        AUDIT,
        &["event_type", "actor_id", "subject_id", "user_session_id", "request_id", "occurred_at"],
        &["-security_event_id", "occurred_at"],
    ),
    read("/security-events/{security_event_id}", "security_events", AUDIT),
    list("/security-event-types", "security_event_types", SignedIn, &["severity"], &["event_type"]),
    list_view(
        "/failed-authorisations",
        "v_failed_authorisations",
        AUDIT,
        &["actor_id", "actor", "is_alarm"],
        &["-hour"],
        &["hour", "actor"],
    ),
    list("/security-settings", "security_settings", SETTINGS, &["setting_code"], &["setting_code"]),
    read("/security-settings/{setting_code}", "security_settings", SETTINGS),
    call(
        Put,
        "/security-settings/{setting_code}",
        "set_security_setting",
        Permission("security_setting:update"),
    ),
];
