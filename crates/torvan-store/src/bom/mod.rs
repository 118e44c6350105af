//! Configuration and bill of materials: preview, generation, reading with reasons, approval.

mod approval;
mod generation;
mod number;
mod preview;
mod reading;
mod selector;

pub use approval::{approve, attach_drawing, reject, release, submit};
pub use generation::{Generated, generate_builds, generate_order};
pub use number::Number;
pub use preview::{
    MessageLanguage, Preview, PreviewLine, PreviewOrder, PreviewSink, PreviewTotals, Severity, SumLine,
    Violation, preview,
};
pub use reading::{
    BomHeader, Change, Explanation, LeafTotal, Reason, TreeLine, compare, explain, header, leaf_totals, tree,
};
pub use selector::{BomSelector, find};
