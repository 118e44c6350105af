//! `torvan bom preview`.

use std::collections::BTreeMap;
use std::fs;

use serde_json::{Map, Value, json};
use tempfile::TempDir;
use torvan_testing::TestDatabase;

use crate::support::{Ended, Plant, csv_rows, example, finish, texts, torvan};

/// One sink that is right, to be spoiled.
fn sink() -> Value {
    json!({
        "build_number": "B-1", "model": "T2-B1", "width_in": 30, "length_in": 60, "leg_model": "DL27",
        "leg_adjustment": "HEIGHT_ADJUSTABLE", "feet": "LEVELING_CASTERS", "workflow_direction": "LEFT_TO_RIGHT",
        "basins": [{"type": "E_DRAIN", "size": "20X20X8"}]
    })
}

fn preview(plant: &Plant, document: &str) -> Ended {
    plant.run_with_input(&["bom", "preview", "--parameters", "-", "--format", "json"], document)
}

/// The result for a sink with one field set to another value; null takes it out.
fn spoiled(plant: &Plant, field: &str, value: Value) -> Value {
    let mut spoiled = sink();
    let fields = spoiled.as_object_mut().unwrap();
    match value {
        Value::Null => drop(fields.remove(field)),
        value => drop(fields.insert(field.to_owned(), value)),
    }
    let ended = preview(plant, &json!({"sinks": [spoiled]}).to_string());
    let result: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(ended.code, i32::from(!result["valid"].as_bool().unwrap()), "{ended:?}");
    result["sinks"][0].clone()
}

fn keys(object: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> = object.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    keys
}

fn errors(sink: &Value) -> Vec<(&str, &str)> {
    let list = sink["violations"].as_array().unwrap().iter().filter(|found| found["severity"] == "error");
    list.map(|found| (found["rule"].as_str().unwrap(), found["path"].as_str().unwrap())).collect()
}

fn quantities(totals: &Value) -> BTreeMap<String, f64> {
    totals.as_object().unwrap().iter().map(|(code, n)| (code.clone(), n.as_f64().unwrap())).collect()
}

#[tokio::test]
async fn two_sinks_give_exactly_what_the_interface_promises() {
    let plant = Plant::new().await;
    let file = example("two-sinks.json");
    let result = plant.run(&["bom", "preview", "--parameters", &file, "--format", "json"]).json();

    let sinks = result["sinks"].as_array().unwrap();
    assert_eq!(sinks.len(), 2);
    for sink in sinks {
        assert_eq!(
            keys(sink),
            ["build_number", "leaf_totals", "top_level", "unresolved", "valid", "violations"]
        );
        assert_eq!(keys(&sink["top_level"][0]), ["because", "code", "quantity"]);
        assert_eq!(
            (&sink["valid"], &sink["violations"], &sink["unresolved"]),
            (&json!(true), &json!([]), &json!([]))
        );
    }
    assert_eq!(sinks[0]["build_number"], "B-1001");
    let body = &sinks[0]["top_level"][1];
    assert_eq!(
        *body,
        json!({"code": "T2-BODY-73-120-HA", "quantity": 1, "because": "R12 Body for 73 to 120 in (body length 84)"})
    );
    // A custom part appears under the code that says what it is: a preview spends no number.
    assert!(texts(&sinks[1]["top_level"], "code").contains(&"T2-ADW-BASIN26X22X8"));
    assert_eq!(
        plant.value("SELECT is_called::text FROM custom_part_number_sequence").await,
        "true",
        "by the sample order"
    );
    assert_eq!(plant.value("SELECT count(*)::text FROM custom_parts_registry").await, "1");
}

#[tokio::test]
async fn the_orders_sum_is_the_sum_of_its_sinks() {
    let plant = Plant::new().await;
    let file = example("two-sinks.json");
    let result = plant.run(&["bom", "preview", "--parameters", &file, "--format", "json"]).json();
    let mut expected: BTreeMap<String, f64> = BTreeMap::new();
    for sink in result["sinks"].as_array().unwrap() {
        for (code, quantity) in quantities(&sink["leaf_totals"]) {
            *expected.entry(code).or_default() += quantity;
        }
    }
    let order = quantities(&result["order"]["leaf_totals"]);
    assert_eq!(order.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    for (code, quantity) in expected {
        assert!((order[&code] - quantity).abs() < 1e-9, "{code}: {} for {quantity}", order[&code]);
    }
    assert_eq!(result["order"]["sinks"], 2);
}

#[tokio::test]
async fn a_preview_says_what_generation_will_store() {
    let plant = Plant::new().await;
    let order = plant.order("PO-SAME", &["B-1001", "B-1002"]);
    let file = example("two-sinks.json");
    let previewed = plant.run(&["bom", "preview", "--parameters", &file, "--format", "json"]).json();
    plant.run_as("sample.sales", &["order", "configure", &order, "--parameters", &file]).done();
    plant.run_as("sample.sales", &["bom", "generate", "--order", &order]).done();
    let stored = plant.run(&["bom", "show", "B-1001", "--leaves", "--format", "json"]).json();
    let mut totals = Map::new();
    for line in stored["lines"].as_array().unwrap() {
        totals.insert(line["code"].as_str().unwrap().to_owned(), line["quantity"].clone());
    }
    assert_eq!(Value::Object(totals), previewed["sinks"][0]["leaf_totals"]);
}

#[tokio::test]
async fn mistakes_name_rule_and_field() {
    let plant = Plant::new().await;
    let four = json!(vec![json!({"type": "E_DRAIN", "size": "20X20X8"}); 4]);
    assert_eq!(
        errors(&spoiled(&plant, "basins", four)),
        [("P.basins", "/sinks/0/basins"), ("V01", "/sinks/0/basins")]
    );
    let body = errors(&spoiled(&plant, "length_in", json!(121))).remove(0).1.to_owned();
    assert_eq!(body, "/sinks/0/length_in");
    assert_eq!(errors(&spoiled(&plant, "length_in", json!(47)))[0], ("P.length_in", "/sinks/0/length_in"));
    assert_eq!(errors(&spoiled(&plant, "leg_model", Value::Null))[0], ("P.leg_model", "/sinks/0/leg_model"));
    let unknown = spoiled(&plant, "accessories", json!([{"code": "T2-NO-SUCH-ITEM", "quantity": 1}]));
    assert_eq!(errors(&unknown)[0], ("P.code", "/sinks/0/accessories/0/code"));
    assert_eq!(unknown["unresolved"], json!(["T2-NO-SUCH-ITEM"]));
    assert_eq!(errors(&spoiled(&plant, "family", json!("INSTROSINK"))), [("S1", "/sinks/0/family")]);
    assert_eq!(errors(&spoiled(&plant, "length_in", json!(60))), []);
}

#[tokio::test]
async fn an_unknown_key_is_refused_with_its_path_and_the_key_that_was_meant() {
    let plant = Plant::new().await;
    let sink = spoiled(&plant, "leg_modell", json!("DL27"));
    assert_eq!(errors(&sink), [("P.leg_modell", "/sinks/0/leg_modell")]);
    assert!(texts(&sink["violations"], "message")[0].contains("did you mean \"leg_model\""));
    let line = preview(&plant, r#"{"sinks": [{}], "sink": 1}"#).refused();
    assert!(line.contains("/sink"), "{line}");
}

#[tokio::test]
async fn warnings_do_not_block() {
    let plant = Plant::new().await;
    let sink = spoiled(&plant, "width_in", Value::Null);
    assert_eq!((&sink["valid"], &sink["violations"][0]["severity"]), (&json!(true), &json!("warning")));
}

#[tokio::test]
async fn one_wrong_sink_fails_the_file_but_not_the_other_sink() {
    let plant = Plant::new().await;
    let mut wrong = sink();
    wrong["build_number"] = json!("B-2");
    wrong["length_in"] = json!(200);
    let ended = preview(&plant, &json!({"sinks": [sink(), wrong]}).to_string());
    assert_eq!(ended.code, 1);
    let result: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(
        (&result["valid"], &result["sinks"][0]["valid"], &result["sinks"][1]["valid"]),
        (&json!(false), &json!(true), &json!(false))
    );
    assert_eq!(errors(&result["sinks"][1])[0].1, "/sinks/1/length_in");
}

#[tokio::test]
async fn messages_come_in_french() {
    let plant = Plant::new().await;
    let file = example("mistakes.json");
    let ended = plant.run(&["bom", "preview", "--parameters", &file, "--language", "fr"]);
    assert_eq!(ended.code, 1);
    assert!(ended.stdout.contains("le maximum est 120"), "{}", ended.stdout);
    assert!(ended.stdout.starts_with("B-3001: 7 errors"), "{}", ended.stdout);
}

#[tokio::test]
async fn every_example_of_the_docs_is_what_it_says() {
    let plant = Plant::new().await;
    for (name, code) in [("two-sinks.json", 0), ("three-basins-french.json", 0), ("mistakes.json", 1)] {
        let ended = plant.run(&["bom", "preview", "--parameters", &example(name)]);
        assert_eq!(ended.code, code, "{name}: {}", ended.stdout);
    }
    let french = plant.run(&["bom", "preview", "--parameters", &example("three-basins-french.json")]).done();
    assert!(french.contains("T2-STD-MANUAL-FR-KIT"), "{french}");
}

#[tokio::test]
async fn numbers_keep_every_digit() {
    let plant = Plant::new().await;
    let with_length = |length: &str| {
        let text = json!({"sinks": [sink()]}).to_string();
        let changed = text.replace("\"length_in\":60", &format!("\"length_in\":{length}"));
        assert!(changed.contains(&format!(":{length},")), "{changed}");
        preview(&plant, &changed)
    };
    // As a float this would be 60 and go through.
    let ended = with_length("60.00000000000000000001");
    assert_eq!(ended.code, 1);
    assert!(ended.stdout.contains("60.00000000000000000001"), "{}", ended.stdout);
    let huge = with_length("1e400");
    assert_eq!(huge.code, 1, "{huge:?}");
    assert_eq!(with_length("60.0").json(), with_length("60").json());
}

#[tokio::test]
async fn what_is_no_document_fails_in_one_line_with_its_place() {
    let plant = Plant::new().await;
    let cases = [
        ("{\"sinks\": [\n  {\"model\" \"T2-B1\"}]}", "line 2, column 12"),
        ("", "line 1"),
        ("{\"sinks\": [{\"model\": \"T2-B1\", \"model\": \"T2-B2\"}]}", "\"model\" is given twice"),
        ("{\"sinks\": [{\"model\": \"\\u0000\"}]}", "character zero"),
        ("[1, 2]", "must be a JSON object"),
        ("{\"sinks\": {}}", "/sinks"),
        ("{\"sinks\": []}", "/sinks"),
        ("{\"sinks\": [7]}", "/sinks/0"),
        ("{}", "/sinks"),
    ];
    for (document, word) in cases {
        let line = preview(&plant, document).refused();
        assert!(line.contains(word), "{document}: {line}");
    }
    let deep = format!("{{\"sinks\": {}{}}}", "[".repeat(5000), "]".repeat(5000));
    assert!(preview(&plant, &deep).refused().contains("levels deep"));
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_named() {
    let plant = Plant::new().await;
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("latin1.json");
    fs::write(&path, b"{\"sinks\": [{\"note\": \"\xe9\"}]}").unwrap();
    let line = plant.run(&["bom", "preview", "--parameters", path.to_str().unwrap()]).refused();
    assert!(line.contains("latin1.json") && line.contains("UTF-8"), "{line}");
    let line = plant.run(&["bom", "preview", "--parameters", "/dev/zero"]).refused();
    assert!(line.contains("/dev/zero is longer than 16 MiB"), "{line}");
    let line = plant.run(&["bom", "preview", "--parameters", folder.path().to_str().unwrap()]).refused();
    assert!(line.contains("directory"), "{line}");
    let line = plant.run(&["bom", "preview", "--parameters", "no-such-file.json"]).refused();
    assert!(line.contains("no-such-file.json"), "{line}");
}

#[tokio::test]
async fn a_byte_order_mark_does_no_harm() {
    let plant = Plant::new().await;
    preview(&plant, &format!("\u{feff}{}", json!({"sinks": [sink()]}))).json();
}

#[tokio::test]
async fn csv_has_one_row_for_each_line_and_says_mistakes_beside() {
    let plant = Plant::new().await;
    let file = example("two-sinks.json");
    let result = plant.run(&["bom", "preview", "--parameters", &file, "--format", "json"]).json();
    let count = |field: &str| -> usize {
        let sizes = result["sinks"].as_array().unwrap().iter().map(|sink| match &sink[field] {
            Value::Array(list) => list.len(),
            other => other.as_object().unwrap().len(),
        });
        sizes.sum()
    };
    let rows = csv_rows(&plant.run(&["bom", "preview", "--parameters", &file, "--format", "csv"]).done());
    assert_eq!(rows[0], ["build_number", "code", "name", "quantity", "unit", "note", "because"]);
    assert_eq!(rows.len() - 1, count("top_level"));
    let leaves = plant.run(&["bom", "preview", "--parameters", &file, "--format", "csv", "--leaves"]).done();
    let leaves = csv_rows(&leaves);
    assert_eq!(leaves[0], ["build_number", "code", "quantity"]);
    assert_eq!(leaves.len() - 1, count("leaf_totals"));

    let ended = plant.run(&["bom", "preview", "--parameters", &example("mistakes.json"), "--format", "csv"]);
    assert_eq!(ended.code, 1);
    assert!(ended.stderr.contains("error: B-3001: P.length_in at /sinks/0/length_in: "), "{}", ended.stderr);
}

#[tokio::test]
async fn a_preview_stores_nothing() {
    let plant = Plant::new().await;
    let all = "SELECT concat_ws(' ', (SELECT count(*) FROM configurations), (SELECT count(*) FROM boms), \
               (SELECT count(*) FROM custom_parts_registry), (SELECT count(*) FROM audit_log), \
               (SELECT last_value FROM custom_part_number_sequence))";
    let before = plant.value(all).await;
    plant.run(&["bom", "preview", "--parameters", &example("two-sinks.json")]).done();
    assert_eq!(plant.value(all).await, before);
}

#[tokio::test]
async fn a_database_without_the_product_is_told_how_to_get_it() {
    let db = TestDatabase::empty().await;
    let file = example("two-sinks.json");
    let arguments = ["--database-url", &db.url(), "bom", "preview", "--parameters", &file];
    let line = finish(torvan(&arguments), "").refused();
    assert!(line.contains("torvan db deploy"), "{line}");
}

#[test]
fn wrong_use_ends_with_2() {
    let run = |arguments: &[&str]| finish(torvan(arguments), "").misused();
    assert!(run(&["bom", "preview"]).contains("--parameters"));
    assert!(run(&["bom", "preview", "--parameters", "x.json", "--format", "xml"]).contains("xml"));
    assert!(run(&["bom", "preview", "--parameters", "x.json", "--language", "DE"]).contains("DE"));
    assert!(run(&["bom", "generate"]).contains("BUILD"));
    assert!(run(&["bom", "show", "B-1", "--levels", "-1"]).contains("-1"));
}

#[test]
fn without_a_running_cluster_the_way_to_one_is_said() {
    let folder = TempDir::new().unwrap();
    let data_dir = folder.path().join("data");
    let file = example("two-sinks.json");
    let arguments = ["--data-dir", data_dir.to_str().unwrap(), "bom", "preview", "--parameters", &file];
    let line = finish(torvan(&arguments), "").refused();
    assert!(line.contains("torvan up"), "{line}");
    let nobody = ["--database-url", "postgres://torvan_user@127.0.0.1:1/torvan_workflow"];
    let line = finish(torvan(&[&nobody[..], &arguments[2..]].concat()), "").refused();
    assert!(line.contains("cannot reach the database"), "{line}");
}
