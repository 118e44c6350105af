//! Customers, and orders for service parts.

use super::{
    Form, Record, Register, Related, asking, asking_bulk, code, day, doing, doing_bulk, flag, listed, mark,
    moment, name, number, person, shown, text,
};
use crate::api::endpoint::Access::{Permission, SignedIn};
use crate::api::endpoint::{Endpoint, Method};
use crate::pages::components::Icon;

pub(super) const REGISTERS: &[Register] = &[
    Register {
        path: "/customers",
        title: "customers-title",
        icon: Icon("building-2"),
        columns: &[
            code("customer_code"),
            name("name"),
            mark("language"),
            flag("is_active"),
            moment("created_at"),
        ],
        views: &[("view-active", &[("filter[is_active]", "true")]), ("view-all", &[("view", "all")])],
        record: Some("/customers/{customer_id}"),
        add: Some("/customers/new"),
        room: &[],
        bulk: &[],
    },
    Register {
        path: "/service-orders",
        title: "service-orders-title",
        icon: Icon("wrench"),
        columns: &[
            code("service_order_number"),
            mark("state"),
            text("note"),
            moment("submitted_at"),
            moment("decided_at"),
            moment("created_at"),
        ],
        views: &[
            ("view-waiting", &[("filter[state]", "PENDING_APPROVAL")]),
            ("view-approved", &[("filter[state]", "APPROVED")]),
            ("view-all", &[("view", "all")]),
        ],
        record: Some("/service-orders/{service_order_id}"),
        add: Some("/service-orders/new"),
        room: &[],
        bulk: &["/service-orders/{service_order_id}/cancel"],
    },
];

pub(super) const RECORDS: &[Record] = &[
    Record {
        path: "/customers/{customer_id}",
        register: "/customers",
        title: &["customer_code", "name"],
        facts: &[
            code("customer_code"),
            text("name"),
            mark("language"),
            flag("is_active"),
            person("created_by"),
            moment("created_at"),
            moment("updated_at"),
        ],
        lists: &[
            Related {
                title: "customer-orders",
                path: "/customers/{customer_id}/orders",
                by: None,
                columns: &[
                    code("order_number"),
                    text("po_number"),
                    mark("phase"),
                    mark("state"),
                    day("want_date"),
                    moment("created_at"),
                ],
                record: Some("/orders/{order_id}"),
            },
            Related {
                title: "service-orders-title",
                path: "/service-orders",
                by: Some(("customer_id", "customer_id")),
                columns: &[code("service_order_number"), mark("state"), text("note"), moment("created_at")],
                record: Some("/service-orders/{service_order_id}"),
            },
        ],
    },
    Record {
        path: "/service-orders/{service_order_id}",
        register: "/service-orders",
        title: &["service_order_number"],
        facts: &[
            mark("state"),
            text("note"),
            text("decision_note"),
            person("created_by"),
            moment("created_at"),
            moment("submitted_at"),
            person("decided_by"),
            moment("decided_at"),
            moment("ordered_at"),
            person("received_by"),
            moment("received_at"),
        ],
        lists: &[Related {
            title: "service-order-items",
            path: "/service-orders/{service_order_id}/items",
            by: None,
            columns: &[
                code("item_code"),
                name("item_name"),
                number("quantity_requested"),
                number("quantity_approved"),
                text("unit_code"),
                text("note"),
            ],
            record: None,
        }],
    },
];

pub(super) const FORMS: &[Form] = &[
    Form {
        path: "/customers/new",
        title: "customer-new",
        icon: Icon("plus"),
        method: Method::Post,
        target: "/customers",
        fields: &["code", "name", "language"],
        back: "/customers/{customer_id}",
        is_main: false,
        while_in: &[],
    },
    Form {
        path: "/customers/{customer_id}/edit",
        title: "customer-edit",
        icon: Icon("pencil-line"),
        method: Method::Patch,
        target: "/customers/{customer_id}",
        fields: &["customer_code", "name", "language", "is_active"],
        back: "/customers/{customer_id}",
        is_main: true,
        while_in: &[],
    },
    Form {
        path: "/service-orders/new",
        title: "service-order-new",
        icon: Icon("plus"),
        method: Method::Post,
        target: "/service-orders",
        fields: &["customer_code", "build_number", "note"],
        back: "/service-orders/{service_order_id}",
        is_main: false,
        while_in: &[],
    },
    Form {
        path: "/service-orders/{service_order_id}/cancel",
        title: "service-order-cancel",
        icon: Icon("ban"),
        method: Method::Post,
        target: "/service-orders/{service_order_id}/cancel",
        fields: &[],
        back: "/service-orders/{service_order_id}",
        is_main: false,
        while_in: &[("state", &["DRAFT", "PENDING_APPROVAL"])],
    },
];

pub(super) const PAGES: &[Endpoint] = &[
    listed("/customers", SignedIn, "Customers."),
    asking("/customers/new", Permission("customer:create"), "Asks for a new customer."),
    doing("/customers/new", Permission("customer:create"), "Adds a customer."),
    shown("/customers/{customer_id}", SignedIn, "A customer with their orders."),
    asking("/customers/{customer_id}/edit", Permission("customer:update"), "Asks for changes of a customer."),
    doing("/customers/{customer_id}/edit", Permission("customer:update"), "Changes a customer."),
    listed("/service-orders", Permission("service_order:read"), "Orders for service parts."),
    asking(
        "/service-orders/new",
        Permission("service_order:create"),
        "Asks for a new order for service parts.",
    ),
    doing("/service-orders/new", Permission("service_order:create"), "Begins an order for service parts."),
    asking(
        "/service-orders/{service_order_id}/cancel",
        Permission("service_order:update_own"),
        "Asks why an order for service parts is cancelled.",
    ),
    doing(
        "/service-orders/{service_order_id}/cancel",
        Permission("service_order:update_own"),
        "Cancels an order for service parts.",
    ),
    asking_bulk(
        "/service-orders/cancel/bulk",
        Permission("service_order:update_own"),
        "Asks before several orders for service parts are cancelled.",
    ),
    doing_bulk(
        "/service-orders/cancel/bulk",
        Permission("service_order:update_own"),
        "Cancels several orders for service parts.",
    ),
];
