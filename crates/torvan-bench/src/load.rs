//! Many clients at once, each with its own connection.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use sqlx::postgres::PgConnectOptions;
use tokio::task::JoinSet;
use tokio::time::{Instant as Moment, sleep_until};

use crate::BenchError;
use crate::bom::{Client, Share};
use crate::statistics::Samples;

/// What each client does again and again.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Work {
    /// Generate and store the BOM of its next sink.
    Generate,
    /// Insert the kept copy of this BOM for its next sink.
    InsertAgain(i64),
}

/// When the next piece of work begins.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Arrival {
    /// As soon as the last one of this client is done: as much as the server can bear.
    Saturating,
    /// At fixed moments over all clients. Latency counts from the intended moment, so that a stall is not hidden.
    PerSecond(f64),
}

/// What a crowd did.
pub(crate) struct Outcome {
    pub samples: Samples,
    pub per_second: f64,
    pub shares: Vec<Share>,
}

/// Lets one client per share work for a while.
pub(crate) async fn drive(
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

/// When clients begin their pieces of work.
pub(crate) struct Schedule {
    begun: Instant,
    lasting: Duration,
    arrival: Arrival,
    next: AtomicU32,
}

impl Schedule {
    pub(crate) fn begin(arrival: Arrival, lasting: Duration) -> Self {
        Self { begun: Instant::now(), lasting, arrival, next: AtomicU32::new(0) }
    }

    /// How many a second, if so many were done by now.
    #[expect(clippy::cast_precision_loss, reason = "no run counts to 2^53")]
    pub(crate) fn per_second(&self, count: u64) -> f64 {
        count as f64 / self.begun.elapsed().as_secs_f64()
    }

    /// The intended moment of the next piece of work, once it has come; none when time is up.
    pub(crate) async fn next_turn(&self) -> Option<Instant> {
        let intended = match self.arrival {
            Arrival::Saturating => Instant::now(),
            Arrival::PerSecond(rate) => {
                let number = self.next.fetch_add(1, Ordering::Relaxed);
                self.begun + Duration::from_secs_f64(f64::from(number) / rate)
            }
        };
        if intended >= self.begun + self.lasting {
            return None;
        }
        if intended > Instant::now() {
            sleep_until(Moment::from_std(intended)).await;
        }
        Some(intended)
    }
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
