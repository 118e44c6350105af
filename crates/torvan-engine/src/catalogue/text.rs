//! CSV files: UTF-8, with or without byte order mark, with commas, semicolons or tabs.

use csv::{ReaderBuilder, StringRecord};

use super::document::{Document, Finding, InputFile};
use super::json::without_mark;
use super::table::{Cell, Line, Table};

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
    use super::delimiter;

    #[test]
    fn the_separator_is_found_outside_quotes() {
        assert_eq!(delimiter(b"code,name\n1;2;3;4"), b',');
        assert_eq!(delimiter(b"code;\"a,b,c\";name\n"), b';');
        assert_eq!(delimiter(b"code\tname\n"), b'\t');
        assert_eq!(delimiter(b"code\n"), b',');
    }
}
