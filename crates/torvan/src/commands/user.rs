//! `torvan user`: accounts, for whoever runs the host.

use std::process::ExitCode;

use anyhow::Context as _;
use sqlx::Row as _;

use crate::output::emit;
use crate::{Globals, connection};

/// What `torvan user` may be told.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  torvan user bootstrap\n  torvan user bootstrap --login admin --recover\n  torvan user access-review --format csv"
)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Print a one-time code with which the first Administrator sets an own password
    Bootstrap {
        /// Login of the Administrator
        #[arg(long, default_value = "admin")]
        login: String,
        /// Although an Administrator can sign in; all of them are told
        #[arg(long)]
        recover: bool,
        /// Minutes for which the code is good
        #[arg(long, default_value_t = 30, value_parser = clap::value_parser!(i32).range(1..=1440))]
        minutes: i32,
    },
    /// List accounts with their roles and last use, for the periodic review
    AccessReview {
        /// How to print it
        #[arg(long, value_enum, default_value_t = Format::Csv)]
        format: Format,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    Csv,
    Json,
}

/// Runs the command.
pub(crate) async fn run(args: Args, globals: Globals) -> anyhow::Result<ExitCode> {
    match args.command {
        Command::Bootstrap { login, recover, minutes } => bootstrap(&globals, &login, recover, minutes).await,
        Command::AccessReview { format } => access_review(&globals, format).await,
    }
}

async fn bootstrap(globals: &Globals, login: &str, recover: bool, minutes: i32) -> anyhow::Result<ExitCode> {
    let code = setup_code(globals, login, recover, minutes).await?;
    emit(&format!("{code}\n"))?;
    eprintln!("One-time setup code of {login}, good for {minutes} minutes. It is shown only here.");
    Ok(ExitCode::SUCCESS)
}

/// A setup code of the first Administrator.
pub(crate) async fn setup_code(
    globals: &Globals,
    login: &str,
    recover: bool,
    minutes: i32,
) -> anyhow::Result<String> {
    let mut session = connection::single(globals).await?;
    let made = sqlx::query_scalar("SELECT bootstrap_administrator($1, $2, $3)")
        .bind(login)
        .bind(recover)
        .bind(minutes)
        .fetch_one(&mut session)
        .await;
    made.map_err(torvan_store::StoreError::from).map_err(Into::into)
}

/// Whether an Administrator can sign in, so that no code is needed.
pub(crate) async fn has_administrator(globals: &Globals) -> anyhow::Result<bool> {
    let mut session = connection::single(globals).await?;
    Ok(sqlx::query_scalar("SELECT EXISTS (SELECT FROM working_administrators())")
        .fetch_one(&mut session)
        .await?)
}

async fn access_review(globals: &Globals, format: Format) -> anyhow::Result<ExitCode> {
    let mut session = connection::single(globals).await?;
    let rows = sqlx::query("SELECT to_jsonb(r)::text FROM v_access_review r ORDER BY login")
        .fetch_all(&mut session)
        .await?;
    let rows: Vec<serde_json::Map<String, serde_json::Value>> = rows
        .iter()
        .map(|row| serde_json::from_str(&row.get::<String, _>(0)).context("an account cannot be read"))
        .collect::<anyhow::Result<_>>()?;
    let text = match format {
        Format::Json => format!("{}\n", serde_json::to_string_pretty(&rows)?),
        Format::Csv => csv(&rows)?,
    };
    emit(&text)?;
    Ok(ExitCode::SUCCESS)
}

fn csv(rows: &[serde_json::Map<String, serde_json::Value>]) -> anyhow::Result<String> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    if let Some(first) = rows.first() {
        writer.write_record(first.keys())?;
    }
    for row in rows {
        writer.write_record(row.values().map(|value| match value {
            serde_json::Value::Null => String::new(),
            serde_json::Value::String(text) => text.clone(),
            other => other.to_string(),
        }))?;
    }
    Ok(String::from_utf8(writer.into_inner()?)?)
}
