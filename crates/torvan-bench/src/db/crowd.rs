//! The mix of searches by many clients at once.

use std::sync::Arc;

use sqlx::postgres::PgConnectOptions;
use sqlx::types::Json;
use tokio::task::JoinSet;

use super::pairs::timed;
use super::searches::{SEARCH, Search, Terms, fraction};
use super::{DbPlan, connect};
use crate::BenchError;
use crate::load::{Arrival, Schedule};
use crate::report::{Check, Row, Unit};
use crate::statistics::{Rounds, Samples};

pub(super) async fn rows(options: &PgConnectOptions, plan: &DbPlan) -> Result<Vec<Row>, BenchError> {
    let mut session = connect(options).await?;
    let mut mix = Vec::new();
    for place in 0..20 {
        mix.extend(Terms::look(&mut session, plan, fraction(place, 20) * 0.98).await?.searches());
    }
    let mix = Arc::new(mix);
    let calm = drive(options, plan, &mix, Arrival::PerSecond(60.0)).await?;
    let rate = drive(options, plan, &mix, Arrival::Saturating).await?;
    let clients = plan.clients;
    let mut rounds = Rounds::default();
    rounds.push(calm.0, Samples::new());
    let paced = Row::timed(
        "search-crowd",
        format!("{clients} clients, the mix of searches, 60 a second from the intended start"),
        &rounds,
    );
    Ok(vec![
        paced.limit_p95(50.0),
        Row::single(
            "search-rate",
            format!("{clients} clients, the mix of searches as fast as it goes"),
            Unit::PerSecond,
            rate.1,
        )
        .check(Check::at_least("rate", rate.1, 800.0, "/s")),
    ])
}

async fn drive(
    options: &PgConnectOptions,
    plan: &DbPlan,
    mix: &Arc<Vec<Search>>,
    arrival: Arrival,
) -> Result<(Samples, f64), BenchError> {
    let mut sessions = Vec::new();
    for _ in 0..plan.clients {
        sessions.push(connect(options).await?);
    }
    let schedule = Arc::new(Schedule::begin(arrival, plan.lasting));
    let mut running = JoinSet::new();
    for (client, mut session) in sessions.into_iter().enumerate() {
        let (schedule, mix) = (Arc::clone(&schedule), Arc::clone(mix));
        running.spawn(async move {
            let mut samples = Samples::new();
            let mut next = client * 7;
            while let Some(intended) = schedule.next_turn().await {
                let search = &mix[next % mix.len()];
                // Coprime with the number of searches, so that all are met.
                next += 29;
                let query =
                    sqlx::query(SEARCH).bind(&search.words).bind(Json(&search.filters)).bind(search.sort);
                timed(&mut session, query, "a search among many").await?;
                samples.record(intended.elapsed());
            }
            Ok::<Samples, BenchError>(samples)
        });
    }
    let mut all = Samples::new();
    while let Some(ended) = running.join_next().await {
        all.merge(&ended??);
    }
    let rate = schedule.per_second(all.count());
    Ok((all, rate))
}
