//! `torvan import catalog` and `torvan catalog`, run as a person would run them, on a real database.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use sqlx::Executor as _;
use tempfile::TempDir;
use torvan_testing::TestDatabase;

const FILES: [(&str, &str); 5] = [
    ("categories.csv", "code,name\nK,Kits\n"),
    ("subcategories.csv", "category,code,name\nK,K.1,Kits\n"),
    ("assemblies.csv", "code,name,subcategory\nKIT-1,Drain kit,K.1\nKIT-2,Frame,K.1\n"),
    ("parts.csv", "code,name\nSCREW,Screw\n"),
    ("components.csv", "parent,child,quantity\nKIT-1,KIT-2,2\nKIT-2,SCREW,4\n"),
];

fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, text) in FILES {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn torvan(db: &TestDatabase, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_torvan"));
    command.args(arguments).env("TORVAN_DATABASE_URL", db.url()).env_remove("TORVAN_AS").stdin(Stdio::null());
    command
}

fn run(db: &TestDatabase, arguments: &[&str]) -> (i32, String, String) {
    told(&torvan(db, arguments).output().unwrap())
}

fn told(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

fn name(path: &Path) -> &str {
    path.to_str().unwrap()
}

async fn count(db: &TestDatabase, query: &'static str) -> i64 {
    sqlx::query_scalar(query).fetch_one(db.pool()).await.unwrap()
}

#[tokio::test]
async fn import_then_look() {
    let db = TestDatabase::bare().await;
    let folder = folder();
    let (code, shown, noise) = run(&db, &["import", "catalog", name(folder.path()), "--dry-run"]);
    assert_eq!((code, noise.as_str()), (0, ""), "{shown}");
    assert!(shown.contains("nothing was changed"), "{shown}");
    assert_eq!(count(&db, "SELECT count(*) FROM parts").await, 0);

    let (code, shown, _) = run(&db, &["import", "catalog", name(folder.path()), "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(
        (code, &report["state"], &report["summary"]["components"]["new"]),
        (0, &"COMMITTED".into(), &2.into())
    );

    let (code, shown, _) = run(&db, &["catalog", "search", "drain", "--format", "csv"]);
    assert_eq!(
        (code, shown.as_str()),
        (
            0,
            "code,name,kind,subcategory,lifecycle,matched by\r\nKIT-1,Drain kit,ASSEMBLY,K.1,ACTIVE,WORDS\r\n"
        )
    );
    let (code, shown, _) = run(&db, &["catalog", "where-used", "screw", "--all", "--format", "json"]);
    let uses: serde_json::Value = serde_json::from_str(&shown).unwrap();
    assert_eq!((code, &uses[1]["parent_code"], &uses[1]["quantity_total"]), (0, &"KIT-1".into(), &8.into()));
    let (code, shown, _) = run(&db, &["catalog", "show", "assy-kit-1"]);
    assert_eq!(code, 0);
    assert!(shown.starts_with("KIT-1  Drain kit\n") && shown.contains("  SCREW"), "{shown}");
}

#[tokio::test]
async fn what_is_wrong_is_one_clear_line_and_the_right_exit_code() {
    let db = TestDatabase::bare().await;
    let folder = folder();
    let parts = folder.path().join("parts.csv");
    fs::write(&parts, "code,name,weight_kg\nSCREW,Screw,heavy\n").unwrap();
    let (code, shown, _) = run(&db, &["import", "catalog", name(folder.path()), "--format", "csv"]);
    assert_eq!(code, 1);
    assert_eq!(
        shown,
        "severity,file,place,field,found,expected,message\r\n\
         ERROR,parts.csv,line 2,weight_kg,heavy,a number from 0 with at most 4 decimals,\"The weight kg of SCREW is \"\"heavy\"\": give a number from 0 with at most 4 decimals.\"\r\n"
    );
    assert_eq!(count(&db, "SELECT count(*) FROM assemblies").await, 0);

    let (code, _, said) = run(&db, &["import", "catalog", "no/such/folder"]);
    assert_eq!((code, said.lines().count()), (1, 1), "{said}");
    assert!(said.contains("cannot read no/such/folder"), "{said}");
    let (code, _, said) = run(&db, &["catalog", "show", "SCREW-9"]);
    assert_eq!((code, said.lines().count()), (1, 1), "{said}");
    assert_eq!(run(&db, &["import", "catalog"]).0, 2);
    assert_eq!(run(&db, &["catalog", "search", "nothing-of-that-name"]).0, 1);
}

#[tokio::test]
async fn killed_half_way_leaves_nothing() {
    let db = TestDatabase::bare().await;
    let folder = folder();
    // Parts and assemblies are written before components: held here, the import is in the middle of its work.
    let mut gate = db.pool().begin().await.unwrap();
    gate.execute("LOCK TABLE assembly_components IN SHARE MODE").await.unwrap();
    let mut process =
        torvan(&db, &["import", "catalog", name(folder.path())]).stdout(Stdio::null()).spawn().unwrap();
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    while count(&db, waiting).await == 0 {
        assert!(process.try_wait().unwrap().is_none(), "the import ended before it could be killed");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    process.kill().unwrap();
    process.wait().unwrap();
    gate.rollback().await.unwrap();
    while count(&db, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'torvan'").await > 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let left = "SELECT (SELECT count(*) FROM categories) + (SELECT count(*) FROM assemblies) + (SELECT count(*) FROM parts)
                     + (SELECT count(*) FROM assembly_revisions) + (SELECT count(*) FROM import_sessions)";
    assert_eq!(count(&db, left).await, 0);

    assert_eq!(run(&db, &["import", "catalog", name(folder.path())]).0, 0, "the next try goes through");
    assert_eq!(count(&db, "SELECT count(*) FROM assembly_components").await, 2);
}
