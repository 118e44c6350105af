//! What pages show: the lists and functions of the surface, as the API has them, read into types.

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use torvan_store::call::{Returned, call};
use torvan_store::surface::{Relation, surface};
use torvan_store::{Context, list};

use crate::api::answer::tag_of;
use crate::api::asked::{Asked, asked, asked_named, asked_one};
use crate::api::endpoint::ListSpec;
use crate::api::input;
use crate::http::problem::{FAULT, Problem};

fn fault(what: &str, error: &dyn std::fmt::Display) -> Problem {
    tracing::error!(what, %error, "a page could not read its data");
    Problem::new(FAULT, FAULT.title)
}

fn query(spec: &ListSpec, parameters: &[(&str, &str)]) -> Result<Asked<'static>, Problem> {
    let relation = surface()
        .relations
        .get(spec.relation)
        .ok_or_else(|| fault(spec.relation, &"there is no such relation"))?;
    let parameters: Vec<(String, String)> =
        parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    asked(spec, relation, &[], &parameters).map_err(Problem::invalid)
}

/// Rows of a list, asked for in the words of the API. Row security decides which rows there are.
pub(super) async fn rows<T: DeserializeOwned>(
    context: &mut Context,
    spec: &ListSpec,
    parameters: &[(&str, &str)],
) -> Result<Vec<T>, Problem> {
    let asked = query(spec, parameters)?;
    let page = list::page(context, &asked.query).await?;
    let read = |row: &RawValue| serde_json::from_str(row.get());
    page.rows
        .iter()
        .map(|row| read(row))
        .collect::<Result<_, _>>()
        .map_err(|error| fault(spec.relation, &error))
}

/// All rows of a list, however many answers that takes: for what belongs to one record.
pub(super) async fn every<T: DeserializeOwned>(
    context: &mut Context,
    spec: &ListSpec,
    parameters: &[(&str, &str)],
) -> Result<Vec<T>, Problem> {
    let asked = parameters.iter().chain(&[("limit", "200")]);
    let asked: Vec<(String, String)> =
        asked.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let (mut rows, mut next) = listed(context, spec, &[], &asked).await?;
    while let Some(cursor) = next {
        let on = [asked.as_slice(), &[("cursor".to_owned(), cursor)]].concat();
        let (more, after) = listed(context, spec, &[], &on).await?;
        rows.extend(more);
        next = after;
    }
    Ok(rows)
}

/// A page of a list, with the cursors of those on both sides of it.
#[derive(Debug)]
pub(super) struct Sheet<T> {
    /// Its rows.
    pub(super) rows: Vec<T>,
    /// The page before.
    pub(super) before: Option<String>,
    /// The page after.
    pub(super) next: Option<String>,
}

/// A page of a list as it was asked for in an address. `fixed` are conditions that a path sets.
pub(super) async fn sheet<T: DeserializeOwned>(
    context: &mut Context,
    spec: &ListSpec,
    fixed: &[(String, String)],
    parameters: &[(String, String)],
) -> Result<Sheet<T>, Problem> {
    let relation = relation_named(spec.relation)?;
    let asked = asked(spec, relation, fixed, parameters).map_err(Problem::invalid)?;
    let page = list::page(context, &asked.query).await?;
    let rows = page.rows.iter().map(|row| read(spec.relation, row)).collect::<Result<_, _>>()?;
    let before = page.before.map(|place| asked.cursor_back(place));
    Ok(Sheet { rows, before, next: page.next.map(|place| asked.cursor(place)) })
}

/// The same, with the cursor of the next page alone.
pub(super) async fn listed<T: DeserializeOwned>(
    context: &mut Context,
    spec: &ListSpec,
    fixed: &[(String, String)],
    parameters: &[(String, String)],
) -> Result<(Vec<T>, Option<String>), Problem> {
    let sheet = sheet(context, spec, fixed, parameters).await?;
    Ok((sheet.rows, sheet.next))
}

/// The row that a path names, with its version.
pub(super) async fn one_tagged<T: DeserializeOwned>(
    context: &mut Context,
    name: &'static str,
    path: &[(String, String)],
) -> Result<Option<(T, String)>, Problem> {
    let relation = relation_named(name)?;
    let query = asked_one(name, relation, path, &[]).map_err(Problem::invalid)?;
    let Some(row) = list::one(context, &query).await? else { return Ok(None) };
    Ok(Some((read(name, &row)?, tag_of(&row))))
}

/// The row that a path names.
pub(super) async fn one<T: DeserializeOwned>(
    context: &mut Context,
    name: &'static str,
    path: &[(String, String)],
) -> Result<Option<T>, Problem> {
    Ok(one_tagged(context, name, path).await?.map(|(row, _)| row))
}

/// Rows that have one of some values in the column that tells them apart.
pub(super) async fn named<T: DeserializeOwned>(
    context: &mut Context,
    name: &'static str,
    column: &'static str,
    values: &[&str],
) -> Result<Vec<T>, Problem> {
    if values.is_empty() {
        return Ok(Vec::new());
    }
    let relation = relation_named(name)?;
    let column = relation.column(column).ok_or_else(|| fault(column, &"there is no such column"))?;
    let page = list::page(context, &asked_named(name, relation, column, values)).await?;
    page.rows.iter().map(|row| read(name, row)).collect()
}

fn relation_named(name: &'static str) -> Result<&'static Relation, Problem> {
    surface().relations.get(name).ok_or_else(|| fault(name, &"there is no such relation"))
}

fn read<T: DeserializeOwned>(name: &str, row: &RawValue) -> Result<T, Problem> {
    serde_json::from_str(row.get()).map_err(|error| fault(name, &error))
}

/// How many rows a list has.
pub(super) async fn count(
    context: &mut Context,
    spec: &ListSpec,
    parameters: &[(&str, &str)],
) -> Result<i64, Problem> {
    let asked = query(spec, parameters)?;
    Ok(list::count(context, &asked.query).await?)
}

/// Calls a function with values that were typed; each fault of a value has its place.
pub(super) async fn act(
    context: &mut Context,
    name: &'static str,
    given: Map<String, Value>,
) -> Result<Returned, Problem> {
    let function = surface().functions.get(name).ok_or_else(|| fault(name, &"there is no such function"))?;
    let arguments = input::arguments(function, given, &Map::new(), false).map_err(Problem::invalid)?;
    Ok(call(context, name, function, &arguments).await?)
}

/// Rows that a function finds.
pub(super) async fn found<T: DeserializeOwned>(
    context: &mut Context,
    name: &'static str,
    given: Map<String, Value>,
) -> Result<Vec<T>, Problem> {
    let read = |row: &RawValue| serde_json::from_str(row.get());
    let rows: Result<Vec<T>, _> = match act(context, name, given).await? {
        Returned::Rows(rows) => rows.iter().map(|row| read(row)).collect(),
        Returned::One(row) => row.iter().map(|row| read(row)).collect(),
        Returned::Nothing => Ok(Vec::new()),
    };
    rows.map_err(|error| fault(name, &error))
}

/// Whether the person has a permission now.
pub(super) async fn may(context: &mut Context, permission: &str) -> Result<bool, Problem> {
    let mut given = Map::new();
    given.insert("permission".to_owned(), permission.into());
    let returned = act(context, "has_permission", given).await?;
    Ok(matches!(returned, Returned::One(Some(value)) if value.get() == "true"))
}
