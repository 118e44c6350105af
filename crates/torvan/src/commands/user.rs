//! `torvan user`: accounts, for whoever runs the host.

use std::process::ExitCode;

use anyhow::Context as _;
use sqlx::{Connection as _, PgConnection, Postgres, Row as _, Transaction};
use torvan_store::StoreError;

use crate::output::emit;
use crate::{Globals, connection};

/// What `torvan user` may be told.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  torvan user bootstrap\n  torvan user bootstrap --login admin --recover\n  torvan user add ada.moore --name \"Ada Moore\" --role SALES_MANAGER --reason \"new in sales\"\n  torvan user reset ada.moore --reason \"lost her telephone\" --second-factor\n  torvan user access-review --format csv"
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
    /// Make an account with its roles; prints the code with which the person sets an own password
    #[command(
        after_help = "Example:\n  torvan user add ada.moore --name \"Ada Moore\" --initials AM --role SALES_MANAGER --reason \"new in sales\""
    )]
    Add(Added),
    /// Print a one-time code with which a person sets a new password; nobody sets one for another
    #[command(
        after_help = "Example:\n  torvan user reset ada.moore --reason \"lost her telephone\" --second-factor"
    )]
    Reset {
        /// Login of the account
        login: String,
        /// Why; it is kept with the security event
        #[arg(long)]
        reason: String,
        /// Take the second factor away too, since it is lost
        #[arg(long)]
        second_factor: bool,
    },
    /// List accounts with their roles and last use, for the periodic review
    AccessReview {
        /// How to print it
        #[arg(long, value_enum, default_value_t = Format::Csv)]
        format: Format,
    },
}

#[derive(Debug, clap::Args)]
struct Added {
    /// Name at sign-in: letters, digits and . _ @ -
    login: String,
    /// Printed name, as signatures show it
    #[arg(long)]
    name: String,
    /// Initials on checklists
    #[arg(long)]
    initials: Option<String>,
    /// Language of pages and messages: EN, FR or ES
    #[arg(long, default_value = "EN")]
    language: String,
    /// Role, once for each
    #[arg(long = "role", value_name = "ROLE")]
    roles: Vec<String>,
    /// Why; it is kept with the roles and the security events
    #[arg(long)]
    reason: String,
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
        Command::Add(added) => add(&globals, &added).await,
        Command::Reset { login, reason, second_factor } => {
            reset(&globals, &login, &reason, second_factor).await
        }
        Command::AccessReview { format } => access_review(&globals, format).await,
    }
}

async fn bootstrap(globals: &Globals, login: &str, recover: bool, minutes: i32) -> anyhow::Result<ExitCode> {
    let code = setup_code(globals, login, recover, minutes).await?;
    emit(&format!("{code}\n"))?;
    eprintln!("One-time setup code of {login}, good for {minutes} minutes. It is shown only here.");
    Ok(ExitCode::SUCCESS)
}

async fn add(globals: &Globals, added: &Added) -> anyhow::Result<ExitCode> {
    let mut session = connection::single(globals).await?;
    let mut work = begin(&mut session, globals).await?;
    let code = {
        sqlx::query("SELECT create_user($1, $2, $3, $4)")
            .bind(&added.login)
            .bind(&added.name)
            .bind(&added.initials)
            .bind(&added.language)
            .execute(&mut *work)
            .await
            .map_err(StoreError::from)?;
        for role in &added.roles {
            sqlx::query("SELECT grant_role($1, $2, p_reason => $3)")
                .bind(&added.login)
                .bind(role)
                .bind(&added.reason)
                .execute(&mut *work)
                .await
                .map_err(StoreError::from)?;
        }
        issued(&mut work, &added.login, &added.reason).await?
    };
    work.commit().await.map_err(StoreError::from)?;
    show_code(&code, &added.login)
}

async fn reset(
    globals: &Globals,
    login: &str,
    reason: &str,
    second_factor: bool,
) -> anyhow::Result<ExitCode> {
    let mut session = connection::single(globals).await?;
    let mut work = begin(&mut session, globals).await?;
    let code = {
        if second_factor {
            sqlx::query("SELECT reset_mfa($1, $2)")
                .bind(login)
                .bind(reason)
                .execute(&mut *work)
                .await
                .map_err(StoreError::from)?;
        }
        issued(&mut work, login, reason).await?
    };
    work.commit().await.map_err(StoreError::from)?;
    show_code(&code, login)
}

/// A transaction for the person whom the command acts for.
async fn begin<'a>(
    session: &'a mut PgConnection,
    globals: &Globals,
) -> anyhow::Result<Transaction<'a, Postgres>> {
    let mut work = session.begin().await.map_err(StoreError::from)?;
    if let Some(login) = globals.acting_as.as_deref().filter(|login| !login.is_empty()) {
        sqlx::query("SELECT begin_as($1, 'command line')")
            .bind(login)
            .execute(&mut *work)
            .await
            .map_err(StoreError::from)?;
    }
    Ok(work)
}

async fn issued(work: &mut PgConnection, login: &str, reason: &str) -> anyhow::Result<String> {
    let code = sqlx::query_scalar("SELECT issue_setup_code($1, $2)")
        .bind(login)
        .bind(reason)
        .fetch_one(&mut *work)
        .await;
    Ok(code.map_err(StoreError::from)?)
}

fn show_code(code: &str, login: &str) -> anyhow::Result<ExitCode> {
    emit(&format!("{code}\n"))?;
    eprintln!("One-time setup code of {login}. It is shown only here; give it to that person alone.");
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
    made.map_err(StoreError::from).map_err(Into::into)
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
