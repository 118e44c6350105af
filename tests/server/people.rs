//! Accounts, roles, delegations, sessions and the review of access, through the API: what works, what is refused, and that each
//! step is written down.

use serde_json::{Value, json};
use torvan_testing::TestDatabase;
use torvan_tests::site::{Client, PASSWORD, Site};

struct Office {
    db: TestDatabase,
    site: Site,
    admin: Client,
}

impl Office {
    async fn new() -> Self {
        let db = TestDatabase::new().await;
        let site = Site::new(&db).await;
        let admin = site.person("sample.admin").await;
        Self { db, site, admin }
    }

    /// Does a step as the Administrator and returns the security events that it wrote.
    async fn step(&mut self, path: &str, body: Value, status: u16) -> Vec<String> {
        let before = self.newest().await;
        let _ = self.admin.post(path, body).await.expect(status);
        self.since(before).await
    }

    async fn newest(&self) -> i64 {
        sqlx::query_scalar("SELECT coalesce(max(security_event_id), 0) FROM security_events")
            .fetch_one(self.db.pool())
            .await
            .expect("events")
    }

    async fn since(&self, before: i64) -> Vec<String> {
        sqlx::query_scalar("SELECT event_type FROM security_events WHERE security_event_id > $1 ORDER BY 1")
            .bind(before)
            .fetch_all(self.db.pool())
            .await
            .expect("events")
    }

    async fn run(&self, statement: &'static str) {
        sqlx::raw_sql(statement).execute(self.db.pool()).await.expect("run");
    }
}

#[tokio::test]
async fn an_account_from_its_making_to_its_end_and_each_step_is_written_down() {
    let mut office = Office::new().await;
    let made = json!({"login": "ada.moore", "display_name": "Ada Moore", "initials": "AM"});
    assert_eq!(office.step("/users", made.clone(), 201).await, ["ACCOUNT_CREATED"]);
    assert!(office.step("/users", made, 409).await.is_empty());
    let grant = json!({"role_code": "SALES_MANAGER", "reason": "new in sales"});
    assert_eq!(office.step("/users/ada.moore/roles", grant, 201).await, ["ROLE_GRANTED"]);
    let no_reason = json!({"role_code": "QC_INSPECTOR"});
    assert!(office.step("/users/ada.moore/roles", no_reason, 422).await.is_empty());

    // The person sets an own password with the code; nobody has a way to set one for another.
    let before = office.newest().await;
    let issue = |reason: &str| Some(json!({"reason": reason}));
    let put = axum::http::Method::PUT;
    let first = office.admin.send(put.clone(), "/users/ada.moore/setup-code", issue("first day"), &[]).await;
    let first = first.expect(200).value("setup_code");
    let second = office.admin.send(put.clone(), "/users/ada.moore/setup-code", issue("lost it"), &[]).await;
    let second = second.expect(200).value("setup_code");
    assert_eq!(office.since(before).await, ["SETUP_CODE_ISSUED", "SETUP_CODE_ISSUED"]);
    let mut ada = office.site.stranger();
    let _ = ada.post("/setup", json!({"code": first})).await.expect(401);
    let _ = ada.post("/setup", json!({"code": second})).await.expect(201);
    let _ = ada.post("/session/password", json!({"new_password": PASSWORD})).await.expect(200);
    let own = office.admin.send(put, "/users/sample.admin/setup-code", issue("for me"), &[]).await;
    assert_eq!(own.status, 403, "{}", own.json());
    let change = json!({"changes": {"password_hash": "x"}});
    let patch = axum::http::Method::PATCH;
    let _ = office.admin.send(patch.clone(), "/users/ada.moore", Some(change), &[]).await.expect(422);

    let before = office.newest().await;
    let change = Some(json!({"changes": {"display_name": "Ada Field"}}));
    let _ = office.admin.send(patch, "/users/ada.moore", change, &[]).await.expect(204);
    assert_eq!(office.since(before).await, ["ACCOUNT_CHANGED"]);
    for (act, event, again) in [
        ("lock", "ACCOUNT_LOCKED", 409),
        ("unlock", "ACCOUNT_UNLOCKED", 409),
        ("disable", "ACCOUNT_DISABLED", 409),
        ("enable", "ACCOUNT_ENABLED", 409),
    ] {
        let path = format!("/users/ada.moore/{act}");
        assert!(office.step(&path, json!({}), 422).await.is_empty(), "{act} without a reason");
        let events = office.step(&path, json!({"reason": "an incident"}), 204).await;
        assert!(events.contains(&event.to_owned()), "{act}: {events:?}");
        assert!(office.step(&path, json!({"reason": "an incident"}), again).await.is_empty());
    }
    let events =
        office.step("/users/ada.moore/roles/SALES_MANAGER/revoke", json!({"reason": "moved"}), 200).await;
    assert_eq!(events, ["ROLE_REVOKED"]);
    let events = office.step("/users/ada.moore/reset-mfa", json!({"reason": "lost telephone"}), 204).await;
    assert!(events.contains(&"MFA_RESET".to_owned()), "{events:?}");
    let grant = json!({"role_code": "ADMINISTRATOR", "reason": "more power"});
    assert_eq!(office.admin.post("/users/sample.admin/roles", grant).await.status, 403);
}

#[tokio::test]
async fn what_changes_accounts_asks_for_a_fresh_proof_and_an_administrator() {
    let mut office = Office::new().await;
    let mut sales = office.site.person("sample.sales").await;
    for path in [
        "/users/sample.quality/lock",
        "/users/sample.quality/reset-mfa",
        "/users/sample.quality/verify-identity",
    ] {
        let body = json!({"reason": "a trial", "note": "a trial"});
        let body = if path.ends_with("identity") {
            json!({"note": "a trial"})
        } else {
            json!({"reason": body["reason"]})
        };
        let before = office.newest().await;
        let _ = sales.post(path, body.clone()).await.expect(403);
        assert_eq!(office.since(before).await, ["PERMISSION_REFUSED"], "{path}");
    }
    office.run("UPDATE user_sessions SET stepped_up_at = now() - interval '11 minutes'").await;
    let refused =
        office.admin.post("/users/sample.quality/lock", json!({"reason": "a trial"})).await.expect(401);
    assert!(refused.value("type").as_str().is_some_and(|kind| kind.ends_with("proof-required")));
}

#[tokio::test]
async fn rights_that_shrink_end_sessions_at_the_next_request() {
    let mut office = Office::new().await;
    for (act, body) in [
        ("roles/QC_INSPECTOR/revoke", json!({"reason": "moved"})),
        ("lock", json!({"reason": "an incident"})),
        ("revoke-sessions", json!({"reason": "lost tablet"})),
        ("disable", json!({"reason": "left the plant"})),
    ] {
        office.run("UPDATE users SET account_state = 'ACTIVE', state_reason = NULL WHERE login = 'sample.quality'").await;
        let mut quality = office.site.person("sample.quality").await;
        let _ = quality.get("/session").await.expect(200);
        let done = office.admin.post(&format!("/users/sample.quality/{act}"), body).await;
        assert!(done.status.is_success(), "{act}: {}", done.json());
        let _ = quality.get("/session").await.expect(401);
    }
}

#[tokio::test]
async fn people_see_their_devices_and_end_one_of_them() {
    let mut office = Office::new().await;
    let mut here = office.site.person("sample.sales").await;
    let mut there = office.site.person("sample.sales").await;
    let sessions = here.get("/sessions?sort=-user_session_id").await.expect(200).value("items");
    let sessions = sessions.as_array().expect("a list").clone();
    assert_eq!(sessions.len(), 2, "own ones alone");
    assert!(sessions.iter().all(|session| session["device_label"] == "test"), "{sessions:?}");
    let newest = &sessions[0]["user_session_id"];
    let before = office.newest().await;
    let mut quality = office.site.person("sample.quality").await;
    let path = format!("/sessions/{newest}/revoke");
    let _ = quality.post(&path, json!({"reason": "a trial"})).await.expect(403);
    let _ = office.admin.post(&path, json!({"reason": "lost tablet"})).await.expect(204);
    let _ = there.get("/session").await.expect(401);
    let _ = here.get("/session").await.expect(200);
    let events = office.since(before).await;
    assert!(events.contains(&"SESSION_REVOKED".to_owned()), "{events:?}");
}

#[tokio::test]
async fn a_delegation_has_start_end_and_reason_and_is_over_by_itself() {
    let office = Office::new().await;
    let mut grantor = office.site.person("sample.production").await;
    let body = |changes: Value| {
        let mut body = json!({
            "role_code": "PRODUCTION_MANAGER", "to_login": "sample.service", "from": "2026-01-01T00:00:00Z",
            "to": "2099-01-01T00:00:00Z", "reason": "holiday",
        });
        for (name, value) in changes.as_object().expect("an object") {
            body[name] = value.clone();
        }
        body
    };
    let soon = (std::time::SystemTime::now() + std::time::Duration::from_hours(24))
        .duration_since(std::time::UNIX_EPOCH)
        .expect("a clock");
    let soon: String = sqlx::query_scalar(
        "SELECT to_char(to_timestamp($1) AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')",
    )
    .bind(soon.as_secs_f64())
    .fetch_one(office.db.pool())
    .await
    .expect("a time");
    for bad in [
        json!({}),
        json!({"to": null}),
        json!({"to": "2020-01-01T00:00:00Z"}),
        json!({"to": soon, "reason": " "}),
        json!({"to": soon, "to_login": "sample.production"}),
        json!({"to": soon, "role_code": "ADMINISTRATOR"}),
    ] {
        let refused = grantor.post("/delegations", body(bad.clone())).await;
        assert!([403, 409, 422].contains(&refused.status.as_u16()), "{bad}: {}", refused.json());
    }
    let mut delegate = office.site.person("sample.service").await;
    let _ = delegate.get("/boms").await.expect(403);
    let before = office.newest().await;
    let lent = grantor.post("/delegations", body(json!({"to": soon}))).await.expect(201);
    assert_eq!(office.since(before).await, ["ROLE_DELEGATED"]);
    let _ = delegate.get("/boms").await.expect(200);
    // Never passed on.
    let again = body(json!({"to": soon, "to_login": "sample.technician"}));
    let _ = delegate.post("/delegations", again).await.expect(403);
    let mine = delegate.get("/delegations/mine").await.expect(200);
    assert!(String::from_utf8_lossy(&mine.bytes).contains("IN_FORCE"));
    // Its end comes: nobody does anything.
    office.run("UPDATE user_roles SET valid_to = clock_timestamp() WHERE delegated_by IS NOT NULL").await;
    let after = delegate.get("/boms").await;
    assert!([401, 403].contains(&after.status.as_u16()), "{}", after.status);
    let mut fresh = office.site.person("sample.service").await;
    let _ = fresh.get("/boms").await.expect(403);
    let path = format!("/delegations/{}/end", lent.value("user_role_id"));
    let _ = grantor.post(&path, json!({"reason": "is over"})).await.expect(409);
}

#[tokio::test]
async fn nobody_signs_before_a_second_person_verified_who_they_are() {
    let mut office = Office::new().await;
    office.run("UPDATE users SET identity_verified_by = NULL, identity_verified_on = NULL WHERE login LIKE 'sample.%'").await;
    let note = json!({"note": "passport seen"});
    assert!(
        office
            .step("/users/sample.admin/verify-identity", note.clone(), 403)
            .await
            .contains(&"PERMISSION_REFUSED".to_owned())
    );
    let events = office.step("/users/sample.quality/verify-identity", note, 204).await;
    assert_eq!(events, ["IDENTITY_VERIFIED"]);
    let review = office.admin.get("/access-review?filter%5Blogin%5D=sample.quality").await.expect(200);
    assert_ne!(review.value("items")[0]["identity_verified_on"], Value::Null);
    let refused = office
        .admin
        .post("/allowed-hosts", json!({"url": "https://login.example", "reason": "a trial"}))
        .await;
    assert!(!refused.status.is_success(), "signed without a verified identity");
}

#[tokio::test]
async fn the_review_of_access_is_a_file_and_shows_dormant_accounts() {
    let mut office = Office::new().await;
    office
        .run(
            "UPDATE users SET password_changed_at = now() - interval '200 days', last_sign_in_at = now() - interval '91 days', state_changed_at = NULL WHERE login = 'sample.service'",
        )
        .await;
    let dormant = office.admin.get("/access-review?filter%5Bis_dormant%5D=true").await.expect(200);
    assert_eq!(dormant.value("items")[0]["login"], "sample.service");
    let file = office.admin.get("/access-review?format=csv").await.expect(200);
    assert!(file.header("content-type").starts_with("text/csv"));
    let text = String::from_utf8_lossy(&file.bytes).into_owned();
    let head = text.lines().next().unwrap_or_default().to_owned();
    for column in ["login", "roles", "last_sign_in_at", "is_dormant", "mfa_state", "providers"] {
        assert!(head.contains(column), "{head}");
    }
    assert!(text.lines().count() > 6 && text.contains("sample.sales"), "{text}");
    let _ = office.site.person("sample.sales").await.get("/access-review?format=csv").await.expect(403);
    let before = office.newest().await;
    office.run("SELECT disable_dormant_accounts()").await;
    assert_eq!(office.since(before).await, ["ACCOUNT_DORMANT"]);
}
