//! The rules R01 to R68 that select one thing each: manual, body, legs, feet, basins, control box.

use serde_json::{Value, json};

use crate::support::{Plant, Row, basin, sink, sink_of, sink_with};

#[tokio::test]
async fn r01_r02_r03_manual_by_language() {
    let manual = |name: &str, language: Value, code: &str| {
        Row::new(name, sink_with(json!({ "language": language })))
            .line(code, 1.0)
            .only("T2-STD-MANUAL", &[code])
    };
    Plant::new()
        .await
        .check(&[
            manual("r01_en", json!("EN"), "T2-STD-MANUAL-EN-KIT"),
            manual("r01_absent_is_en", Value::Null, "T2-STD-MANUAL-EN-KIT"),
            manual("r01_lower_case", json!(" en "), "T2-STD-MANUAL-EN-KIT"),
            manual("r02_fr", json!("FR"), "T2-STD-MANUAL-FR-KIT"),
            manual("r03_es", json!("ES"), "T2-STD-MANUAL-SP-KIT"),
            manual("r03_catalogue_spelling_sp", json!("SP"), "T2-STD-MANUAL-SP-KIT"),
            Row::new("r01_unknown_language", sink_with(json!({"language": "DE"})))
                .errors(&["P.language /language"])
                .only("T2-STD-MANUAL", &[]),
        ])
        .await;
}

#[tokio::test]
async fn r01_r02_the_documents_language_is_the_sinks_unless_it_has_its_own() {
    let plant = Plant::new().await;
    let own = sink_with(json!({"language": "ES"}));
    let heir = sink_with(json!({ "language": null }));
    let seen = plant.document(&json!({"language": "FR", "sinks": [heir, own]})).await.expect("a preview");
    let codes: Vec<&Value> = (0..2).map(|place| &seen["sinks"][place]["top_level"][0]["code"]).collect();
    assert_eq!(codes, ["T2-STD-MANUAL-FR-KIT", "T2-STD-MANUAL-SP-KIT"]);
}

#[tokio::test]
async fn r04_one_of_each_group_in_the_smallest_sink() {
    let plant = Plant::new().await;
    let seen = plant.preview(&sink()).await;
    assert!(seen.is_valid(), "{:?}", seen.messages());
    let expected = [
        "T2-STD-MANUAL-EN-KIT",
        "T2-BODY-48-60-HA",
        "T2-DL27-KIT",
        "T2-LEVELING-CASTOR-475",
        "T2-BSN-ESK-KIT",
        "T2-ADW-BASIN20X20X8",
        "T2-CTRL-ESK1",
    ];
    assert_eq!(seen.codes(""), expected);
    assert!(
        expected.iter().all(|code| (seen.quantity(code) - 1.0).abs() < 1e-9),
        "{:?}",
        seen.0["top_level"]
    );
}

#[tokio::test]
async fn r10_r11_r12_body_by_length() {
    let rows: Vec<Row> = [
        ("r10_48", 48.0, "T2-BODY-48-60-HA"),
        ("r10_48_and_a_bit", 48.0001, "T2-BODY-48-60-HA"),
        ("r10_59", 59.0, "T2-BODY-48-60-HA"),
        ("r10_59_5_rounds_up_to_60", 59.5, "T2-BODY-48-60-HA"),
        ("r10_60", 60.0, "T2-BODY-48-60-HA"),
        ("r11_60_and_a_bit_rounds_up_to_61", 60.0001, "T2-BODY-61-72-HA"),
        ("r11_60_5_rounds_up_to_61", 60.5, "T2-BODY-61-72-HA"),
        ("r11_61", 61.0, "T2-BODY-61-72-HA"),
        ("r11_72", 72.0, "T2-BODY-61-72-HA"),
        ("r12_72_5_rounds_up_to_73", 72.5, "T2-BODY-73-120-HA"),
        ("r12_73", 73.0, "T2-BODY-73-120-HA"),
        ("r12_119_5", 119.5, "T2-BODY-73-120-HA"),
        ("r12_120", 120.0, "T2-BODY-73-120-HA"),
    ]
    .into_iter()
    .map(|(name, length, code)| {
        Row::new(name, sink_with(json!({ "length_in": length }))).line(code, 1.0).only("T2-BODY", &[code])
    })
    .collect();
    Plant::new().await.check(&rows).await;
}

#[tokio::test]
async fn r10_r12_no_body_outside_48_to_120() {
    let rows: Vec<Row> = [34.0, 47.0, 47.5, 47.9, 47.9999, 120.0001, 120.5, 121.0, 130.0, 0.0, -60.0]
        .into_iter()
        .map(|length| {
            Row::new(format!("length_{length}"), sink_with(json!({ "length_in": length })))
                .errors(&["P.length_in /length_in"])
                .only("T2-BODY", &[])
        })
        .collect();
    Plant::new().await.check(&rows).await;
}

#[tokio::test]
async fn r20_to_r24_legs() {
    let legs = |name: &str, model: &str, adjustment: &str, code: &str| {
        let dl: Vec<&str> = [code].into_iter().filter(|code| code.starts_with("T2-DL")).collect();
        let lc: Vec<&str> = [code].into_iter().filter(|code| code.starts_with("T2-LC")).collect();
        let sink = sink_with(json!({"leg_model": model, "leg_adjustment": adjustment}));
        Row::new(name, sink)
            .line(code, 1.0)
            .only("T2-DL", &dl)
            .only("T2-LC", &lc)
            .line("T2-BODY-48-60-HA", 1.0)
    };
    Plant::new()
        .await
        .check(&[
            legs("r20_dl27_adjustable", "DL27", "HEIGHT_ADJUSTABLE", "T2-DL27-KIT"),
            legs("r21_dl14_adjustable", "DL14", "HEIGHT_ADJUSTABLE", "T2-DL14-KIT"),
            legs("r22_lc1_adjustable", "LC1", "HEIGHT_ADJUSTABLE", "T2-LC1-KIT"),
            legs("r23_dl27_fixed", "DL27", "FIXED_HEIGHT", "T2-DL27-FH-KIT"),
            legs("r24_dl14_fixed", "DL14", "FIXED_HEIGHT", "T2-DL14-FH-KIT"),
            Row::new(
                "no_kit_for_lc1_fixed",
                sink_with(json!({"leg_model": "LC1", "leg_adjustment": "FIXED_HEIGHT"})),
            )
            .errors(&["V02 /leg_adjustment"])
            .only("T2-LC", &[]),
            Row::new("legs_missing", sink_with(json!({"leg_model": null, "leg_adjustment": null})))
                .errors(&["P.leg_model /leg_model", "P.leg_adjustment /leg_adjustment"]),
            Row::new("legs_unknown", sink_with(json!({"leg_model": "DL99"})))
                .errors(&["P.leg_model /leg_model"]),
        ])
        .await;
}

#[tokio::test]
async fn r25_r26_one_set_of_feet() {
    Plant::new()
        .await
        .check(&[
            Row::new("r25_casters", sink()).line("T2-LEVELING-CASTOR-475", 1.0).line("T2-SEISMIC-FEET", 0.0),
            Row::new("r26_seismic", sink_with(json!({"feet": "SEISMIC_FEET"})))
                .line("T2-SEISMIC-FEET", 1.0)
                .line("T2-LEVELING-CASTOR-475", 0.0),
            Row::new("feet_missing", sink_with(json!({ "feet": null }))).errors(&["P.feet /feet"]),
        ])
        .await;
}

#[tokio::test]
async fn r40_to_r47_basin_kits_and_stock_bowls() {
    let mut rows = Vec::new();
    let kits = [
        ("r40", "E_DRAIN", "T2-BSN-EDR-KIT"),
        ("r41", "E_SINK_DI", "T2-BSN-ESK-DI-KIT"),
        ("r42", "E_SINK", "T2-BSN-ESK-KIT"),
    ];
    let bowls = [
        ("r43", "20X20X8"),
        ("r44", "24X20X8"),
        ("r45", "24X20X10"),
        ("r46", "30X20X8"),
        ("r47", "30X20X10"),
    ];
    for (kit_rule, kind, kit) in kits {
        for (bowl_rule, size) in bowls {
            let bowl = format!("T2-ADW-BASIN{size}");
            let sink = sink_with(json!({"basins": [{"type": kind, "size": size}]}));
            rows.push(
                Row::new(format!("{kit_rule}_{bowl_rule}"), sink)
                    .line(kit, 1.0)
                    .line(&bowl, 1.0)
                    .only("T2-BSN", &[kit])
                    .only("T2-ADW-BASIN", &[&bowl]),
            );
        }
    }
    Plant::new().await.check(&rows).await;
}

#[tokio::test]
async fn r40_r43_lines_with_the_same_code_are_summed() {
    let mixed = json!([basin("E_DRAIN"), {"type": "E_DRAIN", "size": "30x20x10"}, basin("E_SINK_DI")]);
    let sink = sink_with(json!({"model": "T2-B3", "length_in": 96, "basins": mixed}));
    Plant::new()
        .await
        .check(&[Row::new("two_drains_one_di", sink)
            .line("T2-BSN-EDR-KIT", 2.0)
            .line("T2-BSN-ESK-DI-KIT", 1.0)
            .line("T2-ADW-BASIN20X20X8", 2.0)
            .line("T2-ADW-BASIN30X20X10", 1.0)])
        .await;
}

#[tokio::test]
async fn r48_custom_bowl() {
    let custom = |width: f64, length: f64, depth: f64| {
        let size = json!({"type": "E_DRAIN", "size": "CUSTOM", "custom_width_in": width, "custom_length_in": length, "custom_depth_in": depth});
        sink_with(json!({"basins": [size]}))
    };
    let mut rows = vec![
        Row::new("r48_whole_inches", custom(26.0, 22.0, 8.0)).line("T2-ADW-BASIN26X22X8", 1.0),
        Row::new("r48_fraction", custom(26.5, 22.25, 7.125)).line("T2-ADW-BASIN26.5X22.25X7.125", 1.0),
        Row::new("r48_smallest", custom(1.0, 1.0, 1.0)).line("T2-ADW-BASIN1X1X1", 1.0),
        Row::new("r48_largest", custom(50.0, 50.0, 20.0))
            .line("T2-ADW-BASIN50X50X20", 1.0)
            .warning("V11 /basins/0/size"),
        Row::new("r48_stock_turned_is_custom", custom(20.0, 24.0, 8.0)).line("T2-ADW-BASIN20X24X8", 1.0),
        Row::new("r48_stock_of_other_depth_is_custom", custom(20.0, 20.0, 10.0))
            .line("T2-ADW-BASIN20X20X10", 1.0),
    ];
    for (name, width, length, depth, path) in [
        ("width_0_9", 0.9, 20.0, 8.0, "custom_width_in"),
        ("width_51", 51.0, 20.0, 8.0, "custom_width_in"),
        ("length_0", 20.0, 0.0, 8.0, "custom_length_in"),
        ("length_50_1", 20.0, 50.1, 8.0, "custom_length_in"),
        ("depth_0_5", 20.0, 20.0, 0.5, "custom_depth_in"),
        ("depth_20_5", 20.0, 20.0, 20.5, "custom_depth_in"),
    ] {
        let error = format!("P.{path} /basins/0/{path}");
        rows.push(Row::new(name, custom(width, length, depth)).errors(&[&error]).only("T2-ADW-BASIN", &[]));
    }
    Plant::new().await.check(&rows).await;
}

#[tokio::test]
async fn r43_to_r47_a_custom_size_equal_to_stock_is_the_stock_bowl() {
    let mut rows = Vec::new();
    for (rule, width, length, depth) in [
        ("r43", 20.0, 20.0, 8.0),
        ("r44", 24.0, 20.0, 8.0),
        ("r45", 24.0, 20.0, 10.0),
        ("r46", 30.0, 20.0, 8.0),
        ("r47", 30.0, 20.0, 10.0),
    ] {
        let size = json!({"type": "E_SINK", "size": "custom", "custom_width_in": width, "custom_length_in": length, "custom_depth_in": depth});
        let bowl = format!("T2-ADW-BASIN{width}X{length}X{depth}");
        rows.push(
            Row::new(format!("{rule}_typed_as_custom"), sink_with(json!({"basins": [size]})))
                .only("T2-ADW-BASIN", &[&bowl]),
        );
    }
    let plant = Plant::new().await;
    plant.check(&rows).await;
    for row in [json!({"custom_width_in": 24, "custom_length_in": 20.0, "custom_depth_in": 10})] {
        let size = crate::support::with(json!({"type": "E_SINK", "size": "CUSTOM"}), row);
        let seen = plant.preview(&sink_with(json!({"basins": [size]}))).await;
        assert_eq!(seen.0["parameters"]["basins"][0]["size"], "24X20X10", "the stock size is what is kept");
        assert_eq!(seen.0["custom_parts"], json!([]), "no number is needed");
    }
}

#[tokio::test]
async fn r49_r50_r51_p_trap_and_light() {
    let fitted = |kind: &str, p_trap: bool, light: bool| json!({"type": kind, "size": "24X20X8", "p_trap": p_trap, "basin_light": light});
    let one = |kind: &str, p_trap, light| sink_with(json!({"basins": [fitted(kind, p_trap, light)]}));
    let (trap, drain_light, sink_light) =
        ("T2-OA-MS-1026", "T2-OA-BASIN-LIGHT-EDR-KIT", "T2-OA-BASIN-LIGHT-ESK-KIT");
    let row = |name: &str, sink: Value, traps: f64, drain_lights: f64, sink_lights: f64| {
        Row::new(name, sink).line(trap, traps).line(drain_light, drain_lights).line(sink_light, sink_lights)
    };
    let three = sink_with(json!({"model": "T2-B3", "length_in": 96,
        "basins": [fitted("E_DRAIN", true, true), fitted("E_SINK", true, true), fitted("E_SINK_DI", false, true)]}));
    Plant::new()
        .await
        .check(&[
            row("neither", one("E_DRAIN", false, false), 0.0, 0.0, 0.0),
            row("r49_p_trap_on_a_drain", one("E_DRAIN", true, false), 1.0, 0.0, 0.0),
            row("r49_p_trap_on_a_sink", one("E_SINK", true, false), 1.0, 0.0, 0.0),
            row("r50_light_on_a_drain", one("E_DRAIN", false, true), 0.0, 1.0, 0.0),
            row("r51_light_on_a_sink", one("E_SINK", false, true), 0.0, 0.0, 1.0),
            row("r51_light_on_a_di_sink", one("E_SINK_DI", false, true), 0.0, 0.0, 1.0),
            row("r49_r50_r51_summed", three, 2.0, 1.0, 2.0),
        ])
        .await;
}

/// All 39 rows of types: 3 with one basin, 9 with two, 27 with three.
fn mixes() -> Vec<Vec<&'static str>> {
    let longer = |shorter: &Vec<Vec<&'static str>>| -> Vec<Vec<&'static str>> {
        let kinds = ["E_DRAIN", "E_SINK", "E_SINK_DI"];
        shorter.iter().flat_map(|mix| kinds.map(|kind| [mix.as_slice(), &[kind]].concat())).collect()
    };
    let one = longer(&vec![Vec::new()]);
    let two = longer(&one);
    let three = longer(&two);
    [one, two, three].concat()
}

#[tokio::test]
async fn r60_to_r68_control_box_of_every_mix() {
    let mixes = mixes();
    assert_eq!(mixes.len(), 3 + 9 + 27);
    let rows: Vec<Row> = mixes
        .iter()
        .map(|mix| {
            let count = |kind: &str| mix.iter().filter(|&&found| found == kind).count();
            let (drains, plain, treated) = (count("E_DRAIN"), count("E_SINK"), count("E_SINK_DI"));
            let (rule, code) = match (drains, plain + treated) {
                (1, 0) => ("r60", "T2-CTRL-EDR1"),
                (0, 1) => ("r61", "T2-CTRL-ESK1"),
                (1, 1) => ("r62", "T2-CTRL-EDR1-ESK1"),
                (2, 0) => ("r63", "T2-CTRL-EDR2"),
                (0, 2) => ("r64", "T2-CTRL-ESK2"),
                (3, 0) => ("r65", "T2-CTRL-EDR3"),
                (0, 3) => ("r66", "T2-CTRL-ESK3"),
                (1, 2) => ("r67", "T2-CTRL-EDR1-ESK2"),
                (2, 1) => ("r68", "T2-CTRL-EDR2-ESK1"),
                other => panic!("{other:?}"),
            };
            #[expect(clippy::cast_precision_loss, reason = "at most three")]
            Row::new(format!("{rule}_{}", mix.join("_")), sink_of(mix))
                .line(code, 1.0)
                .only("T2-CTRL", &[code])
                .line("T2-BSN-EDR-KIT", drains as f64)
                .line("T2-BSN-ESK-KIT", plain as f64)
                .line("T2-BSN-ESK-DI-KIT", treated as f64)
                .line("T2-ADW-BASIN20X20X8", mix.len() as f64)
                .line("T2-OA-DI-GOOSENECK-FAUCET-KIT", treated as f64)
        })
        .collect();
    Plant::new().await.check(&rows).await;
}

#[tokio::test]
async fn r60_no_control_box_before_every_basin_has_its_type() {
    let sink = sink_with(
        json!({"model": "T2-B2", "length_in": 96, "basins": [basin("E_DRAIN"), {"size": "20X20X8"}]}),
    );
    Plant::new()
        .await
        .check(&[Row::new("one_type_missing", sink).errors(&["P.type /basins/1/type"]).only("T2-CTRL", &[])])
        .await;
}
