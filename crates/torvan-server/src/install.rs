//! The page at `/install`: how a tablet or a computer comes to trust the plant's own certificate authority. It is open, since it
//! is needed before anybody can sign in; what it hands out is public. It says nothing where the certificate comes from elsewhere.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse as _, Response};

use crate::app::App;
use crate::http::Answer;
use crate::http::problem::{FAULT, NOT_FOUND, Problem};
use crate::transport::authority::Authority;

/// No script, nothing from elsewhere, no form.
const CONTENT_SECURITY_POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

#[derive(Template)]
#[template(path = "install/en.html")]
struct English<'a> {
    fingerprint: Option<&'a [String]>,
}

#[derive(Template)]
#[template(path = "install/fr.html")]
struct French<'a> {
    fingerprint: Option<&'a [String]>,
}

/// `GET /install`.
pub(crate) async fn page(State(app): State<App>, RawQuery(query): RawQuery, headers: HeaderMap) -> Answer {
    let lines = authority(&app).map(lines);
    let fingerprint = lines.as_deref();
    let (language, text) = if prefers_french(query.as_deref(), &headers) {
        ("fr", French { fingerprint }.render())
    } else {
        ("en", English { fingerprint }.render())
    };
    let text = text.map_err(|error| {
        tracing::error!(%error, "a page could not be made");
        Problem::new(FAULT, FAULT.title)
    })?;
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CONTENT_LANGUAGE, HeaderValue::from_static(language)),
        (header::VARY, HeaderValue::from_static("accept-language")),
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    ];
    Ok((headers, text).into_response())
}

/// `GET /install.css`.
pub(crate) async fn style() -> Response {
    ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], include_str!("install.css")).into_response()
}

/// `GET /install/torvan-ca.crt`. Devices offer to trust it because of its media type.
pub(crate) async fn certificate(State(app): State<App>) -> Answer {
    let Some(authority) = authority(&app) else {
        return Err(Problem::new(NOT_FOUND, "This server has no certificate authority of its own.")
            .hint("Its certificate comes from elsewhere; nothing is to be installed."));
    };
    let kind: [(HeaderName, &str); 1] = [(header::CONTENT_TYPE, "application/x-x509-ca-cert")];
    Ok((kind, authority.der.to_vec()).into_response())
}

fn authority(app: &App) -> Option<&Authority> {
    app.settings().tls.as_ref()?.authority()
}

/// The fingerprint in four lines of eight bytes: so it is compared by eye.
fn lines(authority: &Authority) -> Vec<String> {
    let bytes: Vec<&str> = authority.fingerprint.split(':').collect();
    bytes.chunks(8).map(|line| line.join(":")).collect()
}

/// What was chosen on the page, else what the browser likes best of the two.
fn prefers_french(query: Option<&str>, headers: &HeaderMap) -> bool {
    match query {
        Some("lang=fr") => return true,
        Some("lang=en") => return false,
        _ => {}
    }
    let accepted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    let mut languages = accepted.unwrap_or_default().split(',').map(str::trim);
    languages
        .find(|language| language.starts_with("en") || language.starts_with("fr"))
        .is_some_and(|language| language.starts_with("fr"))
}
