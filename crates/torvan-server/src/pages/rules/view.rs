//! What the page of a rule shows beside its form.

use serde::Deserialize;
use serde_json::Value;
use torvan_store::Context;

use super::content::{ABOUT, Draft, Row, When, parts};
use super::names::{Names, list_in};
use super::path::short;
use super::{Edition, given};
use crate::api::endpoint::ListSpec;
use crate::http::problem::Problem;
use crate::pages::data;
use crate::pages::page::Page;
use crate::pages::registers::cell;

/// What the check of a set has against a rule.
#[derive(Debug, Deserialize)]
pub(super) struct Finding {
    pub(super) rule_code: String,
    pub(super) finding: String,
}

const SETS: ListSpec = ListSpec {
    relation: "rule_sets",
    filters: &["family_code", "state"],
    sorts: &["-rule_set_id"],
    key: &[],
};
const RULES: ListSpec = ListSpec {
    relation: "configuration_rules",
    filters: &["rule_set_id", "rule_code"],
    sorts: &["rule_code"],
    key: &[],
};

/// A part that differs from the rule in force.
#[derive(Debug)]
pub(super) struct Difference {
    pub(super) name: String,
    pub(super) was: String,
    pub(super) now: String,
}

/// The rule in force beside one of a draft.
#[derive(Debug)]
pub(super) enum Against {
    /// The set is no draft, or there is nothing in force.
    Nothing,
    New(i64),
    Same(i64),
    Differs(i64, Vec<Difference>),
}

pub(super) async fn findings(
    context: &mut Context,
    set: &Edition,
    code: &str,
) -> Result<Vec<String>, Problem> {
    let asked = given(&[("rule_set_id", set.rule_set_id.into())]);
    let found: Vec<Finding> = data::found(context, "check_rule_set", asked).await?;
    Ok(found.into_iter().filter(|one| one.rule_code == code).map(|one| one.finding).collect())
}

/// What is different from the same rule of the set in force.
pub(super) async fn against(
    context: &mut Context,
    page: &Page,
    names: &Names,
    set: &Edition,
    row: &Row,
) -> Result<Against, Problem> {
    if !set.is_draft() {
        return Ok(Against::Nothing);
    }
    let asked = [("filter[family_code]", set.family_code.as_str()), ("filter[state]", "RELEASED")];
    let released: Option<Edition> = data::rows(context, &SETS, &asked).await?.into_iter().next();
    let Some(released) = released else { return Ok(Against::Nothing) };
    let key = released.rule_set_id.to_string();
    let code = row.get("rule_code").and_then(Value::as_str).unwrap_or_default();
    let asked = [("filter[rule_set_id]", key.as_str()), ("filter[rule_code]", code)];
    let Some(former) = data::rows::<Row>(context, &RULES, &asked).await?.into_iter().next() else {
        return Ok(Against::New(released.version.into()));
    };
    let found = differences(page, names, &former, row);
    Ok(if found.is_empty() {
        Against::Same(released.version.into())
    } else {
        Against::Differs(released.version.into(), found)
    })
}

/// Parts of a rule that people compare.
const COMPARED: [&str; 8] =
    ["title", "rule_type", "priority", "stage", "for_each", "condition", "is_active", "source"];

fn differences(page: &Page, names: &Names, former: &Row, now: &Row) -> Vec<Difference> {
    let all_parts = super::content::TYPES.iter().flat_map(|kind| parts(kind));
    let mut fields: Vec<&str> = COMPARED.iter().chain(all_parts).copied().collect();
    fields.sort_unstable();
    fields.dedup();
    let differs = |name: &&str| former.get(*name) != now.get(*name);
    let difference = |name: &str| Difference {
        name: heading(page, name),
        was: part(page, names, former, name),
        now: part(page, names, now, name),
    };
    fields.into_iter().filter(differs).map(difference).collect()
}

pub(super) fn heading(page: &Page, name: &str) -> String {
    let name = name.replace('_', "-");
    let known =
        ["col-rule-", "col-"].iter().find_map(|kind| page.words.say_if_known(&format!("{kind}{name}")));
    known.unwrap_or_else(|| cell::word(page.words, &name))
}

/// A part of a rule in words.
pub(super) fn part(page: &Page, names: &Names, row: &Row, name: &str) -> String {
    let draft = Draft::of_row(row);
    match name {
        "condition" => sentences(names, &draft).join(&format!(" {} ", page.t("rule-or"))),
        "for_each" => names.runs(&draft.list),
        "is_active" => page.t(if draft.is_active { "yes" } else { "no" }),
        "rule_type" | "severity" | "custom_kind" if !draft.value(name).is_empty() => {
            cell::word(page.words, draft.value(name))
        }
        "title" => page.words.shipped(draft.value(name)),
        _ => draft.value(name).to_owned(),
    }
}

/// When a rule fires, in words; as it stands where lines cannot say it.
pub(super) fn sentences(names: &Names, draft: &Draft) -> Vec<String> {
    match &draft.when {
        When::Lines(alternatives) => names.sentences(alternatives, &draft.list),
        When::Text(text) => vec![names.worded(text, &draft.list)],
    }
}

/// The same of a condition as the database writes it, in one line.
pub(super) fn sentence_of(page: &Page, names: &Names, condition: &str, for_each: Option<&str>) -> String {
    match super::condition::lines(condition) {
        Some(alternatives) => {
            let told = names.sentences(&alternatives, &list_in(for_each));
            told.join(&format!(" {} ", page.t("rule-or")))
        }
        None => names.worded(condition, &list_in(for_each)),
    }
}

/// What a rule is and makes, for whoever only reads it.
pub(super) fn facts(page: &Page, names: &Names, row: &Row) -> Vec<(String, String)> {
    let draft = Draft::of_row(row);
    let shown = ABOUT.iter().chain(parts(draft.rule_type())).copied().chain(["is_active"]);
    let fact = |name: &str| (heading(page, name), part(page, names, row, name));
    shown.map(fact).filter(|(_, value)| !value.is_empty()).collect()
}

/// Values that a rule looks at, in words.
pub(super) fn reads(names: &Names, row: &Row) -> Vec<(String, String)> {
    let list = list_in(row.get("for_each").and_then(Value::as_str));
    let read = row.get("reads").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
    read.map(|name| (short(name), names.label(name, &list))).collect()
}

/// The rule as data, without its keys.
pub(super) fn json(row: &Row) -> String {
    let mut content = row.clone();
    for key in ["configuration_rule_id", "rule_set_id", "reads"] {
        content.remove(key);
    }
    content.retain(|_, value| !value.is_null());
    serde_json::to_string_pretty(&content).unwrap_or_default()
}
