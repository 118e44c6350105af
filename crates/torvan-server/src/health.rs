//! Whether the server lives, whether it can work, and how it does.

use std::time::Duration;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use serde_json::json;

use crate::api::answer;
use crate::app::App;

/// The process lives.
pub(crate) async fn alive() -> Response {
    answer::json(StatusCode::OK, r#"{"status":"alive"}"#.to_owned())
}

/// The database answers and is that of this release.
pub(crate) async fn ready(State(app): State<App>) -> Response {
    let (status, mut body) = match app.store().standing().await.map(|standing| standing.faults()) {
        Ok(faults) if faults.is_empty() => (StatusCode::OK, json!({"status": "ready"})),
        Ok(faults) => (StatusCode::SERVICE_UNAVAILABLE, json!({"status": "degraded", "reasons": faults})),
        Err(error) => {
            tracing::warn!(error = error.for_log(), "not ready");
            let body = json!({"status": "unavailable", "reasons": ["the database does not answer"]});
            (StatusCode::SERVICE_UNAVAILABLE, body)
        }
    };
    let warnings = warnings(&app);
    if !warnings.is_empty() {
        body["warnings"] = json!(warnings);
    }
    answer::json(status, body.to_string())
}

/// What works less well than it should, but does not keep anybody from working.
fn warnings(app: &App) -> Vec<String> {
    let unverified = app.settings().has_unverified_database.then(|| UNVERIFIED_DATABASE.to_owned());
    let down = app.settings().contents.shelves().filter(|shelf| !shelf.is_well());
    let down = down.map(|shelf| format!("contents of files: {} does not answer", shelf.storage()));
    unverified.into_iter().chain(down).collect()
}

/// What was chosen with `TORVAN_INSECURE_DB`, and must not be forgotten.
pub const UNVERIFIED_DATABASE: &str = "the connection to the database is not verified (TORVAN_INSECURE_DB)";

static RECORDER: std::sync::OnceLock<PrometheusHandle> = std::sync::OnceLock::new();

/// Begins to count; once per process.
pub(crate) fn begin_counting() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    if metrics::set_global_recorder(recorder).is_ok() {
        let kept = handle.clone();
        // Without it what is counted piles up until somebody reads it.
        tokio::spawn(async move {
            loop {
                tokio::time::sleep(Duration::from_secs(5)).await;
                kept.run_upkeep();
            }
        });
        let _ = RECORDER.set(handle);
    }
}

/// Figures for Prometheus, to whoever may reach this address on the plant's network; they name nobody.
pub(crate) async fn figures() -> Response {
    let text = RECORDER.get().map(PrometheusHandle::render).unwrap_or_default();
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response()
}
