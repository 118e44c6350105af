//! Constraints that caught a value, in words for people: which fields, and how to mend it.

use std::fmt;

use sqlx::postgres::PgDatabaseError;

use crate::surface::{Constraint, ConstraintKind, Relation, surface};

/// What was wrong with the values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BrokenKind {
    /// Another row has them already.
    Taken,
    /// They name no row of the other table.
    Missing,
    /// Rows of another table name the row that was to go.
    InUse,
    /// They do not meet a condition.
    Condition,
    /// A value that is needed is null.
    Null,
}

/// A constraint that was not met.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// What was wrong.
    pub kind: BrokenKind,
    /// Names of the columns that it is about.
    pub columns: Vec<String>,
    /// What is wrong.
    pub message: String,
    /// How to mend it.
    pub hint: String,
}

impl std::error::Error for Broken {}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.message, self.hint)
    }
}

impl Broken {
    /// What an error of the database says about a constraint that the surface knows.
    pub(crate) fn of(error: &PgDatabaseError) -> Option<Self> {
        let table = error.table()?;
        let relation = surface().relations.get(table)?;
        match error.code() {
            "23502" => Some(null(error.column()?)),
            "23001" => Some(in_use(table)),
            // The table is the one that refers, whichever of both was written.
            "23503" if error.message().starts_with("update or delete") => Some(in_use(table)),
            "23503" | "23505" | "23514" | "23P01" => {
                kept(relation, relation.constraints.get(error.constraint()?)?, table)
            }
            _ => None,
        }
    }
}

fn null(column: &str) -> Broken {
    Broken {
        kind: BrokenKind::Null,
        columns: vec![column.to_owned()],
        message: format!("\"{column}\" is missing."),
        hint: format!("Give \"{column}\" a value."),
    }
}

fn in_use(table: &str) -> Broken {
    Broken {
        kind: BrokenKind::InUse,
        columns: Vec::new(),
        message: format!("Something still refers to it: rows of {table}."),
        hint: "Change or remove those first, or switch this one off instead of removing it.".to_owned(),
    }
}

fn kept(relation: &Relation, constraint: &Constraint, table: &str) -> Option<Broken> {
    let columns = constraint.columns.clone();
    let named = columns.iter().map(|column| format!("\"{column}\"")).collect::<Vec<_>>().join(", ");
    let (kind, message, hint) = match constraint.kind {
        ConstraintKind::Unique => (
            BrokenKind::Taken,
            format!("There is already one in {table} with the same {named}."),
            "Give another value, or change the one that is there.".to_owned(),
        ),
        ConstraintKind::Overlap => (
            BrokenKind::Taken,
            format!("It overlaps with one in {table} that is there already: {named}."),
            "Choose another period, or change the one that is there.".to_owned(),
        ),
        ConstraintKind::Reference => {
            let other = constraint.refers_to.as_deref()?;
            (
                BrokenKind::Missing,
                format!("{named} names nothing in {other}."),
                format!("Give a key that {other} has."),
            )
        }
        ConstraintKind::Condition => (
            BrokenKind::Condition,
            format!(
                "{named} is refused: it has to hold that {}.",
                in_words(constraint.condition.as_deref()?)
            ),
            meanings(relation, &columns),
        ),
    };
    Some(Broken { kind, columns, message, hint })
}

/// The condition without what only the database needs to read it.
fn in_words(condition: &str) -> String {
    let mut text = condition.to_owned();
    for cast in ["::text", "::numeric", "::jsonb", "::bigint"] {
        text = text.replace(cast, "");
    }
    match text.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        Some(inner) => inner.to_owned(),
        None => text,
    }
}

fn meanings(relation: &Relation, columns: &[String]) -> String {
    let meaning = |name: &String| {
        relation
            .column(name)
            .map(|column| format!("{}: {}", column.name, column.comment.trim_end_matches('.')))
    };
    let meanings: Vec<String> = columns.iter().filter_map(meaning).collect();
    if meanings.is_empty() { "Correct the value.".to_owned() } else { format!("{}.", meanings.join("; ")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(constraint: &str) -> Broken {
        let relation = &surface().relations["parts"];
        kept(relation, &relation.constraints[constraint], "parts").expect("a known constraint")
    }

    #[test]
    fn a_constraint_names_its_fields_and_the_mend() {
        let taken = parts("parts_part_number_key");
        assert_eq!(
            (taken.kind, taken.columns.as_slice()),
            (BrokenKind::Taken, ["part_number".to_owned()].as_slice())
        );
        let missing = parts("parts_unit_code_fkey");
        assert_eq!(missing.to_string(), "\"unit_code\" names nothing in units. Give a key that units has.");
        let condition = parts("parts_lead_time_days_check");
        assert!(condition.message.contains("lead_time_days >= 0"), "{condition}");
        assert!(condition.hint.starts_with("lead_time_days: "), "{condition}");
    }
}
