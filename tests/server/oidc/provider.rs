//! An `OpenID` Connect provider in this process: discovery, keys, authorization and token endpoint, with PKCE. It signs with keys of
//! its own, apart from the product's library, and does wrong what a test asks it to.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderMap, Request, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
};
use rsa::pkcs8::EncodePrivateKey as _;
use rsa::traits::PublicKeyParts as _;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tower::ServiceExt as _;

pub(super) const CLIENT: &str = "torvan";
pub(super) const SECRET: &str = "the secret of the client";

/// What a token is signed with.
pub(super) enum Key {
    Elliptic(EcdsaKeyPair),
    Edwards(Ed25519KeyPair),
    /// Key, modulus and exponent.
    Primes(Box<RsaKeyPair>, Vec<u8>, Vec<u8>),
    Shared(Vec<u8>),
    None,
}

impl Key {
    pub(super) fn elliptic() -> Self {
        let random = SystemRandom::new();
        let made = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).expect("a key");
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, made.as_ref(), &random);
        Self::Elliptic(pair.expect("a key"))
    }

    pub(super) fn edwards() -> Self {
        let made = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).expect("a key");
        Self::Edwards(Ed25519KeyPair::from_pkcs8(made.as_ref()).expect("a key"))
    }

    /// What most providers sign with.
    pub(super) fn primes() -> Self {
        let made = rsa::RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 2_048).expect("a key");
        let pair = RsaKeyPair::from_pkcs8(made.to_pkcs8_der().expect("a key").as_bytes()).expect("a key");
        Self::Primes(Box::new(pair), made.n().to_bytes_be(), made.e().to_bytes_be())
    }

    fn algorithm(&self) -> &'static str {
        match self {
            Self::Elliptic(_) => "ES256",
            Self::Edwards(_) => "EdDSA",
            Self::Primes(..) => "RS256",
            Self::Shared(_) => "HS256",
            Self::None => "none",
        }
    }

    pub(super) fn public(&self) -> Vec<u8> {
        match self {
            Self::Elliptic(pair) => pair.public_key().as_ref().to_vec(),
            Self::Edwards(pair) => pair.public_key().as_ref().to_vec(),
            Self::Primes(pair, ..) => pair.public_key().as_ref().to_vec(),
            Self::Shared(_) | Self::None => Vec::new(),
        }
    }

    pub(super) fn published(&self, kid: &str) -> Value {
        let public = self.public();
        match self {
            Self::Elliptic(_) => json!({
                "kty": "EC", "crv": "P-256", "use": "sig", "alg": "ES256", "kid": kid,
                "x": URL_SAFE_NO_PAD.encode(&public[1..33]), "y": URL_SAFE_NO_PAD.encode(&public[33..]),
            }),
            Self::Primes(_, modulus, exponent) => json!({
                "kty": "RSA", "use": "sig", "alg": "RS256", "kid": kid,
                "n": URL_SAFE_NO_PAD.encode(modulus), "e": URL_SAFE_NO_PAD.encode(exponent),
            }),
            _ => json!({
                "kty": "OKP", "crv": "Ed25519", "use": "sig", "alg": "EdDSA", "kid": kid,
                "x": URL_SAFE_NO_PAD.encode(&public),
            }),
        }
    }

    fn sign(&self, text: &[u8]) -> Vec<u8> {
        match self {
            Self::Elliptic(pair) => {
                pair.sign(&SystemRandom::new(), text).expect("a signature").as_ref().to_vec()
            }
            Self::Edwards(pair) => pair.sign(text).as_ref().to_vec(),
            Self::Primes(pair, ..) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text, &mut signature)
                    .expect("a signature");
                signature
            }
            Self::Shared(secret) => {
                let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("a key");
                mac.update(text);
                mac.finalize().into_bytes().to_vec()
            }
            Self::None => Vec::new(),
        }
    }
}

/// What somebody was let in for.
struct Grant {
    challenge: String,
    nonce: String,
    redirect: String,
}

pub(super) struct Inner {
    pub(super) kid: String,
    pub(super) key: Key,
    /// Keys that the provider shows.
    pub(super) published: Vec<Value>,
    /// Claims beside the usual ones; they go before those.
    pub(super) claims: Value,
    /// Parameters that its answer to the browser has beside the usual ones.
    pub(super) beside: String,
    grants: HashMap<String, Grant>,
    /// Queries with which browsers came.
    pub(super) asked: Vec<HashMap<String, String>>,
}

#[derive(Clone)]
pub(super) struct Provider {
    pub(super) issuer: String,
    inner: Arc<Mutex<Inner>>,
    router: Router,
    serving: Arc<tokio::task::JoinHandle<()>>,
}

type Shared = (String, Arc<Mutex<Inner>>);

impl Provider {
    pub(super) async fn new() -> Self {
        let key = Key::elliptic();
        let published = vec![key.published("first")];
        let inner = Inner {
            kid: "first".to_owned(),
            key,
            published,
            claims: json!({"sub": "subject of sales", "amr": ["pwd", "mfa"]}),
            beside: String::new(),
            grants: HashMap::new(),
            asked: Vec::new(),
        };
        let inner = Arc::new(Mutex::new(inner));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let issuer = format!("http://{}/realm", listener.local_addr().expect("an address"));
        let router = Router::new()
            .route("/realm/.well-known/openid-configuration", get(discovery))
            .route("/realm/keys", get(keys))
            .route("/realm/authorize", get(authorize))
            .route("/realm/token", post(token))
            .with_state((issuer.clone(), Arc::clone(&inner)));
        let served = router.clone();
        let serving = tokio::spawn(async move {
            let _ = axum::serve(listener, served).await;
        });
        Self { issuer, inner, router, serving: Arc::new(serving) }
    }

    pub(super) fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().expect("no panic before")
    }

    /// The provider is gone: nothing listens any more.
    pub(super) async fn stop(&self) {
        self.serving.abort();
        while !self.serving.is_finished() {
            tokio::task::yield_now().await;
        }
    }

    /// Somebody goes to an address of it and signs in; returns the address to which they are sent back.
    pub(super) async fn visited(&self, address: &str) -> String {
        let request = Request::get(address).body(Body::empty()).expect("a request");
        let Ok(response) = self.router.clone().oneshot(request).await;
        assert_eq!(response.status(), StatusCode::SEE_OTHER);
        response.headers()[header::LOCATION].to_str().expect("text").to_owned()
    }
}

async fn discovery(State((issuer, _)): State<Shared>) -> Json<Value> {
    Json(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/keys"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256", "ES256", "EdDSA"],
        "token_endpoint_auth_methods_supported": ["client_secret_basic"],
    }))
}

async fn keys(State((_, inner)): State<Shared>) -> Json<Value> {
    Json(json!({"keys": inner.lock().expect("no panic before").published}))
}

fn pairs(text: &str) -> HashMap<String, String> {
    form_urlencoded::parse(text.as_bytes()).into_owned().collect()
}

async fn authorize(State((_, inner)): State<Shared>, request: Request<Body>) -> Response {
    let query = pairs(request.uri().query().unwrap_or_default());
    let mut inner = inner.lock().expect("no panic before");
    let is_right = query["response_type"] == "code"
        && query["client_id"] == CLIENT
        && query["code_challenge_method"] == "S256"
        && query["scope"].split(' ').any(|scope| scope == "openid");
    assert!(is_right, "{query:?}");
    let code = format!("code-{}", inner.asked.len());
    let grant = Grant {
        challenge: query["code_challenge"].clone(),
        nonce: query["nonce"].clone(),
        redirect: query["redirect_uri"].clone(),
    };
    inner.grants.insert(code.clone(), grant);
    let back = format!("{}?code={code}&state={}{}", query["redirect_uri"], query["state"], inner.beside);
    inner.asked.push(query);
    (StatusCode::SEE_OTHER, [(header::LOCATION, back)]).into_response()
}

/// The code, once, from the client that asked, with the verifier of its challenge.
async fn token(State((issuer, inner)): State<Shared>, headers: HeaderMap, body: String) -> Response {
    let form = pairs(&body);
    let mut inner = inner.lock().expect("no panic before");
    let grant = form.get("code").and_then(|code| inner.grants.remove(code));
    let name = form_urlencoded::byte_serialize(SECRET.as_bytes()).collect::<String>();
    let basic = format!("Basic {}", STANDARD.encode(format!("{CLIENT}:{name}")));
    let is_client = headers.get("authorization").is_some_and(|given| given.as_bytes() == basic.as_bytes());
    let challenge =
        URL_SAFE_NO_PAD.encode(Sha256::digest(form.get("code_verifier").cloned().unwrap_or_default()));
    let grant = grant.filter(|grant| {
        is_client && grant.challenge == challenge && form.get("redirect_uri") == Some(&grant.redirect)
    });
    let Some(grant) = grant else {
        return (StatusCode::BAD_REQUEST, Json(json!({"error": "invalid_grant"}))).into_response();
    };
    let id_token = signed(&inner, claims(&issuer, &inner, &grant));
    Json(json!({"access_token": "unused", "token_type": "Bearer", "id_token": id_token})).into_response()
}

pub(super) fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).expect("a clock");
    i64::try_from(since.as_secs()).expect("a time")
}

fn claims(issuer: &str, inner: &Inner, grant: &Grant) -> Value {
    let mut claims = json!({
        "iss": issuer, "aud": CLIENT, "exp": now() + 300, "iat": now(), "auth_time": now(), "nonce": grant.nonce,
    });
    for (name, value) in inner.claims.as_object().expect("an object") {
        claims[name] = value.clone();
    }
    claims
}

#[expect(clippy::needless_pass_by_value, reason = "claims are made for the call")]
fn signed(inner: &Inner, claims: Value) -> String {
    let header = json!({"alg": inner.key.algorithm(), "typ": "JWT", "kid": inner.kid});
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let text = format!("{}.{}", part(&header), part(&claims));
    let signature = URL_SAFE_NO_PAD.encode(inner.key.sign(text.as_bytes()));
    format!("{text}.{signature}")
}
