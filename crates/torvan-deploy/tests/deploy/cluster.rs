//! The private cluster: made once, adopted, recovered, stopped, and never taken for another.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use sqlx::{ConnectOptions as _, Connection as _, PgConnection};
use tempfile::TempDir;
use torvan_deploy::{Cluster, ClusterError, ClusterOptions, Durability, RunningCluster, Tree};

use crate::support::{open_to_all, shop, test_binaries};

/// A data directory of a test's own; whatever still runs in it at the end is stopped.
struct Place {
    folder: TempDir,
    data_dir: PathBuf,
}

impl Place {
    fn new() -> Self {
        Self::below("data")
    }

    fn below(path: &str) -> Self {
        let folder = TempDir::new().unwrap();
        open_to_all(folder.path());
        let data_dir = folder.path().join(path);
        Self { folder, data_dir }
    }

    fn try_start(&self) -> Result<RunningCluster, ClusterError> {
        let options = ClusterOptions {
            data_dir: self.data_dir.clone(),
            pg_bin: test_binaries(),
            durability: Durability::Kept,
        };
        Cluster::open(&options).and_then(Cluster::start)
    }

    fn start(&self) -> RunningCluster {
        self.try_start().unwrap()
    }

    fn postmaster(&self) -> Pid {
        let text = fs::read_to_string(self.data_dir.join("postgres/postmaster.pid")).unwrap();
        Pid::from_raw(text.lines().next().unwrap().parse().unwrap())
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if self.data_dir.join("postgres/postmaster.pid").exists() {
            let _ = kill(self.postmaster(), Signal::SIGQUIT);
        }
        assert!(self.folder.path().exists());
    }
}

async fn superuser(place: &Place) -> PgConnection {
    Cluster::superuser_options(&place.data_dir, "postgres").unwrap().connect().await.unwrap()
}

async fn setting(connection: &mut PgConnection, name: &str) -> String {
    sqlx::query_scalar("SELECT current_setting($1)").bind(name).fetch_one(connection).await.unwrap()
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn a_new_cluster_is_utf8_checked_deterministic_and_reached_by_password_only() {
    let place = Place::new();
    let running = place.start();
    assert!(running.was_created() && !running.was_adopted());
    running.prepare(&shop()).await.unwrap();
    running.prepare(&shop()).await.unwrap();

    let mut connection = superuser(&place).await;
    assert_eq!(setting(&mut connection, "server_encoding").await, "UTF8");
    assert_eq!(setting(&mut connection, "data_checksums").await, "on");
    assert_eq!(setting(&mut connection, "password_encryption").await, "scram-sha-256");
    assert_eq!(setting(&mut connection, "listen_addresses").await, "");
    let collation: String =
        sqlx::query_scalar("SELECT datcollate FROM pg_database WHERE datname = 'torvan_workflow'")
            .fetch_one(&mut connection)
            .await
            .unwrap();
    assert_eq!(collation, "C");
    connection.close().await.unwrap();

    let mut owner = running.owner_options().unwrap().connect().await.unwrap();
    assert_eq!(setting(&mut owner, "log_parameter_max_length").await, "0");
    owner.close().await.unwrap();
    let intruder = running.owner_options().unwrap().password("guessed").connect().await.unwrap_err();
    assert!(intruder.to_string().contains("password authentication failed"), "{intruder}");

    for secret in ["postgres.password", "torvan_user.password", "pgpass"] {
        assert_eq!(mode(&place.data_dir.join("secrets").join(secret)), 0o600, "{secret}");
    }
    assert_eq!(mode(&place.data_dir), 0o700);
    running.stop().unwrap();
    assert!(matches!(Cluster::connect_options(&place.data_dir), Err(ClusterError::NotRunning(_))));
}

#[tokio::test]
async fn a_second_start_is_refused_with_process_and_command() {
    let place = Place::new();
    let running = place.start();

    let error = place.try_start().unwrap_err();

    let expected = format!("already runs (process {})", std::process::id());
    let text = error.to_string();
    assert!(text.contains(&expected) && text.contains("torvan db status --data-dir"), "{text}");
    running.stop().unwrap();
}

#[tokio::test]
async fn a_server_left_behind_by_a_killed_process_is_adopted() {
    let place = Place::new();
    let left_behind = place.start();
    let postmaster = place.postmaster();
    // What kill -9 leaves: the lock is gone, the server goes on.
    drop(left_behind);

    let running = place.start();

    assert!(running.was_adopted() && !running.was_created());
    assert_eq!(place.postmaster(), postmaster);
    running.stop().unwrap();
}

#[tokio::test]
async fn after_kill_9_of_the_server_everything_committed_is_there() {
    let place = Place::new();
    let running = place.start();
    let mut connection = superuser(&place).await;
    sqlx::query("CREATE TABLE kept AS SELECT 42 AS answer").execute(&mut connection).await.unwrap();

    kill(place.postmaster(), Signal::SIGKILL).unwrap();
    while running.is_alive().unwrap() {
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    running.relaunch().unwrap();

    let mut connection = superuser(&place).await;
    let answer: i32 = sqlx::query_scalar("SELECT answer FROM kept").fetch_one(&mut connection).await.unwrap();
    assert_eq!(answer, 42);
    running.stop().unwrap();
}

#[tokio::test]
async fn a_pid_file_that_names_a_stranger_does_not_keep_the_server_from_starting() {
    let place = Place::new();
    place.start().stop().unwrap();
    let pid_file = place.data_dir.join("postgres/postmaster.pid");
    let socket_dir = place.data_dir.join("run");
    let stranger = format!(
        "{}\n{}\n1\n5432\n{}\n\n",
        std::process::id(),
        place.data_dir.display(),
        socket_dir.display()
    );
    fs::write(&pid_file, stranger).unwrap();

    let running = place.start();

    assert!(!running.was_adopted());
    running.stop().unwrap();
}

#[tokio::test]
async fn an_interrupted_initdb_leaves_nothing_broken() {
    let place = Place::new();
    let partial = place.data_dir.join("postgres.partial/base");
    place.start().stop().unwrap();
    fs::remove_dir_all(place.data_dir.join("postgres")).unwrap();
    fs::create_dir_all(&partial).unwrap();
    fs::write(partial.join("half"), "written").unwrap();

    let running = place.start();

    assert!(running.was_created() && !place.data_dir.join("postgres.partial").exists());
    running.stop().unwrap();
}

#[tokio::test]
async fn a_path_too_long_for_a_socket_gets_a_short_private_one() {
    let place = Place::below(&"long/".repeat(25));
    let running = place.start();

    let socket_dir = running.socket_dir().unwrap();

    assert!(socket_dir.as_os_str().len() < 60, "{}", socket_dir.display());
    assert_eq!(mode(&socket_dir), 0o700);
    superuser(&place).await.close().await.unwrap();
    running.stop().unwrap();
    fs::remove_dir_all(socket_dir).unwrap();
}

#[tokio::test]
async fn data_of_another_major_version_are_not_touched() {
    let place = Place::new();
    place.start().stop().unwrap();
    fs::write(place.data_dir.join("postgres/PG_VERSION"), "13\n").unwrap();

    let error = place.try_start().unwrap_err().to_string();

    assert!(error.contains("was made by PostgreSQL 13") && error.contains("mend:"), "{error}");
}

#[tokio::test]
async fn two_clusters_side_by_side_do_not_know_each_other() {
    let (one, other) = (Place::new(), Place::new());
    let (first, second) = (one.start(), other.start());
    first.prepare(&Tree::embedded()).await.unwrap();

    first.stop().unwrap();

    assert!(second.is_alive().unwrap());
    superuser(&other).await.close().await.unwrap();
    second.stop().unwrap();
}
