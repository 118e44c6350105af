//! Connections: who is let in, under which certificate, and how long a connection may stay silent.
//!
//! `accepting` takes connections as long as there are places, `connection` speaks TLS and HTTP on each, `activity` knows when
//! one has been silent for too long. Certificates come from files (`certificate`) or from a local authority (`authority`);
//! `tls` holds the one in force and takes a new one without a pause.

pub(crate) mod accepting;
mod activity;
pub mod authority;
pub mod certificate;
mod connection;
pub mod tls;

use std::time::Duration;

/// How long a connection may keep one of the server's places for nothing.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For a TLS handshake, and for the head of a request from its first byte on.
    pub beginning: Duration,
    /// Between two requests. Longer than proxies wait, so that they end connections and not we.
    pub idle: Duration,
    /// For a reader to take anything at all of an answer.
    pub writing: Duration,
    /// Longest life of a connection; requests under way are finished.
    pub life: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            beginning: Duration::from_secs(10),
            idle: Duration::from_secs(75),
            writing: Duration::from_secs(30),
            life: Duration::from_hours(1),
        }
    }
}
