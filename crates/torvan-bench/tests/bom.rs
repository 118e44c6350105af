//! The benchmark runs from end to end on a tiny catalogue. What it measures there says nothing, so nothing is said of times.

use torvan_bench::{Plan, Unit, measure_bom};
use torvan_testing::TestDatabase;

#[tokio::test]
async fn every_row_is_measured_and_every_total_is_right() {
    let database = TestDatabase::new().await;
    let mut steps = Vec::new();
    let report =
        measure_bom(&database.options(), &Plan::tiny(), |step| steps.push(step.to_owned())).await.unwrap();

    let keys: Vec<&str> = report.rows.iter().map(|row| row.key.as_str()).collect();
    assert_eq!(
        keys,
        [
            "sink",
            "order",
            "statements",
            "statements-order",
            "preview",
            "preview-largest",
            "middle",
            "large",
            "shared",
            "ladder-25",
            "ladder-40",
            "roll-up",
            "crowd",
            "crowd-latency",
            "crowd-calm",
        ]
    );
    for row in &report.rows {
        assert!(row.value > 0.0, "{} measured nothing", row.key);
        let is_beside_floor =
            ["sink", "order", "middle", "large", "shared", "ladder-25", "ladder-40", "crowd"];
        assert_eq!(row.floor.is_some(), is_beside_floor.contains(&row.key.as_str()), "floor of {}", row.key);
    }
    let statements = report.rows.iter().filter(|row| row.unit == Unit::Statements);
    assert!(statements.clone().count() == 2 && statements.clone().all(|row| row.value <= 5.0));
    assert!(steps.len() > 8, "{steps:?}");
    assert!(report.data.contains("assemblies"), "{}", report.data);
}

#[tokio::test]
async fn without_sample_data_the_mend_is_named() {
    let database = TestDatabase::bare().await;
    let error = measure_bom(&database.options(), &Plan::tiny(), |_| {}).await.unwrap_err();
    assert!(error.to_string().contains("mend: deploy the database with its sample data"), "{error}");
}
