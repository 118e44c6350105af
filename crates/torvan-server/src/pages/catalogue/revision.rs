//! A revision of an assembly: its lines beside those before it. In a draft they are changed as a whole, and released by signature.

use askama::Template;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use torvan_store::Context;

use super::{Placed, asked, code_of, item_path, missing};
use crate::http::Answer;
use crate::http::form::Form;
use crate::http::problem::{CONFLICT, FieldFault, INVALID, NOT_FOUND, Problem, STALE};
use crate::identity::Answering;
use crate::incoming::{Incoming, not_signed_in};
use crate::pages::components::{Conflict, Faults, Status, Summary, Tone};
use crate::pages::data;
use crate::pages::numbers::unit;
use crate::pages::page::{Me, Page, rendered};
use crate::pages::registers::cell;
use crate::pages::release::{self, Release};
use crate::pages::signing::Stamps;
use crate::pages::way::{is, path_of, to};

#[derive(Debug, Deserialize)]
struct Version {
    assembly_revision_id: i64,
    assembly_id: i64,
    revision: i64,
    state: String,
    note: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
struct Component {
    kind: String,
    code: String,
    name: String,
    quantity: Option<Value>,
    unit_code: String,
    is_optional: bool,
    note: Option<String>,
    was: Option<Value>,
    change: Option<String>,
}

/// A line as it is shown and typed.
#[derive(Debug, Clone)]
struct Line {
    code: String,
    name: String,
    href: String,
    quantity: String,
    unit: String,
    note: String,
    was: String,
    change: Option<&'static str>,
    word: String,
    is_gone: bool,
}

#[derive(Debug, Template)]
#[template(path = "catalogue/revision.html")]
struct RevisionPage {
    page: Page,
    me: Me,
    assembly: Placed,
    item: String,
    status: Status,
    note: Option<String>,
    action: String,
    is_form: bool,
    seen: String,
    summary: Summary,
    conflict: Option<Conflict>,
    lines: Vec<Line>,
    changed: i64,
    new: New,
    stamps: Stamps,
}

/// The line that is being typed, and what is wrong with it.
#[derive(Debug, Default)]
struct New {
    code: String,
    quantity: String,
    fault: Option<String>,
}

impl New {
    fn typed(form: &Form) -> Self {
        Self { code: code(form.text("new_code")), quantity: number(form.text("new_quantity")), fault: None }
    }
}

/// Codes are in capitals.
fn code(text: &str) -> String {
    text.trim().to_uppercase()
}

/// Half an inch is 0,5 to some.
fn number(text: &str) -> String {
    text.trim().replace(',', ".")
}

fn key(incoming: &Incoming) -> Result<i64, Problem> {
    let name = "assembly_revision_id";
    incoming.path_value(name).and_then(|text| text.parse().ok()).ok_or_else(|| {
        Problem::invalid(vec![FieldFault::parameter(name, format!("\"{name}\" is not a whole number."))])
    })
}

fn named(revision: i64) -> Map<String, Value> {
    Map::from_iter([("assembly_revision_id".to_owned(), revision.into())])
}

async fn read(
    context: &mut Context,
    incoming: &Incoming,
) -> Result<(Version, Placed, Vec<Component>), Problem> {
    let _ = key(incoming)?;
    let revision: Option<Version> = data::one(context, "assembly_revisions", &incoming.path).await?;
    let revision = revision.ok_or_else(missing)?;
    let assembly = code_of(context, revision.assembly_id).await?;
    let components =
        data::found(context, "revision_components", named(revision.assembly_revision_id)).await?;
    Ok((revision, assembly, components))
}

fn text(value: Option<&Value>) -> String {
    value.map(Value::to_string).unwrap_or_default()
}

fn line(page: &Page, one: &Component) -> Line {
    let change = match one.change.as_deref() {
        Some("ADDED") => Some("added"),
        Some("REMOVED") => Some("removed"),
        Some(_) => Some("changed"),
        None => None,
    };
    let optional = one.is_optional.then(|| page.t("col-is-optional"));
    Line {
        code: one.code.clone(),
        name: one.name.clone(),
        href: item_path(&one.kind, &one.code),
        quantity: text(one.quantity.as_ref()),
        unit: unit(page.words, &one.unit_code),
        note: optional.into_iter().chain(one.note.clone()).collect::<Vec<_>>().join(", "),
        was: if one.change.is_some() { text(one.was.as_ref()) } else { String::new() },
        word: one.change.as_deref().map(|change| cell::word(page.words, change)).unwrap_or_default(),
        is_gone: one.quantity.is_none(),
        change,
    }
}

/// What the form carries: codes with their numbers.
fn typed(form: &Form) -> Vec<(String, String)> {
    form.all("code").map(code).zip(form.all("quantity").map(number)).collect()
}

/// The lines that the form began with, to find what somebody else stored meanwhile.
fn seen(components: &[Component]) -> String {
    let lines = components.iter().filter(|one| one.quantity.is_some());
    Value::from(lines.map(|one| json!([one.code, one.quantity])).collect::<Vec<_>>()).to_string()
}

#[derive(Debug, Default)]
struct Shown {
    lines: Option<Vec<(String, String)>>,
    new: New,
    fault: Option<String>,
    is_stale: bool,
    status: StatusCode,
}

impl Shown {
    fn faults(&self) -> Faults {
        let of_line = self.new.fault.clone().map(|fault| (Some("new_code"), fault));
        Faults::all(of_line.into_iter().chain(self.fault.clone().map(|fault| (None, fault))).collect())
    }
}

pub(super) fn show(incoming: Incoming) -> Answering {
    Box::pin(async move { answered(&incoming, Shown::default()).await })
}

async fn answered(incoming: &Incoming, shown: Shown) -> Answer {
    let (mut context, person) = incoming.look().await?;
    let (revision, assembly, components) = read(&mut context, incoming).await?;
    let mut page = Page::signed_in(incoming, &mut context, &person, "revision-title").await?;
    let key = revision.assembly_revision_id;
    let stamps = Stamps::of(&mut context, &page, "assembly_revisions", key).await?;
    context.rollback().await?;
    let me = page.me.clone().ok_or_else(not_signed_in)?;
    page.title = page.tv("revision-of", "number", revision.revision);
    if asked(incoming, "done") == "saved" {
        page.done("revision-saved");
    }
    let faults = shown.faults();
    if !faults.is_empty() || shown.is_stale {
        page.with_error();
    }
    let is_draft = revision.state == "DRAFT";
    let stored: Vec<Line> = components.iter().map(|one| line(&page, one)).collect();
    let lines = match shown.lines {
        Some(typed) => merged(&page, &stored, &typed),
        None => stored,
    };
    let sent = incoming.form.raw("seen");
    let tone = match revision.state.as_str() {
        "RELEASED" => Tone::Ok,
        "DRAFT" => Tone::Info,
        _ => Tone::None,
    };
    let view = RevisionPage {
        item: item_path("ASSEMBLY", &assembly.assembly_code),
        status: Status::pill(tone, cell::word(page.words, &revision.state)),
        action: path_of(incoming),
        is_form: is_draft && me.may("catalogue:revise"),
        seen: if sent.is_empty() || shown.is_stale { seen(&components) } else { sent.to_owned() },
        summary: faults.summary(page.t("summary-form")),
        conflict: shown.is_stale.then(|| Conflict {
            title: page.t("register-conflict"),
            text: page.t("revision-conflict"),
            ways: Vec::new(),
        }),
        changed: i64::try_from(lines.iter().filter(|line| line.change.is_some()).count()).unwrap_or_default(),
        note: revision.note,
        new: shown.new,
        stamps,
        lines,
        assembly,
        page,
        me,
    };
    rendered(&view, shown.status)
}

/// Lines as they are typed, with what is known of them.
fn merged(page: &Page, stored: &[Line], typed: &[(String, String)]) -> Vec<Line> {
    let word = |change: &str| cell::word(page.words, change);
    let mut lines: Vec<Line> = Vec::with_capacity(typed.len());
    for (code, quantity) in typed {
        let known = stored.iter().find(|line| line.code == *code);
        let was = known
            .map(|line| if line.change.is_none() { line.quantity.clone() } else { line.was.clone() })
            .unwrap_or_default();
        let change = match (known.is_some() && !was.is_empty(), was == *quantity) {
            (false, _) => Some(("added", "ADDED")),
            (true, false) => Some(("changed", "CHANGED")),
            (true, true) => None,
        };
        lines.push(Line {
            code: code.clone(),
            name: known.map(|line| line.name.clone()).unwrap_or_default(),
            href: known.map(|line| line.href.clone()).unwrap_or_default(),
            quantity: quantity.clone(),
            unit: known.map(|line| line.unit.clone()).unwrap_or_default(),
            note: known.map(|line| line.note.clone()).unwrap_or_default(),
            was: if change.is_some() { was } else { String::new() },
            word: change.map(|(_, code)| word(code)).unwrap_or_default(),
            change: change.map(|(class, _)| class),
            is_gone: false,
        });
    }
    let is_there = |line: &&Line| !typed.iter().any(|(code, _)| *code == line.code);
    let gone = stored.iter().filter(is_there).map(|line| Line {
        was: if line.change.is_none() { line.quantity.clone() } else { line.was.clone() },
        quantity: String::new(),
        change: Some("removed"),
        word: word("REMOVED"),
        is_gone: true,
        ..line.clone()
    });
    // What was only in the draft is gone without a trace.
    lines.extend(gone.filter(|line| !line.was.is_empty()));
    lines
}

pub(super) fn send(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let (context, person) = incoming.look().await?;
        context.rollback().await?;
        let page = Page::open(&incoming, Some(&person), "revision-title");
        let (lines, new) = (typed(&incoming.form), New::typed(&incoming.form));
        let pressed = incoming.form.text("do");
        let shown = match pressed.split_once(' ').unwrap_or((pressed, "")) {
            // What is typed but not added would be lost, or taken for saved.
            ("save" | "release", _) if !new.code.is_empty() => {
                let fault = page.tv("revision-not-added", "code", new.code.clone());
                unready(lines, New { fault: Some(fault), ..new })
            }
            ("save", _) => return save(&incoming, lines).await,
            ("release", _) if !is_stored(&incoming, &lines).await? => {
                Shown { fault: Some(page.t("revision-save-first")), ..unready(lines, new) }
            }
            ("release", _) => return Ok(to(&format!("{}/release", path_of(&incoming)))),
            ("drop", code) => {
                let kept = lines.into_iter().filter(|(one, _)| one != code).collect();
                Shown { lines: Some(kept), new, ..Shown::default() }
            }
            ("add", _) => added(&page, lines, new),
            _ => Shown { lines: Some(lines), new, ..Shown::default() },
        };
        answered(&incoming, shown).await
    })
}

fn unready(lines: Vec<(String, String)>, new: New) -> Shown {
    Shown { lines: Some(lines), new, status: StatusCode::UNPROCESSABLE_ENTITY, ..Shown::default() }
}

/// With one line more; a code that is there already has its number there.
fn added(page: &Page, mut lines: Vec<(String, String)>, mut new: New) -> Shown {
    if lines.iter().any(|(code, _)| *code == new.code) {
        new.fault = Some(page.tv("revision-twice", "code", new.code.clone()));
        return unready(lines, new);
    }
    if !new.code.is_empty() {
        let quantity = if new.quantity.is_empty() { "1".to_owned() } else { new.quantity };
        lines.push((new.code, quantity));
        new = New::default();
    }
    Shown { lines: Some(lines), new, ..Shown::default() }
}

/// Whether the lines of the form are those of the draft.
async fn is_stored(incoming: &Incoming, lines: &[(String, String)]) -> Result<bool, Problem> {
    let (mut context, _) = incoming.look().await?;
    let (_, _, components) = read(&mut context, incoming).await?;
    context.rollback().await?;
    let stored = components.iter().filter(|one| one.quantity.is_some());
    let stored: Vec<(String, String)> =
        stored.map(|one| (one.code.clone(), text(one.quantity.as_ref()))).collect();
    Ok(stored == lines)
}

async fn save(incoming: &Incoming, lines: Vec<(String, String)>) -> Answer {
    let components: Vec<Value> =
        lines.iter().map(|(code, quantity)| json!({"code": code, "quantity": quantity})).collect();
    let mut given = named(key(incoming)?);
    given.insert("components".to_owned(), components.into());
    if let Ok(seen) = serde_json::from_str::<Value>(incoming.form.raw("seen")) {
        given.insert("seen".to_owned(), seen);
    }
    let (mut context, _) = incoming.enter().await?;
    match data::act(&mut context, "set_revision_components", given).await {
        Ok(_) => {
            context.commit().await?;
            Ok(to(&format!("{}?done=saved", path_of(incoming))))
        }
        Err(problem) => {
            context.rollback().await?;
            let (is_stale, status) = (is(&problem, STALE), problem.kind().status);
            if !is_stale && ![INVALID, CONFLICT, NOT_FOUND].iter().any(|kind| is(&problem, *kind)) {
                return Err(problem);
            }
            let fault = (!is_stale).then(|| problem.told());
            let shown = Shown { lines: Some(lines), new: New::default(), fault, is_stale, status };
            answered(incoming, shown).await
        }
    }
}

pub(super) fn ask_release(incoming: Incoming) -> Answering {
    release::show(incoming, |incoming| Box::pin(question(incoming)))
}

pub(super) fn release(incoming: Incoming) -> Answering {
    release::send(incoming, |incoming| Box::pin(question(incoming)))
}

async fn question(incoming: &Incoming) -> Result<(Page, Release), Problem> {
    let (mut context, person) = incoming.look().await?;
    let (revision, assembly, components) = read(&mut context, incoming).await?;
    let page = Page::signed_in(incoming, &mut context, &person, "revision-release").await?;
    if revision.state != "DRAFT" && incoming.endpoint.method.is_safe() {
        return Err(Problem::new(CONFLICT, page.t("release-not-open")));
    }
    let key = revision.assembly_revision_id;
    let hash = release::hash_of(&mut context, "assembly_revisions", key).await?;
    context.rollback().await?;
    let count = |change: &str| components.iter().filter(|one| one.change.as_deref() == Some(change)).count();
    let told = ["ADDED", "CHANGED", "REMOVED"]
        .map(|change| format!("{} {}", count(change), cell::word(page.words, change).to_lowercase()));
    let item = item_path("ASSEMBLY", &assembly.assembly_code);
    let release = Release {
        title: page.t("revision-release"),
        what: format!(
            "{}, {}",
            assembly.assembly_code,
            page.tv("revision-of", "number", revision.revision).to_lowercase()
        ),
        about: vec![assembly.name.clone(), told.join(", ")],
        hash,
        heed: vec![
            (Tone::Info, page.t("revision-release-means")),
            (Tone::Warn, page.t("rule-set-release-for-good")),
        ],
        crumbs: [
            (item.clone(), assembly.assembly_code.clone()),
            (
                format!("/assembly-revisions/{}", revision.assembly_revision_id),
                page.tv("revision-of", "number", revision.revision),
            ),
        ],
        barred: None,
        function: "release_assembly_revision",
        given: named(revision.assembly_revision_id),
        back: format!("{item}?done=released"),
    };
    Ok((page, release))
}
