//! The same catalogue as CSV, as XLSX and as JSON, and files that are broken.

use rust_xlsxwriter::Workbook;
use torvan_engine::catalogue::{InputFile, read_files};
use torvan_store::inventory::ImportMode;
use torvan_testing::TestDatabase;

use crate::files::{PARTS, file, import, read};
use crate::support::rows;

const TABLES: [(&str, &[&[&str]]); 6] = [
    ("categories", &[&["code", "name"], &["700", "Sinks; all"]]),
    ("subcategories", &[&["category_code", "subcategory_code", "name"], &["700", "700.1", "Bodies"]]),
    (
        "assemblies",
        &[
            &["assembly_code", "name", "subcategory_code", "can_order"],
            &["T2-BODY", "Body, \"big\"", "700.1", "yes"],
            &["T2-FRAME", "Frame", "700.1", "no"],
        ],
    ),
    ("parts", &[&["part_number", "name", "unit", "shelf"], &["0617102-1000", "Cable", "millimetre", "B7"]]),
    (
        "components",
        &[
            &["parent", "component", "qty", "notes"],
            &["T2-BODY", "T2-FRAME", "2", ""],
            &["T2-FRAME", "0617102-1000", "1250.5", "black"],
        ],
    ),
    ("aliases", &[&["short_code", "code"], &["700.10", "T2-BODY"]]),
];

fn csv(separator: char, head: &str, rows: &[&[&str]]) -> String {
    let cell = |text: &&str| format!("\"{}\"", text.replace('"', "\"\""));
    let lines: Vec<String> = rows
        .iter()
        .map(|row| row.iter().map(cell).collect::<Vec<_>>().join(&separator.to_string()))
        .collect();
    format!("{head}{}\r\n", lines.join("\r\n"))
}

fn csv_files(separator: char, mark: &str) -> Vec<InputFile> {
    TABLES.iter().map(|(name, rows)| file(&format!("{name}.csv"), &csv(separator, mark, rows))).collect()
}

fn workbook() -> InputFile {
    let mut workbook = Workbook::new();
    for (name, rows) in TABLES {
        let sheet = workbook.add_worksheet().set_name(name).unwrap();
        for (at, row) in (0..).zip(rows) {
            for (column, text) in (0..).zip(*row) {
                sheet.write_string(at, column, *text).unwrap();
            }
        }
    }
    InputFile::new("catalogue.xlsx".into(), workbook.save_to_buffer().unwrap())
}

async fn stored(db: &TestDatabase) -> Vec<String> {
    let mut all = rows(db.pool(), "SELECT code AS a, name AS b, trim_scale(quantity_total) AS c, unit_code AS d, note AS e FROM assembly_structure('700.10')").await;
    all.extend(
        rows(db.pool(), "SELECT assembly_code AS a, name AS b, is_orderable AS c FROM assemblies ORDER BY 1")
            .await,
    );
    all.extend(rows(db.pool(), "SELECT part_number AS a, attributes AS b FROM parts").await);
    all
}

#[tokio::test]
async fn csv_and_xlsx_say_the_same() {
    let mut seen = Vec::new();
    for files in [csv_files(',', ""), csv_files(';', "\u{feff}"), csv_files('\t', ""), vec![workbook()]] {
        let db = TestDatabase::bare().await;
        let report = import(&db, &files, ImportMode::Commit).await;
        assert_eq!(report.state, "COMMITTED", "{:#?}", report.findings);
        assert!(
            report.findings.iter().all(|found| found.message.contains("\"shelf\" is no column")),
            "{:#?}",
            report.findings
        );
        seen.push(stored(&db).await);
    }
    assert_eq!(
        seen[0],
        [
            "T2-FRAME|Frame|2|each|-",
            "0617102-1000|Cable|2501|millimetre|black",
            "T2-BODY|Body, \"big\"|true",
            "T2-FRAME|Frame|false",
            "0617102-1000|{\"shelf\": \"B7\"}"
        ]
    );
    assert!(seen.iter().all(|one| *one == seen[0]), "{seen:#?}");
}

#[test]
fn tables_are_known_by_their_head_when_their_name_says_nothing() {
    let files: Vec<InputFile> = TABLES
        .iter()
        .enumerate()
        .skip(1)
        .map(|(n, (_, rows))| file(&format!("export {n}.csv"), &csv(',', "", rows)))
        .collect();
    let document = read(&files);
    assert_eq!(
        (
            document.subcategories.len(),
            document.assemblies.len(),
            document.parts.len(),
            document.components.len(),
            document.codes.len()
        ),
        (1, 2, 1, 2, 1),
        "{document:#?}"
    );
    let unclear = read(&[file("export.csv", "code,name\nX,Y\n")]);
    assert!(
        unclear.findings[0].is_error() && unclear.findings[0].message.contains("export.csv"),
        "{unclear:?}"
    );
}

#[test]
fn a_row_is_told_by_its_line() {
    let document = read(&[file("parts.csv", "code,name\nA,\"two\nlines\"\n\nB,b\n")]);
    let places: Vec<Option<&str>> = document.parts.iter().map(|row| row.get("location")).collect();
    assert_eq!(places, [Some("line 2"), Some("line 5")]);
}

#[test]
fn broken_files_are_told_with_their_place() {
    for (name, bytes, place, piece) in [
        (
            "parts.json",
            b"{\"parts\": {\n  \"A\": {\"name\": }\n}}".as_slice(),
            "line 2, column 17",
            "not valid JSON",
        ),
        ("parts.json", b"{\"parts\": {\"A\"", "line 1, column 14", "not valid JSON"),
        (
            "parts.json",
            b"{\"parts\": {\n\"A\": {\"name\": \"x\"},\n\"A\": {\"name\": \"y\"}}}",
            "/parts/A (line 3)",
            "on line 2 and on line 3",
        ),
        ("parts.json", b"{\"pants\": {}}", "/", "no part of a catalogue"),
        ("parts.json", b"[1, 2]", "/", "a list instead of an object"),
        ("parts.json", b"{\"parts\": {\"A\": 3}}", "/parts/A", "a number instead of an object"),
        ("parts.csv", b"code,name\nA,caf\xe9\n", "line 2", "not UTF-8"),
        ("parts.csv", b"", "line 1", "is empty"),
        ("parts.csv", b"code,price\nA,3\n", "line 1", "lacks name"),
        ("parts.csv", b"code,name,name\nA,3,4\n", "line 1", "column name twice"),
        ("parts.csv", b"code,name\nA,b,c\n", "line 2", "3 cells, the head has 2"),
        ("parts.xlsx", b"PK nonsense", "-", "not a readable workbook"),
        ("parts.pdf", b"%PDF", "-", "not a catalogue file"),
    ] {
        let (document, _) = read_files(&[InputFile::new(name.into(), bytes.to_vec())]);
        let found = document.findings.iter().find(|f| f.is_error() && f.message.contains(piece));
        let found = found.unwrap_or_else(|| panic!("{name}: no \"{piece}\" in {:#?}", document.findings));
        assert_eq!((found.location.as_str(), found.source.as_str()), (place, name), "{found:?}");
    }
}

#[tokio::test]
async fn a_broken_file_refuses_the_others_too() {
    let db = TestDatabase::bare().await;
    let report =
        import(&db, &[file("parts.json", PARTS), file("more.json", "{\"parts\": ")], ImportMode::Commit)
            .await;
    assert!(report.is_refused());
    assert_eq!(rows(db.pool(), "SELECT part_number FROM parts").await, [""; 0]);
}

#[test]
fn numbers_where_codes_belong_are_told() {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet().set_name("parts").unwrap();
    for (column, head) in (0..).zip(["code", "name", "standard_cost"]) {
        sheet.write_string(0, column, head).unwrap();
    }
    sheet.write_number(1, 0, 4995.0).unwrap();
    sheet.write_string(1, 1, "Cover").unwrap();
    sheet.write_number(1, 2, 1.25).unwrap();
    sheet.write_number(2, 0, 6.65e17).unwrap();
    sheet.write_string(2, 1, "Adapter").unwrap();
    let document = read(&[InputFile::new("p.xlsx".into(), workbook.save_to_buffer().unwrap())]);
    let told: Vec<(&str, Option<&str>)> =
        document.findings.iter().map(|f| (f.location.as_str(), f.found.as_deref())).collect();
    assert_eq!(
        told,
        [("sheet parts, row 2", Some("4995")), ("sheet parts, row 3", Some("6.65E+17"))],
        "a price is no code: {:?}",
        document.findings
    );
    assert_eq!(document.parts[0].get("standard_cost"), Some("1.25"));

    let json = read(&[file(
        "a.json",
        "{\"assemblies\": {\"A\": {\"name\": \"A\", \"components\": [{\"part_id\": 4995, \"quantity\": 1}]}}}",
    )]);
    assert!(json.findings[0].message.contains("The code 4995 is written as a number"), "{:?}", json.findings);
}

#[test]
fn a_file_that_was_cut_off_is_told_by_its_own_count() {
    let document =
        read(&[file("parts.json", "{\"metadata\": {\"count\": 3}, \"parts\": {\"A\": {\"name\": \"a\"}}}")]);
    assert!(
        document.findings[0].message.contains("holds 3 parts, but it holds 1"),
        "{:?}",
        document.findings
    );
}
