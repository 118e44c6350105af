//! `torvan documents`: contents of files, for whoever runs the host.

use std::process::ExitCode;

use indicatif::ProgressBar;
use serde::Serialize;
use torvan_server::contents::checking::{Checked, Finding, What as Wrong, check};
use torvan_server::contents::moving::{Left, Moved, move_all};
use torvan_store::Store;

use crate::contents::Places;
use crate::output::{Column, Format, Grid, counted, emit, or_blank, to_json};
use crate::{Globals, connection};

/// What `torvan documents` may be told.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    /// Read every content of a file again and compare it with its hash; list objects that belong to none
    #[command(
        after_help = "Examples:\n  torvan documents check\n  torvan documents check --contents file:///srv/torvan/contents --format csv\n\nEnds with 1 when something is wrong. Objects that uploads leave behind are removed by the server within minutes and are no finding."
    )]
    Check {
        #[command(flatten)]
        places: Places,
        /// How to show it; csv lists the findings
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
    /// Move every content to another place, one after the other; broken off, the same command goes on
    #[command(
        after_help = "Examples:\n  torvan documents move --to s3://plant-files/torvan --contents-credentials /etc/torvan/s3\n  torvan documents move --to in-database --contents file:///srv/torvan/contents\n\nTell the server of both places first: --contents NEW,OLD. It removes the former objects ten minutes later, so name the old place until then. Ends with 1 when a content was damaged before and stays where it is."
    )]
    Move {
        /// Where to: in-database, `file:///FOLDER` or `s3://BUCKET/PREFIX`
        #[arg(long, value_name = "URL")]
        to: String,
        #[command(flatten)]
        places: Places,
        /// How to show it; csv lists what stays
        #[arg(long, value_enum, default_value_t)]
        format: Format,
    },
}

/// One line of a report.
#[derive(Debug, Serialize)]
struct Line {
    document_content_id: Option<i64>,
    storage: &'static str,
    object_key: Option<String>,
    finding: String,
}

impl From<Finding> for Line {
    fn from(found: Finding) -> Self {
        let finding = match found.what {
            Wrong::Missing => "missing".to_owned(),
            Wrong::Damaged(how) => format!("damaged: {how}"),
            Wrong::Orphan => "belongs to no content".to_owned(),
        };
        let document_content_id = found.document_content_id;
        Self { document_content_id, storage: found.storage.code(), object_key: found.object_key, finding }
    }
}

impl From<Left> for Line {
    fn from(left: Left) -> Self {
        Self {
            document_content_id: Some(left.document_content_id),
            storage: left.storage.code(),
            object_key: None,
            finding: left.fault.to_string(),
        }
    }
}

#[derive(Debug, Serialize)]
struct CheckReport {
    contents: u64,
    bytes: u64,
    objects: u64,
    findings: Vec<Line>,
}

#[derive(Debug, Serialize)]
struct MoveReport {
    to: String,
    moved: u64,
    bytes: u64,
    left: Vec<Line>,
}

/// Runs the command.
pub(crate) async fn run(args: Args, globals: Globals) -> anyhow::Result<ExitCode> {
    match args.what {
        What::Check { places, format } => run_check(&places, format, &globals).await,
        What::Move { to, places, format } => run_move(&to, &places, format, &globals).await,
    }
}

async fn run_check(places: &Places, format: Format, globals: &Globals) -> anyhow::Result<ExitCode> {
    let contents = places.open()?;
    let store = Store::from_pool(connection::pool(globals).await?);
    let progress = spinner();
    let told = |done: &Checked| {
        progress.set_message(format!("{} contents, {} objects", done.contents, done.objects));
    };
    let checked = check(&store, &contents, told).await;
    progress.finish_and_clear();
    let Checked { contents, bytes, objects, findings } = checked?;
    let findings: Vec<Line> = findings.into_iter().map(Line::from).collect();
    let report = CheckReport { contents, bytes, objects, findings };
    let summary = format!(
        "{contents} contents ({}) were read, {objects} objects listed: {}.\n",
        megabytes(bytes),
        if report.findings.is_empty() {
            "all right".to_owned()
        } else {
            counted(report.findings.len(), "finding")
        }
    );
    show(&report, &report.findings, &summary, format)?;
    Ok(code(&report.findings))
}

async fn run_move(to: &str, places: &Places, format: Format, globals: &Globals) -> anyhow::Result<ExitCode> {
    let contents = places.open_behind(to)?;
    let store = Store::from_pool(connection::pool(globals).await?);
    contents.prove(&store).await?;
    let progress = spinner();
    let told =
        |done: &Moved| progress.set_message(format!("{} moved, {}", done.moved, megabytes(done.bytes)));
    let done = move_all(&store, &contents, told).await;
    progress.finish_and_clear();
    let Moved { moved, bytes, left } = done?;
    let left: Vec<Line> = left.into_iter().map(Line::from).collect();
    let report = MoveReport { to: to.to_owned(), moved, bytes, left };
    let summary = format!(
        "{moved} contents ({}) were moved to {to}; {}.\n",
        megabytes(bytes),
        if report.left.is_empty() {
            "nothing is left elsewhere".to_owned()
        } else {
            counted(report.left.len(), "damaged one") + " left"
        }
    );
    show(&report, &report.left, &summary, format)?;
    Ok(code(&report.left))
}

fn show(report: &impl Serialize, lines: &[Line], summary: &str, format: Format) -> anyhow::Result<()> {
    match format {
        Format::Json => emit(&to_json(report)?),
        Format::Csv => emit(&grid(lines).to_csv()?),
        Format::Table if lines.is_empty() => emit(summary),
        Format::Table => emit(&(grid(lines).to_table() + summary)),
    }
}

fn grid(lines: &[Line]) -> Grid {
    let mut grid = Grid::new(&[
        Column::Figure("content"),
        Column::Text("storage"),
        Column::Text("object"),
        Column::Text("finding"),
    ]);
    for line in lines {
        let content = or_blank(line.document_content_id.as_ref());
        grid.row([&content, &line.storage, &or_blank(line.object_key.as_ref()), &line.finding]);
    }
    grid
}

fn code(lines: &[Line]) -> ExitCode {
    if lines.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// To a tenth, without floating point.
fn megabytes(bytes: u64) -> String {
    let tenths = bytes / 100_000;
    format!("{}.{} MB", tenths / 10, tenths % 10)
}

fn spinner() -> ProgressBar {
    let progress = ProgressBar::new_spinner();
    progress.enable_steady_tick(std::time::Duration::from_millis(100));
    progress
}
