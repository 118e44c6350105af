//! Taking a catalogue in: the engine reads, the database judges and merges.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sqlx::types::Json;
use torvan_engine::catalogue::{Document, Source};

use crate::integration::Place;
use crate::{Context, StoreResult};

pub use torvan_engine::catalogue::Finding;

/// Whether an import is only tried or made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportMode {
    /// Judge, merge, undo: says what would happen.
    Preview,
    /// Judge and merge; nothing at all when there is an error.
    Commit,
}

/// What became of the rows of one kind. `read` is the sum of the others.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct KindCounts {
    /// Rows in the files.
    pub read: i64,
    /// Rows that were not there before.
    pub new: i64,
    /// Rows that differ from what was stored.
    pub changed: i64,
    /// Rows that say what is stored already.
    pub unchanged: i64,
    /// Rows that are the same item as another row.
    pub folded: i64,
    /// Rows not stored; each has a finding.
    pub refused: i64,
    /// Rows that nothing is wrong with, of an import that is refused.
    pub held: i64,
}

/// What an import did or would do.
#[derive(Debug, Clone, Serialize)]
pub struct ImportReport {
    /// Key of its row in `import_sessions`.
    pub import_session_id: i64,
    /// `COMMITTED`, `PREVIEWED` or `REFUSED`.
    pub state: String,
    /// Counts by kind of row.
    pub summary: BTreeMap<String, KindCounts>,
    /// What there is to say about single rows, errors first.
    pub findings: Vec<Finding>,
}

impl ImportReport {
    /// Whether an error kept the import from being made.
    #[must_use]
    pub fn is_refused(&self) -> bool {
        self.state == "REFUSED"
    }
}

/// Judges and merges a catalogue. The caller commits, also when the report is a refusal: then only the report is kept.
pub async fn import_catalogue(
    context: &mut Context,
    document: &Document,
    sources: &[Source],
    mode: ImportMode,
) -> StoreResult<ImportReport> {
    let import_session_id = sqlx::query_file_scalar!(
        "queries/inventory/import_catalogue.sql",
        Json(document) as _,
        Json(sources) as _,
        mode == ImportMode::Commit
    )
    .fetch_one(context.connection())
    .await?;
    let session = sqlx::query_file!("queries/inventory/import_session.sql", import_session_id)
        .fetch_one(context.connection())
        .await?;
    let findings = sqlx::query_file_as!(Finding, "queries/inventory/import_findings.sql", import_session_id)
        .fetch_all(context.connection())
        .await?;
    let summary = serde_json::from_value(session.summary).map_err(|e| sqlx::Error::Decode(Box::new(e)))?;
    Ok(ImportReport { import_session_id, state: session.state, summary, findings })
}

/// Which column each head stood for when people named it last, of imports that were taken in.
pub async fn remembered_heads(context: &mut Context) -> StoreResult<BTreeMap<String, String>> {
    let named =
        sqlx::query_file!("queries/inventory/import_heads.sql").fetch_all(context.connection()).await?;
    Ok(named.into_iter().map(|one| (one.head, one.column_name)).collect())
}

/// Where a content lies that the acting person stored, or that is the file of an open import; none where it is gone.
pub async fn import_place(context: &mut Context, document_content_id: i64) -> StoreResult<Option<Place>> {
    Ok(sqlx::query_file_as!(Place, "queries/inventory/import_place.sql", document_content_id)
        .fetch_optional(context.connection())
        .await?)
}
