//! Ways around the workflow that the database shuts, whatever door they come through.

use torvan_testing::TestDatabase;
use torvan_tests::{GrowingOrder, act, text};

#[tokio::test]
async fn what_people_sign_is_not_written_directly() {
    let db = TestDatabase::new().await;
    let order = GrowingOrder::submitted(db.pool(), "DOOR-1").await;
    let other = GrowingOrder::configured(db.pool(), "DOOR-2").await;
    let cases = [
        ("UPDATE orders SET submitted_by = NULL WHERE order_id = {order}", "TV009"),
        ("UPDATE orders SET approved_by = submitted_by WHERE order_id = {order}", "TV009"),
        ("UPDATE orders SET accessories_reviewed_at = now() WHERE order_id = {order}", "TV009"),
        ("UPDATE orders SET delivered_on = current_date WHERE order_id = {order}", "TV009"),
        ("UPDATE orders SET is_sample = true WHERE order_id = {order}", "TV003"),
        ("UPDATE builds SET state = 'CANCELLED' WHERE build_id = {build}", "TV009"),
        ("UPDATE builds SET order_id = {other} WHERE build_id = {build}", "TV003"),
        (
            "UPDATE builds SET configuration_id = o.configuration_id, bom_id = o.bom_id FROM builds o WHERE o.order_id = {other} AND builds.build_id = {build}",
            "TV009",
        ),
        (
            "INSERT INTO builds (order_id, build_number, phase) VALUES ({order}, 'LATE-1', 'SHIPPING')",
            "TV009",
        ),
        (
            "INSERT INTO builds (order_id, build_number, phase) VALUES ({order}, 'LATE-1', 'APPROVAL')",
            "TV009",
        ),
        (
            "UPDATE boms SET state = 'RELEASED', released_by = 1, released_at = now() WHERE build_id = {build}",
            "TV010",
        ),
        ("UPDATE boms SET decided_by = NULL WHERE build_id = {build}", "TV003"),
        ("DELETE FROM boms WHERE build_id = {build}", "TV003"),
        ("UPDATE order_attachments SET file_name = 'other.pdf' WHERE order_id = {order}", "TV003"),
        (
            "UPDATE order_attachments SET approved_by = 1, approved_at = now() WHERE order_id = {order} AND approved_at IS NULL",
            "TV009",
        ),
        ("DELETE FROM order_attachments WHERE order_id = {order} AND approved_at IS NOT NULL", "TV003"),
        (
            "INSERT INTO rule_sets (family_code, version, state, released_at) VALUES ('ENDOSCOPE', 1, 'RELEASED', now())",
            "TV009",
        ),
        (
            "UPDATE assembly_revisions SET effective_from = '2030-01-01' WHERE assembly_revision_id = 1",
            "TV003",
        ),
        ("TRUNCATE audit_log", "TV003"),
        ("TRUNCATE schema_migrations", "TV003"),
    ];
    for (statement, code) in cases {
        let statement = order.fill(&statement.replace("{other}", &other.order_id.to_string()));
        let refused = act(db.pool(), "", &statement).await.expect_err(&statement);
        assert_eq!(refused.code, code, "{statement}: {refused:?}");
        assert!(!refused.hint.is_empty(), "{statement}");
    }
}

#[tokio::test]
async fn every_partition_of_the_trail_refuses_truncation() {
    let db = TestDatabase::bare().await;
    let parts = text(db.pool(), "SELECT string_agg(inhrelid::regclass::text, ' ') FROM pg_inherits WHERE inhparent = 'audit_log'::regclass").await;
    assert!(parts.split(' ').count() >= 5, "{parts}");
    for part in parts.split(' ') {
        assert_eq!(act(db.pool(), "", &format!("TRUNCATE {part}")).await.expect_err(part).code, "TV003");
    }
}

#[tokio::test]
async fn a_temporary_table_takes_the_place_of_none() {
    let db = TestDatabase::new().await;
    let order = GrowingOrder::configured(db.pool(), "TEMP-1").await;
    let mut connection = db.pool().acquire().await.expect("a connection");
    let forged = [
        "CREATE TEMP TABLE role_permissions AS SELECT role_id, 'order:approve'::text AS permission_code FROM roles",
        "CREATE TEMP TABLE order_workflow_rules AS SELECT r.* FROM public.order_workflow_rules r",
        "CREATE TEMP TABLE boms AS SELECT 1::bigint AS bom_id, 'DRAFT'::text AS state",
    ];
    for statement in forged {
        torvan_tests::act_on(&mut connection, "", statement).await.expect("made");
    }
    torvan_tests::act_on(&mut connection, "", "UPDATE pg_temp.order_workflow_rules SET guards = '{}'")
        .await
        .expect("forged");
    let allowed = torvan_tests::act_on(
        &mut connection,
        "sample.service",
        "SELECT has_permission('order:approve')::text",
    )
    .await;
    assert_eq!(allowed.expect("asked"), "false");
    torvan_tests::act_on(
        &mut connection,
        "",
        &order.fill("UPDATE orders SET accessories_reviewed_at = NULL WHERE order_id = {order}"),
    )
    .await
    .expect("spoiled");
    let step = torvan_tests::act_on(
        &mut connection,
        "sample.sales",
        &order.fill("SELECT transition_order({order}, 'APPROVAL')::text"),
    )
    .await;
    assert_eq!(step.expect_err("guards hold").code, "TV024");
    let lines = torvan_tests::act_on(
        &mut connection,
        "",
        "UPDATE bom_line_items SET quantity_total = 999 WHERE bom_id = 1 AND line_number = 1",
    )
    .await;
    assert_eq!(lines.expect_err("released").code, "TV003");
}

#[tokio::test]
async fn the_last_build_goes_only_with_its_order() {
    let db = TestDatabase::new().await;
    let order = GrowingOrder::draft(db.pool(), "LAST-1").await;
    let refused = order
        .step(db.pool(), "sample.sales", "SELECT cancel_build({build}, 'not wanted')::text")
        .await
        .expect_err("the last");
    assert_eq!((refused.code.as_str(), refused.hint.as_str()), ("TV009", "Cancel the order."));
    order
        .steps(
            db.pool(),
            "sample.sales",
            &[
                "SELECT add_build({order}, 'LAST-2')::text",
                "SELECT cancel_build({build}, 'not wanted')::text",
            ],
        )
        .await;
    let left = text(
        db.pool(),
        &order.fill("SELECT quantity || ' ' || row_version FROM orders WHERE order_id = {order}"),
    )
    .await;
    assert_eq!(left, "1 3", "two changes, each a version");
}

#[tokio::test]
async fn boms_and_configurations_of_yesterday_are_not_used() {
    let db = TestDatabase::new().await;
    let order = GrowingOrder::configured(db.pool(), "OLD-1").await;
    let old = text(
        db.pool(),
        &order.fill("SELECT configuration_id || ' ' || bom_id FROM builds WHERE build_id = {build}"),
    )
    .await;
    let (configuration, bom) = old.split_once(' ').expect("two keys");
    let change = "SELECT save_configuration(parameters || '{\"length_in\": 72}', {build})::text FROM configurations WHERE build_id = {build}";
    order.steps(db.pool(), "sample.sales", &[change]).await;
    for step in
        [format!("SELECT generate_bom({configuration})::text"), format!("SELECT submit_bom({bom})::text")]
    {
        assert_eq!(act(db.pool(), "sample.sales", &step).await.expect_err(&step).code, "TV009");
    }
    let cancelled = GrowingOrder::submitted(db.pool(), "OLD-2").await;
    cancelled
        .steps(db.pool(), "sample.production", &["SELECT cancel_order({order}, 'budget withdrawn')::text"])
        .await;
    let released = cancelled
        .step(
            db.pool(),
            "sample.production",
            "SELECT release_bom(bom_id)::text FROM builds WHERE build_id = {build}",
        )
        .await;
    assert_eq!(released.expect_err("cancelled").code, "TV009");
}

#[tokio::test]
async fn who_submitted_does_not_return_the_order() {
    let db = TestDatabase::new().await;
    let order = GrowingOrder::configured(db.pool(), "OWN-1").await;
    order.steps(db.pool(), "sample.admin", &["SELECT transition_order({order}, 'APPROVAL')::text"]).await;
    let back = "SELECT transition_order({order}, 'CONFIGURATION', 'second thoughts')::text";
    assert_eq!(order.step(db.pool(), "sample.admin", back).await.expect_err("own").code, "TV025");
    order.steps(db.pool(), "sample.production", &[back]).await;
}
