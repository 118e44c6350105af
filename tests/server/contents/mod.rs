//! Contents of files outside the database: there and back, damaged, unreachable, removed, moved.

mod moving;

use std::time::Duration;

use axum::body::Body;
use axum::http::Request;
use http_body_util::BodyExt as _;
use serde_json::json;
use torvan_server::contents::checking::check;
use torvan_server::contents::removing::{remove_drafts, remove_waiting};
use torvan_server::contents::{Contents, ContentsError, Location, Storage};
use torvan_store::Store;
use torvan_testing::TestDatabase;
use torvan_tests::site::{Client, Site};
use tower::ServiceExt as _;

use crate::elsewhere::Elsewhere;
use crate::files::{order, photograph, png, send, there_and_back};

async fn number(db: &TestDatabase, sql: &'static str) -> i64 {
    sqlx::query_scalar(sql).fetch_one(db.pool()).await.expect("a number")
}

/// Where the contents lie that people sent, in order.
async fn storages(db: &TestDatabase) -> Vec<String> {
    sqlx::query_scalar(
        "SELECT storage FROM document_contents WHERE created_by IS NOT NULL ORDER BY document_content_id",
    )
    .fetch_all(db.pool())
    .await
    .expect("storages")
}

/// The database as its server's role sees it.
async fn store(db: &TestDatabase) -> Store {
    Store::connect(db.server_options(), 4).await.expect("a store")
}

async fn owner(db: &TestDatabase) -> Store {
    Store::from_pool(db.pool().clone())
}

/// Stores and attaches a content; returns the path of the file.
async fn attached(db: &TestDatabase, client: &mut Client, media_type: &str, content: Vec<u8>) -> String {
    let stored = send(client, media_type, content).await.expect(201).value("document_content_id");
    let body = json!({"kind": "OTHER", "file_name": "a.bin", "document_content_id": stored});
    let order = order(db).await;
    let place = client.post(&format!("/orders/{order}/attachments"), body).await.expect(201);
    place.header("location").to_owned()
}

async fn everywhere() -> [Elsewhere; 2] {
    [Elsewhere::folder(), Elsewhere::s3().await]
}

/// What grows, so that every part of it is another.
fn large(bytes: usize) -> Vec<u8> {
    (0..bytes).map(|place| u8::try_from((place / 7 + place / 1_001) % 251).expect("small")).collect()
}

#[tokio::test]
async fn every_type_goes_there_and_back() {
    for place in everywhere().await {
        let db = TestDatabase::new().await;
        let mut client = Site::with(&db, place.settings()).await.person("sample.sales").await;
        let zip = b"PK\x03\x04 and more".to_vec();
        for (media_type, content) in [
            ("application/pdf", b"%PDF-1.7 plan".to_vec()),
            ("image/gif", b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0\x3b".to_vec()),
            ("image/vnd.dwg", b"AC1032 drawing".to_vec()),
            ("application/zip", zip.clone()),
            ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", zip.clone()),
            ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", zip.clone()),
            ("application/vnd.oasis.opendocument.text", zip.clone()),
            ("application/vnd.oasis.opendocument.spreadsheet", zip),
            ("model/step", b"ISO-10303-21;".to_vec()),
            ("text/plain", b"one".to_vec()),
            ("text/csv", "é;2\n".repeat(500_000).into_bytes()),
            ("text/markdown", b"# one".to_vec()),
            ("application/json", b"{}".to_vec()),
            ("application/xml", b"<a/>".to_vec()),
            ("application/octet-stream", vec![0]),
            ("application/octet-stream", large(25 * 1024 * 1024)),
        ] {
            let back = there_and_back(&db, &mut client, media_type, "a.bin", content.clone()).await;
            assert!(back.bytes == content, "{media_type} came back changed");
            assert_eq!(back.header("content-length"), content.len().to_string(), "{media_type}");
        }
        for (media_type, content) in [("image/jpeg", photograph(6)), ("image/png", png())] {
            let back = there_and_back(&db, &mut client, media_type, "a.bin", content).await;
            assert!(!String::from_utf8_lossy(&back.bytes).contains("SECRET"), "{media_type}");
        }
        let storage = place.location().storage().code();
        assert_eq!(storages(&db).await, vec![storage; 18]);
        assert_eq!(number(&db, "SELECT count(*) FROM document_object_removals").await, 0);
        let pieces = number(&db, "SELECT count(*) FROM document_chunks k JOIN document_contents c USING (document_content_id) WHERE c.created_by IS NOT NULL").await;
        assert_eq!(pieces, 0, "nothing of it is in the database");
        place.contents().prove(&store(&db).await).await.expect("all is there");
    }
}

/// Changes the one object that is there.
fn spoil(place: &Elsewhere, how: impl Fn(&mut Vec<u8>)) {
    let objects = place.objects();
    let [object] = objects.as_slice() else { panic!("{objects:?}") };
    let mut bytes = std::fs::read(object).expect("an object");
    how(&mut bytes);
    std::fs::write(object, bytes).expect("spoilt");
}

async fn alerts(db: &TestDatabase) -> i64 {
    number(db, "SELECT coalesce(sum(times_raised), 0)::bigint FROM system_alerts WHERE alert_code = 'document_contents.damaged'").await
}

#[tokio::test]
async fn what_is_damaged_is_not_given_out_and_administrators_are_told() {
    for place in everywhere().await {
        let db = TestDatabase::new().await;
        let site = Site::with(&db, place.settings()).await;
        let mut client = site.person("sample.sales").await;
        let path = attached(&db, &mut client, "application/octet-stream", large(300_000)).await;
        let path = format!("{path}/content");
        let good = client.get(&path).await.expect(200).bytes;
        spoil(&place, |bytes| bytes[150_000] ^= 1);
        let refused = client.get(&path).await.expect(500);
        assert_eq!(refused.value("type"), "/api/docs#content-damaged");
        assert_eq!(alerts(&db).await, 1);
        spoil(&place, |bytes| bytes.truncate(299_999));
        let _ = client.get(&path).await.expect(500);
        std::fs::remove_file(&place.objects()[0]).expect("gone");
        let refused = client.get(&path).await.expect(500);
        assert!(!refused.json().to_string().contains("LOCAL") && !good.is_empty());
        assert_eq!(alerts(&db).await, 3);
        let events = number(&db, "SELECT count(*) FROM outbox_events WHERE event_type = 'system.alert_raised' AND payload ->> 'alert_code' = 'document_contents.damaged'").await;
        assert_eq!(events, 1, "once while it is open");
    }
}

#[tokio::test]
async fn a_large_content_that_is_damaged_breaks_off_before_its_end() {
    for place in everywhere().await {
        let db = TestDatabase::new().await;
        let site = Site::with(&db, place.settings()).await;
        let mut client = site.person("sample.sales").await;
        let content = large(5_000_000);
        let path = attached(&db, &mut client, "application/octet-stream", content.clone()).await;
        // In the last piece: everything before is right.
        spoil(&place, |bytes| bytes[4_999_999] ^= 1);
        let mut request = Request::get(format!("{path}/content"));
        for (name, value) in client.credentials() {
            request = request.header(name, value);
        }
        let router = torvan_server::router(site.app());
        let request = request.body(Body::empty()).expect("a request");
        let response = router.oneshot(request).await.expect("an answer");
        assert_eq!(response.status(), 200);
        let (mut body, mut arrived) = (response.into_body(), 0);
        let is_whole = loop {
            match body.frame().await {
                Some(Ok(frame)) => arrived += frame.data_ref().map_or(0, bytes::Bytes::len),
                Some(Err(_)) => break false,
                None => break true,
            }
        };
        assert!(!is_whole && arrived < content.len(), "{arrived} bytes arrived");
        assert_eq!(alerts(&db).await, 1);
    }
}

#[tokio::test]
async fn what_is_damaged_in_the_database_is_not_given_out_either() {
    let db = TestDatabase::new().await;
    let mut client = Site::new(&db).await.person("sample.sales").await;
    let path = attached(&db, &mut client, "text/plain", b"one".to_vec()).await;
    sqlx::raw_sql("ALTER TABLE document_chunks DISABLE TRIGGER USER; UPDATE document_chunks SET content = 'two'; ALTER TABLE document_chunks ENABLE TRIGGER USER")
        .execute(db.pool())
        .await
        .expect("spoilt");
    let _ = client.get(&format!("{path}/content")).await.expect(500);
    assert_eq!(alerts(&db).await, 1);
}

#[tokio::test]
async fn a_place_that_is_down_is_a_503_and_leaves_nothing_half() {
    for mut place in everywhere().await {
        let db = TestDatabase::new().await;
        let mut client = Site::with(&db, place.settings()).await.person("sample.sales").await;
        let path = attached(&db, &mut client, "text/plain", b"before".to_vec()).await;
        let path = format!("{path}/content");
        place.break_down();
        for refused in [client.get(&path).await, send(&mut client, "text/plain", b"during".to_vec()).await] {
            let refused = refused.expect(503);
            assert_eq!(refused.value("type"), "/api/docs#contents-unavailable");
            assert_eq!(refused.header("retry-after"), "10");
        }
        assert_eq!(storages(&db).await.len(), 1);
        assert_eq!(alerts(&db).await, 0, "the content is not to blame");
        let readiness = client.get("//readyz").await.json();
        assert!(readiness["warnings"].to_string().contains("contents of files"), "{readiness}");
        place.repair().await;
        assert_eq!(client.get(&path).await.expect(200).bytes, b"before");
        let _ = there_and_back(&db, &mut client, "text/plain", "b.txt", b"after".to_vec()).await;
        assert!(!client.get("//readyz").await.json().to_string().contains("contents of files"));
        // What was announced while it was down goes away.
        assert_eq!(number(&db, "SELECT count(*) FROM document_object_removals").await, 1);
        let contents = place.contents();
        let shelf = contents.for_new().expect("a place");
        let removed = remove_waiting(&store(&db).await, shelf, Duration::ZERO).await.expect("removed");
        assert_eq!((removed, number(&db, "SELECT count(*) FROM document_object_removals").await), (1, 0));
        assert_eq!(client.get(&path).await.expect(200).bytes, b"before");
    }
}

#[tokio::test]
async fn what_is_deleted_goes_from_its_place_after_the_wait() {
    for mut place in everywhere().await {
        let db = TestDatabase::new().await;
        let mut client = Site::with(&db, place.settings()).await.person("sample.sales").await;
        let _ = attached(&db, &mut client, "text/plain", b"one".to_vec()).await;
        let gone = attached(&db, &mut client, "text/plain", b"one".to_vec()).await;
        assert_eq!(place.objects().len(), 2, "the same content twice is two objects");
        let key: i64 = gone.rsplit('/').next().and_then(|key| key.parse().ok()).expect("a key");
        sqlx::query("DELETE FROM order_attachments WHERE order_attachment_id = $1")
            .bind(key)
            .execute(db.pool())
            .await
            .expect("deleted");
        let _ = client.get(&format!("{gone}/content")).await.expect(404);
        let (store, contents) = (store(&db).await, place.contents());
        let shelf = contents.for_new().expect("a place");
        let later = remove_waiting(&store, shelf, Duration::from_mins(10)).await.expect("looked");
        assert_eq!((later, place.objects().len()), (0, 2), "who reads it can finish");
        place.break_down();
        assert_eq!(remove_waiting(&store, shelf, Duration::ZERO).await.expect("looked"), 0);
        assert_eq!(
            number(&db, "SELECT count(*) FROM document_object_removals").await,
            1,
            "tried again later"
        );
        place.repair().await;
        assert_eq!(remove_waiting(&store, shelf, Duration::ZERO).await.expect("removed"), 1);
        assert_eq!(
            (place.objects().len(), number(&db, "SELECT count(*) FROM document_object_removals").await),
            (1, 0)
        );
        assert_eq!(remove_waiting(&store, shelf, Duration::ZERO).await.expect("looked"), 0);
    }
}

#[tokio::test]
async fn an_upload_that_was_killed_in_between_leaves_nothing() {
    for place in everywhere().await {
        let db = TestDatabase::new().await;
        let mut client = Site::with(&db, place.settings()).await.person("sample.sales").await;
        let stored = send(&mut client, "text/plain", b"one".to_vec()).await.expect(201);
        // As if the process had ended after the object was written, before its row was.
        sqlx::query("SELECT announce_object(storage, left(object_key, 68) || repeat('0', 32), sha256) FROM document_contents WHERE document_content_id = $1")
            .bind(stored.value("document_content_id").as_i64())
            .execute(db.pool())
            .await
            .expect("announced");
        let key: String = sqlx::query_scalar("SELECT object_key FROM document_object_removals")
            .fetch_one(db.pool())
            .await
            .expect("a key");
        let contents = place.contents();
        let shelf = contents.for_new().expect("a place");
        shelf.put(&key, "one".into()).await.expect("written");
        let owner = owner(&db).await;
        let checked = check(&owner, &contents, |_| ()).await.expect("checked");
        assert_eq!((checked.objects, checked.findings), (2, Vec::new()), "announced is no finding");
        let claimed =
            "SELECT store_content_object('text/plain', 3, 'one', encode(sha256('one'), 'hex'), $1, $2)";
        sqlx::query("UPDATE document_object_removals SET queued_at = queued_at - interval '9 minutes'")
            .execute(db.pool())
            .await
            .expect("late");
        let late = sqlx::query(claimed).bind(shelf.storage().code()).bind(&key).execute(db.pool()).await;
        assert!(late.expect_err("too late").to_string().contains("not stored in time"));
        assert_eq!(
            remove_waiting(&store(&db).await, shelf, Duration::from_mins(9)).await.expect("removed"),
            1
        );
        assert_eq!(place.objects().len(), 1);
        if place.location().storage() == Storage::Local {
            let object = &place.objects()[0];
            let draft =
                object.with_file_name(format!("{}#1", object.file_name().expect("a name").to_string_lossy()));
            std::fs::write(&draft, "on").expect("a draft");
            remove_drafts(shelf, Duration::from_mins(10)).await;
            assert!(draft.exists(), "somebody may be writing it");
            remove_drafts(shelf, Duration::ZERO).await;
            assert!(!draft.exists() && object.exists());
        }
    }
}

#[tokio::test]
async fn a_place_that_cannot_be_used_is_refused_before_anybody_is_served() {
    let mut bucket = Elsewhere::s3().await;
    let db = TestDatabase::new().await;
    let store = store(&db).await;
    let wrong = Contents::open(&[bucket.location()], &bucket.with_wrong_secret()).expect("places");
    let said = wrong.prove(&store).await.expect_err("refused").to_string();
    assert!(said.contains("credentials are refused") && said.contains("mend"), "{said}");
    assert!(!said.contains("AKIA") && !said.contains("another-secret"), "{said}");
    bucket.contents().prove(&store).await.expect("usable");
    assert_eq!(bucket.objects().len(), 0, "the proof leaves nothing");
    let mut client = Site::with(&db, bucket.settings()).await.person("sample.sales").await;
    let _ = attached(&db, &mut client, "text/plain", b"one".to_vec()).await;
    let untold = Contents::default().prove(&store).await.expect_err("not told").to_string();
    assert!(untold.contains("an S3 bucket") && untold.contains("torvan documents move"), "{untold}");
    let elsewhere =
        Contents::open(&["s3://plant/other".parse().expect("a bucket")], bucket.access()).expect("places");
    let said = elsewhere.prove(&store).await.expect_err("another place").to_string();
    assert!(said.contains("s3://plant/other") && said.contains("not mounted"), "{said}");
    bucket.contents().prove(&store).await.expect("the right place");
    bucket.break_down();
    let down = bucket.contents().prove(&store).await.expect_err("down").to_string();
    assert!(down.contains("mend") && !down.contains("AKIA"), "{down}");
    let folder = Elsewhere::folder();
    let location = folder.location();
    let twice = Contents::open(&[location.clone(), location.clone()], folder.access());
    assert!(matches!(twice, Err(ContentsError::Twice)));
    let Location::Folder(path) = location else { panic!("a folder") };
    std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("open");
    let open = Contents::open(&[folder.location()], folder.access()).expect_err("open to others").to_string();
    assert!(open.contains("mode 0755") && open.contains("chmod 700"), "{open}");
    let missing = Contents::open(&["file:///nowhere/at/all".parse().expect("a folder")], folder.access());
    assert!(missing.expect_err("missing").to_string().contains("mkdir -m 700"));
}
