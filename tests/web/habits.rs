//! Lists and files as people use them in a browser: ticks, saved views, uploads.

use serde_json::json;
use torvan_testing::TestDatabase;
use torvan_tests::GrowingOrder;

use crate::browser::{Browser, Setup};
use crate::pages::another_order;
use crate::people::{Served, serve};

async fn chosen(browser: &Browser, name: &str, bytes: usize) {
    let script = "const files = new DataTransfer();
        files.items.add(new File(['x'.repeat(arguments[1])], arguments[0], { type: 'text/plain' }));
        document.getElementById('file').files = files.files;
        document.getElementById('file').dispatchEvent(new Event('change', { bubbles: true }))";
    browser.script(script, &[name.into(), json!(bytes)]).await;
}

async fn documents(served: &Served) -> String {
    let order = served.read("SELECT min(order_id)::text FROM orders").await;
    format!("/orders/{order}?panel=documents")
}

#[tokio::test]
async fn orders_are_ticked_by_keys_and_assigned_in_a_dialog() {
    let served = serve(TestDatabase::new().await).await;
    another_order(&served).await;
    another_order(&served).await;
    let browser = served.browser_of("SALES_MANAGER").await;
    browser.open("/orders?phase=DRAFT").await;
    assert_eq!(browser.property(".bulk-bar", "offsetHeight").await, "0", "nothing is ticked");
    browser.press("\u{e015}").await;
    browser.wait_until("return document.querySelector('tr[aria-selected]') !== null").await;
    browser.press("x").await;
    browser.press("\u{e015}").await;
    browser.press("x").await;
    browser.wait_until("return document.querySelectorAll('[data-tick]:checked').length === 2").await;
    assert_eq!(browser.text("[data-bulk-count]").await, "2 ticked");
    browser.shot("orders-ticked").await;
    browser.click(".bulk-bar [value=assign]").await;
    browser.wait_until("return document.querySelector('dialog[open] [name=login]') !== null").await;
    browser.shot("orders-assign").await;
    browser.fill("login", "sample.admin").await;
    browser.click("dialog .button.primary").await;
    browser.wait_until("return document.querySelector('[data-bulk-done]') !== null").await;
    assert_eq!(browser.texts("dialog .status.ok").await.len(), 2, "{}", browser.text("dialog").await);
    browser.shot("orders-assigned").await;
    browser.click("[data-bulk-done] form .button").await;
    browser.wait_until("return !document.querySelector('[data-bulk-done] form')").await;
    let theirs = "SELECT count(*)::text FROM orders WHERE sales_person = 'sample.admin'";
    assert_eq!(served.read(theirs).await, "0", "taken back");
    browser.is_content().await;
}

/// Ticks two people, closes their accounts in a dialog, and opens them again.
async fn people_are_ticked(browser: &Browser, width: u32) {
    browser.width(width).await;
    browser.open("/users?view=all").await;
    assert_eq!(browser.property(".bulk-bar", "offsetHeight").await, "0", "nothing is ticked");
    for login in ["sample.service", "sample.quality"] {
        browser.click(&format!("[data-tick][value=\"{login}\"]")).await;
    }
    assert_eq!(browser.text("[data-bulk-count]").await, "2 ticked");
    let wide = "return document.documentElement.scrollWidth <= innerWidth";
    assert_eq!(browser.script(wide, &[]).await, json!(true), "it fits {width}");
    browser.shot(&format!("users-ticked-{width}")).await;
    browser.click(".bulk-bar [value=disable]").await;
    browser.wait_until("return document.querySelector('dialog[open] [name=reason]') !== null").await;
    assert_eq!(browser.focus().await, "reason");
    browser.click("dialog .button.primary").await;
    browser.wait_until("return document.querySelector('dialog #reason-error') !== null").await;
    browser.fill("reason", "left the plant").await;
    browser.shot(&format!("users-close-{width}")).await;
    browser.click("dialog .button.primary").await;
    browser.wait_until("return document.querySelector('[data-bulk-done]') !== null").await;
    assert_eq!(browser.texts("dialog .status.ok").await.len(), 2, "{}", browser.text("dialog").await);
    browser.shot(&format!("users-closed-{width}")).await;
    browser.click("[data-bulk-done] .button.primary").await;
    browser.wait_for("/users?view=all").await;
    browser.open("/users/enable/bulk?id=sample.service&id=sample.quality&id=sample.sales").await;
    browser.fill("reason", "came back").await;
    browser.shot(&format!("users-open-{width}")).await;
    browser.click(".dialog-page .button.primary").await;
    browser.wait_until("return document.querySelector('[data-bulk-done]') !== null").await;
    assert_eq!(browser.texts(".status.ok").await.len(), 2, "{}", browser.text("main").await);
}

#[tokio::test]
async fn rows_of_a_register_are_ticked_and_done_in_a_dialog() {
    let served = serve(TestDatabase::new().await).await;
    let browser = served.browser_of("ADMINISTRATOR").await;
    for width in [1440, 1024] {
        people_are_ticked(&browser, width).await;
    }
    // One's own account is refused with its reason, beside the one that is done.
    browser.open("/users/disable/bulk?id=sample.admin&id=sample.service").await;
    browser.fill("reason", "left the plant").await;
    browser.click(".dialog-page .button.primary").await;
    browser.wait_until("return document.querySelector('[data-bulk-done]') !== null").await;
    assert!(browser.text(".outcomes").await.contains("Nobody shuts their own account."));
    browser.shot("users-refused").await;
    browser.is_content().await;
}

#[tokio::test]
async fn rows_are_ticked_without_scripts_too() {
    let served = serve(TestDatabase::new().await).await;
    let browser = served.browser_with(Setup { scripts: false, ..Setup::default() }).await;
    served.sign_in_as(&browser, "ADMINISTRATOR").await;
    browser.open("/users?view=all").await;
    browser.click("[data-tick][value=\"sample.service\"]").await;
    browser.click(".bulk-bar [value=\"end-sessions\"]").await;
    browser.wait_for("/users/end-sessions/bulk").await;
    browser.fill("reason", "the drill").await;
    browser.click(".dialog-page .button.primary").await;
    for _ in 0..200 {
        if browser.source().await.contains("One was done.") {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("it is not told: {}", browser.source().await);
}

#[tokio::test]
async fn a_view_is_saved_from_the_bar_and_removed_with_a_way_back() {
    let served = serve(TestDatabase::new().await).await;
    let browser = served.browser_of("SALES_MANAGER").await;
    browser.open("/customers?filter%5Bis_active%5D=true&cols=name").await;
    browser.click("a[href^=\"/views/new\"]").await;
    browser.wait_until("return document.querySelector('dialog[open] [name=name]') !== null").await;
    browser.fill("name", "Who orders").await;
    browser.shot("view-save").await;
    browser.click("dialog .button.primary").await;
    browser.wait_until("return document.querySelector('.views.saved') !== null").await;
    assert!(browser.text(".views.saved").await.contains("Who orders"));
    assert!(browser.text(".toast").await.contains("The view is saved."));
    browser.shot("view-saved").await;
    browser.click(".tools details.drop:has([action$=remove]) summary").await;
    browser.click("[action$=remove] button").await;
    browser.wait_until("return document.querySelector('.toast form') !== null").await;
    assert!(!browser.has(".views.saved").await);
    browser.click(".toast form button").await;
    browser.wait_until("return document.querySelector('.views.saved') !== null").await;
    browser.is_content().await;
}

#[tokio::test]
async fn a_file_that_is_too_large_is_refused_beside_its_field_and_another_is_taken() {
    let served = serve(TestDatabase::new().await).await;
    let browser = served.browser_of("SALES_MANAGER").await;
    browser.open(&documents(&served).await).await;
    chosen(&browser, "large.txt", 26 * 1024 * 1024).await;
    browser.click("form.upload .button").await;
    browser.wait_until("return !document.getElementById('file-error').hidden").await;
    assert!(browser.text("#file-error").await.contains("larger than 25 MB"));
    browser.shot("upload-refused").await;
    chosen(&browser, "small.txt", 10).await;
    assert_eq!(browser.text("#file-error").await, "", "another one was chosen");
    browser.click("form.upload .button").await;
    browser
        .wait_until("return document.querySelector('.rows')?.innerText.includes('small.txt') === true")
        .await;
    browser.shot("upload-taken").await;
    browser.is_content().await;
}

#[tokio::test]
async fn a_session_that_is_over_loses_no_file() {
    let served = serve(TestDatabase::new().await).await;
    let browser = served.browser_of("SALES_MANAGER").await;
    browser.open(&documents(&served).await).await;
    chosen(&browser, "kept.txt", 10).await;
    served.ends_sessions().await;
    browser.click("form.upload .button").await;
    browser.wait_until("return !document.getElementById('file-error').hidden").await;
    assert!(browser.text("#file-error").await.contains("Your session is over"));
    assert_eq!(browser.script("return document.getElementById('file').files[0].name", &[]).await, "kept.txt");
}

#[tokio::test]
async fn a_row_of_a_register_is_looked_at_beside_the_list_and_opened_by_keys() {
    let served = serve(TestDatabase::new().await).await;
    let browser = served.browser_of("SALES_MANAGER").await;
    for width in [1440, 1024] {
        browser.width(width).await;
        browser.open("/assemblies?view=all").await;
        browser.click("tbody tr:first-child td:nth-child(2)").await;
        browser.wait_until("return document.querySelector('#drawer h2') !== null").await;
        let code = browser.text("tbody tr:first-child code").await;
        assert_eq!(browser.text("#drawer .drawer-head code").await, code);
        browser.shot(&format!("assemblies-drawer-{width}")).await;
        browser.press("\u{e015}").await;
        browser
            .wait_until("return document.querySelector('tbody tr:nth-child(2)[aria-selected]') !== null")
            .await;
        browser.press("\u{e00c}").await;
        browser.wait_until("return document.getElementById('drawer').hidden").await;
    }
    browser.click("tbody tr:first-child td:nth-child(2)").await;
    browser.wait_until("return document.querySelector('#drawer h2') !== null").await;
    browser.press("\u{e007}").await;
    browser.wait_until("return /^\\/assemblies\\/[^/]+$/.test(location.pathname)").await;
    browser.is_content().await;
}

#[tokio::test]
async fn the_palette_does_goes_and_finds_and_closes_with_one_escape() {
    let served = serve(TestDatabase::new().await).await;
    let browser = served.browser_of("ADMINISTRATOR").await;
    browser.open("/orders").await;
    browser.click("[data-palette]").await;
    browser.wait_until("return document.querySelector('#palette[open] .menu-item') !== null").await;
    browser.press("\u{e00c}").await;
    browser.wait_until("return !document.getElementById('palette').open").await;
    browser.click("[data-palette]").await;
    browser.press("reten").await;
    browser
        .wait_until("return document.querySelector('#palette [href=\"/retention/policies\"]') !== null")
        .await;
    browser.shot("palette-places").await;
    browser.script("const field = document.querySelector('#palette input'); field.value = 'theme dark'; field.dispatchEvent(new Event('input', { bubbles: true }))", &[]).await;
    browser.wait_until("return document.querySelector('#palette [name=theme][value=dark]') !== null").await;
    browser.shot("palette-acts").await;
    browser.press("\u{e007}").await;
    browser.wait_until("return document.documentElement.dataset.theme === 'dark'").await;
    browser.wait_for("/orders").await;
    browser.is_content().await;
}

#[tokio::test]
async fn a_head_opens_the_filter_that_asks_for_its_column() {
    let served = serve(TestDatabase::new().await).await;
    let browser = served.browser_of("SALES_MANAGER").await;
    for (list, field) in [("/orders?view=all", "filter-customer"), ("/boms?view=all", "filter-state")] {
        browser.open(list).await;
        browser.click(&format!("th a[href=\"#{field}\"]")).await;
        browser.wait_until(&format!("return document.activeElement.id === '{field}'")).await;
        assert!(browser.place().await.ends_with(list), "the list stays as it is");
    }
    browser.is_content().await;
}

/// Types a code where the focus is and ends with Enter, as fast as a reader of barcodes.
async fn scan(browser: &Browser, code: &str) {
    let script = "for (const key of [...arguments[0], 'Enter']) {
            const field = document.activeElement;
            const stroke = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true });
            if (field.dispatchEvent(stroke) && key !== 'Enter' && 'value' in field) field.value += key;
        }";
    browser.script(script, &[code.into()]).await;
}

#[tokio::test]
async fn what_is_scanned_is_opened_wherever_the_focus_is() {
    let served = serve(TestDatabase::new().await).await;
    let order = GrowingOrder::draft(served.db.pool(), "SINK-SCANNED").await;
    let other = GrowingOrder::draft(served.db.pool(), "SINK-NOTED").await;
    let number = format!("SELECT order_number FROM orders WHERE order_id = {}", order.order_id);
    let number = served.read(&number).await;
    let page = format!("/orders/{}", order.order_id);
    let browser = served.browser_of("SALES_MANAGER").await;
    for focus in ["#main", "[data-search]", "[data-tick]"] {
        browser.open("/orders").await;
        browser.script("document.querySelector(arguments[0]).focus()", &[focus.into()]).await;
        scan(&browser, &number).await;
        browser.wait_for(&page).await;
    }
    browser.open("/orders").await;
    browser.click("[data-palette]").await;
    browser.wait_until("return document.querySelector('#palette[open] .menu-item') !== null").await;
    scan(&browser, &number).await;
    browser.wait_for(&page).await;

    // Into a text is read what somebody wants in it: the numbers of several sinks, one after the other.
    browser.open(&format!("/orders/{}?panel=notes", other.order_id)).await;
    browser.fill("body", "See ").await;
    scan(&browser, &number).await;
    assert!(browser.value("body").await.starts_with(&format!("See {number}")));

    // A field for a code is what readers are for.
    browser.open(&format!("/orders/{}/edit", other.order_id)).await;
    browser.click("[name=po_number]").await;
    scan(&browser, &number).await;
    assert!(browser.value("po_number").await.ends_with(&number));
    assert!(browser.place().await.ends_with("/edit"), "the page stays where it is");
    browser.is_content().await;
}

#[tokio::test]
async fn a_register_has_two_lines_a_row_on_a_phone() {
    let served = serve(TestDatabase::new().await).await;
    let browser = served.browser_of("SALES_MANAGER").await;
    browser.width(390).await;
    for path in ["/customers?view=all", "/parts?view=all", "/assemblies?view=all"] {
        browser.open(path).await;
        let fits = "return document.querySelector('.table-wrap').scrollWidth <= document.querySelector('.table-wrap').clientWidth";
        assert_eq!(browser.script(fits, &[]).await, json!(true), "{path}");
        browser.shot(&format!("register-phone-{}", path.split(['/', '?']).nth(1).unwrap_or_default())).await;
    }
}
