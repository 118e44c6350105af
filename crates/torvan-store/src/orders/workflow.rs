//! The way of an order through its phases.

use chrono::NaiveDate;
use serde::Serialize;

use crate::{Context, StoreResult};

/// Where an order stands after a step.
#[derive(Debug, Clone, Serialize)]
pub struct Step {
    /// Number of the order.
    pub order_number: String,
    /// Its phase.
    pub phase: String,
    /// `ACTIVE`, `ON_HOLD` or `CANCELLED`.
    pub state: String,
    /// Version after the step.
    pub row_version: i32,
}

/// Why an order is on hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HoldKind {
    /// Any other reason.
    General,
    /// Quality.
    Quality,
    /// Missing parts.
    Parts,
}

impl HoldKind {
    /// Code as the database writes it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::General => "GENERAL",
            Self::Quality => "QUALITY",
            Self::Parts => "PARTS",
        }
    }
}

/// Moves an order one step: to `to_phase`, or to the next one when none is named. `expected_version` is the version that
/// the caller saw; an order that has changed since is refused.
pub async fn advance(
    context: &mut Context,
    order_id: i64,
    to_phase: Option<&str>,
    reason: Option<&str>,
    expected_version: Option<i32>,
) -> StoreResult<Step> {
    Ok(sqlx::query_file_as!(Step, "queries/orders/advance.sql", order_id, to_phase, reason, expected_version)
        .fetch_one(context.connection())
        .await?)
}

/// Puts an order on hold.
pub async fn hold(
    context: &mut Context,
    order_id: i64,
    kind: HoldKind,
    reason: &str,
    expected_version: Option<i32>,
) -> StoreResult<Step> {
    Ok(sqlx::query_file_as!(Step, "queries/orders/hold.sql", order_id, kind.code(), reason, expected_version)
        .fetch_one(context.connection())
        .await?)
}

/// Ends a hold.
pub async fn resume(
    context: &mut Context,
    order_id: i64,
    reason: &str,
    expected_version: Option<i32>,
) -> StoreResult<Step> {
    Ok(sqlx::query_file_as!(Step, "queries/orders/resume.sql", order_id, reason, expected_version)
        .fetch_one(context.connection())
        .await?)
}

/// Cancels an order.
pub async fn cancel(
    context: &mut Context,
    order_id: i64,
    reason: &str,
    expected_version: Option<i32>,
) -> StoreResult<Step> {
    Ok(sqlx::query_file_as!(Step, "queries/orders/cancel.sql", order_id, reason, expected_version)
        .fetch_one(context.connection())
        .await?)
}

/// Takes one sink out of its order.
pub async fn cancel_build(context: &mut Context, build_id: i64, reason: &str) -> StoreResult<()> {
    sqlx::query_file!("queries/orders/cancel_build.sql", build_id, reason)
        .fetch_one(context.connection())
        .await?;
    Ok(())
}

/// Moves one sink a step along the workflow: to a step of its phase, a phase, or both as `PHASE/STEP`. Returns where it is then.
pub async fn move_build(
    context: &mut Context,
    build_id: i64,
    to: &str,
    reason: Option<&str>,
) -> StoreResult<String> {
    Ok(sqlx::query_file_scalar!("queries/orders/move_build.sql", build_id, to, reason)
        .fetch_one(context.connection())
        .await?)
}

/// What is said of the outsourcing of a sink.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outsourcing {
    /// The lines that always go out: legs and feet.
    Proposed,
    /// Nothing goes out.
    None,
}

/// A sink and how many lines of its BOM go to an external shop.
#[derive(Debug, Clone)]
pub struct OutsourcedBuild {
    /// Its number.
    pub build_number: String,
    /// Lines marked by this call.
    pub lines: i32,
}

/// States for the sinks of an order, or for one of them, what goes to an external shop.
pub async fn outsource(
    context: &mut Context,
    order_id: i64,
    build_id: Option<i64>,
    outsourcing: Outsourcing,
    reason: Option<&str>,
) -> StoreResult<Vec<OutsourcedBuild>> {
    let is_proposed = outsourcing == Outsourcing::Proposed;
    Ok(sqlx::query_file_as!(
        OutsourcedBuild,
        "queries/orders/outsource.sql",
        order_id,
        build_id,
        is_proposed,
        reason
    )
    .fetch_all(context.connection())
    .await?)
}

/// Records carrier, tracking number and dispatch date of an order in SHIPPING.
pub async fn record_shipment(
    context: &mut Context,
    order_id: i64,
    carrier: &str,
    tracking_number: &str,
    dispatched_on: NaiveDate,
) -> StoreResult<()> {
    sqlx::query_file!(
        "queries/orders/record_shipment.sql",
        order_id,
        carrier,
        tracking_number,
        dispatched_on
    )
    .fetch_one(context.connection())
    .await?;
    Ok(())
}

/// Records the date of delivery.
pub async fn record_delivery(
    context: &mut Context,
    order_id: i64,
    delivered_on: NaiveDate,
) -> StoreResult<()> {
    sqlx::query_file!("queries/orders/record_delivery.sql", order_id, delivered_on)
        .fetch_one(context.connection())
        .await?;
    Ok(())
}

/// Where an order stands.
pub async fn standing(context: &mut Context, order_id: i64) -> StoreResult<Step> {
    Ok(sqlx::query_file_as!(Step, "queries/orders/standing.sql", order_id)
        .fetch_one(context.connection())
        .await?)
}
