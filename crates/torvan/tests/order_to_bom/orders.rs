//! `torvan order new|change|add-build|show|advance|hold|resume|cancel|note|attach|approve-attachment|review-accessories`.

use std::fs;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{PRODUCTION, Plant, SALES, csv_rows, example, texts};

fn sheet(plant: &Plant, login: &str, order: &str) -> Value {
    plant.run_as(login, &["order", "show", order, "--format", "json"]).json()
}

fn blockers(sheet: &Value) -> Vec<&str> {
    sheet["next_actions"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|action| texts(&action["blockers"], "guard"))
        .collect()
}

#[tokio::test]
async fn an_order_goes_from_the_form_to_production() {
    let plant = Plant::new().await;
    let mut form =
        vec!["order", "new", "--customer", "newco", "--customer-name", "New Co Hospital", "--po", "PO-1"];
    form.extend([
        "--sales-person",
        SALES,
        "--want-date",
        "2999-01-01",
        "--build",
        "B-1001",
        "--build",
        "B-1002",
    ]);
    let order = plant.run_as(SALES, &form).done();
    let order = order.trim_end();
    let sales = |arguments: &[&str]| plant.run_as(SALES, arguments).done();
    let production = |arguments: &[&str]| plant.run_as(PRODUCTION, arguments).done();
    assert_eq!(sales(&["order", "advance", order]), format!("{order}: CONFIGURATION, ACTIVE, version 2\n"));

    assert_eq!(
        blockers(&sheet(&plant, SALES, order)),
        ["configurations_valid", "boms_current", "po_document_attached", "accessories_reviewed"]
    );
    let line = plant.run_as(SALES, &["order", "advance", order]).refused();
    assert!(line.contains("PO document is not attached") && line.contains("torvan order show"), "{line}");

    let folder = TempDir::new().unwrap();
    let paper = |name: &str| {
        let path = folder.path().join(name);
        fs::write(&path, name).unwrap();
        path.display().to_string()
    };
    sales(&["order", "configure", order, "--parameters", &example("two-sinks.json")]);
    sales(&["bom", "generate", "--order", order]);
    sales(&["order", "attach", order, &paper("PO-1.pdf"), "--kind", "po-document"]);
    sales(&["order", "review-accessories", order]);
    sales(&["order", "advance", order, "--expected-version", "2"]);

    for build in ["B-1001", "B-1002"] {
        let file = paper(&format!("{build}.pdf"));
        let said = production(&["order", "attach", order, &file, "--kind", "sink-drawing", "--build", build]);
        let (key, _) = said.split_once(':').unwrap();
        production(&["order", "approve-attachment", key]);
    }
    production(&["bom", "approve", "B-1001", "B-1002"]);
    production(&["order", "outsource", order, "--none", "--reason", "from stock", "--build", "B-1001"]);
    let said = production(&["order", "outsource", order, "--usual", "--build", "B-1002"]);
    assert!(said.starts_with("B-1002: 2 line(s) go out"), "{said}");
    let standing = plant.run_as(PRODUCTION, &["order", "advance", order, "--format", "json"]).json();
    assert_eq!(
        standing,
        json!({"order_number": order, "phase": "PRODUCTION", "state": "ACTIVE", "row_version": 4})
    );

    let sheet = sheet(&plant, PRODUCTION, order);
    assert_eq!(texts(&sheet["builds"], "bom_state"), ["RELEASED", "RELEASED"]);
    assert_eq!(texts(&sheet["history"], "by"), [SALES, SALES, SALES, PRODUCTION]);
    assert_eq!(sheet["customer_name"], "New Co Hospital");
    assert_eq!(texts(&sheet["builds"], "sub_state"), ["PLANNING", "PLANNING"]);
    let shown = plant.run(&["order", "show", order]).done();
    for word in
        ["PRODUCTION", "PLANNING", "not EOL_PASSED", "Builds", "Next steps", "Files", "History", "PO-1.pdf"]
    {
        assert!(shown.contains(word), "{word} in {shown}");
    }
}

#[tokio::test]
async fn a_wrong_form_leaves_nothing_behind() {
    let plant = Plant::new().await;
    let orders = plant.value("SELECT count(*)::text FROM orders").await;
    let new = |customer: &str, po: &str, date: &str, build: &str| {
        let mut form = vec!["order", "new", "--customer", customer, "--sales-person", "Sam Sales"];
        form.extend(["--po", po, "--want-date", date, "--build", build]);
        plant.run_as(SALES, &form)
    };
    assert!(new("NOBODY", "PO-9", "2999-01-01", "X-1").refused().contains("no customer \"NOBODY\""));
    assert!(new("STELMO", "PO-9", "2020-01-01", "X-1").refused().contains("not in the future"));
    assert!(new("STELMO", "po-48817", "2999-01-01", "X-1").refused().contains("already"));
    assert!(new("STELMO", "P", "2999-01-01", "X-1").refused().contains("three characters"));
    assert!(new("STELMO", "PO-9", "2999-01-01", "sample-001").refused().contains("SAMPLE-001 is taken"));
    assert!(new("STELMO", "PO-9", "2999-01-01", "A B").refused().contains("\"A B\""));
    assert!(new("STELMO", "PO-9", "31.12.2999", "X-1").misused().contains("31.12.2999"));
    let mut renamed =
        vec!["order", "new", "--customer", "STELMO", "--customer-name", "Other", "--sales-person", "Sam"];
    renamed.extend(["--po", "PO-9", "--want-date", "2999-01-01"]);
    assert!(plant.run_as(SALES, &renamed).refused().contains("is named \"St. Elmo"));
    let technician = plant.run_as("sample.technician", &["order", "note", "TRV-0", "x"]);
    assert!(technician.refused().contains("no order \"TRV-0\""));
    assert_eq!(plant.value("SELECT count(*)::text FROM orders").await, orders);
    assert_eq!(plant.value("SELECT count(*)::text FROM builds WHERE build_number LIKE 'X%'").await, "0");
}

#[tokio::test]
async fn steps_need_the_right_person_reason_and_version() {
    let plant = Plant::new().await;
    let order = plant.order("PO-STEP", &["B-1"]);
    assert!(plant.run(&["order", "advance", &order]).refused().contains("--as LOGIN"));
    let line = plant.run_as("sample.service", &["order", "advance", &order]).refused();
    assert!(line.contains("no permission"), "{line}");
    // Technicians know only the orders that are in the shop.
    let line = plant.run_as("sample.technician", &["order", "advance", &order]).refused();
    assert!(line.contains("There is no order"), "{line}");
    let line = plant.run_as(SALES, &["order", "advance", &order, "--to", "PRODUCTION"]).refused();
    assert!(line.contains("cannot go from DRAFT to PRODUCTION") && line.contains("CONFIGURATION"), "{line}");
    let line = plant.run_as(SALES, &["order", "advance", &order, "--expected-version", "7"]).refused();
    assert!(line.contains("it is at version 1, you saw 7"), "{line}");
    plant.run_as(SALES, &["order", "advance", &order, "--to", "configuration"]).done();
}

#[tokio::test]
async fn hold_resume_and_cancel_say_where_the_order_stands() {
    let plant = Plant::new().await;
    let order = plant.order("PO-HOLD", &["B-1", "B-2"]);
    let line = plant.run_as(PRODUCTION, &["order", "hold", &order, "--reason", "late columns"]).refused();
    assert!(line.contains("DRAFT"), "{line}");
    plant.run_as(SALES, &["order", "advance", &order]).done();
    let held = ["order", "hold", &order, "--kind", "parts", "--reason", "late columns", "--format", "csv"];
    assert_eq!(
        csv_rows(&plant.run_as(PRODUCTION, &held).done())[1],
        [order.as_str(), "CONFIGURATION", "ON_HOLD", "3"]
    );
    assert!(plant.run(&["order", "show", &order]).done().contains("ON_HOLD (late columns)"));
    assert!(plant.run_as(SALES, &["order", "advance", &order]).refused().contains("is on hold"));
    assert!(
        plant
            .run_as(PRODUCTION, &["order", "resume", &order, "--reason", ""])
            .refused()
            .contains("A reason is needed")
    );
    plant.run_as(PRODUCTION, &["order", "resume", &order, "--reason", "columns came"]).done();

    let one = ["order", "cancel", &order, "--build", "B-2", "--reason", "one sink less"];
    assert_eq!(plant.run_as(SALES, &one).done(), format!("{order}: CONFIGURATION, ACTIVE, version 5\n"));
    let states = sheet(&plant, SALES, &order);
    assert_eq!(
        (texts(&states["builds"], "state"), &states["quantity"]),
        (vec!["ACTIVE", "CANCELLED"], &json!(1))
    );
    assert!(
        plant
            .run_as(SALES, &["order", "cancel", &order, "--build", "B-9", "--reason", "why not"])
            .refused()
            .contains("Its builds: B-1, B-2.")
    );
    let all = ["order", "cancel", &order, "--reason", "customer withdrew"];
    assert_eq!(plant.run_as(SALES, &all).done(), format!("{order}: CONFIGURATION, CANCELLED, version 6\n"));
    assert!(plant.run_as(SALES, &all).refused().contains("cancelled already"));
}

#[tokio::test]
async fn the_sample_order_goes_on_to_delivery() {
    let plant = Plant::new().await;
    let order = plant.value("SELECT order_number FROM orders").await;
    let ship = [
        "order",
        "ship",
        &order,
        "--carrier",
        "Nord Freight",
        "--tracking",
        "NF-1",
        "--dispatched-on",
        "2026-03-02",
    ];
    assert!(plant.run_as(PRODUCTION, &ship).refused().contains("not SHIPPING"));
    let line = plant.run_as(PRODUCTION, &["order", "advance", &order]).refused();
    assert!(line.contains("SAMPLE-001 is PLANNING, not EOL_PASSED"), "{line}");
    plant.bring(&order, "SHIPPING").await;
    assert_eq!(sheet(&plant, PRODUCTION, &order)["phase"], "SHIPPING");
    plant.run_as(PRODUCTION, &ship).done();
    let deliver =
        |date: &str| plant.run_as("sample.service", &["order", "deliver", &order, "--delivered-on", date]);
    assert!(deliver("2026-03-01").refused().contains("dispatch date or later"));
    deliver("2026-03-05").done();
    plant.run_as("sample.service", &["order", "advance", &order]).done();
    let line = plant.run_as("sample.service", &["order", "advance", &order]).refused();
    assert!(line.contains("This is the last phase"), "{line}");
}

#[tokio::test]
async fn the_form_can_be_changed_while_it_is_open() {
    let plant = Plant::new().await;
    let order = plant.order("PO-CHANGE", &["B-1"]);
    plant.run_as(SALES, &["order", "change", &order, "--quantity", "2"]).done();
    assert_eq!(blockers(&sheet(&plant, SALES, &order)), ["builds_numbered"]);
    plant.run_as(SALES, &["order", "add-build", &order, "B-2"]).done();
    let change =
        ["order", "change", &order, "--quantity", "2", "--want-date", "2999-02-03", "--project", "New wing"];
    assert_eq!(plant.run_as(SALES, &change).done(), format!("{order}: changed\n"));
    let sheet = sheet(&plant, SALES, &order);
    assert_eq!(
        (blockers(&sheet).len(), &sheet["want_date"], &sheet["project_name"]),
        (0, &json!("2999-02-03"), &json!("New wing"))
    );
    assert!(
        plant.run_as(SALES, &["order", "change", &order, "--quantity", "0"]).refused().contains("at least 1")
    );
    assert!(plant.run_as(SALES, &["order", "change", &order]).misused().contains("--quantity"));
}

#[tokio::test]
async fn files_are_recorded_by_their_hash_and_counted_in_versions() {
    let plant = Plant::new().await;
    let order = plant.order("PO-FILE", &["B-1"]);
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("drawing.PDF");
    fs::write(&path, "abc").unwrap();
    let file = path.display().to_string();
    let attach = ["order", "attach", &order, &file, "--kind", "sink-drawing", "--build", "b-1"];
    let said = plant.run_as(SALES, &attach).done();
    let hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert!(said.trim_end().ends_with(hash), "{said}");
    fs::write(&path, vec![0; 200_000]).unwrap();
    plant.run_as(SALES, &attach).done();
    let files = sheet(&plant, SALES, &order)["attachments"].clone();
    assert_eq!(
        (&files[0]["sha256"], &files[0]["byte_size"], &files[0]["build_number"]),
        (&json!(hash), &json!(3), &json!("B-1"))
    );
    assert_eq!((&files[1]["version"], &files[1]["byte_size"]), (&json!(2), &json!(200_000)));
    assert_eq!(
        plant
            .value("SELECT media_type FROM order_attachments ORDER BY order_attachment_id DESC LIMIT 1")
            .await,
        "application/pdf"
    );

    let gone = plant.run_as(SALES, &["order", "attach", &order, "no-such.pdf", "--kind", "other"]).refused();
    assert!(gone.contains("cannot read no-such.pdf"), "{gone}");
    let folder_itself = folder.path().display().to_string();
    assert!(
        plant
            .run_as(SALES, &["order", "attach", &order, &folder_itself, "--kind", "other"])
            .refused()
            .contains("cannot read")
    );
    assert!(
        plant.run_as(PRODUCTION, &["order", "approve-attachment", "999999"]).refused().contains("999999")
    );
}

#[tokio::test]
async fn notes_stand_on_the_sheet_newest_first() {
    let plant = Plant::new().await;
    let order = plant.order("PO-NOTE", &["B-1"]);
    plant.run_as(SALES, &["order", "note", &order, "first"]).done();
    plant.run_as(PRODUCTION, &["order", "note", &order, "second", "--build", "B-1", "--urgent"]).done();
    let notes = sheet(&plant, SALES, &order)["order_notes"].clone();
    assert_eq!(
        (texts(&notes, "body"), texts(&notes, "by")),
        (vec!["second", "first"], vec![PRODUCTION, SALES])
    );
    assert!(plant.run(&["order", "show", &order]).done().contains("urgent"));
    assert!(plant.run_as(SALES, &["order", "note", &order, "  "]).refused().contains("empty"));
    assert!(
        plant
            .run_as(SALES, &["order", "note", &order, "x", "--build", "SAMPLE-001"])
            .refused()
            .contains("no build \"SAMPLE-001\"")
    );
}

#[tokio::test]
async fn an_order_is_found_by_number_or_key() {
    let plant = Plant::new().await;
    let order = plant.order("PO-FIND", &[]);
    let key = sheet(&plant, SALES, &order)["order_id"].to_string();
    for name in [order.to_lowercase(), format!(" {order} "), key] {
        assert_eq!(sheet(&plant, SALES, &name)["order_number"], json!(order));
    }
    assert!(plant.run(&["order", "show", "99999999999999999999"]).refused().contains("no order"));
    assert!(plant.run(&["order", "show", ""]).refused().contains("no order"));
}

#[tokio::test]
async fn allowed_steps_are_judged_for_the_person_who_looks() {
    let plant = Plant::new().await;
    let order = plant.order("PO-LOOK", &["B-1"]);
    let allowed = |login: &str| sheet(&plant, login, &order)["next_actions"][0]["is_allowed"].clone();
    assert_eq!((allowed(SALES), allowed("sample.quality")), (json!(true), json!(false)));
    let shown = plant.run_as("sample.quality", &["order", "show", &order]).done();
    assert!(shown.contains("(not yours), ready"), "{shown}");
}
