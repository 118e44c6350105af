//! Generation of bills of materials, measured beside inserting the same rows.

mod catalogue;
mod client;
mod crowd;
mod product;
mod sink_rows;
mod sinks;
mod stage;
mod structure_rows;

use std::time::Duration;

use sqlx::postgres::PgConnectOptions;

pub use catalogue::CatalogueScale;
use client::Client;

use crate::BenchError;
use crate::error::{During as _, expect_equal};
use crate::machine::Machine;
use crate::report::{Report, peers};
use stage::Stage;

const METHOD: &str = "Times are medians over the rounds, seen by the client; max is over all rounds. Floor: the same header and lines inserted \
    from a stored copy by one statement, under the same foreign keys and triggers, in turn with the product; × floor is the \
    median of the rounds' ratios.";

/// How much is measured.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Size of the synthetic catalogue.
    pub catalogue: CatalogueScale,
    /// Rounds; figures are medians over them.
    pub rounds: usize,
    /// Turns of product and floor per round, for what takes milliseconds.
    pub turns: usize,
    /// Turns per round, for what takes tens of milliseconds and more.
    pub long_turns: usize,
    /// Clients at once.
    pub clients: usize,
    /// How long the clients work, per round.
    pub lasting: Duration,
    /// Sinks made ready for the clients.
    pub crowd_sinks: usize,
}

impl Plan {
    /// What is published.
    #[must_use]
    pub fn full() -> Self {
        Self {
            catalogue: CatalogueScale::full(),
            rounds: 3,
            turns: 200,
            long_turns: 10,
            clients: 50,
            lasting: Duration::from_secs(10),
            crowd_sinks: 12_000,
        }
    }

    /// The same catalogue, fewer and shorter rounds: a first look.
    #[must_use]
    pub fn quick() -> Self {
        Self {
            rounds: 1,
            turns: 60,
            long_turns: 4,
            lasting: Duration::from_secs(3),
            crowd_sinks: 2_000,
            ..Self::full()
        }
    }

    /// As little as shows that everything runs; its figures say nothing.
    #[must_use]
    pub fn tiny() -> Self {
        Self {
            catalogue: CatalogueScale::tiny(),
            rounds: 2,
            turns: 2,
            long_turns: 1,
            clients: 3,
            lasting: Duration::from_millis(200),
            crowd_sinks: 30,
        }
    }
}

/// Fills a deployed database with a catalogue at scale and measures rules, explosion and storing.
///
/// The database must hold the sample data and nothing dear: it is left full of synthetic rows. `on_step` is told what is being
/// done. Wrong totals end the run with [`BenchError::Wrong`]; a missed target is only reported.
pub async fn measure_bom(
    options: &PgConnectOptions,
    plan: &Plan,
    mut on_step: impl FnMut(&str),
) -> Result<Report, BenchError> {
    let mut client = Client::connect(options).await?;
    let machine = Machine::look(client.connection()).await?;
    on_step("loading the catalogue and the orders");
    let mut stage = Stage::prepare(&mut client, plan).await?;
    let mut report = Report::new("torvan bench bom", machine, stage.description(), METHOD);

    on_step("one sink, one client");
    let single = sink_rows::single(&mut client, &mut stage, plan).await?;
    report.quoted.extend(peers::one_sink(single.value));
    report.rows.push(single);
    on_step("an order of 20 sinks");
    let order = sink_rows::order(&mut client, &mut stage, plan).await?;
    report.quoted.extend(peers::twenty_sinks(order.value));
    report.rows.push(order);
    report.rows.extend(sink_rows::statements(&mut client, &mut stage).await?);
    on_step("previews");
    report.rows.extend(sink_rows::previews(&mut client, plan).await?);
    report.rows.extend(structure_rows::all(&mut client, &mut stage, plan, &mut on_step).await?);
    on_step("many clients at once");
    report.rows.extend(sink_rows::crowd(options, &mut stage, plan, &mut report.notes).await?);

    on_step("checking what was stored");
    let incomplete: i64 = sqlx::query_scalar(include_str!("../../sql/measure/incomplete.sql"))
        .fetch_one(client.connection())
        .await
        .during("checking the stored BOMs")?;
    expect_equal("all BOMs of the run", "BOMs whose header does not count their lines", &incomplete, &0)?;
    Ok(report)
}
