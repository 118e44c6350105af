//! The only crate with SQL for requests: pool, request context, one module per domain.
//!
//! A caller opens a [`Context`] for the acting person, calls functions of a domain with it and commits. SQL stands in
//! `queries/<domain>/*.sql` and is checked at compile time against the committed cache (`script/sqlx-cache` renews it).

pub mod bom;
mod broken;
pub mod call;
mod context;
mod error;
pub mod governance;
pub mod identity;
pub mod integration;
pub mod inventory;
pub mod list;
pub mod orders;
pub mod rows;
pub mod sample;
mod standing;
pub mod surface;

pub use broken::{Broken, BrokenKind};
pub use context::{Actor, Context, Store};
pub use error::{Refusal, RefusalKind, StoreError, StoreResult};
pub use standing::Standing;
