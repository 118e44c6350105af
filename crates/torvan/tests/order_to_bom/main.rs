//! The main job on the command line: `torvan bom` and `torvan order`, run as a person would run them, on a real database.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod boms;
mod configure;
mod documents;
mod lists;
mod orders;
mod preview;
mod reach;
mod refusals;
mod support;
