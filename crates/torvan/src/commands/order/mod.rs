//! `torvan order`: from the order form to delivery.

mod configure;
mod entry;
mod list;
mod show;
mod workflow;

use std::process::ExitCode;

use clap::Subcommand;

use crate::Globals;

/// What `torvan order` may be told.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Make an order with its builds
    New(entry::NewArgs),
    /// Change fields of the order form
    Change(entry::ChangeArgs),
    /// Add one sink to an order that is not yet submitted
    AddBuild(entry::AddBuildArgs),
    /// Configure builds: from a file, a product variant, or a copy of another build
    Configure(configure::Args),
    /// Show an order: builds, next steps and what blocks them, files, history
    Show(show::Args),
    /// List orders, newest first
    List(list::Args),
    /// Move an order one step along the workflow, or back
    Advance(workflow::AdvanceArgs),
    /// Move one sink a step along the workflow, from PRODUCTION on
    MoveBuild(workflow::MoveBuildArgs),
    /// State what goes to an external shop: the usual lines, or nothing
    Outsource(workflow::OutsourceArgs),
    /// Put an order on hold, with a reason
    Hold(workflow::HoldArgs),
    /// End a hold, with a reason
    Resume(workflow::ResumeArgs),
    /// Cancel an order, or one of its builds, with a reason
    Cancel(workflow::CancelArgs),
    /// Record carrier, tracking number and dispatch date
    Ship(workflow::ShipArgs),
    /// Record the date of delivery
    Deliver(workflow::DeliverArgs),
    /// Add a note
    Note(entry::NoteArgs),
    /// Record a file: its name, size and SHA-256
    Attach(entry::AttachArgs),
    /// Approve a recorded drawing or document
    ApproveAttachment(entry::ApproveAttachmentArgs),
    /// Confirm that the accessories were reviewed
    ReviewAccessories(entry::ReviewArgs),
}

/// Runs the command.
pub(crate) async fn run(args: Args, globals: Globals) -> anyhow::Result<ExitCode> {
    match args.action {
        Action::New(args) => entry::new(args, &globals).await,
        Action::Change(args) => entry::change(args, &globals).await,
        Action::AddBuild(args) => entry::add_build(args, &globals).await,
        Action::Configure(args) => configure::run(args, &globals).await,
        Action::Show(args) => show::run(args, &globals).await,
        Action::List(args) => list::run(args, &globals).await,
        Action::Advance(args) => workflow::advance(args, &globals).await,
        Action::MoveBuild(args) => workflow::move_build(args, &globals).await,
        Action::Outsource(args) => workflow::outsource(args, &globals).await,
        Action::Hold(args) => workflow::hold(args, &globals).await,
        Action::Resume(args) => workflow::resume(args, &globals).await,
        Action::Cancel(args) => workflow::cancel(args, &globals).await,
        Action::Ship(args) => workflow::ship(args, &globals).await,
        Action::Deliver(args) => workflow::deliver(args, &globals).await,
        Action::Note(args) => entry::note(args, &globals).await,
        Action::Attach(args) => entry::attach(args, &globals).await,
        Action::ApproveAttachment(args) => entry::approve_attachment(args, &globals).await,
        Action::ReviewAccessories(args) => entry::review_accessories(args, &globals).await,
    }
}
