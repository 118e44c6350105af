//! When the clients of a crowd begin their work.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use tokio::time::{Instant as Moment, sleep_until};

/// When the next piece of work begins.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Arrival {
    /// As soon as the last one of this client is done: as much as the server can bear.
    Saturating,
    /// At fixed moments over all clients. Latency counts from the intended moment, so that a stall is not hidden.
    PerSecond(f64),
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
