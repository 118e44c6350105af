//! Errors as a person sees them: the same problem that a program gets, in the look and the language of the pages.

use askama::Template;
use axum::http::{HeaderMap, StatusCode, header};
use serde_json::Value;

use super::page::Page;
use crate::words::{Language, Words};

#[derive(Debug, Template)]
#[template(path = "errors/error.html")]
struct ErrorPage {
    page: Page,
    status: u16,
    text: String,
    request_id: String,
}

/// Paths that programs ask: their errors stay data.
const FOR_PROGRAMS: [&str; 5] = ["/api/", "/assets/", "/healthz", "/readyz", "/metrics"];

/// The language of whoever reads pages; none for a program.
pub(crate) fn reader(path: &str, headers: &HeaderMap) -> Option<Language> {
    let text = |name: header::HeaderName| headers.get(name).and_then(|value| value.to_str().ok());
    if FOR_PROGRAMS.iter().any(|prefix| path.starts_with(prefix)) {
        return None;
    }
    let accept = text(header::ACCEPT)?;
    let place = |kind: &str| accept.find(kind).unwrap_or(usize::MAX);
    if place("text/html") >= place("json") {
        return None;
    }
    Some(Language::accepted(text(header::ACCEPT_LANGUAGE).unwrap_or_default()))
}

/// The page of a problem; none where it cannot be written, and the problem stays data.
pub(crate) fn page(language: Language, status: StatusCode, problem: &Value) -> Option<String> {
    let words = Words::new(language);
    let slug = problem["type"].as_str()?.rsplit('#').next()?;
    let known = |part: &str| words.say_if_known(&format!("problem-{slug}{part}"));
    let title = known("").or_else(|| problem["title"].as_str().map(str::to_owned))?;
    let text = known("-text").or_else(|| problem["detail"].as_str().map(str::to_owned))?;
    let view = ErrorPage {
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
        let asked = |path: &str, accept: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT, HeaderValue::from_static(accept));
            reader(path, &headers).is_some()
        };
        assert!(asked("/nothing", "text/html,application/xhtml+xml,*/*;q=0.8"));
        assert!(!asked("/nothing", "*/*"));
        assert!(!asked("/nothing", "application/json"));
        assert!(!asked("/nothing", "application/problem+json, text/html;q=0.1"));
        assert!(!asked("/api/v1/orders", "text/html"));
        assert_eq!(reader("/nothing", &HeaderMap::new()), None);
    }
}
