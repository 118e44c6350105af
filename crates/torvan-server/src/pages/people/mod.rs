//! People of the plant, for who administers them: a new person with roles, the code with which they set up their account, and what
//! their page says of it. The rest of it is a record of the registers.

mod code;
mod new;
mod notes;

pub(super) use notes::{Account, notes};

use super::{field, form, page};
use crate::api::endpoint::{Endpoint, Method};
use crate::incoming::Incoming;

pub(super) const PAGES: &[Endpoint] = &[
    page(Method::Get, "/users/new", new::MAKE, new::show, "Asks for a new person with roles."),
    form(
        "/users/new",
        new::MAKE,
        new::send,
        &[
            field("login", "Name at sign-in."),
            field("display_name", "Printed name."),
            field("roles", "Roles, each once."),
            field("reason", "Why."),
        ],
        "Adds a person with roles; shows their setup code once.",
    ),
    page(Method::Get, code::PATH, code::MAKE, code::show, "Asks why a person gets a setup code."),
    form(
        code::PATH,
        code::MAKE,
        code::send,
        &[field("reason", "Why."), field("second_factor", "true: their second factor is taken away too.")],
        "Makes a setup code, which is shown once.",
    ),
];

/// What was typed into a form of these: it is there again when somebody has to prove first who they are.
pub(super) fn typed(incoming: &Incoming) -> Option<Vec<(&str, &str)>> {
    const NAMES: [&str; 10] = [
        "login",
        "display_name",
        "initials",
        "language",
        "kind",
        "customer_code",
        "expires_at",
        "roles",
        "reason",
        "second_factor",
    ];
    let is_own = PAGES.iter().any(|page| page.path == incoming.endpoint.path);
    if !is_own || incoming.endpoint.method.is_safe() {
        return None;
    }
    Some(incoming.form.pairs().filter(|(name, _)| NAMES.contains(name)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_people_have_the_doors_of_what_they_do() {
        for (path, function) in [("/users/new", "create_user"), (code::PATH, "issue_setup_code")] {
            let own = PAGES.iter().find(|page| page.path == path).expect("a page");
            let named = |endpoint: &&Endpoint| match &endpoint.action {
                crate::api::endpoint::Action::Call(spec) => spec.function == function,
                _ => false,
            };
            let api = crate::api::endpoints().find(named).expect("an endpoint");
            assert_eq!(own.access, api.access, "{path}");
        }
        assert!(matches!(new::MAKE, crate::api::endpoint::Access::Permission("user:create")));
    }
}
