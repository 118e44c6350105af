//! What happened to an order, the latest first: steps and changes, sinks, files, bills of material and notes.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use torvan_store::Context;

use super::files::kind_words;
use super::people::People;
use super::view::{Bom, LANGUAGES, Read, Step};
use crate::api::endpoint::ListSpec;
use crate::http::problem::Problem;
use crate::pages::components::Phase;
use crate::pages::data;
use crate::pages::moment::Clock;
use crate::pages::page::Page;

const FILES: ListSpec = ListSpec {
    relation: "order_attachments",
    filters: &["order_id"],
    sorts: &["-order_attachment_id"],
    key: &[],
};
const NOTES: ListSpec =
    ListSpec { relation: "order_notes", filters: &["order_id"], sorts: &["-created_at"], key: &[] };

/// Longest part of a note that stands in the history.
const MAX_NOTE: usize = 120;

/// Something that happened, as the panel shows it.
#[derive(Debug)]
pub(super) struct Change {
    pub(super) at: String,
    pub(super) who: String,
    pub(super) what: String,
    pub(super) why: String,
    pub(super) old: String,
    pub(super) new: String,
}

#[derive(Debug, Deserialize)]
struct File {
    build_id: Option<i64>,
    attachment_kind: String,
    file_name: String,
    version: i64,
    approved_by: Option<i64>,
    approved_at: Option<DateTime<Utc>>,
    created_by: Option<i64>,
    created_at: DateTime<Utc>,
}

#[derive(Debug, Deserialize)]
struct Note {
    body: String,
    created_by: Option<i64>,
    created_at: DateTime<Utc>,
}

/// Something that happened, before it has its words.
struct Event {
    at: DateTime<Utc>,
    by: Option<i64>,
    what: String,
    why: String,
}

/// Reads all of it that this person may see.
pub(super) async fn read(context: &mut Context, page: &Page, read: &Read) -> Result<Vec<Change>, Problem> {
    let may = |permission: &str| page.me.as_ref().is_some_and(|me| me.may(permission));
    let key = read.order.order_id.to_string();
    let asked = [("filter[order_id]", key.as_str())];
    let mut events = Vec::new();
    if may("order_attachment:read") {
        let files: Vec<File> = data::every(context, &FILES, &asked).await?;
        for file in &files {
            of_file(page, read, file, &mut events);
        }
    }
    if may("order_note:read") {
        let notes: Vec<Note> = data::every(context, &NOTES, &asked).await?;
        events.extend(notes.iter().map(|note| of_note(page, note)));
    }
    for bom in &read.boms {
        of_bom(page, bom, &mut events);
    }
    let named = events.iter().filter_map(|event| event.by).collect();
    let people = People::read(context, named).await?;
    let clock = Clock::now(page.words);
    let mut told: Vec<(DateTime<Utc>, Change)> =
        read.history.iter().map(|step| (step.created_at, of_step(page, clock, read, step))).collect();
    told.extend(events.into_iter().map(|event| {
        let change = Change {
            at: clock.exact(event.at),
            who: event.by.and_then(|key| people.of_key(key)).unwrap_or_default(),
            what: event.what,
            why: event.why,
            old: String::new(),
            new: String::new(),
        };
        (event.at, change)
    }));
    // Steps of one transaction follow each other as they were written.
    told.sort_by_key(|(at, _)| *at);
    Ok(told.into_iter().rev().map(|(_, change)| change).collect())
}

fn of_file(page: &Page, read: &Read, file: &File, events: &mut Vec<Event>) {
    let build = file.build_id.and_then(|key| read.builds.iter().find(|build| build.build_id == key));
    let about = [
        Some(kind_words(page, &file.attachment_kind)),
        build.map(|build| build.build_number.clone()),
        (file.version > 1).then(|| page.tv("file-version", "version", file.version)),
    ];
    let about = about.into_iter().flatten().collect::<Vec<_>>().join(", ");
    let event = |at, by, key: &str| Event {
        at,
        by,
        what: page.tv(key, "name", file.file_name.clone()),
        why: about.clone(),
    };
    events.push(event(file.created_at, file.created_by, "story-file"));
    if let Some(at) = file.approved_at {
        events.push(event(at, file.approved_by, "story-file-approved"));
    }
}

fn of_note(page: &Page, note: &Note) -> Event {
    let mut why: String = note.body.chars().take(MAX_NOTE).collect();
    if why.len() < note.body.len() {
        why.push('…');
    }
    Event { at: note.created_at, by: note.created_by, what: page.t("story-note"), why }
}

fn of_bom(page: &Page, bom: &Bom, events: &mut Vec<Event>) {
    let event = |at, by, key: &str| {
        let values = [("build", bom.build_number.clone().into()), ("revision", bom.revision.into())];
        Event { at, by, what: page.words.say_with(key, &values), why: String::new() }
    };
    events.push(event(bom.created_at, bom.created_by, "story-bom-made"));
    if let Some(at) = bom.decided_at {
        let key = if bom.state == "REJECTED" { "story-bom-rejected" } else { "story-bom-approved" };
        events.push(event(at, bom.decided_by, key));
    }
}

fn of_step(page: &Page, clock: Clock, read: &Read, step: &Step) -> Change {
    let phase =
        |code: &Option<String>| code.as_deref().map(|code| Phase::of(page.words, code).name().to_owned());
    let state = |code: &Option<String>| {
        code.clone()
            .filter(|code| code != "ACTIVE")
            .map(|code| page.t(if code == "ON_HOLD" { "state-on-hold" } else { "state-cancelled" }))
    };
    let both = |phase: Option<String>, state: Option<String>| {
        phase.into_iter().chain(state).collect::<Vec<_>>().join(", ")
    };
    let (old, new) = (
        both(phase(&step.from_phase), state(&step.from_state)),
        both(phase(&step.to_phase), state(&step.to_state)),
    );
    // What stays as it was says nothing.
    let (old, new) = if old == new { values(page, step) } else { (old, new) };
    let (what, why) = told_step(page, step);
    Change {
        at: clock.exact(step.created_at),
        who: read.people.of_step(step).unwrap_or_default(),
        what,
        why,
        old,
        new,
    }
}

/// What fields of the form held before and after a change.
fn values(page: &Page, step: &Step) -> (String, String) {
    let lines = step.reason.as_deref().unwrap_or_default().lines().skip(1);
    let read = |line: &str| {
        let (name, both) = line.split_once(": ")?;
        let (old, new) = both.split_once(" → ")?;
        Some((name.to_owned(), old.to_owned(), new.to_owned()))
    };
    let found: Vec<(String, String, String)> = lines.filter_map(read).collect();
    let told = |name: &str, value: &str| match found.len() {
        1 => worded(page, name, value),
        _ => format!("{}: {}", field(page, name), worded(page, name, value)),
    };
    let old: Vec<String> = found.iter().map(|(name, old, _)| told(name, old)).collect();
    let new: Vec<String> = found.iter().map(|(name, _, new)| told(name, new)).collect();
    (old.join(", "), new.join(", "))
}

/// A value of the form in the reader's words.
fn worded(page: &Page, name: &str, value: &str) -> String {
    let day =
        value.parse().ok().filter(|_| name == "want_date").map(|day| Clock::now(page.words).full_day(day));
    let language = LANGUAGES.iter().find(|(code, _)| name == "language" && *code == value);
    day.or_else(|| language.map(|(_, key)| page.t(key))).unwrap_or_else(|| value.to_owned())
}

/// What a step was, and why: a change of the form or of the sinks says in its reason what it was.
pub(super) fn told_step(page: &Page, step: &Step) -> (String, String) {
    let reason = step.reason.clone().unwrap_or_default();
    if step.action == "CHANGE" {
        let told = |beginning: &str, key: &str| {
            let rest = reason.strip_prefix(beginning)?;
            Some(page.tv(key, "what", rest.to_owned()))
        };
        let fields =
            |rest: &str| rest.split(", ").map(|name| field(page, name)).collect::<Vec<_>>().join(", ");
        let known = told("build added: ", "story-sink-added")
            .or_else(|| told("build cancelled: ", "story-sink-cancelled"))
            .or_else(|| {
                let rest = reason.lines().next().unwrap_or_default().strip_prefix("changed: ")?;
                Some(page.tv("story-changed", "what", fields(rest)))
            });
        if let Some(what) = known {
            return (what, String::new());
        }
    }
    let key = format!("history-{}", step.action.to_ascii_lowercase().replace('_', "-"));
    (page.words.say_if_known(&key).unwrap_or_else(|| step.action.clone()), reason)
}

/// What a field of the order form is called.
fn field(page: &Page, name: &str) -> String {
    let key = match name {
        "po_number" => "orders-po",
        "project_name" => "orders-project",
        "sales_person" => "orders-sales",
        "want_date" => "orders-wanted",
        "language" => "order-language",
        "quantity" => "story-quantity",
        "notes" => "order-remarks",
        _ => return name.replace('_', " "),
    };
    page.t(key)
}
