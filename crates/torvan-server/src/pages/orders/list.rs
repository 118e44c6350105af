//! The list of orders: views, filters, order, pages by key, columns, export.

use askama::Template;
use axum::http::StatusCode;
use serde_json::Value;
use torvan_store::Context;

use super::bulk::PLACE;
use super::bulk_act::{ACTS, Act};
use super::query::{COLUMNS, HEIGHTS, PAGE, Query, VIEWS, View};
use super::rows::{Facts, Found, facts, has_guards, of, search};
use crate::http::problem::Problem;
use crate::identity::Answering;
use crate::incoming::{Incoming, not_signed_in};
use crate::pages::components::{
    Avatar, BulkAct, BulkBar, Chip, Empty, Heading, Icon, Link, PHASES, Pager, Phase, Segments, Status, Tick,
    Tone, Views,
};
use crate::pages::moment::Clock;
use crate::pages::page::{Me, Page, rendered};
use crate::pages::views::{Saved, say_done};
use crate::pages::way::with_query;

/// A row as the page shows it.
#[derive(Debug)]
struct Row {
    id: i64,
    tick: Tick,
    number: String,
    customer: String,
    po: String,
    project: String,
    sales: String,
    builds: i64,
    phase: Phase,
    blocked: Option<Status>,
    /// Whether what blocks it is asked for after the page.
    is_asked_later: bool,
    wanted: String,
    is_late: bool,
    age: String,
    owner: Option<Avatar>,
}

/// A choice of the form with filters.
#[derive(Debug)]
struct PhaseTick {
    code: &'static str,
    phase: Phase,
    is_on: bool,
}

/// A choice of columns.
#[derive(Debug)]
struct ColumnTick {
    code: &'static str,
    name: String,
    is_on: bool,
}

#[derive(Debug, Template)]
#[template(path = "orders/list.html")]
struct ListPage {
    page: Page,
    me: Me,
    query: Query,
    segments: Segments,
    views: Views,
    saved: Saved,
    chips: Vec<Chip>,
    phases: Vec<PhaseTick>,
    columns: Vec<ColumnTick>,
    heights: Vec<Link>,
    height: &'static str,
    heads: Vec<Heading>,
    shown: Vec<&'static str>,
    rows: Vec<Row>,
    /// What can be done with those that are ticked.
    bar: Option<BulkBar>,
    empty: Empty,
    pager: Pager,
    csv: String,
    xlsx: String,
}

pub(super) fn show(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let (mut context, person) = incoming.enter().await?;
        let mut page = Page::signed_in(&incoming, &mut context, &person, "orders-title-list").await?;
        say_done(&incoming, &mut page);
        let me = page.me.clone().ok_or_else(not_signed_in)?;
        let query = Query::of(&incoming, "/orders");
        let asked = query.pairs_without(&["after", "before"]);
        let saved = Saved::of(&mut context, &me, person.user_id, "/orders", &asked).await?;
        let found = found(&mut context, &query, &me).await?;
        let ids: Vec<i64> = found.rows.iter().map(|row| row.order_id).collect();
        let facts = facts(&mut context, &ids, false).await?;
        context.commit().await?;
        rendered(&list_page(page, me, query, saved, &found, &facts), StatusCode::OK)
    })
}

#[derive(Debug, Template)]
#[template(path = "orders/blockers.html")]
struct Blockers {
    rows: Vec<(i64, Status)>,
}

/// Orders that are asked about at once.
const MOST_ASKED: usize = 100;

/// `GET /orders/blockers?ids=1,2`: a part of a page, which comes after the list.
pub(super) fn blockers(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let (mut context, person) = incoming.enter().await?;
        let page = Page::open(&incoming, Some(&person), "orders-blocked");
        let asked = incoming.asked("ids");
        let ids: Vec<i64> = asked.split(',').filter_map(|id| id.parse().ok()).take(MOST_ASKED).collect();
        let facts = facts(&mut context, &ids, true).await?;
        context.commit().await?;
        // The place of the answer is kept free: that there is nothing is an answer too.
        let none = || Status::new(Tone::Ok, page.t("orders-unblocked"));
        let status = |one: &Facts| (one.order_id, one.status(&page).unwrap_or_else(none));
        rendered(&Blockers { rows: facts.iter().map(status).collect() }, StatusCode::OK)
    })
}

/// A page of the list, and whether there are others on both sides.
#[derive(Debug)]
struct Sheet {
    rows: Vec<Found>,
    has_newer: bool,
    has_older: bool,
}

async fn found(context: &mut Context, query: &Query, me: &Me) -> Result<Sheet, Problem> {
    let (name, is_down) = query.sort();
    // The page before is the one after in the other direction, turned round.
    let before = place(query.get("before"), name, !is_down);
    let after = place(query.get("after"), name, is_down);
    let is_back = before.is_some();
    let is_first = before.is_none() && after.is_none();
    let direction = if is_down == is_back { "asc" } else { "desc" };
    let sort = format!("{name}_{direction}");
    let filters = query.filters(&me.frame);
    let mut rows = search(context, query.get("q"), filters, &sort, before.or(after), PAGE + 1).await?;
    let has_more = rows.len() > PAGE;
    rows.truncate(PAGE);
    if is_back {
        rows.reverse();
    }
    Ok(Sheet { rows, has_newer: if is_back { has_more } else { !is_first }, has_older: is_back || has_more })
}

/// A place in the list, for going on from there in this direction.
fn place(text: &str, name: &str, is_down: bool) -> Option<Value> {
    let mut place: Value = serde_json::from_str(text).ok()?;
    let direction = if is_down { "DESC" } else { "ASC" };
    place.as_object_mut()?.insert("sort".to_owned(), format!("{name} {direction}").into());
    Some(place)
}

fn list_page(page: Page, me: Me, query: Query, saved: Saved, found: &Sheet, facts: &[Facts]) -> ListPage {
    let clock = Clock::now(page.words);
    let shown = query.columns();
    let height =
        HEIGHTS.iter().map(|(code, _)| *code).find(|code| *code == query.get("rows")).unwrap_or("normal");
    let asked = query.phases();
    let phase_tick = |(code, ..): &(&'static str, &str, Icon)| PhaseTick {
        code,
        phase: Phase::of(page.words, code),
        is_on: asked.contains(code),
    };
    let column_tick = |(code, key, _): &(&'static str, &str, bool)| ColumnTick {
        code,
        name: page.t(key),
        is_on: shown.contains(code),
    };
    let export = |format: &str| {
        let filters = Value::from(query.filters(&me.frame)).to_string();
        let (name, is_down) = query.sort();
        let sort = format!("{name}_{}", if is_down { "desc" } else { "asc" });
        let pairs = [("format", format), ("words", query.get("q")), ("filters", &filters), ("sort", &sort)];
        with_query("/api/v1/orders", &pairs)
    };
    ListPage {
        segments: segments(&page, 0),
        views: views(&page, &me, &query, &VIEWS),
        saved,
        chips: chips(&page, clock, &query),
        phases: PHASES.iter().map(phase_tick).collect(),
        columns: COLUMNS.iter().map(column_tick).collect(),
        heights: heights(&page, &query, height),
        height,
        heads: heads(&page, &query, &shown),
        rows: found.rows.iter().map(|row| row_of(&page, clock, row, of(facts, row.order_id))).collect(),
        bar: bar(&page, &me, &query),
        empty: empty(&page, &me, &query),
        pager: pager(&page, &query, found),
        csv: export("csv"),
        xlsx: export("xlsx"),
        shown,
        query,
        page,
        me,
    }
}

/// What this person may do with several orders.
fn bar(page: &Page, me: &Me, query: &Query) -> Option<BulkBar> {
    let may = |act: &&Act| act.is_offered && act.needs.iter().any(|code| me.may(code));
    let offered =
        |act: &Act| BulkAct { action: PLACE, code: act.code, icon: act.icon, text: page.t(act.title) };
    let kept = query.pairs_without(&["after", "before"]);
    let kept = kept.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    BulkBar::of(page, "bulk-label", kept, ACTS.iter().filter(may).map(offered).collect())
}

/// List, board and calendar show the same orders.
pub(super) fn segments(page: &Page, on: usize) -> Segments {
    let ways = [
        ("/orders", "orders-list", Icon("list")),
        ("/orders/board", "nav-board", Icon("square-kanban")),
        ("/orders/calendar", "nav-calendar", Icon("calendar")),
    ];
    let link = |(place, (href, key, icon)): (usize, (&str, &str, Icon))| {
        Link::new(href.to_owned(), page.t(key), place == on).icon(icon)
    };
    Segments { label: page.t("orders-ways"), links: ways.into_iter().enumerate().map(link).collect() }
}

/// Ways to look at the orders, each with how many there are.
pub(super) fn views(page: &Page, me: &Me, query: &Query, shown: &[(View, &str, &str)]) -> Views {
    let now = Some(query.view()).filter(|_| query.get("saved").is_empty());
    let count = |view: View| match view {
        View::Open => me.frame.open_orders,
        View::Waiting => me.frame.waiting_orders,
        View::Late => me.frame.late_orders,
        View::Held => me.frame.held_orders,
        View::All => None,
    };
    let links = shown.iter().map(|(view, code, key)| {
        let number = count(*view).map(|number| page.number(number));
        Link::new(query.view_href(code), page.t(key), Some(*view) == now).count(number)
    });
    Views { label: page.t("orders-views"), links: links.collect() }
}

fn chips(page: &Page, clock: Clock, query: &Query) -> Vec<Chip> {
    let chip = |name: &'static str, field: &str, how: &str, value: String| Chip {
        field: page.t(field),
        how: page.t(how),
        label: page.tv("filter-remove", "name", page.t(field)),
        value,
        without: query.with(name, ""),
    };
    let day = |text: &str| text.parse().map_or_else(|_| text.to_owned(), |day| clock.full_day(day));
    let mut chips = Vec::new();
    if !query.get("q").is_empty() {
        chips.push(chip("q", "filter-words", "filter-contains", query.get("q").to_owned()));
    }
    let phases = query.phases();
    if !phases.is_empty() {
        let names = phases.iter().map(|code| Phase::of(page.words, code).name().to_owned());
        chips.push(chip("phase", "orders-phase", "filter-is", names.collect::<Vec<_>>().join(", ")));
    }
    if !query.get("customer").is_empty() {
        chips.push(chip("customer", "orders-customer", "filter-is", query.get("customer").to_owned()));
    }
    if !query.get("want_from").is_empty() {
        chips.push(chip("want_from", "orders-wanted", "filter-from", day(query.get("want_from"))));
    }
    if !query.get("want_to").is_empty() {
        chips.push(chip("want_to", "orders-wanted", "filter-to", day(query.get("want_to"))));
    }
    chips
}

fn heights(page: &Page, query: &Query, now: &str) -> Vec<Link> {
    let usual = HEIGHTS[1].0;
    let link = |(code, key): &(&str, &str)| {
        let value = if *code == usual { "" } else { code };
        Link::new(query.with("rows", value), page.t(key), *code == now)
    };
    HEIGHTS.iter().map(link).collect()
}

fn heads(page: &Page, query: &Query, shown: &[&str]) -> Vec<Heading> {
    let (sorted, is_down) = query.sort();
    let sorts = |head: Heading, name: &str| {
        let order = (sorted == name).then_some(is_down);
        // The first press sorts as the column is usually read: numbers and times newest first, days soonest first.
        let falls = order.map_or(name != "want_date", |is_down| !is_down);
        let next = if falls { format!("-{name}") } else { name.to_owned() };
        head.sorts(query.with("sort", &next), order)
    };
    let mut heads = vec![sorts(Heading::new("", page.t("orders-order")), "order_number")];
    for (code, key, _) in COLUMNS.iter().filter(|(code, ..)| shown.contains(code)) {
        let class = match *code {
            "builds" => "num more",
            "wanted" | "age" => "num",
            "owner" => "mid more",
            _ => "",
        };
        let head = Heading::new(class, page.t(key));
        let asked_by =
            |head: Heading, field: &str| head.asked_by(field, page.tv("filter-by", "name", page.t(key)));
        heads.push(match *code {
            "wanted" => sorts(head, "want_date")
                .filtered(!query.get("want_from").is_empty() || !query.get("want_to").is_empty()),
            "age" => sorts(head, "created"),
            "phase" => asked_by(head, "filter-phase").filtered(!query.phases().is_empty()),
            "customer" => asked_by(head, "filter-customer").filtered(!query.get("customer").is_empty()),
            _ => head,
        });
    }
    heads
}

fn row_of(page: &Page, clock: Clock, row: &Found, facts: Option<&Facts>) -> Row {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    Row {
        id: row.order_id,
        tick: Tick::new(page, row.order_id.to_string(), row.order_number.clone()),
        number: row.order_number.clone(),
        customer: row.customer_name.clone(),
        po: text(&row.po_number),
        project: text(&row.project_name),
        sales: text(&row.sales_person),
        builds: row.build_count,
        phase: Phase::of(page.words, &row.phase),
        blocked: blocked(page, row, facts),
        is_asked_later: has_guards(&row.phase, &row.state),
        wanted: row.want_date.map(|day| clock.day(day)).unwrap_or_default(),
        is_late: row.is_overdue,
        age: clock.age(row.created_at),
        owner: facts.and_then(Facts::owner),
    }
}

fn blocked(page: &Page, row: &Found, facts: Option<&Facts>) -> Option<Status> {
    if row.state == "CANCELLED" {
        return Some(Status::new(Tone::None, page.t("state-cancelled")));
    }
    facts.and_then(|facts| facts.status(page))
}

fn empty(page: &Page, me: &Me, query: &Query) -> Empty {
    let icon = Icon("clipboard-list");
    if query.is_narrowed() {
        let way = Link::new(query.cleared(), page.t("filter-clear"), false);
        return Empty {
            icon,
            title: page.t("orders-none-found"),
            text: page.t("orders-none-found-text"),
            way: Some(way),
        };
    }
    let way = me
        .may("order:create")
        .then(|| Link::new("/orders/new".to_owned(), page.t("orders-new"), false).icon(Icon("plus")));
    let title = match query.view() {
        View::Open | View::All => "orders-none",
        View::Waiting => "orders-none-waiting",
        View::Late => "orders-none-late",
        View::Held => "orders-none-held",
    };
    Empty { icon, title: page.t(title), text: page.t("orders-none-text"), way }
}

fn pager(page: &Page, query: &Query, found: &Sheet) -> Pager {
    let (name, is_down) = query.sort();
    let order = match (name, is_down) {
        ("created", true) => "order-newest",
        ("created", false) => "order-oldest",
        ("want_date", false) => "order-soonest",
        ("want_date", true) => "order-latest",
        (_, true) => "order-highest",
        (_, false) => "order-lowest",
    };
    let rows = page.tv("orders-count", "count", found.rows.len());
    let place = |row: Option<&Found>| row.map(|row| row.after.to_string()).unwrap_or_default();
    Pager {
        told: format!("{rows}, {}", page.t(order)),
        size: page.tv("rows-page", "count", PAGE),
        first: None,
        newer: found.has_newer.then(|| query.with("before", &place(found.rows.first()))),
        older: found.has_older.then(|| query.with("after", &place(found.rows.last()))),
        words: if name == "created" && is_down {
            (page.t("pager-newer"), page.t("pager-older"))
        } else {
            (page.t("pager-before"), page.t("pager-after"))
        },
    }
}
