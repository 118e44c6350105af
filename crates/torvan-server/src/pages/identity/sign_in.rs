//! Sign-in, second factor, sign-out.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use secrecy::SecretString;
use torvan_store::identity::{Person, ProviderName};

use super::forms::{self, Again};
use super::ticket::Ticket;
use crate::api::endpoint::{Access, Endpoint, Method};
use crate::credentials::token::{SessionToken, csrf_token};
use crate::http::Answer;
use crate::http::problem::{CSRF, NOT_SIGNED_IN, Problem};
use crate::identity::session::{self, Code, owner, person, session_token};
use crate::identity::{Answering, cookies, fault, oidc, setup as acts};
use crate::incoming::{Incoming, SESSION_COOKIE};
use crate::pages::components::{Faults, Field, Kind, Notice, Summary};
use crate::pages::page::{Page, keep_language, rendered};
use crate::pages::way::{is, leading_to, next_of, to, with_query};
use crate::pages::{field, form, page};

pub(in crate::pages) const PAGES: &[Endpoint] = &[
    page(Method::Get, "/sign-in", Access::Anyone, show, "Asks for login and password."),
    form(
        "/sign-in",
        Access::Anyone,
        send,
        &[field("login", "Login."), field("password", "Password.")],
        "Signs in.",
    ),
    page(Method::Get, "/sign-in/next", Access::Session, next_step, "Leads to the step that is open."),
    page(Method::Get, "/sign-in/second-factor", Access::Session, show_code, "Asks for the second factor."),
    form(
        "/sign-in/second-factor",
        Access::Session,
        send_code,
        &[field("code", "Code of the authenticator.")],
        "Completes the sign-in.",
    ),
    form("/sign-out", Access::Session, sign_out, &[], "Signs out."),
];

/// A way to sign in that another system offers.
#[derive(Debug, Clone)]
pub(crate) struct Provider {
    /// As people call it.
    pub(crate) name: String,
    /// Where the way begins.
    pub(crate) href: String,
}

/// Other systems through which people may sign in.
async fn providers(incoming: &Incoming, next: &str) -> Result<Vec<Provider>, Problem> {
    let found = incoming.app.store().sign_in_providers().await?;
    let provider = |one: ProviderName| Provider {
        href: leading_to(&oidc::way_to(&one.provider_code), next),
        name: one.name,
    };
    Ok(found.into_iter().map(provider).collect())
}

#[derive(Debug, Template)]
#[template(path = "identity/sign_in.html")]
struct SignInPage {
    page: Page,
    notice: Option<Notice>,
    summary: Summary,
    login: Field,
    password: Field,
    providers: Vec<Provider>,
    csrf: String,
    next: String,
    setup_href: String,
}

/// Who has a session already.
async fn present(incoming: &Incoming) -> Result<Option<Person>, Problem> {
    let Some(token) = incoming.cookie(SESSION_COOKIE).and_then(SessionToken::parse) else {
        return Ok(None);
    };
    match owner(incoming, &token).await {
        Ok(person) => Ok(Some(person)),
        Err(problem) if is(&problem, NOT_SIGNED_IN) => Ok(None),
        Err(problem) => Err(problem),
    }
}

fn show(incoming: Incoming) -> Answering {
    Box::pin(async move {
        if present(&incoming).await?.is_some() {
            return Ok(to(&leading_to("/sign-in/next", &next_of(&incoming))));
        }
        let mut response = sign_in_page(&incoming, Again::first()).await?;
        keep_language(&incoming, &mut response);
        Ok(response)
    })
}

async fn sign_in_page(incoming: &Incoming, again: Again) -> Answer {
    let next = next_of(incoming);
    let providers = providers(incoming, &next).await?;
    let ticket = Ticket::of(incoming)?;
    let mut page = Page::open(incoming, None, "sign-in-title");
    if !again.faults.is_empty() {
        page.with_error();
    }
    let asked = |name: &str| {
        incoming
            .query
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
            .unwrap_or_default()
    };
    let typed = incoming.form.text("login");
    let typed = if typed.is_empty() { asked("login") } else { typed };
    let login = Field::new("login", page.t("field-login"), Kind::Text, "username").value(typed);
    let (login, password) = if typed.is_empty() {
        (login.focus(), forms::password(&page))
    } else {
        (login, forms::password(&page).focus())
    };
    let [login, password] = again.faults.onto([login, password]);
    let because = asked("because");
    let notice = if because == SESSION_OVER {
        session_over(incoming, &page).await?
    } else {
        notice(&page, because, &next)
    };
    let view = SignInPage {
        notice,
        summary: again.faults.summary(page.t("summary-sign-in")),
        login,
        password,
        providers,
        csrf: ticket.field()?,
        setup_href: leading_to("/sign-in/setup", &next),
        next,
        page,
    };
    let answer = rendered(&view, again.status);
    let mut response = Again::answered(again.status, again.retry_after, answer)?;
    ticket.give(&mut response);
    Ok(response)
}

/// What the sign-in page is told when a session was not there any more.
const SESSION_OVER: &str = "session-over";

/// Why the session is over, told to the browser that still holds its token.
async fn session_over(incoming: &Incoming, page: &Page) -> Result<Option<Notice>, Problem> {
    let reason = match session_token(incoming) {
        Ok(token) => incoming.app.store().session_end(&token.hash()).await?,
        Err(_) => None,
    };
    let text = match reason.as_deref() {
        Some("IDLE") => "session-over-idle",
        Some("EXPIRED") => "session-over-expired",
        Some("REVOKED") => "session-over-revoked",
        Some("TOO_MANY") => "session-over-too-many",
        Some("RIGHTS_REDUCED" | "ACCOUNT") => "session-over-rights",
        Some("PASSWORD_CHANGED") => "session-over-password",
        _ => "session-over-text",
    };
    Ok(Some(Notice::info(page.t("session-over-title")).text(page.t(text))))
}

/// Why somebody sees the page who did not ask for it.
fn notice(page: &Page, because: &str, next: &str) -> Option<Notice> {
    match because {
        "signed-out" => Some(Notice::done(page.t("signed-out"))),
        "setup-done" => Some(Notice::done(page.t("setup-done-title")).text(page.t("setup-done-text"))),
        _ if next != "/" => Some(Notice::info(page.t("sign-in-first"))),
        _ => None,
    }
}

fn send(incoming: Incoming) -> Answering {
    Box::pin(async move {
        incoming.require_own_origin()?;
        let page = Page::open(&incoming, None, "sign-in-title");
        if !Ticket::of(&incoming)?.is_right(&incoming) {
            return sign_in_page(&incoming, stale(&page)).await;
        }
        let (login, password) = (incoming.form.text("login"), incoming.form.raw("password"));
        let mut faults = Faults::default();
        if login.is_empty() {
            faults.add("login", page.t("missing-login"));
        }
        if password.is_empty() {
            faults.add("password", page.t("missing-password"));
        }
        if !faults.is_empty() {
            return sign_in_page(&incoming, Again::refused(faults)).await;
        }
        let opened = match session::sign_in(&incoming, login, SecretString::from(password)).await {
            Ok(opened) => opened,
            Err(refused) => {
                return sign_in_page(&incoming, Again::because(&page, refused, "password")?).await;
            }
        };
        let mut response = further(&incoming, &opened.token).await?;
        opened.hand_over(&mut response);
        Ok(response)
    })
}

/// A form that does not belong to this browser's cookie: open for too long, or cookies are off.
pub(super) fn stale(page: &Page) -> Again {
    Again { faults: Faults::whole(page.t("form-stale")), status: CSRF.status, retry_after: None }
}

/// Leads to the step that is open for a session, or to where the person wanted to go. Whoever needs an authenticator gets one.
pub(super) async fn further(incoming: &Incoming, token: &SessionToken) -> Answer {
    let person = owner(incoming, token).await?;
    let next = next_of(incoming);
    let needs_authenticator = person.mfa_state.as_deref() == Some("ENROL");
    if needs_authenticator && person.restricted_to.as_deref() == Some("ENROL") {
        // Always a new one: what an earlier sign-in was shown may be known to somebody else.
        acts::enrol_totp(incoming, token).await?;
    }
    let Some(step) = step(&person) else { return Ok(to(&next)) };
    Ok(to(&leading_to(step, &next)))
}

/// The page of the step that is open.
pub(super) fn step(person: &Person) -> Option<&'static str> {
    match (person.restricted_to.as_deref()?, person.mfa_state.as_deref()) {
        ("MFA", _) | ("SETUP", Some("PENDING")) => Some("/sign-in/second-factor"),
        ("ENROL", _) => Some("/sign-in/authenticator"),
        ("PASSWORD", _) | ("SETUP", Some("ENROL")) => Some("/sign-in/password"),
        _ => Some("/sign-in/finish"),
    }
}

fn next_step(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let person = person(&incoming).await?;
        let next = next_of(&incoming);
        let Some(step) = step(&person) else { return Ok(to(&next)) };
        Ok(to(&leading_to(step, &next)))
    })
}

#[derive(Debug, Template)]
#[template(path = "identity/second_factor.html")]
struct CodePage {
    page: Page,
    summary: Summary,
    code: Field,
    with_recovery: bool,
    other_href: String,
    csrf: String,
    next: String,
    login: String,
}

/// The token that the forms of a session carry.
pub(super) fn csrf_of(token: &SessionToken) -> Result<String, Problem> {
    csrf_token(token).map_err(|error| fault(&error))
}

fn with_recovery(incoming: &Incoming) -> bool {
    let asked = incoming.query.iter().any(|(name, value)| name == "with" && value == "recovery");
    asked || incoming.form.raw("with") == "recovery"
}

fn show_code(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let person = person(&incoming).await?;
        if step(&person) != Some("/sign-in/second-factor") {
            return Ok(to(&leading_to("/sign-in/next", &next_of(&incoming))));
        }
        code_page(&incoming, &person, Again::first())
    })
}

fn code_page(incoming: &Incoming, person: &Person, again: Again) -> Answer {
    let mut page = Page::open(incoming, Some(person), "second-factor-title");
    if !again.faults.is_empty() {
        page.with_error();
    }
    let next = next_of(incoming);
    let with_recovery = with_recovery(incoming);
    let code = if with_recovery {
        Field::new("recovery_code", page.t("field-recovery-code"), Kind::Code, "one-time-code")
            .hint(page.t("hint-recovery-code"))
    } else {
        forms::code(&page).hint(page.t("hint-code"))
    };
    let [code] = again.faults.onto([code.focus()]);
    let here = "/sign-in/second-factor";
    let kept = if next == "/" { "" } else { next.as_str() };
    let other = if with_recovery { "" } else { "recovery" };
    let view = CodePage {
        summary: again.faults.summary(page.t("summary-sign-in")),
        code,
        with_recovery,
        other_href: with_query(here, &[("with", other), ("next", kept)]),
        csrf: csrf_of(&session_token(incoming)?)?,
        next,
        login: person.login.clone(),
        page,
    };
    Again::answered(again.status, again.retry_after, rendered(&view, again.status))
}

fn send_code(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let person = person(&incoming).await?;
        // Sent twice: the first one did it.
        if step(&person) != Some("/sign-in/second-factor") {
            return Ok(to(&leading_to("/sign-in/next", &next_of(&incoming))));
        }
        let with_recovery = with_recovery(&incoming);
        let name = if with_recovery { "recovery_code" } else { "code" };
        let typed = incoming.form.text(name);
        let given = match (typed.is_empty(), with_recovery) {
            (true, _) => None,
            (false, true) => Some(Code::Recovery(typed)),
            (false, false) => Some(Code::Authenticator(typed)),
        };
        let token = match session::pass_second_factor(&incoming, given).await {
            Ok(token) => token,
            Err(refused) => {
                let page = Page::open(&incoming, Some(&person), "second-factor-title");
                return code_page(&incoming, &person, Again::because(&page, refused, name)?);
            }
        };
        let mut response = if person.restricted_to.as_deref() == Some("SETUP") {
            to(&leading_to("/sign-in/password", &next_of(&incoming)))
        } else {
            further(&incoming, &token).await?
        };
        cookies::set_session(&mut response, &token);
        Ok(response)
    })
}

fn sign_out(incoming: Incoming) -> Answering {
    Box::pin(async move {
        session::sign_out(&incoming).await?;
        Ok(signed_out("signed-out", ""))
    })
}

/// Back at the beginning, without a session.
pub(super) fn signed_out(because: &str, login: &str) -> Response {
    let mut response = to(&with_query("/sign-in", &[("because", because), ("login", login)]));
    cookies::clear_session(&mut response);
    response
}

/// Status of a page that shows a secret once, in the answer to the form itself: it is kept nowhere that it could be read from.
pub(in crate::pages) const SHOWN_ONCE: StatusCode = StatusCode::OK;
