//! A request with a key acts once whatever breaks on the way (assurance.md R6): the client goes away, the connection to the
//! database is cut, another server takes over.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use axum::http::{Method, StatusCode};
use serde_json::json;
use sqlx::{ConnectOptions as _, PgConnection};
use torvan_testing::TestDatabase;
use torvan_tests::site::{Client, Site};

use super::{an_order, number};

/// Things that are made, each under a key of its own.
const CREATIONS: usize = 200;

/// How often one is sent at most before something is wrong.
const TRIES: usize = 200;

/// Somebody who may cut connections of others.
async fn superuser(db: &TestDatabase) -> PgConnection {
    db.superuser_options().connect().await.expect("a superuser")
}

/// Cuts the server's connections in the middle of what they do, until told to stop.
async fn cutter(mut superuser: PgConnection, stop: Arc<AtomicBool>) -> u64 {
    let mut cut = 0;
    while !stop.load(Ordering::Relaxed) {
        let ended: i64 = sqlx::query_scalar(
            "SELECT count(*) FILTER (WHERE pg_terminate_backend(pid)) FROM (SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND usename = 'torvan_app' AND state <> 'idle' ORDER BY random() LIMIT 1) a",
        )
        .fetch_one(&mut superuser)
        .await
        .expect("a number");
        cut += u64::try_from(ended).unwrap_or_default();
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    cut
}

/// Sends one creation until it is answered; every third time its sender loses patience on the way.
async fn made(mut client: Client, path: String, place: usize) -> (usize, Vec<u8>) {
    let key = format!("creation-{place}");
    for attempt in 0..TRIES {
        let body = Some(json!({"body": format!("creation {place}")}));
        let headers = [("idempotency-key", key.as_str())];
        let sending = client.send(Method::POST, &path, body, &headers);
        let patience = if (place + attempt).is_multiple_of(3) {
            Duration::from_micros(u64::try_from(500 + 700 * (place % 13)).unwrap_or(500))
        } else {
            Duration::from_mins(1)
        };
        match tokio::time::timeout(patience, sending).await {
            Ok(reply) if reply.status == StatusCode::CREATED => return (place, reply.bytes),
            Ok(reply) => assert!(
                [409, 500, 503].contains(&reply.status.as_u16()),
                "{place}: {} {}",
                reply.status,
                String::from_utf8_lossy(&reply.bytes)
            ),
            Err(_) => {}
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("creation {place} was never answered");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_creations_among_cut_connections_have_two_hundred_effects() {
    let db = TestDatabase::new().await;
    let (one, other) = (Site::new(&db).await, Site::new(&db).await);
    let client = one.person("sample.sales").await;
    let path = format!("/orders/{}/notes", an_order(&db).await);
    let stop = Arc::new(AtomicBool::new(false));
    let cutting = tokio::spawn(cutter(superuser(&db).await, Arc::clone(&stop)));
    let mut answers = BTreeMap::new();
    for batch in (0..CREATIONS).collect::<Vec<_>>().chunks(10) {
        let mut working = tokio::task::JoinSet::new();
        for place in batch.iter().copied() {
            let at = if place % 2 == 0 { client.clone() } else { client.at(&other) };
            working.spawn(made(at, path.clone(), place));
        }
        answers.extend(working.join_all().await);
    }
    stop.store(true, Ordering::Relaxed);
    let cut = cutting.await.expect("the cutter");
    assert!(cut > 0, "no connection was cut");

    assert_eq!(number(&db, "SELECT count(*) FROM order_notes WHERE body LIKE 'creation %'").await, 200);
    assert_eq!(
        number(&db, "SELECT count(DISTINCT body) FROM order_notes WHERE body LIKE 'creation %'").await,
        200
    );
    // Whoever asks again, at whichever server, gets the same answer.
    for (place, answer) in answers {
        let mut again = if place % 2 == 0 { client.at(&other) } else { client.clone() };
        let body = Some(json!({"body": format!("creation {place}")}));
        let key = format!("creation-{place}");
        let reply = loop {
            let reply = again.send(Method::POST, &path, body.clone(), &[("idempotency-key", &key)]).await;
            // A connection that was cut while it rested is found out by its next use.
            if reply.status != StatusCode::SERVICE_UNAVAILABLE
                && reply.status != StatusCode::INTERNAL_SERVER_ERROR
            {
                break reply;
            }
        };
        assert_eq!(reply.status, 201, "{place}");
        assert_eq!(reply.bytes, answer, "{place}");
        assert_eq!(reply.header("idempotency-replayed"), "true", "{place}");
    }
    assert_eq!(number(&db, "SELECT count(*) FROM order_notes WHERE body LIKE 'creation %'").await, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_was_cut_is_no_fault_of_the_product() {
    let db = TestDatabase::new().await;
    let site = Site::with_connections(&db, torvan_server::app::Settings::default(), 1).await;
    let mut client = site.person("sample.sales").await;
    let _ = client.get("/session").await.expect(200);
    let cut = "SELECT count(*) FILTER (WHERE pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND usename = 'torvan_app'";
    let ended: i64 = sqlx::query_scalar(cut).fetch_one(&mut superuser(&db).await).await.expect("cut");
    assert_eq!(ended, 1);
    let mut last = client.get("/session").await;
    for _ in 0..3 {
        assert!(
            [200, 503].contains(&last.status.as_u16()),
            "{}: {}",
            last.status,
            String::from_utf8_lossy(&last.bytes)
        );
        last = client.get("/session").await;
    }
    assert_eq!(last.status, 200, "the pool connects anew");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_that_take_one_step_at_two_servers_one_wins() {
    let db = TestDatabase::new().await;
    let (one, other) = (Site::new(&db).await, Site::new(&db).await);
    let mut client = one.person("sample.sales").await;
    let body = json!({"customer_code": "STELMO", "po_number": "PO-RACE", "sales_person": "sample.sales", "want_date": "2031-05-01", "build_numbers": ["RACE-1"]});
    let place = client.post("/orders", body).await.expect(201).header("location").to_owned();
    let tag = client.get(&place).await.expect(200).header("etag").to_owned();
    let mut racing = tokio::task::JoinSet::new();
    for racer in 0..10 {
        let mut client = if racer % 2 == 0 { client.clone() } else { client.at(&other) };
        let (step, tag, key) = (format!("{place}/transition"), tag.clone(), format!("race-{racer}"));
        racing.spawn(async move {
            let headers = [("if-match", tag.as_str()), ("idempotency-key", key.as_str())];
            client
                .send(Method::POST, &step, Some(json!({"to_phase": "CONFIGURATION"})), &headers)
                .await
                .status
                .as_u16()
        });
    }
    let mut statuses = racing.join_all().await;
    statuses.sort_unstable();
    assert_eq!(statuses[0], 200, "{statuses:?}");
    assert!(statuses[1..].iter().all(|status| *status == 412), "{statuses:?}");
    assert_eq!(number(&db, "SELECT count(*) FROM order_status_history h JOIN orders o USING (order_id) WHERE o.po_number = 'PO-RACE' AND h.to_phase = 'CONFIGURATION'").await, 1);
}
