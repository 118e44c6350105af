//! What is done with an order: steps, holds, cancelling. Each asks on a page, or in a dialog over the page that it is asked on.

use askama::Template;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value};
use torvan_store::Context;

use super::order_id;
use super::people::People;
use super::story::told_step;
use super::view::{Build, NextAction, Order, builds, history, order, step_title};
use crate::api::endpoint::ListSpec;
use crate::http::Answer;
use crate::http::problem::{FORBIDDEN, NOT_FOUND, Problem, STALE};
use crate::identity::Answering;
use crate::incoming::{Incoming, not_signed_in};
use crate::pages::components::{Conflict, Faults, Field, Gate, Icon, Kind, Link, Phase, Summary, Tone};
use crate::pages::data;
use crate::pages::identity::forms::Again;
use crate::pages::moment::Clock;
use crate::pages::once::fresh_key;
use crate::pages::page::{Me, Page, rendered};
use crate::pages::signing::{self, Deed, Refused, Signing, Turn};
use crate::pages::way::{is, next_of, path_of, to};
use crate::words::capital;

const RULES: ListSpec = ListSpec {
    relation: "order_workflow_rules",
    filters: &["from_phase", "to_phase", "is_active"],
    sorts: &["order_workflow_rule_id"],
    key: &[],
};

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    Transition,
    Hold,
    Resume,
    Cancel,
    /// One sink of it.
    CancelBuild,
}

impl Act {
    fn function(self) -> &'static str {
        match self {
            Self::Transition => "transition_order",
            Self::Hold => "hold_order",
            Self::Resume => "resume_order",
            Self::Cancel => "cancel_order",
            Self::CancelBuild => "cancel_build",
        }
    }

    fn icon(self) -> Icon {
        match self {
            Self::Transition => Icon("arrow-right"),
            Self::Hold => Icon("circle-pause"),
            Self::Resume => Icon("circle-play"),
            Self::Cancel | Self::CancelBuild => Icon("ban"),
        }
    }

    /// Keys of title and button, and what the page of the order then says.
    fn words(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Transition => ("order-step", "order-go", "step"),
            Self::Hold => ("order-hold-title", "order-hold-go", "hold"),
            Self::Resume => ("order-resume-title", "order-resume-go", "resume"),
            Self::Cancel => ("order-cancel-title", "order-cancel-go", "cancel"),
            Self::CancelBuild => ("build-cancel-title", "build-cancel-go", "build"),
        }
    }
}

#[derive(Debug, Deserialize)]
struct Rule {
    requires_reason: bool,
    signature_meaning: Option<String>,
}

/// A step that is asked about.
#[derive(Debug)]
struct Asked {
    title: String,
    line: String,
    to: String,
    requires_reason: bool,
    meaning: Option<String>,
}

/// What asks before something is done with an order.
#[derive(Debug, Template)]
#[template(path = "orders/act.html")]
pub(super) struct ActPage {
    pub(super) page: Page,
    pub(super) me: Me,
    pub(super) id: i64,
    pub(super) number: String,
    pub(super) customer: String,
    pub(super) action: String,
    pub(super) back: String,
    pub(super) next: String,
    pub(super) icon: Icon,
    pub(super) about: String,
    pub(super) step: Option<String>,
    pub(super) to: String,
    pub(super) key: String,
    pub(super) version: i64,
    pub(super) summary: Summary,
    pub(super) conflict: Option<Conflict>,
    pub(super) gates: Vec<Gate>,
    pub(super) fields: Vec<Field>,
    pub(super) signing: Option<Signing>,
    pub(super) button: String,
    pub(super) is_danger: bool,
}

pub(super) fn show_transition(incoming: Incoming) -> Answering {
    Box::pin(async move { ask(&incoming, Act::Transition).await })
}

pub(super) fn show_hold(incoming: Incoming) -> Answering {
    Box::pin(async move { ask(&incoming, Act::Hold).await })
}

pub(super) fn show_resume(incoming: Incoming) -> Answering {
    Box::pin(async move { ask(&incoming, Act::Resume).await })
}

pub(super) fn show_cancel(incoming: Incoming) -> Answering {
    Box::pin(async move { ask(&incoming, Act::Cancel).await })
}

pub(super) fn show_cancel_build(incoming: Incoming) -> Answering {
    Box::pin(async move { ask(&incoming, Act::CancelBuild).await })
}

pub(super) fn send_cancel_build(incoming: Incoming) -> Answering {
    Box::pin(async move { send(incoming, Act::CancelBuild).await })
}

pub(super) fn send_transition(incoming: Incoming) -> Answering {
    Box::pin(async move { send(incoming, Act::Transition).await })
}

pub(super) fn send_hold(incoming: Incoming) -> Answering {
    Box::pin(async move { send(incoming, Act::Hold).await })
}

pub(super) fn send_resume(incoming: Incoming) -> Answering {
    Box::pin(async move { send(incoming, Act::Resume).await })
}

pub(super) fn send_cancel(incoming: Incoming) -> Answering {
    Box::pin(async move { send(incoming, Act::Cancel).await })
}

/// Whether this person may end the hold of an order: Quality only its own kind.
pub(super) fn may_resume(me: &Me, order: &Order) -> bool {
    let is_of_quality = order.hold_kind.as_deref() == Some("QUALITY");
    me.may("order:resume") || is_of_quality && me.may("order:resume_quality")
}

/// Whether this person may cancel an order in its phase; of a draft the database also asks whose it is.
pub(super) fn may_cancel(me: &Me, order: &Order) -> bool {
    match order.phase.as_str() {
        "DRAFT" => me.may("order:cancel_draft") || me.may("order:cancel_any_draft"),
        "CONFIGURATION" => me.may("order:cancel_draft"),
        _ => me.may("order:cancel"),
    }
}

/// Nobody is asked for what they may not do.
fn require(act: Act, me: &Me, order: &Order) -> Result<(), Problem> {
    let may = match act {
        Act::Resume => may_resume(me, order),
        Act::Cancel | Act::CancelBuild => may_cancel(me, order),
        // The path asks for one permission, or the record for that of its step.
        Act::Transition | Act::Hold => true,
    };
    if may {
        return Ok(());
    }
    Err(Problem::new(FORBIDDEN, format!("You may not do this with order {}.", order.order_number))
        .hint("Its page shows what is yours to do."))
}

/// What a form is shown again with.
#[derive(Debug)]
struct Shown {
    again: Again,
    is_stale: bool,
}

async fn ask(incoming: &Incoming, act: Act) -> Answer {
    let shown = Shown { again: Again::first(), is_stale: false };
    form(incoming, act, shown).await
}

/// The phase that is asked for, by the address or by the form.
fn phase_asked(incoming: &Incoming) -> &str {
    incoming.typed("to")
}

async fn form(incoming: &Incoming, act: Act, shown: Shown) -> Answer {
    let (mut context, person) = incoming.enter().await?;
    let mut page = Page::signed_in(incoming, &mut context, &person, act.words().0).await?;
    let me = page.me.clone().ok_or_else(not_signed_in)?;
    let (order, customer) = order(&mut context, order_id(incoming)?).await?;
    require(act, &me, &order)?;
    let asked = asked(&mut context, &page, incoming, act, &order).await?;
    let conflict = if shown.is_stale { conflict(&mut context, &page, &me, &order).await? } else { None };
    context.commit().await?;
    page.title.clone_from(&asked.title);
    let status = shown.again.status;
    if !shown.again.faults.is_empty() || shown.is_stale {
        page.with_error();
    }
    let seen = incoming.form.text("version").parse::<i64>().ok().filter(|_| !shown.is_stale);
    let signing = asked.meaning.as_ref().map(|meaning| Signing::new(&page, &me, meaning, &asked.title));
    let (signing, fields) = placed(&page, incoming, act, &asked, signing, &shown.again.faults);
    let key = Some(incoming.form.raw("key")).filter(|key| !key.is_empty() && status == StatusCode::OK);
    let view = ActPage {
        id: order.order_id,
        number: order.order_number.clone(),
        action: path_of(incoming),
        back: back(&order, act, &next_of(incoming)),
        next: next_of(incoming),
        icon: if signing.is_some() { Icon("signature") } else { act.icon() },
        about: about(&page, &me, signing.is_some()),
        step: Some(asked.line).filter(|line| !line.is_empty()),
        to: asked.to,
        key: key.map_or_else(fresh_key, str::to_owned),
        version: seen.unwrap_or(order.row_version),
        summary: shown.again.faults.summary(page.t("summary-form")),
        gates: gates(&page, act, signing.is_some()),
        button: match (signing.is_some(), act) {
            (true, _) => page.t("sign"),
            (_, Act::Transition) => asked.title.clone(),
            _ => page.t(act.words().1),
        },
        is_danger: matches!(act, Act::Cancel | Act::CancelBuild),
        customer,
        conflict,
        fields,
        signing,
        page,
        me,
    };
    Again::answered(status, None, rendered(&view, status))
}

async fn asked(
    context: &mut Context,
    page: &Page,
    incoming: &Incoming,
    act: Act,
    order: &Order,
) -> Result<Asked, Problem> {
    let plain = |requires_reason: bool| Asked {
        title: page.t(act.words().0),
        line: String::new(),
        to: String::new(),
        requires_reason,
        meaning: None,
    };
    if act == Act::CancelBuild {
        let number = sink(context, incoming, order).await?.build_number;
        return Ok(Asked { line: page.tv("build-cancel-which", "build", number), ..plain(true) });
    }
    if act != Act::Transition {
        return Ok(plain(true));
    }
    let to = phase_asked(incoming);
    let given = Map::from_iter([("order_id".to_owned(), Value::from(order.order_id))]);
    let actions: Vec<NextAction> = data::found(context, "order_next_actions", given).await?;
    let action = actions.into_iter().find(|action| action.to_phase == to);
    if let Some(action) = &action
        && !action.is_allowed
    {
        return Err(Problem::new(FORBIDDEN, "This step belongs to somebody else.")
            .hint("The page of the order tells who takes it."));
    }
    let Some(action) = action else {
        // Somebody was faster: the form is shown for what it was, and the conflict says the rest.
        return if incoming.endpoint.method.is_safe() {
            Err(no_step())
        } else {
            Ok(Asked { to: to.to_owned(), ..plain(false) })
        };
    };
    let asked = [
        ("filter[from_phase]", order.phase.as_str()),
        ("filter[to_phase]", action.to_phase.as_str()),
        ("filter[is_active]", "true"),
    ];
    let rules: Vec<Rule> = data::rows(context, &RULES, &asked).await?;
    let rule = rules.into_iter().next().ok_or_else(no_step)?;
    let phase = |code: &str| Phase::of(page.words, code).name().to_owned();
    Ok(Asked {
        title: capital(&step_title(page, &order.phase, &action)),
        line: format!("{} → {}", phase(&order.phase), phase(&action.to_phase)),
        to: action.to_phase,
        requires_reason: rule.requires_reason,
        meaning: rule.signature_meaning,
    })
}

fn no_step() -> Problem {
    Problem::new(NOT_FOUND, "There is no such step from here.")
}

/// Who changed the order meanwhile, and what.
pub(super) async fn conflict(
    context: &mut Context,
    page: &Page,
    me: &Me,
    order: &Order,
) -> Result<Option<Conflict>, Problem> {
    let last = history(context, me, order.order_id).await?.pop();
    let clock = Clock::now(page.words);
    let people = People::read(context, last.iter().filter_map(|step| step.changed_by).collect()).await?;
    let who = last.as_ref().and_then(|step| people.of_step(step));
    let title = match who {
        Some(who) => page.tv("conflict-by", "who", who),
        None => page.t("conflict"),
    };
    let what = last.map(|step| {
        let at = clock.exact(step.created_at);
        let (what, why) = told_step(page, &step);
        [what, why, at].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ") + ". "
    });
    let way = Link::new(format!("/orders/{}?panel=history", order.order_id), page.t("conflict-see"), false);
    Ok(Some(Conflict {
        title,
        text: format!("{}{}", what.unwrap_or_default(), page.t("conflict-kept")),
        ways: vec![way],
    }))
}

fn about(page: &Page, me: &Me, is_signed: bool) -> String {
    if is_signed {
        page.tv("sign-as", "name", format!("{}, {}", me.name, me.roles.join(", ")))
    } else {
        String::new()
    }
}

fn gates(page: &Page, act: Act, is_signed: bool) -> Vec<Gate> {
    let key = match act {
        Act::Transition if is_signed => "sign-duties",
        Act::Hold => "order-hold-means",
        Act::Resume => "order-resume-means",
        Act::Cancel => "order-cancel-means",
        Act::CancelBuild => "build-cancel-means",
        Act::Transition => return Vec::new(),
    };
    let tone = if matches!(act, Act::Cancel | Act::CancelBuild) { Tone::Warn } else { Tone::Info };
    vec![Gate { tone, what: page.t(key), about: String::new(), way: None, whose: None }]
}

/// The fields with what was typed, and each fault at its field.
fn placed(
    page: &Page,
    incoming: &Incoming,
    act: Act,
    asked: &Asked,
    signing: Option<Signing>,
    faults: &Faults,
) -> (Option<Signing>, Vec<Field>) {
    let key = if asked.requires_reason { "field-reason" } else { "field-reason-optional" };
    let mut reason = Field::new("reason", page.t(key), Kind::Area, "off").value(incoming.form.text("reason"));
    reason = if asked.requires_reason { reason.focus() } else { reason.optional() };
    let mut fields = Vec::new();
    if act == Act::Hold {
        fields.push(hold_kind(page, incoming.form.text("kind")));
    }
    if let Some(signing) = signing {
        let (signing, password, code) = signing.parts();
        let password = if asked.requires_reason { password } else { password.focus() };
        let [reason, password, code] = faults.onto([reason, password, code]);
        fields.push(reason);
        (Some(signing.with(password, code)), fields)
    } else {
        let [reason] = faults.onto([reason]);
        fields.push(reason);
        (None, fields)
    }
}

/// Kinds of a hold.
pub(super) const HOLDS: [(&str, &str); 3] =
    [("GENERAL", "hold-kind-general"), ("QUALITY", "hold-kind-quality"), ("PARTS", "hold-kind-parts")];

fn hold_kind(page: &Page, chosen: &str) -> Field {
    let options = HOLDS.iter().map(|(code, key)| ((*code).to_owned(), page.t(key))).collect();
    Field::new("kind", page.t("hold-kind"), Kind::Select, "off").options(options).value(chosen)
}

async fn send(mut incoming: Incoming, act: Act) -> Answer {
    let shown = match done(&mut incoming, act).await {
        Ok(place) => return Ok(to(&place)),
        Err(Refused::Form(again)) => Shown { again, is_stale: false },
        Err(Refused::Problem(problem)) if is(&problem, STALE) => {
            let status = problem.kind().status;
            Shown { again: Again { faults: Faults::default(), status, retry_after: None }, is_stale: true }
        }
        Err(Refused::Problem(problem)) => return Err(problem),
    };
    form(&incoming, act, shown).await
}

async fn done(incoming: &mut Incoming, act: Act) -> Result<String, Refused> {
    let (mut context, person) = match Turn::of(incoming).await? {
        Turn::Done(place) => return Ok(place),
        Turn::Now(now) => *now,
    };
    let page = Page::open(incoming, Some(&person), act.words().0);
    let (order, _) = order(&mut context, order_id(incoming)?).await?;
    let asked = asked(&mut context, &page, incoming, act, &order).await?;
    context.rollback().await.map_err(Problem::from)?;
    if asked.requires_reason && incoming.form.text("reason").is_empty() {
        return Err(Refused::missing("reason", page.t("missing-reason")));
    }
    let deed = Deed {
        is_signed: asked.meaning.is_some(),
        function: act.function(),
        given: given(incoming, act, &order),
        place: place(incoming, act, &order),
    };
    signing::done(incoming, &page, &person, deed).await
}

/// Where it leads: to the page that asked for it, or to that of the order.
fn place(incoming: &Incoming, act: Act, order: &Order) -> String {
    let next = next_of(incoming);
    if next != "/" {
        return next;
    }
    let panel = if act == Act::CancelBuild { "panel=lines&" } else { "" };
    format!("/orders/{}?{panel}done={}", order.order_id, act.words().2)
}

/// Where somebody came from who does not do it after all.
fn back(order: &Order, act: Act, next: &str) -> String {
    match act {
        _ if next != "/" => next.to_owned(),
        Act::CancelBuild => format!("/orders/{}?panel=lines", order.order_id),
        _ => format!("/orders/{}", order.order_id),
    }
}

/// The sink of the path; one of another order is none.
async fn sink(context: &mut Context, incoming: &Incoming, order: &Order) -> Result<Build, Problem> {
    let key = incoming.key("build_id")?;
    let found = builds(context, order.order_id).await?.into_iter().find(|build| build.build_id == key);
    found.ok_or_else(|| Problem::new(NOT_FOUND, NOT_FOUND.title))
}

fn given(incoming: &Incoming, act: Act, order: &Order) -> Map<String, Value> {
    let mut given = Map::new();
    if act == Act::CancelBuild {
        let build = incoming.path_value("build_id").and_then(|text| text.parse::<i64>().ok());
        given.insert("build_id".to_owned(), build.unwrap_or_default().into());
        given.insert("reason".to_owned(), incoming.form.text("reason").into());
        return given;
    }
    given.insert("order_id".to_owned(), order.order_id.into());
    let version = incoming.form.text("version").parse::<i64>().unwrap_or_default();
    given.insert("expected_version".to_owned(), version.into());
    let reason = incoming.form.text("reason");
    if !reason.is_empty() {
        given.insert("reason".to_owned(), reason.into());
    }
    match act {
        Act::Transition => drop(given.insert("to_phase".to_owned(), phase_asked(incoming).into())),
        Act::Hold => drop(given.insert("kind".to_owned(), incoming.form.text("kind").into())),
        Act::Resume | Act::Cancel | Act::CancelBuild => {}
    }
    given
}
