//! The one-time code with which a person sets an own password and second factor. It is shown once: the database keeps its hash.

use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde_json::{Map, Value};
use torvan_store::Context;
use torvan_store::call::Returned;
use torvan_store::identity::Person;

use crate::api::endpoint::Access;
use crate::http::Answer;
use crate::http::problem::{CONFLICT, FAULT, INVALID, NOT_FOUND, Problem, SECOND_PERSON};
use crate::identity::Answering;
use crate::incoming::{Incoming, not_signed_in};
use crate::pages::components::{Faults, Field, Icon, Kind, Link, Summary};
use crate::pages::data;
use crate::pages::identity::forms::Again;
use crate::pages::identity::sign_in::SHOWN_ONCE;
use crate::pages::moment::Clock;
use crate::pages::once::{Once, fresh_key};
use crate::pages::page::{Me, Page, rendered};
use crate::pages::way::{is, to};

pub(super) const PATH: &str = "/users/{login}/setup-code";
pub(super) const MAKE: Access = Access::Permission("user:update");

/// A code that can still be used.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Open {
    pub(super) made_by: Option<String>,
    pub(super) made_at: DateTime<Utc>,
    pub(super) expires_at: DateTime<Utc>,
}

/// The code of an account that can still be used.
pub(super) async fn open(context: &mut Context, login: &str) -> Result<Option<Open>, Problem> {
    let given = Map::from_iter([("login".to_owned(), Value::from(login))]);
    Ok(data::found::<Open>(context, "open_setup_code", given).await?.into_iter().next())
}

/// The page that shows a code, once.
#[derive(Debug, Template)]
#[template(path = "people/code_made.html")]
pub(super) struct MadePage {
    page: Page,
    me: Me,
    login: String,
    code: String,
    /// Until when it is good, in words.
    until: String,
    /// Where the person types it.
    place: String,
}

impl MadePage {
    /// The answer.
    pub(super) fn page(&self) -> Answer {
        rendered(self, SHOWN_ONCE)
    }
}

/// Makes a code in a transaction that has begun.
pub(super) async fn made(
    context: &mut Context,
    incoming: &Incoming,
    person: &Person,
    login: &str,
    reason: &str,
) -> Result<MadePage, Problem> {
    let given = Map::from_iter([
        ("login".to_owned(), Value::from(login)),
        ("reason".to_owned(), Value::from(reason)),
    ]);
    let Returned::One(Some(code)) = data::act(context, "issue_setup_code", given).await? else {
        return Err(Problem::new(FAULT, FAULT.title));
    };
    let open = open(context, login).await?;
    let page = Page::signed_in(incoming, context, person, "setup-code-made").await?;
    let me = page.me.clone().ok_or_else(not_signed_in)?;
    let until = open.map(|open| Clock::now(page.words).until(open.expires_at)).unwrap_or_default();
    let host = incoming.header("host").unwrap_or_default();
    Ok(MadePage {
        code: code.get().trim_matches('"').to_owned(),
        login: login.to_owned(),
        until,
        place: format!("{host}/sign-in/setup"),
        page,
        me,
    })
}

#[derive(Debug, Template)]
#[template(path = "people/code.html")]
struct AskPage {
    page: Page,
    me: Me,
    back: Link,
    action: String,
    about: String,
    summary: Summary,
    fields: [Field; 2],
    key: String,
}

#[derive(Debug, Deserialize)]
struct Account {
    login: String,
    display_name: String,
    password_changed_at: Option<DateTime<Utc>>,
    mfa_enrolled_at: Option<DateTime<Utc>>,
}

fn missing() -> Problem {
    Problem::new(NOT_FOUND, NOT_FOUND.title)
}

pub(super) fn show(incoming: Incoming) -> Answering {
    Box::pin(async move { asked(&incoming, Again::first()).await })
}

async fn asked(incoming: &Incoming, again: Again) -> Answer {
    let (mut context, person) = incoming.look().await?;
    let account: Option<Account> = data::one(&mut context, "users", &incoming.path).await?;
    let account = account.ok_or_else(missing)?;
    let mut page = Page::signed_in(incoming, &mut context, &person, "setup-code-new").await?;
    let open = open(&mut context, &account.login).await?;
    context.rollback().await?;
    let me = page.me.clone().ok_or_else(not_signed_in)?;
    let reason = Field::new("reason", page.t("field-reason"), Kind::Text, "off")
        .value(incoming.typed("reason"))
        .mark(page.t("entry-required"))
        .focus();
    let lost = Field::new("second_factor", page.t("setup-code-factor"), Kind::Switch, "off")
        .hint(page.t("setup-code-factor-hint"))
        .value(if is_on(incoming) { "true" } else { "" })
        .optional();
    let kind = if account.mfa_enrolled_at.is_some() {
        lost
    } else {
        Field::new("second_factor", String::new(), Kind::Hidden, "off")
    };
    let fields = again.faults.onto([reason, kind]);
    if !again.faults.is_empty() {
        page.with_error();
    }
    let about = match (&open, account.password_changed_at) {
        (Some(_), _) => page.tv("setup-code-replaces", "who", account.display_name.clone()),
        (None, None) => page.tv("setup-code-first", "who", account.display_name.clone()),
        (None, Some(_)) => page.tv("setup-code-again", "who", account.display_name.clone()),
    };
    let key = Some(incoming.form.raw("key")).filter(|key| !key.is_empty());
    let view = AskPage {
        back: Link::new(format!("/users/{}", account.login), account.login.clone(), false)
            .icon(Icon("users")),
        action: format!("/users/{}/setup-code", account.login),
        about,
        summary: again.faults.summary(page.t("summary-form")),
        fields,
        key: key.map_or_else(fresh_key, str::to_owned),
        page,
        me,
    };
    Again::answered(again.status, again.retry_after, rendered(&view, again.status))
}

fn is_on(incoming: &Incoming) -> bool {
    let of_address = incoming.query.iter().any(|(name, value)| name == "second_factor" && value == "true");
    of_address || incoming.form.all("second_factor").any(|value| value == "true")
}

pub(super) fn send(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let reason = incoming.form.text("reason");
        if reason.is_empty() {
            let (context, person) = incoming.look().await?;
            context.rollback().await?;
            let page = Page::open(&incoming, Some(&person), "setup-code-new");
            let again = Again::refused(Faults::of("reason", page.t("missing-reason")));
            return asked(&incoming, again).await;
        }
        match issued(&incoming, reason).await {
            Ok(Ok(made)) => made.page(),
            Ok(Err(place)) => Ok(to(&place)),
            Err(problem) if [INVALID, CONFLICT, SECOND_PERSON].iter().any(|kind| is(&problem, *kind)) => {
                let status = problem.kind().status;
                let faults = Faults::whole(problem.told());
                asked(&incoming, Again { faults, status, retry_after: None }).await
            }
            Err(problem) => Err(problem),
        }
    })
}

/// The code; or where the form led when it was sent before.
async fn issued(incoming: &Incoming, reason: &str) -> Result<Result<Box<MadePage>, String>, Problem> {
    let login = incoming.path_value("login").ok_or_else(missing)?.to_owned();
    let (mut context, person) = incoming.enter().await?;
    let once = Once::of(incoming)?;
    if let Some(place) = once.begin(&mut context).await? {
        return Ok(Err(place));
    }
    if is_on(incoming) {
        let given = Map::from_iter([
            ("login".to_owned(), Value::from(login.as_str())),
            ("reason".to_owned(), Value::from(reason)),
        ]);
        data::act(&mut context, "reset_mfa", given).await?;
    }
    let made = made(&mut context, incoming, &person, &login, reason).await?;
    once.finish(&mut context, &format!("/users/{login}")).await?;
    context.commit().await?;
    Ok(Ok(Box::new(made)))
}
