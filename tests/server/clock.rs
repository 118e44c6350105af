//! What the server does by itself: people are told of what happened, and what is due by the clock is done.

use serde_json::json;
use sqlx::AssertSqlSafe;
use torvan_server::by_the_clock;
use torvan_testing::TestDatabase;
use torvan_tests::GrowingOrder;
use torvan_tests::live::{Running, Watching};
use torvan_tests::site::Site;

async fn number(db: &TestDatabase, statement: &str) -> i64 {
    sqlx::query_scalar(AssertSqlSafe(statement.to_owned())).fetch_one(db.pool()).await.expect("a number")
}

async fn run(db: &TestDatabase, statement: &str) {
    sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(db.pool()).await.expect("done");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_has_to_approve_is_told_and_hears_it_at_once() {
    let db = TestDatabase::new().await;
    let order = GrowingOrder::configured(db.pool(), "CLOCK-1").await;
    run(&db, "SELECT process_outbox(100000); SELECT deliver_notifications(100000)").await;
    let site = Site::new(&db).await;
    let running = Running::begin(&site).await;
    let mut manager = site.person("sample.production").await;
    let mut watching = Watching::begin(&manager, running.address, "?types=notification.*", None).await;
    assert_eq!(watching.next().await.expect("a greeting").name, "begin");
    order.steps(db.pool(), "sample.sales", &["SELECT transition_order({order}, 'APPROVAL')::text"]).await;
    let told = watching.next_event().await;
    assert_eq!(
        (&told.data["type"], &told.data["subject_type"]),
        (&json!("notification.made"), &json!("notifications"))
    );
    let own = manager.get("/notifications").await.expect(200).value("items");
    let key = &told.data["subject_id"];
    let found = own.as_array().expect("a list").iter().find(|one| one["notification_id"] == *key);
    let title = found.expect("the notification")["title"].as_str().unwrap_or_default().to_owned();
    assert!(title.contains("waits for approval"), "{title}");
    running.end().await;
}

#[tokio::test]
async fn a_turn_does_what_is_due_and_seals_the_trail_with_a_signature() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let _ = GrowingOrder::configured(db.pool(), "CLOCK-2").await;
    // The first tells people, which the second passes on to their pages.
    by_the_clock::turn(&site.app()).await;
    by_the_clock::turn(&site.app()).await;
    assert_eq!(
        number(&db, "SELECT count(*) FROM outbox_events WHERE processed_at IS NULL OR notified_at IS NULL")
            .await,
        0
    );
    assert_eq!(number(&db, "SELECT count(*) FROM order_summary_deltas").await, 0);
    assert!(number(&db, "SELECT count(*) FROM audit_seals").await > 0, "something is sealed");
    assert_eq!(
        number(&db, "SELECT count(*) FROM audit_seals s WHERE s.audit_seal_id = (SELECT max(audit_seal_id) FROM audit_seals) AND NOT EXISTS (SELECT FROM audit_seal_signatures g WHERE g.audit_seal_id = s.audit_seal_id)").await,
        0,
        "the last seal is signed with the server's key"
    );
    // What is sealed is left behind: each turn looks at what came since.
    for name in ["CLOCK-3", "CLOCK-4"] {
        let _ = GrowingOrder::draft(db.pool(), name).await;
        by_the_clock::turn(&site.app()).await;
    }
    let behind = "SELECT sealed_up_to FROM audit_seal_state";
    assert!(number(&db, behind).await > 0, "rows that were sealed are not looked at again");
}

#[tokio::test]
async fn what_fails_keeps_nothing_else_back() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let _ = GrowingOrder::draft(db.pool(), "CLOCK-5").await;
    run(&db, "CREATE OR REPLACE FUNCTION raise_due_notifications(p_today date DEFAULT NULL) RETURNS integer LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$ BEGIN RAISE EXCEPTION 'broken'; END; $$").await;
    by_the_clock::turn(&site.app()).await;
    assert_eq!(number(&db, "SELECT count(*) FROM order_summary_deltas").await, 0, "counters are folded");
    assert!(number(&db, "SELECT count(*) FROM audit_seals").await > 0, "the trail is sealed");
}
