//! Life of a session (assurance.md S10): whose token it is, when it changes, when it ends. Time passes by moving the times that
//! the database keeps.

use axum::http::Method;
use serde_json::json;
use torvan_server::credentials::token::SessionToken;
use torvan_server::incoming::SESSION_COOKIE;
use torvan_testing::TestDatabase;
use torvan_tests::site::{Client, PASSWORD, Site};

use super::{enrolled, half_way, minutes_later, number, run};

/// Tokens that a stranger chose.
const CHOSEN: usize = 100;

fn token(client: &Client) -> String {
    client.cookie(SESSION_COOKIE).unwrap_or_default().to_owned()
}

#[tokio::test]
async fn a_token_that_somebody_chose_is_never_taken() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    enrolled(&db, &site, "sample.sales").await;
    for _ in 0..CHOSEN {
        let mut client = site.stranger();
        client.hold(&SessionToken::generate().expect("randomness"));
        let _ = client.get("/session").await.expect(401);
    }
    // Planted in the browser before the sign-in.
    let planted = SessionToken::generate().expect("randomness");
    let mut victim = site.stranger();
    victim.hold(&planted);
    let mut thief = victim.clone();
    let login = json!({"login": "sample.sales", "password": PASSWORD});
    let _ = victim.post("/session", login).await.expect(201);
    assert_ne!(token(&victim), planted.expose());
    let _ = thief.get("/session").await.expect(401);
    // A session of the thief's own does not become one of the victim.
    let own = site.person("sample.technician").await;
    let mut victim = own.clone();
    let login = json!({"login": "sample.sales", "password": PASSWORD});
    let _ = victim.post("/session", login).await.expect(201);
    assert_ne!(token(&victim), token(&own));
    assert_eq!(own.clone().get("/session").await.expect(200).value("login"), "sample.technician");
    let stored =
        format!("SELECT count(*) FROM user_sessions s WHERE to_jsonb(s)::text LIKE '%{}%'", token(&victim));
    assert_eq!(number(&db, &stored).await, 0, "the database knows no token");
}

#[tokio::test]
async fn each_rise_gives_a_new_token_and_ends_the_former() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let (_, factor) = enrolled(&db, &site, "sample.sales").await;
    let mut client = half_way(&site, "sample.sales").await;
    let both = json!({"password": PASSWORD, "code": factor.code()});
    for (rise, path, body) in [
        ("the second factor", "/session/second-factor", json!({"recovery_code": factor.recovery[0]})),
        ("a fresh proof", "/session/step-up", both),
        ("a new password", "/session/password", json!({"new_password": "seven lanterns above the harbour"})),
    ] {
        minutes_later(&db).await;
        let mut before = client.clone();
        let _ = client.post(path, body).await.expect(200);
        assert_ne!(token(&client), token(&before), "{rise}");
        let _ = before.get("/session").await.expect(401);
        let _ = client.get("/session").await.expect(200);
    }
    // Another authenticator in the place of the one in use.
    run(&db, "UPDATE user_sessions SET stepped_up_at = now()").await;
    let secret = client.post("/session/totp", json!({})).await.expect(201).value("secret");
    let mut before = client.clone();
    let code = crate::sign_in::code_at(secret.as_str().unwrap_or_default(), crate::sign_in::now());
    let _ = client.post("/session/totp/confirm", json!({"code": code})).await.expect(200);
    let _ = before.get("/session").await.expect(401);
    let _ = client.get("/session").await.expect(200);
    // A code in a session that is complete already.
    minutes_later(&db).await;
    let mut before = client.clone();
    let code = crate::sign_in::code_at(secret.as_str().unwrap_or_default(), crate::sign_in::now());
    let _ = client.post("/session/second-factor", json!({"code": code})).await.expect(200);
    let _ = before.get("/session").await.expect(401);
    // A new authenticator: other sessions end, and so does the former token of a sign-in that waits for it.
    let mut enrolling = site.person("sample.service").await;
    run(&db, "UPDATE user_sessions SET mfa_state = 'ENROL' WHERE ended_at IS NULL AND user_id = (SELECT user_id FROM users WHERE login = 'sample.service')").await;
    let secret = enrolling.post("/session/totp", json!({})).await.expect(201).value("secret");
    let code = crate::sign_in::code_at(secret.as_str().unwrap_or_default(), crate::sign_in::now());
    let mut before = enrolling.clone();
    let _ = enrolling.post("/session/totp/confirm", json!({"code": code})).await.expect(200);
    let _ = before.get("/session").await.expect(401);
    let _ = enrolling.get("/session").await.expect(200);
}

#[tokio::test]
async fn a_session_ends_by_rest_within_seconds_of_its_limit_and_by_age_however_it_is_used() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    // Administrators and inspectors have the shorter limit; five seconds on either side.
    for (login, limit) in
        [("sample.admin", 15), ("sample.quality", 15), ("sample.sales", 30), ("sample.technician", 30)]
    {
        for (seconds, status) in [(limit * 60 - 5, 200), (limit * 60 + 5, 401)] {
            let mut client = site.person(login).await;
            run(&db, &format!("UPDATE user_sessions SET last_seen_at = now() - interval '{seconds} seconds' WHERE ended_at IS NULL")).await;
            assert_eq!(client.get("/session").await.status, status, "{login} after {seconds} seconds");
        }
    }
    for (seconds, status) in [(12 * 3600 - 5, 200), (12 * 3600 + 5, 401)] {
        let mut client = site.person("sample.sales").await;
        run(&db, &format!("UPDATE user_sessions SET opened_at = opened_at - interval '{seconds} seconds', expires_at = expires_at - interval '{seconds} seconds', last_seen_at = now() WHERE ended_at IS NULL")).await;
        assert_eq!(client.get("/orders").await.status, status, "{seconds} seconds after it began");
    }
    // Use moves the end of rest, never the end of all.
    let mut client = site.person("sample.sales").await;
    let expires = client.get("/session").await.expect(200).value("expires_at");
    run(&db, "UPDATE user_sessions SET last_seen_at = now() - interval '29 minutes' WHERE ended_at IS NULL")
        .await;
    let after = client.get("/session").await.expect(200);
    assert_eq!(after.value("expires_at"), expires);
    let awake = "SELECT count(*) FROM user_sessions WHERE ended_at IS NULL AND last_seen_at > now() - interval '1 minute'";
    assert_eq!(number(&db, awake).await, 1);
}

/// Ends a person's sessions in some way.
struct Ending {
    what: &'static str,
    by: &'static str,
    path: &'static str,
    body: serde_json::Value,
}

fn endings() -> Vec<Ending> {
    let by = "sample.admin";
    vec![
        Ending {
            what: "an Administrator",
            by,
            path: "/users/sample.sales/revoke-sessions",
            body: json!({"reason": "lost laptop"}),
        },
        Ending {
            what: "one session by an Administrator",
            by,
            path: "/sessions/{session}/revoke",
            body: json!({"reason": "lost laptop"}),
        },
        Ending { what: "a lock", by, path: "/users/sample.sales/lock", body: json!({"reason": "left"}) },
        Ending {
            what: "an account that is disabled",
            by,
            path: "/users/sample.sales/disable",
            body: json!({"reason": "left"}),
        },
        Ending {
            what: "the loss of a role",
            by,
            path: "/users/sample.sales/roles/SALES_MANAGER/revoke",
            body: json!({"reason": "moved"}),
        },
        Ending {
            what: "the loss of the second factor",
            by,
            path: "/users/sample.sales/reset-mfa",
            body: json!({"reason": "phone lost"}),
        },
        Ending {
            what: "oneself, all",
            by: "sample.sales",
            path: "/users/sample.sales/revoke-sessions",
            body: json!({"reason": ""}),
        },
        Ending {
            what: "oneself, one from the list of devices",
            by: "sample.sales",
            path: "/sessions/{session}/revoke",
            body: json!({"reason": ""}),
        },
    ]
}

#[tokio::test]
async fn whoever_ends_a_session_it_is_over_at_the_next_request() {
    for ending in endings() {
        let db = TestDatabase::new().await;
        let site = Site::new(&db).await;
        let mut client = site.person("sample.sales").await;
        let mut other_tab = client.clone();
        let session =
            number(&db, "SELECT max(user_session_id) FROM user_sessions WHERE ended_at IS NULL").await;
        let mut by = site.person(ending.by).await;
        let path = ending.path.replace("{session}", &session.to_string());
        let reply = by.post(&path, ending.body).await;
        assert!(reply.status.is_success(), "{}: {}", ending.what, String::from_utf8_lossy(&reply.bytes));
        assert_eq!(client.get("/orders").await.status, 401, "{}", ending.what);
        assert_eq!(other_tab.get("/session").await.status, 401, "{}", ending.what);
        let written = other_tab.post("/orders/1/notes", json!({"body": "x"})).await;
        assert!([401, 403].contains(&written.status.as_u16()), "{}", ending.what);
    }
}

#[tokio::test]
async fn nobody_ends_sessions_of_others_without_the_right() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut victim = site.person("sample.sales").await;
    let session = number(&db, "SELECT max(user_session_id) FROM user_sessions").await;
    for login in ["sample.production", "sample.quality", "sample.technician", "sample.service"] {
        let mut other = site.person(login).await;
        let body = json!({"reason": "because"});
        for path in [format!("/sessions/{session}/revoke"), "/users/sample.sales/revoke-sessions".to_owned()]
        {
            assert_eq!(other.post(&path, body.clone()).await.status, 403, "{login} {path}");
        }
        let seen = other.get("/sessions").await.expect(200);
        assert!(
            !String::from_utf8_lossy(&seen.bytes).contains(&format!("\"user_session_id\":{session},")),
            "{login} sees it"
        );
    }
    let _ = victim.get("/session").await.expect(200);
}

#[tokio::test]
async fn the_list_of_devices_tells_where_one_is_signed_in() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut client = site.person("sample.sales").await;
    site.person("sample.quality").await;
    let _ = site.person("sample.sales").await;
    let listed = client.get("/sessions").await.expect(200).value("items");
    let listed = listed.as_array().expect("a list");
    assert_eq!(listed.len(), 2, "own ones: {listed:?}");
    for session in listed {
        for field in
            ["user_session_id", "opened_at", "last_seen_at", "expires_at", "client_address", "device_label"]
        {
            assert!(session.get(field).is_some(), "{session} has no {field}");
        }
        assert!(session.get("token_hash").is_none());
    }
}

#[tokio::test]
async fn signing_out_ends_it_for_who_copied_the_token() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut client = site.person("sample.sales").await;
    let mut copied = client.clone();
    let out = client.delete("/session").await.expect(204);
    assert!(out.header("set-cookie").contains("Max-Age=0"));
    for (method, path) in [
        (Method::GET, "/session"),
        (Method::GET, "/orders"),
        (Method::POST, "/orders/1/notes"),
        (Method::DELETE, "/session"),
    ] {
        let body = (method == Method::POST).then(|| json!({"body": "x"}));
        let reply = copied.send(method.clone(), path, body, &[]).await;
        assert_eq!(reply.status, 401, "{method} {path}");
    }
}

#[tokio::test]
async fn many_with_one_token_while_it_changes_see_the_old_or_the_new_and_then_only_the_new() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut client = site.person("sample.sales").await;
    let mut old = client.clone();
    let mut working = tokio::task::JoinSet::new();
    for _ in 0..20 {
        let mut tab = client.clone();
        working.spawn(async move { tab.get("/session").await.status.as_u16() });
    }
    let _ = client.post("/session/step-up", json!({"password": PASSWORD, "code": "000000"})).await;
    run(&db, "UPDATE user_sessions SET mfa_state = 'NOT_REQUIRED' WHERE ended_at IS NULL").await;
    let _ = client.post("/session/step-up", json!({"password": PASSWORD})).await.expect(200);
    let statuses = working.join_all().await;
    assert!(statuses.iter().all(|status| [200, 401].contains(status)), "{statuses:?}");
    let _ = old.get("/session").await.expect(401);
    let _ = client.get("/session").await.expect(200);
}
