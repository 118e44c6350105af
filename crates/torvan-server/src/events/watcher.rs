//! One stream: what is new behind its place, as far as who watches may see it.

use std::collections::HashSet;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::http::{HeaderName, HeaderValue, header};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse as _, Response};
use rand::RngExt as _;
use serde_json::{Value, json};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until};
use tokio_stream::wrappers::ReceiverStream;
use torvan_store::integration::{StreamedEvent, visible_subjects};

use super::asked::Asked;
use super::hub::{Behind, Seat};
use crate::http::problem::Problem;
use crate::identity::Answering;
use crate::incoming::Incoming;

/// Events that are looked at together.
const BATCH: usize = 200;

/// Pieces that wait for their reader, and how long they wait.
const WAITING: usize = 32;
const PATIENCE: Duration = Duration::from_secs(20);

/// Shortest time between two questions to the database: what happens in it is asked about together.
const GATHERING: Duration = Duration::from_millis(200);

/// Time after which a question that failed is asked again.
const AGAIN: Duration = Duration::from_secs(1);

/// Milliseconds after which a browser comes again, at least and at most: not all of them at once.
const RETRY: std::ops::Range<u64> = 1_000..4_000;

/// `GET /events`.
pub fn watch(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let (context, person) = incoming.enter().await?;
        context.commit().await?;
        let asked = Asked::of(&incoming)?;
        let hub = Arc::clone(incoming.app.events());
        let seat = hub.admit(person.user_id)?;
        let (place, is_gone) = hub.begin_at(incoming.app.store(), asked.after).await?;
        let (sender, receiver) = mpsc::channel(WAITING);
        let now = Instant::now();
        let watcher = Watcher {
            newest: hub.newest(),
            asked,
            place,
            sender,
            next_beat: now + hub.limits().heartbeat,
            next_look: now + hub.limits().heartbeat,
            rest_until: now,
            incoming,
            _seat: seat,
        };
        tokio::spawn(watcher.run(if is_gone { "reset" } else { "begin" }));
        Ok(streaming(receiver))
    })
}

fn streaming(receiver: mpsc::Receiver<Result<Event, Infallible>>) -> Response {
    let mut response = Sse::new(ReceiverStream::new(receiver)).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Proxies that gather an answer before they pass it on would keep it for ever.
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    response
}

/// Why a stream ends.
struct Over;

struct Watcher {
    incoming: Incoming,
    asked: Asked,
    newest: watch::Receiver<i64>,
    /// Everything until here was sent, or is not for this reader.
    place: i64,
    sender: mpsc::Sender<Result<Event, Infallible>>,
    next_beat: Instant,
    /// When the rights are looked at even if nothing happens.
    next_look: Instant,
    rest_until: Instant,
    _seat: Seat,
}

impl Watcher {
    async fn run(mut self, first: &'static str) {
        let retry = Duration::from_millis(rand::rng().random_range(RETRY));
        let greeting = control(first, self.place).retry(retry);
        let mut going = self.send(greeting).await;
        while going.is_ok() {
            going = self.wait_and_turn().await;
        }
    }

    async fn wait_and_turn(&mut self) -> Result<(), Over> {
        let place = self.place;
        let is_behind = async {
            sleep_until(self.rest_until).await;
            let _ = self.newest.wait_for(|newest| *newest > place).await;
        };
        let app = self.incoming.app.clone();
        tokio::select! {
            () = app.ended() => {
                self.send(Event::default().comment("this server ends; connect again")).await?;
                return Err(Over);
            }
            () = self.sender.closed() => return Err(Over),
            () = is_behind => {}
            () = sleep_until(self.next_beat) => {}
        }
        self.turn().await?;
        self.beat().await
    }

    /// One look at what is behind the place.
    async fn turn(&mut self) -> Result<(), Over> {
        let events = match self.incoming.app.events().behind(self.place, BATCH) {
            Behind::Events(events) => events,
            Behind::Gone(newest) => {
                self.place = newest;
                return self.send(control("reset", newest)).await;
            }
        };
        let last = events.last().map_or(self.place, |event| event.position);
        let wanted: Vec<_> = events.into_iter().filter(|event| self.asked.wants(event)).collect();
        if wanted.is_empty() && Instant::now() < self.next_look {
            self.place = last;
            return Ok(());
        }
        let visible = match self.seen(&wanted).await {
            Ok(visible) => visible,
            Err(problem) if problem.kind().status.is_server_error() => {
                self.rest_until = Instant::now() + AGAIN;
                return Ok(());
            }
            Err(_) => {
                self.send(Event::default().comment("the sign-in is over")).await?;
                return Err(Over);
            }
        };
        let is_visible =
            |event: &StreamedEvent| visible.contains(&(event.subject_type.clone(), event.subject_id));
        for event in wanted.iter().filter(|event| is_visible(event)) {
            self.send(told(event)).await?;
            metrics::counter!("torvan_events_sent").increment(1);
        }
        self.place = last;
        Ok(())
    }

    /// Which of the records the person may see now. Everything is undone: to watch is no sign that somebody is there, and
    /// must not keep a session alive.
    async fn seen(&mut self, wanted: &[Arc<StreamedEvent>]) -> Result<HashSet<(String, i64)>, Problem> {
        let hub = Arc::clone(self.incoming.app.events());
        let _turn = hub.questions().acquire().await;
        let (mut context, _) = self.incoming.look().await?;
        let subjects: HashSet<(&str, i64)> =
            wanted.iter().map(|event| (event.subject_type.as_str(), event.subject_id)).collect();
        let subjects: Vec<(&str, i64)> = subjects.into_iter().collect();
        let visible = if subjects.is_empty() {
            HashSet::new()
        } else {
            visible_subjects(&mut context, &subjects).await?
        };
        context.rollback().await?;
        let now = Instant::now();
        self.next_look = now + hub.limits().heartbeat;
        self.rest_until = now + GATHERING;
        Ok(visible)
    }

    /// A sign of life, with the place: whoever saw nothing for long can still go on from here.
    async fn beat(&mut self) -> Result<(), Over> {
        if Instant::now() < self.next_beat {
            return Ok(());
        }
        self.send(Event::default().comment("alive").id(self.place.to_string())).await
    }

    async fn send(&mut self, event: Event) -> Result<(), Over> {
        self.sender.send_timeout(Ok(event), PATIENCE).await.map_err(|_| Over)?;
        self.next_beat = Instant::now() + self.incoming.app.events().limits().heartbeat;
        Ok(())
    }
}

/// What the reader must know of the stream itself.
fn control(name: &str, place: i64) -> Event {
    Event::default().event(name).id(place.to_string()).data(json!({"position": place}).to_string())
}

fn told(event: &StreamedEvent) -> Event {
    let data = json!({
        "position": event.position,
        "type": event.event_type,
        "subject_type": event.subject_type,
        "subject_id": event.subject_id,
        "happened_at": event.happened_at,
    });
    Event::default().id(event.position.to_string()).data(data.to_string())
}

/// What the documentation of the endpoint has beside its line in the table.
pub fn document(operation: &mut Value) {
    let text = json!({"type": "string"});
    let parameter = |name: &str, place: &str, schema: &Value, about: &str| json!({"name": name, "in": place, "schema": schema, "description": about});
    let key = json!({"type": "integer", "format": "int64", "minimum": 0});
    operation["parameters"] = json!([
        parameter(
            "types",
            "query",
            &text,
            "Types with commas, each whole or with * for all of a subject: order.*,task.blocked."
        ),
        parameter(
            "subject_type",
            "query",
            &text,
            "Events about records of this table only, for example orders."
        ),
        parameter("subject_id", "query", &key, "Events about this record only; with subject_type."),
        parameter("after", "query", &key, "Place to go on from: the id of the last event that was read."),
        parameter(
            "Last-Event-ID",
            "header",
            &key,
            "The same, as browsers send it when they come again; goes before after."
        ),
    ]);
    operation["responses"]["200"] = json!({
        "description": "Server-sent events. The first is begin, or reset where the place is not known any more and what is shown must be read anew. Those that follow have no name: their data is JSON, their id the place to go on from. A comment at least every 15 seconds says that the stream lives.",
        "content": {"text/event-stream": {"schema": {
            "type": "object",
            "required": ["position", "type", "subject_type", "subject_id", "happened_at"],
            "properties": {
                "position": {"type": "integer", "format": "int64"},
                "type": {"type": "string", "description": "What happened: subject.verb."},
                "subject_type": {"type": "string", "description": "Table of the record."},
                "subject_id": {"type": "integer", "format": "int64", "description": "Key of the record."},
                "happened_at": {"type": "string", "format": "date-time"},
            },
        }}},
    });
    if let Some(responses) = operation["responses"].as_object_mut() {
        responses.remove("2XX");
    }
}
