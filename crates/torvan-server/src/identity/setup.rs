//! First-run and invitation codes, passwords, authenticators.

use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use secrecy::{ExposeSecret as _, SecretString};
use torvan_store::identity::Device;

use super::session::{SEALED_FOR, hashing, person, renewed, session_token, standing, step_of};
use super::{Answering, Body, cookies, fault};
use crate::api::answer::json;
use crate::credentials::rules::{PasswordContext, check_password};
use crate::credentials::token::{SessionToken, csrf_token};
use crate::credentials::totp::{RecoveryCode, TotpSecret, recovery_codes};
use crate::http::problem::{FieldFault, Problem, WRONG_CREDENTIALS};
use crate::incoming::Incoming;

/// `POST /setup`: a one-time code opens a session that is good only for an own password and second factor.
pub fn begin_setup(incoming: Incoming) -> Answering {
    Box::pin(async move {
        incoming.require_own_origin()?;
        let mut body = Body::of(&incoming)?;
        let code = body.required("code");
        body.finish()?;
        let token = SessionToken::generate().map_err(|error| fault(&error))?;
        let device = SessionToken::generate().map_err(|error| fault(&error))?;
        let made = Device { hash: &device.hash(), label: None, client: incoming.client };
        if !incoming.app.store().redeem_setup_code(&code, &token.hash(), made).await? {
            return Err(Problem::new(WRONG_CREDENTIALS, "The code is wrong, used or too old.")
                .hint("Make a new one: torvan user bootstrap on the host, or ask an Administrator."));
        }
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
        let (alone, with_second_factor) = incoming.app.store().password_lengths().await?;
        let has_second_factor = matches!(person.mfa_state.as_deref(), Some("PASSED" | "ENROL" | "PENDING"));
        let context = PasswordContext {
            login: &person.login,
            display_name: &person.display_name,
            site_words: &[],
            least: if has_second_factor { with_second_factor } else { alone },
        };
        check_password(&password, &context).map_err(|faults| {
            Problem::invalid(
                faults
                    .into_iter()
                    .map(|fault| FieldFault::body("/new_password", fault.to_string()))
                    .collect(),
            )
        })?;
        let token = session_token(&incoming)?;
        let password = SecretString::from(password);
        for former in incoming.app.store().former_password_hashes(&token.hash()).await? {
            if incoming
                .app
                .hasher()
                .verify(password.clone(), Some(former))
                .await
                .map_err(|error| hashing(&error))?
            {
                let detail = "This password was used before; choose another one.";
                return Err(Problem::invalid(vec![FieldFault::body("/new_password", detail)]));
            }
        }
        let hash = incoming.app.hasher().hash(password).await.map_err(|error| hashing(&error))?;
        let next = SessionToken::generate().map_err(|error| fault(&error))?;
        incoming.app.store().set_password(&token.hash(), &next.hash(), &hash).await?;
        renewed(&incoming, &next).await
    })
}

/// `POST /session/totp`: a new authenticator, which counts once its first code was given.
pub fn enrol_totp(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let person = person(&incoming).await?;
        Body::of(&incoming)?.finish()?;
        let secret = TotpSecret::generate().map_err(|error| fault(&error))?;
        let (sealed, key_id) =
            incoming.app.sealing().seal(secret.expose(), SEALED_FOR).map_err(|error| fault(&error))?;
        incoming.app.store().enrol_totp(&session_token(&incoming)?.hash(), &sealed, &key_id).await?;
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
        let token = session_token(&incoming)?;
        let wrong = || {
            Problem::new(WRONG_CREDENTIALS, "The code is not right.")
                .hint("Give the code that the authenticator shows now.")
        };
        let gate = incoming.app.store().may_attempt_mfa(&token.hash()).await?;
        if !gate.is_allowed {
            return Err(wrong().retry_after(u64::try_from(gate.retry_after_seconds).unwrap_or(1)));
        }
        let Some(step) = step_of(&incoming, &token.hash(), &code, false).await? else {
            incoming.app.store().record_mfa_failure(&token.hash()).await?;
            return Err(wrong());
        };
        let codes = recovery_codes().map_err(|error| fault(&error))?;
        let hashes: Vec<String> = codes.iter().map(RecoveryCode::hash).collect();
        let next = SessionToken::generate().map_err(|error| fault(&error))?;
        if !incoming.app.store().confirm_totp(&token.hash(), &next.hash(), step, &hashes).await? {
            return Err(wrong());
        }
        let csrf = csrf_token(&next).map_err(|error| fault(&error))?;
        let shown: Vec<&str> = codes.iter().map(RecoveryCode::expose).collect();
        let body = serde_json::json!({"recovery_codes": shown, "csrf_token": csrf});
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
        let codes = recovery_codes().map_err(|error| fault(&error))?;
        let hashes: Vec<String> = codes.iter().map(RecoveryCode::hash).collect();
        incoming.app.store().replace_recovery_codes(&session_token(&incoming)?.hash(), &hashes).await?;
        let shown: Vec<&str> = codes.iter().map(RecoveryCode::expose).collect();
        Ok(json(StatusCode::CREATED, serde_json::json!({"recovery_codes": shown}).to_string()))
    })
}

/// `POST /setup/finish`: password and second factor are set; the person signs in from now on.
pub fn finish_setup(incoming: Incoming) -> Answering {
    Box::pin(async move {
        person(&incoming).await?;
        let mut body = Body::of(&incoming)?;
        let display_name = body.optional("display_name");
        body.finish()?;
        incoming.app.store().finish_setup(&session_token(&incoming)?.hash(), display_name.as_deref()).await?;
        let mut response = StatusCode::NO_CONTENT.into_response();
        cookies::clear_session(&mut response);
        Ok(response)
    })
}
