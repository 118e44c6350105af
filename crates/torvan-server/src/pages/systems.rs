//! The secret with which messages to a receiver of webhooks are signed. It is shown once: the database keeps it encrypted.

use askama::Template;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value};
use torvan_store::call::Returned;

use super::components::{Faults, Field, Kind, Summary};
use super::identity::sign_in::SHOWN_ONCE;
use super::once::{Once, fresh_key};
use super::page::{Me, Page, rendered};
use super::way::{is, to};
use super::{data, field, form, page};
use crate::api::dispatch::use_keys;
use crate::api::endpoint::{Access, Endpoint, Method};
use crate::http::Answer;
use crate::http::problem::{CONFLICT, FAULT, INVALID, NOT_FOUND, Problem};
use crate::identity::Answering;
use crate::incoming::{Incoming, not_signed_in};

const PATH: &str = "/external-systems/{system_code}/webhook-secret";
const MAKE: Access = Access::Permission("external_system:update");
/// Hours for which the old secret can stay good, the usual one first.
const OVERLAPS: [i64; 4] = [24, 0, 72, 168];

pub(super) const PAGES: &[Endpoint] = &[
    page(
        Method::Get,
        PATH,
        MAKE,
        ask,
        "Asks for a new secret to sign the messages to a receiver of webhooks.",
    ),
    form(
        PATH,
        MAKE,
        send,
        &[field("overlap_hours", "For how many hours messages are signed with the old secret as well.")],
        "Makes a secret, which is shown once.",
    ),
];

#[derive(Debug, Deserialize)]
struct System {
    system_code: String,
    name: String,
}

#[derive(Debug, Template)]
#[template(path = "systems/secret.html")]
struct AskPage {
    page: Page,
    me: Me,
    system: System,
    summary: Summary,
    overlap: Field,
    key: String,
}

#[derive(Debug, Template)]
#[template(path = "systems/secret_made.html")]
struct MadePage {
    page: Page,
    me: Me,
    system: System,
    secret: String,
}

fn missing() -> Problem {
    Problem::new(NOT_FOUND, NOT_FOUND.title)
}

fn ask(incoming: Incoming) -> Answering {
    Box::pin(async move { asked(&incoming, Faults::default(), StatusCode::OK).await })
}

async fn asked(incoming: &Incoming, faults: Faults, status: StatusCode) -> Answer {
    let (mut context, person) = incoming.look().await?;
    let system: Option<System> = data::one(&mut context, "external_systems", &incoming.path).await?;
    let system = system.ok_or_else(missing)?;
    let page = Page::signed_in(incoming, &mut context, &person, "webhook-secret-new").await?;
    context.rollback().await?;
    let me = page.me.clone().ok_or_else(not_signed_in)?;
    let hours = |hours: i64| (hours.to_string(), page.tv("webhook-secret-hours", "count", hours));
    let overlap = Field::new("overlap_hours", page.t("webhook-secret-overlap"), Kind::Select, "off")
        .hint(page.t("webhook-secret-overlap-hint"))
        .options(OVERLAPS.map(hours).to_vec())
        .value(incoming.typed("overlap_hours"));
    let view = AskPage {
        summary: faults.summary(page.t("summary-form")),
        overlap,
        key: fresh_key(),
        system,
        page,
        me,
    };
    rendered(&view, status)
}

fn send(incoming: Incoming) -> Answering {
    Box::pin(async move {
        match made(&incoming).await {
            Ok(Ok(made)) => rendered(&*made, SHOWN_ONCE),
            Ok(Err(place)) => Ok(to(&place)),
            Err(problem) if is(&problem, INVALID) || is(&problem, CONFLICT) => {
                let status = problem.kind().status;
                asked(&incoming, Faults::whole(problem.told()), status).await
            }
            Err(problem) => Err(problem),
        }
    })
}

/// Hours that were typed; what is no number goes on as it is, so that the answer says so.
fn overlap_hours(text: &str) -> Value {
    text.parse::<i64>().map_or_else(|_| text.into(), Value::from)
}

/// The secret; or where the form led when it was sent before.
async fn made(incoming: &Incoming) -> Result<Result<Box<MadePage>, String>, Problem> {
    let (mut context, person) = incoming.enter().await?;
    let once = Once::of(incoming)?;
    if let Some(place) = once.begin(&mut context).await? {
        return Ok(Err(place));
    }
    let system: Option<System> = data::one(&mut context, "external_systems", &incoming.path).await?;
    let system = system.ok_or_else(missing)?;
    use_keys(&mut context, &incoming.app).await?;
    let given = Map::from_iter([
        ("system_code".to_owned(), Value::from(system.system_code.as_str())),
        ("overlap_hours".to_owned(), overlap_hours(incoming.form.text("overlap_hours"))),
    ]);
    let Returned::One(Some(secret)) = data::act(&mut context, "renew_webhook_secret", given).await? else {
        return Err(Problem::new(FAULT, FAULT.title));
    };
    let page = Page::signed_in(incoming, &mut context, &person, "webhook-secret-made").await?;
    let me = page.me.clone().ok_or_else(not_signed_in)?;
    once.finish(&mut context, &format!("/external-systems/{}", system.system_code)).await?;
    context.commit().await?;
    Ok(Ok(Box::new(MadePage { secret: secret.get().trim_matches('"').to_owned(), system, page, me })))
}
