//! `torvan sample`: the sample data.

use std::process::ExitCode;

use torvan_store::sample;

use crate::output::{emit, to_json};
use crate::{Globals, connection};

/// What `torvan sample` may be told.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Take the sample data out of the database
    #[command(
        after_help = "Example:\n  torvan sample remove\n\nItems, customers and people that real orders stand on stay, as ordinary data."
    )]
    Remove {
        /// The counts as JSON
        #[arg(long)]
        json: bool,
    },
}

/// Runs the command.
pub(crate) async fn run(args: Args, globals: Globals) -> anyhow::Result<ExitCode> {
    let What::Remove { json } = args.what;
    let report = connection::retrying(&globals, async |context| {
        let report = sample::remove(context).await?;
        Ok(report)
    })
    .await?;
    if json {
        emit(&to_json(&report)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let removed = &report.removed;
    emit(&format!(
        "Removed: {} orders, {} people, {} assemblies, {} parts. Kept, since real records stand on them: {} items.\n",
        removed.orders, removed.people, removed.assemblies, removed.parts, report.kept.items
    ))?;
    Ok(ExitCode::SUCCESS)
}
