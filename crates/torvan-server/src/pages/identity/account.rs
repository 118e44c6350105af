//! The own account: sessions, password, authenticator, recovery codes.

use askama::Template;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::Map;
use torvan_store::Context;
use torvan_store::identity::Person;

use super::forms::{self, Again};
use super::setup::Enrolment;
use super::sign_in::SHOWN_ONCE;
use super::telling::Telling;
use super::tokens::{TokenRow, own_tokens};
use crate::api::endpoint::{Access, Endpoint, ListSpec, Method};
use crate::credentials::token::SessionToken;
use crate::credentials::totp::RecoveryCode;
use crate::http::Answer;
use crate::http::problem::{NOT_FOUND, Problem};
use crate::identity::session::{self, Proof, has_second_factor, owner, session_token};
use crate::identity::{Answering, cookies, setup as acts};
use crate::incoming::Incoming;
use crate::pages::components::{Faults, Field, Notice, Summary};
use crate::pages::moment::Clock;
use crate::pages::page::{Me, Page, keep_language, rendered};
use crate::pages::way::{leading_to, next_of, to};
use crate::pages::{data, field, form, page};

pub(in crate::pages) const PAGES: &[Endpoint] = &[
    page(Method::Get, "/account", Access::SignedIn, show, "The own account."),
    page(Method::Get, "/account/confirm", Access::SignedIn, show_confirm, "Asks for the credentials again."),
    form(
        "/account/confirm",
        Access::SignedIn,
        send_confirm,
        &[field("password", "Password."), field("code", "Code of the authenticator.")],
        "A fresh proof of who somebody is.",
    ),
    page(Method::Get, "/account/password", Access::SignedIn, show_password, "Asks for another password."),
    form(
        "/account/password",
        Access::SignedIn,
        send_password,
        &[field("new_password", "New password.")],
        "Changes the own password.",
    ),
    page(
        Method::Get,
        "/account/authenticator",
        Access::SignedIn,
        show_authenticator,
        "Sets up another authenticator.",
    ),
    form(
        "/account/authenticator/new",
        Access::SignedIn,
        new_authenticator,
        &[],
        "Begins another authenticator.",
    ),
    form(
        "/account/authenticator",
        Access::SignedIn,
        confirm_authenticator,
        &[field("code", "First code of the new authenticator.")],
        "Puts another authenticator to use and shows the recovery codes once.",
    ),
    page(Method::Get, "/account/recovery-codes", Access::SignedIn, show_codes, "Offers new recovery codes."),
    form(
        "/account/recovery-codes",
        Access::SignedIn,
        new_codes,
        &[],
        "Makes new recovery codes, shown once.",
    ),
    form(
        "/account/notifications",
        Access::Permission("notification:read_own"),
        super::telling::send,
        &[field("email", "How often by e-mail: IMMEDIATE, HOURLY, DAILY, WEEKLY, or empty for never.")],
        "Keeps how the person wants to be told.",
    ),
    form(
        "/account/sessions/{user_session_id}/revoke",
        Access::SignedIn,
        revoke_session,
        &[],
        "Ends an own session.",
    ),
];

const SESSIONS: ListSpec = ListSpec {
    relation: "v_open_sessions",
    filters: &["user_id"],
    sorts: &["-last_seen_at"],
    key: &["user_session_id"],
};
const USERS: ListSpec = ListSpec { relation: "users", filters: &["user_id"], sorts: &["user_id"], key: &[] };

#[derive(Debug, Deserialize)]
struct OpenSession {
    user_session_id: i64,
    opened_at: DateTime<Utc>,
    last_seen_at: DateTime<Utc>,
    device_label: Option<String>,
    client_address: Option<String>,
}

#[expect(clippy::struct_field_names, reason = "named as the columns are")]
#[derive(Debug, Deserialize)]
struct Account {
    password_changed_at: Option<DateTime<Utc>>,
    mfa_enrolled_at: Option<DateTime<Utc>>,
    last_sign_in_at: Option<DateTime<Utc>>,
}

/// A session as the page shows it.
#[derive(Debug)]
struct SessionRow {
    id: i64,
    device: String,
    agent: String,
    address: String,
    opened_at: String,
    last_seen_at: String,
    is_this: bool,
}

#[derive(Debug, Template)]
#[template(path = "identity/account.html")]
struct AccountPage {
    page: Page,
    me: Me,
    notice: Option<Notice>,
    sessions: Vec<SessionRow>,
    password_changed_at: String,
    authenticator_since: Option<String>,
    last_sign_in_at: Option<String>,
    tokens: Vec<TokenRow>,
    may_make_tokens: bool,
    /// How the person is told; none where they are told nothing.
    telling: Option<Telling>,
}

/// Takes who is signed in out of a page, for a template that shows more of it than the frame.
pub(super) fn me_of(page: &mut Page) -> Result<Me, Problem> {
    page.me.clone().ok_or_else(crate::incoming::not_signed_in)
}

fn show(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let (mut context, person) = incoming.enter().await?;
        let view = account_page(&incoming, &mut context, &person).await?;
        context.commit().await?;
        let mut response = rendered(&view, StatusCode::OK)?;
        keep_language(&incoming, &mut response);
        Ok(response)
    })
}

async fn account_page(
    incoming: &Incoming,
    context: &mut Context,
    person: &Person,
) -> Result<AccountPage, Problem> {
    let mut page = Page::signed_in(incoming, context, person, "account-title").await?;
    let own = person.user_id.to_string();
    let sessions: Vec<OpenSession> = data::rows(context, &SESSIONS, &[("filter[user_id]", &own)]).await?;
    let accounts: Vec<Account> = data::rows(context, &USERS, &[("filter[user_id]", &own)]).await?;
    let account = accounts.into_iter().next().ok_or_else(|| Problem::new(NOT_FOUND, NOT_FOUND.title))?;
    let never = page.t("never");
    let clock = Clock::now(page.words);
    let moment = |at| clock.exact(at);
    let row = |session: OpenSession| session_row(&page, person, session);
    Ok(AccountPage {
        notice: done(incoming, &page),
        sessions: sessions.into_iter().map(row).collect(),
        password_changed_at: account.password_changed_at.map_or(never, moment),
        authenticator_since: account.mfa_enrolled_at.map(moment),
        last_sign_in_at: account.last_sign_in_at.map(moment),
        tokens: own_tokens(context, clock, person).await?,
        may_make_tokens: data::may(context, "api_token:create").await?,
        telling: super::telling::read(context, &page, person).await?,
        me: me_of(&mut page)?,
        page,
    })
}

fn session_row(page: &Page, person: &Person, session: OpenSession) -> SessionRow {
    let agent = session.device_label.unwrap_or_default();
    let clock = Clock::now(page.words);
    SessionRow {
        id: session.user_session_id,
        device: device_name(&agent).unwrap_or_else(|| page.t("device-unknown")),
        agent,
        address: session.client_address.unwrap_or_default(),
        opened_at: clock.exact(session.opened_at),
        last_seen_at: clock.exact(session.last_seen_at),
        is_this: person.user_session_id == Some(session.user_session_id),
    }
}

/// Browser and system out of what a browser calls itself. The first that fits counts: most of them claim to be others too.
fn device_name(agent: &str) -> Option<String> {
    const BROWSERS: [(&str, &str); 6] = [
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("HeadlessChrome/", "Chrome"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ];
    const SYSTEMS: [(&str, &str); 7] = [
        ("iPad", "iPad"),
        ("iPhone", "iPhone"),
        ("Android", "Android"),
        ("Windows", "Windows"),
        ("CrOS", "ChromeOS"),
        ("Mac OS X", "macOS"),
        ("Linux", "Linux"),
    ];
    let found = |names: &[(&str, &'static str)]| {
        names.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name)
    };
    let parts: Vec<&str> = [found(&BROWSERS), found(&SYSTEMS)].into_iter().flatten().collect();
    if parts.is_empty() { None } else { Some(parts.join(", ")) }
}

/// What was done just now, as the place says.
fn done(incoming: &Incoming, page: &Page) -> Option<Notice> {
    let done = incoming.query.iter().find(|(name, _)| name == "done").map(|(_, value)| value.as_str());
    let key = match done? {
        "password" => "done-password",
        "session" => "done-session",
        "token" => "done-token",
        "telling" => "done-telling",
        _ => return None,
    };
    Some(Notice::done(page.t(key)))
}

fn revoke_session(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let (mut context, _) = incoming.enter().await?;
        let id = path_id(&incoming, "user_session_id")?;
        let mut given = Map::new();
        given.insert("user_session_id".to_owned(), id.into());
        given.insert("reason".to_owned(), "ended by its own person".into());
        data::act(&mut context, "revoke_session", given).await?;
        context.commit().await?;
        Ok(to("/account?done=session#sessions"))
    })
}

/// A key in the path.
pub(super) fn path_id(incoming: &Incoming, name: &str) -> Result<i64, Problem> {
    let value = incoming.path_value(name).and_then(|value| value.parse().ok());
    value.ok_or_else(|| Problem::new(NOT_FOUND, NOT_FOUND.title))
}

#[derive(Debug, Template)]
#[template(path = "identity/confirm.html")]
struct ConfirmPage {
    page: Page,
    me: Me,
    summary: Summary,
    password: Field,
    code: Option<Field>,
    next: String,
}

/// A page of the account in the frame, for the person who sends the request.
async fn framed(incoming: &Incoming, title: &str) -> Result<(Page, Me, Person), Problem> {
    let (mut context, person) = incoming.enter().await?;
    let mut page = Page::signed_in(incoming, &mut context, &person, title).await?;
    context.commit().await?;
    let me = me_of(&mut page)?;
    Ok((page, me, person))
}

fn show_confirm(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let (page, me, person) = framed(&incoming, "confirm-title").await?;
        confirm_page(&incoming, page, me, &person, Again::first())
    })
}

fn confirm_page(incoming: &Incoming, mut page: Page, me: Me, person: &Person, again: Again) -> Answer {
    if !again.faults.is_empty() {
        page.with_error();
    }
    let [password, code] = again.faults.onto([forms::password(&page).focus(), forms::code(&page)]);
    let view = ConfirmPage {
        summary: again.faults.summary(page.t("summary-form")),
        password,
        code: has_second_factor(person).then_some(code),
        next: next_of(incoming),
        page,
        me,
    };
    Again::answered(again.status, again.retry_after, rendered(&view, again.status))
}

fn send_confirm(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let (page, me, person) = framed(&incoming, "confirm-title").await?;
        let given = |name: &str| Some(incoming.form.raw(name)).filter(|value| !value.is_empty());
        let proof = Proof {
            password: given("password").map(SecretString::from),
            code: given("code").map(str::to_owned),
        };
        match session::step_up(&incoming, &person, proof).await {
            Ok(token) => {
                let mut response = to(&next_of(&incoming));
                cookies::set_session(&mut response, &token);
                Ok(response)
            }
            Err(refused) => {
                let again = Again::because(&page, refused, "code")?;
                confirm_page(&incoming, page, me, &person, again)
            }
        }
    })
}

/// Sends whoever did not prove who they are within the last minutes to where they do.
pub(in crate::pages) fn unproved(incoming: &Incoming, person: &Person) -> Option<axum::response::Response> {
    (!person.is_stepped_up).then(|| to(&leading_to("/account/confirm", incoming.endpoint.path)))
}

#[derive(Debug, Template)]
#[template(path = "identity/change_password.html")]
struct ChangePage {
    page: Page,
    me: Me,
    summary: Summary,
    new_password: Field,
}

fn show_password(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let (page, me, person) = framed(&incoming, "change-password-title").await?;
        if let Some(elsewhere) = unproved(&incoming, &person) {
            return Ok(elsewhere);
        }
        change_page(&incoming, page, me, &person, Again::first()).await
    })
}

async fn change_page(incoming: &Incoming, mut page: Page, me: Me, person: &Person, again: Again) -> Answer {
    if !again.faults.is_empty() {
        page.with_error();
    }
    let least = acts::least_length(incoming, person).await?;
    let [new_password] = again.faults.onto([forms::new_password(&page, least).focus()]);
    let view = ChangePage { summary: again.faults.summary(page.t("summary-form")), new_password, page, me };
    Again::answered(again.status, again.retry_after, rendered(&view, again.status))
}

fn send_password(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let (page, me, person) = framed(&incoming, "change-password-title").await?;
        let password = incoming.form.raw("new_password");
        if password.is_empty() {
            let again = Again::refused(Faults::of("new_password", page.t("missing-new-password")));
            return change_page(&incoming, page, me, &person, again).await;
        }
        match acts::set_password(&incoming, &person, password.to_owned()).await {
            Ok(token) => {
                let mut response = to("/account?done=password");
                cookies::set_session(&mut response, &token);
                Ok(response)
            }
            Err(refused) => {
                let again = Again::because(&page, refused, "new_password")?;
                change_page(&incoming, page, me, &person, again).await
            }
        }
    })
}

#[derive(Debug, Template)]
#[template(path = "identity/renew_authenticator.html")]
struct RenewPage {
    page: Page,
    me: Me,
    summary: Summary,
    enrolment: Option<Enrolment>,
    code: Field,
}

fn show_authenticator(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let (page, me, person) = framed(&incoming, "renew-authenticator-title").await?;
        if let Some(elsewhere) = unproved(&incoming, &person) {
            return Ok(elsewhere);
        }
        renew_page(&incoming, page, me, Again::first()).await
    })
}

async fn renew_page(incoming: &Incoming, mut page: Page, me: Me, again: Again) -> Answer {
    if !again.faults.is_empty() {
        page.with_error();
    }
    let waiting = acts::waiting_totp(incoming).await?;
    let enrolment = waiting.as_ref().map(|secret| Enrolment::of(&page, &me.login, secret)).transpose()?;
    let [code] = again.faults.onto([forms::code(&page).hint(page.t("hint-first-code"))]);
    let view = RenewPage { summary: again.faults.summary(page.t("summary-form")), enrolment, code, page, me };
    Again::answered(again.status, again.retry_after, rendered(&view, again.status))
}

fn new_authenticator(incoming: Incoming) -> Answering {
    Box::pin(async move {
        session::person(&incoming).await?;
        acts::enrol_totp(&incoming, &session_token(&incoming)?).await?;
        Ok(to("/account/authenticator"))
    })
}

fn confirm_authenticator(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let (page, me, person) = framed(&incoming, "renew-authenticator-title").await?;
        if let Some(elsewhere) = unproved(&incoming, &person) {
            return Ok(elsewhere);
        }
        let code = incoming.form.text("code");
        if code.is_empty() {
            let again = Again::refused(Faults::of("code", page.t("missing-code")));
            return renew_page(&incoming, page, me, again).await;
        }
        match acts::confirm_totp(&incoming, code).await {
            Ok((token, codes)) => shown_codes(&incoming, &token, codes).await,
            Err(refused) => {
                let again = Again::because(&page, refused, "code")?;
                renew_page(&incoming, page, me, again).await
            }
        }
    })
}

#[derive(Debug, Template)]
#[template(path = "identity/new_codes.html")]
struct CodesPage {
    page: Page,
    me: Me,
    codes: Vec<RecoveryCode>,
}

/// The codes in the frame, under the session's new token.
async fn shown_codes(incoming: &Incoming, token: &SessionToken, codes: Vec<RecoveryCode>) -> Answer {
    let person = owner(incoming, token).await?;
    let credential = torvan_store::identity::Credential::Session(token.hash());
    let entered = incoming.app.store().enter(&credential, &incoming.request_id, None, None).await?;
    let (mut context, _) = entered.ok_or_else(crate::incoming::not_signed_in)?;
    let mut page = Page::signed_in(incoming, &mut context, &person, "recovery-title").await?;
    context.commit().await?;
    let me = Me { csrf: super::sign_in::csrf_of(token)?, ..me_of(&mut page)? };
    page.me = Some(me.clone());
    let mut response = rendered(&CodesPage { page, me, codes }, SHOWN_ONCE)?;
    cookies::set_session(&mut response, token);
    Ok(response)
}

fn show_codes(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let (page, me, person) = framed(&incoming, "recovery-title").await?;
        if let Some(elsewhere) = unproved(&incoming, &person) {
            return Ok(elsewhere);
        }
        rendered(&CodesPage { page, me, codes: Vec::new() }, StatusCode::OK)
    })
}

fn new_codes(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let (page, me, _) = framed(&incoming, "recovery-title").await?;
        let codes = acts::new_recovery_codes(&incoming).await?;
        rendered(&CodesPage { page, me, codes }, SHOWN_ONCE)
    })
}

#[cfg(test)]
mod tests {
    use super::device_name;

    #[test]
    fn a_device_is_named_by_what_its_browser_calls_itself() {
        let agents = [
            (
                "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/148.0.0.0 Safari/537.36",
                Some("Chrome, Linux"),
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/148.0 Safari/537.36 Edg/148.0",
                Some("Edge, Windows"),
            ),
            (
                "Mozilla/5.0 (iPad; CPU OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Version/18.0 Safari/604.1",
                Some("Safari, iPad"),
            ),
            ("curl/8.0", None),
            ("<script>alert(1)</script>", None),
        ];
        for (agent, expected) in agents {
            assert_eq!(device_name(agent).as_deref(), expected, "{agent}");
        }
    }
}
