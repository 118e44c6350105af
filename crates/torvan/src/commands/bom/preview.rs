//! `torvan bom preview`: what the BOMs of a parameter file would be.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use torvan_store::bom::{self, Preview, PreviewSink};

use crate::output::{Column, Format, Grid, cost, cost_in_words, counted, emit, or_blank, to_json, weight};
use crate::parameters::{self, Language, verdict, violation_line, violations_table};
use crate::{Globals, connection};

/// What `torvan bom preview` may be told.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  torvan bom preview --parameters docs/examples/two-sinks.json
  torvan bom preview --parameters - --format json < order.json
  torvan bom preview --parameters order.json --leaves --format csv > parts.csv

The file holds {\"language\": \"EN\", \"sinks\": [{\"build_number\": \"B-1\", \"model\": \"T2-B1\", …}]}.
Ends with 1 if a sink has an error.")]
pub(crate) struct Args {
    /// File with language and sinks; - reads standard input
    #[arg(long, value_name = "FILE")]
    parameters: PathBuf,
    /// How to show it
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Language of the messages
    #[arg(long, value_enum, ignore_case = true, default_value_t)]
    language: Language,
    /// Show the totals of all items without components instead of the top lines (table, csv)
    #[arg(long)]
    leaves: bool,
}

/// Runs the command.
pub(crate) async fn run(args: Args, globals: &Globals) -> anyhow::Result<ExitCode> {
    let document = parameters::read(&args.parameters)?.to_string();
    let mut context = connection::begin(globals).await?;
    let preview = bom::preview(&mut context, &document, args.language.into()).await?;
    context.rollback().await?;

    match args.format {
        Format::Json => emit(&to_json(&preview)?)?,
        Format::Table => emit(&table(&preview, args.leaves)?)?,
        Format::Csv => {
            emit(&rows(&preview.sinks, args.leaves).to_csv()?)?;
            for sink in &preview.sinks {
                sink.violations.iter().for_each(|found| eprintln!("{}", violation_line(name(sink), found)));
            }
        }
    }
    Ok(if preview.valid { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn table(preview: &Preview, leaves: bool) -> anyhow::Result<String> {
    let mut text = String::new();
    for sink in &preview.sinks {
        writeln!(text, "{}: {}", name(sink), verdict(&sink.violations))?;
        text.push_str(&violations_table(&sink.violations));
        let lines = if leaves { leaf_grid(sink) } else { line_grid(sink) };
        if !lines.is_empty() {
            text.push_str(&lines.to_table());
        }
        text.push('\n');
    }
    writeln!(text, "{}", summary(preview))?;
    Ok(text)
}

fn summary(preview: &Preview) -> String {
    let order = &preview.order;
    let pieces = [
        Some(counted(order.sinks, "sink")),
        Some(counted(order.leaf_totals.len(), "different part")),
        order.weight_kg.as_ref().map(|kilograms| format!("{} kg", weight(kilograms))),
        order.labour_hours.as_ref().map(|hours| format!("{} h of assembly", weight(hours))),
        Some(cost_of(preview)),
        (!order.unresolved.is_empty())
            .then(|| format!("not in the catalogue: {}", order.unresolved.join(", "))),
    ];
    let pieces: Vec<String> = pieces.into_iter().flatten().collect();
    format!("In all: {}.", pieces.join(", "))
}

/// Sinks share parts, so that their counts of parts without a cost give no count for all.
fn cost_of(preview: &Preview) -> String {
    let uncosted = |sink: &PreviewSink| sink.totals.as_ref().map_or(0, |totals| totals.uncosted);
    match (preview.sinks.as_slice(), &preview.order.cost) {
        ([sink], cost) => cost_in_words(cost.as_ref(), uncosted(sink)),
        (sinks, Some(amount)) if sinks.iter().any(|sink| uncosted(sink) > 0) => {
            format!("cost {} (without parts of unknown cost)", cost(amount))
        }
        (_, cost) => cost_in_words(cost.as_ref(), 0),
    }
}

fn line_grid(sink: &PreviewSink) -> Grid {
    let mut grid = Grid::new(&[
        Column::Text("code"),
        Column::Text("name"),
        Column::Figure("quantity"),
        Column::Text("unit"),
        Column::Text("note"),
        Column::Text("because"),
    ]);
    for line in &sink.top_level {
        grid.row([
            &line.code,
            &line.name,
            &line.quantity,
            &line.unit,
            &or_blank(line.note.as_ref()),
            &line.because,
        ]);
    }
    grid
}

fn leaf_grid(sink: &PreviewSink) -> Grid {
    let mut grid = Grid::new(&[Column::Text("code"), Column::Figure("quantity")]);
    for (code, quantity) in &sink.leaf_totals {
        grid.row([code, quantity]);
    }
    grid
}

fn rows(sinks: &[PreviewSink], leaves: bool) -> Grid {
    if leaves {
        let mut grid =
            Grid::new(&[Column::Text("build_number"), Column::Text("code"), Column::Figure("quantity")]);
        for sink in sinks {
            sink.leaf_totals.iter().for_each(|(code, quantity)| grid.row([&name(sink), code, quantity]));
        }
        return grid;
    }
    let mut grid = Grid::new(&[
        Column::Text("build_number"),
        Column::Text("code"),
        Column::Text("name"),
        Column::Figure("quantity"),
        Column::Text("unit"),
        Column::Text("note"),
        Column::Text("because"),
    ]);
    for sink in sinks {
        for line in &sink.top_level {
            let note = or_blank(line.note.as_ref());
            grid.row([&name(sink), &line.code, &line.name, &line.quantity, &line.unit, &note, &line.because]);
        }
    }
    grid
}

fn name(sink: &PreviewSink) -> &str {
    sink.build_number.as_deref().unwrap_or("sink without a build number")
}
