//! Endpoints of the domain identity: providers of identities, and who is linked to which subject there.

use crate::api::endpoint::Access::{self, Anyone, Permission, SignedIn};
use crate::api::endpoint::Method::{Get, Post, Put};
use crate::api::endpoint::{Action, Endpoint, Field, answer, call, create, list, read};
use crate::identity::oidc;

const SEE: Access = Permission("security_setting:read");
const CHANGE: Access = Permission("security_setting:update");

const NEXT: &[Field] = &[Field {
    name: "next",
    kind: "string",
    required: false,
    about: "Path of this server to which the browser goes then.",
}];

pub(in crate::api) const ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        method: Get,
        path: "/session/providers",
        access: Anyone,
        action: Action::Own {
            handler: oidc::providers,
            body: &[],
            summary: "Identity providers through which people may sign in: a browser goes to href, with ?next= a path of this server.",
        },
    },
    Endpoint {
        method: Post,
        path: "/session/step-up/{provider_code}",
        access: SignedIn,
        action: Action::Own {
            handler: oidc::begin_step_up,
            body: NEXT,
            summary: "The credentials again, at an identity provider: the browser goes to href; acts that ask for a fresh proof are open after its return.",
        },
    },
    Endpoint {
        method: Post,
        path: "/session/identities/{provider_code}",
        access: SignedIn,
        action: Action::Own {
            handler: oidc::begin_link,
            body: NEXT,
            summary: "Links the own account to a subject of an identity provider: the browser goes to href. Asks for a fresh proof, in a session that began with the password.",
        },
    },
    list(
        "/identity-providers",
        "identity_providers",
        SEE,
        &["provider_code", "is_enabled"],
        &["provider_code", "name"],
    ),
    read("/identity-providers/{provider_code}", "identity_providers", SEE),
    answer(
        Put,
        "/identity-providers/{provider_code}",
        "save_identity_provider",
        CHANGE,
        "identity_provider_id",
    ),
    Endpoint {
        method: Put,
        path: "/identity-providers/{provider_code}/secret",
        access: CHANGE,
        action: Action::Own {
            handler: oidc::set_secret,
            body: &[
                Field {
                    name: "secret",
                    kind: "string",
                    required: false,
                    about: "The client's secret; left out: it is taken away.",
                },
                Field { name: "reason", kind: "string", required: true, about: "Why." },
            ],
            summary: "Stores the secret of this installation at a provider, sealed. It is never shown.",
        },
    },
    call(Post, "/identity-providers/{provider_code}/enable", "enable_identity_provider", CHANGE),
    answer(Post, "/identity-providers/{provider_code}/disable", "disable_identity_provider", CHANGE, "ended"),
    list(
        "/identities",
        "user_identities",
        SignedIn,
        &["user_id", "identity_provider_id"],
        &["-user_identity_id"],
    ),
    read("/identities/{user_identity_id}", "user_identities", SignedIn),
    create(
        "/users/{login}/identities",
        "link_identity",
        Permission("user:update"),
        "user_identity_id",
        "/identities/{user_identity_id}",
    ),
    call(Post, "/identities/{user_identity_id}/unlink", "unlink_identity", SignedIn),
];
