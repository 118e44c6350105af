//! Taking the sample data away again.

use torvan_testing::TestDatabase;
use torvan_tests::{GrowingOrder, act, act_on, bring_order, text};

const LEFT: &str = "SELECT concat_ws(' ', (SELECT count(*) FROM assemblies), (SELECT count(*) FROM parts WHERE NOT is_custom), \
   (SELECT count(*) FROM item_codes c JOIN parts p USING (part_id) WHERE NOT p.is_custom), (SELECT count(*) FROM orders), (SELECT count(*) FROM boms), \
   (SELECT count(*) FROM categories), (SELECT count(*) FROM product_variants), (SELECT count(*) FROM customers), (SELECT count(*) FROM users WHERE is_active))";

#[tokio::test]
async fn nothing_of_it_is_left_where_nobody_used_it() {
    let db = TestDatabase::new().await;
    act(db.pool(), "", "SELECT remove_sample_data()::text").await.expect("removed");
    assert_eq!(text(db.pool(), LEFT).await, "0 0 0 0 0 0 0 0 0");
    act(db.pool(), "", "SELECT remove_sample_data()::text").await.expect("once more changes nothing");
}

#[tokio::test]
async fn what_a_real_order_stands_on_is_kept() {
    let db = TestDatabase::new().await;
    let order = GrowingOrder::submitted(db.pool(), "REAL-1").await;
    let hash = order
        .fill("SELECT content_hash FROM boms JOIN builds USING (bom_id) WHERE builds.build_id = {build}");
    let before = text(db.pool(), &hash).await;
    act(db.pool(), "", "SELECT remove_sample_data()::text").await.expect("removed");
    assert_eq!(text(db.pool(), &hash).await, before);
    let orders =
        text(db.pool(), "SELECT count(*) || ' ' || (SELECT count(*) FROM customers) FROM orders").await;
    assert_eq!(orders, "1 1", "the real order and its customer");
    let again = "SELECT generate_bom(save_configuration(c.parameters))::text FROM configurations c LIMIT 1";
    act(db.pool(), "", again).await.expect("generated");
    let after = text(db.pool(), "SELECT content_hash FROM boms ORDER BY bom_id DESC LIMIT 1").await;
    assert_eq!(after, before, "its items are whole");
    let marked = text(db.pool(), "SELECT count(*)::text FROM assemblies WHERE is_sample").await;
    assert_eq!(marked, "0");
}

#[tokio::test]
async fn people_who_acted_stay_but_can_do_nothing() {
    let db = TestDatabase::new().await;
    let order = GrowingOrder::draft(db.pool(), "REAL-2").await;
    act(db.pool(), "", "SELECT remove_sample_data()::text").await.expect("removed");
    let people = text(
        db.pool(),
        "SELECT string_agg(login || ' ' || is_active, ', ') FROM users WHERE login LIKE 'sample.sales'",
    )
    .await;
    assert_eq!(people, "sample.sales false");
    let refused = order
        .step(db.pool(), "sample.sales", "SELECT transition_order({order}, 'CONFIGURATION')::text")
        .await;
    assert_eq!(refused.expect_err("inactive").code, "TV004");
}

#[tokio::test]
async fn a_sample_order_goes_with_all_its_revisions_and_a_real_one_stays() {
    let db = TestDatabase::new().await;
    let real = GrowingOrder::submitted(db.pool(), "STAY-1").await;
    bring_order(db.pool(), 1, "QUALITY_CONTROL").await;
    let again =
        ["SELECT add_order_note(1, 'looked at')::text", "SELECT add_attachment(1, 'PHOTO', 'a.jpg')::text"];
    real.steps(db.pool(), "sample.production", &again).await;
    let forged = "DELETE FROM order_status_history WHERE order_id = {order}";
    let mut connection = db.pool().acquire().await.expect("a connection");
    act_on(&mut connection, "", "SELECT set_config('torvan.removing_samples', 'on', false)")
        .await
        .expect("set");
    assert_eq!(
        act_on(&mut connection, "", &real.fill(forged)).await.expect_err("real history").code,
        "TV003"
    );
    act_on(&mut connection, "", "SELECT set_config('torvan.removing_samples', '', false)")
        .await
        .expect("reset");
    act(db.pool(), "", "SELECT remove_sample_data()::text").await.expect("removed");
    let left = text(db.pool(), "SELECT string_agg(order_id::text, ',') FROM orders").await;
    assert_eq!(left, real.order_id.to_string());
}

#[tokio::test]
async fn only_the_removal_itself_may_delete_history() {
    let db = TestDatabase::new().await;
    act(db.pool(), "", "SELECT remove_sample_data()::text").await.expect("removed");
    let order = GrowingOrder { order_id: 0, build_id: 0 };
    let kept = order.step(db.pool(), "", "DELETE FROM audit_log").await;
    assert_eq!(kept.expect_err("append-only").code, "TV003");
    let trail = text(db.pool(), "SELECT (count(*) > 0)::text FROM audit_log WHERE table_name = 'order_status_history' AND operation = 'DELETE'").await;
    assert_eq!(trail, "true", "what went left its image");
}
