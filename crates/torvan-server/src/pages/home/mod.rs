//! The dashboard of whoever is signed in: what waits, what is late, figures with where they come from. Each role has its own.

mod boards;
mod figures;
mod parts;
mod period;
mod section;
mod work;

use askama::Template;
use axum::http::StatusCode;
use chrono::Datelike as _;
use torvan_store::Context;

use self::boards::{BOARDS, Board};
use self::figures::{Kpi, figures};
use self::period::Period;
use self::section::Td;
pub(super) use self::section::{Body, Section, Waiting};
pub(super) use parts::asked;
pub(super) use work::{check_name, verdict};

use super::components::{Link, Segments};
use super::moment::Clock;
use super::page;
use super::page::{Me, Page, keep_language, rendered};
use super::reports::file;
use crate::api::endpoint::{Access, Endpoint, Method};
use crate::http::problem::Problem;
use crate::identity::Answering;
use crate::incoming::{Incoming, not_signed_in};

pub(super) const PAGES: &[Endpoint] = &[
    page(Method::Get, "/", Access::SignedIn, show, "The dashboard of whoever is signed in."),
    page(Method::Get, "/dashboard.csv", Access::SignedIn, csv, "The numbers of a dashboard as a file."),
];

#[derive(Debug, Template)]
#[template(path = "home/home.html")]
struct HomePage {
    page: Page,
    me: Me,
    today: String,
    /// Dashboards of the other roles of the person.
    boards: Option<Segments>,
    period: Option<Segments>,
    csv: Option<String>,
    kpis: Vec<Kpi>,
    left: Vec<Section>,
    right: Vec<Section>,
}

/// The board that is asked for, of those that the person has; the first one else.
fn board_of(incoming: &Incoming, me: &Me) -> Option<&'static Board> {
    let asked = incoming.query.iter().find(|(name, _)| name == "role").map(|(_, value)| value.as_str());
    let mut own = own_boards(me);
    let wanted = own_boards(me).find(|board| Some(board.role) == asked);
    wanted.or_else(|| own.next())
}

fn own_boards(me: &Me) -> impl Iterator<Item = &'static Board> {
    let roles = me.role_codes();
    BOARDS.iter().filter(move |board| roles.iter().any(|role| role == board.role))
}

/// What a dashboard shows.
struct Drawn {
    kpis: Vec<Kpi>,
    left: Vec<Section>,
    right: Vec<Section>,
}

async fn drawn(
    context: &mut Context,
    page: &Page,
    me: &Me,
    board: Option<&'static Board>,
    period: Period,
) -> Result<Drawn, Problem> {
    let Some(board) = board else {
        return Ok(Drawn { kpis: Vec::new(), left: Vec::new(), right: vec![section::own(page, me)] });
    };
    let kpis = figures(context, page, board.figures, period).await?;
    let left = parts::sections(context, page, me, board.left, period).await?;
    let right = parts::sections(context, page, me, board.right, period).await?;
    Ok(Drawn { kpis, left, right })
}

fn show(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let (mut context, person) = incoming.enter().await?;
        let mut page = Page::signed_in(&incoming, &mut context, &person, "home-title").await?;
        let me = page.me.clone().ok_or_else(not_signed_in)?;
        let board = board_of(&incoming, &me);
        let period = Period::of(&incoming);
        let drawn = drawn(&mut context, &page, &me, board, period).await?;
        context.commit().await?;
        if let Some(board) = board {
            page.title = page.t(board.title);
        }
        let view = HomePage {
            today: today(&page),
            boards: boards(&page, &me, board, period),
            period: board.filter(|_| !drawn.kpis.is_empty()).map(|board| period.segments(&page, board.role)),
            csv: board.map(|board| period.address("/dashboard.csv", board.role)),
            kpis: drawn.kpis,
            left: drawn.left,
            right: drawn.right,
            page,
            me,
        };
        let mut response = rendered(&view, StatusCode::OK)?;
        keep_language(&incoming, &mut response);
        Ok(response)
    })
}

fn today(page: &Page) -> String {
    let day = page.today();
    let week = i64::from(day.iso_week().week());
    page.words.say_with(
        "home-today",
        &[("day", Clock::now(page.words).full_day(day).into()), ("week", week.into())],
    )
}

fn boards(page: &Page, me: &Me, own: Option<&Board>, period: Period) -> Option<Segments> {
    let link = |board: &'static Board| {
        let is_on = own.is_some_and(|own| own.role == board.role);
        Link::new(period.address("/", board.role), page.t(board.title), is_on)
    };
    let links: Vec<Link> = own_boards(me).map(link).collect();
    (links.len() > 1).then(|| Segments { label: page.t("home-boards"), links })
}

fn csv(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let (mut context, person) = incoming.enter().await?;
        let page = Page::signed_in(&incoming, &mut context, &person, "home-title").await?;
        let me = page.me.clone().ok_or_else(not_signed_in)?;
        let drawn = drawn(&mut context, &page, &me, board_of(&incoming, &me), Period::of(&incoming)).await?;
        context.commit().await?;
        let heads = ["figure", "of", "value"].map(str::to_owned).to_vec();
        let kpis = drawn.kpis.iter().flat_map(Kpi::lines);
        let sections = drawn.left.iter().chain(&drawn.right).flat_map(Section::lines);
        Ok(file("dashboard", std::iter::once(heads).chain(kpis).chain(sections)))
    })
}
