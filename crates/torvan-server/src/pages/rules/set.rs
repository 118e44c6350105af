//! The page of a set: its rules, its parameters and look-up tables, what differs from the set in force, what is wrong with it.

use askama::Template;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::Value;
use torvan_store::Context;

use super::content::TYPES;
use super::names::{Definition, Names};
use super::{Edition, asked, given, key_of, missing, release, view};
use crate::api::endpoint::ListSpec;
use crate::http::problem::Problem;
use crate::identity::Answering;
use crate::incoming::{Incoming, not_signed_in};
use crate::pages::components::{Empty, Icon, Link, Segments, Status, Tone, Views};
use crate::pages::data;
use crate::pages::moment::Clock;
use crate::pages::page::{Me, Page, rendered};
use crate::pages::registers::cell;
use crate::pages::signing::Stamps;
use crate::pages::way::with_query;

const LOOKUPS: ListSpec = ListSpec {
    relation: "configuration_lookups",
    filters: &["rule_set_id"],
    sorts: &["lookup_code"],
    key: &[],
};
#[derive(Debug, Deserialize)]
struct RuleRow {
    configuration_rule_id: i64,
    rule_code: String,
    rule_type: String,
    title: String,
    for_each: Option<String>,
    condition: String,
    outcome: Option<String>,
    severity: Option<String>,
    is_active: bool,
    change: Option<String>,
    finding: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Entry {
    lookup_code: String,
    key_text: Option<String>,
    key_from: Option<Value>,
    key_to: Option<Value>,
    value: String,
}

/// A rule in the list.
#[derive(Debug)]
struct Shown {
    href: String,
    code: String,
    title: String,
    when: String,
    outcome: String,
    severity: Option<Status>,
    change: Option<Mark>,
    finding: Option<String>,
    is_active: bool,
}

/// Rules of a kind.
#[derive(Debug)]
struct Group {
    name: String,
    about: String,
    rules: Vec<Shown>,
}

/// How something differs.
#[derive(Debug)]
pub(super) struct Mark {
    pub(super) class: &'static str,
    pub(super) icon: Icon,
    pub(super) text: String,
}

impl Mark {
    pub(super) fn of(page: &Page, change: &str) -> Self {
        let (class, icon) = match change {
            "ADDED" => ("added", Icon("plus")),
            "REMOVED" => ("removed", Icon("minus")),
            _ => ("changed", Icon("pencil-line")),
        };
        Self { class, icon, text: cell::word(page.words, change) }
    }
}

/// What is shown of a set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Panel {
    Rules,
    Parameters,
    Lookups,
}

#[derive(Debug, Template)]
#[template(path = "rules/set.html")]
struct SetPage {
    page: Page,
    me: Me,
    set: Edition,
    status: Status,
    panel: Panel,
    panels: Segments,
    views: Option<Views>,
    words: String,
    kept: Vec<(&'static str, String)>,
    groups: Vec<Group>,
    parameters: Vec<(String, Vec<[String; 5]>)>,
    lookups: Vec<(String, Vec<(String, String)>)>,
    nothing: Option<Empty>,
    facts: Vec<(String, String)>,
    findings: Vec<(String, String)>,
    changes: Option<(String, Vec<(Mark, i64)>)>,
    stamps: Stamps,
    may_read: bool,
    /// Whether the draft says what is in force already.
    is_unchanged: bool,
}

pub(super) fn show(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let rule_set_id = key_of(&incoming, "rule_set_id")?;
        let (mut context, person) = incoming.enter().await?;
        let set: Option<Edition> = data::one(&mut context, "rule_sets", &incoming.path).await?;
        let set = set.ok_or_else(missing)?;
        let mut page = Page::signed_in(&incoming, &mut context, &person, "rule-sets-title").await?;
        let me = page.me.clone().ok_or_else(not_signed_in)?;
        page.title = set.called(&page);
        said(&mut page, &incoming);
        let may_read = me.may("configuration_rule:read");
        let panel = panel(&incoming, may_read);
        let names = Names::read(&mut context, &page, rule_set_id).await?;
        let all =
            if may_read { rules(&mut context, rule_set_id, &incoming, true).await? } else { Vec::new() };
        let found = if may_read && is_narrowed(&incoming) {
            rules(&mut context, rule_set_id, &incoming, false).await?
        } else {
            Vec::new()
        };
        let lookups =
            if panel == Panel::Lookups { lookups(&mut context, rule_set_id).await? } else { Vec::new() };
        let stamps = stamps(&mut context, &page, &set).await?;
        let colleagues = cell::by_login(&mut context).await?;
        let is_unchanged = may_read && set.is_draft() && !release::differs(&mut context, rule_set_id).await?;
        context.commit().await?;
        let shown = if is_narrowed(&incoming) { &found } else { &all };
        let groups = if panel == Panel::Rules { groups(&page, &names, shown) } else { Vec::new() };
        let view = SetPage {
            status: set.status(&page),
            panels: panels(&page, &set, panel, may_read),
            views: (panel == Panel::Rules).then(|| views(&page, &set, &incoming, &all)),
            words: asked(&incoming, "words").to_owned(),
            kept: ["type", "changed"]
                .map(|name| (name, asked(&incoming, name).to_owned()))
                .into_iter()
                .filter(|(_, value)| !value.is_empty())
                .collect(),
            nothing: (panel == Panel::Rules && groups.is_empty()).then(|| nothing(&page, &set)),
            parameters: if panel == Panel::Parameters { parameters(&page, &names) } else { Vec::new() },
            findings: all
                .iter()
                .filter_map(|rule| Some((rule.rule_code.clone(), rule.finding.clone()?)))
                .collect(),
            changes: if may_read { changes(&page, &set, &all) } else { None },
            facts: facts(&page, &colleagues, &set),
            groups,
            lookups,
            stamps,
            may_read,
            is_unchanged,
            panel,
            set,
            page,
            me,
        };
        rendered(&view, StatusCode::OK)
    })
}

fn said(page: &mut Page, incoming: &Incoming) {
    match asked(incoming, "done") {
        "released" => page.done("rule-set-released"),
        "removed" => page.done("rule-removed"),
        _ => {}
    }
}

fn panel(incoming: &Incoming, may_read: bool) -> Panel {
    match asked(incoming, "panel") {
        "parameters" => Panel::Parameters,
        "lookups" if may_read => Panel::Lookups,
        _ if may_read => Panel::Rules,
        _ => Panel::Parameters,
    }
}

fn is_narrowed(incoming: &Incoming) -> bool {
    ["words", "type", "changed"].iter().any(|name| !asked(incoming, name).is_empty())
}

/// Rules of the set: all of them, or those that are asked for.
async fn rules(
    context: &mut Context,
    rule_set_id: i64,
    incoming: &Incoming,
    is_all: bool,
) -> Result<Vec<RuleRow>, Problem> {
    let mut wanted = given(&[("rule_set_id", rule_set_id.into())]);
    if !is_all {
        for (name, column) in [("words", "words"), ("type", "rule_type")] {
            let value: String = asked(incoming, name).chars().take(200).collect();
            if !value.trim().is_empty() {
                wanted.insert(column.to_owned(), value.into());
            }
        }
        wanted.insert("only_changed".to_owned(), (!asked(incoming, "changed").is_empty()).into());
    }
    data::found(context, "rules_of_set", wanted).await
}

fn panels(page: &Page, set: &Edition, on: Panel, may_read: bool) -> Segments {
    let link = |panel: Panel, name: &str, key: &str| {
        Link::new(with_query(&set.path(), &[("panel", name)]), page.t(key), on == panel)
    };
    let mut links = vec![link(Panel::Parameters, "parameters", "rule-set-parameters")];
    if may_read {
        links.insert(0, link(Panel::Rules, "", "rule-set-rules"));
        links.push(link(Panel::Lookups, "lookups", "rule-set-lookups"));
    }
    Segments { label: page.t("rule-set-panels"), links }
}

fn views(page: &Page, set: &Edition, incoming: &Incoming, all: &[RuleRow]) -> Views {
    let words = asked(incoming, "words");
    let kind_on = asked(incoming, "type");
    let is_changed = !asked(incoming, "changed").is_empty();
    let link = |pairs: &[(&str, &str)], text: String, count: usize, is_on: bool| {
        let pairs: Vec<(&str, &str)> = pairs.iter().copied().chain([("words", words)]).collect();
        Link::new(with_query(&set.path(), &pairs), text, is_on).count(Some(count.to_string()))
    };
    let own = all.iter().filter(|rule| rule.change.as_deref() != Some("REMOVED")).count();
    let mut links = vec![link(&[], page.t("view-all"), own, kind_on.is_empty() && !is_changed)];
    let changed = all.iter().filter(|rule| rule.change.is_some()).count();
    if changed > 0 {
        links.push(link(&[("changed", "1")], page.t("rule-set-changed"), changed, is_changed));
    }
    for kind in TYPES {
        let count = all
            .iter()
            .filter(|rule| rule.rule_type == kind && rule.change.as_deref() != Some("REMOVED"))
            .count();
        if count > 0 {
            links.push(link(&[("type", kind)], cell::word(page.words, kind), count, kind_on == kind));
        }
    }
    Views { label: page.t("rule-set-rules"), links }
}

fn groups(page: &Page, names: &Names, rules: &[RuleRow]) -> Vec<Group> {
    let of = |kind: &&str| {
        let rules: Vec<Shown> = rules
            .iter()
            .filter(|rule| rule.rule_type == *kind)
            .map(|rule| shown(page, names, rule))
            .collect();
        let about = page.t(&format!("about-{}", kind.to_ascii_lowercase().replace('_', "-")));
        (!rules.is_empty()).then(|| Group { name: cell::word(page.words, kind), about, rules })
    };
    TYPES.iter().filter_map(of).collect()
}

fn shown(page: &Page, names: &Names, rule: &RuleRow) -> Shown {
    let severity = rule.severity.as_deref().map(|severity| {
        Status::new(
            if severity == "ERROR" { Tone::Bad } else { Tone::Warn },
            cell::word(page.words, severity),
        )
    });
    Shown {
        href: format!("/configuration-rules/{}", rule.configuration_rule_id),
        code: rule.rule_code.clone(),
        title: page.words.shipped(&rule.title),
        when: view::sentence_of(page, names, &rule.condition, rule.for_each.as_deref()),
        outcome: outcome(page, names, rule),
        severity,
        change: rule.change.as_deref().map(|change| Mark::of(page, change)),
        finding: rule.finding.clone(),
        is_active: rule.is_active,
    }
}

/// What a rule that fires makes, in words.
fn outcome(page: &Page, names: &Names, rule: &RuleRow) -> String {
    let text = rule.outcome.as_deref().unwrap_or_default();
    let list = super::names::list_in(rule.for_each.as_deref());
    match rule.rule_type.as_str() {
        "DERIVATION" => page.t("rule-makes-value"),
        "NORMALISATION" => names.assigned(text, &list),
        _ => names.worded(text, &list),
    }
}

fn nothing(page: &Page, set: &Edition) -> Empty {
    Empty {
        icon: Icon("scale"),
        title: page.t("rules-none"),
        text: page.t("rules-none-text"),
        way: Some(Link::new(set.path(), page.t("view-all"), false)),
    }
}

/// Parameters by what they belong to: code, label, kind, what can be given, whether it must be.
fn parameters(page: &Page, names: &Names) -> Vec<(String, Vec<[String; 5]>)> {
    let row = |one: &Definition| {
        let bounds = [&one.minimum, &one.maximum]
            .map(|bound| bound.as_ref().map(Value::to_string).unwrap_or_default());
        let range = if bounds.iter().all(String::is_empty) { String::new() } else { bounds.join(" – ") };
        let range = [range, one.unit_code.clone().unwrap_or_default()].join(" ");
        let values =
            one.choices.as_ref().map_or_else(|| range.trim().to_owned(), |choices| choices.join(", "));
        let required = if one.is_required { page.t("yes") } else { String::new() };
        [
            one.parameter_code.clone(),
            names.label_of(one),
            cell::word(page.words, &one.value_type),
            values,
            required,
        ]
    };
    let of = |list: &str| {
        names.definitions.iter().filter(|one| one.list_code == list).map(row).collect::<Vec<_>>()
    };
    let lists = names.lists().into_iter().map(|list| (list.label.clone(), of(&list.code)));
    std::iter::once((page.t("rule-set-sink"), of("")))
        .chain(lists)
        .filter(|(_, rows)| !rows.is_empty())
        .collect()
}

async fn lookups(
    context: &mut Context,
    rule_set_id: i64,
) -> Result<Vec<(String, Vec<(String, String)>)>, Problem> {
    let key = rule_set_id.to_string();
    let rows: Vec<Entry> =
        data::rows(context, &LOOKUPS, &[("filter[rule_set_id]", key.as_str()), ("limit", "200")]).await?;
    let mut tables: Vec<(String, Vec<(String, String)>)> = Vec::new();
    for row in rows {
        let range =
            [row.key_from, row.key_to].map(|bound| bound.map(|bound| bound.to_string()).unwrap_or_default());
        let key = row.key_text.unwrap_or_else(|| range.join(" – "));
        match tables.last_mut().filter(|(code, _)| *code == row.lookup_code) {
            Some((_, pairs)) => pairs.push((key, row.value)),
            None => tables.push((row.lookup_code, vec![(key, row.value)])),
        }
    }
    Ok(tables)
}

fn facts(page: &Page, colleagues: &cell::People, set: &Edition) -> Vec<(String, String)> {
    let clock = Clock::now(page.words);
    let made = format!("{}, {}", cell::whose(colleagues, &set.created_by), clock.exact(set.created_at));
    let by = cell::whose(colleagues, set.released_by.as_deref().unwrap_or_default());
    let released = set.released_at.map(|at| format!("{by}, {}", clock.exact(at)));
    let mut facts =
        vec![(page.t("col-note"), page.words.shipped(&set.note)), (page.t("rule-set-made"), made)];
    facts.extend(released.map(|text| (page.t("rule-set-in-force"), text)));
    facts
}

/// How many rules differ from the set that this one is compared with.
fn changes(page: &Page, set: &Edition, all: &[RuleRow]) -> Option<(String, Vec<(Mark, i64)>)> {
    let count = |change: &str| all.iter().filter(|rule| rule.change.as_deref() == Some(change)).count();
    let marks = ["ADDED", "CHANGED", "REMOVED"]
        .iter()
        .map(|change| (Mark::of(page, change), i64::try_from(count(change)).unwrap_or_default()));
    let title = if set.is_draft() { "rule-set-against-released" } else { "rule-set-against-former" };
    (set.version > 1).then(|| (page.t(title), marks.collect()))
}

async fn stamps(context: &mut Context, page: &Page, set: &Edition) -> Result<Stamps, Problem> {
    if set.is_draft() {
        return Ok(Stamps::default());
    }
    Stamps::of(context, page, "rule_sets", set.rule_set_id).await
}
