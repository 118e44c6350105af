//! Endpoints of the domain integration: documents, shipments, notifications, messages, other systems.

use super::endpoint::Access::{Permission, SignedIn};
use super::endpoint::Method::{Delete, Get, Patch, Post, Put};
use super::endpoint::{Access, Endpoint, answer, call, create, list, list_view, read};

const WRITE_DOCUMENTS: Access = Permission("document:create");
const APPROVE_DOCUMENTS: Access = Permission("document:approve");
const PLAN_SHIPMENTS: Access = Permission("shipment:create");
const DISPATCH: Access = Permission("shipment:dispatch");
const OWN: Access = Permission("notification:read_own");
const SYSTEMS: Access = Permission("external_system:read");
const CHANGE_SYSTEMS: Access = Permission("external_system:update");

pub(super) const ENDPOINTS: &[Endpoint] = &[
    // Documents and their versions.
    call(Get, "/documents/search", "search_documents", SignedIn),
    list(
        "/documents",
        "documents",
        SignedIn,
        &[
            "document_number",
            "document_kind",
            "access_level",
            "language",
            "state",
            "customer_id",
            "order_id",
            "build_id",
            "assembly_id",
            "part_id",
        ],
        &["-document_id", "document_number"],
    ),
    create("/documents", "create_document", WRITE_DOCUMENTS, "document_id", "/documents/{document_id}"),
    read("/documents/{document_id}", "documents", SignedIn),
    call(Patch, "/documents/{document_id}", "update_document", Permission("document:update")),
    call(Post, "/documents/{document_id}/withdraw", "withdraw_document", APPROVE_DOCUMENTS),
    answer(Get, "/documents/{document_id}/effective-version", "effective_version", SignedIn, "document_version_id"),
    list("/documents/{document_id}/versions", "document_versions", SignedIn, &["state"], &["-version"]),
    create(
        "/documents/{document_id}/versions",
        "add_document_version",
        WRITE_DOCUMENTS,
        "document_version_id",
        "/document-versions/{document_version_id}",
    ),
    list("/document-versions", "document_versions", SignedIn, &["document_id", "state", "created_by"], &["-document_version_id"]),
    read("/document-versions/{document_version_id}", "document_versions", SignedIn),
    call(Post, "/document-versions/{document_version_id}/submit", "submit_document_version", WRITE_DOCUMENTS),
    call(Post, "/document-versions/{document_version_id}/approve", "approve_document_version", APPROVE_DOCUMENTS),
    call(Post, "/document-versions/{document_version_id}/reject", "reject_document_version", APPROVE_DOCUMENTS),
    list("/orders/{order_id}/documents", "documents", SignedIn, &["document_kind", "build_id", "state"], &["-document_id"]),
    list("/builds/{build_id}/documents", "documents", SignedIn, &["document_kind", "state"], &["-document_id"]),
    // Shipments.
    list(
        "/shipments",
        "shipments",
        SignedIn,
        &["shipment_number", "order_id", "state", "carrier", "tracking_number", "dispatched_on"],
        &["-shipment_id"],
    ),
    read("/shipments/{shipment_id}", "shipments", SignedIn),
    list_view("/orders/{order_id}/shipments", "v_order_shipments", SignedIn, &["state"], &["-shipment_id"], &["shipment_id"]),
    create("/orders/{order_id}/shipments", "create_shipment", PLAN_SHIPMENTS, "shipment_id", "/shipments/{shipment_id}"),
    list("/shipments/{shipment_id}/builds", "shipment_builds", SignedIn, &["is_void"], &["build_id"]),
    list("/shipments/{shipment_id}/packages", "shipment_packages", SignedIn, &[], &["package_number"]),
    call(Put, "/shipments/{shipment_id}/packages", "set_shipment_packages", PLAN_SHIPMENTS),
    call(Post, "/shipments/{shipment_id}/ready", "mark_shipment_ready", PLAN_SHIPMENTS),
    call(Post, "/shipments/{shipment_id}/dispatch", "dispatch_shipment", DISPATCH),
    call(Post, "/shipments/{shipment_id}/deliver", "record_shipment_delivery", Permission("shipment:deliver")),
    call(Post, "/shipments/{shipment_id}/return", "return_shipment", DISPATCH),
    call(Post, "/shipments/{shipment_id}/cancel", "cancel_shipment", PLAN_SHIPMENTS),
    // Notifications.
    call(Get, "/notifications", "my_notifications", OWN),
    call(Post, "/notifications/{notification_id}/read", "mark_notification_read", OWN),
    answer(Post, "/notifications/read-all", "mark_all_notifications_read", OWN, "marked"),
    answer(Post, "/notifications/broadcast", "broadcast_notification", Permission("notification:broadcast"), "told"),
    list("/notification-rules", "notification_rules", OWN, &["event_type", "role_code", "is_active"], &["event_type"]),
    read("/notification-rules/{notification_rule_id}", "notification_rules", OWN),
    list("/notification-preferences", "notification_preferences", SignedIn, &["user_id", "channel"], &["event_type"]),
    call(Put, "/notification-preferences/{event_type}/{channel}", "set_notification_preference", OWN),
    // Messages between the plant and customers.
    list("/messages", "portal_messages", SignedIn, &["order_id", "customer_id", "side", "read_at"], &["-portal_message_id"]),
    read("/messages/{portal_message_id}", "portal_messages", SignedIn),
    list("/orders/{order_id}/messages", "portal_messages", SignedIn, &["side"], &["portal_message_id"]),
    create("/orders/{order_id}/messages", "send_portal_message", SignedIn, "portal_message_id", "/messages/{portal_message_id}"),
    answer(Post, "/orders/{order_id}/messages/read", "mark_portal_messages_read", SignedIn, "marked"),
    // Other systems.
    list_view(
        "/external-systems",
        "v_external_systems",
        SYSTEMS,
        &["system_kind", "is_active", "circuit_state"],
        &["system_code"],
        &["external_system_id"],
    ),
    read("/external-systems/{system_code}", "external_systems", SYSTEMS),
    answer(Put, "/external-systems/{system_code}", "save_external_system", CHANGE_SYSTEMS, "external_system_id"),
    call(Post, "/external-systems/{system_code}/activate", "activate_external_system", CHANGE_SYSTEMS),
    call(Delete, "/external-systems/{system_code}/external-ids/{table}/{internal_id}", "unlink_external_id", CHANGE_SYSTEMS),
    list(
        "/external-ids",
        "external_ids",
        SYSTEMS,
        &["external_system_id", "table_name", "internal_id", "external_id"],
        &["external_system_id", "table_name"],
    ),
    list("/external-system-health", "external_system_health", SYSTEMS, &["circuit_state"], &["external_system_id"]),
    list("/external-system-objects", "external_system_objects", SYSTEMS, &["system_kind", "direction"], &["external_system_object_id"]),
    list("/allowed-hosts", "allowed_hosts", SYSTEMS, &["target", "is_active"], &["-allowed_host_id"]),
    create("/allowed-hosts", "allow_host", CHANGE_SYSTEMS, "allowed_host_id", "/allowed-hosts/{allowed_host_id}"),
    read("/allowed-hosts/{allowed_host_id}", "allowed_hosts", SYSTEMS),
    answer(Post, "/allowed-hosts/{allowed_host_id}/withdraw", "withdraw_host", CHANGE_SYSTEMS, "switched_off"),
    list("/webhook-endpoints", "webhook_endpoints", SYSTEMS, &["external_system_id", "customer_id"], &["-webhook_endpoint_id"]),
    create(
        "/webhook-endpoints",
        "create_webhook_endpoint",
        CHANGE_SYSTEMS,
        "webhook_endpoint_id",
        "/webhook-endpoints/{webhook_endpoint_id}",
    ),
    read("/webhook-endpoints/{webhook_endpoint_id}", "webhook_endpoints", SYSTEMS),
    // What went out and came in.
    list("/outbox-events", "outbox_events", SYSTEMS, &["event_type", "subject_type", "subject_id"], &["-outbox_event_id"]),
    read("/outbox-events/{outbox_event_id}", "outbox_events", SYSTEMS),
    list(
        "/deliveries",
        "outbox_deliveries",
        SYSTEMS,
        &["external_system_id", "outbox_event_id", "state", "subject_type", "subject_id"],
        &["-outbox_delivery_id"],
    ),
    read("/deliveries/{outbox_delivery_id}", "outbox_deliveries", SYSTEMS),
    call(Post, "/deliveries/{outbox_delivery_id}/replay", "replay_delivery", Permission("external_system:retry")),
    list(
        "/inbound-messages",
        "inbound_messages",
        CHANGE_SYSTEMS,
        &["external_system_id", "message_id", "object_code", "state"],
        &["-inbound_message_id"],
    ),
    read("/inbound-messages/{inbound_message_id}", "inbound_messages", CHANGE_SYSTEMS),
    list(
        "/sync-log",
        "sync_log",
        SYSTEMS,
        &["external_system_id", "object_code", "direction", "state", "outbox_delivery_id", "inbound_message_id"],
        &["-sync_log_id"],
    ),
    read("/sync-log/{sync_log_id}", "sync_log", SYSTEMS),
    list("/due-notices", "order_due_notices", SYSTEMS, &["order_id", "notice"], &["order_id"]),
    // Alerts.
    list(
        "/system-alerts",
        "system_alerts",
        Permission("system_alert:read"),
        &["alert_code", "severity", "state"],
        &["-opened_at"],
    ),
    read("/system-alerts/{system_alert_id}", "system_alerts", Permission("system_alert:read")),
];
