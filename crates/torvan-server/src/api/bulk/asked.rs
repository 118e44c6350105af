//! The requests of a bulk, read from its body. What is no request at all is refused before anything is done.

use axum::body::Bytes;
use axum::http::HeaderValue;
use serde_json::{Map, Value};

use super::super::endpoint::Method;
use crate::http::problem::FieldFault;

/// Requests in one.
pub(super) const MOST: usize = 500;

/// A bulk as it was asked for.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) is_atomic: bool,
    pub(super) entries: Vec<Entry>,
}

/// One request.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) if_match: Option<String>,
    pub(super) signing_proof: Option<String>,
    pub(super) body: Bytes,
}

impl Entry {
    /// How it is named in messages.
    pub(super) fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

impl Asked {
    pub(super) fn of(mut values: Map<String, Value>) -> Result<Self, Vec<FieldFault>> {
        let mut faults = Vec::new();
        let is_atomic = match values.remove("atomic") {
            None | Some(Value::Null) => false,
            Some(Value::Bool(is_atomic)) => is_atomic,
            Some(_) => {
                faults.push(FieldFault::body("/atomic", "\"atomic\" is true or false."));
                false
            }
        };
        let entries = match values.remove("requests") {
            Some(Value::Array(requests)) if (1..=MOST).contains(&requests.len()) => requests,
            _ => {
                let detail = format!("\"requests\" is a list of 1 to {MOST} requests.");
                faults.push(FieldFault::body("/requests", detail));
                Vec::new()
            }
        };
        for name in values.keys() {
            faults.push(FieldFault::body(format!("/{name}"), format!("There is no \"{name}\" here.")));
        }
        let mut read = Vec::with_capacity(entries.len());
        for (number, entry) in entries.into_iter().enumerate() {
            let mut reading = Reading { place: format!("/requests/{number}"), faults: &mut faults };
            read.extend(reading.entry(entry));
        }
        if faults.is_empty() { Ok(Self { is_atomic, entries: read }) } else { Err(faults) }
    }
}

struct Reading<'f> {
    place: String,
    faults: &'f mut Vec<FieldFault>,
}

impl Reading<'_> {
    fn fault(&mut self, name: &str, detail: &str) {
        self.faults.push(FieldFault::body(format!("{}{name}", self.place), detail));
    }

    fn entry(&mut self, entry: Value) -> Option<Entry> {
        let Value::Object(mut values) = entry else {
            self.fault("", "A request is an object with method and path.");
            return None;
        };
        let method = self.method(values.remove("method").as_ref());
        let path = self.path(values.remove("path"));
        let if_match = self.header("if_match", values.remove("if_match"));
        let signing_proof = self.header("signing_proof", values.remove("signing_proof"));
        let body = match values.remove("body") {
            None | Some(Value::Null) => Bytes::new(),
            Some(body @ Value::Object(_)) => Bytes::from(body.to_string()),
            Some(_) => {
                self.fault("/body", "\"body\" is an object.");
                Bytes::new()
            }
        };
        for name in values.keys() {
            self.fault(
                &format!("/{name}"),
                &format!("There is no \"{name}\"; there is method, path, if_match, signing_proof and body."),
            );
        }
        Some(Entry { method: method?, path: path?, if_match, signing_proof, body })
    }

    fn method(&mut self, value: Option<&Value>) -> Option<Method> {
        let method = match value.and_then(Value::as_str) {
            Some("POST") => Some(Method::Post),
            Some("PUT") => Some(Method::Put),
            Some("PATCH") => Some(Method::Patch),
            Some("DELETE") => Some(Method::Delete),
            _ => None,
        };
        if method.is_none() {
            self.fault(
                "/method",
                "\"method\" is POST, PUT, PATCH or DELETE; what is read has filters instead.",
            );
        }
        method
    }

    fn path(&mut self, value: Option<Value>) -> Option<String> {
        match value {
            Some(Value::String(path)) if path.starts_with('/') && !path.contains(['?', '#']) => Some(path),
            _ => {
                self.fault(
                    "/path",
                    "\"path\" is a path below /api/v1 without a query, such as /orders/5/transition.",
                );
                None
            }
        }
    }

    fn header(&mut self, name: &str, value: Option<Value>) -> Option<String> {
        match value {
            None | Some(Value::Null) => None,
            Some(Value::String(text)) if HeaderValue::from_str(&text).is_ok() => Some(text),
            Some(_) => {
                self.fault(&format!("/{name}"), "It is a text that may stand in a header.");
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn faults(body: Value) -> Vec<String> {
        let Value::Object(values) = body else { return Vec::new() };
        let faults = Asked::of(values).err().unwrap_or_default();
        faults.into_iter().filter_map(|fault| fault.pointer).collect()
    }

    #[test]
    fn each_fault_has_its_place() {
        let good = json!({"method": "POST", "path": "/orders"});
        for (body, places) in [
            (json!({}), vec!["/requests"]),
            (json!({"requests": []}), vec!["/requests"]),
            (json!({"requests": vec![good.clone(); MOST + 1]}), vec!["/requests"]),
            (json!({"requests": [good], "atomic": 1, "colour": "red"}), vec!["/atomic", "/colour"]),
            (json!({"requests": [5]}), vec!["/requests/0"]),
            (
                json!({"requests": [good, {"method": "GET", "path": "orders"}]}),
                vec!["/requests/1/method", "/requests/1/path"],
            ),
            (json!({"requests": [{"method": "POST", "path": "/orders?x=1"}]}), vec!["/requests/0/path"]),
            (
                json!({"requests": [{"method": "POST", "path": "/a", "body": [], "if_match": 3, "x": 1}]}),
                vec!["/requests/0/if_match", "/requests/0/body", "/requests/0/x"],
            ),
            (
                json!({"requests": [{"method": "POST", "path": "/a", "if_match": "a\nb"}]}),
                vec!["/requests/0/if_match"],
            ),
        ] {
            assert_eq!(faults(body.clone()), places, "{body}");
        }
        assert_eq!(faults(json!({"requests": vec![good; MOST], "atomic": null})), Vec::<String>::new());
    }
}
