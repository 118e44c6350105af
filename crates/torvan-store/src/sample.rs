//! The sample data.

use serde::{Deserialize, Serialize};

use crate::{Context, StoreResult};

/// What a removal of the sample data did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SampleRemoval {
    /// Rows that went.
    pub removed: RemovedSamples,
    /// Rows that real records stand on.
    pub kept: KeptSamples,
}

/// Rows of the sample data that went.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemovedSamples {
    /// Orders with their builds and BOMs.
    pub orders: i64,
    /// People.
    pub people: i64,
    /// Assemblies.
    pub assemblies: i64,
    /// Parts.
    pub parts: i64,
}

/// Rows of the sample data that stay as ordinary data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptSamples {
    /// Assemblies and parts.
    pub items: i64,
}

/// Removes the sample data, all or nothing; what real records stand on stays.
pub async fn remove(context: &mut Context) -> StoreResult<SampleRemoval> {
    let report =
        sqlx::query_file_scalar!("queries/sample/remove.sql").fetch_one(context.connection()).await?;
    Ok(serde_json::from_value(report).map_err(|error| sqlx::Error::Decode(Box::new(error)))?)
}
