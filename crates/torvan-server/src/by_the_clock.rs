//! What is due by the clock, which any server of the site may do: reminders, dates, expired lots, counters that are folded, the seal
//! of the audit trail. Each is a transaction of its own, so that one that fails keeps no other back.

use std::time::Duration;

use rand::RngExt as _;
use tokio::time::sleep;
use torvan_store::governance::seal_audit;
use torvan_store::{Actor, StoreResult};

use crate::api::dispatch::use_keys;
use crate::app::App;

/// Seconds between two turns; not the same for all servers.
const TURN: std::ops::Range<u64> = 45..75;

/// Events that are passed on, and told, in one turn.
const EVENTS: i32 = 1_000;

/// Rows of the audit trail that are sealed in one turn: well within a statement's time.
const ROWS: i32 = 50_000;

/// Begins to do what is due, until the server ends.
pub fn begin(app: &App) {
    let app = app.clone();
    tokio::spawn(async move { app.clone().until_ended(keep_working(&app)).await });
}

async fn keep_working(app: &App) {
    loop {
        let seconds = rand::rng().random_range(TURN);
        sleep(Duration::from_secs(seconds)).await;
        turn(app).await;
    }
}

/// Does what is due now. What fails is in the log, and is tried again at the next turn.
pub async fn turn(app: &App) {
    note("reminders and dates wait", app.store().run_background_work(EVENTS).await);
    note("the counters of orders are not folded", app.store().fold_order_summaries().await);
    note("the audit trail is not sealed", seal(app).await);
}

fn note(what: &str, outcome: StoreResult<()>) {
    if let Err(error) = outcome {
        tracing::warn!(error = error.for_log(), what, "what is due by the clock waits for the next turn");
    }
}

async fn seal(app: &App) -> StoreResult<()> {
    let mut context = app.store().begin(&Actor::Database).await?;
    use_keys(&mut context, app).await?;
    seal_audit(&mut context, ROWS).await?;
    context.commit().await
}
