//! `torvan bench`: what the product takes, beside the bare work on the same machine.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use clap::Subcommand;
use indicatif::ProgressBar;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _, PgConnection};
use torvan_bench::{
    DbPlan, HttpPlan, Plan, Report, Server, done_once, measure_bom, measure_db, measure_http, measure_pages,
};
use torvan_deploy::{
    Cluster, ClusterError, ClusterOptions, DeployOptions, Durability, OWNER_ROLE, RunningCluster, Tree,
    deploy, watch_statements,
};

use torvan_server::api::endpoint::Method;
use torvan_server::credentials::password::{DEFAULT_WAITING, Hasher};
use torvan_store::Store;

use crate::commands::up::write_encryption_keys;
use crate::output::{Format, emit};
use crate::{Globals, connection};

/// Databases with such a name are ours to make and to drop.
const DATABASE_PREFIX: &str = "torvan_bench_";

/// What `torvan bench` may be told.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Generation of bills of materials: one sink, an order, 100,000 lines, 50 clients
    #[command(
        after_help = "Works in a database of its own, made for it and dropped again.\n\nExamples:\n  torvan bench bom --quick\n  torvan bench bom --report bom.md --plot bom.svg"
    )]
    Bom(Options),
    /// The database with a million orders: deployment, search, row security, audit, steps, encryption, sealing
    #[command(
        after_help = "Works in a database of its own, made for it and dropped again; a million orders take some gigabytes.\n\nExamples:\n  torvan bench db --quick\n  torvan bench db --report db.md --plot db.svg"
    )]
    Db(Options),
    /// The server over HTTP with a million orders: sign-in, reads, search, preview, steps, 50 and 500 people
    #[command(
        after_help = "Starts a server of its own on a database of its own; needs the private cluster.\n\nExamples:\n  torvan bench http --quick\n  torvan bench http --report http.md --plot http.svg"
    )]
    Http(Options),
    /// Every page as each role with a million orders: its time and its statements
    #[command(
        after_help = "Starts a server of its own on a database of its own; needs the private cluster.\n\nExamples:\n  torvan bench pages --quick\n  torvan bench pages --report pages.md"
    )]
    Pages(Options),
}

#[derive(Debug, clap::Args)]
struct Options {
    /// Less data and one short round: a first look
    #[arg(long)]
    quick: bool,
    /// Leave the database for a look at its plans; the next benchmark drops it
    #[arg(long)]
    keep: bool,
    /// How to show it
    #[arg(long, value_enum, default_value_t)]
    format: Format,
    /// Write bars beside their limits into this SVG file
    #[arg(long, value_name = "FILE")]
    plot: Option<PathBuf>,
    /// Write the report as Markdown into this file; it shows the plot if both are written
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

/// Which benchmark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Subject {
    Bom,
    Db,
    Http,
    Pages,
}

/// Runs the command. A missed target is shown, not an error.
pub(crate) async fn run(args: Args, globals: Globals) -> anyhow::Result<ExitCode> {
    let (subject, options) = match args.action {
        Action::Bom(options) => (Subject::Bom, options),
        Action::Db(options) => (Subject::Db, options),
        Action::Http(options) => (Subject::Http, options),
        Action::Pages(options) => (Subject::Pages, options),
    };
    let site = Site::open(&globals).await?;
    let measured = tokio::select! {
        measured = measure(&site, subject, options.quick) => measured,
        interrupted = tokio::signal::ctrl_c() => {
            interrupted?;
            Err(anyhow::anyhow!("interrupted; nothing was measured to its end"))
        }
    };
    let closed = site.close(options.keep).await;
    let report = measured?;
    closed?;

    write(options.plot.as_deref(), &report.to_svg())?;
    write(options.report.as_deref(), &report.to_markdown(options.plot.as_deref().and_then(file_name)))?;
    emit(&match options.format {
        Format::Table => report.to_table(),
        Format::Json => report.to_json()? + "\n",
        Format::Csv => report.to_csv()?,
    })?;
    Ok(ExitCode::SUCCESS)
}

async fn measure(site: &Site, subject: Subject, quick: bool) -> anyhow::Result<Report> {
    let spinner = ProgressBar::new_spinner();
    spinner.enable_steady_tick(Duration::from_millis(100));
    let step = |what: &str| spinner.set_message(what.to_owned());

    step("deploying");
    let fresh = deploy_into(site).await?;
    let report = match subject {
        Subject::Bom => {
            let plan = if quick { Plan::quick() } else { Plan::full() };
            measure_bom(&site.database, &plan, step).await?
        }
        Subject::Db => {
            let again = deploy_into(site).await?;
            let plan = if quick { DbPlan::quick() } else { DbPlan::full() };
            let mut report = measure_db(&site.database, site.superuser.as_ref(), &plan, step).await?;
            let deployments = [
                done_once(
                    "deploy",
                    "deployment into an empty database, with sample data",
                    fresh,
                    Duration::from_secs(5),
                ),
                done_once(
                    "deploy-again",
                    "a second deployment, which changes nothing",
                    again,
                    Duration::from_secs(1),
                ),
            ];
            report.rows.splice(0..0, deployments);
            report
        }
        Subject::Http | Subject::Pages => over_http(site, subject, quick, step).await?,
    };
    spinner.finish_and_clear();
    Ok(report)
}

/// A server in a process of its own, so that its memory is its own.
async fn over_http(
    site: &Site,
    subject: Subject,
    quick: bool,
    step: impl FnMut(&str),
) -> anyhow::Result<Report> {
    let Some(cluster) = &site.server else {
        anyhow::bail!(
            "a server is measured on the private cluster only, whose role of the web server it uses; mend: leave --database-url out"
        );
    };
    let hasher = Hasher::new(DEFAULT_WAITING)?;
    let password = "a quiet green river runs".to_owned();
    let password_hash = hasher.hash(password.clone().into()).await?;
    let begun = Instant::now();
    hasher.verify(password.clone().into(), Some(password_hash.clone())).await?;
    let hash_time = begun.elapsed();
    let mut child = ServerProcess::start(&site.database, cluster).await?;
    let url = child.url().await?;
    let server = Server { url, process: child.id(), password, password_hash, hash_time };
    let plan = if quick { HttpPlan::quick() } else { HttpPlan::full() };
    if subject == Subject::Pages {
        return Ok(measure_pages(&site.database, &server, &plan, &page_routes(), step).await?);
    }
    Ok(measure_http(&site.database, &server, &plan, step).await?)
}

/// Pages for whoever is signed in.
fn page_routes() -> Vec<&'static str> {
    let read = torvan_server::pages::pages().filter(|page| page.method == Method::Get);
    read.map(|page| page.path).filter(|path| !path.starts_with("/sign-in")).collect()
}

/// `torvan serve`, ended with this value.
struct ServerProcess {
    child: tokio::process::Child,
    _keys: tempfile::TempDir,
}

impl ServerProcess {
    /// With keys of its own, since what is in other databases is none of its business.
    async fn start(owner: &PgConnectOptions, server: &PgConnectOptions) -> anyhow::Result<Self> {
        let keys = tempfile::tempdir()?;
        let encryption = keys.path().join("encryption.keys");
        let pool = PgPoolOptions::new().max_connections(1).connect_with(owner.clone()).await?;
        write_encryption_keys(&Store::from_pool(pool.clone()), &encryption).await?;
        pool.close().await;
        let mut url = server.to_url_lossy();
        url.set_query(None);
        let mut command = tokio::process::Command::new(std::env::current_exe()?);
        command
            .arg("serve")
            // Its people come from one address, and as fast as they can.
            .args(["--max-connections", "10000", "--requests-per-second", "0"])
            .args(["--listen", "127.0.0.1:0", "--new-keys", "--keys"])
            .arg(keys.path().join("sealing.keys"))
            .arg("--encryption-keys")
            .arg(encryption);
        // In the environment, where it is not shown to everybody as arguments are.
        command.env("TORVAN_DATABASE_URL", url.as_str()).env("TORVAN_LOG", "warn");
        command.stdout(std::process::Stdio::piped()).kill_on_drop(true);
        let child = command.spawn().context("cannot start a server")?;
        Ok(Self { child, _keys: keys })
    }

    fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Where it says that it serves.
    async fn url(&mut self) -> anyhow::Result<String> {
        use tokio::io::AsyncBufReadExt as _;
        let output = self.child.stdout.take().context("the server says nothing")?;
        let mut lines = tokio::io::BufReader::new(output).lines();
        let line = lines.next_line().await?.context("the server ended before it served")?;
        let url = line
            .split_whitespace()
            .find(|word| word.starts_with("http://"))
            .context("the server does not say where it is")?;
        Ok(url.trim_end_matches('.').to_owned())
    }
}

async fn deploy_into(site: &Site) -> anyhow::Result<Duration> {
    let mut session = site.database.connect().await.context("cannot reach the database of the benchmark")?;
    let options = DeployOptions { sample_data: Some(true), replace: false };
    let begun = Instant::now();
    deploy(&mut session, &Tree::embedded(), options, |_| {}).await?;
    let took = begun.elapsed();
    session.close().await?;
    Ok(took)
}

/// The server and the database that was made for the benchmark.
struct Site {
    administration: PgConnectOptions,
    database: PgConnectOptions,
    /// A superuser of the database, where there is one: who can become the server's role.
    superuser: Option<PgConnectOptions>,
    /// The role of the web server, where there is one.
    server: Option<PgConnectOptions>,
    name: String,
    /// The private cluster, if it was this command that started it.
    started: Option<RunningCluster>,
}

impl Site {
    async fn open(globals: &Globals) -> anyhow::Result<Self> {
        let name = format!("{DATABASE_PREFIX}{}", std::process::id());
        if globals.database_url.is_some() {
            let administration = connection::options(globals)?;
            let site = Self {
                database: administration.clone().database(&name),
                superuser: None,
                server: None,
                administration,
                name,
                started: None,
            };
            return site.create("").await;
        }
        let data_dir = connection::data_dir(globals);
        let started = match Cluster::superuser_options(&data_dir, "postgres") {
            Err(ClusterError::NotRunning(_)) => Some(start(&data_dir, globals).await?),
            _ => None,
        };
        let site = Self {
            administration: Cluster::superuser_options(&data_dir, "postgres")?,
            database: Cluster::connect_options(&data_dir)?.database(&name),
            superuser: Some(Cluster::superuser_options(&data_dir, &name)?),
            server: Some(Cluster::server_options(&data_dir)?.database(&name)),
            name,
            started,
        };
        site.create(&format!(" OWNER {OWNER_ROLE}")).await
    }

    async fn create(self, owner: &str) -> anyhow::Result<Self> {
        let mut session =
            self.administration.connect().await.context("cannot reach the database (mend: torvan doctor)")?;
        sweep(&mut session).await?;
        let made = tell(
            &mut session,
            format!("CREATE DATABASE {}{owner} TEMPLATE template0 ENCODING 'UTF8'", self.name),
        )
        .await;
        made.context("cannot make a database for the benchmark; mend: ALTER ROLE … CREATEDB, or leave --database-url out")?;
        session.close().await?;
        if let Some(superuser) = &self.superuser {
            let mut session = superuser.connect().await?;
            watch_statements(&mut session).await?;
            session.close().await?;
        }
        Ok(self)
    }

    /// Drops the database unless it is kept, and stops the server if it was started for this.
    async fn close(self, keep: bool) -> anyhow::Result<()> {
        if keep {
            eprintln!("kept: database {}", self.name);
        } else {
            self.drop_database().await?;
        }
        if let Some(running) = self.started {
            tokio::task::spawn_blocking(move || running.stop()).await??;
        }
        Ok(())
    }

    async fn drop_database(&self) -> anyhow::Result<()> {
        let mut session = self
            .administration
            .connect()
            .await
            .context("cannot reach the database to drop the benchmark's")?;
        tell(&mut session, format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name)).await?;
        session.close().await?;
        Ok(())
    }
}

async fn start(data_dir: &Path, globals: &Globals) -> anyhow::Result<RunningCluster> {
    let options = ClusterOptions {
        data_dir: data_dir.to_owned(),
        pg_bin: globals.pg_bin.clone(),
        durability: Durability::Kept,
    };
    let running =
        tokio::task::spawn_blocking(move || Cluster::open(&options).and_then(Cluster::start)).await??;
    running.prepare(&Tree::embedded()).await?;
    Ok(running)
}

/// Drops what killed benchmarks left. One that still runs is connected to its database, which keeps it.
async fn sweep(session: &mut PgConnection) -> anyhow::Result<()> {
    let left: Vec<String> = sqlx::query_scalar(
        "SELECT d.datname::text FROM pg_database d \
          WHERE d.datname ~ ('^' || $1 || '[0-9]+$') AND pg_has_role(d.datdba, 'MEMBER') \
            AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.datid = d.oid)",
    )
    .bind(DATABASE_PREFIX)
    .fetch_all(&mut *session)
    .await?;
    for name in left {
        // Somebody may have connected meanwhile: then it is not ours to drop.
        let _ = tell(session, format!("DROP DATABASE IF EXISTS {name}")).await;
    }
    Ok(())
}

async fn tell(session: &mut PgConnection, statement: String) -> Result<(), sqlx::Error> {
    session.execute(sqlx::raw_sql(AssertSqlSafe(statement))).await.map(|_| ())
}

fn write(path: Option<&Path>, text: &str) -> anyhow::Result<()> {
    path.map_or(Ok(()), |path| {
        fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
    })
}

fn file_name(path: &Path) -> Option<&str> {
    path.file_name().and_then(|name| name.to_str())
}
