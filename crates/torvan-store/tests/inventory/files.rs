//! Small catalogues as files, one set for each format.

use torvan_engine::catalogue::{self, Document, InputFile};
use torvan_store::inventory::{ImportMode, ImportReport, import_catalogue};
use torvan_store::{Actor, Store};
use torvan_testing::TestDatabase;

pub fn file(name: &str, text: &str) -> InputFile {
    InputFile::new(name.to_owned(), text.as_bytes().to_vec())
}

pub fn read(files: &[InputFile]) -> Document {
    catalogue::read_files(files).0
}

pub async fn import(db: &TestDatabase, files: &[InputFile], mode: ImportMode) -> ImportReport {
    let (document, sources) = catalogue::read_files(files);
    let mut context = Store::from_pool(db.pool().clone()).begin(&Actor::Database).await.unwrap();
    let report = import_catalogue(&mut context, &document, &sources, mode).await.unwrap();
    context.commit().await.unwrap();
    assert_sums(&report);
    report
}

/// Nothing is dropped without a word: every row that was read has become something.
pub fn assert_sums(report: &ImportReport) {
    for (kind, n) in &report.summary {
        let taken = n.new + n.changed + n.unchanged + n.folded;
        // Where the whole is refused, rows without a fault are nothing but read.
        let is_told =
            if report.is_refused() { taken == 0 && n.refused <= n.read } else { taken + n.refused == n.read };
        assert!(is_told, "{kind}: {n:?}");
    }
    let read: i64 = report.summary.values().map(|n| n.read).sum();
    let refused: i64 = report.summary.values().map(|n| n.refused).sum();
    let told = report.findings.iter().filter(|found| found.severity != "NOTE").count();
    assert!(
        refused == 0 || report.is_refused() || told > 0,
        "{refused} of {read} rows refused without a finding"
    );
}

pub const CATEGORIES: &str = r#"{"metadata": {"kind": "category tree", "count": 1}, "categories": {"700": {"name": "Sinks", "description": "All",
  "subcategories": {"700.1": {"name": "Bodies", "assembly_refs": ["T2-BODY"]}, "700.2": {"name": "Spares", "assembly_refs": ["T2-FRAME", "095400"]}}}}}"#;

pub const ASSEMBLIES: &str = r#"{"metadata": {"count": 4}, "assemblies": {
  "T2-BODY": {"name": "Body", "type": "COMPLEX", "category_code": "700", "subcategory_code": "700.1", "can_order": true, "is_kit": false, "status": "ACTIVE",
    "components": [{"part_id": "T2-FRAME", "quantity": 2}, {"part_id": "SCREW-1", "quantity": 0.5, "notes": "black"}]},
  "ASSY-T2-FRAME": {"name": "Frame", "type": "KIT", "category_code": "700", "subcategory_code": "700.1", "can_order": true, "is_kit": true, "status": "ACTIVE",
    "components": [{"part_id": "SCREW-1", "quantity": 8}]},
  "ASSY-T2-SHELF": {"name": "Shelf", "type": "SIMPLE", "category_code": "700", "subcategory_code": "700.1", "can_order": true, "is_kit": false, "status": "ACTIVE",
    "components": [{"part_id": "T2-SHELF", "quantity": 1}]},
  "95400": {"name": "Valve", "type": "KIT", "category_code": "700", "subcategory_code": "700.2", "can_order": true, "is_kit": true, "status": "ACTIVE", "components": []}}}"#;

pub const PARTS: &str = r#"{"parts": {
  "SCREW-1": {"name": "Screw", "manufacturer_part_number": "S1", "manufacturer_info": "ACME", "type": "COMPONENT", "status": "ACTIVE"},
  "T2-FRAME": {"name": "Frame of steel", "manufacturer_part_number": "F9", "manufacturer_info": "SMITH", "type": "COMPONENT", "status": "ACTIVE"},
  "6.65E+11": {"name": "Adapter", "type": "COMPONENT", "status": "ACTIVE"},
  "708.77": {"name": "Colour", "vendor": "TORVAN", "category": "PEGBOARD", "type": "COMPONENT", "status": "ACTIVE"}}}"#;

pub const SHORT_CODES: &str = r#"{"short_codes": [
  {"short_code": "700.10", "code": "T2-BODY", "subcategory": "700.1", "source": "rule sheet"},
  {"short_code": "708.77", "code": "T-OA-PB-COLOR", "subcategory": null, "source": "rule sheet"},
  {"short_code": "700.11", "code": "095400", "subcategory": "700.2", "source": "inferred"}]}"#;

pub const PROPOSALS: &str = r#"{"metadata": {"doubtful": [{"code": "T2-BODY", "part": "SCREW-1", "why": "too many"}]},
  "control_boxes": {"T2-BODY": [{"part_id": "T2-FRAME", "quantity": 2}, {"part_id": "SCREW-1", "quantity": 90}]}}"#;

pub fn plant_files() -> Vec<InputFile> {
    vec![
        file("parts.json", PARTS),
        file("short_codes.json", SHORT_CODES),
        file("assemblies.json", ASSEMBLIES),
        file("released.json", PROPOSALS),
        file("categories.json", CATEGORIES),
    ]
}
