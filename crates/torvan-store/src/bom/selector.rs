//! How a caller names a BOM: by build number, by build number and revision, or by key.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use crate::{Context, Refusal, RefusalKind, StoreResult};

/// `BUILD` (its current BOM), `BUILD@REVISION`, or the key of a BOM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BomSelector {
    name: String,
    revision: Option<i32>,
}

impl FromStr for BomSelector {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        // A build number never contains an @, so the last one is always the revision's.
        let parts = text.rsplit_once('@').and_then(|(name, revision)| Some((name, revision.parse().ok()?)));
        Ok(match parts {
            Some((name, revision)) => Self { name: name.to_owned(), revision: Some(revision) },
            None => Self { name: text.to_owned(), revision: None },
        })
    }
}

impl fmt::Display for BomSelector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.revision {
            Some(revision) => write!(f, "{}@{revision}", self.name),
            None => f.write_str(&self.name),
        }
    }
}

/// Key of the BOM that a caller names. A build number goes before a key that looks like it.
pub async fn find(context: &mut Context, selector: &BomSelector) -> StoreResult<i64> {
    let found = sqlx::query_file!("queries/bom/find_bom.sql", selector.name, selector.revision)
        .fetch_one(context.connection())
        .await?;
    if let Some(bom_id) = found.bom_id {
        return Ok(bom_id);
    }
    Err(missing(selector, found.is_build).into())
}

fn missing(selector: &BomSelector, is_build: bool) -> Refusal {
    let (kind, message, hint) = match (is_build, selector.revision) {
        (true, None) => (
            RefusalKind::Conflict,
            format!("Build {selector} has no BOM for its present configuration."),
            format!("Generate it: torvan bom generate {selector}."),
        ),
        (true, Some(revision)) => (
            RefusalKind::NotFound,
            format!("Build {} has no BOM revision {revision}.", selector.name),
            format!("Leave @{revision} out for the current one."),
        ),
        (false, _) => (
            RefusalKind::NotFound,
            format!("There is no build or BOM \"{selector}\"."),
            "Give a build number, BUILD@REVISION, or the number of a BOM; torvan order list shows the builds.".to_owned(),
        ),
    };
    let sqlstate = if kind == RefusalKind::NotFound { "TV004" } else { "TV009" };
    Refusal {
        kind,
        sqlstate: sqlstate.to_owned(),
        message,
        hint: Some(hint),
        detail: None,
        fields: Box::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> (String, Option<i32>) {
        let Ok(selector) = text.parse::<BomSelector>();
        (selector.name, selector.revision)
    }

    #[test]
    fn a_revision_stands_behind_an_at() {
        assert_eq!(parsed("B-1"), ("B-1".into(), None));
        assert_eq!(parsed("B-1@2"), ("B-1".into(), Some(2)));
        assert_eq!(parsed("B-1@x"), ("B-1@x".into(), None));
        assert_eq!(parsed("17"), ("17".into(), None));
    }
}
