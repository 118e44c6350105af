//! The way to the database: the URL that was given, else the private cluster's own.

use anyhow::Context as _;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions as _, PgConnection, PgPool};
use std::path::PathBuf;
use std::time::Duration;
use torvan_deploy::{Cluster, default_data_dir};
use torvan_store::{Actor, Context, Store};

use crate::Globals;

/// A command opens few connections; the server has its own pool.
const MAX_CONNECTIONS: u32 = 8;

/// Folder of the private cluster.
pub(crate) fn data_dir(globals: &Globals) -> PathBuf {
    globals.data_dir.clone().unwrap_or_else(default_data_dir)
}

/// How to reach the database.
pub(crate) fn options(globals: &Globals) -> anyhow::Result<PgConnectOptions> {
    match &globals.database_url {
        Some(url) => url.parse().context("--database-url is not of the form postgres://user@host/database"),
        None => Ok(Cluster::connect_options(&data_dir(globals))?),
    }
}

/// A pool of connections that has proved to answer.
pub(crate) async fn pool(globals: &Globals) -> anyhow::Result<PgPool> {
    let options = options(globals)?.application_name("torvan");
    PgPoolOptions::new()
        .max_connections(MAX_CONNECTIONS)
        .acquire_timeout(Duration::from_secs(4))
        .connect_with(options)
        .await
        .context("cannot reach the database (mend: torvan doctor)")
}

/// One connection, for work that belongs to a session.
pub(crate) async fn single(globals: &Globals) -> anyhow::Result<PgConnection> {
    let options = options(globals)?.application_name("torvan");
    options.connect().await.context("cannot reach the database (mend: torvan doctor)")
}

/// The one transaction of a command, for the person it acts for.
pub(crate) async fn begin(globals: &Globals) -> anyhow::Result<Context> {
    let store = Store::from_pool(pool(globals).await?);
    Ok(store.begin(&actor(globals)).await?)
}

fn actor(globals: &Globals) -> Actor {
    match &globals.acting_as {
        Some(login) if !login.is_empty() => {
            Actor::Login { login: login.clone(), reason: "command line".to_owned() }
        }
        _ => Actor::Database,
    }
}
