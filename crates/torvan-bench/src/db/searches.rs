//! Order search of every kind, beside the bare index scan that could answer it.

use sqlx::PgConnection;
use sqlx::types::Json;

use super::DbPlan;
use super::pairs::timed;
use crate::BenchError;
use crate::error::During as _;
use crate::report::Row;
use crate::statistics::{Rounds, Samples};

/// What is looked for, taken from one order of the test data.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(super) struct Terms {
    pub order_number: String,
    pub number_prefix: String,
    pub po_number: String,
    pub build_number: String,
    pub several_words: String,
    pub frequent_word: String,
    pub customer_word: String,
    pub slip: String,
    pub customer_code: String,
    pub part_number: String,
}

/// One kind of search.
#[derive(Debug, Clone)]
pub(super) struct Search {
    pub key: &'static str,
    pub what: &'static str,
    pub words: Option<String>,
    pub filters: serde_json::Value,
    pub sort: &'static str,
}

impl Terms {
    /// Those of the order in the middle of `place` (0 to 1).
    pub async fn look(session: &mut PgConnection, plan: &DbPlan, place: f64) -> Result<Self, BenchError> {
        #[expect(clippy::cast_possible_truncation, reason = "a place among orders")]
        let offset = (f64::from(plan.orders) * place) as i64;
        sqlx::query_as(include_str!("../../sql/db/terms.sql"))
            .bind(offset)
            .fetch_one(session)
            .await
            .during("choosing what to look for")
    }

    /// Every kind of search that the product offers.
    pub fn searches(&self) -> Vec<Search> {
        let words = |key, what, words: &str| Search {
            key,
            what,
            words: Some(words.to_owned()),
            filters: serde_json::json!({}),
            sort: "created",
        };
        let filters = |key, what, filters, sort| Search { key, what, words: None, filters, sort };
        vec![
            words("search-number", "search: order number", &self.order_number),
            words("search-prefix", "search: beginning of a number", &self.number_prefix),
            words("search-po", "search: PO number", &self.po_number),
            words("search-build", "search: build number", &self.build_number),
            words("search-part", "search: part number", &self.part_number),
            words("search-word", "search: a frequent word", &self.frequent_word),
            words("search-words", "search: several words", &self.several_words),
            words("search-customer", "search: a word of the customer's name", &self.customer_word),
            words("search-slip", "search: a word with a slip", &self.slip),
            filters(
                "search-phase",
                "filter: phase and state, by want date",
                serde_json::json!({"phase": ["PRODUCTION"], "state": ["ACTIVE"]}),
                "want_date",
            ),
            filters(
                "search-one-customer",
                "filter: one customer",
                serde_json::json!({"customer": self.customer_code}),
                "created",
            ),
            filters("search-all", "list: the latest 50", serde_json::json!({}), "created"),
        ]
    }
}

pub(super) const SEARCH: &str = "SELECT order_id FROM search_orders($1, $2, $3)";

pub(super) async fn rows(
    session: &mut PgConnection,
    plan: &DbPlan,
    on_step: &mut impl FnMut(&str),
) -> Result<Vec<Row>, BenchError> {
    let mut rows = Vec::new();
    let kinds = Terms::look(session, plan, 0.5).await?.searches();
    for (number, kind) in kinds.iter().enumerate() {
        on_step(kind.what);
        let mut rounds = Rounds::default();
        for round in 0..plan.rounds {
            let (mut product, mut floor) = (Samples::new(), Samples::new());
            for turn in 0..plan.turns {
                // Another order each time: a cache of one answer would measure nothing.
                let place = fraction(round * plan.turns + turn, plan.rounds * plan.turns);
                let terms = Terms::look(session, plan, place * 0.98).await?;
                let search = &terms.searches()[number];
                let query =
                    sqlx::query(SEARCH).bind(&search.words).bind(Json(&search.filters)).bind(search.sort);
                product.record(timed(session, query, kind.what).await?);
                let bare = sqlx::query("SELECT order_id FROM orders WHERE order_number = $1")
                    .bind(&terms.order_number);
                floor.record(timed(session, bare, "the bare look-up").await?);
            }
            rounds.push(product, floor);
        }
        rows.push(Row::timed(kind.key, kind.what.to_owned(), &rounds).limit_p95(50.0));
    }
    Ok(rows)
}

#[expect(clippy::cast_precision_loss, reason = "no run counts to 2^53")]
pub(super) fn fraction(part: usize, whole: usize) -> f64 {
    part as f64 / whole.max(1) as f64
}
