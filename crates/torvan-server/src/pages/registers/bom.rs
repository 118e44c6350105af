//! Rule sets and what is in them.

use super::{Form, Record, Register, asking, code, doing, flag, listed, mark, moment, number, person, text};
use crate::api::endpoint::Access::Permission;
use crate::api::endpoint::{Endpoint, Method};
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
    record: Some("/boms/{bom_id}"),
    add: None,
    room: &[],
    bulk: &[],
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
    record: Some("/rule-sets/{rule_set_id}"),
    add: None,
    room: &[],
    bulk: &[],
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
    lists: &[],
}];

pub(super) const FORMS: &[Form] = &[
    Form {
        path: "/rule-sets/{rule_set_id}/copy",
        title: "rule-set-copy",
        icon: Icon("copy"),
        method: Method::Post,
        target: "/rule-sets/{rule_set_id}/copy",
        fields: &["note"],
        back: "/rule-sets/{rule_set_id}",
        is_main: true,
        while_in: &[],
    },
    Form {
        path: "/rule-sets/{rule_set_id}/remove",
        title: "rule-set-remove",
        icon: Icon("x"),
        method: Method::Delete,
        target: "/rule-sets/{rule_set_id}",
        fields: &[],
        back: "/rule-sets",
        is_main: false,
        while_in: &[("state", &["DRAFT"])],
    },
];

pub(super) const PAGES: &[Endpoint] = &[
    listed("/boms", Permission("bom:read"), "Bills of material."),
    listed("/rule-sets", Permission("configuration:read"), "Sets of rules."),
    asking(
        "/rule-sets/{rule_set_id}/copy",
        Permission("configuration_rule:create"),
        "Asks what a new draft of the rules is for.",
    ),
    doing(
        "/rule-sets/{rule_set_id}/copy",
        Permission("configuration_rule:create"),
        "Makes a draft with the rules of a set.",
    ),
    asking(
        "/rule-sets/{rule_set_id}/remove",
        Permission("configuration_rule:update"),
        "Asks before a draft of the rules is thrown away.",
    ),
    doing(
        "/rule-sets/{rule_set_id}/remove",
        Permission("configuration_rule:update"),
        "Throws a draft of the rules away.",
    ),
];
