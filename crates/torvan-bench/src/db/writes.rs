//! What writing costs: audit, steps of the workflow, encryption, sealing.

use std::time::{Duration, Instant};

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use super::DbPlan;
use super::pairs::timed;
use crate::BenchError;
use crate::error::During as _;
use crate::report::{Check, Row, Unit};
use crate::statistics::{Rounds, Samples, milliseconds};

pub(super) async fn rows(
    session: &mut PgConnection,
    plan: &DbPlan,
    on_step: &mut impl FnMut(&str),
) -> Result<Vec<Row>, BenchError> {
    on_step("copies without audit");
    sqlx::raw_sql(include_str!("../../sql/db/floor_tables.sql"))
        .execute(&mut *session)
        .await
        .during("making the tables of the floor")?;
    let mut rows = Vec::new();
    on_step("audit");
    rows.push(single_row_audit(session, plan).await?);
    rows.push(bulk_audit(session, plan).await?);
    on_step("steps of the workflow");
    rows.push(transitions(session, plan).await?);
    on_step("encryption");
    rows.extend(encryption(session, plan).await?);
    on_step("sealing the audit trail");
    rows.push(sealing(session, plan).await?);
    Ok(rows)
}

/// Single-row updates, each with its commit: audited, and of a copy without triggers.
async fn single_row_audit(session: &mut PgConnection, plan: &DbPlan) -> Result<Row, BenchError> {
    let mut rounds = Rounds::default();
    for _ in 0..plan.rounds {
        let (mut product, mut floor) = (Samples::new(), Samples::new());
        for turn in 0..plan.turns {
            let key = i64::try_from(turn % 20).unwrap_or_default();
            for (table, samples) in [("public", &mut product), ("bench", &mut floor)] {
                let statement = format!(
                    "UPDATE {table}.customers SET notes = clock_timestamp()::text WHERE customer_id = (SELECT min(customer_id) + $1 FROM bench.customers)"
                );
                let query = sqlx::query(AssertSqlSafe(statement)).bind(key);
                samples.record(timed(session, query, "updating one customer").await?);
            }
        }
        rounds.push(product, floor);
    }
    let row = Row::timed("audit-single", "audit: update one row and commit".to_owned(), &rounds);
    let share = row.ratio.map_or(0.0, |ratio| 1.0 / ratio);
    Ok(row.check(Check::at_least("speed", share, 0.55, " × unaudited")))
}

async fn bulk_audit(session: &mut PgConnection, plan: &DbPlan) -> Result<Row, BenchError> {
    let mut rounds = Rounds::default();
    for _ in 0..plan.rounds {
        let (mut product, mut floor) = (Samples::new(), Samples::new());
        for _ in 0..3 {
            for (table, samples) in [("public", &mut product), ("bench", &mut floor)] {
                let statement = format!(
                    "UPDATE {table}.customers SET notes = clock_timestamp()::text WHERE customer_code LIKE 'PERF%'"
                );
                samples.record(
                    timed(session, sqlx::query(AssertSqlSafe(statement)), "updating all customers").await?,
                );
            }
        }
        rounds.push(product, floor);
    }
    let what = format!("audit: update {} rows by one statement", plan.customers);
    Ok(Row::timed("audit-bulk", what, &rounds).limit_ratio(5.5))
}

/// DRAFT to CONFIGURATION with guards, history, metrics, audit and outbox, beside the bare update and its history row.
async fn transitions(session: &mut PgConnection, plan: &DbPlan) -> Result<Row, BenchError> {
    let wanted = i32::try_from(plan.rounds * plan.turns + 5).unwrap_or(i32::MAX);
    let drafts: Vec<i64> = sqlx::query_scalar(include_str!("../../sql/db/draft_orders.sql"))
        .bind(wanted)
        .fetch_all(&mut *session)
        .await
        .during("making orders that are ready for a step")?;
    sqlx::raw_sql(include_str!("../../sql/db/copy_drafts.sql"))
        .execute(&mut *session)
        .await
        .during("copying the orders for the floor")?;
    let mut drafts = drafts.into_iter();
    let mut rounds = Rounds::default();
    for round in 0..=plan.rounds {
        let (mut product, mut floor) = (Samples::new(), Samples::new());
        for _ in 0..if round == 0 { 5 } else { plan.turns } {
            let order =
                drafts.next().ok_or_else(|| BenchError::Missing { what: "no draft is left".to_owned() })?;
            let step = "SELECT transition_order($1, 'CONFIGURATION')";
            product.record(
                committed(session, &["SELECT begin_as('sample.sales', 'benchmark')", step], order).await?,
            );
            let update = "UPDATE bench.orders SET phase = 'CONFIGURATION', row_version = row_version + 1 WHERE order_id = $1";
            let history = include_str!("../../sql/db/bare_history.sql");
            floor.record(committed(session, &[update, history], order).await?);
        }
        if round > 0 {
            rounds.push(product, floor);
        }
    }
    let row = Row::timed(
        "transition",
        "a step of the workflow with guards, history, audit and outbox".to_owned(),
        &rounds,
    );
    let share = row.ratio.map_or(0.0, |ratio| 1.0 / ratio);
    Ok(row.check(Check::at_least("speed", share, 0.45, " × bare update + insert")))
}

async fn committed(
    session: &mut PgConnection,
    statements: &[&'static str],
    order: i64,
) -> Result<Duration, BenchError> {
    let begun = Instant::now();
    let mut transaction = session.begin().await.during("beginning a step")?;
    for statement in statements {
        let query = sqlx::query(*statement);
        let query = if statement.contains("$1") { query.bind(order) } else { query };
        query.execute(&mut *transaction).await.during("taking a step")?;
    }
    transaction.commit().await.during("committing a step")?;
    Ok(begun.elapsed())
}

async fn encryption(session: &mut PgConnection, plan: &DbPlan) -> Result<Vec<Row>, BenchError> {
    sqlx::raw_sql(include_str!("../../sql/db/keys.sql"))
        .execute(&mut *session)
        .await
        .during("making keys for the benchmark")?;
    let count = plan.sealed_rows.min(20_000);
    let mut rows = Vec::new();
    for (key, what, limit, statement) in [
        ("encrypt", "encrypt one value", 10.0, include_str!("../../sql/db/encrypt.sql")),
        ("decrypt", "decrypt one value", 6.0, include_str!("../../sql/db/decrypt.sql")),
    ] {
        let mut best = f64::INFINITY;
        for _ in 0..3 {
            let took = timed(session, sqlx::query(statement).bind(count), what).await?;
            best = best.min(milliseconds(took) * 1000.0 / f64::from(count));
        }
        let row = Row::single(key, format!("{what}, over {count}"), Unit::Microseconds, best);
        rows.push(row.check(Check::at_most("", best, limit, " µs")));
    }
    Ok(rows)
}

async fn sealing(session: &mut PgConnection, plan: &DbPlan) -> Result<Row, BenchError> {
    // What waits already is sealed first, so that the rows of this measurement are known.
    for statement in ["SELECT seal_audit()", include_str!("../../sql/db/many_changes.sql")] {
        let query = sqlx::query(statement);
        let query = if statement.contains("$1") { query.bind(plan.sealed_rows) } else { query };
        query.execute(&mut *session).await.during("making rows to seal")?;
    }
    let begun = Instant::now();
    let sealed: i32 = sqlx::query_scalar("SELECT (seal_audit() ->> 'sealed')::integer")
        .fetch_one(session)
        .await
        .during("sealing the audit trail")?;
    let rate = f64::from(sealed) / begun.elapsed().as_secs_f64();
    let row = Row::single("seal", format!("seal {sealed} rows of the audit trail"), Unit::PerSecond, rate);
    Ok(row.check(Check::at_least("rate", rate, 150_000.0, "/s")))
}
