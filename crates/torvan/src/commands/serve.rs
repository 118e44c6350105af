//! `torvan serve`: the web server alone, for a database that runs elsewhere or under `torvan up`.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context as _;
use torvan_deploy::Cluster;
use torvan_server::app::{App, Settings};
use torvan_server::credentials::encryption_keys::EncryptionKeys;
use torvan_server::credentials::password::{DEFAULT_WAITING, Hasher};
use torvan_server::credentials::sealing::{SealingKeys, WhenMissing};
use torvan_server::events::Limits;
use torvan_server::server;
use torvan_server::transport::authority::LocalAuthority;
use torvan_server::transport::tls::Tls;

use crate::commands::ending::Ending;
use crate::contents::Places;
use crate::database_tls::{self, Way};
use crate::output::emit;
use crate::{Globals, connection};

/// Where a server listens that was not told.
const PLAIN_LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8080);
const TLS_LISTEN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 8443);

/// Name of the key file of the database's encryption.
pub(crate) const KEY_FILE: &str = "torvan.keys";

/// What `torvan serve` may be told.
#[derive(Debug, Clone, clap::Args)]
#[command(
    after_help = "Examples:\n  torvan serve\n  torvan serve --listen 127.0.0.1:9000\n  torvan serve --tls-certificate /etc/torvan/tls.crt --tls-key /etc/torvan/tls.key\n  TORVAN_DATABASE_URL='postgres://torvan_app@db/torvan_workflow?sslmode=verify-full&sslrootcert=/etc/torvan/db-ca.crt' torvan serve --keys /etc/torvan/keys --trusted-proxy 10.0.0.5 --listen 0.0.0.0:8080 --origin https://torvan.example"
)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) listening: Listening,
}

/// Where and how the server listens.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Listening {
    /// Address and port [default: 127.0.0.1:8080, with TLS 0.0.0.0:8443]
    #[arg(long, env = "TORVAN_LISTEN", value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// File with the certificate of the server, and what it comes from, in PEM; SIGHUP reads it again
    #[arg(long, env = "TORVAN_TLS_CERTIFICATE", value_name = "FILE", requires = "tls_key")]
    tls_certificate: Option<PathBuf>,
    /// File with the key of that certificate, in PEM; nobody but its owner may read it
    #[arg(long, env = "TORVAN_TLS_KEY", value_name = "FILE", requires = "tls_certificate")]
    tls_key: Option<PathBuf>,
    /// Scheme, host and port under which browsers see the server; may be given several times [default: the host that is asked]
    #[arg(long, env = "TORVAN_ORIGIN", value_delimiter = ',', value_name = "URL")]
    origin: Vec<String>,
    /// Address of a proxy whose X-Forwarded-For and X-Request-Id are believed; may be given several times
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
    /// Connections of browsers and programs at a time; more wait
    #[arg(long, env = "TORVAN_MAX_CONNECTIONS", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(4..=100_000))]
    max_connections: u32,
    /// Requests per second of one session or token, four times as many in a burst, and twice that for an address without; 0: no limit
    #[arg(long, env = "TORVAN_REQUESTS_PER_SECOND", default_value_t = 50, value_parser = clap::value_parser!(u32).range(..=100_000))]
    requests_per_second: u32,
    /// Streams of live updates that are open at a time
    #[arg(long, env = "TORVAN_STREAMS", default_value_t = 1_000, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    streams: u32,
    #[command(flatten)]
    places: Places,
}

impl Listening {
    /// Where it listens. Refuses what would carry passwords over a network in clear.
    pub(crate) fn address(&self, has_authority: bool) -> anyhow::Result<SocketAddr> {
        let has_tls = has_authority || self.tls_certificate.is_some();
        let address = self.listen.unwrap_or(if has_tls { TLS_LISTEN } else { PLAIN_LISTEN });
        let is_safe = has_tls || address.ip().to_canonical().is_loopback() || !self.trusted_proxy.is_empty();
        anyhow::ensure!(
            is_safe,
            "the server does not listen on {address} without TLS, where others could read passwords; mend: give --tls-certificate and --tls-key, run `torvan up --host NAME` for a certificate of the plant's own, name the proxy in front with --trusted-proxy, or listen on 127.0.0.1"
        );
        Ok(address)
    }

    /// TLS as it was asked for.
    fn tls(&self, authority: Option<LocalAuthority>) -> anyhow::Result<Option<Arc<Tls>>> {
        let tls = match (authority, &self.tls_certificate, &self.tls_key) {
            (Some(authority), ..) => Tls::of_authority(authority)?,
            (None, Some(certificate), Some(key)) => Tls::from_files(certificate.clone(), key.clone())?,
            _ => return Ok(None),
        };
        Ok(Some(Arc::new(tls)))
    }

    fn settings(&self, tls: Option<Arc<Tls>>, has_unverified_database: bool) -> anyhow::Result<Settings> {
        Ok(Settings {
            contents: Arc::new(self.places.open()?),
            origins: self.origin.clone(),
            trusted_proxies: self.trusted_proxy.clone(),
            tls,
            max_connections: usize::try_from(self.max_connections)?,
            requests_per_second: self.requests_per_second,
            has_unverified_database,
            events: Limits { in_all: usize::try_from(self.streams)?, ..Limits::default() },
            ..Settings::default()
        })
    }
}

/// Runs the command.
pub(crate) async fn run(args: Args, globals: Globals) -> anyhow::Result<ExitCode> {
    begin_logging();
    let listening = args.listening;
    listening.address(false)?;
    let way = match &globals.database_url {
        Some(_) => database_tls::way(connection::options(&globals)?)?,
        None => Way::of_socket(Cluster::server_options(&connection::data_dir(&globals))?),
    };
    let keys = listening
        .keys
        .clone()
        .unwrap_or_else(|| connection::data_dir(&globals).join("secrets").join("sealing.keys"));
    // Where the keys of a server elsewhere are missing, a new file would make every second factor worthless.
    let may_make = globals.database_url.is_none() || listening.new_keys;
    let when_missing = if may_make { WhenMissing::Create } else { WhenMissing::Fail };
    let mut ending = Ending::listen()?;
    let running = Running::begin(&listening, way, &keys, when_missing, None).await?;
    emit(&format!("Serving {}. Ctrl-C ends it.\n", running.url()))?;
    let tls = running.tls();
    running.until(async move { ending.come(tls.as_deref()).await }).await;
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
    /// Opens the certificate, the keys, the database and the address.
    pub(crate) async fn begin(
        listening: &Listening,
        way: Way,
        keys: &Path,
        when_missing: WhenMissing,
        authority: Option<LocalAuthority>,
    ) -> anyhow::Result<Self> {
        let address = listening.address(authority.is_some())?;
        let tls = listening.tls(authority)?;
        let sealing = SealingKeys::load(keys, when_missing).context("the keys that seal second factors")?;
        let encryption = match &listening.encryption_keys {
            Some(file) => EncryptionKeys::load(file).context("the keys of the encryption")?,
            None => beside(keys)?,
        };
        let hasher = Hasher::new(DEFAULT_WAITING)?;
        let settings = listening.settings(tls, way.is_unverified)?;
        let options = way.prove().await?.application_name("torvan serve");
        let store = server::open_store(options, listening.connections).await?;
        settings.contents.prove(&store).await?;
        let listener = server::listen(address).await?;
        Ok(Self { listener, app: App::new(store, hasher, sealing, encryption, settings) })
    }

    /// Where it is found.
    pub(crate) fn url(&self) -> String {
        let scheme = if self.app.settings().tls.is_some() { "https" } else { "http" };
        self.listener
            .local_addr()
            .map_or_else(|_| format!("{scheme}://"), |address| format!("{scheme}://{address}"))
    }

    /// Port on which it listens.
    pub(crate) fn port(&self) -> anyhow::Result<u16> {
        Ok(self.listener.local_addr()?.port())
    }

    /// The certificate in force, where there is one.
    pub(crate) fn tls(&self) -> Option<Arc<Tls>> {
        self.app.settings().tls.clone()
    }

    /// Serves until the end comes.
    pub(crate) async fn until(self, ending: impl Future<Output = ()> + Send + 'static) {
        server::serve(self.listener, self.app, ending).await;
    }
}
