//! The test bench: each step with each guard for an order or a build, as the rules are, or as a change would have them. Nothing is
//! stored. The page of a change is the same, with what it changes.

use askama::Template;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value};
use torvan_store::Context;

use super::flow::direction;
use super::rule::{Change, Difference, Reach, Way, change, guard};
use crate::http::problem::{NOT_FOUND, Problem};
use crate::identity::Answering;
use crate::incoming::{Incoming, not_signed_in};
use crate::pages::components::{Icon, Link, Phase, Status, Tone};
use crate::pages::data;
use crate::pages::moment::Clock;
use crate::pages::page::{Me, Page, rendered};
use crate::pages::signing::Stamps;
use crate::pages::way::{is, path_of, with_query};

/// A guard of a step that was tried.
#[derive(Debug, Deserialize)]
struct Answered {
    guard: String,
    ok: bool,
    message: Option<String>,
    link: Option<String>,
    change: Option<String>,
}

/// A step that was tried.
#[expect(clippy::struct_excessive_bools, reason = "the function tells each")]
#[derive(Debug, Deserialize)]
struct Tried {
    order_id: i64,
    from_phase: String,
    from_sub_state: Option<String>,
    to_phase: String,
    to_sub_state: Option<String>,
    action: String,
    title: String,
    product_title: String,
    is_active: bool,
    is_next: bool,
    is_changed: bool,
    is_held: bool,
    guards: Vec<Answered>,
}

/// A guard as the bench shows it.
#[derive(Debug)]
struct Line {
    status: Status,
    message: String,
    way: Option<Link>,
    /// Class, icon and word of what the change does with it.
    mark: Option<(&'static str, Icon, String)>,
}

/// A step as the bench shows it.
#[derive(Debug)]
struct Shown {
    icon: Icon,
    title: String,
    way: String,
    verdict: Status,
    is_changed: bool,
    is_next: bool,
    lines: Vec<Line>,
}

/// Steps of a phase that are neither next nor changed.
#[derive(Debug)]
struct Stage {
    badge: Phase,
    steps: Vec<Shown>,
}

#[derive(Debug, Default)]
struct Outcome {
    /// The steps that it stands before, and the one that the change is about.
    first: Vec<Shown>,
    rest: Vec<Stage>,
}

/// What is shown of a change.
#[derive(Debug)]
struct About {
    change: Change,
    status: Status,
    differences: Vec<Difference>,
    told: Vec<String>,
    held: Option<String>,
    facts: Vec<(String, String)>,
    stamps: Stamps,
    may_release: bool,
    may_reject: bool,
    may_withdraw: bool,
}

#[derive(Debug, Template)]
#[template(path = "workflow/bench.html")]
struct BenchPage {
    page: Page,
    me: Me,
    action: String,
    number: String,
    fault: Option<String>,
    about: Option<About>,
    outcome: Option<Outcome>,
}

pub(super) fn show(incoming: Incoming) -> Answering {
    Box::pin(async move { bench(&incoming, false).await })
}

pub(super) fn show_change(incoming: Incoming) -> Answering {
    Box::pin(async move { bench(&incoming, true).await })
}

async fn bench(incoming: &Incoming, is_of_change: bool) -> crate::http::Answer {
    let (mut context, person) = incoming.look().await?;
    let mut page = Page::signed_in(incoming, &mut context, &person, "rule-bench").await?;
    let me = page.me.clone().ok_or_else(not_signed_in)?;
    let about = if is_of_change {
        let change = change(&mut context, incoming).await?;
        page.title = change.called(&page);
        Some(about(&mut context, &page, &me, person.user_id, change).await?)
    } else {
        None
    };
    said(&mut page, incoming);
    let number: String = incoming.asked("number").trim().chars().take(60).collect();
    let key = about.as_ref().map(|about| about.change.workflow_rule_change_id);
    let tried = if number.is_empty() { None } else { Some(tried(&mut context, &number, key).await) };
    context.rollback().await?;
    let (tried, fault) = match tried {
        None => (None, None),
        Some(Ok(tried)) => (Some(tried), None),
        Some(Err(problem)) if is(&problem, NOT_FOUND) => {
            (None, Some(page.tv("workflow-no-number", "number", number.clone())))
        }
        Some(Err(problem)) => return Err(problem),
    };
    let status = if fault.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    if fault.is_some() {
        page.with_error();
    }
    let view = BenchPage {
        action: path_of(incoming),
        outcome: tried.map(|tried| outcome(&page, &tried)),
        number,
        fault,
        about,
        page,
        me,
    };
    rendered(&view, status)
}

fn said(page: &mut Page, incoming: &Incoming) {
    if incoming.asked("done") == "released" {
        page.done("workflow-released");
    }
}

async fn tried(context: &mut Context, number: &str, change: Option<i64>) -> Result<Vec<Tried>, Problem> {
    let mut given = Map::from_iter([("number".to_owned(), Value::from(number))]);
    if let Some(change) = change {
        given.insert("workflow_rule_change_id".to_owned(), change.into());
    }
    data::found(context, "simulate_workflow_rules", given).await
}

async fn about(
    context: &mut Context,
    page: &Page,
    me: &Me,
    user_id: i64,
    change: Change,
) -> Result<About, Problem> {
    let reach = if change.is_open() {
        Reach::of(context, change.order_workflow_rule_id, change.build_workflow_rule_id).await?
    } else {
        None
    };
    let is_own = change.proposed_by == user_id;
    let may_decide = change.is_open() && !is_own && me.may("workflow_rule:release");
    Ok(About {
        status: change.status(page),
        differences: change.differences(page),
        told: reach.iter().map(|reach| reach.told(page, change.order_workflow_rule_id.is_some())).collect(),
        held: reach.and_then(|reach| reach.held(page)),
        facts: facts(page, &change),
        stamps: Stamps::of(context, page, "workflow_rule_changes", change.workflow_rule_change_id).await?,
        may_release: may_decide && !change.is_stale(),
        may_reject: may_decide,
        may_withdraw: change.is_open() && is_own && me.may("workflow_rule:update"),
        change,
    })
}

fn facts(page: &Page, change: &Change) -> Vec<(String, String)> {
    let clock = Clock::now(page.words);
    let by = |name: &Option<String>| name.clone().unwrap_or_default();
    let mut facts = vec![
        (page.t("workflow-leads"), change.way().told(page)),
        (page.t("workflow-why"), change.reason.clone()),
        (
            page.t("workflow-proposed-by"),
            format!("{}, {}", by(&change.proposed_by_name), clock.exact(change.proposed_at)),
        ),
    ];
    if let Some(at) = change.decided_at {
        let decided = format!("{}, {}", by(&change.decided_by_name), clock.exact(at));
        facts.push((page.t("workflow-decided-by"), decided));
    }
    facts.extend(change.decision_note.clone().map(|note| (page.t("workflow-note"), note)));
    facts
}

fn outcome(page: &Page, tried: &[Tried]) -> Outcome {
    let is_first = |step: &&Tried| step.is_next || step.is_changed;
    let mut first: Vec<&Tried> = tried.iter().filter(is_first).collect();
    first.sort_by_key(|step| !step.is_changed);
    let mut rest: Vec<Stage> = Vec::new();
    let mut phase = "";
    for step in tried.iter().filter(|step| !is_first(step)) {
        if step.from_phase != phase {
            phase = &step.from_phase;
            rest.push(Stage { badge: Phase::of(page.words, phase), steps: Vec::new() });
        }
        if let Some(stage) = rest.last_mut() {
            stage.steps.push(shown(page, step));
        }
    }
    Outcome { first: first.into_iter().map(|step| shown(page, step)).collect(), rest }
}

fn shown(page: &Page, step: &Tried) -> Shown {
    let way = Way {
        from: (&step.from_phase, step.from_sub_state.as_deref()),
        to: (&step.to_phase, step.to_sub_state.as_deref()),
    };
    let verdict = match (step.is_active, step.is_held) {
        (false, _) => Status::new(Tone::None, page.t("rule-off")),
        (true, true) => Status::new(Tone::Warn, page.t("workflow-held")),
        (true, false) => Status::new(Tone::Ok, page.t("workflow-free")),
    };
    Shown {
        icon: direction(&step.action).0,
        title: way.called(page, &step.title, &step.product_title),
        way: way.told(page),
        verdict,
        is_changed: step.is_changed,
        is_next: step.is_next,
        lines: step.guards.iter().map(|one| line(page, step.order_id, one)).collect(),
    }
}

fn line(page: &Page, order_id: i64, one: &Answered) -> Line {
    let tone = if one.ok { Tone::Ok } else { Tone::Warn };
    let mark = one.change.as_deref().map(|change| match change {
        "ADDED" => ("added", Icon("plus"), page.t("workflow-new")),
        _ => ("removed", Icon("minus"), page.t("workflow-gone")),
    });
    Line {
        status: Status::new(tone, guard(page, &one.guard)),
        message: one.message.as_deref().map(|message| page.words.said_points(message)).unwrap_or_default(),
        way: one.link.as_deref().map(|link| mend(page, order_id, link)),
        mark,
    }
}

/// Where what is missing can be mended.
fn mend(page: &Page, order_id: i64, link: &str) -> Link {
    let panel = match link {
        "attachments" => "documents",
        "tasks" => "tasks",
        "inspections" | "nonconformities" | "packing" | "serials" => "quality",
        _ => "",
    };
    let href = with_query(&format!("/orders/{order_id}"), &[("panel", panel)]);
    Link::new(href, page.t("mend-see"), false)
}
