//! Everything that people and programs reach over HTTP: identity, API v1, pages.
//!
//! The way of a request is told in `docs/SYSTEM_ARCHITECTURE.md`: layers around all of it (`http::layers`), the table of
//! endpoints (`api`), one way to do them (`api::dispatch`).

pub mod api;
pub mod app;
pub mod credentials;
pub mod documents;
mod health;
pub mod http;
pub mod identity;
pub mod incoming;
pub mod server;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, RawPathParams, RawQuery, State};
use axum::http::HeaderMap;
use axum::middleware;
use axum::response::IntoResponse as _;
use axum::routing::{MethodRouter, get, on};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;

use crate::api::endpoint::{Endpoint, Method};
use crate::app::App;
use crate::http::layers::{Client, RequestId, around, panicked};
use crate::http::problem::{NOT_FOUND, Problem};
use crate::incoming::Incoming;

/// Longest body of a request; documents have their own way.
const MAX_BODY: usize = 1024 * 1024;

/// Routes of the server.
pub fn router(app: App) -> Router {
    let mut router = Router::new()
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::figures))
        .route("/api/v1/openapi.json", get(api::openapi::document))
        .route("/api/docs", get(api::openapi::page));
    for endpoint in api::endpoints() {
        router = router.route(&format!("/api/v1{}", endpoint.path), method_router(endpoint));
    }
    router
        .fallback(|| async { Problem::new(NOT_FOUND, NOT_FOUND.title).into_response() })
        .layer(CatchPanicLayer::custom(panicked))
        .layer(CompressionLayer::new())
        .layer(middleware::from_fn_with_state(app.clone(), around))
        .with_state(app)
}

fn method_router(endpoint: &'static Endpoint) -> MethodRouter<App> {
    let filter = match endpoint.method {
        Method::Get => axum::routing::MethodFilter::GET,
        Method::Post => axum::routing::MethodFilter::POST,
        Method::Put => axum::routing::MethodFilter::PUT,
        Method::Patch => axum::routing::MethodFilter::PATCH,
        Method::Delete => axum::routing::MethodFilter::DELETE,
    };
    let handle = move |State(app): State<App>,
                       path: RawPathParams,
                       RawQuery(query): RawQuery,
                       headers: HeaderMap,
                       axum::Extension(RequestId(request_id)): axum::Extension<RequestId>,
                       axum::Extension(Client(client)): axum::Extension<Client>,
                       body: Bytes| async move {
        let incoming = Incoming {
            app,
            endpoint,
            request_id,
            client,
            headers,
            path: path.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            query: pairs(query.as_deref()),
            body,
        };
        api::dispatch::dispatch(incoming).await.unwrap_or_else(axum::response::IntoResponse::into_response)
    };
    let limit = if endpoint.path == documents::UPLOAD { documents::MAX_CONTENT } else { MAX_BODY };
    on(filter, handle).layer(DefaultBodyLimit::max(limit))
}

fn pairs(query: Option<&str>) -> Vec<(String, String)> {
    let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    pairs.map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
}
