//! How documents stand that are listed elsewhere: which of their versions counts, and whether it is in force.

use serde::Deserialize;
use torvan_store::Context;

use super::version::{Look, look, status};
use crate::api::endpoint::ListSpec;
use crate::http::problem::Problem;
use crate::pages::components::{Status, Tone};
use crate::pages::data;
use crate::pages::page::Page;
use crate::pages::registers::word;

const VERSIONS: ListSpec = ListSpec {
    relation: "document_versions",
    filters: &["document_id"],
    sorts: &["-document_version_id"],
    key: &[],
};

#[derive(Debug, Deserialize)]
struct Edition {
    document_version_id: i64,
    document_id: i64,
    version: i64,
    state: String,
    media_type: String,
}

/// The versions of some documents that the person may see.
#[derive(Debug)]
pub(in crate::pages) struct Standing {
    versions: Vec<Edition>,
}

impl Standing {
    /// Reads them for the documents with these keys.
    pub(in crate::pages) async fn of(context: &mut Context, documents: &[i64]) -> Result<Self, Problem> {
        if documents.is_empty() {
            return Ok(Self { versions: Vec::new() });
        }
        let keys = documents.iter().map(i64::to_string).collect::<Vec<_>>().join(",");
        let asked = [("filter[document_id][in]", keys.as_str())];
        Ok(Self { versions: data::every(context, &VERSIONS, &asked).await? })
    }

    /// The version of a document that counts: the one in force, else the latest.
    fn version(&self, document: i64) -> Option<&Edition> {
        let own = self.versions.iter().filter(|one| one.document_id == document);
        own.max_by_key(|one| (one.state == "EFFECTIVE", one.version))
    }

    /// How a document stands which is itself in a state.
    pub(in crate::pages) fn status(&self, page: &Page, document: i64, state: &str) -> Option<Status> {
        if state != "ACTIVE" {
            return Some(Status::pill(Tone::None, word(page.words, state)));
        }
        Some(status(page, &self.version(document)?.state))
    }

    /// Which version that is, in words.
    pub(in crate::pages) fn named(&self, page: &Page, document: i64) -> Option<String> {
        Some(page.tv("file-version", "version", self.version(document)?.version))
    }

    /// Where its picture is, if it is one.
    pub(in crate::pages) fn picture(&self, document: i64) -> Option<String> {
        let version = self.version(document).filter(|one| look(&one.media_type) == Look::Picture)?;
        Some(format!("/document-versions/{}/preview", version.document_version_id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_in_force_counts_else_the_latest() {
        let one = |document_version_id: i64, document_id: i64, version: i64, state: &str| Edition {
            document_version_id,
            document_id,
            version,
            state: state.to_owned(),
            media_type: "image/png".to_owned(),
        };
        let standing = Standing {
            versions: vec![
                one(4, 1, 3, "DRAFT"),
                one(3, 1, 2, "EFFECTIVE"),
                one(2, 2, 2, "DRAFT"),
                one(1, 2, 1, "REJECTED"),
            ],
        };
        assert_eq!(standing.picture(1).as_deref(), Some("/document-versions/3/preview"));
        assert_eq!(standing.picture(2).as_deref(), Some("/document-versions/2/preview"));
        assert_eq!(standing.picture(3), None);
    }
}
