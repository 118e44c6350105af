//! What was submitted or saved stays as it is; unresolved codes block; a second person decides.

use serde_json::json;

use crate::support::{Plant, sink, sink_with};

impl Plant {
    /// A BOM of the sales person, submitted.
    async fn submitted(&self) -> String {
        let bom = self
            .act("sample.sales", &format!("SELECT generate_bom(save_configuration('{}'))", sink()))
            .await
            .expect("a BOM");
        self.act("sample.sales", &format!("SELECT submit_bom({bom})")).await.expect("submitted");
        bom
    }
}

#[tokio::test]
async fn an_unknown_code_keeps_its_line_and_blocks_submission() {
    let plant = Plant::new().await;
    let rules = plant.text("SELECT copy_rule_set(rule_set_id, 'unknown feet')::text FROM rule_sets WHERE state = 'RELEASED' AND family_code = 'MDRD'").await;
    plant.text(&format!("UPDATE configuration_rules SET component_code = 'T2-NOT-YET' WHERE rule_set_id = {rules} AND rule_code = 'R25' RETURNING ''")).await;
    plant.text(&format!("SELECT release_rule_set({rules})::text")).await;

    let seen = plant.preview(&sink()).await;
    assert_eq!(seen.found("error"), ["R25 "]);
    assert_eq!(seen.0["unresolved"], json!(["T2-NOT-YET"]));
    let bom = plant
        .act("sample.sales", &format!("SELECT generate_bom(save_configuration('{}'))", sink()))
        .await
        .expect("a BOM with a flagged line");
    let line = plant.text(&format!("SELECT concat_ws(' ', l.is_unresolved, l.quantity_total::float, b.unresolved_count) FROM bom_line_items l JOIN boms b USING (bom_id) WHERE bom_id = {bom} AND item_code = 'T2-NOT-YET'")).await;
    assert_eq!(line, "t 1 1");
    let refused = plant.act("sample.sales", &format!("SELECT submit_bom({bom})")).await.expect_err("blocked");
    assert!(refused.code == "TV009" && refused.message.contains("T2-NOT-YET"), "{refused:?}");

    plant
        .text("INSERT INTO parts (part_number, name) VALUES ('T2-NOT-YET', 'feet to come') RETURNING ''")
        .await;
    let next = plant
        .act("sample.sales", &format!("SELECT generate_bom(configuration_id) FROM boms WHERE bom_id = {bom}"))
        .await
        .expect("a BOM");
    plant.act("sample.sales", &format!("SELECT submit_bom({next})")).await.expect("nothing blocks it now");
}

#[tokio::test]
async fn author_and_submitter_do_not_approve() {
    let plant = Plant::new().await;
    let bom = plant.submitted().await;
    let own =
        plant.act("sample.sales", &format!("SELECT approve_bom({bom})")).await.expect_err("their own work");
    assert!(["TV025", "42501"].contains(&own.code.as_str()), "{own:?}");
    plant.act("sample.production", &format!("SELECT approve_bom({bom}, 'checked')")).await.expect("approved");
    assert_eq!(plant.text(&format!("SELECT state FROM boms WHERE bom_id = {bom}")).await, "APPROVED");
}

#[tokio::test]
async fn lines_of_a_bom_that_left_draft_are_fixed() {
    let plant = Plant::new().await;
    let bom = plant.submitted().await;
    let draft = plant.generate(&sink_with(json!({"feet": "SEISMIC_FEET"}))).await.expect("a BOM");
    for change in [
        format!(
            "UPDATE bom_line_items SET quantity_total = 2 WHERE bom_id = {bom} AND line_number = 1 RETURNING ''"
        ),
        format!("DELETE FROM bom_line_items WHERE bom_id = {bom} AND line_number = 1 RETURNING ''"),
        format!(
            "INSERT INTO bom_line_items SELECT (jsonb_populate_record(l, '{{\"line_number\": 99999}}')).* FROM bom_line_items l WHERE bom_id = {bom} AND line_number = 1 RETURNING ''"
        ),
        format!(
            "UPDATE bom_line_items SET bom_id = {bom}, line_number = 99999 WHERE bom_id = {draft} AND line_number = 1 RETURNING ''"
        ),
        format!("DELETE FROM boms WHERE bom_id = {bom} RETURNING ''"),
    ] {
        assert_eq!(plant.refused(&change).await.code, "TV003", "{change}");
    }
    plant.text(&format!("UPDATE bom_line_items SET note = 'by hand' WHERE bom_id = {draft} AND line_number = 1 RETURNING ''")).await;
    plant.text(&format!("DELETE FROM boms WHERE bom_id = {draft} RETURNING ''")).await;
}

#[tokio::test]
async fn figures_and_origin_of_a_bom_are_fixed() {
    let plant = Plant::new().await;
    let bom = plant.submitted().await;
    for change in [
        "content_hash = 'x'",
        "rule_set_id = rule_set_id + 1",
        "revision = 9",
        "catalogue_as_of = now()",
        "line_count = 1",
        "leaf_count = 1",
        "unresolved_count = 7",
        "total_cost = 0",
        "total_price = 0",
        "total_weight_kg = 0",
        "total_labour_hours = 0",
        "structure_version = 0",
        "created_by = NULL",
    ] {
        let refused =
            plant.refused(&format!("UPDATE boms SET {change} WHERE bom_id = {bom} RETURNING ''")).await;
        assert_eq!(refused.code, "TV003", "{change}: {}", refused.message);
    }
    for state in ["DRAFT", "RELEASED"] {
        assert_eq!(
            plant
                .refused(&format!("UPDATE boms SET state = '{state}' WHERE bom_id = {bom} RETURNING ''"))
                .await
                .code,
            "TV009",
            "{state}"
        );
    }
    let forged = "INSERT INTO boms (configuration_id, revision, state, rule_set_id, catalogue_as_of, structure_version, content_hash, line_count, leaf_count, unresolved_count, decided_at)
                  SELECT configuration_id, 99, 'APPROVED', rule_set_id, now(), 1, 'x', 0, 0, 0, now() FROM boms LIMIT 1 RETURNING ''";
    assert_eq!(plant.refused(forged).await.code, "TV009", "a BOM begins as a draft");
}

#[tokio::test]
async fn a_saved_configuration_is_never_changed() {
    let plant = Plant::new().await;
    let configuration = plant.save(&sink()).await;
    for change in [
        "parameters = '{}'",
        "is_valid = false",
        "rule_set_id = rule_set_id + 1",
        "note = 'later'",
        "product_variant_id = 1",
    ] {
        assert_eq!(
            plant
                .refused(&format!(
                    "UPDATE configurations SET {change} WHERE configuration_id = {configuration} RETURNING ''"
                ))
                .await
                .code,
            "TV003",
            "{change}"
        );
    }
}
