//! What the trail keeps, as people read it: keys of other records by what these are called, times, words and encrypted values by
//! what they are. The surface says what a column holds and which record it names; what it leaves out is told by its looks.

use std::collections::{BTreeMap, BTreeSet};

use askama::Template;
use serde::Deserialize;
use serde_json::{Map, Value};
use torvan_store::Context;
use torvan_store::surface::{ConstraintKind, Relation, SqlType, surface};

use super::cell::{self, Row, text_of};
use super::shipped;
use crate::http::problem::Problem;
use crate::pages::data;
use crate::pages::moment::Clock;
use crate::pages::numbers::unit;
use crate::words::Words;

/// Accounts are named by a function: whoever may read a record need not see the account.
const ACCOUNTS: &str = "users";
/// Columns of texts that are statements in SQL.
const STATEMENTS: [&str; 3] = ["start_expression", "due_condition", "check_query"];
/// How an actor begins that is no person.
const DATABASE: &str = "database:";

/// Tables and keys of records, with what these are called.
type Names = BTreeMap<(&'static str, String), String>;

/// A field of a record with one of its values.
#[derive(Debug, Clone, Copy)]
pub(in crate::pages) struct Kept<'v> {
    /// Table of the record.
    pub(in crate::pages) table: &'v str,
    /// The field.
    pub(in crate::pages) field: &'v str,
    /// Its value.
    pub(in crate::pages) value: &'v str,
}

/// A value of the trail, in words or as the statement that it is.
#[derive(Debug, Template)]
#[template(path = "registers/told.html")]
pub(in crate::pages) struct Told {
    text: String,
    is_statement: bool,
}

impl askama::filters::HtmlSafe for Told {}

/// Tells values of the trail to a reader.
#[derive(Debug)]
pub(in crate::pages) struct Teller {
    clock: Clock,
    words: Words,
    names: Names,
}

impl Teller {
    /// A teller who knows what the keys among some values name: a statement for each table that they point to.
    pub(in crate::pages) async fn of(
        context: &mut Context,
        words: Words,
        kept: &[Kept<'_>],
    ) -> Result<Self, Problem> {
        let mut asked: BTreeMap<&'static str, BTreeSet<&str>> = BTreeMap::new();
        for one in kept {
            if let Some(table) = pointed(one.table, one.field) {
                asked.entry(table).or_default().insert(one.value);
            }
        }
        let mut names = Names::new();
        for (table, keys) in asked {
            let found = match table {
                ACCOUNTS => accounts(context, keys).await?,
                _ => records(context, words, table, keys).await?,
            };
            names.extend(found.into_iter().map(|(key, name)| ((table, key), name)));
        }
        Ok(Self { clock: Clock::now(words), words, names })
    }

    /// A value as it is shown.
    pub(in crate::pages) fn told(&self, kept: Kept<'_>) -> Told {
        let name = pointed(kept.table, kept.field)
            .and_then(|table| self.names.get(&(table, kept.value.to_owned())).cloned());
        let is_statement = name.is_none() && is_statement(kept.table, kept.field);
        let text = match name {
            Some(name) => name,
            None if is_statement => kept.value.to_owned(),
            None => cell::told(self.clock, self.words, kept.table, kept.field, kept.value),
        };
        Told { text, is_statement }
    }

    /// Who did it: the person, or the program that did it in nobody's name.
    pub(in crate::pages) fn who(&self, person: Option<&str>, actor: Option<&str>) -> Option<String> {
        let actor = || match actor?.strip_prefix(DATABASE) {
            Some(role) => Some(self.words.say_with("trail-database", &[("role", role.to_owned().into())])),
            None => actor.map(str::to_owned),
        };
        person.map(str::to_owned).or_else(actor)
    }
}

/// Whether a field only repeats the key under which its record is kept.
pub(in crate::pages) fn is_own_key(kept: Kept<'_>, record_key: &str) -> bool {
    match surface().relations.get(kept.table) {
        Some(relation) => relation.key == [kept.field],
        None => {
            kept.field.ends_with("_id")
                && kept.value == record_key
                && pointed(kept.table, kept.field).is_none()
        }
    }
}

/// The table whose row a field names.
fn pointed(table: &str, field: &str) -> Option<&'static str> {
    let relations = &surface().relations;
    let name = match relations.get(table) {
        Some(relation) => referred(relation, field)?,
        None => guessed(field)?,
    };
    relations.get_key_value(name).map(|(name, _)| name.as_str())
}

/// By the rules of the table; a pair of columns names a row where one of them is its whole key.
fn referred<'r>(relation: &'r Relation, field: &str) -> Option<&'r str> {
    let names_it = |(columns, table): &(&[String], &str)| {
        columns.len() == 1 || surface().relations.get(*table).is_some_and(|referred| referred.key == [field])
    };
    relation
        .constraints
        .values()
        .filter(|rule| rule.kind == ConstraintKind::Reference)
        .filter_map(|rule| Some((rule.columns.as_slice(), rule.refers_to.as_deref()?)))
        .filter(|(columns, _)| columns.iter().any(|column| column == field))
        .find(names_it)
        .map(|(_, table)| table)
}

/// By its name, where nothing is known of the table.
fn guessed(field: &str) -> Option<&'static str> {
    if field.ends_with("_by") {
        return Some(ACCOUNTS);
    }
    if !field.ends_with("_id") {
        return None;
    }
    let mut relations = surface().relations.iter();
    relations.find(|(_, relation)| relation.key == [field]).map(|(name, _)| name.as_str())
}

fn is_statement(table: &str, field: &str) -> bool {
    let column = surface().relations.get(table).and_then(|relation| relation.column(field));
    STATEMENTS.contains(&field)
        || column.is_some_and(|column| column.kind == SqlType::Other("jsonpath".to_owned()))
}

/// Keys with names.
type Named = Vec<(String, String)>;

async fn accounts(context: &mut Context, keys: BTreeSet<&str>) -> Result<Named, Problem> {
    #[derive(Deserialize)]
    struct Colleague {
        user_id: i64,
        display_name: String,
    }
    let keys: Vec<i64> = keys.into_iter().filter_map(|key| key.parse().ok()).collect();
    if keys.is_empty() {
        return Ok(Named::new());
    }
    let given = Map::from_iter([("user_ids".to_owned(), Value::from(keys))]);
    let found: Vec<Colleague> = data::found(context, "person_names", given).await?;
    Ok(found.into_iter().map(|one| (one.user_id.to_string(), one.display_name)).collect())
}

async fn records(
    context: &mut Context,
    words: Words,
    table: &'static str,
    keys: BTreeSet<&str>,
) -> Result<Named, Problem> {
    let Some(relation) = surface().relations.get(table) else { return Ok(Named::new()) };
    let ([key], (code, name)) = (relation.key.as_slice(), called_by(relation)) else {
        return Ok(Named::new());
    };
    if code.is_none() && name.is_none() {
        return Ok(Named::new());
    }
    let keys: Vec<&str> = keys.into_iter().collect();
    let rows: Vec<Row> = data::named(context, table, key, &keys).await?;
    let label = |row: &Row| {
        let own = text_of(row, key)?;
        let code = code.map_or_else(|| Some(own.clone()), |code| text_of(row, code));
        let name = name.and_then(|name| text_of(row, name));
        Some((own, called(words, table, code?, name)))
    };
    Ok(rows.iter().filter_map(label).collect())
}

/// Columns with what a record is called.
const NAMED_BY: [&str; 2] = ["name", "title"];

/// The columns by which people tell the rows of a table apart: its own code, and its name.
fn called_by(relation: &'static Relation) -> (Option<&'static str>, Option<&'static str>) {
    let is_text = |name: &str| relation.column(name).is_some_and(|column| column.kind == SqlType::Text);
    let is_own = |name: &str| is_text(name) && referred(relation, name).is_none();
    let code =
        relation.constraints.values().filter(|rule| rule.kind == ConstraintKind::Unique).find_map(|rule| {
            match rule.columns.as_slice() {
                [column] if is_own(column) => Some(column.as_str()),
                _ => None,
            }
        });
    (code, NAMED_BY.into_iter().find(|name| is_text(name)))
}

/// The name of a record with its code; what the product itself names is in the reader's language.
fn called(words: Words, table: &str, code: String, name: Option<String>) -> String {
    match (table, name) {
        ("units", _) => unit(words, &code),
        ("roles", Some(name)) => words.role(&code, &name),
        (_, Some(name)) if name != code => {
            let shipped = NAMED_BY.into_iter().find_map(|column| shipped::told(words, table, column, &name));
            format!("{} ({code})", shipped.unwrap_or(name))
        }
        _ => code,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_names_a_row_of_a_table() {
        for (table, field, names) in [
            ("orders", "customer_id", Some("customers")),
            ("orders", "approved_by", Some("users")),
            ("user_skills", "skill_id", Some("skills")),
            ("orders", "po_number", None),
            ("orders", "order_id", None),
            // No surface knows the table of contacts.
            ("pii_contacts", "customer_id", Some("customers")),
            ("pii_contacts", "created_by", Some("users")),
            ("pii_contacts", "subject_id", None),
            ("pii_contacts", "name_ciphertext", None),
        ] {
            assert_eq!(pointed(table, field), names, "{table}.{field}");
        }
    }

    #[test]
    fn a_record_is_called_by_its_own_code_and_name() {
        for (table, called) in [
            ("orders", (Some("order_number"), None)),
            ("customers", (Some("customer_code"), Some("name"))),
            ("documents", (Some("document_number"), Some("title"))),
            // The family is not what tells a set of rules apart.
            ("rule_sets", (None, None)),
        ] {
            assert_eq!(called_by(&surface().relations[table]), called, "{table}");
        }
    }

    #[test]
    fn a_record_does_not_repeat_its_key() {
        let kept = |table, field, value| Kept { table, field, value };
        assert!(is_own_key(kept("allowed_hosts", "allowed_host_id", "1"), "1"));
        assert!(!is_own_key(kept("orders", "customer_id", "1"), "1"));
        assert!(is_own_key(kept("pii_contacts", "subject_id", "77"), "77"));
        assert!(!is_own_key(kept("pii_contacts", "customer_id", "77"), "77"));
    }

    #[test]
    fn statements_are_columns() {
        for field in STATEMENTS {
            let has = |relation: &Relation| relation.column(field).is_some();
            assert!(surface().relations.values().any(has), "no table has {field}");
        }
        assert!(is_statement("configuration_rules", "condition"));
        assert!(!is_statement("notification_rules", "condition"));
    }
}
