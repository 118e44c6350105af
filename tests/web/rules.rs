//! Rules in the browser: a draft, a rule changed in its form, the test bench, the release.

use serde_json::json;
use torvan_testing::TestDatabase;
use torvan_tests::site::PASSWORD;

use crate::browser::Browser;
use crate::people::{Served, serve, sign_in};
use crate::tour::is_in_documents;

const RULE: &str = "SELECT configuration_rule_id::text FROM configuration_rules r JOIN rule_sets s USING (rule_set_id) WHERE s.state = 'DRAFT' AND r.rule_code = 'R25'";

/// A planner who signs with a password.
pub(crate) async fn planner() -> (Served, Browser) {
    let served = serve(TestDatabase::new().await).await;
    served.with_password("sample.admin").await;
    served.without_second_factors().await;
    let browser = served.browser().await;
    sign_in(&browser, "sample.admin", PASSWORD).await;
    browser.wait_for("/").await;
    (served, browser)
}

/// A draft made from the set in force; returns its path.
async fn draft(served: &Served, browser: &Browser) -> String {
    let released = served.read("SELECT rule_set_id::text FROM rule_sets WHERE state = 'RELEASED'").await;
    browser.open(&format!("/rule-sets/{released}")).await;
    browser.click("main .bar .button.primary").await;
    browser.wait_for(&format!("/rule-sets/{released}/copy")).await;
    browser.fill("note", "Seismic feet are standard").await;
    browser.send().await;
    let made = served.read("SELECT rule_set_id::text FROM rule_sets WHERE state = 'DRAFT'").await;
    let path = format!("/rule-sets/{made}");
    browser.wait_for(&path).await;
    path
}

async fn open_rule(served: &Served, browser: &Browser) -> String {
    let path = format!("/configuration-rules/{}", served.read(RULE).await);
    browser.open(&path).await;
    path
}

#[tokio::test]
async fn a_rule_is_changed_in_a_draft_tried_and_released() {
    let (served, browser) = planner().await;
    let set = draft(&served, &browser).await;
    assert!(
        browser.text("#findings").await.contains("there is nothing to sign"),
        "{}",
        browser.text("main").await
    );
    let rule = open_rule(&served, &browser).await;
    assert!(
        browser.text("#rule-says").await.contains("Nothing differs"),
        "{}",
        browser.text("#rule-says").await
    );
    browser.put("component_code", "T2-SEISMIC-FEET").await;
    browser.send().await;
    browser.wait_for(&format!("{rule}?done=saved")).await;
    let differs = browser.text(".rule-differs").await;
    assert!(differs.contains("T2-SEISMIC-FEET") && differs.contains("T2-LEVELING-CASTOR-475"), "{differs}");
    browser.small_shot("rules-form").await;
    is_in_documents("rules-form.png", "rule.png");

    browser.open(&format!("{set}/bench")).await;
    browser
        .script("const one = document.querySelector('select[name=\"/feet\"]'); one.value = 'LEVELING_CASTERS'; one.dispatchEvent(new Event('change', { bubbles: true }))", &[])
        .await;
    let against = "const part = document.querySelector('#bench-against'); return Boolean(part && part.innerText.includes('T2-SEISMIC-FEET') && part.innerText.includes('T2-LEVELING-CASTOR-475'))";
    browser.wait_until(against).await;
    let fired = browser.texts("details[open] .bench-rules > li").await;
    let casters = fired.iter().find(|one| one.starts_with("R25"));
    assert!(
        casters.is_some_and(|one| one.contains("Feet") && one.contains("1 × T2-SEISMIC-FEET")),
        "the rule with what it looked at and what came of it: {fired:?}"
    );
    browser.small_shot("rules-bench").await;
    is_in_documents("rules-bench.png", "rule-bench.png");

    browser.open(&set).await;
    assert!(browser.text("#findings").await.contains("Nothing stands against"));
    browser.click("main .bar .button.primary").await;
    browser.wait_until("return document.querySelector('dialog .stamp') !== null").await;
    browser.fill("reason", "Seismic feet are standard from now on").await;
    browser.fill("password", PASSWORD).await;
    browser.click("dialog .button.primary").await;
    browser.wait_for(&format!("{set}?done=released")).await;
    assert!(browser.text(".stamp").await.contains("Released"), "{}", browser.text("main").await);
    let states = served
        .read("SELECT string_agg(state, ' ' ORDER BY version) FROM rule_sets WHERE family_code = 'MDRD'")
        .await;
    assert_eq!(states, "SUPERSEDED RELEASED");
    let signed = served.read("SELECT meaning || ' ' || (SELECT v.status FROM verify_signature(signature_id) v) FROM signatures WHERE record_type = 'rule_sets'").await;
    assert_eq!(signed, "released VALID");
    browser.is_content().await;
}

#[tokio::test]
async fn conditions_are_lines_and_what_is_wrong_stands_beside_its_field() {
    let (served, browser) = planner().await;
    let _ = draft(&served, &browser).await;
    let rule = open_rule(&served, &browser).await;
    assert_eq!(browser.value("c.0.0.name").await, "p.feet");
    assert_eq!(browser.value("c.0.0.value").await, "LEVELING_CASTERS");
    browser.click("button[value=\"and 0\"]").await;
    browser.wait_until("return document.querySelector('[name=\"c.0.1.name\"]') !== null").await;
    let choose = |name: &str, value: &str| {
        format!(
            "const one = document.querySelector('[name=\"{name}\"]'); one.value = '{value}'; one.dispatchEvent(new Event('change', {{ bubbles: true }}))"
        )
    };
    browser.script(&choose("c.0.1.name", "p.pegboard"), &[]).await;
    browser.wait_until("return document.querySelector('select[name=\"c.0.1.value\"]') !== null").await;
    browser.script(&choose("c.0.1.value", "true"), &[]).await;
    browser
        .wait_until("return document.querySelector('#rule-says').innerText.includes('Pegboard is Yes')")
        .await;
    browser.send().await;
    browser.wait_for(&format!("{rule}?done=saved")).await;
    let stored = served.read(&RULE.replace("configuration_rule_id::text", "condition::text")).await;
    assert_eq!(stored, "($.\"feet\" == \"LEVELING_CASTERS\" && $.\"pegboard\" == true)");

    browser.put("component_code", "").await;
    browser.click("main .bar .button.primary").await;
    browser.wait_until("return document.querySelector('#component_code-error') !== null").await;
    assert!(browser.text("#component_code-error").await.contains("component_code"));
    browser.open(&format!("{rule}?as=json")).await;
    browser.fill("json", "{\"condition\": \"$.pegboard\"}").await;
    browser.click("main .bar .button.primary").await;
    browser.wait_until("return document.querySelector('.notice.bad') !== null").await;
    assert!(!browser.text("#json-error").await.is_empty(), "{}", browser.text("main").await);
    browser.is_content().await;
}

#[tokio::test]
async fn a_rule_as_data_keeps_what_was_typed_when_somebody_else_saved_meanwhile() {
    let (served, browser) = planner().await;
    let _ = draft(&served, &browser).await;
    let rule = format!("/configuration-rules/{}", served.read(RULE).await);
    browser.open(&format!("{rule}?as=json")).await;
    let typed = browser.value("json").await.replace("Levelling casters", "Casters of mine");
    served
        .run("UPDATE configuration_rules r SET source = 'somebody else' FROM rule_sets s WHERE s.rule_set_id = r.rule_set_id AND s.state = 'DRAFT' AND r.rule_code = 'R25'")
        .await;
    browser.script("document.getElementById('json').value = arguments[0]", &[json!(typed)]).await;
    browser.click("main .bar .button.primary").await;
    browser.wait_until("return document.querySelector('.notice.info') !== null").await;
    assert!(browser.text(".notice.info").await.contains("somebody else"), "{}", browser.text("main").await);
    assert_eq!(browser.value("json").await.replace("\r\n", "\n"), typed, "what was typed is still there");
    browser.click("main .bar .button.primary").await;
    browser.wait_for(&format!("{rule}?done=saved")).await;
    assert_eq!(served.read(&RULE.replace("configuration_rule_id::text", "r.title")).await, "Casters of mine");
}

#[tokio::test]
async fn data_that_cannot_be_read_is_told_beside_the_field_of_the_bench() {
    let (served, browser) = planner().await;
    let released = served.read("SELECT rule_set_id::text FROM rule_sets WHERE state = 'RELEASED'").await;
    browser.open(&format!("/rule-sets/{released}/bench")).await;
    let chosen = browser.value("/feet").await;
    browser.click(".bench-form details summary").await;
    let one_line = "const bar = document.querySelector('main .bar'); return bar.offsetHeight < 60";
    browser.width(1440).await;
    assert_eq!(browser.script(one_line, &[]).await, true, "the bar is one line");
    for (typed, told) in [("{\"feet\": ", "cannot be read as data"), ("[]", "begin with a brace")] {
        browser.script("document.getElementById('json').value = arguments[0]", &[json!(typed)]).await;
        browser.click("button[value=json]").await;
        let fault = format!("return document.querySelector('#json-error')?.innerText.includes('{told}')");
        browser.wait_until(&fault).await;
        assert_eq!(browser.value("json").await, typed, "what was typed is still there");
        assert_eq!(browser.focus().await, "json");
        assert_eq!(browser.value("/feet").await, chosen, "the fields keep what they had");
    }
    browser.script("document.getElementById('json').value = '{\"feet\": \"SEISMIC_FEET\"}'", &[]).await;
    browser.click("button[value=json]").await;
    browser.wait_until("return document.querySelector('#json-error') === null").await;
    assert_eq!(browser.value("/feet").await, "SEISMIC_FEET");
    browser.is_content().await;
}

#[tokio::test]
async fn what_became_another_after_it_was_seen_is_not_signed() {
    let (served, browser) = planner().await;
    let set = draft(&served, &browser).await;
    browser.open(&format!("{set}/release")).await;
    assert!(browser.text("main").await.contains("there is nothing to sign"), "a copy is no other version");
    assert!(!browser.has("input[name=password]").await);
    served
        .run("UPDATE configuration_rules r SET title = 'As it was seen' FROM rule_sets s WHERE s.rule_set_id = r.rule_set_id AND s.state = 'DRAFT' AND r.rule_code = 'R25'")
        .await;
    browser.open(&format!("{set}/release")).await;
    let seen = browser.value("content_hash").await;
    served
        .run("UPDATE configuration_rules r SET title = 'Slipped in' FROM rule_sets s WHERE s.rule_set_id = r.rule_set_id AND s.state = 'DRAFT' AND r.rule_code = 'R25'")
        .await;
    browser.fill("reason", "As it was seen").await;
    browser.fill("password", PASSWORD).await;
    browser.send().await;
    browser.wait_until("return document.querySelector('.notice.bad') !== null").await;
    assert!(browser.text(".notice.bad").await.contains("changed meanwhile"));
    assert_ne!(browser.value("content_hash").await, seen, "now it is what it became");
    let state = served.read("SELECT state FROM rule_sets ORDER BY version DESC LIMIT 1").await;
    assert_eq!(state, "DRAFT");
    browser.fill("password", PASSWORD).await;
    browser.send().await;
    browser.wait_for(&format!("{set}?done=released")).await;
}

#[tokio::test]
async fn who_may_not_read_rules_is_told_nothing_about_their_state() {
    let (served, browser) = planner().await;
    let set = draft(&served, &browser).await;
    assert!(browser.has("#findings").await, "who may read them is told");
    served.sign_in_as(&browser, "ASSEMBLY_TECHNICIAN").await;
    browser.open(&set).await;
    assert!(browser.text("main").await.contains("Draft"), "{}", browser.text("main").await);
    assert!(!browser.has("#findings").await && !browser.has(".change-counts").await);
}

#[tokio::test]
async fn a_rule_of_another_kind_keeps_nothing_of_the_former_kind() {
    let (served, browser) = planner().await;
    let _ = draft(&served, &browser).await;
    let rule = open_rule(&served, &browser).await;
    browser.put("rule_type", "PRICING").await;
    browser.wait_until("return document.getElementById('component_code') === null").await;
    browser.send().await;
    browser.wait_for(&format!("{rule}?done=saved")).await;
    let stored = served
        .read(&RULE.replace(
            "configuration_rule_id::text",
            "concat_ws(' ', rule_type, component_code, component_group)",
        ))
        .await;
    assert_eq!(stored, "PRICING");
}

#[tokio::test]
async fn what_somebody_else_saved_meanwhile_is_told_and_nothing_typed_is_lost() {
    let (served, browser) = planner().await;
    let _ = draft(&served, &browser).await;
    let _ = open_rule(&served, &browser).await;
    served
        .run("UPDATE configuration_rules r SET title = 'Casters, by somebody else' FROM rule_sets s WHERE s.rule_set_id = r.rule_set_id AND s.state = 'DRAFT' AND r.rule_code = 'R25'")
        .await;
    browser.put("title", "Casters of mine").await;
    browser.click("main .bar .button.primary").await;
    browser.wait_until("return document.querySelector('.notice.info') !== null").await;
    assert!(browser.text(".notice.info").await.contains("Casters, by somebody else"));
    assert_eq!(browser.value("title").await, "Casters of mine");
    browser.click("main .bar .button.primary").await;
    browser.wait_until("return location.search === '?done=saved'").await;
    assert_eq!(served.read(&RULE.replace("configuration_rule_id::text", "r.title")).await, "Casters of mine");
    assert_eq!(
        browser.script("return document.querySelectorAll('[role=alert]').length", &[]).await,
        json!(0)
    );
}
