//! Orders as the database tells of them, and the marks that lists and boards show of them.

use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use torvan_store::Context;

use crate::http::problem::Problem;
use crate::pages::components::{Avatar, Status, Tone};
use crate::pages::data;
use crate::pages::page::Page;

/// A hit of the search.
#[derive(Debug, Deserialize)]
pub(super) struct Found {
    pub(super) order_id: i64,
    pub(super) order_number: String,
    pub(super) customer_name: String,
    pub(super) po_number: Option<String>,
    pub(super) project_name: Option<String>,
    pub(super) sales_person: Option<String>,
    pub(super) phase: String,
    pub(super) state: String,
    pub(super) want_date: Option<NaiveDate>,
    pub(super) is_overdue: bool,
    pub(super) build_count: i64,
    pub(super) created_at: DateTime<Utc>,
    pub(super) after: Value,
}

/// Who has an order, and what blocks it.
#[derive(Debug, Clone, Deserialize)]
pub(in crate::pages) struct Facts {
    pub(in crate::pages) order_id: i64,
    owner_id: Option<i64>,
    owner_initials: Option<String>,
    blocker: Option<String>,
    blocked_by: Option<String>,
}

/// Orders that a search finds.
pub(super) async fn search(
    context: &mut Context,
    words: &str,
    filters: Map<String, Value>,
    sort: &str,
    after: Option<Value>,
    limit: usize,
) -> Result<Vec<Found>, Problem> {
    let mut given = Map::new();
    if !words.is_empty() {
        given.insert("words".to_owned(), words.into());
    }
    given.insert("filters".to_owned(), filters.into());
    given.insert("sort".to_owned(), sort.into());
    given.insert("limit".to_owned(), limit.into());
    if let Some(after) = after {
        given.insert("after".to_owned(), after);
    }
    data::found(context, "search_orders", given).await
}

/// Who has each of these orders, and what blocks it. Guards are asked only where they are waited for: a list comes first, and what
/// its guards say after it.
pub(super) async fn facts(
    context: &mut Context,
    order_ids: &[i64],
    with_guards: bool,
) -> Result<Vec<Facts>, Problem> {
    if order_ids.is_empty() {
        return Ok(Vec::new());
    }
    let given = Map::from_iter([
        ("order_ids".to_owned(), json!(order_ids)),
        ("with_guards".to_owned(), with_guards.into()),
    ]);
    data::found(context, "order_row_facts", given).await
}

/// Whether the guards of an order in this phase and state may tell more.
pub(super) fn has_guards(phase: &str, state: &str) -> bool {
    state == "ACTIVE" && ["DRAFT", "CONFIGURATION", "APPROVAL", "SHIPPING"].contains(&phase)
}

/// The facts of one of them.
pub(super) fn of(facts: &[Facts], order_id: i64) -> Option<&Facts> {
    facts.iter().find(|one| one.order_id == order_id)
}

impl Facts {
    /// The mark of who has it.
    pub(in crate::pages) fn owner(&self) -> Option<Avatar> {
        let initials = self.owner_initials.clone()?;
        Some(Avatar::small(self.owner_id?, initials.clone(), initials))
    }

    /// What blocks it, in a few words.
    pub(in crate::pages) fn status(&self, page: &Page) -> Option<Status> {
        let blocker = self.blocker.as_deref()?;
        if blocker == "on_hold" {
            let kind = self.blocked_by.as_deref().unwrap_or("GENERAL");
            return Some(Status::new(Tone::Hold, hold_words(page, kind)));
        }
        let key = format!("blocker-{}", blocker.replace('_', "-"));
        let words = page
            .words
            .say_if_known(&key)
            .or_else(|| Some(page.words.said_points(self.blocked_by.as_deref()?)))?;
        Some(Status::new(tone_of(blocker), words))
    }
}

/// "On hold" and of which kind.
pub(super) fn hold_words(page: &Page, kind: &str) -> String {
    let key = match kind {
        "QUALITY" => "hold-quality",
        "PARTS" => "hold-parts",
        _ => "hold-general",
    };
    page.t(key)
}

/// What is missing is a warning; what failed is bad; what only waits for somebody is under way.
fn tone_of(blocker: &str) -> Tone {
    match blocker {
        "rework"
        | "nonconformities_closed"
        | "task_lacks_parts"
        | "task_blocked"
        | "configurations_valid"
        | "boms_resolved" => Tone::Bad,
        _ => Tone::Warn,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Language;

    fn facts(blocker: &str, by: &str) -> Facts {
        Facts {
            order_id: 1,
            owner_id: Some(7),
            owner_initials: Some("RL".to_owned()),
            blocker: Some(blocker.to_owned()),
            blocked_by: Some(by.to_owned()),
        }
    }

    #[test]
    fn what_blocks_is_said_in_a_few_words_and_what_has_none_in_those_of_the_database() {
        let page = Page::bare(Language::Fr, String::new());
        let said = |blocker: &str, by: &str| facts(blocker, by).status(&page).expect("a status").to_string();
        assert!(said("on_hold", "PARTS").contains("pièces"));
        assert!(said("po_document_attached", "the PO is missing").contains("bon de commande"));
        assert!(said("a_new_guard", "the moon is full").contains("the moon is full"));
    }
}
