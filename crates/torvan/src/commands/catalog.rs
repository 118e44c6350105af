//! `torvan catalog`: finds items, shows what they are made of and where they go.

use std::fmt::Write as _;
use std::process::ExitCode;

use chrono::{DateTime, Utc};
use serde::Serialize;
use torvan_store::Context;
use torvan_store::inventory::{self, ItemDetails, RollUp, SearchHit, SearchRequest, StructureLine, Use};

use crate::output::{Column, Format, Grid, cost, emit, or_blank, to_json, weight};
use crate::{Globals, connection};

/// What `torvan catalog` may be told.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
    /// How to show it
    #[arg(long, value_enum, default_value_t, global = true)]
    format: Format,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Find items by code, beginning of a code, or words
    #[command(
        after_help = "Examples:\n  torvan catalog search T2-BODY\n  torvan catalog search basin light --kind assembly"
    )]
    Search {
        /// Code or words
        #[arg(required = true)]
        words: Vec<String>,
        /// At most this many
        #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(i32).range(1..=1000))]
        limit: i32,
        /// Only assemblies or only parts
        #[arg(long, value_enum)]
        kind: Option<Kind>,
        /// Obsolete items too
        #[arg(long)]
        obsolete: bool,
    },
    /// The assemblies that an item goes into
    #[command(
        after_help = "Examples:\n  torvan catalog where-used T2-DL14-KIT\n  torvan catalog where-used 4995 --all"
    )]
    WhereUsed {
        /// Code, alias or short code
        code: String,
        /// Steps upwards
        #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(i32).range(1..))]
        levels: i32,
        /// All steps, up to the top
        #[arg(long, conflicts_with = "levels")]
        all: bool,
        /// At this instant instead of now
        #[arg(long, value_name = "RFC3339")]
        as_of: Option<DateTime<Utc>>,
    },
    /// An item: its facts, what it is made of, cost, weight and lead time
    #[command(
        after_help = "Examples:\n  torvan catalog show T2-BODY-48-60-HA\n  torvan catalog show 709.82 --levels 1 --format json"
    )]
    Show {
        /// Code, alias or short code
        code: String,
        /// Levels of the structure [default: all]
        #[arg(long, value_parser = clap::value_parser!(i32).range(1..))]
        levels: Option<i32>,
        /// At this instant instead of now
        #[arg(long, value_name = "RFC3339")]
        as_of: Option<DateTime<Utc>>,
    },
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Kind {
    Assembly,
    Part,
}

/// Everything that `show` knows of an item.
#[derive(Debug, Serialize)]
struct Shown {
    #[serde(flatten)]
    item: ItemDetails,
    roll_up: Option<RollUp>,
    structure: Vec<StructureLine>,
}

/// Runs the command.
pub(crate) async fn run(args: Args, globals: Globals) -> anyhow::Result<ExitCode> {
    let format = args.format;
    let mut context = connection::begin(&globals).await?;
    let is_found = match args.what {
        What::Search { words, limit, kind, obsolete } => {
            let request = SearchRequest {
                query: words.join(" "),
                max_results: limit,
                kinds: kind.map(|kind| vec![format!("{kind:?}").to_uppercase()]),
                include_obsolete: obsolete,
            };
            let hits = inventory::search(&mut context, &request).await?;
            show_rows(format, &hits, &hits_grid(&hits), "Nothing found.")?;
            !hits.is_empty()
        }
        What::WhereUsed { code, levels, all, as_of } => {
            let uses = inventory::where_used(&mut context, &code, as_of, (!all).then_some(levels)).await?;
            show_rows(format, &uses, &uses_grid(&uses), "It goes into no assembly.")?;
            true
        }
        What::Show { code, levels, as_of } => {
            let shown = shown(&mut context, &code, levels, as_of).await?;
            show_item(format, &shown)?;
            true
        }
    };
    context.rollback().await?;
    Ok(if is_found { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn show_rows<T: Serialize>(format: Format, rows: &[T], grid: &Grid, nothing: &str) -> anyhow::Result<()> {
    match format {
        Format::Json => emit(&to_json(&rows)?),
        Format::Csv => emit(&grid.to_csv()?),
        Format::Table if grid.is_empty() => {
            eprintln!("{nothing}");
            Ok(())
        }
        Format::Table => emit(&grid.to_table()),
    }
}

fn hits_grid(hits: &[SearchHit]) -> Grid {
    let mut grid =
        Grid::new(&["code", "name", "kind", "subcategory", "lifecycle", "matched by"].map(Column::Text));
    for hit in hits {
        grid.row([
            &hit.code,
            &hit.name,
            &hit.kind,
            &or_blank(hit.subcategory.as_ref()),
            &hit.lifecycle,
            &hit.matched_by,
        ]);
    }
    grid
}

fn uses_grid(uses: &[Use]) -> Grid {
    let mut grid = Grid::new(&[
        Column::Figure("level"),
        Column::Text("goes into"),
        Column::Text("name"),
        Column::Figure("revision"),
        Column::Figure("quantity"),
        Column::Figure("in total"),
        Column::Text("top level"),
    ]);
    for one in uses {
        grid.row([
            &one.level,
            &one.parent_code,
            &one.parent_name,
            &one.revision,
            &or_blank(one.quantity_per.as_ref()),
            &one.quantity_total,
            &if one.is_top_level { "yes" } else { "" },
        ]);
    }
    grid
}

async fn shown(
    context: &mut Context,
    code: &str,
    levels: Option<i32>,
    as_of: Option<DateTime<Utc>>,
) -> anyhow::Result<Shown> {
    let item = inventory::item_details(context, code).await?;
    if item.kind != "ASSEMBLY" {
        return Ok(Shown { item, roll_up: None, structure: Vec::new() });
    }
    let roll_up = Some(inventory::roll_up(context, code, as_of).await?);
    let structure = inventory::structure(context, code, as_of, levels).await?;
    Ok(Shown { item, roll_up, structure })
}

fn show_item(format: Format, shown: &Shown) -> anyhow::Result<()> {
    match format {
        Format::Json => emit(&to_json(shown)?),
        Format::Csv => emit(&structure_grid(&shown.structure, false).to_csv()?),
        Format::Table => emit(&item_text(shown)?),
    }
}

fn item_text(shown: &Shown) -> anyhow::Result<String> {
    let item = &shown.item;
    let mut text = format!("{}  {}\n", item.code, item.name);
    let place = item.subcategory_code.as_ref().map(|code| format!(" in {code}")).unwrap_or_default();
    writeln!(text, "{} {}{place}, counted in {}", item.lifecycle, item.kind.to_lowercase(), item.unit_code)?;
    if !item.other_codes.is_empty() {
        writeln!(text, "also known as {}", item.other_codes.join(", "))?;
    }
    if let Some(maker) = &item.manufacturer {
        writeln!(text, "made by {maker} {}", or_blank(item.manufacturer_part_number.as_ref()))?;
    }
    if let Some(sums) = &shown.roll_up {
        text.push_str(&sums_text(sums));
    }
    if !shown.structure.is_empty() {
        text.push_str(&structure_grid(&shown.structure, true).to_table());
    }
    Ok(text)
}

fn sums_text(sums: &RollUp) -> String {
    let lacking = |count: i64, what: &str| match count {
        0 => String::new(),
        n => format!(" (without {n} items whose {what} is unknown)"),
    };
    format!(
        "cost {}{}, weight {} kg{}, {} h of assembly, {} days lead time, {} lines on {} levels\n",
        cost(&sums.material_cost),
        lacking(sums.leaves_without_cost, "cost"),
        weight(&sums.weight_kg),
        lacking(sums.leaves_without_weight, "weight"),
        weight(&sums.labour_hours),
        sums.lead_time_days,
        sums.line_count,
        sums.depth
    )
}

fn structure_grid(lines: &[StructureLine], is_indented: bool) -> Grid {
    let mut grid = Grid::new(&[
        Column::Figure("level"),
        Column::Text("code"),
        Column::Text("name"),
        Column::Figure("quantity"),
        Column::Figure("in total"),
        Column::Text("unit"),
        Column::Text("note"),
    ]);
    for line in lines {
        let depth = usize::try_from(line.level - 1).unwrap_or_default();
        let indent = if is_indented { "  ".repeat(depth) } else { String::new() };
        grid.row([
            &line.level,
            &format!("{indent}{}", line.code),
            &line.name,
            &line.quantity_per,
            &line.quantity_total,
            &line.unit_code,
            &or_blank(line.note.as_ref()),
        ]);
    }
    grid
}
