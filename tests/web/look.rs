//! How pages look: at every width, in both themes, without anything that is cut off or hard to read. The pictures are for people.

use torvan_testing::TestDatabase;

use crate::browser::{Browser, Setup};
use crate::people::{PASSWORD, code_at, now, serve, set_up, sign_in};

/// Nothing is wider than the window.
async fn fits(browser: &Browser, name: &str) {
    let script = "return [document.documentElement.scrollWidth, window.innerWidth]";
    let found = browser.driver.execute(script, vec![]).await.expect("a script");
    let [page, window]: [i64; 2] = found.convert().expect("numbers");
    assert!(page <= window, "{name}: {page} px wide in a window of {window}");
}

/// Texts whose contrast is below 4.5 (WCAG 2.2 AA), measured as the browser painted them.
const CONTRASTS: &str = r#"
const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
const rgba = (color) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1); return [...canvas.getImageData(0, 0, 1, 1).data]; };
const light = ([r, g, b]) => [r, g, b].map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4).reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
const behind = (element) => { for (let e = element; e; e = e.parentElement) { const color = rgba(getComputedStyle(e).backgroundColor); if (color[3] === 255) return color; } return rgba(getComputedStyle(document.body).backgroundColor); };
const faults = [];
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
for (let node = walker.nextNode(); node; node = walker.nextNode()) {
  const element = node.parentElement;
  if (!node.textContent.trim() || element.closest("script, style, .unseen, .skip, [hidden]") || element.getClientRects().length === 0) continue;
  const [front, back] = [light(rgba(getComputedStyle(element).color)), light(behind(element))];
  const ratio = (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05);
  if (ratio < 4.5 && !element.closest("svg")) faults.push(`${node.textContent.trim().slice(0, 40)}: ${ratio.toFixed(2)}`);
}
return faults;
"#;

async fn can_be_read(browser: &Browser, name: &str) {
    let found = browser.driver.execute(CONTRASTS, vec![]).await.expect("a script");
    let faults: Vec<String> = found.convert().expect("texts");
    assert!(faults.is_empty(), "{name}: {faults:?}");
}

/// Every field has a label, every button a name, every page one title of the first order, every id is there once.
const STRUCTURE: &str = r##"
const faults = [];
for (const field of document.querySelectorAll("input:not([type=hidden])")) if (!field.labels?.length && !field.ariaLabel) faults.push(`no label: ${field.name}`);
for (const control of document.querySelectorAll("button, a")) if (!control.hidden && !(control.textContent.trim() || control.ariaLabel)) faults.push(`no name: ${control.outerHTML.slice(0, 80)}`);
if (document.querySelectorAll("h1").length !== 1) faults.push("not one h1");
if (document.querySelectorAll("main").length !== 1) faults.push("not one main");
const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) faults.push(`twice: ${id}`);
for (const link of document.querySelectorAll("a[href^='#']")) if (!document.getElementById(link.hash.slice(1))) faults.push(`leads nowhere: ${link.hash}`);
for (const field of document.querySelectorAll("[aria-describedby]")) for (const id of field.getAttribute("aria-describedby").split(" ")) if (!document.getElementById(id)) faults.push(`described by nothing: ${id}`);
return faults;
"##;

async fn is_well_made(browser: &Browser, name: &str) {
    let found = browser.driver.execute(STRUCTURE, vec![]).await.expect("a script");
    let faults: Vec<String> = found.convert().expect("texts");
    assert!(faults.is_empty(), "{name}: {faults:?}");
}

/// How much moved while the page was painted.
const SHIFTS: &str = "return performance.getEntriesByType('layout-shift').reduce((sum, entry) => sum + entry.value, 0)";

/// Looks at the page as it stands, in every width and theme.
async fn look(browser: &Browser, name: &str) {
    is_well_made(browser, name).await;
    for theme in ["light", "dark"] {
        browser.theme(theme).await;
        for width in [1440, 1024, 390] {
            browser.width(width).await;
            let name = format!("{name}-{width}-{theme}");
            fits(browser, &name).await;
            browser.picture(&name).await;
        }
        // A colour may be on its way from the other theme.
        tokio::time::sleep(std::time::Duration::from_millis(150)).await;
        can_be_read(browser, &format!("{name}-{theme}")).await;
    }
    browser.theme("light").await;
    browser.width(1440).await;
    let shift = browser.driver.execute(SHIFTS, vec![]).await.expect("a script");
    assert!(shift.convert::<f64>().expect("a number") < 0.01, "{name} moves while it is painted");
}

#[tokio::test]
async fn the_way_in() {
    let served = serve(TestDatabase::bare().await).await;
    let browser = Browser::at(&served.url, Setup::default()).await;
    browser.open("/sign-in").await;
    look(&browser, "sign-in").await;
    browser.send().await;
    look(&browser, "sign-in-empty").await;
    browser.open("/sign-in?lang=fr").await;
    look(&browser, "sign-in-fr").await;
    browser.open("/sign-in/setup?lang=en").await;
    look(&browser, "setup-1-code").await;
    browser.fill("code", &served.setup_code().await).await;
    browser.send().await;
    browser.wait_for("/sign-in/password").await;
    look(&browser, "setup-2-password").await;
    browser.fill("new_password", PASSWORD).await;
    browser.send().await;
    browser.wait_for("/sign-in/authenticator").await;
    look(&browser, "setup-3-authenticator").await;
    let secret = browser.text(".secret").await.replace(' ', "");
    browser.fill("code", &code_at(&secret, now() - 30)).await;
    browser.send().await;
    look(&browser, "setup-4-recovery-codes").await;
    browser.fill("display_name", "Ada Admin").await;
    browser.send().await;
    browser.wait_for("/sign-in?because=setup-done").await;
    look(&browser, "sign-in-after-setup").await;
    browser.fill("password", PASSWORD).await;
    browser.send().await;
    browser.wait_for("/sign-in/second-factor").await;
    look(&browser, "second-factor").await;
    browser.open("/nothing/here").await;
    look(&browser, "error-404").await;
    browser.end().await;
}

#[tokio::test]
async fn the_frame() {
    let served = serve(TestDatabase::bare().await).await;
    let browser = Browser::at(&served.url, Setup::default()).await;
    let (secret, codes) = set_up(&browser, &served).await;
    sign_in(&browser, "admin", PASSWORD).await;
    browser.wait_for("/sign-in/second-factor").await;
    browser.fill("code", &code_at(&secret, now())).await;
    browser.send().await;
    browser.wait_for("/").await;
    look(&browser, "home-empty").await;
    for (path, name) in [
        ("/account", "account"),
        ("/account/confirm", "account-confirm"),
        ("/account/password", "account-password"),
        ("/account/recovery-codes", "account-recovery-codes"),
        ("/account/tokens/new", "account-new-token"),
        ("/account/authenticator", "account-authenticator-begin"),
    ] {
        browser.open(path).await;
        look(&browser, name).await;
    }
    browser.send().await;
    browser.wait_for("/account/authenticator").await;
    look(&browser, "account-authenticator").await;
    browser.open("/account/tokens/new").await;
    browser.send().await;
    look(&browser, "account-new-token-refused").await;
    browser.fill("name", "ERP bridge on plant-server").await;
    browser.click("input[value=\"order:read\"]").await;
    browser.send().await;
    look(&browser, "account-token-made").await;
    let other = Browser::at(&served.url, Setup { agent: Some("Mozilla/5.0 (iPad; CPU OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1"), ..Setup::default() }).await;
    sign_in(&other, "admin", PASSWORD).await;
    other.wait_for("/sign-in/second-factor").await;
    other.open("/sign-in/second-factor?with=recovery").await;
    other.fill("recovery_code", &codes[0]).await;
    other.send().await;
    other.wait_for("/").await;
    browser.open("/account").await;
    look(&browser, "account-two-sessions").await;
    browser.click("#tokens .rows a").await;
    look(&browser, "account-end-token").await;
    other.end().await;
    browser.end().await;
}

#[tokio::test]
async fn the_home_page_with_orders() {
    let served = serve(TestDatabase::new().await).await;
    served.without_second_factors().await;
    for login in ["sample.production", "sample.admin"] {
        served.with_password(login).await;
        let browser = Browser::at(&served.url, Setup::default()).await;
        sign_in(&browser, login, PASSWORD).await;
        browser.wait_for("/").await;
        let orders: i64 = sqlx::query_scalar("SELECT count(*) FROM orders WHERE phase = 'PRODUCTION' AND state <> 'CANCELLED'")
            .fetch_one(served.db.pool())
            .await
            .expect("a number");
        assert_eq!(browser.text(".p4 b").await, orders.to_string());
        look(&browser, &format!("home-{login}")).await;
        browser.end().await;
    }
}
