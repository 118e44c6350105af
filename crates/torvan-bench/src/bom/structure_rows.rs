//! Rows of the report about synthetic products: many lines, many levels, many ways to the same part.

use std::collections::BTreeMap;

use super::Plan;
use super::catalogue::Stored;
use super::client::Client;
use super::product::Totals;
use super::stage::{Stage, carriers, keep, line_count};
use crate::BenchError;
use crate::error::{During as _, expect_equal};
use crate::report::Row;
use crate::statistics::{Rounds, Samples};

/// One product to be measured.
struct Case<'a> {
    key: &'static str,
    title: &'static str,
    stored: &'a Stored,
    turns: usize,
    p50_limit: f64,
    ratio_limit: Option<f64>,
}

pub(super) async fn all(
    client: &mut Client,
    stage: &mut Stage,
    plan: &Plan,
    on_step: &mut impl FnMut(&str),
) -> Result<Vec<Row>, BenchError> {
    let catalogue = &stage.catalogue;
    let case = |key, title, stored, turns, p50_limit| Case {
        key,
        title,
        stored,
        turns,
        p50_limit,
        ratio_limit: None,
    };
    let turns = plan.long_turns;
    let middle = case("middle", "a product of many lines", &catalogue.middle, turns, 45.0);
    let large = case("large", "a product of very many lines", &catalogue.large, 1, 2000.0);
    let shared = case("shared", "26 items that share sub-assemblies", &catalogue.shared, turns, 20.0);
    let ladder_25 = case("ladder-25", "ladder with 2^25 ways to its part", &catalogue.ladder_25, turns, 10.0);
    let ladder_40 = case("ladder-40", "ladder with 2^40 ways to its part", &catalogue.ladder_40, turns, 10.0);

    let mut rows = Vec::new();
    for case in [Case { ratio_limit: Some(2.0), ..middle }, large, shared, ladder_25, ladder_40] {
        on_step(&format!("product {}", case.stored.product.name));
        rows.push(generated(client, &case, plan.rounds).await?);
    }
    on_step("rolling up without storing");
    rows.push(rolled_up(client, &catalogue.large, plan).await?);
    Ok(rows)
}

async fn generated(client: &mut Client, case: &Case<'_>, rounds: usize) -> Result<Row, BenchError> {
    let Case { stored, turns, .. } = *case;
    let mut sinks = carriers(client, stored, 2 * rounds * turns + 3).await?.into_iter();
    let mut take = || sinks.next().ok_or_else(|| BenchError::Missing { what: "no sink is left".to_owned() });
    let (first, _) = client.generate(take()?).await?;
    let totals = stored.product.totals();
    verify(client, &stored.product.name, first, &totals).await?;
    keep(client, &[first]).await?;
    client.insert_again(&[first], &[take()?], 1).await?;

    let mut measured = Rounds::default();
    for _ in 0..rounds {
        let (mut product, mut floor) = (Samples::new(), Samples::new());
        for _ in 0..turns {
            product.record(client.generate(take()?).await?.1);
            floor.record(client.insert_again(&[first], &[take()?], 1).await?);
        }
        measured.push(product, floor);
    }
    let what = describe(case.title, &totals, line_count(client, &[first]).await?);
    let row = Row::timed(case.key, what, &measured).limit_p50(case.p50_limit);
    Ok(match case.ratio_limit {
        Some(ratio) => row.limit_ratio(ratio),
        None => row,
    })
}

async fn rolled_up(client: &mut Client, stored: &Stored, plan: &Plan) -> Result<Row, BenchError> {
    let totals = stored.product.totals();
    let sum: u128 = totals.parts.values().sum();
    let ((kinds, quantity), _) = client.roll_up(stored.assembly_id).await?;
    let kinds = usize::try_from(kinds).unwrap_or_default();
    expect_equal("roll-up", "kinds of parts", &kinds, &totals.parts.len())?;
    expect_equal("roll-up", "sum of all quantities", &quantity, &sum.to_string())?;
    let mut rounds = Rounds::default();
    for _ in 0..plan.rounds {
        let mut samples = Samples::new();
        for _ in 0..plan.long_turns {
            samples.record(client.roll_up(stored.assembly_id).await?.1);
        }
        rounds.push(samples, Samples::new());
    }
    let what = format!(
        "roll-up of the {} components without storing: totals of {} parts",
        totals.lines,
        totals.parts.len()
    );
    Ok(Row::timed("roll-up", what, &rounds).limit_p50(100.0))
}

/// Compares every total of a stored BOM with what one pass in whole numbers gives.
async fn verify(client: &mut Client, name: &str, bom: i64, expected: &Totals) -> Result<(), BenchError> {
    let (lines, depth): (i64, i32) = sqlx::query_as(include_str!("../../sql/measure/synthetic_lines.sql"))
        .bind(bom)
        .fetch_one(client.connection())
        .await
        .during("counting synthetic lines")?;
    expect_equal(name, "distinct components", &usize::try_from(lines).unwrap_or_default(), &expected.lines)?;
    expect_equal(name, "depth", &usize::try_from(depth).unwrap_or_default(), &expected.depth)?;
    let found: Vec<(i64, String)> = sqlx::query_as(include_str!("../../sql/measure/synthetic_parts.sql"))
        .bind(bom)
        .fetch_all(client.connection())
        .await
        .during("summing synthetic parts")?;
    let found: BTreeMap<usize, String> = found
        .into_iter()
        .map(|(part, quantity)| (usize::try_from(part).unwrap_or(usize::MAX), quantity))
        .collect();
    expect_equal(name, "kinds of parts", &found.len(), &expected.parts.len())?;
    for (part, quantity) in &expected.parts {
        let total = found.get(part).map_or("absent", String::as_str);
        expect_equal(name, &format!("total of BENCH-P-{part:06}"), &total, &quantity.to_string().as_str())?;
    }
    Ok(())
}

fn describe(title: &str, totals: &Totals, lines: i64) -> String {
    let nodes = if totals.tree_nodes > 1_000_000 {
        format!(" ({} nodes as a tree)", in_words(totals.tree_nodes))
    } else {
        String::new()
    };
    format!(
        "{title}: {} components, depth {}{nodes}; {lines} lines with the sink it goes into",
        totals.lines, totals.depth
    )
}

/// Large numbers rounded to three digits.
fn in_words(number: u128) -> String {
    let (divisor, unit) = match number {
        0..1_000_000_000 => (1_000_000, "million"),
        1_000_000_000..1_000_000_000_000 => (1_000_000_000, "billion"),
        _ => (1_000_000_000_000, "trillion"),
    };
    let tenths = (number * 10 + divisor / 2) / divisor;
    format!("{}.{} {unit}", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn large_numbers_read_as_words() {
        assert_eq!(in_words(16_796_118), "16.8 million");
        assert_eq!(in_words(1 << 40), "1.1 trillion");
        assert_eq!(in_words(4_398_046_511), "4.4 billion");
    }
}
