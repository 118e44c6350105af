//! What a page does through an endpoint of the API: the same request as a program would send.

use axum::http::{HeaderName, HeaderValue, header};
use serde_json::Value;

use crate::api::endpoint::{Endpoint, Method};
use crate::http::form::Form;
use crate::http::problem::{FAULT, Problem};
use crate::incoming::{CSRF_FIELD, CSRF_HEADER, Incoming, Part};

/// A request to an endpoint.
#[derive(Debug)]
pub(super) struct Request {
    /// Its method.
    pub(super) method: Method,
    /// Its path, as the table has it.
    pub(super) path: &'static str,
    /// Values in the path.
    pub(super) values: Vec<(String, String)>,
    /// Its body.
    pub(super) body: Value,
    /// The version that was seen.
    pub(super) version: Option<i64>,
    /// Under which name what was done is remembered.
    pub(super) part: Part,
}

impl Request {
    /// The request as it comes from whoever sent the form.
    pub(super) fn from(self, incoming: &Incoming) -> Result<Incoming, Problem> {
        let found = crate::api::endpoints().find(|endpoint: &&'static Endpoint| {
            endpoint.method == self.method && endpoint.path == self.path
        });
        let endpoint = found.ok_or_else(|| Problem::new(FAULT, FAULT.title))?;
        let mut headers = incoming.headers.clone();
        headers.remove(header::CONTENT_LENGTH);
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let csrf = incoming.form.raw(CSRF_FIELD);
        let tag = self.version.map(|version| format!("\"v{version}\"")).unwrap_or_default();
        headers.remove(header::IF_MATCH);
        for (name, value) in [(CSRF_HEADER, csrf), ("if-match", tag.as_str())] {
            let (name, value) = (HeaderName::from_static(name), HeaderValue::from_str(value));
            if let Ok(value) = value
                && !value.is_empty()
            {
                headers.insert(name, value);
            }
        }
        Ok(Incoming {
            app: incoming.app.clone(),
            endpoint,
            request_id: incoming.request_id.clone(),
            client: incoming.client,
            headers,
            path: self.values,
            query: Vec::new(),
            body: self.body.to_string().into(),
            form: Form::default(),
            part: Some(self.part),
        })
    }
}
