//! What is done at sign-in, second factor, fresh proof and sign-out, whichever door it came through.

use axum::response::Response;
use secrecy::{ExposeSecret as _, SecretString};
use torvan_store::identity::{Attempt, Credential, Device, Gate, Person};

use super::cookies;
use super::fault;
use super::refused::Refused;
use crate::credentials::token::SessionToken;
use crate::credentials::totp::{TotpSecret, code_hash};
use crate::http::problem::{FORBIDDEN, Problem};
use crate::incoming::{DEVICE_COOKIE, Incoming, SESSION_COOKIE, not_signed_in};

/// A session that was opened, and the device it was opened on.
#[derive(Debug)]
pub(crate) struct Opened {
    /// The session's token.
    pub(crate) token: SessionToken,
    device: SessionToken,
}

impl Opened {
    /// Gives both to the browser.
    pub(crate) fn hand_over(&self, response: &mut Response) {
        cookies::set_session(response, &self.token);
        cookies::set_device(response, &self.device);
    }
}

/// A code that completes a sign-in or proves who somebody is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Code<'a> {
    /// What the authenticator shows.
    Authenticator(&'a str),
    /// One of the recovery codes.
    Recovery(&'a str),
}

/// A new random token.
pub(super) fn fresh_token() -> Result<SessionToken, Problem> {
    SessionToken::generate().map_err(|error| fault(&error))
}

/// What the browser calls itself, as far as it is kept.
fn device_label(incoming: &Incoming) -> Option<String> {
    incoming.header("user-agent").map(|agent| agent.chars().take(200).collect())
}

/// Password first: opens a session, which may still wait for a second factor.
pub(crate) async fn sign_in(
    incoming: &Incoming,
    login: &str,
    password: SecretString,
) -> Result<Opened, Refused> {
    let store = incoming.app.store();
    let device = incoming.cookie(DEVICE_COOKIE).and_then(SessionToken::parse);
    let device_known = match &device {
        Some(device) => store.is_known_device(login, &device.hash()).await?,
        None => false,
    };
    let attempt = Attempt { login, client: incoming.client, device_known };
    if !guess(incoming, attempt, password, "SIGN_IN").await? {
        return Err(Refused::Credentials);
    }
    let device = match device {
        Some(device) => device,
        None => fresh_token()?,
    };
    let token = fresh_token()?;
    let label = device_label(incoming);
    let made = Device { hash: &device.hash(), label: label.as_deref(), client: incoming.client };
    store.open_session(login, &token.hash(), made).await?;
    Ok(Opened { token, device })
}

/// Looks at a password, if there is room for a guess. Unknown, wrong, locked and disabled take the same way and time.
async fn guess(
    incoming: &Incoming,
    attempt: Attempt<'_>,
    password: SecretString,
    purpose: &str,
) -> Result<bool, Refused> {
    let store = incoming.app.store();
    let gate = store.may_attempt_sign_in(attempt).await?;
    if !gate.is_allowed {
        return Err(too_many(gate));
    }
    let account = store.sign_in_account(attempt.login).await?;
    let matches = incoming.app.hasher().verify(password, account.password_hash).await?;
    let is_right = matches && account.can_sign_in == Some(true);
    store.record_sign_in_attempt(attempt, is_right, purpose).await?;
    Ok(is_right)
}

pub(super) fn too_many(gate: Gate) -> Refused {
    Refused::TooMany(u64::try_from(gate.retry_after_seconds).unwrap_or(1).max(1))
}

/// The token of the session that sends the request.
pub(crate) fn session_token(incoming: &Incoming) -> Result<SessionToken, Problem> {
    incoming.cookie(SESSION_COOKIE).and_then(SessionToken::parse).ok_or_else(not_signed_in)
}

/// Who sends the request; the sign-in may be incomplete. Programs have no session.
pub(crate) async fn person(incoming: &Incoming) -> Result<Person, Problem> {
    if matches!(incoming.credential(), Some(Credential::Token(_))) {
        return Err(Problem::new(FORBIDDEN, "This is for people, not for API tokens.")
            .hint("Sign in with POST /api/v1/session."));
    }
    let (context, person) = incoming.enter().await?;
    context.commit().await?;
    Ok(person)
}

/// Whose session a token names now.
pub(crate) async fn owner(incoming: &Incoming, token: &SessionToken) -> Result<Person, Problem> {
    let credential = Credential::Session(token.hash());
    let entered = incoming.app.store().enter(&credential, &incoming.request_id, None, None).await?;
    let Some((context, person)) = entered else { return Err(not_signed_in()) };
    context.commit().await?;
    Ok(person)
}

/// Ends the session on the server.
pub(crate) async fn sign_out(incoming: &Incoming) -> Result<(), Problem> {
    person(incoming).await?;
    incoming.app.store().end_session(&session_token(incoming)?.hash()).await?;
    Ok(())
}

/// Completes a sign-in that waits for a code; returns the session's new token.
pub(crate) async fn pass_second_factor(
    incoming: &Incoming,
    code: Option<Code<'_>>,
) -> Result<SessionToken, Refused> {
    let token = session_token(incoming)?;
    let next = fresh_token()?;
    check_code(incoming, &token, code.ok_or(Refused::NoCode)?, Some(&next)).await?;
    Ok(next)
}

/// Looks at a code, if there is room for one.
async fn check_code(
    incoming: &Incoming,
    token: &SessionToken,
    code: Code<'_>,
    next: Option<&SessionToken>,
) -> Result<(), Refused> {
    let store = incoming.app.store();
    let hash = token.hash();
    let next_hash = next.map(SessionToken::hash);
    let gate = store.may_attempt_mfa(&hash).await?;
    if !gate.is_allowed {
        return Err(too_many(gate));
    }
    let is_right = match code {
        Code::Authenticator(code) => match step_of(incoming, &hash, code, true).await? {
            Some(step) => store.use_totp(&hash, step, next_hash.as_deref()).await?,
            None => false,
        },
        Code::Recovery(code) => {
            store.use_recovery_code(&hash, &code_hash(code), next_hash.as_deref()).await?
        }
    };
    if is_right {
        return Ok(());
    }
    store.record_mfa_failure(&hash).await?;
    Err(Refused::Code)
}

/// The time step at which a code is right.
pub(super) async fn step_of(
    incoming: &Incoming,
    token_hash: &str,
    code: &str,
    is_confirmed: bool,
) -> Result<Option<i64>, Problem> {
    let Some(secret) = opened_secret(incoming, token_hash, is_confirmed).await? else {
        return Ok(None);
    };
    let now =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_err(|error| fault(&error))?;
    Ok(secret.verify(code, now.as_secs()))
}

/// The secret of the authenticator in use, or of the one that is being set up.
pub(super) async fn opened_secret(
    incoming: &Incoming,
    token_hash: &str,
    is_confirmed: bool,
) -> Result<Option<TotpSecret>, Problem> {
    let Some(sealed) = incoming.app.store().totp_secret(token_hash, is_confirmed).await? else {
        return Ok(None);
    };
    let opened = incoming
        .app
        .sealing()
        .open(&sealed.sealed_secret, &sealed.key_id, SEALED_FOR)
        .map_err(|error| fault(&error))?;
    TotpSecret::from_bytes(opened.expose_secret()).map(Some).map_err(|error| fault(&error))
}

/// What a sealed second factor belongs to: nothing else of ours opens as one.
pub(super) const SEALED_FOR: &[u8] = b"torvan totp";

/// The credentials that somebody gives again.
#[derive(Debug)]
pub(crate) struct Proof {
    /// The password.
    pub(crate) password: Option<SecretString>,
    /// The code of the authenticator.
    pub(crate) code: Option<String>,
}

/// Whether a second factor is in use.
pub(crate) fn has_second_factor(person: &Person) -> bool {
    person.mfa_state.as_deref() == Some("PASSED")
}

/// Checks all parts of the credentials that are in use, or those that are given, and says which method of proof that was.
async fn proved(
    incoming: &Incoming,
    person: &Person,
    proof: Proof,
    purpose: &str,
    needs_all: bool,
) -> Result<&'static str, Refused> {
    let Proof { password, code } = proof;
    let has_second_factor = has_second_factor(person);
    let is_missing = password.is_none() && code.is_none()
        || needs_all && (password.is_none() || has_second_factor && code.is_none());
    if is_missing {
        return Err(Refused::NoProof { has_second_factor });
    }
    let gave_password = password.is_some();
    if let Some(password) = password {
        let attempt = Attempt { login: &person.login, client: incoming.client, device_known: true };
        if !guess(incoming, attempt, password, purpose).await? {
            return Err(Refused::Password);
        }
    }
    let used_code = code.filter(|_| has_second_factor);
    if let Some(code) = &used_code {
        check_code(incoming, &session_token(incoming)?, Code::Authenticator(code), None).await?;
    }
    Ok(match (gave_password, used_code.is_some()) {
        (true, true) => "PASSWORD_MFA",
        (true, false) => "PASSWORD",
        _ => "AUTHENTICATOR",
    })
}

/// The credentials again; privileged acts are open for some minutes. Returns the session's new token.
pub(crate) async fn step_up(
    incoming: &Incoming,
    person: &Person,
    proof: Proof,
) -> Result<SessionToken, Refused> {
    proved(incoming, person, proof, "STEP_UP", true).await?;
    let next = fresh_token()?;
    incoming.app.store().step_up_session(&session_token(incoming)?.hash(), &next.hash()).await?;
    Ok(next)
}

/// The credentials for one act that signs: the proof, and by which method it was given.
pub(crate) async fn prove(
    incoming: &Incoming,
    person: &Person,
    proof: Proof,
) -> Result<(String, &'static str), Refused> {
    let method = proved(incoming, person, proof, "SIGNING", false).await?;
    let granted = incoming.app.store().grant_signing_proof(&session_token(incoming)?.hash(), method).await?;
    Ok((granted, method))
}
