//! Cookies of sessions and devices.

use axum::http::{HeaderValue, header};
use axum::response::Response;

use crate::credentials::token::SessionToken;
use crate::incoming::{DEVICE_COOKIE, FLOW_COOKIE, SESSION_COOKIE};

/// Seconds for which a device is remembered: 90 days, as `is_known_device` has it.
const DEVICE_SECONDS: u32 = 90 * 24 * 60 * 60;

fn append(response: &mut Response, cookie: &str) {
    if let Ok(mut value) = HeaderValue::from_str(cookie) {
        value.set_sensitive(true);
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

/// Gives the browser the session's token.
pub(crate) fn set_session(response: &mut Response, token: &SessionToken) {
    append(response, &format!("{SESSION_COOKIE}={}; Path=/; Secure; HttpOnly; SameSite=Lax", token.expose()));
}

/// Takes it away.
pub(crate) fn clear_session(response: &mut Response) {
    append(response, &format!("{SESSION_COOKIE}=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0"));
}

/// Makes the device known.
pub(crate) fn set_device(response: &mut Response, token: &SessionToken) {
    append(
        response,
        &format!(
            "{DEVICE_COOKIE}={}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={DEVICE_SECONDS}",
            token.expose()
        ),
    );
}

/// Gives the browser its way to a provider and back. Lax: the way back begins at another site.
pub(super) fn set_flow(response: &mut Response, sealed: &str, seconds: i64) {
    append(
        response,
        &format!("{FLOW_COOKIE}={sealed}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={seconds}"),
    );
}

/// Takes it away.
pub(super) fn clear_flow(response: &mut Response) {
    append(response, &format!("{FLOW_COOKIE}=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0"));
}
