//! A step of the workflow and a change of one, in words.

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Map, Value};
use torvan_store::Context;

use crate::api::endpoint::ListSpec;
use crate::http::problem::{NOT_FOUND, Problem};
use crate::incoming::Incoming;
use crate::pages::components::{Phase, Status, Tone};
use crate::pages::data;
use crate::pages::numbers::number;
use crate::pages::page::Page;
use crate::pages::registers::cell;
use crate::words::capital;

pub(super) const RULES: ListSpec = ListSpec {
    relation: "v_workflow_rules",
    filters: &["rule_kind", "rule_key"],
    sorts: &["rule_key"],
    key: &["rule_key"],
};
pub(super) const CHANGES: ListSpec = ListSpec {
    relation: "v_workflow_rule_changes",
    filters: &["rule_key", "state"],
    sorts: &["-workflow_rule_change_id"],
    key: &["workflow_rule_change_id"],
};

/// A step.
#[expect(clippy::struct_excessive_bools, reason = "the view has a column for each")]
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Rule {
    pub(super) rule_key: String,
    pub(super) order_workflow_rule_id: Option<i64>,
    pub(super) build_workflow_rule_id: Option<i64>,
    pub(super) from_phase: String,
    pub(super) from_sub_state: Option<String>,
    pub(super) to_phase: String,
    pub(super) to_sub_state: Option<String>,
    pub(super) action: String,
    pub(super) title: String,
    pub(super) permission: String,
    pub(super) guards: Vec<String>,
    pub(super) requires_reason: bool,
    pub(super) separate_from: Option<String>,
    pub(super) signature_meaning: Option<String>,
    pub(super) target_hours: Option<f64>,
    pub(super) is_active: bool,
    pub(super) product_title: String,
    pub(super) product_guards: Vec<String>,
    pub(super) product_requires_reason: bool,
    pub(super) product_separate_from: Option<String>,
    pub(super) product_signature_meaning: Option<String>,
    pub(super) is_optional: bool,
    pub(super) row_version: i64,
    pub(super) open_change_id: Option<i64>,
    pub(super) role_codes: Vec<String>,
}

/// A change of one.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Change {
    pub(super) workflow_rule_change_id: i64,
    pub(super) order_workflow_rule_id: Option<i64>,
    pub(super) build_workflow_rule_id: Option<i64>,
    pub(super) step_title: String,
    pub(super) product_title: String,
    pub(super) from_phase: String,
    pub(super) from_sub_state: Option<String>,
    pub(super) to_phase: String,
    pub(super) to_sub_state: Option<String>,
    pub(super) state: String,
    pub(super) from_version: i64,
    pub(super) rule_version: i64,
    pub(super) former_values: Map<String, Value>,
    pub(super) new_values: Map<String, Value>,
    pub(super) reason: String,
    pub(super) proposed_by: i64,
    pub(super) proposed_by_name: Option<String>,
    pub(super) proposed_at: DateTime<Utc>,
    pub(super) decided_by_name: Option<String>,
    pub(super) decided_at: Option<DateTime<Utc>>,
    pub(super) decision_note: Option<String>,
}

fn slug(code: &str) -> String {
    code.to_ascii_lowercase().replace('_', "-")
}

/// From where to where a step leads.
#[derive(Debug, Clone, Copy)]
pub(super) struct Way<'a> {
    pub(super) from: (&'a str, Option<&'a str>),
    pub(super) to: (&'a str, Option<&'a str>),
}

impl Way<'_> {
    fn is_inside(&self) -> bool {
        self.from.0 == self.to.0
    }

    /// What a step is called: as the plant named it, else as the product does in the language of the reader.
    pub(super) fn called(&self, page: &Page, title: &str, product_title: &str) -> String {
        if title != product_title {
            return title.to_owned();
        }
        let key = if self.is_inside() {
            format!(
                "step-build-{}-{}",
                slug(self.from.1.unwrap_or_default()),
                slug(self.to.1.unwrap_or_default())
            )
        } else {
            format!("step-{}-{}", slug(self.from.0), slug(self.to.0))
        };
        page.words.say_if_known(&key).map_or_else(|| title.to_owned(), |words| capital(&words))
    }

    /// `Draft → Configuration`, or the steps of a build inside its phase.
    pub(super) fn told(&self, page: &Page) -> String {
        if self.is_inside() {
            return format!("{} → {}", inside(page, self.from.1), inside(page, self.to.1));
        }
        format!("{} → {}", Phase::of(page.words, self.from.0).name(), Phase::of(page.words, self.to.0).name())
    }
}

fn inside(page: &Page, sub_state: Option<&str>) -> String {
    let code = sub_state.unwrap_or_default();
    let known = page.words.say_if_known(&format!("sub-{}", slug(code)));
    capital(&known.unwrap_or_else(|| cell::word(page.words, code)))
}

impl Rule {
    pub(super) fn way(&self) -> Way<'_> {
        Way {
            from: (&self.from_phase, self.from_sub_state.as_deref()),
            to: (&self.to_phase, self.to_sub_state.as_deref()),
        }
    }

    pub(super) fn called(&self, page: &Page) -> String {
        self.way().called(page, &self.title, &self.product_title)
    }

    pub(super) fn path(&self) -> String {
        path(self.order_workflow_rule_id, self.build_workflow_rule_id)
    }

    /// Whose step it is: the roles that have its permission.
    pub(super) fn who(&self, page: &Page) -> String {
        let name = |code: &String| page.role(code, &cell::word(page.words, code));
        self.role_codes.iter().map(name).collect::<Vec<_>>().join(", ")
    }
}

impl Change {
    pub(super) fn way(&self) -> Way<'_> {
        Way {
            from: (&self.from_phase, self.from_sub_state.as_deref()),
            to: (&self.to_phase, self.to_sub_state.as_deref()),
        }
    }

    /// What the step is called that it is about.
    pub(super) fn called(&self, page: &Page) -> String {
        self.way().called(page, &self.step_title, &self.product_title)
    }

    pub(super) fn step_path(&self) -> String {
        path(self.order_workflow_rule_id, self.build_workflow_rule_id)
    }

    pub(super) fn path(&self) -> String {
        format!("/workflow/changes/{}", self.workflow_rule_change_id)
    }

    pub(super) fn is_open(&self) -> bool {
        self.state == "PROPOSED"
    }

    /// Whether its step was changed since it was proposed: then it is only rejected.
    pub(super) fn is_stale(&self) -> bool {
        self.is_open() && self.from_version != self.rule_version
    }

    pub(super) fn status(&self, page: &Page) -> Status {
        let tone = match self.state.as_str() {
            "PROPOSED" => Tone::Info,
            "RELEASED" => Tone::Ok,
            "REJECTED" => Tone::Bad,
            _ => Tone::None,
        };
        Status::pill(tone, cell::word(page.words, &self.state))
    }

    /// What it changes, each with what was and what is to be.
    pub(super) fn differences(&self, page: &Page) -> Vec<Difference> {
        let named = NAMES.iter().filter(|(name, _)| self.new_values.contains_key(*name));
        named.map(|(name, key)| self.difference(page, name, page.t(key))).collect()
    }

    fn difference(&self, page: &Page, name: &str, label: String) -> Difference {
        let nothing = Value::Null;
        let was = self.former_values.get(name).unwrap_or(&nothing);
        let now = self.new_values.get(name).unwrap_or(&nothing);
        if name != "guards" {
            return Difference {
                label,
                was: value(page, name, was),
                now: value(page, name, now),
                added: Vec::new(),
                removed: Vec::new(),
            };
        }
        let (was, now) = (codes(was), codes(now));
        let only = |one: &[String], other: &[String]| {
            one.iter().filter(|code| !other.contains(code)).map(|code| guard(page, code)).collect()
        };
        Difference {
            label,
            was: String::new(),
            now: String::new(),
            added: only(&now, &was),
            removed: only(&was, &now),
        }
    }
}

/// What a change makes different.
#[derive(Debug)]
pub(super) struct Difference {
    pub(super) label: String,
    pub(super) was: String,
    pub(super) now: String,
    /// Guards that come, and that go.
    pub(super) added: Vec<String>,
    pub(super) removed: Vec<String>,
}

impl Difference {
    /// In one line.
    pub(super) fn line(&self) -> String {
        let added = self.added.iter().map(|guard| format!("+ {guard}"));
        let removed = self.removed.iter().map(|guard| format!("− {guard}"));
        let guards: Vec<String> = added.chain(removed).collect();
        if guards.is_empty() {
            return format!("{}: {} → {}", self.label, self.was, self.now);
        }
        format!("{}: {}", self.label, guards.join(", "))
    }
}

/// What may be changed of a step, with the keys of its names.
const NAMES: [(&str, &str); 7] = [
    ("title", "col-title"),
    ("guards", "workflow-guards"),
    ("requires_reason", "workflow-reason"),
    ("separate_from", "workflow-separate"),
    ("signature_meaning", "workflow-signature"),
    ("target_hours", "workflow-hours"),
    ("is_active", "workflow-active"),
];

fn codes(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn value(page: &Page, name: &str, value: &Value) -> String {
    match (name, value) {
        (_, Value::Null) => page.t("workflow-none"),
        (_, Value::Bool(is_on)) => page.t(if *is_on { "yes" } else { "no" }),
        ("separate_from", Value::String(code)) => separation(page, code),
        ("signature_meaning", Value::String(code)) => meaning(page, code),
        (_, Value::String(text)) => text.clone(),
        (_, Value::Number(number)) => hours(page, number.as_f64().unwrap_or_default()),
        (_, other) => other.to_string(),
    }
}

/// What a guard asks for.
pub(super) fn guard(page: &Page, code: &str) -> String {
    let known = page.words.say_if_known(&format!("guard-{}", slug(code)));
    known.unwrap_or_else(|| cell::word(page.words, code))
}

/// Whose step it may not be.
pub(super) fn separation(page: &Page, code: &str) -> String {
    page.t(match code {
        "SUBMITTER" => "workflow-not-submitter",
        "CREATOR" => "workflow-not-creator",
        _ => "workflow-not-builder",
    })
}

/// What a signature means.
pub(super) fn meaning(page: &Page, code: &str) -> String {
    page.words.say_if_known(&format!("meaning-{code}")).unwrap_or_else(|| cell::word(page.words, code))
}

/// Planned hours.
pub(super) fn hours(page: &Page, hours: f64) -> String {
    page.tv("workflow-hours-told", "hours", number(page.words, &hours.to_string()))
}

/// The page of a step.
fn path(order_workflow_rule_id: Option<i64>, build_workflow_rule_id: Option<i64>) -> String {
    match (order_workflow_rule_id, build_workflow_rule_id) {
        (Some(key), _) => format!("/workflow-rules/orders/{key}"),
        (None, key) => format!("/workflow-rules/builds/{}", key.unwrap_or_default()),
    }
}

pub(super) fn missing() -> Problem {
    Problem::new(NOT_FOUND, NOT_FOUND.title)
}

/// The step that the path names, as functions of the database are given it.
pub(super) fn named(incoming: &Incoming) -> Result<(&'static str, i64), Problem> {
    let name = if incoming.path_value("order_workflow_rule_id").is_some() {
        "order_workflow_rule_id"
    } else {
        "build_workflow_rule_id"
    };
    Ok((name, incoming.key(name)?))
}

/// The same as values of a function.
pub(super) fn given(step: (&'static str, i64)) -> Map<String, Value> {
    Map::from_iter([(step.0.to_owned(), step.1.into())])
}

/// The step that the path names.
pub(super) async fn rule(context: &mut Context, incoming: &Incoming) -> Result<Rule, Problem> {
    let (name, key) = named(incoming)?;
    let kind = if name == "order_workflow_rule_id" { "ORDER" } else { "BUILD" };
    let rule_key = format!("{kind}-{key}");
    let found: Vec<Rule> = data::rows(context, &RULES, &[("filter[rule_key]", &rule_key)]).await?;
    found.into_iter().next().ok_or_else(missing)
}

/// The change that the path names.
pub(super) async fn change(context: &mut Context, incoming: &Incoming) -> Result<Change, Problem> {
    data::one(context, "v_workflow_rule_changes", &incoming.path).await?.ok_or_else(missing)
}

/// Whom a step reaches.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Reach {
    waiting: i64,
    is_at_least: bool,
    looked_at: i64,
    newly_held: i64,
}

impl Reach {
    /// Of a step; none for those who do not see all orders.
    pub(super) async fn of(
        context: &mut Context,
        order_workflow_rule_id: Option<i64>,
        build_workflow_rule_id: Option<i64>,
    ) -> Result<Option<Self>, Problem> {
        let step = match order_workflow_rule_id {
            Some(key) => ("order_workflow_rule_id", key),
            None => ("build_workflow_rule_id", build_workflow_rule_id.unwrap_or_default()),
        };
        Ok(data::found(context, "workflow_rule_reach", given(step)).await?.into_iter().next())
    }

    /// How many stand before the step.
    pub(super) fn told(&self, page: &Page, is_of_orders: bool) -> String {
        let key = if is_of_orders { "workflow-waiting-orders" } else { "workflow-waiting-builds" };
        let told = page.tv(key, "count", self.waiting);
        if self.is_at_least { page.tv("workflow-at-least", "told", told) } else { told }
    }

    /// How many of some would be held by what is new.
    pub(super) fn held(&self, page: &Page) -> Option<String> {
        let counts = [("held", self.newly_held.into()), ("of", self.looked_at.into())];
        (self.looked_at > 0).then(|| page.words.say_with("workflow-would-hold", &counts))
    }
}
