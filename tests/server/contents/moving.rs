//! Contents moved from place to place, and looked through.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use torvan_server::app::Settings;
use torvan_server::contents::checking::{What, check};
use torvan_server::contents::moving::move_all;
use torvan_server::contents::removing::remove_waiting;
use torvan_server::contents::{Contents, ContentsError, Location};
use torvan_store::Actor;
use torvan_store::integration::{move_content, place_of};
use torvan_testing::TestDatabase;
use torvan_tests::site::Site;

use super::{attached, everywhere, large, number, owner, spoil, storages, store};
use crate::elsewhere::Elsewhere;

fn both(first: &Elsewhere, second: &Elsewhere) -> Contents {
    let access = [first, second].into_iter().map(Elsewhere::access).find(|access| access.endpoint.is_some());
    Contents::open(&[first.location(), second.location()], access.expect("S3")).expect("places")
}

fn back_from(place: &Elsewhere) -> Contents {
    Contents::open(&[Location::Database, place.location()], place.access()).expect("places")
}

#[tokio::test]
async fn contents_move_there_and_back_and_are_read_all_the_while() {
    let [folder, bucket] = everywhere().await;
    let db = TestDatabase::new().await;
    let owner = owner(&db).await;
    let site = Site::new(&db).await;
    let mut client = site.person("sample.sales").await;
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    let everything = Arc::new(
        Contents::open(&[Location::Database, folder.location(), bucket.location()], bucket.access())
            .expect("places"),
    );
    // One in each place.
    for contents in [Arc::default(), Arc::new(folder.contents()), Arc::new(bucket.contents())] {
        client = client.at(&Site::with(&db, Settings { contents, ..Settings::default() }).await);
        let content = large(1_500_000 + files.len());
        let path = attached(&db, &mut client, "application/octet-stream", content.clone()).await;
        files.push((path, content));
    }
    client = client.at(&site);
    assert_eq!(storages(&db).await, ["DATABASE", "LOCAL", "S3"]);
    let reading = Site::with(&db, Settings { contents: everything, ..Settings::default() }).await;
    let mut reader = client.at(&reading);
    let _ = client.get(&format!("{}/content", files[1].0)).await.expect(503);
    let all = number(&db, "SELECT count(*) FROM document_contents").await;
    let route: [(&str, Contents); 4] = [
        ("LOCAL", both(&folder, &bucket)),
        ("S3", both(&bucket, &folder)),
        ("DATABASE", back_from(&bucket)),
        ("LOCAL", folder.contents()),
    ];
    for (storage, contents) in route {
        let done = move_all(&owner, &contents, |_| ()).await.expect("moved");
        assert!(done.left.is_empty(), "{:?}", done.left);
        assert_eq!(number(&db, "SELECT count(DISTINCT storage) FROM document_contents").await, 1);
        assert_eq!(storages(&db).await, vec![storage; 3]);
        for (path, content) in &files {
            let back = reader.get(&format!("{path}/content")).await.expect(200);
            assert!(back.bytes == *content, "changed on the way to {storage}");
        }
        let again = move_all(&owner, &contents, |_| ()).await.expect("moved");
        assert_eq!(again.moved, 0, "nothing is left to do");
        for shelf in contents.shelves() {
            remove_waiting(&store(&db).await, shelf, Duration::ZERO).await.expect("removed");
        }
        let checked = check(&owner, &contents, |_| ()).await.expect("checked");
        assert_eq!((i64::try_from(checked.contents), checked.findings), (Ok(all), Vec::new()), "{storage}");
    }
    assert_eq!(
        (i64::try_from(folder.objects().len()), number(&db, "SELECT count(*) FROM document_chunks").await),
        (Ok(all), 0)
    );
}

#[tokio::test]
async fn a_damaged_content_is_not_moved_and_a_move_that_broke_off_goes_on() {
    let mut bucket = Elsewhere::s3().await;
    let folder = Elsewhere::folder();
    let db = TestDatabase::new().await;
    let owner = owner(&db).await;
    let mut client = Site::with(&db, folder.settings()).await.person("sample.sales").await;
    let spoilt = attached(&db, &mut client, "text/plain", b"one".to_vec()).await;
    spoil(&folder, |bytes| bytes[0] ^= 1);
    let _ = attached(&db, &mut client, "text/plain", b"two".to_vec()).await;
    let contents = both(&bucket, &folder);
    bucket.break_down();
    let broken = move_all(&owner, &contents, |_| ()).await.expect_err("down").to_string();
    assert!(
        broken.contains("s3://plant/torvan/contents") && broken.contains("goes on from there"),
        "{broken}"
    );
    assert_eq!(storages(&db).await, ["LOCAL", "LOCAL"]);
    bucket.repair().await;
    let done = move_all(&owner, &contents, |_| ()).await.expect("moved");
    assert_eq!(done.left.len(), 1, "{:?}", done.left);
    assert_eq!(storages(&db).await, ["LOCAL", "S3"]);
    let _ = client.get(&format!("{spoilt}/content")).await.expect(500);
    let mut context = owner.begin(&Actor::Database).await.expect("begun");
    let place =
        place_of(&mut context, done.left[0].document_content_id).await.expect("asked").expect("a place");
    let refused = move_content(&mut context, &place, "DATABASE", None, Some(b"eno")).await;
    assert!(refused.expect_err("not its bytes").to_string().contains("not its bytes"));
}

#[tokio::test]
async fn a_check_finds_what_is_missing_damaged_and_of_nobody() {
    for place in everywhere().await {
        let db = TestDatabase::new().await;
        let mut client = Site::with(&db, place.settings()).await.person("sample.sales").await;
        let (contents, owner) = (place.contents(), owner(&db).await);
        assert_eq!(check(&owner, &contents, |_| ()).await.expect("checked").findings, Vec::new());
        let _ = attached(&db, &mut client, "text/plain", b"one".to_vec()).await;
        spoil(&place, |bytes| bytes[0] ^= 1);
        let _ = attached(&db, &mut client, "application/json", b"{\"a\":1}".to_vec()).await;
        let json =
            place.objects().into_iter().find(|path| std::fs::read(path).is_ok_and(|bytes| bytes.len() == 7));
        std::fs::remove_file(json.expect("an object")).expect("removed");
        let orphan = format!("ab/ab{}-{}", "0".repeat(62), "1".repeat(32));
        contents.for_new().expect("a place").put(&orphan, "x".into()).await.expect("written");
        let found = check(&owner, &contents, |_| ()).await.expect("checked").findings;
        let what: Vec<Value> = found
            .iter()
            .map(|finding| match &finding.what {
                What::Damaged(how) => json!(how.contains("SHA-256")),
                What::Missing => json!("missing"),
                What::Orphan => json!(finding.object_key),
            })
            .collect();
        assert_eq!(what, [json!(true), json!("missing"), json!(orphan)], "{found:?}");
        let untold = check(&owner, &Contents::default(), |_| ()).await.expect_err("not told");
        assert!(matches!(untold, ContentsError::NotTold(_)));
    }
}
