//! Pages of the domain identity: the way in, and the own account.

pub(super) mod account;
pub(in crate::pages) mod forms;
pub(super) mod setup;
pub(super) mod sign_in;
mod telling;
mod ticket;
pub(super) mod tokens;
