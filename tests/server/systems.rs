//! Other systems and the hosts on which they may be, by the pages.

use torvan_testing::TestDatabase;
use torvan_tests::site::{PASSWORD, Site};

use crate::assurance::enrolled;
use crate::registers::{hidden, opened, send, text};

#[tokio::test]
async fn another_system_is_added_on_an_allowed_host_and_changed() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let (mut admin, factor) = enrolled(&db, &site, "sample.admin").await;
    let code = factor.code();
    let system = [
        ("once", "a-system"),
        ("system_code", "ERP-2"),
        ("system_kind", "ERP"),
        ("name", "Books of the plant"),
        ("base_url", "https://erp.example/api"),
        ("direction", "OUT"),
        ("event_types", "order.*\r\nbom.approved"),
        ("settings", "{\"plant\": 7}"),
    ];
    let page = text(&send(&mut admin, "//external-systems/new", &system).await.expect(409));
    assert!(page.contains("not allowed") && page.contains("Books of the plant"), "{page}");

    let host = [
        ("once", "a-host"),
        ("url", "https://erp.example"),
        ("may_be_private", "false"),
        ("reason", "the books"),
        ("password", PASSWORD),
        ("code", code.as_str()),
    ];
    let allowed = send(&mut admin, "//allowed-hosts/new", &host).await.expect(303);
    let allowed = opened(&mut admin, &format!("/{}", allowed.header("location"))).await;
    assert!(allowed.contains("erp.example:443") && allowed.contains("the books"), "{allowed}");

    let place = send(&mut admin, "//external-systems/new", &system).await.expect(303);
    assert_eq!(place.header("location"), "/external-systems/ERP-2");
    let record = opened(&mut admin, "//external-systems/ERP-2").await;
    assert!(record.contains("Books of the plant") && record.contains("bom.approved"), "{record}");
    let twice: Vec<(&str, &str)> =
        [("once", "another-system")].into_iter().chain(system[1..].iter().copied()).collect();
    let page = text(&send(&mut admin, "//external-systems/new", &twice).await.expect(409));
    assert!(page.contains("id=\"system_code-error\""), "beside the code: {page}");

    // What somebody else changed meanwhile is told, and not taken back.
    let seen = opened(&mut admin, "//external-systems/ERP-2/edit").await;
    let (once, version) = (hidden(&seen, "once"), hidden(&seen, "version"));
    sqlx::query("UPDATE external_systems SET max_attempts = 9 WHERE system_code = 'ERP-2'")
        .execute(db.pool())
        .await
        .expect("changed");
    let stale = [
        ("once", once.as_str()),
        ("version", version.as_str()),
        ("name", "Mine"),
        ("base_url", "https://erp.example/api"),
        ("direction", "OUT"),
        ("event_types", "order.*\r\nbom.approved"),
        ("settings", "{\"plant\": 7}"),
        ("keeps_order", "true"),
        ("max_attempts", "14"),
    ];
    let page = text(&send(&mut admin, "//external-systems/ERP-2/edit", &stale).await.expect(412));
    assert!(page.contains("value=\"Mine\"") && page.contains(": 9"), "{page}");

    let page = opened(&mut admin, "//external-systems/ERP-2/edit").await;
    assert!(
        page.contains("bom.approved") && page.contains("name=\"settings.name\" value=\"plant\""),
        "{page}"
    );
    let once = hidden(&page, "once");
    let changed = [
        ("once", once.as_str()),
        ("name", "Books"),
        ("base_url", "https://erp.example/api"),
        ("direction", "OUT"),
        ("event_types", "order.*"),
        ("settings", "{\"plant\": 7}"),
        ("keeps_order", "true"),
        ("max_attempts", "5"),
    ];
    let _ = send(&mut admin, "//external-systems/ERP-2/edit", &changed).await.expect(303);
    let kept: String = sqlx::query_scalar(
        "SELECT concat_ws(' ', name, direction, event_types, settings, keeps_order, max_attempts, is_active) FROM external_systems WHERE system_code = 'ERP-2'",
    )
    .fetch_one(db.pool())
    .await
    .expect("a system");
    assert_eq!(kept, "Books OUT {order.*} {\"plant\": 7} t 5 f");
}

#[tokio::test]
async fn credentials_are_given_and_taken_away_and_never_shown_again() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let (mut admin, _factor) = enrolled(&db, &site, "sample.admin").await;
    for statement in [
        "INSERT INTO allowed_hosts (target, reason, allowed_by) SELECT 'erp.example:443', 'the books', user_id FROM users WHERE login = 'sample.admin'",
        "INSERT INTO external_systems (system_code, system_kind, name, base_url) VALUES ('BOOKS', 'ERP', 'Books', 'https://erp.example'), ('HOOK', 'WEBHOOK', 'Hook', 'https://erp.example/hook')",
    ] {
        sqlx::query(statement).execute(db.pool()).await.expect(statement);
    }
    let record = opened(&mut admin, "//external-systems/BOOKS").await;
    assert!(
        record.contains("/external-systems/BOOKS/credentials") && !record.contains("webhook-secret"),
        "{record}"
    );
    assert!(!record.contains("/withdraw-credentials"), "there is nothing to take away: {record}");

    let asked = opened(&mut admin, "//external-systems/BOOKS/credentials").await;
    assert!(asked.contains("type=\"password\"") && asked.contains("value=\"CLIENT\""), "{asked}");
    let given = [("once", "creds-1"), ("scheme", "BASIC"), ("account", "a:b"), ("secret", "open sesame")];
    let page = text(&send(&mut admin, "//external-systems/BOOKS/credentials", &given).await.expect(422));
    assert!(
        page.contains("id=\"account-error\"") && !page.contains("sesame"),
        "beside the field, without the secret: {page}"
    );
    let given = [("once", "creds-2"), ("scheme", "BASIC"), ("account", "torvan"), ("secret", "open sesame")];
    let _ = send(&mut admin, "//external-systems/BOOKS/credentials", &given).await.expect(303);
    let stored = torvan_tests::text(db.pool(), "SELECT credential_scheme || ' ' || has_credentials FROM external_systems WHERE system_code = 'BOOKS'").await;
    assert_eq!(stored, "BASIC true");
    let record = opened(&mut admin, "//external-systems/BOOKS").await;
    assert!(record.contains("User and password") && !record.contains("sesame"), "{record}");
    let asked = opened(&mut admin, "//external-systems/BOOKS/withdraw-credentials").await;
    assert!(asked.contains("name=\"reason\"") && asked.contains("BOOKS"), "{asked}");
    let _ = send(
        &mut admin,
        "//external-systems/BOOKS/withdraw-credentials",
        &[("once", "creds-3"), ("reason", "the contract ended")],
    )
    .await
    .expect(303);
    let stored = torvan_tests::text(db.pool(), "SELECT num_nonnulls(credentials, credential_scheme)::text FROM external_systems WHERE system_code = 'BOOKS'").await;
    assert_eq!(stored, "0");
    let record = opened(&mut admin, "//external-systems/BOOKS").await;
    assert!(
        !record.contains("/withdraw-credentials") && !record.contains("\\x01"),
        "nor is the ciphertext in its history: {record}"
    );

    let record = opened(&mut admin, "//external-systems/HOOK").await;
    assert!(
        record.contains("/external-systems/HOOK/webhook-secret") && !record.contains("HOOK/credentials"),
        "{record}"
    );
    let asked = opened(&mut admin, "//external-systems/HOOK/webhook-secret").await;
    let key = hidden(&asked, "key");
    let sent = [("key", key.as_str()), ("overlap_hours", "24")];
    let made = text(&send(&mut admin, "//external-systems/HOOK/webhook-secret", &sent).await.expect(200));
    assert!(made.contains("whsec_"), "{made}");
    let again = send(&mut admin, "//external-systems/HOOK/webhook-secret", &sent).await.expect(303);
    assert_eq!(again.header("location"), "/external-systems/HOOK", "the same form makes no second one");
    let asked = opened(&mut admin, "//external-systems/HOOK/webhook-secret").await;
    let key = hidden(&asked, "key");
    let wrong = [("key", key.as_str()), ("overlap_hours", "1000")];
    let page = text(&send(&mut admin, "//external-systems/HOOK/webhook-secret", &wrong).await.expect(422));
    assert!(page.contains("1000") && !page.contains("whsec_"), "{page}");
}
