//! Rows of the report about sinks of the catalogue: one, twenty, many clients, previews.

use serde_json::{Value, json};
use sqlx::postgres::PgConnectOptions;

use super::Plan;
use super::client::Client;
use super::crowd::{Work, drive};
use super::sinks::Share;
use super::stage::{SINKS_OF_ORDER, Stage, TYPICAL_VARIANT, WARM_UP, keep, line_count};
use crate::BenchError;
use crate::error::{During as _, expect_equal};
use crate::load::Arrival;
use crate::report::{Check, Row, Unit};
use crate::statistics::{Rounds, Samples, median};

/// The variant with the most lines of the shipped ones.
const LARGEST_VARIANT: &str = "V-B3-FULL";

pub(super) async fn single(client: &mut Client, stage: &mut Stage, plan: &Plan) -> Result<Row, BenchError> {
    let (first, _) = client.generate(stage.product.next().0).await?;
    keep(client, &[first]).await?;
    agrees_with_preview(client, first).await?;
    for _ in 0..WARM_UP {
        client.generate(stage.product.next().0).await?;
        insert_again(client, first, &mut stage.floor).await?;
    }
    let mut rounds = Rounds::default();
    for _ in 0..plan.rounds {
        let (mut product, mut floor) = (Samples::new(), Samples::new());
        for _ in 0..plan.turns {
            product.record(client.generate(stage.product.next().0).await?.1);
            floor.record(insert_again(client, first, &mut stage.floor).await?);
        }
        rounds.push(product, floor);
    }
    let lines = line_count(client, &[first]).await?;
    let row = Row::timed("sink", format!("generate and store a two-basin sink, {lines} lines"), &rounds);
    Ok(row.limit_p50(6.0).limit_ratio(5.0))
}

pub(super) async fn order(client: &mut Client, stage: &mut Stage, plan: &Plan) -> Result<Row, BenchError> {
    let mut orders = stage.orders.drain(..);
    let mut take =
        || orders.next().ok_or_else(|| BenchError::Missing { what: "no order is left".to_owned() });
    let first = take()?;
    let (boms, _) = client.generate_order(first.order_id).await?;
    expect_equal("an order of sinks", "BOMs", &boms.len(), &SINKS_OF_ORDER)?;
    keep(client, &boms).await?;
    client.generate_order(take()?.order_id).await?;

    let mut rounds = Rounds::default();
    for _ in 0..plan.rounds {
        let (mut product, mut floor) = (Samples::new(), Samples::new());
        for _ in 0..plan.long_turns {
            product.record(client.generate_order(take()?.order_id).await?.1);
            floor.record(client.insert_again(&boms, &take()?.sinks, 1).await?);
        }
        rounds.push(product, floor);
    }
    let last = take()?;
    drop(orders);
    stage.orders.push(last);
    let lines = line_count(client, &boms).await?;
    let row =
        Row::timed("order", format!("{SINKS_OF_ORDER} different sinks of one order, {lines} lines"), &rounds);
    Ok(row.limit_p50(250.0))
}

/// How many statements a client sends, counted.
pub(super) async fn statements(client: &mut Client, stage: &mut Stage) -> Result<Vec<Row>, BenchError> {
    let before = client.statements();
    client.generate(stage.product.next().0).await?;
    let one = client.statements() - before;
    let order =
        stage.orders.pop().ok_or_else(|| BenchError::Missing { what: "no order is left".to_owned() })?;
    let before = client.statements();
    client.generate_order(order.order_id).await?;
    let twenty = client.statements() - before;
    Ok([
        ("statements", "statements for one sink", one),
        ("statements-order", "statements for 20 sinks", twenty),
    ]
    .map(|(key, what, count)| {
        let count = u32::try_from(count).unwrap_or(u32::MAX);
        Row::single(key, what, Unit::Statements, f64::from(count)).check(Check::at_most(
            "sent by the client",
            f64::from(count),
            5.0,
            "",
        ))
    })
    .into())
}

pub(super) async fn previews(client: &mut Client, plan: &Plan) -> Result<Vec<Row>, BenchError> {
    let mut rows = Vec::new();
    for (key, variant, what) in [
        ("preview", TYPICAL_VARIANT, "live preview of a two-basin sink"),
        ("preview-largest", LARGEST_VARIANT, "live preview of the largest variant"),
    ] {
        let document = document(client, variant).await?;
        for _ in 0..WARM_UP {
            client.preview(&document).await?;
        }
        let mut rounds = Rounds::default();
        for _ in 0..plan.rounds {
            let mut samples = Samples::new();
            for _ in 0..plan.turns {
                samples.record(client.preview(&document).await?.1);
            }
            rounds.push(samples, Samples::new());
        }
        rows.push(Row::timed(key, what.to_owned(), &rounds).limit_p95(15.0));
    }
    Ok(rows)
}

pub(super) async fn crowd(
    options: &PgConnectOptions,
    stage: &mut Stage,
    plan: &Plan,
    notes: &mut Vec<String>,
) -> Result<Vec<Row>, BenchError> {
    let source: i64 = Client::connect(options).await?.first_kept().await?;
    let mut sinks = std::mem::take(&mut stage.crowd);
    let for_floor = sinks.split_off(sinks.len() * 5 / 6);
    let mut product = Share::deal(&sinks, plan.clients);
    let mut floor = Share::deal(&for_floor, plan.clients);

    let (mut rates, mut floor_rates, mut rounds) = (Vec::new(), Vec::new(), Rounds::default());
    for _ in 0..plan.rounds {
        let done = drive(options, product, Work::Generate, Arrival::Saturating, plan.lasting).await?;
        // The bare rows come many times faster: a third of the time fills the tables enough.
        let bare =
            drive(options, floor, Work::InsertAgain(source), Arrival::Saturating, plan.lasting / 3).await?;
        rates.push(done.per_second);
        floor_rates.push(bare.per_second);
        rounds.push(done.samples, Samples::new());
        (product, floor) = (done.shares, bare.shares);
    }
    let rate = median(rates.iter().copied()).unwrap_or_default();
    let floor_rate = median(floor_rates.iter().copied()).unwrap_or_default();
    let calm = drive(options, product, Work::Generate, Arrival::PerSecond(rate / 2.0), plan.lasting).await?;
    let repeated: usize = calm.shares.iter().map(Share::repeated).sum();
    if repeated > 0 {
        notes.push(format!(
            "with {} clients {repeated} BOMs were second revisions: the sinks made ready were used up",
            plan.clients
        ));
    }

    let clients = plan.clients;
    let saturated =
        Row::single("crowd", format!("{clients} clients, as fast as it goes"), Unit::PerSecond, rate)
            .with_floor(floor_rate, floor_rate / rate)
            .check(Check::at_least("rate", rate, 250.0, "/s"));
    let latency =
        Row::timed("crowd-latency", format!("{clients} clients, as fast as it goes: latency"), &rounds);
    let mut calm_rounds = Rounds::default();
    calm_rounds.push(calm.samples, Samples::new());
    let calm = Row::timed(
        "crowd-calm",
        format!(
            "{clients} clients, {:.0} BOMs/s arriving evenly: latency from the intended start",
            rate / 2.0
        ),
        &calm_rounds,
    );
    Ok(vec![saturated, latency, calm])
}

async fn insert_again(
    client: &mut Client,
    source: i64,
    share: &mut Share,
) -> Result<std::time::Duration, BenchError> {
    let (sink, revision) = share.next();
    client.insert_again(&[source], &[sink], revision).await
}

async fn document(client: &mut Client, variant: &str) -> Result<Value, BenchError> {
    let parameters: Value =
        sqlx::query_scalar("SELECT parameters FROM product_variants WHERE variant_code = $1")
            .bind(variant)
            .fetch_one(client.connection())
            .await
            .during("reading a product variant")?;
    Ok(json!({"language": "EN", "sinks": [parameters]}))
}

/// What was stored must be what the preview promised.
async fn agrees_with_preview(client: &mut Client, bom: i64) -> Result<(), BenchError> {
    let document = document(client, TYPICAL_VARIANT).await?;
    let (preview, _) = client.preview(&document).await?;
    let preview: Value = serde_json::from_str(&preview).unwrap_or_default();
    let stored: String = sqlx::query_scalar("SELECT content_hash FROM boms WHERE bom_id = $1")
        .bind(bom)
        .fetch_one(client.connection())
        .await
        .during("reading a BOM")?;
    let promised = preview["sinks"][0]["content_hash"].as_str().unwrap_or("absent").to_owned();
    expect_equal("a two-basin sink", "content hash", &stored, &promised)
}
