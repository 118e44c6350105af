//! Everything that people and programs reach over HTTP: identity, API v1, pages.
//!
//! The way of a request is told in `docs/SYSTEM_ARCHITECTURE.md`.

pub mod credentials;
