//! The rows that all formats are read into.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// One file as it came.
#[derive(Debug, Clone)]
pub struct InputFile {
    /// Name shown in findings.
    pub name: String,
    /// Content.
    pub bytes: Vec<u8>,
    /// What people said of its tables.
    pub reading: Reading,
}

impl InputFile {
    /// A file whose names tell what it holds.
    #[must_use]
    pub fn new(name: String, bytes: Vec<u8>) -> Self {
        Self { name, bytes, reading: Reading::default() }
    }
}

/// How the tables of a CSV file or a workbook are read where their own names do not tell.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Reading {
    /// What the rows of a table are, by the name of its sheet; the one table of a CSV file has none.
    pub tables: BTreeMap<String, String>,
    /// The column that a head stands for; a head of a sheet is `SHEET!HEAD`.
    pub heads: BTreeMap<String, String>,
}

impl Reading {
    /// How a head is named in [`Reading::heads`].
    #[must_use]
    pub fn head(sheet: &str, head: &str) -> String {
        if sheet.is_empty() { head.to_owned() } else { format!("{sheet}!{head}") }
    }
}

/// What was read of one file.
#[derive(Debug, Clone, Serialize, PartialEq, Eq)]
pub struct Source {
    /// Name of the file.
    pub name: String,
    /// Its size.
    pub bytes: usize,
    /// SHA-256 of its content.
    pub sha256: String,
    /// Rows found in it.
    pub rows: usize,
}

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Severity {
    /// Nothing is imported.
    Error,
    /// Imported, but somebody should look.
    Warning,
    /// Worth knowing.
    Note,
}

impl Severity {
    fn word(self) -> &'static str {
        match self {
            Self::Error => "ERROR",
            Self::Warning => "WARNING",
            Self::Note => "NOTE",
        }
    }
}

/// What there is to say about one row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// `ERROR`, `WARNING` or `NOTE`.
    pub severity: String,
    /// File.
    pub source: String,
    /// Line, sheet and row, or JSON pointer.
    pub location: String,
    /// Field of the row.
    pub field: Option<String>,
    /// What stood there.
    pub found: Option<String>,
    /// What was expected.
    pub expected: Option<String>,
    /// The finding in words.
    pub message: String,
}

impl Finding {
    pub(super) fn new(severity: Severity, source: &str, location: &str, message: String) -> Self {
        Self {
            severity: severity.word().to_owned(),
            source: source.to_owned(),
            location: location.to_owned(),
            field: None,
            found: None,
            expected: None,
            message,
        }
    }

    pub(super) fn error(source: &str, location: &str, message: String) -> Self {
        Self::new(Severity::Error, source, location, message)
    }

    pub(super) fn field(mut self, field: &str) -> Self {
        self.field = Some(field.to_owned());
        self
    }

    pub(super) fn found(mut self, found: &str) -> Self {
        self.found = Some(found.to_owned());
        self
    }

    pub(super) fn expected(mut self, expected: &str) -> Self {
        self.expected = Some(expected.to_owned());
        self
    }

    /// Whether it keeps the whole import from being made.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error.word()
    }
}

/// One row: its place and its fields as text.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(transparent)]
pub struct Row(Map<String, Value>);

impl Row {
    pub(super) fn new(source: &str, location: &str) -> Self {
        let mut fields = Map::new();
        fields.insert("source".to_owned(), Value::from(source));
        fields.insert("location".to_owned(), Value::from(location));
        Self(fields)
    }

    pub(super) fn set(&mut self, field: &str, value: impl Into<String>) {
        self.0.insert(field.to_owned(), Value::from(value.into()));
    }

    pub(super) fn with(mut self, field: &str, value: impl Into<String>) -> Self {
        self.set(field, value);
        self
    }

    pub(super) fn set_attribute(&mut self, key: &str, value: &str) {
        let attributes = self.0.entry("attributes").or_insert_with(|| Value::Object(Map::new()));
        if let Value::Object(attributes) = attributes {
            attributes.insert(key.to_owned(), Value::from(value));
        }
    }

    /// Text of a field, when it is given.
    #[must_use]
    pub fn get(&self, field: &str) -> Option<&str> {
        self.0.get(field).and_then(Value::as_str)
    }
}

/// Everything that was read, in the shape which `import_catalogue` takes.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Document {
    /// Categories.
    pub categories: Vec<Row>,
    /// Subcategories.
    pub subcategories: Vec<Row>,
    /// Assemblies.
    pub assemblies: Vec<Row>,
    /// Parts.
    pub parts: Vec<Row>,
    /// Lines of what assemblies are made of.
    pub components: Vec<Row>,
    /// Lines of proposed content.
    pub proposals: Vec<Row>,
    /// Doubtful lines of proposed content.
    pub doubts: Vec<Row>,
    /// Places where assemblies are listed.
    pub listings: Vec<Row>,
    /// Short codes and aliases.
    pub codes: Vec<Row>,
    /// What the reading had to say.
    pub findings: Vec<Finding>,
}

impl Document {
    /// Rows of all kinds that are imported as such.
    #[must_use]
    pub fn row_count(&self) -> usize {
        self.categories.len()
            + self.subcategories.len()
            + self.assemblies.len()
            + self.parts.len()
            + self.components.len()
            + self.proposals.len()
            + self.listings.len()
            + self.codes.len()
    }
}
