//! What people and programs with bad intent send as files: each is stored under a safe name and given out as a file, or refused
//! with words; none of it makes the server fail.

use std::net::SocketAddr;

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use torvan_server::contents::checking::check;
use torvan_server::incoming::SESSION_COOKIE;
use torvan_store::Store;
use torvan_testing::TestDatabase;
use torvan_tests::site::Client;

use crate::elsewhere::Elsewhere;
use crate::files::{in_the_database_and_in_s3, order, photograph, png, send, site, there_and_back};

in_the_database_and_in_s3! {
    names_that_mean_something_to_a_file_system_are_refused
    what_hides_behind_an_image_is_cut_off
    images_whose_metadata_cannot_be_taken_out_are_refused_whatever_they_are_called
    what_a_browser_would_run_and_what_would_grow_is_kept_as_it_is_and_never_opened
    an_image_that_claims_to_be_huge_is_not_unpacked
    many_at_once_are_each_stored_whole
    an_upload_that_is_cut_or_lies_of_its_length_leaves_nothing
    a_large_file_comes_whole_while_slow_ones_are_on_their_way
}

const GIF_HEAD: &[u8] = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff";
const GIF_PICTURE: &[u8] = b"\x2c\0\0\0\0\x01\0\x01\0\0\x02\x02\x44\x01\0";

async fn stored(db: &TestDatabase) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM document_contents WHERE created_by IS NOT NULL")
        .fetch_one(db.pool())
        .await
        .expect("a number")
}

async fn names_that_mean_something_to_a_file_system_are_refused(place: Option<Elsewhere>) {
    let db = TestDatabase::new().await;
    let mut client = site(&db, place.as_ref()).await.person("sample.sales").await;
    let content = send(&mut client, "text/plain", b"x".to_vec()).await.expect(201);
    let content = content.value("document_content_id");
    let place = format!("/orders/{}/attachments", order(&db).await);
    let long = "x".repeat(300);
    for name in [
        "../../etc/passwd",
        "..\\..\\boot.ini",
        "/etc/passwd",
        "C:\\x.txt",
        "a\0b.txt",
        "a\nb.txt",
        "a\u{1b}[2Jb",
        "photo\u{202e}gpj.exe",
        "\u{200b}a.txt",
        "a\u{2066}b",
        "CON",
        "nul.txt",
        "LPT1.pdf",
        "COM9",
        ".htaccess",
        "..",
        ".",
        "",
        "a.",
        "a|b",
        "a?b",
        "a:stream",
        &long,
    ] {
        let body = json!({"kind": "OTHER", "file_name": name, "document_content_id": content});
        let reply = client.post(&place, body).await;
        assert!([400, 422].contains(&reply.status.as_u16()), "{name:?}: {}", reply.json());
        assert_eq!(reply.header("content-type"), "application/problem+json");
    }
    // Spaces around a name are nobody's wish.
    let body = json!({"kind": "OTHER", "file_name": " b ", "document_content_id": content});
    let attached = client.post(&place, body).await.expect(201);
    let shown = client.get(attached.header("location")).await.expect(200);
    assert_eq!(shown.value("file_name"), "b");
    for name in ["Évier n° 3 (v2).txt", "a'b;c.txt", "%2e%2e%2f.txt"] {
        let body = json!({"kind": "OTHER", "file_name": name, "document_content_id": content});
        let attached = client.post(&place, body).await.expect(201);
        let back = client.get(&format!("{}/content", attached.header("location"))).await.expect(200);
        let disposition = back.header("content-disposition");
        assert!(
            disposition.starts_with("attachment; ") && !disposition.contains(['/', '\\']),
            "{disposition}"
        );
    }
}

async fn what_hides_behind_an_image_is_cut_off(place: Option<Elsewhere>) {
    let db = TestDatabase::new().await;
    let mut client = site(&db, place.as_ref()).await.person("sample.sales").await;
    let behind = b"PK\x03\x04SECRET<script>alert(1)</script>".as_slice();
    let gif = [GIF_HEAD, b"\x21\xfe\x06SECRET\0", GIF_PICTURE, b"\x3b", behind].concat();
    // A second photograph with its own metadata, as cameras add it.
    let pair = [photograph(1), photograph(6), behind.to_vec()].concat();
    for (media_type, name, content, picture) in [
        ("image/gif", "a.gif", gif, GIF_PICTURE),
        ("image/jpeg", "a.jpg", pair, b"IMAGE".as_slice()),
        ("image/png", "a.png", [png(), behind.to_vec()].concat(), b"IDAT".as_slice()),
    ] {
        let back = there_and_back(&db, &mut client, media_type, name, content).await;
        let text = String::from_utf8_lossy(&back.bytes).into_owned();
        assert!(!text.contains("SECRET") && !text.contains("script"), "{media_type}: {text:?}");
        assert!(back.bytes.windows(picture.len()).any(|bytes| bytes == picture), "{media_type}: {text:?}");
    }
}

async fn images_whose_metadata_cannot_be_taken_out_are_refused_whatever_they_are_called(
    place: Option<Elsewhere>,
) {
    let db = TestDatabase::new().await;
    let mut client = site(&db, place.as_ref()).await.person("sample.sales").await;
    for (real, content) in [
        ("image/tiff", b"II*\0\x08\0\0\0SECRET".as_slice()),
        ("image/tiff", b"MM\0*\0\0\0\x08SECRET"),
        ("image/tiff", b"II+\0\x08\0\0\0SECRET"),
        ("image/heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heicSECRET"),
        ("image/heic", b"\0\0\0\x18ftypavif\0\0\0\0mif1avifSECRET"),
        ("image/jxl", b"\xff\x0aSECRET"),
    ] {
        for named in [real, "application/octet-stream", "text/plain"] {
            let reply = send(&mut client, named, content.to_vec()).await.expect(422);
            assert!(reply.value("hint").to_string().contains("JPEG"), "{named}: {}", reply.json());
        }
    }
    for (named, content) in [
        ("image/gif", b"GIF89a/*<script>alert(1)</script>*/".to_vec()),
        ("application/octet-stream", [GIF_HEAD, GIF_PICTURE, b"\x3b"].concat()),
        ("application/octet-stream", png()),
        ("application/pdf", photograph(1)),
        ("image/jpeg", photograph(1)[..40].to_vec()),
    ] {
        let reply = send(&mut client, named, content).await.expect(422);
        assert!(reply.value("hint").to_string().contains("type"), "{named}: {}", reply.json());
    }
    assert_eq!(stored(&db).await, 0);
}

async fn what_a_browser_would_run_and_what_would_grow_is_kept_as_it_is_and_never_opened(
    place: Option<Elsewhere>,
) {
    let db = TestDatabase::new().await;
    let mut client = site(&db, place.as_ref()).await.person("sample.sales").await;
    let xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>".to_vec();
    let mut bomb = b"PK\x03\x04\x14\0\0\0\x08\0\0\0\0\0\0\0\0\0".to_vec();
    bomb.extend_from_slice(&[0x10, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 1, 0, 0, 0]);
    bomb.extend_from_slice(b"a\xed\xc1\x01");
    for (media_type, name, content) in [
        (
            "application/pdf",
            "script.pdf",
            b"%PDF-1.7\n/OpenAction << /S /JavaScript /JS (app.alert(1)) >>".to_vec(),
        ),
        ("text/plain", "page.txt", b"<html><script>alert(1)</script>".to_vec()),
        ("application/xml", "drawing.xml", svg.clone()),
        ("application/octet-stream", "drawing.bin", svg),
        ("application/xml", "deep.xml", "<a>".repeat(200_000).into_bytes()),
        (xlsx, "bomb.xlsx", bomb),
        ("application/octet-stream", "one.bin", vec![0]),
    ] {
        let back = there_and_back(&db, &mut client, media_type, name, content.clone()).await;
        assert!(back.bytes == content, "{name} came back changed");
        assert_eq!(back.header("content-type"), media_type);
        assert_eq!(back.header("x-content-type-options"), "nosniff");
        assert!(back.header("content-disposition").starts_with("attachment; "), "{name}");
        assert!(back.header("content-security-policy").contains("sandbox"), "{name}");
    }
    for named in ["image/svg+xml", "text/html", "application/javascript", "application/xhtml+xml", "a/b; c"] {
        let reply = send(&mut client, named, b"<svg/>".to_vec()).await;
        assert!(reply.status.is_client_error(), "{named:?}: {}", reply.status);
    }
}

async fn an_image_that_claims_to_be_huge_is_not_unpacked(place: Option<Elsewhere>) {
    let db = TestDatabase::new().await;
    let mut client = site(&db, place.as_ref()).await.person("sample.sales").await;
    let mut claims = png();
    // 50,000 by 50,000 points.
    claims[16..24].copy_from_slice(&[0, 0, 0xc3, 0x50, 0, 0, 0xc3, 0x50]);
    let reply = send(&mut client, "image/png", claims.clone()).await;
    assert_eq!(reply.status, 422, "a check sum that is not right");
    let sum = crate::files::crc32(&claims[12..29]);
    claims[29..33].copy_from_slice(&sum.to_be_bytes());
    let _ = there_and_back(&db, &mut client, "image/png", "huge.png", claims).await;
}

async fn many_at_once_are_each_stored_whole(place: Option<Elsewhere>) {
    let db = TestDatabase::new().await;
    let client = site(&db, place.as_ref()).await.person("sample.sales").await;
    let uploads = (0..12_u8).map(|number| {
        let mut client = client.clone();
        tokio::spawn(async move {
            let content = vec![number; 300_000 + usize::from(number)];
            let reply = send(&mut client, "application/octet-stream", content).await.expect(201);
            reply.value("byte_size").as_u64()
        })
    });
    for (number, upload) in uploads.collect::<Vec<_>>().into_iter().enumerate() {
        assert_eq!(upload.await.expect("an answer"), u64::try_from(300_000 + number).ok());
    }
    let contents = place.as_ref().map(Elsewhere::contents).unwrap_or_default();
    let owner = Store::from_pool(db.pool().clone());
    let checked = check(&owner, &contents, |_| ()).await.expect("checked");
    assert_eq!((checked.findings, stored(&db).await), (Vec::new(), 12));
}

/// People who send slowly, and how many files each: more than there are pictures at a time, or places in which files are handed on.
const SLOW_SENDERS: [&str; 2] = ["sample.admin", "sample.production"];
const SLOW_ONES: usize = 4;

async fn a_large_file_comes_whole_while_slow_ones_are_on_their_way(place: Option<Elsewhere>) {
    let db = TestDatabase::new().await;
    let site = site(&db, place.as_ref()).await;
    let mut client = site.person("sample.sales").await;
    let address: SocketAddr = site.listen().await.trim_start_matches("http://").parse().expect("an address");
    let mut slow = Vec::new();
    for number in 0..SLOW_SENDERS.len() * SLOW_ONES {
        let mut sender = site.person(SLOW_SENDERS[number % SLOW_SENDERS.len()]).await;
        let head = upload_head(&mut sender, &[1_000_000]).await;
        let mut stream = TcpStream::connect(address).await.expect("a connection");
        stream.write_all(&[head.as_bytes(), b"%PDF-1.7", &vec![b' '; 500_000]].concat()).await.expect("sent");
        slow.push(stream);
    }
    // No two pieces or parts of it are the same.
    let large: Vec<u8> = (0..3_000_000_u32).flat_map(u32::to_be_bytes).chain(*b"end").collect();
    let back = there_and_back(&db, &mut client, "application/octet-stream", "large.bin", large.clone()).await;
    assert!(back.bytes == large, "{} of {} bytes, or others", back.bytes.len(), large.len());
    for mut stream in slow {
        stream.write_all(&vec![b' '; 499_992]).await.expect("sent");
        let mut answer = vec![0; 4_000];
        let length = stream.read(&mut answer).await.expect("an answer");
        let answer = String::from_utf8_lossy(&answer[..length]);
        assert_eq!(status(&answer), Some(201), "{answer}");
    }
    let contents = place.as_ref().map(Elsewhere::contents).unwrap_or_default();
    let owner = Store::from_pool(db.pool().clone());
    let checked = check(&owner, &contents, |_| ()).await.expect("checked");
    assert_eq!(
        (checked.findings, stored(&db).await),
        (Vec::new(), i64::try_from(SLOW_SENDERS.len() * SLOW_ONES + 1).expect("few"))
    );
}

#[tokio::test]
async fn who_holds_all_places_of_their_own_holds_nobody_else_up() {
    let db = TestDatabase::new().await;
    let site = site(&db, None).await;
    let address: SocketAddr = site.listen().await.trim_start_matches("http://").parse().expect("an address");
    let mut slow = site.person("sample.sales").await;
    let mut held = Vec::new();
    // More than one person has places, and more than there are in all.
    for _ in 0..40 {
        let head = upload_head(&mut slow, &[1_000_000]).await;
        let mut stream = TcpStream::connect(address).await.expect("a connection");
        stream.write_all(&[head.as_bytes(), b"%PDF-1.7"].concat()).await.expect("sent");
        held.push(stream);
    }
    let mut other = site.person("sample.production").await;
    let sent = tokio::time::timeout(
        std::time::Duration::from_secs(8),
        send(&mut other, "application/pdf", b"%PDF-1.7 of another".to_vec()),
    );
    let _ = sent.await.expect("nobody waits for them").expect(201);
}

#[tokio::test]
async fn whoever_may_store_nothing_is_told_before_the_file_comes() {
    let db = TestDatabase::new().await;
    sqlx::raw_sql("BEGIN; SELECT begin_as('sample.admin', 'test'); SELECT create_user('customer.person', 'Cora Customer', NULL, 'EN', 'PORTAL', 'STELMO'); COMMIT")
        .execute(db.pool())
        .await
        .expect("a person of a customer");
    let site = site(&db, None).await;
    let address = site.listen().await.trim_start_matches("http://").parse().expect("an address");
    let mut person = site.person("customer.person").await;
    let head = upload_head(&mut person, &[25 * 1024 * 1024]).await;
    let answer = raw(address, &[head.as_bytes(), b"%PDF-1.7"].concat()).await;
    assert_eq!(status(&answer), Some(403), "{answer}");
}

/// Headers with which the person's browser would upload.
async fn upload_head(client: &mut Client, lengths: &[usize]) -> String {
    let csrf = client.get("/session").await.expect(200).value("csrf_token");
    let cookie = client.cookie(SESSION_COOKIE).expect("a session").to_owned();
    let mut head = format!(
        "POST /api/v1/document-contents HTTP/1.1\r\nHost: torvan.test\r\nContent-Type: application/pdf\r\nCookie: {SESSION_COOKIE}={cookie}\r\nX-CSRF-Token: {}\r\nIdempotency-Key: raw\r\n",
        csrf.as_str().unwrap_or_default()
    );
    for length in lengths {
        head.extend(["Content-Length: ", &length.to_string(), "\r\n"]);
    }
    head + "\r\n"
}

/// Sends bytes, says that no more come, and reads what is answered.
async fn raw(address: SocketAddr, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.expect("a connection");
    stream.write_all(request).await.expect("sent");
    stream.shutdown().await.expect("told");
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer).await;
    String::from_utf8_lossy(&answer).into_owned()
}

fn status(answer: &str) -> Option<u16> {
    answer.split(' ').nth(1)?.parse().ok()
}

async fn an_upload_that_is_cut_or_lies_of_its_length_leaves_nothing(place: Option<Elsewhere>) {
    let db = TestDatabase::new().await;
    let site = site(&db, place.as_ref()).await;
    let mut client = site.person("sample.sales").await;
    let address = site.listen().await.trim_start_matches("http://").parse().expect("an address");
    for (lengths, body) in [
        (&[1000][..], b"%PDF-1.7 cut".as_slice()),
        (&[25 * 1024 * 1024], b"%PDF-1.7 cut"),
        (&[25 * 1024 * 1024 + 1], b"%PDF-1.7"),
        (&[usize::MAX], b"%PDF-1.7"),
        (&[8, 9], b"%PDF-1.7"),
        (&[0], b"%PDF-1.7"),
    ] {
        let head = upload_head(&mut client, lengths).await;
        let answer = raw(address, &[head.as_bytes(), body].concat()).await;
        assert!(status(&answer).is_none_or(|status| (400..500).contains(&status)), "{lengths:?}: {answer}");
        assert_eq!(stored(&db).await, 0, "{lengths:?}");
    }
    let too_long = upload_head(&mut client, &[25 * 1024 * 1024 + 1]).await;
    let answer = raw(address, too_long.as_bytes()).await;
    assert_eq!(status(&answer), Some(413), "nobody waits for what is too long anyway: {answer}");
    // What is said to be shorter is that short; the rest is no request.
    let short = upload_head(&mut client, &[8]).await;
    let answer = raw(address, &[short.as_bytes(), b"%PDF-1.7 and more"].concat()).await;
    assert_eq!(status(&answer), Some(201), "{answer}");
    let sizes: Vec<i64> =
        sqlx::query_scalar("SELECT byte_size FROM document_contents WHERE created_by IS NOT NULL")
            .fetch_all(db.pool())
            .await
            .expect("sizes");
    assert_eq!(sizes, [8]);
    assert_eq!(place.map_or(1, |place| place.objects().len()), 1);
}
