//! The table of pages × roles, each of which is looked at (see `look.rs`). A new page is one line.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde_json::json;
use torvan_server::api::endpoint::Method;
use torvan_server::pages::pages;
use torvan_testing::TestDatabase;
use torvan_tests::{GrowingOrder, ROLES};

use crate::look::{Findings, find, glance_at};
use crate::people::{Served, serve};

/// Nobody is signed in.
pub(crate) const NOBODY: &str = "NOBODY";

/// Name of the pictures, path as the product's own table has it (a query may follow), roles that see it.
pub(crate) const PAGES: &[(&str, &str, &[&str])] = &[
    ("sign-in", "/sign-in", &[NOBODY]),
    ("setup-code", "/sign-in/setup", &[NOBODY]),
    ("home", "/", &ROLES),
    ("search", "/search?q=STELMO", &["SALES_MANAGER"]),
    ("notifications", "/notifications", &["PRODUCTION_MANAGER"]),
    ("approvals", "/approvals", &["PRODUCTION_MANAGER", "QC_INSPECTOR"]),
    ("report-throughput", "/reports/throughput", &["PRODUCTION_MANAGER"]),
    ("orders", "/orders", &["SALES_MANAGER", "ASSEMBLY_TECHNICIAN"]),
    ("orders-board", "/orders/board", &["PRODUCTION_MANAGER"]),
    ("orders-calendar", "/orders/calendar", &["SALES_MANAGER"]),
    ("order-new", "/orders/new", &["SALES_MANAGER"]),
    ("order", "/orders/{order_id}", &["PRODUCTION_MANAGER", "QC_INSPECTOR", "CUSTOMER_SERVICE"]),
    ("order-step", "/orders/{order_id}/transition?to=CONFIGURATION", &["SALES_MANAGER"]),
    ("order-sinks", "/orders/{order_id}/sinks", &["SALES_MANAGER"]),
    ("order-edit", "/orders/{order_id}/edit", &["SALES_MANAGER"]),
    ("order-configure", "/orders/{order_id}/configure", &["SALES_MANAGER"]),
    ("order-accessories", "/orders/{order_id}/accessories", &["SALES_MANAGER"]),
    ("order-review", "/orders/{order_id}/review", &["SALES_MANAGER"]),
    ("order-outsourcing", "/orders/{order_id}/outsourcing", &["PRODUCTION_MANAGER"]),
    ("order-hold", "/orders/{order_id}/hold", &["PRODUCTION_MANAGER"]),
    ("order-resume", "/orders/{order_id}/resume", &["PRODUCTION_MANAGER"]),
    ("order-cancel", "/orders/{order_id}/cancel", &["ADMINISTRATOR"]),
    ("account", "/account", &["ADMINISTRATOR", "ASSEMBLY_TECHNICIAN"]),
    ("account-confirm", "/account/confirm", &["ADMINISTRATOR"]),
    ("account-password", "/account/password", &["ADMINISTRATOR"]),
    ("account-authenticator", "/account/authenticator", &["ADMINISTRATOR"]),
    ("account-recovery-codes", "/account/recovery-codes", &["ADMINISTRATOR"]),
    ("account-new-token", "/account/tokens/new", &["ADMINISTRATOR"]),
    ("account-end-token", "/account/tokens/{api_token_id}/revoke", &["ADMINISTRATOR"]),
    ("customers", "/customers", &["SALES_MANAGER"]),
    ("customer-edit", "/customers/{customer_id}/edit", &["SALES_MANAGER"]),
    ("error-not-found", "/nothing/here", &["ADMINISTRATOR"]),
    ("error-forbidden", "/account/tokens/new", &["ASSEMBLY_TECHNICIAN"]),
];

/// Pages of registers, records and their forms: one of each kind stands above, where hostile texts go too; all are made by the
/// same few templates.
const REGISTERS: &[(&str, &str, &[&str])] = &[
    // The form of the configurator stays where it is when it is sent: its script takes the answer.
    ("configurator", "/builds/{build_id}/configuration", &["SALES_MANAGER", "QC_INSPECTOR"]),
    ("configurator-copy", "/builds/{build_id}/configuration/copy", &["SALES_MANAGER"]),
    (
        "configurator-versions",
        "/builds/{sample_build}/configuration/versions",
        &["SALES_MANAGER", "QC_INSPECTOR"],
    ),
    ("report-time-in-phase", "/reports/time-in-phase", &["SALES_MANAGER"]),
    ("report-on-time", "/reports/on-time-delivery", &["SALES_MANAGER"]),
    ("report-first-pass", "/reports/first-pass-yield", &["QC_INSPECTOR"]),
    ("report-backlog", "/reports/backlog-age", &["SALES_MANAGER"]),
    ("shortages", "/shortages", &["PRODUCTION_MANAGER"]),
    ("orders-bulk-hold", "/orders/bulk?act=hold&id={order_id}", &["PRODUCTION_MANAGER"]),
    ("order-quality", "/orders/{order_id}?panel=quality", &["QC_INSPECTOR"]),
    ("order-documents", "/orders/{order_id}?panel=documents", &["SALES_MANAGER"]),
    ("order-lines", "/orders/1?panel=lines", &["SALES_MANAGER"]),
    ("order-bom", "/orders/1?panel=bom", &["PRODUCTION_MANAGER"]),
    ("order-history", "/orders/1?panel=history", &["SALES_MANAGER"]),
    ("order-outsourced", "/orders/1/outsourcing", &["PRODUCTION_MANAGER"]),
    ("order-build-cancel", "/orders/{order_id}/builds/{build_id}/cancel", &["ADMINISTRATOR"]),
    ("order-build-rename", "/orders/{order_id}/builds/{build_id}/rename", &["SALES_MANAGER"]),
    ("order-notes", "/orders/{order_id}?panel=notes", &["ADMINISTRATOR"]),
    ("order-note-edit", "/orders/{order_id}/notes/{order_note_id}/edit", &["ADMINISTRATOR"]),
    ("order-note-mark", "/orders/{order_id}/notes/{order_note_id}/mark", &["PRODUCTION_MANAGER"]),
    ("order-note-delete", "/orders/{order_id}/notes/{order_note_id}/delete", &["ADMINISTRATOR"]),
    ("orders-bulk", "/orders/bulk?act=assign&id={order_id}", &["SALES_MANAGER"]),
    ("view-new", "/views/new?list=/orders&query=view%3Dlate", &["SALES_MANAGER", "ASSEMBLY_TECHNICIAN"]),
    // A wrong password, again and again, would lock the account of whoever signs.
    ("approval", "/approvals/{kind}/{record_id}", &["PRODUCTION_MANAGER"]),
    ("boms", "/boms?view=all", &["SALES_MANAGER"]),
    ("bom", "/boms/{bom_id}", &["PRODUCTION_MANAGER", "QC_INSPECTOR"]),
    ("bom-why", "/boms/{bom_id}?open=2,2.19&line=19", &["PRODUCTION_MANAGER"]),
    ("bom-totals", "/boms/{bom_id}?view=totals", &["PRODUCTION_MANAGER"]),
    ("assembly-structure", "/assemblies/{assembly_code}/structure", &["SALES_MANAGER"]),
    ("part-where-used", "/parts/{part_number}/where-used", &["ASSEMBLY_TECHNICIAN"]),
    ("customer", "/customers/{customer_id}", &["SALES_MANAGER"]),
    ("customer-new", "/customers/new", &["SALES_MANAGER"]),
    ("assemblies", "/assemblies", &["SALES_MANAGER"]),
    ("assembly", "/assemblies/{assembly_code}", &["SALES_MANAGER"]),
    ("parts", "/parts", &["ASSEMBLY_TECHNICIAN"]),
    ("part", "/parts/{part_number}", &["ASSEMBLY_TECHNICIAN"]),
    ("custom-parts", "/custom-parts", &["QC_INSPECTOR"]),
    ("rule-sets", "/rule-sets", &["QC_INSPECTOR"]),
    ("rule-set", "/rule-sets/{rule_set_id}", &["QC_INSPECTOR", "PRODUCTION_MANAGER"]),
    ("rule", "/configuration-rules/{configuration_rule_id}", &["SALES_MANAGER"]),
    ("workflow-read", "/workflow-rules", &["SALES_MANAGER"]),
    ("workflow-bench", "/workflow-rules/bench?number=SAMPLE-001", &["PRODUCTION_MANAGER"]),
    ("workflow-build-step", "/workflow-rules/builds/{build_workflow_rule_id}", &["SALES_MANAGER"]),
    ("workflow-changes", "/workflow/changes", &["PRODUCTION_MANAGER"]),
    ("catalogue", "/catalogue", &["ASSEMBLY_TECHNICIAN"]),
    ("assembly-revision", "/assembly-revisions/{assembly_revision_id}", &["SALES_MANAGER"]),
    ("documents", "/documents", &["QC_INSPECTOR"]),
    ("document-new", "/documents/new", &["QC_INSPECTOR"]),
    ("documents-search", "/documents/search?q=torque", &["QC_INSPECTOR"]),
    ("document-another-version", "/documents/{document_id}/version", &["QC_INSPECTOR"]),
    ("document-version", "/document-versions/{document_version_id}", &["QC_INSPECTOR", "PRODUCTION_MANAGER"]),
    ("document-approve", "/document-versions/{document_version_id}/approve", &["PRODUCTION_MANAGER"]),
    ("document-reject", "/document-versions/{document_version_id}/reject", &["PRODUCTION_MANAGER"]),
    ("document", "/documents/{document_id}", &["QC_INSPECTOR"]),
    (
        "service-order",
        "/service-orders/{service_order_id}?q=DL27",
        &["CUSTOMER_SERVICE", "PRODUCTION_MANAGER"],
    ),
    ("outsourced-line-edit", "/outsourced-lines/{outsourced_line_id}/edit", &["PRODUCTION_MANAGER"]),
    ("outsourced-line-receive", "/outsourced-lines/{outsourced_line_id}/receive", &["PRODUCTION_MANAGER"]),
    ("contacts", "/customers/{customer_id}/contacts", &["SALES_MANAGER", "CUSTOMER_SERVICE"]),
    ("contact-new", "/customers/{customer_id}/contacts/new", &["SALES_MANAGER"]),
    ("contact-edit", "/customers/{customer_id}/contacts/{subject_id}/edit", &["SALES_MANAGER"]),
    ("contact-address", "/customers/{customer_id}/contacts/{subject_id}/address", &["SALES_MANAGER"]),
    ("contact-end", "/customers/{customer_id}/contacts/{subject_id}/end", &["SALES_MANAGER"]),
    ("shipments", "/shipments", &["CUSTOMER_SERVICE"]),
    ("service-orders", "/service-orders", &["CUSTOMER_SERVICE"]),
    ("service-order-new", "/service-orders/new", &["CUSTOMER_SERVICE"]),
    ("stock", "/stock-balances", &["PRODUCTION_MANAGER"]),
    ("stock-item", "/stock-balances/{item_code}", &["PRODUCTION_MANAGER"]),
    ("stock-reservations", "/stock-reservations", &["PRODUCTION_MANAGER"]),
    ("stock-contents", "/stock/contents", &["PRODUCTION_MANAGER"]),
    (
        "pick-list",
        "/builds/{sample_build}/pick-list",
        &["PRODUCTION_MANAGER", "ASSEMBLY_TECHNICIAN", "SALES_MANAGER"],
    ),
    ("pick-list-closed", "/builds/{build_id}/pick-list", &["PRODUCTION_MANAGER"]),
    ("pick-list-issue", "/builds/{build_id}/pick-list/issue", &["PRODUCTION_MANAGER"]),
    ("pick-list-return", "/builds/{build_id}/pick-list/return", &["PRODUCTION_MANAGER"]),
    ("shortages-of-build", "/shortages?build=SAMPLE-001", &["PRODUCTION_MANAGER"]),
    ("stock-lot", "/stock-lots/{stock_lot_id}", &["PRODUCTION_MANAGER"]),
    ("stock-lot-block", "/stock-lots/block", &["PRODUCTION_MANAGER"]),
    ("stock-receive", "/stock/contents/receive", &["PRODUCTION_MANAGER"]),
    ("stock-transfer", "/stock/contents/transfer", &["PRODUCTION_MANAGER"]),
    ("stock-count", "/stock/contents/count", &["PRODUCTION_MANAGER"]),
    ("stock-moves", "/stock-moves", &["ASSEMBLY_TECHNICIAN"]),
    ("stock-lots", "/stock-lots", &["ASSEMBLY_TECHNICIAN"]),
    ("stock-locations", "/stock-locations", &["ASSEMBLY_TECHNICIAN"]),
    ("stock-location-new", "/stock-locations/new", &["PRODUCTION_MANAGER"]),
    ("stock-location", "/stock-locations/{stock_location_id}", &["PRODUCTION_MANAGER"]),
    ("stock-location-edit", "/stock-locations/{stock_location_id}/edit", &["PRODUCTION_MANAGER"]),
    ("custom-part", "/custom-parts/{custom_number}", &["PRODUCTION_MANAGER"]),
    ("delegation", "/delegations/{user_role_id}", &["PRODUCTION_MANAGER"]),
    ("service-order-cancel", "/service-orders/{service_order_id}/cancel", &["CUSTOMER_SERVICE"]),
    ("document-edit", "/documents/{document_id}/edit", &["QC_INSPECTOR"]),
    ("outsourced-lines", "/outsourced-lines", &["PRODUCTION_MANAGER"]),
    ("outsourced-line", "/outsourced-lines/{outsourced_line_id}", &["PRODUCTION_MANAGER"]),
    ("outsourced-lines-cancel", "/outsourced-lines/cancel/bulk?all=1", &["PRODUCTION_MANAGER"]),
    ("outsourced-line-cancel", "/outsourced-lines/{outsourced_line_id}/cancel", &["PRODUCTION_MANAGER"]),
    ("suppliers", "/suppliers", &["QC_INSPECTOR"]),
    ("supplier", "/suppliers/{supplier_id}", &["QC_INSPECTOR"]),
    ("supplier-new", "/suppliers/new", &["PRODUCTION_MANAGER"]),
    ("supplier-edit", "/suppliers/{supplier_id}/edit", &["PRODUCTION_MANAGER"]),
    ("notification-rules", "/notification-rules", &["CUSTOMER_SERVICE"]),
    ("notification-rule", "/notification-rules/{notification_rule_id}", &["CUSTOMER_SERVICE"]),
    ("delegations", "/delegations", &["PRODUCTION_MANAGER"]),
    ("delegation-new", "/delegations/new", &["PRODUCTION_MANAGER"]),
    ("calendars", "/calendars", &["PRODUCTION_MANAGER"]),
    ("calendar", "/calendars/{resource_calendar_id}", &["PRODUCTION_MANAGER"]),
    ("calendar-new", "/calendars/new", &["PRODUCTION_MANAGER"]),
    ("calendar-edit", "/calendars/{resource_calendar_id}/edit", &["PRODUCTION_MANAGER"]),
    ("calendar-exception-new", "/calendars/{resource_calendar_id}/exception", &["PRODUCTION_MANAGER"]),
    ("calendar-exception", "/calendar-exceptions/{calendar_exception_id}", &["PRODUCTION_MANAGER"]),
    ("calendar-exception-edit", "/calendar-exceptions/{calendar_exception_id}/edit", &["PRODUCTION_MANAGER"]),
    (
        "calendar-exception-remove",
        "/calendar-exceptions/{calendar_exception_id}/remove",
        &["PRODUCTION_MANAGER"],
    ),
    ("calendar-shift-new", "/calendars/{resource_calendar_id}/shift", &["PRODUCTION_MANAGER"]),
    ("calendar-shift", "/calendar-shifts/{calendar_shift_id}", &["PRODUCTION_MANAGER"]),
    ("calendar-shift-edit", "/calendar-shifts/{calendar_shift_id}/edit", &["PRODUCTION_MANAGER"]),
    ("calendar-shift-remove", "/calendar-shifts/{calendar_shift_id}/remove", &["PRODUCTION_MANAGER"]),
    ("roles", "/roles", &["CUSTOMER_SERVICE"]),
    ("role", "/roles/{role_code}", &["CUSTOMER_SERVICE"]),
];

/// The same for whoever administers.
const ADMINISTRATION: &[(&str, &str, &[&str])] = &[
    ("assembly-new", "/assemblies/new", &["ADMINISTRATOR"]),
    ("assembly-edit", "/assemblies/{assembly_code}/edit", &["ADMINISTRATOR"]),
    ("part-new", "/parts/new", &["ADMINISTRATOR"]),
    ("part-edit", "/parts/{part_number}/edit", &["ADMINISTRATOR"]),
    ("assembly-revise", "/assemblies/{assembly_code}/revise", &["ADMINISTRATOR"]),
    ("assembly-draft", "/assembly-revisions/{assembly_revision_id}?of=draft", &["ADMINISTRATOR"]),
    ("assembly-release", "/assembly-revisions/{assembly_revision_id}/release", &["ADMINISTRATOR"]),
    ("assembly-withdraw", "/assembly-revisions/{assembly_revision_id}/withdraw", &["ADMINISTRATOR"]),
    ("imports", "/import-sessions", &["ADMINISTRATOR"]),
    ("import-new", "/import-sessions/new", &["ADMINISTRATOR"]),
    ("import", "/import-sessions/{import_session_id}", &["ADMINISTRATOR"]),
    ("workflow", "/workflow-rules", &["ADMINISTRATOR"]),
    ("workflow-step", "/workflow-rules/orders/{order_workflow_rule_id}", &["ADMINISTRATOR"]),
    ("workflow-change", "/workflow-rules/orders/{order_workflow_rule_id}/change", &["ADMINISTRATOR"]),
    ("workflow-build-change", "/workflow-rules/builds/{build_workflow_rule_id}/change", &["ADMINISTRATOR"]),
    (
        "workflow-proposed",
        "/workflow/changes/{workflow_rule_change_id}?number=SAMPLE-001",
        &["ADMINISTRATOR"],
    ),
    ("workflow-release", "/workflow/changes/{workflow_rule_change_id}/release", &["ADMINISTRATOR"]),
    ("workflow-reject", "/workflow/changes/{workflow_rule_change_id}/reject", &["ADMINISTRATOR"]),
    ("workflow-withdraw", "/workflow/changes/{workflow_rule_change_id}/withdraw", &["ADMINISTRATOR"]),
    ("rule-set-draft", "/rule-sets/{rule_set_id}?of=draft", &["ADMINISTRATOR"]),
    ("rule-set-copy", "/rule-sets/{rule_set_id}/copy", &["ADMINISTRATOR"]),
    ("rule-set-remove", "/rule-sets/{rule_set_id}/remove", &["ADMINISTRATOR"]),
    ("rule-set-release", "/rule-sets/{rule_set_id}/release", &["ADMINISTRATOR"]),
    ("rule-bench", "/rule-sets/{rule_set_id}/bench", &["ADMINISTRATOR"]),
    ("rule-new", "/rule-sets/{rule_set_id}/rules/new", &["ADMINISTRATOR"]),
    ("rule-form", "/configuration-rules/{configuration_rule_id}?of=draft", &["ADMINISTRATOR"]),
    ("external-systems", "/external-systems", &["ADMINISTRATOR"]),
    ("system-new", "/external-systems/new", &["ADMINISTRATOR"]),
    ("hosts", "/allowed-hosts", &["ADMINISTRATOR"]),
    ("host-new", "/allowed-hosts/new", &["ADMINISTRATOR"]),
    ("system", "/external-systems/{system_code}", &["ADMINISTRATOR"]),
    ("system-edit", "/external-systems/{system_code}/edit", &["ADMINISTRATOR"]),
    ("system-credentials", "/external-systems/{system_code}/credentials", &["ADMINISTRATOR"]),
    ("webhook-secret", "/external-systems/{system_code}/webhook-secret", &["ADMINISTRATOR"]),
    (
        "system-credentials-withdraw",
        "/external-systems/{system_code}/withdraw-credentials",
        &["ADMINISTRATOR"],
    ),
    ("host", "/allowed-hosts/{allowed_host_id}", &["ADMINISTRATOR"]),
    ("deliveries", "/deliveries", &["ADMINISTRATOR"]),
    ("delivery", "/deliveries/{outbox_delivery_id}", &["ADMINISTRATOR"]),
    ("sync-log", "/sync-log", &["ADMINISTRATOR"]),
    ("users", "/users", &["ADMINISTRATOR"]),
    ("user", "/users/{login}", &["ADMINISTRATOR"]),
    ("user-new", "/users/new", &["ADMINISTRATOR"]),
    ("user-grant", "/users/{login}/grant", &["ADMINISTRATOR"]),
    ("user-edit", "/users/{login}/edit", &["ADMINISTRATOR"]),
    ("user-setup-code", "/users/{login}/setup-code", &["ADMINISTRATOR"]),
    ("user-verify", "/users/{login}/verify-identity", &["ADMINISTRATOR"]),
    ("user-role-take", "/users/{login}/roles/{role_code}/take", &["ADMINISTRATOR"]),
    ("user-session-end", "/users/{login}/sessions/{user_session_id}/end", &["ADMINISTRATOR"]),
    ("user-skill-new", "/users/{login}/skill", &["ADMINISTRATOR"]),
    ("user-skill", "/user-skills/{user_skill_id}", &["ADMINISTRATOR"]),
    ("user-skill-edit", "/user-skills/{user_skill_id}/edit", &["ADMINISTRATOR"]),
    ("user-disable", "/users/{login}/disable", &["ADMINISTRATOR"]),
    ("users-disable", "/users/disable/bulk?id=sample.service&id=sample.quality", &["ADMINISTRATOR"]),
    ("findings-decide", "/privacy/findings/decide/bulk?id=1", &["ADMINISTRATOR"]),
    ("security-events", "/security-events", &["ADMINISTRATOR"]),
    ("permissions", "/permissions", &["ADMINISTRATOR", "QC_INSPECTOR"]),
    ("permission-give", "/roles/{role_code}/give", &["ADMINISTRATOR"]),
    ("notification-rule-new", "/notification-rules/new", &["ADMINISTRATOR"]),
    ("notification-rule-edit", "/notification-rules/{notification_rule_id}/edit", &["ADMINISTRATOR"]),
    ("site-settings", "/site-settings", &["ADMINISTRATOR", "CUSTOMER_SERVICE"]),
    ("system-health", "/system/health", &["ADMINISTRATOR"]),
    ("audit-trail", "/audit/trail", &["ADMINISTRATOR"]),
    ("audit-verifications", "/audit/verifications", &["ADMINISTRATOR"]),
    ("audit-verification", "/audit/verifications/{audit_verification_id}", &["ADMINISTRATOR"]),
    ("audit-verify", "/audit/verifications/new", &["ADMINISTRATOR"]),
    ("privacy-requests", "/privacy/requests", &["ADMINISTRATOR"]),
    ("privacy-request-new", "/privacy/requests/new", &["ADMINISTRATOR"]),
    ("privacy-subjects", "/privacy/subjects", &["ADMINISTRATOR"]),
    ("privacy-subject", "/privacy/subjects/{subject_id}", &["ADMINISTRATOR"]),
    ("privacy-subject-preview", "/privacy/subjects/{subject_id}?preview=true", &["ADMINISTRATOR"]),
    ("privacy-request", "/privacy/requests/{privacy_request_id}", &["ADMINISTRATOR"]),
    ("privacy-findings", "/privacy/findings", &["ADMINISTRATOR"]),
    ("privacy-detect", "/privacy/findings/detect", &["ADMINISTRATOR"]),
    ("privacy-reads", "/privacy/access-log", &["ADMINISTRATOR"]),
    ("legal-holds", "/legal-holds", &["ADMINISTRATOR"]),
    ("legal-hold-new", "/legal-holds/new", &["ADMINISTRATOR"]),
    ("legal-hold", "/legal-holds/{legal_hold_id}", &["ADMINISTRATOR"]),
    ("privacy-finding", "/privacy/findings/{pii_finding_id}", &["ADMINISTRATOR"]),
    ("retention-run", "/retention/runs/{retention_run_id}", &["ADMINISTRATOR"]),
    ("retention-policy", "/retention/policies/{policy_id}", &["ADMINISTRATOR"]),
    ("retention-execute", "/retention/policies/{policy_id}/execute", &["ADMINISTRATOR"]),
    ("archives", "/archives", &["ADMINISTRATOR"]),
    ("quality-rule", "/data-quality/rules/{data_quality_rule_id}", &["ADMINISTRATOR"]),
    ("quality-run", "/data-quality/rules/run", &["ADMINISTRATOR"]),
    ("retention-policies", "/retention/policies", &["ADMINISTRATOR"]),
    ("retention-runs", "/retention/runs", &["ADMINISTRATOR"]),
    ("system-alerts", "/system-alerts", &["ADMINISTRATOR"]),
    ("quality-rules", "/data-quality/rules", &["ADMINISTRATOR"]),
    ("quality-runs", "/data-quality/runs", &["ADMINISTRATOR"]),
    ("deployments", "/system/deployments", &["ADMINISTRATOR"]),
];

/// Values for what stands in braces in a path.
const VALUES: &[(&str, &str)] = &[
    ("{api_token_id}", "SELECT min(api_token_id)::text FROM api_tokens"),
    ("{allowed_host_id}", "SELECT max(allowed_host_id)::text FROM allowed_hosts"),
    ("{assembly_code}", "SELECT 'T2-BODY-48-60-HA'"),
    ("{custom_number}", "SELECT max(custom_number) FROM custom_parts_registry"),
    ("{item_code}", "SELECT 'T2-BODY-48-60-HA'"),
    ("{stock_lot_id}", "SELECT min(stock_lot_id)::text FROM stock_lots"),
    ("{audit_verification_id}", "SELECT max(audit_verification_id)::text FROM audit_verifications"),
    ("{bom_id}", "SELECT min(bom_id)::text FROM boms"),
    ("{assembly_revision_id}", "SELECT max(assembly_revision_id)::text FROM assembly_revisions"),
    ("{build_id}", "SELECT max(build_id)::text FROM builds"),
    ("{sample_build}", "SELECT build_id::text FROM builds WHERE build_number = 'SAMPLE-001'"),
    (
        "{build_workflow_rule_id}",
        "SELECT build_workflow_rule_id::text FROM build_workflow_rules WHERE to_sub_state = 'IN_ASSEMBLY' AND from_sub_state = 'READY'",
    ),
    ("{calendar_exception_id}", "SELECT max(calendar_exception_id)::text FROM calendar_exceptions"),
    ("{calendar_shift_id}", "SELECT min(calendar_shift_id)::text FROM calendar_shifts"),
    ("{configuration_rule_id}", "SELECT max(configuration_rule_id)::text FROM configuration_rules"),
    ("{customer_id}", "SELECT min(customer_id)::text FROM customers"),
    ("{kind}", "SELECT 'CHANGE'"),
    ("{document_id}", "SELECT max(document_id)::text FROM documents"),
    ("{document_version_id}", "SELECT max(document_version_id)::text FROM document_versions"),
    ("{import_session_id}", "SELECT max(import_session_id)::text FROM import_sessions"),
    ("{legal_hold_id}", "SELECT max(legal_hold_id)::text FROM legal_holds"),
    ("{line_number}", "SELECT '19'"),
    ("{login}", "SELECT 'sample.service'"),
    ("{notification_rule_id}", "SELECT min(notification_rule_id)::text FROM notification_rules"),
    ("{order_id}", "SELECT max(order_id)::text FROM orders"),
    ("{order_note_id}", "SELECT max(order_note_id)::text FROM order_notes"),
    ("{order_attachment_id}", "SELECT max(order_attachment_id)::text FROM order_attachments"),
    ("{outbox_delivery_id}", "SELECT max(outbox_delivery_id)::text FROM outbox_deliveries"),
    (
        "{order_workflow_rule_id}",
        "SELECT order_workflow_rule_id::text FROM order_workflow_rules WHERE from_phase = 'APPROVAL' AND action = 'ADVANCE'",
    ),
    ("{outsourced_line_id}", "SELECT min(outsourced_line_id)::text FROM outsourced_lines"),
    ("{part_number}", "SELECT min(part_number) FROM parts WHERE part_number ~ '^[A-Z0-9-]+$'"),
    ("{data_quality_rule_id}", "SELECT min(data_quality_rule_id)::text FROM data_quality_rules"),
    ("{pii_finding_id}", "SELECT max(pii_finding_id)::text FROM pii_findings"),
    ("{policy_id}", "SELECT min(policy_id)::text FROM data_retention_policies"),
    ("{privacy_request_id}", "SELECT max(privacy_request_id)::text FROM privacy_requests"),
    ("{subject_id}", "SELECT max(subject_id)::text FROM pii_contacts"),
    ("{record_id}", "SELECT max(order_change_id)::text FROM order_changes"),
    ("{resource_calendar_id}", "SELECT min(resource_calendar_id)::text FROM resource_calendars"),
    ("{retention_run_id}", "SELECT max(retention_run_id)::text FROM retention_runs"),
    ("{role_code}", "SELECT 'SALES_MANAGER'"),
    ("{rule_set_id}", "SELECT max(rule_set_id)::text FROM rule_sets"),
    ("{saved_view_id}", "SELECT max(saved_view_id)::text FROM saved_views"),
    ("{service_order_id}", "SELECT max(service_order_id)::text FROM service_orders"),
    ("{stock_location_id}", "SELECT max(stock_location_id)::text FROM stock_locations"),
    ("{workflow_rule_change_id}", "SELECT max(workflow_rule_change_id)::text FROM workflow_rule_changes"),
    ("{supplier_id}", "SELECT min(supplier_id)::text FROM suppliers"),
    ("{system_code}", "SELECT 'RECORDS'"),
    ("{user_session_id}", "SELECT max(user_session_id)::text FROM user_sessions"),
    ("{user_skill_id}", "SELECT min(user_skill_id)::text FROM user_skills"),
    (
        "{user_role_id}",
        "SELECT max(d.user_role_id)::text FROM user_roles d JOIN users u ON u.user_id = d.delegated_by WHERE u.login = 'sample.production'",
    ),
];

/// What is no page of its own: steps of a sign-in, parts that a script asks for, files, and ways that lead on to a page.
const PARTS: &[&str] = &[
    // Every component at once, for whoever makes pages.
    "/design",
    "/sign-in/next",
    "/sign-in/second-factor",
    "/sign-in/password",
    "/sign-in/authenticator",
    "/sign-in/finish",
    "/sign-in/oidc/{provider_code}",
    "/sign-in/oidc/{provider_code}/callback",
    "/orders/{order_id}/drawer",
    "/orders/blockers",
    "/preview",
    "/boms/{bom_id}/branch",
    "/boms/{bom_id}/lines/{line_number}",
    "/assemblies/{assembly_code}/branch",
    "/catalogue/branch",
    // Of a build that has some: REGISTERS.
    "/builds/{build_id}/configuration/versions",
    "/builds/{build_id}/drawing.svg",
    "/builds/{build_id}/outsourcing",
    "/custom-parts/{custom_number}/drawing",
    "/lookup/{kind}",
    "/reports",
    "/dashboard.csv",
    "/document-versions/{document_version_id}/preview",
    "/order-attachments/{order_attachment_id}/preview",
    // An archive comes of a destruction that two people sign: retention.rs.
    "/archives/{archive_id}",
    "/archives/{archive_id}/restore",
];

/// One record of each kind that the sample data has none of; the benchmark of the pages has the same.
const RECORDS: &str = include_str!("../../crates/torvan-bench/sql/http/page_records.sql");

/// A second administrator, who proposes a change of a step that builds take.
pub(crate) const A_CHANGE: &str = "
    INSERT INTO users (login, display_name) VALUES ('second.admin', 'Sam Second');
    INSERT INTO user_roles (user_id, role_id) SELECT u.user_id, r.role_id FROM users u, roles r WHERE u.login = 'second.admin' AND r.role_code = 'ADMINISTRATOR';
    BEGIN;
    SELECT begin_as('second.admin', 'test');
    SELECT propose_workflow_rule_change('{\"guards\": [\"outsourcing_received\", \"technician_assigned\"], \"requires_reason\": true, \"signature_meaning\": \"confirmed\"}',
      'Nothing leaves the planning without a technician', p_build_workflow_rule_id => build_workflow_rule_id)
      FROM build_workflow_rules WHERE from_sub_state = 'PLANNING' AND to_sub_state = 'PRE_QC_READY';
    COMMIT";

/// A site with something to see on every page.
pub(crate) async fn furnished() -> Served {
    let served = serve(TestDatabase::new().await).await;
    served
        .run(
            "INSERT INTO api_tokens (user_id, name, token_hash, scopes, made_by, expires_at)
             SELECT user_id, 'ERP bridge on plant-server', encode(sha256('web'), 'hex'), '{order:read,part:read}', user_id, now() + interval '30 days'
             FROM users WHERE login = 'sample.admin'",
        )
        .await;
    // What waits for an approval: the BOM of an order that nobody has decided about yet.
    let configured = GrowingOrder::configured(served.db.pool(), "SINK-WEB-WAITS").await;
    let submit = "SELECT transition_order({order}, 'APPROVAL')::text";
    configured.steps(served.db.pool(), "sample.sales", &[submit]).await;
    served.run(RECORDS).await;
    served.run(A_CHANGE).await;
    served.run("BEGIN; SELECT begin_as('sample.admin', 'test'); SELECT propose_order_change(build_id, '{\"feet\": \"SEISMIC_FEET\"}', 'seismic zone') FROM builds WHERE build_number = 'SAMPLE-001'; COMMIT").await;
    another_order(&served).await;
    somebody_asks(&served).await;
    served.run(&supplied("REC-01")).await;
    served
}

/// Two kinds of pieces that the first sample sink needs lie at a place, in a lot, as many as all sinks need of them.
pub(crate) fn supplied(location: &str) -> String {
    format!(
        "BEGIN;
         SELECT begin_as('sample.production', 'test');
         SELECT receive_stock(s.item_code, s.quantity_short, '{location}', 'LOT-WEB')
           FROM (SELECT h.item_code, a.quantity_short FROM builds b CROSS JOIN LATERAL shortages(b.build_id) h JOIN shortages() a ON a.item_code = h.item_code
                   JOIN parts p ON p.part_number = h.item_code
                  WHERE b.build_number = 'SAMPLE-001' AND p.unit_code = 'each' AND h.quantity_short >= 2 ORDER BY h.item_code LIMIT 2) s;
         COMMIT"
    )
}

/// A person whose data is kept, and who wants to see it.
async fn somebody_asks(served: &Served) {
    let contact = json!({"customer_code": "STELMO", "role": "PURCHASING", "name": "Nora Contact", "email": "nora@stelmo.example"});
    let made = served.site.person("sample.sales").await.post("/contacts", contact).await.expect(201);
    let asked = json!({"kind": "EXPORT", "subject_id": made.value("subject_id")});
    let _ = served.site.person("sample.admin").await.post("/privacy/requests", asked).await.expect(201);
}

/// A draft of its own with a note of the Administrator, which is then the last order.
pub(crate) async fn another_order(served: &Served) {
    let number = served.read("SELECT (max(order_id) + 1)::text FROM orders").await;
    GrowingOrder::draft(served.db.pool(), &format!("SINK-WEB-{number}")).await;
    served
        .run("BEGIN; SELECT begin_as('sample.admin', 'test'); SELECT add_order_note(max(order_id), 'The customer called about the date', NULL, true) FROM orders; COMMIT")
        .await;
}

/// The path with its values.
pub(crate) async fn filled(served: &Served, path: &str) -> String {
    let mut path = path.to_owned();
    for (name, statement) in VALUES {
        if path.contains(name) {
            let value = served.read(statement).await;
            assert!(!value.is_empty(), "{name} is nothing: {statement}");
            path = path.replace(name, &value);
        }
    }
    assert!(!path.contains('{'), "{path} lacks a value; mend: give it a line in VALUES");
    path
}

/// Name of the pictures of a page as a role sees it.
fn pictures(name: &str, role: &str, roles: &[&str]) -> String {
    if roles.len() == 1 {
        name.to_owned()
    } else {
        format!("{name}-{}", role.to_lowercase().replace('_', "-"))
    }
}

async fn walk(table: &[(&str, &str, &[&str])], role: &str) {
    let served = furnished().await;
    let mut findings = Findings::default();
    let browser = served.browser().await;
    if role != NOBODY {
        served.sign_in_as(&browser, role).await;
    }
    for (name, path, roles) in table.iter().filter(|(_, _, roles)| roles.contains(&role)) {
        let path = filled(&served, path).await;
        find(&browser, &pictures(name, role, roles), &path, &mut findings).await;
    }
    findings.judge();
}

#[tokio::test]
async fn signed_records_show_their_stamps() {
    let served = furnished().await;
    let browser = served.browser().await;
    served.sign_in_as(&browser, "ADMINISTRATOR").await;
    for page in ["/allowed-hosts/{allowed_host_id}", "/legal-holds/{legal_hold_id}"] {
        browser.open(&filled(&served, page).await).await;
        let stamp = browser.text(".stamp").await;
        assert!(stamp.contains("Approved") && stamp.contains("UTC"), "{page}: {stamp}");
    }
}

#[tokio::test]
async fn as_nobody() {
    walk(PAGES, NOBODY).await;
}

#[tokio::test]
async fn as_administrator() {
    walk(PAGES, "ADMINISTRATOR").await;
}

#[tokio::test]
async fn as_sales_manager() {
    walk(PAGES, "SALES_MANAGER").await;
}

#[tokio::test]
async fn as_production_manager() {
    walk(PAGES, "PRODUCTION_MANAGER").await;
}

#[tokio::test]
async fn as_qc_inspector() {
    walk(PAGES, "QC_INSPECTOR").await;
}

#[tokio::test]
async fn as_assembly_technician() {
    walk(PAGES, "ASSEMBLY_TECHNICIAN").await;
}

#[tokio::test]
async fn as_customer_service() {
    walk(PAGES, "CUSTOMER_SERVICE").await;
}

#[tokio::test]
async fn registers_as_sales_manager_and_customer_service() {
    walk(REGISTERS, "SALES_MANAGER").await;
    walk(REGISTERS, "CUSTOMER_SERVICE").await;
}

#[tokio::test]
async fn registers_as_production_manager() {
    walk(REGISTERS, "PRODUCTION_MANAGER").await;
}

#[tokio::test]
async fn registers_as_inspector_and_technician() {
    walk(REGISTERS, "QC_INSPECTOR").await;
    walk(REGISTERS, "ASSEMBLY_TECHNICIAN").await;
}

// Two halves, so that they are walked beside each other.
#[tokio::test]
async fn registers_of_the_administration() {
    walk(&ADMINISTRATION[..ADMINISTRATION.len() / 2], "ADMINISTRATOR").await;
}

#[tokio::test]
async fn more_registers_of_the_administration() {
    walk(&ADMINISTRATION[ADMINISTRATION.len() / 2..], "ADMINISTRATOR").await;
}

/// A page and what a role gets of it.
#[derive(Debug)]
struct Glanced {
    route: String,
    /// Callers of the matrix, each with its answer there, the roles alone.
    callers: Vec<(&'static str, &'static str)>,
}

/// Callers of the matrix that are roles.
const CALLERS: [&str; 6] = ["administrator", "sales", "production", "quality", "technician", "service"];

/// What pages that ask for something are asked.
const QUERIES: [(&str, &str); 3] = [
    ("/orders/bulk", "act=hold&id={order_id}"),
    ("/orders/{order_id}/transition", "to=CONFIGURATION"),
    ("/views/new", "list=/orders&query=view%3Dlate"),
];

/// What the furnished site answers otherwise than the matrix: callers whose the record is not, or that may not in its state.
const OTHERWISE: &[(&str, &str, u64)] = &[
    // Who asked for a change does not decide about it.
    ("administrator", "/approvals/{kind}/{record_id}", 404),
    // What is decided is not decided again, and nobody signs what nobody asked for.
    ("administrator", "/boms/{bom_id}/approve", 409),
    ("administrator", "/boms/{bom_id}/reject", 409),
    ("administrator", "/boms/{bom_id}/submit", 409),
    ("administrator", "/privacy/requests/{privacy_request_id}/erase", 409),
    // A note is its author's.
    ("sales", "/orders/{order_id}/notes/{order_note_id}/edit", 403),
    ("production", "/orders/{order_id}/notes/{order_note_id}/edit", 403),
    ("quality", "/orders/{order_id}/notes/{order_note_id}/edit", 403),
    ("service", "/orders/{order_id}/notes/{order_note_id}/edit", 403),
    // A draft is not held.
    ("administrator", "/orders/bulk", 403),
    // A view is its owner's.
    ("administrator", "/views/{saved_view_id}/edit", 404),
    // A draft is that of sales.
    ("production", "/orders/{order_id}/builds/{build_id}/cancel", 403),
    ("production", "/orders/{order_id}/cancel", 403),
    ("production", "/orders/{order_id}/edit", 403),
    // Somebody else's account.
    ("quality", "/users/{login}", 404),
    ("quality", "/users/{login}/end-sessions", 404),
];

/// What is of the last order, a draft, which a technician does not see.
const OF_A_DRAFT: [&str; 2] = ["/orders/{order_id}", "/builds/{build_id}"];

/// Routes of pages with the roles that may open each, as the matrix has them (tests/server/matrix.csv).
static GLANCED: LazyLock<Vec<Glanced>> = LazyLock::new(|| {
    let matrix = include_str!("../server/matrix.csv");
    let mut lines = matrix.lines();
    let callers: Vec<&str> = lines.next().unwrap_or_default().split(',').skip(1).collect();
    let page = |line: &'static str| {
        let (route, cells) = line.strip_prefix("GET ")?.split_once(" (page),")?;
        // Of a record that the matrix has none of, the answer is that there is none: they may open one.
        let may = |cell: &str| matches!(cell, "200" | "404" | "409");
        let cells = callers.iter().copied().zip(cells.split(','));
        let open = cells.filter(|(caller, cell)| CALLERS.contains(caller) && may(cell));
        Some(Glanced { route: route.to_owned(), callers: open.collect() })
    };
    lines
        .filter_map(page)
        .filter(|page| !page.callers.is_empty() && !PARTS.contains(&page.route.as_str()))
        .collect()
});

/// Every page that a role may open is opened by it, and stands.
async fn glance(caller: &str, role: &str) {
    let served = furnished().await;
    let mut findings = Findings::default();
    let browser = served.browser().await;
    served.sign_in_as(&browser, role).await;
    for page in GLANCED.iter() {
        let Some((_, answer)) = page.callers.iter().find(|(own, _)| *own == caller) else { continue };
        let query = QUERIES.iter().find(|(route, _)| *route == page.route);
        let route = query.map_or(page.route.clone(), |(route, query)| format!("{route}?{query}"));
        let path = filled(&served, &route).await;
        // Whoever comes first finds it; of others the record may be out of sight, or not in the state for it.
        let is_first = page.callers.first().is_some_and(|(first, _)| *first == caller);
        let otherwise = OTHERWISE.iter().find(|(own, route, _)| *own == caller && *route == page.route);
        let is_of_draft = OF_A_DRAFT.iter().any(|of| page.route.starts_with(of));
        let answers: &[u64] = match (otherwise, *answer) {
            (Some((.., answer)), _) => std::slice::from_ref(answer),
            _ if caller == "technician" && is_of_draft => &[403, 404],
            _ if is_first => &[200],
            (_, "200") => &[200],
            _ => &[200, 403, 404, 409],
        };
        glance_at(&browser, &format!("{role} {path}"), &path, answers, &mut findings).await;
    }
    findings.judge();
}

#[tokio::test]
async fn all_of_the_administrator() {
    glance("administrator", "ADMINISTRATOR").await;
}

#[tokio::test]
async fn all_of_the_sales_manager() {
    glance("sales", "SALES_MANAGER").await;
}

#[tokio::test]
async fn all_of_the_production_manager() {
    glance("production", "PRODUCTION_MANAGER").await;
}

#[tokio::test]
async fn all_of_the_qc_inspector() {
    glance("quality", "QC_INSPECTOR").await;
}

#[tokio::test]
async fn all_of_the_assembly_technician() {
    glance("technician", "ASSEMBLY_TECHNICIAN").await;
}

#[tokio::test]
async fn all_of_customer_service() {
    glance("service", "CUSTOMER_SERVICE").await;
}

#[test]
fn every_page_of_the_product_is_walked_to() {
    let tables = || PAGES.iter().chain(REGISTERS).chain(ADMINISTRATION);
    let walked: BTreeSet<&str> = tables()
        .map(|(_, path, _)| path.split('?').next().unwrap_or_default())
        .chain(GLANCED.iter().map(|page| page.route.as_str()))
        .chain(PARTS.iter().copied())
        .collect();
    let missing: Vec<&str> = pages()
        .filter(|page| matches!(page.method, Method::Get) && !walked.contains(page.path))
        .map(|page| page.path)
        .collect();
    assert!(
        missing.is_empty(),
        "mend: a role must be able to open them (tests/server/matrix.csv), or they are PARTS: {missing:?}"
    );
    let names: BTreeSet<&str> = tables().map(|(name, ..)| *name).collect();
    assert_eq!(names.len(), tables().count(), "a name is there twice");
}
