//! The latest events, kept once for all who watch, and who watches.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Semaphore, watch};
use torvan_store::integration::StreamedEvent;
use torvan_store::{Store, StoreResult};

use super::Limits;
use crate::http::problem::{BUSY, Problem, TOO_MANY};

/// Events that are read at a time.
const BATCH: i32 = 1_000;

/// The latest events and the streams that are open.
#[derive(Debug)]
pub struct Hub {
    limits: Limits,
    ring: Mutex<Ring>,
    newest: watch::Sender<i64>,
    reading: tokio::sync::Mutex<()>,
    open: Mutex<HashMap<i64, usize>>,
    questions: Semaphore,
}

#[derive(Debug)]
struct Ring {
    events: VecDeque<Arc<StreamedEvent>>,
    /// Everything behind this place is here.
    floor: i64,
    is_loaded: bool,
}

/// What is behind a place.
#[derive(Debug)]
pub(super) enum Behind {
    /// These, perhaps not all.
    Events(Vec<Arc<StreamedEvent>>),
    /// Not known any more; the newest place.
    Gone(i64),
}

// Nothing panics while it holds one of these locks; were it otherwise, what is there is still whole.
fn held<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Hub {
    /// A hub that knows nothing yet. Few of those who watch ask the database at a time, so that requests find connections.
    pub(crate) fn new(limits: Limits, most_connections: u32) -> Self {
        let ring = Ring { events: VecDeque::new(), floor: 0, is_loaded: false };
        let at_a_time = usize::try_from(most_connections / 4).unwrap_or(1).max(1);
        Self {
            limits,
            ring: Mutex::new(ring),
            newest: watch::Sender::new(0),
            reading: tokio::sync::Mutex::new(()),
            open: Mutex::new(HashMap::new()),
            questions: Semaphore::new(at_a_time),
        }
    }

    pub(super) fn limits(&self) -> Limits {
        self.limits
    }

    pub(super) fn newest(&self) -> watch::Receiver<i64> {
        self.newest.subscribe()
    }

    pub(super) fn questions(&self) -> &Semaphore {
        &self.questions
    }

    /// Reads what is new.
    pub(super) async fn read(&self, store: &Store) -> StoreResult<()> {
        let _one_at_a_time = self.reading.lock().await;
        if !held(&self.ring).is_loaded {
            let most = i32::try_from(self.limits.kept).unwrap_or(i32::MAX);
            let latest = store.streamed_events(None, most).await?;
            self.load(latest);
        }
        loop {
            let after = *self.newest.borrow();
            let events = store.streamed_events(Some(after), BATCH).await?;
            let is_all = events.len() < usize::try_from(BATCH).unwrap_or(usize::MAX);
            self.keep(events);
            if is_all {
                return Ok(());
            }
        }
    }

    fn load(&self, latest: Vec<StreamedEvent>) {
        let mut ring = held(&self.ring);
        ring.floor = latest.first().map_or(0, |first| first.position - 1);
        ring.is_loaded = true;
        drop(ring);
        self.keep(latest);
    }

    fn keep(&self, events: Vec<StreamedEvent>) {
        let Some(newest) = events.last().map(|last| last.position) else { return };
        let mut ring = held(&self.ring);
        ring.events.extend(events.into_iter().map(Arc::new));
        while ring.events.len() > self.limits.kept {
            if let Some(gone) = ring.events.pop_front() {
                ring.floor = gone.position;
            }
        }
        drop(ring);
        self.newest.send_replace(newest);
    }

    pub(super) fn behind(&self, place: i64, most: usize) -> Behind {
        let newest = *self.newest.borrow();
        let ring = held(&self.ring);
        if place < ring.floor || place > newest {
            return Behind::Gone(newest);
        }
        let first = ring.events.partition_point(|event| event.position <= place);
        Behind::Events(ring.events.range(first..).take(most).cloned().collect())
    }

    /// Where a stream begins: at the place that was asked for, or now. The second value says that the place is not known any
    /// more. What another server has shown was committed before, so that one look at the database finds it here too.
    pub(super) async fn begin_at(&self, store: &Store, after: Option<i64>) -> StoreResult<(i64, bool)> {
        let is_known = |place: i64| matches!(self.behind(place, 1), Behind::Events(_));
        let is_loaded = held(&self.ring).is_loaded;
        if !is_loaded || after.is_some_and(|place| !is_known(place)) {
            self.read(store).await?;
        }
        let newest = *self.newest.borrow();
        Ok(match after {
            Some(place) if is_known(place) => (place, false),
            Some(_) => (newest, true),
            None => (newest, false),
        })
    }

    /// A place among those who watch, until it is dropped.
    pub(super) fn admit(self: &Arc<Self>, user_id: i64) -> Result<Seat, Problem> {
        let mut open = held(&self.open);
        if open.values().sum::<usize>() >= self.limits.in_all {
            return Err(Problem::new(BUSY, "This server has as many streams as it takes.").retry_after(10));
        }
        let own = open.entry(user_id).or_default();
        if *own >= self.limits.of_a_person {
            let detail = format!("This account has {} streams already.", self.limits.of_a_person);
            return Err(Problem::new(TOO_MANY, detail)
                .hint("Close one, or share one stream.")
                .retry_after(30));
        }
        *own += 1;
        metrics::gauge!("torvan_event_streams").increment(1.0);
        Ok(Seat { hub: Arc::clone(self), user_id })
    }
}

/// A place among those who watch.
#[derive(Debug)]
pub(super) struct Seat {
    hub: Arc<Hub>,
    user_id: i64,
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut open = held(&self.hub.open);
        if let Some(own) = open.get_mut(&self.user_id) {
            *own -= 1;
            if *own == 0 {
                open.remove(&self.user_id);
            }
        }
        metrics::gauge!("torvan_event_streams").decrement(1.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(position: i64) -> StreamedEvent {
        StreamedEvent {
            position,
            event_type: "order.advance".to_owned(),
            subject_type: "orders".to_owned(),
            subject_id: 1,
            happened_at: chrono::Utc::now(),
        }
    }

    fn hub() -> Hub {
        Hub::new(Limits { kept: 3, ..Limits::default() }, 20)
    }

    fn places(hub: &Hub, place: i64) -> Option<Vec<i64>> {
        match hub.behind(place, 100) {
            Behind::Events(events) => Some(events.iter().map(|event| event.position).collect()),
            Behind::Gone(_) => None,
        }
    }

    #[test]
    fn what_is_kept_is_found_and_what_is_not_is_said_to_be_gone() {
        let hub = hub();
        hub.load(vec![event(5), event(8)]);
        assert_eq!(places(&hub, 4), Some(vec![5, 8]));
        assert_eq!(places(&hub, 6), Some(vec![8]));
        assert_eq!(places(&hub, 8), Some(vec![]));
        assert_eq!(places(&hub, 3), None, "something between 3 and 5 may be gone");
        assert_eq!(places(&hub, 9), None, "nobody was told of 9");
        hub.keep(vec![event(9), event(10)]);
        assert_eq!(places(&hub, 5), Some(vec![8, 9, 10]));
        assert_eq!(places(&hub, 4), None);
    }

    #[test]
    fn a_stream_without_any_events_begins_at_nothing() {
        let hub = hub();
        hub.load(Vec::new());
        assert_eq!(places(&hub, 0), Some(vec![]));
        hub.keep(vec![event(7)]);
        assert_eq!(places(&hub, 0), Some(vec![7]));
    }

    #[test]
    fn seats_are_counted_and_given_back() {
        let hub = Arc::new(Hub::new(Limits { of_a_person: 2, in_all: 3, ..Limits::default() }, 2));
        let seats: Vec<Seat> = [1, 1, 2].into_iter().map(|user| hub.admit(user).expect("a seat")).collect();
        assert_eq!(hub.admit(3).expect_err("full").kind(), BUSY);
        drop(seats);
        let _own = [hub.admit(1).expect("a seat"), hub.admit(1).expect("a seat")];
        assert_eq!(hub.admit(1).expect_err("two are there").kind(), TOO_MANY);
        assert!(hub.admit(2).is_ok());
    }
}
