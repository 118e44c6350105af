//! Deployment and cluster, on real servers.

mod cluster;
mod deployment;
mod manifest;
mod postgres;
mod psql_door;
mod support;
