//! `torvan order list`.

use serde_json::{Value, json};

use crate::support::{Plant, csv_rows, texts};

const MANY: &str = "SELECT create_customer('LISTCO', 'List Company');
    SELECT create_order('LISTCO', 'PO-' || n, 'Sam Sales', current_date + 30, 'EN', ARRAY['L-' || n], 'Wing ' || n) FROM generate_series(101, 125) AS n";

fn list(plant: &Plant, arguments: &[&str]) -> Value {
    plant.run(&[&["order", "list", "--format", "json"], arguments].concat()).json()
}

fn numbers(page: &Value) -> Vec<String> {
    texts(&page["orders"], "order_number").into_iter().map(str::to_owned).collect()
}

#[tokio::test]
async fn pages_follow_each_other_without_gap_or_repetition() {
    let plant = Plant::new().await;
    // Orders of one transaction share their time: the key decides between them.
    plant.execute(MANY).await;
    let whole = numbers(&list(&plant, &["--limit", "200"]));
    assert_eq!(whole.len(), 26);
    let mut newest_first = whole.clone();
    newest_first.sort_unstable_by(|a, b| b.cmp(a));
    assert_eq!(whole, newest_first);

    let mut paged = Vec::new();
    let mut page = list(&plant, &["--limit", "7"]);
    loop {
        paged.extend(numbers(&page));
        let Some(cursor) = page["next_cursor"].as_str().map(str::to_owned) else { break };
        page = list(&plant, &["--limit", "7", "--cursor", &cursor]);
    }
    assert_eq!(paged, whole);
}

#[tokio::test]
async fn filters_narrow_the_list() {
    let plant = Plant::new().await;
    plant.execute(MANY).await;
    let count = |arguments: &[&str]| {
        list(&plant, &[arguments, &["--limit", "200"]].concat())["orders"].as_array().unwrap().len()
    };
    assert_eq!(count(&["--customer", "listco"]), 25);
    assert_eq!(count(&["--phase", "production"]), 1);
    assert_eq!(count(&["--phase", "QUALITY_CONTROL"]), 0);
    assert_eq!(count(&["--search", "wing 10"]), 9);
    assert_eq!(count(&["--search", "l-125"]), 1);
    assert_eq!(count(&["--search", "elmo"]), 1);
    assert_eq!(count(&["--search", "100%"]), 0, "no character is a wildcard");
    assert_eq!(count(&["--late"]), 0);
    plant.execute("UPDATE orders SET want_date = site_today() - 1 WHERE po_number = 'PO-110'").await;
    let late = list(&plant, &["--late"]);
    assert_eq!(
        (numbers(&late).len(), &late["orders"][0]["is_late"], &late["orders"][0]["builds"]),
        (1, &json!(true), &json!(["L-110"]))
    );
    let number = &numbers(&late)[0];
    plant.run_as("sample.admin", &["order", "cancel", number, "--reason", "customer withdrew"]).done();
    assert_eq!(
        (count(&["--late"]), count(&["--state", "cancelled"]), count(&["--state", "ON_HOLD"])),
        (0, 1, 0)
    );
}

#[tokio::test]
async fn a_list_is_a_table_or_csv_and_tells_how_to_go_on() {
    let plant = Plant::new().await;
    plant.execute(MANY).await;
    let ended = plant.run(&["order", "list", "--limit", "2", "--format", "csv"]);
    assert!(ended.stderr.starts_with("note: there are more; go on with --cursor "), "{}", ended.stderr);
    let rows = csv_rows(&ended.done());
    assert_eq!((rows.len(), rows[0][0].as_str(), rows[1][9].as_str()), (3, "order_number", "L-125"));
    let table = plant.run(&["order", "list", "--customer", "LISTCO"]).done();
    assert_eq!(table.lines().count(), 22, "twenty and two lines of head: {table}");
    assert_eq!(plant.run(&["order", "list", "--customer", "NOBODY"]).done(), "No order matches.\n");
    assert!(plant.run(&["order", "list", "--cursor", "x"]).misused().contains("not a cursor"));
    assert!(plant.run(&["order", "list", "--limit", "0"]).misused().contains("1..=200"));
    assert!(plant.run(&["order", "list", "--phase", "DONE"]).misused().contains("QUALITY_CONTROL"));
}
