//! What is answered: the outcome of a call, stored with its key and given again; rows; versions.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use torvan_store::call::Returned;
use torvan_store::identity::StoredAnswer;
use torvan_store::surface::{Function, OutcomeKind};

use super::endpoint::{CallSpec, Endpoint, Method};

/// Rows as the inside of a list.
pub(super) fn push_rows(body: &mut String, rows: &[Box<RawValue>]) {
    for (place, row) in rows.iter().enumerate() {
        if place > 0 {
            body.push(',');
        }
        body.push_str(row.get());
    }
}

/// What was made, on its way to be stored and answered.
pub(crate) struct Made {
    status: StatusCode,
    body: Option<String>,
    location: Option<String>,
    tag: Option<String>,
}

impl Made {
    pub(super) fn of(spec: &CallSpec, function: &Function, endpoint: &Endpoint, returned: Returned) -> Self {
        match returned {
            Returned::Nothing => Self::nothing(),
            Returned::Rows(rows) => {
                let mut body = String::from("{\"items\":[");
                push_rows(&mut body, &rows);
                body.push_str("]}");
                Self { status: StatusCode::OK, body: Some(body), location: None, tag: None }
            }
            Returned::One(value) => Self::one(spec, function, endpoint, value.as_deref()),
        }
    }

    /// A row that was added, and where it is found.
    pub(super) fn row(row: &RawValue, location: &str) -> Self {
        Self {
            status: StatusCode::CREATED,
            body: Some(row.get().to_owned()),
            location: Some(format!("/api/v1{}", filled(location, row))),
            tag: Some(tag_of(row)),
        }
    }

    /// A row that was changed.
    pub(super) fn changed(row: &RawValue) -> Self {
        let tag = Some(tag_of(row));
        Self { status: StatusCode::OK, body: Some(row.get().to_owned()), location: None, tag }
    }

    /// Nothing is left to show.
    pub(super) fn nothing() -> Self {
        Self { status: StatusCode::NO_CONTENT, body: None, location: None, tag: None }
    }

    fn one(spec: &CallSpec, function: &Function, endpoint: &Endpoint, value: Option<&RawValue>) -> Self {
        let text = value.map_or("null", RawValue::get);
        let is_row = function.result.kind == OutcomeKind::Row || function.result.type_name == "jsonb";
        let body = if is_row { text.to_owned() } else { format!("{{\"{}\":{text}}}", spec.returns) };
        let location = spec.location.map(|location| {
            let (before, rest) = location.split_once('{').unwrap_or((location, ""));
            let after = rest.split_once('}').map_or("", |(_, after)| after);
            format!("/api/v1{before}{}{after}", text.trim_matches('"'))
        });
        let status = if location.is_some() && endpoint.method == Method::Post {
            StatusCode::CREATED
        } else {
            StatusCode::OK
        };
        let tag = value.filter(|_| is_row).and_then(version_of);
        Self { status, body: Some(body), location, tag }
    }

    pub(super) fn stored(&self) -> StoredAnswer {
        let mut headers = Map::new();
        if let Some(location) = &self.location {
            headers.insert("location".to_owned(), location.clone().into());
        }
        if let Some(tag) = &self.tag {
            headers.insert("etag".to_owned(), tag.clone().into());
        }
        StoredAnswer {
            status: self.status.as_u16().into(),
            content_type: self.body.as_ref().map(|_| "application/json".to_owned()),
            body: self.body.as_ref().map(|body| body.clone().into_bytes()),
            headers: Some(Value::Object(headers)),
        }
    }

    pub(super) fn response(self) -> Response {
        let mut response = match self.body {
            Some(body) => json(self.status, body),
            None => self.status.into_response(),
        };
        if let Some(location) = self.location.and_then(|location| HeaderValue::from_str(&location).ok()) {
            response.headers_mut().insert(header::LOCATION, location);
        }
        tagged(response, self.tag)
    }
}

/// An answer that was given before.
pub(super) fn replayed(answer: StoredAnswer) -> Response {
    let mut response = given(answer);
    response.headers_mut().insert("idempotency-replayed", HeaderValue::from_static("true"));
    response
}

/// An answer as it is kept.
pub(super) fn given(answer: StoredAnswer) -> Response {
    let status = u16::try_from(answer.status).ok().and_then(|status| StatusCode::from_u16(status).ok());
    let mut response = Response::new(answer.body.map_or_else(Body::empty, Body::from));
    *response.status_mut() = status.unwrap_or(StatusCode::OK);
    let headers = response.headers_mut();
    if let Some(kind) = answer.content_type.and_then(|kind| HeaderValue::from_str(&kind).ok()) {
        headers.insert(header::CONTENT_TYPE, kind);
    }
    if let Some(Value::Object(stored)) = answer.headers {
        insert_all(headers, stored);
    }
    response
}

fn insert_all(headers: &mut HeaderMap, stored: Map<String, Value>) {
    for (name, value) in stored {
        let name = HeaderName::from_bytes(name.as_bytes());
        let value = value.as_str().and_then(|value| HeaderValue::from_str(value).ok());
        if let (Ok(name), Some(value)) = (name, value) {
            headers.insert(name, value);
        }
    }
}

/// Signs that stand for themselves in a part of a path.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A path with the values of a row's columns in the place of their names.
fn filled(path: &str, row: &RawValue) -> String {
    let row: Map<String, Value> = serde_json::from_str(row.get()).unwrap_or_default();
    let part = |part: &str| {
        let name = part.strip_prefix('{').and_then(|part| part.strip_suffix('}'));
        match name.and_then(|name| row.get(name)) {
            Some(Value::String(text)) => utf8_percent_encode(text, PLAIN).to_string(),
            Some(value) => value.to_string(),
            None => part.to_owned(),
        }
    };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

/// The entity tag of a whole row: its version, or else what all of it comes to.
pub(crate) fn tag_of(row: &RawValue) -> String {
    version_of(row).unwrap_or_else(|| {
        let digest = Sha256::digest(row.get());
        format!("\"{}\"", BASE64_URL_SAFE_NO_PAD.encode(&digest[..16]))
    })
}

/// The version of a row as an entity tag.
pub(super) fn version_of(row: &RawValue) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Versioned {
        row_version: i64,
    }
    serde_json::from_str::<Versioned>(row.get()).ok().map(|row| format!("\"v{}\"", row.row_version))
}

pub(super) fn tagged(mut response: Response, tag: Option<String>) -> Response {
    if let Some(tag) = tag.and_then(|tag| HeaderValue::from_str(&tag).ok()) {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}

/// An answer of JSON.
pub(crate) fn json(status: StatusCode, body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(text: &str) -> Box<RawValue> {
        RawValue::from_string(text.to_owned()).expect("JSON")
    }

    #[test]
    fn a_row_has_the_tag_of_its_version_or_of_all_of_it() {
        assert_eq!(tag_of(&row(r#"{"a": 1, "row_version": 7}"#)), "\"v7\"");
        let (one, other) = (tag_of(&row(r#"{"a": 1}"#)), tag_of(&row(r#"{"a": 2}"#)));
        assert_ne!(one, other);
        assert_eq!(one, tag_of(&row(r#"{"a": 1}"#)));
    }

    #[test]
    fn a_place_keeps_one_part_for_one_value() {
        let row = row(r#"{"tool_code": "A/B 1%", "tool_id": 5}"#);
        assert_eq!(filled("/tools/{tool_code}/x/{tool_id}", &row), "/tools/A%2FB%201%25/x/5");
    }
}
