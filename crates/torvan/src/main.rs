//! `torvan`: one binary, one file per command.
//!
//! A new command is a file in `commands/` with `Args` and `run`, a line in `commands/mod.rs`, and here a variant and its arm.

mod commands;
mod connection;
mod contents;
mod database_tls;
mod output;
mod parameters;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, Parser, Subcommand};

use commands::{bench, bom, catalog, db, doctor, documents, import, order, sample, serve, up, user};

/// Gives memory back: password hashes take 19 MiB each, which the system's allocator keeps for every thread that ever made one.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Torvan: from a customer's order to an approved bill of materials.
#[derive(Debug, Parser)]
#[command(
    name = "torvan",
    version,
    propagate_version = true,
    after_help = "Start here:\n  torvan doctor\n  torvan up"
)]
struct Cli {
    #[command(flatten)]
    globals: Globals,
    #[command(subcommand)]
    command: Command,
}

/// What every command may be told: a flag, else the environment.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Globals {
    /// Folder of the private cluster [default: /var/lib/torvan as root, else ~/.local/share/torvan]
    #[arg(
        long,
        global = true,
        env = "TORVAN_DATA_DIR",
        value_name = "FOLDER",
        help_heading = "Where the database is"
    )]
    pub data_dir: Option<PathBuf>,
    /// Another database than that of the private cluster: `postgres://user@host/database`
    #[arg(
        long,
        global = true,
        env = "TORVAN_DATABASE_URL",
        hide_env_values = true,
        value_name = "URL",
        help_heading = "Where the database is"
    )]
    pub database_url: Option<String>,
    /// Folder with `initdb`, `pg_ctl` and `postgres` [default: the newest server found, 15 or later]
    #[arg(
        long,
        global = true,
        env = "TORVAN_PG_BIN",
        value_name = "FOLDER",
        help_heading = "Where the database is"
    )]
    pub pg_bin: Option<PathBuf>,
    /// Login of the person who acts; steps that need a person are refused without one
    #[arg(long = "as", global = true, env = "TORVAN_AS", value_name = "LOGIN", help_heading = "Who acts")]
    pub acting_as: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run everything on this machine: private PostgreSQL, deployment, sample data, web server
    Up(up::Args),
    /// Run the web server alone
    Serve(serve::Args),
    /// Accounts: first setup code, access review
    User(user::Args),
    /// Deploy the database, look at it, verify it
    Db(db::Args),
    /// Explain what is missing on this machine
    Doctor(doctor::Args),
    /// Take files into the catalogue, all or nothing
    Import(import::Args),
    /// Find items, see what they are made of and where they go
    Catalog(catalog::Args),
    /// Preview, generate, read and approve bills of materials
    Bom(bom::Args),
    /// Make orders, configure their sinks, take them through their phases
    Order(order::Args),
    /// Check contents of files, move them to another place
    Documents(documents::Args),
    /// Take the sample data away
    Sample(sample::Args),
    /// Measure the product beside the bare work on this machine
    Bench(bench::Args),
}

#[tokio::main]
async fn main() -> ExitCode {
    let Cli { globals, command } = Cli::parse();
    if let Some(fault) = connection::url_fault(&globals) {
        Cli::command().error(ErrorKind::ValueValidation, fault).exit();
    }
    let outcome = match command {
        Command::Up(args) => up::run(args, globals).await,
        Command::Serve(args) => serve::run(args, globals).await,
        Command::User(args) => user::run(args, globals).await,
        Command::Db(args) => db::run(args, globals).await,
        Command::Doctor(args) => doctor::run(args, globals).await,
        Command::Import(args) => import::run(args, globals).await,
        Command::Catalog(args) => catalog::run(args, globals).await,
        Command::Bom(args) => bom::run(args, globals).await,
        Command::Order(args) => order::run(args, globals).await,
        Command::Documents(args) => documents::run(args, globals).await,
        Command::Sample(args) => sample::run(args, globals).await,
        Command::Bench(args) => bench::run(args, globals).await,
    };
    outcome.unwrap_or_else(|error| {
        let error = commands::in_our_words(error);
        eprintln!("error: {}", output::harmless(&in_one_line(&error)));
        ExitCode::FAILURE
    })
}

/// The error and its causes, each said once.
fn in_one_line(error: &anyhow::Error) -> String {
    error.chain().map(|cause| cause.to_string().replace('\n', " ")).fold(String::new(), |line, cause| {
        if line.is_empty() {
            cause
        } else if line.contains(&cause) {
            line
        } else {
            format!("{line}: {cause}")
        }
    })
}
