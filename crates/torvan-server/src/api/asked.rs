//! What a list was asked for, read from its query.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use torvan_store::list::{Comparison, Filter, ListQuery, Sort, Words, is_ordered};
use torvan_store::surface::{Column, Relation, SqlType};

use super::endpoint::ListSpec;
use super::input::{listed, text_of};
use super::searched;
use crate::http::problem::FieldFault;

/// Rows of a page, and at most.
const USUAL_LIMIT: usize = 50;
const MAX_LIMIT: usize = 200;

/// A list as it was asked for.
#[derive(Debug)]
pub(crate) struct Asked<'a> {
    pub(crate) query: ListQuery<'a>,
    pub(super) with_count: bool,
    /// Name of the order, which a cursor belongs to.
    sort: String,
}

#[derive(Debug, Serialize, Deserialize)]
struct Cursor {
    sort: String,
    place: Vec<Option<String>>,
    /// Whether it leads to the page before.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    back: bool,
}

impl Asked<'_> {
    /// The cursor of the next page.
    pub(crate) fn cursor(&self, place: Vec<Option<String>>) -> String {
        self.leading(place, false)
    }

    /// The cursor of the page before.
    pub(crate) fn cursor_back(&self, place: Vec<Option<String>>) -> String {
        self.leading(place, true)
    }

    fn leading(&self, place: Vec<Option<String>>, back: bool) -> String {
        let cursor = Cursor { sort: self.sort.clone(), place, back };
        BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(&cursor).unwrap_or_default())
    }
}

/// Columns that tell rows apart.
pub(crate) fn key_of<'a>(spec: &ListSpec, relation: &'a Relation) -> Vec<&'a Column> {
    let names: Vec<&str> = if spec.key.is_empty() {
        relation.key.iter().map(String::as_str).collect()
    } else {
        spec.key.to_vec()
    };
    names.into_iter().filter_map(|name| relation.column(name)).collect()
}

/// Reads the query of a list; `fixed` are conditions that the path sets.
pub(crate) fn asked<'a>(
    spec: &ListSpec,
    relation: &'a Relation,
    fixed: &[(String, String)],
    parameters: &[(String, String)],
) -> Result<Asked<'a>, Vec<FieldFault>> {
    let mut faults = Vec::new();
    let usual = spec.sorts.first().copied().unwrap_or_default();
    let mut reading = Reading {
        spec,
        relation,
        filters: Vec::new(),
        words: None,
        fields: relation.columns.iter().collect(),
        sort: usual.to_owned(),
        limit: USUAL_LIMIT,
        with_count: false,
        cursor: None,
    };
    for (name, value) in fixed {
        reading.fixed(name, value).unwrap_or_else(|fault| faults.push(fault));
    }
    for (name, value) in parameters {
        reading.parameter(name, value).unwrap_or_else(|fault| faults.push(fault));
    }
    match reading.finish() {
        Ok(asked) if faults.is_empty() => Ok(asked),
        Ok(_) => Err(faults),
        Err(fault) => {
            faults.push(fault);
            Err(faults)
        }
    }
}

/// Reads the query of one row, which the path names.
pub(crate) fn asked_one<'a>(
    name: &'static str,
    relation: &'a Relation,
    path: &[(String, String)],
    parameters: &[(String, String)],
) -> Result<ListQuery<'a>, Vec<FieldFault>> {
    let mut faults = Vec::new();
    let mut filters = Vec::new();
    for (name, value) in path {
        match equal(relation, name, value) {
            Ok(filter) => filters.push(filter),
            Err(fault) => faults.push(fault),
        }
    }
    let mut fields = relation.columns.iter().collect();
    for (name, value) in parameters {
        match name.as_str() {
            "fields" => match named_fields(relation, value) {
                Ok(named) => fields = named,
                Err(detail) => faults.push(FieldFault::parameter("fields", detail)),
            },
            _ => faults.push(FieldFault::parameter(
                name,
                format!("There is no parameter \"{name}\" here; there is fields."),
            )),
        }
    }
    match filters.first() {
        Some(first) if faults.is_empty() => {
            let sort = Sort { column: first.column, descending: false, nullable: false };
            Ok(ListQuery {
                relation: name,
                fields,
                key: Vec::new(),
                filters,
                words: None,
                sort,
                after: None,
                is_back: false,
                limit: 1,
            })
        }
        _ => Err(faults),
    }
}

/// Reads the query of the rows that have one of some values in a column; what the column cannot have is no value of any row.
pub(crate) fn asked_named<'a>(
    name: &'static str,
    relation: &'a Relation,
    column: &'a Column,
    values: &[&str],
) -> ListQuery<'a> {
    let read = |value: &&str| text_of(&column.name, &column.kind, value).ok();
    let values: Vec<String> = values.iter().filter_map(read).collect();
    ListQuery {
        relation: name,
        fields: relation.columns.iter().collect(),
        key: vec![column],
        limit: values.len(),
        filters: vec![Filter { column, comparison: Comparison::In, values }],
        words: None,
        sort: Sort { column, descending: false, nullable: false },
        after: None,
        is_back: false,
    }
}

fn equal<'a>(relation: &'a Relation, name: &str, value: &str) -> Result<Filter<'a>, FieldFault> {
    let column = relation
        .column(name)
        .ok_or_else(|| FieldFault::parameter(name, format!("There is no \"{name}\" here.")))?;
    let value = text_of(name, &column.kind, value).map_err(|detail| FieldFault::parameter(name, detail))?;
    Ok(Filter { column, comparison: Comparison::Eq, values: vec![value] })
}

fn named_fields<'a>(relation: &'a Relation, value: &str) -> Result<Vec<&'a Column>, String> {
    let names = value.split(',').map(str::trim).filter(|name| !name.is_empty());
    let mut fields: Vec<&Column> = names
        .map(|name| {
            relation.column(name).ok_or_else(|| {
                let known: Vec<&str> = relation.columns.iter().map(|column| column.name.as_str()).collect();
                format!("There is no field \"{name}\"; there is {}.", listed(&known))
            })
        })
        .collect::<Result<_, _>>()?;
    let mut seen = BTreeSet::new();
    fields.retain(|column| seen.insert(column.name.as_str()));
    if fields.is_empty() { Err("\"fields\" names no field.".to_owned()) } else { Ok(fields) }
}

struct Reading<'s, 'a> {
    spec: &'s ListSpec,
    relation: &'a Relation,
    filters: Vec<Filter<'a>>,
    words: Option<Words<'a>>,
    fields: Vec<&'a Column>,
    sort: String,
    limit: usize,
    with_count: bool,
    cursor: Option<Cursor>,
}

impl<'a> Reading<'_, 'a> {
    fn fixed(&mut self, name: &str, value: &str) -> Result<(), FieldFault> {
        self.filters.push(equal(self.relation, name, value)?);
        Ok(())
    }

    fn parameter(&mut self, name: &str, value: &str) -> Result<(), FieldFault> {
        let fault = |detail: String| FieldFault::parameter(name, detail);
        match name {
            "limit" => {
                let limit = value.parse().ok().filter(|limit| (1..=MAX_LIMIT).contains(limit));
                self.limit = limit
                    .ok_or_else(|| fault(format!("\"limit\" is a whole number from 1 to {MAX_LIMIT}.")))?;
            }
            "sort" => value.clone_into(&mut self.sort),
            "count" => {
                self.with_count = match value {
                    "true" => true,
                    "false" => false,
                    _ => return Err(fault("\"count\" is true or false.".to_owned())),
                };
            }
            "q" if searched::of(self.spec.relation).is_some() => self.words = self.words_of(value),
            "fields" => self.fields = named_fields(self.relation, value).map_err(fault)?,
            "cursor" => {
                let read = BASE64_URL_SAFE_NO_PAD.decode(value).ok();
                let read = read.and_then(|bytes| serde_json::from_slice::<Cursor>(&bytes).ok());
                self.cursor = Some(read.ok_or_else(|| {
                    fault("The cursor cannot be read; give the one of the page before.".to_owned())
                })?);
            }
            _ => self.filter(name, value).map_err(fault)?,
        }
        Ok(())
    }

    fn words_of(&self, text: &str) -> Option<Words<'a>> {
        let found = searched::of(self.spec.relation).filter(|_| !text.trim().is_empty())?;
        let columns = found.columns.iter().filter_map(|name| self.relation.column(name)).collect();
        let keyed = found.keyed.and_then(|(table, key)| Some((table, self.relation.column(key)?)));
        Some(Words { text: text.to_owned(), columns, keyed })
    }

    /// `filter[column]` or `filter[column][comparison]`.
    fn filter(&mut self, name: &str, value: &str) -> Result<(), String> {
        let parts: Option<Vec<&str>> = name
            .strip_prefix("filter[")
            .and_then(|rest| rest.strip_suffix(']'))
            .map(|inner| inner.split("][").collect());
        let (column, comparison) = match parts.as_deref() {
            Some([column]) => (*column, "eq"),
            Some([column, comparison]) => (*column, *comparison),
            _ => {
                let words = if searched::of(self.spec.relation).is_some() { "q, " } else { "" };
                return Err(format!(
                    "There is no parameter \"{name}\"; there is {words}limit, cursor, sort, fields, count and filter[field] or filter[field][comparison]."
                ));
            }
        };
        let column = self
            .relation
            .column(column)
            .filter(|column| self.spec.filters.contains(&column.name.as_str()))
            .ok_or_else(|| {
                format!("There is no filter \"{column}\"; there is {}.", listed(self.spec.filters))
            })?;
        let comparison = comparison_named(comparison, &column.kind)?;
        let value_of = |text: &str| checked_value(column, comparison, text);
        let values = if comparison == Comparison::In {
            value.split(',').map(value_of).collect::<Result<_, _>>()?
        } else {
            vec![value_of(value)?]
        };
        self.filters.push(Filter { column, comparison, values });
        Ok(())
    }

    fn finish(self) -> Result<Asked<'a>, FieldFault> {
        let known: Vec<&str> = self.spec.sorts.iter().map(|name| name.trim_start_matches('-')).collect();
        let named = self.sort.trim_start_matches('-');
        let column = self.relation.column(named).filter(|_| known.contains(&named)).ok_or_else(|| {
            FieldFault::parameter(
                "sort",
                format!(
                    "Nothing is sorted by \"{named}\"; sort by {}, with a minus for the greatest first.",
                    listed(&known)
                ),
            )
        })?;
        let key = key_of(self.spec, self.relation);
        let is_back = self.cursor.as_ref().is_some_and(|cursor| cursor.back);
        let after = match self.cursor {
            Some(cursor) if cursor.sort == self.sort && cursor.place.len() == key.len() + 1 => {
                Some(checked_place(cursor.place, column, &key)?)
            }
            Some(_) => {
                return Err(FieldFault::parameter(
                    "cursor",
                    "The cursor belongs to another list or order; begin without one.",
                ));
            }
            None => None,
        };
        let nullable = column.nullable && !key.iter().any(|part| part.name == column.name);
        let query = ListQuery {
            relation: self.spec.relation,
            fields: self.fields,
            key,
            filters: self.filters,
            words: self.words,
            sort: Sort { column, descending: self.sort.starts_with('-'), nullable },
            after,
            is_back,
            limit: self.limit,
        };
        Ok(Asked { query, with_count: self.with_count, sort: self.sort })
    }
}

fn comparison_named(name: &str, kind: &SqlType) -> Result<Comparison, String> {
    let comparison = match name {
        "eq" => Comparison::Eq,
        "ne" => Comparison::Ne,
        "lt" => Comparison::Lt,
        "lte" => Comparison::Lte,
        "gt" => Comparison::Gt,
        "gte" => Comparison::Gte,
        "in" => Comparison::In,
        "prefix" => Comparison::Prefix,
        "null" => Comparison::Null,
        _ => {
            return Err(format!(
                "There is no comparison \"{name}\"; there is eq, ne, lt, lte, gt, gte, in, prefix and null."
            ));
        }
    };
    let fits = match comparison {
        Comparison::Null => true,
        Comparison::Prefix => *kind == SqlType::Text,
        Comparison::Eq | Comparison::Ne | Comparison::In => {
            !matches!(kind, SqlType::Json | SqlType::Array(_) | SqlType::Other(_))
        }
        Comparison::Lt | Comparison::Lte | Comparison::Gt | Comparison::Gte => is_ordered(kind),
    };
    if fits { Ok(comparison) } else { Err(format!("\"{name}\" does not go with this kind of value.")) }
}

fn checked_value(column: &Column, comparison: Comparison, text: &str) -> Result<String, String> {
    if comparison == Comparison::Null {
        return text_of(&column.name, &SqlType::Boolean, text);
    }
    let text = text_of(&column.name, &column.kind, text)?;
    let is_known =
        column.words.is_empty() || comparison == Comparison::Prefix || column.words.contains(&text);
    if is_known {
        Ok(text)
    } else {
        Err(format!("\"{}\" is one of {}.", column.name, column.words.join(", ")))
    }
}

// A cursor comes from outside like everything else.
fn checked_place(
    place: Vec<Option<String>>,
    sort: &Column,
    key: &[&Column],
) -> Result<Vec<Option<String>>, FieldFault> {
    let columns = std::iter::once(&sort).chain(key);
    for (value, column) in place.iter().zip(columns) {
        let Some(value) = value else { continue };
        // Moments are written as the database writes them.
        let fits = match column.kind {
            SqlType::Timestamp => {
                value.len() < 40
                    && value.bytes().all(|sign| sign.is_ascii_digit() || b" -:.+".contains(&sign))
            }
            _ => text_of(&column.name, &column.kind, value).is_ok(),
        };
        if !fits {
            return Err(FieldFault::parameter(
                "cursor",
                "The cursor cannot be read; give the one of the page before.",
            ));
        }
    }
    Ok(place)
}
