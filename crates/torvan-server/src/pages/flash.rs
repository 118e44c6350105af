//! What was just done, told on the page that it led to. A cookie of this browser vouches for it, so that no link can say it: forms
//! of registers keep what they tell there, other acts tell it in the address that they lead to, which counts only with the cookie.

use axum::http::{HeaderValue, header};
use axum::response::Response;

use super::page::Page;
use super::way::{own_place, path_of, with_query};
use crate::incoming::Incoming;

const COOKIE: &str = "__Host-torvan-done";
/// Seconds for which it may still be told.
const SECONDS: u32 = 20;
/// Longest cookie: where the way back does not fit, only what was done is told.
const LONGEST: usize = 3_500;

/// Names in addresses that tell what was done, and the page where they do; none: on every page.
const TELLING: [(&str, Option<&str>); 3] =
    [("done", None), ("saved", Some(CONFIGURATION)), ("made", Some(CONFIGURATION))];
const CONFIGURATION: &str = "/builds/{build_id}/configuration";

fn is_telling(path: &str, name: &str) -> bool {
    TELLING.iter().any(|(telling, of)| *telling == name && of.is_none_or(|of| of == path))
}

/// What was done.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Done {
    /// Path of the page that tells it.
    pub(super) at: String,
    /// Key of what is told.
    pub(super) key: String,
    /// Key of what it is called; empty where `key` says it all.
    pub(super) what: String,
    /// Where it is taken back; empty where it cannot be.
    pub(super) undo: String,
    /// What is sent there.
    pub(super) fields: Vec<(String, String)>,
    /// What the address says of it, its query.
    pub(super) query: String,
}

impl Done {
    fn text(&self, with_undo: bool) -> String {
        let mut text = form_urlencoded::Serializer::new(String::new());
        let pairs = [("at", &self.at), ("key", &self.key), ("what", &self.what), ("query", &self.query)];
        text.extend_pairs(pairs.into_iter().filter(|(_, value)| !value.is_empty()));
        if with_undo && !self.undo.is_empty() {
            text.append_pair("undo", &self.undo);
            // Names of ours stand before what they are names of.
            for (name, value) in &self.fields {
                text.append_pair(&format!("f.{name}"), value);
            }
        }
        text.finish()
    }

    fn read(text: &str) -> Self {
        let mut done = Self::default();
        for (name, value) in form_urlencoded::parse(text.as_bytes()) {
            let value = value.into_owned();
            match name.as_ref() {
                "at" => done.at = value,
                "key" => done.key = value,
                "what" => done.what = value,
                "query" => done.query = value,
                "undo" => done.undo = own_place(&value).to_owned(),
                name => done.fields.extend(name.strip_prefix("f.").map(|name| (name.to_owned(), value))),
            }
        }
        done
    }

    /// Keeps it for the page that the answer leads to.
    pub(super) fn keep(&self, response: &mut Response) {
        let whole = self.text(true);
        let text = if whole.len() > LONGEST { self.text(false) } else { whole };
        set(response, &text, SECONDS);
    }

    /// What the page that is asked for has to tell.
    pub(super) fn of(incoming: &Incoming) -> Option<Self> {
        let told = Self::read(incoming.cookie(COOKIE)?);
        (incoming.endpoint.method.is_safe() && told.at == path_of(incoming)).then_some(told)
    }

    /// Tells it.
    pub(super) fn tell(self, page: &mut Page) {
        let what = page.words.say_if_known(&self.what).unwrap_or_default();
        // Only what the catalogue has is told.
        let Some(text) = page.words.say_with_if_known(&self.key, &[("what", what.into())]) else { return };
        page.done_as(text);
        if !self.undo.is_empty() {
            page.undo_by(self.undo, self.fields);
        }
    }
}

/// Takes from an address what it says was done, unless this browser just did it.
pub(super) fn take_untrue(incoming: &mut Incoming) {
    let path = incoming.endpoint.path;
    if !incoming.query.iter().any(|(name, _)| is_telling(path, name)) {
        return;
    }
    let is_true = Done::of(incoming).is_some_and(|done| done.query == query_of(&incoming.query));
    if !is_true {
        incoming.query.retain(|(name, _)| !is_telling(path, name));
    }
}

fn query_of(query: &[(String, String)]) -> String {
    let pairs: Vec<(&str, &str)> =
        query.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    with_query("", &pairs).trim_start_matches('?').to_owned()
}

/// Vouches for what the address says was done, to which an act leads.
pub(super) fn vouch(response: &mut Response) {
    let place = response.headers().get(header::LOCATION).and_then(|place| place.to_str().ok());
    let Some((path, query)) = place.and_then(|place| place.split_once('?')) else { return };
    let query = query.split('#').next().unwrap_or(query);
    let pairs: Vec<(String, String)> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    if !pairs.iter().any(|(name, _)| TELLING.iter().any(|(telling, _)| telling == name)) {
        return;
    }
    let done = Done { at: path.to_owned(), query: query_of(&pairs), ..Done::default() };
    done.keep(response);
}

/// It is told once.
pub(super) fn forget(response: &mut Response) {
    set(response, "", 0);
}

fn set(response: &mut Response, text: &str, seconds: u32) {
    let cookie = format!("{COOKIE}={text}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={seconds}");
    if let Ok(value) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_done_is_read_as_it_was_kept() {
        let done = Done {
            at: "/suppliers/7".to_owned(),
            key: "did-saved".to_owned(),
            what: String::new(),
            undo: "/suppliers/7/edit".to_owned(),
            query: "panel=notes&done=note".to_owned(),
            fields: vec![
                ("name".to_owned(), "É; a=b & \"c\"\nd".to_owned()),
                ("undo".to_owned(), "1".to_owned()),
            ],
        };
        let text = done.text(true);
        assert!(text.bytes().all(|sign| sign.is_ascii_graphic() && !b";,\"\\".contains(&sign)), "{text}");
        assert_eq!(Done::read(&text), done);
        assert_eq!(Done::read("undo=%2F%2Fevil.example").undo, "/");
    }
}
