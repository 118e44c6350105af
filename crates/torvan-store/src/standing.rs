//! Whether a server may work with the database as it is reached.

use crate::surface::surface;
use crate::{Actor, Store, StoreResult};

/// How the database stands to us (assurance.md, finding 2 and R2).
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is one answer of one statement")]
pub struct Standing {
    /// The role that we are.
    pub role: String,
    /// Whether row security does not bind it: a superuser, or BYPASSRLS.
    pub is_unbound: bool,
    /// Whether it owns the tables, and row security binds it as little.
    pub is_owner: bool,
    /// Whether what is committed outlives a power cut.
    pub is_durable: bool,
    /// Functions and relations of this release that it lacks.
    pub missing: Vec<String>,
    /// Whether it only reads.
    pub is_replica: bool,
}

impl Standing {
    /// Why a server must not work like this, each with its mend; empty when it may.
    #[must_use]
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        if self.is_unbound {
            faults.push(format!(
                "row security does not bind the role {}; mend: connect as torvan_app",
                self.role
            ));
        } else if self.is_owner {
            faults.push(format!(
                "the role {} owns the tables, so row security does not bind it; mend: connect as torvan_app",
                self.role
            ));
        }
        if !self.is_durable {
            faults.push("the database may lose what it has committed; mend: fsync, full_page_writes and synchronous_commit on".to_owned());
        }
        if let Some(first) = self.missing.first() {
            let more = self.missing.len() - 1;
            faults.push(format!("the database is not that of this release: it lacks {first} and {more} more; mend: torvan db deploy"));
        }
        if self.is_replica {
            faults.push(
                "the database is a replica; mend: target_session_attrs=read-write, or the primary's address"
                    .to_owned(),
            );
        }
        faults
    }
}

impl Store {
    /// Asks the database how it stands to us.
    pub async fn standing(&self) -> StoreResult<Standing> {
        let functions: Vec<String> = surface().functions.keys().cloned().collect();
        let relations: Vec<String> = surface().relations.keys().cloned().collect();
        let mut context = self.begin(&Actor::Unknown).await?;
        let standing = sqlx::query_file_as!(Standing, "queries/context/standing.sql", &functions, &relations)
            .fetch_one(context.connection())
            .await?;
        context.rollback().await?;
        Ok(standing)
    }
}
