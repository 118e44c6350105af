//! Texts that every installation has: pages show them in the reader's language, until the plant writes its own.
//!
//! Only what is shown: a form shows and sends back what is stored.

use serde_json::Value;
use serde_json::value::to_raw_value;

use super::cell::{Row, text_of};
use crate::words::{Language, Words};

/// Tables and views with such texts, by column.
const SHIPPED: &[(&str, &[&str])] = &[
    ("configuration_rules", &["title"]),
    ("data_quality_rules", &["description", "mend"]),
    ("data_retention_policies", &["title", "start_event", "legal_basis"]),
    ("nonconformity_categories", &["title"]),
    ("permissions", &["description"]),
    ("product_families", &["name", "description"]),
    ("production_resources", &["name"]),
    ("qc_gates", &["title"]),
    ("qc_processes", &["title", "note"]),
    ("resource_calendars", &["name"]),
    ("retention_classes", &["title", "legal_basis"]),
    ("roles", &["name", "description"]),
    ("rule_sets", &["note"]),
    ("skills", &["name", "description"]),
    ("user_roles", &["grant_reason"]),
    ("users", &["state_reason"]),
    ("v_retention_runs", &["policy_title"]),
    ("v_role_grants", &["role_name", "grant_reason"]),
    ("v_user_skills", &["skill"]),
    ("v_workflow_rule_changes", &["step_title", "product_title"]),
    ("work_instructions", &["title"]),
];

/// Those with values in them, which the database puts together.
const PUT_TOGETHER: &[(&str, &[&str])] = &[("production_tasks", &["title"]), ("system_alerts", &["title"])];

fn has(list: &[(&str, &[&str])], relation: &str, column: &str) -> bool {
    list.iter().any(|(name, columns)| *name == relation && columns.contains(&column))
}

/// The text of a column in the reader's language; none where the column has texts of people alone.
pub(in crate::pages) fn told(words: Words, relation: &str, column: &str, text: &str) -> Option<String> {
    if has(SHIPPED, relation, column) {
        return Some(words.shipped(text));
    }
    has(PUT_TOGETHER, relation, column).then(|| words.said(text))
}

/// Rows as pages show them.
pub(super) fn in_rows(words: Words, relation: &str, rows: &mut [Row]) {
    if words.language == Language::En {
        return;
    }
    let columns = SHIPPED.iter().chain(PUT_TOGETHER).filter(|(name, _)| *name == relation);
    for column in columns.flat_map(|(_, columns)| *columns) {
        for row in &mut *rows {
            let text = text_of(row, column).and_then(|text| told(words, relation, column, &text));
            let raw = text.and_then(|text| to_raw_value(&Value::String(text)).ok());
            if let Some(raw) = raw {
                row.insert((*column).to_owned(), raw);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use torvan_store::surface::surface;

    use super::*;

    #[test]
    fn what_is_told_in_two_languages_is_there() {
        for (relation, columns) in SHIPPED.iter().chain(PUT_TOGETHER) {
            let known = surface().relations.get(*relation);
            let known = known.unwrap_or_else(|| panic!("there is no relation {relation}"));
            for column in *columns {
                assert!(known.column(column).is_some(), "{relation} has no {column}");
            }
        }
    }

    #[test]
    fn what_the_plant_wrote_stays_as_it_is() {
        let words = Words::new(Language::Fr);
        let row = |text: &str| Row::from_iter([("name".to_owned(), to_raw_value(text).expect("a text"))]);
        let mut rows = [row("Sales Manager"), row("Foreman"), Row::new()];
        in_rows(words, "roles", &mut rows);
        let names: Vec<Option<String>> = rows.iter().map(|row| text_of(row, "name")).collect();
        assert_eq!(names, [Some("Responsable des ventes".to_owned()), Some("Foreman".to_owned()), None]);
        in_rows(words, "customers", &mut rows);
        assert_eq!(told(words, "customers", "name", "Sales Manager"), None);
    }
}
