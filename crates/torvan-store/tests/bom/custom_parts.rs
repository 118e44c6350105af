//! Custom parts of the 700 series: one number per thing, for ever, also when many sessions ask at once.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use sqlx::PgPool;

use crate::support::{Plant, custom_pegboard, refusal, sink_with};

fn bowl(width: f64) -> Value {
    sink_with(
        json!({"basins": [{"type": "E_DRAIN", "size": "CUSTOM", "custom_width_in": width, "custom_length_in": 21, "custom_depth_in": 8}]}),
    )
}

/// Generates the BOM of a sink in one transaction, again when it fails as a serialization failure; how often it had to.
async fn generate_at(pool: PgPool, isolation: &'static str, sink: Value) -> u32 {
    for repeats in 0..100 {
        match attempt(&pool, isolation, &sink).await {
            Ok(()) => return repeats,
            Err(error) => assert_eq!(refusal(&error).code, "40001", "{error}"),
        }
    }
    panic!("a serialization failure a hundred times")
}

async fn attempt(pool: &PgPool, isolation: &'static str, sink: &Value) -> Result<(), sqlx::Error> {
    let mut transaction = pool.begin_with(isolation).await?;
    sqlx::query("SELECT generate_bom(save_configuration($1))").bind(sink).execute(&mut *transaction).await?;
    transaction.commit().await
}

impl Plant {
    async fn fifty_at_once(&self, isolation: &'static str, width: fn(u8) -> f64) {
        let pool = self.crowd(50);
        let tasks: Vec<_> =
            (0..50).map(|n| tokio::spawn(generate_at(pool.clone(), isolation, bowl(width(n))))).collect();
        for task in tasks {
            task.await.expect("a BOM");
        }
        pool.close().await;
    }

    async fn numbers(&self) -> Vec<(String, String)> {
        let query = sqlx::query_as(
            "SELECT specification_code, custom_number FROM custom_parts_registry WHERE specification_code LIKE '%X21X8' ORDER BY 1",
        );
        query.fetch_all(self.pool()).await.expect("numbers")
    }
}

#[tokio::test]
async fn fifty_sessions_get_unique_numbers_at_read_committed_and_repeatable_read() {
    for isolation in ["BEGIN ISOLATION LEVEL READ COMMITTED", "BEGIN ISOLATION LEVEL REPEATABLE READ"] {
        let plant = Plant::new().await;
        plant.fifty_at_once(isolation, |_| 33.0).await;
        assert_eq!(plant.numbers().await.len(), 1, "{isolation}: one thing has one number");
        plant.fifty_at_once(isolation, |n| 1.0 + f64::from(n % 25)).await;
        let numbers = plant.numbers().await;
        let distinct: BTreeSet<&String> = numbers.iter().map(|(_, number)| number).collect();
        assert_eq!(
            (numbers.len(), distinct.len()),
            (26, 26),
            "{isolation}: 25 things twice each, and the first"
        );
        let lines = plant.text("SELECT count(DISTINCT item_code) || ' ' || count(*) FROM bom_line_items WHERE specification_code LIKE '%X21X8'").await;
        assert_eq!(lines, "26 100", "{isolation}");
    }
}

#[tokio::test]
async fn equal_dimensions_share_a_number_whatever_their_spelling() {
    let plant = Plant::new().await;
    let number = async |sink: &Value, kind: &str| {
        let bom = plant.generate(sink).await.expect("a BOM");
        plant.text(&format!("SELECT r.custom_number FROM bom_line_items l JOIN custom_parts_registry r USING (part_id) WHERE bom_id = {bom} AND custom_kind = '{kind}'")).await
    };
    let first = number(&bowl(22.5), "BASIN").await;
    assert_eq!(number(&bowl(22.50), "BASIN").await, first);
    let other = number(&bowl(22.25), "BASIN").await;
    assert_ne!(other, first);
    let board = number(&custom_pegboard(40.0, 80.0, json!({})), "PEGBOARD").await;
    assert_ne!(board, first);
    assert_eq!(
        number(
            &custom_pegboard(40.0, 80.0, json!({"pegboard_type": "SOLID", "pegboard_color": "RED"})),
            "PEGBOARD"
        )
        .await,
        board
    );
    let part = plant.text(&format!("SELECT concat_ws(' ', p.part_type, p.specification_code, r.state, r.dimensions) FROM parts p JOIN custom_parts_registry r USING (part_id) WHERE part_number = '{first}'")).await;
    assert_eq!(part, "CUSTOM T2-ADW-BASIN22.5X21X8 NEEDS_DRAWING [22.5, 21, 8]");
}

#[tokio::test]
async fn a_preview_spends_no_number() {
    let plant = Plant::new().await;
    let state = "SELECT (SELECT count(*) FROM custom_parts_registry) || ' ' || last_value || ' ' || is_called FROM custom_part_number_sequence";
    let before = plant.text(state).await;
    let seen = plant.preview(&bowl(44.0)).await;
    assert_eq!(seen.codes("T2-ADW-BASIN"), ["T2-ADW-BASIN44X21X8"], "the preview shows what it is");
    plant.save(&bowl(44.0)).await;
    assert_eq!(plant.text(state).await, before);
}

#[tokio::test]
async fn numbers_are_never_used_again() {
    let plant = Plant::new().await;
    let mut transaction = plant.pool().begin().await.expect("a transaction");
    let lost: String = sqlx::query_scalar(
        "SELECT (allocate_custom_part('BASIN', 'T2-ADW-BASIN9X9X9', '[9, 9, 9]')).custom_number",
    )
    .fetch_one(&mut *transaction)
    .await
    .expect("a number");
    transaction.rollback().await.expect("rolled back");
    let kept = plant
        .text("SELECT (allocate_custom_part('BASIN', 'T2-ADW-BASIN9X9X9', '[9, 9, 9]')).custom_number")
        .await;
    assert!(kept > lost, "a number that was rolled back leaves a gap: {lost} {kept}");

    let bom = plant.generate(&bowl(31.0)).await.expect("a BOM");
    let number = plant
        .text(&format!(
            "SELECT item_code FROM bom_line_items WHERE bom_id = {bom} AND item_code LIKE '720.215.%'"
        ))
        .await;
    plant.text(&format!("DELETE FROM boms WHERE bom_id = {bom} RETURNING ''")).await;
    let next = plant.generate(&bowl(32.0)).await.expect("a BOM");
    let other = plant
        .text(&format!(
            "SELECT item_code FROM bom_line_items WHERE bom_id = {next} AND item_code LIKE '720.215.%'"
        ))
        .await;
    assert_ne!(number, other, "a number outlives the BOM that asked for it");
}

#[tokio::test]
async fn three_digits_then_four_and_taken_numbers_are_passed_over() {
    let plant = Plant::new().await;
    plant.text("SELECT setval('custom_part_number_sequence', 997)::text").await;
    plant
        .text(
            "INSERT INTO parts (part_number, name) VALUES ('720.215.998', 'from an older list') RETURNING ''",
        )
        .await;
    let mut numbers = Vec::new();
    for width in 1..=3 {
        numbers.push(plant.text(&format!("SELECT (allocate_custom_part('BASIN', 'T2-ADW-BASIN{width}X2X3', '[{width}, 2, 3]')).custom_number")).await);
    }
    assert_eq!(numbers, ["720.215.999", "720.215.1000", "720.215.1001"]);
}

#[tokio::test]
async fn what_a_number_means_never_changes() {
    let plant = Plant::new().await;
    let number = plant
        .text("SELECT (allocate_custom_part('BASIN', 'T2-ADW-BASIN7X7X7', '[7, 7, 7]')).custom_number")
        .await;
    for change in [
        "UPDATE custom_parts_registry SET specification_code = 'T2-ADW-BASIN8X8X8' WHERE custom_number = '{}' RETURNING ''",
        "UPDATE custom_parts_registry SET dimensions = '[8, 8, 8]' WHERE custom_number = '{}' RETURNING ''",
        "UPDATE custom_parts_registry SET custom_number = '720.215.777' WHERE custom_number = '{}' RETURNING ''",
        "DELETE FROM custom_parts_registry WHERE custom_number = '{}' RETURNING ''",
        "UPDATE parts SET part_number = '720.215.777' WHERE part_number = '{}' RETURNING ''",
        "UPDATE parts SET specification_code = 'T2-ADW-BASIN8X8X8' WHERE part_number = '{}' RETURNING ''",
        "UPDATE parts SET is_custom = false, part_type = 'COMPONENT' WHERE part_number = '{}' RETURNING ''",
    ] {
        assert_eq!(plant.refused(&change.replace("{}", &number)).await.code, "TV003", "{change}");
    }
    plant
        .text(&format!(
            "UPDATE custom_parts_registry SET state = 'RETIRED' WHERE custom_number = '{number}' RETURNING ''"
        ))
        .await;
    plant
        .text(&format!(
            "UPDATE parts SET standard_cost = 12, name = 'Bowl' WHERE part_number = '{number}' RETURNING ''"
        ))
        .await;
}
