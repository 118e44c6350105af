//! A slow request keeps nobody waiting: neither other requests of its session, nor who locks the person out.

use std::time::Duration;

use serde_json::json;
use sqlx::{Connection as _, PgConnection};
use tokio::task::JoinHandle;
use torvan_server::credentials::token::ApiToken;
use torvan_testing::TestDatabase;
use torvan_tests::site::{Client, Site};

use super::{an_order, number, run};

/// Time after which somebody waits who must not. The slow request would hold them for as long as the lock is held.
const PATIENCE: Duration = Duration::from_secs(20);

/// Keeps every note from being written.
async fn holder(db: &TestDatabase) -> PgConnection {
    use sqlx::ConnectOptions as _;
    let mut holder = db.options().connect().await.expect("a connection");
    sqlx::raw_sql("BEGIN; LOCK TABLE order_notes IN EXCLUSIVE MODE")
        .execute(&mut holder)
        .await
        .expect("locked");
    holder
}

/// Sends a request that waits inside its transaction until the holder goes.
async fn slow_request(db: &TestDatabase, client: &Client) -> JoinHandle<u16> {
    let path = format!("/orders/{}/notes", an_order(db).await);
    let mut slow = client.clone();
    let waiting =
        tokio::spawn(async move { slow.post(&path, json!({"body": "a slow one"})).await.status.as_u16() });
    let waits = "SELECT count(*) FROM pg_locks WHERE relation = 'order_notes'::regclass AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    while number(db, waits).await == 0 {
        assert!(!waiting.is_finished(), "the slow request ended");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    waiting
}

async fn at_once<T>(what: &str, work: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, work).await.unwrap_or_else(|_| panic!("{what} waits for the slow request"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_request_holds_up_neither_its_session_nor_who_locks_the_person() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut client = site.person("sample.sales").await;
    let mut admin = site.person("sample.admin").await;
    // Long enough ago that the slow request writes down the use of its session.
    run(&db, "UPDATE user_sessions SET last_seen_at = now() - interval '1 minute'").await;
    let holder = holder(&db).await;
    let slow = slow_request(&db, &client).await;

    let _ = at_once("another request of the session", client.get("/session")).await.expect(200);
    // These change the session's own row.
    let _ = at_once("an authenticator", client.post("/session/totp", json!({}))).await.expect(201);
    let mut out = site.person("sample.sales").await;
    let _ = at_once("signing out", out.delete("/session")).await.expect(204);
    let lock = admin.post("/users/sample.sales/lock", json!({"reason": "left the plant"}));
    assert!(at_once("the lock", lock).await.status.is_success());
    let _ = at_once("the request after the lock", client.get("/session")).await.expect(401);

    holder.close().await.expect("released");
    assert_eq!(slow.await.expect("answered"), 201, "what began before the lock is finished");
    let _ = client.get("/orders").await.expect(401);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_request_of_a_program_does_not_keep_its_token_from_being_revoked() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let token = ApiToken::generate().expect("randomness");
    let statement = format!(
        "INSERT INTO api_tokens (user_id, name, token_hash, scopes, made_by, expires_at)
         SELECT user_id, 'slow', '{}', '{{order_note:create,order:read,order:read_all}}', user_id, now() + interval '1 day' FROM users WHERE login = 'sample.sales'",
        token.hash()
    );
    run(&db, &statement).await;
    let mut program = site.stranger().with_token(token.expose());
    let mut admin = site.person("sample.admin").await;
    let holder = holder(&db).await;
    let slow = slow_request(&db, &program).await;
    let key = number(&db, "SELECT api_token_id FROM api_tokens WHERE name = 'slow'").await;
    let _ = at_once("another request of the token", program.get("/orders")).await.expect(200);
    let path = format!("/api-tokens/{key}/revoke");
    let revoke = admin.post(&path, json!({"reason": "lost"}));
    assert!(at_once("the revocation", revoke).await.status.is_success());
    let _ = at_once("the next request", program.get("/orders")).await.expect(401);
    holder.close().await.expect("released");
    assert_eq!(slow.await.expect("answered"), 201);
}

#[tokio::test]
async fn a_request_that_fails_still_keeps_its_session_awake() {
    let db = TestDatabase::new().await;
    let mut client = Site::new(&db).await.person("sample.sales").await;
    run(&db, "UPDATE user_sessions SET last_seen_at = now() - interval '29 minutes'").await;
    let _ = client.get("/audit/log").await.expect(403);
    let awake = "SELECT count(*) FROM user_sessions WHERE ended_at IS NULL AND last_seen_at > now() - interval '1 minute'";
    assert_eq!(number(&db, awake).await, 1);
}
