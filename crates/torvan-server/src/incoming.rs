//! A request on its way to its endpoint.

use std::net::IpAddr;

use axum::body::Bytes;
use axum::http::{HeaderMap, HeaderValue, header};
use sha2::{Digest as _, Sha256};
use torvan_store::Context;
use torvan_store::identity::{Credential, Person, enter_in};

use crate::api::endpoint::{Access, Endpoint};
use crate::app::App;
use crate::credentials::token::{SessionToken, check_csrf_token, token_hash};
use crate::http::form::Form;
use crate::http::problem::{CSRF, FORBIDDEN, FieldFault, NOT_SIGNED_IN, Problem, SIGN_IN_INCOMPLETE};
use crate::http::spool::Spooled;
use crate::pages::language_of;
use crate::reader;

/// Cookie that holds the session's token. The prefix makes browsers keep it to this host and to safe connections.
pub const SESSION_COOKIE: &str = "__Host-torvan";
/// Cookie that makes a device known after a complete sign-in.
pub const DEVICE_COOKIE: &str = "__Host-torvan-device";
/// Cookie with which a browser goes to a provider of identities and comes back.
pub const FLOW_COOKIE: &str = "__Host-torvan-oidc";
/// Header with the token against requests from elsewhere.
pub const CSRF_HEADER: &str = "x-csrf-token";
/// Hidden field of a page's form with the same.
pub const CSRF_FIELD: &str = "csrf";
/// Header with the proof that a signature needs.
pub const PROOF_HEADER: &str = "signing-proof";

/// A request with everything that its endpoint may look at.
#[derive(Debug)]
pub struct Incoming {
    /// The server.
    pub app: App,
    /// What was asked for.
    pub endpoint: &'static Endpoint,
    /// Identity of the request.
    pub request_id: String,
    /// From where it came.
    pub client: IpAddr,
    /// Headers.
    pub headers: HeaderMap,
    /// Values in the path, by name.
    pub path: Vec<(String, String)>,
    /// Values behind the question mark.
    pub query: Vec<(String, String)>,
    /// Body; empty where it is a file.
    pub body: Bytes,
    /// The file that an upload sent.
    pub file: Option<Spooled>,
    /// Values of the form that a page sent; the API takes none.
    pub form: Form,
    /// Where it is one of several in one request.
    pub part: Option<Part>,
}

/// A request within another one: what was done is remembered under a name of its own.
#[derive(Debug)]
pub struct Part {
    /// In place of the route.
    pub route: String,
    /// The key of the whole.
    pub key: String,
}

impl Incoming {
    /// A header as text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The same request as a program would send it to an endpoint of the API; of what the form had, only its token goes along.
    #[must_use]
    pub(crate) fn sent_to(&self, target: &'static Endpoint, body: &serde_json::Value) -> Self {
        let mut headers = self.headers.clone();
        headers.remove(header::CONTENT_LENGTH);
        headers.remove(header::IF_MATCH);
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        let sent = Self {
            app: self.app.clone(),
            endpoint: target,
            request_id: self.request_id.clone(),
            client: self.client,
            headers,
            path: self.path.clone(),
            query: Vec::new(),
            body: body.to_string().into(),
            file: None,
            form: Form::default(),
            part: None,
        };
        sent.with(CSRF_HEADER, self.form.raw(CSRF_FIELD))
    }

    /// The same with a header; without it where it says nothing.
    #[must_use]
    pub(crate) fn with(mut self, name: &'static str, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value)
            && !value.is_empty()
        {
            self.headers.insert(name, value);
        }
        self
    }

    /// The same for a path with other values.
    #[must_use]
    pub(crate) fn at(self, path: Vec<(String, String)>) -> Self {
        Self { path, ..self }
    }

    /// The same as one of several.
    #[must_use]
    pub(crate) fn part_of(self, part: Part) -> Self {
        Self { part: Some(part), ..self }
    }

    /// A value of the path.
    #[must_use]
    pub fn path_value(&self, name: &str) -> Option<&str> {
        self.path.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// A key in the path.
    ///
    /// # Errors
    /// It is no whole number.
    pub(crate) fn key(&self, name: &'static str) -> Result<i64, Problem> {
        self.path_value(name).and_then(|text| text.parse().ok()).ok_or_else(|| {
            let detail = format!("\"{name}\" is not a whole number.");
            Problem::invalid(vec![FieldFault::parameter(name, detail)])
        })
    }

    /// A value of the query; nothing where it is missing.
    #[must_use]
    pub(crate) fn asked(&self, name: &str) -> &str {
        self.query.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str())
    }

    /// What a form was filled with, or what its address proposes.
    #[must_use]
    pub(crate) fn typed(&self, name: &str) -> &str {
        Some(self.form.raw(name)).filter(|sent| !sent.is_empty()).unwrap_or_else(|| self.asked(name))
    }

    /// A cookie.
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<&str> {
        cookie_in(&self.headers, name)
    }

    /// What it shows to prove who sends it. A token in the header goes before a cookie.
    #[must_use]
    pub fn credential(&self) -> Option<Credential> {
        credential_in(&self.headers)
    }

    /// SHA-256 over everything that makes two requests the same.
    #[must_use]
    pub fn fingerprint(&self) -> Vec<u8> {
        let mut hash = Sha256::new();
        for (name, value) in self.path.iter().chain(&self.query) {
            hash.update(format!("{}:{name}={}:{value};", name.len(), value.len()));
        }
        // A token is narrower than its person: it is not given what their session was answered, and the other way round.
        if let Some(Credential::Token(token)) = self.credential() {
            hash.update(token);
        }
        if self.part.is_some() {
            hash.update(self.endpoint.name());
        }
        hash.update(self.header("if-match").unwrap_or_default());
        hash.update([0]);
        hash.update(&self.body);
        hash.update(self.file.as_ref().map_or(&[][..], |file| file.sha256()));
        hash.finalize().to_vec()
    }

    /// Begins the transaction of this request as the person who sent it.
    ///
    /// # Errors
    /// Nobody is signed in, the sign-in is not complete, the permission is missing, or the request comes from another site.
    pub async fn enter(&self) -> Result<(Context, Person), Problem> {
        self.entered(true).await
    }

    /// As [`Incoming::enter`], for a transaction that is undone: looking is no sign that somebody is there.
    ///
    /// # Errors
    /// As [`Incoming::enter`].
    pub async fn look(&self) -> Result<(Context, Person), Problem> {
        self.entered(false).await
    }

    /// Whether somebody is signed in who may send this, before its body is read: nothing is done yet.
    ///
    /// # Errors
    /// As [`Incoming::enter`], but for the token of the form.
    pub async fn peek(&self) -> Result<Person, Problem> {
        self.require_own_origin()?;
        let credential = self.credential().ok_or_else(not_signed_in)?;
        let found = self.app.store().look(&credential, &self.request_id, self.permission(), None).await?;
        let (context, person) = found.ok_or_else(not_signed_in)?;
        context.rollback().await?;
        self.admitted(&person)?;
        Ok(person)
    }

    async fn entered(&self, is_use: bool) -> Result<(Context, Person), Problem> {
        let credential = self.own_credential()?;
        let (store, proof) = (self.app.store(), self.header(PROOF_HEADER));
        let entered = if is_use {
            store.enter(&credential, &self.request_id, self.permission(), proof).await?
        } else {
            store.look(&credential, &self.request_id, self.permission(), proof).await?
        };
        let Some((context, person)) = entered else {
            self.app.rates().found_bad(hash_of(&credential));
            return Err(not_signed_in());
        };
        self.app.rates().found_good(hash_of(&credential));
        reader::is_person(language_of(self, Some(&person)));
        if let Err(problem) = self.admitted(&person) {
            context.rollback().await?;
            return Err(problem);
        }
        Ok((context, person))
    }

    /// As [`Incoming::enter`], in a transaction of the same person that has begun.
    ///
    /// # Errors
    /// As [`Incoming::enter`]; the transaction is then to be undone.
    pub async fn enter_in(&self, context: &mut Context) -> Result<(), Problem> {
        let credential = self.own_credential()?;
        let proof = self.header(PROOF_HEADER);
        let entered = enter_in(context, &credential, &self.request_id, self.permission(), proof).await?;
        self.admitted(&entered.ok_or_else(not_signed_in)?)
    }

    fn own_credential(&self) -> Result<Credential, Problem> {
        let credential = self.credential().ok_or_else(not_signed_in)?;
        self.require_same_site(&credential)?;
        Ok(credential)
    }

    /// The permission that is checked here.
    fn permission(&self) -> Option<&'static str> {
        match self.endpoint.access {
            Access::Permission(code) if self.app.settings().checks_permissions => Some(code),
            _ => None,
        }
    }

    fn admitted(&self, person: &Person) -> Result<(), Problem> {
        if self.endpoint.access != Access::Session
            && let Some(step) = &person.restricted_to
        {
            return Err(Problem::new(SIGN_IN_INCOMPLETE, format!("The sign-in waits for: {step}."))
                .hint("GET /api/v1/session tells what is open; finish that first."));
        }
        if let (Some(permission), false) = (self.permission(), person.is_allowed) {
            return Err(Problem::new(FORBIDDEN, format!("{} has no permission {permission}.", person.login))
                .hint("An Administrator gives it with a role that has it."));
        }
        Ok(())
    }

    /// A browser sends cookies along with requests that other sites make: those lack the token that only our pages know.
    fn require_same_site(&self, credential: &Credential) -> Result<(), Problem> {
        if self.endpoint.method.is_safe() || matches!(credential, Credential::Token(_)) {
            return Ok(());
        }
        self.require_own_origin()?;
        let session = self.cookie(SESSION_COOKIE).and_then(SessionToken::parse);
        let given = self.header(CSRF_HEADER).unwrap_or_else(|| self.form.raw(CSRF_FIELD));
        if let Some(session) = session
            && check_csrf_token(&session, given)
        {
            return Ok(());
        }
        Err(Problem::new(
            CSRF,
            "The header X-CSRF-Token is missing or not that of the session that the cookie names.",
        )
        .hint("GET /api/v1/session tells the token; programs use an API token instead of a session."))
    }

    /// Refuses what a browser sends on behalf of another site.
    ///
    /// # Errors
    /// A problem of kind `cross-site`.
    pub fn require_own_origin(&self) -> Result<(), Problem> {
        let refused = || {
            Err(Problem::new(CSRF, "The request comes from another site.")
                .hint("Send it from the application itself."))
        };
        if matches!(self.header("sec-fetch-site"), Some("cross-site" | "same-site")) {
            return refused();
        }
        match self.header("origin") {
            Some(origin) if !self.is_own_origin(origin) => refused(),
            _ => Ok(()),
        }
    }

    fn is_own_origin(&self, origin: &str) -> bool {
        let own = &self.app.settings().origins;
        if !own.is_empty() {
            return own.iter().any(|known| known == origin);
        }
        // Not told otherwise: the host that was asked.
        let host = self.headers.get(header::HOST).and_then(|host: &HeaderValue| host.to_str().ok());
        host.is_some_and(|host| origin.split_once("://").is_some_and(|(_, rest)| rest == host))
    }
}

/// A cookie among headers.
pub(crate) fn cookie_in<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookies
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value)
}

/// What a request shows to prove who sends it, whether good or not.
pub(crate) fn credential_in(headers: &HeaderMap) -> Option<Credential> {
    let authorization = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    if let Some(token) = authorization.and_then(|value| value.strip_prefix("Bearer ")) {
        return Some(Credential::Token(token_hash(token.trim())));
    }
    cookie_in(headers, SESSION_COOKIE).map(|token| Credential::Session(token_hash(token)))
}

/// The hash by which a credential is known.
pub(crate) fn hash_of(credential: &Credential) -> &str {
    match credential {
        Credential::Session(hash) | Credential::Token(hash) => hash,
    }
}

/// Nobody is signed in.
#[must_use]
pub fn not_signed_in() -> Problem {
    Problem::new(NOT_SIGNED_IN, "Nobody is signed in with this request.")
        .hint("POST /api/v1/session signs in; programs send Authorization: Bearer with an API token.")
}
