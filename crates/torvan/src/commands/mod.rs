//! One file per command: `Args` is what it may be told, `run` does it.

pub(crate) mod bench;
pub(crate) mod bom;
pub(crate) mod catalog;
pub(crate) mod db;
pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod documents;
pub(crate) mod ending;
pub(crate) mod import;
pub(crate) mod order;
pub(crate) mod sample;
pub(crate) mod serve;
pub(crate) mod up;
pub(crate) mod user;

use torvan_store::{Refusal, RefusalKind, StoreError};

/// What a hint asks of somebody at psql, and what it is at the command line. The first that fits counts.
const AT_THE_COMMAND_LINE: [(&str, &str); 10] = [
    ("FROM orders ", "torvan order list shows the orders."),
    ("FROM builds ", "torvan order list shows the builds of each order."),
    ("FROM boms ", "torvan order list shows the builds, torvan bom show BUILD the BOM of one."),
    ("FROM order_attachments ", "torvan order show ORDER lists its files."),
    ("FROM custom_parts_registry ", "torvan bom show BUILD lists the numbers of its custom parts."),
    ("FROM users ", "Correct the login behind --as or in TORVAN_AS."),
    ("search_catalogue", "torvan catalog search WORDS finds items."),
    ("where_used", "torvan catalog where-used CODE tells where a part goes."),
    ("explode_structure", "Ask for fewer --levels."),
    ("begin_as", "Say for whom you act: --as LOGIN."),
];

/// The database's hints speak to somebody at psql; this command line has ways of its own.
pub(crate) fn in_our_words(error: anyhow::Error) -> anyhow::Error {
    match error.downcast::<StoreError>() {
        Ok(StoreError::Refused(refusal)) => {
            let hint = our_hint(&refusal);
            StoreError::Refused(Refusal { hint, ..refusal }).into()
        }
        Ok(other) => other.into(),
        Err(error) => error,
    }
}

fn our_hint(refusal: &Refusal) -> Option<String> {
    match refusal.kind {
        RefusalKind::Guard => return Some("torvan order show ORDER lists each open point.".to_owned()),
        RefusalKind::Configuration => {
            return Some("Mend them with torvan order configure, then generate again.".to_owned());
        }
        _ => {}
    }
    let hint = refusal.hint.as_deref()?;
    let ours = AT_THE_COMMAND_LINE.iter().find(|(asked, _)| hint.contains(asked));
    match ours {
        Some((_, ours)) => Some((*ours).to_owned()),
        // Nobody can follow it here.
        None if hint.contains("SELECT ") => None,
        None => Some(hint.to_owned()),
    }
}
