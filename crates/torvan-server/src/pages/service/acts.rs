//! What is done with an order for service parts.

use axum::http::StatusCode;
use serde_json::{Map, Value};

use super::view::answered;
use crate::api::dispatch::Refusable;
use crate::http::Answer;
use crate::http::problem::{CONFLICT, INVALID, NOT_FOUND, Problem, SECOND_PERSON};
use crate::identity::Answering;
use crate::incoming::Incoming;
use crate::pages::components::Faults;
use crate::pages::numbers;
use crate::pages::once;
use crate::pages::page::Page;
use crate::pages::way::{is, to, with_query};

fn order_id(incoming: &Incoming) -> Result<i64, Problem> {
    incoming.key("service_order_id")
}

/// Calls a function about the order, once; leads back to its page with what then stands in the address.
async fn act(
    incoming: &Incoming,
    function: &'static str,
    mut given: Map<String, Value>,
    told: &[(&str, &str)],
) -> Result<String, Problem> {
    let id = order_id(incoming)?;
    given.insert("service_order_id".to_owned(), id.into());
    once::act(incoming, function, given, |_| with_query(&format!("/service-orders/{id}"), told)).await
}

/// What was refused stands on the page of the order.
async fn shown(incoming: &Incoming, acted: Result<String, Problem>) -> Answer {
    let problem = match acted {
        Ok(place) => return Ok(to(&place)),
        Err(problem) => problem,
    };
    let is_told = [INVALID, CONFLICT, SECOND_PERSON].iter().any(|kind| is(&problem, *kind));
    // A code that there is not is about the field; an order that there is not is no page.
    let is_code = is(&problem, NOT_FOUND) && !incoming.form.text("item_code").is_empty();
    if !is_told && !is_code {
        return Err(problem);
    }
    // What the page tells is no answer that is written down as a refusal on its way out.
    Refusable::of(incoming).note_if_refused(&problem).await;
    let status = if is_code { StatusCode::UNPROCESSABLE_ENTITY } else { problem.kind().status };
    let faults = match problem.told_of("reason") {
        Some(told) => Faults::of("reason", told),
        None => Faults::whole(problem.told()),
    };
    answered(incoming, faults, status).await
}

/// Whether a quantity is nought, however it is written.
pub(super) fn takes_out(quantity: &str) -> bool {
    quantity.contains('0') && quantity.trim_matches(['0', '.']).is_empty()
}

/// A quantity that is written with letters: as text it would be taken, `1e3` for a thousand.
fn lettered(incoming: &Incoming) -> Option<Faults> {
    let is_quantity = |name: &str| name == "quantity" || name.starts_with("quantity:");
    let mut sent = incoming.form.pairs().filter(|(name, _)| is_quantity(name));
    sent.find(|(_, value)| !numbers::is_plain(value))?;
    let page = Page::open(incoming, None, "service-orders-title");
    Some(Faults::whole(page.tv("entry-number", "field", page.t("col-quantity"))))
}

pub(super) fn set_item(incoming: Incoming) -> Answering {
    Box::pin(async move {
        if let Some(faults) = lettered(&incoming) {
            return answered(&incoming, faults, StatusCode::UNPROCESSABLE_ENTITY).await;
        }
        let text = |name: &str| incoming.form.text(name);
        let code = text("item_code");
        let is_removed = takes_out(text("quantity"));
        let mut given = Map::from_iter([
            ("code".to_owned(), Value::from(code)),
            ("quantity".to_owned(), text("quantity").into()),
        ]);
        if !text("note").is_empty() {
            given.insert("note".to_owned(), text("note").into());
        }
        // What was taken out can be put back as it was.
        let told: Vec<(&str, &str)> = if is_removed {
            let was = [("item_code", code), ("quantity", text("was")), ("note", text("was_note"))];
            [("done", "removed"), ("q", text("q"))].into_iter().chain(was).collect()
        } else {
            vec![("done", "added"), ("q", text("q"))]
        };
        let acted = act(&incoming, "set_service_order_item", given, &told).await;
        shown(&incoming, acted).await
    })
}

pub(super) fn submit(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let acted = act(&incoming, "submit_service_order", Map::new(), &[("done", "submitted")]).await;
        shown(&incoming, acted).await
    })
}

pub(super) fn ship(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let acted = act(&incoming, "ship_service_order", Map::new(), &[("done", "ordered")]).await;
        shown(&incoming, acted).await
    })
}

pub(super) fn receive(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let acted = act(&incoming, "receive_service_order", Map::new(), &[("done", "received")]).await;
        shown(&incoming, acted).await
    })
}

/// Quantities that are smaller than those asked for: `quantity:CODE` with `asked:CODE` beside it.
fn quantities(incoming: &Incoming) -> Map<String, Value> {
    let mut changed = Map::new();
    for (name, value) in incoming.form.pairs() {
        let Some(code) = name.strip_prefix("quantity:") else { continue };
        let value = value.trim();
        if value == incoming.form.text(&format!("asked:{code}")) {
            continue;
        }
        let number = serde_json::from_str::<serde_json::Number>(value).map(Value::Number);
        changed.insert(code.to_owned(), number.unwrap_or_else(|_| Value::from(value)));
    }
    changed
}

pub(super) fn decide(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let is_approved = incoming.form.text("approve") == "true";
        if let Some(faults) = lettered(&incoming).filter(|_| is_approved) {
            return answered(&incoming, faults, StatusCode::UNPROCESSABLE_ENTITY).await;
        }
        let changed = if is_approved { quantities(&incoming) } else { Map::new() };
        let reason = incoming.form.text("reason");
        if reason.is_empty() && (!is_approved || !changed.is_empty()) {
            let page = Page::open(&incoming, None, "service-orders-title");
            let faults = Faults::of("reason", page.t("missing-reason"));
            return answered(&incoming, faults, StatusCode::UNPROCESSABLE_ENTITY).await;
        }
        let mut given = Map::from_iter([
            ("approve".to_owned(), Value::from(is_approved)),
            ("quantities".to_owned(), Value::Object(changed)),
        ]);
        if !reason.is_empty() {
            given.insert("reason".to_owned(), reason.into());
        }
        let told = [("done", if is_approved { "approved" } else { "rejected" })];
        let acted = act(&incoming, "decide_service_order", given, &told).await;
        shown(&incoming, acted).await
    })
}
