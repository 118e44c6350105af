//! Endpoints of the domain identity.

mod people;
mod providers;
mod session;

pub(super) use people::ENDPOINTS as PEOPLE;
pub(super) use providers::ENDPOINTS as PROVIDERS;
pub(super) use session::ENDPOINTS as SESSION;
