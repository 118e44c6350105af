//! What waits for the approval or signature of whoever is signed in: as a page, and in short on dashboards.

mod decide;
mod kinds;

use std::collections::BTreeMap;

use askama::Template;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Map, json};
use torvan_store::Context;

use self::kinds::{KINDS, Way, kind_of};
use super::components::{Empty, Icon, Link, Notice, Status, Tone, Views};
use super::home::{Body, Section, Waiting};
use super::moment::Clock;
use super::page::{Me, Page, rendered};
use super::way::with_query;
use super::{data, field, form, page};
use crate::api::endpoint::{Access, Endpoint, Method};
use crate::http::problem::Problem;
use crate::identity::Answering;
use crate::incoming::{Incoming, not_signed_in};

pub(super) const PAGES: &[Endpoint] = &[
    page(Method::Get, "/approvals", Access::SignedIn, show, "What waits for the own approval or signature."),
    page(
        Method::Get,
        "/approvals/{kind}/{record_id}",
        Access::SignedIn,
        decide::show,
        "Asks for a decision about what waits, with a signature where it needs one.",
    ),
    form(
        "/approvals/{kind}/{record_id}",
        Access::SignedIn,
        decide::send,
        &[field("decision", "approve or reject."), field("reason", "Why, or a note.")],
        "Decides about what waits.",
    ),
];

/// Something that waits, as the database tells of it.
#[derive(Debug, Clone, Deserialize)]
struct Row {
    kind: String,
    record_id: i64,
    order_id: Option<i64>,
    label: String,
    subject: Option<String>,
    detail: Option<String>,
    waits_since: DateTime<Utc>,
    total: i64,
    kinds: BTreeMap<String, i64>,
}

/// How much of a kind waits.
#[derive(Debug, Deserialize)]
struct Count {
    kind: String,
    waiting: i64,
}

/// Rows of the page, and of a dashboard.
const ROWS: usize = 100;
const ROWS_IN_SHORT: usize = 5;

/// Days from which waiting is worth a warning.
const LONG: i64 = 5;

/// How much of each kind waits, by its code. A list of all kinds has it with each row.
async fn counts(context: &mut Context, kind: &str, found: &[Row]) -> Result<BTreeMap<String, i64>, Problem> {
    if kind.is_empty() {
        return Ok(found.first().map(|row| row.kinds.clone()).unwrap_or_default());
    }
    let counts: Vec<Count> = data::found(context, "approvals_by_kind", Map::new()).await?;
    Ok(counts.into_iter().map(|count| (count.kind, count.waiting)).collect())
}

async fn rows(context: &mut Context, limit: usize, kind: &str) -> Result<Vec<Row>, Problem> {
    let mut given = Map::from_iter([("limit".to_owned(), json!(limit))]);
    if !kind.is_empty() {
        given.insert("kind".to_owned(), kind.into());
    }
    data::found(context, "approvals_waiting", given).await
}

/// The part of a dashboard.
pub(super) async fn waiting(context: &mut Context, page: &Page) -> Result<Section, Problem> {
    let found = rows(context, ROWS_IN_SHORT, "").await?;
    let total = found.first().map_or(0, |row| row.total);
    let clock = Clock::now(page.words);
    let body = if found.is_empty() {
        Body::Nothing(page.t("approvals-none"))
    } else {
        Body::Waiting(found.iter().map(|row| shown(page, clock, row)).collect())
    };
    let section = Section::new("approvals_waiting", page.t("approvals-title"), body)
        .note(if total == 0 { String::new() } else { page.number(total) })
        .numbers(vec![("all".to_owned(), total.to_string())]);
    Ok(if total == 0 { section } else { section.way("/approvals", page.t("home-all")) })
}

fn shown(page: &Page, clock: Clock, row: &Row) -> Waiting {
    let kind = kind_of(&row.kind);
    let (way, text, is_dialog) = match kind.way {
        Way::Step(_) | Way::Dialog(_) | Way::Decide(_) => (kind.act(row), page.t("approvals-sign"), true),
        Way::Look(_) => (kind.act(row), page.t("approvals-open"), false),
    };
    let days = clock.days_since(row.waits_since);
    let icon = if is_dialog { "signature" } else { "arrow-right" };
    Waiting {
        title: format!("{} · {}", kind.called(page, row), page.t(kind.name)),
        about: kind.about(page, row),
        status: (days >= LONG).then(|| Status::new(Tone::Warn, page.tv("approvals-long", "count", days))),
        age: match days {
            0 => page.t("approvals-today"),
            _ => page.tv("approvals-waits-for", "age", clock.age(row.waits_since)),
        },
        act: Link::new(way, text, false).icon(Icon(icon)),
        is_dialog,
    }
}

#[derive(Debug, Template)]
#[template(path = "approvals/list.html")]
struct ApprovalsPage {
    page: Page,
    me: Me,
    views: Views,
    told: String,
    /// Why nothing can be signed yet.
    barred: Option<Notice>,
    rows: Vec<(Icon, Waiting, Option<Link>)>,
    empty: Empty,
}

fn show(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let (mut context, person) = incoming.enter().await?;
        let mut page = Page::signed_in(&incoming, &mut context, &person, "approvals-title").await?;
        let me = page.me.clone().ok_or_else(not_signed_in)?;
        let asked = |name: &str| {
            incoming.query.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str())
        };
        let kind = KINDS.iter().map(|kind| kind.code).find(|code| *code == asked("kind")).unwrap_or_default();
        let found = rows(&mut context, ROWS, kind).await?;
        let counts = counts(&mut context, kind, &found).await?;
        context.commit().await?;
        match asked("done") {
            "approve" => page.done("approvals-approved"),
            "reject" => page.done("approvals-rejected"),
            _ => {}
        }
        let clock = Clock::now(page.words);
        let total = found.first().map_or(0, |row| row.total);
        let row = |row: &Row| {
            let kind = kind_of(&row.kind);
            let open = kind.look(row).map(|href| Link::new(href, page.t("approvals-look"), false));
            (kind.icon, shown(&page, clock, row), open)
        };
        let view = ApprovalsPage {
            told: told(&page, &found, total),
            views: views(&page, kind, &counts),
            barred: page
                .cannot_sign()
                .then(|| Notice::hold(page.t("person-unverified")).text(page.t("sign-unverified"))),
            rows: found.iter().map(row).collect(),
            empty: Empty {
                icon: Icon("circle-check"),
                title: page.t("approvals-none"),
                text: page.t("approvals-none-text"),
                way: None,
            },
            page,
            me,
        };
        rendered(&view, StatusCode::OK)
    })
}

/// How many wait, and whether these are only the oldest of them.
fn told(page: &Page, found: &[Row], total: i64) -> String {
    let shown = i64::try_from(found.len()).unwrap_or(i64::MAX);
    if shown < total {
        let counts = [("shown", page.number(shown).into()), ("count", page.number(total).into())];
        return page.words.say_with("approvals-oldest", &counts);
    }
    page.tv("approvals-count", "count", total)
}

/// The kinds that wait, and the one that is looked at.
fn views(page: &Page, kind: &str, counts: &BTreeMap<String, i64>) -> Views {
    let all = Link::new("/approvals".to_owned(), page.t("view-all"), kind.is_empty());
    let of = KINDS.iter().filter_map(|one| {
        let waiting = counts.get(one.code).copied();
        let is_on = one.code == kind;
        if waiting.is_none() && !is_on {
            return None;
        }
        let href = with_query("/approvals", &[("kind", one.code)]);
        let link = Link::new(href, page.t(one.view), is_on).icon(one.icon);
        Some(link.count(waiting.map(|count| page.number(count))))
    });
    Views { label: page.t("approvals-title"), links: std::iter::once(all).chain(of).collect() }
}
