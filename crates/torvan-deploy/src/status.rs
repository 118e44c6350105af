//! What a database says of its deployments, and whether it still is as deployed.

use serde::Serialize;
use sqlx::{AssertSqlSafe, Executor as _, PgConnection};

use crate::deploy::DeployError;
use crate::tree::Tree;

/// A row of `deployment_log`.
#[derive(Debug, Clone, Serialize, sqlx::FromRow)]
#[expect(missing_docs, reason = "the comments of the table's columns say it")]
pub struct Deployment {
    pub deployment_id: i64,
    pub version: String,
    pub status: String,
    pub created_at: String,
    pub database_user: String,
    pub role_mode: String,
    pub sample_data: bool,
    pub failed_file: Option<String>,
    pub message: Option<String>,
}

/// A file of this release that the database does not hold as it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Pending {
    /// Path below `database/`.
    pub file: String,
    /// `not applied` or `differs`.
    pub state: &'static str,
}

/// What `torvan db status` shows.
#[derive(Debug, Clone, Serialize)]
pub struct StatusReport {
    /// Latest first; empty in a database that was never deployed.
    pub deployments: Vec<Deployment>,
    /// What the next deployment would run.
    pub pending: Vec<Pending>,
}

/// An object that is not as the last deployment left it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct DriftEntry {
    /// Kind of object: table, column, function, policy …
    pub kind: String,
    /// Name of the object, with table or arguments.
    pub identity: String,
    /// `added`, `changed` or `removed`.
    pub change: String,
}

/// What `torvan db verify` shows.
#[derive(Debug, Clone, Serialize)]
pub struct VerifyReport {
    /// Steps whose verify query holds.
    pub holding: Vec<String>,
    /// Steps whose verify query does not hold, with the reason.
    pub broken: Vec<String>,
    /// Changes by hand.
    pub drift: Vec<DriftEntry>,
    /// What the next deployment would run.
    pub pending: Vec<Pending>,
}

impl VerifyReport {
    /// Whether the database is exactly what this release deploys.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.broken.is_empty() && self.drift.is_empty() && self.pending.is_empty()
    }
}

/// The last deployments and what this release would add; first settles a deployment that ended without a word.
pub async fn status(connection: &mut PgConnection, tree: &Tree) -> Result<StatusReport, DeployError> {
    let settle = tree.text("deployment/settle.sql")?.to_owned();
    connection.execute(sqlx::raw_sql(AssertSqlSafe(settle))).await?;
    let deployments = if is_deployed(connection).await? { log(connection).await? } else { Vec::new() };
    Ok(StatusReport { deployments, pending: pending(connection, tree).await? })
}

async fn log(connection: &mut PgConnection) -> Result<Vec<Deployment>, DeployError> {
    let rows = sqlx::query_as(
        "SELECT deployment_id, version, status, to_char(created_at, 'YYYY-MM-DD HH24:MI:SS TZ') AS created_at, \
                database_user, role_mode, sample_data, failed_file, message \
         FROM public.deployment_log ORDER BY deployment_id DESC LIMIT 10",
    )
    .fetch_all(connection)
    .await?;
    Ok(rows)
}

/// Runs every verify query of the ledger and compares catalogue and ledger with what they should be.
pub async fn verify(connection: &mut PgConnection, tree: &Tree) -> Result<VerifyReport, DeployError> {
    let (mut holding, mut broken) = (Vec::new(), Vec::new());
    for (file, query) in verify_queries(connection).await? {
        match sqlx::query_scalar::<_, bool>(AssertSqlSafe(query)).fetch_one(&mut *connection).await {
            Ok(true) => holding.push(file),
            Ok(false) => broken.push(format!("{file}: its verify query does not hold")),
            Err(error) => broken.push(format!("{file}: {error}")),
        }
    }
    let drift = drift(connection).await?;
    Ok(VerifyReport { holding, broken, drift, pending: pending(connection, tree).await? })
}

/// Objects added, changed or removed by hand since the last deployment.
pub async fn drift(connection: &mut PgConnection) -> Result<Vec<DriftEntry>, DeployError> {
    let known: bool = sqlx::query_scalar("SELECT to_regclass('public.v_schema_drift') IS NOT NULL")
        .fetch_one(&mut *connection)
        .await?;
    if !known {
        return Ok(Vec::new());
    }
    let entries =
        sqlx::query_as("SELECT kind, identity, change FROM public.v_schema_drift ORDER BY kind, identity")
            .fetch_all(connection)
            .await?;
    Ok(entries)
}

async fn is_deployed(connection: &mut PgConnection) -> Result<bool, DeployError> {
    let deployed = sqlx::query_scalar("SELECT to_regclass('public.deployment_log') IS NOT NULL")
        .fetch_one(connection)
        .await?;
    Ok(deployed)
}

async fn verify_queries(connection: &mut PgConnection) -> Result<Vec<(String, String)>, DeployError> {
    if !is_deployed(connection).await? {
        return Ok(Vec::new());
    }
    let queries = sqlx::query_as(
        "SELECT file, verify_query FROM public.schema_migrations WHERE verify_query IS NOT NULL ORDER BY applied_at, file",
    )
    .fetch_all(connection)
    .await?;
    Ok(queries)
}

async fn pending(connection: &mut PgConnection, tree: &Tree) -> Result<Vec<Pending>, DeployError> {
    let held: Vec<(String, String)> = if is_deployed(connection).await? {
        sqlx::query_as(
            "SELECT file, sha256 FROM public.schema_migrations UNION ALL SELECT file, sha256 FROM public.deployed_files",
        )
        .fetch_all(connection)
        .await?
    } else {
        Vec::new()
    };
    // Samples are a choice, never a lack.
    let steps = tree.manifest()?.steps.into_iter().filter(|step| step.kind != crate::Kind::Sample);
    let pending = steps.filter_map(|step| {
        let state = match held.iter().find(|(file, _)| *file == step.file) {
            None => "not applied",
            Some((_, sha256)) if *sha256 != step.sha256 => "differs",
            Some(_) => return None,
        };
        Some(Pending { file: step.file, state })
    });
    Ok(pending.collect())
}
