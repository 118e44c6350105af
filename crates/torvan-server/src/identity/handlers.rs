//! How the API answers for what `session` and `setup` do.

use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use secrecy::{ExposeSecret as _, SecretString};

use super::session::{self, Code, Proof, owner, person, session_token};
use super::{Answering, Body, cookies, fault, setup};
use crate::api::answer::json;
use crate::credentials::token::{SessionToken, csrf_token};
use crate::credentials::totp::RecoveryCode;
use crate::http::Answer;
use crate::http::problem::Problem;
use crate::incoming::Incoming;

/// What a session may do now, and its token against requests from elsewhere.
async fn standing(incoming: &Incoming, token: &SessionToken, status: StatusCode) -> Answer {
    let person = owner(incoming, token).await?;
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

/// The answer that gives a session its new token.
async fn renewed(incoming: &Incoming, next: &SessionToken) -> Answer {
    let mut response = standing(incoming, next, StatusCode::OK).await?;
    cookies::set_session(&mut response, next);
    Ok(response)
}

fn shown(codes: &[RecoveryCode]) -> Vec<&str> {
    codes.iter().map(RecoveryCode::expose).collect()
}

/// `POST /session`: password, then perhaps a second factor.
pub fn open(incoming: Incoming) -> Answering {
    Box::pin(async move {
        incoming.require_own_origin()?;
        let mut body = Body::of(&incoming)?;
        let login = body.required("login");
        let password = SecretString::from(body.required("password"));
        body.finish()?;
        let opened = session::sign_in(&incoming, &login, password).await.map_err(Problem::from)?;
        let mut response = standing(&incoming, &opened.token, StatusCode::CREATED).await?;
        opened.hand_over(&mut response);
        Ok(response)
    })
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
        session::sign_out(&incoming).await?;
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
        let given = match (&code, &recovery) {
            (Some(code), _) => Some(Code::Authenticator(code)),
            (None, Some(recovery)) => Some(Code::Recovery(recovery)),
            (None, None) => None,
        };
        let next = session::pass_second_factor(&incoming, given).await.map_err(Problem::from)?;
        renewed(&incoming, &next).await
    })
}

fn proof(incoming: &Incoming) -> Result<Proof, Problem> {
    let mut body = Body::of(incoming)?;
    let password = body.optional("password").map(SecretString::from);
    let code = body.optional("code");
    body.finish()?;
    Ok(Proof { password, code })
}

/// `POST /session/step-up`: the credentials again; privileged acts are open for some minutes.
pub fn step_up(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let person = person(&incoming).await?;
        let proof = proof(&incoming)?;
        let next = session::step_up(&incoming, &person, proof).await.map_err(Problem::from)?;
        renewed(&incoming, &next).await
    })
}

/// `POST /session/signing-proof`: the credentials for one act that signs.
pub fn prove(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let person = person(&incoming).await?;
        let proof = proof(&incoming)?;
        let (granted, method) = session::prove(&incoming, &person, proof).await.map_err(Problem::from)?;
        let body = serde_json::json!({"signing_proof": granted, "method": method});
        Ok(json(StatusCode::CREATED, body.to_string()))
    })
}

/// `POST /setup`: a one-time code opens a session that is good only for an own password and second factor.
pub fn begin_setup(incoming: Incoming) -> Answering {
    Box::pin(async move {
        incoming.require_own_origin()?;
        let mut body = Body::of(&incoming)?;
        let code = body.required("code");
        body.finish()?;
        let token = setup::begin(&incoming, &code).await.map_err(Problem::from)?;
        let mut response = standing(&incoming, &token, StatusCode::CREATED).await?;
        cookies::set_session(&mut response, &token);
        Ok(response)
    })
}

/// `POST /session/password`: an own new password.
pub fn set_password(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let person = person(&incoming).await?;
        let mut body = Body::of(&incoming)?;
        let password = body.required("new_password");
        body.finish()?;
        let next = setup::set_password(&incoming, &person, password).await.map_err(Problem::from)?;
        renewed(&incoming, &next).await
    })
}

/// `POST /session/totp`: a new authenticator, which counts once its first code was given.
pub fn enrol_totp(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let person = person(&incoming).await?;
        Body::of(&incoming)?.finish()?;
        let secret = setup::enrol_totp(&incoming, &session_token(&incoming)?).await?;
        let url = secret.url(&person.login).map_err(|error| fault(&error))?;
        let body = serde_json::json!({"secret": secret.base32().expose_secret(), "otpauth_url": url.expose_secret()});
        Ok(json(StatusCode::CREATED, body.to_string()))
    })
}

/// `POST /session/totp/confirm`: the first code; the answer holds the ten recovery codes, the only time that they are seen.
pub fn confirm_totp(incoming: Incoming) -> Answering {
    Box::pin(async move {
        person(&incoming).await?;
        let mut body = Body::of(&incoming)?;
        let code = body.required("code");
        body.finish()?;
        let (next, codes) = setup::confirm_totp(&incoming, &code).await.map_err(Problem::from)?;
        let csrf = csrf_token(&next).map_err(|error| fault(&error))?;
        let body = serde_json::json!({"recovery_codes": shown(&codes), "csrf_token": csrf});
        let mut response = json(StatusCode::OK, body.to_string());
        cookies::set_session(&mut response, &next);
        Ok(response)
    })
}

/// `POST /session/recovery-codes`: ten new ones in the place of the former.
pub fn new_recovery_codes(incoming: Incoming) -> Answering {
    Box::pin(async move {
        person(&incoming).await?;
        Body::of(&incoming)?.finish()?;
        let codes = setup::new_recovery_codes(&incoming).await?;
        Ok(json(StatusCode::CREATED, serde_json::json!({"recovery_codes": shown(&codes)}).to_string()))
    })
}

/// `POST /setup/finish`: password and second factor are set; the person signs in from now on.
pub fn finish_setup(incoming: Incoming) -> Answering {
    Box::pin(async move {
        person(&incoming).await?;
        let mut body = Body::of(&incoming)?;
        let display_name = body.optional("display_name");
        body.finish()?;
        setup::finish(&incoming, &session_token(&incoming)?, display_name.as_deref()).await?;
        let mut response = StatusCode::NO_CONTENT.into_response();
        cookies::clear_session(&mut response);
        Ok(response)
    })
}
