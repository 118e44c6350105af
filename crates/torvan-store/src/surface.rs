//! What the server's role may call and read, in the words of the database itself.
//!
//! `surface.json` is generated from the catalogue of a deployed database (`script/surface`) and checked for drift, as the
//! described queries are. Functions, arguments, columns and their meaning are thus written once: in SQL.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

/// The surface of this release.
///
/// # Panics
/// Never: a test reads the committed file.
#[must_use]
pub fn surface() -> &'static Surface {
    static SURFACE: LazyLock<Surface> = LazyLock::new(|| {
        serde_json::from_str(include_str!("../surface.json")).unwrap_or_else(|error| {
            unreachable!("surface.json is generated and read by a test: {error}");
        })
    });
    &SURFACE
}

/// Everything that the server's role may call and read.
#[derive(Debug, Deserialize)]
pub struct Surface {
    /// Permissions and what they allow.
    pub permissions: BTreeMap<String, String>,
    /// Functions by name; overloaded ones are left out.
    pub functions: BTreeMap<String, Function>,
    /// Tables and views by name.
    pub relations: BTreeMap<String, Relation>,
}

/// A function of the database.
#[derive(Debug, Deserialize)]
pub struct Function {
    /// What it does.
    pub comment: String,
    /// Its arguments, in order; names begin with `p_`.
    pub arguments: Vec<Argument>,
    /// What it returns.
    pub result: Outcome,
}

/// An argument of a function.
#[derive(Debug, Deserialize)]
pub struct Argument {
    /// Name in SQL.
    pub name: String,
    /// Type.
    #[serde(rename = "type")]
    pub kind: SqlType,
    /// Whether it has no default.
    pub required: bool,
}

impl Argument {
    /// Name for callers: without the `p_` that tells arguments from columns in SQL.
    #[must_use]
    pub fn public_name(&self) -> &str {
        self.name.strip_prefix("p_").unwrap_or(&self.name)
    }
}

/// What a function returns.
#[derive(Debug, Deserialize)]
pub struct Outcome {
    /// How much.
    pub kind: OutcomeKind,
    /// Type, of each row where there are several.
    #[serde(rename = "type")]
    pub type_name: String,
    /// Columns, where the type is none of the relations.
    pub columns: Vec<Column>,
}

impl Outcome {
    /// Columns of a row, whether named here or by the relation whose row it is.
    #[must_use]
    pub fn row_columns(&self) -> &[Column] {
        if !self.columns.is_empty() {
            return &self.columns;
        }
        surface().relations.get(&self.type_name).map_or(&[], |relation| &relation.columns)
    }
}

/// How much a function returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OutcomeKind {
    /// Nothing.
    None,
    /// One value.
    Value,
    /// One row.
    Row,
    /// Any number of rows or values.
    Rows,
}

/// A table or view.
#[derive(Debug, Deserialize)]
pub struct Relation {
    /// What a row is.
    pub comment: String,
    /// Columns of the primary key; empty for a view.
    pub key: Vec<String>,
    /// Columns that the server's role may read, binary ones left out.
    pub columns: Vec<Column>,
    /// Rules that a value can break, by their names.
    #[serde(default)]
    pub constraints: BTreeMap<String, Constraint>,
    /// What may be written without a function; none: nothing.
    #[serde(default)]
    pub writes: Option<Writes>,
    /// The column by which somebody who does not see all orders sees a row; none: by something else.
    #[serde(default)]
    pub sight: Option<String>,
}

impl Relation {
    /// A column by its name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&Column> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// Columns that a new row may be given.
    #[must_use]
    pub fn insertable(&self) -> Vec<&Column> {
        self.writable(|writes| &writes.insertable)
    }

    /// Columns that may be changed.
    #[must_use]
    pub fn updatable(&self) -> Vec<&Column> {
        self.writable(|writes| &writes.updatable)
    }

    /// Whether a row may be taken away.
    #[must_use]
    pub fn is_deletable(&self) -> bool {
        self.writes.as_ref().is_some_and(|writes| writes.deletable)
    }

    /// Whether a new row must be given the column.
    #[must_use]
    pub fn requires(&self, column: &Column) -> bool {
        self.writes.as_ref().is_some_and(|writes| writes.required.contains(&column.name))
    }

    /// Whether these columns tell any two rows apart.
    #[must_use]
    pub fn is_unique(&self, columns: &[&str]) -> bool {
        self.constraints.values().any(|rule| {
            rule.kind == ConstraintKind::Unique
                && rule.columns.iter().all(|column| columns.contains(&column.as_str()))
        })
    }

    fn writable(&self, which: impl Fn(&Writes) -> &Vec<String>) -> Vec<&Column> {
        let Some(writes) = &self.writes else { return Vec::new() };
        let unread = |name: &String| writes.unread.iter().find(|column| column.name == *name);
        which(writes).iter().filter_map(|name| self.column(name).or_else(|| unread(name))).collect()
    }
}

/// Columns of a table that may be written without a function.
#[derive(Debug, Deserialize)]
pub struct Writes {
    /// Columns that a new row may be given.
    pub insertable: Vec<String>,
    /// Those of them that have to be given.
    pub required: Vec<String>,
    /// Columns that may be changed.
    pub updatable: Vec<String>,
    /// Whether a row may be taken away.
    pub deletable: bool,
    /// Permissions that writing asks for, by `insert`, `update` and `delete`.
    pub permissions: BTreeMap<String, String>,
    /// Columns that may be written and are read through functions only.
    pub unread: Vec<Column>,
}

/// What a constraint asks of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ConstraintKind {
    /// No two rows have the same values.
    Unique,
    /// The values name a row of another table.
    Reference,
    /// A condition on the row's own values.
    Condition,
    /// No two rows overlap.
    Overlap,
}

/// A constraint of a table.
#[derive(Debug, Deserialize)]
pub struct Constraint {
    /// What it asks.
    pub kind: ConstraintKind,
    /// Of which columns.
    #[serde(default)]
    pub columns: Vec<String>,
    /// The table whose row is named.
    #[serde(default)]
    pub refers_to: Option<String>,
    /// The condition, in SQL.
    #[serde(default)]
    pub condition: Option<String>,
}

/// A column of a relation or of a function's rows.
#[derive(Debug, Clone, Deserialize)]
pub struct Column {
    /// Name.
    pub name: String,
    /// Type.
    #[serde(rename = "type")]
    pub kind: SqlType,
    /// Whether it may be null, as far as the database says; for a view nothing is known.
    pub nullable: bool,
    /// What it means.
    pub comment: String,
    /// The words that it may be, where the set is closed.
    #[serde(default)]
    pub words: Vec<String>,
}

/// Types as far as callers tell them apart.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub enum SqlType {
    /// `text`.
    Text,
    /// `bigint`.
    Bigint,
    /// `integer`.
    Integer,
    /// `smallint`.
    Smallint,
    /// `numeric`.
    Numeric,
    /// `boolean`.
    Boolean,
    /// `date`.
    Date,
    /// `timestamp with time zone`.
    Timestamp,
    /// `uuid`.
    Uuid,
    /// `jsonb`.
    Json,
    /// An array of one of the others.
    Array(Box<SqlType>),
    /// Anything else, by its name; written as text.
    Other(String),
}

impl From<String> for SqlType {
    fn from(name: String) -> Self {
        if let Some(element) = name.strip_suffix("[]") {
            return Self::Array(Box::new(Self::from(element.to_owned())));
        }
        match name.as_str() {
            "text" => Self::Text,
            "bigint" => Self::Bigint,
            "integer" => Self::Integer,
            "smallint" => Self::Smallint,
            "numeric" => Self::Numeric,
            "boolean" => Self::Boolean,
            "date" => Self::Date,
            "timestamp with time zone" => Self::Timestamp,
            "uuid" => Self::Uuid,
            "jsonb" => Self::Json,
            _ => Self::Other(name),
        }
    }
}

impl SqlType {
    /// Name in SQL.
    #[must_use]
    pub fn sql(&self) -> String {
        match self {
            Self::Text => "text".to_owned(),
            Self::Bigint => "bigint".to_owned(),
            Self::Integer => "integer".to_owned(),
            Self::Smallint => "smallint".to_owned(),
            Self::Numeric => "numeric".to_owned(),
            Self::Boolean => "boolean".to_owned(),
            Self::Date => "date".to_owned(),
            Self::Timestamp => "timestamptz".to_owned(),
            Self::Uuid => "uuid".to_owned(),
            Self::Json => "jsonb".to_owned(),
            Self::Array(element) => format!("{}[]", element.sql()),
            Self::Other(name) => name.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_surface_is_read_and_knows_an_order() {
        let orders = &surface().relations["orders"];
        assert_eq!(orders.key, ["order_id"]);
        assert!(orders.column("phase").is_some_and(|phase| phase.words.contains(&"DRAFT".to_owned())));
        assert!(orders.writes.is_none(), "orders are written by functions");
        let parts = &surface().relations["parts"];
        assert!(parts.is_unique(&["part_number"]) && !parts.is_unique(&["name"]));
        assert!(parts.insertable().iter().any(|column| column.name == "list_price"), "written, not read");
        let never = ["part_id", "is_sample", "created_at", "updated_at"];
        assert!(!parts.updatable().iter().any(|column| never.contains(&column.name.as_str())));
        let step = &surface().functions["transition_order"];
        assert_eq!(step.arguments[0].public_name(), "order_id");
        assert!(step.result.row_columns().iter().any(|column| column.name == "row_version"));
    }
}
