//! Rows that the server's role may write itself, under the row policies: simple master data, which needs no function.
//!
//! Statements are put together from names of the surface; values travel as one bound document, those of the path as texts.

use serde_json::value::RawValue;
use serde_json::{Map, Value};
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;
use sqlx::types::Json;
use sqlx::{AssertSqlSafe, Postgres, Row as _};

use crate::call::value_of;
use crate::surface::{Column, Relation};
use crate::{Context, Refusal, StoreError, StoreResult};

/// What names a row: columns and their values as text.
pub type Place<'a> = Vec<(&'a Column, String)>;

/// Adds a row; returns it as it is now.
///
/// # Errors
/// Nothing was given, or the database refuses it.
pub async fn insert(
    context: &mut Context,
    name: &str,
    relation: &Relation,
    values: &Map<String, Value>,
) -> StoreResult<Box<RawValue>> {
    let given: Vec<&Column> =
        relation.insertable().into_iter().filter(|column| values.contains_key(&column.name)).collect();
    let statement = inserting(name, relation, &given);
    let query = sqlx::query(AssertSqlSafe(statement)).bind(Json(values));
    let row = query.fetch_one(context.connection()).await.map_err(refused)?;
    as_json(&row)
}

/// The row as it is now, which nobody else changes before this transaction ends.
///
/// # Errors
/// The database cannot be asked.
pub async fn locked(
    context: &mut Context,
    name: &str,
    relation: &Relation,
    place: &Place<'_>,
) -> StoreResult<Option<Box<RawValue>>> {
    let statement =
        format!("SELECT {} FROM {} r WHERE {} FOR UPDATE", shown(relation), quoted(name), named(place, 1));
    fetched(context, with_place(sqlx::query(AssertSqlSafe(statement)), place)).await
}

/// The row as the person may read it.
///
/// # Errors
/// The database cannot be asked.
pub async fn seen(
    context: &mut Context,
    name: &str,
    relation: &Relation,
    place: &Place<'_>,
) -> StoreResult<Option<Box<RawValue>>> {
    let statement = format!("SELECT {} FROM {} r WHERE {}", shown(relation), quoted(name), named(place, 1));
    fetched(context, with_place(sqlx::query(AssertSqlSafe(statement)), place)).await
}

/// Changes the given fields of a row; returns it as it is now. None: there is no such row that the person may change.
///
/// # Errors
/// The database refuses it.
pub async fn update(
    context: &mut Context,
    name: &str,
    relation: &Relation,
    place: &Place<'_>,
    values: &Map<String, Value>,
) -> StoreResult<Option<Box<RawValue>>> {
    let given: Vec<&Column> =
        relation.updatable().into_iter().filter(|column| values.contains_key(&column.name)).collect();
    let statement = updating(name, relation, place, &given);
    fetched(context, with_place(sqlx::query(AssertSqlSafe(statement)).bind(Json(values)), place)).await
}

/// Takes a row away; returns it as it was. None: there is no such row that the person may take away.
///
/// # Errors
/// The database refuses it.
pub async fn delete(
    context: &mut Context,
    name: &str,
    relation: &Relation,
    place: &Place<'_>,
) -> StoreResult<Option<Box<RawValue>>> {
    let statement =
        format!("DELETE FROM {} AS r WHERE {} RETURNING {}", quoted(name), named(place, 1), shown(relation));
    fetched(context, with_place(sqlx::query(AssertSqlSafe(statement)), place)).await
}

fn inserting(name: &str, relation: &Relation, given: &[&Column]) -> String {
    let columns = joined(given, |column| quoted(&column.name));
    let values = joined(given, |column| value_of(&column.name, &column.kind));
    let source = format!("SELECT {values} FROM (SELECT $1::jsonb AS a) given");
    format!("INSERT INTO {} AS r ({columns}) {source} RETURNING {}", quoted(name), shown(relation))
}

fn updating(name: &str, relation: &Relation, place: &Place<'_>, given: &[&Column]) -> String {
    let changes = joined(given, |column| {
        format!("{} = {}", quoted(&column.name), value_of(&column.name, &column.kind))
    });
    format!(
        "UPDATE {} AS r SET {changes} FROM (SELECT $1::jsonb AS a) given WHERE {} RETURNING {}",
        quoted(name),
        named(place, 2),
        shown(relation)
    )
}

fn joined(columns: &[&Column], written: impl Fn(&Column) -> String) -> String {
    columns.iter().map(|column| written(column)).collect::<Vec<_>>().join(", ")
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// What the server's role may read of the row, as one document.
fn shown(relation: &Relation) -> String {
    let columns: Vec<&Column> = relation.columns.iter().collect();
    let columns = joined(&columns, |column| format!("r.{}", quoted(&column.name)));
    format!("(SELECT to_jsonb(f) FROM (SELECT {columns}) f)")
}

fn named(place: &Place<'_>, first: usize) -> String {
    let condition = |(number, (column, _)): (usize, &(&Column, String))| {
        format!("r.{} = (${number}::text)::{}", quoted(&column.name), column.kind.sql())
    };
    (first..).zip(place).map(condition).collect::<Vec<_>>().join(" AND ")
}

type Asked<'q> = Query<'q, Postgres, PgArguments>;

fn with_place<'q>(query: Asked<'q>, place: &Place<'_>) -> Asked<'q> {
    place.iter().fold(query, |query, (_, value)| query.bind(value.clone()))
}

async fn fetched(context: &mut Context, query: Asked<'_>) -> StoreResult<Option<Box<RawValue>>> {
    let row = query.fetch_optional(context.connection()).await.map_err(refused)?;
    row.as_ref().map(as_json).transpose()
}

fn as_json(row: &PgRow) -> StoreResult<Box<RawValue>> {
    Ok(row.try_get::<Json<Box<RawValue>>, _>(0)?.0)
}

/// A text that a type of its own reads (`jsonpath`) is as wrong as any other value, though the server calls it a fault of syntax.
fn refused(error: sqlx::Error) -> StoreError {
    let code =
        error.as_database_error().and_then(sqlx::error::DatabaseError::code).unwrap_or_default().into_owned();
    match code.as_str() {
        "42601" => StoreError::Unforeseen { what: "A text is not of the form that its field needs.", error },
        _ => in_words(error.into()),
    }
}

/// The server's own words for what a row policy refuses name the policy; ours have a hint.
fn in_words(error: StoreError) -> StoreError {
    match error {
        StoreError::Refused(refusal) if refusal.sqlstate == "42501" && refusal.hint.is_none() => {
            StoreError::Refused(Refusal {
                message: "Your permissions do not cover such a row.".to_owned(),
                hint: Some("An Administrator gives the permission with a role that has it.".to_owned()),
                ..refusal
            })
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::surface::surface;

    fn columns<'r>(relation: &'r Relation, names: &[&str]) -> Vec<&'r Column> {
        relation.updatable().into_iter().filter(|column| names.contains(&column.name.as_str())).collect()
    }

    #[test]
    fn a_statement_has_the_names_of_the_surface_and_the_given_columns_only() {
        let relation = &surface().relations["configuration_rules"];
        let given = columns(relation, &["rule_code", "condition", "expressions", "assign"]);
        let statement = inserting("configuration_rules", relation, &given);
        assert!(
            statement.starts_with("INSERT INTO \"configuration_rules\" AS r (\"rule_code\", "),
            "{statement}"
        );
        assert!(statement.contains("(given.a ->> 'condition')::jsonpath"), "{statement}");
        assert!(statement.contains("SELECT v::jsonpath FROM"), "{statement}");
        assert!(statement.contains("nullif(given.a -> 'assign', 'null')"), "{statement}");
        assert!(!statement.contains("given.a ->> 'title'"), "{statement}");
        let place: Place<'_> = vec![(&relation.columns[0], "5".to_owned())];
        let statement = updating("configuration_rules", relation, &place, &given);
        assert!(
            statement.contains("WHERE r.\"configuration_rule_id\" = ($2::text)::bigint RETURNING"),
            "{statement}"
        );
    }
}
