//! A PostgreSQL cluster of our own: made once, reached by a unix socket in its data directory, never anybody else's.
//!
//! The server is started by `pg_ctl` and so outlives this process when that is killed; the next start adopts it.

mod layout;
mod settings;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread::sleep;
use std::time::Duration;
use std::{env, io};

use io::{Read as _, Seek as _, Write as _};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _, PgConnection};

use crate::account::{Account, AccountError};
use crate::postgres::{PostgresBinaries, PostgresError};
use crate::tree::{Tree, TreeError};
use crate::{DATABASE_NAME, OWNER_ROLE, SERVER_ROLE};
use layout::{Layout, Postmaster, SUPERUSER};

/// How often a start is tried again while remains of a killed server are still going down.
const START_ATTEMPTS: u32 = 20;

/// Why the cluster cannot be run. Each names the mend.
#[derive(Debug, thiserror::Error)]
pub enum ClusterError {
    /// No server programs.
    #[error(transparent)]
    Postgres(#[from] PostgresError),
    /// Nobody to run the server.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// Another `torvan up` holds the data directory.
    #[error("torvan up already runs{} on {}; look at it with: torvan db status --data-dir {}", .pid.map(|pid| format!(" (process {pid})")).unwrap_or_default(), .data_dir.display(), .data_dir.display())]
    AlreadyRunning {
        /// Its process, where known.
        pid: Option<u32>,
        /// The data directory it holds.
        data_dir: PathBuf,
    },
    /// No server runs here.
    #[error("no database runs in {}; start it with `torvan up`", .0.display())]
    NotRunning(PathBuf),
    /// The data were written by another major version.
    #[error("{} was made by PostgreSQL {made_by}, but {found} is what was found; mend: install PostgreSQL {made_by} or name its folder by --pg-bin", .data_dir.display())]
    OtherVersion {
        /// The data directory.
        data_dir: PathBuf,
        /// Major version that made it.
        made_by: u32,
        /// Version that was found.
        found: String,
    },
    /// A server program failed.
    #[error("{program} failed: {reason}")]
    Program {
        /// Name of the program.
        program: &'static str,
        /// What it said.
        reason: String,
    },
    /// A file could not be read or written.
    #[error("{}: {source}", .path.display())]
    File {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The server did not do as it was told.
    #[error("the cluster's database did not answer as it should: {0}")]
    Database(#[from] sqlx::Error),
    /// Files of the database are missing.
    #[error(transparent)]
    Tree(#[from] TreeError),
}

/// Whether data must survive a power cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// Yes.
    Kept,
    /// No: for tests, whose data is removed anyway.
    ThrowAway,
}

/// Where and with what a cluster is run.
#[derive(Debug, Clone)]
pub struct ClusterOptions {
    /// The folder that holds everything of the cluster.
    pub data_dir: PathBuf,
    /// Folder of the server programs; the newest one found if not given.
    pub pg_bin: Option<PathBuf>,
    /// Whether data must survive a power cut.
    pub durability: Durability,
}

/// Default place of the data: `/var/lib/torvan` for root, else below the user's own data folder.
#[must_use]
pub fn default_data_dir() -> PathBuf {
    if let Some(folder) = env::var_os("XDG_DATA_HOME").filter(|folder| !folder.is_empty()) {
        return PathBuf::from(folder).join("torvan");
    }
    match env::var_os("HOME") {
        // The server does not run as root, and nobody else may enter root's home.
        Some(home) if !nix::unistd::Uid::effective().is_root() => {
            PathBuf::from(home).join(".local/share/torvan")
        }
        _ => PathBuf::from("/var/lib/torvan"),
    }
}

/// A private cluster, running or not.
#[derive(Debug, Clone)]
pub struct Cluster {
    binaries: PostgresBinaries,
    account: Account,
    layout: Layout,
    durability: Durability,
}

/// A cluster that this process started or adopted and may stop.
#[derive(Debug)]
pub struct RunningCluster {
    cluster: Cluster,
    lock: File,
    created: bool,
    adopted: bool,
}

impl Cluster {
    /// Finds programs and account for the cluster in a data directory; changes nothing.
    pub fn open(options: &ClusterOptions) -> Result<Self, ClusterError> {
        let data_dir = std::path::absolute(&options.data_dir).map_err(at(&options.data_dir))?;
        let account = Account::choose(&data_dir)?;
        account.check_way_to(&data_dir)?;
        let layout = Layout::new(data_dir);
        let binaries = fitting_binaries(&layout, options.pg_bin.as_deref())?;
        Ok(Self { binaries, account, layout, durability: options.durability })
    }

    /// How to reach the database of the cluster that runs in a data directory, as its owner.
    pub fn connect_options(data_dir: &Path) -> Result<PgConnectOptions, ClusterError> {
        Ok(reach(data_dir, OWNER_ROLE)?.database(DATABASE_NAME))
    }

    /// How to reach the database of the cluster that runs in a data directory, as the role of the web server.
    pub fn server_options(data_dir: &Path) -> Result<PgConnectOptions, ClusterError> {
        Ok(reach(data_dir, SERVER_ROLE)?.database(DATABASE_NAME))
    }

    /// How to reach any database of the cluster that runs in a data directory, as its superuser.
    pub fn superuser_options(data_dir: &Path, database: &str) -> Result<PgConnectOptions, ClusterError> {
        Ok(reach(data_dir, SUPERUSER)?.database(database))
    }

    /// Server programs in use.
    #[must_use]
    pub fn binaries(&self) -> &PostgresBinaries {
        &self.binaries
    }

    /// Account that runs the server.
    #[must_use]
    pub fn account(&self) -> &Account {
        &self.account
    }

    /// Makes the cluster if there is none, and starts its server or adopts one that a killed process left behind.
    pub fn start(self) -> Result<RunningCluster, ClusterError> {
        let data_dir = &self.layout.data_dir;
        self.account.make_private_folder(data_dir).map_err(at(data_dir))?;
        let lock = self.take_lock()?;
        let created = !self.layout.is_made();
        if created {
            self.make()?;
        }
        let adopted = Postmaster::of(&self.layout)?.is_some();
        if !adopted {
            self.launch()?;
        }
        Ok(RunningCluster { cluster: self, lock, created, adopted })
    }

    fn take_lock(&self) -> Result<File, ClusterError> {
        let path = self.layout.lock_file();
        let mut file = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(at(&path))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(fs::TryLockError::WouldBlock) => {
                let mut text = String::new();
                let pid = file.read_to_string(&mut text).ok().and_then(|_| text.trim().parse().ok());
                return Err(ClusterError::AlreadyRunning { pid, data_dir: self.layout.data_dir.clone() });
            }
            Err(fs::TryLockError::Error(source)) => return Err(ClusterError::File { path, source }),
        }
        file.set_len(0)
            .and_then(|()| file.rewind())
            .and_then(|()| writeln!(file, "{}", std::process::id()))
            .map_err(at(&path))?;
        Ok(file)
    }

    /// `initdb` into a folder beside, renamed when complete: a kill half way leaves nothing that looks like a cluster.
    fn make(&self) -> Result<(), ClusterError> {
        let partial = self.layout.partial_dir();
        if partial.exists() {
            fs::remove_dir_all(&partial).map_err(at(&partial))?;
        }
        let secrets = self.layout.secrets_dir();
        self.account.make_private_folder(&secrets).map_err(at(&secrets))?;
        self.layout.secret(SUPERUSER, &self.account)?;

        let mut initdb = self.account.command(&self.binaries.program("initdb"));
        initdb.arg("--pgdata").arg(&partial).arg("--pwfile").arg(self.layout.secret_file(SUPERUSER)).args([
            "--username",
            SUPERUSER,
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--lc-collate=C",
            "--lc-messages=C",
            "--data-checksums",
            "--no-instructions",
        ]);
        initdb.arg(format!("--lc-ctype={}", settings::character_classes()));
        initdb.args(["--lc-monetary=C", "--lc-numeric=C", "--lc-time=C"]);
        if self.durability == Durability::ThrowAway {
            initdb.arg("--no-sync");
        }
        run("initdb", &mut initdb)?;

        let main_file = partial.join("postgresql.conf");
        let shipped = fs::read_to_string(&main_file).map_err(at(&main_file))?;
        self.write(
            &main_file,
            &format!("{shipped}\n# Written by torvan at each start.\ninclude 'torvan.conf'\n"),
        )?;
        self.write(&partial.join("pg_hba.conf"), settings::HOST_BASED_AUTHENTICATION)?;
        let complete = self.layout.cluster_dir();
        fs::rename(&partial, &complete).map_err(at(&complete))
    }

    fn launch(&self) -> Result<(), ClusterError> {
        let log_dir = self.layout.log_dir();
        self.account.make_private_folder(&log_dir).map_err(at(&log_dir))?;
        let socket_dir = self.layout.socket_dir(&self.account)?;
        let text = settings::torvan_conf(&socket_dir, &log_dir, self.durability, &self.binaries);
        self.write(&self.layout.cluster_dir().join("torvan.conf"), &text)?;

        let mut attempt = 1;
        loop {
            self.remove_stale_files(&socket_dir)?;
            match self.pg_ctl_start() {
                Err(ClusterError::Program { reason, .. })
                    if is_going_down(&reason) && attempt < START_ATTEMPTS =>
                {
                    attempt += 1;
                    sleep(Duration::from_millis(500));
                }
                outcome => return outcome,
            }
        }
    }

    fn pg_ctl_start(&self) -> Result<(), ClusterError> {
        let start_log = self.layout.log_dir().join("start.log");
        if start_log.exists() {
            fs::remove_file(&start_log).map_err(at(&start_log))?;
        }
        let mut start = self.account.command(&self.binaries.program("pg_ctl"));
        start.arg("start").arg("--pgdata").arg(self.layout.cluster_dir()).arg("--log").arg(&start_log);
        start.args(["--wait", "--timeout=300", "--silent"]);
        run("pg_ctl start", &mut start).map_err(|error| match error {
            ClusterError::Program { program, reason } => ClusterError::Program {
                program,
                reason: format!("{reason} {}", self.fatal_lines(&start_log)),
            },
            other => other,
        })
    }

    /// What the server itself said last; it says it in its own log once that is open.
    fn fatal_lines(&self, start_log: &Path) -> String {
        let newest = fs::read_dir(self.layout.log_dir()).ok().and_then(|entries| {
            let files = entries.filter_map(Result::ok).filter(|entry| entry.path() != start_log);
            files
                .max_by_key(|entry| entry.metadata().and_then(|metadata| metadata.modified()).ok())
                .map(|entry| entry.path())
        });
        let texts = [Some(start_log.to_owned()), newest].into_iter().flatten();
        let text: String = texts.filter_map(|path| fs::read_to_string(path).ok()).collect();
        let fatal: Vec<&str> =
            text.lines().filter(|line| line.contains("FATAL:") || line.contains("HINT:")).collect();
        one_line(&fatal[fatal.len().saturating_sub(2)..].join("\n"))
    }

    /// A server refuses to start while its pid file or its socket's lock names a process that still has that number, be it a
    /// stranger or a corpse. Both files lie in folders of this cluster alone.
    fn remove_stale_files(&self, socket_dir: &Path) -> Result<(), ClusterError> {
        if Postmaster::of(&self.layout)?.is_some() {
            return Ok(());
        }
        for path in [self.layout.pid_file(), socket_dir.join(".s.PGSQL.5432.lock")] {
            match fs::remove_file(&path) {
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                removed => removed.map_err(at(&path))?,
            }
        }
        Ok(())
    }

    fn write(&self, path: &Path, text: &str) -> Result<(), ClusterError> {
        self.account.write_private_file(path, text).map_err(at(path))
    }
}

impl RunningCluster {
    /// Whether the cluster was made by this start.
    #[must_use]
    pub fn was_created(&self) -> bool {
        self.created
    }

    /// Whether a server was found running that an earlier process had left behind.
    #[must_use]
    pub fn was_adopted(&self) -> bool {
        self.adopted
    }

    /// Server programs in use.
    #[must_use]
    pub fn binaries(&self) -> &PostgresBinaries {
        &self.cluster.binaries
    }

    /// Account that runs the server.
    #[must_use]
    pub fn account(&self) -> &Account {
        &self.cluster.account
    }

    /// Folder of the socket, what `psql -h` is told.
    pub fn socket_dir(&self) -> Result<PathBuf, ClusterError> {
        Ok(self.postmaster()?.socket_dir)
    }

    /// File with the password of the owner, what PGPASSFILE is told.
    #[must_use]
    pub fn passfile(&self) -> PathBuf {
        self.cluster.layout.passfile()
    }

    /// How to reach the database as its owner.
    pub fn owner_options(&self) -> Result<PgConnectOptions, ClusterError> {
        Cluster::connect_options(&self.cluster.layout.data_dir)
    }

    /// How to reach the database as the role of the web server, which row security binds.
    pub fn server_options(&self) -> Result<PgConnectOptions, ClusterError> {
        Cluster::server_options(&self.cluster.layout.data_dir)
    }

    /// Folder of secrets, which only the cluster's account may read.
    #[must_use]
    pub fn secrets_dir(&self) -> PathBuf {
        self.cluster.layout.secrets_dir()
    }

    /// How to reach a database of the cluster as its superuser.
    pub fn superuser_options(&self, database: &str) -> Result<PgConnectOptions, ClusterError> {
        Cluster::superuser_options(&self.cluster.layout.data_dir, database)
    }

    /// Makes owner, database and the other roles, as far as they are missing.
    pub async fn prepare(&self, tree: &Tree) -> Result<(), ClusterError> {
        let layout = &self.cluster.layout;
        let is_new_secret = !layout.secret_file(OWNER_ROLE).exists();
        let password = layout.secret(OWNER_ROLE, &self.cluster.account)?;
        self.cluster.write(&layout.passfile(), &format!("*:*:*:{OWNER_ROLE}:{password}\n"))?;

        let mut connection = self.superuser_options("postgres")?.connect().await?;
        let exists = "SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)";
        if !ask(&mut connection, exists, OWNER_ROLE).await? {
            tell(&mut connection, format!("CREATE ROLE {OWNER_ROLE} LOGIN PASSWORD '{password}'")).await?;
        } else if is_new_secret {
            tell(&mut connection, format!("ALTER ROLE {OWNER_ROLE} PASSWORD '{password}'")).await?;
        }
        let exists = "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)";
        if !ask(&mut connection, exists, DATABASE_NAME).await? {
            let create = format!(
                "CREATE DATABASE {DATABASE_NAME} OWNER {OWNER_ROLE} TEMPLATE template0 ENCODING 'UTF8'"
            );
            tell(&mut connection, create).await?;
        }
        connection.close().await?;

        let mut connection = self.superuser_options(DATABASE_NAME)?.connect().await?;
        tell(&mut connection, tree.text("roles.sql")?.to_owned()).await?;
        watch_statements(&mut connection).await?;
        let is_new_secret = !layout.secret_file(SERVER_ROLE).exists();
        let password = layout.secret(SERVER_ROLE, &self.cluster.account)?;
        if is_new_secret {
            tell(&mut connection, format!("ALTER ROLE {SERVER_ROLE} PASSWORD '{password}'")).await?;
        }
        connection.close().await?;
        Ok(())
    }

    /// Whether the server still runs.
    pub fn is_alive(&self) -> Result<bool, ClusterError> {
        Ok(Postmaster::of(&self.cluster.layout)?.is_some())
    }

    /// Starts the server again after it ended on its own; it recovers what was committed.
    pub fn relaunch(&self) -> Result<(), ClusterError> {
        self.cluster.launch()
    }

    /// Stops the server: open transactions are rolled back, everything committed is written.
    pub fn stop(self) -> Result<(), ClusterError> {
        if !self.is_alive()? {
            return Ok(());
        }
        let mut stop = self.cluster.account.command(&self.cluster.binaries.program("pg_ctl"));
        stop.arg("stop").arg("--pgdata").arg(self.cluster.layout.cluster_dir());
        stop.args(["--mode=fast", "--wait", "--timeout=120", "--silent"]);
        let outcome = run("pg_ctl stop", &mut stop);
        // The file stays: whoever waits for the lock must find the same one.
        drop(self.lock);
        outcome
    }

    fn postmaster(&self) -> Result<Postmaster, ClusterError> {
        let layout = &self.cluster.layout;
        Postmaster::of(layout)?.ok_or_else(|| ClusterError::NotRunning(layout.data_dir.clone()))
    }
}

fn reach(data_dir: &Path, role: &str) -> Result<PgConnectOptions, ClusterError> {
    let layout = Layout::new(std::path::absolute(data_dir).map_err(at(data_dir))?);
    let postmaster =
        Postmaster::of(&layout)?.ok_or_else(|| ClusterError::NotRunning(layout.data_dir.clone()))?;
    let password = layout.read_secret(role)?;
    Ok(PgConnectOptions::new()
        .socket(&postmaster.socket_dir)
        .port(postmaster.port)
        .username(role)
        .password(&password))
}

/// The programs that were named or, for existing data, those of the version that made it, else the newest.
fn fitting_binaries(layout: &Layout, named: Option<&Path>) -> Result<PostgresBinaries, ClusterError> {
    let Some(made_by) = layout.made_by()? else { return Ok(PostgresBinaries::find(named)?) };
    if named.is_none()
        && let Some(fitting) =
            PostgresBinaries::installed().into_iter().find(|found| found.major() == made_by)
    {
        return Ok(fitting);
    }
    let found = PostgresBinaries::find(named)?;
    if found.major() == made_by {
        return Ok(found);
    }
    Err(ClusterError::OtherVersion {
        data_dir: layout.data_dir.clone(),
        made_by,
        found: found.version().to_owned(),
    })
}

fn is_going_down(reason: &str) -> bool {
    ["pre-existing shared memory block", "is still in use"].iter().any(|sign| reason.contains(sign))
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> ClusterError {
    let path = path.to_owned();
    move |source| ClusterError::File { path, source }
}

fn run(program: &'static str, command: &mut Command) -> Result<(), ClusterError> {
    let failed = |reason| ClusterError::Program { program, reason };
    let output = command.output().map_err(|error| failed(error.to_string()))?;
    if output.status.success() {
        return Ok(());
    }
    let said = [output.stderr, output.stdout].concat();
    Err(failed(one_line(&String::from_utf8_lossy(&said))))
}

fn one_line(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    lines[lines.len().saturating_sub(6)..].join("; ")
}

async fn ask(connection: &mut PgConnection, query: &'static str, name: &str) -> Result<bool, ClusterError> {
    Ok(sqlx::query_scalar(query).bind(name).fetch_one(connection).await?)
}

/// Lets a database of the private cluster keep figures of its statements (`v_slow_queries`), where the server brings that along: the
/// deployment itself runs as an owner who may not.
///
/// # Errors
/// The session is not the superuser's, or it broke.
pub async fn watch_statements(connection: &mut PgConnection) -> Result<(), ClusterError> {
    let watch = "DO $$ BEGIN
        IF EXISTS (SELECT FROM pg_available_extensions WHERE name = 'pg_stat_statements') THEN
          CREATE EXTENSION IF NOT EXISTS pg_stat_statements WITH SCHEMA public;
        END IF;
      END $$";
    tell(connection, watch.to_owned()).await
}

async fn tell(connection: &mut PgConnection, statement: String) -> Result<(), ClusterError> {
    connection.execute(sqlx::raw_sql(AssertSqlSafe(statement))).await?;
    Ok(())
}
