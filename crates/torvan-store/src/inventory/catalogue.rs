//! Reading the catalogue.

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::bom::Number;
use crate::{Context, StoreResult};

/// What to search for.
#[derive(Debug, Clone)]
pub struct SearchRequest {
    /// Code, beginning of a code, or words.
    pub query: String,
    /// At most this many hits.
    pub max_results: i32,
    /// `ASSEMBLY`, `PART`, or none for both.
    pub kinds: Option<Vec<String>>,
    /// Whether obsolete items are found too.
    pub include_obsolete: bool,
}

/// An item that a search found.
#[derive(Debug, Clone, Serialize)]
pub struct SearchHit {
    /// `ASSEMBLY` or `PART`.
    pub kind: String,
    /// Its own code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// `CODE`, `ALIAS`, `SHORT`, `CODE_PREFIX`, `WORDS` or `SIMILAR`.
    pub matched_by: String,
    /// Higher is better; comparable within one search only.
    pub rank: f32,
    /// Category of an assembly.
    pub category: Option<String>,
    /// Subcategory of an assembly.
    pub subcategory: Option<String>,
    /// `ACTIVE` or `OBSOLETE`.
    pub lifecycle: String,
}

/// An assembly that an item goes into.
#[derive(Debug, Clone, Serialize)]
pub struct Use {
    /// Steps from the item, 1 for its direct users.
    pub level: i32,
    /// Code of the user.
    pub parent_code: String,
    /// Name of the user.
    pub parent_name: String,
    /// Its revision in force.
    pub revision: i32,
    /// Quantity in its line; none when the item comes only through other assemblies.
    pub quantity_per: Option<Number>,
    /// Unit of that quantity.
    pub unit_code: Option<String>,
    /// Quantity in one of it, over all paths.
    pub quantity_total: Number,
    /// Whether it goes into nothing further.
    pub is_top_level: bool,
    /// `ACTIVE` or `OBSOLETE`.
    pub lifecycle: String,
}

/// One line of an indented structure.
#[derive(Debug, Clone, Serialize)]
pub struct StructureLine {
    /// Depth below the assembly, from 1.
    pub level: i32,
    /// `ASSEMBLY` or `PART`.
    pub kind: String,
    /// Code of the component.
    pub code: String,
    /// Name of the component.
    pub name: String,
    /// Quantity in its parent.
    pub quantity_per: Number,
    /// Quantity in one of the whole, along this path.
    pub quantity_total: Number,
    /// Unit of both.
    pub unit_code: String,
    /// Revision in force of a component that is an assembly with content.
    pub revision: Option<i32>,
    /// Whether nothing lies below it.
    pub is_leaf: bool,
    /// Whether it may be left out.
    pub is_optional: bool,
    /// Note for the builder.
    pub note: Option<String>,
}

/// Sums over an assembly's structure.
#[derive(Debug, Clone, Serialize)]
pub struct RollUp {
    /// Code of the assembly.
    pub assembly_code: String,
    /// Its name.
    pub name: String,
    /// Its revision in force.
    pub revision: Option<i32>,
    /// Cost of one, with expected loss.
    pub material_cost: Number,
    /// Hours to build one, its sub-assemblies included.
    pub labour_hours: Number,
    /// Weight of one.
    pub weight_kg: Number,
    /// Days along the longest path.
    pub lead_time_days: i32,
    /// Distinct lines below it.
    pub line_count: i64,
    /// Levels below it.
    pub depth: i32,
    /// Bought items whose cost is unknown: the sum lacks them.
    pub leaves_without_cost: i64,
    /// Bought items whose weight is unknown: the sum lacks them.
    pub leaves_without_weight: i64,
}

/// The facts of one item.
#[derive(Debug, Clone, Serialize)]
pub struct ItemDetails {
    /// `ASSEMBLY` or `PART`.
    pub kind: String,
    /// Its own code.
    pub code: String,
    /// Its name.
    pub name: String,
    /// `ACTIVE` or `OBSOLETE`.
    pub lifecycle: String,
    /// Longer text.
    pub description: Option<String>,
    /// Category of an assembly.
    pub category_code: Option<String>,
    /// Subcategory of an assembly.
    pub subcategory_code: Option<String>,
    /// Unit in which it is counted.
    pub unit_code: String,
    /// Whether it may be put on an order.
    pub is_orderable: bool,
    /// Maker.
    pub manufacturer: Option<String>,
    /// The maker's number.
    pub manufacturer_part_number: Option<String>,
    /// Aliases and short codes.
    pub other_codes: Vec<String>,
}

/// Items by code, beginning of a code, words, or likeness.
pub async fn search(context: &mut Context, request: &SearchRequest) -> StoreResult<Vec<SearchHit>> {
    Ok(sqlx::query_file_as!(
        SearchHit,
        "queries/inventory/search_catalogue.sql",
        request.query,
        request.max_results,
        request.kinds.as_deref(),
        request.include_obsolete
    )
    .fetch_all(context.connection())
    .await?)
}

/// Where an item goes; `as_of` none means now, `max_levels` none means all.
pub async fn where_used(
    context: &mut Context,
    code: &str,
    as_of: Option<DateTime<Utc>>,
    max_levels: Option<i32>,
) -> StoreResult<Vec<Use>> {
    Ok(sqlx::query_file_as!(Use, "queries/inventory/where_used.sql", code, as_of, max_levels)
        .fetch_all(context.connection())
        .await?)
}

/// What an assembly is made of, indented; `as_of` none means now, `max_levels` none means all.
pub async fn structure(
    context: &mut Context,
    code: &str,
    as_of: Option<DateTime<Utc>>,
    max_levels: Option<i32>,
) -> StoreResult<Vec<StructureLine>> {
    Ok(sqlx::query_file_as!(
        StructureLine,
        "queries/inventory/assembly_structure.sql",
        code,
        as_of,
        max_levels
    )
    .fetch_all(context.connection())
    .await?)
}

/// Cost, hours, weight and lead time of an assembly; `as_of` none means now.
pub async fn roll_up(context: &mut Context, code: &str, as_of: Option<DateTime<Utc>>) -> StoreResult<RollUp> {
    Ok(sqlx::query_file_as!(RollUp, "queries/inventory/roll_up_assembly.sql", code, as_of)
        .fetch_one(context.connection())
        .await?)
}

/// The facts of the item that a code names.
pub async fn item_details(context: &mut Context, code: &str) -> StoreResult<ItemDetails> {
    Ok(sqlx::query_file_as!(ItemDetails, "queries/inventory/item_details.sql", code)
        .fetch_one(context.connection())
        .await?)
}
