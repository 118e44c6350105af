//! The rules R30 to R36: the pegboard, its stock kits, and panels of custom size.

use serde_json::{Value, json};

use crate::support::{Plant, Row, custom_pegboard, pegboard, sink, sink_with};

#[tokio::test]
async fn r30_overhead_light_only_with_a_pegboard() {
    Plant::new()
        .await
        .check(&[
            Row::new("no_pegboard", sink()).line("T2-OHL-MDRD-KIT", 0.0).only("T2-ADW-PB", &[]),
            Row::new("pegboard_false", sink_with(json!({"pegboard": false}))).line("T2-OHL-MDRD-KIT", 0.0),
            Row::new("r30_pegboard", pegboard(json!({}))).line("T2-OHL-MDRD-KIT", 1.0),
            Row::new("r30_custom_size", custom_pegboard(40.0, 80.0, json!({}))).line("T2-OHL-MDRD-KIT", 1.0),
        ])
        .await;
}

#[tokio::test]
async fn r31_size_by_length_at_both_ends_of_each_range() {
    let mut rows = Vec::new();
    for (length, size) in [
        (48.0, "4836"),
        (59.0, "4836"),
        (59.5, "6036"),
        (60.0, "6036"),
        (71.0, "6036"),
        (71.0001, "7236"),
        (72.0, "7236"),
        (83.0, "7236"),
        (83.5, "8436"),
        (84.0, "8436"),
        (95.0, "8436"),
        (95.5, "9636"),
        (96.0, "9636"),
        (107.0, "9636"),
        (107.5, "10836"),
        (108.0, "10836"),
        (119.0, "10836"),
        (119.5, "12036"),
        (120.0, "12036"),
    ] {
        for (kind, style) in [("PERFORATED", "PERF"), ("SOLID", "SOLID")] {
            let code = format!("T2-ADW-PB-{size}-{style}-KIT");
            let sink = pegboard(json!({"length_in": length, "pegboard_type": kind}));
            rows.push(
                Row::new(format!("r31_{length}_{style}"), sink)
                    .line(&code, 1.0)
                    .only("T2-ADW-PB", &[&code])
                    .line("708.77", 0.0),
            );
        }
    }
    Plant::new().await.check(&rows).await;
}

#[tokio::test]
async fn r31_r32_each_of_the_144_kits_is_found_by_its_length_type_and_colour() {
    let plant = Plant::new().await;
    let mut rows = Vec::new();
    for length in [34, 48, 60, 72, 84, 96, 108, 120] {
        for (kind, style) in [("PERFORATED", "PERF"), ("SOLID", "SOLID")] {
            for colour in ["", "GREEN", "BLACK", "YELLOW", "GREY", "RED", "BLUE", "ORANGE", "WHITE"] {
                let code =
                    [&format!("T2-ADW-PB-{length}36"), colour, style, "KIT"].map(str::to_owned).into_iter();
                let code = code.filter(|part| !part.is_empty()).collect::<Vec<_>>().join("-");
                let painted = if colour.is_empty() { Value::Null } else { json!(colour) };
                let changes = json!({"pegboard_type": kind, "pegboard_color": painted});
                // No sink is 34 in long; that kit is reached by its size.
                let sink = if length == 34 {
                    custom_pegboard(36.0, 34.0, changes)
                } else {
                    pegboard(crate::support::with(json!({ "length_in": length }), changes))
                };
                rows.push(
                    Row::new(code.clone(), sink)
                        .line(&code, 1.0)
                        .only("T2-ADW-PB", &[&code])
                        .line("708.77", 0.0),
                );
            }
        }
    }
    assert_eq!(rows.len(), 144);
    plant.check(&rows).await;
}

#[tokio::test]
async fn r32_the_colour_is_inside_the_coloured_kit_once() {
    let plant = Plant::new().await;
    let seen = plant.preview(&pegboard(json!({"pegboard_color": "green"}))).await;
    assert!((seen.leaf("708.77") - 1.0).abs() < 1e-9, "{}", seen.0["leaf_totals"]["708.77"]);
    let plain = plant.preview(&pegboard(json!({"pegboard_color": "none"}))).await;
    assert!(plain.is_valid() && plain.leaf("708.77").abs() < 1e-9, "no colour is the same as none");
    assert!(plain.0["parameters"].get("pegboard_color").is_none());
}

#[tokio::test]
async fn r33_r34_r35_the_custom_panel_takes_the_place_of_the_panel_inside_the_generic_kit() {
    let plant = Plant::new().await;
    for (rule, kind, kit) in
        [("R33", "PERFORATED", "T2-ADW-PB-PERF-KIT"), ("R34", "SOLID", "T2-ADW-PB-SOLID-KIT")]
    {
        let seen = plant.preview(&custom_pegboard(40.0, 80.5, json!({ "pegboard_type": kind }))).await;
        assert!(seen.is_valid(), "{:?}", seen.messages());
        assert_eq!(seen.codes("T2-ADW-PB"), [kit]);
        assert!(seen.because(kit).starts_with(rule), "{}", seen.because(kit));
        assert!((seen.leaf("T2-ADW-PB-40X80.5") - 1.0).abs() < 1e-9, "the custom panel, once");
        let stock: Vec<&String> = seen.0["leaf_totals"]
            .as_object()
            .unwrap()
            .keys()
            .filter(|code| code.starts_with("T2-ADW-PB-12036"))
            .collect();
        assert!(stock.is_empty(), "no stock panel beside it: {stock:?}");
        assert!(seen.leaf("PBD-CORNER-CAP") > 0.0, "the rest of the kit stays");
        assert_eq!(seen.0["custom_parts"][0]["code"], "T2-ADW-PB-40X80.5");
        let whole = plant.preview(&pegboard(json!({"length_in": 120, "pegboard_type": kind}))).await;
        assert!(whole.leaf("T2-ADW-PB-40X80.5").abs() < 1e-9);
    }
}

#[tokio::test]
async fn r35_r36_what_is_stored_names_rule_panel_and_colour() {
    let plant = Plant::new().await;
    let bom = plant
        .generate(&custom_pegboard(40.0, 80.0, json!({"pegboard_color": "ORANGE"})))
        .await
        .expect("a BOM");
    let panel = plant
        .text(&format!(
            "SELECT concat_ws(' ', p.assembly_code, l.item_code ~ '^720\\.215\\.[0-9]{{3}}$', l.specification_code, l.quantity_total::float, l.provenance #>> '{{0,rule}}')
               FROM bom_line_items l JOIN assemblies p ON p.assembly_id = l.parent_assembly_id WHERE l.bom_id = {bom} AND l.provenance IS NOT NULL"
        ))
        .await;
    assert_eq!(panel, "T2-ADW-PB-PERF-KIT t T2-ADW-PB-40X80 1 R35");
    let colour = plant.text(&format!("SELECT concat_ws(' ', note, quantity_total::float, provenance #>> '{{0,rule}}') FROM bom_line_items WHERE bom_id = {bom} AND item_code = '708.77'")).await;
    assert_eq!(colour, "ORANGE 1 R36");
}

#[tokio::test]
async fn r36_colour_of_a_custom_panel_is_a_line_with_its_name() {
    let plant = Plant::new().await;
    let green = plant.preview(&custom_pegboard(40.0, 80.0, json!({"pegboard_color": "GREEN"}))).await;
    assert_eq!(green.line("708.77").expect("the colour")["note"], "GREEN");
    assert!((green.leaf("708.77") - 1.0).abs() < 1e-9);
    let red = plant.preview(&custom_pegboard(40.0, 80.0, json!({"pegboard_color": "RED"}))).await;
    assert_ne!(green.hash(), red.hash(), "a green board is not a red one");
    let plain = plant.preview(&custom_pegboard(40.0, 80.0, json!({}))).await;
    assert!(plain.line("708.77").is_none());
}

#[tokio::test]
async fn r31_r32_a_custom_size_equal_to_a_stock_panel_is_the_stock_kit() {
    let plant = Plant::new().await;
    for length in [34, 48, 60, 72, 84, 96, 108, 120] {
        let seen = plant.preview(&custom_pegboard(36.0, f64::from(length), json!({}))).await;
        assert_eq!(seen.codes("T2-ADW-PB"), [format!("T2-ADW-PB-{length}36-PERF-KIT")], "{length}");
        assert_eq!(seen.0["custom_parts"], json!([]), "{length}: no number is needed");
    }
    for (width, length) in [(60.0, 36.0), (36.0, 61.0), (35.9, 60.0), (36.0, 60.5)] {
        let seen = plant.preview(&custom_pegboard(width, length, json!({}))).await;
        assert_eq!(
            seen.0["custom_parts"][0]["code"],
            format!("T2-ADW-PB-{width}X{length}"),
            "near a stock panel is no stock panel"
        );
    }
}

#[tokio::test]
async fn pegboard_parameters_belong_together() {
    let size = |width: Value, length: Value| {
        pegboard(
            json!({"pegboard_size_mode": "CUSTOM", "pegboard_custom_width_in": width, "pegboard_custom_length_in": length}),
        )
    };
    Plant::new()
        .await
        .check(&[
            Row::new("type_missing", pegboard(json!({ "pegboard_type": null })))
                .errors(&["P.pegboard_type /pegboard_type"])
                .only("T2-ADW-PB", &[]),
            Row::new("mode_missing", pegboard(json!({ "pegboard_size_mode": null })))
                .errors(&["P.pegboard_size_mode /pegboard_size_mode"]),
            Row::new("type_without_pegboard", sink_with(json!({"pegboard_type": "SOLID"})))
                .errors(&["P.pegboard_type /pegboard_type"]),
            Row::new("colour_without_pegboard", sink_with(json!({"pegboard_color": "RED"})))
                .errors(&["P.pegboard_color /pegboard_color"]),
            Row::new("colour_unknown", pegboard(json!({"pegboard_color": "PINK"})))
                .errors(&["P.pegboard_color /pegboard_color"]),
            Row::new("custom_without_sizes", size(Value::Null, Value::Null))
                .errors(&[
                    "P.pegboard_custom_width_in /pegboard_custom_width_in",
                    "P.pegboard_custom_length_in /pegboard_custom_length_in",
                ])
                .only("T2-ADW-PB-{", &[]),
            Row::new("custom_without_length", size(json!(40), Value::Null))
                .errors(&["P.pegboard_custom_length_in /pegboard_custom_length_in"]),
            Row::new("size_without_custom", pegboard(json!({"pegboard_custom_width_in": 40})))
                .errors(&["P.pegboard_custom_width_in /pegboard_custom_width_in"]),
            Row::new("width_12", custom_pegboard(12.0, 80.0, json!({}))),
            Row::new("width_11_9", custom_pegboard(11.9, 80.0, json!({})))
                .errors(&["P.pegboard_custom_width_in /pegboard_custom_width_in"]),
            Row::new("width_60", custom_pegboard(60.0, 80.0, json!({}))),
            Row::new("width_60_5", custom_pegboard(60.5, 80.0, json!({})))
                .errors(&["P.pegboard_custom_width_in /pegboard_custom_width_in"]),
            Row::new("length_130", custom_pegboard(40.0, 130.0, json!({}))),
            Row::new("length_131", custom_pegboard(40.0, 131.0, json!({})))
                .errors(&["P.pegboard_custom_length_in /pegboard_custom_length_in"]),
        ])
        .await;
}
