//! Where somebody came from and goes next: places of our own only, so that no link of ours leads elsewhere.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};

use super::flash;
use crate::http::Answer;
use crate::http::problem::{
    FieldFault, INVALID, NOT_FOUND, NOT_SIGNED_IN, PROOF_REQUIRED, Problem, SIGN_IN_INCOMPLETE,
};
use crate::incoming::{Incoming, SESSION_COOKIE};

/// Longest place that is kept: a page of rows that are ticked has room in it.
const MAX_PLACE: usize = 4_000;

/// Path and query of an address.
fn path_in(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    let path = &rest[rest.find('/')?..];
    Some(path.split('#').next().unwrap_or(path))
}

/// A place of our own: path and query. What is not one is the home page.
#[must_use]
pub(super) fn own_place(text: &str) -> &str {
    let is_plain = text.bytes().all(|sign| sign.is_ascii_graphic() && sign != b'\\');
    // Two strokes begin a host.
    let is_ours = text.starts_with('/') && !text.starts_with("//") && text.len() <= MAX_PLACE;
    if is_plain && is_ours { text } else { "/" }
}

/// The path that was asked for, with its values.
#[must_use]
pub(super) fn path_of(incoming: &Incoming) -> String {
    let mut path = incoming.endpoint.path.to_owned();
    for (name, value) in &incoming.path {
        path = path.replace(&format!("{{{name}}}"), value);
    }
    path
}

/// A path with values behind it; empty ones are left out.
#[must_use]
pub(super) fn with_query(path: &str, pairs: &[(&str, &str)]) -> String {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(pairs.iter().filter(|(_, value)| !value.is_empty()));
    let query = query.finish();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

/// A path that leads on to a place; the home page need not be said.
#[must_use]
pub(super) fn leading_to(path: &str, next: &str) -> String {
    with_query(path, &[("next", if next == "/" { "" } else { next })])
}

/// "See other": what was sent is done, and a reload does not do it again.
#[must_use]
pub(super) fn to(place: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    if let Ok(place) = HeaderValue::from_str(place) {
        response.headers_mut().insert(header::LOCATION, place);
    }
    response
}

/// The place that the query or the form of a request names as the next one.
#[must_use]
pub(super) fn next_of(incoming: &Incoming) -> String {
    let sent = incoming.form.raw("next");
    let asked = incoming.query.iter().find(|(name, _)| name == "next").map(|(_, value)| value.as_str());
    own_place(if sent.is_empty() { asked.unwrap_or_default() } else { sent }).to_owned()
}

/// Whether everything that is wrong is wrong with these.
fn is_about_all(keys: &[String], faults: &[FieldFault]) -> bool {
    let is_key = |fault: &FieldFault| {
        let pointed = fault.pointer.as_deref().and_then(|pointer| pointer.strip_prefix('/'));
        fault.parameter.as_deref().or(pointed).is_some_and(|name| keys.iter().any(|key| key == name))
    };
    !faults.is_empty() && faults.iter().all(is_key)
}

/// What is known of a request when its handler is done with it.
#[derive(Debug)]
pub(crate) struct Way {
    /// The page that was asked for; for a form the page that it stands on.
    place: String,
    had_session: bool,
    /// Whether the page tells what was done before.
    tells_done: bool,
    is_act: bool,
    /// Names of the values of its path.
    keys: Vec<String>,
}

impl Way {
    /// Looks at a request before it is handled.
    pub(crate) fn of(incoming: &mut Incoming) -> Self {
        flash::take_untrue(incoming);
        let incoming = &*incoming;
        let pairs: Vec<(&str, &str)> =
            incoming.query.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let path = path_of(incoming);
        let is_read = incoming.endpoint.method.is_safe();
        let typed = super::registers::typed(incoming)
            .or_else(|| super::people::typed(incoming))
            .or_else(|| super::customers::typed(incoming));
        let typed = typed.map(|typed| with_query(&path, &typed));
        let place = match typed.filter(|place| place.len() <= MAX_PLACE) {
            _ if is_read => with_query(&path, &pairs),
            Some(typed) => typed,
            None => page_of(incoming.header(header::REFERER.as_str()), &path),
        };
        Self {
            place: own_place(&place).to_owned(),
            had_session: incoming.cookie(SESSION_COOKIE).is_some(),
            tells_done: is_shown(incoming) && flash::Done::of(incoming).is_some(),
            is_act: !is_read,
            keys: incoming.path.iter().map(|(name, _)| name.clone()).collect(),
        }
    }

    /// Leads on whoever has to do something else first.
    pub(crate) fn further(self, answer: Answer) -> Answer {
        let tells_done = self.tells_done;
        let problem = match answer {
            Ok(mut response) => {
                if tells_done {
                    flash::forget(&mut response);
                }
                if self.is_act {
                    flash::vouch(&mut response);
                }
                return Ok(response);
            }
            Err(problem) => problem,
        };
        let kind = problem.kind();
        if kind == INVALID && is_about_all(&self.keys, problem.faults()) {
            // Nobody typed a value: the address leads nowhere.
            return Err(Problem::new(NOT_FOUND, NOT_FOUND.title));
        }
        if kind == NOT_SIGNED_IN {
            let because = if self.had_session { "session-over" } else { "" };
            let next = if self.place == "/" { "" } else { self.place.as_str() };
            return Ok(to(&with_query("/sign-in", &[("because", because), ("next", next)])));
        }
        if kind == SIGN_IN_INCOMPLETE {
            return Ok(to(&leading_to("/sign-in/next", &self.place)));
        }
        if kind == PROOF_REQUIRED {
            return Ok(to(&leading_to("/account/confirm", &self.place)));
        }
        Err(problem)
    }
}

/// Whether the answer becomes the page. What a script fetches, as a dialog that was sent, is asked for again to be shown.
fn is_shown(incoming: &Incoming) -> bool {
    incoming.header("sec-fetch-dest").is_none_or(|to| to == "document")
}

/// The page that a form stands on: as the browser says, else the one that the form's target belongs to.
fn page_of(referer: Option<&str>, path: &str) -> String {
    if let Some(page) = referer.and_then(path_in) {
        return page.to_owned();
    }
    let is_own_page = super::pages().any(|page| page.path == path && page.method.is_safe());
    let page = match path.strip_prefix("/account") {
        _ if is_own_page => path,
        Some(_) => "/account",
        None => "/",
    };
    page.to_owned()
}

/// A problem that is no page of its own.
#[must_use]
pub(super) fn is(problem: &Problem, kind: crate::http::problem::Kind) -> bool {
    problem.kind() == kind
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_own_places_are_gone_to() {
        for own in ["/", "/account", "/orders?filter%5Bphase%5D=DRAFT", "/a//b"] {
            assert_eq!(own_place(own), own);
        }
        for foreign in [
            "",
            "account",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/\t/evil.example",
            "/a\r\nSet-Cookie: a=b",
            "javascript:alert(1)",
            "/é",
        ] {
            assert_eq!(own_place(foreign), "/", "{foreign}");
        }
        assert_eq!(own_place(&format!("/{}", "a".repeat(MAX_PLACE))), "/");
    }

    #[test]
    fn an_address_has_its_path_and_its_query() {
        let pages = [
            ("https://torvan.plant.example/orders?words=a#b", Some("/orders?words=a")),
            ("http://localhost:8080/", Some("/")),
            ("https://torvan.plant.example", None),
            ("/orders", None),
        ];
        for (url, path) in pages {
            assert_eq!(path_in(url), path, "{url}");
        }
    }

    #[test]
    fn a_form_belongs_to_the_page_that_the_browser_names_or_to_that_of_its_target() {
        let place = |referer, path| page_of(referer, path);
        assert_eq!(
            place(Some("http://localhost/orders/7?tab=notes#n"), "/orders/7/notes"),
            "/orders/7?tab=notes"
        );
        assert_eq!(place(None, "/account/password"), "/account/password");
        assert_eq!(place(None, "/account/sessions/1/revoke"), "/account");
        assert_eq!(place(Some("about:blank"), "/orders/7/notes"), "/");
    }

    #[test]
    fn what_is_wrong_with_the_address_alone_is_told_apart() {
        let keys = ["customer_id".to_owned()];
        let wrong = |name: &str| FieldFault::parameter(name, "is no number");
        assert!(is_about_all(&keys, &[wrong("customer_id")]));
        assert!(is_about_all(&keys, &[FieldFault::body("/customer_id", "is no number")]));
        assert!(!is_about_all(&keys, &[wrong("customer_id"), wrong("limit")]));
        assert!(!is_about_all(&keys, &[]));
    }

    #[test]
    fn a_place_goes_along_in_the_query() {
        assert_eq!(leading_to("/sign-in", "/"), "/sign-in");
        assert_eq!(leading_to("/sign-in", "/a?b=c"), "/sign-in?next=%2Fa%3Fb%3Dc");
    }
}
