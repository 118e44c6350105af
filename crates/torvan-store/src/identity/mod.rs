//! Who asks: the beginning of every request of a person or a program.

mod requests;

pub use requests::{Credential, IdempotentOutcome, Person, StoredAnswer, begin_idempotent, finish_idempotent, note_refused};
