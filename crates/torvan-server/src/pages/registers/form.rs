//! The page of a form: what an endpoint of the API takes, asked for in fields; what it refuses, beside them.

use std::collections::BTreeMap;

use askama::Template;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use torvan_store::Context;
use torvan_store::call::Returned;
use torvan_store::identity::Person;
use torvan_store::surface::surface;

use super::cell::{self, Row};
use super::entry::{self, Entry, Instants, is_plant_time};
use super::list::heading;
use super::record::titled;
use super::reference::OffersOf;
use super::{Form, endpoint, filled, form, record, record_path, relation_of};
use crate::api::dispatch::{Refusable, act, answered_before};
use crate::api::endpoint::{Action, Endpoint};
use crate::http::Answer;
use crate::http::form::Form as Sent;
use crate::http::problem::{CONFLICT, INVALID, KEY_REUSED, NOT_FOUND, Problem, STALE};
use crate::identity::Answering;
use crate::incoming::{Incoming, not_signed_in};
use crate::pages::components::{Conflict, Faults, Field, Link, Summary};
use crate::pages::flash::Done;
use crate::pages::identity::forms::Again as Proofs;
use crate::pages::moment::Clock;
use crate::pages::page::{Me, Page, rendered};
use crate::pages::signing::{Refused, Signing, prove};
use crate::pages::way::to;
use crate::pages::{data, way};
use crate::words::Words;

/// Hidden field with the version of the row that the form was filled from.
pub(in crate::pages) const VERSION: &str = "version";
/// Hidden field with the values that the form was filled from.
const SEEN: &str = "seen";
/// Hidden field of a form that takes back what was just saved.
const UNDO: &str = "undo";
/// Hidden field that makes a form that is sent twice act once.
pub(in crate::pages) const ONCE: &str = "once";

#[derive(Debug, Template)]
#[template(path = "registers/form.html")]
struct FormPage {
    page: Page,
    me: Me,
    back: Link,
    summary: Summary,
    conflict: Option<Conflict>,
    fields: Vec<Field>,
    version: String,
    /// Values that the form was filled from.
    seen: String,
    once: String,
    action: String,
    about: Option<String>,
    /// What the button says: what is done, or that it is kept.
    act: String,
    signing: Option<Signing>,
}

/// What a form is shown with.
#[derive(Debug, Default)]
struct Again {
    faults: Faults,
    conflict: bool,
    /// Whether its key belongs to what was done before: the form was sent, and came back by the browser's way.
    is_used: bool,
    status: StatusCode,
    /// Seconds after which another try makes sense.
    retry_after: Option<u64>,
}

/// Functions that sign, and in which meaning: whoever sends their form proves anew who they are.
const SIGNED: [(&str, &str); 6] = [
    ("allow_host", "approved"),
    ("withdraw_document", "approved"),
    ("place_hold", "approved"),
    ("release_hold", "released"),
    ("approve_retention_run", "destroyed"),
    ("erase_subject", "destroyed"),
];

pub(super) fn meaning_of(form: &Form) -> Option<&'static str> {
    let Action::Call(spec) = &endpoint(form.method, form.target)?.action else { return None };
    SIGNED.iter().find(|(function, _)| *function == spec.function).map(|(_, meaning)| *meaning)
}

fn missing() -> Problem {
    Problem::new(NOT_FOUND, NOT_FOUND.title)
}

pub(super) fn show(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let form = form(incoming.endpoint.path).ok_or_else(missing)?;
        page_of(&incoming, form, Again::default()).await
    })
}

/// The row that the form is about, where its path names one, with its version.
async fn row_of(
    context: &mut Context,
    incoming: &Incoming,
    form: &Form,
) -> Result<Option<(Row, String)>, Problem> {
    let Some(path) = record_path(form) else { return Ok(None) };
    let relation = relation_of(path).ok_or_else(missing)?;
    let row = data::one_tagged(context, relation, &incoming.path).await?;
    let (mut row, tag): (Row, String) = row.ok_or_else(missing)?;
    record::tell_more(context, path, &mut row).await?;
    Ok(Some((row, tag)))
}

/// The build whose material a form is about; one out of sight has no form.
async fn build_of(
    context: &mut Context,
    incoming: &Incoming,
    form: &Form,
) -> Result<Option<String>, Problem> {
    if !form.path.starts_with("/builds/{build_id}/") {
        return Ok(None);
    }
    let path = [("build_id".to_owned(), incoming.key("build_id")?.to_string())];
    let build: Option<Row> = data::one(context, "builds", &path).await?;
    let build = build.ok_or_else(missing)?;
    Ok(cell::text_of(&build, "build_number"))
}

/// What a form is about: what it asks for, and the row as it is where it changes one.
struct About {
    form: &'static Form,
    entries: Vec<Entry>,
    row: Option<(Row, String)>,
    /// Number of the build in its path, whose pick list it stands on.
    build: Option<String>,
}

impl About {
    async fn of(context: &mut Context, incoming: &Incoming, form: &'static Form) -> Result<Self, Problem> {
        let entries = entry::entries(form);
        let mut row = row_of(context, incoming, form).await?;
        if let Some((row, _)) = &mut row {
            by_plant_clocks(context, &entries, row).await?;
        }
        let build = build_of(context, incoming, form).await?;
        Ok(Self { form, entries, row, build })
    }

    fn row(&self) -> Option<&Row> {
        self.row.as_ref().map(|(row, _)| row)
    }

    fn tag(&self) -> &str {
        self.row.as_ref().map_or("", |(_, tag)| tag)
    }

    /// Whether it changes the row, as opposed to doing something with it.
    fn is_change(&self) -> bool {
        let is_update = endpoint(self.form.method, self.form.target)
            .is_some_and(|target| matches!(target.action, Action::Update { .. }));
        is_update || self.entries.iter().any(|entry| entry.is_change)
    }
}

/// Instants of a row as the clocks of the plant show them: so they are asked for.
async fn by_plant_clocks(context: &mut Context, entries: &[Entry], row: &mut Row) -> Result<(), Problem> {
    for entry in entries.iter().filter(|entry| entry.is_moment()) {
        let Some(at) = cell::text_of(row, entry.name) else { continue };
        let given = Map::from_iter([("at".to_owned(), Value::String(at))]);
        if let Returned::One(Some(time)) = data::act(context, "plant_time", given).await? {
            row.insert(entry.name.to_owned(), time);
        }
    }
    Ok(())
}

/// What is offered for the fields that point to something.
pub(super) async fn offers_of(
    context: &mut Context,
    words: Words,
    entries: &[Entry],
) -> Result<OffersOf, Problem> {
    let mut offers = OffersOf::new();
    for entry in entries {
        if let Some(reference) = entry.reference {
            offers.insert(entry.name, reference.offered(context, words).await?);
        }
    }
    Ok(offers)
}

async fn page_of(incoming: &Incoming, form: &'static Form, again: Again) -> Answer {
    let (mut context, person): (_, Person) = incoming.look().await?;
    let about = About::of(&mut context, incoming, form).await?;
    let mut page = Page::signed_in(incoming, &mut context, &person, form.title).await?;
    // Nobody gives a password for what cannot be; what is not signed is told by the database beside what was typed.
    let is_open = about.row().is_none_or(|row| record::fits(form, row));
    if incoming.endpoint.method.is_safe() && meaning_of(form).is_some() && !is_open {
        return Err(Problem::new(CONFLICT, page.t("register-not-open")));
    }
    let offers = offers_of(&mut context, page.words, &about.entries).await?;
    let seen = Seen::of(incoming, &about, again.conflict);
    let conflict =
        if again.conflict { Some(conflict(&mut context, &page, &about, &seen).await?) } else { None };
    context.rollback().await?;
    let me = page.me.clone().ok_or_else(not_signed_in)?;
    let values =
        if again.conflict { seen.merged(&about) } else { shown(&about.entries, incoming, about.row()) };
    let asked = fields(&page, &about.entries, &values, &offers);
    let signing = meaning_of(form).map(|meaning| Signing::new(&page, &me, meaning, &page.t(form.title)));
    let (fields, signing) = with_faults(asked, signing, &again.faults);
    let summary = summary(&page, &again);
    if !again.faults.is_empty() || again.conflict || again.is_used {
        page.with_error();
    }
    let is_sent = !incoming.endpoint.method.is_safe();
    let version = incoming.form.raw(VERSION);
    let keeps_version = is_sent && !again.conflict && !version.is_empty();
    let view = FormPage {
        back: back(&page, incoming, &about),
        summary,
        conflict,
        fields,
        signing,
        version: if keeps_version { version.to_owned() } else { about.tag().to_owned() },
        seen: if about.is_change() { seen.told(&about, again.conflict) } else { String::new() },
        once: once(incoming, &again),
        action: way::path_of(incoming),
        act: act_of(&page, form),
        about: page.words.say_if_known(&format!("about-{}", form.title)),
        page,
        me,
    };
    Proofs::answered(again.status, again.retry_after, rendered(&view, again.status))
}

/// What somebody had before their eyes when they began to type, and what they typed.
struct Seen {
    before: BTreeMap<String, String>,
    typed: BTreeMap<&'static str, String>,
}

impl Seen {
    fn of(incoming: &Incoming, about: &About, is_stale: bool) -> Self {
        let sent = serde_json::from_str(incoming.form.raw(SEEN)).ok();
        let before = match sent {
            Some(before) => before,
            // A form without it saw nothing but what it sends.
            None if is_stale => BTreeMap::new(),
            None => about.now(),
        };
        let typed = |entry: &Entry| Some((entry.name, entry.sent(&incoming.form)?));
        Self { before, typed: about.entries.iter().filter_map(typed).collect() }
    }

    /// Whether somebody changed a field of theirs.
    fn is_touched(&self, entry: &Entry) -> bool {
        let typed = self.typed.get(entry.name);
        typed.is_some_and(|typed| self.before.get(entry.name).is_none_or(|seen| !entry.is_same(typed, seen)))
    }

    /// What was typed, and in the place of what was not touched what is there now.
    fn merged(&self, about: &About) -> Values {
        let now = about.now();
        let value = |entry: &Entry| {
            let kept = self.typed.get(entry.name).filter(|_| self.is_touched(entry));
            (entry.name, kept.or_else(|| now.get(entry.name)).cloned().unwrap_or_default())
        };
        about.entries.iter().map(value).collect()
    }

    /// For the next time that the form is sent. Only whoever was told what changed meanwhile has seen it.
    fn told(&self, about: &About, is_conflict: bool) -> String {
        let seen = if is_conflict { &about.now() } else { &self.before };
        json!(seen).to_string()
    }
}

impl About {
    /// Values of the row as they are.
    fn now(&self) -> BTreeMap<String, String> {
        let Some(row) = self.row() else { return BTreeMap::new() };
        self.entries.iter().map(|entry| (entry.name.to_owned(), entry.typed(row))).collect()
    }
}

/// Each fault at its field, those of the proof among them.
fn with_faults(
    mut fields: Vec<Field>,
    signing: Option<Signing>,
    faults: &Faults,
) -> (Vec<Field>, Option<Signing>) {
    let Some(signing) = signing else {
        faults.onto_all(&mut fields);
        return (fields, None);
    };
    let (who, password, code) = signing.parts();
    fields.extend([password, code]);
    faults.onto_all(&mut fields);
    let (code, password) = (fields.pop(), fields.pop());
    let signing = password.zip(code).map(|(password, code)| who.with(password, code));
    (fields, signing)
}

fn act_of(page: &Page, form: &Form) -> String {
    let is_named = form.path.contains('{') && form.method != crate::api::endpoint::Method::Patch;
    let is_named = is_named || form.fields.len() < 2;
    page.t(if is_named { form.title } else { "save" })
}

/// The key of a form that was refused stays good: nothing was done with it.
fn once(incoming: &Incoming, again: &Again) -> String {
    let sent = incoming.form.raw(ONCE);
    let is_free = !again.faults.is_empty() && !again.is_used && !sent.is_empty();
    if is_free { sent.to_owned() } else { incoming.request_id.clone() }
}

/// Values of fields, as they are typed.
pub(super) type Values = BTreeMap<&'static str, String>;

/// What was sent, else what the address says, else what is proposed, else what the row has.
pub(super) fn shown(entries: &[Entry], incoming: &Incoming, row: Option<&Row>) -> Values {
    let is_sent = !incoming.endpoint.method.is_safe();
    let asked = Sent::of_pairs(incoming.query.iter().cloned());
    let value = |entry: &Entry| {
        if is_sent {
            return (entry.name, entry.sent(&incoming.form).unwrap_or_default());
        }
        let proposed = Some(entry.proposed.to_owned()).filter(|value| !value.is_empty());
        let stored = row.map(|row| entry.typed(row));
        (entry.name, entry.sent(&asked).or(proposed).or(stored).unwrap_or_default())
    };
    entries.iter().map(value).collect()
}

/// What is asked for.
pub(super) fn fields(page: &Page, entries: &[Entry], values: &Values, offers: &OffersOf) -> Vec<Field> {
    let value = |entry: &Entry| values.get(entry.name).map_or("", String::as_str).to_owned();
    entries.iter().map(|entry| entry.field(page, &value(entry), offers)).collect()
}

fn summary(page: &Page, again: &Again) -> Summary {
    let said = page.t("summary-form");
    if again.is_used {
        Faults::whole(page.t("register-sent-before")).summary(said)
    } else {
        again.faults.clone().summary(said)
    }
}

fn back(page: &Page, incoming: &Incoming, about: &About) -> Link {
    let form = about.form;
    let path = record_path(form);
    let own = |name: &str| incoming.path_value(name).map(str::to_owned).unwrap_or_default();
    if let Some(build) = &about.build {
        return Link::new(filled(form.back, own), page.tv("pick-list-of", "build", build.clone()), false);
    }
    if let (Some(path), Some(row)) = (path, about.row()) {
        let text = record(path).map(|record| titled(page.words, record, row)).unwrap_or_default();
        return Link::new(filled(path, own), text, false);
    }
    let is_known = |name: &str| incoming.path_value(name).is_some();
    if path.is_none() && record(form.back).is_some() && super::names_in(form.back).all(is_known) {
        let called = super::names_in(form.back).last().map(own).unwrap_or_default();
        let text = cell::known_word(page.words, &called).unwrap_or(called);
        return Link::new(filled(form.back, own), text, false);
    }
    let register = form.path.rsplit_once('/').map_or("/", |(register, _)| register);
    let title = super::register(register).map_or("nav-home", |register| register.title);
    Link::new(register.to_owned(), page.t(title), false)
}

#[derive(Debug, Deserialize)]
struct Changed {
    changed_at: DateTime<Utc>,
    who: Option<String>,
}

/// Who changed the row last, where its table is known.
async fn last_change(context: &mut Context, about: &About) -> Result<Option<Changed>, Problem> {
    let relation = record_path(about.form).and_then(relation_of);
    let key = relation.and_then(|name| surface().relations.get(name)).map(|relation| &relation.key);
    let (Some(relation), Some(key), Some(row)) = (relation, key, about.row()) else { return Ok(None) };
    let values: Vec<String> = key.iter().filter_map(|column| cell::text_of(row, column)).collect();
    let given = Map::from_iter([
        ("table".to_owned(), Value::from(relation)),
        ("key".to_owned(), Value::from(values.join("/"))),
    ]);
    let found: Vec<Changed> = data::found(context, "last_change_of", given).await?;
    Ok(found.into_iter().next())
}

/// What somebody else changed meanwhile: who, when, and each value as it was and as it is.
async fn conflict(
    context: &mut Context,
    page: &Page,
    about: &About,
    seen: &Seen,
) -> Result<Conflict, Problem> {
    let now = about.now();
    let told = about.entries.iter().filter_map(|entry| {
        let is = now.get(entry.name)?;
        let was = seen.before.get(entry.name);
        let other = was.or_else(|| seen.typed.get(entry.name)).filter(|other| !entry.is_same(other, is))?;
        let before = was.map(|_| format!("{} → ", entry.shown(page, other))).unwrap_or_default();
        Some(format!("{}: {before}{}", heading(page, entry.name), entry.shown(page, is)))
    });
    let told: Vec<String> = told.collect();
    let title = match last_change(context, about).await? {
        Some(Changed { changed_at, who: Some(who) }) => page.words.say_with(
            "register-conflict-by",
            &[("who", who.into()), ("when", Clock::now(page.words).exact(changed_at).into())],
        ),
        _ => page.t("register-conflict"),
    };
    let text = if told.is_empty() {
        page.t("register-conflict-elsewhere")
    } else {
        page.tv("register-conflict-text", "now", told.join(" · "))
    };
    Ok(Conflict { title, text, ways: Vec::new() })
}

pub(super) fn send(mut incoming: Incoming) -> Answering {
    Box::pin(async move {
        let form = form(incoming.endpoint.path).ok_or_else(missing)?;
        let target = endpoint(form.method, form.target).ok_or_else(missing)?;
        let (mut context, person) = incoming.look().await?;
        let about = About::of(&mut context, &incoming, form).await?;
        context.rollback().await?;
        let page = Page::open(&incoming, Some(&person), form.title);
        let (instants, faults) = read(&incoming, &page, &about).await?;
        if !faults.is_empty() {
            let again = Again { faults: Faults::all(faults), status: INVALID.status, ..Again::default() };
            return page_of(&incoming, form, again).await;
        }
        let own = about.row().filter(|_| about.is_change());
        let body = entry::body(&about.entries, &incoming.form, own, &instants);
        if own.is_some() && body.is_empty() {
            return Ok(to(&filled(form.back, |name| value_of(&incoming, None, name))));
        }
        if about.is_change() && is_stale(&incoming, &about) {
            return refused(&incoming, &about, Problem::new(STALE, STALE.title)).await;
        }
        let body = Value::Object(body);
        if meaning_of(form).is_some() {
            // Sent twice, it needs no second code.
            let is_new = match answered_before(&asked_of(&incoming, target, &body)).await {
                Ok(before) => before.is_none(),
                Err(problem) => return refused(&incoming, &about, problem).await,
            };
            if is_new && let Some(again) = unproved(&mut incoming).await? {
                return page_of(&incoming, form, again).await;
            }
        }
        let part = asked_of(&incoming, target, &body);
        let part = if is_undo(&incoming) { part.with("if-match", about.tag()) } else { part };
        match act(&part).await {
            Ok(acted) => {
                let made =
                    serde_json::from_slice(&acted.stored().body.unwrap_or_default()).unwrap_or(Value::Null);
                // What was removed is no more, and what it belonged to is known by its row alone.
                let of_row = |name: &str| about.row().and_then(|row| cell::text_of(row, name));
                let place = filled(form.back, |name| {
                    let value = value_of(&incoming, Some(&made), name);
                    if value.is_empty() { of_row(name).unwrap_or_default() } else { value }
                });
                let mut response = to(&place);
                done(&incoming, &about, place).keep(&mut response);
                Ok(response)
            }
            Err(problem) => refused(&incoming, &about, problem).await,
        }
    })
}

/// Faults with their fields.
type Found = Vec<(Option<&'static str>, String)>;

/// Everything that is wrong with what was typed, at once; and instants that were typed by the clocks of the plant.
async fn read(incoming: &Incoming, page: &Page, about: &About) -> Result<(Instants, Found), Problem> {
    let is_change = about.is_change();
    let mut faults: Found = Vec::new();
    let mut instants = Instants::new();
    for entry in &about.entries {
        if let Some(fault) = entry.fault(page, &incoming.form, is_change) {
            faults.push((Some(entry.name), fault));
            continue;
        }
        let time = entry.sent(&incoming.form).filter(|text| entry.is_moment() && is_plant_time(text));
        let Some(time) = time else { continue };
        match instant_of(incoming, time).await {
            Ok(instant) => drop(instants.insert(entry.name, instant)),
            Err(problem) if problem.kind() == INVALID => faults.push((Some(entry.name), problem.told())),
            Err(problem) => return Err(problem),
        }
    }
    Ok((instants, faults))
}

/// The instant at which the clocks of the plant show a time.
async fn instant_of(incoming: &Incoming, time: String) -> Result<String, Problem> {
    let (mut context, _) = incoming.look().await?;
    let given = Map::from_iter([("time".to_owned(), Value::String(time))]);
    let found = data::act(&mut context, "plant_instant", given).await;
    context.rollback().await?;
    match found? {
        Returned::One(Some(instant)) => Ok(instant.get().trim_matches('"').to_owned()),
        _ => Err(missing()),
    }
}

/// Whether it takes back what was just saved.
fn is_undo(incoming: &Incoming) -> bool {
    incoming.form.has(UNDO)
}

/// What was done, and how to take it back: what is changed can be changed back, as long as nobody else changed it again.
fn done(incoming: &Incoming, about: &About, place: String) -> Done {
    let mut done = Done { at: place, what: about.form.title.to_owned(), ..Done::default() };
    let is_saved = about.is_change();
    let is_new = !is_saved && !about.form.path.contains('{');
    let key = match () {
        () if is_undo(incoming) => "did-undone",
        () if is_saved => "did-saved",
        () if is_new => "did-added",
        () => "did-act",
    };
    key.clone_into(&mut done.key);
    let (true, false, Some(row)) = (is_saved, is_undo(incoming), about.row()) else { return done };
    // A reason is given anew by whoever takes it back.
    if about.entries.iter().any(Entry::is_reason) {
        return done;
    }
    let mut now = BTreeMap::new();
    for entry in &about.entries {
        let (was, Some(is)) = (entry.typed(row), entry.sent(&incoming.form)) else { continue };
        if !entry.is_same(&was, &is) {
            done.fields.push((entry.name.to_owned(), was));
            now.insert(entry.name, is);
        }
    }
    done.undo = way::path_of(incoming);
    done.fields.push((SEEN.to_owned(), json!(now).to_string()));
    done.fields.push((UNDO.to_owned(), "1".to_owned()));
    done.fields.push((ONCE.to_owned(), incoming.request_id.clone()));
    done
}

/// Why whoever signs has not proved who they are.
async fn unproved(incoming: &mut Incoming) -> Result<Option<Again>, Problem> {
    let (context, person) = incoming.enter().await?;
    context.commit().await?;
    let page = Page::open(incoming, Some(&person), "save");
    match prove(incoming, &page, &person).await {
        Ok(()) => Ok(None),
        Err(Refused::Form(Proofs { faults, status, retry_after })) => {
            Ok(Some(Again { faults, status, retry_after, ..Again::default() }))
        }
        Err(Refused::Problem(problem)) => Err(problem),
    }
}

/// Whether the row is another one than the form was filled from. Only a function is not told of the version that it changes: what
/// somebody else changed meanwhile would be taken for typed.
fn is_stale(incoming: &Incoming, about: &About) -> bool {
    if is_undo(incoming) {
        let seen: BTreeMap<String, String> =
            serde_json::from_str(incoming.form.raw(SEEN)).unwrap_or_default();
        let now = about.now();
        let is_same = |entry: &&Entry| match (seen.get(entry.name), now.get(entry.name)) {
            (Some(seen), Some(now)) => entry.is_same(seen, now),
            _ => true,
        };
        return !about.entries.iter().all(|entry| is_same(&entry));
    }
    let seen = incoming.form.raw(VERSION);
    !seen.is_empty() && seen != about.tag() && about.entries.iter().any(|entry| entry.is_change)
}

fn value_of(incoming: &Incoming, made: Option<&Value>, name: &str) -> String {
    let made = made.and_then(|made| made.get(name)).map(|value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    });
    let path = incoming.path_value(name).map(str::to_owned);
    let sent = Some(incoming.form.text(name).to_owned()).filter(|text| !text.is_empty());
    made.or(path).or(sent).unwrap_or_default()
}

/// The same request as a program would send it to the endpoint.
pub(in crate::pages) fn asked_of(incoming: &Incoming, target: &'static Endpoint, body: &Value) -> Incoming {
    let sent = incoming.sent_to(target, body);
    sent.with("if-match", incoming.form.raw(VERSION)).with("idempotency-key", incoming.form.raw(ONCE))
}

/// What the endpoint refused, beside the fields it names.
async fn refused(incoming: &Incoming, about: &About, problem: Problem) -> Answer {
    let kind = problem.kind();
    let is_about_input = kind.status.is_client_error() && kind.status != StatusCode::UNAUTHORIZED;
    if !is_about_input {
        return Err(problem);
    }
    // What the form tells is no answer that is written down as a refusal on its way out.
    Refusable::of(incoming).note_if_refused(&problem).await;
    let faults = faults_of(&about.entries, &problem);
    let (conflict, is_used) = (kind == STALE, kind == KEY_REUSED);
    let faults = Faults::all(if conflict || is_used { Vec::new() } else { faults });
    let again = Again { faults, conflict, is_used, status: kind.status, retry_after: None };
    page_of(incoming, about.form, again).await
}

/// What was refused, each with the field that it is about where there is one.
pub(super) fn faults_of(entries: &[Entry], problem: &Problem) -> Vec<(Option<&'static str>, String)> {
    let mut faults: Vec<(Option<&'static str>, String)> = Vec::new();
    for fault in problem.faults() {
        let named = fault.pointer.as_deref().and_then(|pointer| pointer.strip_prefix('/'));
        let field = entries.iter().find(|entry| Some(entry.name) == named).map(|entry| entry.name);
        faults.push((field, problem.told_fault(fault)));
    }
    if faults.is_empty() {
        // A record that is named by its code is asked for by what it is: a supplier, not a supplier_code.
        let is_about = |entry: &&Entry| {
            [entry.name.to_owned(), format!("{}_code", entry.name)]
                .iter()
                .any(|name| problem.told_of(name).is_some())
        };
        faults.push((entries.iter().find(is_about).map(|entry| entry.name), problem.told()));
    }
    faults
}
