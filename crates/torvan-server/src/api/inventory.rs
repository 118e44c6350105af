//! Endpoints of the domain inventory.

use super::endpoint::Endpoint;

pub(super) const ENDPOINTS: &[Endpoint] = &[];
