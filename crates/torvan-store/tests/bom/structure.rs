//! The explosion as a graph: sums over all paths, shared sub-assemblies, sizes that a tree would never finish.

use std::collections::BTreeMap;

use serde_json::json;

use crate::support::{Plant, Refusal, refusal, sink_with};

/// A component line: parent, child, quantity. Codes of parts begin with "P-", all others are assemblies.
pub type Edge = (String, String, f64);

/// One edge as the explosion gives it: parent, child, quantity per parent and in total, distance from the top.
pub type Exploded = (String, String, f64, f64, i32);

impl Plant {
    /// Puts a structure of its own into the catalogue, released.
    pub async fn structure(&self, edges: &[Edge]) {
        let of = |pick: fn(&Edge) -> &str| edges.iter().map(pick).map(str::to_owned).collect::<Vec<_>>();
        let (parents, children) = (of(|edge| &edge.0), of(|edge| &edge.1));
        let quantities: Vec<f64> = edges.iter().map(|edge| edge.2).collect();
        let steps = [
            "SELECT lock_structure()::text WHERE $1::text[] IS NOT NULL AND $2::text[] IS NOT NULL AND $3::float8[] IS NOT NULL",
            "INSERT INTO parts (part_number, name) SELECT DISTINCT c, c FROM unnest($2) c WHERE c LIKE 'P-%' AND $1 IS NOT NULL AND $3::float8[] IS NOT NULL ON CONFLICT DO NOTHING RETURNING ''",
            "INSERT INTO assemblies (assembly_code, name, subcategory_id)
             SELECT DISTINCT c, c, (SELECT subcategory_id FROM subcategories WHERE subcategory_code = '720.702') FROM unnest($1 || $2) c
              WHERE c NOT LIKE 'P-%' AND $3::float8[] IS NOT NULL ON CONFLICT DO NOTHING RETURNING ''",
            "INSERT INTO assembly_revisions (assembly_id, revision) SELECT a.assembly_id, 1 FROM assemblies a
              WHERE a.assembly_code = ANY ($1) AND $2::text[] IS NOT NULL AND $3::float8[] IS NOT NULL RETURNING ''",
            "INSERT INTO assembly_components (assembly_revision_id, child_assembly_id, child_part_id, quantity, position)
             SELECT r.assembly_revision_id, c.assembly_id, p.part_id, e.quantity, e.n
               FROM unnest($1, $2, $3) WITH ORDINALITY AS e (parent, child, quantity, n)
               JOIN assemblies a ON a.assembly_code = e.parent JOIN assembly_revisions r ON r.assembly_id = a.assembly_id
               LEFT JOIN assemblies c ON c.assembly_code = e.child LEFT JOIN parts p ON p.part_number = e.child RETURNING ''",
            "UPDATE assembly_revisions r SET state = 'RELEASED', effective_from = '2020-01-01' FROM assemblies a
              WHERE a.assembly_id = r.assembly_id AND a.assembly_code = ANY ($1) AND $2::text[] IS NOT NULL AND $3::float8[] IS NOT NULL RETURNING ''",
        ];
        let mut transaction = self.pool().begin().await.expect("a transaction");
        for step in steps {
            let query = sqlx::query(step).bind(&parents).bind(&children).bind(&quantities);
            query.execute(&mut *transaction).await.unwrap_or_else(|error| panic!("{step}: {error}"));
        }
        transaction.commit().await.expect("a structure");
    }

    pub async fn explode(&self, roots: &[(String, f64)]) -> Result<Vec<Exploded>, Refusal> {
        let (codes, quantities): (Vec<String>, Vec<f64>) = roots.iter().cloned().unzip();
        let query = sqlx::query_as(
            "SELECT parent.assembly_code, coalesce(child.assembly_code, p.part_number), x.quantity_per::float8, x.quantity_total::float8, x.depth
               FROM (SELECT array_agg(a.assembly_id ORDER BY g.n) AS ids, array_agg(g.quantity::numeric ORDER BY g.n) AS quantities
                       FROM unnest($1::text[], $2::float8[]) WITH ORDINALITY AS g (code, quantity, n) JOIN assemblies a ON a.assembly_code = g.code) roots
               CROSS JOIN LATERAL explode_structure(roots.ids, roots.quantities) x
               JOIN assemblies parent ON parent.assembly_id = x.parent_assembly_id
               LEFT JOIN assemblies child ON child.assembly_id = x.child_assembly_id LEFT JOIN parts p ON p.part_id = x.child_part_id",
        );
        query.bind(codes).bind(quantities).fetch_all(self.pool()).await.map_err(|error| refusal(&error))
    }
}

pub fn edge(parent: impl Into<String>, child: impl Into<String>, quantity: f64) -> Edge {
    (parent.into(), child.into(), quantity)
}

/// Two assemblies on each step, both made of the two on the next: paths double with every step.
fn ladder(steps: u32) -> Vec<Edge> {
    let mut edges = Vec::new();
    for step in 0..steps {
        let sides =
            if step == 0 { vec!["L".to_owned()] } else { vec![format!("L{step}-A"), format!("L{step}-B")] };
        for side in sides {
            if step + 1 == steps {
                edges.push(edge(side, "P-RUNG", 1.0));
            } else {
                edges.push(edge(side.clone(), format!("L{}-A", step + 1), 1.0));
                edges.push(edge(side, format!("L{}-B", step + 1), 1.0));
            }
        }
    }
    edges
}

#[tokio::test]
async fn a_shared_sub_assembly_is_one_edge_with_the_sum_of_its_paths() {
    let plant = Plant::new().await;
    plant
        .structure(&[
            edge("TOP", "LEFT", 2.0),
            edge("TOP", "RIGHT", 3.0),
            edge("LEFT", "SHARED", 4.0),
            edge("RIGHT", "SHARED", 0.5),
            edge("SHARED", "P-SCREW", 10.0),
        ])
        .await;
    let mut seen = plant.explode(&[("TOP".to_owned(), 1.0)]).await.expect("a graph");
    seen.sort_by(|one, other| one.partial_cmp(other).expect("numbers"));
    let row = |parent: &str, child: &str, per: f64, total: f64, depth: i32| {
        (parent.to_owned(), child.to_owned(), per, total, depth)
    };
    assert_eq!(
        seen,
        [
            row("LEFT", "SHARED", 4.0, 8.0, 2),
            row("RIGHT", "SHARED", 0.5, 1.5, 2),
            row("SHARED", "P-SCREW", 10.0, 95.0, 3),
            row("TOP", "LEFT", 2.0, 2.0, 1),
            row("TOP", "RIGHT", 3.0, 3.0, 1),
        ]
    );
}

#[tokio::test]
async fn an_item_at_the_top_and_inside_another_counts_both_ways() {
    let plant = Plant::new().await;
    plant.structure(&[edge("TOP", "INNER", 2.0), edge("INNER", "P-NUT", 3.0)]).await;
    let seen = plant.explode(&[("TOP".to_owned(), 5.0), ("INNER".to_owned(), 1.0)]).await.expect("a graph");
    let nuts: Vec<f64> = seen.iter().filter(|edge| edge.1 == "P-NUT").map(|edge| edge.3).collect();
    assert_eq!(nuts, [33.0]);
}

#[tokio::test]
async fn ladders_with_2_to_the_25_and_2_to_the_40_paths() {
    let plant = Plant::new().await;
    plant.structure(&ladder(41)).await;
    for (root, paths, depth) in [("L15-A", 25, 26), ("L", 40, 41)] {
        let seen = plant.explode(&[(root.to_owned(), 1.0)]).await.expect("a graph");
        let total: f64 = seen.iter().filter(|edge| edge.1 == "P-RUNG").map(|edge| edge.3).sum();
        assert!((total - 2f64.powi(paths)).abs() < 0.5, "{root}: {total}");
        assert_eq!(seen.iter().map(|edge| edge.4).max(), Some(depth), "{root}");
        assert_eq!(seen.len(), 4 * usize::try_from(depth).expect("a depth") - 4, "{root}: each edge once");
    }
}

#[tokio::test]
async fn a_tree_of_16_8_million_nodes_is_a_bom_of_some_hundred_lines() {
    // 26 items, each made of the next eight.
    let code = |n: usize| if n == 25 { "P-LAST".to_owned() } else { format!("S-{n:02}") };
    let edges: Vec<Edge> = (0..25)
        .flat_map(|n| (n + 1..=(n + 8).min(25)).map(move |child| edge(code(n), code(child), 1.0)))
        .collect();
    let mut nodes: BTreeMap<usize, u64> = BTreeMap::from([(25, 1)]);
    let mut paths: BTreeMap<usize, u64> = BTreeMap::from([(25, 1)]);
    for n in (0..25).rev() {
        let below = || n + 1..=(n + 8).min(25);
        nodes.insert(n, 1 + below().map(|child| nodes[&child]).sum::<u64>());
        paths.insert(n, below().map(|child| paths[&child]).sum());
    }
    assert!(nodes[&0] > 16_000_000, "{}", nodes[&0]);
    let plant = Plant::new().await;
    plant.structure(&edges).await;
    let seen = plant.preview(&sink_with(json!({"accessories": [{"code": "S-00"}]}))).await;
    assert!(seen.is_valid(), "{:?}", seen.messages());
    #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
    let expected = paths[&0] as f64;
    assert!((seen.leaf("P-LAST") - expected).abs() < 0.5, "{} {expected}", seen.leaf("P-LAST"));
    let bom = plant.generate(&sink_with(json!({"accessories": [{"code": "S-00"}]}))).await.expect("a BOM");
    let stored = plant.text(&format!("SELECT count(*)::text FROM bom_line_items l JOIN assemblies a ON a.assembly_id = l.parent_assembly_id WHERE bom_id = {bom} AND a.assembly_code LIKE 'S-%'")).await;
    assert_eq!(stored, edges.len().to_string());
    let shown = plant.text(&format!("SELECT count(*)::text FROM indented_bom({bom}, 30, 400)")).await;
    assert_eq!(shown, "400", "the tree is only drawn as far as asked");
}

#[tokio::test]
async fn quantities_too_large_or_too_small_to_store_are_refused() {
    let plant = Plant::new().await;
    plant
        .structure(&[
            edge("BIG", "BIGGER", 1e9),
            edge("BIGGER", "P-SAND", 1e9),
            edge("SMALL", "SMALLER", 0.001),
            edge("SMALLER", "P-DUST", 0.001),
        ])
        .await;
    for root in ["BIG", "SMALL"] {
        let refused = plant.explode(&[(root.to_owned(), 1.0)]).await.expect_err(root);
        assert_eq!(refused.code, "TV022", "{root}: {}", refused.message);
        let document = json!({"sinks": [sink_with(json!({"accessories": [{ "code": root }]}))]});
        assert_eq!(plant.document(&document).await.expect_err(root).code, "TV022");
    }
    let many = plant.explode(&[("BIGGER".to_owned(), 9999.0)]).await.expect("a graph");
    assert!((many[0].3 - 9999e9).abs() < 1.0);
    plant.text("UPDATE parts SET standard_cost = 9999999999 WHERE part_number = 'P-SAND' RETURNING ''").await;
    let costly = json!({"sinks": [sink_with(json!({"accessories": [{"code": "BIGGER", "quantity": 999}]}))]});
    assert_eq!(plant.document(&costly).await.expect_err("a cost without end").code, "TV022");
}

#[tokio::test]
async fn content_is_that_of_the_revision_in_force() {
    let plant = Plant::new().await;
    plant.structure(&[edge("REV", "P-OLD", 1.0)]).await;
    plant
        .text(
            "WITH r AS (INSERT INTO assembly_revisions (assembly_id, revision) SELECT assembly_id, 2 FROM assemblies WHERE assembly_code = 'REV' RETURNING assembly_revision_id),
                  p AS (INSERT INTO parts (part_number, name) VALUES ('P-NEW', 'new') RETURNING part_id)
             INSERT INTO assembly_components (assembly_revision_id, child_part_id, quantity) SELECT r.assembly_revision_id, p.part_id, 5 FROM r, p RETURNING ''",
        )
        .await;
    let children = |seen: Vec<Exploded>| seen.into_iter().map(|edge| edge.1).collect::<Vec<_>>();
    assert_eq!(
        children(plant.explode(&[("REV".to_owned(), 1.0)]).await.expect("a graph")),
        ["P-OLD"],
        "a draft is not in force"
    );
    plant.text("SELECT release_assembly_revision(assembly_revision_id)::text FROM assembly_revisions r JOIN assemblies a USING (assembly_id) WHERE assembly_code = 'REV' AND revision = 2").await;
    assert_eq!(children(plant.explode(&[("REV".to_owned(), 1.0)]).await.expect("a graph")), ["P-NEW"]);
    let before = plant
        .text("SELECT p.part_number FROM explode_structure(ARRAY[(SELECT assembly_id FROM assemblies WHERE assembly_code = 'REV')], ARRAY[1], '2021-01-01') x JOIN parts p ON p.part_id = x.child_part_id")
        .await;
    assert_eq!(before, "P-OLD", "the past stays as it was");
}
