//! Errors as RFC 9457 has them: `application/problem+json` with a stable type, the place of each fault, and the request's id.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use torvan_store::{Broken, BrokenKind, Refusal, RefusalKind, StoreError};

use super::hints;
use crate::words::Words;
use crate::{reader, sentences};

/// Media type of a problem.
pub const PROBLEM_JSON: &str = "application/problem+json";

/// What kind of problem it is. Stable: programs tell problems apart by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// Last part of the type's URI.
    pub slug: &'static str,
    /// Short words, the same for all of its kind.
    pub title: &'static str,
    /// Status.
    pub status: StatusCode,
}

macro_rules! kinds {
    ($($name:ident = $slug:literal, $title:literal, $status:ident;)*) => {
        $(#[doc = $title] pub const $name: Kind = Kind { slug: $slug, title: $title, status: StatusCode::$status };)*
        /// Every kind there is, for the documentation.
        pub const KINDS: &[Kind] = &[$($name),*];
    };
}

kinds! {
    MALFORMED = "malformed", "The request cannot be read.", BAD_REQUEST;
    INVALID = "invalid", "A value is refused.", UNPROCESSABLE_ENTITY;
    KEY_REQUIRED = "idempotency-key-required", "The request needs an Idempotency-Key.", BAD_REQUEST;
    NOT_SIGNED_IN = "not-signed-in", "Sign in first.", UNAUTHORIZED;
    WRONG_CREDENTIALS = "wrong-credentials", "The credentials are not right.", UNAUTHORIZED;
    PROOF_REQUIRED = "proof-required", "Prove again who you are.", UNAUTHORIZED;
    SIGN_IN_INCOMPLETE = "sign-in-incomplete", "The sign-in is not complete.", FORBIDDEN;
    FORBIDDEN = "forbidden", "The permission is missing.", FORBIDDEN;
    SECOND_PERSON = "second-person-required", "Another person has to do it.", FORBIDDEN;
    CSRF = "cross-site", "The request does not come from the application itself.", FORBIDDEN;
    NOT_FOUND = "not-found", "There is nothing here.", NOT_FOUND;
    METHOD = "method-not-allowed", "The method is not possible here.", METHOD_NOT_ALLOWED;
    CONFLICT = "conflict", "It does not fit the present state.", CONFLICT;
    GUARD = "guard-failed", "A gate of the workflow is not open.", CONFLICT;
    IN_FLIGHT = "in-flight", "The same request is being worked on.", CONFLICT;
    KEY_REUSED = "idempotency-key-reused", "The Idempotency-Key belongs to another request.", UNPROCESSABLE_ENTITY;
    STALE = "stale-version", "Somebody changed it in the meantime.", PRECONDITION_FAILED;
    VERSION_REQUIRED = "version-required", "The request needs If-Match.", PRECONDITION_REQUIRED;
    TOO_LARGE = "too-large", "The request is too large.", PAYLOAD_TOO_LARGE;
    MEDIA_TYPE = "media-type", "The media type is not taken here.", UNSUPPORTED_MEDIA_TYPE;
    TOO_MANY = "too-many-requests", "Too many attempts.", TOO_MANY_REQUESTS;
    KEY_MISSING = "encryption-key-missing", "A key of the encryption is not there.", SERVICE_UNAVAILABLE;
    BUSY = "busy", "Others are in the way; try again.", SERVICE_UNAVAILABLE;
    UNAVAILABLE = "unavailable", "The database cannot be reached.", SERVICE_UNAVAILABLE;
    PROVIDER_DOWN = "identity-provider-unavailable", "The identity provider does not answer.", SERVICE_UNAVAILABLE;
    CONTENTS_DOWN = "contents-unavailable", "The store of contents does not answer.", SERVICE_UNAVAILABLE;
    CONTENT_DAMAGED = "content-damaged", "The content is damaged or gone.", INTERNAL_SERVER_ERROR;
    DEADLINE = "deadline", "The request took too long and was undone.", SERVICE_UNAVAILABLE;
    NOT_REACHED = "not-reached", "It was not reached in time.", SERVICE_UNAVAILABLE;
    FAULT = "fault", "The product failed.", INTERNAL_SERVER_ERROR;
}

/// One fault and its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldFault {
    /// JSON Pointer (RFC 6901) into the body; absent where the fault is elsewhere.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pointer: Option<String>,
    /// Name of the query parameter, path parameter or header.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parameter: Option<String>,
    /// What is wrong and how to mend it.
    pub detail: String,
}

impl FieldFault {
    /// A fault in the body.
    #[must_use]
    pub fn body(pointer: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { pointer: Some(pointer.into()), parameter: None, detail: detail.into() }
    }

    /// What is wrong, as the reader of a page reads it.
    pub(crate) fn told(&self) -> String {
        sentences::in_language(reader::language(), &self.detail).into_owned()
    }

    /// A fault in a parameter or header.
    #[must_use]
    pub fn parameter(name: impl Into<String>, detail: impl Into<String>) -> Self {
        Self { pointer: None, parameter: Some(name.into()), detail: detail.into() }
    }
}

/// An error that is answered.
#[derive(Debug)]
pub struct Problem(Box<Parts>);

#[derive(Debug)]
struct Parts {
    kind: Kind,
    detail: String,
    hint: Option<String>,
    /// The hint as the catalogues know it, where what programs get is another.
    known_hint: Option<String>,
    errors: Vec<FieldFault>,
    /// Arguments or columns at fault, whose place in the request is not known yet.
    fields: Vec<String>,
    headers: Vec<(HeaderName, HeaderValue)>,
    /// For the log only.
    cause: Option<StoreError>,
    is_noted: bool,
}

/// What the body of an answered problem holds; the request's id is added on its way out.
#[derive(Debug, Clone)]
pub(crate) struct Answered(pub(crate) serde_json::Value);

impl Problem {
    /// A problem with words for people.
    #[must_use]
    pub fn new(kind: Kind, detail: impl Into<String>) -> Self {
        Self(Box::new(Parts {
            kind,
            detail: detail.into(),
            hint: None,
            known_hint: None,
            errors: Vec::new(),
            fields: Vec::new(),
            headers: Vec::new(),
            cause: None,
            is_noted: false,
        }))
    }

    /// Values that are refused, each with its place.
    #[must_use]
    pub fn invalid(errors: Vec<FieldFault>) -> Self {
        let detail = match errors.as_slice() {
            [one] => one.detail.clone(),
            many => format!("{} values are refused.", many.len()),
        };
        let mut problem = Self::new(INVALID, detail);
        problem.0.errors = errors;
        problem
    }

    /// How to mend it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.0.hint = Some(hint.into());
        self
    }

    /// Seconds after which to try again.
    #[must_use]
    pub fn retry_after(self, seconds: u64) -> Self {
        self.header(header::RETRY_AFTER, HeaderValue::from(seconds))
    }

    /// A header of the answer.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.push((name, value));
        self
    }

    /// The same, as a refusal that was written down already.
    #[must_use]
    pub(crate) fn noted(mut self) -> Self {
        self.0.is_noted = true;
        self
    }

    /// Whether it was written down as a refusal.
    pub(crate) fn is_noted(&self) -> bool {
        self.0.is_noted
    }

    /// The problem of one of several requests as that of all of them.
    #[must_use]
    pub(crate) fn in_bulk(mut self, number: usize, name: &str) -> Self {
        let place = format!("/requests/{number}");
        if self.0.errors.is_empty() {
            self.0.errors.push(FieldFault::body(place, self.0.detail.clone()));
        } else {
            for fault in &mut self.0.errors {
                fault.pointer = Some(match fault.pointer.take() {
                    Some(pointer) => format!("{place}/body{pointer}"),
                    None => place.clone(),
                });
            }
        }
        self.0.detail = format!("{name} (request {number}): {}", self.0.detail);
        self
    }

    /// The body of its answer, but for the request's id; what caused it goes to the log.
    pub(crate) fn document(&self) -> serde_json::Value {
        let parts = &self.0;
        if let Some(cause) = &parts.cause {
            tracing::error!(cause = cause.for_log(), "the database did not do what was asked");
        }
        let mut body = serde_json::json!({
            "type": format!("/api/docs#{}", parts.kind.slug),
            "title": parts.kind.title,
            "status": parts.kind.status.as_u16(),
            "detail": parts.detail,
        });
        if let Some(hint) = &parts.hint {
            body["hint"] = hint.clone().into();
        }
        if !parts.errors.is_empty() {
            body["errors"] = serde_json::to_value(&parts.errors).unwrap_or_default();
        }
        body
    }

    /// The same with the places of the fields at fault, where `place` knows them: it gets a field's name and what is wrong.
    #[must_use]
    pub(crate) fn at(mut self, place: impl Fn(&str, &str) -> Option<FieldFault>) -> Self {
        let parts = &mut self.0;
        let placed = parts.fields.iter().filter_map(|field| place(field, &parts.detail));
        parts.errors.extend(placed);
        self
    }

    /// The same as one that is about a field.
    #[must_use]
    pub(crate) fn about(mut self, field: &str) -> Self {
        self.0.fields.push(field.to_owned());
        self
    }

    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.0.kind
    }

    /// Whether it may be otherwise another time: what is told of one of several is then no answer to keep.
    #[must_use]
    pub(crate) fn may_pass(&self) -> bool {
        self.0.kind.status.is_server_error() || self.0.kind == IN_FLIGHT
    }

    /// Values that are refused, with their places.
    #[must_use]
    pub(crate) fn faults(&self) -> &[FieldFault] {
        &self.0.errors
    }

    /// What is wrong with a field, and how to mend it; none where it is not about this one.
    #[must_use]
    pub(crate) fn told_of(&self, field: &str) -> Option<String> {
        let pointer = format!("/{field}");
        let here = |fault: &&FieldFault| fault.pointer.as_deref() == Some(pointer.as_str());
        let typed = self.0.errors.iter().find(here).map(|fault| self.told_fault(fault));
        typed.or_else(|| self.0.fields.iter().any(|named| *named == *field).then(|| self.told()))
    }

    /// What is wrong and how to mend it, in one text, as the reader of a page reads it: it names what pages have, never a route.
    #[must_use]
    pub fn told(&self) -> String {
        let detail = sentences::in_language(reader::language(), &self.0.detail);
        match self.told_hint() {
            Some(hint) => format!("{detail} {hint}"),
            None => detail.into_owned(),
        }
    }

    fn told_hint(&self) -> Option<String> {
        let language = reader::language();
        if let Some(known) = &self.0.known_hint {
            return hints::on_pages(Words::new(language), &sentences::in_language(language, known));
        }
        let hint = self.0.hint.as_deref().filter(|hint| !hint.contains("/api/"))?;
        Some(sentences::in_language(language, hint).into_owned())
    }

    /// What is wrong with a value, and how to mend it where nothing else is wrong.
    #[must_use]
    pub(crate) fn told_fault(&self, fault: &FieldFault) -> String {
        if fault.detail == self.0.detail { self.told() } else { fault.told() }
    }
}

fn kind_of(refusal: RefusalKind) -> Kind {
    match refusal {
        RefusalKind::NotFound => NOT_FOUND,
        RefusalKind::Cycle | RefusalKind::Taken | RefusalKind::Immutable | RefusalKind::Conflict => CONFLICT,
        RefusalKind::Guard => GUARD,
        RefusalKind::Stale => STALE,
        RefusalKind::Value | RefusalKind::Configuration => INVALID,
        RefusalKind::Permission => FORBIDDEN,
        RefusalKind::Duties => SECOND_PERSON,
        RefusalKind::Unproved => PROOF_REQUIRED,
        RefusalKind::NoActor => NOT_SIGNED_IN,
        RefusalKind::Key => KEY_MISSING,
        RefusalKind::Damaged => FAULT,
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let mut problem = Self::new(kind_of(refusal.kind), refusal.message);
        problem.0.hint = refusal.hint.as_deref().and_then(hints::here);
        problem.0.known_hint = refusal.hint;
        problem.0.fields = refusal.fields.into_vec();
        if refusal.kind == RefusalKind::Unproved {
            let challenge = HeaderValue::from_static("Torvan-Proof realm=\"torvan\"");
            return problem.header(header::WWW_AUTHENTICATE, challenge);
        }
        problem
    }
}

impl From<Broken> for Problem {
    fn from(broken: Broken) -> Self {
        let kind = match broken.kind {
            BrokenKind::Taken | BrokenKind::Missing | BrokenKind::InUse => CONFLICT,
            BrokenKind::Condition | BrokenKind::Null => INVALID,
        };
        // What a column means is told in English only.
        let is_meaning = broken.kind == BrokenKind::Condition;
        let mut problem = Self::new(kind, broken.message).hint(broken.hint);
        problem.0.known_hint = is_meaning.then(|| "Correct the value.".to_owned());
        problem.0.fields = broken.columns;
        problem
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        let mut problem = match &error {
            StoreError::Refused(refusal) => return refusal.clone().into(),
            StoreError::Broken(broken) => return Broken::clone(broken).into(),
            StoreError::Unforeseen { what, .. } => Self::new(INVALID, *what),
            StoreError::Busy(_) => {
                Self::new(BUSY, "Another change was made at the same moment.").retry_after(1)
            }
            StoreError::TooLong(_) => Self::new(DEADLINE, "It took too long and was stopped.")
                .hint("Ask for less: filter more, or take a smaller page."),
            StoreError::Unavailable(_) => Self::new(UNAVAILABLE, UNAVAILABLE.title).retry_after(5),
            StoreError::NotDeployed(_) | StoreError::Fault(_) => Self::new(FAULT, FAULT.title),
        };
        problem.0.cause = Some(error);
        problem
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = self.document();
        let parts = *self.0;
        let mut response = Response::new(Body::from(body.to_string()));
        *response.status_mut() = parts.kind.status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(PROBLEM_JSON));
        if parts.kind.status == StatusCode::UNAUTHORIZED && parts.headers.is_empty() {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"torvan\""));
        }
        for (name, value) in parts.headers {
            headers.insert(name, value);
        }
        response.extensions_mut().insert(Answered(body));
        response
    }
}
