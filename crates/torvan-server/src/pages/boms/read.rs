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
use crate::pages::signing::Signature;

/// The head of a BOM.
#[expect(clippy::struct_excessive_bools, reason = "what the database answers, one by one")]
#[derive(Debug, Deserialize)]
pub(in crate::pages) struct Sheet {
    pub(in crate::pages) bom_id: i64,
    pub(in crate::pages) revision: i64,
    pub(in crate::pages) state: String,
    pub(in crate::pages) content_hash: String,
    pub(in crate::pages) line_count: i64,
    pub(in crate::pages) leaf_count: i64,
    pub(in crate::pages) unresolved_count: i64,
    pub(in crate::pages) weight_kg: Option<Decimal>,
    pub(in crate::pages) labour_hours: Option<Decimal>,
    pub(in crate::pages) cost: Option<Decimal>,
    pub(in crate::pages) uncosted_count: Option<i64>,
    pub(in crate::pages) created_by: Option<String>,
    pub(in crate::pages) created_at: DateTime<Utc>,
    pub(in crate::pages) submitted_by: Option<String>,
    pub(in crate::pages) submitted_at: Option<DateTime<Utc>>,
    pub(in crate::pages) decided_by: Option<String>,
    pub(in crate::pages) decided_at: Option<DateTime<Utc>>,
    pub(in crate::pages) decision_note: Option<String>,
    pub(in crate::pages) released_by: Option<String>,
    pub(in crate::pages) released_at: Option<DateTime<Utc>>,
    pub(in crate::pages) configuration_id: i64,
    pub(in crate::pages) configuration_version: i64,
    pub(in crate::pages) rule_set: Option<String>,
    pub(in crate::pages) build_id: Option<i64>,
    pub(in crate::pages) build_number: Option<String>,
    pub(in crate::pages) order_id: Option<i64>,
    pub(in crate::pages) order_number: Option<String>,
    pub(in crate::pages) phase: Option<String>,
    pub(in crate::pages) customer: Option<String>,
    pub(in crate::pages) is_present: bool,
    pub(in crate::pages) is_active: bool,
    #[serde(default)]
    pub(in crate::pages) manual_authors: Vec<String>,
    pub(in crate::pages) may_approve: bool,
    pub(in crate::pages) may_reject: bool,
    pub(in crate::pages) may_submit: bool,
    pub(in crate::pages) may_export: bool,
    pub(in crate::pages) may_compare: bool,
    pub(in crate::pages) is_barred_from_approval: bool,
    pub(in crate::pages) is_barred_from_rejection: bool,
    pub(in crate::pages) revisions: Vec<Revision>,
    pub(in crate::pages) stamps: Vec<Signature>,
    pub(in crate::pages) siblings: Vec<Sibling>,
}

/// A revision of the same BOM.
#[derive(Debug, Deserialize)]
pub(in crate::pages) struct Revision {
    pub(in crate::pages) bom_id: i64,
    pub(in crate::pages) revision: i64,
    pub(in crate::pages) state: String,
}

/// The BOM of another build of the order.
#[derive(Debug, Deserialize)]
pub(in crate::pages) struct Sibling {
    pub(in crate::pages) bom_id: i64,
    pub(in crate::pages) build_number: String,
}

/// A line as it stands in the tree.
#[expect(clippy::struct_excessive_bools, reason = "what the database answers, one by one")]
#[derive(Debug, Deserialize)]
pub(in crate::pages) struct Line {
    pub(in crate::pages) path: String,
    pub(in crate::pages) depth: usize,
    pub(in crate::pages) line_number: i64,
    pub(in crate::pages) item_code: String,
    pub(in crate::pages) item_name: String,
    pub(in crate::pages) quantity_above: Decimal,
    pub(in crate::pages) quantity_per: Decimal,
    pub(in crate::pages) quantity: Decimal,
    pub(in crate::pages) unit_code: String,
    pub(in crate::pages) component_count: i64,
    pub(in crate::pages) is_open: bool,
    pub(in crate::pages) is_found: bool,
    pub(in crate::pages) is_manual: bool,
    pub(in crate::pages) is_unresolved: bool,
    pub(in crate::pages) note: Option<String>,
    pub(in crate::pages) rules: Vec<String>,
    pub(in crate::pages) unit_cost: Option<Decimal>,
    pub(in crate::pages) cost: Option<Decimal>,
    pub(in crate::pages) more_count: i64,
}

/// Which lines are asked for.
#[derive(Debug, Default)]
pub(in crate::pages) struct Wanted {
    /// Paths that are open.
    pub(in crate::pages) open: Open,
    /// Only what is below this one.
    pub(in crate::pages) under: String,
    /// Only what follows this line.
    pub(in crate::pages) after: Option<i64>,
    /// Only what has these letters.
    pub(in crate::pages) find: String,
}

impl Sheet {
    /// The head of a BOM; one that is not there, or not in sight, is not found.
    pub(in crate::pages) async fn read(context: &mut Context, bom_id: i64) -> Result<Self, Problem> {
        let given = Map::from_iter([("bom_id".to_owned(), Value::from(bom_id))]);
        let found: Vec<Self> = data::found(context, "bom_sheet", given).await?;
        found.into_iter().next().ok_or_else(|| Problem::new(FAULT, FAULT.title))
    }

    /// How it stands.
    pub(in crate::pages) fn status(&self, page: &Page) -> Status {
        let (tone, key) = state_words(&self.state);
        Status::new(tone, page.tv(key, "revision", self.revision))
    }
}

/// Hue and words of a state, with the revision.
pub(in crate::pages) fn state_words(state: &str) -> (Tone, &'static str) {
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
pub(in crate::pages) async fn lines(
    context: &mut Context,
    bom_id: i64,
    wanted: &Wanted,
) -> Result<Vec<Line>, Problem> {
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
