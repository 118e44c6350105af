//! Measures the product beside the bare work on the same machine in the same run.
//!
//! [`measure_bom`] fills an empty, deployed database with a catalogue at scale, measures the generation of bills of materials
//! and returns a [`Report`]: what was measured, the target, the floor (the same rows inserted under the same triggers and
//! foreign keys), their ratio and a verdict. Nothing here creates or drops databases: the caller hands over one to be spoilt.

mod bom;
mod db;
mod error;
mod http;
mod load;
mod machine;
mod report;
mod statistics;

pub use bom::{CatalogueScale, Plan, measure_bom};
pub use db::{DbPlan, done_once, measure_db};
pub use error::BenchError;
pub use http::{HttpPlan, Server, measure_http, measure_pages};
pub use machine::{Machine, Setting};
pub use report::{Check, Figures, Quoted, Report, Row, Unit, Verdict};
pub use statistics::{Rounds, Samples, median};
