//! Endpoints of the domain governance.

use super::endpoint::Endpoint;

pub(super) const ENDPOINTS: &[Endpoint] = &[];
