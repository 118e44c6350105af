//! Pages that are open hear of what happens.

use torvan_testing::TestDatabase;
use torvan_tests::GrowingOrder;

use crate::people::serve;

#[tokio::test]
async fn the_bell_rings_on_a_page_that_is_open() {
    let served = serve(TestDatabase::new().await).await;
    let order = GrowingOrder::configured(served.db.pool(), "SINK-BELL").await;
    served.run("SELECT process_outbox(100000); SELECT deliver_notifications(100000); UPDATE notifications SET read_at = now()").await;
    torvan_server::events::begin(&served.site.app());
    let browser = served.browser_of("PRODUCTION_MANAGER").await;
    browser.open("/customers").await;
    assert!(!browser.has(".bell .n").await, "nothing is unread");
    browser.wait_until("return document.documentElement.hasAttribute('data-watching')").await;
    order
        .steps(served.db.pool(), "sample.sales", &["SELECT transition_order({order}, 'APPROVAL')::text"])
        .await;
    browser.wait_until("return document.querySelector('.bell .n') !== null").await;
    let unread = browser.text(".bell .n").await;
    assert_eq!(
        browser.text(".nav-item[href=\"/notifications\"] .n").await,
        unread,
        "the navigation says the same"
    );
    assert!(browser.place().await.ends_with("/customers"), "the page stays where it is");
    browser.is_content().await;
}
