//! The same with several orders: each is told, taken back, and done once, however often the form is sent.

use std::time::Duration;

use sqlx::AssertSqlSafe;
use torvan_server::app::Settings;
use torvan_testing::TestDatabase;
use torvan_tests::GrowingOrder;
use torvan_tests::site::{Client, Reply, Site};

use crate::habits::order;
use crate::office::{Fields, fields_of, filled, page, text};

const PLACE: &str = "/orders/bulk";

async fn draft(db: &TestDatabase, po: &str) -> i64 {
    let mut connection = db.pool().acquire().await.expect("a connection");
    sqlx::raw_sql("BEGIN; SELECT begin_as('sample.sales', 'test')")
        .execute(&mut *connection)
        .await
        .expect("acting");
    let made = sqlx::query_scalar(
        "SELECT create_order('STELMO', $1, 'sample.sales', site_today() + 60, 'EN', ARRAY[$1 || '-1'])",
    )
    .bind(po)
    .fetch_one(&mut *connection)
    .await
    .expect("an order");
    sqlx::raw_sql("COMMIT").execute(&mut *connection).await.expect("done");
    made
}

async fn number(db: &TestDatabase, statement: &str) -> i64 {
    sqlx::query_scalar(AssertSqlSafe(statement.to_owned())).fetch_one(db.pool()).await.expect("a number")
}

/// The form that asks for an act with some orders, with what is typed into it.
async fn asked(client: &mut Client, act: &str, ids: &[i64], typed: &[(&str, &str)]) -> Fields {
    let ids = ids.iter().map(|id| format!("&id={id}")).collect::<Vec<_>>().concat();
    let asked = page(client, &format!("{PLACE}?act={act}{ids}")).await.expect(200);
    let mut fields = fields_of(&asked, "name=\"act\"");
    fields.extend(typed.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    fields
}

async fn sent(client: &mut Client, fields: &Fields) -> Reply {
    filled(client, PLACE, fields).await
}

const UNDO: &str = "name=\"undoes\"";
const DATED: &str = "SELECT count(*) FROM orders WHERE want_date = '2099-03-31'";

#[tokio::test]
async fn each_is_told_and_taken_back_however_often_the_form_was_sent() {
    let db = TestDatabase::new().await;
    let (one, other) = (draft(&db, "PO-BULK-1").await, draft(&db, "PO-BULK-2").await);
    let site = Site::new(&db).await;
    let mut client = site.person("sample.sales").await;
    let made = order(&db).await;
    let fields = asked(&mut client, "want-date", &[one, other, made], &[]).await;
    assert_eq!(fields.iter().filter(|(name, _)| name == "order").count(), 3);
    let refused = sent(&mut client, &fields).await.expect(422);
    assert!(text(&refused).contains("id=\"want_date-error\""), "{}", text(&refused));
    let mut fields = fields;
    fields.push(("want_date".to_owned(), "2099-03-31".to_owned()));
    // The third is approved: it is not for Sales to change it, and the others are changed all the same.
    let done = sent(&mut client, &fields).await.expect(200);
    assert!(text(&done).contains("2 were changed, one was refused."), "{}", text(&done));
    assert_eq!(text(&done).matches("status ok").count(), 2);
    assert_eq!(number(&db, DATED).await, 2);
    let again = sent(&mut client, &fields).await.expect(200);
    assert!(text(&again).contains("2 were changed"), "sent twice, it is done once");
    let changes = format!("SELECT sum(row_version)::bigint FROM orders WHERE order_id IN ({one}, {other})");
    assert_eq!(number(&db, &changes).await, 4);
    let lines = |reply: &Reply| -> Fields {
        fields_of(reply, UNDO).into_iter().filter(|(name, _)| name == "order").collect()
    };
    assert_eq!(lines(&again), lines(&done), "what each had is not what it has now");
    let undo = fields_of(&again, UNDO);
    assert_eq!(lines(&again).len(), 2, "{undo:?}");
    let back = sent(&mut client, &undo).await.expect(200);
    assert!(text(&back).contains("2 were changed"), "{}", text(&back));
    assert_eq!(number(&db, DATED).await, 0, "each has its own date again");
}

#[tokio::test]
async fn what_was_changed_while_a_form_was_mended_is_not_overwritten() {
    let db = TestDatabase::new().await;
    let one = draft(&db, "PO-BULK-1").await;
    let site = Site::new(&db).await;
    let mut client = site.person("sample.sales").await;
    let fields = asked(&mut client, "want-date", &[one], &[]).await;
    let mut other = site.person("sample.admin").await;
    let change = asked(&mut other, "want-date", &[one], &[("want_date", "2050-01-03")]).await;
    assert!(text(&sent(&mut other, &change).await.expect(200)).contains("status ok"));
    let refused = sent(&mut client, &fields).await.expect(422);
    let mut mended = fields_of(&refused, "name=\"act\"");
    assert_eq!(
        mended.iter().filter(|(name, _)| name == "order").collect::<Vec<_>>(),
        fields.iter().filter(|(name, _)| name == "order").collect::<Vec<_>>(),
        "the version that was seen"
    );
    mended.push(("want_date".to_owned(), "2099-03-31".to_owned()));
    let told = sent(&mut client, &mended).await.expect(200);
    assert!(text(&told).contains("status bad"), "{}", text(&told));
    assert_eq!(number(&db, DATED).await, 0);
}

#[tokio::test]
async fn what_the_time_did_not_reach_goes_on_forth_and_back() {
    let db = TestDatabase::new().await;
    let (one, other) = (draft(&db, "PO-BULK-1").await, draft(&db, "PO-BULK-2").await);
    let hurried =
        Site::with(&db, Settings { deadline: Duration::from_secs(12), ..Settings::default() }).await;
    let mut client = hurried.person("sample.sales").await;
    let mut patient = client.at(&Site::new(&db).await);
    let mut fields = asked(&mut client, "want-date", &[one, other], &[("want_date", "2099-03-31")]).await;
    for (wanted, what) in [(2, "forth"), (0, "back")] {
        // Somebody holds the orders for longer than there is time.
        let mut holder = db.pool().begin().await.expect("a transaction");
        sqlx::query("LOCK TABLE orders IN EXCLUSIVE MODE").execute(&mut *holder).await.expect("locked");
        let late = sent(&mut client, &fields).await.expect(200);
        holder.rollback().await.expect("given back");
        assert!(text(&late).contains("status warn"), "{what}: {}", text(&late));
        let mut on = fields_of(&late, "name=\"want_date\"");
        if on.is_empty() {
            on = fields_of(&late, UNDO);
        }
        // Until the database has noticed that the first one was given up.
        let mut done = sent(&mut patient, &on).await.expect(200);
        for _ in 0..50 {
            if text(&done).contains("2 were changed") {
                break;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
            done = sent(&mut patient, &on).await.expect(200);
        }
        assert!(text(&done).contains("2 were changed"), "{what}: {}", text(&done));
        assert_eq!(number(&db, DATED).await, wanted, "{what}");
        fields = fields_of(&done, UNDO);
    }
}

#[tokio::test]
async fn several_orders_are_held_with_one_reason_and_go_on_again() {
    let db = TestDatabase::new().await;
    let one = GrowingOrder::in_production(db.pool(), "HOLD-1").await.order_id;
    let other = GrowingOrder::in_production(db.pool(), "HOLD-2").await.order_id;
    let site = Site::new(&db).await;
    let mut client = site.person("sample.production").await;
    let held = "SELECT count(*) FROM orders WHERE state = 'ON_HOLD'";
    let fields = asked(&mut client, "hold", &[one, other], &[("kind", "PARTS")]).await;
    let refused = sent(&mut client, &fields).await.expect(422);
    assert!(text(&refused).contains("id=\"reason-error\""), "{}", text(&refused));
    assert!(text(&refused).contains("value=\"PARTS\" selected"), "what was chosen is kept");
    assert_eq!(number(&db, held).await, 0);
    let typed = [("kind", "PARTS"), ("reason", "valve plates are late")];
    let fields = asked(&mut client, "hold", &[one, other], &typed).await;
    let done = sent(&mut client, &fields).await.expect(200);
    assert!(text(&done).contains("2 were changed"), "{}", text(&done));
    assert_eq!(number(&db, held).await, 2);
    let reasons = "SELECT count(*) FROM order_status_history WHERE action = 'HOLD' AND reason = 'valve plates are late'";
    assert_eq!(number(&db, reasons).await, 2);
    let again = sent(&mut client, &fields).await.expect(200);
    let back = sent(&mut client, &fields_of(&again, UNDO)).await.expect(200);
    assert!(text(&back).contains("2 were changed"), "{}", text(&back));
    assert_eq!(number(&db, held).await, 0);
    let mut sales = site.person("sample.sales").await;
    let _ = sent(&mut sales, &fields).await.expect(403);
}

#[tokio::test]
async fn all_that_the_list_finds_is_not_only_its_page_and_only_what_one_may() {
    let db = TestDatabase::new().await;
    for number in 0..60 {
        let _ = draft(&db, &format!("PO-ALL-{number:03}")).await;
    }
    let site = Site::new(&db).await;
    let mut client = site.person("sample.sales").await;
    let asked = page(&mut client, "/orders/bulk?act=assign&all=1&phase=DRAFT").await.expect(200);
    assert_eq!(text(&asked).matches("name=\"order\"").count(), 60);
    let _ = page(&mut client, "/orders/bulk?act=hold&all=1").await.expect(403);
    let _ = page(&mut client, "/orders/bulk?act=explode").await.expect(404);
    let list = text(&page(&mut client, "/orders").await.expect(200));
    assert!(list.contains("value=\"assign\"") && !list.contains("name=\"act\" value=\"hold\""), "{list}");
}
