//! XLSX workbooks: one sheet per kind of row, named as the CSV files are or told by its columns.

use std::io::Cursor;

use calamine::{Data, Range, Reader, Xlsx};

use super::document::{Document, Finding, InputFile, Severity};
use super::table::{Cell, Line, Table};

/// From here on a number in a sheet has fewer certain figures than it shows.
const LARGEST_EXACT: f64 = 1e15;

pub(super) fn read(file: &InputFile, document: &mut Document) {
    let mut workbook: Xlsx<_> = match Xlsx::new(Cursor::new(file.bytes.as_slice())) {
        Ok(workbook) => workbook,
        Err(error) => {
            let message = format!("{} is not a readable workbook: {error}.", file.name);
            document.findings.push(Finding::error(&file.name, "-", message).expected("an XLSX workbook"));
            return;
        }
    };
    let mut tables = 0;
    for sheet in workbook.sheet_names() {
        match workbook.worksheet_range(&sheet) {
            Ok(range) => tables += usize::from(read_sheet(file, &sheet, &range, document)),
            Err(error) => {
                let message = format!("Sheet {sheet} cannot be read: {error}.");
                document.findings.push(Finding::error(&file.name, &format!("sheet {sheet}"), message));
            }
        }
    }
    if tables == 0 && !document.findings.iter().any(|f| f.source == file.name && f.is_error()) {
        let message = format!("{} has no sheet with a part of a catalogue.", file.name);
        document.findings.push(Finding::error(&file.name, "-", message).expected(
            "sheets named categories, subcategories, assemblies, parts, components, aliases or listings",
        ));
    }
}

fn read_sheet(file: &InputFile, sheet: &str, range: &Range<Data>, document: &mut Document) -> bool {
    let first_row = range.start().map_or(0, |(row, _)| row as usize);
    let place = |index: usize| format!("sheet {sheet}, row {}", first_row + index + 1);
    let mut rows = range.rows().enumerate();
    let Some((_, head)) = rows.next() else { return false };
    let table = Table {
        source: &file.name,
        name: sheet,
        head_location: place(0),
        head: head.iter().map(|cell| text_of(cell).unwrap_or_default()).collect(),
        lines: rows
            .map(|(index, row)| Line { location: place(index), cells: row.iter().map(cell).collect() })
            .collect(),
    };
    let Some(kind) = table.kind() else {
        let message =
            format!("Sheet {sheet} is left out: neither its name nor its columns tell what it holds.");
        document.findings.push(Finding::new(Severity::Warning, &file.name, &place(0), message));
        return false;
    };
    table.read(kind, document);
    true
}

fn cell(data: &Data) -> Cell {
    match data {
        Data::Empty => Cell::Empty,
        Data::String(text) if text.trim().is_empty() => Cell::Empty,
        Data::Int(_) | Data::Float(_) | Data::DateTime(_) => text_of(data).map_or(Cell::Empty, Cell::Number),
        Data::Error(error) => Cell::Broken(error.to_string()),
        _ => text_of(data).map_or(Cell::Empty, Cell::Text),
    }
}

fn text_of(data: &Data) -> Option<String> {
    match data {
        Data::Empty => None,
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => Some(text.clone()),
        Data::Float(number) if number.abs() >= LARGEST_EXACT => {
            Some(format!("{number:E}").replacen('E', "E+", 1))
        }
        Data::Float(number) => Some(number.to_string()),
        other => Some(other.to_string()),
    }
}
