//! The way of a BOM: submitted, approved by a second person, released; and the drawings its custom parts need for it.

use crate::{Context, StoreResult};

/// Submits a draft for approval.
pub async fn submit(context: &mut Context, bom_id: i64) -> StoreResult<()> {
    sqlx::query_file!("queries/bom/submit.sql", bom_id).fetch_one(context.connection()).await?;
    Ok(())
}

/// Approves a submitted BOM; author and submitter may not.
pub async fn approve(context: &mut Context, bom_id: i64, note: Option<&str>) -> StoreResult<()> {
    sqlx::query_file!("queries/bom/approve.sql", bom_id, note).fetch_one(context.connection()).await?;
    Ok(())
}

/// Rejects a submitted BOM with a reason.
pub async fn reject(context: &mut Context, bom_id: i64, reason: &str) -> StoreResult<()> {
    sqlx::query_file!("queries/bom/reject.sql", bom_id, reason).fetch_one(context.connection()).await?;
    Ok(())
}

/// Releases an approved BOM to production.
pub async fn release(context: &mut Context, bom_id: i64) -> StoreResult<()> {
    sqlx::query_file!("queries/bom/release.sql", bom_id).fetch_one(context.connection()).await?;
    Ok(())
}

/// Records the drawing of a custom part, which production waits for.
pub async fn attach_drawing(context: &mut Context, custom_number: &str, reference: &str) -> StoreResult<()> {
    sqlx::query_file!("queries/bom/attach_drawing.sql", custom_number, reference)
        .fetch_one(context.connection())
        .await?;
    Ok(())
}
