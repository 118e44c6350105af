//! `torvan up`: everything on this machine, with one command.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::Utc;
use sqlx::ConnectOptions as _;
use torvan_deploy::{
    Cluster, ClusterOptions, DeployOptions, Durability, RunningCluster, Tree, deploy, find_client,
};

use torvan_store::governance::{fresh_key_lines, has_keys, register_keys};
use torvan_store::{Actor, Store};

use torvan_server::credentials::sealing::WhenMissing;
use torvan_server::transport::authority::{Authority, HostName, LocalAuthority};
use torvan_server::transport::tls::Tls;

use crate::commands::ending::Ending;
use crate::commands::{demo, serve, user};
use crate::database_tls::Way;
use crate::output::emit;
use crate::{Globals, connection};

/// How often the server may end on its own within [`RELAUNCH_WINDOW`] before we give up.
const MAX_RELAUNCHES: usize = 5;
const RELAUNCH_WINDOW: Duration = Duration::from_mins(1);

/// Account that the deployment makes for the first Administrator, and how long its code is good.
const FIRST_ADMINISTRATOR: &str = "admin";
const SETUP_MINUTES: i32 = 30;

/// What `torvan up` may be told.
#[derive(Debug, clap::Args)]
#[command(
    after_help = "Examples:\n  torvan up\n  torvan up --data-dir /srv/torvan --no-sample-data\n  torvan up --host torvan.plant.example --host 192.168.1.20\n  torvan up --once"
)]
pub(crate) struct Args {
    /// Leave the sample data out of a new database
    #[arg(long)]
    no_sample_data: bool,
    /// Stop again when everything is ready, instead of running until Ctrl-C
    #[arg(long)]
    once: bool,
    /// Name or address under which the plant's devices reach this machine; may be given several times. Makes a certificate authority for these names, and serves TLS
    #[arg(
        long,
        env = "TORVAN_HOST",
        value_delimiter = ',',
        value_name = "NAME",
        conflicts_with = "tls_certificate"
    )]
    host: Vec<HostName>,
    #[command(flatten)]
    listening: serve::Listening,
}

/// Runs the command.
pub(crate) async fn run(args: Args, globals: Globals) -> anyhow::Result<ExitCode> {
    if globals.database_url.is_some() {
        anyhow::bail!(
            "torvan up runs a cluster of its own; mend: leave --database-url out, or deploy there with `torvan db deploy`"
        );
    }
    args.listening.address(!args.host.is_empty())?;
    let mut ending = Ending::listen()?;
    let data_dir = connection::data_dir(&globals);
    let cluster = Arc::new(start(&data_dir, &globals).await?);

    let ready = tokio::select! {
        ready = make_ready(&cluster, &args, &globals) => ready.map(|()| true),
        () = ending.come(None) => Ok(false),
    };
    let outcome = match ready {
        Ok(true) if !args.once => serve_until(&cluster, &args, &globals, &mut ending).await,
        other => other.map(|_| ()),
    };
    stop(cluster).await?;
    outcome.map(|()| ExitCode::SUCCESS)
}

/// The web server, until the end comes or the database cannot be kept.
async fn serve_until(
    cluster: &Arc<RunningCluster>,
    args: &Args,
    globals: &Globals,
    ending: &mut Ending,
) -> anyhow::Result<()> {
    serve::begin_logging();
    make_encryption_keys(globals, &cluster.secrets_dir().join(serve::KEY_FILE)).await?;
    let keys = cluster.secrets_dir().join("sealing.keys");
    let way = Way::of_socket(cluster.server_options()?);
    let authority = local_authority(args, &cluster.secrets_dir())?;
    let running = serve::Running::begin(&args.listening, way, &keys, WhenMissing::Create, authority).await?;
    let tls = running.tls();
    let url =
        if let (Some(authority), Some(host)) = (tls.as_deref().and_then(Tls::authority), args.host.first()) {
            let port = running.port()?;
            say_how_to_trust(&args.host, port, authority);
            format!("https://{}:{port}", host.in_url())
        } else {
            say(&format!("\nServing {}", running.url()));
            running.url()
        };
    if user::has_administrator(globals).await? {
        say(&format!("Sign in with a browser: {url}/sign-in"));
    } else {
        let code = user::setup_code(globals, FIRST_ADMINISTRATOR, false, SETUP_MINUTES).await?;
        say(&format!("Set the first Administrator up with a browser: {url}/sign-in/setup"));
        say(&format!(
            "Setup code of the first Administrator, good once and for {SETUP_MINUTES} minutes: {code}"
        ));
    }
    say("Running. Ctrl-C stops it.");
    let (told, tell) = tokio::sync::oneshot::channel::<()>();
    let serving = running.until(async move {
        let _ = tell.await;
    });
    tokio::pin!(serving);
    let outcome = tokio::select! {
        outcome = watch(cluster) => outcome,
        () = &mut serving => return Ok(()),
        () = ending.come(tls.as_deref()) => Ok(()),
    };
    let _ = told.send(());
    serving.await;
    outcome
}

fn local_authority(args: &Args, secrets: &Path) -> anyhow::Result<Option<LocalAuthority>> {
    if args.host.is_empty() {
        return Ok(None);
    }
    Ok(Some(LocalAuthority::open(secrets, &args.host, Utc::now())?))
}

fn say_how_to_trust(hosts: &[HostName], port: u16, authority: &Authority) {
    say("");
    for host in hosts {
        say(&format!("Serving https://{}:{port}", host.in_url()));
    }
    say("Each device trusts it once, at /install there, if the page shows this fingerprint (SHA-256):");
    say(&format!("  {}", authority.fingerprint));
    say(&format!(
        "Certificate authority: {}. Keep a copy of it and of torvan-ca.key beside it in a safe place.",
        authority.file.display()
    ));
}

/// Keys of the encryption at the first start.
async fn make_encryption_keys(globals: &Globals, file: &Path) -> anyhow::Result<()> {
    let store = Store::from_pool(connection::pool(globals).await?);
    if !file.exists() && write_encryption_keys(&store, file).await? {
        say(&format!("Keys of the encryption made: {}. Keep a copy in a safe place.", file.display()));
    }
    Ok(())
}

/// Makes keys for a database that has none, as its owner, in a new file that its owner alone may read; says whether it did. The file
/// comes before its keys are registered: a key without a file is lost.
pub(crate) async fn write_encryption_keys(store: &Store, file: &Path) -> anyhow::Result<bool> {
    let mut context = store.begin(&Actor::Database).await?;
    if has_keys(&mut context).await? {
        return Ok(false);
    }
    let lines = fresh_key_lines(&mut context).await?;
    let mut written = OpenOptions::new().write(true).create_new(true).mode(0o600).open(file)?;
    written.write_all(format!("{}\n", lines.join("\n")).as_bytes())?;
    written.sync_all()?;
    register_keys(&mut context, &lines).await?;
    context.commit().await?;
    Ok(true)
}

async fn start(data_dir: &Path, globals: &Globals) -> anyhow::Result<RunningCluster> {
    let options = ClusterOptions {
        data_dir: data_dir.to_owned(),
        pg_bin: globals.pg_bin.clone(),
        durability: Durability::Kept,
    };
    let begun = Instant::now();
    let running =
        tokio::task::spawn_blocking(move || Cluster::open(&options).and_then(Cluster::start)).await??;
    let done = match (running.was_created(), running.was_adopted()) {
        (true, _) => "made and started",
        (false, true) => "found running, taken over",
        (false, false) => "started",
    };
    step(
        &format!(
            "PostgreSQL {} {done} in {} as {}",
            running.binaries().version(),
            data_dir.display(),
            running.account().name()
        ),
        begun,
    );
    Ok(running)
}

async fn make_ready(running: &RunningCluster, args: &Args, globals: &Globals) -> anyhow::Result<()> {
    let tree = Tree::embedded();
    let begun = Instant::now();
    running.prepare(&tree).await?;
    step("owner, database and roles", begun);

    let options = DeployOptions { sample_data: args.no_sample_data.then_some(false), replace: false };
    let mut session = running.owner_options()?.connect().await?;
    let begun = Instant::now();
    let report = deploy(&mut session, &tree, options, |_| {}).await?;
    step(&format!("deployment: {}", report.message), begun);

    print_way_in(running)?;
    let pool = connection::pool(globals).await?;
    let shown = demo::show(&Store::from_pool(pool.clone())).await;
    pool.close().await;
    shown
}

fn print_way_in(running: &RunningCluster) -> anyhow::Result<()> {
    let psql = find_client("psql", Some(running.binaries()));
    let psql = psql.map_or_else(|| "psql".to_owned(), |path| path.display().to_string());
    say("\nConnect with psql:");
    say(&format!(
        "  PGPASSFILE={} {psql} -h {} -U {} -d {}",
        running.passfile().display(),
        running.socket_dir()?.display(),
        torvan_deploy::OWNER_ROLE,
        torvan_deploy::DATABASE_NAME,
    ));
    Ok(())
}

/// Starts the server again when it ends on its own; returns only when that does not help.
async fn watch(cluster: &Arc<RunningCluster>) -> anyhow::Result<()> {
    let mut relaunches: Vec<Instant> = Vec::new();
    loop {
        tokio::time::sleep(Duration::from_secs(1)).await;
        if cluster.is_alive()? {
            continue;
        }
        relaunches.retain(|moment| moment.elapsed() < RELAUNCH_WINDOW);
        if relaunches.len() == MAX_RELAUNCHES {
            anyhow::bail!(
                "PostgreSQL ended {MAX_RELAUNCHES} times within a minute; mend: look into the log folder of the data directory"
            );
        }
        relaunches.push(Instant::now());
        let begun = Instant::now();
        let ended = Arc::clone(cluster);
        tokio::task::spawn_blocking(move || ended.relaunch()).await??;
        step("PostgreSQL had ended on its own; started again, everything committed is there", begun);
    }
}

async fn stop(cluster: Arc<RunningCluster>) -> anyhow::Result<()> {
    let begun = Instant::now();
    // A relaunch under way when the ending came must end first: two hands on one server lead nowhere.
    let cluster = loop_until_alone(cluster).await;
    tokio::task::spawn_blocking(move || cluster.stop()).await??;
    step("stopped", begun);
    Ok(())
}

async fn loop_until_alone(mut cluster: Arc<RunningCluster>) -> RunningCluster {
    loop {
        match Arc::try_unwrap(cluster) {
            Ok(alone) => return alone,
            Err(shared) => cluster = shared,
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

fn step(what: &str, begun: Instant) {
    say(&format!("{what} ({:.1} s)", begun.elapsed().as_secs_f64()));
}

/// A terminal that is gone is no reason to stop the server.
fn say(line: &str) {
    let _ = emit(&format!("{line}\n"));
}
