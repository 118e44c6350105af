//! What is done with first-run and invitation codes, passwords and authenticators, whichever door it came through.

use secrecy::{SecretString, zeroize::Zeroizing};
use torvan_store::identity::{Device, Person};

use super::fault;
use super::refused::Refused;
use super::session::{SEALED_FOR, fresh_token, opened_secret, session_token, step_of, too_many};
use crate::credentials::rules::{PasswordContext, check_password};
use crate::credentials::token::SessionToken;
use crate::credentials::totp::{RecoveryCode, TotpSecret, recovery_codes};
use crate::http::problem::Problem;
use crate::incoming::Incoming;

/// A one-time code opens a session that is good only for an own password and second factor.
pub(crate) async fn begin(incoming: &Incoming, code: &str) -> Result<SessionToken, Refused> {
    let token = fresh_token()?;
    let device = fresh_token()?;
    let made = Device { hash: &device.hash(), label: None, client: incoming.client };
    if incoming.app.store().redeem_setup_code(code, &token.hash(), made).await? {
        Ok(token)
    } else {
        Err(Refused::SetupCode)
    }
}

/// Least characters of this person's password.
pub(crate) async fn least_length(incoming: &Incoming, person: &Person) -> Result<usize, Problem> {
    let (alone, with_second_factor) = incoming.app.store().password_lengths().await?;
    let has_second_factor = matches!(person.mfa_state.as_deref(), Some("PASSED" | "ENROL" | "PENDING"));
    Ok(if has_second_factor { with_second_factor } else { alone })
}

/// An own new password; other sessions end. Returns the session's new token.
pub(crate) async fn set_password(
    incoming: &Incoming,
    person: &Person,
    password: String,
) -> Result<SessionToken, Refused> {
    let password = Zeroizing::new(password);
    let context = PasswordContext {
        login: &person.login,
        display_name: &person.display_name,
        site_words: &[],
        least: least_length(incoming, person).await?,
    };
    check_password(&password, &context).map_err(Refused::Rules)?;
    let token = session_token(incoming)?;
    let password = SecretString::from(password.as_str());
    let (store, hasher) = (incoming.app.store(), incoming.app.hasher());
    for former in store.former_password_hashes(&token.hash()).await? {
        if hasher.verify(password.clone(), Some(former)).await? {
            return Err(Refused::Former);
        }
    }
    let hash = hasher.hash(password).await?;
    let next = fresh_token()?;
    store.set_password(&token.hash(), &next.hash(), &hash).await?;
    Ok(next)
}

/// A new authenticator, which counts once its first code was given.
pub(crate) async fn enrol_totp(incoming: &Incoming, token: &SessionToken) -> Result<TotpSecret, Problem> {
    let secret = TotpSecret::generate().map_err(|error| fault(&error))?;
    let (sealed, key_id) =
        incoming.app.sealing().seal(secret.expose(), SEALED_FOR).map_err(|error| fault(&error))?;
    incoming.app.store().enrol_totp(&token.hash(), &sealed, &key_id).await?;
    Ok(secret)
}

/// The authenticator that waits for its first code.
pub(crate) async fn waiting_totp(incoming: &Incoming) -> Result<Option<TotpSecret>, Problem> {
    opened_secret(incoming, &session_token(incoming)?.hash(), false).await
}

/// The first code puts the new authenticator to use: the session's new token, and ten recovery codes, the only time that they
/// are seen.
pub(crate) async fn confirm_totp(
    incoming: &Incoming,
    code: &str,
) -> Result<(SessionToken, Vec<RecoveryCode>), Refused> {
    let token = session_token(incoming)?;
    let store = incoming.app.store();
    let gate = store.may_attempt_mfa(&token.hash()).await?;
    if !gate.is_allowed {
        return Err(too_many(gate));
    }
    let Some(step) = step_of(incoming, &token.hash(), code, false).await? else {
        store.record_mfa_failure(&token.hash()).await?;
        return Err(Refused::FirstCode);
    };
    let codes = recovery_codes().map_err(|error| fault(&error))?;
    let hashes: Vec<String> = codes.iter().map(RecoveryCode::hash).collect();
    let next = fresh_token()?;
    if !store.confirm_totp(&token.hash(), &next.hash(), step, &hashes).await? {
        return Err(Refused::FirstCode);
    }
    Ok((next, codes))
}

/// Ten new recovery codes in the place of the former.
pub(crate) async fn new_recovery_codes(incoming: &Incoming) -> Result<Vec<RecoveryCode>, Problem> {
    let codes = recovery_codes().map_err(|error| fault(&error))?;
    let hashes: Vec<String> = codes.iter().map(RecoveryCode::hash).collect();
    incoming.app.store().replace_recovery_codes(&session_token(incoming)?.hash(), &hashes).await?;
    Ok(codes)
}

/// Password and second factor are set; the person signs in from now on.
pub(crate) async fn finish(
    incoming: &Incoming,
    token: &SessionToken,
    display_name: Option<&str>,
) -> Result<(), Problem> {
    incoming.app.store().finish_setup(&token.hash(), display_name).await?;
    Ok(())
}
