//! The form that proposes a change of a step. What the product keeps stands in it, and says so.

use askama::Template;
use rust_decimal::prelude::ToPrimitive;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use torvan_store::Context;

use super::rule::{Rule, given, guard, meaning, named, rule, separation};
use super::step::Choice;
use crate::http::Answer;
use crate::http::problem::{CONFLICT, INVALID, Problem, STALE};
use crate::identity::Answering;
use crate::incoming::{Incoming, not_signed_in};
use crate::pages::components::{Conflict, Faults, Field, Kind, Link, Phase, Summary};
use crate::pages::data;
use crate::pages::identity::forms::Again;
use crate::pages::numbers;
use crate::pages::once::{Once, fresh_key};
use crate::pages::page::{Me, Page, rendered};
use crate::pages::way::{is, to};
use crate::words::Words;

/// What is in the form.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Typed {
    title: String,
    guards: Vec<String>,
    requires_reason: bool,
    separate_from: String,
    signature_meaning: String,
    target_hours: String,
    is_active: bool,
    reason: String,
}

impl Typed {
    fn of_rule(page: &Page, rule: &Rule) -> Self {
        Self {
            title: rule.title.clone(),
            guards: rule.guards.clone(),
            requires_reason: rule.requires_reason,
            separate_from: rule.separate_from.clone().unwrap_or_default(),
            signature_meaning: rule.signature_meaning.clone().unwrap_or_default(),
            target_hours: rule
                .target_hours
                .map(|hours| numbers::typed(page.words, &hours.to_string()))
                .unwrap_or_default(),
            is_active: rule.is_active,
            reason: String::new(),
        }
    }

    /// What was sent. What the product keeps cannot be sent otherwise, so it is as it is.
    fn of_form(incoming: &Incoming, rule: &Rule) -> Self {
        let form = &incoming.form;
        let kept = rule.product_guards.iter().cloned();
        let ticked = form.all("guard").map(str::to_owned).filter(|code| !rule.product_guards.contains(code));
        let or_kept =
            |kept: &Option<String>, name: &str| kept.clone().unwrap_or_else(|| form.text(name).to_owned());
        Self {
            title: form.text("title").to_owned(),
            guards: kept.chain(ticked).collect(),
            requires_reason: rule.product_requires_reason || form.text("requires_reason") == "true",
            separate_from: or_kept(&rule.product_separate_from, "separate_from"),
            signature_meaning: or_kept(&rule.product_signature_meaning, "signature_meaning"),
            target_hours: form.text("target_hours").to_owned(),
            is_active: !rule.is_optional || form.text("is_active") == "true",
            reason: form.text("reason").to_owned(),
        }
    }

    /// What was typed, and in the place of what was not touched what is there now.
    fn merged(self, seen: &Self, now: Self) -> Self {
        Self {
            title: touched(self.title, &seen.title, now.title),
            guards: touched(self.guards, &seen.guards, now.guards),
            requires_reason: touched(self.requires_reason, &seen.requires_reason, now.requires_reason),
            separate_from: touched(self.separate_from, &seen.separate_from, now.separate_from),
            signature_meaning: touched(
                self.signature_meaning,
                &seen.signature_meaning,
                now.signature_meaning,
            ),
            target_hours: touched(self.target_hours, &seen.target_hours, now.target_hours),
            is_active: touched(self.is_active, &seen.is_active, now.is_active),
            reason: self.reason,
        }
    }

    /// Planned hours: none where nothing was typed.
    fn hours(&self, words: Words) -> Result<Option<f64>, NoNumber> {
        if self.target_hours.is_empty() {
            return Ok(None);
        }
        let hours = numbers::read(words, &self.target_hours).and_then(|hours| hours.to_f64());
        hours.map(Some).ok_or(NoNumber)
    }

    /// As the function of the database takes it.
    fn changes(&self, words: Words, rule: &Rule) -> Map<String, Value> {
        let text = |text: &str| if text.is_empty() { Value::Null } else { text.into() };
        let mut changes = Map::from_iter([
            ("title".to_owned(), self.title.as_str().into()),
            ("guards".to_owned(), self.guards.iter().map(String::as_str).map(Value::from).collect()),
            ("requires_reason".to_owned(), self.requires_reason.into()),
            ("separate_from".to_owned(), text(&self.separate_from)),
            ("signature_meaning".to_owned(), text(&self.signature_meaning)),
            ("is_active".to_owned(), self.is_active.into()),
        ]);
        if rule.action == "ADVANCE" {
            changes.insert("target_hours".to_owned(), self.hours(words).ok().flatten().into());
        }
        changes
    }
}

/// A value that somebody changed since it was before their eyes, else what is there now.
fn touched<T: PartialEq>(typed: T, seen: &T, now: T) -> T {
    if typed == *seen { now } else { typed }
}

/// What was typed is no number.
#[derive(Debug)]
struct NoNumber;

/// A guard that can be ticked, or why it cannot.
#[derive(Debug)]
struct Tick {
    code: String,
    text: String,
    note: String,
    is_on: bool,
    is_barred: bool,
}

/// Guards under a heading.
#[derive(Debug)]
struct Ticks {
    title: String,
    ticks: Vec<Tick>,
    /// Whether they are shown only when somebody asks for them.
    is_folded: bool,
}

#[derive(Debug, Template)]
#[template(path = "workflow/change.html")]
struct ChangePage {
    page: Page,
    me: Me,
    rule: Rule,
    called: String,
    way: String,
    key: String,
    version: i64,
    /// Values that the form was filled from.
    seen: String,
    summary: Summary,
    conflict: Option<Conflict>,
    title: Field,
    ticks: Vec<Ticks>,
    guard_fault: Option<String>,
    /// What the product keeps: name and what it is.
    kept: Vec<(String, String)>,
    selects: Vec<Field>,
    switches: Vec<(&'static str, String, bool)>,
    hours: Option<Field>,
    reason: Field,
}

/// Why the form is shown again.
#[derive(Debug)]
struct Refused {
    again: Again,
    is_stale: bool,
}

/// Fields that a fault can be put to.
const FIELDS: [&str; 8] = [
    "title",
    "guards",
    "requires_reason",
    "separate_from",
    "signature_meaning",
    "target_hours",
    "is_active",
    "reason",
];

pub(super) fn show(incoming: Incoming) -> Answering {
    Box::pin(async move { form(&incoming, Refused { again: Again::first(), is_stale: false }).await })
}

pub(super) fn send(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let (mut context, person) = incoming.look().await?;
        let page = Page::open(&incoming, Some(&person), "workflow-propose");
        let rule = rule(&mut context, &incoming).await?;
        context.rollback().await?;
        let typed = Typed::of_form(&incoming, &rule);
        if let Some(faults) = unreadable(&page, &typed) {
            return form(&incoming, Refused { again: Again::refused(faults), is_stale: false }).await;
        }
        match propose(&incoming, page.words, &rule, &typed).await {
            Ok(place) => Ok(to(&place)),
            Err(problem) => form(&incoming, refused(problem)?).await,
        }
    })
}

/// What can be said before the database is asked.
fn unreadable(page: &Page, typed: &Typed) -> Option<Faults> {
    let mut faults = Faults::default();
    if typed.hours(page.words).is_err() {
        faults.add("target_hours", page.t("workflow-hours-wrong"));
    }
    if typed.reason.is_empty() {
        faults.add("reason", page.t("missing-reason"));
    }
    Some(faults).filter(|faults| !faults.is_empty())
}

async fn propose(incoming: &Incoming, words: Words, rule: &Rule, typed: &Typed) -> Result<String, Problem> {
    let once = Once::of(incoming)?;
    let (mut context, _) = incoming.enter().await?;
    if let Some(place) = once.begin(&mut context).await? {
        return Ok(place);
    }
    let version = incoming.form.text("version").parse::<i64>().unwrap_or_default();
    let mut values = given(named(incoming)?);
    values.insert("changes".to_owned(), typed.changes(words, rule).into());
    values.insert("reason".to_owned(), typed.reason.as_str().into());
    values.insert("expected_version".to_owned(), version.into());
    data::act(&mut context, "propose_workflow_rule_change", values).await?;
    let place = format!("{}?done=proposed", rule.path());
    once.finish(&mut context, &place).await?;
    context.commit().await?;
    Ok(place)
}

fn refused(problem: Problem) -> Result<Refused, Problem> {
    let is_stale = is(&problem, STALE);
    if !is_stale && !is(&problem, INVALID) && !is(&problem, CONFLICT) {
        return Err(problem);
    }
    let named: Vec<_> =
        FIELDS.iter().filter_map(|name| Some((Some(*name), problem.told_of(name)?))).collect();
    let faults = match named {
        _ if is_stale => Faults::default(),
        named if named.is_empty() => Faults::whole(problem.told()),
        named => Faults::all(named),
    };
    let status = problem.kind().status;
    Ok(Refused { again: Again { faults, status, retry_after: None }, is_stale })
}

async fn form(incoming: &Incoming, refused: Refused) -> Answer {
    let (mut context, person) = incoming.look().await?;
    let mut page = Page::signed_in(incoming, &mut context, &person, "workflow-propose").await?;
    let me = page.me.clone().ok_or_else(not_signed_in)?;
    let rule = rule(&mut context, incoming).await?;
    let choices = choices(&mut context, incoming).await?;
    context.rollback().await?;
    let now = Typed::of_rule(&page, &rule);
    let before = seen(incoming).unwrap_or_else(|| now.clone());
    let typed = match incoming.endpoint.method.is_safe() {
        true => now.clone(),
        false if refused.is_stale => Typed::of_form(incoming, &rule).merged(&before, now.clone()),
        false => Typed::of_form(incoming, &rule),
    };
    // Only whoever was told what changed meanwhile has seen it.
    let shown = if refused.is_stale { &now } else { &before };
    let Again { faults, status, .. } = refused.again;
    if !faults.is_empty() || refused.is_stale {
        page.with_error();
    }
    let version = incoming.form.text("version").parse().ok().filter(|_| !refused.is_stale);
    let key = Some(incoming.form.raw("key")).filter(|key| !key.is_empty() && !refused.is_stale);
    let [title, reason] = faults.onto([
        Field::new("title", page.t("col-title"), Kind::Text, "off").value(&typed.title),
        Field::new("reason", page.t("workflow-why"), Kind::Area, "off").value(&typed.reason),
    ]);
    let mut selects = selects(&page, &rule, &typed);
    faults.onto_all(&mut selects);
    let view = ChangePage {
        called: rule.called(&page),
        way: rule.way().told(&page),
        key: key.map_or_else(fresh_key, str::to_owned),
        version: version.unwrap_or(rule.row_version),
        seen: json!(shown).to_string(),
        conflict: refused.is_stale.then(|| conflict(&page, &rule)),
        ticks: ticks(&page, &typed, &choices),
        guard_fault: faults.told_of("guards"),
        kept: kept(&page, &rule),
        switches: switches(&page, &rule, &typed),
        hours: hours(&page, &rule, &typed, &faults),
        summary: faults.summary(page.t("summary-form")),
        title,
        selects,
        reason,
        rule,
        page,
        me,
    };
    rendered(&view, status)
}

/// What was in the form before somebody typed.
fn seen(incoming: &Incoming) -> Option<Typed> {
    serde_json::from_str(incoming.form.raw("seen")).ok()
}

async fn choices(context: &mut Context, incoming: &Incoming) -> Result<Vec<Choice>, Problem> {
    data::found(context, "workflow_guard_choices", given(named(incoming)?)).await
}

fn conflict(page: &Page, rule: &Rule) -> Conflict {
    Conflict {
        title: page.t("register-conflict"),
        text: page.t("workflow-conflict"),
        ways: vec![Link::new(rule.path(), page.t("conflict-see"), false)],
    }
}

/// What is asked for, what could be, and what cannot.
fn ticks(page: &Page, typed: &Typed, choices: &[Choice]) -> Vec<Ticks> {
    let tick = |choice: &Choice| Tick {
        text: guard(page, &choice.guard_code),
        note: note(page, choice),
        is_on: choice.is_required || typed.guards.contains(&choice.guard_code),
        is_barred: choice.is_required || choice.barred_by.is_some(),
        code: choice.guard_code.clone(),
    };
    let of = |key: &str, is_folded: bool, fits: &dyn Fn(&Choice) -> bool| Ticks {
        title: page.t(key),
        ticks: choices.iter().filter(|choice| fits(choice)).map(tick).collect(),
        is_folded,
    };
    let groups = [
        of("workflow-kept-guards", false, &|choice| choice.is_required),
        of("workflow-own-guards", false, &|choice| !choice.is_required && choice.barred_by.is_none()),
        of("workflow-barred-guards", true, &|choice| choice.barred_by.is_some()),
    ];
    groups.into_iter().filter(|group| !group.ticks.is_empty()).collect()
}

fn note(page: &Page, choice: &Choice) -> String {
    match choice.barred_by.as_deref() {
        Some("LOOKS_AT_ORDER") => page.t("workflow-looks-at-order"),
        Some("NOT_FOR_ALL") => page.t("workflow-not-for-all"),
        Some("WAY_BACK") => page.t("workflow-way-back"),
        Some(_) => {
            let phase = Phase::of(page.words, &choice.earliest_phase).name().to_owned();
            page.tv("workflow-too-early", "phase", phase)
        }
        None if choice.is_required => page.t("workflow-kept"),
        None => String::new(),
    }
}

/// What the product asks for and keeps, beside its guards.
fn kept(page: &Page, rule: &Rule) -> Vec<(String, String)> {
    let signature = rule.product_signature_meaning.as_deref().map(|code| meaning(page, code));
    let apart = rule.product_separate_from.as_deref().map(|code| separation(page, code));
    let reason = rule.product_requires_reason.then(|| page.t("yes"));
    let kept = [("workflow-signature", signature), ("workflow-separate", apart), ("workflow-reason", reason)];
    kept.into_iter().filter_map(|(key, value)| Some((page.t(key), value?))).collect()
}

/// Meanings that the signature of a step can have.
const MEANINGS: [&str; 6] = ["authored", "reviewed", "approved", "inspected", "released", "confirmed"];

fn selects(page: &Page, rule: &Rule, typed: &Typed) -> Vec<Field> {
    let none = || (String::new(), page.t("workflow-none"));
    let mut fields = Vec::new();
    if rule.product_signature_meaning.is_none() {
        let options = MEANINGS.iter().map(|code| ((*code).to_owned(), meaning(page, code)));
        fields.push(
            Field::new("signature_meaning", page.t("workflow-signature"), Kind::Select, "off")
                .options(std::iter::once(none()).chain(options).collect())
                .value(&typed.signature_meaning)
                .optional(),
        );
    }
    if rule.product_separate_from.is_none() {
        let options = apart_from(rule).iter().map(|code| ((*code).to_owned(), separation(page, code)));
        fields.push(
            Field::new("separate_from", page.t("workflow-separate"), Kind::Select, "off")
                .options(std::iter::once(none()).chain(options).collect())
                .value(&typed.separate_from)
                .optional(),
        );
    }
    fields
}

/// From whom a step can be kept apart: nobody has submitted before approval, nobody built before production.
fn apart_from(rule: &Rule) -> &'static [&'static str] {
    match rule.from_phase.as_str() {
        _ if rule.build_workflow_rule_id.is_some() => &["BUILDER"],
        "DRAFT" | "CONFIGURATION" => &["CREATOR"],
        "APPROVAL" => &["CREATOR", "SUBMITTER"],
        _ => &["CREATOR", "SUBMITTER", "BUILDER"],
    }
}

fn switches(page: &Page, rule: &Rule, typed: &Typed) -> Vec<(&'static str, String, bool)> {
    let reason = (!rule.product_requires_reason)
        .then(|| ("requires_reason", page.t("workflow-needs-reason"), typed.requires_reason));
    let active = rule.is_optional.then(|| ("is_active", page.t("workflow-is-active"), typed.is_active));
    reason.into_iter().chain(active).collect()
}

fn hours(page: &Page, rule: &Rule, typed: &Typed, faults: &Faults) -> Option<Field> {
    let field = Field::new("target_hours", page.t("workflow-hours"), Kind::Text, "off")
        .hint(page.t("workflow-hours-hint"))
        .value(&typed.target_hours)
        .optional();
    let [field] = faults.onto([field]);
    (rule.action == "ADVANCE").then_some(field)
}
