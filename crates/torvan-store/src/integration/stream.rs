//! The stream of events: places in the order in which events can be seen, and who may hear of which record.

use std::collections::HashSet;

use chrono::{DateTime, Utc};
use sqlx::postgres::{PgListener, PgPoolOptions};

use crate::{Actor, Context, Store, StoreResult};

/// Channel on which the database says that there are new events.
const CHANNEL: &str = "torvan_events";

/// An event without what it says: whoever hears of a record reads it by their own rights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamedEvent {
    /// Place in the stream.
    pub position: i64,
    /// `subject.verb`.
    pub event_type: String,
    /// Table of the record.
    pub subject_type: String,
    /// Key of the record.
    pub subject_id: i64,
    /// When it happened.
    pub happened_at: DateTime<Utc>,
}

impl Store {
    /// Gives waiting events their places and makes their deliveries; returns how many it took. Does nothing while another
    /// server or a worker does it.
    pub async fn pass_on_events(&self, limit: i32) -> StoreResult<i32> {
        let mut context = self.begin(&Actor::Database).await?;
        let passed_on = sqlx::query_file!("queries/integration/pass_on_events.sql", limit)
            .fetch_one(context.connection())
            .await?;
        context.commit().await?;
        Ok(passed_on.taken)
    }

    /// Makes notifications of so many waiting events; returns how many notifications.
    pub async fn deliver_notifications(&self, limit: i32) -> StoreResult<i32> {
        let mut context = self.begin(&Actor::Database).await?;
        let delivered = sqlx::query_file!("queries/integration/deliver_notifications.sql", limit)
            .fetch_one(context.connection())
            .await?;
        context.commit().await?;
        Ok(delivered.made)
    }

    /// Reminders, dates of documents, expired lots, waiting events and uploads that nobody finished: what is due by the clock. It
    /// may run twice, or late, without harm.
    pub async fn run_background_work(&self, limit: i32) -> StoreResult<()> {
        let mut context = self.begin(&Actor::Database).await?;
        sqlx::query_file!("queries/integration/run_background_work.sql", limit)
            .fetch_one(context.connection())
            .await?;
        context.commit().await
    }

    /// Events behind a place, or the latest ones, in the order of their places.
    pub async fn streamed_events(&self, after: Option<i64>, limit: i32) -> StoreResult<Vec<StreamedEvent>> {
        let mut context = self.begin(&Actor::Database).await?;
        let events =
            sqlx::query_file_as!(StreamedEvent, "queries/integration/streamed_events.sql", after, limit)
                .fetch_all(context.connection())
                .await?;
        context.commit().await?;
        Ok(events)
    }

    /// A connection of its own, beside the pool, on which the database says that there are new events.
    pub async fn listen_to_events(&self) -> StoreResult<EventListener> {
        let pool = PgPoolOptions::new()
            .max_connections(1)
            .max_lifetime(None)
            .idle_timeout(None)
            .connect_lazy_with(self.connect_options());
        let mut listener = PgListener::connect_with(&pool).await?;
        listener.listen(CHANNEL).await?;
        Ok(EventListener { listener })
    }
}

/// Hears that there are new events.
#[derive(Debug)]
pub struct EventListener {
    listener: PgListener,
}

impl EventListener {
    /// Waits until there may be new events. A connection that broke is made again at once, and counts as one that heard.
    ///
    /// # Errors
    /// It cannot be made again now.
    pub async fn heard(&mut self) -> StoreResult<()> {
        self.listener.try_recv().await?;
        // One look finds all that was told until now.
        while self.listener.next_buffered().is_some() {}
        Ok(())
    }
}

/// Which of these records (table and key) the acting person may see.
pub async fn visible_subjects(
    context: &mut Context,
    subjects: &[(&str, i64)],
) -> StoreResult<HashSet<(String, i64)>> {
    let (types, keys): (Vec<String>, Vec<i64>) =
        subjects.iter().map(|(kind, key)| ((*kind).to_owned(), *key)).unzip();
    let visible = sqlx::query_file!("queries/integration/visible_subjects.sql", &types, &keys)
        .fetch_all(context.connection())
        .await?;
    Ok(visible.into_iter().map(|row| (row.subject_type, row.subject_id)).collect())
}
