//! Contents of files: taken in by what they are and not by what they are called, given out only as files.

mod gif;
mod images;
mod jpeg;

use std::io;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use futures_util::StreamExt as _;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use tokio::sync::OwnedSemaphorePermit;
use torvan_store::Context;
use torvan_store::integration::{
    FileKind, FileName, NewObject, announce, append_piece, begin_content, file_name, finish_content, place,
    store_object,
};

use crate::api::answer::json;
use crate::contents::{ObjectFault, Shelf};
use crate::credentials::{hex, sha256_hex};
use crate::http::Answer;
use crate::http::problem::{
    BUSY, CONTENT_DAMAGED, CONTENTS_DOWN, FieldFault, INVALID, MEDIA_TYPE, NOT_FOUND, Problem,
};
use crate::http::spool::{Spooled, unreadable};
use crate::identity::Answering;
use crate::incoming::Incoming;

/// Path of the one endpoint that takes contents.
pub const UPLOAD: &str = "/document-contents";

/// What stands in a file's name in a header only in code (RFC 8187).
const UNPLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'.').remove(b'-').remove(b'_');

/// Longest content: 25 MiB, as the database has it.
pub const MAX_CONTENT: usize = 25 * 1024 * 1024;

/// Beginning of a content by which the database knows its type: of text it looks at the first MiB.
const MOST_HEAD: usize = 1024 * 1024;

/// Pieces in which the database and stores get a content.
const PIECE: usize = 1024 * 1024;

/// Bytes by which the type of a content is known.
const BEGINNING: usize = 128;

/// `POST /document-contents`: stores a content; what it belongs to is said with its key.
pub fn take(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let media_type = incoming.header("content-type").unwrap_or_default();
        let media_type = media_type.split(';').next().unwrap_or_default().trim().to_lowercase();
        if media_type.is_empty() {
            return Err(Problem::new(MEDIA_TYPE, "The header Content-Type is missing.")
                .hint("Say which type the file has, for example application/pdf."));
        }
        let file = incoming.file.as_ref().ok_or_else(empty)?;
        let stored = stored(&incoming, &media_type, file).await?;
        let body = serde_json::json!({
            "document_content_id": stored.key,
            "media_type": media_type,
            "byte_size": stored.byte_size,
            "sha256": stored.sha256,
        });
        Ok(json(StatusCode::CREATED, body.to_string()))
    })
}

fn empty() -> Problem {
    Problem::new(INVALID, "The content is empty.").hint("Send the file's bytes as the body.")
}

/// A content that was stored.
#[derive(Debug)]
pub struct Stored {
    /// Its key.
    pub key: i64,
    /// Bytes that are kept.
    pub byte_size: usize,
    /// Their hash.
    pub sha256: String,
}

/// What is kept of a file.
#[derive(Debug)]
pub(crate) enum Kept {
    /// All of it, as it came.
    File(Spooled),
    /// A picture without what it told of place and owner.
    Picture(Bytes),
}

impl Kept {
    /// Its bytes.
    pub(crate) fn length(&self) -> usize {
        match self {
            Self::File(file) => file.length(),
            Self::Picture(bytes) => bytes.len(),
        }
    }

    fn sha256(&self) -> String {
        match self {
            Self::File(file) => hex(file.sha256()),
            Self::Picture(bytes) => sha256_hex(bytes),
        }
    }

    /// Up to that many bytes from a place on; fewer at its end.
    pub(crate) async fn piece(&self, from: usize, most: usize) -> io::Result<Bytes> {
        match self {
            Self::File(file) => file.piece(from, most).await,
            Self::Picture(bytes) => {
                let from = from.min(bytes.len());
                Ok(bytes.slice(from..bytes.len().min(from.saturating_add(most))))
            }
        }
    }
}

/// Stores a content that is what it is said to be, without what images tell of place and owner.
///
/// # Errors
/// The content is empty, of another type, or of one that is not stored.
pub async fn stored(incoming: &Incoming, media_type: &str, file: &Spooled) -> Result<Stored, Problem> {
    if file.length() == 0 {
        return Err(empty());
    }
    let beginning = file.piece(0, BEGINNING).await.map_err(|error| unreadable(&error))?;
    let real = images::kind_of(&beginning);
    if let Some(real) = real.or(Some(media_type)).filter(|kind| images::NOT_TAKEN.contains(kind)) {
        return Err(Problem::new(INVALID, format!("Images of the type {real} are not stored."))
            .hint("Send it as JPEG, PNG or WebP: of those, place and owner are taken out first."));
    }
    if let Some(real) = real.filter(|real| *real != media_type) {
        return Err(Problem::new(INVALID, format!("The content is {real}, not {media_type}."))
            .hint("Name the type that the file really has."));
    }
    if !images::is_stripped(media_type) {
        return keep(incoming, media_type, Kept::File(file.clone())).await;
    }
    // A picture is taken apart as a whole.
    let waiting = incoming.app.pictures().acquire();
    let _permit = waiting.await.map_err(|_| Problem::new(BUSY, BUSY.title))?;
    let whole = file.piece(0, file.length()).await.map_err(|error| unreadable(&error))?;
    let stripped = images::without_metadata(media_type, whole).map_err(|error| {
        Problem::new(INVALID, format!("The content is not {media_type}, or not whole: {error}."))
            .hint("Send the file once more, and name the type that it really has.")
    })?;
    keep(incoming, media_type, Kept::Picture(stripped)).await
}

/// Stores a content where new ones go.
async fn keep(incoming: &Incoming, media_type: &str, kept: Kept) -> Result<Stored, Problem> {
    let (byte_size, sha256) = (kept.length(), kept.sha256());
    let waiting = Arc::clone(incoming.app.storing()).acquire_owned();
    let place = waiting.await.map_err(|_| Problem::new(BUSY, BUSY.title))?;
    let (context, _) = incoming.enter().await?;
    let key = match incoming.app.settings().contents.for_new() {
        Some(shelf) => keep_on(shelf, incoming, context, media_type, (kept, place), &sha256).await?,
        None => keep_in_database(context, media_type, &kept, &sha256).await?,
    };
    Ok(Stored { key, byte_size, sha256 })
}

async fn keep_in_database(
    mut context: Context,
    media_type: &str,
    kept: &Kept,
    sha256: &str,
) -> Result<i64, Problem> {
    let key = begin_content(&mut context, media_type, size_of(kept), sha256).await?;
    for (number, from) in (1..).zip((0..kept.length()).step_by(PIECE)) {
        let piece = kept.piece(from, PIECE).await.map_err(|error| unreadable(&error))?;
        append_piece(&mut context, key, number, &piece).await?;
    }
    finish_content(&mut context, key).await?;
    context.commit().await?;
    Ok(key)
}

async fn keep_on(
    shelf: &Shelf,
    incoming: &Incoming,
    mut context: Context,
    media_type: &str,
    (kept, place): (Kept, OwnedSemaphorePermit),
    sha256: &str,
) -> Result<i64, Problem> {
    let object_key = Shelf::new_key(sha256).map_err(|fault| failed(&fault))?;
    let head = kept.piece(0, MOST_HEAD).await.map_err(|error| unreadable(&error))?;
    let new = NewObject {
        media_type,
        byte_size: size_of(&kept),
        head: &head,
        sha256,
        storage: shelf.storage().code(),
        object_key: &object_key,
    };
    announce(&mut context, new).await?;
    // No connection waits for the store.
    context.commit().await?;
    shelf.put_in_pieces(&object_key, kept, place).await.map_err(|fault| failed(&fault))?;
    let (mut context, _) = incoming.enter().await?;
    let key = store_object(&mut context, new).await?;
    context.commit().await?;
    Ok(key)
}

fn size_of(kept: &Kept) -> i64 {
    i64::try_from(kept.length()).unwrap_or(i64::MAX)
}

/// A content that was not stored or not read.
pub(crate) fn failed(fault: &ObjectFault) -> Problem {
    if fault.is_of_the_content() {
        return Problem::new(
            CONTENT_DAMAGED,
            "The content is not what was stored, so nothing of it is given out.",
        )
        .hint("The Administrators are told; they bring it back from a copy.");
    }
    Problem::new(CONTENTS_DOWN, "The place where contents of files lie does not answer. Nothing was changed.")
        .hint("Try again in a moment.")
        .retry_after(10)
}

/// `GET /order-attachments/{order_attachment_id}/content`.
pub fn give_attachment(incoming: Incoming) -> Answering {
    Box::pin(async move { give(&incoming, FileKind::Attachment, "order_attachment_id").await })
}

/// `GET /document-versions/{document_version_id}/content`.
pub fn give_version(incoming: Incoming) -> Answering {
    Box::pin(async move { give(&incoming, FileKind::Version, "document_version_id").await })
}

/// A content on its way out.
struct Opened {
    body: Body,
    name: FileName,
    length: i64,
}

async fn give(incoming: &Incoming, kind: FileKind, parameter: &str) -> Answer {
    let key = incoming.path_value(parameter).and_then(|text| text.parse::<i64>().ok());
    let key = key.ok_or_else(|| {
        Problem::invalid(vec![FieldFault::parameter(
            parameter,
            format!("\"{parameter}\" is not a whole number."),
        )])
    })?;
    let Opened { body, name, length } = open(incoming, kind, key).await?;
    Ok(as_file(body, &name, length))
}

async fn open(incoming: &Incoming, kind: FileKind, key: i64) -> Result<Opened, Problem> {
    let (mut context, _) = incoming.enter().await?;
    let found = file_name(&mut context, kind, key).await?;
    let name = found.ok_or_else(|| Problem::new(NOT_FOUND, format!("There is no file {key} here.")))?;
    let place = place(&mut context, kind, key).await?;
    context.commit().await?;
    let place = place.ok_or_else(|| {
        Problem::new(NOT_FOUND, format!("Of the file {key} only the name is known, not the content."))
    })?;
    let length = place.byte_size;
    let body = incoming
        .app
        .settings()
        .contents
        .body(incoming.app.store(), place)
        .await
        .map_err(|fault| failed(&fault))?;
    Ok(Opened { body, name, length })
}

/// Types that are text without any meaning of its own.
const TEXTS: [&str; 3] = ["text/plain", "text/csv", "text/markdown"];

/// Whether a page can show what a file of this type says.
#[must_use]
pub fn is_text(media_type: &str) -> bool {
    TEXTS.contains(&media_type)
}

/// Most bytes of a text that a page shows.
const MOST_SHOWN: usize = 32 * 1024;

/// The beginning of a text, as far as a page shows it.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Beginning {
    /// What it says.
    pub(crate) text: String,
    /// Whether that is all of it.
    pub(crate) is_whole: bool,
}

/// What a version says that is a text.
pub(crate) async fn beginning_of_version(incoming: &Incoming, key: i64) -> Result<Beginning, Problem> {
    let mut pieces = open(incoming, FileKind::Version, key).await?.body.into_data_stream();
    let mut bytes = Vec::new();
    while bytes.len() <= MOST_SHOWN
        && let Some(piece) = pieces.next().await
    {
        let piece = piece.map_err(|error| {
            tracing::warn!(%error, "a content broke off");
            Problem::new(CONTENTS_DOWN, CONTENTS_DOWN.title)
        })?;
        bytes.extend_from_slice(&piece);
    }
    Ok(beginning(&bytes, MOST_SHOWN))
}

/// The text of these bytes, no more than so many of them; a letter is not cut in two.
fn beginning(bytes: &[u8], most: usize) -> Beginning {
    let is_whole = bytes.len() <= most;
    let mut shown = bytes.get(..most).unwrap_or(bytes);
    if let Err(fault) = std::str::from_utf8(shown)
        && fault.error_len().is_none()
        && !is_whole
    {
        shown = shown.get(..fault.valid_up_to()).unwrap_or_default();
    }
    let text = String::from_utf8_lossy(shown);
    Beginning { text: text.trim_start_matches('\u{feff}').to_owned(), is_whole }
}

/// Types that a browser shows by itself and runs nothing of.
const SHOWN: [&str; 5] = ["application/pdf", "image/png", "image/jpeg", "image/webp", "image/gif"];

/// Whether a file of this type can be looked at in a page.
#[must_use]
pub fn can_be_shown(media_type: &str) -> bool {
    SHOWN.contains(&media_type)
}

/// `GET /order-attachments/{order_attachment_id}/preview` (page).
pub fn show_attachment(incoming: Incoming) -> Answering {
    Box::pin(async move { Ok(inline(give(&incoming, FileKind::Attachment, "order_attachment_id").await?)) })
}

/// `GET /document-versions/{document_version_id}/preview` (page).
pub fn show_version(incoming: Incoming) -> Answering {
    Box::pin(async move { Ok(inline(give(&incoming, FileKind::Version, "document_version_id").await?)) })
}

/// The same to be looked at, where it is of a type that a browser shows by itself; everything else stays a download.
fn inline(mut response: Response) -> Response {
    let headers = response.headers_mut();
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    if !can_be_shown(kind) {
        return response;
    }
    // Who saves it from there saves it under its name.
    let named = headers.get(header::CONTENT_DISPOSITION).and_then(|value| value.to_str().ok());
    let named = named.unwrap_or_default().replacen("attachment", "inline", 1);
    headers.insert(
        header::CONTENT_DISPOSITION,
        HeaderValue::from_str(&named).unwrap_or(HeaderValue::from_static("inline")),
    );
    // A sandbox keeps the browser's own viewer of PDF away, too; nothing else is loaded or framed elsewhere.
    let policy = "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; frame-ancestors 'self'";
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    response
}

/// Always a download, never a page: what a browser would run must not run as ours (assurance.md S7).
fn as_file(body: Body, name: &FileName, length: i64) -> Response {
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    let kind = HeaderValue::from_str(&name.media_type)
        .unwrap_or(HeaderValue::from_static("application/octet-stream"));
    headers.insert(header::CONTENT_TYPE, kind);
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(length));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox"));
    let plain: String = name
        .file_name
        .chars()
        .map(|sign| if sign.is_ascii_alphanumeric() || ".-_ ".contains(sign) { sign } else { '_' })
        .collect();
    let disposition = format!(
        "attachment; filename=\"{plain}\"; filename*=UTF-8''{}",
        utf8_percent_encode(&name.file_name, UNPLAIN)
    );
    if let Ok(disposition) = HeaderValue::from_str(&disposition) {
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_shown_as_far_as_a_limit_without_half_letters() {
        let whole = |text: &str| Beginning { text: text.to_owned(), is_whole: true };
        let cut = |text: &str| Beginning { text: text.to_owned(), is_whole: false };
        assert_eq!(beginning("vérin".as_bytes(), 6), whole("vérin"));
        assert_eq!(beginning("vérin".as_bytes(), 2), cut("v"), "half an é");
        assert_eq!(beginning("vérin".as_bytes(), 3), cut("vé"));
        assert_eq!(beginning("\u{feff}vis".as_bytes(), 9), whole("vis"));
        assert_eq!(beginning(b"v\xe9rin", 9), whole("v\u{fffd}rin"), "no letter of UTF-8");
        assert_eq!(beginning(b"", 9), whole(""));
    }

    #[test]
    fn only_what_runs_nowhere_is_read_as_text() {
        assert!(is_text("text/plain") && is_text("text/csv"));
        assert!(!is_text("text/html") && !is_text("image/svg+xml") && !is_text("application/pdf"));
    }
}
