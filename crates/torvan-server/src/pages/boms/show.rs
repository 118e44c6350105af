//! The page of a bill of materials.

use askama::Template;
use axum::http::StatusCode;
use torvan_store::Context;

use super::aside::{Aside, aside};
use super::compare::{self, Compare};
use super::read::{Sheet, Wanted, lines};
use super::totals::{self, Totals};
use super::tree::Rows;
use super::why::{self, Why};
use super::{asked, key};
use crate::http::problem::Problem;
use crate::identity::Answering;
use crate::incoming::{Incoming, not_signed_in};
use crate::pages::components::{
    BranchPart, Doing, Empty, Icon, Link, Open, Phase, Segments, Status, Tree, Views,
};
use crate::pages::page::{Me, Page, rendered};
use crate::pages::way::with_query;

/// Ways to see a BOM.
#[derive(Debug)]
enum Shown {
    Tree(Tree),
    Totals(Totals),
    Compare(Compare),
    Nothing(Empty),
}

#[derive(Debug, Template)]
#[template(path = "boms/page.html")]
struct BomPage {
    page: Page,
    me: Me,
    path: String,
    order: Option<Link>,
    phase: Option<Phase>,
    status: Status,
    about: String,
    views: Views,
    view: &'static str,
    builds: Option<Segments>,
    files: Vec<(&'static str, String)>,
    find: String,
    /// What a page that goes on with one branch belongs to.
    under: Option<Link>,
    act: Option<Doing>,
    reject: Option<Link>,
    shown: Shown,
    why: Option<Why>,
    aside: Aside,
    told: Vec<String>,
    cost: Option<String>,
}

fn wanted(incoming: &Incoming) -> Wanted {
    Wanted {
        open: Open::of(asked(incoming, "open")),
        under: asked(incoming, "under").to_owned(),
        after: asked(incoming, "after").parse().ok(),
        find: asked(incoming, "find").trim().chars().take(100).collect(),
    }
}

/// `GET /boms/{bom_id}/branch`: a part of a page.
pub(super) fn branch(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let (mut context, person) = incoming.enter().await?;
        let page = Page::open(&incoming, Some(&person), "bom-title");
        let sheet = Sheet::read(&mut context, key(&incoming, "bom_id")?).await?;
        let wanted = Wanted { open: Open::default(), ..wanted(&incoming) };
        let lines = lines(&mut context, sheet.bom_id, &wanted).await?;
        context.commit().await?;
        let outer = Wanted { find: wanted.find.clone(), ..Wanted::default() };
        let rows = Rows { page: &page, sheet: &sheet, wanted: &outer, told: None };
        rendered(&BranchPart { branch: rows.branch(&lines) }, StatusCode::OK)
    })
}

/// `GET /boms/{bom_id}`.
pub(super) fn show(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let (mut context, person) = incoming.enter().await?;
        let sheet = Sheet::read(&mut context, key(&incoming, "bom_id")?).await?;
        let mut page = Page::signed_in(&incoming, &mut context, &person, "bom-title").await?;
        let me = page.me.clone().ok_or_else(not_signed_in)?;
        let view = match asked(&incoming, "view") {
            "totals" => "totals",
            "compare" if sheet.may_compare && sheet.revisions.len() > 1 => "compare",
            _ => "",
        };
        let told = asked(&incoming, "line").parse().ok();
        let why = match told {
            Some(line) => Some(why::read(&mut context, &page, &sheet, line, &without_line(&incoming)).await?),
            None => None,
        };
        let wanted = wanted(&incoming);
        let shown = shown(&mut context, &page, &incoming, &sheet, view, &wanted, told).await?;
        context.commit().await?;
        if let Some(build) = &sheet.build_number {
            page.title = page.tv("bom-of", "build", build.clone());
        }
        say_done(&incoming, &mut page);
        let view = BomPage {
            path: format!("/boms/{}", sheet.bom_id),
            order: order(&sheet),
            phase: sheet.phase.as_deref().map(|phase| Phase::of(page.words, phase)),
            status: sheet.status(&page),
            about: sheet.customer.clone().unwrap_or_default(),
            views: views(&page, &sheet, view),
            builds: builds(&page, &sheet),
            files: if sheet.may_export { files(&page, &sheet) } else { Vec::new() },
            under: under(&page, &sheet, &wanted),
            act: act(&page, &sheet),
            reject: reject(&page, &sheet),
            told: told_counts(&page, &sheet),
            cost: sheet.cost.map(|cost| crate::pages::numbers::money(page.words, cost, 2)),
            aside: aside(&page, &sheet),
            find: wanted.find,
            view,
            shown,
            why,
            page,
            me,
        };
        rendered(&view, StatusCode::OK)
    })
}

async fn shown(
    context: &mut Context,
    page: &Page,
    incoming: &Incoming,
    sheet: &Sheet,
    view: &str,
    wanted: &Wanted,
    told: Option<i64>,
) -> Result<Shown, Problem> {
    let nothing = |key: &str, text: &str| {
        let way = Link::new(format!("/boms/{}", sheet.bom_id), page.t("bom-all-lines"), false);
        let way = (!wanted.find.is_empty()).then_some(way);
        Shown::Nothing(Empty { icon: Icon("list-filter"), title: page.t(key), text: page.t(text), way })
    };
    match view {
        "totals" => {
            let totals = totals::read(context, page, sheet, &wanted.find, asked(incoming, "from")).await?;
            Ok(if totals.is_empty() {
                nothing("bom-none-found", "bom-none-found-text")
            } else {
                Shown::Totals(totals)
            })
        }
        "compare" => {
            let (with, open) = (asked(incoming, "with"), asked(incoming, "open"));
            Ok(Shown::Compare(compare::read(context, page, sheet, with, open).await?))
        }
        _ => {
            let lines = lines(context, sheet.bom_id, wanted).await?;
            if lines.is_empty() {
                return Ok(nothing("bom-none-found", "bom-none-found-text"));
            }
            Ok(Shown::Tree(Rows { page, sheet, wanted, told }.tree(&lines)))
        }
    }
}

/// The page as it is, without the line that is told of.
fn without_line(incoming: &Incoming) -> String {
    let kept = incoming.query.iter().filter(|(name, _)| name != "line" && name != "lang");
    let pairs: Vec<(&str, &str)> = kept.map(|(name, value)| (name.as_str(), value.as_str())).collect();
    with_query(&format!("/boms/{}", incoming.path_value("bom_id").unwrap_or_default()), &pairs)
}

fn say_done(incoming: &Incoming, page: &mut Page) {
    match asked(incoming, "done") {
        "submitted" => page.done("bom-done-submitted"),
        "approved" => page.done("bom-done-approved"),
        "rejected" => page.done("bom-done-rejected"),
        _ => {}
    }
}

fn order(sheet: &Sheet) -> Option<Link> {
    let id = sheet.order_id?;
    Some(Link::new(format!("/orders/{id}"), sheet.order_number.clone()?, false))
}

fn views(page: &Page, sheet: &Sheet, now: &str) -> Views {
    let path = format!("/boms/{}", sheet.bom_id);
    let link =
        |view: &str, key: &str| Link::new(with_query(&path, &[("view", view)]), page.t(key), view == now);
    let mut links = vec![link("", "bom-tree"), link("totals", "bom-totals")];
    if sheet.may_compare && sheet.revisions.len() > 1 {
        links.push(link("compare", "bom-compare"));
    }
    Views { label: page.t("bom-views"), links }
}

/// Most builds of an order that stand side by side.
const MAX_BUILDS: usize = 4;

fn builds(page: &Page, sheet: &Sheet) -> Option<Segments> {
    let links: Vec<Link> = sheet
        .siblings
        .iter()
        .map(|one| {
            Link::new(format!("/boms/{}", one.bom_id), one.build_number.clone(), one.bom_id == sheet.bom_id)
        })
        .collect();
    let fits = (2..=MAX_BUILDS).contains(&links.len());
    fits.then(|| Segments { label: page.t("bom-builds"), links })
}

/// A paper is in the language of the page that it is asked for from.
fn files(page: &Page, sheet: &Sheet) -> Vec<(&'static str, String)> {
    let file = |format: &str| format!("/api/v1/boms/{}/export?format={format}", sheet.bom_id);
    let paper = format!("{}&lang={}", file("pdf"), page.words.language.code());
    vec![("PDF", paper), ("CSV", file("csv")), ("XLSX", file("xlsx"))]
}

fn under(page: &Page, sheet: &Sheet, wanted: &Wanted) -> Option<Link> {
    let path = format!("/boms/{}", sheet.bom_id);
    (!wanted.under.is_empty()).then(|| Link::new(path, page.t("bom-all-lines"), false))
}

/// The next step of a BOM, for whom it is.
fn act(page: &Page, sheet: &Sheet) -> Option<Doing> {
    let way = |path: &str, key: &str, icon: Icon| {
        Doing::Ready(Link::new(format!("/boms/{}/{path}", sheet.bom_id), page.t(key), false).icon(icon))
    };
    let can_go_on = sheet.is_present && sheet.is_active;
    match sheet.state.as_str() {
        "DRAFT" if sheet.may_submit && can_go_on && sheet.unresolved_count == 0 => {
            Some(way("submit", "bom-submit", Icon("send")))
        }
        "DRAFT" if sheet.may_submit => Some(Doing::Barred(page.t("bom-submit"))),
        "SUBMITTED" if sheet.may_approve && page.cannot_sign() => Some(Doing::Barred(page.t("bom-approve"))),
        "SUBMITTED" if sheet.may_approve && can_go_on && !sheet.is_barred_from_approval => {
            Some(way("approve", "bom-approve", Icon("signature")))
        }
        "SUBMITTED" if sheet.may_approve => Some(Doing::Barred(page.t("bom-approve"))),
        _ => None,
    }
}

fn reject(page: &Page, sheet: &Sheet) -> Option<Link> {
    let may = sheet.state == "SUBMITTED"
        && sheet.may_reject
        && !sheet.is_barred_from_rejection
        && sheet.is_present
        && sheet.is_active;
    may.then(|| Link::new(format!("/boms/{}/reject", sheet.bom_id), page.t("bom-reject"), false))
}

fn told_counts(page: &Page, sheet: &Sheet) -> Vec<String> {
    vec![
        page.tv("bom-count-lines", "count", sheet.line_count),
        page.tv("bom-count-parts", "count", sheet.leaf_count),
    ]
}
