//! The trail, privacy, retention, the quality of data, the system itself.

use super::{
    Form, Record, Register, asking, code, doing, flag, listed, mark, moment, name, number, pairs, shown, text,
};
use crate::api::endpoint::Access::Permission;
use crate::api::endpoint::{Endpoint, Method};
use crate::pages::components::Icon;

pub(super) const REGISTERS: &[Register] = &[
    Register {
        path: "/audit/trail",
        title: "trail-title",
        icon: Icon("history"),
        columns: &[
            code("audit_log_id"),
            moment("created_at"),
            name("person"),
            code("table_name"),
            code("record_key"),
            mark("operation"),
            text("field"),
            text("old_value"),
            text("new_value"),
        ],
        views: &[
            ("view-all", &[("view", "all")]),
            ("view-inserts", &[("filter[operation]", "INSERT")]),
            ("view-updates", &[("filter[operation]", "UPDATE")]),
            ("view-deletes", &[("filter[operation]", "DELETE")]),
        ],
        record: None,
        add: None,
        room: &["/audit/trail", "/audit/verifications"],
        bulk: &[],
    },
    Register {
        path: "/audit/verifications",
        title: "verifications-title",
        icon: Icon("shield-check"),
        columns: &[
            code("audit_verification_id"),
            moment("started_at"),
            moment("finished_at"),
            number("row_count"),
            flag("is_sound"),
            text("verified_by"),
        ],
        views: &[("view-all", &[("view", "all")])],
        record: Some("/audit/verifications/{audit_verification_id}"),
        add: Some("/audit/verifications/new"),
        room: &["/audit/trail", "/audit/verifications"],
        bulk: &[],
    },
    Register {
        path: "/system-alerts",
        title: "alerts-title",
        icon: Icon("triangle-alert"),
        columns: &[
            name("title"),
            mark("severity"),
            mark("state"),
            number("times_raised"),
            moment("opened_at"),
            moment("last_raised_at"),
        ],
        views: &[("view-open", &[("filter[state]", "OPEN")]), ("view-all", &[("view", "all")])],
        record: None,
        add: None,
        room: &["/system-alerts", "/data-quality/rules", "/data-quality/runs", "/system/deployments"],
        bulk: &[],
    },
    Register {
        path: "/system/deployments",
        title: "deployments-title",
        icon: Icon("package-check"),
        columns: &[
            code("version"),
            mark("status"),
            moment("created_at"),
            moment("finished_at"),
            text("database_user"),
            text("server_version"),
        ],
        views: &[("view-all", &[("view", "all")])],
        record: None,
        add: None,
        room: &["/system-alerts", "/data-quality/rules", "/data-quality/runs", "/system/deployments"],
        bulk: &[],
    },
];

pub(super) const RECORDS: &[Record] = &[Record {
    path: "/audit/verifications/{audit_verification_id}",
    register: "/audit/verifications",
    title: &["audit_verification_id"],
    facts: &[
        moment("started_at"),
        moment("finished_at"),
        text("verified_by"),
        flag("is_sound"),
        number("row_count"),
        number("first_seal_id"),
        number("last_seal_id"),
        pairs("result"),
    ],
    lists: &[],
}];

pub(super) const FORMS: &[Form] = &[Form {
    path: "/audit/verifications/new",
    title: "verification-new",
    icon: Icon("shield-check"),
    method: Method::Post,
    target: "/audit/verifications",
    fields: &[],
    back: "/audit/verifications",
    is_main: false,
    while_in: &[],
}];

pub(super) const PAGES: &[Endpoint] = &[
    listed("/audit/verifications", Permission("audit:read"), "Checks of the trail."),
    shown(
        "/audit/verifications/{audit_verification_id}",
        Permission("audit:read"),
        "What a check of the trail found.",
    ),
    asking("/audit/verifications/new", Permission("audit:read"), "Asks before the trail is verified."),
    doing("/audit/verifications/new", Permission("audit:read"), "Verifies the trail."),
    listed("/system-alerts", Permission("system_alert:read"), "Alerts of the system."),
    listed("/system/deployments", Permission("system:read"), "Deployments of the database."),
];
