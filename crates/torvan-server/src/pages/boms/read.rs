//! What the database tells of a bill of materials.

use chrono::{DateTime, Utc};
use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::{Map, Value};
use torvan_store::Context;

use crate::http::problem::{FAULT, Problem};
use crate::pages::components::{Open, Status, Tone};
use crate::pages::data;
use crate::pages::page::Page;

/// The head of a BOM.
#[expect(clippy::struct_excessive_bools, reason = "what the database answers, one by one")]
#[derive(Debug, Deserialize)]
pub(super) struct Sheet {
    pub(super) bom_id: i64,
    pub(super) revision: i64,
    pub(super) state: String,
    pub(super) content_hash: String,
    pub(super) line_count: i64,
    pub(super) leaf_count: i64,
    pub(super) unresolved_count: i64,
    pub(super) weight_kg: Option<Decimal>,
    pub(super) labour_hours: Option<Decimal>,
    pub(super) cost: Option<Decimal>,
    pub(super) uncosted_count: Option<i64>,
    pub(super) created_by: Option<String>,
    pub(super) created_at: DateTime<Utc>,
    pub(super) submitted_by: Option<String>,
    pub(super) submitted_at: Option<DateTime<Utc>>,
    pub(super) decided_by: Option<String>,
    pub(super) decided_at: Option<DateTime<Utc>>,
    pub(super) decision_note: Option<String>,
    pub(super) released_by: Option<String>,
    pub(super) released_at: Option<DateTime<Utc>>,
    pub(super) configuration_id: i64,
    pub(super) configuration_version: i64,
    pub(super) rule_set: Option<String>,
    pub(super) build_id: Option<i64>,
    pub(super) build_number: Option<String>,
    pub(super) order_id: Option<i64>,
    pub(super) order_number: Option<String>,
    pub(super) phase: Option<String>,
    pub(super) customer: Option<String>,
    pub(super) is_present: bool,
    pub(super) is_active: bool,
    #[serde(default)]
    pub(super) manual_authors: Vec<String>,
    pub(super) may_approve: bool,
    pub(super) may_reject: bool,
    pub(super) may_submit: bool,
    pub(super) may_export: bool,
    pub(super) may_compare: bool,
    pub(super) is_barred_from_approval: bool,
    pub(super) is_barred_from_rejection: bool,
    pub(super) revisions: Vec<Revision>,
    pub(super) stamps: Vec<Signed>,
    pub(super) siblings: Vec<Sibling>,
}

/// A revision of the same BOM.
#[derive(Debug, Deserialize)]
pub(super) struct Revision {
    pub(super) bom_id: i64,
    pub(super) revision: i64,
    pub(super) state: String,
}

/// The BOM of another build of the order.
#[derive(Debug, Deserialize)]
pub(super) struct Sibling {
    pub(super) bom_id: i64,
    pub(super) build_number: String,
}

/// A signature.
#[derive(Debug, Deserialize)]
pub(super) struct Signed {
    pub(super) meaning: String,
    pub(super) name: String,
    pub(super) acting_for: Option<String>,
    pub(super) at: DateTime<Utc>,
    pub(super) reason: Option<String>,
    pub(super) status: Option<String>,
}

/// A line as it stands in the tree.
#[expect(clippy::struct_excessive_bools, reason = "what the database answers, one by one")]
#[derive(Debug, Deserialize)]
pub(super) struct Line {
    pub(super) path: String,
    pub(super) depth: usize,
    pub(super) line_number: i64,
    pub(super) item_code: String,
    pub(super) item_name: String,
    pub(super) quantity_above: Decimal,
    pub(super) quantity_per: Decimal,
    pub(super) quantity: Decimal,
    pub(super) unit_code: String,
    pub(super) component_count: i64,
    pub(super) is_open: bool,
    pub(super) is_found: bool,
    pub(super) is_manual: bool,
    pub(super) is_unresolved: bool,
    pub(super) note: Option<String>,
    pub(super) rules: Vec<String>,
    pub(super) unit_cost: Option<Decimal>,
    pub(super) cost: Option<Decimal>,
    pub(super) more_count: i64,
}

/// Which lines are asked for.
#[derive(Debug, Default)]
pub(super) struct Wanted {
    /// Paths that are open.
    pub(super) open: Open,
    /// Only what is below this one.
    pub(super) under: String,
    /// Only what follows this line.
    pub(super) after: Option<i64>,
    /// Only what has these letters.
    pub(super) find: String,
}

impl Sheet {
    /// The head of a BOM; one that is not there, or not in sight, is not found.
    pub(super) async fn read(context: &mut Context, bom_id: i64) -> Result<Self, Problem> {
        let given = Map::from_iter([("bom_id".to_owned(), Value::from(bom_id))]);
        let found: Vec<Self> = data::found(context, "bom_sheet", given).await?;
        found.into_iter().next().ok_or_else(|| Problem::new(FAULT, FAULT.title))
    }

    /// How it stands.
    pub(super) fn status(&self, page: &Page) -> Status {
        let (tone, key) = state_words(&self.state);
        Status::new(tone, page.tv(key, "revision", self.revision))
    }
}

/// Hue and words of a state, with the revision.
pub(super) fn state_words(state: &str) -> (Tone, &'static str) {
    match state {
        "APPROVED" => (Tone::Ok, "bom-revision-approved"),
        "RELEASED" => (Tone::Ok, "bom-revision-released"),
        "SUBMITTED" => (Tone::Info, "bom-revision-submitted"),
        "REJECTED" => (Tone::Bad, "bom-revision-rejected"),
        "SUPERSEDED" => (Tone::None, "bom-revision-superseded"),
        _ => (Tone::Warn, "bom-revision-draft"),
    }
}

/// Lines of the tree.
pub(super) async fn lines(context: &mut Context, bom_id: i64, wanted: &Wanted) -> Result<Vec<Line>, Problem> {
    let mut given = Map::from_iter([("bom_id".to_owned(), Value::from(bom_id))]);
    given.insert(
        "open".to_owned(),
        wanted.open.paths().iter().map(|path| Value::from(path.as_str())).collect(),
    );
    if !wanted.under.is_empty() {
        given.insert("under".to_owned(), wanted.under.as_str().into());
    }
    if let Some(after) = wanted.after {
        given.insert("after".to_owned(), after.into());
    }
    if !wanted.find.is_empty() {
        given.insert("find".to_owned(), wanted.find.as_str().into());
    }
    data::found(context, "bom_branches", given).await
}
