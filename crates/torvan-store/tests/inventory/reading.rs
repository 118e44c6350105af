//! Search, where-used, structure and sums through the store's own calls.

use torvan_store::inventory::{self, SearchRequest};
use torvan_store::{Actor, Context, RefusalKind, Store};
use torvan_testing::TestDatabase;

use crate::support::{assemblies, empty_catalogue, made_of, number, parts, rows, run, text};

async fn small_catalogue() -> TestDatabase {
    let db = empty_catalogue().await;
    let pool = db.pool();
    assemblies(pool, &["T2-BODY-1", "T2-FRAME-8", "T2-LEAF-KIT"]).await;
    parts(pool, &["SCREW-1", "095400"]).await;
    run(
        pool,
        "UPDATE assemblies SET name = 'Sink body with legs', labour_hours = 2, lead_time_days = 1 WHERE assembly_code = 'T2-BODY-1';
         UPDATE assemblies SET name = 'Lifter frame', labour_hours = 1, lead_time_days = 5 WHERE assembly_code = 'T2-FRAME-8';
         UPDATE assemblies SET name = 'Perforated pegboard', standard_cost = 50, lead_time_days = 3 WHERE assembly_code = 'T2-LEAF-KIT';
         UPDATE parts SET name = 'Screw M4', standard_cost = 0.1, weight_kg = 0.01, lead_time_days = 20 WHERE part_number = 'SCREW-1';
         UPDATE parts SET name = 'Basin gasket', standard_cost = 2, weight_kg = 0.2, lifecycle = 'OBSOLETE' WHERE part_number = '095400'",
    )
    .await;
    made_of(pool, "T2-FRAME-8", &[("SCREW-1", "8"), ("T2-LEAF-KIT", "1"), ("095400", "1")]).await;
    made_of(pool, "T2-BODY-1", &[("T2-FRAME-8", "2"), ("T2-LEAF-KIT", "1"), ("SCREW-1", "4")]).await;
    db
}

async fn context(db: &TestDatabase) -> Context {
    Store::from_pool(db.pool().clone()).begin(&Actor::Database).await.unwrap()
}

async fn found(db: &TestDatabase, query: &str) -> Vec<(String, String)> {
    let request =
        SearchRequest { query: query.into(), max_results: 20, kinds: None, include_obsolete: false };
    let hits = inventory::search(&mut context(db).await, &request).await.unwrap();
    hits.into_iter().map(|hit| (hit.code, hit.matched_by)).collect()
}

fn hit(code: &str, matched_by: &str) -> (String, String) {
    (code.to_owned(), matched_by.to_owned())
}

#[tokio::test]
async fn codes_go_before_words_and_words_before_likeness() {
    let db = small_catalogue().await;
    assert_eq!(
        found(&db, "t2-").await,
        [
            hit("T2-BODY-1", "CODE_PREFIX"),
            hit("T2-FRAME-8", "CODE_PREFIX"),
            hit("T2-LEAF-KIT", "CODE_PREFIX")
        ]
    );
    assert_eq!(found(&db, "ASSY-T2-LEAF-KIT").await, [hit("T2-LEAF-KIT", "CODE")]);
    assert_eq!(found(&db, "perf pegboard").await, [hit("T2-LEAF-KIT", "WORDS")]);
    assert_eq!(found(&db, "peboard").await, [hit("T2-LEAF-KIT", "SIMILAR")]);
    assert_eq!(found(&db, "T2-FRMAE-8").await[0], hit("T2-FRAME-8", "SIMILAR"));
    assert_eq!(found(&db, "gasket").await, [], "obsolete items are found on request only");
    for nonsense in ["", "  ", "'\":*&!(", "\\", "%_"] {
        assert_eq!(found(&db, nonsense).await, [], "{nonsense:?}");
    }
}

#[tokio::test]
async fn a_search_keeps_to_kinds_and_number() {
    let db = small_catalogue().await;
    let mut request = SearchRequest {
        query: "basin".into(),
        max_results: 20,
        kinds: Some(vec!["PART".into()]),
        include_obsolete: true,
    };
    assert_eq!(inventory::search(&mut context(&db).await, &request).await.unwrap().len(), 1);
    request.kinds = Some(vec!["ASSEMBLY".into()]);
    assert!(inventory::search(&mut context(&db).await, &request).await.unwrap().is_empty());
    request.query = "T2".into();
    request.max_results = 2;
    assert_eq!(inventory::search(&mut context(&db).await, &request).await.unwrap().len(), 2);
    request.kinds = Some(vec!["THING".into()]);
    let error = inventory::search(&mut context(&db).await, &request).await.unwrap_err();
    assert_eq!(error.refusal().unwrap().kind, RefusalKind::Value);
}

#[tokio::test]
async fn uses_are_told_with_line_and_total() {
    let db = small_catalogue().await;
    let uses = inventory::where_used(&mut context(&db).await, "screw-1", None, None).await.unwrap();
    let told: Vec<String> = uses
        .iter()
        .map(|u| {
            format!(
                "{} {} {:?} {} {}",
                u.level,
                u.parent_code,
                u.quantity_per.as_ref().map(ToString::to_string),
                u.quantity_total,
                u.is_top_level
            )
        })
        .collect();
    assert_eq!(told, ["1 T2-BODY-1 Some(\"4\") 20 true", "1 T2-FRAME-8 Some(\"8\") 8 false"]);
    let gasket = inventory::where_used(&mut context(&db).await, "095400", None, Some(1)).await.unwrap();
    assert_eq!(gasket.len(), 1);
    let above = inventory::where_used(&mut context(&db).await, "095400", None, None).await.unwrap();
    assert_eq!(
        (above[1].level, above[1].parent_code.as_str(), above[1].quantity_per.is_none()),
        (2, "T2-BODY-1", true)
    );
    let unknown = inventory::where_used(&mut context(&db).await, "95400", None, None).await.unwrap_err();
    assert_eq!(unknown.refusal().unwrap().hint.as_deref(), Some("Did you mean 095400?"));
}

#[tokio::test]
async fn sums_follow_the_structure() {
    let db = small_catalogue().await;
    let sums = inventory::roll_up(&mut context(&db).await, "T2-BODY-1", None).await.unwrap();
    // 2 frames of (8 x 0.1 + 50 + 2), a board of 50, 4 screws of 0.1.
    assert_eq!(sums.material_cost.as_str(), "156");
    assert_eq!(sums.labour_hours.as_str(), "4");
    assert_eq!(sums.weight_kg.as_str(), "0.6");
    assert_eq!((sums.lead_time_days, sums.line_count, sums.depth), (1 + 5 + 20, 6, 2));
    assert_eq!((sums.leaves_without_cost, sums.leaves_without_weight), (0, 1));
}

#[tokio::test]
async fn expected_loss_multiplies_down_the_structure() {
    let db = small_catalogue().await;
    let pool = db.pool();
    for (code, percent) in [("T2-BODY-1", 10), ("T2-FRAME-8", 50)] {
        let revision = crate::support::draft(pool, code).await;
        run(pool, &format!("UPDATE assembly_components SET scrap_percent = {percent} WHERE assembly_revision_id = {revision}")).await;
        crate::support::release(pool, revision).await;
    }
    let sums = inventory::roll_up(&mut context(&db).await, "T2-BODY-1", None).await.unwrap();
    // 1.1 x (2 x 1.5 x 52.8 + 50 + 0.4)
    assert_eq!(sums.material_cost.as_str(), "229.68");
    assert_eq!(sums.weight_kg.as_str(), "0.6", "what is lost does not weigh in the product");
}

#[tokio::test]
async fn the_hierarchy_can_be_refreshed_while_it_is_read() {
    let db = small_catalogue().await;
    let pool = db.pool();
    run(pool, "REFRESH MATERIALIZED VIEW mv_inventory_hierarchy").await;
    run(pool, "INSERT INTO categories (category_code, name) VALUES ('EMPTY', 'Nothing yet')").await;
    run(pool, "REFRESH MATERIALIZED VIEW CONCURRENTLY mv_inventory_hierarchy").await;
    assert_eq!(
        rows(pool, "SELECT component_code AS code FROM mv_inventory_hierarchy WHERE assembly_code = 'T2-BODY-1' ORDER BY 1").await,
        ["SCREW-1", "T2-FRAME-8", "T2-LEAF-KIT"]
    );
    assert_eq!(
        number(
            pool,
            "SELECT count(*) FROM mv_inventory_hierarchy WHERE category_code = 'EMPTY' AND subcategory_id = 0"
        )
        .await,
        1
    );
    assert_eq!(
        text(pool, "SELECT component_count::text FROM v_assemblies WHERE assembly_code = 'T2-FRAME-8'").await,
        "3"
    );
}
