//! The one search: places by name, and orders by what was typed. As a page, and as what the palette shows.

use askama::Template;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::components::{Empty, Icon, Phase};
use super::page::{Me, Page, rendered};
use super::way::to;
use super::{data, page};
use crate::api::endpoint::{Access, Endpoint, Method};
use crate::identity::Answering;
use crate::incoming::{Incoming, not_signed_in};

pub(super) const PAGES: &[Endpoint] =
    &[page(Method::Get, "/search", Access::SignedIn, show, "Places by name, and orders by what was typed.")];

/// Orders that are shown.
const MOST: usize = 12;
/// Longest text that is looked for.
const MAX_WORDS: usize = 200;

#[derive(Debug, Deserialize)]
struct Found {
    order_id: i64,
    order_number: String,
    customer_name: String,
    po_number: Option<String>,
    phase: String,
    matched_by: String,
}

#[derive(Debug)]
struct Hit {
    href: String,
    number: String,
    customer: String,
    about: String,
    phase: Phase,
}

#[derive(Debug)]
struct PlaceHit {
    href: &'static str,
    name: String,
    icon: Icon,
    key: Option<&'static str>,
}

#[derive(Debug, Template)]
#[template(path = "shell/search.html")]
struct SearchPage {
    page: Page,
    me: Me,
    words: String,
    places: Vec<PlaceHit>,
    hits: Vec<Hit>,
    empty: Empty,
}

fn show(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let (mut context, person) = incoming.enter().await?;
        let page = Page::signed_in(&incoming, &mut context, &person, "search-title").await?;
        let me = page.me.clone().ok_or_else(not_signed_in)?;
        let value = |name: &str| {
            incoming.query.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.trim())
        };
        let words: String = value("q").chars().take(MAX_WORDS).collect();
        let found: Vec<Found> = if words.is_empty() || !me.may("order:read") {
            Vec::new()
        } else {
            let given = Map::from_iter([
                ("words".to_owned(), Value::from(words.as_str())),
                ("limit".to_owned(), Value::from(MOST)),
            ]);
            data::found(&mut context, "search_orders", given).await?
        };
        context.commit().await?;
        // A number that was scanned names one order: it is opened.
        if value("go") == "1"
            && let [only] = found.as_slice()
        {
            return Ok(to(&format!("/orders/{}", only.order_id)));
        }
        let view = SearchPage {
            places: places(&page, &me, &words),
            hits: found.into_iter().map(|one| hit(&page, one)).collect(),
            empty: empty(&page, &words),
            words,
            page,
            me,
        };
        rendered(&view, StatusCode::OK)
    })
}

fn hit(page: &Page, one: Found) -> Hit {
    let po = one.po_number.map(|po| page.tv("order-po-short", "po", po)).unwrap_or_default();
    let near = if one.matched_by == "NEAR" { page.t("search-near") } else { String::new() };
    Hit {
        href: format!("/orders/{}", one.order_id),
        number: one.order_number,
        customer: one.customer_name,
        about: [po, near].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" · "),
        phase: Phase::of(page.words, &one.phase),
    }
}

/// Places whose name holds what was typed; all of them where nothing was.
fn places(page: &Page, me: &Me, words: &str) -> Vec<PlaceHit> {
    let wanted = words.to_lowercase();
    let hit = |place: &super::places::NavPlace| PlaceHit {
        href: place.href,
        name: page.t(place.name),
        icon: place.icon,
        key: place.key,
    };
    let all = me.places.iter().flat_map(|group| &group.places).map(hit);
    all.filter(|place| place.name.to_lowercase().contains(&wanted)).collect()
}

fn empty(page: &Page, words: &str) -> Empty {
    let title = if words.is_empty() { "search-begin" } else { "search-none" };
    Empty { icon: Icon("search"), title: page.t(title), text: page.t("search-text"), way: None }
}
