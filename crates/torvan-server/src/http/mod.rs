//! What every answer has: identity of the request, problems, headers, limits.

pub mod form;
mod hints;
pub mod json;
pub mod layers;
pub(crate) mod multipart;
pub mod problem;
pub(crate) mod rates;
pub mod spool;

/// The result of handling a request.
pub type Answer = Result<axum::response::Response, problem::Problem>;
