//! Pages in a real browser: what people see and do, with and without scripts, by keyboard, in both themes.
//!
//! Pictures are left in `screens` of the build folder, for whoever changes the look. How a page gets here: `docs/adding-a-page.md`.

mod account;
mod boms;
mod browser;
mod catalogue;
mod contacts;
mod drafts;
mod driver;
mod entry;
mod habits;
mod hostile;
mod live;
mod look;
mod orders;
mod pages;
mod people;
mod retention;
mod rules;
mod stock;
mod tour;
mod workflow;
