//! The page of a form: what an endpoint of the API takes, asked for in fields; what it refuses, beside them.

use askama::Template;
use axum::http::StatusCode;
use serde_json::Value;
use torvan_store::identity::Person;

use super::cell::{self, Row};
use super::entry::{self, Entry};
use super::list::heading;
use super::{Form, endpoint, filled, form, record, record_path, relation_of};
use crate::api::dispatch::{Refusable, act, answered_before};
use crate::api::endpoint::{Action, Endpoint};
use crate::http::Answer;
use crate::http::problem::{KEY_REUSED, NOT_FOUND, Problem, STALE};
use crate::identity::Answering;
use crate::incoming::{Incoming, not_signed_in};
use crate::pages::components::{Conflict, Faults, Field, Link, Summary};
use crate::pages::identity::forms::Again as Proofs;
use crate::pages::page::{Me, Page, rendered};
use crate::pages::signing::{Refused, Signing, prove};
use crate::pages::way::to;
use crate::pages::{data, way};

/// Hidden field with the version of the row that the form was filled from.
pub(in crate::pages) const VERSION: &str = "version";
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
    context: &mut torvan_store::Context,
    incoming: &Incoming,
    form: &Form,
) -> Result<Option<(Row, String)>, Problem> {
    let Some(path) = record_path(form) else { return Ok(None) };
    let relation = relation_of(path).ok_or_else(missing)?;
    let row = data::one_tagged(context, relation, &incoming.path).await?;
    row.map(Some).ok_or_else(missing)
}

async fn page_of(incoming: &Incoming, form: &'static Form, again: Again) -> Answer {
    let (mut context, person): (_, Person) = incoming.look().await?;
    let row = row_of(&mut context, incoming, form).await?;
    let mut page = Page::signed_in(incoming, &mut context, &person, form.title).await?;
    context.rollback().await?;
    let me = page.me.clone().ok_or_else(not_signed_in)?;
    let entries = entry::entries(form);
    let is_sent = !incoming.endpoint.method.is_safe();
    let asked = fields(&page, incoming, &entries, row.as_ref().map(|(row, _)| row), is_sent);
    let signing = meaning_of(form).map(|meaning| Signing::new(&page, &me, meaning, &page.t(form.title)));
    let (fields, signing) = with_faults(asked, signing, &again.faults);
    let summary = summary(&page, &again);
    if !again.faults.is_empty() || again.conflict || again.is_used {
        page.with_error();
    }
    let version = row.as_ref().map(|(_, tag)| tag.clone()).unwrap_or_default();
    let seen = incoming.form.raw(VERSION);
    let version = if is_sent && !again.conflict && !seen.is_empty() { seen.to_owned() } else { version };
    let view = FormPage {
        back: back(&page, incoming, form, row.as_ref().map(|(row, _)| row)),
        summary,
        conflict: again
            .conflict
            .then(|| conflict(&page, &entries, incoming, row.as_ref().map(|(row, _)| row))),
        fields,
        signing,
        version,
        once: once(incoming, &again),
        action: way::path_of(incoming),
        act: act_of(&page, form),
        about: page.words.say_if_known(&format!("about-{}", form.title)),
        page,
        me,
    };
    Proofs::answered(again.status, again.retry_after, rendered(&view, again.status))
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

/// What is asked for, with what was typed, else with what the row has.
pub(super) fn fields(
    page: &Page,
    incoming: &Incoming,
    entries: &[Entry],
    row: Option<&Row>,
    is_sent: bool,
) -> Vec<Field> {
    let asked =
        |name: &str| incoming.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
    let is_update = row.is_some();
    let field = |entry: &Entry| {
        let stored = row.filter(|_| is_update).map(|row| entry.typed(row));
        let value = if is_sent {
            incoming.form.raw(entry.name).to_owned()
        } else {
            let proposed = Some(entry.proposed.to_owned()).filter(|value| !value.is_empty());
            asked(entry.name).or(proposed).or(stored).unwrap_or_default()
        };
        entry.field(page, &value)
    };
    entries.iter().map(field).collect()
}

fn summary(page: &Page, again: &Again) -> Summary {
    let said = page.t("summary-form");
    if again.is_used {
        Faults::whole(page.t("register-sent-before")).summary(said)
    } else {
        again.faults.clone().summary(said)
    }
}

fn back(page: &Page, incoming: &Incoming, form: &Form, row: Option<&Row>) -> Link {
    let path = record_path(form);
    let own = |name: &str| incoming.path_value(name).map(str::to_owned).unwrap_or_default();
    if let (Some(path), Some(row)) = (path, row) {
        let called = record(path).and_then(|record| record.title.first());
        let text = called.and_then(|name| cell::text_of(row, name)).unwrap_or_default();
        return Link::new(filled(path, own), text, false);
    }
    let register = form.path.rsplit_once('/').map_or("/", |(register, _)| register);
    let title = super::register(register).map_or("nav-home", |register| register.title);
    Link::new(register.to_owned(), page.t(title), false)
}

/// What somebody else changed meanwhile: the values as they are now, where they differ from what is typed.
fn conflict(page: &Page, entries: &[Entry], incoming: &Incoming, row: Option<&Row>) -> Conflict {
    let differs =
        |entry: &&Entry| row.is_some_and(|row| entry.typed(row).trim() != incoming.form.text(entry.name));
    let told = entries.iter().filter(differs).filter_map(|entry| {
        let now = entry.typed(row?);
        let now = if now.is_empty() { "–".to_owned() } else { now };
        Some(format!("{}: {now}", heading(page, entry.name)))
    });
    Conflict {
        title: page.t("register-conflict"),
        text: page.tv("register-conflict-text", "now", told.collect::<Vec<_>>().join(" · ")),
        ways: Vec::new(),
    }
}

pub(super) fn send(mut incoming: Incoming) -> Answering {
    Box::pin(async move {
        let form = form(incoming.endpoint.path).ok_or_else(missing)?;
        let target = endpoint(form.method, form.target).ok_or_else(missing)?;
        let entries = entry::entries(form);
        let own = own_row(&incoming, form, target, &entries).await?;
        let body = entry::body(&entries, &incoming.form, own.as_ref().map(|(row, _)| row));
        if own.is_some() && body.is_empty() {
            return Ok(to(&filled(form.back, |name| value_of(&incoming, None, name))));
        }
        if own.is_some_and(|(_, tag)| is_stale(&incoming, &entries, &tag)) {
            return refused(&incoming, form, &entries, Problem::new(STALE, STALE.title)).await;
        }
        let body = Value::Object(body);
        if meaning_of(form).is_some() {
            // Sent twice, it needs no second code.
            let is_new = match answered_before(&asked_of(&incoming, target, &body)).await {
                Ok(before) => before.is_none(),
                Err(problem) => return refused(&incoming, form, &entries, problem).await,
            };
            if is_new && let Some(again) = unproved(&mut incoming).await? {
                return page_of(&incoming, form, again).await;
            }
        }
        let part = asked_of(&incoming, target, &body);
        match act(&part).await {
            Ok(acted) => {
                let made =
                    serde_json::from_slice(&acted.stored().body.unwrap_or_default()).unwrap_or(Value::Null);
                Ok(to(&filled(form.back, |name| value_of(&incoming, Some(&made), name))))
            }
            Err(problem) => refused(&incoming, form, &entries, problem).await,
        }
    })
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

/// The row as it is, for a form that changes one.
async fn own_row(
    incoming: &Incoming,
    form: &Form,
    target: &Endpoint,
    entries: &[Entry],
) -> Result<Option<(Row, String)>, Problem> {
    let changes = entries.iter().any(|entry| entry.is_change);
    if !changes && !matches!(target.action, Action::Update { .. }) {
        return Ok(None);
    }
    let (mut context, _) = incoming.look().await?;
    let row = row_of(&mut context, incoming, form).await?;
    context.rollback().await?;
    Ok(row)
}

/// Whether the row is another one than the form was filled from. Only a function is not told of the version that it changes: what
/// somebody else changed meanwhile would be taken for typed.
fn is_stale(incoming: &Incoming, entries: &[Entry], tag: &str) -> bool {
    let seen = incoming.form.raw(VERSION);
    !seen.is_empty() && seen != tag && entries.iter().any(|entry| entry.is_change)
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
async fn refused(incoming: &Incoming, form: &'static Form, entries: &[Entry], problem: Problem) -> Answer {
    let kind = problem.kind();
    let is_about_input = kind.status.is_client_error() && kind.status != StatusCode::UNAUTHORIZED;
    if !is_about_input {
        return Err(problem);
    }
    // What the form tells is no answer that is written down as a refusal on its way out.
    Refusable::of(incoming).note_if_refused(&problem).await;
    let faults = faults_of(entries, &problem);
    let (conflict, is_used) = (kind == STALE, kind == KEY_REUSED);
    let faults = Faults::all(if conflict || is_used { Vec::new() } else { faults });
    page_of(incoming, form, Again { faults, conflict, is_used, status: kind.status, retry_after: None }).await
}

/// What was refused, each with the field that it is about where there is one.
pub(super) fn faults_of(entries: &[Entry], problem: &Problem) -> Vec<(Option<&'static str>, String)> {
    let mut faults: Vec<(Option<&'static str>, String)> = Vec::new();
    for fault in problem.faults() {
        let named = fault.pointer.as_deref().and_then(|pointer| pointer.strip_prefix('/'));
        let field = entries.iter().find(|entry| Some(entry.name) == named).map(|entry| entry.name);
        faults.push((field, fault.told()));
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
