//! The audit trail: every change of every business table, by whom, old and new.

use torvan_testing::TestDatabase;
use torvan_tests::{GrowingOrder, act, text};

#[tokio::test]
async fn every_table_is_audited_or_says_why_not() {
    let db = TestDatabase::bare().await;
    let bare = text(
        db.pool(),
        "SELECT coalesce(string_agg(c.relname, ' '), '') FROM pg_class c \
          WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition \
            AND c.relname NOT IN (SELECT table_name FROM unaudited_tables()) \
            AND (SELECT count(*) FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname LIKE '_800_audit%') <> 4",
    )
    .await;
    assert_eq!(bare, "", "tables without audit triggers");
    let gone = text(db.pool(), "SELECT coalesce(string_agg(table_name, ' '), '') FROM unaudited_tables() WHERE to_regclass('public.' || table_name) IS NULL").await;
    assert_eq!(gone, "", "exceptions for tables that do not exist");
}

#[tokio::test]
async fn a_change_names_person_reason_old_and_new_value() {
    let db = TestDatabase::new().await;
    let order = GrowingOrder::draft(db.pool(), "AUD-1").await;
    order
        .steps(
            db.pool(),
            "sample.admin",
            &["UPDATE orders SET project_name = 'New wing' WHERE order_id = {order}"],
        )
        .await;
    let row = text(
        db.pool(),
        &order.fill(
            "SELECT concat_ws('|', operation, actor, reason, old_values ->> 'project_name', new_values ->> 'project_name', (SELECT count(*) FROM jsonb_object_keys(new_values))) \
               FROM audit_log WHERE table_name = 'orders' AND record_key = '{order}' ORDER BY audit_log_id DESC LIMIT 1",
        ),
    )
    .await;
    assert_eq!(row, "UPDATE|sample.admin|test|New wing|1", "only the changed column, the old value is null");
    act(db.pool(), "", "UPDATE customers SET notes = 'by hand' WHERE customer_code = 'STELMO'")
        .await
        .expect("changed");
    let by_hand = text(
        db.pool(),
        "SELECT actor FROM audit_log WHERE table_name = 'customers' ORDER BY audit_log_id DESC LIMIT 1",
    )
    .await;
    assert_eq!(by_hand, "database:torvan_user");
}

#[tokio::test]
async fn inserts_and_deletes_keep_their_image_and_nothing_is_written_for_no_change() {
    let db = TestDatabase::bare().await;
    act(db.pool(), "", "INSERT INTO units VALUES ('bag', 'Bag', 'COUNT', 1)").await.expect("inserted");
    act(db.pool(), "", "UPDATE units SET name = name WHERE unit_code = 'bag'").await.expect("touched");
    act(db.pool(), "", "DELETE FROM units WHERE unit_code = 'bag'").await.expect("deleted");
    let trail = text(
        db.pool(),
        "SELECT string_agg(operation || ' ' || (coalesce(old_values, new_values) ->> 'name'), ', ' ORDER BY audit_log_id) FROM audit_log WHERE table_name = 'units' AND record_key = 'bag'",
    )
    .await;
    assert_eq!(trail, "INSERT Bag, DELETE Bag");
}

#[tokio::test]
async fn a_generated_bom_leaves_one_digest_and_hand_edits_leave_rows() {
    let db = TestDatabase::new().await;
    let order = GrowingOrder::configured(db.pool(), "DIG-1").await;
    let digest = "SELECT concat_ws(' ', count(*), min(new_values ->> 'lines') = min(b.line_count::text), min(length(new_values ->> 'sha256'))) \
                    FROM audit_log a JOIN boms b ON b.bom_id::text = a.record_key WHERE a.table_name = 'bom_line_items' AND a.operation = 'DIGEST' AND b.build_id = {build}";
    assert_eq!(text(db.pool(), &order.fill(digest)).await, "1 t 64");
    order.steps(db.pool(), "sample.admin", &["UPDATE bom_line_items SET note = 'by hand' FROM builds b WHERE b.bom_id = bom_line_items.bom_id AND b.build_id = {build} AND line_number = 1"]).await;
    let edited = text(
        db.pool(),
        "SELECT new_values::text FROM audit_log WHERE table_name = 'bom_line_items' AND operation = 'UPDATE'",
    )
    .await;
    assert_eq!(edited, r#"{"note": "by hand"}"#);
}

#[tokio::test]
async fn the_trail_is_append_only_and_in_its_month() {
    let db = TestDatabase::new().await;
    for statement in
        ["UPDATE audit_log SET actor = 'nobody'", "DELETE FROM audit_log", "TRUNCATE boms CASCADE"]
    {
        assert_eq!(act(db.pool(), "", statement).await.expect_err(statement).code, "TV003");
    }
    assert_eq!(text(db.pool(), "SELECT count(*)::text FROM audit_log_default").await, "0");
    assert_eq!(
        text(db.pool(), "SELECT ensure_audit_partitions(3)::text").await,
        "0",
        "made by the deployment"
    );
    assert_eq!(text(db.pool(), "SELECT ensure_audit_partitions(5)::text").await, "2");
}

#[tokio::test]
async fn a_refused_change_leaves_no_trace() {
    let db = TestDatabase::new().await;
    let before = text(db.pool(), "SELECT count(*)::text FROM audit_log").await;
    let refused = act(db.pool(), "sample.admin", "UPDATE customers SET name = 'x'").await;
    assert_eq!(refused.expect_err("check").code, "23514");
    assert_eq!(text(db.pool(), "SELECT count(*)::text FROM audit_log").await, before);
}
