//! CSV files: UTF-8, with or without byte order mark, with commas, semicolons or tabs.

use csv::{Reader, ReaderBuilder, StringRecord};

use super::document::{Document, Finding, InputFile};
use super::json::without_mark;
use super::table::{Cell, EXAMPLE_ROWS, Line, Table, Understood};

pub(super) fn read(file: &InputFile, document: &mut Document) {
    let bytes = without_mark(&file.bytes);
    if let Err(error) = std::str::from_utf8(bytes) {
        let line = bytes[..error.valid_up_to()].split(|byte| *byte == b'\n').count();
        let message = format!("{} is not UTF-8 text from line {line} on.", file.name);
        document.findings.push(
            Finding::error(&file.name, &format!("line {line}"), message)
                .expected("a file saved as CSV UTF-8"),
        );
        return;
    }
    let mut records = Vec::new();
    for record in reader(bytes).records() {
        match record {
            Ok(record) => records.push(record),
            Err(error) => {
                document.findings.push(Finding::error(&file.name, "-", format!("{}: {error}.", file.name)));
                return;
            }
        }
    }
    let Some(head) = records.first() else {
        document.findings.push(
            Finding::error(&file.name, "line 1", format!("{} is empty.", file.name))
                .expected("a head and rows"),
        );
        return;
    };
    let table = table(file, bytes, head, &records[1..]);
    match table.kind() {
        Some(kind) => table.read(kind, document),
        None => document.findings.push(table.unknown()),
    }
}

fn reader(bytes: &[u8]) -> Reader<&[u8]> {
    ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter(bytes)).from_reader(bytes)
}

fn table<'a>(file: &'a InputFile, bytes: &[u8], head: &StringRecord, records: &[StringRecord]) -> Table<'a> {
    Table {
        source: &file.name,
        name: &file.name,
        sheet: "",
        reading: &file.reading,
        head_location: location(bytes, head),
        head: head.iter().map(str::to_owned).collect(),
        lines: records.iter().map(|record| line(bytes, record)).collect(),
    }
}

/// How the table of a file is understood; none where it has none that can be read.
pub(super) fn understood(file: &InputFile) -> Vec<Understood> {
    let bytes = without_mark(&file.bytes);
    let first: Result<Vec<StringRecord>, _> = reader(bytes).records().take(EXAMPLE_ROWS + 1).collect();
    let found = first.unwrap_or_default();
    found.split_first().map(|(head, rows)| table(file, bytes, head, rows).understood()).into_iter().collect()
}

/// Line on which a record begins; the parser's own count stops before blank lines that it skipped.
fn location(bytes: &[u8], record: &StringRecord) -> String {
    let Some(position) = record.position() else { return "-".to_owned() };
    let start = usize::try_from(position.byte()).unwrap_or(usize::MAX);
    let skipped = bytes.iter().skip(start).take_while(|byte| matches!(byte, b'\r' | b'\n'));
    let lines = skipped.filter(|byte| **byte == b'\n').count() as u64;
    format!("line {}", position.line() + lines)
}

fn line(bytes: &[u8], record: &StringRecord) -> Line {
    let cells = record
        .iter()
        .map(|text| if text.trim().is_empty() { Cell::Empty } else { Cell::Text(text.to_owned()) })
        .collect();
    Line { location: location(bytes, record), cells }
}

/// The separator that stands most often in the head, outside quotes.
fn delimiter(bytes: &[u8]) -> u8 {
    let mut counts = [(b',', 0_usize), (b';', 0), (b'\t', 0)];
    let mut is_quoted = false;
    for byte in bytes {
        match byte {
            b'"' => is_quoted = !is_quoted,
            b'\n' if !is_quoted => break,
            _ if is_quoted => {}
            _ => {
                if let Some((_, count)) = counts.iter_mut().find(|(separator, _)| separator == byte) {
                    *count += 1;
                }
            }
        }
    }
    counts.iter().rev().max_by_key(|(_, count)| *count).map_or(b',', |(separator, _)| *separator)
}

#[cfg(test)]
mod tests {
    use super::{delimiter, understood};
    use crate::catalogue::{InputFile, read_files};

    #[test]
    fn heads_are_understood_and_stand_for_columns_of_another_name() {
        let mut file =
            InputFile::new("parts.csv".to_owned(), b"Code;Benennung;Vendor\nA;\"B;C\";D\nE;;D\n".to_vec());
        let found = understood(&file).remove(0);
        assert_eq!((found.table, found.sheet.as_str()), (Some("parts"), ""));
        let told: Vec<_> =
            found.heads.iter().map(|head| (head.column.as_deref(), head.examples.join("|"))).collect();
        let (code, maker) = (Some("code"), Some("manufacturer"));
        assert_eq!(told, [(code, "A|E".to_owned()), (None, "B;C".to_owned()), (maker, "D".to_owned())]);
        file.reading.heads.insert("Benennung".to_owned(), "name".to_owned());
        assert_eq!(understood(&file)[0].heads[1].column.as_deref(), Some("name"));
        let (document, _) = read_files(&[file]);
        assert_eq!(document.parts[0].get("name"), Some("B;C"));
    }

    #[test]
    fn a_table_whose_name_tells_nothing_is_what_people_say() {
        let mut file = InputFile::new("stuff.csv".to_owned(), b"Nr,Text\nA,B\n".to_vec());
        assert_eq!(understood(&file)[0].table, None);
        file.reading.tables.insert(String::new(), "parts".to_owned());
        let heads =
            [("Nr", "code"), ("Text", "name")].map(|(head, column)| (head.to_owned(), column.to_owned()));
        file.reading.heads.extend(heads);
        let (document, _) = read_files(&[file]);
        assert_eq!((document.parts.len(), document.findings.len()), (1, 0), "{:?}", document.findings);
    }

    #[test]
    fn what_cannot_be_read_has_no_table() {
        for bytes in [&b""[..], b"\xff\xfe\n"] {
            assert_eq!(understood(&InputFile::new("parts.csv".to_owned(), bytes.to_vec())), []);
        }
    }

    #[test]
    fn the_separator_is_found_outside_quotes() {
        assert_eq!(delimiter(b"code,name\n1;2;3;4"), b',');
        assert_eq!(delimiter(b"code;\"a,b,c\";name\n"), b';');
        assert_eq!(delimiter(b"code\tname\n"), b'\t');
        assert_eq!(delimiter(b"code\n"), b',');
    }
}
