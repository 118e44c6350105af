//! XLSX workbooks: one sheet per kind of row, named as the CSV files are or told by its columns.

use std::io::Cursor;

use calamine::{Data, Range, Reader, Xlsx};

use super::document::{Document, Finding, InputFile, Severity};
use super::table::{Cell, EXAMPLE_ROWS, Line, Table, Understood};

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

/// How the sheets of a workbook are understood; none where it cannot be read.
pub(super) fn understood(file: &InputFile) -> Vec<Understood> {
    let Ok(mut workbook) = Xlsx::new(Cursor::new(file.bytes.as_slice())) else { return Vec::new() };
    let sheets = workbook.sheet_names();
    let found = sheets.iter().filter_map(|sheet| {
        let range = workbook.worksheet_range(sheet).ok()?;
        Some(table(file, sheet, &range, EXAMPLE_ROWS)?.understood())
    });
    found.collect()
}

/// A sheet as a table, with so many of its rows; none where it is empty.
fn table<'a>(file: &'a InputFile, sheet: &'a str, range: &Range<Data>, most: usize) -> Option<Table<'a>> {
    let first_row = range.start().map_or(0, |(row, _)| row as usize);
    let place = |index: usize| format!("sheet {sheet}, row {}", first_row + index + 1);
    let mut rows = range.rows().enumerate();
    let (_, head) = rows.next()?;
    let line = |(index, row): (usize, &[Data])| Line {
        location: place(index),
        cells: row.iter().map(cell).collect(),
    };
    Some(Table {
        source: &file.name,
        name: sheet,
        sheet,
        reading: &file.reading,
        head_location: place(0),
        head: head.iter().map(|cell| text_of(cell).unwrap_or_default()).collect(),
        lines: rows.take(most).map(line).collect(),
    })
}

fn read_sheet(file: &InputFile, sheet: &str, range: &Range<Data>, document: &mut Document) -> bool {
    let Some(table) = table(file, sheet, range, usize::MAX) else { return false };
    let Some(kind) = table.kind() else {
        let message =
            format!("Sheet {sheet} is left out: neither its name nor its columns tell what it holds.");
        document.findings.push(Finding::new(Severity::Warning, &file.name, &table.head_location, message));
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

#[cfg(test)]
mod tests {
    use rust_xlsxwriter::Workbook;

    use super::understood;
    use crate::catalogue::{InputFile, read_files};

    #[test]
    fn sheets_are_what_people_say_and_their_heads_too() {
        let mut workbook = Workbook::new();
        for (name, cells) in
            [("Liste", [["Nr", "Text"], ["A", "Plate"]]), ("parts", [["code", "Text"], ["B", "Shim"]])]
        {
            let sheet = workbook.add_worksheet().set_name(name).unwrap();
            for (row, texts) in (0..).zip(cells) {
                for (column, text) in (0..).zip(texts) {
                    sheet.write(row, column, text).unwrap();
                }
            }
        }
        let mut file = InputFile::new("all.xlsx".to_owned(), workbook.save_to_buffer().unwrap());
        let found = understood(&file);
        let told: Vec<_> = found.iter().map(|table| (table.sheet.as_str(), table.table)).collect();
        assert_eq!(told, [("Liste", None), ("parts", Some("parts"))]);
        assert_eq!(found[0].heads[1].examples, ["Plate"]);

        file.reading.tables.insert("Liste".to_owned(), "categories".to_owned());
        let heads = [("Liste!Nr", "code"), ("Liste!Text", "name"), ("parts!Text", "name")];
        file.reading.heads.extend(heads.map(|(head, column)| (head.to_owned(), column.to_owned())));
        let (document, _) = read_files(&[file]);
        let named = |rows: &[crate::catalogue::Row]| rows[0].get("name").map(str::to_owned);
        assert_eq!(named(&document.categories), Some("Plate".to_owned()));
        assert_eq!(named(&document.parts), Some("Shim".to_owned()));
        assert!(document.findings.is_empty(), "{:?}", document.findings);
    }
}
