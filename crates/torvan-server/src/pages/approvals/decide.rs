//! The decision about what waits, on a page, or in a dialog over the page that it is asked on.

use askama::Template;
use serde_json::{Map, Value, json};
use torvan_store::Context;

use super::Row;
use super::kinds::{Decision, KINDS, Kind, Way};
use crate::http::Answer;
use crate::http::problem::{NOT_FOUND, Problem};
use crate::identity::Answering;
use crate::incoming::{Incoming, not_signed_in};
use crate::pages::components::{Choice, Choices, Faults, Field, Icon, Kind as Entry, Summary};
use crate::pages::data;
use crate::pages::identity::forms::Again;
use crate::pages::once::fresh_key;
use crate::pages::page::{Me, Page, rendered};
use crate::pages::signing::{self, Deed, Refused, Signing, Turn};
use crate::pages::way::{path_of, to};

#[derive(Debug, Template)]
#[template(path = "approvals/decide.html")]
struct DecidePage {
    page: Page,
    me: Me,
    icon: Icon,
    action: String,
    key: String,
    what: String,
    about: String,
    look: Option<String>,
    summary: Summary,
    choices: Option<Choices>,
    reason: Option<Field>,
    signing: Option<Signing>,
}

/// What waits, and how it is decided.
struct Asked {
    kind: &'static Kind,
    decision: Decision,
    row: Row,
}

async fn asked(context: &mut Context, incoming: &Incoming) -> Result<Asked, Problem> {
    let missing = || {
        Problem::new(NOT_FOUND, "This does not wait for you, or no longer.")
            .hint("Go back to the list; whoever made something does not approve it.")
    };
    let code = incoming.path_value("kind").unwrap_or_default();
    let kind = KINDS.iter().find(|kind| kind.code == code).ok_or_else(missing)?;
    let Way::Decide(decision) = kind.way else { return Err(missing()) };
    let key =
        incoming.path_value("record_id").and_then(|text| text.parse::<i64>().ok()).ok_or_else(missing)?;
    let given = Map::from_iter([
        ("kind".to_owned(), json!(code)),
        ("record_id".to_owned(), json!(key)),
        ("limit".to_owned(), json!(1)),
    ]);
    let rows: Vec<Row> = data::found(context, "approvals_waiting", given).await?;
    let row = rows.into_iter().next().ok_or_else(missing)?;
    Ok(Asked { kind, decision, row })
}

pub(super) fn show(incoming: Incoming) -> Answering {
    Box::pin(async move { form(&incoming, Again::first()).await })
}

async fn form(incoming: &Incoming, again: Again) -> Answer {
    let (mut context, person) = incoming.enter().await?;
    let mut page = Page::signed_in(incoming, &mut context, &person, "approvals-title").await?;
    let asked = asked(&mut context, incoming).await?;
    context.commit().await?;
    let me = page.me.clone().ok_or_else(not_signed_in)?;
    let (status, retry_after) = (again.status, again.retry_after);
    page.title = page.t(asked.kind.name);
    let (reason, signing) = fields(&page, &me, incoming, &asked, &again.faults);
    if !again.faults.is_empty() {
        page.with_error();
    }
    let sent = Some(incoming.form.raw("key")).filter(|key| !key.is_empty());
    let view = DecidePage {
        icon: if signing.is_some() { Icon("signature") } else { asked.kind.icon },
        action: path_of(incoming),
        key: sent.map_or_else(fresh_key, str::to_owned),
        what: asked.row.label.clone(),
        about: asked.kind.about(&page, &asked.row),
        look: asked.kind.look(&asked.row),
        summary: again.faults.summary(page.t("summary-form")),
        choices: choices(&page, incoming, &asked),
        reason,
        signing,
        page,
        me,
    };
    Again::answered(status, retry_after, rendered(&view, status))
}

fn is_rejected(incoming: &Incoming) -> bool {
    incoming.form.text("decision") == "reject"
}

fn choices(page: &Page, incoming: &Incoming, asked: &Asked) -> Option<Choices> {
    asked.decision.reject?;
    let is_rejected = is_rejected(incoming);
    let reject = if asked.kind.code == "CHECKLIST" { "approvals-send-back" } else { "approvals-reject" };
    let choices = vec![
        Choice::new("approve", page.t("approvals-approve"), !is_rejected),
        Choice::new("reject", page.t(reject), is_rejected).note(page.t("approvals-reject-note")),
    ];
    Some(Choices::new("decision", page.t("approvals-decision"), choices))
}

/// The text that goes with the decision, and who signs; each fault at its field.
fn fields(
    page: &Page,
    me: &Me,
    incoming: &Incoming,
    asked: &Asked,
    faults: &Faults,
) -> (Option<Field>, Option<Signing>) {
    let (_, text, is_required) = asked.decision.approve;
    let key = if is_required { "field-reason" } else { "field-reason-optional" };
    let reason = Field::new("reason", page.t(key), Entry::Area, "off").value(incoming.form.text("reason"));
    let reason = if is_required { reason } else { reason.optional() };
    let signing = asked.decision.meaning.map(|meaning| {
        let title = format!("{} {}", page.t(asked.kind.name), asked.row.label);
        Signing::new(page, me, meaning, &title)
    });
    let (reason, signing) = match signing {
        None => (faults.onto([reason]).into_iter().next(), None),
        Some(signing) => {
            let (who, password, code) = signing.parts();
            let [reason, password, code] = faults.onto([reason, password.focus(), code]);
            (Some(reason), Some(who.with(password, code)))
        }
    };
    (reason.filter(|_| !text.is_empty()), signing)
}

pub(super) fn send(mut incoming: Incoming) -> Answering {
    Box::pin(async move {
        match done(&mut incoming).await {
            Ok(place) => Ok(to(&place)),
            Err(Refused::Form(again)) => form(&incoming, again).await,
            Err(Refused::Problem(problem)) => Err(problem),
        }
    })
}

async fn done(incoming: &mut Incoming) -> Result<String, Refused> {
    let (mut context, person) = match Turn::of(incoming).await? {
        Turn::Done(place) => return Ok(place),
        Turn::Now(context, person) => (context, person),
    };
    let page = Page::open(incoming, Some(&person), "approvals-title");
    let asked = asked(&mut context, incoming).await?;
    context.rollback().await.map_err(Problem::from)?;
    let is_rejected = is_rejected(incoming) && asked.decision.reject.is_some();
    let needs_reason = is_rejected || asked.decision.approve.2;
    if needs_reason && incoming.form.text("reason").is_empty() {
        return Err(Refused::missing("reason", page.t("missing-reason")));
    }
    let (function, given) = call(incoming, &asked, is_rejected);
    let deed = Deed {
        is_signed: asked.decision.meaning.is_some(),
        function,
        given,
        place: format!("/approvals?done={}", if is_rejected { "reject" } else { "approve" }),
    };
    signing::done(incoming, &page, &person, deed).await
}

/// The function that decides, and its values.
fn call(incoming: &Incoming, asked: &Asked, is_rejected: bool) -> (&'static str, Map<String, Value>) {
    let (approve, note, _) = asked.decision.approve;
    let (function, text) = match asked.decision.reject {
        Some((reject, reason)) if is_rejected => (reject, reason),
        _ => (approve, note),
    };
    let mut given = Map::from_iter([(asked.decision.key.to_owned(), json!(asked.row.record_id))]);
    let reason = incoming.form.text("reason");
    if !text.is_empty() && !reason.is_empty() {
        given.insert(text.to_owned(), reason.into());
    }
    if let Some(switch) = asked.decision.switch {
        given.insert(switch.to_owned(), (!is_rejected).into());
    }
    (function, given)
}
