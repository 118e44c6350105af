//! One connection that counts the statements it sends.

use std::time::{Duration, Instant};

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions as _, PgConnection};

use super::sinks::Sink;
use crate::BenchError;
use crate::error::During as _;

/// A client as the product's server is one: prepared statements over its own connection.
pub(crate) struct Client {
    connection: PgConnection,
    statements: u64,
}

impl Client {
    pub async fn connect(options: &PgConnectOptions) -> Result<Self, BenchError> {
        let connection = options
            .clone()
            .application_name("torvan bench")
            .connect()
            .await
            .during("connecting to the database of the benchmark")?;
        Ok(Self { connection, statements: 0 })
    }

    /// The connection, for what is not measured.
    pub fn connection(&mut self) -> &mut PgConnection {
        &mut self.connection
    }

    /// Statements sent through the methods below.
    pub fn statements(&self) -> u64 {
        self.statements
    }

    /// Generates and stores the BOM of one configured sink.
    pub async fn generate(&mut self, sink: Sink) -> Result<(i64, Duration), BenchError> {
        let begun = self.send();
        let bom = sqlx::query_scalar("SELECT generate_bom($1)")
            .bind(sink.configuration_id)
            .fetch_one(&mut self.connection)
            .await
            .during("generating a BOM")?;
        Ok((bom, begun.elapsed()))
    }

    /// Generates and stores the BOMs of all sinks of an order.
    pub async fn generate_order(&mut self, order_id: i64) -> Result<(Vec<i64>, Duration), BenchError> {
        let begun = self.send();
        let boms = sqlx::query_scalar("SELECT bom_id FROM generate_order_boms($1)")
            .bind(order_id)
            .fetch_all(&mut self.connection)
            .await
            .during("generating the BOMs of an order")?;
        Ok((boms, begun.elapsed()))
    }

    /// The floor: inserts kept copies again, one per sink.
    pub async fn insert_again(
        &mut self,
        sources: &[i64],
        sinks: &[Sink],
        revision: i32,
    ) -> Result<Duration, BenchError> {
        let configurations: Vec<i64> = sinks.iter().map(|sink| sink.configuration_id).collect();
        let builds: Vec<i64> = sinks.iter().map(|sink| sink.build_id).collect();
        let begun = self.send();
        sqlx::query(include_str!("../../sql/measure/floor.sql"))
            .bind(sources)
            .bind(configurations)
            .bind(builds)
            .bind(vec![revision; sinks.len()])
            .execute(&mut self.connection)
            .await
            .during("inserting the rows of a BOM again")?;
        Ok(begun.elapsed())
    }

    /// Previews a document, as the configurator does at every change.
    pub async fn preview(&mut self, document: &serde_json::Value) -> Result<(String, Duration), BenchError> {
        let begun = self.send();
        let preview = sqlx::query_scalar("SELECT preview_bom($1)::text")
            .bind(document)
            .fetch_one(&mut self.connection)
            .await
            .during("previewing a BOM")?;
        Ok((preview, begun.elapsed()))
    }

    /// Sums up what a product is made of, without storing: how many kinds of items, and all quantities together.
    pub async fn roll_up(&mut self, assembly_id: i64) -> Result<((i64, String), Duration), BenchError> {
        let begun = self.send();
        let sums = sqlx::query_as(include_str!("../../sql/measure/roll_up.sql"))
            .bind(assembly_id)
            .fetch_one(&mut self.connection)
            .await
            .during("rolling up a structure")?;
        Ok((sums, begun.elapsed()))
    }

    /// The first BOM that was kept for the floor.
    pub async fn first_kept(&mut self) -> Result<i64, BenchError> {
        sqlx::query_scalar("SELECT min(bom_id) FROM bench.boms")
            .fetch_one(&mut self.connection)
            .await
            .during("looking up the kept copy")
    }

    fn send(&mut self) -> Instant {
        self.statements += 1;
        Instant::now()
    }
}
