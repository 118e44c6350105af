//! Notes and files that people add to an order.

use axum::http::StatusCode;
use serde_json::{Map, Value};

use super::corrections::is_on;
use super::detail::{Panel, Typed, answered};
use super::files::DRAWING;
use super::order_id;
use super::view::builds;
use crate::http::Answer;
use crate::http::problem::{CONFLICT, INVALID, MEDIA_TYPE, Problem};
use crate::identity::Answering;
use crate::incoming::Incoming;
use crate::pages::components::Faults;
use crate::pages::data;
use crate::pages::documents::{Brought, brought};
use crate::pages::once::Once;
use crate::pages::page::Page;
use crate::pages::way::{is, next_of, to};

/// Does what a form of a panel asks for, once; leads back to the panel.
async fn add(
    incoming: &Incoming,
    function: &'static str,
    mut given: Map<String, Value>,
    back: &str,
) -> Result<String, Problem> {
    let order_id = order_id(incoming)?;
    let (mut context, _) = incoming.enter().await?;
    let once = Once::of(incoming)?;
    if let Some(place) = once.begin(&mut context).await? {
        return Ok(place);
    }
    given.insert("order_id".to_owned(), order_id.into());
    data::act(&mut context, function, given).await?;
    let next = next_of(incoming);
    let place = if next == "/" { format!("/orders/{order_id}?{back}") } else { next };
    once.finish(&mut context, &place).await?;
    context.commit().await?;
    Ok(place)
}

pub(super) fn add_note(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let body = incoming.form.text("body");
        let mut given = Map::from_iter([("body".to_owned(), Value::from(body))]);
        if is_on(&incoming, "is_urgent") {
            given.insert("is_urgent".to_owned(), true.into());
        }
        match add(&incoming, "add_order_note", given, "panel=notes&done=note").await {
            Ok(place) => Ok(to(&place)),
            Err(problem) => refused_note(&incoming, problem).await,
        }
    })
}

async fn refused_note(incoming: &Incoming, problem: Problem) -> Answer {
    if !is(&problem, INVALID) && !is(&problem, CONFLICT) {
        return Err(problem);
    }
    let typed = incoming.form.text("body");
    let said = if typed.is_empty() {
        Page::open(incoming, None, "note-new").t("missing-note")
    } else {
        problem.told()
    };
    let status = problem.kind().status;
    let typed = Typed { note: typed, file: None };
    answered(incoming, Panel::Notes, typed, Faults::of("body", said), status).await
}

pub(super) fn attach(incoming: Incoming) -> Answering {
    Box::pin(async move {
        // Sent twice, it is stored once.
        if let Some(place) = Once::led(&incoming).await? {
            return Ok(to(&place));
        }
        let page = Page::open(&incoming, None, "file");
        let file = match brought(&incoming).await {
            Ok(Some(file)) => file,
            Ok(None) => {
                let faults = Faults::of("file", page.t("missing-file"));
                let status = StatusCode::UNPROCESSABLE_ENTITY;
                return answered(&incoming, Panel::Documents, Typed::default(), faults, status).await;
            }
            Err(problem) => return refused_file(&incoming, None, problem).await,
        };
        let Ok(sink) = sink_of(&incoming).await? else {
            let faults = Faults::of("build_id", page.t("missing-sink"));
            let typed = Typed { note: "", file: Some(&file) };
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            return answered(&incoming, Panel::Documents, typed, faults, status).await;
        };
        let mut given = Map::from_iter([
            ("kind".to_owned(), Value::from(incoming.form.text("kind"))),
            ("file_name".to_owned(), Value::from(file.name.as_str())),
            ("document_content_id".to_owned(), Value::from(file.content)),
        ]);
        if let Some(sink) = sink {
            given.insert("build_id".to_owned(), sink.into());
        }
        match add(&incoming, "attach_content", given, "panel=documents&done=file").await {
            Ok(place) => Ok(to(&place)),
            Err(problem) => refused_file(&incoming, Some(&file), problem).await,
        }
    })
}

/// The sink that a file is about. A drawing is always of one: where the order has one only, it is that.
async fn sink_of(incoming: &Incoming) -> Result<Result<Option<i64>, ()>, Problem> {
    let chosen = incoming.form.text("build_id");
    if !chosen.is_empty() {
        return Ok(chosen.parse().map(Some).map_err(drop));
    }
    if incoming.form.text("kind") != DRAWING {
        return Ok(Ok(None));
    }
    let (mut context, _) = incoming.look().await?;
    let found = builds(&mut context, order_id(incoming)?).await?;
    context.rollback().await?;
    let active: Vec<i64> =
        found.iter().filter(|build| build.state == "ACTIVE").map(|build| build.build_id).collect();
    Ok(if let [only] = active[..] { Ok(Some(only)) } else { Err(()) })
}

/// What is refused before the file is stored is about the file; later it is about what was to be done with it.
async fn refused_file(incoming: &Incoming, file: Option<&Brought>, problem: Problem) -> Answer {
    if ![INVALID, CONFLICT, MEDIA_TYPE].iter().any(|kind| is(&problem, *kind)) {
        return Err(problem);
    }
    let status = problem.kind().status;
    let told = problem.told();
    let faults = if file.is_some() { Faults::whole(told) } else { Faults::of("file", told) };
    answered(incoming, Panel::Documents, Typed { note: "", file }, faults, status).await
}
