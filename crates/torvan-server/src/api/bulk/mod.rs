//! `POST /bulk`: many requests in one, each through the same table, checks and refusals as if it had come alone.
//!
//! One by one (`each`), every request has a transaction of its own: locks are short, what is done stays done, and one that
//! collided is tried again without the others. Each is remembered under a key of its own, made from that of the whole; a bulk
//! that was interrupted goes on where it stopped when it is sent again. Together (`together`), all of them are one transaction.

mod asked;
mod each;
mod routes;
mod together;

use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use serde_json::{Value, json};
use torvan_store::Context;
use torvan_store::identity::StoredAnswer;

use self::asked::{Asked, Entry};
use super::dispatch::{Failed, require_json};
use super::once::Once;
use crate::http::Answer;
use crate::http::form::Form;
use crate::http::json::parse_object;
use crate::http::problem::{BUSY, KEY_REQUIRED, Problem};
use crate::identity::Answering;
use crate::incoming::{Incoming, PROOF_HEADER, Part};

/// Path of the endpoint.
pub(super) const PATH: &str = "/bulk";

/// How long a request waits for its turn among others in bulk.
const TURN: Duration = Duration::from_secs(5);

/// `POST /bulk`.
pub(super) fn take(incoming: Incoming) -> Answering {
    Box::pin(async move { done(&incoming).await })
}

async fn done(incoming: &Incoming) -> Answer {
    let begun = Instant::now();
    // Entered for itself: what holds the session's row must be short.
    let (context, _) = incoming.enter().await?;
    context.commit().await?;
    require_json(incoming)?;
    let asked = Asked::of(parse_object(&incoming.body)?).map_err(Problem::invalid)?;
    let key = Once::of(incoming)?.ok_or_else(|| Problem::new(KEY_REQUIRED, KEY_REQUIRED.title))?;
    let waiting = Arc::clone(incoming.app.bulks()).acquire_owned();
    let Ok(Ok(_turn)) = tokio::time::timeout(TURN, waiting).await else {
        return Err(Problem::new(BUSY, "Other requests in bulk are being worked on.").retry_after(5));
    };
    if asked.is_atomic {
        together::done(incoming, &asked, &key).await
    } else {
        each::done(incoming, &asked, &key, begun).await
    }
}

/// Takes the key of the whole, or tells what was answered before.
async fn begin(incoming: &Incoming, key: &Once) -> Result<(Context, Option<StoredAnswer>), Failed> {
    let (mut context, _) = incoming.enter().await?;
    let answered = key.begin(&mut context).await?;
    Ok((context, answered))
}

/// One of the requests as one that came alone; it has the sender's headers, but for those which speak of one request.
fn part(whole: &Incoming, entry: &Entry, number: usize, key: &Once) -> Result<Incoming, Problem> {
    let (endpoint, path) = routes::find(entry)?;
    let mut headers = whole.headers.clone();
    for name in [header::IF_MATCH, header::CONTENT_LENGTH, HeaderName::from_static(PROOF_HEADER)] {
        headers.remove(name);
    }
    set(&mut headers, header::IF_MATCH, entry.if_match.as_deref());
    set(&mut headers, HeaderName::from_static(PROOF_HEADER), entry.signing_proof.as_deref());
    Ok(Incoming {
        app: whole.app.clone(),
        endpoint,
        request_id: whole.request_id.clone(),
        client: whole.client,
        headers,
        path,
        query: Vec::new(),
        body: entry.body.clone(),
        file: None,
        form: Form::default(),
        part: Some(Part { route: format!("POST {PATH} {number}"), key: key.key.clone() }),
    })
}

fn set(headers: &mut HeaderMap, name: HeaderName, value: Option<&str>) {
    if let Some(value) = value.and_then(|value| HeaderValue::from_str(value).ok()) {
        headers.insert(name, value);
    }
}

/// What the documentation of the endpoint has beside its line in the table.
pub(super) fn document(operation: &mut Value) {
    let text = json!({"type": "string"});
    let problem = json!({"$ref": "#/components/schemas/Problem"});
    if let Some(parameters) = operation["parameters"].as_array_mut() {
        parameters.push(json!({"name": "Idempotency-Key", "in": "header", "required": true, "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"}, "description": "A new UUID for each new request; the same one when it is sent again: what was done is not done twice, what was not reached is done then."}));
    }
    operation["requestBody"]["content"]["application/json"]["schema"]["properties"]["requests"] = json!({
        "type": "array", "minItems": 1, "maxItems": asked::MOST,
        "items": {"type": "object", "required": ["method", "path"], "additionalProperties": false, "properties": {
            "method": {"type": "string", "enum": ["POST", "PUT", "PATCH", "DELETE"]},
            "path": {"type": "string", "description": "Path below /api/v1, for example /orders/5/transition."},
            "if_match": {"type": "string", "description": "What would stand in the header If-Match."},
            "signing_proof": {"type": "string", "description": "What would stand in the header Signing-Proof; each act that signs needs its own."},
            "body": {"type": ["object", "null"], "description": "What would be the body."},
        }},
    });
    operation["responses"] = json!({
        "200": {"description": "A result for each request, in their order. atomic: all of them were done.", "content": {"application/json": {"schema": {
            "type": "object", "required": ["results", "done", "refused", "not_reached"],
            "properties": {
                "results": {"type": "array", "items": {"type": "object", "required": ["status"], "properties": {
                    "status": {"type": "integer", "description": "Status that the request would have had alone; 503 of the kind not-reached: send the same again with the same Idempotency-Key."},
                    "location": text, "etag": text,
                    "body": {"description": "Body of the answer."},
                    "problem": problem,
                }}},
                "done": {"type": "integer"},
                "refused": {"type": "integer"},
                "not_reached": {"type": "integer"},
            },
        }}}},
        "default": {"$ref": "#/components/responses/Problem"},
    });
}
