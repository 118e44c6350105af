//! Checks between parameters that are not about one rule: model and basins, widths, depths, families, documents.

use serde_json::{Value, json};

use crate::support::{Plant, Row, basin, sink, sink_of, sink_with, with};

#[tokio::test]
async fn v01_the_model_fixes_the_number_of_basins() {
    let mut rows = Vec::new();
    for model in 1..=3 {
        for basins in 1..=3 {
            let sink = with(sink_of(&vec!["E_DRAIN"; basins]), json!({"model": format!("T2-B{model}")}));
            let errors: &[&str] = if model == basins { &[] } else { &["V01 /basins"] };
            rows.push(Row::new(format!("b{model}_with_{basins}"), sink).errors(errors));
        }
    }
    let none = |basins: Value| sink_with(json!({ "basins": basins }));
    rows.push(Row::new("no_basins", none(json!([]))).errors(&["P.basins /basins", "V01 /basins"]));
    rows.push(Row::new("basins_missing", none(Value::Null)).errors(&["P.basins /basins", "V01 /basins"]));
    rows.push(
        Row::new("four_basins", with(sink_of(&["E_DRAIN"; 4]), json!({"model": "T2-B3"})))
            .errors(&["P.basins /basins", "V01 /basins"]),
    );
    rows.push(Row::new("model_missing", sink_with(json!({ "model": null }))).errors(&["P.model /model"]));
    rows.push(Row::new("model_b4", sink_with(json!({"model": "T2-B4"}))).errors(&["P.model /model"]));
    Plant::new().await.check(&rows).await;
}

#[tokio::test]
async fn width_24_to_48_without_effect_on_the_bom() {
    let plant = Plant::new().await;
    let width = |width: f64| sink_with(json!({ "width_in": width }));
    let refused = ["P.width_in /width_in"];
    plant
        .check(&[
            Row::new("width_24", width(24.0)),
            Row::new("width_48", width(48.0)),
            Row::new("width_23_9", width(23.9)).errors(&refused).silent("V12"),
            Row::new("width_48_1", width(48.1)).errors(&refused).silent("V12"),
            Row::new("width_120", width(120.0)).errors(&refused),
            Row::new("v12_width_missing", sink_with(json!({ "width_in": null }))).warning("V12 /width_in"),
        ])
        .await;
    assert_eq!(plant.preview(&width(24.0)).await.hash(), plant.preview(&width(48.0)).await.hash());
}

#[tokio::test]
async fn workflow_direction_is_required_and_without_effect() {
    let plant = Plant::new().await;
    let other = sink_with(json!({"workflow_direction": "RIGHT_TO_LEFT"}));
    assert_eq!(plant.preview(&sink()).await.hash(), plant.preview(&other).await.hash());
    let missing = Row::new("missing", sink_with(json!({ "workflow_direction": null })));
    plant.check(&[missing.errors(&["P.workflow_direction /workflow_direction"])]).await;
}

#[tokio::test]
async fn v10_basins_wider_than_the_sink() {
    let three = |length: f64, sizes: [&str; 3]| {
        let basins: Vec<Value> = sizes.iter().map(|size| json!({"type": "E_SINK", "size": size})).collect();
        sink_with(json!({"model": "T2-B3", "length_in": length, "basins": basins}))
    };
    let custom = |width: f64| json!({"type": "E_SINK", "size": "CUSTOM", "custom_width_in": width, "custom_length_in": 20, "custom_depth_in": 8});
    Plant::new()
        .await
        .check(&[
            Row::new("v10_84_on_80", three(80.0, ["24X20X8", "30X20X8", "30X20X10"])).warning("V10 /basins"),
            Row::new("v10_84_on_84", three(84.0, ["24X20X8", "30X20X8", "30X20X10"])).silent("V10"),
            Row::new("v10_60_on_60", three(60.0, ["20X20X8"; 3])).silent("V10"),
            Row::new(
                "v10_custom_fits",
                sink_with(json!({"model": "T2-B2", "basins": [custom(40.0), basin("E_SINK")]})),
            )
            .silent("V10"),
            Row::new(
                "v10_custom_too_wide",
                sink_with(json!({"model": "T2-B2", "basins": [custom(40.5), basin("E_SINK")]})),
            )
            .warning("V10 /basins"),
        ])
        .await;
}

#[tokio::test]
async fn v11_basins_deeper_than_the_lifter_frame() {
    let of_size = |size: &str| sink_with(json!({"basins": [{"type": "E_SINK", "size": size}]}));
    let custom = |depth: f64| {
        sink_with(
            json!({"basins": [{"type": "E_SINK", "size": "CUSTOM", "custom_width_in": 22, "custom_length_in": 20, "custom_depth_in": depth}]}),
        )
    };
    Plant::new()
        .await
        .check(&[
            Row::new("v11_20x20x8", of_size("20X20X8")).silent("V11"),
            Row::new("v11_24x20x8", of_size("24X20X8")).silent("V11"),
            Row::new("v11_30x20x8", of_size("30X20X8")).silent("V11"),
            Row::new("v11_24x20x10", of_size("24X20X10")).warning("V11 /basins/0/size"),
            Row::new("v11_30x20x10", of_size("30X20X10")).warning("V11 /basins/0/size"),
            Row::new("v11_custom_8", custom(8.0)).silent("V11"),
            Row::new("v11_custom_8_1", custom(8.1)).warning("V11 /basins/0/size"),
        ])
        .await;
}

#[tokio::test]
async fn custom_sizes_belong_to_custom_basins() {
    let one = |basin: Value| sink_with(json!({ "basins": [basin] }));
    Plant::new()
        .await
        .check(&[
            Row::new(
                "all_three_needed",
                one(json!({"type": "E_SINK", "size": "CUSTOM", "custom_length_in": 20})),
            )
            .errors(&[
                "P.custom_width_in /basins/0/custom_width_in",
                "P.custom_depth_in /basins/0/custom_depth_in",
            ])
            .only("T2-ADW-BASIN", &[]),
            Row::new(
                "empty_for_stock",
                one(json!({"type": "E_SINK", "size": "20X20X8", "custom_width_in": 20})),
            )
            .errors(&["P.custom_width_in /basins/0/custom_width_in"]),
            Row::new("size_missing", one(json!({"type": "E_SINK"}))).errors(&["P.size /basins/0/size"]),
            Row::new("size_unknown", one(json!({"type": "E_SINK", "size": "99X99X9"})))
                .errors(&["P.size /basins/0/size"]),
        ])
        .await;
}

#[tokio::test]
async fn families_without_rules_are_refused() {
    let plant = Plant::new().await;
    for (family, named) in [("ENDOSCOPE", "ENDOSCOPE"), ("instrosink ", "INSTROSINK"), ("BATHTUB", "BATHTUB")]
    {
        let seen = plant.preview(&sink_with(json!({ "family": family }))).await;
        assert_eq!(seen.found("error"), ["S1 /family"], "{family}");
        assert!(
            seen.messages()[0].contains(named) && seen.messages()[0].contains("MDRD"),
            "{:?}",
            seen.messages()
        );
        assert!(!seen.is_valid() && seen.codes("").is_empty());
        let refused = sqlx::query("SELECT save_configuration($1)")
            .bind(sink_with(json!({ "family": family })))
            .execute(plant.pool())
            .await;
        assert_eq!(crate::support::refusal(&refused.expect_err("no rules")).code, "TV022");
    }
    for family in [json!("mdrd"), json!(""), Value::Null] {
        assert!(plant.preview(&sink_with(json!({ "family": family }))).await.is_valid());
    }
}

#[tokio::test]
async fn a_document_has_language_and_sinks() {
    let plant = Plant::new().await;
    for (name, document, word) in [
        ("null", Value::Null, "object"),
        ("list", json!([]), "object"),
        ("no_sinks", json!({"language": "EN"}), "/sinks"),
        ("empty_sinks", json!({"sinks": []}), "/sinks"),
        ("sinks_an_object", json!({"sinks": {}}), "/sinks"),
        ("sink_a_text", json!({"sinks": [sink(), "sink"]}), "/sinks/1"),
        ("sink_null", json!({"sinks": [null]}), "/sinks/0"),
        ("unknown_key", json!({"lenguage": "EN", "sinks": [sink()]}), "/lenguage"),
    ] {
        let refused = plant.document(&document).await.expect_err(name);
        assert_eq!(refused.code, "TV022", "{name}");
        assert!(refused.message.contains(word), "{name}: {}", refused.message);
    }
}

#[tokio::test]
async fn a_document_counts_its_paths_and_sums_its_sinks() {
    let plant = Plant::new().await;
    let first = with(sink(), json!({"build_number": "b-1", "language": null}));
    let second = with(sink(), json!({"build_number": "B-1 ", "length_in": 121, "language": null}));
    let third = with(sink(), json!({"build_number": "?", "language": null}));
    let seen =
        plant.document(&json!({"language": "XX", "sinks": [first, second, third]})).await.expect("a preview");
    let paths = |place: usize| -> Vec<&str> {
        seen["sinks"][place]["violations"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|found| found["severity"] == "error")
            .map(|found| found["path"].as_str().unwrap())
            .collect()
    };
    assert_eq!(paths(0), ["/sinks/0/build_number", "/language"]);
    assert_eq!(paths(1), ["/sinks/1/build_number", "/language", "/sinks/1/length_in"]);
    assert_eq!(paths(2), ["/sinks/2/build_number", "/language"]);
    assert_eq!(seen["valid"], false);

    let good = |number: &str| with(sink(), json!({ "build_number": number }));
    let seen = plant.document(&json!({"sinks": [good("A"), good("B")]})).await.expect("a preview");
    assert_eq!((&seen["valid"], &seen["order"]["sinks"]), (&json!(true), &json!(2)));
    let kit = seen["order"]["top_level"]
        .as_array()
        .unwrap()
        .iter()
        .find(|line| line["code"] == "T2-DL27-KIT")
        .unwrap();
    assert_eq!(kit["quantity"].as_f64(), Some(2.0));
    for (code, quantity) in seen["order"]["leaf_totals"].as_object().unwrap() {
        let one = seen["sinks"][0]["leaf_totals"][code].as_f64().unwrap();
        assert!((quantity.as_f64().unwrap() - 2.0 * one).abs() < 1e-6, "{code}");
    }
}
