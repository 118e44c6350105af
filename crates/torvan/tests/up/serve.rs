//! `torvan serve` beside a running cluster, and `torvan user` for whoever runs the host.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Stdio;

use crate::machine::{Machine, said, signal};

/// Status and body of a GET.
fn get(address: &str, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap();
    (status, answer.split("\r\n\r\n").nth(1).unwrap_or_default().to_owned())
}

#[test]
fn a_server_beside_the_cluster_is_ready_and_ends_cleanly() {
    let machine = Machine::new();
    let up = machine.up();
    let mut process =
        machine.command(&["serve"]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut line = String::new();
    let mut output = std::io::BufReader::new(process.stdout.take().unwrap());
    std::io::BufRead::read_line(&mut output, &mut line).unwrap();
    let address = line.split("http://").nth(1).unwrap().split(". ").next().unwrap().to_owned();
    assert_eq!(get(&address, "/healthz").0, 200);
    assert_eq!(get(&address, "/readyz"), (200, r#"{"status":"ready"}"#.to_owned()));
    assert!(get(&address, "/metrics").1.contains("torvan_http_request_seconds"));
    assert_eq!(get(&address, "/api/v1/orders").0, 401);

    let (code, _, error) = said(&machine.run(&["serve", "--listen", &address]));
    assert_eq!((code, error.lines().count()), (1, 1), "{error}");
    assert!(error.contains("cannot listen on") && error.contains("--listen"), "{error}");

    signal("TERM", &process.id().to_string());
    assert_eq!(process.wait().unwrap().code(), Some(0));
    up.end();
}

#[test]
fn a_server_refuses_what_row_security_does_not_bind_and_keys_that_are_missing() {
    let machine = Machine::new();
    let up = machine.up();
    let owner = machine.url("torvan_user");
    let keys = machine.folder.path().join("new.keys");
    let mut command = machine.command(&["serve"]);
    let (code, _, error) =
        said(&command.arg("--keys").arg(&keys).env("TORVAN_DATABASE_URL", &owner).output().unwrap());
    assert_eq!((code, error.lines().count()), (1, 1), "{error}");
    assert!(error.contains("there is no key file") && !keys.exists(), "{error}");
    let mut command = machine.command(&["serve", "--new-keys"]);
    let (code, _, error) =
        said(&command.arg("--keys").arg(&keys).env("TORVAN_DATABASE_URL", &owner).output().unwrap());
    assert_eq!(code, 1);
    assert!(
        error.contains("torvan_user owns the tables") && error.contains("connect as torvan_app"),
        "{error}"
    );
    up.end();
}

#[test]
fn the_host_makes_setup_codes_and_lists_who_has_access() {
    let machine = Machine::new();
    let up = machine.up();
    let (code, first, error) = said(&machine.run(&["user", "bootstrap"]));
    assert_eq!(code, 0, "{error}");
    assert_eq!((first.trim().len(), first.matches('-').count()), (35, 5), "{first}");
    assert!(error.contains("good for 30 minutes") && !error.contains(first.trim()), "{error}");
    let (_, second, _) = said(&machine.run(&["user", "bootstrap", "--minutes", "5"]));
    assert_ne!(first, second);
    let (code, _, error) = said(&machine.run(&["user", "bootstrap", "--login", "nobody"]));
    assert_eq!((code, error.lines().count()), (1, 1), "{error}");
    assert_eq!(said(&machine.run(&["user", "bootstrap", "--minutes", "0"])).0, 2);

    let (code, csv, error) = said(&machine.run(&["user", "access-review"]));
    assert_eq!(code, 0, "{error}");
    assert!(csv.lines().next().unwrap().contains("login") && csv.contains("admin"), "{csv}");
    let (_, json, _) = said(&machine.run(&["user", "access-review", "--format", "json"]));
    let accounts: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(accounts[0]["login"], "admin");
    up.end();
}

#[test]
fn the_host_adds_people_and_lets_them_set_a_new_password() {
    let machine = Machine::new();
    let up = machine.up();
    let add = [
        "user",
        "add",
        "ada.moore",
        "--name",
        "Ada Moore",
        "--role",
        "sales_manager",
        "--reason",
        "new in sales",
    ];
    let (code, invitation, error) = said(&machine.run(&add));
    assert_eq!(code, 0, "{error}");
    assert_eq!((invitation.trim().len(), invitation.matches('-').count()), (35, 5), "{invitation}");
    assert!(error.contains("ada.moore") && !error.contains(invitation.trim()), "{error}");
    let (_, json, _) = said(&machine.run(&["user", "access-review", "--format", "json"]));
    let accounts: serde_json::Value = serde_json::from_str(&json).unwrap();
    let ada = accounts.as_array().unwrap().iter().find(|account| account["login"] == "ada.moore").unwrap();
    assert_eq!((&ada["roles"], &ada["can_sign_in"]), (&serde_json::json!(["SALES_MANAGER"]), &false.into()));

    // All or nothing: a role that does not exist leaves no account behind.
    for (arguments, part) in [
        (&add[..], "already"),
        (&["user", "add", "bob", "--name", "Bob", "--role", "KING", "--reason", "leaver"], "no role"),
        (&["user", "add", "Bob Field", "--name", "Bob", "--reason", "leaver"], "login"),
        (&["user", "reset", "bob", "--reason", "leaver"], "no account"),
        (&["user", "reset", "ada.moore", "--reason", " "], "reason"),
    ] {
        let (code, output, error) = said(&machine.run(arguments));
        assert_eq!((code, error.lines().count(), output.as_str()), (1, 1, ""), "{error}");
        assert!(error.contains(part), "{error}");
    }
    assert_eq!(said(&machine.run(&["user", "add", "eve", "--name", "Eve"])).0, 2, "a reason is needed");

    let reset = ["user", "reset", "ada.moore", "--reason", "lost her telephone", "--second-factor"];
    let (code, second, error) = said(&machine.run(&reset));
    assert_eq!(code, 0, "{error}");
    assert_ne!(invitation, second);
    for command in ["add", "reset"] {
        let (code, help, _) = said(&machine.run(&["user", command, "--help"]));
        assert!(code == 0 && help.contains("Example:"), "{help}");
    }
    up.end();
}
