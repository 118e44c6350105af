//! The walk that `docs/tour.md` describes, step by step, with the pictures that stand in it. They are left in `screens/tour` of the
//! build folder; with `TORVAN_TOUR=write` they are also those of the document.

use std::path::{Path, PathBuf};

use serde_json::json;
use torvan_testing::TestDatabase;
use torvan_tests::act;
use torvan_tests::site::PASSWORD;

use crate::browser::{Browser, screens};
use crate::people::{Served, code_at, confirm, now, serve};

/// Bytes that a picture may have.
const MOST_BYTES: usize = 200 * 1024;

fn document() -> String {
    std::fs::read_to_string(root().join("docs/tour.md")).expect("the tour")
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Pictures as they are made, in the order of the walk.
#[derive(Debug, Default)]
struct Album(Vec<String>);

impl Album {
    async fn take(&mut self, browser: &Browser, name: &str) {
        browser.small_shot(&format!("tour/{name}")).await;
        self.0.push(format!("{name}.png"));
    }

    /// The document shows these pictures and no others, in this order, and each is there and small.
    fn is_that_of_the_document(&self) {
        let document = document();
        let named = document.split("](images/tour/").skip(1).filter_map(|rest| rest.split(')').next());
        let named: Vec<&str> = named.collect();
        assert_eq!(named, self.0, "pictures of docs/tour.md, and those of the walk");
        for name in &self.0 {
            let name = format!("tour/{name}");
            is_in_documents(&name, &name);
        }
    }
}

/// A picture of a test stands in the documents, and is small; with `TORVAN_TOUR=write` it becomes the one that stands there.
pub(crate) fn is_in_documents(taken: &str, image: &str) {
    let picture = std::fs::read(screens().join(taken)).expect("a picture");
    assert!(picture.len() < MOST_BYTES, "{taken} has {} bytes", picture.len());
    let kept = root().join("docs/images").join(image);
    if std::env::var_os("TORVAN_TOUR").is_some_and(|mode| mode == "write") {
        std::fs::create_dir_all(kept.parent().expect("a folder")).expect("a folder");
        std::fs::write(&kept, picture).expect("written");
    }
    assert!(kept.exists(), "no docs/images/{image}; mend: TORVAN_TOUR=write");
}

/// Sets an account up by its one-time code, and signs in; returns the secret of the authenticator.
async fn begin(browser: &Browser, code: &str, login: &str, album: Option<&mut Album>) -> String {
    browser.open("/sign-in/setup").await;
    browser.fill("code", code).await;
    if let Some(album) = album {
        album.take(browser, "01-setup-code").await;
    }
    browser.send().await;
    browser.wait_for("/sign-in/password").await;
    browser.fill("new_password", PASSWORD).await;
    browser.send().await;
    browser.wait_for("/sign-in/authenticator").await;
    let secret = browser.text(".secret").await.replace(' ', "");
    confirm(browser, &secret).await;
    browser.send().await;
    if browser.has("[name=display_name]").await {
        browser.fill("display_name", "Ada Admin").await;
        browser.send().await;
    }
    browser.wait_for("/sign-in").await;
    browser.fill("login", login).await;
    browser.fill("password", PASSWORD).await;
    browser.send().await;
    browser.wait_for("/sign-in/second-factor").await;
    browser.fill("code", &code_at(&secret, now())).await;
    browser.send().await;
    browser.wait_for("/").await;
    secret
}

async fn number(served: &Served, what: &str) -> String {
    served.read(&format!("SELECT {what}::text FROM builds WHERE build_number = 'SINK-TOUR'")).await
}

/// Looks at what was ordered already.
async fn at_the_sample_order(browser: &Browser, album: &mut Album) {
    album.take(browser, "02-home").await;
    browser.open("/orders").await;
    browser.click("td.key a").await;
    browser.wait_until("return document.querySelector('#drawer h2') !== null").await;
    album.take(browser, "03-orders").await;
    browser.open("/orders/1").await;
    album.take(browser, "04-sample-order").await;
    browser.click("td a[href=\"/boms/1\"]").await;
    browser.wait_for("/boms/1").await;
    browser.click("tr[data-path=\"2\"] a.twist").await;
    browser.wait_until("return document.querySelector('tr[data-path^=\"2.\"]') !== null").await;
    browser.click("tr[data-path^=\"2.\"] a.tree-code").await;
    browser.wait_until("return document.getElementById('why') !== null").await;
    album.take(browser, "05-why").await;
}

/// Orders the same sink again.
async fn orders_another(served: &Served, browser: &Browser, album: &mut Album) {
    browser.open("/orders/new").await;
    browser.fill("customer_code", "STELMO").await;
    browser.fill("po_number", "PO-TOUR").await;
    browser.script("document.getElementById('want_date').value = '2031-05-01'", &[]).await;
    album.take(browser, "06-new-order").await;
    browser.send().await;
    browser.wait_until("return location.pathname.endsWith('/sinks')").await;
    browser.fill("build_numbers", "SINK-TOUR").await;
    browser.send().await;
    browser.wait_until("return document.querySelector('.wizard .box .line') !== null").await;
    let build = number(served, "build_id").await;
    browser.open(&format!("/builds/{build}/configuration/copy?find=SAMPLE-001")).await;
    browser.click("input[name=configuration_id]").await;
    browser.send().await;
    browser.wait_for(&format!("/builds/{build}/configuration?saved=1")).await;
}

/// Changes a basin, sees what that does, takes the mend, saves.
async fn changes_a_basin(served: &Served, browser: &Browser, album: &mut Album) {
    let build = number(served, "build_id").await;
    browser.open(&format!("/builds/{build}/configuration?step=basins")).await;
    let drawn = browser.property(".cfg-drawing", "innerHTML").await;
    let lines = browser.text(".cfg-bom").await;
    browser.click("input[id=\"/basins/0/size=24X20X10\"]").await;
    browser.wait_until("return document.querySelector('.cfg-finding') !== null").await;
    assert_ne!(browser.property(".cfg-drawing", "innerHTML").await, drawn, "the drawing follows");
    assert_ne!(browser.text(".cfg-bom").await, lines, "the bill of materials follows");
    assert!(browser.text(".cfg-bom").await.contains("T2-ADW-BASIN24X20X10"));
    assert!(browser.text(".cfg-found").await.contains("8 in"), "{}", browser.text(".cfg-found").await);
    let last = browser.text(".cfg-undo").await;
    assert!(last.contains('$') && last.contains("Undo"), "what the last change costs: {last}");
    album.take(browser, "07-basin").await;
    browser.click("input[id=\"/basins/0/size=30X20X8\"]").await;
    browser.wait_until("return document.querySelector('.cfg-finding') === null").await;
    album.take(browser, "08-mended").await;
    browser.click("#cfg-next button[value=save]").await;
    browser.wait_for(&format!("/builds/{build}/configuration?step=basins&saved=1")).await;
}

/// Makes the bill of materials and submits it.
async fn submits(served: &Served, browser: &Browser, album: &mut Album) -> String {
    let build = number(served, "build_id").await;
    browser.click("#cfg-next form button").await;
    browser.wait_for(&format!("/builds/{build}/configuration?step=basins&made=1")).await;
    browser.click("#cfg-next a").await;
    browser.wait_until("return document.querySelector('dialog[open] .button.primary') !== null").await;
    album.take(browser, "09-submit").await;
    browser.click("dialog[open] .button.primary").await;
    let bom = number(served, "bom_id").await;
    browser.wait_for(&format!("/boms/{bom}?done=submitted")).await;
    assert!(browser.text("#approval").await.contains("a second person has to approve it"));
    album.take(browser, "10-submitted").await;
    bom
}

/// A second person finds what waits, and signs.
async fn approves(browser: &Browser, secret: &str, bom: &str, album: &mut Album) {
    browser.open("/boms").await;
    album.take(browser, "11-waiting").await;
    // The preview first, the page with another click.
    let link = format!("td a[href=\"/boms/{bom}\"]");
    browser.click(&link).await;
    browser.wait_until("return document.querySelector('#drawer h2') !== null").await;
    browser.click(&link).await;
    browser.wait_for(&format!("/boms/{bom}")).await;
    browser.click(".bar .button.primary").await;
    browser.wait_until("return document.querySelector('dialog[open] #password') !== null").await;
    browser.fill("reason", "Agrees with purchase order and drawing.").await;
    browser.fill("password", PASSWORD).await;
    // The step after the present one, which the sign-in used.
    browser.fill("code", &code_at(secret, now() + 30)).await;
    album.take(browser, "12-sign").await;
    browser.click("dialog[open] .button.primary").await;
    browser.wait_for(&format!("/boms/{bom}?done=approved")).await;
    assert!(browser.text("#approval .stamp").await.contains("Agrees with purchase order and drawing."));
    browser.click(".bar details.drop > summary").await;
    album.take(browser, "13-approved").await;
}

/// Takes the bill of materials along: on paper, and as a file.
async fn exports(browser: &Browser) {
    let script = "const done = arguments[1]; fetch(document.querySelector(`.bar details.drop .menu-item[href*='format=${arguments[0]}']`).href).then(async (answer) => done([answer.status, answer.headers.get('content-disposition'), await answer.text()]))";
    let paper = browser.script_until_done(script, &[json!("pdf")]).await;
    assert_eq!(paper[0], 200, "{:.300}", paper[2]);
    assert!(paper[2].as_str().is_some_and(|file| file.starts_with("%PDF-")), "{:.20}", paper[2]);
    let file = browser.script_until_done(script, &[json!("csv")]).await;
    assert_eq!(file[0], 200, "{file}");
    assert!(file[1].as_str().is_some_and(|name| name.contains(".csv")), "{}", file[1]);
    let lines = file[2].as_str().unwrap_or_default();
    assert!(
        lines.contains("T2-ADW-BASIN30X20X8") && lines.contains("approved: Pat Production"),
        "{lines:.500}"
    );
}

#[tokio::test]
async fn a_newcomer_walks_from_the_setup_code_to_an_approved_bill_of_materials() {
    let served = serve(TestDatabase::new().await).await;
    let mut album = Album::default();
    let browser = served.browser().await;
    let code = served.setup_code().await;
    begin(&browser, &code, "admin", Some(&mut album)).await;
    at_the_sample_order(&browser, &mut album).await;
    orders_another(&served, &browser, &mut album).await;
    changes_a_basin(&served, &browser, &mut album).await;
    let bom = submits(&served, &browser, &mut album).await;
    let reset = "SELECT issue_setup_code('sample.production', 'tour')";
    let code = act(served.db.pool(), "admin", reset).await.expect("a code");
    let second = served.browser().await;
    let secret = begin(&second, &code, "sample.production", None).await;
    approves(&second, &secret, &bom, &mut album).await;
    exports(&second).await;
    browser.is_content().await;
    second.is_content().await;
    album.is_that_of_the_document();
}
