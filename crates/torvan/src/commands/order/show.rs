//! `torvan order show`: everything about one order.

use std::fmt::Write as _;
use std::process::ExitCode;

use chrono::{DateTime, Utc};
use torvan_store::orders::{self, BuildRow, NextAction, OrderSheet};

use crate::output::{Column, Format, Grid, emit, or_blank, to_json};
use crate::{Globals, connection};

/// What `torvan order show` may be told.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  torvan order show TRV-2026-000001
  torvan --as sample.sales order show TRV-2026-000001 --format json

csv holds one line for each build.")]
pub(crate) struct Args {
    /// Number of the order
    #[arg(value_name = "ORDER")]
    order: String,
    /// How to show it
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Runs the command.
pub(crate) async fn run(args: Args, globals: &Globals) -> anyhow::Result<ExitCode> {
    let mut context = connection::begin(globals).await?;
    let order_id = orders::find(&mut context, &args.order).await?;
    let sheet = orders::sheet(&mut context, order_id).await?;
    context.rollback().await?;
    match args.format {
        Format::Json => emit(&to_json(&sheet)?)?,
        Format::Csv => emit(&builds_grid(&sheet.builds).to_csv()?)?,
        Format::Table => emit(&table(&sheet)?)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn table(sheet: &OrderSheet) -> anyhow::Result<String> {
    let mut text = head(sheet)?;
    let sections = [
        ("Builds", builds_grid(&sheet.builds)),
        ("Files", attachments_grid(sheet)),
        ("Notes", notes_grid(sheet)),
        ("History", history_grid(sheet)),
    ];
    let [builds, others @ ..] = &sections;
    section(&mut text, builds)?;
    next_steps(&mut text, &sheet.next_actions)?;
    for other in others {
        section(&mut text, other)?;
    }
    Ok(text)
}

fn section(text: &mut String, (title, grid): &(&str, Grid)) -> anyhow::Result<()> {
    if !grid.is_empty() {
        write!(text, "\n{title}\n{}", grid.to_table())?;
    }
    Ok(())
}

fn head(sheet: &OrderSheet) -> anyhow::Result<String> {
    let mut text = String::new();
    write!(text, "{}: {}", sheet.order_number, sheet.phase)?;
    if sheet.state != "ACTIVE" {
        write!(text, ", {} ({})", sheet.state, or_blank(sheet.state_reason.as_ref()))?;
    }
    writeln!(
        text,
        ", version {}, in this phase since {}",
        sheet.row_version,
        moment(sheet.phase_entered_at)
    )?;
    let late = if sheet.is_late { " LATE" } else { "" };
    let facts = [
        ("customer", format!("{} {}", sheet.customer_code, sheet.customer_name)),
        ("PO number", or_blank(sheet.po_number.as_ref())),
        ("project", or_blank(sheet.project_name.as_ref())),
        ("sales person", or_blank(sheet.sales_person.as_ref())),
        ("want date", sheet.want_date.map(|date| format!("{date}{late}")).unwrap_or_default()),
        ("language", sheet.language.clone()),
        ("family", sheet.family.clone()),
        ("sinks ordered", or_blank(sheet.quantity.as_ref())),
        ("notes", or_blank(sheet.notes.as_ref())),
    ];
    for (name, value) in facts.iter().filter(|(_, value)| !value.is_empty()) {
        writeln!(text, "  {name:<14} {value}")?;
    }
    Ok(text)
}

fn next_steps(text: &mut String, actions: &[NextAction]) -> anyhow::Result<()> {
    if actions.is_empty() {
        return Ok(());
    }
    writeln!(text, "\nNext steps")?;
    for action in actions {
        let allowed = if action.is_allowed { "" } else { " (not yours)" };
        let ready = if action.is_ready { "ready" } else { "blocked" };
        writeln!(text, "  {} {}: {}{allowed}, {ready}", action.action, action.to_phase, action.title)?;
        for blocker in &action.blockers {
            writeln!(text, "    - {}", blocker.message)?;
        }
    }
    Ok(())
}

fn builds_grid(builds: &[BuildRow]) -> Grid {
    let mut grid = Grid::new(&[
        Column::Text("build_number"),
        Column::Text("state"),
        Column::Text("step"),
        Column::Text("model"),
        Column::Figure("length_in"),
        Column::Figure("configuration"),
        Column::Text("valid"),
        Column::Figure("bom_id"),
        Column::Figure("revision"),
        Column::Text("bom_state"),
        Column::Figure("lines"),
        Column::Figure("unresolved"),
        Column::Cost("cost"),
        Column::Figure("uncosted"),
    ]);
    for build in builds {
        grid.row([
            &build.build_number,
            &build.state,
            &or_blank(build.sub_state.as_ref()),
            &or_blank(build.model.as_ref()),
            &or_blank(build.length_in.as_ref()),
            &or_blank(build.configuration_version.as_ref()),
            &build.configuration_valid.map_or("", |valid| if valid { "yes" } else { "no" }),
            &or_blank(build.bom_id.as_ref()),
            &or_blank(build.bom_revision.as_ref()),
            &or_blank(build.bom_state.as_ref()),
            &or_blank(build.bom_lines.as_ref()),
            &or_blank(build.bom_unresolved.as_ref()),
            &or_blank(build.bom_cost.as_ref()),
            &or_blank(build.bom_uncosted.as_ref()),
        ]);
    }
    grid
}

fn attachments_grid(sheet: &OrderSheet) -> Grid {
    let mut grid = Grid::new(&[
        Column::Figure("attachment"),
        Column::Text("kind"),
        Column::Text("file"),
        Column::Figure("version"),
        Column::Text("build"),
        Column::Text("approved by"),
    ]);
    for file in sheet.attachments.iter() {
        grid.row([
            &file.attachment_id,
            &file.kind,
            &file.file_name,
            &file.version,
            &or_blank(file.build_number.as_ref()),
            &or_blank(file.approved_by.as_ref()),
        ]);
    }
    grid
}

fn notes_grid(sheet: &OrderSheet) -> Grid {
    let mut grid = Grid::new(&[
        Column::Text("when"),
        Column::Text("who"),
        Column::Text("build"),
        Column::Text("note"),
        Column::Text("mark"),
    ]);
    for note in sheet.order_notes.iter() {
        let mark = if note.is_urgent { "urgent" } else { "" };
        grid.row([
            &moment(note.at),
            &or_blank(note.by.as_ref()),
            &or_blank(note.build_number.as_ref()),
            &note.body,
            &mark,
        ]);
    }
    grid
}

fn history_grid(sheet: &OrderSheet) -> Grid {
    let mut grid = Grid::new(&[
        Column::Text("when"),
        Column::Text("action"),
        Column::Text("from"),
        Column::Text("to"),
        Column::Text("who"),
        Column::Text("reason"),
    ]);
    for entry in sheet.history.iter() {
        grid.row([
            &moment(entry.at),
            &entry.action,
            &or_blank(entry.from_phase.as_ref()),
            &entry.to_phase,
            &entry.by,
            &or_blank(entry.reason.as_ref()),
        ]);
    }
    grid
}

fn moment(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}
