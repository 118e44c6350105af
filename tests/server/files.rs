//! Contents in and out: by what they are, without what photographs tell, and only as files.

use axum::http::Method;
use serde_json::json;
use torvan_testing::TestDatabase;
use torvan_tests::site::{Client, Reply, Site};

use crate::elsewhere::Elsewhere;

/// Makes tests of functions that get the place of contents: once in the database, once in S3.
macro_rules! in_the_database_and_in_s3 {
    ($($name:ident)*) => {
        mod in_the_database {
            $(#[tokio::test]
            async fn $name() {
                super::$name(None).await;
            })*
        }
        mod in_s3 {
            $(#[tokio::test]
            async fn $name() {
                super::$name(Some(crate::elsewhere::Elsewhere::s3().await)).await;
            })*
        }
    };
}
pub(crate) use in_the_database_and_in_s3;

in_the_database_and_in_s3! {
    a_photograph_keeps_its_image_and_its_way_up_and_nothing_else
    a_file_is_given_out_as_a_file_whatever_it_is_called
    what_is_not_what_it_is_said_to_be_is_refused
}

/// A server that keeps contents there, else in the database.
pub(crate) async fn site(db: &TestDatabase, place: Option<&Elsewhere>) -> Site {
    Site::with(db, place.map(Elsewhere::settings).unwrap_or_default()).await
}

/// A photograph as cameras write it: EXIF with a place, a comment, IPTC; then the image, of one block.
pub(crate) fn photograph(orientation: u8) -> Vec<u8> {
    let mut bytes = vec![0xff, 0xd8];
    let mut segment = |marker: u8, content: &[u8]| {
        let length = u16::try_from(content.len() + 2).expect("a short segment");
        bytes.extend_from_slice(&[0xff, marker]);
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(content);
    };
    segment(0xe0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0");
    let mut exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    exif.extend_from_slice(&[orientation, 0, 0, 0, 0, 0, 0]);
    exif.extend_from_slice(b"SECRETPLACE");
    segment(0xe1, &exif);
    segment(0xed, b"Photoshop 3.0\0SECRETOWNER");
    segment(0xfe, b"SECRETCOMMENT");
    segment(0xdb, &[0; 65]);
    segment(0xc0, &[8, 0, 8, 0, 8, 1, 1, 0x11, 0]);
    segment(0xda, &[1, 1, 0, 0, 63, 0]);
    bytes.extend_from_slice(b"IMAGE");
    bytes.extend_from_slice(&[0xff, 0xd9]);
    bytes
}

pub(crate) fn png() -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    for (kind, content) in [
        (b"IHDR", &[0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0][..]),
        (b"tEXt", b"Author\0SECRETOWNER"),
        (b"IDAT", b"x"),
        (b"IEND", b""),
    ] {
        bytes.extend_from_slice(&u32::try_from(content.len()).expect("short").to_be_bytes());
        bytes.extend_from_slice(kind);
        bytes.extend_from_slice(content);
        let sum = crc32(&[kind.as_slice(), content].concat());
        bytes.extend_from_slice(&sum.to_be_bytes());
    }
    bytes
}

/// Check sum of a PNG's chunk, over its kind and content.
pub(crate) fn crc32(bytes: &[u8]) -> u32 {
    let mut sum = !0_u32;
    for byte in bytes {
        sum ^= u32::from(*byte);
        for _ in 0..8 {
            sum = if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 };
        }
    }
    !sum
}

pub(crate) async fn send(client: &mut Client, media_type: &str, content: Vec<u8>) -> Reply {
    client
        .send_bytes(Method::POST, "/document-contents", Some(content), &[("content-type", media_type)])
        .await
}

pub(crate) async fn order(db: &TestDatabase) -> i64 {
    sqlx::query_scalar("SELECT order_id FROM orders WHERE is_sample LIMIT 1")
        .fetch_one(db.pool())
        .await
        .expect("an order")
}

/// Stores a content, attaches it and fetches it again.
pub(crate) async fn there_and_back(
    db: &TestDatabase,
    client: &mut Client,
    media_type: &str,
    name: &str,
    content: Vec<u8>,
) -> Reply {
    let stored = send(client, media_type, content).await.expect(201);
    let attached = json!({"kind": "OTHER", "file_name": name, "document_content_id": stored.value("document_content_id")});
    let order = order(db).await;
    let place = client.post(&format!("/orders/{order}/attachments"), attached).await.expect(201);
    client.get(&format!("{}/content", place.header("location"))).await.expect(200)
}

async fn a_photograph_keeps_its_image_and_its_way_up_and_nothing_else(place: Option<Elsewhere>) {
    let db = TestDatabase::new().await;
    let mut client = site(&db, place.as_ref()).await.person("sample.sales").await;
    for orientation in [1, 6] {
        let back = there_and_back(&db, &mut client, "image/jpeg", "sink.jpg", photograph(orientation)).await;
        let text = String::from_utf8_lossy(&back.bytes).into_owned();
        assert!(!text.contains("SECRET"), "{text:?}");
        assert!(text.contains("IMAGE") && text.contains("JFIF"), "{text:?}");
        assert_eq!(
            text.contains("Exif"),
            orientation != 1,
            "only a turned photograph says which way up it is"
        );
    }
    let back = there_and_back(&db, &mut client, "image/png", "plate.png", png()).await;
    let text = String::from_utf8_lossy(&back.bytes).into_owned();
    assert!(text.contains("IDAT") && !text.contains("SECRET"), "{text:?}");
}

async fn a_file_is_given_out_as_a_file_whatever_it_is_called(place: Option<Elsewhere>) {
    let db = TestDatabase::new().await;
    let mut client = site(&db, place.as_ref()).await.person("sample.sales").await;
    let content = b"%PDF-1.7\n<script>alert(1)</script>".to_vec();
    let back = there_and_back(&db, &mut client, "application/pdf", "Plan é 2.pdf", content.clone()).await;
    assert_eq!(back.bytes, content);
    assert_eq!(back.header("content-type"), "application/pdf");
    assert_eq!(back.header("x-content-type-options"), "nosniff");
    assert!(back.header("content-security-policy").contains("sandbox"));
    let disposition = back.header("content-disposition");
    assert!(
        disposition.starts_with("attachment; ")
            && disposition.contains("filename*=UTF-8''Plan%20%C3%A9%202.pdf"),
        "{disposition}"
    );
    for (bad, status) in [
        ("/order-attachments/999999999/content", 404),
        ("/order-attachments/x/content", 422),
        ("/document-versions/999999999/content", 404),
    ] {
        let _ = client.get(bad).await.expect(status);
    }
}

async fn what_is_not_what_it_is_said_to_be_is_refused(place: Option<Elsewhere>) {
    let db = TestDatabase::new().await;
    let site = site(&db, place.as_ref()).await;
    let mut client = site.person("sample.sales").await;
    for (media_type, content, status) in [
        ("application/pdf", b"GIF89a".to_vec(), 422),
        ("image/jpeg", b"\xff\xd8\xff\xff\xff".to_vec(), 422),
        ("image/png", b"%PDF-1.7".to_vec(), 422),
        ("text/html", b"<html>".to_vec(), 422),
        ("image/svg+xml", b"<svg/>".to_vec(), 422),
        ("text/plain", b"a\0b".to_vec(), 422),
        ("", b"%PDF-1.7".to_vec(), 415),
        ("application/pdf", Vec::new(), 422),
        ("application/octet-stream", photograph(1), 422),
        ("application/pdf", [b"%PDF-1.7".to_vec(), vec![0; 25 * 1024 * 1024]].concat(), 413),
    ] {
        let reply = send(&mut client, media_type, content).await;
        assert_eq!(reply.status, status, "{media_type}: {}", String::from_utf8_lossy(&reply.bytes));
    }
    let large = vec![0; 25 * 1024 * 1024 + 1];
    let reply = send(&mut site.stranger(), "application/pdf", large).await;
    assert_eq!(reply.status, 401, "who is not signed in is not read to the end");
    let stored: i64 =
        sqlx::query_scalar("SELECT count(*) FROM document_contents WHERE created_by IS NOT NULL")
            .fetch_one(db.pool())
            .await
            .expect("a number");
    assert_eq!(stored, 0);
}
