//! Connections and requests that ask for too much: silence, greed, and ids that belong to others.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::http::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use torvan_server::app::Settings;
use torvan_server::transport::Patience;
use torvan_server::transport::tls::Tls;
use torvan_testing::{Issued, TestDatabase};
use torvan_tests::site::{Client, Reply, Site};

use crate::wire::{LONG, client_config, connect, get, impatient, serve, to_the_end};

async fn plain(address: SocketAddr) -> TcpStream {
    TcpStream::connect(address).await.expect("a connection")
}

/// Nobody else is served while the only place is held: this answers when it is free again.
async fn is_served(address: SocketAddr) {
    let answer = tokio::time::timeout(LONG, get(plain(address).await, "/healthz")).await;
    assert_eq!(answer.expect("the place is free again").0, 200);
}

#[tokio::test]
async fn who_says_nothing_or_half_of_it_loses_the_place() {
    let db = TestDatabase::bare().await;
    let address = serve(&Site::with(&db, impatient()).await).await;
    for said in [
        "",
        "GET /heal",
        "GET /healthz HTTP/1.1\r\nHost: torvan.test\r\nX-Slow: ",
        // A whole request, then nothing.
        "GET /healthz HTTP/1.1\r\nHost: torvan.test\r\n\r\n",
        // HTTP/2: its preface and settings, then nothing.
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\u{4}\0\0\0\0\0",
    ] {
        let mut held = plain(address).await;
        held.write_all(said.as_bytes()).await.expect("sent");
        is_served(address).await;
        to_the_end(&mut held).await;
    }
}

#[tokio::test]
async fn a_head_that_drips_is_no_request() {
    let db = TestDatabase::bare().await;
    let address = serve(&Site::with(&db, impatient()).await).await;
    let (mut reader, mut writer) = plain(address).await.into_split();
    let dripping = tokio::spawn(async move {
        let _ = writer.write_all(b"GET /healthz HTTP/1.1\r\n").await;
        while writer.write_all(b"X-A: b\r\n").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    });
    is_served(address).await;
    to_the_end(&mut reader).await;
    tokio::time::timeout(LONG, dripping).await.expect("it ends").expect("well");
}

#[tokio::test]
async fn a_body_that_never_comes_is_part_of_the_deadline() {
    let db = TestDatabase::bare().await;
    let settings = Settings { deadline: Duration::from_millis(500), ..impatient() };
    let address = serve(&Site::with(&db, settings).await).await;
    let mut held = plain(address).await;
    let beginning = "POST /api/v1/session HTTP/1.1\r\nHost: torvan.test\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"login\"";
    held.write_all(beginning.as_bytes()).await.expect("sent");
    let answer = String::from_utf8_lossy(&to_the_end(&mut held).await).into_owned();
    assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("/api/docs#deadline"), "{answer}");
    is_served(address).await;
}

#[tokio::test]
async fn a_reader_who_does_not_read_loses_the_place() {
    let db = TestDatabase::bare().await;
    let address = serve(&Site::with(&db, impatient()).await).await;
    let (mut reader, mut writer) = plain(address).await.into_split();
    // More answers than any buffer on the way holds.
    let asking = tokio::spawn(async move {
        let request = "GET /api/v1/openapi.json HTTP/1.1\r\nHost: torvan.test\r\n\r\n".repeat(1_000);
        let _ = writer.write_all(request.as_bytes()).await;
        writer
    });
    is_served(address).await;
    let _writer = tokio::time::timeout(LONG, asking).await.expect("it ends").expect("well");
    to_the_end(&mut reader).await;
}

#[tokio::test]
async fn handshakes_that_do_not_end_and_silence_after_them_lose_the_place() {
    let (db, issued) = (TestDatabase::bare().await, Issued::new());
    issued.write("torvan.test", -1..90);
    let tls = Arc::new(Tls::from_files(issued.certificate(), issued.key_file()).expect("TLS"));
    // A handshake takes its time where many tests run.
    let patience = Patience { beginning: Duration::from_secs(4), ..impatient().patience };
    let address = serve(&Site::with(&db, Settings { tls: Some(tls), patience, ..impatient() }).await).await;
    let config = client_config(&issued.root(), rustls::ALL_VERSIONS, b"http/1.1");
    for said in [&b""[..], b"\x16\x03\x01", b"\x16\x03\x01\x02\x00\x01\x00"] {
        let mut held = plain(address).await;
        held.write_all(said).await.expect("sent");
        let next = connect(address, Arc::clone(&config), "torvan.test");
        let next = tokio::time::timeout(LONG, next).await.expect("the place is free again");
        assert_eq!(get(next.expect("a handshake"), "/healthz").await.0, 200);
        to_the_end(&mut held).await;
    }
    let mut silent = connect(address, Arc::clone(&config), "torvan.test").await.expect("a handshake");
    to_the_end(&mut silent).await;
}

#[tokio::test]
async fn beyond_the_places_connections_wait_and_one_address_has_a_part_of_them() {
    let db = TestDatabase::bare().await;
    let patient = Settings { patience: Patience::default(), ..impatient() };
    let address = serve(&Site::with(&db, patient).await).await;
    let held = plain(address).await;
    let mut waiting = plain(address).await;
    waiting
        .write_all(b"GET /healthz HTTP/1.1\r\nHost: torvan.test\r\nConnection: close\r\n\r\n")
        .await
        .expect("sent");
    let early = tokio::time::timeout(Duration::from_millis(300), waiting.read_u8()).await;
    assert!(early.is_err(), "it is answered only when there is a place");
    drop(held);
    assert!(to_the_end(&mut waiting).await.starts_with(b"HTTP/1.1 200"));

    let shared = Settings { max_connections: 8, ..Settings::default() };
    let address = serve(&Site::with(&db, shared).await).await;
    let (mut one, mut two) = (plain(address).await, plain(address).await);
    for held in [&mut one, &mut two] {
        held.write_all(b"GET /healthz HTTP/1.1\r\nHost: torvan.test\r\n\r\n").await.expect("sent");
        assert_eq!(held.read_u8().await.expect("an answer"), b'H');
    }
    assert!(to_the_end(&mut plain(address).await).await.is_empty(), "the third is turned away");
}

#[tokio::test]
async fn a_head_that_is_too_long_is_refused() {
    let db = TestDatabase::bare().await;
    let address = serve(&Site::with(&db, impatient()).await).await;
    let mut stream = plain(address).await;
    let head =
        format!("GET /healthz HTTP/1.1\r\nHost: torvan.test\r\nX-Long: {}\r\n\r\n", "a".repeat(200_000));
    let _ = stream.write_all(head.as_bytes()).await;
    let answer = to_the_end(&mut stream).await;
    assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 431"), "{}", String::from_utf8_lossy(&answer));
    is_served(address).await;
}

/// Sends until something else than this status is answered. A moment brings a little of the measure back.
async fn until_not(status: u16, client: &mut Client, path: &str) -> Reply {
    for _ in 0..200 {
        let reply = client.get(path).await;
        if reply.status.as_u16() != status {
            return reply;
        }
    }
    panic!("200 times {status}");
}

#[tokio::test]
async fn requests_have_a_measure_for_each_session_and_for_each_address_without_one() {
    let db = TestDatabase::new().await;
    let settings = Settings { requests_per_second: 1, ..Settings::default() };
    let site = Site::with(&db, settings).await;
    let mut person = site.person("sample.sales").await;
    let _ = person.get("/orders").await.expect(200);
    let mut forger = site.stranger().with_token("tvn_invented");
    let refused = until_not(401, &mut forger, "/orders").await.expect(429);
    assert!(refused.value("type").as_str().is_some_and(|kind| kind.ends_with("#too-many-requests")));
    assert!(refused.header("retry-after").parse::<u64>().is_ok_and(|seconds| seconds >= 1));
    let _ = until_not(200, &mut site.stranger(), "//healthz").await.expect(429);
    // Who sits at the same address and is signed in does not suffer.
    let _ = person.get("/orders").await.expect(200);
    let _ = until_not(200, &mut person, "/session").await.expect(429);
    let mut unlimited = Site::new(&db).await.stranger();
    for _ in 0..50 {
        let _ = unlimited.get("//healthz").await.expect(200);
    }
}

#[tokio::test]
async fn an_id_of_a_request_is_believed_from_our_own_proxies_only() {
    let db = TestDatabase::new().await;
    let given = [("x-request-id", "same-id")];
    let mut seen = Vec::new();
    for trusted in [vec![], vec![[127, 0, 0, 1].into()]] {
        let is_trusted = !trusted.is_empty();
        let site = Site::with(&db, Settings { trusted_proxies: trusted, ..Settings::default() }).await;
        let mut client = site.person("sample.sales").await;
        for _ in 0..2 {
            let reply = client.send(Method::GET, "/orders/999999999", None, &given).await.expect(404);
            let id = reply.header("x-request-id").to_owned();
            assert_eq!(reply.value("request_id"), id.as_str());
            assert_eq!(id == "same-id", is_trusted, "{id}");
            seen.push(id);
        }
    }
    assert_ne!(seen[0], seen[1], "two requests are two in the audit trail");
    let order: i64 = sqlx::query_scalar("SELECT order_id FROM orders WHERE is_sample LIMIT 1")
        .fetch_one(db.pool())
        .await
        .expect("an order");
    let mut client = Site::new(&db).await.person("sample.sales").await;
    let path = format!("/orders/{order}/notes");
    let body = Some(json!({"body": "whose is it?"}));
    let reply = client.send(Method::POST, &path, body, &given).await.expect(201);
    let own = reply.header("x-request-id").to_owned();
    let noted: Vec<String> =
        sqlx::query_scalar("SELECT DISTINCT request_id FROM audit_log WHERE request_id IN ('same-id', $1)")
            .bind(&own)
            .fetch_all(db.pool())
            .await
            .expect("the trail");
    assert_eq!(noted, [own]);
}

#[tokio::test]
async fn ready_tells_that_the_database_need_not_prove_who_it_is() {
    let db = TestDatabase::bare().await;
    let settings = Settings { has_unverified_database: true, ..Settings::default() };
    let told = Site::with(&db, settings).await.stranger().get("//readyz").await.value("warnings");
    assert!(told.to_string().contains("TORVAN_INSECURE_DB"), "{told}");
    assert!(Site::new(&db).await.stranger().get("//readyz").await.json()["warnings"].is_null());
}
