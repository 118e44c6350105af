//! Contents of files: taken in by what they are and not by what they are called, given out only as files.

mod gif;
mod images;
mod jpeg;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use torvan_store::integration::{FileKind, FileName, file_name, pieces, store};

use crate::api::answer::json;
use crate::credentials::sha256_hex;
use crate::http::Answer;
use crate::http::problem::{FieldFault, INVALID, MEDIA_TYPE, NOT_FOUND, Problem};
use crate::identity::Answering;
use crate::incoming::Incoming;

/// Path of the one endpoint that takes contents.
pub const UPLOAD: &str = "/document-contents";

/// What stands in a file's name in a header only in code (RFC 8187).
const UNPLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'.').remove(b'-').remove(b'_');

/// Longest content: 25 MiB, as the database has it.
pub const MAX_CONTENT: usize = 25 * 1024 * 1024;

/// `POST /document-contents`: stores a content; what it belongs to is said with its key.
pub fn take(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let (mut context, _) = incoming.enter().await?;
        let media_type = incoming.header("content-type").unwrap_or_default();
        let media_type = media_type.split(';').next().unwrap_or_default().trim().to_lowercase();
        if media_type.is_empty() {
            return Err(Problem::new(MEDIA_TYPE, "The header Content-Type is missing.")
                .hint("Say which type the file has, for example application/pdf."));
        }
        if incoming.body.is_empty() {
            return Err(
                Problem::new(INVALID, "The content is empty.").hint("Send the file's bytes as the body.")
            );
        }
        let real = images::kind_of(&incoming.body);
        if let Some(real) = real.or(Some(&*media_type)).filter(|kind| images::NOT_TAKEN.contains(kind)) {
            return Err(Problem::new(INVALID, format!("Images of the type {real} are not stored."))
                .hint("Send it as JPEG, PNG or WebP: of those, place and owner are taken out first."));
        }
        if let Some(real) = real.filter(|real| *real != media_type) {
            return Err(Problem::new(INVALID, format!("The content is {real}, not {media_type}."))
                .hint("Name the type that the file really has."));
        }
        let stripped = images::without_metadata(&media_type, incoming.body.clone()).map_err(|error| {
            Problem::new(INVALID, format!("The content is not {media_type}, or not whole: {error}."))
                .hint("Send the file once more, and name the type that it really has.")
        })?;
        let key = store(&mut context, &media_type, &stripped).await?;
        context.commit().await?;
        let body = serde_json::json!({
            "document_content_id": key,
            "media_type": media_type,
            "byte_size": stripped.len(),
            "sha256": sha256_hex(&stripped),
        });
        Ok(json(StatusCode::CREATED, body.to_string()))
    })
}

/// `GET /order-attachments/{order_attachment_id}/content`.
pub fn give_attachment(incoming: Incoming) -> Answering {
    Box::pin(async move { give(&incoming, FileKind::Attachment, "order_attachment_id").await })
}

/// `GET /document-versions/{document_version_id}/content`.
pub fn give_version(incoming: Incoming) -> Answering {
    Box::pin(async move { give(&incoming, FileKind::Version, "document_version_id").await })
}

async fn give(incoming: &Incoming, kind: FileKind, parameter: &str) -> Answer {
    let (mut context, _) = incoming.enter().await?;
    let key = incoming.path_value(parameter).and_then(|text| text.parse::<i64>().ok());
    let key = key.ok_or_else(|| {
        Problem::invalid(vec![FieldFault::parameter(
            parameter,
            format!("\"{parameter}\" is not a whole number."),
        )])
    })?;
    let found = file_name(&mut context, kind, key).await?;
    let name = found.ok_or_else(|| Problem::new(NOT_FOUND, format!("There is no file {key} here.")))?;
    let pieces = pieces(&mut context, kind, key).await?;
    context.commit().await?;
    if pieces.is_empty() {
        return Err(Problem::new(
            NOT_FOUND,
            format!("Of the file {key} only the name is known, not the content."),
        ));
    }
    let length: usize = pieces.iter().map(Vec::len).sum();
    let pieces = futures_util::stream::iter(
        pieces.into_iter().map(|piece| Ok::<_, std::convert::Infallible>(Bytes::from(piece))),
    );
    Ok(as_file(Body::from_stream(pieces), &name, length))
}

/// Always a download, never a page: what a browser would run must not run as ours (assurance.md S7).
fn as_file(body: Body, name: &FileName, length: usize) -> Response {
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
