//! `torvan up`, `torvan db` and `torvan doctor`, run as a person would run them.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod database_tls;
mod killed;
mod machine;
mod serve;
mod tls;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use machine::{Machine, said, signal};

#[test]
fn up_runs_says_how_to_connect_and_stops_cleanly_on_both_signals() {
    let machine = Machine::new();
    for name in ["INT", "TERM"] {
        let mut up = machine.up();
        let (code, shown, _) = said(&machine.run(&["db", "verify"]));
        assert_eq!(code, 0, "{shown}");
        up.signal(name);
        assert_eq!(up.process.wait().unwrap().code(), Some(0), "{name}");
        assert_eq!(machine.postmaster(), None, "the server stopped with it");
    }
}

#[test]
fn a_second_up_says_that_one_runs() {
    let machine = Machine::new();
    let mut up = machine.up();

    let (code, _, error) = said(&machine.run(&["up"]));

    assert_eq!(code, 1);
    assert_eq!(error.lines().count(), 1, "{error}");
    assert!(error.contains(&format!("already runs (process {})", up.process.id())), "{error}");
    assert!(error.contains("torvan db status --data-dir"), "{error}");
    up.signal("TERM");
    up.process.wait().unwrap();
}

#[test]
fn after_kill_9_of_torvan_the_next_up_takes_the_server_over() {
    let machine = Machine::new();
    let mut up = machine.up();
    let server = machine.postmaster();
    up.process.kill().unwrap();
    up.process.wait().unwrap();
    assert_eq!(machine.postmaster(), server);

    let (code, shown, error) = said(&machine.run(&["up", "--once"]));

    assert_eq!(code, 0, "{error}");
    assert!(shown.contains("taken over") && shown.contains("nothing to do"), "{shown}");
    assert_eq!(machine.postmaster(), None);
}

#[test]
fn after_kill_9_of_the_server_up_starts_it_again() {
    let machine = Machine::new();
    let mut up = machine.up();

    signal("KILL", &machine.postmaster().unwrap());
    up.wait_for("started again");

    assert_eq!(said(&machine.run(&["db", "verify"])).0, 0);
    up.signal("INT");
    assert_eq!(up.process.wait().unwrap().code(), Some(0));
}

/// The words of the `torvan …` line that begins with these words.
fn suggested<'a>(shown: &'a str, beginning: &str) -> Vec<&'a str> {
    let line = shown.lines().find(|line| line.trim_start().starts_with(beginning));
    line.unwrap_or_else(|| panic!("{beginning} in {shown}")).split_whitespace().skip(1).collect()
}

#[test]
fn up_shows_the_newest_order_as_it_is() {
    let machine = Machine::new();
    let mut up = machine.start(&["up"]);
    assert!(up.shown.contains("is in PRODUCTION: 2 sinks, BOMs RELEASED.\n"), "{}", up.shown);
    assert_eq!(said(&machine.run(&suggested(&up.shown, "torvan bom explain"))).0, 0, "{}", up.shown);

    let sales = |arguments: &[&str]| {
        let (code, shown, error) = said(&machine.run(&[&["--as", "sample.sales"], arguments].concat()));
        assert_eq!(code, 0, "{error}");
        shown
    };
    let form = ["--customer", "STELMO", "--po", "PO-NEW", "--sales-person", "Sam Sales"];
    let order =
        sales(&[&["order", "new", "--want-date", "2999-01-01", "--build", "NEW-1"], &form[..]].concat());
    sales(&["order", "configure", order.trim(), "--build", "NEW-1", "--variant", "V-B2-STANDARD"]);
    sales(&["bom", "generate", "NEW-1"]);
    up.signal("TERM");
    up.process.wait().unwrap();

    let mut again = machine.start(&["up"]);
    assert!(again.shown.contains("is in DRAFT: 1 sink, BOM DRAFT.\n"), "{}", again.shown);
    let explain = suggested(&again.shown, "torvan bom explain");
    assert_eq!(explain[2], "NEW-1");
    assert_eq!(said(&machine.run(&explain)).0, 0, "{}", again.shown);
    again.signal("TERM");
    again.process.wait().unwrap();
}

#[test]
fn up_without_orders_says_how_to_begin() {
    let machine = Machine::new();
    let mut up = machine.up();
    assert!(up.shown.contains("There is no order yet."), "{}", up.shown);
    for beginning in ["torvan import catalog", "torvan order new"] {
        let command = suggested(&up.shown, beginning);
        assert_eq!(said(&machine.run(&[&command[..2], &["--help"]].concat())).0, 0, "{command:?}");
    }
    up.signal("TERM");
    up.process.wait().unwrap();
}

#[test]
fn statements_are_watched_in_the_private_cluster() {
    let machine = Machine::new();
    let up = machine.up();
    let ask = "SELECT count(*) = (SELECT count(*) FROM pg_extension WHERE extname = 'pg_stat_statements') FROM pg_available_extensions WHERE name = 'pg_stat_statements'";
    assert_eq!(killed::psql(&machine, ask), "t");
    let seen = "SELECT count(*) > 0 OR NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_stat_statements') FROM v_slow_queries WHERE query ILIKE '%select%'";
    assert_eq!(killed::psql(&machine, seen), "t", "statements with their texts");
    assert_eq!(said(&machine.run(&["db", "verify"])).0, 0, "and that is no drift");
    up.end();
}

#[test]
fn status_and_verify_speak_json() {
    let machine = Machine::new();
    let mut up = machine.up();

    let (code, shown, _) = said(&machine.run(&["db", "status", "--format", "json"]));
    let status: serde_json::Value = serde_json::from_str(&shown).unwrap();

    assert_eq!(code, 0);
    assert_eq!(status["deployments"][0]["status"], "succeeded");
    assert_eq!(status["deployments"][0]["role_mode"], "separate");
    assert_eq!(status["deployments"][0]["sample_data"], false);
    assert_eq!(status["pending"], serde_json::json!([]));
    up.signal("TERM");
    up.process.wait().unwrap();
}

#[test]
fn without_a_running_cluster_one_line_says_how_to_start_it() {
    let machine = Machine::new();
    let (code, _, error) = said(&machine.run(&["db", "status"]));
    assert_eq!(code, 1);
    assert_eq!(error.lines().count(), 1, "{error}");
    assert!(
        error.starts_with("error: no database runs in ") && error.contains("start it with `torvan up`"),
        "{error}"
    );
}

#[test]
fn a_machine_without_postgresql_is_told_what_to_install() {
    let machine = Machine::new();
    let nothing = machine.folder.path().join("nothing");
    fs::create_dir(&nothing).unwrap();
    for command in ["up", "doctor"] {
        let output = machine
            .command(&[command])
            .arg("--pg-bin")
            .arg(&nothing)
            .env_remove("TORVAN_PG_BIN")
            .output()
            .unwrap();
        let (code, shown, error) = said(&output);
        assert_eq!(code, 1, "{command}");
        let told = format!("{shown}{error}");
        assert!(
            told.contains("holds no PostgreSQL server (initdb is missing") && told.contains("mend:"),
            "{told}"
        );
    }
    assert!(!machine.data_dir().exists(), "nothing was made");
}

#[test]
fn an_old_server_is_refused() {
    let machine = Machine::new();
    let old = machine.folder.path().join("old");
    fs::create_dir(&old).unwrap();
    for program in ["initdb", "pg_ctl", "postgres"] {
        let path = old.join(program);
        fs::write(&path, "#!/bin/sh\necho 'postgres (PostgreSQL) 13.4'\n").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let (code, _, error) = said(&machine.command(&["up"]).arg("--pg-bin").arg(&old).output().unwrap());
    assert_eq!(code, 1);
    assert!(error.contains("PostgreSQL 13.4") && error.contains("too old"), "{error}");
}

#[test]
fn doctor_finds_this_machine_good_enough_for_its_own_tests() {
    let machine = Machine::new();
    let (code, shown, _) = said(&machine.run(&["doctor"]));
    assert_eq!(code, 0, "{shown}");
    for word in ["PostgreSQL", "psql", "data directory", "GB free", "memory", "locale"] {
        assert!(shown.contains(word), "{word}: {shown}");
    }
}

#[test]
fn wrong_use_ends_with_2_and_every_command_shows_an_example() {
    let machine = Machine::new();
    assert_eq!(said(&machine.run(&["frobnicate"])).0, 2);
    assert_eq!(said(&machine.run(&["up", "--no-such-flag"])).0, 2);
    for arguments in [
        &["up", "--help"][..],
        &["doctor", "--help"],
        &["db", "deploy", "--help"],
        &["db", "status", "--help"],
        &["db", "verify", "--help"],
    ] {
        let (code, shown, _) = said(&machine.run(arguments));
        assert_eq!(code, 0);
        assert!(shown.contains("Example"), "{arguments:?}: {shown}");
    }
}

#[tokio::test]
async fn another_database_is_deployed_by_its_url_and_a_change_by_hand_is_told() {
    let (machine, db) = (Machine::new(), torvan_testing::TestDatabase::empty().await);
    let by_url = |arguments: &[&str]| {
        said(&machine.command(arguments).env("TORVAN_DATABASE_URL", db.url()).output().unwrap())
    };

    let (code, shown, error) = by_url(&["db", "deploy", "--no-sample-data"]);
    assert_eq!(code, 0, "{error}");
    assert!(shown.contains("schemas/01_inventory_management.sql"), "{shown}");
    assert_eq!(by_url(&["db", "verify"]).0, 0);
    let (_, shown, _) = by_url(&["db", "deploy"]);
    assert!(shown.contains("nothing to do"), "{shown}");

    assert_eq!(db.psql(&["-c", "ALTER TABLE parts ADD COLUMN by_hand text"]).code, 0);
    let (code, shown, _) = by_url(&["db", "verify"]);
    assert_eq!(code, 1);
    assert!(shown.contains("added") && shown.contains("parts.by_hand"), "{shown}");
}

#[test]
fn a_database_that_cannot_be_reached_is_one_line_without_its_password() {
    let machine = Machine::new();
    let url = "postgres://torvan_user:secret-word@127.0.0.1:1/torvan_workflow";
    let (code, _, error) = said(&machine.run(&["db", "status", "--database-url", url]));
    assert_eq!(code, 1);
    assert_eq!(error.lines().count(), 1, "{error}");
    assert!(error.contains("cannot reach the database") && !error.contains("secret-word"), "{error}");
}
