//! Forms as browsers send them.

use std::fmt;

use super::multipart::{LeftOut, Parts, SentFile};

/// Longest value of a field, in bytes: the 1,000 signs that a field of a page takes have at most so many. What is longer belongs
/// into a document.
pub const MAX_FIELD: usize = 4_000;

/// Values of a form, by name. What is in it may be a password: it is never shown.
#[derive(Clone, Default)]
pub struct Form {
    pairs: Vec<(String, String)>,
    files: Vec<SentFile>,
    left_out: Option<LeftOut>,
}

impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.pairs.iter().map(|(name, _)| name)).finish()
    }
}

impl Form {
    /// Reads `application/x-www-form-urlencoded`. U+0000 cannot be stored, and nobody types it.
    #[must_use]
    pub fn read(body: &[u8]) -> Self {
        let pairs = form_urlencoded::parse(body);
        Self::of_pairs(pairs.map(|(name, value)| (name.into_owned(), value.replace('\0', ""))))
    }

    /// A form that may have files.
    #[must_use]
    pub fn of(parts: Parts) -> Self {
        Self { pairs: parts.pairs, files: parts.files, left_out: parts.left_out }
    }

    /// The file that was chosen, of a form that takes one.
    #[must_use]
    pub fn file(&self) -> Option<&SentFile> {
        self.files.first()
    }

    /// The files that were chosen.
    #[must_use]
    pub fn files(&self) -> &[SentFile] {
        &self.files
    }

    /// Why a file that was chosen is not among them.
    #[must_use]
    pub fn left_out(&self) -> Option<&LeftOut> {
        self.left_out.as_ref()
    }

    /// A value as it was sent; empty where there is none.
    #[must_use]
    pub fn raw(&self, name: &str) -> &str {
        self.pairs.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    /// A value of usual length without space around it; empty where there is none.
    #[must_use]
    pub fn text(&self, name: &str) -> &str {
        let value = self.raw(name).trim();
        if value.len() > MAX_FIELD { "" } else { value }
    }

    /// Values that stand elsewhere, as a form has them.
    #[must_use]
    pub fn of_pairs(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        Self { pairs: pairs.into_iter().collect(), ..Self::default() }
    }

    /// Whether it has a value of this name, be it empty.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.pairs.iter().any(|(key, _)| key == name)
    }

    /// Every name with its value, in the order in which they were sent.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// All values of a name.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.pairs.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}
