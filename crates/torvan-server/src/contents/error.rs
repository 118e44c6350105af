//! What can go wrong with contents outside the database.

use std::error::Error;
use std::path::PathBuf;

use torvan_store::StoreError;

use super::Storage;

/// Longest text of somebody else's in a message of ours.
const MOST_CAUSE: usize = 200;

/// Why contents cannot be worked with as it was configured.
#[derive(Debug, thiserror::Error)]
pub enum ContentsError {
    /// Two places of one kind.
    #[error(
        "--contents names two places of one kind; mend: name the database, one folder and one bucket at most, the one for new contents first"
    )]
    Twice,
    /// The folder.
    #[error("the folder {} for contents {what}; mend: {mend}", .path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What is wrong.
        what: String,
        /// What to do.
        mend: &'static str,
    },
    /// How to reach the bucket.
    #[error("the bucket for contents: {what}; mend: {mend}")]
    Access {
        /// What is wrong.
        what: String,
        /// What to do.
        mend: &'static str,
    },
    /// The place does not do what it must.
    #[error("contents cannot be kept in {place}: {what}; mend: {mend}")]
    Unfit {
        /// The place.
        place: String,
        /// What is wrong.
        what: String,
        /// What to do.
        mend: &'static str,
    },
    /// The database names contents in a place that was not named.
    #[error(
        "contents of files lie in {0}, where this server was not told to look; mend: name that place behind the first one in --contents (TORVAN_CONTENTS), or bring them back with torvan documents move --to in-database"
    )]
    NotTold(Storage),
    /// None of the contents that should be there is.
    #[error(
        "none of the contents that the database names is in {0}: it is another place, or not mounted; mend: correct --contents (TORVAN_CONTENTS), or mount it"
    )]
    NotThere(String),
    /// The place does not answer now.
    #[error(
        "{place} does not do its work: {fault}; what was done until now is kept, and the same command goes on from there"
    )]
    Place {
        /// The place.
        place: String,
        /// Why.
        fault: ObjectFault,
    },
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Why an object was not written, read or removed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ObjectFault {
    /// It is not there.
    #[error("it is gone")]
    Gone,
    /// It is not what it must be.
    #[error("{0}")]
    Damaged(String),
    /// The folder or bucket does not do what was asked.
    #[error("{0}")]
    Unreachable(String),
    /// The credentials are not taken.
    #[error("the credentials are refused")]
    Refused,
}

impl ObjectFault {
    /// Whether it says something of the content, not of the way to it.
    #[must_use]
    pub fn is_of_the_content(&self) -> bool {
        matches!(self, Self::Gone | Self::Damaged(_))
    }
}

impl From<object_store::Error> for ObjectFault {
    fn from(error: object_store::Error) -> Self {
        match error {
            object_store::Error::NotFound { source, .. } if is_without_bucket(source.as_ref()) => {
                Self::Unreachable("there is no such bucket".to_owned())
            }
            object_store::Error::NotFound { .. } => Self::Gone,
            // What such an answer says names the key.
            object_store::Error::PermissionDenied { .. } | object_store::Error::Unauthenticated { .. } => {
                Self::Refused
            }
            other => Self::Unreachable(root_of(&other)),
        }
    }
}

fn is_without_bucket(error: &(dyn Error + 'static)) -> bool {
    error.to_string().contains("NoSuchBucket")
}

/// The last cause: those around it only say that there is one.
fn root_of(error: &(dyn Error + 'static)) -> String {
    let mut root = error;
    while let Some(cause) = root.source() {
        root = cause;
    }
    root.to_string().replace(['\n', '\r'], " ").chars().take(MOST_CAUSE).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn not_found(said: &str) -> object_store::Error {
        object_store::Error::NotFound { path: "ab/cd".to_owned(), source: said.to_owned().into() }
    }

    #[test]
    fn a_bucket_that_is_missing_says_nothing_of_its_contents() {
        let bucket = ObjectFault::from(not_found("404 Not Found: <Code>NoSuchBucket</Code>"));
        assert_eq!(bucket, ObjectFault::Unreachable("there is no such bucket".to_owned()));
        assert_eq!(ObjectFault::from(not_found("<Code>NoSuchKey</Code>")), ObjectFault::Gone);
        assert!(!bucket.is_of_the_content() && ObjectFault::Gone.is_of_the_content());
    }

    #[test]
    fn what_others_say_is_short_and_names_no_key() {
        let source = "AWSAccessKeyId AKIAPLANT is not known".to_owned().into();
        let refused = object_store::Error::PermissionDenied { path: "ab/cd".to_owned(), source };
        assert_eq!(ObjectFault::from(refused), ObjectFault::Refused);
        let long = object_store::Error::Generic { store: "S3", source: "line\n".repeat(500).into() };
        let said = ObjectFault::from(long).to_string();
        assert!(said.len() == MOST_CAUSE && !said.contains('\n'), "{said}");
    }
}
