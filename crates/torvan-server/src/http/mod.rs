//! What every answer has: identity of the request, problems, headers, limits.

pub mod form;
pub mod json;
pub mod layers;
pub mod problem;

/// The result of handling a request.
pub type Answer = Result<axum::response::Response, problem::Problem>;
