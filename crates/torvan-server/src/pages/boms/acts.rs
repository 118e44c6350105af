//! What is done with a bill of materials: submitted, approved or refused, the last two signed. Each asks on a page, or in a
//! dialog over the page that it is asked on.

use askama::Template;
use axum::http::StatusCode;
use serde_json::{Map, Value};

use super::key;
use super::read::Sheet;
use crate::http::Answer;
use crate::http::problem::{CONFLICT, Problem};
use crate::identity::Answering;
use crate::incoming::{Incoming, not_signed_in};
use crate::pages::components::{Faults, Field, Gate, Hash, Icon, Kind, Summary, Tone};
use crate::pages::identity::forms::Again;
use crate::pages::numbers::money;
use crate::pages::once::fresh_key;
use crate::pages::page::{Me, Page, rendered};
use crate::pages::signing::{self, Deed, Refused, Signing, Turn};
use crate::pages::way::to;

/// What is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    Submit,
    Approve,
    Reject,
}

impl Act {
    fn path(self) -> &'static str {
        match self {
            Self::Submit => "submit",
            Self::Approve => "approve",
            Self::Reject => "reject",
        }
    }

    fn function(self) -> &'static str {
        match self {
            Self::Submit => "submit_bom",
            Self::Approve => "approve_bom",
            Self::Reject => "reject_bom",
        }
    }

    /// What the signature means; none: it is not signed.
    fn meaning(self) -> Option<&'static str> {
        match self {
            Self::Submit => None,
            Self::Approve => Some("approved"),
            Self::Reject => Some("rejected"),
        }
    }

    /// The state in which a BOM is open to it, while it is the present one of an order that is worked on.
    fn is_open(self, sheet: &Sheet) -> bool {
        let state = if self == Self::Submit { "DRAFT" } else { "SUBMITTED" };
        sheet.state == state && sheet.is_present && sheet.is_active
    }

    /// Keys of title, what it means, and what the page of the BOM then says.
    fn words(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Submit => ("bom-submit-title", "bom-submit-means", "submitted"),
            Self::Approve => ("bom-approve-title", "bom-approve-means", "approved"),
            Self::Reject => ("bom-reject-title", "bom-reject-means", "rejected"),
        }
    }
}

#[derive(Debug, Template)]
#[template(path = "boms/act.html")]
struct ActPage {
    page: Page,
    me: Me,
    path: String,
    act: &'static str,
    icon: Icon,
    about: String,
    what: String,
    of: String,
    sum: String,
    hash: Hash,
    key: String,
    summary: Summary,
    gates: Vec<Gate>,
    reason: Option<Field>,
    signing: Option<Signing>,
    button: String,
    is_danger: bool,
}

pub(super) fn show_submit(incoming: Incoming) -> Answering {
    Box::pin(async move { form(&incoming, Act::Submit, Again::first()).await })
}

pub(super) fn show_approve(incoming: Incoming) -> Answering {
    Box::pin(async move { form(&incoming, Act::Approve, Again::first()).await })
}

pub(super) fn show_reject(incoming: Incoming) -> Answering {
    Box::pin(async move { form(&incoming, Act::Reject, Again::first()).await })
}

pub(super) fn send_submit(incoming: Incoming) -> Answering {
    Box::pin(async move { send(incoming, Act::Submit).await })
}

pub(super) fn send_approve(incoming: Incoming) -> Answering {
    Box::pin(async move { send(incoming, Act::Approve).await })
}

pub(super) fn send_reject(incoming: Incoming) -> Answering {
    Box::pin(async move { send(incoming, Act::Reject).await })
}

async fn form(incoming: &Incoming, act: Act, again: Again) -> Answer {
    let (mut context, person) = incoming.enter().await?;
    let sheet = Sheet::read(&mut context, key(incoming, "bom_id")?).await?;
    let mut page = Page::signed_in(incoming, &mut context, &person, act.words().0).await?;
    let me = page.me.clone().ok_or_else(not_signed_in)?;
    context.commit().await?;
    // Nobody gives a password for what cannot be.
    if incoming.endpoint.method.is_safe() && !act.is_open(&sheet) {
        return Err(Problem::new(CONFLICT, page.t("bom-not-open")));
    }
    if !again.faults.is_empty() {
        page.with_error();
    }
    let (status, wait) = (again.status, again.retry_after);
    let what = named(&page, &sheet);
    let signing = act.meaning().map(|meaning| Signing::new(&page, &me, meaning, &what));
    let (signing, reason) = placed(&page, incoming, act, signing, &again.faults);
    let key = Some(incoming.form.raw("key")).filter(|key| !key.is_empty() && status == StatusCode::OK);
    let view = ActPage {
        path: format!("/boms/{}", sheet.bom_id),
        act: act.path(),
        icon: if act.meaning().is_some() { Icon("signature") } else { Icon("send") },
        about: if act.meaning().is_some() {
            page.tv("sign-as", "name", format!("{}, {}", me.name, me.roles.join(", ")))
        } else {
            String::new()
        },
        of: [sheet.order_number.clone(), sheet.customer.clone()]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(", "),
        sum: sum(&page, &sheet),
        hash: Hash::new(&sheet.content_hash),
        key: key.map_or_else(fresh_key, str::to_owned),
        summary: again.faults.summary(page.t("summary-form")),
        gates: gates(&page, act, &sheet),
        button: page.t(if act.meaning().is_some() { "sign" } else { "bom-submit" }),
        is_danger: act == Act::Reject,
        what,
        reason,
        signing,
        page,
        me,
    };
    Again::answered(status, wait, rendered(&view, status))
}

/// What is signed, in words.
fn named(page: &Page, sheet: &Sheet) -> String {
    let build = sheet.build_number.clone().unwrap_or_default();
    page.words.say_with("bom-named", &[("build", build.into()), ("revision", sheet.revision.into())])
}

fn sum(page: &Page, sheet: &Sheet) -> String {
    let mut parts = vec![
        page.tv("bom-count-lines", "count", sheet.line_count),
        page.tv("bom-count-parts", "count", sheet.leaf_count),
    ];
    parts.extend(sheet.cost.map(|cost| money(page.words, cost, 2)));
    parts.join(", ")
}

fn gates(page: &Page, act: Act, sheet: &Sheet) -> Vec<Gate> {
    let gate = |tone: Tone, what: String| Gate { tone, what, about: String::new(), way: None, whose: None };
    let mut gates =
        vec![gate(if act == Act::Reject { Tone::Warn } else { Tone::Info }, page.t(act.words().1))];
    if act != Act::Submit {
        let who = sheet.submitted_by.clone().unwrap_or_default();
        let is_barred =
            if act == Act::Reject { sheet.is_barred_from_rejection } else { sheet.is_barred_from_approval };
        let (tone, key) = if is_barred { (Tone::Bad, "bom-needs-other") } else { (Tone::Ok, "bom-duties") };
        gates.insert(0, gate(tone, page.tv(key, "who", who)));
    }
    gates
}

/// The fields with what was typed, and each fault at its field.
fn placed(
    page: &Page,
    incoming: &Incoming,
    act: Act,
    signing: Option<Signing>,
    faults: &Faults,
) -> (Option<Signing>, Option<Field>) {
    let Some(signing) = signing else { return (None, None) };
    let is_required = act == Act::Reject;
    let key = if is_required { "field-reason" } else { "bom-note" };
    let mut reason = Field::new("reason", page.t(key), Kind::Area, "off").value(incoming.form.text("reason"));
    reason = if is_required { reason.focus() } else { reason.optional() };
    let (signing, password, code) = signing.parts();
    let password = if is_required { password } else { password.focus() };
    let [reason, password, code] = faults.onto([reason, password, code]);
    (Some(signing.with(password, code)), Some(reason))
}

async fn send(mut incoming: Incoming, act: Act) -> Answer {
    match done(&mut incoming, act).await {
        Ok(place) => Ok(to(&place)),
        Err(Refused::Form(again)) => form(&incoming, act, again).await,
        Err(Refused::Problem(problem)) => Err(problem),
    }
}

async fn done(incoming: &mut Incoming, act: Act) -> Result<String, Refused> {
    let (context, person) = match Turn::of(incoming).await? {
        Turn::Done(place) => return Ok(place),
        Turn::Now(now) => *now,
    };
    context.rollback().await.map_err(Problem::from)?;
    let page = Page::open(incoming, Some(&person), act.words().0);
    if act == Act::Reject && incoming.form.text("reason").is_empty() {
        return Err(Refused::missing("reason", page.t("missing-reason")));
    }
    let bom_id = key(incoming, "bom_id")?;
    let deed = Deed {
        is_signed: act.meaning().is_some(),
        function: act.function(),
        given: given(incoming, act, bom_id),
        place: format!("/boms/{bom_id}?done={}", act.words().2),
    };
    signing::done(incoming, &page, &person, deed).await
}

fn given(incoming: &Incoming, act: Act, bom_id: i64) -> Map<String, Value> {
    let mut given = Map::from_iter([("bom_id".to_owned(), Value::from(bom_id))]);
    let reason = incoming.form.text("reason");
    match act {
        Act::Approve if !reason.is_empty() => drop(given.insert("note".to_owned(), reason.into())),
        Act::Reject => drop(given.insert("reason".to_owned(), reason.into())),
        Act::Approve | Act::Submit => {}
    }
    given
}
