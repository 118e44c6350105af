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

use crate::MAX_BODY;
use crate::api::endpoint::{Access, Action, Endpoint, Field, Method};
use crate::documents::MAX_CONTENT;
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

/// Forms that bring files, with how many they may bring.
const TAKING: [(&str, usize); 5] = [
    ("/orders/new", 1),
    ("/orders/{order_id}/documents", 1),
    ("/documents/new", 1),
    ("/documents/{document_id}/version", 1),
    ("/import-sessions/new", catalogue::MAX_FILES),
];

/// Files of the longest kind that fit into one form together: as many as one person has places for.
const FULL_FILES: usize = crate::app::MAX_UPLOADS_OF_ONE as usize;

/// Longest body of a form.
pub(crate) const LONGEST_FORM: usize = longest_form(FULL_FILES);

/// Longest body of a form with so many files: of several each may be short or long, together they have a limit.
pub(crate) const fn longest_form(files: usize) -> usize {
    let full = if files < FULL_FILES { files } else { FULL_FILES };
    full * MAX_CONTENT + MAX_BODY
}

/// How many files a form of this page may bring.
#[must_use]
pub(crate) fn most_files(endpoint: &Endpoint) -> usize {
    let taking = TAKING.iter().find(|(path, _)| endpoint.method == Method::Post && *path == endpoint.path);
    taking.map_or(0, |(_, most)| *most)
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
