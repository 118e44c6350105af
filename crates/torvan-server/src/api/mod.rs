//! API v1: one table of endpoints per domain, one way to do them (`dispatch`).

pub(crate) mod answer;
pub(crate) mod asked;
mod bulk;
pub(crate) mod dispatch;
pub(crate) mod docs;
pub mod endpoint;
mod export;
pub(crate) mod input;
mod once;
pub mod openapi;
mod places;
mod rows;
pub(crate) mod searched;

mod bom;
mod files;
mod governance;
mod identity;
mod integration;
mod inventory;
mod live;
mod orders;
mod production;
mod quality;
mod resources;
mod views;

use endpoint::Endpoint;

pub(crate) use export::{csv_lines, file_of_build};

/// A domain and its endpoints.
#[derive(Debug, Clone, Copy)]
pub struct Domain {
    /// Its name, as everywhere (`docs/SYSTEM_ARCHITECTURE.md`).
    pub name: &'static str,
    /// Its endpoints, in one or more tables.
    pub tables: &'static [&'static [Endpoint]],
}

impl Domain {
    /// Its endpoints.
    pub fn endpoints(&self) -> impl Iterator<Item = &'static Endpoint> {
        self.tables.iter().copied().flatten()
    }
}

/// All seven domains.
pub const DOMAINS: [Domain; 7] = [
    Domain { name: "inventory", tables: &[inventory::ENDPOINTS] },
    Domain { name: "orders", tables: &[orders::ENDPOINTS] },
    Domain { name: "bom", tables: &[bom::ENDPOINTS] },
    Domain {
        name: "identity",
        tables: &[identity::SESSION, identity::PROVIDERS, identity::PEOPLE, views::ENDPOINTS],
    },
    Domain { name: "production", tables: &[production::ENDPOINTS, resources::ENDPOINTS, quality::ENDPOINTS] },
    Domain { name: "integration", tables: &[integration::ENDPOINTS, files::ENDPOINTS, live::ENDPOINTS] },
    Domain { name: "governance", tables: &[governance::ENDPOINTS] },
];

/// Every endpoint.
pub fn endpoints() -> impl Iterator<Item = &'static Endpoint> {
    DOMAINS.iter().flat_map(Domain::endpoints)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use endpoint::{Access, Action};
    use torvan_store::surface::surface;

    use super::*;

    #[test]
    fn every_endpoint_names_what_the_database_has() {
        let mut faults = Vec::new();
        for endpoint in endpoints() {
            check(endpoint, &mut |fault: String| faults.push(format!("{}: {fault}", endpoint.name())));
        }
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }

    fn check(endpoint: &Endpoint, fault: &mut impl FnMut(String)) {
        if let Access::Permission(code) = endpoint.access
            && !surface().permissions.contains_key(code)
        {
            fault(format!("there is no permission {code}"));
        }
        match &endpoint.action {
            Action::List(spec) => {
                let Some(relation) = surface().relations.get(spec.relation) else {
                    return fault(format!("there is no relation {}", spec.relation));
                };
                let sorts = spec.sorts.iter().map(|name| name.trim_start_matches('-'));
                for name in spec
                    .filters
                    .iter()
                    .copied()
                    .chain(sorts)
                    .chain(endpoint.path_parameters())
                    .chain(spec.key.iter().copied())
                {
                    if relation.column(name).is_none() {
                        fault(format!("{} has no column {name}", spec.relation));
                    }
                }
                if spec.sorts.is_empty() || asked::key_of(spec, relation).is_empty() {
                    fault("a list has an order and a key".to_owned());
                }
            }
            Action::Read { relation: name } => {
                let Some(relation) = surface().relations.get(*name) else {
                    return fault(format!("there is no relation {name}"));
                };
                for name in endpoint.path_parameters().filter(|name| relation.column(name).is_none()) {
                    fault(format!("there is no column {name}"));
                }
                if endpoint.path_parameters().count() == 0 {
                    fault("a row is named by its path".to_owned());
                }
            }
            Action::Call(spec) => {
                let Some(function) = surface().functions.get(spec.function) else {
                    return fault(format!("there is no function {}", spec.function));
                };
                for name in endpoint.path_parameters() {
                    if input::argument_for(function, name).is_none() {
                        fault(format!("{} has no argument {name}", spec.function));
                    }
                }
            }
            Action::Insert { relation: name, .. } => check_written(endpoint, name, fault),
            Action::Update { relation: name } | Action::Delete { relation: name } => {
                check_written(endpoint, name, fault);
                let columns: Vec<&str> = endpoint.path_parameters().collect();
                if !surface().relations.get(*name).is_some_and(|relation| relation.is_unique(&columns)) {
                    fault("its path does not name one row".to_owned());
                }
            }
            Action::Own { .. } => {}
        }
    }

    fn check_written(endpoint: &Endpoint, name: &str, fault: &mut impl FnMut(String)) {
        let Some(relation) = surface().relations.get(name) else {
            return fault(format!("there is no relation {name}"));
        };
        for name in endpoint.path_parameters().filter(|name| relation.column(name).is_none()) {
            fault(format!("there is no column {name}"));
        }
    }

    #[test]
    fn no_route_is_there_twice() {
        let mut names = BTreeSet::new();
        for endpoint in endpoints() {
            assert!(names.insert(endpoint.name()), "{} is there twice", endpoint.name());
        }
    }

    #[test]
    fn one_place_in_a_path_has_one_name() {
        let mut names = BTreeMap::new();
        for endpoint in endpoints() {
            let mut before = String::new();
            for part in endpoint.path.split('/') {
                let is_parameter = part.starts_with('{');
                if is_parameter {
                    let name = *names.entry(before.clone()).or_insert(part);
                    assert_eq!(name, part, "{}: the router knows one name for a place", endpoint.name());
                }
                before.push('/');
                before.push_str(if is_parameter { "{}" } else { part });
            }
        }
    }

    /// What the row policies and grants let the server's role write, and what the tables of endpoints offer, are the same.
    #[test]
    fn every_table_that_may_be_written_directly_has_its_endpoints_and_no_other_has() {
        let mut offered = BTreeSet::new();
        for endpoint in endpoints() {
            let (verb, relation) = match &endpoint.action {
                Action::Insert { relation, .. } => ("insert", *relation),
                Action::Update { relation } => ("update", *relation),
                Action::Delete { relation } => ("delete", *relation),
                _ => continue,
            };
            let Access::Permission(code) = endpoint.access else {
                panic!("{} asks for no permission", endpoint.name());
            };
            offered.insert(format!("{verb} {relation} with {code}"));
        }
        let mut permitted = BTreeSet::new();
        for (name, relation) in &surface().relations {
            let Some(writes) = &relation.writes else { continue };
            permitted
                .extend(writes.permissions.iter().map(|(verb, code)| format!("{verb} {name} with {code}")));
        }
        let missing: Vec<_> = permitted.difference(&offered).collect();
        let beyond: Vec<_> = offered.difference(&permitted).collect();
        assert!(
            missing.is_empty() && beyond.is_empty(),
            "without an endpoint: {missing:?}; not permitted: {beyond:?}"
        );
    }

    #[test]
    fn a_made_thing_has_a_place_that_can_be_read() {
        for endpoint in endpoints() {
            let location = match &endpoint.action {
                Action::Call(spec) => spec.location,
                Action::Insert { location, .. } => Some(*location),
                _ => None,
            };
            let Some(location) = location else { continue };
            let path = location.split_once('?').map_or(location, |(path, _)| path);
            let is_read = endpoints().any(|other| other.method.is_safe() && other.path == path);
            assert!(is_read, "{}: nothing reads {path}", endpoint.name());
        }
    }
}
