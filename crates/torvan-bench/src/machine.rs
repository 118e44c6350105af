//! What the figures were measured on.

use std::fs;
use std::thread;

use serde::Serialize;
use sqlx::PgConnection;

use crate::BenchError;
use crate::error::During as _;

/// A setting of the server that moves the figures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, sqlx::FromRow)]
pub struct Setting {
    /// Name as PostgreSQL knows it.
    pub name: String,
    /// Value with its unit.
    pub value: String,
}

/// Machine and server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Machine {
    /// Processors that this process may use.
    pub cores: usize,
    /// Memory in gigabytes; none where the system does not say.
    pub memory_gb: Option<u64>,
    /// Runnable processes over the last minute before the measurement, as the system counts them.
    pub load_before: Option<String>,
    /// How the measuring client was built.
    pub client_build: &'static str,
    /// Version of the server.
    pub postgresql: String,
    /// Settings that matter.
    pub settings: Vec<Setting>,
}

impl Machine {
    pub(crate) async fn look(connection: &mut PgConnection) -> Result<Self, BenchError> {
        let postgresql = sqlx::query_scalar("SELECT current_setting('server_version')")
            .fetch_one(&mut *connection)
            .await
            .during("asking for the server's version")?;
        let settings = sqlx::query_as(include_str!("../sql/measure/settings.sql"))
            .fetch_all(connection)
            .await
            .during("reading the server's settings")?;
        Ok(Self {
            cores: thread::available_parallelism().map_or(1, usize::from),
            memory_gb: fs::read_to_string("/proc/meminfo").ok().and_then(|text| memory_gb(&text)),
            load_before: fs::read_to_string("/proc/loadavg")
                .ok()
                .and_then(|text| text.split_whitespace().next().map(str::to_owned)),
            client_build: if cfg!(debug_assertions) { "with debug assertions" } else { "optimised" },
            postgresql,
            settings,
        })
    }

    /// Machine and server in one line.
    #[must_use]
    pub fn in_one_line(&self) -> String {
        let memory = self.memory_gb.map_or_else(|| "memory unknown".to_owned(), |size| format!("{size} GB"));
        let load = self.load_before.as_ref().map_or_else(String::new, |load| format!(", load before {load}"));
        format!(
            "{} cores, {memory}{load}, PostgreSQL {}, client {} on the same machine",
            self.cores, self.postgresql, self.client_build
        )
    }
}

/// Gigabytes, rounded: a machine sold with 24 GB shows a little less.
fn memory_gb(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find(|line| line.starts_with("MemTotal:"))?;
    let kilobytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some((kilobytes + 512 * 1024) / (1024 * 1024))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_rounded_to_what_the_machine_was_sold_with() {
        assert_eq!(memory_gb("MemTotal:       24646492 kB\nMemFree: 1 kB\n"), Some(24));
        assert_eq!(memory_gb("nothing"), None);
    }
}
