//! What comes with each sink of an order, seen together: somebody looks at it with the customer's wishes and says so.

use askama::Template;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value};
use torvan_store::Context;

use super::order_id;
use super::view::{Build, Read};
use super::wizard::{Configuration, Stage, configurations, is_open, steps};
use crate::http::Answer;
use crate::http::problem::{CONFLICT, Problem};
use crate::identity::Answering;
use crate::incoming::{Incoming, not_signed_in};
use crate::pages::components::{Conflict, Faults, Link, Notice, Steps, Summary};
use crate::pages::data;
use crate::pages::identity::forms::Again;
use crate::pages::moment::Clock;
use crate::pages::once::{Once, fresh_key};
use crate::pages::page::{Me, Page, rendered};
use crate::pages::way::{is, to};

/// Lists of a configuration that are reviewed.
const LISTS: [&str; 2] = ["drawers", "accessories"];

/// A sink with what comes with it.
#[derive(Debug)]
pub(super) struct Equipped {
    pub(super) id: i64,
    pub(super) number: String,
    pub(super) is_configured: bool,
    pub(super) items: Vec<Item>,
}

/// An item with its number.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) code: String,
    pub(super) name: String,
    pub(super) quantity: String,
}

#[derive(Debug, Deserialize)]
struct Named {
    assembly_code: String,
    name: String,
}

/// Codes with their numbers.
fn listed(parameters: &Value) -> Vec<(String, String)> {
    let all = LISTS.iter().filter_map(|list| parameters[*list].as_array()).flatten();
    let item = |item: &Value| {
        let quantity = item.get("quantity").filter(|value| !value.is_null());
        Some((item["code"].as_str()?.to_owned(), quantity.map_or_else(|| "1".to_owned(), Value::to_string)))
    };
    all.filter_map(item).collect()
}

/// What comes with each of some sinks.
pub(super) async fn equipped(
    context: &mut Context,
    page: &Page,
    builds: &[&Build],
) -> Result<Vec<Equipped>, Problem> {
    if !page.me.as_ref().is_some_and(|me| me.may("configuration:read")) {
        return Ok(Vec::new());
    }
    let saved = configurations(context, builds).await?;
    let mut codes: Vec<String> =
        saved.iter().flat_map(|one| listed(&one.parameters)).map(|(code, _)| code).collect();
    codes.sort_unstable();
    codes.dedup();
    let codes: Vec<&str> = codes.iter().map(String::as_str).collect();
    let names: Vec<Named> = data::named(context, "v_assemblies", "assembly_code", &codes).await?;
    let called = |code: &str| names.iter().find(|one| one.assembly_code == code).map(|one| one.name.clone());
    let of = |one: &Configuration| {
        let item = |(code, quantity): (String, String)| Item {
            name: called(&code).unwrap_or_default(),
            code,
            quantity,
        };
        listed(&one.parameters).into_iter().map(item).collect()
    };
    let sink = |build: &&Build| {
        let saved = saved.iter().find(|one| Some(one.configuration_id) == build.configuration_id);
        Equipped {
            id: build.build_id,
            number: build.build_number.clone(),
            is_configured: saved.is_some(),
            items: saved.map(of).unwrap_or_default(),
        }
    };
    Ok(builds.iter().map(sink).collect())
}

#[derive(Debug, Template)]
#[template(path = "orders/accessories.html")]
struct AccessoriesPage {
    page: Page,
    me: Me,
    id: i64,
    number: String,
    customer: String,
    steps: Option<Steps>,
    summary: Summary,
    conflict: Option<Conflict>,
    reviewed: Option<Notice>,
    key: String,
    seen: String,
    sinks: Vec<Equipped>,
    is_open: bool,
    may_review: bool,
}

/// Which configurations somebody sees: what is declared is about those.
fn seen(builds: &[&Build]) -> String {
    let keys = builds.iter().map(|build| build.configuration_id.unwrap_or_default().to_string());
    keys.collect::<Vec<_>>().join(",")
}

pub(super) fn show(incoming: Incoming) -> Answering {
    Box::pin(async move { shown(&incoming, Again::first(), false).await })
}

async fn shown(incoming: &Incoming, again: Again, is_stale: bool) -> Answer {
    let (mut context, person) = incoming.enter().await?;
    let mut page = Page::signed_in(incoming, &mut context, &person, "accessories-title").await?;
    let me = page.me.clone().ok_or_else(not_signed_in)?;
    let read = Read::of(&mut context, &me, order_id(incoming)?).await?;
    let builds: Vec<&Build> = read.active_builds().collect();
    let sinks = equipped(&mut context, &page, &builds).await?;
    let steps = steps(&mut context, &page, &read, Stage::Accessories).await?;
    context.commit().await?;
    if !again.faults.is_empty() || is_stale {
        page.with_error();
    }
    if incoming.asked("done") == "reviewed" {
        page.done("done-reviewed");
    }
    let status = again.status;
    let order = &read.order;
    let is_open = is_open(order);
    let is_whole = !sinks.is_empty() && sinks.iter().all(|sink| sink.is_configured);
    let view = AccessoriesPage {
        id: order.order_id,
        number: order.order_number.clone(),
        customer: read.customer.clone(),
        steps,
        summary: again.faults.summary(page.t("summary-form")),
        conflict: is_stale.then(|| changed(&page, order.order_id)),
        reviewed: reviewed(&page, &read),
        key: fresh_key(),
        seen: seen(&builds),
        may_review: is_open && is_whole && order.accessories_reviewed_at.is_none() && me.may("order:update"),
        is_open,
        sinks,
        page,
        me,
    };
    Again::answered(status, again.retry_after, rendered(&view, status))
}

fn changed(page: &Page, order_id: i64) -> Conflict {
    let way = Link::new(format!("/orders/{order_id}?panel=history"), page.t("conflict-see"), false);
    Conflict { title: page.t("conflict"), text: page.t("accessories-changed"), ways: vec![way] }
}

/// Who reviewed them, and when.
fn reviewed(page: &Page, read: &Read) -> Option<Notice> {
    let at = Clock::now(page.words).exact(read.order.accessories_reviewed_at?);
    let who = read.order.accessories_reviewed_by.and_then(|key| read.people.of_key(key));
    let about = who.into_iter().chain([at]).collect::<Vec<_>>().join(", ");
    Some(Notice::done(page.t("accessories-reviewed")).text(about))
}

pub(super) fn send(incoming: Incoming) -> Answering {
    Box::pin(async move {
        match declared(&incoming).await {
            Ok(Some(place)) => Ok(to(&place)),
            Ok(None) => {
                let status = StatusCode::CONFLICT;
                shown(&incoming, Again { faults: Faults::default(), status, retry_after: None }, true).await
            }
            Err(problem) if is(&problem, CONFLICT) => {
                let status = problem.kind().status;
                let faults = Faults::whole(problem.told());
                shown(&incoming, Again { faults, status, retry_after: None }, false).await
            }
            Err(problem) => Err(problem),
        }
    })
}

/// Notes the review; none where a configuration is another one than was seen.
async fn declared(incoming: &Incoming) -> Result<Option<String>, Problem> {
    let order_id = order_id(incoming)?;
    let (mut context, person) = incoming.enter().await?;
    let once = Once::of(incoming)?;
    if let Some(place) = once.begin(&mut context).await? {
        return Ok(Some(place));
    }
    // The order is locked by this; a configuration that is saved later takes the review back.
    let given = Map::from_iter([("order_id".to_owned(), Value::from(order_id))]);
    data::act(&mut context, "review_accessories", given).await?;
    let page = Page::signed_in(incoming, &mut context, &person, "accessories-title").await?;
    let me = page.me.clone().ok_or_else(not_signed_in)?;
    let read = Read::of(&mut context, &me, order_id).await?;
    let builds: Vec<&Build> = read.active_builds().collect();
    if seen(&builds) != incoming.form.text("seen") {
        context.rollback().await?;
        return Ok(None);
    }
    let next = if is_open(&read.order) { "review" } else { "accessories?done=reviewed" };
    let place = format!("/orders/{order_id}/{next}");
    once.finish(&mut context, &place).await?;
    context.commit().await?;
    Ok(Some(place))
}
