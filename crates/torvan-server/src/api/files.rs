//! Contents of files, which belong to the domain integration.

use super::endpoint::{Access, Action, Endpoint, Method};
use crate::documents;

pub(super) const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        method: Method::Post,
        path: documents::UPLOAD,
        access: Access::SignedIn,
        action: Action::Own {
            handler: documents::take,
            body: &[],
            summary: "Stores the body, of at most 25 MiB and the type in Content-Type; its key is then attached to an order or a document. Metadata of photographs is taken out.",
        },
    },
    Endpoint {
        method: Method::Get,
        path: "/order-attachments/{order_attachment_id}/content",
        access: Access::SignedIn,
        action: Action::Own {
            handler: documents::give_attachment,
            body: &[],
            summary: "The content of a file of an order, as a download.",
        },
    },
    Endpoint {
        method: Method::Get,
        path: "/document-versions/{document_version_id}/content",
        access: Access::SignedIn,
        action: Action::Own {
            handler: documents::give_version,
            body: &[],
            summary: "The content of a version of a document, as a download.",
        },
    },
];
