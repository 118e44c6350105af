//! Sign-in through providers of identities: the functions that only the server calls.

use std::net::IpAddr;

use serde_json::Value;

use super::sessions::{Device, Gate};
use crate::{Actor, Context, Store, StoreResult};

/// A provider that people may choose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderName {
    /// Code.
    pub provider_code: String,
    /// Name for people.
    pub name: String,
}

/// An enabled provider, with what the server needs to ask it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provider {
    /// Code.
    pub code: String,
    /// Issuer, as the provider writes it.
    pub issuer: String,
    /// Name under which it knows this installation.
    pub client_id: String,
    /// The client's secret, sealed.
    pub sealed_secret: Option<Vec<u8>>,
    /// Key that opens it.
    pub key_id: Option<String>,
    /// Whether the claim `email` is looked at.
    pub asks_for_email: bool,
}

/// Whether the server may connect to an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AddressRule {
    /// It may.
    pub is_allowed: bool,
    /// The host may have a private address.
    pub may_be_private: bool,
}

impl Store {
    /// The providers that people may choose.
    pub async fn sign_in_providers(&self) -> StoreResult<Vec<ProviderName>> {
        Ok(alone!(
            self,
            fetch_all,
            sqlx::query_file_as!(ProviderName, "queries/identity/sign_in_providers.sql")
        ))
    }

    /// An enabled provider.
    pub async fn provider_to_ask(&self, code: &str) -> StoreResult<Option<Provider>> {
        Ok(alone!(
            self,
            fetch_optional,
            sqlx::query_file_as!(Provider, "queries/identity/provider_to_ask.sql", code)
        ))
    }

    /// Whether the server may connect to an address for a provider.
    pub async fn provider_address(&self, url: &str) -> StoreResult<AddressRule> {
        Ok(alone!(
            self,
            fetch_one,
            sqlx::query_file_as!(AddressRule, "queries/identity/provider_address.sql", url)
        ))
    }

    /// Somebody comes back from a provider: uses the state up. Not allowed with 0 seconds: it was used before.
    pub async fn may_attempt_provider(
        &self,
        code: &str,
        state_hash: &str,
        client: IpAddr,
    ) -> StoreResult<Gate> {
        let client = client.to_string();
        Ok(alone!(
            self,
            fetch_one,
            sqlx::query_file_as!(Gate, "queries/identity/may_attempt_provider.sql", code, state_hash, client)
        ))
    }

    /// What a provider answered was refused.
    pub async fn record_provider_failure(&self, code: &str, reason: &str, client: IpAddr) -> StoreResult<()> {
        let client = client.to_string();
        alone!(
            self,
            fetch_one,
            sqlx::query_file!("queries/identity/record_provider_failure.sql", code, reason, client)
        );
        Ok(())
    }

    /// Opens a session for the checked claims of a provider; false where nobody may sign in with them.
    pub async fn open_session_by_identity(
        &self,
        code: &str,
        claims: &Value,
        token_hash: &str,
        device: Device<'_>,
    ) -> StoreResult<bool> {
        let client = device.client.to_string();
        Ok(alone!(
            self,
            fetch_one,
            sqlx::query_file!(
                "queries/identity/open_session_by_identity.sql",
                code,
                claims,
                token_hash,
                device.hash,
                device.label,
                client
            )
        )
        .user_session_id
        .is_some())
    }

    /// The person signed in anew at a provider: the session gets a new token. False where that is not good enough.
    pub async fn step_up_session_by_identity(
        &self,
        token_hash: &str,
        new_token_hash: &str,
        code: &str,
        claims: &Value,
    ) -> StoreResult<bool> {
        Ok(alone!(
            self,
            fetch_one,
            sqlx::query_file!(
                "queries/identity/step_up_session_by_identity.sql",
                token_hash,
                new_token_hash,
                code,
                claims
            )
        )
        .is_right)
    }

    /// Whether the session's person may link their account now: an error if not.
    pub async fn require_own_link(&self, token_hash: &str) -> StoreResult<()> {
        alone!(self, fetch_one, sqlx::query_file!("queries/identity/require_own_link.sql", token_hash));
        Ok(())
    }

    /// Links the session's own account to the subject of checked claims.
    pub async fn link_own_identity(&self, token_hash: &str, code: &str, claims: &Value) -> StoreResult<()> {
        alone!(
            self,
            fetch_one,
            sqlx::query_file!("queries/identity/link_own_identity.sql", token_hash, code, claims)
        );
        Ok(())
    }
}

/// Stores the sealed secret of a provider, as the person of the request; none takes it away.
pub async fn set_provider_secret(
    context: &mut Context,
    code: &str,
    sealed: Option<(Vec<u8>, String)>,
    reason: &str,
) -> StoreResult<()> {
    let (secret, key_id) = sealed.unzip();
    sqlx::query_file!("queries/identity/set_provider_secret.sql", code, secret, key_id, reason)
        .fetch_one(context.connection())
        .await?;
    Ok(())
}
