//! The answer that a key is given again: only to the account that had it, with the rights it had, and through the same door.

use axum::http::Method;
use serde_json::json;
use torvan_server::credentials::token::ApiToken;
use torvan_testing::TestDatabase;
use torvan_tests::site::{Client, Reply, Site};

use super::{an_order, number, run};

async fn note(client: &mut Client, path: &str, key: &str) -> Reply {
    client
        .send(Method::POST, path, Some(json!({"body": "said with a key"})), &[("idempotency-key", key)])
        .await
}

#[tokio::test]
async fn who_lost_the_permission_is_refused_the_answer_of_before() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let path = format!("/orders/{}/notes", an_order(&db).await);
    let mut client = site.person("sample.sales").await;
    let _ = note(&mut client, &path, "before").await.expect(201);
    run(&db, "BEGIN; SELECT begin_as('sample.admin', 'test'); SELECT grant_role('sample.sales', 'ASSEMBLY_TECHNICIAN', NULL, NULL, 'moved'), revoke_role('sample.sales', 'SALES_MANAGER', 'moved'); COMMIT").await;
    run(&db, "DELETE FROM role_permissions WHERE permission_code = 'order_note:create' AND role_id = (SELECT role_id FROM roles WHERE role_code = 'ASSEMBLY_TECHNICIAN')").await;
    let mut client = site.person("sample.sales").await;
    let _ = note(&mut client, &path, "before").await.expect(403);
}

#[tokio::test]
async fn where_the_record_decides_lost_rights_take_the_answer_of_before_along() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut client = site.person("sample.sales").await;
    let body = json!({"customer_code": "STELMO", "po_number": "PO-LOST", "sales_person": "sample.sales", "want_date": "2031-05-01", "build_numbers": ["LOST-1"]});
    let place = client.post("/orders", body).await.expect(201).header("location").to_owned();
    let step = format!("{place}/transition");
    let send = async |client: &mut Client| {
        let headers = [("if-match", "\"v1\""), ("idempotency-key", "a-step")];
        client.send(Method::POST, &step, Some(json!({"to_phase": "CONFIGURATION"})), &headers).await
    };
    let first = send(&mut client).await.expect(200);
    let again = send(&mut client).await.expect(200);
    assert_eq!(first.bytes, again.bytes);
    run(&db, "BEGIN; SELECT begin_as('sample.admin', 'test'); SELECT revoke_role('sample.sales', 'SALES_MANAGER', 'moved'); COMMIT").await;
    let mut client = site.person("sample.sales").await;
    let refused = send(&mut client).await;
    assert!(refused.status.is_client_error(), "{}", refused.status);
    assert_ne!(refused.bytes, first.bytes);
    assert_eq!(number(&db, "SELECT count(*) FROM order_status_history h JOIN orders o USING (order_id) WHERE o.po_number = 'PO-LOST' AND h.to_phase = 'CONFIGURATION'").await, 1);
}

#[tokio::test]
async fn keys_of_one_account_mean_nothing_for_another_and_a_token_is_another_door() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let path = format!("/orders/{}/notes", an_order(&db).await);
    let mut sales = site.person("sample.sales").await;
    let first = note(&mut sales, &path, "shared").await.expect(201);
    let mut admin = site.person("sample.admin").await;
    let other = note(&mut admin, &path, "shared").await.expect(201);
    assert_ne!(first.bytes, other.bytes);
    assert_eq!(other.header("idempotency-replayed"), "");
    let token = ApiToken::generate().expect("randomness");
    let made = format!(
        "INSERT INTO api_tokens (user_id, name, token_hash, scopes, made_by, expires_at) SELECT user_id, 'x', '{}', '{{order_note:create,order:read,order:read_all}}', user_id, now() + interval '1 day' FROM users WHERE login = 'sample.sales'",
        token.hash()
    );
    run(&db, &made).await;
    let mut program = site.stranger().with_token(token.expose());
    let refused = note(&mut program, &path, "shared").await.expect(422);
    assert!(refused.json()["type"].as_str().is_some_and(|kind| kind.ends_with("idempotency-key-reused")));
    // A new session of the same person is the same door.
    let mut anew = site.person("sample.sales").await;
    assert_eq!(note(&mut anew, &path, "shared").await.expect(201).bytes, first.bytes);
}
