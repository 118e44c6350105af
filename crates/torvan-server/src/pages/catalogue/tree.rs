//! The tree of the catalogue: categories, their subcategories, assemblies, what they are made of. What lies deeper is read when it
//! is opened.

use askama::Template;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::Map;
use torvan_store::Context;

use super::{Piece, Placed, asked, item_path, pieces};
use crate::api::endpoint::ListSpec;
use crate::http::Answer;
use crate::http::problem::Problem;
use crate::identity::Answering;
use crate::incoming::{Incoming, not_signed_in};
use crate::pages::components::{Segments, Status, Tone};
use crate::pages::data;
use crate::pages::page::{Me, Page, rendered};
use crate::pages::registers::cell;
use crate::pages::registers::list::room_of;
use crate::pages::way::with_query;

const CATEGORIES: ListSpec = ListSpec {
    relation: "categories",
    filters: &["category_code"],
    sorts: &["position", "category_code"],
    key: &[],
};
const SUBCATEGORIES: ListSpec =
    ListSpec { relation: "subcategories", filters: &["category_id"], sorts: &["subcategory_code"], key: &[] };
pub(super) const ASSEMBLIES: ListSpec = ListSpec {
    relation: "v_assemblies",
    filters: &["assembly_id", "assembly_code", "subcategory_code"],
    sorts: &["assembly_code"],
    key: &["assembly_id"],
};

/// Items under one place that are shown; the register has the rest.
const SHOWN: &str = "200";

#[derive(Debug, Deserialize)]
struct Top {
    category_id: i64,
    category_code: String,
    name: String,
}

#[derive(Debug, Deserialize)]
struct Under {
    category_id: i64,
    subcategory_code: String,
    name: String,
}

#[derive(Debug, Deserialize)]
struct Hit {
    kind: String,
    code: String,
    name: String,
    matched_by: String,
    subcategory: Option<String>,
    lifecycle: String,
}

/// A category with its subcategories.
#[derive(Debug)]
struct Node {
    code: String,
    name: String,
    is_open: bool,
    branches: Vec<Branch>,
}

#[derive(Debug)]
struct Branch {
    code: String,
    name: String,
    href: String,
    more: String,
    /// What lies in it, where it is open from the start.
    leaves: Option<Vec<Leaf>>,
}

/// An item of the tree.
#[derive(Debug)]
struct Leaf {
    href: String,
    code: String,
    name: String,
    quantity: String,
    is_part: bool,
    status: Option<Status>,
    /// Where its components are read, where it has some.
    more: Option<String>,
}

#[derive(Debug)]
struct Found {
    href: String,
    code: String,
    name: String,
    about: String,
    is_part: bool,
    status: Option<Status>,
}

#[derive(Debug, Template)]
#[template(path = "catalogue/tree.html")]
struct TreePage {
    page: Page,
    me: Me,
    room: Option<Segments>,
    words: String,
    nodes: Vec<Node>,
    found: Option<Vec<Found>>,
}

#[derive(Debug, Template)]
#[template(path = "catalogue/branch.html")]
struct BranchPart {
    page: Page,
    leaves: Vec<Leaf>,
}

pub(super) fn show(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let (mut context, person) = incoming.enter().await?;
        let page = Page::signed_in(&incoming, &mut context, &person, "nav-catalogue").await?;
        let me = page.me.clone().ok_or_else(not_signed_in)?;
        let open = asked(&incoming, "open").to_owned();
        let words: String = asked(&incoming, "words").trim().chars().take(200).collect();
        let nodes = nodes(&mut context, &page, &open).await?;
        let found = if words.is_empty() { None } else { Some(found(&mut context, &page, &words).await?) };
        context.commit().await?;
        let room = room_of(&page, &me, "/assemblies");
        rendered(&TreePage { page, me, room, words, nodes, found }, StatusCode::OK)
    })
}

async fn nodes(context: &mut Context, page: &Page, open: &str) -> Result<Vec<Node>, Problem> {
    let categories: Vec<Top> = data::rows(context, &CATEGORIES, &[("limit", SHOWN)]).await?;
    let subcategories: Vec<Under> = data::rows(context, &SUBCATEGORIES, &[("limit", SHOWN)]).await?;
    let opened = if open.is_empty() { None } else { Some(leaves_of(context, page, open).await?) };
    let mut opened = opened;
    let mut nodes = Vec::with_capacity(categories.len());
    for category in categories {
        let own = subcategories.iter().filter(|one| one.category_id == category.category_id);
        let branches: Vec<Branch> = own
            .map(|one| Branch {
                href: format!(
                    "{}#{}",
                    with_query("/catalogue", &[("open", &one.subcategory_code)]),
                    one.subcategory_code
                ),
                more: with_query("/catalogue/branch", &[("subcategory", &one.subcategory_code)]),
                leaves: if one.subcategory_code == open { opened.take() } else { None },
                code: one.subcategory_code.clone(),
                name: one.name.clone(),
            })
            .collect();
        let is_open = branches.iter().any(|branch| branch.leaves.is_some());
        nodes.push(Node { code: category.category_code, name: category.name, is_open, branches });
    }
    Ok(nodes)
}

async fn leaves_of(context: &mut Context, page: &Page, subcategory: &str) -> Result<Vec<Leaf>, Problem> {
    let asked = [("filter[subcategory_code]", subcategory), ("limit", SHOWN)];
    let assemblies: Vec<Placed> = data::rows(context, &ASSEMBLIES, &asked).await?;
    let leaf = |one: Placed| Leaf {
        href: item_path("ASSEMBLY", &one.assembly_code),
        more: (one.component_count > 0)
            .then(|| with_query("/catalogue/branch", &[("assembly", &one.assembly_code)])),
        status: lifecycle(page, &one.lifecycle),
        code: one.assembly_code,
        name: one.name,
        quantity: String::new(),
        is_part: false,
    };
    Ok(assemblies.into_iter().map(leaf).collect())
}

/// Only what is not in use any more is worth a word.
fn lifecycle(page: &Page, lifecycle: &str) -> Option<Status> {
    (lifecycle != "ACTIVE").then(|| Status::new(Tone::Warn, cell::word(page.words, lifecycle)))
}

async fn components_of(context: &mut Context, page: &Page, assembly: &str) -> Result<Vec<Leaf>, Problem> {
    let leaf = |one: Piece| {
        let is_part = one.component_kind == "PART";
        Leaf {
            href: item_path(&one.component_kind, &one.component_code),
            more: (!is_part).then(|| with_query("/catalogue/branch", &[("assembly", &one.component_code)])),
            quantity: one.amount(page),
            code: one.component_code,
            name: one.component_name,
            status: None,
            is_part,
        }
    };
    Ok(pieces(context, assembly).await?.into_iter().map(leaf).collect())
}

pub(super) fn branch(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let (mut context, person) = incoming.look().await?;
        let page = Page::open(&incoming, Some(&person), "nav-catalogue");
        let assembly = asked(&incoming, "assembly");
        let leaves = if assembly.is_empty() {
            leaves_of(&mut context, &page, asked(&incoming, "subcategory")).await?
        } else {
            components_of(&mut context, &page, assembly).await?
        };
        context.rollback().await?;
        part(page, leaves)
    })
}

fn part(page: Page, leaves: Vec<Leaf>) -> Answer {
    rendered(&BranchPart { page, leaves }, StatusCode::OK)
}

async fn found(context: &mut Context, page: &Page, words: &str) -> Result<Vec<Found>, Problem> {
    let mut given = Map::new();
    given.insert("query".to_owned(), words.into());
    given.insert("max_results".to_owned(), 50.into());
    given.insert("include_obsolete".to_owned(), true.into());
    let hits: Vec<Hit> = data::found(context, "search_catalogue", given).await?;
    let shown = |hit: Hit| {
        let how = cell::word(page.words, &format!("match_{}", hit.matched_by));
        let place = hit.subcategory.map(|code| format!("{code}, ")).unwrap_or_default();
        Found {
            href: item_path(&hit.kind, &hit.code),
            is_part: hit.kind == "PART",
            status: lifecycle(page, &hit.lifecycle),
            about: format!("{place}{}", how.to_lowercase()),
            code: hit.code,
            name: hit.name,
        }
    };
    Ok(hits.into_iter().map(shown).collect())
}
