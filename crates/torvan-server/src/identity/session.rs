//! Sign-in, second factor, fresh proof, sign-out.

use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use secrecy::{ExposeSecret as _, SecretString};
use torvan_store::identity::{Attempt, Credential, Device, Person};

use super::{Answering, Body, cookies, fault};
use crate::api::answer::json;
use crate::credentials::password::PasswordError;
use crate::credentials::token::{SessionToken, csrf_token};
use crate::credentials::totp::{TotpSecret, code_hash};
use crate::http::Answer;
use crate::http::problem::{BUSY, FORBIDDEN, PROOF_REQUIRED, Problem, TOO_MANY, WRONG_CREDENTIALS};
use crate::incoming::{DEVICE_COOKIE, Incoming, not_signed_in};

/// `POST /session`: password, then perhaps a second factor.
pub fn open(incoming: Incoming) -> Answering {
    Box::pin(async move { sign_in(&incoming).await })
}

async fn sign_in(incoming: &Incoming) -> Answer {
    incoming.require_own_origin()?;
    let mut body = Body::of(incoming)?;
    let login = body.required("login");
    let password = SecretString::from(body.required("password"));
    body.finish()?;

    let device = incoming.cookie(DEVICE_COOKIE).and_then(SessionToken::parse);
    let device_known = match &device {
        Some(device) => incoming.app.store().is_known_device(&login, &device.hash()).await?,
        None => false,
    };
    let attempt = Attempt { login: &login, client: incoming.client, device_known };
    let account_right = guess(incoming, attempt, password, "SIGN_IN").await?;
    if !account_right {
        return Err(wrong());
    }
    let device = match device {
        Some(device) => device,
        None => SessionToken::generate().map_err(|error| fault(&error))?,
    };
    let token = SessionToken::generate().map_err(|error| fault(&error))?;
    let label = incoming.header("user-agent").map(|agent| agent.chars().take(200).collect::<String>());
    let made = Device { hash: &device.hash(), label: label.as_deref(), client: incoming.client };
    incoming.app.store().open_session(&login, &token.hash(), made).await?;
    let mut response = standing(incoming, &token, StatusCode::CREATED).await?;
    cookies::set_session(&mut response, &token);
    cookies::set_device(&mut response, &device);
    Ok(response)
}

/// Looks at a password, if there is room for a guess. Unknown, wrong, locked and disabled take the same way and time.
pub(super) async fn guess(
    incoming: &Incoming,
    attempt: Attempt<'_>,
    password: SecretString,
    purpose: &str,
) -> Result<bool, Problem> {
    let store = incoming.app.store();
    let gate = store.may_attempt_sign_in(attempt).await?;
    if !gate.is_allowed {
        return Err(too_many(gate.retry_after_seconds));
    }
    let account = store.sign_in_account(attempt.login).await?;
    let matches = incoming
        .app
        .hasher()
        .verify(password, account.password_hash)
        .await
        .map_err(|error| hashing(&error))?;
    let is_right = matches && account.can_sign_in == Some(true);
    store.record_sign_in_attempt(attempt, is_right, purpose).await?;
    Ok(is_right)
}

pub(super) fn hashing(error: &PasswordError) -> Problem {
    match error {
        PasswordError::Busy => Problem::new(BUSY, "Too many sign-ins at this moment.").retry_after(2),
        other => fault(other),
    }
}

fn wrong() -> Problem {
    Problem::new(WRONG_CREDENTIALS, "Login or password is not right, or the account may not sign in.")
        .hint("Try again, or ask an Administrator for a setup code.")
}

fn too_many(seconds: i32) -> Problem {
    let seconds = u64::try_from(seconds).unwrap_or(1).max(1);
    Problem::new(TOO_MANY, format!("Too many attempts; the next one is possible in {seconds} seconds."))
        .retry_after(seconds)
}

/// The token of the session that sends the request.
pub(super) fn session_token(incoming: &Incoming) -> Result<SessionToken, Problem> {
    incoming.cookie(crate::incoming::SESSION_COOKIE).and_then(SessionToken::parse).ok_or_else(not_signed_in)
}

/// Who sends the request; the sign-in may be incomplete. Programs have no session.
pub(super) async fn person(incoming: &Incoming) -> Result<Person, Problem> {
    if matches!(incoming.credential(), Some(Credential::Token(_))) {
        return Err(Problem::new(FORBIDDEN, "This is for people, not for API tokens.")
            .hint("Sign in with POST /api/v1/session."));
    }
    let (context, person) = incoming.enter().await?;
    context.commit().await?;
    Ok(person)
}

/// What a session may do now, and its token against requests from elsewhere.
pub(super) async fn standing(incoming: &Incoming, token: &SessionToken, status: StatusCode) -> Answer {
    let credential = Credential::Session(token.hash());
    let entered = incoming.app.store().enter(&credential, &incoming.request_id, None, None).await?;
    let Some((context, person)) = entered else { return Err(not_signed_in()) };
    context.commit().await?;
    let csrf = csrf_token(token).map_err(|error| fault(&error))?;
    let body = serde_json::json!({
        "login": person.login,
        "display_name": person.display_name,
        "language": person.language,
        "kind": person.kind,
        "restricted_to": person.restricted_to,
        "mfa_state": person.mfa_state,
        "is_stepped_up": person.is_stepped_up,
        "idle_ends_at": person.idle_ends_at,
        "expires_at": person.expires_at,
        "csrf_token": csrf,
    });
    Ok(json(status, body.to_string()))
}

/// `GET /session`: who is signed in, and what is still open.
pub fn show(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let token = session_token(&incoming)?;
        standing(&incoming, &token, StatusCode::OK).await
    })
}

/// `DELETE /session`: signs out.
pub fn end(incoming: Incoming) -> Answering {
    Box::pin(async move {
        person(&incoming).await?;
        incoming.app.store().end_session(&session_token(&incoming)?.hash()).await?;
        let mut response = StatusCode::NO_CONTENT.into_response();
        cookies::clear_session(&mut response);
        Ok(response)
    })
}

/// `POST /session/second-factor`: the code of the authenticator, or a recovery code.
pub fn second_factor(incoming: Incoming) -> Answering {
    Box::pin(async move {
        person(&incoming).await?;
        let mut body = Body::of(&incoming)?;
        let code = body.optional("code");
        let recovery = body.optional("recovery_code");
        body.finish()?;
        let token = session_token(&incoming)?;
        let next = SessionToken::generate().map_err(|error| fault(&error))?;
        check_code(&incoming, &token, code.as_deref(), recovery.as_deref(), Some(&next)).await?;
        renewed(&incoming, &next).await
    })
}

/// The answer that gives a session its new token.
pub(super) async fn renewed(incoming: &Incoming, next: &SessionToken) -> Answer {
    let mut response: Response = standing(incoming, next, StatusCode::OK).await?;
    cookies::set_session(&mut response, next);
    Ok(response)
}

/// Looks at a code, if there is room for one.
async fn check_code(
    incoming: &Incoming,
    token: &SessionToken,
    code: Option<&str>,
    recovery: Option<&str>,
    next: Option<&SessionToken>,
) -> Result<(), Problem> {
    let store = incoming.app.store();
    let hash = token.hash();
    let next_hash = next.map(SessionToken::hash);
    if code.is_none() && recovery.is_none() {
        return Err(Problem::new(PROOF_REQUIRED, "The code of the authenticator is missing.")
            .hint("Send \"code\", or \"recovery_code\"."));
    }
    let gate = store.may_attempt_mfa(&hash).await?;
    if !gate.is_allowed {
        return Err(too_many(gate.retry_after_seconds));
    }
    let is_right = match (code, recovery) {
        (Some(code), _) => match step_of(incoming, &hash, code, true).await? {
            Some(step) => store.use_totp(&hash, step, next_hash.as_deref()).await?,
            None => false,
        },
        (None, Some(recovery)) => {
            store.use_recovery_code(&hash, &code_hash(recovery), next_hash.as_deref()).await?
        }
        (None, None) => false,
    };
    if is_right {
        return Ok(());
    }
    store.record_mfa_failure(&hash).await?;
    Err(Problem::new(WRONG_CREDENTIALS, "The code is not right, or was used already.")
        .hint("Wait for the next code of the authenticator."))
}

/// The time step at which a code is right.
pub(super) async fn step_of(
    incoming: &Incoming,
    token_hash: &str,
    code: &str,
    is_confirmed: bool,
) -> Result<Option<i64>, Problem> {
    let Some(sealed) = incoming.app.store().totp_secret(token_hash, is_confirmed).await? else {
        return Ok(None);
    };
    let opened = incoming
        .app
        .sealing()
        .open(&sealed.sealed_secret, &sealed.key_id, SEALED_FOR)
        .map_err(|error| fault(&error))?;
    let secret = TotpSecret::from_bytes(opened.expose_secret()).map_err(|error| fault(&error))?;
    let now =
        std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_err(|error| fault(&error))?;
    Ok(secret.verify(code, now.as_secs()))
}

/// What a sealed second factor belongs to: nothing else of ours opens as one.
pub(super) const SEALED_FOR: &[u8] = b"torvan totp";

/// Checks all parts of the credentials that are in use, or those that are given, and says which method of proof that was.
async fn proved(
    incoming: &Incoming,
    person: &Person,
    purpose: &str,
    needs_all: bool,
) -> Result<&'static str, Problem> {
    let mut body = Body::of(incoming)?;
    let password = body.optional("password").map(SecretString::from);
    let code = body.optional("code");
    body.finish()?;
    let has_second_factor = person.mfa_state.as_deref() == Some("PASSED");
    let is_missing = password.is_none() && code.is_none()
        || needs_all && (password.is_none() || has_second_factor && code.is_none());
    if is_missing {
        let parts = if has_second_factor { "\"password\" and \"code\"" } else { "\"password\"" };
        return Err(Problem::new(PROOF_REQUIRED, "A part of the credentials is missing.")
            .hint(format!("Send {parts}.")));
    }
    let gave_password = password.is_some();
    if let Some(password) = password {
        let attempt = Attempt { login: &person.login, client: incoming.client, device_known: true };
        if !guess(incoming, attempt, password, purpose).await? {
            return Err(Problem::new(WRONG_CREDENTIALS, "The password is not right."));
        }
    }
    let uses_code = has_second_factor && code.is_some();
    if uses_code {
        check_code(incoming, &session_token(incoming)?, code.as_deref(), None, None).await?;
    }
    Ok(match (gave_password, uses_code) {
        (true, true) => "PASSWORD_MFA",
        (true, false) => "PASSWORD",
        _ => "AUTHENTICATOR",
    })
}

/// `POST /session/step-up`: the credentials again; privileged acts are open for some minutes.
pub fn step_up(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let person = person(&incoming).await?;
        proved(&incoming, &person, "STEP_UP", true).await?;
        let next = SessionToken::generate().map_err(|error| fault(&error))?;
        incoming.app.store().step_up_session(&session_token(&incoming)?.hash(), &next.hash()).await?;
        renewed(&incoming, &next).await
    })
}

/// `POST /session/signing-proof`: the credentials for one act that signs.
pub fn prove(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let person = person(&incoming).await?;
        let method = proved(&incoming, &person, "SIGNING", false).await?;
        let proof =
            incoming.app.store().grant_signing_proof(&session_token(&incoming)?.hash(), method).await?;
        let body = serde_json::json!({"signing_proof": proof, "method": method});
        Ok(json(StatusCode::CREATED, body.to_string()))
    })
}
