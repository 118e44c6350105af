//! `torvan order configure`.

use serde_json::json;
use std::fs;
use tempfile::TempDir;

use crate::support::{Plant, SALES, csv_rows, example, texts};

const PARAMETER: &str = "SELECT c.parameters #>> '{length_in}' FROM builds b JOIN configurations c USING (configuration_id) \
                         WHERE b.build_number = 'B-2'";

#[tokio::test]
async fn a_file_configures_all_the_builds_it_names() {
    let plant = Plant::new().await;
    let order = plant.order("PO-CONF", &["B-1001", "B-1002"]);
    let arguments =
        ["order", "configure", &order, "--parameters", &example("two-sinks.json"), "--format", "json"];
    let saved = plant.run_as(SALES, &arguments).json();
    assert_eq!(texts(&saved, "build_number"), ["B-1001", "B-1002"]);
    assert_eq!(
        (&saved[1]["valid"], &saved[1]["version"], &saved[1]["violations"]),
        (&json!(true), &json!(1), &json!([]))
    );
    let sheet = plant.run(&["order", "show", &order, "--format", "json"]).json();
    assert_eq!(
        (&sheet["builds"][0]["model"], &sheet["builds"][1]["length_in"]),
        (&json!("T2-B2"), &json!(60))
    );
    let one = [
        "order",
        "configure",
        &order,
        "--build",
        "b-1002",
        "--parameters",
        &example("two-sinks.json"),
        "--format",
        "csv",
    ];
    let rows = csv_rows(&plant.run_as(SALES, &one).done());
    assert_eq!((rows.len(), rows[1][0].as_str(), rows[1][2].as_str()), (2, "B-1002", "2"));
}

#[tokio::test]
async fn mistakes_are_listed_and_saved_with_the_configuration() {
    let plant = Plant::new().await;
    let order = plant.order("PO-WRONG", &["B-3001"]);
    let ended =
        plant.run_as(SALES, &["order", "configure", &order, "--parameters", &example("mistakes.json")]);
    assert_eq!(ended.code, 1);
    assert!(
        ended.stdout.contains("P.length_in") && ended.stdout.contains("did you mean \"leg_model\""),
        "{}",
        ended.stdout
    );
    assert_eq!(
        ended.stderr,
        "error: saved, but with errors: B-3001; no BOM can be generated until they are mended\n"
    );
    let sheet = plant.run(&["order", "show", &order, "--format", "json"]).json();
    assert_eq!(sheet["builds"][0]["configuration_valid"], false);
}

#[tokio::test]
async fn a_variant_is_a_start_that_settings_change() {
    let plant = Plant::new().await;
    let order = plant.order("PO-VAR", &["B-2"]);
    let mut arguments = vec!["order", "configure", &order, "--build", "B-2", "--variant", "v-b2-standard"];
    arguments.extend(["--set", "length_in=96", "--set", "basins.1.size=30X20X8", "--set", "drawers=null"]);
    plant.run_as(SALES, &arguments).done();
    assert_eq!(plant.value(PARAMETER).await, "96");
    let stored = "SELECT concat_ws(' ', c.parameters #>> '{basins,1,size}', jsonb_array_length(c.parameters -> 'drawers'), v.variant_code) \
                  FROM builds b JOIN configurations c USING (configuration_id) JOIN product_variants v USING (product_variant_id) \
                  WHERE b.build_number = 'B-2'";
    assert_eq!(plant.value(stored).await, "30X20X8 0 V-B2-STANDARD");
    let line = plant
        .run_as(SALES, &["order", "configure", &order, "--build", "B-2", "--variant", "V-NONE"])
        .refused();
    assert!(line.contains("no product variant \"V-NONE\"") && line.contains("V-B2-STANDARD"), "{line}");
}

#[tokio::test]
async fn a_build_is_copied_with_its_origin_noted() {
    let plant = Plant::new().await;
    let order = plant.order("PO-COPY", &["B-2"]);
    let copy = [
        "order",
        "configure",
        &order,
        "--build",
        "B-2",
        "--copy-from",
        "SAMPLE-001",
        "--set",
        "length_in=85.5",
    ];
    plant.run_as(SALES, &copy).done();
    assert_eq!(plant.value(PARAMETER).await, "85.5");
    let origin = "SELECT s.build_number FROM builds b JOIN configurations c USING (configuration_id) \
                  JOIN builds s ON s.configuration_id = c.parent_configuration_id WHERE b.build_number = 'B-2'";
    assert_eq!(plant.value(origin).await, "SAMPLE-001");
    let line = plant
        .run_as(SALES, &["order", "configure", &order, "--build", "B-2", "--copy-from", "B-0"])
        .refused();
    assert!(line.contains("no configured build \"B-0\""), "{line}");
}

#[tokio::test]
async fn the_language_is_that_of_the_order() {
    let plant = Plant::new().await;
    let mut form = vec![
        "order",
        "new",
        "--customer",
        "STELMO",
        "--sales-person",
        "Sam Sales",
        "--want-date",
        "2999-01-01",
    ];
    form.extend(["--po", "PO-FR", "--language", "fr", "--build", "B-1001", "--build", "B-1002"]);
    let order = plant.run_as(SALES, &form).done();
    let order = order.trim_end();
    plant.run_as(SALES, &["order", "configure", order, "--parameters", &example("two-sinks.json")]).done();
    plant
        .run_as(SALES, &["order", "configure", order, "--build", "B-1002", "--copy-from", "SAMPLE-002"])
        .done();
    plant.run_as(SALES, &["bom", "generate", "--order", order]).done();
    for build in ["B-1001", "B-1002"] {
        let shown = plant.run(&["bom", "show", build, "--levels", "0"]).done();
        assert!(
            shown.contains("T2-STD-MANUAL-FR-KIT") && !shown.contains("T2-STD-MANUAL-EN-KIT"),
            "{build}: {shown}"
        );
    }
}

#[tokio::test]
async fn what_cannot_be_meant_is_refused() {
    let plant = Plant::new().await;
    let order = plant.order("PO-REF", &["B-2"]);
    let refused = |arguments: &[&str]| {
        plant.run_as(SALES, &[&["order", "configure", &order], arguments].concat()).refused()
    };
    let file = example("two-sinks.json");
    assert!(refused(&["--parameters", &file]).contains("The order has no build \"B-1001\""));
    assert!(refused(&["--parameters", &file, "--build", "B-2"]).contains("no sink for build B-2"));
    assert!(refused(&["--variant", "V-B1-BASIC"]).contains("--build is missing"));
    assert!(
        refused(&["--build", "B-2", "--variant", "V-B1-BASIC", "--set", "feet.x=1"])
            .contains("feet holds no further values")
    );
    assert!(
        refused(&["--build", "B-2", "--variant", "V-B1-BASIC", "--set", "basins.7.size=X"])
            .contains("1 element(s)")
    );
    let folder = TempDir::new().unwrap();
    let list = folder.path().join("list.json");
    fs::write(&list, "[]").unwrap();
    assert!(refused(&["--build", "B-2", "--parameters", list.to_str().unwrap()]).contains("JSON object"));
    assert_eq!(plant.value("SELECT count(*)::text FROM configurations JOIN builds USING (build_id) WHERE build_number = 'B-2'").await, "0");
    let misused = |arguments: &[&str]| {
        plant.run_as(SALES, &[&["order", "configure", &order], arguments].concat()).misused()
    };
    assert!(misused(&["--build", "B-2"]).contains("--parameters"));
    assert!(misused(&["--parameters", &file, "--variant", "V"]).contains("cannot be used with"));
    assert!(misused(&["--build", "B-2", "--variant", "V", "--set", "feet"]).contains("PATH=VALUE"));
}

#[tokio::test]
async fn a_submitted_order_is_not_configured() {
    let plant = Plant::new().await;
    let sample = plant.value("SELECT order_number FROM orders").await;
    let line = plant
        .run_as(SALES, &["order", "configure", &sample, "--build", "SAMPLE-001", "--variant", "V-B1-BASIC"])
        .refused();
    assert!(line.contains("cannot be configured in phase PRODUCTION"), "{line}");
}
