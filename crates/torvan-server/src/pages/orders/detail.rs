//! An order: what is next on top, its panels below it, and the same in short beside the list.

use askama::Template;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Map, Value};
use torvan_store::Context;

use super::acts::{may_cancel, may_resume};
use super::files::{self, FileRow, Look, PaperRow, kinds};
use super::order_id;
use super::quality::{self, Quality};
use super::view::{Order, OrderView, Read, Step};
use crate::api::endpoint::ListSpec;
use crate::http::Answer;
use crate::http::problem::Problem;
use crate::identity::Answering;
use crate::incoming::{Incoming, not_signed_in};
use crate::pages::components::{
    Doing, Empty, Faults, Field, FilePick, Icon, Kind, Link, Menu, MenuItem, Phase, Stamp, Status, Summary,
    Tone,
};
use crate::pages::data;
use crate::pages::documents::{Brought, file_pick};
use crate::pages::moment::Clock;
use crate::pages::once;
use crate::pages::page::{Me, Page, rendered};

const NOTES: ListSpec =
    ListSpec { relation: "order_notes", filters: &["order_id"], sorts: &["-created_at"], key: &[] };
const TASKS: ListSpec = ListSpec {
    relation: "production_tasks",
    filters: &["build_id", "is_current"],
    sorts: &["production_task_id"],
    key: &[],
};

/// Parts of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Panel {
    /// Facts and builds.
    Overview,
    /// Work on its builds.
    Tasks,
    /// Signatures.
    Quality,
    /// Files.
    Documents,
    /// Notes.
    Notes,
    /// What happened.
    History,
}

/// All parts: as they stand in the address, key of the name, permission without which there is none.
const PANELS: [(Panel, &str, &str, &str); 6] = [
    (Panel::Overview, "", "order-overview", "order:read"),
    (Panel::Tasks, "tasks", "order-tasks", "production_task:read"),
    (Panel::Quality, "quality", "order-quality", "order:read"),
    (Panel::Documents, "documents", "order-documents", "order_attachment:read"),
    (Panel::Notes, "notes", "order-notes", "order_note:read"),
    (Panel::History, "history", "order-history", "order:read_history"),
];

#[derive(Debug, Deserialize)]
struct Note {
    body: String,
    is_urgent: bool,
    is_pinned: bool,
    created_by: Option<i64>,
    created_at: DateTime<Utc>,
}

#[derive(Debug, Deserialize)]
struct Name {
    user_id: i64,
    display_name: String,
}

#[derive(Debug)]
struct NoteRow {
    body: String,
    about: String,
    status: Option<Status>,
}

#[derive(Debug, Deserialize)]
struct Task {
    build_id: i64,
    title: String,
    state: String,
    planned_minutes: Option<i64>,
    actual_minutes: Option<i64>,
}

#[derive(Debug)]
struct TaskRow {
    build: String,
    title: String,
    status: Status,
    minutes: String,
}

#[derive(Debug)]
struct Change {
    at: String,
    who: String,
    what: String,
    old: String,
    new: String,
    why: String,
}

#[derive(Debug, Deserialize)]
struct Signature {
    meaning: String,
    printed_name: String,
    signed_at: DateTime<Utc>,
    build_number: Option<String>,
    content_hash: Option<String>,
}

/// What a panel shows.
#[derive(Debug, Default)]
struct Contents {
    notes: Vec<NoteRow>,
    files: Vec<FileRow>,
    papers: Vec<PaperRow>,
    tasks: Vec<TaskRow>,
    history: Vec<Change>,
    stamps: Vec<Stamp>,
    quality: Quality,
}

#[derive(Debug, Template)]
#[template(path = "orders/detail.html")]
struct DetailPage {
    page: Page,
    me: Me,
    view: OrderView,
    state: Option<Status>,
    act: Option<Doing>,
    menu: Menu,
    panel: Panel,
    panels: Vec<Link>,
    notes: Vec<NoteRow>,
    files: Vec<FileRow>,
    papers: Vec<PaperRow>,
    tasks: Vec<TaskRow>,
    history: Vec<Change>,
    stamps: Vec<Stamp>,
    quality: Quality,
    nothing: Empty,
    summary: Summary,
    note: Field,
    kind: Field,
    file: FilePick,
    key: String,
}

#[derive(Debug, Template)]
#[template(path = "orders/drawer.html")]
struct Drawer {
    page: Page,
    view: OrderView,
}

/// `GET /orders/{order_id}/drawer`: a part of a page.
pub(super) fn drawer(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let (mut context, person) = incoming.enter().await?;
        let page = Page::signed_in(&incoming, &mut context, &person, "preview").await?;
        let me = page.me.clone().ok_or_else(not_signed_in)?;
        let read = Read::of(&mut context, &me, order_id(&incoming)?).await?;
        context.commit().await?;
        let view = read.view(&page);
        rendered(&Drawer { page, view }, StatusCode::OK)
    })
}

/// `GET /orders/{order_id}`.
pub(super) fn show(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let asked = incoming.asked("panel");
        let panel =
            PANELS.iter().find(|(_, code, ..)| *code == asked).map_or(Panel::Overview, |(panel, ..)| *panel);
        answered(&incoming, panel, Typed::default(), Faults::default(), StatusCode::OK).await
    })
}

/// What a form that was refused had: it stays there.
#[derive(Debug, Default)]
pub(super) struct Typed<'a> {
    pub(super) note: &'a str,
    pub(super) file: Option<&'a Brought>,
}

/// The page with a panel.
pub(super) async fn answered(
    incoming: &Incoming,
    panel: Panel,
    typed: Typed<'_>,
    faults: Faults,
    status: StatusCode,
) -> Answer {
    let (mut context, person) = incoming.enter().await?;
    let mut page = Page::signed_in(incoming, &mut context, &person, "nav-orders").await?;
    let me = page.me.clone().ok_or_else(not_signed_in)?;
    let read = Read::of(&mut context, &me, order_id(incoming)?).await?;
    let needed = PANELS.iter().find(|(one, ..)| *one == panel).map_or("order:read", |(.., needed)| *needed);
    let panel = if me.may(needed) { panel } else { Panel::Overview };
    let contents = contents(&mut context, &page, panel, &read).await?;
    context.commit().await?;
    page.title.clone_from(&read.order.order_number);
    say_done(incoming, &mut page);
    if !faults.is_empty() {
        page.with_error();
    }
    let note = Field::new("body", page.t("note-new"), Kind::Area, "off").value(typed.note);
    let [note] = faults.onto([note]);
    let file = file_pick(&page, typed.file, faults.told_of("file"));
    let summary = faults.summary(page.t("summary-form"));
    let view = read.view(&page);
    let detail = DetailPage {
        state: state(&page, &read),
        act: view.nexts.iter().find(|next| next.is_primary).map(|next| next.doing.clone()),
        menu: menu(&page, &me, &read),
        panels: panels(&page, &me, &read, panel),
        nothing: nothing(&page, panel),
        kind: kinds(&page, incoming.form.text("kind")),
        file,
        key: once::fresh_key(),
        notes: contents.notes,
        files: contents.files,
        papers: contents.papers,
        tasks: contents.tasks,
        history: contents.history,
        stamps: contents.stamps,
        quality: contents.quality,
        panel,
        summary,
        note,
        view,
        page,
        me,
    };
    rendered(&detail, status)
}

/// Says what was just done, as the address tells.
fn say_done(incoming: &Incoming, page: &mut Page) {
    match incoming.asked("done") {
        "step" => page.done("done-step"),
        "hold" => page.done("done-hold"),
        "resume" => page.done("done-resume"),
        "cancel" => page.done("done-cancel"),
        "note" => page.done("done-note"),
        "file" => page.done("done-file"),
        "approved" => page.done("document-done-approved"),
        _ => {}
    }
}

fn state(page: &Page, read: &Read) -> Option<Status> {
    match read.order.state.as_str() {
        "ON_HOLD" => Some(Status::pill(Tone::Hold, page.t("state-on-hold"))),
        "CANCELLED" => Some(Status::pill(Tone::None, page.t("state-cancelled"))),
        _ => None,
    }
}

fn panels(page: &Page, me: &Me, read: &Read, now: Panel) -> Vec<Link> {
    let shown = PANELS.iter().filter(|(.., needed)| me.may(needed));
    let link = |(panel, code, key, _): &(Panel, &str, &str, &str)| {
        let path = format!("/orders/{}", read.order.order_id);
        let href = if code.is_empty() { path } else { format!("{path}?panel={code}") };
        Link::new(href, page.t(key), *panel == now)
    };
    shown.map(link).collect()
}

fn menu(page: &Page, me: &Me, read: &Read) -> Menu {
    let order = &read.order;
    let is_open = order.phase != "DELIVERED";
    let item = |icon: Icon, key: &str, path: &str, is_danger: bool| MenuItem {
        icon,
        text: page.t(key),
        href: format!("/orders/{}/{path}", order.order_id),
        key: None,
        is_danger,
        is_dialog: true,
    };
    let mut items = Vec::new();
    if order.phase == "DRAFT" && order.state == "ACTIVE" && me.may("order:update") {
        items.push(MenuItem { is_dialog: false, ..item(Icon("plus"), "order-add-sinks", "sinks", false) });
    }
    if order.state == "ACTIVE" && is_open && order.phase != "DRAFT" && me.may("order:hold") {
        items.push(item(Icon("circle-pause"), "order-hold", "hold", false));
    }
    if order.state == "ON_HOLD" && may_resume(me, order) {
        items.push(item(Icon("circle-play"), "order-resume", "resume", false));
    }
    if may_assign(me, order) {
        let path = format!("/orders/bulk?act=assign&id={}&view=all", order.order_id);
        items.push(MenuItem { href: path, ..item(Icon("user-plus"), "bulk-assign", "", false) });
    }
    if may_cancel(me, order) && is_open && order.state != "CANCELLED" && order.dispatched_on.is_none() {
        items.push(item(Icon("ban"), "order-cancel", "cancel", true));
    }
    Menu { label: page.t("more"), items }
}

/// Whether it can be given to a person, by this one.
fn may_assign(me: &Me, order: &Order) -> bool {
    let needed = match order.phase.as_str() {
        "DRAFT" | "CONFIGURATION" => "order:update",
        "APPROVAL" => "order:update_approved",
        "PRODUCTION" | "QUALITY_CONTROL" | "PACKAGING" => "production_task:assign",
        _ => return false,
    };
    order.state == "ACTIVE" && me.may(needed)
}

fn nothing(page: &Page, panel: Panel) -> Empty {
    let (icon, title, text) = match panel {
        Panel::Overview => (Icon("package"), "none-builds", "none-builds-text"),
        Panel::Tasks => (Icon("hammer"), "none-tasks", "none-tasks-text"),
        Panel::Quality => (Icon("signature"), "none-signatures", "none-signatures-text"),
        Panel::Documents => (Icon("file-text"), "none-documents", "none-documents-text"),
        Panel::Notes => (Icon("message-square"), "none-notes", "none-notes-text"),
        Panel::History => (Icon("history"), "none-history", "none-history-text"),
    };
    Empty { icon, title: page.t(title), text: page.t(text), way: None }
}

async fn contents(
    context: &mut Context,
    page: &Page,
    panel: Panel,
    read: &Read,
) -> Result<Contents, Problem> {
    let clock = Clock::now(page.words);
    let key = read.order.order_id.to_string();
    let asked = [("filter[order_id]", key.as_str()), ("limit", "100")];
    let mut contents = Contents::default();
    match panel {
        Panel::Overview => {}
        Panel::Notes => {
            let notes: Vec<Note> = data::rows(context, &NOTES, &asked).await?;
            let people: Vec<i64> = notes.iter().filter_map(|note| note.created_by).collect();
            let given = Map::from_iter([("user_ids".to_owned(), serde_json::json!(people))]);
            let names: Vec<Name> = data::found(context, "person_names", given).await?;
            contents.notes = notes.into_iter().map(|note| note_row(page, clock, &names, note)).collect();
        }
        Panel::Documents => {
            let (files, papers) = files::read(context, page, &asked).await?;
            contents.files = files;
            contents.papers = papers;
        }
        Panel::Tasks => contents.tasks = tasks(context, page, read).await?,
        Panel::Quality => {
            let given = Map::from_iter([("order_id".to_owned(), Value::from(read.order.order_id))]);
            let signed: Vec<Signature> = data::found(context, "order_signatures", given).await?;
            contents.stamps = signed.into_iter().map(|one| stamp(clock, one)).collect();
            if let Some(me) = &page.me {
                contents.quality = quality::read(context, page, me, read).await?;
            }
        }
        Panel::History => {
            contents.history = read.history.iter().rev().map(|step| change(page, clock, step)).collect();
        }
    }
    Ok(contents)
}

async fn tasks(context: &mut Context, page: &Page, read: &Read) -> Result<Vec<TaskRow>, Problem> {
    let numbers = read.build_numbers();
    if numbers.is_empty() {
        return Ok(Vec::new());
    }
    let keys: Vec<String> = numbers.iter().map(|(key, _)| key.to_string()).collect();
    let keys = keys.join(",");
    let asked = [("filter[build_id][in]", keys.as_str()), ("filter[is_current]", "true"), ("limit", "200")];
    let tasks: Vec<Task> = data::rows(context, &TASKS, &asked).await?;
    let row = |task: Task| TaskRow {
        build: numbers
            .iter()
            .find(|(key, _)| *key == task.build_id)
            .map_or("", |(_, number)| number)
            .to_owned(),
        title: task.title,
        status: task_status(page, &task.state),
        minutes: match (task.actual_minutes, task.planned_minutes) {
            (Some(actual), Some(planned)) => page.minutes(actual, planned),
            (None, Some(planned)) => page.tv("minutes", "count", planned),
            _ => String::new(),
        },
    };
    Ok(tasks.into_iter().map(row).collect())
}

fn task_status(page: &Page, state: &str) -> Status {
    let (tone, key) = match state {
        "COMPLETED" => (Tone::Ok, "task-completed"),
        "IN_PROGRESS" => (Tone::Info, "task-in-progress"),
        "BLOCKED" => (Tone::Bad, "task-blocked"),
        "CANCELLED" => (Tone::None, "state-cancelled"),
        _ => (Tone::None, "task-pending"),
    };
    Status::new(tone, page.t(key))
}

fn note_row(page: &Page, clock: Clock, names: &[Name], note: Note) -> NoteRow {
    let who = names.iter().find(|one| Some(one.user_id) == note.created_by);
    let who = who.map(|one| one.display_name.clone());
    let status = match (note.is_urgent, note.is_pinned) {
        (true, _) => Some(Status::pill(Tone::Bad, page.t("note-urgent"))),
        (_, true) => Some(Status::pill(Tone::Info, page.t("note-pinned"))),
        _ => None,
    };
    let about = who.into_iter().chain([clock.exact(note.created_at)]).collect::<Vec<_>>().join(" · ");
    NoteRow { body: note.body, about, status }
}

fn stamp(clock: Clock, one: Signature) -> Stamp {
    let about = [Some(one.meaning), one.build_number].into_iter().flatten().collect::<Vec<_>>().join(", ");
    let hash = one.content_hash.unwrap_or_default();
    Stamp {
        name: one.printed_name,
        meaning: about,
        at: clock.exact(one.signed_at),
        note: hash.chars().take(16).collect(),
    }
}

fn change(page: &Page, clock: Clock, step: &Step) -> Change {
    let key = format!("history-{}", step.action.to_ascii_lowercase().replace('_', "-"));
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
    Change {
        at: clock.exact(step.created_at),
        who: step.changed_by_name.clone().unwrap_or_default(),
        what: page.words.say_if_known(&key).unwrap_or_else(|| step.action.clone()),
        old: both(phase(&step.from_phase), state(&step.from_state)),
        new: both(phase(&step.to_phase), state(&step.to_state)),
        why: step.reason.clone().unwrap_or_default(),
    }
}
