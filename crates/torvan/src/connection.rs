//! The way to the database: the URL that was given, else the private cluster's own.

use std::io;
use std::net::ToSocketAddrs as _;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions as _, Connection as _, PgConnection, PgPool};
use torvan_deploy::{Cluster, default_data_dir};
use torvan_store::{Actor, Context, Store, StoreError};

use crate::{Globals, database_tls};

/// A command opens few connections; the server has its own pool.
const MAX_CONNECTIONS: u32 = 8;

/// Longer than any server that can be reached takes to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// How often a transaction that met another one is made in all.
const ATTEMPTS: u32 = 3;

/// Folder of the private cluster.
pub(crate) fn data_dir(globals: &Globals) -> PathBuf {
    globals.data_dir.clone().unwrap_or_else(default_data_dir)
}

/// What is wrong with the form of the URL that was given. The URL itself is not repeated: it may hold a password.
pub(crate) fn url_fault(globals: &Globals) -> Option<String> {
    let fault = parse(globals.database_url.as_deref()?).err()?;
    Some(format!("--database-url (or TORVAN_DATABASE_URL) {fault:#}; write postgres://user@host/database"))
}

fn parse(url: &str) -> anyhow::Result<PgConnectOptions> {
    // The driver takes any scheme, and a database's name for what has no host.
    let is_ours = ["postgres://", "postgresql://"].iter().any(|scheme| url.starts_with(scheme));
    anyhow::ensure!(is_ours, "does not begin with postgres://");
    url.parse().context("cannot be read")
}

/// How to reach the database.
pub(crate) fn options(globals: &Globals) -> anyhow::Result<PgConnectOptions> {
    let options = match &globals.database_url {
        Some(url) => parse(url)?,
        None => Cluster::connect_options(&data_dir(globals))?,
    };
    Ok(options.application_name("torvan"))
}

/// A pool of connections to a database that has proved to answer.
pub(crate) async fn pool(globals: &Globals) -> anyhow::Result<PgPool> {
    // A pool tries again and again and then only says that it timed out: the first connection tells the cause.
    single(globals).await?.close().await?;
    let pool = PgPoolOptions::new().max_connections(MAX_CONNECTIONS).acquire_timeout(PATIENCE);
    Ok(pool.connect_lazy_with(options(globals)?))
}

/// One connection, for work that belongs to a session.
pub(crate) async fn single(globals: &Globals) -> anyhow::Result<PgConnection> {
    reach(&options(globals)?).await
}

/// A connection, or why there is none and what mends it.
pub(crate) async fn reach(options: &PgConnectOptions) -> anyhow::Result<PgConnection> {
    let cause = match tokio::time::timeout(PATIENCE, options.connect()).await {
        Ok(Ok(connection)) => return Ok(connection),
        Ok(Err(error)) => cause(options, &error),
        Err(_) => format!(
            "{} does not answer within {} seconds; mend: check host and port, and whether a firewall is between",
            place(options),
            PATIENCE.as_secs()
        ),
    };
    anyhow::bail!("cannot reach the database: {cause}")
}

/// Why a connection failed, and what mends it.
fn cause(options: &PgConnectOptions, error: &sqlx::Error) -> String {
    match error {
        sqlx::Error::Io(error) if is_tls(error) => database_tls::cause(&place(options), error),
        sqlx::Error::Tls(error) => database_tls::cause(&place(options), error.as_ref()),
        sqlx::Error::Io(error) => no_way(options, error),
        sqlx::Error::Protocol(_) => no_postgresql(options),
        sqlx::Error::Database(error) => {
            turned_away(options, &error.code().unwrap_or_default(), error.message())
        }
        other => format!("{other}; mend: torvan doctor"),
    }
}

/// A handshake that fails comes as an error of the stream.
fn is_tls(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::InvalidData
}

fn no_way(options: &PgConnectOptions, error: &io::Error) -> String {
    let place = place(options);
    let at = if place.starts_with('/') { "in" } else { "at" };
    match error.kind() {
        io::ErrorKind::ConnectionRefused | io::ErrorKind::NotFound => format!(
            "no server listens {at} {place}; mend: start PostgreSQL there (the private cluster: torvan up), or correct --database-url"
        ),
        io::ErrorKind::PermissionDenied => {
            format!("this account may not open the socket in {place}; mend: run as an account that may")
        }
        io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset => no_postgresql(options),
        _ if at == "at" && (options.get_host(), options.get_port()).to_socket_addrs().is_err() => format!(
            "there is no host \"{}\" in this network; mend: correct it in --database-url",
            options.get_host()
        ),
        _ => format!("{place}: {error}; mend: check host, port and network"),
    }
}

fn no_postgresql(options: &PgConnectOptions) -> String {
    format!(
        "what answers at {} is not PostgreSQL, or ends the connection at once; mend: correct host or port in --database-url, or look into the server's log",
        place(options)
    )
}

fn turned_away(options: &PgConnectOptions, sqlstate: &str, message: &str) -> String {
    let user = options.get_username();
    match sqlstate {
        "28P01" => format!(
            "wrong password for {user}; mend: give the right one in PGPASSWORD, in the password file (PGPASSFILE) or in --database-url"
        ),
        "28000" => format!(
            "the server does not let {user} in ({message}); mend: correct the user in --database-url, or the server's pg_hba.conf"
        ),
        "3D000" => {
            let name = options.get_database().unwrap_or(user);
            format!(
                "there is no database \"{name}\" on that server; mend: correct it in --database-url, or make it (CREATE DATABASE) and run torvan db deploy"
            )
        }
        "53300" => {
            "the server has no connection left; mend: try again, or raise its max_connections".to_owned()
        }
        "57P03" => "the server is starting or stopping; mend: try again in a moment".to_owned(),
        _ => format!("{message}; mend: torvan doctor"),
    }
}

/// Folder of the socket, else host and port.
fn place(options: &PgConnectOptions) -> String {
    match options.get_socket() {
        Some(folder) => folder.display().to_string(),
        None if options.get_host().starts_with('/') => options.get_host().to_owned(),
        None => format!("{}:{}", options.get_host(), options.get_port()),
    }
}

/// A transaction for the person whom the command acts for, to look at things.
pub(crate) async fn begin(globals: &Globals) -> anyhow::Result<Context> {
    let store = Store::from_pool(pool(globals).await?);
    Ok(store.begin(&actor(globals)).await?)
}

/// Does work in one transaction and commits it; all of it again when another transaction was in the way. Nothing of a
/// failed attempt is left, so that it is safe for work that only speaks with the database.
pub(crate) async fn retrying<T>(
    globals: &Globals,
    work: impl AsyncFn(&mut Context) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let store = Store::from_pool(pool(globals).await?);
    let actor = actor(globals);
    let mut attempt = 1;
    loop {
        match once(&store, &actor, &work).await {
            Err(error) if attempt < ATTEMPTS && is_busy(&error) => attempt += 1,
            outcome => return outcome,
        }
    }
}

async fn once<T>(
    store: &Store,
    actor: &Actor,
    work: &impl AsyncFn(&mut Context) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let mut context = store.begin(actor).await?;
    let done = work(&mut context).await?;
    context.commit().await?;
    Ok(done)
}

fn is_busy(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref(), Some(StoreError::Busy(_)))
}

fn actor(globals: &Globals) -> Actor {
    match &globals.acting_as {
        Some(login) if !login.is_empty() => {
            Actor::Login { login: login.clone(), reason: "command line".to_owned() }
        }
        _ => Actor::Database,
    }
}
