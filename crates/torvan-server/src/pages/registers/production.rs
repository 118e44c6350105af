//! What others make: outsourced lines and suppliers.

use super::{
    Form, Record, Register, Related, asking, asking_bulk, code, day, doing, doing_bulk, flag, listed, mark,
    moment, name, number, person, shown, text,
};
use crate::api::endpoint::Access::Permission;
use crate::api::endpoint::{Endpoint, Method};
use crate::pages::components::Icon;

pub(super) const REGISTERS: &[Register] = &[
    Register {
        path: "/outsourced-lines",
        title: "outsourced-title",
        icon: Icon("handshake"),
        columns: &[
            code("item_code"),
            name("item_name"),
            mark("state"),
            number("quantity"),
            number("quantity_received"),
            day("expected_on"),
            text("tracking_number"),
        ],
        views: &[
            ("view-all", &[("view", "all")]),
            ("view-pending", &[("filter[state]", "PENDING_ORDER")]),
            ("view-ordered", &[("filter[state]", "ORDERED")]),
            ("view-delayed", &[("filter[state]", "DELAYED")]),
        ],
        record: Some("/outsourced-lines/{outsourced_line_id}"),
        add: None,
        room: &["/outsourced-lines", "/suppliers"],
        bulk: &["/outsourced-lines/{outsourced_line_id}/cancel"],
    },
    Register {
        path: "/suppliers",
        title: "suppliers-title",
        icon: Icon("factory"),
        columns: &[
            code("supplier_code"),
            name("name"),
            number("lead_days"),
            flag("is_active"),
            moment("updated_at"),
        ],
        views: &[("view-active", &[("filter[is_active]", "true")]), ("view-all", &[("view", "all")])],
        record: Some("/suppliers/{supplier_id}"),
        add: Some("/suppliers/new"),
        room: &["/outsourced-lines", "/suppliers"],
        bulk: &[],
    },
];

pub(super) const RECORDS: &[Record] = &[
    Record {
        path: "/outsourced-lines/{outsourced_line_id}",
        register: "/outsourced-lines",
        title: &["item_code", "item_name"],
        facts: &[
            mark("state"),
            text("state_reason"),
            number("quantity"),
            number("quantity_received"),
            text("component_group"),
            day("expected_on"),
            day("ordered_on"),
            day("received_on"),
            person("received_by"),
            code("tracking_number"),
            text("flag_reason"),
            text("notes"),
            person("created_by"),
            moment("created_at"),
            moment("updated_at"),
        ],
        lists: &[],
    },
    Record {
        path: "/suppliers/{supplier_id}",
        register: "/suppliers",
        title: &["supplier_code", "name"],
        facts: &[
            number("lead_days"),
            flag("is_active"),
            text("notes"),
            moment("created_at"),
            moment("updated_at"),
        ],
        lists: &[Related {
            title: "supplier-lines",
            path: "/outsourced-lines",
            by: Some(("supplier_id", "supplier_id")),
            columns: &[
                code("item_code"),
                name("item_name"),
                mark("state"),
                number("quantity"),
                day("expected_on"),
            ],
            record: Some("/outsourced-lines/{outsourced_line_id}"),
        }],
    },
];

pub(super) const FORMS: &[Form] = &[
    Form {
        path: "/suppliers/new",
        title: "supplier-new",
        icon: Icon("plus"),
        method: Method::Post,
        target: "/suppliers",
        fields: &["supplier_code", "name", "lead_days", "notes"],
        back: "/suppliers/{supplier_id}",
        is_main: false,
        while_in: &[],
    },
    Form {
        path: "/suppliers/{supplier_id}/edit",
        title: "supplier-edit",
        icon: Icon("pencil-line"),
        method: Method::Patch,
        target: "/suppliers/{supplier_id}",
        fields: &["supplier_code", "name", "lead_days", "is_active", "notes"],
        back: "/suppliers/{supplier_id}",
        is_main: true,
        while_in: &[],
    },
    Form {
        path: "/outsourced-lines/{outsourced_line_id}/edit",
        title: "outsourced-edit",
        icon: Icon("send"),
        method: Method::Patch,
        target: "/outsourced-lines/{outsourced_line_id}",
        fields: &["state", "supplier", "expected_on", "tracking_number", "notes"],
        back: "/outsourced-lines/{outsourced_line_id}",
        is_main: true,
        while_in: &[("state", &["PENDING_ORDER", "ORDERED", "IN_TRANSIT", "DELAYED"])],
    },
    Form {
        path: "/outsourced-lines/{outsourced_line_id}/receive",
        title: "outsourced-receive",
        icon: Icon("package-check"),
        method: Method::Post,
        target: "/outsourced-lines/{outsourced_line_id}/receive",
        fields: &["quantity"],
        back: "/outsourced-lines/{outsourced_line_id}",
        is_main: false,
        while_in: &[("state", &["ORDERED", "IN_TRANSIT", "DELAYED"])],
    },
    Form {
        path: "/outsourced-lines/{outsourced_line_id}/cancel",
        title: "outsourced-cancel",
        icon: Icon("ban"),
        method: Method::Post,
        target: "/outsourced-lines/{outsourced_line_id}/cancel",
        fields: &["reason"],
        back: "/outsourced-lines/{outsourced_line_id}",
        is_main: false,
        while_in: &[("state", &["PENDING_ORDER", "ORDERED", "IN_TRANSIT", "DELAYED"])],
    },
];

pub(super) const PAGES: &[Endpoint] = &[
    listed("/outsourced-lines", Permission("outsourced_line:read"), "Outsourced lines."),
    shown(
        "/outsourced-lines/{outsourced_line_id}",
        Permission("outsourced_line:read"),
        "An outsourced line.",
    ),
    asking(
        "/outsourced-lines/{outsourced_line_id}/edit",
        Permission("outsourced_line:update"),
        "Asks how far an outsourced line is: to whom it went, when it is expected.",
    ),
    doing(
        "/outsourced-lines/{outsourced_line_id}/edit",
        Permission("outsourced_line:update"),
        "Sends an outsourced line out, or changes its dates.",
    ),
    asking(
        "/outsourced-lines/{outsourced_line_id}/receive",
        Permission("outsourced_line:receive"),
        "Asks how much of an outsourced line came back.",
    ),
    doing(
        "/outsourced-lines/{outsourced_line_id}/receive",
        Permission("outsourced_line:receive"),
        "Receives an outsourced line.",
    ),
    asking(
        "/outsourced-lines/{outsourced_line_id}/cancel",
        Permission("outsourced_line:update"),
        "Asks why an outsourced line is cancelled.",
    ),
    doing(
        "/outsourced-lines/{outsourced_line_id}/cancel",
        Permission("outsourced_line:update"),
        "Cancels an outsourced line.",
    ),
    asking_bulk(
        "/outsourced-lines/cancel/bulk",
        Permission("outsourced_line:update"),
        "Asks why several outsourced lines are cancelled.",
    ),
    doing_bulk(
        "/outsourced-lines/cancel/bulk",
        Permission("outsourced_line:update"),
        "Cancels several outsourced lines.",
    ),
    listed("/suppliers", Permission("supplier:read"), "Suppliers."),
    asking("/suppliers/new", Permission("supplier:update"), "Asks for a new supplier."),
    doing("/suppliers/new", Permission("supplier:update"), "Adds a supplier."),
    shown(
        "/suppliers/{supplier_id}",
        Permission("supplier:read"),
        "A supplier with the lines outsourced to them.",
    ),
    asking("/suppliers/{supplier_id}/edit", Permission("supplier:update"), "Asks for changes of a supplier."),
    doing("/suppliers/{supplier_id}/edit", Permission("supplier:update"), "Changes a supplier."),
];
