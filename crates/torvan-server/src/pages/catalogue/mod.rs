//! The catalogue: its tree, the page of an item, drafts of what an assembly is made of, their release, imports.

mod imports;
mod item;
mod revision;
mod tree;

pub(super) use imports::MAX_FILES;

use serde_json::Value;
use torvan_store::Context;

use crate::api::endpoint::Method::Get;
use crate::api::endpoint::{Access, Endpoint, ListSpec};
use crate::http::problem::{NOT_FOUND, Problem};
use crate::incoming::Incoming;
use crate::pages::numbers::unit;
use crate::pages::page::Page;
use crate::pages::registers::cell;
use crate::pages::{data, field, form, page};

const COMPONENTS: ListSpec = ListSpec {
    relation: "v_assembly_components",
    filters: &["assembly_code"],
    sorts: &["position"],
    key: &["assembly_component_id"],
};

const READ: Access = Access::Permission("catalogue:read");
const IMPORT: Access = Access::Permission("catalogue:import");
const REVISE: Access = Access::Permission("catalogue:revise");

pub(super) const PAGES: &[Endpoint] = &[
    page(Get, "/catalogue", READ, tree::show, "The catalogue as a tree, with its own search."),
    page(Get, "/catalogue/branch", READ, tree::branch, "What lies under a place of the tree."),
    page(Get, "/assemblies/{assembly_code}", READ, item::assembly, "An assembly with what it is made of."),
    page(Get, "/parts/{part_number}", READ, item::part, "A part with its documents."),
    page(
        Get,
        "/assembly-revisions/{assembly_revision_id}",
        READ,
        revision::show,
        "A revision of an assembly beside the one before it; of a draft its form.",
    ),
    form(
        "/assembly-revisions/{assembly_revision_id}",
        REVISE,
        revision::send,
        &[field("do", "What the pressed button does: save, add a line, take one out.")],
        "Shows what the form says, or stores the lines of a draft.",
    ),
    page(
        Get,
        "/assembly-revisions/{assembly_revision_id}/release",
        REVISE,
        revision::ask_release,
        "Asks before a draft revision is put in force.",
    ),
    form(
        "/assembly-revisions/{assembly_revision_id}/release",
        REVISE,
        revision::release,
        &[field("reason", "What changed and why.")],
        "Puts a draft revision in force, signed.",
    ),
    page(Get, "/import-sessions/new", IMPORT, imports::ask, "Asks for files to import."),
    form(
        "/import-sessions/new",
        IMPORT,
        imports::begin,
        &[
            field(
                "content",
                "Keys of contents that were stored before; else the form brings the files itself.",
            ),
            field("file_name", "Names of these contents, in the same order."),
        ],
        "Checks files; changes nothing.",
    ),
    page(
        Get,
        "/import-sessions/{import_session_id}",
        IMPORT,
        imports::show,
        "An import: its rows by what becomes of them, its columns, its findings.",
    ),
    form(
        "/import-sessions/{import_session_id}",
        IMPORT,
        imports::go_on,
        &[field("do", "What is done: map (check again with other columns) or commit.")],
        "Checks the files of an import again, or takes everything in.",
    ),
];

fn missing() -> Problem {
    Problem::new(NOT_FOUND, NOT_FOUND.title)
}

fn asked<'a>(incoming: &'a Incoming, name: &str) -> &'a str {
    incoming.query.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.as_str())
}

/// The path of the page of an item.
pub(super) fn item_path(kind: &str, code: &str) -> String {
    let path = if kind == "PART" { "/parts/{code}" } else { "/assemblies/{code}" };
    crate::pages::registers::filled(path, |_| code.to_owned())
}

/// The code of an assembly by its key.
async fn code_of(context: &mut Context, assembly_id: i64) -> Result<Placed, Problem> {
    let key = assembly_id.to_string();
    let asked = [("filter[assembly_id]", key.as_str())];
    data::rows(context, &tree::ASSEMBLIES, &asked).await?.into_iter().next().ok_or_else(missing)
}

/// An assembly with its place in the catalogue.
#[derive(Debug, Clone, serde::Deserialize)]
struct Placed {
    assembly_code: String,
    name: String,
    category_name: String,
    subcategory_code: String,
    subcategory_name: String,
    lifecycle: String,
    component_count: i64,
}

/// A component of an assembly as it is in force.
#[derive(Debug, serde::Deserialize)]
struct Piece {
    component_kind: String,
    component_code: String,
    component_name: String,
    quantity: Value,
    unit_code: String,
    is_optional: bool,
    note: Option<String>,
}

impl Piece {
    /// How many, or how much of it: pieces need no unit.
    fn amount(&self, page: &Page) -> String {
        let number = cell::number(page.words, &self.quantity.to_string());
        if self.unit_code == "each" {
            number
        } else {
            format!("{number} {}", unit(page.words, &self.unit_code))
        }
    }
}

/// What an assembly is made of.
async fn pieces(context: &mut Context, assembly: &str) -> Result<Vec<Piece>, Problem> {
    data::rows(context, &COMPONENTS, &[("filter[assembly_code]", assembly), ("limit", "200")]).await
}
