//! The page of a record: what it is, what belongs to it, what can be done with it.

use askama::Template;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use torvan_store::Context;
use torvan_store::surface::surface;

use super::cell::{self, Cell, Row};
use super::list::{folds, heading};
use super::past::{Kept, Teller, Told, is_own_key};
use super::{
    BESIDE, Beside, Column, Condition, Form, ROW_ACTS, Record, Related, endpoint, filled, forms_of,
    list_spec, permission, record, register, relation_of, shipped,
};
use crate::api::endpoint::ListSpec;
use crate::http::problem::{NOT_FOUND, Problem};
use crate::identity::Answering;
use crate::incoming::{Incoming, not_signed_in};
use crate::pages::components::{Heading, Icon, Link, Menu, MenuItem, Notice};
use crate::pages::moment::Clock;
use crate::pages::page::{Me, Page, rendered};
use crate::pages::signing::{Stamps, is_signed};
use crate::pages::way::with_query;
use crate::pages::{data, people};
use crate::words::Words;

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
    stamps: Stamps,
    history: Option<History>,
    /// What is missing, before anything else.
    notes: Vec<Notice>,
    acts: Vec<Link>,
    /// What does not fit beside the title.
    menu: Option<Menu>,
    main: Option<Link>,
}

/// Ways beside the title; those beyond go into a menu.
const BESIDE_TITLE: usize = 3;

/// A list of what belongs to a record.
#[derive(Debug)]
pub(super) struct List {
    /// Its title.
    pub(super) title: String,
    heads: Vec<Heading>,
    /// Class of each column at a phone's width.
    folds: Vec<&'static str>,
    /// Its rows, each with what can be done with it.
    pub(super) rows: Vec<(Vec<Cell>, Option<Link>)>,
    /// Whether something can be done with its rows.
    has_acts: bool,
    /// Whether there are more than are shown.
    pub(super) has_more: bool,
}

/// Every change of a record, the latest first: who, when, what it was and what it is.
#[derive(Debug, Template)]
#[template(path = "components/history.html")]
pub(in crate::pages) struct History {
    title: String,
    heads: [String; 6],
    rows: Vec<Past>,
    /// The whole of it.
    all: String,
    more: String,
}

impl askama::filters::HtmlSafe for History {}

#[derive(Debug)]
struct Past {
    /// Whether it belongs to the change of the row before it: when, who and why are told once.
    goes_on: bool,
    at: String,
    who: String,
    what: String,
    old: Option<Told>,
    new: Option<Told>,
    why: String,
}

/// A field that changed, as the trail tells it.
#[derive(Debug, Deserialize)]
struct Changed {
    created_at: DateTime<Utc>,
    record_key: Option<String>,
    actor: Option<String>,
    person: Option<String>,
    operation: String,
    field: String,
    old_value: Option<String>,
    new_value: Option<String>,
    reason: Option<String>,
}

impl Changed {
    /// Its value before and after.
    fn kept<'c>(&'c self, table: &'c str) -> [Option<Kept<'c>>; 2] {
        [&self.old_value, &self.new_value]
            .map(|value| Some(Kept { table, field: &self.field, value: value.as_deref()? }))
    }

    /// Whether it says something: what was there from the beginning is told once, that it was added; a key is none of that.
    fn is_told(&self, table: &str) -> bool {
        let record_key = self.record_key.as_deref().unwrap_or_default();
        let is_key = self.kept(table).into_iter().flatten().any(|kept| is_own_key(kept, record_key));
        let has_new = self.new_value.as_ref().is_some_and(|value| !value.is_empty());
        !is_key && !SILENT.contains(&self.field.as_str()) && (self.operation != "INSERT" || has_new)
    }
}

const TRAIL: ListSpec = ListSpec {
    relation: "v_audit_trail",
    filters: &["table_name", "record_key"],
    sorts: &["-audit_log_id"],
    key: &["audit_log_id", "field"],
};
/// Changed fields that are shown.
const PASTS: &str = "40";
/// Fields that say nothing to people: they change with every other one.
const SILENT: [&str; 4] = ["updated_at", "row_version", "created_at", "search"];

/// What happened to a record, or to all of a table, for whoever may read the trail.
pub(in crate::pages) async fn history(
    context: &mut Context,
    page: &Page,
    table: &str,
    key: Option<&str>,
) -> Result<Option<History>, Problem> {
    if !page.me.as_ref().is_some_and(|me| me.may("audit:read")) {
        return Ok(None);
    }
    let mut asked = vec![("filter[table_name]", table), ("limit", PASTS)];
    asked.extend(key.map(|key| ("filter[record_key]", key)));
    let found: Vec<Changed> = data::rows(context, &TRAIL, &asked).await?;
    let kept: Vec<Kept> = found.iter().flat_map(|one| one.kept(table)).flatten().collect();
    let teller = Teller::of(context, page.words, &kept).await?;
    let clock = Clock::now(page.words);
    let mut last = None;
    let past = |one: &Changed| {
        let [old, new] = one.kept(table).map(|kept| kept.map(|kept| teller.told(kept)));
        Past {
            goes_on: last.replace(one.created_at) == Some(one.created_at),
            at: clock.exact(one.created_at),
            who: teller.who(one.person.as_deref(), one.actor.as_deref()).unwrap_or_default(),
            what: heading(page, &one.field),
            old,
            new,
            why: one.reason.clone().unwrap_or_default(),
        }
    };
    let rows: Vec<Past> = found.iter().filter(|one| one.is_told(table)).map(past).collect();
    let pairs = [("table", table), ("record", key.unwrap_or_default())];
    Ok((!rows.is_empty()).then(|| History {
        title: page.t("record-history"),
        heads: ["history-when", "history-who", "history-what", "history-old", "history-new", "history-why"]
            .map(|key| page.t(key)),
        rows,
        all: with_query("/audit/trail", &pairs),
        more: page.t("record-history-all"),
    }))
}

/// The table and the key of the row that a page shows: tables only, whose key is one column.
fn key_in_table(path: &str, row: &Row) -> Option<(&'static str, String)> {
    let table = relation_of(path)?;
    let known = surface().relations.get(table).map_or(&[][..], |relation| relation.key.as_slice());
    let [key] = known else { return None };
    Some((table, cell::text_of(row, key)?))
}

async fn history_of(
    context: &mut Context,
    page: &Page,
    path: &str,
    row: &Row,
) -> Result<Option<History>, Problem> {
    let Some((table, key)) = key_in_table(path, row) else { return Ok(None) };
    history(context, page, table, Some(&key)).await
}

/// The signatures on the row that a page shows.
async fn stamps_of(context: &mut Context, page: &Page, path: &str, row: &Row) -> Result<Stamps, Problem> {
    let signed = key_in_table(path, row).filter(|(table, _)| is_signed(table));
    match signed.and_then(|(table, key)| Some((table, key.parse().ok()?))) {
        Some((table, key)) => Stamps::of(context, page, table, key).await,
        None => Ok(Stamps::default()),
    }
}

pub(super) fn show(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let record = record(incoming.endpoint.path).ok_or_else(missing)?;
        let (mut context, person) = incoming.enter().await?;
        let mut row = read(&mut context, &incoming, record.path).await?;
        let mut page = Page::signed_in(&incoming, &mut context, &person, title_of(record)).await?;
        in_language(page.words, record.path, &mut row);
        let me = page.me.clone().ok_or_else(not_signed_in)?;
        let people = cell::people(&mut context, record.facts, std::slice::from_ref(&row)).await?;
        let mut lists = Vec::new();
        for related in record.lists {
            let own = &incoming.path;
            lists.extend(list(&mut context, &page, own, related, related.columns, &row, SHOWN).await?);
        }
        let stamps = stamps_of(&mut context, &page, record.path, &row).await?;
        let history = history_of(&mut context, &page, record.path, &row).await?;
        let notes = notes(&mut context, &page, &me, record, &row).await?;
        context.commit().await?;
        let clock = Clock::now(page.words);
        let fact = |column: &Column| {
            let cell = Cell::of(clock, page.words, &people, *column, &row);
            (!cell.is_empty()).then(|| (heading(&page, column.name), cell))
        };
        let facts = record.facts.iter().filter_map(fact).collect();
        let (mut code, name) = called(record, &row);
        let register = register(record.register);
        let back =
            register.map(|one| Link::new(one.path.to_owned(), page.t(one.title), false).icon(one.icon));
        let (main, mut acts) = ways(&page, &me, record.path, &row);
        let menu = menu(&page, &mut acts);
        page.title = titled(page.words, record, &row);
        if name.is_empty() {
            code.clone_from(&page.title);
        }
        let view =
            RecordPage { page, me, back, code, facts, lists, stamps, history, notes, acts, menu, main };
        rendered(&view, StatusCode::OK)
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

/// The same as a title: a record that has nothing but a key is the kind of record with its number, a word is in the reader's language.
pub(super) fn titled(words: Words, record: &Record, row: &Row) -> String {
    let (code, name) = called(record, row);
    let [first, rest @ ..] = record.title else { return code };
    let relation = relation_of(record.path).unwrap_or_default();
    let shipped = rest.first().and_then(|column| shipped::told(words, relation, column, &name));
    let name = shipped.unwrap_or(name);
    match rest.first() {
        Some(_) if *first == "role_code" => words.role(&code, &name),
        Some(_) if !name.is_empty() => name,
        _ if *first == "event_type" => cell::word(words, &code),
        _ if first.ends_with("_id") => format!("{} {code}", cell::named(words, first)),
        _ => code,
    }
}

/// The row that the path of a page names.
pub(super) async fn read(context: &mut Context, incoming: &Incoming, path: &str) -> Result<Row, Problem> {
    whole(context, path, &incoming.path).await?.ok_or_else(missing)
}

/// Records whose page tells more than the row of the API: path, the view that does, its key.
pub(super) const TOLD_BY: [(&str, &str, &str); 3] = [
    ("/user-skills/{user_skill_id}", "v_user_skills", "user_skill_id"),
    ("/outsourced-lines/{outsourced_line_id}", "v_outsourced_lines", "outsourced_line_id"),
    ("/retention/runs/{retention_run_id}", "v_retention_runs", "retention_run_id"),
];

/// The row that a page with this path and these values tells.
pub(super) async fn whole(
    context: &mut Context,
    path: &str,
    values: &[(String, String)],
) -> Result<Option<Row>, Problem> {
    let Some(relation) = relation_of(path) else { return Ok(None) };
    let Some(mut row) = data::one::<Row>(context, relation, values).await? else { return Ok(None) };
    tell_more(context, path, &mut row).await?;
    Ok(Some(row))
}

/// A row as its page shows it: what every installation has is in the reader's language.
pub(super) fn in_language(words: Words, path: &str, row: &mut Row) {
    let view = TOLD_BY.iter().find(|(told, ..)| *told == path).map(|(_, view, _)| *view);
    for relation in relation_of(path).into_iter().chain(view) {
        shipped::in_rows(words, relation, std::slice::from_mut(row));
    }
}

/// Adds to a row of the API what its page tells besides.
pub(super) async fn tell_more(context: &mut Context, path: &str, row: &mut Row) -> Result<(), Problem> {
    let Some((_, view, key)) = TOLD_BY.iter().find(|(told, ..)| *told == path) else { return Ok(()) };
    let value = cell::text_of(row, key).unwrap_or_default();
    let told: Vec<Row> = data::named(context, view, key, &[value.as_str()]).await?;
    row.extend(told.into_iter().flatten());
    Ok(())
}

/// The first rows of what belongs to a record; none where the person may not see such a list. `own` are the values of its path.
pub(super) async fn list(
    context: &mut Context,
    page: &Page,
    own: &[(String, String)],
    related: &Related,
    columns: &[Column],
    row: &Row,
    limit: &str,
) -> Result<Option<List>, Problem> {
    let asked = endpoint(crate::api::endpoint::Method::Get, related.path).ok_or_else(missing)?;
    let may = permission(asked).is_none_or(|code| page.me.as_ref().is_some_and(|me| me.may(code)));
    let (true, Some(spec)) = (may, list_spec(related.path)) else { return Ok(None) };
    let fixed: Vec<(String, String)> =
        own.iter().filter(|(name, _)| related.path.contains(&format!("{{{name}}}"))).cloned().collect();
    let mut given = vec![("limit".to_owned(), limit.to_owned())];
    if let Some((column, own)) = related.by {
        let value = cell::text_of(row, own).unwrap_or_default();
        given.push((format!("filter[{column}]"), value));
    }
    let (mut rows, next): (Vec<Row>, _) = data::listed(context, spec, &fixed, &given).await?;
    shipped::in_rows(page.words, spec.relation, &mut rows);
    let people = cell::people(context, columns, &rows).await?;
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
            columns.iter().map(|column| Cell::of(clock, page.words, &people, *column, row)).collect();
        if let Some(first) = cells.first_mut() {
            first.class = class_at(0, first.class);
        }
        if let (Some(path), Some(first)) = (related.record, cells.first_mut()) {
            first.href = Some(filled(path, |name| cell::text_of(row, name).unwrap_or_default()));
        }
        (cells, way(row))
    });
    let head = |(place, column): (usize, &Column)| {
        Heading::new(class_at(place, cell::class_of(column.kind)), heading(page, column.name))
    };
    Ok(Some(List {
        title: page.t(related.title),
        heads: columns.iter().enumerate().map(head).collect(),
        folds: folds(columns),
        rows: shown.collect(),
        has_acts,
        has_more: next.is_some(),
    }))
}

/// A row begins at the left, even with a time.
fn class_at(place: usize, class: &'static str) -> &'static str {
    if place == 0 && class == "num" { "" } else { class }
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
pub(super) fn ways(page: &Page, me: &Me, path: &str, row: &Row) -> (Option<Link>, Vec<Link>) {
    let may = |form: &&Form| {
        let needed = endpoint(form.method, form.target).and_then(permission);
        needed.is_none_or(|code| me.may(code))
    };
    let way = |form: &Form| {
        let href = filled(form.path, |name| cell::text_of(row, name).unwrap_or_default());
        Link::new(href, page.t(form.title), false).icon(form.icon)
    };
    let makes_sense = |form: &&Form| fits(form, row);
    if let Some((_, target, title, icon, needed)) = OWN_WAYS.iter().find(|(own, ..)| *own == path) {
        let is_active = cell::text_of(row, "state").as_deref() == Some("ACTIVE");
        let href = filled(target, |name| cell::text_of(row, name).unwrap_or_default());
        let link = || Link::new(href, page.t(title), false).icon(*icon);
        return ((is_active && me.may(needed)).then(link), Vec::new());
    }
    let forms: Vec<&Form> = forms_of(path).filter(may).filter(makes_sense).collect();
    let main = forms.iter().find(|form| form.is_main).map(|form| way(form));
    let others = forms.iter().filter(|form| !form.is_main).map(|form| way(form));
    (main, beside(page, me, path, row).chain(others).collect())
}

/// Whether a form makes sense for a row as it is.
pub(super) fn fits(form: &Form, row: &Row) -> bool {
    form.while_in.iter().all(|condition| has(row, condition))
}

fn has(row: &Row, (column, values): &Condition) -> bool {
    values.contains(&cell::text_of(row, column).unwrap_or_default().as_str())
}

/// Other pages that a record leads to.
fn beside(page: &Page, me: &Me, path: &str, row: &Row) -> impl Iterator<Item = Link> {
    let may = move |way: &&Beside| way.record == path && way.needs.is_none_or(|code| me.may(code));
    let makes_sense = |way: &&Beside| way.while_in.as_ref().is_none_or(|condition| has(row, condition));
    BESIDE.iter().filter(may).filter(makes_sense).map(|way| {
        let href = filled(way.path, |name| cell::text_of(row, name).unwrap_or_default());
        Link::new(href, page.t(way.title), false).icon(way.icon)
    })
}
