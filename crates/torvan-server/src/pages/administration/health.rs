//! How the system does: every check with its verdict, and what the views of performance say.

use std::collections::BTreeMap;

use askama::Template;
use axum::http::StatusCode;
use chrono::NaiveDate;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::identity::Answering;
use crate::incoming::{Incoming, not_signed_in};
use crate::pages::components::{Link, Status, Tone};
use crate::pages::data;
use crate::pages::home::{check_name, verdict};
use crate::pages::page::{Me, Page, rendered};
use crate::pages::registers::{grouped, heading, way_of, word};
use crate::words::capital;

#[derive(Debug, Deserialize)]
struct Health {
    status: String,
    checks: BTreeMap<String, Check>,
}

#[derive(Debug, Deserialize)]
struct Check {
    status: String,
    reason: String,
    mend: Option<String>,
}

/// A check as it is shown.
#[derive(Debug)]
struct Checked {
    name: String,
    status: Status,
    /// Its words, those that programs say marked.
    reason: Vec<(bool, String)>,
    mend: Option<String>,
    /// The page that mends it.
    way: Option<Link>,
}

impl Checked {
    /// Whether what mends it is for the database to be told.
    fn is_statement(&self) -> bool {
        self.mend.as_deref().is_some_and(|mend| {
            mend.contains(';') && mend.starts_with(|sign: char| sign.is_ascii_uppercase())
        })
    }
}

/// What one of the views says.
#[derive(Debug)]
struct Table {
    title: String,
    none: String,
    heads: Vec<(&'static str, String)>,
    rows: Vec<Vec<(&'static str, String)>>,
}

#[derive(Debug, Template)]
#[template(path = "administration/health.html")]
struct HealthPage {
    page: Page,
    me: Me,
    whole: Status,
    checks: Vec<Checked>,
    tables: Vec<Table>,
}

/// Parts of the diagnostics: name, key of the title, and columns; numbers stand right.
type Part = (&'static str, &'static str, &'static [(&'static str, bool)]);

const PARTS: [Part; 6] = [
    (
        "metrics",
        "health-metrics",
        &[
            ("metric_code", false),
            ("value", true),
            ("unit", false),
            ("warning", true),
            ("critical", true),
            ("verdict", false),
        ],
    ),
    (
        "slow_queries",
        "health-slow-queries",
        &[("query", false), ("calls", true), ("mean_ms", true), ("max_ms", true), ("hit_percent", true)],
    ),
    ("table_sizes", "health-table-sizes", &[("table_name", false), ("size", true), ("row_estimate", true)]),
    (
        "dead_rows",
        "health-dead-rows",
        &[("table_name", false), ("live_rows", true), ("dead_rows", true), ("dead_percent", true)],
    ),
    (
        "unused_indexes",
        "health-unused-indexes",
        &[("index_name", false), ("table_name", false), ("size_bytes", true)],
    ),
    (
        "blocking_locks",
        "health-locks",
        &[("table_name", false), ("wanted_lock", false), ("waits_seconds", true), ("blocking_pid", true)],
    ),
];

pub(super) fn show(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let (mut context, person) = incoming.enter().await?;
        let page = Page::signed_in(&incoming, &mut context, &person, "health-title").await?;
        let me = page.me.clone().ok_or_else(not_signed_in)?;
        let health: Vec<Health> = data::found(&mut context, "get_system_health_status", Map::new()).await?;
        let figures: Vec<BTreeMap<String, Value>> =
            data::found(&mut context, "system_diagnostics", Map::new()).await?;
        context.commit().await?;
        let health = health.into_iter().next();
        let figures = figures.into_iter().next().unwrap_or_default();
        let state = health.as_ref().map_or("unknown", |health| health.status.as_str());
        let view = HealthPage {
            whole: Status::pill(verdict(state), word(page.words, &format!("health_{state}"))),
            checks: checks(&page, &me, health.map(|health| health.checks).unwrap_or_default()),
            tables: PARTS.iter().map(|part| table(&page, &figures, part)).collect(),
            page,
            me,
        };
        rendered(&view, StatusCode::OK)
    })
}

/// The function that a statement calls.
fn called_in(mend: &str) -> Option<&str> {
    let (name, _) = mend.strip_prefix("SELECT ")?.split_once('(')?;
    Some(name)
}

/// What is not well first.
fn checks(page: &Page, me: &Me, checks: BTreeMap<String, Check>) -> Vec<Checked> {
    let rank = |tone: Tone| match tone {
        Tone::Bad => 0,
        Tone::Warn => 1,
        Tone::None => 2,
        _ => 3,
    };
    let mut shown: Vec<(u8, Checked)> = checks
        .into_iter()
        .map(|(name, check)| {
            let tone = verdict(&check.status);
            let status = Status::new(tone, word(page.words, &format!("health_{}", check.status)));
            (
                rank(tone),
                Checked {
                    name: check_name(page, &name),
                    status,
                    reason: parts(&page.words.said(&check.reason), |text| plain(page, text)),
                    way: check.mend.as_deref().and_then(called_in).and_then(|name| way_of(page, me, name)),
                    mend: check.mend.map(|mend| page.words.said(&mend)),
                },
            )
        })
        .collect();
    shown.sort_by_key(|(rank, _)| *rank);
    shown.into_iter().map(|(_, check)| check).collect()
}

/// A sentence in parts: settings, tables and views as code, the rest as it is told. A code keeps its small letter.
fn parts(sentence: &str, told: impl Fn(&str) -> String) -> Vec<(bool, String)> {
    let mut parts: Vec<(bool, String)> = Vec::new();
    // What follows a day is a time of it, and no time that passed.
    let mut is_of_day = false;
    for word in sentence.split(' ') {
        let is_code = is_identifier(word);
        let text = if is_code || is_of_day { word.to_owned() } else { told(word) };
        is_of_day = word.parse::<NaiveDate>().is_ok();
        match parts.last_mut() {
            Some((false, before)) if !is_code => {
                before.push(' ');
                before.push_str(&text);
            }
            _ => parts.push((is_code, text)),
        }
    }
    if let Some((false, first)) = parts.first_mut() {
        *first = capital(first);
    }
    parts
}

/// Settings whose names look like words.
const SETTINGS: [&str; 1] = ["fsync"];

fn is_identifier(word: &str) -> bool {
    let word = word.trim_end_matches([',', ':', ';', '.']);
    let is_name = word.bytes().all(|sign| sign.is_ascii_lowercase() || sign.is_ascii_digit() || sign == b'_');
    SETTINGS.contains(&word) || (is_name && word.contains('_'))
}

/// A time that passed, as `00:37:10`, in hours and minutes; any other word as it is.
fn plain(page: &Page, word: &str) -> String {
    let bare = word.trim_end_matches([',', ';', '.']);
    let end = &word[bare.len()..];
    let figures: Vec<Option<i64>> = bare.split(':').map(|part| part.parse().ok()).collect();
    let [Some(hours), Some(minutes), Some(seconds)] = figures[..] else { return word.to_owned() };
    let told = match (hours, minutes) {
        (0, 0) => page.tv("health-seconds", "count", seconds),
        (0, _) => page.tv("health-minutes", "count", minutes),
        _ => page.words.say_with("health-hours", &[("hours", hours.into()), ("minutes", minutes.into())]),
    };
    format!("{told}{end}")
}

/// A text of the diagnostics: verdicts and units are the product's words, the rest are names of the database.
fn told(page: &Page, column: &str, text: &str) -> String {
    match column {
        "verdict" => {
            let known = page.words.say_if_known(&format!("word-health-{text}"));
            known.unwrap_or_else(|| page.words.said(text))
        }
        "unit" => page.words.shipped(text),
        _ => text.to_owned(),
    }
}

fn table(
    page: &Page,
    figures: &BTreeMap<String, Value>,
    (name, title, columns): &(&str, &str, &'static [(&'static str, bool)]),
) -> Table {
    let class = |is_number: bool| if is_number { "num" } else { "" };
    let cell = |row: &Value, (column, is_number): &(&str, bool)| {
        let text = match &row[*column] {
            Value::Null => String::new(),
            Value::String(text) => told(page, column, text),
            Value::Number(number) => grouped(page.words, &number.to_string()),
            other => other.to_string(),
        };
        (class(*is_number), text)
    };
    let rows = figures.get(*name).and_then(Value::as_array).cloned().unwrap_or_default();
    Table {
        title: page.t(title),
        none: page.t("health-nothing"),
        heads: columns.iter().map(|(column, is_number)| (class(*is_number), heading(page, column))).collect(),
        rows: rows.iter().map(|row| columns.iter().map(|column| cell(row, column)).collect()).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_programs_say_keeps_its_small_letter() {
        let told = |sentence| parts(sentence, str::to_owned);
        let code = |text: &str| (true, text.to_owned());
        let plain = |text: &str| (false, text.to_owned());
        assert_eq!(told("fsync off"), [code("fsync"), plain("off")]);
        assert_eq!(
            told("pg_stat_statements is not there"),
            [code("pg_stat_statements"), plain("is not there")]
        );
        assert_eq!(told("no row waits"), [plain("No row waits")]);
        let marked = |sentence| parts(sentence, |word| format!("<{word}>"));
        assert_eq!(marked("at 2026-11-27 14:32:05 UTC"), [plain("<at> <2026-11-27> 14:32:05 <UTC>")]);
    }

    #[test]
    fn a_statement_names_the_function_that_it_calls() {
        assert_eq!(called_in("SELECT run_audit_verification(); each day"), Some("run_audit_verification"));
        assert_eq!(called_in("Stop the server, run pg_checksums --enable."), None);
        assert_eq!(crate::pages::title_of_form("run_audit_verification"), Some("verification-new"));
    }
}
