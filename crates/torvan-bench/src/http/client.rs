//! A person at the API: one session, one connection at a time.

use std::time::{Duration, Instant};

use reqwest::header::{CONTENT_TYPE, COOKIE, SET_COOKIE};
use reqwest::{Method, StatusCode};
use serde_json::Value;

use crate::BenchError;

/// A signed-in person.
#[derive(Debug, Clone)]
pub(super) struct Client {
    http: reqwest::Client,
    url: String,
    cookie: String,
    csrf: String,
}

/// A request of the benchmark.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) body: Option<Value>,
    pub(super) version: Option<i64>,
    pub(super) expected: StatusCode,
}

impl Asked {
    pub(super) fn get(path: impl Into<String>) -> Self {
        Self { method: Method::GET, path: path.into(), body: None, version: None, expected: StatusCode::OK }
    }

    pub(super) fn post(path: impl Into<String>, body: Value, expected: StatusCode) -> Self {
        Self { method: Method::POST, path: path.into(), body: Some(body), version: None, expected }
    }

    pub(super) fn on(mut self, version: i64) -> Self {
        self.version = Some(version);
        self
    }
}

/// What is read to its end.
const KINDS: [&str; 3] = ["text/html", "image/svg+xml", "text/csv"];

/// What opening an address gave.
pub(super) enum Opened {
    /// A page of HTML, a drawing, or numbers as a file.
    Page(String),
    /// Not allowed, another place, another file or a stream; nothing of it was read.
    Elsewhere(StatusCode),
}

fn failed(path: &str, what: impl std::fmt::Display) -> BenchError {
    BenchError::Http { path: path.to_owned(), reason: what.to_string() }
}

impl Client {
    /// Somebody who is not signed in.
    pub(super) fn stranger(http: &reqwest::Client, url: &str) -> Self {
        Self { http: http.clone(), url: url.to_owned(), cookie: String::new(), csrf: String::new() }
    }

    /// Signs in, and says how long the answer took.
    pub(super) async fn sign_in(&mut self, login: &str, password: &str) -> Result<Duration, BenchError> {
        let path = "/api/v1/session";
        let body = serde_json::json!({"login": login, "password": password});
        let begun = Instant::now();
        let response = self.http.post(format!("{}{path}", self.url)).json(&body).send().await;
        let response = response.map_err(|error| failed(path, error))?;
        let took = begun.elapsed();
        if response.status() != StatusCode::CREATED {
            return Err(failed(path, format!("{} for {login}", response.status())));
        }
        let cookies = response.headers().get_all(SET_COOKIE).iter().filter_map(|value| value.to_str().ok());
        let pairs: Vec<&str> = cookies.filter_map(|cookie| cookie.split(';').next()).collect();
        self.cookie = pairs.join("; ");
        let answer: Value = response.json().await.map_err(|error| failed(path, error))?;
        answer["csrf_token"].as_str().unwrap_or_default().clone_into(&mut self.csrf);
        Ok(took)
    }

    /// Sends a request and reads the answer to its end.
    pub(super) async fn ask(&self, asked: &Asked) -> Result<Value, BenchError> {
        let path = &asked.path;
        let prefix = if path == "/healthz" { "" } else { "/api/v1" };
        let mut request = self.http.request(asked.method.clone(), format!("{}{prefix}{path}", self.url));
        if !self.cookie.is_empty() {
            request = request.header(COOKIE, &self.cookie);
        }
        if asked.method != Method::GET {
            request = request.header("x-csrf-token", &self.csrf).header("idempotency-key", fresh_key());
        }
        if let Some(version) = asked.version {
            request = request.header("if-match", format!("\"v{version}\""));
        }
        if let Some(body) = &asked.body {
            request = request.json(body);
        }
        let response = request.send().await.map_err(|error| failed(path, error))?;
        let status = response.status();
        let text = response.text().await.map_err(|error| failed(path, error))?;
        if status != asked.expected {
            return Err(failed(path, format!("{status}: {text}")));
        }
        Ok(serde_json::from_str(&text).unwrap_or_default())
    }

    /// Opens a page as a browser does. A fault of the server is an error.
    pub(super) async fn open(&self, path: &str) -> Result<Opened, BenchError> {
        let request = self.http.get(format!("{}{path}", self.url)).header(COOKIE, &self.cookie);
        let response = request.send().await.map_err(|error| failed(path, error))?;
        let status = response.status();
        if status.is_server_error() {
            return Err(failed(path, status));
        }
        let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        if status != StatusCode::OK
            || kind.is_none_or(|kind| !KINDS.iter().any(|read| kind.starts_with(read)))
        {
            return Ok(Opened::Elsewhere(status));
        }
        Ok(Opened::Page(response.text().await.map_err(|error| failed(path, error))?))
    }

    /// As [`Client::ask`], for its time only.
    pub(super) async fn timed(&self, asked: &Asked) -> Result<Duration, BenchError> {
        let begun = Instant::now();
        self.ask(asked).await?;
        Ok(begun.elapsed())
    }
}

fn fresh_key() -> String {
    use std::sync::atomic::{AtomicU64, Ordering};
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("bench-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}
