//! What holds for all registers, records and forms.

use std::collections::BTreeSet;

use torvan_store::surface::{Column as Stored, Relation, surface};

use super::*;
use crate::api::searched;
use crate::words::{LANGUAGES, Words};

fn relation(name: &str) -> &'static Relation {
    surface().relations.get(name).unwrap_or_else(|| panic!("there is no relation {name}"))
}

fn page_at(method: Method, path: &str) -> &'static Endpoint {
    PAGES
        .into_iter()
        .flatten()
        .find(|page| page.method == method && page.path == path)
        .unwrap_or_else(|| panic!("there is no page {method} {path}"))
}

/// Every column that is shown, with where it comes from.
fn columns() -> Vec<(&'static str, &'static Column, &'static Relation)> {
    let mut found = Vec::new();
    for one in REGISTERS.into_iter().flatten() {
        let spec = list_spec(one.path).unwrap_or_else(|| panic!("the API has no list {}", one.path));
        found.extend(one.columns.iter().map(|column| (one.path, column, relation(spec.relation))));
    }
    for one in RECORDS.into_iter().flatten() {
        let name = relation_of(one.path).unwrap_or_else(|| panic!("the API reads no {}", one.path));
        let own = relation(name);
        let more =
            record::TOLD_BY.iter().find(|(path, ..)| *path == one.path).map(|(_, view, _)| relation(view));
        let of = |column: &Column| match more {
            Some(view) if own.column(column.name).is_none() => view,
            _ => own,
        };
        found.extend(one.facts.iter().map(|column| (one.path, column, of(column))));
        for list in one.lists {
            let spec = list_spec(list.path).unwrap_or_else(|| panic!("the API has no list {}", list.path));
            found.extend(list.columns.iter().map(|column| (list.path, column, relation(spec.relation))));
        }
    }
    found
}

/// Pages about other people whose endpoint of the API serves whoever acts for themselves too.
const STRICTER: [(&str, Access); 1] =
    [("/users/{login}/sessions/{user_session_id}/end", Access::Permission("session:revoke"))];

#[test]
fn pages_have_the_doors_of_the_endpoints_that_they_show() {
    for page in PAGES.into_iter().flatten().filter(|page| !page.path.ends_with("/bulk")) {
        let shown = match form(page.path) {
            Some(form) => endpoint(form.method, form.target),
            None => endpoint(Method::Get, page.path),
        };
        let shown = shown.unwrap_or_else(|| panic!("{} {} shows nothing of the API", page.method, page.path));
        let stricter = STRICTER.iter().find(|(path, _)| *path == page.path).map(|(_, access)| *access);
        assert_eq!(page.access, stricter.unwrap_or(shown.access), "{} {}", page.method, page.path);
    }
    for one in FORMS.into_iter().flatten() {
        let _ = (page_at(Method::Get, one.path), page_at(Method::Post, one.path));
    }
}

#[test]
fn what_is_shown_is_there_and_has_its_words() {
    let mut missing = BTreeSet::new();
    for (path, column, relation) in columns() {
        let stored: Option<&Stored> = relation.column(column.name);
        let Some(stored) = stored else {
            missing.insert(format!("{path}: no column {}", column.name));
            continue;
        };
        for language in LANGUAGES {
            let words = Words::new(language);
            let heading = format!("col-{}", column.name.replace('_', "-"));
            if words.say_if_known(&heading).is_none() {
                missing.insert(format!("{language:?}: {heading}"));
            }
            for word in stored.words.iter().filter(|_| column.kind == Kind::Mark) {
                let key = format!("word-{}", word.to_ascii_lowercase().replace(['_', '.'], "-"));
                if words.say_if_known(&key).is_none() {
                    missing.insert(format!("{language:?}: {key}"));
                }
            }
        }
    }
    assert!(missing.is_empty(), "{}", missing.into_iter().collect::<Vec<_>>().join("\n"));
}

#[test]
fn ways_lead_to_pages_and_name_columns_that_are_there() {
    for one in REGISTERS.into_iter().flatten() {
        assert!(super::super::pages().any(|page| page.path == one.path), "there is no page {}", one.path);
        let spec = list_spec(one.path).expect("a list");
        assert!(
            searched::of(spec.relation).is_some() || one.path == "/audit/trail",
            "{}: no search",
            one.path
        );
        for (_, pairs) in one.views {
            for (name, _) in *pairs {
                let column = name.trim_start_matches("filter[").trim_end_matches(']');
                assert!(
                    *name == "view" || spec.filters.contains(&column),
                    "{}: no filter {column}",
                    one.path
                );
            }
        }
        for path in one.room {
            assert!(register(path).is_some_and(|other| other.room == one.room), "{}: {path}", one.path);
        }
        for path in one.record.into_iter().chain(one.add) {
            assert!(super::super::pages().any(|page| page.path == path), "{}: no page {path}", one.path);
        }
    }
    for one in RECORDS.into_iter().flatten() {
        assert!(register(one.register).is_some(), "{}", one.path);
        let row = relation(relation_of(one.path).expect("a relation"));
        let more =
            record::TOLD_BY.iter().find(|(path, ..)| *path == one.path).map(|(_, view, _)| relation(view));
        for name in one.title {
            let is_there = row.column(name).is_some() || more.is_some_and(|view| view.column(name).is_some());
            assert!(is_there, "{}: {name}", one.path);
        }
    }
}

#[test]
fn forms_ask_for_what_their_endpoints_take() {
    for one in FORMS.into_iter().flatten() {
        let entries = entry::entries(one);
        let known: Vec<&str> = entries.iter().map(|entry| entry.name).collect();
        assert_eq!(known, one.fields, "{}", one.path);
        for language in LANGUAGES {
            for name in one.fields {
                let key = format!("col-{}", name.replace('_', "-"));
                assert!(Words::new(language).say_if_known(&key).is_some(), "{language:?}: {key}");
            }
        }
    }
}

#[test]
fn what_is_done_with_several_rows_is_a_form_of_theirs_that_is_not_signed() {
    for one in REGISTERS.into_iter().flatten() {
        let doors: Vec<_> = bulk::doors(one).collect();
        assert_eq!(doors.len(), one.bulk.len(), "{}: a page for each of {:?}", one.path, one.bulk);
        for (door, form) in doors {
            let (record, _) = form.path.rsplit_once('/').expect("a path");
            assert_eq!(one.record, Some(record), "{}: a form of its records", form.path);
            assert_eq!(record.matches('{').count(), 1, "{record}: one key");
            assert!(matches!(form.method, Method::Post), "{}", form.path);
            assert!(form::meaning_of(form).is_none(), "{}: a signature is one deed", form.path);
            let own = endpoint(form.method, form.target).expect("an endpoint");
            assert!(matches!(own.action, Action::Call(_)), "{}", form.path);
            assert_eq!(page_at(Method::Post, door.path).access, door.access, "{}", door.path);
            assert!(door.access == own.access || own.access == Access::SignedIn, "{}", door.path);
            let listed = relation(list_spec(one.path).expect("a list").relation);
            let key = record.split(['{', '}']).nth(1).expect("a key");
            for column in form.while_in.iter().map(|(column, _)| *column).chain([key]) {
                assert!(listed.column(column).is_some(), "{}: the list has no {column}", one.path);
            }
        }
    }
}

#[test]
fn a_path_is_filled_with_values_that_cannot_leave_it() {
    let value = |name: &str| if name == "login" { "a/b c?".to_owned() } else { "7".to_owned() };
    assert_eq!(filled("/users/{login}/roles/{role}", value), "/users/a%2Fb%20c%3F/roles/7");
    assert_eq!(filled("/users", value), "/users");
}
