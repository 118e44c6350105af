//! The benchmark of the server runs and measures every row; what it measures says nothing here.

use std::time::Duration;

use torvan_bench::{HttpPlan, Server, measure_http};
use torvan_testing::TestDatabase;
use torvan_tests::site::{PASSWORD, Site};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_row_of_the_http_benchmark_is_measured() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let url = site.listen().await;
    let server = Server {
        url,
        process: Some(std::process::id()),
        password: PASSWORD.to_owned(),
        password_hash: site.password_hash().to_owned(),
        hash_time: Duration::from_millis(20),
    };
    let report = measure_http(&db.options(), &server, &HttpPlan::tiny(), |_| {}).await.expect("measured");
    let keys: Vec<&str> = report.rows.iter().map(|row| row.key.as_str()).collect();
    for key in [
        "sign-in",
        "hello",
        "session",
        "orders",
        "order",
        "search",
        "preview",
        "step",
        "configure",
        "generate",
        "crowd",
        "great-crowd",
        "rate",
        "memory",
    ] {
        assert!(keys.contains(&key), "{key} is missing: {keys:?}");
    }
    assert!(report.rows.iter().all(|row| row.value > 0.0), "{:?}", report.rows);
}
