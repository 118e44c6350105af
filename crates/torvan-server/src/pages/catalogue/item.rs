//! The page of an item: what it is, what it is made of, its revisions, its documents, its other names.

use askama::Template;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value};
use torvan_store::Context;

use super::tree::ASSEMBLIES;
use super::{Piece, Placed, asked, item_path, missing, pieces};
use crate::api::endpoint::ListSpec;
use crate::http::Answer;
use crate::http::problem::Problem;
use crate::identity::Answering;
use crate::incoming::{Incoming, not_signed_in};
use crate::pages::components::{Link, Status, Tone};
use crate::pages::data;
use crate::pages::documents::Standing;
use crate::pages::moment::Clock;
use crate::pages::numbers::unit;
use crate::pages::page::{Me, Page, rendered};
use crate::pages::registers::{History, cell, filled, history};
use crate::pages::signing::Stamps;
use crate::pages::structure;

const REVISIONS: ListSpec = ListSpec {
    relation: "assembly_revisions",
    filters: &["assembly_id"],
    sorts: &["-assembly_revision_id"],
    key: &[],
};
const DOCUMENTS: ListSpec = ListSpec {
    relation: "documents",
    filters: &["assembly_id", "part_id"],
    sorts: &["-document_id"],
    key: &[],
};
const CODES: ListSpec = ListSpec {
    relation: "item_codes",
    filters: &["assembly_id", "part_id"],
    sorts: &["item_code"],
    key: &[],
};
const CUSTOM: ListSpec = ListSpec {
    relation: "custom_parts_registry",
    filters: &["part_id"],
    sorts: &["-custom_part_id"],
    key: &[],
};

/// What an assembly and a part have in common.
#[derive(Debug, Deserialize)]
struct Item {
    assembly_id: Option<i64>,
    part_id: Option<i64>,
    name: String,
    description: Option<String>,
    assembly_type: Option<String>,
    part_type: Option<String>,
    lifecycle: String,
    is_kit: Option<bool>,
    is_orderable: bool,
    unit_code: String,
    manufacturer: Option<String>,
    manufacturer_part_number: Option<String>,
    weight_kg: Option<Value>,
    lead_time_days: Option<i64>,
    labour_hours: Option<Value>,
    sourcing_note: Option<String>,
    specification_code: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Version {
    assembly_revision_id: i64,
    revision: i64,
    state: String,
    effective_from: Option<chrono::DateTime<chrono::Utc>>,
    created_at: chrono::DateTime<chrono::Utc>,
    note: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Titled {
    document_id: i64,
    document_number: String,
    title: String,
    document_kind: String,
    state: String,
}

#[derive(Debug, Deserialize)]
struct Called {
    item_code: String,
    code_kind: String,
}

#[derive(Debug, Deserialize)]
struct Numbered {
    custom_number: String,
    specification_code: String,
    state: String,
    drawing_reference: Option<String>,
}

/// A component on the page.
#[derive(Debug)]
struct Line {
    href: String,
    code: String,
    name: String,
    quantity: String,
    note: String,
}

/// A revision on the page.
#[derive(Debug)]
struct Shown {
    href: String,
    number: i64,
    status: Status,
    at: String,
    note: String,
}

/// A document on the page; a photograph is one too.
#[derive(Debug)]
struct Paper {
    href: String,
    /// Where the picture of a photograph is.
    picture: Option<String>,
    title: String,
    about: String,
    status: Option<Status>,
}

#[derive(Debug, Template)]
#[template(path = "catalogue/item.html")]
struct ItemPage {
    page: Page,
    me: Me,
    code: String,
    is_part: bool,
    path: String,
    beside: Link,
    status: Status,
    crumbs: Vec<(String, String)>,
    facts: Vec<(String, String)>,
    description: Option<String>,
    lines: Vec<Line>,
    revisions: Vec<Shown>,
    draft: Option<String>,
    papers: Vec<Paper>,
    /// Query of the form for a new document, which then belongs to the item.
    link: String,
    codes: Vec<(String, String)>,
    custom: Option<(String, Status, String)>,
    /// Where it is used, one level up.
    uses: Vec<Line>,
    /// Signatures on the revisions in force.
    stamps: Stamps,
    history: Option<History>,
}

pub(super) fn assembly(incoming: Incoming) -> Answering {
    Box::pin(async move { show(&incoming, false).await })
}

pub(super) fn part(incoming: Incoming) -> Answering {
    Box::pin(async move { show(&incoming, true).await })
}

async fn show(incoming: &Incoming, is_part: bool) -> Answer {
    let (relation, key) = if is_part { ("parts", "part_number") } else { ("assemblies", "assembly_code") };
    let code = incoming.path_value(key).unwrap_or_default().to_owned();
    let (mut context, person) = incoming.enter().await?;
    let item: Option<Item> = data::one(&mut context, relation, &incoming.path).await?;
    let item = item.ok_or_else(missing)?;
    let mut page = Page::signed_in(incoming, &mut context, &person, "nav-catalogue").await?;
    let me = page.me.clone().ok_or_else(not_signed_in)?;
    page.title.clone_from(&item.name);
    if asked(incoming, "done") == "released" {
        page.done("revision-released");
    }
    let clock = Clock::now(page.words);
    let (lines, revisions) = match item.assembly_id {
        Some(key) => (lines(&mut context, &page, &code).await?, revisions(&mut context, key).await?),
        None => (Vec::new(), Vec::new()),
    };
    let (named, key) = item.assembly_id.map_or_else(
        || ("part_id", item.part_id.unwrap_or_default().to_string()),
        |key| ("assembly_id", key.to_string()),
    );
    let of = format!("filter[{named}]");
    let of = [(of.as_str(), key.as_str())];
    let papers = if me.may("document:read") { papers(&mut context, &page, &of).await? } else { Vec::new() };
    let codes: Vec<Called> = data::rows(&mut context, &CODES, &of).await?;
    let custom = custom(&mut context, &page, &me, &item, &of).await?;
    let uses = uses(&mut context, &page, &code).await?;
    let stamps = match item.assembly_id {
        Some(key) => Stamps::of(&mut context, &page, "assemblies", key).await?,
        None => Stamps::default(),
    };
    let history = history(&mut context, &page, relation, Some(&key)).await?;
    let crumbs = if is_part { Vec::new() } else { crumbs(&mut context, &code).await? };
    context.commit().await?;
    let path = item_path(if is_part { "PART" } else { "ASSEMBLY" }, &code);
    let draft = revisions
        .iter()
        .find(|one| one.state == "DRAFT")
        .map(|one| format!("/assembly-revisions/{}", one.assembly_revision_id));
    let view = ItemPage {
        beside: beside(&page, is_part, &code),
        status: status(&page, &item.lifecycle),
        facts: facts(&page, &item),
        description: item.description.clone().filter(|text| !text.is_empty()),
        revisions: revisions.into_iter().map(|one| shown(&page, clock, one)).collect(),
        codes: codes
            .into_iter()
            .filter(|one| one.code_kind != "PRIMARY")
            .map(|one| (one.item_code, cell::word(page.words, &one.code_kind)))
            .collect(),
        code,
        is_part,
        path,
        crumbs,
        lines,
        draft,
        papers,
        link: format!("{named}={key}"),
        custom,
        uses,
        stamps,
        history,
        page,
        me,
    };
    rendered(&view, StatusCode::OK)
}

/// The way to where it is used, and to what it is made of.
fn beside(page: &Page, is_part: bool, code: &str) -> Link {
    let (href, title) = if is_part {
        (structure::of_part(code), "where-used-title")
    } else {
        (structure::of_assembly(code), "structure-way")
    };
    Link::new(href, page.t(title), false)
}

fn status(page: &Page, lifecycle: &str) -> Status {
    let tone = if lifecycle == "ACTIVE" { Tone::Ok } else { Tone::Warn };
    Status::pill(tone, cell::word(page.words, lifecycle))
}

async fn lines(context: &mut Context, page: &Page, code: &str) -> Result<Vec<Line>, Problem> {
    let line = |one: Piece| {
        let optional = one.is_optional.then(|| page.t("col-is-optional"));
        Line {
            href: item_path(&one.component_kind, &one.component_code),
            quantity: one.amount(page),
            note: optional.into_iter().chain(one.note).collect::<Vec<_>>().join(", "),
            code: one.component_code,
            name: one.component_name,
        }
    };
    Ok(pieces(context, code).await?.into_iter().map(line).collect())
}

#[derive(Debug, Deserialize)]
struct Use {
    parent_code: String,
    parent_name: String,
    revision: i64,
    quantity_per: Value,
    unit_code: String,
}

/// Users that are shown; the page of their own has all of them.
const USES: usize = 25;

/// What it is a component of.
async fn uses(context: &mut Context, page: &Page, code: &str) -> Result<Vec<Line>, Problem> {
    let given = Map::from_iter([("code".to_owned(), Value::from(code))]);
    let found: Vec<Use> = data::found(context, "where_used", given).await?;
    let line = |one: Use| Line {
        href: item_path("ASSEMBLY", &one.parent_code),
        quantity: format!("{} {}", cell::number(page.words, &one.quantity_per.to_string()), one.unit_code),
        note: page.tv("revision-of", "number", one.revision),
        code: one.parent_code,
        name: one.parent_name,
    };
    Ok(found.into_iter().take(USES).map(line).collect())
}

async fn revisions(context: &mut Context, assembly_id: i64) -> Result<Vec<Version>, Problem> {
    let key = assembly_id.to_string();
    data::rows(context, &REVISIONS, &[("filter[assembly_id]", key.as_str()), ("limit", "20")]).await
}

fn shown(page: &Page, clock: Clock, one: Version) -> Shown {
    let tone = match one.state.as_str() {
        "RELEASED" => Tone::Ok,
        "DRAFT" => Tone::Info,
        _ => Tone::None,
    };
    Shown {
        href: format!("/assembly-revisions/{}", one.assembly_revision_id),
        number: one.revision,
        status: Status::new(tone, cell::word(page.words, &one.state)),
        at: clock.ago(one.effective_from.unwrap_or(one.created_at)),
        note: one.note.unwrap_or_default(),
    }
}

async fn papers(context: &mut Context, page: &Page, of: &[(&str, &str)]) -> Result<Vec<Paper>, Problem> {
    let documents: Vec<Titled> = data::rows(context, &DOCUMENTS, of).await?;
    let keys: Vec<i64> = documents.iter().map(|one| one.document_id).collect();
    let standing = Standing::of(context, &keys).await?;
    let paper = |one: Titled| Paper {
        href: format!("/documents/{}", one.document_id),
        picture: standing.picture(one.document_id).filter(|_| one.document_kind == "PHOTO"),
        title: one.title,
        about: [one.document_number, cell::word(page.words, &one.document_kind)]
            .into_iter()
            .chain(standing.named(page, one.document_id))
            .collect::<Vec<_>>()
            .join(", "),
        status: standing.status(page, one.document_id, &one.state),
    };
    Ok(documents.into_iter().map(paper).collect())
}

/// The number of the 700 series that a custom part has, and its drawing.
async fn custom(
    context: &mut Context,
    page: &Page,
    me: &Me,
    item: &Item,
    of: &[(&str, &str)],
) -> Result<Option<(String, Status, String)>, Problem> {
    if item.specification_code.is_none() || item.part_id.is_none() || !me.may("custom_part:read") {
        return Ok(None);
    }
    let found: Option<Numbered> = data::rows(context, &CUSTOM, of).await?.into_iter().next();
    Ok(found.map(|one| {
        let tone = if one.state == "NEEDS_DRAWING" { Tone::Warn } else { Tone::Ok };
        let about = one.drawing_reference.map_or(one.specification_code.clone(), |drawing| {
            format!("{}, {drawing}", one.specification_code)
        });
        (one.custom_number, Status::new(tone, cell::word(page.words, &one.state)), about)
    }))
}

async fn crumbs(context: &mut Context, code: &str) -> Result<Vec<(String, String)>, Problem> {
    let found: Option<Placed> =
        data::rows(context, &ASSEMBLIES, &[("filter[assembly_code]", code)]).await?.into_iter().next();
    Ok(found
        .map(|one| {
            let place = filled("/catalogue?open={code}", |_| one.subcategory_code.clone());
            vec![
                (place.clone(), one.category_name),
                (format!("{place}#{}", one.subcategory_code), one.subcategory_name),
            ]
        })
        .unwrap_or_default())
}

fn facts(page: &Page, item: &Item) -> Vec<(String, String)> {
    // An assembly that has none of its own has that of its components: their sums stand with its structure.
    let number = |value: &Option<Value>| {
        let own = value.as_ref().filter(|value| value.as_f64() != Some(0.0));
        own.map(|value| cell::number(page.words, &value.to_string()))
    };
    let kind =
        item.assembly_type.as_ref().or(item.part_type.as_ref()).map(|kind| cell::word(page.words, kind));
    let yes = |is: bool| is.then(|| page.t("yes"));
    let all = [
        ("col-type", kind),
        ("col-is-kit", yes(item.is_kit == Some(true))),
        ("col-is-orderable", yes(item.is_orderable)),
        ("col-unit-code", Some(unit(page.words, &item.unit_code))),
        ("col-manufacturer", item.manufacturer.clone()),
        ("col-manufacturer-part-number", item.manufacturer_part_number.clone()),
        ("col-weight-kg", number(&item.weight_kg)),
        ("col-lead-time-days", item.lead_time_days.map(|days| days.to_string())),
        ("col-labour-hours", number(&item.labour_hours)),
        ("col-sourcing-note", item.sourcing_note.clone()),
        ("col-specification-code", item.specification_code.clone()),
    ];
    all.into_iter()
        .filter_map(|(key, value)| Some((page.t(key), value.filter(|text| !text.is_empty())?)))
        .collect()
}
