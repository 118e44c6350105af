//! The own account: sessions, password, authenticator, recovery codes, tokens.

use torvan_testing::TestDatabase;
use torvan_tests::site::PASSWORD;

use crate::browser::{Browser, Setup};
use crate::look::{look, look_at};
use crate::people::{Served, code_at, now, serve, set_up, sign_in, sign_in_completely, sign_out};

const NEXT_PASSWORD: &str = "seven lanterns above the harbour";

async fn browser_of(served: &Served, agent: Option<&'static str>) -> Browser {
    served.browser_with(Setup { agent, ..Setup::default() }).await
}

#[tokio::test]
async fn a_session_on_another_device_is_seen_and_ended() {
    let served = serve(TestDatabase::new().await).await;
    served.with_password("sample.sales").await;
    served.without_second_factors().await;
    let here = browser_of(&served, None).await;
    sign_in(&here, "sample.sales", PASSWORD).await;
    here.wait_for("/").await;
    let there = browser_of(&served, Some("Mozilla/5.0 (iPad; CPU OS 18_0) Version/18.0 Safari/604.1")).await;
    sign_in(&there, "sample.sales", PASSWORD).await;
    there.wait_for("/").await;

    here.open("/account").await;
    let devices = here.texts("#sessions .what b").await;
    assert_eq!(devices.len(), 2, "{devices:?}");
    assert!(
        devices.contains(&"Safari, iPad".to_owned()) && devices.contains(&"Chrome, Linux".to_owned()),
        "{devices:?}"
    );
    assert_eq!(here.texts("#sessions .tag").await, ["this one"]);
    assert_eq!(here.texts("#sessions button").await, ["End"], "the own session is ended by signing out");
    look_at(&here, "account-two-sessions", "/account").await;
    here.click("#sessions button").await;
    here.wait_for("/account?done=session").await;
    assert_eq!(here.texts("#sessions .what b").await, ["Chrome, Linux"]);
    assert!(here.text(".notice").await.contains("The session has ended"));

    there.open("/account").await;
    there.wait_for("/sign-in?because=session-over").await;
    here.is_content().await;
}

#[tokio::test]
async fn password_authenticator_and_recovery_codes_are_renewed_after_a_fresh_proof() {
    let served = serve(TestDatabase::bare().await).await;
    let browser = browser_of(&served, None).await;
    let (secret, codes) = set_up(&browser, &served).await;
    sign_in(&browser, "admin", PASSWORD).await;
    browser.wait_for("/sign-in/second-factor").await;
    browser.open("/sign-in/second-factor?with=recovery").await;
    browser.fill("recovery_code", &codes[0]).await;
    browser.send().await;
    browser.wait_for("/").await;

    // The proof of the sign-in is good for some minutes; then it is asked for again.
    served.run("UPDATE user_sessions SET stepped_up_at = now() - interval '1 hour'").await;
    browser.open("/account/password").await;
    browser.wait_for("/account/confirm?next=%2Faccount%2Fpassword").await;
    browser.fill("password", "not the password").await;
    browser.fill("code", &code_at(&secret, now())).await;
    browser.send().await;
    assert!(browser.text("#password-error").await.contains("not right"));
    browser.fill("password", PASSWORD).await;
    browser.fill("code", &code_at(&secret, now())).await;
    browser.send().await;
    browser.wait_for("/account/password").await;
    browser.fill("new_password", "short").await;
    browser.send().await;
    assert!(browser.text("#new_password-error").await.contains("at least 12 characters"));
    browser.fill("new_password", NEXT_PASSWORD).await;
    browser.send().await;
    browser.wait_for("/account?done=password").await;

    browser.open("/account/recovery-codes").await;
    browser.send().await;
    look(&browser, "account-recovery-codes-made").await;
    let renewed = browser.texts(".codes code").await;
    assert!(renewed.len() == 10 && !renewed.contains(&codes[1]), "{renewed:?}");

    browser.open("/account/authenticator").await;
    browser.send().await;
    browser.wait_for("/account/authenticator").await;
    look_at(&browser, "account-authenticator-begun", "/account/authenticator").await;
    let next_secret = browser.text(".secret").await.replace(' ', "");
    assert_ne!(next_secret, secret);
    browser.fill("code", &code_at(&next_secret, now())).await;
    browser.send().await;
    assert_eq!(browser.texts(".codes code").await.len(), 10);
    browser.send().await;
    browser.wait_for("/account").await;
    sign_out(&browser).await;

    // The former password and the former authenticator are worth nothing.
    sign_in(&browser, "admin", PASSWORD).await;
    assert!(browser.text("#password-error").await.contains("not right"));
    sign_in(&browser, "admin", NEXT_PASSWORD).await;
    browser.wait_for("/sign-in/second-factor").await;
    browser.fill("code", &code_at(&next_secret, now() + 30)).await;
    browser.send().await;
    browser.wait_for("/").await;
    browser.is_content().await;
}

#[tokio::test]
async fn a_token_is_shown_once_works_and_is_ended() {
    let served = serve(TestDatabase::bare().await).await;
    let browser = browser_of(&served, None).await;
    let (secret, _) = set_up(&browser, &served).await;
    sign_in_completely(&browser, &secret).await;
    browser.open("/account/tokens/new").await;
    browser.send().await;
    assert_eq!(
        browser.texts(".notice.bad li").await,
        ["Say what the token is for.", "Tick at least one permission."]
    );
    browser.fill("name", "ERP <b>bridge</b>").await;
    browser.click("input[value=\"order:read\"]").await;
    browser.fill("days", "9999").await;
    browser.send().await;
    assert!(browser.text(".notice.bad").await.contains("within the next"), "{}", browser.text("main").await);
    assert_eq!(browser.value("name").await, "ERP <b>bridge</b>");
    assert!(browser.has("input[value=\"order:read\"]:checked").await, "ticks are kept");
    look(&browser, "account-new-token-refused").await;
    browser.fill("days", "7").await;
    browser.send().await;
    look(&browser, "account-token-made").await;
    let token = browser.text(".token").await;
    let reply = served.site.stranger().with_token(&token).get("/orders").await.expect(200);
    assert!(reply.json()["items"].is_array());

    browser.open("/account").await;
    assert_eq!(browser.texts("#tokens .what b").await, ["ERP <b>bridge</b>"]);
    assert!(!browser.source().await.contains(&token), "it is never shown again");
    browser.click("#tokens .rows a").await;
    browser.fill("reason", "the bridge is gone").await;
    browser.click("main .button.danger").await;
    browser.wait_for("/account?done=token").await;
    assert!(browser.text("#tokens").await.contains("No program works in your name"));
    let _ = served.site.stranger().with_token(&token).get("/orders").await.expect(401);
    browser.is_content().await;
}

#[tokio::test]
async fn whoever_may_not_make_tokens_is_not_offered_any() {
    let served = serve(TestDatabase::new().await).await;
    served.with_password("sample.technician").await;
    served.without_second_factors().await;
    let browser = browser_of(&served, None).await;
    sign_in(&browser, "sample.technician", PASSWORD).await;
    browser.wait_for("/").await;
    browser.open("/account").await;
    assert!(!browser.has("a[href=\"/account/tokens/new\"]").await);
    browser.open("/account/tokens/new").await;
    assert_eq!(browser.text("h1").await, "You may not see this");
}
