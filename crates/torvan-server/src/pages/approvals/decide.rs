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
use crate::pages::components::{Faults, Field, Icon, Kind as Entry, Link, Summary};
use crate::pages::data;
use crate::pages::identity::forms::Again;
use crate::pages::once::fresh_key;
use crate::pages::page::{Me, Page, rendered};
use crate::pages::signing::{self, Deed, Refused, Signing, Turn};
use crate::pages::way::{path_of, to, with_query};

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
    decision: &'static str,
    /// The other decision.
    other: Link,
    reason: Field,
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
    let is_rejected = is_rejected(incoming);
    page.title = page.t(if is_rejected { asked.decision.reject_name } else { asked.kind.name });
    let (reason, signing) = fields(&page, &me, incoming, &asked, &again.faults);
    if !again.faults.is_empty() {
        page.with_error();
    }
    let sent = Some(incoming.form.raw("key")).filter(|key| !key.is_empty());
    let view = DecidePage {
        icon: if signing.is_some() { Icon("signature") } else { asked.kind.icon },
        action: path_of(incoming),
        key: sent.map_or_else(fresh_key, str::to_owned),
        what: asked.kind.called(&page, &asked.row),
        about: asked.kind.about(&page, &asked.row),
        look: asked.kind.look(&asked.row),
        summary: again.faults.summary(page.t("summary-form")),
        decision: if is_rejected { "reject" } else { "approve" },
        other: other(&page, incoming, &asked, is_rejected),
        reason,
        signing,
        page,
        me,
    };
    Again::answered(status, retry_after, rendered(&view, status))
}

fn is_rejected(incoming: &Incoming) -> bool {
    let asked = || incoming.query.iter().any(|(name, value)| name == "decision" && value == "reject");
    incoming.form.text("decision") == "reject" || incoming.endpoint.method.is_safe() && asked()
}

/// The way to the other decision: each says what its signature means.
fn other(page: &Page, incoming: &Incoming, asked: &Asked, is_rejected: bool) -> Link {
    let path = path_of(incoming);
    if is_rejected {
        return Link::new(path, page.t("approvals-approve"), false).icon(Icon("check"));
    }
    let href = with_query(&path, &[("decision", "reject")]);
    Link::new(href, page.t(asked.decision.reject_name), false).icon(Icon("undo-2"))
}

/// The text that goes with the decision, and who signs; each fault at its field.
fn fields(
    page: &Page,
    me: &Me,
    incoming: &Incoming,
    asked: &Asked,
    faults: &Faults,
) -> (Field, Option<Signing>) {
    let is_rejected = is_rejected(incoming);
    let key = if is_rejected { "field-reason" } else { "field-reason-optional" };
    let reason = Field::new("reason", page.t(key), Entry::Area, "off").value(incoming.form.text("reason"));
    let reason =
        if is_rejected { reason.hint(page.t("approvals-reject-note")).focus() } else { reason.optional() };
    let Some(meaning) = asked.decision.verdict(is_rejected).meaning else {
        let [reason] = faults.onto([reason]);
        return (reason, None);
    };
    let title = format!("{} {}", page.t(asked.kind.name), asked.kind.called(page, &asked.row));
    let (who, password, code) = Signing::new(page, me, meaning, &title).parts();
    let password = if is_rejected { password } else { password.focus() };
    let [reason, password, code] = faults.onto([reason, password, code]);
    (reason, Some(who.with(password, code)))
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
        Turn::Now(now) => *now,
    };
    let page = Page::open(incoming, Some(&person), "approvals-title");
    let asked = asked(&mut context, incoming).await?;
    context.rollback().await.map_err(Problem::from)?;
    let is_rejected = is_rejected(incoming);
    if is_rejected && incoming.form.text("reason").is_empty() {
        return Err(Refused::missing("reason", page.t("missing-reason")));
    }
    let (function, given) = call(incoming, &asked, is_rejected);
    let deed = Deed {
        is_signed: asked.decision.verdict(is_rejected).meaning.is_some(),
        function,
        given,
        place: format!("/approvals?done={}", if is_rejected { "reject" } else { "approve" }),
    };
    signing::done(incoming, &page, &person, deed).await
}

/// The function that decides, and its values.
fn call(incoming: &Incoming, asked: &Asked, is_rejected: bool) -> (&'static str, Map<String, Value>) {
    let verdict = asked.decision.verdict(is_rejected);
    let mut given = Map::from_iter([(asked.decision.key.to_owned(), json!(asked.row.record_id))]);
    let reason = incoming.form.text("reason");
    if !reason.is_empty() {
        given.insert(verdict.text.to_owned(), reason.into());
    }
    if let Some(switch) = asked.decision.switch {
        given.insert(switch.to_owned(), (!is_rejected).into());
    }
    (verdict.function, given)
}
