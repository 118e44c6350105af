//! The page of an order for service parts.

use askama::Template;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use torvan_store::Context;

use super::acts::takes_out;
use crate::api::endpoint::ListSpec;
use crate::http::Answer;
use crate::http::problem::{NOT_FOUND, Problem};
use crate::identity::Answering;
use crate::incoming::{Incoming, not_signed_in};
use crate::pages::components::{Empty, Faults, Field, Icon, Kind, Status, Summary, Tone};
use crate::pages::moment::Clock;
use crate::pages::numbers::{number, unit};
use crate::pages::page::{Me, Page, rendered};
use crate::pages::{data, registers};

const ITEMS: ListSpec = ListSpec {
    relation: "v_service_order_items",
    filters: &["service_order_id"],
    sorts: &["service_order_item_id"],
    key: &["service_order_item_id"],
};
const PARTS: ListSpec = ListSpec {
    relation: "v_service_parts",
    filters: &["item_code"],
    sorts: &["item_code"],
    key: &["item_code"],
};

/// Parts that a search shows.
const FOUND: usize = 20;

#[derive(Debug, Deserialize)]
struct Order {
    service_order_id: i64,
    service_order_number: String,
    state: String,
    note: Option<String>,
    decision_note: Option<String>,
    customer_id: Option<i64>,
    build_id: Option<i64>,
    created_by: i64,
    created_at: DateTime<Utc>,
    submitted_at: Option<DateTime<Utc>>,
    decided_by: Option<i64>,
    decided_at: Option<DateTime<Utc>>,
    ordered_by: Option<i64>,
    ordered_at: Option<DateTime<Utc>>,
    received_by: Option<i64>,
    received_at: Option<DateTime<Utc>>,
}

/// Numbers come in the digits that the database wrote.
#[expect(clippy::struct_field_names, reason = "named as the columns are")]
#[derive(Debug, Deserialize)]
struct Item {
    item_code: String,
    item_name: String,
    quantity_requested: serde_json::Number,
    quantity_approved: Option<serde_json::Number>,
    unit_code: String,
    note: Option<String>,
}

#[derive(Debug)]
struct ItemRow {
    code: String,
    name: String,
    asked: String,
    approved: Option<String>,
    unit: String,
    note: String,
    /// What stands in its fields: what is stored, or what was typed and refused.
    typed: Typed,
}

#[derive(Debug)]
struct Typed {
    quantity: String,
    note: String,
}

#[derive(Debug, Deserialize)]
struct Part {
    item_code: String,
    name: String,
    unit_code: String,
    lead_time_days: Option<i64>,
}

#[derive(Debug)]
struct PartRow {
    code: String,
    name: String,
    about: String,
    is_in: bool,
    quantity: String,
}

/// What this person may do with it now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// Fill and submit it.
    Fill,
    /// Decide on it.
    Decide,
    /// Order the parts.
    Ship,
    /// Receive them.
    Receive,
    /// Only look.
    Look,
}

#[derive(Debug, Template)]
#[template(path = "service/order.html")]
struct OrderPage {
    page: Page,
    me: Me,
    id: i64,
    number: String,
    status: Status,
    turn: Turn,
    may_cancel: bool,
    items: Vec<ItemRow>,
    empty: Empty,
    facts: Vec<(String, String)>,
    words: String,
    parts: Vec<PartRow>,
    nothing_found: bool,
    reason: Field,
    summary: Summary,
}

/// `GET /service-orders/{service_order_id}`.
pub(super) fn show(incoming: Incoming) -> Answering {
    Box::pin(async move { answered(&incoming, Faults::default(), StatusCode::OK).await })
}

#[derive(Debug, Deserialize)]
struct Name {
    user_id: i64,
    display_name: String,
}

#[derive(Debug, Deserialize)]
struct Hit {
    code: String,
}

/// Service parts by code or words, the best first.
async fn parts(context: &mut Context, words: &str) -> Result<Vec<Part>, Problem> {
    if words.is_empty() {
        return Ok(Vec::new());
    }
    let given =
        Map::from_iter([("query".to_owned(), Value::from(words)), ("max_results".to_owned(), json!(100))]);
    let hits: Vec<Hit> = data::found(context, "search_catalogue", given).await?;
    let codes: Vec<&str> =
        hits.iter().map(|hit| hit.code.as_str()).filter(|code| !code.contains(',')).collect();
    if codes.is_empty() {
        return Ok(Vec::new());
    }
    let codes_text = codes.join(",");
    let asked = [("filter[item_code][in]", codes_text.as_str()), ("limit", "100")];
    let mut parts: Vec<Part> = data::rows(context, &PARTS, &asked).await?;
    parts.sort_by_key(|part| codes.iter().position(|code| *code == part.item_code));
    parts.truncate(FOUND);
    Ok(parts)
}

async fn names(context: &mut Context, order: &Order) -> Result<Vec<Name>, Problem> {
    let people: Vec<i64> = [Some(order.created_by), order.decided_by, order.ordered_by, order.received_by]
        .into_iter()
        .flatten()
        .collect();
    data::found(context, "person_names", Map::from_iter([("user_ids".to_owned(), json!(people))])).await
}

#[derive(Debug, Deserialize)]
struct Customer {
    customer_code: String,
    name: String,
}

#[derive(Debug, Deserialize)]
struct Build {
    build_number: String,
}

/// Whose it is: the customer, and the sink it is for.
async fn whose(context: &mut Context, order: &Order) -> Result<[Option<String>; 2], Problem> {
    let mut customer = None;
    if let Some(id) = order.customer_id {
        let path = [("customer_id".to_owned(), id.to_string())];
        let found: Option<Customer> = data::one(context, "customers", &path).await?;
        customer = found.map(|one| format!("{} {}", one.customer_code, one.name));
    }
    let mut build = None;
    if let Some(id) = order.build_id {
        let path = [("build_id".to_owned(), id.to_string())];
        let found: Option<Build> = data::one(context, "builds", &path).await?;
        build = found.map(|one| one.build_number);
    }
    Ok([customer, build])
}

fn say_done(incoming: &Incoming, page: &mut Page, id: i64) {
    match incoming.asked("done") {
        "added" => page.done("service-done-added"),
        "removed" => {
            page.done_with_undo("service-done-removed", format!("/service-orders/{id}/items"));
            let values = ["item_code", "quantity", "note"];
            let values = values.map(|name| (name.to_owned(), incoming.asked(name).to_owned()));
            if let Some(undo) = page.toast.as_mut().and_then(|toast| toast.undo.as_mut()) {
                undo.fields.extend(values);
            }
        }
        "submitted" => page.done("service-done-submitted"),
        "approved" => page.done("service-done-approved"),
        "rejected" => page.done("service-done-rejected"),
        "ordered" => page.done("service-done-ordered"),
        "received" => page.done("service-done-received"),
        _ => {}
    }
}

/// The page, with what was refused.
pub(super) async fn answered(incoming: &Incoming, faults: Faults, status: StatusCode) -> Answer {
    let (mut context, person) = incoming.enter().await?;
    let mut page = Page::signed_in(incoming, &mut context, &person, "service-orders-title").await?;
    let me = page.me.clone().ok_or_else(not_signed_in)?;
    let order: Option<Order> = data::one(&mut context, "service_orders", &incoming.path).await?;
    let order = order.ok_or_else(|| Problem::new(NOT_FOUND, NOT_FOUND.title))?;
    let key = order.service_order_id.to_string();
    let asked = [("filter[service_order_id]", key.as_str()), ("limit", "200")];
    let items: Vec<Item> = data::rows(&mut context, &ITEMS, &asked).await?;
    let turn = turn(&me, &order, person.user_id);
    let words: String = incoming.typed("q").trim().chars().take(100).collect();
    let parts = if turn == Turn::Fill { parts(&mut context, &words).await? } else { Vec::new() };
    let names = names(&mut context, &order).await?;
    let whose = whose(&mut context, &order).await?;
    context.commit().await?;
    say_done(incoming, &mut page, order.service_order_id);
    page.title.clone_from(&order.service_order_number);
    if !faults.is_empty() {
        page.with_error();
    }
    let reason = Field::new("reason", page.t("service-reason"), Kind::Area, "off");
    let [reason] = faults.onto([reason.value(incoming.form.text("reason")).optional()]);
    let view = OrderPage {
        id: order.service_order_id,
        number: order.service_order_number.clone(),
        status: state(&page, &order.state),
        turn,
        may_cancel: me.may("service_order:update_own")
            && order.created_by == person.user_id
            && ["DRAFT", "PENDING_APPROVAL"].contains(&order.state.as_str()),
        empty: empty(&page, turn),
        facts: facts(&page, &order, &names, whose),
        nothing_found: !words.is_empty() && parts.is_empty(),
        parts: parts.into_iter().map(|part| part_row(&page, incoming, part, &items)).collect(),
        items: items.into_iter().map(|item| item_row(&page, incoming, item)).collect(),
        summary: faults.summary(page.t("summary-form")),
        reason,
        words,
        page,
        me,
    };
    rendered(&view, status)
}

fn turn(me: &Me, order: &Order, user_id: i64) -> Turn {
    let is_own = order.created_by == user_id;
    match order.state.as_str() {
        "DRAFT" if is_own && me.may("service_order:update_own") => Turn::Fill,
        "PENDING_APPROVAL" if !is_own && me.may("service_order:approve") => Turn::Decide,
        "APPROVED" if me.may("service_order:ship") => Turn::Ship,
        "ORDERED" if me.may("service_order:receive") => Turn::Receive,
        _ => Turn::Look,
    }
}

fn state(page: &Page, state: &str) -> Status {
    let tone = match state {
        "APPROVED" | "RECEIVED" => Tone::Ok,
        "PENDING_APPROVAL" | "ORDERED" => Tone::Info,
        "DRAFT" => Tone::Warn,
        "REJECTED" => Tone::Bad,
        _ => Tone::None,
    };
    Status::pill(tone, registers::word(page.words, state))
}

fn empty(page: &Page, turn: Turn) -> Empty {
    let key = if turn == Turn::Fill { "service-empty-own" } else { "service-empty-text" };
    Empty { icon: Icon("wrench"), title: page.t("service-empty"), text: page.t(key), way: None }
}

/// Digits without the noughts that say nothing.
fn plain(number: &serde_json::Number) -> String {
    let digits = number.to_string();
    if !digits.contains('.') {
        return digits;
    }
    digits.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// What was typed for an item and refused: in its own form, or beside it in the form of the decision.
fn typed(incoming: &Incoming, code: &str) -> (Option<String>, Option<String>) {
    let sent = |name: &str| incoming.form.all(name).next().map(str::to_owned);
    // A part that could not be taken out is there as it was.
    if incoming.form.raw("item_code") == code && !takes_out(incoming.form.text("quantity")) {
        return (sent("quantity"), sent("note"));
    }
    (sent(&format!("quantity:{code}")), None)
}

fn item_row(page: &Page, incoming: &Incoming, item: Item) -> ItemRow {
    let asked = plain(&item.quantity_requested);
    let note = item.note.unwrap_or_default();
    let (quantity, typed_note) = typed(incoming, &item.item_code);
    ItemRow {
        typed: Typed {
            quantity: quantity.unwrap_or_else(|| asked.clone()),
            note: typed_note.unwrap_or_else(|| note.clone()),
        },
        code: item.item_code,
        name: item.item_name,
        asked,
        approved: item.quantity_approved.as_ref().map(|approved| number(page.words, &plain(approved))),
        unit: unit(page.words, &item.unit_code),
        note,
    }
}

fn part_row(page: &Page, incoming: &Incoming, part: Part, items: &[Item]) -> PartRow {
    let lead = part.lead_time_days.map(|days| page.tv("service-lead", "count", days));
    PartRow {
        is_in: items.iter().any(|item| item.item_code == part.item_code),
        quantity: typed(incoming, &part.item_code).0.unwrap_or_else(|| "1".to_owned()),
        about: std::iter::once(unit(page.words, &part.unit_code)).chain(lead).collect::<Vec<_>>().join(" · "),
        code: part.item_code,
        name: part.name,
    }
}

fn facts(page: &Page, order: &Order, names: &[Name], whose: [Option<String>; 2]) -> Vec<(String, String)> {
    let clock = Clock::now(page.words);
    let act = |who: Option<i64>, at: Option<DateTime<Utc>>| {
        let at = clock.exact(at?);
        let who = who.and_then(|id| names.iter().find(|one| one.user_id == id));
        Some(who.map_or_else(|| at.clone(), |who| format!("{}, {at}", who.display_name)))
    };
    let [customer, build] = whose;
    let facts = [
        ("service-customer", customer),
        ("service-build", build),
        ("service-note", order.note.clone()),
        ("service-made", act(Some(order.created_by), Some(order.created_at))),
        ("service-submitted", act(None, order.submitted_at)),
        ("service-decided", act(order.decided_by, order.decided_at)),
        ("service-decision", order.decision_note.clone()),
        ("service-ordered", act(order.ordered_by, order.ordered_at)),
        ("service-received", act(order.received_by, order.received_at)),
    ];
    facts.into_iter().filter_map(|(key, value)| Some((page.t(key), value?))).collect()
}

#[cfg(test)]
mod tests {
    use super::plain;

    #[test]
    fn a_quantity_has_no_noughts_that_say_nothing() {
        for (written, read) in [("2", "2"), ("2.0000", "2"), ("2.5000", "2.5"), ("10", "10")] {
            assert_eq!(plain(&serde_json::from_str(written).expect("a number")), read);
        }
    }
}
