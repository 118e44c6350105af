//! The contract's way in: nothing but psql.

use std::process::{Command, Output};

use crate::support::{database_folder, deploy, on_disk, schema_dump, session, shop, value};
use tempfile::TempDir;
use torvan_deploy::{Cluster, ClusterOptions, Durability, RunningCluster, find_client, status};
use torvan_testing::TestDatabase;

const PREPARATION: &str = "\
CREATE DATABASE torvan_workflow;
CREATE USER torvan_user WITH PASSWORD 'secure_password_here';
GRANT ALL PRIVILEGES ON DATABASE torvan_workflow TO torvan_user;

-- Connect to the database
\\c torvan_workflow;
";

/// A server of a stranger's own: nothing prepared, nobody there but the superuser.
struct Server {
    running: Option<RunningCluster>,
    folder: TempDir,
}

impl Server {
    fn start() -> Self {
        let folder = TempDir::new().unwrap();
        crate::support::open_to_all(folder.path());
        let options = ClusterOptions {
            data_dir: folder.path().join("data"),
            pg_bin: crate::support::test_binaries(),
            durability: Durability::ThrowAway,
        };
        let running = Cluster::open(&options).unwrap().start().unwrap();
        Self { running: Some(running), folder }
    }

    fn psql(&self, user: &str, password: &str, arguments: &[&str]) -> Output {
        let running = self.running.as_ref().unwrap();
        let mut psql = Command::new(find_client("psql", None).unwrap());
        psql.env("PGHOST", running.socket_dir().unwrap())
            .env("PGPASSWORD", password)
            .current_dir(database_folder());
        psql.args(["-X", "-U", user]).args(arguments).output().unwrap()
    }

    fn as_superuser(&self, arguments: &[&str]) -> Output {
        let password =
            std::fs::read_to_string(self.folder.path().join("data/secrets/postgres.password")).unwrap();
        self.psql("postgres", password.trim(), arguments)
    }

    fn deploy(&self) -> Output {
        let contract = ["-d", "torvan_workflow", "-f", "deploy_database.sql"];
        self.psql("torvan_user", "secure_password_here", &contract)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            running.stop().unwrap();
        }
    }
}

#[test]
fn the_contracts_block_alone_ends_with_the_mending_line_and_with_it_succeeds() {
    let server = Server::start();
    let block = server.folder.path().join("block.sql");
    std::fs::write(&block, PREPARATION).unwrap();
    let prepared =
        server.as_superuser(&["-d", "postgres", "-v", "ON_ERROR_STOP=1", "-f", block.to_str().unwrap()]);
    assert!(prepared.status.success(), "{}", String::from_utf8_lossy(&prepared.stderr));

    let refused = server.deploy();
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(3), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.contains("ALTER DATABASE torvan_workflow OWNER TO torvan_user;"), "{said}");
    assert!(refused.stdout.is_empty());

    let mended = server.as_superuser(&[
        "-d",
        "postgres",
        "-c",
        "ALTER DATABASE torvan_workflow OWNER TO torvan_user;",
    ]);
    assert!(mended.status.success());
    let deployed = server.deploy();
    assert!(deployed.status.success(), "{}", String::from_utf8_lossy(&deployed.stderr));
    assert!(deployed.stderr.is_empty(), "{}", String::from_utf8_lossy(&deployed.stderr));

    let again = server.deploy();
    assert!(
        String::from_utf8_lossy(&again.stdout).contains("nothing to do"),
        "{}",
        String::from_utf8_lossy(&again.stdout)
    );

    // Roles come later, by the DBA; the next deployment gives them what they may do.
    let mode = [
        "-d",
        "torvan_workflow",
        "-Atc",
        "SELECT role_mode FROM deployment_log ORDER BY created_at DESC LIMIT 1",
    ];
    let single = server.psql("torvan_user", "secure_password_here", &mode);
    assert_eq!(String::from_utf8_lossy(&single.stdout).trim(), "single");
    for _ in 0..2 {
        let roles =
            server.as_superuser(&["-d", "torvan_workflow", "-v", "ON_ERROR_STOP=1", "-f", "roles.sql"]);
        assert!(
            roles.status.success() && roles.stderr.is_empty(),
            "{}",
            String::from_utf8_lossy(&roles.stderr)
        );
    }
    assert!(server.deploy().status.success());
    let separate = server.psql("torvan_user", "secure_password_here", &mode);
    assert_eq!(String::from_utf8_lossy(&separate.stdout).trim(), "separate");
    let granted = server.as_superuser(&[
        "-d",
        "torvan_workflow",
        "-Atc",
        "SELECT has_table_privilege('torvan_app', 'deployment_log', 'SELECT'), pg_has_role('torvan_user', 'pg_monitor', 'USAGE')",
    ]);
    assert_eq!(String::from_utf8_lossy(&granted.stdout).trim(), "t|t");
}

#[tokio::test]
async fn psql_and_the_binary_leave_the_same_database() {
    let (by_psql, by_binary) = (TestDatabase::empty().await, TestDatabase::empty().await);
    let folder = on_disk(&shop());

    let shown = by_psql.psql(&["-f", folder.path().join("deploy_database.sql").to_str().unwrap()]);
    deploy(&by_binary, &shop()).await.unwrap();

    assert_eq!((shown.code, shown.stderr.as_str()), (0, ""));
    assert_eq!(schema_dump(&by_psql), schema_dump(&by_binary));
    let fingerprint = "SELECT details ->> 'fingerprint' FROM deployment_log";
    assert_eq!(value(&by_psql, fingerprint).await, value(&by_binary, fingerprint).await);
    assert!(deploy(&by_psql, &shop()).await.unwrap().ran.is_empty(), "the binary finds nothing left to do");
}

#[tokio::test]
async fn sample_data_can_be_left_out() {
    let db = TestDatabase::empty().await;
    let folder = on_disk(&shop());
    let script = folder.path().join("deploy_database.sql");

    let shown = db.psql(&["-v", "sample_data=0", "-f", script.to_str().unwrap()]);
    assert_eq!(shown.code, 0, "{}", shown.stderr);
    assert_eq!(value(&db, "SELECT count(*)::text FROM parts").await, "0");

    let shown = db.psql(&["-v", "sample_data=maybe", "-f", script.to_str().unwrap()]);
    assert_eq!(shown.code, 3);
    assert!(shown.stderr.contains("sample_data is 'maybe'"), "{}", shown.stderr);
}

#[tokio::test]
async fn a_file_that_fails_under_psql_is_named_by_the_next_look() {
    let db = TestDatabase::empty().await;
    let folder =
        on_disk(&shop().with_file("seed/sample_shop.sql", "INSERT INTO parts VALUES ('bolt', NULL);\n"));

    let shown = db.psql(&["-f", folder.path().join("deploy_database.sql").to_str().unwrap()]);

    assert_eq!(shown.code, 3);
    assert_eq!(shown.stderr.lines().count(), 1, "{}", shown.stderr);
    assert_eq!(value(&db, "SELECT status FROM deployment_log").await, "started");
    let seen = status(&mut session(&db).await, &shop()).await.unwrap();
    assert_eq!(seen.deployments[0].status, "failed");
    assert_eq!(seen.deployments[0].failed_file.as_deref(), Some("seed/sample_shop.sql"));
    assert_eq!(value(&db, "SELECT coalesce(to_regclass('public.parts')::text, 'none')").await, "none");
}

#[tokio::test]
async fn a_deployment_killed_half_way_is_settled_by_the_next_one() {
    let db = TestDatabase::empty().await;
    let slow = on_disk(&shop().with_file("functions/shop.sql", "SELECT pg_sleep(600);\n"));
    let mut psql = Command::new(find_client("psql", None).unwrap())
        .args(["-X", &db.url(), "-f"])
        .arg(slow.path().join("deploy_database.sql"))
        .spawn()
        .unwrap();
    while value(&db, "SELECT count(*)::text FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)%' AND pid <> pg_backend_pid()").await == "0" {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    psql.kill().unwrap();
    psql.wait().unwrap();
    value(&db, "SELECT max(pg_terminate_backend(pid)::text) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)%' AND pid <> pg_backend_pid()").await;
    while value(&db, "SELECT count(*)::text FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())").await != "0" {
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }

    deploy(&db, &shop()).await.unwrap();

    let outcomes = value(&db, "SELECT string_agg(concat_ws(' ', status, failed_file), ', ' ORDER BY deployment_id) FROM deployment_log").await;
    assert_eq!(outcomes, "failed functions/shop.sql, succeeded");
}
