//! Reading stored BOMs: header, tree, totals, reasons, differences.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sqlx::types::Json;

use super::Number;
use crate::{Context, Refusal, RefusalKind, StoreResult};

/// The facts of a BOM.
#[derive(Debug, Clone, Serialize)]
pub struct BomHeader {
    /// Key.
    pub bom_id: i64,
    /// Its build.
    pub build_number: Option<String>,
    /// The order of the build.
    pub order_number: Option<String>,
    /// Revision for this build.
    pub revision: i32,
    /// `DRAFT`, `SUBMITTED`, `APPROVED`, `RELEASED`, `REJECTED` or `SUPERSEDED`.
    pub state: String,
    /// Rules it was made by.
    pub rule_set: String,
    /// Instant of the catalogue it was made from.
    pub catalogue_as_of: DateTime<Utc>,
    /// Equal for equal content on every machine.
    pub content_hash: String,
    /// Distinct lines.
    pub lines: i32,
    /// Distinct items without components.
    pub leaves: i32,
    /// Lines whose code names nothing in the catalogue.
    pub unresolved: i32,
    /// Leaf items without a cost.
    pub uncosted: i32,
    /// Cost in the site's currency.
    pub cost: Option<Number>,
    /// Weight in kilograms.
    pub weight_kg: Option<Number>,
    /// Hours of assembly.
    pub labour_hours: Option<Number>,
    /// Author.
    pub created_by: Option<String>,
    /// When it was generated.
    pub created_at: DateTime<Utc>,
    /// Who submitted it.
    pub submitted_by: Option<String>,
    /// When it was submitted.
    pub submitted_at: Option<DateTime<Utc>>,
    /// Who approved or rejected it.
    pub decided_by: Option<String>,
    /// When it was approved or rejected.
    pub decided_at: Option<DateTime<Utc>>,
    /// Note of the decision.
    pub decision_note: Option<String>,
    /// Who released it.
    pub released_by: Option<String>,
    /// When it was released.
    pub released_at: Option<DateTime<Utc>>,
}

/// A line of the indented tree.
#[derive(Debug, Clone, Serialize)]
pub struct TreeLine {
    /// Line numbers from the top, with points between.
    pub line: String,
    /// 0 for a top line.
    pub depth: i32,
    /// Code of the item.
    pub code: String,
    /// Name of the item.
    pub name: String,
    /// Quantity in one parent.
    pub quantity_per: Number,
    /// Quantity for the sink along this path.
    pub quantity: Number,
    /// Unit of both.
    pub unit: String,
    /// Whether nothing lies below it.
    pub is_leaf: bool,
    /// The rules that put a top line there.
    pub because: Option<String>,
}

/// The total of one item without components.
#[derive(Debug, Clone, Serialize)]
pub struct LeafTotal {
    /// Code of the item.
    pub code: String,
    /// Name of the item.
    pub name: String,
    /// Quantity for the sink.
    pub quantity: Number,
    /// Unit of the quantity.
    pub unit: String,
    /// Cost of one unit.
    pub unit_cost: Option<Number>,
    /// Whether the code names nothing in the catalogue.
    pub is_unresolved: bool,
}

/// A top line that a line comes from, with the rules that put it there.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Reason {
    /// Number of the top line.
    pub line: i32,
    /// Its code.
    pub code: String,
    /// Its quantity.
    pub quantity: Number,
    /// Rules in one line.
    pub because: String,
    /// Rule, condition, quantity and the values that met it.
    pub rules: Box<serde_json::value::RawValue>,
}

/// Why a line is in a BOM.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Explanation {
    /// Number of the line.
    pub line: i32,
    /// Code of the item.
    pub code: String,
    /// Name of the item.
    pub name: String,
    /// Assembly it is in; none for a top line.
    #[serde(default)]
    pub parent: Option<String>,
    /// Quantity in one parent.
    pub quantity_per: Number,
    /// Quantity for the sink.
    pub quantity: Number,
    /// Unit of both.
    pub unit: String,
    /// Rules the BOM was made by.
    pub rule_set: String,
    /// The top lines it comes from.
    #[serde(default)]
    pub reasons: Vec<Reason>,
}

/// A difference between two BOMs.
#[derive(Debug, Clone, Serialize)]
pub struct Change {
    /// `added`, `removed` or `changed`.
    pub change: String,
    /// Assembly the line is in; none for a top line.
    pub parent: Option<String>,
    /// Code of the item.
    pub code: String,
    /// Name of the item.
    pub name: String,
    /// Quantity per parent in the first BOM.
    pub quantity_a: Option<Number>,
    /// Quantity per parent in the second BOM.
    pub quantity_b: Option<Number>,
    /// Unit of both.
    pub unit: String,
}

/// The facts of a BOM.
pub async fn header(context: &mut Context, bom_id: i64) -> StoreResult<BomHeader> {
    Ok(sqlx::query_file_as!(BomHeader, "queries/bom/header.sql", bom_id)
        .fetch_one(context.connection())
        .await?)
}

/// The tree down to `max_depth`, at most `max_lines` lines of it: shared sub-assemblies appear under each parent.
pub async fn tree(
    context: &mut Context,
    bom_id: i64,
    max_depth: i32,
    max_lines: i32,
) -> StoreResult<Vec<TreeLine>> {
    Ok(sqlx::query_file_as!(TreeLine, "queries/bom/tree.sql", bom_id, max_depth, max_lines)
        .fetch_all(context.connection())
        .await?)
}

/// Every item without components, once.
pub async fn leaf_totals(context: &mut Context, bom_id: i64) -> StoreResult<Vec<LeafTotal>> {
    Ok(sqlx::query_file_as!(LeafTotal, "queries/bom/leaf_totals.sql", bom_id)
        .fetch_all(context.connection())
        .await?)
}

/// Why an item is in a BOM: one explanation for each of its lines.
pub async fn explain(context: &mut Context, bom_id: i64, code: &str) -> StoreResult<Vec<Explanation>> {
    let lines = sqlx::query_file_scalar!("queries/bom/explain.sql", bom_id, code)
        .fetch_all(context.connection())
        .await?;
    if lines.is_empty() {
        return Err(not_in_bom(code).into());
    }
    Ok(lines.into_iter().map(|Json(explanation)| explanation).collect())
}

fn not_in_bom(code: &str) -> Refusal {
    Refusal {
        kind: RefusalKind::NotFound,
        sqlstate: "TV004".to_owned(),
        message: format!("This BOM has no line with the code \"{}\".", code.trim()),
        hint: Some("torvan bom show BUILD --leaves lists its codes.".to_owned()),
        detail: None,
        fields: Box::default(),
    }
}

/// What is added, removed or changed from BOM `a` to BOM `b`.
pub async fn compare(context: &mut Context, a: i64, b: i64) -> StoreResult<Vec<Change>> {
    Ok(sqlx::query_file_as!(Change, "queries/bom/compare.sql", a, b).fetch_all(context.connection()).await?)
}
