//! What of an order goes to an external shop: per sink the lines that go out, with supplier and date, or that none does.

use askama::Template;
use axum::http::StatusCode;
use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use torvan_store::Context;

use super::order_id;
use super::people::People;
use super::view::{Build, Order, Read, bom_status};
use crate::api::endpoint::ListSpec;
use crate::http::Answer;
use crate::http::problem::{CONFLICT, INVALID, NOT_FOUND, Problem, STALE};
use crate::identity::Answering;
use crate::incoming::{Incoming, not_signed_in};
use crate::pages::components::{Conflict, Faults, Link, Notice, Status, Summary};
use crate::pages::data;
use crate::pages::identity::forms::Again;
use crate::pages::moment::Clock;
use crate::pages::numbers::plain;
use crate::pages::once::Once;
use crate::pages::page::{Me, Page, rendered};
use crate::pages::registers::{tone_of, word};
use crate::pages::way::{is, to};

const LINES: ListSpec = ListSpec {
    relation: "outsourced_lines",
    filters: &["build_id"],
    sorts: &["outsourced_line_id"],
    key: &["outsourced_line_id"],
};
const STATEMENTS: ListSpec = ListSpec {
    relation: "outsourcing_statements",
    filters: &["build_id"],
    sorts: &["-outsourcing_statement_id"],
    key: &[],
};
const ASSEMBLIES: ListSpec =
    ListSpec { relation: "bom_line_items", filters: &["bom_id", "depth"], sorts: &["line_number"], key: &[] };
const SUPPLIERS: ListSpec =
    ListSpec { relation: "suppliers", filters: &["is_active"], sorts: &["supplier_code"], key: &[] };

/// Kits that always belong to what is sent: they are ticked before anybody decides.
const ALWAYS: [&str; 2] = ["legs", "feet"];

#[derive(Debug, Deserialize)]
struct Line {
    outsourced_line_id: i64,
    build_id: i64,
    bom_id: i64,
    line_number: i64,
    item_code: String,
    item_name: String,
    quantity: Decimal,
    supplier_id: Option<i64>,
    state: String,
    expected_on: Option<NaiveDate>,
    flag_reason: Option<String>,
    row_version: i64,
}

#[derive(Debug, Deserialize)]
struct Statement {
    build_id: i64,
    bom_id: i64,
    reason: Option<String>,
    stated_by: Option<i64>,
    stated_at: chrono::DateTime<chrono::Utc>,
    withdrawn_at: Option<chrono::DateTime<chrono::Utc>>,
}

#[derive(Debug, Deserialize)]
struct Assembly {
    bom_id: i64,
    line_number: i64,
    item_code: String,
    item_name: String,
    quantity_total: Decimal,
    component_group: Option<String>,
}

#[expect(clippy::struct_field_names, reason = "named as the columns are")]
#[derive(Debug, Deserialize)]
struct Supplier {
    supplier_id: i64,
    supplier_code: String,
    name: String,
}

/// A line that goes out, shown.
#[derive(Debug)]
struct Row {
    id: i64,
    code: String,
    name: String,
    quantity: String,
    status: Status,
    supplier: String,
    expected: String,
    flag: Option<String>,
    /// Key and version, where supplier and date are still to be given.
    pending: Option<String>,
}

/// An assembly that could go out.
#[derive(Debug)]
struct Offer {
    line: i64,
    code: String,
    name: String,
    quantity: String,
    is_on: bool,
}

/// A sink with what of it goes out.
#[derive(Debug)]
struct Sink {
    id: i64,
    number: String,
    bom: Option<(i64, Status)>,
    stated: Option<Notice>,
    rows: Vec<Row>,
    offers: Vec<Offer>,
    has_pending: bool,
    /// Whether it may be decided now: there is a bill of materials, and its phase is right.
    is_open: bool,
    /// Whether nothing goes out can be stated: no line was ordered.
    may_state: bool,
}

#[derive(Debug, Template)]
#[template(path = "orders/outsourcing.html")]
struct OutsourcingPage {
    page: Page,
    me: Me,
    id: i64,
    number: String,
    customer: String,
    summary: Summary,
    conflict: Option<Conflict>,
    sinks: Vec<Sink>,
    suppliers: Vec<Supplier>,
    may_change: bool,
    typed: Typed,
}

/// What a form that was refused had.
#[derive(Debug, Default)]
struct Typed {
    build: i64,
    supplier: String,
    expected: String,
    reason: String,
}

pub(super) fn show(incoming: Incoming) -> Answering {
    Box::pin(async move { shown(&incoming, Again::first(), false).await })
}

#[derive(Debug, Deserialize)]
struct OfOrder {
    order_id: i64,
}

/// `GET /builds/{build_id}/outsourcing`: a line knows its sink, not its order.
pub(super) fn of_sink(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let _ = incoming.key("build_id")?;
        let (mut context, _) = incoming.enter().await?;
        let found: Option<OfOrder> = data::one(&mut context, "builds", &incoming.path).await?;
        context.commit().await?;
        let found = found.ok_or_else(|| Problem::new(NOT_FOUND, NOT_FOUND.title))?;
        Ok(to(&format!("/orders/{}/outsourcing", found.order_id)))
    })
}

async fn shown(incoming: &Incoming, again: Again, is_stale: bool) -> Answer {
    let (mut context, person) = incoming.enter().await?;
    let mut page = Page::signed_in(incoming, &mut context, &person, "outsourcing-title").await?;
    let me = page.me.clone().ok_or_else(not_signed_in)?;
    let read = Read::of(&mut context, &me, order_id(incoming)?).await?;
    let found = Found::of(&mut context, &read).await?;
    context.commit().await?;
    if !again.faults.is_empty() || is_stale {
        page.with_error();
    }
    match incoming.asked("done") {
        "marked" => page.done("done-marked"),
        "none" => page.done("done-none-out"),
        "given" => page.done("done-supplier"),
        _ => {}
    }
    let status = again.status;
    let typed = Typed {
        build: incoming.form.text("build_id").parse().unwrap_or_default(),
        supplier: incoming.form.text("supplier").to_owned(),
        expected: incoming.form.text("expected_on").to_owned(),
        reason: incoming.form.text("reason").to_owned(),
    };
    let sinks = read.active_builds().map(|build| found.sink(&page, incoming, &read, build)).collect();
    let view = OutsourcingPage {
        id: read.order.order_id,
        number: read.order.order_number.clone(),
        customer: read.customer.clone(),
        summary: again.faults.summary(page.t("summary-form")),
        conflict: is_stale.then(|| changed(&page, read.order.order_id)),
        may_change: me.may("outsourced_line:create"),
        suppliers: found.suppliers,
        sinks,
        typed,
        page,
        me,
    };
    Again::answered(status, again.retry_after, rendered(&view, status))
}

fn changed(page: &Page, order_id: i64) -> Conflict {
    let way = Link::new(format!("/orders/{order_id}/outsourcing"), page.t("outsourcing-look"), false);
    Conflict { title: page.t("outsourcing-changed"), text: page.t("conflict-kept"), ways: vec![way] }
}

/// What is known of what goes out.
#[derive(Debug)]
struct Found {
    lines: Vec<Line>,
    statements: Vec<Statement>,
    assemblies: Vec<Assembly>,
    suppliers: Vec<Supplier>,
    people: People,
}

impl Found {
    async fn of(context: &mut Context, read: &Read) -> Result<Self, Problem> {
        let keys = |of: fn(&Build) -> Option<i64>| {
            read.active_builds().filter_map(of).map(|key| key.to_string()).collect::<Vec<_>>().join(",")
        };
        let (builds, boms) = (keys(|build| Some(build.build_id)), keys(|build| build.bom_id));
        let (mut lines, mut statements, mut assemblies) = (Vec::new(), Vec::new(), Vec::new());
        if !builds.is_empty() {
            let of_builds = [("filter[build_id][in]", builds.as_str())];
            lines = data::every::<Line>(context, &LINES, &of_builds).await?;
            statements = data::every::<Statement>(context, &STATEMENTS, &of_builds).await?;
        }
        if !boms.is_empty() {
            let asked = [("filter[bom_id][in]", boms.as_str()), ("filter[depth]", "0")];
            assemblies = data::every::<Assembly>(context, &ASSEMBLIES, &asked).await?;
        }
        let suppliers = data::every(context, &SUPPLIERS, &[("filter[is_active]", "true")]).await?;
        let named = statements.iter().filter_map(|one| one.stated_by).collect();
        let people = People::read(context, named).await?;
        Ok(Self { lines, statements, assemblies, suppliers, people })
    }

    /// Lines of a sink that go out, or did.
    fn of_sink<'a>(&'a self, build: &'a Build) -> impl Iterator<Item = &'a Line> {
        self.lines.iter().filter(|line| line.build_id == build.build_id && line.state != "CANCELLED")
    }

    /// That nothing of a sink goes out, where it was said of its present bill of materials.
    fn stated(&self, build: &Build) -> Option<&Statement> {
        self.statements.iter().find(|one| {
            one.build_id == build.build_id && Some(one.bom_id) == build.bom_id && one.withdrawn_at.is_none()
        })
    }

    fn sink(&self, page: &Page, incoming: &Incoming, read: &Read, build: &Build) -> Sink {
        let clock = Clock::now(page.words);
        let bom = read.present_bom(build);
        let stated = self.stated(build);
        let is_decided = stated.is_some() || self.of_sink(build).next().is_some();
        let is_open = read.order.state == "ACTIVE"
            && matches!(build.phase.as_str(), "APPROVAL" | "PRODUCTION")
            && build.bom_id.is_some();
        let rows: Vec<Row> = self.of_sink(build).map(|line| self.row(page, clock, line)).collect();
        let is_sent = incoming.form.text("build_id") == build.build_id.to_string();
        let marked = |one: &&Assembly| {
            self.of_sink(build).any(|line| line.bom_id == one.bom_id && line.line_number == one.line_number)
        };
        let offers = self.assemblies.iter().filter(|one| Some(one.bom_id) == build.bom_id);
        let offer = |one: &Assembly| Offer {
            line: one.line_number,
            code: one.item_code.clone(),
            name: one.item_name.clone(),
            quantity: plain(page.words, one.quantity_total),
            is_on: if is_sent {
                incoming.form.all("line").any(|sent| sent == one.line_number.to_string())
            } else {
                !is_decided && one.component_group.as_deref().is_some_and(|group| ALWAYS.contains(&group))
            },
        };
        Sink {
            id: build.build_id,
            number: build.build_number.clone(),
            bom: bom.map(|bom| (bom.bom_id, bom_status(page, bom))),
            stated: stated.map(|one| self.told(page, clock, one)),
            offers: offers.filter(|one| !marked(one)).map(offer).collect(),
            has_pending: rows.iter().any(|row| row.pending.is_some()),
            may_state: stated.is_none() && self.of_sink(build).all(|line| line.state == "PENDING_ORDER"),
            rows,
            is_open,
        }
    }

    fn row(&self, page: &Page, clock: Clock, line: &Line) -> Row {
        let supplier = self.suppliers.iter().find(|one| Some(one.supplier_id) == line.supplier_id);
        let is_pending = line.state == "PENDING_ORDER";
        Row {
            id: line.outsourced_line_id,
            code: line.item_code.clone(),
            name: line.item_name.clone(),
            quantity: plain(page.words, line.quantity),
            status: Status::new(tone_of(&line.state), word(page.words, &line.state)),
            supplier: supplier.map(|one| one.name.clone()).unwrap_or_default(),
            expected: line.expected_on.map(|day| clock.full_day(day)).unwrap_or_default(),
            flag: line.flag_reason.clone(),
            pending: is_pending.then(|| format!("{}:{}", line.outsourced_line_id, line.row_version)),
        }
    }

    fn told(&self, page: &Page, clock: Clock, one: &Statement) -> Notice {
        let who = one.stated_by.and_then(|key| self.people.of_key(key));
        let about = who.into_iter().chain([clock.exact(one.stated_at)]).chain(one.reason.clone());
        Notice::done(page.t("outsourcing-none-stated")).text(about.collect::<Vec<_>>().join(", "))
    }
}

pub(super) fn send(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let page = Page::open(&incoming, None, "outsourcing-title");
        if let Some(faults) = missing(&page, &incoming) {
            return shown(&incoming, Again::refused(faults), false).await;
        }
        match decided(&incoming).await {
            Ok(place) => Ok(to(&place)),
            Err(problem) if is(&problem, STALE) => {
                let status = problem.kind().status;
                shown(&incoming, Again { faults: Faults::default(), status, retry_after: None }, true).await
            }
            Err(problem) if [INVALID, CONFLICT, NOT_FOUND].iter().any(|kind| is(&problem, *kind)) => {
                let status = match problem.kind().status {
                    StatusCode::NOT_FOUND => StatusCode::UNPROCESSABLE_ENTITY,
                    status => status,
                };
                let faults = Faults::whole(problem.told());
                shown(&incoming, Again { faults, status, retry_after: None }, false).await
            }
            Err(problem) => Err(problem),
        }
    })
}

/// What must be filled in and is not.
fn missing(page: &Page, incoming: &Incoming) -> Option<Faults> {
    let lacks = |key: &str| Some(Faults::whole(page.t(key)));
    match incoming.form.text("do") {
        "mark" if incoming.form.all("line").next().is_none() => lacks("missing-lines"),
        "give" | "order"
            if incoming.form.text("supplier").is_empty() || incoming.form.text("expected_on").is_empty() =>
        {
            lacks("missing-supplier")
        }
        "mark" | "none" | "give" | "order" => None,
        _ => lacks("missing-act"),
    }
}

async fn decided(incoming: &Incoming) -> Result<String, Problem> {
    let order_id = order_id(incoming)?;
    let (mut context, _) = incoming.enter().await?;
    let once = Once::of(incoming)?;
    if let Some(place) = once.begin(&mut context).await? {
        return Ok(place);
    }
    let build = build_of(&mut context, incoming, order_id).await?;
    let told = match incoming.form.text("do") {
        "mark" => mark(&mut context, incoming, &build).await?,
        "none" => state_none(&mut context, incoming, &build).await?,
        _ => give(&mut context, incoming).await?,
    };
    let place = format!("/orders/{order_id}/outsourcing?done={told}");
    once.finish(&mut context, &place).await?;
    context.commit().await?;
    Ok(place)
}

/// The sink of the form; one of another order is none.
async fn build_of(context: &mut Context, incoming: &Incoming, order_id: i64) -> Result<Build, Problem> {
    let key: i64 = incoming.form.text("build_id").parse().unwrap_or_default();
    let builds = super::view::builds(context, order_id).await?;
    let found = builds.into_iter().find(|build| build.build_id == key);
    found.ok_or_else(|| Problem::new(NOT_FOUND, "This sink is not of the order."))
}

async fn mark(context: &mut Context, incoming: &Incoming, build: &Build) -> Result<&'static str, Problem> {
    let of_build = |values: &[(&str, Value)]| -> Map<String, Value> {
        let values = values.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        values.chain([("build_id".to_owned(), build.build_id.into())]).collect()
    };
    let key = build.build_id.to_string();
    let lines: Vec<Line> = data::every(context, &LINES, &[("filter[build_id]", key.as_str())]).await?;
    // Lines of an earlier bill of materials are carried over before anything is marked in the present one.
    if lines.iter().any(|line| Some(line.bom_id) != build.bom_id && line.state != "CANCELLED") {
        data::act(context, "propose_outsourced_lines", of_build(&[])).await?;
    }
    for line in incoming.form.all("line") {
        let number = line.parse::<i64>().map_or_else(|_| Value::from(line), Value::from);
        data::act(context, "mark_outsourced", of_build(&[("line_number", number)])).await?;
    }
    Ok("marked")
}

async fn state_none(
    context: &mut Context,
    incoming: &Incoming,
    build: &Build,
) -> Result<&'static str, Problem> {
    let mut given = Map::from_iter([("build_id".to_owned(), Value::from(build.build_id))]);
    let reason = incoming.form.text("reason");
    if !reason.is_empty() {
        given.insert("reason".to_owned(), reason.into());
    }
    data::act(context, "state_no_outsourcing", given).await?;
    Ok("none")
}

/// Supplier and date for the lines that are not ordered yet; with "order" they then are.
async fn give(context: &mut Context, incoming: &Incoming) -> Result<&'static str, Problem> {
    let mut changes = json!({
        "supplier": incoming.form.text("supplier"),
        "expected_on": incoming.form.text("expected_on"),
    });
    if incoming.form.text("do") == "order" {
        changes["state"] = "ORDERED".into();
    }
    for pending in incoming.form.all("pending") {
        let Some((line, version)) = pending.split_once(':') else { continue };
        let number = |text: &str| text.parse::<i64>().map_or_else(|_| Value::from(text), Value::from);
        let given = Map::from_iter([
            ("line_id".to_owned(), number(line)),
            ("expected_version".to_owned(), number(version)),
            ("changes".to_owned(), changes.clone()),
        ]);
        data::act(context, "update_outsourced_line", given).await?;
    }
    Ok("given")
}

/// Whether what goes out can be seen of an order at all.
pub(super) fn is_shown(me: &Me, order: &Order) -> bool {
    me.may("outsourced_line:read") && !matches!(order.phase.as_str(), "DRAFT" | "CONFIGURATION")
}
