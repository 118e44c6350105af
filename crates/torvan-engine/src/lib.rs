//! Pure functions without input or output.

pub mod catalogue;
pub mod drawing;
pub mod exact_json;
