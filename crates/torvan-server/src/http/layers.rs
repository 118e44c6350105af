//! What happens around every endpoint: identity of the request, headers of the answer, deadline, log line, figures.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use axum::body::Body;
use axum::extract::{ConnectInfo, MatchedPath, Request, State};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use uuid::Uuid;

use crate::MAX_BODY;
use crate::app::App;
use crate::http::problem::{Answered, DEADLINE, FAULT, METHOD, NOT_FOUND, Problem, TOO_LARGE, TOO_MANY};
use crate::incoming::{credential_in, hash_of};
use crate::pages::{LONGEST_FORM, errors};
use crate::reader;
use crate::words::Language;

/// Header with the identity of a request, found again in the log and in the audit trail.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Identity of a request.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

/// From where a request came: the peer, or what a trusted proxy says of it.
#[derive(Debug, Clone, Copy)]
pub struct Client(pub IpAddr);

/// Headers of every answer (OWASP Secure Headers; assurance.md S4).
const HEADERS: [(HeaderName, &str); 7] = [
    // Browsers heed it only where the connection is safe.
    (header::STRICT_TRANSPORT_SECURITY, "max-age=31536000"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "same-origin"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("permissions-policy"), "camera=(self), microphone=(), geolocation=()"),
];

const CONTENT_SECURITY_POLICY: &str =
    "default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Slowest that a body may come, in bytes per second.
const SLOWEST: u64 = 64 * 1024;

/// The outermost layer.
pub async fn around(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let begun = Instant::now();
    let id = request_id(&app, &request);
    let client = client(&app, &request);
    let method = request.method().clone();
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "unmatched".to_owned(), |path| path.as_str().to_owned());
    let language = errors::language(request.uri(), request.headers());
    let wants_page = errors::is_wanted(request.headers());
    request.extensions_mut().insert(RequestId(id.clone()));
    request.extensions_mut().insert(Client(client));
    let (response, language) = match admitted(&app, &request, client) {
        Ok(()) => {
            let allowed = app.settings().deadline + time_to_come(&request);
            reader::answering(language, in_time(allowed, next.run(request))).await
        }
        Err(problem) => (problem.into_response(), language),
    };
    let response = finished(response, &id, language.filter(|_| wants_page));
    let status = response.status();
    let elapsed = begun.elapsed();
    // The query and the body stay out of the log: they may name people.
    tracing::info!(request_id = %id, method = known(&method), route, status = status.as_u16(), client = %client, ms = elapsed.as_secs_f64() * 1e3, "answered");
    let labels =
        [("method", known(&method).to_owned()), ("route", route), ("status", status.as_u16().to_string())];
    metrics::histogram!("torvan_http_request_seconds", &labels).record(elapsed.as_secs_f64());
    response
}

/// How long files may take to come beside the work: one of 25 MiB some minutes, where the plant's radio is weak. What is no longer
/// than other bodies gets none.
fn time_to_come(request: &Request) -> Duration {
    let length = request.headers().get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    let length = length.and_then(|length| length.parse::<u64>().ok()).unwrap_or_default();
    let (shortest, longest) = (MAX_BODY as u64, LONGEST_FORM as u64);
    Duration::from_millis(length.min(longest).saturating_sub(shortest) * 1_000 / SLOWEST)
}

async fn in_time(allowed: Duration, answering: impl Future<Output = Response>) -> Response {
    let answered = tokio::time::timeout(allowed, answering).await;
    answered.unwrap_or_else(|_| Problem::new(DEADLINE, DEADLINE.title).retry_after(5).into_response())
}

/// Whether the sender still has room for a request.
fn admitted(app: &App, request: &Request, client: IpAddr) -> Result<(), Problem> {
    let credential = credential_in(request.headers());
    app.rates().admit(credential.as_ref().map(hash_of), client).map_err(|wait| {
        let seconds = wait.as_secs() + 1;
        Problem::new(TOO_MANY, format!("Too many requests; the next one is possible in {seconds} s."))
            .hint("Send fewer at a time, or ask for more rows with each.")
            .retry_after(seconds)
    })
}

/// An id of our own, unless a proxy of ours gave one. What anybody may choose could name another's request in the audit trail.
fn request_id(app: &App, request: &Request) -> String {
    let is_believed = app.settings().trusted_proxies.contains(&peer(request));
    let given = request.headers().get(&REQUEST_ID).and_then(|value| value.to_str().ok());
    let given = given.filter(|_| is_believed);
    let is_plain = |id: &&str| {
        (1..=64).contains(&id.len()) && id.bytes().all(|sign| sign.is_ascii_alphanumeric() || sign == b'-')
    };
    given.filter(is_plain).map_or_else(|| Uuid::now_v7().to_string(), str::to_owned)
}

/// The other end of the connection.
fn peer(request: &Request) -> IpAddr {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    peer.unwrap_or(IpAddr::from([127, 0, 0, 1])).to_canonical()
}

fn client(app: &App, request: &Request) -> IpAddr {
    let peer = peer(request);
    let trusted = &app.settings().trusted_proxies;
    if !trusted.contains(&peer) {
        return peer;
    }
    // The nearest address that is none of our proxies: what stands further left anybody can write.
    let forwarded =
        request.headers().get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
    let hops: Vec<Option<IpAddr>> =
        forwarded.flat_map(|line| line.split(',')).map(|hop| address_in(hop.trim())).collect();
    // Behind a hop that cannot be read nothing is believed.
    hops.into_iter().rev().map_while(|hop| hop).find(|hop| !trusted.contains(hop)).unwrap_or(peer)
}

/// An address, with or without a port.
fn address_in(hop: &str) -> Option<IpAddr> {
    let address =
        hop.parse::<IpAddr>().ok().or_else(|| hop.parse::<SocketAddr>().ok().map(|with_port| with_port.ip()));
    address.map(|address| address.to_canonical())
}

/// Methods that there are; what somebody invents is one label, not many.
fn known(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}

fn finished(mut response: Response, id: &str, reader: Option<Language>) -> Response {
    if response.extensions().get::<Answered>().is_none() {
        response = in_our_words(response);
    }
    if let Some(Answered(mut body)) = response.extensions_mut().remove::<Answered>() {
        body["request_id"] = id.into();
        response.headers_mut().remove(header::CONTENT_LENGTH);
        let page = reader.and_then(|language| errors::page(language, response.status(), &body));
        if page.is_some() {
            let kind = HeaderValue::from_static("text/html; charset=utf-8");
            response.headers_mut().insert(header::CONTENT_TYPE, kind);
        }
        *response.body_mut() = Body::from(page.unwrap_or_else(|| body.to_string()));
    }
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static(CONTENT_SECURITY_POLICY));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, id);
    }
    response
}

/// Refusals of the router and its layers, which know nothing of problems.
fn in_our_words(response: Response) -> Response {
    let is_ours = response.headers().contains_key(header::CONTENT_TYPE)
        && response.status() != StatusCode::PAYLOAD_TOO_LARGE;
    let problem = match response.status() {
        StatusCode::METHOD_NOT_ALLOWED => {
            let allow = response.headers().get(header::ALLOW).cloned();
            let problem = Problem::new(METHOD, METHOD.title);
            match allow {
                Some(allow) => problem.header(header::ALLOW, allow),
                None => problem,
            }
        }
        StatusCode::PAYLOAD_TOO_LARGE => Problem::new(TOO_LARGE, TOO_LARGE.title),
        StatusCode::NOT_FOUND if !is_ours => Problem::new(NOT_FOUND, NOT_FOUND.title),
        _ => return response,
    };
    problem.into_response()
}

/// What a panic is answered with; the panic itself is in the log.
#[must_use]
pub fn panicked(_: Box<dyn std::any::Any + Send + 'static>) -> Response {
    Problem::new(FAULT, FAULT.title).into_response()
}
