//! Pages for people: tables of pages as the API has tables of endpoints, one module per domain, HTML from templates.
//!
//! A page is an [`Endpoint`] with a handler, whose path begins at the root. It calls the same functions as the API. How to add
//! one: `docs/adding-a-page.md`.

mod administration;
mod approvals;
pub mod assets;
mod boms;
mod catalogue;
mod components;
mod configurator;
mod customers;
mod data;
mod design;
mod documents;
pub(crate) mod errors;
mod flash;
mod home;
mod identity;
mod moment;
mod numbers;
mod once;
mod orders;
mod page;
pub(crate) mod papers;
mod people;
mod picking;
mod places;
mod registers;
mod release;
mod reports;
mod rules;
mod search;
mod service;
mod several;
mod shell;
mod signing;
mod structure;
mod subjects;
mod systems;
mod views;
mod way;
mod workflow;

use crate::api::endpoint::{Access, Action, Endpoint, Field, Method};
use crate::identity::Handler;

pub(crate) use page::language_of;
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
const TABLES: [&[Endpoint]; 28] = [
    boms::PAGES,
    administration::PAGES,
    approvals::PAGES,
    reports::PAGES,
    catalogue::PAGES,
    configurator::PAGES,
    structure::PAGES,
    home::PAGES,
    shell::PAGES,
    search::PAGES,
    views::PAGES,
    documents::PAGES,
    service::PAGES,
    design::PAGES,
    orders::PAGES,
    people::PAGES,
    picking::PAGES,
    systems::PAGES,
    customers::PAGES,
    registers::LOOKUPS,
    subjects::PAGES,
    rules::PAGES,
    workflow::PAGES,
    identity::sign_in::PAGES,
    identity::setup::PAGES,
    identity::account::PAGES,
    identity::tokens::PAGES,
    crate::identity::oidc::PAGES,
];

/// Whether a form of this page may bring a file.
#[must_use]
pub(crate) fn takes_file(endpoint: &Endpoint) -> bool {
    const TAKING: [&str; 4] =
        ["/orders/new", "/orders/{order_id}/documents", "/documents/new", "/documents/{document_id}/version"];
    endpoint.method == Method::Post && TAKING.contains(&endpoint.path)
}

/// Key of the title of the page that lists the rows of a relation.
pub(crate) fn title_of(relation: &str) -> Option<&'static str> {
    registers::title_of(relation)
}

/// Key of the title of the form that calls a function.
pub(crate) fn title_of_form(function: &str) -> Option<&'static str> {
    registers::title_of_form(function)
}

/// Every page.
pub fn pages() -> impl Iterator<Item = &'static Endpoint> {
    TABLES.iter().chain(&registers::PAGES).copied().flatten()
}

#[cfg(test)]
mod tests;
