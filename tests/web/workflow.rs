//! The workflow in the browser: a change proposed in its form, and one of somebody else tried and released.

use torvan_tests::site::PASSWORD;

use crate::pages::A_CHANGE;
use crate::rules::planner;

const STEP: &str = "SELECT order_workflow_rule_id::text FROM order_workflow_rules WHERE from_phase = 'DRAFT'";

#[tokio::test]
async fn a_change_is_proposed_in_a_form_that_keeps_what_the_product_asks_for() {
    let (served, browser) = planner().await;
    let step = format!("/workflow-rules/orders/{}", served.read(STEP).await);
    browser.open("/workflow-rules").await;
    let text = browser.text("main").await;
    assert!(!text.contains('_'), "codes are in words: {text}");
    browser.open(&step).await;
    browser.click("main .bar .button.primary").await;
    browser.wait_for(&format!("{step}/change")).await;
    let kept = "return document.querySelector('input[value=po_number_given]').disabled && document.querySelector('input[value=po_number_given]').checked";
    assert_eq!(browser.script(kept, &[]).await, true, "what the product asks for stays");
    browser.click("input[value=po_document_attached]").await;
    browser.put("target_hours", "soon").await;
    browser.fill("reason", "No configuration without the PO").await;
    browser.click("main .bar .button.primary").await;
    browser.wait_until("return document.querySelector('#target_hours-error') !== null").await;
    let is_ticked = "return document.querySelector('input[value=po_document_attached]').checked";
    assert_eq!(browser.script(is_ticked, &[]).await, true, "what was ticked is still there");
    browser.put("target_hours", "0").await;
    browser.click("main .bar .button.primary").await;
    browser
        .wait_until("return document.querySelector('#target_hours-error')?.innerText.includes('above 0')")
        .await;
    browser.put("target_hours", "7.5").await;
    browser.click("main .bar .button.primary").await;
    browser.wait_for(&format!("{step}?done=proposed")).await;
    let proposed = served
        .read("SELECT format('%s %s', new_values ->> 'target_hours', new_values -> 'guards' ->> -1) FROM workflow_rule_changes")
        .await;
    assert_eq!(proposed, "7.50 po_document_attached");
    browser.click("main .bar .button.primary").await;
    browser.wait_until("return document.querySelector('#differences') !== null").await;
    assert!(browser.text("#differences").await.contains("PO document attached"));
    assert!(!browser.has("main .bar .button.primary").await, "its author does not release it");
    browser.is_content().await;
}

#[tokio::test]
async fn a_change_of_somebody_else_is_tried_and_released_by_a_signature() {
    let (served, browser) = planner().await;
    served.run(A_CHANGE).await;
    browser.open("/approvals?kind=WORKFLOW").await;
    assert!(
        browser.text("main").await.contains("Nothing leaves the planning"),
        "it waits for the second person"
    );
    let key = served.read("SELECT workflow_rule_change_id::text FROM workflow_rule_changes").await;
    let change = format!("/workflow/changes/{key}");
    browser.open(&change).await;
    browser.fill("number", "NO-SUCH").await;
    browser.click(".workflow-try .button").await;
    browser.wait_until("return document.querySelector('#number-error') !== null").await;
    browser.put("number", "sample-001").await;
    browser.click(".workflow-try .button").await;
    browser.wait_until("return document.querySelector('#bench-first .is-added') !== null").await;
    assert!(
        browser.text("#bench-first .is-added").await.contains("A qualified technician has the first task")
    );
    browser.open(&change).await;
    browser.click("main .bar .button.primary").await;
    browser.wait_until("return document.querySelector('dialog [name=password]') !== null").await;
    browser.fill("reason", "Agreed in the meeting").await;
    browser.fill("password", PASSWORD).await;
    browser.click("dialog .button.primary").await;
    browser.wait_for(&format!("{change}?done=released")).await;
    assert!(browser.text(".stamp").await.contains("Released"), "{}", browser.text("main").await);
    let guards = served
        .read("SELECT array_to_string(guards, ' ') FROM build_workflow_rules WHERE from_sub_state = 'PLANNING' AND to_sub_state = 'PRE_QC_READY'")
        .await;
    assert_eq!(guards, "outsourcing_received technician_assigned");
    browser.is_content().await;
}
