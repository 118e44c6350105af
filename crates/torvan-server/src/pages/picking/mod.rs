//! The pick list of a build: what to take from where, what it has, what it lacks; material is reserved, issued and given back here.

mod acts;
mod view;

use super::{field, form, page};
use crate::api::endpoint::Access::{self, Permission};
use crate::api::endpoint::{Endpoint, Method};
use crate::http::problem::Problem;
use crate::incoming::Incoming;

const ISSUE: Access = Permission("stock:issue");
const RESERVE: Access = Permission("stock:reserve");

pub(super) const PAGES: &[Endpoint] = &[
    page(
        Method::Get,
        "/builds/{build_id}/pick-list",
        Permission("stock:read"),
        view::show,
        "What is to be taken for a build, by place and lot, and what it lacks.",
    ),
    form("/builds/{build_id}/pick-list/reserve", RESERVE, acts::reserve, &[], "Reserves what a build needs."),
    form(
        "/builds/{build_id}/pick-list/release",
        RESERVE,
        acts::release,
        &[],
        "Gives back what is promised to a build.",
    ),
    form(
        "/builds/{build_id}/pick-list/issue-all",
        ISSUE,
        acts::issue_all,
        &[],
        "Issues everything on the pick list.",
    ),
    form(
        "/builds/{build_id}/pick-list/take",
        ISSUE,
        acts::take,
        &[
            field("item_code", "Code of the item."),
            field("location_code", "Where it is taken."),
            field("lot_number", "Its lot, where it has one."),
            field("quantity", "How much of it."),
        ],
        "Issues a line of the pick list, or a part of it.",
    ),
];

/// The key of the build in the path.
fn build_id(incoming: &Incoming) -> Result<i64, Problem> {
    incoming.key("build_id")
}

/// The page of a build.
fn place_of(build_id: i64) -> String {
    format!("/builds/{build_id}/pick-list")
}
