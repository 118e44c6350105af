//! What the BOMs of a document would be, without storing anything.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sqlx::types::Json;

use super::Number;
use crate::{Context, StoreResult};

/// Language of messages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum MessageLanguage {
    /// English.
    #[default]
    En,
    /// French.
    Fr,
}

impl MessageLanguage {
    /// Code as the database writes it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::En => "EN",
            Self::Fr => "FR",
        }
    }
}

/// Whether a violation blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The configuration cannot be released.
    Error,
    /// Shown and recorded, does not block.
    Warning,
}

/// What the rules have against a configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Violation {
    /// Code of the rule.
    pub rule: String,
    /// Whether it blocks.
    pub severity: Severity,
    /// JSON pointer of the field.
    pub path: String,
    /// What is wrong and how to mend it.
    pub message: String,
}

impl Violation {
    /// Whether it blocks.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// A top line of a previewed BOM. Programs see code, quantity and reason; people also what the code is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PreviewLine {
    /// Code of the item; of a custom part the code that says what it is.
    pub code: String,
    /// Name of the item.
    #[serde(skip_serializing)]
    pub name: String,
    /// Quantity for the sink.
    pub quantity: Number,
    /// Unit of the quantity.
    #[serde(skip_serializing)]
    pub unit: String,
    /// Note on the line.
    #[serde(default, skip_serializing)]
    pub note: Option<String>,
    /// The rules that put it there.
    pub because: String,
}

/// What is counted of a previewed sink.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct PreviewTotals {
    /// Leaf items without a cost.
    #[serde(default)]
    pub uncosted: usize,
}

/// The preview of one sink.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PreviewSink {
    /// Build number of the document, if it has one.
    pub build_number: Option<String>,
    /// Whether no error was found.
    pub valid: bool,
    /// Errors, then warnings.
    pub violations: Vec<Violation>,
    /// Top lines in the order of the rules.
    pub top_level: Vec<PreviewLine>,
    /// Quantity of every item without components, by code.
    pub leaf_totals: BTreeMap<String, Number>,
    /// Codes that name nothing in the catalogue.
    pub unresolved: Vec<String>,
    /// Counts for people.
    #[serde(default, skip_serializing)]
    pub totals: Option<PreviewTotals>,
}

/// A line of the sum over all sinks.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SumLine {
    /// Code of the item.
    pub code: String,
    /// Quantity for all sinks.
    pub quantity: Number,
}

/// The sum over all sinks.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PreviewOrder {
    /// Number of sinks.
    pub sinks: usize,
    /// Top lines by code.
    pub top_level: Vec<SumLine>,
    /// Quantity of every item without components, by code.
    pub leaf_totals: BTreeMap<String, Number>,
    /// Codes that name nothing in the catalogue.
    pub unresolved: Vec<String>,
    /// Cost in the site's currency.
    pub cost: Option<Number>,
    /// Weight in kilograms.
    pub weight_kg: Option<Number>,
    /// Hours of assembly.
    pub labour_hours: Option<Number>,
}

/// The preview of a whole document.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Preview {
    /// Whether every sink is valid.
    pub valid: bool,
    /// One result per sink, in the order of the document.
    pub sinks: Vec<PreviewSink>,
    /// Their sum.
    pub order: PreviewOrder,
}

/// Previews a document `{"language", "sinks": [{"build_number", …parameters}]}`, given as text so that its numbers keep
/// every digit.
pub async fn preview(
    context: &mut Context,
    document: &str,
    language: MessageLanguage,
) -> StoreResult<Preview> {
    let preview = sqlx::query_file_scalar!("queries/bom/preview_bom.sql", document, language.code())
        .fetch_one(context.connection())
        .await?;
    Ok(preview.0)
}
