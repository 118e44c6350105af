//! What is asked of a provider, and whether what it answers holds: discovery, keys, code against token, the token itself.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use openidconnect::core::{
    CoreClient, CoreClientAuthMethod, CoreIdToken, CoreJwsSigningAlgorithm, CoreProviderMetadata,
    CoreResponseType,
};
use openidconnect::{
    AuthType, AuthenticationFlow, AuthorizationCode, ClaimsVerificationError, ClientId, ClientSecret,
    CsrfToken, EndpointMaybeSet, EndpointNotSet, EndpointSet, IssuerUrl, Nonce, PkceCodeChallenge,
    PkceCodeVerifier, RedirectUrl, RequestTokenError, Scope, SignatureVerificationError, TokenResponse as _,
};
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::Value;
use tokio::sync::Mutex;
use torvan_store::Store;
use torvan_store::identity::Provider;

use super::outbound::{OutboundError, send};

/// How long what a provider says about itself is believed without asking again.
const BELIEVED: Duration = Duration::from_hours(1);

/// How far its clock may be from ours, in seconds.
const SKEW: i64 = 60;

type Client = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// Why nobody can be let in with what the provider answered.
#[derive(Debug, thiserror::Error)]
pub(super) enum ProviderError {
    /// It does not answer, or not as a provider does.
    #[error("the provider cannot be asked: {0}")]
    Down(String),
    /// What it answered does not hold.
    #[error("{0}")]
    Refused(String),
}

/// A provider with everything that a way to it needs.
#[derive(Debug)]
pub(super) struct Asked<'a> {
    pub(super) store: &'a Store,
    pub(super) provider: &'a Provider,
    pub(super) secret: Option<SecretString>,
    /// Where it sends people back to.
    pub(super) redirect: String,
}

/// Secrets of one way to a provider and back.
#[derive(Debug)]
pub(super) struct Secrets {
    pub(super) state: String,
    pub(super) nonce: String,
    pub(super) verifier: String,
}

/// What providers said about themselves, kept for a while.
#[derive(Default)]
pub struct Providers {
    known: Mutex<HashMap<String, Known>>,
}

struct Known {
    metadata: Arc<CoreProviderMetadata>,
    read_at: Instant,
}

impl fmt::Debug for Providers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Providers").finish_non_exhaustive()
    }
}

impl Providers {
    /// Nothing known yet.
    #[must_use]
    pub fn new() -> Self {
        // The HTTP client takes the process's own way of doing TLS; whoever set one first is right.
        let _ = rustls::crypto::ring::default_provider().install_default();
        Self::default()
    }

    async fn metadata(
        &self,
        asked: &Asked<'_>,
        is_fresh: bool,
    ) -> Result<Arc<CoreProviderMetadata>, ProviderError> {
        let issuer = &asked.provider.issuer;
        // Not held while a provider is asked: a slow one must not keep the others waiting.
        if let Some(known) = self.known.lock().await.get(issuer)
            && !is_fresh
            && known.read_at.elapsed() < BELIEVED
        {
            return Ok(Arc::clone(&known.metadata));
        }
        let url = IssuerUrl::new(issuer.clone()).map_err(|error| ProviderError::Down(error.to_string()))?;
        let store = asked.store.clone();
        let http = move |request| send(store.clone(), request);
        let metadata = CoreProviderMetadata::discover_async(url, &http)
            .await
            .map_err(|error| ProviderError::Down(with_causes(&error)))?;
        let metadata = Arc::new(metadata);
        let known = Known { metadata: Arc::clone(&metadata), read_at: Instant::now() };
        self.known.lock().await.insert(issuer.clone(), known);
        Ok(metadata)
    }

    /// The address to which somebody is sent. `is_again`: they must sign in there anew.
    pub(super) async fn address(
        &self,
        asked: &Asked<'_>,
        secrets: &Secrets,
        is_again: bool,
    ) -> Result<String, ProviderError> {
        let client = client(asked, &*self.metadata(asked, false).await?)?;
        let (state, nonce) = (secrets.state.clone(), secrets.nonce.clone());
        let verifier = PkceCodeVerifier::new(secrets.verifier.clone());
        let mut request = client
            .authorize_url(
                AuthenticationFlow::<CoreResponseType>::AuthorizationCode,
                move || CsrfToken::new(state),
                move || Nonce::new(nonce),
            )
            .set_pkce_challenge(PkceCodeChallenge::from_code_verifier_sha256(&verifier));
        if asked.provider.asks_for_email {
            request = request.add_scope(Scope::new("email".to_owned()));
        }
        if is_again {
            request = request.add_extra_param("prompt", "login").add_extra_param("max_age", "0");
        }
        Ok(request.url().0.to_string())
    }

    /// The claims of the person for whom the provider gave a code.
    pub(super) async fn claims(
        &self,
        asked: &Asked<'_>,
        secrets: &Secrets,
        code: &str,
    ) -> Result<Value, ProviderError> {
        let known = client(asked, &*self.metadata(asked, false).await?)?;
        let token = token_for(asked, &known, secrets, code).await?;
        let nonce = Nonce::new(secrets.nonce.clone());
        let checked = match check(&known, &token, &nonce) {
            // Keys were changed. Only a token from the provider itself comes this far, so strangers cannot make us ask.
            Err(ClaimsVerificationError::SignatureVerification(
                SignatureVerificationError::NoMatchingKey,
            )) => check(&client(asked, &*self.metadata(asked, true).await?)?, &token, &nonce),
            checked => checked,
        };
        checked.map_err(|error| ProviderError::Refused(with_causes(&error)))?;
        let claims =
            payload(&token).ok_or_else(|| ProviderError::Refused("the token has no claims".into()))?;
        let is_ours = claims.get("azp").is_none_or(|party| party == asked.provider.client_id.as_str());
        if is_ours {
            Ok(claims)
        } else {
            Err(ProviderError::Refused("the token was made for another client".into()))
        }
    }
}

/// An error with what led to it, for the log and the security event.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        text = format!("{text}: {next}");
        cause = next.source();
    }
    text
}

fn client(asked: &Asked<'_>, metadata: &CoreProviderMetadata) -> Result<Client, ProviderError> {
    let redirect =
        RedirectUrl::new(asked.redirect.clone()).map_err(|error| ProviderError::Down(error.to_string()))?;
    let secret = asked.secret.as_ref().map(|secret| ClientSecret::new(secret.expose_secret().to_owned()));
    let id = ClientId::new(asked.provider.client_id.clone());
    let methods = metadata.token_endpoint_auth_methods_supported();
    // Nothing said means Basic (OpenID Connect Discovery 1.0, section 3).
    let takes_basic =
        methods.is_none_or(|methods| methods.contains(&CoreClientAuthMethod::ClientSecretBasic));
    let kind = if takes_basic { AuthType::BasicAuth } else { AuthType::RequestBody };
    let client = CoreClient::from_provider_metadata(metadata.clone(), id, secret);
    Ok(client.set_auth_type(kind).set_redirect_uri(redirect))
}

async fn token_for(
    asked: &Asked<'_>,
    client: &Client,
    secrets: &Secrets,
    code: &str,
) -> Result<CoreIdToken, ProviderError> {
    let store = asked.store.clone();
    let http = move |request| send(store.clone(), request);
    let answer = client
        .exchange_code(AuthorizationCode::new(code.to_owned()))
        .map_err(|error| ProviderError::Down(error.to_string()))?
        .set_pkce_verifier(PkceCodeVerifier::new(secrets.verifier.clone()))
        .request_async(&http)
        .await
        .map_err(|error| match error {
            RequestTokenError::Request(error) => ProviderError::Down(with_causes(&error as &OutboundError)),
            other => ProviderError::Refused(format!("no token for the code: {other}")),
        })?;
    answer.id_token().cloned().ok_or_else(|| ProviderError::Refused("the answer has no ID token".into()))
}

/// Signature (of these kinds alone, so that neither `none` nor a secret as a key gets through), issuer, audience, nonce, times.
fn check(client: &Client, token: &CoreIdToken, nonce: &Nonce) -> Result<(), ClaimsVerificationError> {
    let verifier = client
        .id_token_verifier()
        .set_allowed_algs([
            CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256,
            CoreJwsSigningAlgorithm::EcdsaP256Sha256,
            CoreJwsSigningAlgorithm::EdDsa,
        ])
        .set_time_fn(|| Utc::now() - TimeDelta::seconds(SKEW))
        .set_issue_time_verifier_fn(is_issued);
    token.claims(&verifier, nonce).map(|_| ())
}

fn is_issued(at: DateTime<Utc>) -> Result<(), String> {
    if at <= Utc::now() + TimeDelta::seconds(SKEW) { Ok(()) } else { Err("issued in the future".to_owned()) }
}

fn payload(token: &CoreIdToken) -> Option<Value> {
    let text = token.to_string();
    let bytes = URL_SAFE_NO_PAD.decode(text.split('.').nth(1)?).ok()?;
    serde_json::from_slice(&bytes).ok()
}
