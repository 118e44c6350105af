//! New events: given their places, told to people and read, by every server; the database sees to it that each is told once.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};
use torvan_store::StoreResult;

use crate::app::App;

/// Time between two looks: the longest time that an event waits for its place.
const TURN: Duration = Duration::from_millis(400);

/// Events that get their places in one transaction.
const BATCH: i32 = 1_000;

/// Time between two looks for people to tell: another server may have left that when it ended.
const LOOK: Duration = Duration::from_secs(10);

/// Waits between attempts to reach the database, each twice the one before.
const FIRST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(15);

/// Begins to feed the streams of this server, until it ends.
pub fn begin(app: &App) {
    let (heard, passed_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    tokio::spawn(app.clone().until_ended(listen(app.clone(), Arc::clone(&heard))));
    tokio::spawn(app.clone().until_ended(feed(app.clone(), heard, Arc::clone(&passed_on))));
    tokio::spawn(app.clone().until_ended(notify(app.clone(), passed_on)));
}

/// Looks at the clock, and when the database says so: without the second it is later, never lost.
async fn feed(app: App, heard: Arc<Notify>, passed_on: Arc<Notify>) {
    let mut clock = interval(TURN);
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut is_well = true;
    loop {
        let outcome = tokio::select! {
            _ = clock.tick() => turn(&app, &passed_on).await,
            () = heard.notified() => app.events().read(app.store()).await,
        };
        match outcome {
            Ok(()) => is_well = true,
            Err(error) if is_well => {
                tracing::warn!(error = error.for_log(), "events are not read at the moment");
                is_well = false;
            }
            Err(_) => sleep(FIRST_WAIT).await,
        }
    }
}

async fn turn(app: &App, passed_on: &Notify) -> StoreResult<()> {
    loop {
        let count = app.store().pass_on_events(BATCH).await?;
        if count > 0 {
            passed_on.notify_one();
        }
        if count < BATCH {
            break;
        }
    }
    app.events().read(app.store()).await
}

/// Tells people of what was passed on; beside the feed, so that a slow one keeps no stream waiting.
async fn notify(app: App, passed_on: Arc<Notify>) {
    let mut wait = LOOK;
    loop {
        let _ = timeout(wait, passed_on.notified()).await;
        wait = match app.store().deliver_notifications(BATCH).await {
            // Each makes an event for the bell, and there may be more than one batch.
            Ok(made) if made > 0 => TURN,
            Ok(_) => LOOK,
            Err(error) => {
                tracing::warn!(error = error.for_log(), "people are not told of events at the moment");
                sleep(LONGEST_WAIT).await;
                LOOK
            }
        };
    }
}

async fn listen(app: App, told: Arc<Notify>) {
    let mut wait = FIRST_WAIT;
    loop {
        match app.store().listen_to_events().await {
            Ok(mut listener) => {
                wait = FIRST_WAIT;
                while listener.heard().await.is_ok() {
                    told.notify_one();
                }
                tracing::warn!("the connection that hears of events broke");
            }
            Err(error) => tracing::warn!(error = error.for_log(), "nobody hears of events at the moment"),
        }
        sleep(wait).await;
        wait = (wait * 2).min(LONGEST_WAIT);
    }
}
