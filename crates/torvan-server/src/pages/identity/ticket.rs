//! Forms that are sent before anybody is signed in: a cookie and a hidden field show that the form is ours (login CSRF).

use axum::http::{HeaderValue, header};
use axum::response::Response;

use crate::credentials::token::{SessionToken, check_csrf_token, csrf_token};
use crate::http::problem::Problem;
use crate::identity::fault;
use crate::incoming::{CSRF_FIELD, Incoming};

/// The cookie; no other site's page makes a browser send it.
const COOKIE: &str = "__Host-torvan-form";

/// What a browser got with a form.
#[derive(Debug)]
pub(super) struct Ticket {
    token: SessionToken,
    is_new: bool,
}

impl Ticket {
    /// The one that the browser has, or a new one.
    pub(super) fn of(incoming: &Incoming) -> Result<Self, Problem> {
        if let Some(token) = incoming.cookie(COOKIE).and_then(SessionToken::parse) {
            Ok(Self { token, is_new: false })
        } else {
            let token = SessionToken::generate().map_err(|error| fault(&error))?;
            Ok(Self { token, is_new: true })
        }
    }

    /// The hidden field that belongs to it.
    pub(super) fn field(&self) -> Result<String, Problem> {
        csrf_token(&self.token).map_err(|error| fault(&error))
    }

    /// Whether the form that was sent came with it.
    pub(super) fn is_right(&self, incoming: &Incoming) -> bool {
        !self.is_new && check_csrf_token(&self.token, incoming.form.raw(CSRF_FIELD))
    }

    /// Gives it to a browser that has none.
    pub(super) fn give(&self, response: &mut Response) {
        if !self.is_new {
            return;
        }
        let cookie = format!("{COOKIE}={}; Path=/; Secure; HttpOnly; SameSite=Strict", self.token.expose());
        if let Ok(mut value) = HeaderValue::from_str(&cookie) {
            value.set_sensitive(true);
            response.headers_mut().append(header::SET_COOKIE, value);
        }
    }
}
