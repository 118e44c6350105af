//! The trail: who changed what, and when; before and after side by side, and whether the chain holds.

use askama::Template;
use axum::http::StatusCode;
use chrono::{DateTime, Days, NaiveDate, Utc};
use serde::Deserialize;
use serde_json::Map;
use torvan_store::Context;

use crate::api::endpoint::ListSpec;
use crate::http::problem::Problem;
use crate::identity::Answering;
use crate::incoming::{Incoming, not_signed_in};
use crate::pages::components::{Empty, Faults, Field, Icon, Kind, Link, Pager, Segments, Status, Tone};
use crate::pages::data;
use crate::pages::moment::Clock;
use crate::pages::page::{Me, Page, rendered};
use crate::pages::registers::past::{Kept, Teller, Told, is_own_key};
use crate::pages::registers::{heading, tone_of, word};
use crate::pages::way::with_query;

const TRAIL: ListSpec = ListSpec {
    relation: "v_audit_trail",
    filters: &["table_name", "record_key", "operation", "field", "actor", "request_id", "created_at"],
    sorts: &["-audit_log_id"],
    key: &["audit_log_id", "field"],
};
const VERIFICATIONS: ListSpec =
    ListSpec { relation: "audit_verifications", filters: &[], sorts: &["-audit_verification_id"], key: &[] };

/// Counts changes for those who change at the same time; nobody reads it.
const COUNTER: &str = "row_version";

/// Fields of records on a page.
const PAGE: &str = "120";

/// What is asked for: name in the address, filter of the list, key of the label, how it is typed.
const FILTERS: [(&str, &str, &str, Kind); 7] = [
    ("actor", "filter[actor][prefix]", "trail-who", Kind::Text),
    ("table", "filter[table_name]", "trail-what", Kind::Select),
    ("record", "filter[record_key]", "trail-record", Kind::Text),
    ("field", "filter[field]", "trail-field", Kind::Text),
    ("operation", "filter[operation]", "trail-operation", Kind::Select),
    ("from", "filter[created_at][gte]", "report-from", Kind::Date),
    ("to", "filter[created_at][lt]", "report-to", Kind::Date),
];

#[derive(Debug, Deserialize)]
struct Row {
    audit_log_id: i64,
    created_at: DateTime<Utc>,
    actor: Option<String>,
    person: Option<String>,
    roles: Option<String>,
    table_name: String,
    record_key: Option<String>,
    operation: String,
    field: String,
    old_value: Option<String>,
    new_value: Option<String>,
    reason: Option<String>,
    door: Option<String>,
}

impl Row {
    /// Its value before and after.
    fn kept(&self) -> [Option<Kept<'_>>; 2] {
        [&self.old_value, &self.new_value]
            .map(|value| Some(Kept { table: &self.table_name, field: &self.field, value: value.as_deref()? }))
    }

    /// Whether it says more than the head of the change.
    fn is_told(&self) -> bool {
        let record_key = self.record_key.as_deref().unwrap_or_default();
        let is_key = self.kept().into_iter().flatten().any(|kept| is_own_key(kept, record_key));
        self.field != COUNTER && !is_key
    }
}

#[derive(Debug, Deserialize)]
struct Verification {
    started_at: DateTime<Utc>,
    is_sound: bool,
    row_count: i64,
}

/// A change of a record.
#[derive(Debug)]
struct Change {
    id: i64,
    at: String,
    exact: String,
    who: String,
    roles: String,
    operation: Status,
    record: Link,
    /// Table and key as the database calls them.
    raw: String,
    reason: Option<String>,
    door: Option<String>,
    /// Column, what it is called, before, after.
    fields: Vec<(String, String, Option<Told>, Option<Told>)>,
}

#[derive(Debug, Template)]
#[template(path = "administration/trail.html")]
struct TrailPage {
    page: Page,
    me: Me,
    room: Segments,
    chain: Status,
    checked: String,
    fields: Vec<Field>,
    files: [(&'static str, String); 2],
    changes: Vec<Change>,
    empty: Empty,
    pager: Pager,
}

/// What was asked for, by the names of the address; what is no day is left out.
fn asked(incoming: &Incoming) -> Vec<(&'static str, String)> {
    let value = |name: &str| {
        let found = incoming.query.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.trim().to_owned()).filter(|value| !value.is_empty())
    };
    let known = |(name, .., kind): &(&'static str, &str, &str, Kind)| {
        let value = value(name)?;
        let is_day = *kind != Kind::Date || value.parse::<NaiveDate>().is_ok();
        is_day.then_some((*name, value))
    };
    FILTERS.iter().filter_map(known).collect()
}

/// Days that are looked at where what is asked for has no index of its own.
const DAYS: u64 = 31;

/// Without a table or a first day, a person, a record or a field is looked for in the last month; the form shows it.
fn within_a_month(mut asked: Vec<(&'static str, String)>, today: NaiveDate) -> Vec<(&'static str, String)> {
    let has = |names: &[&str]| asked.iter().any(|(name, _)| names.contains(name));
    if !asked.is_empty() && !has(&["table", "from"]) {
        let until = asked.iter().find(|(name, _)| *name == "to").and_then(|(_, day)| day.parse().ok());
        let until = until.unwrap_or(today);
        let since = until.checked_sub_days(Days::new(DAYS)).unwrap_or(until);
        asked.push(("from", since.to_string()));
    }
    asked
}

/// The same in the words of the API.
fn filters(asked: &[(&'static str, String)]) -> Vec<(String, String)> {
    let filter = |(name, value): &(&'static str, String)| {
        let (_, filter, ..) = FILTERS.iter().find(|(known, ..)| known == name)?;
        let value = match (*name, value.parse::<NaiveDate>()) {
            ("from", Ok(day)) => format!("{day}T00:00:00Z"),
            ("to", Ok(day)) => format!("{}T00:00:00Z", day.succ_opt().unwrap_or(day)),
            ("operation", _) => value.to_uppercase(),
            _ => value.clone(),
        };
        Some(((*filter).to_owned(), value))
    };
    asked.iter().filter_map(filter).collect()
}

pub(super) fn show(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let (mut context, person) = incoming.enter().await?;
        let mut page = Page::signed_in(&incoming, &mut context, &person, "trail-title").await?;
        let me = page.me.clone().ok_or_else(not_signed_in)?;
        let asked = within_a_month(asked(&incoming), page.today());
        let cursor = incoming.query.iter().find(|(name, _)| name == "cursor").map(|(_, value)| value.clone());
        let mut given = filters(&asked);
        given.push(("limit".to_owned(), PAGE.to_owned()));
        given.extend(cursor.iter().map(|cursor| ("cursor".to_owned(), cursor.clone())));
        let tables: Vec<String> = data::found(&mut context, "audited_tables", Map::new()).await?;
        let faults = faults(&page, &asked, &tables);
        let (rows, next): (Vec<Row>, _) = if faults.is_empty() {
            data::listed(&mut context, &TRAIL, &[], &given).await?
        } else {
            (Vec::new(), None)
        };
        let (chain, checked) = chain(&mut context, &page).await?;
        let kept: Vec<Kept> = rows.iter().flat_map(Row::kept).flatten().collect();
        let teller = Teller::of(&mut context, page.words, &kept).await?;
        context.commit().await?;
        let mut fields = fields(&page, &asked, &tables);
        faults.onto_all(&mut fields);
        let status = if faults.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        if !faults.is_empty() {
            page.with_error();
        }
        let view = TrailPage {
            room: room(&page),
            fields,
            files: [("CSV", file(&asked, "csv")), ("XLSX", file(&asked, "xlsx"))],
            changes: changes(&page, &teller, &rows),
            empty: Empty {
                icon: Icon("history"),
                title: page.t("register-none-found"),
                text: page.t("trail-none-text"),
                way: Some(Link::new("/audit/trail".to_owned(), page.t("register-all"), false)),
            },
            pager: pager(&page, &asked, cursor.is_some(), next),
            chain,
            checked,
            page,
            me,
        };
        rendered(&view, status)
    })
}

/// Whether the trail was found whole when it was looked at last.
async fn chain(context: &mut Context, page: &Page) -> Result<(Status, String), Problem> {
    let last: Vec<Verification> = data::rows(context, &VERIFICATIONS, &[("limit", "1")]).await?;
    let Some(last) = last.into_iter().next() else {
        return Ok((Status::pill(Tone::Warn, page.t("chain-never")), String::new()));
    };
    let (tone, key) = if last.is_sound { (Tone::Ok, "chain-sound") } else { (Tone::Bad, "chain-broken") };
    let at = Clock::now(page.words).exact(last.started_at);
    let rows = page.number(last.row_count);
    let checked = page.words.say_with("chain-checked", &[("at", at.into()), ("rows", rows.into())]);
    Ok((Status::pill(tone, page.t(key)), checked))
}

fn room(page: &Page) -> Segments {
    let links = [
        ("/audit/trail", "trail-title", "history"),
        ("/audit/verifications", "verifications-title", "shield-check"),
        ("/security-events", "security-events-title", "shield-alert"),
    ];
    let link = |(path, key, icon): (&str, &str, &'static str)| {
        Link::new(path.to_owned(), page.t(key), path == "/audit/trail").icon(Icon(icon))
    };
    Segments { label: page.t("register-room"), links: links.map(link).to_vec() }
}

/// What is asked for and is not there.
fn faults(page: &Page, asked: &[(&'static str, String)], tables: &[String]) -> Faults {
    let table = asked.iter().find(|(name, _)| *name == "table").map(|(_, table)| table);
    match table.filter(|table| !tables.contains(table)) {
        Some(table) => Faults::of("table", page.tv("trail-no-table", "table", table.clone())),
        None => Faults::default(),
    }
}

fn fields(page: &Page, asked: &[(&'static str, String)], tables: &[String]) -> Vec<Field> {
    let tables: Vec<&str> = tables.iter().map(String::as_str).collect();
    let field = |(name, _, label, kind): &(&'static str, &str, &str, Kind)| {
        let value = asked.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str());
        let field = Field::new(name, page.t(label), *kind, "off").value(value).optional();
        if *kind != Kind::Select {
            return field;
        }
        let codes: &[&str] = if *name == "table" { &tables } else { &["INSERT", "UPDATE", "DELETE"] };
        let other =
            Some(value).filter(|value| *name != "table" && !value.is_empty() && !codes.contains(value));
        let mut words: Vec<(String, String)> = codes
            .iter()
            .copied()
            .chain(other)
            .map(|code| (code.to_owned(), word(page.words, code)))
            .collect();
        if *name == "table" {
            words.sort_by(|one, other| one.1.cmp(&other.1));
        }
        field.options(std::iter::once((String::new(), page.t("report-all"))).chain(words).collect())
    };
    FILTERS.iter().map(field).collect()
}

fn file(asked: &[(&'static str, String)], format: &str) -> String {
    let filters = filters(asked);
    let mut pairs: Vec<(&str, &str)> =
        filters.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    pairs.push(("format", format));
    with_query("/api/v1/audit/trail", &pairs)
}

fn pager(page: &Page, asked: &[(&'static str, String)], is_later: bool, next: Option<String>) -> Pager {
    let address = |cursor: &str| {
        let mut pairs: Vec<(&str, &str)> =
            asked.iter().map(|(name, value)| (*name, value.as_str())).collect();
        pairs.push(("cursor", cursor));
        with_query("/audit/trail", &pairs)
    };
    Pager {
        told: page.t("trail-pages"),
        size: String::new(),
        first: None,
        newer: is_later.then(|| address("")),
        older: next.map(|cursor| address(&cursor)),
        words: (page.t("pager-first"), page.t("pager-next")),
    }
}

/// Rows of the same change together.
fn changes(page: &Page, teller: &Teller, rows: &[Row]) -> Vec<Change> {
    let clock = Clock::now(page.words);
    let change = |rows: &[Row]| {
        let row = rows.first()?;
        let key = row.record_key.clone().unwrap_or_default();
        let record = with_query("/audit/trail", &[("table", &row.table_name), ("record", &key)]);
        let who = teller.who(row.person.as_deref(), row.actor.as_deref());
        let roles = row.roles.clone().unwrap_or_default();
        let roles: Vec<String> =
            roles.split(", ").filter(|role| !role.is_empty()).map(|role| word(page.words, role)).collect();
        let tone = if row.operation == "DELETE" { Tone::Bad } else { tone_of(&row.operation) };
        Some(Change {
            id: row.audit_log_id,
            at: clock.ago(row.created_at),
            exact: clock.exact(row.created_at),
            who: who.unwrap_or_else(|| page.t("trail-nobody")),
            roles: roles.join(", "),
            operation: Status::pill(tone, word(page.words, &row.operation)),
            record: Link::new(record, format!("{} {key}", word(page.words, &row.table_name)), false),
            raw: format!("{} {key}", row.table_name),
            reason: row.reason.clone(),
            door: row.door.clone(),
            fields: rows
                .iter()
                .filter(|row| row.is_told())
                .map(|row| {
                    let [old, new] = row.kept().map(|kept| kept.map(|kept| teller.told(kept)));
                    (row.field.clone(), heading(page, &row.field), old, new)
                })
                .collect(),
        })
    };
    rows.chunk_by(|one, other| one.audit_log_id == other.audit_log_id).filter_map(change).collect()
}

#[cfg(test)]
mod tests {
    use super::filters;

    #[test]
    fn days_are_whole_days_of_the_list() {
        let asked = [
            ("from", "2026-11-01".to_owned()),
            ("to", "2026-11-30".to_owned()),
            ("operation", "update".to_owned()),
        ];
        let pairs = filters(&asked);
        let expected = [
            ("filter[created_at][gte]", "2026-11-01T00:00:00Z"),
            ("filter[created_at][lt]", "2026-12-01T00:00:00Z"),
            ("filter[operation]", "UPDATE"),
        ];
        assert_eq!(pairs, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }
}
