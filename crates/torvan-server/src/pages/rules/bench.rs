//! The test bench: what a set makes of a build or of parameters that somebody gives, rule by rule, and what differs from the set in
//! force. Nothing is stored.

use std::collections::BTreeMap;

use askama::Template;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::Value;
use torvan_store::Context;

use super::content::TYPES;
use super::names::{Definition, Names, list_in};
use super::set::Mark;
use super::{Edition, asked, given, key_of, set_of, view};
use crate::api::endpoint::ListSpec;
use crate::http::Answer;
use crate::http::problem::{INVALID, Problem};
use crate::identity::Answering;
use crate::incoming::{Incoming, not_signed_in};
use crate::pages::components::{Status, Tone};
use crate::pages::configurator::state::State;
use crate::pages::data;
use crate::pages::page::{Me, Page, rendered};
use crate::pages::registers::cell;
use crate::pages::way::{is, path_of};

const BUILDS: ListSpec =
    ListSpec { relation: "builds", filters: &["build_number"], sorts: &["build_id"], key: &[] };
const CONFIGURATIONS: ListSpec = ListSpec {
    relation: "configurations",
    filters: &["build_id", "family_code"],
    sorts: &["-configuration_id"],
    key: &[],
};

#[derive(Debug, Deserialize)]
struct Build {
    build_id: i64,
    build_number: String,
}

#[derive(Debug, Deserialize)]
struct Configuration {
    parameters: Value,
}

/// What the database says of a trial.
#[derive(Debug, Deserialize)]
struct Trial {
    valid: bool,
    violations: Vec<Violation>,
    top_level: Vec<Line>,
    rules: Vec<Tried>,
    against: Option<Compared>,
}

#[derive(Debug, Deserialize)]
struct Violation {
    rule: String,
    severity: String,
    message: String,
}

#[derive(Debug, Deserialize)]
struct Line {
    code: String,
    #[serde(default)]
    name: String,
    quantity: Option<Value>,
    #[serde(default)]
    because: String,
}

#[derive(Debug, Deserialize)]
struct Tried {
    rule_id: i64,
    rule: String,
    #[serde(rename = "type")]
    kind: String,
    title: String,
    place: Option<i64>,
    for_each: Option<String>,
    condition: String,
    fired: bool,
    values: BTreeMap<String, Value>,
    outcome: Option<BTreeMap<String, Value>>,
}

impl Tried {
    /// Whether a line with this code came of it.
    fn makes(&self, code: &str) -> bool {
        let made = self.outcome.as_ref().and_then(|outcome| outcome.get("code")).and_then(Value::as_str);
        made == Some(code)
    }
}

#[derive(Debug, Deserialize)]
struct Compared {
    version: i64,
    lines: Vec<Changed>,
    violations_new: Vec<Violation>,
    violations_gone: Vec<Violation>,
}

#[derive(Debug, Deserialize)]
struct Changed {
    code: String,
    #[serde(default)]
    name: String,
    quantity: Option<Value>,
    was: Option<Value>,
    change: String,
    #[serde(default)]
    because: String,
}

/// A field of the parameters, under its JSON pointer.
#[derive(Debug)]
struct Entry {
    pointer: String,
    label: String,
    value: String,
    /// What can be chosen; empty: typed.
    choices: Vec<(String, String)>,
}

/// Elements of a list.
#[derive(Debug)]
struct List {
    label: String,
    add: String,
    elements: Vec<Element>,
}

#[derive(Debug)]
struct Element {
    title: String,
    remove: String,
    pointer: String,
    entries: Vec<Entry>,
}

/// A rule that was tried.
#[derive(Debug)]
struct Shown {
    href: String,
    code: String,
    title: String,
    place: Option<String>,
    when: String,
    values: Vec<(String, String)>,
    outcome: String,
}

/// A rule that brought a line, with what it looked at.
#[derive(Debug, PartialEq, Eq)]
struct Because {
    rule: String,
    title: String,
    seen: String,
}

/// A line of the result.
#[derive(Debug)]
struct Brought {
    code: String,
    name: String,
    quantity: Option<Value>,
    because: Vec<Because>,
}

/// A line that differs from the set in force.
#[derive(Debug)]
struct Differing {
    mark: Mark,
    code: String,
    name: String,
    was: String,
    now: String,
    because: Vec<Because>,
}

/// Rules of one fate.
#[derive(Debug)]
struct Group {
    is_fired: bool,
    count: usize,
    kinds: Vec<(String, Vec<Shown>)>,
}

#[derive(Debug)]
struct Outcome {
    verdict: Status,
    findings: Vec<(Status, String, String)>,
    against: Option<i64>,
    differing: Vec<Differing>,
    lines: Vec<Brought>,
    /// Rules that fired, and those that did not: how many, by kind.
    tried: [Group; 2],
    fired_count: i64,
}

#[derive(Debug, Template)]
#[template(path = "rules/bench.html")]
struct BenchPage {
    page: Page,
    me: Me,
    set: Edition,
    set_called: String,
    status: Status,
    action: String,
    build: String,
    fault: Option<String>,
    /// What is wrong with the parameters that were typed as data.
    json_fault: Option<String>,
    entries: Vec<Entry>,
    lists: Vec<List>,
    json: String,
    outcome: Option<Outcome>,
}

/// What the bench begins with: a build that is named, or the newest configuration of the family.
async fn stored(
    context: &mut Context,
    set: &Edition,
    number: &str,
) -> Result<Option<(String, Value)>, Problem> {
    let build: Option<Build> = if number.is_empty() {
        None
    } else {
        data::rows(context, &BUILDS, &[("filter[build_number]", number)]).await?.into_iter().next()
    };
    if build.is_none() && !number.is_empty() {
        return Ok(None);
    }
    let key = build.as_ref().map(|build| build.build_id.to_string());
    let mut asked = vec![("filter[family_code]", set.family_code.as_str()), ("limit", "1")];
    if let Some(key) = &key {
        asked.push(("filter[build_id]", key));
    }
    let found: Option<Configuration> = data::rows(context, &CONFIGURATIONS, &asked).await?.into_iter().next();
    let Some(found) = found else { return Ok(None) };
    let number = build.map(|build| build.build_number).unwrap_or_default();
    Ok(Some((number, found.parameters)))
}

pub(super) fn show(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let number = asked(&incoming, "build").trim().to_uppercase();
        answered(&incoming, number, None).await
    })
}

pub(super) fn send(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let typed = incoming.form.raw("json").trim();
        let mut state = State::of_form(&incoming.form);
        let fault = match (incoming.form.text("do"), serde_json::from_str::<Value>(typed)) {
            ("json", Ok(value)) if value.is_object() => {
                state = State(value);
                None
            }
            ("json", Ok(_)) => Some(Unread::NoObject),
            ("json", Err(error)) => Some(Unread::NoJson(error.to_string())),
            (command, _) => {
                state.act(command);
                None
            }
        };
        let number = incoming.form.text("build").to_owned();
        answered(&incoming, number, Some((state, fault))).await
    })
}

/// Why data that was typed is not taken; the fields keep what they had.
#[derive(Debug)]
enum Unread {
    NoJson(String),
    NoObject,
}

impl Unread {
    fn told(self, page: &Page) -> String {
        match self {
            Self::NoObject => page.t("bench-no-object"),
            Self::NoJson(error) => page.tv("rule-json-bad", "error", error),
        }
    }
}

type Typed = (State, Option<Unread>);

async fn answered(incoming: &Incoming, number: String, typed: Option<Typed>) -> Answer {
    let rule_set_id = key_of(incoming, "rule_set_id")?;
    let (mut context, person) = incoming.look().await?;
    let set = set_of(&mut context, rule_set_id).await?;
    let mut page = Page::signed_in(incoming, &mut context, &person, "rule-bench").await?;
    page.is_wide = true;
    let me = page.me.clone().ok_or_else(not_signed_in)?;
    let names = Names::read(&mut context, &page, rule_set_id).await?;
    let (typed, unread) = typed.map_or((None, None), |(state, unread)| (Some(state), unread));
    let (state, build, mut fault) = begun(&mut context, &page, &set, number, typed).await?;
    let tried = tried(&mut context, &page, rule_set_id, &state).await?;
    context.rollback().await?;
    let outcome = match tried {
        Ok(trial) => Some(outcome(&page, &names, &trial)),
        Err(told) => {
            fault = fault.or(Some(told));
            None
        }
    };
    let json = if unread.is_some() { incoming.form.raw("json").to_owned() } else { pretty(&state.0) };
    let status = if unread.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let json_fault = unread.map(|unread| unread.told(&page));
    if json_fault.is_some() {
        page.with_error();
    }
    let view = BenchPage {
        set_called: set.called(&page),
        status: set.status(&page),
        action: path_of(incoming),
        entries: entries(&names, &state, "", ""),
        lists: lists(&names, &state),
        json,
        json_fault,
        build,
        fault,
        outcome,
        set,
        page,
        me,
    };
    rendered(&view, status)
}

async fn begun(
    context: &mut Context,
    page: &Page,
    set: &Edition,
    number: String,
    typed: Option<State>,
) -> Result<(State, String, Option<String>), Problem> {
    let empty = || State(serde_json::json!({}));
    Ok(match typed {
        Some(state) => (state, number, None),
        None => match stored(context, set, &number).await? {
            Some((number, parameters)) => (State(parameters), number, None),
            None if number.is_empty() => (empty(), number, None),
            None => {
                let fault = page.tv("bench-no-build", "number", number.clone());
                (empty(), number, Some(fault))
            }
        },
    })
}

async fn tried(
    context: &mut Context,
    page: &Page,
    rule_set_id: i64,
    state: &State,
) -> Result<Result<Trial, String>, Problem> {
    let language = page.words.language.code().to_uppercase();
    let asked = given(&[
        ("rule_set_id", rule_set_id.into()),
        ("parameters", state.0.clone()),
        ("language", language.into()),
    ]);
    match data::found(context, "try_rules", asked).await {
        Ok(trials) => trials.into_iter().next().map(Ok).ok_or_else(super::missing),
        Err(problem) if is(&problem, INVALID) => Ok(Err(problem.told())),
        Err(problem) => Err(problem),
    }
}

fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

/// Fields of the sink, or of an element of a list.
fn entries(names: &Names, state: &State, list: &str, at: &str) -> Vec<Entry> {
    let scope = if list.is_empty() { "p" } else { "e" };
    let entry = |one: &Definition| {
        let pointer = format!("{at}/{}", one.parameter_code);
        Entry {
            label: names.label_of(one),
            value: state.text(&pointer),
            choices: names.choices(&format!("{scope}.{}", one.parameter_code), list),
            pointer,
        }
    };
    names
        .definitions
        .iter()
        .filter(|one| one.list_code == list && one.value_type != "LIST")
        .map(entry)
        .collect()
}

fn lists(names: &Names, state: &State) -> Vec<List> {
    let list = |one: super::names::Named| {
        let count = state.0[&one.code].as_array().map_or(0, Vec::len);
        let element = |place: usize| {
            let pointer = format!("/{}/{place}", one.code);
            Element {
                title: format!("{} {}", one.label, place + 1),
                remove: format!("remove {pointer}"),
                entries: entries(names, state, &one.code, &pointer),
                pointer,
            }
        };
        List {
            add: format!("add /{}", one.code),
            elements: (0..count).map(element).collect(),
            label: one.label.clone(),
        }
    };
    names.lists().into_iter().map(list).collect()
}

fn outcome(page: &Page, names: &Names, trial: &Trial) -> Outcome {
    let verdict = if trial.valid {
        Status::pill(Tone::Ok, page.t("bench-valid"))
    } else {
        Status::pill(Tone::Bad, page.t("bench-invalid"))
    };
    let (fired, silent): (Vec<&Tried>, Vec<&Tried>) = trial.rules.iter().partition(|rule| rule.fired);
    let differing =
        trial.against.as_ref().map(|against| differing(page, names, &fired, against)).unwrap_or_default();
    let lines = trial.top_level.iter().map(|line| brought(names, &fired, line)).collect();
    let mut findings: Vec<(Status, String, String)> =
        trial.violations.iter().map(|one| finding(page, one, "")).collect();
    if let Some(against) = &trial.against {
        let gone = against.violations_gone.iter().map(|one| finding(page, one, &page.t("bench-gone")));
        let is_new = |message: &str| against.violations_new.iter().any(|one| one.message == message);
        for found in &mut findings {
            if is_new(&found.2) {
                found.2 = format!("{} ({})", found.2, page.t("bench-new"));
            }
        }
        findings.extend(gone);
    }
    Outcome {
        verdict,
        findings,
        against: trial.against.as_ref().map(|against| against.version),
        differing,
        fired_count: i64::try_from(fired.len()).unwrap_or_default(),
        tried: [
            Group { is_fired: true, count: fired.len(), kinds: grouped(page, names, &fired) },
            Group { is_fired: false, count: silent.len(), kinds: grouped(page, names, &silent) },
        ],
        lines,
    }
}

fn finding(page: &Page, one: &Violation, note: &str) -> (Status, String, String) {
    let tone = match (note.is_empty(), one.severity.as_str()) {
        (false, _) => Tone::None,
        (true, "error") => Tone::Bad,
        (true, _) => Tone::Warn,
    };
    let word = if note.is_empty() { cell::word(page.words, &one.severity) } else { note.to_owned() };
    (Status::new(tone, word), one.rule.clone(), one.message.clone())
}

fn number(value: Option<&Value>) -> String {
    value.map(Value::to_string).unwrap_or_default()
}

fn brought(names: &Names, fired: &[&Tried], line: &Line) -> Brought {
    Brought {
        code: line.code.clone(),
        name: line.name.clone(),
        quantity: line.quantity.clone(),
        because: because(names, fired, &line.code, &line.because),
    }
}

/// The rules of this set that made a line; of one that only the other set has, the code that its own reason begins with.
fn because(names: &Names, fired: &[&Tried], code: &str, said: &str) -> Vec<Because> {
    let mut found: Vec<Because> = Vec::new();
    for rule in fired.iter().filter(|rule| rule.makes(code)) {
        let one = Because {
            rule: rule.rule.clone(),
            title: names.title(&rule.title),
            seen: seen(names, rule).join(", "),
        };
        if !found.contains(&one) {
            found.push(one);
        }
    }
    let rule = said.split(' ').next().unwrap_or_default();
    if found.is_empty() && !rule.is_empty() {
        found.push(Because { rule: rule.to_owned(), title: String::new(), seen: String::new() });
    }
    found
}

/// Single values that a rule looked at, in words; lists and objects would be too long.
fn seen(names: &Names, rule: &Tried) -> Vec<String> {
    let list = list_in(rule.for_each.as_deref());
    let is_single = |value: &Value| !matches!(value, Value::Null | Value::Array(_) | Value::Object(_));
    rule.values
        .iter()
        .filter(|(_, value)| is_single(value))
        .map(|(name, value)| format!("{} = {}", names.label(name, &list), names.shown(value)))
        .collect()
}

fn differing(page: &Page, names: &Names, fired: &[&Tried], against: &Compared) -> Vec<Differing> {
    let line = |one: &Changed| Differing {
        mark: Mark::of(page, &one.change),
        code: one.code.clone(),
        name: one.name.clone(),
        was: number(one.was.as_ref()),
        now: number(one.quantity.as_ref()),
        because: because(names, fired, &one.code, &one.because),
    };
    against.lines.iter().map(line).collect()
}

fn grouped(page: &Page, names: &Names, rules: &[&Tried]) -> Vec<(String, Vec<Shown>)> {
    let of = |kind: &str| {
        let rules: Vec<Shown> =
            rules.iter().filter(|rule| rule.kind == kind).map(|rule| shown(page, names, rule)).collect();
        (cell::word(page.words, kind), rules)
    };
    TYPES.into_iter().map(of).filter(|(_, rules)| !rules.is_empty()).collect()
}

fn shown(page: &Page, names: &Names, rule: &Tried) -> Shown {
    let list = list_in(rule.for_each.as_deref());
    let value = |(name, value): (&String, &Value)| (names.label(name, &list), names.shown(value));
    let place = rule.place.map(|place| {
        let values = [("list", names.label(&format!("p.{list}"), "").into()), ("number", (place + 1).into())];
        page.words.say_with("bench-element", &values)
    });
    Shown {
        href: format!("/configuration-rules/{}", rule.rule_id),
        code: rule.rule.clone(),
        title: names.title(&rule.title),
        place,
        when: view::sentence_of(page, names, &rule.condition, rule.for_each.as_deref()),
        values: rule.values.iter().map(value).collect(),
        outcome: rule.outcome.as_ref().map(|outcome| made(page, names, outcome)).unwrap_or_default(),
    }
}

/// What came of a rule, in short.
fn made(page: &Page, names: &Names, outcome: &BTreeMap<String, Value>) -> String {
    let text = |name: &str| outcome.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    if let Some(quantity) = outcome.get("quantity") {
        return format!("{quantity} × {}", text("code"));
    }
    if outcome.contains_key("replaced") {
        return format!("{} → {}", text("replaced"), text("code"));
    }
    if let Some(value) = outcome.get("value") {
        return format!("= {}", names.shown(value));
    }
    if let Some(severity) = outcome.get("severity").and_then(Value::as_str) {
        return cell::word(page.words, severity);
    }
    let rest = ["assign", "amount", "code"].iter().find_map(|name| outcome.get(*name));
    rest.map(|value| value.as_str().map_or_else(|| value.to_string(), str::to_owned)).unwrap_or_default()
}
