//! The same for several rows of a register: what a form of their records does, asked once and done row by row.

use std::time::Instant;

use axum::http::StatusCode;
use serde_json::Value;
use torvan_store::Context;

use super::cell::{self, Row};
use super::entry::{self, Entry};
use super::list::{NOT_ASKED, address, is_filter};
use super::record::{called, fits};
use super::{
    Form, PAGES, Register, columns, endpoint, filled, form, list_spec, permission, record, register,
};
use crate::api::dispatch::check;
use crate::api::endpoint::{Endpoint, ListSpec};
use crate::http::Answer;
use crate::http::problem::{BUSY, KEY_REUSED, NOT_FOUND, Problem};
use crate::identity::Answering;
use crate::incoming::{Incoming, Part, not_signed_in};
use crate::pages::components::{BulkAct, BulkBar, Faults, Field, Link, Tick};
use crate::pages::data;
use crate::pages::once::fresh_key;
use crate::pages::page::{Me, Page, rendered};
use crate::pages::several::{self, AskPage, Change, DonePage, Hidden, MOST, Named};
use crate::pages::views::SAVED;
use crate::pages::way::own_place;

/// End of the path of each of these pages: `/users/disable/bulk` does what `/users/{login}/disable` does.
const END: &str = "/bulk";
/// Rows that a list gives at once.
const PAGE: &str = "200";
/// Longest key of a row.
const MAX_KEY: usize = 100;

/// What is done with the row of a form, as it stands in its path.
fn verb_of(path: &str) -> &str {
    path.rsplit_once('/').map_or(path, |(_, verb)| verb)
}

/// The column that tells the rows of a form apart.
fn key_of(form: &Form) -> Option<&'static str> {
    let (_, rest) = form.path.split_once('{')?;
    rest.split_once('}').map(|(name, _)| name)
}

/// The register and the form that a page is about.
fn about(path: &str) -> Option<(&'static Register, &'static Form)> {
    let (list, verb) = path.strip_suffix(END)?.rsplit_once('/')?;
    let register = register(list)?;
    let path = register.bulk.iter().find(|path| verb_of(path) == verb)?;
    Some((register, form(path)?))
}

/// Pages of what can be done with several rows of a register, each with its form.
pub(super) fn doors(register: &'static Register) -> impl Iterator<Item = (&'static Endpoint, &'static Form)> {
    let pages = || PAGES.into_iter().flatten().filter(|page| page.method.is_safe());
    register.bulk.iter().filter_map(move |path| {
        let place = format!("{}/{}{END}", register.path, verb_of(path));
        Some((pages().find(|page| page.path == place)?, form(path)?))
    })
}

/// What this person may do with several rows.
pub(super) fn bar(
    page: &Page,
    me: &Me,
    register: &'static Register,
    kept: Vec<(String, String)>,
) -> Option<BulkBar> {
    let may = |(door, _): &(&'static Endpoint, &'static Form)| {
        permission(door).is_none_or(|permission| me.may(permission))
    };
    let act = |(door, form): (&'static Endpoint, &'static Form)| BulkAct {
        action: door.path,
        code: verb_of(form.path),
        icon: form.icon,
        text: page.t(form.title),
    };
    BulkBar::of(page, "several-label", kept, doors(register).filter(may).map(act).collect())
}

/// The tick of a row.
pub(super) fn tick(page: &Page, register: &Register, row: &Row) -> Option<Tick> {
    let key = key_of(form(register.bulk.first()?)?)?;
    Some(Tick::new(page, cell::text_of(row, key)?, named(register, key, row).code))
}

/// What a row is called; its key where nothing else is known.
fn named(register: &Register, key: &str, row: &Row) -> Named {
    let record = register.record.and_then(record);
    let (code, name) = record.map(|record| called(record, row)).unwrap_or_default();
    if code.is_empty() {
        return Named::code(cell::text_of(row, key).unwrap_or_default());
    }
    Named { code, name }
}

/// A row that a form names, with the version that was seen where the list tells one.
#[derive(Debug, PartialEq, Eq)]
struct Sent<'a> {
    key: &'a str,
    version: &'a str,
}

fn sent_row(line: &str) -> Option<Sent<'_>> {
    let (key, version) = line.rsplit_once(':')?;
    (!key.is_empty() && key.len() <= MAX_KEY).then_some(Sent { key, version })
}

fn sent_rows(incoming: &Incoming) -> Vec<Sent<'_>> {
    incoming.form.all("row").filter_map(sent_row).collect()
}

/// What was ticked and typed: it is there again when somebody has to prove first who they are.
pub(super) fn typed(incoming: &Incoming) -> Option<Vec<(&str, &str)>> {
    let (_, form) = about(incoming.endpoint.path)?;
    let rows = sent_rows(incoming).into_iter().map(|row| ("id", row.key));
    let fields = super::typed_of(form, incoming);
    Some(rows.chain(fields).chain([("back", incoming.form.raw("back"))]).collect())
}

fn missing() -> Problem {
    Problem::new(NOT_FOUND, NOT_FOUND.title)
}

/// What one of these pages is about.
#[derive(Debug, Clone, Copy)]
struct Deed {
    register: &'static Register,
    form: &'static Form,
    spec: &'static ListSpec,
    key: &'static str,
}

impl Deed {
    fn of(incoming: &Incoming) -> Result<Self, Problem> {
        let (register, form) = about(incoming.endpoint.path).ok_or_else(missing)?;
        let spec = list_spec(register.path).ok_or_else(missing)?;
        Ok(Self { register, form, spec, key: key_of(form).ok_or_else(missing)? })
    }

    fn key_in(&self, row: &Row) -> String {
        cell::text_of(row, self.key).unwrap_or_default()
    }

    fn named(&self, row: &Row) -> Named {
        named(self.register, self.key, row)
    }

    /// The rows with these keys, in their order, each once.
    async fn rows(&self, context: &mut Context, keys: &[&str]) -> Result<Vec<Row>, Problem> {
        let mut rows: Vec<Row> = data::named(context, self.spec.relation, self.key, keys).await?;
        rows.sort_by_cached_key(|row| {
            let own = self.key_in(row);
            keys.iter().position(|key| *key == own)
        });
        Ok(rows)
    }

    /// All that the list finds, and whether there are more than can be done at once.
    async fn found(&self, context: &mut Context, incoming: &Incoming) -> Result<(Vec<Row>, bool), Problem> {
        let mut given = kept(incoming);
        given.retain(|(name, _)| name != "limit" && !NOT_ASKED.contains(&name.as_str()));
        given.push(("limit".to_owned(), PAGE.to_owned()));
        let mut rows = Vec::new();
        let mut next: Option<String> = None;
        loop {
            let cursor = next.map(|cursor| ("cursor".to_owned(), cursor));
            let asked: Vec<(String, String)> = given.iter().cloned().chain(cursor).collect();
            let (some, after) = data::listed::<Row>(context, self.spec, &[], &asked).await?;
            rows.extend(some);
            next = after;
            if next.is_none() || rows.len() >= MOST {
                break;
            }
        }
        let is_cut = next.is_some() || rows.len() > MOST;
        rows.truncate(MOST);
        Ok((rows, is_cut))
    }

    /// Those that were ticked, or all that the list finds; and whether there are more than can be done at once.
    async fn chosen(&self, context: &mut Context, incoming: &Incoming) -> Result<(Vec<Row>, bool), Problem> {
        if !incoming.asked("all").is_empty() {
            return self.found(context, incoming).await;
        }
        let asked = incoming.query.iter().filter(|(name, _)| name == "id").map(|(_, key)| key.as_str());
        let mut keys: Vec<&str> = asked.collect();
        let is_cut = keys.len() > MOST;
        keys.truncate(MOST);
        Ok((self.rows(context, &keys).await?, is_cut))
    }
}

/// What the list was asked for.
fn kept(incoming: &Incoming) -> Vec<(String, String)> {
    let is_of_list =
        |name: &str| is_filter(name) || ["sort", "view", "limit", SAVED, columns::COLS].contains(&name);
    incoming.query.iter().filter(|(name, _)| is_of_list(name)).cloned().collect()
}

/// The list as it was.
fn back(page: &Page, incoming: &Incoming, register: &Register) -> Link {
    let given = own_place(incoming.typed("back"));
    let href = if given == "/" { address(register.path, &kept(incoming)) } else { given.to_owned() };
    Link::new(href, page.t(register.title), false)
}

/// Asks before the form is sent for all rows.
pub(super) fn ask(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let deed = Deed::of(&incoming)?;
        asked(&incoming, deed, |_| Faults::default(), StatusCode::OK).await
    })
}

async fn asked(
    incoming: &Incoming,
    deed: Deed,
    faults: impl FnOnce(&Page) -> Faults + Send,
    status: StatusCode,
) -> Answer {
    let (mut context, person) = incoming.enter().await?;
    let mut page = Page::signed_in(incoming, &mut context, &person, deed.form.title).await?;
    let me = page.me.clone().ok_or_else(not_signed_in)?;
    let is_sent = !incoming.endpoint.method.is_safe();
    let (rows, is_cut) = if is_sent {
        let keys: Vec<&str> = sent_rows(incoming).iter().map(|row| row.key).collect();
        (deed.rows(&mut context, &keys).await?, false)
    } else {
        deed.chosen(&mut context, incoming).await?
    };
    let entries = entry::entries(deed.form);
    let offers = form::offers_of(&mut context, page.words, &entries).await?;
    context.commit().await?;
    // What was sent is told by the endpoint; what is only ticked need not be sent in vain.
    let (rows, left_out): (Vec<Row>, Vec<Row>) =
        rows.into_iter().partition(|row| is_sent || fits(deed.form, row));
    let faults = faults(&page);
    if !faults.is_empty() {
        page.with_error();
    }
    let fields = form::fields(&page, &entries, &form::shown(&entries, incoming, None), &offers);
    let with_focus = |(place, field): (usize, Field)| if place == 0 { field.focus() } else { field };
    let mut fields: Vec<Field> = fields.into_iter().enumerate().map(with_focus).collect();
    faults.onto_all(&mut fields);
    let back = back(&page, incoming, deed.register);
    let (called, more) = several::named(&page, rows.iter().map(|row| deed.named(row)));
    let view = AskPage {
        icon: deed.form.icon,
        action: incoming.endpoint.path,
        told: page.tv("several-told", "count", rows.len()),
        named: called,
        more,
        notes: notes(&page, deed, &left_out, is_cut),
        about: page.words.say_if_known(&format!("about-{}", deed.form.title)),
        hidden: along(incoming, deed, &rows, back.href.clone()),
        back,
        button: page.t(deed.form.title),
        summary: faults.summary(page.t("summary-form")),
        fields,
        people: Vec::new(),
        is_empty: rows.is_empty(),
        page,
        me,
    };
    rendered(&view, status)
}

/// What is not among the rows, though it was chosen.
fn notes(page: &Page, deed: Deed, left_out: &[Row], is_cut: bool) -> Vec<String> {
    let (named, more) = several::named(page, left_out.iter().map(|row| deed.named(row)));
    let called: Vec<String> = named.into_iter().map(|one| one.code).chain(more).collect();
    let unfit = (!left_out.is_empty()).then(|| page.tv("several-left-out", "rows", called.join(", ")));
    let cut = is_cut.then(|| page.tv("several-cut", "count", MOST));
    unfit.into_iter().chain(cut).collect()
}

/// Fields that go along: the rows with the versions that were seen. A form that was refused keeps those that it had.
fn along(incoming: &Incoming, deed: Deed, rows: &[Row], back: String) -> Hidden {
    let line = |row: &Row| {
        let version = cell::text_of(row, "row_version").unwrap_or_default();
        format!("{}:{version}", deed.key_in(row))
    };
    let lines: Vec<String> = if incoming.endpoint.method.is_safe() {
        rows.iter().map(line).collect()
    } else {
        incoming.form.all("row").map(str::to_owned).collect()
    };
    let key = Some(incoming.form.raw("key")).filter(|key| !key.is_empty());
    let key = key.map_or_else(fresh_key, str::to_owned);
    let mut hidden = vec![("key".to_owned(), key), ("back".to_owned(), back)];
    hidden.extend(lines.into_iter().map(|line| ("row".to_owned(), line)));
    hidden
}

/// Does for each row what the form does.
pub(super) fn send(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let deed = Deed::of(&incoming)?;
        let rows = sent_rows(&incoming).len();
        if (1..=MOST).contains(&rows) {
            return done(&incoming, deed).await;
        }
        let told = |page: &Page| {
            let (key, count) = if rows == 0 { ("several-told", 0) } else { ("several-many", MOST) };
            Faults::whole(page.tv(key, "count", count))
        };
        asked(&incoming, deed, told, StatusCode::UNPROCESSABLE_ENTITY).await
    })
}

async fn done(incoming: &Incoming, deed: Deed) -> Answer {
    let begun = Instant::now();
    let target = endpoint(deed.form.method, deed.form.target).ok_or_else(missing)?;
    let entries = entry::entries(deed.form);
    let (mut context, person) = incoming.enter().await?;
    let page = Page::signed_in(incoming, &mut context, &person, "several-done-title").await?;
    let me = page.me.clone().ok_or_else(not_signed_in)?;
    let mut sent = sent_rows(incoming);
    let keys: Vec<&str> = sent.iter().map(|row| row.key).collect();
    let rows = deed.rows(&mut context, &keys).await?;
    context.commit().await?;
    // Whoever ends their own session among others could do nothing after it.
    sent.sort_by_key(|row| row.key == me.login);
    let body = Value::Object(entry::body(&entries, &incoming.form, None, &entry::Instants::new()));
    let parts: Vec<Incoming> = sent.iter().map(|row| part(incoming, deed, target, &body, row)).collect();
    let unread = parts.first().and_then(|first| check(first).err());
    if let Some(faults) = unread.and_then(|problem| of_fields(&entries, &[Change::Refused(problem)])) {
        return asked(incoming, deed, |_| faults, StatusCode::UNPROCESSABLE_ENTITY).await;
    }
    let changes = match several::each(incoming, begun, parts).await {
        Ok(changes) => changes,
        Err(problem) if problem.kind() == BUSY => {
            return asked(incoming, deed, |_| Faults::whole(problem.told()), BUSY.status).await;
        }
        Err(problem) => return Err(problem),
    };
    if let Some(faults) = of_fields(&entries, &changes) {
        return asked(incoming, deed, |_| faults, StatusCode::UNPROCESSABLE_ENTITY).await;
    }
    let told: Vec<several::Row> =
        sent.iter().zip(&changes).map(|(one, change)| told_of(&page, deed, &rows, one, change)).collect();
    done_page(incoming, deed, page, me, told)
}

fn done_page(incoming: &Incoming, deed: Deed, page: Page, me: Me, rows: Vec<several::Row>) -> Answer {
    let view = DonePage {
        icon: several::icon(deed.form.icon, &rows),
        action: incoming.endpoint.path,
        told: several::told(&page, "several-done", &rows),
        again: several::again(incoming, &rows),
        undo: Hidden::new(),
        back: back(&page, incoming, deed.register),
        rows,
        page,
        me,
    };
    rendered(&view, StatusCode::OK)
}

/// The request for one row, under a key of its own.
fn part(
    incoming: &Incoming,
    deed: Deed,
    target: &'static Endpoint,
    body: &Value,
    row: &Sent<'_>,
) -> Incoming {
    let version = Some(row.version).filter(|version| !version.is_empty());
    let route = format!("page {} {}", incoming.endpoint.path, row.key);
    incoming
        .sent_to(target, body)
        .at(vec![(deed.key.to_owned(), row.key.to_owned())])
        .with("if-match", &version.map(|version| format!("\"v{version}\"")).unwrap_or_default())
        .part_of(Part { route, key: incoming.form.raw("key").to_owned() })
}

/// What is wrong with the fields, where every row was refused for the same.
fn of_fields(entries: &[Entry], changes: &[Change]) -> Option<Faults> {
    let mut refused = changes.iter().map(|change| match change {
        Change::Refused(problem) => form::faults_of(entries, problem),
        _ => Vec::new(),
    });
    let first = refused.next()?;
    let is_about_fields = !first.is_empty() && first.iter().all(|(field, _)| field.is_some());
    (is_about_fields && refused.all(|other| other == first)).then(|| Faults::all(first))
}

fn told_of(page: &Page, deed: Deed, rows: &[Row], one: &Sent<'_>, change: &Change) -> several::Row {
    let row = rows.iter().find(|row| deed.key_in(row) == one.key);
    let why = match change {
        Change::Refused(problem) if problem.kind() == KEY_REUSED => page.t("several-sent-before"),
        Change::Refused(problem) => problem.told(),
        Change::Done(_) | Change::NotReached => String::new(),
    };
    several::Row {
        href: filled(deed.register.record.unwrap_or(deed.register.path), |_| one.key.to_owned()),
        named: row.map_or_else(|| Named::code(one.key.to_owned()), |row| deed.named(row)),
        outcome: change.outcome(),
        why,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_named_with_the_version_that_was_seen() {
        assert_eq!(sent_row("7:3"), Some(Sent { key: "7", version: "3" }));
        assert_eq!(sent_row("sample.admin:"), Some(Sent { key: "sample.admin", version: "" }));
        assert_eq!(sent_row("a:b:"), Some(Sent { key: "a:b", version: "" }));
        assert_eq!(sent_row("7"), None);
        assert_eq!(sent_row(":3"), None);
    }

    #[test]
    fn a_page_leads_to_its_register_and_its_form() {
        let found = about("/users/disable/bulk").map(|(register, form)| (register.path, form.path));
        assert_eq!(found, Some(("/users", "/users/{login}/disable")));
        assert!(about("/users/grant/bulk").is_none(), "each has another role");
        assert!(about("/users/disable").is_none());
    }
}
