//! Sign-in, second factor and credentials: the functions that only the server calls.
//!
//! Each is a transaction of its own: a guess is counted before it is looked at, whatever becomes of the request.

use std::net::IpAddr;

use crate::{Actor, Store, StoreResult};

/// Whether a guess may be looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gate {
    /// It may.
    pub is_allowed: bool,
    /// Seconds after which the next one may.
    pub retry_after_seconds: i32,
}

/// What is needed to compare a password. All empty for a login that does not exist.
#[derive(Debug, Clone)]
pub struct Account {
    /// Key.
    pub user_id: Option<i64>,
    /// Hash in PHC form.
    pub password_hash: Option<String>,
    /// Whether the account may sign in at all.
    pub can_sign_in: Option<bool>,
}

/// An authenticator's secret as it is stored.
#[derive(Debug, Clone)]
pub struct SealedSecret {
    /// Sealed bytes.
    pub sealed_secret: Vec<u8>,
    /// Key that opens them.
    pub key_id: String,
}

/// Where a guess comes from.
#[derive(Debug, Clone, Copy)]
pub struct Attempt<'a> {
    /// What was typed as a login.
    pub login: &'a str,
    /// Address.
    pub client: IpAddr,
    /// Whether the person signed in on this device before.
    pub device_known: bool,
}

/// The device of a sign-in.
#[derive(Debug, Clone, Copy)]
pub struct Device<'a> {
    /// Hexadecimal SHA-256 of the device's secret.
    pub hash: &'a str,
    /// What the browser calls itself.
    pub label: Option<&'a str>,
    /// Address.
    pub client: IpAddr,
}

impl Store {
    /// Whether the person completed a sign-in on this device before.
    pub async fn is_known_device(&self, login: &str, device_hash: &str) -> StoreResult<bool> {
        Ok(alone!(
            self,
            fetch_one,
            sqlx::query_file!("queries/identity/is_known_device.sql", login, device_hash)
        )
        .is_known)
    }

    /// Least characters of a password: where it stands alone, and where a second factor is asked for.
    pub async fn password_lengths(&self) -> StoreResult<(usize, usize)> {
        let lengths = alone!(self, fetch_one, sqlx::query_file!("queries/identity/password_lengths.sql"));
        let characters = |number: i32| usize::try_from(number).unwrap_or_default();
        Ok((characters(lengths.alone), characters(lengths.with_second_factor)))
    }

    /// Asks for room for a guess, before it is looked at.
    pub async fn may_attempt_sign_in(&self, attempt: Attempt<'_>) -> StoreResult<Gate> {
        let client = attempt.client.to_string();
        Ok(alone!(
            self,
            fetch_one,
            sqlx::query_file_as!(
                Gate,
                "queries/identity/may_attempt_sign_in.sql",
                attempt.login,
                client,
                attempt.device_known
            )
        ))
    }

    /// Tells how a guess came out. `purpose`: `SIGN_IN`, `STEP_UP` or `SIGNING`.
    pub async fn record_sign_in_attempt(
        &self,
        attempt: Attempt<'_>,
        is_right: bool,
        purpose: &str,
    ) -> StoreResult<()> {
        let client = attempt.client.to_string();
        alone!(
            self,
            fetch_one,
            sqlx::query_file!(
                "queries/identity/record_sign_in_attempt.sql",
                attempt.login,
                client,
                attempt.device_known,
                is_right,
                purpose
            )
        );
        Ok(())
    }

    /// What to compare a password with.
    pub async fn sign_in_account(&self, login: &str) -> StoreResult<Account> {
        Ok(alone!(
            self,
            fetch_one,
            sqlx::query_file_as!(Account, "queries/identity/sign_in_account.sql", login)
        ))
    }

    /// Opens a session after the password was right.
    pub async fn open_session(&self, login: &str, token_hash: &str, device: Device<'_>) -> StoreResult<()> {
        let client = device.client.to_string();
        alone!(
            self,
            fetch_one,
            sqlx::query_file!(
                "queries/identity/open_session.sql",
                login,
                token_hash,
                device.hash,
                device.label,
                client
            )
        );
        Ok(())
    }

    /// The person proved again who they are: the session gets a new token.
    pub async fn step_up_session(&self, token_hash: &str, new_token_hash: &str) -> StoreResult<()> {
        alone!(
            self,
            fetch_one,
            sqlx::query_file!("queries/identity/step_up_session.sql", token_hash, new_token_hash)
        );
        Ok(())
    }

    /// Signs out.
    pub async fn end_session(&self, token_hash: &str) -> StoreResult<()> {
        alone!(self, fetch_one, sqlx::query_file!("queries/identity/end_session.sql", token_hash));
        Ok(())
    }

    /// Why the session of a token is over; nothing where it is not, or nobody knows it.
    pub async fn session_end(&self, token_hash: &str) -> StoreResult<Option<String>> {
        Ok(alone!(self, fetch_one, sqlx::query_file!("queries/identity/session_end.sql", token_hash)).reason)
    }

    /// Uses up a setup code and opens a session for it; false for a code that is wrong, used or too old.
    pub async fn redeem_setup_code(
        &self,
        code: &str,
        token_hash: &str,
        device: Device<'_>,
    ) -> StoreResult<bool> {
        let client = device.client.to_string();
        Ok(alone!(
            self,
            fetch_one,
            sqlx::query_file!(
                "queries/identity/redeem_setup_code.sql",
                code,
                token_hash,
                device.hash,
                device.label,
                client
            )
        )
        .user_session_id
        .is_some())
    }

    /// The present and former password hashes of the session's person.
    pub async fn former_password_hashes(&self, token_hash: &str) -> StoreResult<Vec<String>> {
        let rows = alone!(
            self,
            fetch_all,
            sqlx::query_file!("queries/identity/former_password_hashes.sql", token_hash)
        );
        Ok(rows.into_iter().map(|row| row.hash).collect())
    }

    /// A new password of the session's own person; the session gets a new token.
    pub async fn set_password(
        &self,
        token_hash: &str,
        new_token_hash: &str,
        password_hash: &str,
    ) -> StoreResult<()> {
        alone!(
            self,
            fetch_one,
            sqlx::query_file!("queries/identity/set_password.sql", token_hash, new_token_hash, password_hash)
        );
        Ok(())
    }

    /// Ends a setup: the person then signs in.
    pub async fn finish_setup(&self, token_hash: &str, display_name: Option<&str>) -> StoreResult<()> {
        alone!(
            self,
            fetch_one,
            sqlx::query_file!("queries/identity/finish_setup.sql", token_hash, display_name)
        );
        Ok(())
    }

    /// Begins to set up an authenticator.
    pub async fn enrol_totp(&self, token_hash: &str, sealed_secret: &[u8], key_id: &str) -> StoreResult<()> {
        alone!(
            self,
            fetch_one,
            sqlx::query_file!("queries/identity/enrol_totp.sql", token_hash, sealed_secret, key_id)
        );
        Ok(())
    }

    /// The secret of the authenticator in use, or of the one being set up.
    pub async fn totp_secret(
        &self,
        token_hash: &str,
        is_confirmed: bool,
    ) -> StoreResult<Option<SealedSecret>> {
        Ok(alone!(
            self,
            fetch_optional,
            sqlx::query_file_as!(SealedSecret, "queries/identity/totp_secret.sql", token_hash, is_confirmed)
        ))
    }

    /// The first code of a new authenticator was right: it is in use from now on. False if there is none to confirm.
    pub async fn confirm_totp(
        &self,
        token_hash: &str,
        new_token_hash: &str,
        step: i64,
        recovery_code_hashes: &[String],
    ) -> StoreResult<bool> {
        Ok(alone!(
            self,
            fetch_one,
            sqlx::query_file!(
                "queries/identity/confirm_totp.sql",
                token_hash,
                new_token_hash,
                step,
                recovery_code_hashes
            )
        )
        .is_confirmed)
    }

    /// Asks for room for a code, before it is looked at.
    pub async fn may_attempt_mfa(&self, token_hash: &str) -> StoreResult<Gate> {
        Ok(alone!(
            self,
            fetch_one,
            sqlx::query_file_as!(Gate, "queries/identity/may_attempt_mfa.sql", token_hash)
        ))
    }

    /// A code was wrong.
    pub async fn record_mfa_failure(&self, token_hash: &str) -> StoreResult<()> {
        alone!(self, fetch_one, sqlx::query_file!("queries/identity/record_mfa_failure.sql", token_hash));
        Ok(())
    }

    /// Uses up a code; false if that time step was used. Completes a sign-in under a new token.
    pub async fn use_totp(
        &self,
        token_hash: &str,
        step: i64,
        new_token_hash: Option<&str>,
    ) -> StoreResult<bool> {
        Ok(alone!(
            self,
            fetch_one,
            sqlx::query_file!("queries/identity/use_totp.sql", token_hash, step, new_token_hash)
        )
        .is_right)
    }

    /// Uses up a recovery code; false if it is none. Completes a sign-in under a new token.
    pub async fn use_recovery_code(
        &self,
        token_hash: &str,
        code_hash: &str,
        new_token_hash: Option<&str>,
    ) -> StoreResult<bool> {
        Ok(alone!(
            self,
            fetch_one,
            sqlx::query_file!(
                "queries/identity/use_recovery_code.sql",
                token_hash,
                code_hash,
                new_token_hash
            )
        )
        .is_right)
    }

    /// Ten new recovery codes; the former ones are worth nothing.
    pub async fn replace_recovery_codes(&self, token_hash: &str, code_hashes: &[String]) -> StoreResult<()> {
        alone!(
            self,
            fetch_one,
            sqlx::query_file!("queries/identity/replace_recovery_codes.sql", token_hash, code_hashes)
        );
        Ok(())
    }

    /// A proof for one signing act. `method`: `PASSWORD`, `PASSWORD_MFA` or `AUTHENTICATOR`.
    pub async fn grant_signing_proof(&self, token_hash: &str, method: &str) -> StoreResult<String> {
        Ok(alone!(
            self,
            fetch_one,
            sqlx::query_file!("queries/identity/grant_signing_proof.sql", token_hash, method)
        )
        .proof)
    }
}
