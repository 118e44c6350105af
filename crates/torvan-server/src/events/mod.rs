//! Live updates: `GET /events`, server-sent events with resume.
//!
//! One task of each server gives new events their places (`feed`) and keeps the latest in memory (`hub`); whoever watches is a
//! task with a place of its own (`watcher`), which it goes on from. Before anything is sent the database is asked, as the
//! person who watches, which records are theirs to see: rights count at the moment of sending. No connection to the database
//! is held while nothing happens, and a reader who is slow loses nothing: their place waits, or they come again with it.

mod asked;
mod feed;
mod hub;
mod watcher;

pub use feed::begin;
pub use hub::Hub;
pub use watcher::{document, watch};

use std::time::Duration;

/// Path of the stream.
pub const PATH: &str = "/events";

/// Limits of streams.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Streams of one account at a time, on one server.
    pub of_a_person: usize,
    /// Streams in all, on one server.
    pub in_all: usize,
    /// Longest time without a sign of life, and between two looks at the rights of who watches.
    pub heartbeat: Duration,
    /// Events that are kept for those who come again.
    pub kept: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { of_a_person: 10, in_all: 1_000, heartbeat: Duration::from_secs(15), kept: 10_000 }
    }
}
