//! Lists of a relation: filters, one order, pages by key. The one place where a statement depends on what is asked for.
//!
//! Names come from the surface; values are bound and cast. Row security decides which rows there are.

use std::fmt::Write as _;

use serde_json::value::RawValue;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;
use sqlx::types::Json;
use sqlx::{AssertSqlSafe, Postgres, Row as _};

use crate::surface::{Column, SqlType, surface};
use crate::{Context, StoreResult};

/// How a filter compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// Equal.
    Eq,
    /// Not equal; null counts as another value.
    Ne,
    /// Less.
    Lt,
    /// Less or equal.
    Lte,
    /// Greater.
    Gt,
    /// Greater or equal.
    Gte,
    /// One of several.
    In,
    /// Text that begins so.
    Prefix,
    /// Null (`true`) or not (`false`).
    Null,
}

/// A condition on one column. Values are text in the form of the column's type.
#[derive(Debug, Clone)]
pub struct Filter<'a> {
    /// The column.
    pub column: &'a Column,
    /// How it compares.
    pub comparison: Comparison,
    /// With what: one value, or several for [`Comparison::In`].
    pub values: Vec<String>,
}

/// The order of a list; its key makes it total.
#[derive(Debug, Clone)]
pub struct Sort<'a> {
    /// The column.
    pub column: &'a Column,
    /// Whether the greatest comes first.
    pub descending: bool,
    /// Whether it may be null: of a view the database does not say so, of a key it is known.
    pub nullable: bool,
}

/// Words that are all in what a row is called, wherever they stand.
#[derive(Debug, Clone)]
pub struct Words<'a> {
    /// As they were typed.
    pub text: String,
    /// Columns that they are looked for in.
    pub columns: Vec<&'a Column>,
    /// A large table whose keys the database finds by an index, and the column with them.
    pub keyed: Option<(&'static str, &'a Column)>,
}

/// What is asked of a relation.
#[derive(Debug)]
pub struct ListQuery<'a> {
    /// Name of the table or view.
    pub relation: &'a str,
    /// Columns of each row.
    pub fields: Vec<&'a Column>,
    /// Columns that tell any two rows apart.
    pub key: Vec<&'a Column>,
    /// Conditions, all of which hold.
    pub filters: Vec<Filter<'a>>,
    /// Words that are looked for.
    pub words: Option<Words<'a>>,
    /// The order.
    pub sort: Sort<'a>,
    /// The place after which the page begins, as [`Page::next`] gave it.
    pub after: Option<Vec<Option<String>>>,
    /// Whether the page ends before that place, as [`Page::before`] gave it, in place of beginning after it.
    pub is_back: bool,
    /// Rows at most.
    pub limit: usize,
}

impl ListQuery<'_> {
    /// Whether the greatest of the rows that are read comes first.
    fn is_falling(&self) -> bool {
        self.sort.descending != self.is_back
    }
}

/// A page of rows as JSON text.
#[derive(Debug)]
pub struct Page {
    /// The rows.
    pub rows: Vec<Box<RawValue>>,
    /// Where the next page begins: sort value and key of the last row. None on the last page.
    pub next: Option<Vec<Option<String>>>,
    /// Where the page before ends: sort value and key of the first row. None on the first page.
    pub before: Option<Vec<Option<String>>>,
}

/// Reads one page.
pub async fn page(context: &mut Context, query: &ListQuery<'_>) -> StoreResult<Page> {
    let sight = sight(context, query);
    let built = Built { sight, found: found(context, query).await?, ..Built::default() }.page(query);
    let mut rows = built.query().fetch_all(context.connection()).await?;
    let more = rows.len() > query.limit;
    rows.truncate(query.limit);
    if query.is_back {
        rows.reverse();
    }
    let place = |row: Option<&PgRow>| row.map(|row| row.try_get::<Vec<Option<String>>, _>(1)).transpose();
    // Whoever goes back came from the page behind.
    let (has_next, has_before) = if query.is_back { (true, more) } else { (more, query.after.is_some()) };
    let next = place(rows.last().filter(|_| has_next))?;
    let before = place(rows.first().filter(|_| has_before))?;
    let rows = rows.iter().map(|row| Ok(row.try_get::<Json<Box<RawValue>>, _>(0)?.0));
    Ok(Page { rows: rows.collect::<StoreResult<_>>()?, next, before })
}

/// How many rows there are in all, without regard to the page.
pub async fn count(context: &mut Context, query: &ListQuery<'_>) -> StoreResult<i64> {
    let sight = sight(context, query);
    let mut built = Built { sight, found: found(context, query).await?, ..Built::default() };
    let conditions = built.conditions(query, false);
    built.text = format!("SELECT count(*) FROM {} r WHERE {conditions}", query.relation);
    Ok(built.query().fetch_one(context.connection()).await?.try_get(0)?)
}

/// The first row, where the filters name one.
pub async fn one(context: &mut Context, query: &ListQuery<'_>) -> StoreResult<Option<Box<RawValue>>> {
    Ok(page(context, query).await?.rows.pop())
}

/// Keys of the rows that hold the words, where an index finds them. None where none does, or where they are too many to be listed:
/// then each row is looked at.
async fn found(context: &mut Context, query: &ListQuery<'_>) -> StoreResult<Option<Vec<String>>> {
    let Some(words) = query.words.as_ref() else { return Ok(None) };
    let Some((table, _)) = words.keyed else { return Ok(None) };
    let found = sqlx::query_file_scalar!("queries/list/found_by_words.sql", table, words.text)
        .fetch_all(context.connection())
        .await?;
    Ok(found.into_iter().map(|key| key.map(|key| key.to_string())).collect())
}

/// The condition that begins a list with the few builds in sight. Row security says the same, but one row after the other: it
/// would walk past all those of others.
fn sight(context: &Context, query: &ListQuery<'_>) -> Option<&'static str> {
    let column = surface().relations.get(query.relation)?.sight.as_deref().filter(|_| context.sees_few)?;
    // One row is found by its key.
    let is_one = query
        .filters
        .iter()
        .any(|filter| filter.comparison == Comparison::Eq && filter.column.name == column);
    match column {
        "build_id" if !is_one => Some("r.build_id IN (SELECT visible_builds())"),
        "order_id" if !is_one => Some("r.order_id IN (SELECT visible_orders())"),
        _ => None,
    }
}

#[derive(Debug)]
enum Bound {
    One(Option<String>),
    Many(Vec<String>),
}

#[derive(Debug, Default)]
struct Built {
    text: String,
    values: Vec<Bound>,
    sight: Option<&'static str>,
    /// Keys of the rows that hold the words.
    found: Option<Vec<String>>,
}

impl Built {
    fn page(mut self, query: &ListQuery<'_>) -> Self {
        let conditions = self.conditions(query, true);
        let fields =
            query.fields.iter().map(|column| format!("r.{}", column.name)).collect::<Vec<_>>().join(", ");
        let place = std::iter::once(query.sort.column)
            .chain(query.key.iter().copied())
            .map(|column| format!("r.{}::text", column.name))
            .collect::<Vec<_>>()
            .join(", ");
        self.text = format!(
            "SELECT (SELECT to_jsonb(f) FROM (SELECT {fields}) f) AS row, ARRAY[{place}] AS place FROM {} r WHERE {conditions} ORDER BY {} LIMIT {}",
            query.relation,
            ordering(query),
            query.limit + 1
        );
        self
    }

    fn query(&self) -> Query<'_, Postgres, PgArguments> {
        let mut query = sqlx::query(AssertSqlSafe(self.text.clone()));
        for value in &self.values {
            query = match value {
                Bound::One(value) => query.bind(value.clone()),
                Bound::Many(values) => query.bind(values.clone()),
            };
        }
        query
    }

    fn bind(&mut self, value: Option<String>, column: &Column) -> String {
        self.values.push(Bound::One(value));
        format!("(${}::text)::{}", self.values.len(), column.kind.sql())
    }

    fn conditions(&mut self, query: &ListQuery<'_>, with_place: bool) -> String {
        let mut conditions: Vec<String> = query.filters.iter().map(|filter| self.condition(filter)).collect();
        conditions.extend(query.words.as_ref().map(|words| self.words(words)));
        conditions.extend(self.sight.map(str::to_owned));
        if let (true, Some(after)) = (with_place, &query.after) {
            conditions.push(self.after(query, after));
        }
        if conditions.is_empty() { "true".to_owned() } else { conditions.join(" AND ") }
    }

    fn condition(&mut self, filter: &Filter<'_>) -> String {
        let name = format!("r.{}", filter.column.name);
        let first = filter.values.first().cloned();
        let operator = match filter.comparison {
            Comparison::Eq => "=",
            Comparison::Ne => "IS DISTINCT FROM",
            Comparison::Lt => "<",
            Comparison::Lte => "<=",
            Comparison::Gt => ">",
            Comparison::Gte => ">=",
            Comparison::In => {
                self.values.push(Bound::Many(filter.values.clone()));
                return format!(
                    "{name} = ANY ((${}::text[])::{}[])",
                    self.values.len(),
                    filter.column.kind.sql()
                );
            }
            Comparison::Prefix => {
                let value = self.bind(first, filter.column);
                return format!("starts_with({name}, {value})");
            }
            Comparison::Null => {
                let is_null = first.as_deref() == Some("true");
                return format!("{name} IS {}NULL", if is_null { "" } else { "NOT " });
            }
        };
        format!("{name} {operator} {}", self.bind(first, filter.column))
    }

    fn words(&mut self, words: &Words<'_>) -> String {
        if let (Some((_, key)), Some(found)) = (words.keyed, self.found.take()) {
            self.values.push(Bound::Many(found));
            return format!("r.{} = ANY ((${}::text[])::{}[])", key.name, self.values.len(), key.kind.sql());
        }
        self.values.push(Bound::One(Some(words.text.clone())));
        let text = self.values.len();
        let part = |column: &&Column| format!("r.{}::text COLLATE \"default\"", column.name);
        let columns = words.columns.iter().map(part).collect::<Vec<_>>().join(", ");
        format!("bare_text(concat_ws(' ', {columns})) LIKE ALL ((SELECT word_patterns(${text}))::text[])")
    }

    /// Rows behind the place, or before it where the page is walked back. Nulls come last, whichever the direction; the key grows always, in the direction of the order.
    fn after(&mut self, query: &ListQuery<'_>, place: &[Option<String>]) -> String {
        let column = query.sort.column;
        let name = format!("r.{}", column.name);
        let than = if query.is_falling() { "<" } else { ">" };
        let key = query.key.iter().map(|part| format!("r.{}", part.name)).collect::<Vec<_>>().join(", ");
        let mut values = place.iter().cloned();
        let sort_value = values.next().flatten();
        let is_null = sort_value.is_none();
        let first = if is_null { String::new() } else { self.bind(sort_value, column) };
        let keys: Vec<String> =
            query.key.iter().zip(values).map(|(part, value)| self.bind(value, part)).collect();
        let keys = keys.join(", ");
        if is_null && query.is_back {
            return format!("({name} IS NOT NULL OR ({key}) {than} ({keys}))");
        }
        if is_null {
            return format!("{name} IS NULL AND ({key}) {than} ({keys})");
        }
        let mut text = format!("({name}, {key}) {than} ({first}, {keys})");
        if query.sort.nullable && !query.is_back {
            text = format!("({text} OR {name} IS NULL)");
        }
        text
    }
}

fn ordering(query: &ListQuery<'_>) -> String {
    let direction = if query.is_falling() { " DESC" } else { "" };
    // Said only where it differs from what an index has anyway.
    let nulls = match (query.sort.descending && query.sort.nullable, query.is_back) {
        (true, false) => " NULLS LAST",
        (true, true) => " NULLS FIRST",
        (false, _) => "",
    };
    let mut text = format!("r.{}{direction}{nulls}", query.sort.column.name);
    for part in query.key.iter().filter(|part| part.name != query.sort.column.name) {
        let _ = write!(text, ", r.{}{direction}", part.name);
    }
    text
}

/// Whether the values of a type have an order that a filter can ask for.
#[must_use]
pub fn is_ordered(kind: &SqlType) -> bool {
    !matches!(kind, SqlType::Json | SqlType::Array(_) | SqlType::Boolean | SqlType::Other(_))
}
