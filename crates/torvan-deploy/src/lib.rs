//! Finds or runs a private PostgreSQL cluster and brings the database of this release into it.
//!
//! - [`Tree`] is `database/` as a value, [`Manifest`] the ordered list of what a deployment runs.
//! - [`deploy`], [`status`] and [`verify`] work on any connection; psql runs the same bytes by `deploy_database.sql`.
//! - [`PostgresBinaries`] finds a server on the machine, [`Cluster`] runs a private one.
//!
//! This crate knows `database/` and nothing of the rest of the product.

mod account;
mod cluster;
mod deploy;
mod manifest;
mod postgres;
mod status;
mod tree;

pub use account::{Account, AccountError, free_bytes};
pub use cluster::{
    Cluster, ClusterError, ClusterOptions, Durability, RunningCluster, default_data_dir, watch_statements,
};
pub use deploy::{DeployError, DeployOptions, DeployReport, deploy};
pub use manifest::{Kind, Manifest, Step};
pub use postgres::{MINIMUM_MAJOR, PostgresBinaries, PostgresError, find_client};
pub use status::{Deployment, DriftEntry, Pending, StatusReport, VerifyReport, drift, status, verify};
pub use tree::{Tree, TreeError};

/// Name of the database in a private cluster; the contract fixes it.
pub const DATABASE_NAME: &str = "torvan_workflow";

/// Database user that owns, deploys and backs up; the contract fixes it.
pub const OWNER_ROLE: &str = "torvan_user";

/// Role of the web server and the worker, which row security binds.
pub const SERVER_ROLE: &str = "torvan_app";
