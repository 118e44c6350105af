//! From a setup code to an own password, an authenticator and recovery codes; and each of these steps where a sign-in asks for
//! it.

use askama::Template;
use secrecy::ExposeSecret as _;
use torvan_store::identity::Person;

use super::forms::{self, Again};
use super::sign_in::{SHOWN_ONCE, csrf_of, further, signed_out, stale, step};
use super::ticket::Ticket;
use crate::api::endpoint::{Access, Endpoint, Method};
use crate::credentials::token::SessionToken;
use crate::credentials::totp::{RecoveryCode, TotpSecret};
use crate::http::Answer;
use crate::http::problem::{CONFLICT, Problem};
use crate::identity::session::{owner, person, session_token};
use crate::identity::{Answering, cookies, fault, setup as acts};
use crate::incoming::Incoming;
use crate::pages::components::{Faults, Field, Kind, Qr, Steps, Summary};
use crate::pages::page::{Page, keep_language, rendered};
use crate::pages::way::{is, leading_to, next_of, to};
use crate::pages::{field, form, page};

pub(in crate::pages) const PAGES: &[Endpoint] = &[
    page(Method::Get, "/sign-in/setup", Access::Anyone, show_setup, "Asks for a setup code."),
    form(
        "/sign-in/setup",
        Access::Anyone,
        send_setup,
        &[field("code", "One-time setup code.")],
        "Uses up a setup code.",
    ),
    page(Method::Get, "/sign-in/password", Access::Session, show_password, "Asks for an own new password."),
    form(
        "/sign-in/password",
        Access::Session,
        send_password,
        &[field("new_password", "New password.")],
        "Sets the own password.",
    ),
    page(
        Method::Get,
        "/sign-in/authenticator",
        Access::Session,
        show_authenticator,
        "Shows the QR code of a new authenticator.",
    ),
    form(
        "/sign-in/authenticator/new",
        Access::Session,
        new_authenticator,
        &[],
        "Begins a new authenticator.",
    ),
    form(
        "/sign-in/authenticator",
        Access::Session,
        confirm_authenticator,
        &[field("code", "First code of the new authenticator.")],
        "Puts the new authenticator to use and shows the recovery codes once.",
    ),
    page(Method::Get, "/sign-in/finish", Access::Session, show_finish, "The last step of a setup."),
    form("/sign-in/finish", Access::Session, send_finish, &[], "Ends a setup."),
];

/// Name of the account that the deployment makes, until its person gives their own.
const UNNAMED: &str = "Administrator";

fn is_setup(person: &Person) -> bool {
    person.restricted_to.as_deref() == Some("SETUP")
}

/// Where a person stands in a setup; a step that a sign-in asks for stands alone.
fn steps(page: &Page, person: Option<&Person>, now: usize) -> Option<Steps> {
    if person.is_some_and(|person| !is_setup(person)) {
        return None;
    }
    let names = ["step-code", "step-password", "step-authenticator", "step-recovery"];
    Some(Steps::new(page.t("steps-label"), names.map(|name| page.t(name)).to_vec(), now))
}

#[derive(Debug, Template)]
#[template(path = "identity/setup_code.html")]
struct SetupPage {
    page: Page,
    steps: Option<Steps>,
    summary: Summary,
    code: Field,
    csrf: String,
    next: String,
}

fn show_setup(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let mut response = setup_page(&incoming, Again::first())?;
        keep_language(&incoming, &mut response);
        Ok(response)
    })
}

fn setup_page(incoming: &Incoming, again: Again) -> Answer {
    let ticket = Ticket::of(incoming)?;
    let mut page = Page::open(incoming, None, "setup-title");
    if !again.faults.is_empty() {
        page.with_error();
    }
    let code = Field::new("code", page.t("field-setup-code"), Kind::Code, "off")
        .hint(page.t("hint-setup-code"))
        .value(incoming.form.text("code"))
        .focus();
    let [code] = again.faults.onto([code]);
    let view = SetupPage {
        steps: steps(&page, None, 0),
        summary: again.faults.summary(page.t("summary-setup")),
        code,
        csrf: ticket.field()?,
        next: next_of(incoming),
        page,
    };
    let answer = rendered(&view, again.status);
    let mut response = Again::answered(again.status, again.retry_after, answer)?;
    ticket.give(&mut response);
    Ok(response)
}

fn send_setup(incoming: Incoming) -> Answering {
    Box::pin(async move {
        incoming.require_own_origin()?;
        let page = Page::open(&incoming, None, "setup-title");
        if !Ticket::of(&incoming)?.is_right(&incoming) {
            return setup_page(&incoming, stale(&page));
        }
        let code = incoming.form.text("code");
        if code.is_empty() {
            let faults = Faults::of("code", page.t("missing-setup-code"));
            return setup_page(&incoming, Again::refused(faults));
        }
        let token = match acts::begin(&incoming, code).await {
            Ok(token) => token,
            Err(refused) => return setup_page(&incoming, Again::because(&page, refused, "code")?),
        };
        let mut response = further(&incoming, &token).await?;
        cookies::set_session(&mut response, &token);
        Ok(response)
    })
}

#[derive(Debug, Template)]
#[template(path = "identity/new_password.html")]
struct PasswordPage {
    page: Page,
    steps: Option<Steps>,
    summary: Summary,
    text: String,
    login: String,
    new_password: Field,
    csrf: String,
    next: String,
}

fn show_password(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let person = person(&incoming).await?;
        if !may_set_password(&person) {
            return Ok(to(&leading_to("/sign-in/next", &next_of(&incoming))));
        }
        password_page(&incoming, &person, Again::first()).await
    })
}

fn may_set_password(person: &Person) -> bool {
    let step = step(person);
    step == Some("/sign-in/password") || is_setup(person) && step == Some("/sign-in/finish")
}

async fn password_page(incoming: &Incoming, person: &Person, again: Again) -> Answer {
    let mut page = Page::open(incoming, Some(person), "password-title");
    if !again.faults.is_empty() {
        page.with_error();
    }
    let least = acts::least_length(incoming, person).await?;
    let [new_password] = again.faults.onto([forms::new_password(&page, least).focus()]);
    let view = PasswordPage {
        steps: steps(&page, Some(person), 1),
        summary: again.faults.summary(page.t("summary-form")),
        text: page.t(if is_setup(person) { "password-text-setup" } else { "password-text-forced" }),
        login: person.login.clone(),
        new_password,
        csrf: csrf_of(&session_token(incoming)?)?,
        next: next_of(incoming),
        page,
    };
    Again::answered(again.status, again.retry_after, rendered(&view, again.status))
}

fn send_password(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let person = person(&incoming).await?;
        if !may_set_password(&person) {
            return Ok(to(&leading_to("/sign-in/next", &next_of(&incoming))));
        }
        let page = Page::open(&incoming, Some(&person), "password-title");
        let password = incoming.form.raw("new_password");
        if password.is_empty() {
            let faults = Faults::of("new_password", page.t("missing-new-password"));
            return password_page(&incoming, &person, Again::refused(faults)).await;
        }
        let token = match acts::set_password(&incoming, &person, password.to_owned()).await {
            Ok(token) => token,
            Err(refused) => {
                let again = Again::because(&page, refused, "new_password")?;
                return password_page(&incoming, &person, again).await;
            }
        };
        after_password(&incoming, &person, &token).await
    })
}

/// A setup goes on to its authenticator, or is done where there is one; a sign-in goes on as it would.
async fn after_password(incoming: &Incoming, person: &Person, token: &SessionToken) -> Answer {
    let mut response = if !is_setup(person) {
        further(incoming, token).await?
    } else if person.mfa_state.as_deref() == Some("ENROL") {
        acts::enrol_totp(incoming, token).await?;
        to(&leading_to("/sign-in/authenticator", &next_of(incoming)))
    } else {
        acts::finish(incoming, token, None).await?;
        return Ok(signed_out("setup-done", &person.login));
    };
    cookies::set_session(&mut response, token);
    Ok(response)
}

/// What an authenticator takes in: by its camera, or typed.
#[derive(Debug)]
pub(super) struct Enrolment {
    /// The QR code.
    pub(super) qr: Qr,
    /// The secret in groups of four letters.
    pub(super) secret: String,
    /// The same for an authenticator on this device.
    pub(super) url: String,
}

impl Enrolment {
    /// Of a secret that waits for its first code.
    pub(super) fn of(page: &Page, login: &str, secret: &TotpSecret) -> Result<Self, Problem> {
        let url = secret.url(login).map_err(|error| fault(&error))?;
        let letters: Vec<char> = secret.base32().expose_secret().chars().collect();
        let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
        let qr = Qr::of(url.expose_secret(), page.t("qr-label"))?;
        Ok(Self { qr, secret: groups.join(" "), url: url.expose_secret().to_owned() })
    }
}

#[derive(Debug, Template)]
#[template(path = "identity/authenticator.html")]
struct AuthenticatorPage {
    page: Page,
    steps: Option<Steps>,
    summary: Summary,
    enrolment: Option<Enrolment>,
    code: Field,
    csrf: String,
    next: String,
}

fn needs_authenticator(person: &Person) -> bool {
    person.restricted_to.is_some() && person.mfa_state.as_deref() == Some("ENROL")
}

fn show_authenticator(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let person = person(&incoming).await?;
        if !needs_authenticator(&person) {
            return Ok(to(&leading_to("/sign-in/next", &next_of(&incoming))));
        }
        authenticator_page(&incoming, &person, Again::first()).await
    })
}

async fn authenticator_page(incoming: &Incoming, person: &Person, again: Again) -> Answer {
    let mut page = Page::open(incoming, Some(person), "authenticator-title");
    if !again.faults.is_empty() {
        page.with_error();
    }
    let waiting = acts::waiting_totp(incoming).await?;
    let enrolment = waiting.as_ref().map(|secret| Enrolment::of(&page, &person.login, secret)).transpose()?;
    let [code] = again.faults.onto([forms::code(&page).hint(page.t("hint-first-code"))]);
    let view = AuthenticatorPage {
        steps: steps(&page, Some(person), 2),
        summary: again.faults.summary(page.t("summary-form")),
        enrolment,
        code,
        csrf: csrf_of(&session_token(incoming)?)?,
        next: next_of(incoming),
        page,
    };
    Again::answered(again.status, again.retry_after, rendered(&view, again.status))
}

fn new_authenticator(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let person = person(&incoming).await?;
        let next = next_of(&incoming);
        if !needs_authenticator(&person) {
            return Ok(to(&leading_to("/sign-in/next", &next)));
        }
        acts::enrol_totp(&incoming, &session_token(&incoming)?).await?;
        Ok(to(&leading_to("/sign-in/authenticator", &next)))
    })
}

#[derive(Debug, Template)]
#[template(path = "identity/recovery_codes.html")]
struct CodesPage {
    page: Page,
    steps: Option<Steps>,
    codes: Vec<RecoveryCode>,
    /// Fields of the last step of a setup.
    finish: Option<Finish>,
    next: String,
}

#[derive(Debug)]
struct Finish {
    display_name: Option<Field>,
    csrf: String,
}

impl Finish {
    fn of(page: &Page, person: &Person, token: &SessionToken) -> Result<Self, Problem> {
        let is_unnamed = person.display_name == UNNAMED;
        let name = is_unnamed.then(|| {
            Field::new("display_name", page.t("field-name"), Kind::Text, "name").hint(page.t("hint-name"))
        });
        Ok(Self { display_name: name, csrf: csrf_of(token)? })
    }
}

fn confirm_authenticator(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let person = person(&incoming).await?;
        let next = next_of(&incoming);
        if !needs_authenticator(&person) {
            return Ok(to(&leading_to("/sign-in/next", &next)));
        }
        let page = Page::open(&incoming, Some(&person), "authenticator-title");
        let code = incoming.form.text("code");
        if code.is_empty() {
            let again = Again::refused(Faults::of("code", page.t("missing-code")));
            return authenticator_page(&incoming, &person, again).await;
        }
        let (token, codes) = match acts::confirm_totp(&incoming, code).await {
            Ok(confirmed) => confirmed,
            Err(refused) => {
                let again = Again::because(&page, refused, "code")?;
                return authenticator_page(&incoming, &person, again).await;
            }
        };
        codes_page(&incoming, &token, codes).await
    })
}

async fn codes_page(incoming: &Incoming, token: &SessionToken, codes: Vec<RecoveryCode>) -> Answer {
    let person = owner(incoming, token).await?;
    let page = Page::open(incoming, Some(&person), "recovery-title");
    let finish = if is_setup(&person) { Some(Finish::of(&page, &person, token)?) } else { None };
    let steps = steps(&page, Some(&person), 3);
    let view = CodesPage { page, steps, codes, finish, next: next_of(incoming) };
    let mut response = rendered(&view, SHOWN_ONCE)?;
    cookies::set_session(&mut response, token);
    Ok(response)
}

fn show_finish(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let person = person(&incoming).await?;
        if step(&person) != Some("/sign-in/finish") {
            return Ok(to(&leading_to("/sign-in/next", &next_of(&incoming))));
        }
        let page = Page::open(&incoming, Some(&person), "finish-title");
        let finish = Finish::of(&page, &person, &session_token(&incoming)?)?;
        let steps = steps(&page, Some(&person), 3);
        let view =
            CodesPage { page, steps, codes: Vec::new(), finish: Some(finish), next: next_of(&incoming) };
        rendered(&view, SHOWN_ONCE)
    })
}

fn send_finish(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let person = person(&incoming).await?;
        if !is_setup(&person) {
            return Ok(to("/sign-in/next"));
        }
        let name = Some(incoming.form.text("display_name")).filter(|name| !name.is_empty());
        match acts::finish(&incoming, &session_token(&incoming)?, name).await {
            Ok(()) => Ok(signed_out("setup-done", &person.login)),
            // The second factor was there before; the password is not set yet.
            Err(problem) if is(&problem, CONFLICT) => Ok(to("/sign-in/password")),
            Err(problem) => Err(problem),
        }
    })
}
