//! Parameters against their definitions: what is missing, unknown or of the wrong type, always with its path and its mend.

use serde_json::{Value, json};

use crate::support::{Plant, Row, basin, sink_with};

#[tokio::test]
async fn what_is_required_is_asked_for() {
    let mut rows: Vec<Row> =
        ["model", "length_in", "leg_model", "leg_adjustment", "feet", "workflow_direction"]
            .into_iter()
            .flat_map(|name| {
                let error = format!("P.{name} /{name}");
                // Empty text is as good as nothing.
                let blank = if name == "length_in" { Value::Null } else { json!("  ") };
                [("absent", Value::Null), ("blank", blank)].map(|(how, value)| {
                    Row::new(format!("{name}_{how}"), sink_with(json!({ name: value }))).errors(&[&error])
                })
            })
            .collect();
    rows.push(Row::new("all_at_once", json!({})).errors(&[
        "P.model /model",
        "P.length_in /length_in",
        "P.leg_model /leg_model",
        "P.leg_adjustment /leg_adjustment",
        "P.feet /feet",
        "P.workflow_direction /workflow_direction",
        "P.basins /basins",
        "V01 /basins",
    ]));
    let rows: Vec<Row> = rows.into_iter().collect();
    let plant = Plant::new().await;
    // Without a model nothing is said about the number of basins.
    plant.check(&rows[..rows.len() - 1]).await;
    let empty = plant.preview(&json!({})).await;
    assert_eq!(empty.found("error").len(), 7, "{:?}", empty.messages());
}

#[tokio::test]
async fn a_null_is_nothing() {
    let plant = Plant::new().await;
    let sink = crate::support::sink();
    let mut nulls = sink.clone();
    nulls["pegboard_type"] = Value::Null;
    nulls["faucets"] = Value::Null;
    nulls["basins"][0]["custom_width_in"] = Value::Null;
    let (plain, nulled) = (plant.preview(&sink).await, plant.preview(&nulls).await);
    assert!(nulled.is_valid(), "{:?}", nulled.messages());
    assert_eq!(plain.0["parameters"], nulled.0["parameters"]);
}

#[tokio::test]
async fn unknown_keys_are_refused_with_path_and_suggestion() {
    let plant = Plant::new().await;
    let in_basin = sink_with(json!({"basins": [{"type": "E_SINK", "size": "20X20X8", "sise": "x"}]}));
    let cases = [
        (sink_with(json!({"lenght_in": 60})), "P.lenght_in /lenght_in", "length_in"),
        (sink_with(json!({"MODEL": "T2-B1"})), "P.MODEL /MODEL", "model"),
        (sink_with(json!({"control_box": "T2-CTRL-EDR1"})), "P.control_box /control_box", "remove it"),
        (in_basin, "P.sise /basins/0/sise", "size"),
        (
            sink_with(json!({"faucets": [{"type": "PRE_RINSE", "quantitty": 1}]})),
            "P.quantitty /faucets/0/quantitty",
            "quantity",
        ),
        (sink_with(json!({"a/b~c": 1})), "P.a/b~c /a~1b~0c", "remove it"),
        (sink_with(json!({"": 1})), "P. /", "remove it"),
        (sink_with(json!({"длина": 60})), "P.длина /длина", "remove it"),
    ];
    for (sink, error, word) in cases {
        let seen = plant.preview(&sink).await;
        assert_eq!(seen.found("error"), [error]);
        assert!(seen.messages().concat().contains(word), "{error}: {:?}", seen.messages());
    }
}

#[tokio::test]
async fn mistyped_values_are_named_and_no_rule_looks_at_them() {
    let path = |path: &str| format!("P.{} {path}", path.rsplit('/').next().unwrap_or_default());
    let mut rows = Vec::new();
    for value in [json!("60"), json!("sixty"), json!(true), json!([60]), json!({"in": 60})] {
        rows.push(
            Row::new(format!("length_{value}"), sink_with(json!({ "length_in": value })))
                .errors(&[&path("/length_in")])
                .only("T2-BODY", &[]),
        );
    }
    for value in [json!(1), json!(true), json!(["T2-B1"]), json!({})] {
        rows.push(
            Row::new(format!("model_{value}"), sink_with(json!({ "model": value })))
                .errors(&[&path("/model")]),
        );
    }
    for value in [json!("true"), json!("yes"), json!(1), json!([false])] {
        rows.push(
            Row::new(format!("pegboard_{value}"), sink_with(json!({ "pegboard": value })))
                .errors(&[&path("/pegboard")])
                .only("T2-OHL", &[]),
        );
    }
    for value in [json!("E_SINK"), json!(1), json!({"type": "E_SINK", "size": "20X20X8"})] {
        let sink = sink_with(json!({ "basins": value }));
        rows.push(
            Row::new(format!("basins_{value}"), sink)
                .errors(&[&path("/basins"), "V01 /basins"])
                .only("T2-CTRL", &[]),
        );
    }
    for value in [json!("E_SINK"), json!(null), json!(7), json!([basin("E_SINK")])] {
        let sink = sink_with(json!({"basins": [value]}));
        rows.push(
            Row::new(format!("basin_{value}"), sink).errors(&["P.basins /basins/0"]).only("T2-CTRL", &[]),
        );
    }
    for value in [json!("2"), json!(true), json!([2]), json!({}), json!(1.5), json!(-1)] {
        let faucets = json!([{"type": "WRIST_BLADE", "quantity": value}]);
        let sink = sink_with(json!({ "faucets": faucets }));
        rows.push(
            Row::new(format!("quantity_{value}"), sink)
                .errors(&[&path("/faucets/0/quantity")])
                .line("T2-OA-STD-FAUCET-WB-KIT", 0.0),
        );
    }
    for value in [json!(70270), json!(["702.4"]), json!(false)] {
        let sink = sink_with(json!({"accessories": [{"code": value}]}));
        rows.push(Row::new(format!("code_{value}"), sink).errors(&[&path("/accessories/0/code")]));
    }
    for value in [json!("E-SINK"), json!(0), json!(["E_DRAIN"])] {
        let sink = sink_with(json!({"basins": [{"type": value, "size": "20X20X8"}]}));
        rows.push(
            Row::new(format!("type_{value}"), sink)
                .errors(&[&path("/basins/0/type")])
                .only("T2-CTRL", &[])
                .only("T2-BSN", &[]),
        );
    }
    Plant::new().await.check(&rows).await;
}

#[tokio::test]
async fn one_sink_has_one_form_whatever_its_spelling() {
    let plant = Plant::new().await;
    let tidy = json!({"model": "T2-B2", "length_in": 60, "leg_model": "DL27", "leg_adjustment": "FIXED_HEIGHT", "feet": "SEISMIC_FEET",
        "workflow_direction": "LEFT_TO_RIGHT", "basins": [{"type": "E_SINK", "size": "24X20X10"}, {"type": "E_DRAIN", "size": "20X20X8"}],
        "accessories": [{"code": "T-OA-BINRAIL-24-KIT", "quantity": 2}]});
    let loose = r#"{"accessories": [{"quantity": 2.000, "code": "assy-T-OA-binrail-24-kit"}], "basins": [{"size": "custom", "custom_depth_in": 10.0,
        "custom_length_in": 2e1, "custom_width_in": 24.00, "type": "e_sink", "p_trap": false}, {"size": "20x20x8", "type": "E_Drain "}],
        "faucets": [], "family": "mdrd", "feet": "seismic_feet", "language": "en", "leg_adjustment": "fixed_height", "leg_model": "dl27",
        "length_in": 60.0, "model": "t2-b2", "pegboard": false, "pegboard_color": "none", "workflow_direction": " left_to_right"}"#;
    let loose: Value = sqlx::query_scalar("SELECT preview_sink($1::text::jsonb)")
        .bind(loose)
        .fetch_one(plant.pool())
        .await
        .expect("a preview");
    let tidy = plant.preview(&tidy).await;
    assert_eq!(tidy.0["parameters"], loose["parameters"]);
    assert_eq!(tidy.0["content_hash"], loose["content_hash"]);
}
