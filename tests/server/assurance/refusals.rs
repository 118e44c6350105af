//! Every refusal leaves a trace: who, what, why (assurance.md A10). The matrix counts them over all routes and callers; here each
//! way in which somebody is refused.

use axum::http::Method;
use serde_json::{Value, json};
use torvan_server::credentials::token::ApiToken;
use torvan_testing::TestDatabase;
use torvan_tests::site::{Client, Site};

use super::{an_order, number, run};

/// Sends a request that is refused; its security event.
async fn refused(
    db: &TestDatabase,
    client: &mut Client,
    method: Method,
    path: &str,
    body: Option<Value>,
    headers: &[(&str, &str)],
) -> Value {
    let before = number(db, "SELECT coalesce(max(security_event_id), 0) FROM security_events").await;
    let reply = client.send(method, path, body, headers).await;
    assert_eq!(reply.status, 403, "{path}: {}", String::from_utf8_lossy(&reply.bytes));
    let events: Vec<Value> =
        sqlx::query_scalar("SELECT to_jsonb(e) FROM security_events e WHERE e.security_event_id > $1")
            .bind(before)
            .fetch_all(db.pool())
            .await
            .expect("events");
    assert_eq!(events.len(), 1, "{path}: {events:?}");
    assert_eq!(events[0]["request_id"], reply.header("x-request-id"), "{path}");
    assert_eq!(events[0]["event_type"], "PERMISSION_REFUSED", "{path}");
    events[0].clone()
}

#[tokio::test]
async fn each_way_of_being_refused_is_written_down_with_who_and_what() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let order = an_order(&db).await;
    let (get, post, patch) = (Method::GET, Method::POST, Method::PATCH);

    let mut technician = site.person("sample.technician").await;
    let event = refused(&db, &mut technician, get, "/audit/log", None, &[]).await;
    assert_eq!(event["actor"], "sample.technician");
    assert_eq!(event["details"], json!({"route": "GET /audit/log", "permission": "audit:read"}));

    // The server knows no permission of this route: the database decides.
    let mut quality = site.person("sample.quality").await;
    let place = format!("/orders/{order}");
    let tag = quality.get(&place).await.expect(200).header("etag").to_owned();
    let change = Some(json!({"changes": {"project_name": "x"}}));
    let event = refused(&db, &mut quality, patch, &place, change, &[("if-match", &tag)]).await;
    assert_eq!(event["actor"], "sample.quality");
    assert_eq!(event["details"]["route"], "PATCH /orders/{order_id}");

    let mut admin = site.person("sample.admin").await;
    let event = refused(
        &db,
        &mut admin,
        post.clone(),
        "/users/sample.admin/reset-mfa",
        Some(json!({"reason": "lost the phone"})),
        &[],
    )
    .await;
    assert_eq!(
        (&event["actor"], &event["details"]["route"]),
        (&json!("sample.admin"), &json!("POST /users/{login}/reset-mfa"))
    );

    let mut sales = site.person("sample.sales").await;
    let path = format!("/orders/{order}/notes");
    let note = || Some(json!({"body": "x"}));
    let event = refused(&db, &mut sales, post.clone(), &path, note(), &[("x-csrf-token", "guessed")]).await;
    assert_eq!(event["actor"], "sample.sales");
    let event =
        refused(&db, &mut sales, post.clone(), &path, note(), &[("origin", "https://evil.example")]).await;
    assert_eq!(event["actor"], "sample.sales");

    let token = ApiToken::generate().expect("randomness");
    let made = format!(
        "INSERT INTO api_tokens (user_id, name, token_hash, scopes, made_by, expires_at) SELECT user_id, 'narrow', '{}', '{{order:read}}', user_id, now() + interval '1 day' FROM users WHERE login = 'sample.sales'",
        token.hash()
    );
    run(&db, &made).await;
    let mut program = site.stranger().with_token(token.expose());
    let event = refused(&db, &mut program, post.clone(), &path, note(), &[]).await;
    assert_eq!(event["details"]["permission"], "order_note:create", "its person has it, the token has not");
    let event =
        refused(&db, &mut program, post, "/session/step-up", Some(json!({"password": "x"})), &[]).await;
    assert_eq!(event["actor"], "sample.sales");
}

#[tokio::test]
async fn many_refusals_of_one_person_raise_one_alarm() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut client = site.person("sample.technician").await;
    let alarms =
        "SELECT count(*) FROM system_alerts WHERE alert_code LIKE 'security.refusals.%' AND state = 'OPEN'";
    let most = number(
        &db,
        "SELECT number_value::bigint FROM security_settings WHERE setting_code = 'refusals_per_hour'",
    )
    .await;
    for refusal in 1..=most + 5 {
        let _ = client.get("/audit/log").await.expect(403);
        assert_eq!(number(&db, alarms).await, i64::from(refusal >= most), "after {refusal}");
    }
    let mut admin = site.person("sample.admin").await;
    let seen = admin.get("/failed-authorisations?filter[actor]=sample.technician").await.expect(200);
    assert_eq!(seen.value("items")[0]["is_alarm"], true, "{}", seen.json());
}
