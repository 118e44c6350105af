//! From the setup code to a complete sign-in, and what is refused on the way.

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::json;
use sha1::Sha1;
use std::time::{SystemTime, UNIX_EPOCH};
use torvan_server::incoming::SESSION_COOKIE;
use torvan_testing::TestDatabase;
use torvan_tests::site::{Client, Site};

const PASSWORD: &str = "a quiet green river runs";
const NEXT_PASSWORD: &str = "seven lanterns above the harbour";

/// The code that an authenticator shows: RFC 6238, apart from the product's library.
pub(crate) fn code_at(secret: &str, unix_seconds: u64) -> String {
    let key =
        base32::decode(base32::Alphabet::Rfc4648 { padding: false }, secret).expect("a secret in base32");
    let mut mac = Hmac::<Sha1>::new_from_slice(&key).expect("a key");
    mac.update(&(unix_seconds / 30).to_be_bytes());
    let mac = mac.finalize().into_bytes();
    let offset = usize::from(mac[19] & 0x0f);
    let number = u32::from_be_bytes([mac[offset] & 0x7f, mac[offset + 1], mac[offset + 2], mac[offset + 3]]);
    format!("{:06}", number % 1_000_000)
}

pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock").as_secs()
}

async fn setup_code(db: &TestDatabase) -> String {
    sqlx::query_scalar("SELECT bootstrap_administrator()").fetch_one(db.pool()).await.expect("a code")
}

/// Sets the first Administrator up; returns the authenticator's secret and the recovery codes.
async fn set_up(db: &TestDatabase, site: &Site) -> (String, Vec<String>) {
    let mut client = site.stranger();
    let code = setup_code(db).await;
    let begun = client.post("/setup", json!({"code": code})).await.expect(201);
    assert_eq!(begun.value("restricted_to"), "SETUP");
    let _ = client.post("/session/password", json!({"new_password": PASSWORD})).await.expect(200);
    let enrolled = client.post("/session/totp", json!({})).await.expect(201);
    let secret = enrolled.value("secret").as_str().expect("text").to_owned();
    // A step of the past, so that the present one is still unused at the sign-in.
    let confirmed =
        client.post("/session/totp/confirm", json!({"code": code_at(&secret, now() - 30)})).await.expect(200);
    let codes = confirmed.value("recovery_codes");
    let codes: Vec<String> = codes
        .as_array()
        .expect("a list")
        .iter()
        .filter_map(|code| code.as_str())
        .map(str::to_owned)
        .collect();
    assert_eq!(codes.len(), 10);
    let _ = client.post("/setup/finish", json!({"display_name": "Ada Admin"})).await.expect(204);
    (secret, codes)
}

async fn begin(site: &Site, password: &str) -> Client {
    let mut client = site.stranger();
    let opened = client.post("/session", json!({"login": "admin", "password": password})).await.expect(201);
    assert_eq!(opened.value("restricted_to"), "MFA");
    client
}

#[tokio::test]
async fn the_first_administrator_comes_from_a_code_to_a_complete_sign_in() {
    let db = TestDatabase::bare().await;
    let site = Site::new(&db).await;
    let (secret, codes) = set_up(&db, &site).await;

    let mut client = begin(&site, PASSWORD).await;
    let before = client.cookie(SESSION_COOKIE).map(str::to_owned);
    let refused = client.get("/users").await.expect(403);
    assert!(refused.header("content-type").starts_with("application/problem+json"));
    let _ = client.post("/session/second-factor", json!({"code": "000000"})).await.expect(401);
    let complete =
        client.post("/session/second-factor", json!({"code": code_at(&secret, now())})).await.expect(200);
    assert_eq!(complete.value("restricted_to"), serde_json::Value::Null);
    assert_ne!(client.cookie(SESSION_COOKIE).map(str::to_owned), before, "the token is a new one");
    assert_eq!(client.get("/session").await.expect(200).value("display_name"), "Ada Admin");

    // The same code does not work twice; a recovery code does once.
    let mut second = begin(&site, PASSWORD).await;
    let _ = second.post("/session/second-factor", json!({"code": code_at(&secret, now())})).await.expect(401);
    let _ = second.post("/session/second-factor", json!({"recovery_code": codes[0]})).await.expect(200);
    let mut third = begin(&site, PASSWORD).await;
    let _ = third.post("/session/second-factor", json!({"recovery_code": codes[0]})).await.expect(401);

    // Signing out ends the session on the server, not only in the browser.
    let stolen = client.clone();
    let _ = client.delete("/session").await.expect(204);
    assert_eq!(client.cookie(SESSION_COOKIE), None);
    let _ = stolen.clone().get("/session").await.expect(401);
}

#[tokio::test]
async fn a_setup_code_works_once_and_its_session_only_for_the_setup() {
    let db = TestDatabase::bare().await;
    let site = Site::new(&db).await;
    let code = setup_code(&db).await;
    let mut client = site.stranger();
    let _ = client.post("/setup", json!({"code": "WRONG-WRONG"})).await.expect(401);
    let _ = client.post("/setup", json!({"code": code})).await.expect(201);
    let _ = site.stranger().post("/setup", json!({"code": code})).await.expect(401);
    let _ = client.get("/orders").await.expect(403);
    let _ = client.post("/setup/finish", json!({})).await.expect(409);
    let late = setup_code(&db).await;
    sqlx::query("UPDATE setup_codes SET expires_at = now() - interval '1 second' WHERE used_at IS NULL")
        .execute(db.pool())
        .await
        .expect("time passes");
    let _ = site.stranger().post("/setup", json!({"code": late})).await.expect(401);
}

#[tokio::test]
async fn passwords_that_anybody_guesses_are_refused_with_words() {
    let db = TestDatabase::bare().await;
    let site = Site::new(&db).await;
    let mut client = site.stranger();
    let _ = client.post("/setup", json!({"code": setup_code(&db).await})).await.expect(201);
    for bad in [
        "short",
        "password password",
        "aaaaaaaaaaaaaaaaaaaa",
        "admin admin admin admin",
        "123456789012345678",
    ] {
        let refused = client.post("/session/password", json!({"new_password": bad})).await.expect(422);
        assert_eq!(refused.value("errors")[0]["pointer"], "/new_password", "{bad}");
        assert!(
            !String::from_utf8_lossy(&refused.bytes).contains(bad) || bad == "short",
            "{bad} is repeated"
        );
    }
    let _ = client.post("/session/password", json!({"new_password": PASSWORD})).await.expect(200);
    let again = client.post("/session/password", json!({"new_password": PASSWORD})).await;
    assert_eq!(again.status, 422, "a former password");
}

#[tokio::test]
async fn the_least_length_of_a_password_is_a_setting_of_the_site() {
    let db = TestDatabase::bare().await;
    let site = Site::new(&db).await;
    sqlx::query("UPDATE security_settings SET number_value = 30 WHERE setting_code LIKE 'password_length%'")
        .execute(db.pool())
        .await
        .expect("set");
    let mut client = site.stranger();
    let _ = client.post("/setup", json!({"code": setup_code(&db).await})).await.expect(201);
    let refused = client.post("/session/password", json!({"new_password": PASSWORD})).await.expect(422);
    assert!(
        refused.value("detail").as_str().is_some_and(|detail| detail.contains("30 characters")),
        "{}",
        refused.json()
    );
    let longer = "a quiet green river runs to the old mill";
    let _ = client.post("/session/password", json!({"new_password": longer})).await.expect(200);
}

#[tokio::test]
async fn who_may_not_set_a_password_learns_nothing_of_the_former_ones() {
    let db = TestDatabase::bare().await;
    let site = Site::new(&db).await;
    set_up(&db, &site).await;
    let mut pending = begin(&site, PASSWORD).await;
    for guess in [PASSWORD, NEXT_PASSWORD] {
        let refused = pending.post("/session/password", json!({"new_password": guess})).await.expect(401);
        assert!(
            refused.value("type").as_str().is_some_and(|kind| kind.ends_with("proof-required")),
            "{}",
            refused.json()
        );
    }
}

#[tokio::test]
async fn unknown_wrong_locked_and_disabled_are_answered_alike() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    set_up(&db, &site).await;
    sqlx::query(
        "UPDATE users SET account_state = 'LOCKED', state_reason = 'test' WHERE login = 'sample.sales'",
    )
    .execute(db.pool())
    .await
    .expect("locked");
    let mut bodies = Vec::new();
    for login in ["nobody.at.all", "admin", "sample.sales", "sample.quality"] {
        let reply = site
            .stranger()
            .post("/session", json!({"login": login, "password": "not the password"}))
            .await
            .expect(401);
        let mut body = reply.json();
        body["request_id"] = "".into();
        bodies.push(body);
    }
    assert!(bodies.windows(2).all(|pair| pair[0] == pair[1]), "{bodies:?}");
}

#[tokio::test]
async fn guesses_become_slow_and_say_when_the_next_is_possible() {
    let db = TestDatabase::bare().await;
    let site = Site::new(&db).await;
    set_up(&db, &site).await;
    let mut last = None;
    for _ in 0..6 {
        last = Some(
            site.stranger().post("/session", json!({"login": "admin", "password": "not the password"})).await,
        );
    }
    let last = last.expect("a reply").expect(429);
    assert!(last.header("retry-after").parse::<u32>().is_ok_and(|seconds| seconds >= 1));
    let _ =
        site.stranger().post("/session", json!({"login": "admin", "password": PASSWORD})).await.expect(429);
}

#[tokio::test]
async fn a_fresh_proof_gives_a_new_token_and_a_new_password_ends_other_sessions() {
    let db = TestDatabase::bare().await;
    let site = Site::new(&db).await;
    let (_, codes) = set_up(&db, &site).await;
    let mut client = begin(&site, PASSWORD).await;
    let _ = client.post("/session/second-factor", json!({"recovery_code": codes[0]})).await.expect(200);
    let mut other = begin(&site, PASSWORD).await;
    let _ = other.post("/session/second-factor", json!({"recovery_code": codes[1]})).await.expect(200);
    sqlx::query("UPDATE user_sessions SET stepped_up_at = now() - interval '1 hour'")
        .execute(db.pool())
        .await
        .expect("time");
    let _ = client.post("/session/password", json!({"new_password": NEXT_PASSWORD})).await.expect(401);
    let _ = client.post("/session/step-up", json!({"password": PASSWORD})).await.expect(401);
    let _ = other.get("/session").await.expect(200);
    sqlx::query("UPDATE user_sessions SET stepped_up_at = now()").execute(db.pool()).await.expect("proved");
    let _ = client.post("/session/password", json!({"new_password": NEXT_PASSWORD})).await.expect(200);
    let _ = other.get("/session").await.expect(401);
    begin(&site, NEXT_PASSWORD).await;
}

#[tokio::test]
async fn sessions_end_by_rest_and_by_age() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    for (login, minutes, status) in [
        ("sample.admin", 14, 200),
        ("sample.admin", 16, 401),
        ("sample.sales", 29, 200),
        ("sample.sales", 31, 401),
    ] {
        let mut client = site.person(login).await;
        sqlx::query("UPDATE user_sessions SET last_seen_at = now() - make_interval(mins => $1) WHERE ended_at IS NULL")
            .bind(minutes)
            .execute(db.pool())
            .await
            .expect("time passes");
        let _ = client.get("/session").await.expect(status);
    }
    let mut client = site.person("sample.sales").await;
    sqlx::query("UPDATE user_sessions SET expires_at = now() WHERE ended_at IS NULL")
        .execute(db.pool())
        .await
        .expect("time passes");
    let _ = client.get("/session").await.expect(401);
}

#[tokio::test]
async fn requests_of_other_sites_are_refused() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut client = site.person("sample.sales").await;
    let body = || Some(json!({"body": "x"}));
    let post = axum::http::Method::POST;
    for headers in [
        vec![("x-csrf-token", "")],
        vec![("x-csrf-token", "guessed")],
        vec![("origin", "https://evil.example")],
        vec![("origin", "null")],
        vec![("sec-fetch-site", "cross-site")],
        vec![("sec-fetch-site", "same-site")],
    ] {
        let reply = client.send(post.clone(), "/orders/1/notes", body(), &headers).await;
        assert_eq!(reply.status, 403, "{headers:?}");
        assert!(
            reply.json()["type"].as_str().is_some_and(|kind| kind.ends_with("cross-site")),
            "{headers:?}"
        );
    }
    let mut stranger = site.stranger();
    let login = Some(json!({"login": "a", "password": "b"}));
    let _ = stranger.send(post, "/session", login, &[("origin", "https://evil.example")]).await.expect(403);
}

#[tokio::test]
async fn another_authenticator_leaves_its_person_signed_in() {
    let db = TestDatabase::bare().await;
    let site = Site::new(&db).await;
    let (_, codes) = set_up(&db, &site).await;
    let mut client = begin(&site, PASSWORD).await;
    let _ = client.post("/session/second-factor", json!({"recovery_code": codes[0]})).await.expect(200);
    let _ = client.post("/session/second-factor", json!({"recovery_code": codes[1]})).await.expect(200);
    let _ = client.get("/session").await.expect(200);
    let enrolled = client.post("/session/totp", json!({})).await.expect(201);
    let secret = enrolled.value("secret").as_str().expect("text").to_owned();
    let _ = client.post("/session/totp/confirm", json!({"code": code_at(&secret, now())})).await.expect(200);
    let _ = client.get("/session").await.expect(200);
}
