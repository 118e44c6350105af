//! Reading catalogue files: bytes in, rows out.
//!
//! Three formats carry the same rows: the plant's JSON, CSV and XLSX. A reader only finds rows and where they stand; whether a
//! row is right is judged by the database function `import_catalogue`, which takes the [`Document`] as JSON. Only what
//! the database could not see any more is reported here: broken files, keys given twice, cells that a spreadsheet damaged.

mod document;
mod json;
mod plant;
mod table;
mod text;
mod workbook;

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

pub use document::{Document, Finding, InputFile, Reading, Row, Severity, Source};
pub use table::{Head, Understood, tables};

/// Reads all files into one document. Files may come in any order; they are taken by name, so that the same files
/// always give the same document.
#[must_use]
pub fn read_files(files: &[InputFile]) -> (Document, Vec<Source>) {
    let mut ordered: Vec<&InputFile> = files.iter().collect();
    ordered.sort_by(|a, b| a.name.cmp(&b.name));
    let mut document = Document::default();
    let mut sources = Vec::with_capacity(ordered.len());
    for file in ordered {
        let rows_before = document.row_count();
        read_file(file, &mut document);
        sources.push(Source {
            name: file.name.clone(),
            bytes: file.bytes.len(),
            sha256: hex(&Sha256::digest(&file.bytes)),
            rows: document.row_count() - rows_before,
        });
    }
    (document, sources)
}

fn read_file(file: &InputFile, document: &mut Document) {
    match extension(&file.name).as_str() {
        "json" => plant::read(file, document),
        "csv" => text::read(file, document),
        "xlsx" => workbook::read(file, document),
        _ => document.findings.push(
            Finding::error(&file.name, "-", format!("{} is not a catalogue file.", file.name))
                .expected("a file that ends in .json, .csv or .xlsx"),
        ),
    }
}

/// How the tables of a CSV file or a workbook are understood; other formats name their own columns.
#[must_use]
pub fn understood(file: &InputFile) -> Vec<Understood> {
    match extension(&file.name).as_str() {
        "csv" => text::understood(file),
        "xlsx" => workbook::understood(file),
        _ => Vec::new(),
    }
}

/// Whether a file's name says that it may hold a catalogue.
#[must_use]
pub fn is_catalogue_file(name: &str) -> bool {
    matches!(extension(name).as_str(), "json" | "csv" | "xlsx")
}

fn extension(name: &str) -> String {
    name.rsplit_once('.').map(|(_, end)| end.to_ascii_lowercase()).unwrap_or_default()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing into a String does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
