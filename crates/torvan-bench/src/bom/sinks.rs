//! Orders with configured sinks, ready to be generated.

use std::collections::BTreeMap;

use sqlx::{Connection as _, PgConnection};

use crate::BenchError;
use crate::error::During as _;

/// One configured build without a BOM.
#[derive(Debug, Clone, Copy, sqlx::FromRow)]
#[expect(clippy::struct_field_names, reason = "three keys, named as their columns")]
pub(crate) struct Sink {
    pub order_id: i64,
    pub build_id: i64,
    pub configuration_id: i64,
}

/// An order with its sinks.
#[derive(Debug, Clone)]
pub(super) struct Order {
    pub order_id: i64,
    pub sinks: Vec<Sink>,
}

/// Saves a product variant with these parameters over it, through the product, without a build.
pub(super) async fn save_template(
    connection: &mut PgConnection,
    variant: &str,
    parameters: serde_json::Value,
) -> Result<i64, BenchError> {
    sqlx::query_scalar("SELECT save_configuration($1, NULL, $2)")
        .bind(parameters)
        .bind(variant)
        .fetch_one(connection)
        .await
        .during("saving a configuration")
}

/// Active product variants of the sample data, by code.
pub(super) async fn variants(connection: &mut PgConnection) -> Result<Vec<String>, BenchError> {
    let found: Vec<String> =
        sqlx::query_scalar("SELECT variant_code FROM product_variants WHERE is_active ORDER BY variant_code")
            .fetch_all(connection)
            .await
            .during("listing the product variants")?;
    if found.is_empty() {
        return Err(BenchError::Missing { what: "there are no product variants".to_owned() });
    }
    Ok(found)
}

/// Makes orders of so many sinks, configured as the templates in turn; `series` keeps their numbers apart.
pub(super) async fn make_orders(
    connection: &mut PgConnection,
    series: &str,
    orders: usize,
    sinks_per_order: usize,
    templates: &[i64],
) -> Result<Vec<Order>, BenchError> {
    let mut transaction = connection.begin().await.during("making orders")?;
    let customer: i64 = sqlx::query_scalar("SELECT create_customer($1, 'Hospital of the benchmark')")
        .bind(format!("BENCH-{series}"))
        .fetch_one(&mut *transaction)
        .await
        .during("making a customer")?;
    let sinks_per_order = i32::try_from(sinks_per_order).unwrap_or(i32::MAX);
    let order_ids: Vec<i64> = sqlx::query_scalar(include_str!("../../sql/orders/orders.sql"))
        .bind(customer)
        .bind(i64::try_from(orders).unwrap_or(i64::MAX))
        .bind(sinks_per_order)
        .bind(series)
        .fetch_all(&mut *transaction)
        .await
        .during("making orders")?;
    let builds: Vec<i64> = sqlx::query_scalar(include_str!("../../sql/orders/builds.sql"))
        .bind(&order_ids)
        .bind(sinks_per_order)
        .fetch_all(&mut *transaction)
        .await
        .during("making builds")?;
    sqlx::query(include_str!("../../sql/orders/configure.sql"))
        .bind(&builds)
        .bind(templates)
        .execute(&mut *transaction)
        .await
        .during("configuring builds")?;
    sqlx::query(include_str!("../../sql/orders/attach.sql"))
        .bind(&builds)
        .execute(&mut *transaction)
        .await
        .during("configuring builds")?;
    let sinks: Vec<Sink> = sqlx::query_as(include_str!("../../sql/orders/sinks.sql"))
        .bind(&builds)
        .fetch_all(&mut *transaction)
        .await
        .during("listing builds")?;
    transaction.commit().await.during("making orders")?;

    let mut by_order: BTreeMap<i64, Vec<Sink>> = BTreeMap::new();
    for sink in sinks {
        by_order.entry(sink.order_id).or_default().push(sink);
    }
    Ok(by_order.into_iter().map(|(order_id, sinks)| Order { order_id, sinks }).collect())
}

/// So many single sinks of one template.
pub(super) async fn make_sinks(
    connection: &mut PgConnection,
    series: &str,
    count: usize,
    template: i64,
) -> Result<Vec<Sink>, BenchError> {
    const SINKS_PER_ORDER: usize = 10;
    let orders =
        make_orders(connection, series, count.div_ceil(SINKS_PER_ORDER), SINKS_PER_ORDER, &[template])
            .await?;
    Ok(orders.into_iter().flat_map(|order| order.sinks).take(count).collect())
}

/// The sinks of one client, taken in turn.
#[derive(Debug, Clone)]
pub(crate) struct Share {
    sinks: Vec<Sink>,
    taken: usize,
}

impl Share {
    /// Sinks of one client.
    ///
    /// # Panics
    /// When there are none.
    pub fn new(sinks: Vec<Sink>) -> Self {
        assert!(!sinks.is_empty(), "a client without sinks has nothing to do");
        Self { sinks, taken: 0 }
    }

    /// Deals sinks out to so many clients.
    pub fn deal(sinks: &[Sink], clients: usize) -> Vec<Self> {
        let each = sinks.len() / clients;
        sinks.chunks_exact(each).take(clients).map(|own| Self::new(own.to_vec())).collect()
    }

    /// The next sink, and which revision of its BOM comes now.
    pub fn next(&mut self) -> (Sink, i32) {
        let sink = self.sinks[self.taken % self.sinks.len()];
        let revision = i32::try_from(1 + self.taken / self.sinks.len()).unwrap_or(i32::MAX);
        self.taken += 1;
        (sink, revision)
    }

    /// How many turns were second or later revisions.
    pub fn repeated(&self) -> usize {
        self.taken.saturating_sub(self.sinks.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sinks(count: i64) -> Vec<Sink> {
        (1..=count).map(|id| Sink { order_id: 1, build_id: id, configuration_id: id }).collect()
    }

    #[test]
    fn a_share_gives_each_sink_once_before_it_begins_anew() {
        let mut share = Share::new(sinks(2));
        let taken: Vec<(i64, i32)> = (0..5)
            .map(|_| {
                let (sink, revision) = share.next();
                (sink.build_id, revision)
            })
            .collect();
        assert_eq!(taken, [(1, 1), (2, 1), (1, 2), (2, 2), (1, 3)]);
        assert_eq!(share.repeated(), 3);
    }

    #[test]
    fn dealing_gives_every_client_as_many() {
        let shares = Share::deal(&sinks(11), 3);
        assert_eq!(shares.iter().map(|share| share.sinks.len()).collect::<Vec<_>>(), [3, 3, 3]);
    }
}
