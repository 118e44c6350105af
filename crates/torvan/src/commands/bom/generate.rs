//! `torvan bom generate`: generate and store BOMs.

use std::process::ExitCode;

use torvan_store::{bom, orders};

use crate::output::{Column, Format, Grid, emit, or_blank, to_json};
use crate::{Globals, connection};

/// What `torvan bom generate` may be told.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  torvan --as sample.sales bom generate B-1 B-2
  torvan --as sample.sales bom generate --order TRV-2026-000123 --format json")]
pub(crate) struct Args {
    /// Builds, by their numbers
    #[arg(value_name = "BUILD", required_unless_present = "order")]
    builds: Vec<String>,
    /// All active builds of this order
    #[arg(long, value_name = "ORDER", conflicts_with = "builds")]
    order: Option<String>,
    /// How to show it
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Runs the command.
pub(crate) async fn run(args: Args, globals: &Globals) -> anyhow::Result<ExitCode> {
    let made = connection::retrying(globals, async |context| {
        let Some(order) = &args.order else {
            return Ok(bom::generate_builds(context, &args.builds).await?);
        };
        let order_id = orders::find(context, order).await?;
        Ok(bom::generate_order(context, order_id).await?)
    })
    .await?;
    if made.is_empty() {
        anyhow::bail!("the order has no active build; mend: torvan order add-build ORDER BUILD");
    }
    match args.format {
        Format::Json => emit(&to_json(&made)?)?,
        Format::Table => emit(&grid(&made).to_table())?,
        Format::Csv => emit(&grid(&made).to_csv()?)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn grid(made: &[bom::Generated]) -> Grid {
    let mut grid = Grid::new(&[
        Column::Text("build_number"),
        Column::Figure("bom_id"),
        Column::Figure("revision"),
        Column::Text("state"),
        Column::Figure("lines"),
        Column::Figure("leaves"),
        Column::Figure("unresolved"),
        Column::Cost("cost"),
        Column::Figure("uncosted"),
        Column::Weight("weight_kg"),
        Column::Weight("labour_hours"),
        Column::Text("content_hash"),
    ]);
    for bom in made {
        grid.row([
            &bom.build_number,
            &bom.bom_id,
            &bom.revision,
            &bom.state,
            &bom.lines,
            &bom.leaves,
            &bom.unresolved,
            &or_blank(bom.cost.as_ref()),
            &bom.uncosted,
            &or_blank(bom.weight_kg.as_ref()),
            &or_blank(bom.labour_hours.as_ref()),
            &bom.content_hash,
        ]);
    }
    grid
}
