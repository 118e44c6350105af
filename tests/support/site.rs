//! A server on a test's database, and people and programs that send it requests.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use http_body_util::BodyExt as _;
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use torvan_server::app::{App, Settings};
use torvan_server::credentials::encryption_keys::EncryptionKeys;
use torvan_server::credentials::password::{DEFAULT_WAITING, Hasher};
use torvan_server::credentials::sealing::{SealingKeys, WhenMissing};
use torvan_server::credentials::token::{SessionToken, csrf_token};
use torvan_server::incoming::SESSION_COOKIE;
use torvan_server::router;
use torvan_store::governance::{fresh_key_lines, register_keys};
use torvan_store::{Actor, Store};
use torvan_testing::TestDatabase;
use tower::ServiceExt as _;

/// Password of everybody who signs in past it.
pub const PASSWORD: &str = "a quiet green river runs";

/// Connections of a server unless told otherwise.
const CONNECTIONS: u32 = 8;

/// A server in this process, as the role that row security binds.
#[derive(Debug, Clone)]
pub struct Site {
    app: App,
    router: Router,
    pool: sqlx::PgPool,
    password_hash: std::sync::Arc<str>,
    _keys: std::sync::Arc<TempDir>,
}

/// What was answered.
#[derive(Debug, Clone)]
pub struct Reply {
    /// Status.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub bytes: Vec<u8>,
}

impl Reply {
    /// The body as JSON; null where it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_default()
    }

    /// A value of the body.
    ///
    /// # Panics
    /// When it is not there.
    #[must_use]
    pub fn value(&self, name: &str) -> Value {
        let body = self.json();
        body.get(name).cloned().unwrap_or_else(|| panic!("no {name} in {body}"))
    }

    /// A header as text; empty where it is missing.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Panics with the body unless the status is this one.
    ///
    /// # Panics
    /// When it is another.
    #[must_use]
    pub fn expect(self, status: u16) -> Self {
        let said = String::from_utf8_lossy(&self.bytes);
        assert_eq!(self.status.as_u16(), status, "{said}");
        self
    }
}

/// A key file as the product makes it, registered with the database.
async fn encryption_keys(db: &TestDatabase, path: &std::path::Path) -> EncryptionKeys {
    let owner = Store::from_pool(db.pool().clone());
    let mut context = owner.begin(&Actor::Database).await.expect("the owner");
    let lines = fresh_key_lines(&mut context).await.expect("lines");
    register_keys(&mut context, &lines).await.expect("registered");
    context.commit().await.expect("committed");
    std::fs::write(path, lines.join("\n")).expect("written");
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).expect("closed");
    EncryptionKeys::load(path).expect("keys")
}

impl Site {
    /// A server on a database.
    ///
    /// # Panics
    /// When the database or the folder for keys cannot be used.
    pub async fn new(db: &TestDatabase) -> Self {
        Self::with(db, Settings::default()).await
    }

    /// As [`Site::new`], with settings.
    ///
    /// # Panics
    /// As [`Site::new`].
    pub async fn with(db: &TestDatabase, settings: Settings) -> Self {
        let keys = tempfile::tempdir().expect("a folder");
        let encryption = encryption_keys(db, &keys.path().join("torvan.keys")).await;
        Self::made(db, settings, keys, encryption, CONNECTIONS).await
    }

    /// As [`Site::with`], with so many connections to the database.
    ///
    /// # Panics
    /// As [`Site::new`].
    pub async fn with_connections(db: &TestDatabase, settings: Settings, connections: u32) -> Self {
        let keys = tempfile::tempdir().expect("a folder");
        let encryption = encryption_keys(db, &keys.path().join("torvan.keys")).await;
        Self::made(db, settings, keys, encryption, connections).await
    }

    /// A server that cannot open what is encrypted in the database.
    ///
    /// # Panics
    /// As [`Site::new`].
    pub async fn without_keys(db: &TestDatabase) -> Self {
        let keys = tempfile::tempdir().expect("a folder");
        Self::made(db, Settings::default(), keys, EncryptionKeys::default(), CONNECTIONS).await
    }

    async fn made(
        db: &TestDatabase,
        settings: Settings,
        keys: TempDir,
        encryption: EncryptionKeys,
        connections: u32,
    ) -> Self {
        let store = Store::connect(db.server_options(), connections).await.expect("the database");
        let sealing =
            SealingKeys::load(&keys.path().join("sealing.keys"), WhenMissing::Create).expect("keys");
        let hasher = Hasher::new(DEFAULT_WAITING).expect("a hasher");
        let password_hash = hasher.hash(PASSWORD.to_owned().into()).await.expect("a hash").into();
        let app = App::new(store, hasher, sealing, encryption, settings);
        let router = router(app.clone());
        Self { app, router, pool: db.pool().clone(), password_hash, _keys: std::sync::Arc::new(keys) }
    }

    /// Serves on a port of this machine until the test ends; returns where.
    ///
    /// # Panics
    /// When no port is free.
    pub async fn listen(&self) -> String {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let service = self.router.clone().into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, service).await });
        format!("http://{address}")
    }

    /// The server itself.
    #[must_use]
    pub fn app(&self) -> App {
        self.app.clone()
    }

    /// The hash of [`PASSWORD`].
    #[must_use]
    pub fn password_hash(&self) -> &str {
        &self.password_hash
    }

    /// Somebody who is not signed in.
    #[must_use]
    pub fn stranger(&self) -> Client {
        Client { site: self.clone(), cookies: BTreeMap::new(), csrf: None, bearer: None, keys: 0 }
    }

    /// A person with a complete, fresh sign-in, opened past the password.
    ///
    /// # Panics
    /// When there is no such account.
    pub async fn person(&self, login: &str) -> Client {
        // Sample people have no passwords until they set one.
        sqlx::query("INSERT INTO user_credentials (user_id, password_hash) SELECT user_id, $2 FROM users WHERE login = $1 ON CONFLICT DO NOTHING")
            .bind(login)
            .bind(&*self.password_hash)
            .execute(&self.pool)
            .await
            .expect("a password");
        let token = SessionToken::generate().expect("randomness");
        sqlx::query("SELECT open_session($1, $2, NULL, 'test', '127.0.0.1', 'WEB')")
            .bind(login)
            .bind(token.hash())
            .execute(&self.pool)
            .await
            .expect("a session");
        sqlx::query(
            "UPDATE user_sessions SET mfa_state = 'PASSED', stepped_up_at = now() WHERE token_hash = $1",
        )
        .bind(token.hash())
        .execute(&self.pool)
        .await
        .expect("a complete session");
        let mut client = self.stranger();
        client.hold(&token);
        client
    }
}

/// Somebody who sends requests.
#[derive(Debug, Clone)]
pub struct Client {
    site: Site,
    cookies: BTreeMap<String, String>,
    csrf: Option<String>,
    bearer: Option<String>,
    keys: u32,
}

impl Client {
    /// Holds a session's token from now on.
    ///
    /// # Panics
    /// When there is no randomness.
    pub fn hold(&mut self, token: &SessionToken) {
        self.cookies.insert(SESSION_COOKIE.to_owned(), token.expose().to_owned());
        self.csrf = Some(csrf_token(token).expect("randomness"));
    }

    /// The same person at another server.
    #[must_use]
    pub fn at(&self, site: &Site) -> Self {
        Self { site: site.clone(), ..self.clone() }
    }

    /// POSTs over a connection of its own to a server that listens; the status of the answer.
    ///
    /// # Panics
    /// When the server does not answer.
    pub fn over_http(
        &self,
        address: SocketAddr,
        path: &str,
        body: &Value,
    ) -> impl Future<Output = u16> + Send + use<> {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let body = body.to_string();
        let request = format!(
            "POST /api/v1{path} HTTP/1.1\r\nHost: torvan.test\r\nContent-Type: application/json\r\nContent-Length: {}\r\nCookie: {}\r\nX-CSRF-Token: {}\r\nIdempotency-Key: over-http\r\nConnection: close\r\n\r\n{body}",
            body.len(),
            cookies.join("; "),
            self.csrf.as_deref().unwrap_or_default(),
        );
        async move {
            let mut stream = TcpStream::connect(address).await.expect("a connection");
            stream.write_all(request.as_bytes()).await.expect("sent");
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.expect("an answer");
            answer.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status")
        }
    }

    /// Sends an API token from now on.
    #[must_use]
    pub fn with_token(mut self, token: &str) -> Self {
        self.bearer = Some(token.to_owned());
        self
    }

    /// Headers that say who sends a request.
    #[must_use]
    pub fn credentials(&self) -> Vec<(&'static str, String)> {
        if let Some(bearer) = &self.bearer {
            return vec![("authorization", format!("Bearer {bearer}"))];
        }
        let cookies = self.cookies.iter().map(|(name, value)| format!("{name}={value}"));
        vec![("cookie", cookies.collect::<Vec<_>>().join("; "))]
    }

    /// A cookie that it holds.
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.get(name).map(String::as_str)
    }

    /// GET below `/api/v1`.
    pub async fn get(&mut self, path: &str) -> Reply {
        self.send(Method::GET, path, None, &[]).await
    }

    /// POST below `/api/v1` with a new key.
    pub async fn post(&mut self, path: &str, body: Value) -> Reply {
        self.send(Method::POST, path, Some(body), &[]).await
    }

    /// POST that says which version it saw.
    pub async fn post_on(&mut self, version: i64, path: &str, body: Value) -> Reply {
        let tag = format!("\"v{version}\"");
        self.send(Method::POST, path, Some(body), &[("if-match", &tag)]).await
    }

    /// DELETE below `/api/v1`.
    pub async fn delete(&mut self, path: &str) -> Reply {
        self.send(Method::DELETE, path, None, &[]).await
    }

    /// Sends a request as a browser would; headers given here go before those that it would set itself.
    pub async fn send(
        &mut self,
        method: Method,
        path: &str,
        body: Option<Value>,
        headers: &[(&str, &str)],
    ) -> Reply {
        let body = body.map(|body| body.to_string().into_bytes());
        self.send_bytes(method, path, body, headers).await
    }

    /// As [`Client::send`], with a body of any bytes.
    ///
    /// # Panics
    /// When the request cannot be written.
    pub async fn send_bytes(
        &mut self,
        method: Method,
        path: &str,
        body: Option<Vec<u8>>,
        headers: &[(&str, &str)],
    ) -> Reply {
        // Two strokes: from the root of the server.
        let path = match path.strip_prefix("//") {
            Some(root) => format!("/{}", root.trim_start_matches('/')),
            None if path.starts_with("/api/") => path.to_owned(),
            None => format!("/api/v1{path}"),
        };
        self.keys += 1;
        let mut request = Request::builder().method(&method).uri(path);
        let mut own: BTreeMap<&str, String> = BTreeMap::new();
        own.insert("host", "torvan.test".to_owned());
        if body.is_some() {
            own.insert("content-type", "application/json".to_owned());
        }
        if method == Method::POST {
            own.insert("idempotency-key", format!("{:p}-{}", &raw const self.site, self.keys));
        }
        if let Some(bearer) = &self.bearer {
            own.insert("authorization", format!("Bearer {bearer}"));
        } else if !self.cookies.is_empty() {
            let cookies = self.cookies.iter().map(|(name, value)| format!("{name}={value}"));
            own.insert("cookie", cookies.collect::<Vec<_>>().join("; "));
            own.extend(self.csrf.clone().map(|csrf| ("x-csrf-token", csrf)));
        }
        for (name, value) in headers {
            own.insert(name, (*value).to_owned());
        }
        for (name, value) in own.into_iter().filter(|(_, value)| !value.is_empty()) {
            request = request.header(name, value);
        }
        let request = request.body(Body::from(body.unwrap_or_default())).expect("a request");
        self.answered(request).await
    }

    async fn answered(&mut self, request: Request<Body>) -> Reply {
        let response = match self.site.router.clone().oneshot(request).await {
            Ok(response) => response,
            Err(never) => match never {},
        };
        let (parts, body) = response.into_parts();
        // A stream does not end: its beginning is the answer.
        let is_stream =
            parts.headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind == "text/event-stream");
        let body = if is_stream { Body::empty() } else { body };
        let bytes = body.collect().await.expect("a body").to_bytes().to_vec();
        let reply = Reply { status: parts.status, headers: parts.headers, bytes };
        self.keep(&reply);
        reply
    }

    fn keep(&mut self, reply: &Reply) {
        let set = reply.headers.get_all(header::SET_COOKIE).iter().filter_map(|value| value.to_str().ok());
        for cookie in set {
            let (name, rest) = cookie.split_once('=').unwrap_or((cookie, ""));
            let value = rest.split(';').next().unwrap_or_default();
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        if let Some(csrf) = reply.json().get("csrf_token").and_then(Value::as_str) {
            self.csrf = Some(csrf.to_owned());
        }
    }
}
