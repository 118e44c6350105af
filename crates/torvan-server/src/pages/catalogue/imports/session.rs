//! The page of an import: what becomes of its rows, what there is to say of them, how its columns are read.

use std::collections::BTreeMap;

use askama::Template;
use axum::http::StatusCode;
use serde::Deserialize;
use torvan_engine::catalogue::{self, InputFile, Reading, Understood};
use torvan_store::Context;
use torvan_store::inventory::KindCounts;

use super::rows::Rows;
use super::{File, contents};
use crate::api::endpoint::ListSpec;
use crate::http::Answer;
use crate::http::problem::{CONFLICT, Problem};
use crate::identity::Answering;
use crate::incoming::{Incoming, not_signed_in};
use crate::pages::components::{Faults, Status, Summary, Tone};
use crate::pages::data;
use crate::pages::moment::Clock;
use crate::pages::once::fresh_key;
use crate::pages::page::{Me, Page, rendered};
use crate::pages::registers::{self, cell};
use crate::pages::way::{is, path_of};

const FINDINGS: ListSpec = ListSpec {
    relation: "import_findings",
    filters: &["import_session_id", "severity"],
    sorts: &["import_finding_id"],
    key: &[],
};
/// Findings of a kind that are shown.
const SHOWN: &str = "100";

#[derive(Debug, Deserialize)]
struct Finding {
    source: String,
    location: String,
    field: Option<String>,
    found: Option<String>,
    expected: Option<String>,
    message: String,
}

/// Findings of one kind.
#[derive(Debug)]
struct Group {
    status: Status,
    /// How many there are.
    count: String,
    /// All of them as a file, where not all are shown.
    all: Option<String>,
    findings: Vec<Finding>,
}

/// How a table of a file is understood.
#[derive(Debug)]
struct Table {
    title: String,
    /// Name of the field with what its rows are: `t.FILE.SHEET`.
    name: String,
    kinds: Vec<(String, String, bool)>,
    columns: Vec<Column>,
}

#[derive(Debug)]
struct Column {
    /// Name of its field: `h.FILE.HEAD`.
    name: String,
    head: String,
    /// Some of what stands below it.
    examples: String,
    /// The columns it can stand for; which one it does.
    options: Vec<(String, String, bool)>,
    is_known: bool,
}

#[derive(Debug, Template)]
#[template(path = "catalogue/import.html")]
struct SessionPage {
    page: Page,
    me: Me,
    state: Status,
    verdict: String,
    about: String,
    action: String,
    key: String,
    summary: Summary,
    files: Vec<File>,
    /// What kinds of rows there are: word of the kind, and of each outcome how many, with the way to those rows.
    kinds: Vec<(String, Vec<(String, String)>)>,
    rows: Rows,
    tables: Vec<Table>,
    groups: Vec<Group>,
    /// Whether its files are still there, so that it can be gone on with.
    is_open: bool,
    /// Whether it can be given up.
    may_withdraw: bool,
    may_commit: bool,
}

impl SessionPage {
    /// A column in words.
    fn called(&self, field: &str) -> String {
        registers::heading(&self.page, field)
    }
}

pub(in crate::pages::catalogue) fn show(incoming: Incoming) -> Answering {
    Box::pin(async move { page(&incoming, Faults::default(), StatusCode::OK).await })
}

pub(super) async fn page(incoming: &Incoming, faults: Faults, status: StatusCode) -> Answer {
    let (mut context, person) = incoming.look().await?;
    let session = super::session(&mut context, incoming).await?;
    let mut page = Page::signed_in(incoming, &mut context, &person, "imports-title").await?;
    let me = page.me.clone().ok_or_else(not_signed_in)?;
    let groups = groups(&mut context, &page, session.import_session_id).await?;
    let rows = Rows::read(&mut context, &page, incoming, &session).await?;
    let colleagues = cell::by_login(&mut context).await?;
    context.rollback().await?;
    let is_stored = session.is_open() && session.sources.iter().any(|file| file.content.is_some());
    let read = if is_stored { kept(incoming, &session.sources).await? } else { Vec::new() };
    page.title = page.tv("import-called", "number", session.import_session_id);
    let clock = Clock::now(page.words);
    let view = SessionPage {
        state: Status::pill(cell::tone_of(&session.state), cell::word(page.words, &session.state)),
        verdict: page.t(verdict(&session.state)),
        about: format!(
            "{}, {}",
            cell::whose(&colleagues, &session.created_by),
            clock.exact(session.created_at)
        ),
        action: path_of(incoming),
        key: fresh_key(),
        summary: faults.summary(page.t("summary-form")),
        tables: read.iter().enumerate().flat_map(|(place, input)| tables(&page, place, input)).collect(),
        is_open: !read.is_empty(),
        may_withdraw: session.is_open(),
        may_commit: !read.is_empty() && session.state == "PREVIEWED",
        kinds: kinds(&page, &path_of(incoming), &session.summary),
        files: session.sources,
        rows,
        groups,
        page,
        me,
    };
    rendered(&view, status)
}

/// Files to be looked at; those that are not kept any more are none.
async fn kept(incoming: &Incoming, files: &[File]) -> Result<Vec<InputFile>, Problem> {
    match contents(incoming, files).await {
        Err(problem) if is(&problem, CONFLICT) => Ok(Vec::new()),
        read => read,
    }
}

fn kinds(
    page: &Page,
    path: &str,
    summary: &BTreeMap<String, KindCounts>,
) -> Vec<(String, Vec<(String, String)>)> {
    let kind = |(kind, counts): (&String, &KindCounts)| {
        let ways = super::rows::counts(counts).into_iter().map(|(outcome, count)| {
            let way = if count == 0 { String::new() } else { super::rows::way(path, outcome, kind) };
            (page.number(count), way)
        });
        (cell::word(page.words, kind), ways.collect())
    };
    summary.iter().map(kind).collect()
}

fn verdict(state: &str) -> &'static str {
    match state {
        "COMMITTED" => "import-committed",
        "PREVIEWED" => "import-previewed",
        "WITHDRAWN" => "import-withdrawn",
        _ => "import-refused",
    }
}

async fn groups(context: &mut Context, page: &Page, session: i64) -> Result<Vec<Group>, Problem> {
    let session = session.to_string();
    let mut groups = Vec::new();
    for (severity, tone) in [("ERROR", Tone::Bad), ("WARNING", Tone::Warn), ("NOTE", Tone::Info)] {
        let of = [("filter[import_session_id]", session.as_str()), ("filter[severity]", severity)];
        let findings: Vec<Finding> =
            data::rows(context, &FINDINGS, &[of[0], of[1], ("limit", SHOWN)]).await?;
        if findings.is_empty() {
            continue;
        }
        let is_whole = findings.len().to_string() != SHOWN;
        let count = if is_whole {
            findings.len().to_string()
        } else {
            page.number(data::count(context, &FINDINGS, &of).await?)
        };
        let all =
            format!("/api/v1/import-sessions/{session}/findings?filter[severity]={severity}&format=csv");
        groups.push(Group {
            status: Status::new(tone, cell::word(page.words, severity)),
            count,
            all: (!is_whole).then_some(all),
            findings,
        });
    }
    Ok(groups)
}

/// What the heads of a file are taken for, as people name them.
pub(super) fn columns(input: &InputFile) -> BTreeMap<String, String> {
    let of = |table: Understood| {
        let named = table
            .heads
            .into_iter()
            .filter_map(move |head| Some((Reading::head(&table.sheet, &head.text), head.column?)));
        named.collect::<Vec<_>>()
    };
    catalogue::understood(input).into_iter().flat_map(of).collect()
}

fn tables(page: &Page, place: usize, input: &InputFile) -> Vec<Table> {
    catalogue::understood(input).into_iter().map(|table| table_of(page, place, input, table)).collect()
}

fn table_of(page: &Page, place: usize, input: &InputFile, understood: Understood) -> Table {
    let sheet = &understood.sheet;
    let column = |head: catalogue::Head| {
        let option = |column: &&'static str| {
            ((*column).to_owned(), registers::heading(page, column), head.column.as_deref() == Some(*column))
        };
        Column {
            name: format!("h.{place}.{}", Reading::head(sheet, &head.text)),
            options: understood.known.iter().map(option).collect(),
            is_known: head.column.is_some(),
            examples: head.examples.join(" · "),
            head: head.text,
        }
    };
    let heads = understood.heads.into_iter().filter(|head| !head.text.trim().is_empty());
    let kind = |table: &'static str| {
        (table.to_owned(), cell::word(page.words, table), understood.table == Some(table))
    };
    Table {
        title: if sheet.is_empty() { input.name.clone() } else { format!("{}, {sheet}", input.name) },
        name: format!("t.{place}.{sheet}"),
        kinds: catalogue::tables().map(kind).collect(),
        columns: heads.map(column).collect(),
    }
}
