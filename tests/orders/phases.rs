//! Every edge of the 8 × 8 graph for every role, and the other changes of state.

use sqlx::Connection as _;
use torvan_testing::TestDatabase;
use torvan_tests::{GrowingOrder, PHASES, ROLES, act_on, person, text};

/// The steps of workflow.md section 4 and the roles which may take them.
const STEPS: [(&str, &str, &[&str]); 10] = [
    ("DRAFT", "CONFIGURATION", &["ADMINISTRATOR", "SALES_MANAGER"]),
    ("CONFIGURATION", "APPROVAL", &["ADMINISTRATOR", "SALES_MANAGER"]),
    ("APPROVAL", "CONFIGURATION", &["ADMINISTRATOR", "PRODUCTION_MANAGER"]),
    ("APPROVAL", "PRODUCTION", &["ADMINISTRATOR", "PRODUCTION_MANAGER"]),
    ("PRODUCTION", "QUALITY_CONTROL", &["PRODUCTION_MANAGER", "ASSEMBLY_TECHNICIAN"]),
    ("QUALITY_CONTROL", "PACKAGING", &["QC_INSPECTOR"]),
    ("QUALITY_CONTROL", "PRODUCTION", &["QC_INSPECTOR"]),
    ("PACKAGING", "SHIPPING", &["QC_INSPECTOR"]),
    ("PACKAGING", "QUALITY_CONTROL", &["QC_INSPECTOR"]),
    ("SHIPPING", "DELIVERED", &["ADMINISTRATOR", "PRODUCTION_MANAGER", "CUSTOMER_SERVICE"]),
];

/// Puts an order with its builds into a phase past the workflow, as only its owner can while setting up a test.
fn placed(order: i64, phase: &str) -> String {
    format!(
        "WITH allowed AS MATERIALIZED (SELECT set_config('torvan.workflow_step', '{order}', true)) \
         , moved AS (UPDATE builds SET phase = '{phase}', sub_state = (SELECT min(sub_state) FROM build_sub_states s WHERE s.phase = '{phase}') FROM allowed WHERE order_id = {order}) \
         UPDATE orders SET phase = '{phase}' FROM allowed WHERE order_id = {order} RETURNING phase"
    )
}

#[tokio::test]
async fn only_the_steps_of_the_workflow_are_possible_and_only_for_their_roles() {
    let db = TestDatabase::new().await;
    let order = GrowingOrder::draft(db.pool(), "EDGE-1").await;
    let mut connection = db.pool().acquire().await.expect("a connection");
    for from in PHASES {
        for to in PHASES {
            for role in ROLES {
                let mut outer = connection.begin().await.expect("a transaction");
                act_on(&mut outer, "", &placed(order.order_id, from)).await.expect("placed");
                let step =
                    format!("SELECT transition_order({}, '{to}', 'a good reason')::text", order.order_id);
                let outcome = act_on(&mut outer, person(role), &step).await;
                let allowed = STEPS
                    .iter()
                    .find(|(a, b, _)| (*a, *b) == (from, to))
                    .map(|(_, _, roles)| roles.contains(&role));
                // Technicians know only the orders that are in the shop.
                let hidden = role == "ASSEMBLY_TECHNICIAN"
                    && !matches!(from, "PRODUCTION" | "QUALITY_CONTROL" | "PACKAGING");
                match allowed {
                    _ if hidden => assert_eq!(
                        outcome.expect_err("not in sight").code,
                        "TV004",
                        "{from} → {to} as {role}"
                    ),
                    None => assert_eq!(
                        outcome.expect_err("no such step").code,
                        "TV009",
                        "{from} → {to} as {role}"
                    ),
                    Some(false) => assert_eq!(
                        outcome.expect_err("no permission").code,
                        "42501",
                        "{from} → {to} as {role}"
                    ),
                    // A guard may still refuse: the order is not ready, but the person could.
                    Some(true) => assert!(
                        outcome.as_ref().map_or_else(|e| e.code == "TV024", |_| true),
                        "{from} → {to} as {role}: {outcome:?}"
                    ),
                }
                outer.rollback().await.expect("rolled back");
            }
        }
    }
}

#[tokio::test]
async fn an_order_walks_from_draft_to_delivered() {
    let db = TestDatabase::new().await;
    let order = GrowingOrder::in_production(db.pool(), "WALK-1").await;
    let states = text(db.pool(), &order.fill("SELECT string_agg(boms.state, ',') FROM boms JOIN builds USING (build_id) WHERE builds.order_id = {order}")).await;
    assert_eq!(states, "RELEASED", "the BOM is released with the approval of the order");
    order.bring(db.pool(), "SHIPPING").await;
    let refused = order
        .step(db.pool(), "sample.production", "SELECT transition_order({order}, 'DELIVERED')::text")
        .await;
    assert_eq!(refused.expect_err("no shipment yet").code, "TV024");
    order
        .steps(
            db.pool(),
            "sample.production",
            &[
                "SELECT record_shipment({order}, 'Northern Freight', 'NF-1', site_today())::text",
                "SELECT record_delivery({order}, site_today())::text",
                "SELECT transition_order({order}, 'DELIVERED')::text",
            ],
        )
        .await;
    let walked = text(db.pool(), &order.fill("SELECT string_agg(to_phase, ' ' ORDER BY row_version) FROM order_status_history WHERE order_id = {order} AND action <> 'CHANGE'")).await;
    assert_eq!(walked, PHASES.join(" "));
    let build = text(
        db.pool(),
        &order.fill("SELECT phase || ' ' || row_version FROM builds WHERE build_id = {build}"),
    )
    .await;
    assert_eq!(build, "DELIVERED 17", "three steps to PRODUCTION, then one for each step of it");
    let metrics = text(db.pool(), &order.fill("SELECT count(*) || ' ' || count(*) FILTER (WHERE left_at IS NULL) FROM order_metrics WHERE order_id = {order}")).await;
    assert_eq!(metrics, "8 1");
    let told = text(
        db.pool(),
        &order.fill(
            "SELECT count(*)::text FROM outbox_events WHERE subject_type = 'orders' AND subject_id = {order}",
        ),
    )
    .await;
    assert_eq!(told, "10", "one event per step and change, the creation among them");
}

#[tokio::test]
async fn phase_and_history_are_not_written_directly() {
    let db = TestDatabase::new().await;
    let order = GrowingOrder::draft(db.pool(), "RAW-1").await;
    let cases = [
        ("UPDATE orders SET phase = 'PRODUCTION' WHERE order_id = {order}", "TV009"),
        ("UPDATE orders SET state = 'CANCELLED', state_reason = 'x' WHERE order_id = {order}", "TV009"),
        ("UPDATE orders SET row_version = 7 WHERE order_id = {order}", "TV009"),
        ("UPDATE orders SET order_number = 'TRV-1' WHERE order_id = {order}", "TV003"),
        ("UPDATE builds SET phase = 'DELIVERED' WHERE build_id = {build}", "TV009"),
        (
            "INSERT INTO orders (order_number, customer_id, phase) SELECT 'TRV-0', customer_id, 'APPROVAL' FROM customers LIMIT 1",
            "TV009",
        ),
        ("UPDATE order_status_history SET reason = 'better' WHERE order_id = {order}", "TV003"),
        ("DELETE FROM order_status_history WHERE order_id = {order}", "TV003"),
        ("DELETE FROM build_status_history WHERE build_id = {build}", "TV003"),
        ("TRUNCATE orders CASCADE", "TV003"),
    ];
    for (statement, code) in cases {
        let refused = order.step(db.pool(), "sample.admin", statement).await.expect_err(statement);
        assert_eq!(refused.code, code, "{statement}: {refused:?}");
    }
}

#[tokio::test]
async fn a_step_needs_a_person_a_reason_and_the_version_that_was_seen() {
    let db = TestDatabase::new().await;
    let order = GrowingOrder::submitted(db.pool(), "SEEN-1").await;
    let nobody = order
        .step(db.pool(), "", "SELECT transition_order({order}, 'PRODUCTION')::text")
        .await
        .expect_err("nobody");
    assert_eq!(nobody.code, "TV010");
    let silent = order
        .step(db.pool(), "sample.production", "SELECT transition_order({order}, 'CONFIGURATION')::text")
        .await;
    assert_eq!(silent.expect_err("no reason").code, "TV022");
    let stale = order
        .step(db.pool(), "sample.production", "SELECT transition_order({order}, 'PRODUCTION', NULL, 2)::text")
        .await
        .expect_err("stale");
    assert_eq!((stale.code.as_str(), stale.hint.contains("APPROVAL")), ("TV012", true), "{stale:?}");
    let unknown = order
        .step(db.pool(), "sample.production", "SELECT transition_order(987654, 'PRODUCTION')::text")
        .await;
    assert_eq!(unknown.expect_err("unknown").code, "TV004");
    order
        .steps(
            db.pool(),
            "sample.production",
            &["SELECT transition_order({order}, 'PRODUCTION', NULL, 3)::text"],
        )
        .await;
}

#[tokio::test]
async fn nobody_approves_their_own_work_even_with_two_roles() {
    let db = TestDatabase::new().await;
    text(
        db.pool(),
        "INSERT INTO user_roles (user_id, role_id) SELECT u.user_id, r.role_id FROM users u, roles r \
         WHERE u.login = 'sample.sales' AND r.role_code = 'PRODUCTION_MANAGER' RETURNING 'ok'",
    )
    .await;
    let order = GrowingOrder::configured(db.pool(), "SELF-1").await;
    order.steps(db.pool(), "sample.sales", &["SELECT transition_order({order}, 'APPROVAL')::text"]).await;
    let bom = order
        .step(
            db.pool(),
            "sample.sales",
            "SELECT approve_bom(bom_id)::text FROM builds WHERE build_id = {build}",
        )
        .await;
    assert_eq!(bom.expect_err("own BOM").code, "TV025");
    order
        .steps(
            db.pool(),
            "sample.production",
            &["SELECT approve_bom(bom_id)::text FROM builds WHERE build_id = {build}"],
        )
        .await;
    let own =
        order.step(db.pool(), "sample.sales", "SELECT transition_order({order}, 'PRODUCTION')::text").await;
    assert_eq!(own.expect_err("own order").code, "TV025");
}

#[tokio::test]
async fn a_hold_stops_everything_until_it_is_resumed() {
    let db = TestDatabase::new().await;
    let order = GrowingOrder::in_production(db.pool(), "HOLD-1").await;
    assert_eq!(
        order
            .step(db.pool(), "sample.technician", "SELECT hold_order({order}, 'PARTS', 'no pump')::text")
            .await
            .expect_err("role")
            .code,
        "42501"
    );
    assert_eq!(
        order
            .step(db.pool(), "sample.quality", "SELECT hold_order({order}, 'QUALITY', '')::text")
            .await
            .expect_err("reason")
            .code,
        "TV022"
    );
    order
        .steps(
            db.pool(),
            "sample.quality",
            &["SELECT hold_order({order}, 'quality', 'scratched bowl')::text"],
        )
        .await;
    let moved = order
        .step(db.pool(), "sample.technician", "SELECT transition_order({order}, 'QUALITY_CONTROL')::text")
        .await
        .expect_err("held");
    assert_eq!((moved.code.as_str(), moved.hint.contains("scratched bowl")), ("TV009", true), "{moved:?}");
    let blocked =
        text(db.pool(), &order.fill("SELECT blockers #>> '{0,guard}' FROM order_next_actions({order})"))
            .await;
    assert_eq!(blocked, "order_active");
    order.steps(db.pool(), "sample.quality", &["SELECT resume_order({order}, 'bowl replaced')::text"]).await;
    order
        .steps(db.pool(), "sample.production", &["SELECT hold_order({order}, 'PARTS', 'no pump')::text"])
        .await;
    assert_eq!(
        order
            .step(db.pool(), "sample.quality", "SELECT resume_order({order}, 'not mine')::text")
            .await
            .expect_err("not own")
            .code,
        "42501"
    );
    order.steps(db.pool(), "sample.production", &["SELECT resume_order({order}, 'pump came')::text"]).await;
    let left = text(db.pool(), &order.fill("SELECT concat_ws(' ', phase, state, hold_kind, held_by, state_reason) FROM orders WHERE order_id = {order}")).await;
    assert_eq!(left, "PRODUCTION ACTIVE");
    let versions = text(db.pool(), &order.fill("SELECT (o.row_version = count(h.*))::text FROM orders o JOIN order_status_history h USING (order_id) WHERE o.order_id = {order} GROUP BY o.row_version")).await;
    assert_eq!(versions, "true");
}

#[tokio::test]
async fn cancelling_asks_for_the_right_role_and_is_final() {
    let db = TestDatabase::new().await;
    let order = GrowingOrder::submitted(db.pool(), "STOP-1").await;
    assert_eq!(
        order
            .step(db.pool(), "sample.sales", "SELECT cancel_order({order}, 'changed mind')::text")
            .await
            .expect_err("role")
            .code,
        "42501"
    );
    assert_eq!(
        order
            .step(db.pool(), "sample.production", "SELECT cancel_order({order}, ' ')::text")
            .await
            .expect_err("reason")
            .code,
        "TV022"
    );
    order
        .steps(db.pool(), "sample.production", &["SELECT cancel_order({order}, 'budget withdrawn')::text"])
        .await;
    for step in [
        "SELECT cancel_order({order}, 'again')::text",
        "SELECT transition_order({order}, 'PRODUCTION')::text",
        "SELECT resume_order({order}, 'try')::text",
    ] {
        assert_eq!(order.step(db.pool(), "sample.production", step).await.expect_err(step).code, "TV009");
    }
    let builds =
        text(db.pool(), &order.fill("SELECT string_agg(state, ',') FROM builds WHERE order_id = {order}"))
            .await;
    assert_eq!(builds, "CANCELLED");
}

#[tokio::test]
async fn a_returned_order_can_be_changed_and_submitted_again() {
    let db = TestDatabase::new().await;
    let order = GrowingOrder::submitted(db.pool(), "BACK-1").await;
    let changed = "SELECT save_configuration(parameters || '{\"length_in\": 72}', {build})::text FROM configurations WHERE build_id = {build} ORDER BY version DESC LIMIT 1";
    assert_eq!(order.step(db.pool(), "sample.sales", changed).await.expect_err("submitted").code, "TV009");
    order
        .steps(
            db.pool(),
            "sample.production",
            &["SELECT transition_order({order}, 'CONFIGURATION', 'longer sink')::text"],
        )
        .await;
    order.steps(db.pool(), "sample.sales", &[changed]).await;
    let early = order
        .step(db.pool(), "sample.sales", "SELECT transition_order({order}, 'APPROVAL')::text")
        .await
        .expect_err("no BOM");
    assert!(
        early.message.contains("boms_current") && early.message.contains("accessories_reviewed"),
        "{early:?}"
    );
    let again = [
        "SELECT count(*)::text FROM generate_order_boms({order})",
        "SELECT review_accessories({order})::text",
        "SELECT transition_order({order}, 'APPROVAL')::text",
    ];
    order.steps(db.pool(), "sample.sales", &again).await;
    let approve = [
        "SELECT approve_bom(bom_id)::text FROM builds WHERE build_id = {build}",
        "SELECT state_no_outsourcing({build})::text",
        // The drawing that was approved shows the sink as it was before.
        "SELECT approve_attachment(add_attachment({order}, 'SINK_DRAWING', 'longer.pdf', p_build_id => {build}))::text",
        "SELECT transition_order({order}, 'PRODUCTION')::text",
    ];
    order.steps(db.pool(), "sample.production", &approve).await;
    let boms = text(
        db.pool(),
        &order.fill("SELECT string_agg(state, ' ' ORDER BY revision) FROM boms WHERE build_id = {build}"),
    )
    .await;
    assert_eq!(boms, "SUPERSEDED RELEASED");
    let difference = text(db.pool(), &order.fill("SELECT string_agg(change || ' ' || item_code, ', ' ORDER BY change) FROM compare_boms((SELECT bom_id FROM boms WHERE build_id = {build} AND revision = 1), (SELECT bom_id FROM boms WHERE build_id = {build} AND revision = 2)) WHERE parent_code IS NULL")).await;
    assert_eq!(difference, "added T2-BODY-61-72-HA, removed T2-BODY-48-60-HA");
}
