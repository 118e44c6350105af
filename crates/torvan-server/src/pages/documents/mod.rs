//! Controlled documents: a new one with its file, another version, what a version looks like, and its way to being effective.
//! The list and the record of a document are registers.

mod acts;
mod search;
mod standing;
mod upload;
mod version;

pub(in crate::pages) use search::{Found, found};

use serde_json::{Map, Value};
use torvan_store::Context;
use torvan_store::surface::surface;

use super::components::{Field, FilePick, Kind};
use super::page::Page;
use super::{data, field, form, page};
use crate::api::endpoint::{Access, Endpoint, Method};
use crate::documents::{show_attachment, show_version, stored};
use crate::http::problem::Problem;
use crate::incoming::Incoming;

pub(super) use standing::Standing;

const CREATE: Access = Access::Permission("document:create");
const APPROVE: Access = Access::Permission("document:approve");

pub(super) const PAGES: &[Endpoint] = &[
    page(Method::Get, "/documents/new", CREATE, upload::ask_new, "Asks for a new document and its file."),
    form(
        "/documents/new",
        CREATE,
        upload::send_new,
        &[field("title", "Title under which people look for it.")],
        "Makes a document with its first version.",
    ),
    page(Method::Get, "/documents/search", Access::SignedIn, search::show, "Documents by their words."),
    page(
        Method::Get,
        "/documents/{document_id}/version",
        CREATE,
        upload::ask_version,
        "Asks for the file of another version.",
    ),
    form(
        "/documents/{document_id}/version",
        CREATE,
        upload::send_version,
        &[field("change_note", "What is different.")],
        "Adds a version to a document.",
    ),
    page(
        Method::Get,
        "/document-versions/{document_version_id}",
        Access::SignedIn,
        version::show,
        "A version of a document: what it looks like and what is next.",
    ),
    page(
        Method::Get,
        "/document-versions/{document_version_id}/preview",
        Access::SignedIn,
        show_version,
        "The content of a version, to be looked at.",
    ),
    page(
        Method::Get,
        "/order-attachments/{order_attachment_id}/preview",
        Access::SignedIn,
        show_attachment,
        "The content of a file of an order, to be looked at.",
    ),
    page(
        Method::Get,
        "/order-attachments/{order_attachment_id}/approve",
        Access::Permission("order_attachment:approve"),
        acts::ask_approve_file,
        "Asks for the signature under a file of an order.",
    ),
    form(
        "/order-attachments/{order_attachment_id}/approve",
        Access::Permission("order_attachment:approve"),
        acts::send_approve_file,
        &[],
        "Approves a file of an order, signed.",
    ),
    form(
        "/document-versions/{document_version_id}/submit",
        CREATE,
        acts::submit,
        &[],
        "Submits a version for review.",
    ),
    page(
        Method::Get,
        "/document-versions/{document_version_id}/approve",
        APPROVE,
        acts::ask_approve,
        "Asks for the signature under a version.",
    ),
    form(
        "/document-versions/{document_version_id}/approve",
        APPROVE,
        acts::send_approve,
        &[field("note", "A note on the decision.")],
        "Approves a version, signed.",
    ),
    page(
        Method::Get,
        "/document-versions/{document_version_id}/reject",
        APPROVE,
        acts::ask_reject,
        "Asks why a version is rejected.",
    ),
    form(
        "/document-versions/{document_version_id}/reject",
        APPROVE,
        acts::send_reject,
        &[field("reason", "Why.")],
        "Rejects a version.",
    ),
];

/// The field for a file, with the words that its script says. A file that is stored already stays in a form that was refused,
/// unless it is the file that is wrong.
pub(super) fn file_pick(page: &Page, kept: Option<&Brought>, error: Option<String>) -> FilePick {
    let kept = kept.filter(|_| error.is_none());
    FilePick {
        content: kept.map(|file| file.content.to_string()).unwrap_or_default(),
        file_name: kept.map(|file| file.name.clone()).unwrap_or_default(),
        kept: kept.map(|file| page.tv("file-kept", "name", file.name.clone())),
        label: page.t("file"),
        hint: page.t("file-hint"),
        drop: page.t("file-drop"),
        too_large: page.t("file-too-large"),
        session_over: page.t("file-session-over"),
        offline: page.t("offline"),
        failed: page.t("file-failed"),
        several: None,
        error,
    }
}

/// A file that a form brought: its name, and the key of its stored content.
#[derive(Debug, Clone)]
pub(super) struct Brought {
    pub(super) name: String,
    pub(super) content: i64,
}

/// Stores the file of a form; one that is stored already, by a script or by a form that was refused, is named by its key.
pub(super) async fn brought(incoming: &Incoming) -> Result<Option<Brought>, Problem> {
    let Some(file) = incoming.form.file() else {
        let content = incoming.form.text("content").parse::<i64>().ok();
        let name = incoming.form.text("file_name");
        return Ok(content.map(|content| Brought { name: name.to_owned(), content }));
    };
    let kind = file.media_type.to_lowercase();
    let kind = if kind.is_empty() { "application/octet-stream" } else { kind.as_str() };
    let kept = stored(incoming, kind, &file.content).await?;
    Ok(Some(Brought { name: file.name.clone(), content: kept.key }))
}

/// A choice among the words that a column of the documents takes.
fn choice(page: &Page, column: &'static str, label: &str, chosen: &str) -> Field {
    let words = surface()
        .relations
        .get("documents")
        .and_then(|relation| relation.column(column))
        .map_or(&[][..], |column| column.words.as_slice());
    let options = words.iter().map(|code| (code.clone(), super::registers::word(page.words, code))).collect();
    Field::new(column, page.t(label), Kind::Select, "off").options(options).value(chosen)
}

async fn made(
    context: &mut Context,
    function: &'static str,
    given: Map<String, Value>,
) -> Result<i64, Problem> {
    let made: Vec<i64> = data::found(context, function, given).await?;
    Ok(made.first().copied().unwrap_or_default())
}
