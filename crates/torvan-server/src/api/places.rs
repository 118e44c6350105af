//! Where in a request the value is that the database refused: it names columns and arguments, callers have bodies and paths.

use torvan_store::surface::{Column, surface};

use super::endpoint::{Action, Endpoint, Method};
use super::input::{argument_for, pointer};
use crate::http::problem::{FieldFault, Problem};

/// The problem with the places of its fields, as far as the request has them.
pub(super) fn placed(problem: Problem, endpoint: &Endpoint) -> Problem {
    problem.at(|name, detail| place_of(endpoint, name, detail))
}

fn place_of(endpoint: &Endpoint, name: &str, detail: &str) -> Option<FieldFault> {
    if let Some(parameter) =
        endpoint.path_parameters().find(|parameter| stands_for(endpoint, parameter, name))
    {
        return Some(FieldFault::parameter(parameter, detail));
    }
    // A database names one of several by the name of each, and what changes by its own name.
    let alternatives = [name.to_owned(), format!("{name}s"), "changes".to_owned()];
    let given = alternatives.iter().find(|other| is_given(endpoint, other))?;
    if endpoint.method == Method::Get {
        return Some(FieldFault::parameter(given, detail));
    }
    let inside = if given == "changes" && name != given { pointer(name) } else { String::new() };
    Some(FieldFault::body(format!("{}{inside}", pointer(given)), detail))
}

/// Whether a request gives a value of that name.
fn is_given(endpoint: &Endpoint, name: &str) -> bool {
    let has = |columns: Vec<&Column>| columns.iter().any(|column| column.name == name);
    let relation = |name: &str| surface().relations.get(name);
    match &endpoint.action {
        Action::Call(spec) => surface()
            .functions
            .get(spec.function)
            .is_some_and(|function| function.arguments.iter().any(|argument| argument.public_name() == name)),
        Action::Insert { relation: table, .. } => {
            relation(table).is_some_and(|table| has(table.insertable()))
        }
        Action::Update { relation: table } => relation(table).is_some_and(|table| has(table.updatable())),
        _ => false,
    }
}

/// Whether a parameter of the path is the argument of that name.
fn stands_for(endpoint: &Endpoint, parameter: &str, name: &str) -> bool {
    let Action::Call(spec) = &endpoint.action else { return false };
    let function = surface().functions.get(spec.function);
    function
        .and_then(|function| argument_for(function, parameter))
        .is_some_and(|argument| argument.public_name() == name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::endpoints;

    fn place(route: &str, name: &str) -> Option<String> {
        let endpoint = endpoints().find(|endpoint| endpoint.name() == route).expect("a route");
        place_of(endpoint, name, "wrong").and_then(|fault| fault.pointer.or(fault.parameter))
    }

    #[test]
    fn a_field_of_the_database_has_its_place_in_the_request() {
        for (route, name, expected) in [
            ("POST /orders", "want_date", Some("/want_date")),
            ("POST /orders", "build_number", Some("/build_numbers")),
            ("PATCH /orders/{order_id}", "want_date", Some("/changes/want_date")),
            ("PATCH /orders/{order_id}", "order_id", Some("order_id")),
            ("GET /orders", "sort", Some("sort")),
            ("POST /parts", "list_price", Some("/list_price")),
            ("PATCH /parts/{part_number}", "unit_code", Some("/unit_code")),
            ("PATCH /parts/{part_number}", "created_at", None),
            ("POST /builds/{build_id}/cancel", "colour", None),
        ] {
            assert_eq!(place(route, name).as_deref(), expected, "{route} {name}");
        }
    }
}
