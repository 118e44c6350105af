//! A statement of the product beside a bare one, in turn; and the same query with and without row security.

use std::time::{Duration, Instant};

use sqlx::postgres::{PgArguments, PgConnectOptions};
use sqlx::query::Query;
use sqlx::{AssertSqlSafe, PgConnection, Postgres};

use super::{DbPlan, connect};
use crate::BenchError;
use crate::error::During as _;
use crate::report::Row;
use crate::statistics::{Rounds, Samples};

/// Turns that are not counted: the server's plans settle after five.
const WARM_UP: usize = 6;

/// Executes one prepared statement to its last row.
pub(super) async fn timed(
    session: &mut PgConnection,
    query: Query<'_, Postgres, PgArguments>,
    step: &'static str,
) -> Result<Duration, BenchError> {
    let begun = Instant::now();
    query.fetch_all(session).await.during(step)?;
    Ok(begun.elapsed())
}

/// Lists and aggregates as the server's role sees them, beside the owner, whom row security does not bind.
struct Secured {
    key: &'static str,
    what: &'static str,
    login: &'static str,
    statement: &'static str,
    limit: f64,
}

const SECURED: [Secured; 4] = [
    Secured {
        key: "rls-list",
        what: "row security, administrator: the latest 50 orders",
        login: "sample.admin",
        statement: include_str!("../../sql/db/latest_orders.sql"),
        limit: 1.5,
    },
    Secured {
        key: "rls-items",
        what: "row security, administrator: the builds of 50 orders",
        login: "sample.admin",
        statement: include_str!("../../sql/db/builds_of_orders.sql"),
        limit: 1.5,
    },
    Secured {
        key: "rls-aggregate",
        what: "row security, administrator: orders by phase",
        login: "sample.admin",
        statement: include_str!("../../sql/db/orders_by_phase.sql"),
        limit: 2.0,
    },
    Secured {
        key: "rls-technician",
        what: "row security, technician: the latest 50 orders",
        login: "sample.technician",
        statement: include_str!("../../sql/db/latest_orders.sql"),
        limit: 1.5,
    },
];

pub(super) async fn row_security(
    owner: &mut PgConnection,
    superuser: &PgConnectOptions,
    plan: &DbPlan,
) -> Result<Vec<Row>, BenchError> {
    let mut rows = Vec::new();
    for case in &SECURED {
        let mut server = as_server(owner, superuser, case.login).await?;
        let mut rounds = Rounds::default();
        for round in 0..=plan.rounds {
            let (mut product, mut floor) = (Samples::new(), Samples::new());
            let turns = if round == 0 { WARM_UP } else { plan.turns };
            for _ in 0..turns {
                product.record(timed(&mut server, sqlx::query(case.statement), case.what).await?);
                floor.record(timed(owner, sqlx::query(case.statement), case.what).await?);
            }
            if round > 0 {
                rounds.push(product, floor);
            }
        }
        let row = Row::timed(case.key, case.what.to_owned(), &rounds);
        // What a technician may see is another question than what the owner sees: the ratio is shown, not judged.
        rows.push(if case.login == "sample.admin" {
            row.limit_ratio(case.limit)
        } else {
            row.limit_p50(50.0)
        });
    }
    Ok(rows)
}

async fn as_server(
    owner: &mut PgConnection,
    superuser: &PgConnectOptions,
    login: &str,
) -> Result<PgConnection, BenchError> {
    let person: i64 = sqlx::query_scalar("SELECT user_id FROM users WHERE login = $1")
        .bind(login)
        .fetch_one(owner)
        .await
        .during("looking up a person of the sample data")?;
    let mut session = connect(superuser).await?;
    let become_server = format!("SET SESSION AUTHORIZATION torvan_app; SET torvan.user_id = '{person}'");
    sqlx::raw_sql(AssertSqlSafe(become_server))
        .execute(&mut session)
        .await
        .during("becoming the server's role")?;
    Ok(session)
}
