//! The catalogue in the browser: its tree, a draft revision, an import with a mistake that is mended.

use std::path::PathBuf;

use torvan_testing::TestDatabase;
use torvan_tests::site::PASSWORD;

use crate::browser::Browser;
use crate::people::{Served, serve, sign_in};

async fn engineer() -> (Served, Browser) {
    let served = serve(TestDatabase::new().await).await;
    served.with_password("sample.admin").await;
    served.without_second_factors().await;
    let browser = served.browser().await;
    sign_in(&browser, "sample.admin", PASSWORD).await;
    browser.wait_for("/").await;
    (served, browser)
}

/// A file to be chosen.
fn file(folder: &str, name: &str, text: &str) -> String {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(folder);
    std::fs::create_dir_all(&folder).expect("a folder");
    let path = folder.join(name);
    std::fs::write(&path, text).expect("written");
    path.display().to_string()
}

#[tokio::test]
async fn the_tree_opens_branch_by_branch_and_has_its_own_search() {
    let (_served, browser) = engineer().await;
    browser.open("/catalogue").await;
    browser.click(".catalogue-tree .category summary").await;
    browser.click(".catalogue-tree .category[open] .branch summary .name").await;
    browser
        .wait_until("return document.querySelector('.catalogue-tree .branch[open] ul li a code') !== null")
        .await;
    browser.shot("catalogue-tree").await;
    browser.open("/catalogue?words=overhead light").await;
    assert!(
        browser.text(".catalogue-tree").await.contains("T2-OHL-MDRD-KIT"),
        "{}",
        browser.text(".catalogue-tree").await
    );
    browser.is_content().await;
}

/// A draft of an assembly's next revision; returns its path.
async fn draft(served: &Served, browser: &Browser) -> String {
    browser.open("/assemblies/T2-BODY-48-60-HA").await;
    browser.click("main .bar .button.primary").await;
    browser.wait_for("/assemblies/T2-BODY-48-60-HA/revise").await;
    browser.fill("note", "One shim more").await;
    browser.send().await;
    let revision = served.read("SELECT max(assembly_revision_id)::text FROM assembly_revisions").await;
    let path = format!("/assembly-revisions/{revision}");
    browser.wait_for(&path).await;
    path
}

#[tokio::test]
async fn only_what_is_added_is_a_line_and_only_what_is_saved_is_signed() {
    let (served, browser) = engineer().await;
    let path = draft(&served, &browser).await;
    let known = browser.value("code").await;
    browser.put("new_code", "T2-OHL").await;
    browser.put("quantity", "7").await;
    browser.wait_until("return document.querySelector('tr.is-changed') !== null").await;
    assert!(!browser.has("tr.is-added").await, "half a code is no line");
    assert_eq!(browser.value("new_code").await, "T2-OHL", "and stays where it is typed");
    for button in ["button[value=save]", "main .bar .button.primary"] {
        browser.click(button).await;
        browser.wait_until("return document.querySelector('#new_code-error') !== null").await;
        assert!(browser.text("#new_code-error").await.contains("T2-OHL is not added yet"));
        assert_eq!(browser.place().await, path);
    }
    browser.put("new_code", &known).await;
    browser.click("button[value=add]").await;
    let twice = "return document.querySelector('#new_code-error')?.innerText.includes('in the list already')";
    browser.wait_until(twice).await;
    browser.put("new_code", "").await;
    browser.wait_until("return document.querySelector('#new_code-error') === null").await;
    browser.click("main .bar .button.primary").await;
    browser.wait_until("return document.querySelector('.notice.bad') !== null").await;
    assert!(browser.text(".notice.bad").await.contains("not saved yet"), "{}", browser.text("main").await);
    assert_eq!(browser.value("quantity").await, "7", "what is not saved stays");
    browser.click("button[value=save]").await;
    browser.wait_for(&format!("{path}?done=saved")).await;
    browser.click("main .bar .button.primary").await;
    browser.wait_for(&format!("{path}/release")).await;
    browser.is_content().await;
}

/// Answers come only when they are let through.
const HOLD: &str = "window.held = []; const real = window.fetch;
    window.fetch = (...asked) => new Promise((done) => window.held.push(() => done(real(...asked))))";
const LET_ONE: &str = "window.held.shift()()";
const IS_HELD: &str = "return window.held.length === 1";

#[tokio::test]
async fn an_answer_that_comes_late_takes_nothing_away_that_was_typed_meanwhile() {
    let (served, browser) = engineer().await;
    let _ = draft(&served, &browser).await;
    let first = browser.value("code").await;
    browser.script(HOLD, &[]).await;
    browser.put("quantity", "7").await;
    browser.wait_until(IS_HELD).await;
    browser.put("new_code", "T2-OHL-MDRD-KIT").await;
    browser.script(LET_ONE, &[]).await;
    browser.wait_until(IS_HELD).await;
    assert_eq!(browser.value("new_code").await, "T2-OHL-MDRD-KIT");
    browser.script(LET_ONE, &[]).await;
    browser.wait_until("return document.querySelector('tr.is-changed') !== null").await;
    assert_eq!(browser.value("new_code").await, "T2-OHL-MDRD-KIT");

    // The answer of a button is taken, with what was typed after it was pressed.
    browser.click("button[value=add]").await;
    browser.wait_until(IS_HELD).await;
    browser.put("quantity", "8").await;
    browser.script(LET_ONE, &[]).await;
    browser.wait_until("return document.querySelector('tr.is-added') !== null").await;
    let typed = format!("return document.getElementById('quantity-{first}').value");
    assert_eq!(browser.script(&typed, &[]).await, "8");
    browser.wait_until(IS_HELD).await;
    browser.script(LET_ONE, &[]).await;
    browser.wait_until("return !('busy' in document.getElementById('revision').dataset)").await;
    assert_eq!(browser.script(&typed, &[]).await, "8");
    assert_eq!(browser.value("new_code").await, "");
    browser.is_content().await;
}

#[tokio::test]
async fn an_item_leads_to_what_it_is_made_of_and_to_where_it_is_used() {
    let (_served, browser) = engineer().await;
    browser.open("/assemblies/T2-BODY-48-60-HA").await;
    browser.click("main .bar a[href$=structure]").await;
    browser.wait_for("/assemblies/T2-BODY-48-60-HA/structure").await;
    let part = browser
        .script(
            "return document.querySelector('.tree-table a[href^=\"/parts/\"]')?.getAttribute('href')",
            &[],
        )
        .await;
    let part = part.as_str().unwrap_or("/parts/MAT-TUBE-SQ50").trim_end_matches("/where-used").to_owned();
    browser.open(&part).await;
    browser.click("main .bar a[href$=where-used]").await;
    browser.wait_for(&format!("{part}/where-used")).await;
    assert!(browser.text("main").await.contains("T2-BODY-48-60-HA"), "{}", browser.text("main").await);
}

#[tokio::test]
async fn a_draft_revision_is_changed_and_released_by_signature() {
    let (served, browser) = engineer().await;
    let path = draft(&served, &browser).await;
    browser.fill("new_code", "T2-NO-SUCH-ITEM").await;
    browser.click("button[value=\"add\"]").await;
    browser.wait_until("return document.querySelector('tr.is-added') !== null").await;
    browser.click("button[value=\"save\"]").await;
    browser.wait_until("return document.querySelector('.notice.bad') !== null").await;
    assert!(browser.text(".notice.bad").await.contains("T2-NO-SUCH-ITEM"));
    browser.click("button[value=\"drop T2-NO-SUCH-ITEM\"]").await;
    browser.wait_until("return document.querySelector('tr.is-added') === null").await;
    browser.put("quantity", "2").await;
    browser.wait_until("return document.querySelector('tr.is-changed') !== null").await;
    browser.click("button[value=\"save\"]").await;
    browser.wait_for(&format!("{path}?done=saved")).await;
    browser.shot("catalogue-revision").await;
    browser.click("main .bar .button.primary").await;
    browser.wait_for(&format!("{path}/release")).await;
    browser.fill("reason", "One shim more").await;
    browser.fill("password", PASSWORD).await;
    browser.send().await;
    browser.wait_for("/assemblies/T2-BODY-48-60-HA?done=released").await;
    let signed = served.read("SELECT count(*)::text FROM signatures WHERE record_type = 'assembly_revisions' AND meaning = 'released'").await;
    assert_eq!(signed, "1");
    let stamp = browser.text(".stamp").await;
    assert!(
        stamp.contains("Released") && stamp.contains("One shim more") && stamp.contains("UTC"),
        "{stamp}"
    );
    browser.open(&path).await;
    assert!(browser.text(".stamp").await.contains("Released"), "{}", browser.text("main").await);
    assert!(!browser.has(".c-drop").await, "nothing is taken out of what is released");
    browser.is_content().await;
}

async fn check(browser: &Browser, path: &str) {
    browser.open("/import-sessions/new").await;
    browser.choose("#file", path).await;
    browser.send().await;
    browser.wait_until("return /^.import-sessions.[0-9]+$/.test(location.pathname)").await;
}

#[tokio::test]
async fn two_files_of_one_name_are_no_import() {
    let (served, browser) = engineer().await;
    let [one, other] = ["import-one", "import-other"]
        .map(|folder| file(folder, "parts.csv", "code,name,unit,lead_time_days\nWEB-P1,Plate,each,5\n"));
    browser.open("/import-sessions/new").await;
    browser.choose("#file", &format!("{one}\n{other}")).await;
    browser.send().await;
    browser.wait_until("return document.querySelector('.notice.bad') !== null").await;
    assert!(browser.text(".notice.bad").await.contains("called parts.csv"), "{}", browser.text("main").await);
    assert!(browser.text("#file-error").await.contains("called parts.csv"), "beside the field as well");
    assert_eq!(served.read("SELECT count(*)::text FROM import_sessions").await, "0");
}

#[tokio::test]
async fn an_import_with_a_mistake_names_its_row_and_is_taken_in_when_mended() {
    let (served, browser) = engineer().await;
    let wrong = file(
        "import-wrong",
        "parts.csv",
        "code,Benennung,unit,lead_time_days\nWEB-P1,Plate,each,5\nWEB-P2,Bracket,each,soon\n",
    );
    check(&browser, &wrong).await;
    assert!(
        browser.text("main").await.contains("parts.csv, line 1"),
        "the head lacks a name: {}",
        browser.text("main").await
    );
    // The column is called otherwise; what stands below it is shown.
    assert!(
        browser.text("#import-columns").await.contains("Plate · Bracket"),
        "{}",
        browser.text("main").await
    );
    let choose = "const one = document.querySelector('[name=\"h.0.Benennung\"]'); one.value = 'name'";
    browser.script(choose, &[]).await;
    let place = browser.place().await;
    browser.click("#import-columns .button").await;
    browser.wait_until("return document.querySelector('.findings')?.textContent.includes('line 3')").await;
    assert_eq!(browser.place().await, place, "the same import goes on");
    let told = browser.text(".findings").await;
    assert!(told.contains("parts.csv, line 3") && told.contains("Lead time"), "{told}");
    let rows = browser.text("#rows").await;
    assert!(rows.contains("WEB-P2") && !rows.contains("WEB-P1"), "those that are refused first: {rows}");
    browser.click("#rows .views a[href*='outcome=HELD']").await;
    browser.wait_until("return document.querySelector('#rows')?.textContent.includes('WEB-P1')").await;
    browser.shot("catalogue-import").await;
    assert_eq!(served.read("SELECT count(*)::text FROM parts WHERE part_number LIKE 'WEB-P%'").await, "0");
    browser.click("[form=import-withdraw]").await;
    browser.wait_until("return document.querySelector('[form=import-withdraw]') === null").await;
    assert_eq!(served.read("SELECT state FROM import_sessions").await, "WITHDRAWN");
    assert_eq!(served.read("SELECT count(*)::text FROM import_contents").await, "0");

    let mended = file(
        "import-mended",
        "parts.csv",
        "code,Benennung,unit,lead_time_days\nWEB-P1,Plate,each,5\nWEB-P2,Bracket,each,7\n",
    );
    named(&browser, &mended).await;
    assert_eq!(served.read("SELECT count(*)::text FROM parts WHERE part_number LIKE 'WEB-P%'").await, "0");
    browser.click("main .bar .button.primary").await;
    browser.wait_until("return document.querySelector('.pill.ok') !== null").await;
    assert_eq!(served.read("SELECT count(*)::text FROM parts WHERE part_number LIKE 'WEB-P%'").await, "2");
    browser.is_content().await;
}

/// Checks files whose head has a column of another name, and names it.
async fn named(browser: &Browser, path: &str) {
    check(browser, path).await;
    let choose = "const one = document.querySelector('[name=\"h.0.Benennung\"]'); one.value = 'name'";
    browser.script(choose, &[]).await;
    browser.click("#import-columns .button").await;
    browser.wait_until("return document.querySelector('.pill.info') !== null").await;
}

#[tokio::test]
async fn an_import_shows_what_each_row_changes_and_takes_in_what_was_shown() {
    let (served, browser) = engineer().await;
    let first = file(
        "import-first",
        "parts.csv",
        "code,Benennung,unit,weight_kg\nWEB-Q1,Plate,each,1.5\nWEB-Q2,Bracket,each,2\n",
    );
    named(&browser, &first).await;
    browser.click("main .bar .button.primary").await;
    browser.wait_until("return document.querySelector('.pill.ok') !== null").await;

    // What the head was named before, it is named again.
    let second = file(
        "import-second",
        "parts.csv",
        "code,Benennung,unit,weight_kg\nWEB-Q1,Plate,each,1.75\nWEB-Q2,Bracket,each,2\nWEB-Q3,Shim,each,1\n",
    );
    check(&browser, &second).await;
    assert_eq!(browser.text("main .bar .pill").await, "Previewed");
    let rows = browser.text("#rows tbody").await;
    assert!(
        rows.contains("WEB-Q1") && rows.contains("Weight, kg: 1.5 → 1.75"),
        "what is changed comes first: {rows}"
    );
    assert!(!rows.contains("WEB-Q2") && !rows.contains("WEB-Q3"), "{rows}");
    browser.shot("catalogue-import-rows").await;
    browser.click(".import-kinds tbody td:nth-child(5) a").await;
    browser.wait_until("return document.querySelector('#rows tbody')?.textContent.includes('WEB-Q3')").await;

    // The catalogue changes meanwhile: what was not shown is not taken in.
    served.run("UPDATE parts SET weight_kg = 1.6 WHERE part_number = 'WEB-Q1'").await;
    browser.click("main .bar .button.primary").await;
    browser.wait_until("return document.querySelector('.findings') !== null").await;
    assert!(browser.text(".findings").await.contains("Look at the rows again"));
    assert!(browser.text("#rows tbody").await.contains("1.6 → 1.75"), "{}", browser.text("#rows").await);
    browser.click("main .bar .button.primary").await;
    browser.wait_until("return document.querySelector('.pill.ok') !== null").await;
    assert_eq!(served.read("SELECT weight_kg::text FROM parts WHERE part_number = 'WEB-Q1'").await, "1.7500");
    assert_eq!(served.read("SELECT count(*)::text FROM import_contents").await, "0");
    browser.is_content().await;
}
