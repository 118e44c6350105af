//! The plant's own catalogue, when it lies beside the checkout (or at `TORVAN_PLANT_CATALOGUE`).

use std::env;
use std::fs;
use std::path::PathBuf;

use torvan_engine::catalogue::{InputFile, is_catalogue_file};
use torvan_store::inventory::ImportMode;
use torvan_testing::TestDatabase;

use crate::files::import;
use crate::support::{number, rows, text};

fn plant_catalogue() -> Option<Vec<InputFile>> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/catalog");
    let folder = env::var_os("TORVAN_PLANT_CATALOGUE").map_or(beside, PathBuf::from);
    let Ok(entries) = fs::read_dir(&folder) else {
        println!("skipped: the plant's catalogue is not at {}", folder.display());
        return None;
    };
    let paths =
        entries.map(|entry| entry.unwrap().path()).filter(|path| is_catalogue_file(&path.to_string_lossy()));
    Some(
        paths
            .map(|path| {
                let name = path.file_name().unwrap().to_string_lossy().into_owned();
                InputFile::new(name, fs::read(&path).unwrap())
            })
            .collect(),
    )
}

#[tokio::test]
async fn the_plants_catalogue_comes_in_whole() {
    let Some(files) = plant_catalogue() else { return };
    let db = TestDatabase::bare().await;
    let pool = db.pool();
    let report = import(&db, &files, ImportMode::Commit).await;
    assert_eq!(report.state, "COMMITTED", "{:#?}", report.findings);
    let read = |kind: &str| report.summary[kind].read;
    assert_eq!((read("categories"), read("subcategories"), read("listings")), (6, 46, 207));
    assert_eq!(
        (read("assemblies"), read("parts"), read("components"), read("codes")),
        (318 + 16, 284, 841 + 32, 208)
    );

    assert_eq!(number(pool, "SELECT count(*) FROM assemblies").await, 334);
    assert_eq!(number(pool, "SELECT count(*) FROM parts").await, 284 - 129);
    assert_eq!(number(pool, "SELECT count(*) FROM item_codes WHERE item_code LIKE 'ASSY-%'").await, 129);
    assert_eq!(number(pool, "SELECT count(*) FROM assembly_listings").await, 17);
    assert_eq!(
        rows(pool, "SELECT category_code AS a, count(*) AS b FROM v_assemblies GROUP BY 1 ORDER BY 1").await,
        ["719|63", "720|70", "721|21", "722|18", "723|162"]
    );
    assert_eq!(
        number(pool, "SELECT count(*) FROM v_assemblies WHERE component_count = 0").await,
        112 + 1,
        "the one that lists only itself is a leaf too"
    );
    assert_eq!(number(pool, "SELECT max(low_level_code)::bigint FROM assemblies").await, 2);
}

#[tokio::test]
async fn the_plants_known_faults_are_handled() {
    let Some(files) = plant_catalogue() else { return };
    let db = TestDatabase::bare().await;
    let pool = db.pool();
    let report = import(&db, &files, ImportMode::Commit).await;
    for piece in [
        "T2-OA-PO-SHLF-1212 lists itself",
        "lists 095400",
        "719.154 is for 095400",
        "T8-KIT-ESK-DOSE has no content",
        "damaged by a spreadsheet",
    ] {
        assert!(
            report.findings.iter().any(|f| f.severity == "WARNING" && f.message.contains(piece)),
            "{piece}"
        );
    }
    assert_eq!(text(pool, "SELECT item_code FROM resolve_item('T-OA-PB-COLOR')").await, "708.77");
    assert_eq!(
        text(pool, "SELECT item_code FROM resolve_item('assy-t2-leveling-castor-475')").await,
        "T2-LEVELING-CASTOR-475"
    );
    let boxes = "FROM assembly_revisions r JOIN assemblies a USING (assembly_id) WHERE a.assembly_code LIKE 'T2-CTRL-E%' AND a.assembly_code NOT LIKE '%-RK3'";
    assert_eq!(
        number(
            pool,
            &format!("SELECT count(*) {boxes} AND r.revision = 2 AND r.state = 'DRAFT' AND r.is_proposal")
        )
        .await,
        9
    );
    assert_eq!(
        number(pool, &format!("SELECT count(*) {boxes} AND r.revision = 1 AND r.state = 'RELEASED'")).await,
        9
    );
    assert_eq!(number(pool, &format!("SELECT count(*) {boxes} AND r.note LIKE '%Doubtful%'")).await, 2);
}

#[tokio::test]
async fn the_plants_catalogue_again_changes_nothing_also_over_the_samples() {
    let Some(files) = plant_catalogue() else { return };
    let db = TestDatabase::new().await;
    assert_eq!(import(&db, &files, ImportMode::Commit).await.state, "COMMITTED");
    for (kind, n) in &import(&db, &files, ImportMode::Commit).await.summary {
        assert_eq!((n.new, n.changed), (0, 0), "{kind}");
    }
    assert_eq!(number(db.pool(), "SELECT count(*) FROM assemblies WHERE NOT is_sample").await, 334);
}
