//! Files of an order, and the controlled documents about it.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use torvan_store::Context;

use crate::api::endpoint::ListSpec;
use crate::documents::can_be_shown;
use crate::http::problem::Problem;
use crate::pages::components::{Field, Kind, Status};
use crate::pages::data;
use crate::pages::documents::Standing;
use crate::pages::moment::Clock;
use crate::pages::page::Page;
use crate::pages::registers::word;

const FILES: ListSpec = ListSpec {
    relation: "order_attachments",
    filters: &["order_id"],
    sorts: &["-order_attachment_id"],
    key: &[],
};
const PAPERS: ListSpec = ListSpec {
    relation: "documents",
    filters: &["order_id"],
    sorts: &["-document_id"],
    key: &["document_id"],
};

#[expect(clippy::struct_field_names, reason = "named as the columns are")]
#[derive(Debug, Deserialize)]
struct File {
    order_attachment_id: i64,
    build_id: Option<i64>,
    attachment_kind: String,
    file_name: String,
    media_type: Option<String>,
    content_id: Option<i64>,
    byte_size: Option<i64>,
    version: i64,
    approved_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
}

/// What can be seen of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    /// Only its name: the content is kept elsewhere.
    Name,
    /// It is downloaded.
    File,
    /// A browser opens it by itself.
    Paper,
    /// A picture.
    Picture,
}

/// A file as the panel shows it.
#[derive(Debug)]
pub(super) struct FileRow {
    pub(super) id: i64,
    pub(super) name: String,
    pub(super) about: String,
    /// The sink that it is about.
    pub(super) build: Option<String>,
    pub(super) look: Look,
    /// Whether this person may approve it, and nobody has.
    pub(super) may_approve: bool,
}

/// A controlled document about the order.
#[derive(Debug, Deserialize)]
struct Paper {
    document_id: i64,
    document_number: String,
    title: String,
    document_kind: String,
    access_level: String,
    state: String,
}

/// A document as the panel shows it.
#[derive(Debug)]
pub(super) struct PaperRow {
    pub(super) id: i64,
    pub(super) number: String,
    pub(super) title: String,
    pub(super) about: String,
    /// Whether it is in force.
    pub(super) status: Option<Status>,
}

/// Kinds of files that are added by hand.
const KINDS: [(&str, &str); 5] = [
    ("PO_DOCUMENT", "file-po-document"),
    ("ORDER_CONFIRMATION", "file-order-confirmation"),
    ("SINK_DRAWING", "file-sink-drawing"),
    ("PHOTO", "file-photo"),
    ("OTHER", "file-other"),
];

pub(super) fn kind_words(page: &Page, code: &str) -> String {
    let known = KINDS.iter().find(|(kind, _)| *kind == code);
    known.map_or_else(|| code.to_lowercase().replace('_', " "), |(_, key)| page.t(key))
}

/// The field for what a file is.
pub(super) fn kinds(page: &Page, chosen: &str) -> Field {
    let options = KINDS.iter().map(|(code, key)| ((*code).to_owned(), page.t(key))).collect();
    Field::new("kind", page.t("file-kind"), Kind::Select, "off").options(options).value(chosen)
}

/// Kind of a drawing, which is always of one sink.
pub(super) const DRAWING: &str = "SINK_DRAWING";

/// The field for the sink that a file is about.
pub(super) fn sinks(page: &Page, builds: &[(i64, &str)], chosen: &str) -> Field {
    let whole = (String::new(), page.t("file-whole-order"));
    let one = |(key, number): &(i64, &str)| (key.to_string(), (*number).to_owned());
    let options = std::iter::once(whole).chain(builds.iter().map(one)).collect();
    Field::new("build_id", page.t("file-sink"), Kind::Select, "off")
        .hint(page.t("file-sink-hint"))
        .options(options)
        .value(chosen)
        .optional()
}

/// Reads both, the latest first.
pub(super) async fn read(
    context: &mut Context,
    page: &Page,
    builds: &[(i64, &str)],
    asked: &[(&str, &str)],
) -> Result<(Vec<FileRow>, Vec<PaperRow>), Problem> {
    let clock = Clock::now(page.words);
    let files: Vec<File> = data::rows(context, &FILES, asked).await?;
    let papers: Vec<Paper> = data::rows(context, &PAPERS, asked).await?;
    let files = files.into_iter().map(|file| file_row(page, clock, builds, file)).collect();
    let keys: Vec<i64> = papers.iter().map(|paper| paper.document_id).collect();
    let standing = Standing::of(context, &keys).await?;
    Ok((files, papers.into_iter().map(|paper| paper_row(page, &standing, paper)).collect()))
}

fn file_row(page: &Page, clock: Clock, builds: &[(i64, &str)], file: File) -> FileRow {
    let build = builds.iter().find(|(key, _)| Some(*key) == file.build_id);
    let mut about =
        vec![kind_words(page, &file.attachment_kind), page.tv("file-version", "version", file.version)];
    about.extend(file.byte_size.map(|size| page.tv("file-size", "count", size.div_euclid(1024).max(1))));
    about.push(clock.exact(file.created_at));
    about.extend(file.approved_at.map(|at| page.tv("file-approved", "at", clock.exact(at))));
    let media_type = file.media_type.unwrap_or_default();
    let look = match file.content_id {
        None => Look::Name,
        Some(_) if !can_be_shown(&media_type) => Look::File,
        Some(_) if media_type.starts_with("image/") => Look::Picture,
        Some(_) => Look::Paper,
    };
    FileRow {
        id: file.order_attachment_id,
        name: file.file_name,
        build: build.map(|(_, number)| (*number).to_owned()),
        about: about.join(" · "),
        look,
        may_approve: file.approved_at.is_none()
            && page.me.as_ref().is_some_and(|me| me.may("order_attachment:approve")),
    }
}

fn paper_row(page: &Page, standing: &Standing, paper: Paper) -> PaperRow {
    let words = [paper.document_kind, paper.access_level].map(|code| word(page.words, &code));
    let version = standing.named(page, paper.document_id);
    PaperRow {
        status: standing.status(page, paper.document_id, &paper.state),
        id: paper.document_id,
        number: paper.document_number,
        title: paper.title,
        about: words.into_iter().chain(version).collect::<Vec<_>>().join(" · "),
    }
}
