//! Beside the lines: what they add up to, how the BOM stands, who did what, and what it still needs.

use rust_decimal::Decimal;

use super::read::{Sheet, state_words};
use crate::pages::components::{Gate, Hash, Link, Stamp, Status, Tone};
use crate::pages::moment::Clock;
use crate::pages::numbers::{amount, money};
use crate::pages::page::Page;

/// What stands beside the lines.
#[derive(Debug)]
pub(in crate::pages) struct Aside {
    /// Numbers with their names.
    pub(in crate::pages) figures: Vec<(String, String)>,
    /// What is to heed.
    pub(in crate::pages) findings: Vec<Gate>,
    /// Who did what, when.
    pub(in crate::pages) facts: Vec<(String, String)>,
    /// What tells its content from every other.
    pub(in crate::pages) hash: Hash,
    /// What it still needs, and of whom.
    pub(in crate::pages) gates: Vec<Gate>,
    /// Signatures.
    pub(in crate::pages) stamps: Vec<Stamp>,
    /// What it was made from.
    pub(in crate::pages) configuration: Option<Link>,
    /// Other revisions.
    pub(in crate::pages) revisions: Vec<(Link, Status)>,
}

pub(in crate::pages) fn aside(page: &Page, sheet: &Sheet) -> Aside {
    Aside {
        figures: figures(page, sheet),
        findings: findings(page, sheet),
        facts: facts(page, sheet),
        hash: Hash::new(&sheet.content_hash),
        gates: gates(page, sheet),
        stamps: sheet.stamps.iter().map(|one| one.stamp(page, None)).collect(),
        configuration: sheet.build_id.map(|build| {
            Link::new(format!("/builds/{build}/configuration"), page.t("bom-open-configuration"), false)
        }),
        revisions: revisions(page, sheet),
    }
}

fn figures(page: &Page, sheet: &Sheet) -> Vec<(String, String)> {
    let mut figures = Vec::new();
    if let Some(cost) = sheet.cost {
        figures.push((money(page.words, cost, 0), page.t("total-cost")));
    }
    if let Some(weight) = sheet.weight_kg {
        let pounds = (weight * Decimal::new(220_462, 5)).round();
        figures.push((
            format!("{} kg", amount(page.words, weight, 0)),
            page.tv("total-weight", "pounds", amount(page.words, pounds, 0)),
        ));
    }
    if let Some(hours) = sheet.labour_hours {
        figures.push((format!("{} h", amount(page.words, hours, 1)), page.t("total-hours")));
    }
    figures
}

fn gate(tone: Tone, what: String) -> Gate {
    Gate { tone, what, about: String::new(), way: None, whose: None }
}

fn findings(page: &Page, sheet: &Sheet) -> Vec<Gate> {
    let mut found = Vec::new();
    if sheet.unresolved_count > 0 {
        found.push(gate(Tone::Bad, page.tv("bom-unknown-codes", "count", sheet.unresolved_count)));
    }
    if let Some(count) = sheet.uncosted_count.filter(|count| *count > 0) {
        found.push(gate(Tone::Warn, page.tv("bom-without-cost", "count", count)));
    }
    if !sheet.manual_authors.is_empty() {
        let who = sheet.manual_authors.join(", ");
        found.push(gate(Tone::Info, page.tv("bom-by-hand", "who", who)));
    }
    if !sheet.is_present {
        found.push(gate(Tone::Warn, page.t("bom-not-present")));
    }
    if found.is_empty() {
        found.push(gate(Tone::Ok, page.t("bom-no-findings")));
    }
    found
}

fn facts(page: &Page, sheet: &Sheet) -> Vec<(String, String)> {
    let clock = Clock::now(page.words);
    let by = |who: &Option<String>, at: Option<chrono::DateTime<chrono::Utc>>| {
        let at = clock.exact(at?);
        Some(who.as_ref().map_or_else(|| at.clone(), |who| format!("{who}, {at}")))
    };
    let decided = if sheet.state == "REJECTED" { "bom-rejected-by" } else { "bom-approved-by" };
    let facts = [
        ("bom-made-by", by(&sheet.created_by, Some(sheet.created_at))),
        ("bom-submitted-by", by(&sheet.submitted_by, sheet.submitted_at)),
        (decided, by(&sheet.decided_by, sheet.decided_at)),
        ("bom-decision-note", sheet.decision_note.clone()),
        ("bom-released-by", by(&sheet.released_by, sheet.released_at)),
        ("bom-configuration", Some(page.tv("bom-version", "version", sheet.configuration_version))),
        ("bom-rule-set", sheet.rule_set.clone()),
    ];
    facts.into_iter().filter_map(|(key, value)| Some((page.t(key), value?))).collect()
}

/// What it needs next, said to the one who looks.
fn gates(page: &Page, sheet: &Sheet) -> Vec<Gate> {
    if !sheet.is_active {
        return vec![gate(Tone::Hold, page.t("bom-order-rests"))];
    }
    let (tone, key) = match sheet.state.as_str() {
        _ if !sheet.is_present => return Vec::new(),
        "DRAFT" if sheet.unresolved_count > 0 => (Tone::Bad, "bom-needs-codes"),
        "DRAFT" if sheet.may_submit => (Tone::Ok, "bom-may-submit"),
        "DRAFT" => (Tone::Info, "bom-needs-submission"),
        "SUBMITTED" if sheet.is_barred_from_approval => (Tone::Info, "bom-needs-other"),
        "SUBMITTED" if sheet.may_approve && page.cannot_sign() => (Tone::Hold, "sign-unverified"),
        "SUBMITTED" if sheet.may_approve => (Tone::Ok, "bom-may-approve"),
        "SUBMITTED" => (Tone::Info, "bom-needs-approval"),
        "REJECTED" => (Tone::Bad, "bom-needs-revision"),
        "APPROVED" => (Tone::Ok, "bom-waits-release"),
        _ => return Vec::new(),
    };
    vec![gate(tone, page.t(key))]
}

/// Most revisions that stand beside the lines.
const MAX_REVISIONS: usize = 8;

fn revisions(page: &Page, sheet: &Sheet) -> Vec<(Link, Status)> {
    let shown = sheet.revisions.iter().take(MAX_REVISIONS);
    let row = |one: &super::read::Revision| {
        let (tone, key) = state_words(&one.state);
        let name = page.tv("bom-revision", "revision", one.revision);
        let link = Link::new(format!("/boms/{}", one.bom_id), name, one.bom_id == sheet.bom_id);
        let key = key.replace("bom-revision-", "bom-state-");
        (link, Status::new(tone, page.t(&key)))
    };
    if sheet.revisions.len() > 1 { shown.map(row).collect() } else { Vec::new() }
}
