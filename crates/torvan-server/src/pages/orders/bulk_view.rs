//! The two pages of what is done with several orders: what is asked, and what became of each.

use askama::Template;
use serde_json::Value;

use crate::pages::components::{Field, Icon, Summary};
use crate::pages::page::{Me, Page};

/// What became of a change.
#[derive(Debug)]
pub(super) enum Change {
    /// Done; the answer.
    Done(Value),
    /// Refused; why.
    Refused(String),
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

/// An order and what became of it.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) id: i64,
    pub(super) number: String,
    pub(super) outcome: Outcome,
    pub(super) why: String,
}

#[derive(Debug, Template)]
#[template(path = "orders/bulk.html")]
pub(super) struct AskPage {
    pub(super) page: Page,
    pub(super) me: Me,
    pub(super) icon: Icon,
    pub(super) act: &'static str,
    pub(super) told: String,
    pub(super) numbers: Vec<String>,
    pub(super) more: Option<String>,
    pub(super) cut: Option<String>,
    pub(super) orders: Vec<String>,
    /// What each had before.
    pub(super) were: Vec<String>,
    pub(super) key: String,
    pub(super) back: String,
    pub(super) button: String,
    pub(super) summary: Summary,
    pub(super) fields: Vec<Field>,
    pub(super) people: Vec<(String, String)>,
}

#[derive(Debug, Template)]
#[template(path = "orders/bulk_done.html")]
pub(super) struct DonePage {
    pub(super) page: Page,
    pub(super) me: Me,
    pub(super) icon: Icon,
    pub(super) act: &'static str,
    pub(super) told: String,
    pub(super) rows: Vec<Row>,
    /// Fields that are sent again where not all was reached.
    pub(super) again: Vec<(&'static str, String)>,
    pub(super) key: String,
    pub(super) undo: Option<(&'static str, Vec<String>)>,
    pub(super) undo_key: String,
    pub(super) back: String,
}
