//! A new order, step by step: customer, purchase order and documents; sinks with their build numbers; the configuration of each;
//! accessories; review. The order itself is the state of it: whoever leaves goes on from its page, at any step, until it is
//! submitted.

use askama::Template;
use axum::http::StatusCode;
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Map, Value};
use torvan_store::Context;

use super::accessories::{Equipped, equipped};
use super::order_id;
use super::view::{Build, Order, Read, bom_status};
use crate::api::endpoint::ListSpec;
use crate::http::Answer;
use crate::http::problem::{CONFLICT, INVALID, Problem};
use crate::identity::Answering;
use crate::incoming::{Incoming, not_signed_in};
use crate::pages::components::{Doing, Faults, NextBox, Status, Steps, Summary, Tone};
use crate::pages::data;
use crate::pages::identity::forms::Again;
use crate::pages::numbers;
use crate::pages::once::{Once, fresh_key};
use crate::pages::page::{Me, Page, rendered};
use crate::pages::way::{is, to};

const CONFIGURATIONS: ListSpec = ListSpec {
    relation: "configurations",
    filters: &["configuration_id"],
    sorts: &["configuration_id"],
    key: &[],
};
const PURCHASE_ORDERS: ListSpec = ListSpec {
    relation: "order_attachments",
    filters: &["order_id", "attachment_kind"],
    sorts: &["order_attachment_id"],
    key: &[],
};
const TOTALS: ListSpec = ListSpec { relation: "boms", filters: &["bom_id"], sorts: &["bom_id"], key: &[] };

/// Names of the steps, in their order.
const STEPS: [&str; 5] =
    ["new-step-customer", "new-step-sinks", "new-step-configure", "new-step-accessories", "new-step-review"];

/// A step of the wizard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// Customer, purchase order, documents.
    Customer,
    /// Build numbers.
    Sinks,
    /// The configuration and the bill of materials of each.
    Configure,
    /// What comes with each.
    Accessories,
    /// All of it, and the next step.
    Review,
}

/// The steps of an order that is not there yet.
pub(super) fn steps_of_new(page: &Page) -> Steps {
    Steps::new(page.t("new-steps"), STEPS.map(|key| page.t(key)).into(), 0)
}

/// The same for one that can be gone on with; none where it is submitted.
pub(super) async fn steps(
    context: &mut Context,
    page: &Page,
    read: &Read,
    now: Stage,
) -> Result<Option<Steps>, Problem> {
    let order = &read.order;
    if !is_open(order) {
        return Ok(None);
    }
    let key = order.order_id.to_string();
    let asked = [("filter[order_id]", key.as_str()), ("filter[attachment_kind]", "PO_DOCUMENT")];
    let papers = data::count(context, &PURCHASE_ORDERS, &asked).await?;
    let has_sinks = read.active_builds().next().is_some();
    let is_configured = has_sinks && read.active_builds().all(|build| has_bom(read, build));
    // The order is there, so its first step is done; the document may come later, and is missed until then.
    let done = [true, has_sinks, is_configured, has_sinks && order.accessories_reviewed_at.is_some(), false];
    let lacks = (papers == 0).then(|| page.t("new-lacks-po"));
    let paths = ["edit", "sinks", "configure", "accessories", "review"];
    let ways = paths.map(|path| format!("/orders/{}/{path}", order.order_id));
    let steps = Steps::new(page.t("new-steps"), STEPS.map(|key| page.t(key)).into(), now as usize);
    Ok(Some(steps.with_ways(ways.into_iter().zip(done)).first_lacks(lacks)))
}

/// Whether an order can still be made ready.
pub(super) fn is_open(order: &Order) -> bool {
    order.state == "ACTIVE" && matches!(order.phase.as_str(), "DRAFT" | "CONFIGURATION")
}

/// Whether a sink has a bill of materials of its present configuration.
fn has_bom(read: &Read, build: &Build) -> bool {
    let bom = read.present_bom(build);
    bom.is_some_and(|bom| Some(bom.configuration_id) == build.configuration_id)
}

#[derive(Debug, Deserialize)]
pub(super) struct Configuration {
    pub(super) configuration_id: i64,
    pub(super) version: i64,
    pub(super) is_valid: bool,
    pub(super) parameters: Value,
}

/// Present configurations of sinks.
pub(super) async fn configurations(
    context: &mut Context,
    builds: &[&Build],
) -> Result<Vec<Configuration>, Problem> {
    let keys: Vec<String> =
        builds.iter().filter_map(|build| build.configuration_id).map(|key| key.to_string()).collect();
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let keys = keys.join(",");
    data::every(context, &CONFIGURATIONS, &[("filter[configuration_id][in]", keys.as_str())]).await
}

/// A sink with its configuration, in words.
#[derive(Debug)]
pub(super) struct Sink {
    pub(super) id: i64,
    pub(super) number: String,
    pub(super) model: String,
    pub(super) configuration: Status,
    pub(super) bom: Option<(i64, Status)>,
    /// Another sink of the order whose configuration it could take over.
    pub(super) like: Option<(i64, String)>,
    pub(super) totals: String,
}

#[derive(Debug, Deserialize)]
struct Totals {
    bom_id: i64,
    line_count: i64,
    total_weight_kg: Option<Decimal>,
    total_labour_hours: Option<Decimal>,
}

/// Weight and hours of bills of material.
async fn totals(context: &mut Context, read: &Read) -> Result<Vec<Totals>, Problem> {
    let keys: Vec<String> = read
        .builds
        .iter()
        .filter_map(|build| read.present_bom(build))
        .map(|bom| bom.bom_id.to_string())
        .collect();
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let keys = keys.join(",");
    data::every(context, &TOTALS, &[("filter[bom_id][in]", keys.as_str())]).await
}

fn told_totals(page: &Page, totals: &Totals) -> String {
    let weight =
        totals.total_weight_kg.map(|weight| format!("{} kg", numbers::amount(page.words, weight, 1)));
    let hours = totals.total_labour_hours.map(|hours| format!("{} h", numbers::amount(page.words, hours, 1)));
    let lines = page.tv("bom-count-lines", "count", totals.line_count);
    std::iter::once(lines).chain(weight).chain(hours).collect::<Vec<_>>().join(" · ")
}

/// Sinks as the panels and the wizard show them.
pub(super) async fn sinks(
    context: &mut Context,
    page: &Page,
    read: &Read,
    builds: &[&Build],
) -> Result<Vec<Sink>, Problem> {
    let may_read = page.me.as_ref().is_some_and(|me| me.may("configuration:read"));
    let saved = if may_read { configurations(context, builds).await? } else { Vec::new() };
    let totals = totals(context, read).await?;
    let first = read.active_builds().find(|build| build.configuration_id.is_some());
    let sink = |build: &&Build| {
        let saved = saved.iter().find(|one| Some(one.configuration_id) == build.configuration_id);
        let bom = read.present_bom(build);
        let sum = bom.and_then(|bom| totals.iter().find(|one| one.bom_id == bom.bom_id));
        let like = first.filter(|_| build.configuration_id.is_none());
        Sink {
            id: build.build_id,
            number: build.build_number.clone(),
            model: saved.and_then(|one| one.parameters["model"].as_str()).unwrap_or_default().to_owned(),
            configuration: configuration(page, build, saved),
            bom: bom.map(|bom| (bom.bom_id, bom_status(page, bom))),
            like: like.and_then(|other| Some((other.configuration_id?, other.build_number.clone()))),
            totals: sum.map(|sum| told_totals(page, sum)).unwrap_or_default(),
        }
    };
    Ok(builds.iter().map(sink).collect())
}

fn configuration(page: &Page, build: &Build, saved: Option<&Configuration>) -> Status {
    match saved {
        Some(one) if one.is_valid => Status::new(Tone::Ok, page.tv("sink-version", "version", one.version)),
        Some(one) => Status::new(Tone::Bad, page.tv("sink-version-wrong", "version", one.version)),
        None if build.configuration_id.is_some() => Status::new(Tone::Info, page.t("sink-configured")),
        None => Status::new(Tone::None, page.t("sink-not-configured")),
    }
}

#[derive(Debug, Template)]
#[template(path = "orders/configure.html")]
struct ConfigurePage {
    page: Page,
    me: Me,
    id: i64,
    number: String,
    customer: String,
    steps: Option<Steps>,
    summary: Summary,
    key: String,
    sinks: Vec<Sink>,
    /// Whether bills of material are still missing that could be made now.
    can_make: bool,
    is_open: bool,
}

pub(super) fn show_configure(incoming: Incoming) -> Answering {
    Box::pin(async move { configure_page(&incoming, Again::first()).await })
}

async fn configure_page(incoming: &Incoming, again: Again) -> Answer {
    let (mut context, person) = incoming.enter().await?;
    let mut page = Page::signed_in(incoming, &mut context, &person, "new-step-configure").await?;
    let me = page.me.clone().ok_or_else(not_signed_in)?;
    let read = Read::of(&mut context, &me, order_id(incoming)?).await?;
    let builds: Vec<&Build> = read.active_builds().collect();
    let sinks = sinks(&mut context, &page, &read, &builds).await?;
    let steps = steps(&mut context, &page, &read, Stage::Configure).await?;
    context.commit().await?;
    if !again.faults.is_empty() {
        page.with_error();
    }
    if incoming.asked("done") == "boms" {
        page.done("done-boms");
    }
    let is_whole = !builds.is_empty() && builds.iter().all(|build| build.configuration_id.is_some());
    let lacks = builds.iter().any(|build| !has_bom(&read, build));
    let status = again.status;
    let view = ConfigurePage {
        id: read.order.order_id,
        number: read.order.order_number.clone(),
        customer: read.customer.clone(),
        steps,
        summary: again.faults.summary(page.t("summary-form")),
        key: fresh_key(),
        sinks,
        can_make: is_open(&read.order) && is_whole && lacks && me.may("bom:create"),
        is_open: is_open(&read.order),
        page,
        me,
    };
    Again::answered(status, again.retry_after, rendered(&view, status))
}

/// Makes the bills of material of all sinks.
pub(super) fn send_configure(incoming: Incoming) -> Answering {
    Box::pin(async move {
        match made_boms(&incoming).await {
            Ok(place) => Ok(to(&place)),
            Err(problem) if is(&problem, INVALID) || is(&problem, CONFLICT) => {
                let status = problem.kind().status;
                let faults = Faults::whole(problem.told());
                configure_page(&incoming, Again { faults, status, retry_after: None }).await
            }
            Err(problem) => Err(problem),
        }
    })
}

async fn made_boms(incoming: &Incoming) -> Result<String, Problem> {
    let order_id = order_id(incoming)?;
    let (mut context, _) = incoming.enter().await?;
    let once = Once::of(incoming)?;
    if let Some(place) = once.begin(&mut context).await? {
        return Ok(place);
    }
    let given = Map::from_iter([("order_id".to_owned(), Value::from(order_id))]);
    data::act(&mut context, "generate_order_boms", given).await?;
    let place = format!("/orders/{order_id}/configure?done=boms");
    once.finish(&mut context, &place).await?;
    context.commit().await?;
    Ok(place)
}

#[derive(Debug, Template)]
#[template(path = "orders/review.html")]
struct ReviewPage {
    page: Page,
    me: Me,
    id: i64,
    number: String,
    customer: String,
    steps: Option<Steps>,
    facts: Vec<(String, String)>,
    sinks: Vec<Sink>,
    equipped: Vec<Equipped>,
    nexts: Vec<NextBox>,
    act: Option<Doing>,
}

pub(super) fn show_review(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let (mut context, person) = incoming.enter().await?;
        let page = Page::signed_in(&incoming, &mut context, &person, "new-step-review").await?;
        let me = page.me.clone().ok_or_else(not_signed_in)?;
        let read = Read::of(&mut context, &me, order_id(&incoming)?).await?;
        let builds: Vec<&Build> = read.active_builds().collect();
        let sinks = sinks(&mut context, &page, &read, &builds).await?;
        let equipped = equipped(&mut context, &page, &builds).await?;
        let steps = steps(&mut context, &page, &read, Stage::Review).await?;
        // Nobody begins to configure without being told what it takes to submit.
        let is_draft = is_open(&read.order) && read.order.phase == "DRAFT";
        let later = if is_draft { read.later_boxes(&mut context, &page, &me).await? } else { Vec::new() };
        context.commit().await?;
        let view = read.view(&page);
        let review = ReviewPage {
            id: view.id,
            number: view.number,
            customer: view.customer,
            steps,
            facts: view.facts,
            sinks,
            equipped,
            act: view.nexts.iter().find(|next| next.is_primary).map(|next| next.doing.clone()),
            nexts: view.nexts.into_iter().chain(later).collect(),
            page,
            me,
        };
        rendered(&review, StatusCode::OK)
    })
}
