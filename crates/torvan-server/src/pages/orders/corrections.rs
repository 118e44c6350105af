//! What somebody wrote is put right: notes are changed, marked and taken away, and a mistyped build number is corrected. Each asks on a
//! page, or in a dialog over that of the order.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Map, Value};
use torvan_store::Context;

use super::acts::{ActPage, conflict};
use super::order_id;
use super::view::{Build, Order, builds, order};
use super::wizard::is_open;
use crate::api::endpoint::ListSpec;
use crate::http::Answer;
use crate::http::problem::{FORBIDDEN, NOT_FOUND, Problem, STALE};
use crate::identity::Answering;
use crate::incoming::{Incoming, not_signed_in};
use crate::pages::components::{Faults, Field, Gate, Icon, Kind, Link, Tone};
use crate::pages::data;
use crate::pages::identity::forms::Again;
use crate::pages::once::{Once, fresh_key};
use crate::pages::page::{Me, Page, rendered};
use crate::pages::way::{is, next_of, path_of, to, with_query};

const NOTES: ListSpec = ListSpec {
    relation: "order_notes",
    filters: &["order_id", "order_note_id", "is_pinned"],
    sorts: &["-created_at"],
    key: &[],
};

/// A note on an order.
#[derive(Debug, Deserialize)]
pub(super) struct Note {
    pub(super) order_note_id: i64,
    pub(super) body: String,
    pub(super) is_urgent: bool,
    pub(super) is_pinned: bool,
    pub(super) created_by: Option<i64>,
    pub(super) created_at: DateTime<Utc>,
}

/// Notes on an order: what is pinned first, then the latest.
pub(super) async fn notes(context: &mut Context, order_id: i64) -> Result<Vec<Note>, Problem> {
    let key = order_id.to_string();
    let mut notes: Vec<Note> = Vec::new();
    // However many there are since: what is pinned stays.
    for is_pinned in ["true", "false"] {
        let asked = [("filter[order_id]", key.as_str()), ("filter[is_pinned]", is_pinned), ("limit", "100")];
        notes.extend(data::rows::<Note>(context, &NOTES, &asked).await?);
    }
    Ok(notes)
}

/// What this person can do with a note.
pub(super) fn ways(page: &Page, me: &Me, person: i64, order_id: i64, note: &Note) -> Vec<Link> {
    let way = |act: Act, path: &str, key: &str| {
        let href = format!("/orders/{order_id}/notes/{}/{path}", note.order_note_id);
        Link::new(href, page.t(key), false).icon(act.icon())
    };
    let is_own = note.created_by == Some(person) && me.may("order_note:create");
    let own = is_own.then(|| way(Act::EditNote, "edit", "note-edit"));
    let mark = me.may("order_note:pin").then(|| way(Act::MarkNote, "mark", "note-mark"));
    let delete = me.may("order_note:delete").then(|| way(Act::DeleteNote, "delete", "note-delete"));
    [own, mark, delete].into_iter().flatten().collect()
}

/// Where the number of a sink is corrected, while that is possible.
pub(super) fn rename_way(me: &Me, order: &Order, build: &Build) -> Option<String> {
    let may = me.may("order:update") && is_open(order) && build.state == "ACTIVE";
    may.then(|| format!("/orders/{}/builds/{}/rename", order.order_id, build.build_id))
}

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    EditNote,
    MarkNote,
    DeleteNote,
    RenameBuild,
}

impl Act {
    fn function(self) -> &'static str {
        match self {
            Self::EditNote => "update_order_note",
            Self::MarkNote => "mark_order_note",
            Self::DeleteNote => "delete_order_note",
            Self::RenameBuild => "rename_build",
        }
    }

    fn icon(self) -> Icon {
        match self {
            Self::EditNote | Self::RenameBuild => Icon("pencil-line"),
            Self::MarkNote => Icon("bookmark"),
            Self::DeleteNote => Icon("trash-2"),
        }
    }

    /// Keys of title and button, and what the page that it leads to then says.
    fn words(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::EditNote => ("note-edit-title", "save", "note-changed"),
            Self::MarkNote => ("note-mark-title", "save", "note-marked"),
            Self::DeleteNote => ("note-delete-title", "note-delete-go", "note-deleted"),
            Self::RenameBuild => ("build-rename-title", "save", "renamed"),
        }
    }

    /// The part of the order's page that it is about.
    fn panel(self) -> &'static str {
        if self == Self::RenameBuild { "lines" } else { "notes" }
    }

    /// Key of what it means, where that is not plain.
    fn meaning(self) -> Option<(Tone, &'static str)> {
        match self {
            Self::EditNote => None,
            Self::MarkNote => Some((Tone::Info, "note-mark-means")),
            Self::DeleteNote => Some((Tone::Warn, "note-delete-means")),
            Self::RenameBuild => Some((Tone::Info, "build-rename-means")),
        }
    }
}

/// What is put right.
#[derive(Debug)]
enum Subject {
    Note(Note),
    Sink(Build),
}

impl Subject {
    async fn of(
        context: &mut Context,
        incoming: &Incoming,
        act: Act,
        order: &Order,
    ) -> Result<Self, Problem> {
        let missing = || Problem::new(NOT_FOUND, NOT_FOUND.title);
        if act == Act::RenameBuild {
            let key = incoming.key("build_id")?;
            let found = builds(context, order.order_id).await?.into_iter().find(|one| one.build_id == key);
            return found.map(Self::Sink).ok_or_else(missing);
        }
        let (order, note) = (order.order_id.to_string(), incoming.key("order_note_id")?.to_string());
        let asked = [("filter[order_id]", order.as_str()), ("filter[order_note_id]", note.as_str())];
        let found: Vec<Note> = data::rows(context, &NOTES, &asked).await?;
        found.into_iter().next().map(Self::Note).ok_or_else(missing)
    }

    /// Nobody is asked for what they may not do, or what the order is too far for.
    async fn require(&self, context: &mut Context, act: Act, person: i64) -> Result<(), Problem> {
        match self {
            Self::Note(note) if act == Act::EditNote && note.created_by != Some(person) => {
                let told = format!("Note {} was written by another person.", note.order_note_id);
                Err(Problem::new(FORBIDDEN, told)
                    .hint("Only its author changes a note: add one of your own."))
            }
            Self::Sink(build) => {
                let given = named([("build_id", build.build_id.into())]);
                let _: Vec<String> = data::found(context, "build_to_rename", given).await?;
                Ok(())
            }
            Self::Note(_) => Ok(()),
        }
    }

    fn version(&self) -> i64 {
        match self {
            Self::Note(_) => 0,
            Self::Sink(build) => build.row_version,
        }
    }

    /// What is told of it above the fields.
    fn line(&self, page: &Page, act: Act) -> Option<String> {
        match self {
            Self::Note(note) if act != Act::EditNote => Some(note.body.clone()),
            Self::Note(_) => None,
            Self::Sink(build) => Some(page.tv("build-cancel-which", "build", build.build_number.clone())),
        }
    }

    fn fields(&self, page: &Page, incoming: &Incoming, act: Act) -> Vec<Field> {
        let is_sent = !incoming.endpoint.method.is_safe();
        let typed = |name: &str, kept: &str| {
            let text = if is_sent { incoming.form.raw(name) } else { kept };
            text.to_owned()
        };
        let switch = |name: &'static str, key: &str, kept: bool| {
            let is_on = if is_sent { is_on(incoming, name) } else { kept };
            let value = if is_on { "true" } else { "" };
            Field::new(name, page.t(key), Kind::Switch, "off").value(value).optional()
        };
        match (self, act) {
            (Self::Note(note), Act::EditNote) => {
                let field = Field::new("note", page.t("note-text"), Kind::Area, "off");
                vec![field.value(&typed("note", &note.body)).focus()]
            }
            (Self::Note(note), Act::MarkNote) => vec![
                switch("pinned", "note-pinned", note.is_pinned).focus(),
                switch("urgent", "note-urgent", note.is_urgent),
            ],
            (Self::Note(_), _) => {
                let field = Field::new("reason", page.t("field-reason"), Kind::Area, "off");
                vec![field.value(&typed("reason", "")).focus()]
            }
            (Self::Sink(build), _) => {
                let field = Field::new("build_number", page.t("build-rename-number"), Kind::Code, "off");
                vec![field.value(&typed("build_number", &build.build_number)).focus()]
            }
        }
    }
}

/// Fields in which something is typed, with what is said where it is not; each form has one of them or none.
const NEEDED: [(&str, &str); 3] =
    [("note", "missing-note"), ("reason", "missing-reason"), ("build_number", "missing-number")];

/// Whether a switch of a form is on.
pub(super) fn is_on(incoming: &Incoming, name: &str) -> bool {
    incoming.form.all(name).any(|value| value == "true")
}

pub(super) fn show_edit_note(incoming: Incoming) -> Answering {
    Box::pin(async move { form(&incoming, Act::EditNote, Again::first(), false).await })
}

pub(super) fn send_edit_note(incoming: Incoming) -> Answering {
    Box::pin(async move { send(&incoming, Act::EditNote).await })
}

pub(super) fn show_mark_note(incoming: Incoming) -> Answering {
    Box::pin(async move { form(&incoming, Act::MarkNote, Again::first(), false).await })
}

pub(super) fn send_mark_note(incoming: Incoming) -> Answering {
    Box::pin(async move { send(&incoming, Act::MarkNote).await })
}

pub(super) fn show_delete_note(incoming: Incoming) -> Answering {
    Box::pin(async move { form(&incoming, Act::DeleteNote, Again::first(), false).await })
}

pub(super) fn send_delete_note(incoming: Incoming) -> Answering {
    Box::pin(async move { send(&incoming, Act::DeleteNote).await })
}

pub(super) fn show_rename_build(incoming: Incoming) -> Answering {
    Box::pin(async move { form(&incoming, Act::RenameBuild, Again::first(), false).await })
}

pub(super) fn send_rename_build(incoming: Incoming) -> Answering {
    Box::pin(async move { send(&incoming, Act::RenameBuild).await })
}

async fn form(incoming: &Incoming, act: Act, again: Again, is_stale: bool) -> Answer {
    let (mut context, person) = incoming.enter().await?;
    let mut page = Page::signed_in(incoming, &mut context, &person, act.words().0).await?;
    let me = page.me.clone().ok_or_else(not_signed_in)?;
    let (order, customer) = order(&mut context, order_id(incoming)?).await?;
    let subject = Subject::of(&mut context, incoming, act, &order).await?;
    subject.require(&mut context, act, person.user_id).await?;
    let conflict = if is_stale { conflict(&mut context, &page, &me, &order).await? } else { None };
    context.commit().await?;
    if !again.faults.is_empty() || is_stale {
        page.with_error();
    }
    let seen = incoming.form.text("version").parse::<i64>().ok().filter(|_| !is_stale);
    let mut fields = subject.fields(&page, incoming, act);
    again.faults.onto_all(&mut fields);
    let next = next_of(incoming);
    let gate = |(tone, key): (Tone, &str)| Gate {
        tone,
        what: page.t(key),
        about: String::new(),
        way: None,
        whose: None,
    };
    let (status, retry_after) = (again.status, again.retry_after);
    let view = ActPage {
        id: order.order_id,
        number: order.order_number.clone(),
        customer,
        action: path_of(incoming),
        back: back(&order, act, &next),
        next,
        icon: act.icon(),
        about: String::new(),
        step: subject.line(&page, act),
        to: String::new(),
        key: fresh_key(),
        version: seen.unwrap_or_else(|| subject.version()),
        summary: again.faults.summary(page.t("summary-form")),
        conflict,
        gates: act.meaning().map(gate).into_iter().collect(),
        fields,
        signing: None,
        button: page.t(act.words().1),
        is_danger: act == Act::DeleteNote,
        page,
        me,
    };
    Again::answered(status, retry_after, rendered(&view, status))
}

/// Where somebody came from who does not do it after all.
fn back(order: &Order, act: Act, next: &str) -> String {
    if next == "/" {
        with_query(&format!("/orders/{}", order.order_id), &[("panel", act.panel())])
    } else {
        next.to_owned()
    }
}

async fn send(incoming: &Incoming, act: Act) -> Answer {
    let page = Page::open(incoming, None, act.words().0);
    let is_missing =
        |(name, _): &&(&str, &str)| incoming.form.has(name) && incoming.form.text(name).is_empty();
    if let Some((name, key)) = NEEDED.iter().find(is_missing) {
        return form(incoming, act, Again::refused(Faults::of(name, page.t(key))), false).await;
    }
    match done(incoming, act).await {
        Ok(place) => Ok(to(&place)),
        Err(problem) if is(&problem, STALE) => {
            let status = problem.kind().status;
            form(incoming, act, Again { faults: Faults::default(), status, retry_after: None }, true).await
        }
        Err(problem) => {
            form(incoming, act, Again::at_fields(problem, &NEEDED.map(|(name, _)| name))?, false).await
        }
    }
}

async fn done(incoming: &Incoming, act: Act) -> Result<String, Problem> {
    let (mut context, _) = incoming.enter().await?;
    let once = Once::of(incoming)?;
    if let Some(place) = once.begin(&mut context).await? {
        return Ok(place);
    }
    let (order, _) = order(&mut context, order_id(incoming)?).await?;
    // A note or a sink of another order is none.
    Subject::of(&mut context, incoming, act, &order).await?;
    data::act(&mut context, act.function(), given(incoming, act)?).await?;
    let place = place(incoming, act, &order);
    once.finish(&mut context, &place).await?;
    context.commit().await?;
    Ok(place)
}

fn given(incoming: &Incoming, act: Act) -> Result<Map<String, Value>, Problem> {
    let text = |name: &str| Value::from(incoming.form.text(name));
    if act == Act::RenameBuild {
        let mut given =
            named([("build_id", incoming.key("build_id")?.into()), ("build_number", text("build_number"))]);
        if let Ok(version) = incoming.form.text("version").parse::<i64>() {
            given.insert("expected_version".to_owned(), version.into());
        }
        return Ok(given);
    }
    let note = ("order_note_id", Value::from(incoming.key("order_note_id")?));
    Ok(match act {
        Act::EditNote => named([note, ("body", text("note"))]),
        Act::MarkNote => {
            let (pinned, urgent) = (is_on(incoming, "pinned"), is_on(incoming, "urgent"));
            named([note, ("is_pinned", pinned.into()), ("is_urgent", urgent.into())])
        }
        Act::DeleteNote | Act::RenameBuild => named([note, ("reason", text("reason"))]),
    })
}

fn named<const N: usize>(pairs: [(&str, Value); N]) -> Map<String, Value> {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Where it leads: to the page that asked for it, or to that of the order.
fn place(incoming: &Incoming, act: Act, order: &Order) -> String {
    let done = ("done", act.words().2);
    match next_of(incoming).as_str() {
        "/" => with_query(&format!("/orders/{}", order.order_id), &[("panel", act.panel()), done]),
        next if next.contains('?') => next.to_owned(),
        next => with_query(next, &[done]),
    }
}
