//! Every guard fails alone: an order that is ready but for one thing.

use torvan_testing::TestDatabase;
use torvan_tests::{GrowingOrder, act, text};

/// What spoils an order, who advances it where, and the guard which must then be the only one to refuse.
struct Spoiled {
    guard: &'static str,
    to: &'static str,
    by: &'static str,
    spoil: &'static str,
}

const DRAFTS: [Spoiled; 6] = [
    Spoiled {
        guard: "customer_active",
        to: "CONFIGURATION",
        by: "sample.sales",
        spoil: "UPDATE customers SET is_active = false WHERE customer_code = 'STELMO'",
    },
    Spoiled {
        guard: "po_number_given",
        to: "CONFIGURATION",
        by: "sample.sales",
        spoil: "UPDATE orders SET po_number = NULL WHERE order_id = {order}",
    },
    Spoiled {
        guard: "sales_person_named",
        to: "CONFIGURATION",
        by: "sample.sales",
        spoil: "UPDATE orders SET sales_person = NULL WHERE order_id = {order}",
    },
    Spoiled {
        guard: "want_date_ahead",
        to: "CONFIGURATION",
        by: "sample.sales",
        spoil: "UPDATE orders SET want_date = site_today() WHERE order_id = {order}",
    },
    Spoiled {
        guard: "family_released",
        to: "CONFIGURATION",
        by: "sample.sales",
        spoil: "UPDATE orders SET family_code = 'ENDOSCOPE' WHERE order_id = {order}",
    },
    Spoiled {
        guard: "builds_numbered",
        to: "CONFIGURATION",
        by: "sample.sales",
        spoil: "UPDATE orders SET quantity = 2 WHERE order_id = {order}",
    },
];

const CONFIGURED: [Spoiled; 4] = [
    Spoiled {
        guard: "boms_current",
        to: "APPROVAL",
        by: "sample.sales",
        spoil: "UPDATE builds SET bom_id = NULL WHERE build_id = {build}",
    },
    Spoiled {
        guard: "boms_resolved",
        to: "APPROVAL",
        by: "sample.sales",
        spoil: "DO $$ BEGIN ALTER TABLE boms DISABLE TRIGGER USER; UPDATE boms SET unresolved_count = 1 WHERE build_id = {build}; ALTER TABLE boms ENABLE TRIGGER USER; END $$",
    },
    Spoiled {
        guard: "po_document_attached",
        to: "APPROVAL",
        by: "sample.sales",
        spoil: "DELETE FROM order_attachments WHERE order_id = {order}",
    },
    Spoiled {
        guard: "accessories_reviewed",
        to: "APPROVAL",
        by: "sample.sales",
        spoil: "UPDATE orders SET accessories_reviewed_at = NULL WHERE order_id = {order}",
    },
];

const SUBMITTED: [Spoiled; 2] = [
    Spoiled {
        guard: "drawings_approved",
        to: "PRODUCTION",
        by: "sample.production",
        spoil: "SELECT add_attachment({order}, 'SINK_DRAWING', 'sink.pdf', p_build_id => {build})::text",
    },
    Spoiled {
        guard: "boms_current",
        to: "PRODUCTION",
        by: "sample.production",
        spoil: "UPDATE builds SET configuration_id = NULL, bom_id = NULL WHERE build_id = {build}",
    },
];

async fn only_this_guard_fails(db: &TestDatabase, order: &GrowingOrder, case: &Spoiled) {
    order.steps(db.pool(), "", &[case.spoil]).await;
    let listed = order.fill("SELECT string_agg(b ->> 'guard', ',') FROM order_next_actions({order}) n, jsonb_array_elements(n.blockers) b WHERE n.action = 'ADVANCE'");
    let failing = text(db.pool(), &listed).await;
    assert!(failing.split(',').any(|guard| guard == case.guard), "{}: only {failing}", case.guard);
    let step = format!("SELECT transition_order({{order}}, '{}')::text", case.to);
    let refused = order.step(db.pool(), case.by, &step).await.expect_err(case.guard);
    assert_eq!((refused.code.as_str(), refused.message.contains(case.guard)), ("TV024", true), "{refused:?}");
}

#[tokio::test]
async fn guards_of_the_order_form() {
    for (number, case) in DRAFTS.iter().enumerate() {
        let db = TestDatabase::new().await;
        let order = GrowingOrder::draft(db.pool(), &format!("GD-{number}")).await;
        only_this_guard_fails(&db, &order, case).await;
    }
}

#[tokio::test]
async fn guards_of_submission() {
    let db = TestDatabase::new().await;
    for (number, case) in CONFIGURED.iter().enumerate() {
        let order = GrowingOrder::configured(db.pool(), &format!("GC-{number}")).await;
        only_this_guard_fails(&db, &order, case).await;
    }
}

#[tokio::test]
async fn guards_of_approval() {
    let db = TestDatabase::new().await;
    for (number, case) in SUBMITTED.iter().enumerate() {
        let order = GrowingOrder::submitted(db.pool(), &format!("GS-{number}")).await;
        only_this_guard_fails(&db, &order, case).await;
    }
}

#[tokio::test]
async fn an_invalid_configuration_is_saved_but_not_submitted() {
    let db = TestDatabase::new().await;
    let order = GrowingOrder::configured(db.pool(), "BAD-1").await;
    let invalid = "SELECT save_configuration(parameters - 'feet', {build})::text FROM configurations WHERE build_id = {build}";
    order.steps(db.pool(), "sample.sales", &[invalid]).await;
    let generated = order
        .step(db.pool(), "sample.sales", "SELECT count(*)::text FROM generate_order_boms({order})")
        .await
        .expect_err("invalid");
    assert_eq!(
        (generated.code.as_str(), generated.message.contains("/feet")),
        ("TV023", true),
        "{generated:?}"
    );
    let refused = order
        .step(db.pool(), "sample.sales", "SELECT transition_order({order}, 'APPROVAL')::text")
        .await
        .expect_err("invalid");
    assert!(refused.message.contains("configurations_valid"), "{refused:?}");
}

#[tokio::test]
async fn boms_must_be_approved_and_custom_parts_drawn() {
    let db = TestDatabase::new().await;
    let order = GrowingOrder::draft(db.pool(), "CUST-1").await;
    let custom = r#"SELECT save_configuration('{"model": "T2-B1", "width_in": 30, "length_in": 60, "leg_model": "DL27", "leg_adjustment": "FIXED_HEIGHT",
      "feet": "SEISMIC_FEET", "workflow_direction": "LEFT_TO_RIGHT", "basins": [{"type": "E_DRAIN", "size": "CUSTOM", "custom_width_in": 33, "custom_length_in": 21, "custom_depth_in": 7}]}', {build})::text"#;
    let sales = [
        "SELECT transition_order({order}, 'CONFIGURATION')::text",
        custom,
        "SELECT count(*)::text FROM generate_order_boms({order})",
        "SELECT add_attachment({order}, 'PO_DOCUMENT', 'po.pdf')::text",
        "SELECT review_accessories({order})::text",
        "SELECT transition_order({order}, 'APPROVAL')::text",
    ];
    order.steps(db.pool(), "sample.sales", &sales).await;
    let production = "SELECT transition_order({order}, 'PRODUCTION')::text";
    let refused = order.step(db.pool(), "sample.production", production).await.expect_err("nothing approved");
    for guard in ["boms_approved", "drawings_approved", "custom_parts_drawn"] {
        assert!(refused.message.contains(guard), "{guard}: {refused:?}");
    }
    let approvals = [
        "SELECT approve_bom(bom_id)::text FROM builds WHERE build_id = {build}",
        "SELECT approve_attachment(add_attachment({order}, 'SINK_DRAWING', 'sink.pdf', p_build_id => {build}))::text",
        "SELECT state_no_outsourcing({build})::text",
    ];
    order.steps(db.pool(), "sample.production", &approvals).await;
    let undrawn = order.step(db.pool(), "sample.production", production).await.expect_err("not drawn");
    assert!(
        undrawn.message.contains("custom_parts_drawn") && !undrawn.message.contains("boms_approved"),
        "{undrawn:?}"
    );
    let draw = "SELECT attach_custom_part_drawing(custom_number, 'D-1')::text FROM custom_parts_registry WHERE specification_code = 'T2-ADW-BASIN33X21X7'";
    order.steps(db.pool(), "sample.production", &[draw, production]).await;
}

#[tokio::test]
async fn every_guard_is_a_function_and_belongs_to_a_step() {
    let db = TestDatabase::bare().await;
    let unbound = text(
        db.pool(),
        "SELECT coalesce(string_agg(g.guard_code, ' ' ORDER BY g.guard_code), '') FROM workflow_guards g \
          WHERE to_regprocedure('guard_' || g.guard_code || '(bigint)') IS NULL AND to_regprocedure('build_guard_' || g.guard_code || '(bigint)') IS NULL \
             OR g.guard_code NOT IN (SELECT unnest(guards) FROM order_workflow_rules UNION SELECT unnest(guards) FROM build_workflow_rules)",
    )
    .await;
    assert_eq!(unbound, "", "guards without a function or without a step");
    let unknown = text(
        db.pool(),
        "SELECT count(*)::text FROM (SELECT unnest(guards) AS g FROM order_workflow_rules UNION SELECT unnest(guards) FROM build_workflow_rules) s \
          WHERE g NOT IN (SELECT guard_code FROM workflow_guards)",
    )
    .await;
    assert_eq!(unknown, "0");
}

#[tokio::test]
async fn a_guard_that_is_not_there_holds_everything_back() {
    let db = TestDatabase::new().await;
    let order = GrowingOrder::submitted(db.pool(), "GONE-1").await;
    act(db.pool(), "", "DROP FUNCTION build_guard_outsourcing_stated(bigint)").await.expect("dropped");
    let step = order
        .step(db.pool(), "sample.production", "SELECT transition_order({order}, 'PRODUCTION')::text")
        .await;
    assert!(step.expect_err("no guard").message.contains("has no function: deploy again"));
}
