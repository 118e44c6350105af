//! `torvan bom`: preview, generate, read and approve bills of materials.

mod generate;
mod preview;
mod reading;
mod steps;

use std::process::ExitCode;

use clap::Subcommand;

use crate::Globals;

/// What `torvan bom` may be told.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Show what the BOMs of a parameter file would be; stores nothing
    Preview(preview::Args),
    /// Generate and store the BOMs of builds
    Generate(generate::Args),
    /// Show a stored BOM: as an indented tree, or its leaf totals
    Show(reading::ShowArgs),
    /// Say why an item is in a BOM: rules, conditions and the values that met them
    Explain(reading::ExplainArgs),
    /// List what is added, removed or changed from one BOM to another
    Compare(reading::CompareArgs),
    /// Submit BOMs for approval
    Submit(steps::SubmitArgs),
    /// Approve submitted BOMs; not by their author or submitter
    Approve(steps::ApproveArgs),
    /// Reject a submitted BOM, with a reason
    Reject(steps::RejectArgs),
    /// Release approved BOMs to production
    Release(steps::ReleaseArgs),
    /// Record the drawing of a custom part, which production waits for
    AttachDrawing(steps::AttachDrawingArgs),
}

/// Runs the command.
pub(crate) async fn run(args: Args, globals: Globals) -> anyhow::Result<ExitCode> {
    match args.action {
        Action::Preview(args) => preview::run(args, &globals).await,
        Action::Generate(args) => generate::run(args, &globals).await,
        Action::Show(args) => reading::show(args, &globals).await,
        Action::Explain(args) => reading::explain(args, &globals).await,
        Action::Compare(args) => reading::compare(args, &globals).await,
        Action::Submit(args) => steps::submit(args, &globals).await,
        Action::Approve(args) => steps::approve(args, &globals).await,
        Action::Reject(args) => steps::reject(args, &globals).await,
        Action::Release(args) => steps::release(args, &globals).await,
        Action::AttachDrawing(args) => steps::attach_drawing(args, &globals).await,
    }
}
