//! A database of a test's own.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions as _, PgPool};
use torvan_deploy::find_client;

use crate::cluster::{Content, TestCluster, TestingError};

static NUMBER: AtomicU32 = AtomicU32::new(1);

/// A database of a test's own; dropped with this value.
#[derive(Debug)]
pub struct TestDatabase {
    cluster: TestCluster,
    name: String,
    pool: PgPool,
}

/// What psql said, and how it ended.
#[derive(Debug, Clone)]
#[expect(missing_docs, reason = "the names say it")]
pub struct Psql {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl TestDatabase {
    /// Deployed with sample data.
    ///
    /// # Panics
    /// When no cluster can be run or the deployment fails: no test can say anything then.
    pub async fn new() -> Self {
        Self::made(Content::Sample).await
    }

    /// Deployed without sample data.
    ///
    /// # Panics
    /// As [`TestDatabase::new`].
    pub async fn bare() -> Self {
        Self::made(Content::Bare).await
    }

    /// Not deployed at all, owned by `torvan_user`.
    ///
    /// # Panics
    /// As [`TestDatabase::new`].
    pub async fn empty() -> Self {
        Self::made(Content::Empty).await
    }

    /// Connections as `torvan_user`.
    #[must_use]
    pub fn pool(&self) -> &PgPool {
        &self.pool
    }

    /// Name of the database.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The cluster in which it lies.
    #[must_use]
    pub fn cluster(&self) -> &TestCluster {
        &self.cluster
    }

    /// URL for `torvan_user`, understood by this product and by psql.
    ///
    /// # Panics
    /// When the cluster has died.
    #[must_use]
    pub fn url(&self) -> String {
        url_for_psql(&self.options())
    }

    /// URL for the superuser, understood by this product and by psql.
    ///
    /// # Panics
    /// When the cluster has died.
    #[must_use]
    pub fn superuser_url(&self) -> String {
        url_for_psql(&self.superuser_options())
    }

    /// How to connect as `torvan_user`.
    ///
    /// # Panics
    /// When the cluster has died.
    #[must_use]
    pub fn options(&self) -> PgConnectOptions {
        or_panic(self.cluster.owner_options(&self.name))
    }

    /// How to connect as `torvan_app`, the role of the web server.
    ///
    /// # Panics
    /// When the cluster has died.
    #[must_use]
    pub fn server_options(&self) -> PgConnectOptions {
        or_panic(self.cluster.server_options(&self.name))
    }

    /// How to connect as superuser.
    ///
    /// # Panics
    /// When the cluster has died.
    #[must_use]
    pub fn superuser_options(&self) -> PgConnectOptions {
        or_panic(self.cluster.superuser_options(&self.name))
    }

    /// Runs the real psql as a stranger would, as `torvan_user` in this database.
    ///
    /// # Panics
    /// When there is no psql on this machine.
    #[must_use]
    pub fn psql(&self, arguments: &[&str]) -> Psql {
        Psql::run(&self.url(), arguments)
    }

    /// As [`TestDatabase::psql`], with a script on standard input.
    ///
    /// # Panics
    /// When there is no psql on this machine.
    #[must_use]
    pub fn psql_input(&self, arguments: &[&str], script: &[u8]) -> Psql {
        Psql::run_with(&self.url(), arguments, script)
    }

    /// What `pg_dump` writes of this database, run as `torvan_user`; none if that program is older than the server.
    ///
    /// # Panics
    /// When `pg_dump` is missing or fails.
    #[must_use]
    pub fn pg_dump(&self) -> Option<Vec<u8>> {
        let program = find_client("pg_dump", None)
            .unwrap_or_else(|| panic!("pg_dump is not installed on this machine"));
        let output = Command::new(program).arg("--dbname").arg(self.url()).output();
        let output = output.unwrap_or_else(|error| panic!("pg_dump could not be run: {error}"));
        let said = String::from_utf8_lossy(&output.stderr);
        if said.contains("server version mismatch") {
            return None;
        }
        assert!(output.status.success(), "{said}");
        Some(output.stdout)
    }

    async fn made(content: Content) -> Self {
        or_panic(Self::make(content).await)
    }

    async fn make(content: Content) -> Result<Self, TestingError> {
        let cluster = TestCluster::shared().await?;
        let name = format!("test_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        cluster.create_database(&name, content).await?;
        let pool = PgPoolOptions::new().max_connections(10).connect_lazy_with(cluster.owner_options(&name)?);
        Ok(Self { cluster, name, pool })
    }
}

impl Drop for TestDatabase {
    /// In a thread of its own: this one may belong to a runtime that must not block.
    fn drop(&mut self) {
        let (cluster, name) = (self.cluster.clone(), self.name.clone());
        let dropping = thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            // The cluster goes with everything in it at the end of the run; a failure here loses nothing.
            runtime.map(|runtime| runtime.block_on(cluster.drop_database(&name)))
        });
        let _ = dropping.join();
    }
}

impl Psql {
    /// Runs the real psql on any database.
    ///
    /// # Panics
    /// When there is no psql on this machine.
    #[must_use]
    pub fn run(url: &str, arguments: &[&str]) -> Self {
        Self::run_with(url, arguments, &[])
    }

    /// As [`Psql::run`], with a script on standard input.
    ///
    /// # Panics
    /// When there is no psql on this machine.
    #[must_use]
    pub fn run_with(url: &str, arguments: &[&str], script: &[u8]) -> Self {
        Self::run_beside(url, arguments, script, None)
    }

    /// As [`Psql::run_with`], for a script that itself starts programs which find passwords in this file.
    ///
    /// # Panics
    /// When there is no psql on this machine.
    #[must_use]
    pub fn run_beside(url: &str, arguments: &[&str], script: &[u8], passfile: Option<&Path>) -> Self {
        let Some(program) = find_client("psql", None) else {
            panic!("psql is not installed on this machine")
        };
        let output = Command::new(program)
            .envs(passfile.map(|file| ("PGPASSFILE", file)))
            .arg("--no-psqlrc")
            .arg(url)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .and_then(|mut child| {
                let mut input = child.stdin.take();
                let script = script.to_vec();
                // In a thread: psql may answer before it has read everything, and both pipes are finite.
                let writer = thread::spawn(move || input.as_mut().map(|input| input.write_all(&script)));
                let output = child.wait_with_output();
                let _ = writer.join();
                output
            });
        let output = output.unwrap_or_else(|error| panic!("psql could not be run: {error}"));
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

/// URL that psql understands: it refuses parameters that only our own driver knows.
#[must_use]
pub fn url_for_psql(options: &PgConnectOptions) -> String {
    let mut url = options.to_url_lossy();
    url.set_query(None);
    url.to_string()
}

fn or_panic<T>(outcome: Result<T, TestingError>) -> T {
    outcome.unwrap_or_else(|error| panic!("no test database: {error}"))
}
