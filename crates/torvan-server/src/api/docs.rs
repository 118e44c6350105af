//! The page at `/api/docs`: the endpoints as the document describes them. It needs nothing from outside and no script.

use std::fmt::Write as _;
use std::sync::LazyLock;

use axum::http::{HeaderValue, header};
use axum::response::Response;
use serde_json::Value;

use super::DOMAINS;
use super::endpoint::{Access, Endpoint};
use super::openapi::{good_response, operation, summary};
use crate::http::problem::KINDS;

/// `GET /api/docs`.
pub(crate) async fn page() -> Response {
    static PAGE: LazyLock<String> = LazyLock::new(build_page);
    let mut response = Response::new(PAGE.as_str().into());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    response
}

/// `GET /api/docs.css`.
pub(crate) async fn style() -> Response {
    let mut response = Response::new(include_str!("docs.css").into());
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/css; charset=utf-8"));
    response
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

fn build_page() -> String {
    let mut page = String::from(PAGE_HEAD);
    for domain in DOMAINS {
        let _ = write!(
            page,
            "<a href=\"#{0}\">{0} <small>{1}</small></a>",
            domain.name,
            domain.endpoints().count()
        );
    }
    page.push_str("<a href=\"#problems\">problems</a></nav><main>");
    page.push_str(PAGE_INTRODUCTION);
    for domain in DOMAINS {
        let _ = write!(page, "<h2 id=\"{0}\">{0}</h2>", domain.name);
        for endpoint in domain.endpoints() {
            push_endpoint(&mut page, domain.name, endpoint);
        }
    }
    page.push_str("<h2 id=\"problems\">problems</h2><table><thead><tr><th>type</th><th>status</th><th>meaning</th></tr></thead><tbody>");
    for kind in KINDS {
        let _ = write!(
            page,
            "<tr id=\"{0}\"><td><code>{0}</code></td><td>{1}</td><td>{2}</td></tr>",
            kind.slug,
            kind.status.as_u16(),
            escaped(kind.title)
        );
    }
    page.push_str("</tbody></table></main></body></html>");
    page
}

const PAGE_HEAD: &str = "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Torvan API</title><meta name=\"viewport\" content=\"width=device-width\"><meta name=\"color-scheme\" content=\"light dark\"><link rel=\"stylesheet\" href=\"/api/docs.css\"></head><body><nav aria-label=\"Domains\"><h1>Torvan API</h1>";

const PAGE_INTRODUCTION: &str = "<p>Programs send <code>Authorization: Bearer</code> with an API token; people have a session. A POST that calls a function or adds a row needs an <code>Idempotency-Key</code>; a step of something that has versions, and every change or removal of a row, needs <code>If-Match</code>. A list comes in pages (<code>limit</code>, <code>cursor</code>), with the <code>fields</code> that are named, counted (<code>count=true</code>), or as a file of all rows (<code>format=csv</code> or <code>xlsx</code>); <code>filter[field][comparison]</code> compares by ne, lt, lte, gt, gte, in, prefix or null. The same as data: <a href=\"/api/v1/openapi.json\">openapi.json</a>.</p>";

fn push_endpoint(page: &mut String, domain: &str, endpoint: &Endpoint) {
    let described = operation(domain, endpoint);
    let access = match endpoint.access {
        Access::Anyone => "anybody".to_owned(),
        Access::Session => "whoever has a session, even one that is not complete".to_owned(),
        Access::SignedIn => "whoever is signed in; more is decided by the record".to_owned(),
        Access::Permission(code) => format!("whoever has {code}"),
    };
    let _ = write!(
        page,
        "<details><summary><b class=\"{0}\">{0}</b> <code>/api/v1{1}</code> <span>{2}</span></summary><p>For {3}.</p>",
        endpoint.method,
        escaped(endpoint.path),
        escaped(&summary(endpoint)),
        escaped(&access)
    );
    push_parameters(page, &described["parameters"]);
    let body = &described["requestBody"]["content"]["application/json"]["schema"];
    let (status, good) = good_response(endpoint);
    let answer = &good["content"]["application/json"]["schema"];
    for (title, schema) in [("Body".to_owned(), body), (format!("Answer {status}"), answer)] {
        if schema.as_object().is_some_and(|schema| !schema.is_empty()) {
            push_schema(page, &title, schema);
        }
    }
    page.push_str("</details>");
}

/// Names and kinds; rows of a relation are described in the document, once.
fn push_schema(page: &mut String, title: &str, schema: &Value) {
    let row = schema["$ref"].as_str().or(schema["properties"]["items"]["items"]["$ref"].as_str());
    if let Some(name) = row.and_then(|place| place.rsplit('/').next()) {
        let many = if schema["$ref"].is_null() { "Rows" } else { "A row" };
        let _ =
            write!(page, "<h3>{title}</h3><p>{many} of <code>{name}</code>: openapi.json, components.</p>");
        return;
    }
    let fields =
        schema["properties"]["items"]["items"]["properties"].as_object().or(schema["properties"].as_object());
    let _ = write!(page, "<h3>{title}</h3><table><thead><tr><th>name</th><th>kind</th></tr></thead><tbody>");
    let needed = schema["required"].as_array();
    for (name, kind) in fields.into_iter().flatten() {
        let is_needed = needed.is_some_and(|names| names.iter().any(|needed| needed == name.as_str()));
        let mark = if is_needed { ", needed" } else { "" };
        let _ = write!(
            page,
            "<tr><td><code>{name}</code></td><td>{}{mark}</td></tr>",
            escaped(&kind_in_words(kind))
        );
    }
    page.push_str("</tbody></table>");
}

/// Parameters that every list has: told once, at the head of the page.
const COMMON: [&str; 5] = ["limit", "cursor", "fields", "count", "format"];

fn push_parameters(page: &mut String, parameters: &Value) {
    let Some(parameters) = parameters.as_array().filter(|parameters| !parameters.is_empty()) else { return };
    page.push_str("<h3>Parameters</h3><table><thead><tr><th>name</th><th>in</th><th>kind</th><th>meaning</th></tr></thead><tbody>");
    let is_common =
        |parameter: &&Value| parameter["name"].as_str().is_some_and(|name| COMMON.contains(&name));
    for parameter in parameters.iter().filter(|parameter| !is_common(parameter)) {
        let text = |name: &str| escaped(parameter[name].as_str().unwrap_or_default());
        let needed = if parameter["required"] == true { ", needed" } else { "" };
        let _ = write!(
            page,
            "<tr><td><code>{}</code></td><td>{}{needed}</td><td>{}</td><td>{}</td></tr>",
            text("name"),
            text("in"),
            escaped(&kind_in_words(&parameter["schema"])),
            text("description")
        );
    }
    page.push_str("</tbody></table>");
}

fn kind_in_words(schema: &Value) -> String {
    let named = schema["format"].as_str().or(schema["type"].as_str()).or(schema["type"][0].as_str());
    let kind = named.unwrap_or("any JSON").to_owned();
    match schema["enum"].as_array() {
        Some(words) => words.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", "),
        None => kind,
    }
}
