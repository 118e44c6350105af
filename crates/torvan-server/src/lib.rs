//! Everything that people and programs reach over HTTP: identity, API v1, pages.
//!
//! The way of a request is told in `docs/SYSTEM_ARCHITECTURE.md`: layers around all of it (`http::layers`), the table of
//! endpoints (`api`), one way to do them (`api::dispatch`). Pages are rows of such tables too (`pages`).

pub mod api;
pub mod app;
pub mod by_the_clock;
pub mod contents;
pub mod credentials;
pub mod documents;
pub mod events;
pub mod health;
pub mod http;
pub mod identity;
pub mod incoming;
mod install;
pub mod pages;
mod reader;
mod sentences;
pub mod server;
pub mod transport;
pub mod words;

use axum::Router;
use std::error::Error;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody as _};
use axum::extract::{RawPathParams, RawQuery, State};
use axum::http::{HeaderMap, header};
use axum::middleware;
use axum::response::IntoResponse as _;
use axum::routing::{MethodRouter, get, on};
use http_body_util::{BodyExt as _, Collected, LengthLimitError, Limited};
use tokio::sync::OwnedSemaphorePermit;
use torvan_store::integration::require_storing;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::timeout::TimeoutBody;

use crate::api::endpoint::{Endpoint, Method};
use crate::app::App;
use crate::http::form::Form;
use crate::http::layers::{Client, RequestId, around, panicked};
use crate::http::multipart::is_multipart;
use crate::http::problem::{BUSY, MALFORMED, MEDIA_TYPE, NOT_FOUND, Problem, TOO_LARGE};
use crate::http::spool::{Spool, Spooled};
use crate::incoming::Incoming;

/// How long a file that is on its way may be silent.
const SILENCE: Duration = Duration::from_secs(10);

/// Longest body of a request; documents have their own way.
const MAX_BODY: usize = 1024 * 1024;

/// Routes beside the tables of endpoints: whether the server lives, its documentation, how to trust it, and the files of its
/// pages. Anybody may read them.
pub const OPEN_ROUTES: [&str; 10] = [
    "/healthz",
    "/readyz",
    "/metrics",
    "/api/v1/openapi.json",
    "/api/docs",
    "/api/docs.css",
    "/install",
    "/install.css",
    "/install/torvan-ca.crt",
    "/assets/{name}",
];

fn open_route(path: &str) -> MethodRouter<App> {
    match path {
        "/healthz" => get(health::alive),
        "/readyz" => get(health::ready),
        "/metrics" => get(health::figures),
        "/api/v1/openapi.json" => get(api::openapi::document),
        "/api/docs.css" => get(api::docs::style),
        "/install" => get(install::page),
        "/install.css" => get(install::style),
        "/install/torvan-ca.crt" => get(install::certificate),
        "/assets/{name}" => get(pages::assets::serve),
        _ => get(api::docs::page),
    }
}

/// Routes of the server.
pub fn router(app: App) -> Router {
    let mut router = Router::new();
    for path in OPEN_ROUTES {
        router = router.route(path, open_route(path));
    }
    for endpoint in api::endpoints() {
        router = router.route(&format!("/api/v1{}", endpoint.path), method_router(endpoint, Door::Api));
    }
    for page in pages::pages() {
        router = router.route(page.path, method_router(page, Door::Pages));
    }
    router
        .fallback(|| async { Problem::new(NOT_FOUND, NOT_FOUND.title).into_response() })
        .layer(CatchPanicLayer::custom(panicked))
        .layer(middleware::from_fn_with_state(app.clone(), around))
        // Outermost: what is inside still changes bodies.
        .layer(CompressionLayer::new())
        .with_state(app)
}

/// Who asks: a program that reads JSON, or a person with a browser.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Door {
    Api,
    Pages,
}

fn method_router(endpoint: &'static Endpoint, door: Door) -> MethodRouter<App> {
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
                       body: Body| async move {
        let mut incoming = Incoming {
            app,
            endpoint,
            request_id,
            client,
            headers,
            path: path.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            query: pairs(query.as_deref()),
            body: Bytes::new(),
            file: None,
            form: Form::default(),
            part: None,
        };
        if door == Door::Pages {
            // Pages are for people: a program's token opens none.
            incoming.headers.remove(header::AUTHORIZATION);
        }
        let refusable = api::dispatch::Refusable::of(&incoming);
        let taken = taken(&mut incoming, door, body).await;
        // What was typed goes along on the way.
        let way = (door == Door::Pages).then(|| pages::Way::of(&mut incoming));
        let answer = match taken {
            // Held until the answer is there.
            Ok(_places) => api::dispatch::dispatch(incoming).await,
            Err(problem) => Err(problem),
        };
        let answer = refusable.noted(answer).await;
        let answer = match way {
            Some(way) => way.further(answer),
            None => answer,
        };
        answer.unwrap_or_else(axum::response::IntoResponse::into_response)
    };
    on(filter, handle)
}

/// Reads the body. A file is taken in only from somebody who is signed in, and not too many at a time.
async fn taken(incoming: &mut Incoming, door: Door, body: Body) -> Result<Option<Places>, Problem> {
    let most_files = match door {
        Door::Api => usize::from(incoming.endpoint.path == documents::UPLOAD),
        Door::Pages if is_multipart(&incoming.headers) => pages::most_files(incoming.endpoint),
        Door::Pages => 0,
    };
    let limit = match (most_files, door) {
        (0, _) => MAX_BODY,
        (_, Door::Api) => documents::MAX_CONTENT,
        (_, Door::Pages) => pages::longest_form(most_files),
    };
    let sender = if most_files > 0 { Some(sender(incoming, door).await?) } else { None };
    // What says that it is too long is not waited for.
    if usize::try_from(body.size_hint().lower()).map_or(true, |length| length > limit) {
        return Err(too_large(limit));
    }
    let files = files_in(body.size_hint().exact(), limit);
    let body = Limited::new(body, limit);
    let Some(sender) = sender else {
        let read = body.collect().await;
        incoming.body = read.map(Collected::to_bytes).map_err(|error| unread(error.as_ref(), limit))?;
        if door == Door::Pages && !incoming.endpoint.method.is_safe() {
            incoming.form = form_of(incoming)?;
        }
        return Ok(None);
    };
    let places = places_of(&incoming.app, sender, files).await?;
    let body = TimeoutBody::new(SILENCE, body);
    match door {
        Door::Api => incoming.file = Some(spooled(pin!(body), limit).await?),
        Door::Pages => {
            let parts = http::multipart::read(&incoming.headers, Body::new(body), most_files).await?;
            incoming.form = Form::of(parts);
        }
    }
    Ok(Some(places))
}

/// Who sends a file, and may.
async fn sender(incoming: &Incoming, door: Door) -> Result<i64, Problem> {
    if door == Door::Pages {
        // The token of the form is in the body: whether it is ours is found out when that is read.
        return Ok(incoming.peek().await?.user_id);
    }
    let (mut context, person) = incoming.enter().await?;
    require_storing(&mut context).await?;
    context.commit().await?;
    Ok(person.user_id)
}

/// How many files of the longest kind have room in a body, one at least; one that does not say its length may be as long as it may.
fn files_in(length: Option<u64>, limit: usize) -> u32 {
    let most =
        length.and_then(|length| usize::try_from(length).ok()).map_or(limit, |length| length.min(limit));
    let files = most.saturating_sub(MAX_BODY).div_ceil(documents::MAX_CONTENT).max(1);
    u32::try_from(files).unwrap_or(u32::MAX)
}

/// Places of files that are on their way: of their sender's, and of all.
type Places = [OwnedSemaphorePermit; 2];

async fn places_of(app: &App, sender: i64, files: u32) -> Result<Places, Problem> {
    let busy = |_| Problem::new(BUSY, BUSY.title).retry_after(5);
    let (of_sender, in_all) = (files.min(app::MAX_UPLOADS_OF_ONE), files.min(app::MAX_UPLOADS));
    let own = app.uploads_of(sender).acquire_many_owned(of_sender).await.map_err(busy)?;
    let of_all = Arc::clone(app.uploads()).acquire_many_owned(in_all).await.map_err(busy)?;
    Ok([own, of_all])
}

/// The whole body as a file.
async fn spooled(mut body: Pin<&mut TimeoutBody<Limited<Body>>>, limit: usize) -> Result<Spooled, Problem> {
    let mut spool = Spool::new(limit).await?;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| unread(error.as_ref(), limit))?;
        if let Some(bytes) = frame.data_ref() {
            spool.take(bytes).await?;
        }
    }
    Ok(spool.end().await?)
}

fn form_of(incoming: &Incoming) -> Result<Form, Problem> {
    let kind = incoming.header("content-type").unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if incoming.body.is_empty() || kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Ok(Form::read(&incoming.body));
    }
    Err(Problem::new(MEDIA_TYPE, "The body is not that of a form.").hint("Send it from the page itself."))
}

fn unread(error: &(dyn Error + Send + Sync + 'static), limit: usize) -> Problem {
    if error.is::<LengthLimitError>() {
        return too_large(limit);
    }
    Problem::new(MALFORMED, "The body ended early.").hint("Send it again.")
}

fn too_large(limit: usize) -> Problem {
    Problem::new(TOO_LARGE, format!("The body is longer than {limit} bytes."))
}

fn pairs(query: Option<&str>) -> Vec<(String, String)> {
    let pairs = form_urlencoded::parse(query.unwrap_or_default().as_bytes());
    pairs.map(|(name, value)| (name.into_owned(), value.into_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_has_places_for_as_many_files_as_it_has_room_for() {
        let (one, many) = (documents::MAX_CONTENT + MAX_BODY, 20 * documents::MAX_CONTENT + MAX_BODY);
        for (length, limit, files) in [
            (Some(0), many, 1),
            (Some(300), many, 1),
            (Some(one), many, 1),
            (Some(one + 1), many, 2),
            (Some(many), many, 20),
            (None, many, 20),
            (None, one, 1),
            (None, documents::MAX_CONTENT, 1),
        ] {
            let length = length.and_then(|length| u64::try_from(length).ok());
            assert_eq!(files_in(length, limit), files, "{length:?} of {limit}");
        }
    }
}
