//! Imports of the catalogue: files are read by the engine, their columns named where they are called otherwise, their rows judged by
//! the database; everything is taken in, or nothing. A session keeps which files it was made from, so that it can be gone on with.

mod rows;
mod session;

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use torvan_engine::catalogue::{self, InputFile, Reading};
use torvan_store::Context;
use torvan_store::inventory::{KindCounts, import_place, remembered_heads};

use super::missing;
use crate::documents::stored;
use crate::http::Answer;
use crate::http::form::Form;
use crate::http::multipart::LeftOut;
use crate::http::problem::{CONFLICT, FieldFault, INVALID, MEDIA_TYPE, Problem};
use crate::identity::Answering;
use crate::incoming::{Incoming, not_signed_in};
use crate::pages::components::{Faults, FilePick, Several, Summary};
use crate::pages::data;
use crate::pages::documents::file_pick;
use crate::pages::once::{Once, fresh_key};
use crate::pages::page::{Me, Page, rendered};
use crate::pages::way::{is, to};

/// Most files of a session.
pub(in crate::pages) const MAX_FILES: usize = 20;

/// Files that hold a catalogue, by the end of their names, with their type: what a browser calls them depends on what is installed.
const TYPES: [(&str, &str); 3] = [
    (".csv", "text/csv"),
    (".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    (".json", "application/json"),
];

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
    /// What people said of its tables.
    #[serde(flatten)]
    reading: Reading,
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

impl Session {
    /// Whether it can be gone on with, as far as the database says.
    fn is_open(&self) -> bool {
        !matches!(self.state.as_str(), "COMMITTED" | "WITHDRAWN")
    }
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
    let mut page = Page::signed_in(incoming, &mut context, &person, "import-new").await?;
    context.rollback().await?;
    if !faults.is_empty() {
        page.with_error();
    }
    let me = page.me.clone().ok_or_else(not_signed_in)?;
    let accept = TYPES.map(|(end, _)| end).join(",");
    let several = Several { accept, most: MAX_FILES, too_many: too_many(&page) };
    let mut file = file_pick(&page, None, faults.told_of("file")).several(page.t("import-files"), several);
    file.hint = page.tv("import-files-hint", "most", MAX_FILES);
    let summary = faults.summary(page.t("summary-form"));
    rendered(&NewPage { page, me, key: fresh_key(), summary, file }, status)
}

fn too_many(page: &Page) -> String {
    page.tv("import-too-many", "most", MAX_FILES)
}

/// Contents that a script stored before it sent the form, with their names.
fn stored_before(form: &Form) -> impl Iterator<Item = (i64, &str)> {
    let contents = form.all("content").filter_map(|text| text.parse().ok());
    contents.zip(form.all("file_name"))
}

/// The type of a file that may hold a catalogue; none of another one.
fn type_of(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    TYPES.iter().find(|(end, _)| name.ends_with(end)).map(|(_, media_type)| *media_type)
}

/// Why the files of a form are no import, as is told beside their field.
#[derive(Debug)]
struct Refused {
    told: String,
    status: StatusCode,
}

impl Refused {
    fn new(told: String) -> Self {
        Self { told, status: StatusCode::UNPROCESSABLE_ENTITY }
    }

    /// One of the files is refused.
    fn of_file(page: &Page, name: &str, why: String) -> Self {
        let values = [("name", name.to_owned().into()), ("why", why.into())];
        Self::new(page.words.say_with("import-file-refused", &values))
    }
}

/// What can be told of the files of a form before any of them is stored.
fn refused(page: &Page, form: &Form) -> Option<Refused> {
    if let Some(LeftOut::TooLong(name)) = form.left_out() {
        return Some(Refused::of_file(page, name, page.t("file-too-large")));
    }
    let brought = form.files().iter().map(|file| file.name.as_str());
    let names: Vec<&str> = stored_before(form).map(|(_, name)| name).chain(brought).collect();
    if form.left_out() == Some(&LeftOut::TooMany) || names.len() > MAX_FILES {
        return Some(Refused::new(too_many(page)));
    }
    refused_names(page, &names).map(Refused::new)
}

/// Why files of these names are no import: the end of a name tells how a file is read, and findings, heads and rows of several
/// are told apart by the whole of it.
fn refused_names(page: &Page, names: &[&str]) -> Option<String> {
    if names.is_empty() {
        return Some(page.t("import-no-files"));
    }
    if let Some(other) = names.iter().find(|name| type_of(name).is_none()) {
        return Some(page.tv("import-other-kind", "name", (*other).to_owned()));
    }
    let mut known = BTreeSet::new();
    let twice = names.iter().find(|name| !known.insert(**name))?;
    Some(page.tv("import-same-name", "name", (*twice).to_owned()))
}

/// The files of a form: those that a script stored before it, and those that it brought itself, which are stored now.
async fn sent_files(incoming: &Incoming, page: &Page) -> Result<Result<Vec<File>, Refused>, Problem> {
    let file =
        |content, name: &str| File { name: name.to_owned(), content: Some(content), ..File::default() };
    let mut files: Vec<File> =
        stored_before(&incoming.form).map(|(content, name)| file(content, name)).collect();
    for sent in incoming.form.files() {
        let media_type = type_of(&sent.name).unwrap_or("application/octet-stream");
        match stored(incoming, media_type, &sent.content).await {
            Ok(kept) => files.push(file(kept.key, &sent.name)),
            Err(problem) if [INVALID, CONFLICT, MEDIA_TYPE].iter().any(|kind| is(&problem, *kind)) => {
                let refused = Refused::of_file(page, &sent.name, problem.told());
                return Ok(Err(Refused { status: problem.kind().status, ..refused }));
            }
            Err(problem) => return Err(problem),
        }
    }
    Ok(Ok(files))
}

async fn asked_again(incoming: &Incoming, refused: Refused) -> Answer {
    new_page(incoming, Faults::of("file", refused.told), refused.status).await
}

pub(super) fn begin(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let page = Page::open(&incoming, None, "import-new");
        if let Some(refused) = refused(&page, &incoming.form) {
            return asked_again(&incoming, refused).await;
        }
        // Sent twice, the files are stored once.
        if let Some(place) = Once::led(&incoming).await? {
            return Ok(to(&place));
        }
        let files = match sent_files(&incoming, &page).await? {
            Ok(files) => files,
            Err(refused) => return asked_again(&incoming, refused).await,
        };
        match first_judged(&incoming, files).await {
            Ok(place) => Ok(to(&place)),
            Err(problem) if is(&problem, INVALID) || is(&problem, CONFLICT) => {
                let status = problem.kind().status;
                new_page(&incoming, Faults::whole(problem.told()), status).await
            }
            Err(problem) => Err(problem),
        }
    })
}

/// Files that are judged for the first time: heads that an earlier import named stand for the same columns again.
async fn first_judged(incoming: &Incoming, mut files: Vec<File>) -> Result<String, Problem> {
    let (mut context, _) = incoming.look().await?;
    let remembered = remembered_heads(&mut context).await?;
    context.rollback().await?;
    let mut read = contents(incoming, &files).await?;
    for (input, file) in read.iter_mut().zip(&mut files) {
        recall(input, &remembered);
        file.reading.clone_from(&input.reading);
    }
    judged(incoming, read, files, None, false).await
}

/// Names the heads that nothing else tells as they were named before.
fn recall(input: &mut InputFile, remembered: &BTreeMap<String, String>) {
    for table in catalogue::understood(input) {
        let unknown = table.heads.iter().filter(|head| head.column.is_none());
        let named = unknown.filter_map(|head| {
            let key = Reading::head(&table.sheet, &head.text);
            let column = remembered.get(&key)?;
            table.known.contains(&column.as_str()).then(|| (key, column.clone()))
        });
        input.reading.heads.extend(named.collect::<Vec<_>>());
    }
}

/// Lets the database judge files that were read, and take them in where that is asked for; leads to the session.
async fn judged(
    incoming: &Incoming,
    read: Vec<InputFile>,
    files: Vec<File>,
    session: Option<i64>,
    is_commit: bool,
) -> Result<String, Problem> {
    let (document, sources) = catalogue::read_files(&read);
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
    given.insert("import_session_id".to_owned(), session.into());
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
        read.push(InputFile { name: file.name.clone(), bytes, reading: file.reading.clone() });
    }
    Ok(read)
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

pub(super) use session::show;

/// What the form says of the tables of the files; what a table says itself need not be kept.
fn said(incoming: &Incoming, read: &mut [InputFile]) {
    for (name, said) in incoming.form.pairs() {
        let mut steps = name.splitn(3, '.');
        let (Some(what @ ("h" | "t")), Some(place), Some(named)) = (steps.next(), steps.next(), steps.next())
        else {
            continue;
        };
        let Some(input) = place.parse::<usize>().ok().and_then(|place| read.get_mut(place)) else { continue };
        let kept = if what == "t" { &mut input.reading.tables } else { &mut input.reading.heads };
        if said.is_empty() {
            kept.remove(named);
        } else {
            kept.insert(named.to_owned(), said.to_owned());
        }
    }
    for input in read {
        let heads = std::mem::take(&mut input.reading.heads);
        let own = session::columns(input);
        input.reading.heads =
            heads.into_iter().filter(|(head, column)| own.get(head) != Some(column)).collect();
    }
}

pub(super) fn go_on(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let deed = incoming.form.text("do").to_owned();
        match gone_on(&incoming, &deed).await {
            Ok(place) => Ok(to(&place)),
            Err(problem) if is(&problem, INVALID) || is(&problem, CONFLICT) => {
                let status = problem.kind().status;
                session::page(&incoming, Faults::whole(problem.told()), status).await
            }
            Err(problem) => Err(problem),
        }
    })
}

async fn gone_on(incoming: &Incoming, deed: &str) -> Result<String, Problem> {
    if deed == "withdraw" {
        return withdrawn(incoming).await;
    }
    let (mut context, _) = incoming.look().await?;
    let session = session(&mut context, incoming).await?;
    context.rollback().await?;
    let mut read = contents(incoming, &session.sources).await?;
    let mut files = session.sources;
    if deed != "commit" {
        said(incoming, &mut read);
        for (input, file) in read.iter().zip(&mut files) {
            file.reading.clone_from(&input.reading);
        }
    }
    judged(incoming, read, files, Some(session.import_session_id), deed == "commit").await
}

async fn withdrawn(incoming: &Incoming) -> Result<String, Problem> {
    let (mut context, _) = incoming.enter().await?;
    let session = session(&mut context, incoming).await?;
    let given = Map::from_iter([("import_session_id".to_owned(), session.import_session_id.into())]);
    data::found::<Value>(&mut context, "withdraw_import", given).await?;
    context.commit().await?;
    Ok(format!("/import-sessions/{}", session.import_session_id))
}
