//! Rule sets and what is in them.

use super::{Record, Register, Related, code, flag, listed, mark, moment, name, number, person, shown, text};
use crate::api::endpoint::Access::Permission;
use crate::api::endpoint::Endpoint;
use crate::pages::components::Icon;

pub(super) const REGISTERS: &[Register] = &[BOMS, RULE_SETS];

const BOMS: Register = Register {
    path: "/boms",
    title: "boms-title",
    icon: Icon("list-tree"),
    columns: &[
        code("build_number"),
        code("order_number"),
        number("revision"),
        mark("state"),
        flag("is_present"),
        number("line_count"),
        number("unresolved_count"),
        moment("created_at"),
        moment("submitted_at"),
        moment("decided_at"),
    ],
    views: &[
        ("view-submitted", &[("filter[state]", "SUBMITTED")]),
        ("view-drafts", &[("filter[state]", "DRAFT"), ("filter[is_present]", "true")]),
        ("view-present", &[("filter[is_present]", "true")]),
        ("view-all", &[("view", "all")]),
    ],
    search: Some("build_number"),
    record: Some("/boms/{bom_id}"),
    add: None,
    room: &[],
};

const RULE_SETS: Register = Register {
    path: "/rule-sets",
    title: "rule-sets-title",
    icon: Icon("scale"),
    columns: &[
        code("family_code"),
        number("version"),
        mark("state"),
        text("note"),
        moment("created_at"),
        moment("released_at"),
    ],
    views: &[
        ("view-released", &[("filter[state]", "RELEASED")]),
        ("view-drafts", &[("filter[state]", "DRAFT")]),
        ("view-all", &[("view", "all")]),
    ],
    search: None,
    record: Some("/rule-sets/{rule_set_id}"),
    add: None,
    room: &[],
};

pub(super) const RECORDS: &[Record] = &[Record {
    path: "/rule-sets/{rule_set_id}",
    register: "/rule-sets",
    title: &["family_code"],
    facts: &[
        number("version"),
        mark("state"),
        text("note"),
        person("created_by"),
        moment("created_at"),
        person("released_by"),
        moment("released_at"),
    ],
    lists: &[
        Related {
            title: "rule-set-rules",
            path: "/rule-sets/{rule_set_id}/rules",
            by: None,
            columns: &[
                code("rule_code"),
                name("title"),
                mark("rule_type"),
                mark("stage"),
                mark("severity"),
                code("component_code"),
                flag("is_active"),
            ],
            record: None,
        },
        Related {
            title: "rule-set-parameters",
            path: "/rule-sets/{rule_set_id}/parameters",
            by: None,
            columns: &[
                code("parameter_code"),
                mark("value_type"),
                text("unit_code"),
                number("minimum"),
                number("maximum"),
                flag("is_required"),
            ],
            record: None,
        },
    ],
}];

pub(super) const PAGES: &[Endpoint] = &[
    listed("/boms", Permission("bom:read"), "Bills of material."),
    listed("/rule-sets", Permission("configuration:read"), "Sets of rules."),
    shown(
        "/rule-sets/{rule_set_id}",
        Permission("configuration:read"),
        "A set of rules with its rules and parameters.",
    ),
];
