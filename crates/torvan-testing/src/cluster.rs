//! The cluster of a test run: started by the first test that needs it, gone with the runner.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::os::unix::fs::DirBuilderExt as _;
use std::os::unix::process::{CommandExt as _, parent_id};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;
use std::{env, io};

use nix::sys::signal::{Signal, kill};
use nix::sys::statvfs::statvfs;
use nix::unistd::Pid;
use sha2::{Digest as _, Sha256};
use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, ConnectOptions as _, Connection as _, Executor as _};
use torvan_deploy::{
    Cluster, ClusterError, ClusterOptions, DeployError, DeployOptions, Durability, Tree, TreeError, deploy,
};

/// Folders of test runs begin so; the runner's process and the moment it began follow.
const FOLDER_PREFIX: &str = "torvan-test-";

/// Where files lie in memory. A test's copy of the template is made there in a third of the time that a disk takes.
const IN_MEMORY: &str = "/dev/shm";

/// Bytes that must be free there, and as much again of the machine's memory.
const ROOM: u64 = 4 << 30;

/// Waits for the end of the runner ($1, begun at $2), then stops the server in $3 and removes the folder.
const KEEPER: &str = r#"
while [ "$(cut -d' ' -f22 "/proc/$1/stat" 2>/dev/null)" = "$2" ]; do sleep 1; done
read -r postmaster < "$3/data/postgres/postmaster.pid" && kill -QUIT "$postmaster"
sleep 1
rm -rf "$3"
"#;

/// Why a test got no database.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the message of each variant says it")]
pub enum TestingError {
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    #[error("the template could not be deployed: {0}")]
    Deploy(#[from] DeployError),
    #[error(transparent)]
    Tree(#[from] TreeError),
    #[error("the test cluster did not answer as it should: {0}")]
    Database(#[from] sqlx::Error),
    #[error("{}: {source}", .path.display())]
    File { path: PathBuf, source: io::Error },
}

/// What a template holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Content {
    Sample,
    Bare,
    Empty,
}

/// The cluster of this test run.
#[derive(Debug, Clone)]
pub struct TestCluster {
    folder: PathBuf,
}

impl TestCluster {
    /// The cluster of this test run, started if this is the first test that asks.
    pub async fn shared() -> Result<Self, TestingError> {
        let pg_bin = env::var_os("TORVAN_TEST_PG_BIN").filter(|folder| !folder.is_empty()).map(PathBuf::from);
        let runner = Process::of(parent_id());
        let server = pg_bin.as_deref().map_or("default", |folder| folder.to_str().unwrap_or("other"));
        let name = format!("{FOLDER_PREFIX}{}-{}-{}", runner.pid, runner.begun, short_hash(&[server]));
        let folder = folder_of(&name);
        let cluster = Self { folder };
        let _lock = cluster.lock().await?;
        if Cluster::superuser_options(&cluster.data_dir(), "postgres").is_err() {
            sweep();
            cluster.start(pg_bin, &runner).await?;
        }
        Ok(cluster)
    }

    /// How to reach a database of this cluster as its superuser.
    pub fn superuser_options(&self, database: &str) -> Result<PgConnectOptions, TestingError> {
        Ok(Cluster::superuser_options(&self.data_dir(), database)?)
    }

    /// How to reach a database of this cluster as `torvan_user`.
    pub fn owner_options(&self, database: &str) -> Result<PgConnectOptions, TestingError> {
        Ok(Cluster::connect_options(&self.data_dir())?.database(database))
    }

    /// File with the password of `torvan_user`, what PGPASSFILE is told.
    #[must_use]
    pub fn passfile(&self) -> PathBuf {
        self.data_dir().join("secrets").join("pgpass")
    }

    /// How to reach a database of this cluster as `torvan_app`, the role of the web server.
    pub fn server_options(&self, database: &str) -> Result<PgConnectOptions, TestingError> {
        Ok(Cluster::server_options(&self.data_dir())?.database(database))
    }

    pub(crate) async fn create_database(&self, name: &str, content: Content) -> Result<(), TestingError> {
        let template = self.template(content).await?;
        self.tell("postgres", &format!("CREATE DATABASE {name} OWNER torvan_user TEMPLATE {template}")).await
    }

    pub(crate) async fn drop_database(&self, name: &str) -> Result<(), TestingError> {
        self.tell("postgres", &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)")).await
    }

    /// Name of the template, deployed first if no test asked for it before.
    async fn template(&self, content: Content) -> Result<String, TestingError> {
        if content == Content::Empty {
            return Ok("template0".to_owned());
        }
        let tree = database_tree()?;
        let texts: Vec<&str> = tree.files().flat_map(|(path, text)| [path, text]).collect();
        let kind = if content == Content::Sample { "sample" } else { "bare" };
        let name = format!("template_{kind}_{}", short_hash(&texts));

        let _lock = self.lock().await?;
        if self.exists(&name).await? {
            return Ok(name);
        }
        let building = format!("{name}_building");
        self.drop_database(&building).await?;
        self.tell("postgres", &format!("CREATE DATABASE {building} OWNER torvan_user TEMPLATE template0"))
            .await?;
        let mut connection = self.owner_options(&building)?.connect().await?;
        let options = DeployOptions { sample_data: Some(content == Content::Sample), replace: false };
        deploy(&mut connection, &tree, options, |_| {}).await?;
        connection.close().await?;
        self.tell("postgres", &format!("ALTER DATABASE {building} RENAME TO {name}")).await?;
        Ok(name)
    }

    async fn exists(&self, database: &str) -> Result<bool, TestingError> {
        let mut connection = self.superuser_options("postgres")?.connect().await?;
        let found = sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)")
            .bind(database)
            .fetch_one(&mut connection)
            .await?;
        connection.close().await?;
        Ok(found)
    }

    async fn tell(&self, database: &str, statement: &str) -> Result<(), TestingError> {
        let mut connection = self.superuser_options(database)?.connect().await?;
        connection.execute(sqlx::raw_sql(AssertSqlSafe(statement.to_owned()))).await?;
        connection.close().await?;
        Ok(())
    }

    async fn start(&self, pg_bin: Option<PathBuf>, runner: &Process) -> Result<(), TestingError> {
        let options = ClusterOptions { data_dir: self.data_dir(), pg_bin, durability: Durability::ThrowAway };
        self.keep_until_the_end_of(runner)?;
        let running = Cluster::open(&options)?.start()?;
        running.prepare(&database_tree()?).await?;
        Ok(())
    }

    fn keep_until_the_end_of(&self, runner: &Process) -> Result<(), TestingError> {
        let mut keeper = Command::new("sh");
        keeper
            .args(["-c", KEEPER, "torvan-test-keeper", &runner.pid.to_string(), &runner.begun])
            .arg(&self.folder);
        keeper
            .current_dir("/")
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        keeper.spawn().map(drop).map_err(at(Path::new("sh")))
    }

    /// Held by one test process at a time; waiting for it must not keep the test's other tasks from going on.
    async fn lock(&self) -> Result<File, TestingError> {
        if !self.folder.exists() {
            let made = fs::DirBuilder::new().recursive(true).mode(0o755).create(&self.folder);
            made.map_err(at(&self.folder))?;
        }
        let path = self.folder.join("cluster.lock");
        let file = File::create(&path).map_err(at(&path))?;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(file),
                Err(fs::TryLockError::WouldBlock) => tokio::time::sleep(Duration::from_millis(50)).await,
                Err(fs::TryLockError::Error(source)) => return Err(TestingError::File { path, source }),
            }
        }
    }

    fn data_dir(&self) -> PathBuf {
        self.folder.join("data")
    }
}

/// `database/` of this checkout, as it is on disk.
fn database_tree() -> Result<Tree, TestingError> {
    Ok(Tree::from_dir(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../database"))?)
}

/// A process and the moment it began: a number alone may be given to another one later.
#[derive(Debug, PartialEq, Eq)]
struct Process {
    pid: u32,
    begun: String,
}

impl Process {
    fn of(pid: u32) -> Self {
        let statistics = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let begun = statistics.split(' ').nth(21).unwrap_or_default().to_owned();
        Self { pid, begun }
    }
}

/// Where the cluster of a run lies: where its first test put it.
fn folder_of(name: &str) -> PathBuf {
    let (in_memory, on_disk) = (Path::new(IN_MEMORY).join(name), env::temp_dir().join(name));
    if in_memory.exists() || !on_disk.exists() && has_room_in_memory() { in_memory } else { on_disk }
}

fn has_room_in_memory() -> bool {
    let free = statvfs(IN_MEMORY).map(|facts| facts.blocks_available() * facts.fragment_size());
    let memory = fs::read_to_string("/proc/meminfo").unwrap_or_default();
    let available =
        memory.lines().find_map(|line| line.strip_prefix("MemAvailable:")?.split_whitespace().next());
    let available = available.and_then(|kilobytes| kilobytes.parse::<u64>().ok()).unwrap_or_default() << 10;
    free.is_ok_and(|free| free >= ROOM) && available >= 2 * ROOM
}

/// Removes what killed runs left behind.
fn sweep() {
    let roots = [env::temp_dir(), PathBuf::from(IN_MEMORY)];
    let entries = roots.iter().filter_map(|root| fs::read_dir(root).ok()).flatten();
    for folder in entries.filter_map(Result::ok).map(|entry| entry.path()) {
        let is_left_over = folder
            .file_name()
            .and_then(|name| name.to_str()?.strip_prefix(FOLDER_PREFIX)?.split_once('-'))
            .and_then(|(pid, rest)| Some((pid.parse().ok()?, rest.split('-').next()?)))
            .is_some_and(|(pid, begun)| Process::of(pid).begun != begun);
        if is_left_over {
            remove(&folder);
        }
    }
}

fn remove(folder: &Path) {
    let cluster_dir = folder.join("data/postgres");
    let postmaster = fs::read_to_string(cluster_dir.join("postmaster.pid"))
        .ok()
        .and_then(|text| text.lines().next()?.parse().ok());
    if let Some(pid) = postmaster
        && fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|working_dir| working_dir == cluster_dir)
    {
        // Somebody else's leftover stays; so be it.
        let _ = kill(Pid::from_raw(pid), Signal::SIGQUIT);
    }
    let _ = fs::remove_dir_all(folder);
}

fn short_hash(texts: &[&str]) -> String {
    let mut digest = Sha256::new();
    for text in texts {
        digest.update(text.as_bytes());
        digest.update([0]);
    }
    digest.finalize().iter().take(6).fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> TestingError {
    let path = path.to_owned();
    move |source| TestingError::File { path, source }
}
