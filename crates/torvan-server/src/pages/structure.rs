//! What an assembly is made of, beside where it is used; and where a part is used: both as they are in force now.

use askama::Template;
use axum::http::StatusCode;
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Map, Value};
use torvan_store::Context;

use super::catalogue::item_path;
use super::components::{
    Branch, BranchPart, Empty, Heading, Icon, More, Open, Status, Tone, Tree, TreeCell, TreeLine, Twist,
};
use super::numbers::{money, plain, unit};
use super::page::{Me, Page, rendered};
use super::registers::filled;
use super::way::with_query;
use super::{data, page};
use crate::api::endpoint::{Access, Endpoint, Method};
use crate::http::problem::{NOT_FOUND, Problem};
use crate::identity::Answering;
use crate::incoming::{Incoming, not_signed_in};

const READ: Access = Access::Permission("catalogue:read");

pub(super) const PAGES: &[Endpoint] = &[
    page(
        Method::Get,
        "/assemblies/{assembly_code}/structure",
        READ,
        show,
        "What an assembly is made of, beside where it is used.",
    ),
    page(Method::Get, "/assemblies/{assembly_code}/branch", READ, branch, "What is below a line of it."),
    page(Method::Get, "/parts/{part_number}/where-used", READ, show_part, "Where a part is used."),
];

/// The page of an assembly's structure.
pub(super) fn of_assembly(code: &str) -> String {
    filled("/assemblies/{code}/structure", |_| code.to_owned())
}

/// The page that says where a part is used.
pub(super) fn of_part(code: &str) -> String {
    filled("/parts/{code}/where-used", |_| code.to_owned())
}

#[derive(Debug, Deserialize)]
struct Named {
    name: String,
}

#[derive(Debug, Deserialize)]
struct Whole {
    revision: Option<i64>,
    material_cost: Option<Decimal>,
    weight_kg: Option<Decimal>,
    labour_hours: Option<Decimal>,
    lead_time_days: Option<i64>,
}

#[derive(Debug, Deserialize)]
struct Line {
    path: String,
    depth: usize,
    line_number: i64,
    item_code: String,
    item_name: String,
    is_assembly: bool,
    quantity_above: Decimal,
    quantity_per: Decimal,
    quantity: Decimal,
    unit_code: String,
    component_count: i64,
    is_open: bool,
    revision: Option<i64>,
    lifecycle: Option<String>,
    is_optional: bool,
    scrap_percent: Option<Decimal>,
    note: Option<String>,
    more_count: i64,
}

#[derive(Debug, Deserialize)]
struct User {
    level: i64,
    parent_code: String,
    parent_name: String,
    revision: Option<i64>,
    quantity_per: Option<Decimal>,
    unit_code: Option<String>,
    quantity_total: Decimal,
    is_top_level: bool,
    lifecycle: String,
}

/// An assembly that something goes into.
#[derive(Debug)]
struct UserRow {
    level: i64,
    code: String,
    name: String,
    href: String,
    revision: String,
    per: String,
    total: String,
    marks: Vec<Status>,
}

#[derive(Debug, Template)]
#[template(path = "structure/assembly.html")]
struct AssemblyPage {
    page: Page,
    me: Me,
    code: String,
    record: String,
    figures: Vec<(String, String)>,
    under: bool,
    path: String,
    tree: Option<Tree>,
    nothing: Empty,
    users: Vec<UserRow>,
    more_users: Option<String>,
}

#[derive(Debug, Template)]
#[template(path = "structure/part.html")]
struct PartPage {
    page: Page,
    me: Me,
    code: String,
    record: String,
    nothing: Empty,
    users: Vec<UserRow>,
    more_users: Option<String>,
}

/// Users that are shown; screws are in almost everything.
const SHOWN: usize = 200;

fn asked<'i>(incoming: &'i Incoming, name: &str) -> &'i str {
    incoming.query.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str())
}

fn code_of(incoming: &Incoming, name: &str) -> Result<String, Problem> {
    let code = incoming.path_value(name).map(str::to_owned);
    code.ok_or_else(|| Problem::new(NOT_FOUND, NOT_FOUND.title))
}

async fn lines(
    context: &mut Context,
    code: &str,
    open: &Open,
    under: &str,
    after: &str,
) -> Result<Vec<Line>, Problem> {
    let mut given = Map::from_iter([("code".to_owned(), Value::from(code))]);
    given.insert("open".to_owned(), open.paths().iter().map(|path| Value::from(path.as_str())).collect());
    if !under.is_empty() {
        given.insert("under".to_owned(), under.into());
    }
    if let Ok(after) = after.parse::<i64>() {
        given.insert("after".to_owned(), after.into());
    }
    data::found(context, "catalogue_branches", given).await
}

async fn users(
    context: &mut Context,
    page: &Page,
    code: &str,
) -> Result<(Vec<UserRow>, Option<String>), Problem> {
    let given = Map::from_iter([
        ("code".to_owned(), Value::from(code)),
        // Every level.
        ("max_levels".to_owned(), Value::from(100)),
    ]);
    let users: Vec<User> = data::found(context, "where_used", given).await?;
    let more = users.len().saturating_sub(SHOWN);
    let more = (more > 0).then(|| page.tv("where-used-more", "count", more));
    Ok((users.iter().take(SHOWN).map(|one| user(page, one)).collect(), more))
}

fn user(page: &Page, one: &User) -> UserRow {
    let mut marks = Vec::new();
    if one.is_top_level {
        marks.push(Status::pill(Tone::None, page.t("where-used-top")));
    }
    if one.lifecycle == "OBSOLETE" {
        marks.push(Status::pill(Tone::Warn, page.t("word-obsolete")));
    }
    let unit = unit(page.words, one.unit_code.as_deref().unwrap_or_default());
    UserRow {
        level: one.level,
        code: one.parent_code.clone(),
        name: one.parent_name.clone(),
        href: of_assembly(&one.parent_code),
        revision: one.revision.map(|revision| revision.to_string()).unwrap_or_default(),
        per: one.quantity_per.map(|per| format!("{} {unit}", plain(page.words, per))).unwrap_or_default(),
        total: plain(page.words, one.quantity_total),
        marks,
    }
}

/// `GET /assemblies/{assembly_code}/branch`: a part of a page.
fn branch(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let (mut context, person) = incoming.enter().await?;
        let page = Page::open(&incoming, Some(&person), "structure-title");
        let code = code_of(&incoming, "assembly_code")?;
        let open = Open::default();
        let found =
            lines(&mut context, &code, &open, asked(&incoming, "under"), asked(&incoming, "after")).await?;
        context.commit().await?;
        let rows = Rows { page: &page, code: &code, open: &open };
        rendered(&BranchPart { branch: rows.branch(&found) }, StatusCode::OK)
    })
}

/// `GET /assemblies/{assembly_code}/structure`.
fn show(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let (mut context, person) = incoming.enter().await?;
        let mut page = Page::signed_in(&incoming, &mut context, &person, "structure-title").await?;
        let me = page.me.clone().ok_or_else(not_signed_in)?;
        let code = code_of(&incoming, "assembly_code")?;
        let named: Option<Named> = data::one(&mut context, "assemblies", &incoming.path).await?;
        let named = named.ok_or_else(|| Problem::new(NOT_FOUND, NOT_FOUND.title))?;
        let open = Open::of(asked(&incoming, "open"));
        let under = asked(&incoming, "under");
        let found = lines(&mut context, &code, &open, under, asked(&incoming, "after")).await?;
        let (users, more_users) = users(&mut context, &page, &code).await?;
        let given = Map::from_iter([("code".to_owned(), Value::from(code.as_str()))]);
        let whole: Vec<Whole> = data::found(&mut context, "roll_up_assembly", given).await?;
        context.commit().await?;
        page.title = page.tv("structure-of", "code", code.clone());
        let view = AssemblyPage {
            record: item_path("ASSEMBLY", &code),
            figures: whole.first().map(|whole| figures(&page, whole)).unwrap_or_default(),
            under: !under.is_empty(),
            path: of_assembly(&code),
            tree: (!found.is_empty())
                .then(|| Rows { page: &page, code: &code, open: &open }.tree(&found, &named.name)),
            nothing: nothing(&page, "structure-none", "structure-none-text"),
            users,
            more_users,
            code,
            page,
            me,
        };
        rendered(&view, StatusCode::OK)
    })
}

/// `GET /parts/{part_number}/where-used`.
fn show_part(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let (mut context, person) = incoming.enter().await?;
        let mut page = Page::signed_in(&incoming, &mut context, &person, "where-used-title").await?;
        let me = page.me.clone().ok_or_else(not_signed_in)?;
        let code = code_of(&incoming, "part_number")?;
        let named: Option<Named> = data::one(&mut context, "parts", &incoming.path).await?;
        let named = named.ok_or_else(|| Problem::new(NOT_FOUND, NOT_FOUND.title))?;
        let (users, more_users) = users(&mut context, &page, &code).await?;
        context.commit().await?;
        page.title = page.tv("where-used-of", "name", named.name);
        let view = PartPage {
            record: item_path("PART", &code),
            nothing: nothing(&page, "where-used-none", "where-used-none-text"),
            users,
            more_users,
            code,
            page,
            me,
        };
        rendered(&view, StatusCode::OK)
    })
}

fn nothing(page: &Page, title: &str, text: &str) -> Empty {
    Empty { icon: Icon("boxes"), title: page.t(title), text: page.t(text), way: None }
}

fn figures(page: &Page, whole: &Whole) -> Vec<(String, String)> {
    let figures = [
        whole.material_cost.map(|cost| (money(page.words, cost, 2), "total-cost")),
        whole
            .weight_kg
            .map(|weight| (format!("{} kg", plain(page.words, weight.round_dp(2))), "structure-weight")),
        whole
            .labour_hours
            .map(|hours| (format!("{} h", plain(page.words, hours.round_dp(2))), "structure-hours")),
        whole.lead_time_days.map(|days| (format!("{days} d"), "structure-lead-time")),
        whole.revision.map(|revision| (revision.to_string(), "structure-revision")),
    ];
    figures.into_iter().flatten().map(|(value, key)| (value, page.t(key))).collect()
}

/// How lines become rows.
#[derive(Debug)]
struct Rows<'p> {
    page: &'p Page,
    code: &'p str,
    open: &'p Open,
}

impl Rows<'_> {
    fn address(&self, open: &Open, more: &[(&str, &str)]) -> String {
        let open = open.text();
        let query: Vec<(&str, &str)> =
            [("open", open.as_str())].into_iter().chain(more.iter().copied()).collect();
        with_query(&of_assembly(self.code), &query)
    }

    fn branch_at(&self, under: &str, after: &str) -> String {
        let path = filled("/assemblies/{code}/branch", |_| self.code.to_owned());
        with_query(&path, &[("under", under), ("after", after)])
    }

    fn twist(&self, line: &Line) -> Option<Twist> {
        if line.component_count == 0 {
            return None;
        }
        let open = if line.is_open { self.open.without(&line.path) } else { self.open.with(&line.path) };
        let key = if line.is_open { "tree-close" } else { "tree-open" };
        Some(Twist {
            href: self.address(&open, &[]),
            branch: self.branch_at(&line.path, ""),
            is_open: line.is_open,
            label: self.page.tv(key, "code", line.item_code.clone()),
        })
    }

    fn more(&self, line: &Line) -> Option<More> {
        if line.more_count == 0 {
            return None;
        }
        let above = line.path.rsplit_once('.').map_or("", |(above, _)| above);
        let after = line.line_number.to_string();
        Some(More {
            path: line.path.clone(),
            depth: line.depth,
            href: self.address(&Open::default(), &[("under", above), ("after", &after)]),
            branch: self.branch_at(above, &after),
            text: self.page.tv("tree-more", "count", line.more_count),
        })
    }

    fn marks(&self, line: &Line) -> Vec<Status> {
        let mut marks = Vec::new();
        if line.lifecycle.as_deref() == Some("OBSOLETE") {
            marks.push(Status::pill(Tone::Warn, self.page.t("word-obsolete")));
        }
        if line.is_optional {
            marks.push(Status::pill(Tone::None, self.page.t("structure-optional")));
        }
        marks.extend(line.note.clone().map(|note| Status::pill(Tone::None, note)));
        marks
    }

    fn line(&self, line: &Line) -> TreeLine {
        let cell = |text: String| TreeCell { class: "num more", text, rules: Vec::new() };
        let scrap = line.scrap_percent.filter(|scrap| !scrap.is_zero());
        TreeLine {
            path: line.path.clone(),
            depth: line.depth,
            code: line.item_code.clone(),
            name: line.item_name.clone(),
            href: if line.is_assembly { of_assembly(&line.item_code) } else { of_part(&line.item_code) },
            about: None,
            is_told: false,
            is_found: false,
            marks: self.marks(line),
            above: (line.depth > 0).then(|| plain(self.page.words, line.quantity_above)),
            per: plain(self.page.words, line.quantity_per),
            quantity: plain(self.page.words, line.quantity),
            unit: unit(self.page.words, &line.unit_code),
            twist: self.twist(line),
            cells: vec![
                cell(scrap.map(|scrap| format!("{} %", plain(self.page.words, scrap))).unwrap_or_default()),
                cell(line.revision.map(|revision| revision.to_string()).unwrap_or_default()),
            ],
            more: self.more(line),
        }
    }

    fn branch(&self, lines: &[Line]) -> Branch {
        Branch::new(lines.iter().map(|line| self.line(line)).collect())
    }

    fn tree(&self, lines: &[Line], name: &str) -> Tree {
        let head = |class: &'static str, key: &str| Heading::new(class, self.page.t(key));
        let heads = vec![
            head("", "tree-item"),
            head("num more b-sum", "tree-sum"),
            head("num b-quantity", "tree-quantity"),
            head("more wide b-unit", "tree-unit"),
            head("num more b-small", "structure-scrap"),
            head("num more b-small", "structure-revision"),
        ];
        Tree { label: name.to_owned(), heads, branch: self.branch(lines) }
    }
}
