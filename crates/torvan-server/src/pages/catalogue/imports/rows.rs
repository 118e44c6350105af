//! What becomes of each row of an import.

use serde::Deserialize;
use serde_json::{Map, Value};
use torvan_store::Context;
use torvan_store::inventory::KindCounts;

use super::Session;
use crate::api::endpoint::ListSpec;
use crate::http::problem::Problem;
use crate::incoming::Incoming;
use crate::pages::catalogue::asked;
use crate::pages::components::{Link, Pager, Status, Tone, Views};
use crate::pages::data::{self, Sheet};
use crate::pages::moment::Clock;
use crate::pages::page::Page;
use crate::pages::registers::{self, cell};
use crate::pages::way::{path_of, with_query};

const ROWS: ListSpec = ListSpec {
    relation: "import_rows",
    filters: &["import_session_id", "outcome", "row_kind"],
    sorts: &["import_row_id"],
    key: &[],
};
/// Rows of a page.
const SHOWN: &str = "50";
/// All rows, in the address.
const ALL: &str = "all";

#[derive(Debug, Deserialize)]
struct Row {
    row_kind: String,
    source: String,
    location: String,
    item_code: Option<String>,
    place_code: Option<String>,
    label: Option<String>,
    outcome: String,
    changes: Map<String, Value>,
}

/// A row as a person sees it.
#[derive(Debug)]
pub(super) struct Shown {
    pub(super) kind: String,
    pub(super) source: String,
    pub(super) location: String,
    pub(super) code: String,
    pub(super) place: String,
    pub(super) label: String,
    pub(super) outcome: Status,
    /// What changes: its name, before, after.
    pub(super) changes: Vec<(String, String, String)>,
}

/// The rows of an import that are looked at.
#[derive(Debug)]
pub(super) struct Rows {
    /// Ways to look at them, by what becomes of them.
    pub(super) views: Views,
    /// The kind that alone is looked at, with the way to all kinds.
    pub(super) kind: Option<Link>,
    pub(super) rows: Vec<Shown>,
    pub(super) pager: Option<Pager>,
    /// The same rows as a file.
    pub(super) file: String,
}

/// How many rows have each outcome, those that want a look first.
pub(super) fn counts(counts: &KindCounts) -> [(&'static str, i64); 7] {
    [
        (ALL, counts.read),
        ("REFUSED", counts.refused),
        ("CHANGED", counts.changed),
        ("NEW", counts.new),
        ("HELD", counts.held),
        ("FOLDED", counts.folded),
        ("UNCHANGED", counts.unchanged),
    ]
}

/// The way to rows of one outcome and one kind.
pub(super) fn way(path: &str, outcome: &str, kind: &str) -> String {
    format!("{}#rows", with_query(path, &[("outcome", outcome), ("kind", kind)]))
}

/// How many rows of all kinds, or of one, have each outcome.
fn totals(session: &Session, kind: &str) -> Vec<(&'static str, i64)> {
    let of = session.summary.iter().filter(|(name, _)| kind.is_empty() || *name == kind);
    let mut totals = counts(&KindCounts::default()).to_vec();
    for (_, found) in of {
        for (total, (_, count)) in totals.iter_mut().zip(counts(found)) {
            total.1 += count;
        }
    }
    totals
}

impl Rows {
    pub(super) async fn read(
        context: &mut Context,
        page: &Page,
        incoming: &Incoming,
        session: &Session,
    ) -> Result<Self, Problem> {
        let path = path_of(incoming);
        let kind = Some(asked(incoming, "kind"))
            .filter(|kind| session.summary.contains_key(*kind))
            .unwrap_or_default();
        let totals = totals(session, kind);
        let usual = totals.iter().skip(1).find(|(_, count)| *count > 0).map_or(ALL, |(outcome, _)| *outcome);
        let outcome =
            totals.iter().map(|(outcome, _)| *outcome).find(|outcome| *outcome == asked(incoming, "outcome"));
        let outcome = outcome.unwrap_or(usual);
        let number = session.import_session_id.to_string();
        let of_outcome = if outcome == ALL { "" } else { outcome };
        let filters = [("filter[outcome]", of_outcome), ("filter[row_kind]", kind)];
        let cursor = asked(incoming, "cursor");
        let given = [
            ("filter[import_session_id]", number.as_str()),
            filters[0],
            filters[1],
            ("limit", SHOWN),
            ("cursor", cursor),
        ];
        let given = given.into_iter().filter(|(_, value)| !value.is_empty());
        let given: Vec<(String, String)> =
            given.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let sheet: Sheet<Row> = data::sheet(context, &ROWS, &[], &given).await?;
        let view = |(code, count): &(&'static str, i64)| {
            let called = if *code == ALL { page.t("view-all") } else { cell::word(page.words, code) };
            Link::new(way(&path, code, kind), called, *code == outcome).count(Some(page.number(*count)))
        };
        let file = with_query(&format!("/api/v1{path}/rows"), &[filters[0], filters[1], ("format", "csv")]);
        Ok(Self {
            views: Views {
                label: page.t("import-rows"),
                links: totals
                    .iter()
                    .filter(|(code, count)| *count > 0 || *code == outcome)
                    .map(view)
                    .collect(),
            },
            kind: (!kind.is_empty())
                .then(|| Link::new(way(&path, outcome, ""), cell::word(page.words, kind), true)),
            pager: pager(page, &path, [("outcome", outcome), ("kind", kind)], cursor, &sheet),
            rows: sheet.rows.into_iter().map(|row| shown(page, row)).collect(),
            file,
        })
    }
}

fn pager(
    page: &Page,
    path: &str,
    asked: [(&str, &str); 2],
    cursor: &str,
    sheet: &Sheet<Row>,
) -> Option<Pager> {
    if cursor.is_empty() && sheet.next.is_none() {
        return None;
    }
    let at = |cursor: &str| format!("{}#rows", with_query(path, &[asked[0], asked[1], ("cursor", cursor)]));
    Some(Pager {
        told: page.tv("register-rows", "count", sheet.rows.len()),
        size: String::new(),
        first: (!cursor.is_empty()).then(|| (at(""), page.t("pager-first"))),
        newer: sheet.before.as_deref().map(at),
        older: sheet.next.as_deref().map(at),
        words: (page.t("pager-previous"), page.t("pager-next")),
    })
}

/// The table whose columns a kind of row fills.
fn relation(kind: &str) -> &str {
    match kind {
        "components" | "proposals" => "assembly_components",
        "listings" => "assembly_listings",
        "codes" => "item_codes",
        kind => kind,
    }
}

fn shown(page: &Page, row: Row) -> Shown {
    let clock = Clock::now(page.words);
    let table = relation(&row.row_kind);
    let told = |column: &str, value: Option<&Value>| match value {
        None | Some(Value::Null) => page.t("import-nothing"),
        Some(Value::String(text)) => registers::told(clock, page.words, table, column, text),
        Some(value) => registers::told(clock, page.words, table, column, &value.to_string()),
    };
    let change = |(column, sides): (&String, &Value)| {
        (registers::heading(page, column), told(column, sides.get(0)), told(column, sides.get(1)))
    };
    Shown {
        kind: cell::word(page.words, &row.row_kind),
        changes: row.changes.iter().map(change).collect(),
        outcome: Status::new(tone(&row.outcome), cell::word(page.words, &row.outcome)),
        source: row.source,
        location: row.location,
        code: row.item_code.unwrap_or_default(),
        place: row.place_code.unwrap_or_default(),
        label: row.label.unwrap_or_default(),
    }
}

/// The hue of an outcome; what is new or changed has none elsewhere.
fn tone(outcome: &str) -> Tone {
    match outcome {
        "NEW" => Tone::Ok,
        "CHANGED" => Tone::Info,
        other => cell::tone_of(other),
    }
}
