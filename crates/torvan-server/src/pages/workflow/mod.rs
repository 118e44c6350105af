//! The workflow: its phases with their steps, one of them with what was changed of it, changes proposed, tried, released.
//!
//! What may be changed of a step is judged by the database; the form shows what it would refuse with the reason.

mod bench;
mod change;
mod flow;
mod release;
mod rule;
mod step;

use crate::api::endpoint::Method::Get;
use crate::api::endpoint::{Access, Endpoint};
use crate::pages::{field, form, page};

const READ: Access = Access::Permission("workflow_rule:read");
const CHANGE: Access = Access::Permission("workflow_rule:update");
const RELEASE: Access = Access::Permission("workflow_rule:release");

/// Fields of the form that proposes a change.
const FIELDS: &[crate::api::endpoint::Field] = &[
    field("title", "The step in words."),
    field("guard", "Each guard that is asked for."),
    field("separate_from", "Whose step it may not be."),
    field("signature_meaning", "Meaning of the signature."),
    field("target_hours", "Planned working hours."),
    field("reason", "Why it is to be changed."),
];

pub(super) const PAGES: &[Endpoint] = &[
    page(Get, "/workflow-rules", READ, flow::show, "The workflow: its phases with their steps."),
    page(Get, "/workflow-rules/bench", READ, bench::show, "Tries the workflow with an order or a build."),
    page(
        Get,
        "/workflow-rules/orders/{order_workflow_rule_id}",
        READ,
        step::show,
        "A step of orders, with its changes.",
    ),
    page(
        Get,
        "/workflow-rules/builds/{build_workflow_rule_id}",
        READ,
        step::show,
        "A step of builds, with its changes.",
    ),
    page(
        Get,
        "/workflow-rules/orders/{order_workflow_rule_id}/change",
        CHANGE,
        change::show,
        "Asks how a step of orders is to be changed.",
    ),
    form(
        "/workflow-rules/orders/{order_workflow_rule_id}/change",
        CHANGE,
        change::send,
        FIELDS,
        "Proposes a change of a step of orders.",
    ),
    page(
        Get,
        "/workflow-rules/builds/{build_workflow_rule_id}/change",
        CHANGE,
        change::show,
        "Asks how a step of builds is to be changed.",
    ),
    form(
        "/workflow-rules/builds/{build_workflow_rule_id}/change",
        CHANGE,
        change::send,
        FIELDS,
        "Proposes a change of a step of builds.",
    ),
    page(
        Get,
        "/workflow/changes/{workflow_rule_change_id}",
        READ,
        bench::show_change,
        "A change of the workflow: what it changes, whom it reaches, and what it makes of an order or a build.",
    ),
    page(
        Get,
        "/workflow/changes/{workflow_rule_change_id}/release",
        RELEASE,
        release::show,
        "Asks before a change of the workflow is put in force.",
    ),
    form(
        "/workflow/changes/{workflow_rule_change_id}/release",
        RELEASE,
        release::send,
        &[field("reason", "What was looked at before.")],
        "Puts a change of the workflow in force, signed.",
    ),
];
