//! Endpoints of the domain orders: customers, orders, builds, their workflow and material, service-part orders.

use super::endpoint::Access::{Permission, SignedIn};
use super::endpoint::Method::{Get, Patch, Post, Put};
use super::endpoint::{Access, Endpoint, answer, call, create, list, list_view, read};

const READ: Access = Permission("order:read");
const HISTORY: Access = Permission("order:read_history");
const STOCK: Access = Permission("stock:read");
const RESERVE: Access = Permission("stock:reserve");
const ISSUE: Access = Permission("stock:issue");
const CART: Access = Permission("service_order:create");
const SERVICE: Access = Permission("service_order:read");

pub(super) const ENDPOINTS: &[Endpoint] = &[
    // Customers.
    list(
        "/customers",
        "customers",
        SignedIn,
        &["customer_code", "language", "is_active"],
        &["customer_code", "name"],
    ),
    create(
        "/customers",
        "create_customer",
        Permission("customer:create"),
        "customer_id",
        "/customers/{customer_id}",
    ),
    read("/customers/{customer_id}", "customers", SignedIn),
    answer(Get, "/customers/{customer_id}/notes", "customer_notes", Permission("customer:read"), "notes"),
    list(
        "/customers/{customer_id}/orders",
        "orders",
        SignedIn,
        &["order_number", "po_number", "phase", "state", "want_date", "created_at"],
        &["-created_at"],
    ),
    // Orders: found, counted, made, changed.
    call(Get, "/orders", "search_orders", READ),
    create("/orders", "create_order", Permission("order:create"), "order_id", "/orders/{order_id}"),
    call(Get, "/orders/facets", "order_facets", READ),
    call(Get, "/orders/board", "order_board", READ),
    call(Get, "/orders/dashboard", "order_dashboard", Permission("report:read")),
    list_view(
        "/orders/ages",
        "v_order_ages",
        READ,
        &["customer_id", "phase", "state", "phase_entered_at", "want_date", "is_over_target", "is_overdue"],
        &["phase_entered_at"],
        &["order_id"],
    ),
    list_view("/reports/on-time-delivery", "v_on_time_delivery", READ, &["month"], &["-month"], &["month"]),
    read("/orders/{order_id}", "orders", SignedIn),
    call(Patch, "/orders/{order_id}", "update_order", SignedIn),
    // Steps of an order.
    call(Get, "/orders/{order_id}/next-actions", "order_next_actions", SignedIn),
    call(Post, "/orders/{order_id}/transition", "transition_order", SignedIn),
    call(Post, "/orders/{order_id}/hold", "hold_order", Permission("order:hold")),
    call(Post, "/orders/{order_id}/resume", "resume_order", SignedIn),
    call(Post, "/orders/{order_id}/cancel", "cancel_order", SignedIn),
    call(Post, "/orders/{order_id}/review-accessories", "review_accessories", Permission("order:update")),
    call(Post, "/orders/{order_id}/record-shipment", "record_shipment", Permission("shipment:dispatch")),
    call(Post, "/orders/{order_id}/record-delivery", "record_delivery", Permission("shipment:deliver")),
    // What belongs to an order.
    list("/orders/{order_id}/items", "order_items", SignedIn, &["family_code"], &["position"]),
    list("/orders/{order_id}/builds", "builds", SignedIn, &["phase", "sub_state", "state"], &["build_id"]),
    create(
        "/orders/{order_id}/builds",
        "add_build",
        Permission("order:update"),
        "build_id",
        "/builds/{build_id}",
    ),
    list(
        "/orders/{order_id}/history",
        "order_status_history",
        HISTORY,
        &["action"],
        &["-order_status_history_id"],
    ),
    call(Get, "/orders/{order_id}/age", "order_age", SignedIn),
    call(Get, "/orders/{order_id}/signatures", "order_signatures", SignedIn),
    list("/orders/{order_id}/metrics", "order_metrics", Permission("report:read"), &["phase"], &["phase"]),
    list(
        "/orders/{order_id}/notes",
        "order_notes",
        Permission("order_note:read"),
        &["build_id", "is_urgent", "is_pinned"],
        &["-created_at"],
    ),
    create(
        "/orders/{order_id}/notes",
        "add_order_note",
        Permission("order_note:create"),
        "order_note_id",
        "/order-notes/{order_note_id}",
    ),
    read("/order-notes/{order_note_id}", "order_notes", Permission("order_note:read")),
    list(
        "/orders/{order_id}/attachments",
        "order_attachments",
        Permission("order_attachment:read"),
        &["build_id", "attachment_kind"],
        &["attachment_kind", "order_attachment_id"],
    ),
    create(
        "/orders/{order_id}/attachments",
        "attach_content",
        Permission("order_attachment:create"),
        "order_attachment_id",
        "/order-attachments/{order_attachment_id}",
    ),
    read(
        "/order-attachments/{order_attachment_id}",
        "order_attachments",
        Permission("order_attachment:read"),
    ),
    call(
        Post,
        "/order-attachments/{order_attachment_id}/approve",
        "approve_attachment",
        Permission("order_attachment:approve"),
    ),
    // Builds.
    list(
        "/builds",
        "builds",
        SignedIn,
        &["order_id", "build_number", "phase", "sub_state", "state", "configuration_id", "bom_id"],
        &["-build_id", "build_number"],
    ),
    read("/builds/{build_id}", "builds", SignedIn),
    call(Get, "/builds/{build_id}/next-actions", "build_next_actions", SignedIn),
    call(Post, "/builds/{build_id}/transition", "transition_build", SignedIn),
    call(Post, "/builds/{build_id}/cancel", "cancel_build", SignedIn),
    answer(
        Post,
        "/builds/{build_id}/request-hold",
        "request_hold",
        Permission("order:request_hold"),
        "order_note_id",
    ),
    list("/builds/{build_id}/history", "build_status_history", HISTORY, &[], &["-build_status_history_id"]),
    // Changes after approval.
    list(
        "/order-changes",
        "order_changes",
        Permission("bom:read"),
        &["build_id", "state", "proposed_by"],
        &["-order_change_id"],
    ),
    read("/order-changes/{order_change_id}", "order_changes", Permission("bom:read")),
    list(
        "/builds/{build_id}/changes",
        "order_changes",
        Permission("bom:read"),
        &["state"],
        &["-order_change_id"],
    ),
    create(
        "/builds/{build_id}/changes",
        "propose_order_change",
        Permission("configuration:change_approved"),
        "order_change_id",
        "/order-changes/{order_change_id}",
    ),
    call(Post, "/order-changes/{order_change_id}/decide", "decide_order_change", Permission("bom:approve")),
    // Material of builds.
    list(
        "/stock-reservations",
        "stock_reservations",
        STOCK,
        &["build_id", "item_key", "state"],
        &["-stock_reservation_id"],
    ),
    list(
        "/builds/{build_id}/reservations",
        "stock_reservations",
        STOCK,
        &["item_key", "state"],
        &["stock_reservation_id"],
    ),
    answer(Post, "/builds/{build_id}/reserve", "reserve_stock", RESERVE, "short_items"),
    answer(
        Post,
        "/builds/{build_id}/release-reservations",
        "release_reservations",
        RESERVE,
        "released_items",
    ),
    call(Get, "/builds/{build_id}/pick-list", "pick_list", STOCK),
    answer(Post, "/builds/{build_id}/issue-pick-list", "issue_pick_list", ISSUE, "moves"),
    answer(Post, "/builds/{build_id}/issue", "issue_stock", ISSUE, "stock_move_id"),
    answer(Post, "/builds/{build_id}/return", "return_stock", ISSUE, "stock_move_id"),
    call(Get, "/shortages", "shortages", STOCK),
    answer(
        Post,
        "/outsourced-lines/{outsourced_line_id}/receive-stock",
        "receive_outsourced_stock",
        Permission("outsourced_line:receive"),
        "stock_move_id",
    ),
    // Service-part orders.
    list_view(
        "/service-parts",
        "v_service_parts",
        Permission("catalogue:read"),
        &["item_code", "item_type"],
        &["item_code", "name"],
        &["item_code"],
    ),
    list(
        "/service-orders",
        "service_orders",
        SERVICE,
        &["service_order_number", "state", "customer_id", "build_id", "created_by"],
        &["-service_order_id", "created_at"],
    ),
    create(
        "/service-orders",
        "create_service_order",
        CART,
        "service_order_id",
        "/service-orders/{service_order_id}",
    ),
    read("/service-orders/{service_order_id}", "service_orders", SERVICE),
    list(
        "/service-orders/{service_order_id}/items",
        "service_order_items",
        SERVICE,
        &[],
        &["service_order_item_id"],
    ),
    call(Put, "/service-orders/{service_order_id}/items/{item_code}", "set_service_order_item", CART),
    call(Post, "/service-orders/{service_order_id}/submit", "submit_service_order", CART),
    call(
        Post,
        "/service-orders/{service_order_id}/decide",
        "decide_service_order",
        Permission("service_order:approve"),
    ),
    call(
        Post,
        "/service-orders/{service_order_id}/ship",
        "ship_service_order",
        Permission("service_order:ship"),
    ),
    call(
        Post,
        "/service-orders/{service_order_id}/receive",
        "receive_service_order",
        Permission("service_order:receive"),
    ),
    call(Post, "/service-orders/{service_order_id}/cancel", "cancel_service_order", CART),
    // The workflow itself and the settings of the plant.
    list(
        "/workflow/order-rules",
        "order_workflow_rules",
        SignedIn,
        &["from_phase", "action", "is_active"],
        &["order_workflow_rule_id"],
    ),
    list(
        "/workflow/build-rules",
        "build_workflow_rules",
        SignedIn,
        &["phase", "is_active"],
        &["build_workflow_rule_id"],
    ),
    list("/workflow/sub-states", "build_sub_states", SignedIn, &["phase"], &["phase", "position"]),
    list("/workflow/guards", "workflow_guards", SignedIn, &[], &["guard_code"]),
    list("/site-settings", "site_settings", SignedIn, &[], &["setting_code"]),
    read("/site-settings/{setting_code}", "site_settings", SignedIn),
    answer(Get, "/site/today", "site_today", SignedIn, "today"),
];
