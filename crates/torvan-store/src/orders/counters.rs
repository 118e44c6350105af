//! Counters of orders, which lists and pages read.

use crate::{Actor, Store, StoreResult};

impl Store {
    /// Adds what changed since the last time to the counters; they are exact without it, but slower by and by.
    pub async fn fold_order_summaries(&self) -> StoreResult<()> {
        let mut context = self.begin(&Actor::Database).await?;
        sqlx::query_file!("queries/orders/fold_order_summaries.sql").fetch_one(context.connection()).await?;
        context.commit().await
    }
}
