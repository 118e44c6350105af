//! Forms that act once, however often they are sent: each has a key, and where it led is kept with its effect.

use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use torvan_store::Context;
use torvan_store::call::Returned;
use torvan_store::identity::{IdempotentOutcome, StoredAnswer, begin_idempotent, finish_idempotent};
use uuid::Uuid;

use crate::http::problem::{IN_FLIGHT, KEY_REUSED, MALFORMED, Problem};
use crate::incoming::{CSRF_FIELD, Incoming};
use crate::pages::data;

/// Fields that are not what is asked for: proofs of who somebody is, and marks of the browser.
const NOT_MEANT: [&str; 4] = [CSRF_FIELD, "password", "code", "username"];

/// A new key for a form.
pub(super) fn fresh_key() -> String {
    Uuid::now_v7().to_string()
}

/// Calls a function once, and leads where its answer says.
pub(super) async fn act(
    incoming: &Incoming,
    function: &'static str,
    given: Map<String, Value>,
    place: impl FnOnce(Returned) -> String,
) -> Result<String, Problem> {
    let (mut context, _) = incoming.enter().await?;
    let once = Once::of(incoming)?;
    if let Some(place) = once.begin(&mut context).await? {
        return Ok(place);
    }
    let place = place(data::act(&mut context, function, given).await?);
    once.finish(&mut context, &place).await?;
    context.commit().await?;
    Ok(place)
}

/// A form on its way to its effect.
#[derive(Debug)]
pub(super) struct Once {
    route: String,
    key: String,
    fingerprint: Vec<u8>,
}

impl Once {
    /// The key that the form was given.
    pub(super) fn of(incoming: &Incoming) -> Result<Self, Problem> {
        let key = incoming.form.raw("key");
        if Uuid::parse_str(key).is_err() {
            return Err(Problem::new(MALFORMED, "The form has no key.").hint("Send it from the page itself."));
        }
        let mut hash = Sha256::new();
        for (name, value) in incoming
            .path
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .chain(incoming.form.pairs())
        {
            if !NOT_MEANT.contains(&name) {
                hash.update(format!("{}:{name}={}:{value};", name.len(), value.len()));
            }
        }
        for file in incoming.form.files() {
            hash.update(format!("file:{}={};", file.name.len(), file.name));
            hash.update(file.content.sha256());
        }
        Ok(Self {
            route: format!("page {}", incoming.endpoint.path),
            key: key.to_owned(),
            fingerprint: hash.finalize().to_vec(),
        })
    }

    /// Where a form led that was sent before. Asked before what cannot be taken back with a transaction, or is not there a
    /// second time: a file that is stored, a code that is used.
    pub(super) async fn led(incoming: &Incoming) -> Result<Option<String>, Problem> {
        let (mut context, _) = incoming.look().await?;
        let place = Self::of(incoming)?.begin(&mut context).await?;
        context.rollback().await?;
        Ok(place)
    }

    /// Where the form led when it was sent before; none where it is to be done now.
    pub(super) async fn begin(&self, context: &mut Context) -> Result<Option<String>, Problem> {
        match begin_idempotent(context, &self.route, &self.key, &self.fingerprint).await? {
            IdempotentOutcome::New => Ok(None),
            IdempotentOutcome::Replay(answer) => {
                let place = answer.body.and_then(|body| String::from_utf8(body).ok());
                Ok(Some(place.unwrap_or_else(|| "/".to_owned())))
            }
            IdempotentOutcome::InFlight => {
                Err(Problem::new(IN_FLIGHT, "This form is being worked on.").retry_after(1))
            }
            IdempotentOutcome::Mismatch => {
                Err(Problem::new(KEY_REUSED, "This form was sent before with other values.")
                    .hint("Reload the page and send it again."))
            }
        }
    }

    /// Keeps where it led, in the transaction of its effect.
    pub(super) async fn finish(&self, context: &mut Context, place: &str) -> Result<(), Problem> {
        let answer = StoredAnswer {
            status: 303,
            content_type: None,
            body: Some(place.as_bytes().to_vec()),
            headers: None,
        };
        Ok(finish_idempotent(context, &self.route, &self.key, &self.fingerprint, &answer).await?)
    }
}
