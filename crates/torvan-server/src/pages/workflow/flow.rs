//! The workflow as a whole: eight phases, and under each the steps that lead on, back, and inside it.

use askama::Template;
use axum::http::StatusCode;

use super::rule::{RULES, Rule, guard, hours, meaning, separation};
use crate::identity::Answering;
use crate::incoming::{Incoming, not_signed_in};
use crate::pages::components::{Icon, Link, PHASES, Phase};
use crate::pages::data;
use crate::pages::page::{Me, Page, rendered};

/// A guard as a step shows it.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) text: String,
    /// Whether the plant added it to what the product asks for.
    pub(super) is_added: bool,
}

/// A step in the list.
#[derive(Debug)]
struct Shown {
    href: String,
    icon: Icon,
    kind: String,
    title: String,
    way: String,
    who: String,
    guards: Vec<Asked>,
    asks: Vec<(Icon, String)>,
    is_active: bool,
    change: Option<Link>,
}

/// A phase with its steps.
#[derive(Debug)]
struct Stage {
    badge: Phase,
    about: String,
    steps: Vec<Shown>,
}

#[derive(Debug, Template)]
#[template(path = "workflow/flow.html")]
struct FlowPage {
    page: Page,
    me: Me,
    stages: Vec<Stage>,
    waiting: usize,
}

pub(super) fn show(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let (mut context, person) = incoming.enter().await?;
        let page = Page::signed_in(&incoming, &mut context, &person, "workflow-title").await?;
        let me = page.me.clone().ok_or_else(not_signed_in)?;
        let rules: Vec<Rule> = data::rows(&mut context, &RULES, &[("limit", "200")]).await?;
        context.commit().await?;
        let view = FlowPage {
            stages: PHASES.iter().map(|(code, ..)| stage(&page, code, &rules)).collect(),
            waiting: rules.iter().filter(|rule| rule.open_change_id.is_some()).count(),
            page,
            me,
        };
        rendered(&view, StatusCode::OK)
    })
}

/// Steps forward stand first, then those inside the phase as a build goes through it, then those back.
fn stage(page: &Page, phase: &str, rules: &[Rule]) -> Stage {
    let of_phase = || rules.iter().filter(|rule| rule.from_phase == phase);
    let mut steps: Vec<&Rule> = of_phase().collect();
    steps.sort_by_key(|rule| (place(rule), rule.build_workflow_rule_id, rule.order_workflow_rule_id));
    let planned = of_phase().find(|rule| rule.action == "ADVANCE").and_then(|rule| rule.target_hours);
    let about = match planned {
        Some(planned) => page.tv("workflow-planned", "hours", hours(page, planned)),
        None if steps.is_empty() => page.t("workflow-last"),
        None => String::new(),
    };
    Stage {
        badge: Phase::of(page.words, phase),
        about,
        steps: steps.into_iter().map(|rule| shown(page, rule)).collect(),
    }
}

fn place(rule: &Rule) -> u8 {
    match rule.action.as_str() {
        "ADVANCE" => 0,
        "WITHIN" => 1,
        _ => 2,
    }
}

fn shown(page: &Page, rule: &Rule) -> Shown {
    let (icon, kind) = direction(&rule.action);
    let change = rule
        .open_change_id
        .map(|key| Link::new(format!("/workflow/changes/{key}"), page.t("workflow-change-waits"), false));
    Shown {
        href: rule.path(),
        icon,
        kind: page.t(kind),
        title: rule.called(page),
        way: rule.way().told(page),
        who: rule.who(page),
        guards: guards(page, rule),
        asks: asks(page, rule),
        is_active: rule.is_active,
        change,
    }
}

/// Icon and key of the way a step leads.
pub(super) fn direction(action: &str) -> (Icon, &'static str) {
    match action {
        "ADVANCE" => (Icon("arrow-right"), "workflow-forward"),
        "WITHIN" => (Icon("circle-dot"), "workflow-inside"),
        _ => (Icon("undo-2"), "workflow-back"),
    }
}

/// What must hold before a step.
pub(super) fn guards(page: &Page, rule: &Rule) -> Vec<Asked> {
    let asked =
        |code: &String| Asked { text: guard(page, code), is_added: !rule.product_guards.contains(code) };
    rule.guards.iter().map(asked).collect()
}

/// What is asked of the person who takes a step.
pub(super) fn asks(page: &Page, rule: &Rule) -> Vec<(Icon, String)> {
    let signature = rule.signature_meaning.as_deref();
    let signature = signature.map(|code| {
        (Icon("signature"), page.tv("workflow-signs", "meaning", meaning(page, code).to_lowercase()))
    });
    let reason = rule.requires_reason.then(|| (Icon("message-square"), page.t("workflow-needs-reason")));
    let apart = rule.separate_from.as_deref().map(|code| (Icon("users"), separation(page, code)));
    [signature, apart, reason].into_iter().flatten().collect()
}
