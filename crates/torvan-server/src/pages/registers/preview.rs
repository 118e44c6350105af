//! A row of a register beside its list: what it is, how it stands, what can be done next, and what belongs to it.

use askama::Template;
use axum::http::StatusCode;
use torvan_store::Context;
use torvan_store::surface::{Relation, surface};

use super::cell::{self, Cell, People, Row};
use super::list::heading;
use super::record::{self, List};
use super::{
    Column, Kind, Record, Register, columns, endpoint, filled, list_spec, names_in, permission, register,
    shipped,
};
use crate::api::asked::key_of;
use crate::api::endpoint::{ListSpec, Method};
use crate::http::problem::{FORBIDDEN, NOT_FOUND, Problem};
use crate::identity::Answering;
use crate::incoming::{Incoming, not_signed_in};
use crate::pages::components::Link;
use crate::pages::data;
use crate::pages::moment::Clock;
use crate::pages::page::{Page, rendered};
use crate::pages::way::with_query;

/// Rows of what belongs to a record.
const SHOWN: &str = "5";
/// Columns of those rows.
const COLUMNS: usize = 3;

#[derive(Debug, Template)]
#[template(path = "registers/preview.html")]
struct Preview {
    page: Page,
    code: String,
    name: String,
    state: Option<Cell>,
    /// The page of the record.
    href: Option<String>,
    acts: Vec<Link>,
    facts: Vec<(String, Cell)>,
    lists: Vec<List>,
}

/// Where the preview of a row is.
pub(super) fn address(register: &Register, spec: &ListSpec, relation: &Relation, row: &Row) -> String {
    let keys = key_of(spec, relation);
    let values: Vec<(&str, String)> = keys
        .iter()
        .map(|column| (column.name.as_str(), cell::text_of(row, &column.name).unwrap_or_default()))
        .collect();
    let list = std::iter::once(("list", register.path));
    let pairs: Vec<(&str, &str)> =
        list.chain(values.iter().map(|(name, value)| (*name, value.as_str()))).collect();
    with_query("/preview", &pairs)
}

fn missing() -> Problem {
    Problem::new(NOT_FOUND, NOT_FOUND.title)
}

/// What the row is about: the record with its own facts, where the register is its home, else the row alone.
struct Subject {
    record: Option<&'static Record>,
    row: Row,
    columns: Vec<Column>,
}

pub(in crate::pages) fn show(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let (mut context, person) = incoming.enter().await?;
        let register = register(incoming.asked("list")).ok_or_else(missing)?;
        let page = Page::signed_in(&incoming, &mut context, &person, register.title).await?;
        let me = page.me.clone().ok_or_else(not_signed_in)?;
        let door = endpoint(Method::Get, register.path).ok_or_else(missing)?;
        if !permission(door).is_none_or(|code| me.may(code)) {
            return Err(Problem::new(FORBIDDEN, FORBIDDEN.title));
        }
        let subject = subject(&mut context, &page, &incoming, register).await?;
        let row = &subject.row;
        let people = cell::people(&mut context, &subject.columns, std::slice::from_ref(row)).await?;
        let value = |name: &str| cell::text_of(row, name).unwrap_or_default();
        let own: Vec<(String, String)> = subject
            .record
            .map(|record| names_in(record.path).map(|name| (name.to_owned(), value(name))).collect())
            .unwrap_or_default();
        let mut lists = Vec::new();
        for related in subject.record.map_or(&[][..], |record| record.lists) {
            let few = &related.columns[..related.columns.len().min(COLUMNS)];
            lists.extend(record::list(&mut context, &page, &own, related, few, row, SHOWN).await?);
        }
        context.commit().await?;
        lists.retain(|list| !list.rows.is_empty());
        let (code, name) = called(register, &subject);
        let home = register.record.filter(|_| is_home(register));
        let (main, acts) = home.map(|path| record::ways(&page, &me, path, row)).unwrap_or_default();
        let view = Preview {
            state: state(&page, register, &people, row),
            href: register.record.map(|path| filled(path, value)),
            acts: main.into_iter().chain(acts).collect(),
            facts: facts(&page, &subject, &people),
            code,
            name,
            lists,
            page,
        };
        rendered(&view, StatusCode::OK)
    })
}

/// Names in the braces of a path.
/// Whether the page that rows lead to is about them, and not about something else that they name.
fn is_home(register: &Register) -> bool {
    register.record.is_some_and(|path| path.starts_with(register.path))
}

async fn subject(
    context: &mut Context,
    page: &Page,
    incoming: &Incoming,
    register: &'static Register,
) -> Result<Subject, Problem> {
    let spec = list_spec(register.path).ok_or_else(missing)?;
    let relation = surface().relations.get(spec.relation).ok_or_else(missing)?;
    let keys: Vec<(String, String)> = key_of(spec, relation)
        .iter()
        .map(|column| (column.name.clone(), incoming.asked(&column.name).to_owned()))
        .collect();
    if keys.is_empty() || keys.iter().any(|(_, value)| value.is_empty()) {
        return Err(missing());
    }
    let row: Option<Row> = data::one(context, spec.relation, &keys).await?;
    let mut row = row.ok_or_else(missing)?;
    let record = register.record.and_then(super::record).filter(|_| is_home(register));
    let whole = match record {
        Some(record) => whole(context, record, &row).await?,
        None => None,
    };
    Ok(if let (Some(record), Some(mut row)) = (record, whole) {
        record::in_language(page.words, record.path, &mut row);
        Subject { record: Some(record), row, columns: record.facts.to_vec() }
    } else {
        shipped::in_rows(page.words, spec.relation, std::slice::from_mut(&mut row));
        Subject { record: None, row, columns: columns::choosable(page, register, relation) }
    })
}

/// The record of a row as its own page reads it.
async fn whole(context: &mut Context, record: &Record, row: &Row) -> Result<Option<Row>, Problem> {
    let keys: Vec<(String, String)> = names_in(record.path)
        .map(|name| (name.to_owned(), cell::text_of(row, name).unwrap_or_default()))
        .collect();
    record::whole(context, record.path, &keys).await
}

/// What it is called: its code, and its name where it has one.
fn called(register: &Register, subject: &Subject) -> (String, String) {
    if let Some(record) = subject.record {
        return record::called(record, &subject.row);
    }
    let text = |column: &Column| cell::text_of(&subject.row, column.name).unwrap_or_default();
    let code = register.columns.first().map(text).unwrap_or_default();
    let name = register.columns.iter().skip(1).find(|column| column.kind == Kind::Name).map(text);
    (code, name.unwrap_or_default())
}

/// How it stands: the first word of a fixed list that the register shows.
fn state(page: &Page, register: &Register, people: &People, row: &Row) -> Option<Cell> {
    let marks = || register.columns.iter().filter(|column| column.kind == Kind::Mark);
    let states = ["state", "status", "account_state", "lifecycle", "last_status", "circuit_state"];
    let column = marks().find(|column| states.contains(&column.name)).or_else(|| marks().next())?;
    let cell = Cell::of(Clock::now(page.words), page.words, people, *column, row);
    (!cell.is_empty()).then_some(cell)
}

fn facts(page: &Page, subject: &Subject, people: &People) -> Vec<(String, Cell)> {
    let clock = Clock::now(page.words);
    let fact = |column: &Column| {
        let cell = Cell::of(clock, page.words, people, *column, &subject.row);
        (!cell.is_empty()).then(|| (heading(page, column.name), cell))
    };
    subject.columns.iter().filter_map(fact).collect()
}
