//! Where contents may lie, as an operator writes it.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use percent_encoding::percent_decode_str;

/// Kinds of places.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Storage {
    /// The database itself.
    #[default]
    Database,
    /// A folder.
    Local,
    /// An S3 bucket.
    S3,
}

impl Storage {
    /// As the database names it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Database => "DATABASE",
            Self::Local => "LOCAL",
            Self::S3 => "S3",
        }
    }

    /// The kind that the database names.
    #[must_use]
    pub fn of(code: &str) -> Option<Self> {
        [Self::Database, Self::Local, Self::S3].into_iter().find(|storage| storage.code() == code)
    }
}

impl fmt::Display for Storage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Database => "the database",
            Self::Local => "a folder",
            Self::S3 => "an S3 bucket",
        })
    }
}

/// One place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// The database.
    Database,
    /// A folder of this machine.
    Folder(PathBuf),
    /// A bucket, or what is below a prefix in it.
    Bucket {
        /// Name.
        name: String,
        /// Prefix without strokes at its ends; perhaps empty.
        prefix: String,
    },
}

impl Location {
    /// Its kind.
    #[must_use]
    pub fn storage(&self) -> Storage {
        match self {
            Self::Database => Storage::Database,
            Self::Folder(_) => Storage::Local,
            Self::Bucket { .. } => Storage::S3,
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Database => f.write_str("in-database"),
            Self::Folder(folder) => write!(f, "file://{}", folder.display()),
            Self::Bucket { name, prefix } if prefix.is_empty() => write!(f, "s3://{name}"),
            Self::Bucket { name, prefix } => write!(f, "s3://{name}/{prefix}"),
        }
    }
}

/// What is wrong with a place, and how to write it. The text itself is not repeated: it may hold a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LocationError {
    /// None of the three forms.
    #[error("write in-database, file:///FOLDER or s3://BUCKET/PREFIX")]
    Form,
    /// A folder with a host, or not from the root.
    #[error("a folder is written from the root: file:///srv/torvan/contents")]
    Folder,
    /// A URL with a user or password.
    #[error("credentials do not stand in the URL; mend: put them into the file of --contents-credentials")]
    Credentials,
    /// A name that no bucket has.
    #[error("a bucket's name has 3 to 63 small letters, digits, dots and dashes")]
    Bucket,
    /// A prefix that not every store takes as it is.
    #[error("a prefix has letters, digits and . _ - between its strokes, and no part is . or ..")]
    Prefix,
}

impl FromStr for Location {
    type Err = LocationError;

    fn from_str(text: &str) -> Result<Self, LocationError> {
        if text == "in-database" {
            return Ok(Self::Database);
        }
        if let Some(path) = text.strip_prefix("file://") {
            return folder(path);
        }
        text.strip_prefix("s3://").map_or(Err(LocationError::Form), bucket)
    }
}

fn folder(path: &str) -> Result<Location, LocationError> {
    let path = percent_decode_str(path).decode_utf8().map_err(|_| LocationError::Folder)?;
    let is_whole = path.starts_with('/') && path.len() > 1 && !path.contains(['\0', '?', '#']);
    let is_plain = Path::new(&*path).components().all(|part| part.as_os_str() != "..");
    if is_whole && is_plain {
        Ok(Location::Folder(PathBuf::from(&*path)))
    } else {
        Err(LocationError::Folder)
    }
}

fn bucket(rest: &str) -> Result<Location, LocationError> {
    if rest.contains('@') {
        return Err(LocationError::Credentials);
    }
    let (name, prefix) = rest.split_once('/').unwrap_or((rest, ""));
    let is_letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let is_name = (3..=63).contains(&name.len())
        && name.bytes().all(|byte| is_letter(byte) || b".-".contains(&byte))
        && name.bytes().next().is_some_and(is_letter)
        && name.bytes().last().is_some_and(is_letter);
    if !is_name {
        return Err(LocationError::Bucket);
    }
    let prefix = prefix.trim_end_matches('/');
    let is_part = |part: &str| {
        !["", ".", ".."].contains(&part)
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
    };
    if !prefix.is_empty() && !prefix.split('/').all(is_part) {
        return Err(LocationError::Prefix);
    }
    Ok(Location::Bucket { name: name.to_owned(), prefix: prefix.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_forms_are_read_and_written() {
        for (text, storage) in [
            ("in-database", Storage::Database),
            ("file:///srv/torvan/contents", Storage::Local),
            ("s3://plant-files", Storage::S3),
            ("s3://plant.files/torvan/contents_1", Storage::S3),
        ] {
            let location: Location = text.parse().expect(text);
            assert_eq!(location.storage(), storage);
            assert_eq!(location.to_string(), text);
            assert_eq!(Storage::of(storage.code()), Some(storage));
        }
        assert_eq!("file:///a%20b".parse(), Ok(Location::Folder("/a b".into())));
        assert_eq!("s3://abc/p/".parse::<Location>().expect("a prefix").to_string(), "s3://abc/p");
    }

    #[test]
    fn what_is_no_place_is_refused_and_not_repeated() {
        for (text, error) in [
            ("", LocationError::Form),
            ("database", LocationError::Form),
            ("https://example.org/b", LocationError::Form),
            ("file://host/x", LocationError::Folder),
            ("file:///", LocationError::Folder),
            ("file:///a/../b", LocationError::Folder),
            ("file:///a?b", LocationError::Folder),
            ("s3://", LocationError::Bucket),
            ("s3://ab", LocationError::Bucket),
            ("s3://Plant", LocationError::Bucket),
            ("s3://-plant", LocationError::Bucket),
            ("s3://key:secret@plant/x", LocationError::Credentials),
            ("s3://plant/a//b", LocationError::Prefix),
            ("s3://plant/../b", LocationError::Prefix),
            ("s3://plant/a b", LocationError::Prefix),
        ] {
            assert_eq!(text.parse::<Location>(), Err(error), "{text}");
            assert!(!error.to_string().contains("key:secret"));
        }
    }
}
