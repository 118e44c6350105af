//! A database that cannot be reached: the cause, at once, in one line.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread;

use sqlx::ConnectOptions as _;
use torvan_testing::TestDatabase;

use crate::support::{finish, torvan};

fn list(url: &str) -> String {
    let line = finish(torvan(&["order", "list", "--database-url", url]), "").refused();
    assert!(line.starts_with("cannot reach the database: ") && line.contains("; mend: "), "{line}");
    assert!(!line.contains("secret-word"), "{line}");
    line
}

#[tokio::test]
async fn each_cause_is_said_with_its_mend() {
    let db = TestDatabase::bare().await;
    let options = db.options();
    let with = |change: fn(sqlx::postgres::PgConnectOptions) -> sqlx::postgres::PgConnectOptions| {
        list(change(options.clone()).to_url_lossy().as_str())
    };
    let line = with(|options| options.password("secret-word"));
    assert!(line.contains("wrong password for torvan_user"), "{line}");
    let line = with(|options| options.database("no_such_database"));
    assert!(line.contains("no database \"no_such_database\"") && line.contains("CREATE DATABASE"), "{line}");
    let line = with(|options| options.socket("/no/such/folder"));
    assert!(line.contains("no server listens in /no/such/folder"), "{line}");
}

#[test]
fn a_refused_connection_and_an_unknown_host_are_told_apart() {
    let line = list("postgres://torvan_user:secret-word@127.0.0.1:1/torvan_workflow");
    assert!(line.contains("no server listens at 127.0.0.1:1"), "{line}");
    let line = list("postgres://torvan_user:secret-word@no-such-host.invalid/torvan_workflow");
    assert!(line.contains("no host \"no-such-host.invalid\""), "{line}");
}

#[test]
fn a_server_that_is_silent_or_no_postgresql_is_told() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let place = silent.local_addr().unwrap();
    let line = list(&format!("postgres://torvan_user@{place}/torvan_workflow"));
    assert!(line.contains(&format!("{place} does not answer")), "{line}");

    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    let place = other.local_addr().unwrap();
    let answering = thread::spawn(move || {
        let (mut stream, _) = other.accept().unwrap();
        let read = stream.read(&mut [0; 512]).unwrap();
        assert!(read > 0);
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n").unwrap();
    });
    let line = list(&format!("postgres://torvan_user@{place}/torvan_workflow"));
    assert!(line.contains(&format!("what answers at {place} is not PostgreSQL")), "{line}");
    answering.join().unwrap();
}

#[test]
fn a_malformed_url_is_wrong_use_and_is_not_repeated() {
    for url in [
        "postgres:/:/u:secret-word@@x",
        "mysql://u:secret-word@host/db",
        "u:secret-word@host",
        "postgres://u:secret-word@host:port/db",
    ] {
        let by_flag = finish(torvan(&["order", "list", "--database-url", url]), "").misused();
        let mut command = torvan(&["doctor"]);
        command.env("TORVAN_DATABASE_URL", url);
        let by_environment = finish(command, "").misused();
        for said in [by_flag, by_environment] {
            assert!(said.contains("postgres://user@host/database"), "{said}");
            assert!(!said.contains("secret-word"), "{said}");
        }
    }
}
