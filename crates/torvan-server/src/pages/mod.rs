//! Pages for people: tables of pages as the API has tables of endpoints, one module per domain, HTML from templates.
//!
//! A page is an [`Endpoint`] with a handler, whose path begins at the root. It calls the same functions as the API. How to add
//! one: `docs/adding-a-page.md`.

pub mod assets;
mod catalogue;
mod components;
mod configurator;
mod data;
mod design;
pub(crate) mod errors;
mod home;
mod identity;
mod moment;
mod once;
mod orders;
mod page;
mod places;
mod registers;
mod rules;
mod search;
mod shell;
mod signing;
mod way;

use crate::api::endpoint::{Access, Action, Endpoint, Field, Method};
use crate::identity::Handler;

pub(crate) use way::Way;

/// A page, or what a form of a page is sent to.
const fn page(
    method: Method,
    path: &'static str,
    access: Access,
    handler: Handler,
    summary: &'static str,
) -> Endpoint {
    Endpoint { method, path, access, action: Action::Own { handler, body: &[], summary } }
}

/// A form's target with its fields.
const fn form(
    path: &'static str,
    access: Access,
    handler: Handler,
    body: &'static [Field],
    summary: &'static str,
) -> Endpoint {
    Endpoint { method: Method::Post, path, access, action: Action::Own { handler, body, summary } }
}

/// A field of a form.
const fn field(name: &'static str, about: &'static str) -> Field {
    Field { name, kind: "string", required: true, about }
}

/// All tables.
const TABLES: [&[Endpoint]; 13] = [
    catalogue::PAGES,
    configurator::PAGES,
    home::PAGES,
    shell::PAGES,
    search::PAGES,
    design::PAGES,
    orders::PAGES,
    rules::PAGES,
    identity::sign_in::PAGES,
    identity::setup::PAGES,
    identity::account::PAGES,
    identity::tokens::PAGES,
    crate::identity::oidc::PAGES,
];

/// Every page.
pub fn pages() -> impl Iterator<Item = &'static Endpoint> {
    TABLES.iter().chain(&registers::PAGES).copied().flatten()
}

#[cfg(test)]
mod tests;
