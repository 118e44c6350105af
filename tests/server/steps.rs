//! Steps of the workflow as pages: what is typed in the reader's language, and what two people change at once.

use torvan_testing::TestDatabase;
use torvan_tests::site::{Client, Site};

use crate::office::{form, hidden, page, text};

/// The form of the step that leaves the drafts.
async fn step(db: &TestDatabase) -> String {
    let key = torvan_tests::text(
        db.pool(),
        "SELECT order_workflow_rule_id::text FROM order_workflow_rules WHERE from_phase = 'DRAFT'",
    )
    .await;
    format!("/workflow-rules/orders/{key}/change")
}

/// What the form of a step holds before somebody types.
async fn begun(client: &mut Client, path: &str) -> [String; 4] {
    let asked = page(client, path).await.expect(200);
    ["key", "version", "seen", "title"].map(|name| match name {
        "title" => titled(&text(&asked)),
        name => hidden(&asked, name),
    })
}

fn titled(page: &str) -> String {
    let rest = page.split("name=\"title\"").nth(1).expect("a title");
    rest.split("value=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("its value").to_owned()
}

#[tokio::test]
async fn hours_are_typed_with_the_sign_of_the_readers_language() {
    let db = TestDatabase::new().await;
    let mut client = Site::new(&db).await.person("sample.admin").await;
    let path = step(&db).await;
    let [key, version, seen, title] = begun(&mut client, &path).await;
    let fields = |hours: &'static str| {
        [
            ("key", key.as_str()),
            ("version", &version),
            ("seen", &seen),
            ("title", &title),
            ("target_hours", hours),
            ("reason", "Half a day"),
        ]
    };
    let refused = text(&form(&mut client, &path, &fields("7,5")).await.expect(422));
    assert!(refused.contains("target_hours-error") && refused.contains("value=\"7,5\""), "{refused}");
    let _ = form(&mut client, "/preferences", &[("language", "fr")]).await.expect(303);
    let _ = form(&mut client, &path, &fields("7,5")).await.expect(303);
    let hours = "SELECT new_values ->> 'target_hours' FROM workflow_rule_changes";
    assert_eq!(torvan_tests::text(db.pool(), hours).await, "7.50");
}

#[tokio::test]
async fn what_somebody_else_changed_meanwhile_is_kept_where_it_was_not_touched() {
    let db = TestDatabase::new().await;
    let mut client = Site::new(&db).await.person("sample.admin").await;
    let path = step(&db).await;
    let [key, version, seen, title] = begun(&mut client, &path).await;
    let meanwhile = "ALTER TABLE order_workflow_rules DISABLE TRIGGER _050_released;
        UPDATE order_workflow_rules SET title = 'Named <meanwhile>', row_version = row_version + 1 WHERE from_phase = 'DRAFT';
        ALTER TABLE order_workflow_rules ENABLE TRIGGER _050_released";
    sqlx::raw_sql(meanwhile).execute(db.pool()).await.expect("another title");
    let mine = [
        ("key", key.as_str()),
        ("version", &version),
        ("seen", &seen),
        ("title", &title),
        ("target_hours", "7.5"),
        ("reason", "Half a day"),
    ];
    let stale = form(&mut client, &path, &mine).await.expect(412);
    let told = text(&stale);
    assert_eq!(titled(&told), "Named &#60;meanwhile&#62;", "what was not touched is as it is now");
    assert!(told.contains("value=\"7.5\"") && told.contains("Half a day"), "what was typed is kept: {told}");
    let again = [
        ("key", &*hidden(&stale, "key")),
        ("version", &*hidden(&stale, "version")),
        ("seen", &*hidden(&stale, "seen")),
        ("title", "Named <meanwhile>"),
        ("target_hours", "7.5"),
        ("reason", "Half a day"),
    ];
    let _ = form(&mut client, &path, &again).await.expect(303);
    let changed = "SELECT (SELECT string_agg(key, ' ' ORDER BY key) FROM jsonb_each(new_values)) FROM workflow_rule_changes";
    assert_eq!(torvan_tests::text(db.pool(), changed).await, "target_hours");
}
