//! The database at scale: search, row security, audit, steps of the workflow, encryption, sealing, refreshing.

mod crowd;
mod pairs;
mod searches;
mod writes;

use std::time::{Duration, Instant};

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions as _, PgConnection};

use crate::BenchError;
use crate::error::During as _;
use crate::machine::Machine;
use crate::report::{Check, Report, Row, Unit};

const FLOOR_NOTE: &str = "Times are medians over the rounds, seen by the client; max is over all rounds. Floor: the bare statement named in the row, in \
    turn with the product; × floor is the median of the rounds' ratios.";

/// How much is measured.
#[derive(Debug, Clone)]
pub struct DbPlan {
    /// Orders, customers, people and parts that `generate_performance_test_data` makes.
    pub orders: i32,
    /// Customers.
    pub customers: i32,
    /// People.
    pub users: i32,
    /// Parts.
    pub parts: i32,
    /// Rounds; figures are medians over them.
    pub rounds: usize,
    /// Turns of product and floor per round.
    pub turns: usize,
    /// Clients at once.
    pub clients: usize,
    /// How long the clients work.
    pub lasting: Duration,
    /// Rows of the audit trail that are sealed.
    pub sealed_rows: i32,
}

impl DbPlan {
    /// What is published: a million orders.
    #[must_use]
    pub fn full() -> Self {
        Self {
            orders: 1_000_000,
            customers: 10_000,
            users: 50,
            parts: 50_000,
            rounds: 3,
            turns: 60,
            clients: 50,
            lasting: Duration::from_secs(10),
            sealed_rows: 200_000,
        }
    }

    /// A twentieth of the data, one short round: a first look.
    #[must_use]
    pub fn quick() -> Self {
        Self {
            orders: 50_000,
            customers: 2_000,
            parts: 5_000,
            rounds: 1,
            turns: 20,
            lasting: Duration::from_secs(3),
            sealed_rows: 50_000,
            ..Self::full()
        }
    }

    /// As little as shows that everything runs; its figures say nothing.
    #[must_use]
    pub fn tiny() -> Self {
        Self {
            orders: 300,
            customers: 20,
            users: 5,
            parts: 60,
            rounds: 1,
            turns: 2,
            clients: 3,
            lasting: Duration::from_millis(200),
            sealed_rows: 500,
        }
    }
}

/// Fills a deployed database with orders at scale and measures it.
///
/// The database must hold the sample data and nothing dear. Row security needs a connection of a superuser, who can become the
/// server's role; without one these rows are missing and a note says so.
pub async fn measure_db(
    owner: &PgConnectOptions,
    superuser: Option<&PgConnectOptions>,
    plan: &DbPlan,
    mut on_step: impl FnMut(&str),
) -> Result<Report, BenchError> {
    let mut session = connect(owner).await?;
    let machine = Machine::look(&mut session).await?;
    on_step("making orders");
    let made = generate(&mut session, plan).await?;
    let data =
        format!("{} orders, {} customers, {} parts of test data", plan.orders, plan.customers, plan.parts);
    let mut report = Report::new("torvan bench db", machine, data, FLOOR_NOTE);
    report.rows.push(made);

    on_step("refreshing");
    report.rows.push(refresh(&mut session).await?);
    report.rows.extend(searches::rows(&mut session, plan, &mut on_step).await?);
    on_step("many clients at once");
    report.rows.extend(crowd::rows(owner, plan).await?);
    on_step("row security");
    match superuser {
        Some(options) => report.rows.extend(pairs::row_security(&mut session, options, plan).await?),
        None => report.notes.push(
            "row security was not measured: that needs a superuser, who can become torvan_app".to_owned(),
        ),
    }
    report.rows.extend(writes::rows(&mut session, plan, &mut on_step).await?);
    Ok(report)
}

/// A row for something that was done once, for example a deployment.
#[must_use]
pub fn done_once(key: &str, what: &str, took: Duration, limit: Duration) -> Row {
    let seconds = took.as_secs_f64();
    Row::single(key, what, Unit::Seconds, seconds).check(Check::at_most(
        "",
        seconds,
        limit.as_secs_f64(),
        " s",
    ))
}

pub(crate) async fn connect(options: &PgConnectOptions) -> Result<PgConnection, BenchError> {
    options
        .clone()
        .application_name("torvan bench")
        .connect()
        .await
        .during("connecting to the database of the benchmark")
}

async fn generate(session: &mut PgConnection, plan: &DbPlan) -> Result<Row, BenchError> {
    let took = fill(session, plan).await?;
    let what = format!("generate_performance_test_data, {} orders", plan.orders);
    Ok(done_once("generate", &what, took, Duration::from_mins(5)))
}

/// Makes the test data and gathers statistics; returns the time of the first.
pub(crate) async fn fill(session: &mut PgConnection, plan: &DbPlan) -> Result<Duration, BenchError> {
    let begun = Instant::now();
    sqlx::query("SELECT generate_performance_test_data($1, $2, $3, $4)")
        .bind(plan.orders)
        .bind(plan.customers)
        .bind(plan.users)
        .bind(plan.parts)
        .execute(&mut *session)
        .await
        .during("making orders")?;
    let took = begun.elapsed();
    sqlx::raw_sql("VACUUM (ANALYZE)").execute(session).await.during("gathering statistics")?;
    Ok(took)
}

async fn refresh(session: &mut PgConnection) -> Result<Row, BenchError> {
    let mut worst = Duration::ZERO;
    for _ in 0..3 {
        let begun = Instant::now();
        sqlx::query("SELECT count(*) FROM refresh_all_materialized_views()")
            .execute(&mut *session)
            .await
            .during("refreshing the materialized views")?;
        worst = worst.max(begun.elapsed());
    }
    Ok(done_once(
        "refresh",
        "refresh_all_materialized_views, the slowest of three",
        worst,
        Duration::from_secs(1),
    ))
}
