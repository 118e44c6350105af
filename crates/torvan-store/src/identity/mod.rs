//! Who asks: sign-in, sessions, and the beginning of every request of a person or a program.

/// One statement in a transaction of its own.
macro_rules! alone {
    ($store:ident, $fetch:ident, $query:expr) => {{
        let mut context = $store.begin(&Actor::Unknown).await?;
        let found = $query.$fetch(context.connection()).await?;
        context.commit().await?;
        found
    }};
}

mod providers;
mod requests;
mod sessions;

pub use providers::{AddressRule, Provider, ProviderName, set_provider_secret};
pub use requests::{
    Credential, IdempotentOutcome, Person, StoredAnswer, begin_idempotent, enter_in, finish_idempotent,
    note_refused,
};
pub use sessions::{Account, Attempt, Device, Gate, SealedSecret};
