//! The benchmark of the server runs and measures every row; what it measures says nothing here.

use std::time::Duration;

use torvan_bench::{HttpPlan, Server, measure_http, measure_pages};
use torvan_server::api::endpoint::Method;
use torvan_testing::TestDatabase;
use torvan_tests::site::{PASSWORD, Site};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_row_of_the_http_benchmark_is_measured() {
    let db = TestDatabase::new().await;
    let server = served(&Site::new(&db).await).await;
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_page_that_something_leads_to_is_measured() {
    let db = TestDatabase::new().await;
    let server = served(&Site::new(&db).await).await;
    let routes: Vec<&str> = torvan_server::pages::pages()
        .filter(|page| page.method == Method::Get && !page.path.starts_with("/sign-in"))
        .map(|page| page.path)
        .collect();
    let plan = HttpPlan::tiny();
    let report = measure_pages(&db.options(), &server, &plan, &routes, |_| {}).await.expect("measured");
    let found: Vec<&str> = report.rows.iter().map(|row| row.key.as_str()).collect();
    for route in ["/", "/orders", "/orders/{order_id}", "/builds/{build_id}/configuration", "/users/{login}"]
    {
        assert!(found.contains(&route), "{route} is missing: {found:?}");
    }
    assert!(report.rows.iter().all(|row| row.value > 0.0), "{:?}", report.rows);
}

async fn served(site: &Site) -> Server {
    Server {
        url: site.listen().await,
        process: Some(std::process::id()),
        password: PASSWORD.to_owned(),
        password_hash: site.password_hash().to_owned(),
        hash_time: Duration::from_millis(20),
    }
}
