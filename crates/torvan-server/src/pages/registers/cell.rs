//! Values as people read them.

use std::collections::BTreeMap;

use askama::Template;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use torvan_store::Context;
use torvan_store::surface::{Column as SurfaceColumn, SqlType, surface};

use super::{Column, Kind, shipped};
use crate::http::problem::Problem;
use crate::pages::components::{Icon, Status, Tone};
use crate::pages::data;
use crate::pages::moment::Clock;
pub(in crate::pages) use crate::pages::numbers::number;
use crate::pages::numbers::unit;
use crate::words::{Words, capital};

/// A row as the API tells it, numbers in the digits that the database wrote.
pub(in crate::pages) type Row = BTreeMap<String, Box<RawValue>>;

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
    Coded { text: String, code: String },
    Text(String),
    Mark(Status),
    Flag(String),
    Time { text: String, exact: String },
}

/// The text of a value, without the quotes of JSON; none for null.
pub(in crate::pages) fn text_of(row: &Row, name: &str) -> Option<String> {
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
        Kind::Code | Kind::Name | Kind::Permission => "key",
        Kind::Number | Kind::Day | Kind::Moment | Kind::Hour => "num",
        Kind::Flag => "mid",
        Kind::Text
        | Kind::Said
        | Kind::Words
        | Kind::Pairs
        | Kind::Mark
        | Kind::Weekday
        | Kind::Period
        | Kind::Person
        | Kind::Login => "",
    }
}

/// Who is named by the keys of a page of rows.
pub(in crate::pages) type People = BTreeMap<String, String>;

/// Names of the people in some rows: one statement, none where there are none.
pub(super) async fn people(context: &mut Context, all: &[Column], rows: &[Row]) -> Result<People, Problem> {
    let columns: Vec<&Column> = all.iter().filter(|column| column.kind == Kind::Person).collect();
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
    let has_login = |row: &Row| {
        all.iter().any(|column| column.kind == Kind::Login && text_of(row, column.name).is_some())
    };
    if rows.iter().any(has_login) {
        people.extend(by_login(context).await?);
    }
    Ok(people)
}

/// Colleagues by their logins.
pub(in crate::pages) async fn by_login(context: &mut Context) -> Result<People, Problem> {
    let all: Vec<Colleague> = data::found(context, "person_names", Map::new()).await?;
    Ok(all.into_iter().map(|one| (one.login, one.display_name)).collect())
}

/// The name that belongs to a login; the login where nobody has it.
pub(in crate::pages) fn whose<'p>(people: &'p People, login: &'p str) -> &'p str {
    people.get(login).map_or(login, String::as_str)
}

#[derive(Debug, Deserialize)]
struct Colleague {
    login: String,
    display_name: String,
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
        Kind::Text if column.name == "unit_code" => Shown::Text(unit(words, &value)),
        Kind::Name | Kind::Text => Shown::Text(value),
        Kind::Said => Shown::Text(words.said(&value)),
        Kind::Words => Shown::Text(each(&value, |one| word(words, one))),
        Kind::Pairs => pairs(clock, words, &value).map_or(Shown::Text(value), Shown::Text),
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
        Kind::Permission => match surface().permissions.get(&value) {
            Some(allows) => Shown::Coded { text: words.shipped(allows), code: value },
            None => Shown::Code(value),
        },
        // Seconds are not asked for.
        Kind::Hour => Shown::Text(value.strip_suffix(":00").unwrap_or(&value).to_owned()),
        Kind::Weekday => Shown::Text(weekday(words, &value)),
        Kind::Period => Shown::Text(period(words, &value).unwrap_or(value)),
        Kind::Person | Kind::Login => Shown::Text(people.get(&value).cloned().unwrap_or(value)),
    }
}

/// Keys of the days of the week, Monday first.
const WEEKDAYS: [&str; 7] = [
    "day-monday",
    "day-tuesday",
    "day-wednesday",
    "day-thursday",
    "day-friday",
    "day-saturday",
    "day-sunday",
];

/// Days of the week with their numbers.
pub(super) fn weekdays(words: Words) -> Vec<(String, String)> {
    (1..).zip(WEEKDAYS).map(|(number, key): (u8, _)| (number.to_string(), words.say(key))).collect()
}

fn weekday(words: Words, number: &str) -> String {
    let found = weekdays(words).into_iter().find(|(one, _)| one == number);
    found.map_or_else(|| number.to_owned(), |(_, name)| name)
}

/// Keys of the parts of a period, by the words of the database.
const PERIODS: [(&str, &str); 3] =
    [("year", "period-years"), ("mon", "period-months"), ("day", "period-days")];

/// A period as the database writes it, `1 year 1 mon`, in words; none where it has other parts.
fn period(words: Words, value: &str) -> Option<String> {
    let parts: Vec<&str> = value.split(' ').collect();
    let part = |pair: &[&str]| {
        let [number, unit] = pair else { return None };
        let count: i64 = number.parse().ok()?;
        let (_, key) = PERIODS.iter().find(|(name, _)| *name == unit.trim_end_matches('s'))?;
        Some(words.say_with(key, &[("count", count.into())]))
    };
    let told: Option<Vec<String>> = parts.chunks(2).map(part).collect();
    Some(told?.join(" "))
}

/// Values of an object with their names, in one line; none where it is no object.
fn pairs(clock: Clock, words: Words, object: &str) -> Option<String> {
    let object: Map<String, Value> = serde_json::from_str(object).ok()?;
    Some(pairs_in(clock, words, &object))
}

fn pairs_in(clock: Clock, words: Words, object: &Map<String, Value>) -> String {
    let text = |value: &Value| match value {
        Value::Null => None,
        Value::Bool(is_so) => Some(words.say(if *is_so { "yes" } else { "no" })),
        Value::Array(items) if items.iter().any(Value::is_object) => {
            let each = items.iter().filter_map(Value::as_object).map(|item| pairs_in(clock, words, item));
            Some(each.collect::<Vec<_>>().join("; "))
        }
        Value::Array(items) => Some(number(words, &items.len().to_string())),
        Value::String(text) => match text.parse() {
            Ok(at) => Some(clock.exact(at)),
            Err(_) if is_code(text) => Some(word(words, text)),
            Err(_) => Some(text.clone()),
        },
        Value::Object(inner) => Some(format!("({})", pairs_in(clock, words, inner))),
        Value::Number(digits) => Some(number(words, &digits.to_string())),
    };
    let pair = |(name, value): (&String, &Value)| Some(format!("{}: {}", named(words, name), text(value)?));
    object.iter().filter_map(pair).collect::<Vec<_>>().join(" · ")
}

/// Each of several values in a text.
fn each(values: &str, told: impl Fn(&str) -> String) -> String {
    values.split(", ").map(told).collect::<Vec<_>>().join(", ")
}

/// Whether a text is a word of a fixed list, as programs say it.
fn is_code(text: &str) -> bool {
    text.len() > 3 && text.bytes().all(|sign| sign.is_ascii_uppercase() || sign == b'_')
}

/// What a column or a name of a value is called.
pub(in crate::pages) fn named(words: Words, name: &str) -> String {
    let key = format!("col-{}", name.replace('_', "-"));
    words.say_if_known(&key).unwrap_or_else(|| word(words, name))
}

/// A value of a table's column, as the trail has it: by what the column holds; keys stay what they are.
pub(in crate::pages) fn told(clock: Clock, words: Words, table: &str, column: &str, value: &str) -> String {
    let relation = surface().relations.get(table);
    let shown = || match relation.and_then(|relation| relation.column(column)) {
        Some(known) => held(clock, words, known, value),
        None => guessed(clock, words, value),
    };
    shipped::told(words, table, column, value).or_else(shown).unwrap_or_else(|| value.to_owned())
}

/// By the type of the column and the words that it may be.
fn held(clock: Clock, words: Words, column: &SurfaceColumn, value: &str) -> Option<String> {
    match &column.kind {
        SqlType::Boolean => Some(words.say(if value == "true" { "yes" } else { "no" })),
        SqlType::Numeric => Some(number(words, value)),
        SqlType::Date => value.parse().ok().map(|day| clock.full_day(day)),
        SqlType::Timestamp => value.parse().ok().map(|at| clock.exact(at)),
        SqlType::Json => pairs(clock, words, value),
        SqlType::Array(_) => Some(each(value, |one| code_word(words, one).unwrap_or_else(|| one.to_owned()))),
        _ if column.name == "unit_code" => Some(unit(words, value)),
        SqlType::Other(kind) if kind == "interval" => period(words, value),
        _ if column.words.iter().any(|word| word == value) => Some(word(words, value)),
        _ => code_word(words, value),
    }
}

/// By its looks, where nothing is known of the column: the surface leaves out what is encrypted.
fn guessed(clock: Clock, words: Words, value: &str) -> Option<String> {
    if value.strip_prefix("\\x").is_some_and(|hex| hex.bytes().all(|sign| sign.is_ascii_hexdigit())) {
        return Some(words.say("trail-encrypted"));
    }
    let at = value.parse().ok().map(|at| clock.exact(at));
    let day = || value.parse().ok().map(|day| clock.full_day(day));
    let coded = || is_code(value).then(|| word(words, value));
    at.or_else(day).or_else(coded)
}

/// A word of the product that is written as programs do, in the reader's language; none for anything else.
fn code_word(words: Words, value: &str) -> Option<String> {
    let is_written = is_code(value) || (value.contains('_') && is_code(&value.to_ascii_uppercase()));
    if is_written { known_word(words, value) } else { None }
}

/// A word of a fixed list in the reader's language; one that is not known stays a word.
pub(in crate::pages) fn word(words: Words, code: &str) -> String {
    known_word(words, code).unwrap_or_else(|| capital(&code.to_ascii_lowercase().replace('_', " ")))
}

pub(super) fn known_word(words: Words, code: &str) -> Option<String> {
    let slug = code.to_ascii_lowercase().replace(['_', '.'], "-");
    ["word", "role", "gate"].iter().find_map(|kind| words.say_if_known(&format!("{kind}-{slug}")))
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
        "NEEDS_DRAWING" | "DUE_SOON" | "WARNING" | "DELAYED" | "HALF_OPEN" | "AWAITING_SIGNATURE"
        | "PENDING_ORDER" | "DRY_RUN" => Tone::Warn,
        "FAILED" | "DEAD" | "REJECTED" | "REFUSED" | "LOCKED" | "DISABLED" | "ERROR" | "CRITICAL"
        | "VIOLATED" | "LATE" | "RETURNED" | "INTERRUPTED" => Tone::Bad,
        "HELD" => Tone::Hold,
        _ => Tone::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::Language;

    #[test]
    fn an_object_is_told_in_a_line() {
        let words = Words::new(Language::En);
        let told = |object| pairs(Clock::now(words), words, object);
        let object = r#"{"role": "QC_INSPECTOR", "reason": "Ill <today>", "may_sign": false, "permissions": ["a", "b"], "none": null}"#;
        assert_eq!(
            told(object).as_deref(),
            Some("Role: QC Inspector · Reason: Ill <today> · May sign: No · Permissions: 2")
        );
        assert_eq!(
            told(r#"{"reason": {"role": "QC_INSPECTOR"}}"#).as_deref(),
            Some("Reason: (Role: QC Inspector)")
        );
        assert_eq!(
            told(r#"{"permissions": [{"role": "a"}, {"role": "b"}]}"#).as_deref(),
            Some("Permissions: Role: a; Role: b")
        );
        assert_eq!(told("[1]"), None);
    }

    #[test]
    fn a_value_of_the_trail_is_told_by_what_its_column_holds() {
        let words = Words::new(Language::Fr);
        let clock = Clock::now(words);
        for (table, column, value, is) in [
            ("customers", "is_active", "true", "Oui"),
            ("roles", "name", "Sales Manager", "Responsable des ventes"),
            ("assembly_components", "quantity", "2.5000", "2,5"),
            ("orders", "phase", "DELIVERED", "Livré"),
            ("orders", "order_id", "1234", "1234"),
            ("orders", "want_date", "someday", "someday"),
            ("no_such_table", "x", "y", "y"),
            ("data_retention_policies", "last_status", "awaiting_signature", "Attend la signature"),
            ("notification_rules", "channels", "IN_APP, EMAIL", "Dans le produit, Courriel"),
            ("pii_contacts", "role_at_customer", "PURCHASING", "Achats"),
            ("pii_contacts", "name_ciphertext", r"\x0276bc", "Chiffré"),
            ("pii_contacts", "created_on", "2026-11-27", "27 nov. 2026"),
        ] {
            assert_eq!(told(clock, words, table, column, value), is, "{table}.{column}");
        }
    }

    #[test]
    fn a_period_is_told_in_words() {
        for (value, english, french) in [
            ("15 years", Some("15 years"), Some("15 ans")),
            ("1 year 1 mon", Some("1 year 1 month"), Some("1 an 1 mois")),
            ("1 day", Some("1 day"), Some("1 jour")),
            ("02:00:00", None, None),
            ("3 days 02:00:00", None, None),
            ("", None, None),
        ] {
            let told = |language| period(Words::new(language), value);
            assert_eq!(told(Language::En).as_deref(), english, "{value}");
            assert_eq!(told(Language::Fr).as_deref(), french, "{value}");
        }
    }

    #[test]
    fn days_of_the_week_are_named() {
        assert_eq!(weekday(Words::new(Language::En), "1"), "Monday");
        assert_eq!(weekday(Words::new(Language::Fr), "7"), "Dimanche");
        assert_eq!(weekday(Words::new(Language::En), "8"), "8");
    }

    #[test]
    fn a_word_that_no_catalogue_has_stays_a_word() {
        assert_eq!(word(Words::new(Language::En), "SOMETHING_ELSE"), "Something else");
        assert_eq!(word(Words::new(Language::En), "QC_INSPECTOR"), "QC Inspector");
    }
}
