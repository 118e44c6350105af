//! An order: what is next on top, its panels below it, and the same in short beside the list.

use askama::Template;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value};
use torvan_store::Context;

use super::acts::{may_cancel, may_resume};
use super::corrections::{self, Note};
use super::edit::may_edit;
use super::files::{self, FileRow, Look, PaperRow, kinds};
use super::lines::{self, ChangeRow, LineRow};
use super::order_id;
use super::outsourcing;
use super::quality::{self, Quality};
use super::story::{self, Change};
use super::view::{Order, OrderView, Read};
use super::wizard;
use crate::api::endpoint::ListSpec;
use crate::http::Answer;
use crate::http::problem::{NOT_FOUND, Problem};
use crate::identity::Answering;
use crate::incoming::{Incoming, not_signed_in};
use crate::pages::components::{
    Doing, Empty, Faults, Field, FilePick, Icon, Kind, Link, Menu, MenuItem, Stamp, Status, Summary, Tone,
};
use crate::pages::data;
use crate::pages::documents::{Brought, file_pick};
use crate::pages::moment::Clock;
use crate::pages::once;
use crate::pages::page::{Me, Page, rendered};
use crate::pages::signing::Signature;
use crate::pages::way::{to, with_query};

const TASKS: ListSpec = ListSpec {
    relation: "production_tasks",
    filters: &["build_id", "is_current"],
    sorts: &["production_task_id"],
    key: &[],
};

const FILES: ListSpec = ListSpec {
    relation: "order_attachments",
    filters: &["order_attachment_id"],
    sorts: &["order_attachment_id"],
    key: &[],
};

/// Parts of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Panel {
    /// Facts and builds.
    Overview,
    /// Its sinks.
    Lines,
    /// Their bills of material.
    Bom,
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
const PANELS: [(Panel, &str, &str, &str); 8] = [
    (Panel::Overview, "", "order-overview", "order:read"),
    (Panel::Lines, "lines", "order-lines", "order:read"),
    (Panel::Bom, "bom", "order-bom", "bom:read"),
    (Panel::Tasks, "tasks", "order-tasks", "production_task:read"),
    (Panel::Quality, "quality", "order-quality", "order:read"),
    (Panel::Documents, "documents", "order-documents", "order_attachment:read"),
    (Panel::Notes, "notes", "order-notes", "order_note:read"),
    (Panel::History, "history", "order-history", "order:read_history"),
];

#[derive(Debug, Deserialize)]
struct Name {
    user_id: i64,
    display_name: String,
}

#[derive(Debug)]
struct NoteRow {
    body: String,
    about: String,
    marks: Vec<Status>,
    /// What can be done with it.
    ways: Vec<Link>,
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

#[derive(Debug, Deserialize)]
struct Signed {
    record_type: String,
    record_id: i64,
    build_number: Option<String>,
    content_hash: Option<String>,
    #[serde(flatten)]
    signature: Signature,
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
    lines: Vec<LineRow>,
    changes: Vec<ChangeRow>,
}

#[derive(Debug, Template)]
#[template(path = "orders/detail.html")]
struct DetailPage {
    page: Page,
    me: Me,
    view: OrderView,
    state: Option<Status>,
    act: Option<Doing>,
    /// The steps of an order that is not submitted yet.
    go_on: Option<Link>,
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
    lines: Vec<LineRow>,
    changes: Vec<ChangeRow>,
    sink: Field,
    nothing: Empty,
    summary: Summary,
    note: Field,
    /// Whether a new note is urgent, for those who may say so.
    urgent: Option<Field>,
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

/// `GET /orders/{order_id}`. Who knows an order by its number finds it too.
pub(super) fn show(incoming: Incoming) -> Answering {
    Box::pin(async move {
        if let Some(number) = incoming.path_value("order_id").filter(|text| text.parse::<i64>().is_err()) {
            return by_number(&incoming, number).await;
        }
        let asked = incoming.asked("panel");
        let panel =
            PANELS.iter().find(|(_, code, ..)| *code == asked).map_or(Panel::Overview, |(panel, ..)| *panel);
        answered(&incoming, panel, Typed::default(), Faults::default(), StatusCode::OK).await
    })
}

const BY_NUMBER: ListSpec =
    ListSpec { relation: "orders", filters: &["order_number"], sorts: &["order_id"], key: &[] };

#[derive(Debug, Deserialize)]
struct Numbered {
    order_id: i64,
}

async fn by_number(incoming: &Incoming, number: &str) -> Answer {
    let (mut context, _) = incoming.enter().await?;
    let number = number.trim().to_uppercase();
    let found: Vec<Numbered> =
        data::rows(&mut context, &BY_NUMBER, &[("filter[order_number]", &number)]).await?;
    context.commit().await?;
    let found = found.first().ok_or_else(|| Problem::new(NOT_FOUND, NOT_FOUND.title))?;
    let pairs: Vec<(&str, &str)> =
        incoming.query.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    Ok(to(&with_query(&format!("/orders/{}", found.order_id), &pairs)))
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
    let contents = contents(&mut context, &page, person.user_id, panel, &read).await?;
    context.commit().await?;
    page.title.clone_from(&read.order.order_number);
    say_done(incoming, &mut page);
    if !faults.is_empty() {
        page.with_error();
    }
    let note = Field::new("body", page.t("note-new"), Kind::Area, "off").value(typed.note);
    let [note] = faults.onto([note]);
    let is_urgent = corrections::is_on(incoming, "is_urgent");
    let urgent = Field::new("is_urgent", page.t("note-urgent"), Kind::Switch, "off").optional();
    let urgent = urgent.value(if is_urgent { "true" } else { "" });
    let numbers: Vec<(i64, &str)> =
        read.active_builds().map(|build| (build.build_id, build.build_number.as_str())).collect();
    let [sink] = faults.onto([files::sinks(&page, &numbers, incoming.form.text("build_id"))]);
    let file = file_pick(&page, typed.file, faults.told_of("file"));
    let summary = faults.summary(page.t("summary-form"));
    let view = read.view(&page);
    let detail = DetailPage {
        state: state(&page, &read),
        act: view.nexts.iter().find(|next| next.is_primary).map(|next| next.doing.clone()),
        go_on: go_on(&page, &me, &read),
        menu: menu(&page, &me, &read),
        panels: panels(&page, &me, &read, panel),
        nothing: nothing(&page, &me, &read, panel),
        kind: kinds(&page, incoming.form.text("kind")),
        sink,
        lines: contents.lines,
        changes: contents.changes,
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
        urgent: me.may("order_note:pin").then_some(urgent),
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
        "build" => page.done("done-build"),
        "proposed" => page.done("done-proposed"),
        "note" => page.done("done-note"),
        "note-changed" => page.done("done-note-changed"),
        "note-marked" => page.done("done-note-marked"),
        "note-deleted" => page.done("done-note-deleted"),
        "renamed" => page.done("done-renamed"),
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
    let way =
        |icon: Icon, key: &str, path: &str| MenuItem { is_dialog: false, ..item(icon, key, path, false) };
    if wizard::is_open(order) && me.may("order:update") {
        items.push(way(Icon("plus"), "order-add-sinks", "sinks"));
    }
    if may_edit(me, order) {
        items.push(way(Icon("pencil-line"), "order-edit", "edit"));
    }
    if me.may("configuration:read") {
        items.push(way(Icon("clipboard-check"), "accessories-title", "accessories"));
    }
    if outsourcing::is_shown(me, order) {
        items.push(way(Icon("handshake"), "outsourcing-title", "outsourcing"));
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

/// Where an order is made ready, step by step.
fn go_on(page: &Page, me: &Me, read: &Read) -> Option<Link> {
    let order = &read.order;
    let is_shown = wizard::is_open(order) && me.may("order:update");
    let path = if read.builds.is_empty() { "sinks" } else { "configure" };
    is_shown.then(|| Link::new(format!("/orders/{}/{path}", order.order_id), page.t("order-go-on"), false))
}

fn nothing(page: &Page, me: &Me, read: &Read, panel: Panel) -> Empty {
    let (icon, title, text) = match panel {
        Panel::Overview | Panel::Lines => (Icon("package"), "none-builds", "none-builds-text"),
        Panel::Bom => (Icon("list-tree"), "none-boms", "none-boms-text"),
        Panel::Tasks => (Icon("hammer"), "none-tasks", "none-tasks-text"),
        Panel::Quality => (Icon("signature"), "none-signatures", "none-signatures-text"),
        Panel::Documents => (Icon("file-text"), "none-documents", "none-documents-text"),
        Panel::Notes => (Icon("message-square"), "none-notes", "none-notes-text"),
        Panel::History => (Icon("history"), "none-history", "none-history-text"),
    };
    let way = go_on(page, me, read).filter(|_| matches!(panel, Panel::Overview | Panel::Lines | Panel::Bom));
    Empty { icon, title: page.t(title), text: page.t(text), way }
}

async fn contents(
    context: &mut Context,
    page: &Page,
    person: i64,
    panel: Panel,
    read: &Read,
) -> Result<Contents, Problem> {
    let clock = Clock::now(page.words);
    let key = read.order.order_id.to_string();
    let asked = [("filter[order_id]", key.as_str()), ("limit", "100")];
    let mut contents = Contents::default();
    match panel {
        Panel::Overview => {}
        Panel::Lines | Panel::Bom => {
            if let Some(me) = &page.me {
                contents.lines = lines::rows(context, page, me, read).await?;
                contents.changes = lines::changes(context, page, me, read).await?;
            }
        }
        Panel::Notes => {
            let notes = corrections::notes(context, read.order.order_id).await?;
            let people: Vec<i64> = notes.iter().filter_map(|note| note.created_by).collect();
            let given = Map::from_iter([("user_ids".to_owned(), serde_json::json!(people))]);
            let names: Vec<Name> = data::found(context, "person_names", given).await?;
            let order_id = read.order.order_id;
            let ways = |note: &Note| {
                let me = page.me.as_ref();
                me.map(|me| corrections::ways(page, me, person, order_id, note)).unwrap_or_default()
            };
            let row = |note: Note| NoteRow { ways: ways(&note), ..note_row(page, clock, &names, note) };
            contents.notes = notes.into_iter().map(row).collect();
        }
        Panel::Documents => {
            let (files, papers) = files::read(context, page, &read.build_numbers(), &asked).await?;
            contents.files = files;
            contents.papers = papers;
        }
        Panel::Tasks => contents.tasks = tasks(context, page, read).await?,
        Panel::Quality => {
            let given = Map::from_iter([("order_id".to_owned(), Value::from(read.order.order_id))]);
            let signed: Vec<Signed> = data::found(context, "order_signatures", given).await?;
            let files = signed_files(context, &signed).await?;
            contents.stamps = signed.iter().map(|one| stamp(page, read, &files, one)).collect();
            if let Some(me) = &page.me {
                contents.quality = quality::read(context, page, me, read).await?;
            }
        }
        Panel::History => {
            contents.history = story::read(context, page, read).await?;
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
        title: page.words.said(&task.title),
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
    let urgent = note.is_urgent.then(|| Status::pill(Tone::Bad, page.t("note-urgent")));
    let pinned = note.is_pinned.then(|| Status::pill(Tone::Info, page.t("note-pinned")));
    let about = who.into_iter().chain([clock.exact(note.created_at)]).collect::<Vec<_>>().join(" · ");
    let marks = urgent.into_iter().chain(pinned).collect();
    NoteRow { body: note.body, about, marks, ways: Vec::new() }
}

#[derive(Debug, Deserialize)]
struct SignedFile {
    order_attachment_id: i64,
    file_name: String,
}

/// Names of the files among what was signed.
async fn signed_files(context: &mut Context, signed: &[Signed]) -> Result<Vec<SignedFile>, Problem> {
    let keys = signed.iter().filter(|one| one.record_type == "order_attachments");
    let keys: Vec<String> = keys.map(|one| one.record_id.to_string()).collect();
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let keys = keys.join(",");
    data::rows(context, &FILES, &[("filter[order_attachment_id][in]", keys.as_str()), ("limit", "200")]).await
}

/// What was signed, in words: the order itself, or which record of which sink.
fn signed_what(page: &Page, read: &Read, files: &[SignedFile], one: &Signed) -> String {
    let of_sink = |key: &str| {
        let build = one.build_number.clone().unwrap_or_default();
        page.tv(key, "build", build)
    };
    match one.record_type.as_str() {
        "orders" => page.tv("signed-order", "number", read.order.order_number.clone()),
        "builds" => of_sink("signed-build"),
        "boms" => {
            let bom = read.boms.iter().find(|bom| bom.bom_id == one.record_id);
            let values = [
                ("build", one.build_number.clone().unwrap_or_default().into()),
                ("revision", bom.map(|bom| bom.revision).unwrap_or_default().into()),
            ];
            page.words.say_with("signed-bom", &values)
        }
        "qc_inspections" => of_sink("signed-inspection"),
        "qc_waivers" => of_sink("signed-waiver"),
        "nonconformities" => of_sink("signed-nonconformity"),
        _ => {
            let file = files.iter().find(|file| file.order_attachment_id == one.record_id);
            let name = file.map(|file| file.file_name.clone());
            name.into_iter().chain(one.build_number.clone()).collect::<Vec<_>>().join(", ")
        }
    }
}

fn stamp(page: &Page, read: &Read, files: &[SignedFile], one: &Signed) -> Stamp {
    let what = signed_what(page, read, files, one);
    let hash = one.content_hash.as_deref().unwrap_or_default();
    Stamp { note: hash.chars().take(16).collect(), ..one.signature.stamp(page, Some(&what)) }
}
