//! Endpoints of the domain governance: audit, personal data, retention, data quality, health.

use super::endpoint::Access::{Permission, SignedIn};
use super::endpoint::Method::{Get, Patch, Post, Put};
use super::endpoint::{Access, Endpoint, answer, call, create, list, list_view, read};

const AUDIT: Access = Permission("audit:read");
const CONTACTS: Access = Permission("customer:read");
const CHANGE_CONTACTS: Access = Permission("customer:update_contact");
const PRIVACY: Access = Permission("privacy:read");
const HANDLE: Access = Permission("privacy:handle");
const RETENTION: Access = Permission("retention:read");
const QUALITY: Access = Permission("data_quality:read");
const SYSTEM: Access = Permission("system:read");

pub(super) const ENDPOINTS: &[Endpoint] = &[
    // The audit trail: as it is kept, and as people read it.
    list(
        "/audit/log",
        "audit_log",
        AUDIT,
        &["table_name", "record_key", "operation", "actor_id", "request_id", "created_at"],
        &["-audit_log_id"],
    ),
    list_view(
        "/audit/trail",
        "v_audit_trail",
        AUDIT,
        &["table_name", "record_key", "operation", "field", "actor", "request_id", "created_at"],
        &["-audit_log_id"],
        &["audit_log_id", "field"],
    ),
    call(Get, "/audit/trail-of-record", "audit_trail_of", AUDIT),
    call(Get, "/audit/changed-after-approval", "changed_after_approval", AUDIT),
    call(Get, "/audit/export", "export_audit", Permission("audit:export")),
    // Its seals and who verified and reviewed them.
    list("/audit/seals", "audit_seals", AUDIT, &["month"], &["-audit_seal_id"]),
    list(
        "/audit/seals/{audit_seal_id}/signatures",
        "audit_seal_signatures",
        AUDIT,
        &["method"],
        &["signed_at"],
    ),
    list("/audit/seals/{audit_seal_id}/anchors", "audit_anchors", AUDIT, &["place"], &["audit_anchor_id"]),
    list("/audit/anchors", "audit_anchors", AUDIT, &["audit_seal_id", "place"], &["-audit_anchor_id"]),
    list("/audit/seal-state", "audit_seal_state", AUDIT, &[], &["audit_seal_state_id"]),
    list("/audit/retired-months", "audit_retired_months", AUDIT, &["month"], &["-month"]),
    call(Post, "/audit/retired-months/{month}/verify", "verify_audit_archive", AUDIT),
    list(
        "/audit/verifications",
        "audit_verifications",
        AUDIT,
        &["is_sound", "finished_at"],
        &["-audit_verification_id"],
    ),
    read("/audit/verifications/{audit_verification_id}", "audit_verifications", AUDIT),
    call(Post, "/audit/verifications", "run_audit_verification", AUDIT),
    list("/audit/reviews", "audit_reviews", AUDIT, &["reviewed_by", "to_time"], &["-audit_review_id"]),
    read("/audit/reviews/{audit_review_id}", "audit_reviews", AUDIT),
    create(
        "/audit/reviews",
        "sign_audit_review",
        Permission("audit:review"),
        "audit_review_id",
        "/audit/reviews/{audit_review_id}",
    ),
    // Contacts of customers and users; reads are written down. GET also where it searches: the answers to POST are kept for a while.
    call(Get, "/contacts", "contacts_of_customer", CONTACTS),
    create("/contacts", "add_contact", CHANGE_CONTACTS, "subject_id", "/contacts/{subject_id}"),
    call(Get, "/contacts/by-email", "find_contact_by_email", CONTACTS),
    call(Get, "/contacts/by-phone", "find_contact_by_phone", CONTACTS),
    call(Get, "/contacts/{subject_id}", "contact_of", CONTACTS),
    call(Patch, "/contacts/{subject_id}", "update_contact", CHANGE_CONTACTS),
    call(Get, "/contacts/{subject_id}/addresses", "addresses_of", CONTACTS),
    answer(Post, "/contacts/{subject_id}/addresses", "add_address", CHANGE_CONTACTS, "pii_address_id"),
    call(Post, "/contacts/{subject_id}/end-purpose", "end_contact_purpose", CHANGE_CONTACTS),
    call(Get, "/user-contacts/{user_id}", "user_contact_of", SignedIn),
    answer(Put, "/user-contacts/{user_id}", "set_user_contact", SignedIn, "subject_id"),
    // Requests of people about their data.
    list(
        "/privacy/requests",
        "privacy_requests",
        PRIVACY,
        &["request_kind", "law", "subject_id", "state", "due_on"],
        &["-privacy_request_id"],
    ),
    create(
        "/privacy/requests",
        "open_privacy_request",
        Permission("privacy:request"),
        "privacy_request_id",
        "/privacy/requests/{privacy_request_id}",
    ),
    read("/privacy/requests/{privacy_request_id}", "privacy_requests", PRIVACY),
    call(Post, "/privacy/requests/{privacy_request_id}/check-identity", "check_identity", HANDLE),
    call(Post, "/privacy/requests/{privacy_request_id}/refuse", "refuse_privacy_request", HANDLE),
    call(Post, "/privacy/requests/{privacy_request_id}/rectify", "rectify_subject", HANDLE),
    call(Post, "/privacy/requests/{privacy_request_id}/restrict", "restrict_subject", HANDLE),
    // Not POST: the answer is a person's data and is not to be kept.
    call(
        Put,
        "/privacy/requests/{privacy_request_id}/export",
        "export_subject",
        Permission("customer:export"),
    ),
    call(
        Post,
        "/privacy/requests/{privacy_request_id}/erase",
        "erase_subject",
        Permission("privacy:approve"),
    ),
    call(Get, "/privacy/subjects/{subject_id}/erasure-preview", "preview_erasure", HANDLE),
    call(Get, "/privacy/subjects/{subject_id}/accesses", "who_saw_subject", PRIVACY),
    call(Post, "/privacy/subjects/{subject_id}/lift-restriction", "lift_restriction", HANDLE),
    list(
        "/privacy/access-log",
        "pii_access_log",
        PRIVACY,
        &["subject_id", "action", "actor_id", "created_at"],
        &["-pii_access_id"],
    ),
    list(
        "/privacy/findings",
        "pii_findings",
        PRIVACY,
        &["table_name", "pii_kind", "state", "confidence"],
        &["-pii_finding_id"],
    ),
    read("/privacy/findings/{pii_finding_id}", "pii_findings", PRIVACY),
    call(Post, "/privacy/findings/detect", "detect_pii", Permission("privacy:detect")),
    call(Post, "/privacy/findings/{pii_finding_id}/decide", "decide_pii_finding", HANDLE),
    call(Get, "/privacy/erasure-ledger", "export_erasure_ledger", HANDLE),
    list_view(
        "/privacy/processing-register",
        "v_processing_register",
        SignedIn,
        &["class_number", "purpose", "legal_basis"],
        &["class_number"],
        &["class_number", "purpose", "legal_basis"],
    ),
    list(
        "/privacy/columns",
        "column_classifications",
        SignedIn,
        &["table_name", "data_class", "personal_kind", "retention_class"],
        &["table_name"],
    ),
    // Retention, archives, legal holds.
    list(
        "/retention/classes",
        "retention_classes",
        SignedIn,
        &["is_regulated"],
        &["class_number", "retention_class"],
    ),
    list(
        "/retention/policies",
        "data_retention_policies",
        RETENTION,
        &["retention_class", "table_name", "is_active"],
        &["policy_code"],
    ),
    read("/retention/policies/{policy_id}", "data_retention_policies", RETENTION),
    call(
        Post,
        "/retention/policies/{policy_id}/execute",
        "execute_retention_policy",
        Permission("retention:execute"),
    ),
    list(
        "/retention/policies/{policy_id}/runs",
        "retention_runs",
        RETENTION,
        &["status"],
        &["-retention_run_id"],
    ),
    list("/retention/runs", "retention_runs", RETENTION, &["policy_id", "status"], &["-retention_run_id"]),
    read("/retention/runs/{retention_run_id}", "retention_runs", RETENTION),
    call(
        Post,
        "/retention/runs/{retention_run_id}/approve",
        "approve_retention_run",
        Permission("retention:approve"),
    ),
    list(
        "/archives",
        "archives",
        RETENTION,
        &["policy_id", "retention_class", "state"],
        &["-archive_id", "archive_code"],
    ),
    read("/archives/{archive_id}", "archives", RETENTION),
    call(Get, "/archives/{archive_id}/rows", "read_archive", RETENTION),
    call(Post, "/archives/{archive_id}/restore", "restore_archive", Permission("retention:execute")),
    list(
        "/legal-holds",
        "legal_holds",
        RETENTION,
        &["scope_kind", "scope_id", "scope_class", "released_at"],
        &["-legal_hold_id"],
    ),
    create(
        "/legal-holds",
        "place_hold",
        Permission("legal_hold:place"),
        "legal_hold_id",
        "/legal-holds/{legal_hold_id}",
    ),
    read("/legal-holds/{legal_hold_id}", "legal_holds", RETENTION),
    call(Post, "/legal-holds/{legal_hold_id}/release", "release_hold", Permission("legal_hold:release")),
    // Data quality.
    list(
        "/data-quality/rules",
        "data_quality_rules",
        QUALITY,
        &["domain", "severity", "is_active", "last_status"],
        &["rule_code"],
    ),
    read("/data-quality/rules/{data_quality_rule_id}", "data_quality_rules", QUALITY),
    list(
        "/data-quality/rules/{data_quality_rule_id}/runs",
        "data_quality_runs",
        QUALITY,
        &["status"],
        &["-data_quality_run_id"],
    ),
    list(
        "/data-quality/runs",
        "data_quality_runs",
        QUALITY,
        &["data_quality_rule_id", "status"],
        &["-data_quality_run_id"],
    ),
    call(Post, "/data-quality/runs", "run_data_quality_rules", Permission("data_quality:run")),
    // Health, speed and what is deployed.
    call(Get, "/system/health", "get_system_health_status", Permission("system:read")),
    list("/system/thresholds", "performance_thresholds", SYSTEM, &["is_active"], &["metric_code"]),
    list(
        "/system/samples",
        "performance_samples",
        SYSTEM,
        &["metric_code", "verdict", "taken_at"],
        &["-performance_sample_id"],
    ),
    list("/system/benchmarks", "performance_benchmark_runs", SYSTEM, &[], &["-run_at"]),
    list("/system/test-data", "performance_test_runs", SYSTEM, &[], &["-performance_test_run_id"]),
    list("/system/view-refreshes", "view_refreshes", SYSTEM, &[], &["view_name"]),
    list("/system/deployments", "deployment_log", SYSTEM, &["version", "status"], &["-deployment_id"]),
    list("/system/migrations", "schema_migrations", SYSTEM, &["kind"], &["version"]),
    list_view(
        "/system/drift",
        "v_schema_drift",
        SYSTEM,
        &["kind", "change"],
        &["identity"],
        &["kind", "identity"],
    ),
];
