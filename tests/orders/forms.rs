//! The order form: what is accepted, and what is refused with which words.

use torvan_testing::TestDatabase;
use torvan_tests::{GrowingOrder, act, text};

#[tokio::test]
async fn a_wrong_form_is_refused_with_field_and_mend() {
    let db = TestDatabase::new().await;
    let taken = GrowingOrder::draft(db.pool(), "FORM-1").await;
    let make = |arguments: &str| format!("SELECT create_order({arguments})::text");
    let cases = [
        ("'NOBODY', 'PO 1', 'Sam Sales', current_date + 9", "TV004", "NOBODY"),
        ("'STELMO', 'PO 1', 'Sam Sales', site_today()", "TV022", "not in the future"),
        ("'STELMO', 'PO 1', 'Sam Sales', current_date + 9, 'DE'", "TV022", "DE"),
        ("'STELMO', 'P', 'Sam Sales', current_date + 9", "TV022", "three characters"),
        ("'STELMO', 'po form-1', 'Sam Sales', current_date + 9", "TV009", "already"),
        ("'STELMO', 'PO 2', 'Sam Sales', current_date + 9, 'EN', ARRAY['form-1']", "TV009", "FORM-1"),
        ("'STELMO', 'PO 3', 'Sam Sales', current_date + 9, 'EN', ARRAY['A B']", "TV022", "A B"),
        ("'STELMO', 'PO 4', 'Sam Sales', current_date + 9, 'EN', ARRAY['X1', 'x1']", "TV009", "X1"),
    ];
    for (arguments, code, word) in cases {
        let refused = act(db.pool(), "sample.sales", &make(arguments)).await.expect_err(arguments);
        assert_eq!((refused.code.as_str(), refused.message.contains(word)), (code, true), "{refused:?}");
        assert!(!refused.hint.is_empty(), "{refused:?}");
    }
    let orders = text(db.pool(), "SELECT count(*)::text FROM orders").await;
    assert_eq!(orders, "2", "a refused form leaves nothing behind (order {})", taken.order_id);
}

#[tokio::test]
async fn order_numbers_carry_the_year_and_never_repeat() {
    let db = TestDatabase::new().await;
    let drawn = (0..8).map(|_| {
        let pool = db.pool().clone();
        tokio::spawn(async move {
            text(&pool, "SELECT string_agg(generate_order_number(), ' ') FROM generate_series(1, 50)").await
        })
    });
    let mut numbers = Vec::new();
    for task in drawn.collect::<Vec<_>>() {
        numbers.extend(task.await.expect("numbers").split(' ').map(str::to_owned).collect::<Vec<_>>());
    }
    let year = text(db.pool(), "SELECT to_char(now() AT TIME ZONE 'America/Toronto', 'YYYY')").await;
    assert!(
        numbers.iter().all(|number| number.starts_with(&format!("TRV-{year}-")) && number.len() == 15),
        "{numbers:?}"
    );
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), 400);
}

#[tokio::test]
async fn a_cancelled_orders_po_number_is_free_but_its_build_number_is_not() {
    let db = TestDatabase::new().await;
    let order = GrowingOrder::draft(db.pool(), "GONE-1").await;
    order
        .steps(db.pool(), "sample.sales", &["SELECT cancel_order({order}, 'customer withdrew')::text"])
        .await;
    let again = "SELECT create_order('STELMO', 'PO GONE-1', 'Sam Sales', current_date + 9, 'EN', ARRAY['GONE-2'])::text";
    assert!(act(db.pool(), "sample.sales", again).await.is_ok());
    let reused = "SELECT create_order('STELMO', 'PO GONE-3', 'Sam Sales', current_date + 9, 'EN', ARRAY['GONE-1'])::text";
    assert_eq!(act(db.pool(), "sample.sales", reused).await.expect_err("taken").code, "TV009");
}

#[tokio::test]
async fn notes_and_attachments_belong_to_their_order() {
    let db = TestDatabase::new().await;
    let order = GrowingOrder::draft(db.pool(), "NOTE-1").await;
    let other = GrowingOrder::draft(db.pool(), "NOTE-2").await;
    order
        .steps(
            db.pool(),
            "sample.service",
            &["SELECT add_order_note({order}, 'Customer called', {build})::text"],
        )
        .await;
    let foreign =
        format!("SELECT add_order_note({}, 'Wrong place', {})::text", order.order_id, other.build_id);
    assert_eq!(act(db.pool(), "sample.service", &foreign).await.expect_err("foreign").code, "TV022");
    assert_eq!(
        order
            .step(db.pool(), "sample.service", "SELECT add_order_note({order}, '  ')::text")
            .await
            .expect_err("empty")
            .code,
        "TV022"
    );
    assert_eq!(
        order
            .step(db.pool(), "sample.service", "SELECT add_attachment({order}, 'PHOTO', 'a.jpg')::text")
            .await
            .expect_err("role")
            .code,
        "42501"
    );
    for wrong in [
        "'PHOTO', '../etc/passwd'",
        "'SECRET', 'a.jpg'",
        "'PHOTO', 'a.jpg', 'image/jpeg', -1",
        "'PHOTO', 'a.jpg', 'image/jpeg', 1, 'abc'",
    ] {
        let refused = order
            .step(db.pool(), "sample.sales", &format!("SELECT add_attachment({{order}}, {wrong})::text"))
            .await;
        assert_eq!(refused.expect_err(wrong).code, "TV022");
    }
    order
        .steps(db.pool(), "sample.sales", &["SELECT add_attachment({order}, 'photo', 'a.jpg')::text"; 2])
        .await;
    let versions = text(db.pool(), &order.fill("SELECT string_agg(version::text, ',' ORDER BY version) FROM order_attachments WHERE order_id = {order}")).await;
    assert_eq!(versions, "1,2");
}

#[tokio::test]
async fn the_form_can_be_changed_until_it_is_submitted() {
    let db = TestDatabase::new().await;
    let order = GrowingOrder::draft(db.pool(), "EDIT-1").await;
    let change = |changes: &str| format!("SELECT update_order({{order}}, '{changes}')::text");
    let second = [
        "SELECT add_build({order}, 'EDIT-1B')::text",
        &change(r#"{"quantity": 2, "project_name": "East wing"}"#),
    ];
    order.steps(db.pool(), "sample.sales", &second).await;
    order
        .steps(db.pool(), "sample.sales", &["SELECT transition_order({order}, 'CONFIGURATION')::text"])
        .await;
    for (changes, code) in [
        (r#"{"phase": "DELIVERED"}"#, "TV022"),
        (r#"{"want_date": "soon"}"#, "TV022"),
        (r#"{"quantity": 0}"#, "TV022"),
        (r#"{"po_number": "x"}"#, "TV022"),
        (r#"{"language": "DE"}"#, "TV022"),
        (r#"{"po_number": "PO-48817"}"#, "TV009"),
    ] {
        let refused = order.step(db.pool(), "sample.sales", &change(changes)).await.expect_err(changes);
        assert_eq!(refused.code, code, "{refused:?}");
    }
    let submitted = GrowingOrder::submitted(db.pool(), "EDIT-2").await;
    let late = submitted.step(db.pool(), "sample.production", &change(r#"{"language": "FR"}"#)).await;
    assert_eq!(late.expect_err("fixed").code, "TV009");
    submitted.steps(db.pool(), "sample.production", &[&change(r#"{"want_date": "2099-01-31"}"#)]).await;
}

#[tokio::test]
async fn the_language_of_the_order_decides_the_manual() {
    let db = TestDatabase::new().await;
    let order = GrowingOrder::configured(db.pool(), "LANG-1").await;
    order
        .steps(db.pool(), "sample.sales", &["SELECT update_order({order}, '{\"language\": \"FR\"}')::text"])
        .await;
    let stale =
        order.step(db.pool(), "sample.sales", "SELECT transition_order({order}, 'APPROVAL')::text").await;
    assert!(stale.expect_err("made for English").message.contains("language of the order"));
    let again = [
        "SELECT save_configuration(parameters, {build})::text FROM configurations WHERE build_id = {build}",
        "SELECT count(*)::text FROM generate_order_boms({order})",
    ];
    order.steps(db.pool(), "sample.sales", &again).await;
    let manual = "SELECT item_code FROM bom_line_items JOIN builds USING (bom_id) WHERE build_id = {build} AND component_group = 'manual'";
    assert_eq!(text(db.pool(), &order.fill(manual)).await, "T2-STD-MANUAL-FR-KIT");
}

#[tokio::test]
async fn only_who_may_changes_the_catalogue() {
    let db = TestDatabase::new().await;
    let code = "T2-DL27-KIT";
    for statement in [
        format!("SELECT new_assembly_revision('{code}')::text"),
        "SELECT import_catalogue('{}')::text".to_owned(),
    ] {
        let refused = act(db.pool(), "sample.sales", &statement).await.expect_err(&statement);
        assert_eq!(
            (refused.code.as_str(), refused.hint.contains("Administrator")),
            ("42501", true),
            "{refused:?}"
        );
        assert!(act(db.pool(), "sample.admin", &statement).await.is_ok(), "{statement}");
    }
}
