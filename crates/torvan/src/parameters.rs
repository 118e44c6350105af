//! Parameter files: read from a file or standard input, and shown mistakes.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use anyhow::{Context as _, bail};
use clap::ValueEnum;
use torvan_engine::exact_json::ExactJson;
use torvan_store::bom::{MessageLanguage, Severity, Violation};

use crate::output::{Column, Grid, counted};

/// A thousand sinks with everything need a tenth of it.
const MAX_BYTES: u64 = 16 << 20;

/// Language of messages.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "UPPER")]
pub(crate) enum Language {
    /// English
    #[default]
    En,
    /// French
    Fr,
}

impl From<Language> for MessageLanguage {
    fn from(language: Language) -> Self {
        match language {
            Language::En => Self::En,
            Language::Fr => Self::Fr,
        }
    }
}

/// Reads a JSON document; `-` is standard input.
pub(crate) fn read(path: &Path) -> anyhow::Result<ExactJson> {
    let (name, bytes) = if path == Path::new("-") {
        let name = "standard input".to_owned();
        let bytes = read_all(io::stdin().lock(), &name)?;
        (name, bytes)
    } else {
        let name = path.display().to_string();
        let file = File::open(path).with_context(|| format!("cannot read {name}"))?;
        let bytes = read_all(file, &name)?;
        (name, bytes)
    };
    let text = String::from_utf8(bytes).map_err(|error| {
        let good = error.utf8_error().valid_up_to();
        anyhow::anyhow!("{name} is not UTF-8 text (byte {}); mend: save it as UTF-8", good + 1)
    })?;
    ExactJson::parse(&text).with_context(|| format!("{name} is not a JSON document"))
}

fn read_all(reader: impl Read, name: &str) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(MAX_BYTES + 1).read_to_end(&mut bytes).with_context(|| format!("cannot read {name}"))?;
    if bytes.len() as u64 > MAX_BYTES {
        bail!(
            "{name} is longer than {} MiB, which no parameter file is; mend: give another file",
            MAX_BYTES >> 20
        );
    }
    Ok(bytes)
}

/// Violations as a table, errors first.
pub(crate) fn violations_table(violations: &[Violation]) -> String {
    if violations.is_empty() {
        return String::new();
    }
    let mut grid = Grid::new(&[
        Column::Text("severity"),
        Column::Text("rule"),
        Column::Text("field"),
        Column::Text("message"),
    ]);
    for violation in violations {
        grid.row([&severity(violation), &violation.rule, &violation.path, &violation.message]);
    }
    grid.to_table()
}

/// A violation in one line, for formats that have no room for it among their rows.
pub(crate) fn violation_line(build_number: &str, violation: &Violation) -> String {
    let Violation { rule, path, message, .. } = violation;
    format!("{}: {build_number}: {rule} at {path}: {message}", severity(violation))
}

/// How many errors and warnings there are, in words.
pub(crate) fn verdict(violations: &[Violation]) -> String {
    let errors = violations.iter().filter(|violation| violation.is_error()).count();
    let warnings = violations.len() - errors;
    match (errors, warnings) {
        (0, 0) => "valid".to_owned(),
        (0, _) => format!("valid, {}", counted(warnings, "warning")),
        (_, 0) => counted(errors, "error"),
        _ => format!("{}, {}", counted(errors, "error"), counted(warnings, "warning")),
    }
}

fn severity(violation: &Violation) -> &'static str {
    match violation.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
    }
}
