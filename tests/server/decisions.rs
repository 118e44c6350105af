//! Decisions about documents on their pages: approved by a signature of a second person, rejected with a reason, each once.

use sqlx::AssertSqlSafe;
use torvan_testing::TestDatabase;
use torvan_tests::site::{Client, PASSWORD, Site};

use crate::assurance::{Factor, enrolled, minutes_later};
use crate::habits::upload;
use crate::office::{form, hidden, page, text};

async fn read(db: &TestDatabase, statement: &str) -> String {
    torvan_tests::text(db.pool(), statement).await
}

/// A version that waits for its decision; returns the path of its page.
async fn submitted(author: &mut Client, title: &str) -> String {
    let asked = page(author, "/documents/new").await.expect(200);
    let key = hidden(&asked, "key");
    let fields = [
        ("key", key.as_str()),
        ("title", title),
        ("document_kind", "PROCEDURE"),
        ("access_level", "PUBLIC_TO_STAFF"),
        ("language", "EN"),
        ("owner_domain", "QUALITY"),
    ];
    let file = ("hands.txt", "text/plain", title.as_bytes());
    let made = upload(author, "/documents/new", &fields, file).await.expect(303);
    let place = made.header("location").split('?').next().unwrap_or_default().to_owned();
    let shown = page(author, &place).await.expect(200);
    let _ = form(author, &format!("{place}/submit"), &[("key", &hidden(&shown, "key"))]).await.expect(303);
    place
}

#[tokio::test]
async fn a_document_of_an_item_stands_on_its_page_is_renamed_and_withdrawn_by_a_signature() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let (mut client, factor) = signer(&db, &site).await;
    let item = text(&page(&mut client, "/assemblies/T2-BODY-48-60-HA").await.expect(200));
    let way =
        item.split("/documents/new?").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
    let (name, value) = way.split_once('=').expect("the item by its key");
    let asked = page(&mut client, &format!("/documents/new?{way}")).await.expect(200);
    let key = hidden(&asked, "key");
    assert_eq!(hidden(&asked, name), value);
    let fields = [
        ("key", key.as_str()),
        (name, value),
        ("title", "How it is lifted"),
        ("document_kind", "PROCEDURE"),
        ("access_level", "PUBLIC_TO_STAFF"),
        ("language", "EN"),
        ("owner_domain", "QUALITY"),
    ];
    let file = ("lift.txt", "text/plain", b"With two people.".as_slice());
    let _ = upload(&mut client, "/documents/new", &fields, file).await.expect(303);
    let item = text(&page(&mut client, "/assemblies/T2-BODY-48-60-HA").await.expect(200));
    assert!(item.contains("How it is lifted") && item.contains("Draft"), "not in force yet: {item}");

    let place = format!("/documents/{}", read(&db, "SELECT max(document_id)::text FROM documents").await);
    let edit = format!("{place}/edit");
    let asked = page(&mut client, &edit).await.expect(200);
    assert!(text(&asked).contains("value=\"How it is lifted\""), "{}", text(&asked));
    let (once, version) = (hidden(&asked, "once"), hidden(&asked, "version"));
    let changed = |title| {
        [
            ("once", once.as_str()),
            ("version", version.as_str()),
            ("title", title),
            ("access_level", "QUALITY"),
            ("language", "EN"),
            ("owner_domain", "QUALITY"),
            ("reason", "a better name"),
        ]
    };
    let refused = form(&mut client, &edit, &changed(" ")).await.expect(422);
    assert!(text(&refused).contains("a better name"), "{}", text(&refused));
    let _ = form(&mut client, &edit, &changed("How a body is lifted")).await.expect(303);
    let told = "SELECT title || ' ' || access_level || ' ' || state FROM documents ORDER BY document_id DESC LIMIT 1";
    assert_eq!(read(&db, told).await, "How a body is lifted QUALITY ACTIVE");

    let withdraw = format!("{place}/withdraw");
    let asked = page(&mut client, &withdraw).await.expect(200);
    let (once, code) = (hidden(&asked, "once"), factor.code());
    let signed = |password| {
        [("once", once.as_str()), ("reason", "lifts are gone"), ("password", password), ("code", &code)]
    };
    let refused = form(&mut client, &withdraw, &signed("not the password")).await;
    assert!(refused.status.is_client_error(), "{}", refused.status);
    minutes_later(&db).await;
    let _ = form(&mut client, &withdraw, &signed(PASSWORD)).await.expect(303);
    assert_eq!(read(&db, told).await, "How a body is lifted QUALITY WITHDRAWN");
}

async fn signer(db: &TestDatabase, site: &Site) -> (Client, Factor) {
    let seen = "BEGIN; SELECT begin_as('sample.admin', 'test'); SELECT verify_identity('sample.production', 'passport seen') FROM users WHERE login = 'sample.production' AND identity_verified_by IS NULL; COMMIT";
    sqlx::raw_sql(AssertSqlSafe(seen.to_owned())).execute(db.pool()).await.expect("verified");
    enrolled(db, site, "sample.production").await
}

#[tokio::test]
async fn a_version_is_approved_by_a_signature_once_though_its_form_is_sent_twice() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let place = submitted(&mut site.person("sample.quality").await, "Bolts").await;
    let (mut client, factor) = signer(&db, &site).await;
    let way = format!("{place}/approve");
    let state = "SELECT state || ' ' || (SELECT count(*) FROM signatures WHERE record_type = 'document_versions') FROM document_versions ORDER BY document_version_id DESC LIMIT 1";
    let asked = page(&mut client, &way).await.expect(200);
    let said = text(&asked);
    assert!(said.contains("type=\"password\"") && said.contains("class=\"stamp"), "{said}");
    let key = hidden(&asked, "key");
    let code = factor.code();
    let fields =
        |password| [("key", key.as_str()), ("note", "as built"), ("password", password), ("code", &code)];
    let refused = form(&mut client, &way, &fields("not the password")).await;
    assert!(refused.status.is_client_error(), "{}", refused.status);
    let refused = text(&refused);
    assert!(refused.contains("as built") && refused.contains("role=\"alert\""), "{refused}");
    assert_eq!(read(&db, state).await, "IN_REVIEW 0");
    minutes_later(&db).await;
    let done = form(&mut client, &way, &fields(PASSWORD)).await.expect(303);
    assert_eq!(done.header("location"), format!("{place}?done=approved"));
    // The code is used up: the answer is that of the first time.
    let again = form(&mut client, &way, &fields(PASSWORD)).await.expect(303);
    assert_eq!(again.header("location"), done.header("location"));
    assert_eq!(read(&db, state).await, "EFFECTIVE 1");
    // The signature stands on the version and on its document.
    let shown = text(&page(&mut client, &place).await.expect(200));
    assert!(shown.contains("class=\"stamp") && shown.contains("Approved: as built"), "{shown}");
    assert!(shown.contains("<pre class=\"text\""), "a text is shown: {shown}");
    let document = read(&db, "SELECT max(document_id)::text FROM documents").await;
    let shown = text(&page(&mut client, &format!("/documents/{document}")).await.expect(200));
    assert!(shown.contains("Approved: version 1. as built"), "{shown}");
}

#[tokio::test]
async fn a_version_is_rejected_with_a_reason_and_not_by_its_author() {
    let db = TestDatabase::new().await;
    let site = Site::new(&db).await;
    let mut author = site.person("sample.quality").await;
    let place = submitted(&mut author, "Nuts").await;
    let way = format!("{place}/reject");
    let mut client = site.person("sample.production").await;
    let asked = page(&mut client, &way).await.expect(200);
    assert!(!text(&asked).contains("type=\"password\""), "a rejection is not signed");
    let key = hidden(&asked, "key");
    let refused = form(&mut client, &way, &[("key", &key), ("reason", " ")]).await.expect(422);
    assert!(text(&refused).contains("id=\"reason-error\""), "{}", text(&refused));
    let own = form(&mut author, &way, &[("key", &key), ("reason", "a page is missing")]).await;
    assert!(own.status.is_client_error(), "{}", own.status);
    let fields = [("key", key.as_str()), ("reason", "a page is missing")];
    let done = form(&mut client, &way, &fields).await.expect(303);
    assert_eq!(done.header("location"), format!("{place}?done=rejected"));
    let again = form(&mut client, &way, &fields).await.expect(303);
    assert_eq!(again.header("location"), done.header("location"));
    let shown = text(&page(&mut author, &place).await.expect(200));
    assert!(shown.contains("a page is missing"), "{shown}");
}
