//! What pages answer, whoever sends the request: forged forms, other places, errors, headers, weight.

use axum::http::Method;
use torvan_testing::TestDatabase;
use torvan_tests::site::{Client, Reply, Site};

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const BROWSER: (&str, &str) = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8");

async fn get(client: &mut Client, path: &str) -> Reply {
    client.send_bytes(Method::GET, &format!("/{path}"), None, &[BROWSER]).await
}

async fn post(client: &mut Client, path: &str, form: &[(&str, &str)], headers: &[(&str, &str)]) -> Reply {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    // The header of programs is left out: a form has its own field.
    let mut headers = [&[FORM, BROWSER, ("x-csrf-token", "")], headers].concat();
    headers.dedup_by_key(|(name, _)| *name);
    client.send_bytes(Method::POST, &format!("/{path}"), Some(body.into_bytes()), &headers).await
}

/// The hidden field of a page's form.
fn csrf(reply: &Reply) -> String {
    let page = text(reply);
    let field = page.split("name=\"csrf\" value=\"").nth(1).unwrap_or_else(|| panic!("no field in {page}"));
    field.split('"').next().unwrap_or_default().to_owned()
}

fn text(reply: &Reply) -> String {
    String::from_utf8_lossy(&reply.bytes).into_owned()
}

#[tokio::test]
async fn forms_of_other_sites_do_nothing() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut client = site.person("sample.sales").await;
    let good = csrf(&get(&mut client, "/account").await.expect(200));
    for path in ["/sign-out", "/account/password", "/account/recovery-codes", "/account/sessions/1/revoke"] {
        for (field, headers) in [
            ("", vec![]),
            ("guessed", vec![]),
            (good.as_str(), vec![("origin", "https://evil.example")]),
            (good.as_str(), vec![("origin", "null")]),
            (good.as_str(), vec![("sec-fetch-site", "cross-site")]),
        ] {
            let refused = post(&mut client, path, &[("csrf", field)], &headers).await.expect(403);
            assert!(text(&refused).contains("The form was out of date"), "{path}: {headers:?}");
        }
    }
    // A program's way of sending it is none here.
    let json = [("content-type", "application/json"), BROWSER];
    let _ = client.send_bytes(Method::POST, "//sign-out", Some(b"{}".to_vec()), &json).await.expect(415);
    let _ = get(&mut client, "/account").await.expect(200);
    assert_eq!(post(&mut client, "/sign-out", &[("csrf", &good)], &[]).await.expect(303).header("location"), "/sign-in?because=signed-out");
    let _ = get(&mut client, "/account").await.expect(303);
}

#[tokio::test]
async fn the_forms_before_a_session_are_the_browsers_own() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let form = |csrf: &str| vec![("login".to_owned(), "sample.sales".to_owned()), ("password".to_owned(), "x".to_owned()), ("csrf".to_owned(), csrf.to_owned())];
    let send = async |client: &mut Client, csrf: &str, headers: &[(&str, &str)]| {
        let form = form(csrf);
        let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        post(client, "/sign-in", &form, headers).await
    };
    let mut victim = site.stranger();
    let mut attacker = site.stranger();
    let own = csrf(&get(&mut victim, "/sign-in").await.expect(200));
    let foreign = csrf(&get(&mut attacker, "/sign-in").await.expect(200));
    let refused = send(&mut victim, &foreign, &[]).await.expect(403);
    assert!(text(&refused).contains("The form could not be checked"), "{}", text(&refused));
    let _ = send(&mut site.stranger(), &own, &[]).await.expect(403);
    let _ = send(&mut victim, &own, &[("origin", "https://evil.example")]).await.expect(403);
    let _ = send(&mut victim, &own, &[]).await.expect(401);
    let _ = post(&mut victim, "/sign-in/setup", &[("code", "WRONG"), ("csrf", &foreign)], &[]).await.expect(403);
    let _ = post(&mut victim, "/sign-in/setup", &[("code", "WRONG"), ("csrf", &own)], &[]).await.expect(401);
}

#[tokio::test]
async fn nobody_is_led_elsewhere() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut client = site.person("sample.sales").await;
    for place in ["https://evil.example/", "//evil.example", "/\\evil.example", "/%09/evil.example", "javascript:alert(1)"] {
        let led = get(&mut client, &format!("/sign-in?next={place}")).await.expect(303);
        let further = get(&mut client, led.header("location")).await.expect(303);
        assert!(["/", "/%09/evil.example"].contains(&further.header("location")), "{place}: {}", further.header("location"));
    }
    let led = get(&mut site.stranger(), "/account/tokens/new?a=b").await.expect(303);
    assert_eq!(led.header("location"), "/sign-in?next=%2Faccount%2Ftokens%2Fnew%3Fa%3Db");
}

#[tokio::test]
async fn errors_are_pages_for_people_and_data_for_programs() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut client = site.stranger();
    let missing = get(&mut client, "/nothing/here").await.expect(404);
    assert!(missing.header("content-type").starts_with("text/html"));
    assert!(text(&missing).contains("There is nothing here") && text(&missing).contains(missing.header("x-request-id")));
    let french = [BROWSER, ("accept-language", "fr-CA")];
    let missing = client.send_bytes(Method::GET, "//nothing", None, &french).await.expect(404);
    assert!(text(&missing).contains("Il n’y a rien ici") && text(&missing).contains("lang=\"fr\""));
    let method = client.send_bytes(Method::PUT, "//sign-in", None, &[BROWSER]).await.expect(405);
    assert!(text(&method).contains("This cannot be done here"));
    for (path, accept) in [("//nothing", "*/*"), ("//api/v1/nothing", BROWSER.1), ("//api/v1/orders", BROWSER.1)] {
        let reply = client.send_bytes(Method::GET, path, None, &[("accept", accept)]).await;
        assert!(reply.header("content-type").starts_with("application/problem+json"), "{path}");
    }
    let mut sales = site.person("sample.sales").await;
    let refused = get(&mut sales, "/account/tokens/new").await.expect(403);
    assert!(text(&refused).contains("You may not see this"));
    let noted: i64 = sqlx::query_scalar("SELECT count(*) FROM security_events WHERE event_type = 'PERMISSION_REFUSED' AND details ->> 'route' = 'GET /account/tokens/new'")
        .fetch_one(db.pool())
        .await
        .expect("a number");
    assert_eq!(noted, 1, "a refusal is written down");
    let _ = get(&mut sales, "/account/tokens/999999/revoke").await.expect(404);
    let _ = get(&mut sales, "/account/tokens/x/revoke").await.expect(404);
}

#[tokio::test]
async fn sessions_of_others_are_not_ended_and_tokens_of_others_not_seen() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut quality = site.person("sample.quality").await;
    let other: i64 = sqlx::query_scalar("SELECT max(user_session_id) FROM user_sessions").fetch_one(db.pool()).await.expect("a key");
    let mut sales = site.person("sample.sales").await;
    let field = csrf(&get(&mut sales, "/account").await.expect(200));
    let refused = post(&mut sales, &format!("/account/sessions/{other}/revoke"), &[("csrf", &field)], &[]).await;
    assert!([403, 404].contains(&refused.status.as_u16()), "{}", text(&refused));
    let _ = get(&mut quality, "/account").await.expect(200);
}

#[tokio::test]
async fn pages_are_light_strict_and_not_kept() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut client = site.person("sample.admin").await;
    let mut stranger = site.stranger();
    for (path, is_in) in [("/sign-in", false), ("/sign-in/setup", false), ("/", true), ("/account", true), ("/account/tokens/new", true)] {
        let client = if is_in { &mut client } else { &mut stranger };
        let gzip = [BROWSER, ("accept-encoding", "gzip")];
        let page = client.send_bytes(Method::GET, &format!("/{path}"), None, &gzip).await.expect(200);
        assert!(page.bytes.len() < 50_000, "{path}: {} bytes", page.bytes.len());
        assert_eq!(page.header("content-encoding"), "gzip");
        assert_eq!(page.header("cache-control"), "no-store");
        let policy = page.header("content-security-policy");
        assert!(policy.contains("default-src 'self'") && !policy.contains("unsafe"), "{policy}");
        let plain = text(&get(client, path).await.expect(200));
        assert!(!plain.contains("style=") && !plain.contains("<style") && !plain.contains("<script>"), "{path}");
    }
    for url in torvan_server::pages::assets::urls() {
        let asset = stranger.send_bytes(Method::GET, &format!("/{url}"), None, &[("accept-encoding", "gzip")]).await.expect(200);
        assert!(asset.header("cache-control").contains("immutable") && asset.bytes.len() < 50_000, "{url}");
    }
    let _ = get(&mut stranger, "/assets/app-000000000000.css").await.expect(404);
}
