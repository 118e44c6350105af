//! A server that is killed while the same request comes in fifty times at once: what was asked for is done once, by whichever server.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::machine::Machine;

/// A token of a program as the server makes them: 32 bytes in base64url.
const TOKEN: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

pub(crate) fn psql(machine: &Machine, statement: &str) -> String {
    let url = machine.url("torvan_user");
    let output = Command::new("psql")
        .args([&url, "-qXAt", "-v", "ON_ERROR_STOP=1", "-c", statement])
        .output()
        .unwrap();
    assert!(output.status.success(), "{statement}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().to_owned()
}

/// A server of its own, and its address.
fn serve(machine: &Machine) -> (Child, String) {
    let mut process =
        machine.command(&["serve"]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let address = line.split("http://").nth(1).unwrap().split(". ").next().unwrap().to_owned();
    (process, address)
}

/// Sends the request with this key; none where the server went away before it answered.
fn note(address: &str, order: &str, key: &str) -> Option<u16> {
    let body = format!("{{\"body\": \"{key}\"}}");
    let mut stream = TcpStream::connect(address).ok()?;
    write!(
        stream,
        "POST /api/v1/orders/{order}/notes HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nAuthorization: Bearer {TOKEN}\r\nIdempotency-Key: {key}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .ok()?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer).ok()?;
    answer.split(' ').nth(1)?.parse().ok()
}

#[test]
fn whoever_asks_fifty_times_while_the_server_is_killed_is_served_once() {
    let machine = Machine::new();
    let up = machine.start(&["up"]);
    let order = psql(&machine, "SELECT min(order_id) FROM orders");
    psql(
        &machine,
        &format!(
            "INSERT INTO api_tokens (user_id, name, token_hash, scopes, made_by, expires_at)
             SELECT user_id, 'killed', encode(sha256('{TOKEN}'), 'hex'), '{{order:read,order:read_all,order_note:create,order_note:read}}', user_id, now() + interval '1 day'
               FROM users WHERE login = 'sample.sales'"
        ),
    );
    let (mut broken, mut served) = (0, 0);
    // Milliseconds until the server is killed; in the last round it has answered somebody.
    for (round, delay) in
        [Some(0), Some(4), Some(8), Some(15), Some(30), Some(60), None].into_iter().enumerate()
    {
        let key = format!("killed-in-round-{round}");
        let (mut process, address) = serve(&machine);
        let (sender, answered) = mpsc::channel();
        let asking: Vec<_> = (0..50)
            .map(|_| {
                let (address, order, key, sender) =
                    (address.clone(), order.clone(), key.clone(), sender.clone());
                thread::spawn(move || {
                    let answer = note(&address, &order, &key);
                    let _ = sender.send(answer);
                    answer
                })
            })
            .collect();
        drop(sender);
        match delay {
            Some(delay) => thread::sleep(Duration::from_millis(delay)),
            None => while answered.recv().expect("nobody was served") != Some(201) {},
        }
        process.kill().unwrap();
        process.wait().unwrap();
        let answers: Vec<Option<u16>> = asking.into_iter().map(|one| one.join().unwrap()).collect();
        broken += answers.iter().filter(|answer| answer.is_none()).count();
        served += answers.iter().filter(|answer| **answer == Some(201)).count();

        // Whoever heard nothing asks again, at a server that is there.
        let (mut process, address) = serve(&machine);
        assert_eq!(note(&address, &order, &key), Some(201), "round {round}: {answers:?}");
        process.kill().unwrap();
        process.wait().unwrap();
        let notes = format!("SELECT count(*) FROM order_notes WHERE body = '{key}'");
        assert_eq!(psql(&machine, &notes), "1", "round {round}: {answers:?}");
    }
    assert!(broken > 0, "no request was broken off");
    assert!(served > 0, "the server was never quick enough to answer one");
    up.end();
}
