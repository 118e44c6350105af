//! Sign-in through `OpenID` Connect: authorization code with PKCE, state, nonce. What the claims mean is decided by the database
//! (`open_session_by_identity` and its neighbours); here is only what the provider and the browser have to do with it.

mod flow;
mod outbound;
mod provider;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::IntoResponse as _;
use chrono::Utc;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};
use subtle::ConstantTimeEq as _;
use torvan_store::identity::{Device, Provider, set_provider_secret};

use self::flow::{Flow, LIFE, Purpose, is_own_path};
use self::provider::{Asked, ProviderError};
use super::session::{person, session_token};
use super::{Answering, Body, cookies, fault};
use crate::api::answer::json as json_answer;
use crate::api::endpoint::{Access, Action, Endpoint, Method};
use crate::credentials::sha256_hex;
use crate::credentials::token::SessionToken;
use crate::http::Answer;
use crate::http::problem::{
    CSRF, FieldFault, NOT_FOUND, PROOF_REQUIRED, PROVIDER_DOWN, Problem, TOO_MANY, WRONG_CREDENTIALS,
};
use crate::incoming::{DEVICE_COOKIE, FLOW_COOKIE, Incoming};

pub use self::provider::Providers;

/// Longest secret of a client, so that it fits where it is sealed.
const MAX_SECRET: usize = 500;

const fn page(path: &'static str, handler: super::Handler, summary: &'static str) -> Endpoint {
    let action = Action::Own { handler, body: &[], summary };
    Endpoint { method: Method::Get, path, access: Access::Anyone, action }
}

/// Pages beside the API, at the root of the server: a browser goes through them.
pub const PAGES: &[Endpoint] = &[
    page("/sign-in/oidc/{provider_code}", begin, "Sends a browser to a provider."),
    page("/sign-in/oidc/{provider_code}/callback", come_back, "Where the provider sends it back."),
];

/// Where the way to a provider begins.
pub(crate) fn way_to(provider_code: &str) -> String {
    format!("/sign-in/oidc/{}", provider_code.to_lowercase())
}

/// `GET /session/providers`: the providers that anybody may choose.
pub fn providers(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let found = incoming.app.store().sign_in_providers().await?;
        let items: Vec<Value> = found
            .iter()
            .map(|one| {
                let href = way_to(&one.provider_code);
                json!({"provider_code": one.provider_code, "name": one.name, "href": href})
            })
            .collect();
        Ok(json_answer(StatusCode::OK, json!({"items": items}).to_string()))
    })
}

/// `GET /sign-in/oidc/{code}`: to the provider.
fn begin(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let next = incoming.query.iter().find(|(name, _)| name == "next");
        let next = next.map_or("/", |(_, value)| value.as_str()).to_owned();
        if !is_own_path(&next) {
            return Err(Problem::invalid(vec![FieldFault::parameter("next", OWN_PATH)]));
        }
        let (address, cookie) = way(&incoming, Purpose::SignIn, next, None).await?;
        let mut response = see_other(&address)?;
        cookies::set_flow(&mut response, &cookie, LIFE);
        Ok(response)
    })
}

const OWN_PATH: &str =
    "\"next\" is no path of this server: it begins with one stroke and has at most 200 signs.";

/// `POST /session/step-up/{provider_code}`: the address at which a provider asks the person again who they are.
pub fn begin_step_up(incoming: Incoming) -> Answering {
    Box::pin(async move {
        person(&incoming).await?;
        going(&incoming, Purpose::StepUp).await
    })
}

/// `POST /session/identities/{provider_code}`: the address at which a provider says which of its subjects the person is.
pub fn begin_link(incoming: Incoming) -> Answering {
    Box::pin(async move {
        person(&incoming).await?;
        incoming.app.store().require_own_link(&session_token(&incoming)?.hash()).await?;
        going(&incoming, Purpose::Link).await
    })
}

async fn going(incoming: &Incoming, purpose: Purpose) -> Answer {
    let mut body = Body::of(incoming)?;
    let next = body.optional("next").unwrap_or_else(|| "/".to_owned());
    body.finish()?;
    if !is_own_path(&next) {
        return Err(Problem::invalid(vec![FieldFault::body("/next", OWN_PATH)]));
    }
    let session = session_token(incoming)?.hash();
    let (address, cookie) = way(incoming, purpose, next, Some(session)).await?;
    let mut response = json_answer(StatusCode::CREATED, json!({"href": address}).to_string());
    cookies::set_flow(&mut response, &cookie, LIFE);
    Ok(response)
}

/// The address of the provider, and the cookie that goes with it.
async fn way(
    incoming: &Incoming,
    purpose: Purpose,
    next: String,
    session: Option<String>,
) -> Result<(String, String), Problem> {
    let provider = provider_of(incoming).await?;
    let secret = SessionToken::generate().map_err(|error| fault(&error))?;
    let flow = Flow {
        secret: secret.expose().to_owned(),
        purpose,
        provider: provider.code.clone(),
        next,
        session,
        ends_at: Utc::now().timestamp() + LIFE,
    };
    let asked = asked(incoming, &provider)?;
    let is_again = purpose != Purpose::SignIn;
    let address = incoming.app.providers().address(&asked, &flow.secrets(), is_again).await;
    let cookie = flow.sealed(incoming.app.sealing()).map_err(|error| fault(&error))?;
    Ok((address.map_err(|error| down(&provider, &error))?, cookie))
}

async fn provider_of(incoming: &Incoming) -> Result<Provider, Problem> {
    let code = incoming.path_value("provider_code").unwrap_or_default();
    let found = incoming.app.store().provider_to_ask(code).await?;
    found.ok_or_else(|| {
        Problem::new(NOT_FOUND, "Nobody signs in through a provider of this name.")
            .hint("GET /api/v1/session/providers lists them; login and password always work.")
    })
}

fn asked<'a>(incoming: &'a Incoming, provider: &'a Provider) -> Result<Asked<'a>, Problem> {
    let secret = match (&provider.sealed_secret, &provider.key_id) {
        (Some(sealed), Some(key_id)) => {
            let opened = incoming.app.sealing().open(sealed, key_id, &sealed_for(&provider.code));
            let opened = opened.map_err(|error| fault(&error))?;
            let text = String::from_utf8(opened.expose_secret().to_vec()).map_err(|error| fault(&error))?;
            Some(SecretString::from(text))
        }
        _ => None,
    };
    let redirect = format!("{}/sign-in/oidc/{}/callback", base(incoming), provider.code.to_lowercase());
    Ok(Asked { store: incoming.app.store(), provider, secret, redirect })
}

/// What a sealed secret belongs to: that of one provider does not open as another's.
fn sealed_for(provider_code: &str) -> Vec<u8> {
    format!("torvan identity provider {provider_code}").into_bytes()
}

/// Scheme and host under which the browser sees us. A host that somebody made up leads nowhere: the provider sends people back
/// only to addresses that are registered with it.
fn base(incoming: &Incoming) -> String {
    let host = incoming.header("host").unwrap_or_default();
    let origins = &incoming.app.settings().origins;
    let asked = origins.iter().find(|origin| origin.split_once("://").is_some_and(|(_, rest)| rest == host));
    if let Some(origin) = asked.or_else(|| origins.first()) {
        return origin.clone();
    }
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let scheme = if ["localhost", "127.0.0.1", "[::1]"].contains(&name) { "http" } else { "https" };
    format!("{scheme}://{host}")
}

fn down(provider: &Provider, error: &ProviderError) -> Problem {
    tracing::warn!(provider = provider.code, %error, "an identity provider could not be asked");
    Problem::new(PROVIDER_DOWN, "The identity provider cannot be asked at this moment.")
        .hint("Sign in with login and password, or try again later.")
        .retry_after(30)
}

/// `GET /sign-in/oidc/{code}/callback`: back from the provider. Whatever comes of it, the way is used up.
fn come_back(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let mut response = came_back(&incoming).await.unwrap_or_else(Problem::into_response);
        cookies::clear_flow(&mut response);
        Ok(response)
    })
}

async fn came_back(incoming: &Incoming) -> Answer {
    let provider = provider_of(incoming).await?;
    let flow = flow_of(incoming, &provider)?;
    let gate = incoming
        .app
        .store()
        .may_attempt_provider(&provider.code, &sha256_hex(flow.secrets().state.as_bytes()), incoming.client)
        .await?;
    if !gate.is_allowed {
        let seconds = u64::try_from(gate.retry_after_seconds).unwrap_or(0);
        return Err(if seconds == 0 { not_this_way() } else { too_many(seconds) });
    }
    let claims = match claims(incoming, &provider, &flow).await {
        Ok(claims) => claims,
        Err(ProviderError::Refused(reason)) => {
            let store = incoming.app.store();
            store.record_provider_failure(&provider.code, &reason, incoming.client).await?;
            return Err(refused());
        }
        Err(error) => return Err(down(&provider, &error)),
    };
    match flow.purpose {
        Purpose::SignIn => signed_in(incoming, &flow, &claims).await,
        Purpose::StepUp => stepped_up(incoming, &flow, &claims).await,
        Purpose::Link => linked(incoming, &flow, &claims).await,
    }
}

fn query<'a>(incoming: &'a Incoming, name: &str) -> Option<&'a str> {
    incoming.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
}

/// The way on which this browser went: from its cookie, with the state that only the provider was told, and for the session
/// that is here.
fn flow_of(incoming: &Incoming, provider: &Provider) -> Result<Flow, Problem> {
    let flow = incoming.cookie(FLOW_COOKIE).and_then(|cookie| Flow::opened(cookie, incoming.app.sealing()));
    let flow = flow.ok_or_else(not_this_way)?;
    let state = query(incoming, "state").unwrap_or_default();
    let fits = bool::from(state.as_bytes().ct_eq(flow.secrets().state.as_bytes()));
    let is_same_session = match &flow.session {
        Some(hash) => session_token(incoming)?.hash() == *hash,
        None => true,
    };
    if fits && is_same_session && flow.provider == provider.code { Ok(flow) } else { Err(not_this_way()) }
}

fn not_this_way() -> Problem {
    Problem::new(
        CSRF,
        "This answer of a provider does not belong to a sign-in that this browser began, or was used.",
    )
    .hint("Begin the sign-in anew; it has to be finished in the same browser within ten minutes.")
}

fn too_many(seconds: u64) -> Problem {
    Problem::new(TOO_MANY, format!("Too many attempts; the next one is possible in {seconds} seconds."))
        .retry_after(seconds)
}

/// One answer for every reason; an Administrator finds the reason among the security events.
fn refused() -> Problem {
    Problem::new(WRONG_CREDENTIALS, "Nobody can sign in here with this answer of the provider.").hint(
        "Sign in with login and password; an Administrator links accounts to providers and sees the reason.",
    )
}

async fn claims(incoming: &Incoming, provider: &Provider, flow: &Flow) -> Result<Value, ProviderError> {
    if let Some(error) = query(incoming, "error") {
        let shown: String = error.chars().filter(char::is_ascii_graphic).take(60).collect();
        return Err(ProviderError::Refused(format!("the provider answered {shown}")));
    }
    // RFC 9207: an answer of another issuer is never taken for one of this.
    if query(incoming, "iss").is_some_and(|issuer| issuer != provider.issuer) {
        return Err(ProviderError::Refused("the answer names another issuer".into()));
    }
    let Some(code) = query(incoming, "code") else {
        return Err(ProviderError::Refused("the answer has no code".into()));
    };
    let asked =
        asked(incoming, provider).map_err(|_| ProviderError::Down("its secret does not open".into()))?;
    incoming.app.providers().claims(&asked, &flow.secrets(), code).await
}

async fn signed_in(incoming: &Incoming, flow: &Flow, claims: &Value) -> Answer {
    let known = incoming.cookie(DEVICE_COOKIE).and_then(SessionToken::parse);
    let device = match known {
        Some(device) => device,
        None => SessionToken::generate().map_err(|error| fault(&error))?,
    };
    let token = SessionToken::generate().map_err(|error| fault(&error))?;
    let label = incoming.header("user-agent").map(|agent| agent.chars().take(200).collect::<String>());
    let made = Device { hash: &device.hash(), label: label.as_deref(), client: incoming.client };
    let store = incoming.app.store();
    if !store.open_session_by_identity(&flow.provider, claims, &token.hash(), made).await? {
        return Err(refused());
    }
    let mut response = see_other(&flow.next)?;
    cookies::set_session(&mut response, &token);
    cookies::set_device(&mut response, &device);
    Ok(response)
}

async fn stepped_up(incoming: &Incoming, flow: &Flow, claims: &Value) -> Answer {
    let next = SessionToken::generate().map_err(|error| fault(&error))?;
    let hash = session_token(incoming)?.hash();
    let store = incoming.app.store();
    if !store.step_up_session_by_identity(&hash, &next.hash(), &flow.provider, claims).await? {
        return Err(Problem::new(
            PROOF_REQUIRED,
            "The provider did not ask you again in a way that is enough.",
        )
        .hint("POST /api/v1/session/step-up takes password and code."));
    }
    let mut response = see_other(&flow.next)?;
    cookies::set_session(&mut response, &next);
    Ok(response)
}

async fn linked(incoming: &Incoming, flow: &Flow, claims: &Value) -> Answer {
    let hash = session_token(incoming)?.hash();
    incoming.app.store().link_own_identity(&hash, &flow.provider, claims).await?;
    see_other(&flow.next)
}

fn see_other(address: &str) -> Answer {
    let location = HeaderValue::from_str(address).map_err(|error| fault(&error))?;
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response())
}

/// `PUT /identity-providers/{provider_code}/secret`: the client's secret, which is never shown again.
pub fn set_secret(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let (mut context, _) = incoming.enter().await?;
        let mut body = Body::of(&incoming)?;
        let secret = body.optional("secret").map(SecretString::from);
        let reason = body.required("reason");
        body.finish()?;
        let code = incoming.path_value("provider_code").unwrap_or_default().trim().to_uppercase();
        let sealed = secret.map(|secret| sealed(&incoming, &code, &secret)).transpose()?;
        set_provider_secret(&mut context, &code, sealed, &reason).await?;
        context.commit().await?;
        Ok(StatusCode::NO_CONTENT.into_response())
    })
}

fn sealed(incoming: &Incoming, code: &str, secret: &SecretString) -> Result<(Vec<u8>, String), Problem> {
    let text = secret.expose_secret();
    if text.is_empty() || text.len() > MAX_SECRET {
        let detail =
            format!("\"secret\" has 1 to {MAX_SECRET} bytes; leave it out to take the present one away.");
        return Err(Problem::invalid(vec![FieldFault::body("/secret", detail)]));
    }
    incoming.app.sealing().seal(text.as_bytes(), &sealed_for(code)).map_err(|error| fault(&error))
}
