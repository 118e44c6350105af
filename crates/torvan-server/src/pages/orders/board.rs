//! The board: open orders by phase, those wanted first on top. What moves an order is on its page: no gate is dragged over.

use askama::Template;
use axum::http::StatusCode;
use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use torvan_store::Context;

use super::list::{segments, views};
use super::query::{OPEN_VIEWS, Query, View};
use super::rows::{Facts, facts, has_guards, of, search};
use crate::http::problem::Problem;
use crate::identity::Answering;
use crate::incoming::{Incoming, not_signed_in};
use crate::pages::components::{Card, PHASES, Phase, Segments, Status, Tone, Views};
use crate::pages::data;
use crate::pages::moment::Clock;
use crate::pages::page::{Me, Page, rendered};
use crate::pages::views::{SAVED, Saved, say_done};
use crate::pages::way::with_query;

/// Its own place, under which its views are saved.
const PATH: &str = "/orders/board";

/// Cards of a phase; the list has the others.
const CARDS: usize = 12;
/// Orders that a search puts on the board.
const SEARCHED: usize = 200;
/// Orders whose facts are asked for in one statement.
const FACTS: usize = 84;

/// How many orders are open in a phase.
#[derive(Debug, Deserialize)]
pub(in crate::pages) struct OpenOrders {
    pub(in crate::pages) phase: String,
    pub(in crate::pages) orders: i64,
    /// There are more; they are not counted for somebody who does not see all.
    is_capped: bool,
}

impl OpenOrders {
    /// Their number without so many that are shown.
    fn beyond(&self, page: &Page, shown: i64) -> String {
        let number = page.number(self.orders - shown);
        if self.is_capped { page.tv("board-at-least", "count", number) } else { number }
    }
}

/// How many orders are open in each phase that has any.
pub(in crate::pages) async fn open_by_phase(context: &mut Context) -> Result<Vec<OpenOrders>, Problem> {
    data::found(context, "open_orders_by_phase", Map::new()).await
}

#[derive(Debug, Deserialize)]
struct OnBoard {
    phase: String,
    order_id: i64,
    order_number: String,
    customer_name: String,
    state: String,
    want_date: Option<NaiveDate>,
    is_overdue: bool,
    build_count: i64,
    phase_entered_at: DateTime<Utc>,
}

#[derive(Debug)]
struct Column {
    phase: Phase,
    count: String,
    status: Option<Status>,
    pace: String,
    cards: Vec<Card>,
    more: Option<(String, String)>,
}

#[derive(Debug, Template)]
#[template(path = "orders/board.html")]
struct BoardPage {
    page: Page,
    me: Me,
    query: Query,
    segments: Segments,
    views: Views,
    saved: Saved,
    told: String,
    columns: Vec<Column>,
}

pub(super) fn show(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let (mut context, person) = incoming.enter().await?;
        let mut page = Page::signed_in(&incoming, &mut context, &person, "nav-board").await?;
        page.is_wide = true;
        say_done(&incoming, &mut page);
        let me = page.me.clone().ok_or_else(not_signed_in)?;
        let query = Query::of(&incoming, PATH);
        let asked = ["view", "q", SAVED].map(|name| (name, query.get(name)));
        let asked: Vec<(&str, &str)> = asked.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        let saved = Saved::of(&mut context, &me, person.user_id, PATH, &asked).await?;
        let (open, found) = if query.get("q").is_empty() && is_whole(&query) {
            let given = Map::from_iter([("per_phase".to_owned(), Value::from(CARDS))]);
            (open_by_phase(&mut context).await?, data::found(&mut context, "order_board", given).await?)
        } else {
            searched(&mut context, &me, &query).await?
        };
        let facts = board_facts(&mut context, &found).await?;
        context.commit().await?;
        let total: i64 = open.iter().map(|one| one.orders).sum();
        let view = BoardPage {
            segments: segments(&page, 1),
            views: views(&page, &me, &query, &OPEN_VIEWS),
            saved,
            told: if open.iter().any(|one| one.is_capped) {
                page.tv("board-open-more", "count", page.number(total))
            } else {
                page.tv("board-open", "count", total)
            },
            columns: columns(&page, &open, &found, &facts, &query),
            query,
            page,
            me,
        };
        rendered(&view, StatusCode::OK)
    })
}

#[derive(Debug, Deserialize)]
struct Entered {
    order_id: i64,
    phase_entered_at: DateTime<Utc>,
}

/// Whether a board has all open orders.
fn is_whole(query: &Query) -> bool {
    matches!(query.view(), View::Open | View::All)
}

/// Open orders of a view that hold the words, with how many there are in each phase.
async fn searched(
    context: &mut Context,
    me: &Me,
    query: &Query,
) -> Result<(Vec<OpenOrders>, Vec<OnBoard>), Problem> {
    let phases: Vec<&str> =
        PHASES.iter().map(|(code, ..)| *code).filter(|code| *code != "DELIVERED").collect();
    let whole = Map::from_iter([
        ("phase".to_owned(), json!(phases)),
        ("state".to_owned(), json!(["ACTIVE", "ON_HOLD"])),
    ]);
    let filters = if is_whole(query) { whole } else { query.view_filters(&me.frame) };
    let found = search(context, query.get("q"), filters, "want_date_asc", None, SEARCHED).await?;
    let ids: Vec<String> = found.iter().map(|one| one.order_id.to_string()).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let entered: Vec<Entered> = data::named(context, "orders", "order_id", &ids).await?;
    let count = |code: &str| OpenOrders {
        phase: code.to_owned(),
        orders: i64::try_from(found.iter().filter(|one| one.phase == code).count()).unwrap_or(i64::MAX),
        is_capped: found.len() == SEARCHED,
    };
    let open = phases.into_iter().map(count).collect();
    let since =
        |order_id: i64| entered.iter().find(|one| one.order_id == order_id).map(|one| one.phase_entered_at);
    let on_board = found.into_iter().map(|one| OnBoard {
        phase_entered_at: since(one.order_id).unwrap_or(one.created_at),
        phase: one.phase,
        order_id: one.order_id,
        order_number: one.order_number,
        customer_name: one.customer_name,
        state: one.state,
        want_date: one.want_date,
        is_overdue: one.is_overdue,
        build_count: one.build_count,
    });
    Ok((open, on_board.collect()))
}

async fn board_facts(context: &mut Context, found: &[OnBoard]) -> Result<Vec<Facts>, Problem> {
    let ids: Vec<i64> = found.iter().map(|one| one.order_id).take(FACTS).collect();
    facts(context, &ids, false).await
}

fn columns(
    page: &Page,
    open: &[OpenOrders],
    found: &[OnBoard],
    facts: &[Facts],
    query: &Query,
) -> Vec<Column> {
    let clock = Clock::now(page.words);
    let column = |code: &str| {
        let cards: Vec<&OnBoard> = found.iter().filter(|one| one.phase == code).take(CARDS).collect();
        let known = open.iter().find(|one| one.phase == code);
        let late = cards.iter().filter(|one| one.is_overdue).count();
        let shown = i64::try_from(cards.len()).unwrap_or(i64::MAX);
        let more = known.filter(|known| known.orders > shown).map(|known| {
            let told = page.tv("board-more", "count", known.beyond(page, shown));
            let (view, words) = (query.get("view"), query.get("q"));
            let asked = [("view", view), ("q", words), ("phase", code), ("sort", "want_date")];
            (with_query("/orders", &asked), told)
        });
        Column {
            phase: Phase::of(page.words, code),
            count: known.map_or_else(|| page.number(0), |one| one.beyond(page, 0)),
            status: (late > 0).then(|| Status::new(Tone::Bad, page.tv("board-late", "count", late))),
            pace: median(page, clock, &cards),
            cards: cards.into_iter().map(|one| card(page, clock, one, of(facts, one.order_id))).collect(),
            more,
        }
    };
    PHASES.iter().filter(|(code, ..)| *code != "DELIVERED").map(|(code, ..)| column(code)).collect()
}

/// How long the orders that are shown have been in their phase: the one in the middle.
fn median(page: &Page, clock: Clock, cards: &[&OnBoard]) -> String {
    let mut days: Vec<i64> = cards.iter().map(|one| clock.days_since(one.phase_entered_at)).collect();
    days.sort_unstable();
    days.get(days.len() / 2).map(|days| page.tv("board-median", "count", *days)).unwrap_or_default()
}

fn card(page: &Page, clock: Clock, one: &OnBoard, facts: Option<&Facts>) -> Card {
    Card {
        href: format!("/orders/{}", one.order_id),
        // Every number begins with the same letters: on a card there is no room for them.
        number: one.order_number.trim_start_matches("TRV-").to_owned(),
        builds: one.build_count.to_string(),
        customer: one.customer_name.clone(),
        status: facts.and_then(|facts| facts.status(page)),
        asked_later: has_guards(&one.phase, &one.state).then_some(one.order_id),
        wanted: one.want_date.map(|day| clock.day(day)).unwrap_or_default(),
        is_late: one.is_overdue,
        age: clock.age(one.phase_entered_at),
        owner: facts.and_then(Facts::owner),
    }
}
