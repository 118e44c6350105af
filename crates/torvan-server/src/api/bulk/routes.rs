//! Which endpoint a request in bulk means: the same table, the same way of finding it.

use std::sync::LazyLock;

use matchit::Router;
use percent_encoding::percent_decode_str;

use super::super::endpoint::{Action, Endpoint};
use super::super::endpoints;
use super::asked::Entry;
use crate::http::problem::{FieldFault, METHOD, NOT_FOUND, Problem};

type Found = (&'static Endpoint, Vec<(String, String)>);

/// Finds the endpoint and the values in its path.
pub(super) fn find(entry: &Entry) -> Result<Found, Problem> {
    static ROUTES: LazyLock<Router<Vec<&'static Endpoint>>> = LazyLock::new(routes);
    let nothing = || {
        Problem::new(NOT_FOUND, format!("There is no {}.", entry.path))
            .hint("Paths are those of the API, below /api/v1.")
    };
    let matched = ROUTES.at(&entry.path).map_err(|_| nothing())?;
    let endpoint = matched.value.iter().find(|endpoint| endpoint.method == entry.method);
    let endpoint = *endpoint.ok_or_else(|| {
        Problem::new(METHOD, format!("{} is not possible at {}.", entry.method, entry.path))
    })?;
    if !changes_by_the_table(&endpoint.action) {
        let detail = format!("{} goes alone, not in bulk.", endpoint.name());
        return Err(Problem::invalid(vec![FieldFault::parameter("path", detail)]));
    }
    let mut values = Vec::new();
    for (name, value) in matched.params.iter() {
        let value = percent_decode_str(value).decode_utf8().map_err(|_| nothing())?;
        values.push((name.to_owned(), value.into_owned()));
    }
    Ok((endpoint, values))
}

/// Whether the endpoint changes something in the way of all of them.
fn changes_by_the_table(action: &Action) -> bool {
    matches!(action, Action::Call(_) | Action::Insert { .. } | Action::Update { .. } | Action::Delete { .. })
}

fn routes() -> Router<Vec<&'static Endpoint>> {
    let mut by_path: Vec<(&'static str, Vec<&'static Endpoint>)> = Vec::new();
    for endpoint in endpoints() {
        match by_path.iter_mut().find(|(path, _)| *path == endpoint.path) {
            Some((_, of_path)) => of_path.push(endpoint),
            None => by_path.push((endpoint.path, vec![endpoint])),
        }
    }
    let mut router = Router::new();
    for (path, of_path) in by_path {
        // The server's own router has taken the same paths.
        let _ = router.insert(path, of_path);
    }
    router
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::endpoint::Method;
    use crate::http::problem::INVALID;

    fn found(method: Method, path: &str) -> Result<Found, Problem> {
        let path = path.to_owned();
        find(&Entry { method, path, if_match: None, signing_proof: None, body: axum::body::Bytes::default() })
    }

    #[test]
    fn each_path_of_the_table_is_found() {
        for endpoint in endpoints() {
            let path = endpoint.path.replace('{', "a").replace('}', "%20b");
            match (found(endpoint.method, &path), changes_by_the_table(&endpoint.action)) {
                (Ok((found, values)), true) => {
                    assert_eq!(found.name(), endpoint.name());
                    assert!(values.iter().all(|(_, value)| value.ends_with(" b")), "{values:?}");
                }
                (Err(problem), true) => panic!("{}: {problem:?}", endpoint.name()),
                (outcome, false) => {
                    assert_eq!(outcome.expect_err("alone").kind(), INVALID, "{}", endpoint.name());
                }
            }
        }
    }

    #[test]
    fn what_is_not_there_is_said() {
        assert_eq!(found(Method::Post, "/nothing").expect_err("nothing").kind(), NOT_FOUND);
        assert_eq!(found(Method::Post, "/api/v1/orders").expect_err("the whole path").kind(), NOT_FOUND);
        assert_eq!(found(Method::Delete, "/orders").expect_err("no such method").kind(), METHOD);
        assert_eq!(found(Method::Post, "/bulk").expect_err("bulk in bulk").kind(), INVALID);
    }
}
