//! A step: who takes it, what must hold, what the product keeps, and every change of it.

use askama::Template;
use axum::http::StatusCode;
use serde::Deserialize;

use super::flow::direction;
use super::rule::{CHANGES, Change, Reach, Rule, given, guard, hours, meaning, named, rule, separation};
use crate::identity::Answering;
use crate::incoming::{Incoming, not_signed_in};
use crate::pages::components::{Phase, Status, Tone};
use crate::pages::data;
use crate::pages::moment::Clock;
use crate::pages::page::{Me, Page, rendered};

/// A guard beside a step.
#[derive(Debug, Deserialize)]
pub(super) struct Choice {
    pub(super) guard_code: String,
    pub(super) is_asked: bool,
    pub(super) is_required: bool,
    pub(super) barred_by: Option<String>,
    pub(super) earliest_phase: String,
}

/// A change in the history.
#[derive(Debug)]
struct Past {
    href: String,
    status: Status,
    when: String,
    who: String,
    reason: String,
    lines: Vec<String>,
    decision: Option<String>,
}

#[derive(Debug, Template)]
#[template(path = "workflow/step.html")]
struct StepPage {
    page: Page,
    me: Me,
    badge: Phase,
    kind: String,
    rule: Rule,
    facts: Vec<(String, String, bool)>,
    guards: Vec<(String, bool)>,
    reach: Option<String>,
    past: Vec<Past>,
}

pub(super) fn show(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let (mut context, person) = incoming.enter().await?;
        let mut page = Page::signed_in(&incoming, &mut context, &person, "workflow-title").await?;
        let me = page.me.clone().ok_or_else(not_signed_in)?;
        let rule = rule(&mut context, &incoming).await?;
        let choices: Vec<Choice> =
            data::found(&mut context, "workflow_guard_choices", given(named(&incoming)?)).await?;
        let reach = Reach::of(&mut context, rule.order_workflow_rule_id, rule.build_workflow_rule_id).await?;
        let asked = [("filter[rule_key]", rule.rule_key.as_str()), ("limit", "50")];
        let changes: Vec<Change> = data::rows(&mut context, &CHANGES, &asked).await?;
        context.commit().await?;
        page.title = rule.called(&page);
        if incoming.asked("done") == "proposed" {
            page.done("workflow-proposed");
        }
        let (_, kind) = direction(&rule.action);
        let view = StepPage {
            badge: Phase::of(page.words, &rule.from_phase),
            kind: page.t(kind),
            facts: facts(&page, &rule),
            guards: choices
                .iter()
                .filter(|choice| choice.is_asked)
                .map(|choice| (guard(&page, &choice.guard_code), choice.is_required))
                .collect(),
            reach: reach.map(|reach| reach.told(&page, rule.order_workflow_rule_id.is_some())),
            past: changes.iter().map(|change| past(&page, change)).collect(),
            rule,
            page,
            me,
        };
        rendered(&view, StatusCode::OK)
    })
}

/// What is asked for, and whether the product keeps it so.
fn facts(page: &Page, rule: &Rule) -> Vec<(String, String, bool)> {
    let none = || page.t("workflow-none");
    let mut facts = vec![
        (page.t("workflow-leads"), rule.way().told(page), true),
        (page.t("workflow-who"), rule.who(page), true),
        (
            page.t("workflow-signature"),
            rule.signature_meaning.as_deref().map_or_else(none, |code| meaning(page, code)),
            rule.product_signature_meaning.is_some(),
        ),
        (
            page.t("workflow-separate"),
            rule.separate_from.as_deref().map_or_else(none, |code| separation(page, code)),
            rule.product_separate_from.is_some(),
        ),
        (
            page.t("workflow-reason"),
            page.t(if rule.requires_reason { "yes" } else { "no" }),
            rule.product_requires_reason,
        ),
    ];
    if rule.action == "ADVANCE" {
        let planned = rule.target_hours.map_or_else(none, |planned| hours(page, planned));
        facts.push((page.t("workflow-hours"), planned, false));
    }
    facts.push((
        page.t("workflow-active"),
        page.t(if rule.is_active { "yes" } else { "no" }),
        !rule.is_optional,
    ));
    facts
}

fn past(page: &Page, change: &Change) -> Past {
    let clock = Clock::now(page.words);
    let by = |name: &Option<String>| name.clone().unwrap_or_default();
    let decision = change.decided_at.map(|at| {
        let told = format!("{}, {}", by(&change.decided_by_name), clock.exact(at));
        match &change.decision_note {
            Some(note) => format!("{told}: {note}"),
            None => told,
        }
    });
    let status = if change.is_stale() {
        Status::pill(Tone::Warn, page.t("workflow-stale"))
    } else {
        change.status(page)
    };
    Past {
        href: change.path(),
        status,
        when: clock.exact(change.proposed_at),
        who: by(&change.proposed_by_name),
        reason: change.reason.clone(),
        lines: change.differences(page).iter().map(super::rule::Difference::line).collect(),
        decision,
    }
}
