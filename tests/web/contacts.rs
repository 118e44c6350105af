//! Contact persons of a customer, in dialogs of their page.

use torvan_testing::TestDatabase;

use crate::people::serve;

#[tokio::test]
async fn a_contact_is_added_and_changed_in_dialogs() {
    let served = serve(TestDatabase::new().await).await;
    let browser = served.browser_of("SALES_MANAGER").await;
    let key = served.read("SELECT customer_id::text FROM customers WHERE customer_code = 'STELMO'").await;
    browser.open(&format!("/customers/{key}")).await;
    let link = format!("a[href=\"/customers/{key}/contacts\"]");
    assert!(browser.has(&link).await, "the way from the customer");
    browser.open(&format!("/customers/{key}/contacts")).await;
    browser.click(".bar a.primary").await;
    browser.wait_until("return document.querySelector('dialog[open] #name') !== null").await;
    browser.fill("email", "nora at stelmo").await;
    browser.fill("name", "Nora Contact").await;
    browser.script("document.getElementById('role').value = 'PURCHASING'", &[]).await;
    browser.shot("contact-dialog").await;
    browser.click("dialog[open] .button.primary").await;
    browser.wait_until("return document.querySelector('dialog[open] #email-error') !== null").await;
    assert_eq!(browser.value("name").await, "Nora Contact", "what was typed stays");
    browser.fill("email", "nora@stelmo.example").await;
    browser.click("dialog[open] .button.primary").await;
    browser.wait_until("return document.querySelector('main .rows li') !== null").await;
    assert!(browser.text(".toast").await.contains("Added."));
    assert!(browser.text("main .rows").await.contains("nora@stelmo.example"));
    browser.click("main .rows a[href$=\"/edit\"]").await;
    browser.wait_until("return document.querySelector('dialog[open] #job_title') !== null").await;
    browser.fill("job_title", "Head buyer").await;
    browser.click("dialog[open] .button.primary").await;
    browser.wait_until("return document.querySelector('main .rows')?.innerText.includes('Head buyer')").await;
    browser.shot("contacts").await;
    browser.is_content().await;
}
