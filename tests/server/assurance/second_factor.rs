//! Ways past the second factor (assurance.md S11): none of them leads in. Each is a line of the table that the test prints
//! when one does.

use axum::http::Method;
use serde_json::{Value, json};
use torvan_server::credentials::token::{ApiToken, SessionToken};
use torvan_testing::TestDatabase;
use torvan_tests::site::{Client, PASSWORD, Site};

use super::{Factor, enrolled, half_way, is_in, minutes_later, number, run};

/// The least number of ways that are tried.
const LEAST: usize = 40;

/// What was tried, and what of it led in.
#[derive(Default)]
struct Tried {
    ways: usize,
    led_in: Vec<String>,
}

impl Tried {
    fn note(&mut self, way: &str, has_led_in: bool) {
        self.ways += 1;
        if has_led_in {
            self.led_in.push(way.to_owned());
        }
    }

    /// Sends a request that must not be done; the client must not be in afterwards either.
    async fn sent(&mut self, way: &str, client: &mut Client, method: Method, path: &str, body: Value) {
        let body = (method != Method::GET).then_some(body);
        let reply = client.send(method, path, body, &[("if-match", "\"v1\"")]).await;
        let is_done = reply.status.is_success() || is_in(client).await;
        self.note(&format!("{way}: {}", reply.status), is_done);
    }
}

/// Kinds of routes, each asked by somebody who gave only the password: what, method, path, body.
fn routes() -> Vec<(&'static str, Method, &'static str, Value)> {
    let (get, post, put) = (Method::GET, Method::POST, Method::PUT);
    vec![
        ("a list of rows", get.clone(), "/customers", json!({})),
        ("a list by a function", get.clone(), "/orders", json!({})),
        ("a list as a file", get.clone(), "/customers?format=csv", json!({})),
        ("a row", get.clone(), "/users/sample.sales", json!({})),
        ("own notifications", get.clone(), "/notifications", json!({})),
        ("own tokens", get.clone(), "/api-tokens", json!({})),
        ("own sessions", get.clone(), "/sessions", json!({})),
        ("contacts", get.clone(), "/contacts?customer_code=STELMO", json!({})),
        ("the audit trail", get.clone(), "/audit/trail", json!({})),
        ("a file", get, "/document-versions/1/content", json!({})),
        ("making an order", post.clone(), "/orders", json!({"customer_code": "STELMO"})),
        ("a note", post.clone(), "/orders/1/notes", json!({"body": "x"})),
        ("a step of an order", post.clone(), "/orders/1/transition", json!({"to_phase": "CONFIGURATION"})),
        ("an account", post.clone(), "/users", json!({"login": "x", "display_name": "X"})),
        ("the own lock lifted", post.clone(), "/users/sample.sales/unlock", json!({"reason": "x"})),
        (
            "the own second factor reset",
            post.clone(),
            "/users/sample.sales/reset-mfa",
            json!({"reason": "x"}),
        ),
        ("a setup code", put.clone(), "/users/sample.sales/setup-code", json!({"reason": "x"})),
        (
            "the second factor switched off",
            put,
            "/security-settings/mfa_required",
            json!({"value": "false", "reason": "x"}),
        ),
        (
            "a token of a program",
            post.clone(),
            "/api-tokens",
            json!({"login": "sample.sales", "name": "x", "scopes": ["order:read"], "expires_at": "2027-01-01T00:00:00Z"}),
        ),
        ("a signing proof", post.clone(), "/session/signing-proof", json!({"password": PASSWORD})),
        ("a fresh proof", post.clone(), "/session/step-up", json!({"password": PASSWORD})),
        (
            "another password",
            post.clone(),
            "/session/password",
            json!({"new_password": "seven lanterns above the harbour"}),
        ),
        ("an authenticator over the one in use", post.clone(), "/session/totp", json!({})),
        (
            "an authenticator confirmed that was never begun",
            post.clone(),
            "/session/totp/confirm",
            json!({"code": "000000"}),
        ),
        ("new recovery codes", post.clone(), "/session/recovery-codes", json!({})),
        ("the end of a setup", post, "/setup/finish", json!({})),
    ]
}

/// Codes that are not the right one, in every form in which a code may be given.
fn codes(factor: &Factor, of_another: &Factor) -> Vec<(&'static str, Value)> {
    let right = factor.code();
    let number: i64 = right.parse().unwrap_or_default();
    let wide: String = right.chars().filter_map(|sign| char::from_u32(sign as u32 + 0xfee0)).collect();
    let arabic: String = right.chars().filter_map(|sign| char::from_u32(sign as u32 + 0x0630)).collect();
    vec![
        ("no code", json!({})),
        ("an empty code", json!({"code": ""})),
        ("a wrong code", json!({"code": factor.wrong_code()})),
        ("the right code as a number", json!({"code": number})),
        ("the right code in a list", json!({"code": [right]})),
        ("the right code in fullwidth digits", json!({"code": wide})),
        ("the right code in Arabic digits", json!({"code": arabic})),
        ("the right code without its last digit", json!({"code": right[..5]})),
        ("the right code and one digit more", json!({"code": format!("{right}0")})),
        ("the right code with a dash", json!({"code": format!("{}-{}", &right[..3], &right[3..])})),
        (
            "a code of an hour ago",
            json!({"code": crate::sign_in::code_at(&factor.secret, crate::sign_in::now() - 3600)}),
        ),
        (
            "a code of an hour ahead",
            json!({"code": crate::sign_in::code_at(&factor.secret, crate::sign_in::now() + 3600)}),
        ),
        ("the code of another person", json!({"code": of_another.code()})),
        ("a recovery code of another person", json!({"recovery_code": of_another.recovery[0]})),
        ("a recovery code as the code", json!({"code": factor.recovery[9]})),
        ("the code as a recovery code", json!({"recovery_code": right})),
        ("all that is true", json!({"code": true})),
        ("a pattern", json!({"recovery_code": "%"})),
    ]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_way_leads_past_the_second_factor() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let (_, factor) = enrolled(&db, &site, "sample.sales").await;
    let (_, of_another) = enrolled(&db, &site, "sample.quality").await;
    let mut tried = Tried::default();

    for (way, method, path, body) in routes() {
        let mut client = half_way(&site, "sample.sales").await;
        tried.sent(way, &mut client, method, path, body).await;
    }
    for (way, body) in codes(&factor, &of_another) {
        minutes_later(&db).await;
        let mut client = half_way(&site, "sample.sales").await;
        tried.sent(way, &mut client, Method::POST, "/session/second-factor", body).await;
    }
    old_tokens(&db, &site, &factor, &mut tried).await;
    used_codes(&db, &site, &factor, &mut tried).await;
    other_doors(&db, &site, &mut tried).await;
    many_at_once(&db, &site, &factor, &mut tried).await;
    guessing(&db, &site, &factor, &mut tried).await;

    assert!(
        tried.led_in.is_empty(),
        "{} of {} ways led in:\n{}",
        tried.led_in.len(),
        tried.ways,
        tried.led_in.join("\n")
    );
    assert!(tried.ways >= LEAST, "only {} ways were tried", tried.ways);
}

/// Completes a sign-in with the code of now.
async fn complete(db: &TestDatabase, site: &Site, factor: &Factor) -> (Client, Client) {
    minutes_later(db).await;
    let mut client = half_way(site, "sample.sales").await;
    let before = client.clone();
    let _ = client.post("/session/second-factor", json!({"code": factor.code()})).await.expect(200);
    assert!(is_in(&mut client).await, "the right code leads in");
    (before, client)
}

async fn old_tokens(db: &TestDatabase, site: &Site, factor: &Factor, tried: &mut Tried) {
    let (mut before, client) = complete(db, site, factor).await;
    tried.note("the token of before the code, once it was given", is_in(&mut before).await);
    let body = json!({"code": factor.code()});
    tried
        .sent(
            "the code again, with the token of before",
            &mut before,
            Method::POST,
            "/session/second-factor",
            body,
        )
        .await;
    // Step-up of a complete session asks for both parts.
    let mut half = client.clone();
    for (way, body) in [
        ("a fresh proof with the password alone", json!({"password": PASSWORD})),
        ("a fresh proof with a code alone", json!({"code": factor.code()})),
        ("a fresh proof with a wrong code", json!({"password": PASSWORD, "code": factor.wrong_code()})),
    ] {
        minutes_later(db).await;
        let reply = half.post("/session/step-up", body).await;
        tried.note(way, reply.status.is_success());
    }
    minutes_later(db).await;
    let reply = half.post("/session/signing-proof", json!({"password": PASSWORD})).await;
    tried.note("the first signature with the password alone", reply.status.is_success());
    // A session left open changes no credentials.
    run(db, "UPDATE user_sessions SET stepped_up_at = now() - interval '1 hour'").await;
    for (way, path, body) in [
        ("an authenticator put over the one in use", "/session/totp", json!({})),
        ("recovery codes of a session left open", "/session/recovery-codes", json!({})),
        (
            "a password in a session left open",
            "/session/password",
            json!({"new_password": "seven lanterns above the harbour"}),
        ),
    ] {
        let reply = half.post(path, body).await;
        tried.note(way, reply.status.is_success());
    }
}

async fn used_codes(db: &TestDatabase, site: &Site, factor: &Factor, tried: &mut Tried) {
    let code = factor.code();
    let _ = complete(db, site, factor).await;
    let mut client = half_way(site, "sample.sales").await;
    let body = json!({"code": code});
    tried
        .sent("a code of the step that was used", &mut client, Method::POST, "/session/second-factor", body)
        .await;

    let mut client = half_way(site, "sample.sales").await;
    let _ =
        client.post("/session/second-factor", json!({"recovery_code": factor.recovery[0]})).await.expect(200);
    let dashless = factor.recovery[0].replace('-', "").to_lowercase();
    for (way, code) in [
        ("a recovery code that was used", factor.recovery[0].clone()),
        ("the same in another spelling", dashless),
    ] {
        minutes_later(db).await;
        let mut client = half_way(site, "sample.sales").await;
        let body = json!({"recovery_code": code});
        tried.sent(way, &mut client, Method::POST, "/session/second-factor", body).await;
    }
}

/// Doors beside the sign-in: setup codes, tokens, sessions that somebody makes up.
async fn other_doors(db: &TestDatabase, site: &Site, tried: &mut Tried) {
    minutes_later(db).await;
    let code: String = sqlx::query_scalar("SELECT c FROM (SELECT begin_as('sample.admin', 'test')) b, LATERAL (SELECT issue_setup_code('sample.sales', 'forgot it')) i (c)")
        .fetch_one(db.pool())
        .await
        .expect("a code");
    let mut reset = site.stranger();
    let _ = reset.post("/setup", json!({"code": code})).await.expect(201);
    tried.note("a setup code of a person with a second factor", reset.get("/orders").await.status == 200);
    for (way, path, body) in [
        (
            "a password set by a setup code, before the second factor",
            "/session/password",
            json!({"new_password": "seven lanterns above the harbour"}),
        ),
        ("an authenticator by a setup code, over the one in use", "/session/totp", json!({})),
        ("recovery codes by a setup code", "/session/recovery-codes", json!({})),
        ("a setup ended without the second factor", "/setup/finish", json!({})),
        ("a signing proof in a setup", "/session/signing-proof", json!({"password": PASSWORD})),
    ] {
        let reply = reset.post(path, body).await;
        tried.note(way, reply.status.is_success());
    }
    let mut made_up = site.stranger();
    made_up.hold(&SessionToken::generate().expect("randomness"));
    tried.note("a session's token that somebody made up", is_in(&mut made_up).await);
    let half = half_way(site, "sample.sales").await;
    let token = half.cookie(torvan_server::incoming::SESSION_COOKIE).unwrap_or_default().to_owned();
    let mut as_bearer = site.stranger().with_token(&token);
    tried.note("a session's token as that of a program", as_bearer.get("/orders").await.status == 200);

    // A token of before the second factor was taken away does not outlive that.
    let program = ApiToken::generate().expect("randomness");
    let made = format!(
        "INSERT INTO api_tokens (user_id, name, token_hash, scopes, made_by, expires_at) SELECT user_id, 'before', '{}', '{{order:read}}', user_id, now() + interval '1 day' FROM users WHERE login = 'sample.service'",
        program.hash()
    );
    run(db, &made).await;
    let mut program = site.stranger().with_token(program.expose());
    let _ = program.get("/orders").await.expect(200);
    run(db, "BEGIN; SELECT begin_as('sample.admin', 'test'); SELECT reset_mfa('sample.service', 'phone lost'); COMMIT").await;
    tried.note(
        "a program's token of before the second factor was reset",
        program.get("/orders").await.status == 200,
    );
    // Where a second factor is asked for and none is set up, nothing but that is open.
    let mut bare = site.person("sample.production").await;
    run(db, "UPDATE user_sessions SET mfa_state = 'ENROL' WHERE ended_at IS NULL AND user_id = (SELECT user_id FROM users WHERE login = 'sample.production')").await;
    tried.note("a session that has to set one up first", is_in(&mut bare).await);
}

/// One code, sent many times at once: one session is let in.
async fn many_at_once(db: &TestDatabase, site: &Site, factor: &Factor, tried: &mut Tried) {
    for (way, body) in [
        ("one code at once in two sessions", json!({"code": factor.code()})),
        ("one recovery code at once in two sessions", json!({"recovery_code": factor.recovery[1]})),
    ] {
        minutes_later(db).await;
        let mut sending = tokio::task::JoinSet::new();
        for _ in 0..2 {
            let mut client = half_way(site, "sample.sales").await;
            let body = body.clone();
            for _ in 0..4 {
                let (mut again, body) = (client.clone(), body.clone());
                sending.spawn(async move {
                    let _ = again.post("/session/second-factor", body).await;
                    is_in(&mut again).await
                });
            }
            client.get("/session").await;
        }
        let entered = sending.join_all().await.into_iter().filter(|entered| *entered).count();
        tried.note(&format!("{way}: {entered} were let in"), entered > 1);
        assert_eq!(entered, 1, "{way}: the first is let in");
    }
}

/// After five wrong codes even the right one waits.
async fn guessing(db: &TestDatabase, site: &Site, factor: &Factor, tried: &mut Tried) {
    minutes_later(db).await;
    let mut client = half_way(site, "sample.sales").await;
    let mut looked_at = 0;
    for number_of_code in 1..=8 {
        let reply = client.post("/session/second-factor", json!({"code": factor.wrong_code()})).await;
        looked_at += u32::from(reply.status == 401);
        // Told by the counter: on a slow machine a second may pass between two codes.
        let waits = number(db, "SELECT count(*) FROM login_attempts a WHERE a.attempt_key LIKE 'MFA:%' AND a.blocked_until > a.failed_at[cardinality(a.failed_at)]").await;
        tried.note(
            &format!("code {number_of_code} without a wait after it"),
            number_of_code >= 5 && waits == 0,
        );
        tried.note(&format!("a wait after code {number_of_code} already"), number_of_code < 5 && waits > 0);
    }
    let body = json!({"code": factor.code()});
    tried
        .sent(
            "the right code while one has to wait",
            &mut client,
            Method::POST,
            "/session/second-factor",
            body,
        )
        .await;
    let mut other = half_way(site, "sample.sales").await;
    let body = json!({"recovery_code": factor.recovery[2]});
    tried
        .sent("a new session while one has to wait", &mut other, Method::POST, "/session/second-factor", body)
        .await;
    let noted = number(db, "SELECT count(*) FROM security_events WHERE event_type = 'MFA_FAILED'").await;
    tried.note("wrong codes that leave no trace", noted < i64::from(looked_at));
}
