//! What an import makes of rows, and what it says about them.

use torvan_engine::catalogue::Finding;
use torvan_store::inventory::{ImportMode, ImportReport, KindCounts};
use torvan_testing::TestDatabase;

use crate::files::{ASSEMBLIES, PARTS, file, import, plant_files};
use crate::support::{number, rows, run, text};

fn said<'a>(report: &'a ImportReport, severity: &str, piece: &str) -> &'a Finding {
    let found = report.findings.iter().find(|f| f.severity == severity && f.message.contains(piece));
    found.unwrap_or_else(|| panic!("no {severity} with \"{piece}\" in {:#?}", report.findings))
}

fn counts(report: &ImportReport, kind: &str) -> KindCounts {
    report.summary.get(kind).copied().unwrap_or_default()
}

#[tokio::test]
async fn the_plants_files_become_a_catalogue() {
    let db = TestDatabase::bare().await;
    let pool = db.pool();
    let report = import(&db, &plant_files(), ImportMode::Commit).await;
    assert_eq!(report.state, "COMMITTED", "{:#?}", report.findings);

    assert_eq!(
        rows(pool, "SELECT item_code, code_kind FROM item_codes ORDER BY item_code").await,
        [
            "PRIMARY|6.65E+11",
            "SHORT|700.10",
            "PRIMARY|708.77",
            "PRIMARY|95400",
            "ALIAS|ASSY-T2-FRAME",
            "ALIAS|ASSY-T2-SHELF",
            "PRIMARY|SCREW-1",
            "ALIAS|T-OA-PB-COLOR",
            "PRIMARY|T2-BODY",
            "PRIMARY|T2-FRAME",
            "PRIMARY|T2-SHELF"
        ]
    );
    assert_eq!(text(pool, "SELECT item_code FROM resolve_item('t-oa-pb-color')").await, "708.77");
    assert_eq!(rows(pool, "SELECT name, manufacturer AS o, manufacturer_part_number AS p FROM assemblies WHERE assembly_code = 'T2-FRAME'").await, ["SMITH|F9|Frame"]);
    assert_eq!(
        text(pool, "SELECT attributes::text FROM parts WHERE part_number = '708.77'").await,
        "{\"category\": \"PEGBOARD\"}"
    );
    assert_eq!(
        rows(
            pool,
            "SELECT code AS a, trim_scale(quantity_total) AS b, note AS c FROM assembly_structure('T2-BODY')"
        )
        .await,
        ["T2-FRAME|2|-", "SCREW-1|16|-", "SCREW-1|0.5|black"]
    );
    assert_eq!(
        rows(
            pool,
            "SELECT s.subcategory_code FROM assembly_listings JOIN subcategories s USING (subcategory_id)"
        )
        .await,
        ["700.2"]
    );
    assert_eq!(rows(pool, "SELECT revision AS a, state AS b, is_proposal AS c FROM assembly_revisions r JOIN assemblies USING (assembly_id) WHERE assembly_code = 'T2-BODY' ORDER BY 1").await, ["1|RELEASED|false", "2|DRAFT|true"]);
    assert!(text(pool, "SELECT note FROM v_draft_revisions").await.contains("SCREW-1 (too many)"));
}

#[tokio::test]
async fn every_doubt_is_told() {
    let db = TestDatabase::bare().await;
    let report = import(&db, &plant_files(), ImportMode::Commit).await;
    said(&report, "NOTE", "The part T2-FRAME and the assembly T2-FRAME are one item");
    said(&report, "NOTE", "\"category\" is no field");
    said(&report, "WARNING", "T2-SHELF lists itself");
    said(&report, "WARNING", "number damaged by a spreadsheet");
    said(&report, "WARNING", "The kit 95400 has no content");
    said(&report, "WARNING", "Doubtful in the proposed content of T2-BODY");
    let listing = said(&report, "WARNING", "lists 095400");
    assert_eq!(listing.location, "/categories/700/subcategories/700.2/assembly_refs/1");
    assert_eq!(listing.expected.as_deref(), Some("perhaps 95400"));
    assert_eq!(said(&report, "WARNING", "code 700.11 is for 095400").field.as_deref(), Some("item"));
    assert_eq!(counts(&report, "parts"), KindCounts { read: 4, new: 3, folded: 1, ..KindCounts::default() });
    assert_eq!(
        counts(&report, "components"),
        KindCounts { read: 4, new: 3, refused: 1, ..KindCounts::default() }
    );
    assert_eq!(
        counts(&report, "listings"),
        KindCounts { read: 3, new: 1, folded: 1, refused: 1, ..KindCounts::default() }
    );
}

#[tokio::test]
async fn the_same_files_again_change_nothing() {
    let db = TestDatabase::bare().await;
    import(&db, &plant_files(), ImportMode::Commit).await;
    let before = content(&db).await;
    let mut reversed = plant_files();
    reversed.reverse();
    let again = import(&db, &reversed, ImportMode::Commit).await;
    for (kind, n) in &again.summary {
        assert_eq!((n.new, n.changed), (0, 0), "{kind}");
    }
    assert_eq!(content(&db).await, before);
}

async fn content(db: &TestDatabase) -> Vec<String> {
    let mut all = Vec::new();
    for table in [
        "categories",
        "subcategories",
        "assemblies",
        "parts",
        "item_codes",
        "assembly_listings",
        "assembly_revisions",
        "assembly_components",
    ] {
        all.push(
            text(
                db.pool(),
                &format!("SELECT coalesce(string_agg(t::text, E'\\n' ORDER BY t::text), '') FROM {table} t"),
            )
            .await,
        );
    }
    all
}

#[tokio::test]
async fn a_preview_changes_nothing_but_says_the_same() {
    let db = TestDatabase::bare().await;
    let before = content(&db).await;
    let preview = import(&db, &plant_files(), ImportMode::Preview).await;
    assert_eq!(preview.state, "PREVIEWED");
    assert_eq!(content(&db).await, before);
    let made = import(&db, &plant_files(), ImportMode::Commit).await;
    assert_eq!(preview.summary, made.summary);
    assert_eq!(preview.findings, made.findings);
}

#[tokio::test]
async fn changed_content_becomes_a_new_revision_in_force() {
    let db = TestDatabase::bare().await;
    let pool = db.pool();
    import(&db, &plant_files(), ImportMode::Commit).await;
    let changed = ASSEMBLIES
        .replace("\"quantity\": 8", "\"quantity\": 9")
        .replace("\"name\": \"Body\"", "\"name\": \"Sink body\"");
    let report = import(&db, &[file("assemblies.json", &changed)], ImportMode::Commit).await;
    assert_eq!(
        counts(&report, "assemblies"),
        KindCounts { read: 4, changed: 1, unchanged: 3, ..KindCounts::default() }
    );
    assert_eq!(
        counts(&report, "components"),
        KindCounts { read: 4, changed: 1, unchanged: 2, refused: 1, ..KindCounts::default() }
    );
    assert_eq!(
        rows(pool, "SELECT revision AS a, state AS b FROM assembly_revisions JOIN assemblies USING (assembly_id) WHERE assembly_code = 'T2-FRAME' ORDER BY 1").await,
        ["1|SUPERSEDED", "2|RELEASED"]
    );
    // The older files again: what engineering has replaced is not brought back.
    let older = import(&db, &[file("assemblies.json", ASSEMBLIES)], ImportMode::Commit).await;
    said(&older, "WARNING", "content of T2-FRAME is that of an earlier revision");
    assert_eq!(number(pool, "SELECT count(*) FROM assembly_revisions JOIN assemblies USING (assembly_id) WHERE assembly_code = 'T2-FRAME'").await, 2);
}

#[tokio::test]
async fn one_error_and_nothing_is_imported() {
    let db = TestDatabase::bare().await;
    let before = content(&db).await;
    for (from, to, field, piece) in [
        ("\"quantity\": 8", "\"quantity\": 0", "quantity", "greater than 0"),
        ("\"quantity\": 8", "\"quantity\": -1", "quantity", "greater than 0"),
        ("\"quantity\": 8", "\"quantity\": \"a few\"", "quantity", "greater than 0"),
        ("\"quantity\": 8", "\"quantity\": 0.00001", "quantity", "at most 4 decimals"),
        ("\"quantity\": 8", "\"amount\": 8", "quantity", "quantity of SCREW-1 in T2-FRAME"),
        (
            "\"part_id\": \"SCREW-1\", \"quantity\": 8",
            "\"part_id\": \"SCRW-1\", \"quantity\": 8",
            "child",
            "SCRW-1 of T2-FRAME is not in the catalogue",
        ),
        (
            "\"subcategory_code\": \"700.2\"",
            "\"subcategory_code\": \"700.9\"",
            "subcategory",
            "700.9, which is not there",
        ),
        (
            "\"category_code\": \"700\", \"subcategory_code\": \"700.2\"",
            "\"category_code\": \"701\", \"subcategory_code\": \"700.2\"",
            "category",
            "belongs to 700",
        ),
        ("\"type\": \"COMPLEX\"", "\"type\": \"HUGE\"", "type", "SIMPLE, COMPLEX, KIT or SERVICE_PART"),
        ("\"status\": \"ACTIVE\"", "\"status\": \"GONE\"", "status", "ACTIVE or OBSOLETE"),
        ("\"name\": \"Body\"", "\"name\": \"\"", "name", "a name"),
        ("\"95400\": {", "\"ASSY-T2-BODY\": {", "code", "T2-BODY stands twice"),
        (
            "{\"part_id\": \"SCREW-1\", \"quantity\": 8}",
            "{\"part_id\": \"SCREW-1\", \"quantity\": 8}, {\"part_id\": \"SCREW-1\", \"quantity\": 1}",
            "child",
            "stands twice",
        ),
        (
            "{\"part_id\": \"SCREW-1\", \"quantity\": 8}",
            "{\"part_id\": \"T2-BODY\", \"quantity\": 1}",
            "child",
            "→",
        ),
    ] {
        assert!(ASSEMBLIES.contains(from), "{from}");
        let mut files = plant_files();
        files[2] = file("assemblies.json", &ASSEMBLIES.replacen(from, to, 1));
        for mode in [ImportMode::Preview, ImportMode::Commit] {
            let report = import(&db, &files, mode).await;
            assert!(report.is_refused(), "{to}");
            let found = said(&report, "ERROR", piece);
            assert_eq!(
                (found.field.as_deref(), found.source.as_str()),
                (Some(field), "assemblies.json"),
                "{to}"
            );
            assert!(found.location.starts_with("/assemblies/"), "{found:?}");
        }
        assert_eq!(content(&db).await, before, "{to}");
    }
    assert_eq!(
        number(db.pool(), "SELECT count(*) FROM import_sessions WHERE state = 'REFUSED'").await,
        28,
        "refusals are kept with their findings"
    );
}

#[tokio::test]
async fn missing_categories_are_one_clear_error() {
    let db = TestDatabase::bare().await;
    let report =
        import(&db, &[file("assemblies.json", ASSEMBLIES), file("parts.json", PARTS)], ImportMode::Commit)
            .await;
    let errors: Vec<&Finding> = report.findings.iter().filter(|f| f.is_error()).collect();
    assert_eq!(errors.len(), 1, "{errors:#?}");
    assert!(errors[0].message.contains("import categories.json"), "{errors:?}");
}

#[tokio::test]
async fn codes_are_cleaned_and_it_is_told() {
    let db = TestDatabase::bare().await;
    let mut files = plant_files();
    files[0] = file("parts.json", &PARTS.replace("\"SCREW-1\"", "\" screw-1 \""));
    let report = import(&db, &files, ImportMode::Commit).await;
    assert_eq!(report.state, "COMMITTED");
    assert_eq!(said(&report, "NOTE", "Blanks around the code").expected.as_deref(), Some("SCREW-1"));
}

#[tokio::test]
async fn parts_first_and_assemblies_later_end_in_the_same() {
    let together = TestDatabase::bare().await;
    import(&together, &plant_files(), ImportMode::Commit).await;
    let later = TestDatabase::bare().await;
    let mut rest = plant_files();
    let parts = rest.remove(0);
    let alone = import(&later, &[parts], ImportMode::Commit).await;
    assert_eq!(counts(&alone, "parts").new, 4);
    assert_eq!(import(&later, &rest, ImportMode::Commit).await.state, "COMMITTED");
    let shape =
        "SELECT assembly_code, name, manufacturer, manufacturer_part_number FROM assemblies ORDER BY 1";
    assert_eq!(rows(later.pool(), shape).await, rows(together.pool(), shape).await);
    assert_eq!(
        rows(later.pool(), "SELECT part_number FROM parts ORDER BY 1").await,
        rows(together.pool(), "SELECT part_number FROM parts ORDER BY 1").await
    );
}

#[tokio::test]
async fn real_items_take_the_place_of_samples() {
    let db = TestDatabase::bare().await;
    let pool = db.pool();
    run(
        pool,
        "INSERT INTO categories (category_code, name, is_sample) VALUES ('700', 'Invented', true);
         INSERT INTO subcategories (category_id, subcategory_code, name, is_sample) SELECT category_id, '700.1', 'Invented', true FROM categories;
         INSERT INTO assemblies (assembly_code, name, subcategory_id, standard_cost, is_sample) SELECT c, 'Invented', subcategory_id, 9, true FROM subcategories, unnest(ARRAY['T2-BODY', 'SCREW-1', 'ONLY-SAMPLE']) c;
         INSERT INTO parts (part_number, name, standard_cost, is_sample) VALUES ('T2-FRAME', 'Invented', 5, true), ('6.65E+11', 'Invented', 5, true);
         INSERT INTO item_codes (item_code, code_kind, assembly_id, is_sample) SELECT '700.10', 'SHORT', assembly_id, true FROM assemblies WHERE assembly_code = 'ONLY-SAMPLE';
         INSERT INTO assembly_revisions (assembly_id, revision, is_sample) SELECT assembly_id, 1, true FROM assemblies WHERE assembly_code = 'T2-BODY';
         INSERT INTO assembly_components (assembly_revision_id, child_part_id, quantity) SELECT assembly_revision_id, part_id, 7 FROM assembly_revisions, parts WHERE part_number = 'T2-FRAME';
         UPDATE assembly_revisions SET state = 'RELEASED', effective_from = now() - interval '1 day'",
    )
    .await;
    let report = import(&db, &plant_files(), ImportMode::Commit).await;
    assert_eq!(report.state, "COMMITTED", "{:#?}", report.findings);
    assert_eq!(rows(pool, "SELECT assembly_code AS a, name AS b, standard_cost AS c, is_sample AS d FROM assemblies WHERE assembly_code = 'T2-BODY'").await, ["T2-BODY|Body|-|false"], "invented costs go with the sample");
    assert_eq!(rows(pool, "SELECT item_code FROM resolve_item('700.10')").await, ["T2-BODY"]);
    assert_eq!(rows(pool, "SELECT item_kind FROM resolve_item('T2-FRAME')").await, ["ASSEMBLY"]);
    assert_eq!(rows(pool, "SELECT item_kind FROM resolve_item('SCREW-1')").await, ["PART"]);
    assert_eq!(
        rows(pool, "SELECT code FROM (SELECT assembly_code AS code FROM assemblies WHERE is_sample UNION ALL SELECT part_number FROM parts WHERE is_sample) s ORDER BY 1").await,
        ["ONLY-SAMPLE", "SCREW-1 (SAMPLE)", "T2-FRAME (SAMPLE)"]
    );
    assert_eq!(rows(pool, "SELECT revision AS a, state AS b FROM assembly_revisions JOIN assemblies USING (assembly_id) WHERE assembly_code = 'T2-BODY' AND NOT is_proposal ORDER BY 1").await.len(), 2);
    for n in import(&db, &plant_files(), ImportMode::Commit).await.summary.values() {
        assert_eq!((n.new, n.changed), (0, 0));
    }
}

#[tokio::test]
async fn what_a_later_file_leaves_out_stays() {
    let db = TestDatabase::bare().await;
    import(&db, &plant_files(), ImportMode::Commit).await;
    let report =
        import(&db, &[file("parts.csv", "code;name;weight_kg\nSCREW-1;Screw;0.25\n")], ImportMode::Commit)
            .await;
    assert_eq!(counts(&report, "parts").changed, 1);
    assert_eq!(
        rows(
            db.pool(),
            "SELECT manufacturer AS a, trim_scale(weight_kg) AS b FROM parts WHERE part_number = 'SCREW-1'"
        )
        .await,
        ["ACME|0.25"]
    );
}

#[tokio::test]
async fn a_code_that_names_something_else_is_refused() {
    let db = TestDatabase::bare().await;
    import(&db, &plant_files(), ImportMode::Commit).await;
    let report =
        import(&db, &[file("aliases.csv", "alias,item\n700.10,T2-FRAME\n")], ImportMode::Commit).await;
    let found = said(&report, "ERROR", "700.10 already names T2-BODY");
    assert_eq!((found.location.as_str(), found.field.as_deref()), ("line 2", Some("code")));
}
