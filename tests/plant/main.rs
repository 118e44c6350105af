//! Plant configurations against a second reading of product.md, written without the product's code: every rule as plain
//! Rust, the explosion as plain recursion over the plant's own files. Skipped where those files are absent.

mod catalogue;
mod rules;
mod sinks;

use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};
use torvan_engine::catalogue::{InputFile, read_files};
use torvan_store::inventory::{ImportMode, import_catalogue};
use torvan_store::{Actor, Store};
use torvan_testing::TestDatabase;

use catalogue::Catalogue;
use sinks::Dice;

const SINKS: usize = 120;

fn plant_files() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/catalog");
    let folder = std::env::var_os("TORVAN_PLANT_CATALOGUE").map_or(beside, PathBuf::from);
    folder.join("assemblies.json").is_file().then_some(folder)
}

async fn import(store: &Store, folder: &Path) {
    let mut files: Vec<InputFile> = std::fs::read_dir(folder)
        .expect("a folder")
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| InputFile::new(path.display().to_string(), std::fs::read(&path).expect("a file")))
        .collect();
    files.sort_by(|a, b| a.name.cmp(&b.name));
    let (document, sources) = read_files(&files);
    let mut context = store.begin(&Actor::Database).await.expect("a transaction");
    let report =
        import_catalogue(&mut context, &document, &sources, ImportMode::Commit).await.expect("an import");
    assert_eq!(report.state, "COMMITTED", "{:?}", report.findings.iter().find(|finding| finding.is_error()));
    context.commit().await.expect("committed");
}

async fn preview(db: &TestDatabase, document: &Value) -> Value {
    sqlx::query_scalar("SELECT preview_bom($1)").bind(document).fetch_one(db.pool()).await.expect("a preview")
}

fn quantities(lines: &Value) -> Map<String, Value> {
    let lines = lines.as_array().expect("lines");
    lines
        .iter()
        .map(|line| (line["code"].as_str().expect("a code").to_owned(), line["quantity"].clone()))
        .collect()
}

#[tokio::test]
async fn random_plant_sinks_have_the_lines_and_leaf_totals_of_a_second_reading() {
    let Some(folder) = plant_files() else {
        println!("skipped: the plant's catalogue is not here (TORVAN_PLANT_CATALOGUE names its folder)");
        return;
    };
    let db = TestDatabase::new().await;
    import(&Store::from_pool(db.pool().clone()), &folder).await;
    let plant = Catalogue::read(&folder);
    let seed = u64::from(std::process::id()) ^ std::time::UNIX_EPOCH.elapsed().expect("a clock").as_secs();
    println!("seed {seed}");
    let mut dice = Dice::new(seed);
    for language in ["EN", "FR", "ES"] {
        let sinks: Vec<Value> = (0..SINKS / 3).map(|_| sinks::sink(&mut dice, &plant)).collect();
        let answer = preview(&db, &json!({"language": language, "sinks": sinks})).await;
        for (sink, seen) in sinks.iter().zip(answer["sinks"].as_array().expect("sinks")) {
            let wanted = rules::lines(sink, language);
            assert_eq!(seen["valid"], json!(true), "seed {seed}: {sink}: {}", seen["violations"]);
            assert_eq!(quantities(&seen["top_level"]), rules::as_json(&wanted.lines), "seed {seed}: {sink}");
            assert_eq!(
                seen["leaf_totals"],
                Value::Object(rules::as_json(&plant.leaves(&wanted))),
                "seed {seed}: {sink}"
            );
        }
    }
}
