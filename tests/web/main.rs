//! Pages in a real browser: what people see and do, with and without scripts, by keyboard, in both themes.
//!
//! Screenshots are kept in `web-screenshots` of the build folder, for whoever changes the look.

mod account;
mod browser;
mod entry;
mod look;
mod people;
mod requests;
