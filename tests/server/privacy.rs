//! What people ask about their data, holds, retention and the quality of data, by the pages.

use serde_json::json;
use torvan_testing::TestDatabase;
use torvan_tests::site::{Client, PASSWORD, Site};

use crate::assurance::{enrolled, minutes_later};
use crate::registers::{hidden, opened, send, text};

async fn a_contact(site: &Site) -> i64 {
    let body = json!({"customer_code": "STELMO", "role": "PURCHASING", "name": "Nora Contact", "email": "nora@stelmo.example"});
    let made = site.person("sample.sales").await.post("/contacts", body).await.expect(201);
    made.value("subject_id").as_i64().expect("a number")
}

/// Opens a form of a record, sends it, and says where it leads.
async fn done(client: &mut Client, path: &str, pairs: &[(&str, &str)]) -> String {
    let page = opened(client, path).await;
    let once = hidden(&page, "once");
    let mut all = vec![("once", once.as_str())];
    all.extend_from_slice(pairs);
    send(client, path, &all).await.expect(303).header("location").to_owned()
}

#[tokio::test]
async fn somebody_asks_for_their_data_and_gets_it_as_a_file() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let subject = a_contact(&site).await.to_string();
    let mut admin = site.person("sample.admin").await;

    let found =
        text(&send(&mut admin, "//privacy/subjects", &[("email", "nora@stelmo.example")]).await.expect(200));
    assert!(
        found.contains("Nora Contact") && found.contains(&format!("/privacy/subjects/{subject}")),
        "{found}"
    );
    let person = opened(&mut admin, &format!("//privacy/subjects/{subject}")).await;
    assert!(person.contains("nora@stelmo.example") && !person.contains(">Contacts</td>"), "{person}");
    let preview = opened(&mut admin, &format!("//privacy/subjects/{subject}?preview=true")).await;
    assert!(
        person.contains("?preview=true") && preview.contains(">Contacts</td>"),
        "when it is asked for: {preview}"
    );
    assert!(person.contains("<td>Search</td>"), "the search before is among the reads: {person}");

    let asked = [("kind", "EXPORT"), ("subject_id", subject.as_str()), ("law", "GDPR")];
    let place = done(&mut admin, "//privacy/requests/new", &asked).await;
    let request = opened(&mut admin, &format!("/{place}")).await;
    assert!(request.contains(&format!("{place}/check-identity")), "{request}");
    assert!(!request.contains(&format!("{place}/export")), "nobody is handed anything before they are known");
    let _ = done(&mut admin, &format!("/{place}/check-identity"), &[("method", "signed letter")]).await;
    let request = opened(&mut admin, &format!("/{place}")).await;
    assert!(
        request.contains(&format!("{place}/export")) && !request.contains(&format!("{place}/erase")),
        "{request}"
    );

    let file = send(&mut admin, &format!("/{place}/export"), &[]).await.expect(200);
    assert!(
        file.header("content-disposition").contains("attachment"),
        "{}",
        file.header("content-disposition")
    );
    assert!(text(&file).contains("nora@stelmo.example"));
    let request = opened(&mut admin, &format!("/{place}")).await;
    assert!(!request.contains(&format!("{place}/export")) && !request.contains("/refuse"), "{request}");
    let again = text(&send(&mut admin, &format!("/{place}/export"), &[]).await.expect(409));
    assert!(!again.contains("nora@stelmo.example"), "handed out once");
}

#[tokio::test]
async fn who_may_not_handle_requests_sees_nobody() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let subject = a_contact(&site).await;
    let mut sales = site.person("sample.sales").await;
    let _ = sales.get("//privacy/subjects").await.expect(403);
    let _ = sales.get(&format!("//privacy/subjects/{subject}")).await.expect(403);
    let _ = send(&mut sales, "//privacy/subjects", &[("email", "nora@stelmo.example")]).await.expect(403);
    let mut admin = site.person("sample.admin").await;
    let _ = admin.get("//privacy/subjects/999999").await.expect(404);
    let _ = admin.get("//privacy/subjects/nobody").await.expect(404);
    let nothing = text(&send(&mut admin, "//privacy/subjects", &[]).await.expect(422));
    assert!(nothing.contains("id=\"email-error\""), "{nothing}");
    let none = text(&send(&mut admin, "//privacy/subjects", &[("email", "x@y.example")]).await.expect(200));
    assert!(none.contains("Nobody with that address"), "{none}");
}

#[tokio::test]
async fn a_hold_is_placed_and_released_with_its_reason_and_a_signature() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let (mut admin, factor) = enrolled(&db, &site, "sample.admin").await;
    let asked = [
        ("once", "a-hold"),
        ("scope_kind", "ORDER"),
        ("scope_code", "TRV-2026-000001"),
        ("reason", "product liability"),
    ];
    let with = |password: &'static str, code: &str| {
        let mut pairs: Vec<(&str, String)> =
            asked.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
        pairs.extend([("password", password.to_owned()), ("code", code.to_owned())]);
        pairs
    };
    let pairs = with("a guess of somebody", &factor.code());
    let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let page = text(&send(&mut admin, "//legal-holds/new", &pairs).await.expect(401));
    assert!(page.contains("id=\"password-error\"") && page.contains("product liability"), "{page}");

    minutes_later(&db).await;
    let pairs = with(PASSWORD, &factor.code());
    let pairs: Vec<(&str, &str)> = pairs.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let place = done(&mut admin, "//legal-holds/new", &pairs).await;
    let hold = opened(&mut admin, &format!("/{place}")).await;
    assert!(
        hold.contains("TRV-2026-000001")
            && hold.contains("product liability")
            && hold.contains(&format!("{place}/release")),
        "{hold}"
    );

    // Somebody else releases it.
    let (mut quality, factor) = enrolled(&db, &site, "sample.quality").await;
    let code = factor.code();
    let proof = [("password", PASSWORD), ("code", code.as_str())];
    let unsaid = [("once", "another-key-of-a-form"), proof[0], proof[1]];
    let unsaid = text(&send(&mut quality, &format!("/{place}/release"), &unsaid).await.expect(422));
    assert!(unsaid.contains("id=\"reason-error\""), "{unsaid}");
    minutes_later(&db).await;
    let _ =
        done(&mut quality, &format!("/{place}/release"), &[("reason", "settled"), proof[0], proof[1]]).await;
    let hold = opened(&mut quality, &format!("/{place}")).await;
    assert!(hold.contains("settled") && !hold.contains(&format!("{place}/release")), "{hold}");
    let signed: i64 = sqlx::query_scalar("SELECT count(*) FROM signatures WHERE record_type = 'legal_holds'")
        .fetch_one(db.pool())
        .await
        .expect("a number");
    assert_eq!(signed, 2);
}

#[tokio::test]
async fn whoever_has_no_second_factor_is_told_so_where_they_sign() {
    let db = TestDatabase::new().await;
    let mut admin = Site::new(&db).await.person("sample.admin").await;
    let pairs = [
        ("once", "a-hold"),
        ("scope_kind", "ORDER"),
        ("scope_code", "TRV-2026-000001"),
        ("reason", "liability"),
        ("password", PASSWORD),
    ];
    let page = text(&send(&mut admin, "//legal-holds/new", &pairs).await.expect(422));
    assert!(page.contains("class=\"notice bad\"") && page.contains("liability"), "{page}");
}

#[tokio::test]
async fn retention_counts_before_it_does() {
    let db = TestDatabase::new().await;
    let mut admin = Site::new(&db).await.person("sample.admin").await;
    let policy = "//retention/policies/1";
    let asked = opened(&mut admin, &format!("{policy}/execute")).await;
    let counts = "name=\"dry_run\" value=\"true\" checked";
    assert!(asked.contains(counts), "whoever saves without a look only counts: {asked}");
    let place = done(&mut admin, &format!("{policy}/execute"), &[("dry_run", "true")]).await;
    assert_eq!(place, "/retention/policies/1");
    let page = opened(&mut admin, policy).await;
    assert!(page.contains("Nothing due"), "{page}");
    let last: String =
        sqlx::query_scalar("SELECT last_status FROM data_retention_policies WHERE policy_id = 1")
            .fetch_one(db.pool())
            .await
            .expect("a status");
    assert_eq!(last, "nothing_due");
}

#[tokio::test]
async fn a_rule_of_the_quality_of_data_is_checked_when_somebody_asks() {
    let db = TestDatabase::new().await;
    let mut admin = Site::new(&db).await.person("sample.admin").await;
    let code = "ITEM_WITHOUT_COST";
    let place = done(&mut admin, "//data-quality/rules/run", &[("rule_code", code)]).await;
    assert_eq!(place, "/data-quality/rules");
    let rule: i64 =
        sqlx::query_scalar("SELECT data_quality_rule_id FROM data_quality_rules WHERE rule_code = $1")
            .bind(code)
            .fetch_one(db.pool())
            .await
            .expect("a rule");
    let page = opened(&mut admin, &format!("//data-quality/rules/{rule}")).await;
    assert!(page.contains("Checks of this rule") && page.contains("Passed"), "{page}");
    let asked: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM data_quality_runs WHERE data_quality_rule_id = $1 AND actor = 'sample.admin'",
    )
    .bind(rule)
    .fetch_one(db.pool())
    .await
    .expect("a number");
    assert_eq!(asked, 1);
    let unknown = [("once", "a-key-of-a-form"), ("rule_code", "NO_SUCH_RULE")];
    let refused = text(&send(&mut admin, "//data-quality/rules/run", &unknown).await.expect(404));
    assert!(refused.contains("NO_SUCH_RULE"), "{refused}");
}
