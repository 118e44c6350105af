//! Imports of the catalogue: files are read by the engine, their columns named where they are called otherwise, their rows judged by
//! the database; everything is taken in, or nothing. A session keeps which files it was made from, so that it can be gone on with.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use torvan_engine::catalogue::{self, InputFile};
use torvan_store::Context;
use torvan_store::inventory::{KindCounts, import_place};

use super::missing;
use crate::api::endpoint::ListSpec;
use crate::http::Answer;
use crate::http::problem::{CONFLICT, FieldFault, INVALID, Problem};
use crate::identity::Answering;
use crate::incoming::{Incoming, not_signed_in};
use crate::pages::components::{Faults, FilePick, Status, Summary, Tone};
use crate::pages::data;
use crate::pages::documents::file_pick;
use crate::pages::moment::Clock;
use crate::pages::once::{Once, fresh_key};
use crate::pages::page::{Me, Page, rendered};
use crate::pages::registers::{self, cell};
use crate::pages::way::{is, path_of, to};

const FINDINGS: ListSpec = ListSpec {
    relation: "import_findings",
    filters: &["import_session_id", "severity"],
    sorts: &["import_finding_id"],
    key: &[],
};
/// Findings of a kind that are shown.
const SHOWN: &str = "100";
/// Most files of a session.
const MAX_FILES: usize = 20;

/// A file of a session.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
struct File {
    name: String,
    bytes: usize,
    sha256: String,
    rows: usize,
    /// Its stored content; none of a file that came another way.
    content: Option<i64>,
    /// Heads of the file that stand for columns of another name.
    heads: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
struct Session {
    import_session_id: i64,
    state: String,
    sources: Vec<File>,
    summary: BTreeMap<String, KindCounts>,
    created_by: String,
    created_at: chrono::DateTime<chrono::Utc>,
}

#[derive(Debug, Deserialize)]
struct Finding {
    source: String,
    location: String,
    field: Option<String>,
    found: Option<String>,
    expected: Option<String>,
    message: String,
}

/// How the head of a file is understood.
#[derive(Debug)]
struct Table {
    file: String,
    kind: Option<String>,
    columns: Vec<Column>,
}

#[derive(Debug)]
struct Column {
    /// Name of its field: `h.FILE.HEAD`.
    name: String,
    head: String,
    /// The columns it can stand for; which one it does.
    options: Vec<(String, String, bool)>,
    is_known: bool,
}

impl SessionPage {
    /// A column in words.
    fn called(&self, field: &str) -> String {
        registers::heading(&self.page, field)
    }
}

/// Findings of one kind.
#[derive(Debug)]
struct Group {
    status: Status,
    findings: Vec<Finding>,
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
    kinds: Vec<(String, KindCounts)>,
    tables: Vec<Table>,
    groups: Vec<Group>,
    /// Whether its files are still there, so that it can be gone on with.
    is_open: bool,
    may_commit: bool,
}

#[derive(Debug, Template)]
#[template(path = "catalogue/import_new.html")]
struct NewPage {
    page: Page,
    me: Me,
    key: String,
    summary: Summary,
    file: FilePick,
}

pub(super) fn ask(incoming: Incoming) -> Answering {
    Box::pin(async move { new_page(&incoming, Faults::default(), StatusCode::OK).await })
}

async fn new_page(incoming: &Incoming, faults: Faults, status: StatusCode) -> Answer {
    let (mut context, person) = incoming.look().await?;
    let page = Page::signed_in(incoming, &mut context, &person, "import-new").await?;
    context.rollback().await?;
    let me = page.me.clone().ok_or_else(not_signed_in)?;
    let summary = faults.summary(page.t("summary-form"));
    let file = file_pick(&page, None, None).several(page.t("import-files"), ".csv,.xlsx,.json");
    rendered(&NewPage { page, me, key: fresh_key(), summary, file }, status)
}

/// Files that a form names: their contents were stored before.
fn sent_files(incoming: &Incoming) -> Vec<File> {
    let contents = incoming.form.all("content").filter_map(|text| text.parse::<i64>().ok());
    let names = incoming.form.all("file_name").map(str::to_owned);
    let file = |(content, name)| File { name, content: Some(content), ..File::default() };
    contents.zip(names).take(MAX_FILES).map(file).collect()
}

/// Why these files are no import: their findings, heads and rows are told apart by the files' names.
fn refused(page: &Page, files: &[File]) -> Option<String> {
    if files.is_empty() {
        return Some(page.t("import-no-files"));
    }
    let mut names = BTreeSet::new();
    let twice = files.iter().find(|file| !names.insert(file.name.as_str()))?;
    Some(page.tv("import-same-name", "name", twice.name.clone()))
}

pub(super) fn begin(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let files = sent_files(&incoming);
        if let Some(fault) = refused(&Page::open(&incoming, None, "import-new"), &files) {
            return new_page(&incoming, Faults::whole(fault), StatusCode::UNPROCESSABLE_ENTITY).await;
        }
        match judged(&incoming, files, false).await {
            Ok(place) => Ok(to(&place)),
            Err(problem) if is(&problem, INVALID) || is(&problem, CONFLICT) => {
                let status = problem.kind().status;
                new_page(&incoming, Faults::whole(problem.told()), status).await
            }
            Err(problem) => Err(problem),
        }
    })
}

/// Reads files, lets the database judge them, and take them in where that is asked for; leads to the session.
async fn judged(incoming: &Incoming, files: Vec<File>, is_commit: bool) -> Result<String, Problem> {
    let read = contents(incoming, &files).await?;
    let named: Vec<InputFile> =
        read.iter().zip(&files).map(|(input, file)| catalogue::with_heads(input, &pairs(file))).collect();
    let (document, sources) = catalogue::read_files(&named);
    let known = |name: &str| files.iter().find(|file| file.name == name);
    let sources: Vec<File> = sources
        .into_iter()
        .map(|source| {
            let file = known(&source.name).cloned().unwrap_or_default();
            File { name: source.name, bytes: source.bytes, sha256: source.sha256, rows: source.rows, ..file }
        })
        .collect();
    let value = |made: Result<Value, serde_json::Error>| made.map_err(|error| crate::identity::fault(&error));
    let mut given = Map::new();
    given.insert("document".to_owned(), value(serde_json::to_value(&document))?);
    given.insert("sources".to_owned(), value(serde_json::to_value(&sources))?);
    given.insert("commit".to_owned(), is_commit.into());
    let (mut context, _) = incoming.enter().await?;
    let once = Once::of(incoming)?;
    if let Some(place) = once.begin(&mut context).await? {
        return Ok(place);
    }
    let made: Vec<i64> = data::found(&mut context, "import_catalogue", given).await?;
    let place = format!("/import-sessions/{}", made.first().copied().unwrap_or_default());
    once.finish(&mut context, &place).await?;
    context.commit().await?;
    Ok(place)
}

fn pairs(file: &File) -> Vec<(String, String)> {
    file.heads.iter().map(|(head, column)| (head.clone(), column.clone())).collect()
}

/// The bytes of files that were stored; a file that is gone must be chosen again.
async fn contents(incoming: &Incoming, files: &[File]) -> Result<Vec<InputFile>, Problem> {
    let mut read = Vec::with_capacity(files.len());
    for file in files {
        let (mut context, _) = incoming.look().await?;
        let place = match file.content {
            Some(stored) => import_place(&mut context, stored).await?,
            None => None,
        };
        context.rollback().await?;
        let place = place.ok_or_else(|| {
            Problem::new(CONFLICT, format!("{} is not kept any more.", file.name))
                .hint("Choose the files again.")
        })?;
        let bytes = incoming.app.settings().contents.bytes(place).await;
        let bytes = bytes.map_err(|fault| crate::documents::failed(&fault))?;
        read.push(InputFile { name: file.name.clone(), bytes });
    }
    Ok(read)
}

/// The same where it is only looked at: files that are not kept any more are none.
async fn kept(incoming: &Incoming, files: &[File]) -> Result<Vec<InputFile>, Problem> {
    match contents(incoming, files).await {
        Err(problem) if is(&problem, CONFLICT) => Ok(Vec::new()),
        read => read,
    }
}

fn key(incoming: &Incoming) -> Result<(), Problem> {
    let name = "import_session_id";
    let number = incoming.path_value(name).and_then(|text| text.parse::<i64>().ok());
    number.map(|_| ()).ok_or_else(|| {
        Problem::invalid(vec![FieldFault::parameter(name, format!("\"{name}\" is not a whole number."))])
    })
}

async fn session(context: &mut Context, incoming: &Incoming) -> Result<Session, Problem> {
    key(incoming)?;
    data::one(context, "import_sessions", &incoming.path).await?.ok_or_else(missing)
}

pub(super) fn show(incoming: Incoming) -> Answering {
    Box::pin(async move { session_page(&incoming, Faults::default(), StatusCode::OK).await })
}

async fn session_page(incoming: &Incoming, faults: Faults, status: StatusCode) -> Answer {
    let (mut context, person) = incoming.look().await?;
    let session = session(&mut context, incoming).await?;
    let mut page = Page::signed_in(incoming, &mut context, &person, "imports-title").await?;
    let me = page.me.clone().ok_or_else(not_signed_in)?;
    let groups = groups(&mut context, &page, session.import_session_id).await?;
    context.rollback().await?;
    let is_over = session.state == "COMMITTED" || session.sources.iter().all(|file| file.content.is_none());
    let read = if is_over { Vec::new() } else { kept(incoming, &session.sources).await? };
    page.title = page.tv("import-called", "number", session.import_session_id);
    let clock = Clock::now(page.words);
    let view = SessionPage {
        state: state(&page, &session.state),
        verdict: page.t(verdict(&session.state)),
        about: format!("{}, {}", session.created_by, clock.exact(session.created_at)),
        action: path_of(incoming),
        key: fresh_key(),
        summary: faults.summary(page.t("summary-form")),
        tables: read
            .iter()
            .zip(&session.sources)
            .enumerate()
            .filter_map(|(place, (input, file))| table(&page, place, input, file))
            .collect(),
        is_open: !read.is_empty(),
        may_commit: !read.is_empty() && session.state == "PREVIEWED",
        kinds: session
            .summary
            .into_iter()
            .map(|(kind, counts)| (cell::word(page.words, &kind), counts))
            .collect(),
        files: session.sources,
        groups,
        page,
        me,
    };
    rendered(&view, status)
}

fn verdict(state: &str) -> &'static str {
    match state {
        "COMMITTED" => "import-committed",
        "PREVIEWED" => "import-previewed",
        _ => "import-refused",
    }
}

fn state(page: &Page, state: &str) -> Status {
    let tone = match state {
        "COMMITTED" => Tone::Ok,
        "PREVIEWED" => Tone::Info,
        _ => Tone::Bad,
    };
    Status::pill(tone, cell::word(page.words, state))
}

async fn groups(context: &mut Context, page: &Page, session: i64) -> Result<Vec<Group>, Problem> {
    let session = session.to_string();
    let mut groups = Vec::new();
    for (severity, tone) in [("ERROR", Tone::Bad), ("WARNING", Tone::Warn), ("NOTE", Tone::Info)] {
        let asked = [
            ("filter[import_session_id]", session.as_str()),
            ("filter[severity]", severity),
            ("limit", SHOWN),
        ];
        let findings: Vec<Finding> = data::rows(context, &FINDINGS, &asked).await?;
        if !findings.is_empty() {
            groups.push(Group { status: Status::new(tone, cell::word(page.words, severity)), findings });
        }
    }
    Ok(groups)
}

/// The head of a file, where it is a table whose columns can be named.
fn table(page: &Page, place: usize, input: &InputFile, file: &File) -> Option<Table> {
    let understood = catalogue::understood(&catalogue::with_heads(input, &pairs(file)))?;
    let own = catalogue::understood(input)?;
    let heads = own.columns.into_iter().map(|(head, _)| head);
    let column = |(head, (_, taken)): (String, (String, Option<String>))| {
        let option = |column: &&'static str| {
            ((*column).to_owned(), registers::heading(page, column), taken.as_deref() == Some(*column))
        };
        Column {
            name: format!("h.{place}.{head}"),
            options: understood.known.iter().map(option).collect(),
            is_known: taken.is_some(),
            head,
        }
    };
    Some(Table {
        file: file.name.clone(),
        kind: understood.table.map(|kind| cell::word(page.words, kind)),
        columns: heads.zip(understood.columns.clone()).map(column).collect(),
    })
}

/// The files of the session with the columns that the form names.
fn mapped(incoming: &Incoming, mut files: Vec<File>) -> Vec<File> {
    for (name, column) in incoming.form.pairs() {
        let mut steps = name.splitn(3, '.');
        let (Some("h"), Some(place), Some(head)) = (steps.next(), steps.next(), steps.next()) else {
            continue;
        };
        let Some(file) = place.parse::<usize>().ok().and_then(|place| files.get_mut(place)) else { continue };
        if column.is_empty() {
            file.heads.remove(head);
        } else {
            file.heads.insert(head.to_owned(), column.to_owned());
        }
    }
    files
}

pub(super) fn go_on(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let (mut context, _) = incoming.look().await?;
        let session = session(&mut context, &incoming).await?;
        context.rollback().await?;
        let is_commit = incoming.form.text("do") == "commit";
        let files = if is_commit { session.sources } else { mapped(&incoming, session.sources) };
        match judged(&incoming, files, is_commit).await {
            Ok(place) => Ok(to(&place)),
            Err(problem) if is(&problem, INVALID) || is(&problem, CONFLICT) => {
                let status = problem.kind().status;
                session_page(&incoming, Faults::whole(problem.told()), status).await
            }
            Err(problem) => Err(problem),
        }
    })
}
