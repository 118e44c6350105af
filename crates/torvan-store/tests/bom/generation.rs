//! What is stored is what was previewed, with its reasons; revisions, comparisons, and a hash that is equal everywhere.

use serde_json::{Value, json};

use crate::structure::edge;
use crate::support::{Plant, basin, custom_pegboard, sink, sink_of, sink_with, with};

/// A sink with something of everything.
fn full_sink() -> Value {
    let basins = json!([
        {"type": "E_SINK_DI", "size": "CUSTOM", "custom_width_in": 26, "custom_length_in": 22, "custom_depth_in": 9, "p_trap": true, "basin_light": true},
        {"type": "E_DRAIN", "size": "20X20X8", "basin_light": true}
    ]);
    let changes = json!({"model": "T2-B2", "length_in": 84, "pegboard_color": "GREEN", "basins": basins,
        "faucets": [{"type": "WRIST_BLADE", "placement": "BETWEEN_1_2"}], "sprayers": [{"type": "AIR_TURRET", "location": "LEFT_SIDE"}],
        "drawers": [{"code": "707.70"}], "accessories": [{"code": "T-OA-BINRAIL-24-KIT", "quantity": 2}]});
    custom_pegboard(40.0, 80.0, changes)
}

#[tokio::test]
async fn the_stored_bom_is_the_previewed_one() {
    let plant = Plant::new().await;
    for sink in [sink(), sink_of(&["E_SINK", "E_DRAIN", "E_SINK_DI"]), full_sink()] {
        let preview = plant.preview(&sink).await;
        let bom = plant.generate(&sink).await.expect("a BOM");
        let stored: Value = sqlx::query_scalar(
            "SELECT jsonb_build_object('hash', b.content_hash, 'lines', b.line_count, 'leaves', b.leaf_count, 'cost', b.total_cost, 'price', b.total_price,
                      'weight', b.total_weight_kg, 'hours', b.total_labour_hours, 'state', b.state,
                      'rows', (SELECT count(*) FROM bom_line_items l WHERE l.bom_id = b.bom_id),
                      'totals', (SELECT jsonb_object_agg(coalesce(p.specification_code, t.item_code), t.quantity) FROM bom_leaf_totals(b.bom_id) t LEFT JOIN parts p ON p.part_number = t.item_code),
                      'tops', (SELECT jsonb_agg(l.specification_code ORDER BY l.line_number) FROM bom_line_items l WHERE l.bom_id = b.bom_id AND l.depth = 0))
               FROM boms b WHERE b.bom_id = $1",
        )
        .bind(bom)
        .fetch_one(plant.pool())
        .await
        .expect("a stored BOM");
        let totals = &preview.0["totals"];
        assert_eq!(stored["hash"], preview.0["content_hash"]);
        assert_eq!(
            (&stored["lines"], &stored["rows"], &stored["leaves"]),
            (&totals["lines"], &totals["lines"], &totals["leaves"])
        );
        assert_eq!((&stored["cost"], &stored["price"]), (&totals["cost"], &totals["price"]));
        assert_eq!((&stored["weight"], &stored["hours"]), (&totals["weight_kg"], &totals["labour_hours"]));
        assert_eq!(stored["totals"], preview.0["leaf_totals"]);
        assert_eq!(stored["tops"], json!(preview.codes("")));
        assert_eq!(stored["state"], "DRAFT");
    }
}

#[tokio::test]
async fn the_content_hash_of_a_known_sink_is_known() {
    let plant = Plant::new().await;
    let edges =
        [edge("T-GOLDEN", "P-GOLD", 2.5), edge("T-GOLDEN", "T-RING", 3.0), edge("T-RING", "P-GOLD", 0.25)];
    plant.structure(&edges).await;
    // Bodies and kits of the sample catalogue may change; rules that select nothing else make the content our own.
    let golden = plant.text("SELECT bom_content_hash(bom_lines(ROW(1, '{}', '{}', '{}', ARRAY[
        ROW(1, 'a', 'T-GOLDEN', 'T-GOLDEN', 2, NULL, NULL, NULL, NULL)::bom_top_line,
        ROW(2, 'b', 'T2-ADW-BASIN26X22X9', 'T2-ADW-BASIN26X22X9', 1, 'BASIN', '[26, 22, 9]', 'ÉTÉ', NULL)::bom_top_line,
        ROW(3, 'c', 'T-NOWHERE', 'T-NOWHERE', 1.50, NULL, NULL, NULL, NULL)::bom_top_line], '{}', 0)::configuration_result, now()))").await;
    assert_eq!(golden, GOLDEN);
}

/// SHA-256 over the lines parent TAB specification TAB quantity [TAB note], sorted by bytes: the same on every machine and PostgreSQL.
const GOLDEN: &str = "dda0842c08b29d95e70aacc1d555084f7758c53532d8060f994b9ac9850c27c6";

#[tokio::test]
async fn the_hash_is_of_content_not_of_numbers_cost_or_time() {
    let plant = Plant::new().await;
    let before = plant.preview(&full_sink()).await;
    plant.generate(&full_sink()).await.expect("a BOM");
    plant.text("UPDATE parts SET standard_cost = coalesce(standard_cost, 0) + 1, name = name || ' (new)' RETURNING ''").await;
    let after = plant.preview(&full_sink()).await;
    assert_eq!(before.hash(), after.hash());
    assert_ne!(before.0["totals"]["cost"], after.0["totals"]["cost"]);
    let other = plant.preview(&with(full_sink(), json!({"drawers": []}))).await;
    assert_ne!(before.hash(), other.hash());
}

#[tokio::test]
async fn a_configuration_with_errors_gets_no_bom() {
    let plant = Plant::new().await;
    let refused =
        plant.generate(&sink_with(json!({"length_in": 121, "leg_model": null}))).await.expect_err("no BOM");
    assert_eq!(refused.code, "TV023");
    assert!(
        refused.message.contains("/length_in")
            && refused.message.contains("120")
            && refused.message.contains("/leg_model"),
        "{}",
        refused.message
    );
    assert_eq!(
        plant.text("SELECT is_valid::text FROM configurations ORDER BY configuration_id DESC LIMIT 1").await,
        "false",
        "the configuration is kept with its mistakes"
    );
    assert_eq!(plant.refused("SELECT generate_bom(999999)::text").await.code, "TV004");
}

#[tokio::test]
async fn warnings_do_not_block() {
    let plant = Plant::new().await;
    let sink = sink_with(json!({"width_in": null, "basins": [{"type": "E_SINK", "size": "30X20X10"}]}));
    let bom = plant.generate(&sink).await.expect("a BOM");
    let configuration =
        plant.text(&format!("SELECT configuration_id::text FROM boms WHERE bom_id = {bom}")).await;
    let warnings = plant.text(&format!("SELECT string_agg(rule || ' ' || severity, ', ' ORDER BY rule) FROM validate_configuration({configuration})")).await;
    assert_eq!(warnings, "V11 warning, V12 warning");
}

#[tokio::test]
async fn a_new_revision_takes_the_place_of_the_open_one() {
    let plant = Plant::new().await;
    let configuration = plant.save(&sink()).await;
    let first = plant.text(&format!("SELECT generate_bom({configuration})::text")).await;
    let second = plant.text(&format!("SELECT generate_bom({configuration})::text")).await;
    let states = plant.text(&format!("SELECT string_agg(concat_ws(' ', revision, state, supersedes_bom_id), ', ' ORDER BY revision) FROM boms WHERE configuration_id = {configuration}")).await;
    assert_eq!(states, format!("1 SUPERSEDED, 2 DRAFT {first}"));
    assert_eq!(plant.text(&format!("SELECT count(*)::text FROM compare_boms({first}, {second})")).await, "0");
}

#[tokio::test]
async fn two_boms_are_compared_line_by_line() {
    let plant = Plant::new().await;
    let one = plant
        .generate(&sink_with(json!({"drawers": [{"code": "707.70"}], "accessories": [{"code": "702.4"}]})))
        .await
        .expect("a BOM");
    let other = plant
        .generate(&sink_with(
            json!({"feet": "SEISMIC_FEET", "accessories": [{"code": "702.4", "quantity": 4}]}),
        ))
        .await
        .expect("a BOM");
    let differences = plant
        .text(&format!("SELECT string_agg(concat_ws(' ', change, item_code, quantity_a::float, quantity_b::float), ', ' ORDER BY change, item_code) FROM compare_boms({one}, {other}) WHERE parent_code IS NULL"))
        .await;
    assert_eq!(
        differences,
        "added T2-SEISMIC-FEET 1, changed T-OA-BINRAIL-24-KIT 1 4, removed T2-LEVELING-CASTOR-475 1, removed T2-OA-2D-152012-STACKED-KIT 1"
    );
}

#[tokio::test]
async fn every_line_says_why_it_is_there() {
    let plant = Plant::new().await;
    let bom = plant.generate(&full_sink()).await.expect("a BOM");
    let unexplained = plant
        .text(&format!("SELECT count(*)::text FROM bom_line_items l WHERE l.bom_id = {bom} AND jsonb_array_length(explain_bom_line({bom}, l.line_number) -> 'reasons') IS NOT DISTINCT FROM NULL"))
        .await;
    assert_eq!(unexplained, "0");
    let panel: Value = sqlx::query_scalar("SELECT explain_bom_line($1, (SELECT line_number FROM bom_line_items WHERE bom_id = $1 AND specification_code = 'T2-ADW-PB-40X80'))")
        .bind(bom)
        .fetch_one(plant.pool())
        .await
        .expect("an explanation");
    let rules: Vec<&Value> = panel["reasons"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|reason| reason["rules"].as_array().unwrap())
        .map(|rule| &rule["rule"])
        .collect();
    assert_eq!(rules, ["R33", "R35"], "the kit's rule, and the rule that put the panel into it");
    assert_eq!(plant.refused(&format!("SELECT explain_bom_line({bom}, 99999)::text")).await.code, "TV004");
}

#[tokio::test]
async fn provenance_replayed_gives_the_line_again() {
    let plant = Plant::new().await;
    for sink in [
        full_sink(),
        sink_of(&["E_SINK_DI"; 3]),
        sink_with(json!({"model": "T2-B2", "length_in": 72, "basins": [basin("E_DRAIN"), basin("E_DRAIN")]})),
    ] {
        let bom = plant.generate(&sink).await.expect("a BOM");
        let odd = plant
            .text(&format!(
                "SELECT string_agg(l.item_code || ' ' || l.quantity_total, ', ') FROM (
                   SELECT l.item_code, l.quantity_total, sum((jsonb_path_query_first(c.parameters, r.quantity, x.vars) #>> '{{}}')::numeric) AS replayed,
                          bool_and(jsonb_path_match(c.parameters, r.condition, x.vars)) AS holds
                     FROM bom_line_items l JOIN boms b USING (bom_id) JOIN configurations c USING (configuration_id)
                     CROSS JOIN LATERAL (SELECT derive_values(c.rule_set_id, c.parameters) AS derived) d
                     CROSS JOIN LATERAL jsonb_array_elements(l.provenance) p
                     JOIN configuration_rules r ON r.configuration_rule_id = (p ->> 'rule_id')::bigint AND r.rule_code = p ->> 'rule' AND r.condition::text = p ->> 'condition'
                     CROSS JOIN LATERAL (SELECT jsonb_build_object('v', d.derived, 'e', jsonb_path_query_array(c.parameters, r.for_each) -> (p ->> 'place')::int, 'i', p -> 'place') AS vars) x
                    WHERE l.bom_id = {bom} AND l.depth = 0 GROUP BY 1, 2) l
                  WHERE NOT l.holds OR l.replayed <> l.quantity_total"
            ))
            .await;
        assert_eq!(odd, "");
    }
}

#[tokio::test]
async fn the_indented_tree_adds_up_to_the_flat_totals() {
    let plant = Plant::new().await;
    let bom = plant.generate(&full_sink()).await.expect("a BOM");
    let odd = plant
        .text(&format!(
            "SELECT string_agg(coalesce(tree.item_code, flat.item_code), ', ')
               FROM (SELECT item_code, sum(quantity_extended) AS quantity FROM indented_bom({bom}, 20, 100000) WHERE is_leaf GROUP BY 1) tree
               FULL JOIN bom_leaf_totals({bom}) flat USING (item_code)
              WHERE tree.quantity IS DISTINCT FROM flat.quantity"
        ))
        .await;
    assert_eq!(odd, "");
}

#[tokio::test]
async fn a_product_variant_is_a_preset_that_parameters_override() {
    let plant = Plant::new().await;
    let odd = plant.text("SELECT string_agg(variant_code, ', ') FROM product_variants WHERE is_active AND preview_sink(parameters) -> 'valid' <> 'true'").await;
    assert_eq!(odd, "", "every preset is a sink that can be built");
    let variant =
        plant.text("SELECT variant_code FROM product_variants ORDER BY product_variant_id LIMIT 1").await;
    let changes = "{\"feet\": \"SEISMIC_FEET\"}";
    let saved = plant
        .text(&format!("SELECT save_configuration('{changes}', NULL, '{}')::text", variant.to_lowercase()))
        .await;
    let saved = plant
        .text(&format!("SELECT parameters ->> 'feet' FROM configurations WHERE configuration_id = {saved}"))
        .await;
    assert_eq!(saved, "SEISMIC_FEET");
    assert_eq!(plant.refused("SELECT save_configuration('{}', NULL, 'NOTHING')::text").await.code, "TV004");
    plant.text(&format!("DELETE FROM product_variants WHERE variant_code = '{variant}' RETURNING ''")).await;
    let kept = plant.text("SELECT count(*)::text FROM configurations WHERE product_variant_id IS NULL AND parameters ->> 'feet' = 'SEISMIC_FEET'").await;
    assert_ne!(kept, "0", "a configuration outlives its preset");
}
