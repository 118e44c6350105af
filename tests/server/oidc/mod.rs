//! Sign-in through `OpenID` Connect, against a provider that signs real tokens, and everything that must not work.

mod provider;

use axum::http::Method;
use serde_json::{Value, json};
use torvan_server::incoming::{FLOW_COOKIE, SESSION_COOKIE};
use torvan_testing::TestDatabase;
use torvan_tests::site::{Client, Reply, Site};

use self::provider::{CLIENT, Key, Provider, SECRET, now};

/// A server with a provider TEST, to which sample.sales is linked.
struct Stage {
    db: TestDatabase,
    site: Site,
    provider: Provider,
    admin: Client,
}

async fn put(client: &mut Client, path: &str, body: Value) -> Reply {
    client.send(Method::PUT, path, Some(body), &[]).await
}

impl Stage {
    async fn new() -> Self {
        let db = TestDatabase::new().await;
        let site = Site::new(&db).await;
        sqlx::query(
            "UPDATE security_settings SET switch_value = true WHERE setting_code = 'loopback_providers'",
        )
        .execute(db.pool())
        .await
        .expect("allowed");
        let admin = site.person("sample.admin").await;
        let mut stage = Self { db, site, provider: Provider::new().await, admin };
        let provider = stage.provider.clone();
        stage.configure("TEST", &provider).await;
        let link =
            json!({"provider_code": "TEST", "subject": "subject of sales", "reason": "works in sales"});
        let _ = stage.admin.post("/users/sample.sales/identities", link).await.expect(201);
        stage
    }

    async fn configure(&mut self, code: &str, provider: &Provider) {
        let body = json!({
            "name": "Test", "issuer_url": provider.issuer, "client_id": CLIENT, "reason": "trial", "mfa_amr": ["mfa"],
        });
        let _ = put(&mut self.admin, &format!("/identity-providers/{code}"), body).await.expect(200);
        let secret = json!({"secret": SECRET, "reason": "trial"});
        let _ = put(&mut self.admin, &format!("/identity-providers/{code}/secret"), secret).await.expect(204);
        let _ = self
            .admin
            .post(&format!("/identity-providers/{code}/enable"), json!({"reason": "trial"}))
            .await
            .expect(204);
    }

    /// Why the last sign-in failed, as an Administrator reads it.
    async fn reason(&self) -> String {
        sqlx::query_scalar(
            "SELECT details ->> 'reason' FROM security_events WHERE event_type IN ('SIGN_IN_FAILED', 'PROOF_FAILED') ORDER BY security_event_id DESC LIMIT 1",
        )
        .fetch_optional(self.db.pool())
        .await
        .expect("events")
        .unwrap_or_default()
    }

    /// From the sign-in to the provider and back, as far as the address of the way back.
    async fn way(&self, client: &mut Client) -> String {
        let begun = client.get("//sign-in/oidc/test?next=/orders").await.expect(303);
        back(&self.provider.visited(begun.header("location")).await)
    }

    async fn sign_in(&self, client: &mut Client) -> Reply {
        let way = self.way(client).await;
        client.get(&way).await
    }
}

/// The way back as a path of ours.
fn back(address: &str) -> String {
    format!("/{}", address.strip_prefix("https://torvan.test").expect("our own address"))
}

#[tokio::test]
async fn who_is_linked_signs_in_and_works() {
    let stage = Stage::new().await;
    let mut client = stage.site.stranger();
    let shown = client.get("/session/providers").await.expect(200).value("items");
    assert_eq!(shown, json!([{"provider_code": "TEST", "name": "Test", "href": "/sign-in/oidc/test"}]));
    let reply = stage.sign_in(&mut client).await.expect(303);
    assert_eq!(reply.header("location"), "/orders");
    let cookies: Vec<&str> =
        reply.headers.get_all("set-cookie").iter().filter_map(|value| value.to_str().ok()).collect();
    assert!(cookies.iter().all(|cookie| cookie.contains("Secure; HttpOnly; SameSite=Lax")), "{cookies:?}");
    assert_eq!(client.cookie(FLOW_COOKIE), None);
    let session = client.get("/session").await.expect(200);
    assert_eq!(
        (session.value("login"), session.value("mfa_state")),
        ("sample.sales".into(), "PASSED".into())
    );
    assert_eq!(session.value("restricted_to"), Value::Null);
    let _ = client.get("/orders").await.expect(200);
    let asked = stage.provider.inner().asked[0].clone();
    assert_eq!(asked["redirect_uri"], "https://torvan.test/sign-in/oidc/test/callback");
    assert!(!asked.contains_key("prompt") && asked["scope"] == "openid", "{asked:?}");

    // Nothing of their credentials changes in such a session, since they sign.
    for (path, body) in [("/session/password", json!({"new_password": "x"})), ("/session/totp", json!({}))] {
        let refused = client.post(path, body).await;
        assert!([401, 422].contains(&refused.status.as_u16()), "{path}: {}", refused.json());
    }
    let _ = client.post("/session/totp", json!({})).await.expect(401);
    let _ = client.post("/session/identities/test", json!({})).await.expect(401);

    // The other kind of key.
    {
        let mut inner = stage.provider.inner();
        inner.key = Key::edwards();
        inner.published = vec![inner.key.published("edwards")];
        inner.kid = "edwards".to_owned();
    }
    let _ = stage.sign_in(&mut stage.site.stranger()).await.expect(303);
}

#[tokio::test]
async fn without_a_second_factor_there_the_own_one_is_asked_for() {
    let stage = Stage::new().await;
    stage.provider.inner().claims = json!({"sub": "subject of sales", "amr": ["pwd"]});
    let _ = stage.sign_in(&mut stage.site.stranger()).await.expect(401);
    assert_eq!(stage.reason().await, "second factor is missing");
    sqlx::query("UPDATE users SET mfa_enrolled_at = now() WHERE login = 'sample.sales'")
        .execute(stage.db.pool())
        .await
        .expect("enrolled");
    let mut client = stage.site.stranger();
    let _ = stage.sign_in(&mut client).await.expect(303);
    assert_eq!(client.get("/session").await.expect(200).value("restricted_to"), "MFA");
    let _ = client.get("/orders").await.expect(403);
}

#[tokio::test]
async fn tokens_that_do_not_hold_are_refused_and_noted() {
    let stage = Stage::new().await;
    let good = json!({"sub": "subject of sales", "amr": ["mfa"]});
    let with = |name: &str, value: Value| {
        let mut claims = good.clone();
        claims[name] = value;
        claims
    };
    for (claims, part) in [
        (with("nonce", "another".into()), "nonce"),
        (with("nonce", Value::Null), "nonce"),
        (with("aud", "another client".into()), "audience"),
        (with("aud", json!([CLIENT, "another client"])), "audience"),
        (with("azp", "another client".into()), "another client"),
        (with("iss", "https://evil.example".into()), "issuer"),
        (with("exp", (now() - 61).into()), "Expired"),
        (with("iat", (now() + 120).into()), "future"),
        (with("sub", "nobody of ours".into()), "linked to no account"),
    ] {
        stage.provider.inner().claims = claims;
        let mut client = stage.site.stranger();
        let refused = stage.sign_in(&mut client).await.expect(401);
        let reason = stage.reason().await;
        assert!(reason.to_lowercase().contains(&part.to_lowercase()), "{part}: {reason}");
        assert!(!refused.json().to_string().contains(&reason), "the reason is for Administrators");
        assert_eq!((client.cookie(SESSION_COOKIE), client.cookie(FLOW_COOKIE)), (None, None));
    }
    // A clock that is a little behind is none of these.
    stage.provider.inner().claims = with("exp", (now() - 30).into());
    let _ = stage.sign_in(&mut stage.site.stranger()).await.expect(303);
}

#[tokio::test]
async fn signatures_of_other_kinds_and_keys_are_refused() {
    let stage = Stage::new().await;
    let public = stage.provider.inner().key.public();
    for (key, kid) in [
        (Key::None, "first"),
        (Key::Shared(public), "first"),
        (Key::Shared(SECRET.as_bytes().to_vec()), "first"),
        (Key::elliptic(), "first"),
        (Key::elliptic(), "unknown"),
    ] {
        {
            let mut inner = stage.provider.inner();
            (inner.key, inner.kid) = (key, kid.to_owned());
        }
        let mut client = stage.site.stranger();
        let _ = stage.sign_in(&mut client).await.expect(401);
        assert_eq!(client.cookie(SESSION_COOKIE), None, "{kid}");
    }
    // A key that the provider shows by now: it is asked again.
    {
        let mut inner = stage.provider.inner();
        let shown = inner.key.published("unknown");
        inner.published.push(shown);
    }
    let _ = stage.sign_in(&mut stage.site.stranger()).await.expect(303);
}

#[tokio::test]
async fn each_kind_of_key_that_providers_have_signs_in_once_it_is_shown() {
    let stage = Stage::new().await;
    for (key, kid) in [(Key::primes(), "rsa"), (Key::edwards(), "edwards"), (Key::elliptic(), "elliptic")] {
        {
            let mut inner = stage.provider.inner();
            (inner.key, inner.kid) = (key, kid.to_owned());
        }
        let _ = stage.sign_in(&mut stage.site.stranger()).await.expect(401);
        {
            let mut inner = stage.provider.inner();
            let shown = inner.key.published(kid);
            inner.published = vec![shown];
        }
        let _ = stage.sign_in(&mut stage.site.stranger()).await.expect(303);
    }
}

#[tokio::test]
async fn a_way_back_works_once_and_only_in_the_browser_that_went() {
    let stage = Stage::new().await;
    let mut client = stage.site.stranger();
    let way = stage.way(&mut client).await;
    let before = client.clone();
    let _ = stage.site.stranger().get(&way).await.expect(403);
    let _ = client.clone().get(&way.replace("state=", "state=x")).await.expect(403);
    let _ = client.clone().get(way.split('?').next().expect("a path")).await.expect(403);
    let mut other = stage.site.stranger();
    let foreign = stage.way(&mut other).await;
    let _ = client.clone().get(&foreign).await.expect(403);
    let _ = client.get(&way).await.expect(303);
    // The same again, with the cookie as it was.
    let _ = before.clone().get(&way).await.expect(403);
    assert_eq!(stage.reason().await, "state used before");
    // A code that was used, on a way of its own.
    let mut second = stage.site.stranger();
    let fresh = stage.way(&mut second).await;
    let used = fresh.replace("code=code-2", "code=code-0");
    assert_ne!(used, fresh);
    let _ = second.get(&used).await.expect(401);
    assert!(stage.reason().await.starts_with("no token for the code"), "{}", stage.reason().await);
}

#[tokio::test]
async fn an_answer_of_another_provider_is_not_taken_for_one_of_this() {
    let mut stage = Stage::new().await;
    let other = Provider::new().await;
    stage.configure("OTHER", &other).await;
    let mut client = stage.site.stranger();
    let way = stage.way(&mut client).await;
    let _ = client.clone().get(&way.replace("/oidc/test/", "/oidc/other/")).await.expect(403);
    stage.provider.inner().beside = "&iss=https://evil.example".to_owned();
    let _ = stage.sign_in(&mut stage.site.stranger()).await.expect(401);
    assert_eq!(stage.reason().await, "the answer names another issuer");
    // The subject is linked at TEST, not at OTHER.
    let begun = client.get("//sign-in/oidc/other").await.expect(303);
    let way = back(&other.visited(begun.header("location")).await);
    let _ = client.get(&way).await.expect(401);
    assert_eq!(stage.reason().await, "subject is linked to no account");
}

#[tokio::test]
async fn locked_accounts_administrators_and_disabled_providers_are_refused() {
    let mut stage = Stage::new().await;
    let _ = stage.admin.post("/users/sample.sales/lock", json!({"reason": "an incident"})).await.expect(204);
    let _ = stage.sign_in(&mut stage.site.stranger()).await.expect(401);
    assert_eq!(stage.reason().await, "account may not sign in");
    let _ = stage.admin.post("/users/sample.sales/unlock", json!({"reason": "is over"})).await.expect(204);
    let mut client = stage.site.stranger();
    let _ = stage.sign_in(&mut client).await.expect(303);
    // Disabled while somebody is on the way, and for sessions that are open.
    let mut late = stage.site.stranger();
    let way = stage.way(&mut late).await;
    let disabled =
        stage.admin.post("/identity-providers/TEST/disable", json!({"reason": "trial"})).await.expect(200);
    assert_eq!(disabled.value("ended"), 1);
    let _ = client.get("/session").await.expect(401);
    let _ = late.get(&way).await.expect(404);
    let _ = late.get("//sign-in/oidc/test").await.expect(404);
    assert_eq!(late.get("/session/providers").await.expect(200).value("items"), json!([]));
}

#[tokio::test]
async fn a_provider_that_is_down_or_not_allowed_leaves_the_password() {
    let stage = Stage::new().await;
    stage.provider.stop().await;
    let mut client = stage.site.stranger();
    let down = client.get("//sign-in/oidc/test").await.expect(503);
    assert!(down.value("hint").as_str().is_some_and(|hint| hint.contains("password")), "{}", down.json());
    let mut person = stage.site.person("sample.sales").await;
    let _ = person.get("/orders").await.expect(200);
    sqlx::query(
        "UPDATE security_settings SET switch_value = false WHERE setting_code = 'loopback_providers'",
    )
    .execute(stage.db.pool())
    .await
    .expect("set");
    let _ = client.get("//sign-in/oidc/test").await.expect(503);
}

#[tokio::test]
async fn the_way_leads_to_paths_of_ours_alone() {
    let stage = Stage::new().await;
    let mut client = stage.site.stranger();
    for bad in [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "%2F%2Fevil.example",
        "/%09/evil.example",
    ] {
        let refused = client.get(&format!("//sign-in/oidc/test?next={bad}")).await.expect(422);
        assert_eq!(refused.value("errors")[0]["parameter"], "next", "{bad}");
    }
    let _ = client.get("//sign-in/oidc/nobody").await.expect(404);
    let error = client.get("//sign-in/oidc/test").await.expect(303);
    let state = error.header("location").split("state=").nth(1).and_then(|rest| rest.split('&').next());
    let way = format!("//sign-in/oidc/test/callback?error=access_denied&state={}", state.expect("a state"));
    let _ = client.get(&way).await.expect(401);
    assert_eq!(stage.reason().await, "the provider answered access_denied");
}

#[tokio::test]
async fn people_link_their_own_account_in_the_session_that_asked() {
    let stage = Stage::new().await;
    stage.provider.inner().claims = json!({"sub": "subject of quality", "amr": ["mfa"]});
    let mut person = stage.site.person("sample.quality").await;
    let _ = person
        .send(Method::POST, "/session/identities/test", Some(json!({})), &[("x-csrf-token", "")])
        .await
        .expect(403);
    let _ =
        person.post("/session/identities/test", json!({"next": "https://evil.example"})).await.expect(422);
    let begun = person.post("/session/identities/test", json!({"next": "/me"})).await.expect(201);
    let href = begun.value("href").as_str().expect("text").to_owned();
    let way = back(&stage.provider.visited(&href).await);
    // Somebody else's browser, and this one after the session changed.
    let _ = stage.site.person("sample.sales").await.get(&way).await.expect(403);
    let mut other_session = person.clone();
    let fresh = stage.site.person("sample.quality").await;
    let token = fresh.cookie(SESSION_COOKIE).expect("a session").to_owned();
    other_session.hold(&torvan_server::credentials::token::SessionToken::parse(&token).expect("a token"));
    let _ = other_session.get(&way).await.expect(403);
    assert_eq!(person.get(&way).await.expect(303).header("location"), "/me");
    let links = person.get("/identities").await.expect(200).value("items");
    assert_eq!(links[0]["subject"], "subject of quality");
    let _ = stage.sign_in(&mut stage.site.stranger()).await.expect(303);

    // Only with a fresh proof.
    sqlx::query("UPDATE user_sessions SET stepped_up_at = now() - interval '1 hour'")
        .execute(stage.db.pool())
        .await
        .expect("time passes");
    let _ = person.post("/session/identities/test", json!({})).await.expect(401);
    let key = links[0]["user_identity_id"].clone();
    let _ = person.post(&format!("/identities/{key}/unlink"), json!({"reason": "trial"})).await.expect(401);
}

#[tokio::test]
async fn a_fresh_sign_in_at_the_provider_is_a_fresh_proof() {
    let stage = Stage::new().await;
    let mut client = stage.site.stranger();
    let _ = stage.sign_in(&mut client).await.expect(303);
    let _ = client.get("/session").await.expect(200);
    sqlx::query("UPDATE user_sessions SET stepped_up_at = now() - interval '1 hour'")
        .execute(stage.db.pool())
        .await
        .expect("time passes");
    for (auth_time, status) in [(now() - 90, 401), (now(), 303)] {
        stage.provider.inner().claims =
            json!({"sub": "subject of sales", "amr": ["mfa"], "auth_time": auth_time});
        let begun = client.post("/session/step-up/test", json!({"next": "/"})).await.expect(201);
        let href = begun.value("href").as_str().expect("text").to_owned();
        assert!(href.contains("prompt=login") && href.contains("max_age=0"), "{href}");
        let former = client.cookie(SESSION_COOKIE).map(str::to_owned);
        let way = back(&stage.provider.visited(&href).await);
        let _ = client.get(&way).await.expect(status);
        let session = client.get("/session").await.expect(200);
        assert_eq!(session.value("is_stepped_up"), status == 303);
        assert_eq!(client.cookie(SESSION_COOKIE).map(str::to_owned) != former, status == 303);
    }
}

#[tokio::test]
async fn the_secret_of_a_client_is_never_shown() {
    let mut stage = Stage::new().await;
    let shown = stage.admin.get("/identity-providers/TEST").await.expect(200);
    assert!(
        shown.json().get("sealed_secret").is_none() && shown.value("client_id") == CLIENT,
        "{}",
        shown.json()
    );
    let leaks: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM (SELECT a::text AS t FROM audit_log a UNION ALL SELECT e::text FROM security_events e UNION ALL SELECT p::text FROM identity_providers p) x WHERE t LIKE '%' || $1 || '%' OR t LIKE '%' || encode($1::bytea, 'hex') || '%'",
    )
    .bind(SECRET)
    .fetch_one(stage.db.pool())
    .await
    .expect("counted");
    assert_eq!(leaks, 0);
    let path = "/identity-providers/TEST/secret";
    let _ =
        put(&mut stage.admin, path, json!({"secret": "x".repeat(501), "reason": "trial"})).await.expect(422);
    let _ = put(&mut stage.admin, path, json!({"secret": "", "reason": "trial"})).await.expect(422);
    let _ = put(&mut stage.admin, path, json!({"secret": "new"})).await.expect(422);
    let mut sales = stage.site.person("sample.sales").await;
    let _ = put(&mut sales, path, json!({"secret": "mine", "reason": "trial"})).await.expect(403);
    // Another secret is not that of the client: the provider gives no token for a code.
    let _ = put(&mut stage.admin, path, json!({"secret": "new", "reason": "trial"})).await.expect(204);
    let _ = stage.sign_in(&mut stage.site.stranger()).await.expect(401);
}
