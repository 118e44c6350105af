//! JSON with what catalogue files need: the place of a syntax error, and keys given twice (a code is a key).

use std::collections::HashMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

/// A JSON value. Of a key given twice the first value counts; [`repeated_keys`] tells of the others.
#[derive(Debug, Clone, PartialEq)]
pub enum Node {
    Null,
    Bool(bool),
    Number(String),
    Text(String),
    Array(Vec<Node>),
    Object(Vec<(String, Node)>),
}

impl Node {
    pub fn get(&self, key: &str) -> Option<&Self> {
        match self {
            Self::Object(entries) => entries.iter().find(|(name, _)| name == key).map(|(_, value)| value),
            _ => None,
        }
    }

    pub fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "true or false",
            Self::Number(_) => "a number",
            Self::Text(_) => "text",
            Self::Array(_) => "a list",
            Self::Object(_) => "an object",
        }
    }

    /// Text of a single value; none for null, lists and objects.
    pub fn scalar(&self) -> Option<String> {
        match self {
            Self::Bool(value) => Some(value.to_string()),
            Self::Number(text) | Self::Text(text) => Some(text.clone()),
            Self::Null | Self::Array(_) | Self::Object(_) => None,
        }
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Number(value.to_string()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Number(value.to_string()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        Ok(Node::Number(value.to_string()))
    }

    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        Ok(Node::Text(value.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Node, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = access.next_element()? {
            items.push(item);
        }
        Ok(Node::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Node, A::Error> {
        let mut entries: Vec<(String, Node)> = Vec::new();
        let mut seen: HashMap<String, ()> = HashMap::new();
        while let Some((key, value)) = access.next_entry::<String, Node>()? {
            if seen.insert(key.clone(), ()).is_none() {
                entries.push((key, value));
            }
        }
        Ok(Node::Object(entries))
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

/// Parses a JSON text; a byte order mark at its start is skipped.
pub fn parse(bytes: &[u8]) -> Result<Node, serde_json::Error> {
    serde_json::from_slice(without_mark(bytes))
}

/// The bytes after a UTF-8 byte order mark.
pub fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

/// Part of a JSON pointer.
pub fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// A key that stands twice in one object.
#[derive(Debug, PartialEq, Eq)]
pub struct RepeatedKey {
    pub pointer: String,
    pub key: String,
    pub first_line: usize,
    pub line: usize,
}

struct Frame {
    pointer: String,
    keys: Option<HashMap<String, usize>>,
    next: String,
    index: usize,
    awaits_key: bool,
}

impl Frame {
    fn child_pointer(&self) -> String {
        match self.keys {
            Some(_) => format!("{}/{}", self.pointer, escape(&self.next)),
            None => format!("{}/{}", self.pointer, self.index),
        }
    }
}

/// Keys given twice, with both lines. The text must be valid JSON.
pub fn repeated_keys(bytes: &[u8]) -> Vec<RepeatedKey> {
    let bytes = without_mark(bytes);
    let mut stack: Vec<Frame> = Vec::new();
    let mut repeated = Vec::new();
    let (mut at, mut line) = (0, 1);
    while at < bytes.len() {
        match bytes[at] {
            b'\n' => line += 1,
            open @ (b'{' | b'[') => {
                let pointer = stack.last().map(Frame::child_pointer).unwrap_or_default();
                let keys = (open == b'{').then(HashMap::new);
                let awaits_key = keys.is_some();
                stack.push(Frame { pointer, keys, next: String::new(), index: 0, awaits_key });
            }
            b'}' | b']' => {
                stack.pop();
            }
            b',' => {
                if let Some(frame) = stack.last_mut() {
                    frame.index += 1;
                    frame.awaits_key = frame.keys.is_some();
                }
            }
            b'"' => {
                let end = string_end(bytes, at);
                if let Some(frame) = stack.last_mut().filter(|frame| frame.awaits_key) {
                    note_key(frame, &bytes[at..=end], line, &mut repeated);
                }
                at = end;
            }
            _ => {}
        }
        at += 1;
    }
    repeated
}

fn note_key(frame: &mut Frame, quoted: &[u8], line: usize, repeated: &mut Vec<RepeatedKey>) {
    let key: String = serde_json::from_slice(quoted).unwrap_or_default();
    frame.awaits_key = false;
    frame.next.clone_from(&key);
    let Some(keys) = frame.keys.as_mut() else { return };
    match keys.get(&key) {
        Some(&first_line) => {
            let pointer = format!("{}/{}", frame.pointer, escape(&key));
            repeated.push(RepeatedKey { pointer, key, first_line, line });
        }
        None => {
            keys.insert(key, line);
        }
    }
}

fn string_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < bytes.len() && bytes[at] != b'"' {
        at += if bytes[at] == b'\\' { 2 } else { 1 };
    }
    at.min(bytes.len() - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_keys_are_told_with_both_lines() {
        let text = "{\n \"parts\": {\n  \"A/1\": {\"name\": \"x, \\\"{\"},\n  \"B\": [{\"k\": 1}, {\"k\": 2}],\n  \"A\\/1\": {}\n }\n}";
        assert_eq!(
            repeated_keys(text.as_bytes()),
            vec![RepeatedKey { pointer: "/parts/A~11".into(), key: "A/1".into(), first_line: 3, line: 5 }]
        );
    }

    #[test]
    fn of_a_repeated_key_the_first_value_counts() {
        let node = parse(b"{\"a\": 1, \"a\": 2}").unwrap();
        assert_eq!(node.get("a"), Some(&Node::Number("1".into())));
    }

    #[test]
    fn decimals_keep_their_figures() {
        let node = parse(b"[0.61, 1e-7, 12]").unwrap();
        assert_eq!(
            node,
            Node::Array(vec![
                Node::Number("0.61".into()),
                Node::Number("0.0000001".into()),
                Node::Number("12".into())
            ])
        );
    }
}
