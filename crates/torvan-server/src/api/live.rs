//! What happens, as it happens; and many requests in one. Both belong to the domain integration.

use super::bulk;
use super::endpoint::{Access, Action, Endpoint, Field, Method};
use crate::events;

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        method: Method::Get,
        path: events::PATH,
        access: Access::SignedIn,
        action: Action::Own {
            handler: events::watch,
            body: &[],
            summary: "What happens from now on, or since a place in the stream, to records that one may see: server-sent events, without what they say; read the record itself.",
        },
    },
    Endpoint {
        method: Method::Post,
        path: bulk::PATH,
        access: Access::SignedIn,
        action: Action::Own {
            handler: bulk::take,
            body: &[
                Field {
                    name: "requests",
                    kind: "array",
                    required: true,
                    about: "1 to 500 requests, done in this order.",
                },
                Field {
                    name: "atomic",
                    kind: "boolean",
                    required: false,
                    about: "true: all of them or none; false: each by itself.",
                },
            ],
            summary: "Many requests in one, each as if it had come alone, with a result for each.",
        },
    },
];
