//! `torvan documents` and `torvan serve --contents`: what operators see of contents of files.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde_json::json;
use tempfile::TempDir;

use crate::support::{Plant, csv_rows};

fn folder() -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o700)).unwrap();
    let url = format!("file://{}", folder.path().display());
    (folder, url)
}

fn objects(folder: &Path) -> Vec<PathBuf> {
    let groups = fs::read_dir(folder).unwrap().map(|group| group.unwrap().path());
    groups.flat_map(|group| fs::read_dir(group).unwrap().map(|object| object.unwrap().path())).collect()
}

#[tokio::test]
async fn contents_are_moved_out_and_back_and_checked_in_each_format() {
    let plant = Plant::new().await;
    plant.execute("SELECT store_content('text/plain', 'one'), store_content('application/json', '{}')").await;
    let all = plant.value("SELECT count(*)::text FROM document_contents").await;
    let (place, url) = folder();
    let said = plant.run(&["documents", "move", "--to", &url]).done();
    assert!(
        said.starts_with(&format!("{all} contents (0.0 MB) were moved to {url}; nothing is left")),
        "{said}"
    );
    assert_eq!(objects(place.path()).len().to_string(), all);
    let check = ["documents", "check", "--contents", &url];
    let said = plant.run(&check).done();
    assert!(said.ends_with(&format!("{all} objects listed: all right.\n")), "{said}");
    let report = plant.run(&[&check[..], &["--format", "json"]].concat()).json();
    assert_eq!((report["contents"].to_string(), &report["findings"]), (all.clone(), &json!([])));

    let untold = plant.run(&["documents", "check"]).refused();
    assert!(untold.contains("lie in a folder") && untold.contains("mend"), "{untold}");

    let (one, other) = (objects(place.path())[0].clone(), objects(place.path())[1].clone());
    fs::write(&one, "spoilt").unwrap();
    fs::rename(&other, place.path().join("stray")).unwrap();
    let found = plant.run(&[&check[..], &["--format", "csv"]].concat());
    assert_eq!(found.code, 1, "{}", found.stderr);
    let rows = csv_rows(&found.stdout);
    assert_eq!(rows[0], ["content", "storage", "object", "finding"]);
    let findings: Vec<&str> = rows[1..].iter().map(|row| row[3].split(':').next().unwrap()).collect();
    assert_eq!(findings.iter().filter(|finding| **finding == "missing").count(), 1, "{rows:?}");
    assert_eq!(findings.iter().filter(|finding| **finding == "damaged").count(), 1, "{rows:?}");
    assert_eq!(rows.last().unwrap()[2..], ["stray", "belongs to no content"]);
    let said = plant.run(&check);
    assert!(said.code == 1 && said.stdout.ends_with("3 findings.\n"), "{}", said.stdout);

    let back = plant.run(&["documents", "move", "--to", "in-database", "--contents", &url]);
    assert_eq!(back.code, 1, "{}", back.stderr);
    assert!(back.stdout.ends_with("2 damaged ones left.\n"), "{}", back.stdout);
    assert_eq!(
        plant.value("SELECT count(*)::text FROM document_contents WHERE storage <> 'DATABASE'").await,
        "2"
    );
}

#[tokio::test]
async fn a_place_that_cannot_be_used_is_refused_in_one_line_that_tells_no_secret() {
    let plant = Plant::new().await;
    let (place, url) = folder();
    let keys = place.path().join("keys");
    let serve = |contents: &str| {
        plant
            .run(&[
                "serve",
                "--listen",
                "127.0.0.1:0",
                "--keys",
                &keys.display().to_string(),
                "--new-keys",
                "--contents",
                contents,
            ])
            .refused()
    };
    for (contents, word) in [
        ("s3://key:hush@plant", "--contents-credentials"),
        ("elsewhere", "write in-database"),
        ("file:///nowhere/at/all", "mkdir -m 700"),
        ("in-database,in-database,file:///nowhere", "mkdir -m 700"),
        ("s3://plant", "AWS_ACCESS_KEY_ID"),
        (&format!("{url},{url}"), "two places"),
    ] {
        let said = serve(contents);
        assert!(said.contains(word) && !said.contains("hush"), "{contents}: {said}");
    }
    let good = plant.run(&["doctor", "--contents", &url]).stdout;
    assert!(good.contains(&format!("contents of files can be kept in {url}")), "{good}");
    let bad = plant.run(&["doctor", "--contents", "file:///nowhere/at/all"]);
    assert!(bad.code == 1 && bad.stdout.contains("MISSING  the folder /nowhere/at/all"), "{}", bad.stdout);
    let misused = plant.run(&["documents", "move"]).misused();
    assert!(misused.contains("--to <URL>"), "{misused}");
}
