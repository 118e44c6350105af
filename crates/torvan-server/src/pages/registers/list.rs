//! The page of a register: filters in the address, one order, pages by key, the same as a file.

use askama::Template;
use axum::http::StatusCode;
use torvan_store::Context;
use torvan_store::surface::{Column as Stored, Relation, SqlType, surface};

use super::cell::{self, Cell, Row, class_of};
use super::{
    Kind, Reference, Register, bulk, columns, endpoint, filled, height, list_spec, listed_as, permission,
    preview, register, shipped,
};
use crate::api::endpoint::{ListSpec, Method};
use crate::api::searched;
use crate::http::problem::{NOT_FOUND, Problem};
use crate::identity::Answering;
use crate::incoming::{Incoming, not_signed_in};
use crate::pages::components::{BulkBar, Chip, Empty, Heading, Icon, Link, Pager, Segments, Tick, Views};
use crate::pages::data::{self, Sheet};
use crate::pages::moment::Clock;
use crate::pages::page::{Me, Page, rendered};
use crate::pages::views::{SAVED, Saved, TOLD, say_done};
use crate::pages::way::with_query;

#[derive(Debug, Template)]
#[template(path = "registers/list.html")]
struct ListPage {
    page: Page,
    me: Me,
    views: Option<Views>,
    saved: Saved,
    search: Option<Search>,
    heights: Vec<Link>,
    height: &'static str,
    /// Class of each column at a phone's width, where a row has two lines.
    folds: Vec<&'static str>,
    chips: Vec<Chip>,
    clear: Option<String>,
    filter: Option<FilterForm>,
    files: [(&'static str, String); 2],
    columns: Vec<ColumnTick>,
    columns_kept: Vec<(String, String)>,
    heads: Vec<Heading>,
    rows: Vec<Line>,
    /// What can be done with those that are ticked.
    bar: Option<BulkBar>,
    empty: Empty,
    pager: Pager,
    add: Option<Link>,
    room: Option<Segments>,
    narrowed: Option<Narrowed>,
}

/// A field of a list whose page tells of one thing alone when it is asked for it.
#[derive(Debug)]
struct Narrowed {
    action: &'static str,
    name: &'static str,
    label: String,
    lookup: Option<String>,
}

#[derive(Debug)]
struct Search {
    value: String,
    label: String,
    action: &'static str,
    kept: Vec<(String, String)>,
}

/// A form that adds one filter to those that are on.
#[derive(Debug)]
struct FilterForm {
    action: &'static str,
    kept: Vec<(String, String)>,
    fields: Vec<FilterField>,
}

#[derive(Debug)]
struct FilterField {
    /// Where heads of columns lead to.
    id: String,
    name: String,
    label: String,
    /// What it compares with now.
    value: String,
    /// Words to choose from; none: typed.
    options: Vec<(String, String)>,
    kind: &'static str,
}

/// A column that can be shown.
#[derive(Debug)]
struct ColumnTick {
    code: &'static str,
    name: String,
    is_on: bool,
}

/// A row, with its tick where something can be done with several.
#[derive(Debug)]
struct Line {
    tick: Option<Tick>,
    href: Option<String>,
    /// What is shown beside the list.
    preview: String,
    cells: Vec<Cell>,
}

/// A query as it came, without what only says what was just done.
fn asked_for(incoming: &Incoming) -> Vec<(String, String)> {
    let is_kept = |(name, value): &&(String, String)| {
        name != "lang" && !TOLD.contains(&name.as_str()) && !value.is_empty()
    };
    incoming.query.iter().filter(is_kept).cloned().collect()
}

fn without(query: &[(String, String)], names: &[&str]) -> Vec<(String, String)> {
    query.iter().filter(|(name, _)| !names.contains(&name.as_str())).cloned().collect()
}

/// A list with its query.
pub(super) fn address(path: &str, query: &[(String, String)]) -> String {
    let pairs: Vec<(&str, &str)> =
        query.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    with_query(path, &pairs)
}

pub(in crate::pages) fn show(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let missing = || Problem::new(NOT_FOUND, NOT_FOUND.title);
        let register = register(incoming.endpoint.path).ok_or_else(missing)?;
        let spec = list_spec(register.path).ok_or_else(missing)?;
        let relation = surface().relations.get(spec.relation).ok_or_else(missing)?;
        let (mut context, person) = incoming.enter().await?;
        let mut page = Page::signed_in(&incoming, &mut context, &person, register.title).await?;
        say_done(&incoming, &mut page);
        let me = page.me.clone().ok_or_else(not_signed_in)?;
        let mut query = asked_for(&incoming);
        if query.is_empty()
            && let Some((_, usual)) = register.views.first()
        {
            query = usual.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        }
        let saved = saved(&mut context, &me, person.user_id, register, &query).await?;
        let given = without(&query, &NOT_ASKED);
        let mut sheet: Sheet<Row> = data::sheet(&mut context, spec, &[], &given).await?;
        shipped::in_rows(page.words, spec.relation, &mut sheet.rows);
        let rows = &sheet.rows;
        let choosable = columns::choosable(&page, register, relation);
        let columns = columns::chosen(register, &choosable, &query);
        let people = cell::people(&mut context, &columns, rows).await?;
        context.commit().await?;
        let clock = Clock::now(page.words);
        let bar = bulk::bar(&page, &me, register, without(&query, &["cursor"]));
        let shown = rows.iter().map(|row| {
            let mut cells: Vec<Cell> =
                columns.iter().map(|column| Cell::of(clock, page.words, &people, *column, row)).collect();
            let value = |name: &str| cell::text_of(row, name).unwrap_or_default();
            let href = register.record.map(|path| filled(path, value));
            if let Some(first) = cells.first_mut() {
                first.href.clone_from(&href);
            }
            let tick = bar.as_ref().and_then(|_| bulk::tick(&page, register, row));
            Line { tick, href, preview: preview::address(register, spec, relation, row), cells }
        });
        let height = height::of(&incoming, &person, register.path);
        let view = ListPage {
            views: views(&page, register, &query),
            saved,
            search: search(&page, register, spec, &query),
            heights: height::links(&page, register.path, &query, height),
            height,
            folds: folds(&columns),
            chips: chips(&page, register, relation, &query),
            clear: is_filtered(&query).then(|| cleared(register, &query)),
            filter: filter_form(&page, register, spec, relation, &query),
            files: files(register, &query),
            heads: heads(&page, register, &columns, spec, &query),
            columns: ticks(&page, &choosable, &columns),
            columns_kept: without(&query, &[columns::COLS]),
            rows: shown.collect(),
            bar,
            empty: empty(&page, &me, register, &query),
            pager: pager(&page, register, &query, &sheet),
            add: add(&page, &me, register),
            room: room(&page, &me, register, true),
            narrowed: narrowed(&page, register),
            page,
            me,
        };
        let mut response = rendered(&view, StatusCode::OK)?;
        height::keep(&incoming, &person, &mut response, register.path);
        Ok(response)
    })
}

pub(super) fn is_filter(name: &str) -> bool {
    name.starts_with("filter[")
}

fn is_filtered(query: &[(String, String)]) -> bool {
    query.iter().any(|(name, _)| is_filter(name) || name == WORDS)
}

/// What a row keeps at a phone's width: its code, how it stands or how much of it there is, and what it is called under them.
pub(super) fn folds(columns: &[super::Column]) -> Vec<&'static str> {
    let place = |kind: Kind| columns.iter().skip(1).position(|column| column.kind == kind).map(|at| at + 1);
    let mark = place(Kind::Mark).or_else(|| place(Kind::Number));
    let name = place(Kind::Name).or_else(|| place(Kind::Text)).or_else(|| place(Kind::Moment));
    let class = |at: usize| match Some(at) {
        _ if at == 0 => "",
        at if at == mark => " fold-mark",
        at if at == name => " fold-name",
        _ => " more",
    };
    (0..columns.len()).map(class).collect()
}

/// Parameter of the address with the words that are looked for.
const WORDS: &str = "q";

/// The list without all that narrows it: how it is shown stays.
fn cleared(register: &Register, query: &[(String, String)]) -> String {
    let is_kept =
        |(name, _): &&(String, String)| ["sort", columns::COLS, height::ROWS].contains(&name.as_str());
    let view = ("view".to_owned(), "all".to_owned());
    let kept: Vec<_> = std::iter::once(view).chain(query.iter().filter(is_kept).cloned()).collect();
    address(register.path, &kept)
}

fn views(page: &Page, register: &Register, query: &[(String, String)]) -> Option<Views> {
    let filters: Vec<(&str, &str)> = query
        .iter()
        .filter(|(name, _)| is_filter(name) || name == "view")
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    let links = register
        .views
        .iter()
        .map(|(key, pairs)| Link::new(with_query(register.path, pairs), page.t(key), filters == *pairs));
    let links: Vec<Link> = links.collect();
    (links.len() > 1).then(|| Views { label: page.title.clone(), links })
}

/// Lists with such a field: its path, the field, key of its label, what is typed there.
const NARROWED: [(&str, &str, &str, Reference); 1] =
    [("/shortages", "build", "shortages-build", Reference::Build)];

fn narrowed(page: &Page, register: &Register) -> Option<Narrowed> {
    let (_, name, label, reference) = NARROWED.into_iter().find(|(path, ..)| *path == register.path)?;
    Some(Narrowed { action: register.path, name, label: page.t(label), lookup: reference.lookup() })
}

fn search(page: &Page, register: &Register, spec: &ListSpec, query: &[(String, String)]) -> Option<Search> {
    let found = searched::of(spec.relation)?;
    let value =
        query.iter().find(|(key, _)| key == WORDS).map(|(_, value)| value.clone()).unwrap_or_default();
    let kept = without(query, &["cursor", WORDS]);
    let kept = if kept.is_empty() { vec![("view".to_owned(), "all".to_owned())] } else { kept };
    let names: Vec<String> = found.columns.iter().take(2).map(|name| inside(&heading(page, name))).collect();
    let label = page.tv("register-search", "columns", names.join(page.t("register-search-or").as_str()));
    Some(Search { value, label, action: register.path, kept })
}

/// A name within a sentence: without its capital, unless it is an abbreviation.
fn inside(name: &str) -> String {
    let mut signs = name.chars();
    match (signs.next(), signs.clone().next()) {
        (Some(first), Some(next)) if next.is_lowercase() => first.to_lowercase().chain(signs).collect(),
        _ => name.to_owned(),
    }
}

/// What a column is called.
pub(in crate::pages) fn heading(page: &Page, column: &str) -> String {
    cell::named(page.words, column)
}

/// Column and comparison of a filter's name.
fn parts(name: &str) -> Option<(&str, &str)> {
    let (column, rest) = name.strip_prefix("filter[")?.split_once(']')?;
    Some((column, rest.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or("eq")))
}

fn chips(page: &Page, register: &Register, relation: &Relation, query: &[(String, String)]) -> Vec<Chip> {
    let words = |value: &str| {
        let rest = without(query, &[WORDS, "cursor"]);
        Chip {
            field: page.t("filter-words"),
            how: page.t("filter-contains"),
            label: page.tv("register-filter-remove", "column", page.t("filter-words")),
            value: value.to_owned(),
            without: address(register.path, &or_all(rest)),
        }
    };
    let chip = |(name, value): &(String, String)| {
        if name == WORDS {
            return Some(words(value));
        }
        let (column, how) = parts(name)?;
        let field = heading(page, column);
        let rest = without(query, &[name, "cursor"]);
        let rest = or_all(rest);
        Some(Chip {
            label: page.tv("register-filter-remove", "column", field.clone()),
            how: page.t(match how {
                "ne" => "register-filter-ne",
                "lt" => "register-filter-lt",
                "lte" => "register-filter-lte",
                "gt" => "register-filter-gt",
                "gte" => "register-filter-gte",
                "in" => "register-filter-in",
                "prefix" => "register-filter-prefix",
                "null" => "register-filter-null",
                _ => "register-filter-eq",
            }),
            value: value_shown(page, register, relation.column(column), how, value),
            without: address(register.path, &rest),
            field,
        })
    };
    query.iter().filter_map(chip).collect()
}

/// A query that narrows nothing shows all, not the usual view.
fn or_all(mut query: Vec<(String, String)>) -> Vec<(String, String)> {
    if !query.iter().any(|(name, _)| is_filter(name) || name == "view") {
        query.push(("view".to_owned(), "all".to_owned()));
    }
    query
}

fn value_shown(page: &Page, register: &Register, column: Option<&Stored>, how: &str, value: &str) -> String {
    let is_switch = how == "null" || column.is_some_and(|column| column.kind == SqlType::Boolean);
    if is_switch {
        return page.t(if value == "true" { "yes" } else { "no" });
    }
    // Of a view the database does not tell the words of its columns.
    let is_mark = |name: &str| register.columns.iter().any(|one| one.name == name && one.kind == Kind::Mark);
    let has_words = column.is_some_and(|column| !column.words.is_empty() || is_mark(&column.name));
    let shown = |one: &str| if has_words { cell::word(page.words, one) } else { one.to_owned() };
    value.split(',').map(shown).collect::<Vec<_>>().join(", ")
}

/// Whether the filter asks for a column: keys that only say something to programs are left to the API.
fn is_asked(register: &Register, name: &str) -> bool {
    register.columns.iter().any(|column| column.name == name && column.kind != Kind::Person)
}

/// Where the filter asks for a column.
fn field_of(name: &str) -> String {
    format!("filter-{name}")
}

/// Filters by what is shown.
fn filter_form(
    page: &Page,
    register: &Register,
    spec: &ListSpec,
    relation: &'static Relation,
    query: &[(String, String)],
) -> Option<FilterForm> {
    // Of a view the database does not tell the words of its columns; the table behind it has them.
    let behind = spec.relation.strip_prefix("v_").and_then(|table| surface().relations.get(table));
    let fields = spec.filters.iter().filter(|name| is_asked(register, name)).filter_map(|name| {
        let column = relation.column(name)?;
        let words = match behind.and_then(|table| table.column(name)) {
            Some(own) if column.words.is_empty() => &own.words,
            _ => &column.words,
        };
        let yes_no = || {
            ["true", "false"].map(|code| (code.to_owned(), page.t(if code == "true" { "yes" } else { "no" })))
        };
        let options = match column.kind {
            SqlType::Boolean => yes_no().to_vec(),
            _ => words.iter().map(|code| (code.clone(), cell::word(page.words, code))).collect(),
        };
        let kind = match column.kind {
            SqlType::Date => "date",
            SqlType::Bigint | SqlType::Integer | SqlType::Smallint => "number",
            _ => "text",
        };
        let comparison = if kind == "text" && options.is_empty() { "[prefix]" } else { "" };
        let id = field_of(name);
        let name = format!("filter[{name}]{comparison}");
        let on = query.iter().find(|(key, _)| *key == name).map(|(_, value)| value.clone());
        let value = on.unwrap_or_default();
        Some(FilterField { id, label: heading(page, &column.name), name, value, options, kind })
    });
    let fields: Vec<FilterField> = fields.collect();
    let names: Vec<&str> = fields.iter().map(|field| field.name.as_str()).chain(["cursor", "view"]).collect();
    let kept = without(query, &names);
    (!fields.is_empty()).then_some(FilterForm { action: register.path, kept, fields })
}

/// Parameters of the page that are none of the list's.
pub(super) const NOT_ASKED: [&str; 4] = ["view", SAVED, columns::COLS, height::ROWS];

async fn saved(
    context: &mut Context,
    me: &Me,
    user_id: i64,
    register: &Register,
    query: &[(String, String)],
) -> Result<Saved, Problem> {
    let kept = without(query, &["cursor"]);
    let pairs: Vec<(&str, &str)> = kept.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    Saved::of(context, me, user_id, register.path, &pairs).await
}

fn ticks(page: &Page, choosable: &[super::Column], shown: &[super::Column]) -> Vec<ColumnTick> {
    let tick = |column: &super::Column| ColumnTick {
        code: column.name,
        name: heading(page, column.name),
        is_on: shown.iter().any(|one| one.name == column.name),
    };
    choosable.iter().map(tick).collect()
}

fn files(register: &Register, query: &[(String, String)]) -> [(&'static str, String); 2] {
    let file = |format: &'static str| {
        let mut asked = without(query, &["cursor", "limit", "view", SAVED, columns::COLS, height::ROWS]);
        asked.push(("format".to_owned(), format.to_owned()));
        address(&format!("/api/v1{}", listed_as(register.path)), &asked)
    };
    [("CSV", file("csv")), ("XLSX", file("xlsx"))]
}

fn heads(
    page: &Page,
    register: &Register,
    columns: &[super::Column],
    spec: &ListSpec,
    query: &[(String, String)],
) -> Vec<Heading> {
    let usual = spec.sorts.first().copied().unwrap_or_default();
    let sort = query.iter().find(|(name, _)| name == "sort").map_or(usual, |(_, value)| value.as_str());
    let (down, sorted) = sort.strip_prefix('-').map_or((false, sort), |name| (true, name));
    let folds = folds(columns);
    let head = |(column, fold): (&super::Column, &'static str)| {
        let name = column.name;
        let filtered = query.iter().any(|(key, _)| parts(key).is_some_and(|(one, _)| one == name));
        let class = format!("{}{fold}", class_of(column.kind)).trim().to_owned();
        let title = heading(page, name);
        let mut head = Heading::new(class, title.clone()).filtered(filtered);
        if spec.filters.contains(&name) && is_asked(register, name) {
            head = head.asked_by(&field_of(name), page.tv("filter-by", "name", title));
        }
        if !spec.sorts.iter().any(|one| one.trim_start_matches('-') == name) {
            return head;
        }
        let order = (sorted == name).then_some(down);
        let mut asked = without(query, &["cursor", "sort"]);
        let other_way = if order == Some(false) { "-" } else { "" };
        asked.push(("sort".to_owned(), format!("{other_way}{name}")));
        head.sorts(address(register.path, &asked), order)
    };
    columns.iter().zip(folds).map(head).collect()
}

/// Nothing there yet, nothing in this view, or nothing that meets all filters: each says what comes next.
fn empty(page: &Page, me: &Me, register: &Register, query: &[(String, String)]) -> Empty {
    if !is_filtered(query) {
        let title = page.t("register-none");
        let key = format!("empty-{}", register.path.trim_start_matches('/').replace('/', "-"));
        let text = page.words.say_if_known(&key).unwrap_or_else(|| page.t("register-none-text"));
        return Empty { icon: register.icon, title, text, way: add(page, me, register) };
    }
    let all = Link::new(cleared(register, query), page.t("register-all"), false);
    let narrowed: Vec<(&str, &str)> = query
        .iter()
        .filter(|(name, _)| is_filter(name) || name == WORDS)
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    if let Some((name, _)) = register.views.iter().find(|(_, pairs)| *pairs == narrowed) {
        let title = page.tv("register-none-in-view", "view", page.t(name));
        return Empty {
            icon: register.icon,
            title,
            text: page.t("register-none-in-view-text"),
            way: Some(all),
        };
    }
    Empty {
        icon: Icon("list-filter"),
        title: page.t("register-none-found"),
        text: page.t("register-none-found-text"),
        way: Some(Link { text: page.t("register-clear-all"), ..all }),
    }
}

/// A room that has a tree or a search beside its registers: its first register, the page, its name and icon.
const BESIDES: [(&str, &str, &str, Icon); 2] = [
    ("/assemblies", "/catalogue", "catalogue-tree", Icon("folder-tree")),
    ("/documents", "/documents/search", "documents-search", Icon("search")),
];

/// The room of a register, seen from a page of it that is none itself.
pub(in crate::pages) fn room_of(page: &Page, me: &Me, path: &str) -> Option<Segments> {
    room(page, me, register(path)?, false)
}

/// Registers beside this one that the person may see.
fn room(page: &Page, me: &Me, own: &Register, is_here: bool) -> Option<Segments> {
    let may = |path: &str| endpoint(Method::Get, path).and_then(permission).is_none_or(|code| me.may(code));
    let beside = BESIDES.iter().find(|(first, ..)| own.room.first() == Some(first) && may(first));
    let beside =
        beside.map(|(_, path, key, icon)| Link::new((*path).to_owned(), page.t(key), !is_here).icon(*icon));
    let shown = own.room.iter().filter(|path| may(path)).filter_map(|path| register(path));
    let link = |one: &Register| {
        Link::new(one.path.to_owned(), page.t(one.title), is_here && one.path == own.path).icon(one.icon)
    };
    let links: Vec<Link> = beside.into_iter().chain(shown.map(link)).collect();
    (links.len() > 1).then(|| Segments { label: page.t("register-room"), links })
}

/// Forms that are pages of their own: path, key of the name, icon, permission.
const OWN_FORMS: [(&str, &str, Icon, &str); 3] = [
    ("/users/new", "user-new", Icon("plus"), "user:create"),
    ("/documents/new", "document-new", Icon("upload"), "document:create"),
    ("/import-sessions/new", "import-new", Icon("upload"), "catalogue:import"),
];

/// The way to the form that adds one, for whoever may.
pub(super) fn add(page: &Page, me: &Me, register: &Register) -> Option<Link> {
    let path = register.add?;
    if let Some((path, title, icon, needed)) = OWN_FORMS.iter().find(|(own, ..)| *own == path) {
        let link = || Link::new((*path).to_owned(), page.t(title), false).icon(*icon);
        return me.may(needed).then(link);
    }
    let form = super::form(path)?;
    let needed = permission(endpoint(form.method, form.target)?);
    let may = needed.is_none_or(|code| me.may(code));
    may.then(|| Link::new(form.path.to_owned(), page.t(form.title), false).icon(form.icon))
}

fn pager(page: &Page, register: &Register, query: &[(String, String)], sheet: &Sheet<Row>) -> Pager {
    let is_first = !query.iter().any(|(name, _)| name == "cursor");
    let first = without(query, &["cursor"]);
    let at = |cursor: &String| {
        let mut asked = first.clone();
        asked.push(("cursor".to_owned(), cursor.clone()));
        address(register.path, &asked)
    };
    Pager {
        told: page.tv("register-rows", "count", sheet.rows.len()),
        size: String::new(),
        first: (!is_first).then(|| (address(register.path, &first), page.t("pager-first"))),
        newer: sheet.before.as_ref().map(at),
        older: sheet.next.as_ref().map(at),
        words: (page.t("pager-previous"), page.t("pager-next")),
    }
}
