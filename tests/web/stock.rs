//! The pick list of a build, worked through in a browser: each line with its field, what came of it beside it.

use torvan_testing::TestDatabase;

use crate::browser::Browser;
use crate::pages::supplied;
use crate::people::{Served, serve};

const PLACE: &str =
    "INSERT INTO stock_locations (location_code, name) VALUES ('WEB-A1', 'Aisle A, first bin')";

/// The sample sink, and its order.
async fn sink(served: &Served) -> (String, String) {
    served.run(PLACE).await;
    served.run(&supplied("WEB-A1")).await;
    let of_sink =
        |column: &str| format!("SELECT {column}::text FROM builds WHERE build_number = 'SAMPLE-001'");
    (served.read(&of_sink("build_id")).await, served.read(&of_sink("order_id")).await)
}

async fn until(browser: &Browser, selector: &str) {
    browser.wait_until(&format!("return document.querySelector({selector:?}) !== null")).await;
}

async fn told(browser: &Browser, done: &str) {
    browser.wait_until(&format!("return location.search.includes('done={done}')")).await;
}

/// What the field of the first line cannot take is told beside it; a part of it can be taken.
async fn a_line_is_taken_in_part(browser: &Browser) {
    for (typed, why) in [("1e3", "is a number"), ("0.5", "whole units"), ("9999", "only")] {
        browser.fill("quantity", typed).await;
        browser.click(".picks form .button").await;
        let script = format!(
            "return document.getElementById('quantity-error')?.textContent.toLowerCase().includes({why:?}) === true"
        );
        browser.wait_until(&script).await;
        assert_eq!(browser.value("quantity").await, typed, "it stays as it was typed");
        assert_eq!(browser.focus().await, "quantity");
    }
    browser.shot("pick-list-refused").await;
    browser.fill("quantity", "1").await;
    browser.click(".picks form .button").await;
    told(browser, "line").await;
    assert!(browser.text(".picks .pick-told").await.contains("1 just issued"), "beside the field");
}

#[tokio::test]
async fn what_a_build_needs_is_issued_given_back_released_and_reserved_again() {
    let served = serve(TestDatabase::new().await).await;
    let (build, order) = sink(&served).await;
    let place = format!("/builds/{build}/pick-list");
    let browser = served.browser_of("PRODUCTION_MANAGER").await;
    browser.open(&format!("/orders/{order}")).await;
    assert!(browser.has("main a[href=\"/shortages?build=SAMPLE-001\"]").await, "what the sink lacks");
    browser.click(&format!("main a[href=\"{place}\"]")).await;
    browser.wait_for(&place).await;
    assert_eq!(browser.texts(".picks form").await.len(), 2, "{}", browser.text("main").await);
    a_line_is_taken_in_part(&browser).await;

    browser.click(&format!("a[href^=\"{place}/return\"]")).await;
    browser.wait_until("return location.pathname.endsWith('/return')").await;
    assert_eq!(browser.value("location_code").await, "WEB-A1");
    assert_eq!(browser.value("lot_number").await, "LOT-WEB");
    browser.send().await;
    until(&browser, "#reason-error").await;
    browser.fill("reason", "wrong variant").await;
    browser.send().await;
    browser.wait_for(&place).await;
    assert!(!browser.has(&format!("a[href^=\"{place}/return\"]")).await, "nothing is with the build");

    browser.click("form[action$=\"/pick-list/release\"] button").await;
    told(&browser, "released").await;
    assert!(!browser.has(".picks form").await, "nothing is promised to it");
    browser.click(".toasts form button").await;
    told(&browser, "reserved").await;
    browser.shot("pick-list-reserved").await;
    browser.click(".bar .button.primary").await;
    told(&browser, "all").await;
    assert_eq!(browser.texts(&format!("a[href^=\"{place}/return\"]")).await.len(), 2);
    browser.shot("pick-list-issued").await;
    browser.is_content().await;
}

#[tokio::test]
async fn a_salesperson_reserves_and_issues_nothing() {
    let served = serve(TestDatabase::new().await).await;
    let (build, _) = sink(&served).await;
    let browser = served.browser_of("SALES_MANAGER").await;
    browser.open(&format!("/builds/{build}/pick-list")).await;
    assert!(browser.has("form[action$=\"/pick-list/reserve\"]").await);
    for issued in ["form[action$=\"/take\"]", "form[action$=\"/issue-all\"]", "a[href$=\"/issue\"]"] {
        assert!(!browser.has(issued).await, "{issued}");
    }
    browser.is_content().await;
}

#[tokio::test]
async fn a_quantity_that_was_on_its_way_comes_back_at_its_own_line() {
    let served = serve(TestDatabase::new().await).await;
    let (build, _) = sink(&served).await;
    let place = format!("/builds/{build}/pick-list");
    let browser = served.browser_of("PRODUCTION_MANAGER").await;
    let quantities =
        "return [...document.querySelectorAll('.picks [name=quantity]')].map((one) => one.value)";
    browser.open(&place).await;
    let before = browser.script(quantities, &[]).await;
    browser.script("document.querySelectorAll('.picks [name=quantity]')[1].value = '1'", &[]).await;
    served.ends_sessions().await;
    browser.script("document.querySelectorAll('.picks form')[1].requestSubmit()", &[]).await;
    browser.wait_until("return location.pathname === '/sign-in'").await;
    served.sign_in_as(&browser, "PRODUCTION_MANAGER").await;
    browser.open(&place).await;
    browser.wait_until("return document.querySelector('.picks .notice') !== null").await;
    assert_eq!(browser.script(quantities, &[]).await, serde_json::json!([before[0], "1"]));
}
