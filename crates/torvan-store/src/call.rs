//! Calls of functions by name, with arguments as JSON: how programs reach what the database offers.
//!
//! The statement is put together from names of the surface, never from what a caller sent; values travel as one bound
//! document, in which absent ones leave the function's own defaults to it.

use std::fmt::Write as _;

use serde_json::value::RawValue;
use serde_json::{Map, Value};
use sqlx::types::Json;
use sqlx::{AssertSqlSafe, PgConnection, Row as _};

use crate::surface::{Argument, Function, OutcomeKind, SqlType};
use crate::{Context, StoreResult};

/// What a call returned, as JSON text.
#[derive(Debug)]
pub enum Returned {
    /// Nothing.
    Nothing,
    /// One value or row; none when the function returned null.
    One(Option<Box<RawValue>>),
    /// Rows.
    Rows(Vec<Box<RawValue>>),
}

/// Calls a function with arguments under their public names.
pub async fn call(
    context: &mut Context,
    name: &str,
    function: &Function,
    arguments: &Map<String, Value>,
) -> StoreResult<Returned> {
    call_on(context.connection(), name, function, arguments).await
}

async fn call_on(
    connection: &mut PgConnection,
    name: &str,
    function: &Function,
    arguments: &Map<String, Value>,
) -> StoreResult<Returned> {
    let statement = statement(name, function, arguments);
    let query = sqlx::query(AssertSqlSafe(statement)).bind(Json(arguments));
    match function.result.kind {
        OutcomeKind::None => {
            query.execute(connection).await?;
            Ok(Returned::Nothing)
        }
        OutcomeKind::Value | OutcomeKind::Row => {
            let row = query.fetch_one(connection).await?;
            let value: Option<Json<Box<RawValue>>> = row.try_get(0)?;
            Ok(Returned::One(value.map(|json| json.0)))
        }
        OutcomeKind::Rows => {
            let rows = query.fetch_all(connection).await?;
            let values = rows.iter().map(|row| Ok(row.try_get::<Json<Box<RawValue>>, _>(0)?.0));
            Ok(Returned::Rows(values.collect::<StoreResult<_>>()?))
        }
    }
}

/// `SELECT to_jsonb(r) FROM name(p_a => …) r`, with the arguments that are there.
fn statement(name: &str, function: &Function, arguments: &Map<String, Value>) -> String {
    let mut passed = String::new();
    for argument in &function.arguments {
        if !arguments.contains_key(argument.public_name()) {
            continue;
        }
        let separator = if passed.is_empty() { "" } else { ", " };
        let _ = write!(passed, "{separator}{} => {}", argument.name, expression(argument));
    }
    // Without a use of $1 its type would be unknown.
    let all = "(SELECT $1::jsonb AS a) given";
    match function.result.kind {
        OutcomeKind::None => format!("SELECT FROM {all}, LATERAL {name}({passed}) r"),
        _ => format!("SELECT to_jsonb(r) FROM {all}, LATERAL {name}({passed}) r"),
    }
}

fn expression(argument: &Argument) -> String {
    let key = argument.public_name();
    match &argument.kind {
        SqlType::Json => format!("given.a -> '{key}'"),
        other => value_of(key, other),
    }
}

/// A value of the given document as its type; null in it is null.
pub(crate) fn value_of(key: &str, kind: &SqlType) -> String {
    match kind {
        SqlType::Json => format!("nullif(given.a -> '{key}', 'null')"),
        SqlType::Array(element) => format!(
            "CASE jsonb_typeof(given.a -> '{key}') WHEN 'array' THEN array(SELECT v::{} FROM jsonb_array_elements_text(given.a -> '{key}') WITH ORDINALITY e (v, n) ORDER BY e.n) END",
            element.sql()
        ),
        other => format!("(given.a ->> '{key}')::{}", other.sql()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::surface::surface;

    #[test]
    fn only_given_arguments_are_passed_each_as_its_type() {
        let function = &surface().functions["create_order"];
        let Value::Object(given) = json!({"customer_code": "X", "po_number": "1", "sales_person": "s",
            "want_date": "2027-01-01", "build_numbers": ["A"]})
        else {
            unreachable!()
        };
        let statement = statement("create_order", function, &given);
        assert!(statement.contains("p_want_date => (given.a ->> 'want_date')::date"), "{statement}");
        assert!(statement.contains("p_build_numbers => CASE"), "{statement}");
        assert!(!statement.contains("p_language"), "{statement}");
    }
}
