//! Many people at once: exactly one wins, nothing is lost, nothing deadlocks.

use std::time::Duration;
use torvan_testing::TestDatabase;

use sqlx::Connection as _;
use torvan_tests::{GrowingOrder, act, act_on, text};

#[tokio::test]
async fn of_many_who_move_an_order_exactly_one_wins() {
    let db = TestDatabase::new().await;
    let order = GrowingOrder::draft(db.pool(), "RACE-1").await;
    let step = order.fill("SELECT transition_order({order}, 'CONFIGURATION', NULL, 1)::text");
    let tasks = (0..20).map(|_| {
        let (pool, step) = (db.pool().clone(), step.clone());
        tokio::spawn(async move { act(&pool, "sample.sales", &step).await })
    });
    let mut won = 0;
    for task in tasks.collect::<Vec<_>>() {
        match task.await.expect("finished") {
            Ok(_) => won += 1,
            Err(refused) => assert_eq!(refused.code, "TV012", "{refused:?}"),
        }
    }
    assert_eq!(won, 1);
    let kept = text(db.pool(), &order.fill("SELECT row_version || ' ' || (SELECT count(*) FROM order_status_history h WHERE h.order_id = o.order_id) FROM orders o WHERE order_id = {order}")).await;
    assert_eq!(kept, "2 2");
}

#[tokio::test]
async fn chaos_of_steps_keeps_version_and_history_together() {
    let db = TestDatabase::new().await;
    let mut orders = Vec::new();
    for number in 0..6 {
        let order = GrowingOrder::in_production(db.pool(), &format!("CHAOS-{number}")).await;
        // From the middle of the way on, where steps and returns have few guards.
        let place = ["PRODUCTION/EOL_PASSED", "QUALITY_CONTROL/PASSED", "PACKAGING/IN_PACKING"][number % 3];
        order.bring(db.pool(), place).await;
        orders.push(order);
    }
    let tasks = (0..50_usize).map(|worker| {
        let (pool, orders) = (db.pool().clone(), orders.clone());
        tokio::spawn(async move {
            for round in 0..12_usize {
                let order = &orders[(worker * 7 + round * 3) % orders.len()];
                let (login, step) = match (worker + round) % 8 {
                    0 => ("sample.technician", "SELECT transition_order({order}, 'QUALITY_CONTROL')::text"),
                    1 => ("sample.quality", "SELECT transition_build({build}, 'IN_INSPECTION')::text"),
                    2 => ("sample.quality", "SELECT hold_order({order}, 'QUALITY', 'look again')::text"),
                    3 | 4 => ("sample.production", "SELECT resume_order({order}, 'go on')::text"),
                    5 => (
                        "sample.quality",
                        "SELECT transition_build({build}, 'QUALITY_CONTROL', 'damaged')::text",
                    ),
                    6 => (
                        "sample.quality",
                        "SELECT transition_order({order}, 'QUALITY_CONTROL', 'damaged')::text",
                    ),
                    _ => ("sample.quality", "SELECT transition_order({order}, 'PACKAGING')::text"),
                };
                if let Err(refused) = order.step(&pool, login, step).await {
                    let expected = ["TV009", "TV024", "42501"];
                    assert!(expected.contains(&refused.code.as_str()), "{refused:?}");
                }
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.expect("no deadlock, no surprise");
    }
    let broken = text(
        db.pool(),
        "SELECT count(*)::text FROM orders o WHERE o.row_version <> (SELECT count(*) FROM order_status_history h WHERE h.order_id = o.order_id) \
         OR o.phase <> (SELECT h.to_phase FROM order_status_history h WHERE h.order_id = o.order_id ORDER BY h.row_version DESC LIMIT 1)",
    )
    .await;
    assert_eq!(broken, "0");
    let illegal = text(
        db.pool(),
        "SELECT count(*)::text FROM order_status_history h WHERE h.action IN ('ADVANCE', 'RETURN') \
         AND NOT EXISTS (SELECT FROM order_workflow_rules r WHERE (r.from_phase, r.to_phase, r.action) = (h.from_phase, h.to_phase, h.action))",
    )
    .await;
    assert_eq!(illegal, "0", "every step in history is a step of the workflow");
    let moved = text(
        db.pool(),
        "SELECT (count(*) > 20)::text FROM order_status_history WHERE action IN ('HOLD', 'RESUME', 'RETURN')",
    )
    .await;
    assert_eq!(moved, "true", "the crowd did something");
    let builds = text(
        db.pool(),
        "SELECT count(*)::text FROM builds b WHERE b.row_version <> (SELECT count(*) FROM build_status_history h WHERE h.build_id = b.build_id) \
         OR b.phase <> (SELECT h.to_phase FROM build_status_history h WHERE h.build_id = b.build_id ORDER BY h.row_version DESC LIMIT 1)",
    )
    .await;
    assert_eq!(builds, "0", "builds and their history");
    assert_eq!(text(db.pool(), WRONG_IN_SHOP).await, "0", "builds in the shop");
}

/// Builds of which `shop_builds` says something else than they are; it is right afterwards.
const WRONG_IN_SHOP: &str = "SELECT fill_shop_builds()::text";

#[tokio::test]
async fn of_many_who_take_and_return_tasks_the_last_leaves_the_shop_right() {
    let db = TestDatabase::new().await;
    let order = GrowingOrder::in_production(db.pool(), "SHOP-1").await;
    let tasks = order.fill(
        "SELECT string_agg(production_task_id::text, ' ') FROM production_tasks WHERE build_id = {build} AND is_current",
    );
    let tasks: Vec<String> = text(db.pool(), &tasks).await.split(' ').map(str::to_owned).collect();
    for round in 0..4_usize {
        // All but one are somebody's, so that each of two changes at once decides for itself alone.
        let hands = (0..12_usize).map(|hand| {
            let (pool, task) = (db.pool().clone(), tasks[hand % tasks.len()].clone());
            let taker = if (round + hand).is_multiple_of(2) { "'sample.technician'" } else { "NULL" };
            let step = format!("SELECT assign_task({task}, {taker})::text");
            tokio::spawn(async move { act(&pool, "sample.production", &step).await })
        });
        for hand in hands.collect::<Vec<_>>() {
            let outcome = hand.await.expect("finished");
            assert!(
                outcome.as_ref().err().is_none_or(|refused| refused.code.starts_with("TV")),
                "{outcome:?}"
            );
        }
        assert_eq!(text(db.pool(), WRONG_IN_SHOP).await, "0", "round {round}");
    }
}

#[tokio::test]
async fn who_returns_a_task_while_the_last_other_is_taken_leaves_free_work() {
    let db = TestDatabase::new().await;
    let order = GrowingOrder::in_production(db.pool(), "SHOP-2").await;
    let all = "UPDATE production_tasks SET assignee_id = (SELECT user_id FROM users WHERE login = 'sample.technician') WHERE build_id = {build} RETURNING build_id::text";
    text(db.pool(), &order.fill(all)).await;
    let two = order.fill("SELECT string_agg(production_task_id::text, ' ' ORDER BY sequence) FROM (SELECT * FROM production_tasks WHERE build_id = {build} AND is_current ORDER BY sequence LIMIT 2) t");
    let two: Vec<String> = text(db.pool(), &two).await.split(' ').map(str::to_owned).collect();
    let step = |task: usize, taker: &str| format!("SELECT assign_task({}, {taker})::text", two[task]);
    act(db.pool(), "sample.production", &step(0, "NULL")).await.expect("returned");
    let mut connection = db.pool().acquire().await.expect("a connection");
    let mut taking = connection.begin().await.expect("a transaction");
    act_on(&mut taking, "sample.production", &step(0, "'sample.technician'")).await.expect("taken");
    let (pool, returned) = (db.pool().clone(), step(1, "NULL"));
    let returning = tokio::spawn(async move { act(&pool, "sample.production", &returned).await });
    wait_for_a_waiter(&db).await;
    taking.commit().await.expect("committed");
    returning.await.expect("finished").expect("returned");
    let free = order.fill("SELECT has_free_work::text FROM shop_builds WHERE build_id = {build}");
    assert_eq!(text(db.pool(), &free).await, "true");
    assert_eq!(text(db.pool(), WRONG_IN_SHOP).await, "0");
}

#[tokio::test]
async fn a_configuration_that_is_being_changed_holds_the_order_back() {
    let db = TestDatabase::new().await;
    let order = GrowingOrder::configured(db.pool(), "OUTRUN-1").await;
    let mut connection = db.pool().acquire().await.expect("a connection");
    let mut change = connection.begin().await.expect("a transaction");
    let invalid = "SELECT save_configuration(parameters || '{\"length_in\": 121}', {build})::text FROM configurations WHERE build_id = {build}";
    act_on(&mut change, "sample.sales", &order.fill(invalid)).await.expect("saved");
    let submit = order.fill("SELECT transition_order({order}, 'APPROVAL')::text");
    let pool = db.pool().clone();
    let submitting = tokio::spawn(async move { act(&pool, "sample.sales", &submit).await });
    wait_for_a_waiter(&db).await;
    change.commit().await.expect("committed");
    let refused = submitting.await.expect("finished").expect_err("the configuration is invalid now");
    assert_eq!(
        (refused.code.as_str(), refused.message.contains("configurations_valid")),
        ("TV024", true),
        "{refused:?}"
    );
}

async fn wait_for_a_waiter(db: &TestDatabase) {
    let waiting = "SELECT count(*)::text FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    for _ in 0..200 {
        if text(db.pool(), waiting).await != "0" {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("nobody waits for the order");
}

#[tokio::test]
async fn who_saw_an_older_form_changes_nothing() {
    let db = TestDatabase::new().await;
    let order = GrowingOrder::draft(db.pool(), "FORM-9").await;
    let note = |words: &str| format!("SELECT update_order({{order}}, '{{\"notes\": \"{words}\"}}', 1)::text");
    order.steps(db.pool(), "sample.sales", &[&note("first")]).await;
    let refused = order.step(db.pool(), "sample.sales", &note("never saw first")).await;
    assert_eq!(refused.expect_err("stale").code, "TV012");
}

#[tokio::test]
async fn versions_of_a_file_are_counted_one_after_the_other() {
    let db = TestDatabase::new().await;
    let order = GrowingOrder::draft(db.pool(), "FILES-1").await;
    let add = order.fill("SELECT add_attachment({order}, 'PO_DOCUMENT', 'po.pdf')::text");
    let tasks = (0..8).map(|_| {
        let (pool, add) = (db.pool().clone(), add.clone());
        tokio::spawn(async move { act(&pool, "sample.sales", &add).await })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.expect("finished").expect("added");
    }
    let versions = order.fill("SELECT string_agg(version::text, '' ORDER BY version) || ' ' || count(replaces_id) FROM order_attachments WHERE order_id = {order}");
    assert_eq!(text(db.pool(), &versions).await, "12345678 7");
}
