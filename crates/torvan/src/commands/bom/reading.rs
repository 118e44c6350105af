//! `torvan bom show|explain|compare`: read stored BOMs.

use std::fmt::Write as _;
use std::process::ExitCode;

use serde::Serialize;
use torvan_store::bom::{self, BomHeader, BomSelector, Change, Explanation, LeafTotal, TreeLine};

use crate::output::{Column, Format, Grid, cost_in_words, counted, emit, or_blank, to_json, weight};
use crate::{Globals, connection};

/// A shared sub-assembly stands under each of its parents, so a tree may be far longer than its BOM.
const MAX_LINES: i32 = 5000;

/// What `torvan bom show` may be told.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  torvan bom show B-1
  torvan bom show B-1 --levels 5
  torvan bom show B-1@2 --leaves --format csv")]
pub(crate) struct ShowArgs {
    /// Build number, BUILD@REVISION, or number of a BOM
    #[arg(value_name = "BOM")]
    bom: BomSelector,
    /// Levels below the top lines
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(i32).range(0..=100), conflicts_with = "leaves")]
    levels: i32,
    /// The totals of all items without components
    #[arg(long)]
    leaves: bool,
    /// How to show it
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// What `torvan bom explain` may be told.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:\n  torvan bom explain B-1 T2-CTRL-EDR1")]
pub(crate) struct ExplainArgs {
    /// Build number, BUILD@REVISION, or number of a BOM
    #[arg(value_name = "BOM")]
    bom: BomSelector,
    /// Code of the item
    #[arg(value_name = "CODE")]
    code: String,
    /// How to show it
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// What `torvan bom compare` may be told.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:\n  torvan bom compare B-1 B-2\n  torvan bom compare B-1@1 B-1@2")]
pub(crate) struct CompareArgs {
    /// From this BOM
    #[arg(value_name = "A")]
    a: BomSelector,
    /// To this BOM
    #[arg(value_name = "B")]
    b: BomSelector,
    /// How to show it
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

#[derive(Serialize)]
struct Shown<'a, T> {
    bom: &'a BomHeader,
    #[serde(skip_serializing_if = "Option::is_none")]
    truncated: Option<bool>,
    lines: &'a [T],
}

/// Runs `torvan bom show`.
pub(crate) async fn show(args: ShowArgs, globals: &Globals) -> anyhow::Result<ExitCode> {
    let mut context = connection::begin(globals).await?;
    let bom_id = bom::find(&mut context, &args.bom).await?;
    let header = bom::header(&mut context, bom_id).await?;
    let (lines, truncated) = if args.leaves {
        (Lines::Leaves(bom::leaf_totals(&mut context, bom_id).await?), None)
    } else {
        // One line more than is shown tells whether something is left out.
        let mut tree = bom::tree(&mut context, bom_id, args.levels, MAX_LINES + 1).await?;
        let whole = usize::try_from(MAX_LINES)?;
        let truncated = tree.len() > whole;
        tree.truncate(whole);
        (Lines::Tree(tree), Some(truncated))
    };
    context.rollback().await?;

    match (args.format, &lines) {
        (Format::Json, Lines::Tree(lines)) => emit(&to_json(&Shown { bom: &header, truncated, lines })?)?,
        (Format::Json, Lines::Leaves(lines)) => emit(&to_json(&Shown { bom: &header, truncated, lines })?)?,
        (Format::Csv, lines) => emit(&lines.grid().to_csv()?)?,
        (Format::Table, lines) => emit(&format!("{}{}", headline(&header)?, lines.grid().to_table()))?,
    }
    if truncated == Some(true) {
        eprintln!("note: only the first {MAX_LINES} lines; --leaves has the totals of everything");
    }
    Ok(ExitCode::SUCCESS)
}

enum Lines {
    Tree(Vec<TreeLine>),
    Leaves(Vec<LeafTotal>),
}

impl Lines {
    fn grid(&self) -> Grid {
        match self {
            Self::Tree(lines) => tree_grid(lines),
            Self::Leaves(lines) => leaf_grid(lines),
        }
    }
}

fn tree_grid(lines: &[TreeLine]) -> Grid {
    let mut grid = Grid::new(&[
        Column::Text("line"),
        Column::Figure("depth"),
        Column::Text("code"),
        Column::Text("name"),
        Column::Figure("quantity_per"),
        Column::Figure("quantity"),
        Column::Text("unit"),
        Column::Text("because"),
    ]);
    for line in lines {
        let indent = "  ".repeat(usize::try_from(line.depth).unwrap_or_default());
        grid.row([
            &line.line,
            &line.depth,
            &format!("{indent}{}", line.code),
            &line.name,
            &line.quantity_per,
            &line.quantity,
            &line.unit,
            &or_blank(line.because.as_ref()),
        ]);
    }
    grid
}

fn leaf_grid(lines: &[LeafTotal]) -> Grid {
    let mut grid = Grid::new(&[
        Column::Text("code"),
        Column::Text("name"),
        Column::Figure("quantity"),
        Column::Text("unit"),
        Column::Cost("unit_cost"),
        Column::Text("finding"),
    ]);
    for line in lines {
        let finding = if line.is_unresolved { "not in the catalogue" } else { "" };
        grid.row([
            &line.code,
            &line.name,
            &line.quantity,
            &line.unit,
            &or_blank(line.unit_cost.as_ref()),
            &finding,
        ]);
    }
    grid
}

fn headline(bom: &BomHeader) -> anyhow::Result<String> {
    let mut text = String::new();
    let build = bom.build_number.as_deref().unwrap_or("a configuration without a build");
    write!(text, "BOM {} of {build}", bom.bom_id)?;
    if let Some(order) = &bom.order_number {
        write!(text, ", order {order}")?;
    }
    writeln!(text, ": revision {}, {}", bom.revision, bom.state)?;
    write!(text, "{} lines, {} different parts", bom.lines, bom.leaves)?;
    for (value, unit) in [(&bom.weight_kg, "kg"), (&bom.labour_hours, "h of assembly")] {
        if let Some(value) = value {
            write!(text, ", {} {unit}", weight(value))?;
        }
    }
    write!(text, ", {}", cost_in_words(bom.cost.as_ref(), usize::try_from(bom.uncosted)?))?;
    if bom.unresolved > 0 {
        write!(text, ", {} not in the catalogue", counted(usize::try_from(bom.unresolved)?, "code"))?;
    }
    writeln!(text, "\nrules {}, content {}", bom.rule_set, bom.content_hash)?;
    Ok(text)
}

/// Runs `torvan bom explain`.
pub(crate) async fn explain(args: ExplainArgs, globals: &Globals) -> anyhow::Result<ExitCode> {
    let mut context = connection::begin(globals).await?;
    let bom_id = bom::find(&mut context, &args.bom).await?;
    let explanations = bom::explain(&mut context, bom_id, &args.code).await?;
    context.rollback().await?;
    match args.format {
        Format::Json => emit(&to_json(&explanations)?)?,
        Format::Table => emit(&reasons_grid(&explanations).to_table())?,
        Format::Csv => emit(&reasons_grid(&explanations).to_csv()?)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn reasons_grid(explanations: &[Explanation]) -> Grid {
    let mut grid = Grid::new(&[
        Column::Figure("line"),
        Column::Text("code"),
        Column::Text("parent"),
        Column::Figure("quantity_per"),
        Column::Figure("quantity"),
        Column::Text("unit"),
        Column::Text("from"),
        Column::Text("because"),
    ]);
    for line in explanations {
        for reason in &line.reasons {
            let from = if line.parent.is_some() { reason.code.as_str() } else { "" };
            grid.row([
                &line.line,
                &line.code,
                &or_blank(line.parent.as_ref()),
                &line.quantity_per,
                &line.quantity,
                &line.unit,
                &from,
                &reason.because,
            ]);
        }
    }
    grid
}

/// Runs `torvan bom compare`.
pub(crate) async fn compare(args: CompareArgs, globals: &Globals) -> anyhow::Result<ExitCode> {
    let mut context = connection::begin(globals).await?;
    let a = bom::find(&mut context, &args.a).await?;
    let b = bom::find(&mut context, &args.b).await?;
    let changes = bom::compare(&mut context, a, b).await?;
    context.rollback().await?;
    match args.format {
        Format::Json => emit(&to_json(&changes)?)?,
        Format::Csv => emit(&change_grid(&changes).to_csv()?)?,
        Format::Table if changes.is_empty() => {
            emit(&format!("{} and {} have the same content.\n", args.a, args.b))?;
        }
        Format::Table => emit(&change_grid(&changes).to_table())?,
    }
    Ok(ExitCode::SUCCESS)
}

fn change_grid(changes: &[Change]) -> Grid {
    let mut grid = Grid::new(&[
        Column::Text("change"),
        Column::Text("parent"),
        Column::Text("code"),
        Column::Text("name"),
        Column::Figure("quantity_a"),
        Column::Figure("quantity_b"),
        Column::Text("unit"),
    ]);
    for line in changes {
        grid.row([
            &line.change,
            &or_blank(line.parent.as_ref()),
            &line.code,
            &line.name,
            &or_blank(line.quantity_a.as_ref()),
            &or_blank(line.quantity_b.as_ref()),
            &line.unit,
        ]);
    }
    grid
}
