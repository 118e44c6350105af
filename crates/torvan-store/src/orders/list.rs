//! Lists of orders, newest first, page by page.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

use crate::{Context, StoreResult};

/// Which orders to list.
#[derive(Debug, Clone, Default)]
pub struct ListFilter {
    /// Only those in this phase.
    pub phase: Option<String>,
    /// Only those in this state.
    pub state: Option<String>,
    /// Only those of this customer.
    pub customer_code: Option<String>,
    /// Only those past their want date and not delivered.
    pub late: bool,
    /// Text in order number, PO number, project, customer or build number.
    pub search: Option<String>,
}

/// Where a page ended: the next one begins after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ListCursor {
    created_at: DateTime<Utc>,
    order_id: i64,
}

/// A text that is not a cursor.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a cursor; give the one that the page before ended with")]
pub struct CursorError(String);

impl fmt::Display for ListCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.created_at.timestamp_micros(), self.order_id)
    }
}

impl FromStr for ListCursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, CursorError> {
        let parsed = text.split_once('.').and_then(|(micros, key)| {
            let created_at = DateTime::from_timestamp_micros(micros.parse().ok()?)?;
            Some(Self { created_at, order_id: key.parse().ok()? })
        });
        parsed.ok_or_else(|| CursorError(text.to_owned()))
    }
}

/// An order in a list.
#[derive(Debug, Clone, Serialize)]
pub struct OrderRow {
    /// Key.
    #[serde(skip)]
    pub order_id: i64,
    /// Number.
    pub order_number: String,
    /// `ACTIVE`, `ON_HOLD` or `CANCELLED`.
    pub state: String,
    /// Phase.
    pub phase: String,
    /// Whole days in the phase.
    pub days_in_phase: i32,
    /// When the customer wants delivery.
    pub want_date: Option<NaiveDate>,
    /// Whether that date is past and the order not delivered.
    pub is_late: bool,
    /// Code of the customer.
    pub customer_code: String,
    /// Name of the customer.
    pub customer_name: String,
    /// The customer's purchase order number.
    pub po_number: Option<String>,
    /// Numbers of its active builds.
    pub builds: Vec<String>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
}

/// A page of orders.
#[derive(Debug, Clone)]
pub struct OrderPage {
    /// The orders, newest first.
    pub orders: Vec<OrderRow>,
    /// Where the next page begins; none on the last page.
    pub next: Option<ListCursor>,
}

/// One page of orders.
pub async fn list(
    context: &mut Context,
    filter: &ListFilter,
    after: Option<ListCursor>,
    limit: u16,
) -> StoreResult<OrderPage> {
    let limit = usize::from(limit);
    // One more than asked for tells whether there is a next page.
    let mut orders = sqlx::query_file_as!(
        OrderRow,
        "queries/orders/list.sql",
        filter.phase,
        filter.state,
        filter.customer_code,
        filter.late,
        filter.search,
        after.map(|cursor| cursor.created_at),
        after.map(|cursor| cursor.order_id),
        i64::try_from(limit + 1).unwrap_or(i64::MAX)
    )
    .fetch_all(context.connection())
    .await?;
    let is_last = orders.len() <= limit;
    orders.truncate(limit);
    let next = orders.last().filter(|_| !is_last);
    let next = next.map(|order| ListCursor { created_at: order.created_at, order_id: order.order_id });
    Ok(OrderPage { orders, next })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_survives_being_written_down() {
        let cursor = ListCursor {
            created_at: DateTime::from_timestamp_micros(1_790_000_000_123_456).unwrap(),
            order_id: 17,
        };
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
    }

    #[test]
    fn other_texts_are_no_cursors() {
        for text in ["", "1", "1.", ".1", "a.b", "99999999999999999999.1"] {
            assert!(text.parse::<ListCursor>().is_err(), "{text}");
        }
    }
}
