//! How high the rows of a register are: as its address says, or as the person chose for it in this browser before.

use axum::response::Response;
use torvan_store::identity::Person;

use super::list::address;
use crate::incoming::Incoming;
use crate::pages::components::Link;
use crate::pages::page::{Page, keep_heights, kept_heights};

/// Parameter of the address with the height.
pub(super) const ROWS: &str = "rows";

/// Heights with the keys of their names; the middle one is usual.
const HEIGHTS: [(&str, &str); 3] =
    [("compact", "rows-compact"), ("normal", "rows-normal"), ("roomy", "rows-roomy")];

/// Registers whose height is kept; the oldest choice goes first.
const MOST: usize = 40;

fn known(code: &str) -> Option<&'static str> {
    HEIGHTS.iter().map(|(known, _)| *known).find(|known| *known == code)
}

/// The height of the rows of this register.
pub(super) fn of(incoming: &Incoming, person: &Person, path: &str) -> &'static str {
    let kept = kept_heights(incoming, person);
    let kept = kept.iter().find(|(list, _)| list == path).and_then(|(_, code)| known(code));
    known(incoming.asked(ROWS)).or(kept).unwrap_or("normal")
}

/// Remembers the height that the address asks for.
pub(super) fn keep(incoming: &Incoming, person: &Person, response: &mut Response, path: &str) {
    let Some(code) = known(incoming.asked(ROWS)) else { return };
    let before = kept_heights(incoming, person);
    let others = before.into_iter().filter(|(list, _)| list != path);
    let mut kept: Vec<(String, String)> = others.collect();
    if code != "normal" {
        kept.push((path.to_owned(), code.to_owned()));
    }
    let from = kept.len().saturating_sub(MOST);
    keep_heights(response, person, &kept[from..]);
}

/// Ways to the other heights.
pub(super) fn links(page: &Page, path: &str, query: &[(String, String)], now: &str) -> Vec<Link> {
    let link = |(code, key): &(&str, &str)| {
        let mut asked: Vec<(String, String)> =
            query.iter().filter(|(name, _)| name != ROWS).cloned().collect();
        asked.push((ROWS.to_owned(), (*code).to_owned()));
        Link::new(address(path, &asked), page.t(key), *code == now)
    };
    HEIGHTS.iter().map(link).collect()
}
