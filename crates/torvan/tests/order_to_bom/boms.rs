//! `torvan bom generate|show|explain|compare|submit|approve|reject|release`.

use serde_json::json;

use crate::support::{PRODUCTION, Plant, SALES, csv_rows, example, texts};

/// An order with the two sinks of the example, configured.
fn configured(plant: &Plant) -> String {
    let order = plant.order("PO-BOMS", &["B-1001", "B-1002"]);
    plant.run_as(SALES, &["order", "configure", &order, "--parameters", &example("two-sinks.json")]).done();
    order
}

#[tokio::test]
async fn boms_are_generated_for_builds_or_for_an_order() {
    let plant = Plant::new().await;
    let order = configured(&plant);
    let first = plant.run_as(SALES, &["bom", "generate", "b-1002", "B-1001", "--format", "json"]).json();
    assert_eq!(texts(&first, "build_number"), ["B-1001", "B-1002"]);
    assert_eq!(
        (&first[0]["revision"], &first[0]["state"], &first[0]["unresolved"]),
        (&json!(1), &json!("DRAFT"), &json!(0))
    );
    let second = plant.run_as(SALES, &["bom", "generate", "--order", &order, "--format", "json"]).json();
    assert_eq!((&second[1]["revision"], &second[1]["content_hash"]), (&json!(2), &first[1]["content_hash"]));
    let rows =
        csv_rows(&plant.run_as(SALES, &["bom", "generate", "--order", &order, "--format", "csv"]).done());
    assert_eq!((rows.len(), rows[1][0].as_str(), rows[1][2].as_str()), (3, "B-1001", "3"));
}

#[tokio::test]
async fn generation_is_all_or_nothing_and_says_which_build_is_wrong() {
    let plant = Plant::new().await;
    configured(&plant);
    plant.order("PO-MORE", &["B-9"]);
    let line = plant.run_as(SALES, &["bom", "generate", "B-1001", "NO-SUCH"]).refused();
    assert!(line.starts_with("There is no build \"NO-SUCH\"."), "{line}");
    let line = plant.run_as(SALES, &["bom", "generate", "B-1001", "B-9"]).refused();
    assert!(line.starts_with("Build B-9 has no configuration."), "{line}");
    assert_eq!(
        plant
            .value(
                "SELECT count(*)::text FROM boms b JOIN builds USING (build_id) WHERE build_number = 'B-1001'"
            )
            .await,
        "0"
    );
    let empty = plant.order("PO-EMPTY", &[]);
    assert!(
        plant.run_as(SALES, &["bom", "generate", "--order", &empty]).refused().contains("no active build")
    );
    assert!(
        plant
            .run_as(SALES, &["bom", "generate", "--order", "TRV-1"])
            .refused()
            .contains("no order \"TRV-1\"")
    );
}

#[tokio::test]
async fn a_configuration_with_errors_gets_no_bom() {
    let plant = Plant::new().await;
    let order = configured(&plant);
    let wrong = [
        "order",
        "configure",
        &order,
        "--build",
        "B-1002",
        "--copy-from",
        "B-1002",
        "--set",
        "length_in=121",
    ];
    assert_eq!(plant.run_as(SALES, &wrong).code, 1);
    let line = plant.run_as(SALES, &["bom", "generate", "B-1002"]).refused();
    assert!(line.contains("/length_in") && line.contains("torvan order configure"), "{line}");
}

#[tokio::test]
async fn a_bom_is_shown_as_tree_and_as_totals() {
    let plant = Plant::new().await;
    configured(&plant);
    plant.run_as(SALES, &["bom", "generate", "B-1002"]).done();
    let tops = plant.run(&["bom", "show", "B-1002", "--levels", "0", "--format", "json"]).json();
    assert_eq!(tops["bom"]["build_number"], "B-1002");
    assert_eq!(tops["truncated"], false);
    assert!(
        tops["lines"]
            .as_array()
            .unwrap()
            .iter()
            .all(|line| line["depth"] == 0 && line["because"].is_string())
    );
    assert!(texts(&tops["lines"], "code").contains(&"720.215.001"), "the number of the custom basin");

    let tree = csv_rows(&plant.run(&["bom", "show", "B-1002", "--levels", "9", "--format", "csv"]).done());
    let deepest = tree[1..].iter().map(|row| row[1].parse::<i32>().unwrap()).max();
    assert!(deepest >= Some(3), "{deepest:?}");

    let leaves = plant.run(&["bom", "show", "B-1002", "--leaves", "--format", "json"]).json();
    let total: f64 =
        leaves["lines"].as_array().unwrap().iter().map(|line| line["quantity"].as_f64().unwrap()).sum();
    let stored = plant.value("SELECT sum(quantity_total)::text FROM bom_line_items JOIN builds USING (bom_id) WHERE is_leaf AND build_number = 'B-1002'").await;
    assert!((total - stored.parse::<f64>().unwrap()).abs() < 1e-6, "{total} {stored}");

    let shown = plant.run(&["bom", "show", "B-1002"]).done();
    assert!(shown.contains("revision 1, DRAFT") && shown.contains("R10 Body for 48 to 60 in"), "{shown}");
}

#[tokio::test]
async fn a_bom_is_named_by_build_by_revision_or_by_key() {
    let plant = Plant::new().await;
    configured(&plant);
    plant.run_as(SALES, &["bom", "generate", "B-1001"]).done();
    let second = plant.run_as(SALES, &["bom", "generate", "B-1001", "--format", "json"]).json();
    let key = second[0]["bom_id"].to_string();
    let revision =
        |name: &str| plant.run(&["bom", "show", name, "--format", "json"]).json()["bom"]["revision"].clone();
    assert_eq!((revision("B-1001"), revision("b-1001@1"), revision(&key)), (json!(2), json!(1), json!(2)));
    let line = |name: &str| plant.run(&["bom", "show", name]).refused();
    assert!(line("B-1001@7").contains("no BOM revision 7"));
    assert!(line("B-1002").contains("torvan bom generate B-1002"));
    assert!(line("NO-SUCH").contains("no build or BOM \"NO-SUCH\""));
    assert!(line("999999").contains("no build or BOM \"999999\""));
}

#[tokio::test]
async fn an_item_is_explained_by_the_rules_that_put_it_there() {
    let plant = Plant::new().await;
    configured(&plant);
    plant.run_as(SALES, &["bom", "generate", "B-1002"]).done();
    let lines = plant.run(&["bom", "explain", "B-1002", " fst-hex-m8x25", "--format", "json"]).json();
    assert!(lines.as_array().unwrap().len() >= 2, "one for each parent: {lines}");
    for line in lines.as_array().unwrap() {
        let rule = &line["reasons"][0]["rules"][0];
        assert!(line["parent"].is_string() && rule["rule"].as_str().unwrap().starts_with('R'), "{line}");
        assert!(rule["condition"].is_string() && rule["values"].is_object(), "{line}");
    }
    let custom = plant.run(&["bom", "explain", "B-1002", "T2-ADW-BASIN26X22X8"]).done();
    assert!(custom.contains("720.215.001") && custom.contains("R48"), "{custom}");
    let short = plant.run(&["bom", "explain", "B-1002", "709.82"]).done();
    assert!(short.contains("T2-BODY-48-60-HA"), "by its short code: {short}");
    let line = plant.run(&["bom", "explain", "B-1002", "T2-CTRL-EDR3"]).refused();
    assert!(line.contains("no line with the code \"T2-CTRL-EDR3\""), "{line}");
}

#[tokio::test]
async fn revisions_are_compared() {
    let plant = Plant::new().await;
    let order = configured(&plant);
    plant.run_as(SALES, &["bom", "generate", "B-1002"]).done();
    let change = [
        "order",
        "configure",
        &order,
        "--build",
        "B-1002",
        "--copy-from",
        "B-1002",
        "--set",
        "feet=LEVELING_CASTERS",
    ];
    plant.run_as(SALES, &change).done();
    plant.run_as(SALES, &["bom", "generate", "B-1002"]).done();
    let rows = csv_rows(&plant.run(&["bom", "compare", "B-1002@1", "B-1002@2", "--format", "csv"]).done());
    let tops: Vec<(&str, &str)> = rows[1..]
        .iter()
        .filter(|row| row[1].is_empty())
        .map(|row| (row[0].as_str(), row[2].as_str()))
        .collect();
    assert_eq!(tops, [("added", "T2-LEVELING-CASTOR-475"), ("removed", "T2-SEISMIC-FEET")]);
    let same = plant.run(&["bom", "compare", "B-1002", "B-1002@2"]).done();
    assert_eq!(same, "B-1002 and B-1002@2 have the same content.\n");
}

#[tokio::test]
async fn a_second_person_approves() {
    let plant = Plant::new().await;
    configured(&plant);
    plant.run_as("sample.admin", &["bom", "generate", "B-1001", "B-1002"]).done();
    let refused =
        |login: &str, arguments: &[&str]| plant.run_as(login, &[&["bom"], arguments].concat()).refused();
    assert!(refused(PRODUCTION, &["approve", "B-1001"]).contains("is draft, not submitted"));
    assert_eq!(
        plant.run_as(SALES, &["bom", "submit", "B-1001", "B-1002"]).done(),
        "B-1001: submitted\nB-1002: submitted\n"
    );
    assert!(refused(SALES, &["approve", "B-1001"]).contains("no permission bom:approve"));
    assert!(refused("sample.admin", &["approve", "B-1001"]).contains("second person"), "its author");
    assert!(plant.run(&["bom", "approve", "B-1001"]).refused().contains("--as LOGIN"));
    assert!(
        refused("nobody.here", &["approve", "B-1001"])
            .contains("no active user with the login \"nobody.here\"")
    );

    assert_eq!(
        plant.run_as(PRODUCTION, &["bom", "approve", "B-1001", "--note", "as drawn"]).done(),
        "B-1001: approved\n"
    );
    let shown = plant.run(&["bom", "show", "B-1001", "--format", "json"]).json();
    let bom = &shown["bom"];
    assert_eq!(
        (&bom["state"], &bom["decided_by"], &bom["decision_note"]),
        (&json!("APPROVED"), &json!(PRODUCTION), &json!("as drawn"))
    );
    assert!(refused(PRODUCTION, &["reject", "B-1002", "--reason", "x"]).contains("three characters"));
    assert_eq!(
        plant.run_as(PRODUCTION, &["bom", "reject", "B-1002", "--reason", "wrong feet"]).done(),
        "B-1002: rejected\n"
    );
    assert_eq!(plant.run_as(PRODUCTION, &["bom", "release", "B-1001"]).done(), "B-1001: released\n");
    assert!(refused(PRODUCTION, &["release", "B-1002"]).contains("is rejected, not approved"));
}

#[tokio::test]
async fn one_refusal_undoes_the_whole_command() {
    let plant = Plant::new().await;
    configured(&plant);
    plant.run_as(SALES, &["bom", "generate", "B-1001", "B-1002"]).done();
    plant.run_as(SALES, &["bom", "submit", "B-1001"]).done();
    plant.run_as(PRODUCTION, &["bom", "approve", "B-1001", "B-1002"]).refused();
    assert_eq!(plant.value("SELECT string_agg(b.state, ' ' ORDER BY bom_id) FROM boms b JOIN builds USING (bom_id) WHERE build_number LIKE 'B-100%'").await, "SUBMITTED DRAFT");
}

#[tokio::test]
async fn a_custom_part_waits_for_its_drawing() {
    let plant = Plant::new().await;
    let order = plant.order("PO-DRAW", &["B-1"]);
    let sizes = ["--set", "basins.0.custom_width_in=27"];
    let copy = ["order", "configure", &order, "--build", "B-1", "--copy-from", "SAMPLE-002"];
    plant.run_as(SALES, &[&copy[..], &sizes].concat()).done();
    plant.run_as(SALES, &["bom", "generate", "B-1"]).done();
    let state = "SELECT state || coalesce(' ' || drawing_reference, '') FROM custom_parts_registry WHERE custom_number = '720.215.002'";
    assert_eq!(plant.value(state).await, "NEEDS_DRAWING");
    let draw = |login: &str, number: &str| {
        plant.run_as(login, &["bom", "attach-drawing", number, "--reference", "DWG-2"])
    };
    assert!(draw(PRODUCTION, "720.215.999").refused().contains("no custom part 720.215.999"));
    assert!(draw("sample.technician", "720.215.002").refused().contains("no permission"));
    draw(PRODUCTION, "720.215.002").done();
    assert_eq!(plant.value(state).await, "DRAWN DWG-2");
}

#[tokio::test]
async fn a_cost_that_is_not_known_is_not_zero() {
    let plant = Plant::new().await;
    configured(&plant);
    let summary = || plant.run(&["bom", "preview", "--parameters", &example("two-sinks.json")]).done();
    let known = summary();
    assert!(known.contains("(without parts of unknown cost)"), "the custom basin has none: {known}");
    let cost = known.split("cost ").nth(1).unwrap();
    let (whole, decimals) = cost.split_once('.').unwrap();
    assert!(
        whole.parse::<u32>().unwrap() > 0 && decimals.find(|sign: char| !sign.is_ascii_digit()) == Some(2),
        "{known}"
    );

    plant.execute("UPDATE parts SET standard_cost = NULL WHERE part_number = 'FST-HEX-M8X25'").await;
    plant.run_as(SALES, &["bom", "generate", "B-1001"]).done();
    let shown = plant.run(&["bom", "show", "B-1001"]).done();
    assert!(shown.contains(" (without 1 part of unknown cost)"), "{shown}");

    plant.execute("UPDATE parts SET standard_cost = NULL; UPDATE assemblies SET standard_cost = NULL").await;
    assert!(summary().contains("cost unknown"), "{}", summary());
    plant.run_as(SALES, &["bom", "generate", "B-1002"]).done();
    let shown = plant.run(&["bom", "show", "B-1002"]).done();
    assert!(shown.contains("cost unknown"), "{shown}");
    let stored = plant.run(&["bom", "show", "B-1002", "--format", "json"]).json();
    assert_eq!(stored["bom"]["cost"], json!(null));
    assert_eq!(stored["bom"]["uncosted"], stored["bom"]["leaves"]);
}
