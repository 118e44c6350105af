//! Brings the files of a [`Tree`] into a database: the same statements, in the same order, as `deploy_database.sql` by psql.

use std::time::{Duration, Instant};

use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};

use crate::tree::{Tree, TreeError};

/// Why a deployment did not take place. In every case the database is as it was.
#[derive(Debug, thiserror::Error)]
pub enum DeployError {
    /// The files themselves are wrong.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// The database is not ready, or another deployment runs; the text holds the mend.
    #[error("{0}")]
    Refused(String),
    /// A file failed; everything was rolled back and the row in `deployment_log` says so.
    #[error(
        "deployment failed at {file}, line {line}: {message} (everything was rolled back; see deployment_log)"
    )]
    Step {
        /// Path below `database/`.
        file: String,
        /// Line of the file.
        line: usize,
        /// What the server said.
        message: String,
    },
    /// The connection or the server failed.
    #[error("the database did not answer as it should: {0}")]
    Database(#[from] sqlx::Error),
}

/// What a deployment may be told.
#[derive(Debug, Clone, Copy, Default)]
pub struct DeployOptions {
    /// Sample data: `None` keeps what the last deployment chose (yes in a new database).
    pub sample_data: Option<bool>,
    /// Make functions, views, triggers and grants anew even if their files are unchanged.
    pub replace: bool,
}

/// What a deployment did.
#[derive(Debug, Clone)]
pub struct DeployReport {
    /// Key in `deployment_log`.
    pub deployment_id: i64,
    /// Files that were run, in order.
    pub ran: Vec<String>,
    /// Outcome in words.
    pub message: String,
    /// `single` or `separate`.
    pub role_mode: String,
    /// How long it took.
    pub elapsed: Duration,
}

/// Deploys `tree` by this connection, as its user; `on_step` is told each file before it is run.
pub async fn deploy(
    connection: &mut PgConnection,
    tree: &Tree,
    options: DeployOptions,
    mut on_step: impl FnMut(&str),
) -> Result<DeployReport, DeployError> {
    let begun = Instant::now();
    let manifest = tree.manifest()?;
    configure(connection, options).await?;
    control(connection, tree.text("deployment/preflight.sql")?).await?;
    control(connection, tree.text("deployment/lock.sql")?).await?;

    let outcome = locked(connection, tree, &manifest.to_sql(), &mut on_step).await;
    // A broken connection has lost the lock already; its error is the one to report.
    let unlocked = control(connection, tree.text("deployment/unlock.sql")?).await;
    let deployment_id = outcome?;
    unlocked?;
    report(connection, deployment_id, begun).await
}

async fn configure(connection: &mut PgConnection, options: DeployOptions) -> Result<(), DeployError> {
    let sample_data = options.sample_data.map_or("", |wanted| if wanted { "1" } else { "0" });
    sqlx::query(
        "SELECT set_config('client_min_messages', 'warning', false), \
                set_config('torvan.sample_data', $1, false), set_config('torvan.replace', $2, false)",
    )
    .bind(sample_data)
    .bind(if options.replace { "1" } else { "" })
    .execute(connection)
    .await?;
    Ok(())
}

/// Runs a file that steers the deployment; what it raises is a refusal in words.
async fn control(connection: &mut PgConnection, sql: &str) -> Result<(), DeployError> {
    let result = connection.execute(sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))).await;
    match result {
        Ok(_) => Ok(()),
        Err(sqlx::Error::Database(error)) if error.message().starts_with("deployment refused") => {
            Err(DeployError::Refused(error.message().to_owned()))
        }
        Err(error) => Err(error.into()),
    }
}

async fn locked(
    connection: &mut PgConnection,
    tree: &Tree,
    manifest_sql: &str,
    on_step: &mut impl FnMut(&str),
) -> Result<i64, DeployError> {
    control(connection, tree.text("deployment/bookkeeping.sql")?).await?;
    control(connection, tree.text("deployment/settle.sql")?).await?;
    control(connection, manifest_sql).await?;
    control(connection, tree.text("deployment/start.sql")?).await?;
    let deployment_id: i64 = sqlx::query_scalar("SELECT current_setting('torvan.deployment_id')::bigint")
        .fetch_one(&mut *connection)
        .await?;

    let files: Vec<(i32, String)> =
        sqlx::query_as("SELECT position, file FROM pg_temp.deployment_plan ORDER BY position")
            .fetch_all(&mut *connection)
            .await?;
    match transaction(connection, tree, &files, on_step).await {
        Ok(()) => Ok(deployment_id),
        Err(error) => {
            record_failure(connection, deployment_id, &error).await?;
            Err(error)
        }
    }
}

async fn transaction(
    connection: &mut PgConnection,
    tree: &Tree,
    files: &[(i32, String)],
    on_step: &mut impl FnMut(&str),
) -> Result<(), DeployError> {
    let mut transaction = connection.begin().await?;
    run_file(&mut transaction, tree, "deployment/prepare.sql").await?;
    for (position, file) in files {
        let run: bool = sqlx::query_scalar("SELECT pg_temp.begin_step($1)")
            .bind(position)
            .fetch_one(&mut *transaction)
            .await
            .map_err(|error| step_error(file, "", error))?;
        if run {
            on_step(file);
            run_file(&mut transaction, tree, file).await?;
        }
    }
    run_file(&mut transaction, tree, "deployment/finish.sql").await?;
    transaction.commit().await.map_err(|error| step_error("deployment/finish.sql", "", error))
}

async fn run_file(connection: &mut PgConnection, tree: &Tree, file: &str) -> Result<(), DeployError> {
    let sql = tree.text(file)?;
    connection
        .execute(sqlx::raw_sql(AssertSqlSafe(sql.to_owned())))
        .await
        .map(|_| ())
        .map_err(|error| step_error(file, sql, error))
}

fn step_error(file: &str, sql: &str, error: sqlx::Error) -> DeployError {
    let sqlx::Error::Database(cause) = error else { return DeployError::Database(error) };
    let position = cause
        .try_downcast_ref::<sqlx::postgres::PgDatabaseError>()
        .and_then(sqlx::postgres::PgDatabaseError::position);
    let offset = match position {
        Some(sqlx::postgres::PgErrorPosition::Original(offset)) => offset,
        _ => 1,
    };
    let line = 1 + sql.chars().take(offset - 1).filter(|sign| *sign == '\n').count();
    let detail = cause
        .try_downcast_ref::<sqlx::postgres::PgDatabaseError>()
        .and_then(|cause| cause.detail())
        .map_or_else(String::new, |detail| format!(" ({detail})"));
    DeployError::Step { file: file.to_owned(), line, message: format!("{}{detail}", cause.message()) }
}

/// The transaction is gone; what is left is to say so. When the connection is gone too, the next deployment will.
async fn record_failure(
    connection: &mut PgConnection,
    deployment_id: i64,
    error: &DeployError,
) -> Result<(), DeployError> {
    let DeployError::Step { file, line, message } = error else { return Ok(()) };
    sqlx::query(
        "UPDATE public.deployment_log SET status = 'failed', finished_at = clock_timestamp(), failed_file = $2, message = $3 \
         WHERE deployment_id = $1",
    )
    .bind(deployment_id)
    .bind(file)
    .bind(format!("line {line}: {message}"))
    .execute(connection)
    .await?;
    Ok(())
}

async fn report(
    connection: &mut PgConnection,
    deployment_id: i64,
    begun: Instant,
) -> Result<DeployReport, DeployError> {
    let (ran, message, role_mode): (sqlx::types::Json<Vec<String>>, String, String) = sqlx::query_as(
        "SELECT details -> 'ran', message, role_mode FROM public.deployment_log WHERE deployment_id = $1",
    )
    .bind(deployment_id)
    .fetch_one(connection)
    .await?;
    Ok(DeployReport { deployment_id, ran: ran.0, message, role_mode, elapsed: begun.elapsed() })
}
