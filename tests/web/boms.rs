//! The way from an order over its configuration and bill of materials to approval: by the keyboard alone, without scripts, and
//! when two people change the same.

use torvan_testing::TestDatabase;
use torvan_tests::site::PASSWORD;
use torvan_tests::{GrowingOrder, act, text};

use crate::browser::{Browser, Setup, key};
use crate::look::look_at;
use crate::people::{Served, serve, sign_in, somebody};

/// Presses the tabulator until this has the focus.
async fn tab_to(browser: &Browser, selector: &str) {
    let is_there = format!("return document.activeElement?.matches({selector:?}) ?? false");
    for _ in 0..160 {
        if browser.script(&is_there, &[]).await == true {
            return;
        }
        browser.press(key::TAB).await;
    }
    panic!(
        "the keyboard does not reach {selector} at {}: {}",
        browser.place().await,
        browser.text("main").await
    );
}

/// Goes there by the keyboard and presses Enter.
async fn enter(browser: &Browser, selector: &str) {
    tab_to(browser, selector).await;
    browser.press(key::ENTER).await;
}

async fn bom_of(served: &Served, build: &str) -> String {
    served.read(&format!("SELECT bom_id::text FROM builds WHERE build_number = '{build}'")).await
}

/// An order in CONFIGURATION whose sink has a saved configuration and no BOM yet.
async fn configured(served: &Served, name: &str) -> GrowingOrder {
    let pool = served.db.pool();
    let order = GrowingOrder::draft(pool, name).await;
    let save = format!("SELECT save_configuration('{}', {{build}})::text", torvan_tests::SMALL_SINK);
    order
        .steps(
            pool,
            "sample.sales",
            &["SELECT transition_order({order}, 'CONFIGURATION')::text", save.as_str()],
        )
        .await;
    order
}

#[tokio::test]
async fn the_keyboard_alone_goes_from_the_order_to_the_approved_bill_of_materials() {
    let served = serve(TestDatabase::new().await).await;
    let order = configured(&served, "SINK-KEYS").await;
    let sales = somebody(&served, "sample.sales").await;

    // From the list: a jump, a row, its page.
    sales.press("go").await;
    sales.wait_for("/orders").await;
    sales.press(key::DOWN).await;
    sales.wait_until("return !document.getElementById('drawer').hidden").await;
    sales.press(key::ENTER).await;
    sales.wait_for(&format!("/orders/{}", order.order_id)).await;
    let configuration = format!("/builds/{}/configuration", order.build_id);
    enter(&sales, &format!("td a[href=\"{configuration}\"]")).await;
    sales.wait_for(&configuration).await;

    // A change, saved as the next version; its bill of materials; submitted.
    tab_to(&sales, "[name=\"/length_in\"]").await;
    sales.press("66").await;
    sales.wait_until("return document.querySelector('#cfg-next button[value=save]') !== null").await;
    enter(&sales, "#cfg-next button[value=save]").await;
    sales.wait_for(&format!("{configuration}?step=model&saved=1")).await;
    enter(&sales, "#cfg-next form button").await;
    sales.wait_for(&format!("{configuration}?step=model&made=1")).await;
    enter(&sales, "#cfg-next a").await;
    sales
        .wait_until("return document.querySelector('dialog[open] button.primary') === document.activeElement")
        .await;
    sales.press(key::ENTER).await;
    let bom = bom_of(&served, "SINK-KEYS").await;
    sales.wait_for(&format!("/boms/{bom}?done=submitted")).await;
    assert!(sales.text(".bar").await.contains("waits for approval"), "{}", sales.text(".bar").await);
    assert!(sales.text("#approval").await.contains("a second person has to approve it"));
    assert!(!sales.has(".bar .button.primary").await, "whoever submitted it does not approve it");

    // The tree by arrows: open, walk, and why.
    tab_to(&sales, "tr[data-path=\"1\"]").await;
    sales.press(key::DOWN).await;
    sales.press(key::RIGHT).await;
    sales.wait_until("return document.querySelector('tr[data-path=\"2\"]').ariaExpanded === 'true'").await;
    sales.press(&[key::RIGHT, key::DOWN].concat()).await;
    sales.press(key::ENTER).await;
    sales.wait_until("return document.getElementById('why') !== null").await;
    let why = sales.text("#why").await;
    assert!(
        why.contains("It is in T2-BODY-61-72-HA")
            && why.contains("Length rounded up to whole inches ≥ 61")
            && why.contains("66"),
        "{why}"
    );
    assert!(sales.has("#why a[href^=\"/rule-sets/\"]").await, "the way to the rules");
    sales.press(&[key::LEFT, key::LEFT].concat()).await;
    assert!(!sales.has("tr[data-path^=\"2.\"]").await, "closed again");
    sales.is_content().await;

    // A second person, who finds what waits, refuses a wrong password, and signs.
    let production = somebody(&served, "sample.production").await;
    production.press("gm").await;
    production.wait_for("/boms").await;
    enter(&production, &format!("td a[href=\"/boms/{bom}\"]")).await;
    // The preview first, the page with another stroke.
    production.wait_until("return document.querySelector('#drawer h2') !== null").await;
    production.press(key::ENTER).await;
    production.wait_for(&format!("/boms/{bom}")).await;
    enter(&production, ".bar .button.primary").await;
    production
        .wait_until("return document.querySelector('dialog[open] #password') === document.activeElement")
        .await;
    production.press("not the password").await;
    production.press(key::ENTER).await;
    production.wait_until("return document.querySelector('dialog[open] #password-error') !== null").await;
    production
        .wait_until("return document.querySelector('dialog[open] #password') === document.activeElement")
        .await;
    production.press(PASSWORD).await;
    production.press(key::ENTER).await;
    production.wait_for(&format!("/boms/{bom}?done=approved")).await;
    let stamp = production.text("#approval .stamp").await;
    assert!(stamp.contains("Pat Production") && stamp.contains("Approved"), "{stamp}");
    let signed = format!(
        "SELECT meaning || ' ' || (SELECT login FROM users WHERE user_id = signer_id) FROM signatures WHERE record_type = 'boms' AND record_id = {bom}"
    );
    assert_eq!(served.read(&signed).await, "approved sample.production");
    production.is_content().await;
}

#[tokio::test]
async fn what_somebody_else_saved_meanwhile_is_shown_and_the_own_choice_is_kept() {
    let served = serve(TestDatabase::new().await).await;
    let order = configured(&served, "SINK-TWICE").await;
    let path = format!("/builds/{}/configuration?step=model", order.build_id);
    let (first, second) =
        (served.browser_of("SALES_MANAGER").await, served.browser_of("ADMINISTRATOR").await);
    for browser in [&first, &second] {
        browser.open(&path).await;
    }
    let save = async |browser: &Browser, length: &str| {
        browser.click("[name=\"/length_in\"]").await;
        browser.script("document.activeElement.select()", &[]).await;
        browser.press(length).await;
        browser.wait_until("return document.querySelector('#cfg-next button[value=save]') !== null").await;
        browser.click("#cfg-next button[value=save]").await;
    };
    save(&first, "64").await;
    first.wait_for(&format!("/builds/{}/configuration?step=model&saved=1", order.build_id)).await;
    save(&second, "70").await;
    second.wait_until("return document.querySelector('#cfg-screen .notice') !== null").await;
    let notice = second.text("#cfg-screen .notice").await;
    assert!(notice.contains("saved version 2 meanwhile") && notice.contains("60 to 64"), "{notice}");
    assert!(!notice.contains("UTC"), "its time is that of the plant's clocks: {notice}");
    assert_eq!(second.value("/length_in").await, "70", "what was chosen here is still here");
    second.click("button[value=\"save over\"]").await;
    second.wait_for(&format!("/builds/{}/configuration?step=model&saved=1", order.build_id)).await;
    let saved = format!(
        "SELECT parameters ->> 'length_in' FROM configurations JOIN builds USING (configuration_id) WHERE builds.build_id = {}",
        order.build_id
    );
    assert_eq!(served.read(&saved).await, "70");
}

#[tokio::test]
async fn a_bill_of_materials_is_read_and_refused_without_scripts() {
    let served = serve(TestDatabase::new().await).await;
    let order = GrowingOrder::configured(served.db.pool(), "SINK-PLAIN").await;
    order
        .steps(
            served.db.pool(),
            "sample.sales",
            &["SELECT submit_bom(bom_id)::text FROM builds WHERE build_id = {build}"],
        )
        .await;
    let bom = bom_of(&served, "SINK-PLAIN").await;
    served.with_password("sample.production").await;
    served.without_second_factors().await;
    let browser = served.browser_with(Setup { scripts: false, ..Setup::default() }).await;
    sign_in(&browser, "sample.production", PASSWORD).await;
    browser.wait_for("/").await;
    browser.open(&format!("/boms/{bom}")).await;
    browser.click("tr[data-path=\"2\"] a.twist").await;
    browser.wait_for(&format!("/boms/{bom}?open=2")).await;
    assert!(browser.has("tr[data-path^=\"2.\"]").await);
    browser.click("tr[data-path^=\"2.\"] a.twist").await;
    browser.wait_for(&format!("/boms/{bom}?open=2%2C2.")).await;
    browser.click("tr[data-path^=\"2.\"] a.tree-code").await;
    browser.wait_until("return document.getElementById('why') !== null").await;
    assert!(browser.text("#why").await.contains("Why is this line here?"));
    assert!(
        browser.has("tr[aria-selected]").await && browser.has("tr[data-path^=\"2.\"]").await,
        "the tree stays open"
    );
    browser.fill("find", "washer").await;
    browser.press(key::ENTER).await;
    browser.wait_for(&format!("/boms/{bom}?find=washer")).await;
    assert!(browser.has("tr.found").await && browser.text("main").await.contains("All lines"));

    // A refusal needs a reason; then it is signed, and the reason is there for whoever made it.
    browser.open(&format!("/boms/{bom}/reject")).await;
    browser.fill("password", PASSWORD).await;
    browser.click(".dialog-foot button.danger").await;
    assert!(!browser.text("#reason-error").await.is_empty(), "{}", browser.text("main").await);
    browser.fill("reason", "The purchase order says 72 in.").await;
    browser.fill("password", PASSWORD).await;
    browser.click(".dialog-foot button.danger").await;
    browser.wait_for(&format!("/boms/{bom}?done=rejected")).await;
    assert!(browser.text("#approval").await.contains("The purchase order says 72 in."));
}

#[tokio::test]
async fn two_revisions_are_compared_and_every_step_is_looked_at() {
    let served = serve(TestDatabase::new().await).await;
    let pool = served.db.pool();
    let order = GrowingOrder::configured(pool, "SINK-REVISED").await;
    let wider = torvan_tests::SMALL_SINK
        .replace("24X20X8", "30X20X8")
        .replace("\"length_in\": 60", "\"length_in\": 72");
    let save = format!("SELECT save_configuration('{wider}', {{build}})::text");
    order
        .steps(
            pool,
            "sample.sales",
            &[save.as_str(), "SELECT count(*)::text FROM generate_order_boms({order})"],
        )
        .await;
    let bom = bom_of(&served, "SINK-REVISED").await;
    let browser = served.browser_of("SALES_MANAGER").await;
    browser.open(&format!("/boms/{bom}")).await;
    browser.click(".views a:nth-child(3)").await;
    browser.wait_for(&format!("/boms/{bom}?view=compare")).await;
    let rows = browser.texts(".changes tbody tr").await;
    for (word, code) in
        [("Added", "T2-ADW-BASIN30X20X8"), ("Removed", "T2-ADW-BASIN24X20X8"), ("Added", "T2-BODY-61-72-HA")]
    {
        assert!(
            rows.iter().any(|row| row.starts_with(word) && row.contains(code)),
            "{word} {code}: {rows:?}"
        );
    }
    let aside = browser.text(".bom-aside").await;
    assert!(aside.contains("60 to 72") && aside.contains("Difference"), "{aside}");
    look_at(&browser, "bom-compare", &format!("/boms/{bom}?view=compare")).await;
    // What came or went as a whole is one line, which opens.
    assert!(!browser.has(".changes tr.inside").await);
    browser.click(".changes .tree-inside[aria-expanded=false]").await;
    browser.wait_until("return document.querySelectorAll('.changes tr.inside').length > 10").await;
    browser.shot("bom-compare-open").await;
    browser.click(".changes .tree-inside[aria-expanded=true]").await;
    browser.wait_until("return document.querySelector('.changes tr.inside') === null").await;
    look_at(&browser, "bom-submit", &format!("/boms/{bom}/submit")).await;
    let submitted = format!("SELECT submit_bom({bom})::text");
    act(pool, "sample.sales", &submitted).await.expect("submitted");
    served.sign_in_as(&browser, "PRODUCTION_MANAGER").await;
    look_at(&browser, "bom-waits", &format!("/boms/{bom}")).await;
    look_at(&browser, "bom-approve", &format!("/boms/{bom}/approve")).await;
    look_at(&browser, "bom-reject", &format!("/boms/{bom}/reject")).await;
    assert_eq!(
        text(pool, &format!("SELECT state FROM boms WHERE bom_id = {bom}")).await,
        "SUBMITTED",
        "looking does nothing"
    );
}
