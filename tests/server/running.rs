//! The running server: when it does not start, how it ends, and several of them on one database.

use std::net::IpAddr;
use std::time::Duration;

use axum::http::Method;
use serde_json::json;
use sqlx::Connection as _;
use torvan_server::app::Settings;
use torvan_server::server;
use torvan_testing::TestDatabase;
use torvan_tests::site::Site;

#[tokio::test]
async fn a_server_does_not_start_where_the_database_cannot_keep_its_promises() {
    let db = TestDatabase::new().await;
    let said = |outcome: Result<_, server::ServerError>| {
        outcome.map(|_: torvan_store::Store| ()).expect_err("refused").to_string()
    };
    let owner = said(server::open_store(db.options(), 1).await);
    assert!(owner.contains("torvan_user owns the tables"), "{owner}");
    let superuser = said(server::open_store(db.superuser_options(), 1).await);
    assert!(superuser.contains("row security does not bind"), "{superuser}");
    // The tests' own cluster writes nothing through.
    let fast = said(server::open_store(db.server_options(), 1).await);
    assert!(fast.contains("may lose what it has committed") && !fast.contains("torvan_app"), "{fast}");
    let empty = TestDatabase::empty().await;
    let empty = said(server::open_store(empty.server_options(), 1).await);
    assert!(empty.contains("torvan db deploy"), "{empty}");
    sqlx::query("DROP FUNCTION my_notifications").execute(db.pool()).await.expect("a function is gone");
    let older = said(server::open_store(db.server_options(), 1).await);
    assert!(older.contains("my_notifications") && older.contains("torvan db deploy"), "{older}");
}

#[tokio::test]
async fn two_servers_on_one_database_are_one() {
    let db = TestDatabase::new().await;
    let (one, other) = (Site::new(&db).await, Site::new(&db).await);
    let mut client = one.person("sample.sales").await;
    let mut there = client.at(&other);
    let _ = there.get("/session").await.expect(200);
    let order: i64 = sqlx::query_scalar("SELECT order_id FROM orders WHERE is_sample LIMIT 1")
        .fetch_one(db.pool())
        .await
        .expect("an order");
    let path = format!("/orders/{order}/notes");
    let key = [("idempotency-key", "over-two-servers")];
    let first = client.send(Method::POST, &path, Some(json!({"body": "once"})), &key).await.expect(201);
    let second = there.send(Method::POST, &path, Some(json!({"body": "once"})), &key).await.expect(201);
    assert_eq!(first.bytes, second.bytes);
    let _ = client.delete("/session").await.expect(204);
    let _ = there.get("/session").await.expect(401);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_under_way_when_the_server_is_told_to_end_is_finished() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let client = site.person("sample.sales").await;
    let listener = server::listen("127.0.0.1:0".parse().expect("an address")).await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let (tell, told) = tokio::sync::oneshot::channel::<()>();
    let serving = tokio::spawn(server::serve(listener, site.app(), async move {
        let _ = told.await;
    }));

    let mut holder = db.pool().acquire().await.expect("a connection");
    let mut held = holder.begin().await.expect("a transaction");
    sqlx::query("LOCK TABLE order_notes IN EXCLUSIVE MODE").execute(&mut *held).await.expect("locked");
    let order: i64 = sqlx::query_scalar("SELECT order_id FROM orders WHERE is_sample LIMIT 1")
        .fetch_one(&mut *held)
        .await
        .expect("an order");
    let request = client.over_http(address, &format!("/orders/{order}/notes"), &json!({"body": "under way"}));
    let under_way = tokio::spawn(request);
    tokio::time::sleep(Duration::from_millis(300)).await;
    tell.send(()).expect("told");
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(tokio::net::TcpStream::connect(address).await.is_err(), "nobody new is let in");
    held.rollback().await.expect("released");
    assert_eq!(under_way.await.expect("answered"), 201);
    serving.await.expect("ended");
}

#[tokio::test]
async fn an_address_is_believed_only_from_our_own_proxies() {
    let proxy: IpAddr = [127, 0, 0, 1].into();
    for (trusted, forwarded, believed) in [
        (vec![], "10.0.0.9", "127.0.0.1"),
        (vec![proxy], "10.0.0.9", "10.0.0.9"),
        (vec![proxy], "6.6.6.6, 10.0.0.9", "10.0.0.9"),
        (vec![proxy], "6.6.6.6, 10.0.0.10:443", "10.0.0.10"),
        (vec![proxy], "6.6.6.6, garbage", "127.0.0.1"),
        (vec![proxy], "2001:db8::1", "2001:db8::1"),
    ] {
        let db = TestDatabase::bare().await;
        let site = Site::with(&db, Settings { trusted_proxies: trusted, ..Settings::default() }).await;
        let body = Some(json!({"code": "WRONG"}));
        let _ = site
            .stranger()
            .send(Method::POST, "/setup", body, &[("x-forwarded-for", forwarded)])
            .await
            .expect(401);
        let noted: String = sqlx::query_scalar(
            "SELECT host(client_address) FROM security_events WHERE event_type = 'SETUP_CODE_REFUSED'",
        )
        .fetch_one(db.pool())
        .await
        .expect("an event");
        assert_eq!(noted, believed, "{forwarded}");
    }
}

#[tokio::test]
async fn encrypted_values_open_for_who_may_and_stay_closed_without_keys() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut client = site.person("sample.sales").await;
    let body = json!({"customer_code": "STELMO", "role": "PURCHASING", "name": "Nora Contact", "email": "nora@stelmo.example"});
    let made = client.post("/contacts", body.clone()).await.expect(201);
    let found = client.get(&format!("/contacts/{}", made.value("subject_id"))).await.expect(200);
    assert!(String::from_utf8_lossy(&found.bytes).contains("nora@stelmo.example"));
    let plain: i64 =
        sqlx::query_scalar("SELECT count(*) FROM pii_contacts c WHERE to_jsonb(c)::text LIKE '%nora%'")
            .fetch_one(db.pool())
            .await
            .expect("a number");
    assert_eq!(plain, 0, "the database holds no name in clear");
    let keyless = Site::without_keys(&db).await;
    let refused = client.at(&keyless).post("/contacts", body).await.expect(503);
    assert!(refused.json()["type"].as_str().is_some_and(|kind| kind.ends_with("encryption-key-missing")));
}
