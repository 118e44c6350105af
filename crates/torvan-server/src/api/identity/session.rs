//! The own session and its credentials, and tokens of programs.

use crate::api::endpoint::{Access, Action, Endpoint, Field, Method, call, list, read};
use crate::identity;

const fn own(
    method: Method,
    path: &'static str,
    access: Access,
    handler: identity::Handler,
    body: &'static [Field],
    summary: &'static str,
) -> Endpoint {
    Endpoint { method, path, access, action: Action::Own { handler, body, summary } }
}

const fn field(name: &'static str, required: bool, about: &'static str) -> Field {
    Field { name, kind: "string", required, about }
}

const PROOF: &[Field] = &[
    field("password", false, "The password."),
    field("code", false, "The code that the authenticator shows now, where one is in use."),
];

pub(in crate::api) const ENDPOINTS: &[Endpoint] = &[
    own(
        Method::Post,
        "/session",
        Access::Anyone,
        identity::open,
        &[field("login", true, "Login of the account."), field("password", true, "Its password.")],
        "Signs in: sets the session's cookie. restricted_to tells which step is still open.",
    ),
    own(
        Method::Get,
        "/session",
        Access::Session,
        identity::show,
        &[],
        "Who is signed in, what is open, and the CSRF token.",
    ),
    own(Method::Delete, "/session", Access::Session, identity::end, &[], "Signs out."),
    own(
        Method::Post,
        "/session/second-factor",
        Access::Session,
        identity::second_factor,
        &[
            field("code", false, "The code that the authenticator shows now."),
            field("recovery_code", false, "One of the recovery codes instead."),
        ],
        "Completes a sign-in that waits for a code.",
    ),
    own(
        Method::Post,
        "/session/step-up",
        Access::Session,
        identity::step_up,
        PROOF,
        "The credentials again: acts that ask for a fresh proof are open for some minutes.",
    ),
    own(
        Method::Post,
        "/session/signing-proof",
        Access::SignedIn,
        identity::prove,
        PROOF,
        "The credentials for one act that signs; its answer goes into the header Signing-Proof of that act.",
    ),
    own(
        Method::Post,
        "/session/password",
        Access::Session,
        identity::set_password,
        &[field("new_password", true, "At least 15 signs, or 12 with a second factor; no common one.")],
        "A new own password. Other sessions end.",
    ),
    own(
        Method::Post,
        "/session/totp",
        Access::Session,
        identity::enrol_totp,
        &[],
        "Begins a new authenticator: its secret, also as a URL for a QR code.",
    ),
    own(
        Method::Post,
        "/session/totp/confirm",
        Access::Session,
        identity::confirm_totp,
        &[field("code", true, "The first code of the new authenticator.")],
        "Puts the new authenticator to use; the answer shows ten recovery codes once.",
    ),
    own(
        Method::Post,
        "/session/recovery-codes",
        Access::Session,
        identity::new_recovery_codes,
        &[],
        "Ten new recovery codes, shown once; the former ones are worth nothing.",
    ),
    own(
        Method::Post,
        "/setup",
        Access::Anyone,
        identity::begin_setup,
        &[field("code", true, "The one-time code of the first run, an invitation or a reset.")],
        "Uses up a setup code: opens a session that is good only for an own password and second factor.",
    ),
    own(
        Method::Post,
        "/setup/finish",
        Access::Session,
        identity::finish_setup,
        &[field("display_name", false, "Name of the first Administrator.")],
        "Ends a setup when password and second factor are set; then sign in.",
    ),
    own(
        Method::Post,
        "/api-tokens",
        Access::Permission("api_token:create"),
        identity::create_api_token,
        &[
            field("login", true, "Account of the program."),
            field("name", true, "What it is for."),
            Field {
                name: "scopes",
                kind: "array",
                required: true,
                about: "Permissions that the token may use.",
            },
            field("expires_at", true, "End of the token."),
        ],
        "Makes an API token; the answer shows it once.",
    ),
    list(
        "/api-tokens",
        "api_tokens",
        Access::SignedIn,
        &["user_id", "expires_at", "made_by", "revoked_by"],
        &["-api_token_id"],
    ),
    read("/api-tokens/{api_token_id}", "api_tokens", Access::SignedIn),
    call(Method::Post, "/api-tokens/{api_token_id}/revoke", "revoke_api_token", Access::SignedIn),
];
