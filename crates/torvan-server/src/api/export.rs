//! Lists and searches as files: CSV in a stream, XLSX for spreadsheets. What is exported is what is filtered, all pages of it.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, header};
use axum::response::Response;
use futures_util::{StreamExt as _, stream};
use rust_xlsxwriter::Workbook;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio_stream::wrappers::ReceiverStream;
use torvan_store::call::{self, Returned};
use torvan_store::list::{self, ListQuery};
use torvan_store::surface::Function;
use torvan_store::{Context, StoreError};

use super::endpoint::{Action, Endpoint};
use crate::http::Answer;
use crate::http::problem::{BUSY, FAULT, FieldFault, INVALID, Problem};
use crate::identity::Handler;
use crate::incoming::Incoming;
use crate::pages::papers::PDF;

/// Rows that are read at a time.
const BATCH: usize = 2_000;

/// Rows that a search gives at a time, at most.
const SEARCH_BATCH: usize = 500;

/// Rows of one record at a time: what its lines cost is rolled up anew for each part, so that there are few.
const RECORD_BATCH: usize = 25_000;

/// Longest text of a cell, as spreadsheets have it.
const MAX_CELL: usize = 32_767;

/// Rows of a spreadsheet; it is made in memory.
const MAX_XLSX_ROWS: usize = 100_000;

/// Kinds of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Format {
    Json,
    Csv,
    Xlsx,
    /// On paper, where the endpoint can be had so.
    Pdf,
}

/// Media type of a spreadsheet.
pub(super) const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// The format that was asked for, by `format` or by `Accept`, and the other parameters.
pub(super) fn format_asked(incoming: &Incoming) -> Result<(Format, Vec<(String, String)>), Problem> {
    let mut parameters = incoming.query.clone();
    let named =
        parameters.iter().position(|(name, _)| name == "format").map(|place| parameters.remove(place).1);
    let accepted = incoming.header("accept").unwrap_or_default();
    let on_paper = paper_of(incoming.endpoint).is_some();
    let format = match named.as_deref() {
        Some("json") => Format::Json,
        Some("csv") => Format::Csv,
        Some("xlsx") => Format::Xlsx,
        Some("pdf") if on_paper => Format::Pdf,
        Some(_) => {
            return Err(Problem::invalid(vec![FieldFault::parameter(
                "format",
                if on_paper {
                    "\"format\" is json, csv, xlsx or pdf."
                } else {
                    "\"format\" is json, csv or xlsx."
                },
            )]));
        }
        None if accepted.starts_with("text/csv") => Format::Csv,
        None if accepted.starts_with(XLSX) => Format::Xlsx,
        None if on_paper && accepted.starts_with(PDF) => Format::Pdf,
        None => Format::Json,
    };
    Ok((format, parameters))
}

/// Who prints what an endpoint finds; nobody where it is not to be had on paper.
pub(super) fn paper_of(endpoint: &Endpoint) -> Option<Handler> {
    if let Action::Call(spec) = &endpoint.action { spec.paper } else { None }
}

/// A search: a function that gives pages of rows.
pub(super) struct Search {
    pub(super) name: &'static str,
    pub(super) function: &'static Function,
    pub(super) arguments: Map<String, Value>,
}

/// Whether a function is a search: it takes a limit and a place to go on from, and each row says its place.
pub(super) fn is_search(function: &Function) -> bool {
    let takes = |name: &str| function.arguments.iter().any(|argument| argument.public_name() == name);
    takes("limit") && takes("after") && function.result.columns.iter().any(|column| column.name == "after")
}

/// Where the rows of a file come from, a batch at a time.
pub(super) struct Source {
    from: Origin,
    is_done: bool,
}

enum Origin {
    List(ListQuery<'static>),
    Search(Search, usize),
}

impl Source {
    pub(super) fn list(mut query: ListQuery<'static>) -> Self {
        query.limit = BATCH;
        Self { from: Origin::List(query), is_done: false }
    }

    pub(super) fn search(mut search: Search, is_of_record: bool) -> Self {
        let batch = if is_of_record { RECORD_BATCH } else { SEARCH_BATCH };
        search.arguments.insert("limit".to_owned(), batch.into());
        Self { from: Origin::Search(search, batch), is_done: false }
    }

    /// Names of the columns.
    fn names(&self) -> Vec<String> {
        match &self.from {
            Origin::List(query) => query.fields.iter().map(|column| column.name.clone()).collect(),
            Origin::Search(search, _) => {
                let columns = search.function.result.columns.iter().map(|column| &column.name);
                columns.filter(|name| *name != "after").cloned().collect()
            }
        }
    }

    fn is_done(&self) -> bool {
        self.is_done
    }

    /// The next rows; none are left when it is done.
    async fn next(&mut self, context: &mut Context) -> Result<Vec<Box<RawValue>>, StoreError> {
        match &mut self.from {
            Origin::List(query) => {
                let page = list::page(context, query).await?;
                self.is_done = page.next.is_none();
                query.after = page.next;
                Ok(page.rows)
            }
            Origin::Search(search, batch) => {
                let found = call::call(context, search.name, search.function, &search.arguments).await?;
                let Returned::Rows(rows) = found else { return Ok(Vec::new()) };
                self.is_done = rows.len() != *batch;
                match rows.last().and_then(|row| place_of(row)) {
                    Some(place) => drop(search.arguments.insert("after".to_owned(), place)),
                    None => self.is_done = true,
                }
                Ok(rows)
            }
        }
    }
}

fn place_of(row: &RawValue) -> Option<Value> {
    #[derive(Deserialize)]
    struct Placed {
        after: Value,
    }
    serde_json::from_str::<Placed>(row.get()).ok().map(|row| row.after)
}

/// Answers with a file of all rows.
pub(super) async fn answer(incoming: &Incoming, mut source: Source, format: Format) -> Answer {
    let permit = Arc::clone(incoming.app.exports()).try_acquire_owned().map_err(|_| {
        Problem::new(BUSY, "Several lists are being exported at this moment.").retry_after(10)
    })?;
    // Entered anew: this transaction is long, and must not be the one that holds the session's row.
    let (mut context, _) = incoming.enter().await?;
    // Before the answer begins: what is refused then is a problem, later it would be half a file.
    let first = source.next(&mut context).await?;
    let name = file_name(incoming.endpoint.path, first.first().map(|row| row.get()));
    let (kind, extension, body) = if format == Format::Xlsx {
        (XLSX, "xlsx", Body::from(spreadsheet(context, source, first).await?))
    } else {
        let patience = incoming.app.settings().patience.writing;
        ("text/csv; charset=utf-8", "csv", in_pieces(context, source, first, permit, patience))
    };
    let mut response = Response::new(body);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    let disposition = format!("attachment; filename=\"{name}.{extension}\"");
    if let Ok(disposition) = HeaderValue::from_str(&disposition) {
        headers.insert(header::CONTENT_DISPOSITION, disposition);
    }
    Ok(response)
}

/// What the files of a revision of a build's bill of materials are called.
pub(crate) fn file_of_build(build_number: &str, revision: i64) -> String {
    let is_plain = |sign: char| sign.is_ascii_alphanumeric() || sign == '_';
    let build: String = build_number.chars().map(|sign| if is_plain(sign) { sign } else { '-' }).collect();
    format!("{build}-revision-{revision}")
}

/// What a file is called: as the list is; one of a single record by the build and revision that its rows name.
fn file_name(path: &str, first: Option<&str>) -> String {
    #[derive(Deserialize)]
    struct Of {
        build_number: String,
        revision: i64,
    }
    let of_record = first.filter(|_| path.contains('{')).and_then(|row| serde_json::from_str::<Of>(row).ok());
    if let Some(of) = of_record {
        return file_of_build(&of.build_number, of.revision);
    }
    path.rsplit('/').find(|part| !part.starts_with('{')).unwrap_or("list").to_owned()
}

/// Why a file is not whole.
#[derive(Debug, thiserror::Error)]
enum Unfinished {
    #[error("the reader was gone, or took nothing for too long")]
    Reader,
    #[error("{0}")]
    Store(#[from] StoreError),
    #[error("the writer ended early")]
    Writer,
}

impl Unfinished {
    fn for_log(&self) -> String {
        match self {
            Self::Store(error) => error.for_log(),
            other => other.to_string(),
        }
    }
}

fn in_pieces(
    context: Context,
    source: Source,
    first: Vec<Box<RawValue>>,
    permit: OwnedSemaphorePermit,
    patience: Duration,
) -> Body {
    let (sender, receiver) = mpsc::channel::<Bytes>(2);
    let writing = tokio::spawn(async move {
        let _permit = permit;
        // The reader may leave at any time; the transaction then ends with this task.
        let written = write_csv(context, source, first, &sender, patience).await;
        if let Err(error) = &written {
            tracing::warn!(error = error.for_log(), "an export ended early");
        }
        written
    });
    // A file that is not whole must not end like one that is: the connection breaks off.
    let end = stream::once(async move { writing.await.unwrap_or(Err(Unfinished::Writer)).err() });
    let end = end.filter_map(|error| async move { error.map(Err) });
    Body::from_stream(ReceiverStream::new(receiver).map(Ok).chain(end))
}

async fn write_csv(
    mut context: Context,
    mut source: Source,
    first: Vec<Box<RawValue>>,
    sender: &mpsc::Sender<Bytes>,
    patience: Duration,
) -> Result<(), Unfinished> {
    let names = source.names();
    let mut lines = csv_lines(std::iter::once(names.clone()));
    let mut rows = first;
    loop {
        lines.extend(csv_lines(rows.iter().map(|row| cells(row.get(), &names))));
        let sent = sender.send_timeout(Bytes::from(std::mem::take(&mut lines)), patience).await;
        if sent.is_err() {
            context.rollback().await?;
            return Err(Unfinished::Reader);
        }
        if source.is_done() {
            return Ok(context.commit().await?);
        }
        rows = source.next(&mut context).await?;
    }
}

/// Lines of a file; nothing in it is a formula.
pub(crate) fn csv_lines(rows: impl Iterator<Item = Vec<String>>) -> Vec<u8> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    for row in rows {
        // Writing to memory does not fail.
        let _ = writer.write_record(row.iter().map(|cell| guarded(cell)));
    }
    writer.into_inner().unwrap_or_default()
}

/// A cell that a spreadsheet would take for a formula gets a quote in front (OWASP, CSV injection); numbers stay numbers.
fn guarded(cell: &str) -> String {
    let is_suspect = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if is_suspect && cell.parse::<f64>().is_err() { format!("'{cell}") } else { cell.to_owned() }
}

fn cells(row: &str, names: &[String]) -> Vec<String> {
    let row: Map<String, Value> = serde_json::from_str(row).unwrap_or_default();
    names.iter().map(|name| row.get(name).map(plain).unwrap_or_default()).collect()
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

async fn spreadsheet(
    mut context: Context,
    mut source: Source,
    first: Vec<Box<RawValue>>,
) -> Result<Vec<u8>, Problem> {
    let names = source.names();
    let mut rows = Vec::new();
    let mut found = first;
    loop {
        rows.extend(
            found.iter().map(|row| serde_json::from_str::<Map<String, Value>>(row.get()).unwrap_or_default()),
        );
        if rows.len() > MAX_XLSX_ROWS {
            return Err(Problem::new(
                INVALID,
                format!("The list has more than {MAX_XLSX_ROWS} rows, too many for a spreadsheet."),
            )
            .hint("Filter it, or export it as CSV."));
        }
        if source.is_done() {
            break;
        }
        found = source.next(&mut context).await?;
    }
    context.commit().await?;
    tokio::task::spawn_blocking(move || workbook(&names, &rows))
        .await
        .map_err(|_| Problem::new(FAULT, FAULT.title))?
        .map_err(|error| {
            tracing::error!(%error, "a spreadsheet could not be written");
            Problem::new(FAULT, FAULT.title)
        })
}

fn workbook(names: &[String], rows: &[Map<String, Value>]) -> Result<Vec<u8>, rust_xlsxwriter::XlsxError> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    for (column, name) in (0_u16..).zip(names) {
        sheet.write_string(0, column, name)?;
        for (line, row) in (1_u32..).zip(rows) {
            match row.get(name) {
                None | Some(Value::Null) => {}
                Some(Value::Number(number)) => {
                    sheet.write_number(line, column, number.as_f64().unwrap_or_default())?;
                }
                Some(Value::Bool(value)) => {
                    sheet.write_boolean(line, column, *value)?;
                }
                // As text: never as a formula.
                Some(other) => {
                    let text: String = plain(other).chars().take(MAX_CELL).collect();
                    sheet.write_string(line, column, text)?;
                }
            }
        }
    }
    book.save_to_buffer()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_called_as_its_list_or_by_the_build_that_it_is_of() {
        let of_build = r#"{"build_number": "SAMPLE-001", "revision": 2}"#;
        assert_eq!(file_name("/orders", None), "orders");
        assert_eq!(file_name("/boms", Some(of_build)), "boms");
        assert_eq!(file_name("/boms/{bom_id}/export", Some(of_build)), "SAMPLE-001-revision-2");
        assert_eq!(
            file_name("/boms/{bom_id}/export", Some(r#"{"build_number": "A/\"b", "revision": 1}"#)),
            "A--b-revision-1"
        );
        assert_eq!(file_name("/boms/{bom_id}/lines", Some("{}")), "lines");
    }

    #[test]
    fn a_cell_is_never_a_formula() {
        for formula in ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(1)", "\t=1", "\r=1"] {
            assert!(guarded(formula).starts_with('\''), "{formula}");
        }
        for plain in ["-5", "+1.5", "Sink", "", "2027-01-01"] {
            assert_eq!(guarded(plain), plain);
        }
    }
}
