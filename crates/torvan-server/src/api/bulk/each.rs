//! Requests of a bulk, each by itself.

use std::time::{Duration, Instant};

use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use torvan_store::identity::StoredAnswer;

use super::super::answer::{given, replayed};
use super::super::dispatch::{Acted, Refusable, act};
use super::super::once::Once;
use super::asked::{Asked, Entry};
use super::{begin, part};
use crate::http::Answer;
use crate::http::problem::{FAULT, NOT_REACHED, Problem};
use crate::incoming::Incoming;

/// What became of the requests.
#[derive(Debug, Default, Serialize)]
pub(super) struct Outcome {
    results: Vec<Line>,
    done: usize,
    refused: usize,
    not_reached: usize,
}

/// What became of one.
#[derive(Debug, Default, Serialize)]
struct Line {
    status: u16,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    etag: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    body: Option<Box<RawValue>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<Value>,
}

impl Outcome {
    pub(super) fn push_done(&mut self, answer: StoredAnswer) {
        let mut headers = match answer.headers {
            Some(Value::Object(headers)) => headers,
            _ => Map::new(),
        };
        self.done += 1;
        self.results.push(Line {
            status: u16::try_from(answer.status).unwrap_or(200),
            location: headers.remove("location"),
            etag: headers.remove("etag"),
            body: answer.body.and_then(|body| serde_json::from_slice(&body).ok()),
            problem: None,
        });
    }

    fn push(&mut self, outcome: Result<StoredAnswer, Problem>, request_id: &str) {
        let problem = match outcome {
            Ok(answer) => return self.push_done(answer),
            Err(problem) => problem,
        };
        let kind = problem.kind();
        if problem.may_pass() {
            self.not_reached += 1;
        } else {
            self.refused += 1;
        }
        let mut told = problem.document();
        told["request_id"] = request_id.into();
        self.results.push(Line { status: kind.status.as_u16(), problem: Some(told), ..Line::default() });
    }

    pub(super) fn answer(&self) -> Result<StoredAnswer, Problem> {
        let body = serde_json::to_vec(self).map_err(|_| Problem::new(FAULT, FAULT.title))?;
        Ok(StoredAnswer {
            status: 200,
            content_type: Some("application/json".to_owned()),
            body: Some(body),
            headers: Some(Value::Object(Map::new())),
        })
    }
}

/// The time that is left, within that of the whole request: when no new one is begun, and when the last one is stopped.
struct Clock {
    no_more_after: Instant,
    stops_at: tokio::time::Instant,
}

impl Clock {
    fn of(incoming: &Incoming, begun: Instant) -> Self {
        let all: Duration = incoming.app.settings().deadline;
        Self { no_more_after: begun + all * 2 / 3, stops_at: (begun + all * 9 / 10).into() }
    }
}

pub(super) async fn done(incoming: &Incoming, asked: &Asked, key: &Once, begun: Instant) -> Answer {
    // Held until all is done: the same bulk sent again meets it here, and not half-way.
    let (mut context, answered) = begin(incoming, key).await?;
    if let Some(answered) = answered {
        return Ok(replayed(answered));
    }
    let clock = Clock::of(incoming, begun);
    let mut outcome = Outcome::default();
    for (number, entry) in asked.entries.iter().enumerate() {
        outcome.push(one(incoming, entry, number, key, &clock).await, &incoming.request_id);
    }
    let answer = outcome.answer()?;
    if outcome.not_reached == 0 {
        key.finish(&mut context, &answer).await?;
        context.commit().await?;
    } else {
        context.rollback().await?;
    }
    Ok(given(answer))
}

async fn one(
    whole: &Incoming,
    entry: &Entry,
    number: usize,
    key: &Once,
    clock: &Clock,
) -> Result<StoredAnswer, Problem> {
    if Instant::now() >= clock.no_more_after {
        return Err(not_reached("The time was over before this one."));
    }
    let part = part(whole, entry, number, key)?;
    let refusable = Refusable::of(&part);
    let acted = tokio::time::timeout_at(clock.stops_at, act(&part)).await;
    let acted = acted.unwrap_or_else(|_| Err(not_reached("This one was stopped when the time was over.")));
    if let Err(problem) = &acted {
        refusable.note_if_refused(problem).await;
    }
    acted.map(Acted::stored)
}

fn not_reached(detail: &str) -> Problem {
    Problem::new(NOT_REACHED, detail)
        .hint("Send the whole again with the same Idempotency-Key: what was done is not done twice.")
}
