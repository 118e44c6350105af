//! The one search: acts, places and records of all kinds by what was typed. As a page, and as what the palette shows.

mod acts;
mod records;

use std::collections::BTreeSet;

use askama::Template;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value};
use torvan_store::Context;

use self::acts::Act;
use self::records::{Hit as Record, Section};
use super::components::{Empty, Icon, Phase};
use super::page::{Me, Page, rendered};
use super::way::to;
use super::{data, page, registers};
use crate::api::endpoint::{Access, Endpoint, Method};
use crate::http::problem::Problem;
use crate::identity::Answering;
use crate::incoming::{Incoming, not_signed_in};

pub(super) const PAGES: &[Endpoint] = &[page(
    Method::Get,
    "/search",
    Access::SignedIn,
    show,
    "Acts, places and records of all kinds by what was typed.",
)];

/// Orders that are shown.
const MOST: usize = 8;
/// Longest text that is looked for.
const MAX_WORDS: usize = 200;

/// Permissions that the search asks about.
pub(super) fn asked() -> impl Iterator<Item = &'static str> {
    records::asked()
}

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
    acts: Vec<Act>,
    places: Vec<PlaceHit>,
    hits: Vec<Hit>,
    sections: Vec<Section>,
    empty: Option<Empty>,
}

fn show(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let (mut context, person) = incoming.enter().await?;
        let page = Page::signed_in(&incoming, &mut context, &person, "search-title").await?;
        let me = page.me.clone().ok_or_else(not_signed_in)?;
        let words: String = incoming.asked("q").trim().chars().take(MAX_WORDS).collect();
        let is_scan = incoming.asked("go") == "1" && !words.is_empty();
        let exact = if is_scan { records::exact(&mut context, &me, &words).await? } else { Vec::new() };
        let orders = orders(&mut context, &me, &words).await?;
        // A code that was scanned names one record: it is opened.
        if is_scan && let Some(place) = scanned(&exact, &orders, &words) {
            context.commit().await?;
            return Ok(to(&place));
        }
        let mut sections = records::found(&mut context, &page, &me, &words).await?;
        sections.extend(records::in_texts(&mut context, &page, &me, &words, &sections).await?);
        context.commit().await?;
        let acts = acts::found(&page, &me, &words);
        let places = places(&page, &me, &words);
        let hits: Vec<Hit> = orders.into_iter().map(|one| hit(&page, one)).collect();
        let is_empty = acts.is_empty() && places.is_empty() && hits.is_empty() && sections.is_empty();
        let empty = is_empty.then(|| empty(&page, &words));
        rendered(&SearchPage { page, me, words, acts, places, hits, sections, empty }, StatusCode::OK)
    })
}

async fn orders(context: &mut Context, me: &Me, words: &str) -> Result<Vec<Found>, Problem> {
    if words.is_empty() || !me.may("order:read") {
        return Ok(Vec::new());
    }
    let given =
        Map::from_iter([("words".to_owned(), Value::from(words)), ("limit".to_owned(), Value::from(MOST))]);
    data::found(context, "search_orders", given).await
}

/// The one record that a code names: by its own number, else the one order that knows it.
fn scanned(exact: &[Record], orders: &[Found], words: &str) -> Option<String> {
    let number = words.to_uppercase();
    let order = |one: &Found| format!("/orders/{}", one.order_id);
    if let Some(named) = orders.iter().find(|one| one.order_number.to_uppercase() == number) {
        return Some(order(named));
    }
    match (exact, orders) {
        ([only], _) => Some(only.href.clone()),
        // What only looks like it is for a person to judge.
        ([], [only]) if only.matched_by != "SIMILAR" => Some(order(only)),
        _ => None,
    }
}

fn hit(page: &Page, one: Found) -> Hit {
    let po = one.po_number.map(|po| page.purchase_order(&po)).unwrap_or_default();
    let near = if one.matched_by == "SIMILAR" { page.t("search-near") } else { String::new() };
    Hit {
        href: format!("/orders/{}", one.order_id),
        number: one.order_number,
        customer: one.customer_name,
        about: [po, near].into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" · "),
        phase: Phase::of(page.words, &one.phase),
    }
}

/// Whether a name holds every word, wherever it stands; accents and capitals are no matter.
fn holds(name: &str, words: &str) -> bool {
    let name = bare(name);
    bare(words).split_whitespace().all(|word| name.contains(word))
}

/// A text in small letters without the accents of our languages.
fn bare(text: &str) -> String {
    let plain = |sign: char| match sign {
        'à' | 'â' | 'ä' => 'a',
        'ç' => 'c',
        'é' | 'è' | 'ê' | 'ë' => 'e',
        'î' | 'ï' => 'i',
        'ô' | 'ö' => 'o',
        'ù' | 'û' | 'ü' => 'u',
        sign => sign,
    };
    text.to_lowercase().chars().map(plain).collect()
}

/// Places whose name holds what was typed: those of the navigation, then other lists. Where nothing was typed, the navigation.
fn places(page: &Page, me: &Me, words: &str) -> Vec<PlaceHit> {
    let hit = |place: &super::places::NavPlace| PlaceHit {
        href: place.href,
        name: page.t(place.name),
        icon: place.icon,
        key: place.key,
    };
    let mut all: Vec<PlaceHit> = me.places.iter().flat_map(|group| &group.places).map(hit).collect();
    if words.is_empty() {
        return all;
    }
    let known: BTreeSet<&str> = all.iter().map(|place| place.href).collect();
    let lists = registers::places(page, me).into_iter().filter(|(href, ..)| !known.contains(href));
    let lists: Vec<PlaceHit> =
        lists.map(|(href, name, icon)| PlaceHit { href, name, icon, key: None }).collect();
    all.extend(lists);
    all.retain(|place| holds(&place.name, words));
    all
}

fn empty(page: &Page, words: &str) -> Empty {
    let title = if words.is_empty() { "search-begin" } else { "search-none" };
    Empty { icon: Icon("search"), title: page.t(title), text: page.t("search-text"), way: None }
}

#[cfg(test)]
mod tests {
    use super::holds;

    #[test]
    fn a_name_is_found_by_any_part_of_it() {
        assert!(holds("Conservation des données", "donnees"));
        assert!(holds("New order", "order new"));
        assert!(holds("Retention", "reten"));
        assert!(!holds("Retention", "reten runs"));
    }
}
