//! Many clients at once, each with its own connection and its own sinks.

use std::sync::Arc;
use std::time::Duration;

use sqlx::postgres::PgConnectOptions;
use tokio::task::JoinSet;

use super::client::Client;
use super::sinks::Share;
use crate::BenchError;
use crate::load::{Arrival, Schedule};
use crate::statistics::Samples;

/// What each client does again and again.
#[derive(Debug, Clone, Copy)]
pub(super) enum Work {
    /// Generate and store the BOM of its next sink.
    Generate,
    /// Insert the kept copy of this BOM for its next sink.
    InsertAgain(i64),
}

/// What a crowd did.
pub(super) struct Outcome {
    pub samples: Samples,
    pub per_second: f64,
    pub shares: Vec<Share>,
}

/// Lets one client per share work for a while.
pub(super) async fn drive(
    options: &PgConnectOptions,
    shares: Vec<Share>,
    work: Work,
    arrival: Arrival,
    lasting: Duration,
) -> Result<Outcome, BenchError> {
    let mut clients = Vec::with_capacity(shares.len());
    for share in shares {
        clients.push((Client::connect(options).await?, share));
    }
    let schedule = Arc::new(Schedule::begin(arrival, lasting));
    let mut running = JoinSet::new();
    for (client, share) in clients {
        running.spawn(one_client(client, share, work, Arc::clone(&schedule)));
    }
    let mut samples = Samples::new();
    let mut shares = Vec::new();
    while let Some(ended) = running.join_next().await {
        let (own, share) = ended??;
        samples.merge(&own);
        shares.push(share);
    }
    let per_second = schedule.per_second(samples.count());
    Ok(Outcome { samples, per_second, shares })
}

async fn one_client(
    mut client: Client,
    mut share: Share,
    work: Work,
    schedule: Arc<Schedule>,
) -> Result<(Samples, Share), BenchError> {
    let mut samples = Samples::new();
    while let Some(intended) = schedule.next_turn().await {
        let (sink, revision) = share.next();
        match work {
            Work::Generate => {
                client.generate(sink).await?;
            }
            Work::InsertAgain(source) => {
                client.insert_again(&[source], &[sink], revision).await?;
            }
        }
        samples.record(intended.elapsed());
    }
    Ok((samples, share))
}
