//! Rules: a set of them, one of them in a form, what a set makes of a sink, and its release.
//!
//! The form writes what the database keeps (jsonpath); whether that is right is judged there. What lines cannot show is changed as
//! it stands.

mod bench;
pub(in crate::pages) mod condition;
mod content;
mod form;
pub(in crate::pages) mod names;
mod path;
mod release;
mod rule;
mod set;
mod view;

use serde::Deserialize;
use serde_json::{Map, Value};
use torvan_store::Context;

use crate::api::endpoint::Method::Get;
use crate::api::endpoint::{Access, Endpoint};
use crate::http::problem::{FieldFault, NOT_FOUND, Problem};
use crate::incoming::Incoming;
use crate::pages::components::{Status, Tone};
use crate::pages::page::Page;
use crate::pages::registers::cell;
use crate::pages::{data, field, form as target, page};

const READ: Access = Access::Permission("configuration_rule:read");
const CHANGE: Access = Access::Permission("configuration_rule:update");
const RELEASE: Access = Access::Permission("configuration_rule:activate");
const SIMULATE: Access = Access::Permission("configuration_rule:simulate");

pub(super) const PAGES: &[Endpoint] = &[
    page(
        Get,
        "/rule-sets/{rule_set_id}",
        Access::Permission("configuration:read"),
        set::show,
        "A set of rules: what is in it, what differs from the one in force, what is wrong with it.",
    ),
    page(
        Get,
        "/rule-sets/{rule_set_id}/release",
        RELEASE,
        release::show,
        "Asks before a draft set is put in force.",
    ),
    target(
        "/rule-sets/{rule_set_id}/release",
        RELEASE,
        release::send,
        &[field("reason", "What changed and why.")],
        "Puts a draft set in force, signed.",
    ),
    page(
        Get,
        "/rule-sets/{rule_set_id}/bench",
        SIMULATE,
        bench::show,
        "What a set makes of a build, rule by rule.",
    ),
    target(
        "/rule-sets/{rule_set_id}/bench",
        SIMULATE,
        bench::send,
        &[field("do", "What the pressed button does to the parameters.")],
        "What a set makes of the parameters of the form; stores nothing.",
    ),
    page(Get, "/rule-sets/{rule_set_id}/rules/new", CHANGE, rule::ask, "Asks for a new rule."),
    target(
        "/rule-sets/{rule_set_id}/rules/new",
        CHANGE,
        rule::add,
        &[field("do", "What the pressed button does: save, or change the form.")],
        "Shows what the form says, or adds the rule.",
    ),
    page(
        Get,
        "/configuration-rules/{configuration_rule_id}",
        READ,
        rule::show,
        "A rule; in a draft its form.",
    ),
    target(
        "/configuration-rules/{configuration_rule_id}",
        CHANGE,
        rule::send,
        &[field("do", "What the pressed button does: save, remove, or change the form.")],
        "Shows what the form says, changes the rule or takes it out of its set.",
    ),
];

/// A set.
#[derive(Debug, Clone, Deserialize)]
struct Edition {
    rule_set_id: i64,
    family_code: String,
    version: i32,
    state: String,
    note: String,
    created_by: String,
    created_at: chrono::DateTime<chrono::Utc>,
    released_by: Option<String>,
    released_at: Option<chrono::DateTime<chrono::Utc>>,
}

impl Edition {
    fn is_draft(&self) -> bool {
        self.state == "DRAFT"
    }

    /// `MDRD version 2`.
    fn called(&self, page: &Page) -> String {
        let values =
            [("family", self.family_code.clone().into()), ("version", i64::from(self.version).into())];
        page.words.say_with("rule-set-called", &values)
    }

    fn status(&self, page: &Page) -> Status {
        let tone = match self.state.as_str() {
            "DRAFT" => Tone::Info,
            "RELEASED" => Tone::Ok,
            _ => Tone::None,
        };
        Status::pill(tone, cell::word(page.words, &self.state))
    }

    fn path(&self) -> String {
        format!("/rule-sets/{}", self.rule_set_id)
    }
}

fn missing() -> Problem {
    Problem::new(NOT_FOUND, NOT_FOUND.title)
}

async fn set_of(context: &mut Context, rule_set_id: i64) -> Result<Edition, Problem> {
    let path = [("rule_set_id".to_owned(), rule_set_id.to_string())];
    data::one(context, "rule_sets", &path).await?.ok_or_else(missing)
}

/// A key in the path.
fn key_of(incoming: &Incoming, name: &str) -> Result<i64, Problem> {
    let key = incoming.path_value(name).and_then(|text| text.parse().ok());
    key.ok_or_else(|| {
        Problem::invalid(vec![FieldFault::parameter(name, format!("\"{name}\" is not a whole number."))])
    })
}

fn given(pairs: &[(&str, Value)]) -> Map<String, Value> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect()
}

fn asked<'a>(incoming: &'a Incoming, name: &str) -> &'a str {
    incoming.query.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str())
}
