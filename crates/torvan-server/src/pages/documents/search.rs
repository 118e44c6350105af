//! Documents by their words: number, title and text, the best first.

use askama::Template;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Map, Value};
use torvan_store::Context;

use crate::http::problem::Problem;
use crate::identity::Answering;
use crate::incoming::{Incoming, not_signed_in};
use crate::pages::components::{Empty, Icon, Segments};
use crate::pages::page::{Me, Page, rendered};
use crate::pages::registers::list::room_of;
use crate::pages::{data, registers};

/// Documents that are shown.
const MOST: usize = 50;

/// A document whose words were found.
#[derive(Debug, Deserialize)]
pub(in crate::pages) struct Found {
    pub(in crate::pages) document_id: i64,
    pub(in crate::pages) document_number: String,
    pub(in crate::pages) title: String,
    document_kind: String,
    language: String,
    version: i64,
    excerpt: Option<String>,
}

/// Documents by their words, the best first.
pub(in crate::pages) async fn found(
    context: &mut Context,
    words: &str,
    limit: usize,
) -> Result<Vec<Found>, Problem> {
    if words.is_empty() {
        return Ok(Vec::new());
    }
    let given =
        Map::from_iter([("words".to_owned(), Value::from(words)), ("limit".to_owned(), Value::from(limit))]);
    data::found(context, "search_documents", given).await
}

#[derive(Debug)]
struct Hit {
    href: String,
    number: String,
    title: String,
    about: String,
    excerpt: Vec<(bool, String)>,
}

#[derive(Debug, Template)]
#[template(path = "documents/search.html")]
struct SearchPage {
    page: Page,
    me: Me,
    words: String,
    hits: Vec<Hit>,
    told: String,
    empty: Empty,
    room: Option<Segments>,
}

/// The words that were found stand between two signs that are in no text: true marks them.
fn marked(excerpt: &str) -> Vec<(bool, String)> {
    let mut parts = Vec::new();
    for piece in excerpt.split('\u{e000}') {
        match piece.split_once('\u{e001}') {
            Some((found, rest)) => parts.extend([(true, found.to_owned()), (false, rest.to_owned())]),
            None => parts.push((false, piece.to_owned())),
        }
    }
    parts.retain(|(_, text)| !text.is_empty());
    parts
}

pub(super) fn show(incoming: Incoming) -> Answering {
    Box::pin(async move {
        let (mut context, person) = incoming.enter().await?;
        let page = Page::signed_in(&incoming, &mut context, &person, "documents-search").await?;
        let me = page.me.clone().ok_or_else(not_signed_in)?;
        let words = incoming.asked("q").trim();
        let words: String = words.chars().take(200).collect();
        let found = found(&mut context, &words, MOST).await?;
        context.commit().await?;
        let hit = |one: Found| {
            let kind = registers::word(page.words, &one.document_kind);
            let version = page.tv("file-version", "version", one.version);
            Hit {
                href: format!("/documents/{}", one.document_id),
                about: [kind, version, one.language].join(" · "),
                excerpt: marked(one.excerpt.as_deref().unwrap_or_default()),
                number: one.document_number,
                title: one.title,
            }
        };
        let hits: Vec<Hit> = found.into_iter().map(hit).collect();
        let key = if words.is_empty() { "documents-search-text" } else { "register-none-found-text" };
        let title = if words.is_empty() { "documents-search" } else { "register-none-found" };
        let view = SearchPage {
            told: page.tv("register-rows", "count", hits.len()),
            empty: Empty { icon: Icon("search"), title: page.t(title), text: page.t(key), way: None },
            room: room_of(&page, &me, "/documents"),
            words,
            hits,
            page,
            me,
        };
        rendered(&view, StatusCode::OK)
    })
}

#[cfg(test)]
mod tests {
    use super::marked;

    #[test]
    fn what_was_found_is_marked() {
        let parts = marked("use the \u{e000}torque\u{e001} wrench [see 3] \u{e000}at\u{e001} 12");
        let found: Vec<&str> =
            parts.iter().filter(|(is_found, _)| *is_found).map(|(_, text)| text.as_str()).collect();
        assert_eq!(found, ["torque", "at"]);
        assert_eq!(
            parts.iter().map(|(_, text)| text.as_str()).collect::<String>(),
            "use the torque wrench [see 3] at 12"
        );
    }
}
