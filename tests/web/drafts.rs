//! What somebody typed is not lost when the session ends before it is sent, when another proof is asked for, or when they leave the
//! configurator without saving; neither on a page, nor in a dialog, nor in the configurator.

use serde_json::json;
use torvan_testing::TestDatabase;
use torvan_tests::GrowingOrder;
use torvan_tests::site::PASSWORD;

use crate::browser::Browser;
use crate::people::{Served, serve, sign_in, somebody};

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

/// Whether the page says that there are changes which are not saved.
const IS_KEPT: &str = "return document.querySelector('#cfg-draft') !== null";

#[tokio::test]
async fn a_configuration_that_was_not_saved_is_offered_again() {
    let served = serve(TestDatabase::new().await).await;
    let order = GrowingOrder::configured(served.db.pool(), "SINK-KEPT").await;
    let browser = served.browser_of("SALES_MANAGER").await;
    let path = format!("/builds/{}/configuration", order.build_id);
    browser.open(&format!("{path}?step=model")).await;
    assert_eq!(browser.script(IS_KEPT, &[]).await, false, "nothing was changed yet");
    browser.click("[name=\"/length_in\"]").await;
    browser.script("document.activeElement.select()", &[]).await;
    browser.press("71").await;
    // The page is left before anything was shown of it.
    browser.open("/orders").await;
    // What a page sends while it is left arrives when it does.
    served.has_in_the_end("SELECT count(*)::text FROM configuration_drafts", "1").await;
    browser.open(&path).await;
    browser.wait_until(IS_KEPT).await;
    assert_eq!(browser.value("/length_in").await, "71");
    assert!(browser.text("#cfg-draft").await.contains("You have unsaved changes of "));
    browser.shot("configurator-unsaved").await;
    browser.is_content().await;
    // Going on with them takes the notice away and keeps the choice.
    browser.click("#cfg-draft button[value=\"\"]").await;
    browser.wait_until("return document.querySelector('#cfg-draft') === null").await;
    assert_eq!(browser.value("/length_in").await, "71");
    browser.open(&path).await;
    browser.wait_until(IS_KEPT).await;
    browser.click("#cfg-draft button[value=discard]").await;
    browser.wait_for(&format!("{path}?step=model")).await;
    assert_eq!(browser.value("/length_in").await, "60", "what is saved");
    browser.open(&path).await;
    assert_eq!(browser.script(IS_KEPT, &[]).await, false, "what was discarded does not come back");
}

/// Signs in again where a session that was over led to.
async fn sign_in_again(browser: &Browser, login: &str) {
    browser.wait_for("/sign-in?because=session-over").await;
    browser.fill("login", login).await;
    browser.fill("password", PASSWORD).await;
    browser.send().await;
}

#[tokio::test]
async fn a_choice_is_there_again_after_the_session_was_over() {
    let served = serve(TestDatabase::new().await).await;
    let order = GrowingOrder::configured(served.db.pool(), "SINK-OVER").await;
    let browser = somebody(&served, "sample.sales").await;
    let path = format!("/builds/{}/configuration", order.build_id);
    browser.open(&format!("{path}?step=model")).await;
    served.ends_sessions().await;
    browser.put("/length_in", "77").await;
    sign_in_again(&browser, "sample.sales").await;
    browser.wait_for(&path).await;
    browser.wait_until("return document.getElementsByName('/length_in')[0]?.value === '77'").await;
    // It is looked at as any other choice is, and kept with the others.
    served.has_in_the_end("SELECT parameters ->> 'length_in' FROM configuration_drafts", "77").await;
    browser.wait_until("return document.querySelector('#cfg-next button[value=save]') !== null").await;
    browser.wait_until("return document.querySelector('.cfg-fields > .notice') !== null").await;
    assert!(browser.text(".cfg-fields > .notice").await.contains("What you typed is here again"));
    browser.shot("configurator-again").await;

    // A button that changes something, on another screen than the address says.
    browser.click("button[value=\"go basins\"]").await;
    browser.wait_until("return document.querySelector('[value^=\"remove /basins/\"]') !== null").await;
    served.ends_sessions().await;
    browser.click("[value^=\"remove /basins/\"]").await;
    sign_in_again(&browser, "sample.sales").await;
    browser.wait_for(&path).await;
    browser.wait_until("return document.querySelector('button[value=\"add /basins\"]') !== null").await;
    assert!(!browser.has("[value^=\"remove /basins/\"]").await, "the basin is taken out");

    // What is kept for good is pressed again by whoever sees it.
    browser.click("button[value=\"go model\"]").await;
    browser.wait_until("return document.getElementsByName('/length_in').length === 1").await;
    served.ends_sessions().await;
    browser.click("#cfg-next button[value=save]").await;
    sign_in_again(&browser, "sample.sales").await;
    browser.wait_for(&path).await;
    browser.wait_until("return document.getElementsByName('/length_in')[0]?.value === '77'").await;
    browser.wait_until("return document.querySelector('#cfg-next button[value=save]') !== null").await;
    let versions = format!("SELECT count(*)::text FROM configurations WHERE build_id = {}", order.build_id);
    assert_eq!(served.read(&versions).await, "1", "nothing was saved by itself");
    assert_eq!(browser.script("return sessionStorage.length", &[]).await, 0);
    browser.is_content().await;
}

#[tokio::test]
async fn a_dialog_comes_back_filled_after_the_session_was_over() {
    let served = serve(TestDatabase::new().await).await;
    let browser = somebody(&served, "sample.sales").await;
    let list = "/customers?filter%5Bis_active%5D=true&cols=name";
    browser.open(list).await;
    browser.click("a[href^=\"/views/new\"]").await;
    browser.wait_until("return document.querySelector('dialog[open] [name=name]') !== null").await;
    browser.fill("name", "Who orders").await;
    served.ends_sessions().await;
    browser.click("dialog .button.primary").await;
    sign_in_again(&browser, "sample.sales").await;
    browser.wait_for("/customers").await;
    // It stands over the list again, as it was left.
    browser
        .wait_until("return document.querySelector('dialog[open] [name=name]')?.value === 'Who orders'")
        .await;
    assert!(browser.text("dialog .notice").await.contains("What you typed is here again"));
    browser.shot("dialog-again").await;
    browser.click("dialog .button.primary").await;
    browser.wait_until("return document.querySelector('.views.saved') !== null").await;
    assert!(browser.text(".views.saved").await.contains("Who orders"));
    assert_eq!(browser.script("return sessionStorage.length", &[]).await, 0);

    // Of who signs, only the text comes back.
    let order = GrowingOrder::configured(served.db.pool(), "SINK-SIGNED").await;
    let submit = "SELECT submit_bom(bom_id)::text FROM builds WHERE build_id = {build}";
    order.steps(served.db.pool(), "sample.sales", &[submit]).await;
    let production = somebody(&served, "sample.production").await;
    let bom = format!("SELECT bom_id::text FROM builds WHERE build_id = {}", order.build_id);
    let path = format!("/boms/{}", served.read(&bom).await);
    production.open(&path).await;
    production.click(&format!("a[href=\"{path}/reject\"]")).await;
    production.wait_until("return document.querySelector('dialog[open] [name=reason]') !== null").await;
    production.fill("reason", "The purchase order says 72 in.").await;
    production.fill("password", PASSWORD).await;
    served.ends_sessions().await;
    production.click("dialog .button.danger").await;
    sign_in_again(&production, "sample.production").await;
    production.wait_for(&path).await;
    production
        .wait_until(
            "return document.querySelector('dialog[open] [name=reason]')?.value.endsWith('72 in.') === true",
        )
        .await;
    assert_eq!(production.value("password").await, "", "a password is never kept");
    production.is_content().await;
}

#[tokio::test]
async fn basins_are_added_before_the_others_are_chosen() {
    let served = serve(TestDatabase::new().await).await;
    let order = GrowingOrder::draft(served.db.pool(), "SINK-BASINS").await;
    let browser = served.browser_of("SALES_MANAGER").await;
    browser.open(&format!("/builds/{}/configuration?step=basins", order.build_id)).await;
    for count in 1..=2 {
        browser.click("button[value=\"add /basins\"]").await;
        browser
            .wait_until(&format!(
                "return document.querySelectorAll('[value^=\"remove /basins/\"]').length === {count}"
            ))
            .await;
        // Nothing is red before somebody chose anything.
        assert_eq!(browser.texts(".cfg-cards .bad").await, Vec::<String>::new());
        if count == 1 {
            browser.click("button[value=\"go model\"]").await;
            browser.wait_until("return document.getElementById('/model=T2-B2') !== null").await;
            browser.click("[id=\"/model=T2-B2\"]").await;
            browser
                .wait_until("return document.querySelector('#cfg-saved').textContent.includes('ot saved')")
                .await;
            browser.click("button[value=\"go basins\"]").await;
            browser
                .wait_until("return document.querySelector('button[value=\"add /basins\"]') !== null")
                .await;
        }
    }
    browser.shot("configurator-open").await;
    // What is scrolled to does not lie under the way on.
    let covers = "const add = document.querySelector('button[value=\"add /faucets\"]'); add.focus(); add.scrollIntoView({ block: 'nearest' });
        return add.getBoundingClientRect().bottom <= document.querySelector('.cfg-next').getBoundingClientRect().top";
    assert_eq!(browser.script(covers, &[]).await, true);
    browser.is_content().await;
}
