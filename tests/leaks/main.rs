//! Keys and personal data leave no trace in the server's log, in `pg_stat_statements`, in the audit trail or in a dump.
//!
//! On a server that logs every statement: key files by psql as documented, values by bound parameters as the server binds them.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::{ConnectOptions as _, Connection as _, PgConnection};
use tempfile::TempDir;
use torvan_deploy::{Cluster, ClusterOptions, DeployOptions, Durability, RunningCluster, Tree, deploy};
use torvan_testing::{Psql, url_for_psql};

const DATABASE: &str = "torvan_workflow";

/// What must be found nowhere: parts of what is bound below.
const CANARIES: [&str; 4] = ["Canary Jane", "canary.jane@example.org", "+1 514 555 0177", "Canary Street 9"];

struct Server {
    folder: TempDir,
    running: Option<RunningCluster>,
}

impl Server {
    async fn that_logs_everything() -> Self {
        let folder = TempDir::new().expect("a folder");
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("open to the server");
        let mut server = Self { folder, running: None };
        server.start();
        let tree =
            Tree::from_dir(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../database")).expect("the files");
        server.running().prepare(&tree).await.expect("roles and database");
        let mut superuser = server.superuser().await;
        for setting in
            ["log_statement = 'all'", "log_min_duration_statement = 0", "log_error_verbosity = verbose"]
        {
            let statement = format!("ALTER SYSTEM SET {setting}");
            sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(&mut superuser).await.expect("set");
        }
        let _ = sqlx::raw_sql("ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'")
            .execute(&mut superuser)
            .await;
        superuser.close().await.expect("closed");
        server.running.take().expect("running").stop().expect("stopped");
        server.start();
        let mut owner = server.owner().await;
        deploy(&mut owner, &tree, DeployOptions { sample_data: Some(true), replace: false }, |_| {})
            .await
            .expect("deployed");
        server
    }

    fn start(&mut self) {
        let pg_bin = std::env::var_os("TORVAN_TEST_PG_BIN").filter(|bin| !bin.is_empty()).map(PathBuf::from);
        let options = ClusterOptions { data_dir: self.data_dir(), pg_bin, durability: Durability::ThrowAway };
        self.running = Some(Cluster::open(&options).and_then(Cluster::start).expect("a server"));
    }

    fn running(&self) -> &RunningCluster {
        self.running.as_ref().expect("running")
    }

    fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    async fn superuser(&self) -> PgConnection {
        self.running().superuser_options("postgres").expect("options").connect().await.expect("a superuser")
    }

    async fn owner(&self) -> PgConnection {
        self.running()
            .owner_options()
            .expect("options")
            .database(DATABASE)
            .connect()
            .await
            .expect("the owner")
    }

    fn psql(&self, script: &str) -> Psql {
        let options = self.running().owner_options().expect("options").database(DATABASE);
        Psql::run_with(&url_for_psql(&options), &["-X", "-v", "ON_ERROR_STOP=1"], script.as_bytes())
    }

    /// Everything that the server wrote about what it was asked.
    fn log(&self) -> String {
        let logs = fs::read_dir(self.data_dir().join("log")).expect("the log");
        logs.filter_map(|entry| fs::read_to_string(entry.ok()?.path()).ok()).collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(running) = self.running.take() {
            // Somebody who panics wants to see that, not this.
            let _ = running.stop();
        }
    }
}

async fn bound(
    connection: &mut PgConnection,
    statement: &'static str,
    values: &[&str],
) -> Result<(), sqlx::Error> {
    let mut query = sqlx::query(statement);
    for value in values {
        query = query.bind(*value);
    }
    query.execute(connection).await.map(|_| ())
}

#[tokio::test]
async fn keys_and_personal_data_leave_no_trace() {
    let server = Server::that_logs_everything().await;
    let key_file = server.folder.path().join("torvan.keys");
    let written =
        server.psql(&format!("\\copy (SELECT line FROM generate_key_file()) TO '{}'\n", key_file.display()));
    assert_eq!(written.code, 0, "{}", written.stderr);
    let lines = fs::read_to_string(&key_file).expect("the key file");
    let keys: Vec<&str> = lines.lines().filter_map(|line| line.split(' ').nth(2)).collect();
    assert_eq!(keys.len(), 3, "one key for each purpose");
    let loaded = server.psql(&format!(
        "CREATE TEMP TABLE key_file (line text);\n\\copy key_file FROM '{}'\nSELECT register_encryption_keys();\nSELECT use_encryption_keys(false);\nSELECT encrypt_value('harmless', 'story|value|1');\n",
        key_file.display()
    ));
    assert_eq!(loaded.code, 0, "{}", loaded.stderr);

    let mut owner = server.owner().await;
    sqlx::raw_sql("CREATE TEMP TABLE key_file (line text)").execute(&mut owner).await.expect("made");
    for line in lines.lines() {
        bound(&mut owner, "INSERT INTO pg_temp.key_file VALUES ($1)", &[line]).await.expect("bound");
    }
    bound(&mut owner, "SELECT use_encryption_keys(false)", &[]).await.expect("in use");
    bound(&mut owner, "SELECT begin_as('sample.sales', 'contact'), set_config('torvan.user_id', (SELECT user_id::text FROM users WHERE login = 'sample.sales'), false)", &[])
        .await
        .expect("somebody acts");
    bound(&mut owner, "SELECT add_contact('STELMO', 'PURCHASING', $1, $2, $3)", &CANARIES[..3])
        .await
        .expect("a contact");
    bound(&mut owner, "SELECT * FROM find_contact_by_email($1)", &CANARIES[1..2]).await.expect("found");
    bound(&mut owner, "SELECT encrypt_value($1, 'story|value|1')", &CANARIES[3..]).await.expect("encrypted");
    // Errors carry no values either.
    for refused in ["SELECT add_contact('NOBODY', 'PURCHASING', $1)", "SELECT decrypt_value($1::bytea, 'x')"]
    {
        bound(&mut owner, refused, &CANARIES[..1]).await.expect_err(refused);
    }
    drop(owner);
    // The log is written by another process.
    tokio::time::sleep(Duration::from_millis(500)).await;

    let log = server.log();
    assert!(log.contains("add_contact") && log.contains("use_encryption_keys"), "the server logs statements");
    let mut places = vec![("the server's log", log)];
    let mut superuser =
        server.running().superuser_options(DATABASE).expect("options").connect().await.expect("a superuser");
    if sqlx::raw_sql("CREATE EXTENSION pg_stat_statements").execute(&mut superuser).await.is_ok() {
        // What was executed before the extension was made is counted all the same.
        let statements: String =
            sqlx::query_scalar("SELECT string_agg(query, E'\\n') FROM pg_stat_statements")
                .fetch_one(&mut superuser)
                .await
                .expect("statements");
        assert!(statements.contains("add_contact"), "statements are counted");
        places.push(("pg_stat_statements", statements));
    } else {
        println!("pg_stat_statements: skipped, not on this server");
    }
    let trail: String = sqlx::query_scalar("SELECT string_agg(l::text, E'\\n') FROM audit_log l")
        .fetch_one(&mut superuser)
        .await
        .expect("the trail");
    assert!(trail.contains("pii_contacts"), "the contact is in the trail");
    places.push(("the audit trail", trail));
    let contents: String =
        sqlx::query_scalar(include_str!("all_rows.sql")).fetch_one(&mut superuser).await.expect("all rows");
    places.push(("a table", contents));

    for (place, text) in &places {
        for canary in CANARIES {
            assert!(!text.contains(canary), "{canary} is in {place}");
        }
        for key in &keys {
            assert!(!text.contains(key), "a key is in {place}");
        }
    }
}
