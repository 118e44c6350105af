//! Everything about one order.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use sqlx::types::Json;

use crate::bom::Number;
use crate::{Context, StoreResult};

/// One sink of an order.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BuildRow {
    /// Its number.
    pub build_number: String,
    /// `ACTIVE` or `CANCELLED`.
    pub state: String,
    /// Its phase.
    pub phase: String,
    /// Step inside the phase, from `PRODUCTION` on.
    pub sub_state: Option<String>,
    /// Model of its configuration.
    pub model: Option<String>,
    /// Length of its configuration in inches.
    pub length_in: Option<Number>,
    /// Key of its configuration.
    pub configuration_id: Option<i64>,
    /// Version of its configuration.
    pub configuration_version: Option<i32>,
    /// Whether the configuration had no error when it was saved.
    pub configuration_valid: Option<bool>,
    /// Key of the BOM made from this configuration.
    pub bom_id: Option<i64>,
    /// Revision of the BOM.
    pub bom_revision: Option<i32>,
    /// State of the BOM.
    pub bom_state: Option<String>,
    /// Distinct lines of the BOM.
    pub bom_lines: Option<i32>,
    /// Lines whose code names nothing in the catalogue.
    pub bom_unresolved: Option<i32>,
    /// Cost of the BOM in the site's currency.
    pub bom_cost: Option<Number>,
    /// Leaf items without a cost: the sum lacks them.
    pub bom_uncosted: Option<i32>,
}

/// One open point.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Blocker {
    /// The guard that does not hold.
    pub guard: String,
    /// What is open.
    pub message: String,
    /// Where to mend it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}

/// A step that the order may take.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NextAction {
    /// `ADVANCE` or `RETURN`.
    pub action: String,
    /// The phase it leads to.
    pub to_phase: String,
    /// The step in words.
    pub title: String,
    /// Permission it needs.
    pub permission: String,
    /// Whether the acting person has it.
    pub is_allowed: bool,
    /// Whether nothing is open.
    pub is_ready: bool,
    /// What is open.
    pub blockers: Vec<Blocker>,
}

/// A change of phase or state.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct HistoryRow {
    /// When.
    pub at: DateTime<Utc>,
    /// `CREATE`, `ADVANCE`, `RETURN`, `HOLD`, `RESUME` or `CANCEL`.
    pub action: String,
    /// Phase before.
    pub from_phase: Option<String>,
    /// Phase after.
    pub to_phase: String,
    /// Who.
    pub by: String,
    /// Why.
    pub reason: Option<String>,
    /// Version of the order after it.
    pub row_version: i32,
}

/// A file of the order.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AttachmentRow {
    /// Key.
    pub attachment_id: i64,
    /// What it is.
    pub kind: String,
    /// Its name.
    pub file_name: String,
    /// Version.
    pub version: i32,
    /// The build it belongs to.
    pub build_number: Option<String>,
    /// Size in bytes.
    pub byte_size: Option<i64>,
    /// SHA-256, hexadecimal.
    pub sha256: Option<String>,
    /// Who approved it.
    pub approved_by: Option<String>,
}

/// A note on the order.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NoteRow {
    /// When.
    pub at: DateTime<Utc>,
    /// Author.
    pub by: Option<String>,
    /// The build it is about.
    pub build_number: Option<String>,
    /// The text.
    pub body: String,
    /// Whether it is marked urgent.
    pub is_urgent: bool,
}

/// Everything about one order.
#[derive(Debug, Clone, Serialize)]
pub struct OrderSheet {
    /// Key.
    pub order_id: i64,
    /// Number.
    pub order_number: String,
    /// Code of the customer.
    pub customer_code: String,
    /// Name of the customer.
    pub customer_name: String,
    /// The customer's purchase order number.
    pub po_number: Option<String>,
    /// The customer's project.
    pub project_name: Option<String>,
    /// Who sells.
    pub sales_person: Option<String>,
    /// When the customer wants delivery.
    pub want_date: Option<NaiveDate>,
    /// Whether that date is past and the order not delivered.
    pub is_late: bool,
    /// Language of the documents.
    pub language: String,
    /// Product family.
    pub family: String,
    /// Number of sinks ordered.
    pub quantity: Option<i32>,
    /// Free text.
    pub notes: Option<String>,
    /// Phase.
    pub phase: String,
    /// When it entered the phase.
    pub phase_entered_at: DateTime<Utc>,
    /// `ACTIVE`, `ON_HOLD` or `CANCELLED`.
    pub state: String,
    /// Why it is on hold or cancelled.
    pub state_reason: Option<String>,
    /// Version; a step may say which one its caller saw.
    pub row_version: i32,
    /// Who made it.
    pub created_by: Option<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// Its sinks.
    pub builds: Json<Vec<BuildRow>>,
    /// The steps it may take.
    pub next_actions: Json<Vec<NextAction>>,
    /// Its files.
    pub attachments: Json<Vec<AttachmentRow>>,
    /// Its notes, newest first.
    pub order_notes: Json<Vec<NoteRow>>,
    /// Its history, oldest first.
    pub history: Json<Vec<HistoryRow>>,
}

/// Everything about one order, in one statement. Allowed steps are judged for the context's actor.
pub async fn sheet(context: &mut Context, order_id: i64) -> StoreResult<OrderSheet> {
    Ok(sqlx::query_file_as!(OrderSheet, "queries/orders/sheet.sql", order_id)
        .fetch_one(context.connection())
        .await?)
}
