//! Rows that are written directly: added, changed and taken away, each with the version that the caller saw.

use serde_json::value::RawValue;
use serde_json::{Map, Value};
use torvan_store::Context;
use torvan_store::rows::{self, Place};
use torvan_store::surface::{Column, Relation};

use super::answer::{Made, tag_of};
use super::dispatch::{Failed, nothing_here, relation_named, require_json, version_seen};
use super::input::{checked_as, described, listed, text_of};
use crate::http::json::parse_object;
use crate::http::problem::{FORBIDDEN, FieldFault, Problem, STALE};
use crate::incoming::Incoming;

/// Adds a row.
pub(super) async fn add(
    context: &mut Context,
    incoming: &Incoming,
    name: &'static str,
    location: &'static str,
) -> Result<Made, Failed> {
    let relation = relation_named(name)?;
    let values = new_row(incoming, relation)?;
    let row = rows::insert(context, name, relation, &values).await?;
    Ok(Made::row(&row, location))
}

/// Changes the given fields of a row; null clears one.
pub(super) async fn change(
    context: &mut Context,
    incoming: &Incoming,
    name: &'static str,
) -> Result<Made, Failed> {
    let relation = relation_named(name)?;
    let seen = version_seen(incoming)?;
    let place = place_of(incoming, relation)?;
    let values = changes(incoming, relation)?;
    let Some(row) = rows::locked(context, name, relation, &place).await? else {
        return Err(not_written(context, incoming, name, relation, &place).await);
    };
    require_current(&row, seen)?;
    let row = rows::update(context, name, relation, &place, &values).await?;
    Ok(Made::changed(&row.ok_or_else(|| nothing_here(incoming))?))
}

/// Takes a row away.
pub(super) async fn remove(
    context: &mut Context,
    incoming: &Incoming,
    name: &'static str,
) -> Result<Made, Failed> {
    let relation = relation_named(name)?;
    let seen = version_seen(incoming)?;
    let place = place_of(incoming, relation)?;
    let Some(row) = rows::delete(context, name, relation, &place).await? else {
        return Err(not_written(context, incoming, name, relation, &place).await);
    };
    // A row that was another one than the caller saw is back with the end of this transaction.
    require_current(&row, seen)?;
    Ok(Made::nothing())
}

/// Why the row policies let nothing be written: it is not there, or there only to be read.
async fn not_written(
    context: &mut Context,
    incoming: &Incoming,
    name: &'static str,
    relation: &Relation,
    place: &Place<'_>,
) -> Failed {
    match rows::seen(context, name, relation, place).await {
        Ok(None) => nothing_here(incoming).into(),
        Ok(Some(_)) => Problem::new(FORBIDDEN, "It may be read here, but not changed or taken away.")
            .hint("The database keeps it itself, or it is beyond your permissions.")
            .into(),
        Err(error) => error.into(),
    }
}

fn require_current(row: &RawValue, seen: &str) -> Result<(), Problem> {
    let now = tag_of(row);
    if seen.split(',').any(|tag| tag.trim() == now) {
        return Ok(());
    }
    Err(Problem::new(STALE, "It was changed since you read it; nothing was done.")
        .hint("Read it again, look at what changed, and send your change with the new ETag."))
}

fn place_of<'r>(incoming: &Incoming, relation: &'r Relation) -> Result<Place<'r>, Problem> {
    let mut faults = Vec::new();
    let mut place = Vec::new();
    for (name, text) in &incoming.path {
        let Some(column) = relation.column(name) else { continue };
        match text_of(name, &column.kind, text) {
            Ok(value) => place.push((column, value)),
            Err(detail) => faults.push(FieldFault::parameter(name.clone(), detail)),
        }
    }
    if faults.is_empty() { Ok(place) } else { Err(Problem::invalid(faults)) }
}

fn new_row(incoming: &Incoming, relation: &Relation) -> Result<Map<String, Value>, Problem> {
    let fixed = place_of(incoming, relation)?;
    require_json(incoming)?;
    let given = parse_object(&incoming.body)?;
    let is_free = |column: &&Column| !fixed.iter().any(|(other, _)| other.name == column.name);
    let columns: Vec<&Column> = relation.insertable().into_iter().filter(is_free).collect();
    let required = |column: &Column| relation.requires(column);
    let mut values = checked(&columns, required, given).map_err(Problem::invalid)?;
    values.extend(fixed.into_iter().map(|(column, value)| (column.name.clone(), Value::String(value))));
    Ok(values)
}

fn changes(incoming: &Incoming, relation: &Relation) -> Result<Map<String, Value>, Problem> {
    require_json(incoming)?;
    let given = parse_object(&incoming.body)?;
    let columns = relation.updatable();
    if given.is_empty() {
        let names: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
        let detail = format!("Nothing is given to change; there is {}.", listed(&names));
        return Err(Problem::invalid(vec![FieldFault::body("", detail)]));
    }
    checked(&columns, |_| false, given).map_err(Problem::invalid)
}

/// Checks values against columns, all faults at once.
fn checked(
    columns: &[&Column],
    required: impl Fn(&Column) -> bool,
    mut given: Map<String, Value>,
) -> Result<Map<String, Value>, Vec<FieldFault>> {
    let mut faults = Vec::new();
    let mut taken = Map::new();
    for column in columns {
        let name = &column.name;
        match given.remove(name) {
            None if required(column) => {
                let detail = format!("\"{name}\" is missing; it is {}.", described(&column.kind));
                faults.push(FieldFault::body(format!("/{name}"), detail));
            }
            None => {}
            Some(value) => match checked_value(column, value) {
                Ok(value) => drop(taken.insert(name.clone(), value)),
                Err(detail) => faults.push(FieldFault::body(format!("/{name}"), detail)),
            },
        }
    }
    let known: Vec<&str> = columns.iter().map(|column| column.name.as_str()).collect();
    for name in given.keys() {
        let detail = format!("There is no \"{name}\" to give here; there is {}.", listed(&known));
        faults.push(FieldFault::body(super::input::pointer(name), detail));
    }
    if faults.is_empty() { Ok(taken) } else { Err(faults) }
}

fn checked_value(column: &Column, value: Value) -> Result<Value, String> {
    let name = &column.name;
    if value.is_null() {
        return if column.nullable {
            Ok(Value::Null)
        } else {
            Err(format!("\"{name}\" cannot be null; it is {}.", described(&column.kind)))
        };
    }
    let value = checked_as(name, &column.kind, value)?;
    match value.as_str() {
        Some(word) if !column.words.is_empty() && !column.words.iter().any(|known| known == word) => {
            Err(format!("\"{name}\" is one of {}.", column.words.join(", ")))
        }
        _ => Ok(value),
    }
}
