//! Endpoints of the domain identity.

mod people;
mod session;

pub(super) use people::ENDPOINTS as PEOPLE;
pub(super) use session::ENDPOINTS as SESSION;
