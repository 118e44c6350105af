//! `torvan db`: deploy the database, look at it, verify it.

use std::process::ExitCode;

use clap::{Subcommand, ValueEnum};
use comfy_table::{Table, presets};
use serde::Serialize;
use sqlx::Connection as _;
use torvan_deploy::{
    DeployOptions, DriftEntry, Pending, StatusReport, Tree, VerifyReport, deploy, status, verify,
};

use crate::{Globals, connection};

/// What `torvan db` may be told.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Deploy this release, or bring the database up to date
    #[command(
        after_help = "Examples:\n  torvan db deploy\n  torvan db deploy --database-url postgres://torvan_user@db/torvan_workflow --no-sample-data"
    )]
    Deploy {
        /// Leave the sample data out of a new database
        #[arg(long)]
        no_sample_data: bool,
        /// Make functions, views, triggers and grants anew even if their files are unchanged
        #[arg(long)]
        replace: bool,
    },
    /// Show the last deployments and what this release would add
    #[command(after_help = "Example:\n  torvan db status --format json")]
    Status {
        /// How to show it
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Prove that the database is what this release deploys: verify queries, changes by hand, pending files
    #[command(after_help = "Example:\n  torvan db verify && echo sound")]
    Verify {
        /// How to show it
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Format {
    #[default]
    Table,
    Json,
}

/// Runs the command.
pub(crate) async fn run(args: Args, globals: Globals) -> anyhow::Result<ExitCode> {
    let mut session = connection::single(&globals).await?;
    let tree = Tree::embedded();
    let code = match args.action {
        Action::Deploy { no_sample_data, replace } => {
            let options = DeployOptions { sample_data: no_sample_data.then_some(false), replace };
            let report = deploy(&mut session, &tree, options, |file| println!("{file}")).await?;
            println!("deployed in {:.1} s: {}", report.elapsed.as_secs_f64(), report.message);
            ExitCode::SUCCESS
        }
        Action::Status { format } => {
            let report = status(&mut session, &tree).await?;
            show(&report, format, show_status)?;
            ExitCode::SUCCESS
        }
        Action::Verify { format } => {
            let report = verify(&mut session, &tree).await?;
            show(&report, format, show_verification)?;
            if report.is_sound() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
        }
    };
    session.close().await?;
    Ok(code)
}

fn show<T: Serialize>(report: &T, format: Format, as_table: fn(&T)) -> anyhow::Result<()> {
    match format {
        Format::Table => as_table(report),
        Format::Json => println!("{}", serde_json::to_string_pretty(report)?),
    }
    Ok(())
}

fn show_status(report: &StatusReport) {
    if report.deployments.is_empty() {
        println!("never deployed; mend: torvan db deploy");
        return;
    }
    let mut table = new_table(&["deployment", "release", "status", "begun", "user", "roles", "message"]);
    for entry in &report.deployments {
        table.add_row([
            entry.deployment_id.to_string(),
            entry.version.clone(),
            entry.status.clone(),
            entry.created_at.clone(),
            entry.database_user.clone(),
            entry.role_mode.clone(),
            entry.failed_file.iter().chain(&entry.message).cloned().collect::<Vec<_>>().join(": "),
        ]);
    }
    println!("{table}");
    show_pending(&report.pending);
}

fn show_verification(report: &VerifyReport) {
    for file in &report.holding {
        println!("holds   {file}");
    }
    for finding in &report.broken {
        println!("BROKEN  {finding}");
    }
    show_drift(&report.drift);
    show_pending(&report.pending);
    if report.is_sound() {
        println!("The database is what this release deploys.");
    }
}

fn show_drift(drift: &[DriftEntry]) {
    if drift.is_empty() {
        return;
    }
    println!("changed by hand since the last deployment:");
    let mut table = new_table(&["change", "kind", "object"]);
    for entry in drift {
        table.add_row([&entry.change, &entry.kind, &entry.identity]);
    }
    println!("{table}");
}

fn show_pending(pending: &[Pending]) {
    if pending.is_empty() {
        return;
    }
    println!("not as in this release (mend: torvan db deploy):");
    for entry in pending {
        println!("  {}: {}", entry.file, entry.state);
    }
}

fn new_table(heads: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY).set_header(heads);
    table
}
