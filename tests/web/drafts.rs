//! What somebody typed is not lost when the session ends before it is sent, or when another proof is asked for.

use serde_json::json;
use torvan_testing::TestDatabase;
use torvan_tests::site::PASSWORD;

use crate::browser::Browser;
use crate::people::{Served, serve, sign_in};

const NAME: &str = "ERP bridge on plant-server";

/// Somebody whose password alone signs in, at the form of a new token, which is filled in.
async fn typing(login: &str) -> (Served, Browser) {
    let served = serve(TestDatabase::new().await).await;
    served.with_password(login).await;
    served.without_second_factors().await;
    let browser = served.browser().await;
    sign_in(&browser, login, PASSWORD).await;
    browser.wait_for("/").await;
    type_it(&browser).await;
    (served, browser)
}

async fn type_it(browser: &Browser) {
    browser.open("/account/tokens/new").await;
    browser.fill("name", NAME).await;
    browser.fill("days", "7").await;
    browser.click("input[value=\"order:read\"]").await;
}

async fn is_back(browser: &Browser) {
    browser.wait_for("/account/tokens/new").await;
    browser.wait_until("return document.querySelector('form .notice') !== null").await;
    assert_eq!(browser.value("name").await, NAME);
    assert_eq!(browser.value("days").await, "7");
    let ticked = browser
        .script("return [...document.querySelectorAll(':checked')].map((one) => one.value)", &[])
        .await;
    assert_eq!(ticked, json!(["order:read"]));
    assert!(browser.text("form .notice").await.contains("What you typed is here again"));
}

#[tokio::test]
async fn a_form_comes_back_filled_after_the_session_is_over() {
    let (served, browser) = typing("sample.admin").await;
    served.ends_sessions().await;
    browser.send().await;
    browser.wait_for("/sign-in?because=session-over").await;
    assert_eq!(browser.value("next").await, "/account/tokens/new", "the way leads back to the form");
    browser.fill("login", "sample.admin").await;
    browser.fill("password", "not the password").await;
    browser.send().await;
    browser.fill("password", PASSWORD).await;
    browser.send().await;
    is_back(&browser).await;
    browser.send().await;
    assert!(!browser.text(".token").await.is_empty(), "{}", browser.text("main").await);
    browser.open("/account/tokens/new").await;
    assert_eq!(browser.value("name").await, "", "what was taken does not come back");
    browser.is_content().await;
}

#[tokio::test]
async fn a_form_comes_back_filled_after_a_fresh_proof() {
    let (served, browser) = typing("sample.admin").await;
    served.run("UPDATE user_sessions SET stepped_up_at = now() - interval '1 hour'").await;
    browser.send().await;
    browser.wait_for("/account/confirm").await;
    browser.fill("password", PASSWORD).await;
    browser.send().await;
    is_back(&browser).await;
}

#[tokio::test]
async fn a_form_of_an_earlier_session_is_refused_and_comes_back_filled() {
    let (served, browser) = typing("sample.admin").await;
    // Signed in anew in another window meanwhile.
    served.sign_in_as(&browser, "ADMINISTRATOR").await;
    browser.send().await;
    assert!(browser.text("h1").await.contains("out of date"), "{}", browser.text("main").await);
    browser.open("/").await;
    browser.open("/account/tokens/new").await;
    is_back(&browser).await;
    browser.send().await;
    assert!(!browser.text(".token").await.is_empty());
}

#[tokio::test]
async fn nobody_else_sees_what_was_typed() {
    let (served, browser) = typing("sample.admin").await;
    served.ends_sessions().await;
    browser.send().await;
    browser.wait_for("/sign-in?because=session-over").await;
    served
        .run("BEGIN; SELECT begin_as('sample.admin', 'test'); SELECT grant_role('sample.sales', 'ADMINISTRATOR', p_reason => 'test'); COMMIT")
        .await;
    served.with_password("sample.sales").await;
    browser.fill("login", "sample.sales").await;
    browser.fill("password", PASSWORD).await;
    browser.send().await;
    browser.wait_for("/account/tokens/new").await;
    assert_eq!(browser.value("name").await, "");
    assert_eq!(browser.script("return sessionStorage.length", &[]).await, 0);
}
