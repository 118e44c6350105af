//! Forms with a file: a new document, and another version of one.

use askama::Template;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value};
use torvan_store::Context;

use super::{Brought, brought, choice, file_pick, made};
use crate::http::Answer;
use crate::http::problem::{CONFLICT, INVALID, MEDIA_TYPE, NOT_FOUND, Problem};
use crate::identity::Answering;
use crate::incoming::{Incoming, not_signed_in};
use crate::pages::components::{Faults, Field, FilePick, Kind, Link, Summary};
use crate::pages::data;
use crate::pages::once::{Once, fresh_key};
use crate::pages::page::{Me, Page, rendered};
use crate::pages::way::{is, to};

/// What a new document may belong to, as the page that leads here names it.
const LINKS: [&str; 3] = ["order_id", "assembly_id", "part_id"];

#[derive(Debug, Template)]
#[template(path = "documents/upload.html")]
struct UploadPage {
    page: Page,
    me: Me,
    back: Link,
    action: String,
    key: String,
    links: Vec<(&'static str, String)>,
    summary: Summary,
    fields: Vec<Field>,
    file: FilePick,
}

#[derive(Debug, Deserialize)]
struct Document {
    document_number: String,
    title: String,
}

pub(super) fn ask_new(incoming: Incoming) -> Answering {
    Box::pin(async move { new_page(&incoming, Again::default()).await })
}

/// What a form is shown with.
#[derive(Debug, Default)]
struct Again {
    /// The file that is stored already.
    file: Option<Brought>,
    faults: Faults,
    status: StatusCode,
}

async fn new_page(incoming: &Incoming, again: Again) -> Answer {
    let (mut context, person) = incoming.enter().await?;
    let page = Page::signed_in(incoming, &mut context, &person, "document-new").await?;
    context.commit().await?;
    let value = |name: &str, usual: &'static str| {
        let typed = incoming.typed(name);
        if typed.is_empty() { usual.to_owned() } else { typed.to_owned() }
    };
    let title = Field::new("title", page.t("document-title"), Kind::Text, "off").value(&value("title", ""));
    let fields = vec![
        title.focus(),
        choice(&page, "document_kind", "document-kind", &value("document_kind", "SPECIFICATION")),
        choice(&page, "access_level", "document-access", &value("access_level", "PUBLIC_TO_STAFF")),
        choice(&page, "language", "language", &value("language", "EN")),
        choice(&page, "owner_domain", "document-owner", &value("owner_domain", "QUALITY")),
    ];
    let back = Link::new("/documents".to_owned(), page.t("documents-title"), false);
    shown(incoming, page, Form { back, action: "/documents/new".to_owned(), fields }, again)
}

struct Form {
    back: Link,
    action: String,
    fields: Vec<Field>,
}

fn shown(incoming: &Incoming, mut page: Page, form: Form, again: Again) -> Answer {
    let Again { file, faults, status } = again;
    let me = page.me.clone().ok_or_else(not_signed_in)?;
    if !faults.is_empty() {
        page.with_error();
    }
    let mut fields = form.fields;
    faults.onto_all(&mut fields);
    let error = faults.told_of("file");
    let file = file_pick(&page, file.as_ref(), error);
    let sent = incoming.form.raw("key");
    let view = UploadPage {
        back: form.back,
        action: form.action,
        key: if sent.is_empty() { fresh_key() } else { sent.to_owned() },
        links: LINKS.map(|name| (name, incoming.typed(name).to_owned())).to_vec(),
        file,
        summary: faults.summary(page.t("summary-form")),
        fields,
        page,
        me,
    };
    rendered(&view, status)
}

/// What is refused about a document or its file, beside the field it is about.
fn faults_of(problem: Problem, of_file: bool) -> Result<(Faults, StatusCode), Problem> {
    if ![INVALID, CONFLICT, MEDIA_TYPE].iter().any(|kind| is(&problem, *kind)) {
        return Err(problem);
    }
    let status = problem.kind().status;
    if of_file {
        return Ok((Faults::of("file", problem.told()), status));
    }
    let at = |name: &'static str| Some((name, problem.told_of(name)?));
    Ok(match at("title").or_else(|| at("change_note")) {
        Some((name, told)) => (Faults::of(name, told), status),
        None => (Faults::whole(problem.told()), status),
    })
}

/// The file of a form, where it is there and all that must be filled in is; else what the form is shown again with. The file
/// is stored first: whatever else is wrong, nobody chooses it twice.
async fn complete(
    incoming: &Incoming,
    page: &Page,
    mut missing: Faults,
) -> Result<Result<Brought, Again>, Problem> {
    let file = match brought(incoming).await {
        Ok(file) => file,
        Err(problem) => {
            let (faults, status) = faults_of(problem, true)?;
            return Ok(Err(Again { file: None, faults, status }));
        }
    };
    if file.is_none() {
        missing.add("file", page.t("missing-file"));
    }
    match file {
        Some(file) if missing.is_empty() => Ok(Ok(file)),
        file => Ok(Err(Again { file, faults: missing, status: StatusCode::UNPROCESSABLE_ENTITY })),
    }
}

pub(super) fn send_new(incoming: Incoming) -> Answering {
    Box::pin(async move {
        if let Some(place) = Once::led(&incoming).await? {
            return Ok(to(&place));
        }
        let page = Page::open(&incoming, None, "document-new");
        let mut missing = Faults::default();
        if incoming.form.text("title").is_empty() {
            missing.add("title", page.t("missing-title"));
        }
        let file = match complete(&incoming, &page, missing).await? {
            Ok(file) => file,
            Err(again) => return new_page(&incoming, again).await,
        };
        match new_document(&incoming, file.clone()).await {
            Ok(place) => Ok(to(&place)),
            Err(problem) => {
                let (faults, status) = faults_of(problem, false)?;
                new_page(&incoming, Again { file: Some(file), faults, status }).await
            }
        }
    })
}

async fn new_document(incoming: &Incoming, file: Brought) -> Result<String, Problem> {
    let (mut context, _) = incoming.enter().await?;
    let once = Once::of(incoming)?;
    if let Some(place) = once.begin(&mut context).await? {
        return Ok(place);
    }
    let text = |name: &str| Value::from(incoming.form.text(name));
    let mut given = Map::from_iter([
        ("title".to_owned(), text("title")),
        ("kind".to_owned(), text("document_kind")),
        ("access_level".to_owned(), text("access_level")),
        ("language".to_owned(), text("language")),
        ("owner_domain".to_owned(), text("owner_domain")),
    ]);
    let link = |name: &str| Some((name.to_owned(), incoming.form.text(name).parse::<i64>().ok()?.into()));
    let links: Map<String, Value> = LINKS.into_iter().filter_map(link).collect();
    if !links.is_empty() {
        given.insert("links".to_owned(), links.into());
    }
    let document_id = made(&mut context, "create_document", given).await?;
    let version = add(&mut context, document_id, file, "").await?;
    let place = format!("/document-versions/{version}?done=added");
    once.finish(&mut context, &place).await?;
    context.commit().await?;
    Ok(place)
}

async fn add(
    context: &mut Context,
    document_id: i64,
    file: Brought,
    change_note: &str,
) -> Result<i64, Problem> {
    let mut given = Map::from_iter([
        ("document_id".to_owned(), Value::from(document_id)),
        ("document_content_id".to_owned(), file.content.into()),
        ("file_name".to_owned(), file.name.into()),
    ]);
    if !change_note.is_empty() {
        given.insert("change_note".to_owned(), change_note.into());
    }
    made(context, "add_document_version", given).await
}

pub(super) fn ask_version(incoming: Incoming) -> Answering {
    Box::pin(async move { version_page(&incoming, Again::default()).await })
}

async fn version_page(incoming: &Incoming, again: Again) -> Answer {
    let id = incoming.key("document_id")?;
    let (mut context, person) = incoming.enter().await?;
    let page = Page::signed_in(incoming, &mut context, &person, "document-version-new").await?;
    let document: Option<Document> = data::one(&mut context, "documents", &incoming.path).await?;
    context.commit().await?;
    let document = document.ok_or_else(|| Problem::new(NOT_FOUND, NOT_FOUND.title))?;
    let note = Field::new("change_note", page.t("document-change-note"), Kind::Area, "off");
    let form = Form {
        back: Link::new(
            format!("/documents/{id}"),
            format!("{} {}", document.document_number, document.title),
            false,
        ),
        action: format!("/documents/{id}/version"),
        fields: vec![note.value(incoming.form.raw("change_note")).optional()],
    };
    shown(incoming, page, form, again)
}

pub(super) fn send_version(incoming: Incoming) -> Answering {
    Box::pin(async move {
        if let Some(place) = Once::led(&incoming).await? {
            return Ok(to(&place));
        }
        let page = Page::open(&incoming, None, "document-version-new");
        let file = match complete(&incoming, &page, Faults::default()).await? {
            Ok(file) => file,
            Err(again) => return version_page(&incoming, again).await,
        };
        match new_version(&incoming, file.clone()).await {
            Ok(place) => Ok(to(&place)),
            Err(problem) => {
                let (faults, status) = faults_of(problem, false)?;
                version_page(&incoming, Again { file: Some(file), faults, status }).await
            }
        }
    })
}

async fn new_version(incoming: &Incoming, file: Brought) -> Result<String, Problem> {
    let (mut context, _) = incoming.enter().await?;
    let once = Once::of(incoming)?;
    if let Some(place) = once.begin(&mut context).await? {
        return Ok(place);
    }
    let id = incoming.key("document_id")?;
    let version = add(&mut context, id, file, incoming.form.text("change_note")).await?;
    let place = format!("/document-versions/{version}?done=added");
    once.finish(&mut context, &place).await?;
    context.commit().await?;
    Ok(place)
}
