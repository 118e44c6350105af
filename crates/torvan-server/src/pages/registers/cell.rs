//! Values as people read them.

use std::collections::BTreeMap;

use askama::Template;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use torvan_store::Context;

use super::{Column, Kind};
use crate::http::problem::Problem;
use crate::pages::components::{Icon, Status, Tone};
use crate::pages::data;
use crate::pages::moment::Clock;
use crate::words::{Language, Words};

/// A row as the API tells it, numbers in the digits that the database wrote.
pub(super) type Row = BTreeMap<String, Box<RawValue>>;

/// A value that is shown.
#[derive(Debug, Template)]
#[template(path = "registers/cell.html")]
pub(super) struct Cell {
    /// `num` at the right, `key` for what tells the row apart, `mid` in the middle.
    pub(super) class: &'static str,
    shown: Shown,
    /// The way to the record.
    pub(super) href: Option<String>,
}

impl askama::filters::HtmlSafe for Cell {}

#[derive(Debug)]
enum Shown {
    Nothing,
    Code(String),
    Text(String),
    Mark(Status),
    Flag(String),
    Time { text: String, exact: String },
}

/// The text of a value, without the quotes of JSON; none for null.
pub(super) fn text_of(row: &Row, name: &str) -> Option<String> {
    let raw = row.get(name)?.get();
    match serde_json::from_str(raw).ok()? {
        Value::Null => None,
        Value::String(text) => Some(text),
        Value::Array(items) if items.is_empty() => None,
        Value::Array(items) if items.iter().all(Value::is_string) => {
            Some(items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "))
        }
        _ => Some(raw.to_owned()),
    }
}

/// Class of a column.
pub(super) fn class_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Code | Kind::Name => "key",
        Kind::Number | Kind::Day | Kind::Moment => "num",
        Kind::Flag => "mid",
        Kind::Text | Kind::Mark | Kind::Person => "",
    }
}

/// Who is named by the keys of a page of rows.
pub(super) type People = BTreeMap<String, String>;

/// Names of the people in some rows: one statement, none where there are none.
pub(super) async fn people(
    context: &mut Context,
    columns: &[Column],
    rows: &[Row],
) -> Result<People, Problem> {
    let columns: Vec<&Column> = columns.iter().filter(|column| column.kind == Kind::Person).collect();
    let mut keys: Vec<String> =
        rows.iter().flat_map(|row| columns.iter().filter_map(|column| text_of(row, column.name))).collect();
    keys.sort_unstable();
    keys.dedup();
    let mut people = People::new();
    for key in keys {
        let Ok(user_id) = key.parse::<i64>() else { continue };
        let given = Map::from_iter([("user_id".to_owned(), Value::from(user_id))]);
        let named: Vec<Option<String>> = data::found(context, "person_name", given).await?;
        people.extend(named.into_iter().flatten().map(|name| (key.clone(), name)));
    }
    Ok(people)
}

impl Cell {
    /// A value of a row.
    pub(super) fn of(clock: Clock, words: Words, people: &People, column: Column, row: &Row) -> Self {
        let shown = match text_of(row, column.name) {
            Some(value) => shown(clock, words, people, column, value),
            None => Shown::Nothing,
        };
        Self { class: class_of(column.kind), shown, href: None }
    }

    /// Whether there is nothing to show.
    pub(super) fn is_empty(&self) -> bool {
        matches!(self.shown, Shown::Nothing)
    }
}

fn shown(clock: Clock, words: Words, people: &People, column: Column, value: String) -> Shown {
    match column.kind {
        Kind::Code => Shown::Code(value),
        Kind::Name | Kind::Text => Shown::Text(value),
        Kind::Number => Shown::Text(number(words, &value)),
        Kind::Mark => match tone_of(&value) {
            Tone::None => Shown::Text(word(words, &value)),
            tone => Shown::Mark(Status::new(tone, word(words, &value))),
        },
        Kind::Flag if value == "true" => Shown::Flag(words.say("yes")),
        Kind::Flag => Shown::Nothing,
        Kind::Day => match value.parse() {
            Ok(day) => Shown::Text(clock.full_day(day)),
            Err(_) => Shown::Text(value),
        },
        Kind::Moment => match value.parse() {
            Ok(at) => Shown::Time { text: clock.ago(at), exact: clock.exact(at) },
            Err(_) => Shown::Text(value),
        },
        Kind::Person => Shown::Text(people.get(&value).cloned().unwrap_or(value)),
    }
}

/// A word of a fixed list in the reader's language; one that is not known stays a word.
pub(in crate::pages) fn word(words: Words, code: &str) -> String {
    let slug = code.to_ascii_lowercase().replace(['_', '.'], "-");
    let known = ["word", "role"].iter().find_map(|kind| words.say_if_known(&format!("{kind}-{slug}")));
    known.unwrap_or_else(|| {
        let plain = code.to_ascii_lowercase().replace('_', " ");
        let mut signs = plain.chars();
        signs.next().map(|first| first.to_uppercase().chain(signs).collect()).unwrap_or_default()
    })
}

/// The hue of a word.
pub(in crate::pages) fn tone_of(code: &str) -> Tone {
    match code.to_ascii_uppercase().as_str() {
        "ACTIVE" | "APPROVED" | "RELEASED" | "PASSED" | "DELIVERED" | "RECEIVED" | "DONE" | "CLOSED"
        | "RESOLVED" | "COMMITTED" | "SUCCEEDED" | "DRAWN" | "ADOPTED" => Tone::Ok,
        "SUBMITTED" | "PENDING_APPROVAL" | "ORDERED" | "IN_TRANSIT" | "RUNNING" | "VERIFIED"
        | "DISPATCHED" | "INFO" | "NOTE" | "PENDING" | "STARTED" | "OPEN" | "PREVIEWED" | "PROPOSED" => {
            Tone::Info
        }
        "NEEDS_DRAWING" | "WARNING" | "DELAYED" | "HALF_OPEN" | "AWAITING_SIGNATURE" | "PENDING_ORDER"
        | "DRY_RUN" => Tone::Warn,
        "FAILED" | "DEAD" | "REJECTED" | "REFUSED" | "LOCKED" | "DISABLED" | "ERROR" | "CRITICAL"
        | "VIOLATED" | "RETURNED" | "INTERRUPTED" => Tone::Bad,
        "HELD" => Tone::Hold,
        _ => Tone::None,
    }
}

/// A number with the groups and the sign for decimals of the reader's language.
pub(in crate::pages) fn number(words: Words, digits: &str) -> String {
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits), |rest| ("\u{2212}", rest));
    if !digits.bytes().all(|sign| sign.is_ascii_digit() || sign == b'.') {
        return digits.to_owned();
    }
    let (whole, rest) = digits.split_once('.').unwrap_or((digits, ""));
    let (group, point) = match words.language {
        Language::En => (",", "."),
        Language::Fr => ("\u{202f}", ","),
    };
    let mut grouped = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            grouped.push_str(group);
        }
        grouped.push(digit);
    }
    let rest = rest.trim_end_matches('0');
    if rest.is_empty() { format!("{sign}{grouped}") } else { format!("{sign}{grouped}{point}{rest}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_the_reader_writes_them() {
        let (english, french) = (Words::new(Language::En), Words::new(Language::Fr));
        for (digits, en, fr) in [
            ("0", "0", "0"),
            ("1234.5000", "1,234.5", "1\u{202f}234,5"),
            ("-1000000", "\u{2212}1,000,000", "\u{2212}1\u{202f}000\u{202f}000"),
            ("999", "999", "999"),
        ] {
            assert_eq!(number(english, digits), en);
            assert_eq!(number(french, digits), fr);
        }
    }

    #[test]
    fn a_word_that_no_catalogue_has_stays_a_word() {
        assert_eq!(word(Words::new(Language::En), "SOMETHING_ELSE"), "Something else");
        assert_eq!(word(Words::new(Language::En), "QC_INSPECTOR"), "QC Inspector");
    }
}
