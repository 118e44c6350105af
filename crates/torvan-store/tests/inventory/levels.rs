//! Low-level codes: below every parent, whatever is written in whatever order.

use proptest::prelude::*;
use sqlx::PgPool;

use crate::support::{assemblies, empty_catalogue, number, run};

const VIOLATIONS: &str = "SELECT count(*) FROM assembly_components c JOIN assembly_revisions r USING (assembly_revision_id)
     JOIN assemblies parent USING (assembly_id) JOIN assemblies child ON child.assembly_id = c.child_assembly_id
    WHERE r.state <> 'WITHDRAWN' AND child.low_level_code <= parent.low_level_code";

/// Edges of a random graph without cycles: from a lower to a higher number, in random order.
fn edges() -> impl Strategy<Value = Vec<(usize, usize)>> {
    proptest::collection::btree_set((0..14_usize, 0..14_usize), 1..45)
        .prop_map(|set| set.into_iter().filter(|(a, b)| a < b).collect::<Vec<_>>())
        .prop_shuffle()
}

fn longest_distances(edges: &[(usize, usize)]) -> Vec<i32> {
    let mut levels = vec![0; 14];
    for _ in 0..14 {
        for &(parent, child) in edges {
            levels[child] = levels[child].max(levels[parent] + 1);
        }
    }
    levels
}

async fn store(pool: &PgPool, edges: &[(usize, usize)], batch: usize) {
    run(
        pool,
        "DELETE FROM assembly_revisions; UPDATE assemblies SET low_level_code = 0;
         INSERT INTO assembly_revisions (assembly_id, revision) SELECT assembly_id, 1 FROM assemblies",
    )
    .await;
    for some in edges.chunks(batch) {
        let parents: Vec<String> = some.iter().map(|(parent, _)| format!("N{parent}")).collect();
        let children: Vec<String> = some.iter().map(|(_, child)| format!("N{child}")).collect();
        sqlx::query(
            "INSERT INTO assembly_components (assembly_revision_id, child_assembly_id, quantity)
             SELECT r.assembly_revision_id, c.assembly_id, 1
               FROM unnest($1::text[], $2::text[]) e (p, c)
               JOIN assemblies p ON p.assembly_code = e.p JOIN assembly_revisions r ON r.assembly_id = p.assembly_id
               JOIN assemblies c ON c.assembly_code = e.c",
        )
        .bind(parents)
        .bind(children)
        .execute(pool)
        .await
        .unwrap();
    }
}

async fn levels(pool: &PgPool) -> Vec<i32> {
    sqlx::query_scalar("SELECT low_level_code FROM assemblies ORDER BY substr(assembly_code, 2)::integer")
        .fetch_all(pool)
        .await
        .unwrap()
}

#[test]
fn levels_are_the_longest_distances_in_any_order_of_writing() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let db = runtime.block_on(empty_catalogue());
    let names: Vec<String> = (0..14).map(|n| format!("N{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    runtime.block_on(assemblies(db.pool(), &names));
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases: 60,
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    runner
        .run(&(edges(), 1..12_usize), |(edges, batch)| {
            runtime.block_on(store(db.pool(), &edges, batch));
            prop_assert_eq!(runtime.block_on(levels(db.pool())), longest_distances(&edges));
            prop_assert_eq!(runtime.block_on(number(db.pool(), "SELECT recompute_low_level_codes()")), 0);
            Ok(())
        })
        .unwrap();
}

#[tokio::test]
async fn a_ladder_of_forty_rungs_in_one_statement() {
    let db = empty_catalogue().await;
    let pool = db.pool();
    run(
        pool,
        "INSERT INTO assemblies (assembly_code, name, subcategory_id)
         SELECT code, code, subcategory_id FROM subcategories, (
           SELECT 'L' || i AS code FROM generate_series(0, 40) i
           UNION ALL SELECT 'M' || i || s FROM generate_series(0, 39) i, unnest(ARRAY['A', 'B']) s) c;
         INSERT INTO assembly_revisions (assembly_id, revision) SELECT assembly_id, 1 FROM assemblies;
         INSERT INTO assembly_components (assembly_revision_id, child_assembly_id, quantity)
         SELECT r.assembly_revision_id, c.assembly_id, 1
           FROM assemblies p JOIN assembly_revisions r USING (assembly_id)
           JOIN assemblies c ON c.assembly_code IN (
             CASE WHEN p.assembly_code LIKE 'L%' THEN 'M' || substr(p.assembly_code, 2) || 'A' ELSE 'L' || (substring(p.assembly_code FROM '[0-9]+')::integer + 1) END,
             CASE WHEN p.assembly_code LIKE 'L%' THEN 'M' || substr(p.assembly_code, 2) || 'B' END);
         UPDATE assembly_revisions SET state = 'RELEASED', effective_from = now()",
    )
    .await;
    assert_eq!(number(pool, VIOLATIONS).await, 0);
    assert_eq!(number(pool, "SELECT max(low_level_code)::bigint FROM assemblies").await, 80);
    // 2^40 paths: sums go over 160 edges, the indented view refuses.
    assert_eq!(number(pool, "SELECT line_count FROM roll_up_assembly('L0')").await, 160);
    assert_eq!(
        number(
            pool,
            "SELECT quantity_total::bigint FROM where_used('L40', now(), NULL) WHERE parent_code = 'L0'"
        )
        .await,
        1 << 40
    );
    let refusal = crate::support::refused(pool, "SELECT * FROM assembly_structure('L0')").await;
    assert_eq!(refusal.sqlstate, "TV022");
    assert_eq!(number(pool, "SELECT count(*) FROM assembly_structure('L0', now(), 4)").await, 2 + 2 + 4 + 4);
}

#[tokio::test]
async fn levels_come_down_again_when_asked() {
    let db = empty_catalogue().await;
    let pool = db.pool();
    assemblies(pool, &["N0", "N1", "N2"]).await;
    store(pool, &[(0, 1), (1, 2)], 2).await;
    run(pool, "DELETE FROM assembly_components").await;
    assert_eq!(levels(pool).await, [0, 1, 2], "the trigger only raises");
    assert_eq!(number(pool, "SELECT recompute_low_level_codes()").await, 2);
    assert_eq!(levels(pool).await, [0, 0, 0]);
}
