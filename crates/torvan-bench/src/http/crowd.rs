//! Many people at once: four of five requests read, one writes.

use std::sync::Arc;
use std::time::Duration;

use reqwest::StatusCode;
use serde_json::json;
use tokio::task::JoinSet;

use super::client::{Asked, Client};
use super::{Drafts, HttpPlan};
use crate::BenchError;
use crate::load::{Arrival, Schedule};
use crate::report::{Check, Row, Unit};
use crate::statistics::{Rounds, Samples};

/// Requests a second of one person who works: one every two seconds.
const PACE: f64 = 0.5;

pub(super) async fn rows(
    people: &[Client],
    plan: &HttpPlan,
    drafts: &Drafts,
) -> Result<Vec<Row>, BenchError> {
    let mix = Arc::new(mix(drafts));
    let mut rows = Vec::new();
    for (key, count, limit) in [("crowd", plan.people, 60.0), ("great-crowd", plan.many, 250.0)] {
        let arrival = Arrival::PerSecond(PACE * number(count));
        let (samples, rate) = drive(people, count, &mix, arrival, plan.lasting).await?;
        let mut rounds = Rounds::default();
        rounds.push(samples, Samples::new());
        let what = format!("{count} people, 80 % reads and 20 % writes, {rate:.0} a second");
        rows.push(Row::timed(key, what, &rounds).limit_p95(limit));
    }
    let (_, rate) = drive(people, plan.people, &mix, Arrival::Saturating, plan.lasting).await?;
    let what = format!("{} people, the same as fast as it goes", plan.people);
    rows.push(
        Row::single("rate", what, Unit::PerSecond, rate).check(Check::at_least("rate", rate, 250.0, "/s")),
    );
    Ok(rows)
}

#[expect(clippy::cast_precision_loss, reason = "crowds are small")]
fn number(count: usize) -> f64 {
    count as f64
}

fn mix(drafts: &Drafts) -> Vec<Asked> {
    let order = drafts.sample;
    let note = Asked::post(
        format!("/orders/{order}/notes"),
        json!({"body": "a note of the benchmark"}),
        StatusCode::CREATED,
    );
    vec![
        Asked::get("/orders?limit=50"),
        Asked::get(format!("/orders/{order}")),
        Asked::get("/orders?words=renewal&limit=50"),
        Asked::get("/orders/board"),
        note.clone(),
        Asked::get(format!("/orders/{order}/builds")),
        Asked::get(format!("/orders/{order}/next-actions")),
        Asked::get("/parts?limit=50"),
        Asked::get("/session"),
        note,
    ]
}

async fn drive(
    people: &[Client],
    count: usize,
    mix: &Arc<Vec<Asked>>,
    arrival: Arrival,
    lasting: Duration,
) -> Result<(Samples, f64), BenchError> {
    let schedule = Arc::new(Schedule::begin(arrival, lasting));
    let mut running = JoinSet::new();
    for (place, client) in people.iter().cycle().take(count).cloned().enumerate() {
        let (schedule, mix) = (Arc::clone(&schedule), Arc::clone(mix));
        running.spawn(async move {
            let mut samples = Samples::new();
            let mut next = place * 3;
            while let Some(intended) = schedule.next_turn().await {
                client.ask(&mix[next % mix.len()]).await?;
                next += 1;
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
