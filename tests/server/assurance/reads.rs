//! What reading does: GET changes nothing but what is written about reading, may be repeated, and each look at contact data is
//! written down (assurance.md C13).

use std::collections::{BTreeMap, BTreeSet};

use axum::http::Method;
use serde_json::json;
use torvan_server::api::endpoints;
use torvan_testing::TestDatabase;
use torvan_tests::site::{Client, Site};

use super::{number, run};

/// What reading may write: use of sessions and tokens, refusals, and who saw whom.
const ABOUT_READING: [&str; 6] =
    ["user_sessions", "api_tokens", "security_events", "system_alerts", "pii_access_log", "audit_log"];

/// Rows and newest transaction of each table.
async fn tables(db: &TestDatabase) -> BTreeMap<String, (i64, String)> {
    let statement: String = sqlx::query_scalar(
        "SELECT string_agg(format('SELECT %L, count(*), coalesce(max(xmin::text::bigint), 0)::text FROM %I', c.relname, c.relname), ' UNION ALL ')
           FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND NOT c.relispartition",
    )
    .fetch_one(db.pool())
    .await
    .expect("a statement");
    let rows: Vec<(String, i64, String)> =
        sqlx::query_as(sqlx::AssertSqlSafe(statement)).fetch_all(db.pool()).await.expect("tables");
    rows.into_iter().map(|(name, count, newest)| (name, (count, newest))).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_get_changes_anything_but_what_is_written_about_reading() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut client = site.person("sample.admin").await;
    let keys = crate::matrix::keys(db.pool()).await;
    let mut before = tables(&db).await;
    let mut faults = Vec::new();
    for endpoint in endpoints().filter(|endpoint| endpoint.method.is_safe()) {
        let reply = crate::matrix::ask(&mut client, endpoint, &keys).await;
        let after = tables(&db).await;
        let changed: BTreeSet<&String> = after
            .iter()
            .filter(|(name, state)| before.get(*name) != Some(state))
            .map(|(name, _)| name)
            .collect();
        let wrong: Vec<&&String> =
            changed.iter().filter(|name| !ABOUT_READING.contains(&name.as_str())).collect();
        if !wrong.is_empty() {
            faults.push(format!("{} ({}) changes {wrong:?}", endpoint.name(), reply.status));
        }
        before = after;
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Looks at contact data as the log has them.
async fn looks(db: &TestDatabase) -> i64 {
    number(db, "SELECT count(*) FROM pii_access_log").await
}

async fn a_contact(client: &mut Client, name: &str) -> i64 {
    let body = json!({"customer_code": "STELMO", "role": "PURCHASING", "name": name, "email": format!("{}@stelmo.example", name.to_lowercase().replace(' ', ".")), "phone": "+1 514 555 0100"});
    client.post("/contacts", body).await.expect(201).value("subject_id").as_i64().expect("a key")
}

#[tokio::test]
async fn each_look_at_contact_data_is_written_down_as_often_as_it_happens() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut client = site.person("sample.sales").await;
    let subject = a_contact(&mut client, "Nora Contact").await;
    for path in [
        format!("/contacts/{subject}"),
        "/contacts?customer_code=STELMO".to_owned(),
        "/contacts/by-email?email=nora.contact%40stelmo.example".to_owned(),
        "/contacts/by-phone?phone=%2B15145550100".to_owned(),
        format!("/contacts/{subject}/addresses"),
    ] {
        for method in [Method::GET, Method::GET, Method::HEAD] {
            let before = looks(&db).await;
            let reply = client.send(method.clone(), &path, None, &[("x-request-id", "look-1")]).await;
            assert_eq!(reply.status, 200, "{path}: {}", String::from_utf8_lossy(&reply.bytes));
            let shows_somebody =
                String::from_utf8_lossy(&reply.bytes).contains("Nora") || method == Method::HEAD;
            let noted = looks(&db).await - before;
            let has_addresses = path.ends_with("/addresses");
            assert!(noted == 1 || has_addresses && !shows_somebody, "{method} {path}: {noted} looks");
        }
    }
    let by = "SELECT count(*) FROM pii_access_log WHERE actor = 'sample.sales' AND request_id = 'look-1'";
    assert_eq!(
        number(&db, by).await,
        looks(&db).await
            - number(&db, "SELECT count(*) FROM pii_access_log WHERE request_id IS DISTINCT FROM 'look-1'")
                .await
    );
    // Who may not look is not shown, and that is written down as a refusal.
    let before = looks(&db).await;
    let mut technician = site.person("sample.technician").await;
    let _ = technician.get(&format!("/contacts/{subject}")).await.expect(403);
    assert_eq!(looks(&db).await, before);
    // The person in question is told who looked.
    let mut admin = site.person("sample.admin").await;
    let seen = admin.get(&format!("/privacy/subjects/{subject}/accesses")).await.expect(200);
    assert!(String::from_utf8_lossy(&seen.bytes).contains("sample.sales"), "{}", seen.json());
}

#[tokio::test]
async fn what_was_looked_up_by_key_is_shown_to_nobody_whose_look_could_not_be_written() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut client = site.person("sample.sales").await;
    let subject = a_contact(&mut client, "Nora Contact").await;
    run(&db, "CREATE FUNCTION testing_fail() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''the log is full''; END'; CREATE TRIGGER log_is_full BEFORE INSERT ON pii_access_log EXECUTE FUNCTION testing_fail()").await;
    let refused = client.get(&format!("/contacts/{subject}")).await;
    assert!(refused.status.is_server_error(), "{}", refused.status);
    assert!(!String::from_utf8_lossy(&refused.bytes).contains("Nora"));
}
