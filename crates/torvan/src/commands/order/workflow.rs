//! `torvan order advance|move-build|outsource|hold|resume|cancel|ship|deliver`: the way of an order through its phases.

use std::process::ExitCode;

use chrono::NaiveDate;
use clap::ValueEnum;
use torvan_store::orders::{self, HoldKind, OutsourcedBuild, Outsourcing, Step};
use torvan_store::{Context, StoreResult};

use crate::output::{Column, Format, Grid, emit, to_json};
use crate::{Globals, connection};

/// Why an order is on hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// Any other reason
    #[default]
    General,
    /// Quality
    Quality,
    /// Missing parts
    Parts,
}

impl From<Kind> for HoldKind {
    fn from(kind: Kind) -> Self {
        match kind {
            Kind::General => Self::General,
            Kind::Quality => Self::Quality,
            Kind::Parts => Self::Parts,
        }
    }
}

/// What every step may be told.
#[derive(Debug, clap::Args)]
struct StepArgs {
    /// Number of the order
    #[arg(value_name = "ORDER")]
    order: String,
    /// Version of the order that you saw; if it changed since, nothing is done
    #[arg(long, value_name = "N")]
    expected_version: Option<i32>,
    /// How to show where the order stands now
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// What `torvan order advance` may be told.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  torvan --as sample.sales order advance TRV-2026-000123
  torvan --as sample.production order advance TRV-2026-000123 --to CONFIGURATION --reason \"Length differs from the drawing\"")]
pub(crate) struct AdvanceArgs {
    #[command(flatten)]
    step: StepArgs,
    /// Phase to go to [default: the next one]
    #[arg(long, value_name = "PHASE")]
    to: Option<String>,
    /// Why; needed for a step back
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

/// What `torvan order hold` may be told.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  torvan --as sample.production order hold TRV-2026-000123 --kind parts --reason \"Lifting columns late\""
)]
pub(crate) struct HoldArgs {
    #[command(flatten)]
    step: StepArgs,
    /// What the hold is about
    #[arg(long, value_enum, default_value_t)]
    kind: Kind,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

/// What `torvan order resume` may be told.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  torvan --as sample.production order resume TRV-2026-000123 --reason \"Columns arrived\""
)]
pub(crate) struct ResumeArgs {
    #[command(flatten)]
    step: StepArgs,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

/// What `torvan order cancel` may be told.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  torvan --as sample.sales order cancel TRV-2026-000123 --reason \"Customer withdrew\"
  torvan --as sample.sales order cancel TRV-2026-000123 --build B-2 --reason \"One sink less\"")]
pub(crate) struct CancelArgs {
    #[command(flatten)]
    step: StepArgs,
    /// Only this build
    #[arg(long, value_name = "BUILD", conflicts_with = "expected_version")]
    build: Option<String>,
    /// Why
    #[arg(long, value_name = "TEXT")]
    reason: String,
}

/// What `torvan order move-build` may be told.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  torvan --as sample.production order move-build TRV-2026-000123 B-1 PRE_QC_READY
  torvan --as sample.quality order move-build TRV-2026-000123 B-1 QUALITY_CONTROL/READY --reason \"Damaged\"")]
pub(crate) struct MoveBuildArgs {
    /// Number of the order
    #[arg(value_name = "ORDER")]
    order: String,
    /// Number of the build
    #[arg(value_name = "BUILD")]
    build: String,
    /// Step of its phase, a phase, or both as PHASE/STEP
    #[arg(value_name = "TO")]
    to: String,
    /// Why, where the step asks for a reason
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

/// What `torvan order outsource` may be told.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  torvan --as sample.production order outsource TRV-2026-000123 --usual
  torvan --as sample.production order outsource TRV-2026-000123 --build B-2 --none --reason \"Legs from stock\"")]
pub(crate) struct OutsourceArgs {
    /// Number of the order
    #[arg(value_name = "ORDER")]
    order: String,
    /// Only this build
    #[arg(long, value_name = "BUILD")]
    build: Option<String>,
    /// The lines that always go out: legs and feet
    #[arg(long, conflicts_with = "none", required_unless_present = "none")]
    usual: bool,
    /// Nothing goes out
    #[arg(long)]
    none: bool,
    /// Why nothing goes out
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

/// What `torvan order ship` may be told.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  torvan --as sample.production order ship TRV-2026-000123 --carrier \"Nord Freight\" --tracking NF-1 --dispatched-on 2027-03-01"
)]
pub(crate) struct ShipArgs {
    /// Number of the order
    #[arg(value_name = "ORDER")]
    order: String,
    /// Carrier of the shipment
    #[arg(long, value_name = "NAME")]
    carrier: String,
    /// The carrier's tracking number
    #[arg(long, value_name = "NUMBER")]
    tracking: String,
    /// Date of dispatch
    #[arg(long, value_name = "YYYY-MM-DD")]
    dispatched_on: NaiveDate,
}

/// What `torvan order deliver` may be told.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Example:\n  torvan --as sample.service order deliver TRV-2026-000123 --delivered-on 2027-03-04"
)]
pub(crate) struct DeliverArgs {
    /// Number of the order
    #[arg(value_name = "ORDER")]
    order: String,
    /// Date of delivery
    #[arg(long, value_name = "YYYY-MM-DD")]
    delivered_on: NaiveDate,
}

/// Runs `torvan order ship`.
pub(crate) async fn ship(args: ShipArgs, globals: &Globals) -> anyhow::Result<ExitCode> {
    connection::retrying(globals, async |context| {
        let order_id = orders::find(context, &args.order).await?;
        orders::record_shipment(context, order_id, &args.carrier, &args.tracking, args.dispatched_on).await?;
        Ok(())
    })
    .await?;
    emit(&format!("{}: dispatch on {} by {} recorded\n", args.order, args.dispatched_on, args.carrier))?;
    Ok(ExitCode::SUCCESS)
}

/// Runs `torvan order deliver`.
pub(crate) async fn deliver(args: DeliverArgs, globals: &Globals) -> anyhow::Result<ExitCode> {
    connection::retrying(globals, async |context| {
        let order_id = orders::find(context, &args.order).await?;
        orders::record_delivery(context, order_id, args.delivered_on).await?;
        Ok(())
    })
    .await?;
    emit(&format!("{}: delivery on {} recorded\n", args.order, args.delivered_on))?;
    Ok(ExitCode::SUCCESS)
}

/// Runs `torvan order advance`.
pub(crate) async fn advance(args: AdvanceArgs, globals: &Globals) -> anyhow::Result<ExitCode> {
    let (to, reason) = (args.to.as_deref(), args.reason.as_deref());
    let expected = args.step.expected_version;
    take(&args.step, globals, async |context, order_id| {
        orders::advance(context, order_id, to, reason, expected).await
    })
    .await
}

/// Runs `torvan order hold`.
pub(crate) async fn hold(args: HoldArgs, globals: &Globals) -> anyhow::Result<ExitCode> {
    let expected = args.step.expected_version;
    take(&args.step, globals, async |context, order_id| {
        orders::hold(context, order_id, args.kind.into(), &args.reason, expected).await
    })
    .await
}

/// Runs `torvan order resume`.
pub(crate) async fn resume(args: ResumeArgs, globals: &Globals) -> anyhow::Result<ExitCode> {
    let expected = args.step.expected_version;
    take(&args.step, globals, async |context, order_id| {
        orders::resume(context, order_id, &args.reason, expected).await
    })
    .await
}

/// Runs `torvan order cancel`.
pub(crate) async fn cancel(args: CancelArgs, globals: &Globals) -> anyhow::Result<ExitCode> {
    let expected = args.step.expected_version;
    take(&args.step, globals, async |context, order_id| {
        let Some(build) = &args.build else {
            return orders::cancel(context, order_id, &args.reason, expected).await;
        };
        let build_id = orders::find_build(context, order_id, build).await?;
        orders::cancel_build(context, build_id, &args.reason).await?;
        orders::standing(context, order_id).await
    })
    .await
}

/// Runs `torvan order move-build`.
pub(crate) async fn move_build(args: MoveBuildArgs, globals: &Globals) -> anyhow::Result<ExitCode> {
    let place = connection::retrying(globals, async |context| {
        let order_id = orders::find(context, &args.order).await?;
        let build_id = orders::find_build(context, order_id, &args.build).await?;
        Ok(orders::move_build(context, build_id, &args.to, args.reason.as_deref()).await?)
    })
    .await?;
    emit(&format!("{}: {place}\n", args.build))?;
    Ok(ExitCode::SUCCESS)
}

/// Runs `torvan order outsource`.
pub(crate) async fn outsource(args: OutsourceArgs, globals: &Globals) -> anyhow::Result<ExitCode> {
    let stated = if args.usual { Outsourcing::Proposed } else { Outsourcing::None };
    let builds = connection::retrying(globals, async |context| {
        let order_id = orders::find(context, &args.order).await?;
        let build_id = match &args.build {
            Some(build) => Some(orders::find_build(context, order_id, build).await?),
            None => None,
        };
        Ok(orders::outsource(context, order_id, build_id, stated, args.reason.as_deref()).await?)
    })
    .await?;
    for OutsourcedBuild { build_number, lines } in builds {
        emit(&match stated {
            Outsourcing::Proposed => format!("{build_number}: {lines} line(s) go out\n"),
            Outsourcing::None => format!("{build_number}: nothing goes out\n"),
        })?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Takes a step with an order and shows where it stands then.
async fn take(
    args: &StepArgs,
    globals: &Globals,
    step: impl AsyncFn(&mut Context, i64) -> StoreResult<Step>,
) -> anyhow::Result<ExitCode> {
    let step = connection::retrying(globals, async |context| {
        let order_id = orders::find(context, &args.order).await?;
        Ok(step(context, order_id).await?)
    })
    .await?;
    show(&step, args.format)
}

fn show(step: &Step, format: Format) -> anyhow::Result<ExitCode> {
    let Step { order_number, phase, state, row_version } = step;
    match format {
        Format::Json => emit(&to_json(step)?)?,
        Format::Table => emit(&format!("{order_number}: {phase}, {state}, version {row_version}\n"))?,
        Format::Csv => {
            let mut grid = Grid::new(&[
                Column::Text("order_number"),
                Column::Text("phase"),
                Column::Text("state"),
                Column::Figure("row_version"),
            ]);
            grid.row([order_number, phase, state, row_version]);
            emit(&grid.to_csv()?)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
