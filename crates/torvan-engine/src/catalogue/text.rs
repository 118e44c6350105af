//! CSV files: UTF-8, with or without byte order mark, with commas, semicolons or tabs.

use csv::{ReaderBuilder, StringRecord};

use super::document::{Document, Finding, InputFile};
use super::json::without_mark;
use super::table::{Cell, Line, Table, Understood};

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
    let mut reader =
        ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter(bytes)).from_reader(bytes);
    let mut records = Vec::new();
    for record in reader.records() {
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
    let table = Table {
        source: &file.name,
        name: &file.name,
        head_location: location(bytes, head),
        head: head.iter().map(str::to_owned).collect(),
        lines: records[1..].iter().map(|record| line(bytes, record)).collect(),
    };
    match table.kind() {
        Some(kind) => table.read(kind, document),
        None => document.findings.push(table.unknown()),
    }
}

/// How the head of a file is understood; none where it has none that can be read.
pub(super) fn understood(file: &InputFile) -> Option<Understood> {
    let bytes = without_mark(&file.bytes);
    let mut reader =
        ReaderBuilder::new().has_headers(false).flexible(true).delimiter(delimiter(bytes)).from_reader(bytes);
    let head = reader.records().next()?.ok()?;
    let table = Table {
        source: &file.name,
        name: &file.name,
        head_location: String::new(),
        head: head.iter().map(str::to_owned).collect(),
        lines: Vec::new(),
    };
    Some(table.understood())
}

/// The same file with other heads in the place of those that are named; nothing where its head cannot be read.
pub(super) fn with_heads(file: &InputFile, heads: &[(String, String)]) -> Option<Vec<u8>> {
    let bytes = without_mark(&file.bytes);
    let separator = delimiter(bytes);
    let mut reader =
        ReaderBuilder::new().has_headers(false).flexible(true).delimiter(separator).from_reader(bytes);
    let mut record = StringRecord::new();
    let is_read = reader.read_record(&mut record).ok()?;
    let rest = usize::try_from(reader.position().byte()).ok().filter(|_| is_read)?;
    let renamed = record
        .iter()
        .map(|head| heads.iter().find(|(old, _)| old == head).map_or(head, |(_, new)| new.as_str()));
    let mut writer = csv::WriterBuilder::new().delimiter(separator).from_writer(Vec::new());
    writer.write_record(renamed).ok()?;
    let mut whole = writer.into_inner().ok()?;
    whole.extend_from_slice(bytes.get(rest..)?);
    Some(whole)
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
    use super::{delimiter, understood, with_heads};
    use crate::catalogue::InputFile;

    #[test]
    fn heads_are_understood_and_put_in_the_place_of_others() {
        let file = InputFile {
            name: "parts.csv".to_owned(),
            bytes: b"Code;Benennung;Vendor\nA;\"B;C\";D\n".to_vec(),
        };
        let found = understood(&file).expect("a head");
        assert_eq!(found.table, Some("parts"));
        let column = |name: &str| Some(name.to_owned());
        let taken: Vec<_> = found.columns.into_iter().map(|(_, column)| column).collect();
        assert_eq!(taken, [column("code"), None, column("manufacturer")]);
        let heads = [("Benennung".to_owned(), "name".to_owned())];
        assert_eq!(with_heads(&file, &heads), Some(b"Code;name;Vendor\nA;\"B;C\";D\n".to_vec()));
    }

    #[test]
    fn the_separator_is_found_outside_quotes() {
        assert_eq!(delimiter(b"code,name\n1;2;3;4"), b',');
        assert_eq!(delimiter(b"code;\"a,b,c\";name\n"), b';');
        assert_eq!(delimiter(b"code\tname\n"), b'\t');
        assert_eq!(delimiter(b"code\n"), b',');
    }
}
