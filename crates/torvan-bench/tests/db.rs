//! The benchmark of the database runs from end to end on very little data. What it measures there says nothing.

use torvan_bench::{DbPlan, measure_db};
use torvan_testing::TestDatabase;

#[tokio::test]
async fn every_row_is_measured() {
    let database = TestDatabase::new().await;
    let superuser = database.superuser_options();
    let report = measure_db(&database.options(), Some(&superuser), &DbPlan::tiny(), |_| {}).await.unwrap();
    let keys: Vec<&str> = report.rows.iter().map(|row| row.key.as_str()).collect();
    for wanted in [
        "generate",
        "refresh",
        "search-number",
        "search-slip",
        "search-crowd",
        "search-rate",
        "rls-list",
        "rls-aggregate",
        "audit-single",
        "audit-bulk",
        "transition",
        "encrypt",
        "decrypt",
        "seal",
    ] {
        assert!(keys.contains(&wanted), "no {wanted} in {keys:?}");
    }
    for row in &report.rows {
        assert!(row.value > 0.0, "{} measured nothing", row.key);
    }
}

#[tokio::test]
async fn without_a_superuser_row_security_is_named_as_missing() {
    let database = TestDatabase::new().await;
    let report = measure_db(&database.options(), None, &DbPlan::tiny(), |_| {}).await.unwrap();
    assert!(report.rows.iter().all(|row| !row.key.starts_with("rls")));
    assert!(
        report.notes.iter().any(|note| note.contains("row security was not measured")),
        "{:?}",
        report.notes
    );
}
