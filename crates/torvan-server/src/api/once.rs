//! Requests that act once, however often they are sent: the answer is stored in the transaction of its effect.

use torvan_store::Context;
use torvan_store::identity::{IdempotentOutcome, StoredAnswer, begin_idempotent, finish_idempotent};

use super::answer::Made;
use super::dispatch::Failed;
use crate::http::problem::{IN_FLIGHT, KEY_REQUIRED, KEY_REUSED, MALFORMED, Problem};
use crate::incoming::Incoming;

/// Longest key.
const MAX_KEY: usize = 255;

/// A request that holds its key for this transaction, or one that needs none.
pub(super) struct Once<'i>(Option<Held<'i>>);

struct Held<'i> {
    key: &'i str,
    route: String,
    fingerprint: Vec<u8>,
}

/// What is known of the request.
pub(super) enum Begun<'i> {
    New(Once<'i>),
    Done(StoredAnswer),
}

impl<'i> Once<'i> {
    pub(super) async fn begin(context: &mut Context, incoming: &'i Incoming) -> Result<Begun<'i>, Failed> {
        let Some(key) = key_of(incoming)? else { return Ok(Begun::New(Self(None))) };
        let held = Held { key, route: incoming.endpoint.name(), fingerprint: incoming.fingerprint() };
        match begin_idempotent(context, &held.route, key, &held.fingerprint).await? {
            IdempotentOutcome::New => Ok(Begun::New(Self(Some(held)))),
            IdempotentOutcome::Replay(answer) => Ok(Begun::Done(answer)),
            IdempotentOutcome::InFlight => {
                Err(Problem::new(IN_FLIGHT, "A request with this Idempotency-Key is being worked on.")
                    .hint("Send the same request again in a moment: it gets the same answer.")
                    .retry_after(1)
                    .into())
            }
            IdempotentOutcome::Mismatch => {
                Err(Problem::new(KEY_REUSED, "This Idempotency-Key was used for another request.")
                    .hint("Make a new key for each new request.")
                    .into())
            }
        }
    }

    pub(super) async fn finish(self, context: &mut Context, made: &Made) -> Result<(), Failed> {
        if let Some(held) = self.0 {
            finish_idempotent(context, &held.route, held.key, &held.fingerprint, &made.stored()).await?;
        }
        Ok(())
    }
}

/// Every POST that changes something has a key: a network that fails tells nobody whether it was done.
fn key_of(incoming: &Incoming) -> Result<Option<&str>, Problem> {
    if !incoming.endpoint.is_made_once() {
        return Ok(None);
    }
    match incoming.header("idempotency-key") {
        Some(key) if !key.is_empty() && key.len() <= MAX_KEY => Ok(Some(key)),
        Some(_) => Err(Problem::new(
            MALFORMED,
            format!("The Idempotency-Key is empty or longer than {MAX_KEY} signs."),
        )),
        None => Err(Problem::new(KEY_REQUIRED, "The header Idempotency-Key is missing.")
            .hint("Send a new UUID with each new request, and the same one when you send it again.")),
    }
}
