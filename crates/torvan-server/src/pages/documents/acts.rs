//! What is done with a version: submitted, approved with a signature, rejected with a reason.

use askama::Template;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Map, Value};
use torvan_store::Context;

use super::version::{given, read};
use crate::http::Answer;
use crate::http::problem::{CONFLICT, NOT_FOUND, Problem};
use crate::identity::Answering;
use crate::incoming::{Incoming, not_signed_in};
use crate::pages::components::{Field, Icon, Kind, Summary};
use crate::pages::data;
use crate::pages::identity::forms::Again;
use crate::pages::once::{Once, fresh_key};
use crate::pages::page::{Me, Page, rendered};
use crate::pages::signing::{self, Deed, Refused, Signing, Turn};
use crate::pages::way::{path_of, to};

/// What is decided about a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    Approve,
    Reject,
    /// Of a file of an order.
    ApproveFile,
}

impl Act {
    /// The function, the field, and what the page of the version then says.
    fn words(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::Approve => ("approve_document_version", "note", "approved"),
            Self::Reject => ("reject_document_version", "reason", "rejected"),
            Self::ApproveFile => ("approve_attachment", "", "approved"),
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Approve | Self::ApproveFile => "document-approve",
            Self::Reject => "document-reject",
        }
    }
}

#[derive(Debug, Template)]
#[template(path = "documents/act.html")]
struct ActPage {
    page: Page,
    me: Me,
    icon: Icon,
    number: String,
    document: String,
    version: String,
    back: String,
    action: String,
    key: String,
    about: String,
    summary: Summary,
    field: Option<Field>,
    signing: Option<Signing>,
    is_danger: bool,
}

pub(super) fn ask_approve(incoming: Incoming) -> Answering {
    Box::pin(async move { form(&incoming, Act::Approve, Again::first()).await })
}

pub(super) fn ask_reject(incoming: Incoming) -> Answering {
    Box::pin(async move { form(&incoming, Act::Reject, Again::first()).await })
}

pub(super) fn ask_approve_file(incoming: Incoming) -> Answering {
    Box::pin(async move { form(&incoming, Act::ApproveFile, Again::first()).await })
}

pub(super) fn send_approve_file(incoming: Incoming) -> Answering {
    Box::pin(async move { send(incoming, Act::ApproveFile).await })
}

pub(super) fn send_approve(incoming: Incoming) -> Answering {
    Box::pin(async move { send(incoming, Act::Approve).await })
}

pub(super) fn send_reject(incoming: Incoming) -> Answering {
    Box::pin(async move { send(incoming, Act::Reject).await })
}

/// What is decided about, as its dialog shows it.
struct About {
    number: String,
    title: String,
    line: String,
    /// Its page.
    back: String,
    /// Whether it waits for a decision.
    is_open: bool,
}

#[expect(clippy::struct_field_names, reason = "named as the columns are")]
#[derive(Debug, Deserialize)]
struct File {
    order_id: i64,
    file_name: String,
    version: i64,
    approved_at: Option<DateTime<Utc>>,
}

async fn about(context: &mut Context, page: &Page, incoming: &Incoming, act: Act) -> Result<About, Problem> {
    if act == Act::ApproveFile {
        let _ = incoming.key("order_attachment_id")?;
        let file: Option<File> = data::one(context, "order_attachments", &incoming.path).await?;
        let file = file.ok_or_else(|| Problem::new(NOT_FOUND, NOT_FOUND.title))?;
        return Ok(About {
            number: page.t("order-files"),
            line: page.tv("file-version", "version", file.version),
            back: format!("/orders/{}?panel=documents", file.order_id),
            is_open: file.approved_at.is_none(),
            title: file.file_name,
        });
    }
    let (version, document) = read(context, incoming).await?;
    Ok(About {
        number: document.document_number,
        title: document.title,
        line: format!("{} · {}", page.tv("file-version", "version", version.version), version.file_name),
        back: format!("/document-versions/{}", version.document_version_id),
        is_open: version.state == "IN_REVIEW",
    })
}

async fn form(incoming: &Incoming, act: Act, again: Again) -> Answer {
    let (mut context, person) = incoming.enter().await?;
    let mut page = Page::signed_in(incoming, &mut context, &person, act.title()).await?;
    let me = page.me.clone().ok_or_else(not_signed_in)?;
    let about = about(&mut context, &page, incoming, act).await?;
    context.commit().await?;
    // Nobody gives a password for what cannot be.
    if incoming.endpoint.method.is_safe() && !about.is_open {
        return Err(Problem::new(CONFLICT, page.t("document-not-open")));
    }
    if !again.faults.is_empty() {
        page.with_error();
    }
    let name = act.words().1;
    let is_signed = act != Act::Reject;
    let label = if is_signed { "field-note-optional" } else { "field-reason" };
    let mut field = Field::new(name, page.t(label), Kind::Area, "off").value(incoming.form.text(name));
    field = if is_signed { field.optional() } else { field.focus() };
    let (who, password, code) = Signing::new(&page, &me, "approved", &about.title).parts();
    let [field, password, code] = again.faults.onto([field, password.focus(), code]);
    let sent = incoming.form.raw("key");
    let is_first = again.status == StatusCode::OK;
    let view = ActPage {
        icon: if is_signed { Icon("signature") } else { Icon("x") },
        number: about.number,
        version: about.line,
        back: about.back,
        action: path_of(incoming),
        key: if sent.is_empty() || is_first { fresh_key() } else { sent.to_owned() },
        about: if is_signed {
            page.tv("sign-as", "name", format!("{}, {}", me.name, me.roles.join(", ")))
        } else {
            page.t("document-reject-means")
        },
        summary: again.faults.summary(page.t("summary-form")),
        signing: is_signed.then(|| who.with(password, code)),
        document: about.title,
        is_danger: !is_signed,
        field: (act != Act::ApproveFile).then_some(field),
        page,
        me,
    };
    Again::answered(again.status, again.retry_after, rendered(&view, again.status))
}

async fn send(mut incoming: Incoming, act: Act) -> Answer {
    match done(&mut incoming, act).await {
        Ok(place) => Ok(to(&place)),
        Err(Refused::Form(again)) => form(&incoming, act, again).await,
        Err(Refused::Problem(problem)) => Err(problem),
    }
}

async fn done(incoming: &mut Incoming, act: Act) -> Result<String, Refused> {
    let (function, name, told) = act.words();
    let (mut context, person) = match Turn::of(incoming).await? {
        Turn::Done(place) => return Ok(place),
        Turn::Now(now) => *now,
    };
    let page = Page::open(incoming, Some(&person), act.title());
    let about = about(&mut context, &page, incoming, act).await?;
    context.rollback().await.map_err(Problem::from)?;
    let said = incoming.form.text(name).to_owned();
    if act == Act::Reject && said.is_empty() {
        return Err(Refused::missing("reason", page.t("missing-reason")));
    }
    let mut given = match act {
        Act::ApproveFile => {
            let id = incoming.key("order_attachment_id")?;
            Map::from_iter([("order_attachment_id".to_owned(), Value::from(id))])
        }
        Act::Approve | Act::Reject => given(incoming)?,
    };
    if !said.is_empty() {
        given.insert(name.to_owned(), Value::from(said));
    }
    let sign = if about.back.contains('?') { '&' } else { '?' };
    let place = format!("{}{sign}done={told}", about.back);
    let deed = Deed { is_signed: act != Act::Reject, function, given, place };
    signing::done(incoming, &page, &person, deed).await
}

/// `POST /document-versions/{document_version_id}/submit`.
pub(super) fn submit(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let (mut context, _) = incoming.enter().await?;
        let once = Once::of(&incoming)?;
        if let Some(place) = once.begin(&mut context).await? {
            return Ok(to(&place));
        }
        let (version, _) = read(&mut context, &incoming).await?;
        data::act(&mut context, "submit_document_version", given(&incoming)?).await?;
        let place = format!("/document-versions/{}?done=submitted", version.document_version_id);
        once.finish(&mut context, &place).await?;
        context.commit().await?;
        Ok(to(&place))
    })
}
