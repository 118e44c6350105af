//! The way of an order from nothing to production, by clicks only: two people find each gate mended where the page leads them.

use torvan_testing::TestDatabase;
use torvan_tests::site::PASSWORD;
use torvan_tests::{GrowingOrder, text};

use crate::browser::Browser;
use crate::people::{Served, serve, somebody};

/// A file of this machine with some text.
fn paper(folder: &tempfile::TempDir, name: &str) -> String {
    let path = folder.path().join(name);
    std::fs::write(&path, format!("Paper {name}\n")).expect("a file");
    path.display().to_string()
}

/// Waits until a page below the order is there.
async fn at(browser: &Browser, end: &str) {
    browser.wait_until(&format!("return location.pathname.endsWith('{end}')")).await;
}

async fn wait_for(browser: &Browser, selector: &str) {
    browser.wait_until(&format!("return document.querySelector({selector:?}) !== null")).await;
}

/// Presses the next step of a page and what its dialog asks, with the password where it is signed.
async fn step(browser: &Browser, password: Option<&str>) {
    browser.click(".bar .button.primary").await;
    sign(browser, password).await;
}

/// Answers the dialog that is open.
async fn sign(browser: &Browser, password: Option<&str>) {
    wait_for(browser, "dialog[open] button.primary").await;
    if let Some(password) = password {
        browser.fill("password", password).await;
    }
    browser.script("window.torvanOld = true", &[]).await;
    browser.click("dialog[open] button.primary").await;
    browser.wait_until("return !window.torvanOld").await;
}

/// Chooses something in the configurator and waits for the answer.
async fn choose(browser: &Browser, id: &str) {
    browser.click(&format!("input[id=\"{id}\"]")).await;
    browser.wait_until("return !('busy' in document.getElementById('cfg-form').dataset)").await;
    let chosen = format!("return document.getElementById({id:?})?.checked === true");
    browser.wait_until(&chosen).await;
}

async fn go(browser: &Browser, screen: &str) {
    browser.click(&format!(".cfg-step[value=\"go {screen}\"]")).await;
    let there = format!(
        "return document.querySelector('.cfg-step[value=\"go {screen}\"]').hasAttribute('aria-current')"
    );
    browser.wait_until(&there).await;
}

/// Customer, purchase order and its document: what is wrong is told at once, and the file stays.
async fn begin(sales: &Browser, folder: &tempfile::TempDir) -> i64 {
    sales.open("/orders").await;
    sales.click("main a[href=\"/orders/new\"]").await;
    sales.wait_for("/orders/new").await;
    assert!(sales.has("main a[href=\"/customers/new\"]").await, "the way to a new customer");
    sales.fill("customer_code", "NOBODY").await;
    sales.fill("po_number", "PO-WEB-1").await;
    sales.put("want_date", "2020-01-31").await;
    sales.choose("#file", &paper(folder, "po.txt")).await;
    sales.send().await;
    wait_for(sales, "#want_date-error").await;
    assert!(sales.text("#customer_code-error").await.contains("NOBODY"), "both faults are told at once");
    assert!(sales.text("[data-kept]").await.contains("po.txt"), "the file is kept");
    sales.fill("customer_code", "STELMO").await;
    sales.put("want_date", "2031-01-31").await;
    sales.send().await;
    at(sales, "/sinks").await;
    let place = sales.place().await;
    place.split('/').nth(2).and_then(|key| key.parse().ok()).expect("the key of the order")
}

/// A small sink, by choices alone.
async fn configure(sales: &Browser) {
    for id in ["/model=T2-B1", "/workflow_direction=LEFT_TO_RIGHT"] {
        choose(sales, id).await;
    }
    sales.put("/length_in", "60").await;
    sales.put("/width_in", "30").await;
    go(sales, "legs").await;
    for id in ["/leg_adjustment=HEIGHT_ADJUSTABLE", "/leg_model=DL27", "/feet=LEVELING_CASTERS"] {
        choose(sales, id).await;
    }
    go(sales, "basins").await;
    if !sales.has("input[id=\"/basins/0/type=E_DRAIN\"]").await {
        sales.click("#cfg-screen button[value*=\"add /basins\"]").await;
        wait_for(sales, "input[id=\"/basins/0/type=E_DRAIN\"]").await;
    }
    choose(sales, "/basins/0/type=E_DRAIN").await;
    choose(sales, "/basins/0/size=24X20X8").await;
    wait_for(sales, "#cfg-next button[value=save]").await;
    sales.click("#cfg-next button[value=save]").await;
    sales.wait_until("return location.search.includes('saved=1')").await;
}

/// Sinks, their configuration, their accessories, and the submission.
async fn make_ready(sales: &Browser, order: i64) {
    sales.fill("build_numbers", "WEB-ONE\nWEB-TWO").await;
    sales.click("form button.primary").await;
    sales.wait_until("return document.querySelectorAll('.wizard .box .line').length === 2").await;
    sales.shot("wizard-sinks").await;
    sales.click("main a.primary[href$=\"/configure\"]").await;
    at(sales, "/configure").await;
    sales.click(".rows a[href$=\"/configuration\"]").await;
    at(sales, "/configuration").await;
    configure(sales).await;
    sales.click(&format!(".bar a[href=\"/orders/{order}/configure\"]")).await;
    at(sales, "/configure").await;
    sales.click("form[action$=\"/configuration/copy\"] button").await;
    wait_for(sales, "form[action$=\"/configure\"] button.primary").await;
    sales.shot("wizard-configure").await;
    sales.click("form[action$=\"/configure\"] button.primary").await;
    sales.wait_until("return location.search.includes('done=boms')").await;
    sales.click("main a.primary[href$=\"/accessories\"]").await;
    at(sales, "/accessories").await;
    sales.shot("wizard-accessories").await;
    sales.click("form[action$=\"/accessories\"] button.primary").await;
    at(sales, "/review").await;
    sales.shot("wizard-review").await;
    assert_eq!(sales.texts(".steps li.done").await.len(), 4, "{:?}", sales.texts(".steps li").await);
    step(sales, None).await;
    sales.wait_for(&format!("/orders/{order}?done=step")).await;
    step(sales, None).await;
    sales.wait_for(&format!("/orders/{order}?done=step")).await;
}

/// The gate that leads there.
async fn mend(browser: &Browser, order: i64, end: &str) {
    browser.click(&format!("#next .box a[href=\"/orders/{order}{end}\"]")).await;
    browser.wait_until(&format!("return (location.pathname + location.search).endsWith('{end}')")).await;
}

/// Each bill of materials is approved with a signature.
async fn approve_boms(production: &Browser, order: i64) {
    mend(production, order, "?panel=bom").await;
    production.shot("order-bom").await;
    for place in 1..=2 {
        production.click(&format!(".rows li:nth-child({place}) a.button[href^=\"/boms/\"]")).await;
        production.wait_until("return location.pathname.startsWith('/boms/')").await;
        step(production, Some(PASSWORD)).await;
        production.wait_until("return location.search.includes('done=approved')").await;
        production.click(&format!(".bar a[href=\"/orders/{order}\"]")).await;
        production.wait_for(&format!("/orders/{order}")).await;
        if place == 1 {
            mend(production, order, "?panel=bom").await;
        }
    }
}

/// A drawing of each sink, which says of which it is, and is signed.
async fn draw(production: &Browser, order: i64, folder: &tempfile::TempDir) {
    mend(production, order, "?panel=documents").await;
    let file = paper(folder, "one.txt");
    production.choose("#file", &file).await;
    production.click("#kind option[value=SINK_DRAWING]").await;
    production.click("form.upload button").await;
    wait_for(production, "#build_id-error").await;
    assert!(production.text("[data-kept]").await.contains("one.txt"), "the file is kept");
    production.click("#build_id option:nth-child(2)").await;
    production.click("form.upload button").await;
    production.wait_until("return location.search.includes('done=file')").await;
    production.choose("#file", &paper(folder, "two.txt")).await;
    production.click("#kind option[value=SINK_DRAWING]").await;
    production.click("#build_id option:nth-child(3)").await;
    production.click("form.upload button").await;
    production.wait_until("return document.body.innerText.includes('two.txt')").await;
    let files = production.texts(".rows .what").await;
    assert!(files.iter().any(|file| file.contains("WEB-TWO") && file.contains("two.txt")), "{files:?}");
    production.shot("order-drawings").await;
    for _ in 0..2 {
        let script = "const row = [...document.querySelectorAll('.rows li')].find((one) => /WEB-/.test(one.innerText) && one.querySelector('a[href$=\"/approve\"]')); row.querySelector('a[href$=\"/approve\"]').click()";
        production.script(script, &[]).await;
        sign(production, Some(PASSWORD)).await;
        production.wait_until("return location.search.includes('done=approved')").await;
    }
}

/// One sink sends its legs and feet out, with shop and date; of the other nothing goes out.
async fn outsource(production: &Browser, order: i64) {
    mend(production, order, "/outsourcing").await;
    let ticked = production
        .script("return document.querySelectorAll('section.outsourced:nth-of-type(1) :checked').length", &[])
        .await;
    assert!(ticked.as_i64().is_some_and(|count| count >= 1), "legs and feet are ticked already: {ticked}");
    production.click("section.outsourced:nth-of-type(1) button[value=mark]").await;
    production.wait_until("return location.search.includes('done=marked')").await;
    production.click("section.outsourced:nth-of-type(1) button[value=give]").await;
    wait_for(production, ".notice.bad").await;
    production.click("section.outsourced:nth-of-type(1) select option:nth-child(2)").await;
    production.put("expected_on", "2031-01-02").await;
    production.click("section.outsourced:nth-of-type(1) button[value=order]").await;
    production.wait_until("return location.search.includes('done=given')").await;
    production.click("section.outsourced:nth-of-type(2) button[value=none]").await;
    production.wait_until("return location.search.includes('done=none')").await;
    production.shot("order-outsourcing").await;
    production.click(&format!(".form-end a[href=\"/orders/{order}\"]")).await;
    production.wait_for(&format!("/orders/{order}")).await;
}

#[tokio::test]
async fn an_order_goes_from_nothing_to_production_by_clicks_only() {
    let served = serve(TestDatabase::new().await).await;
    let folder = tempfile::tempdir().expect("a folder");
    let sales = somebody(&served, "sample.sales").await;
    let order = begin(&sales, &folder).await;
    make_ready(&sales, order).await;
    assert_eq!(phase(&served, order).await, "APPROVAL");

    let production = somebody(&served, "sample.production").await;
    production.open(&format!("/orders/{order}")).await;
    approve_boms(&production, order).await;
    draw(&production, order, &folder).await;
    outsource(&production, order).await;
    production.shot("order-approved").await;
    step(&production, Some(PASSWORD)).await;
    production.wait_for(&format!("/orders/{order}?done=step")).await;
    assert_eq!(phase(&served, order).await, "PRODUCTION");

    // What was done is told with names, and what was signed says what it was.
    production.click(".views a[href$=\"panel=history\"]").await;
    let history = production.text(".history").await;
    for told in [
        "Sink WEB-ONE added",
        "File two.txt approved and signed",
        "BOM of WEB-TWO approved",
        "Pat Production",
    ] {
        assert!(history.contains(told), "{told}: {history}");
    }
    assert!(!history.contains("sample.sales"), "{history}");
    production.shot("order-history").await;
    production.click(".views a[href$=\"panel=quality\"]").await;
    wait_for(&production, ".stamp").await;
    let stamps = production.texts(".stamp").await.join("\n");
    assert!(
        stamps.contains("bill of materials of WEB-ONE, revision 1") && stamps.contains("order TRV-"),
        "{stamps}"
    );
    production.is_content().await;
    sales.is_content().await;
}

async fn phase(served: &Served, order: i64) -> String {
    served.read(&format!("SELECT phase FROM orders WHERE order_id = {order}")).await
}

#[tokio::test]
async fn the_order_form_is_corrected_and_says_what_somebody_else_changed() {
    let served = serve(TestDatabase::new().await).await;
    let order = GrowingOrder::draft(served.db.pool(), "SINK-EDIT").await.order_id;
    let path = format!("/orders/{order}/edit");
    let (first, second) =
        (served.browser_of("SALES_MANAGER").await, served.browser_of("ADMINISTRATOR").await);
    for browser in [&first, &second] {
        browser.open(&path).await;
    }
    first.fill("project_name", "Wing B").await;
    first.click("button[value=save]").await;
    first.wait_for(&format!("/orders/{order}")).await;
    second.fill("project_name", "x").await;
    second.fill("po_number", "PO-OTHER").await;
    second.click("button[value=save]").await;
    wait_for(&second, ".notice.info").await;
    let told = second.text("main").await;
    assert!(told.contains("changed this order meanwhile") && told.contains("Project"), "{told}");
    assert!(second.text(".wizard .box").await.contains("Wing B"), "as it is now: {told}");
    assert_eq!(second.value("po_number").await, "PO-OTHER", "what was typed stays");
    second.click("button[value=save]").await;
    wait_for(&second, "#project_name-error").await;
    second.fill("project_name", "Wing C").await;
    second.click("button[value=save]").await;
    second.wait_for(&format!("/orders/{order}")).await;
    let kept = format!("SELECT po_number || ' ' || project_name FROM orders WHERE order_id = {order}");
    assert_eq!(text(served.db.pool(), &kept).await, "PO-OTHER Wing C");
    second.open(&format!("/orders/{order}?panel=history")).await;
    let rows = second.texts(".history tbody tr").await;
    let told = |row: &&String| {
        row.contains("Changed: PO number, Project")
            && row.contains("Project: Wing B")
            && row.contains("Project: Wing C")
    };
    assert!(rows.iter().any(|row| told(&row)), "old and new values are told: {rows:?}");
    second
        .open(
            &served
                .read(&format!("SELECT '/orders/' || order_number FROM orders WHERE order_id = {order}"))
                .await,
        )
        .await;
    assert_eq!(second.place().await, format!("/orders/{order}"), "its number leads to it");
    second.open("/orders/TRV-1999-000000").await;
    let status =
        second.script("return performance.getEntriesByType('navigation')[0].responseStatus", &[]).await;
    assert_eq!(status, 404);

    // A day that somebody else changed is told as pages tell days.
    for browser in [&first, &second] {
        browser.open(&path).await;
    }
    first.put("want_date", "2099-02-15").await;
    first.click("button[value=save]").await;
    first.wait_for(&format!("/orders/{order}")).await;
    second.fill("project_name", "Wing D").await;
    second.click("button[value=save]").await;
    wait_for(&second, ".notice.info").await;
    assert!(second.text(".wizard .box").await.contains("15 Feb 2099"), "{}", second.text("main").await);
    // What was just changed is taken back where it is told.
    let day = format!("SELECT want_date::text FROM orders WHERE order_id = {order}");
    assert_eq!(text(served.db.pool(), &day).await, "2099-02-15");
    first.click(".toast form button").await;
    for _ in 0..100 {
        if text(served.db.pool(), &day).await != "2099-02-15" {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_ne!(text(served.db.pool(), &day).await, "2099-02-15", "it is as before");
}

#[tokio::test]
async fn a_gate_leads_nowhere_that_does_not_open_and_says_whose_it_is() {
    let served = serve(TestDatabase::new().await).await;
    let order = GrowingOrder::configured(served.db.pool(), "SINK-GATES").await;
    order
        .steps(served.db.pool(), "sample.sales", &["SELECT transition_order({order}, 'APPROVAL')::text"])
        .await;
    for role in
        ["SALES_MANAGER", "CUSTOMER_SERVICE", "QC_INSPECTOR", "PRODUCTION_MANAGER", "ASSEMBLY_TECHNICIAN"]
    {
        let browser = served.browser_of(role).await;
        let home = format!("/orders/{}", order.order_id);
        browser.open(&home).await;
        let gates = browser.text("#next").await;
        if role == "CUSTOMER_SERVICE" {
            assert!(gates.contains("For: Production Manager"), "{gates}");
        }
        let ways = browser.script("return [...document.querySelectorAll('#next .line > a')].map((one) => one.getAttribute('href'))", &[]).await;
        for way in ways.as_array().into_iter().flatten().filter_map(|way| way.as_str()) {
            browser.open(way).await;
            let panel = way.split_once("panel=").map(|(_, panel)| panel.to_owned());
            if let Some(panel) = panel {
                let here = format!(".views a[aria-current][href$=\"panel={panel}\"]");
                assert!(browser.has(&here).await, "{role} {way}: another panel is shown");
            }
            let status = browser
                .script("return performance.getEntriesByType('navigation')[0].responseStatus", &[])
                .await;
            assert_eq!(status, 200, "{role} {way}");
        }
    }
}
