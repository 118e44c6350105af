//! Requests that act once, however often they are sent: the answer is stored in the transaction of its effect.

use torvan_store::Context;
use torvan_store::identity::{IdempotentOutcome, StoredAnswer, begin_idempotent, finish_idempotent};

use super::dispatch::Failed;
use crate::http::problem::{IN_FLIGHT, KEY_REQUIRED, KEY_REUSED, MALFORMED, Problem};
use crate::incoming::Incoming;

/// Longest key.
const MAX_KEY: usize = 255;

/// Under which name the answer to a request is kept.
#[derive(Debug)]
pub(super) struct Once {
    route: String,
    pub(super) key: String,
    fingerprint: Vec<u8>,
}

impl Once {
    /// Every POST that changes something has a key: a network that fails tells nobody whether it was done. A part of a bulk
    /// has one whatever it does.
    pub(super) fn of(incoming: &Incoming) -> Result<Option<Self>, Problem> {
        if let Some(part) = &incoming.part {
            return Ok(Some(Self::named(part.route.clone(), &part.key, incoming)));
        }
        if !incoming.endpoint.is_made_once() {
            return Ok(None);
        }
        match incoming.header("idempotency-key") {
            Some(key) if !key.is_empty() && key.len() <= MAX_KEY => {
                Ok(Some(Self::named(incoming.endpoint.name(), key, incoming)))
            }
            Some(_) => Err(Problem::new(
                MALFORMED,
                format!("The Idempotency-Key is empty or longer than {MAX_KEY} signs."),
            )),
            None => Err(Problem::new(KEY_REQUIRED, "The header Idempotency-Key is missing.")
                .hint("Send a new UUID with each new request, and the same one when you send it again.")),
        }
    }

    fn named(route: String, key: &str, incoming: &Incoming) -> Self {
        Self { route, key: key.to_owned(), fingerprint: incoming.fingerprint() }
    }

    /// What was answered before; none where it is to be done now, and the key is this transaction's.
    pub(super) async fn begin(&self, context: &mut Context) -> Result<Option<StoredAnswer>, Failed> {
        match begin_idempotent(context, &self.route, &self.key, &self.fingerprint).await? {
            IdempotentOutcome::New => Ok(None),
            IdempotentOutcome::Replay(answer) => Ok(Some(answer)),
            IdempotentOutcome::InFlight => {
                Err(Problem::new(IN_FLIGHT, "A request with this Idempotency-Key is being worked on.")
                    .hint("Send the same request again in a moment: it gets the same answer.")
                    .retry_after(1)
                    .into())
            }
            IdempotentOutcome::Mismatch => Err(Problem::new(
                KEY_REUSED,
                "This Idempotency-Key was used for another request, or before the account lost rights.",
            )
            .hint("Make a new key for each new request.")
            .into()),
        }
    }

    /// Keeps the answer in the transaction of its effect.
    pub(super) async fn finish(&self, context: &mut Context, answer: &StoredAnswer) -> Result<(), Failed> {
        Ok(finish_idempotent(context, &self.route, &self.key, &self.fingerprint, answer).await?)
    }
}
