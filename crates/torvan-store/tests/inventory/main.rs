//! Codes, structure, search and the import of catalogues, tried against the deployed database.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod files;
mod formats;
mod import;
mod levels;
mod plant;
mod reading;
mod structure;
mod support;
