//! One file per command: `Args` is what it may be told, `run` does it.

pub(crate) mod bench;
pub(crate) mod bom;
pub(crate) mod catalog;
pub(crate) mod db;
pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod import;
pub(crate) mod order;
pub(crate) mod sample;
pub(crate) mod up;

use torvan_store::{RefusalKind, StoreError};

/// The database's hints speak to somebody at psql; where this command line has a way of its own, say that.
pub(crate) fn in_our_words(error: StoreError) -> anyhow::Error {
    let StoreError::Refused(mut refusal) = error else { return error.into() };
    let ours = match refusal.kind {
        RefusalKind::Guard => "torvan order show ORDER lists each open point.",
        RefusalKind::Configuration => "Mend them with torvan order configure, then generate again.",
        _ => return StoreError::Refused(refusal).into(),
    };
    refusal.hint = Some(ours.to_owned());
    StoreError::Refused(refusal).into()
}
