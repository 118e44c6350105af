//! A version of a document: its facts, what it looks like, and what comes next.

use askama::Template;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Map, Value};
use torvan_store::Context;

use crate::documents::{beginning_of_version, can_be_shown, is_text};
use crate::http::problem::{CONTENT_DAMAGED, CONTENTS_DOWN, NOT_FOUND, Problem};
use crate::identity::Answering;
use crate::incoming::{Incoming, not_signed_in};
use crate::pages::components::{Hash, Status, Tone};
use crate::pages::moment::Clock;
use crate::pages::page::{Me, Page, rendered};
use crate::pages::signing::Stamps;
use crate::pages::way::is;
use crate::pages::{data, registers};

/// A version as the database has it.
#[expect(clippy::struct_field_names, reason = "named as the columns are")]
#[derive(Debug, Deserialize)]
pub(super) struct Version {
    pub(super) document_version_id: i64,
    pub(super) document_id: i64,
    pub(super) version: i64,
    pub(super) state: String,
    pub(super) file_name: String,
    media_type: String,
    byte_size: i64,
    sha256: String,
    change_note: Option<String>,
    created_by: i64,
    created_at: DateTime<Utc>,
    submitted_by: Option<i64>,
    submitted_at: Option<DateTime<Utc>>,
    decided_by: Option<i64>,
    decided_at: Option<DateTime<Utc>>,
    decision_note: Option<String>,
    effective_from: Option<DateTime<Utc>>,
    effective_to: Option<DateTime<Utc>>,
}

/// The document it belongs to.
#[expect(clippy::struct_field_names, reason = "named as the columns are")]
#[derive(Debug, Deserialize)]
pub(super) struct Document {
    pub(super) document_number: String,
    pub(super) title: String,
    document_kind: String,
    access_level: String,
    language: String,
}

/// What a version looks like.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Look {
    /// A picture.
    Picture,
    /// A paper that the browser opens.
    Paper,
    /// Words, which the page shows itself.
    Text,
    /// Only a file.
    File,
}

#[derive(Debug, Template)]
#[template(path = "documents/version.html")]
struct VersionPage {
    page: Page,
    me: Me,
    id: i64,
    document_id: i64,
    number: String,
    version: String,
    status: Status,
    facts: Vec<(String, String)>,
    hash: Hash,
    stamps: Stamps,
    look: Look,
    words: Excerpt,
    may_submit: bool,
    may_decide: bool,
}

/// What a text says, and what is to be known about that.
#[derive(Debug, Default)]
struct Excerpt {
    text: String,
    note: Option<String>,
}

/// The words of a version that is a text. One whose content cannot be read now still has its page.
async fn excerpt(incoming: &Incoming, page: &Page, version: &Version) -> Result<Excerpt, Problem> {
    if look(&version.media_type) != Look::Text {
        return Ok(Excerpt::default());
    }
    match beginning_of_version(incoming, version.document_version_id).await {
        Ok(read) => Ok(Excerpt { text: read.text, note: (!read.is_whole).then(|| page.t("document-cut")) }),
        Err(problem) if is(&problem, CONTENT_DAMAGED) || is(&problem, CONTENTS_DOWN) => {
            Ok(Excerpt { text: String::new(), note: Some(problem.told()) })
        }
        Err(problem) => Err(problem),
    }
}

/// Reads a version and its document; what is not there, or not in sight, is not found.
pub(super) async fn read(context: &mut Context, incoming: &Incoming) -> Result<(Version, Document), Problem> {
    let missing = || Problem::new(NOT_FOUND, NOT_FOUND.title);
    let _ = incoming.key("document_version_id")?;
    let version: Option<Version> = data::one(context, "document_versions", &incoming.path).await?;
    let version = version.ok_or_else(missing)?;
    let path = [("document_id".to_owned(), version.document_id.to_string())];
    let document: Option<Document> = data::one(context, "documents", &path).await?;
    Ok((version, document.ok_or_else(missing)?))
}

#[derive(Debug, Deserialize)]
struct Name {
    user_id: i64,
    display_name: String,
}

async fn names(context: &mut Context, version: &Version) -> Result<Vec<Name>, Problem> {
    let people: Vec<i64> =
        [Some(version.created_by), version.submitted_by, version.decided_by].into_iter().flatten().collect();
    let given = Map::from_iter([("user_ids".to_owned(), serde_json::json!(people))]);
    data::found(context, "person_names", given).await
}

fn say_done(incoming: &Incoming, page: &mut Page) {
    match incoming.asked("done") {
        "added" => page.done("document-done-added"),
        "submitted" => page.done("document-done-submitted"),
        "approved" => page.done("document-done-approved"),
        "rejected" => page.done("document-done-rejected"),
        _ => {}
    }
}

/// `GET /document-versions/{document_version_id}`.
pub(super) fn show(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let (mut context, person) = incoming.enter().await?;
        let mut page = Page::signed_in(&incoming, &mut context, &person, "documents-title").await?;
        let me = page.me.clone().ok_or_else(not_signed_in)?;
        let (version, document) = read(&mut context, &incoming).await?;
        let names = names(&mut context, &version).await?;
        let key = version.document_version_id;
        let stamps = Stamps::of(&mut context, &page, "document_versions", key).await?;
        context.commit().await?;
        let words = excerpt(&incoming, &page, &version).await?;
        say_done(&incoming, &mut page);
        page.title.clone_from(&document.title);
        let is_own = version.created_by == person.user_id;
        let is_of_others = !is_own && version.submitted_by != Some(person.user_id);
        let view = VersionPage {
            id: key,
            document_id: version.document_id,
            number: document.document_number.clone(),
            version: page.tv("file-version", "version", version.version),
            status: status(&page, &version.state),
            facts: facts(&page, &version, &document, &names),
            hash: Hash::new(&version.sha256),
            stamps,
            look: look(&version.media_type),
            words,
            may_submit: version.state == "DRAFT"
                && me.may("document:create")
                && (is_own || me.may("document:update")),
            may_decide: version.state == "IN_REVIEW" && me.may("document:approve") && is_of_others,
            page,
            me,
        };
        rendered(&view, StatusCode::OK)
    })
}

pub(super) fn look(media_type: &str) -> Look {
    match media_type {
        kind if is_text(kind) => Look::Text,
        kind if !can_be_shown(kind) => Look::File,
        "application/pdf" => Look::Paper,
        _ => Look::Picture,
    }
}

pub(super) fn status(page: &Page, state: &str) -> Status {
    let tone = match state {
        "EFFECTIVE" | "APPROVED" => Tone::Ok,
        "IN_REVIEW" => Tone::Info,
        "REJECTED" => Tone::Bad,
        "DRAFT" => Tone::Warn,
        _ => Tone::None,
    };
    Status::pill(tone, registers::word(page.words, state))
}

fn facts(page: &Page, version: &Version, document: &Document, names: &[Name]) -> Vec<(String, String)> {
    let clock = Clock::now(page.words);
    let name = |id: i64| names.iter().find(|one| one.user_id == id).map(|one| one.display_name.clone());
    let act = |who: Option<i64>, at: Option<DateTime<Utc>>| {
        let at = clock.exact(at?);
        Some(who.and_then(name).map_or_else(|| at.clone(), |who| format!("{who}, {at}")))
    };
    let word = |code: &str| registers::word(page.words, code);
    let facts = [
        ("document-kind", Some(word(&document.document_kind))),
        ("document-access", Some(word(&document.access_level))),
        ("language", Some(word(&document.language))),
        ("file", Some(version.file_name.clone())),
        ("document-size", Some(page.tv("file-size", "count", version.byte_size.div_euclid(1024).max(1)))),
        ("document-change-note", version.change_note.clone()),
        ("document-made", act(Some(version.created_by), Some(version.created_at))),
        ("document-submitted", act(version.submitted_by, version.submitted_at)),
        ("document-decided", act(version.decided_by, version.decided_at)),
        ("document-decision-note", version.decision_note.clone()),
        ("document-effective-from", version.effective_from.map(|at| clock.exact(at))),
        ("document-effective-to", version.effective_to.map(|at| clock.exact(at))),
    ];
    facts.into_iter().filter_map(|(key, value)| Some((page.t(key), value?))).collect()
}

/// The values of a call about the version of the path.
pub(super) fn given(incoming: &Incoming) -> Result<Map<String, Value>, Problem> {
    let id = incoming.key("document_version_id")?;
    Ok(Map::from_iter([("document_version_id".to_owned(), Value::from(id))]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_runs_nothing_is_shown() {
        assert_eq!(look("image/png"), Look::Picture);
        assert_eq!(look("application/pdf"), Look::Paper);
        assert_eq!(look("text/plain"), Look::Text);
        for kind in ["text/html", "image/svg+xml", "application/octet-stream"] {
            assert_eq!(look(kind), Look::File, "{kind}");
        }
    }
}
