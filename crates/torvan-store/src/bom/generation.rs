//! Generating and storing BOMs.

use serde::Serialize;

use super::Number;
use crate::{Context, Refusal, RefusalKind, StoreResult};

/// A BOM that was generated and stored.
#[derive(Debug, Clone, Serialize)]
pub struct Generated {
    /// Its build.
    pub build_number: String,
    /// Key of the BOM.
    pub bom_id: i64,
    /// Revision for this build.
    pub revision: i32,
    /// `DRAFT` after generation.
    pub state: String,
    /// Distinct lines.
    pub lines: i32,
    /// Distinct items without components.
    pub leaves: i32,
    /// Lines whose code names nothing in the catalogue; they block approval.
    pub unresolved: i32,
    /// Leaf items without a cost.
    pub uncosted: i32,
    /// Cost in the site's currency.
    pub cost: Option<Number>,
    /// Weight in kilograms.
    pub weight_kg: Option<Number>,
    /// Hours of assembly.
    pub labour_hours: Option<Number>,
    /// Equal for equal content on every machine.
    pub content_hash: String,
}

/// Generates the BOMs of builds, all or none: two statements, however many builds.
pub async fn generate_builds(context: &mut Context, build_numbers: &[String]) -> StoreResult<Vec<Generated>> {
    let made = sqlx::query_file!("queries/bom/generate_builds.sql", build_numbers)
        .fetch_all(context.connection())
        .await?;
    if let Some(row) = made.iter().find(|row| row.build_id.is_none()) {
        return Err(no_build(&row.build_number).into());
    }
    if let Some(row) = made.iter().find(|row| row.bom_id.is_none()) {
        return Err(no_configuration(&row.build_number).into());
    }
    let keys: Vec<i64> = made.iter().filter_map(|row| row.bom_id).collect();
    generated(context, &keys).await
}

/// Generates the BOMs of all active builds of an order, all or none: two statements, however many builds.
pub async fn generate_order(context: &mut Context, order_id: i64) -> StoreResult<Vec<Generated>> {
    let keys = sqlx::query_file_scalar!("queries/bom/generate_order.sql", order_id)
        .fetch_all(context.connection())
        .await?;
    generated(context, &keys).await
}

async fn generated(context: &mut Context, keys: &[i64]) -> StoreResult<Vec<Generated>> {
    Ok(sqlx::query_file_as!(Generated, "queries/bom/generated.sql", keys)
        .fetch_all(context.connection())
        .await?)
}

pub(crate) fn no_build(build_number: &str) -> Refusal {
    Refusal {
        kind: RefusalKind::NotFound,
        sqlstate: "TV004".to_owned(),
        message: format!("There is no build \"{build_number}\"."),
        hint: Some("torvan order list shows the builds of each order.".to_owned()),
        detail: None,
        fields: Box::default(),
    }
}

fn no_configuration(build_number: &str) -> Refusal {
    Refusal {
        kind: RefusalKind::Conflict,
        sqlstate: "TV009".to_owned(),
        message: format!("Build {build_number} has no configuration."),
        hint: Some(format!(
            "Save one first: torvan order configure ORDER --build {build_number} --parameters FILE."
        )),
        detail: None,
        fields: Box::default(),
    }
}
