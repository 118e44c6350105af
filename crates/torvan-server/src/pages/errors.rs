//! Errors as a person sees them: the same problem that a program gets, in the look and the language of the pages.

use askama::Template;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use serde_json::Value;

use super::page::{LANGUAGE_COOKIE, OWN_LANGUAGE_COOKIE, Page};
use crate::http::problem::CONFLICT;
use crate::incoming::cookie_in;
use crate::sentences;
use crate::words::{Language, Words};

#[derive(Debug, Template)]
#[template(path = "errors/error.html")]
struct ErrorPage {
    page: Page,
    status: u16,
    /// What is in the way, where the problem names it.
    told: Option<String>,
    text: String,
    request_id: String,
}

/// Paths that programs ask: their errors stay data.
const FOR_PROGRAMS: [&str; 5] = ["/api/", "/assets/", "/healthz", "/readyz", "/metrics"];

/// The language of whoever reads pages: asked for, chosen in this browser, or liked by it; none for what programs ask.
pub(crate) fn language(uri: &Uri, headers: &HeaderMap) -> Option<Language> {
    let path = uri.path();
    if FOR_PROGRAMS.iter().any(|prefix| path.starts_with(prefix)) {
        return None;
    }
    let mut query = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    let asked = query.find(|(name, _)| name == "lang").and_then(|(_, value)| Language::named(&value));
    // The code of the language stands before who chose it.
    let code = |name: &str| Language::named(cookie_in(headers, name)?.split('-').next()?);
    let chosen = asked.or_else(|| code(OWN_LANGUAGE_COOKIE)).or_else(|| code(LANGUAGE_COOKIE));
    let liked = || Language::accepted(header_in(headers, header::ACCEPT_LANGUAGE).unwrap_or_default());
    Some(chosen.unwrap_or_else(liked))
}

/// Whether an error is wanted as a page, and not as data.
pub(crate) fn is_wanted(headers: &HeaderMap) -> bool {
    let Some(accept) = header_in(headers, header::ACCEPT) else { return false };
    let place = |kind: &str| accept.find(kind).unwrap_or(usize::MAX);
    place("text/html") < place("json")
}

fn header_in(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

/// The page of a problem; none where it cannot be written, and the problem stays data.
pub(crate) fn page(language: Language, status: StatusCode, problem: &Value) -> Option<String> {
    let words = Words::new(language);
    let slug = problem["type"].as_str()?.rsplit('#').next()?;
    let known = |part: &str| words.say_if_known(&format!("problem-{slug}{part}"));
    let said = |part: &str| Some(sentences::in_language(language, problem[part].as_str()?).into_owned());
    let title = known("").or_else(|| said("title"))?;
    let text = known("-text").or_else(|| said("detail"))?;
    // What is forbidden or missing needs no word more; what does not fit now is to be understood.
    let is_told = slug == CONFLICT.slug && problem["detail"] != problem["title"];
    let view = ErrorPage {
        told: is_told.then(|| said("detail")).flatten(),
        page: Page::bare(language, title),
        status: status.as_u16(),
        text,
        request_id: problem["request_id"].as_str().unwrap_or_default().to_owned(),
    };
    view.render().ok()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn browsers_read_pages_and_programs_data() {
        let asked = |path: &'static str, accept: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
            is_wanted(&headers) && language(&Uri::from_static(path), &headers).is_some()
        };
        assert!(asked("/nothing", "text/html,application/xhtml+xml,*/*;q=0.8"));
        assert!(!asked("/nothing", "*/*"));
        assert!(!asked("/nothing", "application/json"));
        assert!(!asked("/nothing", "application/problem+json, text/html;q=0.1"));
        assert!(!asked("/api/v1/orders", "text/html"));
        assert!(!is_wanted(&HeaderMap::new()));
    }

    #[test]
    fn errors_come_in_the_language_that_was_chosen() {
        let mut headers = HeaderMap::new();
        headers.insert(header::ACCEPT, HeaderValue::from_static("text/html"));
        headers.insert(header::ACCEPT_LANGUAGE, HeaderValue::from_static("fr"));
        let read = |headers: &HeaderMap, uri: &'static str| language(&Uri::from_static(uri), headers);
        assert_eq!(read(&headers, "/nothing"), Some(Language::Fr));
        headers.insert(header::COOKIE, HeaderValue::from_static("__Host-torvan-language=en"));
        assert_eq!(read(&headers, "/nothing"), Some(Language::En));
        let both = "__Host-torvan-language=en; __Host-torvan-own-language=fr-7";
        headers.insert(header::COOKIE, HeaderValue::from_static(both));
        assert_eq!(read(&headers, "/nothing"), Some(Language::Fr));
        assert_eq!(read(&headers, "/nothing?lang=en"), Some(Language::En));
    }
}
