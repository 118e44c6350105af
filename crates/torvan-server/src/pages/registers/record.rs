//! The page of a record: what it is, what belongs to it, what can be done with it.

use askama::Template;
use axum::http::StatusCode;
use torvan_store::Context;

use super::cell::{self, Cell, Row};
use super::list::heading;
use super::{
    BESIDE, Beside, Column, Condition, Form, ROW_ACTS, Record, Related, endpoint, filled, forms_of,
    list_spec, permission, record, register, relation_of,
};
use crate::http::problem::{NOT_FOUND, Problem};
use crate::identity::Answering;
use crate::incoming::{Incoming, not_signed_in};
use crate::pages::components::{Heading, Icon, Link, Menu, MenuItem, Notice};
use crate::pages::moment::Clock;
use crate::pages::page::{Me, Page, rendered};
use crate::pages::{data, people};

/// Rows of a list on a record's page.
const SHOWN: &str = "100";

#[derive(Debug, Template)]
#[template(path = "registers/record.html")]
struct RecordPage {
    page: Page,
    me: Me,
    back: Option<Link>,
    /// What tells it apart, as a code.
    code: String,
    facts: Vec<(String, Cell)>,
    lists: Vec<List>,
    /// What is missing, before anything else.
    notes: Vec<Notice>,
    acts: Vec<Link>,
    /// What does not fit beside the title.
    menu: Option<Menu>,
    main: Option<Link>,
}

/// Ways beside the title; those beyond go into a menu.
const BESIDE_TITLE: usize = 3;

#[derive(Debug)]
struct List {
    title: String,
    heads: Vec<Heading>,
    rows: Vec<(Vec<Cell>, Option<Link>)>,
    /// Whether something can be done with its rows.
    has_acts: bool,
    /// Whether there are more than are shown.
    has_more: bool,
}

pub(super) fn show(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let record = record(incoming.endpoint.path).ok_or_else(missing)?;
        let (mut context, person) = incoming.enter().await?;
        let row = read(&mut context, &incoming, record.path).await?;
        let mut page = Page::signed_in(&incoming, &mut context, &person, title_of(record)).await?;
        let me = page.me.clone().ok_or_else(not_signed_in)?;
        let people = cell::people(&mut context, record.facts, std::slice::from_ref(&row)).await?;
        let mut lists = Vec::new();
        for related in record.lists {
            lists.extend(list(&mut context, &page, &incoming, related, &row).await?);
        }
        let notes = notes(&mut context, &page, &me, record, &row).await?;
        context.commit().await?;
        let clock = Clock::now(page.words);
        let fact = |column: &Column| {
            let cell = Cell::of(clock, page.words, &people, *column, &row);
            (!cell.is_empty()).then(|| (heading(&page, column.name), cell))
        };
        let facts = record.facts.iter().filter_map(fact).collect();
        let (code, name) = called(record, &row);
        let register = register(record.register);
        let back =
            register.map(|one| Link::new(one.path.to_owned(), page.t(one.title), false).icon(one.icon));
        let (main, mut acts) = ways(&page, &me, record, &row);
        let menu = menu(&page, &mut acts);
        page.title = if name.is_empty() { code.clone() } else { name };
        rendered(&RecordPage { page, me, back, code, facts, lists, notes, acts, menu, main }, StatusCode::OK)
    })
}

/// What a person's page says first.
async fn notes(
    context: &mut Context,
    page: &Page,
    me: &Me,
    record: &Record,
    row: &Row,
) -> Result<Vec<Notice>, Problem> {
    if record.path != "/users/{login}" {
        return Ok(Vec::new());
    }
    let text = |name: &str| cell::text_of(row, name);
    let (login, kind) = (text("login").unwrap_or_default(), text("kind").unwrap_or_default());
    let account = people::Account {
        login: &login,
        kind: &kind,
        has_password: text("password_changed_at").is_some(),
        is_verified: text("identity_verified_by").is_some(),
        is_active: text("account_state").as_deref() == Some("ACTIVE"),
    };
    people::notes(context, page, me, &account).await
}

/// What does not fit beside the title, behind a button.
fn menu(page: &Page, acts: &mut Vec<Link>) -> Option<Menu> {
    if acts.len() <= BESIDE_TITLE + 1 {
        return None;
    }
    let item = |link: Link| MenuItem {
        icon: link.icon.unwrap_or(Icon("ellipsis")),
        text: link.text,
        href: link.href,
        key: None,
        is_danger: false,
        is_dialog: false,
    };
    let items = acts.split_off(BESIDE_TITLE).into_iter().map(item).collect();
    Some(Menu { label: page.t("more-ways"), items })
}

fn missing() -> Problem {
    Problem::new(NOT_FOUND, NOT_FOUND.title)
}

fn title_of(record: &Record) -> &'static str {
    register(record.register).map_or("register-none", |register| register.title)
}

/// What it is called: its code, and its name where it has one.
pub(super) fn called(record: &Record, row: &Row) -> (String, String) {
    let mut values = record.title.iter().map(|name| cell::text_of(row, name).unwrap_or_default());
    (values.next().unwrap_or_default(), values.next().unwrap_or_default())
}

/// The row that the path of a page names.
pub(super) async fn read(context: &mut Context, incoming: &Incoming, path: &str) -> Result<Row, Problem> {
    let relation = relation_of(path).ok_or_else(missing)?;
    let row: Option<Row> = data::one(context, relation, &incoming.path).await?;
    row.ok_or_else(missing)
}

async fn list(
    context: &mut Context,
    page: &Page,
    incoming: &Incoming,
    related: &Related,
    row: &Row,
) -> Result<Option<List>, Problem> {
    let asked = endpoint(crate::api::endpoint::Method::Get, related.path).ok_or_else(missing)?;
    let may = permission(asked).is_none_or(|code| page.me.as_ref().is_some_and(|me| me.may(code)));
    let (true, Some(spec)) = (may, list_spec(related.path)) else { return Ok(None) };
    let fixed: Vec<(String, String)> = incoming
        .path
        .iter()
        .filter(|(name, _)| related.path.contains(&format!("{{{name}}}")))
        .cloned()
        .collect();
    let mut given = vec![("limit".to_owned(), SHOWN.to_owned())];
    if let Some((column, own)) = related.by {
        let value = cell::text_of(row, own).unwrap_or_default();
        given.push((format!("filter[{column}]"), value));
    }
    let (rows, next): (Vec<Row>, _) = data::listed(context, spec, &fixed, &given).await?;
    let people = cell::people(context, related.columns, &rows).await?;
    let clock = Clock::now(page.words);
    let act = ROW_ACTS.iter().find(|act| act.list == related.title);
    let act = act.filter(|act| act.needs.is_none_or(|code| page.me.as_ref().is_some_and(|me| me.may(code))));
    let has_acts = act.is_some();
    let way = |one: &Row| {
        let act = act?;
        let is_open = act.while_empty.iter().all(|column| cell::text_of(one, column).is_none());
        let value =
            |name: &str| cell::text_of(one, name).or_else(|| cell::text_of(row, name)).unwrap_or_default();
        is_open.then(|| Link::new(filled(act.path, value), page.t(act.title), false))
    };
    let shown = rows.iter().map(|row| {
        let mut cells: Vec<Cell> =
            related.columns.iter().map(|column| Cell::of(clock, page.words, &people, *column, row)).collect();
        if let (Some(path), Some(first)) = (related.record, cells.first_mut()) {
            first.href = Some(filled(path, |name| cell::text_of(row, name).unwrap_or_default()));
        }
        (cells, way(row))
    });
    let head = |column: &Column| Heading::new(cell::class_of(column.kind), heading(page, column.name));
    Ok(Some(List {
        title: page.t(related.title),
        heads: related.columns.iter().map(head).collect(),
        rows: shown.collect(),
        has_acts,
        has_more: next.is_some(),
    }))
}

/// Ways that are pages of their own: record, path, key of the name, icon, permission.
const OWN_WAYS: [(&str, &str, &str, Icon, &str); 1] = [(
    "/documents/{document_id}",
    "/documents/{document_id}/version",
    "document-version-new",
    Icon("upload"),
    "document:create",
)];

/// Ways to the forms of a record that this person may use; the main one stands out.
fn ways(page: &Page, me: &Me, record: &Record, row: &Row) -> (Option<Link>, Vec<Link>) {
    let may = |form: &&Form| {
        let needed = endpoint(form.method, form.target).and_then(permission);
        needed.is_none_or(|code| me.may(code))
    };
    let way = |form: &Form| {
        let href = filled(form.path, |name| cell::text_of(row, name).unwrap_or_default());
        Link::new(href, page.t(form.title), false).icon(form.icon)
    };
    let makes_sense = |form: &&Form| fits(form, row);
    if let Some((_, path, title, icon, needed)) = OWN_WAYS.iter().find(|(own, ..)| *own == record.path) {
        let is_active = cell::text_of(row, "state").as_deref() == Some("ACTIVE");
        let href = filled(path, |name| cell::text_of(row, name).unwrap_or_default());
        let link = || Link::new(href, page.t(title), false).icon(*icon);
        return ((is_active && me.may(needed)).then(link), Vec::new());
    }
    let forms: Vec<&Form> = forms_of(record.path).filter(may).filter(makes_sense).collect();
    let main = forms.iter().find(|form| form.is_main).map(|form| way(form));
    let others = forms.iter().filter(|form| !form.is_main).map(|form| way(form));
    (main, beside(page, me, record, row).chain(others).collect())
}

/// Whether a form makes sense for a row as it is.
pub(super) fn fits(form: &Form, row: &Row) -> bool {
    let has = |(column, values): &Condition| {
        values.contains(&cell::text_of(row, column).unwrap_or_default().as_str())
    };
    form.while_in.iter().all(has)
}

/// Other pages that a record leads to.
fn beside(page: &Page, me: &Me, record: &Record, row: &Row) -> impl Iterator<Item = Link> {
    let may = |way: &&Beside| way.record == record.path && way.needs.is_none_or(|code| me.may(code));
    BESIDE.iter().filter(may).map(|way| {
        let href = filled(way.path, |name| cell::text_of(row, name).unwrap_or_default());
        Link::new(href, page.t(way.title), false).icon(way.icon)
    })
}
