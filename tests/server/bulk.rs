//! Many requests in one: each as if it had come alone, in its place, once.

use axum::http::Method;
use serde_json::{Value, json};
use torvan_server::app::Settings;
use torvan_testing::TestDatabase;
use torvan_tests::site::{Client, Reply, Site};

async fn count(db: &TestDatabase, statement: &str) -> i64 {
    sqlx::query_scalar(sqlx::AssertSqlSafe(statement.to_owned()))
        .fetch_one(db.pool())
        .await
        .expect("a number")
}

async fn sample_order(db: &TestDatabase) -> i64 {
    count(db, "SELECT min(order_id) FROM orders").await
}

fn note(order: i64, body: &str) -> Value {
    json!({"method": "POST", "path": format!("/orders/{order}/notes"), "body": {"body": body}})
}

async fn send(client: &mut Client, requests: &[Value], atomic: bool, key: &str) -> Reply {
    let body = json!({"atomic": atomic, "requests": requests});
    client.send(Method::POST, "/bulk", Some(body), &[("idempotency-key", key)]).await
}

fn statuses(reply: &Reply) -> Vec<u64> {
    let body = reply.json();
    let results = body["results"].as_array().map(Vec::as_slice).unwrap_or_default();
    results.iter().filter_map(|result| result["status"].as_u64()).collect()
}

const NOTES: &str = "SELECT count(*) FROM order_notes";

async fn notes(db: &TestDatabase) -> i64 {
    count(db, "SELECT count(*) FROM order_notes WHERE body LIKE 'bulk %'").await
}

async fn draft(client: &mut Client, name: &str) -> i64 {
    let made = client
        .post("/orders", json!({"customer_code": "STELMO", "po_number": format!("PO-{name}"), "sales_person": "sample.sales", "want_date": "2031-05-01", "build_numbers": [name]}))
        .await
        .expect(201);
    made.value("order_id").as_i64().expect("a key")
}

#[tokio::test]
async fn each_request_has_its_result_in_its_place() {
    let db = TestDatabase::new().await;
    let mut client = Site::new(&db).await.person("sample.sales").await;
    let sample = sample_order(&db).await;
    let (one, other) = (draft(&mut client, "BULK-1").await, draft(&mut client, "BULK-2").await);
    let step = |order: i64, tag: Value| json!({"method": "POST", "path": format!("/orders/{order}/transition"), "if_match": tag, "body": {"to_phase": "CONFIGURATION"}});
    let requests = [
        note(sample, "bulk one"),
        step(one, json!("\"v1\"")),
        step(other, json!("\"v99\"")),
        step(other, Value::Null),
        note(999_999_999, "bulk of nothing"),
        json!({"method": "POST", "path": "/nothing/at/all"}),
        json!({"method": "DELETE", "path": "/orders"}),
        json!({"method": "POST", "path": "/session", "body": {"login": "x", "password": "y"}}),
        json!({"method": "POST", "path": "/bulk", "body": {}}),
        json!({"method": "POST", "path": format!("/orders/{sample}/notes"), "body": {"body": 5, "colour": "red"}}),
        json!({"method": "POST", "path": "/orders/first/notes", "body": {"body": "bulk x"}}),
        note(sample, "bulk two"),
    ];
    let reply = send(&mut client, &requests, false, "mixed").await.expect(200);
    assert_eq!(
        statuses(&reply),
        [201, 200, 412, 428, 404, 404, 405, 422, 422, 422, 422, 201],
        "{}",
        reply.json()
    );
    assert_eq!(
        (reply.value("done"), reply.value("refused"), reply.value("not_reached")),
        (json!(3), json!(9), json!(0))
    );
    let results = reply.value("results");
    assert!(results[0]["location"].as_str().is_some_and(|place| place.starts_with("/api/v1/order-notes/")));
    assert!(results[0]["body"]["order_note_id"].is_i64());
    assert_eq!(results[1]["body"]["phase"], "CONFIGURATION");
    assert!(results[1]["etag"].as_str().is_some_and(|tag| tag.starts_with("\"v")));
    assert_eq!(results[2]["problem"]["type"], "/api/docs#stale-version");
    assert_eq!(results[9]["problem"]["errors"].as_array().map(Vec::len), Some(2));
    assert!(results[9]["problem"]["request_id"].is_string());
    assert_eq!(notes(&db).await, 2);
    assert_eq!(
        count(
            &db,
            &format!(
                "SELECT count(*) FROM orders WHERE order_id IN ({one}, {other}) AND phase = 'CONFIGURATION'"
            )
        )
        .await,
        1
    );
}

#[tokio::test]
async fn what_is_no_bulk_is_refused_before_anything_is_done() {
    let db = TestDatabase::new().await;
    let mut client = Site::new(&db).await.person("sample.sales").await;
    let order = sample_order(&db).await;
    let before = count(&db, NOTES).await;
    let good = note(order, "bulk x");
    for (body, status, place) in [
        (json!({"requests": vec![good.clone(); 501]}), 422, "/requests"),
        (json!({"requests": []}), 422, "/requests"),
        (json!({"requests": [good, {"method": "GET", "path": "/orders"}]}), 422, "/requests/1/method"),
        (json!({"requests": [good, {"method": "POST", "path": "orders"}]}), 422, "/requests/1/path"),
        (json!({"requests": [good], "atomic": "yes"}), 422, "/atomic"),
    ] {
        let reply = client.post("/bulk", body).await.expect(status);
        assert_eq!(reply.json()["errors"][0]["pointer"], place);
    }
    let without = client
        .send(Method::POST, "/bulk", Some(json!({"requests": [good]})), &[("idempotency-key", "")])
        .await;
    assert_eq!(without.status, 400);
    assert_eq!(count(&db, NOTES).await, before);
}

#[tokio::test]
async fn together_it_is_all_or_nothing() {
    let db = TestDatabase::new().await;
    let mut client = Site::new(&db).await.person("sample.sales").await;
    let order = sample_order(&db).await;
    let changes = "SELECT count(*) FROM audit_log WHERE table_name = 'order_notes'";
    let before = count(&db, changes).await;
    let refused = [
        note(order, "bulk a"),
        note(order, "bulk b"),
        json!({"method": "POST", "path": format!("/orders/{order}/notes"), "body": {"body": 5}}),
    ];
    let reply = send(&mut client, &refused, true, "together").await.expect(422);
    assert_eq!(reply.json()["errors"][0]["pointer"], "/requests/2/body/body");
    assert!(reply.value("detail").as_str().is_some_and(|detail| detail.contains("request 2")));
    let foreign = [note(order, "bulk a"), note(999_999_999, "bulk b")];
    let reply = send(&mut client, &foreign, true, "together").await.expect(404);
    assert_eq!(reply.json()["errors"][0]["pointer"], "/requests/1");
    let nowhere = [note(order, "bulk a"), json!({"method": "POST", "path": "/nowhere"})];
    let _ = send(&mut client, &nowhere, true, "together").await.expect(404);
    assert_eq!((notes(&db).await, count(&db, changes).await), (0, before), "nothing is left");

    // A refused one left its key free.
    let good = [note(order, "bulk a"), note(order, "bulk b")];
    let first = send(&mut client, &good, true, "together").await.expect(200);
    assert_eq!(statuses(&first), [201, 201]);
    let second = send(&mut client, &good, true, "together").await.expect(200);
    assert_eq!((first.bytes, second.header("idempotency-replayed")), (second.bytes.clone(), "true"));
    assert_eq!(notes(&db).await, 2);
}

#[tokio::test]
async fn the_same_bulk_again_gets_the_same_answer_and_acts_once() {
    let db = TestDatabase::new().await;
    let mut client = Site::new(&db).await.person("sample.sales").await;
    let order = sample_order(&db).await;
    let requests = [note(order, "bulk once"), note(999_999_999, "bulk never"), note(order, "bulk once")];
    let first = send(&mut client, &requests, false, "again").await.expect(200);
    let second = send(&mut client, &requests, false, "again").await.expect(200);
    assert_eq!(first.bytes, second.bytes);
    assert_eq!(second.header("idempotency-replayed"), "true");
    assert_eq!(notes(&db).await, 2, "two notes of one bulk are two");
    let other = send(&mut client, &requests[..1], false, "again").await.expect(422);
    assert_eq!(other.value("type"), "/api/docs#idempotency-key-reused");
}

#[tokio::test]
async fn a_bulk_that_was_interrupted_goes_on_where_it_stopped() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut client = site.person("sample.sales").await;
    let order = sample_order(&db).await;
    let requests: Vec<Value> = (0..6).map(|n| note(order, &format!("bulk {n}"))).collect();
    // Nothing is left of a server that was killed but what it committed: here the first three.
    let all = send(&mut client, &requests, false, "killed").await.expect(200);
    sqlx::raw_sql("DELETE FROM idempotency_keys WHERE key = 'killed' AND route IN ('POST /bulk', 'POST /bulk 3', 'POST /bulk 4', 'POST /bulk 5'); DELETE FROM order_notes WHERE body IN ('bulk 3', 'bulk 4', 'bulk 5')")
        .execute(db.pool()).await.expect("killed");
    let again = send(&mut client, &requests, false, "killed").await.expect(200);
    assert_eq!(statuses(&again), [201; 6]);
    assert_eq!(again.value("results")[2], all.value("results")[2], "what was done is told as it was");
    assert_eq!(notes(&db).await, 6);
}

#[tokio::test]
async fn what_the_time_does_not_reach_says_so_and_is_done_the_next_time() {
    let db = TestDatabase::new().await;
    let hurried = Settings { deadline: std::time::Duration::from_secs(6), ..Settings::default() };
    let site = Site::with(&db, hurried).await;
    let mut client = site.person("sample.sales").await;
    let order = sample_order(&db).await;
    let requests: Vec<Value> = (0..3).map(|n| note(order, &format!("bulk {n}"))).collect();
    // The first of them waits for a lock that nobody gives back in time.
    let mut holder = db.pool().begin().await.expect("a transaction");
    sqlx::query("LOCK TABLE order_notes IN EXCLUSIVE MODE").execute(&mut *holder).await.expect("locked");
    let reply = send(&mut client, &requests, false, "slow").await.expect(200);
    assert_eq!(
        (statuses(&reply), reply.value("not_reached")),
        (vec![503, 503, 503], json!(3)),
        "{}",
        reply.json()
    );
    assert_eq!(reply.value("results")[0]["problem"]["type"], "/api/docs#not-reached");
    holder.rollback().await.expect("given back");
    let patient = Site::new(&db).await;
    let again = loop {
        // Until the database has noticed that the first one was given up.
        let again = send(&mut client.at(&patient), &requests, false, "slow").await;
        if again.status == 200 && again.value("not_reached") == json!(0) {
            break again;
        }
    };
    assert_eq!(statuses(&again), [201; 3]);
    assert_eq!(notes(&db).await, 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_duplicates_at_once_act_once() {
    let db = TestDatabase::new().await;
    let client = Site::new(&db).await.person("sample.sales").await;
    let order = sample_order(&db).await;
    let mut sending = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let mut client = client.clone();
        sending.spawn(async move {
            let requests = [note(order, "bulk a"), note(order, "bulk b"), note(order, "bulk c")];
            let reply = send(&mut client, &requests, false, "fifty").await;
            (reply.status.as_u16(), reply.bytes)
        });
    }
    let answers = sending.join_all().await;
    // Being worked on, or too many at a time: send it again.
    assert!(
        answers.iter().all(|(status, _)| [200, 409, 503].contains(status)),
        "{:?}",
        answers.iter().map(|(status, _)| status).collect::<Vec<_>>()
    );
    let done: Vec<_> = answers.iter().filter(|(status, _)| *status == 200).collect();
    assert!(!done.is_empty() && done.iter().all(|answer| *answer == done[0]));
    assert_eq!(notes(&db).await, 3);
}

#[tokio::test]
async fn nobody_can_in_bulk_what_they_cannot_alone() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let order = sample_order(&db).await;
    let noted = "SELECT count(*) FROM security_events WHERE event_type = 'PERMISSION_REFUSED' AND actor = 'sample.technician' AND details ->> 'route' = 'POST /customers'";
    let mut technician = site.person("sample.technician").await;
    let customer =
        json!({"method": "POST", "path": "/customers", "body": {"code": "NEWCO", "name": "New Company"}});
    let hidden = draft(&mut site.person("sample.sales").await, "BULK-9").await;
    let requests = [customer.clone(), note(hidden, "bulk hidden"), note(order, "bulk seen")];
    let alone: Vec<u64> = {
        let mut alone = Vec::new();
        for request in &requests {
            let path = request["path"].as_str().expect("a path");
            alone.push(u64::from(technician.post(path, request["body"].clone()).await.status.as_u16()));
        }
        alone
    };
    let before = count(&db, noted).await;
    let reply = send(&mut technician, &requests, false, "one by one").await.expect(200);
    assert_eq!(statuses(&reply), alone);
    assert_eq!(statuses(&reply)[0], 403);
    assert_eq!(count(&db, noted).await, before + 1, "the refusal is written down with its own route");
    let _ = send(&mut technician, &[note(order, "bulk seen"), customer], true, "together").await.expect(403);
    assert_eq!(count(&db, noted).await, before + 2, "once");
    assert_eq!(count(&db, "SELECT count(*) FROM customers WHERE customer_code = 'NEWCO'").await, 0);
    assert_eq!(notes(&db).await, i64::from(alone[2] == 201) * 2);

    // What signs needs its own proof, and a page of another site has no token.
    let mut sales = site.person("sample.sales").await;
    let _ = sales
        .send(
            Method::POST,
            "/bulk",
            Some(json!({"requests": [note(order, "bulk x")]})),
            &[("x-csrf-token", "wrong")],
        )
        .await
        .expect(403);
    let _ = send(&mut site.stranger(), &requests, false, "nobody").await.expect(401);
}

#[tokio::test]
async fn the_server_without_its_own_checks_is_as_strict() {
    let db = TestDatabase::new().await;
    let site = Site::with(&db, Settings { checks_permissions: false, ..Settings::default() }).await;
    let mut technician = site.person("sample.technician").await;
    let customer =
        json!({"method": "POST", "path": "/customers", "body": {"code": "NEWCO", "name": "New Company"}});
    let reply = send(&mut technician, std::slice::from_ref(&customer), false, "one").await.expect(200);
    assert_eq!(statuses(&reply), [403]);
    let _ = send(&mut technician, &[customer], true, "all").await.expect(403);
}
