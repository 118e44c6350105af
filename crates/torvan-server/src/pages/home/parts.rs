//! Parts of dashboards: each is one statement, and is left out where the person may not read what is in it.

use chrono::{Days, NaiveDate};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use torvan_store::Context;

use super::period::Period;
use super::section::{Bar, Body, Load, LoadBar, Section, Td};
use super::work;
use crate::http::problem::Problem;
use crate::pages::approvals;
use crate::pages::components::{Drawn, PHASES, Phase, Plot, Point, Rule, Shape, Status, Tone};
use crate::pages::data;
use crate::pages::moment::Clock;
use crate::pages::orders::{Facts, open_by_phase};
use crate::pages::page::{Me, Page};
use crate::pages::registers::grouped;
use crate::pages::reports::{Unit, counted, unit_shown};

/// A part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Phases,
    PhasesInShort,
    Late,
    Approvals,
    Capacity,
    DaysInProduction,
    Outsourced,
    Unfinished,
    Backlog,
    Messages,
    Inspections,
    Findings,
    Reasons,
    Tasks,
    Blocked,
    ServiceOrders,
    Shipments,
    Health,
    Alerts,
    Systems,
    Accounts,
}

impl Part {
    /// The permission without which it is not there.
    fn needs(self) -> Option<&'static str> {
        match self {
            Self::Phases | Self::PhasesInShort | Self::Late | Self::Unfinished => Some("order:read"),
            Self::Approvals => None,
            Self::Capacity | Self::Tasks | Self::Blocked => Some("production_task:read"),
            Self::DaysInProduction | Self::Backlog => Some("report:read"),
            Self::Outsourced => Some("outsourced_line:read"),
            Self::Messages => Some("portal_message:read"),
            Self::Inspections => Some("inspection:read"),
            Self::Findings | Self::Reasons => Some("nonconformity:read"),
            Self::ServiceOrders => Some("service_order:read"),
            Self::Shipments => Some("shipment:read"),
            Self::Health => Some("system:read"),
            Self::Alerts => Some("system_alert:read"),
            Self::Systems => Some("external_system:read"),
            Self::Accounts => Some("user:read"),
        }
    }
}

/// Permissions that the parts need, so that the frame asks for them at once.
pub(in crate::pages) fn asked() -> impl Iterator<Item = &'static str> {
    super::boards::BOARDS
        .iter()
        .flat_map(|board| board.left.iter().chain(board.right))
        .filter_map(|part| part.needs())
}

/// Parts in their order.
pub(super) async fn sections(
    context: &mut Context,
    page: &Page,
    me: &Me,
    parts: &[Part],
    period: Period,
) -> Result<Vec<Section>, Problem> {
    let mut sections = Vec::new();
    for part in parts {
        if part.needs().is_none_or(|permission| me.may(permission)) {
            sections.push(section(context, page, me, *part, period).await?);
        }
    }
    Ok(sections)
}

async fn section(
    context: &mut Context,
    page: &Page,
    me: &Me,
    part: Part,
    period: Period,
) -> Result<Section, Problem> {
    match part {
        Part::Phases | Part::PhasesInShort => phases(context, page).await,
        Part::Late => late(context, page, me).await,
        Part::Approvals => approvals::waiting(context, page).await,
        Part::Capacity => capacity(context, page).await,
        Part::DaysInProduction => days_in_production(context, page).await,
        Part::Outsourced => work::outsourced(context, page).await,
        Part::Unfinished => work::unfinished(context, page).await,
        Part::Backlog => backlog(context, page).await,
        Part::Messages => work::messages(context, page).await,
        Part::Inspections => work::inspections(context, page).await,
        Part::Findings => work::findings(context, page).await,
        Part::Reasons => reasons(context, page, period).await,
        Part::Tasks => work::tasks(context, page).await,
        Part::Blocked => work::blocked(context, page).await,
        Part::ServiceOrders => work::service_orders(context, page).await,
        Part::Shipments => work::shipments(context, page).await,
        Part::Health => work::health(context, page).await,
        Part::Alerts => work::alerts(context, page).await,
        Part::Systems => work::systems(context, page).await,
        Part::Accounts => work::accounts(context, page).await,
    }
}

/// The whole bar, and the gap between two phases.
const BAR: i64 = 10_000;
const GAP: i64 = 28;

async fn phases(context: &mut Context, page: &Page) -> Result<Section, Problem> {
    let open = open_by_phase(context).await?;
    let count_of = |code: &str| open.iter().find(|one| one.phase == code).map_or(0, |one| one.orders);
    let open_phases = &PHASES[..PHASES.len() - 1];
    let all: i64 = open_phases.iter().map(|(code, ..)| count_of(code)).sum();
    let mut x = 0;
    let bars = open_phases.iter().enumerate().map(|(place, (code, key, icon))| {
        let count = count_of(code);
        let width = BAR * count / all.max(1);
        let bar = Bar {
            name: page.t(key),
            icon: *icon,
            number: place + 1,
            count,
            href: format!("/orders?phase={code}"),
            x,
            width: (width - GAP).max(0),
        };
        x += width;
        bar
    });
    let bars: Vec<Bar> = bars.collect();
    let numbers =
        open_phases.iter().zip(&bars).map(|((code, ..), bar)| ((*code).to_owned(), bar.count.to_string()));
    let numbers = numbers.collect();
    let first = (all == 0).then(|| page.t("orders-first"));
    Ok(Section::new("open_orders", page.t("orders-title"), Body::Phases { bars, first })
        .note(page.tv("orders-open", "count", all))
        .numbers(numbers))
}

/// Orders that a part shows.
const LATE: usize = 6;

#[derive(Debug, Deserialize)]
struct LateOrder {
    order_number: String,
    customer_name: String,
    phase: String,
    want_date: NaiveDate,
    days_late: i64,
    #[serde(flatten)]
    facts: Facts,
}

async fn late(context: &mut Context, page: &Page, me: &Me) -> Result<Section, Problem> {
    let given = Map::from_iter([("limit".to_owned(), json!(LATE))]);
    let orders: Vec<LateOrder> = data::found(context, "late_orders", given).await?;
    let clock = Clock::now(page.words);
    let numbers =
        orders.iter().map(|order| (order.order_number.clone(), order.days_late.to_string())).collect();
    let row = |order: LateOrder| {
        let days = page.tv("unit-days", "value", order.days_late);
        vec![
            Td::Code { href: format!("/orders/{}", order.facts.order_id), text: order.order_number },
            Td::Text(order.customer_name),
            Td::Phase(Phase::of(page.words, &order.phase)),
            order.facts.status(page).map_or_else(|| Td::Text(String::new()), Td::Status),
            Td::Number(clock.day(order.want_date)),
            Td::Status(Status::new(Tone::Bad, days)),
            Td::Who(order.facts.owner()),
        ]
    };
    let rows: Vec<Vec<Td>> = orders.into_iter().map(row).collect();
    let all = me.frame.late_orders.unwrap_or_else(|| i64::try_from(rows.len()).unwrap_or_default());
    let heads = vec![
        ("key", page.t("orders-order")),
        ("", page.t("orders-customer")),
        ("", page.t("orders-phase")),
        ("", page.t("orders-blocked")),
        ("num", page.t("orders-wanted")),
        ("", page.t("orders-late-head")),
        ("mid", page.t("orders-owner")),
    ];
    let is_none = rows.is_empty();
    let body = if is_none { Body::Nothing(page.t("late-none")) } else { Body::Table { heads, rows } };
    let status = (!is_none).then(|| Status::new(Tone::Bad, page.tv("late-count", "count", all)));
    let section = Section::new("late_orders", page.t("late-title"), body).status(status).numbers(numbers);
    Ok(if is_none { section } else { section.way("/orders?view=late", page.t("late-all")) })
}

/// Weeks whose load is shown.
const WEEKS: u64 = 3;

#[derive(Debug, Deserialize)]
struct Loaded {
    resource_code: String,
    name: String,
    iso_week: String,
    available_hours: Option<f64>,
    planned_hours: f64,
    overload_hours: f64,
    is_overloaded: bool,
}

async fn capacity(context: &mut Context, page: &Page) -> Result<Section, Problem> {
    let today = page.today();
    let until = today.checked_add_days(Days::new(7 * (WEEKS - 1))).unwrap_or(today);
    let given = Map::from_iter([("from".to_owned(), json!(today)), ("to".to_owned(), json!(until))]);
    let loaded: Vec<Loaded> = data::found(context, "capacity_load", given).await?;
    let overloads = loaded.iter().filter(|one| one.is_overloaded).count();
    let numbers = loaded
        .iter()
        .map(|one| (format!("{} {}", one.resource_code, one.iso_week), one.planned_hours.to_string()))
        .collect();
    let mut weeks: Vec<&str> = loaded.iter().map(|one| one.iso_week.as_str()).collect();
    weeks.sort_unstable();
    weeks.dedup();
    let heads = weeks.iter().map(|week| page.tv("week-of", "week", week_number(week))).collect();
    let rows = loaded.chunk_by(|one, other| one.resource_code == other.resource_code).map(|group| Load {
        name: group.first().map(|one| page.words.shipped(&one.name)).unwrap_or_default(),
        weeks: group.iter().map(|one| load_bar(page, one)).collect(),
    });
    let rows: Vec<Load> = rows.collect();
    let status =
        (overloads > 0).then(|| Status::new(Tone::Bad, page.tv("capacity-overloads", "count", overloads)));
    let body = if rows.is_empty() {
        Body::Nothing(page.t("capacity-none"))
    } else {
        Body::Load { weeks: heads, rows }
    };
    Ok(Section::new("planned_hours", page.t("capacity-title"), body).status(status).numbers(numbers))
}

/// The number in `2026-W48`.
fn week_number(iso_week: &str) -> i64 {
    iso_week.rsplit('W').next().and_then(|week| week.parse().ok()).unwrap_or_default()
}

fn load_bar(page: &Page, one: &Loaded) -> LoadBar {
    let available = one.available_hours.unwrap_or_default();
    let hours = |hours: f64| grouped(page.words, &format!("{hours:.0}"));
    let filled = if available > 0.0 { (100.0 * one.planned_hours / available).min(100.0) } else { 0.0 };
    let over = if available > 0.0 { 100.0 * one.overload_hours / available } else { 0.0 };
    let left = (available - one.planned_hours).max(0.0);
    LoadBar {
        filled: format!("{filled:.1}"),
        over: (one.overload_hours >= 0.5).then(|| format!("{:.1}", over.clamp(2.0, 30.0))),
        told: page.words.say_with(
            "capacity-of",
            &[("planned", hours(one.planned_hours).into()), ("available", hours(available).into())],
        ),
        status: (one.overload_hours >= 0.5)
            .then(|| Status::new(Tone::Bad, page.tv("capacity-over", "hours", hours(one.overload_hours)))),
        left: page.tv("capacity-free", "hours", hours(left)),
    }
}

#[derive(Debug, Deserialize)]
struct Finished {
    build_number: String,
    finished_on: NaiveDate,
    days: f64,
}

/// Builds that the control chart has at least before it has limits.
const ENOUGH: usize = 8;
/// Mean moving range to three standard deviations, for single values.
const LIMIT: f64 = 2.66;

async fn days_in_production(context: &mut Context, page: &Page) -> Result<Section, Problem> {
    let builds: Vec<Finished> = data::found(context, "days_in_production", Map::new()).await?;
    let title = page.t("days-in-production");
    let numbers = builds.iter().map(|one| (one.build_number.clone(), one.days.to_string())).collect();
    if builds.is_empty() {
        let body = Body::Yet(page.t("days-in-production-none"));
        return Ok(Section::new("days_in_production", title, body));
    }
    let clock = Clock::now(page.words);
    let point = |one: &Finished| Point {
        label: clock.day(one.finished_on),
        value: Some(one.days),
        shown: format!("{}, {}", one.build_number, unit_shown(page, Unit::Days, &one.days.to_string())),
    };
    let points: Vec<Point> = builds.iter().map(point).collect();
    let values: Vec<f64> = builds.iter().map(|one| one.days).collect();
    let plot = Plot::new(Drawn {
        words: page.words,
        id: "days-in-production".to_owned(),
        title: title.clone(),
        description: counted(page, &points),
        shape: Shape::Line,
        points,
        rules: limits(page, &values),
    });
    Ok(Section::new("days_in_production", title, Body::Plot(Box::new(plot)))
        .note(page.tv("days-in-production-last", "count", values.len()))
        .numbers(numbers))
}

/// Mean and control limits of single values (three standard deviations by the moving range).
fn limits(page: &Page, values: &[f64]) -> Vec<Rule> {
    if values.len() < ENOUGH {
        return Vec::new();
    }
    #[expect(clippy::cast_precision_loss, reason = "a few dozen values")]
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    let range = values.windows(2).map(|pair| (pair[1] - pair[0]).abs()).sum::<f64>() / (count - 1.0);
    let rule = |class, key: &str, value: f64| Rule {
        class,
        value,
        label: page.tv(key, "value", grouped(page.words, &format!("{value:.1}"))),
    };
    vec![
        rule("limit", "limit-upper", mean + LIMIT * range),
        rule("mean", "limit-mean", mean),
        rule("limit", "limit-lower", (mean - LIMIT * range).max(0.0)),
    ]
}

/// A bar plot of what a function counts.
fn bars(page: &Page, code: &'static str, title: String, counts: Vec<(String, String, i64)>) -> Section {
    let numbers = counts.iter().map(|(code, _, count)| (code.clone(), count.to_string())).collect();
    #[expect(clippy::cast_precision_loss, reason = "drawn, not counted")]
    let point = |(_, label, count): (String, String, i64)| Point {
        label,
        value: Some(count as f64),
        shown: page.number(count),
    };
    let points: Vec<Point> = counts.into_iter().map(point).collect();
    let plot = Plot::new(Drawn {
        words: page.words,
        id: code.replace('_', "-"),
        title: title.clone(),
        description: counted(page, &points),
        shape: Shape::Bars,
        points,
        rules: Vec::new(),
    });
    Section::new(code, title, Body::Plot(Box::new(plot))).numbers(numbers)
}

#[derive(Debug, Deserialize)]
struct Aged {
    age_group: String,
    orders: i64,
}

async fn backlog(context: &mut Context, page: &Page) -> Result<Section, Problem> {
    let groups: Vec<Aged> = data::found(context, "report_backlog_age", Map::new()).await?;
    let count = |one: Aged| {
        let label = unit_shown(page, Unit::Age, &one.age_group);
        (one.age_group, label, one.orders)
    };
    let counts = groups.into_iter().map(count).collect();
    Ok(bars(page, "backlog_age", page.t("report-backlog-age"), counts)
        .way("/reports/backlog-age", page.t("home-report")))
}

#[derive(Debug, Deserialize)]
struct Reason {
    category_code: String,
    title: String,
    findings: i64,
}

/// Reasons that the plot has room for.
const REASONS: usize = 6;

async fn reasons(context: &mut Context, page: &Page, period: Period) -> Result<Section, Problem> {
    let since = period.since(page.today());
    let given = Map::from_iter([("from".to_owned(), Value::from(since.to_string()))]);
    let found: Vec<Reason> = data::found(context, "defect_pareto", given).await?;
    let title = page.t("reasons-title");
    if found.is_empty() {
        return Ok(Section::new(
            "findings_by_reason",
            title,
            Body::Nothing(page.tv("reasons-none", "count", period.weeks())),
        ));
    }
    let count = |one: Reason| (one.category_code, page.words.shipped(&one.title), one.findings);
    let counts = found.into_iter().take(REASONS).map(count);
    Ok(bars(page, "findings_by_reason", title, counts.collect()).note(page.tv(
        "reasons-weeks",
        "count",
        period.weeks(),
    )))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Language;

    #[test]
    fn limits_are_those_of_single_values_and_need_enough_of_them() {
        let page = Page::bare(Language::En, String::new());
        assert!(limits(&page, &[1.0; 7]).is_empty());
        let level = limits(&page, &[10.0; 8]);
        assert!(level.iter().all(|rule| (rule.value - 10.0).abs() < 1e-9));
        let moving = limits(&page, &[10.0, 12.0, 10.0, 12.0, 10.0, 12.0, 10.0, 12.0]);
        let values: Vec<String> = moving.iter().map(|rule| format!("{:.2}", rule.value)).collect();
        assert_eq!(values, ["16.32", "11.00", "5.68"]);
    }

    #[test]
    fn a_week_has_its_number() {
        assert_eq!(week_number("2026-W48"), 48);
    }
}
