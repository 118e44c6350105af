//! Objects that are to be removed: their contents were deleted or moved, or they were announced and never stored.

use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

use rand::RngExt as _;
use tokio::time::sleep;
use torvan_store::integration::{finish_removals, waiting_removals};
use torvan_store::{Actor, Store, StoreResult};

use super::{ObjectFault, Shelf};
use crate::app::App;

/// Time that an object waits, so that who writes or reads it can finish. The database lets nobody claim one that is older than
/// nine minutes.
pub const WAITING: Duration = Duration::from_mins(10);

/// Seconds between two looks; not the same for all servers.
const TURN: std::ops::Range<u64> = 45..75;

/// Turns between two looks for drafts in a folder.
const DRAFTS: u32 = 60;

/// Removes what has waited, until the server ends.
pub fn begin(app: &App) {
    if app.settings().contents.shelves().next().is_some() {
        let app = app.clone();
        tokio::spawn(async move { app.clone().until_ended(keep_removing(&app)).await });
    }
}

async fn keep_removing(app: &App) {
    for turn in 0_u32.. {
        let seconds = rand::rng().random_range(TURN);
        sleep(Duration::from_secs(seconds)).await;
        for shelf in app.settings().contents.shelves() {
            shelf.look_again().await;
            if let Err(error) = remove_waiting(app.store(), shelf, WAITING).await {
                tracing::warn!(error = error.for_log(), "objects are not removed at the moment");
            }
            if turn.is_multiple_of(DRAFTS) {
                remove_drafts(shelf, WAITING).await;
            }
        }
    }
}

/// Removes the objects of a place that have waited so long; returns how many are gone. What cannot be removed stays in the queue.
///
/// # Errors
/// The database cannot be asked.
pub async fn remove_waiting(store: &Store, shelf: &Shelf, waited: Duration) -> StoreResult<usize> {
    let (mut after, mut removed) = (0, 0);
    loop {
        let mut context = store.begin(&Actor::Database).await?;
        let storage = shelf.storage().code();
        let batch = waiting_removals(&mut context, storage, after, waited.as_secs_f64()).await?;
        context.commit().await?;
        let Some(last) = batch.last() else { return Ok(removed) };
        after = last.document_object_removal_id;
        let outcomes = shelf.remove(batch.iter().map(|removal| removal.object_key.clone()).collect()).await;
        note_failures(shelf, &outcomes);
        let gone: Vec<i64> = batch
            .iter()
            .zip(outcomes)
            .filter(|(_, outcome)| outcome.is_ok())
            .map(|(removal, _)| removal.document_object_removal_id)
            .collect();
        let mut context = store.begin(&Actor::Database).await?;
        finish_removals(&mut context, &gone).await?;
        context.commit().await?;
        removed += gone.len();
        if gone.is_empty() {
            // It does not work now; the next turn tries again.
            return Ok(removed);
        }
    }
}

fn note_failures(shelf: &Shelf, outcomes: &[Result<(), ObjectFault>]) {
    let failed = outcomes.iter().filter_map(|outcome| outcome.as_ref().err());
    if let Some(fault) = failed.clone().next() {
        let number = failed.count();
        tracing::warn!(place = %shelf.location(), number, fault = %fault, "objects could not be removed; tried again later");
    }
}

/// Removes what a write that was killed left beside the objects of a folder.
pub async fn remove_drafts(shelf: &Shelf, waited: Duration) {
    let Some(folder) = shelf.folder().map(Path::to_owned) else { return };
    let swept = tokio::task::spawn_blocking(move || sweep(&folder, waited)).await;
    if let Ok(Err(error)) = swept {
        tracing::warn!(place = %shelf.location(), error = %error, "the folder could not be looked through for drafts");
    }
}

fn sweep(folder: &Path, waited: Duration) -> std::io::Result<()> {
    for group in fs::read_dir(folder)? {
        let group = group?;
        if !group.file_type()?.is_dir() {
            continue;
        }
        for entry in fs::read_dir(group.path())? {
            let entry = entry?;
            let age =
                entry.metadata()?.modified().ok().and_then(|at| SystemTime::now().duration_since(at).ok());
            if is_draft(&entry.file_name().to_string_lossy()) && age.is_some_and(|age| age >= waited) {
                fs::remove_file(entry.path())?;
            }
        }
    }
    Ok(())
}

/// Objects are written beside their place under their name with a number, and then renamed.
fn is_draft(name: &str) -> bool {
    name.split_once('#').is_some_and(|(key, number)| {
        key.len() == 97 && !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
    })
}
