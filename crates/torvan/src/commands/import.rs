//! `torvan import`: takes files into the catalogue, all or nothing.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use indicatif::{ProgressBar, ProgressStyle};
use torvan_engine::catalogue::{self, InputFile};
use torvan_store::inventory::{self, Finding, ImportMode, ImportReport};

use crate::output::{Column, Format, Grid, emit, or_blank, to_json};
use crate::{Globals, connection};

/// More findings than this are a matter for a spreadsheet.
const MOST_SHOWN: usize = 200;

/// What `torvan import` may be told.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Categories, assemblies, parts, components and codes from JSON, CSV or XLSX
    Catalog(CatalogArgs),
}

#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  torvan import catalog shared/catalog --dry-run
  torvan import catalog categories.csv subcategories.csv assemblies.csv parts.csv components.csv
  torvan import catalog catalogue.xlsx --format csv > findings.csv

Everything is imported or, when one row has an error, nothing. Ends with 1 if the import was refused.")]
struct CatalogArgs {
    /// Files, or folders with files that end in .json, .csv or .xlsx
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Say what would happen and change nothing
    #[arg(long, visible_alias = "preview")]
    dry_run: bool,
    /// List notes too, not only errors and warnings (table)
    #[arg(long)]
    notes: bool,
    /// How to show the report; csv lists the findings
    #[arg(long, value_enum, default_value_t)]
    format: Format,
}

/// Runs the command.
pub(crate) async fn run(args: Args, globals: Globals) -> anyhow::Result<ExitCode> {
    let What::Catalog(args) = args.what;
    let files = read_files(&args.paths)?;
    let (document, sources) = catalogue::read_files(&files);

    let progress = spinner(format!("{} rows: judging and merging", document.row_count()));
    let mode = if args.dry_run { ImportMode::Preview } else { ImportMode::Commit };
    let report = connection::retrying(&globals, async |context| {
        let report = inventory::import_catalogue(context, &document, &sources, mode).await?;
        // Also after a refusal: the findings are kept, the rows are not.
        Ok(report)
    })
    .await?;
    progress.finish_and_clear();

    match args.format {
        Format::Json => emit(&to_json(&report)?)?,
        Format::Csv => emit(&findings_grid(report.findings.iter()).to_csv()?)?,
        Format::Table => emit(&table(&report, args.notes)?)?,
    }
    Ok(if report.is_refused() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn read_files(paths: &[PathBuf]) -> anyhow::Result<Vec<InputFile>> {
    let places = paths.iter().map(|path| files_at(path)).collect::<anyhow::Result<Vec<_>>>()?.concat();
    let progress = ProgressBar::new(places.len() as u64)
        .with_style(ProgressStyle::with_template("{bar:40} {pos}/{len} files {msg}")?);
    let mut files = Vec::with_capacity(places.len());
    for path in places {
        let name = path
            .file_name()
            .map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
        progress.set_message(name.clone());
        let bytes = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        // Two folders may hold files of one name; findings must tell them apart.
        let is_taken = files.iter().any(|file: &InputFile| file.name == name);
        files.push(InputFile::new(if is_taken { path.display().to_string() } else { name }, bytes));
        progress.inc(1);
    }
    progress.finish_and_clear();
    Ok(files)
}

fn files_at(path: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let about = || format!("cannot read {}", path.display());
    if !fs::metadata(path).with_context(about)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(path).with_context(about)? {
        let entry = entry.with_context(about)?.path();
        let is_catalogue = entry.is_file() && catalogue::is_catalogue_file(&entry.to_string_lossy());
        if is_catalogue {
            files.push(entry);
        } else {
            eprintln!("{}: left out (not a .json, .csv or .xlsx file)", entry.display());
        }
    }
    if files.is_empty() {
        bail!("{} holds no file that ends in .json, .csv or .xlsx", path.display());
    }
    files.sort();
    Ok(files)
}

fn spinner(message: String) -> ProgressBar {
    let progress = ProgressBar::new_spinner().with_message(message);
    progress.enable_steady_tick(std::time::Duration::from_millis(100));
    progress
}

fn table(report: &ImportReport, with_notes: bool) -> anyhow::Result<String> {
    let mut text = String::new();
    let shown: Vec<&Finding> =
        report.findings.iter().filter(|found| with_notes || found.severity != "NOTE").collect();
    if !shown.is_empty() {
        text.push_str(&findings_grid(shown.iter().copied().take(MOST_SHOWN)).to_table());
    }
    if shown.len() > MOST_SHOWN {
        writeln!(text, "… and {} more: --format csv lists all of them.", shown.len() - MOST_SHOWN)?;
    }
    text.push_str(&summary_grid(report).to_table());
    let count = |severity: &str| report.findings.iter().filter(|found| found.severity == severity).count();
    let (errors, warnings, notes) = (count("ERROR"), count("WARNING"), count("NOTE"));
    let verdict = match report.state.as_str() {
        "COMMITTED" => "Imported",
        "PREVIEWED" => "Would be imported; nothing was changed",
        _ => "Refused; nothing was changed",
    };
    writeln!(
        text,
        "{verdict} (import {}): {errors} errors, {warnings} warnings, {notes} notes{}.",
        report.import_session_id,
        if notes > 0 && !with_notes { " (--notes shows them)" } else { "" }
    )?;
    Ok(text)
}

fn findings_grid<'a>(findings: impl Iterator<Item = &'a Finding>) -> Grid {
    let heads = ["severity", "file", "place", "field", "found", "expected", "message"];
    let mut grid = Grid::new(&heads.map(Column::Text));
    for found in findings {
        grid.row([
            &found.severity,
            &found.source,
            &found.location,
            &or_blank(found.field.as_ref()),
            &or_blank(found.found.as_ref()),
            &or_blank(found.expected.as_ref()),
            &found.message,
        ]);
    }
    grid
}

fn summary_grid(report: &ImportReport) -> Grid {
    let mut grid = Grid::new(&[
        Column::Text("rows"),
        Column::Figure("read"),
        Column::Figure("new"),
        Column::Figure("changed"),
        Column::Figure("unchanged"),
        Column::Figure("folded"),
        Column::Figure("refused"),
        Column::Figure("held"),
    ]);
    for (kind, n) in &report.summary {
        grid.row([kind, &n.read, &n.new, &n.changed, &n.unchanged, &n.folded, &n.refused, &n.held]);
    }
    grid
}
