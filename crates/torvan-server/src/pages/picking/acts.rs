//! What is done with the material of a build: each act once, what is refused on the page, at the line that it is about.

use axum::http::StatusCode;
use serde_json::{Map, Value};
use torvan_store::call::Returned;

use super::view::answered;
use super::{build_id, place_of};
use crate::api::dispatch::Refusable;
use crate::http::Answer;
use crate::http::problem::{CONFLICT, INVALID, NOT_FOUND, Problem};
use crate::identity::Answering;
use crate::incoming::Incoming;
use crate::pages::components::Faults;
use crate::pages::numbers;
use crate::pages::once;
use crate::pages::page::Page;
use crate::pages::way::{is, to, with_query};

/// Calls a function about the build, once. The page that it leads to tells what was done, and what the function answered.
async fn act(
    incoming: &Incoming,
    function: &'static str,
    mut given: Map<String, Value>,
    told: &[(&str, &str)],
) -> Result<String, Problem> {
    let id = build_id(incoming)?;
    given.insert("build_id".to_owned(), id.into());
    let place = |returned| {
        let count = match &returned {
            Returned::One(Some(value)) => value.get(),
            _ => "",
        };
        let told: Vec<(&str, &str)> = told.iter().copied().chain([("count", count)]).collect();
        with_query(&place_of(id), &told)
    };
    once::act(incoming, function, given, place).await
}

/// What was refused stands on the page: at the field of its line, or above everything.
async fn shown(incoming: &Incoming, acted: Result<String, Problem>) -> Answer {
    let problem = match acted {
        Ok(place) => return Ok(to(&place)),
        Err(problem) => problem,
    };
    if ![INVALID, CONFLICT, NOT_FOUND].iter().any(|kind| is(&problem, *kind)) {
        return Err(problem);
    }
    // What the page tells is no answer that is written down as a refusal on its way out.
    Refusable::of(incoming).note_if_refused(&problem).await;
    // A place or a lot that there is not is about the form; a build that there is not is no page.
    let status = match problem.kind().status {
        StatusCode::NOT_FOUND => StatusCode::UNPROCESSABLE_ENTITY,
        status => status,
    };
    let is_of_line = !incoming.form.text("item_code").is_empty();
    let told = problem.told_of("quantity").unwrap_or_else(|| problem.told());
    let faults = if is_of_line { Faults::of("quantity", told) } else { Faults::whole(told) };
    answered(incoming, faults, status).await
}

pub(super) fn reserve(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let acted = act(&incoming, "reserve_stock", Map::new(), &[("done", "reserved")]).await;
        shown(&incoming, acted).await
    })
}

pub(super) fn release(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let acted = act(&incoming, "release_reservations", Map::new(), &[("done", "released")]).await;
        shown(&incoming, acted).await
    })
}

pub(super) fn issue_all(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let acted = act(&incoming, "issue_pick_list", Map::new(), &[("done", "all")]).await;
        shown(&incoming, acted).await
    })
}

pub(super) fn take(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let (context, person) = incoming.look().await?;
        context.rollback().await?;
        let page = Page::open(&incoming, Some(&person), "pick-list-title");
        let text = |name: &str| incoming.form.text(name);
        let Some(quantity) = numbers::read(page.words, text("quantity")) else {
            let faults = Faults::of("quantity", page.tv("entry-number", "field", page.t("col-quantity")));
            return answered(&incoming, faults, StatusCode::UNPROCESSABLE_ENTITY).await;
        };
        let quantity = quantity.to_string();
        let (code, place, lot) = (text("item_code"), text("location_code"), text("lot_number"));
        let given =
            [("code", code), ("quantity", quantity.as_str()), ("location_code", place), ("lot_number", lot)];
        let given = given.into_iter().filter(|(_, value)| !value.is_empty());
        let given = given.map(|(name, value)| (name.to_owned(), Value::from(value))).collect();
        let told =
            [("done", "line"), ("code", code), ("place", place), ("lot", lot), ("quantity", &quantity)];
        let acted = act(&incoming, "issue_stock", given, &told).await;
        shown(&incoming, acted).await
    })
}
