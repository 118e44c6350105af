//! Bills of material: one as a tree, as totals, against another revision; why each line is there; and its way to approval.

mod acts;
mod aside;
mod compare;
mod condition;
mod read;
mod show;
mod totals;
mod tree;
mod why;

use crate::api::endpoint::{Access, Endpoint, Method};
use crate::http::problem::{FieldFault, Problem};
use crate::incoming::Incoming;
use crate::pages::{field, form, page};

pub(super) use aside::aside;
pub(super) use read::Sheet;
pub(super) use totals::{CostParts, Total};

const READ: Access = Access::Permission("bom:read");

pub(super) const PAGES: &[Endpoint] = &[
    page(
        Method::Get,
        "/boms/{bom_id}",
        READ,
        show::show,
        "A bill of materials: tree, totals, or what changed.",
    ),
    page(Method::Get, "/boms/{bom_id}/branch", READ, show::branch, "Lines below one of its lines."),
    page(Method::Get, "/boms/{bom_id}/lines/{line_number}", READ, why::show, "Why a line is there."),
    page(
        Method::Get,
        "/boms/{bom_id}/submit",
        Access::Permission("bom:submit"),
        acts::show_submit,
        "Asks before it is submitted.",
    ),
    form(
        "/boms/{bom_id}/submit",
        Access::Permission("bom:submit"),
        acts::send_submit,
        &[field("key", "Key of the form.")],
        "Submits it for approval.",
    ),
    page(
        Method::Get,
        "/boms/{bom_id}/approve",
        Access::Permission("bom:approve"),
        acts::show_approve,
        "Asks for a signature.",
    ),
    form(
        "/boms/{bom_id}/approve",
        Access::Permission("bom:approve"),
        acts::send_approve,
        &[field("key", "Key of the form."), field("password", "The password again.")],
        "Approves and signs it.",
    ),
    page(
        Method::Get,
        "/boms/{bom_id}/reject",
        Access::Permission("bom:reject"),
        acts::show_reject,
        "Asks why it is refused.",
    ),
    form(
        "/boms/{bom_id}/reject",
        Access::Permission("bom:reject"),
        acts::send_reject,
        &[
            field("key", "Key of the form."),
            field("reason", "Why."),
            field("password", "The password again."),
        ],
        "Refuses it with a reason, signed.",
    ),
];

/// A key in the path.
fn key(incoming: &Incoming, name: &'static str) -> Result<i64, Problem> {
    let key = incoming.path_value(name).and_then(|text| text.parse().ok());
    key.ok_or_else(|| {
        Problem::invalid(vec![FieldFault::parameter(name, format!("\"{name}\" is not a whole number."))])
    })
}

/// A value of the query; nothing where it is missing.
fn asked<'i>(incoming: &'i Incoming, name: &str) -> &'i str {
    incoming.query.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str())
}
