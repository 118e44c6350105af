//! What changes something, by one person: steps, configurations, bills of material.

use std::time::Instant;

use reqwest::StatusCode;
use serde_json::json;
use sqlx::PgConnection;

use super::client::{Asked, Client};
use super::{Drafts, HttpPlan};
use crate::BenchError;
use crate::error::During as _;
use crate::report::Row;
use crate::statistics::{Rounds, Samples};

/// From form to configuration: read the version, take the step.
pub(super) async fn steps(person: &Client, plan: &HttpPlan, drafts: &Drafts) -> Result<Row, BenchError> {
    let mut rounds = Rounds::default();
    let mut orders = drafts.orders.iter();
    for _ in 0..plan.data.rounds {
        let mut samples = Samples::new();
        for order in orders.by_ref().take(plan.data.turns) {
            let read = person.ask(&Asked::get(format!("/orders/{order}?fields=row_version"))).await?;
            let version = read["row_version"].as_i64().unwrap_or_default();
            let path = format!("/orders/{order}/transition");
            let step = Asked::post(path, json!({"to_phase": "CONFIGURATION"}), StatusCode::OK).on(version);
            samples.record(person.timed(&step).await?);
        }
        rounds.push(samples, Samples::new());
    }
    Ok(Row::timed("step", "POST a step of an order, with its Idempotency-Key".to_owned(), &rounds)
        .limit_p95(60.0))
}

const BUILD: &str = "SELECT build_id FROM builds WHERE order_id = $1";

/// A sink of each order that is in configuration by now: its parameters are saved, then its bill of materials is generated.
pub(super) async fn built(
    session: &mut PgConnection,
    person: &Client,
    plan: &HttpPlan,
    drafts: &Drafts,
) -> Result<[Row; 2], BenchError> {
    let (mut configured, mut generated) = (Rounds::default(), Rounds::default());
    let mut orders = drafts.orders.iter();
    for _ in 0..plan.data.rounds {
        let (mut saves, mut generations) = (Samples::new(), Samples::new());
        for order in orders.by_ref().take(plan.data.turns) {
            let build: i64 =
                sqlx::query_scalar(BUILD).bind(order).fetch_one(&mut *session).await.during("a build")?;
            let body = json!({"build_id": build, "parameters": drafts.parameters});
            let begun = Instant::now();
            let made = person.ask(&Asked::post("/configurations", body, StatusCode::CREATED)).await?;
            saves.record(begun.elapsed());
            let path = format!("/configurations/{}/boms", made["configuration_id"]);
            generations.record(person.timed(&Asked::post(path, json!({}), StatusCode::CREATED)).await?);
        }
        configured.push(saves, Samples::new());
        generated.push(generations, Samples::new());
    }
    let configure = "POST a configuration: normalised, checked, stored".to_owned();
    let generate = "POST the bill of materials of a configuration: rules, explosion, lines stored".to_owned();
    Ok([
        Row::timed("configure", configure, &configured).limit_p95(60.0),
        Row::timed("generate", generate, &generated).limit_p95(60.0),
    ])
}
