//! What quality control knows of an order: inspections of its builds, what they found, and whether it passed at the first go.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use torvan_store::Context;

use super::view::Read;
use crate::api::endpoint::ListSpec;
use crate::http::problem::Problem;
use crate::pages::components::{Status, Tone};
use crate::pages::data;
use crate::pages::moment::Clock;
use crate::pages::page::{Me, Page};
use crate::pages::registers::{tone_of, word};

const INSPECTIONS: ListSpec = ListSpec {
    relation: "qc_inspections",
    filters: &["build_id"],
    sorts: &["-qc_inspection_id"],
    key: &["qc_inspection_id"],
};
const FINDINGS: ListSpec = ListSpec {
    relation: "nonconformities",
    filters: &["build_id"],
    sorts: &["-nonconformity_id"],
    key: &["nonconformity_id"],
};

#[derive(Debug, Deserialize)]
struct Inspection {
    build_id: i64,
    gate_code: String,
    attempt: i64,
    state: String,
    first_pass: Option<bool>,
    started_at: Option<DateTime<Utc>>,
    completed_at: Option<DateTime<Utc>>,
}

#[derive(Debug, Deserialize)]
struct Finding {
    nonconformity_number: String,
    build_id: i64,
    severity: String,
    state: String,
    description: String,
    reported_at: DateTime<Utc>,
}

/// An inspection as the panel shows it.
#[derive(Debug)]
pub(super) struct InspectionRow {
    pub(super) build: String,
    pub(super) gate: String,
    pub(super) status: Status,
    pub(super) first_pass: Option<Status>,
    pub(super) at: String,
}

/// A nonconformity as the panel shows it.
#[derive(Debug)]
pub(super) struct FindingRow {
    pub(super) number: String,
    pub(super) build: String,
    pub(super) what: String,
    pub(super) severity: Status,
    pub(super) status: Status,
    pub(super) at: String,
}

/// What the panel shows.
#[derive(Debug, Default)]
pub(super) struct Quality {
    pub(super) inspections: Vec<InspectionRow>,
    pub(super) findings: Vec<FindingRow>,
    /// How many of the decided inspections were passed at the first go.
    pub(super) first_pass: Option<String>,
}

/// Reads what this person may see of it.
pub(super) async fn read(
    context: &mut Context,
    page: &Page,
    me: &Me,
    order: &Read,
) -> Result<Quality, Problem> {
    let numbers = order.build_numbers();
    let keys = numbers.iter().map(|(key, _)| key.to_string()).collect::<Vec<_>>().join(",");
    if keys.is_empty() {
        return Ok(Quality::default());
    }
    let build =
        |id: i64| numbers.iter().find(|(key, _)| *key == id).map_or("", |(_, number)| number).to_owned();
    let asked = [("filter[build_id][in]", keys.as_str()), ("limit", "200")];
    let clock = Clock::now(page.words);
    let mut quality = Quality::default();
    if me.may("production_checklist:read") {
        let found: Vec<Inspection> = data::rows(context, &INSPECTIONS, &asked).await?;
        quality.first_pass = first_pass(page, &found);
        let row = |one: Inspection| InspectionRow {
            build: build(one.build_id),
            gate: page.words.say_with(
                "quality-gate",
                &[("gate", word(page.words, &one.gate_code).into()), ("attempt", one.attempt.into())],
            ),
            status: Status::new(tone_of(&one.state), word(page.words, &one.state)),
            first_pass: one.first_pass.map(|is_first| passed(page, is_first)),
            at: one.completed_at.or(one.started_at).map(|at| clock.exact(at)).unwrap_or_default(),
        };
        quality.inspections = found.into_iter().map(row).collect();
    }
    if me.may("nonconformity:read") {
        let found: Vec<Finding> = data::rows(context, &FINDINGS, &asked).await?;
        let row = |one: Finding| FindingRow {
            number: one.nonconformity_number,
            build: build(one.build_id),
            what: one.description,
            severity: Status::new(severity(&one.severity), word(page.words, &one.severity)),
            status: Status::new(tone_of(&one.state), word(page.words, &one.state)),
            at: clock.exact(one.reported_at),
        };
        quality.findings = found.into_iter().map(row).collect();
    }
    Ok(quality)
}

fn passed(page: &Page, is_first: bool) -> Status {
    if is_first {
        Status::new(Tone::Ok, page.t("quality-first"))
    } else {
        Status::new(Tone::Warn, page.t("quality-not-first"))
    }
}

fn severity(code: &str) -> Tone {
    match code {
        "CRITICAL" => Tone::Bad,
        "MAJOR" => Tone::Warn,
        _ => Tone::Info,
    }
}

fn first_pass(page: &Page, found: &[Inspection]) -> Option<String> {
    let decided = found.iter().filter_map(|one| one.first_pass);
    let (passed, all) =
        decided.fold((0_i64, 0_i64), |(passed, all), first| (passed + i64::from(first), all + 1));
    (all > 0)
        .then(|| page.words.say_with("quality-first-pass", &[("passed", passed.into()), ("all", all.into())]))
}
