//! Deployment and cluster, on real servers.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod cluster;
mod deployment;
mod manifest;
mod postgres;
mod psql_door;
mod support;
