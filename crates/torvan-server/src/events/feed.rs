//! New events: given their places, told to people and read, by every server; the database sees to it that each is told once. And what
//! is due by the clock, which any server may do.

use std::sync::Arc;
use std::time::Duration;

use rand::RngExt as _;
use tokio::sync::Notify;
use tokio::time::{MissedTickBehavior, interval, sleep};
use torvan_store::StoreResult;

use crate::app::App;

/// Time between two looks: the longest time that an event waits for its place.
const TURN: Duration = Duration::from_millis(400);

/// Events that get their places in one transaction.
const BATCH: i32 = 1_000;

/// Turns between two looks for people to tell where nothing new was passed on: another server may have left that.
const LOOKS: u32 = 25;

/// Seconds between two turns of what is due by the clock; not the same for all servers.
const CLOCK: std::ops::Range<u64> = 45..75;

/// Waits between attempts to reach the database, each twice the one before.
const FIRST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(15);

/// Begins to feed the streams of this server, until it ends.
pub fn begin(app: &App) {
    let told = Arc::new(Notify::new());
    tokio::spawn(until_ended(app.clone(), listen(app.clone(), Arc::clone(&told))));
    tokio::spawn(until_ended(app.clone(), feed(app.clone(), told)));
    tokio::spawn(until_ended(app.clone(), work(app.clone())));
}

async fn work(app: App) {
    loop {
        let seconds = rand::rng().random_range(CLOCK);
        sleep(Duration::from_secs(seconds)).await;
        if let Err(error) = app.store().work_by_the_clock().await {
            tracing::warn!(error = error.for_log(), "what is due by the clock waits for the next turn");
        }
    }
}

async fn until_ended(app: App, working: impl Future<Output = ()>) {
    tokio::select! {
        () = app.ended() => {}
        () = working => {}
    }
}

/// Looks at the clock, and when the database says so: without the second it is later, never lost.
async fn feed(app: App, told: Arc<Notify>) {
    let mut clock = interval(TURN);
    clock.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut is_well = true;
    let mut turns = 0_u32;
    loop {
        let outcome = tokio::select! {
            _ = clock.tick() => {
                turns = turns.wrapping_add(1);
                turn(&app, turns.is_multiple_of(LOOKS)).await
            }
            () = told.notified() => app.events().read(app.store()).await,
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

async fn turn(app: &App, looks_for_people: bool) -> StoreResult<()> {
    let mut has_news = looks_for_people;
    loop {
        let passed_on = app.store().pass_on_events(BATCH).await?;
        has_news |= passed_on > 0;
        if passed_on < BATCH {
            break;
        }
    }
    if has_news {
        app.store().tell_people(BATCH).await?;
    }
    app.events().read(app.store()).await
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
