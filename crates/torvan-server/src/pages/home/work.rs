//! Lists of dashboards: what is worked on, and how the system does.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;
use serde_json::{Map, json};
use torvan_store::Context;

use super::section::{Body, Line, Section, Td};
use crate::api::endpoint::ListSpec;
use crate::http::problem::Problem;
use crate::pages::components::{Phase, Status, Tone};
use crate::pages::data;
use crate::pages::moment::Clock;
use crate::pages::orders::Facts;
use crate::pages::page::Page;
use crate::pages::registers::{tone_of, word};
use crate::pages::way::with_query;

/// Rows of a list.
const ROWS: &str = "8";

const OUTSOURCED: ListSpec =
    ListSpec { relation: "outsourced_lines", filters: &["state"], sorts: &["expected_on"], key: &[] };
const FINDINGS: ListSpec = ListSpec {
    relation: "v_open_nonconformities",
    filters: &[],
    sorts: &["reported_at"],
    key: &["nonconformity_id"],
};
const BLOCKED: ListSpec = ListSpec {
    relation: "production_tasks",
    filters: &["state", "is_current"],
    sorts: &["-production_task_id"],
    key: &[],
};
const SERVICE: ListSpec =
    ListSpec { relation: "service_orders", filters: &["state"], sorts: &["-created_at"], key: &[] };
const MESSAGES: ListSpec = ListSpec {
    relation: "portal_messages",
    filters: &["side", "read_at"],
    sorts: &["portal_message_id"],
    key: &[],
};
const SHIPMENTS: ListSpec =
    ListSpec { relation: "shipments", filters: &["state"], sorts: &["-shipment_id"], key: &[] };
const ALERTS: ListSpec =
    ListSpec { relation: "system_alerts", filters: &["state"], sorts: &["-opened_at"], key: &[] };
const SYSTEMS: ListSpec = ListSpec {
    relation: "v_external_systems",
    filters: &[],
    sorts: &["system_code"],
    key: &["external_system_id"],
};
const ACCESS: ListSpec = ListSpec {
    relation: "v_access_review",
    filters: &["can_sign_in", "mfa_state", "is_dormant", "account_state"],
    sorts: &["login"],
    key: &["user_id"],
};

/// A word of a fixed list in its hue.
fn mark(page: &Page, code: &str) -> Td {
    Td::Status(Status::new(tone_of(code), word(page.words, code)))
}

fn status(page: &Page, code: &str) -> Status {
    Status::new(tone_of(code), word(page.words, code))
}

/// A part that says that there is nothing, or shows its rows.
fn table(
    code: &'static str,
    title: String,
    none: String,
    heads: Vec<(&'static str, String)>,
    rows: Vec<Vec<Td>>,
) -> Section {
    let body = if rows.is_empty() { Body::Nothing(none) } else { Body::Table { heads, rows } };
    Section::new(code, title, body)
}

fn lines(code: &'static str, title: String, none: String, lines: Vec<Line>) -> Section {
    let body = if lines.is_empty() { Body::Nothing(none) } else { Body::Lines(lines) };
    Section::new(code, title, body)
}

#[derive(Debug, Deserialize)]
struct Outsourced {
    outsourced_line_id: i64,
    item_name: String,
    state: String,
    expected_on: Option<NaiveDate>,
}

pub(super) async fn outsourced(context: &mut Context, page: &Page) -> Result<Section, Problem> {
    let asked = [("filter[state][in]", "ORDERED,IN_TRANSIT,DELAYED"), ("limit", ROWS)];
    let found: Vec<Outsourced> = data::rows(context, &OUTSOURCED, &asked).await?;
    let clock = Clock::now(page.words);
    let line = |one: Outsourced| {
        let late = one.expected_on.map(|day| -page.days_until(day)).filter(|days| *days > 0);
        let status = match late {
            Some(_) => Status::new(Tone::Bad, word(page.words, "DELAYED")),
            None => status(page, &one.state),
        };
        Line {
            status,
            text: one.item_name,
            href: Some(format!("/outsourced-lines/{}", one.outsourced_line_id)),
            value: match (late, one.expected_on) {
                (Some(days), _) => page.tv("days-more", "count", days),
                (None, Some(day)) => clock.day(day),
                (None, None) => String::new(),
            },
        }
    };
    let found = found.into_iter().map(line).collect();
    Ok(lines("outsourced_lines", page.t("outsourced-out"), page.t("outsourced-none"), found)
        .way("/outsourced-lines", page.t("home-all")))
}

#[derive(Debug, Deserialize)]
struct Unfinished {
    order_id: i64,
    order_number: String,
    customer_name: String,
    phase: String,
    want_date: Option<NaiveDate>,
    created_at: DateTime<Utc>,
}

/// Orders that sales still works on: those wanted first on top, with what is missing.
pub(super) async fn unfinished(context: &mut Context, page: &Page) -> Result<Section, Problem> {
    let filters = json!({"phase": ["DRAFT", "CONFIGURATION"], "state": ["ACTIVE"]});
    let given = Map::from_iter([
        ("filters".to_owned(), filters),
        ("sort".to_owned(), json!("want_date")),
        ("limit".to_owned(), json!(8)),
    ]);
    let orders: Vec<Unfinished> = data::found(context, "search_orders", given).await?;
    let ids: Vec<i64> = orders.iter().map(|order| order.order_id).collect();
    let given = Map::from_iter([("order_ids".to_owned(), json!(ids))]);
    let facts: Vec<Facts> =
        if ids.is_empty() { Vec::new() } else { data::found(context, "order_row_facts", given).await? };
    let clock = Clock::now(page.words);
    let row = |order: Unfinished| {
        let fact = facts.iter().find(|fact| fact.order_id == order.order_id);
        let blocker = fact.and_then(|fact| fact.status(page));
        vec![
            Td::Code { href: format!("/orders/{}", order.order_id), text: order.order_number },
            Td::Text(order.customer_name),
            Td::Phase(Phase::of(page.words, &order.phase)),
            blocker.map_or_else(|| Td::Text(String::new()), Td::Status),
            Td::Number(order.want_date.map(|day| clock.day(day)).unwrap_or_default()),
            Td::Number(clock.age(order.created_at)),
        ]
    };
    let rows = orders.into_iter().map(row).collect();
    let heads = vec![
        ("key", page.t("orders-order")),
        ("", page.t("orders-customer")),
        ("", page.t("orders-phase")),
        ("", page.t("unfinished-missing")),
        ("num", page.t("orders-wanted")),
        ("num", page.t("orders-age")),
    ];
    Ok(table("unfinished_orders", page.t("unfinished-title"), page.t("unfinished-none"), heads, rows)
        .way("/orders?phase=DRAFT,CONFIGURATION", page.t("home-all")))
}

#[derive(Debug, Deserialize)]
struct Message {
    order_id: i64,
    body: String,
    created_at: DateTime<Utc>,
}

/// Letters of a message that are shown.
const SHORT: usize = 80;

pub(super) async fn messages(context: &mut Context, page: &Page) -> Result<Section, Problem> {
    let asked = [("filter[side]", "CUSTOMER"), ("filter[read_at][null]", "true"), ("limit", ROWS)];
    let found: Vec<Message> = data::rows(context, &MESSAGES, &asked).await?;
    let clock = Clock::now(page.words);
    let line = |one: Message| Line {
        status: Status::new(Tone::Info, page.t("messages-unread")),
        text: one.body.chars().take(SHORT).collect(),
        href: Some(format!("/orders/{}", one.order_id)),
        value: clock.ago(one.created_at),
    };
    let found = found.into_iter().map(line).collect();
    Ok(lines("unread_messages", page.t("messages-title"), page.t("messages-none"), found))
}

#[derive(Debug, Deserialize)]
struct Inspection {
    order_id: i64,
    build_number: String,
    customer_name: String,
    gate_code: String,
    is_begun: bool,
    waits_since: DateTime<Utc>,
    want_date: Option<NaiveDate>,
    total: i64,
}

pub(super) async fn inspections(context: &mut Context, page: &Page) -> Result<Section, Problem> {
    let given = Map::from_iter([("limit".to_owned(), json!(8))]);
    let found: Vec<Inspection> = data::found(context, "inspections_waiting", given).await?;
    let clock = Clock::now(page.words);
    let total = found.first().map_or(0, |one| one.total);
    let row = |one: Inspection| {
        let gate = page.t(if one.gate_code == "FINAL" { "gate-final" } else { "gate-pre-production" });
        let (tone, key) =
            if one.is_begun { (Tone::Info, "inspection-begun") } else { (Tone::Warn, "inspection-waits") };
        vec![
            Td::Code { href: format!("/orders/{}", one.order_id), text: one.build_number },
            Td::Text(one.customer_name),
            Td::Text(gate),
            Td::Status(Status::new(tone, page.t(key))),
            Td::Number(one.want_date.map(|day| clock.day(day)).unwrap_or_default()),
            Td::Number(clock.age(one.waits_since)),
        ]
    };
    let rows = found.into_iter().map(row).collect();
    let heads = vec![
        ("key", page.t("inspections-build")),
        ("", page.t("orders-customer")),
        ("", page.t("report-gate")),
        ("", page.t("inspections-state")),
        ("num", page.t("orders-wanted")),
        ("num", page.t("approvals-waits")),
    ];
    let title = page.t("inspections-title");
    Ok(table("inspections_waiting", title, page.t("inspections-none"), heads, rows)
        .note(page.tv("builds-count", "count", total))
        .numbers(vec![("builds".to_owned(), total.to_string())]))
}

#[derive(Debug, Deserialize)]
struct Finding {
    nonconformity_number: String,
    build_number: String,
    severity: String,
    state: String,
    description: String,
    age_days: i64,
}

pub(super) async fn findings(context: &mut Context, page: &Page) -> Result<Section, Problem> {
    let found: Vec<Finding> = data::rows(context, &FINDINGS, &[("limit", ROWS)]).await?;
    let row = |one: Finding| {
        vec![
            Td::Text(one.nonconformity_number),
            Td::Text(one.build_number),
            Td::Text(one.description),
            mark(page, &one.severity),
            mark(page, &one.state),
            Td::Number(page.tv("unit-days", "value", one.age_days)),
        ]
    };
    let rows = found.into_iter().map(row).collect();
    let heads = vec![
        ("key", page.t("findings-number")),
        ("", page.t("inspections-build")),
        ("", page.t("findings-what")),
        ("", page.t("findings-severity")),
        ("", page.t("inspections-state")),
        ("num", page.t("orders-age")),
    ];
    Ok(table("open_findings", page.t("findings-title"), page.t("findings-none"), heads, rows))
}

#[derive(Debug, Deserialize)]
struct Task {
    build_number: String,
    build_id: i64,
    title: String,
    is_running: bool,
    is_ready: bool,
    is_own: bool,
    waits_for: Option<String>,
    planned_minutes: i64,
    want_date: Option<NaiveDate>,
}

/// Tasks that the part has room for.
const TASKS: usize = 10;

pub(super) async fn tasks(context: &mut Context, page: &Page) -> Result<Section, Problem> {
    let found: Vec<Task> = data::found(context, "task_queue", Map::new()).await?;
    let ready = found.iter().filter(|one| one.is_ready).count();
    let clock = Clock::now(page.words);
    let row = |one: Task| {
        let status = match (one.is_running, one.is_ready, &one.waits_for) {
            (true, ..) => Status::new(Tone::Info, page.t("tasks-running")),
            (_, true, _) if one.is_own => Status::new(Tone::Ok, page.t("tasks-ready")),
            (_, true, _) => Status::new(Tone::Ok, page.t("tasks-free")),
            (.., Some(why)) => Status::new(Tone::Warn, page.words.said(why)),
            _ => Status::new(Tone::None, page.t("tasks-waiting")),
        };
        vec![
            Td::Code { href: format!("/builds/{}/configuration", one.build_id), text: one.build_number },
            Td::Text(page.words.said(&one.title)),
            Td::Status(status),
            Td::Number(page.tv("unit-minutes", "value", one.planned_minutes)),
            Td::Number(one.want_date.map(|day| clock.day(day)).unwrap_or_default()),
        ]
    };
    let rows = found.into_iter().take(TASKS).map(row).collect();
    let heads = vec![
        ("key", page.t("inspections-build")),
        ("", page.t("tasks-task")),
        ("", page.t("inspections-state")),
        ("num", page.t("tasks-planned")),
        ("num", page.t("orders-wanted")),
    ];
    Ok(table("own_tasks", page.t("tasks-title"), page.t("tasks-none"), heads, rows)
        .note(page.tv("tasks-count", "count", ready))
        .numbers(vec![("ready".to_owned(), ready.to_string())]))
}

#[derive(Debug, Deserialize)]
struct Blocked {
    title: String,
    block_kind: Option<String>,
    state_reason: Option<String>,
    build_id: i64,
}

pub(super) async fn blocked(context: &mut Context, page: &Page) -> Result<Section, Problem> {
    let asked = [("filter[state]", "BLOCKED"), ("filter[is_current]", "true"), ("limit", ROWS)];
    let found: Vec<Blocked> = data::rows(context, &BLOCKED, &asked).await?;
    let line = |one: Blocked| Line {
        status: Status::new(
            Tone::Bad,
            one.block_kind.map_or_else(String::new, |kind| word(page.words, &kind)),
        ),
        text: page.words.said(&one.title),
        href: Some(format!("/builds/{}/configuration", one.build_id)),
        value: one.state_reason.unwrap_or_default(),
    };
    let found = found.into_iter().map(line).collect();
    Ok(lines("blocked_tasks", page.t("blocked-title"), page.t("blocked-none"), found))
}

#[derive(Debug, Deserialize)]
struct ServiceOrder {
    service_order_id: i64,
    service_order_number: String,
    state: String,
    created_at: DateTime<Utc>,
    note: Option<String>,
}

pub(super) async fn service_orders(context: &mut Context, page: &Page) -> Result<Section, Problem> {
    let asked = [("filter[state][in]", "DRAFT,PENDING_APPROVAL,APPROVED,ORDERED,REJECTED"), ("limit", ROWS)];
    let found: Vec<ServiceOrder> = data::rows(context, &SERVICE, &asked).await?;
    let clock = Clock::now(page.words);
    let row = |one: ServiceOrder| {
        vec![
            Td::Code {
                href: format!("/service-orders/{}", one.service_order_id),
                text: one.service_order_number,
            },
            Td::Text(one.note.unwrap_or_default()),
            mark(page, &one.state),
            Td::Number(clock.age(one.created_at)),
        ]
    };
    let rows = found.into_iter().map(row).collect();
    let heads = vec![
        ("key", page.t("service-number")),
        ("", page.t("service-note")),
        ("", page.t("inspections-state")),
        ("num", page.t("orders-age")),
    ];
    Ok(table("service_orders", page.t("service-open-title"), page.t("service-open-none"), heads, rows)
        .way("/service-orders", page.t("home-all")))
}

#[derive(Debug, Deserialize)]
struct Shipment {
    shipment_number: String,
    state: String,
    carrier: Option<String>,
    tracking_number: Option<String>,
    dispatched_on: Option<NaiveDate>,
}

pub(super) async fn shipments(context: &mut Context, page: &Page) -> Result<Section, Problem> {
    let asked = [("filter[state][in]", "PLANNED,READY,DISPATCHED,IN_TRANSIT"), ("limit", ROWS)];
    let found: Vec<Shipment> = data::rows(context, &SHIPMENTS, &asked).await?;
    let clock = Clock::now(page.words);
    let line = |one: Shipment| {
        let carried: Vec<String> = [one.carrier, one.tracking_number].into_iter().flatten().collect();
        Line {
            status: status(page, &one.state),
            text: format!("{} {}", one.shipment_number, carried.join(" ")),
            href: Some("/shipments".to_owned()),
            value: one.dispatched_on.map(|day| clock.day(day)).unwrap_or_default(),
        }
    };
    let found = found.into_iter().map(line).collect();
    Ok(lines("open_shipments", page.t("shipments-open-title"), page.t("shipments-open-none"), found)
        .way("/shipments", page.t("home-all")))
}

#[derive(Debug, Deserialize)]
struct Health {
    status: String,
    checks: BTreeMap<String, Check>,
}

#[derive(Debug, Deserialize)]
struct Check {
    status: String,
    reason: String,
}

/// The hue of a check's verdict.
pub(in crate::pages) fn verdict(status: &str) -> Tone {
    match status {
        "ok" => Tone::Ok,
        "warning" | "unknown" => Tone::Warn,
        "critical" => Tone::Bad,
        _ => Tone::None,
    }
}

/// What a check of the system is called.
pub(in crate::pages) fn check_name(page: &Page, code: &str) -> String {
    let key = format!("health-of-{}", code.replace('_', "-"));
    page.words.say_if_known(&key).unwrap_or_else(|| word(page.words, code))
}

/// What is not well, else that all is.
pub(super) async fn health(context: &mut Context, page: &Page) -> Result<Section, Problem> {
    let found: Vec<Health> = data::found(context, "get_system_health_status", Map::new()).await?;
    let Some(health) = found.into_iter().next() else {
        return Ok(Section::new("checks", page.t("health-title"), Body::Nothing(page.t("health-none"))));
    };
    let all = health.checks.len();
    let is_bad = |check: &Check| matches!(verdict(&check.status), Tone::Warn | Tone::Bad);
    let bad = health.checks.into_iter().filter(|(_, check)| is_bad(check));
    let line = |(name, check): (String, Check)| Line {
        status: Status::new(verdict(&check.status), check_name(page, &name)),
        text: page.words.said(&check.reason),
        href: Some("/system/health".to_owned()),
        value: String::new(),
    };
    let bad: Vec<Line> = bad.map(line).collect();
    let numbers = vec![("all".to_owned(), all.to_string()), ("not_ok".to_owned(), bad.len().to_string())];
    let state = Status::new(verdict(&health.status), word(page.words, &format!("health_{}", health.status)));
    Ok(lines("checks", page.t("health-title"), page.tv("health-all-well", "count", all), bad)
        .status(Some(state))
        .way("/system/health", page.t("health-all"))
        .numbers(numbers))
}

#[derive(Debug, Deserialize)]
struct Alert {
    title: String,
    severity: String,
    last_raised_at: DateTime<Utc>,
}

pub(super) async fn alerts(context: &mut Context, page: &Page) -> Result<Section, Problem> {
    let asked = [("filter[state]", "OPEN"), ("limit", ROWS)];
    let found: Vec<Alert> = data::rows(context, &ALERTS, &asked).await?;
    let clock = Clock::now(page.words);
    let line = |one: Alert| Line {
        status: status(page, &one.severity),
        text: page.words.said(&one.title),
        href: Some("/system-alerts".to_owned()),
        value: clock.ago(one.last_raised_at),
    };
    let found = found.into_iter().map(line).collect();
    Ok(lines("open_alerts", page.t("alerts-open-title"), page.t("alerts-open-none"), found)
        .way("/system-alerts", page.t("home-all")))
}

#[derive(Debug, Deserialize)]
struct System {
    system_code: String,
    name: String,
    is_active: bool,
    circuit_state: Option<String>,
    waiting: i64,
    given_up: i64,
    last_success_at: Option<DateTime<Utc>>,
}

pub(super) async fn systems(context: &mut Context, page: &Page) -> Result<Section, Problem> {
    let found: Vec<System> = data::rows(context, &SYSTEMS, &[("limit", ROWS)]).await?;
    let clock = Clock::now(page.words);
    let row = |one: System| {
        let state = match (one.is_active, one.given_up, one.circuit_state.as_deref()) {
            (false, ..) => Status::new(Tone::None, page.t("systems-off")),
            (_, given_up, _) if given_up > 0 => Status::new(Tone::Bad, page.t("systems-gave-up")),
            (.., Some("OPEN")) => Status::new(Tone::Bad, page.t("systems-fails")),
            _ => Status::new(Tone::Ok, page.t("systems-works")),
        };
        vec![
            Td::Code { href: format!("/external-systems/{}", one.system_code), text: one.system_code },
            Td::Text(one.name),
            Td::Status(state),
            Td::Number(page.number(one.waiting)),
            Td::Number(page.number(one.given_up)),
            Td::Number(one.last_success_at.map(|at| clock.ago(at)).unwrap_or_default()),
        ]
    };
    let rows = found.into_iter().map(row).collect();
    let heads = vec![
        ("key", page.t("systems-code")),
        ("", page.t("systems-name")),
        ("", page.t("inspections-state")),
        ("num", page.t("systems-waiting")),
        ("num", page.t("systems-given-up")),
        ("num", page.t("systems-last")),
    ];
    Ok(table("external_systems", page.t("systems-home-title"), page.t("systems-none"), heads, rows)
        .way("/external-systems", page.t("home-all")))
}

/// Accounts that somebody should look at.
pub(super) async fn accounts(context: &mut Context, page: &Page) -> Result<Section, Problem> {
    let counts = [
        ("can_sign_in", "accounts-open", "true", "ACTIVE", Tone::Ok),
        ("mfa_state", "accounts-no-factor", "MISSING", "ACTIVE", Tone::Warn),
        ("is_dormant", "accounts-dormant", "true", "ACTIVE", Tone::Warn),
        ("account_state", "accounts-locked", "LOCKED", "LOCKED", Tone::Bad),
    ];
    let mut found = Vec::new();
    let mut numbers = Vec::new();
    for (column, key, value, state, tone) in counts {
        let filter = format!("filter[{column}]");
        let asked = [(filter.as_str(), value), ("filter[account_state]", state)];
        let asked = if column == "account_state" { &asked[1..] } else { &asked[..] };
        let count = data::count(context, &ACCESS, asked).await?;
        let tone = if count == 0 { Tone::None } else { tone };
        numbers.push((column.to_owned(), count.to_string()));
        found.push(Line {
            status: Status::new(tone, page.t(key)),
            text: String::new(),
            href: Some(with_query("/users", &[("filter[account_state]", state)])),
            value: page.number(count),
        });
    }
    Ok(lines("accounts", page.t("accounts-title"), String::new(), found)
        .way("/users", page.t("home-all"))
        .numbers(numbers))
}
