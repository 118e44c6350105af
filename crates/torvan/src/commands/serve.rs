//! `torvan serve`: the web server alone, for a database that runs elsewhere or under `torvan up`.

use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use sqlx::postgres::PgConnectOptions;
use tokio::signal::unix::{SignalKind, signal};
use torvan_deploy::Cluster;
use torvan_server::app::{App, Settings};
use torvan_server::credentials::encryption_keys::EncryptionKeys;
use torvan_server::credentials::password::{DEFAULT_WAITING, Hasher};
use torvan_server::credentials::sealing::{SealingKeys, WhenMissing};
use torvan_server::events::Limits;
use torvan_server::server;

use crate::output::emit;
use crate::{Globals, connection};

/// Name of the key file of the database's encryption.
pub(crate) const KEY_FILE: &str = "torvan.keys";

/// What `torvan serve` may be told.
#[derive(Debug, Clone, clap::Args)]
#[command(
    after_help = "Examples:\n  torvan serve\n  torvan serve --listen 127.0.0.1:9000\n  TORVAN_DATABASE_URL=postgres://torvan_app@db/torvan_workflow torvan serve --keys /etc/torvan/keys --origin https://torvan.example"
)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) listening: Listening,
}

/// Where and how the server listens.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Listening {
    /// Address and port
    #[arg(long, env = "TORVAN_LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDRESS")]
    pub(crate) listen: SocketAddr,
    /// Scheme, host and port under which browsers see the server; may be given several times [default: the host that is asked]
    #[arg(long, env = "TORVAN_ORIGIN", value_delimiter = ',', value_name = "URL")]
    origin: Vec<String>,
    /// Address of a proxy whose X-Forwarded-For is believed; may be given several times
    #[arg(long, env = "TORVAN_TRUSTED_PROXY", value_delimiter = ',', value_name = "ADDRESS")]
    trusted_proxy: Vec<IpAddr>,
    /// File with the keys that seal second factors [default: in the data folder]
    #[arg(long, env = "TORVAN_KEYS", value_name = "FILE")]
    keys: Option<PathBuf>,
    /// File with the keys of the database's encryption; without it encrypted values stay closed [default: in the data folder]
    #[arg(long, env = "TORVAN_ENCRYPTION_KEYS", value_name = "FILE")]
    encryption_keys: Option<PathBuf>,
    /// Make the file with the keys that seal second factors, where it is missing; for the first start elsewhere than under `torvan up`
    #[arg(long)]
    new_keys: bool,
    /// Connections to the database
    #[arg(long, env = "TORVAN_CONNECTIONS", default_value_t = 20, value_parser = clap::value_parser!(u32).range(2..=500))]
    connections: u32,
    /// Streams of live updates that are open at a time
    #[arg(long, env = "TORVAN_STREAMS", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    streams: u32,
}

/// Runs the command.
pub(crate) async fn run(args: Args, globals: Globals) -> anyhow::Result<ExitCode> {
    begin_logging();
    let options = match &globals.database_url {
        Some(_) => connection::options(&globals)?,
        None => Cluster::server_options(&connection::data_dir(&globals))?,
    };
    let keys = args
        .listening
        .keys
        .clone()
        .unwrap_or_else(|| connection::data_dir(&globals).join("secrets").join("sealing.keys"));
    // Where the keys of a server elsewhere are missing, a new file would make every second factor worthless.
    let may_make = globals.database_url.is_none() || args.listening.new_keys;
    let when_missing = if may_make { WhenMissing::Create } else { WhenMissing::Fail };
    let running = Running::begin(&args.listening, options, &keys, when_missing).await?;
    emit(&format!("Serving {}. Ctrl-C ends it.\n", running.url()))?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    running
        .until(async move {
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
            }
        })
        .await?;
    Ok(ExitCode::SUCCESS)
}

/// Lines for machines on standard error; `TORVAN_LOG` says how much (`info`, `warn`, `torvan_server=debug`).
pub(crate) fn begin_logging() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("TORVAN_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info,sqlx=warn"));
    // A second call, as in tests, leaves the first one's.
    let _ = tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(std::io::stderr).try_init();
}

/// The key file that `torvan up` keeps beside the other secrets, where there is one.
fn beside(keys: &Path) -> anyhow::Result<EncryptionKeys> {
    let file = keys.with_file_name(KEY_FILE);
    if !file.exists() {
        return Ok(EncryptionKeys::default());
    }
    EncryptionKeys::load(&file).context("the keys of the encryption")
}

/// A server that listens already.
pub(crate) struct Running {
    listener: tokio::net::TcpListener,
    app: App,
}

impl Running {
    /// Opens the database, the keys and the address.
    pub(crate) async fn begin(
        listening: &Listening,
        options: PgConnectOptions,
        keys: &Path,
        when_missing: WhenMissing,
    ) -> anyhow::Result<Self> {
        let sealing = SealingKeys::load(keys, when_missing).context("the keys that seal second factors")?;
        let encryption = match &listening.encryption_keys {
            Some(file) => EncryptionKeys::load(file).context("the keys of the encryption")?,
            None => beside(keys)?,
        };
        let hasher = Hasher::new(DEFAULT_WAITING)?;
        let store =
            server::open_store(options.application_name("torvan serve"), listening.connections).await?;
        let settings = Settings {
            origins: listening.origin.clone(),
            trusted_proxies: listening.trusted_proxy.clone(),
            events: Limits { in_all: listening.streams as usize, ..Limits::default() },
            ..Settings::default()
        };
        let listener = server::listen(listening.listen).await?;
        Ok(Self { listener, app: App::new(store, hasher, sealing, encryption, settings) })
    }

    /// Where it is found.
    pub(crate) fn url(&self) -> String {
        self.listener
            .local_addr()
            .map_or_else(|_| "http://".to_owned(), |address| format!("http://{address}"))
    }

    /// Serves until the end comes.
    pub(crate) async fn until(self, ending: impl Future<Output = ()> + Send + 'static) -> anyhow::Result<()> {
        Ok(server::serve(self.listener, self.app, ending).await?)
    }
}
