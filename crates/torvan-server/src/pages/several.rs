//! The same for several rows of a list: each is done as if it were asked for alone, and told what became of it. What the list of
//! orders and the registers have in common.

use std::time::Instant;

use askama::Template;
use axum::http::StatusCode;
use serde_json::Value;

use super::components::{Field, Icon, Link, Summary};
use super::page::{Me, Page};
use crate::api::dispatch::{Refusable, act};
use crate::http::problem::{BUSY, Problem};
use crate::incoming::{CSRF_FIELD, Incoming};

/// Rows at once, as in `POST /bulk`.
pub(super) const MOST: usize = 500;
/// Rows that are named; of the others how many.
const NAMED: usize = 12;

/// What became of a row.
#[derive(Debug)]
pub(super) enum Change {
    /// Done; the answer.
    Done(Value),
    /// Refused; why.
    Refused(Problem),
    /// There was no time left, or somebody was in the way.
    NotReached,
}

/// The same for the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Done.
    Done,
    /// Refused.
    Refused,
    /// Not tried, or in the way of others.
    NotReached,
}

impl Change {
    /// How it went.
    pub(super) fn outcome(&self) -> Outcome {
        match self {
            Self::Done(_) => Outcome::Done,
            Self::Refused(_) => Outcome::Refused,
            Self::NotReached => Outcome::NotReached,
        }
    }
}

/// What a row is called.
#[derive(Debug, Clone)]
pub(super) struct Named {
    /// What tells it apart.
    pub(super) code: String,
    /// Its name; empty where it has none.
    pub(super) name: String,
}

impl Named {
    /// Something that has a code alone.
    pub(super) fn code(code: String) -> Self {
        Self { code, name: String::new() }
    }
}

/// A row and what became of it.
#[derive(Debug)]
pub(super) struct Row {
    /// Its own page.
    pub(super) href: String,
    /// What it is called.
    pub(super) named: Named,
    /// How it went.
    pub(super) outcome: Outcome,
    /// What there is to say of it.
    pub(super) why: String,
}

/// Hidden fields in their order.
pub(super) type Hidden = Vec<(String, String)>;

/// What is asked before it is done.
#[derive(Debug, Template)]
#[template(path = "several/ask.html")]
pub(super) struct AskPage {
    /// The page.
    pub(super) page: Page,
    /// Who is signed in.
    pub(super) me: Me,
    /// Icon of what is done.
    pub(super) icon: Icon,
    /// Where the form is sent.
    pub(super) action: &'static str,
    /// How many rows there are.
    pub(super) told: String,
    /// The first of them.
    pub(super) named: Vec<Named>,
    /// How many are not named.
    pub(super) more: Option<String>,
    /// What should be known of the choice.
    pub(super) notes: Vec<String>,
    /// What should be known of what is done.
    pub(super) about: Option<String>,
    /// Fields that go along.
    pub(super) hidden: Hidden,
    /// The list.
    pub(super) back: Link,
    /// What the button says.
    pub(super) button: String,
    /// What is wrong.
    pub(super) summary: Summary,
    /// What is asked for.
    pub(super) fields: Vec<Field>,
    /// People who can be chosen.
    pub(super) people: Vec<(String, String)>,
    /// Whether there is nothing to do.
    pub(super) is_empty: bool,
}

/// What became of it.
#[derive(Debug, Template)]
#[template(path = "several/done.html")]
pub(super) struct DonePage {
    /// The page.
    pub(super) page: Page,
    /// Who is signed in.
    pub(super) me: Me,
    /// Icon of what was done.
    pub(super) icon: Icon,
    /// Where its forms are sent.
    pub(super) action: &'static str,
    /// How many were done.
    pub(super) told: String,
    /// Each row.
    pub(super) rows: Vec<Row>,
    /// Fields that are sent again where not all was reached; none where it was.
    pub(super) again: Hidden,
    /// Fields of what takes it back; none where nothing does.
    pub(super) undo: Hidden,
    /// The list.
    pub(super) back: Link,
}

/// Those that are named, and how many others there are.
pub(super) fn named(page: &Page, rows: impl ExactSizeIterator<Item = Named>) -> (Vec<Named>, Option<String>) {
    let count = rows.len();
    let more = (count > NAMED).then(|| page.tv("bulk-more", "count", count - NAMED));
    (rows.take(NAMED).collect(), more)
}

/// How many rows went so.
pub(super) fn count(rows: &[Row], wanted: Outcome) -> usize {
    rows.iter().filter(|row| row.outcome == wanted).count()
}

/// How many were done and how many were refused, in the words of a key.
pub(super) fn told(page: &Page, key: &str, rows: &[Row]) -> String {
    page.words.say_with(
        key,
        &[("done", count(rows, Outcome::Done).into()), ("refused", count(rows, Outcome::Refused).into())],
    )
}

/// The icon of what was done: that all is well, or what it was.
pub(super) fn icon(of_act: Icon, rows: &[Row]) -> Icon {
    if count(rows, Outcome::Refused) == 0 { Icon("circle-check") } else { of_act }
}

/// The same form once more, where not all was reached: what was done is then told again, and the rest is done.
pub(super) fn again(incoming: &Incoming, rows: &[Row]) -> Hidden {
    if count(rows, Outcome::NotReached) == 0 {
        return Hidden::new();
    }
    let pairs = incoming.form.pairs().filter(|(name, _)| *name != CSRF_FIELD);
    pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// Does one part after the other, as long as there is time.
pub(super) async fn each(
    incoming: &Incoming,
    begun: Instant,
    parts: Vec<Incoming>,
) -> Result<Vec<Change>, Problem> {
    let Ok(_turn) = incoming.app.bulks().try_acquire() else {
        return Err(Problem::new(BUSY, "Others are changing many rows just now.").retry_after(5));
    };
    let deadline = incoming.app.settings().deadline * 2 / 3;
    let mut changes = Vec::new();
    for part in parts {
        // Whoever is in the way of one must not cost the answer about all: what was cut off is asked for again with the same key.
        let left = deadline.saturating_sub(begun.elapsed());
        let change = if left.is_zero() {
            Change::NotReached
        } else {
            tokio::time::timeout(left, change(&part)).await.unwrap_or(Change::NotReached)
        };
        match change {
            // Who it is has to be proved before the first one, and would have to be for every other.
            Change::Refused(problem)
                if changes.is_empty() && problem.kind().status == StatusCode::UNAUTHORIZED =>
            {
                return Err(problem);
            }
            change => changes.push(change),
        }
    }
    Ok(changes)
}

async fn change(part: &Incoming) -> Change {
    let refusable = Refusable::of(part);
    match act(part).await {
        Ok(acted) => {
            let answer = acted.stored().body.and_then(|body| serde_json::from_slice(&body).ok());
            Change::Done(answer.unwrap_or(Value::Null))
        }
        Err(problem) => {
            refusable.note_if_refused(&problem).await;
            if problem.may_pass() { Change::NotReached } else { Change::Refused(problem) }
        }
    }
}
