//! Sign-in, second factor, own credentials and signatures' proofs: endpoints that have their own handlers, since a guess is
//! counted and committed before it is looked at.
//!
//! What is done stands in `session`, `setup` and `tokens`, and is the same for the API (`handlers`) and for pages; why it was
//! not done is a [`refused::Refused`], which each of them puts into its own words.

pub(crate) mod cookies;
mod handlers;
pub mod oidc;
pub(crate) mod refused;
pub(crate) mod session;
pub(crate) mod setup;
pub(crate) mod tokens;

use std::future::Future;
use std::pin::Pin;

use serde_json::{Map, Value};

use crate::api::dispatch::require_json;
use crate::http::Answer;
use crate::http::json::parse_object;
use crate::http::problem::{FAULT, FieldFault, Problem};
use crate::incoming::Incoming;

pub use handlers::{
    begin_setup, confirm_totp, end, enrol_totp, finish_setup, new_recovery_codes, open, prove, second_factor,
    set_password, show, step_up,
};
pub use tokens::create_api_token;

/// What handles an endpoint of its own.
pub type Handler = fn(Incoming) -> Answering;

/// A request that is being handled.
pub type Answering = Pin<Box<dyn Future<Output = Answer> + Send>>;

/// Longest text of a value in these endpoints; passwords have their own limit.
const MAX_TEXT: usize = 1_000;

/// The body of a request, read value by value.
struct Body {
    values: Map<String, Value>,
    faults: Vec<FieldFault>,
}

impl Body {
    fn of(incoming: &Incoming) -> Result<Self, Problem> {
        require_json(incoming)?;
        Ok(Self { values: parse_object(&incoming.body)?, faults: Vec::new() })
    }

    fn optional(&mut self, name: &str) -> Option<String> {
        match self.values.remove(name) {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) if text.len() <= MAX_TEXT => Some(text),
            Some(_) => {
                let detail = format!("\"{name}\" is a text of at most {MAX_TEXT} bytes.");
                self.faults.push(FieldFault::body(format!("/{name}"), detail));
                None
            }
        }
    }

    fn required(&mut self, name: &str) -> String {
        let is_there = !matches!(self.values.get(name), None | Some(Value::Null));
        let text = self.optional(name);
        if !is_there {
            self.faults.push(FieldFault::body(format!("/{name}"), format!("\"{name}\" is missing.")));
        }
        text.unwrap_or_default()
    }

    /// Refuses what was wrong, and whatever was sent beside it.
    fn finish(self) -> Result<(), Problem> {
        let mut faults = self.faults;
        for name in self.values.keys() {
            faults.push(FieldFault::body(format!("/{name}"), format!("There is no \"{name}\" here.")));
        }
        if faults.is_empty() { Ok(()) } else { Err(Problem::invalid(faults)) }
    }
}

/// A fault of ours that is nobody's business outside.
pub(crate) fn fault(error: &dyn std::fmt::Display) -> Problem {
    tracing::error!(%error, "credentials could not be worked on");
    Problem::new(FAULT, FAULT.title)
}
