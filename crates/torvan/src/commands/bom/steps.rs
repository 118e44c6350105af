//! `torvan bom submit|approve|reject|release|attach-drawing`: the way of a BOM to production.

use std::process::ExitCode;

use torvan_store::bom::{self, BomSelector};
use torvan_store::{Context, StoreResult};

use crate::output::emit;
use crate::{Globals, connection};

/// What `torvan bom submit` may be told.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  torvan --as sample.sales bom submit B-1 B-2")]
pub(crate) struct SubmitArgs {
    /// Build numbers, BUILD@REVISION, or numbers of BOMs
    #[arg(value_name = "BOM", required = true)]
    boms: Vec<BomSelector>,
}

/// What `torvan bom approve` may be told.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  torvan --as sample.production bom approve B-1 --note \"Checked against drawing and PO\""
)]
pub(crate) struct ApproveArgs {
    /// Build numbers, BUILD@REVISION, or numbers of BOMs
    #[arg(value_name = "BOM", required = true)]
    boms: Vec<BomSelector>,
    /// Note of the decision
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
}

/// What `torvan bom reject` may be told.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  torvan --as sample.production bom reject B-1 --reason \"Drawing shows 84 in\""
)]
pub(crate) struct RejectArgs {
    /// Build number, BUILD@REVISION, or number of a BOM
    #[arg(value_name = "BOM")]
    bom: BomSelector,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

/// What `torvan bom release` may be told.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  torvan --as sample.production bom release B-1")]
pub(crate) struct ReleaseArgs {
    /// Build numbers, BUILD@REVISION, or numbers of BOMs
    #[arg(value_name = "BOM", required = true)]
    boms: Vec<BomSelector>,
}

/// What `torvan bom attach-drawing` may be told.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  torvan --as sample.production bom attach-drawing 720.215.001 --reference DWG-4711"
)]
pub(crate) struct AttachDrawingArgs {
    /// Number of the custom part
    #[arg(value_name = "NUMBER")]
    number: String,
    /// Number or file of the drawing
    #[arg(long, value_name = "TEXT")]
    reference: String,
}

/// Runs `torvan bom attach-drawing`.
pub(crate) async fn attach_drawing(args: AttachDrawingArgs, globals: &Globals) -> anyhow::Result<ExitCode> {
    connection::retrying(globals, async |context| {
        bom::attach_drawing(context, &args.number, &args.reference).await?;
        Ok(())
    })
    .await?;
    emit(&format!("{}: drawing {} recorded\n", args.number, args.reference))?;
    Ok(ExitCode::SUCCESS)
}

/// Runs `torvan bom submit`.
pub(crate) async fn submit(args: SubmitArgs, globals: &Globals) -> anyhow::Result<ExitCode> {
    take(&args.boms, "submitted", globals, async |context, bom_id| bom::submit(context, bom_id).await).await
}

/// Runs `torvan bom approve`.
pub(crate) async fn approve(args: ApproveArgs, globals: &Globals) -> anyhow::Result<ExitCode> {
    let note = args.note.as_deref();
    take(&args.boms, "approved", globals, async |context, bom_id| bom::approve(context, bom_id, note).await)
        .await
}

/// Runs `torvan bom reject`.
pub(crate) async fn reject(args: RejectArgs, globals: &Globals) -> anyhow::Result<ExitCode> {
    let reason = &args.reason;
    take(&[args.bom], "rejected", globals, async |context, bom_id| bom::reject(context, bom_id, reason).await)
        .await
}

/// Runs `torvan bom release`.
pub(crate) async fn release(args: ReleaseArgs, globals: &Globals) -> anyhow::Result<ExitCode> {
    take(&args.boms, "released", globals, async |context, bom_id| bom::release(context, bom_id).await).await
}

/// Takes a step with each BOM, all or none: one refusal undoes the whole command.
async fn take(
    boms: &[BomSelector],
    done: &str,
    globals: &Globals,
    step: impl AsyncFn(&mut Context, i64) -> StoreResult<()>,
) -> anyhow::Result<ExitCode> {
    connection::retrying(globals, async |context| {
        for bom in boms {
            let bom_id = bom::find(context, bom).await?;
            step(context, bom_id).await?;
        }
        Ok(())
    })
    .await?;
    for bom in boms {
        emit(&format!("{bom}: {done}\n"))?;
    }
    Ok(ExitCode::SUCCESS)
}
